//! Preparation: what is fitted together with a learner to turn raw columns into its matrix.
//!
//! Three kinds of treatment follow one another, each learned from training rows only and, where it
//! is needed again, stored as plain data:
//! 1. every raw column becomes matrix columns ([`PreparedColumn`], one file per treatment);
//! 2. matrix columns are chosen ([`selection`]);
//! 3. training rows are weighted, repeated or left out so that classes balance ([`balance`]).
//!
//! Without settings, the learner decides: where it takes columns natively, blanks stay blank and
//! categories are codes; otherwise blanks become the training median and categories one column of 0
//! and 1 per value, scaled where the learner wants it.

mod balance;
mod codes;
mod dates;
mod hashed_words;
mod levels;
mod numbers;
mod ordinal;
mod selection;
pub(in crate::learn) mod shared;
mod target_means;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::matrix::{Matrix, RawColumn, RawData, RawFrame};
use super::{Feature, Intake, Target};
use crate::base::graph::{Attribute, ElementType, Graph, Value};
use crate::base::{ParamSpec, Params, TaskContext, UserError};

pub use codes::Codes;
pub use dates::DateParts;
pub use hashed_words::HashedWords;
pub use levels::Levels;
pub use numbers::Numbers;
pub use ordinal::Ordinal;
pub use selection::Selection;
pub use shared::scaling::Scaling;
pub use shared::tokens::reads_as_text;
pub use target_means::TargetMeans;
pub use words::Words;

/// Levels that get a column of their own, the most frequent first.
pub const MOST_LEVELS: usize = 50;
/// Values remembered by treatments that need one number each.
const MOST_REMEMBERED: usize = 50_000;
/// Matrix columns one table can become.
const MOST_COLUMNS: usize = 1_000_000;

// ---- Settings ------------------------------------------------------------------------------------

static CATEGORIES: &[ParamSpec] = &[ParamSpec {
    key: "categories",
    label: "Categories",
    help: "How columns of words become numbers (encoding)",
    kind: crate::base::ParamKind::Choice(&[
        ("auto", "As the model likes: codes, or a column per value"),
        ("one_hot", "A column of 0 and 1 per value (one-hot)"),
        ("ordinal", "One number in the order of the values (ordinal)"),
        ("target", "The mean answer of each value (target encoding)"),
    ]),
    default: crate::base::param::ParamDefault::Text("auto"),
}];

/// Every setting of the preparation, in the order of a form. To add a treatment: write its file, add
/// its settings here and its line to `treatments!`.
pub fn settings() -> &'static [ParamSpec] {
    static ALL: OnceLock<Vec<ParamSpec>> = OnceLock::new();
    ALL.get_or_init(|| {
        [
            shared::blanks::SETTINGS,
            shared::scaling::SETTINGS,
            CATEGORIES,
            shared::frequency::SETTINGS,
            target_means::SETTINGS,
            dates::SETTINGS,
            shared::tokens::SETTINGS,
            &selection::settings(),
            balance::SETTINGS,
        ]
        .concat()
    })
}

/// One setting by its key.
pub fn setting(key: &str) -> Result<&'static ParamSpec, UserError> {
    settings()
        .iter()
        .find(|spec| spec.key == key)
        .ok_or_else(|| {
            let known: Vec<&str> = settings().iter().map(|spec| spec.key).collect();
            UserError::usage(
                "unknown_parameter",
                format!("The preparation has no setting called {key}"),
                format!("The settings are {}", known.join(", ")),
            )
        })
}

/// What a preparation is to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrepareOptions {
    /// How the learner takes its columns.
    pub intake: Intake,
    /// The learner wants columns of one scale.
    pub scale: bool,
    /// What a person set; see [`settings`].
    pub settings: Params,
    /// For what is drawn by lot: the parts of cross-fitting, the rows of sampling.
    pub seed: u64,
}

impl PrepareOptions {
    /// What a learner wants, and what a person set.
    pub fn of(learner: &dyn super::Learner, settings: &Params, seed: u64) -> Self {
        let able = learner.capabilities();
        // A yardstick stays the same whatever is tried on the others.
        let settings = if able.yardstick {
            Params::new()
        } else {
            settings.clone()
        };
        Self {
            intake: able.intake,
            scale: able.wants_scaling,
            settings,
            seed,
        }
    }
}

