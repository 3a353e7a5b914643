//! Isotonic regression: the rising steps that lie closest to the answers (least squares under the
//! condition that a larger score never gets a smaller value).
//!
//! Pool adjacent violators: M. Ayer, H. Brunk, G. Ewing, W. Reid, E. Silverman, "An empirical
//! distribution function for sampling with incomplete information", Annals of Mathematical
//! Statistics 26 (1955), 641–647. Equal scores are pooled first; between two thresholds the value
//! is interpolated, outside it stays at the end value, as scikit-learn's IsotonicRegression does.
//!
//! The pools are our own. linfa-linear (0.8.1) guesses the direction from a correlation, takes
//! weights as `f32` and reads the thresholds of unsorted rows at the wrong places, all of which could
//! be walled off. But once it has joined a pool with the one before, it joins all pools before that:
//! of 0, 5, 10, −2 it makes 3.25 four times in place of 0, 4.33, 4.33, 4.33, and the pools it has
//! joined wrongly cannot be told apart again. A fitted model also keeps its thresholds to itself,
//! and one per pool, so that scores within a pool get values between pools.

use serde::{Deserialize, Serialize};

use super::saved;
use crate::base::UserError;
use crate::base::graph::{Constant, Graph, Value};

/// Scores and the values they get; both ascending, at least one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Strictly ascending.
    pub thresholds: Vec<f64>,
    /// Never falling.
    pub values: Vec<f64>,
}

/// Scores next to each other that share a value.
struct Pool {
    first: f64,
    last: f64,
    weighted: f64,
    weight: f64,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.weighted / self.weight
    }
}

impl Isotonic {
    /// `scores` and `answers` are finite and equally long; `weights`, where given, finite and not
    /// negative. Rows of weight zero do not count.
    pub fn fit(
        scores: &[f64],
        answers: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self, UserError> {
        let rows = ascending(scores, answers, weights)?;
        let mut pools: Vec<Pool> = Vec::new();
        for (score, answer, weight) in rows {
            let same = pools.last_mut().filter(|pool| pool.first == score);
            match same {
                Some(pool) => {
                    pool.weighted += answer * weight;
                    pool.weight += weight;
                }
                None => pools.push(Pool {
                    first: score,
                    last: score,
                    weighted: answer * weight,
                    weight,
                }),
            }
        }
        Ok(Self::from_pools(&pool_violators(pools)))
    }

    /// Both ends of every pool; where they coincide, once.
    fn from_pools(pools: &[Pool]) -> Self {
        let mut curve = Self {
            thresholds: Vec::with_capacity(2 * pools.len()),
            values: Vec::with_capacity(2 * pools.len()),
        };
        for pool in pools {
            for score in [pool.first, pool.last] {
                if curve.thresholds.last() != Some(&score) {
                    curve.thresholds.push(score);
                    curve.values.push(pool.mean());
                }
            }
        }
        curve
    }

    /// The value for one score.
    pub fn at(&self, score: f64) -> f64 {
        let above = self.thresholds.partition_point(|&t| t <= score);
        let end = |place: usize| self.values.get(place).copied().unwrap_or(0.0);
        if above == 0 {
            return end(0);
        }
        if above == self.thresholds.len() {
            return end(above - 1);
        }
        let (low, high) = (self.thresholds[above - 1], self.thresholds[above]);
        let share = (score - low) / (high - low);
        end(above - 1) + share * (end(above) - end(above - 1))
    }

    /// Whether numbers read from a file are such a curve.
    pub fn is_valid(&self) -> bool {
        !self.thresholds.is_empty()
            && self.thresholds.len() == self.values.len()
            && saved::finite(&self.thresholds)
            && saved::finite(&self.values)
            && self.thresholds.windows(2).all(|pair| pair[0] < pair[1])
            && self.values.windows(2).all(|pair| pair[0] <= pair[1])
    }

    /// `score`: double, [rows, 1]. The result: double, [rows, 1], equal to [`Isotonic::at`] up to
    /// rounding. Every rise is a ramp cut off at 0 and 1, and the ramps are added up.
    pub fn graph(&self, graph: &mut Graph, score: &Value) -> Value {
        let first = self.values.first().copied().unwrap_or(0.0);
        let rises: Vec<usize> = (1..self.thresholds.len())
            .filter(|&place| self.values[place] > self.values[place - 1])
            .collect();
        let pick = |of: &dyn Fn(usize) -> f64| rises.iter().map(|&place| of(place)).collect();
        let starts: Vec<f64> = pick(&|place| self.thresholds[place - 1]);
        let widths: Vec<f64> = pick(&|place| self.thresholds[place] - self.thresholds[place - 1]);
        let heights: Vec<f64> = pick(&|place| self.values[place] - self.values[place - 1]);
        let base = graph.constant(&[1, 1], Constant::Double(vec![first]));
        if rises.is_empty() {
            let zero = graph.constant(&[1, 1], Constant::Double(vec![0.0]));
            let nothing = graph.op("Mul", &[score, &zero], Vec::new());
            return graph.op("Add", &[&nothing, &base], Vec::new());
        }
        let row = [1, rises.len()];
        let starts = graph.constant(&row, Constant::Double(starts));
        let widths = graph.constant(&row, Constant::Double(widths));
        let heights = graph.constant(&[rises.len(), 1], Constant::Double(heights));
        let zero = graph.constant(&[1, 1], Constant::Double(vec![0.0]));
        let one = graph.constant(&[1, 1], Constant::Double(vec![1.0]));
        let above = graph.op("Sub", &[score, &starts], Vec::new());
        let share = graph.op("Div", &[&above, &widths], Vec::new());
        let share = graph.op("Max", &[&share, &zero], Vec::new());
        let share = graph.op("Min", &[&share, &one], Vec::new());
        let sum = graph.op("MatMul", &[&share, &heights], Vec::new());
        graph.op("Add", &[&sum, &base], Vec::new())
    }
}

/// (score, answer, weight) by ascending score, without rows that do not count.
fn ascending(
    scores: &[f64],
    answers: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<(f64, f64, f64)>, UserError> {
    let weight = |row: usize| weights.map_or(1.0, |all| all.get(row).copied().unwrap_or(0.0));
    let mut rows: Vec<(f64, f64, f64)> = scores
        .iter()
        .zip(answers)
        .enumerate()
        .map(|(row, (&score, &answer))| (score, answer, weight(row)))
        .filter(|row| row.2 > 0.0)
        .collect();
    let finite = |row: &(f64, f64, f64)| row.0.is_finite() && row.1.is_finite();
    if rows.is_empty() || scores.len() != answers.len() || !rows.iter().all(finite) {
        return Err(UserError::failed(
            "isotonic_rows",
            "No rising curve can be laid through these rows",
            format!("{} scores, {} answers", scores.len(), answers.len()),
        ));
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    // −0 and 0 are the same score.
    rows.iter_mut().for_each(|row| row.0 += 0.0);
    Ok(rows)
}

/// Joins neighbours until no value is larger than the next one.
fn pool_violators(pools: Vec<Pool>) -> Vec<Pool> {
    let mut kept: Vec<Pool> = Vec::with_capacity(pools.len());
    for mut pool in pools {
        while let Some(before) = kept.pop_if(|before| before.mean() >= pool.mean()) {
            pool = Pool {
                first: before.first,
                last: pool.last,
                weighted: before.weighted + pool.weighted,
                weight: before.weight + pool.weight,
            };
        }
        kept.push(pool);
    }
    kept
}
