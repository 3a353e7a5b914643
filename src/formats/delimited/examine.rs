//! Finding out how a file is written, from a sample of it.

use super::super::{Preview, PreviewColumn, ReadAs};
use super::DEFAULT_MARKERS;
use super::dialect::{
    DELIMITERS, Dialect, delimiter_id, ends_with_carriage_return, find_delimiter, find_quote,
    has_header, most_common_width, sample_records,
};
use super::guess::{Markers, guess, marks_blank_in_text, uses_decimal_comma};
use super::records::Record;
use super::sample::{Sample, empty};
use super::source::Source;
use super::text::Encoding;
use super::values::fits;
use crate::base::format::{counted, list};
use crate::base::{Issue, Params, Severity, UserError};
use crate::data::ROW_ID;

/// Cells of the sample, however many columns there are.
const SAMPLE_CELLS: usize = 400_000;

/// How one column is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnPlan {
    pub name: String,
    pub read_as: ReadAs,
    /// A person chose the type: values that do not fit become blank, however many.
    pub forced: bool,
    /// The sample shows no value: the type is found when all values are known.
    pub undecided: bool,
    /// The usual marker of a blank in this column.
    pub marker: Option<String>,
    pub note: Option<String>,
    pub ambiguous_date: bool,
}

impl ColumnPlan {
    /// Numbers are no numbers where one of them is a code, unless a person says so.
    pub fn refuses_codes(&self) -> bool {
        let number = matches!(
            self.read_as,
            ReadAs::WholeNumber | ReadAs::Number | ReadAs::NumberDecimalComma
        );
        number && !self.forced
    }
}

/// Everything found out about a file.
pub struct Examined {
    pub dialect: Dialect,
    pub encoding: Encoding,
    pub header: bool,
    pub skip_rows: usize,
    pub decimal_comma: bool,
    pub markers: Markers,
    /// Markers that are blanks in every text column, because typed columns use them.
    pub text_markers: Vec<String>,
    pub columns: Vec<ColumnPlan>,
    /// Byte at which the first row of values starts, in a file that is UTF-8.
    pub data_start: u64,
    /// Every quote of the header is closed.
    pub header_closed: bool,
    pub issues: Vec<Issue>,
    /// Settings with everything that was found out.
    pub params: Params,
    /// Rows at the beginning, as written.
    rows: Vec<Vec<String>>,
    rows_total: u64,
    rows_are_estimate: bool,
}

impl Examined {
    /// Examines a source; `rows` rows are kept for a preview.
    pub fn new(source: &Source, params: &Params, rows: usize) -> Result<Self, UserError> {
        let sample = Sample::take(source, params, rows)?;
        let text = sample.head.as_bytes();
        let dialect = find_dialect(text, sample.complete, params);
        let skip_rows = usize::try_from(params.integer("skip_rows")).unwrap_or(0);
        let table_start = skip_lines(text, skip_rows);
        let body = text.get(table_start..).unwrap_or_default();
        let records = sample_records(body, dialect, sample.complete, usize::MAX);
        let Some(first) = records.first() else {
            return Err(empty(source));
        };
        let markers = blank_markers(params.text("blank_markers"));
        let decimal_comma = match params.text("decimal_mark") {
            "comma" => true,
            "point" => false,
            _ => uses_decimal_comma(
                records
                    .iter()
                    .skip(1)
                    .flatten()
                    .take(SAMPLE_CELLS)
                    .map(String::as_str),
                dialect.delimiter == b',',
            ),
        };
        let header = match params.text("header") {
            "yes" => true,
            "no" => false,
            _ => {
                let looked_at = records.get(..records.len().min(200)).unwrap_or_default();
                has_header(looked_at, decimal_comma, &markers)
            }
        };
        let (data_start, header_closed) = data_start(body, dialect, header);
        let data_start = data_start + table_start;
        let head_rows = records.get(usize::from(header)..).unwrap_or_default();
        let width = table_width(if header { Some(first) } else { None }, head_rows);
        let mut issues = Vec::new();
        let names = column_names(if header { Some(first) } else { None }, width, &mut issues);
        let pieces = piece_rows(&sample, dialect, width);
        let samples = column_samples(head_rows, &pieces, width);
        let mut examined = Self {
            dialect,
            encoding: sample.encoding,
            header,
            skip_rows,
            decimal_comma,
            text_markers: Vec::new(),
            columns: Vec::new(),
            data_start: data_start as u64 + sample.mark_bytes as u64,
            header_closed,
            issues,
            params: params.clone(),
            rows: head_rows.iter().take(rows).cloned().collect(),
            rows_total: 0,
            rows_are_estimate: !sample.complete,
            markers,
        };
        examined.plan_columns(names, &samples);
        examined.take_overrides(params)?;
        examined.count_rows(&sample, data_start, head_rows.len());
        examined.note_settings();
        if head_rows.is_empty() && sample.complete {
            examined.issues.push(no_rows(source, width));
        }
        Ok(examined)
    }

