//! G12: the table has a date, and the model will be used on later rows.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::data::ColumnKind;
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding};

pub struct TimeOrder;

impl Guardrail for TimeOrder {
    fn id(&self) -> &'static str {
        "G12"
    }

    fn name(&self) -> &'static str {
        "Time"
    }

    fn checked(&self) -> &'static str {
        "A date column whose days differ, with a target beside it."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let dates: Vec<String> = evidence
            .profiles
            .iter()
            .filter(|profile| profile.kind == ColumnKind::Time && profile.name != evidence.target)
            .filter(|profile| profile.distinct >= DAYS && profile.earliest.is_some())
            .map(|profile| profile.name.clone())
            .collect();
        if dates.is_empty() {
            return Ok(Vec::new());
        }
        let (verb, them) = if dates.len() == 1 {
            ("is a date", "it")
        } else {
            ("are dates", "them")
        };
        let finding = Finding::new(
            ("G12", "time_order"),
            Severity::Caution,
            format!(
                "{} {verb}, and rows are dealt into parts at random.",
                format::list(&dates)
            ),
            "A model that learned from later rows looks better on earlier ones than it will on the future.",
            format!(
                "Check the future by the past if the model is for future rows; otherwise leave {them} out or go on"
            ),
        );
        // Not about the columns: leaving the date out does not put the rows in order.
        let first = dates.first().cloned().unwrap_or_default();
        Ok(vec![finding.offering([
            Action::ByTime { column: first },
            Action::LeaveOut { columns: dates },
            Action::Checked,
        ])])
    }
}

const DAYS: u64 = 10;
