//! Scores of predicted counts and amounts: the deviance of the distribution they are thought to
//! come from. Jørgensen, "The Theory of Dispersion Models" (1997), chapter 4.

use super::{Metric, NotDefined, Scored, Suits};

/// Variance grows as the mean to this power: between counts and amounts, with zeros among them.
const BETWEEN: f64 = 1.5;

pub static POISSON_DEVIANCE: Metric = Metric {
    id: "poisson_deviance",
    name: "Distance, as counts go",
    technical: "mean Poisson deviance",
    says: "How badly the predictions fit as expected counts: the same error weighs less where more is expected",
    suits: Suits::Numbers,
    unit_is_target: false,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| {
        possible(scored, true)?;
        deviance(scored, |y, mu| {
            let logs = if y == 0.0 { 0.0 } else { y * (y / mu).ln() };
            2.0 * (logs - y + mu)
        })
    },
};

pub static GAMMA_DEVIANCE: Metric = Metric {
    id: "gamma_deviance",
    name: "Distance, as amounts go",
    technical: "mean gamma deviance",
    says: "How badly the predictions fit as expected amounts: an error counts by its share of the prediction",
    suits: Suits::Numbers,
    unit_is_target: false,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| {
        possible(scored, false)?;
        deviance(scored, |y, mu| 2.0 * ((mu / y).ln() + y / mu - 1.0))
    },
};

pub static TWEEDIE_DEVIANCE: Metric = Metric {
    id: "tweedie_deviance",
    name: "Distance, as amounts with zeros among them go",
    technical: "mean Tweedie deviance of power 1.5",
    says: "How badly the predictions fit as expected amounts of which many are 0, such as rain or claims",
    suits: Suits::Numbers,
    unit_is_target: false,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| {
        possible(scored, true)?;
        let p = BETWEEN;
        deviance(scored, |y, mu| {
            2.0 * (y.powf(2.0 - p) / ((1.0 - p) * (2.0 - p)) - y * mu.powf(1.0 - p) / (1.0 - p)
                + mu.powf(2.0 - p) / (2.0 - p))
        })
    },
};

fn possible(scored: &Scored<'_>, zero: bool) -> Result<(), NotDefined> {
    let (truth, predicted) = scored.numbers()?;
    if zero && truth.iter().any(|&y| y < 0.0) {
        return Err(NotDefined("An answer is below 0"));
    }
    if !zero && truth.iter().any(|&y| y <= 0.0) {
        return Err(NotDefined("An answer is not above 0"));
    }
    if predicted.iter().any(|&mu| mu <= 0.0) {
        return Err(NotDefined("A prediction is not above 0"));
    }
    Ok(())
}

/// Rounding may leave an exact fit just below 0.
fn deviance(scored: &Scored<'_>, of: impl Fn(f64, f64) -> f64) -> Result<f64, NotDefined> {
    let (truth, predicted) = scored.numbers()?;
    let rows = truth.iter().zip(predicted).map(|(&y, &mu)| of(y, mu));
    Ok(scored.mean(rows).max(0.0))
}
