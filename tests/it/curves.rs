//! Curves of checked models: every one against scikit-learn, and the rows behind every mark.

use std::collections::BTreeSet;
use std::sync::Arc;

use benchtop::base::{Fingerprint, ParamValue, Params, Random, RowSet, TaskContext, UserError};
use benchtop::chart::marks::{Brush, SceneSize};
use benchtop::chart::{Layer, SvgTheme, to_svg};
use benchtop::data::Table;
use benchtop::evaluate::curves::{
    Along, Costs, CurveKind, CurveWish, GrowthPoint, GrowthSpec, LEVELS, Models, Outcome, Place,
    Ranked, Residuals, calibration, draw, gain, grow, precision_recall, quantile, residuals, roc,
    settings_of, thresholds, values_of,
};
use benchtop::evaluate::{RunSpec, SplitPlan, cross_validate, metrics};
use benchtop::learn::Target;
use benchtop::pipeline::{self, LearningPlan};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
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

#[derive(Deserialize)]
struct Curves {
    cases: Vec<Case>,
    actual: Vec<f64>,
    predicted: Vec<f64>,
    shares: Vec<f64>,
    quantiles: Vec<f64>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    y: Vec<u8>,
    p: Vec<f64>,
    wrong_alarms: Vec<f64>,
    found: Vec<f64>,
    cuts: Vec<f64>,
    corners: [Vec<f64>; 2],
    area: f64,
    precision: Vec<f64>,
    recall: Vec<f64>,
    levels: Vec<f64>,
    average_precision: f64,
    calibration: Vec<Calibrated>,
    thresholds: Vec<Line>,
}

#[derive(Deserialize)]
struct Calibrated {
    bins: usize,
    came_true: Vec<f64>,
    said: Vec<f64>,
    rows: Vec<usize>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    expected_error: f64,
}

#[derive(Deserialize)]
struct Line {
    threshold: f64,
    counts: [u64; 4],
    accuracy: f64,
    balanced_accuracy: f64,
    precision: f64,
    recall: f64,
    specificity: f64,
    f1: f64,
    matthews_correlation: f64,
}

impl Case {
    /// Row ids that are no positions.
    fn ids(&self) -> Vec<u32> {
        (0..self.y.len() as u32).map(|row| 1000 + row * 3).collect()
    }

    fn ranked(&self) -> Ranked {
        let inside: Vec<bool> = self.y.iter().map(|&y| y == 1).collect();
        must(Ranked::new(&self.ids(), &self.p, &inside))
    }

    fn rows_where(&self, wanted: impl Fn(f64, bool) -> bool) -> BTreeSet<u32> {
        let rows = self.ids().into_iter().zip(self.p.iter().zip(&self.y));
        rows.filter(|(_, (p, y))| wanted(**p, **y == 1))
            .map(|(row, _)| row)
            .collect()
    }
}

fn set(rows: &[u32]) -> BTreeSet<u32> {
    rows.iter().copied().collect()
}

fn same(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-12, "{what}: {a}, not {b}");
    }
}

fn cases() -> Vec<Case> {
    fixture::<Curves>("curves").cases
}

