//! JSON lines: one object per line. An array of objects is read as well.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Cursor, Read, Write};
use std::path::Path;

use polars::prelude::{
    Column, DataFrame, DataType, Int32Chunked, Int64Chunked, IntoSeries, JsonFormat, JsonReader,
    JsonWriter, PolarsResult, SerReader, SerWriter, Series, TimeUnit,
};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::delimited::values::{DateOrder, date, moment};
use super::support::typed;
use super::{Confidence, FileFormat, FileRead, Preview};
use crate::base::error::io_error;
use crate::base::format::{count, counted};
use crate::base::{Issue, ParamSpec, Params, Severity, TaskContext, UserError};
use crate::data::Table;
use crate::data::calendar::DAY_MICROSECONDS;

pub struct Ndjson;

/// Rows written between two looks at whether the work was stopped.
const WRITE_ROWS: usize = 1 << 15;
/// Most bytes of the beginning a preview looks at.
const PREVIEW_BYTES: u64 = 1 << 24;

impl FileFormat for Ndjson {
    fn id(&self) -> &'static str {
        "ndjson"
    }

    fn name(&self) -> &'static str {
        "JSON lines"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["ndjson", "jsonl", "json"]
    }

    fn params(&self) -> &'static [ParamSpec] {
        typed::PARAMS
    }

    fn sniff(&self, first_bytes: &[u8]) -> Confidence {
        let mut solid = first_bytes
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace());
        let quoted_or_end = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'}'));
        match solid.next() {
            Some(b'{') if quoted_or_end(solid.next()) => Confidence::Certain,
            Some(b'[') if solid.next() == Some(&b'{') => Confidence::Certain,
            _ => Confidence::No,
        }
    }

    fn preview(&self, path: &Path, params: &Params, rows: usize) -> Result<Preview, UserError> {
        let params = params.checked(self.params())?;
        let (text, complete) = first_lines(path, rows)?;
        let (frame, issues) = read_text(&text, path)?;
        let rows_total = complete.then(|| frame.height() as u64);
        let mut preview =
            typed::preview(frame.head(Some(rows)), path, self.id(), &params, rows_total)?;
        preview.issues.extend(issues);
        Ok(preview)
    }

    fn read(
        &self,
        path: &Path,
        params: &Params,
        task: &TaskContext,
    ) -> Result<FileRead, UserError> {
        let params = params.checked(self.params())?;
        task.progress(0, 0, &format!("Reading {}", typed::file_name(path)));
        let text = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        task.check()?;
        let (frame, mut issues) = read_text(&text, path)?;
        task.check()?;
        let mut read = typed::table(frame, path, self.id(), &params)?;
        issues.append(&mut read.issues);
        Ok(FileRead { issues, ..read })
    }

    fn write(&self, table: &Table, path: &Path, task: &TaskContext) -> Result<(), UserError> {
        let file = File::create(path)
            .map_err(|error| io_error("The table could not be written", path, &error))?;
        let mut file = BufWriter::new(file);
        let frame = typed::writable_frame(table.frame())?;
        let rows = frame.height();
        for start in (0..rows).step_by(WRITE_ROWS) {
            task.check()?;
            task.progress(start as u64, rows as u64, "Writing rows");
            let mut part = frame.slice(start as i64, WRITE_ROWS);
            part.rechunk_mut();
            JsonWriter::new(&mut file)
                .with_json_format(JsonFormat::JsonLines)
                .finish(&mut part)
                .map_err(|error| typed::not_written(path, &error))?;
        }
        file.flush()
            .map_err(|error| io_error("The table could not be written", path, &error))
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> UserError {
    io_error(
        &format!("{} could not be read", typed::file_name(path)),
        path,
        error,
    )
}

/// Enough lines for a preview, and whether they are all there are. An array has no lines of its
/// own: it is read whole.
fn first_lines(path: &Path, rows: usize) -> Result<(Vec<u8>, bool), UserError> {
    let mut file = File::open(path)
        .map(BufReader::new)
        .map_err(|error| unreadable(path, &error))?;
    let start = file.fill_buf().map_err(|error| unreadable(path, &error))?;
    let mut text = Vec::new();
    if is_array(start) {
        file.read_to_end(&mut text)
            .map_err(|error| unreadable(path, &error))?;
        return Ok((text, true));
    }
    for _ in 0..rows {
        let length = file
            .by_ref()
            .take(PREVIEW_BYTES)
            .read_until(b'\n', &mut text)
            .map_err(|error| unreadable(path, &error))?;
        if length == 0 {
            return Ok((text, true));
        }
        if text.len() as u64 > PREVIEW_BYTES {
            break;
        }
    }
    Ok((text, false))
}

fn is_array(text: &[u8]) -> bool {
    text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
}

fn read_text(text: &[u8], path: &Path) -> Result<(DataFrame, Vec<Issue>), UserError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut issues = Vec::new();
    let mut names = Names::default();
    let frame = if is_array(text) {
        names.read_from(text);
        parse(text, JsonFormat::Json).map_err(|error| typed::damaged(path, &error))?
    } else {
        let lines = objects_only(text, path, &mut names, &mut issues)?;
        parse(&lines, JsonFormat::JsonLines).map_err(|error| typed::damaged(path, &error))?
    };
    // In the order in which the names first occur.
    let mut columns: Vec<Column> = frame.columns().iter().map(with_dates).collect();
    columns.sort_by_key(|column| names.place(column.name()));
    let frame =
        DataFrame::new(frame.height(), columns).map_err(|error| typed::damaged(path, &error))?;
    Ok((frame, issues))
}

