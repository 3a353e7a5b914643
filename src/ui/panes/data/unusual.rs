//! Unusual rows, beside the table: which columns to compare by, how the scores are spread, and the
//! rows that are set apart most, each with its reasons.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Frame, Margin, Rect, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::base::format;
use crate::pipeline::UnusualWish;
use crate::pipeline::unusual::{UnusualColumns, UnusualRow};
use crate::session::{Slot, UnusualFound};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, size};
use crate::ui::widgets::choice::bare_slider;
use crate::ui::widgets::plot_host::combine_of;
use crate::ui::widgets::scores::muted_text;
use crate::ui::widgets::waiting::shape;
use crate::ui::widgets::{
    Button, IconButton, ListRow, NumberField, Waiting, error_card, link, paint, panel_header,
    property_row, section_header, separator, skeleton,
};

const WHAT: &str = "How easily each row is set apart from the others by random cuts through the columns (isolation forest score). Scores near 1 stand out; around 0.5 and below a row is one of many.";
const NOT_WRONG: &str =
    "Unusual is not wrong: look at a row before you change or drop it. Nothing here changes data.";
/// Rows listed at first, and how many more each time.
const LISTED: usize = 20;
/// Columns named per row.
const NAMED: usize = 3;
/// Share of the rows that are selected at first, in percent.
const FIRST_SHARE: f64 = 1.0;
const BARS_HEIGHT: f32 = 88.0;
/// Room at either end of a slider for its handle.
const SLIDER_ENDS: f32 = 7.0;

/// State of the panel.
pub(super) struct UnusualPanel {
    open: bool,
    /// The column that was shown when it was opened: another one takes its place.
    column: Option<String>,
    /// What a person ticked otherwise than proposed.
    ticks: BTreeMap<String, bool>,
    choosing: bool,
    seed: f64,
    /// Score from which on rows are to be selected; None until one is chosen.
    cut: Option<f64>,
    listed: usize,
    waiting: Waiting,
}

impl Default for UnusualPanel {
    fn default() -> Self {
        Self {
            open: false,
            column: None,
            ticks: BTreeMap::new(),
            choosing: false,
            seed: 1.0,
            cut: None,
            listed: LISTED,
            waiting: Waiting::default(),
        }
    }
}

impl UnusualPanel {
    pub(super) fn open(&mut self, view: &View<'_>) {
        self.open = true;
        self.column.clone_from(&view.shared.column);
    }

    /// Whether it is there; a column that was chosen meanwhile closes it.
    pub(super) fn is_open(&mut self, view: &View<'_>) -> bool {
        if self.open && view.shared.column.is_some() && self.column != view.shared.column {
            self.open = false;
        }
        self.open
    }

