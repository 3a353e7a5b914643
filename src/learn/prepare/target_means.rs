//! Text columns: the mean answer of every value, drawn towards the mean of all (target encoding).
//!
//! D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", SIGKDD
//! Explorations 3(1), 2001, equations 3 and 5; smoothing and cross-fitting as in scikit-learn's
//! TargetEncoder. A training row is encoded by the rows of other parts only: a value that occurs
//! once would otherwise repeat the answer of its row.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::shared::frequency;
use super::shared::scaling::{self, Scaling};
use super::{Examples, FittedColumn, MOST_REMEMBERED, Prepared, Reading, Training, Treatment};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, UserError};
use crate::learn::engine::folds;
use crate::learn::matrix::{BLANK, RawColumn, RawData};
use crate::learn::{Feature, FeatureKind, Matrix, Target};

pub static SETTINGS: &[ParamSpec] = &[
    ParamSpec {
        key: "target_smoothing",
        label: "Smoothing of mean answers",
        help: "How many rows the mean of all counts as when the mean answer of a value is taken; 0 finds it from the data (empirical Bayes)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 1e6,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
    ParamSpec {
        key: "target_parts",
        label: "Parts for mean answers",
        help: "The training rows are divided into so many parts; a row's mean answer comes from the other parts (cross-fitting)",
        kind: ParamKind::Integer { min: 2, max: 50 },
        default: ParamDefault::Integer(5),
    },
];

/// More classes would make a column each for every text column.
const MOST_CLASSES: usize = 50;

/// One number per value, or one per value and class where there are more than two classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetMeans {
    pub name: String,
    /// Most frequent first.
    pub levels: Vec<String>,
    /// Blank has means of its own, after those of the levels.
    pub blank: bool,
    /// Class each column speaks of; empty for a number.
    pub classes: Vec<u32>,
    /// Row-major (levels, blank, everything else) × columns.
    pub means: Vec<f64>,
    pub scaling: Vec<Scaling>,
}

impl Treatment for TargetMeans {
    fn takes(column: &RawColumn, training: &Training<'_>) -> bool {
        matches!(column.data, RawData::Text { .. })
            && training.settings.text("categories") == "target"
    }

    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError> {
        let RawData::Text { codes, names } = &column.data else {
            return Err(super::unexpected(&column.name));
        };
        let counted = frequency::count(codes, names);
        let blank = counted.blanks > 0;
        let grouped = frequency::group(counted, codes.len(), MOST_REMEMBERED, training);
        let mut fitted = Self {
            name: column.name.clone(),
            levels: grouped.own,
            blank,
            classes: Vec::new(),
            means: Vec::new(),
            scaling: Vec::new(),
        };
        let answers = answers(training.y, &column.name, &mut fitted.classes)?;
        let places = fitted.places(codes, names);
        let all: Vec<usize> = (0..codes.len()).collect();
        let smoothing = training.settings.number("target_smoothing");
        let table = |rows: &[usize]| -> Vec<Vec<f64>> {
            answers
                .iter()
                .map(|y| means(&places, y, fitted.places_in_all(), rows, smoothing))
                .collect()
        };
        let full = table(&all);
        let mut training_values = Matrix::zeros(codes.len(), answers.len());
        let wanted = usize::try_from(training.settings.integer("target_parts")).unwrap_or(5);
        let parts = folds::parts(training.y, wanted, training.seed);
        for part in 0..parts.count {
            training.task.check()?;
            let (inside, outside) = parts.split(part);
            let without = if outside.is_empty() {
                prior_only(&full)
            } else {
                table(&outside)
            };
            for row in inside {
                for (col, column) in without.iter().enumerate() {
                    let at = row * answers.len() + col;
                    if let (Some(cell), Some(&value)) =
                        (training_values.values.get_mut(at), column.get(places[row]))
                    {
                        *cell = value;
                    }
                }
            }
        }
        fitted.means = (0..fitted.places_in_all())
            .flat_map(|place| full.iter().map(move |column| column[place]))
            .collect();
        fitted.scaling = scaling::fit_columns(&training_values, 0..answers.len(), training);
        scaling::apply_columns(&fitted.scaling, &mut training_values, 0);
        Ok(Prepared {
            column: fitted,
            training: Some(training_values),
        })
    }
}

/// What means are taken of: the number, or for each class 1 and 0.
fn answers(y: &Target, column: &str, classes: &mut Vec<u32>) -> Result<Vec<Vec<f64>>, UserError> {
    let codes = match y {
        Target::Numbers(values) => return Ok(vec![values.clone()]),
        Target::Classes { codes, count } => {
            *classes = if *count <= 2 {
                vec![1]
            } else {
                (0..*count as u32)
                    .filter(|class| codes.contains(class))
                    .collect()
            };
            codes
        }
    };
    if classes.len() > MOST_CLASSES {
        return Err(UserError::input(
            "too_many_classes",
            format!("{column} cannot be read by its mean answers"),
            format!(
                "It would become one column for each of {} classes; at most {MOST_CLASSES} are possible",
                classes.len()
            ),
        )
        .with_hint("Choose another way to read categories"));
    }
    let one = |class: &u32| {
        codes
            .iter()
            .map(|code| f64::from(u8::from(code == class)))
            .collect()
    };
    Ok(classes.iter().map(one).collect())
}

