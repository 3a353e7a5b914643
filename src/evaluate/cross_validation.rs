//! Cross-validation: every row is predicted once by a model that never saw it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::metrics::{self, MetricValue};
use super::split::{Folds, make_folds};
use super::statistics;
use crate::base::{Issue, Params, TaskContext, UserError, format};
use crate::data::Table;
use crate::learn::{Round, Target, Task};
use crate::pipeline::{self, FitRequest, FittedPipeline, LearningPlan, Prepared, TrainingRecord};

/// What to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    pub plan: LearningPlan,
    /// Id of the learner.
    pub learner: String,
    pub params: Params,
    /// Settings of the preparation that differ from what the learner wants.
    #[serde(default)]
    pub preparation: Params,
    pub folds: usize,
    pub seed: u64,
}

/// One round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldResult {
    /// 0-based.
    pub fold: usize,
    pub folds: usize,
    pub rows_trained: u64,
    pub rows_checked: u64,
    /// Metric id → score on the check rows; metrics not defined for them are left out.
    pub scores: BTreeMap<String, f64>,
    pub fit_seconds: f64,
    pub predict_seconds: f64,
}

/// What happens during a run, as it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEvent {
    Prepared {
        rows: u64,
        task: Task,
    },
    /// 0-based.
    FoldStarted {
        fold: usize,
    },
    /// A learner with rounds (trees, epochs) has come so far in this fold. At most some hundreds per
    /// fold: more points than a curve on a screen has.
    Round {
        fold: usize,
        round: Round,
    },
    FoldDone(FoldResult),
}

/// Rounds of one fold that are told.
const ROUNDS_TOLD: u32 = 200;

/// Whether a round is one of those that are told: evenly spread, with the first and the last.
fn is_told(round: &Round) -> bool {
    let every = round.rounds.div_ceil(ROUNDS_TOLD).max(1);
    round.round == 1 || round.round == round.rounds || round.round.is_multiple_of(every)
}

/// Every row with the prediction of the model that did not see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutOfFold {
    /// Row ids.
    pub rows: Vec<u32>,
    /// Answers, parallel to `rows`.
    #[serde(with = "stored_target")]
    pub truth: Target,
    /// Row-major rows × outputs.
    pub predicted: Vec<f64>,
    pub outputs: usize,
}

/// A cross-validated learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    pub learner: String,
    pub params: Params,
    /// Settings of the preparation that differ from what the learner wants.
    #[serde(default)]
    pub preparation: Params,
    pub task: Task,
    pub folds: Vec<FoldResult>,
    /// Metric id → score. Metrics with fewer than two folds in which they are defined are left out.
    pub scores: BTreeMap<String, MetricValue>,
    pub rows: u64,
    /// Id of the metric to look at first.
    pub headline: String,
    pub out_of_fold: Arc<OutOfFold>,
    pub fit_seconds: f64,
    pub predict_seconds: f64,
    pub issues: Vec<Issue>,
}

impl RunResult {
    /// The headline metric and its value, when it is defined for these rows.
    pub fn headline_score(&self) -> Option<(&'static metrics::Metric, &MetricValue)> {
        let metric = metrics::by_id(&self.headline)?;
        self.scores.get(&self.headline).map(|value| (metric, value))
    }

    /// Mean over the folds of rows checked / rows learned from: what the corrected variance needs.
    pub fn check_share(&self) -> f64 {
        check_share(&self.folds)
    }
}

/// Cross-validates one learner on a raw table.
pub fn cross_validate(
    raw: &Table,
    spec: &RunSpec,
    task: &TaskContext,
    on_event: &mut dyn FnMut(RunEvent),
) -> Result<RunResult, UserError> {
    let prepared = pipeline::prepare(raw, &spec.plan, task)?;
    cross_validate_prepared(&prepared, spec, task, on_event)
}

