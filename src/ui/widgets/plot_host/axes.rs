//! Everything around the marks: title, legend, grid, ticks.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Galley, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::layers::{point_shape, stretch};
use super::{PlotKind, Projection};
use crate::chart::scene::{Axis, AxisKind, LegendEntry, Scene};
use crate::ui::theme::{self, Tokens, Type};
use crate::ui::widgets::paint;

/// Widest label at the left of a chart.
const LABEL_LIMIT: f32 = 128.0;
const SMALL_LABEL_LIMIT: f32 = 72.0;

/// Title and legend. Returns where they end.
pub fn head(ui: &Ui, outer: Rect, scene: &Scene, kind: PlotKind, tokens: &Tokens) -> f32 {
    let style = if kind == PlotKind::Full {
        Type::Heading
    } else {
        Type::BodyStrong
    };
    let height = if kind == PlotKind::Full { 24.0 } else { 20.0 };
    let middle = outer.top() + height / 2.0;
    let place = pos2(outer.left(), middle);
    let colour = tokens.text.primary;
    let (drawn, _) = paint::text_left(
        ui.painter(),
        place,
        &scene.title,
        style,
        colour,
        outer.width(),
    );
    // Without a title the subtitle stands where one would.
    let gap = if drawn > 0.0 { 12.0 } else { 0.0 };
    let place = pos2(outer.left() + drawn + gap, middle + 1.0);
    let room = outer.right() - place.x;
    let (words, quiet) = (&scene.subtitle, tokens.text.secondary);
    if room > 40.0 {
        paint::text_left(ui.painter(), place, words, Type::Caption, quiet, room);
    }
    let below = outer.top() + height + 4.0;
    if kind == PlotKind::Small || scene.legend.is_empty() {
        return below;
    }
    legend(ui, pos2(outer.left(), below), outer.right(), scene, tokens)
}

/// Entries side by side, in as many lines as they need.
fn legend(ui: &Ui, start: Pos2, right: f32, scene: &Scene, tokens: &Tokens) -> f32 {
    const LINE: f32 = 20.0;
    let mut place = start;
    if !scene.legend_title.is_empty() {
        let middle = pos2(place.x, place.y + LINE / 2.0);
        let colour = tokens.text.secondary;
        let words = &scene.legend_title;
        let (drawn, _) =
            paint::text_left(ui.painter(), middle, words, Type::Caption, colour, 200.0);
        place.x += drawn + 12.0;
    }
    for entry in &scene.legend {
        let width = paint::width_of(ui, &entry.label, Type::Caption).min(160.0);
        let line = if entry.dash.is_some() { 12.0 } else { 0.0 };
        if place.x + line + 16.0 + width > right && place.x > start.x {
            place = pos2(start.x, place.y + LINE);
        }
        let middle = pos2(place.x + 5.0, place.y + LINE / 2.0);
        sign(ui, middle, entry, tokens);
        let words = pos2(place.x + line + 16.0, middle.y);
        let colour = tokens.text.primary;
        paint::text_left(
            ui.painter(),
            words,
            &entry.label,
            Type::Caption,
            colour,
            width + 1.0,
        );
        place.x += line + 16.0 + width + 16.0;
    }
    place.y + LINE + 4.0
}

fn sign(ui: &Ui, middle: Pos2, entry: &LegendEntry, tokens: &Tokens) {
    let colour = theme::ink(entry.ink, tokens);
    if let Some(dash) = entry.dash {
        let ends = [middle - vec2(5.0, 0.0), middle + vec2(17.0, 0.0)];
        stretch(
            ui.painter(),
            &mut ends.to_vec(),
            dash,
            Stroke::new(2.0, colour),
        );
        return;
    }
    match entry.shape {
        Some(shape) => {
            let shape = point_shape(shape, middle, 4.5, colour, tokens.surface.canvas);
            ui.painter().add(shape);
        }
        None => {
            let square = Rect::from_center_size(middle, vec2(10.0, 10.0));
            ui.painter().rect_filled(square, 2.0, colour);
        }
    }
}