fn parse(text: &[u8], format: JsonFormat) -> PolarsResult<DataFrame> {
    JsonReader::new(Cursor::new(text))
        .with_json_format(format)
        .infer_schema_len(None)
        .finish()
}

/// The lines that are objects; others are counted and left out.
fn objects_only(
    text: &[u8],
    path: &Path,
    names: &mut Names,
    issues: &mut Vec<Issue>,
) -> Result<Vec<u8>, UserError> {
    let mut kept = Vec::with_capacity(text.len());
    let (mut objects, mut wrong, mut first) = (0u64, 0u64, 0u64);
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if line.starts_with(b"{") && names.read_from(line) {
            objects += 1;
            kept.extend_from_slice(line);
            kept.push(b'\n');
        } else {
            wrong += 1;
            if wrong == 1 {
                first = number as u64 + 1;
            }
        }
    }
    if objects == 0 {
        return Err(UserError::input(
            "not_json_lines",
            format!("{} holds no rows", typed::file_name(path)),
            format!("None of its {} is a JSON object", counted(wrong, "line")),
        )
        .with_hint("JSON lines hold one object per line: {\"a\": 1, \"b\": 2}")
        .with_path(path));
    }
    if wrong > 0 {
        let verb = if wrong == 1 {
            "is no JSON object and was"
        } else {
            "are no JSON objects and were"
        };
        issues.push(Issue::new(
            Severity::Caution,
            "lines_left_out",
            format!(
                "{} {verb} left out; the first is line {}",
                counted(wrong, "line"),
                count(first)
            ),
        ));
    }
    Ok(kept)
}

/// JSON has no dates: texts that are all dates written year first are read as dates.
fn with_dates(column: &Column) -> Column {
    dates_of(column.as_materialized_series()).map_or_else(|| column.clone(), Column::from)
}

fn dates_of(series: &Series) -> Option<Series> {
    let texts = series.str().ok()?;
    let mut moments = Vec::with_capacity(texts.len());
    let mut has_time = false;
    for text in texts.iter() {
        moments.push(match text {
            Some(text) => {
                let written = date(text, DateOrder::YearFirst)?;
                has_time |= written.time.is_some();
                Some(moment(written))
            }
            None => None,
        });
    }
    if moments.iter().all(Option::is_none) {
        return None;
    }
    let converted = if has_time {
        Int64Chunked::from_iter(moments)
            .into_series()
            .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
    } else {
        let days = moments
            .into_iter()
            .map(|value| value.map(|v| v.div_euclid(DAY_MICROSECONDS) as i32));
        Int32Chunked::from_iter(days)
            .into_series()
            .cast(&DataType::Date)
    };
    let mut dates = converted.ok()?;
    dates.rename(series.name().clone());
    Some(dates)
}

/// Names of values in the order in which they first occur.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    /// Takes the names of an object, or of an array of them; false when the text is no JSON.
    fn read_from(&mut self, text: &[u8]) -> bool {
        let mut reader = serde_json::Deserializer::from_slice(text);
        Objects(self).deserialize(&mut reader).is_ok() && reader.end().is_ok()
    }

    fn place(&self, name: &str) -> usize {
        self.0
            .iter()
            .position(|known| known == name)
            .unwrap_or(usize::MAX)
    }

    /// `expected`: the place the name has when all objects are written alike.
    fn add(&mut self, name: &str, expected: usize) {
        if self.0.get(expected).is_none_or(|known| known != name)
            && !self.0.iter().any(|known| known == name)
        {
            self.0.push(name.to_owned());
        }
    }
}

/// Goes through JSON for the names alone.
struct Objects<'a>(&'a mut Names);

impl<'de> DeserializeSeed<'de> for Objects<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Objects<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("an object or an array of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut place = 0;
        while let Some(name) = map.next_key::<std::borrow::Cow<str>>()? {
            self.0.add(&name, place);
            map.next_value::<IgnoredAny>()?;
            place += 1;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Objects(self.0))?.is_some() {}
        Ok(())
    }
}
