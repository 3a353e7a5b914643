//! Nested cross-validation: what tuning is worth on rows that it never saw.
//!
//! Each outer part is set aside once; the learner is tuned on the other parts alone, with folds of
//! their own, fitted on them with the settings found, and checked on the part set aside. The score
//! is that of "this learner, tuned like this", and no choice was made on the rows that measure it
//! (S. Varma, R. Simon, BMC Bioinformatics 7:91, 2006).

use serde::{Deserialize, Serialize};

use super::folds::{class_counts, divide};
use super::{TuneEvent, TuneSpec, mean, metric_of, tune_prepared};
use crate::base::{Params, TaskContext, UserError};
use crate::evaluate::statistics::corrected_interval;
use crate::pipeline::{self, FitRequest, Prepared};

/// One part that was set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NestedFold {
    pub fold: usize,
    /// What tuning without this part found.
    pub values: Params,
    /// Its score while tuning.
    pub inner: Option<f64>,
    /// Its score on the part set aside.
    pub score: Option<f64>,
    pub trials: usize,
    pub rows_trained: u64,
    pub rows_checked: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nested {
    /// Id of the metric.
    pub metric: String,
    pub folds: Vec<NestedFold>,
    pub mean: Option<f64>,
    /// Half-width of the corrected 95 % interval.
    pub margin: Option<f64>,
}

/// What happens meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub enum NestedEvent {
    /// 0-based.
    FoldStarted {
        fold: usize,
        folds: usize,
    },
    Tuning(Box<TuneEvent>),
    FoldDone(NestedFold),
}

/// Tunes once per outer part; there are as many parts as a trial has folds. A limit of time holds
/// for each of them.
pub fn nested(
    prepared: &Prepared,
    rows: &[u32],
    spec: &TuneSpec,
    threads: usize,
    task: &TaskContext,
    on_event: &(dyn Fn(NestedEvent) + Sync),
) -> Result<Nested, UserError> {
    let truth = prepared.target_for(rows);
    let outer = divide(prepared, rows, spec, task)?;
    let counts = class_counts(&truth);
    let metric = metric_of(prepared.task(), spec.metric.as_deref(), &counts)?;
    // The headline depends on the counts of the classes; all parts must speak of the same one.
    let spec = TuneSpec {
        metric: Some(metric.id.to_owned()),
        ..spec.clone()
    };
    let mut folds = Vec::with_capacity(outer.count);
    for fold in 0..outer.count {
        task.check()?;
        on_event(NestedEvent::FoldStarted {
            fold,
            folds: outer.count,
        });
        let ids = |positions: Vec<usize>| -> Vec<u32> {
            let ids = positions.into_iter();
            ids.filter_map(|at| rows.get(at).copied()).collect()
        };
        let (train, check) = (ids(outer.train(fold)), ids(outer.check(fold)));
        let tuning = tune_prepared(prepared, &train, &spec, threads, task, &|event| {
            on_event(NestedEvent::Tuning(Box::new(event)));
        })?;
        // Tuned half-way by a person who stopped it is not what is to be measured.
        task.check()?;
        let best = tuning.best_trial();
        let params = best.map(|best| best.params.clone()).unwrap_or_default();
        let request = FitRequest {
            learner: &spec.learner,
            params: &params,
            preparation: &spec.preparation,
            rows: &train,
            seed: spec.seed,
            on_round: None,
        };
        let fitted = pipeline::fit(prepared, &request, &task.part())?;
        let predicted = fitted.predict_rows(&check, &task.part())?;
        let outputs = prepared.task().outputs();
        let done = NestedFold {
            fold,
            values: best.map(|best| best.values.clone()).unwrap_or_default(),
            inner: best.and_then(|best| best.score),
            score: metric
                .compute(&prepared.target_for(&check), &predicted, outputs)
                .filter(|score| score.is_finite()),
            trials: tuning.trials.len(),
            rows_trained: train.len() as u64,
            rows_checked: check.len() as u64,
        };
        on_event(NestedEvent::FoldDone(done.clone()));
        folds.push(done);
    }
    let scores: Vec<f64> = folds.iter().filter_map(|fold| fold.score).collect();
    let shares: Vec<f64> = folds
        .iter()
        .map(|fold| fold.rows_checked as f64 / fold.rows_trained.max(1) as f64)
        .collect();
    let share = mean(&shares).unwrap_or(0.0);
    Ok(Nested {
        metric: metric.id.to_owned(),
        mean: mean(&scores),
        margin: corrected_interval(&scores, share).map(|(_, margin)| margin),
        folds,
    })
}
