//! Choosing matrix columns: the k that say most about the answers of the training rows.

mod importance;
mod l1;
mod univariate;

use serde::{Deserialize, Serialize};

use super::Training;
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, UserError};
use crate::learn::{Feature, Matrix};

pub fn settings() -> Vec<ParamSpec> {
    vec![
        ParamSpec {
            key: "selection",
            label: "Choose columns",
            help: "Keeps the columns that say most about the answers of the training rows (feature selection); a column per value counts as several",
            kind: ParamKind::Choice(&[
                ("none", "Keep all"),
                ("univariate", "By what each says alone (F test)"),
                ("l1", "By what is left of a sparse sum of all (lasso)"),
                ("importance", "By what a tree asks about"),
            ]),
            default: ParamDefault::Text("none"),
        },
        ParamSpec {
            key: "selection_keep",
            label: "Columns to keep",
            help: "Used where columns are chosen",
            kind: ParamKind::Integer {
                min: 1,
                max: 100_000,
            },
            default: ParamDefault::Integer(20),
        },
        ParamSpec {
            key: "selection_learner",
            label: "Tree that is asked",
            help: "Used where columns are chosen by what a tree asks about",
            kind: ParamKind::Choice(importance::learners()),
            default: ParamDefault::Text("decision_tree"),
        },
    ]
}

/// Matrix columns that are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Ascending, among all columns before the choice.
    pub kept: Vec<u32>,
    /// What each kept column scored; what it measures depends on the way of choosing.
    pub scores: Vec<f64>,
}

impl Selection {
    /// None: nothing is left out.
    pub(super) fn fit(
        matrix: &Matrix,
        features: &[Feature],
        training: &Training<'_>,
    ) -> Result<Option<Self>, UserError> {
        let keep = usize::try_from(training.settings.integer("selection_keep")).unwrap_or(1);
        let how = training.settings.text("selection");
        if how == "none" || keep >= matrix.cols {
            return Ok(None);
        }
        let scores = match how {
            "l1" => l1::scores(matrix, features, keep, training)?,
            "importance" => importance::scores(matrix, features, training)?,
            _ => univariate::scores(matrix, features, training)?,
        };
        Ok(Some(Self::best(&scores, keep)))
    }

    /// The columns with the largest scores; the first of equal ones.
    fn best(scores: &[f64], keep: usize) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        order.truncate(keep);
        order.sort_unstable();
        Self {
            kept: order.iter().map(|&col| col as u32).collect(),
            scores: order.iter().map(|&col| scores[col]).collect(),
        }
    }

    pub(super) fn validate(&self, width: usize) -> Result<(), String> {
        let ascending = self.kept.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = self.kept.last().is_some_and(|&col| (col as usize) < width);
        let sound = self.scores.len() == self.kept.len()
            && self.scores.iter().all(|score| score.is_finite());
        if ascending && inside && sound {
            return Ok(());
        }
        Err("the chosen columns are damaged".to_owned())
    }

    pub(super) fn take(&self, matrix: &Matrix) -> Matrix {
        let mut values = Vec::with_capacity(matrix.rows * self.kept.len());
        for row in 0..matrix.rows {
            let row = matrix.row(row);
            values.extend(
                self.kept
                    .iter()
                    .map(|&col| row.get(col as usize).copied().unwrap_or(0.0)),
            );
        }
        Matrix {
            rows: matrix.rows,
            cols: self.kept.len(),
            values,
        }
    }

    pub(super) fn graph(&self, graph: &mut Graph, all: &Value) -> Value {
        let kept = self.kept.iter().map(|&col| i64::from(col)).collect();
        let kept = graph.constant(&[self.kept.len()], Constant::Int64(kept));
        graph.op(
            "Gather",
            &[all, &kept],
            vec![("axis", Attribute::Integer(1))],
        )
    }
}
