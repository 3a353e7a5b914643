//! The search for better settings in the window: started, watched, stopped, kept, taken back,
//! narrowed by a brush; and pictures of it.

use benchtop::evaluate::SplitPlan;
use benchtop::evaluate::tuning::{Narrowed, SearchMethod, TrialState};
use benchtop::project::{Command, ModelSetup};
use benchtop::session::{TuningBoard, TuningWish};
use benchtop::ui::action::{Action, WorkspaceId};
use benchtop::ui::state::TuneRequest;
use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Pos2, Rect};
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::screens::{
    self, Screen, Size, click, click_containing, click_first, dispatch, drag, load_sample, picture,
    sees, session, set_target, settle, train, wait,
};

const TREE: &str = "decision_tree";

fn penguins(size: Size, dark: bool) -> Screen {
    let mut harness = screens::open("penguins.csv", WorkspaceId::Model, size, dark);
    set_target(&mut harness, "species");
    harness
}

/// The search of a learner on the canvas, nothing tried yet.
fn tune_view(harness: &mut Screen, learner: &str) {
    let shared = harness.state_mut().shared_mut();
    shared.go(WorkspaceId::Model);
    shared.tune = Some(TuneRequest::Learner(learner.to_owned()));
    settle(harness);
}

/// As [`tune_view`], after a search.
fn searched(harness: &mut Screen, wish: &TuningWish) -> TuningBoard {
    tune_view(harness, &wish.learner);
    session(harness).tune(wish).unwrap();
    settle(harness);
    board(harness)
}

fn wish(trials: usize) -> TuningWish {
    TuningWish {
        trials,
        metric: Some("log_loss".to_owned()),
        ..TuningWish::new(TREE)
    }
}

fn board(harness: &Screen) -> TuningBoard {
    harness.state().session().tuning().unwrap().clone()
}

fn setup(harness: &Screen) -> ModelSetup {
    harness.state().session().active().unwrap().model.clone()
}

