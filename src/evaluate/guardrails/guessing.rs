//! G20: no model is clearly better than guessing.

use super::{Guardrail, Outcome};
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::finding::{Action, Finding};

pub struct Guessing;

impl Guardrail for Guessing {
    fn id(&self) -> &'static str {
        "G20"
    }

    fn name(&self) -> &'static str {
        "Better than guessing?"
    }

    fn checked(&self) -> &'static str {
        "The 95 % interval of the gain over Guessing, fold by fold (Nadeau and Bengio 2003), includes 0."
    }

    fn after(&self, outcome: &Outcome<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        if outcome.comparison.beats_guessing != Some(false) {
            return Ok(Vec::new());
        }
        let (Some(standing), Some(guess)) = (outcome.standing(), outcome.guessing()) else {
            return Ok(Vec::new());
        };
        let decimals = format::decimals_for((standing.upper - standing.lower) / 2.0);
        let finding = Finding::new(
            ("G20", "not_better_than_guessing"),
            Severity::Caution,
            format!(
                "The best model is not clearly better than guessing ({} against {}).",
                format::fixed(standing.mean, decimals),
                format::fixed(guess, decimals)
            ),
            "That is a result too: these columns may not contain the answer.",
            "Think of what would be known before the outcome and is not in the table",
        );
        Ok(vec![
            finding.offering([Action::CheckColumns, Action::KeepFinding]),
        ])
    }
}
