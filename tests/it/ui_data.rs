//! The welcome screen, the import preview, the Data workspace and the frame around them.

use std::path::{Path, PathBuf};

use benchtop::chart::ChartSpec;
use benchtop::project::Command;
use benchtop::project::journal::{Entry, Header, Recovery};
use benchtop::session::Session;
use benchtop::ui::action::{Action, WorkspaceId};
use egui_kittest::kittest::Queryable;

use crate::screens::{
    Screen, Size, click, dispatch, harness, load_sample, picture, screen, sees, set_target, settle,
};
use crate::support::{project_file, temporary_folder};

fn with_sample(file: &str) -> Screen {
    let mut harness = harness(Size::Small, false);
    load_sample(&mut harness, file);
    settle(&mut harness);
    harness
}

fn session(harness: &Screen) -> &Session {
    harness.state().session()
}

#[test]
fn a_sample_opens_from_the_welcome_screen() {
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    harness.get_by_label("Open sample Penguins").click();
    settle(&mut harness);
    assert_eq!(session(&harness).active().unwrap().name, "penguins");
    assert!(harness.query_by_label_contains("Find in table").is_some());
}

#[test]
fn a_column_shows_its_statistics_and_can_be_described() {
    let mut harness = with_sample("penguins.csv");
    harness
        .get_all_by_label_contains("bill_length_mm")
        .next()
        .unwrap()
        .click();
    settle(&mut harness);
    assert_eq!(
        harness.state_mut().shared_mut().column.as_deref(),
        Some("bill_length_mm")
    );
    assert!(harness.query_by_label_contains("Middle half").is_some());
    // Back returns to the view before, and changes nothing.
    let before = session(&harness).document().clone();
    harness.key_press_modifiers(eframe::egui::Modifiers::ALT, eframe::egui::Key::ArrowLeft);
    settle(&mut harness);
    assert_eq!(harness.state().shared().column, None);
    assert_eq!(**session(&harness).document(), *before);
}

#[test]
fn undo_is_named_and_reached_by_key() {
    let mut harness = with_sample("penguins.csv");
    set_target(&mut harness, "species");
    assert!(harness.query_by_label("Undo Predict species").is_some());
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::Z);
    settle(&mut harness);
    assert_eq!(session(&harness).active().unwrap().model.target, None);
    assert!(harness.query_by_label("Redo Predict species").is_some());
}

#[test]
fn the_palette_finds_columns_and_says_why_not() {
    let mut harness = with_sample("penguins.csv");
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::K);
    settle(&mut harness);
    // Greyed commands are there, and a disabled one does nothing.
    assert!(harness.query_all_by_label("Redo").count() >= 2);
    harness.event(eframe::egui::Event::Text("predict spec".to_owned()));
    settle(&mut harness);
    harness.key_press(eframe::egui::Key::Enter);
    settle(&mut harness);
    assert_eq!(
        session(&harness).active().unwrap().model.target.as_deref(),
        Some("species")
    );
    assert_eq!(
        harness.state_mut().shared_mut().workspace,
        WorkspaceId::Model
    );
}

#[test]
fn a_file_is_looked_at_before_it_is_loaded() {
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    let file = project_file("sample-data/messy-survey.csv");
    harness.state_mut().open_path(&file);
    settle(&mut harness);
    assert!(
        session(&harness).document().is_empty(),
        "loaded without being asked"
    );
    harness.get_by_label_contains("Load ").click();
    settle(&mut harness);
    assert_eq!(session(&harness).active().unwrap().source.rows, 2000);
}

#[test]
fn heads_of_the_preview_stand_above_their_values() {
    let words = "Outlined cells";
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    harness
        .state_mut()
        .open_path(&project_file("sample-data/penguins.csv"));
    settle(&mut harness);
    assert!(sees(&harness, words));
    picture(&mut harness, "import-numbers", Size::Small, false);
    // A format that knows its types outlines nothing.
    let typed = project_file("sample-data/digits.parquet");
    harness.state_mut().open_path(&typed);
    settle(&mut harness);
    assert!(sees(&harness, "as written in the file."));
    assert!(!sees(&harness, words));
    picture(&mut harness, "import-typed", Size::Small, false);
}

