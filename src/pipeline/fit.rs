//! The only way to make a fitted pipeline: given the rows to learn from, it sees no others.
//!
//! # What belongs to all folds, and what to one
//!
//! [`prepare`] does once what learns nothing: it decides which rows take part, reads their answers,
//! and runs the steps before the first one that learns. [`fit`] does the rest for given rows: the
//! learning steps and everything after them, the preparation, the model.
//!
//! - **Answers are never filled in.** The target is read from the recipe without its learning
//!   steps, so a row whose target is blank is left out even when a step would fill it.
//! - **Rows are chosen once,** by the same recipe without its learning steps. A filter therefore
//!   sees the values as they are before anything learned fills them, and the same rows take part in
//!   every fold. Rows come in the order of that recipe.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::shared::SharedRows;
use super::{FittedPipeline, FittedStep, InputColumn, LearningPlan, TrainingRecord};
use crate::base::{Fingerprint, ParamKind, Params, RowSet, TaskContext, UserError, format};
use crate::clean::columns::{nearest_name, require};
use crate::clean::recipe::StepStatus;
use crate::clean::{self, LearnFrom, Learned, RecipeRun, RowEffect, Step, run_recipe};
use crate::data::{ColumnKind, Schema, Table};
use crate::learn::matrix::{BLANK, TargetValues, target_values};
use crate::learn::prepare::PrepareOptions;
use crate::learn::{self, FitContext, Matrix, RawFrame, Round, Target, Task};

/// More classes than this are names rather than classes.
const MOST_CLASSES: usize = 1_000;
/// Numbers in the matrix of the rows that are predicted at a time (64 MB).
const CHUNK_VALUES: usize = 8_000_000;

/// What a target column asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetInfo {
    pub task: Task,
    pub rows_with_target: u64,
    pub blanks: u64,
    /// Rows per class, in the order of the class names; empty for numbers.
    pub class_counts: Vec<u64>,
    /// The smallest answer; None for classes.
    pub lowest: Option<f64>,
}

/// Decides what is being predicted.
///
/// Text, categories and yes/no are classes (yes/no: "no", "yes"). Numbers are classes when they are
/// exactly two different whole numbers, whose digits are then the names; otherwise a number is
/// predicted. Errors: no such column, no values, a single value, dates, more than 1,000 classes, or
/// a different text in every row.
pub fn inspect_target(
    table: &Table,
    target: &str,
    task: &TaskContext,
) -> Result<TargetInfo, UserError> {
    read_target(table, target, task).map(|answers| answers.info)
}

/// Answers of every row of a table.
struct Answers {
    info: TargetInfo,
    /// Per row: the class index or the number as it is; None is blank.
    values: Vec<Option<f64>>,
}

fn read_target(table: &Table, target: &str, task: &TaskContext) -> Result<Answers, UserError> {
    let column = require(table.schema(), target)?;
    if column.kind == ColumnKind::Time {
        return Err(UserError::input(
            "target_is_date",
            format!("{target} cannot be predicted"),
            "It holds dates; a prediction is a class or a number",
        )
        .with_hint("Make a new column of it first, for example DATE_PART('month', …) or the days between two dates"));
    }
    let (names, values) = match target_values(table, target, task)? {
        TargetValues::Texts { codes, names } => text_classes(&codes, names),
        TargetValues::Numbers(numbers) => number_answers(numbers, column.kind == ColumnKind::YesNo),
    };
    let filled = values.iter().flatten().count();
    check_answers(target, names.as_deref(), &values, filled)?;
    let class_counts = names.as_ref().map_or_else(Vec::new, |names| {
        let mut counts = vec![0u64; names.len()];
        for code in values.iter().flatten() {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        }
        counts
    });
    let lowest = values
        .iter()
        .flatten()
        .copied()
        .reduce(f64::min)
        .filter(|_| names.is_none());
    Ok(Answers {
        info: TargetInfo {
            lowest,
            task: names.map_or(Task::Number, |names| Task::Classes { names }),
            rows_with_target: filled as u64,
            blanks: (values.len() - filled) as u64,
            class_counts,
        },
        values,
    })
}

