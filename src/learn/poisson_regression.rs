//! Poisson regression: counts, each column multiplying the expected one.

use super::Answers;
use super::engine::amounts::{Amounts, PENALTY};
use crate::base::SearchSpec;

pub static LEARNER: Amounts = Amounts {
    id: "poisson_regression",
    name: "Poisson regression",
    summary: "Expects a count; every column multiplies it by a factor.",
    when_to_use: "When the answer counts something: visits, claims, goals.",
    when_not_to_use: "When answers can be negative, or when columns add to the answer instead of multiplying it.",
    source: "P. McCullagh, J. Nelder, Generalized Linear Models, 2nd ed. (1989), chapter 6; objective as in scikit-learn's PoissonRegressor",
    params: &[PENALTY],
    search: &[SearchSpec::number("penalty", 0.0, 100.0).from_zero(1e-4)],
    answers: Answers::NotNegative,
    power: Some(1.0),
};
