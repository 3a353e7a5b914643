//! A scene as an SVG document: text stays text, marks stay marks, a density raster becomes one
//! embedded image.

use std::fmt::Write as _;

use super::density;
use super::marks::{Prepared, SceneSize, build_scene};
use super::palette;
use super::png;
use super::scene::{
    Anchor, Axis, Bar, Dash, Ink, Label, Layer, LegendEntry, Line, Points, Raster, Scene, Shape,
    Spot,
};
use crate::base::{RowSet, TaskContext, UserError};

/// Fonts a viewer should try, best first.
const FONTS: &str = "Inter, 'Helvetica Neue', Arial, sans-serif";
/// About the width of a letter, as a share of the font size.
const LETTER: f32 = 0.56;
const MARGIN: f32 = 16.0;
const TICK_SIZE: f32 = 11.0;
const CAPTION: f32 = 12.0;
const TITLE: f32 = 15.0;
const SWATCH: f32 = 10.0;
/// The sample of a line is so much longer than a swatch.
const LINE: f32 = 14.0;

/// Colours of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SvgTheme {
    #[default]
    Light,
    Dark,
}

/// The rectangle the data is drawn in, inside a document of a given size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

/// Where the data goes in a document: the size to ask [`super::build_scene`] for. Depends on the
/// scene only through the width of its words.
pub fn frame(scene: &Scene, width: f32, height: f32) -> Frame {
    let widest = scene
        .y
        .ticks
        .iter()
        .map(|(_, text)| text_width(text, TICK_SIZE))
        .fold(0.0, f32::max);
    let left = (MARGIN + widest + 10.0).clamp(40.0, (width * 0.4).max(40.0));
    let top = MARGIN + TITLE + 6.0 + CAPTION + 10.0 + legend_height(scene, width) + CAPTION + 10.0;
    let note = if scene.note.is_some() {
        CAPTION + 6.0
    } else {
        0.0
    };
    let bottom = 20.0 + CAPTION + 8.0 + note + MARGIN / 2.0;
    Frame {
        left,
        top,
        width: (width - left - MARGIN - 8.0).max(20.0),
        height: (height - top - bottom).max(20.0),
    }
}

fn text_width(text: &str, size: f32) -> f32 {
    text.chars().count() as f32 * size * LETTER
}

/// Rows of legend entries, each with its place from the left.
fn legend_rows(scene: &Scene, width: f32) -> Vec<Vec<(f32, &LegendEntry)>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut at = MARGIN + text_width(&scene.legend_title, CAPTION) + 12.0;
    for entry in &scene.legend {
        let line = if entry.dash.is_some() { LINE } else { 0.0 };
        let needed = line + SWATCH + 6.0 + text_width(&entry.label, CAPTION) + 20.0;
        if at + needed > width - MARGIN && !row.is_empty() {
            rows.push(std::mem::take(&mut row));
            at = MARGIN;
        }
        row.push((at + line, entry));
        at += needed;
    }
    if !row.is_empty() {
        rows.push(row);
    }
    rows
}

fn legend_height(scene: &Scene, width: f32) -> f32 {
    legend_rows(scene, width).len() as f32 * (CAPTION + 8.0)
}

/// Draws a prepared chart as a document of this size: the scene is made for exactly the frame
/// that titles and axes leave.
pub fn draw_svg(
    prepared: &Prepared,
    (width, height): (f32, f32),
    theme: SvgTheme,
    selection: Option<&RowSet>,
    task: &TaskContext,
) -> Result<String, UserError> {
    let build = |frame: (f32, f32)| {
        let size = SceneSize {
            width: frame.0.max(1.0) as u32,
            height: frame.1.max(1.0) as u32,
        };
        build_scene(prepared, size, None, selection, task)
    };
    // How wide the words are is known once there are some.
    let rough = build((width - 90.0, height - 140.0))?;
    let frame = frame(&rough, width, height);
    let scene = build((frame.width, frame.height))?;
    Ok(to_svg(&scene, width, height, theme))
}