/// What a treatment may learn from.
pub struct Training<'a> {
    y: &'a Target,
    /// Complete and checked.
    settings: Params,
    intake: Intake,
    scale: bool,
    seed: u64,
    task: &'a TaskContext,
}

// ---- One column ----------------------------------------------------------------------------------

/// A way to turn a raw column into matrix columns.
trait Treatment: FittedColumn + Sized {
    /// Whether it is asked for and fits the column.
    fn takes(column: &RawColumn, training: &Training<'_>) -> bool;
    /// Learns from training rows; at least one value is not blank.
    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError>;
}

/// A treatment as learned.
struct Prepared<T> {
    column: T,
    /// Values of the training rows, where they differ from what [`FittedColumn::transform`] gives
    /// for the same rows.
    training: Option<Matrix>,
}

impl<T> From<T> for Prepared<T> {
    fn from(column: T) -> Self {
        Self {
            column,
            training: None,
        }
    }
}

/// A raw column as it is prepared.
trait FittedColumn {
    fn name(&self) -> &str;
    /// It was learned from text; otherwise from numbers.
    fn reads_text(&self) -> bool;
    /// Whether it can have been learned: it may come from a damaged file.
    fn validate(&self) -> Result<(), String>;
    /// The matrix columns it makes.
    fn features(&self) -> Vec<Feature>;
    /// Writes its columns from `offset` on. `matrix` holds zeros there.
    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize);
    /// The same on a graph. `value`: [rows, 1], text or float. The result: double, [rows, width].
    fn graph(&self, graph: &mut Graph, value: &Value) -> Result<Value, UserError>;
    fn examples(&self) -> Examples;
    /// How the numbers of one of its matrix columns are to be read; `place`: among
    /// [`FittedColumn::features`].
    fn reading(&self, _place: usize) -> Reading {
        Reading::Amount
    }
}

/// How the numbers of a matrix column are to be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reading {
    /// In units of its own.
    #[default]
    Amount,
    /// In units of its own before it was brought to a scale.
    Scaled(Scaling),
    /// 1 where something holds, 0 elsewhere.
    Flag,
    /// Codes; what each of them stands for, by position.
    Codes(Vec<String>),
}

/// Where a matrix column comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureOrigin {
    /// The column of the table after the recipe.
    pub column: String,
    /// The matrix column: "tenure", "plan = Basic".
    pub name: String,
    pub reading: Reading,
}

/// Values like those of the training rows, to make up rows with.
#[derive(Clone, Debug, PartialEq)]
pub enum Examples {
    Texts(Vec<String>),
    Numbers { centre: f64, spread: f64 },
}

/// The registry: name in the saved form, and type. A column has the first treatment that takes it.
macro_rules! treatments {
    ($($kind:ident($fitted:ty)),+ $(,)?) => {
        /// How one raw column becomes matrix columns.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", tag = "kind")]
        pub enum PreparedColumn {
            $($kind($fitted)),+
        }

        impl PreparedColumn {
            fn as_column(&self) -> &dyn FittedColumn {
                match self {
                    $(Self::$kind(column) => column),+
                }
            }

            fn fit(
                column: &RawColumn,
                training: &Training<'_>,
            ) -> Result<Prepared<Self>, UserError> {
                $(
                    if <$fitted>::takes(column, training) {
                        let fitted = <$fitted>::fit(column, training)?;
                        return Ok(Prepared {
                            column: Self::$kind(fitted.column),
                            training: fitted.training,
                        });
                    }
                )+
                Err(unexpected(&column.name))
            }
        }
    };
}

treatments! {
    Words(Words),
    HashedWords(HashedWords),
    Dates(DateParts),
    TargetMeans(TargetMeans),
    Ordinal(Ordinal),
    Codes(Codes),
    Levels(Levels),
    Number(Numbers),
}

impl PreparedColumn {
    pub fn name(&self) -> &str {
        self.as_column().name()
    }

    pub fn examples(&self) -> Examples {
        self.as_column().examples()
    }

    fn width(&self) -> usize {
        self.as_column().features().len()
    }

