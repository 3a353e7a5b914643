//! Findings that do not stop the work: shown beside the result they belong to.

use serde::{Deserialize, Serialize};

/// How much a finding matters. Always drawn with an icon and a word, never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Note,
    Caution,
    Stop,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "Note",
            Self::Caution => "Caution",
            Self::Stop => "Stop",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    pub severity: Severity,
    /// Stable snake_case name, for tests.
    pub code: String,
    /// What was seen, with numbers and names, one sentence.
    pub message: String,
    /// Why it matters or what to do.
    pub hint: Option<String>,
    /// The column it is about.
    pub column: Option<String>,
}

impl Issue {
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            message: message.into(),
            hint: None,
            column: None,
        }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn about(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }
}
