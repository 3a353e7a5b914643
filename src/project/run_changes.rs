//! What differs between two trainings, and between a training and what is set up now, in words.

use std::collections::BTreeMap;

use super::run::{DataVersion, Run};
use crate::base::{Fingerprint, Params, format};
use crate::clean::{self, Step};
use crate::evaluate::{MetricValue, metrics};
use crate::learn::{self, prepare};
use crate::pipeline::LearningPlan;

/// What a change is about, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    Data,
    Target,
    Steps,
    Columns,
    Division,
    Seed,
    Program,
    Settings,
    Scores,
}

impl Topic {
    pub const ALL: [Self; 9] = [
        Self::Data,
        Self::Target,
        Self::Steps,
        Self::Columns,
        Self::Division,
        Self::Seed,
        Self::Program,
        Self::Settings,
        Self::Scores,
    ];

    /// Sentence case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Target => "What is predicted",
            Self::Steps => "Steps",
            Self::Columns => "Columns learned from",
            Self::Division => "How rows are divided",
            Self::Seed => "Seed",
            Self::Program => "Program",
            Self::Settings => "Settings",
            Self::Scores => "Scores",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub topic: Topic,
    /// One sentence without full stop.
    pub sentence: String,
}

fn change(topic: Topic, sentence: impl Into<String>) -> Change {
    Change {
        topic,
        sentence: sentence.into(),
    }
}

/// What differs from `before` to `after`, by topic. Topics that are not named are the same.
pub fn changes(before: &Run, after: &Run) -> Vec<Change> {
    let mut found = Vec::new();
    data(before, after, &mut found);
    plans(&before.plan, &after.plan, &mut found);
    let divided = |run: &Run| run.split.sentence(run.folds as usize);
    if divided(before) != divided(after) || before.split != after.split {
        found.push(change(
            Topic::Division,
            from_to(&divided(before), &divided(after)),
        ));
    }
    if before.seed != after.seed {
        found.push(change(
            Topic::Seed,
            from_to(&before.seed.to_string(), &after.seed.to_string()),
        ));
    }
    if before.app_version != after.app_version {
        found.push(change(
            Topic::Program,
            from_to(
                &format!("Benchtop {}", before.app_version),
                &format!("Benchtop {}", after.app_version),
            ),
        ));
    }
    settings(before, after, &mut found);
    scores(before, after, &mut found);
    found
}

/// What was changed since a training: in the data, what is predicted, the steps and the columns.
/// `source`: names the table as it is read now.
pub fn what_is_new(
    run: &Run,
    plan: &LearningPlan,
    source: Fingerprint,
    now: Option<(u64, u64)>,
) -> Vec<Change> {
    let mut found = Vec::new();
    if !run.learned_from(source) {
        let then = run
            .version
            .as_ref()
            .map(|version| (version.rows, version.columns));
        found.push(change(
            Topic::Data,
            other_content(&run.source_name, then, now),
        ));
    }
    plans(&run.plan, plan, &mut found);
    found
}

fn from_to(before: &str, after: &str) -> String {
    format!("{before}, then {after}")
}

// ---- data ----

fn data(before: &Run, after: &Run, found: &mut Vec<Change>) {
    if before.source_name != after.source_name {
        found.push(change(
            Topic::Data,
            from_to(&before.source_name, &after.source_name),
        ));
        return;
    }
    let size = |version: &Option<DataVersion>| {
        version
            .as_ref()
            .map(|version| (version.rows, version.columns))
    };
    match same_data(before, after) {
        Some(true) => {}
        Some(false) => {
            let says = other_content(&after.source_name, size(&before.version), size(&after.version));
            found.push(change(Topic::Data, says));
        }
        None => found.push(change(
            Topic::Data,
            "It cannot be told whether the data are the same: an older version of Benchtop did not keep which ones they were",
        )),
    }
}

/// None: it was not kept.
fn same_data(before: &Run, after: &Run) -> Option<bool> {
    match (&before.version, &after.version) {
        (Some(a), Some(b)) => Some(a.source == b.source),
        (Some(a), None) => Some(after.learned_from(a.source)),
        (None, Some(b)) => Some(before.learned_from(b.source)),
        // The mark names data and plan together.
        (None, None) if before.plan == after.plan => Some(before.data == after.data),
        (None, None) => None,
    }
}