    fn transform(&self, raw: &RawColumn, matrix: &mut Matrix, at: usize) -> Result<(), UserError> {
        let column = self.as_column();
        let fits = matches!(raw.data, RawData::Text { .. }) == column.reads_text();
        if fits {
            column.transform(&raw.data, matrix, at);
        } else if raw.data.all_blank() {
            // A column without any value has lost its type on the way: it is only blanks.
            let rows = raw.data.len();
            let blanks = if column.reads_text() {
                RawData::Text {
                    codes: vec![super::matrix::BLANK; rows],
                    names: Vec::new(),
                }
            } else {
                RawData::Number(vec![f32::NAN; rows])
            };
            column.transform(&blanks, matrix, at);
        } else {
            return Err(wrong_kind(column, raw));
        }
        Ok(())
    }

    fn graph(
        &self,
        graph: &mut Graph,
        value: &Value,
        element: ElementType,
    ) -> Result<Value, UserError> {
        let column = self.as_column();
        match (column.reads_text(), element) {
            (true, ElementType::Text) | (false, ElementType::Float) => column.graph(graph, value),
            (false, ElementType::Double | ElementType::Int64 | ElementType::Bool) => {
                let value = graph.cast(value, ElementType::Float);
                column.graph(graph, &value)
            }
            _ => Err(UserError::failed(
                "graph_column_kind",
                format!("The column {} cannot be exported", column.name()),
                format!("It arrives as {element:?}, which is not what was trained on"),
            )),
        }
    }
}

// ---- All columns ---------------------------------------------------------------------------------

/// A fitted preparation. Plain data; loading checks it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Preparation {
    columns: Vec<PreparedColumn>,
    selection: Option<Selection>,
    intake: Intake,
    width: usize,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    columns: Vec<PreparedColumn>,
    #[serde(default)]
    selection: Option<Selection>,
    #[serde(default)]
    native: bool,
}

impl From<Preparation> for Stored {
    fn from(preparation: Preparation) -> Self {
        Self {
            columns: preparation.columns,
            selection: preparation.selection,
            native: preparation.intake == Intake::Native,
        }
    }
}

impl TryFrom<Stored> for Preparation {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let mut names = BTreeSet::new();
        let mut width = 0usize;
        for column in &stored.columns {
            if !names.insert(column.name()) {
                return Err(format!("the column {} is prepared twice", column.name()));
            }
            column.as_column().validate()?;
            width = width.saturating_add(column.width());
        }
        if width > MOST_COLUMNS {
            return Err(format!("{width} matrix columns are not possible"));
        }
        if let Some(selection) = &stored.selection {
            selection.validate(width)?;
        }
        Ok(Self {
            width,
            columns: stored.columns,
            selection: stored.selection,
            intake: if stored.native {
                Intake::Native
            } else {
                Intake::Filled
            },
        })
    }
}

/// Training rows ready for a learner.
#[derive(Clone, Debug)]
pub struct TrainingSet {
    pub preparation: Preparation,
    /// Rows × features. More or fewer rows than were given where classes are balanced by sampling.
    pub matrix: Matrix,
    /// Answers of the rows of the matrix.
    pub target: Target,
    /// One per row of the matrix, where rows do not all count the same.
    pub weights: Option<Vec<f64>>,
}

impl Preparation {
    /// Learns everything from training rows and returns them as the learner gets them.
    ///
    /// A column that is blank in every training row is left out: nothing can be learned from it.
    /// Errors: there are no rows, no column is left, or a setting does not fit the answers.
    pub fn fit(
        frame: &RawFrame,
        y: &Target,
        options: &PrepareOptions,
        task: &TaskContext,
    ) -> Result<TrainingSet, UserError> {
        if frame.rows == 0 {
            return Err(UserError::input(
                "no_rows",
                "There is nothing to learn from",
                "The table has no rows left to learn from",
            )
            .with_hint("Check the steps that remove rows"));
        }
        let training = Training {
            y,
            settings: options.settings.checked(settings())?,
            intake: options.intake,
            scale: options.scale,
            seed: options.seed,
            task,
        };
        let (mut preparation, own_values) = Self::fit_columns(frame, &training)?;
        let mut matrix = preparation.training_matrix(frame, &own_values, task)?;
        if let Some(selection) = Selection::fit(&matrix, &preparation.all_features(), &training)? {
            matrix = selection.take(&matrix);
            preparation.selection = Some(selection);
        }
        let mut set = TrainingSet {
            preparation,
            matrix,
            target: y.clone(),
            weights: None,
        };
        balance::apply(&mut set, &training)?;
        Ok(set)
    }

