//! Scoring raw tables with a fitted pipeline, its graph for export, and its stored form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::fit::predict_in_chunks;
use super::{FittedPipeline, FittedStep, InputColumn};
use crate::base::graph::{Attribute, Constant, ElementType, Graph};
use crate::base::{TaskContext, UserError, format};
use crate::clean::columns::{conformed, narrowed, nearest_name, renamed, selected};
use crate::clean::{self, GraphColumns, Learned, RowEffect, Step, run_recipe_fitted};
use crate::data::{ColumnKind, Schema, Table};
use crate::learn::{self, Preparation, RawFrame, Task};

/// Raised when older versions could not read what [`FittedPipeline::save`] writes.
const FORMAT_VERSION: u64 = 1;
const FORMAT: &str = "benchtop-pipeline";

/// Predictions for every row of a table, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub task: Task,
    pub rows: usize,
    /// Row-major rows × outputs: class probabilities, or one number per row.
    pub values: Vec<f64>,
}

impl Predictions {
    /// The outputs of one row; empty when there is no such row.
    pub fn row(&self, row: usize) -> &[f64] {
        let width = self.task.outputs();
        self.values
            .get(row * width..(row + 1) * width)
            .unwrap_or(&[])
    }

    /// Index of the most probable class; the first of several. None for numbers.
    pub fn class(&self, row: usize) -> Option<usize> {
        if !self.task.is_classes() {
            return None;
        }
        most_probable(self.row(row))
    }

    /// Name of the most probable class; "" for numbers.
    pub fn label(&self, row: usize) -> &str {
        match (&self.task, self.class(row)) {
            (Task::Classes { names }, Some(class)) => names.get(class).map_or("", String::as_str),
            _ => "",
        }
    }

    /// Probability of a class. None for numbers.
    pub fn probability(&self, row: usize, class: usize) -> Option<f64> {
        self.task
            .is_classes()
            .then(|| self.row(row).get(class).copied())
            .flatten()
    }

    /// The number predicted. None for classes.
    pub fn number(&self, row: usize) -> Option<f64> {
        if self.task.is_classes() {
            return None;
        }
        self.row(row).first().copied()
    }
}

fn most_probable(probabilities: &[f64]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (class, &probability) in probabilities.iter().enumerate() {
        if best.is_none_or(|(_, most)| probability > most) {
            best = Some((class, probability));
        }
    }
    best.map(|(class, _)| class)
}

// ---- checking a table before it is scored ----

/// How a table differs from what the pipeline expects.
#[derive(Clone, Debug, PartialEq)]
pub enum InputProblem {
    /// Scoring is not possible without it.
    Missing {
        name: String,
        nearest: Option<String>,
    },
    /// The column holds values of another kind than in training.
    WrongKind {
        name: String,
        expected: ColumnKind,
        found: ColumnKind,
        /// Every filled value may still be readable as the expected kind; scoring tries.
        convertible: bool,
    },
    /// Not used; harmless.
    Extra { name: String },
}

/// What [`check_input`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct InputCheck {
    pub problems: Vec<InputProblem>,
    /// Nothing is missing, and every kind is the expected one or may be converted.
    pub usable: bool,
}

/// Compares the columns of a table with those a pipeline needs.
pub fn check_input(inputs: &[InputColumn], schema: &Schema) -> InputCheck {
    let mut problems = Vec::new();
    let spare: Vec<String> = schema
        .names()
        .into_iter()
        .filter(|name| !inputs.iter().any(|input| input.name == *name))
        .collect();
    for input in inputs {
        match schema.get(&input.name) {
            None => problems.push(InputProblem::Missing {
                name: input.name.clone(),
                nearest: nearest_name(&input.name, &spare),
            }),
            Some(found) if !same_kind(input.kind, found.kind) => {
                problems.push(InputProblem::WrongKind {
                    name: input.name.clone(),
                    expected: input.kind,
                    found: found.kind,
                    convertible: convertible(found.kind, input.kind),
                })
            }
            Some(_) => {}
        }
    }
    problems.extend(spare.into_iter().map(|name| InputProblem::Extra { name }));
    let usable = problems.iter().all(|problem| {
        matches!(
            problem,
            InputProblem::Extra { .. }
                | InputProblem::WrongKind {
                    convertible: true,
                    ..
                }
        )
    });
    InputCheck { problems, usable }
}

