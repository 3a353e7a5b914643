//! Learners that hold weights back by their size: words, and a share of the penalty, around one fit
//! (see [`super::penalised`]).

use super::line::LineModel;
use super::{check_training_data, numbers_only, penalised};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};
use crate::learn::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};

/// What tells one of them from the others.
pub struct SizePenalty {
    pub id: &'static str,
    pub name: &'static str,
    pub summary: &'static str,
    pub when_to_use: &'static str,
    pub when_not_to_use: &'static str,
    pub source: &'static str,
    /// [`CHOICE`], [`PENALTY`], and "mix" where it is not given.
    pub params: &'static [ParamSpec],
    pub search: &'static [SearchSpec],
    /// Share of the penalty on size. None: a setting.
    pub mix: Option<f64>,
}

pub const CHOICE: ParamSpec = ParamSpec {
    key: "penalty_choice",
    label: "How strong the penalty is",
    help: "The data choose by predicting rows left out, a fifth at a time (cross-validation)",
    kind: ParamKind::Choice(&[
        ("choose", "Let the data choose"),
        ("given", "As given below"),
    ]),
    default: ParamDefault::Text("choose"),
};

pub const PENALTY: ParamSpec = ParamSpec {
    key: "penalty",
    label: "Penalty",
    help: "Only where it is given: larger holds the weights closer to zero (alpha)",
    kind: ParamKind::Number {
        min: 1e-8,
        max: 1e8,
        logarithmic: true,
    },
    default: ParamDefault::Number(1.0),
};

impl Learner for SizePenalty {
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
        "Readable weights, few of them"
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
        let given = params.text(CHOICE.key) == "given";
        let given = given.then(|| params.number(PENALTY.key));
        let mix = self.mix.unwrap_or_else(|| params.number("mix"));
        let model = penalised::fit_elastic_net(x, answers, mix, given, context)?;
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, self.name)
    }
}
