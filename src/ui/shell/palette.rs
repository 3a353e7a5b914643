//! The command palette: what can I do with this word.

use eframe::egui::{
    Align2, Area, Context, Frame, Id, Key, Order, ScrollArea, Sense, Stroke, Ui, WidgetInfo,
    accesskit::Role, pos2, vec2,
};

use crate::project::samples;
use crate::ui::action::Action;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, apply, fonts::IconWeight, size};
use crate::ui::widgets::{TextField, paint};

/// One line of the palette.
struct Entry {
    action: Action,
    name: String,
    group: &'static str,
    icon: Icon,
    keys: String,
    reason: Option<String>,
}

#[derive(Default)]
pub(super) struct Palette {
    open: bool,
    just_opened: bool,
    query: String,
    chosen: usize,
    recent: Vec<Action>,
    samples: Option<Vec<(String, String)>>,
}

impl Palette {
    pub(super) fn toggle(&mut self) {
        self.open = !self.open;
        self.just_opened = self.open;
        self.query.clear();
        self.chosen = 0;
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn show(&mut self, ctx: &Context, view: &mut View<'_>) {
        if !self.open {
            return;
        }
        if ctx.input_mut(|input| input.consume_key(eframe::egui::Modifiers::NONE, Key::Escape)) {
            self.open = false;
            return;
        }
        let entries = self.entries(ctx, view);
        self.move_choice(ctx, entries.len());
        let enter =
            ctx.input_mut(|input| input.consume_key(eframe::egui::Modifiers::NONE, Key::Enter));
        let mut run = enter.then_some(self.chosen);
        let tokens = view.tokens;
        let screen = ctx.content_rect();
        let scrim = Area::new(Id::unique("palette scrim"))
            .order(Order::Middle)
            .fixed_pos(screen.min)
            .accessible_name("Behind the palette")
            .show(ctx, |ui| {
                let (rect, response) = ui.allocate_exact_size(screen.size(), Sense::click());
                ui.painter().rect_filled(rect, 0.0, tokens.surface.scrim);
                response
            });
        if scrim.inner.clicked() {
            self.open = false;
        }
        let frame = Frame::new()
            .fill(tokens.surface.raised)
            .stroke(Stroke::new(1.0, tokens.border.default))
            .corner_radius(size::RADIUS_DIALOG)
            .shadow(apply::shadow(tokens));
        let [width, height] = size::PALETTE;
        let width = width.min(screen.width() - 2.0 * size::X5);
        Area::new(Id::unique("palette"))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_TOP, vec2(0.0, 64.0))
            .accessible_name("Command palette")
            .show(ctx, |ui| {
                frame.show(ui, |ui| {
                    ui.set_width(width);
                    self.field(ui);
                    ScrollArea::vertical()
                        .max_height((height - 96.0).min(screen.height() - 180.0))
                        .auto_shrink([false, true])
                        .show(ui, |ui| {
                            if let Some(index) = self.list(ui, view, &entries) {
                                run = Some(index);
                            }
                        });
                    foot(ui, view, entries.len());
                });
            });
        self.just_opened = false;
        if let Some(entry) = run.and_then(|index| entries.get(index))
            && entry.reason.is_none()
        {
            view.act(entry.action.clone());
            self.recent.retain(|action| *action != entry.action);
            self.recent.insert(0, entry.action.clone());
            self.recent.truncate(5);
            self.open = false;
        }
    }

    fn field(&mut self, ui: &mut Ui) {
        Frame::new().inner_margin(size::X2).show(ui, |ui| {
            let id = Id::unique("palette field");
            let before = self.query.clone();
            let response = TextField::new("Search or run a command")
                .hint("Type a command, a column or a sample. # for columns, > for commands")
                .icon(Icon::SEARCH)
                .id(id)
                .width(ui.available_width())
                .show(ui, &mut self.query);
            if self.just_opened || !response.has_focus() {
                response.request_focus();
            }
            if before != self.query {
                self.chosen = 0;
            }
        });
    }

    fn move_choice(&mut self, ctx: &Context, count: usize) {
        let none = eframe::egui::Modifiers::NONE;
        let (down, up) = ctx.input_mut(|input| {
            (
                input.count_and_consume_key(none, Key::ArrowDown),
                input.count_and_consume_key(none, Key::ArrowUp),
            )
        });
        self.chosen = (self.chosen + down)
            .saturating_sub(up)
            .min(count.saturating_sub(1));
    }

