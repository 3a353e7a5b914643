//! Guardrails: planted leaks are caught, clean tables are left in peace, and each one fires where
//! its threshold says and not just below it.

use std::collections::BTreeMap;

use benchtop::base::{Params, Random, Severity, TaskContext};
use benchtop::data::{Table, profile_column};
use benchtop::evaluate::guardrails::{self, Outcome, REGISTRY};
use benchtop::evaluate::{
    Action, Finding, Preflight, RunResult, RunSpec, SplitPlan, compare, cross_validate, preflight,
};
use benchtop::formats;
use benchtop::pipeline::LearningPlan;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::support::{must, project_file, table_of};

// ---- Tables ----------------------------------------------------------------------------------

fn table(columns: Vec<Column>) -> Table {
    let rows = columns.first().map_or(0, Column::len);
    table_of(DataFrame::new(rows, columns).unwrap_or_else(|error| panic!("{error}")))
}

fn numbers(name: &str, values: Vec<f64>) -> Column {
    Series::new(name.into(), values).into()
}

fn texts(name: &str, values: Vec<String>) -> Column {
    Series::new(name.into(), values).into()
}

/// Numbers that lie evenly between 0 and 1 and know nothing of one another.
fn noise(stream: u64, rows: usize) -> Vec<f64> {
    let mut random = Random::stream(7, stream);
    (0..rows).map(|_| random.next_f64()).collect()
}

/// "yes" where a number is above one half.
fn yes_no(values: &[f64]) -> Vec<String> {
    let word = |value: &f64| if *value > 0.5 { "yes" } else { "no" };
    values.iter().map(|value| word(value).to_owned()).collect()
}

fn sample(name: &str) -> Table {
    let task = TaskContext::new();
    let path = project_file(&format!("sample-data/{name}"));
    must(formats::read(&path, None, &Params::new(), &task)).0
}

fn without(table: &Table, columns: &[&str]) -> Table {
    let kept: Vec<Column> = table
        .frame()
        .columns()
        .iter()
        .filter(|column| !columns.contains(&column.name().as_str()))
        .cloned()
        .collect();
    self::table(kept)
}

fn with(table: &Table, column: Column) -> Table {
    let mut columns = table.frame().columns().to_vec();
    columns.push(column);
    self::table(columns)
}

fn column(table: &Table, name: &str) -> Vec<f64> {
    let series = table.frame().column(name).unwrap();
    let series = series.cast(&polars::prelude::DataType::Float64).unwrap();
    let values = series.f64().unwrap();
    values
        .iter()
        .map(|value| value.unwrap_or(f64::NAN))
        .collect()
}

fn looked_at(table: &Table, target: &str) -> Preflight {
    let task = TaskContext::new();
    let profiles: Vec<_> = (0..table.width())
        .map(|column| must(profile_column(table, column, &task)))
        .collect();
    must(preflight(table, target, &profiles, &task))
}

fn find<'a>(found: &'a Preflight, code: &str) -> Option<&'a Finding> {
    found.findings.iter().find(|finding| finding.code == code)
}

fn codes(found: &Preflight) -> Vec<(&'static str, Severity, Vec<String>)> {
    found
        .findings
        .iter()
        .map(|finding| (finding.code, finding.severity, finding.columns.clone()))
        .collect()
}

// ---- The registry ----------------------------------------------------------------------------

#[test]
fn the_registry_is_in_order_and_every_guardrail_says_how_it_looks() {
    let number = |id: &str| id.trim_start_matches('G').parse::<u32>().unwrap();
    for pair in REGISTRY.windows(2) {
        assert!(
            number(pair[0].id()) < number(pair[1].id()),
            "{}",
            pair[1].id()
        );
    }
    let ids: Vec<&str> = REGISTRY.iter().map(|guardrail| guardrail.id()).collect();
    for wanted in [
        1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22, 24,
    ] {
        assert!(ids.contains(&format!("G{wanted}").as_str()), "G{wanted}");
    }
    for guardrail in REGISTRY {
        assert!(!guardrail.name().is_empty());
        assert!(guardrail.checked().ends_with('.'), "{}", guardrail.id());
    }
}

