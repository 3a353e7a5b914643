//! Logistic regression for two or more classes: the fit.
//!
//! Minimises the weighted mean log loss plus a penalty on the weights, intercepts not penalised:
//! scikit-learn's objective, divided by strength · Σ row weights. Two classes have one set of
//! weights; several classes have one set each, or, without a penalty, one set each but the first,
//! because then a number added to the weights of all classes changes nothing. Sums run over the
//! rows in order: the same input gives the same bits.
//!
//! Of many rows some are fitted first: the weights found there are a start from which one or two
//! passes over all rows are enough. [`super::linfa`] says why linfa-logistic is not asked.

use super::dense::{add_scaled, dot, factor_positive, inverse_factored};
use super::minimise::{self, Objective};
use super::rows::{Rows, rows_between_checks};
use super::standard::RowWeights;
use super::wide::Folded;
use crate::base::{TaskContext, UserError};
use crate::learn::{FitContext, Matrix};

pub use super::minimise::Method;

/// Fitted weights.
#[derive(Clone, Debug, PartialEq)]
pub struct SoftmaxFit {
    /// One set per class, or per class but the first (which has zeros): each `features` weights and
    /// then the intercept.
    pub sets: Vec<Vec<f64>>,
    /// The largest partial derivative is below the tolerance.
    pub converged: bool,
    pub iterations: usize,
}

const TOLERANCE: f64 = 1e-8;
/// Standard errors are to be exact to six digits and more.
const FINE_TOLERANCE: f64 = 1e-11;

/// Information per row below which a class is told apart without a mistake.
const SEPARATED: f64 = 1e-9;

/// Fits with a penalty on squared weights. `codes` in `0..classes`, every class occurring, at least
/// two classes.
pub fn fit(
    x: &Matrix,
    codes: &[u32],
    classes: usize,
    strength: f64,
    context: &FitContext<'_>,
) -> Result<SoftmaxFit, UserError> {
    let weights = RowWeights::of(context.weights);
    let penalty = penalty_of(strength, x.rows, &weights);
    if let Some(folded) = Folded::of(x, context.task)? {
        let problem = Problem::new(&folded.matrix, codes, classes, &weights, context.task)?
            .penalised(penalty);
        let start = start(&problem, &folded.matrix, context)?;
        let mut fit = problem.solve(problem.cheapest(), start, TOLERANCE, context)?;
        fit.sets
            .iter_mut()
            .for_each(|set| *set = folded.unfold(set));
        return Ok(fit);
    }
    let problem = Problem::new(x, codes, classes, &weights, context.task)?.penalised(penalty);
    let start = start(&problem, x, context)?;
    problem.solve(problem.cheapest(), start, TOLERANCE, context)
}

/// Rows from which on a tenth is fitted first.
const MANY_ROWS: usize = 20_000;
const SHARE: usize = 10;
/// Of the start: the rows left out move it further than that.
const ROUGH: f64 = 1e-4;

/// Sets of weights that fit some of many rows. None where there are few, or one class is missing.
fn start(problem: &Problem<'_>, x: &Matrix, context: &FitContext<'_>) -> Start {
    if context.weights.is_some() || x.rows < MANY_ROWS {
        return Ok(None);
    }
    let some: Vec<usize> = (0..x.rows).step_by(SHARE).collect();
    let codes: Vec<u32> = some.iter().map(|&row| problem.codes[row]).collect();
    let classes = problem.sets + usize::from(problem.reference);
    let every = (0..classes as u32).all(|class| codes.contains(&class));
    if !every {
        return Ok(None);
    }
    let rows = x.take_rows(&some);
    let part = Problem {
        rows: Rows::new(&rows, context.task)?,
        count: rows.rows,
        codes: &codes,
        ..*problem
    };
    let quietly = FitContext {
        on_round: None,
        ..*context
    };
    match part.solve(part.cheapest(), None, ROUGH, &quietly) {
        Err(error) if error.is_cancelled() => Err(error),
        found => Ok(found.ok().map(|found| found.sets)),
    }
}

type Start = Result<Option<Vec<Vec<f64>>>, UserError>;

