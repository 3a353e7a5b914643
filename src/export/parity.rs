//! How an export compares with our own predictions on the same rows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{TaskContext, UserError, format};
use crate::data::Table;
use crate::learn::{RawData, RawFrame};
use crate::pipeline::Predictions;

/// Largest difference that still counts as the same, see [`difference`].
pub const TOLERANCE: f64 = 1e-5;
/// Rows an export is compared on.
pub const MOST_ROWS: usize = 2_000;
/// Of those, rows with a blank, where there are so many.
const BLANK_ROWS: usize = 500;

/// What the comparison found. Only made when everything agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parity {
    /// Rows compared.
    pub rows: u64,
    /// Largest [`difference`] of any number compared.
    pub largest_difference: f64,
    /// Every class predicted was the same. True for numbers.
    pub labels_equal: bool,
    /// What read the file back.
    pub engine: String,
    pub seconds: f64,
}

impl Parity {
    /// "Compared on 344 rows with tract 0.23.9: same classes, largest difference 3e-16."
    pub fn sentence(&self) -> String {
        let largest = if self.largest_difference == 0.0 {
            "no difference at all".to_owned()
        } else {
            format!("largest difference {:.0e}", self.largest_difference)
        };
        format!(
            "Read back with {} and compared on {}: same predictions, {largest}.",
            self.engine,
            format::counted(self.rows, "row")
        )
    }
}

/// Distance of two numbers: absolute below 1, relative to our own number above. Two numbers that
/// are both not a number are the same.
pub fn difference(ours: f64, theirs: f64) -> f64 {
    if ours.is_nan() && theirs.is_nan() {
        return 0.0;
    }
    let distance = (ours - theirs).abs() / ours.abs().max(1.0);
    if distance.is_nan() {
        f64::INFINITY
    } else {
        distance
    }
}

/// Predictions as another engine gave them.
pub(super) struct Theirs {
    /// Row-major rows × outputs.
    pub values: Vec<f64>,
    /// The class predicted per row; empty for numbers.
    pub labels: Vec<String>,
}

/// Compares row by row. Fails at the first row that disagrees, with the row and both values.
/// `tolerance` 0 asks for equal numbers.
pub(super) fn compare(
    ours: &Predictions,
    theirs: &Theirs,
    tolerance: f64,
    engine: &str,
    elapsed: Duration,
) -> Result<Parity, UserError> {
    if ours.values.len() != theirs.values.len() {
        return Err(disagrees(
            engine,
            format!(
                "It gave {} numbers for {}, not {}",
                theirs.values.len(),
                format::counted(ours.rows as u64, "row"),
                ours.values.len()
            ),
        ));
    }
    let outputs = ours.task.outputs().max(1);
    let mut largest = 0.0f64;
    for (place, (&own, &other)) in ours.values.iter().zip(&theirs.values).enumerate() {
        let distance = difference(own, other);
        if distance > tolerance {
            return Err(disagrees(
                engine,
                format!(
                    "In row {}, Benchtop says {own} and the file says {other}",
                    place / outputs + 1
                ),
            ));
        }
        largest = largest.max(distance);
    }
    if ours.task.is_classes() {
        for row in 0..ours.rows {
            let (own, other) = (
                ours.label(row),
                theirs.labels.get(row).map_or("", String::as_str),
            );
            if own != other {
                return Err(disagrees(
                    engine,
                    format!(
                        "In row {}, Benchtop says “{own}” and the file says “{other}”",
                        row + 1
                    ),
                ));
            }
        }
    }
    Ok(Parity {
        rows: ours.rows as u64,
        largest_difference: largest,
        labels_equal: true,
        engine: engine.to_owned(),
        seconds: elapsed.as_secs_f64(),
    })
}

fn disagrees(engine: &str, why: String) -> UserError {
    UserError::failed(
        "export_disagrees",
        "The exported file does not predict the same, so it was not kept",
        format!("{why} (read back with {engine})"),
    )
    .with_hint("This is a fault of Benchtop. Save the model in Benchtop's own form instead")
}

/// Rows to compare on: all of them when they are few, otherwise rows with blanks first, then
/// others spread evenly over the table.
pub(super) fn rows_to_check(
    sample: &Table,
    inputs: &[String],
    task: &TaskContext,
) -> Result<Table, UserError> {
    let rows = sample.rows();
    if rows == 0 {
        return Err(UserError::input(
            "no_rows_to_check",
            "The export cannot be checked",
            "The table to check it on has no rows",
        )
        .with_hint("Give a table with rows that the model can score"));
    }
    if rows <= MOST_ROWS {
        return Ok(sample.clone());
    }
    let known: Vec<String> = inputs
        .iter()
        .filter(|name| sample.schema().get(name).is_some())
        .cloned()
        .collect();
    let frame = RawFrame::from_table(sample, &known, task)?;
    let mut chosen = std::collections::BTreeSet::new();
    for row in 0..rows {
        if chosen.len() == BLANK_ROWS {
            break;
        }
        if frame
            .columns
            .iter()
            .any(|column| is_blank(&column.data, row))
        {
            chosen.insert(row);
        }
    }
    let rest = MOST_ROWS - chosen.len();
    chosen.extend((0..rest).map(|place| place * rows / rest));
    sample.take(&chosen.into_iter().collect::<Vec<usize>>())
}

fn is_blank(data: &RawData, row: usize) -> bool {
    match data {
        RawData::Number(values) => values.get(row).is_some_and(|value| value.is_nan()),
        RawData::Text { codes, names } => codes
            .get(row)
            .is_some_and(|&code| code as usize >= names.len()),
    }
}
