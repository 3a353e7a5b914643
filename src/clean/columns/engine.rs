//! What every user of the table engine needs: its columns, its types and its errors.

use polars::prelude::{Categories, DataFrame, DataType, Expr, LazyFrame, PolarsError, TimeUnit};

use crate::base::{UserError, format};
use crate::data::{Column, ColumnKind};

/// A column by its exact name. polars' own `col` would read some names as patterns.
pub(in crate::clean) fn column(name: &str) -> Expr {
    Expr::Column(name.into())
}

/// Turns an error of the table engine into one a person can act on.
pub(in crate::clean) fn engine_error(error: &PolarsError) -> UserError {
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

pub(in crate::clean) fn collect(frame: LazyFrame) -> Result<DataFrame, UserError> {
    frame.collect().map_err(|error| engine_error(&error))
}

/// The storage type behind a column's printed type; a type of the same kind when it is not known.
pub(in crate::clean) fn storage_type(column: &Column) -> DataType {
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

pub(in crate::clean) fn category_type() -> DataType {
    DataType::from_categories(Categories::global())
}
