//! An immutable table: columns, stable row ids, and a fingerprint of how it came to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use polars::prelude::{
    BooleanChunked, Column as PolarsColumn, DataFrame, DataType, IdxCa, IdxSize, NamedFrom,
    PolarsError, Series,
};

use super::{Column, ColumnKind, ROW_ID, Schema};
use crate::base::{Fingerprint, RowSet, UserError};

/// Text columns with at most this many distinct values among the first rows are categories.
const CATEGORY_LIMIT: usize = 200;
/// Rows looked at to tell a category from free text.
const KIND_SAMPLE: usize = 20_000;

/// Rows and columns, cheap to clone.
#[derive(Clone)]
pub struct Table {
    frame: Arc<DataFrame>,
    schema: Arc<Schema>,
    /// Source row of every row; None while rows are exactly those of the source.
    row_ids: Option<Arc<Vec<u32>>>,
    source_rows: usize,
    fingerprint: Fingerprint,
}

impl Table {
    /// A table as it was read: row ids are 0, 1, 2, …
    pub fn from_frame(frame: DataFrame, fingerprint: Fingerprint) -> Self {
        let source_rows = frame.height();
        Self {
            schema: Arc::new(schema_of(&frame)),
            frame: Arc::new(frame),
            row_ids: None,
            source_rows,
            fingerprint,
        }
    }

    /// A table that comes out of steps: `frame` carries [`ROW_ID`] (UInt32).
    pub fn from_frame_with_rows(
        mut frame: DataFrame,
        source_rows: usize,
        fingerprint: Fingerprint,
    ) -> Result<Self, UserError> {
        let missing =
            |why: String| UserError::failed("row_ids_lost", "A step lost track of its rows", why);
        let ids = frame
            .drop_in_place(ROW_ID)
            .map_err(|error| missing(error.to_string()))?;
        let ids: Vec<u32> = ids
            .as_materialized_series()
            .u32()
            .map_err(|error| missing(error.to_string()))?
            .into_no_null_iter()
            .collect();
        let identity =
            ids.len() == source_rows && ids.iter().enumerate().all(|(i, &id)| i == id as usize);
        Ok(Self {
            schema: Arc::new(schema_of(&frame)),
            frame: Arc::new(frame),
            row_ids: (!identity).then(|| Arc::new(ids)),
            source_rows,
            fingerprint,
        })
    }

    /// The frame with its row-id column, as steps take it.
    pub fn frame_with_rows(&self) -> Result<DataFrame, UserError> {
        let ids: Vec<u32> = (0..self.rows()).map(|row| self.row_id(row)).collect();
        let mut frame = (*self.frame).clone();
        frame
            .with_column(Series::new(ROW_ID.into(), ids).into())
            .map_err(|error| {
                UserError::failed(
                    "row_ids_lost",
                    "Could not number the rows",
                    error.to_string(),
                )
            })?;
        Ok(frame)
    }

    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub fn rows(&self) -> usize {
        self.frame.height()
    }

    pub fn width(&self) -> usize {
        self.schema.len()
    }

