//! Classes as clouds with a centre and a shape: linear discriminant analysis with one shape for
//! all, quadratic with one for each (T. Hastie, R. Tibshirani, J. Friedman, "The Elements of
//! Statistical Learning", 2nd ed. (2009), section 4.3). Priors are the shares of the classes.

use super::dense::{add_scaled, dot, factor_positive, solve_factored, solve_lower};
use super::standard::{RowWeights, Standard, products, row_products};
use super::symmetric;
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

/// Directions with less than this share of the within-class variance count as none
/// (scikit-learn's tolerance of 1e-4 on standard deviations).
const NO_VARIANCE: f64 = 1e-8;

/// Rows of known classes, centred and scaled over all rows.
pub struct Clouds {
    pub standard: Standard,
    weights: RowWeights,
    z: Matrix,
    places: Vec<u32>,
    /// Sum of the row weights of each class, and all.
    totals: Vec<f64>,
    total: f64,
    /// Row-major classes × varying columns.
    means: Vec<f64>,
}

impl Clouds {
    /// `places` in `0..classes`, every class with a row that counts.
    pub fn of(
        x: &Matrix,
        places: Vec<u32>,
        classes: usize,
        weights: Option<&[f64]>,
        task: &TaskContext,
    ) -> Result<Self, UserError> {
        let weights = RowWeights::of(weights);
        let standard = Standard::of(x, &weights, task)?;
        let z = standard.matrix(x, task)?;
        let totals = super::class_weights(&places, classes, weights.values());
        let mut means = vec![0.0; classes * z.cols];
        for (row, &place) in places.iter().enumerate() {
            let place = place as usize;
            let mean = &mut means[place * z.cols..(place + 1) * z.cols];
            add_scaled(mean, weights.get(row) / totals[place], z.row(row));
        }
        Ok(Self {
            standard,
            total: totals.iter().sum(),
            weights,
            z,
            places,
            totals,
            means,
        })
    }

    fn classes(&self) -> usize {
        self.totals.len()
    }

    fn mean(&self, class: usize) -> &[f64] {
        &self.means[class * self.z.cols..(class + 1) * self.z.cols]
    }

    fn spread(&self, place: usize) -> f64 {
        self.standard.scales[self.standard.varying[place]].spread
    }

    /// Rows of a class, or of all, as distances from the centre of their class, each times the root
    /// of its weight.
    fn within(&self, class: Option<usize>) -> Matrix {
        let wanted = |row: &usize| {
            let own = self.places[*row] as usize;
            class.is_none_or(|class| class == own) && self.weights.get(*row) > 0.0
        };
        let rows: Vec<usize> = (0..self.z.rows).filter(wanted).collect();
        let mut within = self.z.take_rows(&rows);
        for (values, &row) in within
            .values
            .chunks_exact_mut(self.z.cols.max(1))
            .zip(&rows)
        {
            add_scaled(values, -1.0, self.mean(self.places[row] as usize));
            let root = self.weights.get(row).sqrt();
            values.iter_mut().for_each(|value| *value *= root);
        }
        within
    }

    // ---- Linear ----------------------------------------------------------------------------------

    /// One set of weights per class in the units of the columns, the intercept last.
    pub fn linear(&self, shrinkage: f64, task: &TaskContext) -> Result<Vec<Vec<f64>>, UserError> {
        let within = self.within(None);
        let mut directions = if self.z.cols == 0 {
            vec![Vec::new(); self.classes()]
        } else if shrinkage > 0.0 {
            self.shrunk(&within, shrinkage, task)?
        } else {
            self.plain(&within, task)?
        };
        let scores = directions.iter_mut().enumerate().map(|(class, scaled)| {
            let mean = self.mean(class);
            let start = (self.totals[class] / self.total).ln() - 0.5 * dot(scaled, mean);
            let (intercept, mut raw) = self.standard.back(start, scaled, 1.0);
            raw.push(intercept);
            raw
        });
        Ok(scores.collect())
    }

