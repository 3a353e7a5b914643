//! Which class was taken for which: cells that select their rows when they are clicked.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::base::format;
use crate::evaluate::pictures::Confusion;
use crate::session::confused_sentence;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type};
use crate::ui::widgets::scores::muted_text;
use crate::ui::widgets::{ListRow, confusion_cell, paint};

/// More classes than this do not fit as a table; the most frequent mistakes are listed instead.
pub const MOST_CLASSES: usize = 12;
/// Up to this many classes the cells are large enough for words.
const LARGE: usize = 4;
const MISTAKES: usize = 12;
const GAP: f32 = 4.0;

/// Draws the table. (truth, prediction) of the cell that was clicked.
pub fn show(ui: &mut Ui, found: &Confusion, selected: Option<&str>) -> Option<(usize, usize)> {
    let classes = found.classes.len();
    if classes > MOST_CLASSES {
        return mistakes(ui, found, selected);
    }
    let tokens = theme::tokens(ui);
    let large = classes <= LARGE;
    let label = if large { 104.0 } else { 96.0 };
    let room = ui.available_width() - label - GAP * classes as f32;
    let widest = if large { 148.0 } else { 72.0 };
    let cell = vec2(
        (room / classes as f32).clamp(36.0, widest),
        if large { 72.0 } else { 32.0 },
    );
    let (_, head) = ui.allocate_space(vec2(ui.available_width(), 40.0));
    let grey = tokens.text.secondary;
    let first = pos2(head.left() + label, head.top() + 10.0);
    paint::text_left(ui.painter(), first, "Predicted", Type::Caption, grey, 200.0);
    let corner = pos2(head.left(), head.top() + 29.0);
    paint::text_left(ui.painter(), corner, "Actual", Type::Caption, grey, label);
    for (index, class) in found.classes.iter().enumerate() {
        let left = head.left() + label + index as f32 * (cell.x + GAP);
        let place = pos2(left + if large { 10.0 } else { 2.0 }, head.top() + 29.0);
        let style = if large {
            Type::BodyMedium
        } else {
            Type::Caption
        };
        paint::text_left(
            ui.painter(),
            place,
            class,
            style,
            tokens.text.primary,
            cell.x - 4.0,
        );
    }
    let mut clicked = None;
    for actual in 0..classes {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            let (_, rect) = ui.allocate_space(vec2(label - GAP, cell.y));
            row_label(ui, rect, found, actual, large);
            for predicted in 0..classes {
                if one_cell(ui, found, (actual, predicted), cell, large, selected).clicked() {
                    clicked = Some((actual, predicted));
                }
            }
        });
        ui.add_space(GAP);
    }
    clicked
}

fn row_label(ui: &Ui, rect: Rect, found: &Confusion, actual: usize, large: bool) {
    let tokens = theme::tokens(ui);
    let Some(class) = found.classes.get(actual) else {
        return;
    };
    let (y, room) = (rect.center().y, rect.width() - 8.0);
    let ink = tokens.text.primary;
    if !large {
        paint::text_left(
            ui.painter(),
            pos2(rect.left(), y),
            class,
            Type::Caption,
            ink,
            room,
        );
        return;
    }
    paint::text_left(
        ui.painter(),
        pos2(rect.left(), y - 9.0),
        class,
        Type::BodyMedium,
        ink,
        room,
    );
    let total = format::counted(found.actual_total(actual), "row");
    let below = pos2(rect.left(), y + 9.0);
    paint::text_left(
        ui.painter(),
        below,
        &total,
        Type::Caption,
        tokens.text.secondary,
        room,
    );
}

