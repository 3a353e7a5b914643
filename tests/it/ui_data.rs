//! The welcome screen, the import preview, the Data workspace and the frame around them.

use benchtop::project::Command;
use benchtop::session::Session;
use benchtop::ui::App;
use benchtop::ui::action::{Action, WorkspaceId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::{Size, harness, picture, screen, settle};
use crate::support::{project_file, temporary_folder};

fn with_sample(file: &str) -> Harness<'static, App> {
    let mut harness = harness(Size::Small, false);
    harness.state_mut().session_mut().load_sample(file);
    settle(&mut harness);
    harness
}

fn session<'a>(harness: &'a Harness<'static, App>) -> &'a Session {
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
    let table = session(&harness).active_id().unwrap();
    harness
        .state_mut()
        .session_mut()
        .dispatch(Command::SetTarget {
            table,
            target: Some("species".to_owned()),
        })
        .unwrap();
    settle(&mut harness);
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
        harness
            .state_mut()
            .session_mut()
            .load_sample("penguins.csv");
        settle(&mut harness);
        harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::K);
        picture(&mut harness, "palette", Size::Small, dark);
        harness.key_press(eframe::egui::Key::Escape);
        settle(&mut harness);
        harness.key_press(eframe::egui::Key::F1);
        picture(&mut harness, "help", Size::Small, dark);
    }
}
