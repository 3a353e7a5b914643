//! Through the layers and back: outputs, losses and their derivatives.

use ndarray::linalg::general_mat_mul;

use super::{Layer, Loss, Scalar, Shape, view, view_mut};
use crate::base::{Random, TaskContext, UserError};

/// Units left out at random while learning: each with probability `share`, the others made larger
/// by as much, so that nothing needs to change afterwards.
pub struct Dropout {
    pub share: f64,
    pub random: Random,
}

/// Rows to be sent through a network, and its weights.
#[derive(Clone, Copy)]
pub struct Input<'a, S> {
    pub shape: &'a Shape,
    pub parameters: &'a [S],
    /// Row-major rows × columns.
    pub x: &'a [S],
    pub rows: usize,
    pub task: &'a TaskContext,
}

/// Working memory for some rows on their way through a network.
pub struct Passage<S> {
    layers: Vec<Layer>,
    /// Per layer: row-major rows × units. The last holds the scores, or what became of them.
    outputs: Vec<Vec<S>>,
    /// Per hidden layer: slope of every output by its sum.
    slopes: Vec<Vec<S>>,
    /// Derivatives of the loss by the sums of the layer in hand, and of the one before.
    behind: Vec<S>,
    ahead: Vec<S>,
    /// Derivatives of the loss by every weight and bias.
    pub gradient: Vec<S>,
    /// Sum over the rows, not yet divided by anything.
    pub loss: f64,
}

impl<S: Scalar> Passage<S> {
    pub fn new(shape: &Shape) -> Self {
        let layers = shape.layers();
        Self {
            outputs: vec![Vec::new(); layers.len()],
            slopes: vec![Vec::new(); layers.len().saturating_sub(1)],
            behind: Vec::new(),
            ahead: Vec::new(),
            gradient: Vec::new(),
            loss: 0.0,
            layers,
        }
    }

    /// The scores of the rows. Slopes are kept only where `learning`.
    pub fn forward(
        &mut self,
        input: &Input<'_, S>,
        learning: bool,
        mut dropout: Option<Dropout>,
    ) -> Result<&[S], UserError> {
        let &Input {
            shape,
            parameters,
            x,
            rows,
            task,
        } = input;
        for index in 0..self.layers.len() {
            task.check()?;
            let layer = &self.layers[index];
            let (before, from) = self.outputs.split_at_mut(index);
            let input = before.last().map_or(x, Vec::as_slice);
            let Some(output) = from.first_mut() else {
                continue;
            };
            output.clear();
            for _ in 0..rows {
                output.extend_from_slice(&parameters[layer.biases.clone()]);
            }
            let weights = view(
                &parameters[layer.weights.clone()],
                layer.inputs,
                layer.outputs,
            )?;
            general_mat_mul(
                S::one(),
                &view(input, rows, layer.inputs)?,
                &weights,
                S::one(),
                &mut view_mut(output, rows, layer.outputs)?,
            );
            if layer.last {
                continue;
            }
            if !learning {
                output
                    .iter_mut()
                    .for_each(|unit| *unit = shape.activation.at(*unit).0);
                continue;
            }
            let slopes = &mut self.slopes[index];
            slopes.clear();
            slopes.extend(output.iter_mut().map(|unit| {
                let (value, slope) = shape.activation.at(*unit);
                *unit = value;
                slope
            }));
            if let Some(dropout) = dropout.as_mut() {
                dropout.apply(output, slopes);
            }
        }
        Ok(self.outputs.last().map_or(&[], Vec::as_slice))
    }

