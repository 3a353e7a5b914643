//! Turning a column into another kind.

use polars::prelude::{
    BooleanChunked, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoSeries,
    NewChunkedArray, PolarsResult, Series, StringChunked, TimeUnit,
};

use super::engine::category_type;
use super::written::{Decimal, read_date, read_date_time, read_number, read_yes_no};

/// What a column is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::clean) enum Conversion {
    WholeNumber,
    Number,
    YesNo,
    Date,
    /// Dates with a time of day, to the microsecond.
    DateTime,
    Text,
    Category,
}

impl Conversion {
    pub(in crate::clean) fn storage(self) -> DataType {
        match self {
            Self::WholeNumber => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::YesNo => DataType::Boolean,
            Self::Date => DataType::Date,
            Self::DateTime => DataType::Datetime(TimeUnit::Microseconds, None),
            Self::Text => DataType::String,
            Self::Category => category_type(),
        }
    }
}

/// How text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::clean) struct Reading {
    pub(in crate::clean) decimal: Decimal,
    /// 03/05/2024 is the fifth of March, not the third of May.
    pub(in crate::clean) month_first: bool,
}

/// Turns a series into another kind. Values that do not fit become blank.
pub(in crate::clean) fn convert(
    series: &Series,
    to: Conversion,
    reading: Reading,
) -> PolarsResult<Series> {
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
        Conversion::DateTime => date_times(series, reading)?,
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

fn date_times(series: &Series, reading: Reading) -> PolarsResult<Series> {
    let storage = Conversion::DateTime.storage();
    if series.dtype().is_temporal() || series.dtype() == &DataType::Null {
        return series.cast(&storage);
    }
    let text = series.cast(&DataType::String)?;
    let moments = text
        .str()?
        .iter()
        .map(|value| value.and_then(|text| read_date_time(text, reading.month_first)));
    Int64Chunked::from_iter_options(series.name().clone(), moments)
        .into_series()
        .cast(&storage)
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
