//! Least squares with penalties on the weights: ridge, lasso and what lies between.
//!
//! Inside, columns are centred and scaled and every column has penalties of its own, so that the
//! solution is that of scikit-learn's objective on the columns as they came, whatever their units.

use linfa::Dataset;
use linfa::traits::Fit;
use ndarray::{Array1, Array2, ShapeBuilder};

use super::dense::{add_scaled, dot, factor_positive, solve_factored};
use super::line::LineModel;
use super::sparse_softmax::soft;
use super::standard::{RowWeights, Scale, Standard, products, row_products};
use super::symmetric;
use crate::base::{Random, TaskContext, UserError, format};
use crate::learn::{FitContext, Matrix, PenaltyPath, Round};

/// Points on a path of penalties.
const STEPS: usize = 60;
/// The smallest penalty of a lasso's path, as a share of the largest.
const SMALLEST: f64 = 1e-3;
/// Columns shown on a path.
const MOST_SHOWN: usize = 50;
const PARTS: usize = 5;
/// Up to so many columns all products of columns are kept.
const MOST_PRODUCTS: usize = 2000;
const SWEEPS: usize = 20_000;
const TOLERANCE: f64 = 1e-13;
/// The largest change, in spreads of the answer, of weights that count as settled.
const SETTLED: f64 = 1e-8;
/// Columns for which the weights are solved for together.
const MOST_TOGETHER: usize = 1000;

/// The data of a fit, centred and scaled.
pub struct Data {
    pub standard: Standard,
    pub answer: Scale,
    weights: RowWeights,
    z: Matrix,
    t: Vec<f64>,
}

/// What a fit gives, in the units of the columns.
pub struct Fitted {
    pub intercept: f64,
    pub coefficients: Vec<f64>,
    pub settled: bool,
}

impl Data {
    /// None when there is nothing to weigh: the answer or every column is constant.
    pub fn of(x: &Matrix, y: &[f64], context: &FitContext<'_>) -> Result<Option<Self>, UserError> {
        let weights = RowWeights::of(context.weights);
        let standard = Standard::of(x, &weights, context.task)?;
        let answer = Scale::of(y, weights.values());
        if answer.spread == 0.0 || standard.varying.is_empty() {
            return Ok(None);
        }
        let z = standard.matrix(x, context.task)?;
        let t = y
            .iter()
            .map(|value| (value - answer.centre) / answer.spread)
            .collect();
        Ok(Some(Self {
            standard,
            answer,
            weights,
            z,
            t,
        }))
    }

    fn columns(&self) -> usize {
        self.z.cols
    }

    fn spread(&self, place: usize) -> f64 {
        self.standard.scales[self.standard.varying[place]].spread
    }

    fn fitted(&self, u: &[f64], settled: bool) -> Fitted {
        let (intercept, coefficients) =
            self.standard
                .back(self.answer.centre, u, self.answer.spread);
        Fitted {
            intercept,
            coefficients,
            settled,
        }
    }

    /// Scaled penalties of every column at this penalty: on size, on squares.
    fn penalties(&self, penalty: f64, mix: f64) -> (Vec<f64>, Vec<f64>) {
        let columns = 0..self.columns();
        let on_size = columns
            .clone()
            .map(|place| penalty * mix / self.spread(place) / self.answer.spread);
        let on_squares = columns.map(|place| {
            let spread = self.spread(place);
            penalty * (1.0 - mix) / spread / spread
        });
        let limited = |value: f64| value.min(f64::MAX);
        (
            on_size.map(limited).collect(),
            on_squares.map(limited).collect(),
        )
    }
}

// ---- Models --------------------------------------------------------------------------------------

