//! Platt's sigmoid: turns the scores of a classifier into probabilities.
//!
//! J. Platt, "Probabilistic outputs for support vector machines and comparisons to regularized
//! likelihood methods" (1999), with its smoothed targets; the steps are those of H.-T. Lin,
//! C.-J. Lin, R. Weng, "A note on Platt's probabilistic outputs for support vector machines",
//! Machine Learning 68 (2007), 267–276, algorithm 1. The scores must come from rows that the
//! classifier did not learn from.

use serde::{Deserialize, Serialize};

use super::dense;
use super::softmax::logistic;
use crate::base::UserError;
use crate::base::graph::{Constant, Graph, Value};

/// Probability = 1 / (1 + exp(slope · score + intercept)).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid {
    /// Negative where a larger score speaks for the class.
    pub slope: f64,
    pub intercept: f64,
}

const ROUNDS: usize = 200;
const SMALLEST_STEP: f64 = 1e-10;
/// Added to the diagonal of the second derivatives, so that equal scores have a solution.
const RIDGE: f64 = 1e-12;

/// Rows ready for fitting: score (scaled to at most 1), target and weight.
struct Rows {
    scores: Vec<f64>,
    targets: Vec<f64>,
    weights: Vec<f64>,
    total: f64,
}

impl Sigmoid {
    /// `scores` are finite, `positive` says whether the row is of the class, `weights` (finite, not
    /// negative, not all zero) how much it counts.
    pub fn fit(
        scores: &[f64],
        positive: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Self, UserError> {
        let weights = weights.map_or_else(|| vec![1.0; scores.len()], <[f64]>::to_vec);
        let largest = dense::largest(scores);
        let fits = scores.len() == positive.len()
            && scores.len() == weights.len()
            && weights.iter().any(|&weight| weight > 0.0)
            && largest.is_finite();
        if !fits {
            return Err(UserError::failed(
                "sigmoid_rows",
                "Scores cannot be turned into probabilities",
                format!("{} scores, {} answers", scores.len(), positive.len()),
            ));
        }
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let (targets, [slope, intercept]) = smoothed(positive, &weights);
        let rows = Rows {
            scores: scores.iter().map(|score| score / scale).collect(),
            total: weights.iter().sum(),
            targets,
            weights,
        };
        let [slope, intercept] = rows.newton([slope, intercept]);
        Ok(Self {
            slope: slope / scale,
            intercept,
        })
    }

    /// The probability for one score.
    pub fn at(&self, score: f64) -> f64 {
        logistic(-(self.slope * score + self.intercept))
    }

    /// Whether numbers read from a file are such a curve.
    pub fn is_valid(&self) -> bool {
        self.slope.is_finite() && self.intercept.is_finite()
    }

    /// `score`: double, [rows, 1] → double, [rows, 1]. Written out, because not every engine has
    /// the operator Sigmoid in double precision; an exponential that overflows gives 0, as it must.
    pub fn graph(&self, graph: &mut Graph, score: &Value) -> Value {
        let slope = graph.constant(&[1, 1], Constant::Double(vec![self.slope]));
        let intercept = graph.constant(&[1, 1], Constant::Double(vec![self.intercept]));
        let one = graph.constant(&[1, 1], Constant::Double(vec![1.0]));
        let product = graph.op("Mul", &[score, &slope], Vec::new());
        let sum = graph.op("Add", &[&product, &intercept], Vec::new());
        let odds = graph.op("Exp", &[&sum], Vec::new());
        let below = graph.op("Add", &[&odds, &one], Vec::new());
        graph.op("Div", &[&one, &below], Vec::new())
    }
}

/// ln(1 + exp(z)) without overflow.
pub fn log_one_plus_exp(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// Targets a little inside 0 and 1, and where to start.
fn smoothed(positive: &[bool], weights: &[f64]) -> (Vec<f64>, [f64; 2]) {
    let weight_of = |class: bool| -> f64 {
        let rows = positive.iter().zip(weights).filter(|(p, _)| **p == class);
        rows.map(|(_, weight)| weight).sum()
    };
    let (yes, no) = (weight_of(true), weight_of(false));
    let (high, low) = ((yes + 1.0) / (yes + 2.0), 1.0 / (no + 2.0));
    let targets = positive.iter().map(|&p| if p { high } else { low });
    (targets.collect(), [0.0, ((no + 1.0) / (yes + 1.0)).ln()])
}

impl Rows {
    fn each(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let rows = self.scores.iter().zip(&self.targets).zip(&self.weights);
        rows.map(|((&score, &target), &weight)| (score, target, weight))
    }

    /// Weighted cross-entropy.
    fn loss(&self, [slope, intercept]: [f64; 2]) -> f64 {
        self.each()
            .map(|(score, target, weight)| {
                let z = slope * score + intercept;
                weight * (target * z + log_one_plus_exp(-z))
            })
            .sum()
    }

    /// First derivatives, and the second ones: slope, both, intercept.
    fn derivatives(&self, [slope, intercept]: [f64; 2]) -> ([f64; 2], [f64; 3]) {
        let (mut first, mut second) = ([0.0; 2], [RIDGE, 0.0, RIDGE]);
        for (score, target, weight) in self.each() {
            let p = logistic(-(slope * score + intercept));
            let residual = weight * (target - p);
            let curve = weight * p * (1.0 - p);
            first[0] += score * residual;
            first[1] += residual;
            second[0] += score * score * curve;
            second[1] += score * curve;
            second[2] += curve;
        }
        (first, second)
    }

    /// Newton's method, halving a step that does not help.
    fn newton(&self, start: [f64; 2]) -> [f64; 2] {
        let mut place = start;
        let mut loss = self.loss(place);
        for _ in 0..ROUNDS {
            let (g, [aa, ab, bb]) = self.derivatives(place);
            if dense::largest(&g) <= 1e-11 * self.total.max(1.0) {
                break;
            }
            let determinant = aa * bb - ab * ab;
            let step = [
                -(bb * g[0] - ab * g[1]) / determinant,
                -(aa * g[1] - ab * g[0]) / determinant,
            ];
            let slope = g[0] * step[0] + g[1] * step[1];
            let mut size = 1.0;
            let better = loop {
                let next = [place[0] + size * step[0], place[1] + size * step[1]];
                let next_loss = self.loss(next);
                if next_loss < loss + 1e-4 * size * slope {
                    break Some((next, next_loss));
                }
                size /= 2.0;
                if size < SMALLEST_STEP {
                    break None;
                }
            };
            let Some((next, next_loss)) = better else {
                break;
            };
            (place, loss) = (next, next_loss);
        }
        place
    }
}
