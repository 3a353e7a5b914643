//! The session itself: what it holds, the document with its undo, and what the views look at.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use super::derived::Derived;
use super::growth::GrowthBoard;
use super::journaling::{JournalLine, Journaling};
use super::models::ScoredFile;
use super::near::Compared;
use super::saving::Saved;
use super::selection::{Filter, Selection};
use super::training::TrainingBoard;
use super::tuning::TuningBoard;
use super::unusual::AskedUnusual;
use super::work::Actions;
use crate::base::ids::{ModelId, TableId};
use crate::base::{Fingerprint, UserError};
use crate::jobs::{JobKey, Jobs, Waker};
use crate::project::document::{Document, TableRecipe};
use crate::project::journal::{Entry, Recovery};
use crate::project::settings::Settings;
use crate::project::{Command, History, KeptModel, Opening, Run};

/// Something that happened and that a person should see.
#[derive(Clone, Debug)]
pub enum Notice {
    /// Done; fades by itself.
    Done(String),
    /// Stays until dismissed.
    Problem(UserError),
}

/// Memory that derived results may take.
const RESULT_BUDGET: u64 = 2 << 30;

/// One open project.
pub struct Session {
    pub(super) history: History,
    pub(super) jobs: Jobs,
    pub(super) derived: Derived,
    /// The last answer shown per slot, for showing it stale.
    pub(super) shown: HashMap<JobKey, Fingerprint>,
    pub(super) actions: Actions,
    pub(super) active: Option<TableId>,
    /// Steps applied in the view: None is all of them. Viewing, never discarding.
    pub(super) view_steps: Option<usize>,
    pub(super) selection: BTreeMap<TableId, Selection>,
    pub(super) selection_version: u64,
    pub(super) filter: BTreeMap<TableId, Filter>,
    pub(super) runs: Vec<Arc<Run>>,
    pub(super) models: Vec<KeptModel>,
    /// Openings of the sealed rows, oldest first. Beside the history: undo never closes them again.
    pub(super) openings: Vec<Opening>,
    pub(super) board: Option<TrainingBoard>,
    /// Searches of this sitting; the newest one is the last.
    pub(super) tunings: Vec<TuningBoard>,
    /// Curves that were fitted, newest last.
    pub(super) growths: Vec<GrowthBoard>,
    pub(super) scored: Option<Arc<ScoredFile>>,
    pub(super) compared: Option<Compared>,
    pub(super) unusual: Option<AskedUnusual>,
    pub(super) parity: Option<(PathBuf, Arc<crate::export::Parity>)>,
    /// Copies of source tables that the project file carries.
    pub(super) embedded: BTreeMap<TableId, PathBuf>,
    pub(super) project_path: Option<PathBuf>,
    pub(super) saved: Saved,
    /// Seconds since 1970-01-01 UTC of the last save.
    pub(super) saved_at: Option<u64>,
    pub(super) next_model: u64,
    pub(super) journal: Journaling,
    pub(super) recoveries: Vec<Recovery>,
    pub(super) notices: Vec<Notice>,
    pub(super) settings: Settings,
    /// The settings on the disk are known, so that writing them loses nothing.
    pub(super) settings_read: bool,
    /// Times that files were to be looked at anew.
    pub(super) looks: u64,
}

impl Session {
    /// A session on threads, as the window uses it.
    pub fn threaded() -> Self {
        let mut session = Self::new(Jobs::threaded(), true);
        session.read_settings();
        session
    }

    /// A session that does everything at once on the calling thread: command line and tests.
    pub fn inline() -> Self {
        Self::new(Jobs::inline(), false)
    }

    /// A session on the calling thread that keeps a journal.
    pub fn inline_journaled() -> Self {
        Self::new(Jobs::inline(), true)
    }

    fn new(jobs: Jobs, journaled: bool) -> Self {
        let history = History::new(Document::default());
        Self {
            saved: Saved::of(history.current().clone(), &[], &[], 0),
            history,
            jobs,
            derived: Derived::new(RESULT_BUDGET),
            shown: HashMap::new(),
            actions: Actions::default(),
            active: None,
            view_steps: None,
            selection: BTreeMap::new(),
            selection_version: 0,
            filter: BTreeMap::new(),
            runs: Vec::new(),
            models: Vec::new(),
            openings: Vec::new(),
            board: None,
            tunings: Vec::new(),
            growths: Vec::new(),
            scored: None,
            compared: None,
            unusual: None,
            parity: None,
            embedded: BTreeMap::new(),
            project_path: None,
            saved_at: None,
            next_model: 1,
            journal: Journaling::new(journaled),
            recoveries: Vec::new(),
            notices: Vec::new(),
            settings: Settings::default(),
            settings_read: false,
            looks: 0,
        }
    }

