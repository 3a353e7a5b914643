//! Elastic net: between ridge regression and the lasso.

use super::engine::line::LineModel;
use super::engine::{self, penalised};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, Target};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, UserError};

pub struct ElasticNet;

const NAME: &str = "Elastic net";

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
    ParamSpec {
        key: "mix",
        label: "Share of the penalty on size",
        help: "1 leaves columns out as the lasso does, close to 0 shares weight out between similar columns as ridge does (l1_ratio)",
        kind: ParamKind::Number {
            min: 0.01,
            max: 1.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.5),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::choice("penalty_choice", &["choose", "given"]),
    SearchSpec::number("penalty", 1e-4, 1e3)
        .logarithmic()
        .when("penalty_choice", &["given"]),
    SearchSpec::number("mix", 0.05, 1.0),
];

impl Learner for ElasticNet {
    fn id(&self) -> &'static str {
        "elastic_net"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Gives some columns a weight, shares it out between similar ones, and adds up."
    }

    fn when_to_use(&self) -> &'static str {
        "When only some of many columns matter and some of them say similar things."
    }

    fn when_not_to_use(&self) -> &'static str {
        "When the answer bends, jumps, or depends on combinations of columns."
    }

    fn source(&self) -> &'static str {
        "H. Zou, T. Hastie, Journal of the Royal Statistical Society B 67 (2005), 301–320; started with linfa-elasticnet; objective as in scikit-learn's ElasticNet"
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
        let mix = params.number("mix");
        let model = penalised::fit_elastic_net(x, answers, mix, given, context)?;
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        LineModel::load(saved, NAME)
    }
}