    /// The fitted columns, and the training values of those that have their own.
    #[allow(clippy::type_complexity)]
    fn fit_columns(
        frame: &RawFrame,
        training: &Training<'_>,
    ) -> Result<(Self, Vec<Option<Matrix>>), UserError> {
        let mut columns = Vec::with_capacity(frame.columns.len());
        let mut own_values = Vec::with_capacity(frame.columns.len());
        for column in &frame.columns {
            training.task.check()?;
            if column.data.all_blank() {
                continue;
            }
            let prepared = PreparedColumn::fit(column, training)?;
            columns.push(prepared.column);
            own_values.push(prepared.training);
        }
        let width = columns.iter().map(PreparedColumn::width).sum();
        if width == 0 {
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
        let preparation = Self {
            columns,
            selection: None,
            intake: training.intake,
            width,
        };
        Ok((preparation, own_values))
    }

    fn training_matrix(
        &self,
        frame: &RawFrame,
        own_values: &[Option<Matrix>],
        task: &TaskContext,
    ) -> Result<Matrix, UserError> {
        let mut matrix = Matrix::zeros(frame.rows, self.width);
        let mut offset = 0;
        for (column, own) in self.columns.iter().zip(own_values) {
            task.check()?;
            match own {
                Some(values) => {
                    for row in 0..matrix.rows {
                        let start = row * matrix.cols + offset;
                        if let Some(cells) = matrix.values.get_mut(start..start + values.cols) {
                            cells.copy_from_slice(values.row(row));
                        }
                    }
                }
                None => {
                    let raw = frame
                        .column(column.name())
                        .ok_or_else(|| missing(column.name()))?;
                    column.transform(raw, &mut matrix, offset)?;
                }
            }
            offset += column.width();
        }
        self.narrow(&mut matrix);
        Ok(matrix)
    }

    /// Learners that take columns natively compare with thresholds held as `f32`.
    fn narrow(&self, matrix: &mut Matrix) {
        if self.intake == Intake::Native {
            for value in &mut matrix.values {
                *value = f64::from(*value as f32);
            }
        }
    }

    pub fn columns(&self) -> &[PreparedColumn] {
        &self.columns
    }

    /// Which matrix columns are kept, where some are left out.
    pub fn selection(&self) -> Option<&Selection> {
        self.selection.as_ref()
    }

    /// Raw columns that are read, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(PreparedColumn::name)
    }

    /// Number of matrix columns.
    pub fn width(&self) -> usize {
        self.selection
            .as_ref()
            .map_or(self.width, |selection| selection.kept.len())
    }

    fn all_features(&self) -> Vec<Feature> {
        self.columns
            .iter()
            .flat_map(|column| column.as_column().features())
            .collect()
    }

    /// The matrix columns and what they hold.
    pub fn features(&self) -> Vec<Feature> {
        let all = self.all_features();
        match &self.selection {
            None => all,
            Some(selection) => selection
                .kept
                .iter()
                .filter_map(|&col| all.get(col as usize).cloned())
                .collect(),
        }
    }

    /// Where the matrix columns come from, in their order.
    pub fn origins(&self) -> Vec<FeatureOrigin> {
        let all = self.columns.iter().flat_map(|column| {
            let column = column.as_column();
            let features = column.features().into_iter().enumerate();
            features.map(move |(place, feature)| FeatureOrigin {
                column: column.name().to_owned(),
                name: feature.name,
                reading: column.reading(place),
            })
        });
        match &self.selection {
            None => all.collect(),
            Some(selection) => {
                let all: Vec<FeatureOrigin> = all.collect();
                let kept = selection.kept.iter();
                kept.filter_map(|&col| all.get(col as usize).cloned())
                    .collect()
            }
        }
    }

    /// Names of the matrix columns: "tenure", "plan = Basic", "plan is blank".
    pub fn feature_names(&self) -> Vec<String> {
        self.features()
            .into_iter()
            .map(|feature| feature.name)
            .collect()
    }

