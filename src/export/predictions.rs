//! A table with its predictions, or with other numbers of its rows, in any table format.

use std::path::Path;

use super::draft::Draft;
use crate::base::{Params, TaskContext, UserError, format};
use crate::data::Table;
use crate::data::table::{NewColumn, NewValues};
use crate::formats::{self, ReadAs};
use crate::learn::Task;
use crate::learn::matrix::{TargetValues, target_values};
use crate::pipeline::Predictions;

/// Numbers read back from a text file may differ by rounding of the last digit.
const TOLERANCE: f64 = 1e-12;

/// Writes `table` with its predictions, row by row in the same order, by the extension of `path`.
///
/// Columns: those of the table (when `keep_columns`), then `prediction` and, for classes, `p_<class>`
/// with the probability of each class. A name that is taken gets a number: `prediction_2`. The file
/// is read back and its predictions compared before it takes the place of its target.
pub fn write_predictions(
    table: &Table,
    predictions: &Predictions,
    path: &Path,
    keep_columns: bool,
    task: &TaskContext,
) -> Result<(), UserError> {
    if predictions.rows != table.rows() {
        return Err(UserError::failed(
            "prediction_shape",
            "The predictions do not belong to this table",
            format!(
                "{} predictions for {}",
                predictions.rows,
                format::counted(table.rows() as u64, "row")
            ),
        ));
    }
    let taken = if keep_columns {
        table.schema().names()
    } else {
        Vec::new()
    };
    let columns = columns_of(predictions, taken);
    let result = if keep_columns {
        table.with_columns(&columns)?
    } else {
        Table::of_columns(&columns, table.fingerprint().then(b"predictions"))?
    };
    write_read_back(&result, &columns, path, task)
}

/// Writes `table` with a column of numbers, one per row, by the extension of `path`; the name of the
/// column, which gets a number where it is taken. The file is read back and its numbers compared
/// before it takes the place of its target.
pub fn write_with_numbers(
    table: &Table,
    wanted: &str,
    numbers: &[f64],
    path: &Path,
    task: &TaskContext,
) -> Result<String, UserError> {
    let column = NewColumn {
        name: free_name(wanted, &table.schema().names()),
        values: NewValues::Numbers(numbers.to_vec()),
    };
    let result = table.with_columns(std::slice::from_ref(&column))?;
    write_read_back(&result, std::slice::from_ref(&column), path, task)?;
    Ok(column.name)
}

fn write_read_back(
    table: &Table,
    added: &[NewColumn],
    path: &Path,
    task: &TaskContext,
) -> Result<(), UserError> {
    let draft = Draft::of(path);
    formats::write(table, draft.path(), task)?;
    task.check()?;
    read_back(draft.path(), table, added, &task.part())?;
    draft.keep()
}

fn free_name(wanted: &str, taken: &[String]) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while taken.contains(&name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// The columns that are added, under names not in `taken`.
pub fn columns_of(predictions: &Predictions, mut taken: Vec<String>) -> Vec<NewColumn> {
    let mut free = |wanted: &str| {
        let name = free_name(wanted, &taken);
        taken.push(name.clone());
        name
    };
    let rows = 0..predictions.rows;
    let Task::Classes { names } = &predictions.task else {
        return vec![NewColumn {
            name: free("prediction"),
            values: NewValues::Numbers(
                rows.map(|row| predictions.number(row).unwrap_or(f64::NAN))
                    .collect(),
            ),
        }];
    };
    let mut columns = vec![NewColumn {
        name: free("prediction"),
        values: NewValues::Texts(
            rows.clone()
                .map(|row| Some(predictions.label(row).to_owned()))
                .collect(),
        ),
    }];
    for (class, class_name) in names.iter().enumerate() {
        let probability = |row| predictions.probability(row, class).unwrap_or(f64::NAN);
        columns.push(NewColumn {
            name: free(&format!("p_{class_name}")),
            values: NewValues::Numbers(rows.clone().map(probability).collect()),
        });
    }
    columns
}

/// Reads the file again and compares what was added.
fn read_back(
    path: &Path,
    written: &Table,
    columns: &[NewColumn],
    task: &TaskContext,
) -> Result<(), UserError> {
    task.progress(0, 0, "Reading the file back");
    let types: Vec<String> = columns
        .iter()
        .map(|column| {
            let read_as = match column.values {
                NewValues::Texts(_) => ReadAs::Text,
                _ => ReadAs::Number,
            };
            format!("{}={}", column.name, read_as.id())
        })
        .collect();
    let (read, _) = formats::read(path, None, &Params::new().with("types", types), task)?;
    if read.rows() != written.rows() || read.width() != written.width() {
        return Err(differs(format!(
            "{} × {} were written and {} × {} were read",
            written.rows(),
            written.width(),
            read.rows(),
            read.width()
        )));
    }
    for column in columns {
        let found = target_values(&read, &column.name, task)?;
        let wrong = match (&column.values, &found) {
            (NewValues::Numbers(wanted), TargetValues::Numbers(found)) => wanted
                .iter()
                .zip(found)
                .position(|(wanted, found)| super::parity::difference(*wanted, *found) > TOLERANCE),
            (NewValues::Texts(wanted), TargetValues::Texts { codes, names }) => {
                wanted.iter().zip(codes).position(|(wanted, &code)| {
                    // A class called "NA" is read as a blank; the text in the file is right.
                    names
                        .get(code as usize)
                        .is_some_and(|found| Some(found.trim()) != wanted.as_deref().map(str::trim))
                })
            }
            // Nothing but blanks came back.
            _ => None,
        };
        if let Some(row) = wrong {
            return Err(differs(format!(
                "Row {} of {} came back differently",
                row + 1,
                column.name
            )));
        }
    }
    Ok(())
}

fn differs(why: String) -> UserError {
    UserError::failed(
        "predictions_not_written",
        "What was added did not read back as written, so the file was not kept",
        why,
    )
    .with_hint("Try another format: Parquet keeps every value as it is")
}
