//! The session itself: dispatching commands, polling jobs, selection, filter, opening and saving.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::derived::{Derived, Slot};
use super::journaling::JournalLine;
use super::models::ScoredFile;
use super::training::TrainingBoard;
use crate::base::error::io_error;
use crate::base::ids::{ModelId, TableId};
use crate::base::{Fingerprint, Params, RowSet, UserError};
use crate::data::Table;
use crate::formats;
use crate::jobs::{JobContext, JobKey, JobStatus, Jobs, Lane, Request, Waker};
use crate::project::document::{Document, Place, Source, TableRecipe};
use crate::project::file::{self, Contents};
use crate::project::journal::{Entry, Recovery};
use crate::project::settings::Settings;
use crate::project::{Command, History, KeptModel, Run, places, samples};

/// Rows chosen anywhere, shown everywhere. Never changes data.
#[derive(Clone)]
pub struct Selection {
    /// Row ids of the source.
    pub rows: Arc<RowSet>,
    /// "bill_length between 40 and 50".
    pub sentence: String,
    /// Grows with every selection: the name of this one in the cache.
    pub version: u64,
}

/// "Keep only": rows shown while it lasts. Never changes data.
#[derive(Clone)]
pub struct Filter {
    pub rows: Arc<RowSet>,
    pub sentence: String,
    pub fingerprint: Fingerprint,
}

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
    /// Sizes of answers on their way from the jobs.
    sizes: Arc<Mutex<HashMap<Fingerprint, u64>>>,
    pub(super) active: Option<TableId>,
    /// Steps applied in the view: None is all of them. Viewing, never discarding.
    view_steps: Option<usize>,
    pub(super) selection: BTreeMap<TableId, Selection>,
    selection_version: u64,
    pub(super) filter: BTreeMap<TableId, Filter>,
    pub(super) runs: Vec<Arc<Run>>,
    pub(super) models: Vec<KeptModel>,
    pub(super) board: Option<TrainingBoard>,
    pub(super) scored: Option<Arc<ScoredFile>>,
    pub(super) parity: Option<(PathBuf, Arc<crate::export::Parity>)>,
    pub(super) embedded: BTreeMap<TableId, PathBuf>,
    project_path: Option<PathBuf>,
    /// Document and number of results as last saved.
    saved: (Arc<Document>, usize, usize),
    saved_at: Option<u64>,
    pub(super) next_model: u64,
    pub(super) journal: super::journaling::Journaling,
    notices: Vec<Notice>,
    settings: Settings,
    pub(super) actions: HashMap<JobKey, AfterJob>,
}

/// What to do when a job that is not a cached result has finished.
pub(super) type AfterJob = Box<dyn FnOnce(&mut Session, crate::jobs::Output)>;

