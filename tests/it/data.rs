//! Tables: pages, orders, searches, profiles and differences.

use benchtop::base::{Fingerprint, Params, RowSet, TaskContext};
use benchtop::data::difference::{DiffCell, DiffRows, diff_columns, diff_page, diff_row_count};
use benchtop::data::find::{Match, find};
use benchtop::data::order::{filter_order, sort_order};
use benchtop::data::page::{cell_text, page};
use benchtop::data::{Cell, ColumnKind, ColumnProfile, ROW_ID, Table, difference, profile_column};
use benchtop::formats::read_text;
use polars::prelude::*;

fn table(frame: DataFrame) -> Table {
    Table::from_frame(frame, Fingerprint::of(&[b"test"]))
}

fn from_csv(text: &str) -> Table {
    match read_text(text, "pasted", &Params::new(), &TaskContext::new()) {
        Ok((table, _)) => table,
        Err(error) => panic!("{}", error.report()),
    }
}

fn profile(table: &Table, name: &str) -> ColumnProfile {
    let column = table.schema().index_of(name).expect("the column");
    profile_column(table, column, &TaskContext::new()).expect("a profile")
}

fn text(value: &str) -> Cell {
    Cell {
        text: value.to_owned(),
        blank: false,
    }
}

fn blank() -> Cell {
    Cell {
        text: String::new(),
        blank: true,
    }
}

/// One column of every kind, with blanks.
fn all_kinds() -> Table {
    let days = Series::new("day".into(), [Some(0i32), None, Some(20_000)])
        .cast(&DataType::Date)
        .unwrap();
    let moments = Series::new("moment".into(), [Some(1_500_000i64), None, Some(-1)])
        .cast(&DataType::Datetime(TimeUnit::Microseconds, None))
        .unwrap();
    let mut frame = df!(
        "whole" => [Some(-1234567i64), None, Some(7)],
        "number" => [Some(0.1 + 0.2), Some(f64::NAN), Some(-39.25)],
        "single" => [Some(39.1f32), None, Some(2.0)],
        "yes" => [Some(true), None, Some(false)],
        "text" => [Some("Ünïcode"), None, Some("")],
    )
    .unwrap();
    frame.with_column(days.into()).unwrap();
    frame.with_column(moments.into()).unwrap();
    table(frame)
}

#[test]
fn cells_are_shown_as_a_person_reads_them() {
    let table = all_kinds();
    let columns: Vec<usize> = (0..table.width()).collect();
    let page = page(&table, None, 0, 10, &columns);
    assert_eq!(page.row_ids, [0, 1, 2]);
    assert_eq!(
        page.rows[0],
        [
            text("−1234567"),
            text("0.3"),
            text("39.1"),
            text("yes"),
            text("Ünïcode"),
            text("1970-01-01"),
            text("1970-01-01 00:00:01.5"),
        ]
    );
    assert!(
        page.rows[1].iter().all(|cell| *cell == blank()),
        "{:?}",
        page.rows[1]
    );
    assert_eq!(
        page.rows[2],
        [
            text("7"),
            text("−39.25"),
            text("2"),
            text("no"),
            text(""),
            text("2024-10-04"),
            text("1969-12-31 23:59:59.999999"),
        ]
    );
}

#[test]
fn small_and_large_numbers_keep_their_size() {
    let table = table(
        df!("x" => [1e-7, 1.234567891e-9, 2.5e20, 1e15, 123456.7891234, f64::INFINITY]).unwrap(),
    );
    let shown: Vec<String> = (0..6).map(|row| cell_text(&table, 0, row).text).collect();
    assert_eq!(
        shown,
        ["1e−7", "1.23457e−9", "2.5e20", "1e15", "123456.789123", "∞"]
    );
}

#[test]
fn pages_follow_the_reading_order_and_end_with_it() {
    let table = from_csv("a\n10\n20\n30\n40\n");
    let page_of = |first, count| page(&table, Some(&[3, 1, 0]), first, count, &[0]);
    assert_eq!(page_of(1, 5).positions, [1, 0]);
    assert_eq!(page_of(1, 5).rows, [[text("20")], [text("10")]]);
    assert!(page_of(9, 5).rows.is_empty());
    let long = Table::from_frame(
        df!("t" => ["ä".repeat(300)]).unwrap(),
        Fingerprint::default(),
    );
    assert_eq!(
        page(&long, None, 0, 1, &[0]).rows[0][0]
            .text
            .chars()
            .count(),
        200
    );
    assert_eq!(cell_text(&long, 0, 0).text.chars().count(), 300);
}

