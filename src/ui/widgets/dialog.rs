//! Dialogs, which ask, and toasts, which only tell.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Align2, Area, Context, Frame, Id, Label, Layout, Margin, Modal, Order, Stroke, Ui,
    WidgetInfo, vec2,
};

use super::button::{Button, ButtonKind, IconButton, link};
use crate::ui::theme::{self, Icon, apply, size};

/// A button of a dialog.
#[derive(Clone, Debug)]
pub struct DialogButton {
    pub label: String,
    pub kind: ButtonKind,
    pub disabled: Option<String>,
}

impl DialogButton {
    /// The way out that changes nothing. Comes first.
    pub fn safe(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            kind: ButtonKind::Ghost,
            disabled: None,
        }
    }

    pub fn secondary(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            kind: ButtonKind::Secondary,
            disabled: None,
        }
    }

    /// What the dialog is for. Comes last.
    pub fn primary(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            kind: ButtonKind::Primary,
            disabled: None,
        }
    }

    #[must_use]
    pub fn disabled(mut self, reason: Option<String>) -> Self {
        self.disabled = reason;
        self
    }
}

/// How a dialog was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogAction {
    /// The button at this place.
    Button(usize),
    /// Escape, or a click beside it: nothing is to change.
    Dismissed,
}

/// A question in front of the window.
#[must_use = "call show"]
pub struct Dialog<'a> {
    id: &'a str,
    title: &'a str,
    text: &'a str,
    width: f32,
    buttons: &'a [DialogButton],
}

impl<'a> Dialog<'a> {
    pub fn new(id: &'a str, title: &'a str) -> Self {
        let [width, _, _] = size::DIALOG;
        Self {
            id,
            title,
            text: "",
            width,
            buttons: &[],
        }
    }

    /// The consequence, in a sentence or two.
    pub fn text(mut self, text: &'a str) -> Self {
        self.text = text;
        self
    }

    /// 480, 560 or 720; see `size::DIALOG`.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// From left to right, the safest first.
    pub fn buttons(mut self, buttons: &'a [DialogButton]) -> Self {
        self.buttons = buttons;
        self
    }

    /// Call every frame while it is open. Some when it was left.
    pub fn show(self, ctx: &Context, add: impl FnOnce(&mut Ui)) -> Option<DialogAction> {
        let tokens = theme::tokens(ctx);
        let frame = Frame::new()
            .fill(tokens.surface.raised)
            .stroke(Stroke::new(1.0, tokens.border.default))
            .corner_radius(size::RADIUS_DIALOG)
            .shadow(apply::shadow(tokens));
        let modal = Modal::new(Id::unique(self.id))
            .frame(frame)
            .backdrop_color(tokens.surface.scrim);
        let shown = modal.show(ctx, |ui| {
            ui.set_width(self.width);
            ui.spacing_mut().item_spacing.y = 0.0;
            let inside = Margin {
                left: 16,
                right: 16,
                top: 14,
                bottom: 14,
            };
            Frame::new().inner_margin(inside).show(ui, |ui| {
                ui.set_width(self.width - 32.0);
                ui.spacing_mut().item_spacing.y = 6.0;
                ui.add(Label::new(theme::heading(self.title).color(tokens.text.primary)).wrap());
                if !self.text.is_empty() {
                    let text = theme::body(self.text).color(tokens.text.secondary);
                    ui.add(Label::new(text).wrap());
                }
                add(ui);
            });
            self.button_row(ui)
        });
        let title = self.title;
        shown
            .response
            .widget_info(|| WidgetInfo::labeled(Role::Dialog, true, title));
        match shown.inner {
            Some(index) => Some(DialogAction::Button(index)),
            None if shown.should_close() => Some(DialogAction::Dismissed),
            None => None,
        }
    }

