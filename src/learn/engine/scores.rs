//! The model of every learner that turns one sum of weighted columns per class into probabilities.

use serde::{Deserialize, Serialize};

use super::inference::Inference;
use super::{dense, saved, softmax};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::{TaskContext, UserError, format};
use crate::learn::{CoefficientTable, Effect, Matrix, Model, ModelFact};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreModel {
    /// Classes seen in training, ascending. The others have probability 0.
    pub present: Vec<u32>,
    /// Classes in all.
    pub classes: usize,
    pub features: usize,
    /// Row-major classes present × features.
    pub weights: Vec<f64>,
    /// One per class present.
    pub intercepts: Vec<f64>,
    /// False when the fit was stopped before the weights had settled.
    pub converged: bool,
    /// Columns set aside because others say the same.
    #[serde(default)]
    pub set_aside: usize,
    /// The classes can be told apart without a mistake, and nothing holds the weights back.
    #[serde(default)]
    pub separated: bool,
    #[serde(default)]
    pub inference: Option<Inference>,
    /// Root mean square distance of each feature from its mean in training; empty where nobody asked.
    #[serde(default)]
    pub spreads: Vec<f64>,
}

impl ScoreModel {
    /// Of no weights yet. `present`: the classes seen, ascending.
    pub fn new(present: Vec<u32>, classes: usize, features: usize) -> Self {
        Self {
            weights: vec![0.0; present.len() * features],
            intercepts: vec![0.0; present.len()],
            present,
            classes,
            features,
            converged: true,
            set_aside: 0,
            separated: false,
            inference: None,
            spreads: Vec::new(),
        }
    }

    /// Checked: the file may be damaged.
    pub fn load(saved: &serde_json::Value, learner: &str) -> Result<Box<dyn Model>, UserError> {
        let model: Self = saved::read(saved, learner)?;
        saved::require_shape(model.features, model.classes, learner)?;
        let present = model.present.len();
        let holds = present > 0
            && model.present.windows(2).all(|pair| pair[0] < pair[1])
            && model
                .present
                .iter()
                .all(|&class| (class as usize) < model.classes)
            && model.intercepts.len() == present
            && present.checked_mul(model.features) == Some(model.weights.len())
            && saved::finite(&model.weights)
            && saved::finite(&model.intercepts);
        saved::require(holds, learner, "its weights are not possible")?;
        let holds = model
            .inference
            .as_ref()
            .is_none_or(|inference| inference.belongs_to(model.features, model.classes));
        saved::require(holds, learner, "its standard errors are not possible")?;
        let holds = (model.spreads.is_empty() || model.spreads.len() == model.features)
            && saved::finite(&model.spreads);
        saved::require(
            holds,
            learner,
            "the spreads of its columns are not possible",
        )?;
        Ok(Box::new(model))
    }

    /// Fails when a number is none.
    pub fn checked(self) -> Result<Self, UserError> {
        if saved::finite(&self.weights) && saved::finite(&self.intercepts) {
            return Ok(self);
        }
        Err(super::minimise::not_solvable())
    }

    /// Two classes have one set of weights, that of the second class; the first keeps zeros.
    pub fn take(&mut self, fit: &softmax::SoftmaxFit) {
        let skipped = self.present.len() - fit.sets.len();
        for (set, values) in fit.sets.iter().enumerate() {
            let class = set + skipped;
            let (weights, intercept) = values.split_at(self.features);
            self.weights[class * self.features..(class + 1) * self.features]
                .copy_from_slice(weights);
            self.intercepts[class] = intercept.first().copied().unwrap_or(0.0);
        }
        self.converged = fit.converged;
    }

    fn row_weights(&self, class: usize) -> &[f64] {
        self.weights
            .get(class * self.features..(class + 1) * self.features)
            .unwrap_or(&[])
    }
}