#[test]
fn ranges_of_numbers_are_words_where_a_dash_could_be_a_minus() {
    let path = temporary_folder("below-zero").join("cold.csv");
    let rows: Vec<String> = (0..40).map(|row| format!("{}", row % 17 - 6)).collect();
    std::fs::write(&path, format!("degrees\n{}\n", rows.join("\n"))).unwrap();
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    let session = harness.state_mut().session_mut();
    session.load_file(&path, "csv", benchtop::base::Params::new());
    harness.state_mut().shared_mut().show_column("degrees");
    settle(&mut harness);
    let half = harness.get_by_label_contains("Middle half");
    let shown = format!("{:?}", half);
    assert!(shown.contains(" to ") && !shown.contains('–'), "{shown}");
}

#[test]
fn the_palette_calls_samples_as_the_welcome_screen_does() {
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    assert!(harness.query_by_label("Open sample Bike hire").is_some());
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::K);
    settle(&mut harness);
    harness.event(eframe::egui::Event::Text("sample bike".to_owned()));
    settle(&mut harness);
    assert_eq!(
        harness.query_all_by_label("Open sample Bike hire").count(),
        2
    );
    assert!(!sees(&harness, "bike-hire.csv"));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_that_says_what_to_do() {
    let folder = temporary_folder("unreadable");
    let file = folder.join("picture.csv");
    std::fs::write(&file, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0").unwrap();
    let mut harness = harness(Size::Small, false);
    harness.state_mut().open_path(&file);
    settle(&mut harness);
    assert!(
        harness
            .query_by_label_contains("Choose another file")
            .is_some()
    );
    assert!(session(&harness).document().is_empty());
}

#[test]
fn selected_rows_can_be_kept_in_view_and_shown_again() {
    let mut harness = with_sample("penguins.csv");
    let table = harness.state_mut().session_mut().table().ready().unwrap();
    harness
        .state_mut()
        .session_mut()
        .select(table.rows_at(0..12), "the first twelve");
    settle(&mut harness);
    harness.key_press(eframe::egui::Key::F);
    settle(&mut harness);
    assert_eq!(
        harness
            .state_mut()
            .session_mut()
            .table()
            .ready()
            .unwrap()
            .rows(),
        12
    );
    assert!(session(&harness).selection().is_none());
    harness
        .get_all_by_label_contains("Only the first twelve")
        .next()
        .unwrap();
    assert!(
        Action::ClearFilter
            .unavailable(session(&harness), harness.state().shared())
            .is_none()
    );
}

#[test]
#[ignore = "pictures to look at, not a check"]
fn gallery_data() {
    for dark in [false, true] {
        for size in [Size::Small, Size::Large] {
            screen("welcome", size, dark, |_| {});
            screen("data", size, dark, |app| {
                app.session_mut().load_sample("penguins.csv")
            });
            screen("data-column", size, dark, |app| {
                app.session_mut().load_sample("flights.csv");
                app.shared_mut().column = Some("arr_delay".to_owned());
            });
            screen("import", size, dark, |app| {
                app.open_path(&project_file("sample-data/messy-survey.csv"));
            });
        }
        screen("import-failed", Size::Small, dark, |app| {
            app.open_path(&project_file("assets/app-icon.png"));
        });
        screen("data-smallest", Size::Smallest, dark, |app| {
            app.session_mut().load_sample("digits.parquet")
        });
        let mut harness = harness(Size::Small, dark);
        load_sample(&mut harness, "penguins.csv");
        harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::K);
        picture(&mut harness, "palette", Size::Small, dark);
        harness.key_press(eframe::egui::Key::Escape);
        settle(&mut harness);
        harness.key_press(eframe::egui::Key::F1);
        picture(&mut harness, "help", Size::Small, dark);
    }
}

