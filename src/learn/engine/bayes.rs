//! What the three kinds of naive Bayes share: how often every class occurs, and sums per class.
//!
//! The sums are our own: linfa-bayes (0.8.1) knows no weights, keeps its numbers in a map of random
//! order, and takes probabilities without taking out the largest logarithm first.

use super::present::Present;
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

/// Training rows sorted by class.
pub struct ClassRows<'a> {
    x: &'a Matrix,
    pub present: Present,
    places: Vec<usize>,
    weights: Option<&'a [f64]>,
    /// Weight of every class that occurs.
    pub totals: Vec<f64>,
}

impl<'a> ClassRows<'a> {
    /// `weights`, where given, are positive.
    pub fn new(x: &'a Matrix, codes: &[u32], count: usize, weights: Option<&'a [f64]>) -> Self {
        let present = Present::of(codes, count);
        let places = present.places(codes);
        let mut totals = vec![0.0; present.len()];
        for (row, &place) in places.iter().enumerate() {
            totals[place] += weight(weights, row);
        }
        Self {
            x,
            present,
            places,
            weights,
            totals,
        }
    }

    pub fn features(&self) -> usize {
        self.x.cols
    }

    /// Row-major classes that occur × features: Σ weight · of(class, feature, value).
    pub fn sums(
        &self,
        task: &TaskContext,
        of: impl Fn(usize, usize, f64) -> f64,
    ) -> Result<Vec<f64>, UserError> {
        let features = self.x.cols;
        let mut sums = vec![0.0; self.present.len() * features];
        let often = (1 << 20) / features.max(1) + 1;
        for (row, &place) in self.places.iter().enumerate() {
            if row % often == 0 {
                task.check()?;
                task.progress(row as u64, self.x.rows as u64, "Adding up the rows");
            }
            let weight = weight(self.weights, row);
            let of_class = &mut sums[place * features..(place + 1) * features];
            for (feature, (sum, &value)) in of_class.iter_mut().zip(self.x.row(row)).enumerate() {
                *sum += weight * of(place, feature, value);
            }
        }
        Ok(sums)
    }

    /// Logarithms of how often each class occurs, or all equal.
    pub fn log_priors(&self, learned: bool) -> Vec<f64> {
        let all: f64 = self.totals.iter().sum();
        let each = self.totals.iter().map(|total| {
            if learned {
                (total / all).ln()
            } else {
                -(self.totals.len() as f64).ln()
            }
        });
        each.collect()
    }
}

fn weight(weights: Option<&[f64]>, row: usize) -> f64 {
    weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0))
}
