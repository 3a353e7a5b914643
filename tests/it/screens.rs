//! Screens rendered without a window: what a gallery picture and a journey start from.

use std::sync::{Mutex, PoisonError};

use benchtop::project::Command;
use benchtop::session::Session;
use benchtop::ui::App;
use benchtop::ui::action::WorkspaceId;
use eframe::egui::{self, Event, Modifiers, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::support;

/// The application as a test drives it.
pub type Screen = Harness<'static, App>;

/// A size a screen is looked at in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    Small,
    Large,
    Smallest,
}

impl Size {
    pub fn points(self) -> Vec2 {
        match self {
            Self::Smallest => Vec2::new(1024.0, 640.0),
            Self::Small => Vec2::new(1280.0, 800.0),
            Self::Large => Vec2::new(1920.0, 1080.0),
        }
    }
}

/// The application in a harness, with a session that does all work at once.
pub fn harness(size: Size, dark: bool) -> Screen {
    home();
    harness_on(Session::inline(), size, dark)
}

/// The application in a harness, with a session on threads, as the window has it.
pub fn threaded(size: Size, dark: bool) -> Screen {
    home();
    harness_on(Session::threaded(), size, dark)
}

fn harness_on(session: Session, size: Size, dark: bool) -> Screen {
    let (theme, choice) = if dark {
        (egui::Theme::Dark, benchtop::ui::state::Theme::Dark)
    } else {
        (egui::Theme::Light, benchtop::ui::state::Theme::Light)
    };
    let mut harness = Harness::builder()
        .with_size(size.points())
        .with_theme(theme)
        .with_max_steps(60)
        .with_context_setup(benchtop::ui::theme::install)
        .wgpu()
        .build_eframe(|_| App::for_tests(session));
    harness.state_mut().shared_mut().theme = choice;
    harness
}

/// A sample in a workspace.
pub fn open(sample: &str, workspace: WorkspaceId, size: Size, dark: bool) -> Screen {
    let mut harness = harness(size, dark);
    settle(&mut harness);
    load_sample(&mut harness, sample);
    harness.state_mut().shared_mut().go(workspace);
    settle(&mut harness);
    harness
}

/// A sample is extracted once, by one of the tests that run side by side.
pub fn load_sample(harness: &mut Screen, sample: &str) {
    static EXTRACTING: Mutex<()> = Mutex::new(());
    let _one = EXTRACTING.lock().unwrap_or_else(PoisonError::into_inner);
    session(harness).load_sample(sample);
    // On threads the extraction is over once the table is there.
    let loaded = wait(harness, |app| app.session().active().is_some());
    assert!(loaded, "{sample} was not loaded");
}

/// Chooses what is to be predicted.
pub fn set_target(harness: &mut Screen, column: &str) {
    let target = Some(column.to_owned());
    dispatch(harness, |table| Command::SetTarget { table, target });
}

/// Trains the ticked models on the open table.
pub fn train(harness: &mut Screen) {
    session(harness).train().unwrap();
    settle(harness);
}

/// Changes the open table; fails the test where the change is refused.
pub fn dispatch(
    harness: &mut Screen,
    command: impl FnOnce(benchtop::base::ids::TableId) -> Command,
) {
    let session = session(harness);
    let table = session.active_id().expect("no table is open");
    session.dispatch(command(table)).unwrap();
    settle(harness);
}

pub fn session(harness: &mut Screen) -> &mut Session {
    harness.state_mut().session_mut()
}

/// Folders of the application under the temporary folder, so that tests leave a person's alone.
pub fn home() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let home = support::temporary_folder("home");
        // SAFETY: set before any thread of the application exists in this process.
        unsafe { std::env::set_var("BENCHTOP_HOME", home) };
    });
}

/// Steps until nothing moves any more.
pub fn settle(harness: &mut Screen) {
    for _ in 0..8 {
        harness.step();
    }
}

