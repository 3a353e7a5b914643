//! Searches on functions whose best point is known: what they find, what they keep, when they end.

use super::*;

#[test]
fn tpe_beats_random_on_branin() {
    let function = Function::of(branin);
    let smallest = 0.397_887;
    let by = |method| mean_best(&branin_space(), method, 60, &function) - smallest;
    let (tpe, random) = (by(SearchMethod::Tpe), by(SearchMethod::Random));
    assert!(tpe < 0.5 * random, "{tpe} is not half of {random}");
    assert!(tpe > 0.0);
}

#[test]
fn tpe_beats_random_where_settings_depend_on_others() {
    let function = Function::of(conditional);
    let by = |method| mean_best(&conditional_space(), method, 60, &function) - 0.1;
    let (tpe, random) = (by(SearchMethod::Tpe), by(SearchMethod::Random));
    assert!(tpe < 0.5 * random, "{tpe} is not half of {random}");
    // Where the best kind is hidden in a narrow place, hardly anything is to be gained.
    let function = Function::of(deceiving);
    let by = |method| mean_best(&conditional_space(), method, 60, &function) - 0.1;
    let (tpe, random) = (by(SearchMethod::Tpe), by(SearchMethod::Random));
    assert!(tpe < random, "{tpe} is not less than {random}");
}

#[test]
fn one_seed_gives_one_path_on_any_number_of_threads() {
    let function = Function {
        folds: 5,
        ..Function::of(conditional)
    };
    for method in SearchMethod::ALL {
        let path = |threads: usize, seed: u64| {
            let spec = tune_spec(method, 30, seed);
            let task = TaskContext::new();
            let outcome = optimise(
                &function,
                &conditional_space(),
                &spec,
                threads,
                &task,
                &quiet,
            );
            must(outcome).trials
        };
        let one = path(1, 5);
        assert_eq!(one, path(2, 5), "{method:?}");
        assert_eq!(one, path(7, 5), "{method:?}");
        assert_ne!(one, path(1, 6), "{method:?}");
        assert_eq!(
            one[0].values.text("kind"),
            "a",
            "the defaults are not first"
        );
    }
}

#[test]
fn nothing_is_tried_twice() {
    for method in SearchMethod::ALL {
        let outcome = search(
            &conditional_space(),
            method,
            60,
            2,
            &Function::of(|params| (params.number("common") * 4.0).round()),
        );
        for (at, trial) in outcome.trials.iter().enumerate() {
            let before = &outcome.trials[..at];
            assert!(
                !before.iter().any(|old| old.params == trial.params),
                "{method:?}"
            );
        }
    }
}

#[test]
fn halving_drops_bad_trials_and_finds_the_good_one() {
    assert_eq!(
        rounds(5, 100).iter().map(|e| e.folds).collect::<Vec<_>>(),
        [1, 3, 5]
    );
    assert_eq!(
        rounds(10, 100_000)
            .iter()
            .map(|e| (e.folds, e.share))
            .collect::<Vec<_>>(),
        [(1, 0.25), (1, 1.0), (3, 1.0), (10, 1.0)]
    );
    let function = Function {
        folds: 5,
        ..Function::of(branin)
    };
    let outcome = search(&branin_space(), SearchMethod::Halving, 28, 4, &function);
    let dropped: Vec<usize> = outcome
        .trials
        .iter()
        .filter(|trial| trial.state == TrialState::Dropped)
        .map(|trial| trial.folds.len())
        .collect();
    // 27 begin, 9 see three folds, 3 see all; the defaults see all besides.
    assert_eq!(dropped.iter().filter(|&&folds| folds == 1).count(), 18);
    assert_eq!(dropped.iter().filter(|&&folds| folds == 3).count(), 6);
    assert_eq!(outcome.fold_fits, 5 + 27 + 9 * 2 + 3 * 2);
    let most = SearchMethod::Halving.most_fits(28, 5, 100);
    assert_eq!(most, outcome.fold_fits);
    // A quarter of the rows first, all of them again, then what is new.
    let most = SearchMethod::Halving.most_fits(28, 5, 10_000);
    assert_eq!(most, 5 + 27 + 9 + 3 * 2 + 2);
    // The folds shift all trials alike, so the best one is never dropped.
    let lowest = outcome
        .trials
        .iter()
        .map(|trial| branin(&trial.params))
        .fold(f64::INFINITY, f64::min);
    let found = &outcome.trials[outcome.best.unwrap()];
    assert_eq!(branin(&found.params), lowest);
    assert_eq!(found.folds.len(), 5);
}

#[test]
fn a_first_round_of_few_rows_is_measured_again_on_all() {
    let shares = Mutex::new(BTreeSet::new());
    struct Watching<'a>(&'a Mutex<BTreeSet<String>>);
    impl Objective for Watching<'_> {
        fn folds(&self) -> usize {
            3
        }
        fn higher_is_better(&self) -> bool {
            false
        }
        fn rows(&self) -> u64 {
            100_000
        }
        fn evaluate(
            &self,
            params: &Params,
            fold: usize,
            share: f64,
            _: &TaskContext,
        ) -> Result<FoldScore, UserError> {
            self.0.lock().unwrap().insert(format!("{share} {fold}"));
            Ok(FoldScore {
                fold,
                // Few rows mislead a little, and their scores must not stay.
                score: Some(branin(params) + 100.0 * (1.0 - share)),
                training: None,
                rows_trained: (100_000.0 * share) as u64,
                rows_checked: 50_000,
                fit_seconds: 0.0,
                predict_seconds: 0.0,
            })
        }
    }
    let outcome = search(
        &branin_space(),
        SearchMethod::Halving,
        30,
        1,
        &Watching(&shares),
    );
    let seen: Vec<String> = shares.lock().unwrap().iter().cloned().collect();
    assert_eq!(seen, ["0.25 0", "1 0", "1 1", "1 2"]);
    for trial in outcome
        .trials
        .iter()
        .filter(|t| t.state == TrialState::Done)
    {
        assert_eq!(trial.share, 1.0);
        assert!((trial.score.unwrap() - branin(&trial.params)).abs() < 1e-9);
    }
}