    fn plan_columns(&mut self, names: Vec<String>, samples: &[Vec<&str>]) {
        let mut text_markers: Vec<String> = Vec::new();
        for (name, values) in names.into_iter().zip(samples) {
            let filled: Vec<&str> = values
                .iter()
                .copied()
                .filter(|value| !self.markers.contains(value))
                .collect();
            let found = guess(&filled, self.decimal_comma);
            let typed = found.read_as != ReadAs::Text;
            let used = self.markers.found(values);
            if typed {
                for marker in &used {
                    if !text_markers.contains(marker) {
                        text_markers.push(marker.clone());
                    }
                }
            }
            self.columns.push(ColumnPlan {
                name,
                read_as: found.read_as,
                forced: false,
                undecided: filled.is_empty(),
                marker: (typed || self.markers.everywhere)
                    .then(|| used.first().cloned())
                    .flatten(),
                note: found.note,
                ambiguous_date: found.ambiguous_date,
            });
        }
        self.settle_dates();
        self.mark_text_blanks(&text_markers, samples);
    }

    /// Dates that could be either follow the other columns of the file.
    fn settle_dates(&mut self) {
        let decided = self
            .columns
            .iter()
            .find(|column| {
                !column.ambiguous_date
                    && matches!(
                        column.read_as,
                        ReadAs::DateMonthFirst | ReadAs::DateDayFirst
                    )
            })
            .map(|column| (column.read_as, column.name.clone()));
        for column in self
            .columns
            .iter_mut()
            .filter(|column| column.ambiguous_date)
        {
            if let Some((read_as, other)) = &decided {
                column.read_as = *read_as;
                column.ambiguous_date = false;
                let order = if *read_as == ReadAs::DateDayFirst {
                    "day first"
                } else {
                    "month first"
                };
                column.note = Some(format!(
                    "Could be day first or month first; read as {order}, as “{other}” is"
                ));
            } else {
                self.issues.push(
                    Issue::new(
                        Severity::Caution,
                        "dates_ambiguous",
                        format!("The dates of “{}” could be day first or month first and are read as day first", column.name),
                    )
                    .with_hint("Change the type of the column if they are month first")
                    .about(&column.name),
                );
            }
        }
    }

    fn mark_text_blanks(&mut self, text_markers: &[String], samples: &[Vec<&str>]) {
        for (column, values) in self.columns.iter_mut().zip(samples) {
            if column.read_as != ReadAs::Text || self.markers.everywhere {
                continue;
            }
            let used: Vec<String> = text_markers
                .iter()
                .filter(|marker| {
                    values.contains(&marker.as_str()) && marks_blank_in_text(marker, values)
                })
                .cloned()
                .collect();
            if let Some(marker) = used.first() {
                column.marker = Some(marker.clone());
                column.note = Some(format!(
                    "“{marker}” is read as blank here, as in the columns that are not text"
                ));
            }
        }
        self.text_markers = text_markers
            .iter()
            .filter(|marker| marks_blank_in_text(marker, &[]))
            .cloned()
            .collect();
    }

