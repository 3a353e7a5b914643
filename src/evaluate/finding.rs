//! What a guardrail found, and what a person can do about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::split::SplitPlan;
use crate::base::{Issue, ParamValue, RowSet, Severity};

/// Something a button does. All but the last four are undoable changes of the project; those only
/// show something.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// Rows with the same value here stay together.
    KeepTogether { column: String },
    /// Rows with the same inputs stay together.
    KeepCopiesTogether,
    /// What is checked lies after what is learned from.
    ByTime { column: String },
    /// Check so many times over, with other parts each time.
    Repeat { times: u32 },
    /// Deal the rows into other parts.
    DealAnew,
    /// Models are judged by the score that is suggested.
    KeepScore,
    /// The finding is a result of its own.
    KeepFinding,
    /// A setting with which the learner learns less by heart.
    HoldBack {
        learner: String,
        key: String,
        value: ParamValue,
        /// It ends earlier, rather than being simpler.
        earlier: bool,
    },
    /// Select the rows it is about, in every view.
    Look,
    /// Draw the column beside the target.
    ShowMe { column: String },
    /// Go to the columns that are learned from.
    CheckColumns,
    /// Go to what can be done about rows: the suggestions of cleaning.
    CleanRows,
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
            Self::KeepTogether { column } => format!("Keep each {column} together"),
            Self::KeepCopiesTogether => "Keep copies together".to_owned(),
            Self::ByTime { column } => format!("Check by {column}"),
            Self::Repeat { times } => format!("Check {times} times over"),
            Self::DealAnew => "Deal the rows anew".to_owned(),
            Self::KeepScore => "Keep the suggested score".to_owned(),
            Self::KeepFinding => "Keep as a finding".to_owned(),
            Self::HoldBack { earlier, .. } => match earlier {
                true => "Stop earlier".to_owned(),
                false => "Simpler".to_owned(),
            },
            Self::Look => "Look".to_owned(),
            Self::ShowMe { .. } => "Show me".to_owned(),
            Self::CheckColumns => "Check the columns".to_owned(),
            Self::CleanRows => "Clean the rows".to_owned(),
        }
    }

    /// Whether the button would change nothing for the better, as rows are divided already.
    pub fn is_in_force(&self, split: &SplitPlan, folds: u32) -> bool {
        match self {
            Self::KeepTogether { column } => {
                matches!(split, SplitPlan::Groups { column: by } if by == column)
            }
            Self::KeepCopiesTogether => matches!(split, SplitPlan::Copies),
            Self::ByTime { .. } => matches!(split, SplitPlan::Time { .. }),
            // Other ways of dividing rows would be lost.
            Self::Repeat { .. } => {
                !matches!(split, SplitPlan::KFold { .. } | SplitPlan::Holdout { .. })
            }
            Self::Folds { folds: wanted } => folds <= *wanted || !split.kind().takes_folds,
            _ => false,
        }
    }

    /// Whether the finding says nothing any more once this is in force.
    fn settles(&self) -> bool {
        matches!(
            self,
            Self::KeepTogether { .. }
                | Self::KeepCopiesTogether
                | Self::ByTime { .. }
                | Self::Folds { .. }
        )
    }
}

/// Rows that a finding is about: ids of the source, and what a selection of them is called.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsSeen {
    pub rows: Arc<RowSet>,
    pub sentence: String,
}

impl RowsSeen {
    pub fn new(rows: RowSet, sentence: impl Into<String>) -> Self {
        Self {
            rows: Arc::new(rows),
            sentence: sentence.into(),
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
    /// What [`Action::Look`] selects.
    #[serde(skip)]
    pub rows: Option<RowsSeen>,
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
            rows: None,
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

    /// The rows it is about, with the button that selects them.
    #[must_use]
    pub fn seen_in(mut self, rows: Option<RowsSeen>) -> Self {
        if let Some(rows) = rows.filter(|seen| !seen.rows.is_empty()) {
            self.rows = Some(rows);
            self.actions.push(Action::Look);
        }
        self
    }

    /// Whether the way rows are divided has taken care of it.
    pub fn is_settled_by(&self, split: &SplitPlan, folds: u32) -> bool {
        let mut actions = self.actions.iter();
        actions.any(|action| action.settles() && action.is_in_force(split, folds))
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
