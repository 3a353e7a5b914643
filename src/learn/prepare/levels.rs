//! Text columns: one column of 0 and 1 per level.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::MOST_LEVELS;
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::learn::Matrix;
use crate::learn::matrix::BLANK;

/// The levels of a text column. A value that is none of them is all zeros.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    pub name: String,
    /// Most frequent first; equally frequent ones by name. At most [`MOST_LEVELS`].
    pub levels: Vec<String>,
    /// Blank is a level of its own, after the others: it was seen in training.
    pub blank: bool,
}

impl Levels {
    /// `codes`: at least one is not blank.
    pub(super) fn fit(name: &str, codes: &[u32], names: &[String]) -> Self {
        let mut counts = vec![0u64; names.len()];
        let mut blanks = 0u64;
        for &code in codes {
            match counts.get_mut(code as usize) {
                Some(count) => *count += 1,
                None => blanks += 1,
            }
        }
        let mut seen: Vec<(u64, &String)> = counts
            .into_iter()
            .zip(names)
            .filter(|(count, _)| *count > 0)
            .collect();
        seen.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        Self {
            name: name.to_owned(),
            levels: seen
                .into_iter()
                .take(MOST_LEVELS)
                .map(|(_, level)| level.clone())
                .collect(),
            blank: blanks > 0,
        }
    }

    pub(super) fn validate(&self) -> Result<(), String> {
        let distinct: std::collections::BTreeSet<&String> = self.levels.iter().collect();
        let blank_twice = self.levels.iter().any(String::is_empty);
        if self.levels.is_empty() || distinct.len() != self.levels.len() || blank_twice {
            return Err(format!(
                "the levels of the column {} are damaged",
                self.name
            ));
        }
        Ok(())
    }

    pub(super) fn width(&self) -> usize {
        self.levels.len() + usize::from(self.blank)
    }

    pub(super) fn feature_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .levels
            .iter()
            .map(|level| format!("{} = {level}", self.name))
            .collect();
        if self.blank {
            names.push(format!("{} is blank", self.name));
        }
        names
    }

    pub(super) fn transform(
        &self,
        codes: &[u32],
        names: &[String],
        matrix: &mut Matrix,
        offset: usize,
    ) {
        let positions: HashMap<&str, usize> = self
            .levels
            .iter()
            .enumerate()
            .map(|(position, level)| (level.as_str(), position))
            .collect();
        let by_code: Vec<Option<usize>> = names
            .iter()
            .map(|name| positions.get(name.as_str()).copied())
            .collect();
        let blank = self.blank.then_some(self.levels.len());
        let cols = matrix.cols;
        for (row, &code) in matrix.values.chunks_exact_mut(cols.max(1)).zip(codes) {
            let position = if code == BLANK {
                blank
            } else {
                by_code.get(code as usize).copied().flatten()
            };
            if let Some(position) = position
                && let Some(cell) = row.get_mut(offset + position)
            {
                *cell = 1.0;
            }
        }
    }

    pub(super) fn graph(&self, graph: &mut Graph, value: &Value) -> Value {
        let mut texts = self.levels.clone();
        if self.blank {
            texts.push(String::new());
        }
        let numbers: Vec<i64> = (0..texts.len() as i64).collect();
        let positions = graph.constant(&[1, numbers.len()], Constant::Int64(numbers.clone()));
        let level = graph.ml_op(
            "CategoryMapper",
            &[value],
            vec![
                ("cats_strings", Attribute::Texts(texts)),
                ("cats_int64s", Attribute::Integers(numbers)),
                ("default_int64", Attribute::Integer(-1)),
            ],
        );
        let equal = graph.op("Equal", &[&level, &positions], Vec::new());
        graph.cast(&equal, ElementType::Double)
    }
}
