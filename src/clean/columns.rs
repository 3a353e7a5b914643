//! What steps and the engine share: finding columns by name, reading values out of text, and
//! changing the kind of a column.

use std::collections::BTreeMap;

use polars::prelude::{
    BooleanChunked, Categories, Field, Float64Chunked, Int32Chunked, Int64Chunked, IntoSeries,
    NamedFrom, NewChunkedArray, UnknownKind, polars_bail,
};
use polars::prelude::{
    Column as PolarsColumn, DataFrame, DataType, Expr, IntoLazy, LazyFrame, PolarsError,
    PolarsResult, Series, StringChunked, TimeUnit,
};

use super::Span;
use crate::base::{Fingerprint, UserError, format};
use crate::data::calendar::days_from_date;
use crate::data::{Column, ColumnKind, ROW_ID, Schema, Table};

// ---- names ----

/// A column by its exact name. polars' own `col` would read some names as patterns.
pub(super) fn column(name: &str) -> Expr {
    Expr::Column(name.into())
}

/// The known name that looks most like `name`: the same but for case and spaces, or a few letters
/// away. None when nothing is close.
pub fn nearest_name(name: &str, known: &[String]) -> Option<String> {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = plain(name);
    let limit = (wanted.chars().count() / 3).max(1);
    known
        .iter()
        .map(|candidate| (edit_distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)))
        .map(|(_, candidate)| candidate.clone())
}

/// Letters to insert, remove or replace to get from one text to the other (Levenshtein, 1965).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The column, or an error that names the nearest one there is.
pub fn require<'a>(schema: &'a Schema, name: &str) -> Result<&'a Column, UserError> {
    schema
        .get(name)
        .ok_or_else(|| missing_column(name, &schema.names()))
}

pub(super) fn require_all(schema: &Schema, names: &[String]) -> Result<(), UserError> {
    if names.is_empty() {
        return Err(UserError::usage(
            "no_columns",
            "No column is chosen",
            "This step works on at least one column",
        )
        .with_hint("Choose the columns"));
    }
    for (index, name) in names.iter().enumerate() {
        require(schema, name)?;
        if names.iter().take(index).any(|earlier| earlier == name) {
            return Err(UserError::usage(
                "column_twice",
                format!("The column {name} is chosen twice"),
                "Every column can be chosen once".to_owned(),
            ));
        }
    }
    Ok(())
}

fn missing_column(name: &str, known: &[String]) -> UserError {
    let error = if name.is_empty() {
        UserError::usage(
            "no_columns",
            "No column is chosen",
            "This step works on a column",
        )
    } else {
        UserError::input(
            "missing_column",
            format!("There is no column called {name}"),
            known_columns(known),
        )
    };
    match nearest_name(name, known) {
        Some(nearest) => error.with_hint(format!("Did you mean {nearest}?")),
        None => error.with_hint("Choose one of the columns there are"),
    }
}

pub(super) fn known_columns(known: &[String]) -> String {
    const SHOWN: usize = 12;
    match known.len() {
        0 => "The table has no columns".to_owned(),
        count if count <= SHOWN => format!("The columns are {}", format::list(known)),
        count => {
            let first: Vec<&str> = known.iter().take(SHOWN).map(String::as_str).collect();
            format!(
                "The columns are {} and {} more",
                first.join(", "),
                count - SHOWN
            )
        }
    }
}

/// Why a new column cannot have this name, if it cannot.
pub(super) fn require_free(schema: &Schema, name: &str) -> Result<(), UserError> {
    if name.trim().is_empty() {
        return Err(UserError::usage(
            "no_name",
            "The column has no name yet",
            "A column needs a name of at least one letter",
        )
        .with_hint("Type a name"));
    }
    if name == ROW_ID {
        return Err(UserError::usage(
            "name_reserved",
            format!("A column cannot be called {name}"),
            "Benchtop keeps the row numbers under this name",
        )
        .with_hint("Choose another name"));
    }
    if schema.get(name).is_some() {
        return Err(UserError::usage(
            "name_taken",
            format!("There is already a column called {name}"),
            "Two columns of one table cannot have the same name",
        )
        .with_hint(format!(
            "Choose another name, for example {}",
            free_name(schema, name)
        )));
    }
    Ok(())
}

