//! linfa-linear's least squares.
//!
//! Its factorisation does not choose pivots and takes any column that is not an exact combination
//! of earlier ones, so it is given few rows, centred, without such columns.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2};

/// It cannot be stopped: up to so many columns it takes a few hundredths of a second (3,000 rows with
/// 190 columns: 61 ms with it, 52 ms without).
pub const MOST_COLUMNS: usize = 200;

/// `values`: row-major, as many columns as will get weights. The weights, without an intercept.
pub fn fit(values: Vec<f64>, answers: Vec<f64>) -> Option<Vec<f64>> {
    let rows = answers.len();
    let columns = values.len() / rows.max(1);
    super::guarded(|| {
        let records = Array2::from_shape_vec((rows, columns), values).ok()?;
        let fitted = LinearRegression::new()
            .with_intercept(false)
            .fit(&Dataset::new(records, Array1::from_vec(answers)))
            .ok()?;
        Some(fitted.params().to_vec())
    })
    .filter(|weights| weights.iter().all(|weight| weight.is_finite()))
}
