//! Formats whose columns have types.

use super::*;

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
