//! Reading and writing files, one file per format.

mod arrow_ipc;
mod csv;
mod ndjson;
mod parquet;
mod tsv;
// Shared by the formats; not formats themselves.
pub mod delimited;
pub mod support;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::base::error::io_error;
use crate::base::{Fingerprint, Issue, ParamSpec, Params, TaskContext, UserError};
use crate::data::Table;

/// How sure a format is that a file is its own, from the first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    No,
    Maybe,
    Certain,
}

/// A type a column can be read as, before loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadAs {
    WholeNumber,
    Number,
    /// Numbers written with a decimal comma.
    NumberDecimalComma,
    YesNo,
    DateDayFirst,
    DateMonthFirst,
    /// 2025-10-28, with or without a time of day.
    DateIso,
    Text,
    /// Left out.
    Skip,
}

impl ReadAs {
    pub const ALL: [Self; 9] = [
        Self::WholeNumber,
        Self::Number,
        Self::NumberDecimalComma,
        Self::YesNo,
        Self::DateIso,
        Self::DateDayFirst,
        Self::DateMonthFirst,
        Self::Text,
        Self::Skip,
    ];

    pub fn id(self) -> &'static str {
        match self {
            Self::WholeNumber => "whole_number",
            Self::Number => "number",
            Self::NumberDecimalComma => "number_decimal_comma",
            Self::YesNo => "yes_no",
            Self::DateIso => "date_iso",
            Self::DateDayFirst => "date_day_first",
            Self::DateMonthFirst => "date_month_first",
            Self::Text => "text",
            Self::Skip => "skip",
        }
    }

    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::WholeNumber => "Whole number",
            Self::Number => "Number",
            Self::NumberDecimalComma => "Number, decimal comma",
            Self::YesNo => "Yes or no",
            Self::DateIso => "Date, year first",
            Self::DateDayFirst => "Date, day first",
            Self::DateMonthFirst => "Date, month first",
            Self::Text => "Text",
            Self::Skip => "Leave out",
        }
    }
}

/// One column of a file as the preview sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewColumn {
    pub name: String,
    /// How it will be read unless a person changes it.
    pub read_as: ReadAs,
    /// Whether a person may change it (typed formats such as Parquet say no).
    pub can_change: bool,
    /// Cells of the preview that disagree with `read_as` (row indices into the preview).
    pub disagreeing: Vec<usize>,
    /// "3 values are not numbers", "could be day first or month first", …
    pub note: Option<String>,
}

/// The beginning of a file, before it is loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub path: PathBuf,
    pub format: &'static str,
    pub file_bytes: u64,
    pub columns: Vec<PreviewColumn>,
    /// Cells as written in the file; None where blank.
    pub rows: Vec<Vec<Option<String>>>,
    /// Number of rows if known without reading everything, otherwise an estimate.
    pub rows_total: Option<u64>,
    pub rows_are_estimate: bool,
    /// The settings the preview was read with, detection included (delimiter, header, encoding, …).
    pub params: Params,
    pub issues: Vec<Issue>,
}

/// A file that was read whole.
pub struct FileRead {
    pub table: Table,
    pub issues: Vec<Issue>,
    /// Hash of the file's bytes, as [`content_hash`] gives it. It comes with the table, because
    /// some formats have every byte in their hands anyway.
    pub content: Fingerprint,
}

/// One file format.
pub trait FileFormat: Sync {
    fn id(&self) -> &'static str;
    fn name(&self) -> &'static str;
    /// Without the dot, lower case; the first is the usual one.
    fn extensions(&self) -> &'static [&'static str];
    /// Reading settings. Every format takes `types`: a list of "column=read_as id" overrides.
    fn params(&self) -> &'static [ParamSpec];
    fn sniff(&self, first_bytes: &[u8]) -> Confidence;
    /// Reads about `rows` rows; fast whatever the size of the file.
    fn preview(&self, path: &Path, params: &Params, rows: usize) -> Result<Preview, UserError>;
    /// Reads the whole file. Partial success carries issues ("2 rows had too many values").
    fn read(&self, path: &Path, params: &Params, task: &TaskContext)
    -> Result<FileRead, UserError>;
    /// Writes a table (already to a temporary name: callers go through [`write`]).
    fn write(&self, table: &Table, path: &Path, task: &TaskContext) -> Result<(), UserError>;
}

/// Every format, sorted by id. To add one: write its file, add its two lines here.
pub static REGISTRY: &[&dyn FileFormat] = &[
    &arrow_ipc::ArrowIpc,
    &csv::Csv,
    &ndjson::Ndjson,
    &parquet::Parquet,
    &tsv::Tsv,
];

pub fn by_id(id: &str) -> Option<&'static dyn FileFormat> {
    REGISTRY.iter().copied().find(|format| format.id() == id)
}

/// The format of a name by its extension, for writing.
pub fn by_extension(path: &Path) -> Result<&'static dyn FileFormat, UserError> {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    REGISTRY
        .iter()
        .copied()
        .find(|format| format.extensions().contains(&extension.as_str()))
        .ok_or_else(|| {
            let known: Vec<&str> = REGISTRY
                .iter()
                .flat_map(|format| format.extensions().iter().copied())
                .collect();
            UserError::usage(
                "unknown_extension",
                format!("Cannot tell the format of {}", path.display()),
                format!("The name should end in one of .{}", known.join(", .")),
            )
        })
}

