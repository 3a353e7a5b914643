//! What the crates of linfa (0.8.1) fit, each behind a wall of its own.
//!
//! They neither centre nor check what they are given, know next to no row weights, cannot be
//! stopped, and some panic. Here they get small numbers, centred and in order, and a bounded amount
//! of work: all rows where there are few, some of them where there are many. What comes back is
//! only numbers; the caller checks them against the conditions of an optimum and goes on from there
//! with a solver that can be stopped, as far as that is necessary at all. Nothing here runs on
//! several threads or depends on the order of a hash map, so the same rows give the same bits.
//!
//! What stays without them, and why: see [`super::isotonic`] (pools that linfa-linear joins wrongly
//! and thresholds that cannot be read), [`super::sparse_softmax`] (no penalty on size in
//! linfa-logistic) and [`bayes`] (a multinomial model that prints its counts).

pub mod bayes;
pub mod elastic_net;
pub mod generalised;
pub mod least_squares;
pub mod logistic;
pub mod neighbours;
pub mod partial_least_squares;
pub mod vectors;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray::Array2;

use crate::learn::Matrix;

/// What `fit` gives; None also where the crate panics. Inputs are checked so that none is known to.
fn guarded<T>(fit: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(fit)).ok().flatten()
}

/// All rows, or so many of them evenly spread over the table.
fn some_rows(rows: usize, most: usize) -> Vec<usize> {
    let count = rows.min(most);
    (0..count).map(|place| place * rows / count).collect()
}

/// Some rows of some columns, each less its centre and times its factor.
fn centred(x: &Matrix, rows: &[usize], centres: &[f64], factors: &[f64]) -> Option<Array2<f64>> {
    let mut values = Vec::with_capacity(rows.len() * x.cols);
    for &row in rows {
        let cells = x.row(row).iter().zip(centres).zip(factors);
        values.extend(cells.map(|((value, centre), factor)| (value - centre) * factor));
    }
    let finite = values.iter().all(|value| value.is_finite());
    Array2::from_shape_vec((rows.len(), x.cols), values)
        .ok()
        .filter(|_| finite)
}

/// Mean of every column over some rows, and the largest spread around it.
fn centres(x: &Matrix, rows: &[usize]) -> (Vec<f64>, f64) {
    let share = 1.0 / rows.len().max(1) as f64;
    let mut centres = vec![0.0; x.cols];
    for &row in rows {
        for (centre, value) in centres.iter_mut().zip(x.row(row)) {
            *centre += share * value;
        }
    }
    let mut squares = vec![0.0f64; x.cols];
    for &row in rows {
        let cells = squares.iter_mut().zip(x.row(row)).zip(&centres);
        for ((square, value), centre) in cells {
            *square += share * (value - centre) * (value - centre);
        }
    }
    let widest = squares.into_iter().fold(0.0, f64::max).sqrt();
    (centres, widest)
}
