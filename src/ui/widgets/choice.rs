//! Check box, radio button, toggle, segmented control and slider.

use std::ops::RangeInclusive;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, Key, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::field::NumberField;
use super::paint;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};

/// A check box with its label. An empty label shows the box only; give it a name then by
/// [`checkbox_named`].
pub fn checkbox(ui: &mut Ui, value: &mut bool, label: &str) -> Response {
    let mut state = Some(*value);
    let response = checkbox_mixed(ui, &mut state, label);
    *value = state.unwrap_or(*value);
    response
}

/// A check box without a label beside it; the name is for screen readers and the tooltip.
pub fn checkbox_named(ui: &mut Ui, value: &mut bool, name: &str) -> Response {
    let mut state = Some(*value);
    let response = check(ui, &mut state, "", name);
    *value = state.unwrap_or(*value);
    response
}

/// A check box whose label says too little alone: the name is for screen readers.
pub fn checkbox_called(ui: &mut Ui, value: &mut bool, label: &str, name: &str) -> Response {
    let mut state = Some(*value);
    let response = check(ui, &mut state, label, name);
    *value = state.unwrap_or(*value);
    response
}

/// A check box that may be partly on (None). A click on a partly one turns it on.
pub fn checkbox_mixed(ui: &mut Ui, value: &mut Option<bool>, label: &str) -> Response {
    check(ui, value, label, label)
}

fn check(ui: &mut Ui, value: &mut Option<bool>, label: &str, name: &str) -> Response {
    let text = paint::width_of(ui, label, Type::Body);
    let gap = if label.is_empty() { 0.0 } else { 8.0 };
    let width = (size::CHECKBOX + gap + text).min(ui.available_width().max(size::CHECKBOX));
    let mut response = paint::allocate(ui, vec2(width.ceil(), 24.0), Sense::click(), true);
    if response.clicked() {
        *value = Some(!value.unwrap_or(false));
        response.mark_changed();
    }
    let rect = response.rect;
    let middle = pos2(rect.left() + size::CHECKBOX / 2.0, rect.center().y);
    let square = Rect::from_center_size(middle, vec2(size::CHECKBOX, size::CHECKBOX));
    paint_check(ui, square, *value, response.enabled(), response.hovered());
    label_beside(ui, &response, label, size::CHECKBOX);
    if response.has_focus() {
        let stroke = Stroke::new(size::FOCUS, theme::tokens(ui).border.focus);
        ui.painter()
            .rect_stroke(square.expand(2.0), 6.0, stroke, StrokeKind::Outside);
    }
    let (enabled, state) = (response.enabled(), *value);
    response.widget_info(|| match state {
        Some(on) => WidgetInfo::selected(Role::CheckBox, enabled, on, name),
        None => WidgetInfo::labeled(Role::CheckBox, enabled, name),
    });
    response
}

/// Draws a check box; None is partly on.
pub fn paint_check(ui: &Ui, square: Rect, state: Option<bool>, enabled: bool, hovered: bool) {
    let tokens = theme::tokens(ui);
    let painter = ui.painter();
    let on = state != Some(false);
    let fill = match (on, enabled, hovered) {
        (true, true, true) => tokens.accent.fill_hover,
        (true, true, false) => tokens.accent.fill,
        (true, false, _) => tokens.surface.active,
        (false, true, true) => tokens.surface.hover,
        (false, true, false) => tokens.surface.raised,
        (false, false, _) => tokens.surface.sunken,
    };
    let outline = match (on, enabled) {
        (true, _) => fill,
        (false, true) => tokens.border.control,
        (false, false) => tokens.border.default,
    };
    painter.rect(
        square,
        3.0,
        fill,
        Stroke::new(1.0, outline),
        StrokeKind::Inside,
    );
    let mark = if enabled {
        tokens.text.on_accent
    } else {
        tokens.text.disabled
    };
    match state {
        Some(true) => {
            Icon::CHECK.paint(painter, square.center(), 12.0, mark, IconWeight::Bold);
        }
        None => {
            let y = square.center().y;
            painter.hline(
                square.left() + 4.0..=square.right() - 4.0,
                y,
                Stroke::new(2.0, mark),
            );
        }
        Some(false) => {}
    }
}

