//! Reads LightGBM text and the table of its columns, and scores raw rows with nothing else: what a
//! person with the two files would do. Shares no code with the writer, so that an error there does
//! not repeat itself here.
//!
//! Rules of scoring: LightGBM 4, `include/LightGBM/tree.h` (NumericalDecision,
//! CategoricalDecision) and `src/boosting/gbdt_prediction.cpp`.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;

use super::lightgbm_text::COLUMNS_FORMAT;
use super::parity::Theirs;
use crate::base::error::io_error;
use crate::base::{TaskContext, UserError};
use crate::data::Table;
use crate::learn::Task;
use crate::learn::matrix::{TargetValues, target_values};
use crate::pipeline::Predictions;

pub(super) const ENGINE: &str = "a reader of LightGBM's text";
/// Two classes whose probabilities are closer may change places by rounding.
const TIE: f64 = 1e-9;

/// A model and its columns, as read.
pub(super) struct Read {
    columns: Vec<Column>,
    outputs: usize,
    objective: String,
    average: bool,
    trees: Vec<Tree>,
}

#[derive(Deserialize)]
struct Columns {
    format: String,
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    name_in_model: String,
    /// None for a number.
    #[serde(default)]
    codes: Option<HashMap<String, u32>>,
}

struct Tree {
    feature: Vec<usize>,
    threshold: Vec<f64>,
    decision: Vec<u8>,
    left: Vec<i64>,
    right: Vec<i64>,
    leaf: Vec<f64>,
    boundaries: Vec<usize>,
    words: Vec<u32>,
}

fn unreadable(why: impl Into<String>) -> UserError {
    UserError::failed(
        "lightgbm_not_readable",
        "The exported file could not be read back, so it was not kept",
        why,
    )
    .with_hint("This is a fault of Benchtop. Save the model in Benchtop's own form instead")
}

/// Reads both files and checks that they belong together.
pub(super) fn read(model: &Path, columns: &Path) -> Result<Read, UserError> {
    let load = |path: &Path| {
        std::fs::read(path).map_err(|error| io_error("Could not read the file back", path, &error))
    };
    let text = String::from_utf8(load(model)?).map_err(|error| unreadable(error.to_string()))?;
    let table: Columns =
        serde_json::from_slice(&load(columns)?).map_err(|error| unreadable(error.to_string()))?;
    if table.format != COLUMNS_FORMAT {
        return Err(unreadable("The table of the columns is something else"));
    }
    let head_length = text
        .find("\n\n")
        .ok_or_else(|| unreadable("The head of the model does not end"))?;
    let (head, mut rest) = text.split_at(head_length + 2);
    let head = Fields::of(head);
    let outputs: usize = head.one("num_tree_per_iteration")?;
    let names: Vec<&str> = head.text("feature_names").split(' ').collect();
    let own: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name_in_model.as_str())
        .collect();
    let places: usize = head.one("max_feature_idx")?;
    if names != own || places + 1 != names.len() || outputs == 0 {
        return Err(unreadable(
            "The columns of the model are not those of the table",
        ));
    }
    let mut trees = Vec::new();
    for size in head.list::<usize>("tree_sizes")? {
        let (body, after) = rest
            .split_at_checked(size)
            .ok_or_else(|| unreadable("A tree ends after the file does"))?;
        trees.push(Tree::read(body, trees.len(), names.len())?);
        rest = after;
    }
    if !rest.starts_with("end of trees\n") || trees.is_empty() || trees.len() % outputs != 0 {
        return Err(unreadable(format!(
            "{} trees are not what was announced",
            trees.len()
        )));
    }
    Ok(Read {
        columns: table.columns,
        outputs,
        objective: head.text("objective").to_owned(),
        average: head.0.contains_key("average_output"),
        trees,
    })
}

/// Lines of "key=value".
struct Fields<'t>(HashMap<&'t str, &'t str>);

impl<'t> Fields<'t> {
    fn of(text: &'t str) -> Self {
        let split = |line: &'t str| line.split_once('=').unwrap_or((line, ""));
        Self(text.lines().map(split).collect())
    }

    fn text(&self, key: &str) -> &'t str {
        self.0.get(key).copied().unwrap_or_default()
    }

    fn list<T: FromStr>(&self, key: &str) -> Result<Vec<T>, UserError> {
        self.text(key)
            .split_ascii_whitespace()
            .map(|value| value.parse())
            .collect::<Result<_, _>>()
            .map_err(|_| unreadable(format!("{key} holds something that is not a number")))
    }

    fn one<T: FromStr>(&self, key: &str) -> Result<T, UserError> {
        let only = self.list(key)?.into_iter().next();
        only.ok_or_else(|| unreadable(format!("{key} is missing")))
    }
}

impl Tree {
    fn read(text: &str, number: usize, columns: usize) -> Result<Self, UserError> {
        let fields = Fields::of(text);
        if fields.one::<usize>("Tree")? != number || !text.ends_with("\n\n") {
            return Err(unreadable(format!(
                "The tree {number} is not where it should be"
            )));
        }
        let tree = Self {
            feature: fields.list("split_feature")?,
            threshold: fields.list("threshold")?,
            decision: fields.list("decision_type")?,
            left: fields.list("left_child")?,
            right: fields.list("right_child")?,
            leaf: fields.list("leaf_value")?,
            boundaries: fields.list("cat_boundaries")?,
            words: fields.list("cat_threshold")?,
        };
        let leaves: usize = fields.one("num_leaves")?;
        let sets: usize = fields.one("num_cat")?;
        if leaves == tree.leaf.len() && tree.holds(sets, columns) {
            return Ok(tree);
        }
        Err(unreadable(format!(
            "The parts of the tree {number} do not fit together"
        )))
    }

