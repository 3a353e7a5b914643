//! What protects a person from a score that means nothing: one file per guardrail, one line each
//! in [`REGISTRY`].
//!
//! A guardrail says what was seen, why it matters and what can be done, in this order. It never
//! changes anything: its [`Action`](super::finding::Action)s are offered. Those before training
//! look at [`Evidence`], those after it at an [`Outcome`].

mod conflicting_rows;
mod duplicates;
mod empty_columns;
mod few_rows;
mod guessing;
mod imbalance;
mod impossible_folds;
mod made_of_target;
mod many_tries;
mod name_tag_predicts;
mod name_tags;
mod overfitting;
mod possible_leak;
mod repeated_groups;
mod small_exam;
mod target_leak;
mod time_order;
mod too_good;
mod weak_segments;

pub use overfitting::{Gap, held_back};

use std::cmp::Reverse;

use super::compare::{Comparison, Standing};
use super::cross_validation::RunResult;
use super::evidence::Evidence;
use super::finding::Finding;
use super::metrics::{self, Metric};
use crate::base::{TaskContext, UserError};
use crate::data::Table;

/// What a training left behind.
pub struct Outcome<'a> {
    pub results: &'a [RunResult],
    pub comparison: &'a Comparison,
    /// The table after the recipe, where it is at hand.
    pub table: Option<&'a Table>,
    /// Columns that were learned from.
    pub features: &'a [String],
    /// Models compared on these rows so far.
    pub tried: u64,
    /// The headline score of the model looked at on the rows it learned from.
    pub practice: Option<f64>,
}

impl Outcome<'_> {
    /// The model that is looked at: the recommended one, otherwise the best that is no yardstick.
    pub fn standing(&self) -> Option<&Standing> {
        let standings = &self.comparison.standings;
        standings
            .iter()
            .find(|standing| standing.recommended)
            .or_else(|| standings.iter().find(|standing| !standing.yardstick))
    }

    pub fn model(&self) -> Option<&RunResult> {
        self.standing()
            .and_then(|standing| self.results.get(standing.run))
    }

    pub fn metric(&self) -> Option<&'static Metric> {
        metrics::by_id(&self.comparison.metric)
    }

    /// The score of always guessing.
    pub fn guessing(&self) -> Option<f64> {
        let standings = &self.comparison.standings;
        let found = standings
            .iter()
            .find(|standing| standing.learner == "guessing");
        found.map(|standing| standing.mean)
    }
}

pub trait Guardrail: Sync {
    /// "G1".
    fn id(&self) -> &'static str;
    /// Sentence case.
    fn name(&self) -> &'static str;
    /// The method and the threshold, one sentence.
    fn checked(&self) -> &'static str;
    fn before(
        &self,
        _evidence: &Evidence<'_>,
        _task: &TaskContext,
    ) -> Result<Vec<Finding>, UserError> {
        Ok(Vec::new())
    }
    fn after(
        &self,
        _outcome: &Outcome<'_>,
        _task: &TaskContext,
    ) -> Result<Vec<Finding>, UserError> {
        Ok(Vec::new())
    }
}

/// All guardrails in the order of their ids.
pub const REGISTRY: &[&dyn Guardrail] = &[
    &target_leak::TargetLeak,
    &possible_leak::PossibleLeak,
    &made_of_target::MadeOfTarget,
    &name_tags::NameTags,
    &name_tag_predicts::NameTagPredicts,
    &empty_columns::EmptyColumns,
    &conflicting_rows::ConflictingRows,
    &duplicates::Duplicates,
    &repeated_groups::RepeatedGroups,
    &time_order::TimeOrder,
    &few_rows::FewRows,
    &small_exam::SmallExam,
    &impossible_folds::ImpossibleFolds,
    &imbalance::Imbalance,
    &many_tries::ManyTries,
    &guessing::Guessing,
    &too_good::TooGood,
    &overfitting::Overfitting,
    &weak_segments::WeakSegments,
];

/// Everything seen before training, Stops first.
pub fn before_training(
    evidence: &Evidence<'_>,
    task: &TaskContext,
) -> Result<Vec<Finding>, UserError> {
    collect(|guardrail| guardrail.before(evidence, task), task)
}

/// What is to be said when rows are dealt into so many parts by class; None where nothing is.
pub fn fewer_folds(task: &crate::learn::Task, class_counts: &[u64], folds: u32) -> Option<Finding> {
    impossible_folds::told(task, class_counts, u64::from(folds))
}

/// Everything seen after training, Stops first.
pub fn after_training(
    outcome: &Outcome<'_>,
    task: &TaskContext,
) -> Result<Vec<Finding>, UserError> {
    collect(|guardrail| guardrail.after(outcome, task), task)
}

fn collect(
    ask: impl Fn(&dyn Guardrail) -> Result<Vec<Finding>, UserError>,
    task: &TaskContext,
) -> Result<Vec<Finding>, UserError> {
    let mut all = Vec::new();
    for guardrail in REGISTRY {
        task.check()?;
        for mut finding in ask(*guardrail)? {
            guardrail.checked().clone_into(&mut finding.checked);
            all.push(finding);
        }
    }
    all.sort_by_key(|finding| Reverse(finding.severity));
    Ok(all)
}
