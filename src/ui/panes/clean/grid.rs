//! The table before, after, and the difference between the two.

use std::sync::Arc;

use eframe::egui::Ui;

use crate::data::difference::{
    DiffCell, DiffRow, DiffRows, diff_columns, diff_page, diff_row_count,
};
use crate::data::page::page;
use crate::data::{ColumnKind, Page, Table};
use crate::session::{Hidden, StepPreview};
use crate::ui::theme::{Icon, kind_icon, size};
use crate::ui::widgets::{
    CellChange, GridCell, GridColumn, GridSource, GridState, RowState, data_grid,
};

/// Columns made ready before any was seen.
const FIRST_COLUMNS: usize = 16;

/// Which table is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    Before,
    #[default]
    Difference,
    After,
}

/// Where each of the grids is scrolled to.
#[derive(Default)]
pub struct Grids {
    plain: GridState,
    difference: GridState,
    /// Columns that were seen in the last frame.
    plain_columns: Vec<usize>,
    difference_columns: Vec<usize>,
    /// The first changed column, once it was brought into view.
    seen: Option<String>,
    /// Answers that are not to be seen yet.
    pub hidden: Option<Arc<Hidden>>,
}

/// Rows of cells from one place on, and what happened to them.
struct Source {
    rows: u64,
    first: u64,
    page: Vec<DiffRow>,
    /// Column of the first cell of a row of the page.
    first_column: usize,
    /// Whether removed rows are struck out as a whole.
    strike: bool,
    /// The column whose cells are hidden in some rows.
    hidden: Option<(usize, Arc<Hidden>)>,
}

impl GridSource for Source {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn cell(&self, row: u64, column: usize) -> Option<GridCell<'_>> {
        let found = self.row(row)?;
        let cell = found.cells.get(column.checked_sub(self.first_column)?)?;
        let (cell, diff) = match cell {
            DiffCell::Same(cell) => (cell, CellChange::None),
            DiffCell::Changed { before, after } => {
                let before = if before.blank {
                    "blank"
                } else {
                    before.text.as_str()
                };
                (after, CellChange::Changed { before })
            }
            DiffCell::Added(cell) => (cell, CellChange::Added),
            DiffCell::Removed(cell) if self.strike => (cell, CellChange::Removed),
            DiffCell::Removed(cell) => (cell, CellChange::None),
        };
        Some(GridCell {
            text: &cell.text,
            blank: cell.blank,
            diff,
            locked: self.hidden.as_ref().is_some_and(|(of, hidden)| {
                *of == column && hidden.rows().contains(found.row_id as usize)
            }),
            ..GridCell::default()
        })
    }

    fn row_label(&self, row: u64) -> Option<u64> {
        self.row(row).map(|row| u64::from(row.row_id) + 1)
    }

    fn row_state(&self, row: u64) -> RowState {
        match self.row(row) {
            Some(row) if row.removed && self.strike => RowState::Removed,
            _ => RowState::Normal,
        }
    }
}

impl Source {
    fn row(&self, row: u64) -> Option<&DiffRow> {
        self.page
            .get(usize::try_from(row.checked_sub(self.first)?).ok()?)
    }
}

/// First row and number of rows to have ready: what is seen and a page on either side.
fn window(ui: &Ui, state: &GridState) -> (usize, usize) {
    let fits = (ui.available_height() / size::TABLE_ROW).ceil() as usize + 2;
    (
        (state.first_row.max(0.0) as usize).saturating_sub(fits),
        fits * 3,
    )
}

/// Columns to have ready: those seen last, and one more on either side.
fn across(seen: &[usize], width: usize) -> std::ops::Range<usize> {
    let first = seen.iter().min().copied().unwrap_or(0).saturating_sub(1);
    let last = seen.iter().max().map_or(FIRST_COLUMNS, |last| last + 2);
    first.min(width)..last.min(width)
}