    /// Rows × features; finite unless the learner takes blanks. Columns may come in any order; extra
    /// columns are ignored. Fails when a column is missing or holds the other kind of value.
    pub fn transform(&self, frame: &RawFrame) -> Result<Matrix, UserError> {
        let mut matrix = Matrix::zeros(frame.rows, self.width);
        let mut offset = 0;
        for column in &self.columns {
            let raw = frame
                .column(column.name())
                .ok_or_else(|| missing(column.name()))?;
            column.transform(raw, &mut matrix, offset)?;
            offset += column.width();
        }
        self.narrow(&mut matrix);
        Ok(match &self.selection {
            Some(selection) => selection.take(&matrix),
            None => matrix,
        })
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
        for column in self.columns.iter().filter(|column| column.width() > 0) {
            let (value, element) = columns
                .get(column.name())
                .ok_or_else(|| missing(column.name()))?;
            parts.push(column.graph(graph, value, *element)?);
        }
        let inputs: Vec<&Value> = parts.iter().collect();
        let mut all = graph.op("Concat", &inputs, vec![("axis", Attribute::Integer(1))]);
        if self.intake == Intake::Native {
            let narrow = graph.cast(&all, ElementType::Float);
            all = graph.cast(&narrow, ElementType::Double);
        }
        Ok(match &self.selection {
            Some(selection) => selection.graph(graph, &all),
            None => all,
        })
    }
}

// ---- What treatments share -----------------------------------------------------------------------

/// Writes one matrix column.
fn write_column<T>(matrix: &mut Matrix, at: usize, values: &[T], number: impl Fn(&T) -> f64) {
    let cols = matrix.cols.max(1);
    for (row, value) in matrix.values.chunks_exact_mut(cols).zip(values) {
        if let Some(cell) = row.get_mut(at) {
            *cell = number(value);
        }
    }
}

/// Writes the columns of every text, each different text worked out once. Blank is all zeros.
fn write_texts(
    data: &RawData,
    matrix: &mut Matrix,
    offset: usize,
    places: impl Fn(&str) -> Vec<(usize, f64)>,
) {
    let RawData::Text { codes, names } = data else {
        return;
    };
    let mut known: Vec<Option<Vec<(usize, f64)>>> = vec![None; names.len()];
    let cols = matrix.cols.max(1);
    for (row, &code) in matrix.values.chunks_exact_mut(cols).zip(codes) {
        let (Some(known), Some(name)) = (known.get_mut(code as usize), names.get(code as usize))
        else {
            continue;
        };
        for (place, value) in known.get_or_insert_with(|| places(name)) {
            if let Some(cell) = row.get_mut(offset + *place) {
                *cell = *value;
            }
        }
    }
}

/// Values of [rows, 1] next to one another.
fn side_by_side(graph: &mut Graph, columns: Vec<Value>) -> Value {
    match columns.as_slice() {
        [only] => only.clone(),
        several => {
            let several: Vec<&Value> = several.iter().collect();
            graph.op("Concat", &several, vec![("axis", Attribute::Integer(1))])
        }
    }
}

fn distinct_levels(name: &str, levels: &[String]) -> Result<(), String> {
    let distinct: BTreeSet<&String> = levels.iter().collect();
    if levels.is_empty() || distinct.len() != levels.len() || levels.iter().any(String::is_empty) {
        return Err(format!("the levels of the column {name} are damaged"));
    }
    Ok(())
}

fn missing(name: &str) -> UserError {
    UserError::input(
        "missing_column",
        format!("The column {name} is missing"),
        "The model was trained with this column".to_owned(),
    )
    .with_hint("Add the column, or rename the one that holds its values")
}

fn wrong_kind(column: &dyn FittedColumn, raw: &RawColumn) -> UserError {
    let (trained, found) = if column.reads_text() {
        ("text", "numbers")
    } else {
        ("numbers", "text")
    };
    UserError::input(
        "wrong_column_kind",
        format!("The column {} holds {found}", raw.name),
        format!("The model was trained when it held {trained}"),
    )
    .with_hint("Change the type of the column")
}

fn unexpected(name: &str) -> UserError {
    UserError::failed(
        "column_not_prepared",
        format!("The column {name} cannot be prepared"),
        "No treatment fits its values".to_owned(),
    )
}

fn text_not_exported(name: &str) -> UserError {
    UserError::failed(
        "text_not_exported",
        format!("{name} is read by its words, which cannot be exported"),
        "The format has no operation that splits texts into words as Benchtop does".to_owned(),
    )
    .with_hint("Read long texts as categories, leave the column out, or keep the model in Benchtop's own form")
}
