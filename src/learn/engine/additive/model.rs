//! The model: numbers to look up and add. Saving, and the checks of what was saved.

use serde::{Deserialize, Serialize};

use super::lesson::MOST_CELLS;
use super::shapes::{AdditiveShapes, ShapeAxis, ShapeBins, ShapeScale, ShapeTerm};
use crate::base::{TaskContext, UserError, format};
use crate::learn::engine::hist::bins::code_of;
use crate::learn::engine::hist::loss::sigmoid;
use crate::learn::engine::hist::parallel;
use crate::learn::engine::present::Present;
use crate::learn::engine::{self, feature_name, saved, softmax};
use crate::learn::{Matrix, ModelFact};

/// Rows that are scored as one piece.
const BLOCK_ROWS: usize = 1024;

/// How the values of one column fall into bins. The bin after the last one is that of blanks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisRule {
    /// A value belongs to the first bin whose edge is not below it. `lowest` and `highest`: values
    /// learned from.
    Number {
        edges: Vec<f64>,
        lowest: f64,
        highest: f64,
    },
    /// The bin of each code; `values` stands for a code that counts as blank.
    Category { bin_of_code: Vec<u8>, values: u8 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Matrix column.
    pub feature: usize,
    pub rule: AxisRule,
}

/// Whether a value is no blank. Negative infinity counts as one, as in an exported model.
#[inline]
fn is_known(value: f64) -> bool {
    value >= f64::MIN
}

impl Axis {
    /// Bins that hold values; the number of the bin of the blanks.
    pub fn values(&self) -> usize {
        match &self.rule {
            AxisRule::Number { edges, .. } => edges.len() + 1,
            AxisRule::Category { values, .. } => usize::from(*values),
        }
    }

    /// All bins.
    pub fn count(&self) -> usize {
        self.values() + 1
    }

    #[inline]
    pub fn bin(&self, value: f64) -> usize {
        match &self.rule {
            AxisRule::Number { edges, .. } if is_known(value) => {
                edges.partition_point(|edge| *edge < value)
            }
            AxisRule::Number { edges, .. } => edges.len() + 1,
            AxisRule::Category {
                bin_of_code,
                values,
            } => code_of(value, bin_of_code.len() as u32)
                .and_then(|code| bin_of_code.get(code))
                .map_or(usize::from(*values), |&bin| usize::from(bin)),
        }
    }

    fn holds(&self, features: usize) -> bool {
        self.feature < features
            && match &self.rule {
                AxisRule::Number {
                    edges,
                    lowest,
                    highest,
                } => {
                    saved::finite(edges)
                        && edges.len() < MOST_CELLS
                        && edges.windows(2).all(|pair| pair[0] < pair[1])
                        && lowest.is_finite()
                        && highest.is_finite()
                        && lowest <= highest
                }
                AxisRule::Category {
                    bin_of_code,
                    values,
                } => bin_of_code.iter().all(|bin| bin <= values),
            }
    }

    fn shape(&self, features: &[String]) -> ShapeAxis {
        let bins = match &self.rule {
            AxisRule::Number {
                edges,
                lowest,
                highest,
            } => ShapeBins::Number {
                edges: edges.clone(),
                lowest: *lowest,
                highest: *highest,
            },
            AxisRule::Category {
                bin_of_code,
                values,
            } => {
                let mut levels = vec![Vec::new(); usize::from(*values)];
                for (code, &bin) in bin_of_code.iter().enumerate() {
                    if let Some(levels) = levels.get_mut(usize::from(bin)) {
                        levels.push(code as u32);
                    }
                }
                ShapeBins::Category { levels }
            }
        };
        ShapeAxis {
            feature: self.feature,
            name: feature_name(features, self.feature),
            bins,
        }
    }
}

/// A curve or a table. Cells are row-major: first axis, second axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdditiveTerm {
    /// One or two.
    pub axes: Vec<Axis>,
    /// Cells × outputs.
    pub scores: Vec<f64>,
    /// Cells × outputs: standard deviation over the bags.
    pub deviations: Vec<f64>,
    /// Per cell, the weight of the training rows in it.
    pub weights: Vec<f64>,
    /// Mean absolute score over the training rows.
    pub importance: f64,
}

impl AdditiveTerm {
    pub fn cells(&self) -> usize {
        self.axes.iter().map(Axis::count).product()
    }

    #[inline]
    fn cell(&self, row: &[f64]) -> usize {
        self.axes.iter().fold(0, |cell, axis| {
            let value = row.get(axis.feature).copied().unwrap_or(f64::NAN);
            cell * axis.count() + axis.bin(value)
        })
    }

    fn name(&self, features: &[String]) -> String {
        let names = self.axes.iter();
        let names: Vec<String> = names
            .map(|axis| feature_name(features, axis.feature))
            .collect();
        names.join(" × ")
    }

    fn holds(&self, features: usize, outputs: usize) -> bool {
        (1..=2).contains(&self.axes.len())
            && self.axes.iter().all(|axis| axis.holds(features))
            && self.cells() <= MOST_CELLS
            && self.scores.len() == self.cells() * outputs
            && self.deviations.len() == self.scores.len()
            && self.weights.len() == self.cells()
            && saved::finite(&self.scores)
            && saved::finite(&self.deviations)
            && saved::finite(&self.weights)
            && self.importance.is_finite()
    }
}

