//! What a guardrail found, and what a person can do about it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{Issue, Severity};

/// Something a button does. Every one is an undoable change of the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// Do not learn from these columns.
    LeaveOut { columns: Vec<String> },
    /// Learn from a column that is left out.
    UseAnyway { column: String },
    /// The columns are known at the moment of prediction; asks for the reason.
    KnownBefore,
    /// The finding was looked at and stands; asks for no reason.
    Checked,
    /// The finding stops training; a reason is asked for and kept.
    Accept,
    /// Remove exact copies with a cleaning step.
    RemoveCopies,
    /// Check in so many parts.
    Folds { folds: u32 },
}

impl Action {
    /// What the button says.
    pub fn label(&self) -> String {
        match self {
            Self::LeaveOut { columns } => match columns.len() {
                1 => "Leave it out".to_owned(),
                2 => "Leave both out".to_owned(),
                _ => "Leave them out".to_owned(),
            },
            Self::UseAnyway { .. } => "Use anyway".to_owned(),
            Self::KnownBefore => "I would know it…".to_owned(),
            Self::Checked => "I have checked".to_owned(),
            Self::Accept => "Go on all the same…".to_owned(),
            Self::RemoveCopies => "Remove copies".to_owned(),
            Self::Folds { folds } => format!("Use {folds} parts"),
        }
    }
}

/// One finding of one guardrail: what was seen, why it matters, what can be done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Id of the guardrail: "G1".
    pub guardrail: &'static str,
    /// Stable snake_case name.
    pub code: &'static str,
    pub severity: Severity,
    /// With numbers and names, one sentence.
    pub saw: String,
    /// In consequences, one sentence.
    pub why: String,
    /// What a person can do, without full stop.
    pub advice: String,
    /// How it was checked, and the threshold.
    pub checked: String,
    pub columns: Vec<String>,
    /// The columns matter together only: with one of them left out the finding is settled.
    pub jointly: bool,
    pub actions: Vec<Action>,
}

impl Finding {
    pub fn new(
        (guardrail, code): (&'static str, &'static str),
        severity: Severity,
        saw: impl Into<String>,
        why: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            guardrail,
            code,
            severity,
            saw: saw.into(),
            why: why.into(),
            advice: advice.into(),
            checked: String::new(),
            columns: Vec::new(),
            jointly: false,
            actions: Vec::new(),
        }
    }

    #[must_use]
    pub fn about(mut self, columns: &[String]) -> Self {
        self.columns = columns.to_vec();
        self
    }

    #[must_use]
    pub fn jointly(mut self) -> Self {
        self.jointly = true;
        self
    }

    #[must_use]
    pub fn offering(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions.extend(actions);
        self
    }

    /// Names the finding in the project: the code and the columns it is about.
    pub fn key(&self) -> String {
        if self.columns.is_empty() {
            return self.code.to_owned();
        }
        format!("{}:{}", self.code, self.columns.join(","))
    }

    /// What was seen and why it matters.
    pub fn message(&self) -> String {
        match self.why.is_empty() {
            true => self.saw.clone(),
            false => format!("{} {}", self.saw, self.why),
        }
    }

    /// The advice, in the words of the moment of prediction that was said.
    pub fn advice_at(&self, moment: Option<&str>) -> String {
        match moment.filter(|_| self.actions.contains(&Action::KnownBefore)) {
            Some(moment) => format!(
                "You predict at this moment: {moment}. Leave out what you would not know yet"
            ),
            None => self.advice.clone(),
        }
    }

    /// Whether it still says something: its columns are learned from and no answer was given.
    pub fn is_open(
        &self,
        learned_from: impl Fn(&str) -> bool,
        answers: &BTreeMap<String, String>,
    ) -> bool {
        if answers.contains_key(&self.key()) {
            return false;
        }
        // A note about a column that is left out says why it is.
        if self.columns.is_empty() || self.severity == Severity::Note {
            return true;
        }
        let mut used = self.columns.iter().map(|column| learned_from(column));
        if self.jointly {
            used.all(|used| used)
        } else {
            used.any(|used| used)
        }
    }

    pub fn to_issue(&self) -> Issue {
        let mut issue = Issue::new(self.severity, self.code, self.message());
        if !self.advice.is_empty() {
            issue = issue.with_hint(&self.advice);
        }
        match self.columns.as_slice() {
            [only] => issue.about(only),
            _ => issue,
        }
    }
}
