//! Parallel coordinates: one upright axis per setting and one for the score, one line per trial. A
//! stretch dragged on an axis dims every line that does not pass through it.

use std::collections::BTreeMap;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    CursorIcon, Key, Painter, Pos2, Rangef, Rect, Response, ScrollArea, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::paint;
use super::trial_chart::diamond;
use crate::evaluate::tuning::{Axis, AxisKind, Coordinates, Line};
use crate::ui::theme::{self, Tokens, Type, size};

/// Narrower than this axes are moved rather than squeezed.
const NARROWEST: f32 = 84.0;
/// Room for the name and the numbers of the last axis.
const LAST: f32 = 88.0;
const HEAD: f32 = 30.0;
/// Beneath the axes: where a setting that does not act is drawn.
const FOOT: f32 = 30.0;
/// Half the width that a brush is drawn in, and that takes the pointer.
const REACH: f32 = 9.0;
/// A shorter drag is a click, which takes the brush away.
const SHORTEST: f64 = 0.02;
/// Pixels from a line within which it is the one that is meant.
const NEAR: f32 = 6.0;
/// Lines more than this are thin.
const MANY: usize = 80;

/// What the drawing remembers between frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParallelState {
    /// Stretches that are kept, by key of their axis: lower and upper end, 0 to 1.
    pub brushes: BTreeMap<String, (f64, f64)>,
    /// Where a drag began: the key of the axis and the place.
    drag: Option<(String, f64)>,
}

impl ParallelState {
    /// Whether a line passes through every brush.
    pub fn keeps(&self, coordinates: &Coordinates, line: &Line) -> bool {
        self.brushes.iter().all(|(key, (low, high))| {
            let axis = coordinates.axes.iter().position(|axis| axis.key == *key);
            let Some(axis) = axis else { return true };
            let place = line.places.get(axis).copied().flatten();
            place.is_some_and(|place| place >= *low && place <= *high)
        })
    }
}

/// What is drawn.
pub struct Parallel<'a> {
    pub coordinates: &'a Coordinates,
    pub higher_is_better: bool,
    pub chosen: Option<usize>,
    /// What is said of a trial under the pointer.
    pub tell: &'a dyn Fn(usize) -> String,
}

/// Draws the axes and the lines, so high in all. The trial that was clicked.
pub fn parallel(
    ui: &mut Ui,
    height: f32,
    picture: &Parallel<'_>,
    state: &mut ParallelState,
) -> Option<usize> {
    let axes = picture.coordinates.axes.len().max(1);
    let needed = (axes - 1) as f32 * NARROWEST + LAST;
    let room = ui.available_width();
    if needed <= room {
        return draw(ui, room, height, picture, state);
    }
    ScrollArea::horizontal()
        .id_salt("parallel coordinates")
        .auto_shrink([false, true])
        .show(ui, |ui| draw(ui, needed, height, picture, state))
        .inner
}

