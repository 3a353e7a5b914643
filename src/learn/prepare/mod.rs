//! Preparation: what is fitted together with a learner to turn raw columns into its matrix.
//!
//! Blanks in number columns are filled with the training median; categories become one column of
//! 0 and 1 per level; columns are centred and scaled when the learner wants it. Everything is
//! learned from training rows only and stored as plain data.

mod levels;
mod numbers;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::matrix::{Matrix, RawColumn, RawData, RawFrame};
use crate::base::UserError;
use crate::base::graph::{Attribute, ElementType, Graph, Value};

pub use levels::Levels;
pub use numbers::Numbers;

/// Levels kept per text column, the most frequent first.
pub const MOST_LEVELS: usize = 50;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrepareOptions {
    /// Centre number columns and divide them by their standard deviation.
    pub scale: bool,
}

/// How one raw column becomes matrix columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PreparedColumn {
    Number(Numbers),
    Levels(Levels),
}

impl PreparedColumn {
    pub fn name(&self) -> &str {
        match self {
            Self::Number(column) => &column.name,
            Self::Levels(column) => &column.name,
        }
    }

    fn width(&self) -> usize {
        match self {
            Self::Number(_) => 1,
            Self::Levels(column) => column.width(),
        }
    }
}

/// A fitted preparation. Plain data; loading checks it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Preparation {
    columns: Vec<PreparedColumn>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    columns: Vec<PreparedColumn>,
}

impl From<Preparation> for Stored {
    fn from(preparation: Preparation) -> Self {
        Self {
            columns: preparation.columns,
        }
    }
}

impl TryFrom<Stored> for Preparation {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let mut names = std::collections::BTreeSet::new();
        for column in &stored.columns {
            if !names.insert(column.name()) {
                return Err(format!("the column {} is prepared twice", column.name()));
            }
            match column {
                PreparedColumn::Number(numbers) => numbers.validate()?,
                PreparedColumn::Levels(levels) => levels.validate()?,
            }
        }
        Ok(Self {
            columns: stored.columns,
        })
    }
}

impl Preparation {
    /// Learns fills, spreads and levels from training rows.
    ///
    /// A column that is blank in every training row is left out: nothing can be learned from it.
    /// Fails when there are no rows, or when no column is left.
    pub fn fit(frame: &RawFrame, options: PrepareOptions) -> Result<Self, UserError> {
        if frame.rows == 0 {
            return Err(UserError::input(
                "no_rows",
                "There is nothing to learn from",
                "The table has no rows left to learn from",
            )
            .with_hint("Check the steps that remove rows"));
        }
        let mut columns = Vec::with_capacity(frame.columns.len());
        for column in &frame.columns {
            if column.data.all_blank() {
                continue;
            }
            columns.push(match &column.data {
                RawData::Number(values) => {
                    PreparedColumn::Number(Numbers::fit(&column.name, values, options.scale))
                }
                RawData::Text { codes, names } => {
                    PreparedColumn::Levels(Levels::fit(&column.name, codes, names))
                }
            });
        }
        if columns.is_empty() {
            return Err(UserError::input(
                "no_columns",
                "There is nothing to learn from",
                match frame.columns.len() {
                    0 => "No column to learn from is chosen".to_owned(),
                    count => {
                        format!("All {count} columns to learn from are blank in every training row")
                    }
                },
            )
            .with_hint("Choose columns that hold values"));
        }
        Ok(Self { columns })
    }

    pub fn columns(&self) -> &[PreparedColumn] {
        &self.columns
    }

    /// Raw columns that are read, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(PreparedColumn::name)
    }

    /// Number of matrix columns.
    pub fn width(&self) -> usize {
        self.columns.iter().map(PreparedColumn::width).sum()
    }

    /// Names of the matrix columns: "tenure", "plan = Basic", "plan is blank".
    pub fn feature_names(&self) -> Vec<String> {
        let mut names = Vec::with_capacity(self.width());
        for column in &self.columns {
            match column {
                PreparedColumn::Number(numbers) => names.push(numbers.name.clone()),
                PreparedColumn::Levels(levels) => names.extend(levels.feature_names()),
            }
        }
        names
    }

    /// Rows × features, finite. Columns may come in any order; extra columns are ignored.
    /// Fails when a column is missing or holds the other kind of value.
    pub fn transform(&self, frame: &RawFrame) -> Result<Matrix, UserError> {
        let mut matrix = Matrix::zeros(frame.rows, self.width());
        let mut offset = 0;
        for column in &self.columns {
            let raw = frame
                .column(column.name())
                .ok_or_else(|| missing(column.name()))?;
            match (column, &raw.data) {
                (PreparedColumn::Number(numbers), RawData::Number(values)) => {
                    numbers.transform(values, &mut matrix, offset);
                }
                (PreparedColumn::Levels(levels), RawData::Text { codes, names }) => {
                    levels.transform(codes, names, &mut matrix, offset);
                }
                // A column without any value has lost its type on the way: it is only blanks.
                (PreparedColumn::Number(numbers), data) if data.all_blank() => {
                    numbers.transform(&vec![f32::NAN; frame.rows], &mut matrix, offset);
                }
                (PreparedColumn::Levels(levels), data) if data.all_blank() => {
                    levels.transform(
                        &vec![super::matrix::BLANK; frame.rows],
                        &[],
                        &mut matrix,
                        offset,
                    );
                }
                _ => return Err(wrong_kind(column, raw)),
            }
            offset += column.width();
        }
        Ok(matrix)
    }

    /// The same on a tensor graph. `columns`: name → value of shape [rows, 1] and its type, numbers
    /// as `Float` with NaN for blank, text as `Text` with "" for blank. The result is `Double`,
    /// [rows, features], computed by the same operations in the same order as
    /// [`Preparation::transform`].
    pub fn graph(
        &self,
        graph: &mut Graph,
        columns: &BTreeMap<String, (Value, ElementType)>,
    ) -> Result<Value, UserError> {
        let mut parts = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let (value, element) = columns
                .get(column.name())
                .ok_or_else(|| missing(column.name()))?;
            parts.push(match (column, element) {
                (PreparedColumn::Levels(levels), ElementType::Text) => levels.graph(graph, value),
                (PreparedColumn::Number(numbers), ElementType::Float) => {
                    numbers.graph(graph, value)
                }
                (
                    PreparedColumn::Number(numbers),
                    ElementType::Double | ElementType::Int64 | ElementType::Bool,
                ) => {
                    let value = graph.cast(value, ElementType::Float);
                    numbers.graph(graph, &value)
                }
                _ => {
                    return Err(UserError::failed(
                        "graph_column_kind",
                        format!("The column {} cannot be exported", column.name()),
                        format!("It arrives as {element:?}, which is not what was trained on"),
                    ));
                }
            });
        }
        let inputs: Vec<&Value> = parts.iter().collect();
        Ok(graph.op("Concat", &inputs, vec![("axis", Attribute::Integer(1))]))
    }
}

fn missing(name: &str) -> UserError {
    UserError::input(
        "missing_column",
        format!("The column {name} is missing"),
        "The model was trained with this column".to_owned(),
    )
    .with_hint("Add the column, or rename the one that holds its values")
}

fn wrong_kind(column: &PreparedColumn, raw: &RawColumn) -> UserError {
    let (trained, found) = match column {
        PreparedColumn::Number(_) => ("numbers", "text"),
        PreparedColumn::Levels(_) => ("text", "numbers"),
    };
    UserError::input(
        "wrong_column_kind",
        format!("The column {} holds {found}", raw.name),
        format!("The model was trained when it held {trained}"),
    )
    .with_hint("Change the type of the column")
}
