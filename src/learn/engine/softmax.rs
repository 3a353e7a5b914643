//! Logistic regression for two or more classes: the fit.
//!
//! Minimises the mean log loss plus `Σ weight² / (2 · strength · rows)`, intercepts not penalised:
//! scikit-learn's objective, whose C is `strength`. Two classes have one set of weights; several
//! classes have one set each. Newton's method with exact second derivatives while they are cheap,
//! L-BFGS (Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithms 3.1 and 7.5)
//! otherwise. Sums run over the rows in order: the same input gives the same bits.

use super::dense::{add_scaled, dot, largest, solve_positive};
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

/// Fitted weights.
#[derive(Clone, Debug, PartialEq)]
pub struct SoftmaxFit {
    /// One set per class (two classes: one set in all, for the second class), each `features`
    /// weights and then the intercept.
    pub sets: Vec<Vec<f64>>,
    /// The largest partial derivative is below the tolerance.
    pub converged: bool,
    pub iterations: usize,
}

const TOLERANCE: f64 = 1e-8;
const NEWTON_ITERATIONS: usize = 100;
const LBFGS_ITERATIONS: usize = 1500;
const MEMORY: usize = 12;
/// Multiplications per iteration up to which second derivatives are worth their time.
const NEWTON_WORK: f64 = 3e9;
const ROWS_BETWEEN_CHECKS: usize = 4096;

/// How the minimum is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Newton,
    Lbfgs,
}

/// `codes` in `0..classes`, every class occurring, at least two classes.
pub fn fit(
    x: &Matrix,
    codes: &[u32],
    classes: usize,
    strength: f64,
    task: &TaskContext,
) -> Result<SoftmaxFit, UserError> {
    let problem = Problem::new(x, codes, classes, strength, task)?;
    let cheap = problem.newton_work() <= NEWTON_WORK;
    problem.solve(if cheap { Method::Newton } else { Method::Lbfgs }, task)
}

/// As [`fit`], by a given method: both have the same solution.
pub fn fit_by(
    method: Method,
    x: &Matrix,
    codes: &[u32],
    classes: usize,
    strength: f64,
    task: &TaskContext,
) -> Result<SoftmaxFit, UserError> {
    Problem::new(x, codes, classes, strength, task)?.solve(method, task)
}

/// Rows with an intercept of 1 at the end, as lists of what is not zero when most of it is zero.
enum Rows<'a> {
    Dense(&'a Matrix),
    Sparse {
        starts: Vec<usize>,
        places: Vec<u32>,
        values: Vec<f64>,
    },
}

