//! What lies behind an open dialog, and where one goes after its answer.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use benchtop::project::journal::{Header, Recovery};
use benchtop::project::{Document, file};
use benchtop::session::Session;
use benchtop::ui::action::{Action, WorkspaceId};
use benchtop::ui::dialogs::{FileAnswer, FileDialogs, FileQuestion, Purpose};
use eframe::egui::accesskit::Role;
use eframe::egui::{Context, Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::Queryable;

use crate::screens::{
    Screen, Size, click, harness, load_sample, sees, session, set_target, settle, threaded, wait,
};
use crate::support::{project_file, temporary_folder};

// ---- keys ----

fn recovery() -> Recovery {
    Recovery {
        path: temporary_folder("behind").join("journal"),
        header: Header {
            version: 1,
            project: None,
            started_at: 0,
            document: Document::default(),
        },
        entries: Vec::new(),
        last_change: 0,
        valid_bytes: 0,
    }
}

#[test]
fn no_shortcut_reaches_the_import_behind_a_dialog() {
    let mut harness = harness(Size::Small, false);
    let file = project_file("sample-data/messy-survey.csv");
    harness.state_mut().open_path(&file);
    harness.state_mut().offer_recovery(vec![recovery()]);
    settle(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    settle(&mut harness);
    assert!(sees(&harness, "Restore your work?"));
    assert!(session(&mut harness).document().is_empty(), "loaded behind");
    click(&mut harness, "Not now");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    settle(&mut harness);
    assert_eq!(session(&mut harness).active().unwrap().source.rows, 2000);
}

#[test]
fn no_shortcut_reaches_a_step_being_made_behind_the_help() {
    let mut harness = harness(Size::Small, false);
    load_sample(&mut harness, "penguins.csv");
    let shared = harness.state_mut().shared_mut();
    shared.go(WorkspaceId::Clean);
    shared.start_step = Some("remove_duplicates");
    settle(&mut harness);
    harness.key_press(Key::F1);
    settle(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    settle(&mut harness);
    let steps = |harness: &mut Screen| session(harness).active().unwrap().steps.len();
    assert_eq!(steps(&mut harness), 0, "applied behind the help");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    settle(&mut harness);
    assert_eq!(steps(&mut harness), 1);
}

// ---- pointer ----

#[test]
fn no_tooltip_stays_in_front_of_a_dialog() {
    let mut harness = harness(Size::Small, false);
    load_sample(&mut harness, "penguins.csv");
    settle(&mut harness);
    let tip = "Rows unlike the others";
    let place = harness
        .get_all_by_label("Find unusual rows")
        .last()
        .unwrap()
        .rect()
        .center();
    harness.hover_at(place);
    for _ in 0..60 {
        harness.step();
    }
    assert!(sees(&harness, tip), "the pointer rests on the button");
    harness.key_press(Key::F1);
    settle(&mut harness);
    assert!(sees(&harness, "From a file to a model"));
    assert!(!sees(&harness, tip));
    // The pointer is there again once the dialog is gone, and on the dialog itself.
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(!sees(&harness, "From a file to a model"));
    harness.hover_at(place + eframe::egui::vec2(2.0, 0.0));
    for _ in 0..60 {
        harness.step();
    }
    assert!(sees(&harness, tip));
}

#[test]
fn messages_lie_in_the_status_bar_and_cover_no_button() {
    let mut harness = harness(Size::Small, false);
    load_sample(&mut harness, "penguins.csv");
    set_target(&mut harness, "species");
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut harness);
        harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        settle(&mut harness);
    }
    // The newest of several is shown.
    let message = harness
        .get_by_role_and_label(Role::Status, "Done again: Predict species")
        .rect();
    let bar = Size::Small.points().y - benchtop::ui::theme::size::STATUS_BAR;
    assert!(message.top() >= bar, "{message:?} reaches above {bar}");
    assert!(harness.query_by_label("Undone: Predict species").is_none());
    click(&mut harness, "Close message");
    assert!(
        harness
            .query_by_label("Done again: Predict species")
            .is_none()
    );
}

// ---- no dialog ----

fn type_text(harness: &mut Screen, text: &str) {
    harness.event(eframe::egui::Event::Text(text.to_owned()));
    settle(harness);
}

#[test]
fn enter_opens_the_path_that_was_typed() {
    let mut harness = harness(Size::Small, false);
    harness.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::O);
    settle(&mut harness);
    let path = project_file("sample-data/messy-survey.csv");
    type_text(&mut harness, &path.display().to_string());
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert!(!sees(&harness, "Open a file by its path"));
    let import = harness.state().shared().import.clone().unwrap();
    assert_eq!(import.path, path);
}

