//! Rows of a matrix as a sum of products needs them: with an intercept at the end, and without the
//! zeros when most of it is zero.

use super::dense::{add_scaled, dot};
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

const ROWS_BETWEEN_CHECKS: usize = 4096;

/// Rows with an intercept of 1 at the end, as lists of what is not zero when most of it is zero.
pub enum Rows<'a> {
    Dense(&'a Matrix),
    Sparse {
        starts: Vec<usize>,
        places: Vec<u32>,
        values: Vec<f64>,
    },
}

impl<'a> Rows<'a> {
    /// Lists are made only when less than half of the values are not zero.
    pub fn new(x: &'a Matrix, task: &TaskContext) -> Result<Self, UserError> {
        let filled = x.values.iter().filter(|&&value| value != 0.0).count();
        if filled * 2 > x.values.len() {
            return Ok(Self::Dense(x));
        }
        let mut starts = Vec::with_capacity(x.rows + 1);
        let mut places = Vec::with_capacity(filled);
        let mut values = Vec::with_capacity(filled);
        for row in 0..x.rows {
            if row % ROWS_BETWEEN_CHECKS == 0 {
                task.check()?;
            }
            starts.push(places.len());
            for (place, &value) in x.row(row).iter().enumerate() {
                if value != 0.0 {
                    places.push(place as u32);
                    values.push(value);
                }
            }
        }
        starts.push(places.len());
        Ok(Self::Sparse {
            starts,
            places,
            values,
        })
    }

    /// Average number of entries per row.
    pub fn filled(&self, rows: usize) -> f64 {
        match self {
            Self::Dense(x) => x.cols as f64,
            Self::Sparse { values, .. } => values.len() as f64 / rows.max(1) as f64,
        }
    }

    /// Weights of the columns, then the intercept.
    #[inline]
    pub fn score(&self, row: usize, weights: &[f64]) -> f64 {
        let intercept = weights[weights.len() - 1];
        match self {
            Self::Dense(x) => intercept + dot(x.row(row), &weights[..x.cols]),
            Self::Sparse {
                starts,
                places,
                values,
            } => {
                let range = starts[row]..starts[row + 1];
                let mut sum = intercept;
                for (&place, &value) in places[range.clone()].iter().zip(&values[range]) {
                    sum += value * weights[place as usize];
                }
                sum
            }
        }
    }

    /// `to += factor · row`.
    #[inline]
    pub fn add(&self, row: usize, factor: f64, to: &mut [f64]) {
        let last = to.len() - 1;
        to[last] += factor;
        match self {
            Self::Dense(x) => add_scaled(&mut to[..last], factor, x.row(row)),
            Self::Sparse {
                starts,
                places,
                values,
            } => {
                let range = starts[row]..starts[row + 1];
                for (&place, &value) in places[range.clone()].iter().zip(&values[range]) {
                    to[place as usize] += factor * value;
                }
            }
        }
    }

    /// Lower triangle of `to += factor · row · rowᵀ`, `to` row-major `width` wide.
    #[inline]
    pub fn add_outer(&self, row: usize, factor: f64, to: &mut [f64], width: usize) {
        let last = &mut to[(width - 1) * width..];
        self.add(row, factor, last);
        match self {
            Self::Dense(x) => {
                let row = x.row(row);
                for (place, &value) in row.iter().enumerate() {
                    let line = &mut to[place * width..=place * width + place];
                    add_scaled(line, factor * value, &row[..=place]);
                }
            }
            Self::Sparse {
                starts,
                places,
                values,
            } => {
                let range = starts[row]..starts[row + 1];
                let (places, values) = (&places[range.clone()], &values[range]);
                for (index, (&place, &value)) in places.iter().zip(values).enumerate() {
                    let line = &mut to[place as usize * width..(place as usize + 1) * width];
                    let scaled = factor * value;
                    for (&other, &value) in places[..=index].iter().zip(values) {
                        line[other as usize] += scaled * value;
                    }
                }
            }
        }
    }
}

/// Rows that can be worked through between two looks at whether somebody stopped it: about a
/// hundredth of a second of `operations` per row.
pub fn rows_between_checks(operations: f64) -> usize {
    ((2e7 / operations.max(1.0)) as usize).clamp(1, ROWS_BETWEEN_CHECKS)
}