/// Sorted names and, per row, the index among them.
fn text_classes(codes: &[u32], names: Vec<String>) -> (Option<Vec<String>>, Vec<Option<f64>>) {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| names.get(a).cmp(&names.get(b)));
    let mut rank = vec![0usize; names.len()];
    for (position, &code) in order.iter().enumerate() {
        if let Some(rank) = rank.get_mut(code) {
            *rank = position;
        }
    }
    let values = codes
        .iter()
        .map(|&code| {
            (code != BLANK)
                .then(|| rank.get(code as usize).map(|&rank| rank as f64))
                .flatten()
        })
        .collect();
    let sorted = order
        .iter()
        .filter_map(|&code| names.get(code).cloned())
        .collect();
    (Some(sorted), values)
}

fn number_answers(numbers: Vec<f64>, yes_no: bool) -> (Option<Vec<String>>, Vec<Option<f64>>) {
    let values: Vec<Option<f64>> = numbers
        .into_iter()
        .map(|value| value.is_finite().then_some(value))
        .collect();
    if yes_no {
        let mut names = Vec::new();
        let seen = |wanted: f64| values.iter().flatten().any(|&value| value == wanted);
        if seen(0.0) || seen(1.0) {
            names = vec!["no".to_owned(), "yes".to_owned()];
        }
        return (Some(names), values);
    }
    let mut distinct: Vec<f64> = Vec::with_capacity(3);
    for value in values.iter().flatten() {
        if !distinct.contains(value) {
            distinct.push(*value);
            if distinct.len() > 2 {
                break;
            }
        }
    }
    if distinct.len() != 2 || distinct.iter().any(|value| value.fract() != 0.0) {
        return (None, values);
    }
    distinct.sort_by(f64::total_cmp);
    let codes = values
        .iter()
        .map(|value| {
            value
                .and_then(|value| distinct.iter().position(|&known| known == value))
                .map(|at| at as f64)
        })
        .collect();
    (
        Some(
            distinct
                .iter()
                .map(|value| format!("{}", value + 0.0))
                .collect(),
        ),
        codes,
    )
}

fn check_answers(
    target: &str,
    names: Option<&[String]>,
    values: &[Option<f64>],
    filled: usize,
) -> Result<(), UserError> {
    if filled == 0 {
        return Err(UserError::input(
            "target_is_blank",
            format!("{target} is blank in every row"),
            format!(
                "None of the {} has an answer to learn",
                format::counted(values.len() as u64, "row")
            ),
        )
        .with_hint("Choose another column to predict, or check the steps that remove rows"));
    }
    let first = values.iter().flatten().next();
    if values.iter().flatten().all(|value| Some(value) == first) {
        return Err(UserError::input(
            "target_has_one_value",
            format!("{target} has the same value in every row"),
            "Where there is nothing to tell apart, nothing can be learned",
        )
        .with_hint("Choose another column to predict, or check the steps that remove rows"));
    }
    let classes = names.map_or(0, <[String]>::len);
    if classes > MOST_CLASSES {
        return Err(UserError::input(
            "target_has_too_many_classes",
            format!("{target} has too many different values to be told apart"),
            format!(
                "It has {} different texts; at most {} are possible",
                format::count(classes as u64),
                format::count(MOST_CLASSES as u64)
            ),
        )
        .with_hint("Choose a column with fewer values, or group them in a new column"));
    }
    // Two or three rows may well all differ and still be classes in a tiny example.
    if classes == filled && filled > 3 {
        return Err(UserError::input(
            "target_all_different",
            format!("{target} is different in every row"),
            format!(
                "{} and as many different texts: it names rows rather than sorting them",
                format::counted(filled as u64, "row")
            ),
        )
        .with_hint("Choose a column whose values come back in several rows"));
    }
    Ok(())
}

// ---- prepare ----

/// A step on its way to a fitted pipeline.
#[derive(Clone)]
struct Traced {
    step: Step,
    learned: Learned,
    effect: RowEffect,
    learns: bool,
    /// Columns that are there after the step and were not before, and the other way round.
    created: BTreeSet<String>,
    removed: BTreeSet<String>,
}