    fn list(&self, ui: &mut Ui, view: &View<'_>, entries: &[Entry]) -> Option<usize> {
        let tokens = view.tokens;
        let mut clicked = None;
        let mut group = "";
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, entry) in entries.iter().enumerate() {
            if entry.group != group {
                group = entry.group;
                let (rect, _) =
                    ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
                paint::text_left(
                    ui.painter(),
                    pos2(rect.left() + size::X4, rect.center().y + 2.0),
                    group,
                    Type::Micro,
                    tokens.text.secondary,
                    rect.width(),
                );
            }
            let (rect, response) =
                ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
            let chosen = index == self.chosen;
            let row = rect.shrink2(vec2(size::X2, 0.0));
            if chosen {
                ui.painter()
                    .rect_filled(row, size::RADIUS_CONTROL, tokens.surface.selected);
                if ui.input(|input| input.key_down(Key::ArrowDown) || input.key_down(Key::ArrowUp))
                {
                    response.scroll_to_me(None);
                }
            } else if response.hovered() {
                ui.painter()
                    .rect_filled(row, size::RADIUS_CONTROL, tokens.surface.hover);
            }
            let enabled = entry.reason.is_none();
            let colour = if enabled {
                tokens.text.primary
            } else {
                tokens.text.disabled
            };
            entry.icon.paint(
                ui.painter(),
                pos2(row.left() + 16.0, row.center().y),
                size::ICON,
                if enabled {
                    tokens.text.secondary
                } else {
                    tokens.text.disabled
                },
                IconWeight::Regular,
            );
            let right = pos2(row.right() - size::X2, row.center().y);
            let taken = match &entry.reason {
                Some(reason) => {
                    paint::text_right(
                        ui.painter(),
                        right,
                        reason,
                        Type::Caption,
                        tokens.text.disabled,
                        280.0,
                    )
                    .0
                }
                None if entry.keys.is_empty() => 0.0,
                None => crate::ui::widgets::label::paint_keycap(ui, right, &entry.keys),
            };
            paint::text_left(
                ui.painter(),
                pos2(row.left() + 36.0, row.center().y),
                &entry.name,
                Type::Body,
                colour,
                row.width() - 36.0 - taken - size::X4,
            );
            response.widget_info(|| {
                WidgetInfo::selected(Role::ListBoxOption, enabled, chosen, &entry.name)
            });
            if response.clicked() {
                clicked = Some(index);
            }
        }
        if entries.is_empty() {
            Frame::new().inner_margin(size::X4).show(ui, |ui| {
                ui.label(theme::body("Nothing is called that").color(tokens.text.secondary));
            });
        }
        clicked
    }

    fn entries(&mut self, ctx: &Context, view: &mut View<'_>) -> Vec<Entry> {
        let query = self.query.trim();
        let (only, needle) = match query.chars().next() {
            Some('#') => (Some("Columns"), query.get(1..).unwrap_or("").trim()),
            Some('>') => (Some("Commands"), query.get(1..).unwrap_or("").trim()),
            _ => (None, query),
        };
        let needle = needle.to_lowercase();
        let mut scored: Vec<(usize, i32, usize, Entry)> = Vec::new();
        let mut add = |order: usize, group: &'static str, action: Action, view: &View<'_>| {
            if only.is_some_and(|only| only != group) {
                return;
            }
            let name = action.name(view.session);
            let Some(score) = fuzzy(&needle, &name.to_lowercase()) else {
                return;
            };
            let entry = Entry {
                icon: action.icon(),
                keys: action
                    .shortcut()
                    .map(|shortcut| ctx.format_shortcut(&shortcut))
                    .unwrap_or_default(),
                reason: action.unavailable(view.session, view.shared),
                name,
                group,
                action,
            };
            let place = scored.len();
            scored.push((order, -score, place, entry));
        };
        if needle.is_empty() {
            for action in &self.recent {
                add(0, "Recent", action.clone(), view);
            }
        }
        for action in Action::all() {
            if action != Action::TogglePalette
                && !(needle.is_empty() && self.recent.contains(&action))
            {
                add(1, "Commands", action, view);
            }
        }
        if let Some(table) = view.session.table().shown().cloned()
            && (!needle.is_empty() || only == Some("Columns"))
        {
            for column in &table.schema().columns {
                add(2, "Columns", Action::ShowColumn(column.name.clone()), view);
                add(2, "Columns", Action::ChartColumn(column.name.clone()), view);
                add(
                    2,
                    "Columns",
                    Action::PredictColumn(column.name.clone()),
                    view,
                );
            }
        }
        let samples = self.samples.get_or_insert_with(|| {
            samples::catalog()
                .unwrap_or_default()
                .into_iter()
                .map(|sample| (sample.file, sample.name))
                .collect()
        });
        if !needle.is_empty() {
            for (file, _) in samples.iter() {
                add(3, "Samples", Action::OpenSample(file.clone()), view);
            }
        }
        scored.sort_by_key(|(order, score, place, _)| (*order, *score, *place));
        scored
            .into_iter()
            .take(80)
            .map(|(_, _, _, entry)| entry)
            .collect()
    }
}

/// How well a name fits what was typed: letters in order, better when together and at word starts.
/// None: it does not fit.
pub(super) fn fuzzy(needle: &str, name: &str) -> Option<i32> {
    if needle.is_empty() {
        return Some(0);
    }
    if let Some(at) = name.find(needle) {
        let starts_word = at == 0 || name[..at].ends_with([' ', '_', '-']);
        return Some(1000 + if starts_word { 200 } else { 0 } - at as i32);
    }
    let mut score = 0;
    let mut previous = ' ';
    let mut last = None;
    let mut wanted = needle
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .peekable();
    for (index, letter) in name.chars().enumerate() {
        if wanted.peek() == Some(&letter) {
            wanted.next();
            score += 1;
            if last.is_some_and(|last| last + 1 == index) {
                score += 5;
            }
            if !previous.is_alphanumeric() {
                score += 8;
            }
            last = Some(index);
        }
        previous = letter;
    }
    wanted.peek().is_none().then_some(score)
}

fn foot(ui: &mut Ui, view: &View<'_>, count: usize) {
    let tokens = view.tokens;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    ui.painter().hline(
        rect.x_range(),
        rect.top(),
        Stroke::new(1.0, tokens.border.subtle),
    );
    paint::text_left(
        ui.painter(),
        pos2(rect.left() + size::X4, rect.center().y),
        "↑ ↓ to move, Enter to run, Esc to close",
        Type::Caption,
        tokens.text.secondary,
        rect.width(),
    );
    let found = crate::base::format::counted(count as u64, "result");
    paint::text_right(
        ui.painter(),
        pos2(rect.right() - size::X4, rect.center().y),
        &found,
        Type::Caption,
        tokens.text.secondary,
        200.0,
    );
}
