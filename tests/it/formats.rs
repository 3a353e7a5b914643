//! Files: what is read, what is refused, what is said about it, and what comes back.

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

// ---- every format -------------------------------------------------------------------------

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

// ---- files that are no tables ----------------------------------------------------------------

#[test]
fn what_is_no_table_is_named_and_refused() {
    let folder = Folder::new("foreign");
    let zip = |inner: &str| {
        [
            b"PK\x03\x04\x14\0\0\0".as_slice(),
            inner.as_bytes(),
            b"\0\0\0",
        ]
        .concat()
    };
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing.csv", vec![], "empty_file"),
        ("spaces.csv", b"  \n\r\n \n".to_vec(), "empty_file"),
        ("book.xlsx", zip("xl/workbook.xml"), "excel_workbook"),
        ("renamed.csv", zip("xl/workbook.xml"), "excel_workbook"),
        (
            "book.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0".to_vec(),
            "excel_workbook",
        ),
        (
            "sheet.ods",
            zip("mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
            "spreadsheet",
        ),
        ("files.zip", zip("a.csv"), "zip_archive"),
        ("paper.pdf", b"%PDF-1.7\n".to_vec(), "pdf_document"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "image"),
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), "image"),
        (
            "table.csv.gz",
            b"\x1f\x8b\x08\0\0".to_vec(),
            "compressed_file",
        ),
        (
            "page.csv",
            b"\n<!DOCTYPE html><html><body>".to_vec(),
            "web_page",
        ),
        ("data.sqlite", b"SQLite format 3\0....".to_vec(), "database"),
        (
            "noise.csv",
            (0..4000u32).map(|i| (i * 7919 % 251) as u8 % 32).collect(),
            "unknown_file",
        ),
        (
            "broken.parquet",
            b"PAR1 and then nothing that fits".to_vec(),
            "damaged_file",
        ),
        (
            "broken.arrow",
            b"ARROW1\0\0 and then nothing that fits".to_vec(),
            "damaged_file",
        ),
        (
            "broken.json",
            b"{\"a\": 1, \n{\"a\"".to_vec(),
            "not_json_lines",
        ),
    ];
    for (name, content, code) in cases {
        let path = folder.file(name, content);
        let error = refused(&path);
        assert_eq!(error.code, code, "{name}: {}", error.report());
        assert!(error.hint.is_some(), "{name}");
        assert_eq!(error.path.as_deref(), Some(path.as_path()), "{name}");
        assert_eq!(error.exit_code(), 3, "{name}");
        assert_eq!(
            formats::preview(&path, None, &Params::new())
                .expect_err("no preview")
                .code,
            code,
            "{name}"
        );
    }
    assert_eq!(
        refused(&folder.0.join("missing.csv")).code,
        "file_not_found"
    );
    assert_eq!(refused(&folder.0).code, "is_a_folder");
    let csv = folder.file("a.csv", "a\n1\n");
    let error = formats::read(&csv, Some("excel"), &Params::new(), &TaskContext::new())
        .expect_err("no format");
    assert_eq!(
        (error.code.as_str(), error.exit_code()),
        ("unknown_format", 2)
    );
    let unknown = formats::read(
        &csv,
        None,
        &Params::new().with("colour", "red"),
        &TaskContext::new(),
    );
    assert_eq!(unknown.expect_err("no setting").code, "unknown_parameter");
}

#[test]
fn a_stopped_read_stops() {
    let folder = Folder::new("stopped");
    let path = folder.file("a.csv", "a\n1\n");
    let task = TaskContext::new();
    task.cancel();
    let error = formats::read(&path, None, &Params::new(), &task).expect_err("stopped");
    assert!(error.is_cancelled());
}

// ---- delimited text: how it is written -------------------------------------------------------

