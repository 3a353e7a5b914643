//! Words of a text, and the settings of the treatments that count them.

use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec};
use crate::learn::matrix::{RawColumn, RawData};

pub static SETTINGS: &[ParamSpec] = &[
    ParamSpec {
        key: "text",
        label: "Long texts",
        help: "How columns of many different long texts are read; short texts are always categories",
        kind: ParamKind::Choice(&[
            ("categories", "As categories"),
            ("words", "By the words they hold (TF-IDF)"),
            ("hashed", "By hashed words; cannot be exported"),
        ]),
        default: ParamDefault::Text("categories"),
    },
    ParamSpec {
        key: "text_words",
        label: "Words at most",
        help: "Columns that a text becomes: its most frequent words, or the places words are hashed to",
        kind: ParamKind::Integer { min: 2, max: 5_000 },
        default: ParamDefault::Integer(200),
    },
];

const FEWEST_TEXTS: usize = 20;
const FEWEST_WORDS: usize = 3;
const FEWEST_CHARACTERS: usize = 20;

/// Runs of at least two letters, digits or underscores, in lower case, as scikit-learn's
/// vectorizers split by default.
pub fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| word.chars().nth(1).is_some())
        .map(str::to_owned)
        .collect()
}

/// Whether a column holds texts rather than categories: many different values, most of them long.
/// Only values of these rows count.
pub fn reads_as_text(column: &RawColumn) -> bool {
    let RawData::Text { codes, names } = &column.data else {
        return false;
    };
    let mut seen = vec![false; names.len()];
    for &code in codes {
        if let Some(seen) = seen.get_mut(code as usize) {
            *seen = true;
        }
    }
    let (mut texts, mut characters, mut found) = (0usize, 0usize, 0usize);
    for (_, text) in seen.iter().zip(names).filter(|(seen, _)| **seen) {
        texts += 1;
        characters += text.chars().count();
        found += text.split_whitespace().count();
    }
    texts >= FEWEST_TEXTS
        && characters >= texts * FEWEST_CHARACTERS
        && found >= texts * FEWEST_WORDS
}

/// Divides by the Euclidean length, so that long and short texts weigh the same.
pub fn normalise(places: &mut [(usize, f64)]) {
    let length: f64 = places.iter().map(|(_, value)| value * value).sum();
    if length > 0.0 {
        let length = length.sqrt();
        places.iter_mut().for_each(|(_, value)| *value /= length);
    }
}
