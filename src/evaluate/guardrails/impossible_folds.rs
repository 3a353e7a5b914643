//! G15: the rarest class has fewer rows than there are parts.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding};
use crate::learn::Task;

pub struct ImpossibleFolds;

impl Guardrail for ImpossibleFolds {
    fn id(&self) -> &'static str {
        "G15"
    }

    fn name(&self) -> &'static str {
        "Folds impossible"
    }

    fn checked(&self) -> &'static str {
        "The rarest class is counted against the parts that are set."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let found = told(evidence.task, evidence.class_counts, FOLDS);
        Ok(found.into_iter().collect())
    }
}

/// What is to be said when so many parts are asked for.
pub fn told(task: &Task, class_counts: &[u64], folds: u64) -> Option<Finding> {
    let Task::Classes { names } = task else {
        return None;
    };
    let seen = names
        .iter()
        .zip(class_counts)
        .filter(|(_, count)| **count > 0);
    let (rare, &fewest) = seen.min_by_key(|(_, count)| **count)?;
    if fewest >= folds {
        return None;
    }
    let parts = fewest.max(2) as u32;
    let mut finding = Finding::new(
        ("G15", "fewer_folds"),
        Severity::Caution,
        format!(
            "Only {} of {rare}, so {folds} parts cannot each contain one.",
            format::counted(fewest, "row")
        ),
        format!("Using {parts} parts; the scores for {rare} will be shaky."),
        "Merge classes, or get more rows of the rare one",
    );
    ImpossibleFolds.checked().clone_into(&mut finding.checked);
    Some(finding.offering([Action::Folds { folds: parts }, Action::Checked]))
}

/// Parts that are made unless a person says otherwise.
const FOLDS: u64 = 5;
