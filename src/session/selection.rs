//! Rows chosen anywhere and shown everywhere, and rows that views are limited to. Neither ever
//! changes data.

use std::sync::Arc;

use super::session::Session;
use super::source::source_fingerprint;
use crate::base::{Fingerprint, RowSet};
use crate::jobs::JobKey;
use crate::project::Document;

/// The slot of looking for the rows of a selection.
pub(super) const SELECTING: &str = "brush";

/// Rows chosen anywhere, shown everywhere. Never changes data.
#[derive(Clone)]
pub struct Selection {
    /// Row ids of the source.
    pub rows: Arc<RowSet>,
    /// "bill_length between 40 and 50".
    pub sentence: String,
    /// The row that was picked last, where rows were picked one by one.
    primary: Option<u32>,
    /// Grows with every selection: the name of this one in the cache.
    pub version: u64,
}

impl Selection {
    /// The row (id of the source) that stands for the others: the one picked last, otherwise the
    /// first.
    pub fn primary(&self) -> Option<u32> {
        let picked = self.primary.filter(|row| self.rows.contains(*row as usize));
        picked.or_else(|| self.rows.iter().next().map(|row| row as u32))
    }
}

/// "Keep only": rows shown while it lasts. Never changes data.
#[derive(Clone)]
pub struct Filter {
    pub rows: Arc<RowSet>,
    pub sentence: String,
    pub fingerprint: Fingerprint,
}

/// How a brush joins what is selected already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    #[default]
    Replace,
    Add,
    Remove,
    Intersect,
}

impl Combine {
    /// The sentence after joining a selection with another.
    pub fn sentence(self, before: Option<&str>, own: &str) -> String {
        match (before, self) {
            (None, _) | (_, Self::Replace) => own.to_owned(),
            (Some(before), Self::Add) => format!("{before} or {own}"),
            (Some(before), Self::Remove) => format!("{before} but not {own}"),
            (Some(before), Self::Intersect) => format!("{before}, and {own}"),
        }
    }

    pub fn combine(self, current: &RowSet, mut rows: RowSet) -> RowSet {
        match self {
            Self::Replace => rows,
            Self::Add => {
                rows.union(current);
                rows
            }
            Self::Remove => {
                let mut kept = current.clone();
                kept.subtract(&rows);
                kept
            }
            Self::Intersect => {
                rows.intersect(current);
                rows
            }
        }
    }
}

impl Session {
    pub fn selection(&self) -> Option<&Selection> {
        self.active.and_then(|id| self.selection.get(&id))
    }

    /// Selects rows (ids of the source) everywhere. An empty set clears the selection.
    pub fn select(&mut self, rows: RowSet, sentence: impl Into<String>) {
        let Some(id) = self.active else { return };
        self.selection_version += 1;
        if rows.is_empty() {
            self.selection.remove(&id);
        } else {
            self.selection.insert(
                id,
                Selection {
                    rows: Arc::new(rows),
                    sentence: sentence.into(),
                    primary: None,
                    version: self.selection_version,
                },
            );
        }
    }

    /// Remembers which of the selected rows was picked last.
    pub fn pick(&mut self, row: u32) {
        if let Some(selection) = self.active.and_then(|id| self.selection.get_mut(&id)) {
            selection.primary = Some(row);
        }
    }

    pub fn clear_selection(&mut self) {
        if let Some(id) = self.active {
            self.selection.remove(&id);
        }
    }

    pub fn filter(&self) -> Option<&Filter> {
        self.active.and_then(|id| self.filter.get(&id))
    }

    /// Shows only these rows in every view until [`Session::clear_filter`].
    pub fn keep_only(&mut self, rows: RowSet, sentence: impl Into<String>) {
        let Some(id) = self.active else { return };
        let fingerprint = Fingerprint::of_value(&rows);
        self.filter.insert(
            id,
            Filter {
                rows: Arc::new(rows),
                sentence: sentence.into(),
                fingerprint,
            },
        );
    }

    pub fn clear_filter(&mut self) {
        if let Some(id) = self.active {
            self.filter.remove(&id);
        }
    }

    /// Row ids mean nothing in another source: what was chosen among the old rows is let go.
    pub(super) fn forget_rows_of_other_sources(&mut self, before: &Document) {
        for table in &self.document().clone().tables {
            let Some(old) = before.table(table.id) else {
                continue;
            };
            let same = Arc::ptr_eq(old, table)
                || source_fingerprint(&old.source) == source_fingerprint(&table.source);
            if !same {
                self.selection.remove(&table.id);
                self.filter.remove(&table.id);
                self.cancel(&JobKey::from(SELECTING));
            }
        }
    }
}
