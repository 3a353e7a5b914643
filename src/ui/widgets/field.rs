//! Text, search and number fields.

use std::ops::RangeInclusive;

use eframe::egui::{
    Align, Align2, Color32, Frame, Id, Key, Margin, Rect, Response, Stroke, StrokeKind, TextEdit,
    Ui, UiBuilder, Vec2, pos2, vec2,
};

use super::paint;
use crate::base::format;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};

/// A field for one or several lines of text. The name is what a screen reader says.
#[must_use = "call show"]
pub struct TextField<'a> {
    name: &'a str,
    hint: &'a str,
    icon: Option<Icon>,
    keys: Option<&'a str>,
    error: Option<&'a str>,
    clearable: bool,
    style: Type,
    align: Align,
    width: Option<f32>,
    rows: usize,
    enabled: bool,
    salt: Option<Id>,
}

impl<'a> TextField<'a> {
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            hint: "",
            icon: None,
            keys: None,
            error: None,
            clearable: false,
            style: Type::Body,
            align: Align::LEFT,
            width: None,
            rows: 1,
            enabled: true,
            salt: None,
        }
    }

    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A keycap at the right while the field is empty.
    pub fn keys(mut self, keys: Option<&'a str>) -> Self {
        self.keys = keys;
        self
    }

    /// What is wrong, written under the field.
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    pub fn clearable(mut self) -> Self {
        self.clearable = true;
        self
    }

    pub fn code(mut self) -> Self {
        self.style = Type::Code;
        self
    }

    /// Figures, at the right.
    pub fn number(mut self) -> Self {
        self.style = Type::Number;
        self.align = Align::RIGHT;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows.max(1);
        self
    }

    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// An id of its own, for a field that is focused from elsewhere.
    pub fn id(mut self, id: Id) -> Self {
        self.salt = Some(id);
        self
    }

    /// The response is that of the text itself: `changed`, `lost_focus`, `has_focus`.
    pub fn show(self, ui: &mut Ui, text: &mut String) -> Response {
        let width = self.width.unwrap_or_else(|| ui.available_width());
        let height = if self.rows == 1 {
            size::INPUT
        } else {
            self.rows as f32 * self.style.line() + 10.0
        };
        if self.error.is_none() {
            return self.field(ui, text, vec2(width, height));
        }
        let layout = eframe::egui::Layout::top_down(Align::Min);
        ui.allocate_ui_with_layout(vec2(width, height + 22.0), layout, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let response = self.field(ui, text, vec2(width, height));
            if let Some(error) = self.error {
                error_line(ui, error, width);
            }
            response
        })
        .inner
    }

    fn field(&self, ui: &mut Ui, text: &mut String, wanted: Vec2) -> Response {
        let tokens = theme::tokens(ui);
        let (_, rect) = ui.allocate_space(wanted);
        let enabled = self.enabled && ui.is_enabled();
        let fill = if enabled {
            tokens.surface.raised
        } else {
            tokens.surface.sunken
        };
        ui.painter().rect_filled(rect, size::RADIUS_CONTROL, fill);
        let mut inner = rect.shrink2(vec2(8.0, 0.0));
        if let Some(icon) = self.icon {
            let middle = pos2(inner.left() + 8.0, rect.center().y);
            let colour = tokens.text.secondary;
            icon.paint(
                ui.painter(),
                middle,
                size::ICON,
                colour,
                IconWeight::Regular,
            );
            inner.min.x += 24.0;
        }
        let clear = self.clearable && !text.is_empty() && enabled;
        if clear {
            inner.max.x -= 20.0;
        } else if let (Some(keys), true) = (self.keys, text.is_empty()) {
            inner.max.x -= super::label::paint_keycap(ui, inner.right_center(), keys) + 8.0;
        }
        let mut response = self.edit(ui, text, inner, enabled);
        if clear && self.clear_button(ui, rect) {
            text.clear();
            response.mark_changed();
            response.request_focus();
        }
        self.outline(ui, rect, &response);
        response
    }

    fn edit(&self, ui: &mut Ui, text: &mut String, inner: Rect, enabled: bool) -> Response {
        let tokens = theme::tokens(ui);
        let colour = if enabled {
            tokens.text.primary
        } else {
            tokens.text.disabled
        };
        let font = self.style.font();
        let (area, vertical) = if self.rows == 1 {
            (inner, Align::Center)
        } else {
            (inner.shrink2(vec2(0.0, 5.0)), Align::Min)
        };
        let mut child = ui.new_child(UiBuilder::new().max_rect(area));
        if !enabled {
            child.disable();
        }
        child.set_clip_rect(inner.expand2(vec2(2.0, 0.0)).intersect(ui.clip_rect()));
        let edit = if self.rows == 1 {
            TextEdit::singleline(text)
        } else {
            TextEdit::multiline(text).desired_rows(self.rows)
        };
        let hint = eframe::egui::RichText::new(self.hint)
            .font(Type::Body.font())
            .color(tokens.text.secondary);
        let mut edit = edit
            .font(font)
            .text_color(colour)
            .hint_text(hint)
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .align(Align2([self.align, vertical]))
            .min_size(area.size())
            .desired_width(inner.width());
        if let Some(id) = self.salt {
            edit = edit.id(id);
        }
        child.add(edit).accessible_name(self.name)
    }

    fn clear_button(&self, ui: &mut Ui, rect: Rect) -> bool {
        let place = Rect::from_center_size(
            pos2(rect.right() - 14.0, rect.center().y),
            Vec2::splat(20.0),
        );
        let mut child = ui.new_child(UiBuilder::new().max_rect(place));
        super::IconButton::new(Icon::X, format!("Clear {}", self.name))
            .small()
            .show(&mut child)
            .clicked()
    }

    fn outline(&self, ui: &Ui, rect: Rect, response: &Response) {
        let tokens = theme::tokens(ui);
        let colour = if self.error.is_some() {
            tokens.status.stop.icon
        } else if response.hovered() && self.enabled {
            tokens.border.control
        } else {
            tokens.border.default
        };
        let radius = size::RADIUS_CONTROL;
        if response.has_focus() {
            paint::focus_inside(ui, rect, true, radius);
        } else {
            ui.painter()
                .rect_stroke(rect, radius, Stroke::new(1.0, colour), StrokeKind::Inside);
        }
    }
}

