//! Quantile regression: the line that a given share of answers stays below (R. Koenker, "Quantile
//! Regression" (2005), sections 1.3 and 6.4), as a linear programme solved from the inside (the
//! Frisch–Newton method of S. Portnoy and R. Koenker, Statistical Science 12 (1997), with the
//! predictor and corrector of S. Mehrotra, SIAM Journal on Optimization 2 (1992)).

use super::dense::{add_scaled, dot, factor_positive, solve_factored};
use super::line::LineModel;
use super::standard::{RowWeights, Scale, Standard, products};
use super::{least_squares, rows::rows_between_checks};
use crate::base::{TaskContext, UserError, format};
use crate::learn::{FitContext, Matrix, Round};

/// What is asked of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    /// Share of answers that stay below, in 0..1.
    pub share: f64,
    /// On the size of the weights (alpha); 0 for none.
    pub penalty: f64,
}

const ROUNDS: usize = 100;
const REFINEMENTS: usize = 2;
/// With more penalised columns than this, columns enter only when they are needed.
const SOLVED_TOGETHER: usize = 100;
/// Columns that enter at once, at least.
const ENTER: usize = 50;
const ENTRIES: usize = 30;
/// Largest possible gain, as a share of the value, of a line that counts as the best.
const GAP: f64 = 1e-13;
const GOOD_GAP: f64 = 1e-8;

/// Minimises the weighted mean of share · (what an answer is above) + (1 − share) · (what it is
/// below) plus penalty · Σ |weight|: scikit-learn's objective.
pub fn fit(
    x: &Matrix,
    y: &[f64],
    ask: Ask,
    context: &FitContext<'_>,
) -> Result<LineModel, UserError> {
    let task = context.task;
    let weights = RowWeights::of(context.weights);
    let mut standard = Standard::of(x, &weights, task)?;
    let answer = Scale::of(y, weights.values());
    let mut model = LineModel {
        intercept: answer.centre,
        coefficients: vec![0.0; x.cols],
        spreads: standard.spreads(),
        remark: format!("{} of answers stay below", format::share(ask.share)),
        ..LineModel::default()
    };
    if answer.spread == 0.0 {
        return model.checked();
    }
    if ask.penalty == 0.0 {
        // Nothing would decide how to share a weight out between columns that say the same.
        let kept = least_squares::independent_columns(x, context.weights, task)?;
        model.set_aside = x.cols - kept.len();
        standard.varying = kept;
    }
    // Rows without weight say nothing.
    let rows: Vec<usize> = (0..x.rows).filter(|&row| weights.get(row) > 0.0).collect();
    let z = standard.matrix(x, task)?.take_rows(&rows);
    let count = x.rows as f64;
    let programme = Programme {
        t: rows
            .iter()
            .map(|&row| (y[row] - answer.centre) / answer.spread)
            .collect(),
        above: rows
            .iter()
            .map(|&row| weights.get(row) / count * ask.share)
            .collect(),
        below: rows
            .iter()
            .map(|&row| weights.get(row) / count * (1.0 - ask.share))
            .collect(),
        penalties: match ask.penalty > 0.0 {
            true => standard
                .varying
                .iter()
                .map(|&col| (ask.penalty / standard.scales[col].spread).min(1e150))
                .collect(),
            false => Vec::new(),
        },
        z,
    };
    let found = match programme.penalties.len() > SOLVED_TOGETHER {
        true => programme.solve_by_need(answer.spread, context)?,
        false => programme.solve(answer.spread, &mut 0, context)?,
    };
    let found = programme.without_traces(found);
    let (weights, intercept) = found.weights.split_at(programme.z.cols);
    let start = answer.centre + intercept[0] * answer.spread;
    (model.intercept, model.coefficients) = standard.back(start, weights, answer.spread);
    model.unsettled = !found.settled;
    model.checked()
}

/// Weights (the intercept last), what is paid for every row, and whether they are the best.
struct Found {
    weights: Vec<f64>,
    prices: Vec<f64>,
    settled: bool,
}

/// The scaled problem. A penalised weight is one more row: its column alone, answer 0, half of
/// twice the penalty on either side.
struct Programme {
    z: Matrix,
    t: Vec<f64>,
    /// Price of being above and below the line, per row.
    above: Vec<f64>,
    below: Vec<f64>,
    /// One per column, or none.
    penalties: Vec<f64>,
}

/// Where the search is. Per row (penalties after the data): the price paid from below and what is
/// left of it, and how far the answer is below and above the line.
#[derive(Clone)]
struct Point {
    weights: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    under: Vec<f64>,
    over: Vec<f64>,
}

impl Programme {
    fn count(&self) -> usize {
        self.t.len() + self.penalties.len()
    }

