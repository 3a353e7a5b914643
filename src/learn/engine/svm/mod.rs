//! Support vector machines: kernels, and the solver of their dual problem.
//!
//! The solver is our own: linfa-svm (0.8.1) keeps the whole kernel in double precision, cannot be
//! stopped, knows no weights, and tells two classes apart only. The tests compare with it.

pub mod kernel;
pub mod smo;
