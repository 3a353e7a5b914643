//! Long texts: how much each word stands out in a text (TF-IDF).
//!
//! K. Spärck Jones, "A statistical interpretation of term specificity", Journal of Documentation
//! 28(1), 1972; weights as in scikit-learn's TfidfVectorizer: count of the word · (ln((1 + texts) /
//! (1 + texts with the word)) + 1), divided by the Euclidean length of all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::shared::{frequency, tokens};
use super::{Examples, FittedColumn, Prepared, Training, Treatment};
use crate::base::UserError;
use crate::base::graph::{Graph, Value};
use crate::learn::matrix::{RawColumn, RawData};
use crate::learn::{Feature, FeatureKind, Matrix};

/// The most frequent words of the training texts and their weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Words {
    pub name: String,
    /// In alphabetical order.
    pub words: Vec<String>,
    /// One per word.
    pub weights: Vec<f64>,
}

#[derive(Default)]
struct Occurrence {
    count: u64,
    texts: u64,
}

impl Treatment for Words {
    fn takes(column: &RawColumn, training: &Training<'_>) -> bool {
        training.settings.text("text") == "words" && tokens::reads_as_text(column)
    }

    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError> {
        let RawData::Text { codes, names } = &column.data else {
            return Err(super::unexpected(&column.name));
        };
        let mut found: BTreeMap<String, Occurrence> = BTreeMap::new();
        for (place, (text, rows)) in frequency::count(codes, names).levels.iter().enumerate() {
            if place % 1_024 == 0 {
                training.task.check()?;
            }
            let words = tokens::words(text);
            let different: BTreeSet<&String> = words.iter().collect();
            for word in different {
                found.entry(word.clone()).or_default().texts += rows;
            }
            for word in words {
                found.entry(word).or_default().count += rows;
            }
        }
        let most = usize::try_from(training.settings.integer("text_words")).unwrap_or(200);
        let mut words: Vec<(String, Occurrence)> = found.into_iter().collect();
        // Equally frequent ones stay in alphabetical order.
        words.sort_by_key(|(_, occurrence)| std::cmp::Reverse(occurrence.count));
        words.truncate(most);
        words.sort_by(|a, b| a.0.cmp(&b.0));
        let texts = codes.len() as f64;
        let (words, weights) = words
            .into_iter()
            .map(|(word, occurrence)| {
                let weight = ((1.0 + texts) / (1.0 + occurrence.texts as f64)).ln() + 1.0;
                (word, weight)
            })
            .unzip();
        Ok(Prepared::from(Self {
            name: column.name.clone(),
            words,
            weights,
        }))
    }
}

impl FittedColumn for Words {
    fn name(&self) -> &str {
        &self.name
    }

    fn reads_text(&self) -> bool {
        true
    }

    fn validate(&self) -> Result<(), String> {
        super::distinct_levels(&self.name, &self.words)?;
        let sound = self.weights.len() == self.words.len()
            && self.weights.iter().all(|weight| weight.is_finite());
        if sound {
            return Ok(());
        }
        Err(format!("the words of the column {} are damaged", self.name))
    }

    fn features(&self) -> Vec<Feature> {
        self.words
            .iter()
            .map(|word| Feature {
                name: format!("{}: “{word}”", self.name),
                kind: FeatureKind::Number,
            })
            .collect()
    }

    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize) {
        let known: HashMap<&str, usize> = self.words.iter().map(String::as_str).zip(0..).collect();
        super::write_texts(data, matrix, offset, |text| {
            let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
            for word in tokens::words(text) {
                if let Some(&place) = known.get(word.as_str()) {
                    *counts.entry(place).or_default() += 1.0;
                }
            }
            let weight = |place: usize| self.weights.get(place).copied().unwrap_or(0.0);
            let mut places: Vec<(usize, f64)> = counts
                .into_iter()
                .map(|(place, count)| (place, count * weight(place)))
                .collect();
            tokens::normalise(&mut places);
            places
        });
    }

    fn graph(&self, _graph: &mut Graph, _value: &Value) -> Result<Value, UserError> {
        Err(super::text_not_exported(&self.name))
    }

    fn examples(&self) -> Examples {
        Examples::Texts(self.words.chunks(5).map(|words| words.join(" ")).collect())
    }
}