/// The model of ridge regression. `given`: the penalty, or None to let the data choose.
pub fn fit_ridge(
    x: &Matrix,
    y: &[f64],
    given: Option<f64>,
    context: &FitContext<'_>,
) -> Result<LineModel, UserError> {
    let Some(data) = Data::of(x, y, context)? else {
        return constant(x, y, context);
    };
    let path = ridge_path(&data, given, context)?;
    let penalty = match (&path, given) {
        (_, Some(penalty)) => penalty,
        (Some(path), None) => path.chosen,
        // Too many columns and rows to compare penalties: scikit-learn's default.
        (None, None) => 1.0,
    };
    let fitted = ridge(&data, penalty, context.task)?;
    let chosen = given.is_none() && path.is_some();
    data.model(fitted, path, penalty, chosen).checked()
}

/// The model of a lasso (mix 1) or an elastic net.
pub fn fit_elastic_net(
    x: &Matrix,
    y: &[f64],
    mix: f64,
    given: Option<f64>,
    context: &FitContext<'_>,
) -> Result<LineModel, UserError> {
    let Some(data) = Data::of(x, y, context)? else {
        return constant(x, y, context);
    };
    let ask = Ask {
        mix,
        penalty: given,
        parts: &parts_of(x.rows, context.seed),
    };
    let (fitted, path) = elastic_net(&data, ask, context)?;
    let penalty = path.chosen;
    data.model(fitted, Some(path), penalty, given.is_none())
        .checked()
}

/// Nothing to weigh: the mean answer.
fn constant(x: &Matrix, y: &[f64], context: &FitContext<'_>) -> Result<LineModel, UserError> {
    let weights = RowWeights::of(context.weights);
    LineModel {
        intercept: Scale::of(y, weights.values()).centre,
        coefficients: vec![0.0; x.cols],
        spreads: Standard::of(x, &weights, context.task)?.spreads(),
        ..LineModel::default()
    }
    .checked()
}

impl Data {
    fn model(
        &self,
        fitted: Fitted,
        path: Option<PenaltyPath>,
        penalty: f64,
        chosen: bool,
    ) -> LineModel {
        let number = format::number(penalty, 3);
        LineModel {
            intercept: fitted.intercept,
            coefficients: fitted.coefficients,
            spreads: self.standard.spreads(),
            unsettled: !fitted.settled,
            remark: match chosen {
                true => format!("penalty {number}, chosen on rows left out"),
                false => format!("penalty {number}"),
            },
            path: path.filter(|path| path.belongs_to(self.standard.scales.len())),
            ..LineModel::default()
        }
    }
}

// ---- Ridge ---------------------------------------------------------------------------------------

