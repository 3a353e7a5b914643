//! Before training: what will be predicted, how good guessing is, which columns to learn from, and
//! what to watch out for. Numbers in brackets (G4, …) are the guardrails of the design notes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::evidence::{self, Known};
use super::finding::Finding;
use super::guardrails;
use super::split::SplitPlan;
use crate::base::{Issue, Severity, TaskContext, UserError, format};
use crate::data::{ColumnKind, ColumnProfile, Table};
use crate::learn::Task;
use crate::learn::matrix::{TargetValues, target_values};
use crate::pipeline::inspect_target;

/// A column and whether it is a good idea to learn from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeatureChoice {
    pub name: String,
    pub ticked: bool,
    /// Why it is not ticked, one sentence without full stop.
    pub reason: Option<String>,
}

/// What is known before any model is trained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preflight {
    pub task: Task,
    /// Rows per class in class order; empty for numbers.
    pub class_counts: Vec<u64>,
    /// The smallest answer; None for classes.
    pub lowest: Option<f64>,
    /// Rows with an answer.
    pub rows: u64,
    /// Rows without one: not learned from.
    pub blank_targets: u64,
    /// How good guessing is, one sentence.
    pub guessing_sentence: String,
    /// Every column but the target, in table order.
    pub features: Vec<FeatureChoice>,
    /// What the guardrails saw, Stops first, with what can be done about each.
    pub findings: Vec<Finding>,
    /// The findings in short.
    pub issues: Vec<Issue>,
}

impl Preflight {
    /// Findings that still say something: about columns that are learned from, not answered yet.
    pub fn open<'a>(
        &'a self,
        learned_from: &'a [String],
        answers: &'a BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'a Finding> {
        let used = |column: &str| learned_from.iter().any(|name| name == column);
        self.findings
            .iter()
            .filter(move |finding| finding.is_open(used, answers))
    }

    /// As it is with rows divided in this way: what the division takes care of is silent, and classes
    /// are counted against the parts that are set.
    pub fn under(&self, split: &SplitPlan, folds: u32) -> Self {
        let mut found = self.clone();
        let dealt = matches!(split, SplitPlan::KFold { .. } | SplitPlan::Repeated { .. });
        let rare = guardrails::fewer_folds(&found.task, &found.class_counts, folds);
        let mut rare = rare.filter(|_| dealt);
        found.findings.retain_mut(|finding| {
            if finding.code != "fewer_folds" {
                return !finding.is_settled_by(split, folds);
            }
            match rare.take() {
                Some(told) => {
                    *finding = told;
                    true
                }
                None => false,
            }
        });
        if let Some(told) = rare {
            let at = found
                .findings
                .partition_point(|finding| finding.severity >= told.severity);
            found.findings.insert(at, told);
        }
        found.issues = found.findings.iter().map(Finding::to_issue).collect();
        found
    }

    /// Fails while a Stop is unanswered.
    pub fn allow_training(
        &self,
        learned_from: &[String],
        answers: &BTreeMap<String, String>,
        hint: impl FnOnce(&Finding) -> String,
    ) -> Result<(), UserError> {
        let Some(stop) = self.stop(learned_from, answers) else {
            return Ok(());
        };
        Err(UserError::input(
            "unanswered_stop",
            "Training waits for an answer",
            stop.message(),
        )
        .with_hint(hint(stop)))
    }

    /// The Stop that has to be answered before training, if there is one.
    pub fn stop<'a>(
        &'a self,
        learned_from: &'a [String],
        answers: &'a BTreeMap<String, String>,
    ) -> Option<&'a Finding> {
        self.open(learned_from, answers)
            .find(|finding| finding.severity == Severity::Stop)
    }
}

/// Share of blanks above which a column is not ticked (G6).
const MOSTLY_BLANK: f64 = 0.6;
/// Share of different values from which a column called an id is a name tag (G4).
const ID_SHARE: f64 = 0.5;

