//! How long a training will take and how much memory it needs, told before it starts: the learner is
//! fitted on a few of the rows, and what that took is scaled as the learner's work grows
//! ([`Cost`]).

use std::time::Instant;

use serde::Serialize;

use crate::base::{Params, Random, TaskContext, UserError, format};
use crate::learn::engine::effort::Cost;
use crate::learn::{self, Task};
use crate::pipeline::{self, FitRequest, Prepared};

/// Rows of a table that are looked at at most.
pub const LOOKED_AT: usize = 10_000;
/// Rows of the first fit; each one after it has twice as many.
const FIRST: usize = 500;
/// A fit this long, in seconds, is scaled well enough.
const ENOUGH: f64 = 0.05;
/// Rows that a fitted model is asked about.
const ASKED: usize = 1_000;
/// Rows learned from that every round asks about again.
const PRACTICE: f64 = 2_000.0;
/// How far the time may be below or above what was measured on all rows, or on a part of them.
const WHOLE: (f64, f64) = (0.6, 1.7);
const PART: (f64, f64) = (0.5, 2.0);
/// A learner that needs more than this share of what is free will not fit.
const OF_FREE: f64 = 0.8;

/// What a training will do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Work {
    /// Rows learned from in one round.
    pub rows: u64,
    /// Rows checked in one round.
    pub checked: u64,
    pub rounds: u64,
}

/// One fit of a few rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    pub rows: u64,
    pub fit_seconds: f64,
    /// Per row asked about.
    pub ask_seconds: f64,
    /// Columns the model saw, after preparation.
    pub columns: u64,
}

/// What is to be expected of one learner.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    pub learner: String,
    /// Seconds over all rounds, from and to.
    pub seconds: (f64, f64),
    /// At the height of a fit.
    pub bytes: u64,
    /// Why it will not fit into memory, and what will; None where it does.
    pub too_large: Option<String>,
    /// The last fits that were measured, the smaller first.
    pub measured: Vec<Measured>,
    /// How it was scaled, one sentence without full stop.
    pub law: String,
}

/// Fits `spec`'s learner on a few rows and scales what that took. `prepared`: some rows of the table,
/// [`LOOKED_AT`] at most. `free`: bytes, where the system tells.
pub fn forecast(
    prepared: &Prepared,
    (learner, params, preparation): (&str, &Params, &Params),
    work: Work,
    (free, seed): (Option<u64>, u64),
    task: &TaskContext,
) -> Result<Forecast, UserError> {
    let cost = learn::by_id(learner)?.cost();
    let mut rows = prepared.eligible_rows();
    Random::new(seed).shuffle(&mut rows);
    let most = (work.rows as usize).min(rows.len());
    let mut measured: Vec<Measured> = Vec::new();
    let mut count = FIRST.min(most);
    loop {
        task.check()?;
        let mut learned: Vec<u32> = rows.iter().take(count).copied().collect();
        learned.sort_unstable();
        let asked: Vec<u32> = rows.iter().rev().take(ASKED).copied().collect();
        let started = Instant::now();
        let request = FitRequest {
            learner,
            params,
            preparation,
            rows: &learned,
            seed,
            on_round: None,
        };
        let fitted = pipeline::fit(prepared, &request, &task.part())?;
        let fit_seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        fitted.predict_rows(&asked, &task.part())?;
        measured.push(Measured {
            rows: count as u64,
            fit_seconds,
            ask_seconds: started.elapsed().as_secs_f64() / asked.len().max(1) as f64,
            columns: fitted.pipeline.model.features() as u64,
        });
        // One fit alone does not tell what is spent whatever the rows.
        let long = fit_seconds >= ENOUGH && measured.len() > 1;
        if long || count >= most || fit_seconds >= 10.0 * ENOUGH {
            break;
        }
        count = (count * 2).min(most);
    }
    if measured.len() > 2 {
        measured.drain(..measured.len() - 2);
    }
    Ok(scaled(
        learner,
        &cost,
        work,
        measured,
        free,
        prepared.task(),
    ))
}