/// A finding is written as the others are: a sentence of what was seen, one of why, and something
/// to do.
fn is_well_formed(finding: &Finding) {
    let guardrail = REGISTRY
        .iter()
        .find(|entry| entry.id() == finding.guardrail);
    assert!(finding.saw.ends_with('.'), "{}", finding.saw);
    assert!(finding.why.ends_with('.'), "{}", finding.why);
    assert!(!finding.advice.ends_with('.'), "{}", finding.advice);
    assert!(!finding.message().contains(['!', '—']), "{}", finding.saw);
    assert_eq!(!finding.checked.is_empty(), guardrail.is_some());
    if guardrail.is_some() {
        assert!(!finding.actions.is_empty(), "{}", finding.code);
    }
    if finding.severity == Severity::Stop {
        let answers = [Action::KnownBefore, Action::Accept];
        assert!(
            finding
                .actions
                .iter()
                .any(|action| answers.contains(action))
        );
    }
}

// ---- Planted leaks ---------------------------------------------------------------------------

/// Leaks, each with the column (or the code) that has to be told.
fn planted() -> Vec<(&'static str, Table, &'static str, &'static str)> {
    let bikes = sample("bike-hire.csv");
    let penguins = sample("penguins.csv");
    let wine = sample("wine.csv");
    let cancer = sample("breast-cancer.csv");
    let rows = 600;
    let (a, b, c) = (noise(1, rows), noise(2, rows), noise(3, rows));
    let signal: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + 0.5 * b).collect();
    let near: Vec<f64> = signal.iter().zip(&c).map(|(y, c)| y + 0.01 * c).collect();
    let churn = yes_no(&noise(4, rows));
    let after: Vec<String> = churn
        .iter()
        .zip(&c)
        .map(|(churn, chance)| match churn.as_str() {
            "yes" if *chance > 0.02 => "moved".to_owned(),
            _ => "none".to_owned(),
        })
        .collect();
    let sorted: Vec<String> = (0..rows)
        .map(|row| if row * 2 < rows { "low" } else { "high" }.to_owned())
        .collect();
    let ids: Vec<String> = (0..rows)
        .map(|row| (10_000 + row * 3).to_string())
        .collect();
    let ids = ids.iter().map(|id| id.parse::<f64>().unwrap()).collect();
    let twice =
        |values: &[f64]| -> Vec<f64> { values.iter().flat_map(|value| [*value, *value]).collect() };
    let plots = 60;
    let per_plot = |stream: u64| -> Vec<f64> {
        let of_plot = noise(stream, plots);
        (0..rows)
            .map(|row| of_plot[row % plots] * 100.0 + 0.1 * c[row])
            .collect()
    };
    let farm: Vec<String> = (0..rows)
        .map(|row| format!("plot {}", row % plots))
        .collect();
    let mass = column(&penguins, "body_mass_g");
    let pounds: Vec<f64> = mass.iter().map(|grams| grams * 0.0022046).collect();
    let cultivar_codes: Vec<String> = wine
        .frame()
        .column("cultivar")
        .unwrap()
        .str()
        .unwrap()
        .iter()
        .map(|name| format!("code {}", name.unwrap_or("")))
        .collect();
    let diagnosis = cancer
        .frame()
        .column("diagnosis")
        .unwrap()
        .str()
        .unwrap()
        .clone();
    let biopsy: Vec<f64> = diagnosis
        .iter()
        .zip(noise(9, cancer.rows()))
        .map(|(name, chance)| f64::from(u8::from(name == Some("malignant"))) + 0.9 * chance)
        .collect();
    let dates: Vec<i32> = (0..rows as i32).map(|day| 18_000 + day).collect();
    let dates = Series::new("sold_on".into(), dates)
        .cast(&polars::prelude::DataType::Date)
        .unwrap();
    vec![
        ("sum of two", bikes, "hires", "casual"),
        (
            "copy with noise",
            table(vec![
                numbers("a", a.clone()),
                numbers("b", b.clone()),
                numbers("near", near),
                numbers("y", signal.clone()),
            ]),
            "y",
            "near",
        ),
        (
            "after the fact",
            table(vec![
                numbers("a", a.clone()),
                numbers("b", b.clone()),
                texts("closed_reason", after),
                texts("churn", churn.clone()),
            ]),
            "churn",
            "closed_reason",
        ),
        (
            "id that predicts",
            table(vec![
                numbers("customer_id", ids),
                numbers("b", b.clone()),
                texts("level", sorted),
            ]),
            "level",
            "customer_id",
        ),
        (
            "duplicate rows",
            table(vec![
                numbers("a", twice(&a)),
                numbers("b", twice(&b)),
                numbers("c", twice(&c)),
                texts("churn", yes_no(&twice(&noise(5, rows)))),
            ]),
            "churn",
            "duplicates",
        ),
        (
            "groups",
            table(vec![
                texts("farm", farm),
                numbers("soil", per_plot(11)),
                numbers("rain", per_plot(12)),
                numbers("height", per_plot(13)),
                texts("ripe", churn.clone()),
            ]),
            "ripe",
            "farm",
        ),
        (
            "other unit",
            with(&penguins, numbers("pounds", pounds)),
            "body_mass_g",
            "pounds",
        ),
        (
            "other words",
            with(&wine, texts("code", cultivar_codes)),
            "cultivar",
            "code",
        ),
        (
            "result of the test",
            with(&cancer, numbers("biopsy", biopsy)),
            "diagnosis",
            "biopsy",
        ),
        (
            "time",
            table(vec![
                dates.into(),
                numbers("a", a),
                numbers("b", b),
                texts("churn", churn),
            ]),
            "churn",
            "time_order",
        ),
    ]
}