/// A table ready to be learned from, as often as there are folds.
pub struct Prepared {
    plan: LearningPlan,
    task: Task,
    target: Target,
    raw_schema: Arc<Schema>,
    raw_fingerprint: Fingerprint,
    source_rows: usize,
    /// Eligible row ids, in the order of `base`.
    rows: Vec<u32>,
    /// Row id → position in `rows`; `u32::MAX` is not eligible.
    positions: Arc<Vec<u32>>,
    /// The eligible rows after the steps before the first learning one.
    base: Table,
    /// All steps that are switched on.
    steps: Vec<Traced>,
    /// Where the first learning step is; the number of steps when there is none.
    first_learning: usize,
    /// The columns to learn from, when no step learns: the same for every fold.
    shared: Option<Arc<RawFrame>>,
    /// Training rows that learners before prepared.
    ready: SharedRows,
}

impl Prepared {
    /// Row ids that have a target after the recipe, in the order of the recipe's rows.
    pub fn eligible_rows(&self) -> Vec<u32> {
        self.rows.clone()
    }

    /// Answers of the given rows, in that order. Rows that are not eligible are left out.
    pub fn target_for(&self, rows: &[u32]) -> Target {
        let positions: Vec<usize> = rows
            .iter()
            .filter_map(|&row| position(&self.positions, row))
            .collect();
        self.target.rows(&positions)
    }

    pub fn task(&self) -> &Task {
        &self.task
    }

    /// Names of the classes; empty when a number is predicted.
    pub fn class_names(&self) -> &[String] {
        match &self.task {
            Task::Classes { names } => names,
            Task::Number => &[],
        }
    }

    /// The plan this was prepared from.
    pub fn plan(&self) -> &LearningPlan {
        &self.plan
    }

    /// Length of every set of row ids.
    pub fn source_rows(&self) -> usize {
        self.source_rows
    }

    /// A column of the eligible rows, in their order, as it is before any step learns.
    pub fn values_of(&self, column: &str, task: &TaskContext) -> Result<TargetValues, UserError> {
        if self.base.schema().get(column).is_none() {
            return Err(UserError::input(
                "missing_column",
                format!("There is no column {column} to divide the rows by"),
                "No column has this name after the steps",
            )
            .with_hint("Choose another column, or correct the step that removes it"));
        }
        target_values(&self.base, column, task)
    }
}

fn position(positions: &[u32], row: u32) -> Option<usize> {
    positions
        .get(row as usize)
        .filter(|&&position| position != u32::MAX)
        .map(|&position| position as usize)
}

/// Does once what all folds share. Errors: the target or a column to learn from is missing, a step
/// needs attention, or the target cannot be predicted.
pub fn prepare(
    raw: &Table,
    plan: &LearningPlan,
    task: &TaskContext,
) -> Result<Prepared, UserError> {
    check_plan(plan)?;
    let mut steps = traced(&plan.steps)?;
    let first_learning = steps
        .iter()
        .position(|step| step.learns)
        .unwrap_or(steps.len());

    let plain = run_without_learning(raw, &mut steps, first_learning, task)?;
    let answers = read_target(&plain, &plan.target, task)?;
    let eligible: Vec<usize> = answers
        .values
        .iter()
        .enumerate()
        .filter_map(|(row, value)| value.map(|_| row))
        .collect();
    let rows: Vec<u32> = eligible.iter().map(|&at| plain.row_id(at)).collect();
    let mut positions = vec![u32::MAX; raw.source_rows()];
    for (at, &row) in rows.iter().enumerate() {
        if let Some(position) = positions.get_mut(row as usize) {
            *position = at as u32;
        }
    }

    let nothing_learned = first_learning == steps.len();
    let base = if nothing_learned {
        require_features(plain.schema(), &plan.features)?;
        plain.take(&eligible)?
    } else {
        before_learning(raw, &steps, first_learning, &rows, task)?
    };
    let shared = match nothing_learned {
        true => Some(Arc::new(RawFrame::from_table(&base, &plan.features, task)?)),
        false => None,
    };
    Ok(Prepared {
        plan: plan.clone(),
        target: target_of(&answers, &eligible),
        task: answers.info.task,
        raw_schema: raw.schema().clone(),
        raw_fingerprint: raw.fingerprint(),
        source_rows: raw.source_rows(),
        rows,
        positions: Arc::new(positions),
        base,
        steps,
        first_learning,
        shared,
        ready: SharedRows::default(),
    })
}

