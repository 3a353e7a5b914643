//! A chart in the window: the drawing of a [`Scene`] with its title, axes and legend, and what a
//! pointer does on it. Dragging selects, scrolling zooms, the middle button or the space bar with
//! a drag moves, a double click shows everything again.

mod axes;
mod layers;
mod tips;

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    CursorIcon, Id, Key, PointerButton, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use egui_plot::{Plot, PlotBounds};

pub use layers::TextureCache;
pub use tips::moment;

use super::paint;
use crate::chart::marks::{Brush, SceneSize, View};
use crate::chart::scene::{Axis, AxisKind, Bar, Layer, Points, Scene};
use crate::session::Combine;
use crate::ui::gpu_bridge;
use crate::ui::theme::{Tokens, size};

/// Nearer than this a pointer means a point.
const REACH: f32 = 6.0;
/// The closest zoom, as a share of everything.
const CLOSEST: f64 = 1e-6;

/// How much of the scene's words are drawn around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlotKind {
    /// Title, legend, axes with titles; brush and zoom.
    #[default]
    Full,
    /// A short title and ticks; a click is all it takes.
    Small,
}

/// What a chart remembers between frames.
#[derive(Default)]
pub struct PlotState {
    /// The part of the axes shown; None: everything.
    pub view: Option<View>,
    /// The rectangle of the last selection made here; drawn until it is cleared.
    pub brush: Option<Brush>,
    /// Room kept free at the right of the title, for controls of the pane.
    pub controls: f32,
    /// Every point of a cloud that the scene shows as a density, where the adapter can draw it.
    pub cloud: Option<Points>,
    whole: Option<View>,
    drag: Option<Drag>,
    textures: TextureCache,
    /// Bar the keyboard is on.
    cursor: Option<usize>,
}

impl PlotState {
    /// Another chart comes in place of this one.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[derive(Clone, Copy)]
struct Drag {
    from: (f64, f64),
    combine: Combine,
}

/// What happened on a chart.
pub struct PlotResponse {
    pub response: Response,
    /// The rectangle drawn, while it is drawn and once more when it is finished.
    pub brush: Option<Brush>,
    /// The drag that made the brush is over.
    pub finished: bool,
    /// How the rows under the brush or the click join those selected already.
    pub combine: Combine,
    /// The place that was clicked: a point for bars, a small rectangle for points.
    pub clicked: Option<Brush>,
    /// The axes now shown, when that changed. None inside: everything.
    pub zoomed: Option<Option<View>>,
}

/// Pixels that remain for the marks of a chart of this size, in steps so that a resize does not
/// ask for a new drawing with every pixel.
pub fn scene_size(outer: Vec2, kind: PlotKind) -> SceneSize {
    let (margin, step) = match kind {
        PlotKind::Full => (vec2(80.0, 112.0), 16.0),
        PlotKind::Small => (vec2(48.0, 44.0), 16.0),
    };
    let round = |value: f32| ((value / step).round() * step).max(32.0) as u32;
    SceneSize {
        width: round(outer.x - margin.x),
        height: round(outer.y - margin.y),
    }
}

/// Draws a scene in all the room there is.
pub fn plot(
    ui: &mut Ui,
    id: impl std::hash::Hash + std::fmt::Debug,
    scene: &Arc<Scene>,
    state: &mut PlotState,
    kind: PlotKind,
    tokens: &'static Tokens,
) -> PlotResponse {
    let outer = ui.available_size().max(vec2(120.0, 80.0));
    let (_, outer) = ui.allocate_space(outer);
    let outer = Rect::from_min_max(outer.min.round(), outer.max.round());
    let id = Id::unique(("plot", id));
    let mut head = outer;
    head.max.x -= state.controls;
    let below_words = axes::head(ui, head, scene, kind, tokens);
    let frame = axes::frame(ui, outer, below_words, scene, kind);
    let domain = View {
        x: scene.x.domain,
        y: scene.y.domain,
    };
    if state.view.is_none() {
        state.whole = Some(domain);
    }
    let shown = state.view.unwrap_or(domain);
    let (response, moved) = area(ui, id, frame, scene, shown, kind);
    let mut result = PlotResponse {
        response,
        brush: None,
        finished: false,
        combine: Combine::Replace,
        clicked: None,
        zoomed: None,
    };
    let banded = |axis: &Axis| matches!(axis.kind, AxisKind::Band(_));
    let cells = banded(&scene.x) && banded(&scene.y);
    let place = Projection {
        frame,
        view: moved,
        cells,
    };
    if kind == PlotKind::Full {
        zoom(ui, &place, shown, scene, state, &mut result);
        brush(ui, &place, scene, state, &mut result);
    }
    let place = Projection {
        frame,
        view: state.view.unwrap_or(domain),
        cells,
    };
    draw(ui, id, &place, scene, state, kind, tokens);
    if kind == PlotKind::Full {
        tips::keyboard(ui, &place, scene, state, &mut result);
    }
    tips::show(ui, &place, scene, state, &result.response, tokens);
    let focused = result.response.has_focus();
    paint::focus_inside(ui, frame.expand(3.0), focused, size::RADIUS_CONTROL);
    let description = scene.description.clone();
    let role = if kind == PlotKind::Small {
        Role::Button
    } else {
        Role::Image
    };
    result
        .response
        .widget_info(|| WidgetInfo::labeled(role, true, &description));
    result
}

/// From axis positions to pixels and back.
#[derive(Clone, Copy)]
struct Projection {
    frame: Rect,
    view: View,
    /// Bars are the cells of a grid, with gaps on all sides.
    cells: bool,
}

impl Projection {
    fn x(&self, value: f64) -> f32 {
        let (low, high) = self.view.x;
        let share = (value - low) / (high - low);
        (f64::from(self.frame.left()) + share * f64::from(self.frame.width())) as f32
    }