    /// Types a person chose: "column=read_as".
    fn take_overrides(&mut self, params: &Params) -> Result<(), UserError> {
        for entry in params.list("types") {
            let wrong = |why: String| {
                UserError::usage(
                    "wrong_type_setting",
                    format!("Cannot use the type {entry}"),
                    why,
                )
            };
            let Some((name, id)) = entry.rsplit_once('=') else {
                return Err(wrong("It should be written column=type".to_owned()));
            };
            let Some(read_as) = ReadAs::from_id(id.trim()) else {
                let known: Vec<&str> = ReadAs::ALL.into_iter().map(ReadAs::id).collect();
                return Err(wrong(format!("{id} is not one of {}", known.join(", "))));
            };
            let Some(column) = self.columns.iter_mut().find(|column| column.name == name) else {
                return Err(wrong(format!("The file has no column called “{name}”")));
            };
            if column.read_as != read_as {
                column.note = None;
            }
            column.read_as = read_as;
            column.forced = true;
            column.undecided = false;
            self.issues.retain(|issue| {
                issue.code != "dates_ambiguous" || issue.column.as_deref() != Some(name)
            });
        }
        Ok(())
    }

    fn count_rows(&mut self, sample: &Sample, data_start: usize, head_rows: usize) {
        if sample.complete {
            self.rows_total = head_rows as u64;
            return;
        }
        let bytes = sample.head.len().saturating_sub(data_start);
        let bytes_per_row = (bytes as f64 / head_rows.max(1) as f64).max(1.0);
        let wide = matches!(
            self.encoding,
            Encoding::Utf16BigEndian | Encoding::Utf16LittleEndian
        );
        let characters = sample.length as f64 / if wide { 2.0 } else { 1.0 };
        self.rows_total = (characters / bytes_per_row).round() as u64;
    }

    fn note_settings(&mut self) {
        let yes_no = |yes: bool| if yes { "yes" } else { "no" };
        self.params
            .set("delimiter", delimiter_id(self.dialect.delimiter));
        self.params.set("header", yes_no(self.header));
        self.params.set(
            "decimal_mark",
            if self.decimal_comma { "comma" } else { "point" },
        );
        self.params.set("encoding", self.encoding.id());
        self.params.set(
            "quote",
            match self.dialect.quote {
                Some(b'\'') => "single",
                Some(_) => "double",
                None => "none",
            },
        );
        if self.encoding != Encoding::Utf8 {
            self.issues.push(Issue::new(
                Severity::Note,
                "other_encoding",
                format!(
                    "The file is not UTF-8 and is read as {}",
                    self.encoding.word()
                ),
            ));
        }
    }

    /// The mark before decimals.
    pub fn decimal_mark(&self) -> char {
        if self.decimal_comma { ',' } else { '.' }
    }

    /// Whether other texts than the empty one may be blanks in a column of text.
    pub fn may_mark_blanks(&self, column: &ColumnPlan) -> bool {
        self.markers.everywhere || column.marker.is_some()
    }

    /// Whether a marker could be read as a value of the column: −999, say.
    pub fn is_marker_a_value(&self, column: &ColumnPlan) -> bool {
        let mut markers = self.markers.list.iter();
        column.read_as != ReadAs::Text && markers.any(|marker| fits(marker, column.read_as))
    }

    /// Whether a written cell is a blank in a column.
    pub fn is_blank(&self, column: &ColumnPlan, cell: &str) -> bool {
        if cell.is_empty() {
            return true;
        }
        let marker = self.markers.everywhere && self.markers.contains(cell);
        match column.read_as {
            ReadAs::Text | ReadAs::Skip => {
                marker
                    || column.marker.is_some()
                        && self.text_markers.iter().any(|marker| marker == cell)
            }
            _ => cell.trim().is_empty() || self.markers.contains(cell),
        }
    }