#[test]
fn delimiters_are_found() {
    for (text, delimiter) in [
        ("a,b,c\n1,2,3\n4,5,6\n", "comma"),
        ("a;b;c\n1,5;2,5;3\n4;5,25;6\n", "semicolon"),
        ("a\tb\tc\n1\tx, y\t3\n4\tz\t6\n", "tab"),
        ("a|b|c\n1|2|3\n", "pipe"),
        ("a,b,c\n1,\"2;2\",3\n4,\"5;5\",6\n", "comma"),
    ] {
        let folder = Folder::new("delimiters");
        let path = folder.file("t.csv", text);
        assert_eq!(preview(&path).params.text("delimiter"), delimiter, "{text}");
        assert_eq!(read(&path).0.width(), 3, "{text}");
    }
}

#[test]
fn headers_are_found() {
    for (text, names) in [
        ("name,age\nAda,36\nBob,41\n", ["name", "age"]),
        ("Ada,36\nBob,41\n", ["column_1", "column_2"]),
        ("country,1990\nFrance,3.5\n", ["country", "1990"]),
        ("first,last\nAda,Lovelace\nAlan,Turing\n", ["first", "last"]),
        ("2025-01-01,3\n2025-01-02,4\n", ["column_1", "column_2"]),
        ("day,NA\n2025-01-02,4\n", ["day", "NA"]),
    ] {
        let expected = if text.starts_with("country") {
            vec!["column_1", "column_2"]
        } else {
            names.to_vec()
        };
        assert_eq!(paste(text).0.schema().names(), expected, "{text}");
    }
    // Years that go up are names.
    let (table, _) = paste("country,1990,1991,1992\nFrance,3.5,3,4\nItaly,2,1.5,2\n");
    assert_eq!(table.schema().names(), ["country", "1990", "1991", "1992"]);
    // A person knows better.
    let folder = Folder::new("headers");
    let path = folder.file("t.csv", "Ada,36\nBob,41\n");
    let (table, _) = read_with(&path, &Params::new().with("header", "yes"));
    assert_eq!(
        (table.schema().names(), table.rows()),
        (vec!["Ada".to_owned(), "36".to_owned()], 1)
    );
}

#[test]
fn quotes_newlines_and_row_ends_are_understood() {
    let unix = "a,b\n\"x, \"\"y\"\"\",1\n\"two\nlines\",2\n";
    for text in [unix.to_owned(), unix.replace('\n', "\r\n")] {
        let (table, issues) = paste(&text);
        assert_eq!(issues, []);
        let lines = if text.contains('\r') {
            "two\r\nlines"
        } else {
            "two\nlines"
        };
        assert_eq!(cells(&table), [["x, \"y\"", "1"], [lines, "2"]]);
    }
    // Old Macs.
    assert_eq!(cells(&paste("a,b\r1,x\r2,y\r").0), [["1", "x"], ["2", "y"]]);
    // Single quotes.
    assert_eq!(
        cells(&paste("a,b\n'x,y',1\n'z,w',2\n").0),
        [["x,y", "1"], ["z,w", "2"]]
    );
    // No newline at the end, and one too many.
    assert_eq!(paste("a,b\n1,2").0.rows(), 1);
    assert_eq!(paste("a,b\n1,2\n\n").0.rows(), 1);
    assert_eq!(paste("a\n1\n2\n\n").0.rows(), 2);
    // A quote inside a value, and one that never closes.
    assert_eq!(
        column(&paste("size,n\n5\" pipe,1\n6\" pipe,2\n").0, "size"),
        ["5\" pipe", "6\" pipe"]
    );
    let (table, issues) = paste("a,b\nx,1\n\"y,2\nz,3\n");
    assert_eq!(column(&table, "a"), ["x", "\"y", "z"]);
    issue(&issues, "unclosed_quote");
}

