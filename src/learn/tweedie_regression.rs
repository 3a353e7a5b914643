//! Tweedie regression: amounts that are often zero, each column multiplying the expected one.

use super::Answers;
use super::engine::amounts::{Amounts, PENALTY};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, SearchSpec};

pub static LEARNER: Amounts = Amounts {
    id: "tweedie_regression",
    name: "Tweedie regression",
    summary: "Expects an amount that may often be zero; every column multiplies it by a factor.",
    when_to_use: "When the answer is a sum of amounts, none for many rows: claims per customer, rain per day.",
    when_not_to_use: "When answers can be negative.",
    source: "B. Jørgensen, Journal of the Royal Statistical Society B 49 (1987), 127–162; objective as in scikit-learn's TweedieRegressor",
    params: &[
        ParamSpec {
            key: "power",
            label: "Growth of the variance",
            help: "1 is that of counts, 2 that of amounts above zero; between are amounts that are often zero (power)",
            kind: ParamKind::Number {
                min: 1.0,
                max: 2.0,
                logarithmic: false,
            },
            default: ParamDefault::Number(1.5),
        },
        PENALTY,
    ],
    search: &[
        SearchSpec::number("power", 1.0, 2.0),
        SearchSpec::number("penalty", 0.0, 100.0).from_zero(1e-4),
    ],
    answers: Answers::NotNegative,
    power: None,
};