    /// The inverse shape times every centre, directions without variance left out.
    fn plain(&self, within: &Matrix, task: &TaskContext) -> Result<Vec<Vec<f64>>, UserError> {
        let columns = self.z.cols;
        let mut spreads = vec![0.0; columns];
        for row in 0..within.rows {
            for (spread, value) in spreads.iter_mut().zip(within.row(row)) {
                *spread += value * value;
            }
        }
        let spreads: Vec<f64> = spreads
            .iter()
            .map(|squares| (squares / self.total).sqrt())
            .map(|spread| if spread > 1e-13 { spread } else { 1.0 })
            .collect();
        let mut scaled = within.clone();
        for row in scaled.values.chunks_exact_mut(columns) {
            row.iter_mut()
                .zip(&spreads)
                .for_each(|(value, spread)| *value /= spread);
        }
        let rows = scaled.rows;
        let by_columns = columns <= rows;
        let size = columns.min(rows);
        let gram = if by_columns {
            products(&scaled, &RowWeights::of(None), task)?
        } else {
            row_products(&scaled, |_| 1.0, task)?
        };
        let eigen =
            symmetric::eigen(gram, size, task)?.ok_or_else(super::minimise::not_solvable)?;
        let mut result = vec![vec![0.0; columns]; self.classes()];
        for (k, &value) in eigen.values.iter().enumerate() {
            task.check()?;
            let variance = value / self.total;
            if variance <= NO_VARIANCE {
                break;
            }
            let vector = &eigen.vectors[k * size..(k + 1) * size];
            let mut direction = vec![0.0; columns];
            if by_columns {
                direction.copy_from_slice(vector);
            } else {
                for (row, share) in vector.iter().enumerate() {
                    add_scaled(&mut direction, share / value.sqrt(), scaled.row(row));
                }
            }
            direction
                .iter_mut()
                .zip(&spreads)
                .for_each(|(value, spread)| *value /= spread);
            for (class, result) in result.iter_mut().enumerate() {
                let along = dot(&direction, self.mean(class));
                add_scaled(result, along / variance, &direction);
            }
        }
        Ok(result)
    }

    /// What a share of the mean variance of the columns (in their own units) is worth to each
    /// scaled column.
    fn targets(&self, within: &Matrix, total: f64, shrinkage: f64) -> Vec<f64> {
        let columns = self.z.cols;
        let mut squares = vec![0.0; columns];
        for row in 0..within.rows {
            for (sum, value) in squares.iter_mut().zip(within.row(row)) {
                *sum += value * value;
            }
        }
        let variances = squares.iter().enumerate();
        let trace: f64 = variances
            .map(|(place, square)| square / total * self.spread(place).powi(2))
            .sum();
        let target = shrinkage * trace / self.standard.scales.len() as f64;
        (0..columns)
            .map(|place| (target / self.spread(place) / self.spread(place)).min(1e150))
            .collect()
    }

    fn shrunk(
        &self,
        within: &Matrix,
        shrinkage: f64,
        task: &TaskContext,
    ) -> Result<Vec<Vec<f64>>, UserError> {
        let targets = self.targets(within, self.total, shrinkage);
        let factor = (1.0 - shrinkage) / self.total;
        let columns = self.z.cols;
        if targets.iter().all(|target| *target == 0.0) {
            return Ok(vec![vec![0.0; columns]; self.classes()]);
        }
        let unsolvable = super::minimise::not_solvable;
        if columns <= within.rows {
            let mut matrix = products(within, &RowWeights::of(None), task)?;
            matrix.iter_mut().for_each(|value| *value *= factor);
            for (place, target) in targets.iter().enumerate() {
                matrix[place * columns + place] += target;
            }
            if !factor_positive(&mut matrix, columns, task)? {
                return Err(unsolvable());
            }
            let solved = (0..self.classes()).map(|class| {
                let mut direction = self.mean(class).to_vec();
                solve_factored(&matrix, &mut direction);
                direction
            });
            return Ok(solved.collect());
        }
        let shape = LowRank::of(within, factor, &targets, task)?.ok_or_else(unsolvable)?;
        Ok((0..self.classes())
            .map(|class| shape.solve(self.mean(class)))
            .collect())
    }

    // ---- Quadratic -------------------------------------------------------------------------------

    /// The shape of every class, and the largest share that had to be borrowed from the shape of
    /// all because a class has too few rows for its own.
    pub fn quadratic(
        &self,
        shrinkage: f64,
        task: &TaskContext,
    ) -> Result<(Vec<Shape>, f64), UserError> {
        let pooled = self.pooled_variances();
        let mut borrowed = 0.0f64;
        let mut shapes = Vec::new();
        for class in 0..self.classes() {
            let (shape, share) = self.shape(class, shrinkage, &pooled, task)?;
            borrowed = borrowed.max(share);
            shapes.push(shape);
        }
        Ok((shapes, borrowed))
    }