    /// Row of the source that was clicked in the list.
    pub(super) fn show(&mut self, ui: &mut Ui, view: &mut View<'_>) -> Option<u32> {
        let closed = panel_header(ui, "Unusual rows", "", |ui| {
            IconButton::new(Icon::X, "Close unusual rows")
                .show(ui)
                .clicked()
        });
        if closed {
            self.open = false;
        }
        let mut clicked = None;
        ScrollArea::vertical()
            .id_salt("unusual")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                Frame::new()
                    .inner_margin(Margin::symmetric(16, 12))
                    .show(ui, |ui| {
                        ui.spacing_mut().item_spacing.y = size::X1;
                        muted_text(ui, WHAT);
                        self.question(ui, view);
                        clicked = self.answer(ui, view);
                    });
            });
        clicked
    }

    /// The columns, the seed and the button that asks.
    fn question(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let columns = match view.session.unusual_columns() {
            Slot::Ready(columns) | Slot::Stale(columns, _) => columns,
            Slot::Failed(error) => {
                error_card(ui, &error, &[]);
                return;
            }
            Slot::Pending(_) | Slot::Empty => {
                if self.waiting.is_long(ui) {
                    skeleton(ui, 3);
                }
                return;
            }
        };
        let all = columns.usable.len() + columns.left_out.len();
        let chosen = self.chosen(&columns);
        let count = format!("{} of {all}", chosen.len());
        let action = match self.choosing {
            true => (Icon::CHECK, "Done choosing columns"),
            false => (Icon::COLUMNS, "Choose columns"),
        };
        if section_header(ui, "Columns", &count, Some(action))
            .is_some_and(|response| response.clicked())
        {
            self.choosing = !self.choosing;
        }
        if self.choosing {
            self.ticks(ui, &columns);
        } else {
            let unticked: Vec<String> = columns
                .left_out
                .iter()
                .filter(|column| !chosen.contains(&column.name))
                .map(|column| format!("{} ({})", column.name, column.why))
                .collect();
            if !unticked.is_empty() {
                muted_text(ui, &format!("Left out: {}", format::list(&unticked)));
            }
        }
        ui.add_space(size::X1);
        property_row(ui, "Seed", |ui| {
            NumberField::new("Seed of unusual rows")
                .integer()
                .range(0.0..=999_999.0)
                .width(88.0)
                .show(ui, &mut self.seed)
        });
        ui.add_space(size::X1);
        let asked = view.session.unusual();
        let words = if asked.shown().is_some() {
            "Find again"
        } else {
            "Find"
        };
        let reason = chosen
            .is_empty()
            .then(|| "Choose at least one column first".to_owned());
        let find = Button::primary(words)
            .icon(Icon::SEARCH)
            .hint("Scores every row of the table after its steps; the same seed gives the same scores")
            .busy(asked.progress().is_some())
            .disabled(reason)
            .full_width();
        if find.show(ui).clicked() {
            self.cut = None;
            self.listed = LISTED;
            view.session.find_unusual(UnusualWish {
                columns: chosen,
                seed: self.seed as u64,
            });
        }
    }

    /// The usable columns and those left out, as a person ticked them, in the order of both lists.
    fn chosen(&self, columns: &UnusualColumns) -> Vec<String> {
        let usable = columns.usable.iter().map(|name| (name, true));
        let others = columns.left_out.iter().map(|column| (&column.name, false));
        usable
            .chain(others)
            .filter(|(name, proposed)| self.ticks.get(*name).copied().unwrap_or(*proposed))
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn ticks(&mut self, ui: &mut Ui, columns: &UnusualColumns) {
        let usable = columns.usable.iter().map(|name| (name, ""));
        let others = columns
            .left_out
            .iter()
            .map(|column| (&column.name, column.why.as_str()));
        ui.spacing_mut().item_spacing.y = 0.0;
        for (name, why) in usable.chain(others) {
            let proposed = why.is_empty();
            let was = self.ticks.get(name).copied().unwrap_or(proposed);
            let mut ticked = was;
            let row = ListRow::new(name)
                .trailing(why)
                .check(&mut ticked)
                .dense()
                .show(ui);
            // Clicking anywhere on the row does what its box does.
            if row.checked || row.clicked() {
                self.ticks.insert(name.clone(), !was);
            }
        }
        ui.spacing_mut().item_spacing.y = size::X1;
    }

    fn answer(&mut self, ui: &mut Ui, view: &mut View<'_>) -> Option<u32> {
        match view.session.unusual() {
            Slot::Ready(found) | Slot::Stale(found, _) => {
                self.waiting.over();
                separator(ui);
                self.cut(ui, view, &found);
                separator(ui);
                return self.list(ui, view, &found);
            }
            Slot::Pending(progress) => {
                if Button::secondary("Stop")
                    .icon(Icon::STOP_SQUARE)
                    .show(ui)
                    .clicked()
                {
                    view.session.stop_finding_unusual();
                }
                ui.add_space(size::X2);
                shape(
                    &mut self.waiting,
                    ui,
                    Some(&progress),
                    "Finding unusual rows",
                );
            }
            Slot::Failed(error) => {
                separator(ui);
                error_card(ui, &error, &[]);
            }
            Slot::Empty => {
                self.waiting.over();
                if view.session.unusual_is_older() {
                    muted_text(
                        ui,
                        "The table has changed since unusual rows were found. Find them again.",
                    );
                }
                ui.add_space(size::X1);
                muted_text(ui, NOT_WRONG);
            }
        }
        None
    }

    /// The distribution of the scores, and how many rows to select.
    fn cut(&mut self, ui: &mut Ui, view: &mut View<'_>, found: &Arc<UnusualFound>) {
        let rows = &found.rows;
        let all = rows.scores.len();
        section_header(ui, "Scores", &format::counted(all as u64, "row"), None);
        let cut = self
            .cut
            .unwrap_or_else(|| rows.cut_for(FIRST_SHARE / 100.0));
        bars(ui, view, found, cut);
        let count = rows.rows_from(cut);
        let mut share = count as f64 / all.max(1) as f64 * 100.0;
        let mut score = cut;
        let (low, high) = range(found);
        let width = ui.available_width();
        let slider = bare_slider(ui, "Lowest score", &mut score, low..=high, 0.001, width);
        let mut changed = slider.changed();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = size::X2;
            let grey = view.tokens.text.secondary;
            ui.label(theme::body("Score from").color(grey));
            let field = NumberField::new("Lowest score to select")
                .range(low..=high)
                .step(0.001)
                .decimals(3)
                .width(64.0);
            changed |= field.show(ui, &mut score).changed();
            ui.label(theme::body("or").color(grey));
            let field = NumberField::new("Share of rows to select")
                .range(0.0..=100.0)
                .step(0.5)
                .decimals(2)
                .unit("%")
                .width(64.0);
            if field.show(ui, &mut share).changed() {
                self.cut = Some(rows.cut_for(share / 100.0));
            }
        });
        if changed {
            self.cut = Some(score);
        }
        ui.add_space(size::X1);
        let words = match count {
            1 => "Select this row".to_owned(),
            count => format!("Select these {} rows", format::count(count as u64)),
        };
        let select = Button::secondary(words)
            .icon(Icon::ROWS)
            .hint("Shows them in the table and in every chart; changes no data")
            .disabled((count == 0).then(|| "No row has so high a score".to_owned()))
            .full_width();
        if select.show(ui).clicked() {
            view.session.select_unusual(cut);
        }
        ui.add_space(size::X1);
        muted_text(ui, NOT_WRONG);
    }

    fn list(&mut self, ui: &mut Ui, view: &mut View<'_>, found: &Arc<UnusualFound>) -> Option<u32> {
        let explained = &found.rows.explained;
        let shown = self.listed.min(explained.len());
        section_header(ui, "Set apart most easily", &shown.to_string(), None);
        let mut clicked = None;
        for row in explained.iter().take(shown) {
            let id = found.row_id(row.position);
            if one_row(ui, view, row, id) {
                view.session.select_unusual_row(row.position);
                clicked = Some(id);
            }
        }
        if explained.len() > shown {
            let more = LISTED.min(explained.len() - shown);
            if link(ui, &format!("List {more} more")).clicked() {
                self.listed += LISTED;
            }
        }
        ui.add_space(size::X1);
        muted_text(
            ui,
            "A column can count although its own value is common: then the combination is rare. ± is what other draws of the 100 trees would change.",
        );
        clicked
    }
}

