//! What is different about the selected rows.

use eframe::egui::{Label, Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{ExplorePane, spec_of};
use crate::base::format;
use crate::data::contrast::Contrast;
use crate::data::{ColumnKind, Table};
use crate::session::Slot;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Tokens, Type};
use crate::ui::widgets::{ListRow, error_card, paint, progress_bar, separator, skeleton};

/// Columns drawn; further ones are named only.
const DRAWN: usize = 6;

pub fn show(pane: &mut ExplorePane, ui: &mut Ui, view: &mut View<'_>, table: &Slot<Table>) {
    let tokens = view.tokens;
    ui.label(theme::body_strong("What is different about these rows").color(tokens.text.primary));
    let Some(table) = table.shown().cloned() else {
        return;
    };
    let slot = view.session.contrast(&table);
    let Some(found) = slot.shown().cloned() else {
        match slot.error() {
            Some(error) if error.code == "nothing_to_compare" => {
                quiet(
                    ui,
                    &format!("{}: there is no rest to compare them with.", error.why),
                );
            }
            Some(error) => {
                error_card(ui, error, &[]);
            }
            None if pane.waiting_contrast.is_long(ui) => skeleton(ui, 4),
            None => {}
        }
        return;
    };
    if slot.is_ready() {
        pane.waiting_contrast.over();
    } else if pane.waiting_contrast.is_long(ui)
        && let Some(progress) = slot.progress()
    {
        progress_bar(ui, progress.fraction(), "Comparing the selected rows");
    }
    let rest = table.rows().saturating_sub(
        view.session
            .selection()
            .map_or(0, |selection| selection.rows.count()),
    );
    key(ui, rest as u64);
    let spec = spec_of(view);
    // That the columns one selected by differ says nothing.
    let by: Vec<&str> = [&spec.x, &spec.y]
        .into_iter()
        .filter_map(|c| c.as_deref())
        .collect();
    let (different, same): (Vec<&Contrast>, Vec<&Contrast>) = found
        .iter()
        .filter(|contrast| !by.contains(&contrast.column.as_str()))
        .partition(|contrast| contrast.stands_out());
    if different.is_empty() {
        quiet(
            ui,
            "No other column differs by more than chance often does.",
        );
    }
    for contrast in different.iter().take(DRAWN) {
        one(ui, view, contrast);
    }
    let further: Vec<&str> = different
        .iter()
        .skip(DRAWN)
        .map(|contrast| contrast.column.as_str())
        .collect();
    if !further.is_empty() {
        quiet(ui, &format!("Also different: {}", format::list(&further)));
        ui.add_space(8.0);
    }
    looks_the_same(pane, ui, &same);
    if !different.is_empty() {
        separator(ui);
        association(ui, &by);
    }
}

fn quiet(ui: &mut Ui, text: &str) {
    let colour = theme::tokens(ui).text.secondary;
    ui.add(Label::new(theme::caption(text).color(colour)).wrap());
}

fn key(ui: &mut Ui, rest: u64) {
    let tokens = theme::tokens(ui);
    ui.horizontal(|ui| {
        for (colour, words) in [
            (tokens.chart.selection, "selected".to_owned()),
            (
                tokens.chart.mark,
                format!("the other {}", format::count(rest)),
            ),
        ] {
            let (_, square) = ui.allocate_space(vec2(10.0, 16.0));
            let square = Rect::from_center_size(square.center(), vec2(10.0, 10.0));
            ui.painter().rect_filled(square, 2.0, colour);
            ui.label(theme::caption(words).color(tokens.text.secondary));
            ui.add_space(4.0);
        }
    });
    ui.add_space(4.0);
}

fn one(ui: &mut Ui, view: &mut View<'_>, contrast: &Contrast) {
    let numbers = matches!(contrast.kind, ColumnKind::Number | ColumnKind::Time);
    let height = if numbers {
        24.0 + 56.0 + 16.0
    } else {
        24.0 + contrast.bars.len() as f32 * 40.0
    };
    let wanted = vec2(ui.available_width(), height + 8.0);
    let response = ui
        .push_id(&contrast.column, |ui| {
            paint::allocate(ui, wanted, Sense::click(), true)
        })
        .inner;
    let rect = response.rect;
    let tokens = view.tokens;
    if let Some(fill) = paint::flat_fill(ui, &response, false) {
        let place = rect.expand2(vec2(8.0, 0.0));
        ui.painter().rect_filled(place, 4.0, fill);
    }
    let left = pos2(rect.left(), rect.top() + 14.0);
    let room = rect.width() - 64.0;
    let colour = tokens.text.primary;
    paint::text_left(
        ui.painter(),
        left,
        &contrast.column,
        Type::BodyMedium,
        colour,
        room,
    );
    level(ui, pos2(rect.right(), left.y), contrast.level(), tokens);
    let body = Rect::from_min_max(pos2(rect.left(), rect.top() + 26.0), rect.max);
    if numbers {
        columns(ui, body, contrast, tokens);
    } else {
        bars(ui, body, contrast, tokens);
    }
    paint::focus_inside(ui, rect, response.has_focus(), 4.0);
    let name = format!("{}: {}", contrast.column, contrast.sentence);
    response
        .widget_info(|| WidgetInfo::labeled(eframe::egui::accesskit::Role::Button, true, &name));
    let response = response.on_hover_text(format!("{}. Click to chart it.", contrast.sentence));
    if response.clicked() {
        super::place_column(
            view,
            ui.ctx(),
            crate::chart::Channel::X,
            Some(contrast.column.clone()),
        );
    }
}

