//! The classes that occur among the rows learned from. A fold may hold fewer than the table; the
//! others get probability 0.

use serde::{Deserialize, Serialize};

use super::softmax;
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::{TaskContext, UserError};
use crate::learn::{Matrix, Target};

/// Added to every share before they are made to sum to one, so that there is something to divide.
const TINY: f64 = 1e-12;

/// Classes that occur, of all there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Present {
    /// Ascending, at least one.
    pub classes: Vec<u32>,
    /// Classes in all.
    pub count: usize,
}

impl Present {
    pub fn of(codes: &[u32], count: usize) -> Self {
        let mut seen = vec![false; count];
        for &code in codes {
            if let Some(seen) = seen.get_mut(code as usize) {
                *seen = true;
            }
        }
        let classes = (0..count as u32).filter(|&class| seen.get(class as usize) == Some(&true));
        Self {
            classes: classes.collect(),
            count,
        }
    }

    pub fn len(&self) -> usize {
        self.classes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// What a model that saw one class only says of itself.
    pub fn only(&self, classes: &[String]) -> Option<String> {
        let [only] = self.classes.as_slice() else {
            return None;
        };
        let name = super::class_name(classes, *only as usize);
        Some(format!("Always {name}: no other class was seen"))
    }

    /// Class codes as places among the classes that occur.
    pub fn places(&self, codes: &[u32]) -> Vec<usize> {
        codes
            .iter()
            .map(|code| self.classes.binary_search(code).unwrap_or(0))
            .collect()
    }

    /// Places of the classes that get a score of their own, against all others: one class needs
    /// none, and of two the second speaks for both.
    pub fn scored(&self) -> std::ops::Range<usize> {
        match self.len() {
            0 | 1 => 0..0,
            2 => 1..2,
            more => 0..more,
        }
    }

    /// Probabilities of the scored classes, each found by itself, to shares of all classes that
    /// occur.
    pub fn normalise(&self, shares: &mut Vec<f64>) {
        match shares.as_mut_slice() {
            [] => shares.push(1.0),
            [second] => *shares = vec![1.0 - *second, *second],
            all => {
                let sum: f64 = all.iter().map(|share| share + TINY).sum();
                all.iter_mut()
                    .for_each(|share| *share = (*share + TINY) / sum);
            }
        }
    }

    /// [`Present::normalise`] of a graph's value [rows, scored classes], of which there is one at
    /// least.
    pub fn graph_normalise(&self, graph: &mut Graph, shares: &Value) -> Value {
        let count = self.scored().len();
        if count == 1 {
            // [share] → [1 − share, share]
            let sides = graph.constant(&[1, 2], Constant::Double(vec![-1.0, 1.0]));
            let base = graph.constant(&[1, 2], Constant::Double(vec![1.0, 0.0]));
            let both = graph.op("MatMul", &[shares, &sides], Vec::new());
            return graph.op("Add", &[&both, &base], Vec::new());
        }
        let tiny = graph.constant(&[1, 1], Constant::Double(vec![TINY]));
        let shares = graph.op("Add", &[shares, &tiny], Vec::new());
        let ones = graph.constant(&[count, 1], Constant::Double(vec![1.0; count]));
        let sum = graph.op("MatMul", &[&shares, &ones], Vec::new());
        graph.op("Div", &[&shares, &sum], Vec::new())
    }

    /// Whether numbers read from a file are such a choice of classes.
    pub fn is_valid(&self) -> bool {
        !self.classes.is_empty()
            && self.classes.windows(2).all(|pair| pair[0] < pair[1])
            && self
                .classes
                .last()
                .is_some_and(|&class| (class as usize) < self.count)
    }

    /// Puts the shares of the classes that occur in their places; the others are left alone.
    pub fn spread(&self, shares: &[f64], row: &mut [f64]) {
        for (&class, &share) in self.classes.iter().zip(shares) {
            if let Some(place) = row.get_mut(class as usize) {
                *place = share;
            }
        }
    }

    /// Probabilities of all classes, row by row. `scores` fills in one logarithmic score for every
    /// class that occurs; a constant may be missing from all of them.
    pub fn predict(
        &self,
        x: &Matrix,
        task: &TaskContext,
        mut scores: impl FnMut(&[f64], &mut [f64]),
    ) -> Result<Vec<f64>, UserError> {
        let mut predicted = vec![0.0; x.rows * self.count];
        let mut shares = vec![0.0; self.len()];
        let often = (1 << 20) / (self.len() * x.cols).max(1) + 1;
        for (row, all) in predicted.chunks_exact_mut(self.count.max(1)).enumerate() {
            if row % often == 0 {
                task.check()?;
                task.progress(row as u64, x.rows as u64, "Predicting");
            }
            scores(x.row(row), &mut shares);
            softmax::softmax(&mut shares);
            self.spread(&shares, all);
        }
        Ok(predicted)
    }

    /// Scores [rows, classes that occur] → probabilities [rows, classes].
    pub fn graph_softmax(&self, graph: &mut Graph, scores: &Value) -> Value {
        let shares = graph.op("Softmax", &[scores], vec![("axis", Attribute::Integer(-1))]);
        self.graph_spread(graph, &shares)
    }

    /// Shares [rows, classes that occur] → [rows, classes], zero for the others.
    pub fn graph_spread(&self, graph: &mut Graph, shares: &Value) -> Value {
        if self.len() == self.count {
            return shares.clone();
        }
        let mut places = vec![0.0; self.len() * self.count];
        for (place, &class) in self.classes.iter().enumerate() {
            if let Some(one) = places.get_mut(place * self.count + class as usize) {
                *one = 1.0;
            }
        }
        let places = graph.constant(&[self.len(), self.count], Constant::Double(places));
        graph.op("MatMul", &[shares, &places], Vec::new())
    }
}

/// The rows that count: those whose weight is not zero. None: all of them.
pub fn counted_rows(weights: Option<&[f64]>) -> Option<Vec<usize>> {
    let weights = weights.filter(|weights| weights.contains(&0.0))?;
    let rows = (0..weights.len()).filter(|&row| weights[row] > 0.0);
    Some(rows.collect())
}

/// Rows, answers and weights without the rows that do not count. `kept` owns what had to be copied.
pub fn counted<'a>(
    x: &'a Matrix,
    y: &'a Target,
    weights: Option<&'a [f64]>,
    kept: &'a mut Option<(Matrix, Target, Vec<f64>)>,
) -> (&'a Matrix, &'a Target, Option<&'a [f64]>) {
    if let (Some(rows), Some(weights)) = (counted_rows(weights), weights) {
        let some = rows.iter().map(|&row| weights[row]).collect();
        let (x, y, weights) = kept.insert((x.take_rows(&rows), y.rows(&rows), some));
        return (x, y, Some(weights));
    }
    (x, y, weights)
}
