//! Drawings the size of a word: distributions, blanks, intervals, cells of a confusion matrix.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, Painter, Pos2, Rangef, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::paint;
use crate::ui::theme::{self, Tokens, Type, size};

/// Bars of a distribution that fill the rectangle.
pub fn mini_histogram(painter: &Painter, rect: Rect, counts: &[u32], colour: Color32) {
    let highest = counts.iter().copied().max().unwrap_or(0);
    if highest == 0 || rect.width() <= 0.0 {
        return;
    }
    let step = rect.width() / counts.len() as f32;
    // Few bars are wide apart, many touch: the gap never eats more than a fifth of a bar.
    let gap = if step >= 5.0 {
        1.0
    } else {
        (step * 0.2).min(1.0)
    };
    for (index, count) in counts.iter().enumerate() {
        if *count == 0 {
            continue;
        }
        // What is there is seen: at least one pixel.
        let height = (*count as f32 / highest as f32 * rect.height()).max(1.0);
        let left = rect.left() + index as f32 * step;
        let bar = Rect::from_min_max(
            pos2(left, rect.bottom() - height),
            pos2(left + (step - gap).max(0.5), rect.bottom()),
        );
        painter.rect_filled(bar, 0.0, colour);
    }
}

/// Even ticks for a column that only names rows: it has no distribution worth a look.
pub fn name_tag_ticks(painter: &Painter, rect: Rect, colour: Color32) {
    let stroke = Stroke::new(1.0, colour);
    let mut x = rect.left() + 0.5;
    while x < rect.right() {
        painter.vline(x, Rangef::new(rect.center().y, rect.bottom()), stroke);
        x += 4.0;
    }
}

/// How full a column is; the dotted amber end is the blank share.
pub fn fill_bar(painter: &Painter, rect: Rect, blank_share: f32, tokens: &Tokens) {
    let blank = if blank_share > 0.0 {
        (rect.width() * blank_share.clamp(0.0, 1.0))
            .max(4.0)
            .min(rect.width())
    } else {
        0.0
    };
    let split = rect.right() - blank;
    let full = Rect::from_min_max(rect.min, pos2(split, rect.bottom()));
    painter.rect_filled(full, 0.0, tokens.chart.mark_soft);
    let mut x = split + 1.0;
    while x + 1.0 < rect.right() + 0.5 {
        let right = (x + 2.0).min(rect.right());
        let dot = Rect::from_min_max(pos2(x, rect.top()), pos2(right, rect.bottom()));
        painter.rect_filled(dot, 0.0, tokens.status.caution.icon);
        x += 3.0;
    }
}

/// A vertical line through all rows of a comparison: guessing (dotted), a simple rule (solid).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yardstick {
    pub value: f64,
    pub dotted: bool,
}

/// One row of a comparison: where a score lies, how sure that is, and each part it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct DotInterval<'a> {
    /// Lowest and highest position of the shared axis; reversed when lower is better.
    pub axis: (f64, f64),
    pub mean: f64,
    /// 95 % interval; None for something that does not vary.
    pub interval: Option<(f64, f64)>,
    /// The score on each part, drawn as ticks beneath.
    pub parts: &'a [f64],
    pub yardsticks: &'a [Yardstick],
    /// An open dot: a yardstick itself.
    pub hollow: bool,
    /// Grey: older data, or not compared.
    pub faded: bool,
}

