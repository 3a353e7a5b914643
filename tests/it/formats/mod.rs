//! Files: what is read, what is refused, what is said about it, and what comes back.

mod foreign;
mod loading;
mod meaning;
mod typed;
mod written;

use std::fs;
use std::path::{Path, PathBuf};

use benchtop::base::{Fingerprint, Issue, Params, Random, TaskContext, UserError};
use benchtop::data::page::page;
use benchtop::data::{ColumnKind, Table};
use benchtop::formats::{self, Preview, REGISTRY, ReadAs};
use polars::prelude::*;

use crate::support::temporary_folder;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(temporary_folder(name))
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(path: &Path) -> (Table, Vec<Issue>) {
    read_with(path, &Params::new())
}

fn read_with(path: &Path, params: &Params) -> (Table, Vec<Issue>) {
    match formats::read(path, None, params, &TaskContext::new()) {
        Ok(read) => read,
        Err(error) => panic!("{}", error.report()),
    }
}

fn paste(text: &str) -> (Table, Vec<Issue>) {
    match formats::read_text(text, "pasted", &Params::new(), &TaskContext::new()) {
        Ok(read) => read,
        Err(error) => panic!("{}", error.report()),
    }
}

fn preview(path: &Path) -> Preview {
    match formats::preview(path, None, &Params::new()) {
        Ok(preview) => preview,
        Err(error) => panic!("{}", error.report()),
    }
}

fn refused(path: &Path) -> UserError {
    match formats::read(path, None, &Params::new(), &TaskContext::new()) {
        Ok(_) => panic!("{} was read", path.display()),
        Err(error) => error,
    }
}

fn types(table: &Table) -> Vec<&str> {
    table
        .schema()
        .columns
        .iter()
        .map(|column| column.type_name.as_str())
        .collect()
}

/// All cells as shown, a blank as "·".
fn cells(table: &Table) -> Vec<Vec<String>> {
    let columns: Vec<usize> = (0..table.width()).collect();
    let shown = |cell: benchtop::data::Cell| {
        if cell.blank {
            "·".to_owned()
        } else {
            cell.text
        }
    };
    page(table, None, 0, table.rows(), &columns)
        .rows
        .into_iter()
        .map(|row| row.into_iter().map(shown).collect())
        .collect()
}

fn column(table: &Table, name: &str) -> Vec<String> {
    let index = table.schema().index_of(name).expect("the column");
    cells(table)
        .into_iter()
        .map(|row| row[index].clone())
        .collect()
}

fn issue<'a>(issues: &'a [Issue], code: &str) -> &'a Issue {
    issues
        .iter()
        .find(|issue| issue.code == code)
        .unwrap_or_else(|| panic!("no {code} in {issues:?}"))
}

fn all_kinds() -> Table {
    let days = Series::new("day".into(), [Some(0i32), None, Some(20_000)])
        .cast(&DataType::Date)
        .unwrap();
    let moments = Series::new(
        "moment".into(),
        [Some(1_500_000i64), None, Some(1_700_000_000_000_000)],
    )
    .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
    .unwrap();
    let mut frame = df!(
        "whole" => [Some(-12i64), None, Some(9_007_199_254_740_993)],
        "number, with comma" => [Some(0.1), None, Some(-1.5e-9)],
        "yes \"or\" no" => [Some(true), None, Some(false)],
        "text" => [Some("a \"quoted\", word"), None, Some("two\nlines; and\ttab|bar")],
        "code" => [Some("007"), Some("010"), None],
        "blanks" => [None::<f64>, None, Some(2.25)],
        "größe" => [Some("ä"), Some("€"), Some("日本")],
    )
    .unwrap();
    frame.with_column(days.into()).unwrap();
    frame.with_column(moments.into()).unwrap();
    Table::from_frame(frame, Fingerprint::of(&[b"all kinds"]))
}

