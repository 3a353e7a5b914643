//! Linear regression: a weight per column, added up.

use serde::{Deserialize, Serialize};

use super::engine::{self, least_squares, saved};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Constant, Graph, Value};
use crate::base::{ParamSpec, Params, TaskContext, UserError, format};

pub struct LinearRegression;

const NAME: &str = "Linear regression";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LinearModel {
    intercept: f64,
    coefficients: Vec<f64>,
    /// Root mean square distance of each feature from its mean in training: makes weights of
    /// columns in different units comparable.
    spreads: Vec<f64>,
    /// Columns set aside because others say the same.
    set_aside: usize,
}

impl Learner for LinearRegression {
    fn id(&self) -> &'static str {
        "linear_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Gives every column a weight and adds up."
    }

    fn when_to_use(&self) -> &'static str {
        "When you want to read how much each column adds, and when there are few rows."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When the answer bends, jumps, or depends on combinations of columns."
    }

    fn source(&self) -> &'static str {
        "Least squares: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 3.2; solved with linfa-linear"
    }

    fn readability(&self) -> &'static str {
        "Readable weights"
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[]
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: false,
            numbers: true,
            // Centred and scaled inside, so that the weights stay in the units of the columns.
            wants_scaling: false,
            yardstick: false,
            complexity: 1,
            family: Family::Linear,
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
        params.checked(self.params())?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let answers = engine::numbers_only(y, NAME)?;
        let line = least_squares::fit(x, answers, context.task)?;
        Ok(Box::new(LinearModel {
            intercept: line.intercept,
            coefficients: line.coefficients,
            spreads: line.spreads,
            set_aside: line.set_aside.len(),
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: LinearModel = saved::read(saved, NAME)?;
        saved::require_shape(model.coefficients.len(), 1, NAME)?;
        let holds = model.intercept.is_finite()
            && saved::finite(&model.coefficients)
            && saved::finite(&model.spreads)
            && model.spreads.len() == model.coefficients.len();
        saved::require(holds, NAME, "its weights are not possible")?;
        Ok(Box::new(model))
    }
}

impl Model for LinearModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.coefficients.len())?;
        let mut predicted = Vec::with_capacity(x.rows);
        for row in 0..x.rows {
            if row % 65_536 == 0 {
                task.check()?;
            }
            let products = x
                .row(row)
                .iter()
                .zip(&self.coefficients)
                .map(|(value, weight)| value * weight);
            predicted.push(products.sum::<f64>() + self.intercept);
        }
        Ok(predicted)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.coefficients.len()
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let weights = graph.constant(
            &[self.coefficients.len(), 1],
            Constant::Double(self.coefficients.clone()),
        );
        let intercept = graph.constant(&[1, 1], Constant::Double(vec![self.intercept]));
        let sum = graph.op("MatMul", &[x, &weights], Vec::new());
        Ok(graph.op("Add", &[&sum, &intercept], Vec::new()))
    }

    /// The weights, in the order of how much each column moves the answer: weight times spread.
    /// The intercept comes last.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        let mut order: Vec<(usize, f64)> = self
            .coefficients
            .iter()
            .zip(&self.spreads)
            .map(|(weight, spread)| (weight * spread).abs())
            .enumerate()
            .collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut facts: Vec<ModelFact> = order
            .into_iter()
            .filter_map(|(index, _)| {
                Some(ModelFact {
                    label: engine::feature_name(features, index),
                    value: *self.coefficients.get(index)?,
                })
            })
            .collect();
        facts.push(ModelFact {
            label: "Start value (intercept)".to_owned(),
            value: self.intercept,
        });
        facts
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        let used = self
            .coefficients
            .iter()
            .filter(|weight| **weight != 0.0)
            .count();
        let Some(first) = self
            .facts(features, classes)
            .into_iter()
            .next()
            .filter(|_| used > 0)
        else {
            return format!("Always {}", format::number(self.intercept, 4));
        };
        let aside = match self.set_aside {
            0 => String::new(),
            count => format!(
                "; {} set aside because others say the same",
                format::counted(count as u64, "column")
            ),
        };
        format!(
            "Adds up {}; {} moves the answer most{aside}",
            format::counted(used as u64, "weighted column"),
            first.label
        )
    }
}
