//! Delimited text: how it is written.

use super::*;

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
