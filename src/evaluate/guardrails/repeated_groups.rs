//! G11: rows that belong together fall into different parts.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::data::ColumnKind;
use crate::evaluate::evidence::Evidence;
use crate::evaluate::evidence::{Fact, groups_of};
use crate::evaluate::finding::{Action, Finding};

pub struct RepeatedGroups;

impl Guardrail for RepeatedGroups {
    fn id(&self) -> &'static str {
        "G11"
    }

    fn name(&self) -> &'static str {
        "Groups across the parts"
    }

    fn checked(&self) -> &'static str {
        "A repeating name (text, or a number called an id) that explains at least 90 % of the spread of at least half of the other number columns."
    }

    fn before(
        &self,
        evidence: &Evidence<'_>,
        task: &TaskContext,
    ) -> Result<Vec<Finding>, UserError> {
        let mut found = Vec::new();
        for fact in &evidence.facts {
            task.check()?;
            if let Some((groups, alike, of)) = alike(evidence, fact) {
                let columns = vec![fact.name.clone()];
                found.push(
                    Finding::new(
                        ("G11", "repeated_groups"),
                        Severity::Caution,
                        format!(
                            "Rows with the same {} resemble each other: {} repeat, and {alike} of {of} number columns are nearly the same within each.",
                            fact.name,
                            format::counted(groups, "value")
                        ),
                        "With such rows in different parts, a model recognises its neighbours; for a new one the score will be lower.",
                        "Keep them together if you will predict for new ones; rows of these again need nothing",
                    )
                    .about(&columns)
                    .offering([
                        Action::KeepTogether {
                            column: fact.name.clone(),
                        },
                        Action::LeaveOut { columns },
                        Action::Checked,
                    ]),
                );
            }
        }
        Ok(found)
    }
}

const GROUPS: usize = 10;
/// Share of the spread that lies between the groups.
const BETWEEN: f64 = 0.9;
const NUMBERS: usize = 2;

/// (groups, columns alike, columns compared)
fn alike(evidence: &Evidence<'_>, fact: &Fact) -> Option<(u64, usize, usize)> {
    let named = fact.kind == ColumnKind::Number && called_an_id(&fact.name);
    let text = matches!(fact.kind, ColumnKind::Category | ColumnKind::Text);
    if !named && !text {
        return None;
    }
    let groups = groups_of(&fact.labels());
    let grouped: usize = groups.iter().map(Vec::len).sum();
    if groups.len() < GROUPS || grouped < 2 * groups.len() {
        return None;
    }
    let others: Vec<f64> = evidence
        .facts
        .iter()
        .filter(|other| other.name != fact.name)
        .filter_map(|other| between(other.numbers()?, &groups))
        .collect();
    let alike = others.iter().filter(|share| **share >= BETWEEN).count();
    (others.len() >= NUMBERS && alike * 2 >= others.len()).then_some((
        groups.len() as u64,
        alike,
        others.len(),
    ))
}

fn called_an_id(name: &str) -> bool {
    let name = name.to_lowercase();
    ["id", "no", "nr", "number", "code", "key"]
        .iter()
        .any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

/// Adjusted share of the spread between the groups (ω², Hays 1963); None for a column that does not
/// vary.
fn between(values: &[f64], groups: &[Vec<usize>]) -> Option<f64> {
    let value = |row: &usize| values.get(*row).copied().filter(|value| value.is_finite());
    let all: Vec<f64> = groups.iter().flatten().filter_map(value).collect();
    let rows = all.len() as f64;
    let mean = all.iter().sum::<f64>() / rows.max(1.0);
    let total: f64 = all.iter().map(|value| (value - mean).powi(2)).sum();
    let mut within = 0.0;
    let mut used = 0.0;
    for group in groups {
        let own: Vec<f64> = group.iter().filter_map(value).collect();
        if own.is_empty() {
            continue;
        }
        used += 1.0;
        let mean = own.iter().sum::<f64>() / own.len() as f64;
        within += own.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    }
    if total <= 0.0 || rows <= used + 1.0 {
        return None;
    }
    let noise = within / (rows - used);
    Some((total - within - (used - 1.0) * noise) / (total + noise))
}
