//! Marks: the ways of drawing a chart, one file each.
//!
//! To add one: write its file, add its two lines here. A mark that counts rows into bars should
//! build on [`crate::chart::stacked`].

mod bar;
mod box_plot;
mod grouped_bar;
mod heat_map;
mod histogram;
mod line;
mod scatter;
mod share_bar;
mod text_length;
mod time_count;

use super::scene::{Points, Scene};
use super::spec::ChartSpec;
use super::{defaults, words};
use crate::base::{RowSet, TaskContext, UserError};
use crate::data::{ColumnKind, Table};

/// Every mark, sorted by id.
pub static REGISTRY: &[&dyn Mark] = &[
    &bar::BarMark,
    &box_plot::BoxPlot,
    &grouped_bar::GroupedBar,
    &heat_map::HeatMap,
    &histogram::Histogram,
    &line::LineMark,
    &scatter::Scatter,
    &share_bar::ShareBar,
    &text_length::TextLength,
    &time_count::TimeCount,
];

/// A way of drawing.
pub trait Mark: Sync {
    /// Stable snake_case name.
    fn id(&self) -> &'static str;
    /// Sentence case, as menus show it.
    fn name(&self) -> &'static str;
    /// One sentence on what it shows.
    fn summary(&self) -> &'static str;
    /// Whether columns of these kinds can be drawn so.
    fn fits(&self, x: Option<ColumnKind>, y: Option<ColumnKind>, color: Option<ColumnKind>)
    -> bool;
    /// Reads the columns once. Only called for kinds that fit.
    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError>;
}

/// What a mark made of a table: ready to be drawn at any size and zoom, with any selection.
pub trait Drawing: Send + Sync {
    fn scene(&self, request: &Request<'_>) -> Result<Scene, UserError>;
    /// Rows of everything drawn in or across the rectangle.
    fn rows_in(&self, brush: &Brush, task: &TaskContext) -> RowSet;
    /// Rows inside a polygon; marks without points take its bounding rectangle.
    fn rows_in_polygon(&self, polygon: &[(f64, f64)], task: &TaskContext) -> RowSet {
        self.rows_in(&Brush::around(polygon), task)
    }
    /// All points, where the drawing is a cloud of them.
    fn cloud(&self) -> Option<Points> {
        None
    }
    fn memory_bytes(&self) -> u64;
}

/// Size of the plot area in pixels: it decides the cells of a density raster and how many ticks
/// and letters have room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SceneSize {
    pub width: u32,
    pub height: u32,
}

impl SceneSize {
    /// Never zero, never larger than a drawing makes sense.
    fn sane(self) -> Self {
        Self {
            width: self.width.clamp(16, 8192),
            height: self.height.clamp(16, 8192),
        }
    }
}

/// The part of the axes that is shown: a zoomed domain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

/// A rectangle in axis positions. Ends may come in any order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brush {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Brush {
    /// The smallest rectangle around points; one that holds nothing where there are none.
    pub fn around(points: &[(f64, f64)]) -> Self {
        let start = (f64::INFINITY, f64::NEG_INFINITY);
        let mut brush = Self { x: start, y: start };
        for &(x, y) in points {
            brush.x = (brush.x.0.min(x), brush.x.1.max(x));
            brush.y = (brush.y.0.min(y), brush.y.1.max(y));
        }
        if points.is_empty() {
            brush.x = (f64::NAN, f64::NAN);
        }
        brush
    }

    /// The same rectangle, lower ends first.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let sort = |(a, b): (f64, f64)| if a <= b { (a, b) } else { (b, a) };
        Self {
            x: sort(self.x),
            y: sort(self.y),
        }
    }

    /// Whether a drawn rectangle is touched; edges that only meet do not count.
    pub fn overlaps(&self, x: (f64, f64), y: (f64, f64)) -> bool {
        let brush = self.sorted();
        let meets = |a: (f64, f64), b: (f64, f64)| {
            (a.0 < b.1 && b.0 < a.1) || (a.0 == a.1 && b.0 <= a.0 && a.0 <= b.1)
        };
        meets(brush.x, x) && meets(brush.y, y)
    }
}

/// What one drawing is asked for.
pub struct Request<'a> {
    pub size: SceneSize,
    pub view: Option<View>,
    /// None when nothing is selected anywhere.
    pub selection: Option<&'a RowSet>,
    pub task: &'a TaskContext,
}