    /// Of each column within classes; never nothing.
    fn pooled_variances(&self) -> Vec<f64> {
        let within = self.within(None);
        let mut sums = vec![0.0; self.z.cols];
        for row in 0..within.rows {
            for (sum, value) in sums.iter_mut().zip(within.row(row)) {
                *sum += value * value;
            }
        }
        sums.iter()
            .map(|sum| (sum / self.total).max(1e-6))
            .collect()
    }

    fn shape(
        &self,
        class: usize,
        shrinkage: f64,
        pooled: &[f64],
        task: &TaskContext,
    ) -> Result<(Shape, f64), UserError> {
        let within = self.within(Some(class));
        let total = self.totals[class];
        let prior = (total / self.total).ln();
        let own = self.targets(&within, total, shrinkage);
        for share in [0.0, 1e-4, 1e-2, 0.5, 1.0] {
            let targets: Vec<f64> = own
                .iter()
                .zip(pooled)
                .map(|(own, pooled)| (1.0 - share) * own + share * pooled)
                .collect();
            let factor = (1.0 - share) * (1.0 - shrinkage) / total;
            let found = if self.z.cols <= within.rows {
                self.dense_shape(class, &within, factor, &targets, task)?
            } else if targets.iter().all(|target| *target > 0.0) {
                self.low_rank_shape(class, &within, factor, &targets, task)?
            } else {
                None
            };
            if let Some(mut shape) = found {
                shape.start += prior;
                return Ok((shape, share));
            }
        }
        Err(super::minimise::not_solvable())
    }

    /// Centre of a class and one over the spread of every column; 0 for a constant.
    fn centre_and_units(&self, class: usize) -> (Vec<f64>, Vec<f64>) {
        let mut centres: Vec<f64> = self
            .standard
            .scales
            .iter()
            .map(|scale| scale.centre)
            .collect();
        let mut units = vec![0.0; centres.len()];
        for (place, &column) in self.standard.varying.iter().enumerate() {
            let spread = self.spread(place);
            centres[column] += self.mean(class)[place] * spread;
            units[column] = 1.0 / spread;
        }
        (centres, units)
    }

    /// A scaled direction in the units of the columns.
    fn direction(&self, scaled: &[f64], units: &[f64]) -> Vec<f64> {
        let mut raw = vec![0.0; units.len()];
        for (&column, value) in self.standard.varying.iter().zip(scaled) {
            raw[column] = value * units[column];
        }
        raw
    }

    fn dense_shape(
        &self,
        class: usize,
        within: &Matrix,
        factor: f64,
        targets: &[f64],
        task: &TaskContext,
    ) -> Result<Option<Shape>, UserError> {
        let columns = self.z.cols;
        let mut matrix = products(within, &RowWeights::of(None), task)?;
        matrix.iter_mut().for_each(|value| *value *= factor);
        for (place, target) in targets.iter().enumerate() {
            matrix[place * columns + place] += target;
        }
        let variances: Vec<f64> = (0..columns)
            .map(|place| matrix[place * columns + place])
            .collect();
        if !factor_positive(&mut matrix, columns, task)? {
            return Ok(None);
        }
        let pivots = (0..columns).map(|place| matrix[place * columns + place]);
        let singular = pivots
            .clone()
            .zip(&variances)
            .any(|(pivot, variance)| pivot * pivot < variance * NO_VARIANCE);
        if singular {
            return Ok(None);
        }
        let start = -pivots.map(f64::ln).sum::<f64>();
        let (centre, units) = self.centre_and_units(class);
        // Rows of the inverse of the triangle, column by column.
        let mut inverse = vec![0.0; columns * columns];
        for place in 0..columns {
            task.check()?;
            let mut column = vec![0.0; columns];
            column[place] = 1.0;
            solve_lower(&matrix, &mut column);
            for (row, value) in column.iter().enumerate() {
                inverse[row * columns + place] = *value;
            }
        }
        let directions = inverse
            .chunks_exact(columns.max(1))
            .flat_map(|row| self.direction(row, &units))
            .collect();
        Ok(Some(Shape {
            centre,
            own: Vec::new(),
            directions,
            start,
        }))
    }

