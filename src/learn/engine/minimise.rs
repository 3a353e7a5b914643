//! Smallest values of smooth convex functions: Newton's method with exact second derivatives while
//! they are cheap, L-BFGS otherwise (Nocedal and Wright, "Numerical Optimization", 2nd ed.,
//! algorithms 3.1 and 7.5).

use std::collections::VecDeque;

use super::dense::{add_scaled, dot, factor_positive, largest, solve_factored};
use crate::base::{TaskContext, UserError};
use crate::learn::{FitContext, Round};

/// A smooth convex function of a few weights.
pub trait Objective {
    /// Number of weights.
    fn size(&self) -> usize;

    /// Value and gradient and, when asked, second derivatives (row-major, lower triangle used).
    /// `gradient` and `second` are overwritten.
    fn pass(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        second: Option<&mut [f64]>,
        task: &TaskContext,
    ) -> Result<f64, UserError>;

    /// The part of the value that is no loss.
    fn penalty(&self, _weights: &[f64]) -> f64 {
        0.0
    }
}

/// How the minimum is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Newton,
    Lbfgs,
}

impl Method {
    /// Newton's method while a step of it takes at most this many multiplications.
    pub fn cheapest(work: f64) -> Self {
        if work <= NEWTON_WORK {
            Self::Newton
        } else {
            Self::Lbfgs
        }
    }
}

/// Where a search ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    pub weights: Vec<f64>,
    /// The largest partial derivative is below the tolerance, or as small as the arithmetic allows.
    pub converged: bool,
    pub iterations: usize,
}

const NEWTON_ITERATIONS: usize = 100;
/// A fall of this share of the value is close enough to the end to go by slopes.
const NEAR: f64 = 1e-6;
const LBFGS_ITERATIONS: usize = 1500;
const MEMORY: usize = 12;
/// Multiplications per iteration up to which second derivatives are worth their time.
const NEWTON_WORK: f64 = 3e9;

/// The smallest value, from `start`, to where no partial derivative is larger than `tolerance`.
pub fn minimise(
    objective: &impl Objective,
    start: Vec<f64>,
    method: Method,
    tolerance: f64,
    context: &FitContext<'_>,
) -> Result<Minimum, UserError> {
    match method {
        Method::Newton => newton(objective, start, tolerance, context),
        Method::Lbfgs => lbfgs(objective, start, tolerance, context),
    }
}

/// A start found elsewhere where its value is below that of zeros; otherwise zeros.
pub fn better_start(
    objective: &impl Objective,
    found: Option<Vec<f64>>,
    task: &TaskContext,
) -> Result<Vec<f64>, UserError> {
    let zeros = vec![0.0; objective.size()];
    let Some(found) = found.filter(|found| found.len() == zeros.len()) else {
        return Ok(zeros);
    };
    let mut scratch = zeros.clone();
    let there = objective.pass(&found, &mut scratch, None, task)?;
    let here = objective.pass(&zeros, &mut scratch, None, task)?;
    Ok(if there < here { found } else { zeros })
}

/// The error for numbers that no weights fit.
pub fn not_solvable() -> UserError {
    UserError::input(
        "numbers_too_large",
        "No weights can be fitted to these numbers",
        "They grow beyond what a computer can hold",
    )
    .with_hint("Express very large or very small columns in another unit")
}

fn told(
    objective: &impl Objective,
    weights: &[f64],
    value: f64,
    iteration: usize,
    rounds: usize,
    context: &FitContext<'_>,
) {
    context
        .task
        .progress(iteration as u64, 0, "Fitting the weights");
    if context.on_round.is_some() {
        context.report(Round {
            round: iteration as u32 + 1,
            rounds: rounds as u32,
            training: value - objective.penalty(weights),
            checking: None,
        });
    }
}

fn newton(
    objective: &impl Objective,
    mut weights: Vec<f64>,
    tolerance: f64,
    context: &FitContext<'_>,
) -> Result<Minimum, UserError> {
    let task = context.task;
    let size = objective.size();
    let mut gradient = vec![0.0; size];
    let mut second = vec![0.0; size * size];
    for iterations in 0..NEWTON_ITERATIONS {
        let value = objective.pass(&weights, &mut gradient, Some(&mut second), task)?;
        told(
            objective,
            &weights,
            value,
            iterations,
            NEWTON_ITERATIONS,
            context,
        );
        let ended = |weights, converged| {
            Ok(Minimum {
                weights,
                converged,
                iterations,
            })
        };
        if largest(&gradient) <= tolerance {
            return ended(weights, true);
        }
        let step = newton_step(&second, &gradient, task)?.ok_or_else(not_solvable)?;
        let Some(next) = search(objective, &weights, &step, value, &gradient, task)? else {
            // No step lowers the value any more: as exact as the arithmetic allows.
            return ended(weights, largest(&gradient) <= tolerance * 100.0);
        };
        weights = next.weights;
    }
    Ok(Minimum {
        weights,
        converged: false,
        iterations: NEWTON_ITERATIONS,
    })
}

