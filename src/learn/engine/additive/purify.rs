//! Moving what a single column explains out of a table: Lengerich et al. (2020), algorithm 1.
//!
//! The weighted mean of every line and of every column of the table is taken out and given to the
//! curves, again and again, until nothing is left. This is the fit of the table by a sum of one
//! effect per line and one per column (backfitting), so the sum of table and curves stays the same.

use crate::base::{TaskContext, UserError};

/// Means this small beside the largest cell are rounding.
const ENOUGH: f64 = 1e-14;
/// Sweeps at most. Each is a line and a column step; a table of two columns that go up and down
/// together takes the most.
const MOST_SWEEPS: usize = 20_000;

/// What was taken out of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// One per line, and one per column of the table.
    pub lines: Vec<f64>,
    pub columns: Vec<f64>,
}

/// `cells`: row-major, `width` cells per line; `weights`: of the rows in each. Lines and columns
/// without weight keep what they have.
pub fn purify(
    cells: &mut [f64],
    weights: &[f64],
    width: usize,
    task: &TaskContext,
) -> Result<Moved, UserError> {
    let lines = cells.len() / width.max(1);
    let mut moved = Moved {
        lines: vec![0.0; lines],
        columns: vec![0.0; width],
    };
    let mut of_columns = vec![(0.0, 0.0); width];
    let mut means = vec![0.0; width];
    let of_lines: Vec<f64> = weights
        .chunks_exact(width)
        .map(|line| line.iter().sum())
        .collect();
    for weights in weights.chunks_exact(width) {
        for (sum, weight) in of_columns.iter_mut().zip(weights) {
            sum.1 += weight;
        }
    }
    let largest = cells
        .iter()
        .fold(0.0_f64, |largest, cell| largest.max(cell.abs()));
    for sweep in 0..MOST_SWEEPS {
        if sweep % 64 == 0 {
            task.check()?;
        }
        let mut change = 0.0_f64;
        of_columns.iter_mut().for_each(|sum| sum.0 = 0.0);
        let rows = cells
            .chunks_exact_mut(width)
            .zip(weights.chunks_exact(width));
        for ((cells, weights), (moved, total)) in rows.zip(moved.lines.iter_mut().zip(&of_lines)) {
            if *total <= 0.0 {
                continue;
            }
            let sum: f64 = cells
                .iter()
                .zip(weights)
                .map(|(cell, weight)| cell * weight)
                .sum();
            let mean = sum / total;
            *moved += mean;
            change = change.max(mean.abs());
            let places = cells.iter_mut().zip(weights).zip(of_columns.iter_mut());
            for ((cell, weight), sum) in places {
                *cell -= mean;
                sum.0 += *cell * weight;
            }
        }
        for (mean, (sum, total)) in means.iter_mut().zip(&of_columns) {
            *mean = if *total > 0.0 { sum / total } else { 0.0 };
        }
        for (moved, mean) in moved.columns.iter_mut().zip(&means) {
            *moved += mean;
            change = change.max(mean.abs());
        }
        for cells in cells.chunks_exact_mut(width) {
            for (cell, mean) in cells.iter_mut().zip(&means) {
                *cell -= mean;
            }
        }
        if change <= ENOUGH * largest {
            break;
        }
    }
    Ok(moved)
}