fn is_text(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Category | ColumnKind::Text)
}

/// Whether text is a category depends on how many rows a table has, so both are the same here.
fn same_kind(a: ColumnKind, b: ColumnKind) -> bool {
    a == b || (is_text(a) && is_text(b))
}

fn convertible(found: ColumnKind, expected: ColumnKind) -> bool {
    match (found, expected) {
        (ColumnKind::Category | ColumnKind::Text, _) => true,
        (ColumnKind::Number, expected) => expected != ColumnKind::Time,
        (ColumnKind::YesNo, expected) => expected != ColumnKind::Time,
        (ColumnKind::Time, _) => false,
    }
}

fn input_error(problems: &[InputProblem]) -> UserError {
    let missing: Vec<&str> = problems
        .iter()
        .filter_map(|problem| match problem {
            InputProblem::Missing { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    if !missing.is_empty() {
        let near: Vec<String> = problems
            .iter()
            .filter_map(|problem| match problem {
                InputProblem::Missing {
                    name,
                    nearest: Some(nearest),
                } => Some(format!("{nearest} for {name}")),
                _ => None,
            })
            .collect();
        let hint = if near.is_empty() {
            "Add the columns; a missing column is never filled in silently".to_owned()
        } else {
            format!("Perhaps use {}", format::list(&near))
        };
        let what = match missing.as_slice() {
            [one] => format!("The column {one} is missing"),
            several => format!("{} columns are missing", several.len()),
        };
        return UserError::input(
            "missing_column",
            what,
            format!("The model was trained with {}", format::list(&missing)),
        )
        .with_hint(hint);
    }
    let wrong: Vec<String> = problems
        .iter()
        .filter_map(|problem| match problem {
            InputProblem::WrongKind {
                name,
                expected,
                found,
                convertible: false,
            } => Some(format!(
                "{name} holds {} instead of {}",
                found.word().to_lowercase(),
                expected.word().to_lowercase()
            )),
            _ => None,
        })
        .collect();
    UserError::input(
        "wrong_column_kind",
        "A column does not hold what the model was trained on",
        format::list(&wrong),
    )
    .with_hint("Choose another column, or change its type")
}

// ---- scoring ----

impl FittedPipeline {
    /// Predicts every row of a raw table, in its order. Columns are found by name; see
    /// [`FittedPipeline::predict_table_renamed`].
    pub fn predict_table(&self, raw: &Table, task: &TaskContext) -> Result<Predictions, UserError> {
        self.predict_table_renamed(raw, &BTreeMap::new(), task)
    }

    /// Predicts every row of a raw table whose columns have other names. `renames`: column of the
    /// table → column the pipeline expects.
    ///
    /// Errors: a column is missing; it holds another kind of values and not every filled value can
    /// be read as the expected kind (the first such value is named); a step cannot run.
    pub fn predict_table_renamed(
        &self,
        raw: &Table,
        renames: &BTreeMap<String, String>,
        task: &TaskContext,
    ) -> Result<Predictions, UserError> {
        let frame = self.learned_columns(raw, renames, task)?;
        let values = predict_in_chunks(self, frame.rows(), task, |range| {
            let rows: Vec<usize> = range.collect();
            self.preparation.transform(&frame.take(&rows))
        })?;
        Ok(Predictions {
            task: self.task.clone(),
            rows: frame.rows(),
            values,
        })
    }

    /// The columns learned from, of every row of a raw table in its order. `renames` as in
    /// [`FittedPipeline::predict_table_renamed`], and the same errors.
    pub(super) fn learned_columns(
        &self,
        raw: &Table,
        renames: &BTreeMap<String, String>,
        task: &TaskContext,
    ) -> Result<RawFrame, UserError> {
        let mut table = self.conform(raw, renames)?;
        if self.steps.iter().any(runs_when_scoring) {
            // The numbers an exported model is given, see `graph`.
            table = narrowed(&table)?;
        }
        let steps: Vec<(Step, Learned)> = self
            .steps
            .iter()
            .map(|fitted| (fitted.step.clone(), fitted.learned.clone()))
            .collect();
        let table = run_recipe_fitted(&table, &steps, &task.part())?;
        let features: Vec<String> = self.preparation.inputs().map(str::to_owned).collect();
        RawFrame::from_table(&table, &features, &task.part())
    }

    /// Exactly the input columns, under their names and of their kinds. `renames` as in
    /// [`FittedPipeline::predict_table_renamed`], and the same errors.
    pub fn conform(
        &self,
        raw: &Table,
        renames: &BTreeMap<String, String>,
    ) -> Result<Table, UserError> {
        // A column that is mapped onto an input steps aside for one that already has its name.
        let renames: BTreeMap<String, String> = renames
            .iter()
            .filter(|(from, to)| from != to)
            .map(|(from, to)| (from.clone(), to.clone()))
            .collect();
        let kept: Vec<String> = raw
            .schema()
            .names()
            .into_iter()
            .filter(|name| renames.contains_key(name) || !renames.values().any(|to| to == name))
            .collect();
        let mut table = renamed(&selected(raw, &kept)?, &renames)?;
        let check = check_input(&self.inputs, table.schema());
        if !check.usable {
            return Err(input_error(&check.problems));
        }
        for problem in &check.problems {
            if let InputProblem::WrongKind { name, expected, .. } = problem {
                table = conformed(&table, name, *expected)?;
            }
        }
        let names: Vec<String> = self.inputs.iter().map(|input| input.name.clone()).collect();
        selected(&table, &names)
    }

    // ---- export ----

    /// The whole way from raw columns to a prediction as a tensor graph.
    ///
    /// Inputs are the raw columns [rows, 1]: text as `Text` (blank is ""), everything else as
    /// `Float` (blank is NaN, dates in days since 1970-01-01, yes/no as 1 and 0). Steps calculate
    /// in double precision with the number as `Float` holds it, here as in
    /// [`FittedPipeline::predict_table`], so that every threshold in a formula falls the same way.
    /// Outputs: for classes `label` (Text,
    /// [rows]) and `probabilities` (Float, [rows, classes]); for numbers `prediction` (Float,
    /// [rows, 1]). Fails with the step or formula that cannot be exported.
    pub fn graph(&self) -> Result<Graph, UserError> {
        let mut graph = Graph::new();
        let mut columns = GraphColumns::default();
        let steps: Vec<&FittedStep> = self
            .steps
            .iter()
            .filter(|fitted| runs_when_scoring(fitted))
            .collect();
        for input in &self.inputs {
            let column = if is_text(input.kind) {
                (
                    graph.input(&input.name, ElementType::Text),
                    ElementType::Text,
                )
            } else {
                let value = graph.input(&input.name, ElementType::Float);
                if steps.is_empty() {
                    (value, ElementType::Float)
                } else {
                    (graph.cast(&value, ElementType::Double), ElementType::Double)
                }
            };
            columns.columns.insert(input.name.clone(), column);
        }
        for fitted in steps {
            let operation = clean::by_id(&fitted.step.operation)?;
            let params = fitted.step.params.checked(operation.params())?;
            operation.graph(&mut graph, &mut columns, &params, &fitted.learned)?;
        }
        let matrix = self.preparation.graph(&mut graph, &columns.columns)?;
        let outputs = self.model.graph(&mut graph, &matrix)?;
        match &self.task {
            Task::Classes { names } => {
                let best = graph.op(
                    "ArgMax",
                    &[&outputs],
                    vec![
                        ("axis", Attribute::Integer(1)),
                        ("keepdims", Attribute::Integer(0)),
                    ],
                );
                let table = graph.constant(&[names.len()], Constant::Text(names.clone()));
                let label = graph.op(
                    "Gather",
                    &[&table, &best],
                    vec![("axis", Attribute::Integer(0))],
                );
                let probabilities = graph.cast(&outputs, ElementType::Float);
                graph.output(&label, "label", ElementType::Text, None);
                graph.output(
                    &probabilities,
                    "probabilities",
                    ElementType::Float,
                    Some(names.len()),
                );
            }
            Task::Number => {
                let prediction = graph.cast(&outputs, ElementType::Float);
                graph.output(&prediction, "prediction", ElementType::Float, Some(1));
            }
        }
        graph.prune();
        Ok(graph)
    }

    // ---- storing ----

    /// Everything as plain data.
    pub fn save(&self) -> Json {
        json!({
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "learner": self.learner,
            "params": self.params,
            "target": self.target,
            "task": self.task,
            "inputs": self.inputs,
            "steps": self.steps,
            "preparation": self.preparation,
            "model": self.model.save(),
            "record": self.record,
        })
    }

    /// The inverse of [`FittedPipeline::save`]. The file may be damaged or newer than this version:
    /// every part is checked, so that scoring cannot fail over a part that is missing.
    pub fn load(saved: &Json) -> Result<Self, UserError> {
        check_format(saved)?;
        let learner: String = part(saved, "learner")?;
        let params: crate::base::Params = part(saved, "params")?;
        let known = learn::by_id(&learner)?;
        let preparation: Preparation = part(saved, "preparation")?;
        let model = known.load(saved.get("model").unwrap_or(&Json::Null))?;
        let pipeline = Self {
            params: params.checked(known.params())?,
            learner,
            target: part(saved, "target")?,
            task: part(saved, "task")?,
            inputs: part(saved, "inputs")?,
            steps: part(saved, "steps")?,
            preparation,
            model,
            record: part(saved, "record")?,
        };
        pipeline.check()?;
        Ok(pipeline)
    }

    fn check(&self) -> Result<(), UserError> {
        let width = self.preparation.width();
        if self.model.features() != width {
            return Err(damaged(format!(
                "the model expects {} columns and the preparation makes {width}",
                self.model.features()
            )));
        }
        if let Task::Classes { names } = &self.task {
            let distinct: BTreeSet<&String> = names.iter().collect();
            if names.len() < 2 || distinct.len() != names.len() {
                return Err(damaged(
                    "the names of the classes are not in order".to_owned(),
                ));
            }
        }
        let distinct: BTreeSet<&String> = self.inputs.iter().map(|input| &input.name).collect();
        if distinct.len() != self.inputs.len() || self.inputs.is_empty() {
            return Err(damaged("the input columns are not in order".to_owned()));
        }
        for fitted in &self.steps {
            let operation = clean::by_id(&fitted.step.operation)?;
            fitted.step.params.checked(operation.params())?;
        }
        // One blank row through everything finds what the parts do not say of themselves: a step
        // without its column, a width that does not fit the classes.
        let predicted = self.predict_table(&self.blank_row()?, &TaskContext::new())?;
        if predicted.values.len() != self.task.outputs()
            || predicted.values.iter().any(|value| !value.is_finite())
        {
            return Err(damaged("the model does not answer".to_owned()));
        }
        Ok(())
    }

    fn blank_row(&self) -> Result<Table, UserError> {
        let schema = Schema {
            columns: self
                .inputs
                .iter()
                .map(|input| crate::data::Column {
                    name: input.name.clone(),
                    kind: input.kind,
                    type_name: input.type_name.clone(),
                })
                .collect(),
        };
        clean::columns::blank_rows(&schema, 1)
    }
}

fn runs_when_scoring(fitted: &FittedStep) -> bool {
    fitted.step.enabled
        && clean::by_id(&fitted.step.operation)
            .is_ok_and(|operation| operation.row_effect() == RowEffect::Keeps)
}

fn check_format(saved: &Json) -> Result<(), UserError> {
    if saved.get("format").and_then(Json::as_str) != Some(FORMAT) {
        return Err(UserError::input(
            "not_a_model",
            "This is not a model file of Benchtop",
            "The mark that begins every model is not there",
        )
        .with_hint("Choose another file"));
    }
    match saved.get("format_version").and_then(Json::as_u64) {
        Some(FORMAT_VERSION) => Ok(()),
        Some(newer) if newer > FORMAT_VERSION => Err(UserError::input(
            "model_is_newer",
            "The model was made by a newer version of Benchtop",
            format!("Its format is version {newer}; this version reads up to {FORMAT_VERSION}"),
        )
        .with_hint("Install the newest version")),
        _ => Err(damaged("its version is missing".to_owned())),
    }
}

fn part<T: serde::de::DeserializeOwned>(saved: &Json, key: &str) -> Result<T, UserError> {
    let value = saved
        .get(key)
        .ok_or_else(|| damaged(format!("\"{key}\" is missing")))?;
    serde_json::from_value(value.clone())
        .map_err(|error| damaged(format!("\"{key}\" cannot be read: {error}")))
}

fn damaged(why: String) -> UserError {
    UserError::input("model_damaged", "The model file is damaged", why)
        .with_hint("Get the file again, or train the model again")
}