#[test]
fn encodings_are_found() {
    let folder = Folder::new("encodings");
    let text = "name;größe\nMüller;1,5\nStraße “7”;2,25\n";
    let utf16 = |text: &str, big: bool| {
        let unit = |unit: u16| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        text.encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    let windows: Vec<u8> = text
        .chars()
        .map(|c| match c {
            '“' => 0x93,
            '”' => 0x94,
            c => c as u8,
        })
        .collect();
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("utf8.csv", text.as_bytes().to_vec(), "utf8"),
        (
            "marked.csv",
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            "utf8",
        ),
        (
            "little.csv",
            utf16(&format!("\u{feff}{text}"), false),
            "utf16_le",
        ),
        (
            "big.csv",
            utf16(&format!("\u{feff}{text}"), true),
            "utf16_be",
        ),
        ("unmarked.csv", utf16(text, false), "utf16_le"),
        ("windows.csv", windows, "windows1252"),
    ];
    for (name, content, encoding) in cases {
        let path = folder.file(name, content);
        assert_eq!(preview(&path).params.text("encoding"), encoding, "{name}");
        let (table, _) = read(&path);
        assert_eq!(table.schema().names(), ["name", "größe"], "{name}");
        assert_eq!(
            cells(&table),
            [["Müller", "1.5"], ["Straße “7”", "2.25"]],
            "{name}"
        );
        assert_eq!(types(&table), ["str", "f64"], "{name}");
    }
    // A mark before a first row of values belongs to nobody.
    let path = folder.file("values.csv", b"\xef\xbb\xbf1,2\n3,4\n");
    assert_eq!(cells(&read(&path).0), [["1", "2"], ["3", "4"]]);
}

#[test]
fn a_wrong_byte_far_behind_the_sample_is_noticed() {
    let folder = Folder::new("late-byte");
    let mut content = b"name,n\n".to_vec();
    for i in 0..200_000 {
        content.extend_from_slice(format!("plain,{i}\n").as_bytes());
        if i == 61_803 {
            content.extend_from_slice(b"M\xfcller,5\n");
        }
    }
    let (table, issues) = read(&folder.file("t.csv", content));
    assert_eq!(table.rows(), 200_001);
    assert_eq!(
        page(&table, None, 61_804, 1, &[0]).rows[0][0].text,
        "Müller"
    );
    issue(&issues, "other_encoding");
}

#[test]
fn rows_of_other_widths_are_kept_and_counted() {
    let (table, issues) = paste("a,b,c\n1,2,3\n4,5\n6\n7,8,9,10\n\n1,1,1\n");
    assert_eq!(
        cells(&table),
        [
            ["1", "2", "3"],
            ["4", "5", "·"],
            ["6", "·", "·"],
            ["7", "8", "9"],
            ["1", "1", "1"]
        ]
    );
    let short = issue(&issues, "rows_too_short");
    assert!(
        short.message.contains("2 rows") && short.message.contains("row 2"),
        "{}",
        short.message
    );
    let long = issue(&issues, "rows_too_long");
    assert!(
        long.message.contains("1 row has") && long.message.contains("row 4"),
        "{}",
        long.message
    );
    issue(&issues, "blank_lines");
    // Too many in one row and too few in another do not cancel out.
    let (table, issues) = paste("a,b\n1,2,3\n4\n");
    assert_eq!(cells(&table), [["1", "2"], ["4", "·"]]);
    assert_eq!(issues.len(), 2);
}

#[test]
fn row_names_without_a_column_name_get_one() {
    let (table, issues) = paste("mpg,cyl\nMazda,21.5,6\nDatsun,22.8,4\n");
    assert_eq!(table.schema().names(), ["column_1", "mpg", "cyl"]);
    assert_eq!(cells(&table)[0], ["Mazda", "21.5", "6"]);
    issue(&issues, "empty_names");
}

#[test]
fn names_are_made_unique() {
    let (table, issues) = paste("a,,a,a_2,__benchtop_row\n1,2,3,4,5\n");
    assert_eq!(
        table.schema().names(),
        ["a", "column_2", "a_2", "a_2_2", "__benchtop_row_2"]
    );
    assert!(
        issue(&issues, "duplicate_names")
            .message
            .contains("3 columns")
    );
    assert!(issue(&issues, "empty_names").message.contains("column_2"));
}

#[test]
fn column_names_alone_are_a_table_without_rows() {
    let (table, issues) = paste("name,age\n");
    assert_eq!((table.rows(), table.width()), (0, 2));
    issue(&issues, "no_rows");
}

