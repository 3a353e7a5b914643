//! `benchtop bench cross_validate`: five learners checked on five parts of flights, how many cores
//! that keeps busy, and how soon it ends when it is stopped. `tests/peers/cross_validation.py` does
//! the same with scikit-learn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::args::BenchArguments;
use super::bench::flights_file;
use super::bench_learners::{ANSWER, COLUMNS, LATE};
use super::console::Context;
use crate::base::{Fingerprint, Params, UserError};
use crate::data::Table;
use crate::data::table::{NewColumn, NewValues};
use crate::evaluate::{RunSpec, SplitPlan, cross_validate_prepared};
use crate::formats;
use crate::jobs::{JobKey, Jobs, Lane, Request};
use crate::learn::matrix::{TargetValues, target_values};
use crate::pipeline::{self, LearningPlan, Prepared};

const TARGET: &str = "late";
const LEARNERS: [&str; 5] = [
    "logistic_regression",
    "gaussian_naive_bayes",
    "decision_tree",
    "random_forest",
    "gradient_boosting",
];
const FOLDS: usize = 5;
const SEED: u64 = 1;
/// Shares of a learner's own time after which it is stopped.
const STOPPED_AT: [f64; 5] = [0.05, 0.25, 0.45, 0.65, 0.85];

pub fn cross_validation(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    let path = flights_file(arguments)?;
    let task = context.task.part();
    let (table, _) = formats::read(&path, None, &Params::new(), &task)?;
    let table = with_target(&table, context)?;
    let plan = LearningPlan {
        target: TARGET.to_owned(),
        features: COLUMNS.map(str::to_owned).to_vec(),
        steps: Vec::new(),
    };
    let wanted: Vec<&str> = match arguments.fits.as_slice() {
        [] => LEARNERS.to_vec(),
        fits => fits.iter().map(String::as_str).collect(),
    };
    let (started, used) = (Instant::now(), processor_seconds());
    let prepared = Arc::new(pipeline::prepare(&table, &plan, &task)?);
    let mut learners = Vec::new();
    let mut times = Vec::new();
    for learner in &wanted {
        context.task.progress(0, 0, &format!("Checking {learner}"));
        let (begun, before) = (Instant::now(), processor_seconds());
        let spec = spec_of(&plan, learner);
        let run = cross_validate_prepared(&prepared, &spec, &task, &mut |_| {})?;
        let seconds = begun.elapsed().as_secs_f64();
        times.push(seconds);
        learners.push(json!({
            "learner": learner,
            "seconds": seconds,
            "fit_seconds": run.fit_seconds,
            "predict_seconds": run.predict_seconds,
            "cores": cores(before, seconds),
            "auc": run.scores.get("auc").map(|value| value.mean),
        }));
    }
    let seconds = started.elapsed().as_secs_f64();
    let cores = cores(used, seconds);
    let mut stops = Vec::new();
    for (learner, seconds) in wanted.iter().zip(times) {
        stops.extend(stopped(&prepared, &plan, learner, seconds, context)?);
    }
    let worst = stops.iter().copied().fold(0.0, f64::max);
    Ok(json!({
        "name": "cross_validate",
        "seconds": seconds,
        "rows": prepared.eligible_rows().len(),
        "columns": COLUMNS.len(),
        "folds": FOLDS,
        "cores_busy": cores,
        "learners": learners,
        "stops": stops.len(),
        "slowest_stop_seconds": worst,
    }))
}

fn with_target(table: &Table, context: &Context) -> Result<Table, UserError> {
    let values = match target_values(table, ANSWER, &context.task.part())? {
        TargetValues::Numbers(values) => values,
        TargetValues::Texts { .. } => vec![f64::NAN; table.rows()],
    };
    let late = values
        .into_iter()
        .map(|minutes| (!minutes.is_nan()).then_some(minutes > LATE));
    let table = table.with_columns(&[NewColumn {
        name: TARGET.to_owned(),
        values: NewValues::YesNo(late.collect()),
    }])?;
    let mark = table.fingerprint().then(TARGET.as_bytes());
    Ok(table.with_fingerprint(mark))
}

fn spec_of(plan: &LearningPlan, learner: &str) -> RunSpec {
    RunSpec {
        plan: plan.clone(),
        learner: learner.to_owned(),
        params: Params::new(),
        preparation: Params::new(),
        folds: FOLDS,
        seed: SEED,
        split: SplitPlan::default(),
    }
}

/// Seconds from asking it to stop until it has, at several moments of its work.
fn stopped(
    prepared: &Arc<Prepared>,
    plan: &LearningPlan,
    learner: &str,
    seconds: f64,
    context: &Context,
) -> Result<Vec<f64>, UserError> {
    let mut jobs = Jobs::threaded();
    let key = JobKey("cross validation".to_owned());
    let mut found = Vec::new();
    for (number, share) in STOPPED_AT.into_iter().enumerate() {
        context.task.check()?;
        let done = Arc::new(AtomicU64::new(0));
        let (prepared, spec, over) = (prepared.clone(), spec_of(plan, learner), done.clone());
        let request = Request {
            key: key.clone(),
            fingerprint: Fingerprint::of_value(&(learner, number)),
            label: learner.to_owned(),
            lane: Lane::Heavy,
        };
        jobs.submit(request, move |job| {
            let outcome = cross_validate_prepared(&prepared, &spec, &job.task, &mut |_| {});
            over.store(1, Ordering::Release);
            outcome.map(|_| ())
        });
        std::thread::sleep(Duration::from_secs_f64(seconds * share));
        let whole = done.load(Ordering::Acquire) == 1;
        let asked = Instant::now();
        jobs.cancel(&key);
        while done.load(Ordering::Acquire) == 0 {
            std::thread::sleep(Duration::from_micros(200));
        }
        // One that was over already was not stopped.
        if !whole {
            found.push(asked.elapsed().as_secs_f64());
        }
        jobs.drain();
    }
    Ok(found)
}

/// Cores that were busy on average since; None where the system does not tell.
fn cores(before: Option<f64>, seconds: f64) -> Option<f64> {
    Some((processor_seconds()? - before?) / seconds.max(f64::MIN_POSITIVE))
}

/// Seconds that processors spent on this process.
fn processor_seconds() -> Option<f64> {
    // Linux: fields 14 and 15 of /proc/self/stat, in hundredths of a second; the name before them is
    // in brackets and may hold blanks.
    let told = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = told.rsplit_once(')')?.1.split_whitespace().skip(11);
    let own: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((own + system) / 100.0)
}
