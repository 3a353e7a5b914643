//! Logistic regression with a penalty on the absolute size of the weights, which makes most of
//! them zero.
//!
//! Columns enter a working set when their gradient calls for it; on the set, Newton's method with
//! the penalty in every step (coordinate descent on the quadratic model: Friedman, Hastie and
//! Tibshirani, "Regularization Paths for Generalized Linear Models via Coordinate Descent",
//! Journal of Statistical Software 33 (2010), section 3). Where second derivatives would be too
//! many, accelerated proximal gradient steps (Beck and Teboulle, SIAM Journal on Imaging Sciences
//! 2 (2009), section 4) with restarts.

use super::dense::add_scaled;
use super::minimise::Objective;
use super::softmax::{Problem, SoftmaxFit, penalty_of};
use super::standard::RowWeights;
use crate::base::{TaskContext, UserError};
use crate::learn::{FitContext, Matrix, Round};

/// How the weights are held back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixed {
    /// Inverse of the penalty (C).
    pub strength: f64,
    /// Share of the penalty on absolute size; the rest is on squares.
    pub mix: f64,
}

const TOLERANCE: f64 = 1e-9;
const ROUNDS: usize = 100;
const SWEEPS: usize = 1000;
const GRADIENT_STEPS: usize = 3000;
/// Columns that enter at once, at least.
const ENTER: usize = 50;
/// Second derivatives beyond which only gradients are used.
const MOST_WEIGHTS: usize = 1500;
const MOST_WORK: f64 = 3e9;

/// `codes` in `0..classes`, every class occurring, at least two classes.
pub fn fit(
    x: &Matrix,
    codes: &[u32],
    classes: usize,
    mixed: Mixed,
    context: &FitContext<'_>,
) -> Result<SoftmaxFit, UserError> {
    let weights = RowWeights::of(context.weights);
    let penalty = penalty_of(mixed.strength, x.rows, &weights);
    let absolute = penalty * mixed.mix;
    let squares = penalty * (1.0 - mixed.mix);
    let whole = Problem::new(x, codes, classes, &weights, context.task)?.penalised(squares);
    let sets = whole.size() / (x.cols + 1);
    let mut working = Working {
        absolute,
        sets,
        columns: Vec::new(),
        weights: vec![0.0; sets],
    };
    let mut gradient = vec![0.0; whole.size()];
    let mut iterations = 0;
    let mut converged = false;
    for round in 0..ROUNDS {
        let sub = take_columns(x, &working.columns);
        let problem =
            Problem::new(&sub, codes, classes, &weights, context.task)?.penalised(squares);
        let size = working.weights.len() as f64;
        let work = x.rows as f64 * size * size / 2.0;
        if working.weights.len() > MOST_WEIGHTS || work > MOST_WORK {
            return by_gradients(&whole, absolute, &working.spread(x.cols), x.cols, context);
        }
        let settled = working.newton(&problem, &mut iterations, context)?;
        let spread = working.spread(x.cols);
        let value = whole.pass(&spread, &mut gradient, None, context.task)?;
        context.report(Round {
            round: round as u32 + 1,
            rounds: ROUNDS as u32,
            training: value - whole.penalty(&spread),
            checking: None,
        });
        if !working.enter(&gradient, x.cols) {
            converged = settled;
            break;
        }
    }
    Ok(SoftmaxFit {
        sets: working
            .spread(x.cols)
            .chunks_exact(x.cols + 1)
            .map(<[f64]>::to_vec)
            .collect(),
        converged,
        iterations,
    })
}

fn take_columns(x: &Matrix, columns: &[usize]) -> Matrix {
    let mut values = Vec::with_capacity(x.rows * columns.len());
    for row in 0..x.rows {
        let row = x.row(row);
        values.extend(columns.iter().map(|&col| row[col]));
    }
    Matrix {
        rows: x.rows,
        cols: columns.len(),
        values,
    }
}

/// The columns that may have weights, ascending, and their weights: per set, the intercept last.
struct Working {
    absolute: f64,
    sets: usize,
    columns: Vec<usize>,
    weights: Vec<f64>,
}

impl Working {
    /// The weights with zeros for all other columns.
    fn spread(&self, cols: usize) -> Vec<f64> {
        let width = self.columns.len() + 1;
        let mut all = vec![0.0; self.sets * (cols + 1)];
        for (from, to) in self
            .weights
            .chunks_exact(width)
            .zip(all.chunks_exact_mut(cols + 1))
        {
            for (place, &col) in self.columns.iter().enumerate() {
                to[col] = from[place];
            }
            to[cols] = from[width - 1];
        }
        all
    }

