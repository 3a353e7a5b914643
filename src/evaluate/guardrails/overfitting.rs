//! G22: the model does much better on the rows it learned from.

use super::{Guardrail, Outcome};
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::finding::{Action, Finding};

pub struct Overfitting;

impl Guardrail for Overfitting {
    fn id(&self) -> &'static str {
        "G22"
    }

    fn name(&self) -> &'static str {
        "Overfitting gap"
    }

    fn checked(&self) -> &'static str {
        "The score on the rows learned from is compared with the checked one; a note when it is more than 10 % better, a caution from 30 %."
    }

    fn after(&self, outcome: &Outcome<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let (Some(practice), Some(standing), Some(metric)) =
            (outcome.practice, outcome.standing(), outcome.metric())
        else {
            return Ok(Vec::new());
        };
        let lost = if metric.higher_is_better {
            practice - standing.mean
        } else {
            standing.mean - practice
        };
        let share = lost
            / practice
                .abs()
                .max(standing.mean.abs())
                .max(f64::MIN_POSITIVE);
        if share <= NOTE {
            return Ok(Vec::new());
        }
        let severity = if share >= CAUTION {
            Severity::Caution
        } else {
            Severity::Note
        };
        let finding = Finding::new(
            ("G22", "overfitting"),
            severity,
            format!(
                "{} is {} on the rows learned from and {} on the others.",
                metric.name,
                format::number(practice, 3),
                format::number(standing.mean, 3)
            ),
            "The model has learned part of its practice rows by heart; only the second figure counts.",
            "Try a simpler model, or settings that hold it back",
        );
        Ok(vec![finding.offering([Action::Checked])])
    }
}

const NOTE: f64 = 0.10;
const CAUTION: f64 = 0.30;
