//! Logistic regression: weights that add up to a probability.

use serde::{Deserialize, Serialize};

use super::engine::{self, dense, saved, softmax};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, TaskContext, UserError, format};

pub struct LogisticRegression;

const NAME: &str = "Logistic regression";

static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: "strength",
    label: "Freedom of the weights",
    help: "Smaller holds the weights closer to zero, which helps with few rows or many columns (C, the inverse of the L2 penalty)",
    kind: ParamKind::Number {
        min: 1e-6,
        max: 1e6,
        logarithmic: true,
    },
    default: ParamDefault::Number(1.0),
}];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LogisticModel {
    /// Classes seen in training, ascending. The others have probability 0.
    present: Vec<u32>,
    /// Classes in all.
    classes: usize,
    features: usize,
    /// Row-major classes present × features.
    weights: Vec<f64>,
    /// One per class present.
    intercepts: Vec<f64>,
    /// False when the fit was stopped before the weights had settled.
    converged: bool,
}

impl Learner for LogisticRegression {
    fn id(&self) -> &'static str {
        "logistic_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Gives every column a weight for each class and turns the sums into probabilities."
    }

    fn when_to_use(&self) -> &'static str {
        "When you want good probabilities and weights you can read, and when there are few rows."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When classes lie in islands or depend on combinations of columns."
    }

    fn source(&self) -> &'static str {
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 4.4; objective as in scikit-learn's LogisticRegression"
    }

    fn readability(&self) -> &'static str {
        "Readable weights"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: false,
            wants_scaling: true,
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
        let params = params.checked(PARAMS)?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let (codes, classes) = engine::classes_only(y, NAME)?;
        let present: Vec<u32> = (0..classes as u32)
            .filter(|class| codes.contains(class))
            .collect();
        let mut model = LogisticModel {
            weights: vec![0.0; present.len() * x.cols],
            intercepts: vec![0.0; present.len()],
            present,
            classes,
            features: x.cols,
            converged: true,
        };
        // One class only: it is certain.
        if model.present.len() > 1 {
            let places: Vec<u32> = codes
                .iter()
                .map(|code| model.present.binary_search(code).unwrap_or(0) as u32)
                .collect();
            let strength = params.number("strength");
            let fit = softmax::fit(x, &places, model.present.len(), strength, context.task)?;
            model.take(&fit);
        }
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let model: LogisticModel = saved::read(saved, NAME)?;
        saved::require_shape(model.features, model.classes, NAME)?;
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
        saved::require(holds, NAME, "its weights are not possible")?;
        Ok(Box::new(model))
    }
}

impl LogisticModel {
    /// Two classes have one set of weights, that of the second class; the first keeps zeros.
    fn take(&mut self, fit: &softmax::SoftmaxFit) {
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

impl Model for LogisticModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
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
                let name = engine::feature_name(features, feature);
                let label = if two {
                    name
                } else {
                    format!("{name} → {}", engine::class_name(classes, class as usize))
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
                engine::class_name(classes, *only as usize)
            );
        }
        let strongest = self.facts(features, classes).into_iter().next();
        let settled = if self.converged {
            ""
        } else {
            "; the weights had not quite settled"
        };
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
                engine::class_name(classes, *second as usize)
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
}