/// Half of the penalty on a squared weight, for the mean loss.
pub fn penalty_of(strength: f64, rows: usize, weights: &RowWeights) -> f64 {
    1.0 / (strength * rows.max(1) as f64 * weights.mean)
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
    let weights = RowWeights::of(None);
    let penalty = penalty_of(strength, x.rows, &weights);
    Problem::new(x, codes, classes, &weights, task)?
        .penalised(penalty)
        .solve(method, None, TOLERANCE, &FitContext::new(task, 0))
}

/// A fit without a penalty, and what the data say about its weights.
pub struct PlainFit {
    pub fit: SoftmaxFit,
    /// Inverse of the information: sets · width squared, row-major. None where the classes can be
    /// told apart without a mistake, so that the weights have no end.
    pub covariance: Option<Vec<f64>>,
}

/// Fits without a penalty: `x` centred and scaled, no column a combination of others.
pub fn fit_plain(
    x: &Matrix,
    codes: &[u32],
    classes: usize,
    context: &FitContext<'_>,
) -> Result<PlainFit, UserError> {
    let weights = RowWeights::of(context.weights);
    let problem = Problem::new(x, codes, classes, &weights, context.task)?.with_reference();
    let start = start(&problem, x, context)?;
    let fit = problem.solve(problem.cheapest(), start, FINE_TOLERANCE, context)?;
    let covariance = match problem.cheapest() {
        Method::Newton if fit.converged => problem.covariance(&fit, context.task)?,
        _ => None,
    };
    Ok(PlainFit { fit, covariance })
}

pub(super) struct Problem<'a> {
    rows: Rows<'a>,
    count: usize,
    codes: &'a [u32],
    weights: &'a RowWeights,
    /// The first class has no weights of its own; else every class has.
    reference: bool,
    /// Sets of weights.
    sets: usize,
    /// Weights per set, intercept included.
    width: usize,
    /// Penalty on a squared weight, times two.
    penalty: f64,
}

impl<'a> Problem<'a> {
    /// Without a penalty.
    pub(super) fn new(
        x: &'a Matrix,
        codes: &'a [u32],
        classes: usize,
        weights: &'a RowWeights,
        task: &TaskContext,
    ) -> Result<Self, UserError> {
        let reference = classes == 2;
        Ok(Self {
            rows: Rows::new(x, task)?,
            count: x.rows,
            codes,
            weights,
            reference,
            sets: classes - usize::from(reference),
            width: x.cols + 1,
            penalty: 0.0,
        })
    }

    pub(super) fn penalised(mut self, penalty: f64) -> Self {
        self.penalty = penalty;
        self
    }

    fn with_reference(mut self) -> Self {
        if !self.reference {
            self.reference = true;
            self.sets -= 1;
        }
        self
    }

    /// `start`: sets of weights near the solution, one per class but the first of two; their
    /// gradient decides whether there is anything left to do.
    fn solve(
        &self,
        method: Method,
        start: Option<Vec<Vec<f64>>>,
        tolerance: f64,
        context: &FitContext<'_>,
    ) -> Result<SoftmaxFit, UserError> {
        let start = start.map(|sets| self.flat(sets));
        let start = minimise::better_start(self, start, context.task)?;
        let found = minimise::minimise(self, start, method, tolerance, context)?;
        Ok(SoftmaxFit {
            sets: found
                .weights
                .chunks_exact(self.width)
                .map(<[f64]>::to_vec)
                .collect(),
            converged: found.converged,
            iterations: found.iterations,
        })
    }

    /// Sets side by side, without what leaves the probabilities as they are.
    fn flat(&self, mut sets: Vec<Vec<f64>>) -> Vec<f64> {
        if sets.len() > self.sets {
            let first = sets.remove(0);
            sets.iter_mut()
                .for_each(|set| add_scaled(set, -1.0, &first));
        } else if !self.reference {
            let last = self.width - 1;
            let mean = super::mean(sets.iter().map(|set| set[last]));
            sets.iter_mut().for_each(|set| set[last] -= mean);
        }
        sets.concat()
    }

    fn cheapest(&self) -> Method {
        let filled = self.rows.filled(self.count) + 1.0;
        let pairs = (self.sets * (self.sets + 1) / 2) as f64;
        // Sparse additions are slower than dense ones, which the compiler makes wide.
        let cost = if matches!(self.rows, Rows::Sparse { .. }) {
            2.0
        } else {
            1.0
        };
        let factor = (self.size() as f64).powi(3) / 6.0;
        Method::cheapest(cost * self.count as f64 * pairs * filled * filled / 2.0 + factor)
    }

