//! Buttons: one primary per panel, secondary with an outline, ghost without.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::paint;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ButtonKind {
    Primary,
    Secondary,
    Ghost,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonSize {
    Small,
    #[default]
    Normal,
    Large,
}

impl ButtonSize {
    fn height(self) -> f32 {
        match self {
            Self::Small => size::BUTTON_SMALL,
            Self::Normal => size::BUTTON,
            Self::Large => size::BUTTON_LARGE,
        }
    }

    fn padding(self) -> f32 {
        match self {
            Self::Small => 8.0,
            Self::Normal => 12.0,
            Self::Large => 16.0,
        }
    }
}

/// A button with a word on it.
#[must_use = "call show"]
pub struct Button {
    label: String,
    kind: ButtonKind,
    size: ButtonSize,
    icon: Option<Icon>,
    caret: bool,
    shortcut: Option<String>,
    hint: Option<String>,
    disabled: Option<String>,
    busy: bool,
    full_width: bool,
    strong: bool,
}

impl Button {
    pub fn new(kind: ButtonKind, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            kind,
            size: ButtonSize::Normal,
            icon: None,
            caret: false,
            shortcut: None,
            hint: None,
            disabled: None,
            busy: false,
            full_width: false,
            strong: false,
        }
    }

    /// What the panel is for. One per panel.
    pub fn primary(label: impl Into<String>) -> Self {
        Self::new(ButtonKind::Primary, label)
    }

    pub fn secondary(label: impl Into<String>) -> Self {
        Self::new(ButtonKind::Secondary, label)
    }

    pub fn ghost(label: impl Into<String>) -> Self {
        Self::new(ButtonKind::Ghost, label)
    }

    pub fn size(mut self, size: ButtonSize) -> Self {
        self.size = size;
        self
    }

    pub fn small(self) -> Self {
        self.size(ButtonSize::Small)
    }

    pub fn large(self) -> Self {
        self.size(ButtonSize::Large)
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A caret at the right: opens a menu.
    pub fn caret(mut self) -> Self {
        self.caret = true;
        self
    }

    /// Shown in the tooltip, as `ctx.format_shortcut` writes it.
    pub fn shortcut(mut self, shortcut: impl Into<String>) -> Self {
        self.shortcut = Some(shortcut.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Some(reason): cannot be used, and says why on hover.
    pub fn disabled(mut self, reason: Option<String>) -> Self {
        self.disabled = reason;
        self
    }

    /// Its work is going on; cannot be pressed again.
    pub fn busy(mut self, busy: bool) -> Self {
        self.busy = busy;
        self
    }

    /// As wide as the room there is.
    pub fn full_width(mut self) -> Self {
        self.full_width = true;
        self
    }

    /// Strong label, for a name in the context bar.
    pub fn strong(mut self) -> Self {
        self.strong = true;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let style = if self.strong {
            Type::BodyStrong
        } else {
            Type::BodyMedium
        };
        let (pad, gap) = (self.size.padding(), 6.0);
        let label_width = paint::width_of(ui, &self.label, style);
        let lead = if self.icon.is_some() || self.busy {
            size::ICON + gap
        } else {
            0.0
        };
        let trail = if self.caret { 12.0 + gap } else { 0.0 };
        let content = lead + label_width + trail;
        let natural = (content + 2.0 * pad).ceil();
        let width = if self.full_width {
            ui.available_width()
        } else {
            natural
        };
        let width = width.min(ui.available_width().max(pad * 2.0 + 16.0));
        let wanted = vec2(width, self.size.height());
        let enabled = self.disabled.is_none() && !self.busy;
        let response = paint::allocate(ui, wanted, Sense::click(), enabled);
        if ui.is_rect_visible(response.rect) {
            self.paint(ui, &response, style, lead, content);
        }
        let label = self.label.clone();
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &label));
        let hint = match (&self.hint, &self.shortcut) {
            (Some(hint), Some(keys)) => Some(format!("{hint}  {keys}")),
            (Some(hint), None) => Some(hint.clone()),
            (None, Some(keys)) => Some(keys.clone()),
            (None, None) => None,
        };
        paint::explain(response, self.disabled.as_deref(), hint.as_deref())
    }

    fn paint(&self, ui: &Ui, response: &Response, style: Type, lead: f32, content: f32) {
        let rect = response.rect;
        let usable = response.enabled() || self.busy;
        let (fill, stroke, text) = self.colours(ui, response, usable);
        let radius = size::RADIUS_CONTROL;
        if fill != Color32::TRANSPARENT || stroke != Color32::TRANSPARENT {
            let stroke = Stroke::new(1.0, stroke);
            ui.painter()
                .rect(rect, radius, fill, stroke, StrokeKind::Inside);
        }
        let room = (rect.width() - 2.0 * self.size.padding()).max(0.0);
        let mut x = rect.center().x - content.min(room) / 2.0;
        let y = rect.center().y;
        if self.busy {
            paint::busy_mark(ui, pos2(x + 7.0, y), 5.5, text);
        } else if let Some(icon) = self.icon {
            let middle = pos2(x + size::ICON / 2.0, y);
            icon.paint(ui.painter(), middle, size::ICON, text, IconWeight::Regular);
        }
        x += lead;
        let caret = if self.caret { 18.0 } else { 0.0 };
        let (drawn, _) = paint::text_left(
            ui.painter(),
            pos2(x, y),
            &self.label,
            style,
            text,
            room - lead - caret + 1.0,
        );
        if self.caret {
            let grey = usable && self.kind != ButtonKind::Primary;
            let colour = if grey {
                theme::tokens(ui).text.secondary
            } else {
                text
            };
            let middle = pos2(x + drawn + 12.0, y);
            Icon::CARET_DOWN.paint(ui.painter(), middle, 12.0, colour, IconWeight::Regular);
        }
        paint::focus_outside(ui, response, radius);
    }

    /// Fill, outline and text.
    fn colours(&self, ui: &Ui, response: &Response, usable: bool) -> (Color32, Color32, Color32) {
        let tokens = theme::tokens(ui);
        let (surface, accent) = (&tokens.surface, &tokens.accent);
        let none = Color32::TRANSPARENT;
        let down = response.enabled() && response.is_pointer_button_down_on();
        let over = response.enabled() && response.hovered();
        if !usable {
            let outline = if self.kind == ButtonKind::Ghost {
                none
            } else {
                tokens.border.subtle
            };
            return (none, outline, tokens.text.disabled);
        }
        match self.kind {
            ButtonKind::Primary => {
                let fill = match (down, over) {
                    (true, _) => accent.fill_pressed,
                    (false, true) => accent.fill_hover,
                    _ => accent.fill,
                };
                (fill, none, tokens.text.on_accent)
            }
            ButtonKind::Secondary => {
                let fill = match (down, over) {
                    (true, _) => surface.active,
                    (false, true) => surface.hover,
                    _ => surface.raised,
                };
                (fill, tokens.border.default, tokens.text.primary)
            }
            ButtonKind::Ghost => {
                let fill = match (down, over) {
                    (true, _) => surface.active,
                    (false, true) => surface.hover,
                    _ => none,
                };
                (fill, none, tokens.text.primary)
            }
        }
    }
}

