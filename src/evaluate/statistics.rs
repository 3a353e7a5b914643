//! The little of statistics that honest intervals need.

use crate::base::Random;
use crate::base::distributions::{NORMAL_95, student_below, student_quantile};

/// Two-sided 95 %.
const UPPER_TAIL: f64 = 0.975;

/// Blocks of rows that the jackknife leaves out one at a time.
const BLOCKS: usize = 20;

/// Mean and half-width of the 95 % interval of scores measured on the rounds of one
/// cross-validation, repeated or not.
///
/// The rounds share most of their training rows, so their scores vary together and the plain
/// variance of the mean is too small. The corrected one is (1/k + checked/trained) · s²: Nadeau
/// and Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003), section 3.3;
/// with r repeats of k folds there are k · r scores and k · r − 1 degrees of freedom: Bouckaert and
/// Frank, "Evaluating the Replicability of Significance Tests for Comparing Learning Algorithms",
/// PAKDD 2004, section 3.3. `check_share` is checked/trained. None with fewer than two values.
///
/// # What it promises
///
/// It covers what it says where any two scores are correlated by checked/(checked + trained), as the
/// correction assumes. That is a guess of what training on shared rows does: a learner that hardly
/// changes with its rows has less correlated scores and gets an interval that is too wide (it covers
/// more than 95 %). Over time, where each window is another period, and over few groups that differ
/// much, the scores are no draws from one distribution, and no interval of them can promise what the
/// next period or group will bring. Where every round has the same score, such as a perfect one, the
/// interval has no width: a few rounds without a mistake do not say how rare mistakes are.
pub fn corrected_interval(values: &[f64], check_share: f64) -> Option<(f64, f64)> {
    let (mean, standard_error) = corrected_error(values, check_share)?;
    Some((mean, student_95(values.len()) * standard_error))
}

/// Half-width of a 95 % interval in standard errors, from so many values.
pub fn student_95(count: usize) -> f64 {
    student_quantile(UPPER_TAIL, count.saturating_sub(1).max(1) as f64)
}

/// Mean and its corrected standard error; see [`corrected_interval`].
pub fn corrected_error(values: &[f64], check_share: f64) -> Option<(f64, f64)> {
    let count = values.len();
    if count < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let variance = squares / (count - 1) as f64;
    Some((mean, ((1.0 / count as f64 + check_share) * variance).sqrt()))
}

/// Probability that the true mean of scores' differences lies below −`region`, within it, and above
/// it, where they have this mean and standard error: the Bayesian correlated t-test. The posterior
/// is Student's t around the mean, with the corrected variance of [`corrected_interval`] and
/// `count` − 1 degrees of freedom: Corani and Benavoli, "A Bayesian approach for comparing
/// cross-validated algorithms on multiple data sets", Machine Learning 100 (2015), section 2.1. Its
/// correlation is the share of rows checked, so that ρ/(1 − ρ) is checked/trained.
pub fn posterior_shares(mean: f64, standard_error: f64, count: usize, region: f64) -> [f64; 3] {
    let region = region.max(0.0);
    if standard_error <= 0.0 {
        // Every difference is the same: nothing is left to doubt.
        let below = f64::from(u8::from(mean < -region));
        let above = f64::from(u8::from(mean > region));
        return [below, 1.0 - below - above, above];
    }
    let degrees = count.saturating_sub(1).max(1) as f64;
    let below = student_below((-region - mean) / standard_error, degrees);
    // As a tail, so that a tiny one keeps its digits.
    let above = student_below((mean - region) / standard_error, degrees);
    [below, (1.0 - below - above).max(0.0), above]
}

/// The block of each row, drawn by lot: 20 of equally many rows, fewer where there are fewer rows.
pub fn blocks(rows: usize, seed: u64) -> Vec<usize> {
    let count = BLOCKS.min(rows).max(1);
    let mut blocks: Vec<usize> = (0..rows).map(|row| row % count).collect();
    Random::stream(seed, 0x626c_6f63_6b73).shuffle(&mut blocks);
    blocks
}

/// Half-width of the 95 % interval of a score of rows taken together, and the pseudo-values that it
/// comes from, one per block: Tukey's jackknife over groups of rows (Miller, "The jackknife: a
/// review", Biometrika 61, 1974, section 2). `without`: the score of all rows but one block. None
/// with fewer than two blocks.
///
/// # What it promises
///
/// How the fitted model would do on other rows of the same kind, if rows do not hang together. Where
/// one model was fitted it does not say how another one, fitted to other rows, would do. The median
/// error moves in jumps, which leaving out blocks does not follow: it is covered less often than it
/// says (91 of 100 times with 300 rows). Scores that hang on one row (the largest error) have no
/// interval that can be trusted, and a perfect score has one of no width.
pub fn jackknife(whole: f64, without: &[f64]) -> Option<(f64, Vec<f64>)> {
    let count = without.len() as f64;
    let values: Vec<f64> = without
        .iter()
        .map(|left| count * whole - (count - 1.0) * left)
        .collect();
    let (_, margin) = corrected_interval(&values, 0.0)?;
    Some((margin, values))
}

/// Ends of the 95 % interval of a share of `total` rows, `count` of which are so: Wilson, "Probable
/// inference, the law of succession, and statistical inference", JASA 22 (1927). (0, 1) without
/// rows. Covers 95 % on average over the shares there may be; for one share and few rows a few
/// percent more or less.
pub fn share_interval(count: f64, total: f64) -> (f64, f64) {
    if total <= 0.0 {
        return (0.0, 1.0);
    }
    let z2 = NORMAL_95 * NORMAL_95;
    let share = count / total;
    let centre = (share + z2 / (2.0 * total)) / (1.0 + z2 / total);
    let half = NORMAL_95 / (1.0 + z2 / total)
        * (share * (1.0 - share) / total + z2 / (4.0 * total * total)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}
