//! Gaussian processes: likelihoods of their sizes and what follows for new rows.
//!
//! C. Rasmussen, C. Williams, Gaussian Processes for Machine Learning (2006): algorithm 2.1 for
//! numbers (p. 19), algorithms 3.1 and 3.2 for two classes by Laplace's approximation (pp. 46–47).
//! The sizes are found by the simplex of J. Nelder and R. Mead, "A simplex method for function
//! minimization", The Computer Journal 7 (1965), on their logarithms.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use super::dense::{add_scaled, dot};
use super::softmax::logistic;
use crate::base::{TaskContext, UserError};

/// height · exp(−distance² / (2 length²)), and noise on the diagonal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// Variance of the function.
    pub height: f64,
    pub length: f64,
    /// Variance of the noise; not used for classes.
    pub noise: f64,
}

impl Sizes {
    pub fn is_valid(&self) -> bool {
        let possible = |size: f64| size.is_finite() && size > 0.0;
        possible(self.height) && possible(self.length) && self.noise.is_finite()
    }

    /// Kernel of two rows by their squared distance.
    pub fn kernel(&self, distance: f64) -> f64 {
        self.height * (-0.5 * distance / (self.length * self.length)).exp()
    }
}

/// Added to the diagonal so that equal rows do no harm, as in scikit-learn.
pub const JITTER: f64 = 1e-10;

/// A process fitted to numbers.
pub struct Numbers {
    /// Logarithm of the marginal likelihood.
    pub likelihood: f64,
    /// One per row: the mean at a new row is the sum of kernel · factor.
    pub factors: Vec<f64>,
}

/// Rows as a process sees them.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Squared, row-major rows × rows.
    pub distances: &'a [f64],
    /// One per row, above 0: a row of weight 2 is like two rows. None: every row counts once.
    pub weights: Option<&'a [f64]>,
}

impl Rows<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Sum of the weights.
    pub fn total(&self, rows: usize) -> f64 {
        self.weights
            .map_or(rows as f64, |weights| weights.iter().sum())
    }
}

/// Noise is divided by the weight of a row: the mean of equal rows has that much less.
/// None where the kernel is not positive definite.
pub fn numbers(
    of: Rows<'_>,
    y: &[f64],
    sizes: &Sizes,
    task: &TaskContext,
) -> Result<Option<Numbers>, UserError> {
    let rows = y.len();
    let noise = sizes.noise + JITTER;
    let mut lower: Vec<f64> = of.distances.iter().map(|&d| sizes.kernel(d)).collect();
    // What the likelihood of equal rows has beyond that of their mean.
    let mut beyond = 0.0;
    for row in 0..rows {
        let weight = of.weight(row);
        lower[row * rows + row] += noise / weight;
        if of.weights.is_some() {
            let logs = (std::f64::consts::TAU * noise).ln();
            beyond -= 0.5 * ((weight - 1.0) * logs + weight.ln());
        }
    }
    if !factorise(&mut lower, rows, task)? {
        return Ok(None);
    }
    let mut factors = y.to_vec();
    solve_lower(&lower, &mut factors);
    let fit = -0.5 * dot(&factors, &factors);
    solve_upper(&lower, &mut factors);
    let likelihood =
        fit - log_diagonal(&lower, rows) - 0.5 * rows as f64 * std::f64::consts::TAU.ln();
    Ok(Some(Numbers {
        likelihood: likelihood + beyond,
        factors,
    }))
}

/// A process fitted to two classes.
pub struct Classes {
    /// Logarithm of the approximate marginal likelihood.
    pub likelihood: f64,
    /// One per row: answer less probability, times the weight. The mean at a new row is the sum of kernel · factor.
    pub factors: Vec<f64>,
    /// Row-major rows × rows: the variance at a new row is the height less the square of the
    /// length of this times its kernels.
    pub shrinking: Vec<f64>,
}

const NEWTON_STEPS: usize = 100;