fn check_plan(plan: &LearningPlan) -> Result<(), UserError> {
    if plan.target.is_empty() {
        return Err(UserError::usage(
            "no_target",
            "Nothing is chosen to be predicted",
            "Learning needs a column with the answers",
        )
        .with_hint("Choose the column to predict"));
    }
    if plan.features.is_empty() {
        return Err(UserError::usage(
            "no_features",
            "There is nothing to learn from",
            "No column is chosen to learn from",
        )
        .with_hint("Choose at least one column besides the one to predict"));
    }
    if plan.features.contains(&plan.target) {
        return Err(UserError::usage(
            "target_is_feature",
            format!(
                "{} is chosen both to be predicted and to learn from",
                plan.target
            ),
            "A model that is given the answer only repeats it",
        )
        .with_hint(format!(
            "Take {} out of the columns to learn from",
            plan.target
        )));
    }
    let distinct: BTreeSet<&String> = plan.features.iter().collect();
    if distinct.len() != plan.features.len() {
        return Err(UserError::usage(
            "column_twice",
            "A column to learn from is chosen twice",
            format::list(&plan.features),
        ));
    }
    Ok(())
}

fn traced(steps: &[Step]) -> Result<Vec<Traced>, UserError> {
    steps
        .iter()
        .filter(|step| step.enabled)
        .map(|step| {
            let operation = clean::by_id(&step.operation)?;
            Ok(Traced {
                step: step.clone(),
                learned: Learned::default(),
                effect: operation.row_effect(),
                learns: operation.learns(),
                created: BTreeSet::new(),
                removed: BTreeSet::new(),
            })
        })
        .collect()
}

/// The recipe without its learning steps: it decides rows and answers. Writes down what the steps
/// before the first learning one do to the columns.
fn run_without_learning(
    raw: &Table,
    steps: &mut [Traced],
    first_learning: usize,
    task: &TaskContext,
) -> Result<Table, UserError> {
    let plain: Vec<(usize, Step)> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| !step.learns)
        .map(|(index, step)| (index, step.step.clone()))
        .collect();
    let only: Vec<Step> = plain.iter().map(|(_, step)| step.clone()).collect();
    let run = run_recipe(raw, &only, LearnFrom::All, task)?;
    for ((index, step), outcome) in plain.iter().zip(&run.outcomes) {
        if let StepStatus::NeedsAttention(error) = &outcome.status {
            let chooses = clean::by_id(&step.operation)?.row_effect() == RowEffect::ChoosesOrOrders;
            // A later step that keeps rows may work on what a learning step makes; the fit, where
            // that step has run, says whether it does.
            if *index < first_learning || chooses {
                return Err(needs_attention(step, error));
            }
        }
    }
    let first: Vec<usize> = plain.iter().map(|(index, _)| *index).collect();
    for (at, index) in first
        .into_iter()
        .enumerate()
        .take_while(|(_, index)| *index < first_learning)
    {
        note_columns(steps.get_mut(index), &run, at);
    }
    Ok(run.table)
}

fn note_columns(step: Option<&mut Traced>, run: &RecipeRun, at: usize) {
    let (Some(step), Some(before), Some(after)) =
        (step, run.schemas.get(at), run.schemas.get(at + 1))
    else {
        return;
    };
    let before: BTreeSet<String> = before.names().into_iter().collect();
    let after: BTreeSet<String> = after.names().into_iter().collect();
    step.created = after.difference(&before).cloned().collect();
    step.removed = before.difference(&after).cloned().collect();
}

fn needs_attention(step: &Step, error: &UserError) -> UserError {
    let name = clean::by_id(&step.operation).map_or_else(
        |_| step.operation.clone(),
        |operation| clean::plain(&operation.sentence(&step.params)),
    );
    UserError::input(
        "step_needs_attention",
        format!("The step \"{name}\" needs attention"),
        format!("{}: {}", error.what, error.why),
    )
    .with_hint(match &error.hint {
        Some(hint) => format!("{hint}, or switch the step off"),
        None => "Correct the step, or switch it off".to_owned(),
    })
}

