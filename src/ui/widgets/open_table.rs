//! The open table for a workspace about it: the table, or in its place the shape of it while it
//! is read, or why it cannot be read and what to do.

use std::sync::Arc;

use eframe::egui::Ui;

use super::error_card;
use super::waiting::{Waiting, padded, shape};
use crate::base::UserError;
use crate::data::Table;
use crate::session::Slot;
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;

/// The table that is shown.
pub struct OpenTable {
    pub table: Arc<Table>,
    /// A newer one is being worked out.
    pub older: bool,
}

/// The open table; None when something else was drawn in its place.
pub fn open_table(ui: &mut Ui, view: &mut View<'_>, waiting: &mut Waiting) -> Option<OpenTable> {
    let slot = view.session.table();
    match &slot {
        Slot::Ready(table) => {
            waiting.over();
            let table = table.clone();
            return Some(OpenTable {
                table,
                older: false,
            });
        }
        Slot::Stale(table, _) => {
            let table = table.clone();
            return Some(OpenTable { table, older: true });
        }
        Slot::Failed(error) => padded(ui, |ui| unreadable(ui, view, error)),
        Slot::Pending(_) | Slot::Empty => {
            let name = view.session.active().map(|table| table.source.name());
            let words = format!("Reading {}", name.as_deref().unwrap_or("the table"));
            padded(ui, |ui| shape(waiting, ui, slot.progress(), &words));
        }
    }
    None
}

fn unreadable(ui: &mut Ui, view: &mut View<'_>, error: &UserError) {
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
