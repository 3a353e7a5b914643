//! Which rows are sealed: the same in any order, with more rows, on any computer.

use std::collections::BTreeSet;

use benchtop::base::{Params, Random, TaskContext};
use benchtop::data::Table;
use benchtop::evaluate::exam::{Exam, Outcome};
use benchtop::evaluate::seal::{Seal, SealRule, Sealed, divide};
use benchtop::evaluate::{MetricValue, SplitPlan, metrics};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::support::{must, step, table_of};

/// Rows of a number, a town, a group, a day and an answer; `rows`: which of them, in what order.
fn table(rows: &[usize]) -> Table {
    let value = |row: usize, of: u64| Random::stream(of, row as u64).next_f64();
    let numbers: Vec<f64> = rows.iter().map(|&row| value(row, 1)).collect();
    let towns: Vec<String> = rows
        .iter()
        .map(|&row| format!("town {}", (value(row, 2) * 50.0) as u32))
        .collect();
    let groups: Vec<String> = rows
        .iter()
        .map(|&row| format!("farm {}", row % 40))
        .collect();
    let days: Vec<f64> = rows.iter().map(|&row| (row / 3) as f64).collect();
    let answers: Vec<&str> = rows
        .iter()
        .map(|&row| if value(row, 3) < 0.1 { "yes" } else { "no" })
        .collect();
    let columns = vec![
        Column::from(Series::new("number".into(), numbers)),
        Column::from(Series::new("town".into(), towns)),
        Column::from(Series::new("farm".into(), groups)),
        Column::from(Series::new("day".into(), days)),
        Column::from(Series::new("answer".into(), answers)),
    ];
    table_of(DataFrame::new(rows.len(), columns).unwrap())
}

fn seal(split: &SplitPlan) -> Seal {
    Seal::new("answer", 1, split)
}

fn divided(table: &Table, split: &SplitPlan) -> Sealed {
    must(divide(table, &[], &seal(split), &TaskContext::new()))
}

/// Names of the sealed rows.
fn chosen(rows: &[usize], sealed: &Sealed) -> BTreeSet<usize> {
    sealed.rows.iter().map(|position| rows[position]).collect()
}

fn by(column: &str) -> (SplitPlan, SplitPlan) {
    let groups = SplitPlan::Groups {
        column: column.to_owned(),
    };
    let time = SplitPlan::Time {
        column: column.to_owned(),
        gap: 0.0,
    };
    (groups, time)
}

#[test]
fn rows_stay_on_their_side_when_others_are_added_and_in_any_order() {
    let some: Vec<usize> = (0..3_000).collect();
    let mut more: Vec<usize> = (0..5_000).collect();
    let first = chosen(&some, &divided(&table(&some), &SplitPlan::default()));
    Random::new(7).shuffle(&mut more);
    let second = chosen(&more, &divided(&table(&more), &SplitPlan::default()));
    let kept: BTreeSet<usize> = second.iter().copied().filter(|row| *row < 3_000).collect();
    assert_eq!(first, kept);
    let share = second.len() as f64 / 5_000.0;
    assert!((share - 0.2).abs() < 0.02, "{share}");
    // Another seed is another exam.
    let other = Seal {
        seed: 2,
        ..seal(&SplitPlan::default())
    };
    let other = must(divide(&table(&some), &[], &other, &TaskContext::new()));
    assert_ne!(first, chosen(&some, &other));
}

#[test]
fn the_same_rows_are_sealed_on_any_computer() {
    let rows: Vec<usize> = (0..600).collect();
    let first: Vec<usize> = chosen(&rows, &divided(&table(&rows), &SplitPlan::default()))
        .into_iter()
        .take(12)
        .collect();
    // Written down once: a change of it unseals the rows of every project there is.
    assert_eq!(first, FIRST);
}

const FIRST: [usize; 12] = [6, 13, 20, 32, 36, 37, 38, 41, 50, 52, 54, 65];