fn free_name(schema: &Schema, name: &str) -> String {
    (2u32..)
        .map(|number| format!("{name} {number}"))
        .find(|candidate| schema.get(candidate).is_none())
        .unwrap_or_default()
}

/// Column names for a sentence: all of them up to three, "and 4 more" after that.
pub(super) fn name_spans(names: &[String]) -> Vec<Span> {
    const SHOWN: usize = 3;
    let mut spans = Vec::new();
    if names.is_empty() {
        spans.push(Span::Plain("…".to_owned()));
    }
    let hidden = names.len().saturating_sub(SHOWN);
    let shown = names.len().min(SHOWN);
    for (index, name) in names.iter().take(SHOWN).enumerate() {
        if index > 0 {
            let last = index + 1 == shown && hidden == 0;
            spans.push(Span::Plain(if last { " and " } else { ", " }.to_owned()));
        }
        spans.push(Span::Strong(name.clone()));
    }
    if hidden > 0 {
        spans.push(Span::Plain(format!(" and {hidden} more")));
    }
    spans
}

/// "Drop " + names + " with …", without empty pieces.
pub(super) fn sentence(before: &str, names: Vec<Span>, after: &str) -> Vec<Span> {
    let mut spans = vec![Span::Plain(before.to_owned())];
    spans.extend(names);
    if !after.is_empty() {
        spans.push(Span::Plain(after.to_owned()));
    }
    spans
}

/// One name for a sentence; an ellipsis while none is chosen.
pub(super) fn name_span(name: &str) -> Vec<Span> {
    if name.is_empty() {
        vec![Span::Plain("…".to_owned())]
    } else {
        vec![Span::Strong(name.to_owned())]
    }
}

// ---- polars ----

/// Turns an error of the table engine into one a person can act on.
pub(super) fn engine_error(error: &PolarsError) -> UserError {
    let text = error.to_string();
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("")
        .trim();
    let why = format::shorten(first, 300);
    let (code, what, hint) = match error {
        PolarsError::ColumnNotFound(_) => (
            "missing_column",
            "A column this needs is not there",
            "Check the names of the columns",
        ),
        PolarsError::SchemaMismatch(_) | PolarsError::InvalidOperation(_) => (
            "wrong_kind",
            "The values are of a kind this cannot be done with",
            "Change the type of the column first",
        ),
        PolarsError::OutOfBounds(_) | PolarsError::ShapeMismatch(_) => (
            "wrong_size",
            "The result does not have one value per row",
            "Use only the values of one row",
        ),
        _ if first.contains("conversion")
            || first.contains("strptime")
            || first.contains("parse") =>
        {
            (
                "value_does_not_fit",
                "Some values cannot be converted",
                "Use TRY_CAST, which leaves such values blank, or clean them first",
            )
        }
        _ => (
            "step_failed",
            "The values could not be calculated",
            "Check the settings of the step",
        ),
    };
    UserError::input(code, what, why).with_hint(hint)
}

pub(super) fn collect(frame: LazyFrame) -> Result<DataFrame, UserError> {
    frame.collect().map_err(|error| engine_error(&error))
}

/// The storage type behind a column's printed type; a type of the same kind when it is not known.
pub(super) fn storage_type(column: &Column) -> DataType {
    match column.type_name.as_str() {
        "bool" => DataType::Boolean,
        "str" => DataType::String,
        "i8" => DataType::Int8,
        "i16" => DataType::Int16,
        "i32" => DataType::Int32,
        "i64" => DataType::Int64,
        "u8" => DataType::UInt8,
        "u16" => DataType::UInt16,
        "u32" => DataType::UInt32,
        "u64" => DataType::UInt64,
        "f32" => DataType::Float32,
        "f64" => DataType::Float64,
        "date" => DataType::Date,
        "time" => DataType::Time,
        "cat" => category_type(),
        name if name.starts_with("datetime") => DataType::Datetime(time_unit(name), None),
        name if name.starts_with("duration") => DataType::Duration(time_unit(name)),
        _ => match column.kind {
            ColumnKind::Number => DataType::Float64,
            ColumnKind::YesNo => DataType::Boolean,
            ColumnKind::Time => DataType::Datetime(TimeUnit::Microseconds, None),
            ColumnKind::Category | ColumnKind::Text => DataType::String,
        },
    }
}

