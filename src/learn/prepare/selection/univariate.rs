//! What each column says alone: the F statistic of an analysis of variance.
//!
//! R. A. Fisher, Statistical Methods for Research Workers (1925), chapter VII; the same statistic as
//! scikit-learn's f_classif and f_regression. Columns with different numbers of groups or of blanks
//! are made comparable by the share of variance explained beyond chance, ε², which is one less
//! (1 − η²) · (n − 1) / (n − k) (T. L. Kelley, "An unbiased correlation ratio measure", PNAS 21,
//! 1935). Among columns with the same degrees of freedom it has the order of F.

use crate::base::UserError;
use crate::learn::prepare::Training;
use crate::learn::{Feature, FeatureKind, Matrix, Target};

/// ε² of every column; the largest of the classes where a category meets classes.
pub(super) fn scores(
    matrix: &Matrix,
    features: &[Feature],
    training: &Training<'_>,
) -> Result<Vec<f64>, UserError> {
    let mut scores = Vec::with_capacity(matrix.cols);
    for col in 0..matrix.cols {
        training.task.check()?;
        let x = matrix.column(col);
        let kind = features.get(col).map_or(FeatureKind::Number, |f| f.kind);
        let explained = match (training.y, kind) {
            (Target::Classes { codes, count }, FeatureKind::Number) => {
                let groups: Vec<f64> = codes.iter().map(|&code| f64::from(code)).collect();
                between_groups(&groups, &[x], *count)
            }
            (Target::Classes { codes, count }, FeatureKind::Category { levels }) => {
                let each: Vec<Vec<f64>> = (0..*count as u32)
                    .map(|class| {
                        codes
                            .iter()
                            .map(|&code| f64::from(u8::from(code == class)))
                            .collect()
                    })
                    .collect();
                between_groups(&x, &each, levels as usize)
            }
            (Target::Numbers(y), FeatureKind::Number) => along_a_line(&x, y),
            (Target::Numbers(y), FeatureKind::Category { levels }) => {
                between_groups(&x, std::slice::from_ref(y), levels as usize)
            }
        };
        scores.push(explained);
    }
    Ok(scores)
}

fn beyond_chance(explained: f64, rows: f64, groups: f64) -> f64 {
    let score = 1.0 - (1.0 - explained) * (rows - 1.0) / (rows - groups);
    if score.is_finite() { score } else { -1.0 }
}

/// Variance of `values` between groups, summed over all of `values`. Rows where the group or a value
/// is blank are left out.
fn between_groups(groups: &[f64], values: &[Vec<f64>], count: usize) -> f64 {
    let mut rows = 0.0;
    let mut sizes = vec![0.0; count];
    let (mut between, mut all) = (0.0, 0.0);
    for values in values {
        let pairs = || {
            groups
                .iter()
                .zip(values)
                .filter(|(group, value)| group.is_finite() && value.is_finite())
                .map(|(group, value)| (*group as usize, *value))
        };
        rows = pairs().count() as f64;
        let mean = pairs().map(|(_, value)| value / rows.max(1.0)).sum::<f64>();
        sizes = vec![0.0; count];
        let mut sums = vec![0.0; count];
        for (group, value) in pairs() {
            if let (Some(size), Some(sum)) = (sizes.get_mut(group), sums.get_mut(group)) {
                *size += 1.0;
                *sum += value - mean;
            }
            all += (value - mean) * (value - mean);
        }
        between += sums
            .iter()
            .zip(&sizes)
            .filter(|(_, size)| **size > 0.0)
            .map(|(sum, size)| sum * sum / size)
            .sum::<f64>();
    }
    let seen = sizes.iter().filter(|size| **size > 0.0).count() as f64;
    beyond_chance(between / all, rows, seen)
}

/// Squared correlation.
fn along_a_line(x: &[f64], y: &[f64]) -> f64 {
    let pairs = || {
        x.iter()
            .zip(y)
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| (*x, *y))
    };
    let rows = pairs().count() as f64;
    let mean_x = pairs().map(|(x, _)| x / rows.max(1.0)).sum::<f64>();
    let mean_y = pairs().map(|(_, y)| y / rows.max(1.0)).sum::<f64>();
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs() {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    beyond_chance(xy / xx * (xy / yy), rows, 2.0)
}
