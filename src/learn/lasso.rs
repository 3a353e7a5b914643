//! Lasso: weights held back by their size, so that most are zero.

use super::engine::line::LineModel;
use super::engine::{self, penalised};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct Lasso;

const NAME: &str = "Lasso";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "penalty_choice",
        label: "How strong the penalty is",
        help: "The data choose by predicting rows left out, a fifth at a time (cross-validation)",
        kind: ParamKind::Choice(&[
            ("choose", "Let the data choose"),
            ("given", "As given below"),
        ]),
        default: ParamDefault::Text("choose"),
    },
    ParamSpec {
        key: "penalty",
        label: "Penalty",
        help: "Only where it is given: larger holds the weights closer to zero (alpha)",
        kind: ParamKind::Number {
            min: 1e-8,
            max: 1e8,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::choice("penalty_choice", &["choose", "given"]),
    SearchSpec::number("penalty", 1e-4, 1e3)
        .logarithmic()
        .when("penalty_choice", &["given"]),
];

impl Learner for Lasso {
    fn id(&self) -> &'static str {
        "lasso"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Gives a few columns a weight, leaves out the rest, and adds up."
    }

    fn when_to_use(&self) -> &'static str {
        "When you believe that only some of many columns matter and want to see which."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When several columns say the same: it keeps one of them almost by chance."
    }

    fn source(&self) -> &'static str {
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 3.4.2; started with linfa-elasticnet; objective as in scikit-learn's Lasso"
    }

    fn readability(&self) -> &'static str {
        "Readable weights, few of them"
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
        let given = (params.text("penalty_choice") == "given").then(|| params.number("penalty"));
        let model = penalised::fit_elastic_net(x, answers, 1.0, given, context)?;
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