#[test]
fn every_class_keeps_its_share_and_answers_decide_nothing() {
    let rows: Vec<usize> = (0..20_000).collect();
    let table = table(&rows);
    let sealed = divided(&table, &SplitPlan::default());
    let answers = table.frame().column("answer").unwrap();
    let answers = answers.as_materialized_series().str().unwrap().clone();
    let share = |class: &str| {
        let all = (0..rows.len()).filter(|&row| answers.get(row) == Some(class));
        let of = all.clone().count() as f64;
        all.filter(|&row| sealed.rows.contains(row)).count() as f64 / of
    };
    let all = sealed.rows.count() as f64 / rows.len() as f64;
    // Three standard deviations of the share of 20,000 lots.
    assert!((all - 0.2).abs() < 0.0085, "{all}");
    for class in ["yes", "no"] {
        assert!(
            (share(class) - 0.2).abs() < 0.03,
            "{class}: {}",
            share(class)
        );
    }
    // The answers of all rows changed: the same rows are sealed.
    let turned: Vec<&str> = (0..rows.len())
        .map(|row| {
            if answers.get(row) == Some("yes") {
                "no"
            } else {
                "yes"
            }
        })
        .collect();
    let mut frame = table.frame().clone();
    frame
        .with_column(Column::from(Series::new("answer".into(), turned)))
        .unwrap();
    let again = divided(&table_of(frame), &SplitPlan::default());
    assert_eq!(sealed.rows, again.rows);
}

#[test]
fn copies_share_a_side_and_a_few_combinations_do_not_decide_over_all_rows() {
    // Every row twice, the second time at the other end of the table.
    let mut rows: Vec<usize> = (0..1_000).collect();
    rows.extend((0..1_000).rev());
    let sealed = divided(&table(&rows), &SplitPlan::default());
    for row in 0..1_000 {
        let copy = 1_999 - row;
        assert_eq!(
            sealed.rows.contains(row),
            sealed.rows.contains(copy),
            "{row}"
        );
    }
    // Two combinations in two thousand rows.
    let sex: Vec<&str> = (0..2_000).map(|row| ["f", "m"][row % 2]).collect();
    let answers: Vec<f64> = (0..2_000).map(f64::from).collect();
    let frame = DataFrame::new(
        2_000,
        vec![
            Column::from(Series::new("sex".into(), sex)),
            Column::from(Series::new("answer".into(), answers)),
        ],
    );
    let sealed = divided(&table_of(frame.unwrap()), &SplitPlan::default());
    let share = sealed.rows.count() as f64 / 2_000.0;
    assert!((0.12..0.28).contains(&share), "{share}");
}

#[test]
fn groups_are_whole_and_few_ones_come_near_the_share() {
    let rows: Vec<usize> = (0..4_000).collect();
    let (groups, _) = by("farm");
    let sealed = divided(&table(&rows), &groups);
    let inside: BTreeSet<usize> = chosen(&rows, &sealed).iter().map(|row| row % 40).collect();
    assert_eq!(sealed.rows.count(), inside.len() * 100);
    assert!((4..=12).contains(&inside.len()), "{inside:?}");
    // Five groups of equal size: one of them, whatever their lots say.
    let five: Vec<usize> = (0..4_000).filter(|row| row % 40 < 5).collect();
    let mut many = Vec::new();
    for copy in 0..5 {
        many.extend(five.iter().map(|row| row + copy * 4_000));
    }
    let sealed = divided(&table(&many), &groups);
    let inside: BTreeSet<usize> = chosen(&many, &sealed).iter().map(|row| row % 40).collect();
    assert_eq!(inside.len(), 1);
    // Two groups: neither can be spared.
    let two: Vec<usize> = (0..40_000).filter(|row| row % 40 < 2).collect();
    let sealed = divided(&table(&two), &groups);
    assert!(sealed.is_empty() && sealed.sentence().contains("Too few groups"));
}

#[test]
fn over_time_the_latest_fifth_is_sealed_and_no_moment_is_split() {
    let mut rows: Vec<usize> = (0..1_500).collect();
    Random::new(3).shuffle(&mut rows);
    let (_, time) = by("day");
    let sealed = divided(&table(&rows), &time);
    let inside = chosen(&rows, &sealed);
    assert_eq!(inside.len(), 300);
    assert_eq!(inside.first(), Some(&1_200));
    assert_eq!(inside.last(), Some(&1_499));
    assert_eq!(
        sealed.sentence(),
        "300 of 1,500 rows are sealed for one last exam."
    );
}

