//! G1: one column alone predicts the answer almost perfectly.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding};

pub struct TargetLeak;

impl Guardrail for TargetLeak {
    fn id(&self) -> &'static str {
        "G1"
    }

    fn name(&self) -> &'static str {
        "Target leak, strong"
    }

    fn checked(&self) -> &'static str {
        "Each column alone predicts the answer with a small cross-validated tree; stops from AUC 0.9875 or R² 0.99."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let limit = if evidence.task.is_classes() {
            AREA
        } else {
            R_SQUARED
        };
        let strong = evidence.facts.iter().filter_map(|fact| {
            let score = fact.alone.filter(|score| *score >= limit)?;
            let columns = vec![fact.name.clone()];
            Some(
                Finding::new(
                    ("G1", "target_leak"),
                    Severity::Stop,
                    format!(
                        "{} alone predicts {} almost perfectly ({}, {}).",
                        fact.name,
                        evidence.target,
                        evidence.score_words(score),
                        evidence.where_looked()
                    ),
                    "Columns like this are often filled in after the outcome; the model would be useless when it is needed.",
                    "Would you know it at the moment you predict? If not, leave it out",
                )
                .about(&columns)
                .offering([
                    Action::LeaveOut { columns },
                    Action::KnownBefore,
                    Action::ShowMe {
                        column: fact.name.clone(),
                    },
                ]),
            )
        });
        Ok(strong.collect())
    }
}

/// A normalised Gini coefficient of 0.975.
const AREA: f64 = 0.9875;
const R_SQUARED: f64 = 0.99;
