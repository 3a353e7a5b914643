//! Presets, budgets of time and trials, and forecasts.

use std::collections::BTreeSet;
use std::time::Instant;

use benchtop::base::{Params, TaskContext};
use benchtop::data::Table;
use benchtop::evaluate::budget::{self, Budget, BudgetEvent};
use benchtop::evaluate::forecast::{self, Forecast, LOOKED_AT, Measured, Work};
use benchtop::evaluate::presets::Preset;
use benchtop::evaluate::{RunResult, RunSpec, SplitPlan, cross_validate_prepared};
use benchtop::formats;
use benchtop::learn::engine::effort::{Cost, Growth};
use benchtop::learn::{self, Task};
use benchtop::pipeline::{self, LearningPlan, Prepared};
use benchtop::project::Command;
use benchtop::ui::action::WorkspaceId;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use crate::screens::{self, Screen, Size, dispatch, picture, sees, session, set_target, settle};
use crate::support::{must, names, project_file};

fn yes_no() -> Task {
    Task::Classes {
        names: names(&["no", "yes"]),
    }
}

fn ids(preset: Preset, task: &Task) -> BTreeSet<&'static str> {
    let learners = preset.learners(task, Some(-1.0));
    learners.into_iter().map(|(id, _)| id).collect()
}

#[test]
fn each_preset_trains_more_than_the_one_before_and_says_what() {
    for task in [yes_no(), Task::Number] {
        let [simple, balanced, best] = Preset::ALL.map(|preset| ids(preset, &task));
        assert!(simple.len() >= 2, "{simple:?}");
        assert!(simple.is_subset(&balanced) && simple.len() < balanced.len());
        assert!(balanced.is_subset(&best) && balanced.len() < best.len());
        for id in &best {
            let learner = must(learn::by_id(id));
            assert!(!learner.capabilities().yardstick);
            assert!(learn::suited(&task, None).any(|suited| suited.id() == *id));
        }
    }
    for preset in Preset::ALL {
        assert_eq!(Preset::by_id(preset.id()), Some(preset));
        let words = preset.sentence(&["Decision tree", "Random forest"], 3.0);
        assert!(words.starts_with("Trains decision tree and random forest"));
        assert!(words.ends_with('.') && !words.contains('!'));
        assert_eq!(words.contains("3 minutes"), preset.tunes());
        for (id, params) in preset.learners(&yes_no(), None) {
            must(params.checked(must(learn::by_id(id)).params()));
        }
    }
}

#[test]
fn what_holds_a_learner_back_is_a_setting_it_has_and_is_not_at_already() {
    let mut held = 0;
    for learner in learn::REGISTRY {
        let own = Params::defaults(learner.params());
        for change in learner.hold_back() {
            held += 1;
            let spec = learner.params().iter().find(|spec| spec.key == change.key);
            let spec = spec.unwrap_or_else(|| panic!("{} {}", learner.id(), change.key));
            if let Some(value) = change.value(learner.params(), &own) {
                assert_ne!(own.get(change.key), Some(&value));
                must(spec.check_value(&value));
                let after = own.clone().with(change.key, value.clone());
                assert_ne!(change.value(learner.params(), &after), Some(value));
            }
        }
    }
    assert!(held > 10);
}

// ---- Budgets ---------------------------------------------------------------------------------

fn penguins() -> (Table, LearningPlan) {
    let path = project_file("sample-data/penguins.csv");
    let task = TaskContext::new();
    let table = must(formats::read(&path, None, &Params::new(), &task)).0;
    let plan = LearningPlan {
        target: "sex".to_owned(),
        features: names(&["bill_length_mm", "bill_depth_mm", "species"]),
        steps: Vec::new(),
    };
    (table, plan)
}

fn prepared() -> Prepared {
    let (table, plan) = penguins();
    must(pipeline::prepare(&table, &plan, &TaskContext::new()))
}

fn spec(learner: &str, split: SplitPlan) -> RunSpec {
    RunSpec {
        plan: penguins().1,
        learner: learner.to_owned(),
        params: Params::new(),
        preparation: Params::new(),
        folds: 3,
        seed: 4,
        split,
    }
}

fn checked(prepared: &Prepared, learner: &str) -> RunResult {
    let spec = spec(learner, SplitPlan::default());
    must(cross_validate_prepared(
        prepared,
        &spec,
        &TaskContext::new(),
        &mut |_| {},
    ))
}

#[test]
fn time_is_shared_and_what_one_leaves_the_next_has() {
    assert_eq!(budget::share(60.0, 3, 2.0), 17.0);
    assert_eq!(budget::share(60.0, 1, 0.0), 60.0);
    assert!(budget::share(1.0, 2, 4.0) < 0.0);
}

