//! Honest evaluation: folds, scores, cross-validation, comparison, preflight.

use std::collections::BTreeMap;
use std::sync::Arc;

use benchtop::base::distributions::student_quantile;
use benchtop::base::{Fingerprint, Params, Random, Severity, TaskContext, UserError};
use benchtop::data::{Table, profile_column};
use benchtop::evaluate::cross_validation::score;
use benchtop::evaluate::metrics::{self, METRICS, MetricValue};
use benchtop::evaluate::statistics::corrected_interval;
use benchtop::evaluate::{
    FinalFit, FoldResult, OutOfFold, RunEvent, RunResult, RunSpec, compare, cross_validate,
    cross_validate_prepared, fit_final, make_folds, preflight, validate_holdout,
};
use benchtop::learn::{self, Target, Task};
use benchtop::pipeline::{self, LearningPlan};
use polars::prelude::{Column, CsvReadOptions, DataFrame, NamedFrom, SerReader, Series};
use serde::Deserialize;

use crate::learners::fixture;

fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

fn code<T>(result: Result<T, UserError>) -> String {
    result
        .err()
        .map_or("accepted".to_owned(), |error| error.code)
}

// ---- Scores --------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
struct MetricCase {
    name: String,
    classes: usize,
    y: Vec<f64>,
    predicted: Vec<f64>,
    scores: BTreeMap<String, f64>,
}

impl MetricCase {
    fn target(&self) -> Target {
        match self.classes {
            0 => Target::Numbers(self.y.clone()),
            count => Target::Classes {
                codes: self.y.iter().map(|&v| v as u32).collect(),
                count,
            },
        }
    }
}

#[test]
fn scores_agree_with_scikit_learn() {
    let cases = fixture::<Cases<MetricCase>>("metrics").cases;
    let mut seen: Vec<&str> = Vec::new();
    for case in &cases {
        for metric in METRICS
            .iter()
            .filter(|metric| metric.for_classes == (case.classes > 0))
        {
            let found = (metric.compute)(&case.target(), &case.predicted, case.classes.max(1));
            let expected = case.scores[metric.id];
            let found =
                found.unwrap_or_else(|| panic!("{} is not defined for {}", metric.id, case.name));
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs(),
                "{} of {}: {found}, not {expected}",
                metric.id,
                case.name
            );
            assert!(found >= metric.range.0 && found <= metric.range.1);
            seen.push(metric.id);
        }
    }
    assert!(METRICS.iter().all(|metric| seen.contains(&metric.id)));
}

#[test]
fn scores_that_are_not_defined_are_none() {
    let one_class = Target::Classes {
        codes: vec![1, 1],
        count: 2,
    };
    let compute = |id: &str, truth: &Target, predicted: &[f64], outputs| {
        metrics::by_id(id).and_then(|metric| (metric.compute)(truth, predicted, outputs))
    };
    assert_eq!(compute("auc", &one_class, &[0.5, 0.5, 0.2, 0.8], 2), None);
    assert_eq!(
        compute("accuracy", &one_class, &[0.6, 0.4, 0.2, 0.8], 2),
        Some(0.5)
    );
    assert_eq!(
        compute(
            "r_squared",
            &Target::Numbers(vec![4.0, 4.0]),
            &[4.0, 4.0],
            1
        ),
        None
    );
    for metric in METRICS {
        let none = if metric.for_classes {
            Target::Classes {
                codes: Vec::new(),
                count: 2,
            }
        } else {
            Target::Numbers(Vec::new())
        };
        assert_eq!(
            (metric.compute)(&none, &[], if metric.for_classes { 2 } else { 1 }),
            None,
            "{}",
            metric.id
        );
        // Predictions of another length than the truth.
        assert_eq!(
            (metric.compute)(&one_class, &[0.5], 2),
            None,
            "{}",
            metric.id
        );
    }
}