#[test]
fn planted_leaks_are_caught_in_ten_of_ten_tables() {
    let mut caught = 0;
    for (name, table, target, wanted) in planted() {
        let found = looked_at(&table, target);
        found.findings.iter().for_each(is_well_formed);
        let told = found.findings.iter().any(|finding| {
            finding.severity >= Severity::Caution
                && (finding.code == wanted || finding.columns.iter().any(|column| column == wanted))
        });
        assert!(told, "{name}: {:?}", codes(&found));
        caught += 1;
    }
    assert_eq!(caught, 10);
}

/// Samples without their known leaks, and what is to be predicted.
fn clean() -> Vec<(&'static str, Table, &'static str)> {
    vec![
        (
            "bikes",
            without(&sample("bike-hire.csv"), &["casual", "registered"]),
            "hires",
        ),
        ("penguins", sample("penguins.csv"), "species"),
        ("sex of penguins", sample("penguins.csv"), "sex"),
        ("wine", sample("wine.csv"), "cultivar"),
        ("cancer", sample("breast-cancer.csv"), "diagnosis"),
        ("digits", sample("digits.parquet"), "digit"),
        ("visits", sample("doctor-visits.csv"), "visits"),
        (
            "flights",
            without(&sample("flights.csv"), &["arr_time", "dep_delay"]),
            "arr_delay",
        ),
        (
            "fuel",
            without(&sample("fuel-economy.csv"), &["highway_mpg"]),
            "city_mpg",
        ),
        ("weather", sample("seattle-weather.csv"), "precipitation"),
        ("survey", sample("messy-survey.csv"), "owns_a_bike"),
        ("co2", sample("co2.csv"), "co2_ppm"),
    ]
}

#[test]
fn clean_tables_raise_at_most_one_caution_about_leaks() {
    // Few rows and rare classes are facts of a table and no leaks.
    let facts = [
        "rare_class",
        "imbalance",
        "few_rows_per_column",
        "fewer_folds",
    ];
    for (name, table, target) in clean() {
        let found = looked_at(&table, target);
        found.findings.iter().for_each(is_well_formed);
        let raised: Vec<&Finding> = found
            .findings
            .iter()
            .filter(|finding| {
                finding.severity >= Severity::Caution && !facts.contains(&finding.code)
            })
            .collect();
        assert!(raised.len() <= 1, "{name}: {:?}", codes(&found));
        let all: Vec<String> = found
            .features
            .iter()
            .map(|feature| feature.name.clone())
            .collect();
        assert!(
            found.stop(&all, &BTreeMap::new()).is_none(),
            "{name}: {:?}",
            codes(&found)
        );
    }
}

// ---- Thresholds ------------------------------------------------------------------------------

