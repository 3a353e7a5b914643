//! Reading the file in pandas as it was read here: the same names, types and blanks.

use std::collections::BTreeSet;

use super::{Code, SourceFile, wrapped};
use crate::base::{TaskContext, UserError};
use crate::clean::python::{list, text};
use crate::data::{ColumnKind, Schema, Table};
use crate::formats::{self, Preview, ReadAs};
use crate::learn::{RawData, RawFrame};

/// The function `read_data`, and what it needs before it.
pub(super) fn reader(
    source: &SourceFile,
    table: &Table,
    code: &mut Code,
    task: &TaskContext,
) -> Result<String, UserError> {
    let schema = table.schema();
    if let Some(column) = schema
        .columns
        .iter()
        .find(|column| is_span(&column.type_name))
    {
        code.remark(format!(
            "{} holds spans of time, which the script leaves out",
            column.name
        ));
    }
    match source.format.as_str() {
        "csv" | "tsv" => delimited(source, table, code, task),
        "parquet" => Ok(typed("pd.read_parquet(path)", schema)),
        "ndjson" => Ok(typed("pd.read_json(path, lines=True)", schema)),
        "arrow_ipc" => {
            code.import("pyarrow", "ipc");
            Ok(typed("ipc.open_file(path).read_all().to_pandas()", schema))
        }
        other => Err(UserError::input(
            "format_not_in_pandas",
            "The script cannot read the file",
            format!("pandas does not read {other} as it was read here"),
        )
        .with_hint("Convert the file to Parquet first, and train on that")),
    }
}

/// Durations and times of day.
fn is_span(type_name: &str) -> bool {
    type_name.starts_with("duration") || type_name == "time"
}

/// Column names by what they hold.
struct Kinds {
    numbers: Vec<String>,
    yes_no: Vec<String>,
    dates: Vec<String>,
    texts: Vec<String>,
}

impl Kinds {
    fn of(schema: &Schema) -> Self {
        let names = |wanted: &dyn Fn(ColumnKind) -> bool| {
            let columns = schema.columns.iter();
            columns
                .filter(|column| wanted(column.kind) && !is_span(&column.type_name))
                .map(|column| column.name.clone())
                .collect()
        };
        Self {
            numbers: names(&|kind| kind == ColumnKind::Number),
            yes_no: names(&|kind| kind == ColumnKind::YesNo),
            dates: names(&|kind| kind == ColumnKind::Time),
            texts: names(&|kind| matches!(kind, ColumnKind::Category | ColumnKind::Text)),
        }
    }

    fn lists(&self) -> String {
        [
            ("NUMBERS", &self.numbers),
            ("YES_NO", &self.yes_no),
            ("DATES", &self.dates),
            ("WORDS", &self.texts),
        ]
        .map(|(name, columns)| wrapped(name, columns))
        .join("\n")
    }
}

/// A file that carries its types.
fn typed(read: &str, schema: &Schema) -> String {
    format!(
        "{}\n\n\ndef read_data(path):\n    \"\"\"The file, with types that know blanks.\"\"\"\n    file = {read}\n    columns = {{}}\n    for name in NUMBERS:\n        columns[name] = finite(file[name].astype(\"Float64\"))\n    for name in YES_NO:\n        columns[name] = file[name].astype(\"boolean\")\n    for name in DATES:\n        columns[name] = pd.to_datetime(file[name], utc=True).dt.tz_localize(None)\n    for name in WORDS:\n        columns[name] = file[name].astype(\"string\").replace(\"\", pd.NA)\n    return pd.DataFrame({{name: columns[name] for name in file.columns if name in columns}})",
        Kinds::of(schema).lists()
    )
}

