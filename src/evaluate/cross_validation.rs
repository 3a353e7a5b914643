//! Cross-validation: rows are predicted by a model that never saw them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::metrics::{self, MetricValue, NotDefined, Scored};
use super::split::{Folds, NEVER, SplitPlan, split_prepared};
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
    /// Parts, for the ways of dividing rows that take a number of them.
    pub folds: usize,
    pub seed: u64,
    #[serde(default)]
    pub split: SplitPlan,
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
    /// Metric id → why it is not defined for these rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_defined: BTreeMap<String, String>,
    /// Metric id → score on rows learned from, some thousands of them at most. Empty in the later of
    /// very many rounds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub practice: BTreeMap<String, f64>,
    pub fit_seconds: f64,
    pub predict_seconds: f64,
}

/// Rows learned from that are asked about again, evenly spread.
const PRACTICE_ROWS: usize = 2_000;
/// Rounds in which they are.
const PRACTICE_ROUNDS: usize = 50;

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

/// At most [`PRACTICE_ROWS`] of the positions, in their order.
fn evenly(positions: &[usize]) -> Vec<usize> {
    if positions.len() <= PRACTICE_ROWS {
        return positions.to_vec();
    }
    (0..PRACTICE_ROWS)
        .filter_map(|place| positions.get(place * positions.len() / PRACTICE_ROWS))
        .copied()
        .collect()
}

/// Rounds of one fold that are told.
const ROUNDS_TOLD: u32 = 200;

/// Whether a round is one of those that are told: evenly spread, with the first and the last.
fn is_told(round: &Round) -> bool {
    let every = round.rounds.div_ceil(ROUNDS_TOLD).max(1);
    round.round == 1 || round.round == round.rounds || round.round.is_multiple_of(every)
}

/// Every checked row with the prediction of the model that did not see it: of the first one, where
/// rows are checked several times. (The mean over the repeats would be the answer of several models
/// together, which is better than any of those that are judged.)
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
    /// Metric id → why it is left out of `scores`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_defined: BTreeMap<String, String>,
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

    /// Mean over the folds of a score on rows learned from.
    pub fn practice(&self, metric: &str) -> Option<f64> {
        let told = self
            .folds
            .iter()
            .filter_map(|fold| fold.practice.get(metric).copied());
        let values: Vec<f64> = told.filter(|value| value.is_finite()).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
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

/// As [`cross_validate`], on a table prepared once for several learners. Runs that divide the rows
/// in the same way with the same seed check the same rows together, so that their scores can be
/// compared fold by fold.
pub fn cross_validate_prepared(
    prepared: &Prepared,
    spec: &RunSpec,
    task: &TaskContext,
    on_event: &mut dyn FnMut(RunEvent),
) -> Result<RunResult, UserError> {
    task.check()?;
    let rows = prepared.eligible_rows();
    let truth = prepared.target_for(&rows);
    let folds = split_prepared(prepared, &spec.split, spec.folds, spec.seed, task)?;
    on_event(RunEvent::Prepared {
        rows: rows.len() as u64,
        task: prepared.task().clone(),
    });
    let mut rounds = Rounds::new(prepared, spec, &rows, &truth, &folds);
    for fold in 0..folds.count {
        task.check()?;
        task.progress(fold as u64, folds.count as u64, "Checking the model");
        on_event(RunEvent::FoldStarted { fold });
        rounds.run(fold, &folds.train(fold), on_event, task)?;
        if let Some(result) = rounds.results.last() {
            on_event(RunEvent::FoldDone(result.clone()));
        }
    }
    task.progress(folds.count as u64, folds.count as u64, "Checking the model");
    let counts = class_counts(&truth);
    let Finished {
        rounds: results,
        scores,
        held,
    } = rounds.finish(task)?;
    Ok(RunResult {
        learner: spec.learner.clone(),
        params: spec.params.clone(),
        preparation: spec.preparation.clone(),
        task: prepared.task().clone(),
        not_defined: left_out(prepared.task(), &scores, &results, &held),
        scores,
        rows: rows.len() as u64,
        headline: metrics::headline(prepared.task(), &counts).id.to_owned(),
        fit_seconds: results.iter().map(|result| result.fit_seconds).sum(),
        predict_seconds: results.iter().map(|result| result.predict_seconds).sum(),
        folds: results,
        out_of_fold: Arc::new(held),
        issues: folds.issues,
    })
}

/// The rounds of one run, as far as they are done.
pub(super) struct Rounds<'a> {
    prepared: &'a Prepared,
    spec: &'a RunSpec,
    rows: &'a [u32],
    truth: &'a Target,
    folds: &'a Folds,
    predicted: Vec<f64>,
    results: Vec<FoldResult>,
}

/// What came of all rounds.
pub(super) struct Finished {
    pub(super) rounds: Vec<FoldResult>,
    pub(super) scores: BTreeMap<String, MetricValue>,
    pub(super) held: OutOfFold,
}