/// A system without a service that shows file dialogs.
#[derive(Default)]
struct NoDialogs {
    asked: Option<(FileQuestion, Purpose)>,
}

impl FileDialogs for NoDialogs {
    fn ask(&mut self, question: FileQuestion, purpose: Purpose, _: &Context) {
        self.asked = Some((question, purpose));
    }

    fn poll(&mut self) -> Option<(FileQuestion, Purpose, FileAnswer)> {
        let (question, purpose) = self.asked.take()?;
        Some((question, purpose, FileAnswer::NoService))
    }

    fn is_open(&self) -> bool {
        self.asked.is_some()
    }
}

#[test]
fn a_file_at_a_typed_path_is_replaced_only_when_a_person_says_so() {
    let folder = temporary_folder("no-dialog-taken");
    let mut harness = harness(Size::Small, false);
    load_sample(&mut harness, "penguins.csv");
    harness.state_mut().set_dialogs(Box::<NoDialogs>::default());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    settle(&mut harness);
    let taken = folder.join("taken.benchtop");
    std::fs::write(&taken, b"kept").unwrap();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    type_text(&mut harness, &folder.join("taken").display().to_string());
    click(&mut harness, "Save");
    assert_eq!(std::fs::read(&taken).unwrap(), b"kept");
    assert!(sees(&harness, "Replace the file?"));
    click(&mut harness, "Replace");
    assert!(file::load(&taken).is_ok());
    assert!(!session(&mut harness).is_dirty());
}

// ---- unsaved work ----

/// Answers in a person's place: the next path, or none for Cancel.
#[derive(Clone, Default)]
struct Answers {
    next: Rc<RefCell<VecDeque<Option<PathBuf>>>>,
    asked: Rc<RefCell<Option<(FileQuestion, Purpose)>>>,
}

impl Answers {
    fn of(path: Option<&Path>) -> Self {
        let answers = Self::default();
        let path = path.map(Path::to_path_buf);
        answers.next.borrow_mut().push_back(path);
        answers
    }

    fn all_given(&self) -> bool {
        self.next.borrow().is_empty()
    }
}

impl FileDialogs for Answers {
    fn ask(&mut self, question: FileQuestion, purpose: Purpose, _: &Context) {
        *self.asked.borrow_mut() = Some((question, purpose));
    }

    fn poll(&mut self) -> Option<(FileQuestion, Purpose, FileAnswer)> {
        let (question, purpose) = self.asked.borrow_mut().take()?;
        let answer = match self.next.borrow_mut().pop_front()? {
            Some(path) => FileAnswer::Chosen(path),
            None => FileAnswer::Cancelled,
        };
        Some((question, purpose, answer))
    }

    fn is_open(&self) -> bool {
        self.asked.borrow().is_some()
    }
}

/// A project with the penguins, saved in this folder.
fn saved_project(folder: &Path) -> PathBuf {
    let mut harness = harness(Size::Small, false);
    load_sample(&mut harness, "penguins.csv");
    let path = folder.join("penguins.benchtop");
    session(&mut harness).save(&path, false);
    assert!(path.exists());
    path
}

/// The wine with unsaved work.
fn unsaved(mut harness: Screen, answers: &Answers) -> Screen {
    load_sample(&mut harness, "wine.csv");
    set_target(&mut harness, "cultivar");
    harness.state_mut().set_dialogs(Box::new(answers.clone()));
    assert!(session(&mut harness).is_dirty());
    harness
}

fn table_name(session: &Session) -> Option<&str> {
    session.active().map(|table| table.name.as_str())
}