    fn prices(&self, place: usize) -> (f64, f64) {
        match place.checked_sub(self.t.len()) {
            None => (self.below[place], self.above[place]),
            Some(column) => (self.penalties[column], self.penalties[column]),
        }
    }

    /// What is left of the answers for these weights (the intercept last).
    fn left(&self, weights: &[f64]) -> Vec<f64> {
        let (slopes, intercept) = weights.split_at(self.z.cols);
        let data = self
            .t
            .iter()
            .enumerate()
            .map(|(row, t)| t - dot(self.z.row(row), slopes) - intercept[0]);
        let penalised = slopes.iter().take(self.penalties.len()).map(|w| -w);
        data.chain(penalised).collect()
    }

    /// Σ factor · row, as weights are laid out.
    fn sum(&self, factors: &[f64]) -> Vec<f64> {
        let columns = self.z.cols;
        let mut sum = vec![0.0; columns + 1];
        for (row, &factor) in factors.iter().take(self.t.len()).enumerate() {
            add_scaled(&mut sum[..columns], factor, self.z.row(row));
            sum[columns] += factor;
        }
        for (to, factor) in sum.iter_mut().zip(&factors[self.t.len()..]) {
            *to += factor;
        }
        sum
    }

    fn value(&self, left: &[f64]) -> f64 {
        let each = left.iter().enumerate().map(|(place, &left)| {
            let (below, above) = self.prices(place);
            (above * left).max(-below * left)
        });
        each.sum()
    }

    fn start(&self) -> Point {
        // The share of answers: a line without slopes.
        let mut order: Vec<usize> = (0..self.t.len()).collect();
        order.sort_by(|&a, &b| self.t[a].total_cmp(&self.t[b]));
        let goal: f64 = self.above.iter().sum();
        let mut sum = 0.0;
        let mut intercept = 0.0;
        for row in order {
            sum += self.above[row] + self.below[row];
            intercept = self.t[row];
            if sum >= goal {
                break;
            }
        }
        let mut weights = vec![0.0; self.z.cols + 1];
        weights[self.z.cols] = intercept;
        let left = self.left(&weights);
        let prices = (0..self.count()).map(|place| self.prices(place));
        let (low, high): (Vec<f64>, Vec<f64>) = prices.unzip();
        Point {
            weights,
            low,
            high,
            under: left.iter().map(|left| (-left).max(0.0) + 0.1).collect(),
            over: left.iter().map(|left| left.max(0.0) + 0.1).collect(),
        }
    }

    /// Most penalised weights are zero in the end: columns enter when their pull is larger than
    /// their penalty (column generation).
    fn solve_by_need(&self, spread: f64, context: &FitContext<'_>) -> Result<Found, UserError> {
        let mut rounds = 0;
        let mut columns: Vec<usize> = Vec::new();
        let mut result = vec![0.0; self.z.cols + 1];
        for entry in 0..ENTRIES {
            let part = self.part(&columns);
            let found = part.solve(spread, &mut rounds, context)?;
            result.fill(0.0);
            for (&column, weight) in columns.iter().zip(&found.weights) {
                result[column] = *weight;
            }
            result[self.z.cols] = found.weights[columns.len()];
            let pulls = self.pulls(&found.prices);
            let mut needed: Vec<(f64, usize)> = pulls
                .iter()
                .zip(&self.penalties)
                .map(|(pull, penalty)| pull / penalty)
                .enumerate()
                .filter(|(column, pull)| {
                    *pull > 1.0 + 1e-7 && columns.binary_search(column).is_err()
                })
                .map(|(column, pull)| (pull, column))
                .collect();
            if needed.is_empty() || entry + 1 == ENTRIES {
                return Ok(Found {
                    weights: result,
                    prices: found.prices,
                    settled: found.settled && needed.is_empty(),
                });
            }
            needed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            needed.truncate(ENTER.max(columns.len()));
            columns.extend(needed.into_iter().map(|(_, column)| column));
            columns.sort_unstable();
        }
        Err(super::minimise::not_solvable())
    }

    /// How much every column pulls at its weight.
    fn pulls(&self, prices: &[f64]) -> Vec<f64> {
        let mut pulls = vec![0.0; self.z.cols];
        for (row, (price, below)) in prices.iter().zip(&self.below).enumerate() {
            add_scaled(&mut pulls, price - below, self.z.row(row));
        }
        pulls.iter_mut().for_each(|pull| *pull = pull.abs());
        pulls
    }

    /// From the inside zero is only ever come close to: a weight whose column pulls less than its
    /// penalty is zero.
    fn without_traces(&self, mut found: Found) -> Found {
        let pulls = self.pulls(&found.prices);
        for ((weight, pull), penalty) in found.weights.iter_mut().zip(pulls).zip(&self.penalties) {
            if pull < penalty * (1.0 - 1e-6) && weight.abs() < 1e-6 {
                *weight = 0.0;
            }
        }
        found
    }

