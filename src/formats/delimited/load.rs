//! The whole file into a table.

use polars::prelude::{Column, DataFrame, PlSmallStr};

use super::super::ReadAs;
use super::super::support::typed::without_nan;
use super::convert::convert;
use super::examine::Examined;
use super::ordering::read_in_order;
use super::reader::{Input, Loaded, Reader};
use super::scan::Scan;
use super::source::Source;
use crate::base::{Fingerprint, Issue, Params, TaskContext, UserError};
use crate::data::Table;

/// Reads everything; values that do not fit are blank and counted in an issue.
pub fn load(
    source: &Source,
    params: &Params,
    task: &TaskContext,
) -> Result<(Table, Vec<Issue>), UserError> {
    task.progress(0, 0, &format!("Examining {}", source.name()));
    let mut examined = Examined::new(source, params, 0)?;
    let scan = Scan::of(source, &examined, task)?;
    let mut issues = std::mem::take(&mut examined.issues);
    let frame = match read_as_it_is(&scan, source, &examined, task)? {
        Some(loaded) => loaded,
        None => read_in_order(source, &mut examined, &mut issues, task)?,
    };
    let table = finish(frame, &examined, scan.hash, &mut issues, task)?;
    Ok((table, issues))
}

/// Names the columns, leaves out those to skip, converts those that are still text.
fn finish(
    loaded: Loaded,
    examined: &Examined,
    hash: Fingerprint,
    issues: &mut Vec<Issue>,
    task: &TaskContext,
) -> Result<Table, UserError> {
    let total = examined.columns.len() as u64;
    let rows = loaded.rows;
    let mut columns = Vec::with_capacity(examined.columns.len());
    for (index, (column, plan)) in loaded
        .columns
        .into_iter()
        .zip(&examined.columns)
        .enumerate()
    {
        task.check()?;
        task.progress(total + index as u64, total * 2, "Converting values");
        if plan.read_as == ReadAs::Skip {
            continue;
        }
        let series = column.take_materialized_series();
        let mut series = match series.str() {
            Ok(texts) => convert(texts, plan, examined, issues, task)?,
            // "nan" is a number to polars, and nothing to a person.
            Err(_) => without_nan(&Column::from(series)).take_materialized_series(),
        };
        series.rename(PlSmallStr::from_str(&plan.name));
        columns.push(Column::from(series));
    }
    let frame = DataFrame::new(rows, columns).map_err(|error| {
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

/// Lets polars read the file, or None when it would misread it.
fn read_as_it_is(
    scan: &Scan,
    source: &Source,
    examined: &Examined,
    task: &TaskContext,
) -> Result<Option<Loaded>, UserError> {
    if !scan.is_regular(source, examined)? {
        return Ok(None);
    }
    let total = examined.columns.len() as u64 * 2;
    task.progress(total / 2, total, &format!("Reading {}", source.name()));
    let reader = Reader {
        input: Input::Source {
            source,
            start: examined.data_start,
        },
        delimiter: examined.dialect.delimiter,
        quote: examined.dialect.quote,
        codes: scan.codes,
        examined,
    };
    let loaded = reader.read(task)?;
    Ok(loaded.filter(|loaded| loaded.rows as u64 == scan.rows))
}
