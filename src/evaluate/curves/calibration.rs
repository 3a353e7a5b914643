//! Whether what is said to happen in 80 of 100 cases does.

use std::ops::Range;

use super::quantile::quantile;
use super::ranked::{Ranked, no_curve};
use crate::base::UserError;
use crate::evaluate::statistics::share_interval;

/// Said against what came true, in bins of equally many rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// From low to high; bins that ties leave empty are left out.
    pub bins: Vec<CalibrationBin>,
    /// Expected calibration error: the mean over the rows of how far their bin is off. Naeini,
    /// Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning",
    /// AAAI 2015, section 4.
    pub expected_error: f64,
    /// How far the worst bin is off.
    pub largest_error: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationBin {
    /// Mean of what was said.
    pub said: f64,
    /// Share that came true.
    pub came_true: f64,
    /// Ends of the 95 % interval of that share (Wilson): for rows like these, not for the bin's
    /// edges, which come from the rows too.
    pub lower: f64,
    pub upper: f64,
    pub low: f64,
    pub high: f64,
    pub rows: usize,
    /// Where they are in the order of [`Ranked::rows`].
    place: Range<usize>,
}

impl CalibrationBin {
    /// The rows of the bin.
    pub fn rows_of<'a>(&self, ranked: &'a Ranked) -> &'a [u32] {
        ranked.rows().get(self.place.clone()).unwrap_or(&[])
    }
}

/// `bins`: how many of equally many rows, at least 1. Fails without rows, and where a score is no
/// probability.
pub fn calibration(ranked: &Ranked, bins: usize) -> Result<Calibration, UserError> {
    if ranked.is_empty() {
        return Err(no_curve("There are no checked rows"));
    }
    if ranked.scores().iter().any(|p| !(0.0..=1.0).contains(p)) {
        return Err(no_curve("A prediction is no probability"));
    }
    let bins = bins.max(1);
    let ascending: Vec<f64> = ranked.scores().iter().rev().copied().collect();
    // Rounded as a percentage, as scikit-learn does, so that a row on an edge falls to the same side.
    let edges: Vec<f64> = (1..bins)
        .map(|bin| {
            quantile(
                &ascending,
                (bin as f64 * (1.0 / bins as f64)) * 100.0 / 100.0,
            )
        })
        .collect();
    let bin_of = |score: f64| edges.partition_point(|&edge| edge < score);
    let mut found = Vec::new();
    let mut end = ranked.len();
    while let Some(&lowest) = end
        .checked_sub(1)
        .and_then(|last| ranked.scores().get(last))
    {
        let bin = bin_of(lowest);
        let start = ranked
            .scores()
            .partition_point(|&score| bin_of(score) > bin);
        found.push(bin_at(ranked, start..end));
        end = start;
    }
    let off = |bin: &CalibrationBin| (bin.said - bin.came_true).abs();
    let expected_error = found
        .iter()
        .map(|bin| bin.rows as f64 / ranked.len() as f64 * off(bin))
        .sum();
    Ok(Calibration {
        expected_error,
        largest_error: found.iter().map(off).fold(0.0, f64::max),
        bins: found,
    })
}

fn bin_at(ranked: &Ranked, place: Range<usize>) -> CalibrationBin {
    let scores = ranked.scores().get(place.clone()).unwrap_or(&[]);
    let inside = ranked.inside().get(place.clone()).unwrap_or(&[]);
    let rows = scores.len() as f64;
    let positives = inside.iter().filter(|&&inside| inside).count() as f64;
    let (lower, upper) = share_interval(positives, rows);
    CalibrationBin {
        said: scores.iter().sum::<f64>() / rows,
        came_true: positives / rows,
        lower,
        upper,
        low: scores.last().copied().unwrap_or(0.0),
        high: scores.first().copied().unwrap_or(1.0),
        rows: scores.len(),
        place,
    }
}