fn require_features(schema: &Schema, features: &[String]) -> Result<(), UserError> {
    for name in features {
        if schema.get(name).is_none() {
            let hint = match nearest_name(name, &schema.names()) {
                Some(nearest) => format!(
                    "Did you mean {nearest}? Otherwise take {name} out of the columns to learn from"
                ),
                None => format!(
                    "Take {name} out of the columns to learn from, or correct the step that removes it"
                ),
            };
            return Err(UserError::input(
                "missing_column",
                format!("The column {name} to learn from is not there"),
                "No column has this name after the recipe",
            )
            .with_hint(hint));
        }
    }
    Ok(())
}

/// The eligible rows, in their order, after the steps before the first learning one.
fn before_learning(
    raw: &Table,
    steps: &[Traced],
    first_learning: usize,
    rows: &[u32],
    task: &TaskContext,
) -> Result<Table, UserError> {
    let first: Vec<Step> = steps
        .iter()
        .take(first_learning)
        .map(|step| step.step.clone())
        .collect();
    let run = run_recipe(raw, &first, LearnFrom::All, task)?;
    let mut place = vec![usize::MAX; raw.source_rows()];
    for at in 0..run.table.rows() {
        if let Some(place) = place.get_mut(run.table.row_id(at) as usize) {
            *place = at;
        }
    }
    let positions: Vec<usize> = rows
        .iter()
        .filter_map(|&row| place.get(row as usize).copied())
        .filter(|&at| at != usize::MAX)
        .collect();
    if positions.len() != rows.len() {
        return Err(UserError::failed(
            "row_ids_lost",
            "A step lost track of its rows",
            format!(
                "{} rows were chosen and {} were found again",
                rows.len(),
                positions.len()
            ),
        ));
    }
    run.table.take(&positions)
}

fn target_of(answers: &Answers, eligible: &[usize]) -> Target {
    let values = eligible
        .iter()
        .filter_map(|&at| answers.values.get(at).copied().flatten());
    match &answers.info.task {
        Task::Classes { names } => Target::Classes {
            codes: values.map(|code| code as u32).collect(),
            count: names.len(),
        },
        Task::Number => Target::Numbers(values.collect()),
    }
}

// ---- fit ----

/// A pipeline and the prepared columns it was fitted in.
pub struct Fitted {
    pub pipeline: FittedPipeline,
    /// Every eligible row after the recipe as this fit learned it.
    frame: Arc<RawFrame>,
    positions: Arc<Vec<u32>>,
}

impl Fitted {
    /// Predictions for row ids of the prepared table, row-major rows × outputs, in the order given.
    /// Fails for a row that is not eligible.
    pub fn predict_rows(&self, rows: &[u32], task: &TaskContext) -> Result<Vec<f64>, UserError> {
        let positions = eligible_positions(&self.positions, rows)?;
        predict_in_chunks(&self.pipeline, positions.len(), task, |range| {
            let chunk = positions.get(range).unwrap_or(&[]);
            self.pipeline.preparation.transform(&self.frame.take(chunk))
        })
    }
}

impl Fitted {
    /// The answer of the model's tree that each row ends in, in the order given; None where the
    /// model is not one tree. Fails for a row that is not eligible.
    pub fn tree_answers(
        &self,
        rows: &[u32],
        task: &TaskContext,
    ) -> Result<Option<Vec<u32>>, UserError> {
        let positions = eligible_positions(&self.positions, rows)?;
        let preparation = &self.pipeline.preparation;
        let mut answers = Vec::with_capacity(rows.len());
        for chunk in positions.chunks(rows_at_a_time(&self.pipeline)) {
            task.check()?;
            let matrix = preparation.transform(&self.frame.take(chunk))?;
            match self.pipeline.model.answers(&matrix, task)? {
                Some(found) => answers.extend(found),
                None => return Ok(None),
            }
        }
        Ok(Some(answers))
    }
}