#[test]
fn a_narrow_window_has_room_for_one_side_panel_the_one_opened_last() {
    let mut harness = harness(Size::Smallest, false);
    load_sample(&mut harness, "penguins.csv");
    settle(&mut harness);
    let (columns, facts) = ("Find a column", "Size on disk");
    assert!(sees(&harness, columns) && !sees(&harness, facts));
    click(&mut harness, "Show or hide the right panel");
    assert!(!sees(&harness, columns) && sees(&harness, facts));
    click(&mut harness, "Show or hide the left panel");
    assert!(sees(&harness, columns) && !sees(&harness, facts));
    click(&mut harness, "Show or hide the right panel");
    click(&mut harness, "Show or hide the right panel");
    assert!(sees(&harness, columns), "what had to yield comes back");
    // With more room both are there again.
    harness.set_size(Size::Small.points());
    settle(&mut harness);
    assert!(sees(&harness, columns) && !sees(&harness, facts));
    click(&mut harness, "Show or hide the right panel");
    assert!(sees(&harness, columns) && sees(&harness, facts));
    harness.set_size(Size::Smallest.points());
    settle(&mut harness);
    assert!(sees(&harness, columns) && !sees(&harness, facts));
    harness.set_size(Size::Small.points());
    settle(&mut harness);
    assert!(sees(&harness, columns) && sees(&harness, facts));
}

// ---- waiting, failing and empty ----

/// A saved project about a file of its own, with a chart, steps and something to predict.
fn saved_project(name: &str) -> (PathBuf, PathBuf) {
    let folder = temporary_folder(name);
    let file = folder.join("penguins.csv");
    std::fs::copy(project_file("sample-data/penguins.csv"), &file).unwrap();
    let mut harness = harness(Size::Small, false);
    let session = harness.state_mut().session_mut();
    session.load_file(&file, "csv", benchtop::base::Params::new());
    set_target(&mut harness, "species");
    sort_by_mass(&mut harness);
    put_scatter(&mut harness);
    let project = folder.join("penguins.benchtop");
    harness.state_mut().session_mut().save(&project, false);
    assert!(project.exists());
    (project, file)
}

fn sort_by_mass(harness: &mut Screen) {
    let mut params = benchtop::base::Params::new();
    params.set("columns", vec!["body_mass_g".to_owned()]);
    dispatch(harness, |table| Command::AddStep {
        table,
        at: usize::MAX,
        operation: "sort_rows".to_owned(),
        params,
    });
}

fn put_scatter(harness: &mut Screen) {
    let chart = ChartSpec {
        x: Some("bill_length_mm".to_owned()),
        y: Some("body_mass_g".to_owned()),
        color: Some("species".to_owned()),
        mark: None,
    };
    dispatch(harness, |table| Command::SetChart { table, chart });
}

fn opened(project: &Path, workspace: WorkspaceId, size: Size, dark: bool) -> Screen {
    let mut harness = harness(size, dark);
    harness.state_mut().open_path(project);
    harness.state_mut().shared_mut().go(workspace);
    harness
}

/// Small and large, light and dark.
const EVERY_LOOK: [(Size, bool); 4] = [
    (Size::Small, false),
    (Size::Small, true),
    (Size::Large, false),
    (Size::Large, true),
];

/// The workspaces that show the open table.
const OF_A_TABLE: [WorkspaceId; 4] = [
    WorkspaceId::Data,
    WorkspaceId::Clean,
    WorkspaceId::Explore,
    WorkspaceId::Model,
];

fn name_of(workspace: WorkspaceId, what: &str) -> String {
    format!("{}-{what}", workspace.word().to_lowercase())
}

#[test]
fn a_table_that_is_gone_is_found_again_from_every_workspace_about_it() {
    let (project, file) = saved_project("gone");
    std::fs::remove_file(&file).unwrap();
    for workspace in OF_A_TABLE {
        for (size, dark) in [(Size::Small, false), (Size::Large, true)] {
            let mut harness = opened(&project, workspace, size, dark);
            settle(&mut harness);
            assert!(sees(&harness, "penguins.csv is not where it was"));
            harness.get_by_label("Choose where it is…");
            picture(&mut harness, &name_of(workspace, "gone"), size, dark);
        }
    }
}

#[test]
fn a_table_that_changed_on_disk_is_read_again_where_one_is() {
    let (project, file) = saved_project("changed");
    let text = std::fs::read_to_string(&file).unwrap();
    let fewer: Vec<&str> = text.lines().take(100).collect();
    std::fs::write(&file, fewer.join("\n")).unwrap();
    let mut harness = opened(&project, WorkspaceId::Explore, Size::Small, false);
    settle(&mut harness);
    assert!(sees(&harness, "changed on disk"));
    click(&mut harness, "Read it again");
    assert!(!sees(&harness, "changed on disk"));
    let table = harness.state_mut().session_mut().table().ready().unwrap();
    assert_eq!(table.rows(), 99);
}