/// Four marks, as many filled as the difference is large.
fn level(ui: &Ui, right: eframe::egui::Pos2, level: usize, tokens: &Tokens) {
    for index in 0..4 {
        let x = right.x - 8.0 - (3 - index) as f32 * 10.0;
        let mark = Rect::from_center_size(pos2(x + 4.0, right.y), vec2(8.0, 6.0));
        let filled = index < level;
        let colour = if filled {
            tokens.chart.mark
        } else {
            tokens.chart.deselected
        };
        ui.painter().rect_filled(mark, 1.0, colour);
    }
}

/// A value's share of either side, one bar above the other.
fn bars(ui: &Ui, rect: Rect, contrast: &Contrast, tokens: &Tokens) {
    let track = rect.width() * 0.52;
    for (index, bar) in contrast.bars.iter().enumerate() {
        let top = rect.top() + index as f32 * 40.0;
        for (line, (share, colour)) in [
            (bar.selected, tokens.chart.selection),
            (bar.rest, tokens.chart.mark),
        ]
        .into_iter()
        .enumerate()
        {
            let y = top + 8.0 + line as f32 * 17.0;
            let whole = Rect::from_min_size(pos2(rect.left(), y - 5.0), vec2(track, 10.0));
            ui.painter().rect_filled(whole, 1.0, tokens.surface.sunken);
            let filled = vec2(track * share as f32, 10.0);
            ui.painter()
                .rect_filled(Rect::from_min_size(whole.min, filled), 1.0, colour);
            let words = match line {
                0 => format!("{} {}", format::share(share), bar.label),
                _ => format::share(share),
            };
            let left = pos2(whole.right() + 8.0, y);
            let grey = if line == 0 {
                tokens.text.primary
            } else {
                tokens.text.secondary
            };
            let room = rect.right() - left.x;
            paint::text_left(ui.painter(), left, &words, Type::Caption, grey, room);
        }
    }
}

/// Shares per range, side by side.
fn columns(ui: &Ui, rect: Rect, contrast: &Contrast, tokens: &Tokens) {
    let highest = contrast
        .bars
        .iter()
        .flat_map(|bar| [bar.selected, bar.rest])
        .fold(f64::MIN_POSITIVE, f64::max);
    let base = rect.top() + 52.0;
    let width = rect.width() / contrast.bars.len().max(1) as f32;
    let one = ((width - 3.0) / 2.0).max(1.0);
    let mut free = f32::NEG_INFINITY;
    for (index, bar) in contrast.bars.iter().enumerate() {
        let left = rect.left() + index as f32 * width + 1.0;
        for (side, (share, colour)) in [
            (bar.selected, tokens.chart.selection),
            (bar.rest, tokens.chart.mark),
        ]
        .into_iter()
        .enumerate()
        {
            let height = (share / highest) as f32 * 46.0;
            let x = left + side as f32 * one;
            let column = Rect::from_min_max(pos2(x, base - height), pos2(x + one, base));
            ui.painter().rect_filled(column, 0.0, colour);
        }
        let centred = contrast.bars.len() <= 9 && bar.label.chars().count() <= 3;
        let label = paint::width_of(ui, &bar.label, Type::NumberSmall);
        let x = if centred {
            left + one - label / 2.0
        } else {
            left
        };
        if x >= free && x + label <= rect.right() + 1.0 {
            let place = pos2(x, base + 9.0);
            let grey = tokens.chart.label;
            paint::text_left(
                ui.painter(),
                place,
                &bar.label,
                Type::NumberSmall,
                grey,
                label + 1.0,
            );
            free = x + label + 10.0;
        }
    }
    let line = eframe::egui::Stroke::new(1.0, tokens.chart.axis);
    ui.painter().hline(rect.x_range(), base + 0.5, line);
}

fn looks_the_same(pane: &mut ExplorePane, ui: &mut Ui, same: &[&Contrast]) {
    if same.is_empty() {
        return;
    }
    let verb = if same.len() == 1 { "looks" } else { "look" };
    let title = format!(
        "{} {verb} the same",
        format::counted(same.len() as u64, "column")
    );
    let icon = if pane.show_same {
        Icon::CARET_DOWN
    } else {
        Icon::CARET_RIGHT
    };
    if ListRow::new(&title).icon(icon).show(ui).clicked() {
        pane.show_same = !pane.show_same;
    }
    if pane.show_same {
        let names: Vec<&str> = same
            .iter()
            .map(|contrast| contrast.column.as_str())
            .collect();
        quiet(ui, &format::list(&names));
    }
}

fn association(ui: &mut Ui, by: &[&str]) {
    let tokens = theme::tokens(ui);
    let cause = match by {
        [] => "what they were selected by".to_owned(),
        by => format::list(by),
    };
    ui.horizontal_top(|ui| {
        ui.label(Icon::INFO.text(16.0).color(tokens.text.secondary));
        let words = format!(
            "Association, not causation. The selected rows differ in these ways; {cause} need not be the reason."
        );
        ui.add(Label::new(theme::caption(words).color(tokens.text.secondary)).wrap());
    });
}
