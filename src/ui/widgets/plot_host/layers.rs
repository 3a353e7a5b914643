//! Painting the layers of a scene.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::epaint::{PathShape, PathStroke, Vertex, WHITE_UV};
use eframe::egui::{
    Color32, ColorImage, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, TextureHandle,
    TextureOptions, pos2, vec2,
};

use super::{PlotKind, Projection};
use crate::chart::scene::{
    Anchor, Band, Bar, Dash, Ink, Label, Layer, Line, Points, Raster, Shape as PointShape, Spot,
};
use crate::ui::theme::{self, Tokens, Type};
use crate::ui::widgets::paint;

/// Beyond this many points no outlines are drawn.
const OUTLINED: usize = 4_000;

pub fn layer(
    painter: &Painter,
    place: &Projection,
    layer: &Layer,
    kind: PlotKind,
    tokens: &Tokens,
) {
    match layer {
        Layer::Bars(list) => bars(painter, place, list, tokens),
        Layer::Points(cloud) => points(painter, place, cloud, tokens),
        // Needs a texture that lives longer than a frame: see [`raster`].
        Layer::Raster(_) => {}
        Layer::Lines(list) => {
            for line in list {
                draw_line(painter, place, line, tokens);
            }
        }
        Layer::Bands(list) => {
            for band in list {
                draw_band(painter, place, band, tokens);
            }
        }
        Layer::Spots(list) => {
            for spot in list {
                draw_spot(painter, place, spot, tokens);
            }
        }
        Layer::Labels(list) => {
            if kind == PlotKind::Full {
                for label in list {
                    draw_label(painter, place, label, tokens);
                }
            }
        }
    }
}

// ---- bars ----

fn bars(painter: &Painter, place: &Projection, list: &[Bar], tokens: &Tokens) {
    for bar in list {
        let rect = bar_rect(place, bar.x, bar.y);
        if !rect.intersects(place.frame) {
            continue;
        }
        let fill = match bar.selected {
            Some(_) => tokens.chart.deselected,
            None => theme::ink(bar.ink, tokens),
        };
        if bar.hatched {
            let line = if bar.selected.is_some() {
                fill
            } else {
                tokens.chart.missing_hatch
            };
            paint::hatch(painter, rect, line);
            painter.rect_stroke(rect, 0.0, Stroke::new(1.0, line), StrokeKind::Inside);
        } else {
            painter.rect_filled(rect, 0.0, fill);
        }
        if let Some((x, y)) = bar.selected {
            let part = place.rect(x, y).intersect(rect);
            if part.is_positive() {
                painter.rect_filled(part, 0.0, theme::ink(bar.selected_ink(), tokens));
            }
        }
    }
}

/// A bar in pixels, with a gap to its neighbour where there is room for one.
pub fn bar_rect(place: &Projection, x: (f64, f64), y: (f64, f64)) -> Rect {
    let rect = place.rect(x, y);
    let gap = |length: f32| if length > 4.0 { 0.5 } else { 0.0 };
    let rows = if place.cells { gap(rect.height()) } else { 0.0 };
    let rect = Rect::from_min_max(
        pos2(rect.left() + gap(rect.width()), rect.top() + rows),
        pos2(rect.right() - gap(rect.width()), rect.bottom() - rows),
    );
    // What is there is seen, however small.
    Rect::from_min_size(rect.min, rect.size().max(vec2(0.75, 0.75)))
}

// ---- points ----

fn points(painter: &Painter, place: &Projection, cloud: &Points, tokens: &Tokens) {
    let outline = if cloud.len() <= OUTLINED {
        tokens.surface.canvas
    } else {
        Color32::TRANSPARENT
    };
    let near = place.frame.expand(cloud.radius + 1.0);
    let colours: Vec<Color32> = cloud
        .inks
        .iter()
        .map(|&ink| Tokens::faded(theme::ink(ink, tokens), cloud.alpha))
        .collect();
    let plain = Tokens::faded(theme::ink(Ink::Mark, tokens), cloud.alpha);
    let mut shapes = Vec::with_capacity(cloud.len());
    let passes: &[bool] = if cloud.selected.is_some() {
        &[false, true]
    } else {
        &[true]
    };
    for &wanted in passes {
        for index in 0..cloud.len() {
            if cloud.selected.is_some() && cloud.is_selected(index) != wanted {
                continue;
            }
            let Some((x, y)) = cloud.position(index) else {
                continue;
            };
            let middle = place.at(x, y);
            if !near.contains(middle) {
                continue;
            }
            let own = colours
                .get(cloud.category_of(index))
                .copied()
                .unwrap_or(plain);
            let colour = match (cloud.selected.is_some(), wanted, cloud.category.is_some()) {
                (true, false, _) => tokens.chart.deselected,
                (true, true, false) => tokens.chart.selection,
                _ => own,
            };
            shapes.push(point_shape(
                cloud.shape_of(index),
                middle,
                cloud.radius,
                colour,
                outline,
            ));
        }
    }
    painter.extend(shapes);
}