/// Types a number into a field.
fn fill(harness: &mut Screen, field: &str, number: &str) {
    harness
        .get_by_role_and_label(Role::TextInput, field)
        .focus();
    settle(harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    settle(harness);
    harness.event(Event::Text(number.to_owned()));
    settle(harness);
    harness.key_press(Key::Tab);
    settle(harness);
}

fn place_of(harness: &Screen, part: &str) -> Rect {
    let node = harness.query_all_by_label_contains(part).next();
    node.unwrap_or_else(|| panic!("nothing is called {part}"))
        .rect()
}

/// Brings something into view that lies further down.
fn reveal(harness: &mut Screen, part: &str) {
    for _ in 0..3 {
        let node = harness.query_all_by_label_contains(part).next();
        node.unwrap_or_else(|| panic!("nothing is called {part}"))
            .scroll_to_me();
        settle(harness);
    }
}

/// Clicks the row of a model among the scores.
fn look_at(harness: &mut Screen, model: &str) {
    let name = format!("{model}, ");
    let rows = harness.query_all_by_label_contains(&name);
    let row = rows
        .into_iter()
        .find(|node| node.accesskit_node().role() == Role::Button);
    row.unwrap_or_else(|| panic!("{model} has no row")).click();
    settle(harness);
}

/// A place on an upright axis, 0 at its lower end.
fn on_axis(axis: Rect, share: f32) -> Pos2 {
    // The handle reaches a little beyond both ends of the axis.
    let axis = axis.shrink2(eframe::egui::vec2(0.0, 4.0));
    Pos2::new(axis.center().x, axis.bottom() - share * axis.height())
}

#[test]
fn from_the_card_of_a_model_to_settings_that_are_kept_trained_and_taken_back() {
    let mut harness = penguins(Size::Large, false);
    look_at(&mut harness, "Decision tree");
    click(&mut harness, "Tune this model");
    assert!(sees(&harness, "Tune decision tree"));
    assert!(sees(&harness, "No setting was tried yet"));
    fill(&mut harness, "Settings to try", "13");
    click(&mut harness, "Try 13 settings");
    let found = board(&harness);
    assert_eq!(found.spec.trials, 13);
    assert_eq!(found.trials().len(), 13);
    // Never a score alone: its interval, own settings, Guessing, rows.
    let best = found.best().unwrap();
    let headline = format!("Best: trial {}, {}", best.number + 1, best.shown_score());
    assert!(sees(&harness, &headline));
    assert!(sees(&harness, "its own settings"));
    let rows = format!(" on {} rows, ", found.rows_of_data());
    assert!(sees(&harness, &rows));
    let guessing = found.guessing().unwrap().shown_score();
    assert!(sees(&harness, &format!("Guessing {guessing}")));
    assert!(sees(&harness, "Chosen as the best of 13 settings"));
    assert!(sees(&harness, "Best so far: "));
    assert!(sees(&harness, "Which settings decide"));
    assert!(sees(&harness, "decides "));

    let before = setup(&harness);
    click(&mut harness, "Keep the best settings");
    let kept = setup(&harness);
    let own = kept.learner_params(TREE);
    assert!(!own.0.is_empty());
    for (key, value) in &own.0 {
        assert_eq!(best.params.get(key), Some(value));
    }
    assert!(sees(&harness, "in use"));
    let label = "Keep the tuned settings of decision tree";
    assert_eq!(session(&mut harness).undo_label(), Some(label));
    session(&mut harness).undo();
    settle(&mut harness);
    assert_eq!(setup(&harness), before);
    session(&mut harness).redo();
    settle(&mut harness);

    // The question that training waits for stands elsewhere, and is shown.
    click(&mut harness, "Train with them");
    assert!(sees(&harness, "Training starts with your answer."));
    assert!(harness.state().session().runs().is_empty());
    click(&mut harness, "Every column is known before the answer");
    let run = harness.state().session().runs()[0].clone();
    assert_eq!(
        run.result(TREE).map(|result| result.params.clone()),
        Some(own)
    );
    look_at(&mut harness, "Decision tree");
    // What it rests on is told with the settings.
    assert!(sees(&harness, "Tuned: the best of 13 settings tried"));
    assert!(sees(&harness, "Leaderboard") || sees(&harness, "Trained"));
}

#[test]
fn the_way_to_tuning_leads_from_compare_and_from_the_palette() {
    let mut harness = penguins(Size::Large, false);
    let action = Action::Tune(None);
    let app = harness.state();
    assert_eq!(action.unavailable(app.session(), app.shared()), None);
    train(&mut harness);
    harness.state_mut().shared_mut().go(WorkspaceId::Compare);
    settle(&mut harness);
    click_first(&mut harness, "Tune this model");
    assert_eq!(harness.state().shared().workspace, WorkspaceId::Model);
    assert!(sees(&harness, "No setting was tried yet"));
    click(&mut harness, "Back to the scores");
    assert!(sees(&harness, "Trained"));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(&mut harness);
    harness.event(Event::Text("tune a model".to_owned()));
    settle(&mut harness);
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert!(sees(&harness, "No setting was tried yet"));
    // Without a target there is nothing to tune for.
    dispatch(&mut harness, |table| Command::SetTarget {
        table,
        target: None,
    });
    let app = harness.state();
    let why = action.unavailable(app.session(), app.shared());
    assert_eq!(why.as_deref(), Some("Pick the column to predict first"));
    assert!(!sees(&harness, "No setting was tried yet"));
}

#[test]
fn a_brush_narrows_the_next_search_and_fields_do_the_same() {
    let mut harness = penguins(Size::Large, false);
    let found = searched(&mut harness, &wish(14));
    let start = harness.get_by_label("Search only in here");
    assert!(start.accesskit_node().is_disabled());
    let axis = "Most questions in a row: drag to keep a part";
    reveal(&mut harness, axis);
    let place = place_of(&harness, axis);
    drag(
        &mut harness,
        on_axis(place, 0.30),
        on_axis(place, 0.70),
        Modifiers::NONE,
    );
    assert!(sees(&harness, "Most questions in a row: only from"));
    assert!(sees(&harness, "trials pass through what is marked"));
    // Nothing is changed before it is asked for.
    assert!(!sees(&harness, "All of 1 to 20"));
    click(&mut harness, "Search only in here");
    assert!(sees(&harness, "All of 1 to 20"));
    // 0.3 and 0.7 of a range of 1 to 20, whole numbers.
    click_containing(&mut harness, "Search again, 40 settings");
    let again = board(&harness);
    let Some(Narrowed::Between { min, max }) = again.spec.narrowing.0.get("max_depth").cloned()
    else {
        panic!("{:?}", again.spec.narrowing);
    };
    assert!(
        (6.0..=7.0).contains(&min) && (14.0..=15.0).contains(&max),
        "{min} to {max}"
    );
    for trial in again.trials() {
        let depth = trial.params.integer("max_depth") as f64;
        assert!(depth >= min && depth <= max, "{depth}");
    }
    // What was found before is tried again, so that it cannot be lost.
    let best = found.best().unwrap().params;
    assert_eq!(again.spec.start, Some(best));
    assert_eq!(again.spec.narrowing.0.len(), 1);

    // By the keyboard: the fields of the ranges.
    fill(&mut harness, "Settings to try", "3");
    fill(&mut harness, "Most questions in a row, from", "9");
    fill(&mut harness, "Most questions in a row, to", "10");
    click_containing(&mut harness, "Search again, 3 settings");
    let limits = board(&harness).spec.narrowing.0.get("max_depth").cloned();
    let nine_to_ten = Narrowed::Between {
        min: 9.0,
        max: 10.0,
    };
    assert_eq!(limits, Some(nine_to_ten));
    // A range that cannot be is told at the button.
    fill(&mut harness, "Most questions in a row, from", "12");
    let label = "Search again, 3 settings";
    let start = harness.get_by_label(label);
    assert!(start.accesskit_node().is_disabled());
    click(&mut harness, "Back to the usual ranges");
    assert!(!sees(&harness, "All of "));
    let start = harness.get_by_label(label);
    assert!(!start.accesskit_node().is_disabled());
    // A setting that takes no part stays as it is set up.
    harness
        .get_by_role_and_label(Role::CheckBox, "Fewest rows per answer")
        .click();
    settle(&mut harness);
    click(&mut harness, label);
    let fixed = board(&harness).spec.fixed;
    assert_eq!(fixed.get("min_rows_leaf"), Some(&5_i64.into()));
}

#[test]
fn a_trial_is_chosen_in_the_table_and_told_and_kept() {
    let mut harness = penguins(Size::Large, false);
    let found = searched(&mut harness, &wish(8));
    reveal(&mut harness, "Table, 8 rows");
    let table = place_of(&harness, "Table, 8 rows");
    // Best first: the third row is the third best.
    let ranked: Vec<usize> = found
        .so_far()
        .unwrap()
        .ranked()
        .iter()
        .map(|trial| trial.number)
        .collect();
    let row = |at: usize| table.top() + 24.0 * (at as f32 + 0.5);
    let place = Pos2::new(table.left() + 120.0, row(2));
    screens::click_at(&mut harness, place, Modifiers::NONE);
    assert!(sees(&harness, &format!("Trial {}", ranked[2] + 1)));
    click(&mut harness, "Keep these settings");
    let chosen = found.trial(ranked[2]).unwrap();
    for (key, value) in &setup(&harness).learner_params(TREE).0 {
        assert_eq!(chosen.params.get(key), Some(value));
    }
    let record = setup(&harness).tuned(TREE).cloned().unwrap();
    assert_eq!((record.trial, record.best), (ranked[2], false));
    // Sorted by score, smallest first: log loss best is first still; twice: the worst is first.
    let head = Pos2::new(table.left() + 40.0, table.top() - 16.0);
    screens::click_at(&mut harness, head, Modifiers::NONE);
    screens::click_at(&mut harness, head, Modifiers::NONE);
    screens::click_at(
        &mut harness,
        Pos2::new(table.left() + 120.0, row(0)),
        Modifiers::NONE,
    );
    let worst = ranked[7];
    assert!(sees(&harness, &format!("Trial {}", worst + 1)));
    // The arrow keys go from trial to trial in the chart.
    reveal(&mut harness, "Best so far: ");
    harness.get_by_label_contains("Best so far: ").focus();
    settle(&mut harness);
    harness.key_press(if worst > 0 {
        Key::ArrowLeft
    } else {
        Key::ArrowRight
    });
    settle(&mut harness);
    let next = if worst > 0 { worst } else { 2 };
    assert!(sees(&harness, &format!("Trial {next}")));
}

/// The application with its session on threads, penguins open.
fn live(size: Size, dark: bool) -> Screen {
    let mut harness = screens::threaded(size, dark);
    settle(&mut harness);
    load_sample(&mut harness, "penguins.csv");
    harness.state_mut().shared_mut().go(WorkspaceId::Model);
    set_target(&mut harness, "species");
    let ready = wait(&mut harness, |app| {
        app.session_mut().preflight().ready().is_some()
            && app.session_mut().learning_plan().ready().is_some()
    });
    assert!(ready, "the columns are not looked at");
    harness
}

/// A search without end that has measured so many.
fn running(harness: &mut Screen, wish: TuningWish, measured: u64) {
    tune_view(harness, &wish.learner);
    session(harness).tune(&wish).unwrap();
    let far = wait(harness, |app| {
        let board = app.session().tuning().cloned();
        board.is_some_and(|board| board.progress().0 >= measured)
    });
    assert!(far, "nothing is measured");
    settle(harness);
}

#[test]
fn it_is_watched_live_and_stopped_with_what_is_measured() {
    let mut harness = live(Size::Large, true);
    let endless = TuningWish {
        trials: 50_000,
        patience: 0,
        ..wish(1)
    };
    running(&mut harness, endless, 14);
    assert!(harness.state().session().is_tuning());
    assert!(sees(&harness, "Trying settings"));
    assert!(sees(&harness, " of 50,000 tried"));
    assert!(sees(&harness, "Best so far: "));
    assert!(sees(&harness, "Locked while tuning"));
    let app = harness.state();
    let why = Action::Train.unavailable(app.session(), app.shared());
    assert_eq!(why.as_deref(), Some("Tuning is going on"));
    let told = wait(&mut harness, |app| {
        let board = app.session().tuning().cloned();
        let found = board.and_then(|board| board.so_far());
        found.is_some_and(|found| {
            benchtop::evaluate::tuning::trials_without_gain(&found.trials, false) >= 12
        })
    });
    assert!(told);
    settle(&mut harness);
    assert!(sees(&harness, "No clear gain in the last "));
    let measured = board(&harness).trials();
    click_first(&mut harness, "Stop and keep the best");
    let done = wait(&mut harness, |app| !app.session().is_tuning());
    assert!(done, "it does not stop");
    settle(&mut harness);
    assert!(sees(&harness, "Stopped"));
    let after = board(&harness).trials();
    assert!(after.len() >= measured.len());
    let whole = |trial: &&benchtop::evaluate::tuning::Trial| trial.state == TrialState::Done;
    for (before, after) in measured
        .iter()
        .zip(&after)
        .filter(|(trial, _)| whole(trial))
    {
        assert_eq!(before, after);
    }
    click(&mut harness, "Keep the best settings");
    assert!(setup(&harness).tuned(TREE).is_some());
}

#[test]
fn a_search_that_fails_says_why_and_changes_nothing() {
    let mut harness = penguins(Size::Small, false);
    // Three islands cannot be five parts.
    dispatch(&mut harness, |table| Command::SetSplit {
        table,
        split: SplitPlan::Groups {
            column: "island".to_owned(),
        },
    });
    let before = setup(&harness);
    tune_view(&mut harness, TREE);
    click(&mut harness, "Try 40 settings");
    assert!(sees(&harness, "No setting could be measured"));
    assert!(sees(&harness, "island has too few groups for 5 parts"));
    assert_eq!(setup(&harness), before);
}

#[test]
#[ignore = "renders pictures to look at"]
fn gallery_of_tuning() {
    for (size, dark) in [
        (Size::Small, false),
        (Size::Small, true),
        (Size::Large, false),
        (Size::Large, true),
    ] {
        let mut harness = penguins(size, dark);
        tune_view(&mut harness, TREE);
        picture(&mut harness, "tune-empty", size, dark);
        searched(&mut harness, &wish(60));
        picture(&mut harness, "tune-done", size, dark);
        reveal(&mut harness, "Search only in here");
        let axis = "Most questions in a row: drag to keep a part";
        let place = place_of(&harness, axis);
        drag(
            &mut harness,
            on_axis(place, 0.15),
            on_axis(place, 0.55),
            Modifiers::NONE,
        );
        click(&mut harness, "Search only in here");
        picture(&mut harness, "tune-brushed", size, dark);
        reveal(&mut harness, "Table, ");
        picture(&mut harness, "tune-table", size, dark);
        dispatch(&mut harness, |table| Command::SetSplit {
            table,
            split: SplitPlan::Groups {
                column: "island".to_owned(),
            },
        });
        session(&mut harness).tune(&wish(5)).unwrap();
        picture(&mut harness, "tune-failed", size, dark);

        let mut harness = live(size, dark);
        let halving = TuningWish {
            trials: 120,
            method: SearchMethod::Halving,
            patience: 0,
            ..TuningWish::new("support_vector_machine")
        };
        running(&mut harness, halving, 40);
        picture(&mut harness, "tune-running", size, dark);
        session(&mut harness).stop_tuning();
        wait(&mut harness, |app| !app.session().is_tuning());
        picture(&mut harness, "tune-conditions", size, dark);
        reveal(&mut harness, "Search only in here");
        picture(&mut harness, "tune-conditions-lines", size, dark);
    }
}
