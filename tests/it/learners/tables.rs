//! Tables become numbers.

use super::*;

fn table_of(columns: Vec<Column>) -> Table {
    let rows = columns.first().map_or(0, Column::len);
    let frame = DataFrame::new(rows, columns).unwrap_or_else(|e| panic!("{e}"));
    Table::from_frame(frame, benchtop::base::Fingerprint::of(&[b"test"]))
}

fn column<T, P: ?Sized>(name: &str, values: T) -> Column
where
    Series: NamedFrom<T, P>,
{
    Series::new(name.into(), values).into()
}

fn read(table: &Table, names: &[&str]) -> RawFrame {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    must(RawFrame::from_table(table, &names, &TaskContext::new()))
}

fn numbers_in(frame: &RawFrame, name: &str) -> Vec<f32> {
    match frame.column(name).map(|column| &column.data) {
        Some(RawData::Number(values)) => values.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn tables_become_numbers() {
    let days = column("day", [0_i32, 19_000])
        .cast(&DataType::Date)
        .unwrap_or_else(|e| panic!("{e}"));
    let when = column("when", [43_200_000_i64, 86_400_000])
        .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))
        .unwrap_or_else(|e| panic!("{e}"));
    let table = table_of(vec![
        column("whole", [Some(3_i64), None]),
        column("real", [0.1_f64, f64::INFINITY]),
        column("large", [1e39_f64, -2.5]),
        column("yes", [Some(true), Some(false)]),
        days,
        when,
        column("text", [Some("b"), Some("")]),
        column("nothing", [None::<f64>, None]),
    ]);
    let names = [
        "whole", "real", "large", "yes", "day", "when", "text", "nothing",
    ];
    let frame = read(&table, &names);
    assert_eq!(frame.rows(), 2);
    let bits = |name: &str| {
        numbers_in(&frame, name)
            .into_iter()
            .map(|v| (!v.is_nan()).then_some(v))
            .collect::<Vec<_>>()
    };
    assert_eq!(bits("whole"), [Some(3.0), None]);
    assert_eq!(bits("real"), [Some(0.1_f32), None]);
    assert_eq!(bits("large"), [None, Some(-2.5)]);
    assert_eq!(bits("yes"), [Some(1.0), Some(0.0)]);
    assert_eq!(bits("day"), [Some(0.0), Some(19_000.0)]);
    assert_eq!(bits("when"), [Some(0.5), Some(1.0)]);
    assert_eq!(bits("nothing"), [None, None]);
    assert_eq!(
        frame.column("text").map(|column| column.data.clone()),
        Some(RawData::Text {
            codes: vec![0, BLANK],
            names: vec!["b".to_owned()]
        })
    );
    let error = RawFrame::from_table(&table, &["nowhere".to_owned()], &TaskContext::new());
    assert_eq!(
        error.err().map(|e| e.code),
        Some("missing_column".to_owned())
    );
    assert_eq!(numbers_in(&frame.take(&[1, 0]), "day"), [19_000.0, 0.0]);
}

#[test]
fn a_frame_reads_what_polars_computed() {
    let table = table_of(vec![column("a", [1.0_f64, 2.0])]);
    let doubled = table
        .frame()
        .clone()
        .lazy()
        .with_column(col("a") * polars::prelude::lit(2.0))
        .collect();
    let table = Table::from_frame(
        doubled.unwrap_or_else(|e| panic!("{e}")),
        table.fingerprint(),
    );
    assert_eq!(numbers_in(&read(&table, &["a"]), "a"), [2.0, 4.0]);
}