#[test]
fn zero_bytes_are_taken_out() {
    let (table, issues) = paste("a,b\n1,x\0y\n2,z\n3,long enough to be a text file\n");
    assert_eq!(column(&table, "b")[0], "xy");
    assert!(issue(&issues, "zero_bytes").message.contains("1 zero byte"));
}

#[test]
fn a_very_long_line_is_read() {
    let long = "x".repeat(3_000_000);
    let folder = Folder::new("long");
    let path = folder.file("t.csv", format!("a,b\n1,{long}\n2,y\n"));
    let (table, issues) = read(&path);
    assert_eq!(issues, []);
    assert_eq!(column(&table, "a"), ["1", "2"]);
    assert_eq!(
        preview(&path).rows[0][1].as_ref().map(String::len),
        Some(3_000_000)
    );
}

#[test]
fn lines_at_the_top_can_be_skipped() {
    let folder = Folder::new("skip");
    let path = folder.file("t.csv", "Report, made in 2025\n\na,b\n1,2\n3,4\n");
    let (table, _) = read_with(&path, &Params::new().with("skip_rows", 2i64));
    assert_eq!(
        (table.schema().names(), types(&table)),
        (vec!["a".to_owned(), "b".to_owned()], vec!["i64", "i64"])
    );
    assert_eq!(cells(&table), [["1", "2"], ["3", "4"]]);
}

// ---- delimited text: what it means -----------------------------------------------------------

#[test]
fn types_are_guessed() {
    let (table, issues) = paste(
        "whole,number,grouped,yes,word,iso,moment,code,long\n\
         1,1.5,\"1,234\",true,a,2025-10-28,2025-10-28 05:00:00,007,12345678901234567890\n\
         -2,2e3,\"12,345,678\",false,b,2025-01-02,2025-10-28T06:30:00.5Z,010,12345678901234567891\n",
    );
    assert_eq!(issues, []);
    assert_eq!(
        types(&table),
        [
            "i64",
            "f64",
            "i64",
            "bool",
            "str",
            "date",
            "datetime[μs]",
            "str",
            "str"
        ]
    );
    assert_eq!(
        cells(&table)[1],
        [
            "−2",
            "2000",
            "12345678",
            "no",
            "b",
            "2025-01-02",
            "2025-10-28 06:30:00.5",
            "010",
            "12345678901234567891"
        ]
    );
    assert_eq!(table.schema().columns[6].kind, ColumnKind::Time);
}

#[test]
fn decimal_commas_are_found() {
    let (table, _) = paste("a;b;c\n1,5;1.234,50;3\n2,25;12,00;4\n");
    assert_eq!(types(&table), ["f64", "f64", "i64"]);
    assert_eq!(cells(&table), [["1.5", "1234.5", "3"], ["2.25", "12", "4"]]);
    // A comma before three digits: a decimal between semicolons, a thousand between commas.
    assert_eq!(cells(&paste("a;b\n1,234;x\n5,678;y\n").0)[0][0], "1.234");
    assert_eq!(
        cells(&paste("a,b\n\"1,234\",x\n\"5,678\",y\n").0)[0][0],
        "1234"
    );
    let folder = Folder::new("decimal");
    let path = folder.file("t.csv", "a;b\n1,234;x\n5,678;y\n");
    let (table, _) = read_with(&path, &Params::new().with("decimal_mark", "point"));
    assert_eq!(cells(&table)[0][0], "1234");
}