#[test]
fn a_budget_of_trials_finds_the_same_every_time_and_cancelling_keeps_what_was_told() {
    let prepared = prepared();
    let results = ["guessing", "decision_tree"].map(|learner| checked(&prepared, learner));
    assert_eq!(budget::in_front(&results), ["decision_tree"]);
    let search = |split: SplitPlan, task: &TaskContext, stop: bool| {
        let mut told = Vec::new();
        let outcome = budget::search_settings(
            &prepared,
            &results,
            &|result| spec(&result.learner, split.clone()),
            (Budget::Trials(6), Instant::now()),
            task,
            &mut |event| {
                if stop {
                    task.cancel();
                }
                told.push(event);
            },
        );
        (outcome, told)
    };
    let found = |told: &[BudgetEvent]| {
        let done = told.iter().find_map(|event| match event {
            BudgetEvent::Done { tuning, better, .. } => Some((tuning, better)),
            _ => None,
        });
        let (tuning, better) = done.unwrap();
        assert_eq!(tuning.tried(), 6);
        let scores: Vec<Option<f64>> = tuning.trials.iter().map(|trial| trial.score).collect();
        let better = better.as_ref().map(|better| {
            assert_eq!(better.issues.last().unwrap().code, "tuned");
            (better.params.clone(), better.scores.clone())
        });
        (scores, better)
    };
    let (outcome, first) = search(SplitPlan::default(), &TaskContext::new(), false);
    must(outcome);
    let (_, second) = search(SplitPlan::default(), &TaskContext::new(), false);
    assert_eq!(found(&first), found(&second));
    let (outcome, told) = search(SplitPlan::default(), &TaskContext::new(), true);
    assert!(outcome.unwrap_err().is_cancelled());
    assert!(matches!(told.first(), Some(BudgetEvent::Started { .. })));
    assert!(
        !told
            .iter()
            .any(|event| matches!(event, BudgetEvent::Done { .. }))
    );
}

// ---- Forecasts -------------------------------------------------------------------------------

fn measured(rows: u64, fit_seconds: f64) -> Measured {
    Measured {
        rows,
        fit_seconds,
        ask_seconds: 0.0,
        columns: 10,
    }
}

fn scaled(cost: Cost, fits: &[(u64, f64)], rows: u64, free: Option<u64>) -> Forecast {
    let work = Work {
        rows,
        checked: rows / 4,
        rounds: 5,
    };
    let fits = fits.iter().map(|(rows, time)| measured(*rows, *time));
    forecast::scaled("x", &cost, work, fits.collect(), free, &Task::Number)
}

#[test]
fn times_are_scaled_by_the_law_of_the_learner() {
    let fits = [(1_000, 0.1), (2_000, 0.2)];
    let linear = scaled(Cost::LINEAR, &fits, 20_000, None);
    // 2 s a round, five rounds, half and twice.
    assert!(
        (linear.seconds.0 - 5.0).abs() < 1e-9,
        "{:?}",
        linear.seconds
    );
    assert!((linear.seconds.1 - 20.0).abs() < 1e-9);
    let square = Cost {
        fit: Growth::Power(2.0),
        ..Cost::LINEAR
    };
    let square = scaled(square, &[(1_000, 0.05), (2_000, 0.2)], 20_000, None);
    // 20 s a round.
    assert!(
        (square.seconds.0 - 50.0).abs() < 1e-9,
        "{:?}",
        square.seconds
    );
    assert!((square.seconds.1 - 200.0).abs() < 1e-9);
    // What is spent whatever the rows is not scaled at the lower end.
    let start = scaled(Cost::LINEAR, &[(1_000, 1.0), (2_000, 1.1)], 20_000, None);
    assert!((start.seconds.0 - 0.5 * 5.0 * 2.9).abs() < 1e-9);
    assert!((start.seconds.1 - 2.0 * 5.0 * 11.0).abs() < 1e-9);
    // A sample that is the whole table is not scaled at all.
    let whole = scaled(Cost::LINEAR, &fits, 2_000, None);
    assert!((whole.seconds.0 - 0.6).abs() < 1e-9 && (whole.seconds.1 - 1.7).abs() < 1e-9);
    assert!(whole.law.contains("as many as a round learns from"));
}

#[test]
fn a_learner_that_will_not_fit_into_memory_says_so_with_another_way() {
    let pairs = Cost {
        pairs: 4.0,
        ..Cost::LINEAR
    };
    let fits = [(500, 0.1), (1_000, 0.4)];
    let large = scaled(pairs, &fits, 20_000, Some(4 << 30));
    assert!(large.bytes > 11 << 30);
    let why = large.too_large.unwrap();
    assert!(
        why.contains("are free") && why.contains("Gradient boosting"),
        "{why}"
    );
    assert!(
        scaled(pairs, &fits, 2_000, Some(4 << 30))
            .too_large
            .is_none()
    );
    assert!(scaled(pairs, &fits, 20_000, None).too_large.is_none());
}

