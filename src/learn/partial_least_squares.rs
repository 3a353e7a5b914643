//! Partial least squares: columns blended into a few before they are weighted.

use super::engine::effort::{Change, HoldBack};
use super::engine::line::LineModel;
use super::engine::{self, partial_least_squares};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct PartialLeastSquares;

const NAME: &str = "Partial least squares";

static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: "components",
    label: "Blends",
    help: "How many blends of the columns are used; fewer are if fewer are left (n_components)",
    kind: ParamKind::Integer { min: 1, max: 100 },
    default: ParamDefault::Integer(2),
}];

static SEARCH: &[SearchSpec] = &[SearchSpec::integer("components", 1, 20)];

impl Learner for PartialLeastSquares {
    fn id(&self) -> &'static str {
        "partial_least_squares"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Blends the columns into a few that go with the answer, weights those, and adds up."
    }

    fn when_to_use(&self) -> &'static str {
        "When there are more columns than rows, or when all columns say similar things: spectra, gene activity."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When only a few columns matter: the lasso says which."
    }

    fn source(&self) -> &'static str {
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 3.5.2; blends found with linfa-pls"
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
        const { &[HoldBack::simpler("components", Change::Times(0.5))] }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: false,
            numbers: true,
            wants_scaling: false,
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
        let components = params.integer("components").max(1) as usize;
        let model = partial_least_squares::fit(x, answers, components, context)?;
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
