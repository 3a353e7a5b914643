//! The whole file into a table.

use std::io::{Cursor, Seek, SeekFrom};
use std::sync::Arc;

use polars::prelude::{
    Column, CsvParseOptions, CsvReadOptions, DataFrame, DataType, Field, NullValues, PlSmallStr, PolarsError,
    PolarsResult, Schema, SerReader,
};
use xxhash_rust::xxh3::Xxh3;

use super::super::ReadAs;
use super::super::support::typed::without_nan;
use super::convert::convert;
use super::examine::{ColumnPlan, Examined};
use super::records::Record;
use super::source::Source;
use super::text::Encoding;
use crate::base::format::{count, counted};
use crate::base::{Fingerprint, Issue, Params, Severity, TaskContext, UserError};
use crate::data::Table;

/// Rows put in order between two looks at whether the work was stopped.
const CHECK_EVERY: u64 = 1 << 14;

/// Reads everything; values that do not fit are blank and counted in an issue.
pub fn load(source: &Source, params: &Params, task: &TaskContext) -> Result<(Table, Vec<Issue>), UserError> {
    task.progress(0, 0, &format!("Examining {}", source.name()));
    let mut examined = Examined::new(source, params, 0)?;
    let scan = Scan::of(source, &examined, task)?;
    let mut issues = std::mem::take(&mut examined.issues);
    let frame = match scan.read_as_it_is(source, &examined, task)? {
        Some(loaded) => loaded,
        None => read_in_order(source, &mut examined, &mut issues, task)?,
    };
    let table = finish(frame, &examined, scan.hash, &mut issues, task)?;
    Ok((table, issues))
}

/// Names the columns, leaves out those to skip, converts those that are still text.
fn finish(
    loaded: Loaded,
    examined: &Examined,
    hash: Fingerprint,
    issues: &mut Vec<Issue>,
    task: &TaskContext,
) -> Result<Table, UserError> {
    let total = examined.columns.len() as u64;
    let rows = loaded.rows;
    let mut columns = Vec::with_capacity(examined.columns.len());
    for (index, (column, plan)) in loaded.columns.into_iter().zip(&examined.columns).enumerate() {
        task.check()?;
        task.progress(total + index as u64, total * 2, "Converting values");
        if plan.read_as == ReadAs::Skip {
            continue;
        }
        let series = column.take_materialized_series();
        let mut series = match series.str() {
            Ok(texts) => convert(texts, plan, examined, issues, task)?,
            // "nan" is a number to polars, and nothing to a person.
            Err(_) => without_nan(&Column::from(series)).take_materialized_series(),
        };
        series.rename(PlSmallStr::from_str(&plan.name));
        columns.push(Column::from(series));
    }
    let frame = DataFrame::new(rows, columns)
        .map_err(|error| UserError::failed("not_a_table", "The columns do not make a table", error.to_string()))?;
    Ok(Table::from_frame(frame, fingerprint(hash, examined)))
}

/// Of the bytes and of everything that decides what they mean.
fn fingerprint(hash: Fingerprint, examined: &Examined) -> Fingerprint {
    let columns: Vec<(&str, &str, bool)> = examined
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.read_as.id(), column.forced))
        .collect();
    hash.then_value(&(&examined.params.0, columns))
}

/// Columns as they come out of the reader, not yet named.
struct Loaded {
    columns: Vec<Column>,
    rows: usize,
}

/// What one pass over all bytes shows.
struct Scan {
    hash: Fingerprint,
    delimiters: u64,
    rows: u64,
    zeros: u64,
    /// A quote inside a value, or one that never closes.
    odd_quotes: bool,
    /// The last row is empty.
    ends_blank: bool,
    /// Whole numbers with leading zeros: they would lose their zeros if read as numbers.
    codes: u64,
}

impl Scan {
    fn of(source: &Source, examined: &Examined, task: &TaskContext) -> Result<Self, UserError> {
        let mut hasher = Xxh3::new();
        let mut counter = Counter::new(examined);
        let mut to_skip = examined.data_start as usize;
        source.for_each_piece(task, |piece| {
            hasher.update(piece);
            let skipped = to_skip.min(piece.len());
            to_skip -= skipped;
            counter.add(piece.get(skipped..).unwrap_or_default());
        })?;
        let unfinished = counter.previous != b'\n';
        Ok(Self {
            hash: Fingerprint(hasher.digest128()),
            delimiters: counter.delimiters,
            rows: counter.newlines + u64::from(unfinished),
            zeros: counter.zeros,
            odd_quotes: counter.odd_quotes || counter.inside,
            ends_blank: counter.ends_blank,
            codes: counter.codes + u64::from(counter.lead == Lead::Digits),
        })
    }

