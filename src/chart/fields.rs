//! Columns as charts need them: numbers with blanks as NaN, categories as small codes.

use std::collections::HashMap;

use polars::prelude::{DataType, Series, TimeUnit as StoredUnit};

use super::density;
use super::scale;
use super::scene::Ink;
use super::words;
use crate::base::format::{self, Figures};
use crate::base::{TaskContext, UserError};
use crate::data::{ColumnKind, Table};

/// Categories that get a colour of their own; the rest is "other".
pub const COLOURS: usize = 6;
/// Ranges that a number is cut into when it is used as a colour.
const RANGES: usize = 5;
/// Rows between two looks at whether the work was stopped.
const BLOCK: usize = 1 << 16;
/// Values beyond this size count as infinite: no axis can be computed for them.
const LARGEST: f64 = 1e300;
/// Code of a blank in [`Bands`].
pub const BLANK: u16 = u16::MAX;

/// A column of numbers or dates.
pub struct Numbers {
    /// One value per row; NaN for a blank, infinite values as they are. Dates are seconds since
    /// 1970-01-01 UTC.
    pub values: Vec<f64>,
    pub blanks: usize,
    pub infinite: usize,
    /// Rows with a finite value.
    pub filled: usize,
    /// Smallest and largest finite value; NaN when there is none.
    pub min: f64,
    pub max: f64,
    pub kind: ColumnKind,
    /// All values are whole numbers.
    pub whole: bool,
    /// How they are written.
    pub figures: Figures,
}

impl Numbers {
    pub fn is_time(&self) -> bool {
        self.kind == ColumnKind::Time
    }

    /// Dates without a time of day.
    pub fn whole_days(&self) -> bool {
        self.is_time()
            && self
                .values
                .iter()
                .all(|v| !v.is_finite() || v % scale::DAY == 0.0)
    }

    /// A value as a person reads it.
    pub fn label(&self, value: f64) -> String {
        if self.is_time() {
            scale::moment_label(value)
        } else {
            self.figures.number(value, 4)
        }
    }

    fn from_values(mut values: Vec<f64>, kind: ColumnKind) -> Self {
        let mut infinite = 0;
        let mut filled = 0;
        let mut whole = true;
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for slot in &mut values {
            let value = *slot;
            if value.abs() > LARGEST {
                infinite += 1;
                *slot = f64::INFINITY.copysign(value);
            } else if !value.is_nan() {
                filled += 1;
                min = min.min(value);
                max = max.max(value);
                whole &= value.fract() == 0.0;
            }
        }
        if filled == 0 {
            (min, max) = (f64::NAN, f64::NAN);
        }
        Self {
            blanks: values.len() - filled - infinite,
            infinite,
            filled,
            min,
            max,
            kind,
            whole,
            figures: Figures::default(),
            values,
        }
    }
}

fn series(table: &Table, name: &str) -> Result<Series, UserError> {
    let column = table
        .frame()
        .column(name)
        .map_err(|_| words::no_such_column(table.schema(), name))?;
    Ok(column.as_materialized_series().clone())
}

fn unreadable(name: &str, why: impl std::fmt::Display) -> UserError {
    UserError::failed(
        "column_unreadable",
        format!("The column {name} cannot be drawn"),
        why.to_string(),
    )
}

fn kind_of(table: &Table, name: &str) -> Result<ColumnKind, UserError> {
    table
        .schema()
        .get(name)
        .map(|column| column.kind)
        .ok_or_else(|| words::no_such_column(table.schema(), name))
}

/// A column as numbers.
pub fn numbers(table: &Table, name: &str, task: &TaskContext) -> Result<Numbers, UserError> {
    task.check()?;
    task.progress(0, 0, &format!("Reading {name}"));
    let kind = kind_of(table, name)?;
    let series = series(table, name)?;
    let factor = match series.dtype() {
        DataType::Date => scale::DAY,
        DataType::Datetime(unit, _) | DataType::Duration(unit) => seconds_per(*unit),
        // Time of day is stored in nanoseconds and drawn in hours.
        DataType::Time => 1e-9 / 3600.0,
        _ => 1.0,
    };
    let floats = series
        .to_physical_repr()
        .cast(&DataType::Float64)
        .map_err(|error| unreadable(name, error))?;
    let floats = floats.f64().map_err(|error| unreadable(name, error))?;
    let mut values = Vec::with_capacity(floats.len());
    for chunk in floats.downcast_iter() {
        task.check()?;
        if chunk.validity().is_none_or(|valid| valid.unset_bits() == 0) {
            values.extend(chunk.values().iter().map(|value| value * factor));
        } else {
            values.extend(
                chunk
                    .iter()
                    .map(|value| value.map_or(f64::NAN, |value| value * factor)),
            );
        }
    }
    task.check()?;
    let mut numbers = Numbers::from_values(values, kind);
    if kind == ColumnKind::Number {
        numbers.figures = Figures::of(name, numbers.min, numbers.max, numbers.whole);
    }
    Ok(numbers)
}