fn time_unit(name: &str) -> TimeUnit {
    if name.contains("ns") {
        TimeUnit::Nanoseconds
    } else if name.contains("ms") {
        TimeUnit::Milliseconds
    } else {
        TimeUnit::Microseconds
    }
}

pub(super) fn category_type() -> DataType {
    DataType::from_categories(Categories::global())
}

// ---- tables, for those who do not speak polars ----

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

pub(super) fn blank_frame(schema: &Schema, rows: usize) -> Result<DataFrame, UserError> {
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
        ColumnKind::Time => Conversion::Date,
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

// ---- values ----

/// What a column is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    WholeNumber,
    Number,
    YesNo,
    Date,
    Text,
    Category,
}

impl Conversion {
    pub(super) fn storage(self) -> DataType {
        match self {
            Self::WholeNumber => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::YesNo => DataType::Boolean,
            Self::Date => DataType::Date,
            Self::Text => DataType::String,
            Self::Category => category_type(),
        }
    }
}

/// Which sign separates the whole from the fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Decimal {
    /// By the value itself, see [`read_number`].
    #[default]
    Automatic,
    Point,
    Comma,
}

/// How text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) decimal: Decimal,
    /// 03/05/2024 is the fifth of March, not the third of May.
    pub(super) month_first: bool,
}

/// Turns a series into another kind. Values that do not fit become blank.
pub(super) fn convert(series: &Series, to: Conversion, reading: Reading) -> PolarsResult<Series> {
    let name = series.name().clone();
    let result = match to {
        Conversion::Number => {
            Float64Chunked::from_iter_options(name, numbers(series, reading)?.into_iter())
                .into_series()
        }
        Conversion::WholeNumber => {
            Int64Chunked::from_iter_options(name, whole_numbers(series, reading)?.into_iter())
                .into_series()
        }
        Conversion::YesNo => {
            BooleanChunked::from_iter_options(name, yes_or_no(series, reading)?.into_iter())
                .into_series()
        }
        Conversion::Date => dates(series, reading)?,
        Conversion::Text => texts(series)?.with_name(name).into_series(),
        Conversion::Category => texts(series)?
            .with_name(name)
            .into_series()
            .cast(&category_type())?,
    };
    Ok(result)
}

fn is_text(dtype: &DataType) -> bool {
    matches!(
        dtype,
        DataType::String | DataType::Categorical(_, _) | DataType::Enum(_, _)
    )
}

fn numbers(series: &Series, reading: Reading) -> PolarsResult<Vec<Option<f64>>> {
    if is_text(series.dtype()) {
        let text = series.cast(&DataType::String)?;
        return Ok(text
            .str()?
            .iter()
            .map(|value| value.and_then(|text| read_number(text, reading.decimal)))
            .collect());
    }
    let numbers = series.cast(&DataType::Float64)?;
    Ok(numbers
        .f64()?
        .iter()
        .map(|value| value.filter(|number| number.is_finite()))
        .collect())
}

fn whole_numbers(series: &Series, reading: Reading) -> PolarsResult<Vec<Option<i64>>> {
    if is_text(series.dtype()) {
        let text = series.cast(&DataType::String)?;
        return Ok(text
            .str()?
            .iter()
            .map(|value| {
                let text = value?;
                // Read directly when it can be: a double would lose digits of large numbers.
                text.trim()
                    .parse()
                    .ok()
                    .or_else(|| read_number(text, reading.decimal).and_then(whole))
            })
            .collect());
    }
    if series.dtype().is_integer() || series.dtype().is_bool() {
        let numbers = series.cast(&DataType::Int64)?;
        return Ok(numbers.i64()?.iter().collect());
    }
    Ok(numbers(series, reading)?
        .into_iter()
        .map(|value| value.and_then(whole))
        .collect())
}

fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < 9.2e18).then_some(value as i64)
}

fn yes_or_no(series: &Series, reading: Reading) -> PolarsResult<Vec<Option<bool>>> {
    if series.dtype().is_bool() {
        return Ok(series.bool()?.iter().collect());
    }
    if is_text(series.dtype()) {
        let text = series.cast(&DataType::String)?;
        return Ok(text
            .str()?
            .iter()
            .map(|value| value.and_then(read_yes_no))
            .collect());
    }
    let as_yes_no = |number: f64| match number {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    };
    Ok(numbers(series, reading)?
        .into_iter()
        .map(|value| value.and_then(as_yes_no))
        .collect())
}

fn dates(series: &Series, reading: Reading) -> PolarsResult<Series> {
    if series.dtype().is_temporal() || series.dtype() == &DataType::Null {
        return series.cast(&DataType::Date);
    }
    let text = series.cast(&DataType::String)?;
    let days = text
        .str()?
        .iter()
        .map(|value| value.and_then(|text| read_date(text, reading.month_first)));
    Int32Chunked::from_iter_options(series.name().clone(), days)
        .into_series()
        .cast(&DataType::Date)
}

fn texts(series: &Series) -> PolarsResult<StringChunked> {
    let name = series.name().clone();
    match series.dtype() {
        DataType::Boolean => Ok(StringChunked::from_iter_options(
            name,
            series
                .bool()?
                .iter()
                .map(|value| value.map(|yes| if yes { "yes" } else { "no" })),
        )),
        // "3" rather than "3.0": the shortest text that reads back as the same number.
        DataType::Float32 => {
            let numbers = series.f32()?;
            Ok(StringChunked::from_iter_options(
                name,
                numbers.iter().map(|value| {
                    value
                        .filter(|number| number.is_finite())
                        .map(|number| number.to_string())
                }),
            ))
        }
        DataType::Float64 => {
            let numbers = series.f64()?;
            Ok(StringChunked::from_iter_options(
                name,
                numbers.iter().map(|value| {
                    value
                        .filter(|number| number.is_finite())
                        .map(|number| number.to_string())
                }),
            ))
        }
        _ => Ok(series.cast(&DataType::String)?.str()?.clone()),
    }
}

/// Reads a number as people write it: spaces and apostrophes between groups of thousands, a true
/// minus sign, a point or a comma before the fraction.
///
/// With [`Decimal::Automatic`], when both signs occur the last one is the decimal sign. A comma
/// alone is decimal, except where it can only separate thousands: several of them, or one between
/// up to three digits (not a lone 0) and exactly three digits, as in 1,234. A point alone is
/// decimal; several points separate thousands.
pub(super) fn read_number(text: &str, decimal: Decimal) -> Option<f64> {
    let mut plain: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '\'' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '’'))
        .map(|c| if c == '\u{2212}' { '-' } else { c })
        .collect();
    let commas = plain.matches(',').count();
    let points = plain.matches('.').count();
    let comma_is_decimal = match decimal {
        Decimal::Point => false,
        Decimal::Comma => true,
        Decimal::Automatic => match (commas, points) {
            (0, points) => points > 1,
            (_, 0) => commas == 1 && !looks_like_thousands(&plain),
            _ => plain.rfind(',') > plain.rfind('.'),
        },
    };
    if comma_is_decimal {
        if commas > 1 {
            return None;
        }
        plain.retain(|c| c != '.');
        plain = plain.replace(',', ".");
    } else {
        plain.retain(|c| c != ',');
    }
    // Rust also reads "inf" and "nan", which are words here.
    if !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    plain
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
}