    /// Whether every row has as many values as there are columns, and nothing else is unusual.
    fn is_regular(&self, source: &Source, examined: &Examined) -> Result<bool, UserError> {
        let width = examined.columns.len() as u64;
        let regular = examined.encoding == Encoding::Utf8
            && !examined.dialect.carriage_return
            && self.zeros == 0
            && !self.odd_quotes
            && !self.ends_blank
            && self.rows > 0
            && self.delimiters == self.rows * (width - 1);
        if !regular {
            return Ok(false);
        }
        // The start of the rows was measured in text: it counts only where text and bytes agree.
        let head = source.read_at(0, examined.data_start as usize)?;
        Ok(std::str::from_utf8(&head).is_ok())
    }

    /// Lets polars read the file, or None when it would misread it.
    fn read_as_it_is(
        &self,
        source: &Source,
        examined: &Examined,
        task: &TaskContext,
    ) -> Result<Option<Loaded>, UserError> {
        if !self.is_regular(source, examined)? {
            return Ok(None);
        }
        let total = examined.columns.len() as u64 * 2;
        task.progress(total / 2, total, &format!("Reading {}", source.name()));
        let reader = Reader {
            input: Input::Source { source, start: examined.data_start },
            delimiter: examined.dialect.delimiter,
            quote: examined.dialect.quote,
            codes: self.codes,
            examined,
        };
        let loaded = reader.read(task)?;
        Ok(loaded.filter(|loaded| loaded.rows as u64 == self.rows))
    }
}

/// How far the field at hand may be a number with leading zeros.
#[derive(Clone, Copy, PartialEq)]
enum Lead {
    No,
    Start,
    Zero,
    Digits,
}

/// Counts delimiters and rows outside quotes.
struct Counter {
    delimiter: u8,
    quote: Option<u8>,
    inside: bool,
    /// The byte before was a closing quote.
    closed: bool,
    previous: u8,
    delimiters: u64,
    newlines: u64,
    zeros: u64,
    odd_quotes: bool,
    ends_blank: bool,
    codes: u64,
    lead: Lead,
}

impl Counter {
    fn new(examined: &Examined) -> Self {
        Self {
            delimiter: examined.dialect.delimiter,
            quote: examined.dialect.quote,
            inside: false,
            closed: false,
            previous: b'\n',
            delimiters: 0,
            newlines: 0,
            zeros: 0,
            odd_quotes: false,
            ends_blank: false,
            codes: 0,
            lead: Lead::Start,
        }
    }

    fn add(&mut self, piece: &[u8]) {
        let (Some(&first), Some(&last)) = (piece.first(), piece.last()) else {
            return;
        };
        let has_quote = self.quote.is_some_and(|quote| piece.contains(&quote));
        let before_last = if piece.len() > 1 { piece.get(piece.len() - 2).copied() } else { Some(self.previous) };
        if !has_quote && !self.inside {
            if self.closed && first != self.delimiter && !matches!(first, b'\r' | b'\n') {
                self.odd_quotes = true;
            }
            self.closed = false;
            self.add_plain(piece);
        } else {
            self.add_quoted(piece);
        }
        self.ends_blank = last == b'\n' && matches!(before_last, Some(b'\n')) || last == b'\n' && ends_in_empty_crlf(piece);
        self.previous = last;
    }

    /// Blocks short enough that the counts fit a byte, so that the compiler counts many at once.
    fn add_plain(&mut self, piece: &[u8]) {
        for block in piece.chunks(192) {
            let (mut delimiters, mut newlines, mut zeros) = (0u8, 0u8, 0u8);
            for &byte in block {
                delimiters += u8::from(byte == self.delimiter);
                newlines += u8::from(byte == b'\n');
                zeros += u8::from(byte == 0);
            }
            self.delimiters += u64::from(delimiters);
            self.newlines += u64::from(newlines);
            self.zeros += u64::from(zeros);
        }
        self.add_plain_codes(piece);
    }