#[test]
fn found_rows_against_wrong_alarms_agree_with_scikit_learn() {
    for case in cases() {
        let ranked = case.ranked();
        let curve = must(roc(&ranked));
        let of = |value: fn(&benchtop::evaluate::curves::RocPoint) -> f64| -> Vec<f64> {
            curve.points.iter().map(value).collect()
        };
        same(
            &of(|point| point.wrong_alarms),
            &case.wrong_alarms,
            &case.name,
        );
        same(&of(|point| point.found), &case.found, &case.name);
        same(
            &of(|point| point.cut.threshold)[1..],
            &case.cuts,
            &case.name,
        );
        assert!((curve.area - case.area).abs() <= 1e-12, "{}", case.name);
        for point in &curve.points {
            let expected = case.rows_where(|p, _| p >= point.cut.threshold);
            assert_eq!(set(ranked.rows_above(&point.cut)), expected);
        }
        for pair in curve.points.windows(2) {
            let between = set(ranked.rows_between(&pair[0].cut, &pair[1].cut));
            assert_eq!(between, case.rows_where(|p, _| p == pair[1].cut.threshold));
        }
        // Fewer points than scikit-learn keeps, and still the same line.
        let corners = curve.corners();
        assert!(corners.len() <= case.corners[0].len() + 1, "{}", case.name);
        assert!(corners.first() == curve.points.first() && corners.last() == curve.points.last());
        let area: f64 = corners
            .windows(2)
            .map(|pair| {
                (pair[1].wrong_alarms - pair[0].wrong_alarms) * (pair[0].found + pair[1].found)
                    / 2.0
            })
            .sum();
        assert!((area - case.area).abs() <= 1e-12);
        for point in &curve.points {
            let near = corners.windows(2).any(|pair| {
                let (a, b) = (&pair[0], &pair[1]);
                let cross = (b.wrong_alarms - a.wrong_alarms) * (point.found - a.found)
                    - (b.found - a.found) * (point.wrong_alarms - a.wrong_alarms);
                let inside = point.wrong_alarms >= a.wrong_alarms
                    && point.wrong_alarms <= b.wrong_alarms
                    && point.found >= a.found
                    && point.found <= b.found;
                inside && cross.abs() < 1e-12
            });
            assert!(near, "{}: {point:?}", case.name);
        }
    }
}

#[test]
fn purity_against_finds_agrees_with_scikit_learn() {
    for case in cases() {
        let ranked = case.ranked();
        let curve = must(precision_recall(&ranked));
        let precision: Vec<f64> = curve.points.iter().map(|point| point.precision).collect();
        let recall: Vec<f64> = curve.points.iter().map(|point| point.recall).collect();
        let levels: Vec<f64> = curve
            .points
            .iter()
            .map(|point| point.cut.threshold)
            .collect();
        same(&precision, &case.precision, &case.name);
        same(&recall, &case.recall, &case.name);
        same(&levels[1..], &case.levels, &case.name);
        assert!((curve.average_precision - case.average_precision).abs() <= 1e-12);
        let share = case.y.iter().filter(|&&y| y == 1).count() as f64 / case.y.len() as f64;
        assert_eq!(curve.chance, share);
        // The metric and the curve are one number.
        let target = Target::Classes {
            codes: case.y.iter().map(|&y| u32::from(y)).collect(),
            count: 2,
        };
        let both: Vec<f64> = case.p.iter().flat_map(|&p| [1.0 - p, p]).collect();
        let metric = |id: &str| metrics::by_id(id).and_then(|m| m.compute(&target, &both, 2));
        let close = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() <= 1e-12);
        assert!(close(metric("average_precision"), curve.average_precision));
        assert!(close(metric("auc"), must(roc(&ranked)).area));
    }
}

#[test]
fn what_was_said_against_what_came_true_agrees_with_scikit_learn() {
    for case in cases() {
        let ranked = case.ranked();
        for expected in &case.calibration {
            let what = format!("{}, {} bins", case.name, expected.bins);
            let found = must(calibration(&ranked, expected.bins));
            let of = |value: fn(&benchtop::evaluate::curves::CalibrationBin) -> f64| -> Vec<f64> {
                found.bins.iter().map(value).collect()
            };
            same(&of(|bin| bin.came_true), &expected.came_true, &what);
            same(&of(|bin| bin.said), &expected.said, &what);
            same(&of(|bin| bin.lower), &expected.lower, &what);
            same(&of(|bin| bin.upper), &expected.upper, &what);
            let rows: Vec<usize> = found.bins.iter().map(|bin| bin.rows).collect();
            assert_eq!(rows, expected.rows, "{what}");
            assert!((found.expected_error - expected.expected_error).abs() <= 1e-12);
            assert!(found.largest_error >= found.expected_error - 1e-12);
            let mut all = BTreeSet::new();
            for bin in &found.bins {
                let here = set(bin.rows_of(&ranked));
                assert_eq!(here.len(), bin.rows);
                assert_eq!(here, case.rows_where(|p, _| p >= bin.low && p <= bin.high));
                all.extend(here);
            }
            assert_eq!(all.len(), case.y.len());
        }
    }
}

