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
        "The rarest class is counted against the usual 5 parts."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let Task::Classes { names } = evidence.task else {
            return Ok(Vec::new());
        };
        let seen = names
            .iter()
            .zip(evidence.class_counts)
            .filter(|(_, count)| **count > 0);
        let Some((rare, &fewest)) = seen.min_by_key(|(_, count)| **count) else {
            return Ok(Vec::new());
        };
        if fewest >= FOLDS {
            return Ok(Vec::new());
        }
        let parts = fewest.max(2) as u32;
        let finding = Finding::new(
            ("G15", "fewer_folds"),
            Severity::Caution,
            format!(
                "Only {} of {rare}, so {FOLDS} parts cannot each contain one.",
                format::counted(fewest, "row")
            ),
            format!("Using {parts} parts; the scores for {rare} will be shaky."),
            "Merge classes, or get more rows of the rare one",
        );
        Ok(vec![finding.offering([
            Action::Folds { folds: parts },
            Action::Checked,
        ])])
    }
}

/// Parts that are made unless a person says otherwise.
const FOLDS: u64 = 5;
