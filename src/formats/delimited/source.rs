//! Where the bytes come from: a file, or text that was pasted.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::base::error::io_error;
use crate::base::{TaskContext, UserError};

/// Bytes handled at once when a whole source is gone through.
const PIECE: usize = 1 << 18;

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

    /// Calls `visit` with every piece of the source in order.
    pub fn for_each_piece(
        &self,
        task: &TaskContext,
        mut visit: impl FnMut(&[u8]),
    ) -> Result<(), UserError> {
        let total = self.len()?;
        let what = format!("Looking through {}", self.name());
        let mut done = 0u64;
        let mut report = |length: usize| {
            done += length as u64;
            // Half of the work; the other half is reading the values.
            task.progress(done, total.max(done) * 2, &what);
            task.check()
        };
        match self {
            Self::Text { bytes, .. } => {
                for piece in bytes.chunks(PIECE) {
                    visit(piece);
                    report(piece.len())?;
                }
            }
            Self::File(_) => {
                let mut file = self.open()?;
                let mut buffer = vec![0u8; PIECE];
                loop {
                    let length = match file.read(&mut buffer) {
                        Ok(0) => break,
                        Ok(length) => length,
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                        Err(error) => return Err(self.failed(&error)),
                    };
                    visit(buffer.get(..length).unwrap_or_default());
                    report(length)?;
                }
            }
        }
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> UserError {
        io_error(
            &format!("{} could not be read", self.name()),
            self.path(),
            error,
        )
    }
}
