//! Fills blanks with a value learned from the filled cells, or with a given one.

use std::collections::HashMap;
use std::hash::Hash;

use polars::prelude::{AnyValue, NamedFrom, PlSmallStr, TimeUnit};
use polars::prelude::{
    Column as PolarsColumn, DataFrame, DataType, Expr, Field, LazyFrame, PolarsResult, Scalar,
    Series,
};

use super::columns::{
    Decimal, column, engine_error, finite_or_blank, name_spans, read_date, read_number,
    read_yes_no, require, require_all, sentence, storage_type,
};
use super::python::{self, PandasStep};
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span};
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::{Column, ColumnKind, Schema};

pub struct FillBlanks;

const COLUMNS: &str = "columns";
const HOW: &str = "how";
const VALUE: &str = "value";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: COLUMNS,
        label: "Columns",
        help: "The columns whose blanks are filled",
        kind: ParamKind::Columns,
        default: ParamDefault::Required,
    },
    ParamSpec {
        key: HOW,
        label: "With",
        help: "Median and average are for numbers; other columns take their most frequent value instead",
        kind: ParamKind::Choice(&[
            ("median", "The median"),
            ("mean", "The average"),
            ("most_frequent", "The most frequent value"),
            ("constant", "A value you give"),
        ]),
        default: ParamDefault::Text("median"),
    },
    ParamSpec {
        key: VALUE,
        label: "Value",
        help: "What to fill in when you give the value yourself",
        kind: ParamKind::Text,
        default: ParamDefault::Text(""),
    },
];

/// What fills the blanks of one column.
#[derive(Clone, Debug, PartialEq)]
enum Fill {
    /// Numbers; yes/no as 1 and 0; dates as days since 1970-01-01, durations and times of day as
    /// seconds.
    Number(f64),
    /// Text; or a whole number too large for a double to hold exactly.
    Text(String),
}

/// Whole numbers up to here are exact in a double.
const EXACT: i64 = 1 << 53;

