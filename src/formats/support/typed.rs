//! Formats whose columns already have types: what they share.

use std::collections::HashSet;
use std::path::Path;

use polars::prelude::{
    Column, DataFrame, DataType, Float64Chunked, IntoColumn, PlSmallStr, PolarsError, Series,
    StringChunked,
};

use super::super::{FileRead, Preview, PreviewColumn, ReadAs, content_hash};
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Issue, Params, Severity, UserError};
use crate::data::cells::Cells;
use crate::data::{ROW_ID, Table};

/// The settings of a typed format.
pub static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: "types",
    label: "Column types",
    help: "Columns to leave out or to read as text: column=skip, column=text",
    kind: ParamKind::Columns,
    default: ParamDefault::None,
}];

/// The error of a reader, in words.
pub fn damaged(path: &Path, error: &PolarsError) -> UserError {
    UserError::input(
        "damaged_file",
        format!("{} could not be read", file_name(path)),
        error.to_string(),
    )
    .with_hint("The file may be incomplete: fetch or write it again")
    .with_path(path)
}

/// The error of a writer, in words.
pub fn not_written(path: &Path, error: &PolarsError) -> UserError {
    UserError::failed(
        "write_failed",
        format!("{} could not be written", file_name(path)),
        error.to_string(),
    )
    .with_path(path)
}

pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// A table from a frame as it was read: types nobody can use become text, overrides are applied.
pub fn table(
    frame: DataFrame,
    path: &Path,
    format: &str,
    params: &Params,
) -> Result<FileRead, UserError> {
    let mut issues = Vec::new();
    let frame = usable_frame(frame, params, &mut issues)?;
    let content = content_hash(path)?;
    let fingerprint = content.then(format.as_bytes()).then_value(params);
    if frame.height() == 0 {
        issues.push(Issue::new(
            Severity::Caution,
            "no_rows",
            format!("{} holds column names and no rows", file_name(path)),
        ));
    }
    Ok(FileRead {
        table: Table::from_frame(frame, fingerprint),
        issues,
        content,
    })
}

/// A preview from the first rows of a frame.
pub fn preview(
    frame: DataFrame,
    path: &Path,
    format: &'static str,
    params: &Params,
    rows_total: Option<u64>,
) -> Result<Preview, UserError> {
    let natural: Vec<PreviewColumn> = frame.columns().iter().map(preview_column).collect();
    let mut issues = Vec::new();
    // Shown as they will be, but with the columns to leave out still in place.
    let kept = Params::new();
    let frame = usable_frame(frame, &kept, &mut issues)?;
    let cells: Vec<Cells> = frame
        .columns()
        .iter()
        .map(|column| Cells::of(column.as_materialized_series()))
        .collect();
    let rows = (0..frame.height())
        .map(|row| {
            let shown = |cells: &Cells| {
                let mut text = String::new();
                cells.write(row, &mut text).then_some(text)
            };
            cells.iter().map(shown).collect()
        })
        .collect();
    let overrides = overrides(params)?;
    let columns = natural
        .into_iter()
        .map(|mut column| {
            if let Some((_, read_as)) = overrides.iter().find(|(name, _)| *name == column.name) {
                column.read_as = *read_as;
            }
            column
        })
        .collect();
    let file_bytes = std::fs::metadata(path).map_or(0, |data| data.len());
    Ok(Preview {
        path: path.to_path_buf(),
        format,
        file_bytes,
        columns,
        rows,
        rows_total,
        rows_are_estimate: false,
        params: params.clone(),
        issues,
    })
}

fn preview_column(column: &Column) -> PreviewColumn {
    PreviewColumn {
        name: column.name().to_string(),
        read_as: natural(column.dtype()),
        can_change: false,
        disagreeing: Vec::new(),
        note: None,
    }
}

fn natural(dtype: &DataType) -> ReadAs {
    match dtype {
        DataType::Boolean => ReadAs::YesNo,
        DataType::Date | DataType::Datetime(_, _) => ReadAs::DateIso,
        dtype if dtype.is_integer() => ReadAs::WholeNumber,
        dtype if dtype.is_float() || dtype.is_decimal() => ReadAs::Number,
        _ => ReadAs::Text,
    }
}

fn overrides(params: &Params) -> Result<Vec<(String, ReadAs)>, UserError> {
    params
        .list("types")
        .iter()
        .map(|entry| {
            let found = entry
                .rsplit_once('=')
                .and_then(|(name, id)| Some((name.to_owned(), ReadAs::from_id(id.trim())?)));
            found.ok_or_else(|| {
                let known: Vec<&str> = ReadAs::ALL.into_iter().map(ReadAs::id).collect();
                UserError::usage(
                    "wrong_type_setting",
                    format!("Cannot use the type {entry}"),
                    format!(
                        "It should be written column=type, with one of {}",
                        known.join(", ")
                    ),
                )
            })
        })
        .collect()
}

