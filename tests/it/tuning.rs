//! Tuning: spaces of every learner, searches on functions whose best point is known, what is kept
//! when it is stopped, and what is said about the result.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use benchtop::base::search::{SearchRange, SearchScale, SearchTask};
use benchtop::base::{Fingerprint, ParamKind, ParamValue, Params, Random, TaskContext, UserError};
use benchtop::data::Table;
use benchtop::data::table::{NewColumn, NewValues};
use benchtop::evaluate::tuning::{Dimension, When};
use benchtop::evaluate::tuning::{
    Ended, FoldScore, Narrowing, NestedEvent, Objective, Outcome, Range, SearchMethod, Space,
    TrialState, TuneEvent, TuneSpec, Tuning, coordinates, importance, nested, optimise, rounds,
    tune_prepared,
};
use benchtop::evaluate::{RunSpec, SplitPlan, cross_validate_prepared};
use benchtop::learn::{self, Learner, Task};
use benchtop::pipeline::{self, LearningPlan};

fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

fn quiet(_: TuneEvent) {}

// ---- Spaces --------------------------------------------------------------------------------------

fn tasks_of(learner: &dyn Learner) -> Vec<Task> {
    let able = learner.capabilities();
    let mut tasks = Vec::new();
    if able.classes {
        tasks.push(Task::Classes {
            names: vec!["no".to_owned(), "yes".to_owned()],
        });
    }
    if able.numbers {
        tasks.push(Task::Number);
    }
    tasks
}

fn space_of(learner: &dyn Learner, task: &Task) -> Space {
    must(Space::of(
        learner,
        task,
        &Params::new(),
        &Narrowing::default(),
    ))
}

#[test]
fn every_learner_with_settings_that_matter_has_a_space() {
    for learner in learn::REGISTRY {
        let able = learner.capabilities();
        // Which models are combined is a person's choice.
        let without = able.yardstick || able.combines || learner.params().is_empty();
        assert!(
            without || !learner.search().is_empty(),
            "{} has nothing to tune",
            learner.id()
        );
        let mut seen = BTreeSet::new();
        for (place, search) in learner.search().iter().enumerate() {
            let name = format!("{}.{}", learner.id(), search.key);
            assert!(seen.insert(search.key), "{name} is searched twice");
            let spec = learner.params().iter().find(|spec| spec.key == search.key);
            let spec = spec.unwrap_or_else(|| panic!("{name} is no setting"));
            let inside = |value: ParamValue| {
                assert!(
                    spec.check_value(&value).is_ok(),
                    "{name} cannot be {value:?}"
                );
            };
            match (search.range, spec.kind) {
                (SearchRange::Integer { min, max, scale }, ParamKind::Integer { .. }) => {
                    assert!(min < max, "{name}");
                    assert!(scale != SearchScale::Logarithmic || min > 0, "{name}");
                    inside(ParamValue::Integer(min));
                    inside(ParamValue::Integer(max));
                }
                (SearchRange::Number { min, max, scale }, ParamKind::Number { .. }) => {
                    assert!(min < max, "{name}");
                    assert!(scale != SearchScale::Logarithmic || min > 0.0, "{name}");
                    inside(ParamValue::Number(min));
                    inside(ParamValue::Number(max));
                }
                (SearchRange::Choice(among), ParamKind::Choice(_)) => {
                    assert!(among.len() > 1, "{name}");
                    for value in among {
                        inside((*value).into());
                    }
                }
                (SearchRange::Bool, ParamKind::Bool) => {}
                (range, kind) => panic!("{name}: {range:?} for {kind:?}"),
            }
            if let Some(when) = search.when {
                let before = &learner.search()[..place];
                let parent = before.iter().find(|other| other.key == when.key);
                let parent = parent.unwrap_or_else(|| panic!("{name} depends on nothing before"));
                let known: Vec<&str> = match parent.range {
                    SearchRange::Choice(among) => among.to_vec(),
                    SearchRange::Bool => vec!["true", "false"],
                    _ => panic!("{name} depends on a number"),
                };
                assert!(
                    when.among.iter().all(|value| known.contains(value)),
                    "{name}"
                );
            }
            if search.task == SearchTask::Classes {
                assert!(able.classes, "{name}");
            }
            if search.task == SearchTask::Numbers {
                assert!(able.numbers, "{name}");
            }
        }
    }
}

