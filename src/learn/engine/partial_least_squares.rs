//! Partial least squares: columns blended into a few, each blend the one that goes with the answer
//! most (S. Wold, M. Sjöström, L. Eriksson, Chemometrics and Intelligent Laboratory Systems 58
//! (2001), section 3).
//!
//! linfa-pls finds every blend; around it the rows are folded into as few as there are columns, so
//! that it is quick and can be stopped between blends, and it is never shown a remainder of nothing,
//! on which it would fail.

use ndarray::{Array1, Array2};

use super::least_squares::Folded;
use super::line::LineModel;
use super::linfa;
use super::standard::{RowWeights, Scale, Standard};
use crate::base::{TaskContext, UserError, format};
use crate::learn::{FitContext, Matrix};

/// Squared share of the answer, or of what goes with it, that counts as nothing.
const NOTHING: f64 = 1e-20;

pub fn fit(
    x: &Matrix,
    y: &[f64],
    components: usize,
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
    if answer.spread == 0.0 || standard.varying.is_empty() {
        return model.checked();
    }
    let folded = Folded::of(x, y, &standard, answer, &weights, task)?;
    let blends = Blends::of(&folded, components, task)?;
    let scaled = blends.weights();
    (model.intercept, model.coefficients) = standard.back(answer.centre, &scaled, answer.spread);
    let count = blends.answers.len() as u64;
    model.remark = format!("through {} of columns", format::counted(count, "blend"));
    model.checked()
}

/// What was found, blend by blend.
#[derive(Default)]
struct Blends {
    directions: Vec<Array1<f64>>,
    loadings: Vec<Array1<f64>>,
    answers: Vec<f64>,
}

impl Blends {
    fn of(folded: &Folded, most: usize, task: &TaskContext) -> Result<Self, UserError> {
        let failed = |why: &str| {
            UserError::failed(
                "partial_least_squares",
                "No blend of columns was found",
                why,
            )
        };
        let width = folded.width;
        let rows = folded.values.len() / width;
        let all = Array2::from_shape_vec((rows, width), folded.values.clone())
            .map_err(|error| failed(&error.to_string()))?;
        let mut left = all.slice(ndarray::s![.., ..width - 1]).to_owned();
        let mut answer = all.column(width - 1).to_owned();
        let whole = (
            left.iter().map(|value| value * value).sum::<f64>(),
            answer.dot(&answer),
        );
        let mut blends = Self::default();
        while blends.answers.len() < most.min(width - 1) {
            task.check()?;
            let remains = answer.dot(&answer);
            let along = left.t().dot(&answer);
            if remains <= NOTHING * whole.1 || along.dot(&along) <= NOTHING * whole.0 * remains {
                break;
            }
            let unit = &answer / remains.sqrt();
            let direction = linfa::partial_least_squares::direction(&left, &unit)
                .ok_or_else(|| failed("The search for it came to no end"))?;
            let scores = left.dot(&direction);
            let length = scores.dot(&scores);
            if !(length > 0.0 && length.is_finite()) {
                break;
            }
            let loading = left.t().dot(&scores) / length;
            let share = answer.dot(&scores) / length;
            for (mut row, score) in left.rows_mut().into_iter().zip(&scores) {
                row.scaled_add(-score, &loading);
            }
            answer.scaled_add(-share, &scores);
            blends.directions.push(direction);
            blends.loadings.push(loading);
            blends.answers.push(share);
        }
        Ok(blends)
    }

    /// Weights of the scaled columns: every blend is one of what earlier ones left of the columns.
    fn weights(&self) -> Vec<f64> {
        let count = self.answers.len();
        let mut shares = self.answers.clone();
        for k in (0..count).rev() {
            for later in k + 1..count {
                shares[k] -= self.loadings[k].dot(&self.directions[later]) * shares[later];
            }
            shares[k] /= self.loadings[k].dot(&self.directions[k]);
        }
        let mut weights = Array1::zeros(self.directions.first().map_or(0, Array1::len));
        for (share, direction) in shares.iter().zip(&self.directions) {
            weights.scaled_add(*share, direction);
        }
        weights.to_vec()
    }
}
