//! Columns whose larger values may only raise, or only lower, what is predicted.

use crate::base::{Params, UserError};
use crate::learn::{FeatureKind, FitContext};

/// Per column 1, −1 or 0, from the settings "rising" and "falling"; empty when no column is named.
pub fn directions_of(
    params: &Params,
    columns: usize,
    context: &FitContext<'_>,
) -> Result<Vec<i8>, UserError> {
    let mut directions = vec![0_i8; columns];
    for (key, direction) in [("rising", 1), ("falling", -1)] {
        for name in params.list(key) {
            let found = context
                .features
                .iter()
                .position(|feature| feature.name == *name);
            let column = found.filter(|&column| {
                context.feature_kind(column) == FeatureKind::Number
                    && directions.get(column) == Some(&0)
            });
            let Some(column) = column else {
                return Err(UserError::usage(
                    "column_without_direction",
                    format!("{name} cannot be made to act in one direction"),
                    "It must be a number column that the model learns from, and named once"
                        .to_owned(),
                )
                .with_hint("Choose other columns for the direction"));
            };
            directions[column] = direction;
        }
    }
    if directions.iter().all(|&direction| direction == 0) {
        directions.clear();
    }
    Ok(directions)
}