#[test]
fn defaults_lie_inside_and_every_point_is_valid() {
    for learner in learn::REGISTRY {
        if learner.search().is_empty() {
            continue;
        }
        let defaults = Params::defaults(learner.params());
        for task in tasks_of(*learner) {
            let space = space_of(*learner, &task);
            for (key, value) in &space.values(&space.usual()).0 {
                assert_eq!(
                    Some(value),
                    defaults.get(key),
                    "{}.{key} does not start at its default",
                    learner.id()
                );
            }
            let mut random = Random::new(7);
            let mut points = space.spread(50, &mut random);
            points.extend((0..200).map(|_| space.random(&mut random)));
            for point in points {
                let params = space.params(&point);
                must(params.checked(learner.params()));
                assert_eq!(space.place_of(&params), point, "{}", learner.id());
                for (dimension, place) in space.dimensions.iter().zip(&point.0) {
                    if let (Some(when), true) = (&dimension.when, place.is_some()) {
                        let parent = point.0[when.dimension].unwrap() as usize;
                        assert!(when.among.contains(&parent), "{}", learner.id());
                    }
                }
            }
        }
    }
}

#[test]
fn a_person_narrows_holds_and_widens() {
    let learner = must(learn::by_id("decision_tree"));
    let mut narrowing = Narrowing::default();
    must(narrowing.add(learner, "max_depth=2..4"));
    must(narrowing.add(learner, "min_rows_leaf=7"));
    let saved = serde_json::to_string(&narrowing).unwrap();
    assert_eq!(
        serde_json::from_str::<Narrowing>(&saved).unwrap(),
        narrowing
    );
    let space = must(Space::of(
        learner,
        &Task::Number,
        &Params::new().with("prune", 0.01),
        &narrowing,
    ));
    let keys: Vec<&str> = space.dimensions.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(keys, ["max_depth", "min_rows_split"]);
    let mut random = Random::new(1);
    let mut depths = BTreeSet::new();
    for _ in 0..100 {
        let params = space.params(&space.random(&mut random));
        depths.insert(params.integer("max_depth"));
        assert_eq!(params.integer("min_rows_leaf"), 7);
        assert_eq!(params.number("prune"), 0.01);
    }
    assert_eq!(depths, BTreeSet::from([2, 3, 4]));
    // The default of 6 is not inside any more: the nearest stands for it.
    assert_eq!(space.params(&space.usual()).integer("max_depth"), 4);

    let forest = must(learn::by_id("random_forest"));
    let mut narrowing = Narrowing::default();
    must(narrowing.add(forest, "trees=10..1000"));
    must(narrowing.add(forest, "columns=root,all"));
    let space = must(Space::of(forest, &Task::Number, &Params::new(), &narrowing));
    let trees = space.dimensions.iter().find(|d| d.key == "trees").unwrap();
    assert_eq!(
        trees.range,
        Range::Integer {
            min: 10,
            max: 1000,
            scale: SearchScale::Logarithmic
        }
    );
    for wrong in [
        "trees",
        "none=1..2",
        "trees=9..3",
        "trees=0..5",
        "columns=1..2",
        "columns=many",
    ] {
        assert!(
            Narrowing::default().add(forest, wrong).is_err() || {
                let mut narrowing = Narrowing::default();
                must(narrowing.add(forest, wrong));
                Space::of(forest, &Task::Number, &Params::new(), &narrowing).is_err()
            },
            "{wrong} was accepted"
        );
    }
}

#[test]
fn a_held_setting_decides_what_depends_on_it() {
    let learner = must(learn::by_id("support_vector_machine"));
    let keys = |kernel: &str| -> Vec<String> {
        let held = Params::new().with("kernel", kernel);
        let space = must(Space::of(
            learner,
            &Task::Number,
            &held,
            &Narrowing::default(),
        ));
        space.dimensions.into_iter().map(|d| d.key).collect()
    };
    assert_eq!(keys("linear"), ["strength", "tube"]);
    assert_eq!(keys("rbf"), ["strength", "narrowness", "tube"]);
}

