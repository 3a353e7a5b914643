//! Linear regression: a weight per column, added up.

use super::engine::line::{LineModel, Link};
use super::engine::{self, least_squares};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::{ParamSpec, Params, UserError};

pub struct LinearRegression;

const NAME: &str = "Linear regression";

impl Learner for LinearRegression {
    fn id(&self) -> &'static str {
        "linear_regression"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Gives every column a weight and adds up."
    }

    fn when_to_use(&self) -> &'static str {
        "When you want to read how much each column adds, how sure that is, and when there are few rows."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When the answer bends, jumps, or depends on combinations of columns."
    }

    fn source(&self) -> &'static str {
        "Least squares: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 3.2; solved with linfa-linear"
    }

    fn readability(&self) -> &'static str {
        "Readable weights"
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[]
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: false,
            numbers: true,
            // Centred and scaled inside, so that the weights stay in the units of the columns.
            wants_scaling: false,
            weights: true,
            yardstick: false,
            complexity: 1,
            family: Family::Linear,
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
        params.checked(self.params())?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let answers = engine::numbers_only(y, NAME)?;
        let line = least_squares::fit(x, answers, context.weights, context.task)?;
        Ok(Box::new(LineModel {
            intercept: line.intercept,
            coefficients: line.coefficients,
            spreads: line.spreads,
            set_aside: line.set_aside.len(),
            link: Link::Identity,
            inference: line.inference,
            ..LineModel::default()
        }))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