    /// Leading zeros are looked for many bytes at a time; only where a field starts with a zero
    /// and another digit is it gone through byte by byte.
    fn add_plain_codes(&mut self, piece: &[u8]) {
        let mut start = 0;
        // The field that the piece before began.
        while self.lead != Lead::No && self.lead != Lead::Start && start < piece.len() {
            self.follow_lead(piece[start]);
            start += 1;
        }
        if start == 0 && self.lead == Lead::Start {
            start += self.follow_field(piece);
        }
        while start + 2 < piece.len() {
            let end = (start + 192).min(piece.len() - 2);
            let (before, zero, digit) = (&piece[start..end], &piece[start + 1..end + 1], &piece[start + 2..end + 2]);
            let mut suspects = 0u8;
            for ((&before, &zero), &digit) in before.iter().zip(zero).zip(digit) {
                let starts = (before == self.delimiter) | (before == b'\n');
                suspects |= u8::from(starts & (zero == b'0') & (digit.wrapping_sub(b'0') < 10));
            }
            if suspects != 0 {
                for index in start..end {
                    let starts = piece[index] == self.delimiter || piece[index] == b'\n';
                    if starts && piece[index + 1] == b'0' {
                        self.lead = Lead::Start;
                        self.follow_field(&piece[index + 1..]);
                    }
                }
            }
            start = end;
        }
        self.lead = lead_at_end(piece, self.delimiter);
    }

    /// Follows the field that starts here; the number of bytes it took to know.
    fn follow_field(&mut self, bytes: &[u8]) -> usize {
        let mut length = 0;
        while self.lead != Lead::No && length < bytes.len() {
            self.follow_lead(bytes[length]);
            length += 1;
            if self.lead == Lead::Start {
                break;
            }
        }
        length
    }

    fn follow_lead(&mut self, byte: u8) {
        let ends = byte == self.delimiter || matches!(byte, b'\n' | b'\r') || Some(byte) == self.quote;
        if ends {
            self.codes += u64::from(self.lead == Lead::Digits);
            self.lead = if byte == b'\r' { Lead::No } else { Lead::Start };
            return;
        }
        self.lead = match (self.lead, byte) {
            (Lead::Start, b'0') => Lead::Zero,
            (Lead::Zero | Lead::Digits, b'0'..=b'9') => Lead::Digits,
            _ => Lead::No,
        };
    }

    fn add_quoted(&mut self, piece: &[u8]) {
        let quote = self.quote.unwrap_or(b'"');
        let mut previous = self.previous;
        for &byte in piece {
            self.zeros += u64::from(byte == 0);
            self.follow_lead(byte);
            if byte == quote {
                if self.inside {
                    self.inside = false;
                    self.closed = true;
                } else {
                    // Opens a value, or is the second of a pair.
                    self.odd_quotes |= !self.closed && previous != self.delimiter && previous != b'\n';
                    self.inside = true;
                    self.closed = false;
                }
            } else if !self.inside {
                if byte == self.delimiter {
                    self.delimiters += 1;
                } else if byte == b'\n' {
                    self.newlines += 1;
                } else if self.closed && byte != b'\r' {
                    self.odd_quotes = true;
                }
                self.closed = false;
            }
            previous = byte;
        }
    }
}

/// Where the last field of a piece stands.
fn lead_at_end(piece: &[u8], delimiter: u8) -> Lead {
    let start = piece.iter().rposition(|&byte| byte == delimiter || byte == b'\n').map_or(0, |index| index + 1);
    match piece.get(start..).unwrap_or_default() {
        [] => Lead::Start,
        [b'0'] => Lead::Zero,
        [b'0', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => Lead::Digits,
        _ => Lead::No,
    }
}

fn ends_in_empty_crlf(piece: &[u8]) -> bool {
    piece.ends_with(b"\n\r\n")
}

// ---- reading with polars -------------------------------------------------------------------

enum Input<'a> {
    Source { source: &'a Source<'a>, start: u64 },
    /// Rows that were put in order.
    Text(&'a [u8]),
}

struct Reader<'a> {
    input: Input<'a>,
    delimiter: u8,
    quote: Option<u8>,
    /// Numbers with leading zeros in the text.
    codes: u64,
    examined: &'a Examined,
}