/// The sum of an intercept and one score of every term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdditiveModel {
    /// Matrix columns it expects.
    pub features: usize,
    /// None for numbers.
    pub present: Option<Present>,
    /// One per output: 1 for numbers and for two classes, otherwise one per class that occurs.
    pub intercept: Vec<f64>,
    /// Most important first.
    pub terms: Vec<AdditiveTerm>,
}

struct Piece<'p> {
    rows: &'p [f64],
    scores: &'p mut [f64],
}

impl AdditiveModel {
    pub fn outputs(&self) -> usize {
        self.intercept.len()
    }

    /// What was saved fits together.
    pub fn check(&self, learner: &str) -> Result<(), UserError> {
        let classes = self.present.as_ref().map_or(1, |present| present.count);
        saved::require_shape(self.features, classes, learner)?;
        let outputs = match &self.present {
            None => 1,
            Some(present) if !present.is_valid() => 0,
            Some(present) if present.len() <= 2 => 1,
            Some(present) => present.len(),
        };
        let certain = self
            .present
            .as_ref()
            .is_some_and(|present| present.len() == 1);
        let holds = outputs > 0
            && self.intercept.len() == outputs
            && saved::finite(&self.intercept)
            && (!certain || self.terms.is_empty());
        saved::require(holds, learner, "its scores do not fit its classes")?;
        let mut terms = self.terms.iter();
        saved::require(
            terms.all(|term| term.holds(self.features, outputs)),
            learner,
            "a curve does not hold together",
        )
    }

    /// Row-major rows × outputs: the sums. `x` has the width it expects.
    pub fn scores(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        let outputs = self.outputs().max(1);
        let mut scores = vec![0.0; x.rows * outputs];
        let mut pieces: Vec<Piece<'_>> = scores
            .chunks_mut(BLOCK_ROWS * outputs)
            .zip(x.values.chunks(BLOCK_ROWS * x.cols.max(1)))
            .map(|(scores, rows)| Piece { rows, scores })
            .collect();
        let lookups = x.rows.saturating_mul(self.terms.len());
        let threads = if lookups > 1 << 14 {
            rayon::current_num_threads()
        } else {
            1
        };
        parallel::try_each(threads, &mut pieces, &|piece| {
            task.check()?;
            self.add_up(piece, x.cols.max(1));
            Ok(())
        })?;
        Ok(scores)
    }

    fn add_up(&self, piece: &mut Piece<'_>, columns: usize) {
        let outputs = self.outputs();
        for scores in piece.scores.chunks_exact_mut(outputs) {
            scores.copy_from_slice(&self.intercept);
        }
        for term in &self.terms {
            let rows = piece.rows.chunks_exact(columns);
            for (row, scores) in rows.zip(piece.scores.chunks_exact_mut(outputs)) {
                let start = term.cell(row) * outputs;
                for (score, add) in scores.iter_mut().zip(&term.scores[start..]) {
                    *score += add;
                }
            }
        }
    }

    /// Class probabilities or numbers.
    pub fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features)?;
        let mut scores = self.scores(x, task)?;
        let Some(present) = &self.present else {
            return Ok(scores);
        };
        let mut shares = vec![0.0; x.rows * present.count];
        let rows = scores.chunks_exact_mut(self.outputs());
        for (scores, all) in rows.zip(shares.chunks_exact_mut(present.count)) {
            match (present.len(), scores) {
                (1, _) => present.spread(&[1.0], all),
                (2, [score]) => {
                    let share = sigmoid(*score);
                    present.spread(&[1.0 - share, share], all);
                }
                (_, scores) => {
                    softmax::softmax(scores);
                    present.spread(scores, all);
                }
            }
        }
        Ok(shares)
    }

    pub fn shapes(&self, features: &[String]) -> AdditiveShapes {
        let class = |place: usize| {
            let classes = self.present.as_ref().map(|present| &present.classes);
            classes
                .and_then(|classes| classes.get(place))
                .map_or(0, |&class| class as usize)
        };
        let scale = match &self.present {
            None => ShapeScale::Answer,
            Some(present) if present.len() == 2 => ShapeScale::LogOdds {
                class: class(1),
                against: class(0),
            },
            Some(present) => ShapeScale::ClassScores {
                classes: (0..present.len()).map(class).collect(),
            },
        };
        let terms = self.terms.iter().map(|term| ShapeTerm {
            axes: term.axes.iter().map(|axis| axis.shape(features)).collect(),
            scores: term.scores.clone(),
            deviations: term.deviations.clone(),
            weights: term.weights.clone(),
            importance: term.importance,
        });
        AdditiveShapes {
            scale,
            intercept: self.intercept.clone(),
            terms: terms.collect(),
        }
    }

    /// Columns and pairs by how far they move the score of a row on average.
    pub fn facts(&self, features: &[String]) -> Vec<ModelFact> {
        let facts = self.terms.iter().map(|term| ModelFact {
            label: term.name(features),
            value: term.importance,
        });
        facts.collect()
    }

    pub fn sentence(&self, features: &[String]) -> String {
        let Some(first) = self.terms.first() else {
            return "Found no column that helps: it gives every row the same answer".to_owned();
        };
        let pairs = self
            .terms
            .iter()
            .filter(|term| term.axes.len() == 2)
            .count();
        let curves = format::counted((self.terms.len() - pairs) as u64, "curve");
        let tables = match pairs {
            0 => String::new(),
            pairs => format!(
                " and {} for pairs of columns",
                format::counted(pairs as u64, "table")
            ),
        };
        format!(
            "Adds up {curves}, one per column{tables}; {} moves the answer most",
            first.name(features)
        )
    }
}