#[test]
fn what_is_finished_is_kept_when_it_is_stopped() {
    for method in SearchMethod::ALL {
        for threads in [1, 2] {
            let whole = search(&branin_space(), method, 30, 3, &folded(branin)).trials;
            let task = TaskContext::new();
            let done = AtomicUsize::new(0);
            let spec = tune_spec(method, 30, 3);
            let outcome = must(optimise(
                &folded(branin),
                &branin_space(),
                &spec,
                threads,
                &task,
                &|event| {
                    let fold = matches!(event, TuneEvent::FoldDone { .. });
                    if fold && done.fetch_add(1, Ordering::SeqCst) == 12 {
                        task.cancel();
                    }
                },
            ));
            assert_eq!(outcome.ended, Ended::Stopped);
            let kept: Vec<_> = outcome
                .trials
                .iter()
                .filter(|trial| trial.state == TrialState::Done)
                .collect();
            assert!(!kept.is_empty() && outcome.trials.len() < 31);
            for trial in kept {
                assert_eq!(trial.folds, whole[trial.number].folds, "{method:?}");
            }
            assert!(outcome.best.is_some());
        }
    }
    let task = TaskContext::new();
    task.cancel();
    let spec = tune_spec(SearchMethod::Tpe, 5, 1);
    let error = optimise(&folded(branin), &branin_space(), &spec, 1, &task, &quiet).err();
    assert!(error.unwrap().is_cancelled());
}

#[test]
fn the_defaults_are_measured_however_short_the_time() {
    let spec = TuneSpec {
        seconds: Some(0.0),
        ..tune_spec(SearchMethod::Tpe, 50, 1)
    };
    let task = TaskContext::new();
    let outcome = must(optimise(
        &folded(branin),
        &branin_space(),
        &spec,
        1,
        &task,
        &quiet,
    ));
    assert_eq!(outcome.ended, Ended::TimeIsUp);
    let done: Vec<_> = outcome
        .trials
        .iter()
        .filter(|trial| trial.state == TrialState::Done)
        .collect();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].number, 0);
}

#[test]
fn one_failing_trial_costs_no_other() {
    let function = folded(|params: &Params| match params.text("kind") {
        "c" => f64::NAN,
        _ => conditional(params),
    });
    for method in SearchMethod::ALL {
        let outcome = search(&conditional_space(), method, 40, 1, &function);
        let failed = |kind: &str| {
            let of_kind = outcome
                .trials
                .iter()
                .filter(|t| t.values.text("kind") == kind);
            of_kind
                .map(|trial| matches!(&trial.state, TrialState::Failed(error) if error.code == "planted"))
                .collect::<Vec<_>>()
        };
        assert!(!failed("c").is_empty() && failed("c").iter().all(|&f| f));
        assert!(!failed("b").is_empty() && failed("b").iter().all(|&f| !f));
        assert!(outcome.best.is_some());
    }
    let spec = tune_spec(SearchMethod::Random, 40, 1);
    let always = folded(|_: &Params| f64::NAN);
    let events = AtomicUsize::new(0);
    let error = optimise(
        &always,
        &conditional_space(),
        &spec,
        1,
        &TaskContext::new(),
        &|event| {
            if matches!(event, TuneEvent::TrialDone(_)) {
                events.fetch_add(1, Ordering::SeqCst);
            }
        },
    );
    assert_eq!(error.err().unwrap().code, "planted");
    assert!(events.into_inner() < 40, "it did not give up");
}

#[test]
fn it_ends_where_nothing_is_gained() {
    let run = |patience: usize, step: f64| {
        let spec = TuneSpec {
            patience,
            ..tune_spec(SearchMethod::Random, 200, 9)
        };
        // Every trial has the same score, or nearly.
        let made = AtomicUsize::new(0);
        let function = Function {
            folds: 5,
            ..Function::of(|_: &Params| -step * made.fetch_add(1, Ordering::SeqCst) as f64)
        };
        let task = TaskContext::new();
        must(optimise(
            &function,
            &branin_space(),
            &spec,
            1,
            &task,
            &quiet,
        ))
    };
    let flat = run(15, 0.0);
    assert_eq!(flat.ended, Ended::NothingGained);
    // Random search runs four trials side by side.
    assert!(
        (16..20).contains(&flat.trials.len()),
        "{}",
        flat.trials.len()
    );
    // Each fold of each trial is better than the one before: small steps add up to clear gains.
    assert_eq!(run(15, 0.01).ended, Ended::Finished);
    assert_eq!(run(0, 0.0).ended, Ended::Finished);
}
