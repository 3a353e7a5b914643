//! Least squares that outliers cannot pull: squares near the line, distances far from it, with the
//! scale found along the way (P. Huber, E. Ronchetti, "Robust Statistics", 2nd ed. (2009), section
//! 7.8; A. Owen, Contemporary Mathematics 443 (2007), section 4).

use super::dense::dot;
use super::line::LineModel;
use super::minimise::{self, Method, Objective};
use super::rows::{Rows, rows_between_checks};
use super::standard::{RowWeights, Scale, Standard};
use super::wide::Folded;
use crate::base::{TaskContext, UserError, format};
use crate::learn::{FitContext, Matrix, Round};

/// What is asked of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    /// Distances beyond this many scales count as far (epsilon).
    pub reach: f64,
    /// On squared weights (alpha).
    pub penalty: f64,
}

const TOLERANCE: f64 = 1e-11;
/// What is left of the answers, in their spreads, when a line goes through all of them.
const EXACT: f64 = 1e-7;

/// Minimises scikit-learn's objective: Σ weight · (scale + loss(distance / scale) · scale) +
/// penalty · Σ weight².
pub fn fit(
    x: &Matrix,
    y: &[f64],
    ask: Ask,
    context: &FitContext<'_>,
) -> Result<LineModel, UserError> {
    let task = context.task;
    let weights = RowWeights::of(context.weights);
    let standard = Standard::of(x, &weights, task)?;
    let answer = Scale::of(y, weights.values());
    let mut model = LineModel {
        intercept: answer.centre,
        coefficients: vec![0.0; x.cols],
        spreads: standard.spreads(),
        ..LineModel::default()
    };
    if answer.spread == 0.0 {
        return model.checked();
    }
    let t: Vec<f64> = y
        .iter()
        .map(|value| (value - answer.centre) / answer.spread)
        .collect();
    // In spreads of the answer, per row of weight one.
    let penalty = ask.penalty / (weights.mean * x.rows as f64) * answer.spread;
    let folded = match ask.penalty > 0.0 {
        true => Folded::of(x, task)?,
        false => None,
    };
    let (z, units) = match &folded {
        Some(folded) => {
            let largest = super::dense::largest(&folded.matrix.values).max(f64::MIN_POSITIVE);
            let mut z = folded.matrix.clone();
            z.values.iter_mut().for_each(|value| *value /= largest);
            let units = vec![largest; z.cols];
            (z, units)
        }
        None => {
            let spreads = standard.varying.iter();
            let units = spreads.map(|&col| standard.scales[col].spread).collect();
            (standard.matrix(x, task)?, units)
        }
    };
    let problem = Problem {
        rows: Rows::new(&z, task)?,
        t: &t,
        weights: &weights,
        reach: ask.reach,
        penalties: units
            .iter()
            .map(|unit| (penalty / unit / unit).min(f64::MAX))
            .collect(),
    };
    let (found, settled) = problem.solve(&z, context)?;
    model.unsettled = !settled;
    let (weights, intercept) = found.split_at(z.cols);
    match &folded {
        Some(folded) => {
            let mut raw: Vec<f64> = weights
                .iter()
                .zip(&units)
                .map(|(weight, unit)| weight * answer.spread / unit)
                .collect();
            raw.push(answer.centre + intercept[0] * answer.spread);
            model.coefficients = folded.unfold(&raw);
            model.intercept = model.coefficients.pop().unwrap_or(0.0);
        }
        None => {
            let start = answer.centre + intercept[0] * answer.spread;
            (model.intercept, model.coefficients) = standard.back(start, weights, answer.spread);
        }
    }
    let far = match found.last() {
        Some(scale) if *scale > EXACT => problem.far(&found),
        // The line goes through every row.
        _ => 0,
    };
    if far > 0 {
        model.remark = format!(
            "{} counted less because they lie far off",
            format::counted(far as u64, "row")
        );
    }
    model.checked()
}

struct Problem<'a> {
    rows: Rows<'a>,
    t: &'a [f64],
    weights: &'a RowWeights,
    reach: f64,
    penalties: Vec<f64>,
}