fn one_cell(
    ui: &mut Ui,
    found: &Confusion,
    (actual, predicted): (usize, usize),
    size: eframe::egui::Vec2,
    large: bool,
    selected: Option<&str>,
) -> Response {
    let name = |class: usize| found.classes.get(class).map_or("", String::as_str);
    let sentence = confused_sentence(name(actual), name(predicted));
    let is_selected = selected == Some(sentence.as_str());
    let right = actual == predicted;
    let share = found.share(actual, predicted);
    let count = format::count(found.count(actual, predicted));
    let words = format!("{} of row", format::share(share));
    let response = if large {
        let title = match (right, found.classes.len(), actual) {
            (true, _, _) => "Right".to_owned(),
            (false, 2, 1) => "Miss".to_owned(),
            (false, 2, _) => "Wrong alarm".to_owned(),
            _ => "Wrong".to_owned(),
        };
        confusion_cell(
            ui,
            size,
            &title,
            &count,
            &words,
            share as f32,
            right,
            is_selected,
        )
    } else {
        small_cell(ui, size, &count, share as f32, right, is_selected)
    };
    let spoken = format!("{sentence}: {count}, {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    response.on_hover_text(format!("{spoken}. Click to select these rows everywhere"))
}

/// A cell without words: its fill says its share, right ones have an outline.
fn small_cell(
    ui: &mut Ui,
    size: eframe::egui::Vec2,
    count: &str,
    share: f32,
    right: bool,
    selected: bool,
) -> Response {
    let tokens = theme::tokens(ui);
    let response = paint::allocate(ui, size, Sense::click(), true);
    let rect = response.rect;
    let strong = if right {
        tokens.category(0)
    } else {
        tokens.chart.mark
    };
    let full = if count == "0" {
        0.0
    } else {
        0.12 + 0.88 * share.clamp(0.0, 1.0)
    };
    let fill: Color32 = tokens.surface.sunken.lerp_to_gamma(strong, full * 0.9);
    ui.painter().rect_filled(rect, 3.0, fill);
    if right {
        let stroke = Stroke::new(1.0, strong);
        ui.painter()
            .rect_stroke(rect, 3.0, stroke, StrokeKind::Inside);
    }
    let ink = match count {
        "0" => tokens.text.disabled,
        _ if full > 0.5 => tokens.surface.canvas,
        _ => tokens.text.primary,
    };
    paint::text_middle(
        ui.painter(),
        rect.center(),
        count,
        Type::Number,
        ink,
        rect.width(),
    );
    if response.hovered() || selected {
        let colour = if selected {
            tokens.accent.line
        } else {
            tokens.border.control
        };
        let stroke = Stroke::new(if selected { 2.0 } else { 1.0 }, colour);
        ui.painter()
            .rect_stroke(rect, 3.0, stroke, StrokeKind::Inside);
    }
    paint::focus_inside(ui, rect, response.has_focus(), 3.0);
    response
}

fn mistakes(ui: &mut Ui, found: &Confusion, selected: Option<&str>) -> Option<(usize, usize)> {
    let classes = found.classes.len();
    muted_text(
        ui,
        &format!("{classes} classes are too many for a table. The most frequent mistakes:"),
    );
    ui.add_space(6.0);
    let name = |class: usize| found.classes.get(class).map_or("", String::as_str);
    let mut clicked = None;
    let list = found.mistakes(MISTAKES);
    for (actual, predicted, count) in &list {
        let sentence = confused_sentence(name(*actual), name(*predicted));
        let trailing = format!(
            "{}, {} of its rows",
            format::counted(*count, "row"),
            format::share(found.share(*actual, *predicted))
        );
        let row = ListRow::new(&sentence)
            .trailing(&trailing)
            .selected(selected == Some(sentence.as_str()));
        if row.show(ui).clicked() {
            clicked = Some((*actual, *predicted));
        }
    }
    if list.is_empty() {
        let tokens = theme::tokens(ui);
        let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 28.0));
        let colour = tokens.status.good.icon;
        let middle = pos2(rect.left() + 8.0, rect.center().y);
        Icon::CHECK_CIRCLE.paint(ui.painter(), middle, 16.0, colour, IconWeight::Fill);
        let place = pos2(rect.left() + 24.0, rect.center().y);
        let ink = tokens.text.primary;
        paint::text_left(
            ui.painter(),
            place,
            "No mistake in any check row",
            Type::Body,
            ink,
            300.0,
        );
    }
    clicked
}
