//! What is different about the selected rows, and how many rows are copies of others.

use std::sync::Arc;

use super::derived::Slot;
use super::session::Session;
use crate::base::Params;
use crate::base::ids::StepId;
use crate::clean::{self, LearnFrom, Step};
use crate::data::Table;
use crate::data::contrast::{Contrast, contrast};
use crate::jobs::{JobKey, Lane, Request};

impl Session {
    /// Every column of the selected rows against the rest, the largest difference first.
    /// Empty while nothing is selected.
    pub fn contrast(&mut self, table: &Arc<Table>) -> Slot<Vec<Contrast>> {
        let Some(selection) = self.selection().cloned() else {
            return Slot::Empty;
        };
        let request = Request {
            key: JobKey("contrast".to_owned()),
            fingerprint: table
                .fingerprint()
                .then_value(&("contrast", selection.version)),
            label: "Comparing the selected rows".to_owned(),
            // Charts follow a brush first.
            lane: Lane::Background,
        };
        let table = table.clone();
        self.answer(request, move |context| {
            let found = contrast(&table, &selection.rows, &context.task)?;
            let bytes = found.len() as u64 * 512;
            Ok((found, bytes))
        })
    }

    /// Rows that are the same as an earlier row in every column.
    pub fn duplicate_rows(&mut self, table: &Arc<Table>) -> Slot<u64> {
        let request = Request {
            key: JobKey("duplicate rows".to_owned()),
            fingerprint: table.fingerprint().then(b"duplicate rows"),
            label: "Looking for duplicate rows".to_owned(),
            lane: Lane::Quick,
        };
        let table = table.clone();
        self.answer(request, move |context| {
            let step = Step {
                id: StepId(0),
                operation: "remove_duplicates".to_owned(),
                params: Params::new(),
                enabled: true,
            };
            let run = clean::run_recipe(&table, &[step], LearnFrom::All, &context.task)?;
            Ok((table.rows() as u64 - run.table.rows() as u64, 8))
        })
    }
}