/// A point of a category. Areas of the shapes are about equal.
pub fn point_shape(
    shape: PointShape,
    middle: Pos2,
    radius: f32,
    fill: Color32,
    outline: Color32,
) -> Shape {
    let at = |x: f32, y: f32| middle + radius * vec2(x, y);
    let stroke = Stroke::new(
        if outline == Color32::TRANSPARENT {
            0.0
        } else {
            1.0
        },
        outline,
    );
    let corners = match shape {
        PointShape::Circle => {
            return Shape::Circle(eframe::egui::epaint::CircleShape {
                center: middle,
                radius,
                fill,
                stroke,
            });
        }
        PointShape::TriangleUp => vec![at(0.0, -1.3), at(1.15, 0.8), at(-1.15, 0.8)],
        PointShape::TriangleDown => vec![at(-1.15, -0.8), at(1.15, -0.8), at(0.0, 1.3)],
        PointShape::Square => {
            vec![
                at(-0.88, -0.88),
                at(0.88, -0.88),
                at(0.88, 0.88),
                at(-0.88, 0.88),
            ]
        }
        PointShape::Diamond => vec![at(0.0, -1.25), at(1.25, 0.0), at(0.0, 1.25), at(-1.25, 0.0)],
        PointShape::Cross => {
            let stroke = Stroke::new((radius * 0.55).max(1.25), fill);
            return Shape::Vec(vec![
                Shape::line_segment([at(-0.9, -0.9), at(0.9, 0.9)], stroke),
                Shape::line_segment([at(-0.9, 0.9), at(0.9, -0.9)], stroke),
            ]);
        }
    };
    Shape::Path(PathShape {
        points: corners,
        closed: true,
        fill,
        stroke: PathStroke::new(stroke.width, stroke.color),
    })
}

// ---- density ----

/// Textures of rasters, uploaded again only when their pixels are others.
#[derive(Default)]
pub struct TextureCache {
    /// By layer. Holding the pixels keeps their place in memory from being given to others.
    held: HashMap<usize, (Arc<Vec<u8>>, TextureHandle)>,
}

impl TextureCache {
    /// The texture of a raster, or the one before while the raster has no pixels.
    fn texture(
        &mut self,
        painter: &Painter,
        raster: &Raster,
        index: usize,
    ) -> Option<TextureHandle> {
        let held = self.held.get(&index);
        let pixels = match (&raster.picture, held) {
            (Some(picture), Some((known, _))) if !Arc::ptr_eq(known, &picture.pixels) => {
                &picture.pixels
            }
            (Some(picture), None) => &picture.pixels,
            (_, held) => return held.map(|(_, texture)| texture.clone()),
        };
        let side = [raster.columns, raster.rows];
        if pixels.is_empty() || pixels.len() != raster.columns * raster.rows * 4 {
            return None;
        }
        // What is opaque or clear looks the same with its opacity multiplied in.
        let image = ColorImage::from_rgba_premultiplied(side, pixels);
        let texture = match self.held.remove(&index) {
            Some((_, mut texture)) => {
                texture.set(image, TextureOptions::NEAREST);
                texture
            }
            None => {
                let name = format!("density {index}");
                painter
                    .ctx()
                    .load_texture(name, image, TextureOptions::NEAREST)
            }
        };
        self.held.insert(index, (pixels.clone(), texture.clone()));
        Some(texture)
    }
}

/// Counts in colours, which the scene has ready: nothing is worked out here.
pub fn raster(
    painter: &Painter,
    place: &Projection,
    raster: &Raster,
    index: usize,
    cache: &mut TextureCache,
) {
    if let Some(texture) = cache.texture(painter, raster, index) {
        let rect = place.rect(raster.x, raster.y);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(texture.id(), rect, whole, Color32::WHITE);
    }
}

// ---- lines, bands, words ----

