//! Rows that are equal in every column that is learned from, as groups.

use std::collections::HashMap;

use crate::base::{Random, TaskContext, UserError};
use crate::learn::matrix::TargetValues;
use crate::pipeline::Prepared;

/// What an error calls the groups.
pub(super) const WHAT: &str = "What the rows hold";

/// One number per row of `rows`, equal where all inputs are.
pub(super) fn same_inputs(
    prepared: &Prepared,
    rows: &[u32],
    task: &TaskContext,
) -> Result<TargetValues, UserError> {
    let mut hashes = vec![0u64; rows.len()];
    for column in &prepared.plan().features {
        task.check()?;
        // A column nothing can be learned from tells no rows apart either.
        let Ok(values) = prepared.values_of(column, task) else {
            task.check()?;
            continue;
        };
        mix(&mut hashes, &values);
    }
    let mut known: HashMap<u64, f64> = HashMap::new();
    let groups = hashes
        .iter()
        .map(|hash| {
            let next = known.len() as f64;
            *known.entry(*hash).or_insert(next)
        })
        .collect();
    Ok(TargetValues::Numbers(groups))
}

/// Mixes the values of one more column into the hash of every row. Blanks are equal to one another,
/// and 0 to −0.
pub fn mix(hashes: &mut [u64], values: &TargetValues) {
    let bits: Box<dyn Iterator<Item = u64> + '_> = match values {
        TargetValues::Numbers(values) => Box::new(values.iter().map(|value| match value {
            _ if value.is_nan() => u64::MAX,
            _ => (value + 0.0).to_bits(),
        })),
        TargetValues::Texts { codes, .. } => Box::new(codes.iter().map(|&code| u64::from(code))),
    };
    for (hash, bits) in hashes.iter_mut().zip(bits) {
        *hash = Random::stream(*hash, bits).next_u64();
    }
}
