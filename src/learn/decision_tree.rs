//! A decision tree: questions with yes or no, one after the other.

use serde::{Deserialize, Serialize};

use super::engine::cart::{CartOptions, grow};
use super::engine::effort::{Change, Cost, HoldBack};
use super::engine::prune::PruningStep;
use super::engine::tree::FlatTree;
use super::engine::{self, saved};
use super::{
    Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target, TreeDiagram,
};
use crate::base::graph::{Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct DecisionTree;

const NAME: &str = "Decision tree";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "max_depth",
        label: "Most questions in a row",
        help: "More questions follow the practice rows more closely (maximum depth)",
        kind: ParamKind::Integer { min: 1, max: 30 },
        default: ParamDefault::Integer(6),
    },
    ParamSpec {
        key: "min_rows_leaf",
        label: "Fewest rows per answer",
        help: "An answer must rest on at least this many practice rows (minimum leaf size)",
        kind: ParamKind::Integer {
            min: 1,
            max: 100_000,
        },
        default: ParamDefault::Integer(5),
    },
    ParamSpec {
        key: "min_rows_split",
        label: "Fewest rows to ask another question",
        help: "Groups of fewer practice rows are not divided further (minimum rows to split)",
        kind: ParamKind::Integer {
            min: 2,
            max: 100_000,
        },
        default: ParamDefault::Integer(10),
    },
    ParamSpec {
        key: "prune",
        label: "Cut back branches that help little",
        help: "A branch must save at least this share of the error per group; 0 keeps every branch (cost-complexity pruning)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 1.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::integer("max_depth", 1, 20),
    SearchSpec::integer("min_rows_leaf", 1, 100).logarithmic(),
    SearchSpec::integer("min_rows_split", 2, 200).logarithmic(),
    SearchSpec::number("prune", 0.0, 0.1).from_zero(1e-4),
];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TreeModel {
    tree: FlatTree,
    /// Per feature, as a share of all improvement.
    importance: Vec<f64>,
    /// The smaller and smaller trees that cutting back the full tree gives.
    #[serde(default)]
    pruning: Vec<PruningStep>,
    classes: bool,
    features: usize,
}

impl Learner for DecisionTree {
    fn id(&self) -> &'static str {
        "decision_tree"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Asks one question after another until the rows of a group look alike."
    }

    fn when_to_use(&self) -> &'static str {
        "When the answer depends on combinations and limits, and you want to read the rules."
    }

    fn when_not_to_use(&self) -> &'static str {
        "With few rows: a handful of other rows can give a quite different tree."
    }

    fn source(&self) -> &'static str {
        "L. Breiman, J. Friedman, R. Olshen, C. Stone, Classification and Regression Trees (1984), chapters 2, 4 and 8"
    }

    fn readability(&self) -> &'static str {
        "Readable rules"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn search(&self) -> &'static [SearchSpec] {
        SEARCH
    }

    fn hold_back(&self) -> &'static [HoldBack] {
        const {
            &[
                HoldBack::simpler("max_depth", Change::HalfOrAtMost(6)),
                HoldBack::simpler("min_rows_leaf", Change::Times(4.0)),
            ]
        }
    }

    fn cost(&self) -> Cost {
        Cost::TREES
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            wants_scaling: false,
            yardstick: false,
            complexity: 2,
            one_tree: true,
            family: Family::Tree,
            suggested: true,
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
        let params = params.checked(PARAMS)?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let whole = |key: &str| usize::try_from(params.integer(key)).unwrap_or(1);
        let options = CartOptions {
            max_depth: whole("max_depth"),
            min_rows_leaf: whole("min_rows_leaf"),
            min_rows_split: whole("min_rows_split"),
            prune: params.number("prune"),
        };
        let grown = grow(x, y, &options, context.task)?;
        Ok(Box::new(TreeModel {
            tree: grown.tree,
            importance: grown.importance,
            pruning: grown.pruning,
            classes: matches!(y, Target::Classes { .. }),
            features: x.cols,
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: TreeModel = saved::read(saved, NAME)?;
        saved::require_shape(model.features, model.tree.outputs, NAME)?;
        model.tree.validate(model.features, model.classes, NAME)?;
        saved::require(
            model.classes || model.tree.outputs == 1,
            NAME,
            "its values are not possible",
        )?;
        let importance_fits =
            model.importance.len() == model.features && saved::finite(&model.importance);
        saved::require(
            importance_fits,
            NAME,
            "the shares of its columns are not possible",
        )?;
        let possible = |step: &PruningStep| (0.0..=f64::MAX).contains(&step.alpha);
        saved::require(
            model.pruning.iter().all(possible),
            NAME,
            "its smaller trees are not possible",
        )?;
        // Deeper than can be trained would make an export of unbounded size.
        saved::require(model.tree.depth() <= 30, NAME, "it is too deep")?;
        Ok(Box::new(model))
    }
}

impl Model for TreeModel {
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

    /// Features by their share of the improvement; unused ones are left out.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        let mut facts: Vec<ModelFact> = self
            .importance
            .iter()
            .enumerate()
            .filter(|(_, share)| **share > 0.0)
            .map(|(index, &value)| ModelFact {
                label: engine::feature_name(features, index),
                value,
            })
            .collect();
        facts.sort_by(|a, b| b.value.total_cmp(&a.value));
        facts
    }

    fn diagram(&self, features: &[String]) -> Option<TreeDiagram> {
        Some(self.tree.diagram(features))
    }

    fn answers(&self, x: &Matrix, task: &TaskContext) -> Result<Option<Vec<u32>>, UserError> {
        engine::check_width(x, self.features)?;
        self.tree.leaves_of(x, task).map(Some)
    }

    /// One tree only: rows are in the same group, or they are not.
    fn proximity(
        &self,
        of: &Matrix,
        x: &Matrix,
        task: &TaskContext,
    ) -> Result<Option<Vec<f64>>, UserError> {
        engine::check_width(of, self.features)?;
        engine::check_width(x, self.features)?;
        let of = self.tree.leaves_of(of, task)?;
        let leaves = self.tree.leaves_of(x, task)?;
        let pairs = leaves.iter().flat_map(|leaf| {
            of.iter()
                .map(move |other| f64::from(u8::from(leaf == other)))
        });
        Ok(Some(pairs.collect()))
    }

    fn sentence(&self, features: &[String], _classes: &[String]) -> String {
        if self.tree.len() <= 1 {
            return "Found no question that helps: it gives every row the same answer".to_owned();
        }
        let first = self
            .tree
            .feature
            .first()
            .map_or(0, |&feature| feature as usize);
        format!(
            "Asks at most {} in a row and ends in {}; the first is about {}",
            format::counted(self.tree.depth() as u64, "question"),
            format::counted(self.tree.leaves() as u64, "group"),
            engine::feature_name(features, first)
        )
    }
}
