//! Ridge regression: weights held back by their squares.

use super::engine::line::LineModel;
use super::engine::{self, penalised};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct RidgeRegression;

const NAME: &str = "Ridge regression";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "penalty_choice",
        label: "How strong the penalty is",
        help: "The data choose by predicting every row from all the others (leave-one-out cross-validation)",
        kind: ParamKind::Choice(&[
            ("choose", "Let the data choose"),
            ("given", "As given below"),
        ]),
        default: ParamDefault::Text("choose"),
    },
    ParamSpec {
        key: "penalty",
        label: "Penalty",
        help: "Only where it is given: larger holds the weights closer to zero (alpha)",
        kind: ParamKind::Number {
            min: 1e-8,
            max: 1e8,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::choice("penalty_choice", &["choose", "given"]),
    SearchSpec::number("penalty", 1e-4, 1e4)
        .logarithmic()
        .when("penalty_choice", &["given"]),
];

impl Learner for RidgeRegression {
    fn id(&self) -> &'static str {
        "ridge_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Gives every column a weight and adds up, but holds the weights back."
    }

    fn when_to_use(&self) -> &'static str {
        "When many columns say similar things, or when there are few rows for many columns."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When you want columns left out altogether, or when the answer bends or jumps."
    }

    fn source(&self) -> &'static str {
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 3.4.1; objective as in scikit-learn's Ridge"
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

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: false,
            numbers: true,
            wants_scaling: true,
            weights: true,
            live: false,
            yardstick: false,
            complexity: 2,
            family: Family::Linear,
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
        let answers = engine::numbers_only(y, NAME)?;
        let given = (params.text("penalty_choice") == "given").then(|| params.number("penalty"));
        Ok(Box::new(penalised::fit_ridge(x, answers, given, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
