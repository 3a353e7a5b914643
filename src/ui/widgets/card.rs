//! Cards: frames, messages that stay until they are dealt with, and what to show when there is
//! nothing yet.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Frame, Id, InnerResponse, Label, Layout, Margin, Rect, Sense, Stroke, Ui, UiBuilder,
    Vec2, WidgetInfo, pos2, vec2,
};

use super::label::Tone;
use super::{Button, paint};
use crate::base::UserError;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};

/// A raised frame with a hairline, on the canvas.
pub fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let tokens = theme::tokens(ui);
    Frame::new()
        .fill(tokens.surface.raised)
        .stroke(Stroke::new(1.0, tokens.border.subtle))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(Margin::same(16))
        .show(ui, add)
}

/// A frame of the colour of the canvas, on a panel.
pub fn panel_card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let tokens = theme::tokens(ui);
    Frame::new()
        .fill(tokens.surface.canvas)
        .stroke(Stroke::new(1.0, tokens.border.subtle))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(Margin::same(12))
        .show(ui, add)
}

/// A sunken frame: a group that belongs together, such as models that tie.
pub fn sunken_card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let tokens = theme::tokens(ui);
    Frame::new()
        .fill(tokens.surface.sunken)
        .stroke(Stroke::new(1.0, tokens.border.default))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, add)
}

/// What happened, why, what can be done. Stays until it is dealt with.
#[must_use = "call show"]
pub struct Message<'a> {
    tone: Tone,
    what: &'a str,
    why: &'a str,
    hint: &'a str,
    actions: &'a [&'a str],
    details: &'a str,
    filled: bool,
}

impl<'a> Message<'a> {
    pub fn new(tone: Tone, what: &'a str) -> Self {
        Self {
            tone,
            what,
            why: "",
            hint: "",
            actions: &[],
            details: "",
            filled: true,
        }
    }

    pub fn why(mut self, why: &'a str) -> Self {
        self.why = why;
        self
    }

    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// At most three; the first one has an outline.
    pub fn actions(mut self, actions: &'a [&'a str]) -> Self {
        self.actions = actions;
        self
    }

    /// Shown when opened, and copied by "Copy report".
    pub fn details(mut self, details: &'a str) -> Self {
        self.details = details;
        self
    }

    /// On the canvas: a plain card whose icon alone has the colour.
    pub fn plain(mut self) -> Self {
        self.filled = false;
        self
    }

    /// The place of the action that was clicked.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let tokens = theme::tokens(ui);
        let (fill, border) = if self.filled && self.tone != Tone::Neutral {
            (self.tone.fill(tokens), self.tone.border(tokens))
        } else {
            (tokens.surface.raised, tokens.border.subtle)
        };
        let frame = Frame::new()
            .fill(fill)
            .stroke(Stroke::new(1.0, border))
            .corner_radius(size::RADIUS_CARD)
            .inner_margin(Margin {
                left: 12,
                right: 12,
                top: 10,
                bottom: 12,
            });
        let shown = frame.show(ui, |ui| self.contents(ui));
        let name = format!("{}. {}", self.what, self.why);
        shown
            .response
            .widget_info(|| WidgetInfo::labeled(Role::Alert, true, name.trim_end()));
        shown.inner
    }

    fn contents(&self, ui: &mut Ui) -> Option<usize> {
        let tokens = theme::tokens(ui);
        let width = ui.available_width();
        ui.set_width(width);
        let origin = ui.max_rect().left_top();
        let middle = pos2(origin.x + 8.0, origin.y + 11.0);
        let colour = self.tone.icon_colour(tokens);
        self.tone
            .icon()
            .paint(ui.painter(), middle, size::ICON, colour, IconWeight::Fill);
        let place = Rect::from_min_max(
            origin + vec2(24.0, 0.0),
            pos2(
                origin.x + width,
                ui.max_rect().bottom().max(origin.y + 20.0),
            ),
        );
        let mut child = ui.new_child(
            UiBuilder::new()
                .max_rect(place)
                .layout(Layout::top_down(Align::Min)),
        );
        child.spacing_mut().item_spacing = vec2(8.0, 2.0);
        let clicked = self.words(&mut child);
        ui.allocate_rect(child.min_rect(), Sense::hover());
        clicked
    }

    fn words(&self, ui: &mut Ui) -> Option<usize> {
        let tokens = theme::tokens(ui);
        let title = if self.filled && self.tone != Tone::Neutral {
            self.tone.text_colour(tokens)
        } else {
            tokens.text.primary
        };
        wrapped(ui, theme::body_strong(self.what).color(title));
        if !self.why.is_empty() {
            let colour = if self.filled {
                tokens.text.primary
            } else {
                tokens.text.secondary
            };
            wrapped(ui, theme::body(self.why).color(colour));
        }
        if !self.hint.is_empty() {
            wrapped(ui, theme::body(self.hint).color(tokens.text.secondary));
        }
        if !self.details.is_empty() {
            self.more(ui);
        }
        self.buttons(ui)
    }

    fn more(&self, ui: &mut Ui) {
        let tokens = theme::tokens(ui);
        let id: Id = ui.scope_id().with((self.what, "details"));
        let mut open = ui.data(|data| data.get_temp(id)).unwrap_or(false);
        let response = paint::allocate(ui, vec2(72.0, 24.0), Sense::click(), true);
        let y = response.rect.center().y;
        let left = response.rect.left();
        let caret = if open {
            Icon::CARET_DOWN
        } else {
            Icon::CARET_RIGHT
        };
        let grey = tokens.text.secondary;
        caret.paint(
            ui.painter(),
            pos2(left + 5.0, y),
            12.0,
            grey,
            IconWeight::Regular,
        );
        let style = Type::Caption;
        paint::text_left(
            ui.painter(),
            pos2(left + 14.0, y),
            "Details",
            style,
            grey,
            60.0,
        );
        paint::focus_inside(ui, response.rect, response.has_focus(), 4.0);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Details"));
        if response.clicked() {
            open = !open;
            ui.data_mut(|data| data.insert_temp(id, open));
        }
        if open {
            wrapped(ui, theme::code(self.details).color(tokens.text.secondary));
            if Button::ghost("Copy report")
                .icon(Icon::COPY)
                .small()
                .show(ui)
                .clicked()
            {
                ui.ctx().copy_text(self.report());
            }
        }
    }

    fn report(&self) -> String {
        [self.what, self.why, self.hint, self.details]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn buttons(&self, ui: &mut Ui) -> Option<usize> {
        let mut clicked = None;
        if self.actions.is_empty() {
            return None;
        }
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
            for (index, label) in self.actions.iter().enumerate() {
                let button = if index < 2 {
                    Button::secondary(*label)
                } else {
                    Button::ghost(*label)
                };
                if button.small().show(ui).clicked() {
                    clicked = Some(index);
                }
            }
        });
        clicked
    }
}

