//! Rows like a chosen one, as a model of trees sees them.

use std::any::Any;
use std::sync::Arc;

use super::asked::{Asked, answered};
use super::comparison::{mark, request};
use super::derived::Slot;
use super::sealing::Hidden;
use super::session::{Notice, Session};
use super::source::source_fingerprint;
use super::trees::fit_on_all_rows;
use crate::base::ids::{ModelId, TableId};
use crate::base::{Fingerprint, RowSet, UserError, format};
use crate::data::Table;
use crate::data::page::cell_text;
use crate::jobs::{JobContext, JobKey, Lane};
use crate::pipeline::{FittedPipeline, NearRows};
use crate::project::Run;

/// The slot of comparing rows.
const COMPARING: &str = "rows like";
/// Nearest rows that are kept.
pub const MOST_NEAR_ROWS: usize = 1_000;

/// A model that is looked into.
#[derive(Clone)]
pub enum Subject {
    /// A learner of a run, fitted on all its rows.
    Run { run: Arc<Run>, learner: String },
    /// A model that is in use.
    Model(ModelId),
}

impl Subject {
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Model(a), Self::Model(b)) => a == b,
            (Self::Run { run: a, learner: x }, Self::Run { run: b, learner: y }) => {
                a.id == b.id && a.trained_at == b.trained_at && x == y
            }
            _ => false,
        }
    }
}

/// Rows of the open table, as it was read, that are like one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsLike {
    pub near: NearRows,
    /// Name of the column that is predicted.
    pub target: String,
    /// What that column holds in the chosen row, and in each of the near rows; None where the table
    /// has no such column, empty where it is blank.
    pub answers: Option<(String, Vec<String>)>,
}

/// Which row is compared, in which rows.
pub(super) struct Question {
    subject: Subject,
    table: TableId,
    data: Fingerprint,
    row: u32,
}

/// What was asked last, and what came out.
pub(super) type Compared = Asked<Question, RowsLike>;

/// Where the fitted model comes from.
enum Origin {
    Fitted(Arc<FittedPipeline>),
    Fit { run: Arc<Run>, learner: String },
}

/// What a comparison leaves behind.
struct Outcome {
    /// A model that was fitted for it.
    fitted: Option<Arc<FittedPipeline>>,
    found: Result<Arc<RowsLike>, Arc<UserError>>,
}

impl Session {
    /// Looks for the rows of the open table that are like one of them (id of the source). The
    /// answer is that of [`Session::rows_like`].
    pub fn find_rows_like(&mut self, subject: &Subject, row: u32) {
        let Some(recipe) = self.active().cloned() else {
            return;
        };
        let mut asked = Asked::new(Question {
            subject: subject.clone(),
            table: recipe.id,
            data: source_fingerprint(&recipe.source),
            row,
        });
        let (source, origin) = match self.table_and_model(subject) {
            Ok(found) => found,
            Err(waiting) => {
                asked.found = waiting.error().cloned().map(Err);
                self.compared = asked.found.is_some().then_some(asked);
                return;
            }
        };
        self.compared = Some(asked);
        let kept_as = match subject {
            Subject::Run { run, learner } => Some(fitted_mark(run, learner)),
            Subject::Model(_) => None,
        };
        let hidden = self.hidden().ready();
        self.act(
            COMPARING,
            format!(
                "Looking for rows like row {}",
                format::count(u64::from(row) + 1)
            ),
            Lane::Heavy,
            move |context| compare(&source, origin, row, hidden.as_deref(), context),
            move |session, outcome| {
                if let (Some(mark), Some(fitted)) = (kept_as, &outcome.fitted) {
                    let bytes = fitted.model.trees().map_or(1 << 16, |trees| {
                        trees.nodes() as u64 * 64 + trees.value.len() as u64 * 8
                    });
                    let value: Arc<dyn Any + Send + Sync> = fitted.clone();
                    session.keep(mark, Ok(value), bytes);
                }
                if let Some(compared) = &mut session.compared {
                    compared.found = Some(outcome.found.clone());
                }
            },
        );
    }

