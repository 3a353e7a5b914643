//! Tables: the wall behind which polars lives.
//!
//! A [`Table`] is immutable and cheap to clone. Every row carries the id it had in the source
//! file, so that a selection made anywhere means the same rows after any number of steps.

pub mod calendar;
pub mod cells;
pub mod contrast;
pub mod difference;
pub mod find;
pub mod order;
pub mod page;
pub mod profile;
pub mod table;

pub use difference::{Difference, cells_changed, difference};
pub use page::{Cell, Page};
pub use profile::{ColumnProfile, profile_column};
pub use table::Table;

use serde::{Deserialize, Serialize};

/// Name of the hidden column that carries row ids (UInt32) through a recipe. Never shown.
pub const ROW_ID: &str = "__benchtop_row";

/// What kind of values a column holds, in the words of a person rather than of memory layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    Number,
    Category,
    YesNo,
    Time,
    Text,
}

impl ColumnKind {
    /// Plain word, sentence case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Number => "Number",
            Self::Category => "Category",
            Self::YesNo => "Yes or no",
            Self::Time => "Date or time",
            Self::Text => "Text",
        }
    }
}

/// What a column is for. Stored in the project when a person says so, guessed otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    /// To learn from (feature).
    Learn,
    /// A name tag: identifies a row, says nothing about it.
    NameTag,
    /// Not used.
    Ignore,
}

impl ColumnRole {
    pub const ALL: [Self; 3] = [Self::Learn, Self::NameTag, Self::Ignore];

    pub fn word(self) -> &'static str {
        match self {
            Self::Learn => "To learn from",
            Self::NameTag => "Name tag",
            Self::Ignore => "Not used",
        }
    }
}

/// One column of a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: ColumnKind,
    /// Storage type as polars prints it: "i64", "f64", "str", "date", "bool", …
    pub type_name: String,
}

/// The columns of a table, in order. Names are unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    pub columns: Vec<Column>,
}

impl Schema {
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    pub fn get(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub fn names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    }
}
