//! G16: one class is rare beside another.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding};
use crate::evaluate::metrics;
use crate::learn::Task;

pub struct Imbalance;

impl Guardrail for Imbalance {
    fn id(&self) -> &'static str {
        "G16"
    }

    fn name(&self) -> &'static str {
        "Imbalance"
    }

    fn checked(&self) -> &'static str {
        "The rarest class has less than a tenth of the rows of the commonest."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let Task::Classes { names } = evidence.task else {
            return Ok(Vec::new());
        };
        let seen = || {
            names
                .iter()
                .zip(evidence.class_counts)
                .filter(|(_, count)| **count > 0)
        };
        let (Some((rare, &fewest)), Some((common, &most))) = (
            seen().min_by_key(|(_, count)| **count),
            seen().max_by_key(|(_, count)| **count),
        ) else {
            return Ok(Vec::new());
        };
        if !metrics::imbalanced(evidence.class_counts) {
            return Ok(Vec::new());
        }
        let total: u64 = evidence.class_counts.iter().sum();
        let share = |count: u64| format::share(count as f64 / total.max(1) as f64);
        let finding = Finding::new(
            ("G16", "imbalance"),
            Severity::Caution,
            format!("{} of the rows are {rare}.", share(fewest)),
            format!(
                "Always guessing {common} is right in {} of the rows, so the share right says little.",
                share(most)
            ),
            format!(
                "Models are judged by {} instead",
                metrics::headline(evidence.task, evidence.class_counts)
                    .name
                    .to_lowercase()
            ),
        );
        Ok(vec![finding.offering([Action::KeepScore])])
    }
}
