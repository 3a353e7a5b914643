//! Delimited text: whole files, and what their beginning does not show.

use super::*;

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

/// Large enough for several pieces on several threads, with row ends and quotes inside values.
#[test]
fn both_ways_of_reading_agree_on_large_files() {
    let words = [
        "plain",
        "",
        "\"two\nlines\"",
        "\"a \"\"word\"\"\"",
        "\"x,y\"",
        "ä",
        "NA",
    ];
    let mut random = Random::new(7);
    let mut text = "n,share,day,moment,word,sure\n".to_owned();
    for row in 0..90_000 {
        let (word, day) = (words[random.below(words.len())], 1 + random.below(28));
        let share = match random.below(9) {
            0 => String::new(),
            1 => "NA".to_owned(),
            2 => format!("{}", random.next_f64() * 1e-9),
            _ => format!("{:.2}", random.next_f64() * 1e4 - 5e3),
        };
        let sure = if random.below(2) == 0 { "yes" } else { "no" };
        // Quotes only in the second half: the first is cut in the quicker way.
        let word = if row < 45_000 { "plain" } else { word };
        text.push_str(&format!(
            "{row},{share},2025-02-{day:02},2025-02-{day:02} 05:{:02}:00,{word},{sure}\r\n",
            row % 60
        ));
    }
    let wide: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let folder = Folder::new("both-ways-large");
    let (plain, issues) = read(&folder.file("plain.csv", &text));
    assert_eq!(issues, []);
    let expected = ["i64", "f64", "date", "datetime[μs]", "str", "bool"];
    assert_eq!(types(&plain), expected);
    assert_eq!(plain.rows(), 90_000);
    let (wide, _) = read(&folder.file("wide.csv", wide));
    assert_eq!(plain.schema(), wide.schema());
    assert!(plain.frame().equals_missing(wide.frame()));
    // Against the text itself, wherever a piece may have ended.
    let numbers = plain.frame().column("n").unwrap().i64().unwrap().clone();
    let in_order = numbers.iter().enumerate();
    assert!(in_order.into_iter().all(|(row, n)| n == Some(row as i64)));
    let quoted = text.matches("two\nlines").count();
    let words = plain.frame().column("word").unwrap().str().unwrap().clone();
    let read_back = words.iter().flatten().filter(|word| *word == "two\nlines");
    assert_eq!(read_back.count(), quoted);
}

#[test]
fn a_misfit_in_the_last_row_of_a_large_file_is_counted_and_named() {
    let mut text = long_file(|_| None);
    text.push_str("cancelled,last\n");
    let folder = Folder::new("last");
    let (table, issues) = read(&folder.file("t.csv", text));
    assert_eq!((types(&table)[0], table.rows()), ("i64", 300_001));
    assert_eq!(table.frame().column("n").unwrap().null_count(), 1);
    let said = &issue(&issues, "values_not_read").message;
    assert!(said.contains("“cancelled” in row 300,001"), "{said}");
    // A time of day in the last row makes all of them moments.
    let mut text = "day\n".to_owned();
    text.push_str(&"2025-02-01\n".repeat(200_000));
    text.push_str("2025-02-01 06:30:00\n");
    let (table, _) = read(&folder.file("d.csv", text));
    assert_eq!(types(&table), ["datetime[μs]"]);
    let last = &page(&table, None, 200_000, 1, &[0]).rows[0][0];
    assert_eq!(last.text, "2025-02-01 06:30:00");
}

#[test]
fn a_rest_that_is_not_regular_costs_no_rows() {
    // The first rows are read on several threads before the odd one shows.
    let folder = Folder::new("late-odd");
    for (odd, rows) in [
        ("1,\"open\n", 300_001),
        ("1,a\"b\n", 300_001),
        ("\n", 300_000),
        ("1,2,3\n", 300_001),
    ] {
        let text = format!("{}{odd}", long_file(|_| None));
        let (table, issues) = read(&folder.file("t.csv", text));
        assert_eq!((table.rows(), types(&table)[0]), (rows, "i64"), "{odd:?}");
        let silent = odd.contains("a\"b") || odd == "\n";
        assert_eq!(issues.is_empty(), silent, "{odd:?}: {issues:?}");
    }
}
