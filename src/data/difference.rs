//! What changed between two states of the same source: rows, columns and cells.
//!
//! Rows are matched by the id they had in the source, columns by name. Values of the same type
//! are compared as values, otherwise as they are shown, so that a type change that nobody can
//! see is not a change.

use std::cell::RefCell;
use std::sync::Arc;

use polars::prelude::Series;

use super::cells::Cells;
use super::page::cell_text;
use super::{Cell, Table};
use crate::base::{RowSet, TaskContext, UserError};

/// No such row.
const ABSENT: u32 = u32::MAX;
/// Rows between two looks at whether the work was stopped.
const CHECK_EVERY: usize = 1 << 18;

/// Everything that differs, counted; rows are named by their source row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    pub rows_before: u64,
    pub rows_after: u64,
    /// Rows of the table before that the table after does not have.
    pub removed_rows: RowSet,
    pub columns_added: Vec<String>,
    pub columns_removed: Vec<String>,
    /// Pairs of (before, after): one column gone, one new at the same place with the same cells.
    pub columns_renamed: Vec<(String, String)>,
    /// Cells changed in every column both tables have, by its name after, in the order after.
    pub cells_changed: Vec<(String, u64)>,
    /// Rows in both tables with at least one changed cell.
    pub changed_rows: RowSet,
    /// Whether rows in both tables come in another order.
    pub reordered: bool,
    /// Position of every source row in the two tables; None where it is the source row itself.
    before_positions: Option<Arc<Vec<u32>>>,
    after_positions: Option<Arc<Vec<u32>>>,
}

impl Difference {
    /// Whether there is nothing to show at all.
    pub fn is_empty(&self) -> bool {
        self.rows_before == self.rows_after
            && self.removed_rows.is_empty()
            && self.columns_added.is_empty()
            && self.columns_removed.is_empty()
            && self.columns_renamed.is_empty()
            && self.changed_rows.is_empty()
            && !self.reordered
    }

    /// Cells changed in all columns together.
    pub fn cells_changed_in_all(&self) -> u64 {
        self.cells_changed.iter().map(|(_, count)| count).sum()
    }

    /// Name before of a column of the table after.
    fn name_before<'a>(&'a self, after: &'a str) -> &'a str {
        self.columns_renamed
            .iter()
            .find(|(_, name)| name == after)
            .map_or(after, |(name, _)| name)
    }
}

/// Which rows a before/after grid shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiffRows {
    Changed,
    Removed,
    /// Every row of the table before.
    All,
}

/// One cell of a before/after grid.
#[derive(Clone, Debug, PartialEq)]
pub enum DiffCell {
    Same(Cell),
    Changed { before: Cell, after: Cell },
    Added(Cell),
    Removed(Cell),
}

/// One row of a before/after grid.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffRow {
    /// Source row.
    pub row_id: u32,
    pub cells: Vec<DiffCell>,
    /// Whether the table after does not have the row.
    pub removed: bool,
}

/// Compares two tables that come from the same source.
pub fn difference(
    before: &Table,
    after: &Table,
    task: &TaskContext,
) -> Result<Difference, UserError> {
    let source_rows = before.source_rows().max(after.source_rows());
    let before_positions = positions_by_row(before, source_rows);
    let after_positions = positions_by_row(after, source_rows);
    let rows = CommonRows::new(before, after, after_positions.as_deref().map(Vec::as_slice));
    let mut removed_rows = before.row_set();
    removed_rows.subtract(&after.row_set());
    let mut result = Difference {
        rows_before: before.rows() as u64,
        rows_after: after.rows() as u64,
        removed_rows,
        changed_rows: RowSet::empty(source_rows),
        reordered: rows.reordered(),
        before_positions,
        after_positions,
        ..Difference::default()
    };
    match_columns(before, after, &rows, &mut result, task)?;
    let names = after.schema().names();
    for (index, name) in names.iter().enumerate() {
        task.progress(index as u64, names.len() as u64, "Comparing");
        if result.columns_added.contains(name)
            || result.columns_renamed.iter().any(|(_, new)| new == name)
        {
            continue;
        }
        let mut changed = 0;
        compare_column(before, after, name, name, &rows, task, |position| {
            changed += 1;
            result.changed_rows.insert(before.row_id(position) as usize);
        })?;
        result.cells_changed.push((name.clone(), changed));
    }
    Ok(result)
}

