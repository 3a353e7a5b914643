//! What several treatments need: fills, scaling, counted levels, words.

pub mod blanks;
pub mod frequency;
pub mod scaling;
pub mod tokens;
