//! Journeys through Model, Compare and Predict by accessible names, and pictures of them.

use std::collections::BTreeMap;

use benchtop::base::TaskContext;
use benchtop::chart::marks::Brush;
use benchtop::evaluate::pictures;
use benchtop::project::Command;
use benchtop::session::Slot;
use benchtop::ui::App;
use benchtop::ui::action::WorkspaceId;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::screens::{Size, harness, picture, settle};
use crate::support;

static EXTRACTING: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn open(
    sample: &str,
    target: Option<&str>,
    workspace: WorkspaceId,
    size: Size,
    dark: bool,
) -> Harness<'static, App> {
    let mut harness = harness(size, dark);
    settle(&mut harness);
    let app = harness.state_mut();
    {
        // A sample is extracted once, by one of the tests that run side by side.
        let _one = EXTRACTING
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        app.session_mut().load_sample(sample);
    }
    if let Some(target) = target {
        let table = app.session().active_id().unwrap();
        let target = Some(target.to_owned());
        app.session_mut()
            .dispatch(Command::SetTarget { table, target })
            .unwrap();
    }
    app.shared_mut().workspace = workspace;
    settle(&mut harness);
    harness
}

fn train(harness: &mut Harness<'static, App>) {
    harness.state_mut().session_mut().train().unwrap();
    settle(harness);
}

fn click(harness: &mut Harness<'static, App>, label: &str) {
    harness.get_by_label(label).click();
    settle(harness);
}

fn click_containing(harness: &mut Harness<'static, App>, part: &str) {
    harness.get_by_label_contains(part).click();
    settle(harness);
}

fn sees(harness: &Harness<'static, App>, part: &str) -> bool {
    harness.query_all_by_label_contains(part).next().is_some()
}

#[test]
fn without_a_target_likely_ones_are_offered_and_none_is_chosen() {
    let mut harness = open("penguins.csv", None, WorkspaceId::Model, Size::Small, false);
    assert!(sees(&harness, "Pick the column you want to predict"));
    assert!(
        harness
            .state()
            .session()
            .active()
            .unwrap()
            .model
            .target
            .is_none()
    );
    click_containing(&mut harness, "Predict species,");
    let target = harness
        .state()
        .session()
        .active()
        .unwrap()
        .model
        .target
        .clone();
    assert_eq!(target.as_deref(), Some("species"));
    assert!(sees(&harness, "Before training"));
}

#[test]
fn a_column_is_left_out_and_used_again_by_its_row() {
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Model,
        Size::Large,
        false,
    );
    harness
        .get_by_role_and_label(eframe::egui::accesskit::Role::CheckBox, "island")
        .click();
    settle(&mut harness);
    let ticks = harness
        .state()
        .session()
        .active()
        .unwrap()
        .model
        .features
        .clone();
    assert_eq!(ticks.get("island"), Some(&false));
    assert!(sees(&harness, "island, your choice"));
    harness
        .get_by_role_and_label(eframe::egui::accesskit::Role::CheckBox, "island")
        .click();
    settle(&mut harness);
    let ticks = harness
        .state()
        .session()
        .active()
        .unwrap()
        .model
        .features
        .clone();
    assert_eq!(ticks.get("island"), Some(&true));
}

#[test]
fn training_cannot_start_without_a_ticked_model() {
    use eframe::egui::accesskit::Role;
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    for learner in ["Decision tree", "Nearest neighbours", "Logistic regression"] {
        harness
            .get_by_role_and_label(Role::CheckBox, learner)
            .click();
        settle(&mut harness);
    }
    let model = &harness.state().session().active().unwrap().model;
    assert!(!model.is_ticked("decision_tree") && !model.is_ticked("logistic_regression"));
    let button = harness.get_by_role_and_label(Role::Button, "Train");
    assert!(button.accesskit_node().is_disabled());
    button.click();
    settle(&mut harness);
    assert!(harness.state().session().runs().is_empty());
}