#[test]
fn markers_of_blanks_count_where_they_can_be_nothing_else() {
    let (table, issues) =
        paste("n,word,country,d\n1,NA,NA,2025-01-01\nNA,x,FR,NA\n-,y,DE,n/a\n?,-,IT,\n");
    assert_eq!(issues, []);
    assert_eq!(types(&table), ["i64", "str", "str", "date"]);
    assert_eq!(column(&table, "n"), ["1", "·", "·", "·"]);
    // NA is a blank in words because numbers use it as one; "-" is a word, and NA a country.
    assert_eq!(column(&table, "word"), ["·", "x", "y", "-"]);
    assert_eq!(column(&table, "country"), ["NA", "FR", "DE", "IT"]);
    assert_eq!(column(&table, "d"), ["2025-01-01", "·", "·", "·"]);
    // Text alone keeps its words.
    assert_eq!(column(&paste("a,b\nNA,x\nnull,y\n").0, "a"), ["NA", "null"]);
    // A person's list counts everywhere.
    let folder = Folder::new("markers");
    let path = folder.file("t.csv", "n,word\n1,none\n-99,x\n3,-99\n");
    let (table, _) = read_with(&path, &Params::new().with("blank_markers", "none, -99"));
    assert_eq!(cells(&table), [["1", "·"], ["·", "x"], ["3", "·"]]);
}

#[test]
fn empty_text_is_blank_with_and_without_quotes() {
    assert_eq!(
        cells(&paste("a,b\n\"\",1\n,2\nx,\"\"\n").0),
        [["·", "1"], ["·", "2"], ["x", "·"]]
    );
}

#[test]
fn the_order_of_day_and_month_is_found_and_said() {
    let folder = Folder::new("dates");
    let of = |name: &str, text: &str| {
        let path = folder.file(name, text);
        let column = preview(&path).columns.remove(0);
        (
            column.read_as,
            column.note.unwrap_or_default(),
            column_of(&path),
        )
    };
    let column_of_first = of("day.csv", "d\n01/02/2025\n28/10/2025\n13/01/2025\n");
    assert_eq!(column_of_first.0, ReadAs::DateDayFirst);
    assert!(
        column_of_first
            .1
            .contains("67\u{a0}% of values fit only day first"),
        "{}",
        column_of_first.1
    );
    assert_eq!(
        column_of_first.2,
        ["2025-02-01", "2025-10-28", "2025-01-13"]
    );
    let month = of("month.csv", "d\n01/02/2025\n10/28/2025\n");
    assert_eq!(
        (month.0, month.2),
        (
            ReadAs::DateMonthFirst,
            vec!["2025-01-02".to_owned(), "2025-10-28".to_owned()]
        )
    );
    let unclear = of("unclear.csv", "d\n01/02/2025\n03/04/2025\n");
    assert_eq!(unclear.0, ReadAs::DateDayFirst);
    assert!(unclear.1.contains("Could be"), "{}", unclear.1);
    issue(&read(&folder.0.join("unclear.csv")).1, "dates_ambiguous");
    // Another column of the file settles it.
    let settled = of(
        "settled.csv",
        "d,e\n01/02/2025,10/28/2025\n03/04/2025,11/30/2025\n",
    );
    assert_eq!(
        (settled.0, settled.2[0].as_str()),
        (ReadAs::DateMonthFirst, "2025-01-02")
    );
    // Names of months, points, short years and times of day.
    assert_eq!(
        of("names.csv", "d\n28 Oct 2025\n1 March 2025\n").2,
        ["2025-10-28", "2025-03-01"]
    );
    assert_eq!(
        of("points.csv", "d\n28.10.25\n1.3.1999\n").2,
        ["2025-10-28", "1999-03-01"]
    );
    assert_eq!(
        of("times.csv", "d\n10/28/2025 5:07 PM\n10/29/2025 12:00 am\n").2,
        ["2025-10-28 17:07:00", "2025-10-29 00:00:00"]
    );
    // No such day.
    assert_eq!(
        of("none.csv", "d\n30/02/2025\n31/02/2025\n").0,
        ReadAs::Text
    );
}

fn column_of(path: &Path) -> Vec<String> {
    cells(&read(path).0)
        .into_iter()
        .map(|mut row| row.remove(0))
        .collect()
}