/// Minimises Σ row weight · (answer − prediction)² + penalty · Σ weight².
pub fn ridge(data: &Data, penalty: f64, task: &TaskContext) -> Result<Fitted, UserError> {
    let shares = data.ridge_penalties(penalty);
    let u = if data.columns() <= data.z.rows {
        data.ridge_by_columns(&shares, task)?
    } else {
        data.ridge_by_rows(&shares, task)?
    };
    let u = u.ok_or_else(super::minimise::not_solvable)?;
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

// ---- Lasso and elastic net -----------------------------------------------------------------------

/// Half the mean squared error as a function of the scaled weights, either as products of columns
/// or as the columns themselves; both divided by the sum of row weights.
enum Quadratic {
    Products {
        columns: usize,
        /// Symmetric, row-major.
        gram: Vec<f64>,
        right: Vec<f64>,
    },
    Columns {
        rows: usize,
        /// Column by column, each row times the root of its share of the weight.
        z: Vec<f64>,
        t: Vec<f64>,
        squares: Vec<f64>,
    },
}

/// Weights and what follows from them: slopes (downhill) of every column, or what is left of the
/// answers.
#[derive(Clone)]
struct State {
    u: Vec<f64>,
    rest: Vec<f64>,
}

impl Quadratic {
    fn columns(&self) -> usize {
        match self {
            Self::Products { columns, .. } => *columns,
            Self::Columns { squares, .. } => squares.len(),
        }
    }

    fn start(&self) -> State {
        State {
            u: vec![0.0; self.columns()],
            rest: match self {
                Self::Products { right, .. } => right.clone(),
                Self::Columns { t, .. } => t.clone(),
            },
        }
    }

    fn at(&self, u: &[f64]) -> State {
        let mut state = self.start();
        for (place, &value) in u.iter().enumerate() {
            if value != 0.0 {
                self.change(&mut state, place, value);
            }
        }
        state
    }

    fn column(&self, place: usize) -> &[f64] {
        match self {
            Self::Products { columns, gram, .. } => &gram[place * columns..(place + 1) * columns],
            Self::Columns { rows, z, .. } => &z[place * rows..(place + 1) * rows],
        }
    }

    fn curve(&self, place: usize) -> f64 {
        match self {
            Self::Products { columns, gram, .. } => gram[place * columns + place],
            Self::Columns { squares, .. } => squares[place],
        }
    }

    #[inline]
    fn slope(&self, state: &State, place: usize) -> f64 {
        match self {
            Self::Products { .. } => state.rest[place],
            Self::Columns { .. } => dot(self.column(place), &state.rest),
        }
    }

    #[inline]
    fn change(&self, state: &mut State, place: usize, by: f64) {
        state.u[place] += by;
        add_scaled(&mut state.rest, -by, self.column(place));
    }

    fn product(&self, a: usize, b: usize) -> f64 {
        match self {
            Self::Products { columns, gram, .. } => gram[a * columns + b],
            Self::Columns { .. } => dot(self.column(a), self.column(b)),
        }
    }

    /// Multiplications to change one weight.
    fn cost(&self) -> f64 {
        match self {
            Self::Products { columns, .. } => *columns as f64,
            Self::Columns { rows, .. } => 2.0 * *rows as f64,
        }
    }
}

/// Penalties of every column.
struct Penalties {
    size: Vec<f64>,
    squares: Vec<f64>,
}

/// Minimises from where `state` stands. `last`: the penalties `state` was found for, as a multiple
/// of these (the strong rules: R. Tibshirani and others, JRSS B 74 (2012), section 2).
/// True when the weights have settled.
fn descend(
    quadratic: &Quadratic,
    penalties: &Penalties,
    state: &mut State,
    last: Option<f64>,
    task: &TaskContext,
) -> Result<bool, UserError> {
    let columns = quadratic.columns();
    let between = super::rows::rows_between_checks(quadratic.cost());
    let bound = last.map_or(0.0, |last| 2.0 - last);
    let mut candidate = vec![false; columns];
    for (place, candidate) in candidate.iter_mut().enumerate() {
        if place % between == 0 {
            task.check()?;
        }
        *candidate = state.u[place] != 0.0
            || quadratic.slope(state, place).abs() >= bound * penalties.size[place];
    }
    loop {
        let places: Vec<usize> = (0..columns).filter(|&place| candidate[place]).collect();
        let settled = descend_on(quadratic, penalties, state, &places, task)?;
        let mut more = false;
        for (place, candidate) in candidate.iter_mut().enumerate() {
            if place % between == 0 {
                task.check()?;
            }
            let slope = quadratic.slope(state, place).abs();
            if !*candidate && slope > penalties.size[place] * (1.0 + 1e-12) {
                *candidate = true;
                more = true;
            }
        }
        if !more {
            return Ok(settled);
        }
    }
}

/// Coordinate descent on some columns: sweeps over those in use until they rest, then over all.
fn descend_on(
    quadratic: &Quadratic,
    penalties: &Penalties,
    state: &mut State,
    places: &[usize],
    task: &TaskContext,
) -> Result<bool, UserError> {
    let mut sweeps = 0;
    let mut together_at = 20;
    let mut largest = f64::INFINITY;
    while sweeps < SWEEPS {
        let before: Vec<usize> = in_use(state, places);
        largest = sweep(quadratic, penalties, state, places, task)?;
        sweeps += 1;
        let used = in_use(state, places);
        if largest <= TOLERANCE {
            return Ok(true);
        }
        if used == before && solve_together(quadratic, penalties, state, &used, task)? {
            // What is in use is exact; one more look at the others decides.
            largest = sweep(quadratic, penalties, state, places, task)?;
            sweeps += 1;
            if largest <= TOLERANCE * 1e3 && in_use(state, places) == used {
                return Ok(true);
            }
        }
        let mut inner = f64::INFINITY;
        while inner > TOLERANCE && sweeps < together_at {
            inner = sweep(quadratic, penalties, state, &used, task)?;
            sweeps += 1;
        }
        together_at = sweeps + 50;
    }
    Ok(largest <= SETTLED)
}

fn in_use(state: &State, places: &[usize]) -> Vec<usize> {
    let used = |place: &usize| state.u[*place] != 0.0;
    places.iter().copied().filter(used).collect()
}

/// One pass; the largest change, in spreads of the answer.
fn sweep(
    quadratic: &Quadratic,
    penalties: &Penalties,
    state: &mut State,
    places: &[usize],
    task: &TaskContext,
) -> Result<f64, UserError> {
    let between = super::rows::rows_between_checks(quadratic.cost());
    let mut largest = 0.0f64;
    for (step, &place) in places.iter().enumerate() {
        if step % between == 0 {
            task.check()?;
        }
        let curve = quadratic.curve(place);
        if curve <= 0.0 {
            continue;
        }
        let here = state.u[place];
        let pull = quadratic.slope(state, place) + curve * here;
        let next = soft(pull, penalties.size[place]) / (curve + penalties.squares[place]);
        if next != here {
            quadratic.change(state, place, next - here);
            state.u[place] = next;
            largest = largest.max((next - here).abs() * curve.sqrt());
        }
    }
    Ok(largest)
}

/// Solves for all weights in use at once, keeping their signs. False, and nothing changed, when
/// that would change a sign.
fn solve_together(
    quadratic: &Quadratic,
    penalties: &Penalties,
    state: &mut State,
    used: &[usize],
    task: &TaskContext,
) -> Result<bool, UserError> {
    let size = used.len();
    if size == 0 || size > MOST_TOGETHER {
        return Ok(false);
    }
    let mut matrix = vec![0.0; size * size];
    let mut step = vec![0.0; size];
    for (i, &place) in used.iter().enumerate() {
        task.check()?;
        for (j, &other) in used[..=i].iter().enumerate() {
            matrix[i * size + j] = quadratic.product(place, other);
        }
        matrix[i * size + i] += penalties.squares[place];
        let weight = state.u[place];
        step[i] = quadratic.slope(state, place)
            - penalties.squares[place] * weight
            - penalties.size[place] * weight.signum();
    }
    if !factor_positive(&mut matrix, size, task)? {
        return Ok(false);
    }
    solve_factored(&matrix, &mut step);
    let keeps = used.iter().zip(&step).all(|(&place, step)| {
        let next = state.u[place] + step;
        next.is_finite() && next * state.u[place] > 0.0
    });
    if keeps {
        for (&place, &by) in used.iter().zip(&step) {
            quadratic.change(state, place, by);
        }
    }
    Ok(keeps)
}

impl Data {
    /// Of the rows for which `in_it`, centred and weighted anew among themselves, with their means.
    fn quadratic(
        &self,
        sums: Option<&Sums>,
        in_it: &dyn Fn(usize) -> bool,
        task: &TaskContext,
    ) -> Result<(Quadratic, Vec<f64>), UserError> {
        if let Some(sums) = sums {
            return Ok(sums.quadratic());
        }
        let m = self.columns();
        let rows: Vec<usize> = (0..self.z.rows)
            .filter(|&row| in_it(row) && self.weights.get(row) > 0.0)
            .collect();
        let total: f64 = rows.iter().map(|&row| self.weights.get(row)).sum();
        let mut means = vec![0.0; m + 1];
        for &row in &rows {
            let share = self.weights.get(row) / total;
            add_scaled(&mut means[..m], share, self.z.row(row));
            means[m] += share * self.t[row];
        }
        let roots: Vec<f64> = rows
            .iter()
            .map(|&row| (self.weights.get(row) / total).sqrt())
            .collect();
        let mut z = vec![0.0; rows.len() * m];
        // A block of columns at a time, so that what is written stays near.
        for start in (0..m).step_by(8) {
            task.check()?;
            let end = m.min(start + 8);
            for (to, (&row, root)) in rows.iter().zip(&roots).enumerate() {
                let values = &self.z.row(row)[start..end];
                for (place, value) in (start..end).zip(values) {
                    z[place * rows.len() + to] = root * (value - means[place]);
                }
            }
        }
        let t = rows
            .iter()
            .zip(&roots)
            .map(|(&row, root)| root * (self.t[row] - means[m]))
            .collect();
        let squares = z
            .chunks_exact(rows.len().max(1))
            .map(|column| dot(column, column))
            .collect();
        let quadratic = Quadratic::Columns {
            rows: rows.len(),
            z,
            t,
            squares,
        };
        Ok((quadratic, means))
    }

    fn keeps_products(&self) -> bool {
        let m = self.columns();
        m <= self.z.rows && m <= MOST_PRODUCTS
    }
}

/// Sums of products of columns, the answer and 1 over some rows.
#[derive(Clone)]
struct Sums {
    /// Columns, the answer and 1.
    width: usize,
    /// Lower triangle, row-major.
    values: Vec<f64>,
}

impl Sums {
    fn of(data: &Data, rows: &[usize], task: &TaskContext) -> Result<Self, UserError> {
        let width = data.columns() + 2;
        let mut values = Vec::with_capacity(rows.len() * width);
        let mut weights = Vec::with_capacity(rows.len());
        for &row in rows {
            values.extend_from_slice(data.z.row(row));
            values.extend([data.t[row], 1.0]);
            weights.push(data.weights.get(row));
        }
        let weights = RowWeights {
            values: Some(weights),
            mean: 1.0,
        };
        let matrix = Matrix::new(rows.len(), width, values)?;
        Ok(Self {
            width,
            values: products(&matrix, &weights, task)?,
        })
    }

    fn add(&mut self, other: &Self, factor: f64) {
        add_scaled(&mut self.values, factor, &other.values);
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.values[i.max(j) * self.width + i.min(j)]
    }

    fn quadratic(&self) -> (Quadratic, Vec<f64>) {
        let (m, one) = (self.width - 2, self.width - 1);
        let total = self.at(one, one);
        let means: Vec<f64> = (0..=m).map(|place| self.at(one, place) / total).collect();
        let mut gram = vec![0.0; m * m];
        for i in 0..m {
            for j in 0..=i {
                let value = self.at(i, j) / total - means[i] * means[j];
                // A column that is constant in these rows.
                let value = if i == j && value < 1e-13 { 0.0 } else { value };
                gram[i * m + j] = value;
                gram[j * m + i] = value;
            }
        }
        let right = (0..m)
            .map(|place| self.at(m, place) / total - means[place] * means[m])
            .collect();
        let quadratic = Quadratic::Products {
            columns: m,
            gram,
            right,
        };
        (quadratic, means)
    }
}

/// Every row's part, at random but the same for the same seed.
pub fn parts_of(rows: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    Random::stream(seed, 0x70a7).shuffle(&mut order);
    let count = PARTS.min(rows.max(1));
    let mut parts = vec![0; rows];
    for (place, row) in order.into_iter().enumerate() {
        parts[row] = place * count / rows;
    }
    parts
}

/// What is asked of a lasso or an elastic net.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Share of the penalty on size; the rest is on squares. Above 0.
    pub mix: f64,
    /// None: the one with the smallest error on rows left out.
    pub penalty: Option<f64>,
    /// The part every row is left out with.
    pub parts: &'a [usize],
}

