//! What stands in a workspace while its table cannot be read: why, what still works, what to do.

use eframe::egui::Ui;

use crate::base::UserError;
use crate::session::Slot;
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::widgets::{error_card, padded};

/// Shows why the table cannot be read, with ways out. False when nothing is wrong with it.
pub fn show(ui: &mut Ui, view: &mut View<'_>) -> bool {
    let Slot::Failed(error) = view.session.table() else {
        return false;
    };
    padded(ui, |ui| card(ui, view, &error));
    true
}

fn card(ui: &mut Ui, view: &mut View<'_>, error: &UserError) {
    let changed = error.code == "source_changed";
    let actions: &[&str] = match error.code.as_str() {
        "source_changed" => &["Read it again", "Choose another file…"],
        "source_missing" => &["Choose where it is…"],
        _ => &["Choose another file…"],
    };
    let Some(clicked) = error_card(ui, error, actions) else {
        return;
    };
    let Some(table) = view.session.active_id() else {
        return;
    };
    match (&error.path, clicked) {
        (Some(path), 0) if changed => view.session.relocate(table, path),
        _ => view.ask(FileQuestion::Open, Purpose::Relocate(table)),
    }
}