fn seconds_per(unit: StoredUnit) -> f64 {
    match unit {
        StoredUnit::Nanoseconds => 1e-9,
        StoredUnit::Microseconds => 1e-6,
        StoredUnit::Milliseconds => 1e-3,
    }
}

/// Number of letters of every text, as numbers.
pub fn text_lengths(table: &Table, name: &str, task: &TaskContext) -> Result<Numbers, UserError> {
    let text = as_text(table, name)?;
    let text = text.str().map_err(|error| unreadable(name, error))?;
    let mut values = Vec::with_capacity(text.len());
    for value in text.iter() {
        if values.len().is_multiple_of(BLOCK) {
            task.check()?;
        }
        values.push(value.map_or(f64::NAN, |value| value.chars().count() as f64));
    }
    Ok(Numbers::from_values(values, ColumnKind::Number))
}

fn as_text(table: &Table, name: &str) -> Result<Series, UserError> {
    series(table, name)?
        .cast(&DataType::String)
        .map_err(|error| unreadable(name, error))
}

/// The different whole numbers of a column, ascending, when there are at most `limit` of them and
/// nothing else.
pub fn few_whole_numbers(
    table: &Table,
    name: &str,
    limit: usize,
) -> Result<Option<Vec<i64>>, UserError> {
    if kind_of(table, name)? != ColumnKind::Number {
        return Ok(None);
    }
    let series = series(table, name)?;
    if !series.dtype().is_numeric() {
        return Ok(None);
    }
    // Most columns that are not drawn so show it in their first rows.
    let head = distinct_whole(&series.head(Some(BLOCK)), name, limit)?;
    match head {
        None => Ok(None),
        Some(_) if series.len() <= BLOCK => Ok(head.filter(|values| !values.is_empty())),
        Some(_) => Ok(distinct_whole(&series, name, limit)?.filter(|values| !values.is_empty())),
    }
}

fn distinct_whole(
    series: &Series,
    name: &str,
    limit: usize,
) -> Result<Option<Vec<i64>>, UserError> {
    let floats = series
        .cast(&DataType::Float64)
        .map_err(|error| unreadable(name, error))?;
    let floats = floats.f64().map_err(|error| unreadable(name, error))?;
    let mut seen: Vec<i64> = Vec::new();
    for value in floats.iter().flatten() {
        if value.is_nan() {
            continue;
        }
        // Beyond 2^53 not every whole number can be told from its neighbours.
        if value.fract() != 0.0 || value.abs() > 9e15 {
            return Ok(None);
        }
        let value = value as i64;
        if !seen.contains(&value) {
            if seen.len() == limit {
                return Ok(None);
            }
            seen.push(value);
        }
    }
    seen.sort_unstable();
    Ok(Some(seen))
}

/// Whether a category has more than `limit` different values.
pub fn has_more_values_than(table: &Table, name: &str, limit: usize) -> Result<bool, UserError> {
    let series = series(table, name)?;
    if matches!(series.dtype(), DataType::Boolean) {
        return Ok(limit < 2);
    }
    let blanks = usize::from(series.null_count() > 0);
    let distinct = series.n_unique().map_err(|error| unreadable(name, error))?;
    Ok(distinct - blanks.min(distinct) > limit)
}

/// The different values of a column: names by first appearance, a code per row.
struct Dictionary {
    names: Vec<String>,
    counts: Vec<u64>,
    codes: Vec<u32>,
    blanks: usize,
}

const NO_CODE: u32 = u32::MAX;

