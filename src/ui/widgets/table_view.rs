//! A table of the session in the data grid: pages of cells, heads with distributions, rows that
//! are selected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eframe::egui::{Modifiers, Ui};

use super::data_grid::{
    CellChange, GridCell, GridColumn, GridResponse, GridSource, GridState, HeaderProfile, RowState,
    data_grid,
};
use crate::base::{RowSet, format};
use crate::data::{ColumnKind, ColumnProfile, Page, Table};
use crate::session::{Hidden, Session, Slot};
use crate::ui::theme::{Icon, kind_icon, size};

/// What the grid remembers between frames.
#[derive(Default)]
pub struct TableView {
    pub grid: GridState,
    visible_columns: Vec<usize>,
    /// Where a range of rows began.
    anchor: Option<u64>,
    primary: Option<u64>,
}

/// What is to be shown.
pub struct Shown<'a> {
    pub table: &'a Arc<Table>,
    /// Column and direction the rows are sorted by, for the mark in the head.
    pub sort: Option<(usize, bool)>,
    /// Positions in the order of the sort.
    pub order: Option<&'a [u32]>,
    pub profiles: &'a [Slot<ColumnProfile>],
    /// Column whose properties are shown.
    pub column: Option<usize>,
    /// Cells found: (position in the table, column).
    pub matches: &'a BTreeSet<(u32, usize)>,
    /// Answers that are not to be seen yet.
    pub hidden: Option<Arc<Hidden>>,
}

impl TableView {
    /// Draws the table in the room there is.
    pub fn show(&mut self, ui: &mut Ui, session: &Session, shown: &Shown<'_>) -> GridResponse {
        let heads: Vec<Option<HeaderProfile>> = shown
            .profiles
            .iter()
            .map(|profile| profile.shown().map(|profile| head(profile)))
            .collect();
        let columns: Vec<GridColumn<'_>> = shown
            .table
            .schema()
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let name_tag = shown
                    .profiles
                    .get(index)
                    .and_then(Slot::shown)
                    .is_some_and(|profile| profile.name_tag.is_some());
                GridColumn {
                    width: width(&column.name, column.kind),
                    align_right: column.kind == ColumnKind::Number && !name_tag,
                    monospace: name_tag,
                    selected: shown.column == Some(index),
                    profile: heads.get(index).and_then(Option::as_ref),
                    sort: shown
                        .sort
                        .filter(|(sorted, _)| *sorted == index)
                        .map(|(_, descending)| !descending),
                    ..GridColumn::new(
                        index,
                        &column.name,
                        if name_tag {
                            Icon::NAME_TAG
                        } else {
                            kind_icon(column.kind)
                        },
                    )
                }
            })
            .collect();
        let page = self.page(ui, session, shown);
        let source = Source {
            rows: shown.order.map_or(shown.table.rows(), <[u32]>::len) as u64,
            places: page
                .columns
                .iter()
                .enumerate()
                .map(|(place, column)| (*column, place))
                .collect(),
            page,
            selection: session.selection().map(|selection| selection.rows.clone()),
            primary: self.primary,
            matches: shown.matches,
            hidden: shown.hidden.as_ref().and_then(|hidden| {
                let column = shown.table.schema().index_of(&hidden.column)?;
                Some((column, hidden.clone()))
            }),
        };
        let response = data_grid(ui, "table", &columns, &mut self.grid, &source, true);
        self.visible_columns.clone_from(&response.visible_columns);
        response
    }

    /// The cells that are about to be seen.
    fn page(&self, ui: &Ui, session: &Session, shown: &Shown<'_>) -> Page {
        let first = self.grid.first_row.max(0.0) as usize;
        let count = (ui.available_height() / size::TABLE_ROW) as usize + 4;
        let width = shown.table.width();
        let columns: Vec<usize> = if self.visible_columns.is_empty() {
            (0..width.min(24)).collect()
        } else {
            let low = self
                .visible_columns
                .iter()
                .min()
                .copied()
                .unwrap_or(0)
                .saturating_sub(2);
            let high = self.visible_columns.iter().max().copied().unwrap_or(0) + 3;
            (low..high.min(width)).collect()
        };
        // One page above and below: a scroll by a page finds its cells at once.
        let start = first.saturating_sub(count);
        session.page(shown.table, shown.order, start, count * 3, &columns)
    }

    /// Selects rows as a person does with click, Shift and Ctrl, and by sweeping.
    pub fn take_selection(
        &mut self,
        session: &mut Session,
        shown: &Shown<'_>,
        response: &GridResponse,
    ) {
        if let Some((first, last)) = response.dragged_rows
            && first != last
        {
            self.select_range(session, shown, first, last, false);
        } else if let Some((row, modifiers)) = response.clicked_row {
            self.click(session, shown, row, modifiers);
        }
    }

    fn click(&mut self, session: &mut Session, shown: &Shown<'_>, row: u64, modifiers: Modifiers) {
        let Some(position) = position(shown, row) else {
            return;
        };
        let id = shown.table.row_id(position);
        if modifiers.shift
            && let Some(anchor) = self.anchor
        {
            self.select_range(
                session,
                shown,
                anchor.min(row),
                anchor.max(row),
                modifiers.command,
            );
            return;
        }
        self.anchor = Some(row);
        self.primary = Some(u64::from(id));
        let mut rows = match session.selection() {
            Some(selection) if modifiers.command => (*selection.rows).clone(),
            _ => RowSet::empty(shown.table.source_rows()),
        };
        let only = session.selection().is_some_and(|selection| {
            selection.rows.count() == 1 && selection.rows.contains(id as usize)
        });
        if rows.contains(id as usize) || (only && !modifiers.command) {
            rows.remove(id as usize);
        } else {
            rows.insert(id as usize);
        }
        let sentence = if rows.count() == 1 {
            format!("row {}", format::count(u64::from(id) + 1))
        } else {
            "rows picked in the table".to_owned()
        };
        session.select(rows, sentence);
        session.pick(id);
    }

    fn select_range(
        &mut self,
        session: &mut Session,
        shown: &Shown<'_>,
        first: u64,
        last: u64,
        add: bool,
    ) {
        let mut rows = match session.selection() {
            Some(selection) if add => (*selection.rows).clone(),
            _ => RowSet::empty(shown.table.source_rows()),
        };
        for row in first..=last {
            if let Some(position) = position(shown, row) {
                rows.insert(shown.table.row_id(position) as usize);
            }
        }
        let sentence = format!(
            "rows {} to {} of the table",
            format::count(first + 1),
            format::count(last + 1)
        );
        session.select(rows, sentence);
    }
}

