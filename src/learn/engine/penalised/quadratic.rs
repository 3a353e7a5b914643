//! Half the mean squared error as a function of the weights, and coordinate descent on it with a
//! penalty on size.

use std::borrow::Cow;

use super::{Data, MOST_PRODUCTS};
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;
use crate::learn::engine::dense::{add_scaled, dot, factor_positive, solve_factored};
use crate::learn::engine::rows::rows_between_checks;
use crate::learn::engine::sparse_softmax::soft;
use crate::learn::engine::standard::{RowWeights, products};
use crate::learn::engine::wide::semidefinite_factor;

const SWEEPS: usize = 20_000;
const TOLERANCE: f64 = 1e-13;
/// The largest change, in spreads of the answer, of weights that count as settled.
const SETTLED: f64 = 1e-8;
/// Columns for which the weights are solved for together.
const MOST_TOGETHER: usize = 1000;

/// Half the mean squared error as a function of the scaled weights, either as products of columns
/// or as the columns themselves; both divided by the sum of row weights.
pub(super) enum Quadratic {
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
pub(super) struct State {
    pub(super) u: Vec<f64>,
    rest: Vec<f64>,
}

impl Quadratic {
    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Products { columns, .. } => *columns,
            Self::Columns { squares, .. } => squares.len(),
        }
    }

    pub(super) fn start(&self) -> State {
        State {
            u: vec![0.0; self.columns()],
            rest: match self {
                Self::Products { right, .. } => right.clone(),
                Self::Columns { t, .. } => t.clone(),
            },
        }
    }

    pub(super) fn at(&self, u: &[f64]) -> State {
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
    pub(super) fn slope(&self, state: &State, place: usize) -> f64 {
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

    /// Columns and answers with these products. None where the products are not finite.
    pub(super) fn as_rows(&self, task: &TaskContext) -> Result<Option<AsRows<'_>>, UserError> {
        match self {
            Self::Columns { rows, z, t, .. } => Ok(Some(AsRows {
                count: *rows,
                columns: Cow::Borrowed(z),
                answers: Cow::Borrowed(t),
            })),
            Self::Products {
                columns,
                gram,
                right,
            } => {
                let size = *columns;
                let mut lower = gram.clone();
                semidefinite_factor(&mut lower, size, task)?;
                let mut answers = right.clone();
                for i in 0..size {
                    let row = &lower[i * size..(i + 1) * size];
                    let (before, rest) = answers.split_at_mut(i);
                    rest[0] = match row[i] {
                        pivot if pivot > 0.0 => (rest[0] - dot(&row[..i], before)) / pivot,
                        _ => 0.0,
                    };
                }
                let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
                // A row of the factor is a column of its transpose.
                Ok((finite(&lower) && finite(&answers)).then_some(AsRows {
                    count: size,
                    columns: Cow::Owned(lower),
                    answers: Cow::Owned(answers),
                }))
            }
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

/// Rows, column by column, with the products of columns and answers of a [`Quadratic`].
pub(super) struct AsRows<'a> {
    pub(super) count: usize,
    pub(super) columns: Cow<'a, [f64]>,
    pub(super) answers: Cow<'a, [f64]>,
}

/// Penalties of every column.
pub(super) struct Penalties {
    pub(super) size: Vec<f64>,
    pub(super) squares: Vec<f64>,
}

/// How far a slope is from what a minimum asks for, at most, in those of scaled columns.
pub(super) fn violation(quadratic: &Quadratic, penalties: &Penalties, state: &State) -> f64 {
    let off = |place: usize| {
        let weight = state.u[place];
        let slope = quadratic.slope(state, place) - penalties.squares[place] * weight;
        if weight == 0.0 {
            (slope.abs() - penalties.size[place]).max(0.0)
        } else {
            (slope - penalties.size[place] * weight.signum()).abs()
        }
    };
    (0..quadratic.columns()).map(off).fold(0.0, f64::max)
}

/// Minimises from where `state` stands. `last`: the penalties `state` was found for, as a multiple
/// of these (the strong rules: R. Tibshirani and others, JRSS B 74 (2012), section 2).
/// True when the weights have settled.
pub(super) fn descend(
    quadratic: &Quadratic,
    penalties: &Penalties,
    state: &mut State,
    last: Option<f64>,
    task: &TaskContext,
) -> Result<bool, UserError> {
    let columns = quadratic.columns();
    let between = rows_between_checks(quadratic.cost());
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
    let between = rows_between_checks(quadratic.cost());
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
    pub(super) fn quadratic(
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

    pub(super) fn keeps_products(&self) -> bool {
        let m = self.columns();
        m <= self.z.rows && m <= MOST_PRODUCTS
    }
}

/// Sums of products of columns, the answer and 1 over some rows.
#[derive(Clone)]
pub(super) struct Sums {
    /// Columns, the answer and 1.
    pub(super) width: usize,
    /// Lower triangle, row-major.
    pub(super) values: Vec<f64>,
}

impl Sums {
    pub(super) fn of(data: &Data, rows: &[usize], task: &TaskContext) -> Result<Self, UserError> {
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

    pub(super) fn add(&mut self, other: &Self, factor: f64) {
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
