//! One simple rule: the best single question.

use serde::{Deserialize, Serialize};

use super::engine::cart::{CartOptions, grow};
use super::engine::effort::Cost;
use super::engine::tree::FlatTree;
use super::engine::{self, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Graph, Value};
use crate::base::{ParamSpec, Params, TaskContext, UserError, format};

pub struct OneSimpleRule;

const NAME: &str = "One simple rule";
/// Fewer rows on one side would be an accident rather than a rule.
const MIN_ROWS: usize = 5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RuleModel {
    tree: FlatTree,
    classes: bool,
    features: usize,
}

impl Learner for OneSimpleRule {
    fn id(&self) -> &'static str {
        "one_simple_rule"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Asks the single question that says most about the answer."
    }

    fn when_to_use(&self) -> &'static str {
        "Always run it: it shows how far one column gets, and often that is far."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When several columns matter together; then it is only a yardstick."
    }

    fn source(&self) -> &'static str {
        "R. C. Holte, Very Simple Classification Rules Perform Well on Most Commonly Used Datasets, Machine Learning 11 (1993), 63–90"
    }

    fn readability(&self) -> &'static str {
        "One question"
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[]
    }

    fn cost(&self) -> Cost {
        Cost::TREES
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            wants_scaling: false,
            yardstick: true,
            complexity: 0,
            family: Family::Yardstick,
            ..Capabilities::default()
        }
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        params: &Params,
        context: &FitContext<'_>,
    ) -> Result<Box<dyn Model>, UserError> {
        params.checked(self.params())?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let options = CartOptions {
            max_depth: 1,
            min_rows_leaf: MIN_ROWS,
            min_rows_split: 2 * MIN_ROWS,
            prune: 0.0,
        };
        Ok(Box::new(RuleModel {
            tree: grow(x, y, &options, context.task)?.tree,
            classes: matches!(y, Target::Classes { .. }),
            features: x.cols,
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: RuleModel = saved::read(saved, NAME)?;
        saved::require_shape(model.features, model.tree.outputs, NAME)?;
        model.tree.validate(model.features, model.classes, NAME)?;
        saved::require(
            model.tree.depth() <= 1,
            NAME,
            "it asks more than one question",
        )?;
        saved::require(
            model.classes || model.tree.outputs == 1,
            NAME,
            "its values are not possible",
        )?;
        Ok(Box::new(model))
    }
}

impl RuleModel {
    /// "Basic (0.62)" or "12.4".
    fn answer(&self, node: usize, classes: &[String]) -> String {
        let values = self.tree.value(node);
        if !self.classes {
            return format::number(values.first().copied().unwrap_or(0.0), 4);
        }
        let mut best = 0;
        for (class, value) in values.iter().enumerate() {
            if values.get(best).is_none_or(|largest| value > largest) {
                best = class;
            }
        }
        let share = format::share(values.get(best).copied().unwrap_or(0.0));
        format!("{} ({share})", engine::class_name(classes, best))
    }

    fn children(&self) -> Option<(usize, usize)> {
        let left = *self.tree.left.first()? as usize;
        let right = *self.tree.right.first()? as usize;
        (left != 0).then_some((left, right))
    }

    fn question(&self, features: &[String]) -> String {
        let feature = self
            .tree
            .feature
            .first()
            .map_or(0, |&feature| feature as usize);
        let threshold = self.tree.threshold.first().copied().unwrap_or(0.0);
        let name = engine::feature_name(features, feature);
        // A column of 0 and 1 is split in the middle: "plan = Basic", "plan is blank".
        if threshold == 0.5 && (name.contains(" = ") || name.ends_with(" is blank")) {
            format!("not: {name}")
        } else {
            format!("{name} is at most {}", format::number(threshold, 4))
        }
    }
}

impl Model for RuleModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        self.tree.predict(x, task)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        Ok(self.tree.graph(graph, x, self.features))
    }

    fn facts(&self, features: &[String], classes: &[String]) -> Vec<ModelFact> {
        let Some((left, right)) = self.children() else {
            return Vec::new();
        };
        let question = self.question(features);
        let rows = |node: usize| f64::from(self.tree.rows.get(node).copied().unwrap_or(0));
        vec![
            ModelFact {
                label: format!("Rows where {question}: {}", self.answer(left, classes)),
                value: rows(left),
            },
            ModelFact {
                label: format!("Other rows: {}", self.answer(right, classes)),
                value: rows(right),
            },
        ]
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        let Some((left, right)) = self.children() else {
            return format!("No single column helps: always {}", self.answer(0, classes));
        };
        let question = self.question(features);
        match question.strip_prefix("not: ") {
            Some(level) => format!(
                "If {level}: {}; otherwise {}",
                self.answer(right, classes),
                self.answer(left, classes)
            ),
            None => format!(
                "If {question}: {}; otherwise {}",
                self.answer(left, classes),
                self.answer(right, classes)
            ),
        }
    }
}