    /// Rows of the source file: the range of row ids and the length of every [`RowSet`].
    pub fn source_rows(&self) -> usize {
        self.source_rows
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    #[must_use]
    pub fn with_fingerprint(mut self, fingerprint: Fingerprint) -> Self {
        self.fingerprint = fingerprint;
        self
    }

    /// Source row of the row at `position`.
    pub fn row_id(&self, position: usize) -> u32 {
        match &self.row_ids {
            Some(ids) => ids.get(position).copied().unwrap_or(u32::MAX),
            None => position as u32,
        }
    }

    /// Source rows of all rows, or None when they are 0, 1, 2, …
    pub fn row_ids(&self) -> Option<&Arc<Vec<u32>>> {
        self.row_ids.as_ref()
    }

    /// All row ids of this table as a set.
    pub fn row_set(&self) -> RowSet {
        match &self.row_ids {
            Some(ids) => RowSet::from_rows(self.source_rows, ids.iter().map(|&id| id as usize)),
            None => RowSet::full(self.source_rows),
        }
    }

    /// The set of the rows at the given positions.
    pub fn rows_at(&self, positions: impl IntoIterator<Item = usize>) -> RowSet {
        RowSet::from_rows(
            self.source_rows,
            positions
                .into_iter()
                .map(|position| self.row_id(position) as usize),
        )
    }

    /// Positions of the rows that are in the set, in table order.
    pub fn positions_in(&self, rows: &RowSet) -> Vec<usize> {
        (0..self.rows())
            .filter(|&position| rows.contains(self.row_id(position) as usize))
            .collect()
    }

    /// Positions of the rows that are in the set, in table order: the first and every `step`-th
    /// after it, `step` such that there are at most `most`.
    pub fn some_positions_in(&self, rows: &RowSet, most: usize) -> Vec<usize> {
        let step_for = |count: usize| count.div_ceil(most.max(1)).max(1);
        if self.row_ids.is_none() && self.rows() == rows.len() {
            // Ids are positions: no row has to be looked up.
            return rows.every(step_for(rows.count()));
        }
        let positions = self.positions_in(rows);
        let step = step_for(positions.len());
        positions.into_iter().step_by(step).collect()
    }

    /// The rows at the given positions, in that order, keeping their ids.
    pub fn take(&self, positions: &[usize]) -> Result<Self, UserError> {
        let index = IdxCa::from_vec(
            "positions".into(),
            positions
                .iter()
                .map(|&position| position as IdxSize)
                .collect(),
        );
        let frame = self.frame.take(&index).map_err(|error| {
            UserError::failed(
                "rows_out_of_range",
                "Could not pick the rows",
                error.to_string(),
            )
        })?;
        let ids: Vec<u32> = positions
            .iter()
            .map(|&position| self.row_id(position))
            .collect();
        let fingerprint = self.fingerprint.then(b"take").then_value(&ids);
        Ok(Self {
            schema: self.schema.clone(),
            frame: Arc::new(frame),
            row_ids: Some(Arc::new(ids)),
            source_rows: self.source_rows,
            fingerprint,
        })
    }

    /// Approximate memory of the columns.
    pub fn memory_bytes(&self) -> u64 {
        let ids = self.row_ids.as_ref().map_or(0, |ids| ids.len() * 4);
        (self.frame.estimated_size() + ids) as u64
    }
}

/// A column made elsewhere, to be put into a table.
#[derive(Clone, Debug, PartialEq)]
pub struct NewColumn {
    pub name: String,
    pub values: NewValues,
}

/// Values of a column made elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub enum NewValues {
    /// NaN is blank.
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
    YesNo(Vec<Option<bool>>),
    /// Days since 1970-01-01.
    Days(Vec<Option<i32>>),
}

impl NewColumn {
    fn to_series(&self) -> Result<Series, UserError> {
        let name = self.name.as_str().into();
        Ok(match &self.values {
            NewValues::Numbers(values) => {
                let values: Vec<Option<f64>> = values
                    .iter()
                    .map(|&value| (!value.is_nan()).then_some(value))
                    .collect();
                Series::new(name, values)
            }
            NewValues::Texts(values) => Series::new(name, values.as_slice()),
            NewValues::YesNo(values) => Series::new(name, values.as_slice()),
            NewValues::Days(values) => Series::new(name, values.as_slice())
                .cast(&DataType::Date)
                .map_err(|error| not_added(&error))?,
        })
    }
}

fn not_added(error: &PolarsError) -> UserError {
    UserError::failed(
        "columns_not_added",
        "The columns could not be put together",
        error.to_string(),
    )
}

impl Table {
    /// This table with more columns after its own. Names must be new, lengths equal to its rows.
    pub fn with_columns(&self, columns: &[NewColumn]) -> Result<Self, UserError> {
        let series: Vec<PolarsColumn> = columns
            .iter()
            .map(|column| column.to_series().map(PolarsColumn::from))
            .collect::<Result<_, _>>()?;
        let frame = self
            .frame
            .hstack(&series)
            .map_err(|error| not_added(&error))?;
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        Ok(Self {
            schema: Arc::new(schema_of(&frame)),
            frame: Arc::new(frame),
            row_ids: self.row_ids.clone(),
            source_rows: self.source_rows,
            fingerprint: self.fingerprint.then(b"with columns").then_value(&names),
        })
    }

