//! What leaves from Compare: a checked model as a Python script, and the run log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sealing::practice_of;
use super::session::{Notice, Session};
use super::source::source_path;
use crate::base::UserError;
use crate::base::ids::ModelId;
use crate::export::python_script::{Checked, SourceFile, folds_path};
use crate::jobs::Lane;
use crate::project::run_log::LogWritten;
use crate::project::{Change, Run, RunLog, ScriptWish, what_is_new, write_run_log, write_script};

/// The slot of writing a script.
const SCRIPT: &str = "python script";
/// The slot of writing the run log.
const LOG: &str = "run log";

impl Session {
    /// Why a run is out of date: what was changed since, in words. Empty while it is not, and while
    /// the table is still being looked at.
    pub fn changed_since(&mut self, run: &Run) -> Vec<Change> {
        let (Some(plan), Some(source)) = (self.learning_plan().ready(), self.source().ready())
        else {
            return Vec::new();
        };
        if Run::mark(source.fingerprint(), &plan) == run.data {
            return Vec::new();
        }
        let now = (source.rows() as u64, source.width() as u64);
        what_is_new(run, &plan, source.fingerprint(), Some(now))
    }

    /// Writes one learner of a run as a Python script, and its folds beside it.
    pub fn write_script(&mut self, run: ModelId, learner: &str, path: &Path) {
        let Some(run) = self.runs().iter().find(|kept| kept.id == run).cloned() else {
            return;
        };
        let recipe = self.document().table(run.table).cloned();
        let usable = self.active_id() == Some(run.table) && self.has_rows_of(&run);
        let table = self.source().ready().filter(|_| usable);
        let (Some(recipe), Some(table)) = (recipe, table) else {
            self.notice(Notice::Problem(
                UserError::usage(
                    "script_of_older_data",
                    "The script cannot be written",
                    format!(
                        "The model learned from {} as it was when it was trained, and it was read again since",
                        run.source_name
                    ),
                )
                .with_hint("Train again, and write the script of that training"),
            ));
            return;
        };
        let embedded = self.embedded.get(&recipe.id).cloned();
        let (learner, path) = (learner.to_owned(), path.to_path_buf());
        let target = path.clone();
        self.act(
            SCRIPT,
            format!("Writing {}", path.display()),
            Lane::Files,
            move |context| {
                let result = run.result(&learner).ok_or_else(|| {
                    UserError::failed(
                        "no_such_result",
                        "The model has no check predictions",
                        format!("{learner} was not trained in this run"),
                    )
                })?;
                let (practice, sealed) = practice_of(&table, &run, &context.task)?;
                let wish = ScriptWish {
                    source: source_file(&recipe, embedded)?,
                    table: &table,
                    practice: &practice,
                    sealed,
                    plan: &run.plan,
                    folds: run.folds,
                    seed: run.seed,
                    split: &run.split,
                    result,
                    guessing: run.result("guessing"),
                };
                write_script(&wish, &path, &context.task)
            },
            move |session, checked: Arc<Checked>| {
                let folds = folds_path(&target);
                let beside = folds.file_name().unwrap_or_default().to_string_lossy();
                session.notice(Notice::Done(format!(
                    "Saved {} and {beside}. {}",
                    target.display(),
                    checked.sentence()
                )));
            },
        );
    }

    /// Writes the trainings of the open table as CSV or JSON, by the extension.
    pub fn write_run_log(&mut self, path: &Path) {
        let table = self.active_id();
        let runs: Vec<Arc<Run>> = self
            .runs()
            .iter()
            .filter(|run| Some(run.table) == table)
            .cloned()
            .collect();
        let path = path.to_path_buf();
        let target = path.clone();
        self.act(
            LOG,
            format!("Writing {}", path.display()),
            Lane::Files,
            move |_| write_run_log(&RunLog::of(runs.iter().map(AsRef::as_ref)), &path),
            move |session, written: Arc<LogWritten>| {
                session.notice(Notice::Done(format!(
                    "Saved {}: {}",
                    target.display(),
                    written.sentence()
                )));
            },
        );
    }
}

/// The file the table was read from, or the copy the project carries.
fn source_file(
    recipe: &crate::project::TableRecipe,
    embedded: Option<PathBuf>,
) -> Result<SourceFile, UserError> {
    let source = &recipe.source;
    let path = source_path(recipe)?;
    let name = source.name();
    match embedded {
        Some(copy) if !path.exists() => Ok(SourceFile {
            name,
            path: copy,
            format: "parquet".to_owned(),
            params: crate::base::Params::new(),
        }),
        _ => Ok(SourceFile {
            name,
            path,
            format: source.format.clone(),
            params: source.params.clone(),
        }),
    }
}
