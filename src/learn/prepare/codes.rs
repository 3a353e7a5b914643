//! Text columns for learners that take categories as they are: one column of codes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::shared::frequency;
use super::{Examples, FittedColumn, Prepared, Reading, Training, Treatment};
use crate::base::UserError;
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::learn::matrix::{BLANK, RawColumn, RawData};
use crate::learn::{Feature, FeatureKind, Intake, Matrix};

/// Codes a category column has at most: what fits a byte, with room for blank.
const MOST_CODES: usize = 254;
/// Rare values remembered, so that they can be told from values never seen.
const MOST_RARE: usize = 10_000;

/// One code per value, the most frequent first. Rare ones share the last code; blank and never seen
/// are NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Codes {
    pub name: String,
    /// Code = position.
    pub levels: Vec<String>,
    /// Values with the code after those.
    pub rare: Vec<String>,
}

impl Treatment for Codes {
    fn takes(column: &RawColumn, training: &Training<'_>) -> bool {
        matches!(column.data, RawData::Text { .. })
            && training.intake == Intake::Native
            && training.settings.text("categories") == "auto"
    }

    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError> {
        let RawData::Text { codes, names } = &column.data else {
            return Err(super::unexpected(&column.name));
        };
        let counted = frequency::count(codes, names);
        let most = if counted.levels.len() > MOST_CODES {
            MOST_CODES - 1
        } else {
            MOST_CODES
        };
        let mut grouped = frequency::group(counted, codes.len(), most, training);
        grouped.rare.truncate(MOST_RARE);
        // Grouping may leave 254 values and rare ones besides.
        while !grouped.rare.is_empty() && grouped.own.len() >= MOST_CODES {
            grouped.rare.extend(grouped.own.pop());
        }
        Ok(Prepared::from(Self {
            name: column.name.clone(),
            levels: grouped.own,
            rare: grouped.rare,
        }))
    }
}

impl Codes {
    fn numbers(&self) -> impl Iterator<Item = (&str, usize)> {
        let shared = self.levels.len();
        let own = self.levels.iter().map(String::as_str).zip(0..);
        own.chain(self.rare.iter().map(move |name| (name.as_str(), shared)))
    }
}

impl FittedColumn for Codes {
    fn name(&self) -> &str {
        &self.name
    }

    fn reads_text(&self) -> bool {
        true
    }

    fn validate(&self) -> Result<(), String> {
        let all: Vec<String> = self.levels.iter().chain(&self.rare).cloned().collect();
        super::distinct_levels(&self.name, &all)?;
        let codes = self.levels.len() + usize::from(!self.rare.is_empty());
        if self.levels.is_empty() || codes > MOST_CODES {
            return Err(format!("the codes of the column {} are damaged", self.name));
        }
        Ok(())
    }

    fn features(&self) -> Vec<Feature> {
        let levels = self.levels.len() + usize::from(!self.rare.is_empty());
        vec![Feature {
            name: self.name.clone(),
            kind: FeatureKind::Category {
                levels: levels as u32,
            },
        }]
    }

    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize) {
        let RawData::Text { codes, names } = data else {
            return;
        };
        let known: HashMap<&str, usize> = self.numbers().collect();
        let by_code: Vec<f64> = names
            .iter()
            .map(|name| {
                known
                    .get(name.as_str())
                    .map_or(f64::NAN, |&code| code as f64)
            })
            .collect();
        super::write_column(matrix, offset, codes, |&code| {
            if code == BLANK {
                return f64::NAN;
            }
            by_code.get(code as usize).copied().unwrap_or(f64::NAN)
        });
    }

    fn graph(&self, graph: &mut Graph, value: &Value) -> Result<Value, UserError> {
        let (texts, numbers) = self
            .numbers()
            .map(|(name, code)| (name.to_owned(), code as i64))
            .unzip();
        let code = graph.ml_op(
            "CategoryMapper",
            &[value],
            vec![
                ("cats_strings", Attribute::Texts(texts)),
                ("cats_int64s", Attribute::Integers(numbers)),
                ("default_int64", Attribute::Integer(-1)),
            ],
        );
        let code = graph.cast(&code, ElementType::Double);
        let zero = graph.constant(&[1, 1], Constant::Double(vec![0.0]));
        let blank = graph.constant(&[1, 1], Constant::Double(vec![f64::NAN]));
        let known = graph.op("LessOrEqual", &[&zero, &code], Vec::new());
        Ok(graph.op("Where", &[&known, &code, &blank], Vec::new()))
    }

    fn reading(&self, _place: usize) -> Reading {
        let mut names = self.levels.clone();
        if !self.rare.is_empty() {
            names.push("rare values".to_owned());
        }
        Reading::Codes(names)
    }

    fn examples(&self) -> Examples {
        Examples::Texts(self.levels.clone())
    }
}