#[test]
fn from_training_to_predictions() {
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    click_containing(&mut harness, "Train 3 models");
    assert_eq!(harness.state().session().runs().len(), 1);
    click(&mut harness, "Compare them");
    assert_eq!(
        harness.state_mut().shared_mut().workspace,
        WorkspaceId::Compare
    );
    assert!(sees(&harness, "Leaderboard"));
    assert!(sees(&harness, "Yardsticks"));
    click(&mut harness, "Use this model");
    assert_eq!(harness.state().session().models().len(), 1);
    assert_eq!(
        harness.state_mut().shared_mut().workspace,
        WorkspaceId::Predict
    );
    harness
        .get_all_by_label("Score the open table")
        .next()
        .unwrap()
        .click();
    settle(&mut harness);
    let scored = harness.state().session().scored().cloned().unwrap();
    assert_eq!(
        scored.predictions.as_ref().map(|found| found.rows),
        Some(344)
    );
    assert!(sees(&harness, "Save predictions…"));
    let run = harness.state().session().runs()[0].clone();
    let again = harness.state().session().models()[0].run;
    assert_eq!(again, Some(run.id));
}

#[test]
fn a_cell_of_the_confusion_matrix_selects_its_rows_everywhere() {
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Compare,
        Size::Small,
        false,
    );
    train(&mut harness);
    click_containing(&mut harness, "Adelie, predicted right:");
    let run = harness.state().session().runs()[0].clone();
    let selection = harness.state().session().selection().cloned().unwrap();
    assert_eq!(selection.sentence, "Adelie, predicted right");
    // The cell belongs to the recommended model, or to the best one without a recommendation.
    let counts: Vec<usize> = run
        .results
        .iter()
        .map(|result| pictures::confusion(result).unwrap().count(0, 0) as usize)
        .collect();
    assert!(counts.contains(&selection.rows.count()), "{counts:?}");
}

#[test]
fn judging_by_another_score_changes_the_leaderboard_only() {
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Compare,
        Size::Small,
        false,
    );
    train(&mut harness);
    let before = harness.state().session().document().clone();
    harness
        .get_by_role_and_label(eframe::egui::accesskit::Role::ComboBox, "Judge by")
        .click();
    settle(&mut harness);
    click(&mut harness, "Surprise");
    assert!(sees(&harness, "log loss"));
    assert_eq!(*before, **harness.state().session().document());
}

#[test]
fn missing_columns_are_mapped_before_anything_is_scored() {
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Predict,
        Size::Small,
        false,
    );
    assert!(sees(&harness, "Nothing to predict with yet"));
    train(&mut harness);
    let run = harness.state().session().runs()[0].clone();
    harness
        .state_mut()
        .session_mut()
        .use_model(&run, "decision_tree");
    settle(&mut harness);
    let text = std::fs::read_to_string(support::project_file("sample-data/penguins.csv")).unwrap();
    let path = support::temporary_folder("mapping").join("renamed.csv");
    std::fs::write(&path, text.replacen("bill_length_mm", "bill_length", 1)).unwrap();
    let model = harness.state().session().models()[0].id;
    harness
        .state_mut()
        .session_mut()
        .score_file(model, &path, BTreeMap::new());
    settle(&mut harness);
    assert!(
        harness
            .state()
            .session()
            .scored()
            .unwrap()
            .predictions
            .is_none()
    );
    picture(&mut harness, "predict-mapping", Size::Small, false);
    click(&mut harness, "Score with these columns");
    let scored = harness.state().session().scored().unwrap().clone();
    assert_eq!(
        scored.renames.get("bill_length").map(String::as_str),
        Some("bill_length_mm")
    );
    assert_eq!(
        scored.predictions.as_ref().map(|found| found.rows),
        Some(344)
    );
    assert!(sees(&harness, "1 renamed:"));
}

