//! What is left of a weighted sum of all columns when weights are made expensive (the lasso).
//!
//! R. Tibshirani, "Regression shrinkage and selection via the lasso", JRSS B 58, 1996; coordinate
//! descent along a path of penalties as in J. Friedman, T. Hastie, R. Tibshirani, "Regularization
//! paths for generalized linear models via coordinate descent", Journal of Statistical Software
//! 33(1), 2010, section 2. Classes are 0 and 1 for one class against the rest.

use crate::base::{Random, UserError};
use crate::learn::engine::dense::{add_scaled, dot};
use crate::learn::prepare::Training;
use crate::learn::{Feature, FeatureKind, Matrix, Target};

/// Rows looked at; more say little more about which columns matter.
const MOST_ROWS: usize = 10_000;
/// Classes looked at, the most frequent first.
const MOST_CLASSES: usize = 10;
const PENALTIES: usize = 60;
/// Smallest penalty over the largest.
const LAST_PENALTY: f64 = 1e-3;
const SWEEPS: usize = 200;
const TOLERANCE: f64 = 1e-6;

/// The sum over classes of the sizes of the weights, in units of the answer's spread, at the first
/// penalty that leaves at least `keep` columns.
pub(super) fn scores(
    matrix: &Matrix,
    features: &[Feature],
    keep: usize,
    training: &Training<'_>,
) -> Result<Vec<f64>, UserError> {
    let rows = some_rows(matrix.rows, training.seed);
    let answers = answers(training.y, &rows);
    let mut problems = Vec::with_capacity(answers.len());
    for y in &answers {
        training.task.check()?;
        problems.push(Problem::new(matrix, features, &rows, y));
    }
    let largest = problems
        .iter()
        .map(Problem::largest_penalty)
        .fold(0.0, f64::max);
    let mut scores = vec![0.0; matrix.cols];
    if largest <= 0.0 {
        return Ok(scores);
    }
    for step in 1..=PENALTIES {
        let penalty = largest * LAST_PENALTY.powf(step as f64 / PENALTIES as f64);
        for problem in &mut problems {
            problem.solve(penalty, training)?;
        }
        for (col, score) in scores.iter_mut().enumerate() {
            *score = problems
                .iter()
                .map(|problem| problem.weights[col].abs())
                .sum();
        }
        if scores.iter().filter(|score| **score > 0.0).count() >= keep {
            break;
        }
    }
    Ok(scores)
}

fn some_rows(rows: usize, seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..rows).collect();
    if rows > MOST_ROWS {
        Random::stream(seed, 0x11a5).shuffle(&mut all);
        all.truncate(MOST_ROWS);
        all.sort_unstable();
    }
    all
}

/// The number, or for each class 1 and 0; centred and of unit spread.
fn answers(y: &Target, rows: &[usize]) -> Vec<Vec<f64>> {
    match y.rows(rows) {
        Target::Numbers(values) => vec![standardised(values)],
        Target::Classes { codes, count } => {
            let mut sizes = vec![0usize; count];
            codes.iter().for_each(|&code| sizes[code as usize] += 1);
            let mut classes: Vec<usize> = (0..count).filter(|&class| sizes[class] > 0).collect();
            classes.sort_by_key(|&class| (std::cmp::Reverse(sizes[class]), class));
            // With two classes, one against the rest is the other against the rest.
            let most = if classes.len() == 2 { 1 } else { MOST_CLASSES };
            classes.truncate(most);
            classes
                .into_iter()
                .map(|class| {
                    let one = |&code: &u32| f64::from(u8::from(code as usize == class));
                    standardised(codes.iter().map(one).collect())
                })
                .collect()
        }
    }
}

