//! Rows of lists, and rows of properties.

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align, Color32, Galley, Layout, Rect, Response, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::button::{icon_strip, icon_strip_width};
use super::choice::paint_check;
use super::label::{self, Tone};
use super::paint;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};

/// At most this share of a row that is only read is its label.
const LABEL_SHARE: f32 = 0.6;

/// One row of a list: icon, name, and a few words, a badge or a sign at the right.
#[must_use = "call show"]
pub struct ListRow<'a> {
    label: &'a str,
    icon: Option<Icon>,
    trailing: &'a str,
    badge: Option<(Tone, &'a str)>,
    warning: Option<(Tone, &'a str)>,
    mark: Option<Icon>,
    check: Option<&'a mut bool>,
    actions: &'a [(Icon, &'a str)],
    hint: Option<&'a str>,
    disabled: Option<&'a str>,
    selected: bool,
    strong: bool,
    muted: bool,
    struck: bool,
    draggable: bool,
    indent: f32,
    height: f32,
}

/// What happened to a row. Dereferences to the response of the row itself.
pub struct ListRowResponse {
    pub row: Response,
    /// The check box was changed.
    pub checked: bool,
    /// The place of the action whose button was clicked.
    pub action: Option<usize>,
}

impl std::ops::Deref for ListRowResponse {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.row
    }
}

