//! What every learner promises: the same on any number of threads, whatever the data, stopped at any
//! moment.

use super::*;

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
    "ada_boost",
    "bagging",
    "calibrated",
    "explainable_boosting",
    "extra_trees",
    "gradient_boosting",
    "isolation_forest",
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