/// A square button with an icon only; the name is its tooltip and its accessible name.
#[must_use = "call show"]
pub struct IconButton {
    icon: Icon,
    name: String,
    size: f32,
    icon_size: f32,
    selected: bool,
    mirrored: bool,
    shortcut: Option<String>,
    disabled: Option<String>,
}

impl IconButton {
    pub fn new(icon: Icon, name: impl Into<String>) -> Self {
        Self {
            icon,
            name: name.into(),
            size: size::BUTTON,
            icon_size: size::ICON,
            selected: false,
            mirrored: false,
            shortcut: None,
            disabled: None,
        }
    }

    pub fn small(mut self) -> Self {
        self.size = 20.0;
        self.icon_size = size::ICON_INLINE;
        self
    }

    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Draws the icon of a left panel as that of a right one.
    pub fn mirrored(mut self) -> Self {
        self.mirrored = true;
        self
    }

    pub fn shortcut(mut self, shortcut: impl Into<String>) -> Self {
        self.shortcut = Some(shortcut.into());
        self
    }

    pub fn disabled(mut self, reason: Option<String>) -> Self {
        self.disabled = reason;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let enabled = self.disabled.is_none();
        let response = paint::allocate(ui, vec2(self.size, self.size), Sense::click(), enabled);
        if ui.is_rect_visible(response.rect) {
            let tokens = theme::tokens(ui);
            if let Some(fill) = paint::flat_fill(ui, &response, self.selected) {
                ui.painter()
                    .rect_filled(response.rect, size::RADIUS_CONTROL, fill);
            }
            let colour = match (response.enabled(), self.selected) {
                (false, _) => tokens.text.disabled,
                (true, true) => tokens.text.accent,
                (true, false) if response.hovered() => tokens.text.primary,
                _ => tokens.text.secondary,
            };
            self.paint_icon(ui, &response, colour);
            paint::focus_outside(ui, &response, size::RADIUS_CONTROL);
        }
        let name = self.name.clone();
        let selected = self.selected;
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Button, enabled, &name);
            if selected {
                info.selected = Some(true);
            }
            info
        });
        let hint = match &self.shortcut {
            Some(keys) => format!("{}  {keys}", self.name),
            None => self.name.clone(),
        };
        let reason = self.disabled.as_ref().map(|reason| {
            if reason.is_empty() {
                self.name.clone()
            } else {
                format!("{}: {reason}", self.name)
            }
        });
        paint::explain(response, reason.as_deref(), Some(&hint))
    }

    fn paint_icon(&self, ui: &Ui, response: &Response, colour: Color32) {
        let middle = response.rect.center();
        if self.mirrored {
            mirrored_panel(ui, middle, self.icon_size, colour);
        } else {
            let weight = IconWeight::Regular;
            self.icon
                .paint(ui.painter(), middle, self.icon_size, colour, weight);
        }
    }
}