fn label_beside(ui: &Ui, response: &Response, label: &str, mark: f32) {
    let text = &theme::tokens(ui).text;
    let colour = if response.enabled() {
        text.primary
    } else {
        text.disabled
    };
    let left = pos2(response.rect.left() + mark + 8.0, response.rect.center().y);
    let room = response.rect.right() - left.x + 1.0;
    paint::text_left(ui.painter(), left, label, Type::Body, colour, room);
}

fn paint_radio(ui: &Ui, middle: eframe::egui::Pos2, on: bool, enabled: bool, hovered: bool) {
    let tokens = theme::tokens(ui);
    let painter = ui.painter();
    let radius = size::CHECKBOX / 2.0;
    if on {
        let fill = if enabled {
            tokens.accent.fill
        } else {
            tokens.surface.active
        };
        painter.circle_filled(middle, radius, fill);
        let dot = if enabled {
            tokens.text.on_accent
        } else {
            tokens.text.disabled
        };
        painter.circle_filled(middle, 3.0, dot);
    } else {
        let fill = if hovered && enabled {
            tokens.surface.hover
        } else {
            tokens.surface.raised
        };
        let outline = if enabled {
            tokens.border.control
        } else {
            tokens.border.default
        };
        painter.circle(middle, radius - 0.5, fill, Stroke::new(1.0, outline));
    }
}

/// One of several: true when this one was chosen just now (`clicked`).
pub fn radio(ui: &mut Ui, chosen: bool, label: &str) -> Response {
    let text = paint::width_of(ui, label, Type::Body);
    let width = (size::CHECKBOX + 8.0 + text)
        .min(ui.available_width())
        .ceil();
    let response = paint::allocate(ui, vec2(width, 24.0), Sense::click(), true);
    let middle = pos2(response.rect.left() + 8.0, response.rect.center().y);
    paint_radio(ui, middle, chosen, response.enabled(), response.hovered());
    label_beside(ui, &response, label, size::CHECKBOX);
    paint::focus_outside(ui, &response, 4.0);
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, chosen, label));
    response
}

/// One of several with a sentence beneath, as wide as the room there is.
pub fn radio_card(ui: &mut Ui, chosen: bool, label: &str, detail: &str) -> Response {
    let tokens = theme::tokens(ui);
    let width = ui.available_width();
    let room = width - 44.0;
    let font = Type::Caption.font();
    let galley = ui.painter().layout(
        detail.to_owned(),
        font,
        tokens.text.secondary,
        room.max(40.0),
    );
    let height = 32.0
        + if detail.is_empty() {
            0.0
        } else {
            galley.size().y + 6.0
        };
    let response = paint::allocate(ui, vec2(width, height), Sense::click(), true);
    let rect = response.rect;
    if let Some(fill) = paint::flat_fill(ui, &response, chosen) {
        ui.painter().rect_filled(rect, size::RADIUS_CONTROL, fill);
    }
    let middle = pos2(rect.left() + 16.0, rect.top() + 16.0);
    paint_radio(ui, middle, chosen, response.enabled(), response.hovered());
    let colour = if response.enabled() {
        tokens.text.primary
    } else {
        tokens.text.disabled
    };
    let left = pos2(rect.left() + 34.0, rect.top() + 16.0);
    paint::text_left(ui.painter(), left, label, Type::BodyMedium, colour, room);
    if !detail.is_empty() {
        ui.painter().galley(
            pos2(left.x, rect.top() + 27.0),
            galley,
            tokens.text.secondary,
        );
    }
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, chosen, label));
    response
}