    pub fn preview(
        self,
        format: &'static str,
        source: &Source,
        rows: usize,
    ) -> Result<Preview, UserError> {
        let cells: Vec<Vec<Option<String>>> = self
            .rows
            .iter()
            .take(rows)
            .map(|row| {
                let cell = |(index, column): (usize, &ColumnPlan)| {
                    row.get(index)
                        .filter(|cell| !self.is_blank(column, cell))
                        .cloned()
                };
                self.columns.iter().enumerate().map(cell).collect()
            })
            .collect();
        let columns = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| preview_column(column, index, &cells))
            .collect();
        Ok(Preview {
            path: source.path().to_path_buf(),
            format,
            file_bytes: source.len()?,
            columns,
            rows: cells,
            rows_total: Some(self.rows_total),
            rows_are_estimate: self.rows_are_estimate,
            params: self.params,
            issues: self.issues,
        })
    }
}

fn preview_column(
    column: &ColumnPlan,
    index: usize,
    rows: &[Vec<Option<String>>],
) -> PreviewColumn {
    let disagrees = |row: &Vec<Option<String>>| {
        row.get(index)
            .and_then(Option::as_ref)
            .is_some_and(|cell| !fits(cell, column.read_as))
    };
    let disagreeing: Vec<usize> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| disagrees(row))
        .map(|(row, _)| row)
        .collect();
    let note = if disagreeing.is_empty() {
        column.note.clone()
    } else {
        let verb = if disagreeing.len() == 1 { "does" } else { "do" };
        Some(format!(
            "{} {verb} not fit “{}”",
            counted(disagreeing.len() as u64, "value"),
            column.read_as.word()
        ))
    };
    PreviewColumn {
        name: column.name.clone(),
        read_as: column.read_as,
        can_change: true,
        disagreeing,
        note,
    }
}

fn blank_markers(setting: &str) -> Markers {
    let list = setting
        .split(',')
        .map(|marker| marker.trim().to_owned())
        .filter(|marker| !marker.is_empty());
    Markers {
        list: list.collect(),
        everywhere: setting != DEFAULT_MARKERS,
    }
}

fn find_dialect(text: &[u8], complete: bool, params: &Params) -> Dialect {
    let carriage_return = ends_with_carriage_return(text);
    let quote = match params.text("quote") {
        "double" => Some(b'"'),
        "single" => Some(b'\''),
        "none" => None,
        _ => Some(find_quote(text)),
    };
    let chosen = DELIMITERS
        .iter()
        .find(|(id, _)| *id == params.text("delimiter"))
        .map(|(_, byte)| *byte);
    let delimiter = chosen
        .or_else(|| find_delimiter(text, quote.unwrap_or(b'"'), carriage_return, complete))
        .unwrap_or_else(|| unused_delimiter(text));
    Dialect {
        delimiter,
        quote,
        carriage_return,
    }
}

/// A delimiter for a table of one column: one that cuts none of its values.
fn unused_delimiter(text: &[u8]) -> u8 {
    let unused = |byte: &u8| !text.contains(byte);
    [b',', b'\t', b'|', b';']
        .into_iter()
        .find(unused)
        .unwrap_or(b',')
}

/// Byte behind the first `count` lines.
fn skip_lines(text: &[u8], count: usize) -> usize {
    let carriage_return = ends_with_carriage_return(text);
    let end = if carriage_return { b'\r' } else { b'\n' };
    text.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == end)
        .map(|(index, _)| index + 1)
        .take(count)
        .last()
        .filter(|_| count > 0)
        .unwrap_or(0)
}

/// Byte behind the lines to skip, in the whole text.
pub fn table_start(text: &[u8], examined: &Examined) -> usize {
    skip_lines(text, examined.skip_rows)
}

/// Byte at which values start: behind blank lines at the top, and behind the header.
/// The second value says whether quotes up to there are closed.
fn data_start(text: &[u8], dialect: Dialect, header: bool) -> (usize, bool) {
    let mut reader = dialect.records(text);
    let mut record = Record::default();
    loop {
        let start = reader.position();
        if !reader.next(&mut record) {
            return (start, true);
        }
        if !record.is_blank() {
            let position = if header { reader.position() } else { start };
            return (position, !header || reader.unclosed_quotes == 0);
        }
    }
}

