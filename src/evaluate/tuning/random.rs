//! Random search: every trial is drawn evenly from the whole space (J. Bergstra, Y. Bengio, "Random
//! Search for Hyper-Parameter Optimization", Journal of Machine Learning Research 13, 2012).

use super::search::{Ask, Effort, Searcher, Seen, not_tried};
use super::space::Space;
use crate::base::Random;

/// Trials that run side by side. What is proposed does not depend on it.
const TOGETHER: usize = 4;

pub struct RandomSearch {
    random: Random,
    left: usize,
}

impl RandomSearch {
    pub fn new(trials: usize, seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            left: trials,
        }
    }
}

impl Searcher for RandomSearch {
    fn next(&mut self, space: &Space, seen: &[Seen]) -> Vec<Ask> {
        let mut asks: Vec<Ask> = Vec::new();
        while self.left > 0 && asks.len() < TOGETHER {
            let Some(point) = not_tried(space, seen, &asks, || space.random(&mut self.random))
            else {
                self.left = 0;
                break;
            };
            asks.push(Ask::New {
                point,
                effort: Effort::ALL,
            });
            self.left -= 1;
        }
        asks
    }
}