fn newton_step(
    second: &[f64],
    gradient: &[f64],
    task: &TaskContext,
) -> Result<Option<Vec<f64>>, UserError> {
    let size = gradient.len();
    let mut ridge = 0.0;
    for _ in 0..12 {
        let mut matrix = second.to_vec();
        for place in 0..size {
            let cell = &mut matrix[place * size + place];
            *cell += ridge * cell.abs() + ridge * 1e-12;
        }
        if factor_positive(&mut matrix, size, task)? {
            let mut step: Vec<f64> = gradient.iter().map(|value| -value).collect();
            solve_factored(&matrix, &mut step);
            if step.iter().all(|value| value.is_finite()) {
                return Ok(Some(step));
            }
        }
        ridge = if ridge == 0.0 { 1e-12 } else { ridge * 100.0 };
    }
    Ok(None)
}

/// A point with its value and gradient.
struct Place {
    weights: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// Backtracking until the value falls enough. None when no step lowers it.
fn search(
    objective: &impl Objective,
    weights: &[f64],
    step: &[f64],
    value: f64,
    gradient: &[f64],
    task: &TaskContext,
) -> Result<Option<Place>, UserError> {
    let slope = dot(gradient, step);
    if slope >= 0.0 || slope.is_nan() {
        return Ok(None);
    }
    let noise = value.abs() * 4.0 * f64::EPSILON;
    // So little is left that differences of sums over many rows may be rounding: what counts is
    // whether the value still falls or hardly rises where the step ends (W. Hager, H. Zhang, SIAM
    // Journal on Optimization 16 (2005), the approximate Wolfe conditions (4.1), p. 183).
    let near = value.abs() * NEAR;
    let settling = -slope <= near;
    let mut scratch = vec![0.0; weights.len()];
    let mut share = 1.0;
    for _ in 0..50 {
        let mut next = weights.to_vec();
        add_scaled(&mut next, share, step);
        let there = objective.pass(&next, &mut scratch, None, task)?;
        // Close to the solution differences drown in rounding: then the slope decides.
        let lower = there <= value + 1e-4 * share * slope;
        let flatter = there <= value + noise && largest(&scratch) < 0.9 * largest(gradient);
        let settled =
            settling && there <= value + near && dot(&scratch, step).abs() <= 0.8 * -slope;
        if lower || flatter || settled {
            return Ok(Some(Place {
                weights: next,
                value: there,
                gradient: scratch,
            }));
        }
        share *= 0.5;
    }
    Ok(None)
}

fn lbfgs(
    objective: &impl Objective,
    weights: Vec<f64>,
    tolerance: f64,
    context: &FitContext<'_>,
) -> Result<Minimum, UserError> {
    let task = context.task;
    let mut gradient = vec![0.0; objective.size()];
    let value = objective.pass(&weights, &mut gradient, None, task)?;
    let mut here = Place {
        weights,
        value,
        gradient,
    };
    let mut memory: VecDeque<Pair> = VecDeque::new();
    let mut iterations = 0;
    while iterations < LBFGS_ITERATIONS {
        task.check()?;
        told(
            objective,
            &here.weights,
            here.value,
            iterations,
            LBFGS_ITERATIONS,
            context,
        );
        if largest(&here.gradient) <= tolerance {
            return Ok(Minimum {
                weights: here.weights,
                converged: true,
                iterations,
            });
        }
        let mut step = direction(&here.gradient, &memory);
        if memory.is_empty() {
            let length = dot(&step, &step).sqrt();
            step.iter_mut().for_each(|value| *value /= length.max(1.0));
        }
        let found = search(
            objective,
            &here.weights,
            &step,
            here.value,
            &here.gradient,
            task,
        )?;
        iterations += 1;
        let Some(next) = found else {
            if memory.is_empty() {
                break;
            }
            memory.clear();
            continue;
        };
        remember(&mut memory, &here, &next);
        here = next;
    }
    let converged = largest(&here.gradient) <= tolerance * 100.0;
    Ok(Minimum {
        weights: here.weights,
        converged,
        iterations,
    })
}

/// One step taken and how the gradient turned on it.
struct Pair {
    moved: Vec<f64>,
    turned: Vec<f64>,
    curvature: f64,
}

fn remember(memory: &mut VecDeque<Pair>, here: &Place, next: &Place) {
    let between = |after: &[f64], before: &[f64]| -> Vec<f64> {
        after.iter().zip(before).map(|(a, b)| a - b).collect()
    };
    let moved = between(&next.weights, &here.weights);
    let turned = between(&next.gradient, &here.gradient);
    let curvature = dot(&moved, &turned);
    if curvature > 1e-14 * dot(&turned, &turned) {
        memory.push_back(Pair {
            moved,
            turned,
            curvature,
        });
        if memory.len() > MEMORY {
            memory.pop_front();
        }
    }
}

/// The two-loop recursion: an estimate of −(second derivatives)⁻¹ · gradient.
fn direction(gradient: &[f64], memory: &VecDeque<Pair>) -> Vec<f64> {
    let mut step: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let share = dot(&pair.moved, &step) / pair.curvature;
        add_scaled(&mut step, -share, &pair.turned);
        shares.push(share);
    }
    if let Some(pair) = memory.back() {
        let scale = pair.curvature / dot(&pair.turned, &pair.turned);
        step.iter_mut().for_each(|value| *value *= scale);
    }
    for (pair, share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = dot(&pair.turned, &step) / pair.curvature;
        add_scaled(&mut step, share - back, &pair.moved);
    }
    step
}
