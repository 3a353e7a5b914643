//! Before a column is chosen: the distribution of every column, one click away from a chart.

use std::sync::Arc;

use eframe::egui::{ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{ExplorePane, place_column};
use crate::base::format;
use crate::chart::Channel;
use crate::data::{Column, ColumnProfile, Table};
use crate::ui::state::View;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Type, kind_icon, size};
use crate::ui::widgets::{mini_histogram, name_tag_ticks, paint};

const CARD: [f32; 2] = [176.0, 112.0];
const GAP: f32 = 12.0;

pub fn show(pane: &ExplorePane, ui: &mut Ui, view: &mut View<'_>, table: &Arc<Table>) {
    let tokens = view.tokens;
    ui.label(theme::heading("What do you want to look at?").color(tokens.text.primary));
    let words = "Click a column to chart it, or drag columns onto X, Y and Colour.";
    ui.label(theme::body(words).color(tokens.text.secondary));
    ui.add_space(12.0);
    let wanted = pane.search.to_lowercase();
    let columns: Vec<usize> = (0..table.width())
        .filter(|&index| {
            let column = table.schema().columns.get(index);
            column.is_some_and(|column| column.name.to_lowercase().contains(&wanted))
        })
        .collect();
    let [least, height] = CARD;
    let across = ((ui.available_width() + GAP) / (least + GAP))
        .floor()
        .max(1.0) as usize;
    let width = (ui.available_width() - 12.0 - GAP * (across as f32 - 1.0)) / across as f32;
    let lines = columns.len().div_ceil(across);
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, height, lines, |ui, range| {
            for line in range {
                ui.horizontal(|ui| {
                    for index in columns.iter().skip(line * across).take(across) {
                        card(ui, view, table, *index, vec2(width.floor(), height));
                    }
                });
            }
        });
}

fn card(
    ui: &mut Ui,
    view: &mut View<'_>,
    table: &Arc<Table>,
    index: usize,
    wanted: eframe::egui::Vec2,
) {
    let Some(column) = table.schema().columns.get(index) else {
        return;
    };
    let slot = view.session.profile(table, index);
    let profile = slot.shown().cloned();
    let response = ui.push_id(&column.name, |ui| {
        paint::allocate(ui, wanted, Sense::click(), true)
    });
    let response = response.inner;
    let tokens = view.tokens;
    let rect = response.rect;
    let over = response.hovered();
    let fill = if over {
        tokens.surface.hover
    } else {
        tokens.surface.raised
    };
    let stroke = Stroke::new(1.0, tokens.border.default);
    ui.painter()
        .rect(rect, size::RADIUS_CARD, fill, stroke, StrokeKind::Inside);
    head(ui, rect, column);
    if let Some(profile) = &profile {
        distribution(ui, rect, profile);
        let left = pos2(rect.left() + 12.0, rect.bottom() - 14.0);
        let room = rect.width() - 24.0;
        let colour = tokens.text.secondary;
        paint::text_left(
            ui.painter(),
            left,
            &fact(profile),
            Type::Caption,
            colour,
            room,
        );
    }
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CARD);
    let name = match &profile {
        Some(profile) => format!("Chart {}: {}", column.name, fact(profile)),
        None => format!("Chart {}", column.name),
    };
    response
        .widget_info(|| WidgetInfo::labeled(eframe::egui::accesskit::Role::Button, true, &name));
    if response.clicked() {
        place_column(view, ui.ctx(), Channel::X, Some(column.name.clone()));
    }
}

fn head(ui: &Ui, rect: eframe::egui::Rect, column: &Column) {
    let tokens = theme::tokens(ui);
    let y = rect.top() + 18.0;
    let icon = pos2(rect.left() + 19.0, y);
    let grey = tokens.text.secondary;
    kind_icon(column.kind).paint(ui.painter(), icon, 14.0, grey, IconWeight::Regular);
    let left = pos2(rect.left() + 32.0, y);
    let room = rect.width() - 44.0;
    let colour = tokens.text.primary;
    paint::text_left(
        ui.painter(),
        left,
        &column.name,
        Type::BodyMedium,
        colour,
        room,
    );
}

fn distribution(ui: &Ui, rect: eframe::egui::Rect, profile: &ColumnProfile) {
    let tokens = theme::tokens(ui);
    let place = eframe::egui::Rect::from_min_max(
        pos2(rect.left() + 12.0, rect.top() + 36.0),
        pos2(rect.right() - 12.0, rect.bottom() - 28.0),
    );
    if profile.name_tag.is_some() {
        name_tag_ticks(ui.painter(), place, tokens.chart.mark_soft);
        return;
    }
    let counts: Vec<u32> = if profile.histogram.is_empty() {
        profile
            .top
            .iter()
            .map(|value| value.count.min(u64::from(u32::MAX)) as u32)
            .collect()
    } else {
        profile
            .histogram
            .iter()
            .map(|bin| bin.count.min(u64::from(u32::MAX)) as u32)
            .collect()
    };
    mini_histogram(ui.painter(), place, &counts, tokens.chart.mark);
}

/// One fact about a column: blanks, or its range, or its number of values.
fn fact(profile: &ColumnProfile) -> String {
    let blanks = if profile.blanks > 0 && profile.rows > 0 {
        let share = profile.blanks as f64 / profile.rows as f64;
        format!(", {} blank", format::share(share))
    } else {
        String::new()
    };
    let what = if profile.name_tag.is_some() {
        "name tag".to_owned()
    } else if let Some(number) = &profile.number {
        let figures = profile.figures();
        let (low, high) = (figures.number(number.min, 4), figures.number(number.max, 4));
        if profile.constant {
            format!("always {low}")
        } else {
            format!("{low} to {high}")
        }
    } else if let (Some(first), Some(last)) = (&profile.earliest, &profile.latest) {
        format!("{first} to {last}")
    } else {
        format::counted(profile.distinct, "value")
    };
    format!("{what}{blanks}")
}
