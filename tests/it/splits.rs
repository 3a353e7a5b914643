//! Ways of dividing rows: who learns, who is checked, and what is refused.

use std::collections::{BTreeMap, BTreeSet};

use benchtop::base::{Fingerprint, Params, Random, TaskContext, UserError};
use benchtop::data::Table;
use benchtop::evaluate::cross_validation::score;
use benchtop::evaluate::split::{KINDS, NEVER, SplitPlan};
use benchtop::evaluate::{Folds, RunResult, RunSpec, cross_validate, make_folds, make_split};
use benchtop::learn::Target;
use benchtop::learn::matrix::{BLANK, TargetValues};
use benchtop::pipeline::LearningPlan;
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

fn codes_of(target: &Target) -> &[u32] {
    match target {
        Target::Classes { codes, .. } => codes,
        Target::Numbers(_) => &[],
    }
}

fn split(plan: &SplitPlan, target: &Target, column: Option<&TargetValues>, folds: usize) -> Folds {
    must(make_split(
        plan,
        target,
        &ids(target.len()),
        column,
        folds,
        1,
    ))
}

fn texts(values: &[&str]) -> TargetValues {
    let mut names: Vec<String> = Vec::new();
    let codes = values
        .iter()
        .map(|&value| {
            if value.is_empty() {
                return BLANK;
            }
            let place = names.iter().position(|name| name == value);
            place.unwrap_or_else(|| {
                names.push(value.to_owned());
                names.len() - 1
            }) as u32
        })
        .collect();
    TargetValues::Texts { codes, names }
}

// ---- Dealt by lot --------------------------------------------------------------------------------

