//! Eigenvalues and eigenvectors of symmetric matrices: reflections to a tridiagonal matrix, then QL
//! steps with implicit shifts (Golub and Van Loan, "Matrix Computations", 4th ed., 8.3). linfa-linalg
//! has the same, but cannot be stopped.

use super::dense::{add_scaled, dot};
use crate::base::{TaskContext, UserError};

/// Largest value first.
pub struct Eigen {
    pub values: Vec<f64>,
    /// Row `k` is the vector, of length 1, of value `k`.
    pub vectors: Vec<f64>,
}

const STEPS: usize = 60;

/// `a`: row-major n × n, lower triangle used. None when a number is none.
pub fn eigen(mut a: Vec<f64>, n: usize, task: &TaskContext) -> Result<Option<Eigen>, UserError> {
    for i in 0..n {
        for j in 0..i {
            a[j * n + i] = a[i * n + j];
        }
    }
    if !a.iter().all(|value| value.is_finite()) {
        return Ok(None);
    }
    let largest = super::dense::largest(&a);
    if largest > 0.0 {
        // Squares of very large or small numbers would not fit.
        a.iter_mut().for_each(|value| *value /= largest);
    }
    let mut off = vec![0.0; n];
    let mut vectors = tridiagonal(&mut a, &mut off, n, task)?;
    let mut values: Vec<f64> = (0..n).map(|place| a[place * n + place]).collect();
    diagonal(&mut values, &mut off, &mut vectors, task)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    let sorted = order
        .iter()
        .flat_map(|&place| vectors[place * n..(place + 1) * n].iter().copied())
        .collect();
    Ok(Some(Eigen {
        values: order.iter().map(|&place| values[place] * largest).collect(),
        vectors: sorted,
    }))
}

/// Leaves the diagonal in `a` and what is beside it in `off`; returns the transposed rotation.
fn tridiagonal(
    a: &mut [f64],
    off: &mut [f64],
    n: usize,
    task: &TaskContext,
) -> Result<Vec<f64>, UserError> {
    let mut reflections: Vec<(usize, Vec<f64>)> = Vec::new();
    for k in 0..n.saturating_sub(1) {
        task.check()?;
        let mut v: Vec<f64> = (k + 1..n).map(|row| a[row * n + k]).collect();
        let norm = dot(&v, &v).sqrt();
        let turned = if v[0] > 0.0 { -norm } else { norm };
        off[k] = turned;
        let first = v[0] - turned;
        let length = (norm * norm - v[0] * v[0]).max(0.0) + first * first;
        if norm == 0.0 || length == 0.0 {
            continue;
        }
        v[0] = first;
        let scale = 1.0 / length.sqrt();
        v.iter_mut().for_each(|value| *value *= scale);
        // a − 2vvᵀa − 2avvᵀ + 4vvᵀavvᵀ, as a − vwᵀ − wvᵀ.
        let mut w: Vec<f64> = (k + 1..n)
            .map(|row| 2.0 * dot(&a[row * n + k + 1..(row + 1) * n], &v))
            .collect();
        let along = dot(&w, &v);
        add_scaled(&mut w, -along, &v);
        for (place, row) in (k + 1..n).enumerate() {
            let line = &mut a[row * n + k + 1..(row + 1) * n];
            let (from_v, from_w) = (v[place], w[place]);
            for ((cell, w), v) in line.iter_mut().zip(&w).zip(&v) {
                *cell -= from_v * w + from_w * v;
            }
        }
        reflections.push((k + 1, v));
    }
    // Rows of the transposed product of all reflections.
    let mut vectors = vec![0.0; n * n];
    for place in 0..n {
        vectors[place * n + place] = 1.0;
    }
    for (start, v) in reflections.iter().rev() {
        task.check()?;
        for row in vectors.chunks_exact_mut(n).skip(*start) {
            let row = &mut row[*start..];
            let along = 2.0 * dot(row, v);
            add_scaled(row, -along, v);
        }
    }
    Ok(vectors)
}

fn diagonal(
    values: &mut [f64],
    off: &mut [f64],
    vectors: &mut [f64],
    task: &TaskContext,
) -> Result<(), UserError> {
    let n = values.len();
    for l in 0..n {
        task.check()?;
        for _ in 0..STEPS {
            let small =
                |m: usize| off[m].abs() <= f64::EPSILON * (values[m].abs() + values[m + 1].abs());
            let m = (l..n - 1).find(|&m| small(m)).unwrap_or(n - 1);
            if m == l {
                break;
            }
            step(values, off, vectors, l, m);
        }
    }
    Ok(())
}

/// One QL step on the block from `l` to `m`.
fn step(values: &mut [f64], off: &mut [f64], vectors: &mut [f64], l: usize, m: usize) {
    let n = values.len();
    let half = (values[l + 1] - values[l]) / (2.0 * off[l]);
    let root = half.hypot(1.0);
    let mut g = values[m] - values[l] + off[l] / (half + root.copysign(half));
    let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let (f, b) = (sine * off[i], cosine * off[i]);
        let r = f.hypot(g);
        off[i + 1] = r;
        if r == 0.0 {
            values[i + 1] -= shift;
            off[m] = 0.0;
            return;
        }
        sine = f / r;
        cosine = g / r;
        let ahead = values[i + 1] - shift;
        let turned = (values[i] - ahead) * sine + 2.0 * cosine * b;
        shift = sine * turned;
        values[i + 1] = ahead + shift;
        g = cosine * turned - b;
        let (first, second) = vectors.split_at_mut((i + 1) * n);
        let lower = &mut first[i * n..];
        for (low, high) in lower.iter_mut().zip(&mut second[..n]) {
            let kept = *high;
            *high = sine * *low + cosine * kept;
            *low = cosine * *low - sine * kept;
        }
    }
    values[l] -= shift;
    off[l] = g;
    off[m] = 0.0;
}