fn looks_like_thousands(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['-', '+']);
    let Some((whole, rest)) = unsigned.split_once(',') else {
        return false;
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(rest)
        && rest.len() == 3
        && (1..=3).contains(&whole.len())
        && !whole.starts_with('0')
}

pub(super) fn read_yes_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "t" | "1" | "on" => Some(true),
        "no" | "n" | "false" | "f" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// Days since 1970-01-01 of a date as people write it: 2024-03-05, 05.03.2024, 5 March 2024,
/// March 5, 2024, 20240305. A time of day after it is left out. Years have four digits.
pub(super) fn read_date(text: &str, month_first: bool) -> Option<i32> {
    let text = text.trim();
    let cut = text
        .as_bytes()
        .windows(3)
        .position(|w| matches!(w, [a, b'T', b] if a.is_ascii_digit() && b.is_ascii_digit()));
    let text = match cut {
        Some(at) => text.get(..=at)?,
        None => text,
    };
    let mut parts = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty());
    let first = parts.next()?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let number = |part: &str| digits(part).then(|| part.parse::<u32>().ok()).flatten();
    if first.len() == 8 && digits(first) {
        return days_from_date(
            first.get(..4)?.parse().ok()?,
            first.get(4..6)?.parse().ok()?,
            first.get(6..)?.parse().ok()?,
        );
    }
    let (second, third) = (parts.next()?, parts.next()?);
    let (year, month, day) = if first.len() == 4 && digits(first) {
        (first, month_number(second)?, number(third)?)
    } else if !digits(first) {
        (third, month_number(first)?, number(second)?)
    } else if !digits(second) {
        (third, month_number(second)?, number(first)?)
    } else if month_first {
        (third, number(first)?, number(second)?)
    } else {
        (third, number(second)?, number(first)?)
    };
    if year.len() != 4 {
        return None;
    }
    days_from_date(number(year)?.into(), month, day)
}

fn month_number(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    if let Ok(number) = text.parse::<u32>() {
        return Some(number);
    }
    let text = text.to_lowercase();
    let at = MONTHS
        .iter()
        .position(|month| text.len() >= 3 && month.starts_with(&text))?;
    Some(at as u32 + 1)
}

/// The series without infinities and not-a-numbers: they count as blank everywhere in a recipe.
pub(super) fn finite_or_blank(series: &Series) -> PolarsResult<Series> {
    match series.dtype() {
        DataType::Float64 => {
            let values = series.f64()?;
            if values.iter().all(|value| value.is_none_or(f64::is_finite)) {
                return Ok(series.clone());
            }
            let finite = values
                .iter()
                .map(|value| value.filter(|number| number.is_finite()));
            Ok(Float64Chunked::from_iter_options(series.name().clone(), finite).into_series())
        }
        DataType::Float32 => {
            let values = series.f32()?;
            if values.iter().all(|value| value.is_none_or(f32::is_finite)) {
                return Ok(series.clone());
            }
            let finite: Vec<Option<f32>> = values
                .iter()
                .map(|value| value.filter(|number| number.is_finite()))
                .collect();
            Ok(Series::new(series.name().clone(), finite))
        }
        _ => Ok(series.clone()),
    }
}

/// An expression whose infinities and not-a-numbers are blank. One child, so that wrapping every
/// part of a long formula does not make it grow.
pub(super) fn finite_expr(expr: Expr) -> Expr {
    expr.map(
        |column: PolarsColumn| Ok(finite_or_blank(column.as_materialized_series())?.into()),
        |_, field| Ok(Field::new(field.name().clone(), known_type(field.dtype()))),
    )
}

/// As [`finite_expr`], for calculations whose numbers are fractions: they come out in double
/// precision whatever went in.
pub(super) fn finite_fraction_expr(expr: Expr) -> Expr {
    expr.map(
        |column: PolarsColumn| {
            let series = column.as_materialized_series();
            let fractions = if series.dtype().is_primitive_numeric() {
                series.cast(&DataType::Float64)?
            } else {
                series.clone()
            };
            Ok(finite_or_blank(&fractions)?.into())
        },
        |_, field| {
            let known = known_type(field.dtype());
            let storage = if known.is_primitive_numeric() {
                DataType::Float64
            } else {
                known
            };
            Ok(Field::new(field.name().clone(), storage))
        },
    )
}

