//! Generalised linear models for amounts: the logarithm of the expected answer is a sum of weighted
//! columns, and the variance grows with a power of the expected answer (P. McCullagh, J. Nelder,
//! "Generalized Linear Models", 2nd ed. (1989), chapters 2 and 8; powers: B. Jørgensen, JRSS B 49
//! (1987), section 2). Power 1: counts (Poisson); 2: amounts (gamma); between: amounts that are
//! often zero (Tweedie).
//!
//! Newton's method (or L-BFGS) starts from no weights and the mean answer; [`super::linfa`] says why
//! linfa-linear is not asked.

use super::dense::{add_scaled, dot, factor_positive, inverse_factored};
use super::inference::{Inference, Unscaled};
use super::line::{LineModel, Link};
use super::minimise::{self, Method, Objective};
use super::rows::{Rows, rows_between_checks};
use super::standard::{RowWeights, Standard};
use super::wide::Folded;
use super::{least_squares, minimise::Minimum};
use crate::base::{TaskContext, UserError, format};
use crate::learn::{FitContext, Matrix};

/// What is asked of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    /// Of the variance: 1 to 2.
    pub power: f64,
    /// On squared weights (alpha); 0 for none.
    pub penalty: f64,
}

const TOLERANCE: f64 = 1e-10;
/// e to the power of minus this is as good as nothing.
const NOTHING: f64 = -700.0;

/// Minimises half the weighted mean deviance plus penalty / 2 · Σ weight²: scikit-learn's
/// objective. `y`: checked to be in the range of the power.
pub fn fit(
    x: &Matrix,
    y: &[f64],
    ask: Ask,
    context: &FitContext<'_>,
) -> Result<LineModel, UserError> {
    let weights = RowWeights::of(context.weights);
    let standard = Standard::of(x, &weights, context.task)?;
    let mean = super::mean(
        y.iter()
            .enumerate()
            .map(|(row, value)| value * weights.get(row)),
    );
    let mut model = LineModel {
        intercept: NOTHING,
        coefficients: vec![0.0; x.cols],
        spreads: standard.spreads(),
        link: Link::Log,
        ..LineModel::default()
    };
    if mean <= 0.0 {
        model.remark = "no answer was above zero".to_owned();
        return model.checked();
    }
    let scaled: Vec<f64> = y.iter().map(|value| value / mean).collect();
    let data = Scaled {
        x,
        y: &scaled,
        mean,
        weights: &weights,
        power: ask.power,
        // Deviances grow with this power of the unit of the answer.
        penalty: (ask.penalty / mean.powf(2.0 - ask.power)).min(f64::MAX),
    };
    if data.penalty > 0.0 {
        data.penalised(standard, &mut model, context)?;
        let number = format::number(ask.penalty, 3);
        model.remark = format!("penalty {number}");
    } else {
        data.plain(standard, &mut model, context)?;
    }
    model.intercept += mean.ln();
    if let Some(inference) = &mut model.inference {
        for term in &mut inference.terms {
            if term.feature.is_none() {
                term.estimate = model.intercept;
            }
        }
    }
    model.checked()
}

/// The error for answers that a learner cannot learn from.
pub fn check_answers(y: &[f64], zero_allowed: bool, learner: &str) -> Result<(), UserError> {
    let possible = |value: &f64| *value > 0.0 || (zero_allowed && *value == 0.0);
    let Some(row) = y.iter().position(|value| !possible(value)) else {
        return Ok(());
    };
    let least = if zero_allowed {
        "zero or more"
    } else {
        "above zero"
    };
    Err(UserError::input(
        "answers_out_of_range",
        format!("{learner} cannot learn these answers"),
        format!(
            "All have to be {least}; that of row {} is {}",
            row + 1,
            format::number(y[row], 6)
        ),
    )
    .with_hint("Choose another learner, or leave out the rows that cannot be meant"))
}

/// Answers divided by their mean.
struct Scaled<'a> {
    x: &'a Matrix,
    y: &'a [f64],
    mean: f64,
    weights: &'a RowWeights,
    power: f64,
    penalty: f64,
}