#[test]
fn the_headline_suits_the_task() {
    let classes = |count: usize| Task::Classes {
        names: (0..count).map(|c| c.to_string()).collect(),
    };
    assert_eq!(
        metrics::headline(&Task::Number, &[]).id,
        "mean_absolute_error"
    );
    assert_eq!(metrics::headline(&classes(2), &[1, 99]).id, "auc");
    assert_eq!(metrics::headline(&classes(3), &[30, 30, 40]).id, "accuracy");
    assert_eq!(
        metrics::headline(&classes(3), &[30, 2, 40]).id,
        "balanced_accuracy"
    );
    assert!(
        !metrics::imbalanced(&[10, 100])
            && metrics::imbalanced(&[9, 100])
            && !metrics::imbalanced(&[])
    );
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

// ---- Folds ---------------------------------------------------------------------------------------

fn class_target(sizes: &[usize]) -> Target {
    let codes = sizes
        .iter()
        .enumerate()
        .flat_map(|(class, &size)| vec![class as u32; size])
        .collect();
    Target::Classes {
        codes,
        count: sizes.len(),
    }
}

fn ids(count: usize) -> Vec<u32> {
    (0..count as u32).map(|row| row * 3).collect()
}

#[test]
fn folds_are_even_and_keep_the_shares_of_classes() {
    let target = class_target(&[53, 27, 21]);
    let folds = must(make_folds(&target, &ids(101), 5, 1));
    assert_eq!(
        (folds.count, folds.assignment.len(), folds.issues.len()),
        (5, 101, 0)
    );
    let Target::Classes { codes, .. } = &target else {
        panic!()
    };
    let mut sizes = vec![0; 5];
    for (fold, size) in sizes.iter_mut().enumerate() {
        let check = folds.check(fold);
        assert_eq!(check.len() + folds.train(fold).len(), 101);
        assert!(check.iter().all(|row| !folds.train(fold).contains(row)));
        *size = check.len();
        for (class, total) in [(0, 53), (1, 27), (2, 21)] {
            let here = check.iter().filter(|&&row| codes[row] == class).count();
            assert!(
                (total / 5..=total / 5 + 1).contains(&here),
                "{here} of class {class}"
            );
        }
    }
    assert!(
        sizes.iter().all(|&size| size == 20 || size == 21),
        "{sizes:?}"
    );
}

#[test]
fn folds_depend_on_the_seed_only() {
    for target in [
        class_target(&[30, 30]),
        Target::Numbers((0..60).map(f64::from).collect()),
    ] {
        let one = must(make_folds(&target, &ids(60), 4, 7));
        assert_eq!(one, must(make_folds(&target, &ids(60), 4, 7)));
        assert_ne!(
            one.assignment,
            must(make_folds(&target, &ids(60), 4, 8)).assignment
        );
        assert_ne!(
            one.assignment,
            (0..60).map(|row| row % 4).collect::<Vec<u16>>()
        );
    }
}

#[test]
fn a_rare_class_means_fewer_folds_and_says_so() {
    let folds = must(make_folds(&class_target(&[40, 3]), &ids(43), 5, 1));
    assert_eq!(folds.count, 3);
    assert_eq!(
        folds.issues.first().map(|issue| issue.message.as_str()),
        Some("Only 3 rows of the rarest class, so 5 parts cannot each contain one. Using 3 parts.")
    );
    let single = must(make_folds(&class_target(&[40, 1, 0]), &ids(41), 5, 1));
    assert_eq!(single.count, 2);
    assert!(
        single
            .issues
            .iter()
            .any(|issue| issue.code == "single_row_class")
    );
    assert_eq!(
        must(make_folds(
            &Target::Numbers(vec![1.0, 2.0, 3.0]),
            &ids(3),
            10,
            1
        ))
        .count,
        3
    );
    assert_eq!(
        code(make_folds(&Target::Numbers(vec![1.0]), &ids(1), 5, 1)),
        "too_few_rows"
    );
    assert_eq!(
        code(make_folds(&Target::Numbers(vec![1.0, 2.0]), &ids(3), 5, 1)),
        "folds_mismatch"
    );
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
                fit_seconds: 0.0,
                predict_seconds: 0.0,
            })
            .collect(),
        scores: BTreeMap::from([("accuracy".to_owned(), value)]),
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
