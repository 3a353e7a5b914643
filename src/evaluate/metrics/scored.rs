//! Rows to be scored, and the sums every formula is made of.

use super::{Metric, NotDefined};
use crate::learn::Target;

/// Answers and what was predicted for them.
#[derive(Clone, Copy)]
pub struct Scored<'a> {
    truth: &'a Target,
    /// Row-major, `outputs` per row: class probabilities, or one number.
    predicted: &'a [f64],
    outputs: usize,
    weights: Option<&'a [f64]>,
}

impl<'a> Scored<'a> {
    pub fn new(truth: &'a Target, predicted: &'a [f64], outputs: usize) -> Self {
        Self {
            truth,
            predicted,
            outputs,
            weights: None,
        }
    }

    /// How much each row counts: not negative, not all zero.
    #[must_use]
    pub fn with_weights(mut self, weights: &'a [f64]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// What holds for every score. Scores of one task are never asked of another's predictions, so
    /// that a wrong shape is told like any other reason.
    pub(super) fn check(&self, metric: &Metric) -> Result<(), NotDefined> {
        if metric.for_classes() {
            self.classes()?;
        } else {
            self.numbers()?;
        }
        let Some(weights) = self.weights else {
            return Ok(());
        };
        if !metric.weights {
            return Err(NotDefined("It cannot let rows count differently"));
        }
        let usable = weights.len() == self.truth.len()
            && weights
                .iter()
                .all(|&weight| weight.is_finite() && weight >= 0.0)
            && weights.iter().any(|&weight| weight > 0.0);
        if usable {
            Ok(())
        } else {
            Err(NotDefined(
                "The weights are not one number of 0 or more for each row, with one above 0",
            ))
        }
    }

    /// Class of every row and how many classes there are.
    pub(super) fn classes(&self) -> Result<(&'a [u32], usize), NotDefined> {
        let Target::Classes { codes, count } = self.truth else {
            return Err(NotDefined("The answers are numbers, not classes"));
        };
        if codes.is_empty() {
            return Err(NotDefined("There are no rows"));
        }
        let fits = *count == self.outputs
            && self.predicted.len() == codes.len() * self.outputs
            && codes.iter().all(|&code| (code as usize) < self.outputs);
        if !fits {
            return Err(NotDefined("The predictions do not belong to the answers"));
        }
        if self.predicted.iter().any(|value| value.is_nan()) {
            return Err(NotDefined("A prediction is not a number"));
        }
        Ok((codes, *count))
    }

    /// Answers and predictions.
    pub(super) fn numbers(&self) -> Result<(&'a [f64], &'a [f64]), NotDefined> {
        let Target::Numbers(truth) = self.truth else {
            return Err(NotDefined("The answers are classes, not numbers"));
        };
        if truth.is_empty() {
            return Err(NotDefined("There are no rows"));
        }
        if self.outputs != 1 || truth.len() != self.predicted.len() {
            return Err(NotDefined("The predictions do not belong to the answers"));
        }
        if truth
            .iter()
            .chain(self.predicted)
            .any(|value| value.is_nan())
        {
            return Err(NotDefined("A prediction is not a number"));
        }
        Ok((truth, self.predicted))
    }

    pub(super) fn probabilities(&self) -> std::slice::ChunksExact<'a, f64> {
        self.predicted.chunks_exact(self.outputs.max(1))
    }

    /// Probability of one class, row by row.
    pub(super) fn column(&self, class: usize) -> Vec<f64> {
        self.predicted
            .iter()
            .skip(class)
            .step_by(self.outputs.max(1))
            .copied()
            .collect()
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        match self.weights {
            Some(weights) => weights.get(row).copied().unwrap_or(0.0),
            None => 1.0,
        }
    }

    /// Weighted mean of one value per row.
    pub(super) fn mean(&self, values: impl Iterator<Item = f64>) -> f64 {
        let (mut total, mut weight) = (Sum::default(), Sum::default());
        for (row, value) in values.enumerate() {
            let counts = self.weight(row);
            total.add(counts * value);
            weight.add(counts);
        }
        total.value() / weight.value()
    }
}

/// A sum that keeps the digits lost in adding: Neumaier, "Rundungsfehleranalyse einiger Verfahren
/// zur Summation endlicher Summen", ZAMM 54 (1974). The order of the rows then hardly matters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub(super) fn add(&mut self, value: f64) {
        let sum = self.total + value;
        if sum.is_finite() {
            self.lost += if self.total.abs() >= value.abs() {
                (self.total - sum) + value
            } else {
                (value - sum) + self.total
            };
        }
        self.total = sum;
    }

    pub(super) fn value(self) -> f64 {
        self.total + self.lost
    }
}