/// Scales what was measured to the whole training.
pub fn scaled(
    learner: &str,
    cost: &Cost,
    work: Work,
    measured: Vec<Measured>,
    free: Option<u64>,
    task: &Task,
) -> Forecast {
    let seconds = seconds_of(cost, work, &measured);
    let columns = measured.last().map_or(0, |last| last.columns);
    let outputs = task.outputs().max(1) as f64;
    let bytes = cost.bytes(work.rows as f64, columns as f64 + outputs) as u64;
    let measured_on = measured.last().map_or(0, |last| last.rows);
    let law = match measured_on >= work.rows {
        true => format!(
            "Measured on {}, as many as a round learns from",
            format::counted(measured_on, "row")
        ),
        false => format!(
            "Measured on {} and scaled {} to {}",
            format::counted(measured_on, "row"),
            cost.fit.words(),
            format::counted(work.rows, "row")
        ),
    };
    Forecast {
        learner: learner.to_owned(),
        seconds,
        bytes,
        too_large: too_large(cost, bytes, free),
        measured,
        law,
    }
}

/// From and to. Two fits tell what is spent whatever the rows; without that part the last one alone
/// scales to more, so the two ways of scaling are the ends before anything is known to vary.
fn seconds_of(cost: &Cost, work: Work, measured: &[Measured]) -> (f64, f64) {
    let Some(last) = measured.last() else {
        return (0.0, 0.0);
    };
    let rows = work.rows as f64;
    let size = |rows: f64| cost.fit.of(rows);
    let pure = last.fit_seconds * size(rows) / size(last.rows as f64);
    let first = measured.first().filter(|first| first.rows < last.rows);
    let with_start = first.map_or(pure, |first| {
        let step = size(last.rows as f64) - size(first.rows as f64);
        let slope = (last.fit_seconds - first.fit_seconds) / step;
        last.fit_seconds + slope.max(0.0) * (size(rows) - size(last.rows as f64))
    });
    let ask = last.ask_seconds * (rows / last.rows as f64).max(1.0).powf(cost.ask);
    let asked = work.checked as f64 + rows.min(PRACTICE);
    let whole = last.rows >= work.rows;
    let (less, more) = if whole { WHOLE } else { PART };
    let rounds = work.rounds as f64;
    let low = pure.min(with_start) * less + ask * asked * less;
    let high = pure.max(with_start) * more + ask * asked * more;
    (low * rounds, high * rounds)
}

fn too_large(cost: &Cost, bytes: u64, free: Option<u64>) -> Option<String> {
    let free = free.filter(|free| bytes as f64 > OF_FREE * *free as f64)?;
    let instead = match cost.pairs > 0.0 {
        true => {
            "Its memory grows with the square of the rows. Gradient boosting and random forest do with a small part of it"
        }
        false => "Learn from fewer columns, or keep only some of the rows with a step",
    };
    Some(format!(
        "It would need about {} and {} are free. {instead}.",
        format::bytes(bytes),
        format::bytes(free)
    ))
}

/// The sum over learners that are trained one after another.
pub fn total<'a>(forecasts: impl IntoIterator<Item = &'a Forecast>) -> (f64, f64) {
    forecasts
        .into_iter()
        .fold((0.0, 0.0), |(low, high), forecast| {
            (low + forecast.seconds.0, high + forecast.seconds.1)
        })
}

/// "under 1 s", "about 2 s to 6 s", "about 20 s to 1 min". Rounded outwards, so that what is within
/// the range is within the words.
pub fn range_words((low, high): (f64, f64)) -> String {
    if high < 1.0 {
        return "under 1 s".to_owned();
    }
    let (low, high) = (rounded(low, false), rounded(high, true));
    if low < 1.0 {
        return format!("up to {}", told(high));
    }
    match low == high {
        true => format!("about {}", told(high)),
        false => format!("about {} to {}", told(low), told(high)),
    }
}

/// Whole seconds, then fives, tens, half minutes, minutes, five minutes, hours.
fn rounded(seconds: f64, up: bool) -> f64 {
    let step = match seconds {
        s if s < 10.0 => 1.0,
        s if s < 30.0 => 5.0,
        s if s < 60.0 => 10.0,
        s if s < 300.0 => 30.0,
        s if s < 1800.0 => 60.0,
        s if s < 7200.0 => 300.0,
        _ => 3600.0,
    };
    let steps = seconds / step;
    step * if up { steps.ceil() } else { steps.floor() }
}

fn told(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{} min", format::number(s / 60.0, 3)),
        s => format!("{} h", format::number(s / 3600.0, 3)),
    }
}