#[test]
fn values_that_do_not_fit_are_counted_and_named() {
    let mut text = "n,m\n".to_owned();
    for i in 0..1_000 {
        let n = if i == 416 || i == 700 {
            "x".to_owned()
        } else {
            i.to_string()
        };
        let m = if i % 10 == 3 {
            "unknown".to_owned()
        } else {
            format!("{i}.5")
        };
        text.push_str(&format!("{n},{m}\n"));
    }
    let (table, issues) = paste(&text);
    assert_eq!(types(&table), ["i64", "str"]);
    let lost = issue(&issues, "values_not_read");
    assert_eq!(lost.column.as_deref(), Some("n"));
    assert!(
        lost.message.contains("2 values") && lost.message.contains("“x” in row 417"),
        "{}",
        lost.message
    );
    assert_eq!(table.frame().column("n").unwrap().null_count(), 2);
    // Ten in a hundred are too many: the column stays text, and a person may insist.
    assert_eq!(table.frame().column("m").unwrap().null_count(), 0);
    let folder = Folder::new("misfits");
    let path = folder.file("t.csv", &text);
    let shown = preview(&path);
    assert_eq!(shown.columns[1].read_as, ReadAs::Text);
    let forced = Params::new().with("types", vec!["m=number".to_owned()]);
    let (table, issues) = read_with(&path, &forced);
    assert_eq!(types(&table), ["i64", "f64"]);
    assert_eq!(table.frame().column("m").unwrap().null_count(), 100);
    assert!(
        issues
            .iter()
            .any(|issue| issue.column.as_deref() == Some("m")
                && issue.message.contains("100 values"))
    );
    let shown = formats::preview(&path, None, &forced).expect("a preview");
    assert_eq!(
        shown.columns[1].disagreeing,
        [3, 13, 23, 33, 43, 53, 63, 73, 83, 93]
    );
    assert!(
        shown.columns[1]
            .note
            .as_ref()
            .is_some_and(|note| note.starts_with("10 values"))
    );
}

/// Long enough that the sample does not see the odd rows.
fn long_file(odd: impl Fn(usize) -> Option<&'static str>) -> String {
    let mut text = "n,word\n".to_owned();
    for i in 0..300_000 {
        match odd(i) {
            Some(value) => text.push_str(&format!("{value},w{i}\n")),
            None => text.push_str(&format!("{i},w{i}\n")),
        }
    }
    text
}

#[test]
fn what_the_sample_did_not_see_is_found_while_loading() {
    let folder = Folder::new("unseen");
    let with = |name: &str, value: &'static str| {
        let text = long_file(|i| (i == 150_123 || i == 150_124).then_some(value));
        read(&folder.file(name, text))
    };
    let (table, issues) = with("decimal.csv", "0.5");
    assert_eq!((types(&table)[0], issues.len()), ("f64", 0), "{issues:?}");
    assert_eq!(page(&table, None, 150_123, 1, &[0]).rows[0][0].text, "0.5");
    let (table, issues) = with("word.csv", "none of it");
    assert_eq!(types(&table)[0], "i64");
    assert!(
        issue(&issues, "values_not_read")
            .message
            .contains("row 150,124")
    );
    let (table, issues) = with("marker.csv", "NA");
    assert_eq!((types(&table)[0], issues.len()), ("i64", 0), "{issues:?}");
    assert_eq!(table.frame().column("n").unwrap().null_count(), 2);
    let (table, _) = with("spaces.csv", " 5 ");
    assert_eq!(
        (
            types(&table)[0],
            page(&table, None, 150_123, 1, &[0]).rows[0][0]
                .text
                .as_str()
        ),
        ("i64", "5")
    );
    // A code among numbers: as numbers, its zeros would be lost without a word.
    let (table, issues) = with("code.csv", "007");
    assert_eq!(types(&table)[0], "str");
    issue(&issues, "codes_kept_as_text");
    assert_eq!(page(&table, None, 150_123, 1, &[0]).rows[0][0].text, "007");
    // Widths that differ where the sample did not look.
    let (table, issues) = with("wide.csv", "1,2,3");
    assert_eq!((table.rows(), table.width()), (300_000, 2));
    assert!(
        issue(&issues, "rows_too_long")
            .message
            .contains("2 rows have")
    );
}

