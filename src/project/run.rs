//! What training leaves behind: results that are kept, and models that can be used. Not part of
//! the undo history: hours of training are not lost to a keystroke.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::ids::{ModelId, TableId};
use crate::base::{Fingerprint, UserError};
use crate::evaluate::{Exam, RunResult, RunSpec, Seal, SplitPlan};
use crate::pipeline::{FittedPipeline, LearningPlan};

/// The source a training learned from, as it was then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataVersion {
    /// Hash of the file's content; zero where it was not read from a file.
    pub content: Fingerprint,
    /// Names the table as it was read: the content and how it was read.
    pub source: Fingerprint,
    pub rows: u64,
    pub columns: u64,
}

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
    /// None in projects of versions that did not keep it.
    #[serde(default)]
    pub version: Option<DataVersion>,
    pub app_version: String,
    /// Seconds since 1970-01-01 UTC.
    pub trained_at: u64,
    /// True when a person stopped it before every learner was done.
    pub stopped: bool,
    pub results: Vec<RunResult>,
    /// Learners that failed, with the reason; the others' results stand.
    pub failures: Vec<(String, UserError)>,
    /// The seal whose rows were kept apart. None in runs of a Benchtop that sealed none: they
    /// learned from all rows and were checked on all rows.
    #[serde(default)]
    pub seal: Option<Seal>,
    /// Sealed rows with an answer that were kept apart; 0 where there were too few rows to seal.
    #[serde(default)]
    pub sealed: u64,
    /// Times the sealed rows had been opened before the training.
    #[serde(default)]
    pub after_openings: u32,
    /// The moment of prediction that was said before the training.
    #[serde(default)]
    pub moment: Option<String>,
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

    /// What one of its results was trained with.
    pub fn spec_of(&self, result: &RunResult) -> RunSpec {
        RunSpec {
            plan: self.plan.clone(),
            learner: result.learner.clone(),
            params: result.params.clone(),
            preparation: result.preparation.clone(),
            folds: self.folds as usize,
            seed: self.seed,
            split: self.split.clone(),
        }
    }

    pub fn result(&self, learner: &str) -> Option<&RunResult> {
        self.results.iter().find(|result| result.learner == learner)
    }
}

/// Sealed rows that were opened: what was seen, by whom, and when. Like a run it is not part of the
/// undo history, and for one reason more: what has been seen cannot be unseen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub table: TableId,
    /// [`crate::project::Source::content`] of the table whose rows were opened.
    pub content: Fingerprint,
    pub target: String,
    pub seal: Seal,
    pub run: ModelId,
    /// Id of the learner.
    pub learner: String,
    /// Seconds since 1970-01-01 UTC.
    pub opened_at: u64,
    /// Name of the person on the computer.
    pub by: String,
    /// Why they were opened once more.
    #[serde(default)]
    pub reason: Option<String>,
    pub exam: Exam,
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
