//! The cells of one column in a form that is quick to read one by one, and how values look.

use std::fmt::Write;

use polars::prelude::{
    AnyValue, BooleanChunked, DataType, Float32Chunked, Float64Chunked, Int32Chunked, Int64Chunked,
    PolarsResult, Series, StringChunked, TimeUnit, UInt64Chunked,
};

use super::calendar;
use crate::base::format::MINUS;

/// Decimals shown of a number that is not whole.
const DECIMALS: usize = 6;

/// All cells of a column, in one piece of memory.
pub enum Cells {
    Whole(Int64Chunked),
    Unsigned(UInt64Chunked),
    Number(Float64Chunked),
    Single(Float32Chunked),
    YesNo(BooleanChunked),
    Text(StringChunked),
    /// Days since 1970.
    Date(Int32Chunked),
    /// Microseconds since 1970, without time zone.
    Moment(Int64Chunked),
    Other(Series),
}

impl Cells {
    /// Whole columns are put together from their pieces where they have several.
    pub fn of(series: &Series) -> Self {
        let series = series.rechunk();
        Self::typed(&series).unwrap_or(Self::Other(series))
    }

    fn typed(series: &Series) -> PolarsResult<Self> {
        Ok(match series.dtype() {
            DataType::UInt64 => Self::Unsigned(series.u64()?.clone()),
            dtype if dtype.is_integer() => {
                Self::Whole(series.cast(&DataType::Int64)?.i64()?.clone())
            }
            DataType::Float64 => Self::Number(series.f64()?.clone()),
            DataType::Float32 => Self::Single(series.f32()?.clone()),
            DataType::Boolean => Self::YesNo(series.bool()?.clone()),
            DataType::String => Self::Text(series.str()?.clone()),
            DataType::Categorical(_, _) | DataType::Enum(_, _) => {
                Self::Text(series.cast(&DataType::String)?.str()?.clone())
            }
            DataType::Date => Self::Date(series.to_physical_repr().i32()?.clone()),
            DataType::Datetime(_, None) => Self::Moment(
                series
                    .cast(&DataType::Datetime(TimeUnit::Microseconds, None))?
                    .to_physical_repr()
                    .i64()?
                    .clone(),
            ),
            _ => Self::Other(series.clone()),
        })
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Whole(values) | Self::Moment(values) => values.len(),
            Self::Unsigned(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Single(values) => values.len(),
            Self::YesNo(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::Other(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the cell as shown; false when it is blank.
    pub fn write(&self, position: usize, text: &mut String) -> bool {
        match self {
            Self::Whole(values) => write_if(values.get(position), text, write_whole),
            Self::Unsigned(values) => write_if(values.get(position), text, write_unsigned),
            Self::Number(values) => values
                .get(position)
                .is_some_and(|value| write_number(value, text)),
            Self::Single(values) => values
                .get(position)
                .is_some_and(|value| write_single(value, text)),
            Self::YesNo(values) => write_if(values.get(position), text, write_yes_no),
            Self::Text(values) => write_if(values.get(position), text, |value, text| {
                text.push_str(value)
            }),
            Self::Date(values) => write_if(values.get(position), text, |days, text| {
                calendar::write_date(i64::from(days), text)
            }),
            Self::Moment(values) => write_if(values.get(position), text, calendar::write_moment),
            Self::Other(values) => values
                .get(position)
                .is_ok_and(|value| write_value(&value, text)),
        }
    }
}

fn write_if<T>(value: Option<T>, text: &mut String, write: impl FnOnce(T, &mut String)) -> bool {
    match value {
        Some(value) => {
            write(value, text);
            true
        }
        None => false,
    }
}

/// Appends any value as shown; false when it is blank.
pub fn write_value(value: &AnyValue, text: &mut String) -> bool {
    match value {
        AnyValue::Null => return false,
        AnyValue::Boolean(value) => write_yes_no(*value, text),
        AnyValue::String(value) => text.push_str(value),
        AnyValue::StringOwned(value) => text.push_str(value),
        AnyValue::UInt8(value) => write_unsigned(u64::from(*value), text),
        AnyValue::UInt16(value) => write_unsigned(u64::from(*value), text),
        AnyValue::UInt32(value) => write_unsigned(u64::from(*value), text),
        AnyValue::UInt64(value) => write_unsigned(*value, text),
        AnyValue::Int8(value) => write_whole(i64::from(*value), text),
        AnyValue::Int16(value) => write_whole(i64::from(*value), text),
        AnyValue::Int32(value) => write_whole(i64::from(*value), text),
        AnyValue::Int64(value) => write_whole(*value, text),
        AnyValue::Float32(value) => return write_single(*value, text),
        AnyValue::Float64(value) => return write_number(*value, text),
        AnyValue::Date(days) => calendar::write_date(i64::from(*days), text),
        AnyValue::Datetime(value, unit, None) => {
            calendar::write_moment(microseconds(*value, *unit), text)
        }
        AnyValue::Time(nanoseconds) => {
            calendar::write_time_of_day(nanoseconds.div_euclid(1000), text)
        }
        AnyValue::Categorical(code, mapping) | AnyValue::Enum(code, mapping) => {
            text.push_str(mapping.cat_to_str(*code).unwrap_or_default());
        }
        AnyValue::Decimal(value, _, scale) => write_decimal(*value, *scale, text),
        AnyValue::Binary(bytes) => write_bytes(bytes, text),
        AnyValue::BinaryOwned(bytes) => write_bytes(bytes, text),
        other => {
            let _ = write!(text, "{other}");
        }
    }
    true
}

fn microseconds(value: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => value.div_euclid(1000),
        TimeUnit::Microseconds => value,
        TimeUnit::Milliseconds => value.saturating_mul(1000),
    }
}

fn write_yes_no(value: bool, text: &mut String) {
    text.push_str(if value { "yes" } else { "no" });
}

fn write_whole(value: i64, text: &mut String) {
    if value < 0 {
        text.push(MINUS);
    }
    write_unsigned(value.unsigned_abs(), text);
}

fn write_unsigned(mut value: u64, text: &mut String) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    text.extend(digits[start..].iter().map(|&digit| char::from(digit)));
}

fn write_number(value: f64, text: &mut String) -> bool {
    if value.is_nan() {
        return false;
    }
    if value < 0.0 {
        text.push(MINUS);
    }
    let size = value.abs();
    if size < 1e15 && size.fract() == 0.0 {
        write_unsigned(size as u64, text);
    } else if size.is_infinite() {
        text.push('∞');
    } else if in_plain_range(size) {
        let start = text.len();
        let _ = write!(text, "{size}");
        if decimals(text, start) > DECIMALS {
            text.truncate(start);
            let _ = write!(text, "{size:.DECIMALS$}");
            trim_zeros(text, start);
        }
    } else {
        write_scientific(size, text);
    }
    true
}

fn write_single(value: f32, text: &mut String) -> bool {
    let size = value.abs();
    if size.fract() == 0.0
        || value.is_nan()
        || size.is_infinite()
        || !in_plain_range(f64::from(size))
    {
        return write_number(f64::from(value), text);
    }
    if value < 0.0 {
        text.push(MINUS);
    }
    let start = text.len();
    let _ = write!(text, "{size}");
    if decimals(text, start) > DECIMALS {
        text.truncate(start);
        let _ = write!(text, "{size:.DECIMALS$}");
        trim_zeros(text, start);
    }
    true
}

/// Sizes shown without an exponent.
fn in_plain_range(size: f64) -> bool {
    (1e-4..1e15).contains(&size)
}

fn decimals(text: &str, start: usize) -> usize {
    text.get(start..)
        .and_then(|number| number.split_once('.'))
        .map_or(0, |(_, fraction)| fraction.len())
}

fn trim_zeros(text: &mut String, start: usize) {
    if decimals(text, start) > 0 {
        while text.ends_with('0') {
            text.pop();
        }
        if text.ends_with('.') {
            text.pop();
        }
    }
}

/// 1.23457e−12.
fn write_scientific(size: f64, text: &mut String) {
    let written = format!("{size:.5e}");
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let start = text.len();
    text.push_str(mantissa);
    trim_zeros(text, start);
    text.push('e');
    match exponent.strip_prefix('-') {
        Some(digits) => {
            text.push(MINUS);
            text.push_str(digits);
        }
        None => text.push_str(exponent),
    }
}

/// Fixed-point numbers keep the decimals they were declared with.
fn write_decimal(value: i128, scale: usize, text: &mut String) {
    if value < 0 {
        text.push(MINUS);
    }
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    text.push_str(whole);
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
}

fn write_bytes(bytes: &[u8], text: &mut String) {
    match std::str::from_utf8(bytes) {
        Ok(value) => text.push_str(value),
        Err(_) => {
            text.push_str("0x");
            for byte in bytes {
                let _ = write!(text, "{byte:02x}");
            }
        }
    }
}