#[test]
fn the_gain_of_a_list_is_counted() {
    for case in cases() {
        let ranked = case.ranked();
        let curve = must(gain(&ranked));
        let all = case.y.iter().filter(|&&y| y == 1).count() as f64;
        for point in &curve.points {
            let taken = case.rows_where(|p, _| p >= point.cut.threshold).len() as f64;
            let found = case.rows_where(|p, y| y && p >= point.cut.threshold).len() as f64;
            assert!((point.taken - taken / case.y.len() as f64).abs() <= 1e-12);
            assert!((point.found - found / all).abs() <= 1e-12);
            match point.lift {
                Some(lift) => {
                    let expected = (found / taken) / (all / case.y.len() as f64);
                    assert!((lift - expected).abs() <= 1e-12 * expected.max(1.0));
                }
                None => assert_eq!(taken, 0.0),
            }
        }
        let last = curve.points.last().unwrap_or_else(|| panic!());
        assert_eq!((last.taken, last.found, last.lift), (1.0, 1.0, Some(1.0)));
    }
}

#[test]
fn thresholds_count_people_as_scikit_learn_does() {
    for case in cases() {
        let ranked = case.ranked();
        let table = must(thresholds(&ranked, &Costs::default(), None));
        assert_eq!(table.lines.len(), case.thresholds.len() + 1);
        for (line, expected) in table.lines.iter().skip(1).zip(&case.thresholds) {
            let what = format!("{} at {}", case.name, expected.threshold);
            assert_eq!(line.cut.threshold, expected.threshold);
            assert_eq!(
                [line.hits, line.wrong_alarms, line.misses, line.left_alone],
                expected.counts,
                "{what}"
            );
            let scores = line.scores();
            let found = [
                Some(scores.accuracy),
                scores.balanced_accuracy,
                scores.precision,
                scores.recall,
                scores.specificity,
                scores.f1,
                Some(scores.matthews_correlation),
            ];
            let found: Vec<f64> = found.into_iter().flatten().collect();
            let wanted = [
                expected.accuracy,
                expected.balanced_accuracy,
                expected.precision,
                expected.recall,
                expected.specificity,
                expected.f1,
                expected.matthews_correlation,
            ];
            same(&found, &wanted, &what);
            assert_eq!(line.cost, (line.wrong_alarms + line.misses) as f64);
            for (outcome, count, taken, inside) in [
                (Outcome::Hit, line.hits, true, true),
                (Outcome::WrongAlarm, line.wrong_alarms, true, false),
                (Outcome::Miss, line.misses, false, true),
                (Outcome::LeftAlone, line.left_alone, false, false),
            ] {
                let rows = line.rows_of(&ranked, outcome);
                assert_eq!(rows.len() as u64, count);
                let cut = line.cut.threshold;
                assert_eq!(
                    set(&rows),
                    case.rows_where(|p, y| (p >= cut) == taken && y == inside)
                );
            }
        }
        let none = table.lines[0].scores();
        assert_eq!((none.precision, none.recall), (None, Some(0.0)));
        for (place, line) in table.lines.iter().enumerate() {
            assert_eq!(table.at(line.cut.threshold), place);
        }
        assert_eq!(table.at(2.0), 0);
        assert_eq!(table.at(-1.0), table.lines.len() - 1);
    }
}

