//! Support vector machines: kernels, and the solver of their dual problem.
//!
//! The solver is our own: linfa-svm (0.8.1) keeps the whole kernel in double precision, cannot be
//! stopped, knows no weights, and tells two classes apart only. The tests compare with it.

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
