//! Linear discriminant analysis: every class is a cloud, all of the same shape.

use super::engine::discriminant::Clouds;
use super::engine::scores::ScoreModel;
use super::engine::{self, softmax::SoftmaxFit};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct LinearDiscriminantAnalysis;

const NAME: &str = "Linear discriminant analysis";

static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: "shrinkage",
    label: "Roundness of the clouds",
    help: "0 takes the shape of the clouds as it is, 1 makes them balls; more helps with few rows or many columns (shrinkage)",
    kind: ParamKind::Number {
        min: 0.0,
        max: 1.0,
        logarithmic: false,
    },
    default: ParamDefault::Number(0.0),
}];

static SEARCH: &[SearchSpec] = &[SearchSpec::number("shrinkage", 0.0, 1.0)];

impl Learner for LinearDiscriminantAnalysis {
    fn id(&self) -> &'static str {
        "linear_discriminant_analysis"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Sees every class as a cloud, all of the same shape, and picks the cloud a row most likely belongs to."
    }

    fn when_to_use(&self) -> &'static str {
        "When classes are single clouds, also several of them, and when there are few rows."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When classes lie in islands, or when most columns are yes or no."
    }

    fn source(&self) -> &'static str {
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 4.3, page 106"
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

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: false,
            wants_scaling: true,
            weights: true,
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
        let (codes, classes) = engine::classes_only(y, NAME)?;
        let present = engine::present_classes(codes, classes, context.weights);
        let places = engine::places_of(codes, &present);
        let mut model = ScoreModel::new(present, classes, x.cols);
        let count = model.present.len();
        if count > 1 {
            let clouds = Clouds::of(x, places, count, context.weights, context.task)?;
            let mut sets = clouds.linear(params.number("shrinkage"), context.task)?;
            if let [first, second] = sets.as_mut_slice() {
                // Two classes: what speaks for the second one says it all.
                for (second, first) in second.iter_mut().zip(first.iter()) {
                    *second -= first;
                }
                sets.remove(0);
            }
            model.take(&SoftmaxFit {
                sets,
                converged: true,
                iterations: 0,
            });
        }
        Ok(Box::new(model.checked()?))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        ScoreModel::load(saved, NAME)
    }
}
