//! Least squares with an intercept, safe on columns that say the same thing.
//!
//! Columns are centred and scaled, the rows are folded block by block into a small triangle with
//! the same solution (Householder reflections: Golub and Van Loan, "Matrix Computations", 4th ed.,
//! 5.2 and 12.5), columns that are combinations of earlier ones are set aside, and what is left is
//! solved by linfa-linear, or by us where that would take so long that somebody may want to stop
//! it. Standard errors: T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical
//! Learning", 2nd ed., section 3.2.

use super::dense::{add_scaled, dot};
use super::inference::{Inference, Unscaled};
use super::linfa;
use super::standard::{RowWeights, Scale, Standard};
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

/// `prediction = intercept + Σ coefficient · feature`.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub intercept: f64,
    /// One per feature; 0 for columns set aside.
    pub coefficients: Vec<f64>,
    /// Root mean square distance of each feature from its mean.
    pub spreads: Vec<f64>,
    /// Columns with one value only, or repeating what columns before them say.
    pub set_aside: Vec<usize>,
    /// None where no row is left to judge by.
    pub inference: Option<Inference>,
}

/// A column is a combination of earlier ones when less than this share of it is left after taking
/// them out. Inputs are exact to about 1e-7.
const SAME: f64 = 1e-6;
const BLOCK: usize = 256;
/// Standard errors of more columns than this are nothing a person reads.
const MOST_FOR_INFERENCE: usize = 2000;

/// `x` and `y` have been checked. `weights`: one per row, or None.
pub fn fit(
    x: &Matrix,
    y: &[f64],
    weights: Option<&[f64]>,
    task: &TaskContext,
) -> Result<Line, UserError> {
    let weights = RowWeights::of(weights);
    let standard = Standard::of(x, &weights, task)?;
    let answer = Scale::of(y, weights.values());
    let mut line = Line {
        intercept: answer.centre,
        coefficients: vec![0.0; x.cols],
        spreads: standard.spreads(),
        set_aside: Vec::new(),
        inference: None,
    };
    if answer.spread > 0.0 && !standard.varying.is_empty() {
        let columns = standard.varying.len();
        let folded = Folded::of(x, y, &standard, answer, &weights, task)?;
        let kept = folded.independent(columns, task)?;
        let solution = folded.solve(&kept, task)?;
        let mut scaled = vec![0.0; columns];
        for (&place, value) in kept.iter().zip(&solution) {
            scaled[place] = *value;
        }
        (line.intercept, line.coefficients) = standard.back(answer.centre, &scaled, answer.spread);
        let used: Vec<usize> = kept.iter().map(|&place| standard.varying[place]).collect();
        line.set_aside = (0..x.cols)
            .filter(|col| used.binary_search(col).is_err())
            .collect();
        let doubt = Doubt {
            folded: &folded,
            standard: &standard,
            answer,
            kept: &kept,
            used: &used,
            rows: weights.counted(x.rows),
            total: x.rows as f64,
        };
        line.inference = doubt.inference(&line, task)?;
    }
    let finite =
        line.intercept.is_finite() && line.coefficients.iter().all(|value| value.is_finite());
    if finite {
        return Ok(line);
    }
    Err(UserError::input(
        "numbers_too_large",
        "A straight line cannot be fitted to these numbers",
        "The weights grow beyond what a computer can hold",
    )
    .with_hint("Express very large or very small columns in another unit"))
}

/// Matrix columns that are neither constant nor a combination of columns before them, ascending.
pub fn independent_columns(
    x: &Matrix,
    weights: Option<&[f64]>,
    task: &TaskContext,
) -> Result<Vec<usize>, UserError> {
    let weights = RowWeights::of(weights);
    let standard = Standard::of(x, &weights, task)?;
    let none = Scale {
        centre: 0.0,
        spread: 1.0,
    };
    let folded = Folded::of(x, &vec![0.0; x.rows], &standard, none, &weights, task)?;
    let kept = folded.independent(standard.varying.len(), task)?;
    Ok(kept
        .into_iter()
        .map(|place| standard.varying[place])
        .collect())
}

/// Rows with the same products of columns as the scaled data, and as few as possible: row-major,
/// width columns, the answer last.
pub(super) struct Folded {
    pub(super) width: usize,
    pub(super) values: Vec<f64>,
}

