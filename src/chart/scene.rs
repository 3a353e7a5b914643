//! A finished drawing in plot space: what the window paints and what SVG and PNG are made from.

use std::sync::Arc;

use super::density;
use crate::base::RowSet;
use crate::base::format::Figures;

/// A colour by its meaning; the theme turns it into a colour of light or dark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ink {
    /// Marks without a colour question.
    Mark,
    MarkSoft,
    /// Category 0..6 of the palette.
    Category(u8),
    /// The seventh category and everything beyond.
    Other,
    /// Marks that are not selected while others are.
    Deselected,
    /// Selected part of an aggregated mark that has no colour of its own.
    Selection,
    /// 0..=1 along the sequential ramp: the higher, the more it stands out from the canvas.
    Sequential(f32),
    Grid,
    Axis,
    Label,
    Baseline,
}

/// Shapes of points, one per category, so that colour is never the only sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Circle,
    TriangleUp,
    Square,
    Diamond,
    Cross,
    TriangleDown,
}

impl Shape {
    pub const ALL: [Self; 6] = [
        Self::Circle,
        Self::TriangleUp,
        Self::Square,
        Self::Diamond,
        Self::Cross,
        Self::TriangleDown,
    ];

    pub fn of_category(index: usize) -> Self {
        Self::ALL[index % Self::ALL.len()]
    }
}

/// How positions on an axis read.
#[derive(Clone, Debug, PartialEq)]
pub enum AxisKind {
    Linear,
    /// Positions are seconds since 1970-01-01 UTC.
    Time,
    /// Band i is centred on position i and spans i ± 0.5.
    Band(Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub title: String,
    pub kind: AxisKind,
    /// How its numbers are written, on the axis and wherever a position is read off it.
    pub figures: Figures,
    /// Lowest and highest position shown.
    pub domain: (f64, f64),
    /// Position and text, lowest first.
    pub ticks: Vec<(f64, String)>,
}

/// A rectangle that stands for rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub x: (f64, f64),
    pub y: (f64, f64),
    pub ink: Ink,
    /// While something is selected: the selected part, drawn in full colour over a deselected bar.
    /// Same orientation as the bar; None when nothing is selected anywhere.
    pub selected: Option<((f64, f64), (f64, f64))>,
    pub hatched: bool,
    /// "12–15: 344 rows, 12 %".
    pub tooltip: String,
}

impl Bar {
    /// Ink of the selected part: the colour of the bar, or the selection's own where the bar has
    /// no colour to show.
    pub fn selected_ink(&self) -> Ink {
        match self.ink {
            Ink::Mark => Ink::Selection,
            ink => ink,
        }
    }
}

/// A cloud of points. Vectors have one entry per point.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// Added to `x` and `y` to get a position on the axes. Zero unless single precision would
    /// blur the values: dates, or numbers that differ little compared with their size.
    pub origin: (f64, f64),
    pub x: Arc<Vec<f32>>,
    pub y: Arc<Vec<f32>>,
    /// Category per point, an index into `inks`; None for a cloud of one colour.
    pub category: Option<Arc<Vec<u8>>>,
    /// Ink of every category; the first one where there is no category. Never empty.
    pub inks: Vec<Ink>,
    /// Whether categories also differ by [`Shape::of_category`]: not along a ramp of numbers.
    pub shapes: bool,
    /// Row id per point.
    pub rows: Arc<Vec<u32>>,
    /// While something is selected: the selected rows, by row id. Points of other rows are drawn
    /// first, in [`Ink::Deselected`].
    pub selected: Option<Arc<RowSet>>,
    pub alpha: f32,
    /// Radius in logical units.
    pub radius: f32,
}