#[test]
fn pictures_of_a_model_count_every_check_row_once() {
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    train(&mut harness);
    let run = harness.state().session().runs()[0].clone();
    let task = TaskContext::new();
    for result in &run.results {
        let found = pictures::confusion(result).unwrap();
        assert_eq!(found.total(), result.rows);
        let mut cells = 0;
        for actual in 0..found.classes.len() {
            for predicted in 0..found.classes.len() {
                let rows = pictures::rows_confused(result, actual, predicted, 344, &task).unwrap();
                assert_eq!(rows.count() as u64, found.count(actual, predicted));
                cells += rows.count() as u64;
            }
        }
        assert_eq!(cells, result.rows);
        let mistakes: u64 = found
            .mistakes(usize::MAX)
            .iter()
            .map(|(_, _, count)| count)
            .sum();
        assert_eq!(mistakes, found.total() - found.right());
        assert!(pictures::predicted_actual(result, &task).is_err());
    }
}

#[test]
fn a_brush_over_predicted_and_actual_numbers_selects_rows() {
    let mut harness = open(
        "penguins.csv",
        Some("body_mass_g"),
        WorkspaceId::Compare,
        Size::Small,
        false,
    );
    train(&mut harness);
    let session = harness.state_mut().session_mut();
    let run = session.runs()[0].clone();
    let result = run.result("linear_regression").unwrap().clone();
    let found = pictures::predicted_actual(&result, &TaskContext::new()).unwrap();
    let all = Brush {
        x: (0.0, 1e9),
        y: (0.0, 1e9),
    };
    assert_eq!(
        found
            .rows_in(all, 344, &TaskContext::new())
            .unwrap()
            .count() as u64,
        result.rows
    );
    assert!(found.residuals.half < found.residuals.most);
    let heavy = Brush {
        x: (5000.0, 9000.0),
        y: (0.0, 1e9),
    };
    session.select_predicted(
        &run,
        "linear_regression",
        heavy,
        benchtop::session::Combine::Replace,
    );
    let selected = session.selection().unwrap().rows.count();
    let expected = match &result.out_of_fold.truth {
        benchtop::learn::Target::Numbers(values) => {
            values.iter().filter(|value| **value >= 5000.0).count()
        }
        benchtop::learn::Target::Classes { .. } => panic!("body mass is a number"),
    };
    // Single precision may move a value that lies on the edge.
    assert!(
        selected.abs_diff(expected) <= 5,
        "{selected} and {expected}"
    );
    assert!(matches!(
        session.predicted_actual(&run, "linear_regression"),
        Slot::Ready(_)
    ));
}

