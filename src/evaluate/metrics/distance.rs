//! Scores of how far predicted numbers are from the answers.

use super::scored::Sum;
use super::{Metric, NotDefined, Scored, Suits};

pub static MEAN_ABSOLUTE_ERROR: Metric = Metric {
    id: "mean_absolute_error",
    name: "Wrong by, on average",
    technical: "mean absolute error",
    says: "How far a prediction is from the answer on average, too high or too low",
    suits: Suits::Numbers,
    unit_is_target: true,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| over_rows(scored, |truth, predicted| (truth - predicted).abs()),
};

pub static MEDIAN_ABSOLUTE_ERROR: Metric = Metric {
    id: "median_absolute_error",
    name: "Wrong by, typically",
    technical: "median absolute error",
    says: "Half of the predictions are closer to the answer than this; a few wild ones do not matter",
    suits: Suits::Numbers,
    unit_is_target: true,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: false,
    formula: |scored| {
        let mut errors = errors(scored)?;
        errors.sort_by(f64::total_cmp);
        let at = |place: usize| errors.get(place).copied().unwrap_or(0.0);
        let middle = errors.len() / 2;
        Ok(if errors.len() % 2 == 1 {
            at(middle)
        } else {
            (at(middle - 1) + at(middle)) / 2.0
        })
    },
};

pub static ROOT_MEAN_SQUARED_ERROR: Metric = Metric {
    id: "root_mean_squared_error",
    name: "Wrong by, large errors counting more",
    technical: "root mean squared error",
    says: "How far a prediction is from the answer; a few large errors make it large",
    suits: Suits::Numbers,
    unit_is_target: true,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| {
        over_rows(scored, |truth, predicted| (truth - predicted).powi(2)).map(f64::sqrt)
    },
};

pub static MAX_ERROR: Metric = Metric {
    id: "max_error",
    name: "Wrong by, at worst",
    technical: "maximum error",
    says: "How far the worst prediction is from its answer; it grows with the number of rows",
    suits: Suits::Numbers,
    unit_is_target: true,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: false,
    formula: |scored| Ok(errors(scored)?.into_iter().fold(0.0, f64::max)),
};

pub static MEAN_ABSOLUTE_PERCENTAGE_ERROR: Metric = Metric {
    id: "mean_absolute_percentage_error",
    name: "Wrong by, as a share of the answer",
    technical: "mean absolute percentage error",
    says: "How far a prediction is from the answer as a share of it: 0.1 is a tenth. Small answers count most",
    suits: Suits::Numbers,
    unit_is_target: false,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| {
        let (truth, _) = scored.numbers()?;
        if truth.contains(&0.0) {
            return Err(NotDefined("An answer is 0, and nothing is a share of 0"));
        }
        over_rows(scored, |truth, predicted| {
            (truth - predicted).abs() / truth.abs().max(f64::EPSILON)
        })
    },
};

pub static R_SQUARED: Metric = Metric {
    id: "r_squared",
    name: "Share of the ups and downs explained",
    technical: "R²",
    says: "1 is exact, 0 no better than always saying the mean of the checked rows, below 0 worse",
    suits: Suits::Numbers,
    unit_is_target: false,
    higher_is_better: true,
    range: (f64::NEG_INFINITY, 1.0),
    weights: true,
    formula: |scored| {
        let (truth, predicted) = scored.numbers()?;
        if truth.len() < 2 {
            return Err(NotDefined("One row alone has no ups and downs"));
        }
        let centre = scored.mean(truth.iter().copied());
        let (mut total, mut left) = (Sum::default(), Sum::default());
        for (row, (t, p)) in truth.iter().zip(predicted).enumerate() {
            total.add(scored.weight(row) * (t - centre).powi(2));
            left.add(scored.weight(row) * (t - p).powi(2));
        }
        let first = truth.first().copied().unwrap_or(0.0);
        if total.value() <= 0.0 || truth.iter().all(|&t| t == first) {
            return Err(NotDefined("Every answer is the same"));
        }
        Ok(1.0 - left.value() / total.value())
    },
};

pub static PINBALL_10: Metric = Metric {
    id: "pinball_10",
    name: "Wrong by, too high counting nine times as much",
    technical: "pinball loss at 0.1",
    says: "Least for a model whose predictions nine rows of ten lie above",
    suits: Suits::Numbers,
    unit_is_target: true,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| pinball_loss(scored, 0.1),
};

pub static PINBALL_90: Metric = Metric {
    id: "pinball_90",
    name: "Wrong by, too low counting nine times as much",
    technical: "pinball loss at 0.9",
    says: "Least for a model whose predictions nine rows of ten lie below",
    suits: Suits::Numbers,
    unit_is_target: true,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| pinball_loss(scored, 0.9),
};

/// Pinball loss of predictions meant to be the quantile `level` (0 to 1): too low costs `level` per
/// unit, too high 1 − `level`. Koenker and Bassett, "Regression Quantiles", Econometrica 46 (1978).
pub fn pinball_loss(scored: &Scored<'_>, level: f64) -> Result<f64, NotDefined> {
    over_rows(scored, |truth, predicted| {
        let short = truth - predicted;
        if short >= 0.0 {
            level * short
        } else {
            (level - 1.0) * short
        }
    })
}

fn over_rows(scored: &Scored<'_>, loss: impl Fn(f64, f64) -> f64) -> Result<f64, NotDefined> {
    let (truth, predicted) = scored.numbers()?;
    Ok(scored.mean(truth.iter().zip(predicted).map(|(&t, &p)| loss(t, p))))
}

fn errors(scored: &Scored<'_>) -> Result<Vec<f64>, NotDefined> {
    let (truth, predicted) = scored.numbers()?;
    Ok(truth
        .iter()
        .zip(predicted)
        .map(|(t, p)| (t - p).abs())
        .collect())
}
