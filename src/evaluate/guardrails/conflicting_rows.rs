//! G9: rows with the same inputs and different answers.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding, RowsSeen};

pub struct ConflictingRows;

impl Guardrail for ConflictingRows {
    fn id(&self) -> &'static str {
        "G9"
    }

    fn name(&self) -> &'static str {
        "Same rows, different answers"
    }

    fn checked(&self) -> &'static str {
        "Rows with the same values in every column but name tags are compared by their answer; a caution where a model can be right in at most 98 % of the rows."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let copies = &evidence.copies;
        // Numbers vary around what can be known; only classes contradict one another.
        if !evidence.task.is_classes() || copies.conflicting == 0 {
            return Ok(Vec::new());
        }
        let best = copies.best as f64 / copies.rows.max(1) as f64;
        let severity = if best <= BEST && !copies.expected {
            Severity::Caution
        } else {
            Severity::Note
        };
        let finding = Finding::new(
            ("G9", "conflicting_rows"),
            severity,
            format!(
                "{} have the same inputs as another row and a different {}.",
                format::counted(copies.conflicting, "row"),
                evidence.target
            ),
            format!(
                "No model can get all of them right: at best {} of the rows.",
                format::share(best)
            ),
            "Look for a column that tells them apart, or for wrong answers",
        );
        let rows = RowsSeen::new(
            copies.conflicting_rows.clone(),
            format!("same inputs, different {}", evidence.target),
        );
        Ok(vec![
            finding.offering([Action::Checked]).seen_in(Some(rows)),
        ])
    }
}

const BEST: f64 = 0.98;
