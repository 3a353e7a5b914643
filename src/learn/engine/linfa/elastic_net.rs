//! linfa-elasticnet: least squares with a penalty on size and one on squares.
//!
//! It does not centre columns, knows no row weights and one penalty for all columns, takes a column
//! of squared length below 2e-16 for empty, and after the fit inverts the products of all columns.
//! It is therefore given the triangle of the centred and weighted columns, which is as long as
//! there are columns, each column multiplied so that one penalty fits all; with no more rows than
//! columns it inverts nothing. 100,000 rows with 20 columns take 131 ms with it and 142 ms without,
//! 3,000 with 190 columns 57 and 54 ms.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_elasticnet::ElasticNet;
use ndarray::{Array1, Array2, ShapeBuilder};

/// ½ |answers − columns · u|² + Σ size · |u| + ½ Σ squares · u².
pub struct Problem<'a> {
    pub rows: usize,
    /// Column by column.
    pub columns: &'a [f64],
    pub answers: &'a [f64],
    /// One per column, above 0.
    pub size: &'a [f64],
    pub squares: &'a [f64],
}

/// Multiplications in one fit, which cannot be stopped: about a tenth of a second.
const MOST_WORK: usize = 200_000_000;
const ROUNDS: usize = 2000;
/// The largest share by which columns may have to be shrunk.
const SHRUNK: f64 = 1e-4;
/// Of a change of a weight, and of the duality gap.
const TOLERANCE: f64 = 1e-14;

/// The weights it ends with, which may need another look. None where the problem is not for it.
pub fn fit(problem: &Problem<'_>) -> Option<Vec<f64>> {
    let (rows, count) = (problem.rows, problem.size.len());
    let rounds = MOST_WORK / (4 * rows * count).max(1);
    let least = problem.size.iter().copied().fold(f64::INFINITY, f64::min);
    if rounds < 20 || rows == 0 || !(least > 0.0 && least.is_finite()) {
        return None;
    }
    let factors: Vec<f64> = problem.size.iter().map(|size| least / size).collect();
    let squares: Vec<f64> = problem
        .squares
        .iter()
        .zip(&factors)
        .map(|(square, factor)| square * factor * factor)
        .collect();
    let square = squares.iter().copied().fold(0.0, f64::max);
    let alike = squares.iter().all(|own| square - own <= square * 1e-12);
    if !alike || factors.iter().any(|factor| *factor < SHRUNK) || !square.is_finite() {
        return None;
    }
    let columns = problem.columns.chunks_exact(rows).zip(&factors);
    let values: Vec<f64> = columns
        .flat_map(|(column, factor)| column.iter().map(move |value| value * factor))
        .collect();
    let penalty = (least + square) / rows as f64;
    let found = super::guarded(|| {
        let records = Array2::from_shape_vec((rows, count).f(), values).ok()?;
        let answers = Array1::from_vec(problem.answers.to_vec());
        let fitted = ElasticNet::params()
            .penalty(penalty)
            .l1_ratio(least / (least + square))
            .with_intercept(false)
            .max_iterations(rounds.min(ROUNDS) as u32)
            .tolerance(TOLERANCE)
            .fit(&Dataset::new(records, answers))
            .ok()?;
        Some(fitted.hyperplane().to_vec())
    })?;
    let weights: Vec<f64> = found.iter().zip(&factors).map(|(w, f)| w * f).collect();
    weights
        .iter()
        .all(|weight| weight.is_finite())
        .then_some(weights)
}
