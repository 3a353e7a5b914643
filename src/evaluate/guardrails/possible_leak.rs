//! G2: a column predicts unusually well, or its name speaks of afterwards.

use super::Guardrail;
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::evidence::Evidence;
use crate::evaluate::finding::{Action, Finding};

pub struct PossibleLeak;

impl Guardrail for PossibleLeak {
    fn id(&self) -> &'static str {
        "G2"
    }

    fn name(&self) -> &'static str {
        "Target leak, possible"
    }

    fn checked(&self) -> &'static str {
        "Each column alone predicts the answer with a small cross-validated tree; asks from AUC 0.925 or R² 0.90, and from AUC 0.75 or R² 0.50 where the name speaks of afterwards."
    }

    fn before(&self, evidence: &Evidence<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let (strong, possible, hinted) = if evidence.task.is_classes() {
            (0.9875, 0.925, 0.75)
        } else {
            (0.99, 0.90, 0.50)
        };
        let mut found: Vec<(&str, f64, bool)> = evidence
            .facts
            .iter()
            .filter_map(|fact| {
                let score = fact.alone?;
                let late = speaks_of_afterwards(&fact.name);
                let fires = score >= possible || (late && score >= hinted);
                (fires && score < strong).then_some((fact.name.as_str(), score, late))
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let Some(&(first, score, late)) = found.first() else {
            return Ok(Vec::new());
        };
        let columns: Vec<String> = found
            .iter()
            .map(|(name, _, _)| (*name).to_owned())
            .collect();
        let how = if late {
            "its name speaks of afterwards"
        } else {
            "that is unusually good for one column"
        };
        let others = match columns.len() {
            1 => String::new(),
            2..=4 => format!(
                " So do {}.",
                format::list(columns.get(1..).unwrap_or_default())
            ),
            count => format!(" So do {count} other columns.", count = count - 1),
        };
        let finding = Finding::new(
            ("G2", "possible_leak"),
            Severity::Caution,
            format!(
                "{first} alone predicts {} well ({}), and {how}.{}",
                evidence.target,
                evidence.score_words(score),
                others.replace("So do 1 other columns", "So does another column")
            ),
            "If it is recorded after the outcome, the model learns from the answer.",
            "Ask when it is recorded; leave out what you would not know yet",
        )
        .about(&columns)
        .offering([
            Action::LeaveOut {
                columns: columns.clone(),
            },
            Action::KnownBefore,
            Action::ShowMe {
                column: first.to_owned(),
            },
        ]);
        Ok(vec![finding])
    }
}

/// Words of a name that speak of a time after the outcome.
const AFTERWARDS: &[&str] = &[
    "after", "closed", "outcome", "result", "paid", "final", "resolved", "settled",
];

fn speaks_of_afterwards(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| AFTERWARDS.contains(&word)) || name.contains("end_date")
}
