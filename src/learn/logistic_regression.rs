//! Logistic regression: weights that add up to a probability.

use super::engine::effort::{Change, HoldBack};
use super::engine::inference::{Inference, Unscaled};
use super::engine::scores::ScoreModel;
use super::engine::sparse_softmax::{self, Mixed};
use super::engine::standard::{RowWeights, Standard};
use super::engine::{self, least_squares, softmax};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

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

static SEARCH: &[SearchSpec] = &[
    SearchSpec::choice("penalty", &["squares", "size", "both"]),
    SearchSpec::number("strength", 1e-4, 1e4).logarithmic(),
    SearchSpec::number("mix", 0.0, 1.0).when("penalty", &["both"]),
];

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

    fn search(&self) -> &'static [SearchSpec] {
        SEARCH
    }

    fn hold_back(&self) -> &'static [HoldBack] {
        const { &[HoldBack::simpler("strength", Change::Times(0.1))] }
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
        let present = engine::present_classes(codes, classes, context.weights);
        let mut model = ScoreModel::new(present, classes, x.cols);
        // One class only: it is certain.
        if model.present.len() > 1 {
            let places = engine::places_of(codes, &model.present);
            let (count, strength) = (model.present.len(), params.number("strength"));
            let mix = match params.text("penalty") {
                "size" => 1.0,
                "both" => params.number("mix"),
                _ => 0.0,
            };
            if params.text("penalty") == "none" {
                fit_plain(&mut model, x, &places, context)?;
            } else if mix > 0.0 {
                let mixed = Mixed { strength, mix };
                model.take(&sparse_softmax::fit(x, &places, count, mixed, context)?);
            } else {
                model.take(&softmax::fit(x, &places, count, strength, context)?);
            }
        }
        Ok(Box::new(model.checked()?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        ScoreModel::load(saved, NAME)
    }
}

/// Columns that others say the same as are set aside: without a penalty nothing would decide
/// how to share a weight out between them.
fn fit_plain(
    model: &mut ScoreModel,
    x: &Matrix,
    places: &[u32],
    context: &FitContext<'_>,
) -> Result<(), UserError> {
    let task = context.task;
    let mut standard = Standard::of(x, &RowWeights::of(context.weights), task)?;
    standard.varying = least_squares::independent_columns(x, context.weights, task)?;
    model.spreads = standard.spreads();
    let columns = standard.varying.clone();
    model.set_aside = x.cols - columns.len();
    let scaled = standard.matrix(x, task)?;
    let count = model.present.len();
    let plain = softmax::fit_plain(&scaled, places, count, context)?;
    let mut fit = plain.fit;
    for set in &mut fit.sets {
        let (weights, intercept) = set.split_at(columns.len());
        let (intercept, mut raw) = standard.back(intercept[0], weights, 1.0);
        raw.push(intercept);
        *set = raw;
    }
    model.take(&fit);
    let Some(covariance) = plain.covariance else {
        model.separated = true;
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
            class: model.present.get(set + 1).map(|&class| class as usize),
        };
        let at = set * width;
        terms.extend(unscaled.terms(values[model.features], values, |i, j| {
            covariance[(at + i) * size + at + j]
        }));
    }
    model.inference = Inference {
        terms,
        degrees_of_freedom: None,
    }
    .checked();
    Ok(())
}
