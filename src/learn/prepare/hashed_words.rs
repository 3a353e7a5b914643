//! Long texts: words thrown into a fixed number of places (feature hashing).
//!
//! K. Weinberger and others, "Feature hashing for large scale multitask learning", ICML 2009: a sign
//! of their own keeps words that meet in one place from adding up. Nothing is learned, so new words
//! count too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::shared::tokens;
use super::{Examples, FittedColumn, Prepared, Training, Treatment};
use crate::base::UserError;
use crate::base::graph::{Graph, Value};
use crate::learn::matrix::RawColumn;
use crate::learn::{Feature, FeatureKind, Matrix, RawData};

const MOST_PLACES: usize = 5_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HashedWords {
    pub name: String,
    pub places: usize,
}

impl Treatment for HashedWords {
    fn takes(column: &RawColumn, training: &Training<'_>) -> bool {
        training.settings.text("text") == "hashed" && tokens::reads_as_text(column)
    }

    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError> {
        Ok(Prepared::from(Self {
            name: column.name.clone(),
            places: usize::try_from(training.settings.integer("text_words")).unwrap_or(200),
        }))
    }
}

impl FittedColumn for HashedWords {
    fn name(&self) -> &str {
        &self.name
    }

    fn reads_text(&self) -> bool {
        true
    }

    fn validate(&self) -> Result<(), String> {
        if (1..=MOST_PLACES).contains(&self.places) {
            return Ok(());
        }
        Err(format!(
            "the places of the column {} are damaged",
            self.name
        ))
    }

    fn features(&self) -> Vec<Feature> {
        (1..=self.places)
            .map(|place| Feature {
                name: format!("{}: words of place {place}", self.name),
                kind: FeatureKind::Number,
            })
            .collect()
    }

    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize) {
        super::write_texts(data, matrix, offset, |text| {
            let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
            for word in tokens::words(text) {
                let hash = xxh3_64(word.as_bytes());
                let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
                let place = (hash & (u64::MAX >> 1)) % self.places.max(1) as u64;
                *sums.entry(place as usize).or_default() += sign;
            }
            let mut places: Vec<(usize, f64)> = sums.into_iter().collect();
            tokens::normalise(&mut places);
            places
        });
    }

    fn graph(&self, _graph: &mut Graph, _value: &Value) -> Result<Value, UserError> {
        Err(super::text_not_exported(&self.name))
    }

    fn examples(&self) -> Examples {
        Examples::Texts(Vec::new())
    }
}