    /// Lists of one length, indexes in range, and children after their parents: no walk is endless.
    fn holds(&self, sets: usize, columns: usize) -> bool {
        let questions = self.feature.len();
        let lengths = [
            self.threshold.len(),
            self.decision.len(),
            self.left.len(),
            self.right.len(),
        ];
        let child = |(place, &child): (usize, &i64)| {
            if child < 0 {
                ((-1 - child) as usize) < self.leaf.len()
            } else {
                child as usize > place && (child as usize) < questions
            }
        };
        self.leaf.len() == questions + 1
            && lengths.iter().all(|&length| length == questions)
            && self.feature.iter().all(|&feature| feature < columns)
            && self.left.iter().enumerate().all(child)
            && self.right.iter().enumerate().all(child)
            && (sets == 0 || self.boundaries.len() == sets + 1)
            && self.boundaries.windows(2).all(|pair| pair[0] < pair[1])
            && self.boundaries.last().copied().unwrap_or(0) == self.words.len()
    }

    fn score(&self, row: &[f64]) -> f64 {
        let mut node = 0;
        while let Some(&feature) = self.feature.get(node) {
            let value = row.get(feature).copied().unwrap_or(f64::NAN);
            let next = if self.goes_left(node, value) {
                self.left[node]
            } else {
                self.right[node]
            };
            if next < 0 {
                return self.leaf[(-1 - next) as usize];
            }
            node = next as usize;
        }
        self.leaf.first().copied().unwrap_or(0.0)
    }

    fn goes_left(&self, node: usize, value: f64) -> bool {
        let decision = self.decision[node];
        let threshold = self.threshold[node];
        if decision & 1 == 1 {
            return self.set_holds(threshold as usize, value);
        }
        // Bits 2 and 3 say what is blank; 2 stands for NaN. Otherwise NaN is 0.
        match value.is_nan() {
            true if decision >> 2 & 3 == 2 => decision & 2 != 0,
            true => 0.0 <= threshold,
            false => value <= threshold,
        }
    }

    fn set_holds(&self, set: usize, value: f64) -> bool {
        let (Some(&start), Some(&end)) = (self.boundaries.get(set), self.boundaries.get(set + 1))
        else {
            return false;
        };
        if value.is_nan() || value <= -1.0 {
            return false;
        }
        let code = value as usize;
        self.words
            .get(start..end)
            .and_then(|words| words.get(code / 32))
            .is_some_and(|word| word >> (code % 32) & 1 == 1)
    }
}

impl Read {
    /// Predictions for a raw table that has the columns of the model. `ours` settles which of two
    /// classes comes first where their probabilities are the same to rounding.
    pub(super) fn predict(
        &self,
        table: &Table,
        ours: &Predictions,
        task: &TaskContext,
    ) -> Result<Theirs, UserError> {
        let columns = self
            .columns
            .iter()
            .map(|column| column.coded(table, task))
            .collect::<Result<Vec<Vec<f64>>, UserError>>()?;
        let mut theirs = Theirs {
            values: Vec::new(),
            labels: Vec::new(),
        };
        for row in 0..table.rows() {
            task.check()?;
            let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
            let result = self.result(&values);
            let Task::Classes { names } = &ours.task else {
                theirs.values.extend(result);
                continue;
            };
            let shares = match result.as_slice() {
                [last] => vec![1.0 - last, *last],
                _ => result,
            };
            let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let as_likely = |class: &usize| shares.get(*class).is_some_and(|p| most - p <= TIE);
            let class = ours
                .class(row)
                .filter(as_likely)
                .or_else(|| shares.iter().position(|&share| share == most));
            let label = class.and_then(|class| names.get(class));
            theirs.labels.push(label.cloned().unwrap_or_default());
            theirs.values.extend(shares);
        }
        Ok(theirs)
    }

    /// What LightGBM gives for one row.
    fn result(&self, row: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.outputs];
        for (place, tree) in self.trees.iter().enumerate() {
            sums[place % self.outputs] += tree.score(row);
        }
        if self.average {
            let rounds = (self.trees.len() / self.outputs) as f64;
            sums.iter_mut().for_each(|sum| *sum /= rounds);
        }
        match self.objective.split(' ').next().unwrap_or_default() {
            "binary" => sums
                .iter()
                .map(|score| 1.0 / (1.0 + (-score).exp()))
                .collect(),
            "multiclass" => {
                let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let parts: Vec<f64> = sums.iter().map(|score| (score - most).exp()).collect();
                let whole: f64 = parts.iter().sum();
                parts.iter().map(|part| part / whole).collect()
            }
            "poisson" | "gamma" => sums.iter().map(|score| score.exp()).collect(),
            _ => sums,
        }
    }
}

impl Column {
    /// A raw column as numbers, by the words of the table.
    fn coded(&self, table: &Table, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        let values = target_values(table, &self.name, task)?;
        Ok(match (values, &self.codes) {
            (TargetValues::Numbers(values), None) => values
                .into_iter()
                .map(|value| {
                    if (value as f32).is_finite() {
                        value
                    } else {
                        f64::NAN
                    }
                })
                .collect(),
            (TargetValues::Texts { codes, names }, Some(known)) => codes
                .into_iter()
                .map(|code| {
                    let name = names.get(code as usize);
                    let code = name.and_then(|name| known.get(name));
                    code.map_or(f64::NAN, |&code| f64::from(code))
                })
                .collect(),
            // A column without any value has lost its type on the way.
            _ => vec![f64::NAN; table.rows()],
        })
    }
}
