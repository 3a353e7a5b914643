//! What the three kinds of naive Bayes share: how often every class occurs, and sums per class.
//!
//! linfa-bayes fits the Gaussian and the Bernoulli model, column by column; its numbers stay where
//! they are those of the sums here, which also serve rows of different weights, tables too large for
//! it, and the multinomial model (see [`super::linfa::bayes`] for why).

use serde::de::DeserializeOwned;

use super::present::{self, Present};
use super::{check_training_data, classes_only, linfa, saved};
use crate::base::{ParamSpec, Params, TaskContext, UserError};
use crate::learn::{FitContext, Matrix, Model, Target};

/// A naive Bayes model: numbers per class that occurs.
pub trait ClassModel: Model + DeserializeOwned + Sized + 'static {
    fn learn(rows: ClassRows<'_>, params: &Params, task: &TaskContext) -> Result<Self, UserError>;
    fn present(&self) -> &Present;
    /// Whether numbers read from a file are such a model.
    fn is_valid(&self) -> bool;
}

/// The body of `fit` of every naive Bayes learner.
pub fn fit<M: ClassModel>(
    name: &str,
    specs: &[ParamSpec],
    (x, y): (&Matrix, &Target),
    params: &Params,
    context: &FitContext<'_>,
) -> Result<Box<dyn Model>, UserError> {
    let params = params.checked(specs)?;
    context.task.check()?;
    check_training_data(x, y)?;
    let mut kept = None;
    let (x, y, weights) = present::counted(x, y, context.weights, &mut kept);
    let (codes, count) = classes_only(y, name)?;
    let rows = ClassRows::new(x, codes, count, weights);
    Ok(Box::new(M::learn(rows, &params, context.task)?))
}

/// The body of `load`.
pub fn load<M: ClassModel>(
    name: &str,
    file: &serde_json::Value,
) -> Result<Box<dyn Model>, UserError> {
    let model: M = saved::read(file, name)?;
    saved::require_shape(model.features(), model.present().count, name)?;
    let holds = model.present().is_valid() && model.is_valid();
    saved::require(holds, name, "its numbers are not possible")?;
    Ok(Box::new(model))
}

/// Numbers this close are the same but for rounding.
const SAME: f64 = 1e-9;

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

    pub fn matrix(&self) -> &'a Matrix {
        self.x
    }

    /// Row-major classes that occur × features: means and variances, the smoothing added, which is
    /// a share of the largest variance of a column. Two passes, because one loses the digits of
    /// columns far from zero.
    pub fn moments(
        &self,
        smoothing: f64,
        task: &TaskContext,
    ) -> Result<(Vec<f64>, Vec<f64>), UserError> {
        let features = self.features();
        let divide = |sums: &mut [f64]| {
            for (of_class, total) in sums.chunks_exact_mut(features.max(1)).zip(&self.totals) {
                of_class.iter_mut().for_each(|sum| *sum /= total);
            }
        };
        let mut means = self.sums(task, |_, _, value| value)?;
        divide(&mut means);
        let mut variances = self.sums(task, |class, feature, value| {
            let off = value - means[class * features + feature];
            off * off
        })?;
        divide(&mut variances);
        let overall = self.overall(&means, &variances);
        let smallest = smoothing * overall.iter().copied().fold(0.0, f64::max);
        // Where no column varies there is nothing to measure the smoothing by.
        let smallest = if smallest > 0.0 { smallest } else { smoothing };
        variances
            .iter_mut()
            .for_each(|variance| *variance += smallest);
        if self.suits_linfa() {
            self.linfa_moments(&mut means, &mut variances, &overall, smallest, task)?;
        }
        Ok((means, variances))
    }

    /// Variance of every column over all rows: within the classes and between them.
    fn overall(&self, means: &[f64], variances: &[f64]) -> Vec<f64> {
        let features = self.features();
        let all: f64 = self.totals.iter().sum();
        let over_classes = |of: &dyn Fn(usize) -> f64| -> f64 {
            let each = self.totals.iter().enumerate();
            each.map(|(class, total)| total / all * of(class)).sum()
        };
        let of = |feature: usize| {
            let middle = over_classes(&|class| means[class * features + feature]);
            over_classes(&|class| {
                let place = class * features + feature;
                variances[place] + (means[place] - middle) * (means[place] - middle)
            })
        };
        (0..features).map(of).collect()
    }

    /// Rows that all count once, and few enough.
    fn suits_linfa(&self) -> bool {
        let classes = self.present.len();
        self.weights.is_none() && linfa::bayes::few_enough(self.x.rows, self.x.cols, classes)
    }

    /// linfa's means and variances in place of those that are the same.
    fn linfa_moments(
        &self,
        means: &mut [f64],
        variances: &mut [f64],
        overall: &[f64],
        smallest: f64,
        task: &TaskContext,
    ) -> Result<(), UserError> {
        let (features, classes) = (self.features(), self.present.len());
        for (feature, variance) in overall.iter().enumerate() {
            task.check()?;
            let (centre, spread) = (self.centre(means, feature), variance.sqrt());
            if !(spread > 1e-100 && spread < 1e100) {
                continue;
            }
            let column = self.x.column(feature);
            let scaled: Vec<f64> = column.iter().map(|v| (v - centre) / spread).collect();
            let least = smallest / spread / spread;
            let found = linfa::bayes::gaussian(&scaled, &self.places, classes, least);
            for (class, (mean, share)) in found.into_iter().flatten().enumerate() {
                let place = class * features + feature;
                let (mean, share) = (centre + spread * mean, spread * spread * share);
                let same = (mean - means[place]).abs() <= SAME * spread
                    && (share - variances[place]).abs() <= SAME * variances[place];
                if same {
                    (means[place], variances[place]) = (mean, share);
                }
            }
        }
        Ok(())
    }

    fn centre(&self, means: &[f64], feature: usize) -> f64 {
        let all: f64 = self.totals.iter().sum();
        let each = self.totals.iter().enumerate();
        each.map(|(class, total)| total / all * means[class * self.features() + feature])
            .sum()
    }

    /// Row-major classes that occur × features: logarithms of the smoothed shares of rows with a
    /// value above the threshold, and of rows without.
    pub fn log_shares(
        &self,
        threshold: f64,
        smoothing: f64,
        task: &TaskContext,
    ) -> Result<(Vec<f64>, Vec<f64>), UserError> {
        let above = |value: f64| f64::from(u8::from(value > threshold));
        let counts = self.sums(task, |_, _, value| above(value))?;
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for (of_class, total) in counts.chunks_exact(self.x.cols.max(1)).zip(&self.totals) {
            let all = (total + 2.0 * smoothing).ln();
            for count in of_class {
                with.push((count + smoothing).ln() - all);
                // Weights may add up to a hair more than their total.
                without.push(((total - count).max(0.0) + smoothing).ln() - all);
            }
        }
        let (features, classes) = (self.features(), self.present.len());
        for feature in 0..if self.suits_linfa() { features } else { 0 } {
            task.check()?;
            let signs: Vec<f64> = self.x.column(feature).into_iter().map(above).collect();
            let opposite: Vec<f64> = signs.iter().map(|sign| 1.0 - sign).collect();
            for (signs, logs) in [(signs, &mut with), (opposite, &mut without)] {
                let found = linfa::bayes::bernoulli(&signs, &self.places, classes, smoothing);
                for (class, log) in found.into_iter().flatten().enumerate() {
                    let own = &mut logs[class * features + feature];
                    if (log - *own).abs() <= SAME {
                        *own = log;
                    }
                }
            }
        }
        Ok((with, without))
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