impl Points {
    pub fn len(&self) -> usize {
        self.x.len().min(self.y.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Position of a point on the axes.
    pub fn position(&self, index: usize) -> Option<(f64, f64)> {
        let x = self.x.get(index)?;
        let y = self.y.get(index)?;
        Some((self.origin.0 + f64::from(*x), self.origin.1 + f64::from(*y)))
    }

    /// Category of a point: 0 where the cloud has one colour.
    pub fn category_of(&self, index: usize) -> usize {
        self.category
            .as_ref()
            .and_then(|codes| codes.get(index))
            .map_or(0, |&code| usize::from(code))
    }

    /// Colour of a point when it is selected or nothing is.
    pub fn ink_of(&self, index: usize) -> Ink {
        let ink = self.inks.get(self.category_of(index));
        match ink.copied().unwrap_or(Ink::Other) {
            Ink::Mark if self.selected.is_some() => Ink::Selection,
            ink => ink,
        }
    }

    pub fn shape_of(&self, index: usize) -> Shape {
        if self.shapes && self.category.is_some() {
            Shape::of_category(self.category_of(index))
        } else {
            Shape::Circle
        }
    }

    /// False for a point to be drawn as not selected.
    pub fn is_selected(&self, index: usize) -> bool {
        match (&self.selected, self.rows.get(index)) {
            (Some(selected), Some(&row)) => selected.contains(row as usize),
            _ => true,
        }
    }
}

/// Counts per pixel-like cell, for clouds too large to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    pub x: (f64, f64),
    pub y: (f64, f64),
    pub columns: usize,
    pub rows: usize,
    /// Row-major from the lowest y; number of table rows per cell.
    pub counts: Arc<Vec<u32>>,
    /// The same for the selected rows only, while something is selected.
    pub selected: Option<Arc<Vec<u32>>>,
    /// Made by [`Scene::shade`], for a window that has no time to.
    pub picture: Option<Picture>,
}

/// A raster in colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// For a dark canvas.
    pub dark: bool,
    /// Red, green, blue and opacity, eight bits each, row-major from the top; every cell is either
    /// opaque or clear.
    pub pixels: Arc<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    Solid,
    Dashed,
    Dotted,
    /// A dash and a dot in turn.
    Mixed,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// NaN breaks the line: gaps show as gaps.
    pub points: Vec<[f64; 2]>,
    pub ink: Ink,
    pub width: f32,
    pub dash: Dash,
}

/// The area between two curves over the same x: an interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    pub x: Vec<f64>,
    pub low: Vec<f64>,
    pub high: Vec<f64>,
    pub ink: Ink,
}

/// A place on a curve that stands for rows, or that is named in the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    pub x: f64,
    pub y: f64,
    pub ink: Ink,
    pub shape: Shape,
    /// In logical units.
    pub radius: f32,
    /// While something is selected: the share (0 to 1) of its rows that are.
    pub selected: Option<f32>,
    /// "From 0.62 up: 40 taken"; empty where it stands for no rows.
    pub tooltip: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub x: f64,
    pub y: f64,
    pub text: String,
    pub anchor: Anchor,
    /// Shift in logical units, right and down.
    pub offset: (f32, f32),
    /// What lies behind the letters when it is not the canvas: see [`super::palette::text_on`].
    pub backdrop: Option<Ink>,
}

/// Drawn in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    Bars(Vec<Bar>),
    Points(Points),
    Raster(Raster),
    Lines(Vec<Line>),
    Bands(Vec<Band>),
    Spots(Vec<Spot>),
    Labels(Vec<Label>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    pub label: String,
    pub ink: Ink,
    pub shape: Option<Shape>,
    /// For a line: a sample of it is drawn.
    pub dash: Option<Dash>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    pub title: String,
    /// Always says how many rows are drawn and how many are blank.
    pub subtitle: String,
    pub x: Axis,
    pub y: Axis,
    pub legend_title: String,
    pub legend: Vec<LegendEntry>,
    pub layers: Vec<Layer>,
    /// One sentence for a screen reader, made from the specification and the data.
    pub description: String,
    /// "Density of 10,000,000 points" and the like: which tier is drawn.
    pub note: Option<String>,
}

impl Scene {
    /// About how much it holds of its own, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        let cells = |layer: &Layer| match layer {
            Layer::Raster(raster) => raster.counts.len() as u64,
            _ => 0,
        };
        // Counts, counts of selected rows and colours take four bytes each.
        64 * 1024 + self.layers.iter().map(cells).sum::<u64>() * 12
    }

    /// Colours its rasters for a theme. Takes milliseconds: not for a frame.
    pub fn shade(&mut self, dark: bool) {
        for layer in &mut self.layers {
            if let Layer::Raster(raster) = layer {
                let pixels = Arc::new(density::shade(raster, dark));
                raster.picture = Some(Picture { dark, pixels });
            }
        }
    }
}