#[test]
fn costs_and_capacity_choose_the_threshold() {
    let case = &cases()[0];
    let ranked = case.ranked();
    let best = |costs: Costs, capacity| {
        let table = must(thresholds(&ranked, &costs, capacity));
        // By counting every line again.
        let allowed = table
            .lines
            .iter()
            .filter(|line| line.cut.taken as u64 <= capacity.unwrap_or(u64::MAX));
        let least = allowed.map(|line| line.cost).fold(f64::INFINITY, f64::min);
        let line = table.lines[table.best];
        assert_eq!(line.cost, least);
        assert!(
            table.lines[..table.best]
                .iter()
                .all(|line| line.cost > least)
        );
        (line, table.lines[table.best_without_limit])
    };
    let costs = |wrong_alarm, miss, action| Costs {
        wrong_alarm,
        miss,
        action,
    };
    let (even, _) = best(costs(1.0, 1.0, 0.0), None);
    let (misses_dear, _) = best(costs(1.0, 20.0, 0.0), None);
    let (alarms_dear, _) = best(costs(20.0, 1.0, 0.0), None);
    assert!(misses_dear.cut.taken > even.cut.taken && even.cut.taken > alarms_dear.cut.taken);
    assert!(misses_dear.misses < alarms_dear.misses);
    let (limited, free) = best(costs(1.0, 20.0, 0.0), Some(10));
    assert!(limited.cut.taken <= 10 && free == misses_dear);
    let (none, _) = best(costs(1.0, 20.0, 0.0), Some(0));
    assert_eq!(none.cut.taken, 0);
    // Acting costs more than a miss: nobody is written to.
    assert_eq!(best(costs(0.0, 1.0, 5.0), None).0.cut.taken, 0);
    // Ten for a hit is a cost of minus nine for acting, and one for a wrong alarm.
    let (earning, _) = best(costs(10.0, 0.0, -9.0), None);
    assert_eq!(
        earning.cost,
        earning.wrong_alarms as f64 - 9.0 * earning.hits as f64
    );
    assert_eq!(
        code(thresholds(&ranked, &costs(f64::NAN, 1.0, 0.0), None)),
        "cost_is_no_number"
    );
}

#[test]
fn what_has_no_curve_is_refused() {
    let rows = [1, 2, 3];
    let ranked = |inside: [bool; 3]| must(Ranked::new(&rows, &[0.2, 0.4, 0.4], &inside));
    assert_eq!(code(roc(&ranked([true; 3]))), "no_curve");
    assert_eq!(code(roc(&ranked([false; 3]))), "no_curve");
    assert_eq!(code(precision_recall(&ranked([false; 3]))), "no_curve");
    assert_eq!(code(gain(&ranked([false; 3]))), "no_curve");
    assert!(precision_recall(&ranked([true; 3])).is_ok());
    assert_eq!(
        code(Ranked::new(&rows, &[0.2, 0.4], &[true; 3])),
        "no_curve"
    );
    assert_eq!(
        code(Ranked::new(&rows, &[0.2, 0.4, f64::NAN], &[true; 3])),
        "no_curve"
    );
    let odd = must(Ranked::new(&rows, &[0.2, 0.4, 1.4], &[true, false, true]));
    assert_eq!(code(calibration(&odd, 5)), "no_curve");
    let empty = must(Ranked::new(&[], &[], &[]));
    assert_eq!(code(calibration(&empty, 5)), "no_curve");
    assert_eq!(
        code(thresholds(&empty, &Costs::default(), None)),
        "no_curve"
    );
    assert_eq!(code(Residuals::new(&rows, &[1.0], &[1.0], 3)), "no_curve");
    assert_eq!(
        code(Residuals::new(&[1], &[1.0], &[f64::NAN], 3)),
        "no_curve"
    );
}

