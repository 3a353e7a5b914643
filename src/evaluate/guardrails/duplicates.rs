//! G10: exact copies of rows.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding, RowsSeen};

pub struct Duplicates;

impl Guardrail for Duplicates {
    fn id(&self) -> &'static str {
        "G10"
    }

    fn name(&self) -> &'static str {
        "Duplicates"
    }

    fn checked(&self) -> &'static str {
        "Rows equal in every column but name tags are counted, in the first 300,000 rows; a caution from 5 % of the rows, unless so few combinations exist that copies are to be expected."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let copies = &evidence.copies;
        if copies.copies == 0 {
            return Ok(Vec::new());
        }
        let share = copies.copies as f64 / copies.rows.max(1) as f64;
        let many = share >= SHARE && !copies.expected;
        let severity = if many {
            Severity::Caution
        } else {
            Severity::Note
        };
        let (noun, verb) = if copies.copies == 1 {
            ("row", "is")
        } else {
            ("rows", "are")
        };
        let finding = Finding::new(
            ("G10", "duplicates"),
            severity,
            format!(
                "{} {noun} ({}) {verb} an exact copy of an earlier one.",
                format::count(copies.copies),
                format::share(share)
            ),
            "If copies fall into different parts, a model is checked on rows it has seen.",
            "Remove the copies, or keep them together if they are different things that happen to be alike",
        );
        let rows = RowsSeen::new(copies.copied_rows.clone(), "copies of an earlier row");
        let offered = [
            Action::RemoveCopies,
            Action::KeepCopiesTogether,
            Action::Checked,
        ];
        Ok(vec![finding.offering(offered).seen_in(Some(rows))])
    }
}

const SHARE: f64 = 0.05;
