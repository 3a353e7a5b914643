//! The sealed rows of the open table: which they are, what they are kept out of, and the one time
//! they are opened.

use std::sync::Arc;

use super::comparison::request;
use super::derived::Slot;
use super::session::{Notice, Session};
use super::source::read_recorded;
use crate::base::{Fingerprint, RowSet, TaskContext, UserError};
use crate::chart::{Channel, ChartSpec};
use crate::data::Table;
use crate::evaluate::{Seal, Sealed, examine, seal};
use crate::jobs::Lane;
use crate::project::journal::Entry;
use crate::project::{Command, Opening, Run, TableRecipe, places};

/// The slot of opening the sealed rows.
const OPENING: &str = "open the sealed rows";

/// Rows whose answers are hidden until the seal is opened.
#[derive(Clone, Debug)]
pub struct Hidden {
    sealed: Arc<Sealed>,
    /// The column whose cells are hidden in them.
    pub column: String,
}

impl Hidden {
    /// Ids of the sealed rows.
    pub fn rows(&self) -> &RowSet {
        &self.sealed.rows
    }

    /// Names the rows, without a look at all of them.
    pub(super) fn mark(&self) -> Fingerprint {
        self.sealed.mark
    }

    /// Ids of the rows that are not hidden.
    pub(super) fn others(&self) -> RowSet {
        let mut others = self.sealed.rows.clone();
        others.invert();
        others
    }

    /// The table with the hidden answers blank.
    pub(super) fn mask(&self, table: &Table) -> Result<Table, UserError> {
        if table.schema().get(&self.column).is_none() {
            return Ok(table.clone());
        }
        table.with_blanks(&self.column, self.rows())
    }

    /// The table without the sealed rows.
    pub(super) fn without(&self, table: &Table) -> Result<Table, UserError> {
        table.take(&table.positions_in(&self.others()))
    }
}

impl Session {
    /// The seal of the active table, where it has a target.
    fn seal(&self) -> Option<(Arc<TableRecipe>, Seal)> {
        let recipe = self.active()?.clone();
        let target = recipe.model.target.as_ref()?;
        let seal = recipe.model.seal.clone()?;
        (seal.answer == *target).then_some((recipe, seal))
    }

    /// Which rows of the active table are sealed. Empty where nothing is to be predicted, and where
    /// the target was chosen by a Benchtop that sealed no rows.
    pub fn sealed(&mut self) -> Slot<Sealed> {
        let Some((recipe, seal)) = self.seal() else {
            return Slot::Empty;
        };
        let source = match self.source().ready_or_wait() {
            Ok(source) => source,
            Err(waiting) => return waiting,
        };
        // A change of the recipe is no other question where the source has the columns.
        let by = match &seal.rule {
            seal::SealRule::Rows => None,
            seal::SealRule::Groups { column } | seal::SealRule::Time { column } => Some(column),
        };
        let read = |column: &String| source.schema().get(column).is_some();
        let steps = match read(&seal.answer) && by.is_none_or(read) {
            true => Vec::new(),
            false => recipe.steps.clone(),
        };
        let fingerprint = source.fingerprint().then_value(&("sealed", &seal, &steps));
        let request = request("sealed", fingerprint, "Sealing rows");
        self.answer(request, move |context| {
            let found = seal::divide(&source, &steps, &seal, &context.task)?;
            let bytes = found.rows.len() as u64 / 8;
            Ok((found, bytes))
        })
    }

    /// The active table as it was read, without its sealed rows: all that training, tuning and
    /// checks ever see. The table itself where nothing is sealed.
    pub fn practice(&mut self) -> Slot<Table> {
        let source = match self.source().ready_or_wait() {
            Ok(source) => source,
            Err(waiting) => return waiting,
        };
        let sealed = match self.sealed() {
            Slot::Empty => return Slot::Ready(source),
            slot => match slot.ready_or_wait() {
                Ok(sealed) => sealed,
                Err(waiting) => return waiting,
            },
        };
        if sealed.is_empty() {
            return Slot::Ready(source);
        }
        let fingerprint = source.fingerprint().then_value(&("practice", sealed.mark));
        let request = request("practice", fingerprint, "Keeping the sealed rows apart");
        self.answer(request, move |_| {
            let table = sealed.practice(&source)?;
            let bytes = table.memory_bytes();
            Ok((table, bytes))
        })
    }

