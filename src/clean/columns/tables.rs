//! Changes to whole tables, for those who do not speak the language of the table engine.

use std::collections::BTreeMap;

use polars::prelude::{Column as PolarsColumn, DataFrame, DataType, Expr, IntoLazy, Series};

use super::conversion::{Conversion, Reading, convert};
use super::engine::{collect, column, engine_error, storage_type};
use super::names::{missing_column, require};
use crate::base::{Fingerprint, UserError, format};
use crate::data::{ColumnKind, ROW_ID, Schema, Table};

/// The same table with some columns under other names (old → new). The new names must be free.
pub fn renamed(table: &Table, renames: &BTreeMap<String, String>) -> Result<Table, UserError> {
    if renames.is_empty() {
        return Ok(table.clone());
    }
    let mut names = table.schema().names();
    for (from, to) in renames {
        let at = table
            .schema()
            .index_of(from)
            .ok_or_else(|| missing_column(from, &table.schema().names()))?;
        if let Some(name) = names.get_mut(at) {
            name.clone_from(to);
        }
    }
    let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
    if distinct.len() != names.len() {
        return Err(UserError::usage(
            "name_taken",
            "Two columns would have the same name",
            format!("After renaming, the columns are {}", format::list(&names)),
        )
        .with_hint("Choose another column for one of them"));
    }
    let mut frame = table.frame_with_rows()?;
    names.push(ROW_ID.to_owned());
    frame
        .set_column_names(&names)
        .map_err(|error| engine_error(&error))?;
    Table::from_frame_with_rows(
        frame,
        table.source_rows(),
        table.fingerprint().then(b"renamed").then_value(renames),
    )
}

/// The same table with every number as 32-bit floating point holds it, in its own type: whole
/// numbers up to 16,777,216 and blanks stay exactly as they are.
pub fn narrowed(table: &Table) -> Result<Table, UserError> {
    let mut frame = table.frame_with_rows()?;
    for described in &table.schema().columns {
        let column = frame
            .column(&described.name)
            .map_err(|error| engine_error(&error))?;
        let own = column.dtype().clone();
        if described.kind != ColumnKind::Number || !(own.is_float() || own.is_integer()) {
            continue;
        }
        let narrow = column
            .cast(&DataType::Float32)
            .and_then(|narrow| narrow.cast(&own))
            .map_err(|error| engine_error(&error))?;
        frame
            .with_column(narrow)
            .map_err(|error| engine_error(&error))?;
    }
    Table::from_frame_with_rows(
        frame,
        table.source_rows(),
        table.fingerprint().then(b"narrowed"),
    )
}

/// So many rows that are blank in every column of the schema.
pub fn blank_rows(schema: &Schema, rows: usize) -> Result<Table, UserError> {
    Ok(Table::from_frame(
        blank_frame(schema, rows)?,
        Fingerprint::default(),
    ))
}

pub(in crate::clean) fn blank_frame(schema: &Schema, rows: usize) -> Result<DataFrame, UserError> {
    let columns: Vec<PolarsColumn> = schema
        .columns
        .iter()
        .map(|column| {
            Series::full_null(column.name.as_str().into(), rows, &storage_type(column)).into()
        })
        .collect();
    DataFrame::new(rows, columns).map_err(|error| engine_error(&error))
}

/// Only the named columns, in the given order.
pub fn selected(table: &Table, names: &[String]) -> Result<Table, UserError> {
    let mut wanted: Vec<Expr> = Vec::with_capacity(names.len() + 1);
    for name in names {
        require(table.schema(), name)?;
        wanted.push(column(name));
    }
    wanted.push(column(ROW_ID));
    let frame = collect(table.frame_with_rows()?.lazy().select(wanted))?;
    Table::from_frame_with_rows(
        frame,
        table.source_rows(),
        table.fingerprint().then(b"selected").then_value(&names),
    )
}

/// The table with one column turned into the given kind, when every filled value fits; the first
/// value that does not fit is named otherwise.
pub fn conformed(table: &Table, name: &str, kind: ColumnKind) -> Result<Table, UserError> {
    require(table.schema(), name)?;
    let to = match kind {
        ColumnKind::Number => Conversion::Number,
        ColumnKind::YesNo => Conversion::YesNo,
        // A date alone is read as its midnight: the same number of days.
        ColumnKind::Time => Conversion::DateTime,
        ColumnKind::Category | ColumnKind::Text => Conversion::Text,
    };
    let mut frame = table.frame_with_rows()?;
    let before = frame
        .column(name)
        .map_err(|error| engine_error(&error))?
        .as_materialized_series()
        .clone();
    let after = convert(&before, to, Reading::default()).map_err(|error| engine_error(&error))?;
    if after.null_count() > before.null_count() {
        return Err(does_not_fit(name, kind, &before, &after));
    }
    frame
        .with_column(after.into())
        .map_err(|error| engine_error(&error))?;
    let fingerprint = table
        .fingerprint()
        .then(b"conformed")
        .then_value(&(name, kind));
    // `with_column` replaces in place, so the row ids stay where they are.
    Table::from_frame_with_rows(frame, table.source_rows(), fingerprint)
}

fn does_not_fit(name: &str, kind: ColumnKind, before: &Series, after: &Series) -> UserError {
    let lost = after.null_count() - before.null_count();
    let blanks = before.is_null();
    let first = blanks
        .iter()
        .zip(after.is_null().iter())
        .position(|(was, is)| was == Some(false) && is == Some(true))
        .and_then(|row| {
            before
                .get(row)
                .ok()
                .map(|value| (row, value.str_value().into_owned()))
        });
    let example = first.map_or_else(String::new, |(row, value)| {
        format!(
            "; the first is \"{}\" in row {}",
            format::shorten(&value, 40),
            row + 1
        )
    });
    UserError::input(
        "value_does_not_fit",
        format!("The column {name} does not hold what the model was trained on"),
        format!(
            "{} of it cannot be read as {}{example}",
            format::counted(lost as u64, "value"),
            kind.word().to_lowercase()
        ),
    )
    .with_hint("Correct these values, or choose another column")
}