impl Problem<'_> {
    /// Weights, the intercept and the scale; and whether they have settled.
    fn solve(&self, z: &Matrix, context: &FitContext<'_>) -> Result<(Vec<f64>, bool), UserError> {
        let size = self.size();
        let work = z.rows as f64 * (size * size) as f64 / 2.0 + (size as f64).powi(3) / 6.0;
        let squares = Squares { problem: self };
        let method = Method::cheapest(work);
        let start = vec![0.0; size - 1];
        // Only where to start from: the rounds that are told are those of the search itself.
        let quiet = FitContext {
            on_round: None,
            ..*context
        };
        let plain = minimise::minimise(&squares, start, method, TOLERANCE, &quiet)?;
        let left = self.spread_around(&plain.weights);
        let mut start = plain.weights;
        start.push(left);
        if left < EXACT {
            // A line through every row: there is no scale to speak of.
            context.report(Round {
                round: 1,
                rounds: 1,
                training: 0.0,
                checking: None,
            });
            return Ok((start, true));
        }
        let found = minimise::minimise(self, start, method, TOLERANCE, context)?;
        Ok((found.weights, found.converged))
    }

    fn spread_around(&self, weights: &[f64]) -> f64 {
        let rows = self.t.iter().enumerate();
        let squares = rows
            .map(|(row, t)| self.weights.get(row) * (t - self.rows.score(row, weights)).powi(2));
        (squares.sum::<f64>() / self.t.len() as f64).sqrt()
    }

    /// Rows far from the line.
    fn far(&self, found: &[f64]) -> usize {
        let (weights, scale) = found.split_at(found.len() - 1);
        let far = |row: usize| {
            (self.t[row] - self.rows.score(row, weights)).abs() > self.reach * scale[0]
        };
        (0..self.t.len()).filter(|&row| far(row)).count()
    }

    fn penalise(&self, weights: &[f64], gradient: &mut [f64], second: Option<&mut [f64]>) -> f64 {
        let width = gradient.len();
        let mut value = 0.0;
        for (place, penalty) in self.penalties.iter().enumerate() {
            value += penalty * weights[place] * weights[place];
            gradient[place] += 2.0 * penalty * weights[place];
        }
        if let Some(second) = second {
            for (place, penalty) in self.penalties.iter().enumerate() {
                second[place * width + place] += 2.0 * penalty;
            }
        }
        value
    }
}

impl Objective for Problem<'_> {
    fn size(&self) -> usize {
        self.penalties.len() + 2
    }

    fn pass(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        mut second: Option<&mut [f64]>,
        task: &TaskContext,
    ) -> Result<f64, UserError> {
        let size = self.size();
        let line = size - 1;
        let (place, scale) = (&weights[..line], weights[line]);
        if scale <= 0.0 {
            return Ok(f64::INFINITY);
        }
        gradient.fill(0.0);
        let mut block = match second {
            Some(_) => vec![0.0; line * line],
            None => Vec::new(),
        };
        // Second derivatives by the scale and by the scale and a weight.
        let (mut by_scale, mut beside) = (0.0, vec![0.0; line]);
        let mut slope_of_scale = 0.0;
        let mut loss = 0.0;
        let between = rows_between_checks(if block.is_empty() {
            line as f64
        } else {
            (line * line) as f64 / 2.0
        });
        for (row, &t) in self.t.iter().enumerate() {
            if row % between == 0 {
                task.check()?;
            }
            let weight = self.weights.get(row);
            if weight == 0.0 {
                continue;
            }
            let left = t - self.rows.score(row, place);
            if left.abs() > self.reach * scale {
                loss += weight * self.reach * (2.0 * left.abs() - self.reach * scale);
                slope_of_scale -= weight * self.reach * self.reach;
                let push = -2.0 * self.reach * left.signum();
                self.rows.add(row, weight * push, &mut gradient[..line]);
                continue;
            }
            let share = left / scale;
            loss += weight * left * share;
            slope_of_scale -= weight * share * share;
            self.rows
                .add(row, -2.0 * weight * share, &mut gradient[..line]);
            if !block.is_empty() {
                let curve = 2.0 * weight / scale;
                self.rows.add_outer(row, curve, &mut block, line);
                self.rows.add(row, curve * share, &mut beside);
                by_scale += curve * share * share;
            }
        }
        let count = self.t.len() as f64;
        gradient[line] = slope_of_scale;
        gradient.iter_mut().for_each(|value| *value /= count);
        gradient[line] += 1.0;
        if let Some(second) = second.as_deref_mut() {
            for i in 0..line {
                for j in 0..=i {
                    second[i * size + j] = block[i * line + j] / count;
                }
                second[line * size + i] = beside[i] / count;
            }
            second[line * size + line] = by_scale / count;
        }
        Ok(scale + loss / count + self.penalise(weights, gradient, second))
    }

    fn penalty(&self, weights: &[f64]) -> f64 {
        let squares: Vec<f64> = weights.iter().map(|weight| weight * weight).collect();
        dot(&self.penalties, &squares[..self.penalties.len()])
    }
}

/// Plain least squares on the same rows: where the search starts.
struct Squares<'a, 'b> {
    problem: &'a Problem<'b>,
}

impl Objective for Squares<'_, '_> {
    fn size(&self) -> usize {
        self.problem.penalties.len() + 1
    }

    fn pass(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        mut second: Option<&mut [f64]>,
        task: &TaskContext,
    ) -> Result<f64, UserError> {
        let problem = self.problem;
        let size = self.size();
        gradient.fill(0.0);
        if let Some(second) = second.as_deref_mut() {
            second.fill(0.0);
        }
        let between = rows_between_checks(match second {
            Some(_) => (size * size) as f64 / 2.0,
            None => size as f64,
        });
        let mut loss = 0.0;
        let count = problem.t.len() as f64;
        for (row, &t) in problem.t.iter().enumerate() {
            if row % between == 0 {
                task.check()?;
            }
            let weight = problem.weights.get(row) / count;
            let left = t - problem.rows.score(row, weights);
            loss += weight * left * left;
            problem.rows.add(row, -2.0 * weight * left, gradient);
            if let Some(second) = second.as_deref_mut() {
                problem.rows.add_outer(row, 2.0 * weight, second, size);
            }
        }
        Ok(loss + problem.penalise(weights, gradient, second))
    }
}
