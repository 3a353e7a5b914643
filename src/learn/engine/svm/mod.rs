//! Support vector machines: kernels, and the solver of their dual problem.
//!
//! linfa-svm starts where there are few rows and they all count the same. The solver here goes on from
//! its coefficients to the stated exactness; where they meet the conditions of an optimum already, it
//! changes none. It also does what linfa-svm cannot: be stopped, weigh rows, and keep only a part of
//! the kernel.

pub mod kernel;
pub mod smo;

use rayon::prelude::*;

use crate::base::UserError;

/// `of` every part, in order, by several threads where there may be. Parts know nothing of one
/// another, so the result does not depend on the number of threads.
pub fn each<P: Sync, R: Send>(
    parts: &[P],
    threads: usize,
    of: impl Fn(&P) -> Result<R, UserError> + Sync + Send,
) -> Result<Vec<R>, UserError> {
    if threads > 1 {
        parts.par_iter().map(of).collect()
    } else {
        parts.iter().map(of).collect()
    }
}
