//! Rows kept for one last exam, for `train`, `tune` and `run`.

use serde_json::{Value, json};

use super::console::Context;
use crate::base::{UserError, format};
use crate::clean::Step;
use crate::data::Table;
use crate::evaluate::{Exam, RunSpec, Seal, Sealed, SplitPlan, examine, seal};
use crate::evaluate::{RunResult, exam};
use crate::project::{TableRecipe, places};

/// A table in two parts.
pub struct Kept {
    seal: Option<Seal>,
    sealed: Option<Sealed>,
    /// What is learned from and checked: all rows where none are sealed.
    pub practice: Table,
}

/// The seal that goes with a request: that of the project where it is about the same target.
pub fn seal_for(target: &str, seed: u64, split: &SplitPlan, recipe: Option<&TableRecipe>) -> Seal {
    let kept = recipe.and_then(|recipe| recipe.model.seal.clone());
    let mut seal = kept
        .filter(|seal| seal.answer == target)
        .unwrap_or_else(|| Seal::new(target, seed, split));
    // Groups must be whole whatever the project said.
    if *split != SplitPlan::default() {
        seal.rule = seal::SealRule::of(split);
    }
    seal
}

/// Keeps the sealed rows apart; `seal`: None seals none.
pub fn keep_apart(
    table: &Table,
    steps: &[Step],
    seal: Option<Seal>,
    context: &Context,
) -> Result<Kept, UserError> {
    let Some(made) = &seal else {
        return Ok(Kept {
            seal: None,
            sealed: None,
            practice: table.clone(),
        });
    };
    let sealed = seal::divide(table, steps, made, &context.task.part())?;
    Ok(Kept {
        practice: sealed.practice(table)?,
        sealed: Some(sealed),
        seal,
    })
}

impl Kept {
    /// Sealed rows with an answer.
    pub fn count(&self) -> u64 {
        self.sealed.as_ref().map_or(0, |sealed| sealed.sealed)
    }

    /// Fails where there is nothing to open.
    pub fn must_be_sealed(&self) -> Result<(), UserError> {
        if self.count() > 0 {
            return Ok(());
        }
        let why = self.sealed.as_ref().map(Sealed::sentence);
        Err(UserError::input(
            "nothing_sealed",
            "There are no sealed rows to open",
            why.unwrap_or_default(),
        )
        .with_hint("Train without --open-seal"))
    }

    /// Which rows a model is fitted on at last: "all rows", "the 800 practice rows".
    pub fn fitted_on(&self, opened: bool) -> String {
        match self.count() {
            0 => "all rows".to_owned(),
            _ if opened => "all rows".to_owned(),
            _ => format!(
                "the {} that are not sealed",
                format::counted(self.practice.rows() as u64, "row")
            ),
        }
    }

    /// What is sealed, one sentence.
    pub fn sentence(&self) -> String {
        match (&self.sealed, &self.seal) {
            (Some(sealed), Some(seal)) if !sealed.is_empty() => format!(
                "{} ({}). --open-seal opens them, once",
                sealed.sentence().trim_end_matches('.'),
                seal.rule.words()
            ),
            (Some(sealed), _) => sealed.sentence().trim_end_matches('.').to_owned(),
            _ => "No rows are sealed: every row is practised on and checked".to_owned(),
        }
    }

    pub fn to_json(&self) -> Value {
        let (Some(sealed), Some(seal)) = (&self.sealed, &self.seal) else {
            return Value::Null;
        };
        json!({
            "share": seal.share,
            "seed": seal.seed,
            "rule": seal.rule,
            "rows": sealed.answered,
            "sealed": sealed.sealed,
            "nothing_sealed_because": sealed.none,
        })
    }

    /// Scores one model, and Guessing, on the sealed rows of the table that was kept apart.
    pub fn open(
        &self,
        table: &Table,
        spec: &RunSpec,
        measured: Option<&RunResult>,
        context: &Context,
    ) -> Result<Opened, UserError> {
        self.must_be_sealed()?;
        let rows = match &self.sealed {
            Some(sealed) => sealed.exam(table)?,
            None => table.clone(),
        };
        context.task.progress(0, 0, "Opening the sealed rows");
        Ok(Opened {
            learner: spec.learner.clone(),
            exam: examine(&self.practice, &rows, spec, measured, &context.task.part())?,
        })
    }
}

/// Sealed rows that were opened.
pub struct Opened {
    pub learner: String,
    pub exam: Exam,
}

impl Opened {
    pub fn to_text(&self) -> String {
        let name = super::training::name_of(&self.learner);
        match self.exam.metric() {
            Some(metric) => format!("{name}, sealed rows opened. {}", self.exam.sentence(metric)),
            None => name,
        }
    }

    pub fn to_json(&self) -> Value {
        let exam = &self.exam;
        let score = exam.scores.get(&exam.metric);
        let outcome = exam.metric().and_then(|metric| exam.outcome(metric));
        json!({
            "learner": self.learner,
            "opened_at": places::now(),
            "by": places::user_name(),
            "rows": exam.rows,
            "unknown_classes": exam.unknown_classes,
            "metric": exam.metric,
            "score": score,
            "guessing": exam.guessing.get(&exam.metric),
            "expected": exam.expected.get(&exam.metric),
            "outcome": outcome.map(exam::Outcome::words),
            "scores": exam.scores,
        })
    }
}