    /// The table and the model to compare its rows with, or why not.
    fn table_and_model(
        &mut self,
        subject: &Subject,
    ) -> Result<(Arc<Table>, Origin), Slot<RowsLike>> {
        match subject {
            Subject::Run { run, learner } => {
                let source = self.table_of_run(run)?;
                let known = self
                    .derived
                    .get::<FittedPipeline>(fitted_mark(run, learner));
                let origin = match known {
                    Some(Ok(fitted)) => Origin::Fitted(fitted),
                    _ => Origin::Fit {
                        run: run.clone(),
                        learner: learner.clone(),
                    },
                };
                Ok((source, origin))
            }
            Subject::Model(id) => {
                let pipeline = self.model(*id).map(|kept| kept.pipeline.clone());
                let pipeline = pipeline.ok_or(Slot::Empty)?;
                let source = self.source().ready_or_wait()?;
                Ok((source, Origin::Fitted(pipeline)))
            }
        }
    }

    /// What [`Session::find_rows_like`] found for this model in the open table as it is; empty when
    /// it was not asked, or stopped.
    pub fn rows_like(&self, subject: &Subject) -> Slot<RowsLike> {
        self.compared_with(subject)
            .map_or(Slot::Empty, |compared| compared.slot(self, COMPARING))
    }

    fn compared_with(&self, subject: &Subject) -> Option<&Compared> {
        let compared = self.compared.as_ref()?;
        let recipe = self.active()?;
        let question = &compared.question;
        let same = question.table == recipe.id
            && question.data == source_fingerprint(&recipe.source)
            && question.subject.is(subject);
        same.then_some(compared)
    }

    /// The row (id of the source) that [`Session::rows_like`] is about.
    pub fn row_compared(&self, subject: &Subject) -> Option<u32> {
        self.compared_with(subject)
            .map(|compared| compared.question.row)
    }

    pub fn stop_comparing_rows(&mut self) {
        self.cancel(&JobKey::from(COMPARING));
    }

    /// Selects the nearest rows of [`Session::rows_like`], at most `count`.
    pub fn select_rows_like(&mut self, subject: &Subject, count: usize) {
        let Slot::Ready(found) = self.rows_like(subject) else {
            return;
        };
        let Some(source) = self.source().ready() else {
            let what = "These rows cannot be selected yet";
            let why = "The table is still being read";
            self.notice(Notice::Problem(UserError::usage(
                "table_not_read",
                what,
                why,
            )));
            return;
        };
        let nearest = found.near.rows.get(..count).unwrap_or(&found.near.rows);
        let rows = RowSet::from_rows(
            source.source_rows(),
            nearest
                .iter()
                .map(|row| source.row_id(row.position) as usize),
        );
        let sentence = format!(
            "{} most like row {}",
            format::counted(nearest.len() as u64, "row"),
            format::count(found.near.of as u64 + 1)
        );
        self.select(rows, sentence);
    }
}

/// Names the model of a run as it was fitted on all rows.
fn fitted_mark(run: &Run, learner: &str) -> Fingerprint {
    request("fitted to compare rows", mark(run, learner), "").fingerprint
}

fn compare(
    source: &Table,
    origin: Origin,
    row: u32,
    hidden: Option<&Hidden>,
    context: &JobContext,
) -> Result<Outcome, UserError> {
    let mut fitted = None;
    let found = (|| {
        let pipeline = match origin {
            Origin::Fitted(pipeline) => pipeline,
            Origin::Fit { run, learner } => {
                let (found, _) = fit_on_all_rows(source, &run, &learner, context)?;
                let pipeline = Arc::new(found.pipeline);
                fitted = Some(pipeline.clone());
                pipeline
            }
        };
        let near = pipeline.rows_like(source, row as usize, MOST_NEAR_ROWS, &context.task)?;
        let column = source.schema().index_of(&pipeline.target);
        let answers = column.map(|column| {
            let is_hidden = |position: usize| {
                let row = source.row_id(position) as usize;
                hidden.is_some_and(|hidden| {
                    hidden.column == pipeline.target && hidden.rows().contains(row)
                })
            };
            let answer = |position: usize| match is_hidden(position) {
                true => "sealed".to_owned(),
                false => cell_text(source, column, position).text,
            };
            let others = near.rows.iter().map(|row| answer(row.position));
            (answer(near.of), others.collect())
        });
        Ok(RowsLike {
            near,
            target: pipeline.target.clone(),
            answers,
        })
    })();
    Ok(Outcome {
        fitted,
        found: answered(found)?,
    })
}