    /// This table with the cells of a column blank in the given rows (source row ids). The column
    /// stays what it was, whatever is left in it.
    pub fn with_blanks(&self, column: &str, rows: &RowSet) -> Result<Self, UserError> {
        let mut frame = (*self.frame).clone();
        let values = frame.column(column).map_err(|error| not_added(&error))?;
        let kept: BooleanChunked = (0..self.rows())
            .map(|position| Some(!rows.contains(self.row_id(position) as usize)))
            .collect();
        let blank = PolarsColumn::full_null(values.name().clone(), self.rows(), values.dtype());
        let masked = values
            .zip_with(&kept, &blank)
            .map_err(|error| not_added(&error))?;
        frame
            .with_column(masked)
            .map_err(|error| not_added(&error))?;
        Ok(Self {
            schema: self.schema.clone(),
            frame: Arc::new(frame),
            row_ids: self.row_ids.clone(),
            source_rows: self.source_rows,
            fingerprint: self
                .fingerprint
                .then(b"with blanks")
                .then(column.as_bytes())
                .then_value(rows),
        })
    }

    /// This table with other column names; `renames`: old name → new name. A column that has a new
    /// name already, and is not renamed itself, steps aside.
    pub fn rename_columns(&self, renames: &BTreeMap<String, String>) -> Result<Self, UserError> {
        let renames: BTreeMap<&String, &String> = renames
            .iter()
            .filter(|(from, to)| from != to && self.schema.get(from).is_some())
            .collect();
        if renames.is_empty() {
            return Ok(self.clone());
        }
        let columns: Vec<PolarsColumn> = self
            .frame
            .columns()
            .iter()
            .filter_map(|column| {
                let name = column.name().to_string();
                match renames.get(&name) {
                    Some(to) => Some(column.clone().with_name(to.as_str().into())),
                    None if renames.values().any(|to| **to == name) => None,
                    None => Some(column.clone()),
                }
            })
            .collect();
        let frame = DataFrame::new(self.rows(), columns).map_err(|error| not_added(&error))?;
        Ok(Self {
            schema: Arc::new(schema_of(&frame)),
            frame: Arc::new(frame),
            row_ids: self.row_ids.clone(),
            source_rows: self.source_rows,
            fingerprint: self.fingerprint.then(b"renamed").then_value(&renames),
        })
    }

    /// A table of nothing but these columns.
    pub fn of_columns(columns: &[NewColumn], fingerprint: Fingerprint) -> Result<Self, UserError> {
        let series: Vec<PolarsColumn> = columns
            .iter()
            .map(|column| column.to_series().map(PolarsColumn::from))
            .collect::<Result<_, _>>()?;
        let rows = series.first().map_or(0, PolarsColumn::len);
        let frame = DataFrame::new(rows, series).map_err(|error| not_added(&error))?;
        Ok(Self::from_frame(frame, fingerprint))
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Table({} × {}, {})",
            self.rows(),
            self.width(),
            self.fingerprint
        )
    }
}

fn schema_of(frame: &DataFrame) -> Schema {
    Schema {
        columns: frame
            .columns()
            .iter()
            .map(|column| Column {
                name: column.name().to_string(),
                kind: kind_of(column.as_materialized_series()),
                type_name: column.dtype().to_string(),
            })
            .collect(),
    }
}

fn kind_of(series: &Series) -> ColumnKind {
    match series.dtype() {
        DataType::Boolean => ColumnKind::YesNo,
        DataType::Date | DataType::Datetime(_, _) => ColumnKind::Time,
        dtype if dtype.is_numeric() || dtype.is_decimal() => ColumnKind::Number,
        DataType::Duration(_) | DataType::Time => ColumnKind::Number,
        DataType::Categorical(_, _) | DataType::Enum(_, _) => ColumnKind::Category,
        DataType::String => {
            let head = series.head(Some(KIND_SAMPLE));
            let distinct = head.n_unique().unwrap_or(usize::MAX);
            let filled = head.len() - head.null_count();
            if distinct <= 20 || (distinct <= CATEGORY_LIMIT && distinct * 2 <= filled) {
                ColumnKind::Category
            } else {
                ColumnKind::Text
            }
        }
        _ => ColumnKind::Text,
    }
}