/// Where the marks go: what remains beside the labels.
pub fn frame(ui: &Ui, outer: Rect, top: f32, scene: &Scene, kind: PlotKind) -> Rect {
    let limit = if kind == PlotKind::Full {
        LABEL_LIMIT
    } else {
        SMALL_LABEL_LIMIT
    };
    let style = Type::NumberSmall;
    let widest = scene
        .y
        .ticks
        .iter()
        .map(|(_, label)| paint::width_of(ui, label, style))
        .fold(0.0_f32, f32::max)
        .min(limit);
    let title = if kind == PlotKind::Full && !scene.y.title.is_empty() {
        20.0
    } else {
        4.0
    };
    let left = if widest > 0.0 { widest + 10.0 } else { 2.0 };
    // The last label at the right may stand out by half of its width.
    let beyond = scene.x.ticks.last().map_or(0.0, |(_, label)| {
        (paint::width_of(ui, label, style) / 2.0).min(24.0)
    });
    let beyond = if matches!(scene.x.kind, AxisKind::Band(_)) {
        2.0
    } else {
        beyond + 2.0
    };
    let bottom = match kind {
        PlotKind::Full => {
            let title = if scene.x.title.is_empty() { 0.0 } else { 20.0 };
            22.0 + title + note_height(ui, scene, outer.width() - left - beyond)
        }
        PlotKind::Small => 20.0,
    };
    let frame = Rect::from_min_max(
        pos2((outer.left() + left).round(), (top + title).round()),
        pos2(
            (outer.right() - beyond).round(),
            (outer.bottom() - bottom).round(),
        ),
    );
    // Never inside out, however little room there is.
    Rect::from_min_size(frame.min, frame.size().max(vec2(24.0, 24.0)))
}

pub fn grid(ui: &Ui, place: &Projection, scene: &Scene, tokens: &Tokens) {
    let frame = place.frame;
    let line = Stroke::new(1.0, tokens.chart.grid);
    let painter = ui.painter();
    let banded = |axis: &Axis| matches!(axis.kind, AxisKind::Band(_));
    if !banded(&scene.y) {
        for &(value, _) in &scene.y.ticks {
            let y = place.y(value);
            if y >= frame.top() - 0.5 && y < frame.bottom() - 0.5 {
                painter.hline(frame.x_range(), y.round() + 0.5, line);
            }
        }
    }
    if !banded(&scene.x) && !bars_stand(scene) {
        for &(value, _) in &scene.x.ticks {
            let x = place.x(value);
            if x > frame.left() + 0.5 && x <= frame.right() + 0.5 {
                painter.vline(x.round() + 0.5, frame.y_range(), line);
            }
        }
    }
}

/// Whether bars stand on the x axis: then lines up from it would only cut them.
fn bars_stand(scene: &Scene) -> bool {
    let bars = scene
        .layers
        .iter()
        .any(|layer| matches!(layer, crate::chart::Layer::Bars(_)));
    bars && !matches!(scene.y.kind, AxisKind::Band(_))
}

/// Axis lines, tick labels and axis titles.
pub fn ticks(ui: &Ui, place: &Projection, scene: &Scene, kind: PlotKind, tokens: &Tokens) {
    let frame = place.frame;
    let axis = Stroke::new(1.0, tokens.chart.axis);
    let painter = ui.painter();
    painter.hline(frame.x_range(), frame.bottom().round() + 0.5, axis);
    if matches!(scene.y.kind, AxisKind::Band(_)) {
        painter.vline(frame.left().round() - 0.5, frame.y_range(), axis);
    }
    x_labels(ui, place, &scene.x, tokens);
    y_labels(ui, place, &scene.y, kind, tokens);
    if kind == PlotKind::Small {
        return;
    }
    let quiet = tokens.text.secondary;
    if !scene.y.title.is_empty() {
        let start = pos2(frame.left(), frame.top() - 11.0);
        let room = frame.width();
        paint::text_left(painter, start, &scene.y.title, Type::Caption, quiet, room);
    }
    if !scene.x.title.is_empty() {
        let middle = pos2(frame.center().x, frame.bottom() + 32.0);
        paint::text_middle(
            painter,
            middle,
            &scene.x.title,
            Type::Caption,
            quiet,
            frame.width(),
        );
    }
}