/// The mode of the posterior and, where `finished`, what predictions need of it.
pub fn classes(
    of: Rows<'_>,
    positive: &[bool],
    sizes: &Sizes,
    finished: bool,
    task: &TaskContext,
) -> Result<Option<Classes>, UserError> {
    let rows = positive.len();
    let kernel: Vec<f64> = of.distances.iter().map(|&d| sizes.kernel(d)).collect();
    let times = |values: &[f64]| -> Vec<f64> {
        let each = kernel.chunks_exact(rows.max(1));
        each.map(|row| dot(row, values)).collect()
    };
    let mut mode = vec![0.0; rows];
    let mut best = f64::NEG_INFINITY;
    let (mut lower, mut roots, mut residuals) = (Vec::new(), vec![0.0; rows], vec![0.0; rows]);
    for _ in 0..NEWTON_STEPS {
        let mut target = vec![0.0; rows];
        for (row, &mode) in mode.iter().enumerate() {
            let share = logistic(mode);
            let curve = of.weight(row) * share * (1.0 - share);
            roots[row] = curve.sqrt();
            residuals[row] = of.weight(row) * (f64::from(u8::from(positive[row])) - share);
            target[row] = curve * mode + residuals[row];
        }
        lower = weighted(&kernel, &roots);
        if !factorise(&mut lower, rows, task)? {
            return Ok(None);
        }
        let mut inner = times(&target);
        inner
            .iter_mut()
            .zip(&roots)
            .for_each(|(v, root)| *v *= root);
        solve_lower(&lower, &mut inner);
        solve_upper(&lower, &mut inner);
        for ((target, inner), root) in target.iter_mut().zip(&inner).zip(&roots) {
            *target -= root * inner;
        }
        mode = times(&target);
        let signed = mode.iter().zip(positive).enumerate();
        let logs: f64 = signed
            .map(|(row, (&mode, &yes))| {
                let against = if yes { -mode } else { mode };
                -of.weight(row) * super::sigmoid::log_one_plus_exp(against)
            })
            .sum();
        let likelihood = logs - 0.5 * dot(&target, &mode) - log_diagonal(&lower, rows);
        let gain = likelihood - best;
        best = likelihood;
        if gain.is_nan() || gain.abs() <= 1e-10 {
            break;
        }
    }
    let each = residuals.iter_mut().zip(&mode).zip(positive);
    for (row, ((residual, &mode), &yes)) in each.enumerate() {
        *residual = of.weight(row) * (f64::from(u8::from(yes)) - logistic(mode));
    }
    let shrinking = match finished {
        true => invert_lower(&lower, &roots, task)?,
        false => Vec::new(),
    };
    Ok(best.is_finite().then_some(Classes {
        likelihood: best,
        factors: residuals,
        shrinking,
    }))
}

/// I + W½ K W½.
fn weighted(kernel: &[f64], roots: &[f64]) -> Vec<f64> {
    let rows = roots.len();
    let mut values = Vec::with_capacity(kernel.len());
    for (row, cells) in kernel.chunks_exact(rows.max(1)).enumerate() {
        let each = cells.iter().zip(roots);
        values.extend(each.map(|(cell, root)| roots[row] * cell * root));
        values[row * rows + row] += 1.0;
    }
    values
}

fn log_diagonal(lower: &[f64], rows: usize) -> f64 {
    (0..rows).map(|row| lower[row * rows + row].ln()).sum()
}

/// Rows and columns worked on together.
const BLOCK: usize = 64;

/// Cholesky's factor in place, block by block (right-looking); the upper triangle is left with
/// whatever was there. False when the matrix is not positive definite.
fn factorise(a: &mut [f64], n: usize, task: &TaskContext) -> Result<bool, UserError> {
    for start in (0..n).step_by(BLOCK) {
        task.check()?;
        let end = (start + BLOCK).min(n);
        for i in start..n {
            let (above, below) = a.split_at_mut(i * n);
            let row = &mut below[..n];
            for j in start..end.min(i) {
                let upper = &above[j * n..(j + 1) * n];
                let sum = dot(&row[start..j], &upper[start..j]);
                row[j] = (row[j] - sum) / upper[j];
            }
            if i < end {
                let pivot = row[i] - dot(&row[start..i], &row[start..i]);
                if !(pivot > 0.0 && pivot.is_finite()) {
                    return Ok(false);
                }
                row[i] = pivot.sqrt();
            }
        }
        subtract_block(a, n, start, end)?;
    }
    Ok(true)
}

/// What is behind column `end` less the products of columns `start..end`, band by band so that
/// little of the upper triangle is computed.
fn subtract_block(a: &mut [f64], n: usize, start: usize, end: usize) -> Result<(), UserError> {
    let width = end - start;
    let panel: Vec<f64> = (end..n)
        .flat_map(|row| a[row * n + start..row * n + end].to_vec())
        .collect();
    let panel = ArrayView2::from_shape((n - end, width), &panel).map_err(broken)?;
    let mut whole = ArrayViewMut2::from_shape((n, n), a).map_err(broken)?;
    const BAND: usize = 4 * BLOCK;
    for band in (end..n).step_by(BAND) {
        let last = (band + BAND).min(n);
        let some = panel.slice(ndarray::s![band - end..last - end, ..]);
        let before = panel.slice(ndarray::s![..last - end, ..]);
        let mut target = whole.slice_mut(ndarray::s![band..last, end..last]);
        general_mat_mul(-1.0, &some, &before.t(), 1.0, &mut target);
    }
    Ok(())
}

fn broken(error: ndarray::ShapeError) -> UserError {
    UserError::failed(
        "kernel_shape",
        "The rows do not fit the model",
        error.to_string(),
    )
}

