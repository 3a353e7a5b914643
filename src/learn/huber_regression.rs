//! Huber regression: a line that rows lying far off cannot pull.

use super::engine::line::LineModel;
use super::engine::{self, huber};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct HuberRegression;

const NAME: &str = "Huber regression";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "reach",
        label: "Reach",
        help: "Rows further off than this many times the usual distance count less; 1.35 loses little where nothing is wrong (epsilon)",
        kind: ParamKind::Number {
            min: 1.0,
            max: 100.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(1.35),
    },
    ParamSpec {
        key: "penalty",
        label: "Penalty",
        help: "Larger holds the weights closer to zero (alpha)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 1e8,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0001),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::number("reach", 1.0, 5.0).logarithmic(),
    SearchSpec::number("penalty", 0.0, 100.0).from_zero(1e-5),
];

impl Learner for HuberRegression {
    fn id(&self) -> &'static str {
        "huber_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Gives every column a weight and adds up, and lets rows that lie far off count less."
    }

    fn when_to_use(&self) -> &'static str {
        "When some answers are wrong or extreme and should not decide."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When the extreme answers are what you want to predict."
    }

    fn source(&self) -> &'static str {
        "P. Huber, E. Ronchetti, Robust Statistics, 2nd ed. (2009), section 7.8; objective as in scikit-learn's HuberRegressor"
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
            live: true,
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
        let ask = huber::Ask {
            reach: params.number("reach"),
            penalty: params.number("penalty"),
        };
        Ok(Box::new(huber::fit(x, answers, ask, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
