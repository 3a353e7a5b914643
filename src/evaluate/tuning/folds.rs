//! Trials of a learner on folds that are cut and prepared once for all of them.

use std::time::Instant;

use super::search::Objective;
use super::{FoldScore, TuneSpec, metric_of};
use crate::base::{Params, Random, TaskContext, UserError};
use crate::evaluate::metrics::Metric;
use crate::evaluate::split::make_folds;
use crate::learn::Target;
use crate::pipeline::{self, FitRequest, Prepared};

/// Rows learned from on which the training score is measured at most.
const MOST_TRAINING_ROWS: usize = 2_000;
/// Streams of the seed: which rows stand for the ones learned from, which are learned from.
const ASKED_AGAIN: u64 = 11;
const LEARNED_FROM: u64 = 12;

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
    /// The folds are those of a cross-validation of the same rows with the same number of folds and
    /// the same seed, so that scores can be compared fold by fold.
    pub fn new(
        prepared: &'a Prepared,
        rows: &[u32],
        spec: &'a TuneSpec,
    ) -> Result<Self, UserError> {
        let truth = prepared.target_for(rows);
        let folds = make_folds(&truth, rows, spec.folds, spec.seed)?;
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
