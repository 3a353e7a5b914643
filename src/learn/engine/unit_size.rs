//! Bringing numbers to unit size inside a learner: its answers, and columns that arrive unscaled.

use serde::{Deserialize, Serialize};

use super::{dense, saved};
use crate::base::graph::{Constant, Graph, Value};
use crate::learn::Matrix;

/// Centre and spread of the answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    pub centre: f64,
    /// Standard deviation (dividing by the weight of all rows); 1 where all are equal.
    pub spread: f64,
}

impl Answers {
    /// `values` are finite and `weights`, where given, as many.
    pub fn of(values: &[f64], weights: Option<&[f64]>) -> Self {
        let weight = |row: usize| weights.map_or(1.0, |all| all.get(row).copied().unwrap_or(0.0));
        let total: f64 = (0..values.len()).map(weight).sum();
        let mean = |of: &dyn Fn(f64) -> f64| -> f64 {
            let each = values.iter().enumerate();
            each.map(|(row, &value)| weight(row) / total * of(value))
                .sum()
        };
        let centre = mean(&|value| value);
        // By the largest difference first, because the square of a large number overflows.
        let largest = values
            .iter()
            .fold(0.0f64, |largest, value| largest.max((value - centre).abs()));
        let spread = largest * mean(&|value| ((value - centre) / largest).powi(2)).sqrt();
        let constant = !(spread > centre.abs() * 1e-12 && spread > f64::MIN_POSITIVE);
        Self {
            centre,
            spread: if constant { 1.0 } else { spread },
        }
    }

    pub fn apply(&self, value: f64) -> f64 {
        (value - self.centre) / self.spread
    }

    pub fn undo(&self, value: f64) -> f64 {
        self.centre + self.spread * value
    }

    /// [`Answers::undo`] of a graph's value [rows, 1].
    pub fn graph_undo(&self, graph: &mut Graph, value: &Value) -> Value {
        let spread = graph.constant(&[1, 1], Constant::Double(vec![self.spread]));
        let centre = graph.constant(&[1, 1], Constant::Double(vec![self.centre]));
        let product = graph.op("Mul", &[value, &spread], Vec::new());
        graph.op("Add", &[&product, &centre], Vec::new())
    }

    pub fn is_valid(&self) -> bool {
        self.centre.is_finite() && self.spread.is_finite() && self.spread > 0.0
    }
}

/// Per column what is taken off and what is multiplied by. Columns of usual size stay as they are:
/// the preparation has scaled them, or they are 0 and 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    pub centres: Vec<f64>,
    pub factors: Vec<f64>,
}

/// Larger than any scaled column of a sensible table.
const USUAL: f64 = 1e4;

impl Columns {
    pub fn of(x: &Matrix) -> Self {
        let mut columns = Self {
            centres: vec![0.0; x.cols],
            factors: vec![1.0; x.cols],
        };
        for col in 0..x.cols {
            let values = x.column(col);
            if dense::largest(&values) > USUAL {
                let answers = Answers::of(&values, None);
                columns.centres[col] = answers.centre;
                columns.factors[col] = 1.0 / answers.spread;
            }
        }
        columns
    }

    /// Row-major, as `x`.
    pub fn apply(&self, x: &Matrix) -> Vec<f64> {
        let rows = x.values.chunks_exact(x.cols.max(1));
        rows.flat_map(|row| {
            let cells = row.iter().zip(&self.centres).zip(&self.factors);
            cells.map(|((value, centre), factor)| (value - centre) * factor)
        })
        .collect()
    }

    fn changes_nothing(&self) -> bool {
        self.centres.iter().all(|&centre| centre == 0.0)
            && self.factors.iter().all(|&factor| factor == 1.0)
    }

    /// `x`: [rows, columns].
    pub fn graph(&self, graph: &mut Graph, x: &Value) -> Value {
        if self.changes_nothing() {
            return x.clone();
        }
        let shape = [1, self.centres.len()];
        let centres = graph.constant(&shape, Constant::Double(self.centres.clone()));
        let factors = graph.constant(&shape, Constant::Double(self.factors.clone()));
        let centred = graph.op("Sub", &[x, &centres], Vec::new());
        graph.op("Mul", &[&centred, &factors], Vec::new())
    }

    pub fn is_valid(&self, columns: usize) -> bool {
        self.centres.len() == columns
            && self.factors.len() == columns
            && saved::finite(&self.centres)
            && saved::finite(&self.factors)
    }
}

impl Matrix {
    /// Takes a number off every column.
    pub fn take_off(&mut self, centres: &[f64]) {
        for row in self.values.chunks_exact_mut(self.cols.max(1)) {
            for (value, centre) in row.iter_mut().zip(centres) {
                *value -= centre;
            }
        }
    }

    /// Takes its mean off every column; returns the means.
    pub fn centre(&mut self) -> Vec<f64> {
        let means = (0..self.cols).map(|col| super::mean(self.column(col).into_iter()));
        let means: Vec<f64> = means.collect();
        self.take_off(&means);
        means
    }
}
