//! Journeys through Model, Compare and Predict by accessible names, and pictures of them.

use std::collections::BTreeMap;

use benchtop::base::TaskContext;
use benchtop::base::ids::ModelId;
use benchtop::chart::marks::Brush;
use benchtop::evaluate::pictures;
use benchtop::project::{Command, ModelSetup, file};
use benchtop::session::Slot;
use benchtop::ui::action::WorkspaceId;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::screens::{
    self, Screen, Size, click, click_containing, click_first, dispatch, harness, load_sample,
    picture, sees, session, set_target, settle, train, wait,
};
use crate::support;

/// A size and whether it is dark.
type Look = (Size, bool);

const SMALL: Look = (Size::Small, false);

/// A sample in a workspace, with what is to be predicted.
fn open(sample: &str, target: &str, workspace: WorkspaceId, (size, dark): Look) -> Screen {
    let mut harness = screens::open(sample, workspace, size, dark);
    set_target(&mut harness, target);
    harness
}

/// As [`open`], with the suggested models trained.
fn trained(sample: &str, target: &str, workspace: WorkspaceId, look: Look) -> Screen {
    let mut harness = open(sample, target, workspace, look);
    train(&mut harness);
    harness
}

/// The species of penguins are to be predicted.
fn penguins(workspace: WorkspaceId) -> Screen {
    open("penguins.csv", "species", workspace, SMALL)
}

/// The year is no longer learned from.
fn leave_out_the_year(harness: &mut Screen) {
    dispatch(harness, |table| Command::TickFeature {
        table,
        column: "year".to_owned(),
        ticked: false,
    });
}

/// What is set up to be trained.
fn setup(harness: &Screen) -> ModelSetup {
    harness.state().session().active().unwrap().model.clone()
}

fn click_box(harness: &mut Screen, label: &str) {
    harness.get_by_role_and_label(Role::CheckBox, label).click();
    settle(harness);
}

/// The run trained first, and one of its models taken into use.
fn use_model(harness: &mut Screen, learner: &str) -> ModelId {
    let session = session(harness);
    let run = session.runs()[0].clone();
    session.use_model(&run, learner);
    settle(harness);
    harness.state().session().models()[0].id
}

#[test]
fn without_a_target_likely_ones_are_offered_and_none_is_chosen() {
    let mut harness = screens::open("penguins.csv", WorkspaceId::Model, Size::Small, false);
    assert!(sees(&harness, "Pick the column you want to predict"));
    assert!(setup(&harness).target.is_none());
    click_containing(&mut harness, "Predict species,");
    let target = setup(&harness).target;
    assert_eq!(target.as_deref(), Some("species"));
    assert!(sees(&harness, "Before training"));
}

#[test]
fn a_column_is_left_out_and_used_again_by_its_row() {
    let mut harness = open(
        "penguins.csv",
        "species",
        WorkspaceId::Model,
        (Size::Large, false),
    );
    harness
        .get_by_role_and_label(Role::CheckBox, "island")
        .click();
    settle(&mut harness);
    let ticks = setup(&harness).features;
    assert_eq!(ticks.get("island"), Some(&false));
    assert!(sees(&harness, "island, your choice"));
    harness
        .get_by_role_and_label(Role::CheckBox, "island")
        .click();
    settle(&mut harness);
    let ticks = setup(&harness).features;
    assert_eq!(ticks.get("island"), Some(&true));
}

#[test]
fn training_cannot_start_without_a_ticked_model() {
    let mut harness = penguins(WorkspaceId::Model);
    for learner in [
        "Decision tree",
        "Gradient boosting",
        "Logistic regression",
        "Random forest",
    ] {
        click_box(&mut harness, learner);
    }
    let model = setup(&harness);
    assert!(!model.is_ticked("decision_tree") && !model.is_ticked("logistic_regression"));
    let button = harness.get_by_role_and_label(Role::Button, "Train");
    assert!(button.accesskit_node().is_disabled());
    button.click();
    settle(&mut harness);
    assert!(harness.state().session().runs().is_empty());
}

#[test]
fn from_training_to_predictions() {
    let mut harness = penguins(WorkspaceId::Model);
    click_containing(&mut harness, "Train 4 models");
    // Training waits for one answer, and goes on by itself.
    assert!(sees(&harness, "Training starts with your answer."));
    assert!(harness.state().session().runs().is_empty());
    click(&mut harness, "Every column is known before the answer");
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
    click_first(&mut harness, "Score the open table");
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
    let mut harness = trained("penguins.csv", "species", WorkspaceId::Compare, SMALL);
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
    let mut harness = trained("penguins.csv", "species", WorkspaceId::Compare, SMALL);
    let before = harness.state().session().document().clone();
    harness
        .get_by_role_and_label(Role::ComboBox, "Judge by")
        .click();
    settle(&mut harness);
    // A long list is searched.
    harness.event(eframe::egui::Event::Text("surpr".to_owned()));
    settle(&mut harness);
    click(&mut harness, "Surprise");
    assert!(sees(&harness, "log loss"));
    assert_eq!(*before, **harness.state().session().document());
}