impl<'a> ListRow<'a> {
    pub fn new(label: &'a str) -> Self {
        Self {
            label,
            icon: None,
            trailing: "",
            badge: None,
            warning: None,
            mark: None,
            check: None,
            actions: &[],
            hint: None,
            disabled: None,
            selected: false,
            strong: false,
            muted: false,
            struck: false,
            draggable: false,
            indent: 0.0,
            height: size::LIST_ROW,
        }
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A few words at the right, secondary.
    pub fn trailing(mut self, text: &'a str) -> Self {
        self.trailing = text;
        self
    }

    pub fn badge(mut self, tone: Tone, text: &'a str) -> Self {
        self.badge = Some((tone, text));
        self
    }

    /// A sign at the right whose reason shows on hover.
    pub fn warning(mut self, tone: Tone, reason: &'a str) -> Self {
        self.warning = Some((tone, reason));
        self
    }

    /// A filled accent icon at the right: a star, a pin.
    pub fn mark(mut self, icon: Icon) -> Self {
        self.mark = Some(icon);
        self
    }

    /// A check box at the left.
    pub fn check(mut self, value: &'a mut bool) -> Self {
        self.check = Some(value);
        self
    }

    /// Buttons that show at the right while the row is under the pointer.
    pub fn actions(mut self, actions: &'a [(Icon, &'a str)]) -> Self {
        self.actions = actions;
        self
    }

    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub fn disabled(mut self, reason: Option<&'a str>) -> Self {
        self.disabled = reason;
        self
    }

    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    pub fn strong(mut self, strong: bool) -> Self {
        self.strong = strong;
        self
    }

    /// Secondary text: there, but not in use.
    pub fn muted(mut self, muted: bool) -> Self {
        self.muted = muted;
        self
    }

    pub fn struck(mut self, struck: bool) -> Self {
        self.struck = struck;
        self
    }

    /// Can be dragged; set a payload on the response.
    pub fn draggable(mut self) -> Self {
        self.draggable = true;
        self
    }

    pub fn indent(mut self, levels: usize) -> Self {
        self.indent = levels as f32 * 16.0;
        self
    }

    pub fn dense(mut self) -> Self {
        self.height = size::LIST_ROW_DENSE;
        self
    }

    pub fn show(mut self, ui: &mut Ui) -> ListRowResponse {
        let wanted = vec2(ui.available_width(), self.height);
        let sense = if self.draggable {
            Sense::click_and_drag()
        } else {
            Sense::click()
        };
        let response = paint::allocate(ui, wanted, sense, self.disabled.is_none());
        let rect = response.rect;
        let mut out = ListRowResponse {
            row: response,
            checked: false,
            action: None,
        };
        if !ui.is_rect_visible(rect) {
            self.describe(&out.row);
            return out;
        }
        let acting = self.shows_actions(ui, rect);
        // A row whose button is under the pointer is still the row under the pointer.
        let hover = acting.then_some(theme::tokens(ui).surface.hover);
        if let Some(fill) = paint::flat_fill(ui, &out.row, self.selected).or(hover) {
            ui.painter().rect_filled(rect, size::RADIUS_CONTROL, fill);
        }
        let mut left = rect.left() + 8.0 + self.indent;
        if self.check.is_some() {
            out.checked = self.check_box(ui, &out.row, left);
            left += 24.0;
        }
        let mut right = rect.right() - 8.0;
        if acting {
            (out.action, right) = self.action_buttons(ui, right, rect);
        } else {
            right = self.right_side(ui, &out.row, right);
        }
        let cut = self.left_side(ui, &out.row, left, right);
        paint::focus_inside(ui, rect, out.row.has_focus(), size::RADIUS_CONTROL);
        self.describe(&out.row);
        let hint = match (self.hint, cut) {
            (Some(hint), _) => Some(hint),
            (None, true) => Some(self.label),
            _ => None,
        };
        out.row = paint::explain(out.row, self.disabled, hint);
        out
    }

    fn describe(&self, response: &Response) {
        let mut name = self.label.to_owned();
        for more in [self.trailing, self.badge.map_or("", |(_, text)| text)] {
            if !more.is_empty() {
                name.push_str(", ");
                name.push_str(more);
            }
        }
        let (enabled, selected) = (self.disabled.is_none(), self.selected);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Button, enabled, &name);
            if selected {
                info.selected = Some(true);
            }
            info
        });
    }

    fn check_box(&mut self, ui: &Ui, row: &Response, left: f32) -> bool {
        let label = self.label;
        let Some(value) = self.check.as_deref_mut() else {
            return false;
        };
        let middle = pos2(left + 8.0, row.rect.center().y);
        let square = Rect::from_center_size(middle, Vec2::splat(size::CHECKBOX));
        let response = ui.interact(square.expand(4.0), row.id.with("check"), Sense::click());
        let clicked = response.clicked();
        if clicked {
            *value = !*value;
        }
        let on = *value;
        paint_check(ui, square, Some(on), row.enabled(), response.hovered());
        paint::focus_inside(ui, square.expand(3.0), response.has_focus(), 5.0);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, label));
        clicked
    }

    fn left_side(&self, ui: &Ui, row: &Response, mut left: f32, right: f32) -> bool {
        let tokens = theme::tokens(ui);
        let y = row.rect.center().y;
        let enabled = row.enabled();
        if let Some(icon) = self.icon {
            let colour = match (enabled, self.selected) {
                (false, _) => tokens.text.disabled,
                (true, true) => tokens.text.primary,
                (true, false) => tokens.text.secondary,
            };
            let middle = pos2(left + 7.0, y);
            icon.paint(
                ui.painter(),
                middle,
                size::ICON_INLINE,
                colour,
                IconWeight::Regular,
            );
            left += 22.0;
        }
        let colour = match (enabled, self.muted) {
            (false, _) => tokens.text.disabled,
            (true, true) => tokens.text.secondary,
            (true, false) => tokens.text.primary,
        };
        let style = match (self.strong, self.selected) {
            (true, _) => Type::BodyStrong,
            (_, true) => Type::BodyMedium,
            _ => Type::Body,
        };
        let (drawn, cut) = paint::text_left(
            ui.painter(),
            pos2(left, y),
            self.label,
            style,
            colour,
            right - left,
        );
        if self.struck {
            let stroke = eframe::egui::Stroke::new(1.0, colour);
            ui.painter().hline(left..=left + drawn, y + 1.0, stroke);
        }
        cut
    }

    /// Draws from the right and returns where the label must end.
    fn right_side(&self, ui: &mut Ui, row: &Response, mut right: f32) -> f32 {
        let tokens = theme::tokens(ui);
        let y = row.rect.center().y;
        if let Some((tone, reason)) = self.warning {
            let middle = pos2(right - 7.0, y);
            let colour = tone.icon_colour(tokens);
            tone.icon()
                .paint(ui.painter(), middle, 14.0, colour, IconWeight::Fill);
            let place = Rect::from_center_size(middle, Vec2::splat(18.0));
            let id = row.id.with("warning");
            ui.interact(place, id, Sense::hover()).on_hover_text(reason);
            right -= 22.0;
        }
        if let Some(icon) = self.mark {
            let middle = pos2(right - 7.0, y);
            icon.paint(
                ui.painter(),
                middle,
                14.0,
                tokens.text.accent,
                IconWeight::Fill,
            );
            right -= 22.0;
        }
        if let Some((tone, text)) = self.badge {
            right -= label::paint_badge(ui, pos2(right, y), tone, None, text) + 8.0;
        }
        if !self.trailing.is_empty() {
            let colour = if row.enabled() {
                tokens.text.secondary
            } else {
                tokens.text.disabled
            };
            let room = (row.rect.width() * 0.6).min(right - row.rect.left() - 40.0);
            let place = pos2(right, y);
            let (drawn, _) = paint::text_right(
                ui.painter(),
                place,
                self.trailing,
                Type::Caption,
                colour,
                room,
            );
            right -= drawn + 8.0;
        }
        right
    }

    /// While the pointer is over the row or its buttons.
    fn shows_actions(&self, ui: &Ui, rect: Rect) -> bool {
        !self.actions.is_empty() && ui.is_enabled() && ui.rect_contains_pointer(rect)
    }

    fn action_buttons(&self, ui: &mut Ui, right: f32, rect: Rect) -> (Option<usize>, f32) {
        let end = pos2(right + 4.0, rect.center().y);
        let clicked = icon_strip(ui, end, self.label, self.actions);
        (clicked, end.x - icon_strip_width(self.actions) - 4.0)
    }
}

