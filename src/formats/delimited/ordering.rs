//! Files whose rows have to be put in order before they can be read at full speed.

use xxhash_rust::xxh3::xxh3_128;

use super::examine::{Examined, table_start};
use super::records::Record;
use super::rows::{Layout, Loaded, read_rows};
use super::source::Source;
use super::text::Encoding;
use crate::base::format::{count, counted};
use crate::base::{Fingerprint, Issue, Severity, TaskContext, UserError};

/// Rows put in order between two looks at whether the work was stopped.
const CHECK_EVERY: u64 = 1 << 14;

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
/// of the table, and has the result read. Also hashes the file.
pub fn read_in_order(
    source: &Source,
    examined: &mut Examined,
    issues: &mut Vec<Issue>,
    task: &TaskContext,
) -> Result<(Loaded, Fingerprint), UserError> {
    task.progress(
        0,
        2,
        &format!("Putting the rows of {} in order", source.name()),
    );
    let bytes = source.read_at(0, source.len()? as usize)?;
    let hash = Fingerprint(xxh3_128(&bytes));
    task.check()?;
    if examined.encoding == Encoding::Utf8 && std::str::from_utf8(&bytes).is_err() {
        // The sample was valid, the rest is not.
        examined.encoding = Encoding::Windows1252;
        issues.push(Issue::new(
            Severity::Note,
            "other_encoding",
            format!(
                "The file is not UTF-8 and is read as {}",
                Encoding::Windows1252.word()
            ),
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
            format!(
                "{} without meaning taken out of the text",
                counted(zeros, "zero byte")
            ),
        ));
    }
    let (ordered, oddities, unclosed) = put_in_order(&text, examined, task)?;
    drop(text);
    oddities.report(examined.columns.len(), unclosed, issues);
    if oddities.rows == 0 {
        return Ok((Loaded::without_rows(examined), hash));
    }
    let ordered = Source::Text {
        bytes: &ordered,
        name: &source.name(),
    };
    let layout = Layout {
        start: 0,
        delimiter: b',',
        quote: Some(b'"'),
    };
    let loaded = read_rows(&ordered, layout, examined, task)?
        .map(|(loaded, _)| loaded)
        .filter(|loaded| loaded.rows as u64 == oddities.rows);
    loaded.map(|loaded| (loaded, hash)).ok_or_else(|| {
        UserError::failed(
            "not_read",
            format!("{} could not be read", source.name()),
            "Its rows could not be put in order",
        )
        .with_hint("Choose the delimiter and the quotes by hand")
        .with_path(source.path())
    })
}

/// Comma-separated rows of equal width without header.
fn put_in_order(
    text: &[u8],
    examined: &Examined,
    task: &TaskContext,
) -> Result<(Vec<u8>, Oddities, usize), UserError> {
    let start = table_start(text, examined);
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
            task.progress(
                reader.position() as u64,
                body.len() as u64 * 2,
                "Putting rows in order",
            );
        }
        // In a table of one column an empty line is a blank, except at the beginning and the end.
        let leading = !examined.header && oddities.rows == 0;
        let outside = leading || reader.position() >= body.len();
        if record.is_blank() && (width > 1 || header || outside) {
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
        if ordered.last().is_none_or(|&byte| byte == b'\n') {
            // An only value that is empty, which must not look like an empty line.
            ordered.extend_from_slice(b"\"\"");
        }
        ordered.push(b'\n');
    }
    Ok((ordered, oddities, reader.unclosed_quotes))
}

fn write_field(field: Option<(&[u8], bool)>, ordered: &mut Vec<u8>) {
    let Some((bytes, _)) = field else {
        return;
    };
    if !bytes
        .iter()
        .any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
    {
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
                .with_hint(
                    "Look at the end of the table: rows behind the quote may be cut wrongly",
                ),
            );
        }
    }
}

fn having(rows: u64) -> String {
    format!(
        "{} {}",
        counted(rows, "row"),
        if rows == 1 { "has" } else { "have" }
    )
}
