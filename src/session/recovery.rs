//! What a crash left behind: found, offered, taken over or declined.

use std::sync::Arc;

use super::opening::OPEN;
use super::session::{Notice, Session};
use crate::base::UserError;
use crate::jobs::{JobContext, Lane};
use crate::project::file::{self, Contents};
use crate::project::journal::{self, Entry, Recovery};
use crate::project::{History, Opening, Run};

/// A journal replayed on its project.
struct Restored {
    contents: Contents,
    history: History,
    /// Trained since the project was saved.
    trained: Vec<Arc<Run>>,
    /// Openings of the sealed rows since then.
    opened: Vec<Opening>,
    /// Why the project file could not be read: what was in it alone is missing.
    problem: Option<UserError>,
}

impl Session {
    /// Looks for journals that nobody holds any more; [`Session::take_recoveries`] has them once
    /// they are read.
    pub fn look_for_recoveries(&mut self) {
        // In the lane of the journal, so that a journal just being started is not mistaken for one.
        self.act(
            "recoveries",
            "Looking for work to restore",
            Lane::Journal,
            |_| Ok(journal::find_recoveries()),
            |session, found| session.recoveries.clone_from(&found),
        );
    }

    /// What was found since the last call, newest first.
    pub fn take_recoveries(&mut self) -> Vec<Recovery> {
        std::mem::take(&mut self.recoveries)
    }

    /// Takes over what a crashed process left behind, and goes on writing its journal: at no
    /// moment are the changes on disk less than they were.
    pub fn recover(&mut self, recovery: impl Into<Arc<Recovery>>) {
        let recovery = recovery.into();
        let replayed = recovery.clone();
        self.act(
            OPEN,
            "Restoring your work",
            Lane::Files,
            move |context| replay(&replayed, context),
            move |session, restored: Arc<Restored>| session.take_over(&recovery, &restored),
        );
    }

    fn take_over(&mut self, recovery: &Arc<Recovery>, restored: &Restored) {
        let history = restored.history.clone();
        let path = recovery.header.project.clone();
        self.replace(history, &restored.contents, path);
        // Not in the project file, so they are set after what is saved has been noted.
        for run in &restored.trained {
            self.next_model = self.next_model.max(run.id.0);
            self.runs.retain(|kept| kept.id != run.id);
            self.runs.push(run.clone());
        }
        self.openings.extend(restored.opened.iter().cloned());
        self.journal.resume(&mut self.jobs, recovery.clone());
        if let Some(problem) = &restored.problem {
            self.notice(Notice::Problem(problem.clone()));
        }
    }

    /// The changes are not wanted: their journal is removed.
    pub fn discard_recovery(&mut self, recovery: impl Into<Arc<Recovery>>) {
        let recovery = recovery.into();
        let key = format!("discard {}", recovery.path.display());
        self.act(
            key,
            "Discarding changes",
            Lane::Journal,
            move |_| {
                journal::discard(&recovery);
                Ok(())
            },
            |_, _| {},
        );
    }
}

fn replay(recovery: &Recovery, context: &JobContext) -> Result<Restored, UserError> {
    let (mut contents, problem) = match recovery.header.project.as_deref().map(file::load) {
        None => (Contents::default(), None),
        Some(Ok(contents)) => (contents, None),
        Some(Err(error)) => (Contents::default(), Some(error)),
    };
    contents.document = recovery.header.document.clone();
    let mut history = History::new(contents.document.clone());
    let (mut trained, mut opened) = (Vec::new(), Vec::new());
    for entry in &recovery.entries {
        context.task.check()?;
        match entry {
            Entry::Change {
                command,
                interacting,
                ..
            } => {
                // A command that no longer applies is skipped; the ones after it still count.
                let _ = history.dispatch(command, *interacting);
            }
            Entry::Undo { .. } => {
                history.undo();
            }
            Entry::Redo { .. } => {
                history.redo();
            }
            Entry::Trained { run, .. } => trained.push(run.clone()),
            Entry::Opened { opening, .. } => opened.push((**opening).clone()),
        }
    }
    Ok(Restored {
        contents,
        history,
        trained,
        opened,
        problem,
    })
}