impl Scaled<'_> {
    fn penalised(
        &self,
        standard: Standard,
        model: &mut LineModel,
        context: &FitContext<'_>,
    ) -> Result<(), UserError> {
        let task = context.task;
        if let Some(folded) = Folded::of(self.x, task)? {
            let largest = super::dense::largest(&folded.matrix.values).max(f64::MIN_POSITIVE);
            let mut z = folded.matrix.clone();
            z.values.iter_mut().for_each(|value| *value /= largest);
            let penalties = vec![(self.penalty / largest / largest).min(f64::MAX); z.cols];
            let mut found = self.minimum(&z, penalties, context)?;
            let (weights, _) = found.weights.split_at_mut(z.cols);
            weights.iter_mut().for_each(|weight| *weight /= largest);
            let mut unfolded = folded.unfold(&found.weights);
            model.intercept = unfolded.pop().unwrap_or(0.0);
            model.coefficients = unfolded;
            model.unsettled = !found.converged;
            return Ok(());
        }
        let z = standard.matrix(self.x, task)?;
        let penalties = standard
            .varying
            .iter()
            .map(|&col| standard.scales[col].spread)
            .map(|spread| (self.penalty / spread / spread).min(f64::MAX))
            .collect();
        let found = self.minimum(&z, penalties, context)?;
        let (weights, intercept) = found.weights.split_at(z.cols);
        (model.intercept, model.coefficients) = standard.back(intercept[0], weights, 1.0);
        model.unsettled = !found.converged;
        Ok(())
    }

    fn plain(
        &self,
        mut standard: Standard,
        model: &mut LineModel,
        context: &FitContext<'_>,
    ) -> Result<(), UserError> {
        let task = context.task;
        standard.varying = least_squares::independent_columns(self.x, context.weights, task)?;
        model.set_aside = self.x.cols - standard.varying.len();
        let z = standard.matrix(self.x, task)?;
        let found = self.minimum(&z, vec![0.0; z.cols], context)?;
        let (weights, intercept) = found.weights.split_at(z.cols);
        (model.intercept, model.coefficients) = standard.back(intercept[0], weights, 1.0);
        model.unsettled = !found.converged;
        if found.converged {
            model.inference = self.inference(&z, &standard, &found.weights, model, task)?;
        }
        Ok(())
    }

    fn minimum(
        &self,
        z: &Matrix,
        penalties: Vec<f64>,
        context: &FitContext<'_>,
    ) -> Result<Minimum, UserError> {
        let problem = self.problem(z, penalties, context.task)?;
        let start = vec![0.0; problem.size()];
        let width = start.len() as f64;
        let work = z.rows as f64 * width * width / 2.0 + width.powi(3) / 6.0;
        minimise::minimise(&problem, start, Method::cheapest(work), TOLERANCE, context)
    }

    fn problem<'b>(
        &'b self,
        z: &'b Matrix,
        penalties: Vec<f64>,
        task: &TaskContext,
    ) -> Result<Deviance<'b>, UserError> {
        let constants = self.y.iter().enumerate();
        let constant = constants
            .filter(|(row, _)| self.weights.get(*row) > 0.0)
            .map(|(row, &y)| self.weights.get(row) * loss_at_truth(y, self.power))
            .sum::<f64>();
        Ok(Deviance {
            rows: Rows::new(z, task)?,
            y: self.y,
            weights: self.weights,
            power: self.power,
            penalties,
            constant: constant / self.y.len() as f64,
        })
    }

    /// Expected information; spread of the answers around their expectation (Pearson), except for
    /// counts, whose variance is their expectation.
    fn inference(
        &self,
        z: &Matrix,
        standard: &Standard,
        weights: &[f64],
        model: &LineModel,
        task: &TaskContext,
    ) -> Result<Option<Inference>, UserError> {
        let width = z.cols + 1;
        let degrees = self.weights.counted(z.rows) as f64 - width as f64;
        if degrees < 1.0 {
            return Ok(None);
        }
        let rows = Rows::new(z, task)?;
        let between = rows_between_checks((width * width) as f64 / 2.0);
        let mut information = vec![0.0; width * width];
        let mut spread = 0.0;
        for row in 0..z.rows {
            if row % between == 0 {
                task.check()?;
            }
            let weight = self.weights.get(row);
            let score = rows.score(row, weights);
            rows.add_outer(
                row,
                weight * ((2.0 - self.power) * score).exp(),
                &mut information,
                width,
            );
            let off = self.y[row] - score.exp();
            spread += weight * off * off * (-self.power * score).exp();
        }
        let unit = if self.power == 1.0 {
            1.0 / (self.mean * self.weights.mean)
        } else {
            spread / degrees
        };
        if !factor_positive(&mut information, width, task)? {
            return Ok(None);
        }
        let covariance = inverse_factored(&information, width, task)?;
        let scales = || standard.varying.iter().map(|&col| standard.scales[col]);
        let centres: Vec<f64> = scales().map(|scale| scale.centre).collect();
        let units: Vec<f64> = scales().map(|scale| 1.0 / scale.spread).collect();
        let unscaled = Unscaled {
            columns: &standard.varying,
            centres: &centres,
            units: &units,
            class: None,
        };
        let terms = unscaled.terms(model.intercept, &model.coefficients, |i, j| {
            unit * covariance[i * width + j]
        });
        Ok(Inference {
            terms,
            degrees_of_freedom: None,
        }
        .checked())
    }
}

