//! Parts of the window's frame: an item of the rail, and the mark.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Painter, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::paint;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Tokens, Type, size};

/// A workspace in the rail: icon and word, 56 by 52.
#[must_use = "call show"]
pub struct RailItem<'a> {
    icon: Icon,
    label: &'a str,
    selected: bool,
    ready: bool,
    hint: Option<&'a str>,
    disabled: Option<&'a str>,
    height: f32,
}

impl<'a> RailItem<'a> {
    pub fn new(icon: Icon, label: &'a str) -> Self {
        let [_, height] = size::RAIL_ITEM;
        Self {
            icon,
            label,
            selected: false,
            ready: false,
            hint: None,
            disabled: None,
            height,
        }
    }

    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// A dot: newly possible.
    pub fn ready(mut self, ready: bool) -> Self {
        self.ready = ready;
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

    pub fn show(self, ui: &mut Ui) -> Response {
        let [width, _] = size::RAIL_ITEM;
        let enabled = self.disabled.is_none();
        let response = paint::allocate(ui, vec2(width, self.height), Sense::click(), enabled);
        self.paint(ui, &response);
        let (label, selected) = (self.label, self.selected);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Tab, enabled, label);
            info.selected = Some(selected);
            info
        });
        paint::explain(response, self.disabled, self.hint)
    }

    fn paint(&self, ui: &Ui, response: &Response) {
        let tokens = theme::tokens(ui);
        let rect = response.rect;
        if let Some(fill) = paint::flat_fill(ui, response, self.selected) {
            ui.painter().rect_filled(rect, size::RADIUS_CARD, fill);
        }
        let colour = match (response.enabled(), self.selected) {
            (_, true) => tokens.text.accent,
            (false, false) => tokens.text.disabled,
            (true, false) if response.hovered() => tokens.text.primary,
            (true, false) => tokens.text.secondary,
        };
        let weight = if self.selected {
            IconWeight::Bold
        } else {
            IconWeight::Regular
        };
        let x = rect.center().x;
        let icon = pos2(x, rect.top() + 19.0);
        self.icon
            .paint(ui.painter(), icon, size::ICON_RAIL, colour, weight);
        let word = pos2(x, rect.top() + 39.0);
        let room = rect.width() - 2.0;
        paint::text_middle(ui.painter(), word, self.label, Type::Micro, colour, room);
        if self.ready {
            let dot = pos2(rect.right() - 12.0, rect.top() + 10.0);
            ui.painter().circle_filled(dot, 3.0, tokens.accent.line);
        }
        paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CARD);
    }
}

/// The mark: three bars of different height under the top of a bench.
pub fn brand_mark(painter: &Painter, rect: Rect, tokens: &Tokens) {
    let unit = rect.width() / 16.0;
    let at = |x: f32, y: f32| pos2(rect.left() + x * unit, rect.top() + y * unit);
    let bench = Rect::from_min_max(at(1.0, 2.0), at(15.0, 4.2));
    painter.rect_filled(bench, unit * 0.8, tokens.text.primary);
    for (x, height) in [(2.4, 5.2), (6.7, 8.0), (11.0, 6.6)] {
        let bar = Rect::from_min_max(at(x, 14.4 - height), at(x + 2.6, 14.4));
        painter.rect_filled(bar, unit * 0.6, tokens.accent.line);
    }
}

/// A hairline around a rectangle.
pub fn hairline(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(1.0, theme::tokens(ui).border.subtle);
    ui.painter()
        .rect_stroke(rect, size::RADIUS_CARD, stroke, StrokeKind::Inside);
}