    fn y(&self, value: f64) -> f32 {
        let (low, high) = self.view.y;
        let share = (value - low) / (high - low);
        (f64::from(self.frame.bottom()) - share * f64::from(self.frame.height())) as f32
    }

    fn at(&self, x: f64, y: f64) -> Pos2 {
        pos2(self.x(x), self.y(y))
    }

    fn rect(&self, x: (f64, f64), y: (f64, f64)) -> Rect {
        Rect::from_two_pos(self.at(x.0, y.0), self.at(x.1, y.1))
    }

    fn back(&self, place: Pos2) -> (f64, f64) {
        let (left, right) = self.view.x;
        let (low, high) = self.view.y;
        let x = f64::from((place.x - self.frame.left()) / self.frame.width());
        let y = f64::from((self.frame.bottom() - place.y) / self.frame.height());
        (left + x * (right - left), low + y * (high - low))
    }
}

/// Which axes can be zoomed: those with positions between their ticks.
fn zoomable(scene: &Scene) -> [bool; 2] {
    let along = |kind: &AxisKind| !matches!(kind, AxisKind::Band(_));
    let bars = scene
        .layers
        .iter()
        .any(|layer| matches!(layer, Layer::Bars(_)));
    // Where bars stand for counts, only the axis that they stand on.
    [
        along(&scene.x.kind),
        along(&scene.y.kind) && !(bars && along(&scene.x.kind)),
    ]
}

/// The plot itself: its place, its response, and the axes after a drag that moves them.
fn area(
    ui: &mut Ui,
    id: Id,
    frame: Rect,
    scene: &Scene,
    shown: View,
    kind: PlotKind,
) -> (Response, View) {
    let moving = ui.input(|input| input.key_down(Key::Space));
    let button = if moving {
        PointerButton::Primary
    } else {
        PointerButton::Middle
    };
    let full = kind == PlotKind::Full;
    let sense = if full {
        Sense::click_and_drag()
    } else {
        Sense::click()
    };
    let mut child = ui.new_child(UiBuilder::new().max_rect(frame).id_salt(id));
    let drawn = Plot::new(id)
        .id(id)
        .width(frame.width())
        .height(frame.height())
        .min_size(Vec2::splat(1.0))
        .show_axes(false)
        .show_grid(false)
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .show_crosshair(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .allow_drag(if full { zoomable(scene) } else { [false; 2] })
        .pan_pointer_button(button)
        .sense(sense)
        .show(&mut child, |plot| {
            plot.set_plot_bounds(PlotBounds::from_min_max(
                [shown.x.0, shown.y.0],
                [shown.x.1, shown.y.1],
            ));
        });
    let bounds = drawn.transform.bounds();
    let ([left, low], [right, high]) = (bounds.min(), bounds.max());
    (
        drawn.response,
        View {
            x: (left, right),
            y: (low, high),
        },
    )
}

fn zoom(
    ui: &Ui,
    place: &Projection,
    before: View,
    scene: &Scene,
    state: &mut PlotState,
    result: &mut PlotResponse,
) {
    let whole = state.whole.unwrap_or(before);
    let [along_x, along_y] = zoomable(scene);
    let mut view = place.view;
    if result.response.double_clicked() {
        view = whole;
    } else if let Some(pointer) = ui.input(|input| input.pointer.hover_pos())
        && result.response.contains_pointer()
    {
        let (turned, pinched) = ui.input(|input| (input.smooth_scroll_delta.y, input.zoom_delta()));
        let factor = f64::from((turned / 240.0).exp() * pinched);
        if factor != 1.0 && (along_x || along_y) {
            let middle = place.back(pointer);
            if along_x {
                view.x = scaled(view.x, middle.0, factor);
            }
            if along_y {
                view.y = scaled(view.y, middle.1, factor);
            }
            ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
        }
    }
    let view = View {
        x: inside(view.x, whole.x),
        y: inside(view.y, whole.y),
    };
    if view == before {
        return;
    }
    state.view = (view != whole).then_some(view);
    result.zoomed = Some(state.view);
}

fn scaled((low, high): (f64, f64), middle: f64, factor: f64) -> (f64, f64) {
    (
        middle - (middle - low) / factor,
        middle + (high - middle) / factor,
    )
}

/// A range no larger than the whole, no smaller than can be drawn, and inside it.
fn inside((low, high): (f64, f64), whole: (f64, f64)) -> (f64, f64) {
    let all = whole.1 - whole.0;
    let span = (high - low).clamp(all * CLOSEST, all);
    if span >= all * 0.999 {
        return whole;
    }
    let low = low.clamp(whole.0, whole.1 - span);
    (low, low + span)
}

/// How the keys that are held change the selection: Shift adds, Alt takes away, Ctrl+Shift keeps
/// what is in both.
pub fn combine_of(ui: &Ui) -> Combine {
    let keys = ui.input(|input| input.modifiers);
    match (keys.command, keys.shift, keys.alt) {
        (true, true, _) => Combine::Intersect,
        (_, true, _) => Combine::Add,
        // Many window managers keep Alt and a drag for themselves: Ctrl does the same.
        (true, _, _) | (_, _, true) => Combine::Remove,
        _ => Combine::Replace,
    }
}

fn brush(
    ui: &Ui,
    place: &Projection,
    scene: &Scene,
    state: &mut PlotState,
    result: &mut PlotResponse,
) {
    let response = &result.response;
    let moving = ui.input(|input| input.key_down(Key::Space));
    if response.contains_pointer() {
        let icon = if moving {
            CursorIcon::Grab
        } else {
            CursorIcon::Crosshair
        };
        ui.ctx().set_cursor_icon(icon);
    }
    if response.drag_started_by(PointerButton::Primary) && !moving {
        let origin = ui.input(|input| input.pointer.press_origin());
        state.drag = origin.map(|origin| Drag {
            from: place.back(origin),
            combine: combine_of(ui),
        });
    }
    if let Some(drag) = state.drag {
        result.combine = drag.combine;
        if let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) {
            let to = place.back(place.frame.clamp(pointer));
            let rect = Brush {
                x: (drag.from.0, to.0),
                y: (drag.from.1, to.1),
            }
            .sorted();
            state.brush = Some(across(scene, rect));
        }
        if !response.dragged() {
            state.drag = None;
            state.brush = state.brush.map(|brush| snapped(scene, brush));
            result.finished = true;
        }
        result.brush = state.brush;
    } else if response.clicked() && !response.double_clicked() {
        result.combine = combine_of(ui);
        if let Some(pointer) = response.interact_pointer_pos() {
            result.clicked = Some(around(place, scene, pointer));
        }
    }
}

/// Whether the positions of an axis count rows.
fn counts(axis: &Axis) -> bool {
    matches!(axis.title.as_str(), "Rows" | "% of rows") && axis.kind == AxisKind::Linear
}

/// Bars that count rows are selected whole: the rectangle reaches along the counts.
fn across(scene: &Scene, brush: Brush) -> Brush {
    Brush {
        x: if counts(&scene.x) {
            scene.x.domain
        } else {
            brush.x
        },
        y: if counts(&scene.y) {
            scene.y.domain
        } else {
            brush.y
        },
    }
}

/// The rectangle with its edges on those of the bars it touches.
fn snapped(scene: &Scene, brush: Brush) -> Brush {
    let [along_x, along_y] = [counts(&scene.y), counts(&scene.x)];
    if !along_x && !along_y {
        return brush;
    }
    let touched = touched_bars(scene, &brush);
    let reach = |range: (f64, f64), of: fn(&Bar) -> (f64, f64)| {
        touched.iter().fold(range, |(low, high), bar| {
            let (from, to) = of(bar);
            (low.min(from), high.max(to))
        })
    };
    if touched.is_empty() {
        return brush;
    }
    let nothing = (f64::INFINITY, f64::NEG_INFINITY);
    Brush {
        x: if along_x {
            reach(nothing, |bar| bar.x)
        } else {
            brush.x
        },
        y: if along_y {
            reach(nothing, |bar| bar.y)
        } else {
            brush.y
        },
    }
}

/// Bars that stand for rows and that a rectangle touches.
pub fn touched_bars<'a>(scene: &'a Scene, brush: &Brush) -> Vec<&'a Bar> {
    tips::all_bars(scene)
        .filter(|bar| !bar.tooltip.is_empty() && brush.overlaps(bar.x, bar.y))
        .collect()
}

