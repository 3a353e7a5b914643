//! The sample tables are what their catalog and their README say they are.

use std::collections::BTreeSet;
use std::fs;

use benchtop::base::{Params, TaskContext};
use benchtop::data::{ColumnKind, Table};
use benchtop::formats;
use serde::Deserialize;

use crate::support::project_file;

/// Every table stays below this, so that a clone stays quick and the program small.
const MOST_BYTES: u64 = 1_000_000;
const MOST_BYTES_TOGETHER: u64 = 5_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    file: String,
    name: String,
    rows: usize,
    columns: usize,
    lesson: String,
    target: Option<String>,
    licence: String,
    source: String,
    thumbnail: Thumbnail,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Thumbnail {
    Scatter {
        x: Vec<f64>,
        y: Vec<f64>,
        #[serde(default)]
        group: Vec<usize>,
    },
    Bars {
        labels: Vec<String>,
        values: Vec<f64>,
    },
    Share {
        labels: Vec<String>,
        values: Vec<f64>,
    },
    Histogram {
        values: Vec<f64>,
    },
    Line {
        values: Vec<f64>,
    },
}

fn catalog() -> Vec<Sample> {
    let text = fs::read_to_string(project_file("sample-data/catalog.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Reads a sample as the welcome screen does: with the settings its preview finds.
fn read(file: &str) -> Table {
    let path = project_file("sample-data").join(file);
    let preview = formats::preview(&path, None, &Params::default()).unwrap();
    let format = Some(preview.format);
    let (table, _) = formats::read(&path, format, &preview.params, &TaskContext::new()).unwrap();
    table
}

fn is_table(name: &str) -> bool {
    [".csv", ".tsv", ".parquet", ".ndjson", ".arrow"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

#[test]
fn the_catalog_lists_exactly_the_table_files() {
    let listed: Vec<String> = catalog().into_iter().map(|sample| sample.file).collect();
    let distinct: BTreeSet<String> = listed.iter().cloned().collect();
    let present: BTreeSet<String> = fs::read_dir(project_file("sample-data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| is_table(name))
        .collect();
    assert_eq!(listed.len(), distinct.len(), "a file is listed twice");
    assert_eq!(distinct, present);
    assert!(present.len() >= 8);
}

#[test]
fn files_are_small() {
    let mut together = 0;
    for sample in catalog() {
        let bytes = fs::metadata(project_file("sample-data").join(&sample.file))
            .unwrap()
            .len();
        assert!(bytes < MOST_BYTES, "{} has {bytes} bytes", sample.file);
        together += bytes;
    }
    assert!(together < MOST_BYTES_TOGETHER, "{together} bytes in all");
}

#[test]
fn tables_have_the_size_and_the_target_the_catalog_says() {
    for sample in catalog() {
        let table = read(&sample.file);
        assert_eq!(
            (table.rows(), table.width()),
            (sample.rows, sample.columns),
            "{} (rows, columns)",
            sample.file
        );
        if let Some(target) = &sample.target {
            assert!(
                table.schema().get(target).is_some(),
                "{}: no column {target}",
                sample.file
            );
        }
    }
}

#[test]
fn every_table_has_a_licence_in_catalog_and_readme() {
    let readme = fs::read_to_string(project_file("sample-data/README.md")).unwrap();
    for sample in catalog() {
        for words in [
            &sample.name,
            &sample.lesson,
            &sample.licence,
            &sample.source,
        ] {
            assert!(!words.trim().is_empty(), "{}: an empty entry", sample.file);
        }
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| `{}`", sample.file)))
            .unwrap_or_else(|| panic!("{} is not in the table of the README", sample.file));
        assert!(row.contains(&sample.licence), "{row}");
        assert!(row.contains(&sample.lesson), "{row}");
        let section = readme
            .split("\n### ")
            .find(|section| section.lines().next() == Some(sample.file.as_str()))
            .unwrap_or_else(|| panic!("{} has no section in the README", sample.file));
        for heading in ["**What**", "**Origin**", "**Licence**", "**Lesson**"] {
            assert!(section.contains(heading), "{}: no {heading}", sample.file);
        }
        let licence = sample.licence.split(" (").next().unwrap().to_lowercase();
        assert!(
            section.to_lowercase().contains(&licence),
            "{}: {licence}",
            sample.file
        );
    }
}

#[test]
fn thumbnails_can_be_drawn() {
    for Sample {
        file, thumbnail, ..
    } in catalog()
    {
        let within = |values: &[f64]| values.iter().all(|value| (0.0..=1.0).contains(value));
        match thumbnail {
            Thumbnail::Scatter { x, y, group } => {
                assert!(x.len() >= 20 && x.len() == y.len(), "{file}");
                assert!(group.is_empty() || group.len() == x.len(), "{file}");
                assert!(
                    group.iter().all(|&group| group < 6),
                    "{file}: more groups than colours"
                );
                assert!(within(&x) && within(&y), "{file}");
            }
            Thumbnail::Bars { labels, values } | Thumbnail::Share { labels, values } => {
                assert!(values.len() >= 2 && labels.len() == values.len(), "{file}");
                assert!(values.iter().all(|&value| value > 0.0), "{file}");
            }
            Thumbnail::Histogram { values } => {
                assert!(
                    values.len() >= 8 && values.iter().all(|&value| value >= 0.0),
                    "{file}"
                );
            }
            Thumbnail::Line { values } => assert!(values.len() >= 20 && within(&values), "{file}"),
        }
    }
}

#[test]
fn penguins_have_the_kinds_and_blanks_the_lesson_needs() {
    let table = read("penguins.csv");
    let blanks = |name: &str| table.frame().column(name).unwrap().null_count();
    assert_eq!(blanks("sex"), 11);
    assert_eq!(blanks("bill_length_mm"), 2);
    assert_eq!(blanks("species"), 0);
    assert_eq!(
        table.schema().get("species").unwrap().kind,
        ColumnKind::Category
    );
    assert_eq!(
        table.schema().get("body_mass_g").unwrap().kind,
        ColumnKind::Number
    );
}

#[test]
fn the_messy_survey_is_as_messy_as_it_says() {
    let bytes = fs::read(project_file("sample-data/messy-survey.csv")).unwrap();
    assert_eq!(
        bytes.get(..3),
        Some([0xEF, 0xBB, 0xBF].as_slice()),
        "no byte order mark"
    );
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\r\n"));

    let table = read("messy-survey.csv");
    let names = table.schema().names();
    assert_eq!(
        names.first().map(String::as_str),
        Some("respondent"),
        "the mark is part of a name"
    );
    let city = table.frame().column("city").unwrap();
    let cities: BTreeSet<String> = city
        .as_materialized_series()
        .iter()
        .map(|value| value.to_string().trim_matches('"').to_owned())
        .collect();
    for spelling in ["Zürich", "Zurich"] {
        assert!(
            cities.contains(spelling),
            "{spelling} is not among {cities:?}"
        );
    }
    let respondents = table
        .frame()
        .column("respondent")
        .unwrap()
        .as_materialized_series()
        .n_unique();
    assert_eq!(
        table.rows() - respondents.unwrap(),
        41,
        "rows that are there twice"
    );
}

#[test]
fn bike_hire_has_its_leak() {
    let table = read("bike-hire.csv");
    let numbers = |name: &str| -> Vec<i64> {
        let column = table.frame().column(name).unwrap().as_materialized_series();
        column
            .iter()
            .map(|value| value.to_string().parse().unwrap())
            .collect()
    };
    let parts = numbers("casual").into_iter().zip(numbers("registered"));
    let sums: Vec<i64> = parts
        .map(|(casual, registered)| casual + registered)
        .collect();
    assert_eq!(sums, numbers("hires"));
}