#[test]
fn residuals_are_told_by_quantiles_and_by_prediction() {
    let fixture = fixture::<Curves>("curves");
    let rows: Vec<u32> = (0..80).map(|row| row * 2 + 5).collect();
    let found = must(Residuals::new(
        &rows,
        &fixture.actual,
        &fixture.predicted,
        6,
    ));
    let quantiles: Vec<f64> = fixture.shares.iter().map(|&s| found.quantile(s)).collect();
    same(&quantiles, &fixture.quantiles, "quantiles");
    let residual = |row: u32| {
        let place = (row as usize - 5) / 2;
        fixture.predicted[place] - fixture.actual[place]
    };
    let middle = found.rows_between(-0.5, 0.5);
    let expected = rows
        .iter()
        .filter(|&&row| residual(row).abs() <= 0.5)
        .count();
    assert!(middle.len() == expected && middle.iter().all(|&row| residual(row).abs() <= 0.5));
    let mut all = BTreeSet::new();
    for bin in &found.bins {
        let here = set(found.rows_of(bin));
        assert!(here.len() == bin.rows && bin.rows >= 8 && bin.low <= bin.high);
        let mut residuals: Vec<f64> = here.iter().map(|&row| residual(row)).collect();
        residuals.sort_by(f64::total_cmp);
        same(
            &bin.quantiles,
            &LEVELS.map(|level| quantile(&residuals, level)),
            "bin",
        );
        for &row in &here {
            let predicted = fixture.predicted[(row as usize - 5) / 2];
            assert!(predicted >= bin.low && predicted <= bin.high);
        }
        assert!(all.is_disjoint(&here));
        all.extend(here);
    }
    assert_eq!(all.len(), 80);
    // Equal predictions are one bin.
    let one = must(Residuals::new(&rows, &fixture.actual, &[1.0; 80], 6));
    assert_eq!((one.bins.len(), one.bins[0].rows), (1, 80));
}

// ---- Curves that are fitted ----------------------------------------------------------------------

fn waves(rows: usize) -> Table {
    let mut random = Random::new(21);
    let x: Vec<f64> = (0..rows).map(|_| random.next_f64() * 6.0).collect();
    let other: Vec<f64> = (0..rows).map(|_| random.next_f64()).collect();
    let y: Vec<f64> = x
        .iter()
        .map(|x| x.sin() * 3.0 + random.next_f64())
        .collect();
    let high: Vec<&str> = y
        .iter()
        .map(|&y| if y > 2.5 { "high" } else { "low" })
        .collect();
    let when: Vec<f64> = (0..rows).map(|row| (row * 7 % rows) as f64).collect();
    let columns: Vec<Column> = vec![
        Series::new("x".into(), x).into(),
        Series::new("other".into(), other).into(),
        Series::new("y".into(), y).into(),
        Series::new("high".into(), high).into(),
        Series::new("when".into(), when).into(),
    ];
    let frame = DataFrame::new(rows, columns).unwrap_or_else(|e| panic!("{e}"));
    Table::from_frame(frame, Fingerprint::of(&[b"waves"]))
}

fn spec(target: &str, learner: &str, split: SplitPlan) -> RunSpec {
    RunSpec {
        plan: LearningPlan {
            target: target.to_owned(),
            features: vec!["x".to_owned(), "other".to_owned()],
            steps: Vec::new(),
        },
        learner: learner.to_owned(),
        params: Params::new(),
        preparation: Params::new(),
        folds: 4,
        seed: 3,
        split,
    }
}

fn curve(table: &Table, run: &RunSpec, along: Along) -> Result<Vec<GrowthPoint>, UserError> {
    let task = TaskContext::new();
    let prepared = pipeline::prepare(table, &run.plan, &task)?;
    let spec = GrowthSpec {
        run: run.clone(),
        along,
    };
    let text = serde_json::to_string(&spec).unwrap_or_else(|e| panic!("{e}"));
    let back: GrowthSpec = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(back, spec);
    let mut told = Vec::new();
    let points = grow(&prepared, &spec, &task, &mut |point| {
        told.push(point.clone())
    })?;
    assert_eq!(told, points);
    Ok(points)
}

