//! G22: the model does much better on the rows it learned from.

use super::{Guardrail, Outcome};
use crate::base::{Severity, TaskContext, UserError, format};
use crate::evaluate::cross_validation::RunResult;
use crate::evaluate::finding::{Action, Finding};
use crate::evaluate::metrics::Metric;

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
        let Some(gap) = Gap::between(metric, practice, standing.mean) else {
            return Ok(Vec::new());
        };
        let finding = Finding::new(
            ("G22", "overfitting"),
            gap.severity,
            gap.saw,
            "The model has learned part of its practice rows by heart; only the second figure counts.",
            "Try a simpler model, or settings that hold it back",
        );
        let held = outcome.model().map(held_back).unwrap_or_default();
        Ok(vec![finding.offering(held).offering([Action::Checked])])
    }
}

/// How much better a model does on the rows it learned from.
pub struct Gap {
    pub severity: Severity,
    pub saw: String,
}

impl Gap {
    /// None where it is small.
    pub fn between(metric: &Metric, practice: f64, checked: f64) -> Option<Self> {
        let lost = if metric.higher_is_better {
            practice - checked
        } else {
            checked - practice
        };
        let share = lost / practice.abs().max(checked.abs()).max(f64::MIN_POSITIVE);
        if share <= NOTE {
            return None;
        }
        Some(Self {
            severity: match share >= CAUTION {
                true => Severity::Caution,
                false => Severity::Note,
            },
            saw: format!(
                "{} is {} on the rows learned from and {} on the others.",
                metric.name,
                format::number(practice, 3),
                format::number(checked, 3)
            ),
        })
    }
}

/// Buttons that hold the learner of a result back, from the settings it was checked with.
pub fn held_back(result: &RunResult) -> Vec<Action> {
    let Ok(learner) = crate::learn::by_id(&result.learner) else {
        return Vec::new();
    };
    let held = learner.hold_back().iter().filter_map(|change| {
        Some(Action::HoldBack {
            learner: result.learner.clone(),
            key: change.key.to_owned(),
            value: change.value(learner.params(), &result.params)?,
            earlier: change.earlier,
        })
    });
    // One button of each kind: more would be a form.
    let mut simpler: Vec<Action> = held.collect();
    let mut seen = Vec::new();
    simpler.retain(|action| {
        let new = !seen.contains(&action.label());
        seen.push(action.label());
        new
    });
    simpler
}

const NOTE: f64 = 0.10;
const CAUTION: f64 = 0.30;