    fn button_row(&self, ui: &mut Ui) -> Option<usize> {
        if self.buttons.is_empty() {
            return None;
        }
        let top = ui.cursor().top();
        let x = ui.max_rect().x_range();
        ui.painter()
            .hline(x, top, Stroke::new(1.0, theme::tokens(ui).border.subtle));
        let mut clicked = None;
        let layout = Layout::right_to_left(Align::Center);
        ui.allocate_ui_with_layout(vec2(self.width, 48.0), layout, |ui| {
            ui.add_space(16.0);
            ui.spacing_mut().item_spacing.x = 8.0;
            // Laid out from the right, so the last one is added first.
            for (index, button) in self.buttons.iter().enumerate().rev() {
                let widget = Button::new(button.kind, button.label.clone());
                if widget.disabled(button.disabled.clone()).show(ui).clicked() {
                    clicked = Some(index);
                }
            }
        });
        clicked
    }
}

#[derive(Clone, Debug)]
struct Toast {
    text: String,
    action: Option<String>,
    key: u64,
    /// Set when it is first shown.
    until: Option<f64>,
}

/// Messages of success at the right of the status bar, gone after six seconds; the newest is the one
/// that is shown. No button of a pane lies there. Never for anything that must be decided or
/// understood.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    list: Vec<Toast>,
    next_key: u64,
}

impl Toasts {
    /// Adds a message; the key returned comes back when its action is clicked.
    pub fn push(&mut self, text: impl Into<String>, action: Option<&str>) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        let action = action.map(str::to_owned);
        self.list.push(Toast {
            text: text.into(),
            action,
            key,
            until: None,
        });
        key
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Shows the newest message at the lower right corner, `offset` points from it. Returns the key
    /// of the message whose action was clicked.
    pub fn show(&mut self, ctx: &Context, offset: eframe::egui::Vec2) -> Option<u64> {
        let now = ctx.input(|input| input.time);
        self.list
            .retain(|toast| toast.until.is_none_or(|until| now < until));
        if self.list.is_empty() {
            return None;
        }
        let mut clicked = None;
        let mut closed = None;
        let area = Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .anchor(Align2::RIGHT_BOTTOM, -offset)
            .accessible_name("Messages");
        for toast in &mut self.list {
            toast.until.get_or_insert(now + size::TOAST_SECONDS);
        }
        area.show(ctx, |ui| {
            let Some(toast) = self.list.last() else {
                return;
            };
            let rest = toast.until.unwrap_or(now) - now;
            ui.ctx().request_repaint_after_secs(rest.max(0.05) as f32);
            match toast_row(ui, toast) {
                ToastClick::Action => clicked = Some(toast.key),
                ToastClick::Close => closed = Some(toast.key),
                ToastClick::None => {}
            }
        });
        self.list
            .retain(|toast| Some(toast.key) != closed && Some(toast.key) != clicked);
        clicked
    }
}

enum ToastClick {
    None,
    Action,
    Close,
}

fn toast_row(ui: &mut Ui, toast: &Toast) -> ToastClick {
    let tokens = theme::tokens(ui);
    let frame = Frame::new()
        .fill(tokens.surface.raised)
        .stroke(Stroke::new(1.0, tokens.border.default))
        .corner_radius(size::RADIUS_CONTROL)
        .inner_margin(Margin {
            left: 12,
            right: 6,
            top: 0,
            bottom: 0,
        })
        .shadow(apply::shadow(tokens));
    let mut click = ToastClick::None;
    let shown = frame.show(ui, |ui| {
        ui.set_width(size::TOAST_WIDTH - 18.0);
        let layout = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(vec2(ui.available_width(), size::TOAST), layout, |ui| {
            ui.label(
                Icon::CHECK_CIRCLE
                    .fill(size::ICON)
                    .color(tokens.status.good.icon),
            );
            let right = Layout::right_to_left(Align::Center);
            ui.with_layout(right, |ui| {
                let close = IconButton::new(Icon::X, "Close message").small();
                if close.show(ui).clicked() {
                    click = ToastClick::Close;
                }
                if let Some(action) = &toast.action
                    && link(ui, action).clicked()
                {
                    click = ToastClick::Action;
                }
                let left = Layout::left_to_right(Align::Center);
                ui.with_layout(left, |ui| {
                    let text = theme::caption(toast.text.clone()).color(tokens.text.primary);
                    ui.add(Label::new(text).truncate());
                });
            });
        });
    });
    let text = toast.text.clone();
    shown
        .response
        .widget_info(|| WidgetInfo::labeled(Role::Status, true, &text));
    click
}