    /// Inverse of the information of all rows; None where it has none to speak of.
    fn covariance(
        &self,
        fit: &SoftmaxFit,
        task: &TaskContext,
    ) -> Result<Option<Vec<f64>>, UserError> {
        let size = self.size();
        let weights = fit.sets.concat();
        let mut second = vec![0.0; size * size];
        self.pass(&weights, &mut vec![0.0; size], Some(&mut second), task)?;
        let total = self.count as f64 * self.weights.mean;
        second.iter_mut().for_each(|value| *value *= total);
        if !factor_positive(&mut second, size, task)? {
            return Ok(None);
        }
        let inverse = inverse_factored(&second, size, task)?;
        let most = (0..size)
            .map(|place| inverse[place * size + place])
            .fold(0.0, f64::max);
        // Columns have unit spread, so that the information of one is at most a quarter per row.
        Ok((most * total * SEPARATED < 1.0).then_some(inverse))
    }

    fn offset(&self) -> usize {
        usize::from(self.reference)
    }

    /// Loss and the probability of each class (two classes: of the second) in `shares`, which is as
    /// long as there are sets and a reference.
    #[inline]
    fn row_loss(&self, row: usize, weights: &[f64], shares: &mut [f64]) -> f64 {
        let class = self.codes[row] as usize;
        if self.reference && self.sets == 1 {
            let score = self.rows.score(row, weights);
            let signed = if class == 1 { score } else { -score };
            // ln(1 + e^−s) without overflow.
            let loss = (-signed.abs()).exp().ln_1p() + (-signed).max(0.0);
            shares[1] = logistic(score);
            return loss;
        }
        shares[0] = 0.0;
        let offset = self.offset();
        for (share, set) in shares[offset..]
            .iter_mut()
            .zip(weights.chunks_exact(self.width))
        {
            *share = self.rows.score(row, set);
        }
        let own = shares[class];
        let top = softmax(shares);
        top - own
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
        if !self.reference {
            objective += 0.5 * sum * sum;
            intercepts.clone().for_each(|place| gradient[place] += sum);
        }
        if let Some(second) = second {
            let size = self.size();
            for place in (0..size).filter(|place| place % self.width != last) {
                second[place * size + place] += self.penalty;
            }
            if !self.reference {
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

impl Objective for Problem<'_> {
    fn size(&self) -> usize {
        self.sets * self.width
    }

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
        let offset = self.offset();
        let mut shares = vec![0.0; self.sets + offset];
        let filled = self.rows.filled(self.count) + 1.0;
        let between = rows_between_checks(if blocks.is_empty() {
            self.sets as f64 * filled
        } else {
            (self.sets * (self.sets + 1) / 2) as f64 * filled * filled / 2.0
        });
        let mut loss = 0.0;
        for row in 0..self.count {
            if row % between == 0 {
                task.check()?;
            }
            let weight = self.weights.get(row);
            if weight == 0.0 {
                continue;
            }
            loss += weight * self.row_loss(row, weights, &mut shares);
            let class = self.codes[row] as usize;
            for (set, part) in gradient.chunks_exact_mut(self.width).enumerate() {
                let hit = f64::from(u8::from(class == set + offset));
                self.rows
                    .add(row, weight * (shares[set + offset] - hit), part);
            }
            if !blocks.is_empty() {
                for (pair, block) in blocks.chunks_exact_mut(square).enumerate() {
                    let (a, b) = pair_of(pair);
                    let (first, other) = (shares[a + offset], shares[b + offset]);
                    let factor = if a == b {
                        first * (1.0 - first)
                    } else {
                        -first * other
                    };
                    self.rows.add_outer(row, weight * factor, block, self.width);
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

    fn penalty(&self, weights: &[f64]) -> f64 {
        let last = self.width - 1;
        let squares = weights
            .chunks_exact(self.width)
            .map(|set| dot(&set[..last], &set[..last]));
        0.5 * self.penalty * squares.sum::<f64>()
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
