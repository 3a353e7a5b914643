//! Gamma regression: amounts above zero, each column multiplying the expected one.

use super::Answers;
use super::engine::amounts::{Amounts, PENALTY};
use crate::base::SearchSpec;

pub static LEARNER: Amounts = Amounts {
    id: "gamma_regression",
    name: "Gamma regression",
    summary: "Expects an amount; every column multiplies it by a factor, and large amounts may vary more.",
    when_to_use: "When the answer is an amount above zero whose spread grows with it: prices, durations, claim sizes.",
    when_not_to_use: "When answers can be zero or negative.",
    source: "P. McCullagh, J. Nelder, Generalized Linear Models, 2nd ed. (1989), chapter 8; objective as in scikit-learn's GammaRegressor",
    params: &[PENALTY],
    search: &[SearchSpec::number("penalty", 0.0, 100.0).from_zero(1e-4)],
    answers: Answers::Positive,
    power: Some(2.0),
};