/// Blanks become the mean. All zeros when nothing varies.
fn standardised(mut values: Vec<f64>) -> Vec<f64> {
    let filled = || values.iter().copied().filter(|value| value.is_finite());
    let count = filled().count().max(1) as f64;
    let mean = filled().map(|value| value / count).sum::<f64>();
    let spread = filled()
        .map(|value| (value - mean) * (value - mean) / count)
        .sum::<f64>()
        .sqrt();
    let varies = spread.is_finite() && spread > mean.abs() * 1e-12 && spread > 0.0;
    for value in &mut values {
        *value = if varies && value.is_finite() {
            (*value - mean) / spread
        } else {
            0.0
        };
    }
    values
}

/// ½/n · |y − X·w|² + penalty · Σ|w| with standardised columns.
struct Problem {
    columns: Vec<Vec<f64>>,
    weights: Vec<f64>,
    /// y − X·w
    left: Vec<f64>,
}

impl Problem {
    fn new(matrix: &Matrix, features: &[Feature], rows: &[usize], y: &[f64]) -> Self {
        let columns = (0..matrix.cols)
            .map(|col| {
                let values = rows
                    .iter()
                    .map(|&row| matrix.get(row, col).unwrap_or(f64::NAN))
                    .collect();
                match features.get(col).map(|feature| feature.kind) {
                    Some(FeatureKind::Category { levels }) => {
                        standardised(mean_answers(values, y, levels as usize))
                    }
                    _ => standardised(values),
                }
            })
            .collect();
        Self {
            columns,
            weights: vec![0.0; matrix.cols],
            left: y.to_vec(),
        }
    }

    fn rows(&self) -> f64 {
        self.left.len().max(1) as f64
    }

    /// Above this penalty all weights are 0.
    fn largest_penalty(&self) -> f64 {
        self.columns
            .iter()
            .map(|column| dot(column, &self.left).abs() / self.rows())
            .fold(0.0, f64::max)
    }

    fn solve(&mut self, penalty: f64, training: &Training<'_>) -> Result<(), UserError> {
        for _ in 0..SWEEPS {
            if self.sweep(penalty, false, training)? > TOLERANCE {
                // Those that are not 0 first: the others rarely change.
                for _ in 0..SWEEPS {
                    if self.sweep(penalty, true, training)? <= TOLERANCE {
                        break;
                    }
                }
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Sets every weight to its best value given the others; returns the largest change.
    fn sweep(
        &mut self,
        penalty: f64,
        active_only: bool,
        training: &Training<'_>,
    ) -> Result<f64, UserError> {
        let rows = self.rows();
        let mut largest: f64 = 0.0;
        for (place, (column, weight)) in self.columns.iter().zip(&mut self.weights).enumerate() {
            if place % 64 == 0 {
                training.task.check()?;
            }
            if active_only && *weight == 0.0 {
                continue;
            }
            // Columns have unit spread, so the curvature is 1; 0 for constant ones.
            let pull = dot(column, &self.left) / rows + *weight;
            let best = pull.signum() * (pull.abs() - penalty).max(0.0);
            let change = best - *weight;
            if change != 0.0 {
                add_scaled(&mut self.left, -change, column);
                *weight = best;
                largest = largest.max(change.abs());
            }
        }
        Ok(largest)
    }
}

/// A category as the mean answer of its values, drawn towards 0 (the mean of all) by one row.
fn mean_answers(codes: Vec<f64>, y: &[f64], levels: usize) -> Vec<f64> {
    let mut sums = vec![0.0; levels];
    let mut counts = vec![1.0; levels];
    for (code, y) in codes.iter().zip(y).filter(|(code, _)| code.is_finite()) {
        if let (Some(sum), Some(count)) =
            (sums.get_mut(*code as usize), counts.get_mut(*code as usize))
        {
            *sum += y;
            *count += 1.0;
        }
    }
    codes
        .into_iter()
        .map(|code| {
            let at = code as usize;
            match (code.is_finite(), sums.get(at), counts.get(at)) {
                (true, Some(sum), Some(count)) => sum / count,
                _ => f64::NAN,
            }
        })
        .collect()
}
