//! The project as a file: saving, opening, closing, and what is not saved yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::opening::OPEN;
use super::session::{Notice, Session};
use super::source::read_recorded;
use crate::base::ids::ModelId;
use crate::jobs::Lane;
use crate::project::document::{Document, Place};
use crate::project::file::{self, Contents};
use crate::project::{History, KeptModel, Run, places};

/// The slot of saving the project.
const SAVE: &str = "save";

/// What lies in the project file.
pub(super) struct Saved {
    document: Arc<Document>,
    runs: Vec<ModelId>,
    models: Vec<ModelId>,
    openings: usize,
}

impl Saved {
    pub(super) fn of(
        document: Arc<Document>,
        runs: &[Arc<Run>],
        models: &[KeptModel],
        openings: usize,
    ) -> Self {
        Self {
            openings,
            document,
            runs: runs.iter().map(|run| run.id).collect(),
            models: models.iter().map(|model| model.id).collect(),
        }
    }
}

impl Session {
    pub fn project_path(&self) -> Option<&Path> {
        self.project_path.as_deref()
    }

    /// Where a person's files probably lie: beside the project, beside the open table, at home.
    pub fn folder(&self) -> PathBuf {
        let table = self.active().and_then(|recipe| match &recipe.source.place {
            Place::File { path } => Some(path.as_path()),
            _ => None,
        });
        self.project_path()
            .or(table)
            .and_then(Path::parent)
            .filter(|folder| !folder.as_os_str().is_empty())
            .map_or_else(places::home, Path::to_path_buf)
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
        let same_document = Arc::ptr_eq(&self.saved.document, self.document())
            || self.saved.document == *self.document();
        let runs = self.runs.iter().map(|run| &run.id);
        let models = self.models.iter().map(|model| &model.id);
        !same_document
            || !self.saved.runs.iter().eq(runs)
            || !self.saved.models.iter().eq(models)
            || self.saved.openings != self.openings.len()
    }

    /// Whether there is a file already where something is to be written.
    pub fn is_taken(&self, path: &Path) -> bool {
        path.exists()
    }

    /// The project is being written.
    pub fn is_saving(&self) -> bool {
        self.is_acting(SAVE)
    }

    /// Seconds since 1970-01-01 UTC of the last save.
    pub fn saved_at(&self) -> Option<u64> {
        self.saved_at
    }

    /// Saves the project. `with_data`: carry every source table inside, so that it opens anywhere.
    pub fn save(&mut self, path: &Path, with_data: bool) {
        let contents = Contents {
            document: (**self.document()).clone(),
            runs: self.runs.clone(),
            models: self.models.clone(),
            openings: self.openings.clone(),
            embedded: BTreeMap::new(),
        };
        let openings = self.openings.len();
        let saved = Saved::of(self.document().clone(), &self.runs, &self.models, openings);
        let embedded = self.embedded.clone();
        let target = path.to_path_buf();
        let path = path.to_path_buf();
        self.act(
            SAVE,
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
                session.saved = saved;
                session.saved_at = Some(places::now());
                session.project_path = Some(target.clone());
                session.remember_file(&target);
                // Changes made while it was written are in the journal only.
                if !session.is_dirty() {
                    session.journal.discard(&mut session.jobs);
                }
                session.notice(Notice::Done(format!("Saved {}", target.display())));
            },
        );
    }

    /// Opens a project in place of this one.
    pub fn open_project(&mut self, path: &Path) {
        let target = path.to_path_buf();
        let path = path.to_path_buf();
        self.act(
            OPEN,
            format!("Opening {}", path.display()),
            Lane::Files,
            move |_| file::load(&path),
            move |session, contents: Arc<Contents>| {
                session.remember_file(&target);
                let history = History::new(contents.document.clone());
                session.replace(history, &contents, Some(target));
            },
        );
    }

    /// Closes the project and starts an empty one.
    pub fn close(&mut self) {
        let empty = Contents::default();
        self.replace(History::new(empty.document.clone()), &empty, None);
    }

    /// Another project takes the place of this one. `contents` is what its file holds; the history
    /// may have gone on from there.
    pub(super) fn replace(&mut self, history: History, contents: &Contents, path: Option<PathBuf>) {
        self.cancel_all();
        self.history = history;
        self.runs.clone_from(&contents.runs);
        self.models.clone_from(&contents.models);
        self.openings.clone_from(&contents.openings);
        self.embedded.clone_from(&contents.embedded);
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
        self.tunings.clear();
        self.growths.clear();
        self.scored = None;
        self.compared = None;
        self.parity = None;
        self.activate_last();
        let current = self.history.current();
        let document = if contents.document == **current {
            current.clone()
        } else {
            Arc::new(contents.document.clone())
        };
        let openings = self.openings.len();
        self.saved = Saved::of(document, &self.runs, &self.models, openings);
        self.saved_at = None;
        self.project_path = path;
        self.journal.discard(&mut self.jobs);
    }

    /// The project is left on purpose: nothing to recover.
    pub fn finish(&mut self) {
        self.cancel_all();
        self.journal.discard(&mut self.jobs);
    }
}
