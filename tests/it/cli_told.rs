//! The built program, end to end: unusual rows, and findings that are told once.

use serde_json::Value;

use crate::cli::{error, json, names, path, run, sample, text};
use crate::support::temporary_folder;

#[test]
fn unusual_rows_are_listed_with_their_reasons_and_written_with_their_scores() {
    let home = temporary_folder("cli-unusual");
    let penguins = sample("penguins.csv");
    let out = home.join("scored.csv");
    let arguments = ["unusual", &penguins, "--seed", "3", "--top", "5"];
    let told = json(&home, &[&arguments[..], &["--out", &path(&out)]].concat());
    assert_eq!(told["rows_scored"], 344);
    assert_eq!(told["column_added"], "unusualness");
    assert_eq!(names(&told["columns"]).len(), 8);
    let rows = told["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    let score = |row: &Value| row["score"].as_f64().unwrap();
    assert!(
        rows.windows(2)
            .all(|pair| score(&pair[0]) >= score(&pair[1]))
    );
    assert!(rows[0]["reasons"][0]["usual"].is_string(), "{told}");
    // The file holds the score of every row in its place.
    let written = std::fs::read_to_string(&out).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines.len(), 345);
    assert!(lines[0].ends_with(",unusualness"), "{}", lines[0]);
    for row in rows {
        let line = lines[row["row"].as_u64().unwrap() as usize];
        let found: f64 = line.rsplit(',').next().unwrap().parse().unwrap();
        assert!((found - score(row)).abs() < 1e-12, "{line}");
    }
    // The same again, in words.
    let shown = text(&run(&home, &arguments).stdout);
    let first = rows[0]["row"].to_string();
    let list = shown.lines().find(|line| line.trim().starts_with(&first));
    let column = rows[0]["reasons"][0]["column"].as_str().unwrap();
    assert!(list.is_some_and(|line| line.contains(column)), "{shown}");
    assert!(shown.contains("Unusual is not wrong"), "{shown}");
    let some = json(
        &home,
        &["unusual", &penguins, "--columns", "sex, year", "--top", "1"],
    );
    assert_eq!(names(&some["columns"]), ["sex", "year"]);
    let refused = error(&home, &["unusual", &penguins, "--columns", "wings"], 3);
    assert_eq!(refused["code"], "missing_column", "{refused}");
    let one = home.join("one.csv");
    std::fs::write(&one, "a,b\n1,2\n").unwrap();
    let refused = error(&home, &["unusual", &path(&one)], 2);
    assert_eq!(refused["code"], "no_usable_columns", "{refused}");
    let refused = error(&home, &["unusual", &path(&one), "--columns", "a"], 3);
    assert_eq!(refused["code"], "too_few_rows", "{refused}");
    let refused = error(&home, &["unusual", &penguins, "--out", &penguins], 2);
    assert_eq!(refused["code"], "output_is_input", "{refused}");
}

#[test]
fn training_says_everything_once() {
    let home = temporary_folder("cli-once");
    let file = home.join("rare.csv");
    let mut written = "size,kind\n".to_owned();
    for row in 0..120 {
        let kind = match row {
            0 => "odd",
            row if row % 2 == 0 => "even",
            _ => "other",
        };
        written.push_str(&format!("{},{kind}\n", (row * 37) % 101));
    }
    std::fs::write(&file, written).unwrap();
    let file = path(&file);
    let arguments = [
        "train",
        &file,
        "--target",
        "kind",
        "--learner",
        "decision_tree",
    ];
    let output = run(
        &home,
        &[&arguments[..], &["--folds", "3", "--json"]].concat(),
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes = |list: &str| -> Vec<String> {
        let all = told[list].as_array().unwrap().iter();
        all.map(|one| one["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut all = codes("findings");
    assert!(all.contains(&"fewer_folds".to_owned()), "{all:?}");
    // A class of one row is one thing to say.
    all.extend(codes("issues"));
    assert!(!all.contains(&"single_row_class".to_owned()), "{all:?}");
    let mut once = all.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), all.len(), "{all:?}");
    let notes = text(&output.stderr);
    assert_eq!(notes.matches("1 row").count(), 1, "{notes}");
}
