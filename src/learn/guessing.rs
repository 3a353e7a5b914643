//! Guessing: the yardstick every model must beat.

use serde::{Deserialize, Serialize};

use super::engine::{self, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Graph, Value};
use crate::base::{ParamSpec, Params, TaskContext, UserError, format};

pub struct Guessing;

const NAME: &str = "Guessing";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct GuessingModel {
    /// Share of each class in training, or the mean.
    values: Vec<f64>,
    classes: bool,
    features: usize,
}

impl Learner for Guessing {
    fn id(&self) -> &'static str {
        "guessing"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Says the same for every row: how often each class occurs, or the mean."
    }

    fn when_to_use(&self) -> &'static str {
        "Always run it: a model that is not clearly better has learned nothing."
    }

    fn when_not_to_use(&self) -> &'static str {
        "Never use it to predict; it does not look at the row."
    }

    fn source(&self) -> &'static str {
        "The prior: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 2.4"
    }

    fn readability(&self) -> &'static str {
        "One number"
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[]
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
        let (values, classes) = match y {
            Target::Classes { codes, count } => (engine::class_shares(codes, *count), true),
            Target::Numbers(values) => (vec![engine::mean(values.iter().copied())], false),
        };
        Ok(Box::new(GuessingModel {
            values,
            classes,
            features: x.cols,
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: GuessingModel = saved::read(saved, NAME)?;
        saved::require_shape(model.features, model.values.len(), NAME)?;
        let possible = if model.classes {
            saved::probabilities(&model.values, model.values.len())
        } else {
            model.values.len() == 1 && saved::finite(&model.values)
        };
        saved::require(possible, NAME, "its values are not possible")?;
        Ok(Box::new(model))
    }
}

impl GuessingModel {
    /// The first of equally common classes.
    fn commonest(&self) -> usize {
        let mut best = 0;
        for (class, share) in self.values.iter().enumerate() {
            if self.values.get(best).is_none_or(|largest| share > largest) {
                best = class;
            }
        }
        best
    }
}

impl Model for GuessingModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        Ok(self.values.repeat(x.rows))
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        Ok(engine::constant_rows(graph, x, self.features, &self.values))
    }

    fn facts(&self, _features: &[String], classes: &[String]) -> Vec<ModelFact> {
        if !self.classes {
            return vec![ModelFact {
                label: "Mean".to_owned(),
                value: self.values.first().copied().unwrap_or(0.0),
            }];
        }
        let mut facts: Vec<ModelFact> = self
            .values
            .iter()
            .enumerate()
            .map(|(class, &value)| ModelFact {
                label: engine::class_name(classes, class),
                value,
            })
            .collect();
        facts.sort_by(|a, b| b.value.total_cmp(&a.value));
        facts
    }

    fn sentence(&self, _features: &[String], classes: &[String]) -> String {
        let best = self.commonest();
        let value = self.values.get(best).copied().unwrap_or(0.0);
        if self.classes {
            let name = engine::class_name(classes, best);
            format!(
                "Always {name}, which is right in {} of the practice rows",
                format::share(value)
            )
        } else {
            format!(
                "Always {}, the mean of the practice rows",
                format::number(value, 4)
            )
        }
    }
}
