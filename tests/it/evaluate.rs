//! Honest evaluation: folds, scores, cross-validation, comparison, preflight.

use std::collections::BTreeMap;
use std::sync::Arc;

use benchtop::base::distributions::student_quantile;
use benchtop::base::{Fingerprint, Params, Random, Severity, TaskContext, UserError};
use benchtop::data::{Table, profile_column};
use benchtop::evaluate::cross_validation::score;
use benchtop::evaluate::metrics::{self, MetricValue};
use benchtop::evaluate::statistics::{corrected_error, corrected_interval, posterior_shares};
use benchtop::evaluate::{
    Chances, FinalFit, FoldResult, OutOfFold, RunEvent, RunResult, RunSpec, SplitPlan, chances,
    compare, compare_within, cross_validate, cross_validate_prepared, fit_final, make_folds,
    preflight, validate_holdout,
};
use benchtop::learn::{self, Target, Task};
use benchtop::pipeline::{self, LearningPlan};
use polars::prelude::{Column, CsvReadOptions, DataFrame, NamedFrom, SerReader, Series};
use serde::Deserialize;

use crate::learners::fixture;

fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

#[derive(Deserialize)]
struct Quantile {
    degrees: f64,
    value: f64,
}

#[derive(Deserialize)]
struct IntervalCase {
    values: Vec<f64>,
    check_share: f64,
    mean: f64,
    margin: f64,
}

#[derive(Deserialize)]
struct Intervals {
    quantiles: Vec<Quantile>,
    cases: Vec<IntervalCase>,
}

#[test]
fn intervals_agree_with_scipy() {
    let fixture: Intervals = fixture("intervals");
    for quantile in fixture.quantiles {
        let found = student_quantile(0.975, quantile.degrees);
        assert!(
            (found - quantile.value).abs() < 1e-10 * quantile.value,
            "{} degrees: {found}",
            quantile.degrees
        );
    }
    for case in fixture.cases {
        let (mean, margin) =
            corrected_interval(&case.values, case.check_share).unwrap_or_else(|| panic!());
        assert!(
            (mean - case.mean).abs() < 1e-12 && (margin - case.margin).abs() < 1e-10 * case.margin
        );
    }
    assert_eq!(corrected_interval(&[0.5], 0.25), None);
}

// ---- Cross-validation ----------------------------------------------------------------------------

fn penguins() -> Table {
    let path = crate::support::project_file("sample-data/penguins.csv");
    let frame = CsvReadOptions::default()
        .with_has_header(true)
        .try_into_reader_with_file_path(Some(path))
        .and_then(|reader| reader.finish())
        .unwrap_or_else(|error| panic!("{error}"));
    Table::from_frame(frame, Fingerprint::of(&[b"penguins"]))
}

const MEASURES: [&str; 3] = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"];

fn spec(learner: &str, target: &str, features: &[&str]) -> RunSpec {
    RunSpec {
        plan: LearningPlan {
            target: target.to_owned(),
            features: features.iter().map(|&name| name.to_owned()).collect(),
            steps: Vec::new(),
        },
        learner: learner.to_owned(),
        params: Params::new(),
        preparation: Params::new(),
        folds: 5,
        seed: 1,
        split: SplitPlan::default(),
    }
}

fn run(table: &Table, spec: &RunSpec) -> RunResult {
    must(cross_validate(
        table,
        spec,
        &TaskContext::new(),
        &mut |_| {},
    ))
}