/// Rows whose matrix is held at a time.
pub(super) fn rows_at_a_time(pipeline: &FittedPipeline) -> usize {
    (CHUNK_VALUES / pipeline.preparation.width().max(1)).max(1_000)
}

/// Predicts a stretch of rows at a time, so that the matrix of a large table need not exist whole.
pub(super) fn predict_in_chunks(
    pipeline: &FittedPipeline,
    rows: usize,
    task: &TaskContext,
    mut matrix: impl FnMut(std::ops::Range<usize>) -> Result<Matrix, UserError>,
) -> Result<Vec<f64>, UserError> {
    let mut values = Vec::with_capacity(rows * pipeline.task.outputs());
    let chunk = rows_at_a_time(pipeline);
    let mut start = 0;
    while start < rows {
        task.check()?;
        task.progress(start as u64, rows as u64, "Predicting");
        let end = (start + chunk).min(rows);
        values.extend(pipeline.model.predict(&matrix(start..end)?, &task.part())?);
        start = end;
    }
    if values.len() != rows * pipeline.task.outputs() {
        return Err(UserError::failed(
            "prediction_shape",
            "The model did not answer for every row",
            format!(
                "{} numbers for {rows} rows of {}",
                values.len(),
                pipeline.task.outputs()
            ),
        ));
    }
    Ok(values)
}

fn eligible_positions(positions: &[u32], rows: &[u32]) -> Result<Vec<usize>, UserError> {
    rows.iter()
        .map(|&row| {
            position(positions, row).ok_or_else(|| {
                UserError::failed(
                    "row_not_eligible",
                    "A row takes no part in learning",
                    format!(
                        "Row {} has no answer, or a step removed it",
                        u64::from(row) + 1
                    ),
                )
            })
        })
        .collect()
}

/// What to fit on which rows.
#[derive(Clone, Copy)]
pub struct FitRequest<'a> {
    /// Id of the learner.
    pub learner: &'a str,
    pub params: &'a Params,
    /// Settings of [`learn::prepare::settings`] that differ from what the learner wants.
    pub preparation: &'a Params,
    /// Row ids of [`Prepared::eligible_rows`].
    pub rows: &'a [u32],
    pub seed: u64,
    /// Told of every round of a learner that has rounds.
    pub on_round: Option<&'a dyn Fn(Round)>,
}

/// Learns from the given rows and no others.
pub fn fit(
    prepared: &Prepared,
    request: &FitRequest<'_>,
    task: &TaskContext,
) -> Result<Fitted, UserError> {
    task.check()?;
    let positions = eligible_positions(&prepared.positions, request.rows)?;
    if positions.is_empty() {
        return Err(UserError::input(
            "no_rows",
            "There are no rows to learn from",
            "No row with an answer was given",
        )
        .with_hint("Check the steps that remove rows"));
    }
    let learner = learn::by_id(request.learner)?;
    let params = request.params.checked(learner.params())?;
    check_learner(learner, &prepared.task)?;

    let (frame, steps) = columns_for(prepared, request.rows, task)?;
    let options = PrepareOptions::of(learner, request.preparation, request.seed);
    let ready = prepared.ready.prepare(request.rows, &options, || {
        let train = frame.take(&positions);
        learn::Preparation::fit(&train, &prepared.target.rows(&positions), &options, task)
    })?;
    check_weights(learner, ready.set.weights.is_some())?;
    task.check()?;
    let features = ready.set.preparation.features();
    let context = FitContext {
        task,
        seed: request.seed,
        features: &features,
        weights: ready.set.weights.as_deref(),
        on_round: request.on_round,
        bins: Some(&ready.bins),
        threads: std::thread::available_parallelism().map_or(1, |count| count.get()),
    };
    let model = learner.fit(&ready.set.matrix, &ready.set.target, &params, &context)?;

    let preparation = ready.set.preparation.clone();
    let features: Vec<String> = preparation.inputs().map(str::to_owned).collect();
    let needed = needed_steps(&steps, &features, &prepared.plan.target)?;
    Ok(Fitted {
        pipeline: FittedPipeline {
            learner: learner.id().to_owned(),
            params,
            target: prepared.plan.target.clone(),
            task: prepared.task.clone(),
            inputs: input_columns(&prepared.raw_schema, &needed.inputs)?,
            steps: needed.steps,
            preparation,
            model,
            record: TrainingRecord {
                app_version: env!("CARGO_PKG_VERSION").to_owned(),
                data_fingerprint: prepared.raw_fingerprint.to_string(),
                rows: positions.len() as u64,
                seed: request.seed,
                preparation: options.settings,
                ..TrainingRecord::default()
            },
        },
        frame,
        positions: prepared.positions.clone(),
    })
}