fn match_columns(
    before: &Table,
    after: &Table,
    rows: &CommonRows,
    result: &mut Difference,
    task: &TaskContext,
) -> Result<(), UserError> {
    let (old, new) = (before.schema(), after.schema());
    let mut removed: Vec<String> = old
        .names()
        .into_iter()
        .filter(|name| new.get(name).is_none())
        .collect();
    let mut added: Vec<String> = new
        .names()
        .into_iter()
        .filter(|name| old.get(name).is_none())
        .collect();
    for gone in removed.clone() {
        let place = old.index_of(&gone);
        let candidate = added
            .iter()
            .find(|name| new.index_of(name) == place)
            .cloned();
        let Some(candidate) = candidate else {
            continue;
        };
        let mut changed = 0u64;
        compare_column(before, after, &gone, &candidate, rows, task, |_| {
            changed += 1
        })?;
        if changed == 0 && !rows.is_empty() {
            removed.retain(|name| *name != gone);
            added.retain(|name| *name != candidate);
            result.columns_renamed.push((gone, candidate));
        }
    }
    result.columns_removed = removed;
    result.columns_added = added;
    Ok(())
}

/// Position of every source row in a table, or None while rows are those of the source.
fn positions_by_row(table: &Table, source_rows: usize) -> Option<Arc<Vec<u32>>> {
    let ids = table.row_ids()?;
    let mut positions = vec![ABSENT; source_rows];
    for (position, &id) in ids.iter().enumerate() {
        if let Some(place) = positions.get_mut(id as usize) {
            *place = position as u32;
        }
    }
    Some(Arc::new(positions))
}

fn position_of(positions: Option<&Vec<u32>>, row_id: u32, rows: usize) -> Option<usize> {
    match positions {
        Some(positions) => positions
            .get(row_id as usize)
            .copied()
            .filter(|&position| position != ABSENT),
        None => ((row_id as usize) < rows).then_some(row_id),
    }
    .map(|position| position as usize)
}

/// The rows both tables have.
enum CommonRows {
    /// Row for row the same: this many.
    Aligned(usize),
    /// (position before, position after), in the order before.
    Pairs(Vec<(u32, u32)>),
}

impl CommonRows {
    fn new(before: &Table, after: &Table, after_positions: Option<&[u32]>) -> Self {
        if before.row_ids() == after.row_ids() && before.rows() == after.rows() {
            return Self::Aligned(before.rows());
        }
        let place = |id: u32| match after_positions {
            Some(positions) => positions.get(id as usize).copied().unwrap_or(ABSENT),
            None if (id as usize) < after.rows() => id,
            None => ABSENT,
        };
        Self::Pairs(
            (0..before.rows())
                .map(|position| (position as u32, place(before.row_id(position))))
                .filter(|&(_, after)| after != ABSENT)
                .collect(),
        )
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Aligned(rows) => *rows == 0,
            Self::Pairs(pairs) => pairs.is_empty(),
        }
    }

    fn reordered(&self) -> bool {
        match self {
            Self::Aligned(_) => false,
            Self::Pairs(pairs) => !pairs.is_sorted_by_key(|&(_, after)| after),
        }
    }

    /// Calls `changed` with the position before of every pair that is not `same`.
    fn compare(
        &self,
        task: &TaskContext,
        same: impl Fn(usize, usize) -> bool,
        mut changed: impl FnMut(usize),
    ) -> Result<(), UserError> {
        let mut look = |index: usize, before: usize, after: usize| {
            if index.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if !same(before, after) {
                changed(before);
            }
            Ok(())
        };
        match self {
            Self::Aligned(rows) => (0..*rows).try_for_each(|row| look(row, row, row)),
            Self::Pairs(pairs) => {
                pairs
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, &(before, after))| {
                        look(index, before as usize, after as usize)
                    })
            }
        }
    }
}

