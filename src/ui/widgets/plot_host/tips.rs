//! What a mark says of itself: under the pointer, or where the keyboard is.

use eframe::egui::{Key, Pos2, Rect, Response, Shape, Stroke, StrokeKind, Tooltip, Ui, Vec2};

use super::layers::bar_rect;
use super::{PlotResponse, PlotState, Projection, REACH};
use crate::base::format;
use crate::chart::marks::Brush;
use crate::chart::scene::{Axis, AxisKind, Bar, Layer, Points, Scene};
use crate::ui::theme::{self, Tokens};

/// More points than this are not searched for the one under the pointer.
const SEARCHED: usize = 50_000;

struct Tip {
    head: String,
    detail: String,
    outline: Shape,
    at: Pos2,
}

/// Moves from mark to mark with the arrow keys; Enter selects it.
pub fn keyboard(
    ui: &Ui,
    place: &Projection,
    scene: &Scene,
    state: &mut PlotState,
    result: &mut PlotResponse,
) {
    if !result.response.has_focus() {
        state.cursor = None;
        return;
    }
    let stops = stops(place, scene);
    if stops.is_empty() {
        return;
    }
    let filter = eframe::egui::EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..eframe::egui::EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(result.response.id, filter));
    let (forward, back, chosen) = ui.input(|input| {
        (
            input.num_presses(Key::ArrowRight) + input.num_presses(Key::ArrowDown),
            input.num_presses(Key::ArrowLeft) + input.num_presses(Key::ArrowUp),
            input.key_pressed(Key::Enter),
        )
    });
    let last = stops.len() - 1;
    state.cursor = Some(match state.cursor {
        None => 0,
        Some(index) => (index + forward).saturating_sub(back).min(last),
    });
    if chosen && let Some(stop) = state.cursor.and_then(|index| stops.get(index)) {
        let (x, y) = stop.middle;
        result.combine = super::combine_of(ui);
        result.clicked = Some(Brush {
            x: (x, x),
            y: (y, y),
        });
    }
}

/// What the keyboard can stand on: a bar, or a mark on a curve.
struct Stop<'a> {
    /// On the axes.
    middle: (f64, f64),
    rect: Rect,
    tooltip: &'a str,
}

/// Every bar and every mark of a curve that is in view, in the order they are drawn.
fn stops<'a>(place: &Projection, scene: &'a Scene) -> Vec<Stop<'a>> {
    let middle = |(a, b): (f64, f64)| (a + b) / 2.0;
    let bars = all_bars(scene).filter_map(|bar| {
        Some(Stop {
            middle: (middle(bar.x), middle(bar.y)),
            rect: rect_of(place, bar)?,
            tooltip: &bar.tooltip,
        })
    });
    let spots = scene
        .layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Spots(spots) => Some(spots),
            _ => None,
        })
        .flatten();
    let spots = spots.filter_map(|spot| {
        let at = place.at(spot.x, spot.y);
        let there = !spot.tooltip.is_empty() && place.frame.expand(1.0).contains(at);
        there.then(|| Stop {
            middle: (spot.x, spot.y),
            rect: Rect::from_center_size(at, Vec2::splat(spot.radius * 2.0 + 4.0)),
            tooltip: &spot.tooltip,
        })
    });
    bars.chain(spots).collect()
}

/// Every bar, in the order they are drawn.
pub fn all_bars(scene: &Scene) -> impl Iterator<Item = &Bar> {
    scene
        .layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Bars(bars) => Some(bars),
            _ => None,
        })
        .flatten()
}

fn rect_of(place: &Projection, bar: &Bar) -> Option<Rect> {
    let rect = bar_rect(place, bar.x, bar.y).intersect(place.frame);
    rect.is_positive().then_some(rect)
}