/// Columns of types that the rest of the program can use, with unique names.
fn usable_frame(
    frame: DataFrame,
    params: &Params,
    issues: &mut Vec<Issue>,
) -> Result<DataFrame, UserError> {
    let rows = frame.height();
    let overrides = overrides(params)?;
    for (name, _) in &overrides {
        if frame.column(name).is_err() {
            return Err(UserError::usage(
                "wrong_type_setting",
                format!("Cannot change the type of “{name}”"),
                "The file has no column of that name",
            ));
        }
    }
    let mut taken = HashSet::new();
    let mut columns = Vec::with_capacity(frame.width());
    for column in frame.into_columns() {
        let chosen = overrides
            .iter()
            .find(|(name, _)| name == column.name().as_str())
            .map(|(_, read_as)| *read_as);
        let mut column = match chosen {
            Some(ReadAs::Skip) => continue,
            Some(ReadAs::Text) => as_text(&column),
            Some(read_as) if read_as != natural(column.dtype()) => {
                return Err(UserError::usage(
                    "wrong_type_setting",
                    format!("“{}” cannot be read as “{}”", column.name(), read_as.word()),
                    "The columns of this file have types already: they can be left out or read as text",
                )
                .with_hint("Change the type in a cleaning step instead"));
            }
            _ => usable(column, issues),
        };
        let name = unique(column.name().as_str(), &taken);
        taken.insert(name.clone());
        column.rename(PlSmallStr::from_string(name));
        columns.push(column);
    }
    DataFrame::new(rows, columns).map_err(|error| {
        UserError::failed(
            "not_a_table",
            "The columns do not make a table",
            error.to_string(),
        )
    })
}

fn unique(name: &str, taken: &HashSet<String>) -> String {
    let base = if name.is_empty() { "column" } else { name };
    let mut unique = base.to_owned();
    let mut number = 2;
    while taken.contains(&unique) || unique == ROW_ID {
        unique = format!("{base}_{number}");
        number += 1;
    }
    unique
}

fn usable(column: Column, issues: &mut Vec<Issue>) -> Column {
    match column.dtype() {
        DataType::Null => Column::full_null(column.name().clone(), column.len(), &DataType::String),
        dtype
            if dtype.is_nested()
                || matches!(
                    dtype,
                    DataType::Binary | DataType::BinaryOffset | DataType::Unknown(_)
                ) =>
        {
            let kind = if dtype.is_nested() {
                "lists or records"
            } else {
                "raw bytes"
            };
            issues.push(
                Issue::new(
                    Severity::Note,
                    "shown_as_text",
                    format!("“{}” holds {kind} and is read as text", column.name()),
                )
                .about(column.name().as_str()),
            );
            as_text(&column)
        }
        DataType::Int128 | DataType::UInt128 | DataType::Float16 => column
            .cast(&DataType::Float64)
            .unwrap_or_else(|_| as_text(&column)),
        _ => column,
    }
}

/// The values as they are shown.
fn as_text(column: &Column) -> Column {
    let cells = Cells::of(column.as_materialized_series());
    let texts = (0..cells.len()).map(|row| {
        let mut text = String::new();
        cells.write(row, &mut text).then_some(text)
    });
    let mut texts = StringChunked::from_iter(texts);
    texts.rename(column.name().clone());
    texts.into_column()
}

/// A frame that text formats can hold: no nested values, no "not a number".
pub fn writable_frame(frame: &DataFrame) -> Result<DataFrame, UserError> {
    let columns = frame.columns().iter().map(writable).collect();
    DataFrame::new(frame.height(), columns).map_err(|error| {
        UserError::failed(
            "not_a_table",
            "The columns do not make a table",
            error.to_string(),
        )
    })
}

fn writable(column: &Column) -> Column {
    match column.dtype() {
        DataType::Float64 | DataType::Float32 => without_nan(column),
        DataType::Decimal(_, _) => column
            .cast(&DataType::Float64)
            .unwrap_or_else(|_| as_text(column)),
        DataType::Categorical(_, _) | DataType::Enum(_, _) => column
            .cast(&DataType::String)
            .unwrap_or_else(|_| as_text(column)),
        DataType::Datetime(_, Some(_)) | DataType::Duration(_) | DataType::Time => as_text(column),
        dtype
            if dtype.is_nested() || matches!(dtype, DataType::Binary | DataType::BinaryOffset) =>
        {
            as_text(column)
        }
        _ => column.clone(),
    }
}

/// Blanks in place of "not a number".
pub fn without_nan(column: &Column) -> Column {
    let series: &Series = column.as_materialized_series();
    let has_nan = series.is_nan().is_ok_and(|nan| nan.any());
    if !has_nan {
        return column.clone();
    }
    let Ok(wide) = series.cast(&DataType::Float64) else {
        return column.clone();
    };
    match wide.f64() {
        Ok(values) => {
            let mut kept =
                Float64Chunked::from_iter(values.iter().map(|value| value.filter(|v| !v.is_nan())));
            kept.rename(column.name().clone());
            kept.into_column()
        }
        Err(_) => column.clone(),
    }
}
