//! Text tables: what CSV, TSV and pasted tables share.
//!
//! Reading goes in three steps. *Examining* a sample (beginning, middle, end) finds the encoding,
//! the delimiter, the header and how each column is read; the preview shows just that. *Loading*
//! goes through the file once: pieces of it are cut into values and read by several threads, as
//! long as its rows are as regular as the sample promised; otherwise they are put in order first.
//! *Converting* is for columns where some value did not fit: their texts are read again, the best
//! type is found with all of them known, and every value that still does not fit is counted.

mod build;
mod convert;
mod cut;
mod dialect;
mod examine;
mod guess;
mod load;
mod ordering;
mod pieces;
mod records;
mod rows;
mod sample;
mod source;
mod text;
pub mod values;

use std::fs::File;
use std::path::Path;

use polars::prelude::{CsvWriter, PlSmallStr, SerWriter};

use super::support::typed::writable_frame;
use super::{Confidence, FileRead, Preview};
use crate::base::error::io_error;
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, TaskContext, UserError};
use crate::data::Table;
use examine::Examined;
use source::Source;

/// What stands for "nothing" unless a person says otherwise.
const DEFAULT_MARKERS: &str = "NA, N/A, n/a, n.a., #N/A, NaN, nan, null, NULL, None, -, ?";

/// Rows written between two looks at whether the work was stopped.
const WRITE_ROWS: usize = 1 << 16;

const DELIMITER_CHOICES: &[(&str, &str)] = &[
    ("auto", "Find out"),
    ("comma", "Comma ,"),
    ("semicolon", "Semicolon ;"),
    ("tab", "Tab"),
    ("pipe", "Bar |"),
];

const HEADER: ParamSpec = ParamSpec {
    key: "header",
    label: "Column names",
    help: "Whether the first row names the columns",
    kind: ParamKind::Choice(&[
        ("auto", "Find out"),
        ("yes", "In the first row"),
        ("no", "None"),
    ]),
    default: ParamDefault::Text("auto"),
};
const SKIP_ROWS: ParamSpec = ParamSpec {
    key: "skip_rows",
    label: "Lines to skip",
    help: "Lines at the top that are not part of the table",
    kind: ParamKind::Integer {
        min: 0,
        max: 1_000_000,
    },
    default: ParamDefault::Integer(0),
};
const DECIMAL_MARK: ParamSpec = ParamSpec {
    key: "decimal_mark",
    label: "Decimal mark",
    help: "Whether numbers are written 3.5 or 3,5",
    kind: ParamKind::Choice(&[
        ("auto", "Find out"),
        ("point", "Point 3.5"),
        ("comma", "Comma 3,5"),
    ]),
    default: ParamDefault::Text("auto"),
};
const QUOTE: ParamSpec = ParamSpec {
    key: "quote",
    label: "Quotes",
    help: "What encloses values that hold delimiters",
    kind: ParamKind::Choice(&[
        ("auto", "Find out"),
        ("double", "Double \""),
        ("single", "Single '"),
        ("none", "None"),
    ]),
    default: ParamDefault::Text("auto"),
};
const ENCODING: ParamSpec = ParamSpec {
    key: "encoding",
    label: "Characters",
    help: "How letters beyond English ones are written in the file",
    kind: ParamKind::Choice(text::Encoding::CHOICES),
    default: ParamDefault::Text("auto"),
};
const BLANK_MARKERS: ParamSpec = ParamSpec {
    key: "blank_markers",
    label: "Means nothing",
    help: "Values that stand for a blank, separated by commas; in columns of text only when you change the list",
    kind: ParamKind::Text,
    default: ParamDefault::Text(DEFAULT_MARKERS),
};
const TYPES: ParamSpec = ParamSpec {
    key: "types",
    label: "Column types",
    help: "How columns are read where the guess is wrong: column=type",
    kind: ParamKind::Columns,
    default: ParamDefault::None,
};

const fn params(delimiter: &'static str) -> [ParamSpec; 8] {
    let delimiter = ParamSpec {
        key: "delimiter",
        label: "Delimiter",
        help: "What separates the values of a row",
        kind: ParamKind::Choice(DELIMITER_CHOICES),
        default: ParamDefault::Text(delimiter),
    };
    [
        delimiter,
        HEADER,
        SKIP_ROWS,
        DECIMAL_MARK,
        QUOTE,
        ENCODING,
        BLANK_MARKERS,
        TYPES,
    ]
}

/// Settings of a format whose delimiter is found out.
pub static ANY_DELIMITER_PARAMS: &[ParamSpec] = &params("auto");

/// Settings of a format whose values are separated by tabs unless a person says otherwise.
pub static TAB_PARAMS: &[ParamSpec] = &params("tab");

/// Whether the first bytes of a file are text at all, and text cut by tabs.
pub fn sniff(first_bytes: &[u8], tabs: bool) -> Confidence {
    if first_bytes.is_empty() || !text::looks_like_text(first_bytes) {
        return Confidence::No;
    }
    let decoded = text::Encoding::guess(first_bytes, false).decode(first_bytes);
    let bytes = decoded.as_bytes();
    let found = dialect::find_delimiter(
        bytes,
        dialect::find_quote(bytes),
        dialect::ends_with_carriage_return(bytes),
        false,
    );
    match found {
        Some(b'\t') => Confidence::Maybe,
        _ if tabs => Confidence::No,
        _ => Confidence::Maybe,
    }
}

/// The beginning of a file.
pub fn preview(
    format: &'static str,
    specs: &[ParamSpec],
    path: &Path,
    params: &Params,
    rows: usize,
) -> Result<Preview, UserError> {
    let source = Source::File(path);
    let examined = Examined::new(&source, &params.checked(specs)?, rows)?;
    examined.preview(format, &source, rows)
}

/// The whole file.
pub fn read(
    specs: &[ParamSpec],
    path: &Path,
    params: &Params,
    task: &TaskContext,
) -> Result<FileRead, UserError> {
    load::load(&Source::File(path), &params.checked(specs)?, task)
}

/// A table that was pasted.
pub fn read_text(
    text: &str,
    name: &str,
    params: &Params,
    task: &TaskContext,
) -> Result<FileRead, UserError> {
    let source = Source::Text {
        bytes: text.as_bytes(),
        name,
    };
    load::load(&source, &params.checked(ANY_DELIMITER_PARAMS)?, task)
}

/// UTF-8 with column names, quoted where needed (RFC 4180), blanks empty, dates year first.
pub fn write(
    table: &Table,
    path: &Path,
    delimiter: u8,
    task: &TaskContext,
) -> Result<(), UserError> {
    let file = File::create(path)
        .map_err(|error| io_error("The table could not be written", path, &error))?;
    let failed = |error: polars::prelude::PolarsError| {
        UserError::failed(
            "write_failed",
            "The table could not be written",
            error.to_string(),
        )
        .with_path(path)
    };
    let frame = writable_frame(table.frame())?;
    let mut writer = CsvWriter::new(file)
        .with_separator(delimiter)
        .with_date_format(Some(PlSmallStr::from_static("%Y-%m-%d")))
        .with_datetime_format(Some(PlSmallStr::from_static("%Y-%m-%d %H:%M:%S%.f")))
        .batched(frame.schema())
        .map_err(failed)?;
    let rows = frame.height();
    for start in (0..rows).step_by(WRITE_ROWS) {
        task.check()?;
        task.progress(start as u64, rows as u64, "Writing rows");
        let mut part = frame.slice(start as i64, WRITE_ROWS);
        part.rechunk_mut();
        writer.write_batch(&part).map_err(failed)?;
    }
    writer.finish().map_err(failed)
}
