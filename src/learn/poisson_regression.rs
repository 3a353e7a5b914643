//! Poisson regression: counts, each column multiplying the expected one.

use super::engine::line::LineModel;
use super::engine::{self, glm};
use super::{Answers, Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct PoissonRegression;

const NAME: &str = "Poisson regression";

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

impl Learner for PoissonRegression {
    fn id(&self) -> &'static str {
        "poisson_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Expects a count; every column multiplies it by a factor."
    }

    fn when_to_use(&self) -> &'static str {
        "When the answer counts something: visits, claims, goals."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When answers can be negative, or when columns add to the answer instead of multiplying it."
    }

    fn source(&self) -> &'static str {
        "P. McCullagh, J. Nelder, Generalized Linear Models, 2nd ed. (1989), chapter 6; objective as in scikit-learn's PoissonRegressor"
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
        glm::check_answers(answers, true, NAME)?;
        let ask = glm::Ask {
            power: 1.0,
            penalty: params.number("penalty"),
        };
        Ok(Box::new(glm::fit(x, answers, ask, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
