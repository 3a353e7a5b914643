//! Scores: every formula against scikit-learn, and what has no value.

use std::collections::{BTreeMap, BTreeSet};

use benchtop::evaluate::metrics::{self, METRICS, NotDefined, Scored, Suits, pinball_loss};
use benchtop::learn::{Target, Task};
use serde::Deserialize;

use crate::learners::fixture;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// 0 for numbers.
    classes: usize,
    y: Vec<f64>,
    predicted: Vec<f64>,
    weights: Option<Vec<f64>>,
    scores: BTreeMap<String, Option<f64>>,
}

impl Case {
    fn target(&self) -> Target {
        match self.classes {
            0 => Target::Numbers(self.y.clone()),
            count => Target::Classes {
                codes: self.y.iter().map(|&v| v as u32).collect(),
                count,
            },
        }
    }

    fn task(&self) -> Task {
        match self.classes {
            0 => Task::Number,
            count => classes(count),
        }
    }
}

fn classes(count: usize) -> Task {
    Task::Classes {
        names: (0..count).map(|class| class.to_string()).collect(),
    }
}

/// As many digits as the fixture has, in the unit of the score: 1 for shares, the score itself for
/// errors, which have no other. A deviance is a difference of numbers of the size of the answers,
/// so that its last digits are theirs.
fn close(metric: &metrics::Metric, found: f64, expected: f64, answers: &[f64]) -> bool {
    let unit = if metric.unit_is_target || !metric.range.1.is_finite() {
        expected.abs()
    } else {
        expected.abs().max(1.0)
    };
    let floor = if metric.id.ends_with("deviance") {
        let largest = answers.iter().fold(1.0, |most: f64, y| most.max(y.abs()));
        (16.0 * f64::EPSILON * largest).max(1e-12)
    } else {
        0.0
    };
    (found - expected).abs() <= (1e-12 * unit).max(floor)
}

