//! Ordinary least squares with an intercept, safe on columns that say the same thing.
//!
//! Columns are centred and scaled, the rows are folded block by block into a small triangle with
//! the same solution (Householder reflections: Golub and Van Loan, "Matrix Computations", 4th ed.,
//! 5.2 and 12.5), columns that are combinations of earlier ones are set aside, and what is left is
//! solved by linfa-linear.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2};

use super::dense::{add_scaled, dot};
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
}

/// A column is a combination of earlier ones when less than this share of it is left after taking
/// them out. Inputs are exact to about 1e-7.
const SAME: f64 = 1e-6;
const BLOCK: usize = 256;

/// `x` and `y` have been checked.
pub fn fit(x: &Matrix, y: &[f64], task: &TaskContext) -> Result<Line, UserError> {
    let scales = columns_of(x, task)?;
    let answer = Scale::of(y.iter().copied());
    let varying: Vec<usize> = (0..x.cols)
        .filter(|&col| scales[col].spread > 0.0)
        .collect();
    let mut line = Line {
        intercept: answer.centre,
        coefficients: vec![0.0; x.cols],
        spreads: scales.iter().map(|scale| scale.spread).collect(),
        set_aside: Vec::new(),
    };
    if answer.spread > 0.0 && !varying.is_empty() {
        let triangle = fold(x, y, &scales, answer, &varying, task)?;
        let kept = independent(&triangle, varying.len(), task)?;
        let solution = solve(&triangle, varying.len(), &kept)?;
        for (&place, value) in kept.iter().zip(solution) {
            let col = varying[place];
            line.coefficients[col] = value * answer.spread / scales[col].spread;
            line.intercept -= line.coefficients[col] * scales[col].centre;
        }
        let used: Vec<usize> = kept.iter().map(|&place| varying[place]).collect();
        line.set_aside = (0..x.cols)
            .filter(|col| used.binary_search(col).is_err())
            .collect();
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

#[derive(Clone, Copy)]
struct Scale {
    centre: f64,
    /// Root mean square distance from the centre; 0 for a constant.
    spread: f64,
}

impl Scale {
    fn of(values: impl ExactSizeIterator<Item = f64> + Clone) -> Self {
        let centre = super::mean(values.clone());
        let largest = values
            .clone()
            .map(|v| (v - centre).abs())
            .fold(0.0, f64::max);
        // Rounding of the centre leaves a constant column a spread of a few last digits.
        if largest <= centre.abs() * 1e-13 || !largest.is_finite() {
            return Self {
                centre,
                spread: 0.0,
            };
        }
        let squares = super::mean(values.map(|v| ((v - centre) / largest).powi(2)));
        Self {
            centre,
            spread: largest * squares.sqrt(),
        }
    }
}

fn columns_of(x: &Matrix, task: &TaskContext) -> Result<Vec<Scale>, UserError> {
    (0..x.cols)
        .map(|col| {
            task.check()?;
            let values = x.column(col);
            Ok(Scale::of(values.iter().copied()))
        })
        .collect()
}

/// Upper triangle (row-major, width × width, width = columns + 1) whose last column is the answer:
/// least squares on it has the same solution as on all rows.
struct Triangle {
    width: usize,
    values: Vec<f64>,
}

fn fold(
    x: &Matrix,
    y: &[f64],
    scales: &[Scale],
    answer: Scale,
    varying: &[usize],
    task: &TaskContext,
) -> Result<Triangle, UserError> {
    let width = varying.len() + 1;
    let mut triangle = Triangle {
        width,
        values: vec![0.0; width * width],
    };
    let mut block = vec![0.0; BLOCK * width];
    for start in (0..x.rows).step_by(BLOCK) {
        task.check()?;
        task.progress(start as u64, x.rows as u64, "Fitting the line");
        let rows = BLOCK.min(x.rows - start);
        for place in 0..rows {
            let row = x.row(start + place);
            for (column, &col) in varying.iter().enumerate() {
                block[column * rows + place] = (row[col] - scales[col].centre) / scales[col].spread;
            }
            block[(width - 1) * rows + place] = (y[start + place] - answer.centre) / answer.spread;
        }
        triangle.absorb(&mut block[..rows * width], rows);
    }
    Ok(triangle)
}

impl Triangle {
    /// Rotates a block of rows (column-major, `rows` long columns) into the triangle.
    fn absorb(&mut self, block: &mut [f64], rows: usize) {
        let width = self.width;
        for pivot in 0..width {
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
    }

    fn column(&self, col: usize) -> Vec<f64> {
        self.values
            .iter()
            .skip(col)
            .step_by(self.width)
            .copied()
            .collect()
    }
}

/// Columns that are not (nearly) combinations of earlier ones: Gram–Schmidt, done twice each.
fn independent(
    triangle: &Triangle,
    columns: usize,
    task: &TaskContext,
) -> Result<Vec<usize>, UserError> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut kept = Vec::new();
    for col in 0..columns {
        task.check()?;
        let mut column = triangle.column(col);
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

fn solve(triangle: &Triangle, columns: usize, kept: &[usize]) -> Result<Vec<f64>, UserError> {
    let failed =
        |why: String| UserError::failed("least_squares", "The line could not be fitted", why);
    let mut values = Vec::with_capacity(triangle.width * kept.len());
    for row in triangle.values.chunks_exact(triangle.width) {
        values.extend(kept.iter().map(|&col| row[col]));
    }
    let records = Array2::from_shape_vec((triangle.width, kept.len()), values)
        .map_err(|e| failed(e.to_string()))?;
    let targets = Array1::from_vec(triangle.column(columns));
    // Everything is centred already, so the intercept is ours.
    let fitted = LinearRegression::new()
        .with_intercept(false)
        .fit(&Dataset::new(records, targets))
        .map_err(|error| failed(error.to_string()))?;
    Ok(fitted.params().to_vec())
}