/// L x = b in place.
fn solve_lower(lower: &[f64], b: &mut [f64]) {
    let n = b.len();
    for i in 0..n {
        let (done, rest) = b.split_at_mut(i);
        rest[0] = (rest[0] - dot(&lower[i * n..i * n + i], done)) / lower[i * n + i];
    }
}

/// Lᵀ x = b in place.
fn solve_upper(lower: &[f64], b: &mut [f64]) {
    let n = b.len();
    for i in (0..n).rev() {
        b[i] /= lower[i * n + i];
        let value = b[i];
        add_scaled(&mut b[..i], -value, &lower[i * n..i * n + i]);
    }
}

/// L⁻¹ W½, row-major.
fn invert_lower(lower: &[f64], roots: &[f64], task: &TaskContext) -> Result<Vec<f64>, UserError> {
    let n = roots.len();
    let mut inverse = vec![0.0; n * n];
    for i in 0..n {
        task.check()?;
        let (above, below) = inverse.split_at_mut(i * n);
        let row = &mut below[..n];
        row[i] = 1.0;
        for (j, known) in above.chunks_exact(n.max(1)).enumerate() {
            add_scaled(&mut row[..=j], -lower[i * n + j], &known[..=j]);
        }
        let pivot = lower[i * n + i];
        row[..=i].iter_mut().for_each(|value| *value /= pivot);
    }
    for row in inverse.chunks_exact_mut(n.max(1)) {
        row.iter_mut().zip(roots).for_each(|(v, root)| *v *= root);
    }
    Ok(inverse)
}

/// Bounds of the logarithm of a size.
const LARGEST: f64 = 11.5;
const SEARCH_STEPS: usize = 150;
/// Likelihoods closer than this are as good.
const CLOSE: f64 = 1e-5;

/// The place at which `of` is largest, from `start` on; `of` gives None where it is not defined.
pub fn climb(
    start: &[f64],
    mut of: impl FnMut(&[f64]) -> Result<Option<f64>, UserError>,
) -> Result<(Vec<f64>, f64), UserError> {
    let mut value = |place: &mut Vec<f64>| -> Result<f64, UserError> {
        for size in place.iter_mut() {
            *size = size.clamp(-LARGEST, LARGEST);
        }
        Ok(of(place)?
            .filter(|value| value.is_finite())
            .unwrap_or(f64::NEG_INFINITY))
    };
    let mut corners: Vec<(Vec<f64>, f64)> = Vec::new();
    for corner in 0..=start.len() {
        let mut place = start.to_vec();
        if let Some(size) = corner.checked_sub(1).and_then(|at| place.get_mut(at)) {
            *size += 1.0;
        }
        let found = value(&mut place)?;
        corners.push((place, found));
    }
    for _ in 0..SEARCH_STEPS {
        corners.sort_by(|a, b| b.1.total_cmp(&a.1));
        let worst = corners.len() - 1;
        if corners[0].1 - corners[worst].1 < CLOSE && size_of(&corners) < 1e-2 {
            break;
        }
        let middle: Vec<f64> = (0..start.len())
            .map(|at| corners[..worst].iter().map(|c| c.0[at]).sum::<f64>() / worst as f64)
            .collect();
        let beyond = |factor: f64| -> Vec<f64> {
            let pairs = middle.iter().zip(&corners[worst].0);
            pairs.map(|(m, w)| m + factor * (m - w)).collect()
        };
        let mut reflected = beyond(1.0);
        let (mut further, mut inside) = (beyond(2.0), beyond(-0.5));
        let found = value(&mut reflected)?;
        if found > corners[0].1 {
            let even = value(&mut further)?;
            corners[worst] = if even > found {
                (further, even)
            } else {
                (reflected, found)
            };
            continue;
        }
        if found > corners[worst - 1].1 {
            corners[worst] = (reflected, found);
            continue;
        }
        let between = value(&mut inside)?;
        if between > corners[worst].1 {
            corners[worst] = (inside, between);
            continue;
        }
        let first = corners[0].0.clone();
        for corner in &mut corners[1..] {
            for (size, best) in corner.0.iter_mut().zip(&first) {
                *size = 0.5 * (*size + best);
            }
            corner.1 = value(&mut corner.0)?;
        }
    }
    corners.sort_by(|a, b| b.1.total_cmp(&a.1));
    Ok(corners.swap_remove(0))
}

/// Largest difference of a corner from the first.
fn size_of(corners: &[(Vec<f64>, f64)]) -> f64 {
    let first = &corners[0].0;
    let off = |corner: &(Vec<f64>, f64)| {
        let pairs = corner.0.iter().zip(first);
        pairs.fold(0.0f64, |most, (a, b)| most.max((a - b).abs()))
    };
    corners.iter().map(off).fold(0.0, f64::max)
}