impl Reader<'_> {
    /// None when the file is not what it seemed and has to be put in order first.
    fn read(&self, task: &TaskContext) -> Result<Option<Loaded>, UserError> {
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
        let doubtful: Vec<usize> = numbers_in(&result).filter(|&(_, column)| column.null_count() > 0).map(|(index, _)| index).collect();
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
            in_text += texts.iter().flatten().filter(|text| has_leading_zero(text)).count() as u64;
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
        ["more fields", "malformed", "escaped", "utf-8"].iter().any(|word| text.contains(word))
    }

    fn run(&self, types: &[DataType], projection: Option<&[usize]>, lenient: bool) -> PolarsResult<DataFrame> {
        let name = |index: usize| PlSmallStr::from_string(format!("column {index}"));
        let schema: Schema =
            types.iter().enumerate().map(|(index, dtype)| Field::new(name(index), dtype.clone())).collect();
        let markers: Vec<(PlSmallStr, PlSmallStr)> = self
            .examined
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, plan)| Some((name(index), PlSmallStr::from_str(plan.marker.as_ref()?))))
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
            Input::Source { source: Source::Text { bytes, .. }, start } => {
                let rows = bytes.get(start as usize..).unwrap_or_default();
                options.into_reader_with_file_handle(Cursor::new(rows)).finish()
            }
            Input::Source { source: Source::File(path), start } => {
                let mut file = std::fs::File::open(path)?;
                file.seek(SeekFrom::Start(start))?;
                options.into_reader_with_file_handle(file).finish()
            }
            Input::Text(rows) => options.into_reader_with_file_handle(Cursor::new(rows)).finish(),
        }
    }
}

fn loaded(frame: DataFrame) -> Loaded {
    Loaded { rows: frame.height(), columns: frame.into_columns() }
}