/// The columns a model would be given, as learned from the given rows.
pub struct PreparedColumns {
    pub preparation: learn::Preparation,
    /// The columns of every eligible row before the preparation.
    pub frame: Arc<RawFrame>,
    /// What the rows learned from answer.
    pub answers: Target,
    /// Columns of the matrix.
    pub width: usize,
}

/// Prepares the columns as a fit on these rows would, without fitting a model.
pub fn prepared_columns(
    prepared: &Prepared,
    rows: &[u32],
    options: &PrepareOptions,
    task: &TaskContext,
) -> Result<PreparedColumns, UserError> {
    let positions = eligible_positions(&prepared.positions, rows)?;
    let (frame, _) = columns_for(prepared, rows, task)?;
    let answers = prepared.target.rows(&positions);
    let set = learn::Preparation::fit(&frame.take(&positions), &answers, options, task)?;
    Ok(PreparedColumns {
        width: set.preparation.width(),
        preparation: set.preparation,
        answers,
        frame,
    })
}

fn check_learner(learner: &dyn learn::Learner, task: &Task) -> Result<(), UserError> {
    let able = learner.capabilities();
    let (fits, asked) = match task {
        Task::Classes { .. } => (able.classes, "classes"),
        Task::Number => (able.numbers, "numbers"),
    };
    if fits {
        return Ok(());
    }
    Err(UserError::usage(
        "learner_does_not_fit",
        format!("{} does not predict {asked}", learner.name()),
        format!("The column to predict holds {asked}"),
    )
    .with_hint("Choose another learner"))
}

fn check_weights(learner: &dyn learn::Learner, weighted: bool) -> Result<(), UserError> {
    if !weighted || learner.capabilities().weights {
        return Ok(());
    }
    Err(UserError::usage(
        "weights_not_supported",
        format!("{} cannot let rows count differently", learner.name()),
        "Classes are to be balanced by weights".to_owned(),
    )
    .with_hint("Balance by repeating or leaving out rows, or choose another learner"))
}

/// The columns to learn from of every eligible row, and the steps with what they learned from the
/// given rows.
fn columns_for(
    prepared: &Prepared,
    train_rows: &[u32],
    task: &TaskContext,
) -> Result<(Arc<RawFrame>, Vec<Traced>), UserError> {
    if let Some(shared) = &prepared.shared {
        return Ok((shared.clone(), prepared.steps.clone()));
    }
    let mut steps = prepared.steps.clone();
    let later: Vec<usize> = (prepared.first_learning..steps.len())
        .filter(|&index| {
            steps
                .get(index)
                .is_some_and(|step| step.effect == RowEffect::Keeps)
        })
        .collect();
    let later_steps: Vec<Step> = later
        .iter()
        .filter_map(|&index| steps.get(index).map(|step| step.step.clone()))
        .collect();
    let train = RowSet::from_rows(
        prepared.source_rows,
        train_rows.iter().map(|&row| row as usize),
    );
    let run = run_recipe(
        &prepared.base,
        &later_steps,
        LearnFrom::Rows(&train),
        &task.part(),
    )?;
    for (at, (&index, outcome)) in later.iter().zip(&run.outcomes).enumerate() {
        if let (StepStatus::NeedsAttention(error), Some(step)) =
            (&outcome.status, later_steps.get(at))
        {
            return Err(needs_attention(step, error));
        }
        note_columns(steps.get_mut(index), &run, at);
        if let Some(step) = steps.get_mut(index) {
            step.learned = outcome.learned.clone();
        }
    }
    require_features(run.table.schema(), &prepared.plan.features)?;
    let frame = RawFrame::from_table(&run.table, &prepared.plan.features, task)?;
    Ok((Arc::new(frame), steps))
}