fn other_content(name: &str, before: Option<(u64, u64)>, after: Option<(u64, u64)>) -> String {
    let counts = |(rows, columns): (u64, u64)| {
        format!(
            "{} and {}",
            format::counted(rows, "row"),
            format::counted(columns, "column")
        )
    };
    match (before, after) {
        (Some(before), Some(after)) if before != after => format!(
            "{name} has other content: {} before, {} after",
            counts(before),
            counts(after)
        ),
        (Some(_), Some(_)) => {
            format!(
                "{name} has other content, or is read in another way, with as many rows and columns"
            )
        }
        _ => format!("{name} has other content, or is read in another way"),
    }
}

// ---- what is learned ----

fn plans(before: &LearningPlan, after: &LearningPlan, found: &mut Vec<Change>) {
    if before.target != after.target {
        found.push(change(
            Topic::Target,
            from_to(&before.target, &after.target),
        ));
    }
    steps(&before.steps, &after.steps, found);
    let missing = |from: &[String], of: &[String]| -> Vec<String> {
        of.iter()
            .filter(|name| !from.contains(name))
            .cloned()
            .collect()
    };
    let added = missing(&before.features, &after.features);
    let removed = missing(&after.features, &before.features);
    if !added.is_empty() {
        found.push(change(Topic::Columns, format!("Added {}", few(&added))));
    }
    if !removed.is_empty() {
        found.push(change(
            Topic::Columns,
            format!("Left out {}", few(&removed)),
        ));
    }
    if added.is_empty() && removed.is_empty() && before.features != after.features {
        found.push(change(Topic::Columns, "The same ones in another order"));
    }
}

/// At most some names.
fn few(names: &[String]) -> String {
    const MOST: usize = 8;
    if names.len() <= MOST + 1 {
        return format::list(names);
    }
    let shown: Vec<String> = names.iter().take(MOST).cloned().collect();
    format!("{} and {} more", shown.join(", "), names.len() - MOST)
}

fn sentence_of(step: &Step) -> String {
    clean::by_id(&step.operation).map_or_else(
        |_| step.operation.clone(),
        |operation| clean::plain(&operation.sentence(&step.params)),
    )
}

fn steps(before: &[Step], after: &[Step], found: &mut Vec<Change>) {
    let mut say = |sentence: String| found.push(change(Topic::Steps, sentence));
    for step in after {
        let sentence = sentence_of(step);
        match before.iter().find(|old| old.id == step.id) {
            None if step.enabled => say(format!("Added “{sentence}”")),
            None => say(format!("Added, switched off, “{sentence}”")),
            Some(old) => {
                if old.operation != step.operation || old.params != step.params {
                    let earlier = sentence_of(old);
                    if earlier == sentence {
                        say(format!("“{sentence}” has other settings"));
                    } else {
                        say(format!("“{earlier}” became “{sentence}”"));
                    }
                }
                match (old.enabled, step.enabled) {
                    (true, false) => say(format!("Switched off “{sentence}”")),
                    (false, true) => say(format!("Switched on “{sentence}”")),
                    _ => {}
                }
            }
        }
    }
    for step in before {
        if !after.iter().any(|new| new.id == step.id) {
            say(format!("Removed “{}”", sentence_of(step)));
        }
    }
    let kept = |steps: &[Step], others: &[Step]| -> Vec<_> {
        steps
            .iter()
            .map(|step| step.id)
            .filter(|id| others.iter().any(|other| other.id == *id))
            .collect()
    };
    if kept(before, after) != kept(after, before) {
        say("The steps are in another order".to_owned());
    }
}

// ---- settings and scores ----

fn name_of(learner: &str) -> String {
    learn::by_id(learner).map_or_else(|_| learner.to_owned(), |learner| learner.name().to_owned())
}

