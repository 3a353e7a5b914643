//! Random forest: many trees on different draws of the rows, averaged.

use super::engine::check_native_training_data;
use super::engine::effort::{Change, Cost, HoldBack};
use super::engine::hist::forest_model::{ForestModel, PARAMS, SEARCH, options_of};
use super::{Capabilities, Family, FitContext, Intake, Learner, Matrix, Model, Target};
use crate::base::{ParamSpec, Params, SearchSpec, UserError};

pub struct RandomForest;

const NAME: &str = "Random forest";

impl Learner for RandomForest {
    fn id(&self) -> &'static str {
        "random_forest"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Grows many trees, each on its own draw of the rows, and averages what they say."
    }

    fn when_to_use(&self) -> &'static str {
        "When you want a good prediction without choosing settings: more trees never do harm."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When the relation is a straight line, or when you need an answer beyond the values seen."
    }

    fn source(&self) -> &'static str {
        "L. Breiman, Random Forests, Machine Learning 45 (2001), 5–32"
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
            suggested: true,
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
        let options = options_of(&params, x.cols, classes, true);
        Ok(Box::new(ForestModel::fit(x, y, &options, context)?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        Ok(Box::new(ForestModel::load(saved, NAME)?))
    }
}