fn sorted(table: &Table, column: &str, descending: bool) -> Vec<u32> {
    let column = table.schema().index_of(column).expect("the column");
    sort_order(table, column, descending, &TaskContext::new()).expect("an order")
}

#[test]
fn sorting_is_stable_and_puts_blanks_last_both_ways() {
    let table = table(
        df!(
            "n" => [Some(2.0), None, Some(-1.0), Some(f64::NAN), Some(2.0), Some(-0.0), Some(0.0)],
            "w" => [Some(300i64), Some(-5), None, Some(300), Some(0), Some(-5), Some(9)],
            "t" => [Some("b"), Some("a"), None, Some("B"), Some("ä"), Some("a"), Some("")],
            "y" => [Some(true), None, Some(false), Some(true), Some(false), None, Some(true)],
        )
        .unwrap(),
    );
    assert_eq!(sorted(&table, "n", false), [2, 5, 6, 0, 4, 1, 3]);
    assert_eq!(sorted(&table, "n", true), [0, 4, 5, 6, 2, 1, 3]);
    assert_eq!(sorted(&table, "w", false), [1, 5, 4, 6, 0, 3, 2]);
    assert_eq!(sorted(&table, "w", true), [0, 3, 6, 4, 1, 5, 2]);
    assert_eq!(sorted(&table, "t", false), [6, 3, 1, 5, 0, 4, 2]);
    assert_eq!(sorted(&table, "t", true), [4, 0, 1, 5, 3, 6, 2]);
    assert_eq!(sorted(&table, "y", true), [0, 3, 6, 2, 4, 1, 5]);
}

#[test]
fn long_columns_sort_like_short_ones() {
    let count = 50_000i64;
    let numbers: Vec<i64> = (0..count).map(|i| (i * 7_919) % 10_007 - 5_000).collect();
    let texts: Vec<String> = (0..count)
        .map(|i| format!("{:x}", (i * 7_919) % 100_003))
        .collect();
    let table = table(df!("n" => &numbers, "t" => &texts).unwrap());
    let mut expected: Vec<u32> = (0..count as u32).collect();
    expected.sort_by_key(|&row| numbers[row as usize]);
    assert_eq!(sorted(&table, "n", false), expected);
    expected.sort_by(|&a, &b| texts[b as usize].cmp(&texts[a as usize]).then(a.cmp(&b)));
    assert_eq!(sorted(&table, "t", true), expected);
}

#[test]
fn a_cancelled_sort_stops() {
    let task = TaskContext::new();
    task.cancel();
    let error = sort_order(&from_csv("a\n1\n2\n"), 0, false, &task).expect_err("stopped");
    assert!(error.is_cancelled());
}

#[test]
fn filtering_an_order_keeps_it() {
    let table = from_csv("a\n10\n20\n30\n40\n")
        .take(&[3, 2, 0])
        .expect("rows");
    let rows = RowSet::from_rows(4, [0, 3]);
    assert_eq!(filter_order(None, &table, &rows), [0, 2]);
    assert_eq!(filter_order(Some(&[2, 1, 0]), &table, &rows), [2, 0]);
}

#[test]
fn finding_follows_the_reading_order_in_all_kinds_of_columns() {
    let table = from_csv("name,n,day\nAda,-1.5,2025-10-28\nBÄR,15,2024-01-01\nada,3,2025-01-15\n");
    let search = |needle: &str, order: Option<&[u32]>, limit| {
        find(
            &table,
            &[0, 1, 2],
            needle,
            order,
            limit,
            &TaskContext::new(),
        )
        .expect("matches")
    };
    let at = |position, column| Match { position, column };
    assert_eq!(search("ADA", None, 9), [at(0, 0), at(2, 0)]);
    assert_eq!(search("ada", Some(&[2, 1, 0]), 9), [at(2, 0), at(0, 0)]);
    assert_eq!(search("bär", None, 9), [at(1, 0)]);
    assert_eq!(search("15", None, 9), [at(1, 1), at(2, 2)]);
    assert_eq!(search("-1.5", None, 9), [at(0, 1)]);
    assert_eq!(search("−1.5", None, 9), [at(0, 1)]);
    assert_eq!(search("2025", None, 1), [at(0, 2)]);
    assert_eq!(search("", None, 9), []);
    assert_eq!(search("ada", Some(&[1]), 9), []);
}

// ---- profile ----------------------------------------------------------------------------------

