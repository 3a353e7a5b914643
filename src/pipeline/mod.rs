//! Recipe, preparation and model as one fitted thing that scores raw tables.
//!
//! [`fit`] is the only way to make one, and it is given the rows to learn from: whatever learns
//! (steps, preparation, model) sees those rows and no others. Cross-validation and the final fit
//! call the same function, so leakage has no place to enter.

mod fit;
pub mod inspection;
pub mod near;
mod score;
mod shared;
pub mod unusual;

pub use fit::{
    FitRequest, Fitted, Prepared, PreparedColumns, TargetInfo, fit, inspect_target, prepare,
    prepared_columns,
};
pub use inspection::Inspection;
pub use near::{NearRow, NearRows};
pub use score::{InputCheck, InputProblem, Predictions, check_input};
pub use unusual::{UnusualRows, UnusualWish, find_unusual};

use serde::{Deserialize, Serialize};

use crate::base::Params;
use crate::clean::{Learned, Step};
use crate::data::ColumnKind;
use crate::learn::{Preparation, Task};

/// What to learn, as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningPlan {
    pub target: String,
    /// Columns (after the recipe) to learn from.
    pub features: Vec<String>,
    /// The whole recipe from the raw table on.
    pub steps: Vec<Step>,
}

/// A step with what it learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedStep {
    pub step: Step,
    pub learned: Learned,
}

/// A raw column that scoring needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputColumn {
    pub name: String,
    pub kind: ColumnKind,
    /// Storage type seen in training.
    pub type_name: String,
}

/// How a pipeline came to be: travels with the model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct TrainingRecord {
    pub app_version: String,
    pub source_name: String,
    pub data_fingerprint: String,
    pub rows: u64,
    pub seed: u64,
    /// Settings of the preparation that differ from what the learner wants.
    #[serde(default)]
    pub preparation: Params,
    /// Seconds since 1970-01-01 UTC.
    pub trained_at: u64,
    /// Cross-validated scores: metric id → (mean, lower, upper), when they were measured.
    pub scores: std::collections::BTreeMap<String, [f64; 3]>,
    pub baseline: std::collections::BTreeMap<String, f64>,
    /// Sealed rows that were not learned from; 0 where all rows were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sealed: u64,
    /// Times the sealed rows had been opened when the model was chosen.
    #[serde(default, skip_serializing_if = "is_none_of")]
    pub after_openings: u32,
    /// The moment of prediction that was said before training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment: Option<String>,
}

// Left out where there is nothing to tell, so that models without a seal are written as before.
fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn is_none_of(count: &u32) -> bool {
    *count == 0
}

/// The whole way from raw columns to a prediction.
pub struct FittedPipeline {
    pub learner: String,
    pub params: Params,
    pub target: String,
    pub task: Task,
    pub inputs: Vec<InputColumn>,
    pub steps: Vec<FittedStep>,
    pub preparation: Preparation,
    pub model: Box<dyn crate::learn::Model>,
    pub record: TrainingRecord,
}