/// A column that equals the class but for every n-th row, beside one of noise.
fn flipped(every: usize) -> Preflight {
    let rows = 2000;
    let truth = noise(21, rows);
    let told: Vec<f64> = truth
        .iter()
        .enumerate()
        .map(|(row, value)| f64::from(u8::from((*value > 0.5) != (row % every == 0))) + 1.0)
        .collect();
    let told = told
        .iter()
        .zip(noise(22, rows))
        .map(|(told, noise)| told + 0.5 * noise)
        .collect();
    looked_at(
        &table(vec![
            numbers("told", told),
            numbers("b", noise(23, rows)),
            texts("y", yes_no(&truth)),
        ]),
        "y",
    )
}

#[test]
fn a_leak_stops_from_its_threshold_and_asks_below_it() {
    // An area of about 0.995, 0.97 and 0.90.
    let strong = flipped(200);
    let stop = find(&strong, "target_leak").unwrap();
    assert_eq!(stop.severity, Severity::Stop);
    assert_eq!(stop.columns, ["told"]);
    let possible = flipped(33);
    assert!(
        find(&possible, "target_leak").is_none(),
        "{:?}",
        codes(&possible)
    );
    assert_eq!(find(&possible, "possible_leak").unwrap().columns, ["told"]);
    let weak = flipped(10);
    assert!(find(&weak, "target_leak").is_none());
    assert!(find(&weak, "possible_leak").is_none(), "{:?}", codes(&weak));
}

#[test]
fn the_parts_of_a_sum_are_told_only_where_they_add_up() {
    let rows = 1000;
    let (a, b) = (noise(31, rows), noise(32, rows));
    let made = |wrong: usize| -> Vec<f64> {
        let off = |row: usize| if row < wrong { 1.0 } else { 0.0 };
        (0..rows).map(|row| a[row] + b[row] + off(row)).collect()
    };
    let looked = |wrong| {
        looked_at(
            &table(vec![
                numbers("a", a.clone()),
                numbers("b", b.clone()),
                numbers("y", made(wrong)),
            ]),
            "y",
        )
    };
    let found = looked(10);
    let stop = find(&found, "made_of_target").unwrap();
    assert!(stop.saw.starts_with("a + b = y in 99"), "{}", stop.saw);
    assert_eq!(stop.columns, ["a", "b"]);
    assert!(find(&looked(11), "made_of_target").is_none());
    // Leaving one of them out settles it, and so does an answer.
    let none = BTreeMap::new();
    let both = ["a".to_owned(), "b".to_owned()];
    assert!(found.stop(&both, &none).is_some());
    assert!(found.stop(&both[..1], &none).is_none());
    let answered = BTreeMap::from([(stop.key(), "known the day before".to_owned())]);
    assert!(found.stop(&both, &answered).is_none());
}

#[test]
fn differences_and_products_are_told_too() {
    let rows = 200;
    let (a, b) = (noise(33, rows), noise(34, rows));
    for (made, words) in [
        (
            a.iter().zip(&b).map(|(a, b)| a - b).collect::<Vec<f64>>(),
            "a − b = y",
        ),
        (a.iter().zip(&b).map(|(a, b)| b - a).collect(), "b − a = y"),
        (a.iter().zip(&b).map(|(a, b)| a * b).collect(), "a × b = y"),
    ] {
        let found = looked_at(
            &table(vec![
                numbers("a", a.clone()),
                numbers("b", b.clone()),
                numbers("y", made),
            ]),
            "y",
        );
        assert!(
            find(&found, "made_of_target")
                .unwrap()
                .saw
                .starts_with(words)
        );
    }
}

#[test]
fn the_sample_of_bike_hires_is_no_longer_passed() {
    let found = looked_at(&sample("bike-hire.csv"), "hires");
    let stop = find(&found, "made_of_target").unwrap();
    assert_eq!(stop.saw, "casual + registered = hires in every row.");
    assert!(stop.actions.contains(&Action::LeaveOut {
        columns: vec!["casual".to_owned(), "registered".to_owned()]
    }));
}

/// `different` values in a column called an id.
fn with_id(different: usize) -> Preflight {
    let rows = 1000;
    let id: Vec<String> = (0..rows)
        .map(|row| format!("c{}", row * 7 % different))
        .collect();
    looked_at(
        &table(vec![
            texts("client_id", id),
            numbers("b", noise(41, rows)),
            texts("y", yes_no(&noise(42, rows))),
        ]),
        "y",
    )
}

#[test]
fn an_id_is_a_name_tag_from_half_of_the_rows_on() {
    assert_eq!(
        find(&with_id(501), "name_tag").unwrap().columns,
        ["client_id"]
    );
    assert!(find(&with_id(499), "name_tag").is_none());
}

