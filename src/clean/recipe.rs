//! Runs a recipe: one step after the other, each on the result of the one before.
//!
//! A step that cannot run is left out and says why; the steps after it still run. Rows keep the
//! ids of their source through every step.

use std::sync::Arc;

use polars::prelude::{BooleanChunked, DataFrame, Expr, IntoLazy, NamedFrom, Series};

use super::columns::{collect, column, engine_error};
use super::{CleanStep, Learned, RowEffect, Step, by_id};
use crate::base::{Fingerprint, Params, RowSet, TaskContext, UserError, format};
use crate::data::{Column, ROW_ID, Schema, Table, cells_changed};

/// Part of every fingerprint: raise it when a step begins to give other results.
const CODE_VERSION: &str = "recipe 1";

/// The rows that learning steps may look at.
#[derive(Clone, Copy, Debug)]
pub enum LearnFrom<'a> {
    All,
    /// Row ids.
    Rows(&'a RowSet),
}

/// How a step went.
#[derive(Clone, Debug, PartialEq)]
pub enum StepStatus {
    Done,
    /// Switched off.
    Off,
    /// It could not run and was left out; the steps after it ran without it.
    NeedsAttention(UserError),
    /// Nobody asked for it yet.
    NotRun,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq)]
pub struct StepOutcome {
    pub status: StepStatus,
    pub rows_before: u64,
    pub rows_after: u64,
    pub columns_before: usize,
    pub columns_after: usize,
    /// Cells filled, calculated or changed, where rows are kept and learned from all of them.
    pub cells_changed: u64,
    pub learned: Learned,
    /// The delta of the card: "−41 rows", "+1 column", "1,204 cells"; empty when nothing changed.
    pub note: String,
}

impl StepOutcome {
    fn without_effect(status: StepStatus, rows: u64, columns: usize) -> Self {
        Self {
            status,
            rows_before: rows,
            rows_after: rows,
            columns_before: columns,
            columns_after: columns,
            cells_changed: 0,
            learned: Learned::default(),
            note: String::new(),
        }
    }
}

/// A recipe that ran.
#[derive(Clone, Debug)]
pub struct RecipeRun {
    /// After all steps.
    pub table: Table,
    /// One per step, in order.
    pub outcomes: Vec<StepOutcome>,
    /// The schema after each step; the first is the source, so there is one more than steps.
    pub schemas: Vec<Arc<Schema>>,
}

/// The fingerprint of the table that comes out of these steps: the source, then every step that is
/// switched on. Recipes that begin with the same steps have the same fingerprint up to there.
pub fn fingerprint_after(source: Fingerprint, steps: &[Step]) -> Fingerprint {
    steps
        .iter()
        .filter(|step| step.enabled)
        .fold(source, |fingerprint, step| {
            fingerprint
                .then(CODE_VERSION.as_bytes())
                .then(step.operation.as_bytes())
                .then_value(&step.params)
        })
}

/// Runs all steps. Only being cancelled, or a source that cannot be used, is an error; a step that
/// cannot run becomes [`StepStatus::NeedsAttention`].
pub fn run_recipe(
    source: &Table,
    steps: &[Step],
    learn_from: LearnFrom<'_>,
    task: &TaskContext,
) -> Result<RecipeRun, UserError> {
    task.check()?;
    let mut outcomes = Vec::with_capacity(steps.len());
    let mut schemas = vec![source.schema().clone()];
    if steps.iter().all(|step| !step.enabled) {
        for _ in steps {
            outcomes.push(StepOutcome::without_effect(
                StepStatus::Off,
                source.rows() as u64,
                source.width(),
            ));
            schemas.push(source.schema().clone());
        }
        return Ok(RecipeRun {
            table: source.clone(),
            outcomes,
            schemas,
        });
    }
    let mut state = State {
        frame: source.frame_with_rows()?,
        schema: source.schema().clone(),
    };
    for (index, step) in steps.iter().enumerate() {
        task.check()?;
        task.progress(
            index as u64,
            steps.len() as u64,
            &format!("Running step {} of {}", index + 1, steps.len()),
        );
        let (rows, columns) = (state.frame.height() as u64, state.schema.len());
        let outcome = if !step.enabled {
            StepOutcome::without_effect(StepStatus::Off, rows, columns)
        } else {
            match run_step(&state, step, learn_from) {
                Ok((next, learned)) => {
                    let outcome = outcome_of(&state, &next, step, learned, learn_from, task)?;
                    state = next;
                    outcome
                }
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => {
                    StepOutcome::without_effect(StepStatus::NeedsAttention(error), rows, columns)
                }
            }
        };
        outcomes.push(outcome);
        schemas.push(state.schema.clone());
    }
    let mut fingerprint = fingerprint_after(source.fingerprint(), steps);
    let learns = outcomes
        .iter()
        .any(|outcome| outcome.learned != Learned::default());
    if let (LearnFrom::Rows(rows), true) = (learn_from, learns) {
        fingerprint = fingerprint.then_value(rows);
    }
    Ok(RecipeRun {
        table: Table::from_frame_with_rows(state.frame, source.source_rows(), fingerprint)?,
        outcomes,
        schemas,
    })
}