#[test]
fn a_learning_curve_ends_where_cross_validation_is() {
    let table = waves(240);
    let by_time = SplitPlan::Time {
        column: "when".to_owned(),
        gap: 0.0,
    };
    for (target, metric, split) in [
        ("y", "mean_absolute_error", SplitPlan::default()),
        ("high", "auc", SplitPlan::default()),
        ("y", "mean_absolute_error", by_time),
        (
            "y",
            "mean_absolute_error",
            SplitPlan::Holdout {
                share: 0.4,
                by_quantiles: true,
            },
        ),
    ] {
        let run = spec(target, "k_nearest_neighbours", split);
        let shares = vec![0.1, 0.3, 1.0];
        let points = must(curve(&table, &run, Along::Rows { shares }));
        let whole = must(cross_validate(
            &table,
            &run,
            &TaskContext::new(),
            &mut |_| {},
        ));
        let places: Vec<&Place> = points.iter().map(|point| &point.at).collect();
        assert_eq!(
            places,
            [&Place::Share(0.1), &Place::Share(0.3), &Place::Share(1.0)]
        );
        assert_eq!(points[2].checked, whole.scores);
        let rows = whole.folds.iter().map(|fold| fold.rows_trained as f64);
        assert_eq!(
            points[2].rows_trained,
            rows.sum::<f64>() / whole.folds.len() as f64
        );
        assert!((points[0].rows_trained / points[2].rows_trained - 0.1).abs() < 0.02);
        let better = metrics::by_id(metric).unwrap_or_else(|| panic!());
        let checked = |at: usize| points[at].checked[metric].mean;
        assert!(
            better.is_better(checked(2), checked(0)),
            "{target}: {points:?}"
        );
        assert!(better.is_better(points[2].trained[metric], checked(2)));
        let again = must(curve(&table, &run, Along::Rows { shares: vec![0.3] }));
        assert_eq!(again[0].checked, points[1].checked);
    }
}

#[test]
fn a_validation_curve_passes_through_cross_validation() {
    let table = waves(240);
    let run = spec("y", "decision_tree", SplitPlan::default());
    let along = Along::Setting {
        key: "max_depth".to_owned(),
        values: [1_i64, 3, 12].map(ParamValue::from).to_vec(),
    };
    let points = must(curve(&table, &run, along));
    for (point, depth) in points.iter().zip([1_i64, 3, 12]) {
        let mut one = run.clone();
        one.params.set("max_depth", depth);
        let whole = must(cross_validate(
            &table,
            &one,
            &TaskContext::new(),
            &mut |_| {},
        ));
        assert_eq!(point.checked, whole.scores);
        assert_eq!(point.at, Place::Value(ParamValue::from(depth)));
    }
    let trained: Vec<f64> = points.iter().map(|p| p.trained["r_squared"]).collect();
    assert!(
        trained[0] < trained[1] && trained[1] < trained[2],
        "{trained:?}"
    );
    assert!(points[2].checked["r_squared"].mean < trained[2]);
    // A setting of the preparation.
    let scale = Along::Setting {
        key: "scaling".to_owned(),
        values: vec![ParamValue::from("none"), ParamValue::from("standard")],
    };
    let neighbours = spec("y", "k_nearest_neighbours", SplitPlan::default());
    let points = must(curve(&table, &neighbours, scale));
    assert_ne!(points[0].checked, points[1].checked);

    let refused = |along: Along| code(curve(&table, &run, along));
    assert_eq!(refused(Along::Rows { shares: vec![] }), "no_points");
    assert_eq!(
        refused(Along::Rows {
            shares: vec![0.5, 1.2]
        }),
        "share_out_of_range"
    );
    let setting = |key: &str, value: ParamValue| Along::Setting {
        key: key.to_owned(),
        values: vec![value],
    };
    assert_eq!(
        refused(setting("magic", ParamValue::from(1_i64))),
        "unknown_parameter"
    );
    assert_ne!(
        refused(setting("max_depth", ParamValue::from("deep"))),
        "accepted"
    );
}

