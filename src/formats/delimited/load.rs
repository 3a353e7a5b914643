//! The whole file into a table.

use polars::prelude::{Column, DataFrame, PlSmallStr};

use super::super::FileRead;
use super::convert::convert;
use super::examine::Examined;
use super::ordering::read_in_order;
use super::rows::{Layout, Loaded, LoadedColumn, read_rows};
use super::source::Source;
use super::text::Encoding;
use crate::base::{Fingerprint, Issue, Params, TaskContext, UserError};
use crate::data::Table;

/// Reads everything; values that do not fit are blank and counted in an issue.
pub fn load(source: &Source, params: &Params, task: &TaskContext) -> Result<FileRead, UserError> {
    task.progress(0, 0, &format!("Examining {}", source.name()));
    let mut examined = Examined::new(source, params, 0)?;
    let mut issues = std::mem::take(&mut examined.issues);
    let (loaded, hash) = match read_as_it_is(source, &examined, task)? {
        Some(found) => found,
        None => read_in_order(source, &mut examined, &mut issues, task)?,
    };
    let table = finish(loaded, &examined, hash, &mut issues, task)?;
    Ok(FileRead {
        table,
        issues,
        content: hash,
    })
}

/// Reads the rows as they stand; None when they are not as regular as the sample.
fn read_as_it_is(
    source: &Source,
    examined: &Examined,
    task: &TaskContext,
) -> Result<Option<(Loaded, Fingerprint)>, UserError> {
    if examined.encoding != Encoding::Utf8
        || examined.dialect.carriage_return
        || !examined.header_closed
    {
        return Ok(None);
    }
    // The start of the rows was measured in text: it counts only where text and bytes agree.
    let head = source.read_at(0, examined.data_start as usize)?;
    if std::str::from_utf8(&head).is_err() {
        return Ok(None);
    }
    let layout = Layout {
        start: examined.data_start,
        delimiter: examined.dialect.delimiter,
        quote: examined.dialect.quote,
    };
    read_rows(source, layout, examined, task)
}

/// Names the columns, leaves out those to skip, converts those that are still text.
fn finish(
    loaded: Loaded,
    examined: &Examined,
    hash: Fingerprint,
    issues: &mut Vec<Issue>,
    task: &TaskContext,
) -> Result<Table, UserError> {
    let mut columns = Vec::with_capacity(examined.columns.len());
    for (column, plan) in loaded.columns.into_iter().zip(&examined.columns) {
        task.check()?;
        let mut series = match column {
            LoadedColumn::LeftOut => continue,
            LoadedColumn::Values(series) => series,
            LoadedColumn::Texts(texts) => {
                task.progress(0, 0, &format!("Reading the values of {}", plan.name));
                convert(&texts, plan, examined, issues, task)?
            }
        };
        series.rename(PlSmallStr::from_str(&plan.name));
        columns.push(Column::from(series));
    }
    let frame = DataFrame::new(loaded.rows, columns).map_err(|error| {
        UserError::failed(
            "not_a_table",
            "The columns do not make a table",
            error.to_string(),
        )
    })?;
    Ok(Table::from_frame(frame, fingerprint(hash, examined)))
}

/// Of the bytes and of everything that decides what they mean.
fn fingerprint(hash: Fingerprint, examined: &Examined) -> Fingerprint {
    let columns: Vec<(&str, &str, bool)> = examined
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.read_as.id(), column.forced))
        .collect();
    hash.then_value(&(&examined.params.0, columns))
}