#[test]
fn the_number_of_points_is_counted_through_conditions() {
    let space = Space {
        dimensions: vec![
            choice("kind", &["a", "b", "c"], None),
            Dimension {
                when: Some(When {
                    dimension: 0,
                    among: vec![1],
                }),
                ..whole("steps", 1, 4)
            },
            whole("size", 0, 1),
        ],
        fixed: Params::new(),
    };
    // a: 2, b: 4 · 2, c: 2.
    assert_eq!(space.size(), Some(12));
    let result = search(
        &space,
        SearchMethod::Random,
        100,
        3,
        &Function::of(|params| params.integer("size") as f64),
    );
    assert_eq!(result.trials.len(), 12, "every point once, and no more");
}

// ---- Functions -----------------------------------------------------------------------------------

fn number(key: &str, min: f64, max: f64) -> Dimension {
    Dimension {
        key: key.to_owned(),
        label: key.to_owned(),
        range: Range::Number {
            min,
            max,
            scale: SearchScale::Linear,
        },
        when: None,
        usual: 0.5,
    }
}

fn whole(key: &str, min: i64, max: i64) -> Dimension {
    Dimension {
        range: Range::Integer {
            min,
            max,
            scale: SearchScale::Linear,
        },
        ..number(key, 0.0, 1.0)
    }
}

fn choice(key: &str, values: &[&str], when: Option<When>) -> Dimension {
    Dimension {
        range: Range::Choice(values.iter().map(|&value| value.into()).collect()),
        when,
        usual: 0.0,
        ..number(key, 0.0, 1.0)
    }
}

/// A function of the settings on some folds; smaller is better.
struct Function<F> {
    folds: usize,
    rows: u64,
    value: F,
}

impl<F: Fn(&Params) -> f64 + Sync> Function<F> {
    fn of(value: F) -> Self {
        Self {
            folds: 1,
            rows: 100,
            value,
        }
    }
}

/// The same on every fold but for a little that depends on the fold.
fn fold_noise(fold: usize) -> f64 {
    [0.03, -0.01, 0.02, -0.04, 0.0][fold % 5]
}

impl<F: Fn(&Params) -> f64 + Sync> Objective for Function<F> {
    fn folds(&self) -> usize {
        self.folds
    }