/// An icon and what is wrong.
pub fn error_line(ui: &mut Ui, error: &str, width: f32) {
    let tokens = theme::tokens(ui);
    let colour = tokens.status.stop.text;
    ui.allocate_ui(vec2(width, 16.0), |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.label(Icon::STOP.fill(14.0).color(tokens.status.stop.icon));
            ui.add(eframe::egui::Label::new(theme::caption(error).color(colour)).wrap());
        });
    });
}

/// A field to search with: a lens at the left, a key or a clear button at the right.
pub fn search_field(ui: &mut Ui, hint: &str, text: &mut String, keys: Option<&str>) -> Response {
    TextField::new(hint)
        .hint(hint)
        .icon(Icon::SEARCH)
        .keys(keys)
        .clearable()
        .show(ui, text)
}

/// A field for a number: type it, or step it with the arrow keys.
#[must_use = "call show"]
pub struct NumberField<'a> {
    name: &'a str,
    range: RangeInclusive<f64>,
    step: f64,
    decimals: usize,
    unit: &'a str,
    width: f32,
    enabled: bool,
}

impl<'a> NumberField<'a> {
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            range: f64::MIN..=f64::MAX,
            step: 1.0,
            decimals: 6,
            unit: "",
            width: 72.0,
            enabled: true,
        }
    }

    pub fn range(mut self, range: RangeInclusive<f64>) -> Self {
        self.range = range;
        self
    }

    pub fn integer(mut self) -> Self {
        self.decimals = 0;
        self
    }

    /// At most this many decimals are shown and kept.
    pub fn decimals(mut self, decimals: usize) -> Self {
        self.decimals = decimals;
        self
    }

    pub fn step(mut self, step: f64) -> Self {
        self.step = step;
        self
    }

    /// Written after the field.
    pub fn unit(mut self, unit: &'a str) -> Self {
        self.unit = unit;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// `changed` is true once, when a whole number was typed, stepped or committed.
    pub fn show(self, ui: &mut Ui, value: &mut f64) -> Response {
        let id = ui.next_auto_id().with(self.name);
        let draft_id = id.with("draft");
        let draft: Option<String> = ui.data(|data| data.get_temp(draft_id));
        let mut text = draft.clone().unwrap_or_else(|| self.write(*value));
        let wrong = draft.is_some() && self.read(&text).is_none();
        let response = TextField {
            error: None,
            ..TextField::new(self.name)
                .number()
                .width(self.width)
                .enabled(self.enabled)
                .id(id)
        };
        let mut response = response.show(ui, &mut text);
        let before = *value;
        if response.has_focus() {
            self.step_by_keys(ui, value, &mut text);
            ui.data_mut(|data| data.insert_temp(draft_id, text.clone()));
        }
        if (response.changed() || response.lost_focus())
            && let Some(read) = self.read(&text)
        {
            *value = read;
        }
        if response.lost_focus() {
            ui.data_mut(|data| data.remove::<String>(draft_id));
        }
        if wrong {
            let stroke = Stroke::new(size::FOCUS, theme::tokens(ui).status.stop.icon);
            let rect = response.rect.expand2(vec2(8.0, 0.0));
            ui.painter()
                .rect_stroke(rect, size::RADIUS_CONTROL, stroke, StrokeKind::Inside);
            response = response.on_hover_text("Not a number");
        }
        if !self.unit.is_empty() {
            ui.label(theme::caption(self.unit).color(theme::tokens(ui).text.secondary));
        }
        if before.to_bits() != value.to_bits() {
            response.mark_changed();
        }
        response
    }

    fn step_by_keys(&self, ui: &Ui, value: &mut f64, text: &mut String) {
        let (up, down) = ui.input(|input| {
            (
                input.num_presses(Key::ArrowUp),
                input.num_presses(Key::ArrowDown),
            )
        });
        if up != down {
            let moved = *value + self.step * (up as f64 - down as f64);
            *value = moved.clamp(*self.range.start(), *self.range.end());
            *text = self.write(*value);
        }
    }

    fn write(&self, value: f64) -> String {
        let fixed = format::fixed(value, self.decimals);
        match fixed.contains('.') {
            true => fixed.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => fixed,
        }
    }

    fn read(&self, text: &str) -> Option<f64> {
        let plain = text
            .trim()
            .replace([',', '\u{a0}', ' '], "")
            .replace(format::MINUS, "-");
        let value: f64 = plain.parse().ok()?;
        if !value.is_finite() {
            return None;
        }
        let scale = 10f64.powi(self.decimals.min(12) as i32);
        let rounded = if value.abs() < 1e12 {
            (value * scale).round() / scale
        } else {
            value
        };
        Some(rounded.clamp(*self.range.start(), *self.range.end()))
    }
}

/// The colour of a text that cannot be used, where a pane draws one itself.
pub fn muted(ui: &Ui, enabled: bool) -> Color32 {
    let text = &theme::tokens(ui).text;
    if enabled { text.primary } else { text.disabled }
}
