//! Having polars read rows of equal width, and noticing every value that did not fit its type.

use std::io::{Cursor, Seek, SeekFrom};
use std::sync::Arc;

use polars::prelude::{
    Column, CsvParseOptions, CsvReadOptions, DataFrame, DataType, Field, NullValues, PlSmallStr,
    PolarsError, PolarsResult, Schema, SerReader,
};

use super::super::ReadAs;
use super::examine::{ColumnPlan, Examined};
use super::source::Source;
use crate::base::{TaskContext, UserError};

/// Columns as they come out of the reader, not yet named.
pub struct Loaded {
    pub columns: Vec<Column>,
    pub rows: usize,
}

pub enum Input<'a> {
    Source {
        source: &'a Source<'a>,
        start: u64,
    },
    /// Rows that were put in order.
    Text(&'a [u8]),
}

pub struct Reader<'a> {
    pub input: Input<'a>,
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// Numbers with leading zeros in the text.
    pub codes: u64,
    pub examined: &'a Examined,
}

impl Reader<'_> {
    /// None when the file is not what it seemed and has to be put in order first.
    pub fn read(&self, task: &TaskContext) -> Result<Option<Loaded>, UserError> {
        let plans = &self.examined.columns;
        let types: Vec<DataType> = plans.iter().map(native_type).collect();
        match self.run(&types, None, false) {
            Ok(frame) => return self.keep_codes(loaded(frame), task),
            Err(error) if self.is_malformed(&error) => return Ok(None),
            Err(_) => {}
        }
        task.check()?;
        // Some value does not fit its type. Columns without any blank are fine as they are; those
        // with blanks are read again as text, so that every value that did not fit is counted.
        let lenient = match self.run(&types, None, true) {
            Ok(frame) => frame,
            Err(_) => return Ok(None),
        };
        task.check()?;
        let result = loaded(lenient);
        let doubtful: Vec<usize> = numbers_in(&result)
            .filter(|&(_, column)| column.null_count() > 0)
            .map(|(index, _)| index)
            .collect();
        let Some(result) = self.again_as_text(result, &doubtful) else {
            return Ok(None);
        };
        self.keep_codes(result, task)
    }

    /// When the text holds more numbers with leading zeros than the columns of text do, some were
    /// read as numbers: those columns are read again as text.
    fn keep_codes(&self, result: Loaded, task: &TaskContext) -> Result<Option<Loaded>, UserError> {
        let numbers: Vec<usize> = numbers_in(&result).map(|(index, _)| index).collect();
        if self.codes == 0 || numbers.is_empty() {
            return Ok(Some(result));
        }
        let mut in_text = 0;
        for texts in result.columns.iter().filter_map(|column| column.str().ok()) {
            task.check()?;
            in_text += texts
                .iter()
                .flatten()
                .filter(|text| has_leading_zero(text))
                .count() as u64;
        }
        if in_text == self.codes {
            return Ok(Some(result));
        }
        Ok(self.again_as_text(result, &numbers))
    }

    fn again_as_text(&self, mut result: Loaded, indices: &[usize]) -> Option<Loaded> {
        if indices.is_empty() {
            return Some(result);
        }
        let texts = vec![DataType::String; self.examined.columns.len()];
        let again = self.run(&texts, Some(indices), true).ok()?;
        if again.height() != result.rows {
            return None;
        }
        for (&index, column) in indices.iter().zip(again.columns()) {
            *result.columns.get_mut(index)? = column.clone();
        }
        Some(result)
    }

    /// Errors that are about rows rather than about values.
    fn is_malformed(&self, error: &PolarsError) -> bool {
        let text = error.to_string();
        ["more fields", "malformed", "escaped", "utf-8"]
            .iter()
            .any(|word| text.contains(word))
    }

    fn run(
        &self,
        types: &[DataType],
        projection: Option<&[usize]>,
        lenient: bool,
    ) -> PolarsResult<DataFrame> {
        let name = |index: usize| PlSmallStr::from_string(format!("column {index}"));
        let schema: Schema = types
            .iter()
            .enumerate()
            .map(|(index, dtype)| Field::new(name(index), dtype.clone()))
            .collect();
        let markers: Vec<(PlSmallStr, PlSmallStr)> = self
            .examined
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, plan)| {
                Some((name(index), PlSmallStr::from_str(plan.marker.as_ref()?)))
            })
            .collect();
        let parse = CsvParseOptions::default()
            .with_separator(self.delimiter)
            .with_quote_char(self.quote)
            .with_null_values((!markers.is_empty()).then_some(NullValues::Named(markers)));
        let options = CsvReadOptions::default()
            .with_has_header(false)
            .with_schema(Some(Arc::new(schema)))
            .with_projection(projection.map(|columns| Arc::new(columns.to_vec())))
            .with_ignore_errors(lenient)
            .with_infer_schema_length(Some(0))
            .with_raise_if_empty(false)
            .with_parse_options(parse);
        match self.input {
            Input::Source {
                source: Source::Text { bytes, .. },
                start,
            } => {
                let rows = bytes.get(start as usize..).unwrap_or_default();
                options
                    .into_reader_with_file_handle(Cursor::new(rows))
                    .finish()
            }
            Input::Source {
                source: Source::File(path),
                start,
            } => {
                let mut file = std::fs::File::open(path)?;
                file.seek(SeekFrom::Start(start))?;
                options.into_reader_with_file_handle(file).finish()
            }
            Input::Text(rows) => options
                .into_reader_with_file_handle(Cursor::new(rows))
                .finish(),
        }
    }
}

fn loaded(frame: DataFrame) -> Loaded {
    Loaded {
        rows: frame.height(),
        columns: frame.into_columns(),
    }
}

fn numbers_in(loaded: &Loaded) -> impl Iterator<Item = (usize, &Column)> {
    loaded
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !column.dtype().is_string())
}

fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The type polars parses itself; everything else comes as text first.
fn native_type(plan: &ColumnPlan) -> DataType {
    match plan.read_as {
        ReadAs::WholeNumber if plan.plain && !plan.undecided => DataType::Int64,
        ReadAs::Number if plan.plain && !plan.undecided => DataType::Float64,
        _ => DataType::String,
    }
}