impl Session {
    /// A session on threads, as the window uses it.
    pub fn threaded() -> Self {
        Self::new(Jobs::threaded(), true)
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
        let saved = (history.current().clone(), 0, 0);
        Self {
            history,
            jobs,
            derived: Derived::new(RESULT_BUDGET),
            shown: HashMap::new(),
            sizes: Arc::default(),
            active: None,
            view_steps: None,
            selection: BTreeMap::new(),
            selection_version: 0,
            filter: BTreeMap::new(),
            runs: Vec::new(),
            models: Vec::new(),
            board: None,
            scored: None,
            parity: None,
            embedded: BTreeMap::new(),
            project_path: None,
            saved,
            saved_at: None,
            next_model: 1,
            journal: super::journaling::Journaling::new(journaled),
            notices: Vec::new(),
            settings: if journaled {
                Settings::load()
            } else {
                Settings::default()
            },
            actions: HashMap::new(),
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
        self.keep_views_valid();
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
        self.keep_views_valid();
        Some(label)
    }

    pub fn redo(&mut self) -> Option<String> {
        let before = self.document().clone();
        let label = self.history.redo()?;
        self.write_journal(&before, |seq| Entry::Redo { seq });
        self.keep_views_valid();
        Some(label)
    }

    fn keep_views_valid(&mut self) {
        let document = self.document().clone();
        if self.active.is_none_or(|id| document.table(id).is_none()) {
            self.active = document.tables.last().map(|table| table.id);
            self.view_steps = None;
        }
        if let Some(count) = self.view_steps
            && self.active().is_none_or(|table| count >= table.steps.len())
        {
            self.view_steps = None;
        }
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

    // --- selection and filter -----------------------------------------------------------------

    pub fn selection(&self) -> Option<&Selection> {
        self.active.and_then(|id| self.selection.get(&id))
    }

    /// Selects rows (ids of the source) everywhere. An empty set clears the selection.
    pub fn select(&mut self, rows: RowSet, sentence: impl Into<String>) {
        let Some(id) = self.active else { return };
        self.selection_version += 1;
        if rows.is_empty() {
            self.selection.remove(&id);
        } else {
            self.selection.insert(
                id,
                Selection {
                    rows: Arc::new(rows),
                    sentence: sentence.into(),
                    version: self.selection_version,
                },
            );
        }
    }

    pub fn clear_selection(&mut self) {
        if let Some(id) = self.active {
            self.selection.remove(&id);
        }
    }

    pub fn filter(&self) -> Option<&Filter> {
        self.active.and_then(|id| self.filter.get(&id))
    }

    /// Shows only these rows in every view until [`Session::clear_filter`].
    pub fn keep_only(&mut self, rows: RowSet, sentence: impl Into<String>) {
        let Some(id) = self.active else { return };
        let fingerprint = Fingerprint::of_value(&rows);
        self.filter.insert(
            id,
            Filter {
                rows: Arc::new(rows),
                sentence: sentence.into(),
                fingerprint,
            },
        );
    }

    pub fn clear_filter(&mut self) {
        if let Some(id) = self.active {
            self.filter.remove(&id);
        }
    }

    // --- jobs ---------------------------------------------------------------------------------

    pub fn jobs(&self) -> Vec<JobStatus> {
        self.jobs.status()
    }

    pub fn cancel(&mut self, key: &JobKey) {
        self.jobs.cancel(key);
        self.actions.remove(key);
    }

    pub fn cancel_all(&mut self) {
        self.jobs.cancel_all();
        self.actions.clear();
    }

    pub fn is_idle(&self) -> bool {
        self.jobs.is_idle()
    }

    /// Asks from now on, and never answers: a test looks at what a person sees while waiting.
    pub fn hold_work(&mut self) {
        self.jobs.hold();
    }

    /// Takes in what has finished. Call once a frame; true when something changed.
    pub fn poll(&mut self) -> bool {
        let mut changed = self.poll_training();
        for finished in self.jobs.drain() {
            changed = true;
            let action = self.actions.remove(&finished.key);
            match finished.outcome {
                Ok(output) => {
                    if let Some(action) = action {
                        action(self, output);
                    } else {
                        let bytes = self
                            .sizes
                            .lock()
                            .ok()
                            .and_then(|mut sizes| sizes.remove(&finished.fingerprint))
                            .unwrap_or(0);
                        self.keep(finished.fingerprint, Ok(output), bytes);
                    }
                }
                Err(error) if error.is_cancelled() => {}
                Err(error) => {
                    if action.is_some() {
                        self.notice(Notice::Problem(error));
                    } else {
                        self.keep(finished.fingerprint, Err(error), 0);
                    }
                }
            }
        }
        changed
    }

    fn keep(
        &mut self,
        fingerprint: Fingerprint,
        value: Result<crate::jobs::Output, UserError>,
        bytes: u64,
    ) {
        for gone in self.derived.insert(fingerprint, value, bytes) {
            self.jobs.dispose(gone);
        }
    }

    /// Memory held by results.
    pub fn memory_bytes(&self) -> u64 {
        self.derived.bytes()
    }

    /// The answer to a question, or the promise of one.
    pub(super) fn answer<T: Send + Sync + 'static>(
        &mut self,
        request: Request,
        work: impl FnOnce(&JobContext) -> Result<(T, u64), UserError> + Send + 'static,
    ) -> Slot<T> {
        let (key, fingerprint) = (request.key.clone(), request.fingerprint);
        if let Some(slot) = self.held(&key, fingerprint) {
            return slot;
        }
        let sizes = self.sizes.clone();
        self.jobs.submit(request, move |context| {
            let (value, bytes) = work(context)?;
            if let Ok(mut sizes) = sizes.lock() {
                sizes.insert(fingerprint, bytes);
            }
            Ok(Measured {
                value: Arc::new(value),
            })
        });
        if self.jobs.is_inline() {
            self.poll();
            if let Some(slot) = self.held(&key, fingerprint) {
                return slot;
            }
        }
        let progress = self.jobs.progress(&key).unwrap_or_default();
        match self.last_shown(&key) {
            Some(value) => Slot::Stale(value, progress),
            None => Slot::Pending(progress),
        }
    }

    fn held<T: Send + Sync + 'static>(
        &mut self,
        key: &JobKey,
        fingerprint: Fingerprint,
    ) -> Option<Slot<T>> {
        match self.derived.get::<Measured<T>>(fingerprint)? {
            Ok(held) => {
                self.shown.insert(key.clone(), fingerprint);
                Some(Slot::Ready(held.value.clone()))
            }
            Err(error) => Some(Slot::Failed(error)),
        }
    }

