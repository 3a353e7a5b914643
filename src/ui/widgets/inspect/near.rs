//! Rows that a model of trees takes for alike: a row, and the nearest ones to it.

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Subject;
use crate::base::format;
use crate::pipeline::Inspection;
use crate::pipeline::near::WHY_NO_NEARNESS;
use crate::session::{MOST_NEAR_ROWS, RowsLike, Slot};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, size};
use crate::ui::widgets::scores::{caption_text, inset, muted_text};
use crate::ui::widgets::waiting::shape;
use crate::ui::widgets::{Button, NumberField, Waiting, empty_state, error_card, paint};

const ROW: f32 = 26.0;
/// Nearest rows that are listed at first.
const FIRST: usize = 20;
/// Widths of the columns of the list.
const NUMBER: f32 = 84.0;
const NEARNESS: f32 = 56.0;
/// Bars longer than this are no easier to read.
const LONGEST_BAR: f32 = 280.0;

/// State of the page.
pub(super) struct NearView {
    /// Number of the row, from 1; None until one is taken.
    row: Option<f64>,
    count: usize,
    waiting: Waiting,
}

impl Default for NearView {
    fn default() -> Self {
        Self {
            row: None,
            count: FIRST,
            waiting: Waiting::default(),
        }
    }
}

impl NearView {
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        found: &Arc<Inspection>,
        subject: &Subject,
    ) {
        if !found.compares_rows {
            let title = "This model cannot tell which rows are alike";
            empty_state(ui, Icon::ROWS, title, &format!("{WHY_NO_NEARNESS}."), &[]);
            return;
        }
        let rows = view.session.active().map_or(0, |recipe| recipe.source.rows);
        if rows == 0 {
            let text = "Open a table with the columns of this model to compare its rows.";
            empty_state(ui, Icon::ROWS, "No rows to compare", text, &[]);
            return;
        }
        let side = size::CANVAS_PADDING as i8;
        inset(ui, side, |ui| self.question(ui, view, subject, rows));
        ui.add_space(12.0);
        match view.session.rows_like(subject) {
            Slot::Ready(near) | Slot::Stale(near, _) => {
                self.waiting.over();
                self.answer(ui, view, subject, &near);
            }
            Slot::Pending(progress) => inset(ui, side, |ui| {
                if Button::secondary("Stop")
                    .icon(Icon::STOP_SQUARE)
                    .show(ui)
                    .clicked()
                {
                    view.session.stop_comparing_rows();
                }
                ui.add_space(8.0);
                shape(&mut self.waiting, ui, Some(&progress), "Comparing rows");
            }),
            Slot::Failed(error) => inset(ui, side, |ui| {
                error_card(ui, &error, &[]);
            }),
            Slot::Empty => inset(ui, side, |ui| {
                self.waiting.over();
                muted_text(
                    ui,
                    "Take a row you know, such as a customer who left or a measurement that failed. The model lists the rows it can hardly tell from it: those that end in the same leaf of most of its trees (proximity).",
                );
            }),
        }
    }

    /// Which row, and the button that asks.
    fn question(&mut self, ui: &mut Ui, view: &mut View<'_>, subject: &Subject, rows: u64) {
        let selected = view
            .session
            .selection()
            .and_then(|selection| selection.primary());
        let asked = view.session.row_compared(subject);
        let first = asked.or(selected).unwrap_or(0);
        let mut row = self.row.unwrap_or(f64::from(first) + 1.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            ui.label(theme::body("Row").color(view.tokens.text.secondary));
            let field = NumberField::new("Row to compare with")
                .integer()
                .range(1.0..=rows as f64)
                .width(88.0);
            if field.show(ui, &mut row).changed() {
                self.row = Some(row);
            }
            let find = Button::primary("Find rows like it")
                .hint("Compares it with every row of the table as it was read");
            let mut ask = find.show(ui).clicked();
            let reason = match selected {
                None => Some("No row is selected".to_owned()),
                Some(_) => None,
            };
            let take = Button::secondary("Take the selected row")
                .hint("The row picked last, or the first of those selected")
                .disabled(reason);
            if take.show(ui).clicked()
                && let Some(selected) = selected
            {
                row = f64::from(selected) + 1.0;
                ask = true;
            }
            if ask {
                self.row = Some(row);
                view.session
                    .find_rows_like(subject, (row as u32).saturating_sub(1));
            }
        });
    }

    fn answer(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        subject: &Subject,
        found: &Arc<RowsLike>,
    ) {
        let side = size::CANVAS_PADDING as i8;
        let near = &found.near;
        let of = format::count(near.of as u64 + 1);
        let mut about = match near.in_reach {
            0 => format!(
                "No other row ends in a leaf of row {of}: nothing in this table is like it."
            ),
            count => format!(
                "Row {of} shares at least one leaf with {}.",
                format::counted(count, "other row")
            ),
        };
        if let Some((answer, _)) = &found.answers {
            about.push_str(&format!(" Its {} is {}.", found.target, filled(answer)));
        }
        inset(ui, side, |ui| {
            let ink = view.tokens.text.primary;
            ui.add(eframe::egui::Label::new(theme::body(about).color(ink)).wrap());
        });
        if near.rows.is_empty() {
            return;
        }
        ui.add_space(8.0);
        let most = near.rows.len().min(MOST_NEAR_ROWS);
        let mut count = self.count.clamp(1, most);
        inset(ui, side, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                ui.label(theme::body("Nearest").color(view.tokens.text.secondary));
                let mut wanted = count as f64;
                let field = NumberField::new("Nearest rows shown")
                    .integer()
                    .range(1.0..=most as f64)
                    .width(64.0);
                if field.show(ui, &mut wanted).changed() {
                    count = (wanted as usize).clamp(1, most);
                    self.count = count;
                }
                let words = match count {
                    1 => "Select this row".to_owned(),
                    count => format!("Select these {} rows", format::count(count as u64)),
                };
                let select = Button::secondary(words).icon(Icon::ROWS);
                let hint = "Shows them in the table and in every chart; changes no data";
                if select.hint(hint).show(ui).clicked() {
                    view.session.select_rows_like(subject, count);
                }
            });
        });
        ui.add_space(8.0);
        list(ui, found, count);
    }
}

