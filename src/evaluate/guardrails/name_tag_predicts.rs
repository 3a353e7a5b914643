//! G5: a name tag or the order of the rows predicts the answer.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding, RowsSeen};

pub struct NameTagPredicts;

impl Guardrail for NameTagPredicts {
    fn id(&self) -> &'static str {
        "G5"
    }

    fn name(&self) -> &'static str {
        "Name tag that predicts"
    }

    fn checked(&self) -> &'static str {
        "The name tag, and the position in the file, predict the answer with a small cross-validated tree; tells from AUC 0.65 or R² 0.10 in at least 100 rows."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        if evidence.answers.len() < ROWS {
            return Ok(Vec::new());
        }
        let limit = if evidence.task.is_classes() {
            AREA
        } else {
            R_SQUARED
        };
        let tags = evidence
            .facts
            .iter()
            .filter(|fact| evidence.is_name_tag(&fact.name));
        let mut found: Vec<Finding> = tags
            .filter_map(|fact| {
                let score = fact.alone.filter(|score| *score >= limit)?;
                let columns = vec![fact.name.clone()];
                Some(
                    Finding::new(
                        ("G5", "name_tag_predicts"),
                        Severity::Caution,
                        format!(
                            "{} looks like a name tag, yet it predicts {} ({}).",
                            fact.name,
                            evidence.target,
                            evidence.score_words(score)
                        ),
                        "Names may have been given in the order of the outcome, or groups collected one after another; the next names will not be.",
                        "Leave it out, and ask how the names were given",
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
            })
            .collect();
        if let Some(score) = evidence.order.filter(|score| *score >= limit) {
            found.push(
                Finding::new(
                    ("G5", "row_order_predicts"),
                    Severity::Note,
                    format!(
                        "The order of the rows predicts {} ({}).",
                        evidence.target,
                        evidence.score_words(score)
                    ),
                    "The file may be sorted, or its groups were collected one after another. Rows are shuffled before they are dealt into parts, so the scores do not profit from it.",
                    "Look whether the rows of one period or place belong together",
                )
                .offering([Action::Checked])
                .seen_in(evidence.stretch.as_ref().map(|stretch| {
                    let (first, last) = (stretch.first, stretch.last);
                    let words = format!(
                        "rows {} to {} of the table, where answers differ most",
                        format::count(first),
                        format::count(last)
                    );
                    RowsSeen::new(stretch.rows.clone(), words)
                })),
            );
        }
        Ok(found)
    }
}

const ROWS: usize = 100;
const AREA: f64 = 0.65;
const R_SQUARED: f64 = 0.10;