#[test]
fn long_files_are_previewed_by_an_estimate() {
    let folder = Folder::new("estimate");
    let path = folder.file("t.csv", long_file(|_| None));
    let preview = preview(&path);
    assert!(preview.rows_are_estimate);
    let total = preview.rows_total.expect("an estimate");
    assert!((240_000..360_000).contains(&total), "{total}");
    assert_eq!(preview.rows.len(), 100);
    assert_eq!(read(&path).0.rows(), 300_000);
}

#[test]
fn a_column_that_starts_blank_gets_its_type_from_the_rest() {
    let text = long_file(|i| (i < 299_000).then_some(""));
    let folder = Folder::new("late");
    let (table, _) = read(&folder.file("t.csv", text));
    assert_eq!(types(&table)[0], "i64");
    assert_eq!(table.frame().column("n").unwrap().null_count(), 299_000);
}

#[test]
fn columns_can_be_left_out_and_read_otherwise() {
    let folder = Folder::new("types");
    let path = folder.file("t.csv", "a,b=c,d\n1,2,3\n4,5,6\n");
    let types_of = |entries: &[&str]| {
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        formats::read(
            &path,
            None,
            &Params::new().with("types", entries),
            &TaskContext::new(),
        )
    };
    let (table, _) = types_of(&["a=skip", "b=c=text", "d=number"]).expect("read");
    assert_eq!(
        (table.schema().names(), types(&table)),
        (vec!["b=c".to_owned(), "d".to_owned()], vec!["str", "f64"])
    );
    for wrong in ["z=text", "a=colour", "a"] {
        let error = types_of(&[wrong]).expect_err("refused");
        assert_eq!(
            (error.code.as_str(), error.exit_code()),
            ("wrong_type_setting", 2),
            "{wrong}"
        );
    }
}

#[test]
fn tabs_are_read_with_and_without_the_name() {
    let folder = Folder::new("tabs");
    for name in ["t.tsv", "t.txt", "t"] {
        let path = folder.file(name, "a\tb\n1\tx, y\n2\tz\n");
        assert_eq!(cells(&read(&path).0), [["1", "x, y"], ["2", "z"]], "{name}");
    }
    // A name that lies.
    let path = folder.file("commas.tsv", "a,b\n1,x\n");
    assert_eq!(read(&path).0.width(), 2);
}

/// In UTF-16 a file cannot be read as it stands: its rows are put in order first. Both ways must
/// give the same table.
#[test]
fn both_ways_of_reading_agree() {
    let folder = Folder::new("both-ways");
    let parts = [
        "a",
        "1",
        ",",
        ",",
        "\n",
        "\n",
        "\"",
        "\"\"",
        "\r\n",
        ";",
        " ",
        "0",
        ".",
        "-",
        "NA",
        "true",
        "2025-01-02",
        "ä",
        "\t",
        "\"x,\ny\"",
    ];
    let mut read_both = 0;
    for seed in 0..3_000 {
        let mut random = Random::new(seed);
        let known = 2 + random.below(parts.len() - 1);
        let text: String = (0..1 + random.below(40))
            .map(|_| parts[random.below(known.min(parts.len()))])
            .collect();
        let wide: Vec<u8> = format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let path = folder.file("wide.csv", wide);
        let task = TaskContext::new();
        let plain = formats::read_text(&text, "plain", &Params::new(), &task);
        match (
            plain,
            formats::read(&path, Some("csv"), &Params::new(), &task),
        ) {
            (Ok((plain, _)), Ok((wide, _))) => {
                assert_eq!(plain.schema(), wide.schema(), "{text:?}");
                assert_eq!(cells(&plain), cells(&wide), "{text:?}");
                read_both += 1;
            }
            (plain, wide) => assert_eq!(
                plain.err().map(|e| e.code),
                wide.err().map(|e| e.code),
                "{text:?}"
            ),
        }
    }
    assert!(read_both > 2_000, "{read_both}");
}