/// On or off at once. The name is for screen readers; a label beside it is the pane's own.
pub fn toggle(ui: &mut Ui, value: &mut bool, name: &str) -> Response {
    let [width, height] = size::TOGGLE;
    let mut response = paint::allocate(ui, vec2(width, 24.0), Sense::click(), true);
    if response.clicked() {
        *value = !*value;
        response.mark_changed();
    }
    let tokens = theme::tokens(ui);
    let track = Rect::from_center_size(response.rect.center(), vec2(width, height));
    let fill = match (*value, response.enabled()) {
        (_, false) => tokens.surface.active,
        (true, true) if response.hovered() => tokens.accent.fill_hover,
        (true, true) => tokens.accent.fill,
        (false, true) => tokens.border.control,
    };
    ui.painter().rect_filled(track, height / 2.0, fill);
    let x = if *value {
        track.right() - 8.0
    } else {
        track.left() + 8.0
    };
    let thumb = if response.enabled() {
        tokens.text.on_accent
    } else {
        tokens.text.disabled
    };
    ui.painter()
        .circle_filled(pos2(x, track.center().y), 6.0, thumb);
    if response.has_focus() {
        let stroke = Stroke::new(size::FOCUS, tokens.border.focus);
        ui.painter()
            .rect_stroke(track.expand(2.0), 10.0, stroke, StrokeKind::Outside);
    }
    let (enabled, on) = (response.enabled(), *value);
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, on, name));
    response
}

/// Two to five choices side by side. `changed` is true when another one was chosen.
pub fn segmented<T: Clone + PartialEq>(
    ui: &mut Ui,
    value: &mut T,
    options: &[(T, &str)],
) -> Response {
    let tokens = theme::tokens(ui);
    let widths: Vec<f32> = options
        .iter()
        .map(|(_, label)| segment_width(ui, label))
        .collect();
    let total: f32 = widths.iter().sum::<f32>() + 2.0;
    let (id, rect) = ui.allocate_space(vec2(total, size::BUTTON));
    let mut whole = ui.interact(rect, id, Sense::hover());
    let outline = Stroke::new(1.0, tokens.border.default);
    let radius = size::RADIUS_CONTROL;
    ui.painter().rect(
        rect,
        radius,
        tokens.surface.sunken,
        outline,
        StrokeKind::Inside,
    );
    let mut x = rect.left() + 1.0;
    let enabled = ui.is_enabled();
    for (index, (option, label)) in options.iter().enumerate() {
        let width = widths.get(index).copied().unwrap_or(0.0);
        let part = Rect::from_min_size(pos2(x, rect.top()), vec2(width, rect.height()));
        x += width;
        let response = ui.interact(part, id.with(index), Sense::click());
        if response.clicked() && *value != *option {
            *value = option.clone();
            whole.mark_changed();
        }
        let chosen = *value == *option;
        paint_segment(ui, part, &response, chosen, label);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, chosen, label));
    }
    whole
}

fn segment_width(ui: &Ui, label: &str) -> f32 {
    (paint::width_of(ui, label, Type::BodyMedium) + 20.0).ceil()
}

/// How wide [`segmented`] is with these labels.
pub fn segmented_width<'a>(ui: &Ui, labels: impl Iterator<Item = &'a str>) -> f32 {
    labels.map(|label| segment_width(ui, label)).sum::<f32>() + 2.0
}

fn paint_segment(ui: &Ui, part: Rect, response: &Response, chosen: bool, label: &str) {
    let tokens = theme::tokens(ui);
    let radius = size::RADIUS_CONTROL;
    if chosen {
        let stroke = Stroke::new(1.0, tokens.border.default);
        let place = part.expand2(vec2(1.0, 0.0));
        ui.painter().rect(
            place,
            radius,
            tokens.surface.raised,
            stroke,
            StrokeKind::Inside,
        );
    } else if response.hovered() && response.enabled() {
        ui.painter()
            .rect_filled(part.shrink(2.0), 3.0, tokens.surface.hover);
    }
    let colour = match (response.enabled(), chosen) {
        (false, _) => tokens.text.disabled,
        (true, true) => tokens.text.primary,
        (true, false) => tokens.text.secondary,
    };
    let style = Type::BodyMedium;
    paint::text_middle(
        ui.painter(),
        part.center(),
        label,
        style,
        colour,
        part.width(),
    );
    paint::focus_inside(ui, part, response.has_focus(), radius);
}

