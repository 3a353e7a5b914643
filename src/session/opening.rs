//! Opening tables: a look at a file before it is loaded, and loading it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::derived::Slot;
use super::session::{Notice, Session};
use super::source::{Loaded, pasted_path, read_source};
use crate::base::ids::TableId;
use crate::base::{Fingerprint, Params, UserError};
use crate::formats::{self, Preview};
use crate::jobs::{JobKey, Lane, Request};
use crate::project::document::Place;
use crate::project::{Command, file, samples};

/// The slot of everything that opens something: the newest wins.
pub(super) const OPEN: &str = "open";

impl Session {
    /// What a file looks like before it is loaded. It is looked at once, and again after
    /// [`Session::look_again`].
    pub fn preview_file(
        &mut self,
        path: &Path,
        format: Option<&str>,
        params: &Params,
    ) -> Slot<Preview> {
        let request = Request {
            key: JobKey::from("file preview"),
            fingerprint: Fingerprint::of_value(&("file preview", path, self.looks, format, params)),
            label: format!("Looking at {}", path.display()),
            lane: Lane::Quick,
        };
        let (path, format, params) = (
            path.to_path_buf(),
            format.map(str::to_owned),
            params.clone(),
        );
        self.answer(request, move |_| {
            let preview = formats::preview(&path, format.as_deref(), &params)?;
            Ok((preview, 64 * 1024))
        })
    }

    /// Files may have changed meanwhile: previews are made anew.
    pub fn look_again(&mut self) {
        self.looks += 1;
    }

    /// Loads a file with the settings of its preview and opens it as a table.
    pub fn load_file(&mut self, path: &Path, format: &str, params: Params) {
        let place = Place::File {
            path: absolute(path),
        };
        let (path, format) = (path.to_path_buf(), format.to_owned());
        self.act(
            OPEN,
            format!("Reading {}", file_name(&path)),
            Lane::Files,
            move |context| read_source(place, &path, Some(&format), params, context),
            Self::open_loaded,
        );
    }

    /// Opens one of the sample tables.
    pub fn load_sample(&mut self, sample: &str) {
        let name = sample.to_owned();
        self.act(
            OPEN,
            format!("Opening {sample}"),
            Lane::Files,
            move |context| {
                let path = samples::extract(&name)?;
                read_source(Place::Sample { name }, &path, None, Params::new(), context)
            },
            Self::open_loaded,
        );
    }

    /// Opens a table pasted as text. The text is kept, because the clipboard is not.
    pub fn load_pasted(&mut self, text: String) {
        self.act(
            OPEN,
            "Reading the pasted table",
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

    fn open_loaded(&mut self, loaded: Arc<Loaded>) {
        self.keep_source(&loaded);
        if let Place::File { path } = &loaded.source.place {
            self.remember_file(path);
        }
        let name = loaded.source.name();
        let stem = Path::new(&name)
            .file_stem()
            .map_or(name.clone(), |stem| stem.to_string_lossy().into_owned());
        self.dispatch_or_notice(Command::OpenTable {
            name: stem,
            source: loaded.source.clone(),
        });
        self.activate_last();
        for issue in &loaded.issues {
            self.notice(Notice::Problem(UserError::input(
                &issue.code,
                &issue.message,
                issue.hint.clone().unwrap_or_default(),
            )));
        }
    }

    fn keep_source(&mut self, loaded: &Loaded) {
        let table = Arc::new(loaded.table.clone());
        let bytes = table.memory_bytes();
        self.keep(table.fingerprint(), Ok(table), bytes);
    }

    /// Reads a table's file again, or another in its place, keeping its recipe.
    pub fn relocate(&mut self, table: TableId, path: &Path) {
        let Some(recipe) = self.document().table(table).cloned() else {
            return;
        };
        let place = Place::File {
            path: absolute(path),
        };
        let path = path.to_path_buf();
        self.act(
            OPEN,
            format!("Reading {}", path.display()),
            Lane::Files,
            move |context| {
                let format = formats::detect(&path)?.id();
                // Settings fit the format they were made for.
                let params = if format == recipe.source.format {
                    recipe.source.params.clone()
                } else {
                    Params::new()
                };
                read_source(place, &path, Some(format), params, context)
            },
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
}

/// The path from the root, so that it still leads there when the working folder is another.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