/// The number of columns: that of the header, except that R writes row names without naming
/// their column.
fn table_width(header: Option<&Vec<String>>, rows: &[Vec<String>]) -> usize {
    let widths: Vec<usize> = rows.iter().map(Vec::len).collect();
    let usual = most_common_width(&widths);
    let Some(header) = header else {
        return usual.max(1);
    };
    let all_filled = || {
        rows.iter()
            .filter_map(|row| row.get(header.len()))
            .all(|cell| !cell.is_empty())
    };
    let most = widths.iter().filter(|&&width| width == usual).count() * 2 > widths.len();
    if usual == header.len() + 1 && most && all_filled() {
        usual
    } else {
        header.len()
    }
}

/// Unique, filled names.
fn column_names(
    header: Option<&Vec<String>>,
    width: usize,
    issues: &mut Vec<Issue>,
) -> Vec<String> {
    let Some(header) = header else {
        return (1..=width)
            .map(|number| format!("column_{number}"))
            .collect();
    };
    let missing = width.saturating_sub(header.len());
    let written = std::iter::repeat_n(String::new(), missing)
        .chain(header.iter().map(|name| name.trim().to_owned()));
    let mut names: Vec<String> = Vec::with_capacity(width);
    let (mut empty, mut repeated) = (Vec::new(), Vec::new());
    let mut taken = std::collections::HashSet::new();
    for (index, written) in written.enumerate() {
        let base = if written.is_empty() {
            format!("column_{}", index + 1)
        } else {
            written.clone()
        };
        let mut name = base.clone();
        let mut number = 2;
        while taken.contains(&name) || name == ROW_ID {
            name = format!("{base}_{number}");
            number += 1;
        }
        if written.is_empty() {
            empty.push(name.clone());
        } else if name != written {
            repeated.push(format!("“{name}”"));
        }
        taken.insert(name.clone());
        names.push(name);
    }
    if !empty.is_empty() {
        let message = format!(
            "{} no name and got one: {}",
            having(empty.len()),
            shortened(&empty)
        );
        issues.push(Issue::new(Severity::Note, "empty_names", message));
    }
    if !repeated.is_empty() {
        let message = format!(
            "{} the name of another and got a new one: {}",
            having(repeated.len()),
            shortened(&repeated)
        );
        issues.push(Issue::new(Severity::Note, "duplicate_names", message));
    }
    names
}

fn having(count: usize) -> String {
    format!(
        "{} {}",
        counted(count as u64, "column"),
        if count == 1 { "has" } else { "have" }
    )
}

fn shortened(names: &[String]) -> String {
    match names.get(..4) {
        Some(first) if names.len() > 5 => {
            format!("{} and {} more", first.join(", "), names.len() - 4)
        }
        _ => list(names),
    }
}

/// Rows taken from every part of a sample.
fn sample_rows(width: usize) -> usize {
    (SAMPLE_CELLS / width.max(1)).max(100)
}

/// Whole rows of the pieces of a sample.
fn piece_rows(sample: &Sample, dialect: Dialect, width: usize) -> Vec<Vec<String>> {
    let rows_of = |piece: &String| {
        // A piece starts inside a row, and ends inside one.
        let mut records = sample_records(piece.as_bytes(), dialect, false, sample_rows(width));
        records.drain(..records.len().min(1));
        records
    };
    let mut rows: Vec<Vec<String>> = sample.pieces.iter().flat_map(rows_of).collect();
    rows.retain(|row| row.len() == width);
    rows
}

/// Values that are not empty, column by column, from all parts of the sample.
fn column_samples<'a>(
    head: &'a [Vec<String>],
    pieces: &'a [Vec<String>],
    width: usize,
) -> Vec<Vec<&'a str>> {
    let mut samples = vec![Vec::new(); width];
    for row in head.iter().take(sample_rows(width)).chain(pieces) {
        for (values, cell) in samples.iter_mut().zip(row) {
            if !cell.trim().is_empty() {
                values.push(cell.as_str());
            }
        }
    }
    samples
}

fn no_rows(source: &Source, width: usize) -> Issue {
    Issue::new(
        Severity::Caution,
        "no_rows",
        format!(
            "{} holds column names ({}) and no rows",
            source.name(),
            counted(width as u64, "column")
        ),
    )
}
