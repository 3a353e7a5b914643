//! What stands in a place while its content is on its way.

use eframe::egui::{Frame, Ui};

use super::{error_card, progress_bar, skeleton};
use crate::session::Slot;
use crate::ui::theme::size;

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
pub fn waiting_or_failed<T>(waiting: &mut Waiting, ui: &mut Ui, slot: &Slot<T>) {
    if let Some(error) = slot.error() {
        error_card(ui, error, &[]);
    } else if waiting.is_long(ui) {
        skeleton(ui, 6);
        if let Some(progress) = slot.progress() {
            progress_bar(ui, progress.fraction(), &progress.what);
        }
    }
}