#[test]
fn while_a_table_is_read_the_shape_of_it_is_shown() {
    let (project, _) = saved_project("reading");
    for workspace in OF_A_TABLE {
        for (size, dark) in [(Size::Small, false), (Size::Large, true)] {
            let mut harness = opened(&project, workspace, size, dark);
            harness.state_mut().session_mut().hold_work();
            settle(&mut harness);
            assert!(harness.state_mut().session_mut().table().shown().is_none());
            assert!(
                sees(&harness, "Reading penguins.csv"),
                "{workspace:?} says nothing"
            );
            picture(&mut harness, &name_of(workspace, "reading"), size, dark);
        }
    }
}

#[test]
fn a_chart_of_older_data_says_that_it_is_being_drawn_again() {
    for (size, dark) in EVERY_LOOK {
        let mut harness = harness(size, dark);
        load_sample(&mut harness, "penguins.csv");
        harness.state_mut().shared_mut().go(WorkspaceId::Explore);
        put_scatter(&mut harness);
        assert!(!sees(&harness, "Drawing the chart"));
        harness.state_mut().session_mut().hold_work();
        sort_by_mass(&mut harness);
        assert!(sees(&harness, "Drawing the chart"));
        picture(&mut harness, "explore-older", size, dark);
    }
}

#[test]
fn what_a_crash_left_behind_is_offered_and_restored() {
    let mut harness = with_sample("penguins.csv");
    let document = (**session(&harness).document()).clone();
    let table = session(&harness).active_id().unwrap();
    let command = Command::SetTarget {
        table,
        target: Some("sex".to_owned()),
    };
    let recovery = Recovery {
        path: temporary_folder("left-behind").join("journal"),
        header: Header {
            version: 1,
            project: Some(PathBuf::from("birds.benchtop")),
            started_at: 0,
            document,
        },
        entries: vec![Entry::Change {
            seq: 1,
            command,
            interacting: false,
        }],
        last_change: benchtop::project::places::now() - 190,
        valid_bytes: 0,
    };
    for (size, dark) in EVERY_LOOK {
        let mut harness = crate::screens::harness(size, dark);
        harness.state_mut().offer_recovery(vec![recovery.clone()]);
        settle(&mut harness);
        assert!(sees(&harness, "birds.benchtop"));
        picture(&mut harness, "recovery", size, dark);
    }
    harness = crate::screens::harness(Size::Small, false);
    // A file was named at the start: its preview does not lie over what comes back.
    let file = project_file("sample-data/messy-survey.csv");
    harness.state_mut().open_path(&file);
    harness.state_mut().offer_recovery(vec![recovery]);
    settle(&mut harness);
    click(&mut harness, "Restore");
    assert!(harness.state().shared().import.is_none());
    assert!(!sees(&harness, "needs a look before loading"));
    let target = &session(&harness).active().unwrap().model.target;
    assert_eq!(target.as_deref(), Some("sex"));
}

#[test]
fn the_context_bar_counts_steps_as_the_recipe_does() {
    for (size, dark) in EVERY_LOOK {
        let mut harness = harness(size, dark);
        load_sample(&mut harness, "penguins.csv");
        harness.state_mut().shared_mut().go(WorkspaceId::Clean);
        sort_by_mass(&mut harness);
        sort_by_mass(&mut harness);
        harness.get_by_label("3 of 3");
        harness.state_mut().session_mut().view_after(Some(1));
        settle(&mut harness);
        harness.get_by_label("2 of 3");
        picture(&mut harness, "clean-steps", size, dark);
    }
}

#[test]
#[ignore = "pictures to look at, not a check"]
fn gallery_empty() {
    for (size, dark) in EVERY_LOOK {
        for workspace in [
            WorkspaceId::Explore,
            WorkspaceId::Model,
            WorkspaceId::Compare,
            WorkspaceId::Predict,
        ] {
            let mut harness = crate::screens::open("penguins.csv", workspace, size, dark);
            picture(&mut harness, &name_of(workspace, "empty"), size, dark);
        }
    }
}
