//! What the crates of linfa (0.8.1) fit, each behind a wall of its own.
//!
//! They neither centre nor check what they are given, know next to no row weights, cannot be
//! stopped, and some panic. Here they get small numbers, centred and in order, and a bounded amount
//! of work. What comes back is only numbers; the caller checks them against the conditions of an
//! optimum and goes on from there with a solver that can be stopped, as far as that is necessary at
//! all. Nothing here runs on several threads or depends on the order of a hash map, so the same rows
//! give the same bits.
//!
//! What can be asked of them always ends: closed forms (bayes, least_squares), one pass
//! (partial_least_squares), a number of rounds that is given (elastic_net), of steps that is proven
//! (vectors), of points that is looked at (neighbours).
//!
//! What stays without them, and why:
//!
//! - Generalised linear models of linfa-linear and linfa-logistic search along lines with argmin,
//!   which has no limit to the tries of one step, and neither crate lets one be set: a limit to
//!   rounds, of which each is one such search, changes nothing. A cost that is no number is searched
//!   forever. Two rows are enough, a column of −20 and 20 with the answers 0 and 2, powers 1 and 1.5,
//!   penalty 0.1, at most 10 rounds: the first step takes an expectation to 0, the cost is 0 / 0, and
//!   the fit does not end. (With −1 and 1 it takes 0.3 ms.) Shrinking columns keeps the first step
//!   short, but not a later one: their L-BFGS divides by products that rounding may make 0. In
//!   linfa-logistic the gradient of several classes is not that of its cost where sums of
//!   exponentials are cut off (1e-15), so that no argument from convexity bounds a search either.
//!   As starts they cost more than they saved: on 3,000 rows with 5 columns 3.0 ms with and 2.3 ms
//!   without (logistic, 2 classes), 26 and 6.7 ms (3 classes), 21 and 1.1 ms (counts), 9.5 and
//!   0.9 ms (gamma). For counts (power 1) the cost of linfa-linear is not the one its gradient
//!   belongs to: 200 rows with one column end at a weight of 0.60 in place of 0.74.
//! - [`super::isotonic`] (pools that linfa-linear joins wrongly and thresholds that cannot be read),
//!   [`super::sparse_softmax`] (no penalty on size in linfa-logistic) and the multinomial model of
//!   [`bayes`], which prints its counts.

pub mod bayes;
pub mod elastic_net;
pub mod least_squares;
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
