//! Files that are no tables.

use super::*;

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