fn dictionary(table: &Table, name: &str, task: &TaskContext) -> Result<Dictionary, UserError> {
    task.check()?;
    task.progress(0, 0, &format!("Counting the values of {name}"));
    let not_a_number = series(table, name)?.dtype().is_float();
    let text = as_text(table, name)?;
    let text = text.str().map_err(|error| unreadable(name, error))?;
    // Every part of the rows lists what it meets; merged in row order, the names come in the
    // order of first appearance on any number of threads.
    let parts = density::in_parts(text.len(), density::parts_for(text.len()), |range| {
        let part = text.slice(range.start as i64, range.len());
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut names: Vec<String> = Vec::new();
        let mut codes: Vec<u32> = Vec::with_capacity(range.len());
        let mut last: Option<(&str, u32)> = None;
        for value in part.iter() {
            if codes.len().is_multiple_of(BLOCK) && task.is_cancelled() {
                break;
            }
            // Among numbers, "not a number" is a blank.
            let Some(value) = value.filter(|text| !(not_a_number && *text == "NaN")) else {
                codes.push(NO_CODE);
                continue;
            };
            if let Some((text, code)) = last
                && text == value
            {
                codes.push(code);
                continue;
            }
            let code = match known.get(value) {
                Some(&code) => code,
                None => {
                    let code = names.len() as u32;
                    known.insert(value.to_owned(), code);
                    names.push(value.to_owned());
                    code
                }
            };
            last = Some((value, code));
            codes.push(code);
        }
        (names, codes)
    });
    task.check()?;
    Ok(merge_dictionaries(parts))
}

fn merge_dictionaries(parts: Vec<(Vec<String>, Vec<u32>)>) -> Dictionary {
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut codes = Vec::with_capacity(parts.iter().map(|(_, codes)| codes.len()).sum());
    for (part_names, part_codes) in parts {
        let translation: Vec<u32> = part_names
            .into_iter()
            .map(|name| {
                *known.entry(name).or_insert_with_key(|name| {
                    names.push(name.clone());
                    names.len() as u32 - 1
                })
            })
            .collect();
        codes.extend(
            part_codes
                .into_iter()
                .map(|code| translation.get(code as usize).copied().unwrap_or(NO_CODE)),
        );
    }
    let mut counts = vec![0_u64; names.len()];
    let mut blanks = 0;
    for &code in &codes {
        match counts.get_mut(code as usize) {
            Some(count) => *count += 1,
            None => blanks += 1,
        }
    }
    Dictionary {
        names,
        counts,
        codes,
        blanks,
    }
}

/// A column as bands of an axis.
pub struct Bands {
    /// One name per band, in the order they are drawn.
    pub names: Vec<String>,
    /// Band of every row, or [`BLANK`].
    pub codes: Vec<u16>,
    pub counts: Vec<u64>,
    pub blanks: usize,
    /// Different values in the table.
    pub distinct: usize,
    /// The last band gathers all values that have none of their own.
    pub has_other: bool,
    /// The values have an order of their own, which is kept.
    pub ordered: bool,
}

/// A column as at most `limit` bands and one for all other values. Bands come by falling count,
/// except where the values have an order: yes or no, whole numbers, ordered categories.
pub fn bands(
    table: &Table,
    name: &str,
    limit: usize,
    task: &TaskContext,
) -> Result<Bands, UserError> {
    match kind_of(table, name)? {
        ColumnKind::YesNo => yes_no_bands(table, name),
        ColumnKind::Number => match few_whole_numbers(table, name, limit)? {
            Some(values) => whole_number_bands(table, name, &values, task),
            None => text_bands(table, name, limit, task),
        },
        ColumnKind::Category | ColumnKind::Text | ColumnKind::Time => {
            text_bands(table, name, limit, task)
        }
    }
}

fn yes_no_bands(table: &Table, name: &str) -> Result<Bands, UserError> {
    let series = series(table, name)?;
    let flags = series.bool().map_err(|error| unreadable(name, error))?;
    let codes: Vec<u16> = flags
        .iter()
        .map(|flag| flag.map_or(BLANK, u16::from))
        .collect();
    let mut bands = counted(vec!["no".to_owned(), "yes".to_owned()], codes);
    bands.ordered = true;
    Ok(bands)
}

fn counted(names: Vec<String>, codes: Vec<u16>) -> Bands {
    let mut counts = vec![0_u64; names.len()];
    let mut blanks = 0;
    for &code in &codes {
        match counts.get_mut(usize::from(code)) {
            Some(count) => *count += 1,
            None => blanks += 1,
        }
    }
    Bands {
        distinct: counts.iter().filter(|&&count| count > 0).count(),
        names,
        codes,
        counts,
        blanks,
        has_other: false,
        ordered: false,
    }
}

