//! linfa-logistic: two or more classes with a penalty on squared weights, or none.
//!
//! Which of two classes is the positive one depends on the order of the rows and on their counts,
//! so the sign is taken from the labels it hands back. With more classes it takes the largest score
//! of the whole table out of every row and cuts sums of exponentials off at 1e-15, so that rows
//! whose scores lie 35 below that of another row count wrongly: columns are centred and scaled, and
//! what it finds is checked by the gradient. It has no row weights, no progress, and does not say
//! whether it converged. Its search (argmin) has no limit to a single step, but every cost it sees
//! here is finite.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2};

use crate::learn::Matrix;

/// One problem: the mean log loss plus half the penalty times the squared weights.
pub struct Problem<'a> {
    pub x: &'a Matrix,
    /// In `0..classes`, every class occurring.
    pub codes: &'a [u32],
    pub classes: usize,
    pub penalty: f64,
}

/// Values in the table it sees, which bounds the time of a fit to about a fifth of a second.
const MOST_CELLS: usize = 60_000;
const FEWEST_ROWS: usize = 100;
const ROUNDS: u64 = 100;
/// Per row. Closer to the optimum the differences of its cost drown in rounding, and a step takes
/// many tries.
const TOLERANCE: f64 = 1e-6;

/// A set of weights per class, the intercept last; of two classes the second only. None where the
/// problem is not for it.
pub fn fit(problem: &Problem<'_>) -> Option<Vec<Vec<f64>>> {
    let x = problem.x;
    let sets = if problem.classes == 2 {
        1
    } else {
        problem.classes
    };
    let most = MOST_CELLS / ((x.cols + 1) * sets).max(1);
    if most < x.rows.min(FEWEST_ROWS) || x.cols == 0 {
        return None;
    }
    let rows = super::some_rows(x.rows, most);
    let mut seen = vec![false; problem.classes];
    rows.iter()
        .for_each(|&row| seen[problem.codes[row] as usize] = true);
    let (centres, widest) = super::centres(x, &rows);
    if !seen.iter().all(|seen| *seen) || !(widest > 1e-100 && widest < 1e100) {
        return None;
    }
    let factor = 1.0 / widest;
    let records = super::centred(x, &rows, &centres, &vec![factor; x.cols])?;
    let codes: Array1<usize> = rows
        .iter()
        .map(|&row| problem.codes[row] as usize)
        .collect();
    let alpha = problem.penalty * rows.len() as f64 * factor * factor;
    let tolerance = TOLERANCE * rows.len() as f64 * factor;
    if !alpha.is_finite() {
        return None;
    }
    let data = Dataset::new(records, codes);
    let scaled = super::guarded(|| match problem.classes {
        2 => two(&data, alpha, tolerance),
        _ => several(&data, alpha, tolerance),
    })?;
    let sets: Vec<Vec<f64>> = scaled
        .into_iter()
        .map(|(weights, intercept)| {
            let mut set: Vec<f64> = weights.iter().map(|weight| weight * factor).collect();
            let moved: f64 = set.iter().zip(&centres).map(|(w, c)| w * c).sum();
            set.push(intercept - moved);
            set
        })
        .collect();
    let finite = |set: &Vec<f64>| set.iter().all(|value| value.is_finite());
    sets.iter().all(finite).then_some(sets)
}

type Data = Dataset<f64, usize, ndarray::Ix1>;

fn two(data: &Data, alpha: f64, tolerance: f64) -> Option<Vec<(Vec<f64>, f64)>> {
    let fitted = LogisticRegression::default()
        .alpha(alpha)
        .gradient_tolerance(tolerance)
        .max_iterations(ROUNDS)
        .fit(data)
        .ok()?;
    let sign = if fitted.labels().pos.class == 1 {
        1.0
    } else {
        -1.0
    };
    let weights = fitted.params().iter().map(|weight| sign * weight);
    Some(vec![(weights.collect(), sign * fitted.intercept())])
}

fn several(data: &Data, alpha: f64, tolerance: f64) -> Option<Vec<(Vec<f64>, f64)>> {
    let fitted = MultiLogisticRegression::default()
        .alpha(alpha)
        .gradient_tolerance(tolerance)
        .max_iterations(ROUNDS)
        .fit(data)
        .ok()?;
    let params: &Array2<f64> = fitted.params();
    let sets = params.columns().into_iter().zip(fitted.intercept());
    Some(
        sets.map(|(weights, &intercept)| (weights.to_vec(), intercept))
            .collect(),
    )
}
