//! Which pairs of columns matter together: FAST (Lou et al. 2013, section 4).
//!
//! A pair is cut once in each column, in every possible way. FAST takes the cuts whose four means
//! fit the residuals best. Here the four means are compared with the best sum of one effect per
//! column instead: what two curves could still learn is then not taken for an interaction. With the
//! means m and weights h of the four parts, the weighted squared error falls by
//! (m₁₁ − m₁₂ − m₂₁ + m₂₂)² / (1/h₁₁ + 1/h₁₂ + 1/h₂₁ + 1/h₂₂) (the contrast of a two-by-two
//! analysis of variance: Searle, Linear Models, 1971, section 7.1).

use super::columns::{Coarse, TABLE_BINS};
use crate::base::{TaskContext, UserError};
use crate::learn::engine::hist::parallel;

const LINE: usize = TABLE_BINS + 1;
/// Pieces of work; each stops by itself when it is told to.
const PIECES: usize = 16;

/// A pair of columns, by their places in the list given, and by how much the loss falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub first: usize,
    pub second: usize,
    pub strength: f64,
}

#[derive(Clone, Copy, Default)]
struct Amount {
    gradient: f64,
    hessian: f64,
    rows: u32,
}

/// All pairs, strongest first; those without any effect are left out. `gradients`: per output,
/// (gradient, hessian) per row; `counts`: whether a row counts; `min_rows`: rows in each of the four
/// parts.
pub fn rank(
    columns: &[Coarse],
    gradients: &[Vec<[f32; 2]>],
    counts: &[bool],
    min_rows: u32,
    threads: usize,
    task: &TaskContext,
) -> Result<Vec<Pair>, UserError> {
    let mut pairs: Vec<Pair> = (0..columns.len())
        .flat_map(|first| (first + 1..columns.len()).map(move |second| (first, second)))
        .map(|(first, second)| Pair {
            first,
            second,
            strength: 0.0,
        })
        .collect();
    let size = pairs.len().div_ceil(PIECES).max(1);
    let mut pieces: Vec<&mut [Pair]> = pairs.chunks_mut(size).collect();
    parallel::within(threads, || {
        parallel::try_each(threads, &mut pieces, &|pairs| {
            let mut cells = vec![Amount::default(); LINE * LINE];
            for pair in pairs.iter_mut() {
                for gradients in gradients {
                    task.check()?;
                    let (first, second) = (&columns[pair.first], &columns[pair.second]);
                    fill(&mut cells, first, second, gradients, counts);
                    let cells = &mut cells[..first.count() * second.count()];
                    pair.strength += strength(cells, second.count(), min_rows);
                }
            }
            Ok(())
        })
    })?;
    pairs.retain(|pair| pair.strength > 0.0);
    // Stable: ties stay in the order of the columns.
    pairs.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    Ok(pairs)
}

fn fill(
    cells: &mut [Amount],
    first: &Coarse,
    second: &Coarse,
    gradients: &[[f32; 2]],
    counts: &[bool],
) {
    let width = second.count();
    cells[..first.count() * width].fill(Amount::default());
    let places = first.bins.iter().zip(&second.bins);
    for ((places, [gradient, hessian]), &counts) in places.zip(gradients).zip(counts) {
        let cell = &mut cells[usize::from(*places.0) * width + usize::from(*places.1)];
        cell.gradient += f64::from(*gradient);
        cell.hessian += f64::from(*hessian);
        cell.rows += u32::from(counts);
    }
}

/// The best contrast of all cuts. `cells`: row-major with `width` cells per line; turned into sums
/// over all cells up to and including each.
fn strength(cells: &mut [Amount], width: usize, min_rows: u32) -> f64 {
    let lines = cells.len() / width;
    for place in 0..cells.len() {
        let (line, column) = (place / width, place % width);
        let mut sum = cells[place];
        let mut add = |other: Amount, sign: f64| {
            sum.gradient += sign * other.gradient;
            sum.hessian += sign * other.hessian;
        };
        let mut rows = i64::from(cells[place].rows);
        if line > 0 {
            add(cells[place - width], 1.0);
            rows += i64::from(cells[place - width].rows);
        }
        if column > 0 {
            add(cells[place - 1], 1.0);
            rows += i64::from(cells[place - 1].rows);
        }
        if line > 0 && column > 0 {
            add(cells[place - width - 1], -1.0);
            rows -= i64::from(cells[place - width - 1].rows);
        }
        sum.rows = rows as u32;
        cells[place] = sum;
    }
    let at = |line: usize, column: usize| cells[line * width + column];
    let mut best = 0.0;
    for line in 0..lines - 1 {
        for column in 0..width - 1 {
            let corner = at(line, column);
            let parts = [
                corner,
                less(at(line, width - 1), corner),
                less(at(lines - 1, column), corner),
                less(
                    less(at(lines - 1, width - 1), at(line, width - 1)),
                    less(at(lines - 1, column), corner),
                ),
            ];
            if parts.iter().any(|part| part.rows < min_rows.max(1)) {
                continue;
            }
            let mut contrast = 0.0;
            let mut spread = 0.0;
            for (part, sign) in parts.iter().zip([1.0, -1.0, -1.0, 1.0]) {
                // As in a leaf: rounding must not be divided by nothing.
                let hessian = part.hessian.max(1e-9);
                contrast += sign * part.gradient / hessian;
                spread += 1.0 / hessian;
            }
            best = f64::max(best, contrast * contrast / spread);
        }
    }
    best
}

fn less(all: Amount, part: Amount) -> Amount {
    Amount {
        gradient: all.gradient - part.gradient,
        hessian: all.hessian - part.hessian,
        rows: all.rows.saturating_sub(part.rows),
    }
}