#[test]
fn a_name_tag_that_predicts_is_told_and_one_of_chance_is_not() {
    let rows = 500;
    let made = |sorted: bool| {
        let level = noise(51, rows);
        let y = (0..rows)
            .map(|row| {
                if sorted {
                    f64::from(u8::from(row > 250))
                } else {
                    level[row]
                }
            })
            .collect::<Vec<_>>();
        let id = (0..rows).map(|row| row as f64 + 1000.0).collect();
        looked_at(
            &table(vec![
                numbers("id", id),
                numbers("b", noise(52, rows)),
                texts("y", yes_no(&y)),
            ]),
            "y",
        )
    };
    assert_eq!(
        find(&made(true), "name_tag_predicts").unwrap().severity,
        Severity::Caution
    );
    assert!(find(&made(true), "row_order_predicts").is_some());
    assert!(find(&made(false), "name_tag_predicts").is_none());
    assert!(find(&made(false), "row_order_predicts").is_none());
}

#[test]
fn empty_columns_are_told_above_sixty_in_a_hundred() {
    let rows = 200;
    let made = |filled: usize| {
        let values: Vec<Option<f64>> = (0..rows)
            .map(|row| (row < filled).then_some(row as f64 * 0.5 % 7.0))
            .collect();
        let fax: Column = Series::new("fax".into(), values).into();
        looked_at(
            &table(vec![
                fax,
                numbers("b", noise(61, rows)),
                texts("y", yes_no(&noise(62, rows))),
            ]),
            "y",
        )
    };
    assert!(find(&made(79), "mostly_blank").is_some());
    assert!(find(&made(80), "mostly_blank").is_none());
    let one = |other: f64| {
        let mut same = vec![3.0; rows];
        same[9] = other;
        looked_at(
            &table(vec![
                numbers("same", same),
                numbers("b", noise(61, rows)),
                texts("y", yes_no(&noise(62, rows))),
            ]),
            "y",
        )
    };
    assert!(find(&one(3.0), "constant_column").is_some());
    assert!(find(&one(4.0), "constant_column").is_none());
}

/// `copies` of 1000 rows repeat the row before; the answer differs in them where `conflict`.
fn with_copies(copies: usize, conflict: bool) -> Preflight {
    let rows = 1000;
    let from = |row: usize| {
        if row % 2 == 1 && row < 2 * copies {
            row - 1
        } else {
            row
        }
    };
    let take = |values: Vec<f64>| (0..rows).map(|row| values[from(row)]).collect::<Vec<_>>();
    let mut y = take(noise(73, rows));
    if conflict {
        (0..rows)
            .filter(|&row| from(row) != row)
            .for_each(|row| y[row] = 1.0 - y[row]);
    }
    looked_at(
        &table(vec![
            numbers("a", take(noise(71, rows))),
            numbers("b", take(noise(72, rows))),
            texts("y", yes_no(&y)),
        ]),
        "y",
    )
}

#[test]
fn copies_and_conflicts_are_counted_exactly() {
    let many = with_copies(50, false);
    assert_eq!(
        find(&many, "duplicates").unwrap().severity,
        Severity::Caution
    );
    assert!(
        find(&many, "duplicates")
            .unwrap()
            .saw
            .starts_with("50 rows")
    );
    assert_eq!(
        find(&with_copies(49, false), "duplicates")
            .unwrap()
            .severity,
        Severity::Note
    );
    assert!(find(&with_copies(0, false), "duplicates").is_none());
    let conflict = with_copies(20, true);
    let told = find(&conflict, "conflicting_rows").unwrap();
    assert_eq!(told.severity, Severity::Caution);
    assert!(told.saw.starts_with("40 rows"), "{}", told.saw);
    assert_eq!(
        find(&with_copies(19, true), "conflicting_rows")
            .unwrap()
            .severity,
        Severity::Note
    );
    assert!(find(&many, "conflicting_rows").is_none());
}