fn whole_number_bands(
    table: &Table,
    name: &str,
    values: &[i64],
    task: &TaskContext,
) -> Result<Bands, UserError> {
    let numbers = numbers(table, name, task)?;
    let codes = numbers
        .values
        .iter()
        .map(|value| {
            let found = values.iter().position(|&known| known as f64 == *value);
            found.map_or(BLANK, |index| index as u16)
        })
        .collect();
    let names = values
        .iter()
        .map(|&value| numbers.figures.number(value as f64, 16))
        .collect();
    let mut bands = counted(names, codes);
    bands.ordered = true;
    Ok(bands)
}

fn text_bands(
    table: &Table,
    name: &str,
    limit: usize,
    task: &TaskContext,
) -> Result<Bands, UserError> {
    let dictionary = dictionary(table, name, task)?;
    let distinct = dictionary.names.len();
    let mut order: Vec<usize> = (0..distinct).collect();
    let key = |index: &usize| {
        (
            std::cmp::Reverse(dictionary.counts.get(*index).copied().unwrap_or(0)),
            dictionary.names.get(*index),
        )
    };
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    let own_order = own_order(table, name, &dictionary)?;
    let ordered = own_order.is_some();
    // One value too many is shown as itself rather than as "other 1 value".
    let own = if distinct <= limit + 1 {
        distinct
    } else {
        limit
    };
    order.truncate(own);
    if let Some(place) = own_order {
        order.sort_by_key(|&index| place.get(index).copied().unwrap_or(u32::MAX));
    }
    let mut names: Vec<String> = order
        .iter()
        .map(|&index| shown_name(dictionary.names.get(index)))
        .collect();
    let has_other = own < distinct;
    let other_code = if has_other { own as u16 } else { BLANK };
    let mut translation = vec![other_code; distinct];
    for (code, &index) in order.iter().enumerate() {
        if let Some(slot) = translation.get_mut(index) {
            *slot = code as u16;
        }
    }
    if has_other {
        names.push(format!(
            "other {}",
            format::counted((distinct - own) as u64, "value")
        ));
    }
    let codes = dictionary
        .codes
        .iter()
        .map(|&code| translation.get(code as usize).copied().unwrap_or(BLANK))
        .collect();
    let mut bands = counted(names, codes);
    bands.blanks = dictionary.blanks;
    bands.distinct = distinct;
    bands.has_other = has_other;
    bands.ordered = ordered;
    Ok(bands)
}

fn shown_name(name: Option<&String>) -> String {
    match name.map(String::as_str) {
        None | Some("") => "(empty text)".to_owned(),
        Some(name) => name.replace(['\n', '\r', '\t'], " "),
    }
}

/// Place of every value in the order its type gives, for types that have one.
fn own_order(
    table: &Table,
    name: &str,
    dictionary: &Dictionary,
) -> Result<Option<Vec<u32>>, UserError> {
    let series = series(table, name)?;
    if !matches!(series.dtype(), DataType::Enum(_, _)) {
        return Ok(None);
    }
    let physical = series
        .to_physical_repr()
        .cast(&DataType::UInt32)
        .map_err(|error| unreadable(name, error))?;
    let physical = physical.u32().map_err(|error| unreadable(name, error))?;
    let mut places = vec![u32::MAX; dictionary.names.len()];
    for (place, &code) in physical.iter().zip(&dictionary.codes) {
        if let (Some(place), Some(slot)) = (place, places.get_mut(code as usize)) {
            *slot = place;
        }
    }
    Ok(Some(places))
}

/// A column as colours.
pub struct Groups {
    /// The column.
    pub title: String,
    pub names: Vec<String>,
    pub inks: Vec<Ink>,
    /// Group of every row; always less than the number of groups.
    pub codes: Vec<u8>,
    /// Groups differ in kind, not in degree: they get shapes too.
    pub shapes: bool,
    /// Different values in the table.
    pub distinct: usize,
}