/// As [`cross_validate`], on a table prepared once for several learners. Runs with the same number
/// of folds and the same seed check the same rows together, so that their scores can be compared
/// fold by fold.
pub fn cross_validate_prepared(
    prepared: &Prepared,
    spec: &RunSpec,
    task: &TaskContext,
    on_event: &mut dyn FnMut(RunEvent),
) -> Result<RunResult, UserError> {
    task.check()?;
    let rows = prepared.eligible_rows();
    let truth = prepared.target_for(&rows);
    let folds = make_folds(&truth, &rows, spec.folds, spec.seed)?;
    on_event(RunEvent::Prepared {
        rows: rows.len() as u64,
        task: prepared.task().clone(),
    });
    let round = Rounds {
        prepared,
        spec,
        rows: &rows,
        truth: &truth,
        folds: &folds,
    };
    let outputs = prepared.task().outputs();
    let mut predicted = vec![0.0; rows.len() * outputs];
    let mut results = Vec::with_capacity(folds.count);
    for fold in 0..folds.count {
        task.check()?;
        task.progress(fold as u64, folds.count as u64, "Checking the model");
        on_event(RunEvent::FoldStarted { fold });
        let result = round.run(fold, &mut predicted, on_event, task)?;
        on_event(RunEvent::FoldDone(result.clone()));
        results.push(result);
    }
    task.progress(folds.count as u64, folds.count as u64, "Checking the model");
    let counts = class_counts(&truth);
    Ok(RunResult {
        learner: spec.learner.clone(),
        params: spec.params.clone(),
        preparation: spec.preparation.clone(),
        task: prepared.task().clone(),
        scores: summarise(&results, prepared.task()),
        rows: rows.len() as u64,
        headline: metrics::headline(prepared.task(), &counts).id.to_owned(),
        fit_seconds: results.iter().map(|result| result.fit_seconds).sum(),
        predict_seconds: results.iter().map(|result| result.predict_seconds).sum(),
        folds: results,
        out_of_fold: Arc::new(OutOfFold {
            rows,
            truth,
            predicted,
            outputs,
        }),
        issues: folds.issues,
    })
}

/// What every round of one run shares.
struct Rounds<'a> {
    prepared: &'a Prepared,
    spec: &'a RunSpec,
    rows: &'a [u32],
    truth: &'a Target,
    folds: &'a Folds,
}

impl Rounds<'_> {
    fn run(
        &self,
        fold: usize,
        predicted: &mut [f64],
        on_event: &mut dyn FnMut(RunEvent),
        task: &TaskContext,
    ) -> Result<FoldResult, UserError> {
        let train = self.folds.train(fold);
        let check = self.folds.check(fold);
        let ids = |positions: &[usize]| -> Vec<u32> {
            positions
                .iter()
                .filter_map(|&position| self.rows.get(position).copied())
                .collect()
        };
        let started = Instant::now();
        let fitted = self.fit(fold, &ids(&train), on_event, task)?;
        let fit_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let values = fitted.predict_rows(&ids(&check), &task.part())?;
        let predict_seconds = started.elapsed().as_secs_f64();
        let outputs = self.prepared.task().outputs();
        if values.len() != check.len() * outputs {
            return Err(UserError::failed(
                "prediction_shape",
                "The model did not predict every row",
                format!(
                    "{} values for {} rows of {outputs}",
                    values.len(),
                    check.len()
                ),
            ));
        }
        for (&position, row) in check.iter().zip(values.chunks_exact(outputs.max(1))) {
            if let Some(place) = predicted.get_mut(position * outputs..(position + 1) * outputs) {
                place.copy_from_slice(row);
            }
        }
        Ok(FoldResult {
            fold,
            folds: self.folds.count,
            rows_trained: train.len() as u64,
            rows_checked: check.len() as u64,
            scores: score(self.prepared.task(), &self.truth.rows(&check), &values),
            fit_seconds,
            predict_seconds,
        })
    }
}

impl Rounds<'_> {
    /// Fits on the rows of a fold and tells of the learner's rounds.
    fn fit(
        &self,
        fold: usize,
        rows: &[u32],
        on_event: &mut dyn FnMut(RunEvent),
        task: &TaskContext,
    ) -> Result<pipeline::Fitted, UserError> {
        let on_event = RefCell::new(on_event);
        let tell = |round| (on_event.borrow_mut())(RunEvent::Round { fold, round });
        // A learner that stops early ends on a round that would not be told.
        let untold: Cell<Option<Round>> = Cell::new(None);
        let on_round = |round: Round| {
            if is_told(&round) {
                untold.set(None);
                tell(round);
            } else {
                untold.set(Some(round));
            }
        };
        let request = FitRequest {
            learner: &self.spec.learner,
            params: &self.spec.params,
            preparation: &self.spec.preparation,
            rows,
            seed: self.spec.seed,
            on_round: Some(&on_round),
        };
        let fitted = pipeline::fit(self.prepared, &request, &task.part())?;
        if let Some(round) = untold.get() {
            tell(round);
        }
        Ok(fitted)
    }
}