#[test]
fn figures_match_those_computed_by_hand() {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squares 9+1+1+1+0+0+4+16 = 32, cubes −27−1−1−1+8+64 = 42.
    let table = table(df!("x" => [Some(9.0), Some(4.0), None, Some(2.0), Some(5.0), Some(4.0), Some(5.0), Some(f64::NAN), Some(7.0), Some(4.0)]).unwrap());
    let profile = profile(&table, "x");
    assert_eq!((profile.rows, profile.blanks, profile.distinct), (10, 2, 5));
    let number = profile.number.expect("figures");
    assert_eq!(
        (number.min, number.max, number.mean, number.median),
        (2.0, 9.0, 5.0, 4.5)
    );
    assert_eq!((number.lower_quartile, number.upper_quartile), (4.0, 5.5));
    assert!((number.standard_deviation - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
    assert!((number.skewness - 42.0 / 8.0 / 8.0).abs() < 1e-12);
    // Whole numbers 2 to 9: one bar each, the empty ones too.
    let counts: Vec<u64> = profile.histogram.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [1, 0, 3, 2, 0, 1, 0, 1]);
    assert_eq!(
        (profile.histogram[0].lower, profile.histogram[7].upper),
        (1.5, 9.5)
    );
    assert_eq!(profile.top[0].value, "4");
    assert_eq!(profile.top[0].count, 3);
    assert_eq!(profile.top[1].value, "5");
    assert!(!profile.constant);
}

#[test]
fn histograms_count_every_value_between_their_bounds() {
    let values: Vec<f64> = (0..5_000)
        .map(|i| ((i * 37) % 1_000) as f64 / 7.0)
        .collect();
    let whole: Vec<i64> = (0..5_000).map(|i| (i * i) % 90_001).collect();
    let table = table(df!("x" => values, "w" => whole).unwrap());
    for name in ["x", "w"] {
        let profile = profile(&table, name);
        assert!(
            (10..=60).contains(&profile.histogram.len()),
            "{} bars",
            profile.histogram.len()
        );
        assert_eq!(
            profile.histogram.iter().map(|bin| bin.count).sum::<u64>(),
            5_000
        );
        let number = profile.number.expect("figures");
        assert!(profile.histogram[0].lower <= number.min);
        assert!(profile.histogram.last().unwrap().upper >= number.max);
        assert!(
            profile
                .histogram
                .windows(2)
                .all(|pair| (pair[0].upper - pair[1].lower).abs() < 1e-6)
        );
    }
}

#[test]
fn grids_and_sorting_give_the_same_profile() {
    // The same values, once on a grid and once pushed off it by one value far away.
    let near: Vec<i64> = (0..3_000).map(|i| (i * i) % 1_009).collect();
    let far: Vec<i64> = near.iter().copied().chain([i64::MAX / 2, -1]).collect();
    let (near, far) = (
        profile(&table(df!("x" => near).unwrap()), "x"),
        profile(&table(df!("x" => far).unwrap()), "x"),
    );
    assert_eq!(far.distinct, near.distinct + 2);
    assert_eq!(far.number.unwrap().median, near.number.unwrap().median);
}

#[test]
fn frequent_values_come_first_and_ties_in_order() {
    let words = ["pear", "fig", "apple", "fig", "apple", "kiwi"];
    let profile = profile(&table(df!("fruit" => words).unwrap()), "fruit");
    let top: Vec<(&str, u64)> = profile
        .top
        .iter()
        .map(|top| (top.value.as_str(), top.count))
        .collect();
    assert_eq!(top, [("apple", 2), ("fig", 2), ("kiwi", 1), ("pear", 1)]);
    assert_eq!(profile.kind, ColumnKind::Category);
    assert!(profile.number.is_none() && profile.histogram.is_empty());
    let many: Vec<String> = (0..1_000).map(|i| format!("v{:03}", i % 100)).collect();
    assert_eq!(
        self::profile(&table(df!("v" => many).unwrap()), "v")
            .top
            .len(),
        20
    );
}

#[test]
fn times_have_a_range_and_a_histogram_in_seconds() {
    let table = from_csv("t\n2025-01-02\n2025-01-01\n\n2025-01-04\n2025-01-01\n");
    let profile = profile(&table, "t");
    assert_eq!(profile.kind, ColumnKind::Time);
    assert_eq!(profile.earliest.as_deref(), Some("2025-01-01"));
    assert_eq!(profile.latest.as_deref(), Some("2025-01-04"));
    assert_eq!((profile.blanks, profile.distinct), (1, 3));
    let counts: Vec<u64> = profile.histogram.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [2, 1, 0, 1]);
    // Noon before the first day: bars are centred on their values.
    assert_eq!(profile.histogram[0].lower, 1_735_689_600.0 - 43_200.0);
    assert!(profile.number.is_none());
}