    fn last_shown<T: Send + Sync + 'static>(&mut self, key: &JobKey) -> Option<Arc<T>> {
        let fingerprint = *self.shown.get(key)?;
        match self.derived.get::<Measured<T>>(fingerprint)? {
            Ok(held) => Some(held.value.clone()),
            Err(_) => None,
        }
    }

    /// Forgets a failed answer, so that it is tried again.
    pub fn retry(&mut self, fingerprint: Fingerprint) {
        self.derived.forget(fingerprint);
    }

    /// Work whose end is an action on the session rather than a cached answer.
    pub(super) fn act<T: Send + Sync + 'static>(
        &mut self,
        key: impl Into<JobKey>,
        label: String,
        lane: Lane,
        work: impl FnOnce(&JobContext) -> Result<T, UserError> + Send + 'static,
        then: impl FnOnce(&mut Session, Arc<T>) + 'static,
    ) {
        let key = key.into();
        self.next_model += 1;
        self.actions.insert(
            key.clone(),
            Box::new(move |session, output| {
                if let Ok(value) = output.downcast::<T>() {
                    then(session, value);
                }
            }),
        );
        let fingerprint = Fingerprint::of_value(&(&key.0, self.next_model));
        self.jobs.submit(
            Request {
                key,
                fingerprint,
                label,
                lane,
            },
            work,
        );
        if self.jobs.is_inline() {
            self.poll();
        }
    }

    // --- settings -----------------------------------------------------------------------------

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes the settings and writes them in the background.
    pub fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let before = self.settings.clone();
        change(&mut self.settings);
        if self.settings != before && !self.jobs.is_inline() {
            let settings = self.settings.clone();
            self.act(
                "settings",
                "Keeping the settings".to_owned(),
                Lane::Files,
                move |_| {
                    settings.save();
                    Ok(())
                },
                |_, _| {},
            );
        }
    }

    fn remember_file(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        self.change_settings(|settings| settings.opened(&path));
    }

    // --- notices ------------------------------------------------------------------------------

    pub fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// What has happened since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    // --- opening ------------------------------------------------------------------------------

    /// Loads a file with the settings of its preview and opens it as a table.
    pub fn load_file(&mut self, path: &Path, format: &str, params: Params) {
        let place = Place::File {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
        };
        self.load(place, path.to_path_buf(), format.to_owned(), params);
    }

    /// Opens one of the sample tables.
    pub fn load_sample(&mut self, sample: &str) {
        let name = sample.to_owned();
        let place = Place::Sample { name: name.clone() };
        self.act(
            "open",
            format!("Opening {sample}"),
            Lane::Files,
            move |context| {
                let path = samples::extract(&name)?;
                read_source(place, &path, None, Params::new(), context)
            },
            Self::open_loaded,
        );
    }

    /// Opens a table pasted as text. The text is kept, because the clipboard is not.
    pub fn load_pasted(&mut self, text: String) {
        self.act(
            "open",
            "Reading the pasted table".to_owned(),
            Lane::Files,
            move |context| {
                if text.trim().is_empty() {
                    return Err(UserError::input(
                        "nothing_pasted",
                        "There is no table on the clipboard",
                        "The clipboard holds no text",
                    )
                    .with_hint("Copy some cells of a spreadsheet, then paste again"));
                }
                let hash = Fingerprint::of(&[text.as_bytes()]);
                let path = pasted_path(hash);
                file::write_atomically(&path, text.as_bytes())?;
                read_source(Place::Pasted { hash }, &path, None, Params::new(), context)
            },
            Self::open_loaded,
        );
    }

    fn load(&mut self, place: Place, path: PathBuf, format: String, params: Params) {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        self.act(
            "open",
            format!("Reading {}", name.unwrap_or_default()),
            Lane::Files,
            move |context| read_source(place, &path, Some(format), params, context),
            Self::open_loaded,
        );
    }

    fn open_loaded(&mut self, loaded: Arc<Loaded>) {
        self.keep_source(&loaded);
        if let Place::File { path } = &loaded.source.place {
            let path = path.clone();
            self.remember_file(&path);
        }
        let name = loaded.source.name();
        let stem = Path::new(&name)
            .file_stem()
            .map_or(name.clone(), |stem| stem.to_string_lossy().into_owned());
        self.dispatch_or_notice(Command::OpenTable {
            name: stem,
            source: loaded.source.clone(),
        });
        self.active = self.document().tables.last().map(|table| table.id);
        self.view_steps = None;
        for issue in &loaded.issues {
            let mut error = UserError::input(
                &issue.code,
                &issue.message,
                issue.hint.clone().unwrap_or_default(),
            );
            error.hint = None;
            self.notices.push(Notice::Problem(error));
        }
    }

    fn keep_source(&mut self, loaded: &Loaded) {
        let fingerprint = source_fingerprint(&loaded.source);
        let table = loaded.table.clone().with_fingerprint(fingerprint);
        let bytes = table.memory_bytes();
        let value = Measured {
            value: Arc::new(table),
        };
        self.keep(fingerprint, Ok(Arc::new(value)), bytes);
    }

    /// Reads a table's file again from another place, keeping its recipe.
    pub fn relocate(&mut self, table: TableId, path: &Path) {
        let Some(recipe) = self.document().table(table).cloned() else {
            return;
        };
        let place = Place::File {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
        };
        let path = path.to_path_buf();
        let params = recipe.source.params.clone();
        self.act(
            "open",
            format!("Reading {}", path.display()),
            Lane::Files,
            move |context| read_source(place, &path, None, params, context),
            move |session, loaded: Arc<Loaded>| {
                session.keep_source(&loaded);
                session.embedded.remove(&table);
                session.dispatch_or_notice(Command::ReplaceSource {
                    table,
                    source: loaded.source.clone(),
                });
            },
        );
    }

    // --- projects -----------------------------------------------------------------------------

    pub fn project_path(&self) -> Option<&Path> {
        self.project_path.as_deref()
    }

    /// The name shown in the title: the project's file name, or the first table's.
    pub fn title(&self) -> String {
        self.project_path
            .as_ref()
            .and_then(|path| path.file_stem())
            .map(|stem| stem.to_string_lossy().into_owned())
            .or_else(|| {
                self.document()
                    .tables
                    .first()
                    .map(|table| table.name.clone())
            })
            .unwrap_or_else(|| "Untitled".to_owned())
    }

    /// Something would be lost if the session ended now without its journal.
    pub fn is_dirty(&self) -> bool {
        *self.saved.0 != **self.document()
            || self.saved.1 != self.runs.len()
            || self.saved.2 != self.models.len()
    }

    /// Seconds since 1970-01-01 UTC of the last save.
    pub fn saved_at(&self) -> Option<u64> {
        self.saved_at
    }

    pub fn runs(&self) -> &[Arc<Run>] {
        &self.runs
    }

    pub fn models(&self) -> &[KeptModel] {
        &self.models
    }

    /// Saves the project. `with_data`: carry every source table inside, so that it opens anywhere.
    pub fn save(&mut self, path: &Path, with_data: bool) {
        let contents = Contents {
            document: (**self.document()).clone(),
            runs: self.runs.clone(),
            models: self.models.clone(),
            embedded: BTreeMap::new(),
        };
        let document = self.document().clone();
        let counts = (self.runs.len(), self.models.len());
        let embedded = self.embedded.clone();
        let target = path.to_path_buf();
        let path = path.to_path_buf();
        self.act(
            "save",
            format!("Saving {}", path.display()),
            Lane::Files,
            move |context| {
                let mut tables = Vec::new();
                for table in &contents.document.tables {
                    let pasted = matches!(table.source.place, Place::Pasted { .. });
                    if with_data || pasted || embedded.contains_key(&table.id) {
                        let loaded = read_recorded(table, embedded.get(&table.id), context)?;
                        tables.push((table.id, loaded));
                    }
                }
                file::save(&path, &contents, &tables, &context.task)
            },
            move |session, _| {
                session.saved = (document, counts.0, counts.1);
                session.saved_at = Some(places::now());
                session.project_path = Some(target.clone());
                session.remember_file(&target);
                session.restart_journal();
                session.notice(Notice::Done(format!("Saved {}", target.display())));
            },
        );
    }

    /// Opens a project in place of this one.
    pub fn open_project(&mut self, path: &Path) {
        let target = path.to_path_buf();
        let path = path.to_path_buf();
        self.act(
            "open",
            format!("Opening {}", path.display()),
            Lane::Files,
            move |_| file::load(&path),
            move |session, contents: Arc<Contents>| {
                session.remember_file(&target);
                session.replace((*contents).clone(), Some(target));
                session.saved_at = None;
            },
        );
    }

    /// Takes over what a crashed process left behind, and goes on writing its journal: at no
    /// moment are the changes on disk less than they were.
    pub fn recover(&mut self, recovery: &Recovery) {
        let base = recovery
            .header
            .project
            .as_ref()
            .and_then(|path| file::load(path).ok());
        let mut contents = base.unwrap_or_default();
        contents.document = recovery.header.document.clone();
        self.replace(contents, recovery.header.project.clone());
        self.journal.pause();
        for entry in &recovery.entries {
            match entry {
                Entry::Change {
                    command,
                    interacting,
                    ..
                } => {
                    // A command that no longer applies is skipped; the ones after it still count.
                    let _ = self.dispatch_while(command.clone(), *interacting);
                }
                Entry::Undo { .. } => {
                    self.undo();
                }
                Entry::Redo { .. } => {
                    self.redo();
                }
                Entry::Trained { run, .. } => self.keep_run(run.clone()),
            }
        }
        self.journal.resume(&mut self.jobs, recovery);
    }

    fn replace(&mut self, contents: Contents, path: Option<PathBuf>) {
        self.cancel_all();
        self.history = History::new(contents.document);
        self.runs = contents.runs;
        self.models = contents.models;
        self.embedded = contents.embedded;
        self.next_model = self
            .runs
            .iter()
            .map(|run| run.id.0)
            .chain(self.models.iter().map(|model| model.id.0))
            .max()
            .unwrap_or(0)
            + 1;
        self.selection.clear();
        self.filter.clear();
        self.board = None;
        self.scored = None;
        self.active = self.document().tables.last().map(|table| table.id);
        self.view_steps = None;
        self.saved = (self.document().clone(), self.runs.len(), self.models.len());
        self.project_path = path;
        self.restart_journal();
    }

    /// Closes the project and starts an empty one.
    pub fn close(&mut self) {
        self.replace(Contents::default(), None);
        self.saved_at = None;
    }

    pub(super) fn fresh_model_id(&mut self) -> ModelId {
        self.next_model += 1;
        ModelId(self.next_model)
    }

    pub(super) fn keep_run(&mut self, run: Arc<Run>) {
        self.next_model = self.next_model.max(run.id.0);
        self.runs.retain(|kept| kept.id != run.id);
        self.runs.push(run.clone());
        let before = self.document().clone();
        self.write_journal(&before, |seq| Entry::Trained { seq, run });
    }

    fn write_journal(&mut self, before: &Arc<Document>, entry: impl FnOnce(u64) -> Entry) {
        let line = JournalLine {
            project: self.project_path.clone(),
            before: before.clone(),
        };
        self.journal.append(&mut self.jobs, line, entry);
    }

    fn restart_journal(&mut self) {
        self.journal.discard(&mut self.jobs);
    }

    /// The project is left on purpose: nothing to recover.
    pub fn finish(&mut self) {
        self.cancel_all();
        self.journal.discard(&mut self.jobs);
    }

    /// Number of the last change written to the journal.
    pub fn last_seq(&self) -> u64 {
        self.journal.last_seq()
    }
}