#[test]
fn saving_first_opens_the_project_that_was_asked_for() {
    let folder = temporary_folder("save-first");
    let wanted = saved_project(&folder);
    for threads in [false, true] {
        let kept = folder.join(format!("kept-{threads}.benchtop"));
        let answers = Answers::of(Some(&kept));
        let screen = if threads { threaded } else { harness };
        let mut harness = unsaved(screen(Size::Small, false), &answers);
        harness.state_mut().open_path(&wanted);
        settle(&mut harness);
        click(&mut harness, "Save first");
        let opened = wait(&mut harness, |app| {
            table_name(app.session()) == Some("penguins")
        });
        assert!(opened && answers.all_given());
        let kept = file::load(&kept).unwrap();
        let [table] = kept.document.tables.as_slice() else {
            panic!("one table");
        };
        assert_eq!(table.model.target.as_deref(), Some("cultivar"));
        // The project that has a file is saved without a question.
        let target = if threads { "island" } else { "species" };
        set_target(&mut harness, target);
        harness.state_mut().open_path(&wanted);
        settle(&mut harness);
        click(&mut harness, "Save first");
        assert!(wait(&mut harness, |app| {
            let saved = !app.session().is_dirty() && !app.session().is_saving();
            let active = app.session().active();
            saved && active.is_some_and(|table| table.model.target.as_deref() == Some(target))
        }));
    }
}

#[test]
fn cancelling_where_to_save_stays_with_the_unsaved_work() {
    let folder = temporary_folder("save-cancelled");
    let wanted = saved_project(&folder);
    let answers = Answers::of(None);
    let mut harness = unsaved(harness(Size::Small, false), &answers);
    harness.state_mut().open_path(&wanted);
    settle(&mut harness);
    click(&mut harness, "Save first");
    assert!(answers.all_given());
    assert_eq!(table_name(session(&mut harness)), Some("wine"));
    assert!(session(&mut harness).is_dirty());
    // A save of its own leads nowhere else afterwards.
    let kept = folder.join("kept.benchtop");
    answers.next.borrow_mut().push_back(Some(kept.clone()));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    settle(&mut harness);
    assert!(kept.exists());
    assert_eq!(table_name(session(&mut harness)), Some("wine"));
}

#[test]
fn a_save_that_fails_keeps_the_project_open() {
    let folder = temporary_folder("save-fails");
    let wanted = saved_project(&folder);
    let answers = Answers::of(Some(&folder.join("no such folder/kept.benchtop")));
    let mut harness = unsaved(harness(Size::Small, false), &answers);
    harness.state_mut().open_path(&wanted);
    settle(&mut harness);
    click(&mut harness, "Save first");
    assert!(answers.all_given());
    assert_eq!(table_name(session(&mut harness)), Some("wine"));
    assert!(session(&mut harness).is_dirty());
}

#[test]
fn saving_first_closes_the_project_that_was_to_be_closed() {
    let folder = temporary_folder("save-close");
    let answers = Answers::of(Some(&folder.join("kept.benchtop")));
    let mut harness = unsaved(harness(Size::Small, false), &answers);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(&mut harness);
    let name = Action::CloseProject.name(session(&mut harness));
    harness.event(eframe::egui::Event::Text(name));
    settle(&mut harness);
    harness.key_press(Key::Enter);
    settle(&mut harness);
    click(&mut harness, "Save first");
    assert!(answers.all_given());
    assert!(session(&mut harness).document().is_empty());
}

#[test]
fn saving_first_quits_when_that_was_asked_for() {
    let folder = temporary_folder("save-quit");
    let answers = Answers::of(Some(&folder.join("kept.benchtop")));
    let mut harness = unsaved(harness(Size::Small, false), &answers);
    let close = ViewportEvent::Close;
    let viewports = &mut harness.input_mut().viewports;
    viewports
        .entry(ViewportId::ROOT)
        .or_default()
        .events
        .push(close);
    harness.step();
    let viewports = &mut harness.input_mut().viewports;
    viewports
        .entry(ViewportId::ROOT)
        .or_default()
        .events
        .clear();
    harness.step();
    assert!(sees(&harness, "Quit without saving?"));
    harness.get_by_label("Save first").click();
    let mut quits = false;
    for _ in 0..8 {
        harness.step();
        let output = harness.output().viewport_output.values();
        quits |= output
            .flat_map(|viewport| &viewport.commands)
            .any(|command| *command == ViewportCommand::Close);
    }
    assert!(quits && answers.all_given());
    assert!(!session(&mut harness).is_dirty());
}