/// Writes a scene as a document of its own.
///
/// `width` and `height` are the size of the whole document in CSS pixels, titles and axes
/// included. The document carries a `<title>` and a `<desc>` for screen readers.
pub fn to_svg(scene: &Scene, width: f32, height: f32, theme: SvgTheme) -> String {
    let sane = |size: f32| {
        if size.is_finite() {
            size.clamp(80.0, 20_000.0)
        } else {
            640.0
        }
    };
    let (width, height) = (sane(width), sane(height));
    let mut writer = Writer {
        out: String::with_capacity(1 << 14),
        dark: theme == SvgTheme::Dark,
        frame: frame(scene, width, height),
        x: scene.x.domain,
        y: scene.y.domain,
    };
    writer.document(scene, width, height);
    writer.out
}

struct Writer {
    out: String,
    dark: bool,
    frame: Frame,
    x: (f64, f64),
    y: (f64, f64),
}

impl Writer {
    fn ink(&self, ink: Ink) -> String {
        palette::hex(palette::resolve(ink, self.dark))
    }

    fn px(&self, x: f64) -> f32 {
        let share = ((x - self.x.0) / (self.x.1 - self.x.0)).clamp(-4.0, 5.0);
        self.frame.left + share as f32 * self.frame.width
    }

    fn py(&self, y: f64) -> f32 {
        let share = ((y - self.y.0) / (self.y.1 - self.y.0)).clamp(-4.0, 5.0);
        self.frame.top + (1.0 - share as f32) * self.frame.height
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.out.write_fmt(text);
        self.out.push('\n');
    }