/// Minimises half the weighted mean squared error plus penalty · (mix · Σ|weight| + (1 − mix)/2 ·
/// Σ weight²), scikit-learn's objective, along a path of penalties.
pub fn elastic_net(
    data: &Data,
    ask: Ask<'_>,
    context: &FitContext<'_>,
) -> Result<(Fitted, PenaltyPath), UserError> {
    let task = context.task;
    let sums = match data.keeps_products() {
        true => Some(PartSums::of(data, ask, task)?),
        false => None,
    };
    let whole = sums.as_ref().map(|sums| &sums.whole);
    let (quadratic, _) = data.quadratic(whole, &|_| true, task)?;
    let penalties = penalty_grid(data, &quadratic, ask.mix);
    let mut path = PathBuilder::new(data);
    let mut walk = Walk::new(data, &quadratic, ask.mix);
    let mut states = Vec::new();
    for (step, &penalty) in penalties.iter().enumerate() {
        task.progress(step as u64, STEPS as u64, "Following the penalty");
        walk.to(penalty, task)?;
        path.push(penalty, &walk.state.u);
        states.push(walk.state.u.clone());
        if context.on_round.is_some() {
            context.report(Round {
                round: step as u32 + 1,
                rounds: STEPS as u32,
                training: data.squared_error(&walk.state.u) * data.answer.spread.powi(2),
                checking: None,
            });
        }
    }
    let penalty = match ask.penalty {
        Some(penalty) => penalty,
        None => choose(data, ask, sums.as_ref(), &penalties, &mut path, task)?,
    };
    let start = match penalties.iter().position(|&value| value == penalty) {
        Some(place) => states[place].clone(),
        None => linfa_start(data, penalty, ask.mix).unwrap_or_else(|| {
            let near = penalties.iter().rposition(|&value| value >= penalty);
            near.map_or_else(|| vec![0.0; data.columns()], |place| states[place].clone())
        }),
    };
    let mut state = quadratic.at(&start);
    let (size, squares) = data.penalties(penalty, ask.mix);
    let settled = descend(
        &quadratic,
        &Penalties { size, squares },
        &mut state,
        None,
        task,
    )?;
    Ok((data.fitted(&state.u, settled), path.done(penalty)))
}