#[test]
fn a_single_column_keeps_its_commas() {
    let (table, issues) = paste("comment\nGood, but slow\nBad\nNever, ever, again\nFine\n");
    assert_eq!(issues, []);
    assert_eq!(column(&table, "comment")[2], "Never, ever, again");
}

#[test]
fn pasted_text_is_read_as_it_comes() {
    assert_eq!(cells(&paste("a\tb\n1\t2\n").0), [["1", "2"]]);
    assert_eq!(cells(&paste("a,b\r\n1,2\r\n").0), [["1", "2"]]);
    let error = formats::read_text("  \n", "pasted", &Params::new(), &TaskContext::new())
        .expect_err("nothing");
    assert_eq!(error.code, "empty_file");
}

// ---- typed formats ----------------------------------------------------------------------------

#[test]
fn types_nobody_can_use_become_text() {
    let folder = Folder::new("nested");
    let path = folder.0.join("nested.parquet");
    let lists = Series::new(
        "list".into(),
        [
            Series::new("".into(), [1i64, 2]),
            Series::new("".into(), [3i64]),
        ],
    );
    let bytes = Series::new("bytes".into(), ["ab", "cd"])
        .cast(&DataType::Binary)
        .unwrap();
    let words = Series::new("category".into(), ["x", "y"])
        .cast(&DataType::from_categories(Categories::global()))
        .unwrap();
    let money = Series::new("money".into(), [1.25f64, -0.5])
        .cast(&DataType::Decimal(10, 2))
        .unwrap();
    let mut frame = DataFrame::new(
        2,
        vec![lists.into(), bytes.into(), words.into(), money.into()],
    )
    .unwrap();
    ParquetWriter::new(fs::File::create(&path).unwrap())
        .finish(&mut frame)
        .unwrap();
    let (table, issues) = read(&path);
    assert_eq!(
        cells(&table),
        [["[1, 2]", "ab", "x", "1.25"], ["[3]", "cd", "y", "−0.50"]]
    );
    let kinds: Vec<ColumnKind> = table
        .schema()
        .columns
        .iter()
        .map(|column| column.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            ColumnKind::Category,
            ColumnKind::Category,
            ColumnKind::Category,
            ColumnKind::Number
        ]
    );
    assert_eq!(
        issues
            .iter()
            .filter(|issue| issue.code == "shown_as_text")
            .count(),
        2
    );
    // Such a table can be written as text and read back.
    let csv = folder.0.join("nested.csv");
    formats::write(&table, &csv, &TaskContext::new()).expect("written");
    assert_eq!(column(&read(&csv).0, "money"), ["1.25", "−0.5"]);
}

#[test]
fn typed_columns_can_be_left_out_or_read_as_text() {
    let folder = Folder::new("typed");
    let path = folder.0.join("t.parquet");
    formats::write(&all_kinds(), &path, &TaskContext::new()).expect("written");
    let (table, _) = read_with(
        &path,
        &Params::new().with(
            "types",
            vec!["whole=text".to_owned(), "text=skip".to_owned()],
        ),
    );
    assert_eq!(types(&table)[0], "str");
    assert!(table.schema().get("text").is_none());
    let wrong = Params::new().with("types", vec!["text=number".to_owned()]);
    assert_eq!(
        formats::read(&path, None, &wrong, &TaskContext::new())
            .expect_err("refused")
            .code,
        "wrong_type_setting"
    );
}

#[test]
fn json_lines_forgive_single_lines_and_arrays_are_read() {
    let folder = Folder::new("json");
    let path = folder.file(
        "t.jsonl",
        "{\"a\": 1, \"b\": \"x\"}\nnot json\n{\"b\": \"y\", \"a\": 2.5, \"c\": null}\n",
    );
    let (table, issues) = read(&path);
    assert_eq!(cells(&table)[1][..2], ["2.5", "y"]);
    assert!(issue(&issues, "lines_left_out").message.contains("line 2"));
    let array = folder.file("t.json", "[{\"a\": 1}, {\"a\": 2}]");
    assert_eq!(cells(&read(&array).0), [["1"], ["2"]]);
}
