//! Rows of unusual value in the open table, and selecting them.

use std::sync::Arc;

use super::asked::{Asked, answered};
use super::derived::Slot;
use super::selection::{Combine, SELECTING};
use super::session::Session;
use crate::base::ids::TableId;
use crate::base::{Fingerprint, RowSet, format};
use crate::data::Table;
use crate::jobs::{JobKey, Lane, Request};
use crate::pipeline::unusual::{UnusualColumns, usable_columns};
use crate::pipeline::{UnusualRows, UnusualWish, find_unusual};

/// The slot of looking for unusual rows.
const FINDING: &str = "unusual rows";
/// Rows between two looks at whether the work was stopped.
const BLOCK: usize = 1 << 16;

/// How unusual the rows of a table are, and which rows of the source they are.
#[derive(Clone, Debug, PartialEq)]
pub struct UnusualFound {
    pub rows: UnusualRows,
    source_rows: usize,
    /// Source row per position; None where both are the same.
    ids: Option<Vec<u32>>,
}

impl UnusualFound {
    fn new(rows: UnusualRows, table: &Table) -> Self {
        let moved = (0..table.rows()).any(|position| table.row_id(position) as usize != position);
        let ids = || (0..table.rows()).map(|row| table.row_id(row)).collect();
        Self {
            rows,
            source_rows: table.source_rows(),
            ids: moved.then(ids),
        }
    }

    /// Row of the source at a position of the table.
    pub fn row_id(&self, position: usize) -> u32 {
        match &self.ids {
            None => position as u32,
            Some(ids) => ids.get(position).copied().unwrap_or(u32::MAX),
        }
    }

    fn set(&self, positions: impl Iterator<Item = usize>) -> RowSet {
        let rows = positions.map(|position| self.row_id(position) as usize);
        RowSet::from_rows(self.source_rows, rows)
    }
}

/// What was asked last, and what came out.
pub(super) type AskedUnusual = Asked<(TableId, Fingerprint), UnusualFound>;

impl Session {
    /// The columns of the open table after its steps that say how unusual a row is, and the others
    /// with the reason.
    pub fn unusual_columns(&mut self) -> Slot<UnusualColumns> {
        let Some(recipe) = self.active().cloned() else {
            return Slot::Empty;
        };
        let run = match self.recipe_run().ready_or_wait() {
            Ok(run) => run,
            Err(waiting) => return waiting,
        };
        let request = Request {
            key: JobKey("unusual columns".to_owned()),
            fingerprint: run
                .table
                .fingerprint()
                .then_value(&("unusual columns", &recipe.roles)),
            label: "Looking at the columns".to_owned(),
            lane: Lane::Background,
        };
        self.answer(request, move |context| {
            let columns = usable_columns(&run.table, &recipe.roles, &context.task)?;
            Ok((columns, 4096))
        })
    }

    /// Looks for unusual rows in the open table after its steps, whatever a filter hides. The
    /// answer is that of [`Session::unusual`].
    pub fn find_unusual(&mut self, wish: UnusualWish) {
        let Some(recipe) = self.active().cloned() else {
            return;
        };
        let Slot::Ready(run) = self.recipe_run() else {
            return;
        };
        let table = run.table.clone();
        self.unusual = Some(Asked::new((recipe.id, table.fingerprint())));
        self.act(
            FINDING,
            "Finding unusual rows",
            Lane::Heavy,
            move |context| {
                let found = find_unusual(&table, &wish, &context.task);
                answered(found.map(|rows| UnusualFound::new(rows, &table)))
            },
            move |session, found| {
                if let Some(asked) = &mut session.unusual {
                    asked.found = Some((*found).clone());
                }
            },
        );
    }

    /// What [`Session::find_unusual`] found in the open table as it is; empty when it was not
    /// asked, when it was stopped, and when the table has changed since.
    pub fn unusual(&mut self) -> Slot<UnusualFound> {
        let run = self.recipe_run();
        let (Some(asked), Some(run)) = (&self.unusual, run.shown()) else {
            return Slot::Empty;
        };
        let (table, data) = asked.question;
        if self.active_id() != Some(table) || run.table.fingerprint() != data {
            return Slot::Empty;
        }
        asked.slot(self, FINDING)
    }