#[test]
fn scores_agree_with_scikit_learn() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut undefined: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in fixture::<Cases>("metrics").cases {
        let truth = case.target();
        let applying: Vec<_> = metrics::for_task(&case.task())
            .filter(|metric| case.weights.is_none() || metric.weights)
            .collect();
        assert_eq!(applying.len(), case.scores.len(), "{}", case.name);
        for metric in applying {
            let mut scored = Scored::new(&truth, &case.predicted, case.classes.max(1));
            if let Some(weights) = &case.weights {
                scored = scored.with_weights(weights);
            }
            match (metric.score(&scored), case.scores[metric.id]) {
                (Ok(found), Some(expected)) => {
                    if !close(metric, found, expected, &case.y) {
                        wrong.push(format!(
                            "{} of {}: {found:e}, not {expected:e}",
                            metric.id, case.name
                        ));
                    }
                    assert!(found >= metric.range.0 && found <= metric.range.1);
                    *seen.entry(metric.id).or_default() += 1;
                }
                (Err(NotDefined(why)), None) => {
                    assert!(!why.is_empty() && !why.ends_with('.'), "{why}");
                    undefined.insert(metric.id);
                }
                (found, expected) => wrong.push(format!(
                    "{} of {}: {found:?}, not {expected:?}",
                    metric.id, case.name
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        METRICS
            .iter()
            .all(|metric| seen.get(metric.id).is_some_and(|count| *count >= 5)),
        "{seen:?}"
    );
    assert!(undefined.len() >= 15, "{undefined:?}");
}

#[test]
fn every_score_is_described() {
    let mut ids = BTreeSet::new();
    for metric in METRICS {
        assert!(ids.insert(metric.id), "{} is there twice", metric.id);
        assert_eq!(
            metrics::by_id(metric.id).map(|found| found.id),
            Some(metric.id)
        );
        assert!(
            metric
                .id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
        );
        assert!(
            metric.name.starts_with(|c: char| c.is_uppercase()),
            "{}",
            metric.name
        );
        assert!(
            !metric.says.ends_with('.') && metric.says.len() > 20,
            "{}",
            metric.says
        );
        assert!(!metric.technical.is_empty() && metric.range.0 < metric.range.1);
        assert!(!metric.unit_is_target || metric.suits == Suits::Numbers);
    }
    // What a list shows for one task: no two of one name.
    for task in [Task::Number, classes(2), classes(3)] {
        let names: Vec<&str> = metrics::for_task(&task).map(|metric| metric.name).collect();
        let different: BTreeSet<&&str> = names.iter().collect();
        assert!(
            names.len() >= 10 && different.len() == names.len(),
            "{names:?}"
        );
    }
    assert!(metrics::by_id("no such score").is_none());
}

#[test]
fn what_has_no_score_says_why() {
    let truth = Target::Classes {
        codes: vec![1, 1],
        count: 2,
    };
    let predicted = [0.5, 0.5, 0.2, 0.8];
    let why = |id: &str, truth: &Target, predicted: &[f64], outputs| {
        metrics::by_id(id)
            .unwrap_or_else(|| panic!("{id}"))
            .score(&Scored::new(truth, predicted, outputs))
            .map_err(|NotDefined(why)| why)
    };
    assert_eq!(
        why("auc", &truth, &predicted, 2),
        Err("Only one class occurs in these rows")
    );
    assert_eq!(why("accuracy", &truth, &predicted, 2), Ok(0.5));
    assert_eq!(
        why("accuracy", &truth, &[f64::NAN, 0.5, 0.2, 0.8], 2),
        Err("A prediction is not a number")
    );
    let same = Target::Numbers(vec![4.0, 4.0]);
    assert_eq!(
        why("r_squared", &same, &[4.0, 4.0], 1),
        Err("Every answer is the same")
    );
    assert_eq!(
        why(
            "mean_absolute_percentage_error",
            &Target::Numbers(vec![0.0]),
            &[4.0],
            1
        ),
        Err("An answer is 0, and nothing is a share of 0")
    );
    assert_eq!(
        why("poisson_deviance", &Target::Numbers(vec![1.0]), &[0.0], 1),
        Err("A prediction is not above 0")
    );
    for metric in METRICS {
        let outputs = if metric.for_classes() { 2 } else { 1 };
        let none = if metric.for_classes() {
            Target::Classes {
                codes: Vec::new(),
                count: 2,
            }
        } else {
            Target::Numbers(Vec::new())
        };
        assert_eq!(
            why(metric.id, &none, &[], outputs),
            Err("There are no rows")
        );
        assert_eq!(metric.compute(&none, &[], outputs), None);
        // Predictions of another length than the truth.
        assert!(why(metric.id, &truth, &[0.5], 2).is_err(), "{}", metric.id);
        assert!(why(metric.id, &same, &[0.5], 1).is_err(), "{}", metric.id);
        let weights = [0.0, 0.0];
        let truth = if metric.for_classes() { &truth } else { &same };
        let predicted = if metric.for_classes() {
            &predicted[..]
        } else {
            &[4.0, 5.0]
        };
        let scored = Scored::new(truth, predicted, outputs);
        assert!(metric.score(&scored.with_weights(&weights)).is_err());
        assert!(metric.score(&scored.with_weights(&weights[..1])).is_err());
    }
}

#[test]
fn half_the_absolute_error_is_the_pinball_loss_of_the_middle() {
    let truth = Target::Numbers(vec![1.0, 5.0, 2.0, -3.0]);
    let predicted = [2.0, 3.0, 2.0, 4.0];
    let scored = Scored::new(&truth, &predicted, 1);
    assert_eq!(
        pinball_loss(&scored, 0.5),
        Ok((1.0 + 2.0 + 0.0 + 7.0) / 8.0)
    );
    let error =
        metrics::by_id("mean_absolute_error").and_then(|m| m.compute(&truth, &predicted, 1));
    assert_eq!(error, Some(2.5));
}

#[test]
fn the_headline_suits_the_task() {
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
    for metric in METRICS {
        assert!(metric.is_better(metric.range.1, metric.range.0) == metric.higher_is_better);
    }
}