/// One expression divided by another, exactly: the table engine multiplies by the inverse of a
/// single divisor, so that a table of one row would get other digits than a table of many.
/// Infinities are blank.
pub(super) fn exact_division(dividend: Expr, divisor: Expr) -> Expr {
    dividend.map_many(
        |columns: &mut [PolarsColumn]| match columns {
            [dividend, divisor] => Ok(divide(
                dividend.as_materialized_series(),
                divisor.as_materialized_series(),
            )?
            .into()),
            _ => polars_bail!(ComputeError: "a division has two sides"),
        },
        &[divisor],
        |_, fields| match fields {
            [dividend, divisor] => {
                let (a, b) = (known_type(dividend.dtype()), known_type(divisor.dtype()));
                let storage = if a.is_primitive_numeric() && b.is_primitive_numeric() {
                    DataType::Float64
                } else {
                    a
                };
                Ok(Field::new(dividend.name().clone(), storage))
            }
            _ => polars_bail!(ComputeError: "a division has two sides"),
        },
    )
}

fn divide(dividend: &Series, divisor: &Series) -> PolarsResult<Series> {
    if !dividend.dtype().is_primitive_numeric() || !divisor.dtype().is_primitive_numeric() {
        return dividend / divisor;
    }
    let (a, b) = (
        dividend.cast(&DataType::Float64)?,
        divisor.cast(&DataType::Float64)?,
    );
    let (a, b) = (a.f64()?, b.f64()?);
    let quotient = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => Some(a / b).filter(|value| value.is_finite()),
        _ => None,
    };
    let name = dividend.name().clone();
    // A fixed number comes as one value.
    Ok(match (a.len(), b.len()) {
        (1, _) => Float64Chunked::from_iter_options(name, b.iter().map(|b| quotient(a.get(0), b))),
        (_, 1) => Float64Chunked::from_iter_options(name, a.iter().map(|a| quotient(a, b.get(0)))),
        _ => Float64Chunked::from_iter_options(
            name,
            a.iter().zip(b.iter()).map(|(a, b)| quotient(a, b)),
        ),
    }
    .into_series())
}

/// The time between two dates as days; everything else as it is.
pub(super) fn days_expr(expr: Expr) -> Expr {
    expr.map(
        |column: PolarsColumn| {
            let series = column.as_materialized_series();
            let per_day = match series.dtype() {
                DataType::Duration(TimeUnit::Nanoseconds) => 86_400e9,
                DataType::Duration(TimeUnit::Microseconds) => 86_400e6,
                DataType::Duration(TimeUnit::Milliseconds) => 86_400e3,
                _ => return Ok(column),
            };
            let ticks = series.to_physical_repr().cast(&DataType::Float64)?;
            let days = ticks
                .f64()?
                .iter()
                .map(|value| value.map(|value| value / per_day));
            Ok(
                Float64Chunked::from_iter_options(series.name().clone(), days)
                    .into_series()
                    .into(),
            )
        },
        |_, field| {
            let known = known_type(field.dtype());
            let storage = if matches!(known, DataType::Duration(_)) {
                DataType::Float64
            } else {
                known
            };
            Ok(Field::new(field.name().clone(), storage))
        },
    )
}

/// The type that fixed numbers get where the table engine has not decided yet.
fn known_type(dtype: &DataType) -> DataType {
    match dtype {
        DataType::Unknown(UnknownKind::Float) => DataType::Float64,
        DataType::Unknown(UnknownKind::Int(_)) => DataType::Int64,
        DataType::Unknown(UnknownKind::Str) => DataType::String,
        DataType::Unknown(_) => DataType::Null,
        known => known.clone(),
    }
}