fn position(shown: &Shown<'_>, row: u64) -> Option<usize> {
    match shown.order {
        Some(order) => order.get(row as usize).map(|&position| position as usize),
        None => ((row as usize) < shown.table.rows()).then_some(row as usize),
    }
}

fn width(name: &str, kind: ColumnKind) -> f32 {
    let by_kind = match kind {
        ColumnKind::Number | ColumnKind::YesNo => 96.0,
        ColumnKind::Category | ColumnKind::Time => 120.0,
        ColumnKind::Text => 200.0,
    };
    (name.chars().count() as f32 * 7.2 + 48.0).clamp(by_kind, 220.0)
}

/// The head of a column from its profile.
pub fn head(profile: &ColumnProfile) -> HeaderProfile {
    let counts: Vec<u32> = if profile.histogram.is_empty() {
        profile.top.iter().map(|value| clamp(value.count)).collect()
    } else {
        profile
            .histogram
            .iter()
            .map(|bin| clamp(bin.count))
            .collect()
    };
    let blank_share = if profile.rows == 0 {
        0.0
    } else {
        profile.blanks as f32 / profile.rows as f32
    };
    HeaderProfile {
        counts,
        blank_share,
        fact: fact(profile),
        name_tag: profile.name_tag.is_some(),
    }
}

fn clamp(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// One fact about a column: blanks when there are any, otherwise its range or number of values.
pub fn fact(profile: &ColumnProfile) -> String {
    if profile.rows == 0 {
        return "no rows".to_owned();
    }
    if profile.blanks == profile.rows {
        return "all blank".to_owned();
    }
    if profile.blanks > 0 {
        return format!(
            "{} blank",
            format::share(profile.blanks as f64 / profile.rows as f64)
        );
    }
    if profile.name_tag.is_some() {
        return if profile.distinct == profile.rows {
            "all different".to_owned()
        } else {
            format!(
                "{} repeated",
                format::count(profile.rows - profile.distinct)
            )
        };
    }
    if let Some(number) = &profile.number {
        let figures = profile.figures();
        return format!(
            "{} to {}",
            figures.number(number.min, 4),
            figures.number(number.max, 4)
        );
    }
    match (&profile.earliest, &profile.latest) {
        (Some(first), Some(last)) => {
            let year = |text: &str| text.chars().take(4).collect::<String>();
            if year(first) == year(last) {
                first.chars().take(10).collect()
            } else {
                format!("{} – {}", year(first), year(last))
            }
        }
        _ => format::counted(profile.distinct, "value"),
    }
}

struct Source<'a> {
    rows: u64,
    page: Page,
    places: BTreeMap<usize, usize>,
    selection: Option<Arc<RowSet>>,
    primary: Option<u64>,
    matches: &'a BTreeSet<(u32, usize)>,
    /// The column whose cells are hidden in some rows.
    hidden: Option<(usize, Arc<Hidden>)>,
}

impl Source<'_> {
    fn index(&self, row: u64) -> Option<usize> {
        (row as usize).checked_sub(self.page.first)
    }

    fn row_id(&self, row: u64) -> Option<u32> {
        self.index(row)
            .and_then(|index| self.page.row_ids.get(index).copied())
    }
}

impl GridSource for Source<'_> {
    fn rows(&self) -> u64 {
        self.rows
    }

    fn cell(&self, row: u64, column: usize) -> Option<GridCell<'_>> {
        let index = self.index(row)?;
        let cell = self.page.rows.get(index)?.get(*self.places.get(&column)?)?;
        let position = self
            .page
            .positions
            .get(index)
            .copied()
            .unwrap_or(usize::MAX) as u32;
        Some(GridCell {
            text: &cell.text,
            blank: cell.blank,
            diff: CellChange::None,
            error: false,
            match_highlight: self.matches.contains(&(position, column)),
            locked: self.hidden.as_ref().is_some_and(|(of, hidden)| {
                let id = self.page.row_ids.get(index).copied().unwrap_or(u32::MAX);
                *of == column && hidden.rows().contains(id as usize)
            }),
        })
    }

    fn row_label(&self, row: u64) -> Option<u64> {
        self.row_id(row).map(|id| u64::from(id) + 1)
    }

    fn row_state(&self, row: u64) -> RowState {
        let Some(id) = self.row_id(row) else {
            return RowState::Normal;
        };
        match &self.selection {
            Some(rows) if rows.contains(id as usize) => {
                if self.primary == Some(u64::from(id)) {
                    RowState::Primary
                } else {
                    RowState::Selected
                }
            }
            _ => RowState::Normal,
        }
    }
}
