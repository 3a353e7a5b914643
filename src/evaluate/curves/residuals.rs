//! How far off numbers are, all together and by what was predicted.

use std::ops::Range;

use super::quantile::quantile;
use super::ranked::no_curve;
use crate::base::UserError;
use crate::evaluate::cross_validation::RunResult;
use crate::learn::Target;

/// Shares at which residuals are told, in bins.
pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Predicted minus actual: above 0 the model says too much.
#[derive(Clone, Debug, PartialEq)]
pub struct Residuals {
    /// From the most too low to the most too high.
    sorted: Vec<f64>,
    /// Row ids, parallel to `sorted`.
    rows: Vec<u32>,
    /// Equally many rows each, from low to high predictions; equal predictions are in one bin.
    pub bins: Vec<ResidualBin>,
    /// Row ids by prediction, from low to high.
    by_prediction: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ResidualBin {
    /// Lowest and highest prediction.
    pub low: f64,
    pub high: f64,
    /// Mean of the predictions.
    pub predicted: f64,
    /// Residuals at [`LEVELS`].
    pub quantiles: [f64; 5],
    pub rows: usize,
    place: Range<usize>,
}

/// `bins`: how many, at least 1. Fails when the run predicts classes, or a prediction is not a
/// number.
pub fn residuals(result: &RunResult, bins: usize) -> Result<Residuals, UserError> {
    let held = &result.out_of_fold;
    match &held.truth {
        Target::Numbers(actual) => Residuals::new(&held.rows, actual, &held.predicted, bins),
        Target::Classes { .. } => Err(no_curve("Its check predictions are not numbers")),
    }
}

impl Residuals {
    /// As [`residuals`], from the numbers themselves.
    pub fn new(
        rows: &[u32],
        actual: &[f64],
        predicted: &[f64],
        bins: usize,
    ) -> Result<Self, UserError> {
        if rows.is_empty() || rows.len() != actual.len() || rows.len() != predicted.len() {
            return Err(no_curve("The predictions do not belong to the rows"));
        }
        let mut points: Vec<(f64, f64, u32)> = actual
            .iter()
            .zip(predicted)
            .zip(rows)
            .map(|((a, p), &row)| (*p, p - a, row))
            .collect();
        if points.iter().any(|(_, residual, _)| residual.is_nan()) {
            return Err(no_curve("A prediction is not a number"));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        let by_prediction = points.iter().map(|(_, _, row)| *row).collect();
        let bins = places(&points, bins.max(1))
            .into_iter()
            .map(|place| bin_at(&points, place))
            .collect();
        points.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.2.cmp(&b.2)));
        Ok(Self {
            sorted: points.iter().map(|(_, residual, _)| *residual).collect(),
            rows: points.iter().map(|(_, _, row)| *row).collect(),
            bins,
            by_prediction,
        })
    }

    /// The residual below which `share` of the rows lie.
    pub fn quantile(&self, share: f64) -> f64 {
        quantile(&self.sorted, share)
    }

    /// The rows whose residual lies between two values, both included.
    pub fn rows_between(&self, low: f64, high: f64) -> &[u32] {
        let start = self.sorted.partition_point(|&residual| residual < low);
        let end = self.sorted.partition_point(|&residual| residual <= high);
        self.rows.get(start..end).unwrap_or(&[])
    }

    /// The rows of a bin.
    pub fn rows_of(&self, bin: &ResidualBin) -> &[u32] {
        self.by_prediction.get(bin.place.clone()).unwrap_or(&[])
    }
}

/// Stretches of equally many points that never part equal predictions.
fn places(points: &[(f64, f64, u32)], bins: usize) -> Vec<Range<usize>> {
    let mut places = Vec::with_capacity(bins);
    let mut start = 0;
    for bin in 1..=bins {
        let mut end = bin * points.len() / bins;
        while end > start
            && let (Some(last), Some(next)) = (points.get(end - 1), points.get(end))
            && last.0 == next.0
        {
            end += 1;
        }
        if end > start {
            places.push(start..end);
            start = end;
        }
    }
    places
}

fn bin_at(points: &[(f64, f64, u32)], place: Range<usize>) -> ResidualBin {
    let here = points.get(place.clone()).unwrap_or(&[]);
    let mut sorted: Vec<f64> = here.iter().map(|(_, residual, _)| *residual).collect();
    sorted.sort_by(f64::total_cmp);
    ResidualBin {
        low: here.first().map_or(f64::NAN, |point| point.0),
        high: here.last().map_or(f64::NAN, |point| point.0),
        predicted: here.iter().map(|point| point.0).sum::<f64>() / here.len().max(1) as f64,
        quantiles: LEVELS.map(|level| quantile(&sorted, level)),
        rows: here.len(),
        place,
    }
}
