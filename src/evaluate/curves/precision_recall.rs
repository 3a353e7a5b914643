//! How pure the rows taken are against how many of the class they hold.

use super::ranked::{Cut, Ranked};
use crate::base::UserError;

/// Precision–recall curve of one class against the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionRecall {
    /// From the threshold that takes no row (recall 0; precision taken to be 1) down.
    pub points: Vec<PrecisionRecallPoint>,
    /// The sum of the recall gained times the precision there: no line between points, which would
    /// flatter (Davis and Goadrich, ICML 2006).
    pub average_precision: f64,
    /// Precision of taking rows by lot: the share of the class.
    pub chance: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrecisionRecallPoint {
    /// Its rows are [`Ranked::rows_above`].
    pub cut: Cut,
    /// Share of the rows taken that are of the class.
    pub precision: f64,
    /// Share of the rows of the class that are taken.
    pub recall: f64,
}

/// Fails without rows of the class.
pub fn precision_recall(ranked: &Ranked) -> Result<PrecisionRecall, UserError> {
    if ranked.positives() == 0 {
        ranked.needs_both()?;
    }
    let points: Vec<PrecisionRecallPoint> = ranked
        .cuts()
        .into_iter()
        .map(|cut| PrecisionRecallPoint {
            cut,
            precision: match cut.taken {
                0 => 1.0,
                taken => cut.found as f64 / taken as f64,
            },
            recall: cut.found as f64 / ranked.positives() as f64,
        })
        .collect();
    let average_precision = points
        .windows(2)
        .map(|pair| match pair {
            [a, b] => (b.recall - a.recall) * b.precision,
            _ => 0.0,
        })
        .sum();
    Ok(PrecisionRecall {
        points,
        average_precision,
        chance: ranked.positives() as f64 / ranked.len() as f64,
    })
}