/// A slider with its value typeable beside it, as wide as the room there is.
pub fn slider(
    ui: &mut Ui,
    name: &str,
    value: &mut f64,
    range: RangeInclusive<f64>,
    step: f64,
) -> Response {
    let decimals = decimals_of(step);
    ui.horizontal(|ui| {
        let number = 64.0;
        let width = (ui.available_width() - number - 12.0).max(60.0);
        let mut response = bare_slider(ui, name, value, range.clone(), step, width);
        ui.add_space(4.0);
        let field = NumberField::new(name)
            .range(range.clone())
            .step(step)
            .decimals(decimals)
            .width(number)
            .show(ui, value);
        if field.changed() {
            response.mark_changed();
        }
        response
    })
    .inner
}

fn decimals_of(step: f64) -> usize {
    let mut decimals = 0;
    let mut scaled = step.abs();
    while decimals < 6 && (scaled - scaled.round()).abs() > 1e-9 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}

/// The slider alone: drag, click, or arrow keys when focused.
pub fn bare_slider(
    ui: &mut Ui,
    name: &str,
    value: &mut f64,
    range: RangeInclusive<f64>,
    step: f64,
    width: f32,
) -> Response {
    let (low, high) = (*range.start(), *range.end());
    let span = (high - low).max(f64::MIN_POSITIVE);
    let snap = |wish: f64| {
        let stepped = if step > 0.0 {
            low + ((wish - low) / step).round() * step
        } else {
            wish
        };
        stepped.clamp(low, high)
    };
    let sense = Sense::click_and_drag();
    let mut response = paint::allocate(ui, vec2(width, size::INPUT), sense, true);
    let rect = response.rect;
    let (left, right) = (rect.left() + 7.0, rect.right() - 7.0);
    let before = *value;
    if let Some(pointer) = response.interact_pointer_pos() {
        let share = f64::from(((pointer.x - left) / (right - left).max(1.0)).clamp(0.0, 1.0));
        *value = snap(low + share * span);
    }
    if response.has_focus() {
        let keys = ui.input(|input| {
            input.num_presses(Key::ArrowRight) as f64 - input.num_presses(Key::ArrowLeft) as f64
        });
        let stride = if step > 0.0 { step } else { span / 100.0 };
        if keys != 0.0 {
            *value = snap(*value + keys * stride);
        }
        let filter = eframe::egui::EventFilter {
            horizontal_arrows: true,
            ..eframe::egui::EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
    if before.to_bits() != value.to_bits() {
        response.mark_changed();
    }
    let share = ((*value - low) / span).clamp(0.0, 1.0) as f32;
    paint_slider(ui, &response, left, right, left + share * (right - left));
    let (enabled, shown) = (response.enabled(), *value);
    response.widget_info(|| WidgetInfo::slider(enabled, shown, name));
    response
}

fn paint_slider(ui: &Ui, response: &Response, left: f32, right: f32, x: f32) {
    let tokens = theme::tokens(ui);
    let y = response.rect.center().y;
    let half = size::SLIDER_TRACK / 2.0;
    let bar = |from: f32, to: f32, colour: Color32| {
        let rect = Rect::from_min_max(pos2(from, y - half), pos2(to, y + half));
        ui.painter().rect_filled(rect, half, colour);
    };
    let line = if response.enabled() {
        tokens.accent.fill
    } else {
        tokens.border.control
    };
    bar(left, right, tokens.border.default);
    bar(left, x, line);
    let thumb = if response.hovered() || response.dragged() {
        tokens.surface.hover
    } else {
        tokens.surface.raised
    };
    let radius = size::SLIDER_THUMB / 2.0;
    ui.painter()
        .circle(pos2(x, y), radius - 0.75, thumb, Stroke::new(1.5, line));
    if response.has_focus() {
        let stroke = Stroke::new(size::FOCUS, tokens.border.focus);
        ui.painter().circle_stroke(pos2(x, y), radius + 3.0, stroke);
    }
}
