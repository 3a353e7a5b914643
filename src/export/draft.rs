//! A file that is not there until it is whole.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::base::UserError;
use crate::base::error::io_error;

/// A file under a temporary name beside its target. Until [`Draft::keep`] the target is as it was;
/// a draft that is dropped leaves nothing behind.
pub struct Draft {
    temporary: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// A draft of `target`, with the same extension and in the same folder: a rename within a
    /// folder is all or nothing.
    pub fn of(target: &Path) -> Self {
        let stem = target.file_stem().map_or_else(
            || "file".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        let mut name = format!(".{stem}.{}.writing", std::process::id());
        if let Some(extension) = target.extension() {
            name.push('.');
            name.push_str(&extension.to_string_lossy());
        }
        Self {
            temporary: target.with_file_name(name),
            target: target.to_path_buf(),
        }
    }

    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Writes the whole draft and hands it to the disk.
    pub fn write(&self, bytes: &[u8]) -> Result<(), UserError> {
        let write = || {
            let mut file = File::create(&self.temporary)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|error| self.failed(&error))
    }

    /// Puts the draft in the place of its target.
    pub fn keep(self) -> Result<(), UserError> {
        // What somebody else wrote to the draft may still be on its way to the disk.
        File::open(&self.temporary)
            .and_then(|file| file.sync_all())
            .or_else(|error| {
                // Some systems do not flush files opened for reading only; the rename still holds.
                if error.kind() == std::io::ErrorKind::PermissionDenied {
                    Ok(())
                } else {
                    Err(error)
                }
            })
            .and_then(|()| std::fs::rename(&self.temporary, &self.target))
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> UserError {
        io_error("The file could not be written", &self.target, error)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already when it was kept.
        let _ = std::fs::remove_file(&self.temporary);
    }
}
