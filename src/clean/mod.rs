//! Cleaning steps, one file per step, and the engine that runs a recipe of them.
//!
//! A step is a pure function of a table and its parameters. A step that *learns* takes a value
//! from the data (a median, say): the value is learned from given rows only, so that inside
//! cross-validation it never sees a check row.

mod change_type;
mod drop_columns;
mod fill_blanks;
mod filter_rows;
mod new_column;
mod remove_duplicates;
mod rename;
mod sort_rows;
mod tidy_spellings;
// Not steps: what steps share, the formula language and the engine.
pub mod columns;
pub mod formula;
pub mod recipe;

pub use columns::python;
pub use recipe::{LearnFrom, RecipeRun, StepOutcome, run_recipe, run_recipe_fitted};

use polars::prelude::{DataFrame, LazyFrame};
use serde::{Deserialize, Serialize};

use crate::base::graph::{ElementType, Graph, Value};
use crate::base::{ParamSpec, Params, UserError};
use crate::data::Schema;

/// A step as stored in a recipe: data only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub id: crate::base::ids::StepId,
    /// Id in the [`REGISTRY`].
    pub operation: String,
    pub params: Params,
    /// Switched off steps keep their place and their parameters.
    pub enabled: bool,
}

/// What a learning step took from the data. Plain data: it goes into model files as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Learned {
    /// One value per column: a number as text would lose digits, so both kinds are kept apart.
    pub numbers: std::collections::BTreeMap<String, f64>,
    pub texts: std::collections::BTreeMap<String, String>,
}

/// A piece of a step's sentence; column names are drawn strong.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    Plain(String),
    Strong(String),
}

/// What a step does to rows, which decides how it behaves when new rows are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowEffect {
    /// Every row comes out, in its place. Applied when scoring.
    Keeps,
    /// Drops or reorders rows: it shapes what is learned from, and is skipped when scoring, so
    /// that every row given gets its prediction in its place.
    ChoosesOrOrders,
}

/// Columns on their way through a recipe in graph form, for export. Numbers, yes/no and dates are
/// `Float` (blank = NaN; dates as days since 1970-01-01, yes/no as 1/0), text is `Text`
/// (blank = ""). Each value has shape [rows, 1]. The caller starts it with every raw column and
/// removes unused inputs afterwards.
#[derive(Default)]
pub struct GraphColumns {
    /// Current name → value and its type (`Float` or `Text`).
    pub columns: std::collections::BTreeMap<String, (Value, ElementType)>,
}

/// One cleaning step.
pub trait CleanStep: Sync {
    fn id(&self) -> &'static str;
    /// Sentence case: "Fill blanks".
    fn name(&self) -> &'static str;
    /// One sentence: what it does and when to use it.
    fn summary(&self) -> &'static str;
    fn params(&self) -> &'static [ParamSpec];
    fn learns(&self) -> bool {
        false
    }
    fn row_effect(&self) -> RowEffect;
    /// The sentence of the recipe card: "Fill blanks in **age** with the median".
    fn sentence(&self, params: &Params) -> Vec<Span>;
    /// Columns the step reads; missing ones make it "need attention".
    fn needs(&self, params: &Params) -> Vec<String>;
    /// Why the step cannot run on this schema, if it cannot.
    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError>;
    /// Takes what it needs from the rows to learn from. Only called when [`CleanStep::learns`].
    fn learn(&self, _rows: &DataFrame, _params: &Params) -> Result<Learned, UserError> {
        Ok(Learned::default())
    }
    /// The hidden row-id column ([`crate::data::ROW_ID`]) is part of the frame and must survive.
    fn apply(
        &self,
        frame: LazyFrame,
        schema: &Schema,
        params: &Params,
        learned: &Learned,
    ) -> Result<LazyFrame, UserError>;
    /// The same in pandas, or why it cannot be said. `schema` is that before the step.
    fn pandas(&self, schema: &Schema, params: &Params) -> Result<python::PandasStep, UserError>;
    /// The same on a tensor graph, or why it cannot be exported. Steps that choose or order rows
    /// are not asked.
    fn graph(
        &self,
        graph: &mut Graph,
        columns: &mut GraphColumns,
        params: &Params,
        learned: &Learned,
    ) -> Result<(), UserError>;
}

/// Every step, sorted by id. To add one: write its file, add its two lines here. Tests do the rest.
pub static REGISTRY: &[&dyn CleanStep] = &[
    &change_type::ChangeType,
    &drop_columns::DropColumns,
    &fill_blanks::FillBlanks,
    &filter_rows::FilterRows,
    &new_column::NewColumn,
    &remove_duplicates::RemoveDuplicates,
    &rename::Rename,
    &sort_rows::SortRows,
    &tidy_spellings::TidySpellings,
];

pub fn by_id(id: &str) -> Result<&'static dyn CleanStep, UserError> {
    REGISTRY
        .iter()
        .copied()
        .find(|step| step.id() == id)
        .ok_or_else(|| {
            UserError::input(
                "unknown_step",
                format!("This version does not know the step {id}"),
                "The project was probably made by a newer version".to_owned(),
            )
            .with_hint("Install the newest version, or remove the step")
        })
}

/// A sentence without its emphasis.
pub fn plain(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Plain(text) | Span::Strong(text) => text.as_str(),
        })
        .collect()
}