/// What a cell holds, in words.
fn filled(answer: &str) -> &str {
    if answer.is_empty() { "blank" } else { answer }
}

/// Where the columns of the list lie.
struct Places {
    row: f32,
    nearness: f32,
    bar: Rect,
    answer: f32,
    answer_width: f32,
}

impl Places {
    fn of(rect: Rect) -> Self {
        let row = rect.left() + size::CANVAS_PADDING;
        let nearness = row + NUMBER + NEARNESS;
        let bar = nearness + 12.0;
        let end = rect.right() - size::CANVAS_PADDING;
        let width = ((end - bar) * 0.5).clamp(40.0, LONGEST_BAR);
        let y = rect.center().y;
        let answer = bar + width + 20.0;
        Self {
            row,
            nearness,
            bar: Rect::from_min_max(pos2(bar, y - 4.0), pos2(bar + width, y + 4.0)),
            answer,
            answer_width: (end - answer).max(0.0),
        }
    }
}

fn list(ui: &mut Ui, found: &RowsLike, count: usize) {
    let tokens = theme::tokens(ui);
    let grey = tokens.text.secondary;
    ui.spacing_mut().item_spacing.y = 0.0;
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
    let places = Places::of(rect);
    let line = Stroke::new(1.0, tokens.border.subtle);
    let (painter, y) = (ui.painter(), rect.center().y);
    painter.hline(rect.x_range(), rect.top() + 0.5, line);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, line);
    let left = |x: f32, words: &str, room: f32| {
        paint::text_left(painter, pos2(x, y), words, Type::Caption, grey, room);
    };
    left(places.row, "Row", NUMBER);
    left(
        places.bar.left(),
        "Share of trees with the same leaf",
        places.answer - places.bar.left() - 8.0,
    );
    let at = pos2(places.nearness, y);
    paint::text_right(painter, at, "Near", Type::Caption, grey, NEARNESS);
    if found.answers.is_some() {
        left(places.answer, &found.target, places.answer_width);
    }
    let room = (ui.available_height() - 28.0).max(ROW * 3.0);
    ScrollArea::vertical()
        .id_salt("near rows")
        .max_height(room)
        .auto_shrink([false, true])
        .show_rows(ui, ROW, count, |ui, range| {
            for place in range {
                near_row(ui, found, place);
            }
        });
    ui.add_space(6.0);
    inset(ui, size::CANVAS_PADDING as i8, |ui| {
        caption_text(
            ui,
            "Alike to this model, in the columns it uses; another model may see it differently.",
        );
    });
}

fn near_row(ui: &mut Ui, found: &RowsLike, place: usize) {
    let Some(near) = found.near.rows.get(place) else {
        return;
    };
    let tokens = theme::tokens(ui);
    let wanted = vec2(ui.available_width(), ROW);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let rect = response.rect;
    let places = Places::of(rect);
    let (painter, y) = (ui.painter(), rect.center().y);
    let (ink, grey) = (tokens.text.primary, tokens.text.secondary);
    let number = format::count(near.position as u64 + 1);
    paint::text_left(
        painter,
        pos2(places.row, y),
        &number,
        Type::Number,
        ink,
        NUMBER,
    );
    let nearness = format::share(near.nearness);
    let at = pos2(places.nearness, y);
    paint::text_right(painter, at, &nearness, Type::NumberStrong, ink, NEARNESS);
    let mut bar = places.bar;
    painter.rect_filled(bar, 1.0, tokens.surface.sunken);
    bar.set_width(bar.width() * near.nearness as f32);
    painter.rect_filled(bar, 1.0, tokens.chart.mark);
    let mut spoken = format!("Row {number}: {nearness} of the trees");
    let mut cut = None;
    if let Some(answer) = found.answers.as_ref().and_then(|(_, all)| all.get(place)) {
        let colour = if answer.is_empty() { grey } else { ink };
        let at = pos2(places.answer, y);
        let words = filled(answer);
        let drawn = paint::text_left(painter, at, words, Type::Body, colour, places.answer_width);
        cut = drawn.1.then_some(answer);
        spoken.push_str(&format!(", {} {words}", found.target));
    }
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, tokens.border.subtle),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    if let Some(answer) = cut {
        response.on_hover_text(answer);
    }
}