#[test]
fn curves_come_from_a_run() {
    let table = waves(120);
    let run = spec("high", "logistic_regression", SplitPlan::default());
    let result = must(cross_validate(
        &table,
        &run,
        &TaskContext::new(),
        &mut |_| {},
    ));
    for class in 0..2 {
        let ranked = must(Ranked::of(&result, class));
        assert_eq!(ranked.len(), 120);
        assert!(must(roc(&ranked)).area > 0.6);
    }
    assert_eq!(code(Ranked::of(&result, 2)), "no_curve");
    assert_eq!(code(residuals(&result, 5)), "no_curve");
    let run = spec("y", "linear_regression", SplitPlan::default());
    let result = must(cross_validate(
        &table,
        &run,
        &TaskContext::new(),
        &mut |_| {},
    ));
    let found = must(residuals(&result, 5));
    assert_eq!(found.bins.iter().map(|bin| bin.rows).sum::<usize>(), 120);
    assert_eq!(code(Ranked::of(&result, 0)), "no_curve");
    let mut broken = result.clone();
    Arc::make_mut(&mut broken.out_of_fold).predicted[3] = f64::NAN;
    assert_eq!(code(residuals(&broken, 5)), "no_curve");
}

// ---- Drawings ------------------------------------------------------------------------------------

#[test]
fn marks_of_a_drawing_show_the_share_of_their_rows_that_is_selected() {
    let table = waves(120);
    let run = spec("high", "logistic_regression", SplitPlan::default());
    let result = must(cross_validate(
        &table,
        &run,
        &TaskContext::new(),
        &mut |_| {},
    ));
    let named = [("Logistic regression".to_owned(), &result)];
    let models = Models {
        named: &named,
        guessing: None,
    };
    let size = SceneSize {
        width: 400,
        height: 300,
    };
    for kind in CurveKind::of_task(true) {
        let wish = CurveWish::of(*kind, 1);
        let drawing = must(draw(models, wish, &TaskContext::new()));
        let spots = |selection: Option<&RowSet>| {
            let scene = drawing.scene(size, None, selection);
            let svg = to_svg(&scene, 480.0, 400.0, SvgTheme::Light);
            assert!(svg.contains("never saw it") && svg.contains("Guessing"));
            let spots = scene.layers.into_iter().filter_map(|layer| match layer {
                Layer::Spots(spots) => Some(spots),
                _ => None,
            });
            let plain = spots.flatten().filter(|spot| spot.radius < 4.0);
            plain.collect::<Vec<_>>()
        };
        assert!(spots(None).iter().all(|spot| spot.selected.is_none()));
        // What a click on the third mark adds to the second.
        let at = |place: usize| {
            let [x, y] = drawing.places()[place];
            let brush = Brush {
                x: (x, x),
                y: (y, y),
            };
            drawing.rows_in(brush, 120)
        };
        let mut rows = at(2);
        rows.subtract(&at(1));
        let shares: Vec<f32> = spots(Some(&rows))
            .iter()
            .filter_map(|spot| spot.selected)
            .collect();
        assert!(shares.len() > 3, "{kind:?}");
        for (place, share) in shares.into_iter().enumerate() {
            assert_eq!(share, f32::from(u8::from(place == 2)), "{kind:?} {place}");
        }
    }
    // Another task has no such curve.
    let error = draw(
        models,
        CurveWish::of(CurveKind::Residuals, 0),
        &TaskContext::new(),
    );
    assert_eq!(code(error), "no_curve");
}

#[test]
fn a_validation_curve_goes_through_the_value_in_use() {
    let task = benchtop::learn::Task::Number;
    let settings = settings_of("decision_tree", &task);
    assert!(settings.iter().any(|(key, _)| key == "max_depth"));
    let mut params = Params::new();
    params.set("max_depth", 7_i64);
    let values = values_of("decision_tree", &task, &params, "max_depth");
    assert!(values.len() > 4 && values.contains(&ParamValue::from(7_i64)));
    let number = |value: &ParamValue| match value {
        ParamValue::Integer(value) => *value,
        other => panic!("{other:?}"),
    };
    assert!(
        values
            .windows(2)
            .all(|pair| number(&pair[0]) < number(&pair[1]))
    );
    assert!(values_of("decision_tree", &task, &params, "magic").is_empty());
}