impl<'a> Rows<'a> {
    fn new(x: &'a Matrix, task: &TaskContext) -> Result<Self, UserError> {
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
    fn filled(&self, rows: usize) -> f64 {
        match self {
            Self::Dense(x) => x.cols as f64,
            Self::Sparse { values, .. } => values.len() as f64 / rows.max(1) as f64,
        }
    }

    #[inline]
    fn score(&self, row: usize, weights: &[f64]) -> f64 {
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
    fn add(&self, row: usize, factor: f64, to: &mut [f64]) {
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
    fn add_outer(&self, row: usize, factor: f64, to: &mut [f64], width: usize) {
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

struct Problem<'a> {
    rows: Rows<'a>,
    count: usize,
    codes: &'a [u32],
    /// Sets of weights: 1 for two classes, else the number of classes.
    sets: usize,
    /// Weights per set, intercept included.
    width: usize,
    /// Penalty on a squared weight, times two.
    penalty: f64,
}

impl<'a> Problem<'a> {
    fn new(
        x: &'a Matrix,
        codes: &'a [u32],
        classes: usize,
        strength: f64,
        task: &TaskContext,
    ) -> Result<Self, UserError> {
        Ok(Self {
            rows: Rows::new(x, task)?,
            count: x.rows,
            codes,
            sets: if classes == 2 { 1 } else { classes },
            width: x.cols + 1,
            penalty: 1.0 / (strength * x.rows.max(1) as f64),
        })
    }

    fn solve(&self, method: Method, task: &TaskContext) -> Result<SoftmaxFit, UserError> {
        let start = vec![0.0; self.size()];
        let (solution, converged, iterations) = match method {
            Method::Newton => newton(self, start, task)?,
            Method::Lbfgs => lbfgs(self, start, task)?,
        };
        Ok(SoftmaxFit {
            sets: solution
                .chunks_exact(self.width)
                .map(<[f64]>::to_vec)
                .collect(),
            converged,
            iterations,
        })
    }

    fn size(&self) -> usize {
        self.sets * self.width
    }

    fn newton_work(&self) -> f64 {
        let filled = self.rows.filled(self.count) + 1.0;
        let pairs = (self.sets * (self.sets + 1) / 2) as f64;
        // Sparse additions are slower than dense ones, which the compiler makes wide.
        let cost = if matches!(self.rows, Rows::Sparse { .. }) {
            2.0
        } else {
            1.0
        };
        let factor = (self.size() as f64).powi(3) / 6.0;
        cost * self.count as f64 * pairs * filled * filled / 2.0 + factor
    }

    /// Loss and the derivative by each score; `shares` is working memory.
    #[inline]
    fn row_loss(&self, row: usize, weights: &[f64], shares: &mut [f64]) -> f64 {
        let class = self.codes[row] as usize;
        if self.sets == 1 {
            let score = self.rows.score(row, weights);
            let signed = if class == 1 { score } else { -score };
            // ln(1 + e^−s) without overflow.
            let loss = (-signed.abs()).exp().ln_1p() + (-signed).max(0.0);
            shares[0] = logistic(score);
            return loss;
        }
        for (share, set) in shares.iter_mut().zip(weights.chunks_exact(self.width)) {
            *share = self.rows.score(row, set);
        }
        let own = shares[class];
        let top = softmax(shares);
        top - own
    }

    /// Objective and gradient.
    fn gradient(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        task: &TaskContext,
    ) -> Result<f64, UserError> {
        self.pass(weights, gradient, None, task)
    }

    /// Objective, gradient and, when asked, second derivatives (row-major, lower triangle).
    fn pass(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        mut second: Option<&mut [f64]>,
        task: &TaskContext,
    ) -> Result<f64, UserError> {
        gradient.fill(0.0);
        let square = self.width * self.width;
        let mut blocks = match second {
            Some(_) => vec![0.0; self.sets * (self.sets + 1) / 2 * square],
            None => Vec::new(),
        };
        let mut shares = vec![0.0; self.sets];
        let mut loss = 0.0;
        for row in 0..self.count {
            if row % ROWS_BETWEEN_CHECKS == 0 {
                task.check()?;
            }
            loss += self.row_loss(row, weights, &mut shares);
            let class = self.codes[row] as usize;
            for (set, part) in gradient.chunks_exact_mut(self.width).enumerate() {
                let hit = if self.sets == 1 {
                    class == 1
                } else {
                    class == set
                };
                self.rows
                    .add(row, shares[set] - f64::from(u8::from(hit)), part);
            }
            if !blocks.is_empty() {
                for (pair, block) in blocks.chunks_exact_mut(square).enumerate() {
                    let (a, b) = pair_of(pair);
                    let factor = if a == b {
                        shares[a] * (1.0 - shares[a])
                    } else {
                        -shares[a] * shares[b]
                    };
                    self.rows.add_outer(row, factor, block, self.width);
                }
            }
        }
        let scale = 1.0 / self.count.max(1) as f64;
        gradient.iter_mut().for_each(|value| *value *= scale);
        if let Some(second) = second.as_deref_mut() {
            self.assemble(&blocks, scale, second);
        }
        Ok(loss * scale + self.regularise(weights, gradient, second))
    }

    /// Adds the penalty. With several classes one number added to all intercepts changes nothing,
    /// so their sum is held at 0; this makes the solution unique and changes no probability.
    fn regularise(&self, weights: &[f64], gradient: &mut [f64], second: Option<&mut [f64]>) -> f64 {
        let last = self.width - 1;
        let mut objective = 0.0;
        for (set, part) in weights
            .chunks_exact(self.width)
            .zip(gradient.chunks_exact_mut(self.width))
        {
            objective += 0.5 * self.penalty * dot(&set[..last], &set[..last]);
            add_scaled(&mut part[..last], self.penalty, &set[..last]);
        }
        let intercepts = (0..self.sets).map(|set| set * self.width + last);
        let sum: f64 = intercepts.clone().map(|place| weights[place]).sum();
        if self.sets > 1 {
            objective += 0.5 * sum * sum;
            intercepts.clone().for_each(|place| gradient[place] += sum);
        }
        if let Some(second) = second {
            let size = self.size();
            for place in (0..size).filter(|place| place % self.width != last) {
                second[place * size + place] += self.penalty;
            }
            if self.sets > 1 {
                for a in intercepts.clone() {
                    intercepts.clone().for_each(|b| second[a * size + b] += 1.0);
                }
            }
        }
        objective
    }

    fn assemble(&self, blocks: &[f64], scale: f64, second: &mut [f64]) {
        let (size, width) = (self.size(), self.width);
        for (pair, block) in blocks.chunks_exact(width * width).enumerate() {
            let (a, b) = pair_of(pair);
            for i in 0..width {
                for j in 0..width {
                    let value = if j <= i {
                        block[i * width + j]
                    } else {
                        block[j * width + i]
                    };
                    second[(a * width + i) * size + b * width + j] = value * scale;
                }
            }
        }
    }
}

/// 0 → (0,0), 1 → (1,0), 2 → (1,1), 3 → (2,0), …
fn pair_of(index: usize) -> (usize, usize) {
    let mut a = 0;
    while (a + 1) * (a + 2) / 2 <= index {
        a += 1;
    }
    (a, index - a * (a + 1) / 2)
}

/// 1 / (1 + e^−score) without overflow.
pub fn logistic(score: f64) -> f64 {
    if score >= 0.0 {
        1.0 / (1.0 + (-score).exp())
    } else {
        let e = score.exp();
        e / (1.0 + e)
    }
}

/// Scores to probabilities in place, the largest taken out first; returns ln Σ e^score.
pub fn softmax(scores: &mut [f64]) -> f64 {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - top).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|share| *share /= sum);
    top + sum.ln()
}

type Solution = (Vec<f64>, bool, usize);

fn not_solvable() -> UserError {
    UserError::input(
        "numbers_too_large",
        "Logistic regression cannot be fitted to these numbers",
        "The weights grow beyond what a computer can hold",
    )
    .with_hint("Express very large or very small columns in another unit")
}

fn newton(
    problem: &Problem<'_>,
    mut weights: Vec<f64>,
    task: &TaskContext,
) -> Result<Solution, UserError> {
    let size = problem.size();
    let mut gradient = vec![0.0; size];
    let mut second = vec![0.0; size * size];
    for iteration in 0..NEWTON_ITERATIONS {
        task.progress(iteration as u64, 0, "Fitting the weights");
        let objective = problem.pass(&weights, &mut gradient, Some(&mut second), task)?;
        if largest(&gradient) <= TOLERANCE {
            return Ok((weights, true, iteration));
        }
        let step = newton_step(&second, &gradient).ok_or_else(not_solvable)?;
        let Some(next) = search(problem, &weights, &step, objective, &gradient, task)? else {
            // No step lowers the objective any more: as exact as the arithmetic allows.
            let converged = largest(&gradient) <= TOLERANCE * 100.0;
            return Ok((weights, converged, iteration));
        };
        weights = next.weights;
    }
    Ok((weights, false, NEWTON_ITERATIONS))
}

fn newton_step(second: &[f64], gradient: &[f64]) -> Option<Vec<f64>> {
    let size = gradient.len();
    let downhill: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut ridge = 0.0;
    for _ in 0..12 {
        let mut matrix = second.to_vec();
        for place in 0..size {
            let cell = &mut matrix[place * size + place];
            *cell += ridge * cell.abs() + ridge * 1e-12;
        }
        if let Some(step) = solve_positive(&mut matrix, &downhill) {
            return Some(step);
        }
        ridge = if ridge == 0.0 { 1e-12 } else { ridge * 100.0 };
    }
    None
}

/// A point with its objective and gradient.
struct Place {
    weights: Vec<f64>,
    objective: f64,
    gradient: Vec<f64>,
}

/// Backtracking until the objective falls enough. None when no step lowers it.
fn search(
    problem: &Problem<'_>,
    weights: &[f64],
    step: &[f64],
    objective: f64,
    gradient: &[f64],
    task: &TaskContext,
) -> Result<Option<Place>, UserError> {
    let slope = dot(gradient, step);
    if slope >= 0.0 || slope.is_nan() {
        return Ok(None);
    }
    let noise = objective.abs() * 4.0 * f64::EPSILON;
    let mut scratch = vec![0.0; weights.len()];
    let mut share = 1.0;
    for _ in 0..50 {
        let mut next = weights.to_vec();
        add_scaled(&mut next, share, step);
        let there = problem.gradient(&next, &mut scratch, task)?;
        // Close to the solution differences drown in rounding: then the slope decides.
        let lower = there <= objective + 1e-4 * share * slope;
        let flatter = there <= objective + noise && largest(&scratch) < 0.9 * largest(gradient);
        if lower || flatter {
            return Ok(Some(Place {
                weights: next,
                objective: there,
                gradient: scratch,
            }));
        }
        share *= 0.5;
    }
    Ok(None)
}

fn lbfgs(
    problem: &Problem<'_>,
    mut weights: Vec<f64>,
    task: &TaskContext,
) -> Result<Solution, UserError> {
    let size = problem.size();
    let mut gradient = vec![0.0; size];
    let mut objective = problem.gradient(&weights, &mut gradient, task)?;
    let mut memory: std::collections::VecDeque<(Vec<f64>, Vec<f64>, f64)> =
        std::collections::VecDeque::new();
    for iteration in 0..LBFGS_ITERATIONS {
        task.check()?;
        task.progress(iteration as u64, 0, "Fitting the weights");
        if largest(&gradient) <= TOLERANCE {
            return Ok((weights, true, iteration));
        }
        let mut step = direction(&gradient, &memory);
        if memory.is_empty() {
            let length = dot(&step, &step).sqrt();
            step.iter_mut().for_each(|value| *value /= length.max(1.0));
        }
        let Some(next) = search(problem, &weights, &step, objective, &gradient, task)? else {
            if memory.is_empty() {
                return Ok((weights, largest(&gradient) <= TOLERANCE * 100.0, iteration));
            }
            memory.clear();
            continue;
        };
        let moved: Vec<f64> = next
            .weights
            .iter()
            .zip(&weights)
            .map(|(a, b)| a - b)
            .collect();
        let turned: Vec<f64> = next
            .gradient
            .iter()
            .zip(&gradient)
            .map(|(a, b)| a - b)
            .collect();
        let curvature = dot(&moved, &turned);
        if curvature > 1e-14 * dot(&turned, &turned) {
            memory.push_back((moved, turned, curvature));
            if memory.len() > MEMORY {
                memory.pop_front();
            }
        }
        weights = next.weights;
        gradient = next.gradient;
        objective = next.objective;
    }
    Ok((weights, false, LBFGS_ITERATIONS))
}

/// The two-loop recursion: an estimate of −(second derivatives)⁻¹ · gradient.
fn direction(
    gradient: &[f64],
    memory: &std::collections::VecDeque<(Vec<f64>, Vec<f64>, f64)>,
) -> Vec<f64> {
    let mut step: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for (moved, turned, curvature) in memory.iter().rev() {
        let share = dot(moved, &step) / curvature;
        add_scaled(&mut step, -share, turned);
        shares.push(share);
    }
    if let Some((_, turned, curvature)) = memory.back() {
        let scale = curvature / dot(turned, turned);
        step.iter_mut().for_each(|value| *value *= scale);
    }
    for ((moved, turned, curvature), share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = dot(turned, &step) / curvature;
        add_scaled(&mut step, share - back, moved);
    }
    step
}