#[test]
fn enter_takes_what_was_searched_for() {
    let mut harness = screens::open("flights.csv", WorkspaceId::Model, Size::Small, false);
    let field = |harness: &Screen| {
        harness
            .get_by_role_and_label(Role::ComboBox, "What to predict")
            .value()
    };
    harness
        .get_by_role_and_label(Role::ComboBox, "What to predict")
        .click();
    settle(&mut harness);
    harness.event(eframe::egui::Event::Text("arr_del".to_owned()));
    settle(&mut harness);
    harness.key_press(eframe::egui::Key::Enter);
    settle(&mut harness);
    assert_eq!(field(&harness).as_deref(), Some("arr_delay"));
    assert!(!sees(&harness, "Find a choice"));
}

#[test]
fn missing_columns_are_mapped_before_anything_is_scored() {
    let mut harness = penguins(WorkspaceId::Predict);
    assert!(sees(&harness, "Nothing to predict with yet"));
    train(&mut harness);
    let model = use_model(&mut harness, "decision_tree");
    let text = std::fs::read_to_string(support::project_file("sample-data/penguins.csv")).unwrap();
    let path = support::temporary_folder("mapping").join("renamed.csv");
    std::fs::write(&path, text.replacen("bill_length_mm", "bill_length", 1)).unwrap();
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
    let harness = trained("penguins.csv", "species", WorkspaceId::Model, SMALL);
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
    let mut harness = trained("penguins.csv", "body_mass_g", WorkspaceId::Compare, SMALL);
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
    for look @ (size, dark) in [
        (Size::Small, true),
        (Size::Small, false),
        (Size::Large, false),
        (Size::Smallest, false),
    ] {
        let mut harness = open("penguins.csv", "species", WorkspaceId::Model, look);
        picture(&mut harness, "model-ready", size, dark);
        train(&mut harness);
        picture(&mut harness, "model-trained", size, dark);
        leave_out_the_year(&mut harness);
        picture(&mut harness, "model-outdated", size, dark);
    }
    let mut harness = screens::open("messy-survey.csv", WorkspaceId::Model, Size::Small, false);
    let table = session(&mut harness).table().ready().unwrap();
    let names = table.schema().names();
    set_target(&mut harness, names.last().unwrap());
    picture(&mut harness, "model-messy", Size::Small, false);
}

#[test]
fn a_target_that_cannot_be_predicted_says_why_and_offers_another() {
    let mut harness = open("seattle-weather.csv", "date", WorkspaceId::Model, SMALL);
    assert!(sees(&harness, "date cannot be predicted"));
    picture(&mut harness, "model-failed", Size::Small, false);
    click(&mut harness, "Predict another column");
    assert!(setup(&harness).target.is_none());
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
    set_target(&mut harness, "answer");
    harness.state_mut().shared_mut().workspace = WorkspaceId::Model;
    settle(&mut harness);
    train(&mut harness);
    picture(&mut harness, "model-no-score", Size::Small, false);
    assert!(sees(&harness, "no score"));
}

#[test]
fn a_run_on_older_data_says_so() {
    let mut harness = trained("penguins.csv", "species", WorkspaceId::Compare, SMALL);
    assert!(!sees(&harness, "out of date"));
    leave_out_the_year(&mut harness);
    assert!(sees(&harness, "out of date"));
    // Grey alone would not say why.
    assert!(sees(
        &harness,
        "Since then: columns learned from: Left out year"
    ));
    train(&mut harness);
    picture(&mut harness, "compare-older", Size::Small, false);
}

