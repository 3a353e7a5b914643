//! Trials of a learner on folds that are cut and prepared once for all of them.

use std::collections::HashMap;
use std::time::Instant;

use super::search::Objective;
use super::{FoldScore, Reference, TuneSpec, mean, metric_of};
use crate::base::{Params, Random, TaskContext, UserError};
use crate::evaluate::metrics::Metric;
use crate::evaluate::split::{Folds, make_split};
use crate::evaluate::statistics::corrected_interval;
use crate::learn::Target;
use crate::learn::matrix::{BLANK, TargetValues};
use crate::pipeline::{self, FitRequest, Prepared};

/// Rows learned from on which the training score is measured at most.
const MOST_TRAINING_ROWS: usize = 2_000;
/// Streams of the seed: which rows stand for the ones learned from, which are learned from.
const ASKED_AGAIN: u64 = 11;
const LEARNED_FROM: u64 = 12;

/// Id of the learner that every other one is held against.
const GUESSING: &str = "guessing";

/// Row ids of one fold.
struct Part {
    train: Vec<u32>,
    check: Vec<u32>,
    check_truth: Target,
    /// Some of the rows learned from.
    asked_again: Vec<u32>,
    asked_again_truth: Target,
}

pub struct LearnerOnFolds<'a> {
    prepared: &'a Prepared,
    spec: &'a TuneSpec,
    pub metric: &'static Metric,
    parts: Vec<Part>,
}

impl<'a> LearnerOnFolds<'a> {
    /// The folds are those of a cross-validation of the same rows with the same plan, number of
    /// folds and seed, so that scores can be compared fold by fold.
    pub fn new(
        prepared: &'a Prepared,
        rows: &[u32],
        spec: &'a TuneSpec,
        task: &TaskContext,
    ) -> Result<Self, UserError> {
        let truth = prepared.target_for(rows);
        let folds = divide(prepared, rows, spec, task)?;
        let metric = metric_of(
            prepared.task(),
            spec.metric.as_deref(),
            &class_counts(&truth),
        )?;
        let ids = |positions: &[usize]| -> Vec<u32> {
            positions
                .iter()
                .filter_map(|&position| rows.get(position).copied())
                .collect()
        };
        let parts = (0..folds.count)
            .map(|fold| {
                let train = ids(&folds.train(fold));
                let check = ids(&folds.check(fold));
                let asked_again = some_of(&train, MOST_TRAINING_ROWS, spec.seed, ASKED_AGAIN);
                Part {
                    check_truth: prepared.target_for(&check),
                    asked_again_truth: prepared.target_for(&asked_again),
                    train,
                    check,
                    asked_again,
                }
            })
            .collect();
        Ok(Self {
            prepared,
            spec,
            metric,
            parts,
        })
    }

    /// Guessing on the same folds; None where it cannot be scored there.
    pub fn guessing(&self, task: &TaskContext) -> Result<Option<Reference>, UserError> {
        let mut scores = Vec::with_capacity(self.parts.len());
        let mut shares = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            task.check()?;
            let request = FitRequest {
                learner: GUESSING,
                params: &Params::new(),
                preparation: &Params::new(),
                rows: &part.train,
                seed: self.spec.seed,
                on_round: None,
            };
            let predicted = pipeline::fit(self.prepared, &request, &task.part())
                .and_then(|fitted| fitted.predict_rows(&part.check, &task.part()))
                .and_then(|predicted| self.score(&part.check_truth, &predicted));
            match predicted {
                Ok(Some(score)) => scores.push(score),
                Err(error) if error.is_cancelled() => return Err(error),
                // A yardstick that has no score costs nobody a search.
                Ok(None) | Err(_) => {}
            }
            shares.push(part.check.len() as f64 / part.train.len().max(1) as f64);
        }
        let share = mean(&shares).unwrap_or(0.0);
        Ok(mean(&scores).map(|score| Reference {
            score,
            margin: corrected_interval(&scores, share)
                .map(|(_, margin)| margin)
                .filter(|margin| margin.is_finite()),
        }))
    }

    fn score(&self, truth: &Target, predicted: &[f64]) -> Result<Option<f64>, UserError> {
        let outputs = self.prepared.task().outputs();
        match self.metric.compute(truth, predicted, outputs) {
            Some(score) if !score.is_finite() => Err(UserError::failed(
                "score_not_finite",
                "The predictions are too far off to be scored",
                format!("{} is not a finite number", self.metric.name),
            )),
            score => Ok(score),
        }
    }
}

