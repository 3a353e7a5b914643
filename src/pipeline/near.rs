//! Rows that a fitted forest or tree cannot tell apart: the rows that are like a given one.

use std::collections::BTreeMap;

use super::FittedPipeline;
use super::fit::rows_at_a_time;
use crate::base::{TaskContext, UserError, format};
use crate::data::Table;
use crate::learn::Matrix;

/// Why a model made of other things than trees side by side cannot compare rows.
pub const WHY_NO_NEARNESS: &str = "Rows are alike where they end in the same leaves. Random forest, extra trees and the decision tree have such leaves; this model has none that were grown side by side";

/// The rows of a table that are most like one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct NearRows {
    /// Position of the row that the others are compared with.
    pub of: usize,
    /// The nearest rows without that one, nearest first and then by position.
    pub rows: Vec<NearRow>,
    /// Rows besides that one that share at least one leaf with it.
    pub in_reach: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearRow {
    /// Position in the table.
    pub position: usize,
    /// Share of trees in which both rows end in the same leaf, above 0 and at most 1.
    pub nearness: f64,
}

impl FittedPipeline {
    /// Whether the model can tell which rows are alike.
    pub fn compares_rows(&self) -> bool {
        let none = Matrix {
            rows: 0,
            cols: self.preparation.width(),
            values: Vec::new(),
        };
        let answer = self.model.proximity(&none, &none, &TaskContext::new());
        matches!(answer, Ok(Some(_)))
    }

    /// How near every row of a raw table is to the one at position `of`, in the order of the table:
    /// the share of trees in which both end in the same leaf (see [`crate::learn::Model::proximity`]).
    ///
    /// Errors: those of [`FittedPipeline::predict_table`]; the model does not compare rows; there is
    /// no such row.
    pub fn proximity(
        &self,
        raw: &Table,
        of: usize,
        task: &TaskContext,
    ) -> Result<Vec<f64>, UserError> {
        if of >= raw.rows() {
            return Err(no_such_row(of, raw.rows()));
        }
        if !self.compares_rows() {
            return Err(UserError::usage(
                "model_compares_no_rows",
                "This model cannot tell which rows are alike",
                WHY_NO_NEARNESS,
            )
            .with_hint("Train a random forest to find rows that are alike"));
        }
        let frame = self.learned_columns(raw, &BTreeMap::new(), task)?;
        let given = self.preparation.transform(&frame.take(&[of]))?;
        let mut near = Vec::with_capacity(frame.rows());
        while near.len() < frame.rows() {
            task.check()?;
            task.progress(near.len() as u64, frame.rows() as u64, "Comparing rows");
            let end = (near.len() + rows_at_a_time(self)).min(frame.rows());
            let rows: Vec<usize> = (near.len()..end).collect();
            let matrix = self.preparation.transform(&frame.take(&rows))?;
            let found = self.model.proximity(&given, &matrix, &task.part())?;
            near.extend(
                found
                    .filter(|found| found.len() == rows.len())
                    .ok_or_else(|| {
                        UserError::failed(
                            "proximity_shape",
                            "The model did not compare every row",
                            format!("Asked about {}", format::counted(rows.len() as u64, "row")),
                        )
                    })?,
            );
        }
        Ok(near)
    }

    /// The at most `most` rows of a raw table that are nearest to the one at position `of`. Errors
    /// as [`FittedPipeline::proximity`].
    pub fn rows_like(
        &self,
        raw: &Table,
        of: usize,
        most: usize,
        task: &TaskContext,
    ) -> Result<NearRows, UserError> {
        let near = self.proximity(raw, of, task)?;
        let mut rows: Vec<NearRow> = near
            .into_iter()
            .enumerate()
            .filter(|(position, nearness)| *position != of && *nearness > 0.0)
            .map(|(position, nearness)| NearRow { position, nearness })
            .collect();
        let in_reach = rows.len() as u64;
        let nearer = |a: &NearRow, b: &NearRow| {
            let nearness = b.nearness.total_cmp(&a.nearness);
            nearness.then(a.position.cmp(&b.position))
        };
        if rows.len() > most {
            if most > 0 {
                rows.select_nth_unstable_by(most - 1, nearer);
            }
            rows.truncate(most);
        }
        rows.sort_unstable_by(nearer);
        rows.shrink_to_fit();
        Ok(NearRows { of, rows, in_reach })
    }
}

fn no_such_row(of: usize, rows: usize) -> UserError {
    UserError::usage(
        "no_such_row",
        "There is no such row",
        format!(
            "Row {} was asked for, and the table has {}",
            format::count(of as u64 + 1),
            format::counted(rows as u64, "row")
        ),
    )
    .with_hint("Rows count from 1")
}
