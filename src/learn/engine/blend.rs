//! How much weight each of several predictions gets, learned from predictions of rows that the
//! models behind them did not see.

use super::dense;
use crate::base::{TaskContext, UserError};

/// Penalties that are tried, in units of the answer's variance.
const PENALTIES: [f64; 3] = [0.1, 1.0, 10.0];
const ROUNDS: usize = 500;
const TOLERANCE: f64 = 1e-10;

/// A weighted sum of predictions of a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    pub weights: Vec<f64>,
    pub intercept: f64,
}

/// Ridge regression of answers on predictions (A. Hoerl, R. Kennard, Technometrics 12, 1970). The
/// penalty is the one of [`PENALTIES`] whose errors are smallest when each row is left out (D. Allen,
/// Technometrics 16, 1974: residual / (1 − leverage)). None where the sums cannot be solved: answers
/// that do not vary, or numbers too large.
pub fn ridge(
    predictions: &[Vec<f64>],
    answers: &[f64],
    weights: Option<&[f64]>,
    task: &TaskContext,
) -> Result<Option<Sum>, UserError> {
    let weight = |row: usize| weights.map_or(1.0, |all| all.get(row).copied().unwrap_or(0.0));
    let total: f64 = (0..answers.len()).map(weight).sum();
    let mean = |values: &[f64]| -> f64 {
        values
            .iter()
            .enumerate()
            .map(|(row, value)| weight(row) / total * value)
            .sum()
    };
    let centre = mean(answers);
    let spread = answers
        .iter()
        .enumerate()
        .map(|(row, value)| {
            let off = value - centre;
            weight(row) / total * off * off
        })
        .sum::<f64>()
        .sqrt();
    let centres: Vec<f64> = predictions.iter().map(|values| mean(values)).collect();
    if !(spread.is_finite() && spread > 0.0 && 1.0 / spread > 0.0) {
        return Ok(None);
    }
    let rows: Vec<(Vec<f64>, f64, f64)> = (0..answers.len())
        .map(|row| {
            let x = predictions
                .iter()
                .zip(&centres)
                .map(|(values, centre)| (values[row] - centre) / spread)
                .collect();
            (x, (answers[row] - centre) / spread, weight(row))
        })
        .collect();
    let mut best: Option<(f64, Vec<f64>)> = None;
    for penalty in PENALTIES {
        task.check()?;
        let Some((error, found)) = left_out(&rows, predictions.len(), penalty, total) else {
            continue;
        };
        if best.as_ref().is_none_or(|(least, _)| error < *least) {
            best = Some((error, found));
        }
    }
    Ok(best.map(|(_, found)| Sum {
        intercept: centre - dense::dot(&found, &centres),
        weights: found,
    }))
}

/// Mean squared error with every row left out, and the weights of all rows.
fn left_out(
    rows: &[(Vec<f64>, f64, f64)],
    width: usize,
    penalty: f64,
    total: f64,
) -> Option<(f64, Vec<f64>)> {
    let mut products = vec![0.0; width * width];
    let mut right = vec![0.0; width];
    for (x, y, weight) in rows {
        for (i, a) in x.iter().enumerate() {
            dense::add_scaled(&mut products[i * width..(i + 1) * width], weight * a, x);
        }
        dense::add_scaled(&mut right, weight * y, x);
    }
    for i in 0..width {
        products[i * width + i] += penalty;
    }
    // As wide as the blend has members: too small to be worth stopping in the middle.
    let task = TaskContext::new();
    if !dense::factor_positive(&mut products, width, &task).unwrap_or(false) {
        return None;
    }
    let mut found = right;
    dense::solve_factored(&products, &mut found);
    let inverse: Vec<Vec<f64>> = (0..width)
        .map(|col| {
            let mut unit = vec![0.0; width];
            unit[col] = 1.0;
            dense::solve_factored(&products, &mut unit);
            unit
        })
        .collect();
    let mut error = 0.0;
    for (x, y, weight) in rows {
        let spread: f64 = inverse
            .iter()
            .zip(x)
            .map(|(column, value)| value * dense::dot(column, x))
            .sum();
        let leverage = weight * (spread + 1.0 / total);
        let left = (y - dense::dot(&found, x)) / (1.0 - leverage).max(1e-9);
        error += weight * left * left;
    }
    error.is_finite().then_some((error, found))
}

/// Shares of a mixture that make the answers most probable, by expectation and maximisation (A.
/// Dempster, N. Laird, D. Rubin, JRSS B 39, 1977, section 4.3). `probabilities`: what each model
/// gave to the true answer of every row. The likelihood is concave, so where it starts does not
/// matter.
pub fn mixture(
    probabilities: &[Vec<f64>],
    weights: Option<&[f64]>,
    task: &TaskContext,
) -> Result<Vec<f64>, UserError> {
    let count = probabilities.len();
    let rows = probabilities.first().map_or(0, Vec::len);
    let mut shares = vec![1.0 / count.max(1) as f64; count];
    for round in 0..ROUNDS {
        if round % 8 == 0 {
            task.check()?;
        }
        let mut sums = vec![0.0; count];
        for row in 0..rows {
            let weight = weights.map_or(1.0, |all| all.get(row).copied().unwrap_or(0.0));
            let each = || shares.iter().zip(probabilities).map(|(s, p)| s * p[row]);
            let all: f64 = each().sum();
            // A row that no model thought possible says nothing about which is better.
            if all > 0.0 {
                for (sum, part) in sums.iter_mut().zip(each()) {
                    *sum += weight * part / all;
                }
            }
        }
        let total: f64 = sums.iter().sum();
        if total <= 0.0 {
            break;
        }
        let change = shares
            .iter()
            .zip(&sums)
            .map(|(share, sum)| (share - sum / total).abs())
            .fold(0.0, f64::max);
        shares = sums.into_iter().map(|sum| sum / total).collect();
        if change < TOLERANCE {
            break;
        }
    }
    Ok(shares)
}