impl Data {
    /// Mean, in squared spreads of the answer.
    fn squared_error(&self, u: &[f64]) -> f64 {
        let rows = 0..self.z.rows;
        let squares = rows.map(|row| {
            let off = self.t[row] - dot(self.z.row(row), u);
            self.weights.get(row) * off * off
        });
        squares.sum::<f64>() / self.z.rows as f64
    }
}

/// Sums over all rows and over each part.
struct PartSums {
    whole: Sums,
    parts: Vec<Sums>,
}

impl PartSums {
    fn of(data: &Data, ask: Ask<'_>, task: &TaskContext) -> Result<Self, UserError> {
        let rows: Vec<usize> = (0..data.z.rows).collect();
        if ask.penalty.is_some() {
            let whole = Sums::of(data, &rows, task)?;
            return Ok(Self {
                whole,
                parts: Vec::new(),
            });
        }
        let mut parts = Vec::new();
        for part in 0..part_count(ask.parts) {
            let own: Vec<usize> = rows
                .iter()
                .copied()
                .filter(|&row| ask.parts[row] == part)
                .collect();
            parts.push(Sums::of(data, &own, task)?);
        }
        let width = data.columns() + 2;
        let mut whole = Sums {
            width,
            values: vec![0.0; width * width],
        };
        parts.iter().for_each(|part| whole.add(part, 1.0));
        Ok(Self { whole, parts })
    }
}

