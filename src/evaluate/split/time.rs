//! The future checked by the past: windows that grow.

use super::{Folds, NEVER};
use crate::base::{Issue, Severity, UserError, format};
use crate::learn::matrix::TargetValues;

/// What is learned from in each round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    /// Positions by time.
    positions: Vec<u32>,
    /// Per round: how many of them are learned from.
    learned: Vec<usize>,
}

impl Order {
    /// In the order of the rows, as everywhere else.
    pub(super) fn before(&self, round: usize) -> Vec<usize> {
        let count = self.learned.get(round).copied().unwrap_or(0);
        let mut found: Vec<usize> = self
            .positions
            .iter()
            .take(count)
            .map(|&position| position as usize)
            .collect();
        found.sort_unstable();
        found
    }
}

impl Order {
    /// The last `count` of the positions learned from.
    pub(super) fn latest_before(&self, round: usize, count: usize) -> Vec<usize> {
        let learned = self.learned.get(round).copied().unwrap_or(0);
        self.positions
            .get(learned.saturating_sub(count)..learned)
            .unwrap_or(&[])
            .iter()
            .map(|&position| position as usize)
            .collect()
    }
}

/// Rows by time in `folds` + 1 blocks of equally many rows (the first takes the rest); every block
/// but the first is checked by a model of everything more than `gap` before it. Rows of one moment
/// are never on both sides: they stay in the earlier block. Rows without a time take no part.
pub(super) fn expanding(
    name: &str,
    values: &TargetValues,
    folds: usize,
    gap: f64,
) -> Result<Folds, UserError> {
    let TargetValues::Numbers(times) = values else {
        return Err(UserError::input(
            "not_a_time",
            format!("{name} does not say when"),
            "It holds text; the order of time needs a date or a number",
        )
        .with_hint("Change the type of the column to a date, or choose another one"));
    };
    if !(gap >= 0.0 && gap.is_finite()) {
        return Err(UserError::usage(
            "gap_out_of_range",
            "The gap must be 0 or more",
            format!("{} was asked for", format::number(gap, 3)),
        ));
    }
    let time = |position: u32| times.get(position as usize).copied().unwrap_or(f64::NAN);
    let mut positions: Vec<u32> = (0..times.len() as u32)
        .filter(|&position| !time(position).is_nan())
        .collect();
    positions.sort_by(|&a, &b| time(a).total_cmp(&time(b)).then(a.cmp(&b)));
    let at = |rank: usize| positions.get(rank).map_or(f64::INFINITY, |&p| time(p));

    let edges = edges(name, positions.len(), folds, at)?;
    let mut assignment = vec![NEVER; times.len()];
    let mut learned = Vec::with_capacity(folds);
    for (round, window) in edges.windows(2).enumerate() {
        let &[start, end] = window else { continue };
        let before = at(start) - gap;
        let count = positions.partition_point(|&position| time(position) < before);
        if count == 0 {
            return Err(UserError::input(
                "gap_too_long",
                "The gap leaves nothing to learn from",
                format!(
                    "No row of {name} lies more than {} before the first one that is checked",
                    format::number(gap, 3)
                ),
            )
            .with_hint("Shorten the gap, or make fewer parts"));
        }
        learned.push(count);
        for &position in positions.get(start..end).unwrap_or(&[]) {
            if let Some(part) = assignment.get_mut(position as usize) {
                *part = round as u16;
            }
        }
    }
    let mut issues = Vec::new();
    let blanks = times.len() - positions.len();
    if blanks > 0 {
        issues.push(
            Issue::new(
                Severity::Caution,
                "blank_time",
                format!(
                    "{} without a value in {name} are neither learned from nor checked.",
                    format::counted(blanks as u64, "row")
                ),
            )
            .about(name),
        );
    }
    let mut made = Folds::of_parts(assignment, folds, issues);
    made.before = Some(Order { positions, learned });
    Ok(made)
}

/// Where each checked block starts, and the end: folds + 1 ranks.
fn edges(
    name: &str,
    rows: usize,
    folds: usize,
    at: impl Fn(usize) -> f64,
) -> Result<Vec<usize>, UserError> {
    let each = rows / (folds + 1);
    let mut edges: Vec<usize> = (0..folds)
        .map(|fold| {
            let mut edge = rows - (folds - fold) * each;
            while edge > 0 && edge < rows && at(edge) == at(edge - 1) {
                edge += 1;
            }
            edge
        })
        .collect();
    edges.push(rows);
    let apart = edges
        .windows(2)
        .all(|pair| matches!(pair, &[a, b] if a < b));
    if each == 0 || !apart || edges.first() == Some(&0) {
        let moments = (0..rows).filter(|&rank| rank == 0 || at(rank) != at(rank - 1));
        return Err(UserError::input(
            "too_few_moments",
            format!("{name} has too few different times for {folds} parts"),
            format!(
                "{} at {}, and what happens at one time stays together",
                format::counted(rows as u64, "row"),
                format::counted(moments.count() as u64, "different time")
            ),
        )
        .with_hint("Make fewer parts, or choose a column that tells times apart"));
    }
    Ok(edges)
}
