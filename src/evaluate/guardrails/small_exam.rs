//! G14: too few rows were checked to be sure of the score.

use super::{Guardrail, Outcome};
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::finding::{Action, Finding};

pub struct SmallExam;

impl Guardrail for SmallExam {
    fn id(&self) -> &'static str {
        "G14"
    }

    fn name(&self) -> &'static str {
        "Exam too small"
    }

    fn checked(&self) -> &'static str {
        "Fewer than 100 rows checked, or a 95 % interval wider than the gain over Guessing."
    }

    fn after(&self, outcome: &Outcome<'_>, _: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let (Some(standing), Some(model), Some(metric)) =
            (outcome.standing(), outcome.model(), outcome.metric())
        else {
            return Ok(Vec::new());
        };
        let width = standing.upper - standing.lower;
        let gain = outcome
            .guessing()
            .map(|guess| (standing.mean - guess).abs());
        // A model that does not beat guessing is told so by another guardrail.
        let wide = outcome.comparison.beats_guessing == Some(true)
            && gain.is_some_and(|gain| width > gain);
        if model.rows >= ROWS && !wide {
            return Ok(Vec::new());
        }
        let decimals = format::decimals_for(width / 2.0);
        let finding = Finding::new(
            ("G14", "small_exam"),
            Severity::Caution,
            format!(
                "With {} checked, {} of {} means anything from {} to {}.",
                format::counted(model.rows, "row"),
                metric.name.to_lowercase(),
                format::fixed(standing.mean, decimals),
                format::fixed(standing.lower, decimals),
                format::fixed(standing.upper, decimals)
            ),
            "Differences between models of this size may be luck.",
            "Check several times over, get more rows, or keep to the simplest model",
        );
        Ok(vec![
            finding.offering([Action::Repeat { times: 5 }, Action::Checked]),
        ])
    }
}

const ROWS: u64 = 100;