    pub fn set_waker(&mut self, waker: Arc<dyn Waker>) {
        self.jobs.set_waker(waker);
    }

    // --- document -----------------------------------------------------------------------------

    pub fn document(&self) -> &Arc<Document> {
        self.history.current()
    }

    /// The table the views show.
    pub fn active(&self) -> Option<&Arc<TableRecipe>> {
        self.active.and_then(|id| self.document().table(id))
    }

    pub fn active_id(&self) -> Option<TableId> {
        self.active().map(|table| table.id)
    }

    pub fn activate(&mut self, table: TableId) {
        if self.active != Some(table) {
            self.active = Some(table);
            self.view_steps = None;
        }
    }

    /// Shows the table that was opened last.
    pub(super) fn activate_last(&mut self) {
        self.active = self.document().tables.last().map(|table| table.id);
        self.view_steps = None;
    }

    pub fn runs(&self) -> &[Arc<Run>] {
        &self.runs
    }

    pub fn models(&self) -> &[KeptModel] {
        &self.models
    }

    // --- changes ------------------------------------------------------------------------------

    /// Changes the document. An error changes nothing.
    pub fn dispatch(&mut self, command: Command) -> Result<(), UserError> {
        self.dispatch_while(command, false)
    }

    /// As [`Session::dispatch`], while a drag or a held key goes on.
    pub fn dispatch_while(&mut self, command: Command, interacting: bool) -> Result<(), UserError> {
        let before = self.document().clone();
        self.history.dispatch(&command, interacting)?;
        if !Arc::ptr_eq(&before, self.document()) {
            self.write_journal(&before, |seq| Entry::Change {
                seq,
                command,
                interacting,
            });
        }
        self.follow_change(&before);
        Ok(())
    }

    /// A command whose failure is worth a notice and nothing more.
    pub fn dispatch_or_notice(&mut self, command: Command) {
        if let Err(error) = self.dispatch(command) {
            self.notice(Notice::Problem(error));
        }
    }

    pub fn end_gesture(&mut self) {
        self.history.end_gesture();
    }

    pub fn undo_label(&self) -> Option<&str> {
        self.history.undo_label()
    }

    pub fn redo_label(&self) -> Option<&str> {
        self.history.redo_label()
    }

    pub fn history_labels(&self) -> Vec<String> {
        self.history.labels().map(str::to_owned).collect()
    }

    pub fn undo(&mut self) -> Option<String> {
        let before = self.document().clone();
        let label = self.history.undo()?;
        self.write_journal(&before, |seq| Entry::Undo { seq });
        self.follow_change(&before);
        Some(label)
    }

    pub fn redo(&mut self) -> Option<String> {
        let before = self.document().clone();
        let label = self.history.redo()?;
        self.write_journal(&before, |seq| Entry::Redo { seq });
        self.follow_change(&before);
        Some(label)
    }

    fn follow_change(&mut self, before: &Arc<Document>) {
        self.keep_views_valid();
        self.forget_rows_of_other_sources(before);
    }

    fn keep_views_valid(&mut self) {
        let document = self.document().clone();
        if self.active.is_none_or(|id| document.table(id).is_none()) {
            self.activate_last();
        }
        if let Some(count) = self.view_steps
            && self.active().is_none_or(|table| count >= table.steps.len())
        {
            self.view_steps = None;
        }
    }

    pub(super) fn write_journal(
        &mut self,
        before: &Arc<Document>,
        entry: impl FnOnce(u64) -> Entry,
    ) {
        let line = JournalLine {
            project: self.project_path.clone(),
            before: before.clone(),
        };
        self.journal.append(&mut self.jobs, line, entry);
    }

    /// Number of the last change written to the journal.
    pub fn last_seq(&self) -> u64 {
        self.journal.last_seq()
    }

    /// Keeps what a training found out.
    pub(super) fn keep_run(&mut self, run: Arc<Run>) {
        self.next_model = self.next_model.max(run.id.0);
        self.runs.retain(|kept| kept.id != run.id);
        self.runs.push(run.clone());
        let before = self.document().clone();
        self.write_journal(&before, |seq| Entry::Trained { seq, run });
    }

    pub(super) fn fresh_model_id(&mut self) -> ModelId {
        self.next_model += 1;
        ModelId(self.next_model)
    }

    // --- time travel --------------------------------------------------------------------------

    /// Shows the table after the first `count` steps; None shows it after all of them.
    pub fn view_after(&mut self, count: Option<usize>) {
        self.view_steps = count;
        self.keep_views_valid();
    }

    pub fn viewed_steps(&self) -> Option<usize> {
        self.view_steps
    }

    // --- notices ------------------------------------------------------------------------------

    pub fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// What has happened since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }
}