/// `table`: after the recipe. `profiles`: of its columns; columns without one are ticked.
pub fn preflight(
    table: &Table,
    target: &str,
    profiles: &[ColumnProfile],
    task: &TaskContext,
) -> Result<Preflight, UserError> {
    let info = inspect_target(table, target, task)?;
    let features: Vec<FeatureChoice> = table
        .schema()
        .columns
        .iter()
        .filter(|column| column.name != target)
        .map(|column| {
            choice(
                &column.name,
                profiles.iter().find(|profile| profile.name == column.name),
            )
        })
        .collect();
    let known = Known {
        target,
        task: &info.task,
        class_counts: &info.class_counts,
        rows: info.rows_with_target,
        profiles,
        features: &features,
    };
    let evidence = evidence::gather(table, &known, task)?;
    let mut findings = guardrails::before_training(&evidence, task)?;
    findings.extend(blank_targets(info.blanks, target));
    Ok(Preflight {
        guessing_sentence: guessing_sentence(table, target, &info.task, &info.class_counts, task)?,
        task: info.task,
        class_counts: info.class_counts,
        lowest: info.lowest,
        rows: info.rows_with_target,
        blank_targets: info.blanks,
        features,
        issues: findings.iter().map(Finding::to_issue).collect(),
        findings,
    })
}

fn choice(name: &str, profile: Option<&ColumnProfile>) -> FeatureChoice {
    let reason = profile.and_then(why_not);
    FeatureChoice {
        name: name.to_owned(),
        ticked: reason.is_none(),
        reason,
    }
}

fn blank_share(profile: &ColumnProfile) -> f64 {
    profile.blanks as f64 / profile.rows.max(1) as f64
}

fn why_not(profile: &ColumnProfile) -> Option<String> {
    if profile.rows > 0 && profile.blanks == profile.rows {
        return Some("Blank in every row".to_owned());
    }
    if let Some(reason) = &profile.name_tag {
        return Some(format!("A name tag. {reason}"));
    }
    let distinct = profile.distinct as f64 / profile.rows.max(1) as f64;
    if called_an_id(&profile.name) && profile.rows >= 20 && distinct >= ID_SHARE {
        return Some(format!(
            "A name tag. {} different values in {}",
            format::count(profile.distinct),
            format::counted(profile.rows, "row")
        ));
    }
    if profile.constant {
        return Some("The same value in every row".to_owned());
    }
    if blank_share(profile) > MOSTLY_BLANK {
        return Some(format!(
            "Blank in {} of the rows",
            format::share(blank_share(profile))
        ));
    }
    if profile.kind == ColumnKind::Text {
        return Some(format!(
            "Free text: {} different values",
            format::count(profile.distinct)
        ));
    }
    None
}

fn called_an_id(name: &str) -> bool {
    let name = name.to_lowercase();
    ["id", "uuid", "guid"]
        .iter()
        .any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

fn blank_targets(blanks: u64, target: &str) -> Option<Finding> {
    if blanks == 0 {
        return None;
    }
    let (verb, them) = if blanks == 1 {
        ("has", "It is")
    } else {
        ("have", "They are")
    };
    let found = Finding::new(
        ("answers", "blank_target"),
        Severity::Note,
        format!(
            "{} {verb} no value in {target}.",
            format::counted(blanks, "row")
        ),
        format!("{them} not learned from."),
        "",
    );
    Some(found.about(&[target.to_owned()]))
}

/// How good the best guess without any column is.
fn guessing_sentence(
    table: &Table,
    target: &str,
    kind: &Task,
    counts: &[u64],
    task: &TaskContext,
) -> Result<String, UserError> {
    if let Task::Classes { names } = kind {
        let total: u64 = counts.iter().sum();
        let commonest = names
            .iter()
            .zip(counts)
            // Of equally common classes the first, as the Guessing model does.
            .rev()
            .max_by_key(|(_, count)| **count);
        return Ok(match commonest {
            Some((name, count)) if total > 0 => format!(
                "Always guessing {name} is right in {} of the rows",
                format::share(*count as f64 / total as f64)
            ),
            _ => "There is no row to guess for".to_owned(),
        });
    }
    let TargetValues::Numbers(values) = target_values(table, target, task)? else {
        return Ok(String::new());
    };
    let values: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
    if values.is_empty() {
        return Ok("There is no row to guess for".to_owned());
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let error = values.iter().map(|value| (value - mean).abs()).sum::<f64>() / values.len() as f64;
    Ok(format!(
        "Always guessing {} is wrong by {} on average",
        format::number(mean, 3),
        format::number(error, 3)
    ))
}
