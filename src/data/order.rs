//! Reading orders: sorting and filtering without moving a row.
//!
//! Numbers are turned into whole numbers that sort the same way and put in order by counting
//! their digits (radix sort), which is stable, so equal values keep the order of the table.

use std::collections::HashMap;

use super::Table;
use super::cells::Cells;
use crate::base::{RowSet, TaskContext, UserError};

/// Text columns with at most this many distinct values are sorted by rank instead of by text.
const RANKED_VALUES: usize = 1 << 16;
/// Rows between two looks at whether the work was stopped.
const CHECK_EVERY: usize = 1 << 20;

/// A sortable value and the position it belongs to.
type Keyed = (u64, u32);

/// Positions of all rows in sorted order: stable, blanks last in both directions; numbers by
/// size, no before yes, text by Unicode code points.
pub fn sort_order(
    table: &Table,
    column: usize,
    descending: bool,
    task: &TaskContext,
) -> Result<Vec<u32>, UserError> {
    task.progress(0, 3, "Sorting");
    let Some(values) = table.frame().columns().get(column) else {
        return Err(UserError::usage(
            "no_such_column",
            "Cannot sort by this column",
            format!(
                "The table has {} columns, column {} was asked for",
                table.width(),
                column + 1
            ),
        ));
    };
    let (keyed, blanks) = match Cells::of(values.as_materialized_series()) {
        Cells::Whole(values) | Cells::Moment(values) => split(values.iter(), whole_key),
        Cells::Unsigned(values) => split(values.iter(), |value| value),
        Cells::Number(values) => split(
            values.iter().map(|value| value.filter(|v| !v.is_nan())),
            number_key,
        ),
        Cells::Single(values) => split(
            values.iter().map(|value| value.filter(|v| !v.is_nan())),
            |value| number_key(f64::from(value)),
        ),
        Cells::YesNo(values) => split(values.iter(), u64::from),
        Cells::Date(values) => split(values.iter(), |value| whole_key(i64::from(value))),
        Cells::Text(values) => return text_order(values.iter(), descending, task),
        Cells::Other(series) => {
            if series.dtype().is_decimal() || series.dtype().is_temporal() {
                let key = if series.dtype().is_decimal() {
                    series.cast(&polars::prelude::DataType::Float64)
                } else {
                    series
                        .to_physical_repr()
                        .cast(&polars::prelude::DataType::Int64)
                };
                match key.map(|key| Cells::of(&key)) {
                    Ok(Cells::Number(values)) => split(values.iter(), number_key),
                    Ok(Cells::Whole(values)) => split(values.iter(), whole_key),
                    _ => (Vec::new(), (0..series.len() as u32).collect()),
                }
            } else {
                return other_order(&Cells::Other(series), descending, task);
            }
        }
    };
    task.check()?;
    task.progress(1, 3, "Sorting");
    finish(keyed, blanks, descending, task)
}

/// Positions of `order` (`None`: table order) whose row is in the set, in that order.
pub fn filter_order(order: Option<&[u32]>, table: &Table, rows: &RowSet) -> Vec<u32> {
    let in_set = |position: &u32| rows.contains(table.row_id(*position as usize) as usize);
    match order {
        Some(order) => order.iter().copied().filter(in_set).collect(),
        None => (0..table.rows() as u32).filter(in_set).collect(),
    }
}

fn split<T>(
    values: impl Iterator<Item = Option<T>>,
    key: impl Fn(T) -> u64,
) -> (Vec<Keyed>, Vec<u32>) {
    let mut keyed = Vec::with_capacity(values.size_hint().0);
    let mut blanks = Vec::new();
    for (position, value) in values.enumerate() {
        match value {
            Some(value) => keyed.push((key(value), position as u32)),
            None => blanks.push(position as u32),
        }
    }
    (keyed, blanks)
}

/// Whole numbers with the sign bit turned sort like unsigned ones.
fn whole_key(value: i64) -> u64 {
    (value as u64) ^ (1 << 63)
}

/// Bits of a float, turned so that they sort like the numbers; −0 equals 0.
fn number_key(value: f64) -> u64 {
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    }
}

fn finish(
    mut keyed: Vec<Keyed>,
    blanks: Vec<u32>,
    descending: bool,
    task: &TaskContext,
) -> Result<Vec<u32>, UserError> {
    if descending {
        // Turned keys instead of a turned result: equal values keep the order of the table.
        for (key, _) in &mut keyed {
            *key = !*key;
        }
    }
    let sorted = radix_sort(keyed, task)?;
    task.progress(3, 3, "Sorting");
    Ok(sorted
        .into_iter()
        .map(|(_, position)| position)
        .chain(blanks)
        .collect())
}