/// How many cells of a column changed, as [`difference`] counts them, and how many of these had a
/// value and are blank now. Both have the same rows in the same order.
pub fn cells_changed(
    before: &Series,
    after: &Series,
    task: &TaskContext,
) -> Result<(u64, u64), UserError> {
    let rows = CommonRows::Aligned(before.len().min(after.len()));
    let blank = (after.null_count() > 0).then(|| after.is_null());
    let is_blank = |position| {
        let blank = blank.as_ref();
        blank.is_some_and(|blank| blank.get(position) == Some(true))
    };
    let (mut changed, mut blanked) = (0, 0);
    compare_series(before, after, &rows, task, |position| {
        changed += 1;
        blanked += u64::from(is_blank(position));
    })?;
    Ok((changed, blanked))
}

/// Calls `changed` with the position before of every cell that differs.
fn compare_column(
    before: &Table,
    after: &Table,
    name_before: &str,
    name_after: &str,
    rows: &CommonRows,
    task: &TaskContext,
    changed: impl FnMut(usize),
) -> Result<(), UserError> {
    let (Ok(old), Ok(new)) = (
        before.frame().column(name_before),
        after.frame().column(name_after),
    ) else {
        return Ok(());
    };
    let (old, new) = (old.as_materialized_series(), new.as_materialized_series());
    compare_series(old, new, rows, task, changed)
}

fn compare_series(
    old: &Series,
    new: &Series,
    rows: &CommonRows,
    task: &TaskContext,
    changed: impl FnMut(usize),
) -> Result<(), UserError> {
    let shared = Arc::ptr_eq(&old.0, &new.0);
    if shared && matches!(rows, CommonRows::Aligned(_)) {
        return Ok(());
    }
    let (old, new) = (Cells::of(old), Cells::of(new));
    match (&old, &new) {
        (Cells::Whole(a), Cells::Whole(b)) | (Cells::Moment(a), Cells::Moment(b)) => {
            rows.compare(task, |i, j| a.get(i) == b.get(j), changed)
        }
        (Cells::Unsigned(a), Cells::Unsigned(b)) => {
            rows.compare(task, |i, j| a.get(i) == b.get(j), changed)
        }
        (Cells::Date(a), Cells::Date(b)) => {
            rows.compare(task, |i, j| a.get(i) == b.get(j), changed)
        }
        (Cells::YesNo(a), Cells::YesNo(b)) => {
            rows.compare(task, |i, j| a.get(i) == b.get(j), changed)
        }
        (Cells::Text(a), Cells::Text(b)) => {
            rows.compare(task, |i, j| a.get(i) == b.get(j), changed)
        }
        (Cells::Number(a), Cells::Number(b)) => {
            let filled = |value: Option<f64>| value.filter(|v| !v.is_nan());
            rows.compare(task, |i, j| filled(a.get(i)) == filled(b.get(j)), changed)
        }
        (Cells::Single(a), Cells::Single(b)) => {
            let filled = |value: Option<f32>| value.filter(|v| !v.is_nan());
            rows.compare(task, |i, j| filled(a.get(i)) == filled(b.get(j)), changed)
        }
        (Cells::Whole(a), Cells::Number(b)) => {
            let filled = |value: Option<f64>| value.filter(|v| !v.is_nan());
            rows.compare(
                task,
                |i, j| a.get(i).map(|v| v as f64) == filled(b.get(j)),
                changed,
            )
        }
        _ => {
            let texts = RefCell::new((String::new(), String::new()));
            let same = |i, j| {
                let (a, b) = &mut *texts.borrow_mut();
                a.clear();
                b.clear();
                old.write(i, a) == new.write(j, b) && a == b
            };
            rows.compare(task, same, changed)
        }
    }
}