fn delimited(
    source: &SourceFile,
    table: &Table,
    code: &mut Code,
    task: &TaskContext,
) -> Result<String, UserError> {
    let preview = formats::preview(&source.path, Some(&source.format), &source.params)?;
    let kinds = Kinds::of(table.schema());
    let names: Vec<String> = preview
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let comma = with(&preview, &kinds.numbers, |read_as| {
        read_as == ReadAs::NumberDecimalComma
    });
    let month_first = with(&preview, &kinds.dates, |read_as| {
        read_as == ReadAs::DateMonthFirst
    });
    code.helper("as_number");
    let markers: Vec<&str> = preview
        .params
        .text("blank_markers")
        .split(',')
        .map(str::trim)
        .filter(|marker| !marker.is_empty())
        .collect();
    let own = words_that_stand(table, &kinds.texts, &markers, task)?;
    let mut text_blanks =
        String::from("columns[name] = file[name].where(~file[name].isin([\"\", *BLANKS]))");
    if !own.is_empty() {
        let kept: Vec<String> = own
            .iter()
            .map(|(name, words)| format!("{}: {}", text(name), list(words)))
            .collect();
        text_blanks = format!(
            "values = {{{}}}.get(name, [])  # words that are values there\n        columns[name] = file[name].where(~file[name].isin([\"\", *(set(BLANKS) - set(values))]))",
            kept.join(", ")
        );
    }
    let mut typed = String::new();
    if !kinds.yes_no.is_empty() {
        typed.push_str("    for name in YES_NO:\n        columns[name] = as_yes_no(file[name])\n");
    }
    if !kinds.dates.is_empty() {
        typed.push_str("    for name in DATES:\n        columns[name] = as_date(file[name], \"month_first\" if name in MONTH_FIRST else \"day_first\")\n");
    }
    Ok(format!(
        "COLUMNS_OF_THE_FILE = {}\n{}\nDECIMAL_COMMA = {}\nMONTH_FIRST = {}\nBLANKS = {}\n\n\ndef read_data(path):\n    \"\"\"The file, each value as text first, then each column by its type.\"\"\"\n    file = pd.read_csv({})\n    file = file.astype(\"string\")\n    columns = {{}}\n    for name in NUMBERS:\n        values = file[name].where(~file[name].isin(BLANKS))\n        columns[name] = as_number(values, \",\" if name in DECIMAL_COMMA else \".\")\n{typed}    for name in WORDS:\n        {text_blanks}\n    return pd.DataFrame({{name: columns[name] for name in COLUMNS_OF_THE_FILE if name in columns}})",
        list(&names),
        kinds.lists(),
        list(&comma),
        list(&month_first),
        list(&markers),
        how_to_cut(&preview),
    ))
}

fn with(preview: &Preview, among: &[String], wanted: impl Fn(ReadAs) -> bool) -> Vec<String> {
    let columns = preview.columns.iter();
    columns
        .filter(|column| wanted(column.read_as) && among.contains(&column.name))
        .map(|column| column.name.clone())
        .collect()
}

/// Words that mean nothing elsewhere and are values in a column of text.
fn words_that_stand(
    table: &Table,
    texts: &[String],
    markers: &[&str],
    task: &TaskContext,
) -> Result<Vec<(String, Vec<String>)>, UserError> {
    let markers: BTreeSet<&str> = markers.iter().copied().collect();
    let frame = RawFrame::from_table(table, texts, &task.part())?;
    Ok(frame
        .columns
        .iter()
        .filter_map(|column| {
            let RawData::Text { names, .. } = &column.data else {
                return None;
            };
            let own: Vec<String> = names
                .iter()
                .filter(|name| markers.contains(name.as_str()))
                .cloned()
                .collect();
            (!own.is_empty()).then(|| (column.name.clone(), own))
        })
        .collect())
}

/// The arguments of `read_csv`.
fn how_to_cut(preview: &Preview) -> String {
    let params = &preview.params;
    let separator = match params.text("delimiter") {
        "tab" => "\\t",
        "semicolon" => ";",
        "pipe" => "|",
        _ => ",",
    };
    let encoding = match params.text("encoding") {
        "utf16_le" | "utf16_be" => "utf-16",
        "windows1252" => "cp1252",
        _ => "utf-8-sig",
    };
    let quote = match params.text("quote") {
        "single" => ", quotechar=\"'\"",
        "none" => ", quoting=3",
        _ => "",
    };
    let header = if params.text("header") == "no" {
        "None"
    } else {
        "0"
    };
    let skipped = match params.integer("skip_rows") {
        0 => String::new(),
        rows => format!(", skiprows={rows}"),
    };
    format!(
        "\n        path, sep=\"{separator}\", encoding=\"{encoding}\", header={header}, names=COLUMNS_OF_THE_FILE{skipped}{quote},\n        dtype=str, keep_default_na=False, index_col=False,\n    "
    )
}
