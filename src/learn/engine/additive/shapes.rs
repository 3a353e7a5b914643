//! The curves and tables of a model that adds one up per column and per pair of columns: what the
//! window draws and a person reads.

use serde::{Deserialize, Serialize};

/// What the numbers of the curves are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeScale {
    /// Units of the answer; the sum is the prediction.
    Answer,
    /// Logarithm of the odds of class `class` against class `against`; the sum, put through
    /// 1 / (1 + e^−sum), is the probability of `class`.
    LogOdds { class: usize, against: usize },
    /// One score per class of `classes`, in that order; softmax of the sums gives the
    /// probabilities. Of every bin the scores add up to 0 over the classes.
    ClassScores { classes: Vec<usize> },
}

impl ShapeScale {
    /// Scores per bin.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Answer | Self::LogOdds { .. } => 1,
            Self::ClassScores { classes } => classes.len(),
        }
    }
}

/// How the values of one column fall into bins. After the bins named here comes one more: blanks,
/// and whatever is no number or no known level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeBins {
    /// Bin `b` reaches from above `edges[b − 1]` to `edges[b]`, that included; the last one has no
    /// end. One bin more than there are edges.
    Number {
        /// Ascending.
        edges: Vec<f64>,
        /// Smallest and largest value learned from: where a drawing begins and ends. Both 0 where
        /// every value was blank.
        lowest: f64,
        highest: f64,
    },
    /// `levels[b]`: the levels of the column (codes of the preparation) in bin `b`; more than one
    /// where rare levels share a bin.
    Category { levels: Vec<Vec<u32>> },
}

impl ShapeBins {
    /// Bins that hold values; the bin of this number holds blanks.
    pub fn values(&self) -> usize {
        match self {
            Self::Number { edges, .. } => edges.len() + 1,
            Self::Category { levels } => levels.len(),
        }
    }

    /// All bins, that of the blanks included.
    pub fn count(&self) -> usize {
        self.values() + 1
    }
}

/// One column of a term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShapeAxis {
    /// Matrix column.
    pub feature: usize,
    pub name: String,
    pub bins: ShapeBins,
}

/// A curve (one axis) or a table (two axes). Lists of cells are row-major: first axis, second axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShapeTerm {
    /// One axis, or two.
    pub axes: Vec<ShapeAxis>,
    /// Cells × outputs: what a row in this cell adds. Over the training rows the mean is 0 (in a
    /// table: of every row and every column of the table).
    pub scores: Vec<f64>,
    /// Cells × outputs: standard deviation of the score over the bags, for a band around the curve.
    /// All 0 with one bag.
    pub deviations: Vec<f64>,
    /// Per cell, the weight of the training rows in it (without row weights: their number). A cell
    /// of weight 0 was never seen; its score is a guess.
    pub weights: Vec<f64>,
    /// Mean absolute score over the training rows (and over the classes where there are several).
    pub importance: f64,
}

impl ShapeTerm {
    /// "age", or "age × income".
    pub fn name(&self) -> String {
        let names: Vec<&str> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
        names.join(" × ")
    }

    /// Cells: the product of the bins of the axes.
    pub fn cells(&self) -> usize {
        self.axes.iter().map(|axis| axis.bins.count()).product()
    }

    pub fn is_pair(&self) -> bool {
        self.axes.len() == 2
    }

    /// (score, standard deviation) of one cell; `second` is 0 for a curve.
    pub fn at(&self, first: usize, second: usize, output: usize) -> Option<(f64, f64)> {
        let outputs = self.scores.len() / self.cells().max(1);
        let width = self.axes.get(1).map_or(1, |axis| axis.bins.count());
        if second >= width || output >= outputs {
            return None;
        }
        let place = (first * width + second) * outputs + output;
        Some((*self.scores.get(place)?, *self.deviations.get(place)?))
    }
}

/// Everything an additive model is: the sum of `intercept` and one score of every term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdditiveShapes {
    pub scale: ShapeScale,
    /// One per output: the mean score of the training rows.
    pub intercept: Vec<f64>,
    /// Most important first; columns and pairs that change nothing are left out.
    pub terms: Vec<ShapeTerm>,
}