    fn document(&mut self, scene: &Scene, width: f32, height: f32) {
        let colours = palette::of(self.dark);
        self.add(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
             width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
             aria-labelledby=\"title desc\" font-family=\"{FONTS}\">",
            w = short(width),
            h = short(height),
        ));
        self.add(format_args!(
            "<title id=\"title\">{}</title>",
            escape(&scene.title)
        ));
        self.add(format_args!(
            "<desc id=\"desc\">{}</desc>",
            escape(&scene.description)
        ));
        self.definitions(scene);
        self.add(format_args!(
            "<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>",
            palette::hex(colours.canvas)
        ));
        self.heading(scene, width);
        self.grid(scene);
        self.add(format_args!("<g clip-path=\"url(#frame)\">"));
        for layer in &scene.layers {
            self.layer(layer);
        }
        self.add(format_args!("</g>"));
        for layer in &scene.layers {
            if let Layer::Labels(labels) = layer {
                self.labels(labels);
            }
        }
        self.axes(scene);
        if let Some(note) = &scene.note {
            let ink = self.ink(Ink::Label);
            self.text(
                MARGIN,
                height - MARGIN / 2.0 - 2.0,
                note,
                TICK_SIZE,
                Anchor::Start,
                &ink,
                400,
            );
        }
        self.out.push_str("</svg>\n");
    }

    fn definitions(&mut self, scene: &Scene) {
        let frame = self.frame;
        let mut hatch = String::new();
        let hatched = scene
            .layers
            .iter()
            .any(|layer| matches!(layer, Layer::Bars(bars) if bars.iter().any(|bar| bar.hatched)));
        if hatched {
            let ink = palette::hex(palette::of(self.dark).missing_hatch);
            hatch = format!(
                "<pattern id=\"blank\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
                 patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"6\" fill=\"{ink}\"/></pattern>"
            );
        }
        self.add(format_args!(
            "<defs><clipPath id=\"frame\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>{hatch}</defs>",
            short(frame.left),
            short(frame.top),
            short(frame.width),
            short(frame.height)
        ));
    }

    fn heading(&mut self, scene: &Scene, width: f32) {
        let text = palette::hex(palette::of(self.dark).text);
        let label = self.ink(Ink::Label);
        let mut at = MARGIN + TITLE - 2.0;
        self.text(MARGIN, at, &scene.title, TITLE, Anchor::Start, &text, 600);
        at += CAPTION + 7.0;
        self.text(
            MARGIN,
            at,
            &scene.subtitle,
            CAPTION,
            Anchor::Start,
            &label,
            400,
        );
        let rows = legend_rows(scene, width);
        for (index, row) in rows.iter().enumerate() {
            at += CAPTION + 8.0;
            if index == 0 && !scene.legend_title.is_empty() {
                self.text(
                    MARGIN,
                    at,
                    &scene.legend_title,
                    CAPTION,
                    Anchor::Start,
                    &label,
                    500,
                );
            }
            for (left, entry) in row {
                self.swatch(*left, at - 4.0, entry);
                let from = left + SWATCH + 6.0;
                self.text(from, at, &entry.label, CAPTION, Anchor::Start, &text, 400);
            }
        }
        // The title of the vertical axis stands above it: letters are never turned.
        let top = self.frame.top - 9.0;
        self.text(
            MARGIN,
            top,
            &scene.y.title,
            CAPTION,
            Anchor::Start,
            &label,
            400,
        );
    }

    fn swatch(&mut self, left: f32, middle: f32, entry: &LegendEntry) {
        let ink = self.ink(entry.ink);
        if let Some(dash) = entry.dash {
            self.add(format_args!(
                "<path d=\"M{} {y}L{} {y}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"2\"{}/>",
                short(left - LINE),
                short(left + SWATCH),
                dash_of(dash),
                y = short(middle)
            ));
            return;
        }
        match entry.shape {
            Some(shape) => {
                let path = shape_path(shape, left + SWATCH / 2.0, middle, 4.5);
                self.add(format_args!("<path d=\"{path}\" fill=\"{ink}\"/>"));
            }
            None => self.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{SWATCH}\" height=\"{SWATCH}\" rx=\"2\" fill=\"{ink}\"/>",
                short(left),
                short(middle - SWATCH / 2.0)
            )),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn text(
        &mut self,
        x: f32,
        y: f32,
        text: &str,
        size: f32,
        anchor: Anchor,
        fill: &str,
        weight: u16,
    ) {
        if text.is_empty() {
            return;
        }
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = match weight {
            400 => String::new(),
            weight => format!(" font-weight=\"{weight}\""),
        };
        self.add(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{size}\" fill=\"{fill}\"{anchor}{weight}>{}</text>",
            short(x),
            short(y),
            escape(text)
        ));
    }

    fn grid(&mut self, scene: &Scene) {
        let ink = self.ink(Ink::Grid);
        let frame = self.frame;
        let bands = |axis: &Axis| matches!(axis.kind, super::scene::AxisKind::Band(_));
        if !bands(&scene.y) {
            for (tick, _) in &scene.y.ticks {
                let y = self.py(*tick);
                self.rule(frame.left, y, frame.left + frame.width, y, &ink);
            }
        }
        let upright = !bands(&scene.x) && (bands(&scene.y) || has_cloud(scene));
        if upright {
            for (tick, _) in &scene.x.ticks {
                let x = self.px(*tick);
                self.rule(x, frame.top, x, frame.top + frame.height, &ink);
            }
        }
    }

    fn rule(&mut self, x0: f32, y0: f32, x1: f32, y1: f32, ink: &str) {
        self.add(format_args!(
            "<path d=\"M{} {}L{} {}\" stroke=\"{ink}\"/>",
            short(x0),
            short(y0),
            short(x1),
            short(y1)
        ));
    }

    fn axes(&mut self, scene: &Scene) {
        let axis = self.ink(Ink::Axis);
        let label = self.ink(Ink::Label);
        let frame = self.frame;
        let (bottom, right) = (frame.top + frame.height, frame.left + frame.width);
        self.rule(frame.left, bottom, right, bottom, &axis);
        if matches!(scene.y.kind, super::scene::AxisKind::Band(_)) || has_cloud(scene) {
            self.rule(frame.left, frame.top, frame.left, bottom, &axis);
        }
        for (tick, text) in &scene.x.ticks {
            let x = self.px(*tick);
            self.text(
                x,
                bottom + 16.0,
                text,
                TICK_SIZE,
                Anchor::Middle,
                &label,
                400,
            );
        }
        for (tick, text) in &scene.y.ticks {
            let y = self.py(*tick) + 4.0;
            self.text(
                frame.left - 8.0,
                y,
                text,
                TICK_SIZE,
                Anchor::End,
                &label,
                400,
            );
        }
        let middle = frame.left + frame.width / 2.0;
        self.text(
            middle,
            bottom + 34.0,
            &scene.x.title,
            CAPTION,
            Anchor::Middle,
            &label,
            400,
        );
    }

    fn layer(&mut self, layer: &Layer) {
        match layer {
            Layer::Bars(bars) => {
                for bar in bars {
                    self.bar(bar);
                }
            }
            Layer::Points(points) => self.points(points),
            Layer::Raster(raster) => self.raster(raster),
            Layer::Lines(lines) => {
                for line in lines {
                    self.line(line);
                }
            }
            Layer::Bands(bands) => {
                for band in bands {
                    self.band(band);
                }
            }
            Layer::Spots(spots) => {
                for spot in spots {
                    self.spot(spot);
                }
            }
            // Labels may reach beyond the frame: they are written after it.
            Layer::Labels(_) => {}
        }
    }

    fn rectangle(&mut self, x: (f64, f64), y: (f64, f64), fill: &str, title: Option<&str>) {
        let (mut left, mut right) = (self.px(x.0), self.px(x.1));
        let (top, bottom) = (self.py(y.1), self.py(y.0));
        // A hairline of canvas keeps neighbours apart.
        if right - left > 4.0 {
            left += 0.5;
            right -= 0.5;
        }
        let size = (right - left, bottom - top);
        if !(size.0 > 0.0 && size.1 > 0.0) {
            return;
        }
        let rect = format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"",
            short(left),
            short(top),
            short(size.0),
            short(size.1)
        );
        match title {
            Some(title) => {
                self.add(format_args!(
                    "{rect}><title>{}</title></rect>",
                    escape(title)
                ));
            }
            None => self.add(format_args!("{rect}/>")),
        }
    }

    fn bar(&mut self, bar: &Bar) {
        let fill = if bar.selected.is_some() {
            self.ink(Ink::Deselected)
        } else if bar.hatched {
            "url(#blank)".to_owned()
        } else {
            self.ink(bar.ink)
        };
        self.rectangle(bar.x, bar.y, &fill, Some(&bar.tooltip));
        if let Some((x, y)) = bar.selected {
            let fill = self.ink(bar.selected_ink());
            self.rectangle(x, y, &fill, None);
        }
    }

    fn points(&mut self, points: &Points) {
        // What is not selected lies beneath what is.
        for pass in [false, true] {
            let mut order: Vec<usize> = Vec::new();
            for index in 0..points.len() {
                if points.is_selected(index) == pass {
                    order.push(index);
                }
            }
            if order.is_empty() {
                continue;
            }
            let canvas = palette::hex(palette::of(self.dark).canvas);
            self.add(format_args!(
                "<g fill-opacity=\"{}\" stroke=\"{canvas}\" stroke-width=\"0.6\" stroke-opacity=\"0.7\">",
                short(points.alpha.max(if pass { 0.0 } else { 0.6 }))
            ));
            for index in order {
                let Some((x, y)) = points.position(index) else {
                    continue;
                };
                let ink = if pass {
                    points.ink_of(index)
                } else {
                    Ink::Deselected
                };
                let fill = self.ink(ink);
                let (x, y) = (self.px(x), self.py(y));
                let shape = points.shape_of(index);
                if shape == Shape::Circle {
                    self.add(format_args!(
                        "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{fill}\"/>",
                        short(x),
                        short(y),
                        short(points.radius)
                    ));
                } else {
                    let path = shape_path(shape, x, y, points.radius * 1.15);
                    self.add(format_args!("<path d=\"{path}\" fill=\"{fill}\"/>"));
                }
            }
            self.out.push_str("</g>\n");
        }
    }

    fn raster(&mut self, raster: &Raster) {
        if raster.columns == 0 || raster.rows == 0 {
            return;
        }
        let pixels = density::shade(raster, self.dark);
        let image = png::encode_rgba(raster.columns, raster.rows, &pixels);
        let (left, right) = (self.px(raster.x.0), self.px(raster.x.1));
        let (top, bottom) = (self.py(raster.y.1), self.py(raster.y.0));
        self.add(format_args!(
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
             image-rendering=\"optimizeSpeed\" xlink:href=\"data:image/png;base64,{}\"/>",
            short(left),
            short(top),
            short(right - left),
            short(bottom - top),
            png::base64(&image)
        ));
    }

    fn line(&mut self, line: &Line) {
        let mut path = String::new();
        let mut pen_down = false;
        for &[x, y] in &line.points {
            if !(x.is_finite() && y.is_finite()) {
                pen_down = false;
                continue;
            }
            let command = if pen_down { 'L' } else { 'M' };
            let _ = write!(path, "{command}{} {}", short(self.px(x)), short(self.py(y)));
            pen_down = true;
        }
        let dash = dash_of(line.dash);
        if !path.is_empty() {
            let ink = self.ink(line.ink);
            self.add(format_args!(
                "<path d=\"{path}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}/>",
                short(line.width)
            ));
        }
    }

    fn band(&mut self, band: &super::scene::Band) {
        let mut path = String::new();
        let upper = band.x.iter().zip(&band.high);
        let lower = band.x.iter().zip(&band.low).rev();
        for (index, (&x, &y)) in upper.chain(lower).enumerate() {
            if !(x.is_finite() && y.is_finite()) {
                return;
            }
            let command = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{} {}", short(self.px(x)), short(self.py(y)));
        }
        if !path.is_empty() {
            let ink = self.ink(band.ink);
            self.add(format_args!(
                "<path d=\"{path}Z\" fill=\"{ink}\" fill-opacity=\"0.18\"/>"
            ));
        }
    }

    fn spot(&mut self, spot: &Spot) {
        let (x, y) = (self.px(spot.x), self.py(spot.y));
        let canvas = palette::hex(palette::of(self.dark).canvas);
        let fill = match spot.selected {
            Some(_) => self.ink(Ink::Deselected),
            None => self.ink(spot.ink),
        };
        let path = shape_path(spot.shape, x, y, spot.radius);
        let title = match spot.tooltip.as_str() {
            "" => String::new(),
            words => format!("<title>{}</title>", escape(words)),
        };
        self.add(format_args!(
            "<path d=\"{path}\" fill=\"{fill}\" stroke=\"{canvas}\">{title}</path>"
        ));
        // The area of the inner mark is the share that is selected.
        if let Some(share) = spot.selected.filter(|share| *share > 0.0) {
            let fill = self.ink(Ink::Selection);
            let path = shape_path(spot.shape, x, y, spot.radius * share.sqrt());
            self.add(format_args!("<path d=\"{path}\" fill=\"{fill}\"/>"));
        }
    }

    fn labels(&mut self, labels: &[Label]) {
        for label in labels {
            let inside = |value: f64, (low, high): (f64, f64)| value >= low && value <= high;
            if !inside(label.x, self.x) || !inside(label.y, self.y) {
                continue;
            }
            let ink = palette::hex(palette::text_on(label.backdrop, self.dark));
            let (x, y) = (
                self.px(label.x) + label.offset.0,
                self.py(label.y) + label.offset.1,
            );
            self.text(x, y, &label.text, TICK_SIZE, label.anchor, &ink, 400);
        }
    }
}