#[test]
fn blank_and_constant_columns_have_profiles() {
    let table = table(
        df!("none" => [None::<f64>, None], "same" => [Some(3i64), Some(3)], "no" => [false, false])
            .unwrap(),
    );
    let none = profile(&table, "none");
    assert_eq!((none.blanks, none.distinct, none.constant), (2, 0, false));
    assert!(none.number.is_none() && none.histogram.is_empty() && none.top.is_empty());
    let same = profile(&table, "same");
    assert!(same.constant);
    assert_eq!(same.number.as_ref().unwrap().standard_deviation, 0.0);
    assert_eq!(same.histogram.len(), 1);
    assert_eq!(profile(&table, "no").top[0].value, "no");
    let empty = table.take(&[]).expect("no rows");
    assert_eq!(profile(&empty, "same").distinct, 0);
}

#[test]
fn name_tags_are_told_from_measurements() {
    let rows = 500usize;
    let random = |i: usize| (i * 7_919) % 100_003;
    let table = table(
        df!(
            "customer_id" => (0..rows).map(|i| random(i) as i64).collect::<Vec<_>>(),
            "code" => (0..rows).map(|i| format!("c{}", random(i))).collect::<Vec<_>>(),
            "nr" => (0..rows).map(|i| i as i64 * 3).collect::<Vec<_>>(),
            "weight" => (0..rows).map(|i| random(i) as f64 / 7.0).collect::<Vec<_>>(),
            "age" => (0..rows).map(|i| (i % 80) as i64).collect::<Vec<_>>(),
            "year" => (0..rows).map(|i| 1500 + i as i64).collect::<Vec<_>>(),
        )
        .unwrap(),
    );
    let tag = |name: &str| profile(&table, name).name_tag;
    assert!(tag("customer_id").is_some_and(|reason| reason.contains("id")));
    assert_eq!(tag("code").as_deref(), Some("It is different on every row"));
    assert!(tag("nr").is_some_and(|reason| reason.contains("goes up")));
    assert_eq!(tag("weight"), None);
    assert_eq!(tag("age"), None);
    // Few rows say nothing.
    let few = table.take(&[0, 1, 2, 3, 4]).expect("rows");
    assert_eq!(profile(&few, "code").name_tag, None);
    // A date different on every row is a date.
    let dates: Vec<i32> = (0..rows as i32).collect();
    let days = Series::new("day_id".into(), dates)
        .cast(&DataType::Date)
        .unwrap();
    let dated = self::table(DataFrame::new(rows, vec![days.into()]).unwrap());
    assert_eq!(profile(&dated, "day_id").name_tag, None);
}

#[test]
fn large_unsigned_numbers_are_not_mixed_up() {
    let table = table(df!("x" => [u64::MAX, u64::MAX - 1, 0, 0]).unwrap());
    let profile = profile(&table, "x");
    assert_eq!(profile.distinct, 3);
    assert_eq!(profile.top[0].value, "0");
    assert_eq!(profile.top[2].value, u64::MAX.to_string());
    assert_eq!(sorted(&table, "x", true), [0, 1, 2, 3]);
}

// ---- difference -------------------------------------------------------------------------------

/// A table with the rows of a source in another order or number.
fn with_rows(frame: DataFrame, ids: &[u32], source_rows: usize) -> Table {
    let mut frame = frame;
    frame
        .with_column(Series::new(ROW_ID.into(), ids).into())
        .unwrap();
    Table::from_frame_with_rows(frame, source_rows, Fingerprint::default()).expect("a table")
}

fn compare(before: &Table, after: &Table) -> benchtop::data::Difference {
    difference(before, after, &TaskContext::new()).expect("a difference")
}

#[test]
fn equal_tables_do_not_differ() {
    let before = all_kinds();
    let found = compare(&before, &before.clone());
    assert!(found.is_empty(), "{found:?}");
    // Equal values in other memory, and a blank of the other sort, are equal too.
    let copy = all_kinds();
    assert!(compare(&before, &copy).is_empty());
}