#[test]
fn groups_are_told_where_their_rows_are_alike() {
    let rows = 600;
    let made = |within: f64| {
        let of_plot = [noise(81, 60), noise(82, 60)];
        let values = |which: usize| -> Vec<f64> {
            let own = noise(83 + which as u64, rows);
            (0..rows)
                .map(|row| of_plot[which][row % 60] + within * own[row])
                .collect()
        };
        let farm = (0..rows).map(|row| format!("farm {}", row % 60)).collect();
        looked_at(
            &table(vec![
                texts("farm", farm),
                numbers("soil", values(0)),
                numbers("rain", values(1)),
                texts("y", yes_no(&noise(88, rows))),
            ]),
            "y",
        )
    };
    assert_eq!(
        find(&made(0.25), "repeated_groups").unwrap().columns,
        ["farm"]
    );
    assert!(find(&made(0.5), "repeated_groups").is_none());
}

#[test]
fn a_date_asks_about_the_future_and_a_few_dates_do_not() {
    let made = |days: i32| {
        let rows = 300;
        let dates: Vec<i32> = (0..rows).map(|row| 18_000 + row % days).collect();
        let dates = Series::new("sold_on".into(), dates)
            .cast(&polars::prelude::DataType::Date)
            .unwrap();
        looked_at(
            &table(vec![
                dates.into(),
                numbers("b", noise(91, 300)),
                texts("y", yes_no(&noise(92, 300))),
            ]),
            "y",
        )
    };
    assert!(find(&made(10), "time_order").is_some());
    assert!(find(&made(9), "time_order").is_none());
}

/// So many rows of each class and so many columns of noise.
fn counted(classes: &[usize], columns: usize) -> Preflight {
    let rows = classes.iter().sum();
    let mut all: Vec<Column> = (0..columns)
        .map(|at| numbers(&format!("x{at}"), noise(100 + at as u64, rows)))
        .collect();
    let names = classes.iter().enumerate();
    all.push(texts(
        "y",
        names
            .flat_map(|(class, count)| vec![format!("class {class}"); *count])
            .collect(),
    ));
    looked_at(&table(all), "y")
}

#[test]
fn rows_are_counted_against_columns_classes_and_parts() {
    assert_eq!(
        find(&counted(&[25, 24], 2), "too_few_rows")
            .unwrap()
            .severity,
        Severity::Stop
    );
    assert!(find(&counted(&[25, 25], 2), "too_few_rows").is_none());
    assert!(find(&counted(&[40, 39], 8), "few_rows_per_column").is_some());
    assert!(find(&counted(&[40, 40], 8), "few_rows_per_column").is_none());
    assert!(find(&counted(&[100, 29], 2), "rare_class").is_some());
    assert!(find(&counted(&[100, 30], 2), "rare_class").is_none());
    let few = counted(&[100, 4], 2);
    let folds = find(&few, "fewer_folds").unwrap();
    assert!(folds.actions.contains(&Action::Folds { folds: 4 }));
    assert!(find(&counted(&[100, 5], 2), "fewer_folds").is_none());
    assert!(find(&counted(&[1000, 99], 2), "imbalance").is_some());
    assert!(find(&counted(&[1000, 100], 2), "imbalance").is_none());
}

#[test]
fn looking_can_be_stopped() {
    let task = TaskContext::new();
    let table = sample("penguins.csv");
    task.cancel();
    let error = preflight(&table, "species", &[], &task).unwrap_err();
    assert!(error.is_cancelled());
}

// ---- After training --------------------------------------------------------------------------

fn checked(table: &Table, target: &str, features: &[&str], learner: &str) -> RunResult {
    let spec = RunSpec {
        plan: LearningPlan {
            target: target.to_owned(),
            features: features.iter().map(|name| (*name).to_owned()).collect(),
            steps: Vec::new(),
        },
        learner: learner.to_owned(),
        params: Params::new(),
        preparation: Params::new(),
        folds: 5,
        seed: 1,
        split: SplitPlan::default(),
    };
    must(cross_validate(
        table,
        &spec,
        &TaskContext::new(),
        &mut |_| {},
    ))
}

struct After {
    table: Table,
    results: Vec<RunResult>,
    features: Vec<String>,
}