fn draw(
    ui: &mut Ui,
    width: f32,
    height: f32,
    picture: &Parallel<'_>,
    state: &mut ParallelState,
) -> Option<usize> {
    let tokens = theme::tokens(ui);
    let response = paint::allocate(ui, vec2(width, height), Sense::click(), true);
    let frame = Frame::of(response.rect, picture.coordinates);
    let name = format!(
        "Parallel coordinates of {}",
        crate::base::format::counted(picture.coordinates.lines.len() as u64, "trial")
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    // Axes take the pointer before the lines beneath them do.
    let handles: Vec<Response> = picture
        .coordinates
        .axes
        .iter()
        .enumerate()
        .map(|(index, axis)| brush(ui, &response, &frame, (index, axis), state))
        .collect();
    let over_axis = handles.iter().any(|handle| handle.hovered());
    let hovered = match over_axis || !response.hovered() {
        true => None,
        false => hovered_line(ui, &frame, picture, state),
    };
    let painter = ui.painter().clone();
    lines(&painter, &frame, picture, state, hovered, tokens);
    for (index, axis) in picture.coordinates.axes.iter().enumerate() {
        frame.paint_axis(ui, (index, axis), state, tokens);
    }
    for handle in &handles {
        let ring = handle.rect.expand(2.0);
        paint::focus_inside(ui, ring, handle.has_focus(), size::RADIUS_CONTROL);
    }
    let clicked = hovered.filter(|_| response.clicked());
    if let Some(number) = hovered {
        response.on_hover_text_at_pointer((picture.tell)(number));
    }
    clicked
}

/// Where axes and places lie.
struct Frame {
    area: Rect,
    axes: usize,
    /// Some line has no place on some axis.
    off: bool,
}

impl Frame {
    fn of(rect: Rect, coordinates: &Coordinates) -> Self {
        let off = coordinates
            .lines
            .iter()
            .any(|line| line.places.iter().any(Option::is_none));
        let foot = if off { FOOT } else { 10.0 };
        Self {
            area: Rect::from_min_max(rect.min + vec2(0.0, HEAD), rect.max - vec2(0.0, foot)),
            axes: coordinates.axes.len().max(1),
            off,
        }
    }

    fn step(&self) -> f32 {
        (self.area.width() - LAST) / (self.axes - 1).max(1) as f32
    }

    /// Axes stand at the left of their step, so that their numbers have room beside them.
    fn x(&self, axis: usize) -> f32 {
        (self.area.left() + axis as f32 * self.step() + 12.0).round()
    }

    fn y(&self, place: Option<f64>) -> f32 {
        match place {
            Some(place) => self.area.bottom() - place.clamp(0.0, 1.0) as f32 * self.area.height(),
            None => self.area.bottom() + FOOT * 0.6,
        }
    }

    fn place(&self, y: f32) -> f64 {
        let share = (self.area.bottom() - y) / self.area.height().max(1.0);
        f64::from(share).clamp(0.0, 1.0)
    }

    fn points(&self, line: &Line) -> Vec<Pos2> {
        line.places
            .iter()
            .enumerate()
            .map(|(axis, place)| pos2(self.x(axis), self.y(*place)))
            .collect()
    }

    fn paint_axis(
        &self,
        ui: &Ui,
        (index, axis): (usize, &Axis),
        state: &ParallelState,
        tokens: &Tokens,
    ) {
        let painter = ui.painter();
        let x = self.x(index);
        let room = match index + 1 == self.axes {
            true => LAST - 16.0,
            false => self.step() - 16.0,
        };
        let strong = axis.kind == AxisKind::Score;
        let stroke = Stroke::new(if strong { 2.0 } else { 1.0 }, tokens.chart.axis);
        painter.vline(x, self.area.y_range(), stroke);
        let (style, ink) = match strong {
            true => (Type::BodyMedium, tokens.text.primary),
            false => (Type::Caption, tokens.text.secondary),
        };
        let at = pos2(x - 8.0, self.area.top() - HEAD / 2.0 - 2.0);
        paint::text_left(painter, at, &axis.label, style, ink, room + 8.0);
        // A brush is drawn over the axis: the numbers give way to it.
        let beside = match state.brushes.contains_key(&axis.key) {
            true => REACH + 4.0,
            false => 5.0,
        };
        let mut above = f32::MAX;
        for (place, text) in &axis.ticks {
            let y = self.y(Some(*place));
            painter.hline(x - 3.0..=x, y, Stroke::new(1.0, tokens.chart.axis));
            if above - y < 13.0 {
                continue;
            }
            above = y;
            tick(painter, pos2(x + beside, y), text, room, tokens);
        }
        if self.off {
            let y = self.y(None);
            painter.hline(x - 3.0..=x + 3.0, y, Stroke::new(1.0, tokens.chart.axis));
            if index == 0 {
                tick(painter, pos2(x + 6.0, y), "not used", room, tokens);
            }
        }
        let Some((low, high)) = state.brushes.get(&axis.key) else {
            return;
        };
        let brush = Rect::from_x_y_ranges(
            Rangef::new(x - REACH, x + REACH),
            Rangef::new(self.y(Some(*high)) - 1.0, self.y(Some(*low)) + 1.0),
        );
        painter.rect_filled(brush, 2.0, tokens.chart.selection_fill);
        let stroke = Stroke::new(1.5, tokens.chart.selection);
        painter.rect_stroke(brush, 2.0, stroke, StrokeKind::Inside);
        for end in [brush.top(), brush.bottom()] {
            let handle = Rect::from_center_size(pos2(x, end), vec2(14.0, 4.0));
            painter.rect_filled(handle, 2.0, tokens.chart.selection);
        }
    }
}

/// A number beside an axis, on the colour of the canvas, so that lines do not run through it.
fn tick(painter: &Painter, left: Pos2, text: &str, room: f32, tokens: &Tokens) {
    let galley = paint::line(
        painter,
        text,
        Type::NumberSmall.font(),
        tokens.chart.label,
        (room * 0.8).max(24.0),
    );
    let place = Rect::from_min_size(pos2(left.x, left.y - galley.size().y / 2.0), galley.size());
    painter.rect_filled(place.expand2(vec2(2.0, 0.0)), 2.0, tokens.surface.canvas);
    painter.galley(place.min, galley, tokens.chart.label);
}

/// Lets a stretch of an axis be dragged, or moved by the arrow keys.
fn brush(
    ui: &mut Ui,
    whole: &Response,
    frame: &Frame,
    (index, axis): (usize, &Axis),
    state: &mut ParallelState,
) -> Response {
    let x = frame.x(index);
    let place = Rect::from_x_y_ranges(
        Rangef::new(x - REACH, x + REACH),
        frame.area.y_range().expand(4.0),
    );
    let id = whole.id.with(&axis.key);
    let mut response = ui.interact(place, id, Sense::click_and_drag());
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeVertical);
    }
    let pointer = response.interact_pointer_pos().map(|at| frame.place(at.y));
    if let Some(at) = pointer {
        if response.drag_started() {
            // Where the button went down, not where the drag was noticed.
            let pressed = ui.input(|input| input.pointer.press_origin());
            let from = pressed.map_or(at, |pressed| frame.place(pressed.y));
            state.drag = Some((axis.key.clone(), from));
        }
        if let Some((key, from)) = &state.drag
            && *key == axis.key
        {
            let (low, high) = (from.min(at), from.max(at));
            if high - low >= SHORTEST {
                state.brushes.insert(axis.key.clone(), (low, high));
            }
        }
    }
    if response.drag_stopped() {
        state.drag = None;
    }
    if response.clicked() {
        state.brushes.remove(&axis.key);
        response.request_focus();
    }
    if response.has_focus() {
        brush_by_keys(ui, &axis.key, state);
    }
    let kept = state.brushes.get(&axis.key);
    let name = match kept {
        Some((low, high)) => format!(
            "{}: only from {} to {}",
            axis.label,
            words_at(axis, *low),
            words_at(axis, *high)
        ),
        None => format!("{}: drag to keep a part", axis.label),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &name));
    let hint = "Drag along the axis to keep a part of it; click to keep all of it. With the keyboard: up and down move the lower end, with Shift the upper one, Delete keeps all.";
    if kept.is_none() && state.drag.is_none() {
        response = response.on_hover_text(format!("{}. {hint}", axis.label));
    }
    response
}