impl Folded {
    pub(super) fn of(
        x: &Matrix,
        y: &[f64],
        standard: &Standard,
        answer: Scale,
        weights: &RowWeights,
        task: &TaskContext,
    ) -> Result<Self, UserError> {
        let width = standard.varying.len() + 1;
        let scales: Vec<(usize, Scale)> = standard
            .varying
            .iter()
            .map(|&col| (col, standard.scales[col]))
            .collect();
        let root = |row: usize| weights.get(row).sqrt();
        let answer_of = |row: usize| (y[row] - answer.centre) / answer.spread;
        if x.rows <= width {
            // Folding would not make it smaller.
            let mut values = Vec::with_capacity(x.rows * width);
            for row in 0..x.rows {
                task.check()?;
                let (numbers, root) = (x.row(row), root(row));
                let cells = scales
                    .iter()
                    .map(|(col, scale)| root * (numbers[*col] - scale.centre) / scale.spread);
                values.extend(cells);
                values.push(root * answer_of(row));
            }
            return Ok(Self { width, values });
        }
        let mut triangle = Triangle::new(width);
        let mut block = vec![0.0; BLOCK * width];
        for start in (0..x.rows).step_by(BLOCK) {
            task.check()?;
            task.progress(start as u64, x.rows as u64, "Fitting the line");
            let rows = BLOCK.min(x.rows - start);
            for place in 0..rows {
                let (row, root) = (x.row(start + place), root(start + place));
                for (column, (col, scale)) in scales.iter().enumerate() {
                    block[column * rows + place] = root * (row[*col] - scale.centre) / scale.spread;
                }
                block[(width - 1) * rows + place] = root * answer_of(start + place);
            }
            triangle.absorb(&mut block[..rows * width], rows, task)?;
        }
        Ok(Self {
            width,
            values: triangle.values,
        })
    }

    fn column(&self, col: usize) -> Vec<f64> {
        self.values
            .iter()
            .skip(col)
            .step_by(self.width)
            .copied()
            .collect()
    }

    /// Columns that are not (nearly) combinations of earlier ones: Gram–Schmidt, done twice each.
    fn independent(&self, columns: usize, task: &TaskContext) -> Result<Vec<usize>, UserError> {
        let rows = self.values.len() / self.width;
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let mut kept = Vec::new();
        for col in 0..columns {
            task.check()?;
            if basis.len() >= rows {
                break;
            }
            let mut column = self.column(col);
            let before = dot(&column, &column).sqrt();
            for _ in 0..2 {
                for direction in &basis {
                    let along = dot(direction, &column);
                    add_scaled(&mut column, -along, direction);
                }
            }
            let left = dot(&column, &column).sqrt();
            if left > before * SAME {
                column.iter_mut().for_each(|value| *value /= left);
                basis.push(column);
                kept.push(col);
            }
        }
        Ok(kept)
    }

    /// Triangle of the kept columns and the answer.
    fn triangle(&self, kept: &[usize], task: &TaskContext) -> Result<Triangle, UserError> {
        let rows = self.values.len() / self.width;
        let mut triangle = Triangle::new(kept.len() + 1);
        let mut block = Vec::with_capacity(rows * triangle.width);
        for &col in kept.iter().chain([&(self.width - 1)]) {
            block.extend(self.column(col));
        }
        triangle.absorb(&mut block, rows, task)?;
        Ok(triangle)
    }

    fn solve(&self, kept: &[usize], task: &TaskContext) -> Result<Vec<f64>, UserError> {
        if kept.len() > linfa::least_squares::MOST_COLUMNS {
            return Ok(self.triangle(kept, task)?.back_substituted());
        }
        let rows = self.values.len() / self.width;
        let mut values = Vec::with_capacity(rows * kept.len());
        for row in self.values.chunks_exact(self.width) {
            values.extend(kept.iter().map(|&col| row[col]));
        }
        // Everything is centred already, so the intercept is ours.
        match linfa::least_squares::fit(values, self.column(self.width - 1)) {
            Some(solution) => Ok(solution),
            None => Ok(self.triangle(kept, task)?.back_substituted()),
        }
    }
}

/// Upper triangle (row-major, width × width) whose last column is the answer: least squares on it
/// has the same solution as on all rows.
struct Triangle {
    width: usize,
    values: Vec<f64>,
}

impl Triangle {
    fn new(width: usize) -> Self {
        Self {
            width,
            values: vec![0.0; width * width],
        }
    }

