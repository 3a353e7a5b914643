//! G19: many models were compared on the same rows.

use super::{Guardrail, Outcome};
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::finding::{Action, Finding};

pub struct ManyTries;

impl Guardrail for ManyTries {
    fn id(&self) -> &'static str {
        "G19"
    }

    fn name(&self) -> &'static str {
        "Too many tries"
    }

    fn checked(&self) -> &'static str {
        "Models compared on the same rows are counted; a note from 51."
    }

    fn after(&self, outcome: &Outcome<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        if outcome.tried <= TRIES {
            return Ok(Vec::new());
        }
        let finding = Finding::new(
            ("G19", "many_tries"),
            Severity::Note,
            format!(
                "You have compared {} on the same rows.",
                format::counted(outcome.tried, "model")
            ),
            "The best of many looks luckier than it is, so expect a little less on new rows.",
            "Deal the rows into other parts, or check the chosen model once on rows nothing was learned from",
        );
        Ok(vec![finding.offering([Action::DealAnew, Action::Checked])])
    }
}

const TRIES: u64 = 50;
