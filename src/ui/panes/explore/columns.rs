//! The list of columns: search, drag onto a shelf, or click to place.

use eframe::egui::{ScrollArea, Ui, vec2};

use super::{DraggedColumn, ExplorePane, place_column, spec_of, toggle_column, why_not};
use crate::base::format;
use crate::chart::{Channel, ChartSpec};
use crate::data::Table;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, kind_icon};
use crate::ui::widgets::scores::muted_text;
use crate::ui::widgets::{
    ListRow, Tone, context_menu, menu_item, panel_header, search_field, skeleton,
};

pub fn show(pane: &mut ExplorePane, ui: &mut Ui, view: &mut View<'_>) {
    let slot = view.session.table();
    let count = slot
        .shown()
        .map_or_else(String::new, |table| format::count(table.width() as u64));
    panel_header(ui, "Columns", &count, |_| {});
    let Some(table) = slot.shown().cloned() else {
        eframe::egui::Frame::new()
            .inner_margin(16.0)
            .show(ui, |ui| match slot.error() {
                Some(_) => muted_text(ui, "They are listed once the table can be read."),
                None => skeleton(ui, 8),
            });
        return;
    };
    eframe::egui::Frame::new()
        .inner_margin(12.0)
        .show(ui, |ui| {
            search_field(ui, "Find a column", &mut pane.search, None);
            ui.add_space(4.0);
            list(pane, ui, view, &table);
        });
}

fn list(pane: &ExplorePane, ui: &mut Ui, view: &mut View<'_>, table: &Table) {
    let chart = spec_of(view);
    let wanted = pane.search.to_lowercase();
    let found: Vec<usize> = (0..table.width())
        .filter(|&index| {
            let column = table.schema().columns.get(index);
            column.is_some_and(|column| column.name.to_lowercase().contains(&wanted))
        })
        .collect();
    if found.is_empty() {
        let text = format!("No column is called “{}”", pane.search);
        ui.label(theme::body(text).color(view.tokens.text.secondary));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = crate::ui::theme::size::LIST_ROW;
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, height, found.len(), |ui, range| {
            for index in found.get(range).unwrap_or_default() {
                row(ui, view, table, &chart, *index);
            }
        });
}

fn row(ui: &mut Ui, view: &mut View<'_>, table: &Table, chart: &ChartSpec, index: usize) {
    let Some(column) = table.schema().columns.get(index) else {
        return;
    };
    let held = Channel::ALL
        .into_iter()
        .find(|&channel| chart.get(channel) == Some(&column.name));
    let mut row = ListRow::new(&column.name)
        .icon(kind_icon(column.kind))
        .strong(held.is_some())
        .draggable()
        .hint("Drag it onto X, Y or Colour, or click to place it");
    if let Some(channel) = held {
        row = row.badge(Tone::Accent, channel.word());
    }
    let shown = ui.push_id(&column.name, |ui| row.show(ui)).inner;
    let response = shown.row;
    response.dnd_set_drag_payload(DraggedColumn(column.name.clone()));
    if response.dragged() {
        carried(ui, &column.name, kind_icon(column.kind));
    }
    if response.clicked() {
        toggle_column(view, ui.ctx(), &column.name);
    }
    context_menu(&response, 200.0, |ui| {
        for channel in Channel::ALL {
            let reason = why_not(table, chart, channel, &column.name);
            let label = match channel {
                Channel::Color => "Put on colour".to_owned(),
                channel => format!("Put on {}", channel.word()),
            };
            if menu_item(ui, None, &label, "", reason.as_deref()).clicked() {
                place_column(view, ui.ctx(), channel, Some(column.name.clone()));
            }
        }
        if let Some(channel) = held
            && menu_item(ui, Some(Icon::X), "Take off the chart", "", None).clicked()
        {
            place_column(view, ui.ctx(), channel, None);
        }
    });
}

/// The column under the pointer while it is dragged.
fn carried(ui: &Ui, name: &str, icon: Icon) {
    let Some(pointer) = ui.ctx().pointer_interact_pos() else {
        return;
    };
    let tokens = theme::tokens(ui);
    let layer =
        eframe::egui::LayerId::new(eframe::egui::Order::Tooltip, ui.scope_id().with("carried"));
    let painter = ui.ctx().layer_painter(layer);
    let galley = painter.layout_no_wrap(
        name.to_owned(),
        theme::Type::BodyMedium.font(),
        tokens.text.primary,
    );
    let size = vec2(galley.size().x + 36.0, 28.0);
    let rect = eframe::egui::Rect::from_min_size(pointer + vec2(8.0, 8.0), size);
    let stroke = eframe::egui::Stroke::new(1.0, tokens.accent.line);
    let inside = eframe::egui::StrokeKind::Inside;
    painter.rect(rect, 4.0, tokens.surface.raised, stroke, inside);
    let middle = eframe::egui::pos2(rect.left() + 16.0, rect.center().y);
    let weight = theme::fonts::IconWeight::Regular;
    icon.paint(&painter, middle, 14.0, tokens.text.secondary, weight);
    let left = eframe::egui::pos2(rect.left() + 28.0, rect.center().y - galley.size().y / 2.0);
    painter.galley(left, galley, tokens.text.primary);
}