impl Model for ScoreModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        super::check_width(x, self.features)?;
        let mut predicted = vec![0.0; x.rows * self.classes];
        let mut scores = vec![0.0; self.present.len()];
        for (row, shares) in predicted.chunks_exact_mut(self.classes).enumerate() {
            if row % 16_384 == 0 {
                task.check()?;
            }
            for (class, score) in scores.iter_mut().enumerate() {
                *score = dense::dot(x.row(row), self.row_weights(class)) + self.intercepts[class];
            }
            softmax::softmax(&mut scores);
            for (&class, &score) in self.present.iter().zip(&scores) {
                shares[class as usize] = score;
            }
        }
        Ok(predicted)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(self)
    }

    fn features(&self) -> usize {
        self.features
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let present = self.present.len();
        let columns = (0..self.features).flat_map(|feature| {
            (0..present).map(move |class| self.weights[class * self.features + feature])
        });
        let weights = graph.constant(
            &[self.features, present],
            Constant::Double(columns.collect()),
        );
        let intercepts = graph.constant(&[1, present], Constant::Double(self.intercepts.clone()));
        let sum = graph.op("MatMul", &[x, &weights], Vec::new());
        let scores = graph.op("Add", &[&sum, &intercepts], Vec::new());
        let shares = graph.op(
            "Softmax",
            &[&scores],
            vec![("axis", Attribute::Integer(-1))],
        );
        if present == self.classes {
            return Ok(shares);
        }
        // Classes that were not seen get a column of zeros.
        let mut places = vec![0.0; present * self.classes];
        for (place, &class) in self.present.iter().enumerate() {
            places[place * self.classes + class as usize] = 1.0;
        }
        let places = graph.constant(&[present, self.classes], Constant::Double(places));
        Ok(graph.op("MatMul", &[&shares, &places], Vec::new()))
    }

    /// Two classes: the weights for the second one. Several: "feature → class". Largest first.
    fn facts(&self, features: &[String], classes: &[String]) -> Vec<ModelFact> {
        let two = self.present.len() == 2;
        let mut facts = Vec::new();
        for (place, &class) in self.present.iter().enumerate().skip(usize::from(two)) {
            for (feature, &value) in self.row_weights(place).iter().enumerate() {
                let name = super::feature_name(features, feature);
                let label = if two {
                    name
                } else {
                    format!("{name} → {}", super::class_name(classes, class as usize))
                };
                facts.push(ModelFact { label, value });
            }
        }
        facts.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        facts
    }

    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        if let [only] = self.present.as_slice() {
            return format!(
                "Always {}: no other class was seen",
                super::class_name(classes, *only as usize)
            );
        }
        let strongest = self.facts(features, classes).into_iter().next();
        let mut settled = match self.set_aside {
            0 => String::new(),
            count => format!(
                "; {} set aside because others say the same",
                format::counted(count as u64, "column")
            ),
        };
        if self.separated {
            settled.push_str(
                "; some classes are told apart without a mistake, so the weights have no natural size and no standard errors",
            );
        } else if !self.converged {
            settled.push_str("; the weights had not quite settled");
        }
        match (strongest, self.present.as_slice()) {
            (Some(fact), [_, second]) => format!(
                "Weighs {}; {} {} {} most{settled}",
                format::counted(self.features as u64, "column"),
                fact.label,
                if fact.value > 0.0 {
                    "speaks for"
                } else {
                    "speaks against"
                },
                super::class_name(classes, *second as usize)
            ),
            (Some(fact), _) => format!(
                "Weighs {} for each of {} classes; the strongest weight is {}{settled}",
                format::counted(self.features as u64, "column"),
                self.present.len(),
                fact.label
            ),
            (None, _) => "Weighs nothing".to_owned(),
        }
    }

    fn coefficients(&self) -> Option<CoefficientTable> {
        let table = self.inference.as_ref()?.table();
        Some(CoefficientTable {
            effect: Effect::MultipliesOdds,
            reference: self.present.first().map(|&class| class as usize),
            spreads: self.spreads.clone(),
            ..table
        })
    }

    fn why_no_coefficients(&self) -> &'static str {
        if self.separated {
            return "Some classes are told apart without a mistake, so that the weights have no natural size and theory no standard errors.";
        }
        "A penalty holds the weights back, and theory has standard errors only for weights that are free. Set “What holds the weights back” to “Nothing” and train again to have them."
    }
}
