//! Ridge regression and the errors of leaving one row out.

use super::path::PathBuilder;
use super::{Data, Fitted, MOST_PRODUCTS, STEPS};
use crate::base::{TaskContext, UserError};
use crate::learn::engine::dense::{add_scaled, dot, factor_positive, solve_factored};
use crate::learn::engine::standard::{RowWeights, products, row_products};
use crate::learn::engine::{minimise, symmetric};
use crate::learn::{FitContext, Matrix, PenaltyPath};

/// Minimises Σ row weight · (answer − prediction)² + penalty · Σ weight².
pub fn ridge(data: &Data, penalty: f64, task: &TaskContext) -> Result<Fitted, UserError> {
    let shares = data.ridge_penalties(penalty);
    let u = if data.columns() <= data.z.rows {
        data.ridge_by_columns(&shares, task)?
    } else {
        data.ridge_by_rows(&shares, task)?
    };
    let u = u.ok_or_else(minimise::not_solvable)?;
    Ok(data.fitted(&u, true))
}

impl Data {
    fn ridge_penalties(&self, penalty: f64) -> Vec<f64> {
        (0..self.columns())
            .map(|place| {
                let spread = self.spread(place);
                (penalty / self.weights.mean / spread / spread).min(f64::MAX)
            })
            .collect()
    }

    fn ridge_by_columns(
        &self,
        penalties: &[f64],
        task: &TaskContext,
    ) -> Result<Option<Vec<f64>>, UserError> {
        let m = self.columns();
        let gram = products(&self.z, &self.weights, task)?;
        let mut right = vec![0.0; m];
        for row in 0..self.z.rows {
            add_scaled(
                &mut right,
                self.weights.get(row) * self.t[row],
                self.z.row(row),
            );
        }
        let mut tiny = 0.0;
        for _ in 0..6 {
            let mut matrix = gram.clone();
            for (place, penalty) in penalties.iter().enumerate() {
                let cell = &mut matrix[place * m + place];
                *cell = *cell * (1.0 + tiny) + penalty;
            }
            if factor_positive(&mut matrix, m, task)? {
                let mut u = right.clone();
                solve_factored(&matrix, &mut u);
                // Once more for what rounding left.
                let mut left = right.clone();
                for i in 0..m {
                    for (j, weight) in u.iter().enumerate() {
                        let (low, high) = (i.min(j), i.max(j));
                        left[i] -= gram[high * m + low] * weight;
                    }
                    left[i] -= penalties[i] * u[i];
                }
                solve_factored(&matrix, &mut left);
                if left.iter().all(|value| value.is_finite()) && tiny == 0.0 {
                    add_scaled(&mut u, 1.0, &left);
                }
                return Ok(u.iter().all(|value| value.is_finite()).then_some(u));
            }
            tiny = if tiny == 0.0 { 1e-14 } else { tiny * 100.0 };
        }
        Ok(None)
    }

    /// As many unknowns as rows: u = D Zᵀ (Z D Zᵀ + 1)⁻¹ t with D one over the penalties.
    fn ridge_by_rows(
        &self,
        penalties: &[f64],
        task: &TaskContext,
    ) -> Result<Option<Vec<f64>>, UserError> {
        let n = self.z.rows;
        let least = penalties.iter().copied().fold(f64::INFINITY, f64::min);
        if least <= 0.0 {
            return self.ridge_by_columns(penalties, task);
        }
        let roots: Vec<f64> = penalties.iter().map(|p| (least / p).sqrt()).collect();
        let mut shrunk = self.z.clone();
        for row in shrunk.values.chunks_exact_mut(roots.len().max(1)) {
            row.iter_mut()
                .zip(&roots)
                .for_each(|(value, root)| *value *= root);
        }
        let root = |row: usize| self.weights.get(row).sqrt();
        let gram = row_products(&shrunk, root, task)?;
        let mut tiny = 0.0;
        for _ in 0..6 {
            let mut matrix = gram.clone();
            for place in 0..n {
                let cell = &mut matrix[place * n + place];
                *cell = *cell * (1.0 + tiny) + least;
            }
            if factor_positive(&mut matrix, n, task)? {
                let mut shares: Vec<f64> = (0..n).map(|row| root(row) * self.t[row]).collect();
                solve_factored(&matrix, &mut shares);
                let mut u = vec![0.0; roots.len()];
                for (row, share) in shares.iter().enumerate() {
                    add_scaled(&mut u, share * root(row), shrunk.row(row));
                }
                u.iter_mut()
                    .zip(&roots)
                    .for_each(|(value, root)| *value *= root);
                return Ok(u.iter().all(|value| value.is_finite()).then_some(u));
            }
            tiny = if tiny == 0.0 { 1e-14 } else { tiny * 100.0 };
        }
        Ok(None)
    }
}

