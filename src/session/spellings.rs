//! Columns in which one value is spelled in several ways.

use std::sync::Arc;

use super::derived::Slot;
use super::session::Session;
use crate::base::ids::StepId;
use crate::base::{ParamValue, Params};
use crate::clean::{self, LearnFrom, Step};
use crate::data::{ColumnKind, Table};
use crate::jobs::{JobKey, Lane, Request};

/// A column with values that differ in spelling only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherSpellings {
    pub column: String,
    /// Cells that are not spelled as the others of their value mostly are.
    pub cells: u64,
    /// How these values are mostly spelled.
    pub values: Vec<String>,
}

impl Session {
    /// Columns of words in which tidying the spellings would change something, in their order.
    pub fn other_spellings(&mut self, table: &Arc<Table>) -> Slot<Vec<OtherSpellings>> {
        let request = Request {
            key: JobKey("other spellings".to_owned()),
            fingerprint: table.fingerprint().then(b"other spellings"),
            label: "Comparing spellings".to_owned(),
            lane: Lane::Background,
        };
        let table = table.clone();
        self.answer(request, move |context| {
            let mut found = Vec::new();
            for column in &table.schema().columns {
                if !matches!(column.kind, ColumnKind::Category | ColumnKind::Text) {
                    continue;
                }
                let columns = ParamValue::List(vec![column.name.clone()]);
                let step = Step {
                    id: StepId(0),
                    operation: "tidy_spellings".to_owned(),
                    params: Params::new().with("columns", columns),
                    enabled: true,
                };
                let run = clean::run_recipe(&table, &[step], LearnFrom::All, &context.task)?;
                if let Some(outcome) = run.outcomes.first().filter(|done| done.cells_changed > 0) {
                    found.push(OtherSpellings {
                        column: column.name.clone(),
                        cells: outcome.cells_changed,
                        values: outcome.learned.texts.values().cloned().collect(),
                    });
                }
            }
            Ok((found, 4096))
        })
    }
}
