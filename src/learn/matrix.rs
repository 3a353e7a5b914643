//! Tables to numbers: the one place where polars becomes plain vectors that a learner can use.
//!
//! Numbers are narrowed to `f32` here, once, for training and for scoring alike. An exported
//! model takes float inputs; because training saw the same narrowed numbers, the exported model
//! and Benchtop compare exactly the same values with every threshold.

use std::collections::HashMap;

use polars::prelude::{DataType, Series, TimeUnit};

use crate::base::{TaskContext, UserError};
use crate::data::{ColumnKind, Table};

/// Code of a blank in [`RawData::Text`].
pub const BLANK: u32 = u32::MAX;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// Dense numbers, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub cols: usize,
    /// `rows * cols` values; row `i` is `values[i * cols..(i + 1) * cols]`.
    pub values: Vec<f64>,
}

impl Matrix {
    /// Fails when the number of values is not `rows * cols`.
    pub fn new(rows: usize, cols: usize, values: Vec<f64>) -> Result<Self, UserError> {
        if rows.checked_mul(cols) != Some(values.len()) {
            return Err(UserError::failed(
                "matrix_shape",
                "The numbers do not fill their table",
                format!("{} values for {rows} rows of {cols}", values.len()),
            ));
        }
        Ok(Self { rows, cols, values })
    }

    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self {
            rows,
            cols,
            values: vec![0.0; rows * cols],
        }
    }

    /// Row `index`; empty when there is no such row.
    pub fn row(&self, index: usize) -> &[f64] {
        let start = index * self.cols;
        self.values.get(start..start + self.cols).unwrap_or(&[])
    }

    pub fn get(&self, row: usize, col: usize) -> Option<f64> {
        self.row(row).get(col).copied()
    }

    pub fn column(&self, col: usize) -> Vec<f64> {
        (0..self.rows)
            .filter_map(|row| self.get(row, col))
            .collect()
    }

    /// The rows at the given positions, in that order.
    #[must_use]
    pub fn take_rows(&self, rows: &[usize]) -> Self {
        let mut values = Vec::with_capacity(rows.len() * self.cols);
        let mut taken = 0;
        for &row in rows.iter().filter(|&&row| row < self.rows) {
            values.extend_from_slice(self.row(row));
            taken += 1;
        }
        Self {
            rows: taken,
            cols: self.cols,
            values,
        }
    }

    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }
}

/// The values of one raw column.
#[derive(Clone, Debug, PartialEq)]
pub enum RawData {
    /// NaN is blank.
    Number(Vec<f32>),
    /// Index into `names` per row; [`BLANK`] is blank. Names come in order of first appearance.
    Text { codes: Vec<u32>, names: Vec<String> },
}

impl RawData {
    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Text { codes, .. } => codes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every value is blank.
    pub fn all_blank(&self) -> bool {
        match self {
            Self::Number(values) => values.iter().all(|value| value.is_nan()),
            Self::Text { codes, .. } => codes.iter().all(|&code| code == BLANK),
        }
    }

    fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Number(values) => Self::Number(
                rows.iter()
                    .map(|&row| values.get(row).copied().unwrap_or(f32::NAN))
                    .collect(),
            ),
            Self::Text { codes, names } => Self::Text {
                codes: rows
                    .iter()
                    .map(|&row| codes.get(row).copied().unwrap_or(BLANK))
                    .collect(),
                names: names.clone(),
            },
        }
    }
}

/// One column on its way into a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct RawColumn {
    pub name: String,
    pub kind: ColumnKind,
    pub data: RawData,
}

/// Columns of equal length, before anything is learned from them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawFrame {
    pub columns: Vec<RawColumn>,
    pub rows: usize,
}

impl RawFrame {
    /// Reads the named columns.
    ///
    /// - numbers: narrowed to `f32`; infinite values, and values too large for `f32`, count as
    ///   blank, because no mean, distance or weight can be computed with them;
    /// - yes or no: 1 and 0;
    /// - dates and times: days since 1970-01-01 UTC, with fractions;
    /// - durations and times of day: seconds;
    /// - text and categories: codes; empty text counts as blank.
    ///
    /// Fails when a column is missing or is neither numbers, dates nor text.
    pub fn from_table(
        table: &Table,
        columns: &[String],
        task: &TaskContext,
    ) -> Result<Self, UserError> {
        let rows = table.rows();
        let mut read = Vec::with_capacity(columns.len());
        for (done, name) in columns.iter().enumerate() {
            task.check()?;
            task.progress(done as u64, columns.len() as u64, "Reading the columns");
            let (series, kind) = column_of(table, name)?;
            let data = if is_text(series.dtype()) {
                let (codes, names) = text_codes(&series, name, task)?;
                RawData::Text { codes, names }
            } else {
                let numbers = numbers_of(&series, name)?;
                RawData::Number(numbers.into_iter().map(narrow).collect())
            };
            read.push(RawColumn {
                name: name.clone(),
                kind,
                data,
            });
        }
        Ok(Self {
            columns: read,
            rows,
        })
    }