    /// Loss of the rows last sent through, and its gradient, divided by `total`.
    pub fn backward(
        &mut self,
        input: &Input<'_, S>,
        answers: Answers<'_, S>,
        total: f64,
    ) -> Result<(), UserError> {
        let &Input {
            shape,
            parameters,
            x,
            rows,
            task,
        } = input;
        self.measure(shape, answers, total);
        self.gradient.resize(parameters.len(), S::zero());
        if let Some(scores) = self.outputs.last_mut() {
            std::mem::swap(scores, &mut self.behind);
        }
        for index in (0..self.layers.len()).rev() {
            task.check()?;
            let layer = &self.layers[index];
            let input = match index.checked_sub(1) {
                Some(before) => self.outputs[before].as_slice(),
                None => x,
            };
            let behind = view(&self.behind, rows, layer.outputs)?;
            let of_weights = &mut self.gradient[layer.weights.clone()];
            general_mat_mul(
                S::one(),
                &view(input, rows, layer.inputs)?.t(),
                &behind,
                S::zero(),
                &mut view_mut(of_weights, layer.inputs, layer.outputs)?,
            );
            let of_biases = &mut self.gradient[layer.biases.clone()];
            of_biases.fill(S::zero());
            for row in self.behind.chunks_exact(layer.outputs.max(1)) {
                for (sum, &value) in of_biases.iter_mut().zip(row) {
                    *sum += value;
                }
            }
            let Some(before) = index.checked_sub(1) else {
                break;
            };
            let weights = view(
                &parameters[layer.weights.clone()],
                layer.inputs,
                layer.outputs,
            )?;
            self.ahead.resize(rows * layer.inputs, S::zero());
            general_mat_mul(
                S::one(),
                &behind,
                &weights.t(),
                S::zero(),
                &mut view_mut(&mut self.ahead, rows, layer.inputs)?,
            );
            for (value, &slope) in self.ahead.iter_mut().zip(&self.slopes[before]) {
                *value *= slope;
            }
            std::mem::swap(&mut self.ahead, &mut self.behind);
        }
        Ok(())
    }

    /// Loss of the rows last sent through; their scores become its derivatives.
    pub fn measure(&mut self, shape: &Shape, answers: Answers<'_, S>, total: f64) {
        self.loss = 0.0;
        let width = shape.outputs().max(1);
        let Some(scores) = self.outputs.last_mut() else {
            return;
        };
        for (row, scores) in scores.chunks_exact_mut(width).enumerate() {
            let (answer, weight) = answers.at(row);
            self.loss += weight.wide()
                * match shape.loss {
                    Loss::Classes => cross_entropy(scores, answer.wide() as usize),
                    Loss::Numbers => half_square(scores, answer),
                };
            let share = weight / S::of(total);
            scores.iter_mut().for_each(|score| *score *= share);
        }
    }
}

/// The answers of some rows (class codes or numbers), and how much each counts.
#[derive(Clone, Copy)]
pub struct Answers<'a, S> {
    pub values: &'a [S],
    /// Empty: every row counts once.
    pub weights: &'a [S],
}

impl<S: Scalar> Answers<'_, S> {
    fn at(&self, row: usize) -> (S, S) {
        let answer = self.values.get(row).copied().unwrap_or(S::zero());
        (answer, self.weights.get(row).copied().unwrap_or(S::one()))
    }
}

impl Dropout {
    fn apply<S: Scalar>(&mut self, units: &mut [S], slopes: &mut [S]) {
        let larger = S::of(1.0 / (1.0 - self.share));
        for (unit, slope) in units.iter_mut().zip(slopes) {
            let factor = if self.random.next_f64() < self.share {
                S::zero()
            } else {
                larger
            };
            *unit *= factor;
            *slope *= factor;
        }
    }
}

/// −ln of the probability of the class; the scores become probabilities less the answer.
fn cross_entropy<S: Scalar>(scores: &mut [S], class: usize) -> f64 {
    let largest = scores.iter().fold(S::neg_infinity(), |a, &b| a.max(b));
    let chosen = scores.get(class).map_or(0.0, |&s| (s - largest).wide());
    let mut sum = S::zero();
    for score in scores.iter_mut() {
        *score = (*score - largest).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
    if let Some(score) = scores.get_mut(class) {
        *score -= S::one();
    }
    sum.wide().ln() - chosen
}

/// Half the squared difference; the score becomes the difference.
fn half_square<S: Scalar>(scores: &mut [S], answer: S) -> f64 {
    let mut sum = 0.0;
    for score in scores {
        *score -= answer;
        sum += 0.5 * score.wide() * score.wide();
    }
    sum
}
