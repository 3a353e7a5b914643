//! Scores of the probabilities themselves.

use super::{Metric, Suits};

pub static LOG_LOSS: Metric = Metric {
    id: "log_loss",
    name: "Surprise",
    technical: "log loss",
    says: "How surprised one is by the truth after hearing the probabilities; one confident mistake costs a lot",
    suits: Suits::Classes,
    unit_is_target: false,
    higher_is_better: false,
    range: (0.0, f64::INFINITY),
    weights: true,
    formula: |scored| {
        let (codes, _) = scored.classes()?;
        let surprise = codes
            .iter()
            .zip(scored.probabilities())
            .map(|(&code, row)| {
                // A probability of 0 would be endlessly surprising.
                let probability = row.get(code as usize).copied().unwrap_or(0.0);
                -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
            });
        Ok(scored.mean(surprise))
    },
};

/// Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78
/// (1950). Two classes: the squared difference of the second one's probability from 0 or 1.
/// Several: the squared differences of all of them summed.
pub static BRIER: Metric = Metric {
    id: "brier",
    name: "Distance of the probabilities from the truth",
    technical: "Brier score",
    says: "The squared distance of the probabilities from what came true; 0 is certain and right",
    suits: Suits::Classes,
    unit_is_target: false,
    higher_is_better: false,
    range: (0.0, 2.0),
    weights: true,
    formula: |scored| {
        let (codes, count) = scored.classes()?;
        let skip = usize::from(count == 2);
        let squares = codes
            .iter()
            .zip(scored.probabilities())
            .map(|(&code, row)| {
                row.iter()
                    .enumerate()
                    .skip(skip)
                    .map(|(class, &p)| (p - f64::from(u8::from(class == code as usize))).powi(2))
                    .sum::<f64>()
            });
        Ok(scored.mean(squares))
    },
};
