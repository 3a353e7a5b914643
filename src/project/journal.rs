//! The journal: every change since the last save, one JSON line each, so that a crash costs
//! seconds. A journal is locked while its project is open; one that nobody holds is offered for
//! recovery.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::run::{Opening, Run};
use super::{Command, places};
use crate::base::UserError;
use crate::base::error::io_error;

/// First line: where the changes start from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    pub version: u64,
    pub project: Option<PathBuf>,
    pub started_at: u64,
    pub document: Document,
}

/// Every further line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum Entry {
    Change {
        seq: u64,
        command: Command,
        interacting: bool,
    },
    Undo {
        seq: u64,
    },
    Redo {
        seq: u64,
    },
    Trained {
        seq: u64,
        run: Arc<Run>,
    },
    /// The sealed rows were opened.
    Opened {
        seq: u64,
        opening: Box<Opening>,
    },
}

impl Entry {
    pub fn seq(&self) -> u64 {
        match self {
            Self::Change { seq, .. }
            | Self::Undo { seq }
            | Self::Redo { seq }
            | Self::Trained { seq, .. }
            | Self::Opened { seq, .. } => *seq,
        }
    }
}

/// An open journal. Lives on the journal lane: it writes and flushes, so it is slow.
pub struct Journal {
    path: PathBuf,
    file: File,
    synced: Instant,
}

fn folder() -> PathBuf {
    places::state().join("recovery")
}

impl Journal {
    /// Starts a journal for a project as it is now.
    pub fn start(header: &Header) -> Result<Self, UserError> {
        let folder = folder();
        let failed = |error: std::io::Error| {
            io_error("Could not start the recovery journal", &folder, &error)
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let mut attempt = 0;
        let (path, file) = loop {
            let path = folder.join(format!(
                "{}-{}-{attempt}.jsonl",
                std::process::id(),
                places::now()
            ));
            match OpenOptions::new().create_new(true).append(true).open(&path) {
                Ok(file) => break (path, file),
                Err(error)
                    if error.kind() == std::io::ErrorKind::AlreadyExists && attempt < 100 =>
                {
                    attempt += 1
                }
                Err(error) => return Err(failed(error)),
            }
        };
        file.try_lock().map_err(|error| failed(error.into()))?;
        let mut journal = Self {
            path,
            file,
            synced: Instant::now(),
        };
        journal.line(header)?;
        journal.sync()?;
        Ok(journal)
    }

    /// Appends a change. It is in the hands of the system at once (a killed process loses nothing)
    /// and on the disk within a second.
    pub fn append(&mut self, entry: &Entry) -> Result<(), UserError> {
        self.line(entry)?;
        if self.synced.elapsed().as_millis() > 1000 {
            self.sync()?;
        }
        Ok(())
    }

    /// Goes on writing a journal that was taken over; a line cut in the middle is removed first.
    pub fn resume(recovery: &Recovery) -> Result<Self, UserError> {
        let path = recovery.path.clone();
        let failed = |error: std::io::Error| {
            io_error("Could not continue the recovery journal", &path, &error)
        };
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(failed)?;
        file.try_lock().map_err(|error| failed(error.into()))?;
        file.set_len(recovery.valid_bytes).map_err(failed)?;
        Ok(Self {
            path: path.clone(),
            file,
            synced: Instant::now(),
        })
    }

    fn line<T: Serialize>(&mut self, value: &T) -> Result<(), UserError> {
        let mut text = serde_json::to_vec(value).map_err(|error| {
            UserError::failed(
                "journal_write",
                "Could not write the recovery journal",
                error.to_string(),
            )
        })?;
        text.push(b'\n');
        self.file
            .write_all(&text)
            .map_err(|error| io_error("Could not write the recovery journal", &self.path, &error))
    }

    pub fn sync(&mut self) -> Result<(), UserError> {
        self.synced = Instant::now();
        self.file
            .sync_data()
            .map_err(|error| io_error("Could not write the recovery journal", &self.path, &error))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The project was saved or closed: nothing to recover.
    pub fn discard(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A journal whose process is gone.
#[derive(Clone, Debug)]
pub struct Recovery {
    pub path: PathBuf,
    pub header: Header,
    pub entries: Vec<Entry>,
    /// Seconds since 1970-01-01 UTC of the last change.
    pub last_change: u64,
    /// Length of the whole lines.
    pub valid_bytes: u64,
}

/// Journals nobody holds any more, newest first. Those without a change are removed.
pub fn find_recoveries() -> Vec<Recovery> {
    let Ok(files) = std::fs::read_dir(folder()) else {
        return Vec::new();
    };
    let mut found: Vec<Recovery> = files
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .filter_map(|path| read_orphan(&path))
        .collect();
    found.sort_by_key(|recovery| std::cmp::Reverse(recovery.last_change));
    found
}

fn read_orphan(path: &Path) -> Option<Recovery> {
    let file = OpenOptions::new().read(true).append(true).open(path).ok()?;
    file.try_lock().ok()?;
    let recovery = read(path, &file);
    if recovery
        .as_ref()
        .is_none_or(|recovery| recovery.entries.is_empty())
    {
        let _ = std::fs::remove_file(path);
        return None;
    }
    recovery
}

fn read(path: &Path, file: &File) -> Option<Recovery> {
    let last_change = file
        .metadata()
        .and_then(|data| data.modified())
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |elapsed| elapsed.as_secs());
    let mut reader = BufReader::new(file);
    let mut valid_bytes = 0;
    let mut next = || -> Option<Vec<u8>> {
        let mut line = Vec::new();
        let read = reader.read_until(b'\n', &mut line).ok()?;
        (read > 0 && line.ends_with(b"\n")).then_some(line)
    };
    let first = next()?;
    let header: Header = serde_json::from_slice(&first).ok()?;
    valid_bytes += first.len() as u64;
    let mut entries = Vec::new();
    // The last line may be cut in the middle: everything before it counts.
    while let Some(line) = next() {
        let Ok(entry) = serde_json::from_slice(&line) else {
            break;
        };
        valid_bytes += line.len() as u64;
        entries.push(entry);
    }
    Some(Recovery {
        path: path.to_path_buf(),
        header,
        entries,
        last_change,
        valid_bytes,
    })
}

/// A recovery that was taken over or declined.
pub fn discard(recovery: &Recovery) {
    let _ = std::fs::remove_file(&recovery.path);
}
