//! What is gained by starting at the top of the list.

use super::ranked::{Cut, Ranked};
use crate::base::UserError;

/// Cumulative gain and lift of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    /// From no row to all of them.
    pub points: Vec<GainPoint>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GainPoint {
    /// Its rows are [`Ranked::rows_above`].
    pub cut: Cut,
    /// Share of all rows that are taken.
    pub taken: f64,
    /// Share of the class that is found among them.
    pub found: f64,
    /// How many times as many of the class as among as many rows by lot; None where no row is taken.
    pub lift: Option<f64>,
}

/// Fails without rows of the class.
pub fn gain(ranked: &Ranked) -> Result<Gain, UserError> {
    if ranked.positives() == 0 {
        ranked.needs_both()?;
    }
    let points = ranked
        .cuts()
        .into_iter()
        .map(|cut| {
            let taken = cut.taken as f64 / ranked.len() as f64;
            let found = cut.found as f64 / ranked.positives() as f64;
            GainPoint {
                cut,
                taken,
                found,
                lift: (cut.taken > 0).then(|| found / taken),
            }
        })
        .collect();
    Ok(Gain { points })
}