    /// Takes in the columns whose gradient is larger than the penalty; false when there is none.
    fn enter(&mut self, gradient: &[f64], cols: usize) -> bool {
        let mut calls: Vec<(f64, usize)> = (0..cols)
            .filter(|col| self.columns.binary_search(col).is_err())
            .map(|col| {
                let largest = gradient
                    .chunks_exact(cols + 1)
                    .map(|set| set[col].abs())
                    .fold(0.0, f64::max);
                (largest, col)
            })
            .filter(|(largest, _)| *largest > self.absolute + TOLERANCE)
            .collect();
        if calls.is_empty() {
            return false;
        }
        calls.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        calls.truncate(ENTER.max(self.columns.len()));
        let old = self.spread(cols);
        // Columns that left again make room.
        let used = |col: &usize| old.chunks_exact(cols + 1).any(|set| set[*col] != 0.0);
        self.columns.retain(used);
        self.columns.extend(calls.into_iter().map(|(_, col)| col));
        self.columns.sort_unstable();
        self.weights = old
            .chunks_exact(cols + 1)
            .flat_map(|set| {
                let own = self.columns.iter().map(|&col| set[col]);
                own.chain([set[cols]]).collect::<Vec<f64>>()
            })
            .collect();
        true
    }

    fn is_intercept(&self, place: usize) -> bool {
        let width = self.columns.len() + 1;
        place % width == width - 1
    }

    fn size_of(&self, weights: &[f64]) -> f64 {
        let all = weights.iter().enumerate();
        all.filter(|(place, _)| !self.is_intercept(*place))
            .map(|(_, weight)| weight.abs())
            .sum()
    }

    /// How far the gradient is from what a minimum asks for.
    fn violation(&self, gradient: &[f64]) -> f64 {
        let each = self.weights.iter().zip(gradient).enumerate();
        each.map(|(place, (&weight, &slope))| {
            if self.is_intercept(place) {
                slope.abs()
            } else if weight == 0.0 {
                (slope.abs() - self.absolute).max(0.0)
            } else {
                (slope + self.absolute * weight.signum()).abs()
            }
        })
        .fold(0.0, f64::max)
    }

    /// True when the weights have settled.
    fn newton(
        &mut self,
        problem: &Problem<'_>,
        iterations: &mut usize,
        context: &FitContext<'_>,
    ) -> Result<bool, UserError> {
        let size = self.weights.len();
        let (mut gradient, mut scratch) = (vec![0.0; size], vec![0.0; size]);
        let mut second = vec![0.0; size * size];
        for _ in 0..ROUNDS {
            let value = problem.pass(
                &self.weights,
                &mut gradient,
                Some(&mut second),
                context.task,
            )?;
            let violation = self.violation(&gradient);
            if violation <= TOLERANCE {
                return Ok(true);
            }
            *iterations += 1;
            for i in 0..size {
                for j in 0..i {
                    second[j * size + i] = second[i * size + j];
                }
            }
            let step = self.model_step(&gradient, &second, violation, context.task)?;
            let moved = |share: f64| {
                let mut next = self.weights.clone();
                add_scaled(&mut next, share, &step);
                next
            };
            let before = self.size_of(&self.weights);
            let slope = super::dense::dot(&gradient, &step)
                + self.absolute * (self.size_of(&moved(1.0)) - before);
            let here = value + self.absolute * before;
            let noise = here.abs() * 4.0 * f64::EPSILON;
            if -slope <= noise {
                // No step lowers the value any more: as exact as the arithmetic allows.
                return Ok(violation <= TOLERANCE * 1000.0);
            }
            let mut share = 1.0;
            let mut found = None;
            while share > 1e-9 && slope < 0.0 {
                let next = moved(share);
                let there = problem.pass(&next, &mut scratch, None, context.task)?
                    + self.absolute * self.size_of(&next);
                if there <= here + 1e-4 * share * slope + noise {
                    found = Some(next);
                    break;
                }
                share *= 0.5;
            }
            let Some(next) = found else {
                return Ok(violation <= TOLERANCE * 1000.0);
            };
            let still = next == self.weights;
            self.weights = next;
            if still {
                return Ok(violation <= TOLERANCE * 1000.0);
            }
        }
        Ok(false)
    }

