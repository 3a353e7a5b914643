//! linfa-pls: the blend of columns that goes with the answer most.
//!
//! It takes means out of what it is given, fails on a remainder of nothing, and cannot be stopped;
//! so it is asked for one blend at a time, of few rows, each together with its opposite, which has
//! mean zero. One answer is one pass of its power method. 100,000 rows with 20 columns take 33 ms
//! with it and 27 ms without.

use linfa::traits::Fit;
use linfa::{Dataset, ParamGuard};
use linfa_pls::PlsRegression;
use ndarray::{Array1, Array2, Axis, concatenate};

/// The direction among the columns, of length 1. `columns`: rows × columns, centred; `answers`: of
/// length about 1, going with some column.
pub fn direction(columns: &Array2<f64>, answers: &Array1<f64>) -> Option<Array1<f64>> {
    super::guarded(|| {
        let both = concatenate(Axis(0), &[columns.view(), (-columns).view()]).ok()?;
        let targets = concatenate(Axis(0), &[answers.view(), (-answers).view()]).ok()?;
        let fitted = PlsRegression::params(1)
            .scale(false)
            .check()
            .and_then(|params| params.fit(&Dataset::new(both, targets.insert_axis(Axis(1)))))
            .ok()?;
        Some(fitted.weights().0.column(0).to_owned())
    })
    .filter(|direction| direction.iter().all(|value| value.is_finite()))
}
