//! Menus under buttons and at the pointer.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Context, Frame, Key, Margin, Popup, PopupCloseBehavior, Response, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use super::paint;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, apply, size};

/// The frame of everything that floats under a button.
pub fn popup_frame(ctx: &Context) -> Frame {
    let tokens = theme::tokens(ctx);
    Frame::new()
        .fill(tokens.surface.raised)
        .stroke(Stroke::new(1.0, tokens.border.default))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(Margin::same(4))
        .shadow(apply::shadow(tokens))
}

/// Opens under a button when it is clicked; closes when an item is clicked.
pub fn menu<R>(response: &Response, width: f32, add: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    keeping_focus(response, || {
        items(Popup::menu(response).gap(4.0), response, width, add)
    })
}

/// Opens under a button and stays open while one works in it.
pub fn popover<R>(response: &Response, width: f32, add: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let frame = popup_frame(&response.ctx).inner_margin(Margin::same(12));
    keeping_focus(response, || {
        Popup::menu(response)
            .frame(frame)
            .gap(4.0)
            .width(width)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| {
                ui.set_min_width(width);
                add(ui)
            })
            .map(|shown| shown.inner)
    })
}

/// Shows what is under a button; when Esc closes it, the button has the keyboard again.
pub fn keeping_focus<R>(response: &Response, show: impl FnOnce() -> R) -> R {
    let ctx = &response.ctx;
    let id = Popup::default_response_id(response);
    let was_open = Popup::is_id_open(ctx, id);
    let shown = show();
    let escaped = ctx.input(|input| input.key_pressed(Key::Escape));
    if was_open && escaped && !Popup::is_id_open(ctx, id) {
        response.request_focus();
    }
    shown
}

/// Opens at the pointer on a right click.
pub fn context_menu<R>(
    response: &Response,
    width: f32,
    add: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    items(Popup::context_menu(response), response, width, add)
}

/// A popup whose lines lie close together.
fn items<R>(
    popup: Popup<'_>,
    response: &Response,
    width: f32,
    add: impl FnOnce(&mut Ui) -> R,
) -> Option<R> {
    popup
        .frame(popup_frame(&response.ctx))
        .width(width)
        .accessible_name("Menu")
        .show(|ui| {
            ui.set_min_width(width);
            ui.spacing_mut().item_spacing.y = 0.0;
            add(ui)
        })
        .map(|shown| shown.inner)
}

/// One line of a menu. `disabled` is the reason why it cannot be chosen now.
pub fn menu_item(
    ui: &mut Ui,
    icon: Option<Icon>,
    label: &str,
    keys: &str,
    disabled: Option<&str>,
) -> Response {
    let tokens = theme::tokens(ui);
    let width = ui.available_width();
    let enabled = disabled.is_none();
    let response = paint::allocate(ui, vec2(width, size::LIST_ROW), Sense::click(), enabled);
    let rect = response.rect;
    if let Some(fill) = paint::flat_fill(ui, &response, false) {
        ui.painter().rect_filled(rect, size::RADIUS_CONTROL, fill);
    }
    let colour = if enabled {
        tokens.text.primary
    } else {
        tokens.text.disabled
    };
    let muted = if enabled {
        tokens.text.secondary
    } else {
        tokens.text.disabled
    };
    let mut left = rect.left() + 8.0;
    if let Some(icon) = icon {
        let middle = pos2(left + 8.0, rect.center().y);
        icon.paint(ui.painter(), middle, size::ICON, muted, IconWeight::Regular);
        left += 24.0;
    }
    let right = pos2(rect.right() - 8.0, rect.center().y);
    let (taken, _) = paint::text_right(ui.painter(), right, keys, Type::Caption, muted, 120.0);
    let room = right.x - taken - 8.0 - left;
    let place = pos2(left, rect.center().y);
    paint::text_left(ui.painter(), place, label, Type::Body, colour, room);
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, enabled, label));
    paint::explain(response, disabled, None)
}

/// A line between groups of a menu.
pub fn menu_separator(ui: &mut Ui) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 9.0));
    let stroke = Stroke::new(1.0, theme::tokens(ui).border.subtle);
    ui.painter().hline(rect.x_range(), rect.center().y, stroke);
}