fn brush_by_keys(ui: &Ui, key: &str, state: &mut ParallelState) {
    const STEP: f64 = 0.05;
    let (up, down, shift, gone) = ui.input(|input| {
        (
            input.num_presses(Key::ArrowUp),
            input.num_presses(Key::ArrowDown),
            input.modifiers.shift,
            input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace),
        )
    });
    if gone {
        state.brushes.remove(key);
        return;
    }
    if up == down {
        return;
    }
    let by = STEP * (up as f64 - down as f64);
    let (low, high) = state.brushes.get(key).copied().unwrap_or((0.0, 1.0));
    let moved = match shift {
        true => (low, (high + by).clamp(low + STEP, 1.0)),
        false => ((low + by).clamp(0.0, high - STEP), high),
    };
    state.brushes.insert(key.to_owned(), moved);
}

/// The tick nearest to a place.
fn words_at(axis: &Axis, place: f64) -> String {
    let nearest = axis
        .ticks
        .iter()
        .min_by(|a, b| (a.0 - place).abs().total_cmp(&(b.0 - place).abs()));
    nearest.map_or_else(String::new, |(_, text)| format!("about {text}"))
}

/// The line nearest to the pointer, among those that are not dimmed.
fn hovered_line(
    ui: &Ui,
    frame: &Frame,
    picture: &Parallel<'_>,
    state: &ParallelState,
) -> Option<usize> {
    let pointer = ui.input(|input| input.pointer.hover_pos())?;
    let coordinates = picture.coordinates;
    let kept = coordinates
        .lines
        .iter()
        .filter(|line| state.keeps(coordinates, line));
    let near = kept.filter_map(|line| {
        let points = frame.points(line);
        let nearest = points
            .windows(2)
            .filter_map(|pair| Some(distance(pointer, *pair.first()?, *pair.last()?)))
            .fold(f32::INFINITY, f32::min);
        (nearest <= NEAR).then_some((line.trial, nearest))
    });
    near.min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(trial, _)| trial)
}