fn draw_line(painter: &Painter, place: &Projection, line: &Line, tokens: &Tokens) {
    let stroke = Stroke::new(line.width, theme::ink(line.ink, tokens));
    let mut piece: Vec<Pos2> = Vec::with_capacity(line.points.len());
    for &[x, y] in &line.points {
        if x.is_finite() && y.is_finite() {
            piece.push(place.at(x, y));
        } else {
            stretch(painter, &mut piece, line.dash, stroke);
        }
    }
    stretch(painter, &mut piece, line.dash, stroke);
}

/// A line without gaps; empties the list of its points.
pub fn stretch(painter: &Painter, points: &mut Vec<Pos2>, dash: Dash, stroke: Stroke) {
    match (points.as_slice(), dash) {
        ([], _) => {}
        (&[only], _) => {
            painter.circle_filled(only, stroke.width.max(1.5), stroke.color);
        }
        (points, Dash::Solid) => {
            painter.add(Shape::line(points.to_vec(), stroke));
        }
        (points, Dash::Dashed) => {
            painter.extend(Shape::dashed_line(points, stroke, 6.0, 4.0));
        }
        (points, Dash::Mixed) => {
            let (dashes, gaps) = ([10.0, stroke.width.max(1.5)], [3.5, 3.5]);
            painter.extend(Shape::dashed_line_with_offset(
                points, stroke, &dashes, &gaps, 0.0,
            ));
        }
        (points, Dash::Dotted) => {
            painter.extend(Shape::dashed_line(
                points,
                stroke,
                stroke.width.max(1.0),
                3.0,
            ));
        }
    }
    points.clear();
}

fn draw_band(painter: &Painter, place: &Projection, band: &Band, tokens: &Tokens) {
    let colour = Tokens::faded(theme::ink(band.ink, tokens), 0.22);
    let mut mesh = Mesh::default();
    let edges = band.x.iter().zip(&band.low).zip(&band.high);
    let mut joined = false;
    for ((&x, &low), &high) in edges {
        if !(x.is_finite() && low.is_finite() && high.is_finite()) {
            joined = false;
            continue;
        }
        let next = mesh.vertices.len() as u32;
        for value in [low, high] {
            mesh.vertices.push(Vertex {
                pos: place.at(x, value),
                uv: WHITE_UV,
                color: colour,
            });
        }
        if joined {
            mesh.add_triangle(next - 2, next - 1, next);
            mesh.add_triangle(next - 1, next, next + 1);
        }
        joined = true;
    }
    painter.add(Shape::mesh(mesh));
}

fn draw_spot(painter: &Painter, place: &Projection, spot: &Spot, tokens: &Tokens) {
    let middle = place.at(spot.x, spot.y);
    let canvas = tokens.surface.canvas;
    let fill = match spot.selected {
        Some(_) => tokens.chart.deselected,
        None => theme::ink(spot.ink, tokens),
    };
    painter.add(point_shape(spot.shape, middle, spot.radius, fill, canvas));
    // The area of the inner mark is the share that is selected.
    if let Some(share) = spot.selected.filter(|share| *share > 0.0) {
        let radius = spot.radius * share.sqrt();
        let fill = tokens.chart.selection;
        painter.add(point_shape(
            spot.shape,
            middle,
            radius,
            fill,
            Color32::TRANSPARENT,
        ));
    }
}

fn draw_label(painter: &Painter, place: &Projection, label: &Label, tokens: &Tokens) {
    let anchor = place.at(label.x, label.y) + vec2(label.offset.0, label.offset.1);
    if !place.frame.expand(4.0).contains(anchor) {
        return;
    }
    let colour = match label.backdrop {
        None => tokens.chart.label,
        Some(ink) => text_on(theme::ink(ink, tokens), tokens),
    };
    let font = Type::NumberSmall.font();
    let galley = painter.layout_no_wrap(label.text.clone(), font, colour);
    let size = galley.size();
    let left = match label.anchor {
        Anchor::Start => anchor.x,
        Anchor::Middle => anchor.x - size.x / 2.0,
        Anchor::End => anchor.x - size.x,
    };
    painter.galley(pos2(left, anchor.y - size.y / 2.0), galley, colour);
}

/// The lighter or the darker text, whichever stands out more.
fn text_on(behind: Color32, tokens: &Tokens) -> Color32 {
    let (a, b) = (tokens.text.primary, tokens.surface.canvas);
    if contrast(a, behind) >= contrast(b, behind) {
        a
    } else {
        b
    }
}

/// Contrast ratio of two opaque colours (Web Content Accessibility Guidelines 2.2).
fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |colour: Color32| {
        let [r, g, b, _] = eframe::egui::Rgba::from(colour).to_array();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