impl CleanStep for FillBlanks {
    fn id(&self) -> &'static str {
        "fill_blanks"
    }

    fn name(&self) -> &'static str {
        "Fill blanks"
    }

    fn summary(&self) -> &'static str {
        "Fills blanks with a value learned from the filled cells of the same column, or with one you give"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn learns(&self) -> bool {
        true
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::Keeps
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        let with = match params.text(HOW) {
            "mean" => " with the average".to_owned(),
            "most_frequent" => " with the most frequent value".to_owned(),
            "constant" => format!(" with {}", params.text(VALUE)),
            _ => " with the median".to_owned(),
        };
        sentence("Fill blanks in ", name_spans(params.list(COLUMNS)), &with)
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        params.list(COLUMNS).to_vec()
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        require_all(schema, params.list(COLUMNS))?;
        if params.text(HOW) == "constant" {
            for name in params.list(COLUMNS) {
                constant(require(schema, name)?, params.text(VALUE))?;
            }
        }
        Ok(())
    }

    /// A column without any filled value among the rows teaches nothing and is left as it is.
    fn learn(&self, rows: &DataFrame, params: &Params) -> Result<Learned, UserError> {
        let mut learned = Learned::default();
        if params.text(HOW) == "constant" {
            return Ok(learned);
        }
        for name in params.list(COLUMNS) {
            let values = rows.column(name).map_err(|error| engine_error(&error))?;
            let fill = learn_column(values.as_materialized_series(), params.text(HOW))
                .map_err(|error| engine_error(&error))?;
            match fill {
                Some(Fill::Number(number)) => {
                    learned.numbers.insert(name.clone(), number);
                }
                Some(Fill::Text(text)) => {
                    learned.texts.insert(name.clone(), text);
                }
                None => {}
            }
        }
        Ok(learned)
    }

    fn apply(
        &self,
        frame: LazyFrame,
        schema: &Schema,
        params: &Params,
        learned: &Learned,
    ) -> Result<LazyFrame, UserError> {
        let mut filled: Vec<Expr> = Vec::new();
        for name in params.list(COLUMNS) {
            let known = require(schema, name)?;
            let fill = fill_for(known, params, learned)?;
            let storage = filled_storage(&storage_type(known), known, params);
            let target = storage.clone();
            filled.push(column(name).map(
                move |values: PolarsColumn| {
                    Ok(fill_series(
                        values.as_materialized_series(),
                        fill.as_ref(),
                        storage.as_ref(),
                    )?
                    .into())
                },
                move |_, field| {
                    Ok(Field::new(
                        field.name().clone(),
                        target.clone().unwrap_or_else(|| field.dtype().clone()),
                    ))
                },
            ));
        }
        Ok(frame.with_columns(filled))
    }

    fn pandas(&self, schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        let names = params.list(COLUMNS);
        if params.text(HOW) != "constant" {
            return Ok(PandasStep::Learns(format!(
                "FillBlanks({}, {})",
                python::list(names),
                python::text(params.text(HOW))
            )));
        }
        let lines: Result<Vec<String>, UserError> = names
            .iter()
            .map(|name| {
                let known = require(schema, name)?;
                let value = match (constant(known, params.text(VALUE))?, known.kind) {
                    (Fill::Text(text), _) => python::text(&text),
                    (Fill::Number(number), ColumnKind::YesNo) => {
                        python::truth(number != 0.0).to_owned()
                    }
                    (Fill::Number(days), ColumnKind::Time) => {
                        format!("pd.Timestamp(\"1970-01-01\") + pd.Timedelta(days={days})")
                    }
                    (Fill::Number(number), _) => python::number(number),
                };
                let name = python::text(name);
                Ok(format!(
                    "data = data.assign(**{{{name}: data[{name}].fillna({value})}})"
                ))
            })
            .collect();
        Ok(PandasStep::Lines(lines?))
    }

    fn graph(
        &self,
        graph: &mut Graph,
        columns: &mut GraphColumns,
        params: &Params,
        learned: &Learned,
    ) -> Result<(), UserError> {
        for name in params.list(COLUMNS) {
            let Some((value, element)) = columns.columns.get(name).cloned() else {
                continue;
            };
            let Some(fill) = graph_fill(name, element, params, learned)? else {
                continue;
            };
            let filled = match &fill {
                Fill::Number(number) => fill_numbers(graph, &value, element, *number),
                Fill::Text(text) => fill_texts(graph, &value, text),
            };
            columns.columns.insert(name.clone(), (filled, element));
        }
        Ok(())
    }
}

// ---- learning ----

fn learn_column(series: &Series, how: &str) -> PolarsResult<Option<Fill>> {
    let averaged = matches!(how, "median" | "mean" | "");
    if averaged && (series.dtype().is_primitive_numeric() || series.dtype().is_decimal()) {
        let cast = series.cast(&DataType::Float64)?;
        let mut values: Vec<f64> = cast
            .f64()?
            .iter()
            .flatten()
            .filter(|value| value.is_finite())
            .collect();
        if values.is_empty() {
            return Ok(None);
        }
        let value = if how == "mean" {
            mean(&values)
        } else {
            median(&mut values)
        };
        return Ok(Some(Fill::Number(value)));
    }
    most_frequent(series)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The middle value; the average of the two middle ones when the count is even.
fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if odd {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lower + (upper - lower) / 2.0
}

/// The value that occurs most often; of several, the smallest (text: the first by its letters).
fn most_frequent(series: &Series) -> PolarsResult<Option<Fill>> {
    Ok(match series.dtype() {
        DataType::String | DataType::Categorical(_, _) | DataType::Enum(_, _) => {
            let cast = series.cast(&DataType::String)?;
            winner(cast.str()?.iter().flatten()).map(|text| Fill::Text(text.to_owned()))
        }
        DataType::Boolean => winner(series.bool()?.iter().flatten())
            .map(|yes| Fill::Number(f64::from(u8::from(yes)))),
        DataType::Float32 | DataType::Float64 => {
            let cast = series.cast(&DataType::Float64)?;
            let finite = cast
                .f64()?
                .iter()
                .flatten()
                .filter(|value| value.is_finite());
            // Ordered bits: the integer order of these keys is the order of the numbers.
            winner(finite.map(|value| ordered_bits(value + 0.0)))
                .map(|bits| Fill::Number(from_ordered_bits(bits)))
        }
        dtype if dtype.is_temporal() => {
            let cast = series.to_physical_repr().cast(&DataType::Int64)?;
            winner(cast.i64()?.iter().flatten())
                .map(|value| Fill::Number(value as f64 / ticks_per_unit(dtype)))
        }
        dtype if dtype.is_integer() => {
            let cast = series.cast(&DataType::Int64)?;
            winner(cast.i64()?.iter().flatten()).map(|value| {
                if value.abs() <= EXACT {
                    Fill::Number(value as f64)
                } else {
                    Fill::Text(value.to_string())
                }
            })
        }
        _ => None,
    })
}

fn winner<T: Ord + Hash + Copy>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: HashMap<T, u64> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    // The order of the map does not matter: ties are settled by value.
    counts
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))
        .map(|(value, _)| value)
}