#[test]
fn ranges_are_rounded_outwards() {
    let words = |low, high| forecast::range_words((low, high));
    assert_eq!(words(0.1, 0.6), "under 1 s");
    assert_eq!(words(0.4, 2.3), "up to 3 s");
    assert_eq!(words(2.9, 3.0), "about 2 s to 3 s");
    assert_eq!(words(22.0, 57.0), "about 20 s to 1 min");
    assert_eq!(words(60.0, 60.0), "about 1 min");
    assert_eq!(words(100.0, 290.0), "about 1.5 min to 5 min");
    assert_eq!(words(4_000.0, 9_000.0), "about 65 min to 3 h");
}

#[test]
fn a_few_rows_are_fitted_and_looking_can_be_stopped() {
    let prepared = prepared();
    let work = Work {
        rows: 222,
        checked: 111,
        rounds: 3,
    };
    let none = Params::new();
    let wanted = ("decision_tree", &none, &none);
    let found = must(forecast::forecast(
        &prepared,
        wanted,
        work,
        (None, 1),
        &TaskContext::new(),
    ));
    assert_eq!(found.measured.last().unwrap().rows, 222);
    assert!(
        found
            .measured
            .iter()
            .all(|fit| fit.rows as usize <= LOOKED_AT)
    );
    assert!(found.seconds.0 > 0.0 && found.seconds.0 < found.seconds.1);
    let task = TaskContext::new();
    task.cancel();
    let stopped = forecast::forecast(&prepared, wanted, work, (None, 1), &task);
    assert!(stopped.unwrap_err().is_cancelled());
}

// ---- In the window ---------------------------------------------------------------------------

fn model(size: Size, dark: bool) -> Screen {
    let mut harness = screens::open("penguins.csv", WorkspaceId::Model, size, dark);
    set_target(&mut harness, "species");
    harness
}

fn choose(harness: &mut Screen, name: &str) {
    harness
        .get_by_role_and_label(Role::RadioButton, name)
        .click();
    settle(harness);
}

#[test]
fn a_preset_is_chosen_undone_and_told_in_a_sentence() {
    let mut harness = model(Size::Large, false);
    assert!(sees(&harness, "a few of different kinds"));
    // What it will take stands above the table before anything is trained.
    assert!(sees(&harness, "Ready to train"));
    choose(&mut harness, "Simple first");
    let setup = session(&mut harness).active().unwrap().model.clone();
    assert!(setup.is_ticked("decision_tree") && !setup.is_ticked("random_forest"));
    assert_eq!(
        setup.learner_params("decision_tree").integer("max_depth"),
        4
    );
    assert!(sees(&harness, "models you can read"));
    let label = session(&mut harness).undo_label();
    assert_eq!(label, Some("Train “Simple first”"));
    session(&mut harness).undo();
    settle(&mut harness);
    assert!(sees(&harness, "a few of different kinds"));
    dispatch(&mut harness, |table| Command::TickLearner {
        table,
        learner: "random_forest".to_owned(),
        ticked: false,
    });
    assert!(sees(&harness, "Your own choice of models"));
}

#[test]
fn best_in_time_keeps_what_is_done_when_the_time_is_up() {
    let mut harness = model(Size::Large, false);
    dispatch(&mut harness, |table| Command::UsePreset {
        table,
        preset: Preset::Best,
        learners: ["decision_tree", "logistic_regression"]
            .map(|id| (id.to_owned(), Params::new()))
            .into(),
        // Over before the second model begins.
        minutes: Some(1e-6),
    });
    screens::train(&mut harness);
    let run = session(&mut harness).runs()[0].clone();
    assert!(run.result("logistic_regression").is_some());
    assert!(run.result("decision_tree").is_none());
    let (learner, error) = &run.failures[0];
    assert_eq!(
        (learner.as_str(), error.code.as_str()),
        ("decision_tree", "time_is_up")
    );
    assert!(sees(&harness, "Decision tree stopped: the time was up"));
}

#[test]
#[ignore = "writes pictures"]
fn gallery_of_presets() {
    for dark in [false, true] {
        let mut harness = model(Size::Small, dark);
        picture(&mut harness, "presets-balanced", Size::Small, dark);
        dispatch(&mut harness, |table| Command::UsePreset {
            table,
            preset: Preset::Best,
            learners: ids(Preset::Best, &yes_no())
                .into_iter()
                .map(|id| (id.to_owned(), Params::new()))
                .collect(),
            minutes: Some(5.0),
        });
        picture(&mut harness, "presets-best", Size::Small, dark);
    }
}