    /// Openings of the sealed rows of this project, oldest first.
    pub fn openings(&self) -> &[Opening] {
        &self.openings
    }

    /// Openings of the rows that are sealed now: same table, same data, same target.
    pub fn openings_here(&self) -> Vec<&Opening> {
        let Some((recipe, seal)) = self.seal() else {
            return Vec::new();
        };
        self.openings
            .iter()
            .filter(|opening| {
                opening.table == recipe.id
                    && opening.content == recipe.source.content
                    && opening.target == seal.answer
            })
            .collect()
    }

    /// Times the sealed rows of a run's target were opened.
    pub(super) fn openings_of_run(&self, run: &Run) -> u32 {
        let content = self.document().table(run.table).map(|t| t.source.content);
        let same = self.openings.iter().filter(|opening| {
            opening.table == run.table
                && opening.target == run.plan.target
                && Some(opening.content) == content
        });
        same.count() as u32
    }

    /// Whose answers are to be hidden now. Empty where none are.
    pub fn hidden(&mut self) -> Slot<Hidden> {
        let Some((_, seal)) = self.seal() else {
            return Slot::Empty;
        };
        if !self.openings_here().is_empty() {
            return Slot::Empty;
        }
        let sealed = match self.sealed().ready_or_wait() {
            Ok(sealed) => sealed,
            // What cannot be sealed cannot be trained on either, and the table can be looked at.
            Err(Slot::Failed(_)) => return Slot::Empty,
            Err(waiting) => return waiting,
        };
        if sealed.is_empty() {
            return Slot::Empty;
        }
        Slot::Ready(Arc::new(Hidden {
            sealed,
            column: seal.answer,
        }))
    }

    /// A table of the recipe with the answers of the sealed rows blank.
    pub(super) fn masked(&mut self, place: &str, table: &Table) -> Slot<Table> {
        let hidden = match self.hidden() {
            Slot::Empty => return Slot::Ready(Arc::new(table.clone())),
            slot => match slot.ready_or_wait() {
                Ok(hidden) => hidden,
                Err(waiting) => return waiting,
            },
        };
        if table.schema().get(&hidden.column).is_none() {
            return Slot::Ready(Arc::new(table.clone()));
        }
        let fingerprint =
            table
                .fingerprint()
                .then_value(&("masked", &hidden.column, hidden.mark()));
        let request = request(place, fingerprint, "Hiding the sealed answers");
        let table = table.clone();
        self.answer(request, move |_| {
            let masked = hidden.mask(&table)?;
            // All columns but one are shared.
            let bytes = masked.memory_bytes() / masked.width().max(1) as u64;
            Ok((masked, bytes))
        })
    }

    /// What a chart has to leave out: the sealed rows, where it shows the target in any channel.
    pub(super) fn hidden_in(&mut self, spec: &ChartSpec) -> Slot<Hidden> {
        let hidden = self.hidden();
        let Slot::Ready(found) = &hidden else {
            return hidden;
        };
        let shows = |channel: &Channel| spec.get(*channel) == Some(found.column.as_str());
        if Channel::ALL.iter().any(shows) {
            hidden
        } else {
            Slot::Empty
        }
    }

    /// Rows that a chart shows and rows of the table, where sealed rows are hidden in it.
    pub fn hidden_in_chart(&mut self, table: &Arc<Table>, spec: &ChartSpec) -> Option<(u64, u64)> {
        let hidden = self.hidden_in(spec).ready()?;
        let fingerprint = table
            .fingerprint()
            .then_value(&("hidden rows", hidden.mark()));
        let request = request("hidden rows", fingerprint, "Counting the sealed rows");
        let table = table.clone();
        let counted = self.answer(request, move |_| {
            let rows = table.rows();
            let hidden = table.positions_in(hidden.rows()).len();
            Ok((((rows - hidden) as u64, rows as u64), 16))
        });
        counted.ready().map(|counted| *counted)
    }

    /// Says at what moment the model will predict.
    pub fn say_moment(&mut self, words: &str) {
        if let Some(table) = self.active_id() {
            let moment = Some(words.to_owned());
            self.dispatch_or_notice(Command::SetMoment { table, moment });
        }
    }

