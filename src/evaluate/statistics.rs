//! The little of statistics that honest intervals need.

use crate::base::distributions::student_quantile;

/// Two-sided 95 %.
const UPPER_TAIL: f64 = 0.975;

/// Mean and half-width of the 95 % interval of scores measured on the folds of one
/// cross-validation.
///
/// The folds share most of their training rows, so their scores vary together and the plain
/// variance of the mean is too small. The corrected one is (1/k + checked/trained) · s²: Nadeau
/// and Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003), section 3.3.
/// `check_share` is checked/trained. None with fewer than two values.
pub fn corrected_interval(values: &[f64], check_share: f64) -> Option<(f64, f64)> {
    let count = values.len();
    if count < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let variance = squares / (count - 1) as f64;
    let standard_error = ((1.0 / count as f64 + check_share) * variance).sqrt();
    Some((
        mean,
        student_quantile(UPPER_TAIL, (count - 1) as f64) * standard_error,
    ))
}