/// A result as the cache holds it: views get clones of the inner pointer.
pub(super) struct Measured<T> {
    pub value: Arc<T>,
}

/// A source that has been read.
pub(super) struct Loaded {
    pub source: Source,
    pub table: Table,
    pub issues: Vec<crate::base::Issue>,
}

pub(super) fn pasted_path(hash: Fingerprint) -> PathBuf {
    places::data().join("pasted").join(format!("{hash}.tsv"))
}

/// The cache key of a source table. Where a file lies does not matter, what is in it does.
pub(super) fn source_fingerprint(source: &Source) -> Fingerprint {
    Fingerprint::of_value(&("source", &source.content, &source.format, &source.params))
}

fn read_source(
    place: Place,
    path: &Path,
    format: Option<String>,
    params: Params,
    context: &JobContext,
) -> Result<Loaded, UserError> {
    let metadata = std::fs::metadata(path)
        .map_err(|error| io_error("Could not open the file", path, &error))?;
    let format = match format {
        Some(format) => format,
        None => formats::detect(path)?.id().to_owned(),
    };
    let (table, issues) = formats::read(path, Some(&format), &params, &context.task)?;
    let content = formats::content_hash(path)?;
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |elapsed| elapsed.as_secs());
    Ok(Loaded {
        source: Source {
            place,
            format,
            params,
            bytes: metadata.len(),
            modified,
            content,
            rows: table.rows() as u64,
            columns: table.width() as u64,
        },
        table,
        issues,
    })
}