    /// Rotates a block of rows (column-major, `rows` long columns) into the triangle.
    fn absorb(
        &mut self,
        block: &mut [f64],
        rows: usize,
        task: &TaskContext,
    ) -> Result<(), UserError> {
        let width = self.width;
        let between = super::rows::rows_between_checks((2 * rows * width) as f64);
        for pivot in 0..width {
            if pivot % between == 0 {
                task.check()?;
            }
            let (before, after) = block.split_at_mut((pivot + 1) * rows);
            let column = &before[pivot * rows..];
            let below = dot(column, column);
            if below == 0.0 {
                continue;
            }
            let top = self.values[pivot * width + pivot];
            let norm = (top * top + below).sqrt();
            let turned = if top > 0.0 { -norm } else { norm };
            let first = top - turned;
            let length = first * first + below;
            self.values[pivot * width + pivot] = turned;
            for (offset, other) in after.chunks_exact_mut(rows).enumerate() {
                let cell = &mut self.values[pivot * width + pivot + 1 + offset];
                let factor = 2.0 * (first * *cell + dot(column, other)) / length;
                *cell -= factor * first;
                add_scaled(other, -factor, column);
            }
        }
        Ok(())
    }

    fn back_substituted(&self) -> Vec<f64> {
        let (width, columns) = (self.width, self.width - 1);
        let mut solution = vec![0.0; columns];
        for i in (0..columns).rev() {
            let row = &self.values[i * width..(i + 1) * width];
            let rest = dot(&row[i + 1..columns], &solution[i + 1..]);
            solution[i] = (row[columns] - rest) / row[i];
        }
        solution
    }

    /// Covariance of the solution for answers that vary by one: row-major, columns × columns.
    fn covariance(&self, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        let (width, columns) = (self.width, self.width - 1);
        // Column by column of the inverse triangle, each kept as a row of its transpose.
        let mut inverse = vec![0.0; columns * columns];
        for (place, column) in inverse.chunks_exact_mut(columns.max(1)).enumerate() {
            task.check()?;
            column[place] = 1.0 / self.values[place * width + place];
            for i in (0..place).rev() {
                let row = &self.values[i * width..(i + 1) * width];
                column[i] = -dot(&row[i + 1..=place], &column[i + 1..=place]) / row[i];
            }
        }
        let mut covariance = vec![0.0; columns * columns];
        for column in inverse.chunks_exact(columns.max(1)) {
            task.check()?;
            for (i, &value) in column
                .iter()
                .enumerate()
                .filter(|(_, value)| **value != 0.0)
            {
                add_scaled(
                    &mut covariance[i * columns..(i + 1) * columns],
                    value,
                    column,
                );
            }
        }
        Ok(covariance)
    }
}

/// What is needed to say how far the coefficients may be off.
struct Doubt<'a> {
    folded: &'a Folded,
    standard: &'a Standard,
    answer: Scale,
    kept: &'a [usize],
    used: &'a [usize],
    /// Rows that count at all, and the sum of their weights (scaled to mean 1).
    rows: usize,
    total: f64,
}

impl Doubt<'_> {
    fn inference(&self, line: &Line, task: &TaskContext) -> Result<Option<Inference>, UserError> {
        let columns = self.kept.len();
        let degrees = self.rows as f64 - columns as f64 - 1.0;
        if degrees < 1.0 || columns > MOST_FOR_INFERENCE {
            return Ok(None);
        }
        let triangle = self.folded.triangle(self.kept, task)?;
        let covariance = triangle.covariance(task)?;
        let left = triangle.values[columns * triangle.width + columns];
        let variance = left * left / degrees;
        let (centres, units): (Vec<f64>, Vec<f64>) = self
            .used
            .iter()
            .map(|&col| self.standard.scales[col])
            .map(|scale| (scale.centre, self.answer.spread / scale.spread))
            .unzip();
        let unscaled = Unscaled {
            columns: self.used,
            centres: &centres,
            units: &units,
            class: None,
        };
        let unit = self.answer.spread * self.answer.spread;
        let terms = unscaled.terms(line.intercept, &line.coefficients, |i, j| {
            if i < columns && j < columns {
                variance * covariance[i * columns + j]
            } else if i == j {
                variance * unit / self.total
            } else {
                0.0
            }
        });
        Ok(Inference {
            terms,
            degrees_of_freedom: Some(degrees),
        }
        .checked())
    }
}