    /// The sealed rows are being opened.
    pub fn is_opening_seal(&self) -> bool {
        self.is_acting(OPENING)
    }

    /// Why the sealed rows cannot be opened for this run; None where they can.
    pub fn cannot_open(&mut self, run: &Run) -> Option<String> {
        let Some((recipe, seal)) = self.seal() else {
            return Some("No rows are sealed".to_owned());
        };
        if run.table != recipe.id || run.plan.target != seal.answer {
            return Some("The run predicts something else".to_owned());
        }
        if run.seal.is_none() {
            return Some("The run learned from all rows: train again first".to_owned());
        }
        if run.sealed == 0 {
            return Some("There were too few rows to seal".to_owned());
        }
        if run.seal.as_ref() != Some(&seal) || !self.has_rows_of(run) {
            return Some("Other rows are sealed now: train again first".to_owned());
        }
        if self.is_training() || self.is_tuning() {
            return Some("Wait until the training is over".to_owned());
        }
        None
    }

    /// Scores one learner of a run, and Guessing, on the sealed rows: once, and for good. Opening
    /// them again needs a reason.
    pub fn open_seal(
        &mut self,
        run: &Arc<Run>,
        learner: &str,
        reason: Option<String>,
    ) -> Result<(), UserError> {
        let refused =
            |why: String| UserError::usage("cannot_open_seal", "The sealed rows stay closed", why);
        if let Some(why) = self.cannot_open(run) {
            return Err(refused(why));
        }
        let reason = reason.map(|words| words.trim().to_owned());
        let reason = reason.filter(|words| !words.is_empty());
        if self.openings_of_run(run) > 0 && reason.is_none() {
            return Err(refused("They were opened before".to_owned())
                .with_hint("Write why they are opened once more; it stays in the project"));
        }
        let (Some(result), Some(seal), Some(recipe)) = (
            run.result(learner).cloned(),
            run.seal.clone(),
            self.document().table(run.table).cloned(),
        ) else {
            return Err(refused("The model is not part of the run".to_owned()));
        };
        let spec = run.spec_of(&result);
        let held = self.source().ready();
        let embedded = self.embedded.get(&recipe.id).cloned();
        let (made, seal_made) = (recipe.clone(), seal.clone());
        let run = run.clone();
        let learner = learner.to_owned();
        self.act(
            OPENING,
            "Opening the sealed rows",
            Lane::Heavy,
            move |context| {
                let source = match held {
                    Some(table) => (*table).clone(),
                    None => read_recorded(&made, embedded.as_ref(), context)?,
                };
                let task = &context.task;
                let sealed = seal::divide(&source, &spec.plan.steps, &seal_made, task)?;
                let (practice, rows) = (sealed.practice(&source)?, sealed.exam(&source)?);
                examine(&practice, &rows, &spec, Some(&result), task)
            },
            move |session, exam| {
                let opening = Opening {
                    table: run.table,
                    content: recipe.source.content,
                    target: run.plan.target.clone(),
                    seal,
                    run: run.id,
                    learner,
                    opened_at: places::now(),
                    by: places::user_name(),
                    reason,
                    exam: (*exam).clone(),
                };
                session.keep_opening(opening);
            },
        );
        Ok(())
    }

    /// What was seen cannot be unseen: kept beside the history, where undo does not reach.
    fn keep_opening(&mut self, opening: Opening) {
        let words = opening
            .exam
            .metric()
            .map_or_else(String::new, |metric| opening.exam.sentence(metric));
        self.openings.push(opening.clone());
        let before = self.document().clone();
        self.write_journal(&before, |seq| Entry::Opened {
            seq,
            opening: Box::new(opening),
        });
        self.notice(Notice::Done(words));
    }
}

/// The rows a run learned from, of the table as it was read, and how many were kept apart.
pub(super) fn practice_of(
    source: &Table,
    run: &Run,
    task: &TaskContext,
) -> Result<(Table, u64), UserError> {
    let Some(seal) = &run.seal else {
        return Ok((source.clone(), 0));
    };
    let sealed = seal::divide(source, &run.plan.steps, seal, task)?;
    Ok((sealed.practice(source)?, sealed.sealed))
}