/// A chart whose columns have been read. Can be sent to and shared between threads.
pub struct Prepared {
    /// The specification, its mark filled in.
    pub spec: ChartSpec,
    /// Id of the mark that draws it.
    pub mark: &'static str,
    /// Length of every selection made on it.
    pub source_rows: usize,
    drawing: Box<dyn Drawing>,
}

impl Prepared {
    /// Memory held until the chart is closed.
    pub fn memory_bytes(&self) -> u64 {
        self.drawing.memory_bytes()
    }

    /// All points of a scatter, however many, for a drawing that can take them; None for charts
    /// of other marks. Positions are shared, not copied.
    pub fn cloud(&self) -> Option<Points> {
        self.drawing.cloud()
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("spec", &self.spec)
            .field("mark", &self.mark)
            .finish_non_exhaustive()
    }
}

/// The mark of this id.
pub fn find(id: &str) -> Option<&'static dyn Mark> {
    REGISTRY.iter().copied().find(|mark| mark.id() == id)
}

/// Kinds of the columns of a specification, or which column there is not.
pub(crate) fn kinds(
    schema: &crate::data::Schema,
    spec: &ChartSpec,
) -> Result<[Option<ColumnKind>; 3], UserError> {
    let mut kinds = [None; 3];
    for (slot, channel) in kinds.iter_mut().zip(super::spec::Channel::ALL) {
        if let Some(name) = spec.get(channel) {
            *slot = Some(
                schema
                    .get(name)
                    .ok_or_else(|| words::no_such_column(schema, name))?
                    .kind,
            );
        }
    }
    Ok(kinds)
}

/// Reads the columns a chart needs, once. A specification without a mark gets the default of its
/// columns.
///
/// Errors: a column that does not exist, no column at all, a mark that cannot draw such columns.
pub fn prepare(table: &Table, spec: &ChartSpec, task: &TaskContext) -> Result<Prepared, UserError> {
    if spec.is_empty() {
        return Err(UserError::usage(
            "chart_without_columns",
            "There is nothing to draw",
            "Neither X nor Y has a column",
        )
        .with_hint("Put a column on X or Y"));
    }
    let [x, y, color] = kinds(table.schema(), spec)?;
    let mark = match spec.mark.as_deref() {
        Some(id) => find(id).ok_or_else(|| words::no_such_mark(id))?,
        None => defaults::mark_for_data(table, spec)?,
    };
    if !mark.fits(x, y, color) {
        return Err(words::does_not_fit(mark, table.schema(), spec));
    }
    task.check()?;
    let drawing = mark.prepare(table, spec, task)?;
    task.check()?;
    let mut spec = spec.clone();
    spec.mark = Some(mark.id().to_owned());
    Ok(Prepared {
        spec,
        mark: mark.id(),
        source_rows: table.source_rows(),
        drawing,
    })
}

/// Draws what was prepared.
///
/// `view` is a zoomed domain (None: everything); `selection` holds row ids, and one that holds no
/// row counts as no selection.
pub fn build_scene(
    prepared: &Prepared,
    size: SceneSize,
    view: Option<View>,
    selection: Option<&RowSet>,
    task: &TaskContext,
) -> Result<Scene, UserError> {
    let finite = |(low, high): (f64, f64)| low.is_finite() && high.is_finite() && low < high;
    prepared.drawing.scene(&Request {
        size: size.sane(),
        view: view.filter(|view| finite(view.x) && finite(view.y)),
        selection: selection.filter(|rows| !rows.is_empty()),
        task,
    })
}

/// Row ids of what is drawn in or across a rectangle: whole bars by overlap, points by position.
pub fn rows_in(prepared: &Prepared, rect: Brush, task: &TaskContext) -> RowSet {
    prepared.drawing.rows_in(&rect, task)
}

/// Row ids of the points inside a polygon in axis positions (even-odd rule).
pub fn rows_in_polygon(prepared: &Prepared, polygon: &[(f64, f64)], task: &TaskContext) -> RowSet {
    if polygon.len() < 3 {
        return RowSet::empty(prepared.source_rows);
    }
    prepared.drawing.rows_in_polygon(polygon, task)
}