/// Ridge weights at many penalties, and for each the mean squared error of predicting every row
/// from all others (leaving one out: G. Golub, M. Heath, G. Wahba, Technometrics 21 (1979), section
/// 1; exact, because ridge is linear in the answers). None where numbers are too large.
pub fn ridge_path(
    data: &Data,
    penalty: Option<f64>,
    context: &FitContext<'_>,
) -> Result<Option<PenaltyPath>, UserError> {
    let Some(parts) = RidgeParts::of(data, context.task)? else {
        return Ok(None);
    };
    let largest = parts.lengths.first().copied().unwrap_or(0.0) * parts.unit;
    let mut path = PathBuilder::new(data);
    let mut best = (f64::INFINITY, largest * 1e3);
    for step in 0..STEPS {
        context.task.check()?;
        context
            .task
            .progress(step as u64, STEPS as u64, "Trying penalties");
        let value = largest * 1e2 * 1e-10f64.powf(step as f64 / (STEPS - 1) as f64);
        let raw = value * data.weights.mean;
        let u = parts.weights(data, value);
        path.push(raw, &u);
        if penalty.is_none() {
            let (error, spread) = parts.left_out(data, value);
            let unit = data.answer.spread * data.answer.spread;
            path.errors.push(error * unit);
            path.error_spreads.push(spread * unit);
            if error < best.0 {
                best = (error, raw);
            }
        }
    }
    Ok(Some(path.done(penalty.unwrap_or(best.1))))
}

/// The rows (in the units of the columns, times the roots of their weights) as sums of few
/// directions at right angles.
struct RidgeParts {
    /// Square of the largest spread: lengths are in these.
    unit: f64,
    /// Squared length along each direction, largest first.
    lengths: Vec<f64>,
    /// Row-major rows × directions: what each row has of it.
    along: Matrix,
    /// Answers on each direction.
    answers: Vec<f64>,
    /// Row-major directions × columns.
    directions: Vec<f64>,
}

impl RidgeParts {
    fn of(data: &Data, task: &TaskContext) -> Result<Option<Self>, UserError> {
        let (n, m) = (data.z.rows, data.columns());
        if n.min(m) > MOST_PRODUCTS {
            return Ok(None);
        }
        let largest = (0..m).map(|place| data.spread(place)).fold(0.0, f64::max);
        let mut rows = data.z.clone();
        for (row, values) in rows.values.chunks_exact_mut(m).enumerate() {
            let root = data.weights.get(row).sqrt();
            for (place, value) in values.iter_mut().enumerate() {
                *value *= root * (data.spread(place) / largest);
            }
        }
        let by_columns = m <= n;
        let gram = if by_columns {
            products(&rows, &RowWeights::of(None), task)?
        } else {
            row_products(&rows, |_| 1.0, task)?
        };
        let size = n.min(m);
        let Some(eigen) = symmetric::eigen(gram, size, task)? else {
            return Ok(None);
        };
        let top = eigen.values.first().copied().unwrap_or(0.0);
        let kept = eigen
            .values
            .iter()
            .take_while(|value| **value > top * 1e-14)
            .count();
        let mut along = Matrix::zeros(n, kept);
        let mut directions = vec![0.0; kept * m];
        for k in 0..kept {
            task.check()?;
            let vector = &eigen.vectors[k * size..(k + 1) * size];
            let length = eigen.values[k].sqrt();
            let direction = &mut directions[k * m..(k + 1) * m];
            if by_columns {
                direction.copy_from_slice(vector);
            } else {
                for (row, share) in vector.iter().enumerate() {
                    add_scaled(direction, share / length, rows.row(row));
                }
            }
            for row in 0..n {
                along.values[row * kept + k] = dot(rows.row(row), direction);
            }
        }
        let mut answers = vec![0.0; kept];
        for row in 0..n {
            add_scaled(
                &mut answers,
                data.weights.get(row).sqrt() * data.t[row],
                along.row(row),
            );
        }
        let mut lengths = eigen.values;
        lengths.truncate(kept);
        Ok(Some(Self {
            unit: largest * largest,
            lengths,
            along,
            answers,
            directions,
        }))
    }

    /// Scaled weights at this penalty (per row weight of mean 1).
    fn weights(&self, data: &Data, penalty: f64) -> Vec<f64> {
        let m = data.columns();
        let mut raw = vec![0.0; m];
        for (k, direction) in self.directions.chunks_exact(m).enumerate() {
            let share = self.answers[k] / (self.lengths[k] + penalty / self.unit);
            add_scaled(&mut raw, share, direction);
        }
        let largest = self.unit.sqrt();
        (0..m)
            .map(|place| raw[place] * (data.spread(place) / largest))
            .collect()
    }

    /// Weighted mean and spread (over rows) of the squared errors on rows left out one at a time.
    fn left_out(&self, data: &Data, penalty: f64) -> (f64, f64) {
        let n = data.z.rows;
        let shrink: Vec<f64> = self
            .lengths
            .iter()
            .map(|length| 1.0 / (length + penalty / self.unit))
            .collect();
        let said_by: Vec<f64> = self
            .answers
            .iter()
            .zip(&shrink)
            .map(|(a, s)| a * s)
            .collect();
        let errors: Vec<f64> = (0..n)
            .map(|row| {
                let weight = data.weights.get(row);
                if weight == 0.0 {
                    return 0.0;
                }
                let parts = self.along.row(row);
                let said = dot(parts, &said_by);
                let own: f64 = parts.iter().zip(&shrink).map(|(p, s)| p * p * s).sum();
                let own = own + weight / n as f64;
                let off = weight.sqrt() * data.t[row] - said;
                (off / (1.0 - own).max(1e-9)).powi(2)
            })
            .collect();
        let mean = errors.iter().sum::<f64>() / n as f64;
        let spread = errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / n as f64;
        (mean, spread.sqrt())
    }
}
