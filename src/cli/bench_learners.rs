//! `benchtop bench learners`: how long the tree learners take to fit flights, and how well they
//! predict the rows set aside. `tests/peers/learners.py` does the same with the peers.

use std::time::Instant;

use serde_json::{Value, json};

use super::args::BenchArguments;
use super::bench::flights_file;
use super::console::Context;
use crate::base::{Params, TaskContext, UserError};
use crate::evaluate::metrics;
use crate::formats;
use crate::learn::matrix::{BLANK, TargetValues, target_values};
use crate::learn::{
    self, Feature, FeatureKind, FitContext, Learner, Matrix, RawData, RawFrame, Target,
};

/// Task: does a flight arrive more than a quarter of an hour late?
pub(super) const ANSWER: &str = "arr_delay";
pub(super) const LATE: f64 = 15.0;
pub(super) const COLUMNS: [&str; 9] = [
    "month",
    "day",
    "sched_dep_time",
    "sched_arr_time",
    "carrier",
    "origin",
    "dest",
    "distance",
    "hour",
];
/// Every fifth row with an answer is set aside.
const CHECKED: usize = 5;
const SEED: u64 = 1;

/// Learners with their settings. Those of the peers are the same.
const FITS: [&str; 5] = [
    "gradient_boosting",
    "gradient_boosting leaves=255",
    "random_forest",
    "random_forest min_rows_leaf=1",
    "extra_trees",
];

/// The rows of one part.
struct Part {
    x: Matrix,
    y: Target,
}

pub fn learners(arguments: &BenchArguments, context: &Context) -> Result<Value, UserError> {
    let path = flights_file(arguments)?;
    let task = context.task.part();
    let (table, _) = formats::read(&path, None, &Params::new(), &task)?;
    let columns = COLUMNS.map(str::to_owned);
    let frame = RawFrame::from_table(&table, &columns, &task)?;
    let answers = match target_values(&table, ANSWER, &task)? {
        TargetValues::Numbers(values) => values,
        TargetValues::Texts { .. } => vec![f64::NAN; frame.rows],
    };
    let features: Vec<Feature> = frame.columns.iter().map(feature).collect();
    let known: Vec<usize> = (0..frame.rows)
        .filter(|&row| !answers[row].is_nan())
        .collect();
    let part = |checked: bool| -> Result<Part, UserError> {
        let rows: Vec<usize> = known
            .iter()
            .copied()
            .enumerate()
            .filter(|(place, _)| place.is_multiple_of(CHECKED) == checked)
            .map(|(_, row)| row)
            .collect();
        let times = if checked { 1 } else { arguments.times };
        part_of(&frame, &answers, &rows.repeat(times as usize))
    };
    let (fitted, checked) = (part(false)?, part(true)?);
    // Only what is learned from counts as memory of the fits.
    drop((table, frame));
    let wanted: Vec<&str> = match arguments.fits.as_slice() {
        [] => FITS.to_vec(),
        fits => fits.iter().map(String::as_str).collect(),
    };
    let mut fits = Vec::new();
    for fit in wanted {
        fits.push(measure(
            fit,
            arguments.rounds,
            &features,
            [&fitted, &checked],
            &task,
        )?);
    }
    Ok(json!({
        "name": "learners",
        "rows": fitted.x.rows,
        "rows_checked": checked.x.rows,
        "columns": COLUMNS.len(),
        "fits": fits,
    }))
}

/// Fits and predicts `rounds` times. `fit`: a learner and its settings.
fn measure(
    fit: &str,
    rounds: u32,
    features: &[Feature],
    [fitted, checked]: [&Part; 2],
    task: &TaskContext,
) -> Result<Value, UserError> {
    let (learner, params) = learner_of(fit)?;
    let mut context = FitContext::new(task, SEED);
    context.features = features;
    context.threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut seconds, mut predict_seconds) = (Vec::new(), Vec::new());
    let mut shares = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let model = learner.fit(&fitted.x, &fitted.y, &params, &context)?;
        seconds.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        shares = model.predict(&checked.x, task)?;
        predict_seconds.push(started.elapsed().as_secs_f64());
    }
    let score = |id: &str| {
        let metric = metrics::by_id(id)?;
        metric.compute(&checked.y, &shares, 2)
    };
    let least = |seconds: &[f64]| seconds.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(json!({
        "fit": fit,
        "seconds": least(&seconds),
        "all_seconds": seconds,
        "predict_seconds": least(&predict_seconds),
        "auc": score("auc"),
        "log_loss": score("log_loss"),
    }))
}

/// "ID KEY=VALUE …" → the learner and its settings.
fn learner_of(fit: &str) -> Result<(&'static dyn Learner, Params), UserError> {
    let mut words = fit.split_whitespace();
    let learner = learn::by_id(words.next().unwrap_or_default())?;
    let mut params = Params::new();
    for word in words {
        let (key, text) = word.split_once('=').ok_or_else(|| {
            UserError::usage(
                "wrong_setting",
                format!("--fit {fit} cannot be understood"),
                "A learner is followed by its settings, for example random_forest trees=50",
            )
            .with_hint("benchtop learners lists every setting")
        })?;
        params.set_from_text(learner.params(), key, text)?;
    }
    Ok((learner, params))
}

fn feature(column: &learn::RawColumn) -> Feature {
    Feature {
        name: column.name.clone(),
        kind: match &column.data {
            RawData::Number(_) => FeatureKind::Number,
            RawData::Text { names, .. } => FeatureKind::Category {
                levels: names.len() as u32,
            },
        },
    }
}

fn part_of(frame: &RawFrame, answers: &[f64], rows: &[usize]) -> Result<Part, UserError> {
    let mut values = Vec::with_capacity(rows.len() * frame.columns.len());
    for &row in rows {
        for column in &frame.columns {
            values.push(match &column.data {
                RawData::Number(numbers) => f64::from(numbers[row]),
                RawData::Text { codes, .. } if codes[row] == BLANK => f64::NAN,
                RawData::Text { codes, .. } => f64::from(codes[row]),
            });
        }
    }
    let codes = rows.iter().map(|&row| u32::from(answers[row] > LATE));
    Ok(Part {
        x: Matrix::new(rows.len(), frame.columns.len(), values)?,
        y: Target::Classes {
            codes: codes.collect(),
            count: 2,
        },
    })
}