fn numbers_in(loaded: &Loaded) -> impl Iterator<Item = (usize, &Column)> {
    loaded.columns.iter().enumerate().filter(|(_, column)| !column.dtype().is_string())
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

// ---- rows that have to be put in order ---------------------------------------------------

/// Rows found wanting, with the first of each kind.
#[derive(Default)]
struct Oddities {
    rows: u64,
    short: Oddity,
    long: Oddity,
    blank_lines: u64,
}

#[derive(Default)]
struct Oddity {
    count: u64,
    first: u64,
}

impl Oddity {
    fn add(&mut self, row: u64) {
        if self.count == 0 {
            self.first = row;
        }
        self.count += 1;
    }
}

/// Reads a file that is not regular: decodes it, cuts it forgivingly, gives every row the width
/// of the table, and has the result read.
fn read_in_order(
    source: &Source,
    examined: &mut Examined,
    issues: &mut Vec<Issue>,
    task: &TaskContext,
) -> Result<Loaded, UserError> {
    task.progress(0, 2, &format!("Putting the rows of {} in order", source.name()));
    let bytes = source.read_at(0, source.len()? as usize)?;
    task.check()?;
    if examined.encoding == Encoding::Utf8 && std::str::from_utf8(&bytes).is_err() {
        // The sample was valid, the rest is not.
        examined.encoding = Encoding::Windows1252;
        issues.push(Issue::new(
            Severity::Note,
            "other_encoding",
            format!("The file is not UTF-8 and is read as {}", Encoding::Windows1252.word()),
        ));
    }
    let mut text = examined.encoding.decode(&bytes).into_owned().into_bytes();
    drop(bytes);
    let zeros = text.iter().filter(|&&byte| byte == 0).count() as u64;
    if zeros > 0 {
        text.retain(|&byte| byte != 0);
        issues.push(Issue::new(
            Severity::Caution,
            "zero_bytes",
            format!("{} without meaning taken out of the text", counted(zeros, "zero byte")),
        ));
    }
    let (ordered, oddities, unclosed) = put_in_order(&text, examined, task)?;
    drop(text);
    oddities.report(examined.columns.len(), unclosed, issues);
    if oddities.rows == 0 {
        return Ok(no_rows(examined));
    }
    // Counted anew: what was counted before was not cut into the same values.
    let mut counter = Counter::new(examined);
    (counter.delimiter, counter.quote) = (b',', Some(b'"'));
    counter.add(&ordered);
    let codes = counter.codes;
    let reader = Reader { input: Input::Text(&ordered), delimiter: b',', quote: Some(b'"'), codes, examined };
    let loaded = reader.read(task)?;
    loaded.filter(|loaded| loaded.rows as u64 == oddities.rows).ok_or_else(|| {
        UserError::failed(
            "not_read",
            format!("{} could not be read", source.name()),
            "Its rows could not be put in order",
        )
        .with_hint("Choose the delimiter and the quotes by hand")
        .with_path(source.path())
    })
}

fn no_rows(examined: &Examined) -> Loaded {
    let empty = |index: usize| Column::new_empty(PlSmallStr::from_string(format!("column {index}")), &DataType::String);
    Loaded { columns: (0..examined.columns.len()).map(empty).collect(), rows: 0 }
}

/// Comma-separated rows of equal width without header.
fn put_in_order(
    text: &[u8],
    examined: &Examined,
    task: &TaskContext,
) -> Result<(Vec<u8>, Oddities, usize), UserError> {
    let start = super::examine::table_start(text, examined);
    let body = text.get(start..).unwrap_or_default();
    let width = examined.columns.len();
    let mut reader = examined.dialect.records(body);
    let mut record = Record::default();
    let mut ordered = Vec::with_capacity(body.len() + body.len() / 8);
    let mut oddities = Oddities::default();
    let mut header = examined.header;
    let mut read = 0u64;
    while reader.next(&mut record) {
        read += 1;
        if read.is_multiple_of(CHECK_EVERY) {
            task.check()?;
            task.progress(reader.position() as u64, body.len() as u64 * 2, "Putting rows in order");
        }
        // In a table of one column an empty line is a blank, except at the end.
        if record.is_blank() && (width > 1 || header || reader.position() >= body.len()) {
            oddities.blank_lines += u64::from(reader.position() < body.len());
            continue;
        }
        if std::mem::take(&mut header) {
            continue;
        }
        oddities.rows += 1;
        if record.len() < width {
            oddities.short.add(oddities.rows);
        } else if record.len() > width {
            oddities.long.add(oddities.rows);
        }
        for index in 0..width {
            if index > 0 {
                ordered.push(b',');
            }
            write_field(record.field(index), &mut ordered);
        }
        ordered.push(b'\n');
    }
    Ok((ordered, oddities, reader.unclosed_quotes))
}

fn write_field(field: Option<(&[u8], bool)>, ordered: &mut Vec<u8>) {
    let Some((bytes, _)) = field else {
        return;
    };
    if !bytes.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        ordered.extend_from_slice(bytes);
        return;
    }
    ordered.push(b'"');
    for &byte in bytes {
        if byte == b'"' {
            ordered.push(b'"');
        }
        ordered.push(byte);
    }
    ordered.push(b'"');
}

impl Oddities {
    fn report(&self, width: usize, unclosed: usize, issues: &mut Vec<Issue>) {
        let columns = counted(width as u64, "column");
        if self.short.count > 0 {
            issues.push(
                Issue::new(
                    Severity::Caution,
                    "rows_too_short",
                    format!(
                        "{} fewer values than the {columns} and got blanks at the end; the first is row {}",
                        having(self.short.count),
                        count(self.short.first)
                    ),
                )
                .with_hint("Look at these rows: values may stand in the wrong column"),
            );
        }
        if self.long.count > 0 {
            issues.push(
                Issue::new(
                    Severity::Caution,
                    "rows_too_long",
                    format!(
                        "{} more values than the {columns}; what was too much is left out; the first is row {}",
                        having(self.long.count),
                        count(self.long.first)
                    ),
                )
                .with_hint("Look at these rows: a value may hold the delimiter without quotes around it"),
            );
        }
        if self.blank_lines > 0 {
            issues.push(Issue::new(
                Severity::Note,
                "blank_lines",
                format!("{} left out", counted(self.blank_lines, "empty line")),
            ));
        }
        if unclosed > 0 {
            issues.push(
                Issue::new(
                    Severity::Caution,
                    "unclosed_quote",
                    "A quote is opened and never closed; it is read as part of the text",
                )
                .with_hint("Look at the end of the table: rows behind the quote may be cut wrongly"),
            );
        }
    }
}

fn having(rows: u64) -> String {
    format!("{} {}", counted(rows, "row"), if rows == 1 { "has" } else { "have" })
}
