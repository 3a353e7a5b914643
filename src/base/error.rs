//! One error type for everything a person may meet.
//!
//! Every error says what happened, why, and what can be done. The window draws it as one
//! component, the command line prints it in one form.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What went wrong, in classes that decide the exit code and whether anything is shown at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// A person (or a newer request) stopped it. Not shown as an error.
    Cancelled,
    /// The file or table given cannot be used as it is. Exit code 3.
    Input,
    /// The request itself makes no sense. Exit code 2.
    Usage,
    /// The work failed for another reason. Exit code 1.
    Failed,
    /// A fault of Benchtop itself: a panic that was caught. Exit code 1.
    Crashed,
}

/// An error a person can act on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserError {
    pub kind: ErrorKind,
    /// Stable snake_case name, for tests and for looking it up.
    pub code: String,
    /// What happened, one sentence, no full stop.
    pub what: String,
    /// Why, with the numbers and names that were seen.
    pub why: String,
    /// What the person can do about it.
    pub hint: Option<String>,
    /// The file concerned.
    pub path: Option<PathBuf>,
}

impl UserError {
    pub fn new(
        kind: ErrorKind,
        code: &str,
        what: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            what: what.into(),
            why: why.into(),
            hint: None,
            path: None,
        }
    }

    pub fn input(code: &str, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(ErrorKind::Input, code, what, why)
    }

    pub fn usage(code: &str, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, code, what, why)
    }

    pub fn failed(code: &str, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, code, what, why)
    }

    pub fn cancelled() -> Self {
        Self::new(
            ErrorKind::Cancelled,
            "cancelled",
            "Stopped",
            "The work was stopped before it was done",
        )
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn with_path(mut self, path: &Path) -> Self {
        self.path = Some(path.to_path_buf());
        self
    }

    pub fn is_cancelled(&self) -> bool {
        self.kind == ErrorKind::Cancelled
    }

    /// 1 the job failed, 2 wrong usage, 3 input not usable.
    pub fn exit_code(&self) -> i32 {
        match self.kind {
            ErrorKind::Input => 3,
            ErrorKind::Usage => 2,
            ErrorKind::Cancelled | ErrorKind::Failed | ErrorKind::Crashed => 1,
        }
    }

    /// Everything on several lines, as the command line prints it and "Copy report" copies it.
    pub fn report(&self) -> String {
        let mut text = format!("{}\n  {}", self.what, self.why);
        if let Some(path) = &self.path {
            text.push_str(&format!("\n  File: {}", path.display()));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\n  What you can do: {hint}"));
        }
        text.push_str(&format!("\n  [{}]", self.code));
        text
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl std::error::Error for UserError {}

/// Turns an I/O error into one that names the file and says what to do.
pub fn io_error(what: &str, path: &Path, error: &std::io::Error) -> UserError {
    use std::io::ErrorKind as Io;
    let (code, why, hint) = match error.kind() {
        Io::NotFound => (
            "file_not_found",
            "There is no such file".to_owned(),
            "Check the name, or choose the file again",
        ),
        Io::PermissionDenied => (
            "permission_denied",
            "This account may not use the file".to_owned(),
            "Choose another place, or change the permissions of the file",
        ),
        Io::StorageFull => (
            "disk_full",
            "The disk is full".to_owned(),
            "Free some space, or choose another place",
        ),
        _ => (
            "io_error",
            error.to_string(),
            "Try again, or choose another file",
        ),
    };
    UserError::input(code, what, why)
        .with_hint(hint)
        .with_path(path)
}
