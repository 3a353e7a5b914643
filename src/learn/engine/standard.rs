//! Columns centred and scaled, each by its own spread, so that columns in any unit can be fitted
//! together, and the way back to the units they came in.

use super::dense::dot;
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

/// Centre and spread of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub centre: f64,
    /// Root mean square distance from the centre; 0 for a constant.
    pub spread: f64,
}

impl Scale {
    /// Of values that may be as large as a double can be. `weights`: mean 1, as many as values.
    pub fn of(values: &[f64], weights: Option<&[f64]>) -> Self {
        let weighted = |value: f64, row: usize| match weights {
            Some(weights) => weights[row] * value,
            None => value,
        };
        let rows = values.iter().enumerate();
        let centre = super::mean(rows.clone().map(|(row, &v)| weighted(v, row)));
        let counts = |row: usize| weights.is_none_or(|weights| weights[row] > 0.0);
        let largest = rows
            .clone()
            .filter(|(row, _)| counts(*row))
            .map(|(_, v)| (v - centre).abs())
            .fold(0.0, f64::max);
        if is_constant(largest, centre) {
            return Self {
                centre,
                spread: 0.0,
            };
        }
        let squares =
            super::mean(rows.map(|(row, v)| weighted(((v - centre) / largest).powi(2), row)));
        Self {
            centre,
            spread: largest * squares.sqrt(),
        }
    }
}

/// Rounding of the centre leaves a constant column a spread of a few last digits.
fn is_constant(largest: f64, centre: f64) -> bool {
    largest <= centre.abs() * 1e-13 || !largest.is_finite()
}

/// Weights with mean 1, and the mean they had. None: every row counts once.
#[derive(Clone, Debug, PartialEq)]
pub struct RowWeights {
    pub values: Option<Vec<f64>>,
    pub mean: f64,
}

impl RowWeights {
    /// `weights`: finite, not negative, not all zero.
    pub fn of(weights: Option<&[f64]>) -> Self {
        let Some(weights) = weights else {
            return Self {
                values: None,
                mean: 1.0,
            };
        };
        let mean = super::mean(weights.iter().copied());
        Self {
            values: Some(weights.iter().map(|weight| weight / mean).collect()),
            mean,
        }
    }

    pub fn values(&self) -> Option<&[f64]> {
        self.values.as_deref()
    }

    #[inline]
    pub fn get(&self, row: usize) -> f64 {
        self.values.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// Rows that count at all.
    pub fn counted(&self, rows: usize) -> usize {
        self.values
            .as_ref()
            .map_or(rows, |weights| weights.iter().filter(|w| **w > 0.0).count())
    }
}

/// Centre and spread of every column, and which columns are not constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    pub scales: Vec<Scale>,
    /// Columns with more than one value, ascending.
    pub varying: Vec<usize>,
}

impl Standard {
    pub fn of(x: &Matrix, weights: &RowWeights, task: &TaskContext) -> Result<Self, UserError> {
        let mut scales = quick_scales(x, weights, task)?;
        for (col, scale) in scales.iter_mut().enumerate() {
            // Squares too large or too small for a double.
            let doubtful = !scale.centre.is_finite()
                || !scale.spread.is_finite()
                || (scale.spread > 0.0 && scale.spread < 1e-140);
            if doubtful {
                task.check()?;
                *scale = Scale::of(&x.column(col), weights.values());
            }
        }
        let varying = (0..x.cols)
            .filter(|&col| scales[col].spread > 0.0)
            .collect();
        Ok(Self { scales, varying })
    }

    pub fn spreads(&self) -> Vec<f64> {
        self.scales.iter().map(|scale| scale.spread).collect()
    }

    /// The varying columns, centred and scaled: rows × varying.
    pub fn matrix(&self, x: &Matrix, task: &TaskContext) -> Result<Matrix, UserError> {
        let scales: Vec<(usize, f64, f64)> = self
            .varying
            .iter()
            .map(|&col| (col, self.scales[col].centre, self.scales[col].spread))
            .collect();
        let mut values = Vec::with_capacity(x.rows * scales.len());
        for row in 0..x.rows {
            if row % 1024 == 0 {
                task.check()?;
            }
            let row = x.row(row);
            values.extend(
                scales
                    .iter()
                    .map(|&(col, centre, spread)| (row[col] - centre) / spread),
            );
        }
        Matrix::new(x.rows, scales.len(), values)
    }

