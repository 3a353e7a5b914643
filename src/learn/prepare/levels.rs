//! Text columns: one column of 0 and 1 per value (one-hot encoding).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::shared::frequency;
use super::{Examples, FittedColumn, MOST_LEVELS, Prepared, Reading, Training, Treatment};
use crate::base::UserError;
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::learn::matrix::{BLANK, RawColumn, RawData};
use crate::learn::{Feature, FeatureKind, Matrix};

/// The levels of a text column. A value that is none of them is all zeros, or rare where the rare
/// ones have a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    pub name: String,
    /// Most frequent first; equally frequent ones by name. At most [`MOST_LEVELS`].
    pub levels: Vec<String>,
    /// Blank is a level of its own, after the others: it was seen in training.
    pub blank: bool,
    /// The last column is for every other value.
    #[serde(default)]
    pub rare: bool,
}

impl Treatment for Levels {
    fn takes(column: &RawColumn, _training: &Training<'_>) -> bool {
        matches!(column.data, RawData::Text { .. })
    }

    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError> {
        let RawData::Text { codes, names } = &column.data else {
            return Err(super::unexpected(&column.name));
        };
        let counted = frequency::count(codes, names);
        let blank = counted.blanks > 0;
        let grouped = frequency::group(counted, codes.len(), MOST_LEVELS, training);
        Ok(Prepared::from(Self {
            name: column.name.clone(),
            levels: grouped.own,
            blank,
            rare: grouped.asked && !grouped.rare.is_empty(),
        }))
    }
}

impl Levels {
    fn width(&self) -> usize {
        self.levels.len() + usize::from(self.blank) + usize::from(self.rare)
    }

    /// The column of values that have none.
    fn other(&self) -> Option<usize> {
        self.rare
            .then_some(self.levels.len() + usize::from(self.blank))
    }
}

impl FittedColumn for Levels {
    fn name(&self) -> &str {
        &self.name
    }

    fn reads_text(&self) -> bool {
        true
    }

    fn validate(&self) -> Result<(), String> {
        super::distinct_levels(&self.name, &self.levels)
    }

    fn features(&self) -> Vec<Feature> {
        let mut names: Vec<String> = self
            .levels
            .iter()
            .map(|level| format!("{} = {level}", self.name))
            .collect();
        if self.blank {
            names.push(format!("{} is blank", self.name));
        }
        if self.rare {
            names.push(format!("{} is rare", self.name));
        }
        let feature = |name| Feature {
            name,
            kind: FeatureKind::Number,
        };
        names.into_iter().map(feature).collect()
    }

    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize) {
        let RawData::Text { codes, names } = data else {
            return;
        };
        let positions: HashMap<&str, usize> = self
            .levels
            .iter()
            .enumerate()
            .map(|(position, level)| (level.as_str(), position))
            .collect();
        let other = self.other();
        let by_code: Vec<Option<usize>> = names
            .iter()
            .map(|name| positions.get(name.as_str()).copied().or(other))
            .collect();
        let blank = if self.blank {
            Some(self.levels.len())
        } else {
            other
        };
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

    fn graph(&self, graph: &mut Graph, value: &Value) -> Result<Value, UserError> {
        let mut texts = self.levels.clone();
        if self.blank {
            texts.push(String::new());
        }
        let numbers: Vec<i64> = (0..texts.len() as i64).collect();
        let columns: Vec<i64> = (0..self.width() as i64).collect();
        let positions = graph.constant(&[1, columns.len()], Constant::Int64(columns));
        let level = graph.ml_op(
            "CategoryMapper",
            &[value],
            vec![
                ("cats_strings", Attribute::Texts(texts)),
                ("cats_int64s", Attribute::Integers(numbers)),
                (
                    "default_int64",
                    Attribute::Integer(self.other().map_or(-1, |other| other as i64)),
                ),
            ],
        );
        let equal = graph.op("Equal", &[&level, &positions], Vec::new());
        Ok(graph.cast(&equal, ElementType::Double))
    }

    fn reading(&self, _place: usize) -> Reading {
        Reading::Flag
    }

    fn examples(&self) -> Examples {
        Examples::Texts(self.levels.clone())
    }
}
