//! Every learner keeps the same promises, and agrees with scikit-learn where both do the same.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use benchtop::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use benchtop::base::{ParamKind, Params, Random, TaskContext, UserError};
use benchtop::data::Table;
use benchtop::learn::matrix::{BLANK, RawData, RawFrame};
use benchtop::learn::{
    self, Answers, Feature, FeatureKind, FitContext, Intake, Learner, Matrix, Model, Round, Target,
};
use polars::prelude::{Column, DataFrame, DataType, IntoLazy, NamedFrom, Series, TimeUnit, col};
use serde::Deserialize;
use tract_onnx::pb;
use tract_onnx::prelude::{Framework, InferenceFact, InferenceModelExt, IntoRunnable, Tensor};

pub fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

fn fit(
    learner: &dyn Learner,
    x: &Matrix,
    y: &Target,
    params: &Params,
) -> Result<Box<dyn Model>, UserError> {
    let task = TaskContext::new();
    learner.fit(x, y, params, &FitContext::new(&task, 1))
}

pub fn predict(model: &dyn Model, x: &Matrix) -> Vec<f64> {
    must(model.predict(x, &TaskContext::new()))
}

// ---- Awkward data --------------------------------------------------------------------------------

pub fn random_matrix(rows: usize, cols: usize, seed: u64) -> Matrix {
    let mut random = Random::new(seed);
    let values = (0..rows * cols)
        .map(|_| f64::from((random.next_f64() * 4.0 - 2.0) as f32))
        .collect();
    must(Matrix::new(rows, cols, values))
}

fn classes(x: &Matrix, count: usize) -> Target {
    let codes = (0..x.rows)
        .map(|row| {
            let sum: f64 = x.row(row).iter().take(2).map(|v| v.clamp(-2.0, 2.0)).sum();
            (((sum + 4.0) / 8.0 * count as f64) as u32).min(count as u32 - 1)
        })
        .collect();
    Target::Classes { codes, count }
}

fn numbers(x: &Matrix) -> Target {
    Target::Numbers(
        (0..x.rows)
            .map(|row| 3.0 + x.row(row).iter().take(3).sum::<f64>())
            .collect(),
    )
}

fn changed(x: &Matrix, change: impl Fn(usize, usize, f64) -> f64) -> Matrix {
    let values = x
        .values
        .iter()
        .enumerate()
        .map(|(place, &value)| change(place / x.cols, place % x.cols, value))
        .collect();
    must(Matrix::new(x.rows, x.cols, values))
}

