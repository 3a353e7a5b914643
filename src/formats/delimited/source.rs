//! Where the bytes come from: a file, or text that was pasted.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::base::UserError;
use crate::base::error::io_error;

/// Bytes to read, by file or in memory.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    File(&'a Path),
    Text { bytes: &'a [u8], name: &'a str },
}

impl<'a> Source<'a> {
    /// How messages call it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            Self::Text { name, .. } => (*name).to_owned(),
        }
    }

    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Text { name, .. } => Path::new(name),
        }
    }

    pub fn open(&self) -> Result<File, UserError> {
        File::open(self.path()).map_err(|error| self.failed(&error))
    }

    pub fn len(&self) -> Result<u64, UserError> {
        match self {
            Self::File(path) => std::fs::metadata(path)
                .map(|data| data.len())
                .map_err(|error| self.failed(&error)),
            Self::Text { bytes, .. } => Ok(bytes.len() as u64),
        }
    }

    /// Up to `length` bytes from `offset`.
    pub fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, UserError> {
        match self {
            Self::File(_) => {
                let mut file = self.open()?;
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(offset))
                    .and_then(|_| file.take(length as u64).read_to_end(&mut bytes))
                    .map_err(|error| self.failed(&error))?;
                Ok(bytes)
            }
            Self::Text { bytes, .. } => {
                let start = (offset as usize).min(bytes.len());
                let end = start.saturating_add(length).min(bytes.len());
                Ok(bytes.get(start..end).unwrap_or_default().to_vec())
            }
        }
    }

    /// All bytes from the beginning.
    pub fn reader(&self) -> Result<Box<dyn Read + Send + 'a>, UserError> {
        Ok(match *self {
            Self::File(_) => Box::new(self.open()?),
            Self::Text { bytes, .. } => Box::new(bytes),
        })
    }

    pub fn failed(&self, error: &std::io::Error) -> UserError {
        io_error(
            &format!("{} could not be read", self.name()),
            self.path(),
            error,
        )
    }
}
