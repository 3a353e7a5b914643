//! Rows in the order that a model puts them in.

use crate::base::UserError;
use crate::evaluate::cross_validation::RunResult;
use crate::learn::{Target, Task};

/// Rows from the most to the least likely to be of one class.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Row ids.
    rows: Vec<u32>,
    scores: Vec<f64>,
    inside: Vec<bool>,
    positives: usize,
}

/// A threshold: the rows of at least this score are taken to be of the class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Infinite where no row is taken.
    pub threshold: f64,
    /// Rows taken: the first ones of the order.
    pub taken: usize,
    /// Rows of the class among them.
    pub found: usize,
}

impl Ranked {
    /// Errors: lengths that differ, or a score that is not a number. Rows of equal score stay in the
    /// order given.
    pub fn new(rows: &[u32], scores: &[f64], inside: &[bool]) -> Result<Self, UserError> {
        if rows.len() != scores.len() || rows.len() != inside.len() {
            return Err(no_curve("The predictions do not belong to the rows"));
        }
        if scores.iter().any(|score| score.is_nan()) {
            return Err(no_curve("A prediction is not a number"));
        }
        let mut order: Vec<(f64, u32, bool)> = scores
            .iter()
            .zip(rows)
            .zip(inside)
            // Zero and minus zero are one score.
            .map(|((&score, &row), &inside)| (score + 0.0, row, inside))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(Self {
            positives: inside.iter().filter(|&&inside| inside).count(),
            rows: order.iter().map(|(_, row, _)| *row).collect(),
            scores: order.iter().map(|(score, _, _)| *score).collect(),
            inside: order.iter().map(|(_, _, inside)| *inside).collect(),
        })
    }

    /// The check predictions of a run for one class against the rest. Fails when the run predicts
    /// numbers or has no such class.
    pub fn of(result: &RunResult, class: usize) -> Result<Self, UserError> {
        let held = &result.out_of_fold;
        let (Target::Classes { codes, .. }, Task::Classes { names }) = (&held.truth, &result.task)
        else {
            return Err(no_curve("Its check predictions are not classes"));
        };
        if class >= names.len() || held.outputs != names.len() {
            return Err(no_curve("There is no such class"));
        }
        let scores: Vec<f64> = held
            .predicted
            .iter()
            .skip(class)
            .step_by(held.outputs)
            .copied()
            .collect();
        let inside: Vec<bool> = codes.iter().map(|&code| code as usize == class).collect();
        Self::new(&held.rows, &scores, &inside)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows of the class.
    pub fn positives(&self) -> usize {
        self.positives
    }

    pub fn negatives(&self) -> usize {
        self.len() - self.positives
    }

    /// Row ids, most likely first.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Scores in the order of [`Ranked::rows`].
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Whether each row is of the class, in the order of [`Ranked::rows`].
    pub fn inside(&self) -> &[bool] {
        &self.inside
    }

    /// The rows taken at a threshold.
    pub fn rows_above(&self, cut: &Cut) -> &[u32] {
        self.rows.get(..cut.taken).unwrap_or(&self.rows)
    }

    /// The rows that a lower threshold takes and a higher one does not.
    pub fn rows_between(&self, high: &Cut, low: &Cut) -> &[u32] {
        self.rows.get(high.taken..low.taken).unwrap_or(&[])
    }

    /// Every threshold that makes a difference, from the one that takes no row down.
    pub fn cuts(&self) -> Vec<Cut> {
        let mut cuts = vec![Cut {
            threshold: f64::INFINITY,
            taken: 0,
            found: 0,
        }];
        let (mut taken, mut found) = (0, 0);
        for (place, (&score, &inside)) in self.scores.iter().zip(&self.inside).enumerate() {
            taken += 1;
            found += usize::from(inside);
            if self.scores.get(place + 1) != Some(&score) {
                cuts.push(Cut {
                    threshold: score,
                    taken,
                    found,
                });
            }
        }
        cuts
    }

    /// The curve needs rows of the class and others.
    pub(super) fn needs_both(&self) -> Result<(), UserError> {
        if self.positives == 0 {
            return Err(no_curve("No checked row is of this class"));
        }
        if self.negatives() == 0 {
            return Err(no_curve("Every checked row is of this class"));
        }
        Ok(())
    }
}

pub(super) fn no_curve(why: &str) -> UserError {
    UserError::input("no_curve", "There is no such curve of this model", why)
        .with_hint("Look at another class or another model")
}