/// Room that the note takes beneath the title of the axis; none where it fits beside it.
fn note_height(ui: &Ui, scene: &Scene, width: f32) -> f32 {
    match &scene.note {
        Some(note) if !note_fits(ui, scene, note, width) => note_lines(ui, note, width).size().y,
        _ => 0.0,
    }
}

fn note_fits(ui: &Ui, scene: &Scene, note: &str, width: f32) -> bool {
    let title = paint::width_of(ui, &scene.x.title, Type::Caption);
    paint::width_of(ui, note, Type::Caption) <= (width - title) / 2.0 - 12.0
}

/// The note in as many lines as it needs, flush right.
fn note_lines(ui: &Ui, note: &str, width: f32) -> Arc<Galley> {
    let colour = theme::tokens(ui).text.secondary;
    let mut job = LayoutJob::simple(note.to_owned(), Type::Caption.font(), colour, width);
    job.halign = Align::RIGHT;
    ui.painter().layout_job(job)
}

/// What should be known about the drawing: beside the title of the axis, or beneath it.
pub fn note(ui: &Ui, place: &Projection, scene: &Scene, words: &str) {
    let frame = place.frame;
    let galley = note_lines(ui, words, frame.width());
    let fits = match &scene.note {
        Some(note) => note_fits(ui, scene, note, frame.width()),
        None => true,
    };
    // Level with the title, or beneath it.
    let top = match (fits, scene.x.title.is_empty()) {
        (true, _) => 26.0,
        (false, true) => 22.0,
        (false, false) => 42.0,
    };
    let top = frame.bottom() + top;
    let colour = theme::tokens(ui).text.secondary;
    ui.painter()
        .galley(pos2(frame.right(), top), galley, colour);
}

fn x_labels(ui: &Ui, place: &Projection, axis: &Axis, tokens: &Tokens) {
    let frame = place.frame;
    let y = frame.bottom() + 11.0;
    let colour = tokens.chart.label;
    let style = Type::NumberSmall;
    let banded = matches!(axis.kind, AxisKind::Band(_));
    let step = (place.x(1.0) - place.x(0.0)).abs();
    // Names are cut to their band, numbers are left out where they would touch.
    let room = if banded { (step - 6.0).max(28.0) } else { 96.0 };
    let mut free = f32::NEG_INFINITY;
    for (value, label) in &axis.ticks {
        let x = place.x(*value);
        if x < frame.left() - 1.0 || x > frame.right() + 1.0 {
            continue;
        }
        let width = paint::width_of(ui, label, style).min(room);
        if x - width / 2.0 < free {
            continue;
        }
        paint::text_middle(ui.painter(), pos2(x, y), label, style, colour, room);
        free = x + width / 2.0 + 6.0;
        if !banded {
            let tick = Stroke::new(1.0, tokens.chart.axis);
            ui.painter()
                .vline(x.round() + 0.5, frame.bottom()..=frame.bottom() + 4.0, tick);
        }
    }
}

fn y_labels(ui: &Ui, place: &Projection, axis: &Axis, kind: PlotKind, tokens: &Tokens) {
    let frame = place.frame;
    let limit = if kind == PlotKind::Full {
        LABEL_LIMIT
    } else {
        SMALL_LABEL_LIMIT
    };
    let mut free = f32::INFINITY;
    for (value, label) in &axis.ticks {
        let y = place.y(*value);
        if y < frame.top() - 1.0 || y > frame.bottom() + 1.0 || y + 6.0 > free {
            continue;
        }
        let end = pos2(frame.left() - 8.0, y);
        paint::text_right(
            ui.painter(),
            end,
            label,
            Type::NumberSmall,
            tokens.chart.label,
            limit,
        );
        free = y - 7.0;
    }
}