    /// The rows at the given positions, in that order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        Self {
            columns: self
                .columns
                .iter()
                .map(|column| RawColumn {
                    name: column.name.clone(),
                    kind: column.kind,
                    data: column.data.take(rows),
                })
                .collect(),
            rows: rows.len(),
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn column(&self, name: &str) -> Option<&RawColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// The values of a target column in full precision.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetValues {
    /// NaN is blank; infinite values count as blank. Dates are days, yes/no is 1/0.
    Numbers(Vec<f64>),
    /// Codes into `names`, [`BLANK`] is blank; names in order of first appearance.
    Texts { codes: Vec<u32>, names: Vec<String> },
}

/// Reads one column in full precision, as a target: targets are never inputs of an exported model,
/// so they are not narrowed.
pub fn target_values(
    table: &Table,
    name: &str,
    task: &TaskContext,
) -> Result<TargetValues, UserError> {
    let (series, _) = column_of(table, name)?;
    if is_text(series.dtype()) {
        let (codes, names) = text_codes(&series, name, task)?;
        return Ok(TargetValues::Texts { codes, names });
    }
    let finite = |value: f64| if value.is_finite() { value } else { f64::NAN };
    Ok(TargetValues::Numbers(
        numbers_of(&series, name)?.into_iter().map(finite).collect(),
    ))
}

fn narrow(value: f64) -> f32 {
    let narrow = value as f32;
    if narrow.is_finite() { narrow } else { f32::NAN }
}

fn column_of(table: &Table, name: &str) -> Result<(Series, ColumnKind), UserError> {
    let missing = || {
        let known = table.schema().names();
        UserError::input(
            "missing_column",
            format!("There is no column called {name}"),
            format!("The columns are {}", known.join(", ")),
        )
        .with_hint("Check the spelling, or choose another column")
    };
    let kind = table.schema().get(name).ok_or_else(missing)?.kind;
    let column = table.frame().column(name).map_err(|_| missing())?;
    Ok((column.as_materialized_series().clone(), kind))
}

fn is_text(dtype: &DataType) -> bool {
    matches!(
        dtype,
        DataType::String | DataType::Categorical(_, _) | DataType::Enum(_, _)
    )
}

fn unusable(name: &str, series: &Series, why: impl std::fmt::Display) -> UserError {
    UserError::input(
        "column_not_usable",
        format!("Nothing can be learned from {name}"),
        format!("Its values are of the type {}: {why}", series.dtype()),
    )
    .with_hint("Leave the column out, or change its type first")
}

/// Any column that is not text, as full-precision numbers with NaN for blank.
fn numbers_of(series: &Series, name: &str) -> Result<Vec<f64>, UserError> {
    let per_unit = match series.dtype() {
        DataType::Date | DataType::Boolean | DataType::Null => 1.0,
        DataType::Datetime(unit, _) => ticks_per_second(*unit) * SECONDS_PER_DAY,
        DataType::Duration(unit) => ticks_per_second(*unit),
        DataType::Time => ticks_per_second(TimeUnit::Nanoseconds),
        dtype if dtype.is_numeric() || dtype.is_decimal() => 1.0,
        _ => return Err(unusable(name, series, "neither numbers, dates nor text")),
    };
    let physical = if series.dtype().is_temporal() {
        series.to_physical_repr().into_owned()
    } else {
        series.clone()
    };
    let cast = physical
        .cast(&DataType::Float64)
        .map_err(|error| unusable(name, series, error))?;
    let values = cast.f64().map_err(|error| unusable(name, series, error))?;
    Ok(values
        .iter()
        .map(|value| value.unwrap_or(f64::NAN) / per_unit)
        .collect())
}

fn ticks_per_second(unit: TimeUnit) -> f64 {
    match unit {
        TimeUnit::Nanoseconds => 1e9,
        TimeUnit::Microseconds => 1e6,
        TimeUnit::Milliseconds => 1e3,
    }
}

/// Codes in order of first appearance. The map is only looked up, never walked.
fn text_codes(
    series: &Series,
    name: &str,
    task: &TaskContext,
) -> Result<(Vec<u32>, Vec<String>), UserError> {
    let cast = series
        .cast(&DataType::String)
        .map_err(|error| unusable(name, series, error))?;
    let texts = cast.str().map_err(|error| unusable(name, series, error))?;
    let mut names: Vec<String> = Vec::new();
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut codes = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        if row % 65_536 == 0 {
            task.check()?;
        }
        codes.push(match text {
            None | Some("") => BLANK,
            Some(text) => *known.entry(text).or_insert_with(|| {
                names.push(text.to_owned());
                (names.len() - 1) as u32
            }),
        });
    }
    Ok((codes, names))
}