    /// The same with some of the columns only.
    fn part(&self, columns: &[usize]) -> Self {
        let rows = 0..self.z.rows;
        let values = rows.flat_map(|row| {
            let row = self.z.row(row);
            columns.iter().map(|&column| row[column])
        });
        Self {
            z: Matrix {
                rows: self.z.rows,
                cols: columns.len(),
                values: values.collect(),
            },
            t: self.t.clone(),
            above: self.above.clone(),
            below: self.below.clone(),
            penalties: columns
                .iter()
                .map(|&column| self.penalties[column])
                .collect(),
        }
    }

    /// `rounds`: done before, counted on.
    fn solve(
        &self,
        spread: f64,
        rounds: &mut u32,
        context: &FitContext<'_>,
    ) -> Result<Found, UserError> {
        let task = context.task;
        let count = self.count();
        let mut point = self.start();
        let mut best = (f64::INFINITY, point.weights.clone());
        let mut gap = f64::INFINITY;
        for round in 0..ROUNDS {
            task.progress(round as u64, 0, "Fitting the line");
            let left = self.left(&point.weights);
            let value = self.value(&left);
            if value < best.0 {
                best = (value, point.weights.clone());
            }
            gap = dot(&point.low, &point.under) + dot(&point.high, &point.over);
            *rounds += 1;
            context.report(Round {
                round: *rounds,
                rounds: (ROUNDS as u32).max(*rounds),
                training: value * spread,
                checking: None,
            });
            if gap <= GAP * (1.0 + value) || !gap.is_finite() {
                break;
            }
            // What the bounds weigh, the normal equations, and a step with no care for the middle.
            let weigh: Vec<f64> = (0..count)
                .map(|i| 1.0 / (point.over[i] / point.high[i] + point.under[i] / point.low[i]))
                .collect();
            let Some(system) = System::of(self, &weigh, task)? else {
                break;
            };
            let none = vec![0.0; count];
            let target = Target {
                middle: 0.0,
                low: &none,
                high: &none,
            };
            let first = self.step(&point, &left, &weigh, &system, &target);
            let share = first.longest(&point);
            let ahead = first.gap_after(&point, share);
            let middle = (ahead / gap).powi(3).min(1.0) * gap / (2 * count) as f64;
            let low: Vec<f64> = (0..count).map(|i| first.low[i] * first.under[i]).collect();
            let high: Vec<f64> = (0..count).map(|i| -first.low[i] * first.over[i]).collect();
            let target = Target {
                middle,
                low: &low,
                high: &high,
            };
            let step = self.step(&point, &left, &weigh, &system, &target);
            let (price, distance) = step.longest(&point);
            step.take(&mut point, 0.9995 * price, 0.9995 * distance);
            if price.max(distance) < 1e-10 {
                break;
            }
        }
        let value = self.value(&self.left(&point.weights));
        if value < best.0 {
            best = (value, point.weights.clone());
        }
        let mut prices = point.low;
        prices.truncate(self.t.len());
        Ok(Found {
            weights: best.1,
            prices,
            settled: gap <= GOOD_GAP * (1.0 + best.0),
        })
    }

    fn step(
        &self,
        point: &Point,
        left: &[f64],
        weigh: &[f64],
        system: &System,
        target: &Target<'_>,
    ) -> Step {
        let count = self.count();
        let low_gap: Vec<f64> = (0..count)
            .map(|i| target.middle - point.low[i] * point.under[i] - target.low[i])
            .collect();
        let high_gap: Vec<f64> = (0..count)
            .map(|i| target.middle - point.high[i] * point.over[i] - target.high[i])
            .collect();
        let pull: Vec<f64> = (0..count)
            .map(|i| {
                let unmatched = left[i] - point.over[i] + point.under[i];
                unmatched - high_gap[i] / point.high[i] + low_gap[i] / point.low[i]
            })
            .collect();
        let weighed: Vec<f64> = pull.iter().zip(weigh).map(|(p, w)| p * w).collect();
        // Prices paid must add up to what they do when every row lies on the line.
        let paid: Vec<f64> = (0..count)
            .map(|i| point.low[i] - self.prices(i).0)
            .collect();
        let mut right = self.sum(&weighed);
        add_scaled(&mut right, 1.0, &self.sum(&paid));
        let mut weights = system.solve(&right);
        // Towards the end some rows weigh very much more than others: what rounding left is solved
        // for again.
        for _ in 0..REFINEMENTS {
            let mut said = self.moved(&weights);
            said.iter_mut()
                .zip(weigh)
                .for_each(|(value, weigh)| *value *= weigh);
            let mut left = right.clone();
            add_scaled(&mut left, -1.0, &self.sum(&said));
            add_scaled(&mut weights, 1.0, &system.solve(&left));
        }
        let moved = self.moved(&weights);
        let low: Vec<f64> = (0..count)
            .map(|i| weigh[i] * (pull[i] - moved[i]))
            .collect();
        let under = (0..count)
            .map(|i| (low_gap[i] - point.under[i] * low[i]) / point.low[i])
            .collect();
        let over = (0..count)
            .map(|i| (high_gap[i] + point.over[i] * low[i]) / point.high[i])
            .collect();
        Step {
            weights,
            low,
            under,
            over,
        }
    }