#[test]
fn stopping_keeps_what_is_done() {
    for dark in [true, false] {
        let mut harness = screens::threaded(Size::Small, dark);
        load_sample(&mut harness, "digits.parquet");
        set_target(&mut harness, "digit");
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
    for look @ (size, dark) in [
        (Size::Small, false),
        (Size::Large, true),
        (Size::Smallest, false),
    ] {
        let mut harness = trained("penguins.csv", "species", WorkspaceId::Compare, look);
        picture(&mut harness, "compare-classes", size, dark);
    }
    for look @ (size, dark) in [(Size::Small, true), (Size::Large, false)] {
        let mut harness = trained("penguins.csv", "body_mass_g", WorkspaceId::Compare, look);
        picture(&mut harness, "compare-numbers", size, dark);
    }
    let mut harness = trained(
        "breast-cancer.csv",
        "diagnosis",
        WorkspaceId::Compare,
        SMALL,
    );
    picture(&mut harness, "compare-two", Size::Small, false);
    let mut harness = trained(
        "digits.parquet",
        "digit",
        WorkspaceId::Compare,
        (Size::Large, true),
    );
    picture(&mut harness, "compare-ten", Size::Large, true);
}

#[test]
fn gallery_of_predict() {
    for look @ (size, dark) in [(Size::Small, true), (Size::Large, false)] {
        let mut harness = trained("penguins.csv", "species", WorkspaceId::Predict, look);
        let model = use_model(&mut harness, "decision_tree");
        picture(&mut harness, "predict-choose", size, dark);
        harness.state_mut().session_mut().score_open_table(model);
        let path = support::temporary_folder("exports").join("tree.onnx");
        harness.state_mut().session_mut().export_model(
            model,
            benchtop::session::ModelExport::Onnx,
            &path,
        );
        picture(&mut harness, "predict-scored", size, dark);
    }
    let mut harness = trained("penguins.csv", "body_mass_g", WorkspaceId::Predict, SMALL);
    let model = use_model(&mut harness, "linear_regression");
    harness.state_mut().session_mut().score_open_table(model);
    picture(&mut harness, "predict-numbers", Size::Small, false);
}

/// A file let go over the window.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl eframe::egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_file(harness: &mut Screen, path: &std::path::Path) {
    let file = std::sync::Arc::new(Dropped(path.to_path_buf()));
    harness.input_mut().dropped_files.push(file);
    harness.step();
}

#[test]
fn a_file_dropped_on_predict_is_scored_with_the_model_that_is_shown() {
    let path = support::temporary_folder("dropped").join("new-penguins.csv");
    std::fs::copy(support::project_file("sample-data/penguins.csv"), &path).unwrap();
    for look @ (size, dark) in [(Size::Small, false), (Size::Large, true)] {
        let mut harness = trained("penguins.csv", "species", WorkspaceId::Predict, look);
        let model = use_model(&mut harness, "decision_tree");
        assert_eq!(harness.state().shared().scoring, Some(model));
        drop_file(&mut harness, &path);
        settle(&mut harness);
        assert!(harness.state().shared().import.is_none(), "not opened");
        let scored = harness.state().session().scored().cloned().unwrap();
        assert_eq!(
            (scored.model, scored.path.as_path()),
            (model, path.as_path())
        );
        assert!(sees(&harness, "new-penguins.csv"));
        picture(&mut harness, "predict-dropped", size, dark);
        // Again, and looked at while it is under way.
        session(&mut harness).clear_scored();
        session(&mut harness).hold_work();
        drop_file(&mut harness, &path);
        settle(&mut harness);
        assert!(sees(&harness, "Scoring new-penguins.csv"));
        picture(&mut harness, "predict-scoring", size, dark);
    }
}

#[test]
fn a_learner_that_failed_says_why_and_the_others_stand() {
    for look @ (size, dark) in [
        (Size::Small, false),
        (Size::Small, true),
        (Size::Large, false),
        (Size::Large, true),
    ] {
        let mut harness = trained("penguins.csv", "species", WorkspaceId::Model, look);
        let project = support::temporary_folder("failed-learner").join("penguins.benchtop");
        session(&mut harness).save(&project, false);
        let mut contents = file::load(&project).unwrap();
        let mut run = (*contents.runs[0]).clone();
        run.results
            .retain(|result| result.learner != "decision_tree");
        let error = benchtop::base::UserError::failed(
            "out_of_memory",
            "There was not enough memory",
            "It asked for 18 GB and 6 GB are free",
        )
        .with_hint("Leave out columns with many values, or use fewer rows");
        run.failures = vec![("decision_tree".to_owned(), error)];
        contents.runs = vec![std::sync::Arc::new(run)];
        file::save(&project, &contents, &[], &TaskContext::new()).unwrap();
        session(&mut harness).open_project(&project);
        settle(&mut harness);
        assert!(sees(&harness, "Decision tree stopped: there was not"));
        assert!(sees(&harness, "stopped by an error"));
        picture(&mut harness, "model-failed-learner", size, dark);
        harness.state_mut().shared_mut().go(WorkspaceId::Compare);
        settle(&mut harness);
        picture(&mut harness, "compare-failed-learner", size, dark);
    }
}