/// What a click means: the bar under it, or the points near it.
fn around(place: &Projection, scene: &Scene, pointer: Pos2) -> Brush {
    let cloud = scene
        .layers
        .iter()
        .any(|layer| matches!(layer, Layer::Points(_) | Layer::Raster(_)));
    let reach = if cloud {
        Vec2::splat(REACH)
    } else {
        Vec2::ZERO
    };
    let (a, b) = (place.back(pointer - reach), place.back(pointer + reach));
    Brush {
        x: (a.0, b.0),
        y: (a.1, b.1),
    }
    .sorted()
}

fn draw(
    ui: &mut Ui,
    id: Id,
    place: &Projection,
    scene: &Scene,
    state: &mut PlotState,
    kind: PlotKind,
    tokens: &'static Tokens,
) {
    axes::grid(ui, place, scene, tokens);
    let painter = ui
        .painter()
        .with_clip_rect(place.frame.expand(1.0).intersect(ui.clip_rect()));
    let on_device = state.cloud.as_ref().is_some_and(|cloud| {
        gpu_bridge::paint_cloud(ui, id, place.frame, place.view, cloud, tokens)
    });
    for (index, layer) in scene.layers.iter().enumerate() {
        match layer {
            Layer::Raster(_) if on_device => {}
            Layer::Raster(raster) => {
                layers::raster(&painter, place, raster, index, &mut state.textures);
            }
            // Words may stand out of the frame.
            Layer::Labels(_) => layers::layer(ui.painter(), place, layer, kind, tokens),
            _ => layers::layer(&painter, place, layer, kind, tokens),
        }
    }
    if let Some(brush) = state.brush.filter(|_| kind == PlotKind::Full) {
        let rect = place.rect(brush.x, brush.y);
        painter.rect_filled(rect, 0.0, tokens.chart.selection_fill);
        let stroke = Stroke::new(1.5, tokens.chart.selection);
        painter.rect_stroke(rect, 0.0, stroke, StrokeKind::Middle);
    }
    axes::ticks(ui, place, scene, kind, tokens);
    if kind == PlotKind::Full
        && let Some(note) = &scene.note
    {
        let words = if on_device {
            "Every point is drawn"
        } else {
            note.as_str()
        };
        axes::note(ui, place, scene, words);
    }
}
