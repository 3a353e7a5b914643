//! Sequential minimal optimisation: two coefficients at a time.
//!
//! The pair is chosen as in R.-E. Fan, P.-H. Chen, C.-J. Lin, "Working set selection using second
//! order information for training support vector machines", JMLR 6 (2005), algorithm 2 (WSS 2),
//! without shrinking. Coefficients carry the sign of their class, so that classes and numbers are
//! one problem: min ½ βᵀKβ + qᵀβ with Σβ = 0 and low ≤ β ≤ high.

use super::kernel::Rows;
use crate::base::{TaskContext, UserError};

/// One dual problem. All lists are equally long.
pub struct Problem {
    /// Row of the kernel that each coefficient belongs to.
    pub rows: Vec<u32>,
    pub linear: Vec<f64>,
    /// low ≤ 0 ≤ high.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
    pub tolerance: f64,
}

/// Coefficients at which no pair violates the conditions by more than the tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    pub coefficients: Vec<f64>,
    /// Taken off the sum of kernels.
    pub threshold: f64,
    /// Value of the dual objective; smaller is better.
    pub objective: f64,
    pub steps: u64,
    pub converged: bool,
}

/// Largest violation of a pair that is left; a tenth of what LIBSVM leaves.
pub const TOLERANCE: f64 = 1e-4;
/// In place of a second derivative that is not positive, as in LIBSVM.
const FLAT: f64 = 1e-12;
const FEWEST_STEPS: u64 = 1_000_000;

impl Problem {
    /// Two classes: `positive` per row, `most` the bound of each row's coefficient.
    pub fn classes(rows: Vec<u32>, positive: &[bool], most: &[f64]) -> Self {
        let sign = |yes: bool| if yes { 1.0 } else { -1.0 };
        let signed = |yes: bool| {
            let each = positive.iter().zip(most);
            each.map(|(&p, &most)| if p == yes { sign(yes) * most } else { 0.0 })
                .collect()
        };
        Self {
            rows,
            linear: positive.iter().map(|&p| -sign(p)).collect(),
            low: signed(false),
            high: signed(true),
            tolerance: TOLERANCE,
        }
    }

    /// Numbers, with `epsilon` of difference free of charge: two coefficients per row.
    pub fn numbers(values: &[f64], epsilon: f64, most: &[f64]) -> Self {
        let rows = 0..values.len() as u32;
        let nothing = std::iter::repeat_n(0.0, values.len());
        Self {
            rows: rows.clone().chain(rows).collect(),
            linear: values
                .iter()
                .map(|value| epsilon - value)
                .chain(values.iter().map(|value| -epsilon - value))
                .collect(),
            low: nothing
                .clone()
                .chain(most.iter().map(|most| -most))
                .collect(),
            high: most.iter().copied().chain(nothing).collect(),
            tolerance: TOLERANCE,
        }
    }

    /// Solves it, starting from zero.
    pub fn solve(&self, kernel: &mut impl Rows, task: &TaskContext) -> Result<Solution, UserError> {
        self.solve_from(None, kernel, task)
    }

    /// Solves it. `start`: coefficients of all rows that sum to nothing, up to rounding.
    pub fn solve_from(
        &self,
        start: Option<&[f64]>,
        kernel: &mut impl Rows,
        task: &TaskContext,
    ) -> Result<Solution, UserError> {
        let mut state = State::new(self, kernel);
        if let Some(start) = start.filter(|start| start.len() == self.rows.len()) {
            state.begin_at(start, kernel, task)?;
        }
        let most = FEWEST_STEPS.max(100 * self.rows.len() as u64);
        // As often as every few milliseconds.
        let often = (2_000_000 / self.rows.len().max(1)).clamp(1, 10_000) as u64;
        let mut steps = 0;
        let converged = loop {
            if steps % often == 0 {
                task.check()?;
            }
            if steps >= most {
                break false;
            }
            if !state.step(kernel) {
                break true;
            }
            steps += 1;
        };
        Ok(Solution {
            threshold: state.threshold(),
            objective: state.objective(),
            coefficients: state.beta,
            steps,
            converged,
        })
    }
}

struct State<'a> {
    problem: &'a Problem,
    beta: Vec<f64>,
    /// Derivative of the objective by each coefficient.
    slope: Vec<f64>,
    may_rise: Vec<bool>,
    may_fall: Vec<bool>,
    diagonal: Vec<f64>,
}

impl<'a> State<'a> {
    fn new(problem: &'a Problem, kernel: &impl Rows) -> Self {
        let all = kernel.diagonal();
        Self {
            problem,
            beta: vec![0.0; problem.rows.len()],
            slope: problem.linear.clone(),
            may_rise: problem.high.iter().map(|&high| high > 0.0).collect(),
            may_fall: problem.low.iter().map(|&low| low < 0.0).collect(),
            diagonal: problem.rows.iter().map(|&row| all[row as usize]).collect(),
        }
    }