impl Objective for LearnerOnFolds<'_> {
    fn folds(&self) -> usize {
        self.parts.len()
    }

    fn higher_is_better(&self) -> bool {
        self.metric.higher_is_better
    }

    fn rows(&self) -> u64 {
        let rows = self.parts.iter().map(|part| part.train.len());
        rows.min().unwrap_or(0) as u64
    }

    fn evaluate(
        &self,
        params: &Params,
        fold: usize,
        share: f64,
        task: &TaskContext,
    ) -> Result<FoldScore, UserError> {
        let part = self.parts.get(fold).ok_or_else(|| {
            UserError::failed(
                "no_such_fold",
                "There is no such part",
                format!("Part {} of {}", fold + 1, self.parts.len()),
            )
        })?;
        let fewer;
        let train = if share < 1.0 {
            let count = (part.train.len() as f64 * share).ceil() as usize;
            fewer = some_of(&part.train, count, self.spec.seed, LEARNED_FROM);
            &fewer
        } else {
            &part.train
        };
        let started = Instant::now();
        let request = FitRequest {
            learner: &self.spec.learner,
            params,
            preparation: &self.spec.preparation,
            rows: train,
            seed: self.spec.seed,
            on_round: None,
        };
        let fitted = pipeline::fit(self.prepared, &request, &task.part())?;
        let fit_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        let predicted = fitted.predict_rows(&part.check, &task.part())?;
        let predict_seconds = started.elapsed().as_secs_f64();
        let again = fitted.predict_rows(&part.asked_again, &task.part())?;
        Ok(FoldScore {
            fold,
            score: self.score(&part.check_truth, &predicted)?,
            // Rows learned from may be scored beyond all measure without harm to the trial.
            training: self
                .score(&part.asked_again_truth, &again)
                .unwrap_or_default(),
            rows_trained: train.len() as u64,
            rows_checked: part.check.len() as u64,
            fit_seconds,
            predict_seconds,
        })
    }
}

/// Divides rows that are among the eligible ones, as the search is to divide them.
pub fn divide(
    prepared: &Prepared,
    rows: &[u32],
    spec: &TuneSpec,
    task: &TaskContext,
) -> Result<Folds, UserError> {
    let values = match spec.split.column() {
        Some(column) => Some(values_at(prepared, column, rows, task)?),
        None => None,
    };
    let truth = prepared.target_for(rows);
    make_split(
        &spec.split,
        &truth,
        rows,
        values.as_ref(),
        spec.folds,
        spec.seed,
    )
}

/// The values of a column at some of the eligible rows, parallel to them.
fn values_at(
    prepared: &Prepared,
    column: &str,
    rows: &[u32],
    task: &TaskContext,
) -> Result<TargetValues, UserError> {
    let all = prepared.values_of(column, task)?;
    let eligible = prepared.eligible_rows();
    if eligible == rows {
        return Ok(all);
    }
    let places: HashMap<u32, usize> = eligible.into_iter().zip(0..).collect();
    let at = |row: &u32| places.get(row).copied();
    Ok(match all {
        TargetValues::Numbers(values) => TargetValues::Numbers(
            rows.iter()
                .map(|row| at(row).and_then(|at| values.get(at).copied()))
                .map(|value| value.unwrap_or(f64::NAN))
                .collect(),
        ),
        TargetValues::Texts { codes, names } => TargetValues::Texts {
            codes: rows
                .iter()
                .map(|row| at(row).and_then(|at| codes.get(at).copied()))
                .map(|code| code.unwrap_or(BLANK))
                .collect(),
            names,
        },
    })
}

/// At most so many of the rows, drawn by the seed, in their order.
fn some_of(rows: &[u32], most: usize, seed: u64, stream: u64) -> Vec<u32> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    let mut places: Vec<usize> = (0..rows.len()).collect();
    Random::stream(seed, stream).shuffle(&mut places);
    places.truncate(most);
    places.sort_unstable();
    places
        .into_iter()
        .filter_map(|place| rows.get(place).copied())
        .collect()
}

/// Rows per class; empty for numbers.
pub fn class_counts(truth: &Target) -> Vec<u64> {
    match truth {
        Target::Numbers(_) => Vec::new(),
        Target::Classes { codes, count } => {
            let mut counts = vec![0; *count];
            for &code in codes {
                if let Some(count) = counts.get_mut(code as usize) {
                    *count += 1;
                }
            }
            counts
        }
    }
}