#[test]
fn gallery_of_model() {
    for (size, dark) in [(Size::Small, false), (Size::Large, true)] {
        let mut harness = open("penguins.csv", None, WorkspaceId::Model, size, dark);
        picture(&mut harness, "model-empty", size, dark);
    }
    for (size, dark) in [
        (Size::Small, true),
        (Size::Small, false),
        (Size::Large, false),
        (Size::Smallest, false),
    ] {
        let mut harness = open(
            "penguins.csv",
            Some("species"),
            WorkspaceId::Model,
            size,
            dark,
        );
        picture(&mut harness, "model-ready", size, dark);
        train(&mut harness);
        picture(&mut harness, "model-trained", size, dark);
        let session = harness.state_mut().session_mut();
        let table = session.active_id().unwrap();
        session
            .dispatch(Command::TickFeature {
                table,
                column: "year".to_owned(),
                ticked: false,
            })
            .unwrap();
        picture(&mut harness, "model-outdated", size, dark);
    }
    let mut harness = open(
        "messy-survey.csv",
        None,
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    let session = harness.state_mut().session_mut();
    let table = session.active_id().unwrap();
    let names = session.table().shown().unwrap().schema().names();
    let target = names.last().cloned();
    session
        .dispatch(Command::SetTarget { table, target })
        .unwrap();
    picture(&mut harness, "model-messy", Size::Small, false);
}

#[test]
fn a_target_that_cannot_be_predicted_says_why_and_offers_another() {
    let mut harness = open(
        "seattle-weather.csv",
        Some("date"),
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    assert!(sees(&harness, "date cannot be predicted"));
    picture(&mut harness, "model-failed", Size::Small, false);
    click(&mut harness, "Predict another column");
    assert!(
        harness
            .state()
            .session()
            .active()
            .unwrap()
            .model
            .target
            .is_none()
    );
    assert!(sees(&harness, "Pick the column you want to predict"));
}

#[test]
fn numbers_too_large_to_be_scored_say_that_there_is_no_score() {
    let path = support::temporary_folder("huge").join("huge.csv");
    let mut text = "a,b,answer\n".to_owned();
    for row in 0..120 {
        let sign = if row % 2 == 0 { 1.0 } else { -1.0 };
        let huge = sign * f64::from(row + 1) * 1.4e306;
        text.push_str(&format!("{row},{},{huge:e}\n", row * 7 % 11));
    }
    std::fs::write(&path, text).unwrap();
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    harness
        .state_mut()
        .session_mut()
        .load_file(&path, "csv", benchtop::base::Params::new());
    let session = harness.state_mut().session_mut();
    let table = session.active_id().unwrap();
    session
        .dispatch(Command::SetTarget {
            table,
            target: Some("answer".to_owned()),
        })
        .unwrap();
    harness.state_mut().shared_mut().workspace = WorkspaceId::Model;
    settle(&mut harness);
    train(&mut harness);
    picture(&mut harness, "model-no-score", Size::Small, false);
    assert!(sees(&harness, "no score"));
}

#[test]
fn a_run_on_older_data_says_so() {
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Compare,
        Size::Small,
        false,
    );
    train(&mut harness);
    assert!(!sees(&harness, "older data"));
    let session = harness.state_mut().session_mut();
    let table = session.active_id().unwrap();
    session
        .dispatch(Command::TickFeature {
            table,
            column: "year".to_owned(),
            ticked: false,
        })
        .unwrap();
    settle(&mut harness);
    assert!(sees(&harness, "older data"));
    train(&mut harness);
    picture(&mut harness, "compare-older", Size::Small, false);
}

/// A session on threads, as the window has it.
fn threaded(size: Size, dark: bool) -> Harness<'static, App> {
    crate::screens::home();
    let theme = if dark {
        eframe::egui::Theme::Dark
    } else {
        eframe::egui::Theme::Light
    };
    let mut harness = Harness::builder()
        .with_size(size.points())
        .with_theme(theme)
        .with_max_steps(60)
        .with_context_setup(benchtop::ui::theme::install)
        .wgpu()
        .build_eframe(|_| App::for_tests(benchtop::session::Session::threaded()));
    harness.state_mut().shared_mut().theme = match dark {
        true => benchtop::ui::state::Theme::Dark,
        false => benchtop::ui::state::Theme::Light,
    };
    harness
}

