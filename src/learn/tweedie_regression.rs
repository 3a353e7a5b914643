//! Tweedie regression: amounts that are often zero, each column multiplying the expected one.

use super::engine::line::LineModel;
use super::engine::{self, glm};
use super::{Answers, Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct TweedieRegression;

const NAME: &str = "Tweedie regression";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "power",
        label: "Growth of the variance",
        help: "1 is that of counts, 2 that of amounts above zero; between are amounts that are often zero (power)",
        kind: ParamKind::Number {
            min: 1.0,
            max: 2.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(1.5),
    },
    ParamSpec {
        key: "penalty",
        label: "Penalty",
        help: "Larger holds the weights closer to zero; with 0 they come with standard errors (alpha)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 1e8,
            logarithmic: false,
        },
        default: ParamDefault::Number(1.0),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::number("power", 1.0, 2.0),
    SearchSpec::number("penalty", 0.0, 100.0).from_zero(1e-4),
];

impl Learner for TweedieRegression {
    fn id(&self) -> &'static str {
        "tweedie_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Expects an amount that may often be zero; every column multiplies it by a factor."
    }

    fn when_to_use(&self) -> &'static str {
        "When the answer is a sum of amounts, none for many rows: claims per customer, rain per day."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When answers can be negative."
    }

    fn source(&self) -> &'static str {
        "B. Jørgensen, Journal of the Royal Statistical Society B 49 (1987), 127–162; objective as in scikit-learn's TweedieRegressor"
    }

    fn readability(&self) -> &'static str {
        "Readable factors"
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
            answers: Answers::NotNegative,
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
        let power = params.number("power");
        glm::check_answers(answers, power < 2.0, NAME)?;
        let ask = glm::Ask {
            power,
            penalty: params.number("penalty"),
        };
        Ok(Box::new(glm::fit(x, answers, ask, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
