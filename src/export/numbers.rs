//! Columns of numbers and words as a table file.

use std::path::Path;

use super::draft::Draft;
use crate::base::{Fingerprint, Params, TaskContext, UserError, format};
use crate::data::Table;
use crate::data::table::{NewColumn, NewValues};
use crate::formats::{self, ReadAs};
use crate::learn::matrix::{TargetValues, target_values};

/// Numbers read back may differ by rounding of the last digit.
const TOLERANCE: f64 = 1e-12;

/// Writes columns in the format of the name's extension. The file is read back and compared, value by
/// value, before it takes the place of its target. Returns the lines written.
pub fn write_numbers(
    columns: &[NewColumn],
    path: &Path,
    task: &TaskContext,
) -> Result<u64, UserError> {
    let table = Table::of_columns(columns, Fingerprint::of(&[b"numbers"]))?;
    let draft = Draft::of(path);
    formats::write(&table, draft.path(), task)?;
    task.check()?;
    let types: Vec<String> = columns
        .iter()
        .map(|column| {
            let read_as = match column.values {
                NewValues::Numbers(_) => ReadAs::Number,
                _ => ReadAs::Text,
            };
            format!("{}={}", column.name, read_as.id())
        })
        .collect();
    let settings = Params::new().with("types", types);
    let (read, _) = formats::read(draft.path(), None, &settings, &task.part())?;
    if (read.rows(), read.width()) != (table.rows(), table.width()) {
        return Err(not_kept(format!(
            "{} × {} were written and {} × {} were read",
            table.rows(),
            table.width(),
            read.rows(),
            read.width()
        )));
    }
    for column in columns {
        let found = target_values(&read, &column.name, &task.part())?;
        if let Some(line) = first_difference(&column.values, &found) {
            return Err(not_kept(format!(
                "Line {} of {} came back differently",
                format::count(line as u64 + 1),
                column.name
            )));
        }
    }
    draft.keep()?;
    Ok(table.rows() as u64)
}

fn first_difference(written: &NewValues, read: &TargetValues) -> Option<usize> {
    match (written, read) {
        (NewValues::Numbers(written), TargetValues::Numbers(read)) => {
            written.iter().zip(read).position(|(written, read)| {
                let same = written.is_nan() && read.is_nan();
                let near = (written - read).abs() <= TOLERANCE * written.abs().max(1.0);
                !same && !near
            })
        }
        (NewValues::Texts(written), TargetValues::Texts { codes, names }) => {
            written.iter().zip(codes).position(|(written, &code)| {
                // A text like "NA" is read as a blank; the text in the file is right.
                names
                    .get(code as usize)
                    .is_some_and(|read| Some(read.trim()) != written.as_deref().map(str::trim))
            })
        }
        // Nothing but blanks came back.
        _ => None,
    }
}

fn not_kept(why: String) -> UserError {
    UserError::failed(
        "numbers_not_written",
        "The numbers did not read back as written, so the file was not kept",
        why,
    )
    .with_hint("Try another format: Parquet keeps every value as it is")
}