fn wrapped(ui: &mut Ui, text: eframe::egui::RichText) {
    ui.add(Label::new(text).wrap());
}

/// A message in one call; returns the place of the action that was clicked.
pub fn message_card(
    ui: &mut Ui,
    tone: Tone,
    what: &str,
    why: &str,
    hint: &str,
    actions: &[&str],
    details: &str,
) -> Option<usize> {
    Message::new(tone, what)
        .why(why)
        .hint(hint)
        .actions(actions)
        .details(details)
        .show(ui)
}

/// An error as every place shows it, with its report to copy.
pub fn error_card(ui: &mut Ui, error: &UserError, actions: &[&str]) -> Option<usize> {
    let report = error.report();
    let why = finished(&error.why);
    let hint = finished(error.hint.as_deref().unwrap_or(""));
    Message::new(Tone::Stop, &error.what)
        .why(&why)
        .hint(&hint)
        .actions(actions)
        .details(&report)
        .plain()
        .show(ui)
}

/// Sentences beneath a title end as sentences do.
fn finished(text: &str) -> String {
    match text.chars().last() {
        None | Some('.' | '!' | '?' | '…' | ':') => text.to_owned(),
        Some(_) => format!("{text}."),
    }
}

/// What will be here, and one or two ways to get there; the first action is the primary one.
pub fn empty_state(
    ui: &mut Ui,
    icon: Icon,
    title: &str,
    text: &str,
    actions: &[&str],
) -> Option<usize> {
    let tokens = theme::tokens(ui);
    let mut clicked = None;
    let height = 32.0 + 12.0 + 20.0 + 24.0 + if actions.is_empty() { 0.0 } else { 44.0 };
    let free = (ui.available_height() - height).max(0.0);
    let free = if free.is_finite() { free * 0.42 } else { 0.0 };
    ui.add_space(free.min(280.0));
    let layout = Layout::top_down(Align::Center);
    ui.with_layout(layout, |ui| {
        ui.set_max_width(ui.available_width());
        let response = paint::allocate(ui, Vec2::splat(36.0), Sense::hover(), true);
        let colour = tokens.text.secondary;
        let middle = response.rect.center();
        icon.paint(
            ui.painter(),
            middle,
            size::ICON_EMPTY,
            colour,
            IconWeight::Regular,
        );
        ui.add_space(4.0);
        wrapped(ui, theme::body_strong(title).color(tokens.text.primary));
        if !text.is_empty() {
            ui.scope(|ui| {
                ui.set_max_width(ui.available_width().min(420.0));
                wrapped(ui, theme::body(text).color(tokens.text.secondary));
            });
        }
        if !actions.is_empty() {
            ui.add_space(10.0);
            clicked = centred_buttons(ui, actions);
        }
    });
    clicked
}

fn centred_buttons(ui: &mut Ui, actions: &[&str]) -> Option<usize> {
    let widths = actions
        .iter()
        .map(|label| (paint::width_of(ui, label, Type::BodyMedium) + 24.0).ceil())
        .sum::<f32>();
    let total = widths + 8.0 * (actions.len().saturating_sub(1)) as f32;
    let mut clicked = None;
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(vec2(total, size::BUTTON), layout, |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        for (index, label) in actions.iter().enumerate() {
            let button = match index {
                0 => Button::primary(*label),
                1 => Button::secondary(*label),
                _ => Button::ghost(*label),
            };
            if button.show(ui).clicked() {
                clicked = Some(index);
            }
        }
    });
    clicked
}

/// The shape of what is coming: grey bars in rows.
pub fn skeleton(ui: &mut Ui, rows: usize) {
    let tokens = theme::tokens(ui);
    let width = ui.available_width();
    let columns = 4usize;
    for row in 0..rows {
        let (_, rect) = ui.allocate_space(vec2(width, 20.0));
        let colour = if row == 0 {
            tokens.surface.active
        } else {
            tokens.surface.hover
        };
        for column in 0..columns {
            // Uneven, as words are; the same every time.
            let share = 0.55 + 0.1 * ((row * 7 + column * 3) % 4) as f32;
            let cell = width / columns as f32;
            let left = rect.left() + column as f32 * cell;
            let bar = Rect::from_min_size(
                pos2(left, rect.center().y - 4.0),
                vec2((cell - 16.0) * share, 8.0),
            );
            ui.painter().rect_filled(bar, 2.0, colour);
        }
    }
}
