//! Lasso: weights held back by their size, so that most are zero.

use super::engine::size_penalty::{CHOICE, PENALTY, SizePenalty};
use crate::base::SearchSpec;

pub static LEARNER: SizePenalty = SizePenalty {
    id: "lasso",
    name: "Lasso",
    summary: "Gives a few columns a weight, leaves out the rest, and adds up.",
    when_to_use: "When you believe that only some of many columns matter and want to see which.",
    when_not_to_use: "When several columns say the same: it keeps one of them almost by chance.",
    source: "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), section 3.4.2; found with linfa-elasticnet; objective as in scikit-learn's Lasso",
    params: &[CHOICE, PENALTY],
    search: &[
        SearchSpec::choice("penalty_choice", &["choose", "given"]),
        SearchSpec::number("penalty", 1e-4, 1e3)
            .logarithmic()
            .when("penalty_choice", &["given"]),
    ],
    mix: Some(1.0),
};
