//! What training leaves behind: results that are kept, and models that can be used. Not part of
//! the undo history: hours of training are not lost to a keystroke.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::ids::{ModelId, TableId};
use crate::base::{Fingerprint, UserError};
use crate::evaluate::{RunResult, SplitPlan};
use crate::pipeline::{FittedPipeline, LearningPlan};

/// One press of Train.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    pub id: ModelId,
    pub table: TableId,
    pub plan: LearningPlan,
    pub folds: u32,
    pub seed: u64,
    /// How rows were divided into those learned from and those checked.
    #[serde(default)]
    pub split: SplitPlan,
    /// [`Run::mark`] of the source table and the plan that were learned from.
    pub data: Fingerprint,
    pub source_name: String,
    pub app_version: String,
    /// Seconds since 1970-01-01 UTC.
    pub trained_at: u64,
    /// True when a person stopped it before every learner was done.
    pub stopped: bool,
    pub results: Vec<RunResult>,
    /// Learners that failed, with the reason; the others' results stand.
    pub failures: Vec<(String, UserError)>,
}

impl Run {
    /// Names a source table and what is learned from it together: what [`Run::data`] holds.
    pub fn mark(source: Fingerprint, plan: &LearningPlan) -> Fingerprint {
        source.then_value(plan)
    }

    /// Whether it learned from the source table of this fingerprint. If so, its row ids are ids of
    /// that table; otherwise they mean nothing in it.
    pub fn learned_from(&self, source: Fingerprint) -> bool {
        self.data == Self::mark(source, &self.plan)
    }

    pub fn result(&self, learner: &str) -> Option<&RunResult> {
        self.results.iter().find(|result| result.learner == learner)
    }
}

/// A model fitted on all rows, ready to use.
#[derive(Clone)]
pub struct KeptModel {
    pub id: ModelId,
    pub name: String,
    /// None for a model opened from a file.
    pub run: Option<ModelId>,
    pub pipeline: Arc<FittedPipeline>,
}