/// Where the file of a recorded source is now.
pub(super) fn source_path(recipe: &TableRecipe) -> Result<PathBuf, UserError> {
    match &recipe.source.place {
        Place::File { path } => Ok(path.clone()),
        Place::Sample { name } => samples::extract(name),
        Place::Pasted { hash } => Ok(pasted_path(*hash)),
    }
}

/// Reads a source as the project recorded it. A missing file is replaced by the copy carried in
/// the project, if there is one; a changed file is an error that says so.
pub(super) fn read_recorded(
    recipe: &TableRecipe,
    embedded: Option<&PathBuf>,
    context: &JobContext,
) -> Result<Table, UserError> {
    let source = &recipe.source;
    let path = source_path(recipe)?;
    if let Some(copy) = embedded
        && !path.exists()
    {
        let (table, _) = formats::read(copy, Some("parquet"), &Params::new(), &context.task)?;
        return Ok(table.with_fingerprint(source_fingerprint(source)));
    }
    if !path.exists() {
        return Err(UserError::input(
            "source_missing",
            format!("{} is not where it was", source.name()),
            "The file has been moved, renamed or deleted since the project was saved",
        )
        .with_hint("Choose where it is now. The recipe and the trained models are kept")
        .with_path(&path));
    }
    let content = formats::content_hash(&path)?;
    if source.content != Fingerprint::default() && content != source.content {
        let bytes = std::fs::metadata(&path).map_or(0, |data| data.len());
        return Err(UserError::input(
            "source_changed",
            format!("{} changed on disk since you loaded it", source.name()),
            format!(
                "It had {} and now has {}",
                crate::base::format::bytes(source.bytes),
                crate::base::format::bytes(bytes)
            ),
        )
        .with_hint("Read it again to run the recipe on the new content, or choose another file")
        .with_path(&path));
    }
    let (table, _) = formats::read(&path, Some(&source.format), &source.params, &context.task)?;
    Ok(table.with_fingerprint(source_fingerprint(source)))
}