/// Steps until something is true; gives up after very many steps.
fn wait(harness: &mut Harness<'static, App>, until: impl Fn(&mut App) -> bool) -> bool {
    for _ in 0..6_000 {
        harness.step();
        if until(harness.state_mut()) {
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    false
}

#[test]
fn stopping_keeps_what_is_done() {
    for dark in [true, false] {
        let mut harness = threaded(Size::Small, dark);
        {
            let _one = EXTRACTING
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            harness
                .state_mut()
                .session_mut()
                .load_sample("digits.parquet");
            assert!(wait(&mut harness, |app| app.session().active().is_some()));
        }
        let session = harness.state_mut().session_mut();
        let table = session.active_id().unwrap();
        session
            .dispatch(Command::SetTarget {
                table,
                target: Some("digit".to_owned()),
            })
            .unwrap();
        harness.state_mut().shared_mut().workspace = WorkspaceId::Model;
        picture(&mut harness, "model-looking", Size::Small, dark);
        assert!(wait(&mut harness, |app| app
            .session_mut()
            .learning_plan()
            .is_ready()));
        harness.state_mut().session_mut().train().unwrap();
        // Two are done, the third has begun.
        assert!(wait(&mut harness, |app| {
            let done = app
                .session()
                .training()
                .map_or(0, |board| board.progress().0);
            done >= 12 || !app.session().is_training()
        }));
        picture(&mut harness, "model-training", Size::Small, dark);
        harness.state_mut().session_mut().stop_training();
        settle(&mut harness);
        let run = harness.state().session().runs().first().cloned().unwrap();
        assert!(run.results.len() >= 2, "{}", run.results.len());
        assert_eq!(run.stopped, run.results.len() < 5);
        picture(&mut harness, "model-stopped", Size::Small, dark);
    }
}

#[test]
fn gallery_of_compare() {
    for (size, dark) in [
        (Size::Small, false),
        (Size::Large, true),
        (Size::Smallest, false),
    ] {
        let mut harness = open(
            "penguins.csv",
            Some("species"),
            WorkspaceId::Compare,
            size,
            dark,
        );
        if dark {
            picture(&mut harness, "compare-empty", size, dark);
        }
        train(&mut harness);
        picture(&mut harness, "compare-classes", size, dark);
    }
    for (size, dark) in [(Size::Small, true), (Size::Large, false)] {
        let mut harness = open(
            "penguins.csv",
            Some("body_mass_g"),
            WorkspaceId::Compare,
            size,
            dark,
        );
        train(&mut harness);
        picture(&mut harness, "compare-numbers", size, dark);
    }
    let mut harness = open(
        "breast-cancer.csv",
        Some("diagnosis"),
        WorkspaceId::Compare,
        Size::Small,
        false,
    );
    train(&mut harness);
    picture(&mut harness, "compare-two", Size::Small, false);
    let mut harness = open(
        "digits.parquet",
        Some("digit"),
        WorkspaceId::Compare,
        Size::Large,
        true,
    );
    train(&mut harness);
    picture(&mut harness, "compare-ten", Size::Large, true);
}

#[test]
fn gallery_of_predict() {
    let mut harness = open(
        "penguins.csv",
        Some("species"),
        WorkspaceId::Predict,
        Size::Small,
        false,
    );
    picture(&mut harness, "predict-empty", Size::Small, false);
    for (size, dark) in [(Size::Small, true), (Size::Large, false)] {
        let mut harness = open(
            "penguins.csv",
            Some("species"),
            WorkspaceId::Predict,
            size,
            dark,
        );
        train(&mut harness);
        let run = harness.state().session().runs()[0].clone();
        harness
            .state_mut()
            .session_mut()
            .use_model(&run, "decision_tree");
        picture(&mut harness, "predict-choose", size, dark);
        let model = harness.state().session().models()[0].id;
        harness.state_mut().session_mut().score_open_table(model);
        let path = support::temporary_folder("exports").join("tree.onnx");
        harness.state_mut().session_mut().export_model(
            model,
            benchtop::session::ModelExport::Onnx,
            &path,
        );
        picture(&mut harness, "predict-scored", size, dark);
    }
    let mut harness = open(
        "penguins.csv",
        Some("body_mass_g"),
        WorkspaceId::Predict,
        Size::Small,
        false,
    );
    train(&mut harness);
    let run = harness.state().session().runs()[0].clone();
    harness
        .state_mut()
        .session_mut()
        .use_model(&run, "linear_regression");
    settle(&mut harness);
    let model = harness.state().session().models()[0].id;
    harness.state_mut().session_mut().score_open_table(model);
    picture(&mut harness, "predict-numbers", Size::Small, false);
}
