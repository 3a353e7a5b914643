//! Trees grown on histograms.
//!
//! Columns are sorted into at most 255 bins once ([`bins`]). A split is found by adding up the rows
//! of each bin ([`histogram`]) and walking over the bins ([`split`]); of the two sides of a split
//! only the smaller one is added up, the other is the difference. [`grow`] grows one tree on given
//! gradients, [`boost`] a sequence of trees in which each mends what the ones before left over,
//! [`forest`] many trees on different draws of rows and columns. The result is a [`TreeEnsemble`].
//!
//! Sums are kept in whole numbers ([`fixed`]), so that they are exact, do not depend on the order of
//! the rows, and the difference of two histograms is exact as well: the same seed gives the same
//! trees on any number of threads.
//!
//! Sources: G. Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree" (2017);
//! T. Chen and C. Guestrin, "XGBoost: A Scalable Tree Boosting System" (2016); J. Friedman, "Greedy
//! Function Approximation: A Gradient Boosting Machine" (2001); L. Breiman, "Random Forests" (2001);
//! W. Fisher, "On Grouping for Maximum Homogeneity" (1958) for the order of categories.

pub mod ada_boost;
pub mod bins;
pub mod boost;
pub mod edges;
pub mod ensemble;
pub mod fixed;
pub mod forest;
pub mod forest_model;
pub mod graph;
pub mod grow;
pub mod histogram;
pub mod leaves;
pub mod loss;
pub mod parallel;
pub mod partition;
pub mod split;
mod walk;

pub use bins::{BinCache, Binned};
pub use ensemble::TreeEnsemble;