/// Every metric of the task that is defined and finite for these rows.
pub fn score(task: &Task, truth: &Target, predicted: &[f64]) -> BTreeMap<String, f64> {
    metrics::for_task(task)
        .filter_map(|metric| {
            let value = (metric.compute)(truth, predicted, task.outputs())?;
            value.is_finite().then(|| (metric.id.to_owned(), value))
        })
        .collect()
}

fn class_counts(truth: &Target) -> Vec<u64> {
    match truth {
        Target::Numbers(_) => Vec::new(),
        Target::Classes { codes, count } => {
            let mut counts = vec![0u64; *count];
            for &code in codes {
                if let Some(count) = counts.get_mut(code as usize) {
                    *count += 1;
                }
            }
            counts
        }
    }
}

fn check_share(folds: &[FoldResult]) -> f64 {
    let shares = folds
        .iter()
        .map(|fold| fold.rows_checked as f64 / fold.rows_trained.max(1) as f64);
    shares.sum::<f64>() / folds.len().max(1) as f64
}

fn summarise(folds: &[FoldResult], task: &Task) -> BTreeMap<String, MetricValue> {
    let share = check_share(folds);
    metrics::for_task(task)
        .filter_map(|metric| {
            let values: Vec<f64> = folds
                .iter()
                .filter_map(|fold| fold.scores.get(metric.id).copied())
                .collect();
            let (mean, margin) = statistics::corrected_interval(&values, share)?;
            // Errors of targets near the largest number overflow: no score is better than "∞".
            if !mean.is_finite() || !margin.is_finite() {
                return None;
            }
            Some((
                metric.id.to_owned(),
                MetricValue {
                    mean,
                    lower: (mean - margin).max(metric.range.0),
                    upper: (mean + margin).min(metric.range.1),
                    folds: values,
                },
            ))
        })
        .collect()
}

/// What a final fit writes into the model besides what the run says.
#[derive(Clone, Copy, Debug, Default)]
pub struct FinalFit<'a> {
    pub source_name: &'a str,
    /// Seconds since 1970-01-01 UTC.
    pub trained_at: u64,
    /// The cross-validated run of the same specification.
    pub measured: Option<&'a RunResult>,
    /// The cross-validated run of Guessing.
    pub guessing: Option<&'a RunResult>,
}

/// Fits on every row that has an answer and fills in the training record.
pub fn fit_final(
    raw: &Table,
    spec: &RunSpec,
    about: &FinalFit<'_>,
    task: &TaskContext,
) -> Result<FittedPipeline, UserError> {
    let prepared = pipeline::prepare(raw, &spec.plan, task)?;
    let rows = prepared.eligible_rows();
    let request = FitRequest {
        learner: &spec.learner,
        params: &spec.params,
        preparation: &spec.preparation,
        rows: &rows,
        seed: spec.seed,
        on_round: None,
    };
    let mut pipeline = pipeline::fit(&prepared, &request, task)?.pipeline;
    pipeline.record = TrainingRecord {
        preparation: std::mem::take(&mut pipeline.record.preparation),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        source_name: about.source_name.to_owned(),
        data_fingerprint: raw.fingerprint().to_string(),
        rows: rows.len() as u64,
        seed: spec.seed,
        trained_at: about.trained_at,
        scores: about.measured.map(recorded_scores).unwrap_or_default(),
        baseline: about.guessing.map(recorded_means).unwrap_or_default(),
    };
    Ok(pipeline)
}

fn recorded_scores(run: &RunResult) -> BTreeMap<String, [f64; 3]> {
    run.scores
        .iter()
        .map(|(id, value)| (id.clone(), [value.mean, value.lower, value.upper]))
        .collect()
}

fn recorded_means(run: &RunResult) -> BTreeMap<String, f64> {
    run.scores
        .iter()
        .map(|(id, value)| (id.clone(), value.mean))
        .collect()
}

