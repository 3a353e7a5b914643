//! The table: rows and columns of any size, painted directly, only what is seen.
//!
//! The place of the first visible row is kept as `f64` and every row is placed relative to it, so
//! that ten million rows scroll exactly; a pixel offset in `f32` would not.

mod body;
mod head;
mod input;
mod layout;

use std::collections::BTreeMap;
use std::ops::Range;

use eframe::egui::accesskit::Role;
use eframe::egui::{Modifiers, Rangef, Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2};

use self::layout::Layout;
use crate::base::format;
use crate::ui::theme::{self, Icon};

const PADDING: f32 = 8.0;
const NARROWEST: f32 = 48.0;
const WIDEST: f32 = 900.0;
/// Double click on an edge makes a column no wider than this.
const WIDEST_FIT: f32 = 420.0;
const BAR: f32 = 12.0;
/// Cells are cut to this many characters before they are laid out: a megabyte in one cell must
/// not stop the frame.
const LONGEST_TEXT: usize = 240;

/// A column as the grid shows it. `index` is what the source is asked for.
#[derive(Clone, Debug)]
pub struct GridColumn<'a> {
    pub index: usize,
    pub name: &'a str,
    pub icon: Icon,
    /// Width until a person changes it.
    pub width: f32,
    pub align_right: bool,
    pub monospace: bool,
    pub selected: bool,
    pub profile: Option<&'a HeaderProfile>,
    /// Some(true): sorted, smallest first.
    pub sort: Option<bool>,
}

impl<'a> GridColumn<'a> {
    pub fn new(index: usize, name: &'a str, icon: Icon) -> Self {
        Self {
            index,
            name,
            icon,
            width: 112.0,
            align_right: false,
            monospace: false,
            selected: false,
            profile: None,
            sort: None,
        }
    }
}

/// What the head of a column shows beneath its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeaderProfile {
    /// Rows per bin or per value.
    pub counts: Vec<u32>,
    /// 0..=1.
    pub blank_share: f32,
    /// One fact: a range, a number of values, or the share of blanks.
    pub fact: String,
    /// Names rows: shows even ticks, since its distribution says nothing.
    pub name_tag: bool,
}

/// What happened to a cell in a preview of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellChange<'a> {
    #[default]
    None,
    Changed {
        before: &'a str,
    },
    Added,
    Removed,
}

/// One cell, ready to be painted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GridCell<'a> {
    pub text: &'a str,
    pub blank: bool,
    pub diff: CellChange<'a>,
    /// Disagrees with the type of its column.
    pub error: bool,
    /// Found by the search.
    pub match_highlight: bool,
    /// There is a value, and it is not to be seen yet.
    pub locked: bool,
}

/// How a whole row is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowState {
    #[default]
    Normal,
    Selected,
    /// The one row that is looked at.
    Primary,
    Removed,
    Added,
}

/// Where cells come from. Asked for visible rows only; must answer at once.
pub trait GridSource {
    fn rows(&self) -> u64;
    /// None: not here yet, shown as a grey bar.
    fn cell(&self, row: u64, column: usize) -> Option<GridCell<'_>>;
    /// The number shown at the left; None shows the place in the table, from 1.
    fn row_label(&self, row: u64) -> Option<u64>;
    fn row_state(&self, row: u64) -> RowState;
    /// A share in 0..=1 drawn as a bar at the left of a cell, its text at the right.
    fn bar(&self, _row: u64, _column: usize) -> Option<f32> {
        None
    }
}

/// What a person did to the grid that is not part of the data.
#[derive(Clone, Debug, Default)]
pub struct GridState {
    /// First visible row, with the part of it that is scrolled away.
    pub first_row: f64,
    /// Points scrolled to the right.
    pub x_offset: f32,
    /// Widths a person chose, by name of column.
    pub widths: BTreeMap<String, f32>,
    /// The cell the keyboard is on: row, and place in the list of columns.
    pub focus: Option<(u64, usize)>,
    /// Rows that fit, from the last frame.
    page: f64,
    drag_from: Option<u64>,
    grab: f32,
    /// A row to bring into view in the next frame.
    wanted_row: Option<u64>,
    /// A column to bring into view, by its place.
    wanted_column: Option<usize>,
}

impl GridState {
    /// Brings a row into view, as high up as needed to see it whole.
    pub fn scroll_to_row(&mut self, row: u64) {
        self.wanted_row = Some(row);
    }

    /// Brings a column into view, by its place in the list of columns.
    pub fn scroll_to_column(&mut self, place: usize) {
        self.wanted_column = Some(place);
    }

    fn width(&self, column: &GridColumn<'_>) -> f32 {
        let width = self
            .widths
            .get(column.name)
            .copied()
            .unwrap_or(column.width);
        width.clamp(NARROWEST, WIDEST).round()
    }
}