    /// The smallest value of the quadratic model with the penalty, coordinate by coordinate.
    fn model_step(
        &self,
        gradient: &[f64],
        second: &[f64],
        violation: f64,
        task: &TaskContext,
    ) -> Result<Vec<f64>, UserError> {
        let size = self.weights.len();
        let mut step = vec![0.0; size];
        let mut slopes = gradient.to_vec();
        let between = super::rows::rows_between_checks((size * size) as f64);
        for sweep in 0..SWEEPS {
            if sweep % between == 0 {
                task.check()?;
            }
            let mut largest = 0.0f64;
            for place in 0..size {
                let curve = second[place * size + place];
                if curve <= 0.0 {
                    continue;
                }
                let here = self.weights[place] + step[place];
                let free = here - slopes[place] / curve;
                let next = if self.is_intercept(place) {
                    free
                } else {
                    soft(free, self.absolute / curve)
                };
                let change = next - here;
                if change != 0.0 {
                    step[place] += change;
                    add_scaled(
                        &mut slopes,
                        change,
                        &second[place * size..(place + 1) * size],
                    );
                    largest = largest.max(change.abs() * curve);
                }
            }
            if largest
                <= (violation * 1e-3)
                    .min(violation * violation)
                    .max(TOLERANCE * 1e-3)
            {
                break;
            }
        }
        Ok(step)
    }
}

/// Closer to zero by `by`, and zero on the way.
pub fn soft(value: f64, by: f64) -> f64 {
    if value > by {
        value - by
    } else if value < -by {
        value + by
    } else {
        0.0
    }
}

fn by_gradients(
    problem: &Problem<'_>,
    absolute: f64,
    start: &[f64],
    cols: usize,
    context: &FitContext<'_>,
) -> Result<SoftmaxFit, UserError> {
    let width = cols + 1;
    let size_of = |weights: &[f64]| -> f64 {
        let sets = weights.chunks_exact(width);
        sets.map(|set| set[..cols].iter().map(|w| w.abs()).sum::<f64>())
            .sum()
    };
    let mut here = start.to_vec();
    let mut ahead = here.clone();
    let (mut gradient, mut scratch) = (vec![0.0; here.len()], vec![0.0; here.len()]);
    let (mut curve, mut pace) = (1e-3, 1.0f64);
    let mut value = f64::INFINITY;
    let (mut converged, mut iterations) = (false, 0);
    while iterations < GRADIENT_STEPS && !converged {
        iterations += 1;
        let there = problem.pass(&ahead, &mut gradient, None, context.task)?;
        let (next, smooth) = loop {
            let next: Vec<f64> = (0..ahead.len())
                .map(|place| {
                    let free = ahead[place] - gradient[place] / curve;
                    if place % width == cols {
                        free
                    } else {
                        soft(free, absolute / curve)
                    }
                })
                .collect();
            let moved: Vec<f64> = next.iter().zip(&ahead).map(|(a, b)| a - b).collect();
            let smooth = problem.pass(&next, &mut scratch, None, context.task)?;
            let bound = there
                + super::dense::dot(&gradient, &moved)
                + 0.5 * curve * super::dense::dot(&moved, &moved);
            if smooth <= bound + there.abs() * 1e-14 || curve > 1e300 {
                converged = super::dense::largest(&moved) * curve <= TOLERANCE * 100.0;
                break (next, smooth);
            }
            curve *= 2.0;
        };
        let total = smooth + absolute * size_of(&next);
        context.report(Round {
            round: iterations as u32,
            rounds: GRADIENT_STEPS as u32,
            training: smooth - problem.penalty(&next),
            checking: None,
        });
        let faster = (1.0 + (1.0 + 4.0 * pace * pace).sqrt()) / 2.0;
        // Momentum that leads uphill is forgotten.
        let momentum = if total > value {
            0.0
        } else {
            (pace - 1.0) / faster
        };
        pace = if total > value { 1.0 } else { faster };
        ahead = next
            .iter()
            .zip(&here)
            .map(|(next, here)| next + momentum * (next - here))
            .collect();
        here = next;
        value = total;
        curve *= 0.95;
    }
    Ok(SoftmaxFit {
        sets: here.chunks_exact(width).map(<[f64]>::to_vec).collect(),
        converged,
        iterations,
    })
}
