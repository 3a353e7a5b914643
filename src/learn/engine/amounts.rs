//! Learners of counts and amounts: words, and a power of the variance, around one fit (see
//! [`super::glm`]).

use super::line::LineModel;
use super::{check_training_data, glm, numbers_only};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};
use crate::learn::{Answers, Capabilities, Family, FitContext, Learner, Matrix, Model, Target};

/// What tells one of them from the others.
pub struct Amounts {
    pub id: &'static str,
    pub name: &'static str,
    pub summary: &'static str,
    pub when_to_use: &'static str,
    pub when_not_to_use: &'static str,
    pub source: &'static str,
    /// [`PENALTY`], and "power" where it is not given.
    pub params: &'static [ParamSpec],
    pub search: &'static [SearchSpec],
    pub answers: Answers,
    /// Of the variance: 1 to 2. None: a setting.
    pub power: Option<f64>,
}

pub const PENALTY: ParamSpec = ParamSpec {
    key: "penalty",
    label: "Penalty",
    help: "Larger holds the weights closer to zero; with 0 they come with standard errors (alpha)",
    kind: ParamKind::Number {
        min: 0.0,
        max: 1e8,
        logarithmic: false,
    },
    default: ParamDefault::Number(1.0),
};

impl Learner for Amounts {
    fn id(&self) -> &'static str {
        self.id
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn when_to_use(&self) -> &'static str {
        self.when_to_use
    }

    fn when_not_to_use(&self) -> &'static str {
        self.when_not_to_use
    }

    fn source(&self) -> &'static str {
        self.source
    }

    fn readability(&self) -> &'static str {
        "Readable factors"
    }

    fn params(&self) -> &'static [ParamSpec] {
        self.params
    }

    fn search(&self) -> &'static [SearchSpec] {
        self.search
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            numbers: true,
            answers: self.answers,
            wants_scaling: true,
            weights: true,
            live: true,
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
        let params = params.checked(self.params)?;
        context.task.check()?;
        check_training_data(x, y)?;
        let answers = numbers_only(y, self.name)?;
        let power = self.power.unwrap_or_else(|| params.number("power"));
        glm::check_answers(answers, power < 2.0, self.name)?;
        let ask = glm::Ask {
            power,
            penalty: params.number(PENALTY.key),
        };
        Ok(Box::new(glm::fit(x, answers, ask, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, self.name)
    }
}