#[test]
fn few_rows_are_not_sealed_and_steps_move_no_row() {
    let few: Vec<usize> = (0..499).collect();
    let sealed = divided(&table(&few), &SplitPlan::default());
    assert!(sealed.is_empty() && sealed.rows.is_empty());
    assert!(sealed.sentence().starts_with("Too few rows to seal: 499"));
    let practice = must(sealed.practice(&table(&few)));
    assert_eq!(practice.rows(), 499);

    let rows: Vec<usize> = (0..800).collect();
    let table = table(&rows);
    let plain = divided(&table, &SplitPlan::default());
    let steps = [step(
        "filter_rows",
        Params::new().with("formula", "number > 0.5"),
    )];
    let seal = seal(&SplitPlan::default());
    let after = must(divide(&table, &steps, &seal, &TaskContext::new()));
    assert_eq!(plain, after);
    let (practice, exam) = (must(plain.practice(&table)), must(plain.exam(&table)));
    assert_eq!(practice.rows() + exam.rows(), 800);
    assert!(
        practice
            .row_set()
            .iter()
            .all(|row| !plain.rows.contains(row))
    );
}

#[test]
fn rows_without_an_answer_are_neither_sealed_nor_counted() {
    let rows: Vec<usize> = (0..1_000).collect();
    let table = table(&rows);
    let whole = divided(&table, &SplitPlan::default());
    let answers: Vec<Option<f64>> = (0..1_000)
        .map(|row| (row % 4 != 0).then_some(f64::from(row)))
        .collect();
    let mut frame = table.frame().clone();
    frame
        .with_column(Column::from(Series::new("answer".into(), answers)))
        .unwrap();
    let some = divided(&table_of(frame), &SplitPlan::default());
    assert_eq!(some.answered, 750);
    assert_eq!(some.rows.count() as u64, some.sealed);
    let kept = whole.rows.iter().filter(|row| row % 4 != 0);
    assert!(some.rows.iter().eq(kept));
}

#[test]
fn a_rule_is_kept_as_words_and_an_exam_speaks_by_the_expected_interval() {
    let (groups, time) = by("farm");
    assert_eq!(SealRule::of(&SplitPlan::default()), SealRule::Rows);
    assert!(
        SealRule::of(&groups)
            .words()
            .contains("whole groups of farm")
    );
    assert!(SealRule::of(&time).words().contains("the latest by farm"));
    let value = |mean: f64, half: f64| MetricValue {
        mean,
        lower: mean - half,
        upper: mean + half,
        ..MetricValue::default()
    };
    let exam = |score: f64| Exam {
        rows: 9_634,
        unknown_classes: 2,
        metric: "auc".to_owned(),
        scores: [("auc".to_owned(), value(score, 0.02))].into(),
        guessing: [("auc".to_owned(), value(0.5, 0.0))].into(),
        expected: [("auc".to_owned(), value(0.82, 0.02))].into(),
    };
    let metric = metrics::by_id("auc").expect("the area under the curve");
    let outcome = |score: f64| exam(score).outcome(metric);
    assert_eq!(outcome(0.84), Some(Outcome::AsExpected));
    assert_eq!(outcome(0.85), Some(Outcome::Better));
    assert_eq!(outcome(0.79), Some(Outcome::Worse));
    let words = exam(0.83).sentence(metric);
    for part in [
        "9,634 rows",
        "0.830 (0.810 to 0.850)",
        "In line with",
        "Guessing: 0.500.",
        "2 rows",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    // Lower is better: the sides are exchanged.
    let error = metrics::by_id("log_loss").expect("log loss");
    let mut lower = exam(0.7);
    for scores in [&mut lower.scores, &mut lower.expected] {
        let value = scores["auc"].clone();
        scores.insert("log_loss".to_owned(), value);
    }
    assert_eq!(lower.outcome(error), Some(Outcome::Better));
}