/// Draws one row of a comparison into a rectangle.
pub fn paint_dot_interval(painter: &Painter, rect: Rect, row: &DotInterval<'_>, tokens: &Tokens) {
    let (low, high) = row.axis;
    let span = high - low;
    if span == 0.0 || !span.is_finite() {
        return;
    }
    let x = |value: f64| rect.left() + ((value - low) / span) as f32 * rect.width();
    for yardstick in row.yardsticks.iter().filter(|y| y.value.is_finite()) {
        yardstick_line(painter, x(yardstick.value), rect, yardstick.dotted, tokens);
    }
    if !row.mean.is_finite() {
        return;
    }
    let ink = if row.faded {
        tokens.text.disabled
    } else {
        tokens.text.primary
    };
    let y = if row.parts.is_empty() {
        rect.center().y
    } else {
        rect.center().y - 3.0
    };
    if let Some((lower, upper)) = row.interval {
        let (left, right) = (x(lower.max(low.min(high))), x(upper.min(low.max(high))));
        let stroke = Stroke::new(size::CHART_INTERVAL, ink);
        painter.hline(left.min(right)..=left.max(right), y, stroke);
        for end in [left, right] {
            painter.vline(end, Rangef::new(y - 4.0, y + 4.0), Stroke::new(1.5, ink));
        }
    }
    let middle = pos2(x(row.mean), y);
    if row.hollow {
        painter.circle(middle, 4.5, tokens.surface.canvas, Stroke::new(1.5, ink));
    } else {
        painter.circle_filled(middle, 4.5, ink);
    }
    for part in row.parts.iter().filter(|part| part.is_finite()) {
        let stroke = Stroke::new(1.0, tokens.chart.rug);
        painter.vline(x(*part), Rangef::new(y + 8.0, y + 13.0), stroke);
    }
}

/// A yardstick through a rectangle, from top to bottom.
pub fn yardstick_line(painter: &Painter, x: f32, rect: Rect, dotted: bool, tokens: &Tokens) {
    let ends = [pos2(x, rect.top()), pos2(x, rect.bottom())];
    if dotted {
        let stroke = Stroke::new(1.5, tokens.chart.baseline);
        painter.extend(Shape::dashed_line(&ends, stroke, 2.0, 2.0));
    } else {
        painter.line_segment(ends, Stroke::new(1.5, tokens.chart.mark_soft));
    }
}

/// A row of a comparison as a widget with a name ("587, between 572 and 602").
pub fn dot_interval(ui: &mut Ui, width: f32, row: &DotInterval<'_>, name: &str) -> Response {
    let tokens = theme::tokens(ui);
    let wanted = vec2(width, size::LEADERBOARD_ROW);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    paint_dot_interval(ui.painter(), response.rect, row, tokens);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    response
}

/// One cell of a confusion matrix: what it is called, how many, which share of its row.
/// `right` marks the cells where the model is right.
#[allow(clippy::too_many_arguments)] // One drawing, eight facts; a struct would only rename them.
pub fn confusion_cell(
    ui: &mut Ui,
    wanted: eframe::egui::Vec2,
    name: &str,
    count: &str,
    share_text: &str,
    share: f32,
    right: bool,
    selected: bool,
) -> Response {
    let tokens = theme::tokens(ui);
    let response = paint::allocate(ui, wanted, Sense::click(), true);
    let rect = response.rect;
    let painter = ui.painter();
    let fill = paint::flat_fill(ui, &response, selected).unwrap_or(tokens.surface.sunken);
    painter.rect_filled(rect, size::RADIUS_CONTROL, fill);
    let left = rect.left() + 10.0;
    let room = rect.width() - 20.0;
    let text = &tokens.text;
    let line = |y: f32, words: &str, style: Type, colour: Color32| {
        paint::text_left(
            painter,
            Pos2::new(left, rect.top() + y),
            words,
            style,
            colour,
            room,
        );
    };
    line(16.0, name, Type::Caption, text.secondary);
    line(38.0, count, Type::Title, text.primary);
    line(58.0, share_text, Type::Caption, text.primary);
    let bar = Rect::from_min_max(
        pos2(rect.left(), rect.bottom() - 4.0),
        pos2(
            rect.left() + rect.width() * share.clamp(0.0, 1.0),
            rect.bottom(),
        ),
    );
    let colour = if right {
        tokens.category(0)
    } else {
        tokens.chart.mark_soft
    };
    painter.rect_filled(bar, 2.0, colour);
    if selected {
        let stroke = Stroke::new(1.5, tokens.accent.line);
        painter.rect_stroke(rect, size::RADIUS_CONTROL, stroke, StrokeKind::Inside);
    }
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
    let label = format!("{name}: {count}, {share_text}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    response
}