#[test]
fn cells_rows_and_columns_that_changed_are_counted() {
    let before = table(
        df!(
            "id" => [1i64, 2, 3, 4],
            "x" => [Some(1.0), None, Some(3.0), Some(4.0)],
            "t" => ["a", "b", "c", "d"],
            "gone" => [1i64, 1, 1, 1],
        )
        .unwrap(),
    );
    let after = with_rows(
        df!(
            "id" => [1i64, 2, 4],
            "x" => [Some(1.0), Some(2.5), Some(4.0)],
            "t" => ["a", "B", "d"],
            "new" => [true, false, true],
            "id2" => [1i64, 1, 2],
        )
        .unwrap(),
        &[0, 1, 3],
        4,
    );
    let found = compare(&before, &after);
    assert_eq!((found.rows_before, found.rows_after), (4, 3));
    assert_eq!(found.removed_rows.iter().collect::<Vec<_>>(), [2]);
    assert_eq!(found.changed_rows.iter().collect::<Vec<_>>(), [1]);
    assert_eq!(found.columns_added, ["new", "id2"]);
    assert_eq!(found.columns_removed, ["gone"]);
    assert_eq!(
        found.cells_changed,
        [
            ("id".to_owned(), 0),
            ("x".to_owned(), 1),
            ("t".to_owned(), 1)
        ]
    );
    assert_eq!(found.cells_changed_in_all(), 2);
    assert!(!found.reordered && !found.is_empty());

    let columns = diff_columns(&before, &after, &found);
    assert_eq!(columns, ["id", "x", "t", "gone", "new", "id2"]);
    assert_eq!(diff_row_count(&found, DiffRows::All), 4);
    let rows = diff_page(&before, &after, &found, DiffRows::Changed, 0, 9, &columns);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows[0].cells,
        [
            DiffCell::Same(text("2")),
            DiffCell::Changed {
                before: blank(),
                after: text("2.5")
            },
            DiffCell::Changed {
                before: text("b"),
                after: text("B")
            },
            DiffCell::Removed(text("1")),
            DiffCell::Added(text("no")),
            DiffCell::Added(text("1")),
        ]
    );
    let removed = diff_page(&before, &after, &found, DiffRows::Removed, 0, 9, &columns);
    assert_eq!((removed[0].row_id, removed[0].removed), (2, true));
    assert_eq!(removed[0].cells[0], DiffCell::Removed(text("3")));
    let all = diff_page(&before, &after, &found, DiffRows::All, 2, 9, &columns);
    assert_eq!(
        all.iter()
            .map(|row| (row.row_id, row.removed))
            .collect::<Vec<_>>(),
        [(2, true), (3, false)]
    );
}

#[test]
fn renamed_columns_and_new_types_are_no_changed_cells() {
    let before = table(df!("a" => [1i64, 2], "b" => [1i64, 2], "n" => ["1", "2"]).unwrap());
    let after = table(df!("a" => [1.0, 2.0], "c" => [1i64, 2], "n" => [1i64, 2]).unwrap());
    let found = compare(&before, &after);
    assert_eq!(found.columns_renamed, [("b".to_owned(), "c".to_owned())]);
    assert!(found.columns_added.is_empty() && found.columns_removed.is_empty());
    assert_eq!(found.cells_changed_in_all(), 0);
    let page = diff_page(
        &before,
        &after,
        &found,
        DiffRows::All,
        0,
        1,
        &["c".to_owned()],
    );
    assert_eq!(page[0].cells, [DiffCell::Same(text("1"))]);
    // Other content at the same place is another column.
    let other = table(df!("a" => [1.0, 2.0], "c" => [1i64, 9], "n" => [1i64, 2]).unwrap());
    assert!(compare(&before, &other).columns_renamed.is_empty());
}

#[test]
fn another_order_of_rows_is_seen_as_that() {
    let before = table(df!("a" => [10i64, 20, 30]).unwrap());
    let after = before.take(&[2, 0, 1]).expect("rows");
    let found = compare(&before, &after);
    assert!(found.reordered);
    assert_eq!(found.cells_changed_in_all(), 0);
    assert!(found.changed_rows.is_empty() && found.removed_rows.is_empty());
    let back = compare(&after, &before);
    assert!(back.reordered);
    let rows = diff_page(
        &after,
        &before,
        &back,
        DiffRows::All,
        0,
        3,
        &["a".to_owned()],
    );
    assert_eq!(rows[0].cells, [DiffCell::Same(text("30"))]);
    assert_eq!(rows[0].row_id, 2);
}

#[test]
fn months_are_known_by_three_letters_or_more() {
    use benchtop::data::calendar::month_by_name;
    let known = ["Jan", "FEBRUARY", "marc", "may", "Sept", "december"];
    let numbers = known.map(month_by_name);
    assert_eq!(numbers, [1, 2, 3, 5, 9, 12].map(Some));
    for other in ["", "ma", "mayor", "januaryy", "1", "mär", "Sep."] {
        assert_eq!(month_by_name(other), None, "{other}");
    }
}