/// From a point to a stretch between two others.
fn distance(point: Pos2, from: Pos2, to: Pos2) -> f32 {
    let along = to - from;
    let length = along.length_sq();
    let share = match length > 0.0 {
        true => ((point - from).dot(along) / length).clamp(0.0, 1.0),
        false => 0.0,
    };
    (from + along * share - point).length()
}

/// Dimmed lines first, then from the worst to the best, so that good ones lie on top.
fn lines(
    painter: &Painter,
    frame: &Frame,
    picture: &Parallel<'_>,
    state: &ParallelState,
    hovered: Option<usize>,
    tokens: &Tokens,
) {
    let coordinates = picture.coordinates;
    let mut ranked: Vec<&Line> = coordinates.lines.iter().collect();
    let sign = if picture.higher_is_better { 1.0 } else { -1.0 };
    // A score on some parts only is not held against those on all.
    ranked.sort_by(|a, b| {
        let whole = (!a.dropped).cmp(&!b.dropped);
        whole.then((sign * a.score).total_cmp(&(sign * b.score)))
    });
    let last = ranked.len().saturating_sub(1).max(1) as f32;
    let many = if ranked.len() > MANY { 0.6 } else { 1.0 };
    let (kept, dimmed): (Vec<_>, Vec<_>) = ranked
        .into_iter()
        .enumerate()
        .partition(|(_, line)| state.keeps(coordinates, line));
    for (_, line) in dimmed {
        let stroke = Stroke::new(0.75 * many, tokens.chart.deselected);
        painter.add(Shape::line(frame.points(line), stroke));
    }
    let mut best = None;
    for (rank, line) in kept {
        // Where most were dropped early, the few whole ones must still stand out.
        let share = rank as f32 / last * if line.dropped { 0.5 } else { 1.0 };
        let looked_at = Some(line.trial) == hovered || Some(line.trial) == picture.chosen;
        let mut stroke = Stroke::new((0.75 + 1.75 * share * share) * many, shade(share, tokens));
        if line.best {
            best = Some(line);
            continue;
        }
        if looked_at {
            stroke = Stroke::new(2.5, tokens.accent.line);
        }
        let points = frame.points(line);
        match line.dropped && !looked_at {
            true => {
                painter.extend(Shape::dashed_line(&points, stroke, 4.0, 4.0));
            }
            false => {
                painter.add(Shape::line(points, stroke));
            }
        }
    }
    if let Some(line) = best {
        let points = frame.points(line);
        let looked_at = Some(line.trial) == hovered;
        let ink = match looked_at {
            true => tokens.accent.line,
            false => tokens.text.primary,
        };
        painter.add(Shape::line(points.clone(), Stroke::new(2.5, ink)));
        for point in points {
            diamond(painter, point, 5.0, tokens);
        }
    }
}

/// From pale to strong with the rank of the score, against either background.
fn shade(share: f32, tokens: &Tokens) -> eframe::egui::Color32 {
    let share = 0.15 + 0.75 * share;
    tokens.sequential(if tokens.dark { share } else { 1.0 - share })
}
