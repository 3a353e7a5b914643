//! Gamma regression: amounts above zero, each column multiplying the expected one.

use super::engine::line::LineModel;
use super::engine::{self, glm};
use super::{Answers, Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct GammaRegression;

const NAME: &str = "Gamma regression";

static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: "penalty",
    label: "Penalty",
    help: "Larger holds the weights closer to zero; with 0 they come with standard errors (alpha)",
    kind: ParamKind::Number {
        min: 0.0,
        max: 1e8,
        logarithmic: false,
    },
    default: ParamDefault::Number(1.0),
}];

static SEARCH: &[SearchSpec] = &[SearchSpec::number("penalty", 0.0, 100.0).from_zero(1e-4)];

impl Learner for GammaRegression {
    fn id(&self) -> &'static str {
        "gamma_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Expects an amount; every column multiplies it by a factor, and large amounts may vary more."
    }

    fn when_to_use(&self) -> &'static str {
        "When the answer is an amount above zero whose spread grows with it: prices, durations, claim sizes."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When answers can be zero or negative."
    }

    fn source(&self) -> &'static str {
        "P. McCullagh, J. Nelder, Generalized Linear Models, 2nd ed. (1989), chapter 8; objective as in scikit-learn's GammaRegressor"
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
            answers: Answers::Positive,
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
        glm::check_answers(answers, false, NAME)?;
        let ask = glm::Ask {
            power: 2.0,
            penalty: params.number("penalty"),
        };
        Ok(Box::new(glm::fit(x, answers, ask, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
