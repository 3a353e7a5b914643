//! G21: an almost perfect score.

use super::{Guardrail, Outcome};
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::finding::{Action, Finding};

pub struct TooGood;

impl Guardrail for TooGood {
    fn id(&self) -> &'static str {
        "G21"
    }

    fn name(&self) -> &'static str {
        "Too good to be true"
    }

    fn checked(&self) -> &'static str {
        "A share right, AUC or R² above 0.99 on more than 200 rows."
    }

    fn after(&self, outcome: &Outcome<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let Some(model) = outcome.model() else {
            return Ok(Vec::new());
        };
        let best = WATCHED
            .iter()
            .filter_map(|id| Some((*id, model.scores.get(*id)?.mean)))
            .find(|(_, mean)| *mean > LIMIT);
        let Some((id, mean)) = best.filter(|_| model.rows > ROWS) else {
            return Ok(Vec::new());
        };
        let name = crate::evaluate::metrics::by_id(id).map_or(id, |metric| metric.name);
        let learner =
            crate::learn::by_id(&model.learner).map_or("The model", |learner| learner.name());
        let finding = Finding::new(
            ("G21", "too_good"),
            Severity::Caution,
            format!(
                "{learner} is almost perfect: {} of {} on {}.",
                name.to_lowercase(),
                // Cut rather than rounded, so that only 1 is written as 1.
                format::fixed((mean * 10_000.0).floor() / 10_000.0, 4),
                format::counted(model.rows, "row")
            ),
            "In practice this nearly always means that a column gives the answer away.",
            "Look at which columns it uses, and ask when each is recorded",
        );
        Ok(vec![
            finding.offering([Action::CheckColumns, Action::Checked]),
        ])
    }
}

const LIMIT: f64 = 0.99;
const ROWS: u64 = 200;
/// Scores in which 1 is perfect.
const WATCHED: &[&str] = &["balanced_accuracy", "auc", "r_squared"];
