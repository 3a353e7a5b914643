//! Trees grown on histograms: columns are sorted into at most 255 bins once, and every split is
//! found by adding up the rows of each bin.

use serde::{Deserialize, Serialize};

/// Bins of one set of rows, made by the first learner that asks and shared with the next ones.
#[derive(Debug, Default)]
pub struct BinCache {}

/// Trees whose answers are added up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TreeEnsemble {}
