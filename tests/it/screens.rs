//! Screens rendered without a window: what a gallery picture and a journey start from.

use benchtop::session::Session;
use benchtop::ui::App;
use eframe::egui::{self, Vec2};
use egui_kittest::Harness;

use crate::support;

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
pub fn harness(size: Size, dark: bool) -> Harness<'static, App> {
    home();
    let theme = if dark {
        egui::Theme::Dark
    } else {
        egui::Theme::Light
    };
    let mut harness = Harness::builder()
        .with_size(size.points())
        .with_theme(theme)
        .with_max_steps(60)
        .with_context_setup(benchtop::ui::theme::install)
        .wgpu()
        .build_eframe(|_| App::for_tests(Session::inline()));
    let choice = if dark {
        benchtop::ui::state::Theme::Dark
    } else {
        benchtop::ui::state::Theme::Light
    };
    harness.state_mut().shared_mut().theme = choice;
    harness
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
pub fn settle(harness: &mut Harness<'static, App>) {
    for _ in 0..8 {
        harness.step();
    }
}

/// Writes the picture of the screen to the gallery.
pub fn picture(harness: &mut Harness<'static, App>, name: &str, size: Size, dark: bool) {
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