/// Lowest and highest score to choose.
fn range(found: &UnusualFound) -> (f64, f64) {
    let bars = &found.rows.bars;
    let last = bars.counts.len().saturating_sub(1);
    (bars.ends(0).0, bars.ends(last).1)
}

/// How the scores are spread; each bar selects its rows.
fn bars(ui: &mut Ui, view: &mut View<'_>, found: &Arc<UnusualFound>, cut: f64) {
    let tokens = view.tokens;
    let bars = &found.rows.bars;
    let selected = view.session.unusual_selected(found);
    let selected = selected.shown().cloned();
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), BARS_HEIGHT + 18.0));
    // As far in as the slider beneath, so that its handle stands under the line.
    let rect = rect.shrink2(vec2(SLIDER_ENDS, 0.0));
    let base = rect.top() + BARS_HEIGHT;
    let highest = bars.counts.iter().copied().max().unwrap_or(1).max(1);
    let step = rect.width() / bars.counts.len().max(1) as f32;
    let height = |count: u32| match count {
        0 => 0.0,
        // What is there is seen, and can be hit.
        count => (count as f32 / highest as f32 * (BARS_HEIGHT - 6.0)).max(2.0),
    };
    for (bar, &count) in bars.counts.iter().enumerate() {
        let left = rect.left() + bar as f32 * step;
        let whole = Rect::from_min_max(pos2(left, rect.top()), pos2(left + step, base));
        let response = ui.interact(
            whole,
            ui.scope_id().with(("score bar", bar)),
            Sense::click(),
        );
        let gap = if step > 4.0 { 1.0 } else { 0.0 };
        let drawn = |count: u32| {
            Rect::from_min_max(
                pos2(left, base - height(count)),
                pos2(left + step - gap, base),
            )
        };
        if response.hovered() && count > 0 {
            ui.painter().rect_filled(whole, 0.0, tokens.surface.hover);
        }
        ui.painter()
            .rect_filled(drawn(count), 0.0, tokens.chart.mark);
        let chosen = selected
            .as_ref()
            .and_then(|counts| counts.get(bar))
            .copied();
        if let Some(chosen @ 1..) = chosen {
            ui.painter()
                .rect_filled(drawn(chosen), 0.0, tokens.chart.selection);
        }
        paint::focus_inside(ui, whole, response.has_focus(), 0.0);
        let (from, to) = bars.ends(bar);
        let mut words = format!(
            "Score {} to {}: {}",
            format::fixed(from, 3),
            format::fixed(to, 3),
            format::counted(u64::from(count), "row")
        );
        if let Some(chosen @ 1..) = chosen {
            words.push_str(&format!(", {} selected", format::count(u64::from(chosen))));
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Button, count > 0, &words));
        let response = response.on_hover_text(words);
        if response.clicked() && count > 0 {
            view.session.select_unusual_bar(bar, combine_of(ui));
        }
    }
    let painter = ui.painter();
    painter.hline(
        rect.x_range(),
        base + 0.5,
        Stroke::new(1.0, tokens.chart.axis),
    );
    let (low, high) = range(found);
    let share = ((cut - low) / (high - low)).clamp(0.0, 1.0) as f32;
    let x = rect.left() + share * rect.width();
    let line = [pos2(x, rect.top()), pos2(x, base)];
    painter.extend(eframe::egui::Shape::dashed_line(
        &line,
        Stroke::new(1.0, tokens.text.secondary),
        4.0,
        3.0,
    ));
    let y = base + 10.0;
    let grey = tokens.text.secondary;
    let ends = [format::fixed(low, 2), format::fixed(high, 2)];
    let style = Type::NumberSmall;
    paint::text_left(painter, pos2(rect.left(), y), &ends[0], style, grey, 60.0);
    paint::text_right(painter, pos2(rect.right(), y), &ends[1], style, grey, 60.0);
}