/// (name, rows to learn from, classes, numbers).
fn awkward() -> Vec<(&'static str, Matrix, Target, Target)> {
    let plain = random_matrix(80, 4, 1);
    let mut cases: Vec<(&'static str, Matrix)> = vec![
        ("plain", plain.clone()),
        ("one row", random_matrix(1, 3, 2)),
        ("two rows", random_matrix(2, 3, 3)),
        ("one column", random_matrix(40, 1, 4)),
        ("wide", random_matrix(50, 500, 5)),
        (
            "constant column",
            changed(&plain, |_, col, v| if col == 1 { 7.0 } else { v }),
        ),
        ("all columns constant", changed(&plain, |_, _, _| 0.1)),
        (
            "collinear",
            changed(&plain, |row, col, v| {
                if col == 2 {
                    2.0 * plain.row(row)[0] - 1.0
                } else {
                    v
                }
            }),
        ),
        (
            "duplicate rows",
            plain.take_rows(&(0..80).map(|row| row % 4).collect::<Vec<_>>()),
        ),
        (
            "huge and tiny",
            changed(&plain, |_, col, v| v * [1e30, 1e-30, 1.0, 3e38][col]),
        ),
        (
            "zeros and ones",
            changed(&plain, |_, _, v| f64::from(u8::from(v > 0.5))),
        ),
    ];
    let mut result: Vec<(&'static str, Matrix, Target, Target)> = cases
        .drain(..)
        .map(|(name, x)| {
            let (c, n) = (classes(&x, 3), numbers(&x));
            (name, x, c, n)
        })
        .collect();
    let one_class = Target::Classes {
        codes: vec![2; 80],
        count: 3,
    };
    result.push((
        "one class, same answer",
        plain.clone(),
        one_class,
        Target::Numbers(vec![5.0; 80]),
    ));
    let two = classes(&plain, 2);
    result.push((
        "huge answers",
        plain.clone(),
        two,
        Target::Numbers((0..80).map(|r| r as f64 * 1e300).collect()),
    ));
    let Target::Classes { codes, .. } = classes(&plain, 2) else {
        panic!("classes")
    };
    let absent = Target::Classes {
        codes: codes.iter().map(|&c| c * 3).collect(),
        count: 5,
    };
    result.push((
        "classes absent",
        plain,
        absent,
        Target::Numbers((0..80).map(|r| r as f64 * 1e-300).collect()),
    ));
    result
}

/// What the learner can learn: answers it would refuse are made ones it does not.
fn tasks_of(learner: &dyn Learner, classes: &Target, numbers: &Target) -> Vec<Target> {
    let able = learner.capabilities();
    let mut tasks = Vec::new();
    if able.classes {
        tasks.push(classes.clone());
    }
    if able.numbers {
        tasks.push(match numbers {
            Target::Numbers(values) => {
                let possible = |value: f64| match able.answers {
                    Answers::Any => value,
                    Answers::NotNegative => value.abs(),
                    Answers::Positive if value == 0.0 => 1.0,
                    Answers::Positive => value.abs(),
                };
                Target::Numbers(values.iter().copied().map(possible).collect())
            }
            Target::Classes { .. } => numbers.clone(),
        });
    }
    tasks
}

// ---- The contract --------------------------------------------------------------------------------

#[test]
fn learners_are_listed_in_order_and_described() {
    let ids: Vec<&str> = learn::REGISTRY.iter().map(|learner| learner.id()).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    for learner in learn::REGISTRY {
        for text in [
            learner.name(),
            learner.summary(),
            learner.when_to_use(),
            learner.when_not_to_use(),
            learner.source(),
            learner.readability(),
        ] {
            assert!(text.len() > 3, "{} says too little", learner.id());
        }
        let able = learner.capabilities();
        assert!(able.classes || able.numbers);
        assert!(!able.yardstick || able.complexity == 0);
        assert_eq!(must(learn::by_id(learner.id())).id(), learner.id());
    }
    assert_eq!(
        learn::by_id("oracle").err().map(|e| e.code),
        Some("unknown_learner".to_owned())
    );
}

/// What must hold of a model whatever it was trained on.
fn check_model(what: &str, model: &dyn Model, x: &Matrix, y: &Target) {
    let new = random_matrix(7, x.cols, 99);
    for rows in [x, &new, &Matrix::zeros(0, x.cols)] {
        let predicted = predict(model, rows);
        assert_eq!(predicted.len(), rows.rows * y.outputs(), "{what}");
        assert!(
            predicted.iter().all(|v| v.is_finite()),
            "{what}: not finite"
        );
        if let Target::Classes { count, .. } = y {
            for row in predicted.chunks_exact(*count) {
                let sum = row.iter().sum::<f64>();
                assert!(
                    row.iter().all(|p| (0.0..=1.0).contains(p)) && (sum - 1.0).abs() < 1e-9,
                    "{what}: {row:?}"
                );
            }
        }
    }
    let features: Vec<String> = (0..x.cols).map(|col| format!("c{col}")).collect();
    let names: Vec<String> = (0..y.outputs()).map(|class| format!("k{class}")).collect();
    assert!(!model.sentence(&features, &names).is_empty());
    let facts = model.facts(&features, &names);
    assert!(facts.iter().all(|fact| fact.value.is_finite()), "{what}");
    assert_eq!(model.features(), x.cols);
    for row in model.coefficients().map_or(Vec::new(), |table| table.rows) {
        assert!(row.feature.is_none_or(|col| col < x.cols), "{what}");
        assert!(row.class.is_none_or(|class| class < y.outputs()), "{what}");
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Fits with one thread and with two, compares the bytes, saves and loads.
fn check_fit(what: &str, learner: &dyn Learner, x: &Matrix, y: &Target, params: &Params) {
    let task = TaskContext::new();
    let with = |threads: usize| {
        let context = FitContext {
            threads,
            ..FitContext::new(&task, 1)
        };
        learner
            .fit(x, y, params, &context)
            .unwrap_or_else(|error| panic!("{what}: {}", error.report()))
    };
    let (model, again) = (with(1), with(2));
    check_model(what, &*model, x, y);
    let (text, again) = (model.save().to_string(), again.save().to_string());
    assert!(text == again, "{what}: other bytes with two threads");
    let saved: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{what}: {e}"));
    let loaded = learner
        .load(&saved)
        .unwrap_or_else(|e| panic!("{what}: {}", e.report()));
    let new = random_matrix(30, x.cols, 42);
    let (ours, theirs) = (predict(&*model, &new), predict(&*loaded, &new));
    assert!(
        bits(&ours) == bits(&theirs),
        "{what}: other predictions after loading"
    );
    assert_eq!(loaded.features(), x.cols);
    let again = loaded.save().to_string();
    assert!(again == text, "{what}: other bytes after loading");
}

/// Every learner, two at a time.
fn every_learner(check: impl Fn(&dyn Learner) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(learner) = learn::REGISTRY.get(next.fetch_add(1, Ordering::Relaxed)) {
            check(*learner);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}

/// Settings that take little work: few rounds, firm penalties, cheap members.
fn quick(learner: &dyn Learner) -> Params {
    let combines = learner.capabilities().combines;
    let mut params = Params::new();
    for spec in learner.params() {
        match spec.kind {
            ParamKind::Integer { min, .. } if ["rounds", "trees", "epochs"].contains(&spec.key) => {
                params.set(spec.key, min.max(3));
            }
            ParamKind::Number { min, .. } if spec.key == "strength" => {
                params.set(spec.key, min.max(0.01));
            }
            ParamKind::Bool if combines => {
                let cheap = ["decision_tree", "k_nearest_neighbours"].contains(&spec.key);
                params.set(spec.key, cheap);
            }
            ParamKind::Choice(_) if combines && spec.key == "model" => {
                params.set(spec.key, "decision_tree");
            }
            _ => {}
        }
    }
    params
}

/// Default settings, but where a learner made of others would fit each on many columns many times.
fn usual(learner: &dyn Learner, x: &Matrix) -> Params {
    if learner.capabilities().combines && x.cols > 100 {
        quick(learner)
    } else {
        Params::new()
    }
}

#[test]
fn every_learner_survives_awkward_data_on_any_number_of_threads_and_in_a_file() {
    let cases = awkward();
    every_learner(|learner| {
        for (name, x, classes, numbers) in &cases {
            for y in &tasks_of(learner, classes, numbers) {
                let what = format!("{} on {name}", learner.id());
                check_fit(&what, learner, x, y, &usual(learner, x));
            }
        }
    });
}

#[test]
fn a_thousand_classes_can_be_told_apart() {
    let x = random_matrix(1_000, 2, 21);
    let y = Target::Classes {
        codes: (0..1_000).collect(),
        count: 1_000,
    };
    every_learner(|learner| {
        if learner.capabilities().classes {
            let what = format!("{} on a thousand classes", learner.id());
            match fit(learner, &x, &y, &quick(learner)) {
                Ok(model) => check_model(&what, &*model, &x.take_rows(&[0, 17, 999]), &y),
                // Too much work is refused before it starts, and something else is offered.
                Err(error) => assert!(
                    error.code == "too_many_rows" && error.hint.is_some(),
                    "{what}: {}",
                    error.report()
                ),
            }
        }
    });
}

#[test]
fn far_more_columns_than_rows_can_be_learned_from() {
    let x = random_matrix(200, 5_000, 22);
    let (classes, numbers) = (classes(&x, 2), numbers(&x));
    every_learner(|learner| {
        for y in &tasks_of(learner, &classes, &numbers) {
            let what = format!("{} on 200 × 5,000", learner.id());
            let model = fit(learner, &x, y, &quick(learner))
                .unwrap_or_else(|error| panic!("{what}: {}", error.report()));
            check_model(&what, &*model, &x.take_rows(&[0, 1, 199]), y);
        }
    });
}

/// Numbers and codes, a tenth of them blank.
fn with_blanks(rows: usize, seed: u64) -> (Matrix, Vec<Feature>) {
    let plain = random_matrix(rows, 4, seed);
    let mut random = Random::new(seed + 1);
    let chance: Vec<f64> = (0..rows * 4).map(|_| random.next_f64()).collect();
    let x = changed(&plain, |row, col, value| {
        if chance[row * 4 + col] < 0.1 {
            f64::NAN
        } else if col == 2 {
            ((value + 2.0) * 3.0).floor()
        } else {
            value
        }
    });
    let features = (0..4)
        .map(|col| Feature {
            name: format!("c{col}"),
            kind: if col == 2 {
                FeatureKind::Category { levels: 12 }
            } else {
                FeatureKind::Number
            },
        })
        .collect();
    (x, features)
}

#[test]
fn blanks_and_codes_are_taken_where_a_learner_says_so() {
    let (x, features) = with_blanks(120, 31);
    let (new, _) = with_blanks(40, 33);
    let filled = changed(&x, |_, _, value| if value.is_nan() { 0.0 } else { value });
    let (classes, numbers) = (classes(&filled, 3), numbers(&filled));
    every_learner(|learner| {
        for y in &tasks_of(learner, &classes, &numbers) {
            let what = format!("{} with blanks", learner.id());
            let task = TaskContext::new();
            let context = FitContext {
                features: &features,
                ..FitContext::new(&task, 1)
            };
            let result = learner.fit(&x, y, &Params::new(), &context);
            if learner.capabilities().intake == Intake::Filled {
                assert_eq!(result.err().map(|e| e.code), Some("not_finite".to_owned()));
                continue;
            }
            let model = result.unwrap_or_else(|e| panic!("{what}: {}", e.report()));
            check_model(&what, &*model, &x, y);
            // A code that was never seen is not among those of the training rows.
            let unseen = changed(&new, |row, col, value| {
                if col == 2 && row % 5 == 0 {
                    f64::NAN
                } else {
                    value
                }
            });
            assert_graph(&what, &*model, &unseen, 1e-9);
        }
    });
}

#[test]
fn infinities_are_refused_or_harmless() {
    let x = random_matrix(40, 3, 23);
    let (yes, number) = (classes(&x, 2), numbers(&x));
    for bad in [f64::INFINITY, f64::NEG_INFINITY] {
        let spoiled = changed(&x, |row, col, v| if (row, col) == (7, 1) { bad } else { v });
        every_learner(|learner| {
            let what = format!("{} with {bad}", learner.id());
            for y in &tasks_of(learner, &yes, &number) {
                match fit(learner, &spoiled, y, &Params::new()) {
                    Err(error) => assert_eq!(error.code, "not_finite", "{what}"),
                    Ok(model) => {
                        assert_eq!(learner.capabilities().intake, Intake::Native, "{what}");
                        let predicted = predict(&*model, &x);
                        assert!(predicted.iter().all(|value| value.is_finite()), "{what}");
                    }
                }
                // What cannot be trained on may still arrive to be predicted.
                let model = must(fit(learner, &x, y, &Params::new()));
                let _ = model.predict(&spoiled, &TaskContext::new());
            }
            if learner.capabilities().numbers {
                let mut answers = vec![1.0; 40];
                answers[3] = bad;
                let result = fit(learner, &x, &Target::Numbers(answers), &Params::new());
                assert_eq!(
                    result.err().map(|e| e.code),
                    Some("not_finite".to_owned()),
                    "{what}"
                );
            }
        });
    }
}

/// Learners that draw rows or divide them: a row twice is then not the same as a row that counts
/// twice.
const DRAW_ROWS: &[&str] = &[
    "bagging",
    "calibrated",
    "extra_trees",
    "gradient_boosting",
    "neural_network",
    "random_forest",
    "support_vector_machine",
    "stacking",
];

/// Settings under which a learner counts no rows, only weights.
fn counting_no_rows(learner: &dyn Learner) -> Params {
    let mut params = Params::new();
    for spec in learner.params() {
        if let ParamKind::Integer { min, .. } = spec.kind
            && spec.key.starts_with("min_rows")
        {
            params.set(spec.key, min);
        }
    }
    params
}

fn fit_weighted(learner: &dyn Learner, x: &Matrix, y: &Target, weights: &[f64]) -> Box<dyn Model> {
    let task = TaskContext::new();
    let context = FitContext {
        weights: Some(weights),
        ..FitContext::new(&task, 1)
    };
    learner
        .fit(x, y, &counting_no_rows(learner), &context)
        .unwrap_or_else(|e| panic!("{}: {}", learner.id(), e.report()))
}

/// Their answer for rows that look alike is not the mean, which is what is compared.
const LEARN_NO_MEAN: [&str; 2] = ["huber_regression", "quantile_regression"];

#[test]
fn a_row_that_counts_twice_is_like_two_rows() {
    let x = random_matrix(60, 3, 24);
    let (classes, numbers) = (classes(&x, 3), numbers(&x));
    let weights: Vec<f64> = (0..60).map(|row| f64::from(1 + row % 2)).collect();
    let twice: Vec<usize> = (0..60).flat_map(|row| vec![row; 1 + row % 2]).collect();
    let (x_twice, new) = (x.take_rows(&twice), random_matrix(40, 3, 25));
    every_learner(|learner| {
        if !learner.capabilities().weights {
            return;
        }
        for y in &tasks_of(learner, &classes, &numbers) {
            let weighted = predict(&*fit_weighted(learner, &x, y, &weights), &new);
            if !DRAW_ROWS.contains(&learner.id()) {
                let params = counting_no_rows(learner);
                let doubled = must(fit(learner, &x_twice, &y.rows(&twice), &params));
                let off = difference(&weighted, &predict(&*doubled, &new));
                assert!(off < 1e-6, "{}: differs by {off}", learner.id());
            }
        }
        // Rows that look alike: the answer is drawn to those that count.
        let alike = Matrix::zeros(40, 2);
        let heavy: Vec<f64> = (0..40).map(|row| [1.0, 9.0][row % 2]).collect();
        let codes: Vec<u32> = (0..40).map(|row| row % 2).collect();
        // 1 and 2, which every learner of numbers can learn.
        let values: Vec<f64> = codes.iter().map(|&code| f64::from(code + 1)).collect();
        let two = Target::Classes { codes, count: 2 };
        for y in &tasks_of(learner, &two, &Target::Numbers(values)) {
            let is_number = matches!(y, Target::Numbers(_));
            if is_number && LEARN_NO_MEAN.contains(&learner.id()) {
                continue;
            }
            let model = fit_weighted(learner, &alike, y, &heavy);
            let predicted = predict(&*model, &Matrix::zeros(1, 2));
            let drawn = predicted.last().copied().unwrap_or(0.0) - f64::from(u8::from(is_number));
            assert!((0.7..0.98).contains(&drawn), "{}: {drawn}", learner.id());
        }
    });
}

#[test]
fn rounds_are_told_by_those_who_say_so() {
    let x = random_matrix(80, 3, 26);
    let (yes, number) = (classes(&x, 2), numbers(&x));
    every_learner(|learner| {
        for y in &tasks_of(learner, &yes, &number) {
            let told: RefCell<Vec<Round>> = RefCell::new(Vec::new());
            let on_round = |round: Round| told.borrow_mut().push(round);
            let task = TaskContext::new();
            let context = FitContext {
                on_round: Some(&on_round),
                ..FitContext::new(&task, 1)
            };
            must(learner.fit(&x, y, &Params::new(), &context));
            let told = told.into_inner();
            assert_eq!(
                !told.is_empty(),
                learner.capabilities().live,
                "{}",
                learner.id()
            );
            for (before, round) in told.iter().zip(told.iter().skip(1)) {
                assert!(before.round < round.round, "{}", learner.id());
            }
            for round in &told {
                assert!(
                    (1..=round.rounds).contains(&round.round),
                    "{}",
                    learner.id()
                );
                assert!(round.training.is_finite(), "{}", learner.id());
            }
        }
    });
}

/// Checks after the one that said to stop: one per thread, and a few on the way out.
const CHECKS_ON_THE_WAY_OUT: u64 = 64;

#[test]
fn a_fit_can_be_stopped_at_any_moment() {
    let x = random_matrix(400, 6, 27);
    let (yes, number) = (classes(&x, 3), numbers(&x));
    every_learner(|learner| {
        for y in &tasks_of(learner, &yes, &number) {
            let run = |task: &TaskContext, threads: usize| {
                let context = FitContext {
                    threads,
                    ..FitContext::new(task, 1)
                };
                learner.fit(&x, y, &quick(learner), &context)
            };
            let whole = TaskContext::new();
            must(run(&whole, 1));
            let asked = whole.asked();
            assert!(asked > 0, "{} never asks", learner.id());
            for at in [0, 1, asked / 4, asked / 2, asked - 1] {
                for threads in [1, 2] {
                    let task = TaskContext::stopping_at(at);
                    match run(&task, threads) {
                        Err(error) => assert!(error.is_cancelled(), "{}", learner.id()),
                        Ok(_) => assert!(
                            task.asked() <= at || threads > 1,
                            "{} did not stop at {at} of {asked}",
                            learner.id()
                        ),
                    }
                    assert!(
                        task.asked() <= at + CHECKS_ON_THE_WAY_OUT,
                        "{} went on from {at} to {}",
                        learner.id(),
                        task.asked()
                    );
                }
            }
        }
    });
}

#[test]
fn a_fit_can_be_stopped_from_another_thread() {
    let x = random_matrix(400, 6, 27);
    let (yes, number) = (classes(&x, 3), numbers(&x));
    every_learner(|learner| {
        for y in &tasks_of(learner, &yes, &number) {
            for delay in [0, 300, 3_000] {
                let task = TaskContext::new();
                let context = FitContext {
                    threads: 2,
                    ..FitContext::new(&task, 1)
                };
                let (asked, result) = std::thread::scope(|scope| {
                    let stopper = scope.spawn(|| {
                        std::thread::sleep(std::time::Duration::from_micros(delay));
                        task.cancel();
                        task.asked()
                    });
                    let result = learner.fit(&x, y, &quick(learner), &context);
                    (stopper.join().unwrap_or(0), result)
                });
                // It may have been done before anybody stopped it.
                if let Err(error) = result {
                    assert!(error.is_cancelled(), "{}: {error}", learner.id());
                }
                assert!(
                    task.asked() <= asked + CHECKS_ON_THE_WAY_OUT,
                    "{} went on from {asked} to {}",
                    learner.id(),
                    task.asked()
                );
            }
        }
    });
}

#[test]
fn files_that_break_off_or_lose_a_bit_are_refused_or_harmless() {
    let x = random_matrix(40, 3, 28);
    let (yes, number) = (classes(&x, 3), numbers(&x));
    every_learner(|learner| {
        for y in &tasks_of(learner, &yes, &number) {
            let model = must(fit(learner, &x, y, &quick(learner)));
            let whole = model.save().to_string().into_bytes();
            let mut random = Random::new(29);
            let cut = (0..40).map(|place| whole[..place * whole.len() / 40].to_vec());
            let flipped = (0..200).map(|_| {
                let mut bytes = whole.clone();
                let place = random.below(bytes.len());
                bytes[place] ^= 1 << random.below(8);
                bytes
            });
            for bytes in cut.chain(flipped) {
                // The file as a whole has a checksum; here even what slips past it must not break.
                let Ok(saved) = serde_json::from_slice(&bytes) else {
                    continue;
                };
                if let Ok(model) = learner.load(&saved) {
                    let rows = random_matrix(5, model.features(), 3);
                    let _ = model.predict(&rows, &TaskContext::new());
                }
            }
        }
    });
}

#[test]
fn classes_absent_from_training_have_no_probability() {
    let (_, x, y, _) = awkward()
        .into_iter()
        .find(|case| case.0 == "classes absent")
        .unwrap_or_else(|| panic!());
    for learner in learn::REGISTRY
        .iter()
        .filter(|learner| learner.capabilities().classes)
    {
        let model = must(fit(*learner, &x, &y, &Params::new()));
        for row in predict(&*model, &x).chunks_exact(5) {
            assert_eq!([row[1], row[2], row[4]], [0.0; 3], "{}", learner.id());
        }
    }
}

#[test]
fn refused_instead_of_learned() {
    let x = random_matrix(20, 2, 6);
    let code = |result: Result<Box<dyn Model>, UserError>| {
        result.err().map_or("accepted".to_owned(), |e| e.code)
    };
    for learner in learn::REGISTRY {
        for y in &tasks_of(*learner, &classes(&x, 2), &numbers(&x)) {
            // A learner that takes columns as they are knows blanks, but no infinities.
            let odd = match learner.capabilities().intake {
                Intake::Filled => f64::NAN,
                Intake::Native => f64::INFINITY,
            };
            let odd = changed(&x, |row, col, v| if (row, col) == (3, 1) { odd } else { v });
            assert_eq!(code(fit(*learner, &odd, y, &Params::new())), "not_finite");
            assert_eq!(
                code(fit(*learner, &x.take_rows(&[0, 1]), y, &Params::new())),
                "training_shape"
            );
            let none = y.rows(&[]);
            assert_eq!(
                code(fit(*learner, &Matrix::zeros(0, 2), &none, &Params::new())),
                "no_rows"
            );
            let unknown = Params::new().with("no_such_setting", 1_i64);
            assert_eq!(code(fit(*learner, &x, y, &unknown)), "unknown_parameter");
            let model = must(fit(*learner, &x, y, &Params::new()));
            let wide = random_matrix(3, 5, 1);
            assert_eq!(
                model
                    .predict(&wide, &TaskContext::new())
                    .err()
                    .map(|e| e.code),
                Some("feature_count".to_owned())
            );
        }
        let able = learner.capabilities();
        if !able.classes {
            assert_eq!(
                code(fit(*learner, &x, &classes(&x, 2), &Params::new())),
                "task_not_supported"
            );
        }
        if !able.numbers {
            assert_eq!(
                code(fit(*learner, &x, &numbers(&x), &Params::new())),
                "task_not_supported"
            );
        }
    }
}

#[test]
fn cancelled_before_the_start_learns_nothing() {
    let x = random_matrix(60, 3, 7);
    for learner in learn::REGISTRY {
        for y in &tasks_of(*learner, &classes(&x, 2), &numbers(&x)) {
            let task = TaskContext::new();
            task.cancel();
            let context = FitContext::new(&task, 1);
            match learner.fit(&x, y, &Params::new(), &context) {
                Err(error) => assert!(error.is_cancelled(), "{}: {error}", learner.id()),
                Ok(_) => panic!("{} did not stop", learner.id()),
            }
            let model = must(fit(*learner, &x, y, &Params::new()));
            assert!(
                model
                    .predict(&x, &task)
                    .is_err_and(|error| error.is_cancelled()),
                "{}",
                learner.id()
            );
        }
    }
}

/// Every value of a saved model replaced by something else, one at a time.
pub fn damages(saved: &serde_json::Value) -> Vec<serde_json::Value> {
    fn paths(value: &serde_json::Value, path: &str, out: &mut Vec<String>) {
        out.push(path.to_owned());
        match value {
            serde_json::Value::Object(fields) => {
                fields
                    .iter()
                    .for_each(|(key, value)| paths(value, &format!("{path}/{key}"), out));
            }
            serde_json::Value::Array(items) => {
                let some = items
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| *place < 4 || place + 1 == items.len());
                some.for_each(|(place, value)| paths(value, &format!("{path}/{place}"), out));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    paths(saved, "", &mut all);
    let mut result = Vec::new();
    for path in all {
        let Some(old) = saved.pointer(&path) else {
            continue;
        };
        let mut others = vec![
            serde_json::Value::Null,
            serde_json::json!(-1),
            serde_json::json!(0),
            serde_json::json!(1),
            serde_json::json!(4_000_000_000_u64),
            serde_json::json!(1e308),
            serde_json::json!("x"),
            serde_json::json!([]),
        ];
        if let Some(items) = old.as_array() {
            others.push(serde_json::Value::Array(
                items.iter().skip(1).cloned().collect(),
            ));
            others.push(serde_json::Value::Array(
                items.iter().chain(items.first()).cloned().collect(),
            ));
        }
        if let Some(text) = old.as_str() {
            others.push(serde_json::json!(text.get(1..)));
            others.push(serde_json::json!(text.to_lowercase()));
        }
        for other in others {
            let mut copy = saved.clone();
            if let Some(place) = copy.pointer_mut(&path) {
                *place = other;
                result.push(copy);
            }
        }
    }
    result
}

#[test]
fn damaged_models_are_refused_or_harmless() {
    let x = random_matrix(40, 3, 8);
    let new = random_matrix(10, 3, 9);
    for learner in learn::REGISTRY {
        for y in &tasks_of(*learner, &classes(&x, 3), &numbers(&x)) {
            let saved = must(fit(*learner, &x, y, &Params::new())).save();
            let mut refused = 0;
            for damaged in damages(&saved) {
                match learner.load(&damaged) {
                    Err(error) => {
                        assert_eq!(error.code, "model_damaged");
                        refused += 1;
                    }
                    // A changed number may be as good as the old one. It must only not break.
                    Ok(model) => {
                        let _ = model
                            .predict(&random_matrix(5, model.features(), 3), &TaskContext::new());
                        let _ = model.predict(&new, &TaskContext::new());
                        let mut graph = Graph::new();
                        let input = graph.input("x", ElementType::Double);
                        let _ = model.graph(&mut graph, &input);
                        let _ = model.facts(&[], &[]);
                        let _ = model.sentence(&[], &[]);
                    }
                }
            }
            assert!(refused > 10, "{}: only {refused} refused", learner.id());
        }
    }
}

#[test]
fn a_tree_with_a_loop_is_refused() {
    let x = random_matrix(60, 2, 10);
    let learner = must(learn::by_id("decision_tree"));
    let saved = must(fit(learner, &x, &numbers(&x), &Params::new())).save();
    let mut looped = saved.clone();
    looped["tree"]["left"][1] = serde_json::json!(0);
    assert!(learner.load(&looped).is_err());
    assert!(learner.load(&saved).is_ok());
}

#[test]
fn one_simple_rule_reads_as_a_sentence() {
    let x = must(Matrix::new(40, 1, (0..40).map(f64::from).collect()));
    let codes = (0..40).map(|row| u32::from(row > 7)).collect();
    let model = must(fit(
        must(learn::by_id("one_simple_rule")),
        &x,
        &Target::Classes { codes, count: 2 },
        &Params::new(),
    ));
    assert_eq!(
        model.sentence(
            &["tenure".to_owned()],
            &["left".to_owned(), "stayed".to_owned()]
        ),
        "If tenure is at most 7.5: left (100\u{a0}%); otherwise stayed (100\u{a0}%)"
    );
}

#[test]
fn equally_good_splits_take_the_first_column() {
    let x = random_matrix(50, 1, 11);
    let both = must(Matrix::new(
        50,
        2,
        x.values.iter().flat_map(|&v| [v, v]).collect(),
    ));
    let model = must(fit(
        must(learn::by_id("decision_tree")),
        &both,
        &numbers(&x),
        &Params::new(),
    ));
    let facts = model.facts(&["first".to_owned(), "second".to_owned()], &[]);
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].label, "first");
}

// ---- Neighbours ----------------------------------------------------------------------------------

#[test]
fn neighbours_are_those_of_comparing_with_every_row() {
    for (rows, cols, step) in [(200, 3, 0.5), (500, 2, 0.25), (300, 20, 1.0), (100, 1, 1.0)] {
        // A coarse grid: many equal distances and equal rows.
        let grid = |seed| {
            changed(&random_matrix(rows, cols, seed), |_, _, v| {
                (v / step).round() * step
            })
        };
        let (x, new) = (grid(12), grid(13));
        let answers: Vec<f64> = (0..rows).map(|row| row as f64).collect();
        for count in [1, 4, 33] {
            let params = Params::new().with("neighbours", count as i64);
            let learner = must(learn::by_id("k_nearest_neighbours"));
            let model = must(fit(learner, &x, &Target::Numbers(answers.clone()), &params));
            let expected: Vec<f64> = (0..new.rows)
                .map(|query| {
                    let mut found: Vec<(f64, usize)> = (0..rows)
                        .map(|row| {
                            let pairs = x.row(row).iter().zip(new.row(query));
                            (pairs.fold(0.0, |sum, (a, b)| sum + (b - a) * (b - a)), row)
                        })
                        .collect();
                    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                    found
                        .iter()
                        .take(count)
                        .map(|(_, row)| *row as f64)
                        .sum::<f64>()
                        / count as f64
                })
                .collect();
            assert_eq!(
                predict(&*model, &new),
                expected,
                "{rows} × {cols}, {count} neighbours"
            );
        }
    }
}

// ---- scikit-learn --------------------------------------------------------------------------------

#[derive(Deserialize)]
pub struct FixtureMatrix {
    rows: usize,
    cols: usize,
    /// Written with the digits of 32-bit floats.
    values: Vec<f32>,
}

impl FixtureMatrix {
    pub fn matrix(&self) -> Matrix {
        must(Matrix::new(
            self.rows,
            self.cols,
            self.values.iter().map(|&v| f64::from(v)).collect(),
        ))
    }
}

pub fn fixture<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = crate::support::project_file(&format!("tests/fixtures/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[derive(Deserialize)]
pub struct Cases<T> {
    pub cases: Vec<T>,
}

/// Largest difference, relative where the expected value is larger than 1.
pub fn difference(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let each = found
        .iter()
        .zip(expected)
        .map(|(f, e)| (f - e).abs() / e.abs().max(1.0));
    each.fold(0.0, f64::max)
}

#[derive(Deserialize)]
struct LinearCase {
    name: String,
    x: FixtureMatrix,
    y: Vec<f64>,
    coefficients: Vec<f64>,
    intercept: f64,
    predictions: Vec<f64>,
}

#[test]
fn linear_regression_agrees_with_scikit_learn() {
    for case in fixture::<Cases<LinearCase>>("linear").cases {
        let x = case.x.matrix();
        let learner = must(learn::by_id("linear_regression"));
        let model = must(fit(learner, &x, &Target::Numbers(case.y), &Params::new()));
        let off = difference(&predict(&*model, &x), &case.predictions);
        assert!(off < 1e-9, "{}: predictions differ by {off}", case.name);
        if case.name.contains("copied") {
            continue; // The weights of equal columns can be shared out in many ways.
        }
        let saved = model.save();
        let numbers =
            |key: &str| serde_json::from_value::<Vec<f64>>(saved[key].clone()).unwrap_or_default();
        for (found, expected) in numbers("coefficients").iter().zip(&case.coefficients) {
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs(),
                "{}: {found} {expected}",
                case.name
            );
        }
        let intercept = saved["intercept"].as_f64().unwrap_or(f64::NAN);
        assert!(
            (intercept - case.intercept).abs() <= 1e-8 * case.intercept.abs().max(1.0),
            "{}",
            case.name
        );
    }
}

#[derive(Deserialize)]
struct LogisticCase {
    name: String,
    x: FixtureMatrix,
    y: Vec<u32>,
    classes: usize,
    strength: f64,
    probabilities: Vec<f64>,
}

#[test]
fn logistic_regression_agrees_with_scikit_learn() {
    for case in fixture::<Cases<LogisticCase>>("logistic").cases {
        let x = case.x.matrix();
        let y = Target::Classes {
            codes: case.y,
            count: case.classes,
        };
        let params = Params::new().with("strength", case.strength);
        let model = must(fit(
            must(learn::by_id("logistic_regression")),
            &x,
            &y,
            &params,
        ));
        assert_eq!(
            model.save()["converged"],
            serde_json::json!(true),
            "{}",
            case.name
        );
        let off = difference(&predict(&*model, &x), &case.probabilities);
        assert!(off < 1e-6, "{}: probabilities differ by {off}", case.name);
    }
}

#[test]
fn both_ways_of_fitting_logistic_regression_agree() {
    use benchtop::learn::engine::softmax::{self, Method};
    for case in fixture::<Cases<LogisticCase>>("logistic").cases {
        let x = case.x.matrix();
        let task = TaskContext::new();
        let solve = |method| {
            let fit = must(softmax::fit_by(
                method,
                &x,
                &case.y,
                case.classes,
                case.strength,
                &task,
            ));
            assert!(
                fit.converged,
                "{} {method:?} after {} rounds",
                case.name, fit.iterations
            );
            fit.sets.concat()
        };
        let off = difference(&solve(Method::Newton), &solve(Method::Lbfgs));
        assert!(off < 1e-4, "{}: weights differ by {off}", case.name);
    }
}

#[derive(Deserialize)]
struct TreeCase {
    kind: String,
    max_depth: i64,
    min_rows_leaf: i64,
    min_rows_split: i64,
    x: FixtureMatrix,
    y: Vec<f64>,
    outputs: usize,
    feature: Vec<u32>,
    threshold: Vec<f64>,
    rows: Vec<u32>,
    importance: Vec<f64>,
    new: FixtureMatrix,
    predictions: Vec<f64>,
}

#[test]
fn decision_trees_are_those_of_scikit_learn() {
    for case in fixture::<Cases<TreeCase>>("tree").cases {
        let what = format!("{} at depth {}", case.kind, case.max_depth);
        let y = match case.kind.as_str() {
            "classes" => Target::Classes {
                codes: case.y.iter().map(|&v| v as u32).collect(),
                count: case.outputs,
            },
            _ => Target::Numbers(case.y),
        };
        let params = Params::new()
            .with("max_depth", case.max_depth)
            .with("min_rows_leaf", case.min_rows_leaf)
            .with("min_rows_split", case.min_rows_split);
        let model = must(fit(
            must(learn::by_id("decision_tree")),
            &case.x.matrix(),
            &y,
            &params,
        ));
        let saved = model.save();
        // Ours are numbered parent, left child, right child; theirs depth first.
        let tree: SavedTree =
            serde_json::from_value(saved["tree"].clone()).unwrap_or_else(|e| panic!("{e}"));
        let order = tree.depth_first();
        let of = |values: &[u32]| order.iter().map(|&node| values[node]).collect::<Vec<_>>();
        assert_eq!(of(&tree.feature), case.feature, "{what}");
        assert_eq!(of(&tree.rows), case.rows, "{what}");
        let thresholds: Vec<f64> = order.iter().map(|&node| tree.threshold[node]).collect();
        assert_eq!(thresholds, case.threshold, "{what}");
        let importance: Vec<f64> =
            serde_json::from_value(saved["importance"].clone()).unwrap_or_default();
        assert!(difference(&importance, &case.importance) < 1e-9, "{what}");
        let off = difference(&predict(&*model, &case.new.matrix()), &case.predictions);
        assert!(off < 1e-12, "{what}: predictions differ by {off}");
    }
}

#[derive(Deserialize)]
struct SavedTree {
    feature: Vec<u32>,
    threshold: Vec<f64>,
    left: Vec<u32>,
    right: Vec<u32>,
    rows: Vec<u32>,
}

impl SavedTree {
    fn depth_first(&self) -> Vec<usize> {
        let (mut order, mut open) = (Vec::new(), vec![0]);
        while let Some(node) = open.pop() {
            order.push(node);
            if self.left[node] as usize != node {
                open.push(self.right[node] as usize);
                open.push(self.left[node] as usize);
            }
        }
        order
    }
}

#[derive(Deserialize)]
struct NeighboursCase {
    neighbours: i64,
    x: FixtureMatrix,
    classes: Vec<u32>,
    values: Vec<f64>,
    new: FixtureMatrix,
    probabilities: Vec<f64>,
    predictions: Vec<f64>,
}

#[test]
fn neighbours_agree_with_scikit_learn() {
    for case in fixture::<Cases<NeighboursCase>>("neighbours").cases {
        let (x, new) = (case.x.matrix(), case.new.matrix());
        let learner = must(learn::by_id("k_nearest_neighbours"));
        let params = Params::new().with("neighbours", case.neighbours);
        let y = Target::Classes {
            codes: case.classes,
            count: 3,
        };
        let model = must(fit(learner, &x, &y, &params));
        assert!(difference(&predict(&*model, &new), &case.probabilities) < 1e-12);
        let model = must(fit(learner, &x, &Target::Numbers(case.values), &params));
        assert!(difference(&predict(&*model, &new), &case.predictions) < 1e-12);
    }
}

// ---- Tables to numbers ---------------------------------------------------------------------------

fn table_of(columns: Vec<Column>) -> Table {
    let rows = columns.first().map_or(0, Column::len);
    let frame = DataFrame::new(rows, columns).unwrap_or_else(|e| panic!("{e}"));
    Table::from_frame(frame, benchtop::base::Fingerprint::of(&[b"test"]))
}

fn column<T, P: ?Sized>(name: &str, values: T) -> Column
where
    Series: NamedFrom<T, P>,
{
    Series::new(name.into(), values).into()
}

fn read(table: &Table, names: &[&str]) -> RawFrame {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    must(RawFrame::from_table(table, &names, &TaskContext::new()))
}

fn numbers_in(frame: &RawFrame, name: &str) -> Vec<f32> {
    match frame.column(name).map(|column| &column.data) {
        Some(RawData::Number(values)) => values.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn tables_become_numbers() {
    let days = column("day", [0_i32, 19_000])
        .cast(&DataType::Date)
        .unwrap_or_else(|e| panic!("{e}"));
    let when = column("when", [43_200_000_i64, 86_400_000])
        .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))
        .unwrap_or_else(|e| panic!("{e}"));
    let table = table_of(vec![
        column("whole", [Some(3_i64), None]),
        column("real", [0.1_f64, f64::INFINITY]),
        column("large", [1e39_f64, -2.5]),
        column("yes", [Some(true), Some(false)]),
        days,
        when,
        column("text", [Some("b"), Some("")]),
        column("nothing", [None::<f64>, None]),
    ]);
    let names = [
        "whole", "real", "large", "yes", "day", "when", "text", "nothing",
    ];
    let frame = read(&table, &names);
    assert_eq!(frame.rows(), 2);
    let bits = |name: &str| {
        numbers_in(&frame, name)
            .into_iter()
            .map(|v| (!v.is_nan()).then_some(v))
            .collect::<Vec<_>>()
    };
    assert_eq!(bits("whole"), [Some(3.0), None]);
    assert_eq!(bits("real"), [Some(0.1_f32), None]);
    assert_eq!(bits("large"), [None, Some(-2.5)]);
    assert_eq!(bits("yes"), [Some(1.0), Some(0.0)]);
    assert_eq!(bits("day"), [Some(0.0), Some(19_000.0)]);
    assert_eq!(bits("when"), [Some(0.5), Some(1.0)]);
    assert_eq!(bits("nothing"), [None, None]);
    assert_eq!(
        frame.column("text").map(|column| column.data.clone()),
        Some(RawData::Text {
            codes: vec![0, BLANK],
            names: vec!["b".to_owned()]
        })
    );
    let error = RawFrame::from_table(&table, &["nowhere".to_owned()], &TaskContext::new());
    assert_eq!(
        error.err().map(|e| e.code),
        Some("missing_column".to_owned())
    );
    assert_eq!(numbers_in(&frame.take(&[1, 0]), "day"), [19_000.0, 0.0]);
}

// ---- The tensor graph, run by an engine nobody here wrote ----------------------------------------

fn proto_of(graph: &Graph, output: &Value) -> pb::ModelProto {
    let node = |node: &benchtop::base::graph::Node| pb::NodeProto {
        input: node.inputs.clone(),
        output: node.outputs.clone(),
        name: node.outputs.first().cloned().unwrap_or_default(),
        op_type: node.operator.to_owned(),
        domain: node.domain.to_owned(),
        attribute: node
            .attributes
            .iter()
            .map(|(name, value)| attribute(name, value))
            .collect(),
        ..Default::default()
    };
    let info = |name: &str, element: ElementType| pb::ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(pb::TypeProto {
            value: Some(pb::type_proto::Value::TensorType(pb::type_proto::Tensor {
                elem_type: element.onnx_number() as i32,
                shape: None,
            })),
            ..Default::default()
        }),
        ..Default::default()
    };
    let opset = |domain: &str, version| pb::OperatorSetIdProto {
        domain: domain.to_owned(),
        version,
    };
    pb::ModelProto {
        ir_version: 8,
        opset_import: vec![opset("", 17), opset("ai.onnx.ml", 3)],
        graph: Some(pb::GraphProto {
            name: "test".to_owned(),
            node: graph.nodes.iter().map(node).collect(),
            initializer: graph.constants.iter().map(initializer).collect(),
            input: graph
                .inputs
                .iter()
                .map(|input| info(&input.name, input.element))
                .collect(),
            output: vec![info(output, ElementType::Double)],
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub fn run_graph(graph: &Graph, inputs: Vec<Tensor>, output: &Value) -> Vec<f64> {
    let proto = proto_of(graph, output);
    let run = || -> tract_onnx::prelude::TractResult<Vec<f64>> {
        let mut model = tract_onnx::onnx().model_for_proto_model(&proto)?;
        for (place, input) in inputs.iter().enumerate() {
            model.set_input_fact(
                place,
                InferenceFact::dt_shape(input.datum_type(), input.shape()),
            )?;
        }
        let plan = model.into_optimized()?.into_runnable()?;
        let outputs = plan.run(inputs.into_iter().map(Into::into).collect())?;
        Ok(outputs[0]
            .to_plain_array_view::<f64>()?
            .iter()
            .copied()
            .collect())
    };
    run().unwrap_or_else(|error| panic!("{error:?}"))
}

fn attribute(name: &str, value: &Attribute) -> pb::AttributeProto {
    use pb::attribute_proto::AttributeType as Kind;
    let mut proto = pb::AttributeProto {
        name: name.to_owned(),
        ..Default::default()
    };
    let kind = match value {
        Attribute::Integer(value) => {
            proto.i = *value;
            Kind::Int
        }
        Attribute::Float(value) => {
            proto.f = *value;
            Kind::Float
        }
        Attribute::Text(value) => {
            proto.s = value.clone().into_bytes();
            Kind::String
        }
        Attribute::Integers(values) => {
            proto.ints = values.clone();
            Kind::Ints
        }
        Attribute::Floats(values) => {
            proto.floats = values.clone();
            Kind::Floats
        }
        Attribute::Texts(values) => {
            proto.strings = values
                .iter()
                .map(|value| value.clone().into_bytes())
                .collect();
            Kind::Strings
        }
    };
    proto.r#type = kind as i32;
    proto
}

fn initializer((name, shape, value): &(Value, Vec<usize>, Constant)) -> pb::TensorProto {
    let mut proto = pb::TensorProto {
        name: name.clone(),
        dims: shape.iter().map(|&size| size as i64).collect(),
        ..Default::default()
    };
    match value {
        Constant::Float(values) => {
            proto.data_type = 1;
            proto.float_data = values.clone();
        }
        Constant::Int64(values) => {
            proto.data_type = 7;
            proto.int64_data = values.clone();
        }
        Constant::Double(values) => {
            proto.data_type = 11;
            proto.double_data = values.clone();
        }
        Constant::Text(values) => {
            proto.data_type = 8;
            proto.string_data = values
                .iter()
                .map(|value| value.clone().into_bytes())
                .collect();
        }
    }
    proto
}

/// The graph run by another engine, against our own predictions.
fn assert_graph(what: &str, model: &dyn Model, new: &Matrix, tolerance: f64) {
    let mut graph = Graph::new();
    let input = graph.input("x", ElementType::Double);
    let output = must(model.graph(&mut graph, &input));
    let tensor =
        Tensor::from_shape(&[new.rows, new.cols], &new.values).unwrap_or_else(|e| panic!("{e}"));
    let theirs = run_graph(&graph, vec![tensor], &output);
    let ours = predict(model, new);
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let off = difference(&theirs, &ours);
    assert!(off < tolerance, "{what}: differs by {off}");
}

#[test]
fn the_graph_of_every_learner_predicts_the_same() {
    let cases = awkward();
    every_learner(|learner| {
        for (name, x, classes, numbers) in &cases {
            // 500 columns make a graph of 2,000 nodes; the others say enough.
            let keeps_rows = learner.id() == "k_nearest_neighbours";
            if *name == "wide" && (keeps_rows || learner.capabilities().combines) {
                continue;
            }
            for y in &tasks_of(learner, classes, numbers) {
                let what = format!("{} on {name}", learner.id());
                let model = must(fit(learner, x, y, &usual(learner, x)));
                let new = if x.rows > 20 {
                    x.take_rows(&(0..20).collect::<Vec<_>>())
                } else {
                    random_matrix(20, x.cols, 5)
                };
                assert_graph(&what, &*model, &new, 1e-9);
            }
        }
    });
}

#[test]
fn a_frame_reads_what_polars_computed() {
    let table = table_of(vec![column("a", [1.0_f64, 2.0])]);
    let doubled = table
        .frame()
        .clone()
        .lazy()
        .with_column(col("a") * polars::prelude::lit(2.0))
        .collect();
    let table = Table::from_frame(
        doubled.unwrap_or_else(|e| panic!("{e}")),
        table.fingerprint(),
    );
    assert_eq!(numbers_in(&read(&table, &["a"]), "a"), [2.0, 4.0]);
}
