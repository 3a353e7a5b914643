//! Lasso and elastic net: a path of penalties, and the one chosen on rows left out.

use super::path::PathBuilder;
use super::quadratic::{Penalties, Quadratic, State, Sums, descend, violation};
use super::{Data, Fitted, STEPS};
use crate::base::{Random, TaskContext, UserError};
use crate::learn::engine::dense::dot;
use crate::learn::engine::linfa;
use crate::learn::{FitContext, PenaltyPath, Round};

/// The smallest penalty of a path, as a share of the largest.
const SMALLEST: f64 = 1e-3;
const PARTS: usize = 5;
/// Slopes of scaled columns this close to what a minimum asks for are those of a minimum.
const EXACT: f64 = 1e-11;

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
    let near = penalties.iter().rposition(|&value| value >= penalty);
    let near = near.map_or_else(|| vec![0.0; data.columns()], |place| states[place].clone());
    let (size, squares) = data.penalties(penalty, ask.mix);
    let penalties = Penalties { size, squares };
    let (state, settled) = finish(&quadratic, &penalties, &near, task)?;
    Ok((data.fitted(&state.u, settled), path.done(penalty)))
}

/// linfa's solution where its slopes are what a minimum asks for; otherwise ours, from the better
/// one of linfa's and one found near by. linfa cannot start from a solution near by, so that the
/// path of penalties, which is several hundred fits, is ours.
fn finish(
    quadratic: &Quadratic,
    penalties: &Penalties,
    near: &[f64],
    task: &TaskContext,
) -> Result<(State, bool), UserError> {
    let mut state = quadratic.at(near);
    let found = quadratic.as_rows(task)?.and_then(|rows| {
        linfa::elastic_net::fit(&linfa::elastic_net::Problem {
            rows: rows.count,
            columns: &rows.columns,
            answers: &rows.answers,
            size: &penalties.size,
            squares: &penalties.squares,
        })
    });
    if let Some(found) = found {
        let theirs = quadratic.at(&found);
        let left = violation(quadratic, penalties, &theirs);
        if left <= EXACT {
            return Ok((theirs, true));
        }
        if left < violation(quadratic, penalties, &state) {
            state = theirs;
        }
    }
    let settled = descend(quadratic, penalties, &mut state, None, task)?;
    Ok((state, settled))
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
