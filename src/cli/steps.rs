//! What the steps of a recipe did, for `run` and `train`.

use serde_json::{Value, json};

use crate::base::UserError;
use crate::clean::recipe::StepStatus;
use crate::clean::{self, RecipeRun, Step};

/// The steps as output and as lines, and the first that could not run.
pub struct Told {
    pub json: Vec<Value>,
    /// One line per step, each after a line break.
    pub text: String,
    pub failure: Option<UserError>,
}

pub fn tell(steps: &[Step], run: &RecipeRun) -> Told {
    let mut told = Told {
        json: Vec::new(),
        text: String::new(),
        failure: None,
    };
    for (step, outcome) in steps.iter().zip(&run.outcomes) {
        let sentence = clean::by_id(&step.operation).map_or_else(
            |_| step.operation.clone(),
            |operation| clean::plain(&operation.sentence(&step.params)),
        );
        let (status, remark) = match &outcome.status {
            StepStatus::Done => ("done", outcome.note.clone()),
            StepStatus::Off => ("off", "switched off".to_owned()),
            StepStatus::NotRun => ("not_run", "not run".to_owned()),
            StepStatus::NeedsAttention(error) => {
                told.failure.get_or_insert_with(|| error.clone());
                ("needs_attention", format!("left out: {error}"))
            }
        };
        let gap = if remark.is_empty() { "" } else { "  " };
        told.text.push_str(&format!("\n  {sentence}{gap}{remark}"));
        told.json.push(json!({
            "operation": step.operation,
            "params": step.params,
            "sentence": sentence,
            "status": status,
            "rows_before": outcome.rows_before,
            "rows_after": outcome.rows_after,
            "cells_changed": outcome.cells_changed,
            "learned": outcome.learned,
            "note": remark,
        }));
    }
    told
}
