//! The model of every learner that adds up weighted columns: what it predicts, saves, exports and
//! says.

use serde::{Deserialize, Serialize};

use super::inference::Inference;
use super::saved;
use crate::base::graph::{Constant, Graph, Value};
use crate::base::{TaskContext, UserError, format};
use crate::learn::{CoefficientTable, Effect, Matrix, Model, ModelFact, PenaltyPath};

/// What is made of the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The sum is the answer.
    #[default]
    Identity,
    /// The sum is the logarithm of the answer.
    Log,
}

/// e to the power of this is about the largest number a float holds, which is what an exported model
/// answers in: far beyond the rows it learned from, its answer stays a number.
const MOST: f64 = 88.0;

/// `prediction = link⁻¹(intercept + Σ coefficient · feature)`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineModel {
    pub intercept: f64,
    pub coefficients: Vec<f64>,
    /// Root mean square distance of each feature from its mean in training: makes weights of
    /// columns in different units comparable.
    pub spreads: Vec<f64>,
    /// Columns set aside because others say the same.
    #[serde(default)]
    pub set_aside: usize,
    #[serde(default)]
    pub link: Link,
    /// The fit was stopped before the weights had settled.
    #[serde(default)]
    pub unsettled: bool,
    /// What this learner has to add to the sentence; empty: nothing.
    #[serde(default)]
    pub remark: String,
    #[serde(default)]
    pub inference: Option<Inference>,
    #[serde(default)]
    pub path: Option<PenaltyPath>,
}

impl LineModel {
    /// Checked: the file may be damaged.
    pub fn load(saved: &serde_json::Value, learner: &str) -> Result<Box<dyn Model>, UserError> {
        let model: Self = saved::read(saved, learner)?;
        let features = model.coefficients.len();
        saved::require_shape(features, 1, learner)?;
        let holds = model.intercept.is_finite()
            && saved::finite(&model.coefficients)
            && saved::finite(&model.spreads)
            && model.spreads.len() == features;
        saved::require(holds, learner, "its weights are not possible")?;
        let holds = model
            .inference
            .as_ref()
            .is_none_or(|inference| inference.belongs_to(features, 1));
        saved::require(holds, learner, "its standard errors are not possible")?;
        let holds = model
            .path
            .as_ref()
            .is_none_or(|path| path.belongs_to(features));
        saved::require(holds, learner, "its path of penalties is not possible")?;
        Ok(Box::new(model))
    }

    /// Fails when a number is none.
    pub fn checked(self) -> Result<Self, UserError> {
        if self.intercept.is_finite()
            && saved::finite(&self.coefficients)
            && saved::finite(&self.spreads)
        {
            return Ok(self);
        }
        Err(super::minimise::not_solvable())
    }

    fn order(&self) -> Vec<usize> {
        let mut order: Vec<(usize, f64)> = self
            .coefficients
            .iter()
            .zip(&self.spreads)
            .map(|(weight, spread)| (weight * spread).abs())
            .enumerate()
            .collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        order.into_iter().map(|(index, _)| index).collect()
    }

    fn constant(&self) -> String {
        match self.link {
            Link::Identity => format::number(self.intercept, 4),
            Link::Log if self.intercept <= -MOST => "0".to_owned(),
            Link::Log => format::number(self.intercept.min(MOST).exp(), 4),
        }
    }
}

impl Model for LineModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        super::check_width(x, self.coefficients.len())?;
        let between = super::rows::rows_between_checks(x.cols as f64);
        let mut predicted = Vec::with_capacity(x.rows);
        for row in 0..x.rows {
            if row % between == 0 {
                task.check()?;
            }
            let products = x
                .row(row)
                .iter()
                .zip(&self.coefficients)
                .map(|(value, weight)| value * weight);
            let sum = products.sum::<f64>() + self.intercept;
            predicted.push(match self.link {
                Link::Identity => sum,
                Link::Log => sum.clamp(-MOST, MOST).exp(),
            });
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
        let sum = graph.op("Add", &[&sum, &intercept], Vec::new());
        if self.link == Link::Identity {
            return Ok(sum);
        }
        let most = graph.constant(&[1, 1], Constant::Double(vec![MOST]));
        let least = graph.constant(&[1, 1], Constant::Double(vec![-MOST]));
        let sum = graph.op("Min", &[&sum, &most], Vec::new());
        let sum = graph.op("Max", &[&sum, &least], Vec::new());
        Ok(graph.op("Exp", &[&sum], Vec::new()))
    }

    /// The weights, in the order of how much each column moves the answer: weight times spread.
    /// The intercept comes last.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        let mut facts: Vec<ModelFact> = self
            .order()
            .into_iter()
            .map(|index| ModelFact {
                label: super::feature_name(features, index),
                value: self.coefficients[index],
            })
            .collect();
        facts.push(ModelFact {
            label: "Start value (intercept)".to_owned(),
            value: self.intercept,
        });
        facts
    }

    fn sentence(&self, features: &[String], _classes: &[String]) -> String {
        let used = self
            .coefficients
            .iter()
            .filter(|weight| **weight != 0.0)
            .count();
        let mut text = match self.order().first() {
            Some(&first) if used > 0 => {
                let what = match self.link {
                    Link::Identity => "Adds up",
                    Link::Log => "Multiplies the effects of",
                };
                let (count, columns) = (used as u64, "weighted column");
                format!(
                    "{what} {}; {} moves the answer most",
                    format::counted(count, columns),
                    super::feature_name(features, first)
                )
            }
            _ => format!("Always {}", self.constant()),
        };
        if used > 0 && self.set_aside > 0 {
            let aside = format::counted(self.set_aside as u64, "column");
            text.push_str(&format!("; {aside} set aside because others say the same"));
        }
        if !self.remark.is_empty() {
            text.push_str(&format!("; {}", self.remark));
        }
        if self.unsettled {
            text.push_str("; the weights had not quite settled");
        }
        text
    }

    fn coefficients(&self) -> Option<CoefficientTable> {
        let table = self.inference.as_ref()?.table();
        Some(CoefficientTable {
            effect: match self.link {
                Link::Identity => Effect::Adds,
                Link::Log => Effect::Multiplies,
            },
            spreads: self.spreads.clone(),
            ..table
        })
    }

    fn why_no_coefficients(&self) -> &'static str {
        if self.path.is_some() || !self.remark.is_empty() {
            return "Something holds its weights back or chooses them in a way of its own, and theory has standard errors only for weights that are free. Linear regression has them, and so has regression of counts or amounts without a penalty.";
        }
        "The theory needs more rows than columns, and at most 2,000 columns."
    }

    fn path(&self) -> Option<&PenaltyPath> {
        self.path.as_ref()
    }
}