/// Rows of a preview.
const PREVIEW_ROWS: usize = 100;
/// First bytes that formats recognise their files by.
const FIRST_BYTES: usize = 1 << 16;
/// Bytes hashed at once.
const HASH_BYTES: usize = 1 << 18;

/// The format of an existing file, from its first bytes and its name.
pub fn detect(path: &Path) -> Result<&'static dyn FileFormat, UserError> {
    let first_bytes = first_bytes(path)?;
    let sniffed: Vec<(Confidence, &'static dyn FileFormat)> = REGISTRY
        .iter()
        .map(|format| (format.sniff(&first_bytes), *format))
        .collect();
    let named = by_extension(path)
        .map(|format| format.id())
        .unwrap_or_default();
    // Certain before possible; among equals the one the name speaks for, then the first.
    let rank = |&(confidence, format): &(Confidence, &'static dyn FileFormat)| {
        (confidence, format.id() == named)
    };
    let best = sniffed
        .iter()
        .filter(|(confidence, _)| *confidence != Confidence::No)
        .rev()
        .max_by_key(|found| rank(found));
    best.map(|&(_, format)| format)
        .ok_or_else(|| support::foreign::unknown(path))
}

/// The beginning of a file, read with detected settings where `params` says nothing. `format` is
/// the id of a format, or None to find it out.
pub fn preview(path: &Path, format: Option<&str>, params: &Params) -> Result<Preview, UserError> {
    chosen(path, format)?.preview(path, params, PREVIEW_ROWS)
}

/// Reads and hashes a whole file. `format` is the id of a format, or None to find it out.
pub fn read_file(
    path: &Path,
    format: Option<&str>,
    params: &Params,
    task: &TaskContext,
) -> Result<FileRead, UserError> {
    chosen(path, format)?.read(path, params, task)
}

/// As [`read_file`], for those who need no more than the table.
pub fn read(
    path: &Path,
    format: Option<&str>,
    params: &Params,
    task: &TaskContext,
) -> Result<(Table, Vec<Issue>), UserError> {
    let read = read_file(path, format, params, task)?;
    Ok((read.table, read.issues))
}

/// Reads a pasted table, separated by tabs, commas, semicolons or bars. `name` is what messages
/// call it; `params` are those of CSV.
pub fn read_text(
    text: &str,
    name: &str,
    params: &Params,
    task: &TaskContext,
) -> Result<(Table, Vec<Issue>), UserError> {
    let read = delimited::read_text(text, name, params, task)?;
    Ok((read.table, read.issues))
}

/// Writes a table in the format of the name's extension, whole or not at all: it is written under
/// another name in the same folder first, and takes its name once all of it is on the disk.
pub fn write(table: &Table, path: &Path, task: &TaskContext) -> Result<(), UserError> {
    let format = by_extension(path)?;
    let failed = |error: std::io::Error| io_error("The table could not be written", path, &error);
    if path.is_dir() {
        return Err(folder(path));
    }
    let temporary = temporary_name(path);
    let result = format
        .write(table, &temporary, task)
        .and_then(|()| {
            File::open(&temporary)
                .and_then(|file| file.sync_all())
                .map_err(failed)
        })
        .and_then(|()| task.check())
        .and_then(|()| std::fs::rename(&temporary, path).map_err(failed));
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    // The person asked for this name, not for the temporary one.
    result.map_err(|error| {
        if error.path.is_some() {
            error.with_path(path)
        } else {
            error
        }
    })
}

/// Hash of a file's bytes.
pub fn content_hash(path: &Path) -> Result<Fingerprint, UserError> {
    let failed = |error: std::io::Error| io_error("The file could not be read", path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Xxh3::new();
    let mut buffer = vec![0u8; HASH_BYTES];
    loop {
        let length = match file.read(&mut buffer) {
            Ok(0) => return Ok(Fingerprint(hasher.digest128())),
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        hasher.update(buffer.get(..length).unwrap_or_default());
    }
}

fn chosen(path: &Path, format: Option<&str>) -> Result<&'static dyn FileFormat, UserError> {
    let Some(id) = format else {
        return detect(path);
    };
    first_bytes(path)?;
    by_id(id).ok_or_else(|| {
        let known: Vec<&str> = REGISTRY.iter().map(|format| format.id()).collect();
        UserError::usage(
            "unknown_format",
            format!("There is no format called {id}"),
            format!("The formats are {}", known.join(", ")),
        )
    })
}

/// The first bytes of a file that may hold a table.
fn first_bytes(path: &Path) -> Result<Vec<u8>, UserError> {
    let name = support::typed::file_name(path);
    let failed =
        |error: std::io::Error| io_error(&format!("{name} could not be read"), path, &error);
    if path.is_dir() {
        return Err(folder(path));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FIRST_BYTES as u64).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.is_empty() {
        return Err(UserError::input(
            "empty_file",
            format!("{name} is empty"),
            "The file has no content at all",
        )
        .with_hint("Choose another file")
        .with_path(path));
    }
    support::foreign::refuse_foreign(path, &bytes)?;
    Ok(bytes)
}

fn folder(path: &Path) -> UserError {
    UserError::input(
        "is_a_folder",
        format!("{} is a folder", path.display()),
        "A table is read from one file, and written to one",
    )
    .with_hint("Choose a file in the folder")
    .with_path(path)
}

fn temporary_name(path: &Path) -> PathBuf {
    let name = support::typed::file_name(path);
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}