/// Smoothed mean answer of every place over the given rows; the last place is the mean of all.
///
/// With a smoothing of m rows: (Σ y + m · mean) / (n + m). Without: λ · mean of the place +
/// (1 − λ) · mean of all, with λ = v · n / (v · n + s / n), v the variance of all answers and s the
/// sum of squared differences within the place.
fn means(places: &[usize], y: &[f64], count: usize, rows: &[usize], smoothing: f64) -> Vec<f64> {
    let total = rows.len().max(1) as f64;
    let mean = rows.iter().map(|&row| y[row] / total).sum::<f64>();
    let variance = rows
        .iter()
        .map(|&row| (y[row] - mean) * (y[row] - mean))
        .sum::<f64>()
        / total;
    let mut counts = vec![0.0; count];
    let mut sums = vec![0.0; count];
    for &row in rows {
        counts[places[row]] += 1.0;
        sums[places[row]] += y[row];
    }
    let own: Vec<f64> = sums
        .iter()
        .zip(&counts)
        .map(|(sum, count)| sum / count)
        .collect();
    let mut within = vec![0.0; count];
    for &row in rows {
        let off = y[row] - own[places[row]];
        within[places[row]] += off * off;
    }
    (0..count)
        .map(|place| {
            // Values in no row have the mean of all, as has the place of everything else.
            if counts[place] == 0.0 || place + 1 == count {
                return mean;
            }
            let value = if smoothing > 0.0 {
                (sums[place] + smoothing * mean) / (counts[place] + smoothing)
            } else {
                let between = variance * counts[place];
                let share = between / (between + within[place] / counts[place]);
                if share.is_nan() {
                    mean
                } else {
                    share * own[place] + (1.0 - share) * mean
                }
            };
            if value.is_finite() { value } else { mean }
        })
        .collect()
}

/// A single row has no others: it says nothing but the mean of all.
fn prior_only(full: &[Vec<f64>]) -> Vec<Vec<f64>> {
    full.iter()
        .map(|column| vec![column.last().copied().unwrap_or(0.0); column.len()])
        .collect()
}

impl TargetMeans {
    fn places_in_all(&self) -> usize {
        self.levels.len() + usize::from(self.blank) + 1
    }

    fn width(&self) -> usize {
        self.classes.len().max(1)
    }

    /// Row of `means` for every row.
    fn places(&self, codes: &[u32], names: &[String]) -> Vec<usize> {
        let known: HashMap<&str, usize> = self.levels.iter().map(String::as_str).zip(0..).collect();
        let other = self.places_in_all() - 1;
        let blank = if self.blank { self.levels.len() } else { other };
        let by_code: Vec<usize> = names
            .iter()
            .map(|name| known.get(name.as_str()).copied().unwrap_or(other))
            .collect();
        codes
            .iter()
            .map(|&code| {
                if code == BLANK {
                    blank
                } else {
                    by_code.get(code as usize).copied().unwrap_or(other)
                }
            })
            .collect()
    }

    fn scaled(&self, place: usize, col: usize) -> f64 {
        let value = self
            .means
            .get(place * self.width() + col)
            .copied()
            .unwrap_or(0.0);
        self.scaling
            .get(col)
            .map_or(value, |scaling| scaling.apply(value))
    }
}

impl FittedColumn for TargetMeans {
    fn name(&self) -> &str {
        &self.name
    }

    fn reads_text(&self) -> bool {
        true
    }

    fn validate(&self) -> Result<(), String> {
        super::distinct_levels(&self.name, &self.levels)?;
        let sound = self.means.len() == self.places_in_all() * self.width()
            && self.means.iter().all(|mean| mean.is_finite())
            && self.classes.len() <= MOST_CLASSES
            && (self.scaling.is_empty() || self.scaling.len() == self.width())
            && self.scaling.iter().all(|scaling| scaling.is_sound());
        if sound {
            return Ok(());
        }
        Err(format!(
            "the mean answers of the column {} are damaged",
            self.name
        ))
    }

    fn features(&self) -> Vec<Feature> {
        let feature = |name| Feature {
            name,
            kind: FeatureKind::Number,
        };
        match self.classes.len() {
            0 | 1 => vec![feature(format!("{} by its mean answer", self.name))],
            _ => self
                .classes
                .iter()
                .map(|class| feature(format!("{} by its share of class {}", self.name, class + 1)))
                .collect(),
        }
    }

    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize) {
        let RawData::Text { codes, names } = data else {
            return;
        };
        let places = self.places(codes, names);
        for col in 0..self.width() {
            super::write_column(matrix, offset + col, &places, |&place| {
                self.scaled(place, col)
            });
        }
    }

    fn graph(&self, graph: &mut Graph, value: &Value) -> Result<Value, UserError> {
        let mut texts = self.levels.clone();
        if self.blank {
            texts.push(String::new());
        }
        let numbers: Vec<i64> = (0..texts.len() as i64).collect();
        let place = graph.ml_op(
            "CategoryMapper",
            &[value],
            vec![
                ("cats_strings", Attribute::Texts(texts)),
                ("cats_int64s", Attribute::Integers(numbers)),
                (
                    "default_int64",
                    Attribute::Integer(self.places_in_all() as i64 - 1),
                ),
            ],
        );
        let columns: Vec<Value> = (0..self.width())
            .map(|col| {
                let means = (0..self.places_in_all())
                    .map(|place| self.scaled(place, col))
                    .collect();
                let table = graph.constant(&[self.places_in_all()], Constant::Double(means));
                graph.op(
                    "Gather",
                    &[&table, &place],
                    vec![("axis", Attribute::Integer(0))],
                )
            })
            .collect();
        Ok(super::side_by_side(graph, columns))
    }

    fn reading(&self, place: usize) -> Reading {
        let scaling = self.scaling.get(place).copied();
        scaling.map_or(Reading::Amount, Reading::Scaled)
    }

    fn examples(&self) -> Examples {
        Examples::Texts(self.levels.clone())
    }
}
