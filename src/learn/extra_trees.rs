//! Extra trees: many trees that cut at random places, averaged.

use super::engine::check_native_training_data;
use super::engine::effort::{Change, Cost, HoldBack};
use super::engine::hist::forest_model::{ForestModel, PARAMS, SEARCH, options_of};
use super::{Capabilities, Family, FitContext, Intake, Learner, Matrix, Model, Target};
use crate::base::{ParamSpec, Params, SearchSpec, UserError};

pub struct ExtraTrees;

const NAME: &str = "Extra trees";

impl Learner for ExtraTrees {
    fn id(&self) -> &'static str {
        "extra_trees"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Grows many trees that cut at random places and averages what they say."
    }

    fn when_to_use(&self) -> &'static str {
        "As a random forest; often as good and smoother, because single cuts matter less."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When many columns say nothing: cuts at random places then waste most questions."
    }

    fn source(&self) -> &'static str {
        "P. Geurts, D. Ernst, L. Wehenkel, Extremely Randomized Trees, Machine Learning 63 (2006), 3–42"
    }

    fn readability(&self) -> &'static str {
        "Hard to read"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn search(&self) -> &'static [SearchSpec] {
        SEARCH
    }

    fn hold_back(&self) -> &'static [HoldBack] {
        const { &[HoldBack::simpler("min_rows_leaf", Change::Times(4.0))] }
    }

    fn cost(&self) -> Cost {
        Cost::TREES
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            intake: Intake::Native,
            weights: true,
            live: true,
            complexity: 4,
            family: Family::Tree,
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
        check_native_training_data(x, y)?;
        let classes = matches!(y, Target::Classes { .. });
        let options = options_of(&params, x.cols, classes, false);
        Ok(Box::new(ForestModel::fit(x, y, &options, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        Ok(Box::new(ForestModel::load(saved, NAME)?))
    }
}