fn dash_of(dash: Dash) -> &'static str {
    match dash {
        Dash::Solid => "",
        Dash::Dashed => " stroke-dasharray=\"5 3\"",
        Dash::Dotted => " stroke-dasharray=\"1.5 3\"",
        Dash::Mixed => " stroke-dasharray=\"9 3 1.5 3\"",
    }
}

/// Whether marks lie anywhere between the axes, so that both are read off.
fn has_cloud(scene: &Scene) -> bool {
    let cloud =
        |layer: &Layer| matches!(layer, Layer::Points(_) | Layer::Raster(_) | Layer::Spots(_));
    scene.layers.iter().any(cloud)
}

/// Outline of a shape around a middle.
fn shape_path(shape: Shape, x: f32, y: f32, r: f32) -> String {
    let corners: &[(f32, f32)] = match shape {
        Shape::Circle => {
            return format!(
                "M{} {}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 -{} 0Z",
                short(x - r),
                short(y),
                2.0 * r,
                2.0 * r
            );
        }
        Shape::TriangleUp => &[(0.0, -1.15), (1.0, 0.75), (-1.0, 0.75)],
        Shape::TriangleDown => &[(0.0, 1.15), (-1.0, -0.75), (1.0, -0.75)],
        Shape::Square => &[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
        Shape::Diamond => &[(0.0, -1.2), (1.0, 0.0), (0.0, 1.2), (-1.0, 0.0)],
        Shape::Cross => &[
            (-0.35, -1.1),
            (0.35, -1.1),
            (0.35, -0.35),
            (1.1, -0.35),
            (1.1, 0.35),
            (0.35, 0.35),
            (0.35, 1.1),
            (-0.35, 1.1),
            (-0.35, 0.35),
            (-1.1, 0.35),
            (-1.1, -0.35),
            (-0.35, -0.35),
        ],
    };
    let mut path = String::new();
    for (index, (dx, dy)) in corners.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{command}{} {}", short(x + dx * r), short(y + dy * r));
    }
    path.push('Z');
    path
}

/// Two decimals at most, no more than needed.
fn short(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// Text as XML holds it; control characters, which it cannot hold, are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(' '),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => out.push(letter),
        }
    }
    out
}