/// The part of half the deviance that is left when the expectation is the answer, with sign
/// turned: makes a perfect fit worth zero.
fn loss_at_truth(y: f64, power: f64) -> f64 {
    if power == 1.0 {
        if y > 0.0 { y * y.ln() - y } else { 0.0 }
    } else if power == 2.0 {
        -y.ln() - 1.0
    } else {
        y.powf(2.0 - power) / ((1.0 - power) * (2.0 - power))
    }
}

/// Half the mean deviance of weights of scaled columns and an intercept, with penalties.
struct Deviance<'a> {
    rows: Rows<'a>,
    y: &'a [f64],
    weights: &'a RowWeights,
    power: f64,
    penalties: Vec<f64>,
    constant: f64,
}

impl Deviance<'_> {
    /// Half the deviance but for what depends on the answer alone, its slope and curve by the score.
    #[inline]
    fn loss(&self, y: f64, score: f64) -> (f64, f64, f64) {
        let p = self.power;
        if p == 1.0 {
            let expected = score.exp();
            return (expected - y * score, expected - y, expected);
        }
        if p == 2.0 {
            let share = y * (-score).exp();
            return (share + score, 1.0 - share, share);
        }
        let own = ((2.0 - p) * score).exp();
        let share = y * ((1.0 - p) * score).exp();
        (
            own / (2.0 - p) - share / (1.0 - p),
            own - share,
            (2.0 - p) * own - (1.0 - p) * share,
        )
    }
}

impl Objective for Deviance<'_> {
    fn size(&self) -> usize {
        self.penalties.len() + 1
    }

    fn pass(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        mut second: Option<&mut [f64]>,
        task: &TaskContext,
    ) -> Result<f64, UserError> {
        let width = self.size();
        gradient.fill(0.0);
        if let Some(second) = second.as_deref_mut() {
            second.fill(0.0);
        }
        let filled = self.rows.filled(self.y.len()) + 1.0;
        let between = rows_between_checks(match second {
            Some(_) => filled * filled / 2.0,
            None => filled,
        });
        let mut loss = 0.0;
        for (row, &y) in self.y.iter().enumerate() {
            if row % between == 0 {
                task.check()?;
            }
            let weight = self.weights.get(row);
            if weight == 0.0 {
                continue;
            }
            let (own, slope, curve) = self.loss(y, self.rows.score(row, weights));
            loss += weight * own;
            self.rows.add(row, weight * slope, gradient);
            if let Some(second) = second.as_deref_mut() {
                self.rows.add_outer(row, weight * curve, second, width);
            }
        }
        let scale = 1.0 / self.y.len() as f64;
        gradient.iter_mut().for_each(|value| *value *= scale);
        for (place, penalty) in self.penalties.iter().enumerate() {
            gradient[place] += penalty * weights[place];
        }
        if let Some(second) = second {
            second.iter_mut().for_each(|value| *value *= scale);
            for (place, penalty) in self.penalties.iter().enumerate() {
                second[place * width + place] += penalty;
            }
        }
        Ok(loss * scale - self.constant + self.penalty(weights))
    }

    fn penalty(&self, weights: &[f64]) -> f64 {
        let mut scaled = vec![0.0; self.penalties.len()];
        add_scaled(&mut scaled, 0.5, &self.penalties);
        scaled
            .iter_mut()
            .zip(weights)
            .for_each(|(value, weight)| *value *= weight);
        dot(&scaled, &weights[..scaled.len()])
    }
}
