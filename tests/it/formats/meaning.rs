//! Delimited text: what it means.

use super::*;

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

/// Numbers a person calls blanks are blanks, all of them, although they could be read.
#[test]
fn numbers_can_stand_for_blanks() {
    let folder = Folder::new("marked");
    let path = folder.file("t.csv", "n,x\n1,2.5\n-999,-999\n-998,1\n4,-998.0\n-999,3\n");
    let (table, issues) = read_with(
        &path,
        &Params::new().with("blank_markers", "-999, -998, -998.0"),
    );
    assert_eq!(issues, []);
    assert_eq!(types(&table), ["i64", "f64"]);
    assert_eq!(column(&table, "n"), ["1", "·", "·", "4", "·"]);
    assert_eq!(table.frame().column("x").unwrap().null_count(), 2);
}

/// The quick way to read a number gives the very digits of the exact one.
#[test]
fn quick_numbers_are_exact() {
    use benchtop::formats::delimited::values::{plain_number, plain_whole_number};
    let mut random = Random::new(3);
    let (mut numbers, mut wholes) = (0, 0);
    for _ in 0..200_000 {
        let digits: String = (0..1 + random.below(17))
            .map(|_| char::from(b'0' + random.below(10) as u8))
            .collect();
        let mark = random.below(digits.len() + 4);
        let sign = if random.below(3) == 0 { "-" } else { "" };
        let text = match digits.split_at_checked(mark) {
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
            None => format!("{sign}{digits}"),
        };
        if let Some(value) = plain_number(text.as_bytes(), b'.') {
            let exact: f64 = text.parse().unwrap();
            assert_eq!(value.to_bits(), exact.to_bits(), "{text}");
            numbers += 1;
        }
        if let Some(value) = plain_whole_number(text.as_bytes()) {
            assert_eq!(value, text.parse::<i64>().unwrap(), "{text}");
            wholes += 1;
        }
    }
    assert!(numbers > 100_000 && wholes > 10_000, "{numbers} {wholes}");
    for other in [
        "", "-", "+1", "007", "1.", ".5", "1e5", "1,5", "inf", "1.2.3", "--1",
    ] {
        assert_eq!(plain_number(other.as_bytes(), b'.'), None, "{other}");
        assert_eq!(plain_whole_number(other.as_bytes()), None, "{other}");
    }
}
