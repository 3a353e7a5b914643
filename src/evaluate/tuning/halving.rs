//! Successive halving: many settings measured a little, the best of them more.
//!
//! K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
//! Optimization", AISTATS 2016. What is spent are folds: one first, then three times as many for the
//! best third, until the last ones are measured on all. Where there are many rows, a first round
//! learns from a quarter of them.

use super::search::{Ask, Effort, Searcher, Seen};
use super::space::Space;
use crate::base::Random;

/// One of so many goes on, with so many times the effort.
const FACTOR: usize = 3;
/// Rows learned from per fold above which a first round looks at a part of them.
const MANY_ROWS: u64 = 8_000;
const SHARE: f64 = 0.25;

pub struct Halving {
    random: Random,
    trials: usize,
    /// Rounds, the next one last.
    rounds: Vec<Effort>,
    /// Trials of the round before.
    racing: Vec<usize>,
    begun: bool,
}

impl Halving {
    /// `trials` in all, besides the defaults, which are measured whole before the race.
    pub fn new(trials: usize, folds: usize, rows: u64, seed: u64) -> Self {
        let mut rounds = rounds(folds, rows);
        rounds.reverse();
        Self {
            random: Random::new(seed),
            trials,
            rounds,
            racing: Vec::new(),
            begun: false,
        }
    }
}

/// The effort of every round: 1, 3, 9 … folds, and all of them at the end.
pub fn rounds(folds: usize, rows: u64) -> Vec<Effort> {
    let mut rounds = Vec::new();
    if rows >= MANY_ROWS {
        rounds.push(Effort {
            folds: 1,
            share: SHARE,
        });
    }
    let mut count = 1;
    // A last step that adds hardly any folds would drop trials for nothing.
    while count * 3 <= folds * 2 && count < folds {
        rounds.push(Effort {
            folds: count,
            share: 1.0,
        });
        count *= FACTOR;
    }
    rounds.push(Effort { folds, share: 1.0 });
    rounds
}

/// Folds fitted at most: `trials` in all, one of them measured whole before the race.
pub fn most_fits(trials: usize, folds: usize, rows: u64) -> u64 {
    let mut fits = folds as u64;
    let mut racing = trials.saturating_sub(1);
    let mut before = Effort {
        folds: 0,
        share: 1.0,
    };
    for effort in rounds(folds, rows) {
        let known = match effort.share == before.share {
            true => before.folds,
            false => 0,
        };
        fits += (racing * effort.folds.saturating_sub(known)) as u64;
        racing = racing.div_ceil(FACTOR);
        before = effort;
    }
    fits
}

impl Searcher for Halving {
    fn next(&mut self, space: &Space, seen: &[Seen]) -> Vec<Ask> {
        let Some(effort) = self.rounds.pop() else {
            return Vec::new();
        };
        if !self.begun {
            self.begun = true;
            let mut asks: Vec<Ask> = Vec::new();
            for point in space.spread(self.trials, &mut self.random) {
                let known = seen.iter().any(|trial| trial.point == point)
                    || asks
                        .iter()
                        .any(|ask| matches!(ask, Ask::New { point: old, .. } if *old == point));
                if !known {
                    asks.push(Ask::New { point, effort });
                }
            }
            self.racing = (seen.len()..seen.len() + asks.len()).collect();
            return asks;
        }
        let loss = |trial: &usize| seen.get(*trial).and_then(|trial| trial.loss);
        let mut alive: Vec<(f64, usize)> = self
            .racing
            .iter()
            .filter_map(|trial| Some((loss(trial)?, *trial)))
            .collect();
        alive.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        alive.truncate(self.racing.len().div_ceil(FACTOR));
        self.racing = alive.into_iter().map(|(_, trial)| trial).collect();
        self.racing.sort_unstable();
        self.racing
            .iter()
            .map(|&trial| Ask::More { trial, effort })
            .collect()
    }

    /// The rounds are its budget: ended within one, nothing would have been measured whole.
    fn may_end_early(&self) -> bool {
        false
    }
}
