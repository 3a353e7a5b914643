//! Logistic regression: weights that add up to a probability.

use serde::{Deserialize, Serialize};

use super::engine::inference::{Inference, Unscaled};
use super::engine::sparse_softmax::{self, Mixed};
use super::engine::standard::{RowWeights, Standard};
use super::engine::{self, dense, least_squares, saved, softmax};
use super::{
    Capabilities, CoefficientTable, Family, FitContext, Learner, Matrix, Model, ModelFact, Target,
};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, TaskContext, UserError, format};

pub struct LogisticRegression;

const NAME: &str = "Logistic regression";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "penalty",
        label: "What holds the weights back",
        help: "Without a penalty the weights come with standard errors; a penalty on their size leaves columns out (penalty)",
        kind: ParamKind::Choice(&[
            ("squares", "Their squares (L2, ridge)"),
            ("size", "Their size (L1, lasso)"),
            ("both", "Both (elastic net)"),
            ("none", "Nothing"),
        ]),
        default: ParamDefault::Text("squares"),
    },
    ParamSpec {
        key: "strength",
        label: "Freedom of the weights",
        help: "Smaller holds the weights closer to zero, which helps with few rows or many columns (C, the inverse of the penalty)",
        kind: ParamKind::Number {
            min: 1e-6,
            max: 1e6,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "mix",
        label: "Share of the penalty on size",
        help: "Only where both hold the weights back: 0 is all on squares, 1 is all on size (l1_ratio)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 1.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.5),
    },
];

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
    /// Columns set aside because others say the same.
    #[serde(default)]
    set_aside: usize,
    /// The classes can be told apart without a mistake, and nothing holds the weights back.
    #[serde(default)]
    separated: bool,
    #[serde(default)]
    inference: Option<Inference>,
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
            weights: true,
            live: true,
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
        let counts = engine::class_weights(codes, classes, context.weights);
        let present: Vec<u32> = (0..classes as u32)
            .filter(|class| {
                counts
                    .get(*class as usize)
                    .is_some_and(|count| *count > 0.0)
            })
            .collect();
        let mut model = LogisticModel {
            weights: vec![0.0; present.len() * x.cols],
            intercepts: vec![0.0; present.len()],
            present,
            classes,
            features: x.cols,
            converged: true,
            set_aside: 0,
            separated: false,
            inference: None,
        };
        // One class only: it is certain.
        if model.present.len() > 1 {
            let places: Vec<u32> = codes
                .iter()
                .map(|code| model.present.binary_search(code).unwrap_or(0) as u32)
                .collect();
            let (count, strength) = (model.present.len(), params.number("strength"));
            let mix = match params.text("penalty") {
                "size" => 1.0,
                "both" => params.number("mix"),
                _ => 0.0,
            };
            if params.text("penalty") == "none" {
                model.fit_plain(x, &places, context)?;
            } else if mix > 0.0 {
                let mixed = Mixed { strength, mix };
                model.take(&sparse_softmax::fit(x, &places, count, mixed, context)?);
            } else {
                model.take(&softmax::fit(x, &places, count, strength, context)?);
            }
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
        let holds = model
            .inference
            .as_ref()
            .is_none_or(|inference| inference.belongs_to(model.features, model.classes));
        saved::require(holds, NAME, "its standard errors are not possible")?;
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

    /// Columns that others say the same as are set aside: without a penalty nothing would decide
    /// how to share a weight out between them.
    fn fit_plain(
        &mut self,
        x: &Matrix,
        places: &[u32],
        context: &FitContext<'_>,
    ) -> Result<(), UserError> {
        let task = context.task;
        let mut standard = Standard::of(x, &RowWeights::of(context.weights), task)?;
        standard.varying = least_squares::independent_columns(x, context.weights, task)?;
        let columns = standard.varying.clone();
        self.set_aside = x.cols - columns.len();
        let scaled = standard.matrix(x, task)?;
        let count = self.present.len();
        let plain = softmax::fit_plain(&scaled, places, count, context)?;
        let mut fit = plain.fit;
        for set in &mut fit.sets {
            let (weights, intercept) = set.split_at(columns.len());
            let (intercept, mut raw) = standard.back(intercept[0], weights, 1.0);
            raw.push(intercept);
            *set = raw;
        }
        self.take(&fit);
        let Some(covariance) = plain.covariance else {
            self.separated = true;
            return Ok(());
        };
        let scales = || columns.iter().map(|&column| standard.scales[column]);
        let centres: Vec<f64> = scales().map(|scale| scale.centre).collect();
        let units: Vec<f64> = scales().map(|scale| 1.0 / scale.spread).collect();
        let width = columns.len() + 1;
        let size = fit.sets.len() * width;
        let mut terms = Vec::new();
        for (set, values) in fit.sets.iter().enumerate() {
            let unscaled = Unscaled {
                columns: &columns,
                centres: &centres,
                units: &units,
                class: self.present.get(set + 1).map(|&class| class as usize),
            };
            let at = set * width;
            terms.extend(unscaled.terms(values[self.features], values, |i, j| {
                covariance[(at + i) * size + at + j]
            }));
        }
        self.inference = Inference {
            terms,
            degrees_of_freedom: None,
        }
        .checked();
        Ok(())
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

    fn coefficients(&self) -> Option<CoefficientTable> {
        self.inference.as_ref().map(Inference::table)
    }
}