impl<'a> Rounds<'a> {
    /// `rows` and their answers are those that were divided.
    pub(super) fn new(
        prepared: &'a Prepared,
        spec: &'a RunSpec,
        rows: &'a [u32],
        truth: &'a Target,
        folds: &'a Folds,
    ) -> Self {
        Self {
            prepared,
            spec,
            rows,
            truth,
            folds,
            predicted: vec![0.0; rows.len() * prepared.task().outputs()],
            results: Vec::with_capacity(folds.count),
        }
    }

    /// Learns from the rows at these positions and checks the rows of the round.
    pub(super) fn run(
        &mut self,
        fold: usize,
        train: &[usize],
        on_event: &mut dyn FnMut(RunEvent),
        task: &TaskContext,
    ) -> Result<pipeline::Fitted, UserError> {
        let check = self.folds.check(fold);
        let started = Instant::now();
        let fitted = self.fit(fold, &self.ids(train), on_event, task)?;
        let fit_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let values = fitted.predict_rows(&self.ids(&check), &task.part())?;
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
        let first = self.folds.repeat_of(fold) == 0;
        for (&position, row) in check
            .iter()
            .zip(values.chunks_exact(outputs.max(1)))
            .filter(|_| first)
        {
            if let Some(place) = self
                .predicted
                .get_mut(position * outputs..(position + 1) * outputs)
            {
                place.copy_from_slice(row);
            }
        }
        let (scores, not_defined) =
            scores_and_reasons(self.prepared.task(), &self.truth.rows(&check), &values);
        let practice = match fold < PRACTICE_ROUNDS {
            true => self.scores_of(&fitted, &evenly(train), task)?,
            false => BTreeMap::new(),
        };
        self.results.push(FoldResult {
            practice,
            fold,
            folds: self.folds.count,
            rows_trained: train.len() as u64,
            rows_checked: check.len() as u64,
            scores,
            not_defined,
            fit_seconds,
            predict_seconds,
        });
        Ok(fitted)
    }

    fn ids(&self, positions: &[usize]) -> Vec<u32> {
        positions
            .iter()
            .filter_map(|&position| self.rows.get(position).copied())
            .collect()
    }

    /// How a fitted model does on the rows at these positions.
    pub(super) fn scores_of(
        &self,
        fitted: &pipeline::Fitted,
        positions: &[usize],
        task: &TaskContext,
    ) -> Result<BTreeMap<String, f64>, UserError> {
        let values = fitted.predict_rows(&self.ids(positions), &task.part())?;
        Ok(score(
            self.prepared.task(),
            &self.truth.rows(positions),
            &values,
        ))
    }

    /// The scores over all rounds.
    pub(super) fn finish(self, task: &TaskContext) -> Result<Finished, UserError> {
        let kind = self.prepared.task();
        let held = checked_rows(
            self.folds,
            self.rows,
            self.truth,
            self.predicted,
            kind.outputs(),
        );
        let scores = if self.folds.pooled {
            scored_together(&self.results, kind, &held, self.spec.seed, task)?
        } else {
            summarise(&self.results, kind)
        };
        Ok(Finished {
            rounds: self.results,
            scores,
            held,
        })
    }

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

/// Every metric of the task that is defined for these rows.
pub fn score(task: &Task, truth: &Target, predicted: &[f64]) -> BTreeMap<String, f64> {
    scores_and_reasons(task, truth, predicted).0
}

/// Metric id → score, and metric id → why it has none.
fn scores_and_reasons(
    task: &Task,
    truth: &Target,
    predicted: &[f64],
) -> (BTreeMap<String, f64>, BTreeMap<String, String>) {
    let scored = Scored::new(truth, predicted, task.outputs());
    let (mut scores, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    for metric in metrics::for_task(task) {
        match metric.score(&scored) {
            Ok(value) => {
                scores.insert(metric.id.to_owned(), value);
            }
            Err(NotDefined(why)) => {
                reasons.insert(metric.id.to_owned(), why.to_owned());
            }
        }
    }
    (scores, reasons)
}

/// The rows that were checked, with the predictions of the first time.
fn checked_rows(
    folds: &Folds,
    rows: &[u32],
    truth: &Target,
    predicted: Vec<f64>,
    outputs: usize,
) -> OutOfFold {
    if !folds.assignment.contains(&NEVER) {
        return OutOfFold {
            rows: rows.to_vec(),
            truth: truth.clone(),
            predicted,
            outputs,
        };
    }
    let checked: Vec<usize> = folds
        .assignment
        .iter()
        .enumerate()
        .filter(|(_, part)| **part != NEVER)
        .map(|(position, _)| position)
        .collect();
    OutOfFold {
        rows: checked
            .iter()
            .filter_map(|&position| rows.get(position).copied())
            .collect(),
        truth: truth.rows(&checked),
        predicted: checked
            .iter()
            .filter_map(|&at| predicted.get(at * outputs..(at + 1) * outputs))
            .flatten()
            .copied()
            .collect(),
        outputs,
    }
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
                value_in_range(metric, mean, margin, values, Vec::new()),
            ))
        })
        .collect()
}