    /// Intercept and weights in the units of the columns, from those of the scaled ones.
    /// `unit`: what one step of the scaled answer is worth.
    pub fn back(&self, intercept: f64, weights: &[f64], unit: f64) -> (f64, Vec<f64>) {
        let mut coefficients = vec![0.0; self.scales.len()];
        let mut start = intercept;
        for (&col, &weight) in self.varying.iter().zip(weights) {
            let scale = self.scales[col];
            coefficients[col] = weight * unit / scale.spread;
            start -= coefficients[col] * scale.centre;
        }
        (start, coefficients)
    }
}

/// Row by row, which is how the values lie; may overflow or underflow.
fn quick_scales(
    x: &Matrix,
    weights: &RowWeights,
    task: &TaskContext,
) -> Result<Vec<Scale>, UserError> {
    let count = x.rows.max(1) as f64;
    let between = super::rows::rows_between_checks(x.cols as f64);
    let mut centres = vec![0.0; x.cols];
    for row in 0..x.rows {
        if row % between == 0 {
            task.check()?;
        }
        super::dense::add_scaled(&mut centres, weights.get(row), x.row(row));
    }
    centres.iter_mut().for_each(|centre| *centre /= count);
    let mut squares = vec![0.0; x.cols];
    let mut largest = vec![0.0f64; x.cols];
    for row in 0..x.rows {
        if row % between == 0 {
            task.check()?;
        }
        let weight = weights.get(row);
        if weight == 0.0 {
            continue;
        }
        for (col, &value) in x.row(row).iter().enumerate() {
            let off = (value - centres[col]).abs();
            squares[col] += weight * off * off;
            largest[col] = largest[col].max(off);
        }
    }
    Ok((0..x.cols)
        .map(|col| Scale {
            centre: centres[col],
            spread: if is_constant(largest[col], centres[col]) && centres[col].is_finite() {
                0.0
            } else if squares[col] > 0.0 {
                (squares[col] / count).sqrt()
            } else {
                f64::NAN
            },
        })
        .collect())
}

/// Lower triangle of Σ rowᵀ · row, each row times the root of its weight: row-major, cols × cols.
pub fn products(
    z: &Matrix,
    weights: &RowWeights,
    task: &TaskContext,
) -> Result<Vec<f64>, UserError> {
    let width = z.cols;
    let mut sums = vec![0.0; width * width];
    let between = super::rows::rows_between_checks((width * width) as f64 / 2.0).div_ceil(4) * 4;
    // Four rows at a time: the sums are read and written once for all of them.
    for start in (0..z.rows).step_by(4) {
        if start % between == 0 {
            task.check()?;
        }
        let row = |place: usize| {
            let row = start + place;
            if row < z.rows {
                (z.row(row), weights.get(row))
            } else {
                (z.row(start), 0.0)
            }
        };
        let [(a, wa), (b, wb), (c, wc), (d, wd)] = [row(0), row(1), row(2), row(3)];
        for place in 0..width {
            let (fa, fb, fc, fd) = (wa * a[place], wb * b[place], wc * c[place], wd * d[place]);
            let line = &mut sums[place * width..=place * width + place];
            let (a, b, c, d) = (&a[..=place], &b[..=place], &c[..=place], &d[..=place]);
            for ((((to, a), b), c), d) in line.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *to += (fa * a + fb * b) + (fc * c + fd * d);
            }
        }
    }
    Ok(sums)
}

/// Lower triangle of the products of every row with every other: row-major, rows × rows.
/// `scaled`: what each row is multiplied by.
pub fn row_products(
    z: &Matrix,
    scaled: impl Fn(usize) -> f64,
    task: &TaskContext,
) -> Result<Vec<f64>, UserError> {
    let mut sums = vec![0.0; z.rows * z.rows];
    for i in 0..z.rows {
        task.check()?;
        let left = scaled(i);
        for j in 0..=i {
            sums[i * z.rows + j] = left * scaled(j) * dot(z.row(i), z.row(j));
        }
    }
    Ok(sums)
}
