//! Text columns: one column of numbers in the order of the values (ordinal encoding).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::shared::frequency;
use super::shared::scaling::{self, Method, Scaling};
use super::{Examples, FittedColumn, MOST_REMEMBERED, Prepared, Reading, Training, Treatment};
use crate::base::UserError;
use crate::base::graph::{Attribute, ElementType, Graph, Value};
use crate::learn::matrix::{BLANK, RawColumn, RawData};
use crate::learn::{Feature, FeatureKind, Matrix};

/// The code of blanks, and of values never seen.
const NONE: f64 = -1.0;

/// Values in order: by number where all begin with one, otherwise by the alphabet. Blank and never
/// seen are −1; where rare ones are grouped, they and values never seen come last together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ordinal {
    pub name: String,
    pub levels: Vec<String>,
    pub rare: bool,
    pub scaling: Option<Scaling>,
}

impl Treatment for Ordinal {
    fn takes(column: &RawColumn, training: &Training<'_>) -> bool {
        matches!(column.data, RawData::Text { .. })
            && training.settings.text("categories") == "ordinal"
    }

    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError> {
        let RawData::Text { codes, names } = &column.data else {
            return Err(super::unexpected(&column.name));
        };
        let counted = frequency::count(codes, names);
        let grouped = frequency::group(counted, codes.len(), MOST_REMEMBERED, training);
        let mut levels = grouped.own;
        in_order(&mut levels);
        let mut fitted = Self {
            name: column.name.clone(),
            levels,
            rare: grouped.asked && !grouped.rare.is_empty(),
            scaling: None,
        };
        if let Some(method) = Method::of(training) {
            let by_code = fitted.by_code(names);
            let values = codes.iter().map(|&code| fitted.at(&by_code, code));
            let scaling = Scaling::fit(method, values);
            fitted.scaling = Some(scaling);
        }
        Ok(Prepared::from(fitted))
    }
}

fn in_order(levels: &mut [String]) {
    let number = |level: &String| -> Option<f64> {
        let end = level
            .find(|character: char| !(character.is_ascii_digit() || "+-.".contains(character)))
            .unwrap_or(level.len());
        level.get(..end)?.parse().ok()
    };
    if levels.iter().all(|level| number(level).is_some()) {
        levels.sort_by(|a, b| {
            let (x, y) = (number(a).unwrap_or_default(), number(b).unwrap_or_default());
            x.total_cmp(&y).then_with(|| a.cmp(b))
        });
    } else {
        levels.sort();
    }
}

impl Ordinal {
    fn other(&self) -> f64 {
        if self.rare {
            self.levels.len() as f64
        } else {
            NONE
        }
    }

    fn by_code(&self, names: &[String]) -> Vec<f64> {
        let places: HashMap<&str, usize> =
            self.levels.iter().map(String::as_str).zip(0..).collect();
        names
            .iter()
            .map(|name| {
                places
                    .get(name.as_str())
                    .map_or(self.other(), |&place| place as f64)
            })
            .collect()
    }

    fn at(&self, by_code: &[f64], code: u32) -> f64 {
        if code == BLANK {
            return NONE;
        }
        by_code.get(code as usize).copied().unwrap_or(NONE)
    }
}

impl FittedColumn for Ordinal {
    fn name(&self) -> &str {
        &self.name
    }

    fn reads_text(&self) -> bool {
        true
    }

    fn validate(&self) -> Result<(), String> {
        super::distinct_levels(&self.name, &self.levels)?;
        if self.scaling.is_none_or(Scaling::is_sound) {
            return Ok(());
        }
        Err(format!("the scale of the column {} is damaged", self.name))
    }

    fn features(&self) -> Vec<Feature> {
        vec![Feature {
            name: self.name.clone(),
            kind: FeatureKind::Number,
        }]
    }

    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize) {
        let RawData::Text { codes, names } = data else {
            return;
        };
        let by_code = self.by_code(names);
        super::write_column(matrix, offset, codes, |&code| {
            let value = self.at(&by_code, code);
            self.scaling.map_or(value, |scaling| scaling.apply(value))
        });
    }

    fn graph(&self, graph: &mut Graph, value: &Value) -> Result<Value, UserError> {
        let mut texts = self.levels.clone();
        let mut numbers: Vec<i64> = (0..texts.len() as i64).collect();
        texts.push(String::new());
        numbers.push(NONE as i64);
        let code = graph.ml_op(
            "CategoryMapper",
            &[value],
            vec![
                ("cats_strings", Attribute::Texts(texts)),
                ("cats_int64s", Attribute::Integers(numbers)),
                ("default_int64", Attribute::Integer(self.other() as i64)),
            ],
        );
        let code = graph.cast(&code, ElementType::Double);
        Ok(scaling::graph_columns(self.scaling.as_slice(), graph, code))
    }

    fn reading(&self, _place: usize) -> Reading {
        self.scaling.map_or(Reading::Amount, Reading::Scaled)
    }

    fn examples(&self) -> Examples {
        Examples::Texts(self.levels.clone())
    }
}