/// A label in at most three lines: a long one is wrapped rather than losing its end.
fn label_galley(ui: &Ui, label: &str, width: f32, colour: Color32) -> Arc<Galley> {
    ui.painter().layout_job(LayoutJob {
        wrap: TextWrapping {
            max_width: width,
            max_rows: 3,
            ..TextWrapping::default()
        },
        ..LayoutJob::simple_singleline(label.to_owned(), Type::Body.font(), colour)
    })
}

/// Paints a label at the left of a row, in its middle. Whether its end had to be left out.
fn paint_label(ui: &Ui, rect: Rect, galley: Arc<Galley>, colour: Color32) -> bool {
    let cut = galley.elided;
    let top = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(rect.left(), top), galley, colour);
    cut
}

/// A label of fixed width and a control that fills the rest. The label names what is added.
pub fn property_row<R>(ui: &mut Ui, label: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = theme::tokens(ui);
    let colour = if ui.is_enabled() {
        tokens.text.secondary
    } else {
        tokens.text.disabled
    };
    let width = ui.available_width();
    let galley = label_galley(ui, label, size::PROPERTY_LABEL, colour);
    let height = size::PROPERTY_ROW.max(galley.size().y);
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(vec2(width, height), layout, |ui| {
        ui.set_min_height(height);
        ui.spacing_mut().item_spacing.x = 8.0;
        let wanted = vec2(size::PROPERTY_LABEL, height);
        let response = paint::allocate(ui, wanted, Sense::hover(), true);
        let cut = paint_label(ui, response.rect, galley, colour);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label));
        let id = response.id;
        if cut {
            response.on_hover_text(label);
        }
        ui.label_inputs_by(id, add)
    })
    .inner
}

/// A property that is only read: the value at the right, a detail after it in secondary.
pub fn property_value(ui: &mut Ui, label: &str, value: &str, detail: &str) -> Response {
    let tokens = theme::tokens(ui);
    let grey = tokens.text.secondary;
    let width = ui.available_width();
    let most = (width * LABEL_SHARE).max(size::PROPERTY_LABEL);
    let galley = label_galley(ui, label, most, grey);
    let label_width = galley.size().x;
    let height = size::PROPERTY_ROW.max(galley.size().y + 8.0);
    let response = paint::allocate(ui, vec2(width, height), Sense::hover(), true);
    let rect = response.rect;
    let y = rect.center().y;
    let label_cut = paint_label(ui, rect, galley, grey);
    let mut right = rect.right();
    let room = (rect.width() - label_width - 12.0).max(24.0);
    let (drawn, _) = paint::text_right(
        ui.painter(),
        pos2(right, y),
        detail,
        Type::Number,
        grey,
        room,
    );
    if drawn > 0.0 {
        right -= drawn + 6.0;
    }
    let place = pos2(right, y);
    let room = (room - drawn).max(24.0);
    let primary: Color32 = tokens.text.primary;
    let (_, cut) = paint::text_right(ui.painter(), place, value, Type::Number, primary, room);
    let name = format!("{label} {value} {detail}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name.trim_end()));
    match (cut, label_cut) {
        (true, _) => response.on_hover_text(value),
        (false, true) => response.on_hover_text(label),
        (false, false) => response,
    }
}