fn part_count(parts: &[usize]) -> usize {
    parts.iter().max().map_or(0, |last| last + 1)
}

/// From the penalty that leaves no column in use downwards.
fn penalty_grid(data: &Data, quadratic: &Quadratic, mix: f64) -> Vec<f64> {
    let start = quadratic.start();
    let largest = (0..quadratic.columns())
        .map(|place| {
            quadratic.slope(&start, place).abs() * data.spread(place) * data.answer.spread / mix
        })
        .filter(|value| value.is_finite())
        .fold(f64::MIN_POSITIVE, f64::max);
    (0..STEPS)
        .map(|step| largest * SMALLEST.powf(step as f64 / (STEPS - 1) as f64))
        .collect()
}

/// A walk down a path of penalties.
struct Walk<'a> {
    data: &'a Data,
    quadratic: &'a Quadratic,
    mix: f64,
    last: Option<f64>,
    state: State,
}

impl<'a> Walk<'a> {
    fn new(data: &'a Data, quadratic: &'a Quadratic, mix: f64) -> Self {
        Self {
            data,
            quadratic,
            mix,
            last: None,
            state: quadratic.start(),
        }
    }

    fn to(&mut self, penalty: f64, task: &TaskContext) -> Result<(), UserError> {
        let (size, squares) = self.data.penalties(penalty, self.mix);
        let penalties = Penalties { size, squares };
        let last = self.last.map(|last| last / penalty);
        descend(self.quadratic, &penalties, &mut self.state, last, task)?;
        self.last = Some(penalty);
        Ok(())
    }
}