// ---- what scoring needs ----

struct Needed {
    steps: Vec<FittedStep>,
    inputs: BTreeSet<String>,
}

/// Walks the recipe backwards from the columns learned from: which steps must run to make them,
/// and which raw columns those read. Steps that choose or order rows stay for the record; scoring
/// skips them.
fn needed_steps(steps: &[Traced], features: &[String], target: &str) -> Result<Needed, UserError> {
    let mut needed: BTreeSet<String> = features.iter().cloned().collect();
    // The name of the target at this point of the recipe; None before a step calculates it.
    let mut target_here = Some(target.to_owned());
    let mut kept: Vec<FittedStep> = Vec::new();
    for traced in steps.iter().rev() {
        if traced.effect == RowEffect::ChoosesOrOrders {
            kept.push(fitted_step(&traced.step, &traced.learned));
            continue;
        }
        if !traced.created.is_disjoint(&needed) {
            needed = needed.difference(&traced.created).cloned().collect();
            needed.extend(clean::by_id(&traced.step.operation)?.needs(&traced.step.params));
            kept.push(fitted_step(&traced.step, &traced.learned));
        } else if traced.created.is_empty()
            && let Some(step) = narrowed(traced, &needed)?
        {
            kept.push(step);
        }
        if let Some(name) = &target_here
            && traced.created.contains(name)
        {
            let renamed = traced.created.len() == 1 && traced.removed.len() == 1;
            target_here = traced.removed.iter().next().filter(|_| renamed).cloned();
        }
        if let Some(name) = &target_here
            && needed.contains(name)
        {
            return Err(UserError::input(
                "feature_from_target",
                format!("A column to learn from is calculated from {target}"),
                format!(
                    "The step \"{}\" reads the column that is to be predicted",
                    clean::plain(
                        &clean::by_id(&traced.step.operation)?.sentence(&traced.step.params)
                    )
                ),
            )
            .with_hint(
                "Take that column out of the ones to learn from: it gives the answer away",
            ));
        }
    }
    kept.reverse();
    Ok(Needed {
        steps: kept,
        inputs: needed,
    })
}

fn fitted_step(step: &Step, learned: &Learned) -> FittedStep {
    FittedStep {
        step: step.clone(),
        learned: learned.clone(),
    }
}

/// A step that changes columns in place, for the needed ones only: what it does to one column does
/// not depend on the others. None when it changes no needed column.
fn narrowed(traced: &Traced, needed: &BTreeSet<String>) -> Result<Option<FittedStep>, UserError> {
    let operation = clean::by_id(&traced.step.operation)?;
    let mut step = traced.step.clone();
    let mut learned = traced.learned.clone();
    let Some(spec) = operation
        .params()
        .iter()
        .find(|spec| spec.kind == ParamKind::Columns)
    else {
        let touches = operation
            .needs(&step.params)
            .iter()
            .any(|name| needed.contains(name));
        return Ok(touches.then(|| fitted_step(&step, &learned)));
    };
    let columns: Vec<String> = step
        .params
        .list(spec.key)
        .iter()
        .filter(|name| needed.contains(*name))
        .cloned()
        .collect();
    if columns.is_empty() {
        return Ok(None);
    }
    learned.numbers.retain(|name, _| columns.contains(name));
    learned.texts.retain(|name, _| columns.contains(name));
    step.params.set(spec.key, columns);
    Ok(Some(FittedStep { step, learned }))
}

/// In the order of the raw table.
fn input_columns(
    schema: &Schema,
    inputs: &BTreeSet<String>,
) -> Result<Vec<InputColumn>, UserError> {
    for name in inputs {
        require(schema, name)?;
    }
    Ok(schema
        .columns
        .iter()
        .filter(|column| inputs.contains(&column.name))
        .map(|column| InputColumn {
            name: column.name.clone(),
            kind: column.kind,
            type_name: column.type_name.clone(),
        })
        .collect())
}