    fn low_rank_shape(
        &self,
        class: usize,
        within: &Matrix,
        factor: f64,
        targets: &[f64],
        task: &TaskContext,
    ) -> Result<Option<Shape>, UserError> {
        let Some(shape) = LowRank::of(within, factor, targets, task)? else {
            return Ok(None);
        };
        let (centre, units) = self.centre_and_units(class);
        let (rows, columns) = (within.rows, self.z.cols);
        let mut directions = Vec::with_capacity(rows * units.len());
        // Rows of the inverse triangle times the rows, each column over its target.
        let mut solved = shape.rows.values.clone();
        for i in 0..rows {
            task.check()?;
            let (done, rest) = solved.split_at_mut(i * columns);
            let own = &mut rest[..columns];
            for (j, earlier) in done.chunks_exact(columns).enumerate() {
                add_scaled(own, -shape.factor[i * rows + j], earlier);
            }
            let pivot = shape.factor[i * rows + i];
            own.iter_mut().for_each(|value| *value /= pivot);
            let scaled: Vec<f64> = own
                .iter()
                .zip(targets)
                .map(|(value, target)| value / target.sqrt())
                .collect();
            directions.extend(self.direction(&scaled, &units));
        }
        let pivots = (0..rows).map(|place| shape.factor[place * rows + place].ln());
        let targets_part: f64 = targets.iter().map(|target| 0.5 * target.ln()).sum();
        let roots: Vec<f64> = targets.iter().map(|target| 1.0 / target.sqrt()).collect();
        let own = self
            .direction(&roots, &units)
            .iter()
            .map(|value| value * value)
            .collect();
        Ok(Some(Shape {
            centre,
            own,
            directions,
            start: -pivots.sum::<f64>() - targets_part,
        }))
    }
}

/// A diagonal plus a few rows: D + factor · rowsᵀ rows, by the identity of Sherman, Morrison and
/// Woodbury (Golub and Van Loan, "Matrix Computations", 4th ed., 2.1.4).
struct LowRank {
    /// Rows times the root of the factor, each column over the root of its target.
    rows: Matrix,
    roots: Vec<f64>,
    /// Of 1 + rows · rowsᵀ.
    factor: Vec<f64>,
}

impl LowRank {
    fn of(
        within: &Matrix,
        factor: f64,
        targets: &[f64],
        task: &TaskContext,
    ) -> Result<Option<Self>, UserError> {
        let roots: Vec<f64> = targets.iter().map(|target| target.sqrt()).collect();
        let mut rows = within.clone();
        for row in rows.values.chunks_exact_mut(roots.len().max(1)) {
            row.iter_mut()
                .zip(&roots)
                .for_each(|(value, root)| *value *= factor.sqrt() / root);
        }
        let n = rows.rows;
        let mut matrix = row_products(&rows, |_| 1.0, task)?;
        for place in 0..n {
            matrix[place * n + place] += 1.0;
        }
        if !factor_positive(&mut matrix, n, task)? {
            return Ok(None);
        }
        Ok(Some(Self {
            rows,
            roots,
            factor: matrix,
        }))
    }

    fn solve(&self, right: &[f64]) -> Vec<f64> {
        let scaled: Vec<f64> = right
            .iter()
            .zip(&self.roots)
            .map(|(r, root)| r / root)
            .collect();
        let mut shares: Vec<f64> = (0..self.rows.rows)
            .map(|row| dot(self.rows.row(row), &scaled))
            .collect();
        solve_factored(&self.factor, &mut shares);
        let mut result = scaled;
        for (row, share) in shares.iter().enumerate() {
            add_scaled(&mut result, -share, self.rows.row(row));
        }
        result
            .iter()
            .zip(&self.roots)
            .map(|(value, root)| value / root)
            .collect()
    }
}

/// The cloud of one class in the units of the columns. The squared distance of a row from its
/// centre is Σ (direction · difference)², or, where `own` is given, Σ own · difference² less that.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Shape {
    pub centre: Vec<f64>,
    /// Empty, or one per column.
    pub own: Vec<f64>,
    /// Row-major directions × columns.
    pub directions: Vec<f64>,
    /// Score at the centre: log prior less half the log volume.
    pub start: f64,
}

impl Shape {
    pub fn score(&self, row: &[f64], difference: &mut [f64]) -> f64 {
        for ((to, value), centre) in difference.iter_mut().zip(row).zip(&self.centre) {
            *to = value - centre;
        }
        let along: f64 = self
            .directions
            .chunks_exact(row.len().max(1))
            .map(|direction| dot(direction, difference).powi(2))
            .sum();
        if self.own.is_empty() {
            return self.start - 0.5 * along;
        }
        let whole: f64 = self
            .own
            .iter()
            .zip(difference)
            .map(|(own, difference)| own * *difference * *difference)
            .sum();
        self.start - 0.5 * (whole - along).max(0.0)
    }
}
