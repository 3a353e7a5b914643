//! G13: too few rows for the columns or for a class.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding};
use crate::learn::Task;

pub struct FewRows;

impl Guardrail for FewRows {
    fn id(&self) -> &'static str {
        "G13"
    }

    fn name(&self) -> &'static str {
        "Too few rows"
    }

    fn checked(&self) -> &'static str {
        "Fewer than 50 rows stop; fewer than 10 rows per column, or fewer than 30 of the rarest class, are a caution."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let (rows, columns) = (evidence.rows, evidence.ticked());
        let mut found = Vec::new();
        if rows < FEW_ROWS {
            found.push(
                Finding::new(
                    ("G13", "too_few_rows"),
                    Severity::Stop,
                    format!("Only {} with an answer.", format::counted(rows, "row")),
                    format!("With fewer than {FEW_ROWS}, almost any model can look good by luck."),
                    "Get more data; otherwise take scores as hints only",
                )
                .offering([Action::Repeat { times: 20 }, Action::Accept]),
            );
        } else if rows < columns.saturating_mul(ROWS_PER_COLUMN) {
            found.push(
                Finding::new(
                    ("G13", "few_rows_per_column"),
                    Severity::Caution,
                    format!(
                        "{} and {} to learn from.",
                        format::counted(rows, "row"),
                        format::counted(columns, "column")
                    ),
                    format!("With fewer than {ROWS_PER_COLUMN} rows per column a model can look good by luck."),
                    "Use fewer columns, or get more data",
                )
                .offering([
                    Action::Repeat { times: 5 },
                    Action::CheckColumns,
                    Action::Checked,
                ]),
            );
        }
        found.extend(rare_class(evidence));
        Ok(found)
    }
}

const FEW_ROWS: u64 = 50;
const ROWS_PER_COLUMN: u64 = 10;
const RARE_CLASS_ROWS: u64 = 30;
/// Fewer than this make folds impossible, which is a finding of its own.
const FOLDS: u64 = 5;

fn rare_class(evidence: &Evidence<'_>) -> Option<Finding> {
    let Task::Classes { names } = evidence.task else {
        return None;
    };
    let seen = names
        .iter()
        .zip(evidence.class_counts)
        .filter(|(_, count)| **count > 0);
    let (rare, &fewest) = seen.min_by_key(|(_, count)| **count)?;
    (FOLDS..RARE_CLASS_ROWS).contains(&fewest).then(|| {
        Finding::new(
            ("G13", "rare_class"),
            Severity::Caution,
            format!("Only {} of {rare}.", format::counted(fewest, "row")),
            "What is learned about it, and the scores for it, are shaky.",
            "Merge classes, or get more rows of the rare one",
        )
        .offering([Action::Repeat { times: 5 }, Action::Checked])
    })
}
