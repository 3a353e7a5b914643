//! Heads of panels and sections, and the line between sections.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Layout, Rect, Response, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::{IconButton, paint};
use crate::ui::theme::{self, Icon, Type, size};

/// The head of a panel, 40 high with a line beneath: title, count, and actions laid out from the
/// right.
pub fn panel_header<R>(
    ui: &mut Ui,
    title: &str,
    count: &str,
    actions: impl FnOnce(&mut Ui) -> R,
) -> R {
    let tokens = theme::tokens(ui);
    let wanted = vec2(ui.available_width(), size::PANEL_HEADER);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let rect = response.rect;
    let stroke = Stroke::new(1.0, tokens.border.subtle);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));

    let place = Rect::from_min_max(rect.min + vec2(16.0, 0.0), rect.max - vec2(8.0, 1.0));
    let layout = Layout::right_to_left(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).layout(layout));
    child.spacing_mut().item_spacing.x = 4.0;
    let result = actions(&mut child);
    let end = child.min_rect().left().min(place.right()) - 8.0;
    titles(
        ui,
        place.left(),
        end,
        rect.center().y,
        (title, Type::BodyStrong),
        count,
    );
    result
}

fn titles(ui: &Ui, left: f32, end: f32, y: f32, title: (&str, Type), count: &str) {
    let text = &theme::tokens(ui).text;
    let colour = if title.1 == Type::BodyStrong {
        text.primary
    } else {
        text.secondary
    };
    let (drawn, _) = paint::text_left(
        ui.painter(),
        pos2(left, y),
        title.0,
        title.1,
        colour,
        end - left,
    );
    let x = left + drawn + 8.0;
    paint::text_left(
        ui.painter(),
        pos2(x, y),
        count,
        Type::Body,
        text.secondary,
        end - x,
    );
}

/// The head of a section, 32 high: title, count, and at most one action. The response is that of
/// the action.
pub fn section_header(
    ui: &mut Ui,
    title: &str,
    count: &str,
    action: Option<(Icon, &str)>,
) -> Option<Response> {
    let tokens = theme::tokens(ui);
    let wanted = vec2(ui.available_width(), size::SECTION_HEADER);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let rect = response.rect;
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    let y = rect.center().y;
    let mut end = rect.right();
    let button = action.map(|(icon, name)| {
        let middle = pos2(rect.right() - 10.0, y);
        let place = Rect::from_center_size(middle, Vec2::splat(20.0));
        end = place.left() - 4.0;
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt(title));
        IconButton::new(icon, name).small().show(&mut child)
    });
    let (drawn, _) = paint::text_left(
        ui.painter(),
        rect.left_center(),
        title,
        Type::BodyStrong,
        tokens.text.secondary,
        end - rect.left(),
    );
    let x = rect.left() + drawn + 8.0;
    let grey = tokens.text.secondary;
    paint::text_left(ui.painter(), pos2(x, y), count, Type::Body, grey, end - x);
    button
}

/// A line across the whole width, with room around it.
pub fn separator(ui: &mut Ui) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 17.0));
    let stroke = Stroke::new(1.0, theme::tokens(ui).border.subtle);
    // Reaches the edges of the panel, whatever its margin is.
    let x = ui
        .clip_rect()
        .x_range()
        .intersection(rect.expand2(vec2(16.0, 0.0)).x_range());
    ui.painter().hline(x, rect.center().y, stroke);
}