fn ordered_bits(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn from_ordered_bits(key: i64) -> f64 {
    f64::from_bits((key ^ (((key >> 63) as u64) >> 1) as i64) as u64)
}

// ---- applying ----

/// The given value in the column's own terms.
fn constant(known: &Column, text: &str) -> Result<Fill, UserError> {
    let fill = match known.kind {
        ColumnKind::Category | ColumnKind::Text => {
            (!text.is_empty()).then(|| Fill::Text(text.to_owned()))
        }
        ColumnKind::YesNo => read_yes_no(text).map(|yes| Fill::Number(f64::from(u8::from(yes)))),
        ColumnKind::Number => read_number(text, Decimal::Automatic).map(Fill::Number),
        ColumnKind::Time => read_date(text, false).map(|days| Fill::Number(f64::from(days))),
    };
    fill.ok_or_else(|| {
        let shown = if text.is_empty() {
            "Nothing".to_owned()
        } else {
            format!("\"{text}\"")
        };
        UserError::usage(
            "value_does_not_fit",
            format!("{shown} cannot be filled into {}", known.name),
            format!(
                "The column holds values of the kind {}",
                known.kind.word().to_lowercase()
            ),
        )
        .with_hint(match known.kind {
            ColumnKind::Number => "Type a number, for example 0",
            ColumnKind::YesNo => "Type yes or no",
            ColumnKind::Time => "Type a date as 2024-03-05",
            ColumnKind::Category | ColumnKind::Text => "Type a word, for example unknown",
        })
    })
}

/// Stored ticks of a day (dates) or of a second (durations, times of day).
fn ticks_per_unit(storage: &DataType) -> f64 {
    let per_second = |unit: &TimeUnit| match unit {
        TimeUnit::Nanoseconds => 1e9,
        TimeUnit::Microseconds => 1e6,
        TimeUnit::Milliseconds => 1e3,
    };
    match storage {
        DataType::Datetime(unit, _) => per_second(unit) * 86_400.0,
        DataType::Duration(unit) => per_second(unit),
        DataType::Time => 1e9,
        _ => 1.0,
    }
}

fn fill_for(known: &Column, params: &Params, learned: &Learned) -> Result<Option<Fill>, UserError> {
    if params.text(HOW) == "constant" {
        return constant(known, params.text(VALUE)).map(Some);
    }
    Ok(learned_fill(&known.name, learned))
}

fn learned_fill(name: &str, learned: &Learned) -> Option<Fill> {
    match (learned.numbers.get(name), learned.texts.get(name)) {
        (Some(number), _) => Some(Fill::Number(*number)),
        (None, Some(text)) => Some(Fill::Text(text.clone())),
        (None, None) => None,
    }
}

/// The storage type after filling, where it changes: a median or an average of whole numbers need
/// not be whole, and the type must not depend on the value learned.
fn filled_storage(storage: &DataType, known: &Column, params: &Params) -> Option<DataType> {
    let averaged = matches!(params.text(HOW), "median" | "mean" | "");
    let fraction = params.text(HOW) == "constant"
        && matches!(constant(known, params.text(VALUE)), Ok(Fill::Number(number)) if number.fract() != 0.0);
    ((averaged || fraction) && storage.is_integer()).then_some(DataType::Float64)
}

fn fill_series(
    series: &Series,
    fill: Option<&Fill>,
    storage: Option<&DataType>,
) -> PolarsResult<Series> {
    let series = finite_or_blank(series)?;
    let series = match storage {
        Some(storage) => series.cast(storage)?,
        None => series,
    };
    let Some(fill) = fill else {
        return Ok(series);
    };
    if series.null_count() == 0 {
        return Ok(series);
    }
    let name = series.name().clone();
    let single = match (series.dtype(), fill) {
        (DataType::Null, _) => return Ok(series),
        (DataType::Boolean, Fill::Number(number)) => Series::new(name, [*number != 0.0]),
        (dtype, Fill::Number(number)) if dtype.is_integer() || dtype.is_temporal() => physical(
            name,
            (*number * ticks_per_unit(dtype)).round() as i64,
            dtype,
        )?,
        (dtype, Fill::Text(text)) if dtype.is_integer() || dtype.is_temporal() => {
            match text.parse() {
                Ok(value) => physical(name, value, dtype)?,
                Err(_) => return Ok(series),
            }
        }
        (dtype, Fill::Number(number)) => Series::new(name, [*number]).cast(dtype)?,
        (dtype, Fill::Text(text)) => Series::new(name, [text.as_str()]).cast(dtype)?,
    };
    let blanks = series.is_null();
    // One value broadcasts over all rows.
    single.zip_with(&blanks, &series)
}

fn physical(name: PlSmallStr, value: i64, dtype: &DataType) -> PolarsResult<Series> {
    let stored = Scalar::new(DataType::Int64, AnyValue::Int64(value)).into_series(name);
    match dtype {
        // Only 32-bit days cast to a date.
        DataType::Date => stored.cast(&DataType::Int32)?.cast(dtype),
        _ => stored.cast(dtype),
    }
}

// ---- export ----

fn graph_fill(
    name: &str,
    element: ElementType,
    params: &Params,
    learned: &Learned,
) -> Result<Option<Fill>, UserError> {
    if params.text(HOW) != "constant" {
        return Ok(learned_fill(name, learned));
    }
    let text = params.text(VALUE);
    if element == ElementType::Text {
        return Ok(Some(Fill::Text(text.to_owned())));
    }
    let number = read_number(text, Decimal::Automatic)
        .or_else(|| read_yes_no(text).map(|yes| f64::from(u8::from(yes))))
        .or_else(|| read_date(text, false).map(f64::from));
    number
        .map(|number| Some(Fill::Number(number)))
        .ok_or_else(|| {
            UserError::input(
                "step_not_exportable",
                format!("Filling {name} with {text} cannot be exported"),
                "The value is not a number",
            )
        })
}

fn fill_numbers(graph: &mut Graph, value: &Value, element: ElementType, number: f64) -> Value {
    let fill = match element {
        ElementType::Double => graph.scalar(number),
        _ => graph.constant(&[], Constant::Float(vec![number as f32])),
    };
    // A blank is the only value that is not a number; tested in single precision, where every
    // runtime can.
    let tested = if element == ElementType::Double {
        graph.cast(value, ElementType::Float)
    } else {
        value.clone()
    };
    let blank = graph.op("IsNaN", &[&tested], Vec::new());
    graph.op("Where", &[&blank, &fill, value], Vec::new())
}

fn fill_texts(graph: &mut Graph, value: &Value, text: &str) -> Value {
    let code = graph.ml_op(
        "CategoryMapper",
        &[value],
        vec![
            ("cats_strings", Attribute::Texts(vec![String::new()])),
            ("cats_int64s", Attribute::Integers(vec![1])),
            ("default_int64", Attribute::Integer(0)),
        ],
    );
    let one = graph.constant(&[], Constant::Int64(vec![1]));
    let blank = graph.op("Equal", &[&code, &one], Vec::new());
    let fill = graph.constant(&[], Constant::Text(vec![text.to_owned()]));
    graph.op("Where", &[&blank, &fill, value], Vec::new())
}