impl Groups {
    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// A column as at most six colours, "other" and "blank"; a number or date as five ranges with
/// about equally many rows each.
pub fn groups(table: &Table, name: &str, task: &TaskContext) -> Result<Groups, UserError> {
    let kind = kind_of(table, name)?;
    let few = few_whole_numbers(table, name, COLOURS)?;
    match (kind, few) {
        (ColumnKind::Number, None) | (ColumnKind::Time, _) => range_groups(table, name, task),
        _ => {
            let bands = bands(table, name, COLOURS, task)?;
            Ok(groups_of(name, bands))
        }
    }
}

fn groups_of(name: &str, mut bands: Bands) -> Groups {
    // Where an order of the values was kept, seven values came without "other".
    let mut inks: Vec<Ink> = (0..bands.names.len())
        .map(|index| {
            if index < COLOURS {
                Ink::Category(index as u8)
            } else {
                Ink::Other
            }
        })
        .collect();
    if bands.has_other
        && let Some(last) = inks.last_mut()
    {
        *last = Ink::Other;
    }
    let blank = bands.names.len() as u8;
    if bands.blanks > 0 {
        bands.names.push("blank".to_owned());
        inks.push(Ink::MarkSoft);
    }
    Groups {
        title: name.to_owned(),
        codes: bands
            .codes
            .iter()
            .map(|&code| if code == BLANK { blank } else { code as u8 })
            .collect(),
        names: bands.names,
        inks,
        shapes: true,
        distinct: bands.distinct,
    }
}

fn range_groups(table: &Table, name: &str, task: &TaskContext) -> Result<Groups, UserError> {
    let numbers = numbers(table, name, task)?;
    let mut sample = sample(&numbers.values, 100_000);
    sample.sort_unstable_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..RANGES)
        .filter_map(|part| sample.get(sample.len() * part / RANGES).copied())
        .collect();
    edges.dedup();
    edges.retain(|&edge| edge > numbers.min);
    let ranges = if numbers.filled > 0 {
        edges.len() + 1
    } else {
        0
    };
    let mut names = Vec::new();
    let mut inks = Vec::new();
    for range in 0..ranges {
        let low = if range == 0 {
            Some(&numbers.min)
        } else {
            edges.get(range - 1)
        };
        let high = edges.get(range).unwrap_or(&numbers.max);
        let low = low.copied().unwrap_or(numbers.min);
        names.push(format!(
            "{} to {}",
            numbers.label(low),
            numbers.label(*high)
        ));
        inks.push(Ink::Sequential(
            range as f32 / (ranges.max(2) - 1) as f32 * 0.9,
        ));
    }
    let blank = ranges as u8;
    if numbers.blanks > 0 || numbers.filled == 0 {
        names.push("blank".to_owned());
        inks.push(Ink::MarkSoft);
    }
    let codes = numbers
        .values
        .iter()
        .map(|value| {
            if value.is_nan() || numbers.filled == 0 {
                blank
            } else {
                edges.iter().filter(|&edge| value >= edge).count() as u8
            }
        })
        .collect();
    Ok(Groups {
        title: name.to_owned(),
        names,
        inks,
        codes,
        shapes: false,
        distinct: ranges,
    })
}

/// At most about `most` of the finite values, evenly spread over the rows.
pub fn sample(values: &[f64], most: usize) -> Vec<f64> {
    let step = values.len().div_ceil(most.max(1)).max(1);
    let picked: Vec<f64> = values
        .iter()
        .step_by(step)
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    if picked.is_empty() && step > 1 {
        return values
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .take(most)
            .collect();
    }
    picked
}

/// Five-number summary of values that are not NaN, by linear interpolation between order
/// statistics (Hyndman and Fan's type 7), and the ends of Tukey's whiskers: the outermost values
/// within 1.5 interquartile ranges of the box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Box5 {
    pub count: usize,
    pub min: f64,
    pub whisker_low: f64,
    pub lower: f64,
    pub median: f64,
    pub upper: f64,
    pub whisker_high: f64,
    pub max: f64,
}

/// Summary of `values`, which are reordered; None where there is none, or the work was stopped.
pub fn box_of(values: &mut [f64], task: &TaskContext) -> Option<Box5> {
    let count = values.len();
    if count == 0 {
        return None;
    }
    let median = quantile(values, 0.5);
    task.check().ok()?;
    let lower = quantile(values, 0.25);
    task.check().ok()?;
    let upper = quantile(values, 0.75);
    let reach = 1.5 * (upper - lower);
    let mut summary = Box5 {
        count,
        min: f64::INFINITY,
        whisker_low: lower,
        lower,
        median,
        upper,
        whisker_high: upper,
        max: f64::NEG_INFINITY,
    };
    for &value in values.iter() {
        summary.min = summary.min.min(value);
        summary.max = summary.max.max(value);
        if value >= lower - reach {
            summary.whisker_low = summary.whisker_low.min(value);
        }
        if value <= upper + reach {
            summary.whisker_high = summary.whisker_high.max(value);
        }
    }
    Some(summary)
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    let place = share * (values.len() - 1) as f64;
    let below = place.floor() as usize;
    let (_, &mut low, rest) = values.select_nth_unstable_by(below, f64::total_cmp);
    let part = place - below as f64;
    if part == 0.0 {
        return low;
    }
    let high = rest.iter().copied().fold(f64::INFINITY, f64::min);
    low + (high - low) * part
}