    /// How a change of the weights moves the line at every row.
    fn moved(&self, weights: &[f64]) -> Vec<f64> {
        let (slopes, intercept) = weights.split_at(self.z.cols);
        let data = (0..self.t.len()).map(|row| dot(self.z.row(row), slopes) + intercept[0]);
        data.chain(slopes.iter().take(self.penalties.len()).copied())
            .collect()
    }
}

/// What the products of prices and distances are to become.
struct Target<'a> {
    middle: f64,
    low: &'a [f64],
    high: &'a [f64],
}

struct Step {
    weights: Vec<f64>,
    /// What `high` moves by is the opposite.
    low: Vec<f64>,
    under: Vec<f64>,
    over: Vec<f64>,
}

impl Step {
    /// Shares of the step, of prices and of distances, at which the first becomes zero.
    fn longest(&self, point: &Point) -> (f64, f64) {
        let most = |values: &[f64], steps: &[f64], sign: f64| {
            let each = values.iter().zip(steps);
            each.filter(|(_, step)| sign * **step < 0.0)
                .map(|(value, step)| -value / (sign * step))
                .fold(1.0, f64::min)
        };
        let price = most(&point.low, &self.low, 1.0).min(most(&point.high, &self.low, -1.0));
        let distance = most(&point.under, &self.under, 1.0).min(most(&point.over, &self.over, 1.0));
        (price, distance)
    }

    fn gap_after(&self, point: &Point, (price, distance): (f64, f64)) -> f64 {
        let rows = 0..point.low.len();
        rows.map(|i| {
            (point.low[i] + price * self.low[i]) * (point.under[i] + distance * self.under[i])
                + (point.high[i] - price * self.low[i]) * (point.over[i] + distance * self.over[i])
        })
        .sum()
    }

    fn take(&self, point: &mut Point, price: f64, distance: f64) {
        add_scaled(&mut point.low, price, &self.low);
        add_scaled(&mut point.high, -price, &self.low);
        add_scaled(&mut point.weights, distance, &self.weights);
        add_scaled(&mut point.under, distance, &self.under);
        add_scaled(&mut point.over, distance, &self.over);
    }
}

/// Σ weigh · row · rowᵀ, factored.
struct System {
    factor: Vec<f64>,
}

impl System {
    fn of(
        programme: &Programme,
        weigh: &[f64],
        task: &TaskContext,
    ) -> Result<Option<Self>, UserError> {
        let (rows, columns) = (programme.t.len(), programme.z.cols);
        let (data, penalised) = weigh.split_at(rows);
        let weights = RowWeights {
            values: Some(data.to_vec()),
            mean: 1.0,
        };
        let inner = products(&programme.z, &weights, task)?;
        let width = columns + 1;
        let mut matrix = vec![0.0; width * width];
        for i in 0..columns {
            matrix[i * width..=i * width + i]
                .copy_from_slice(&inner[i * columns..=i * columns + i]);
        }
        for (place, weight) in penalised.iter().enumerate() {
            matrix[place * width + place] += weight;
        }
        let last = &mut matrix[columns * width..];
        let between = rows_between_checks(columns as f64);
        for (row, &weight) in data.iter().enumerate() {
            if row % between == 0 {
                task.check()?;
            }
            add_scaled(&mut last[..columns], weight, programme.z.row(row));
            last[columns] += weight;
        }
        Ok(factored(matrix, width, task)?.map(|factor| Self { factor }))
    }

    fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut solution = right.to_vec();
        solve_factored(&self.factor, &mut solution);
        solution
    }
}

/// With as little on the diagonal as it takes.
fn factored(matrix: Vec<f64>, n: usize, task: &TaskContext) -> Result<Option<Vec<f64>>, UserError> {
    let mut tiny = 0.0;
    for _ in 0..5 {
        let mut copy = matrix.clone();
        for place in 0..n {
            copy[place * n + place] *= 1.0 + tiny;
        }
        if factor_positive(&mut copy, n, task)? {
            return Ok(Some(copy));
        }
        tiny = if tiny == 0.0 { 1e-15 } else { tiny * 100.0 };
    }
    Ok(None)
}