    /// Within the bounds, with what rounding left of the sum put where there is room.
    fn begin_at(
        &mut self,
        start: &[f64],
        kernel: &mut impl Rows,
        task: &TaskContext,
    ) -> Result<(), UserError> {
        let bounds = self.problem.low.iter().zip(&self.problem.high);
        for ((beta, start), (low, high)) in self.beta.iter_mut().zip(start).zip(bounds) {
            *beta = start.clamp(*low, *high);
        }
        // What is taken off rounds as well.
        for _ in 0..4 {
            let sum: f64 = self.beta.iter().sum();
            if sum == 0.0 {
                break;
            }
            let room = |place: &usize| {
                let at = self.beta[*place] - sum;
                self.beta[*place] != 0.0
                    && at >= self.problem.low[*place]
                    && at <= self.problem.high[*place]
            };
            match (0..self.beta.len()).find(room) {
                Some(place) => self.beta[place] -= sum,
                None => break,
            }
        }
        for place in 0..self.beta.len() {
            let beta = self.beta[place];
            self.may_rise[place] = beta < self.problem.high[place];
            self.may_fall[place] = beta > self.problem.low[place];
            if beta != 0.0 {
                task.check()?;
                let row = self.problem.rows[place] as usize;
                kernel.fetch(row);
                let values = kernel.row(row);
                for (slope, &other) in self.slope.iter_mut().zip(&self.problem.rows) {
                    *slope += beta * values[other as usize];
                }
            }
        }
        Ok(())
    }

    /// Moves the best pair; false when none violates the conditions any more.
    fn step(&mut self, kernel: &mut impl Rows) -> bool {
        let rows = &self.problem.rows;
        let Some((rising, best)) = self.steepest() else {
            return false;
        };
        let row = rows[rising] as usize;
        kernel.fetch(row);
        let Some(falling) = self.partner(rising, best, kernel.row(row)) else {
            return false;
        };
        let other = rows[falling] as usize;
        kernel.fetch(other);
        let (of_rising, of_falling) = (kernel.row(row), kernel.row(other));
        let curve = self.curve(rising, falling, of_rising[other]);
        let wanted = (self.slope[falling] - self.slope[rising]) / curve;
        let (high, low) = (self.problem.high[rising], self.problem.low[falling]);
        let room = (high - self.beta[rising]).min(self.beta[falling] - low);
        let moved = wanted.min(room);
        // At a bound exactly: rounding must not leave a hair's breadth to go.
        self.beta[rising] = if moved >= high - self.beta[rising] {
            high
        } else {
            self.beta[rising] + moved
        };
        self.beta[falling] = if moved >= self.beta[falling] - low {
            low
        } else {
            self.beta[falling] - moved
        };
        for place in [rising, falling] {
            self.may_rise[place] = self.beta[place] < self.problem.high[place];
            self.may_fall[place] = self.beta[place] > self.problem.low[place];
        }
        for (slope, &row) in self.slope.iter_mut().zip(rows) {
            let row = row as usize;
            *slope += moved * (of_rising[row] - of_falling[row]);
        }
        true
    }

    /// The coefficient that gains most by rising, and how much.
    fn steepest(&self) -> Option<(usize, f64)> {
        let mut best = (usize::MAX, f64::NEG_INFINITY);
        for (place, (&slope, &may_rise)) in self.slope.iter().zip(&self.may_rise).enumerate() {
            if may_rise && -slope > best.1 {
                best = (place, -slope);
            }
        }
        (best.0 != usize::MAX).then_some(best)
    }

    /// The coefficient whose falling with `rising` gains most; None when the pair with the largest
    /// violation is within the tolerance.
    fn partner(&self, rising: usize, steepness: f64, kernel: &[f64]) -> Option<usize> {
        let (mut best, mut gain, mut violation) = (None, 0.0, 0.0f64);
        let own = self.diagonal[rising];
        let each = self.slope.iter().zip(&self.may_fall);
        let each = each.zip(&self.diagonal).zip(&self.problem.rows);
        for (place, (((&slope, &may_fall), &diagonal), &row)) in each.enumerate() {
            let difference = steepness + slope;
            if !may_fall || difference <= 0.0 {
                continue;
            }
            violation = violation.max(difference);
            let curve = own + diagonal - 2.0 * kernel[row as usize];
            let this = difference * difference / if curve > 0.0 { curve } else { FLAT };
            if this > gain {
                (best, gain) = (Some(place), this);
            }
        }
        best.filter(|_| violation > self.problem.tolerance)
    }

    fn curve(&self, one: usize, other: usize, between: f64) -> f64 {
        let ends = self.diagonal[one] + self.diagonal[other];
        let curve = ends - 2.0 * between;
        if curve > 0.0 { curve } else { FLAT }
    }

    /// Slope of the coefficients between their bounds; without any, the middle of what is possible.
    fn threshold(&self) -> f64 {
        let (mut sum, mut free) = (0.0, 0usize);
        let (mut above, mut below) = (f64::INFINITY, f64::NEG_INFINITY);
        for (place, &slope) in self.slope.iter().enumerate() {
            match (self.may_rise[place], self.may_fall[place]) {
                (true, true) => {
                    sum += slope;
                    free += 1;
                }
                (true, false) => above = above.min(slope),
                (false, true) => below = below.max(slope),
                (false, false) => {}
            }
        }
        if free > 0 {
            return sum / free as f64;
        }
        match (above.is_finite(), below.is_finite()) {
            (true, true) => (above + below) / 2.0,
            (true, false) => above,
            (false, true) => below,
            (false, false) => 0.0,
        }
    }

    fn objective(&self) -> f64 {
        let each = self.beta.iter().zip(&self.slope).zip(&self.problem.linear);
        each.map(|((beta, slope), linear)| 0.5 * beta * (slope + linear))
            .sum()
    }
}
