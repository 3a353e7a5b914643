//! A tree to look at: fitted on all rows of a run, and where each of them ends.

use std::sync::Arc;

use super::comparison::{mark, request, result};
use super::derived::Slot;
use super::sealing::practice_of;
use super::selection::Combine;
use super::session::Session;
use crate::base::{RowSet, TaskContext, UserError};
use crate::data::Table;
use crate::jobs::JobContext;
use crate::learn::{Task, TreeDiagram};
use crate::pipeline::{self, FitRequest, Fitted};
use crate::project::Run;

/// One tree of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct TreePicture {
    pub diagram: TreeDiagram,
    pub target: String,
    pub task: Task,
    /// Row ids that were learned from.
    rows: Vec<u32>,
    /// The answer each of them ends in.
    answers: Vec<u32>,
}

impl TreePicture {
    /// The rows that reach a node. `source_rows`: length of the set.
    pub fn rows_at(
        &self,
        node: usize,
        source_rows: usize,
        task: &TaskContext,
    ) -> Result<RowSet, UserError> {
        task.check()?;
        let inside = self.diagram.below(node);
        let reached = self.rows.iter().zip(&self.answers);
        Ok(RowSet::from_rows(
            source_rows,
            reached
                .filter(|(_, answer)| inside.get(**answer as usize) == Some(&true))
                .map(|(row, _)| *row as usize),
        ))
    }

    /// The questions on the way to a node with their answers, as one sentence.
    pub fn way_to(&self, node: usize) -> String {
        let mut words = Vec::new();
        let mut here = node;
        while let Some((parent, found)) = self
            .diagram
            .nodes
            .iter()
            .enumerate()
            .find(|(index, found)| *index != here && (found.yes == here || found.no == here))
        {
            let question = found.question.as_deref().unwrap_or_default();
            words.push(if found.yes == here {
                question.to_owned()
            } else {
                format!("not {question}")
            });
            here = parent;
        }
        if words.is_empty() {
            return "all rows the tree learned from".to_owned();
        }
        words.reverse();
        words.join(" and ")
    }
}

/// Fits one learner of a run on all its rows, which sealed ones are not; with it the ids of those
/// rows.
pub(super) fn fit_on_all_rows(
    source: &Table,
    run: &Run,
    learner: &str,
    context: &JobContext,
) -> Result<(Fitted, Vec<u32>), UserError> {
    let result = result(run, learner)?;
    let (practice, _) = practice_of(source, run, &context.task)?;
    let prepared = pipeline::prepare(&practice, &run.plan, &context.task)?;
    let rows = prepared.eligible_rows();
    let request = FitRequest {
        learner,
        params: &result.params,
        preparation: &result.preparation,
        rows: &rows,
        seed: run.seed,
        on_round: None,
    };
    let fitted = pipeline::fit(&prepared, &request, &context.task)?;
    Ok((fitted, rows))
}

/// Why a model of a run cannot be looked into: it cannot be fitted again on the same rows.
fn older_data(run: &Run) -> UserError {
    UserError::usage(
        "model_of_older_data",
        "This model cannot be looked into any more",
        format!(
            "It belongs to {} as it was when it was trained, and that was read again since",
            run.source_name
        ),
    )
    .with_hint("Train again to look into the models of today's data")
}

impl Session {
    /// The table a run learned from, where it is still the one that is open.
    pub(super) fn table_of_run<T>(&mut self, run: &Run) -> Result<Arc<Table>, Slot<T>> {
        if self.active_id() != Some(run.table) {
            return Err(Slot::Empty);
        }
        if !self.has_rows_of(run) {
            return Err(Slot::Failed(Arc::new(older_data(run))));
        }
        self.source().ready_or_wait()
    }

    /// The tree of one learner of a run, fitted on all its rows. Fails where the learner's model is
    /// not one tree, and where the table is not the one the run learned from.
    pub fn tree_of(&mut self, run: &Arc<Run>, learner: &str) -> Slot<TreePicture> {
        let source = match self.table_of_run(run) {
            Ok(source) => source,
            Err(waiting) => return waiting,
        };
        let request = request("tree", mark(run, learner), "Growing the tree on all rows");
        let (run, learner) = (run.clone(), learner.to_owned());
        self.answer(request, move |context| {
            let (fitted, rows) = fit_on_all_rows(&source, &run, &learner, context)?;
            let names = fitted.pipeline.preparation.feature_names();
            let not_a_tree = || {
                UserError::usage(
                    "not_one_tree",
                    "This model is not one tree",
                    "Only a single tree can be drawn as questions and answers",
                )
            };
            let diagram = fitted
                .pipeline
                .model
                .diagram(&names)
                .ok_or_else(not_a_tree)?;
            let answers = fitted
                .tree_answers(&rows, &context.task)?
                .ok_or_else(not_a_tree)?;
            let bytes = rows.len() as u64 * 8 + diagram.nodes.len() as u64 * 128;
            let picture = TreePicture {
                diagram,
                target: run.plan.target.clone(),
                task: fitted.pipeline.task.clone(),
                rows,
                answers,
            };
            Ok((picture, bytes))
        })
    }

    /// Selects the rows that reach a node of [`Session::tree_of`].
    pub fn select_tree_node(&mut self, run: &Arc<Run>, learner: &str, node: usize, how: Combine) {
        let Slot::Ready(picture) = self.tree_of(run, learner) else {
            return;
        };
        let sentence = picture.way_to(node);
        self.select_of_run(run, how, sentence, move |rows, task| {
            picture.rows_at(node, rows, task)
        });
    }
}