#[test]
fn every_row_is_checked_once_and_scores_follow_from_the_predictions() {
    let table = penguins();
    let spec = spec("logistic_regression", "species", &MEASURES);
    let mut events = Vec::new();
    let result = must(cross_validate(
        &table,
        &spec,
        &TaskContext::new(),
        &mut |event| events.push(event),
    ));

    assert_eq!(result.rows, 344);
    let mut rows = result.out_of_fold.rows.clone();
    rows.sort_unstable();
    assert_eq!(rows, (0..344).collect::<Vec<u32>>());
    assert_eq!(result.out_of_fold.predicted.len(), 344 * 3);
    assert_eq!(result.headline, "accuracy");
    assert!(
        result.scores["accuracy"].mean > 0.95,
        "{:?}",
        result.scores["accuracy"]
    );
    assert!(result.scores["accuracy"].upper <= 1.0);

    let folds = must(make_folds(
        &result.out_of_fold.truth,
        &result.out_of_fold.rows,
        5,
        1,
    ));
    for fold in &result.folds {
        let check = folds.check(fold.fold);
        let predicted: Vec<f64> = check
            .iter()
            .flat_map(|&row| result.out_of_fold.predicted[row * 3..row * 3 + 3].to_vec())
            .collect();
        let again = score(
            &result.task,
            &result.out_of_fold.truth.rows(&check),
            &predicted,
        );
        assert_eq!(again, fold.scores);
        assert_eq!(fold.rows_trained + fold.rows_checked, 344);
        assert_eq!(fold.rows_checked as usize, check.len());
    }
    let means: f64 = result
        .folds
        .iter()
        .map(|fold| fold.scores["auc"])
        .sum::<f64>()
        / 5.0;
    assert!((result.scores["auc"].mean - means).abs() < 1e-12);

    assert!(matches!(
        events.first(),
        Some(RunEvent::Prepared { rows: 344, .. })
    ));
    let order: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            RunEvent::FoldStarted { fold } => Some(*fold * 2),
            RunEvent::FoldDone(done) => Some(done.fold * 2 + 1),
            RunEvent::Prepared { .. } | RunEvent::Round { .. } => None,
        })
        .collect();
    assert_eq!(order, (0..10).collect::<Vec<_>>());

    let text = serde_json::to_string(&result).unwrap_or_else(|e| panic!("{e}"));
    let back: RunResult = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(back, result);
}

#[test]
fn the_same_run_gives_the_same_scores() {
    let table = penguins();
    for learner in learn::REGISTRY
        .iter()
        .filter(|learner| learner.capabilities().classes)
    {
        let spec = spec(
            learner.id(),
            "species",
            &["bill_length_mm", "island", "sex"],
        );
        let (one, two) = (run(&table, &spec), run(&table, &spec));
        assert_eq!(one.scores, two.scores, "{}", learner.id());
        assert_eq!(one.out_of_fold, two.out_of_fold, "{}", learner.id());
    }
}

#[test]
fn learners_share_a_prepared_table_and_its_folds() {
    let table = penguins();
    let task = TaskContext::new();
    let first = spec(
        "linear_regression",
        "body_mass_g",
        &["flipper_length_mm", "species", "sex"],
    );
    let prepared = must(pipeline::prepare(&table, &first.plan, &task));
    let results: Vec<RunResult> = learn::REGISTRY
        .iter()
        .filter(|learner| learner.capabilities().numbers)
        .map(|learner| {
            let spec = RunSpec {
                learner: learner.id().to_owned(),
                ..first.clone()
            };
            must(cross_validate_prepared(
                &prepared,
                &spec,
                &task,
                &mut |_| {},
            ))
        })
        .collect();
    assert!(results.len() >= 5);
    for result in &results {
        assert_eq!(result.rows, 342); // two penguins were never weighed
        assert_eq!(result.out_of_fold.rows, results[0].out_of_fold.rows);
        assert_eq!(result.out_of_fold.truth, results[0].out_of_fold.truth);
    }
    let comparison = compare(&results, "mean_absolute_error");
    assert_eq!(
        comparison.recommended.as_deref(),
        Some("linear_regression"),
        "{comparison:?}"
    );
    assert_eq!(comparison.beats_guessing, Some(true));
    let guessing = comparison
        .standings
        .iter()
        .find(|standing| standing.learner == "guessing");
    assert!(
        guessing
            .is_some_and(|standing| standing.behind && standing.yardstick && !standing.recommended)
    );
}

#[test]
fn a_cancelled_run_stops() {
    let table = penguins();
    let task = TaskContext::new();
    let mut seen = 0;
    let result = cross_validate(
        &table,
        &spec("decision_tree", "species", &MEASURES),
        &task,
        &mut |event| {
            if matches!(event, RunEvent::FoldDone(_)) {
                seen += 1;
                task.cancel();
            }
        },
    );
    assert!(result.is_err_and(|error| error.is_cancelled()));
    assert_eq!(seen, 1);
}

