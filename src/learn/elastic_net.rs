//! Elastic net: between ridge regression and the lasso.

use super::engine::size_penalty::{CHOICE, PENALTY, SizePenalty};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, SearchSpec};

pub static LEARNER: SizePenalty = SizePenalty {
    id: "elastic_net",
    name: "Elastic net",
    summary: "Gives some columns a weight, shares it out between similar ones, and adds up.",
    when_to_use: "When only some of many columns matter and some of them say similar things.",
    when_not_to_use: "When the answer bends, jumps, or depends on combinations of columns.",
    source: "H. Zou, T. Hastie, Journal of the Royal Statistical Society B 67 (2005), 301–320; found with linfa-elasticnet; objective as in scikit-learn's ElasticNet",
    params: &[
        CHOICE,
        PENALTY,
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
    ],
    search: &[
        SearchSpec::choice("penalty_choice", &["choose", "given"]),
        SearchSpec::number("penalty", 1e-4, 1e3)
            .logarithmic()
            .when("penalty_choice", &["given"]),
        SearchSpec::number("mix", 0.05, 1.0),
    ],
    mix: None,
};
