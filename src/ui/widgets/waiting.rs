//! What stands in a place while its content is on its way.

use eframe::egui::{Frame, Ui};

use super::{error_card, progress_bar, skeleton};
use crate::base::task::Progress;
use crate::session::Slot;
use crate::ui::theme::{self, size};

/// Seconds before a sign is shown: what is quicker than this should not flash.
const PATIENCE: f64 = 0.3;

/// Tells a wait that deserves a sign from one that is over before it is seen.
#[derive(Default)]
pub struct Waiting {
    since: Option<f64>,
}

impl Waiting {
    /// Call while waiting: true once it has taken long.
    pub fn is_long(&mut self, ui: &Ui) -> bool {
        let now = ui.input(|input| input.time);
        let waited = now - *self.since.get_or_insert(now);
        if waited < PATIENCE {
            let rest = std::time::Duration::from_secs_f64(PATIENCE - waited);
            ui.ctx().request_repaint_after(rest);
        }
        waited >= PATIENCE
    }

    pub fn over(&mut self) {
        self.since = None;
    }
}

/// Content with the padding of a canvas around it.
pub fn padded(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    Frame::new()
        .inner_margin(size::CANVAS_PADDING)
        .show(ui, add);
}

/// The shape of what is coming, or why it does not come.
pub fn waiting_or_failed<T>(waiting: &mut Waiting, ui: &mut Ui, slot: &Slot<T>, words: &str) {
    match slot.error() {
        Some(error) => {
            error_card(ui, error, &[]);
        }
        None => shape(waiting, ui, slot.progress(), words),
    }
}

/// The shape of what is coming, and how far it is.
pub fn shape(waiting: &mut Waiting, ui: &mut Ui, progress: Option<&Progress>, words: &str) {
    if !waiting.is_long(ui) {
        return;
    }
    let grey = theme::tokens(ui).text.secondary;
    let doing = progress.map_or("", |progress| progress.what.as_str());
    let words = if doing.is_empty() { words } else { doing };
    let fraction = progress.and_then(Progress::fraction);
    ui.label(theme::caption(words).color(grey));
    ui.add_space(6.0);
    progress_bar(ui, fraction, words);
    ui.add_space(12.0);
    skeleton(ui, 12);
}
