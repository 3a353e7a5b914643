//! Before training: what will be predicted, how good guessing is, which columns to learn from, and
//! what to watch out for. Numbers in brackets (G4, …) are the guardrails of the design notes.

use serde::Serialize;

use super::metrics;
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
    pub issues: Vec<Issue>,
}

/// Share of blanks above which a column is not ticked (G6).
const MOSTLY_BLANK: f64 = 0.6;
/// Rows below which a model can hardly be checked (G13).
const FEW_ROWS: u64 = 50;
const ROWS_PER_COLUMN: u64 = 10;
const RARE_CLASS_ROWS: u64 = 30;
/// Folds that are made unless a person says otherwise (G15).
const USUAL_FOLDS: u64 = 5;

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
    let mut issues = Vec::new();
    for profile in profiles.iter().filter(|profile| profile.name != target) {
        column_notes(profile, &mut issues);
    }
    let ticked = features.iter().filter(|feature| feature.ticked).count() as u64;
    row_notes(
        info.rows_with_target,
        ticked,
        info.blanks,
        target,
        &mut issues,
    );
    if let Task::Classes { names } = &info.task {
        class_notes(names, &info.class_counts, &mut issues);
    }
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.severity));
    Ok(Preflight {
        guessing_sentence: guessing_sentence(table, target, &info.task, &info.class_counts, task)?,
        task: info.task,
        class_counts: info.class_counts,
        lowest: info.lowest,
        rows: info.rows_with_target,
        blank_targets: info.blanks,
        features,
        issues,
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

fn column_notes(profile: &ColumnProfile, issues: &mut Vec<Issue>) {
    let name = &profile.name;
    if profile.rows > 0 && blank_share(profile) > MOSTLY_BLANK {
        issues.push(
            Issue::new(
                Severity::Note,
                "mostly_blank",
                format!(
                    "{name} is blank in {} of the rows.",
                    format::share(blank_share(profile))
                ),
            )
            .with_hint("Not used for learning unless you tick it")
            .about(name),
        );
    } else if profile.constant {
        issues.push(
            Issue::new(
                Severity::Note,
                "constant_column",
                format!(
                    "{name} has the same value in every row, so nothing can be learned from it."
                ),
            )
            .about(name),
        );
    } else if profile.name_tag.is_some() {
        issues.push(
            Issue::new(
                Severity::Note,
                "name_tag",
                format!(
                    "{name} has {} different values in {}: a name tag, not information. Not used for learning.",
                    format::count(profile.distinct),
                    format::counted(profile.rows, "row")
                ),
            )
            .with_hint("Tick it if it does say something about the row")
            .about(name),
        );
    }
}

/// G13.
fn row_notes(rows: u64, columns: u64, blanks: u64, target: &str, issues: &mut Vec<Issue>) {
    if blanks > 0 {
        let (verb, them) = if blanks == 1 {
            ("has", "It is")
        } else {
            ("have", "They are")
        };
        issues.push(
            Issue::new(
                Severity::Note,
                "blank_target",
                format!(
                    "{} {verb} no value in {target}. {them} not learned from.",
                    format::counted(blanks, "row")
                ),
            )
            .about(target),
        );
    }
    if rows < FEW_ROWS {
        issues.push(
            Issue::new(
                Severity::Stop,
                "too_few_rows",
                format!(
                    "Only {} with an answer. With fewer than {FEW_ROWS}, almost any model can look good by luck.",
                    format::counted(rows, "row")
                ),
            )
            .with_hint("Get more data; take scores as hints only"),
        );
    } else if rows < columns.saturating_mul(ROWS_PER_COLUMN) {
        issues.push(
            Issue::new(
                Severity::Caution,
                "few_rows_per_column",
                format!(
                    "{} and {} to learn from: with fewer than {ROWS_PER_COLUMN} rows per column a model can look good by luck.",
                    format::counted(rows, "row"),
                    format::counted(columns, "column")
                ),
            )
            .with_hint("Use fewer columns, or get more data"),
        );
    }
}

/// G13, G15, G16.
fn class_notes(names: &[String], counts: &[u64], issues: &mut Vec<Issue>) {
    let seen = || {
        names
            .iter()
            .zip(counts.iter().copied())
            .filter(|(_, count)| *count > 0)
    };
    let (Some((rare, fewest)), Some((common, most))) = (
        seen().min_by_key(|(_, count)| *count),
        seen().max_by_key(|(_, count)| *count),
    ) else {
        return;
    };
    if fewest < USUAL_FOLDS {
        let parts = fewest.max(2);
        issues.push(
            Issue::new(
                Severity::Caution,
                "fewer_folds",
                format!(
                    "Only {} of {rare}, so {USUAL_FOLDS} parts cannot each contain one. Using {parts} parts.",
                    format::counted(fewest, "row")
                ),
            )
            .with_hint("Merge classes, or get more rows of the rare one"),
        );
    } else if fewest < RARE_CLASS_ROWS {
        issues.push(
            Issue::new(
                Severity::Caution,
                "rare_class",
                format!(
                    "Only {} of {rare}: what is learned about it, and the scores for it, are shaky.",
                    format::counted(fewest, "row")
                ),
            )
            .with_hint("Merge classes, or get more rows of the rare one"),
        );
    }
    if metrics::imbalanced(counts) {
        let total: u64 = counts.iter().sum();
        let share = |count: u64| format::share(count as f64 / total.max(1) as f64);
        issues.push(
            Issue::new(
                Severity::Caution,
                "imbalance",
                format!(
                    "{} of the rows are {rare}. Always guessing {common} is right in {} of the rows, so the share right says little.",
                    share(fewest),
                    share(most)
                ),
            )
            .with_hint("Look at the suggested score instead"),
        );
    }
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