/// Sorts by key, eleven bits at a time, lowest first; digits that are the same everywhere are
/// skipped.
fn radix_sort(mut items: Vec<Keyed>, task: &TaskContext) -> Result<Vec<Keyed>, UserError> {
    const DIGIT_BITS: u32 = 11;
    const DIGITS: usize = 1 << DIGIT_BITS;
    if items.len() < 4 * DIGITS {
        items.sort_by_key(|&(key, _)| key);
        return Ok(items);
    }
    let first = items.first().map_or(0, |&(key, _)| key);
    let varying = items.iter().fold(0, |bits, &(key, _)| bits | (key ^ first));
    let mut other = vec![(0u64, 0u32); items.len()];
    for shift in (0..u64::BITS).step_by(DIGIT_BITS as usize) {
        let digit = |key: u64| (key >> shift) as usize & (DIGITS - 1);
        if digit(varying) == 0 {
            continue;
        }
        task.check()?;
        let mut starts = vec![0usize; DIGITS];
        for &(key, _) in &items {
            starts[digit(key)] += 1;
        }
        let mut total = 0;
        for start in &mut starts {
            let count = *start;
            *start = total;
            total += count;
        }
        for &item in &items {
            let place = &mut starts[digit(item.0)];
            other[*place] = item;
            *place += 1;
        }
        std::mem::swap(&mut items, &mut other);
    }
    Ok(items)
}

fn text_order<'a>(
    values: impl Iterator<Item = Option<&'a str>>,
    descending: bool,
    task: &TaskContext,
) -> Result<Vec<u32>, UserError> {
    let mut texts = Vec::new();
    let mut blanks = Vec::new();
    for (position, value) in values.enumerate() {
        if position % CHECK_EVERY == 0 {
            task.check()?;
        }
        match value {
            Some(value) => texts.push((value, position as u32)),
            None => blanks.push(position as u32),
        }
    }
    match ranked(&texts, task)? {
        Some(keyed) => finish(keyed, blanks, descending, task),
        None => {
            task.progress(1, 3, "Sorting");
            let order = |a: &(&str, u32), b: &(&str, u32)| {
                let by_text = if descending {
                    b.0.cmp(a.0)
                } else {
                    a.0.cmp(b.0)
                };
                by_text.then(a.1.cmp(&b.1))
            };
            texts.sort_unstable_by(order);
            task.check()?;
            Ok(texts
                .into_iter()
                .map(|(_, position)| position)
                .chain(blanks)
                .collect())
        }
    }
}

/// Texts replaced by their rank among the distinct texts, or None when there are too many.
fn ranked(texts: &[(&str, u32)], task: &TaskContext) -> Result<Option<Vec<Keyed>>, UserError> {
    let mut codes: HashMap<&str, u32, super::profile::TextHasher> = HashMap::default();
    let mut keyed = Vec::with_capacity(texts.len());
    for (index, &(text, position)) in texts.iter().enumerate() {
        if index % CHECK_EVERY == 0 {
            task.check()?;
        }
        let next = codes.len() as u32;
        let code = *codes.entry(text).or_insert(next);
        if codes.len() > RANKED_VALUES {
            return Ok(None);
        }
        keyed.push((u64::from(code), position));
    }
    let mut distinct: Vec<(&str, u32)> = codes.into_iter().collect();
    distinct.sort_unstable();
    let mut ranks = vec![0u64; distinct.len()];
    for (rank, &(_, code)) in distinct.iter().enumerate() {
        ranks[code as usize] = rank as u64;
    }
    for (key, _) in &mut keyed {
        *key = ranks[*key as usize];
    }
    Ok(Some(keyed))
}

/// Columns of rare types are sorted by the text they are shown as.
fn other_order(cells: &Cells, descending: bool, task: &TaskContext) -> Result<Vec<u32>, UserError> {
    let mut texts = Vec::with_capacity(cells.len());
    for position in 0..cells.len() {
        if position % 4096 == 0 {
            task.check()?;
        }
        let mut text = String::new();
        texts.push(cells.write(position, &mut text).then_some(text));
    }
    text_order(texts.iter().map(Option::as_deref), descending, task)
}