fn value_in_range(
    metric: &metrics::Metric,
    mean: f64,
    margin: f64,
    folds: Vec<f64>,
    blocks: Vec<f64>,
) -> MetricValue {
    MetricValue {
        mean,
        lower: (mean - margin).max(metric.range.0),
        upper: (mean + margin).min(metric.range.1),
        folds,
        blocks,
    }
}

/// Scores of all checked rows together, with the interval of [`statistics::jackknife`] over blocks
/// of them. The blocks depend on the seed and the number of rows only, so that two learners can be
/// compared block by block.
pub(super) fn scored_together(
    folds: &[FoldResult],
    task: &Task,
    held: &OutOfFold,
    seed: u64,
    context: &TaskContext,
) -> Result<BTreeMap<String, MetricValue>, UserError> {
    let whole = score(task, &held.truth, &held.predicted);
    let blocks = statistics::blocks(held.rows.len(), seed);
    let count = blocks.iter().max().map_or(0, |most| most + 1);
    let mut without = Vec::with_capacity(count);
    for block in 0..count {
        context.check()?;
        let kept: Vec<usize> = blocks
            .iter()
            .enumerate()
            .filter(|(_, of)| **of != block)
            .map(|(row, _)| row)
            .collect();
        let predicted: Vec<f64> = kept
            .iter()
            .filter_map(|&row| {
                held.predicted
                    .get(row * held.outputs..(row + 1) * held.outputs)
            })
            .flatten()
            .copied()
            .collect();
        without.push(score(task, &held.truth.rows(&kept), &predicted));
    }
    let values = metrics::for_task(task).filter_map(|metric| {
        let mean = *whole.get(metric.id)?;
        let left: Option<Vec<f64>> = without
            .iter()
            .map(|scores| scores.get(metric.id).copied())
            .collect();
        let (margin, blocks) = statistics::jackknife(mean, &left?)?;
        let by_round = folds
            .iter()
            .filter_map(|fold| fold.scores.get(metric.id).copied())
            .collect();
        margin.is_finite().then(|| {
            (
                metric.id.to_owned(),
                value_in_range(metric, mean, margin, by_round, blocks),
            )
        })
    });
    Ok(values.collect())
}

/// Why metrics of the task have no value.
fn left_out(
    task: &Task,
    scores: &BTreeMap<String, MetricValue>,
    folds: &[FoldResult],
    held: &OutOfFold,
) -> BTreeMap<String, String> {
    let missing: Vec<_> = metrics::for_task(task)
        .filter(|metric| !scores.contains_key(metric.id))
        .collect();
    if missing.is_empty() {
        return BTreeMap::new();
    }
    let (_, together) = scores_and_reasons(task, &held.truth, &held.predicted);
    missing
        .into_iter()
        .map(|metric| {
            let reason = together.get(metric.id).or_else(|| {
                folds
                    .iter()
                    .find_map(|fold| fold.not_defined.get(metric.id))
            });
            let reason = reason.map_or("Too few rows to say how sure it is", String::as_str);
            (metric.id.to_owned(), reason.to_owned())
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
    /// Sealed rows that are not among those given; 0 where all rows are learned from.
    pub sealed: u64,
    /// Times the sealed rows had been opened before the run.
    pub after_openings: u32,
    /// The moment of prediction that was said.
    pub moment: Option<&'a str>,
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
        sealed: about.sealed,
        after_openings: about.after_openings,
        moment: about.moment.map(str::to_owned),
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
    let (held, unknown_classes) = held_out(fitted, plan, test, task)?;
    Ok(HoldoutResult {
        rows: held.rows.len() as u64,
        unknown_classes,
        scores: score(&fitted.task, &held.truth, &held.predicted),
    })
}

/// Answers and predictions of rows kept apart, and how many have an answer that the model does not
/// know. Fails where none has one it knows.
pub(super) fn held_out(
    fitted: &FittedPipeline,
    plan: &LearningPlan,
    test: &Table,
    task: &TaskContext,
) -> Result<(OutOfFold, u64), UserError> {
    let prepared = pipeline::prepare(test, plan, task)?;
    let rows = prepared.eligible_rows();
    let (kept, truth) =
        in_trained_terms(&prepared.target_for(&rows), prepared.task(), &fitted.task)?;
    let predictions = fitted.predict_table(test, task)?;
    let places: BTreeMap<u32, usize> = (0..test.rows())
        .map(|place| (test.row_id(place), place))
        .collect();
    let outputs = fitted.task.outputs();
    let mut predicted = Vec::with_capacity(kept.len() * outputs);
    for &position in &kept {
        let row = rows.get(position).and_then(|id| places.get(id)).copied();
        let found = row.and_then(|row| predictions.values.get(row * outputs..(row + 1) * outputs));
        predicted.extend_from_slice(found.ok_or_else(|| {
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
    let unknown = (rows.len() - kept.len()) as u64;
    let held = OutOfFold {
        rows: kept
            .iter()
            .filter_map(|&at| rows.get(at).copied())
            .collect(),
        truth,
        predicted,
        outputs,
    };
    Ok((held, unknown))
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
