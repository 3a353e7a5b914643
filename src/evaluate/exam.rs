//! The last exam: what a model and Guessing, fitted on the practice rows, score on the sealed ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cross_validation::{FinalFit, RunResult, RunSpec, fit_final, held_out, scored_together};
use super::metrics::{self, Metric, MetricValue};
use crate::base::{Params, TaskContext, UserError, format};
use crate::data::Table;

/// What came of opening the sealed rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exam {
    /// Sealed rows with an answer that the model knows.
    pub rows: u64,
    /// Sealed rows whose answer is a class that practice never had; no score counts them.
    pub unknown_classes: u64,
    /// Id of the metric to look at first.
    pub metric: String,
    /// Metric id → score of the model.
    pub scores: BTreeMap<String, MetricValue>,
    /// Metric id → score of Guessing.
    pub guessing: BTreeMap<String, MetricValue>,
    /// Metric id → what checking on the practice rows let expect.
    pub expected: BTreeMap<String, MetricValue>,
}

/// The score of the exam beside the interval that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    AsExpected,
    Better,
    Worse,
}

impl Outcome {
    /// One sentence with full stop.
    pub fn words(self) -> &'static str {
        match self {
            Self::AsExpected => "In line with what we expected.",
            Self::Better => "Better than we expected. Some of that is luck: do not count on more.",
            Self::Worse => "Worse than we expected. Trust this score rather than the one before.",
        }
    }
}

impl Exam {
    pub fn metric(&self) -> Option<&'static Metric> {
        metrics::by_id(&self.metric)
    }

    /// None where the score or what was expected of it is not defined.
    pub fn outcome(&self, metric: &Metric) -> Option<Outcome> {
        let score = self.scores.get(metric.id)?.mean;
        let expected = self.expected.get(metric.id)?;
        Some(if (expected.lower..=expected.upper).contains(&score) {
            Outcome::AsExpected
        } else if (score > expected.upper) == metric.higher_is_better {
            Outcome::Better
        } else {
            Outcome::Worse
        })
    }

    /// The score with its interval, what was expected, Guessing's, and the number of rows.
    pub fn sentence(&self, metric: &Metric) -> String {
        let rows = format::counted(self.rows, "row");
        let Some(score) = self.scores.get(metric.id) else {
            return format!(
                "On {rows} never used so far: {} is not defined.",
                metric.name
            );
        };
        let mut text = format!(
            "On {rows} never used so far: {} {}.",
            metric.name,
            shown(score)
        );
        if let Some(outcome) = self.outcome(metric) {
            text.push_str(&format!(" {}", outcome.words()));
        }
        if let Some(expected) = self.expected.get(metric.id) {
            text.push_str(&format!(" Expected: {}.", shown(expected)));
        }
        if let Some(guess) = self.guessing.get(metric.id) {
            let decimals = decimals_of(score);
            text.push_str(&format!(
                " Guessing: {}.",
                format::fixed(guess.mean, decimals)
            ));
        }
        if self.unknown_classes > 0 {
            text.push_str(&format!(
                " Not counted: {} with an answer that practice never had.",
                format::counted(self.unknown_classes, "row")
            ));
        }
        text
    }
}

/// "0.82 (0.80 to 0.84)", with as many decimals as the interval justifies.
pub fn shown(value: &MetricValue) -> String {
    let decimals = decimals_of(value);
    format!(
        "{} ({} to {})",
        format::fixed(value.mean, decimals),
        format::fixed(value.lower, decimals),
        format::fixed(value.upper, decimals)
    )
}

fn decimals_of(value: &MetricValue) -> usize {
    format::decimals_for((value.upper - value.lower) / 2.0)
}

/// Fits what was specified, and Guessing, on the practice rows and scores both on the sealed ones.
/// Both tables are parts of one table as it was read. The intervals are those of
/// [`super::statistics::jackknife`]: what they promise is said there.
pub fn examine(
    practice: &Table,
    sealed: &Table,
    spec: &RunSpec,
    measured: Option<&RunResult>,
    task: &TaskContext,
) -> Result<Exam, UserError> {
    let score = |spec: &RunSpec| {
        task.check()?;
        let fitted = fit_final(practice, spec, &FinalFit::default(), &task.part())?;
        let (held, unknown) = held_out(&fitted, &spec.plan, sealed, &task.part())?;
        let scores = scored_together(&[], &fitted.task, &held, spec.seed, task)?;
        Ok::<_, UserError>((held.rows.len() as u64, unknown, scores, fitted.task))
    };
    let (rows, unknown_classes, scores, kind) = score(spec)?;
    let guessing = RunSpec {
        learner: "guessing".to_owned(),
        params: Params::new(),
        ..spec.clone()
    };
    let metric = match measured {
        Some(measured) => measured.headline.clone(),
        None => metrics::headline(&kind, &[]).id.to_owned(),
    };
    Ok(Exam {
        rows,
        unknown_classes,
        metric,
        scores,
        guessing: score(&guessing)?.2,
        expected: measured.map(|run| run.scores.clone()).unwrap_or_default(),
    })
}