/// What happened in the grid in this frame.
#[derive(Debug)]
pub struct GridResponse {
    /// Rows that are at least partly seen: what the source should have ready.
    pub visible: Range<u64>,
    /// `index` of the columns that are at least partly seen.
    pub visible_columns: Vec<usize>,
    /// `index` of the column whose head was clicked.
    pub clicked_header: Option<usize>,
    /// A row was clicked, or chosen with Enter or Space.
    pub clicked_row: Option<(u64, Modifiers)>,
    /// Row and `index` of the column that was clicked.
    pub clicked_cell: Option<(u64, usize)>,
    pub double_clicked_cell: Option<(u64, usize)>,
    /// Rows swept over while the pointer is held, first and last, lowest first.
    pub dragged_rows: Option<(u64, u64)>,
    /// Row whose context menu was asked for.
    pub row_menu: Option<u64>,
    pub hovered_row: Option<u64>,
    /// Carets of the heads, by `index`: hang a menu under one with `menu::menu`.
    pub carets: Vec<(usize, Response)>,
    /// Heads, by `index`: can be dragged, and take a context menu.
    pub headers: Vec<(usize, Response)>,
    /// `index` and new width of a column that was resized.
    pub resized: Option<(usize, f32)>,
    /// The whole grid: has the keyboard, takes a context menu.
    pub response: Response,
}

/// Shows the table in all the room there is. `insight_headers` adds a distribution to each head.
pub fn data_grid(
    ui: &mut Ui,
    id: &str,
    columns: &[GridColumn<'_>],
    state: &mut GridState,
    source: &dyn GridSource,
    insight_headers: bool,
) -> GridResponse {
    let id = ui.make_persistent_id(id);
    let (_, whole) = ui.allocate_space(layout::room(ui));
    let mut layout = layout::arrange(ui, whole, columns, state, source, insight_headers);
    layout::bring_into_view(&layout, columns.len(), state);
    let response = ui.interact(layout.body, id, Sense::click_and_drag());
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    let keyed = input::keyboard(ui, &response, &layout, columns.len(), state);
    input::wheel(ui, &layout, state);
    input::scroll_bars(ui, id, &layout, state);
    state.first_row = state.first_row.clamp(0.0, layout.max_first);
    state.x_offset = state.x_offset.clamp(0.0, layout.max_x);
    layout::place_columns(&mut layout, columns, state);

    let mut out = GridResponse {
        visible: layout.visible(state.first_row),
        visible_columns: seen_columns(&layout, columns),
        clicked_header: None,
        clicked_row: keyed.map(|row| (row, Modifiers::NONE)),
        clicked_cell: None,
        double_clicked_cell: None,
        dragged_rows: None,
        row_menu: None,
        hovered_row: None,
        carets: Vec::new(),
        headers: Vec::new(),
        resized: None,
        response,
    };
    input::pointer(ui, &layout, columns, state, &mut out);
    body::show(ui, &layout, columns, state, source, &out);
    let parts = head::Parts {
        id,
        layout: &layout,
        columns,
        source,
        insight: insight_headers,
    };
    head::show(ui, &parts, state, &mut out);
    paint_frame(ui, &layout, state, source);
    body::explain_cell(ui, &out.response, &layout, columns, state, source);
    describe(&out.response, columns, state, source);
    out
}

fn seen_columns(layout: &Layout, columns: &[GridColumn<'_>]) -> Vec<usize> {
    let places = columns.iter().enumerate();
    let seen = places.filter(|(place, _)| layout.column_seen(*place));
    seen.map(|(_, column)| column.index).collect()
}

/// The corner, and the lines that separate heads and numbers from cells.
fn paint_frame(ui: &Ui, layout: &Layout, state: &GridState, source: &dyn GridSource) {
    let tokens = theme::tokens(ui);
    let painter = ui.painter();
    let corner = Rect::from_min_max(
        layout.whole.min,
        pos2(layout.labels.right(), layout.labels.top()),
    );
    painter.rect_filled(corner, 0.0, tokens.surface.sunken);
    let line = Stroke::new(1.0, tokens.border.default);
    let x = Rangef::new(layout.whole.left(), layout.whole.right());
    painter.hline(x, layout.header.bottom() - 0.5, line);
    let last = layout
        .row_top(source.rows(), state.first_row)
        .min(layout.body.bottom());
    let y = Rangef::new(layout.whole.top(), last);
    painter.vline(layout.labels.right() - 0.5, y, line);
}

fn describe(
    response: &Response,
    columns: &[GridColumn<'_>],
    state: &GridState,
    source: &dyn GridSource,
) {
    response.widget_info(|| {
        let rows = source.rows();
        let mut text = format!(
            "Table, {}, {}",
            format::counted(rows, "row"),
            format::counted(columns.len() as u64, "column")
        );
        if let Some((row, place)) = state.focus
            && row < rows
        {
            text.push_str(&format!(
                ", row {} of {}",
                format::count(row + 1),
                format::count(rows)
            ));
            if let Some(column) = columns.get(place) {
                let value = match source.cell(row, column.index) {
                    Some(cell) if cell.locked => "sealed, not shown yet".to_owned(),
                    Some(cell) if cell.blank => "blank".to_owned(),
                    Some(cell) => body::cut(cell.text).to_owned(),
                    None => "loading".to_owned(),
                };
                text.push_str(&format!(", {} {value}", column.name));
            }
        }
        WidgetInfo::labeled(Role::Table, true, text)
    });
}