/// A row of the list with its reasons; whether it was clicked.
fn one_row(ui: &mut Ui, view: &View<'_>, row: &UnusualRow, id: u32) -> bool {
    let tokens = view.tokens;
    let named = row.reasons.len().min(NAMED);
    let height = 26.0 + named as f32 * 34.0 + 6.0;
    let wanted = vec2(ui.available_width(), height);
    let response = paint::allocate(ui, wanted, Sense::click(), true);
    let rect = response.rect;
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let chosen = view
        .session
        .selection()
        .is_some_and(|selection| selection.rows.contains(id as usize));
    if let Some(fill) = paint::flat_fill(ui, &response, chosen) {
        let place = rect.expand2(vec2(8.0, 0.0));
        ui.painter().rect_filled(place, size::RADIUS_CONTROL, fill);
    }
    let painter = ui.painter();
    let (ink, grey) = (tokens.text.primary, tokens.text.secondary);
    let number = format!("Row {}", format::count(u64::from(id) + 1));
    let y = rect.top() + 14.0;
    paint::text_left(
        painter,
        pos2(rect.left(), y),
        &number,
        Type::BodyMedium,
        ink,
        140.0,
    );
    let score = format!(
        "{} ± {}",
        format::fixed(row.score, 3),
        format::fixed(row.margin, 3)
    );
    paint::text_right(
        painter,
        pos2(rect.right(), y),
        &score,
        Type::Number,
        ink,
        120.0,
    );
    let mut spoken = format!("{number}: score {score}");
    let mut whole = String::new();
    for (place, reason) in row.reasons.iter().take(named).enumerate() {
        let y = rect.top() + 34.0 + place as f32 * 34.0;
        let track = Rect::from_min_size(pos2(rect.left(), y - 4.0), vec2(36.0, 8.0));
        painter.rect_filled(track, 1.0, tokens.surface.sunken);
        let mut bar = track;
        bar.set_width(track.width() * reason.share as f32);
        painter.rect_filled(bar, 1.0, tokens.chart.mark);
        let left = track.right() + 8.0;
        let room = rect.right() - left;
        let words = format!("{} {}", reason.column, reason.value);
        paint::text_left(painter, pos2(left, y), &words, Type::Caption, ink, room);
        let below = pos2(left, y + 15.0);
        paint::text_left(painter, below, &reason.usual, Type::Caption, grey, room);
        spoken.push_str(&format!(". {words}, {}", reason.usual));
        whole.push_str(&format!(
            "{}{} of what sets it apart: {words}; {}",
            if place == 0 { "" } else { "\n" },
            format::share(reason.share),
            reason.usual
        ));
    }
    if named == 0 {
        whole.push_str("No column sets this row apart");
    }
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, tokens.border.subtle),
    );
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let response = response.on_hover_text(whole);
    response.clicked()
}