#[test]
fn noise_is_not_learned() {
    // Fifty columns of noise: cross-validation must not find what is not there.
    let mut random = Random::new(5);
    let mut columns: Vec<Column> = (0..50)
        .map(|col| {
            let values: Vec<f64> = (0..120).map(|_| random.next_f64()).collect();
            Series::new(format!("n{col}").into(), values).into()
        })
        .collect();
    let answers: Vec<&str> = (0..120)
        .map(|_| if random.next_f64() < 0.5 { "a" } else { "b" })
        .collect();
    columns.push(Series::new("answer".into(), answers).into());
    let frame = DataFrame::new(120, columns).unwrap_or_else(|e| panic!("{e}"));
    let table = Table::from_frame(frame, Fingerprint::of(&[b"noise"]));
    let names: Vec<String> = (0..50).map(|col| format!("n{col}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let results: Vec<RunResult> = [
        "guessing",
        "one_simple_rule",
        "logistic_regression",
        "decision_tree",
        "k_nearest_neighbours",
    ]
    .iter()
    .map(|learner| run(&table, &spec(learner, "answer", &names)))
    .collect();
    for result in &results {
        let auc = &result.scores["auc"];
        assert!(
            (0.3..0.7).contains(&auc.mean),
            "{}: {auc:?}",
            result.learner
        );
    }
    let comparison = compare(&results, "auc");
    assert_eq!(comparison.recommended, None, "{comparison:?}");
    assert_eq!(comparison.beats_guessing, Some(false));
    assert!(
        comparison
            .standings
            .iter()
            .all(|standing| !standing.recommended)
    );
}

#[test]
fn the_final_fit_learns_from_every_row_and_holds_its_record() {
    let table = penguins();
    let task = TaskContext::new();
    let spec = spec("decision_tree", "species", &MEASURES);
    let (measured, guessing) = (
        run(&table, &spec),
        run(
            &table,
            &RunSpec {
                learner: "guessing".to_owned(),
                ..spec.clone()
            },
        ),
    );
    let about = FinalFit {
        source_name: "penguins.csv",
        trained_at: 1_700_000_000,
        measured: Some(&measured),
        guessing: Some(&guessing),
        ..FinalFit::default()
    };
    let fitted = must(fit_final(&table, &spec, &about, &task));
    assert_eq!(
        (
            fitted.record.rows,
            fitted.record.seed,
            fitted.record.trained_at
        ),
        (344, 1, 1_700_000_000)
    );
    assert_eq!(fitted.record.source_name, "penguins.csv");
    assert_eq!(
        fitted.record.scores["accuracy"][0],
        measured.scores["accuracy"].mean
    );
    assert_eq!(
        fitted.record.baseline["accuracy"],
        guessing.scores["accuracy"].mean
    );
    assert_eq!(
        fitted.record.data_fingerprint,
        table.fingerprint().to_string()
    );

    let seen = must(validate_holdout(&fitted, &spec.plan, &table, &task));
    assert_eq!((seen.rows, seen.unknown_classes), (344, 0));
    assert!(seen.scores["accuracy"] > measured.scores["accuracy"].mean - 0.02);
    // Trained without Gentoo: its rows have no answer the model knows.
    let positions: Vec<usize> = (0..344).filter(|row| !(152..276).contains(row)).collect();
    let fitted = must(fit_final(
        &must(table.take(&positions)),
        &spec,
        &FinalFit::default(),
        &task,
    ));
    let known = fitted.task.outputs();
    let seen = must(validate_holdout(&fitted, &spec.plan, &table, &task));
    assert_eq!((known, seen.rows, seen.unknown_classes), (2, 220, 124));
}

// ---- Comparison ----------------------------------------------------------------------------------

fn made_up(learner: &str, accuracy: &[f64]) -> RunResult {
    let folds = accuracy.len();
    let (mean, margin) = corrected_interval(accuracy, 0.25).unwrap_or_else(|| panic!());
    let value = MetricValue {
        mean,
        lower: mean - margin,
        upper: mean + margin,
        folds: accuracy.to_vec(),
        blocks: Vec::new(),
    };
    RunResult {
        learner: learner.to_owned(),
        params: Params::new(),
        preparation: Params::new(),
        task: Task::Classes {
            names: vec!["a".to_owned(), "b".to_owned()],
        },
        folds: accuracy
            .iter()
            .enumerate()
            .map(|(fold, &score)| FoldResult {
                fold,
                folds,
                rows_trained: 80,
                rows_checked: 20,
                scores: BTreeMap::from([("accuracy".to_owned(), score)]),
                not_defined: BTreeMap::new(),
                practice: BTreeMap::new(),
                fit_seconds: 0.0,
                predict_seconds: 0.0,
            })
            .collect(),
        scores: BTreeMap::from([("accuracy".to_owned(), value)]),
        not_defined: BTreeMap::new(),
        rows: 100,
        headline: "accuracy".to_owned(),
        out_of_fold: Arc::new(OutOfFold {
            rows: Vec::new(),
            truth: Target::Classes {
                codes: Vec::new(),
                count: 2,
            },
            predicted: Vec::new(),
            outputs: 2,
        }),
        fit_seconds: 0.0,
        predict_seconds: 0.0,
        issues: Vec::new(),
    }
}

const GUESS: [f64; 5] = [0.50, 0.51, 0.49, 0.50, 0.50];

#[test]
fn of_a_tie_the_simplest_is_recommended() {
    let results = [
        made_up("guessing", &GUESS),
        made_up("k_nearest_neighbours", &[0.82, 0.80, 0.81, 0.83, 0.79]),
        made_up("decision_tree", &[0.70, 0.71, 0.69, 0.70, 0.72]),
        made_up("logistic_regression", &[0.81, 0.81, 0.80, 0.82, 0.80]),
    ];
    let comparison = compare(&results, "accuracy");
    let order: Vec<&str> = comparison
        .standings
        .iter()
        .map(|standing| standing.learner.as_str())
        .collect();
    assert_eq!(
        order,
        [
            "k_nearest_neighbours",
            "logistic_regression",
            "decision_tree",
            "guessing"
        ]
    );
    let flags: Vec<(bool, bool, bool)> = comparison
        .standings
        .iter()
        .map(|standing| (standing.tied, standing.behind, standing.recommended))
        .collect();
    assert_eq!(
        flags,
        [
            (true, false, false),
            (true, false, true),
            (false, true, false),
            (false, true, false)
        ]
    );
    assert_eq!(
        comparison.recommended.as_deref(),
        Some("logistic_regression")
    );
    assert_eq!(
        comparison.reason,
        "Nearest neighbours is not clearly different from Logistic regression, which is the simplest of them."
    );
    assert_eq!(comparison.beats_guessing, Some(true));
    let tree = &comparison.standings[2];
    assert!(
        (tree.difference_to_best - (0.704 - 0.81)).abs() < 1e-12 && tree.difference_margin > 0.0
    );
}

#[derive(Deserialize)]
struct ComparisonCases {
    cases: Vec<ComparisonCase>,
}

#[derive(Deserialize)]
struct ComparisonCase {
    first: Vec<f64>,
    second: Vec<f64>,
    check_share: f64,
    region: f64,
    mean: f64,
    standard_error: f64,
    below: f64,
    same: f64,
    above: f64,
}

#[test]
fn the_probability_of_being_better_agrees_with_scipy() {
    for case in fixture::<ComparisonCases>("comparison").cases {
        let differences: Vec<f64> = case
            .second
            .iter()
            .zip(&case.first)
            .map(|(b, a)| b - a)
            .collect();
        let (mean, error) =
            corrected_error(&differences, case.check_share).unwrap_or_else(|| panic!());
        assert!((mean - case.mean).abs() <= 1e-12 && (error - case.standard_error).abs() <= 1e-12);
        let found = posterior_shares(mean, error, differences.len(), case.region);
        for (found, expected) in found.iter().zip([case.below, case.same, case.above]) {
            assert!((found - expected).abs() <= 1e-12, "{found}, not {expected}");
        }
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    // Without spread nothing is left to doubt.
    assert_eq!(posterior_shares(0.02, 0.0, 5, 0.01), [0.0, 0.0, 1.0]);
    assert_eq!(posterior_shares(-0.02, 0.0, 5, 0.01), [1.0, 0.0, 0.0]);
    assert_eq!(posterior_shares(0.0, 0.0, 5, 0.01), [0.0, 1.0, 0.0]);
}

#[test]
fn two_models_are_compared_by_chances() {
    let tree = [0.70, 0.71, 0.69, 0.70, 0.72];
    let forest = [0.82, 0.80, 0.81, 0.83, 0.79];
    let line = [0.819, 0.801, 0.812, 0.828, 0.789];
    let results = [
        made_up("guessing", &GUESS),
        made_up("random_forest", &forest),
        made_up("logistic_regression", &line),
        made_up("decision_tree", &tree),
    ];
    let accuracy = metrics::by_id("accuracy").unwrap_or_else(|| panic!());
    let all = |chances: Chances| chances.better + chances.same + chances.worse;
    let of = |a: usize, b: usize| {
        chances(&results[a], &results[b], accuracy, 0.01).unwrap_or_else(|| panic!())
    };
    let clear = of(1, 3);
    assert!(
        clear.better > 0.99 && (all(clear) - 1.0).abs() < 1e-12,
        "{clear:?}"
    );
    let close = of(1, 2);
    assert!(close.same > 0.95, "{close:?}");
    let (there, back) = (of(2, 3), of(3, 2));
    assert!((there.better - back.worse).abs() < 1e-12);
    assert!((there.same - back.same).abs() < 1e-12);

    let comparison = compare(&results, "accuracy");
    assert_eq!(comparison.region, 0.01);
    let of = |learner: &str| {
        let standing = comparison.standings.iter().find(|s| s.learner == learner);
        standing
            .and_then(|s| s.chances)
            .unwrap_or_else(|| panic!("{learner}"))
    };
    assert_eq!(of("random_forest").same, 1.0); // it is the best, by a hair
    assert!(of("decision_tree").worse > 0.99 && of("logistic_regression").same > 0.95);
    assert_eq!(
        comparison.recommended.as_deref(),
        Some("logistic_regression")
    );
    // A wider region makes more of them the same.
    let wide = compare_within(&results, accuracy, 0.2);
    assert!(
        wide.standings[2]
            .chances
            .is_some_and(|chances| chances.same > 0.99)
    );

    // Scores are paired fold by fold even where one of them is not defined everywhere.
    let mut gap = made_up("decision_tree", &tree);
    gap.folds[1].scores.clear();
    let paired = chances(&results[1], &gap, accuracy, 0.01).unwrap_or_else(|| panic!());
    assert!(paired.better > 0.99);
    // Runs of different folds cannot be paired.
    let other = made_up("decision_tree", &tree[..3]);
    assert_eq!(chances(&results[1], &other, accuracy, 0.01), None);
}

#[test]
fn what_is_practically_the_same_has_the_unit_of_the_score() {
    let table = penguins();
    let task = TaskContext::new();
    let first = spec("guessing", "body_mass_g", &["flipper_length_mm", "species"]);
    let prepared = must(pipeline::prepare(&table, &first.plan, &task));
    let results: Vec<RunResult> = ["guessing", "linear_regression", "ridge_regression"]
        .iter()
        .map(|learner| {
            let spec = RunSpec {
                learner: (*learner).to_owned(),
                split: SplitPlan::Holdout {
                    share: 0.4,
                    by_quantiles: true,
                },
                ..first.clone()
            };
            must(cross_validate_prepared(
                &prepared,
                &spec,
                &task,
                &mut |_| {},
            ))
        })
        .collect();
    let comparison = compare(&results, "mean_absolute_error");
    let guess = results[0].scores["mean_absolute_error"].mean;
    assert!((comparison.region - guess / 100.0).abs() < 1e-12 && comparison.region > 1.0);
    assert_eq!(compare(&results, "r_squared").region, 0.01);
    // Rows scored together are compared block by block: nearly equal models are tied although the
    // interval of each is wide.
    let guessing = comparison.standings.last().unwrap_or_else(|| panic!());
    assert!(
        guessing.behind
            && guessing
                .chances
                .is_some_and(|chances| chances.worse > 0.999)
    );
    let second = &comparison.standings[1];
    assert!(second.tied && second.difference_margin < (second.upper - second.lower) / 4.0);
    assert!(
        second.chances.is_some_and(|chances| chances.same > 0.9),
        "{second:?}"
    );
    let difference = second.mean - comparison.standings[0].mean;
    assert!((second.difference_to_best - difference).abs() < 1e-9);
}

#[test]
fn lower_is_better_where_it_is() {
    let mut results = [
        made_up("decision_tree", &[0.3, 0.31, 0.3]),
        made_up("logistic_regression", &[0.6, 0.61, 0.6]),
    ];
    for result in &mut results {
        let value = result.scores.remove("accuracy").unwrap_or_else(|| panic!());
        result.scores.insert("log_loss".to_owned(), value);
    }
    let comparison = compare(&results, "log_loss");
    assert_eq!(comparison.recommended.as_deref(), Some("decision_tree"));
    assert_eq!(
        comparison.reason,
        "Decision tree is clearly better than the others."
    );
    assert_eq!(comparison.beats_guessing, None);
    assert!(compare(&results, "accuracy").standings.is_empty());
    assert!(compare(&[], "accuracy").recommended.is_none());
    assert!(compare(&results, "no such score").standings.is_empty());
}

#[test]
fn nothing_is_recommended_that_does_not_beat_guessing() {
    let results = [
        made_up("guessing", &GUESS),
        made_up("logistic_regression", &[0.55, 0.44, 0.60, 0.40, 0.56]),
    ];
    let comparison = compare(&results, "accuracy");
    assert_eq!(
        (comparison.recommended, comparison.beats_guessing),
        (None, Some(false))
    );
    assert!(
        comparison
            .reason
            .starts_with("No model is clearly better than Guessing")
    );

    let results = [
        made_up("one_simple_rule", &[0.9; 5]),
        made_up("logistic_regression", &[0.6, 0.61, 0.6, 0.59, 0.6]),
    ];
    let comparison = compare(&results, "accuracy");
    assert_eq!(comparison.recommended, None);
    assert!(
        comparison
            .reason
            .starts_with("One simple rule does clearly better"),
        "{}",
        comparison.reason
    );

    let only = compare(&[made_up("guessing", &GUESS)], "accuracy");
    assert_eq!((only.recommended, only.standings.len()), (None, 1));
}

// ---- Preflight -----------------------------------------------------------------------------------

fn preflight_of(table: &Table, target: &str) -> benchtop::evaluate::Preflight {
    let task = TaskContext::new();
    let profiles: Vec<_> = (0..table.width())
        .map(|column| must(profile_column(table, column, &task)))
        .collect();
    must(preflight(table, target, &profiles, &task))
}

#[test]
fn preflight_says_what_guessing_reaches_and_unticks_what_cannot_help() {
    let count = 200;
    let mostly: Vec<Option<f64>> = (0..count)
        .map(|row| (row % 5 == 0).then_some(f64::from(row % 7)))
        .collect();
    let columns: Vec<Column> = vec![
        Series::new(
            "customer_id".into(),
            (0..count)
                .map(|row| format!("C{row:05}"))
                .collect::<Vec<_>>(),
        )
        .into(),
        Series::new(
            "size".into(),
            (0..count)
                .map(|row| f64::from(row * 7 % 31))
                .collect::<Vec<_>>(),
        )
        .into(),
        Series::new("fax".into(), mostly).into(),
        Series::new("country".into(), vec!["NZ"; count as usize]).into(),
        Series::new(
            "fraud".into(),
            (0..count)
                .map(|row| if row % 20 == 0 { "yes" } else { "no" })
                .collect::<Vec<_>>(),
        )
        .into(),
    ];
    let frame = DataFrame::new(count as usize, columns).unwrap_or_else(|e| panic!("{e}"));
    let table = Table::from_frame(frame, Fingerprint::of(&[b"preflight"]));
    let found = preflight_of(&table, "fraud");
    assert_eq!(
        found.task,
        Task::Classes {
            names: vec!["no".to_owned(), "yes".to_owned()]
        }
    );
    assert_eq!(
        (found.class_counts.clone(), found.rows, found.blank_targets),
        (vec![190, 10], 200, 0)
    );
    assert_eq!(
        found.guessing_sentence,
        "Always guessing no is right in 95\u{a0}% of the rows"
    );
    let ticks: Vec<(&str, bool)> = found
        .features
        .iter()
        .map(|feature| (feature.name.as_str(), feature.ticked))
        .collect();
    assert_eq!(
        ticks,
        [
            ("customer_id", false),
            ("size", true),
            ("fax", false),
            ("country", false)
        ]
    );
    assert!(
        found
            .features
            .iter()
            .all(|feature| feature.ticked == feature.reason.is_none())
    );
    let codes: Vec<&str> = found
        .issues
        .iter()
        .map(|issue| issue.code.as_str())
        .collect();
    for wanted in [
        "imbalance",
        "rare_class",
        "mostly_blank",
        "constant_column",
        "name_tag",
    ] {
        assert!(codes.contains(&wanted), "{codes:?}");
    }
    assert!(
        found
            .issues
            .windows(2)
            .all(|pair| pair[0].severity >= pair[1].severity)
    );

    let numbers = preflight_of(&table, "size");
    assert_eq!(numbers.task, Task::Number);
    assert!(
        numbers.guessing_sentence.starts_with("Always guessing 1"),
        "{}",
        numbers.guessing_sentence
    );
}

#[test]
fn preflight_warns_of_few_rows() {
    let table = must(penguins().take(&(0..40).collect::<Vec<_>>()));
    let found = preflight_of(&table, "sex");
    assert!(
        found
            .issues
            .iter()
            .any(|issue| issue.code == "too_few_rows" && issue.severity == Severity::Stop)
    );
    assert_eq!(found.rows + found.blank_targets, 40);
    assert!(
        found
            .issues
            .iter()
            .any(|issue| issue.code == "blank_target")
    );
}
