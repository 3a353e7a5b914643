//! The rail: where am I.

use eframe::egui::{Align, Layout, Ui, vec2};

use crate::ui::action::{Action, WorkspaceId};
use crate::ui::state::View;
use crate::ui::theme::{Icon, size};
use crate::ui::widgets::{IconButton, RailItem};

pub(super) fn show(ui: &mut Ui, view: &mut View<'_>) {
    ui.add_space(size::X1);
    ui.vertical_centered(|ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, size::RAIL_GAP);
        for workspace in WorkspaceId::ALL {
            let reason = workspace.unavailable(view.session);
            let selected = view.shared.workspace == workspace;
            let ready = workspace == WorkspaceId::Compare
                && !selected
                && view
                    .session
                    .runs()
                    .last()
                    .is_some_and(|run| Some(run.table) == view.session.active_id())
                && view.session.models().is_empty();
            let item = RailItem::new(workspace.icon(), workspace.word())
                .selected(selected)
                .ready(ready)
                .hint(workspace.question())
                .disabled(reason);
            if item.show(ui).clicked() {
                view.act(Action::Go(workspace));
            }
        }
    });
    ui.with_layout(Layout::bottom_up(Align::Center), |ui| {
        ui.add_space(size::X2);
        if IconButton::new(Icon::HELP, "Help and shortcuts")
            .shortcut("F1")
            .show(ui)
            .clicked()
        {
            view.act(Action::Help);
        }
    });
}