/// How a finished model does on rows kept apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldoutResult {
    /// Rows with an answer the model knows.
    pub rows: u64,
    /// Rows whose answer is a class the model never saw; no score counts them.
    pub unknown_classes: u64,
    pub scores: BTreeMap<String, f64>,
}

/// Scores a finished model on a separate raw table that holds the target, or what the recipe makes
/// it from. `plan`: what the model was trained by; a model keeps only the steps it needs to
/// predict, and the answers may need others. Steps that drop rows drop them here too.
pub fn validate_holdout(
    fitted: &FittedPipeline,
    plan: &LearningPlan,
    test: &Table,
    task: &TaskContext,
) -> Result<HoldoutResult, UserError> {
    let prepared = pipeline::prepare(test, plan, task)?;
    let rows = prepared.eligible_rows();
    let (kept, truth) =
        in_trained_terms(&prepared.target_for(&rows), prepared.task(), &fitted.task)?;
    let predictions = fitted.predict_table(test, task)?;
    let places: BTreeMap<u32, usize> = (0..test.rows())
        .map(|place| (test.row_id(place), place))
        .collect();
    let outputs = fitted.task.outputs();
    let mut values = Vec::with_capacity(kept.len() * outputs);
    for &position in &kept {
        let row = rows.get(position).and_then(|id| places.get(id)).copied();
        let predicted =
            row.and_then(|row| predictions.values.get(row * outputs..(row + 1) * outputs));
        values.extend_from_slice(predicted.ok_or_else(|| {
            UserError::failed(
                "prediction_shape",
                "The model did not predict every row",
                format!("{} predictions for {} rows", predictions.rows, test.rows()),
            )
        })?);
    }
    if kept.is_empty() {
        return Err(UserError::input(
            "no_answers",
            format!(
                "No row of the test table has an answer in {}",
                fitted.target
            ),
            format!(
                "{} with an answer, none of them one the model knows",
                format::counted(rows.len() as u64, "row")
            ),
        )
        .with_hint("Choose a table that holds the target"));
    }
    Ok(HoldoutResult {
        rows: kept.len() as u64,
        unknown_classes: (rows.len() - kept.len()) as u64,
        scores: score(&fitted.task, &truth, &values),
    })
}

/// Positions whose answer the model knows, and those answers as the model numbers them.
fn in_trained_terms(
    answers: &Target,
    found: &Task,
    trained: &Task,
) -> Result<(Vec<usize>, Target), UserError> {
    match (answers, found, trained) {
        (Target::Numbers(values), _, Task::Number) => {
            Ok(((0..values.len()).collect(), answers.clone()))
        }
        (
            Target::Classes { codes, .. },
            Task::Classes { names },
            Task::Classes { names: known },
        ) => {
            let place = |code: &u32| {
                let name = names.get(*code as usize)?;
                known.iter().position(|class| class == name)
            };
            let (kept, codes) = codes
                .iter()
                .enumerate()
                .filter_map(|(position, code)| Some((position, place(code)? as u32)))
                .unzip();
            let count = known.len();
            Ok((kept, Target::Classes { codes, count }))
        }
        _ => {
            let word = |task: &Task| {
                if task.is_classes() {
                    "classes"
                } else {
                    "numbers"
                }
            };
            Err(UserError::input(
                "wrong_target_kind",
                "The target of the test table is of another kind",
                format!(
                    "The model was trained to predict {}, and this holds {}",
                    word(trained),
                    word(found)
                ),
            ))
        }
    }
}

/// Targets as stored in a project.
mod stored_target {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::learn::Target;

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Stored {
        Classes { codes: Vec<u32>, count: usize },
        Numbers(Vec<f64>),
    }

    pub fn serialize<S: Serializer>(target: &Target, serializer: S) -> Result<S::Ok, S::Error> {
        match target {
            Target::Classes { codes, count } => Stored::Classes {
                codes: codes.clone(),
                count: *count,
            },
            Target::Numbers(values) => Stored::Numbers(values.clone()),
        }
        .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Target, D::Error> {
        match Stored::deserialize(deserializer)? {
            Stored::Classes { codes, count }
                if codes.iter().any(|&code| code as usize >= count) =>
            {
                Err(serde::de::Error::custom("a class index is out of range"))
            }
            Stored::Classes { codes, count } => Ok(Target::Classes { codes, count }),
            Stored::Numbers(values) => Ok(Target::Numbers(values)),
        }
    }
}