/// A window with its right panel marked; the icon font only has the left one.
fn mirrored_panel(ui: &Ui, middle: eframe::egui::Pos2, side: f32, colour: Color32) {
    let rect = eframe::egui::Rect::from_center_size(middle, vec2(side * 0.82, side * 0.7));
    let stroke = Stroke::new(1.0, colour);
    ui.painter()
        .rect_stroke(rect, 1.5, stroke, StrokeKind::Middle);
    ui.painter()
        .vline(rect.right() - rect.width() * 0.3, rect.y_range(), stroke);
}

/// A square button with an icon only.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    IconButton::new(icon, name).show(ui)
}

/// A word in the accent colour that does something.
pub fn link(ui: &mut Ui, text: &str) -> Response {
    let tokens = theme::tokens(ui);
    let width = paint::width_of(ui, text, Type::BodyMedium).min(ui.available_width());
    let response = paint::allocate(ui, vec2(width, 20.0), Sense::click(), true);
    let left = response.rect.left_center();
    let colour = if response.enabled() {
        tokens.text.link
    } else {
        tokens.text.disabled
    };
    let (drawn, _) = paint::text_left(
        ui.painter(),
        left,
        text,
        Type::BodyMedium,
        colour,
        width + 1.0,
    );
    if response.hovered() && response.enabled() {
        let y = left.y + 8.0;
        ui.painter()
            .hline(left.x..=left.x + drawn, y, Stroke::new(1.0, colour));
    }
    paint::focus_outside(ui, &response, 2.0);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, text));
    response.on_hover_cursor(eframe::egui::CursorIcon::PointingHand)
}

/// Side of the small buttons of a row.
const STRIP_BUTTON: f32 = 20.0;

/// Width of [`icon_strip`].
pub fn icon_strip_width(actions: &[(Icon, &str)]) -> f32 {
    STRIP_BUTTON * actions.len() as f32
}

/// Small buttons side by side that end at a place. The place of the one that was clicked.
pub fn icon_strip(
    ui: &mut Ui,
    right_middle: Pos2,
    salt: impl std::hash::Hash + std::fmt::Debug + Copy,
    actions: &[(Icon, &str)],
) -> Option<usize> {
    let mut clicked = None;
    let mut x = right_middle.x - icon_strip_width(actions);
    for (index, (icon, name)) in actions.iter().enumerate() {
        let middle = pos2(x + STRIP_BUTTON / 2.0, right_middle.y);
        let place = Rect::from_center_size(middle, Vec2::splat(STRIP_BUTTON));
        let builder = UiBuilder::new().max_rect(place).id_salt((salt, index));
        let button = IconButton::new(*icon, *name).small();
        if button.show(&mut ui.new_child(builder)).clicked() {
            clicked = Some(index);
        }
        x += STRIP_BUTTON;
    }
    clicked
}