/// Steps until something is true; gives up after a minute.
pub fn wait(harness: &mut Screen, until: impl Fn(&mut App) -> bool) -> bool {
    for _ in 0..6_000 {
        harness.step();
        if until(harness.state_mut()) {
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    false
}

// ---- what a hand does ----

/// Heights of the bars above and below a pane, in points.
const BARS: f32 = 40.0;

/// Scrolls, as a hand would, where the thing whose name has this in it lies above or below the pane.
fn bring_into_view(harness: &mut Screen, part: &str) {
    let window = harness.ctx.content_rect();
    let Some(node) = harness.query_all_by_label_contains(part).next() else {
        return;
    };
    let middle = node.rect().center().y;
    if middle < window.top() + BARS || middle > window.bottom() - BARS {
        node.scroll_to_me();
        settle(harness);
    }
}

/// Clicks the one thing called this.
pub fn click(harness: &mut Screen, label: &str) {
    bring_into_view(harness, label);
    harness.get_by_label(label).click();
    settle(harness);
}

/// Clicks the one thing whose name has this in it.
pub fn click_containing(harness: &mut Screen, part: &str) {
    bring_into_view(harness, part);
    harness.get_by_label_contains(part).click();
    settle(harness);
}

/// Clicks the first of the things called this.
pub fn click_first(harness: &mut Screen, label: &str) {
    let found = harness
        .query_all_by_label(label)
        .next()
        .map(|node| node.click());
    assert!(found.is_some(), "nothing is called {label}");
    settle(harness);
}

/// Clicks the last of the things called this: the one that lies on top.
pub fn click_last(harness: &mut Screen, label: &str) {
    let found = harness
        .query_all_by_label(label)
        .last()
        .map(|node| node.click());
    assert!(found.is_some(), "nothing is called {label}");
    settle(harness);
}

/// Clicks a place with keys held.
pub fn click_at(harness: &mut Screen, place: Pos2, held: Modifiers) {
    harness.hover_at(place);
    harness.step();
    press(harness, place, true, held);
    press(harness, place, false, held);
    settle(harness);
}

/// Drags from one place to another with keys held, in several moves as a hand does.
pub fn drag(harness: &mut Screen, from: Pos2, to: Pos2, held: Modifiers) {
    drag_to(harness, from, to, held);
    drop_at(harness, to, held);
}

/// The part of a drag before the button is let go.
pub fn drag_to(harness: &mut Screen, from: Pos2, to: Pos2, held: Modifiers) {
    harness.hover_at(from);
    harness.step();
    press(harness, from, true, held);
    for share in [0.1, 0.5, 1.0] {
        harness.event_modifiers(Event::PointerMoved(from.lerp(to, share)), held);
        harness.step();
    }
}

/// The end of a drag.
pub fn drop_at(harness: &mut Screen, place: Pos2, held: Modifiers) {
    press(harness, place, false, held);
    settle(harness);
}

fn press(harness: &mut Screen, pos: Pos2, pressed: bool, modifiers: Modifiers) {
    let event = Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers,
    };
    harness.event_modifiers(event, modifiers);
    harness.step();
}

/// Whether something on the screen has a name with this in it.
pub fn sees(harness: &Screen, part: &str) -> bool {
    harness.query_all_by_label_contains(part).next().is_some()
}

// ---- pictures ----

/// Writes the picture of the screen to the gallery.
pub fn picture(harness: &mut Screen, name: &str, size: Size, dark: bool) {
    settle(harness);
    let image = match harness.render() {
        Ok(image) => image,
        Err(error) => panic!("cannot render {name}: {error}"),
    };
    let folder = std::env::var_os("BENCHTOP_GALLERY").map_or_else(
        || support::root().join("target/gallery"),
        std::path::PathBuf::from,
    );
    if let Err(error) = std::fs::create_dir_all(&folder) {
        panic!("cannot make {}: {error}", folder.display());
    }
    let points = size.points();
    let theme = if dark { "dark" } else { "light" };
    let path = folder.join(format!("{name}-{}x{}-{theme}.png", points.x, points.y));
    if let Err(error) = image.save(&path) {
        panic!("cannot write {}: {error}", path.display());
    }
}

/// One picture of a screen that `set_up` brings about.
pub fn screen(name: &str, size: Size, dark: bool, set_up: impl FnOnce(&mut App)) {
    let mut harness = harness(size, dark);
    settle(&mut harness);
    set_up(harness.state_mut());
    picture(&mut harness, name, size, dark);
}