/// The penalty with the smallest error on parts left out; fills in the errors of the path.
fn choose(
    data: &Data,
    ask: Ask<'_>,
    sums: Option<&PartSums>,
    penalties: &[f64],
    path: &mut PathBuilder<'_>,
    task: &TaskContext,
) -> Result<f64, UserError> {
    let count = part_count(ask.parts);
    let mut errors: Vec<Vec<f64>> = vec![Vec::new(); penalties.len()];
    for part in 0..count {
        let out: Vec<usize> = (0..data.z.rows)
            .filter(|&row| ask.parts[row] == part && data.weights.get(row) > 0.0)
            .collect();
        let left =
            (0..data.z.rows).any(|row| ask.parts[row] != part && data.weights.get(row) > 0.0);
        if out.is_empty() || !left {
            continue;
        }
        let rest = sums.map(|sums| {
            let mut rest = sums.whole.clone();
            rest.add(&sums.parts[part], -1.0);
            rest
        });
        let (quadratic, means) =
            data.quadratic(rest.as_ref(), &|row| ask.parts[row] != part, task)?;
        let mut walk = Walk::new(data, &quadratic, ask.mix);
        for (step, &penalty) in penalties.iter().enumerate() {
            let done = part * penalties.len() + step;
            let all = count * penalties.len();
            task.progress(done as u64, all as u64, "Trying penalties on rows left out");
            walk.to(penalty, task)?;
            errors[step].push(data.error_on(&out, &walk.state.u, &means));
        }
    }
    let unit = data.answer.spread * data.answer.spread;
    let mut best = (f64::INFINITY, penalties.first().copied().unwrap_or(0.0));
    for (errors, &penalty) in errors.iter().zip(penalties) {
        let count = errors.len().max(1) as f64;
        let mean = errors.iter().sum::<f64>() / count;
        let spread = errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / count;
        path.errors.push((mean * unit).min(f64::MAX));
        path.error_spreads
            .push((spread.sqrt() * unit).min(f64::MAX));
        if mean < best.0 {
            best = (mean, penalty);
        }
    }
    Ok(best.1)
}

impl Data {
    /// Weighted mean squared error on some rows, for weights fitted to rows with these means.
    fn error_on(&self, rows: &[usize], u: &[f64], means: &[f64]) -> f64 {
        let used: Vec<(usize, f64)> = u
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, value)| *value != 0.0)
            .collect();
        let moved: f64 = used
            .iter()
            .map(|(place, value)| value * means[*place])
            .sum();
        let start = means.last().copied().unwrap_or(0.0) - moved;
        let (mut sum, mut total) = (0.0, 0.0);
        for &row in rows {
            let values = self.z.row(row);
            let said: f64 = used
                .iter()
                .map(|(place, value)| value * values[*place])
                .sum();
            let weight = self.weights.get(row);
            sum += weight * (self.t[row] - start - said).powi(2);
            total += weight;
        }
        sum / total
    }
}