/// Names of the columns of a before/after grid: those of the table after, with those removed at
/// the places they had.
pub fn diff_columns(before: &Table, after: &Table, difference: &Difference) -> Vec<String> {
    let mut names = after.schema().names();
    let old = before.schema().names();
    for removed in &difference.columns_removed {
        let place = old
            .iter()
            .position(|name| name == removed)
            .unwrap_or(names.len());
        // Behind the nearest column to the left that is still there.
        let neighbour = old
            .get(..place)
            .unwrap_or_default()
            .iter()
            .rev()
            .find_map(|name| {
                names
                    .iter()
                    .position(|kept| difference.name_before(kept) == name)
            });
        names.insert(neighbour.map_or(0, |index| index + 1), removed.clone());
    }
    names
}

/// How many rows [`diff_page`] can show.
pub fn diff_row_count(difference: &Difference, rows: DiffRows) -> usize {
    match rows {
        DiffRows::Changed => difference.changed_rows.count(),
        DiffRows::Removed => difference.removed_rows.count(),
        DiffRows::All => difference.rows_before as usize,
    }
}

/// A page of the before/after grid. Changed and removed rows come in source order, all rows in
/// the order of the table before. `columns` are names as [`diff_columns`] lists them.
pub fn diff_page(
    before: &Table,
    after: &Table,
    difference: &Difference,
    rows: DiffRows,
    first: usize,
    count: usize,
    columns: &[String],
) -> Vec<DiffRow> {
    let ids: Vec<u32> = match rows {
        DiffRows::Changed => difference
            .changed_rows
            .iter()
            .skip(first)
            .take(count)
            .map(|id| id as u32)
            .collect(),
        DiffRows::Removed => difference
            .removed_rows
            .iter()
            .skip(first)
            .take(count)
            .map(|id| id as u32)
            .collect(),
        DiffRows::All => (first.min(before.rows())..first.saturating_add(count).min(before.rows()))
            .map(|position| before.row_id(position))
            .collect(),
    };
    let places: Vec<(Option<usize>, Option<usize>)> = columns
        .iter()
        .map(|name| {
            let old = before.schema().index_of(difference.name_before(name));
            (old, after.schema().index_of(name))
        })
        .collect();
    ids.into_iter()
        .map(|row_id| {
            let old = position_of(
                difference.before_positions.as_deref(),
                row_id,
                before.rows(),
            );
            let new = position_of(difference.after_positions.as_deref(), row_id, after.rows());
            DiffRow {
                row_id,
                cells: places
                    .iter()
                    .map(|&(i, j)| diff_cell(before, after, i.zip(old), j.zip(new)))
                    .collect(),
                removed: new.is_none(),
            }
        })
        .collect()
}

/// The cell at (column, position) before and after.
fn diff_cell(
    before: &Table,
    after: &Table,
    old: Option<(usize, usize)>,
    new: Option<(usize, usize)>,
) -> DiffCell {
    let blank = Cell {
        text: String::new(),
        blank: true,
    };
    match (old, new) {
        (Some((i, p)), Some((j, q))) => {
            // Compared in full, shown shortened.
            let (old, new) = (cell_text(before, i, p), cell_text(after, j, q));
            if old == new {
                DiffCell::Same(new.shortened())
            } else {
                DiffCell::Changed {
                    before: old.shortened(),
                    after: new.shortened(),
                }
            }
        }
        (Some((i, p)), None) => DiffCell::Removed(cell_text(before, i, p).shortened()),
        (None, Some((j, q))) => DiffCell::Added(cell_text(after, j, q).shortened()),
        (None, None) => DiffCell::Added(blank),
    }
}