    /// Whether unusual rows were looked for in the open table as it was before its last change.
    pub fn unusual_is_older(&mut self) -> bool {
        let run = self.recipe_run();
        let (Some(asked), Slot::Ready(run)) = (&self.unusual, run) else {
            return false;
        };
        let (table, data) = asked.question;
        self.active_id() == Some(table) && run.table.fingerprint() != data
    }

    pub fn stop_finding_unusual(&mut self) {
        self.cancel(&JobKey::from(FINDING));
    }

    /// Selects the rows with at least this score.
    pub fn select_unusual(&mut self, cut: f64) {
        let Slot::Ready(found) = self.unusual() else {
            return;
        };
        let count = found.rows.rows_from(cut);
        let first = found.rows.order.iter().take(count);
        let rows = found.set(first.map(|&position| position as usize));
        self.select(
            rows,
            format!("unusual rows, score of at least {}", format::fixed(cut, 3)),
        );
    }

    /// Selects one row and makes it the one that stands for the selection.
    pub fn select_unusual_row(&mut self, position: usize) {
        let Slot::Ready(found) = self.unusual() else {
            return;
        };
        let id = found.row_id(position);
        self.select(
            found.set(std::iter::once(position)),
            format!("row {}", format::count(u64::from(id) + 1)),
        );
        self.pick(id);
    }

    /// Selects the rows of one bar of the distribution of scores.
    pub fn select_unusual_bar(&mut self, bar: usize, how: Combine) {
        let Slot::Ready(found) = self.unusual() else {
            return;
        };
        let (from, to) = found.rows.bars.ends(bar);
        let own = format!(
            "unusualness score {} to {}",
            format::fixed(from, 3),
            format::fixed(to, 3)
        );
        let current = self.selection().cloned();
        let before = current
            .as_ref()
            .map(|selection| selection.sentence.as_str());
        let sentence = how.sentence(before, &own);
        let current = current.map(|selection| selection.rows);
        self.act(
            SELECTING,
            "Selecting",
            Lane::Quick,
            move |context| {
                let mut positions = Vec::new();
                for (block, scores) in found.rows.scores.chunks(BLOCK).enumerate() {
                    context.task.check()?;
                    let inside = scores.iter().enumerate().filter_map(|(place, score)| {
                        let here = found.rows.bars.bar_of(*score) == Some(bar);
                        here.then_some(block * BLOCK + place)
                    });
                    positions.extend(inside);
                }
                let rows = found.set(positions.into_iter());
                Ok(match &current {
                    Some(current) => how.combine(current, rows),
                    None => rows,
                })
            },
            move |session, rows| session.select((*rows).clone(), sentence),
        );
    }

    /// Rows of the selection in each bar of the distribution of scores.
    pub fn unusual_selected(&mut self, found: &Arc<UnusualFound>) -> Slot<Vec<u32>> {
        let Some(selection) = self.selection().cloned() else {
            return Slot::Empty;
        };
        let wish = (&found.rows.wish.columns, found.rows.wish.seed);
        let asked = ("unusual bars", wish, selection.version);
        let request = Request {
            key: JobKey("unusual bars".to_owned()),
            fingerprint: found.rows.table.then_value(&asked),
            label: "Counting selected rows".to_owned(),
            lane: Lane::Quick,
        };
        let found = found.clone();
        self.answer(request, move |context| {
            let bars = &found.rows.bars;
            let mut counts = vec![0_u32; bars.counts.len()];
            for (position, score) in found.rows.scores.iter().enumerate() {
                if position % BLOCK == 0 {
                    context.task.check()?;
                }
                if selection.rows.contains(found.row_id(position) as usize)
                    && let Some(count) = bars.bar_of(*score).and_then(|bar| counts.get_mut(bar))
                {
                    *count += 1;
                }
            }
            let bytes = counts.len() as u64 * 4;
            Ok((counts, bytes))
        })
    }
}