#[test]
fn folds_are_even_and_keep_the_shares_of_classes() {
    let target = class_target(&[53, 27, 21]);
    let folds = must(make_folds(&target, &ids(101), 5, 1));
    assert_eq!(
        (folds.count, folds.assignment.len(), folds.issues.len()),
        (5, 101, 0)
    );
    let codes = codes_of(&target);
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

/// Folds of projects that exist do not change.
#[test]
fn folds_are_the_ones_they_always_were() {
    let folds = must(make_folds(&class_target(&[6, 4]), &ids(10), 3, 1));
    assert_eq!(folds.assignment, WAS_CLASSES);
    let numbers = Target::Numbers((0..10).map(f64::from).collect());
    let folds = must(make_folds(&numbers, &ids(10), 3, 1));
    assert_eq!(folds.assignment, WAS_NUMBERS);
}

const WAS_CLASSES: [u16; 10] = [1, 0, 0, 2, 1, 2, 2, 0, 1, 0];
const WAS_NUMBERS: [u16; 10] = [2, 1, 1, 1, 2, 0, 0, 2, 0, 0];

#[test]
fn numbers_are_dealt_by_size_when_asked_to() {
    let mut random = Random::new(3);
    let values: Vec<f64> = (0..203)
        .map(|_| random.next_f64().powi(4) * 100.0)
        .collect();
    let target = Target::Numbers(values.clone());
    let plan = SplitPlan::KFold { by_quantiles: true };
    let folds = split(&plan, &target, None, 5);
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let tenths: Vec<f64> = (1..10).map(|tenth| sorted[tenth * 203 / 10]).collect();
    for fold in 0..5 {
        let check = folds.check(fold);
        assert!(check.len() == 40 || check.len() == 41);
        let mut counts = [0usize; 10];
        for row in check {
            counts[tenths.iter().filter(|&&edge| values[row] >= edge).count()] += 1;
        }
        assert!(
            counts.iter().all(|count| (3..=5).contains(count)),
            "{counts:?}"
        );
    }
    assert_ne!(
        folds.assignment,
        split(&SplitPlan::default(), &target, None, 5).assignment
    );
    // Fewer rows than ten bins would need.
    let few = Target::Numbers(values[..7].to_vec());
    assert_eq!(split(&plan, &few, None, 5).count, 5);
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
    let three = Target::Numbers(vec![1.0, 2.0, 3.0]);
    assert_eq!(must(make_folds(&three, &ids(3), 10, 1)).count, 3);
    assert_eq!(
        code(make_folds(&Target::Numbers(vec![1.0]), &ids(1), 5, 1)),
        "too_few_rows"
    );
    assert_eq!(
        code(make_folds(&Target::Numbers(vec![1.0, 2.0]), &ids(3), 5, 1)),
        "folds_mismatch"
    );
}

#[test]
fn every_repeat_checks_every_row_once_with_other_parts() {
    let target = class_target(&[40, 25]);
    let plan = SplitPlan::Repeated {
        repeats: 3,
        by_quantiles: true,
    };
    let folds = split(&plan, &target, None, 5);
    assert_eq!((folds.count, folds.repeats), (15, 3));
    let mut seen: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for round in 0..15 {
        assert_eq!(folds.repeat_of(round), round / 5);
        let (train, check) = (folds.train(round), folds.check(round));
        let both: BTreeSet<usize> = train.iter().chain(&check).copied().collect();
        assert_eq!((both.len(), train.len() + check.len()), (65, 65));
        let second = check.iter().filter(|&&row| codes_of(&target)[row] == 1);
        assert_eq!(second.count(), 5);
        seen.entry(round / 5).or_default().push(check);
    }
    for parts in seen.values() {
        let rows: BTreeSet<usize> = parts.iter().flatten().copied().collect();
        assert_eq!(rows.len(), 65);
    }
    assert_ne!(seen[&0], seen[&1]);
    assert_ne!(seen[&1], seen[&2]);
    // The first repeat is the plain way of dividing.
    let plain = split(&SplitPlan::KFold { by_quantiles: true }, &target, None, 5);
    assert_eq!(plain.assignment, folds.assignment);
    let many = SplitPlan::Repeated {
        repeats: 50,
        by_quantiles: false,
    };
    let numbers = Target::Numbers(vec![0.0; 4000]);
    assert_eq!(
        code(make_split(&many, &numbers, &ids(4000), None, 2000, 1)),
        "too_many_rounds"
    );
}

#[test]
fn a_holdout_keeps_the_shares_of_classes() {
    let plan = |share| SplitPlan::Holdout {
        share,
        by_quantiles: true,
    };
    let target = class_target(&[700, 290, 10]);
    let folds = split(&plan(0.2), &target, None, 5);
    assert_eq!((folds.count, folds.pooled), (1, true));
    let check = folds.check(0);
    assert_eq!((check.len(), folds.train(0).len()), (200, 800));
    let counts: Vec<usize> = (0..3)
        .map(|class| {
            check
                .iter()
                .filter(|&&row| codes_of(&target)[row] == class)
                .count()
        })
        .collect();
    assert_eq!(counts, [140, 58, 2]);
    assert_eq!(
        folds
            .assignment
            .iter()
            .filter(|&&part| part == NEVER)
            .count(),
        800
    );
    // A class with two rows is on both sides, one with a single row is learned from.
    let rare = class_target(&[50, 2, 1]);
    let folds = split(&plan(0.1), &rare, None, 5);
    let checked: Vec<u32> = folds
        .check(0)
        .iter()
        .map(|&row| codes_of(&rare)[row])
        .collect();
    assert_eq!(checked.iter().filter(|&&class| class == 1).count(), 1);
    assert!(!checked.contains(&2));
    assert!(
        folds
            .issues
            .iter()
            .any(|issue| issue.code == "single_row_class")
    );
    let numbers = Target::Numbers((0..50).map(f64::from).collect());
    let low_high = split(&plan(0.5), &numbers, None, 5).check(0);
    assert_eq!(low_high.iter().filter(|&&row| row < 25).count(), 13);
    assert_eq!(low_high.len(), 25);
    assert_eq!(
        code(make_split(
            &plan(0.01),
            &Target::Numbers(vec![1.0; 20]),
            &ids(20),
            None,
            5,
            1
        )),
        "too_few_rows"
    );
    assert_eq!(
        code(make_split(&plan(1.0), &numbers, &ids(50), None, 5, 1)),
        "share_out_of_range"
    );
}

#[test]
fn leaving_one_out_is_for_few_rows() {
    let folds = split(&SplitPlan::LeaveOneOut, &class_target(&[4, 3]), None, 5);
    assert_eq!((folds.count, folds.pooled), (7, true));
    for round in 0..7 {
        assert_eq!(folds.check(round), [round]);
        assert_eq!(folds.train(round).len(), 6);
    }
    let error = make_split(
        &SplitPlan::LeaveOneOut,
        &Target::Numbers(vec![1.0; 2001]),
        &ids(2001),
        None,
        5,
        1,
    );
    assert_eq!(code(error), "too_many_single_rows");
}

// ---- By a column ---------------------------------------------------------------------------------

fn by_group(name: &str) -> SplitPlan {
    SplitPlan::Groups {
        column: name.to_owned(),
    }
}

#[test]
fn no_group_is_on_both_sides_and_classes_stay_even() {
    // Ninety farms of 1 to 12 rows; every third farm has mostly the second class.
    let mut random = Random::new(8);
    let (mut farms, mut codes) = (Vec::new(), Vec::new());
    for farm in 0..90 {
        for _ in 0..1 + random.below(12) {
            farms.push(f64::from(farm));
            let share = if farm % 3 == 0 { 0.8 } else { 0.1 };
            codes.push(u32::from(random.next_f64() < share));
        }
    }
    let rows = farms.len();
    let overall = codes.iter().sum::<u32>() as f64 / rows as f64;
    let target = Target::Classes { codes, count: 2 };
    let values = TargetValues::Numbers(farms.clone());
    let folds = split(&by_group("farm"), &target, Some(&values), 5);
    let mut checked = 0;
    for round in 0..5 {
        let (train, check) = (folds.train(round), folds.check(round));
        let side = |rows: &[usize]| -> BTreeSet<u64> {
            rows.iter().map(|&row| farms[row].to_bits()).collect()
        };
        assert!(side(&train).is_disjoint(&side(&check)));
        assert_eq!(train.len() + check.len(), rows);
        checked += check.len();
        assert!((check.len() as f64 / rows as f64 - 0.2).abs() < 0.03);
        let share = check
            .iter()
            .filter(|&&row| codes_of(&target)[row] == 1)
            .count() as f64;
        assert!(
            (share / check.len() as f64 - overall).abs() < 0.03,
            "{share}"
        );
    }
    assert_eq!(checked, rows);
    assert!(folds.issues.is_empty());
    let again = split(&by_group("farm"), &target, Some(&values), 5);
    assert_eq!(folds, again);
    let other = must(make_split(
        &by_group("farm"),
        &target,
        &ids(rows),
        Some(&values),
        5,
        2,
    ));
    assert_ne!(folds.assignment, other.assignment);
}

#[test]
fn groups_that_are_too_few_are_refused() {
    let target = class_target(&[6, 6]);
    let three = texts(&["a", "a", "a", "a", "b", "b", "b", "b", "c", "c", "c", "c"]);
    let error = make_split(&by_group("farm"), &target, &ids(12), Some(&three), 5, 1)
        .err()
        .unwrap_or_else(|| panic!("accepted"));
    assert_eq!(error.code, "too_few_groups");
    assert_eq!(error.what, "farm has too few groups for 5 parts");
    assert_eq!(error.hint.as_deref(), Some("Make at most 3 parts"));
    let folds = split(&by_group("farm"), &target, Some(&three), 3);
    assert!((0..3).all(|round| folds.check(round).len() == 4));
    // The first class is in farms a and b; the third farm holds the second class only, and so on.
    let alone = texts(&["a", "a", "a", "a", "a", "a", "b", "b", "c", "c", "c", "c"]);
    let folds = split(&by_group("farm"), &target, Some(&alone), 3);
    assert!(
        folds
            .issues
            .iter()
            .any(|issue| issue.code == "class_in_one_group")
    );
    // Rows without a group stay together.
    let blanks = texts(&["a", "", "a", "", "b", "b", "", "b", "c", "c", "c", "c"]);
    let folds = split(&by_group("farm"), &target, Some(&blanks), 4);
    let parts: BTreeSet<u16> = [1, 3, 6].iter().map(|&row| folds.assignment[row]).collect();
    assert_eq!(parts.len(), 1);
    assert!(folds.issues.iter().any(|issue| issue.code == "blank_group"));
    assert_eq!(
        code(make_split(&by_group("farm"), &target, &ids(12), None, 3, 1)),
        "no_split_values"
    );
}

#[derive(Deserialize)]
struct TimeCase {
    rows: usize,
    folds: usize,
    train: Vec<Vec<usize>>,
    check: Vec<Vec<usize>>,
}

fn by_time(gap: f64) -> SplitPlan {
    SplitPlan::Time {
        column: "day".to_owned(),
        gap,
    }
}

#[test]
fn windows_over_time_are_those_of_scikit_learn() {
    #[derive(Deserialize)]
    struct Cases {
        time: Vec<TimeCase>,
    }
    for case in fixture::<Cases>("splits").time {
        // Shuffled rows, so that the order has to come from the column.
        let mut order: Vec<usize> = (0..case.rows).collect();
        Random::new(4).shuffle(&mut order);
        let days: Vec<f64> = order.iter().map(|&day| day as f64).collect();
        let target = Target::Numbers(vec![1.0; case.rows]);
        let folds = split(
            &by_time(0.0),
            &target,
            Some(&TargetValues::Numbers(days)),
            case.folds,
        );
        assert_eq!(folds.count, case.folds);
        for round in 0..case.folds {
            let days_of = |rows: Vec<usize>| {
                let mut days: Vec<usize> = rows.into_iter().map(|row| order[row]).collect();
                days.sort_unstable();
                days
            };
            assert_eq!(days_of(folds.train(round)), case.train[round]);
            assert_eq!(days_of(folds.check(round)), case.check[round]);
        }
    }
}

#[test]
fn the_past_ends_before_the_future_begins() {
    // Three rows a day, some days missing, one row without a day.
    let mut days: Vec<f64> = (0..40)
        .filter(|day| day % 7 != 3)
        .flat_map(|day| vec![f64::from(day); 3])
        .collect();
    days.push(f64::NAN);
    let target = Target::Numbers(vec![0.5; days.len()]);
    let values = TargetValues::Numbers(days.clone());
    for gap in [0.0, 2.0, 5.0] {
        let folds = split(&by_time(gap), &target, Some(&values), 4);
        let mut checked = BTreeSet::new();
        for round in 0..4 {
            let (train, check) = (folds.train(round), folds.check(round));
            let last = train.iter().map(|&row| days[row]).fold(f64::MIN, f64::max);
            let first = check.iter().map(|&row| days[row]).fold(f64::MAX, f64::min);
            assert!(last < first - gap, "{last} {first}");
            // Everything before the gap is learned from.
            let before = days.iter().filter(|&&day| day < first - gap).count();
            assert_eq!(train.len(), before);
            checked.extend(check);
        }
        assert!(checked.len() >= days.len() * 3 / 5);
        assert!(!checked.contains(&(days.len() - 1)));
        assert!(folds.issues.iter().any(|issue| issue.code == "blank_time"));
    }
    let refused = |plan: &SplitPlan, values: &TargetValues, folds| {
        code(make_split(
            plan,
            &target,
            &ids(days.len()),
            Some(values),
            folds,
            1,
        ))
    };
    assert_eq!(refused(&by_time(100.0), &values, 4), "gap_too_long");
    assert_eq!(refused(&by_time(-1.0), &values, 4), "gap_out_of_range");
    assert_eq!(refused(&by_time(0.0), &values, 200), "too_few_moments");
    let two = TargetValues::Numbers(days.iter().map(|&day| f64::from(day > 20.0)).collect());
    assert_eq!(refused(&by_time(0.0), &two, 4), "too_few_moments");
    let words = texts(&vec!["monday"; days.len()]);
    assert_eq!(refused(&by_time(0.0), &words, 4), "not_a_time");
}

#[test]
fn a_column_names_the_parts() {
    let plan = SplitPlan::Column {
        column: "part".to_owned(),
    };
    let target = Target::Numbers(vec![0.0; 8]);
    let named = texts(&["b", "a", "", "b", "c", "a", "a", ""]);
    let folds = split(&plan, &target, Some(&named), 5);
    assert_eq!((folds.count, folds.pooled), (3, false));
    assert_eq!(folds.check(0), [1, 5, 6]);
    assert_eq!(folds.check(1), [0, 3]);
    assert_eq!(folds.check(2), [4]);
    assert_eq!(folds.train(2), [0, 1, 2, 3, 5, 6, 7]);
    assert_eq!(folds.assignment[2], NEVER);
    assert!(
        folds
            .issues
            .iter()
            .any(|issue| issue.code == "never_checked")
    );
    // One named part and rows that are never checked: a holdout.
    let one = TargetValues::Numbers(vec![f64::NAN, 1.0, 1.0, f64::NAN, 1.0, -0.0, 0.0, f64::NAN]);
    assert_eq!(split(&plan, &target, Some(&one), 5).count, 2);
    let one = texts(&["x", "", "x", "", "", "", "", ""]);
    let folds = split(&plan, &target, Some(&one), 5);
    assert_eq!((folds.count, folds.pooled), (1, true));
    let refused = |values: &TargetValues, rows: usize| {
        let target = Target::Numbers(vec![0.0; rows]);
        code(make_split(&plan, &target, &ids(rows), Some(values), 5, 1))
    };
    assert_eq!(refused(&texts(&["x"; 8]), 8), "too_few_parts");
    assert_eq!(refused(&texts(&[""; 8]), 8), "too_few_parts");
    let names = TargetValues::Numbers((0..1500).map(f64::from).collect());
    assert_eq!(refused(&names, 1500), "too_many_parts");
}

// ---- Plans as data -------------------------------------------------------------------------------

fn one_of_each() -> Vec<SplitPlan> {
    let column = || "island".to_owned();
    vec![
        SplitPlan::KFold { by_quantiles: true },
        SplitPlan::Repeated {
            repeats: 3,
            by_quantiles: false,
        },
        SplitPlan::Holdout {
            share: 0.25,
            by_quantiles: true,
        },
        SplitPlan::Groups { column: column() },
        SplitPlan::Copies,
        SplitPlan::Time {
            column: column(),
            gap: 2.5,
        },
        SplitPlan::LeaveOneOut,
        SplitPlan::Column { column: column() },
    ]
}

#[test]
fn plans_survive_as_text_and_as_settings() {
    let plans = one_of_each();
    assert_eq!(plans.len(), KINDS.len());
    for (plan, kind) in plans.iter().zip(KINDS) {
        assert_eq!(plan.kind().id, kind.id);
        let text = serde_json::to_string(plan).unwrap_or_else(|e| panic!("{e}"));
        assert!(
            text.contains(&format!("\"kind\":\"{}\"", kind.id)),
            "{text}"
        );
        let back: SplitPlan = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(back, *plan);
        assert_eq!(must(SplitPlan::from_params(kind.id, &plan.params())), *plan);
        assert!(!plan.sentence(5).ends_with('.') && plan.sentence(5).len() > 10);
        assert_eq!(
            plan.column(),
            kind.params
                .iter()
                .any(|p| p.key == "column")
                .then_some("island")
        );
    }
    assert_eq!(
        code(SplitPlan::from_params("magic", &Params::new())),
        "unknown_split"
    );
    assert_eq!(
        code(SplitPlan::from_params("groups", &Params::new())),
        "missing_parameter"
    );
    let wrong = Params::new().with("share", 0.5);
    assert_eq!(
        code(SplitPlan::from_params("k_fold", &wrong)),
        "unknown_parameter"
    );
}

#[test]
fn the_same_seed_gives_the_same_rounds() {
    let target = class_target(&[30, 30]);
    let values = TargetValues::Numbers((0..60).map(|row| f64::from(row % 12)).collect());
    for plan in one_of_each() {
        let reads = plan.column().is_some() || plan == SplitPlan::Copies;
        let column = reads.then_some(&values);
        let make = |seed| must(make_split(&plan, &target, &ids(60), column, 4, seed));
        assert_eq!(make(7), make(7), "{plan:?}");
        let by_lot = matches!(
            plan,
            SplitPlan::KFold { .. }
                | SplitPlan::Repeated { .. }
                | SplitPlan::Holdout { .. }
                | SplitPlan::Groups { .. }
                | SplitPlan::Copies
        );
        assert_eq!(make(7).assignment != make(8).assignment, by_lot, "{plan:?}");
        for round in 0..make(7).count {
            let (train, check) = (make(7).train(round), make(7).check(round));
            assert!(!train.is_empty() && !check.is_empty());
            assert!(check.iter().all(|row| !train.contains(row)), "{plan:?}");
        }
        assert_eq!(plan.rounds(4).unwrap_or(make(7).count), make(7).count);
    }
}

// ---- In a run ------------------------------------------------------------------------------------

/// 120 rows: a day, one of 24 farms, two columns that say something about the answer.
fn plots() -> Table {
    let mut random = Random::new(11);
    let mut noise = |scale: f64| (random.next_f64() - 0.5) * scale;
    let size: Vec<f64> = (0..120).map(|_| 5.0 + noise(4.0)).collect();
    let rain: Vec<f64> = (0..120).map(|_| 20.0 + noise(10.0)).collect();
    let mass: Vec<f64> = size
        .iter()
        .zip(&rain)
        .map(|(s, r)| 3.0 * s + r + noise(4.0))
        .collect();
    let high: Vec<&str> = mass
        .iter()
        .map(|&m| if m + noise(6.0) > 38.0 { "yes" } else { "no" })
        .collect();
    let day: Vec<f64> = (0..120).map(|row| f64::from(row * 7 % 120)).collect();
    let farm: Vec<String> = (0..120).map(|row| format!("farm {}", row % 24)).collect();
    let part: Vec<Option<&str>> = (0..120)
        .map(|row| [Some("a"), Some("b"), None][row % 3])
        .collect();
    let columns: Vec<Column> = vec![
        Series::new("size".into(), size).into(),
        Series::new("rain".into(), rain).into(),
        Series::new("mass".into(), mass).into(),
        Series::new("high".into(), high).into(),
        Series::new("day".into(), day).into(),
        Series::new("farm".into(), farm).into(),
        Series::new("part".into(), part).into(),
    ];
    let frame = DataFrame::new(120, columns).unwrap_or_else(|e| panic!("{e}"));
    Table::from_frame(frame, Fingerprint::of(&[b"plots"]))
}

fn run(
    target: &str,
    learner: &str,
    split: SplitPlan,
    features: &[&str],
) -> Result<RunResult, UserError> {
    let spec = RunSpec {
        plan: LearningPlan {
            target: target.to_owned(),
            features: features.iter().map(|&name| name.to_owned()).collect(),
            steps: Vec::new(),
        },
        learner: learner.to_owned(),
        params: Params::new(),
        preparation: Params::new(),
        folds: 4,
        seed: 1,
        split,
    };
    cross_validate(&plots(), &spec, &TaskContext::new(), &mut |_| {})
}

const BOTH: [&str; 2] = ["size", "rain"];

fn plans() -> Vec<SplitPlan> {
    let column = |name: &str| name.to_owned();
    vec![
        SplitPlan::KFold { by_quantiles: true },
        SplitPlan::Repeated {
            repeats: 2,
            by_quantiles: true,
        },
        SplitPlan::Holdout {
            share: 0.3,
            by_quantiles: true,
        },
        SplitPlan::Groups {
            column: column("farm"),
        },
        SplitPlan::Time {
            column: column("day"),
            gap: 3.0,
        },
        SplitPlan::LeaveOneOut,
        SplitPlan::Column {
            column: column("part"),
        },
    ]
}

#[test]
fn every_way_of_dividing_gives_scores_with_intervals() {
    for (target, learner, metric, good) in [
        ("mass", "linear_regression", "r_squared", 0.75),
        ("high", "logistic_regression", "auc", 0.8),
    ] {
        for plan in plans() {
            let result = must(run(target, learner, plan.clone(), &BOTH));
            let value = &result.scores[metric];
            assert!(
                value.mean > good && value.lower < value.mean && value.mean < value.upper.max(1.0),
                "{plan:?}: {value:?}"
            );
            let held = &result.out_of_fold;
            let checked: BTreeSet<u32> = held.rows.iter().copied().collect();
            let expected = match plan {
                SplitPlan::Holdout { .. } => 36,
                SplitPlan::Time { .. } => 96,
                SplitPlan::Column { .. } => 80,
                _ => 120,
            };
            assert_eq!(
                (checked.len(), held.rows.len()),
                (expected, expected),
                "{plan:?}"
            );
            assert_eq!(held.truth.len(), expected);
            assert_eq!(held.predicted.len(), expected * held.outputs);
            let rounds = match plan {
                SplitPlan::Column { .. } => 2,
                SplitPlan::LeaveOneOut => 120,
                _ => plan.rounds(4).unwrap_or(0),
            };
            assert_eq!(result.folds.len(), rounds);
            assert!(result.folds.iter().all(|fold| fold.folds == rounds));
            let together = matches!(plan, SplitPlan::Holdout { .. } | SplitPlan::LeaveOneOut);
            assert_eq!(value.blocks.len(), if together { 20 } else { 0 });
            if together {
                let whole = score(&result.task, &held.truth, &held.predicted);
                assert_eq!(whole[metric], value.mean);
            }
            let again = must(run(target, learner, plan, &BOTH));
            assert_eq!(
                (&again.scores, &again.out_of_fold),
                (&result.scores, &result.out_of_fold)
            );
            let text = serde_json::to_string(&result).unwrap_or_else(|e| panic!("{e}"));
            let back: RunResult = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(back, result);
        }
    }
}

#[test]
fn the_first_repeat_is_what_a_row_is_predicted_by() {
    let once = must(run("mass", "linear_regression", plans()[0].clone(), &BOTH));
    let twice = must(run("mass", "linear_regression", plans()[1].clone(), &BOTH));
    assert_eq!(once.out_of_fold, twice.out_of_fold);
    assert_eq!((once.folds.len(), twice.folds.len()), (4, 8));
    for (a, b) in once.folds.iter().zip(&twice.folds) {
        assert_eq!(a.scores, b.scores);
    }
    assert_ne!(
        once.scores["r_squared"].mean,
        twice.scores["r_squared"].mean
    );
}

#[test]
fn what_cannot_be_divided_says_so() {
    let refused = |plan: SplitPlan, target: &str| code(run(target, "guessing", plan, &BOTH));
    let groups = |name: &str| SplitPlan::Groups {
        column: name.to_owned(),
    };
    assert_eq!(refused(groups("village"), "mass"), "missing_column");
    assert_eq!(refused(groups("high"), "mass"), "too_few_groups");
    let time = SplitPlan::Time {
        column: "farm".to_owned(),
        gap: 0.0,
    };
    assert_eq!(refused(time, "mass"), "not_a_time");
    let learned = must(run("mass", "guessing", groups("farm"), &["size", "farm"]));
    assert!(
        learned
            .issues
            .iter()
            .any(|issue| issue.code == "group_is_learned_from")
    );
    // A score that no round defines says why.
    let alone = must(run("mass", "guessing", SplitPlan::LeaveOneOut, &BOTH));
    assert!(alone.scores.contains_key("r_squared"));
    let high = must(run(
        "high",
        "guessing",
        SplitPlan::KFold { by_quantiles: true },
        &BOTH,
    ));
    assert_eq!(
        high.not_defined.get("precision").map(String::as_str),
        Some("No row was predicted to be of this class")
    );
    assert!(!high.scores.contains_key("precision") && high.scores.contains_key("recall"));
}
