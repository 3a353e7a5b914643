//! Parallel coordinates: one upright axis per setting and one for the score, one line per trial. A
//! stretch brushed on an axis narrows the space.

use serde::{Deserialize, Serialize};

use super::space::{Narrowed, Range, shown};
use super::{TrialState, Tuning};
use crate::base::ParamValue;

/// All that is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coordinates {
    /// Settings in the order of the space; the score last.
    pub axes: Vec<Axis>,
    /// Trials with a score, in the order of the path.
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Key of the setting, or of the metric.
    pub key: String,
    pub label: String,
    pub kind: AxisKind,
    /// (place, text) from the lower end to the upper one.
    pub ticks: Vec<(f64, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisKind {
    Number,
    Choice,
    Score,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub trial: usize,
    pub score: f64,
    /// One per axis, 0 at the lower end and 1 at the upper one; None where the setting does not act.
    pub places: Vec<Option<f64>>,
    pub best: bool,
    /// Measured on some folds only.
    pub dropped: bool,
}

/// Ticks of an axis of numbers.
const TICKS: usize = 5;

/// The picture of a search.
pub fn coordinates(tuning: &Tuning) -> Coordinates {
    let scored: Vec<_> = tuning
        .trials
        .iter()
        .filter(|trial| matches!(trial.state, TrialState::Done | TrialState::Dropped))
        .filter_map(|trial| Some((trial, trial.score?)))
        .collect();
    let lowest = scored.iter().map(|(_, s)| *s).fold(f64::INFINITY, f64::min);
    let highest = scored
        .iter()
        .map(|(_, s)| *s)
        .fold(f64::NEG_INFINITY, f64::max);
    let on_axis = |score: f64| {
        if highest > lowest {
            (score - lowest) / (highest - lowest)
        } else {
            0.5
        }
    };
    let mut axes: Vec<Axis> = tuning
        .space
        .dimensions
        .iter()
        .map(|dimension| Axis {
            key: dimension.key.clone(),
            label: dimension.label.clone(),
            kind: match dimension.range.is_choice() {
                true => AxisKind::Choice,
                false => AxisKind::Number,
            },
            ticks: ticks_of(&dimension.range),
        })
        .collect();
    axes.push(Axis {
        key: tuning.metric.clone(),
        label: super::metrics::by_id(&tuning.metric)
            .map_or_else(|| tuning.metric.clone(), |metric| metric.name.to_owned()),
        kind: AxisKind::Score,
        ticks: [lowest, highest]
            .into_iter()
            .filter(|score| score.is_finite())
            .map(|score| (on_axis(score), crate::base::format::number(score, 4)))
            .collect(),
    });
    let lines = scored
        .into_iter()
        .map(|(trial, score)| {
            let dimensions = tuning.space.dimensions.iter().zip(&trial.point.0);
            let mut places: Vec<Option<f64>> = dimensions
                .map(|(dimension, place)| place.map(|place| drawn_at(&dimension.range, place)))
                .collect();
            places.push(Some(on_axis(score)));
            Line {
                trial: trial.number,
                score,
                places,
                best: trial.number == tuning.best,
                dropped: trial.state == TrialState::Dropped,
            }
        })
        .collect();
    Coordinates { axes, lines }
}

/// Where a place of the space is drawn: choices are spread from end to end.
fn drawn_at(range: &Range, place: f64) -> f64 {
    match range {
        Range::Choice(values) if values.len() > 1 => place / (values.len() - 1) as f64,
        Range::Choice(_) => 0.5,
        _ => place,
    }
}

fn ticks_of(range: &Range) -> Vec<(f64, String)> {
    if let Range::Choice(values) = range {
        return values
            .iter()
            .enumerate()
            .map(|(at, value)| (drawn_at(range, at as f64), shown(value)))
            .collect();
    }
    let mut ticks: Vec<(f64, String)> = (0..TICKS)
        .map(|tick| {
            let value = range.value(tick as f64 / (TICKS - 1) as f64);
            (range.nearest(&value), shown(&value))
        })
        .collect();
    ticks.dedup_by(|a, b| a.1 == b.1);
    ticks
}

impl Coordinates {
    /// Lines whose place on an axis lies between two places, ends included.
    pub fn between(&self, axis: usize, low: f64, high: f64) -> Vec<usize> {
        self.lines
            .iter()
            .filter(|line| {
                let place = line.places.get(axis).copied().flatten();
                place.is_some_and(|place| place >= low && place <= high)
            })
            .map(|line| line.trial)
            .collect()
    }
}

impl Tuning {
    /// The space narrowed to what was brushed on the axis of a setting, from `low` to `high` as they
    /// are drawn. None where nothing of the setting lies there.
    pub fn narrowed(&self, axis: usize, low: f64, high: f64) -> Option<(String, Narrowed)> {
        let dimension = self.space.dimensions.get(axis)?;
        let number = |value: ParamValue| match value {
            ParamValue::Integer(value) => value as f64,
            ParamValue::Number(value) => value,
            _ => f64::NAN,
        };
        let narrowed = match &dimension.range {
            Range::Choice(values) => {
                let kept: Vec<ParamValue> = values
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| {
                        let place = drawn_at(&dimension.range, *at as f64);
                        place >= low && place <= high
                    })
                    .map(|(_, value)| value.clone())
                    .collect();
                if kept.is_empty() {
                    return None;
                }
                Narrowed::Among(kept)
            }
            range => Narrowed::Between {
                min: number(range.value(low.clamp(0.0, 1.0))),
                max: number(range.value(high.clamp(0.0, 1.0))),
            },
        };
        Some((dimension.key.clone(), narrowed))
    }
}