/// Applies steps with what they learned before, as scoring does. Steps that choose or order rows
/// are skipped, so that every row comes out in its place. A step that cannot run is an error.
pub fn run_recipe_fitted(
    table: &Table,
    steps: &[(Step, Learned)],
    task: &TaskContext,
) -> Result<Table, UserError> {
    let mut state = State {
        frame: table.frame_with_rows()?,
        schema: table.schema().clone(),
    };
    let mut fingerprint = table.fingerprint().then(CODE_VERSION.as_bytes());
    for (index, (step, learned)) in steps.iter().enumerate() {
        task.check()?;
        task.progress(
            index as u64,
            steps.len() as u64,
            &format!("Running step {} of {}", index + 1, steps.len()),
        );
        let operation = by_id(&step.operation)?;
        if !step.enabled || operation.row_effect() == RowEffect::ChoosesOrOrders {
            continue;
        }
        let params = step.params.checked(operation.params())?;
        operation.check(&state.schema, &params)?;
        state = apply(&state, operation, &params, learned)?;
        fingerprint = fingerprint.then_value(&(step, learned));
    }
    Table::from_frame_with_rows(state.frame, table.source_rows(), fingerprint)
}

/// A table on its way: the frame carries [`ROW_ID`], the schema does not.
struct State {
    frame: DataFrame,
    schema: Arc<Schema>,
}

fn run_step(
    state: &State,
    step: &Step,
    learn_from: LearnFrom<'_>,
) -> Result<(State, Learned), UserError> {
    let operation = by_id(&step.operation)?;
    let params = step.params.checked(operation.params())?;
    operation.check(&state.schema, &params)?;
    let learned = if operation.learns() {
        operation.learn(
            &rows_to_learn_from(state, operation, &params, learn_from)?,
            &params,
        )?
    } else {
        Learned::default()
    };
    let next = apply(state, operation, &params, &learned)?;
    Ok((next, learned))
}

fn apply(
    state: &State,
    operation: &'static dyn CleanStep,
    params: &Params,
    learned: &Learned,
) -> Result<State, UserError> {
    let lazy = operation.apply(state.frame.clone().lazy(), &state.schema, params, learned)?;
    let frame = collect(lazy)?;
    if frame.column(ROW_ID).is_err() {
        return Err(UserError::failed(
            "row_ids_lost",
            "A step lost track of its rows",
            format!("{} did not keep the row numbers", operation.name()),
        ));
    }
    if operation.row_effect() == RowEffect::Keeps && frame.height() != state.frame.height() {
        return Err(UserError::failed(
            "rows_changed",
            "A step changed the number of rows",
            format!(
                "{} was given {} and returned {}",
                operation.name(),
                format::counted(state.frame.height() as u64, "row"),
                format::counted(frame.height() as u64, "row"),
            ),
        ));
    }
    let schema = schema_after(state, &frame)?;
    Ok(State { frame, schema })
}

/// Only the columns the step reads, and only the rows it may see.
fn rows_to_learn_from(
    state: &State,
    operation: &'static dyn CleanStep,
    params: &Params,
    learn_from: LearnFrom<'_>,
) -> Result<DataFrame, UserError> {
    let needs: Vec<Expr> = operation
        .needs(params)
        .iter()
        .map(|name| column(name))
        .collect();
    let frame = collect(state.frame.clone().lazy().select(needs))?;
    let LearnFrom::Rows(rows) = learn_from else {
        return Ok(frame);
    };
    let ids = state
        .frame
        .column(ROW_ID)
        .map_err(|error| engine_error(&error))?;
    let ids = ids
        .as_materialized_series()
        .u32()
        .map_err(|error| engine_error(&error))?;
    let seen: Vec<bool> = ids
        .iter()
        .map(|id| id.is_some_and(|id| rows.contains(id as usize)))
        .collect();
    frame
        .filter(&BooleanChunked::new("seen".into(), seen))
        .map_err(|error| engine_error(&error))
}