    fn higher_is_better(&self) -> bool {
        false
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn evaluate(
        &self,
        params: &Params,
        fold: usize,
        _: f64,
        task: &TaskContext,
    ) -> Result<FoldScore, UserError> {
        task.check()?;
        let value = (self.value)(params);
        if value.is_nan() {
            return Err(UserError::failed(
                "planted",
                "This setting fails",
                "It was planted",
            ));
        }
        let noise = if self.folds > 1 {
            fold_noise(fold)
        } else {
            0.0
        };
        Ok(FoldScore {
            fold,
            score: Some(value + noise),
            training: Some(value - 0.1),
            rows_trained: self.rows,
            rows_checked: self.rows / 4,
            fit_seconds: 0.0,
            predict_seconds: 0.0,
        })
    }
}

fn tune_spec(method: SearchMethod, trials: usize, seed: u64) -> TuneSpec {
    TuneSpec {
        method,
        trials,
        seed,
        patience: 0,
        ..TuneSpec::new("decision_tree")
    }
}

fn search(
    space: &Space,
    method: SearchMethod,
    trials: usize,
    seed: u64,
    function: &dyn Objective,
) -> Outcome {
    let spec = tune_spec(method, trials, seed);
    must(optimise(
        function,
        space,
        &spec,
        1,
        &TaskContext::new(),
        &quiet,
    ))
}

fn best(outcome: &Outcome) -> f64 {
    outcome.trials[outcome.best.unwrap()].score.unwrap()
}

/// A. Branin, IBM Journal of Research and Development 16 (1972); smallest value 0.397887.
fn branin(params: &Params) -> f64 {
    use std::f64::consts::PI;
    let (x, y) = (params.number("x"), params.number("y"));
    let bend = y - 5.1 / (4.0 * PI * PI) * x * x + 5.0 / PI * x - 6.0;
    bend * bend + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x.cos() + 10.0
}

fn branin_space() -> Space {
    Space {
        dimensions: vec![number("x", -5.0, 10.0), number("y", 0.0, 15.0)],
        fixed: Params::new(),
    }
}

/// Three kinds, each with a setting of its own; the best is 0.1 at kind b, b 0.7, common 0.2.
fn conditional(params: &Params) -> f64 {
    let common = (params.number("common") - 0.2).powi(2);
    let own = match params.text("kind") {
        "a" => 0.4 + (params.number("a") - 0.3).powi(2),
        "b" => 0.1 + (params.number("b") - 0.7).powi(2),
        _ => 0.8,
    };
    own + common
}

/// The same, but the best kind is the best one in a narrow place only, and bad elsewhere.
fn deceiving(params: &Params) -> f64 {
    let common = (params.number("common") - 0.2).powi(2);
    match params.text("kind") {
        "b" => 0.1 + 3.0 * (params.number("b") - 0.7).abs() + common,
        _ => conditional(params),
    }
}

fn conditional_space() -> Space {
    let only = |kind: usize| {
        Some(When {
            dimension: 0,
            among: vec![kind],
        })
    };
    Space {
        dimensions: vec![
            choice("kind", &["a", "b", "c"], None),
            Dimension {
                when: only(0),
                ..number("a", 0.0, 1.0)
            },
            Dimension {
                when: only(1),
                ..number("b", 0.0, 1.0)
            },
            number("common", 0.0, 1.0),
        ],
        fixed: Params::new(),
    }
}

const SEEDS: u64 = 20;

/// Mean over fixed seeds of the best value after so many trials.
fn mean_best(space: &Space, method: SearchMethod, trials: usize, f: &dyn Objective) -> f64 {
    let sum: f64 = (0..SEEDS)
        .map(|seed| best(&search(space, method, trials, seed, f)))
        .sum();
    sum / SEEDS as f64
}

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

fn folded<F: Fn(&Params) -> f64 + Sync>(value: F) -> Function<F> {
    Function {
        folds: 5,
        ..Function::of(value)
    }
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

// ---- What is said of it --------------------------------------------------------------------------

fn tuning_of(space: &Space, outcome: Outcome, spec: TuneSpec) -> Tuning {
    Tuning {
        spec,
        metric: "mean_absolute_error".to_owned(),
        higher_is_better: false,
        space: space.clone(),
        rows: 100,
        folds: 5,
        trials: outcome.trials,
        best: outcome.best.unwrap(),
        ended: outcome.ended,
        seconds: 1.0,
        fold_fits: outcome.fold_fits,
    }
}

fn planted(space: &Space, value: impl Fn(&Params) -> f64 + Sync) -> Tuning {
    let outcome = search(space, SearchMethod::Random, 400, 1, &folded(value));
    tuning_of(space, outcome, tune_spec(SearchMethod::Random, 400, 1))
}

#[test]
fn importance_agrees_with_the_variance_that_is_planted() {
    let space = Space {
        dimensions: vec![
            number("x", 0.0, 1.0),
            number("y", 0.0, 1.0),
            choice("kind", &["a", "b", "c"], None),
            number("idle", 0.0, 1.0),
        ],
        fixed: Params::new(),
    };
    // Variances: 4/12 of 2x, 1/12 of y, 0.5² · 2/9 of the kind; nothing of idle.
    let tuning = planted(&space, |params| {
        2.0 * params.number("x")
            + params.number("y")
            + 0.5 * f64::from(u8::from(params.text("kind") == "b"))
    });
    let found = must(importance(&tuning, &TaskContext::new()));
    let total = 4.0 / 12.0 + 1.0 / 12.0 + 0.25 * 2.0 / 9.0;
    for (key, expected) in [
        ("x", 4.0 / 12.0 / total),
        ("y", 1.0 / 12.0 / total),
        ("kind", 0.25 * 2.0 / 9.0 / total),
        ("idle", 0.0),
    ] {
        let share = found.settings.iter().find(|s| s.key == key).unwrap().share;
        assert!(
            (share - expected).abs() < 0.05,
            "{key}: {share}, not {expected}"
        );
    }
    assert_eq!(found.settings[0].key, "x");
    assert!(found.together < 0.1, "{}", found.together);
    assert_eq!(found.trials, 400);
}

#[test]
fn settings_that_only_act_together_are_said_to() {
    let space = Space {
        dimensions: vec![number("x", -1.0, 1.0), number("y", -1.0, 1.0)],
        fixed: Params::new(),
    };
    let tuning = planted(&space, |params| {
        params.number("x").signum() * params.number("y").signum()
    });
    let found = must(importance(&tuning, &TaskContext::new()));
    assert!(found.together > 0.8, "{found:?}");
    let few = Tuning {
        trials: tuning.trials[..5].to_vec(),
        ..tuning
    };
    assert!(
        must(importance(&few, &TaskContext::new()))
            .settings
            .is_empty()
    );
}

#[test]
fn the_luck_of_the_best_is_that_of_tibshirani_and_tibshirani() {
    let space = branin_space();
    let mut tuning = planted(&space, branin);
    tuning.trials.truncate(3);
    for (trial, scores) in tuning.trials.iter_mut().zip([
        [1.0, 2.0, 3.0, 4.0, 5.0],
        [2.0, 1.0, 2.0, 4.0, 5.0],
        [0.5, 5.0, 5.0, 5.0, 4.5],
    ]) {
        for (fold, score) in trial.folds.iter_mut().zip(scores) {
            fold.score = Some(score);
        }
        trial.score = Some(scores.iter().sum::<f64>() / 5.0);
    }
    tuning.best = 1;
    // Smallest per fold: 0.5, 1, 2, 4, 4.5.
    let expected = ((2.0 - 0.5) + 0.0 + 0.0 + 0.0 + (5.0 - 4.5)) / 5.0;
    assert!((tuning.luck().unwrap() - expected).abs() < 1e-12);
    assert!(
        tuning.caution().contains("the best of 3 settings"),
        "{}",
        tuning.caution()
    );
    // Better is larger: the same numbers the other way round.
    for trial in &mut tuning.trials {
        for fold in &mut trial.folds {
            fold.score = fold.score.map(|score| -score);
        }
    }
    tuning.higher_is_better = true;
    assert!((tuning.luck().unwrap() - expected).abs() < 1e-12);
    assert!(
        tuning.verdict().starts_with("Not clearly better"),
        "{}",
        tuning.verdict()
    );
}

#[test]
fn parallel_coordinates_hold_every_trial_and_a_brush_narrows() {
    let space = conditional_space();
    let outcome = search(&space, SearchMethod::Random, 60, 1, &folded(conditional));
    let tuning = tuning_of(&space, outcome, tune_spec(SearchMethod::Random, 60, 1));
    let picture = coordinates(&tuning);
    assert_eq!(picture.axes.len(), 5);
    assert_eq!(picture.lines.len(), 60);
    assert_eq!(picture.lines.iter().filter(|line| line.best).count(), 1);
    for (line, trial) in picture.lines.iter().zip(&tuning.trials) {
        assert_eq!(line.places[1].is_some(), trial.values.text("kind") == "a");
        let inside = |place: &f64| (0.0..=1.0).contains(place);
        assert!(line.places.iter().flatten().all(inside));
    }
    let among: Vec<usize> = picture.between(0, 0.4, 0.6);
    for trial in &tuning.trials {
        let is_b = trial.values.text("kind") == "b";
        assert_eq!(among.contains(&trial.number), is_b);
    }
    let (key, narrowed) = tuning.narrowed(3, 0.0, 0.5).unwrap();
    assert_eq!(key, "common");
    assert_eq!(
        serde_json::to_value(&narrowed).unwrap(),
        serde_json::json!({ "between": { "min": 0.0, "max": 0.5 } })
    );
    let (_, narrowed) = tuning.narrowed(0, 0.4, 1.0).unwrap();
    assert_eq!(
        serde_json::to_value(&narrowed).unwrap(),
        serde_json::json!({ "among": ["b", "c"] })
    );
    let curve = tuning.best_so_far();
    assert_eq!(curve.len(), 60);
    assert!(curve.windows(2).all(|pair| pair[1].1 <= pair[0].1));
}

// ---- Learners ------------------------------------------------------------------------------------

/// Rows of four columns and an answer.
#[derive(Clone)]
struct Rows(Vec<([f64; 4], bool)>);

impl Rows {
    /// Two classes in two columns with much overlap, and two columns of noise. `answer`: false for
    /// an answer that has nothing to do with them.
    fn made_up(rows: usize, answer: bool, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let row = |_| {
            let row = [0; 4].map(|_| random.next_f64() * 2.0 - 1.0);
            let chance = 1.0 / (1.0 + (-4.0 * (row[0] * row[1] * 2.0 + row[0])).exp());
            let yes = random.next_f64() < if answer { chance } else { 0.5 };
            (row, yes)
        };
        Self((0..rows).map(row).collect())
    }

    fn table(&self) -> Table {
        let mut columns: Vec<NewColumn> = (0..4)
            .map(|at| NewColumn {
                name: format!("c{at}"),
                values: NewValues::Numbers(self.0.iter().map(|(row, _)| row[at]).collect()),
            })
            .collect();
        let word = |yes: bool| Some(if yes { "yes" } else { "no" }.to_owned());
        columns.push(NewColumn {
            name: "answer".to_owned(),
            values: NewValues::Texts(self.0.iter().map(|(_, yes)| word(*yes)).collect()),
        });
        must(Table::of_columns(&columns, Fingerprint::default()))
    }
}

fn plan() -> LearningPlan {
    LearningPlan {
        target: "answer".to_owned(),
        features: (0..4).map(|at| format!("c{at}")).collect(),
        steps: Vec::new(),
    }
}

fn learner_spec(learner: &str, method: SearchMethod, trials: usize) -> TuneSpec {
    TuneSpec {
        method,
        trials,
        ..TuneSpec::new(learner)
    }
}

/// All but the time it took.
fn without_time(mut tuning: Tuning) -> Tuning {
    tuning.seconds = 0.0;
    for trial in &mut tuning.trials {
        for fold in &mut trial.folds {
            fold.fit_seconds = 0.0;
            fold.predict_seconds = 0.0;
        }
    }
    tuning
}

#[test]
fn a_learner_is_tuned_on_the_folds_of_a_cross_validation() {
    let table = Rows::made_up(240, true, 1).table();
    let task = TaskContext::new();
    let prepared = must(pipeline::prepare(&table, &plan(), &task));
    let rows = prepared.eligible_rows();
    for (learner, method) in [
        ("decision_tree", SearchMethod::Tpe),
        ("gradient_boosting", SearchMethod::Halving),
        ("support_vector_machine", SearchMethod::Random),
    ] {
        let mut spec = learner_spec(learner, method, 14);
        if learner == "gradient_boosting" {
            must(
                spec.narrowing
                    .add(must(learn::by_id(learner)), "rounds=5..30"),
            );
        }
        let tune = |threads| {
            must(tune_prepared(
                &prepared, &rows, &spec, threads, &task, &quiet,
            ))
        };
        let tuning = without_time(tune(1));
        assert_eq!(tuning, without_time(tune(2)), "{learner}");
        assert_eq!(tuning.metric, "auc");
        for trial in [tuning.usual_trial(), tuning.best_trial()]
            .into_iter()
            .flatten()
        {
            let run = RunSpec {
                plan: plan(),
                learner: learner.to_owned(),
                params: trial.params.clone(),
                preparation: Params::new(),
                folds: 5,
                seed: 1,
                split: SplitPlan::default(),
            };
            let run = must(cross_validate_prepared(&prepared, &run, &task, &mut |_| {}));
            let score = &run.scores["auc"];
            let folds: Vec<f64> = trial.folds.iter().filter_map(|fold| fold.score).collect();
            assert_eq!(folds, score.folds, "{learner}");
            assert_eq!(trial.score, Some(score.mean));
            let margin = trial.margin.unwrap();
            assert!((score.mean + margin - score.upper).abs() < 1e-12 || score.upper == 1.0);
        }
        let (best, usual) = (tuning.best_trial().unwrap(), tuning.usual_trial().unwrap());
        assert!(best.score >= usual.score);
        assert!(best.training.is_some() && best.gap(true).unwrap() > -0.2);
        assert!(tuning.luck().unwrap() >= 0.0);
        let saved = serde_json::to_string(&tuning).unwrap();
        assert_eq!(serde_json::from_str::<Tuning>(&saved).unwrap(), tuning);
    }
}

#[test]
fn rows_that_are_kept_apart_are_never_looked_at() {
    let task = TaskContext::new();
    let outcome = |table: &Table| {
        let prepared = must(pipeline::prepare(table, &plan(), &task));
        let rows: Vec<u32> = prepared
            .eligible_rows()
            .into_iter()
            .filter(|r| r % 4 != 0)
            .collect();
        let spec = learner_spec("decision_tree", SearchMethod::Tpe, 12);
        without_time(must(tune_prepared(
            &prepared, &rows, &spec, 2, &task, &quiet,
        )))
    };
    let open = Rows::made_up(200, true, 2);
    let other = Rows::made_up(200, true, 3);
    // The same rows but for every fourth, which is from another table. The first two stay, so that
    // the classes are the same.
    let mut mixed = open.clone();
    for row in (4..200).step_by(4) {
        mixed.0[row] = other.0[row];
    }
    let (open, other, mixed) = (open.table(), other.table(), mixed.table());
    assert_eq!(outcome(&open), outcome(&mixed));
    assert_ne!(outcome(&open), outcome(&other));
}

#[test]
fn nested_evaluation_is_not_fooled_by_the_choice_among_trials() {
    let task = TaskContext::new();
    let mut best = Vec::new();
    let mut honest = Vec::new();
    for seed in 0..6 {
        let noise = Rows::made_up(90, false, 100 + seed).table();
        let prepared = must(pipeline::prepare(&noise, &plan(), &task));
        let rows = prepared.eligible_rows();
        let spec = TuneSpec {
            patience: 0,
            folds: 3,
            ..learner_spec("decision_tree", SearchMethod::Random, 40)
        };
        let tuning = must(tune_prepared(&prepared, &rows, &spec, 2, &task, &quiet));
        best.push(tuning.best_trial().unwrap().score.unwrap());
        let outer = AtomicUsize::new(0);
        let found = must(nested(&prepared, &rows, &spec, 2, &task, &|event| {
            if matches!(event, NestedEvent::FoldDone(_)) {
                outer.fetch_add(1, Ordering::SeqCst);
            }
        }));
        assert_eq!(outer.into_inner(), 3);
        assert_eq!(found.folds.len(), 3);
        assert_eq!(found.folds.iter().map(|f| f.rows_checked).sum::<u64>(), 90);
        honest.push(found.mean.unwrap());
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // There is nothing to learn, so the truth is one half.
    assert!(mean(&best) > 0.56, "{best:?}");
    assert!((mean(&honest) - 0.5).abs() < 0.06, "{honest:?}");
}

#[test]
fn a_metric_can_be_chosen_and_must_suit_the_target() {
    let table = Rows::made_up(120, true, 4).table();
    let task = TaskContext::new();
    let prepared = must(pipeline::prepare(&table, &plan(), &task));
    let rows = prepared.eligible_rows();
    let mut spec = learner_spec("logistic_regression", SearchMethod::Tpe, 12);
    spec.metric = Some("log_loss".to_owned());
    let tuning = must(tune_prepared(&prepared, &rows, &spec, 2, &task, &quiet));
    assert!(!tuning.higher_is_better);
    let lowest = tuning
        .trials
        .iter()
        .filter_map(|t| t.score)
        .fold(f64::INFINITY, f64::min);
    assert_eq!(tuning.best_trial().unwrap().score, Some(lowest));
    spec.metric = Some("r_squared".to_owned());
    let error = tune_prepared(&prepared, &rows, &spec, 2, &task, &quiet).err();
    assert_eq!(error.unwrap().code, "unknown_metric");
    let linear = learner_spec("linear_discriminant_analysis", SearchMethod::Random, 3);
    let fixed = TuneSpec {
        fixed: Params::new().with("shrinkage", 0.5),
        ..linear
    };
    let error = tune_prepared(&prepared, &rows, &fixed, 2, &task, &quiet).err();
    assert_eq!(error.unwrap().code, "nothing_to_tune");
}