#[test]
fn every_format_gives_back_what_it_was_given() {
    let folder = Folder::new("round-trip");
    let table = all_kinds();
    for format in REGISTRY {
        for extension in format.extensions() {
            let path = folder.0.join(format!("all kinds.{extension}"));
            if let Err(error) = formats::write(&table, &path, &TaskContext::new()) {
                panic!("{}: {}", format.id(), error.report());
            }
            let (back, issues) = read(&path);
            assert!(issues.is_empty(), "{}: {issues:?}", format.id());
            assert_eq!(
                back.schema().names(),
                table.schema().names(),
                "{}",
                format.id()
            );
            let kinds = |table: &Table| {
                table
                    .schema()
                    .columns
                    .iter()
                    .map(|c| c.kind)
                    .collect::<Vec<_>>()
            };
            assert_eq!(kinds(&back), kinds(&table), "{}", format.id());
            assert_eq!(cells(&back), cells(&table), "{}", format.id());
            assert_eq!(types(&back), types(&table), "{}", format.id());
            // Exact, not only as shown.
            let value = |table: &Table, row| {
                table
                    .frame()
                    .column("number, with comma")
                    .unwrap()
                    .f64()
                    .unwrap()
                    .get(row)
            };
            assert_eq!(
                (value(&back, 0), value(&back, 2)),
                (Some(0.1), Some(-1.5e-9)),
                "{}",
                format.id()
            );
            // Nothing else is left in the folder.
            let left: Vec<_> = fs::read_dir(&folder.0)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect();
            assert_eq!(left, std::slice::from_ref(&path), "{}", format.id());
            fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn every_format_previews_what_it_reads() {
    let folder = Folder::new("previews");
    let table = all_kinds();
    for format in REGISTRY {
        let path = folder.0.join(format!("table.{}", format.extensions()[0]));
        formats::write(&table, &path, &TaskContext::new()).expect("written");
        let preview = preview(&path);
        assert_eq!(preview.format, format.id());
        let names: Vec<&str> = preview
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, table.schema().names());
        assert_eq!(preview.rows.len(), 3, "{}", format.id());
        assert_eq!(preview.rows_total, Some(3), "{}", format.id());
        assert_eq!(
            preview.columns[0].read_as,
            ReadAs::WholeNumber,
            "{}",
            format.id()
        );
        assert_eq!(preview.columns[4].read_as, ReadAs::Text, "{}", format.id());
        assert_eq!(
            preview.columns[7].read_as,
            ReadAs::DateIso,
            "{}",
            format.id()
        );
        assert!(
            preview
                .columns
                .iter()
                .all(|column| column.disagreeing.is_empty()),
            "{}",
            format.id()
        );
        assert_eq!(preview.rows[1][0], None, "{}", format.id());
        // Reading with the settings of the preview is reading the same table.
        let with = |params: &Params| {
            let (table, _) =
                formats::read(&path, Some(format.id()), params, &TaskContext::new()).expect("read");
            (cells(&table), types(&table).join(" "), table.fingerprint())
        };
        assert_eq!(
            with(&preview.params),
            with(&Params::new()),
            "{}",
            format.id()
        );
        assert!(
            preview.params.checked(format.params()).is_ok(),
            "{}",
            format.id()
        );
    }
}

#[test]
fn the_registry_is_sorted_and_its_names_are_unique() {
    assert!(REGISTRY.windows(2).all(|pair| pair[0].id() < pair[1].id()));
    let mut extensions: Vec<&str> = REGISTRY
        .iter()
        .flat_map(|format| format.extensions().iter().copied())
        .collect();
    let count = extensions.len();
    extensions.sort_unstable();
    extensions.dedup();
    assert_eq!(extensions.len(), count);
    for format in REGISTRY {
        assert!(
            format.params().iter().any(|spec| spec.key == "types"),
            "{}",
            format.id()
        );
        assert_eq!(
            formats::by_id(format.id()).map(|found| found.name()),
            Some(format.name())
        );
    }
}

#[test]
fn every_format_writes_and_reads_a_table_without_rows() {
    let folder = Folder::new("no-rows");
    let table = all_kinds().take(&[]).expect("no rows");
    for format in REGISTRY {
        let path = folder.0.join(format!("empty.{}", format.extensions()[0]));
        formats::write(&table, &path, &TaskContext::new()).expect("written");
        match formats::read(&path, None, &Params::new(), &TaskContext::new()) {
            Ok((back, issues)) => {
                assert_eq!(
                    (back.rows(), back.width()),
                    (0, table.width()),
                    "{}",
                    format.id()
                );
                issue(&issues, "no_rows");
            }
            // JSON lines have no names without rows.
            Err(error) => assert_eq!((format.id(), error.code.as_str()), ("ndjson", "empty_file")),
        }
    }
}

#[test]
fn the_fingerprint_follows_content_and_settings() {
    let folder = Folder::new("fingerprint");
    let first = folder.file("a.csv", "a,b\n1,x\n");
    let same = folder.file("b.csv", "a,b\n1,x\n");
    let other = folder.file("c.csv", "a,b\n2,x\n");
    let of = |path: &Path, params: &Params| read_with(path, params).0.fingerprint();
    let plain = Params::new();
    assert_eq!(of(&first, &plain), of(&same, &plain));
    assert_ne!(of(&first, &plain), of(&other, &plain));
    let as_text = Params::new().with("types", vec!["a=text".to_owned()]);
    assert_ne!(of(&first, &plain), of(&first, &as_text));
    assert_eq!(formats::content_hash(&first), formats::content_hash(&same));
    assert_ne!(formats::content_hash(&first), formats::content_hash(&other));
}

#[test]
fn a_write_that_fails_leaves_nothing_and_harms_nothing() {
    let folder = Folder::new("half");
    let path = folder.file("kept.csv", "old\n1\n");
    let task = TaskContext::new();
    task.cancel();
    for format in REGISTRY {
        let path = folder.0.join(format!("new.{}", format.extensions()[0]));
        let error = formats::write(&all_kinds(), &path, &task).expect_err("stopped");
        assert!(error.is_cancelled(), "{error:?}");
        assert!(!path.exists());
    }
    assert!(formats::write(&all_kinds(), &path, &task).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old\n1\n");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    let nowhere = folder.0.join("no such folder/t.csv");
    assert_eq!(
        formats::write(&all_kinds(), &nowhere, &TaskContext::new())
            .expect_err("no folder")
            .code,
        "file_not_found"
    );
    let unknown = folder.0.join("t.xyz");
    assert_eq!(
        formats::write(&all_kinds(), &unknown, &TaskContext::new())
            .expect_err("no format")
            .code,
        "unknown_extension"
    );
}
