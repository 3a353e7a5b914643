//! More columns than rows: with a penalty on squared weights the solution is a sum of the rows
//! (the representer theorem: Schölkopf, Herbrich and Smola, COLT 2001), so that as many unknowns
//! as there are rows are enough.

use super::dense::{add_scaled, dot};
use super::standard::row_products;
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

/// Stand-ins for the columns: the same products between rows, hence the same fit.
pub struct Folded {
    /// rows × rows, lower triangular.
    pub matrix: Matrix,
    centred: Matrix,
    centres: Vec<f64>,
}

/// Multiplications up to which folding pays.
const MOST_WORK: f64 = 3e9;
/// A row is a combination of earlier ones when less than this share of its square is left.
const SAME: f64 = 1e-13;

impl Folded {
    /// None when there are not more columns than rows, or too many of both.
    pub fn of(x: &Matrix, task: &TaskContext) -> Result<Option<Self>, UserError> {
        let work = (x.rows * x.rows) as f64 * x.cols as f64 / 2.0;
        if x.cols <= x.rows || work > MOST_WORK {
            return Ok(None);
        }
        let mut centres = vec![0.0; x.cols];
        for row in 0..x.rows {
            add_scaled(&mut centres, 1.0 / x.rows as f64, x.row(row));
        }
        let mut centred = x.clone();
        for row in centred.values.chunks_exact_mut(x.cols) {
            add_scaled(row, -1.0, &centres);
        }
        let mut values = row_products(&centred, |_| 1.0, task)?;
        if !values.iter().all(|value| value.is_finite()) {
            return Ok(None);
        }
        semidefinite_factor(&mut values, x.rows, task)?;
        Ok(Some(Self {
            matrix: Matrix::new(x.rows, x.rows, values)?,
            centred,
            centres,
        }))
    }

    /// Weights of the columns and the intercept, from weights of the stand-ins and the intercept.
    pub fn unfold(&self, folded: &[f64]) -> Vec<f64> {
        let n = self.matrix.rows;
        let (weights, intercept) = folded.split_at(n.min(folded.len()));
        let mut shares = weights.to_vec();
        for i in (0..n).rev() {
            let row = self.matrix.row(i);
            shares[i] = if row[i] > 0.0 {
                shares[i] / row[i]
            } else {
                0.0
            };
            let share = shares[i];
            add_scaled(&mut shares[..i], -share, &row[..i]);
        }
        let mut result = vec![0.0; self.centred.cols];
        for (row, share) in shares.iter().enumerate() {
            add_scaled(&mut result, *share, self.centred.row(row));
        }
        let moved = dot(&result, &self.centres);
        result.push(intercept.first().copied().unwrap_or(0.0) - moved);
        result
    }
}

/// Cholesky's factor of a matrix that may be singular: rows that are combinations of earlier ones
/// get a zero on the diagonal. Above the diagonal: zeros.
pub(super) fn semidefinite_factor(
    a: &mut [f64],
    n: usize,
    task: &TaskContext,
) -> Result<(), UserError> {
    for i in 0..n {
        task.check()?;
        let (above, below) = a.split_at_mut(i * n);
        let row = &mut below[..n];
        for j in 0..i {
            let upper = &above[j * n..j * n + n];
            let left = row[j] - dot(&row[..j], &upper[..j]);
            row[j] = if upper[j] > 0.0 { left / upper[j] } else { 0.0 };
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        row[i + 1..].fill(0.0);
        row[i] = if pivot > row[i] * SAME {
            pivot.sqrt()
        } else {
            0.0
        };
    }
    Ok(())
}