impl After {
    fn new(table: Table, target: &str, features: &[&str]) -> Self {
        let results =
            ["guessing", "decision_tree"].map(|learner| checked(&table, target, features, learner));
        Self {
            table,
            results: results.to_vec(),
            features: features.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn found(&self, tried: u64, practice: Option<f64>) -> Vec<Finding> {
        let comparison = compare(&self.results, &self.results[0].headline);
        let outcome = Outcome {
            results: &self.results,
            comparison: &comparison,
            table: Some(&self.table),
            features: &self.features,
            tried,
            practice,
        };
        let found = must(guardrails::after_training(&outcome, &TaskContext::new()));
        found.iter().for_each(is_well_formed);
        found
    }

    fn codes(&self, tried: u64, practice: Option<f64>) -> Vec<&'static str> {
        self.found(tried, practice)
            .iter()
            .map(|finding| finding.code)
            .collect()
    }

    /// Mean headline score of the tree.
    fn mean(&self) -> f64 {
        self.results[1].scores[&self.results[1].headline].mean
    }
}

/// A class that follows a column but for a share of the rows.
fn followed(rows: usize, wrong: f64) -> After {
    let (a, chance) = (noise(201, rows), noise(202, rows));
    let y: Vec<f64> = a
        .iter()
        .zip(&chance)
        .map(|(a, chance)| if *chance < wrong { 1.0 - a } else { *a })
        .collect();
    After::new(
        table(vec![
            numbers("a", a),
            numbers("b", noise(203, rows)),
            texts("y", yes_no(&y)),
        ]),
        "y",
        &["a", "b"],
    )
}

#[test]
fn a_perfect_model_is_doubted_from_two_hundred_rows_on() {
    assert!(followed(201, 0.0).codes(2, None).contains(&"too_good"));
    assert!(!followed(200, 0.0).codes(2, None).contains(&"too_good"));
    assert!(!followed(400, 0.1).codes(2, None).contains(&"too_good"));
}

#[test]
fn a_model_that_only_guesses_is_told_so() {
    let chance = After::new(
        table(vec![
            numbers("a", noise(211, 300)),
            texts("y", yes_no(&noise(212, 300))),
        ]),
        "y",
        &["a"],
    );
    assert!(chance.codes(2, None).contains(&"not_better_than_guessing"));
    assert!(
        !followed(300, 0.1)
            .codes(2, None)
            .contains(&"not_better_than_guessing")
    );
}

#[test]
fn an_exam_of_fewer_than_a_hundred_rows_is_small() {
    assert!(followed(99, 0.05).codes(2, None).contains(&"small_exam"));
    assert!(!followed(400, 0.05).codes(2, None).contains(&"small_exam"));
}

#[test]
fn many_tries_are_told_from_the_fifty_first() {
    let after = followed(300, 0.1);
    assert!(after.codes(51, None).contains(&"many_tries"));
    assert!(!after.codes(50, None).contains(&"many_tries"));
}

#[test]
fn a_gap_to_the_practice_rows_is_told_above_a_tenth() {
    let after = followed(300, 0.1);
    let mean = after.mean();
    assert!(after.codes(2, Some(mean / 0.89)).contains(&"overfitting"));
    assert!(!after.codes(2, Some(mean / 0.91)).contains(&"overfitting"));
    let found = after.found(2, Some(mean / 0.69));
    let gap = found
        .iter()
        .find(|finding| finding.code == "overfitting")
        .unwrap();
    assert_eq!(gap.severity, Severity::Caution);
}

#[test]
fn a_segment_that_is_often_wrong_is_named() {
    let rows = 1000;
    let made = |wrong: f64| {
        let (a, chance) = (noise(221, rows), noise(222, rows));
        let plan: Vec<String> = (0..rows)
            .map(|row| if row % 5 == 0 { "basic" } else { "full" }.to_owned())
            .collect();
        let y: Vec<f64> = (0..rows)
            .map(|row| {
                let share = if row % 5 == 0 { wrong } else { 0.05 };
                if chance[row] < share {
                    1.0 - a[row]
                } else {
                    a[row]
                }
            })
            .collect();
        After::new(
            table(vec![
                numbers("a", a),
                texts("plan", plan),
                texts("y", yes_no(&y)),
            ]),
            "y",
            &["a", "plan"],
        )
    };
    let found = made(0.4).found(2, None);
    let weak = found
        .iter()
        .find(|finding| finding.code == "weak_segment")
        .unwrap();
    assert!(weak.saw.contains("plan = basic"), "{}", weak.saw);
    assert!(!made(0.05).codes(2, None).contains(&"weak_segment"));
}