/// The schema of a frame after a step. Columns the step did not touch keep their entry: finding
/// out whether text is a category takes time.
fn schema_after(before: &State, frame: &DataFrame) -> Result<Arc<Schema>, UserError> {
    let mut columns: Vec<Option<Column>> = Vec::with_capacity(before.schema.len() + 1);
    let mut changed: Vec<Series> = Vec::new();
    for after in frame
        .columns()
        .iter()
        .filter(|column| column.name() != ROW_ID)
    {
        let known = before.schema.get(after.name()).filter(|_| {
            before.frame.column(after.name()).is_ok_and(|earlier| {
                same_data(
                    earlier.as_materialized_series(),
                    after.as_materialized_series(),
                )
            })
        });
        if known.is_none() {
            changed.push(after.as_materialized_series().clone());
        }
        columns.push(known.cloned());
    }
    let looked_at = DataFrame::new(
        frame.height(),
        changed.into_iter().map(Into::into).collect(),
    )
    .map_err(|error| engine_error(&error))?;
    let looked_at = Table::from_frame(looked_at, Fingerprint::default());
    let mut fresh = looked_at.schema().columns.iter();
    Ok(Arc::new(Schema {
        columns: columns
            .into_iter()
            .filter_map(|known| known.or_else(|| fresh.next().cloned()))
            .collect(),
    }))
}

/// Whether two series share their memory: the same column, untouched.
fn same_data(a: &Series, b: &Series) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(&a.0), Arc::as_ptr(&b.0))
}

// ---- what a step did ----

/// Cells are counted as the preview of a step counts them, so that both say the same. While a
/// model is trained nobody reads the counts, and they are not made.
fn outcome_of(
    before: &State,
    after: &State,
    step: &Step,
    learned: Learned,
    learn_from: LearnFrom<'_>,
    task: &TaskContext,
) -> Result<StepOutcome, UserError> {
    let keeps = by_id(&step.operation)?.row_effect() == RowEffect::Keeps;
    let changes = match learn_from {
        LearnFrom::All if keeps => changes(before, after, task)?,
        _ => Changes::default(),
    };
    let mut outcome = StepOutcome {
        status: StepStatus::Done,
        rows_before: before.frame.height() as u64,
        rows_after: after.frame.height() as u64,
        columns_before: before.schema.len(),
        columns_after: after.schema.len(),
        cells_changed: changes.cells,
        learned,
        note: String::new(),
    };
    outcome.note = note(&outcome, &changes);
    Ok(outcome)
}

#[derive(Default)]
struct Changes {
    /// Cells filled, converted, calculated or written anew.
    cells: u64,
    /// Cells that had a value and are blank now.
    blanked: u64,
}

fn changes(before: &State, after: &State, task: &TaskContext) -> Result<Changes, UserError> {
    let mut changes = Changes::default();
    for column in after
        .frame
        .columns()
        .iter()
        .filter(|column| column.name() != ROW_ID)
    {
        let now = column.as_materialized_series();
        let Ok(earlier) = before.frame.column(column.name()) else {
            if after.schema.len() > before.schema.len() {
                changes.cells += (now.len() - now.null_count()) as u64;
            }
            continue;
        };
        let (cells, blanked) = cells_changed(earlier.as_materialized_series(), now, task)?;
        changes.cells += cells;
        changes.blanked += blanked;
    }
    Ok(changes)
}

fn note(outcome: &StepOutcome, changes: &Changes) -> String {
    let signed = |before: u64, after: u64, word: &str| {
        if after < before {
            format!("{}{}", format::MINUS, format::counted(before - after, word))
        } else {
            format!("+{}", format::counted(after - before, word))
        }
    };
    if outcome.rows_before != outcome.rows_after {
        return signed(outcome.rows_before, outcome.rows_after, "row");
    }
    if outcome.columns_before != outcome.columns_after {
        return signed(
            outcome.columns_before as u64,
            outcome.columns_after as u64,
            "column",
        );
    }
    match (changes.cells, changes.blanked) {
        (0, _) => String::new(),
        (cells, 0) => format::counted(cells, "cell"),
        (cells, blanked) => format!(
            "{}, {} became blank",
            format::counted(cells, "cell"),
            format::count(blanked)
        ),
    }
}
