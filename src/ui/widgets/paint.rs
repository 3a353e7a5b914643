//! What every control paints with: one line of text, a focus ring, a fill by state.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{
    Color32, FontId, Galley, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui,
    UiBuilder, Vec2, pos2, vec2,
};

use crate::ui::theme::{self, Type, size};

/// Room for a control. One that cannot be used still has a place, a name and a tooltip.
pub fn allocate(ui: &mut Ui, wanted: Vec2, sense: Sense, enabled: bool) -> Response {
    let (id, rect) = ui.allocate_space(wanted);
    if enabled && ui.is_enabled() {
        ui.interact(rect, id, sense)
    } else {
        ui.new_child(UiBuilder::new().max_rect(rect).disabled())
            .interact(rect, id, sense)
    }
}

/// One line, cut with an ellipsis where it would be wider than `width`.
pub fn line(
    painter: &Painter,
    text: &str,
    font: FontId,
    colour: Color32,
    width: f32,
) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(
        one_line(text),
        TextFormat {
            font_id: font,
            color: colour,
            ..TextFormat::default()
        },
    );
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    job.break_on_newline = false;
    painter.layout_job(job)
}

/// Line breaks and tabs of data show as spaces.
fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r', '\t']) {
        text.replace(['\n', '\r', '\t'], " ")
    } else {
        text.to_owned()
    }
}

/// Width of a text on one line.
pub fn width_of(ui: &Ui, text: &str, style: Type) -> f32 {
    if text.is_empty() {
        return 0.0;
    }
    ui.painter()
        .layout_no_wrap(text.to_owned(), style.font(), Color32::PLACEHOLDER)
        .size()
        .x
}

/// Text whose left edge and middle are given. Returns the width drawn and whether it was cut.
pub fn text_left(
    painter: &Painter,
    left_middle: Pos2,
    text: &str,
    style: Type,
    colour: Color32,
    width: f32,
) -> (f32, bool) {
    if text.is_empty() || width <= 0.0 {
        return (0.0, !text.is_empty());
    }
    let galley = line(painter, text, style.font(), colour, width);
    let (drawn, cut) = (galley.size(), galley.elided);
    painter.galley(
        pos2(left_middle.x, left_middle.y - drawn.y / 2.0),
        galley,
        colour,
    );
    (drawn.x, cut)
}

/// Text whose right edge and middle are given.
pub fn text_right(
    painter: &Painter,
    right_middle: Pos2,
    text: &str,
    style: Type,
    colour: Color32,
    width: f32,
) -> (f32, bool) {
    if text.is_empty() || width <= 0.0 {
        return (0.0, !text.is_empty());
    }
    let galley = line(painter, text, style.font(), colour, width);
    let (drawn, cut) = (galley.size(), galley.elided);
    painter.galley(right_middle - vec2(drawn.x, drawn.y / 2.0), galley, colour);
    (drawn.x, cut)
}

/// Text around a middle.
pub fn text_middle(
    painter: &Painter,
    middle: Pos2,
    text: &str,
    style: Type,
    colour: Color32,
    width: f32,
) {
    let galley = line(painter, text, style.font(), colour, width);
    let drawn = galley.size();
    painter.galley(middle - drawn / 2.0, galley, colour);
}

/// The outline of a place where something can be dropped.
pub fn dashed(painter: &Painter, rect: Rect, stroke: Stroke, (dash, gap): (f32, f32)) {
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
        rect.left_bottom(),
        rect.left_top(),
    ];
    painter.extend(Shape::dashed_line(&corners, stroke, dash, gap));
}

/// The ring of a focused button: outside, with a gap.
pub fn focus_outside(ui: &Ui, response: &Response, radius: f32) {
    if response.has_focus() {
        let ring = response.rect.expand(size::FOCUS);
        let stroke = Stroke::new(size::FOCUS, theme::tokens(ui).border.focus);
        // The gap shows what is under the button, the ring lies around it.
        ui.painter()
            .rect_stroke(ring, radius + 2.0, stroke, StrokeKind::Outside);
    }
}

/// The ring of a focused row or field: inside its edge.
pub fn focus_inside(ui: &Ui, rect: Rect, focused: bool, radius: f32) {
    if focused {
        let stroke = Stroke::new(size::FOCUS, theme::tokens(ui).border.focus);
        ui.painter()
            .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
}

/// Fill of a row or a flat button by state; none at rest.
pub fn flat_fill(ui: &Ui, response: &Response, selected: bool) -> Option<Color32> {
    let surface = &theme::tokens(ui).surface;
    if !response.enabled() {
        return selected.then_some(surface.selected);
    }
    if response.is_pointer_button_down_on() {
        Some(if selected {
            surface.selected_hover
        } else {
            surface.active
        })
    } else if response.hovered() {
        Some(if selected {
            surface.selected_hover
        } else {
            surface.hover
        })
    } else {
        selected.then_some(surface.selected)
    }
}

/// Says on hover why a control cannot be used, or what it does.
pub fn explain(response: Response, disabled: Option<&str>, hint: Option<&str>) -> Response {
    match (disabled, hint) {
        (Some(reason), _) if !reason.is_empty() => response.on_disabled_hover_text(reason),
        (None, Some(hint)) if !hint.is_empty() => response.on_hover_text(hint),
        _ => response,
    }
}

/// Diagonal lines inside a rectangle: what is blank.
pub fn hatch(painter: &Painter, rect: Rect, colour: Color32) {
    let stroke = Stroke::new(1.0, colour);
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        let shape = Shape::line_segment(
            [pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())],
            stroke,
        );
        painter.add(shape);
        x += 4.0;
    }
}

/// A turned three-quarter circle: work in progress. Moves ten times a second, and not at all when
/// animations are off.
pub fn busy_mark(ui: &Ui, middle: Pos2, radius: f32, colour: Color32) {
    use std::f32::consts::TAU;
    let moving = ui.style().animation_time > 0.0;
    let time = if moving {
        ui.input(|input| input.time)
    } else {
        0.0
    };
    if moving {
        let pause = std::time::Duration::from_secs_f32(size::PROGRESS_SECONDS);
        ui.ctx().request_repaint_after(pause);
    }
    let start = ((time * 10.0).floor() / 10.0 % 1.0) as f32 * TAU - TAU * 0.2;
    let points = (0..=20)
        .map(|index| {
            let angle = start + index as f32 / 20.0 * TAU * 0.75;
            middle + radius * vec2(angle.cos(), angle.sin())
        })
        .collect();
    ui.painter()
        .add(Shape::line(points, Stroke::new(1.5, colour)));
}