/// Work of one pass over the data for which linfa-elasticnet, which cannot be stopped, is asked.
const LINFA_WORK: usize = 200_000;
const LINFA_PRODUCTS: usize = 20_000_000;

/// linfa-elasticnet's solution as a start. It neither centres nor weighs rows, so it is given
/// centred columns and no weights; columns of very different size stop it early, so it is asked
/// only where they are alike.
fn linfa_start(data: &Data, penalty: f64, mix: f64) -> Option<Vec<f64>> {
    let (n, m) = (data.z.rows, data.columns());
    // With more rows than columns it also inverts the products of all columns.
    let inverts = n > m && n * m * m + m * m * m > LINFA_PRODUCTS;
    let alike = |value: f64| (1e-3..=1e3).contains(&value);
    let spreads = (0..m).map(|place| data.spread(place)).all(alike) && alike(data.answer.spread);
    if data.weights.values.is_some() || n * m > LINFA_WORK || inverts || !spreads {
        return None;
    }
    let mut columns = Vec::with_capacity(n * m);
    for place in 0..m {
        let spread = data.spread(place);
        columns.extend((0..n).map(|row| data.z.row(row)[place] * spread));
    }
    let records = Array2::from_shape_vec((n, m).f(), columns).ok()?;
    let targets: Array1<f64> = data.t.iter().map(|t| t * data.answer.spread).collect();
    let rounds = (20 * LINFA_WORK / (n * m)).clamp(1, 1000) as u32;
    let fitted = linfa_elasticnet::ElasticNet::params()
        .penalty(penalty)
        .l1_ratio(mix)
        .with_intercept(false)
        .max_iterations(rounds)
        .tolerance(1e-8)
        .fit(&Dataset::new(records, targets))
        .ok()?;
    let u: Vec<f64> = fitted
        .hyperplane()
        .iter()
        .enumerate()
        .map(|(place, weight)| weight * data.spread(place) / data.answer.spread)
        .collect();
    u.iter().all(|value| value.is_finite()).then_some(u)
}

// ---- The path as data ----------------------------------------------------------------------------

struct PathBuilder<'a> {
    data: &'a Data,
    penalties: Vec<f64>,
    steps: Vec<Vec<f64>>,
    errors: Vec<f64>,
    error_spreads: Vec<f64>,
}

impl<'a> PathBuilder<'a> {
    fn new(data: &'a Data) -> Self {
        Self {
            data,
            penalties: Vec::new(),
            steps: Vec::new(),
            errors: Vec::new(),
            error_spreads: Vec::new(),
        }
    }

    fn push(&mut self, penalty: f64, u: &[f64]) {
        self.penalties.push(penalty);
        self.steps.push(u.to_vec());
    }

    fn done(self, chosen: f64) -> PenaltyPath {
        let mut largest: Vec<(f64, usize)> = (0..self.data.columns())
            .map(|place| {
                let sizes = self.steps.iter().map(|step| step[place].abs());
                (sizes.fold(0.0, f64::max), place)
            })
            .filter(|(size, _)| *size > 0.0)
            .collect();
        largest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        largest.truncate(MOST_SHOWN);
        let places: Vec<usize> = largest.into_iter().map(|(_, place)| place).collect();
        let raw = |u: &[f64], place: usize| {
            let value = u[place] * self.data.answer.spread / self.data.spread(place);
            value.clamp(-f64::MAX, f64::MAX)
        };
        PenaltyPath {
            columns: places
                .iter()
                .map(|&place| self.data.standard.varying[place])
                .collect(),
            coefficients: self
                .steps
                .iter()
                .flat_map(|u| {
                    places
                        .iter()
                        .map(|&place| raw(u, place))
                        .collect::<Vec<_>>()
                })
                .collect(),
            used: self
                .steps
                .iter()
                .map(|u| u.iter().filter(|value| **value != 0.0).count() as u32)
                .collect(),
            penalties: self.penalties,
            errors: self.errors,
            error_spreads: self.error_spreads,
            chosen,
        }
    }
}
