//! Reading saved models that may be damaged.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::UserError;

/// The error for a saved model that does not hold together.
pub fn damaged(learner: &str, why: impl std::fmt::Display) -> UserError {
    UserError::input(
        "model_damaged",
        format!("The saved model ({learner}) is damaged"),
        why.to_string(),
    )
    .with_hint("Train the model again")
}

/// Reads the plain form of a model; checking its meaning is left to the caller.
pub fn read<T: DeserializeOwned>(saved: &serde_json::Value, learner: &str) -> Result<T, UserError> {
    T::deserialize(saved).map_err(|error| damaged(learner, error))
}

/// The plain form of a model. Only values that are not numbers fail, and models hold none.
pub fn write<T: Serialize>(model: &T) -> serde_json::Value {
    serde_json::to_value(model).unwrap_or(serde_json::Value::Null)
}

/// Fails unless the condition holds.
pub fn require(holds: bool, learner: &str, why: &str) -> Result<(), UserError> {
    if holds {
        Ok(())
    } else {
        Err(damaged(learner, why))
    }
}

/// More features than any table makes: a damaged file must not ask for the memory of a planet.
const MOST_FEATURES: usize = 1_000_000;
const MOST_OUTPUTS: usize = 10_000;

/// Fails unless the shape is one a model can have.
pub fn require_shape(features: usize, outputs: usize, learner: &str) -> Result<(), UserError> {
    let possible = (1..=MOST_FEATURES).contains(&features) && (1..=MOST_OUTPUTS).contains(&outputs);
    require(possible, learner, "its size is not possible")
}

/// Every value is finite.
pub fn finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// Every row of `outputs` values is a set of probabilities that sum to one.
pub fn probabilities(values: &[f64], outputs: usize) -> bool {
    outputs > 0
        && values.len().is_multiple_of(outputs)
        && values.chunks_exact(outputs).all(|row| {
            row.iter().all(|p| (0.0..=1.0).contains(p))
                && (row.iter().sum::<f64>() - 1.0).abs() < 1e-6
        })
}
