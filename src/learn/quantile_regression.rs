//! Quantile regression: the line that a given share of answers stays below.

use super::engine::effort::{Cost, Growth};
use super::engine::line::LineModel;
use super::engine::{self, quantile};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct QuantileRegression;

const NAME: &str = "Quantile regression";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "share",
        label: "Share that stays below",
        help: "0.5 is the middle answer, the median (quantile)",
        kind: ParamKind::Number {
            min: 0.001,
            max: 0.999,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.5),
    },
    ParamSpec {
        key: "penalty",
        label: "Penalty",
        help: "Larger leaves more columns out (alpha)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 1e8,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
];

static SEARCH: &[SearchSpec] = &[SearchSpec::number("penalty", 0.0, 10.0).from_zero(1e-4)];

impl Learner for QuantileRegression {
    fn id(&self) -> &'static str {
        "quantile_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Gives every column a weight and adds up to what a chosen share of answers stays below."
    }

    fn when_to_use(&self) -> &'static str {
        "When you need a typical value that extremes cannot move, or an upper or lower limit: 9 of 10 deliveries take less than this."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When you need the mean, or when the answer bends or jumps."
    }

    fn source(&self) -> &'static str {
        "R. Koenker, Quantile Regression (2005), section 1.3; objective as in scikit-learn's QuantileRegressor"
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

    fn cost(&self) -> Cost {
        Cost {
            fit: Growth::Power(1.5),
            ..Cost::LINEAR
        }
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
        let ask = quantile::Ask {
            share: params.number("share"),
            penalty: params.number("penalty"),
        };
        Ok(Box::new(quantile::fit(x, answers, ask, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