pub fn show(
    ui: &Ui,
    place: &Projection,
    scene: &Scene,
    state: &PlotState,
    response: &Response,
    tokens: &Tokens,
) {
    let pointer = response.hover_pos().filter(|_| state.drag.is_none());
    let tip = match pointer {
        Some(pointer) => under(place, scene, pointer, tokens),
        None => state.cursor.and_then(|index| {
            let stops = stops(place, scene);
            stops.get(index).and_then(|stop| stop_tip(stop, tokens))
        }),
    };
    let Some(tip) = tip else {
        return;
    };
    ui.painter().add(tip.outline);
    let anchor = Rect::from_center_size(tip.at, eframe::egui::vec2(16.0, 16.0));
    Tooltip::always_open(
        ui.ctx().clone(),
        ui.layer_id(),
        response.id.with("tip"),
        anchor,
    )
    .gap(6.0)
    .show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.label(theme::body_strong(&tip.head).color(tokens.text.primary));
        if !tip.detail.is_empty() {
            ui.label(theme::caption(&tip.detail).color(tokens.text.secondary));
        }
    });
}

fn under(place: &Projection, scene: &Scene, pointer: Pos2, tokens: &Tokens) -> Option<Tip> {
    for layer in scene.layers.iter().rev() {
        if let Layer::Points(points) = layer
            && let Some(tip) = point_tip(place, scene, points, pointer, tokens)
        {
            return Some(tip);
        }
    }
    let stops = stops(place, scene);
    stops
        .iter()
        .rev()
        .filter(|stop| stop.rect.contains(pointer))
        .find_map(|stop| stop_tip(stop, tokens))
        .map(|tip| Tip { at: pointer, ..tip })
}

fn stop_tip(stop: &Stop<'_>, tokens: &Tokens) -> Option<Tip> {
    if stop.tooltip.is_empty() {
        return None;
    }
    let (head, detail) = stop.tooltip.split_once(": ").unwrap_or((stop.tooltip, ""));
    let stroke = Stroke::new(1.0, tokens.text.primary);
    Some(Tip {
        head: head.to_owned(),
        detail: detail.to_owned(),
        outline: Shape::from(eframe::egui::epaint::RectShape::stroke(
            stop.rect,
            0.0,
            stroke,
            StrokeKind::Outside,
        )),
        at: stop.rect.center_top(),
    })
}

fn point_tip(
    place: &Projection,
    scene: &Scene,
    points: &Points,
    pointer: Pos2,
    tokens: &Tokens,
) -> Option<Tip> {
    if points.len() > SEARCHED {
        return None;
    }
    let (distance, index) = (0..points.len())
        .filter_map(|index| {
            let (x, y) = points.position(index)?;
            Some((place.at(x, y).distance_sq(pointer), index))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    if distance > REACH * REACH {
        return None;
    }
    let (x, y) = points.position(index)?;
    let category = points
        .category
        .as_ref()
        .filter(|_| points.shapes)
        .and_then(|_| scene.legend.get(points.category_of(index)))
        .map(|entry| format!("{}  ", entry.label));
    let row = points.rows.get(index).map_or_else(String::new, |row| {
        format!("Row {}", format::count(u64::from(*row) + 1))
    });
    let middle = place.at(x, y);
    let stroke = Stroke::new(1.5, tokens.text.primary);
    Some(Tip {
        head: format!(
            "{} {}, {} {}",
            scene.x.title,
            read(&scene.x, x),
            scene.y.title,
            read(&scene.y, y)
        ),
        detail: format!("{}{row}", category.unwrap_or_default()),
        outline: Shape::circle_stroke(middle, points.radius + 2.0, stroke),
        at: middle,
    })
}

/// A position on an axis in words.
fn read(axis: &Axis, value: f64) -> String {
    match &axis.kind {
        AxisKind::Linear => axis.figures.number(value, 5),
        AxisKind::Time => moment(value),
        AxisKind::Band(names) => names
            .get(value.round().max(0.0) as usize)
            .cloned()
            .unwrap_or_default(),
    }
}

/// Seconds since 1970 as a date, with the time of day where it has one.
pub fn moment(seconds: f64) -> String {
    let mut text = String::new();
    if seconds.rem_euclid(86_400.0) == 0.0 {
        crate::data::calendar::write_date((seconds / 86_400.0) as i64, &mut text);
    } else {
        crate::data::calendar::write_moment((seconds * 1e6) as i64, &mut text);
    }
    text
}
