//! What takes the place of a blank number.

use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec};
use crate::learn::Intake;
use crate::learn::prepare::Training;

pub static SETTINGS: &[ParamSpec] = &[
    ParamSpec {
        key: "blanks",
        label: "Blank numbers",
        help: "What stands in for a number that is missing (imputation); it is learned from the training rows only",
        kind: ParamKind::Choice(&[
            ("auto", "As the model likes: left blank, or the median"),
            ("median", "The median"),
            ("mean", "The mean"),
            ("most_frequent", "The most frequent number"),
            ("constant", "A number of your own"),
        ]),
        default: ParamDefault::Text("auto"),
    },
    ParamSpec {
        key: "blanks_constant",
        label: "Number of your own for blanks",
        help: "Used where blank numbers become a number of your own",
        kind: ParamKind::Number {
            min: -1e30,
            max: 1e30,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
    ParamSpec {
        key: "blanks_indicator",
        label: "Say where a number was blank",
        help: "Adds a column of 1 and 0 for every column with blanks, because that a value is missing may itself say something (missing indicator)",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(false),
    },
];

/// The number for blanks, learned from training values (NaN is blank; at least one is not). None:
/// blanks stay blank, because the learner takes them so. `f32` because an exported model fills its
/// float input.
pub fn fill(values: &[f32], training: &Training<'_>) -> Option<f32> {
    match training.settings.text("blanks") {
        "mean" => Some(mean(values)),
        "most_frequent" => Some(most_frequent(values)),
        "constant" => Some(training.settings.number("blanks_constant") as f32),
        "median" => Some(median(values)),
        _ => match training.intake {
            Intake::Filled => Some(median(values)),
            Intake::Native => None,
        },
    }
}

/// Whether blanks of this column get a column of their own: asked for, and seen in training.
pub fn indicator(values: &[f32], training: &Training<'_>) -> bool {
    training.settings.bool("blanks_indicator") && values.iter().any(|value| !value.is_finite())
}

fn finite(values: &[f32]) -> Vec<f32> {
    values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect()
}

fn mean(values: &[f32]) -> f32 {
    let filled = finite(values);
    let total: f64 = filled.iter().map(|&value| f64::from(value)).sum();
    (total / filled.len().max(1) as f64) as f32
}

/// The smallest of equally frequent ones.
fn most_frequent(values: &[f32]) -> f32 {
    let mut filled = finite(values);
    filled.sort_by(f32::total_cmp);
    let mut best = (0, 0.0);
    for run in filled.chunk_by(|a, b| a == b) {
        if run.len() > best.0 {
            best = (run.len(), run.first().copied().unwrap_or(0.0));
        }
    }
    best.1
}

/// Median of the values that are not blank, rounded to `f32`; 0 without any.
pub fn median(values: &[f32]) -> f32 {
    let mut filled = finite(values);
    if filled.is_empty() {
        return 0.0;
    }
    let (middle, odd) = (filled.len() / 2, filled.len() % 2 == 1);
    let (below, &mut upper, _) = filled.select_nth_unstable_by(middle, f32::total_cmp);
    if odd {
        return upper;
    }
    let lower = below
        .iter()
        .copied()
        .max_by(f32::total_cmp)
        .unwrap_or(upper);
    (f64::from(lower) / 2.0 + f64::from(upper) / 2.0) as f32
}