fn settings(before: &Run, after: &Run, found: &mut Vec<Change>) {
    let of = |run: &Run| {
        run.results
            .first()
            .map(|result| result.preparation.clone())
            .unwrap_or_default()
    };
    for words in params(&of(before), &of(after), prepare::settings()) {
        found.push(change(Topic::Settings, format!("Preparation: {words}")));
    }
    let mut only = |from: &Run, other: &Run, word: &str| {
        let names: Vec<String> = from
            .results
            .iter()
            .filter(|result| other.result(&result.learner).is_none())
            .map(|result| name_of(&result.learner))
            .collect();
        if !names.is_empty() {
            found.push(change(Topic::Settings, format!("{word} {}", few(&names))));
        }
    };
    only(after, before, "Also trained:");
    only(before, after, "No longer trained:");
    for new in &after.results {
        let (Some(old), Ok(learner)) = (before.result(&new.learner), learn::by_id(&new.learner))
        else {
            continue;
        };
        for words in params(&old.params, &new.params, learner.params()) {
            found.push(change(
                Topic::Settings,
                format!("{}: {words}", learner.name()),
            ));
        }
    }
}

/// "Trees 100, then 300".
fn params(before: &Params, after: &Params, specs: &[crate::base::ParamSpec]) -> Vec<String> {
    let complete = |params: &Params| params.checked(specs).unwrap_or_else(|_| params.clone());
    let (before, after) = (complete(before), complete(after));
    specs
        .iter()
        .filter(|spec| before.get(spec.key) != after.get(spec.key))
        .map(|spec| {
            let words = |params: &Params| value_words(spec, params);
            format!(
                "{} {}",
                spec.label,
                from_to(&words(&before), &words(&after))
            )
        })
        .collect()
}

/// A setting as a person reads it.
fn value_words(spec: &crate::base::ParamSpec, params: &Params) -> String {
    use crate::base::{ParamKind, ParamValue};
    match (params.get(spec.key), &spec.kind) {
        (None, _) => "not set".to_owned(),
        (Some(ParamValue::Text(id)), ParamKind::Choice(choices)) => choices
            .iter()
            .find(|(known, _)| known == id)
            .map_or_else(|| id.clone(), |(_, words)| (*words).to_owned()),
        (Some(ParamValue::Bool(on)), _) => if *on { "on" } else { "off" }.to_owned(),
        (Some(ParamValue::Number(value)), _) => format::number(*value, 6),
        (Some(ParamValue::Integer(value)), _) => value.to_string(),
        (Some(ParamValue::Text(text)), _) => text.clone(),
        (Some(ParamValue::List(values)), _) if values.is_empty() => "none".to_owned(),
        (Some(ParamValue::List(values)), _) => values.join(", "),
    }
}

fn scores(before: &Run, after: &Run, found: &mut Vec<Change>) {
    let of: BTreeMap<&str, _> = before
        .results
        .iter()
        .map(|result| (result.learner.as_str(), result))
        .collect();
    for new in &after.results {
        let Some(old) = of.get(new.learner.as_str()) else {
            continue;
        };
        let Some(metric) = metrics::by_id(&new.headline) else {
            continue;
        };
        let (Some(was), Some(is)) = (old.scores.get(metric.id), new.scores.get(metric.id)) else {
            continue;
        };
        let (earlier, later) = (with_range(was), with_range(is));
        // A difference nobody could read is none.
        if mean_words(was) == mean_words(is) {
            continue;
        }
        let better = if metric.is_better(is.mean, was.mean) {
            "better"
        } else {
            "worse"
        };
        let apart = was.upper < is.lower || is.upper < was.lower;
        let sure = if apart {
            better.to_owned()
        } else {
            format!("{better}, but the ranges overlap")
        };
        found.push(change(
            Topic::Scores,
            format!(
                "{}: {} {}, then {}; {sure}",
                name_of(&new.learner),
                metric.technical,
                earlier,
                later
            ),
        ));
    }
}

/// As many decimals as the range justifies.
fn mean_words(value: &MetricValue) -> String {
    format::fixed(
        value.mean,
        format::decimals_for((value.upper - value.lower) / 2.0),
    )
}

/// "0.912 (0.88 to 0.94)".
pub fn with_range(value: &MetricValue) -> String {
    let decimals = format::decimals_for((value.upper - value.lower) / 2.0);
    format!(
        "{} ({} to {})",
        format::fixed(value.mean, decimals),
        format::fixed(value.lower, decimals),
        format::fixed(value.upper, decimals)
    )
}