/// One table without marks.
pub fn plain(ui: &mut Ui, table: &Table, grids: &mut Grids) {
    let columns: Vec<usize> = across(&grids.plain_columns, table.width()).collect();
    let (first, count) = window(ui, &grids.plain);
    let Page {
        rows,
        row_ids,
        first,
        ..
    } = page(table, None, first, count, &columns);
    let page = rows
        .into_iter()
        .zip(row_ids)
        .map(|(cells, row_id)| DiffRow {
            row_id,
            cells: cells.into_iter().map(DiffCell::Same).collect(),
            removed: false,
        })
        .collect();
    let source = Source {
        rows: table.rows() as u64,
        first: first as u64,
        page,
        first_column: columns.first().copied().unwrap_or(0),
        strike: false,
        hidden: grids
            .hidden
            .clone()
            .and_then(|hidden| Some((table.schema().index_of(&hidden.column)?, hidden))),
    };
    let heads: Vec<Head> = table
        .schema()
        .columns
        .iter()
        .map(|column| Head {
            name: column.name.clone(),
            kind: Some(column.kind),
            changed: false,
        })
        .collect();
    grids.plain_columns = draw(ui, "clean table", &heads, &mut grids.plain, &source);
}

/// The two tables of a preview in one, with what changed marked.
pub fn difference(ui: &mut Ui, preview: &StepPreview, rows: DiffRows, grids: &mut Grids) {
    let difference = &preview.difference;
    let names = diff_columns(&preview.before, &preview.after, difference);
    let (first, count) = window(ui, &grids.difference);
    let shown = across(&grids.difference_columns, names.len());
    let page = diff_page(
        &preview.before,
        &preview.after,
        difference,
        rows,
        first,
        count,
        names.get(shown.clone()).unwrap_or_default(),
    );
    let source = Source {
        rows: diff_row_count(difference, rows) as u64,
        first: first as u64,
        page,
        first_column: shown.start,
        strike: true,
        hidden: grids.hidden.clone().and_then(|hidden| {
            let place = names.iter().position(|name| *name == hidden.column)?;
            Some((place, hidden))
        }),
    };
    let heads: Vec<Head> = names
        .into_iter()
        .map(|name| {
            let column = preview.after.schema().get(&name);
            let column = column.or_else(|| preview.before.schema().get(&name));
            let touched = difference
                .cells_changed
                .iter()
                .any(|(of, count)| *of == name && *count > 0)
                || difference.columns_added.contains(&name)
                || difference.columns_removed.contains(&name)
                || difference
                    .columns_renamed
                    .iter()
                    .any(|(_, new)| *new == name);
            Head {
                kind: column.map(|column| column.kind),
                changed: touched,
                name,
            }
        })
        .collect();
    let first = heads.iter().position(|head| head.changed);
    let name = first
        .and_then(|place| heads.get(place))
        .map(|head| head.name.clone());
    if let (Some(place), true) = (first, name != grids.seen) {
        grids.difference.scroll_to_column(place);
    }
    grids.seen = name;
    grids.difference_columns = draw(
        ui,
        "clean difference",
        &heads,
        &mut grids.difference,
        &source,
    );
}

struct Head {
    name: String,
    kind: Option<ColumnKind>,
    changed: bool,
}

/// Draws the grid; returns the columns that are seen.
fn draw(
    ui: &mut Ui,
    id: &str,
    heads: &[Head],
    state: &mut GridState,
    source: &Source,
) -> Vec<usize> {
    let columns: Vec<GridColumn<'_>> = heads
        .iter()
        .enumerate()
        .map(|(index, head)| {
            let number = head.kind == Some(ColumnKind::Number);
            let letters = head.name.chars().count() as f32 * 7.5 + 44.0;
            let least = if head.changed { 176.0 } else { 104.0 };
            GridColumn {
                width: letters.clamp(least, 260.0),
                align_right: number && !head.changed,
                selected: head.changed,
                ..GridColumn::new(index, &head.name, head.kind.map_or(Icon::TEXT, kind_icon))
            }
        })
        .collect();
    data_grid(ui, id, &columns, state, source, false).visible_columns
}

/// Which rows there are to show, with how many, the most telling first.
pub fn choices(preview: &StepPreview) -> Vec<(DiffRows, &'static str, usize)> {
    [
        (DiffRows::Changed, "Changed rows"),
        (DiffRows::Removed, "Removed rows"),
        (DiffRows::All, "All rows"),
    ]
    .into_iter()
    .map(|(rows, label)| (rows, label, diff_row_count(&preview.difference, rows)))
    .filter(|(rows, _, count)| *count > 0 || *rows == DiffRows::All)
    .collect()
}
