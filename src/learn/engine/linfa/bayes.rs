//! linfa-bayes: Gaussian and Bernoulli naive Bayes.
//!
//! Its models keep their numbers to themselves, so they are read from the logarithms of
//! likelihoods, which it does give: one column at a time, centred and scaled, where a parabola
//! through three points has its middle and its width to the last digits. Its probabilities, which
//! it takes without taking out the largest logarithm first, are never asked for. It has no row
//! weights.
//!
//! The multinomial model stays our own: fitting linfa's prints every count on standard error
//! (`dbg!` in multinomial_nb.rs, line 78, in release builds too), and there is no other way to one.

use std::collections::HashMap;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_bayes::{BernoulliNb, GaussianNb, NaiveBayes};
use ndarray::{ArrayView1, ArrayView2};

/// Comparisons of a row's class, which is what a fit costs, over all columns. One takes 0.15 µs, for
/// a copy of the column belongs to it: 100,000 rows with 20 columns of two classes took 540 ms for the
/// Gaussian model and 620 ms for Bernoulli's, against 3 ms without linfa. With so many it is 50 ms.
const MOST_WORK: usize = 300_000;

/// Whether so many rows, columns and classes are few enough for it.
pub fn few_enough(rows: usize, columns: usize, classes: usize) -> bool {
    let work = rows.saturating_mul(classes).saturating_mul(columns);
    work <= MOST_WORK
}

/// Mean and variance of one column in every class. `values`: centred, of spread 1; `places`: the
/// class of every row, every class occurring; `smallest`: added to every variance.
pub fn gaussian(
    values: &[f64],
    places: &[usize],
    classes: usize,
    smallest: f64,
) -> Option<Vec<(f64, f64)>> {
    let far = values
        .iter()
        .fold(1.0f64, |far, value| far.max(value.abs()));
    if !(far < 1e100 && smallest > 0.0) {
        return None;
    }
    // It measures the smoothing by the variance of the column, which is 1 but for rounding.
    let share = smallest / variance(values);
    let logs = super::guarded(|| {
        let records = ArrayView2::from_shape((values.len(), 1), values).ok()?;
        let model = GaussianNb::params()
            .var_smoothing(share)
            .fit(&DatasetBase::new(records, ArrayView1::from(places)))
            .ok()?;
        likelihoods(&model, &[-far, 0.0, far], classes)
    })?;
    let read = |at: &Vec<f64>| {
        let (below, middle, above) = (at[0], at[1], at[2]);
        let variance = far * far / (2.0 * middle - below - above);
        let mean = variance * (above - below) / (2.0 * far);
        (variance > 0.0 && variance.is_finite() && mean.is_finite()).then_some((mean, variance))
    };
    logs.iter().map(read).collect()
}

/// Logarithm of the smoothed share of rows with the sign, in every class. `signs`: 0 or 1.
pub fn bernoulli(
    signs: &[f64],
    places: &[usize],
    classes: usize,
    smoothing: f64,
) -> Option<Vec<f64>> {
    let logs = super::guarded(|| {
        let records = ArrayView2::from_shape((signs.len(), 1), signs).ok()?;
        let model = BernoulliNb::params()
            .alpha(smoothing)
            .binarize(None)
            .fit(&DatasetBase::new(records, ArrayView1::from(places)))
            .ok()?;
        likelihoods(&model, &[1.0], classes)
    })?;
    let mut counts = vec![0usize; classes];
    places.iter().for_each(|&place| counts[place] += 1);
    let each = logs.iter().zip(counts).map(|(at, count)| {
        let share = at[0] - (count as f64 / places.len() as f64).ln();
        share.is_finite().then_some(share)
    });
    each.collect()
}

/// What it says of a row with one column, class by class.
fn likelihoods<'a, M: NaiveBayes<'a, f64, usize>>(
    model: &M,
    at: &[f64],
    classes: usize,
) -> Option<Vec<Vec<f64>>> {
    let questions = ArrayView2::from_shape((at.len(), 1), at).ok()?;
    let logs: HashMap<_, _> = model.joint_log_likelihood(questions);
    let each = (0..classes).map(|class| Some(logs.get(&class)?.to_vec()));
    each.collect()
}

fn variance(values: &[f64]) -> f64 {
    let mean = super::super::mean(values.iter().copied());
    super::super::mean(values.iter().map(|value| (value - mean) * (value - mean)))
}
