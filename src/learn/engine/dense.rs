//! A little dense linear algebra.

use crate::base::{TaskContext, UserError};

/// Sum of products, in eight lanes so that the compiler can use wide registers.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let (a_lanes, a_rest) = a.as_chunks::<8>();
    let (b_lanes, b_rest) = b.as_chunks::<8>();
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for ((lane, x), y) in lanes.iter_mut().zip(a).zip(b) {
            *lane += x * y;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f64>() + rest
}

/// `to += factor · from`.
pub fn add_scaled(to: &mut [f64], factor: f64, from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}

/// Largest absolute value; NaN when one is NaN.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest: f64, value| {
        if value.is_nan() || largest.is_nan() {
            f64::NAN
        } else {
            largest.max(value.abs())
        }
    })
}

/// Cholesky's factor of a symmetric positive definite `a` (row-major, n × n, lower triangle used)
/// in its place. False when `a` is not positive definite.
pub fn factor_positive(a: &mut [f64], n: usize, task: &TaskContext) -> Result<bool, UserError> {
    let mut work = 0;
    for i in 0..n {
        let (above, below) = a.split_at_mut(i * n);
        let row = &mut below[..n];
        work += i * i;
        if work > WORK_BETWEEN_CHECKS {
            task.check()?;
            work = 0;
        }
        for j in 0..i {
            let upper = &above[j * n..j * n + n];
            row[j] = (row[j] - dot(&row[..j], &upper[..j])) / upper[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if !(pivot > 0.0 && pivot.is_finite()) {
            return Ok(false);
        }
        row[i] = pivot.sqrt();
    }
    Ok(true)
}

/// Multiplications done before looking whether somebody stopped the work: about 10 ms.
pub const WORK_BETWEEN_CHECKS: usize = 20_000_000;

/// Solves `a · x = b` in place of `b`; `a` as [`factor_positive`] left it.
pub fn solve_factored(a: &[f64], b: &mut [f64]) {
    solve_lower(a, b);
    let n = b.len();
    for i in (0..n).rev() {
        b[i] /= a[i * n + i];
        let value = b[i];
        let (before, _) = b.split_at_mut(i);
        add_scaled(before, -value, &a[i * n..i * n + i]);
    }
}

/// Solves `l · x = b` in place of `b`; `l` lower triangular, row-major.
pub fn solve_lower(l: &[f64], b: &mut [f64]) {
    let n = b.len();
    for i in 0..n {
        b[i] = (b[i] - dot(&l[i * n..i * n + i], &b[..i])) / l[i * n + i];
    }
}

/// The inverse (row-major) of what [`factor_positive`] factored.
pub fn inverse_factored(a: &[f64], n: usize, task: &TaskContext) -> Result<Vec<f64>, UserError> {
    let mut inverse = vec![0.0; n * n];
    for (place, column) in inverse.chunks_exact_mut(n.max(1)).enumerate() {
        task.check()?;
        column[place] = 1.0;
        solve_factored(a, column);
    }
    Ok(inverse)
}
