//! Every training that was kept, as a table for other programs: CSV with a row per model, JSON with
//! everything.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::run::{DataVersion, Run};
use crate::base::error::io_error;
use crate::base::{Params, UserError, format};
use crate::clean;
use crate::data::calendar;
use crate::evaluate::{MetricValue, SplitPlan, metrics};
use crate::export::draft::Draft;
use crate::learn;

/// The trainings of a project, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunLog {
    /// The version that wrote the log.
    pub benchtop: String,
    pub runs: Vec<LoggedRun>,
}

/// One training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedRun {
    pub run: u64,
    /// UTC, "2026-03-05T14:30:00Z".
    pub trained_at: String,
    pub app_version: String,
    pub source_name: String,
    /// None where an older version did not keep it.
    pub data: Option<DataVersion>,
    /// Names the data and what was learned from them together.
    pub mark: String,
    pub target: String,
    pub columns: Vec<String>,
    pub steps: Vec<LoggedStep>,
    pub division: String,
    pub split: SplitPlan,
    pub folds: u32,
    pub seed: u64,
    /// A person stopped it before every model was done.
    pub stopped: bool,
    pub models: Vec<LoggedModel>,
    pub failures: Vec<LoggedFailure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedStep {
    pub sentence: String,
    pub operation: String,
    pub params: Params,
    pub enabled: bool,
}

/// One checked model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedModel {
    pub learner: String,
    pub name: String,
    /// Every setting, those left as they were included.
    pub settings: Params,
    pub preparation: Params,
    /// Rows that took part.
    pub rows: u64,
    pub rounds: u64,
    pub headline: String,
    pub scores: BTreeMap<String, MetricValue>,
    pub fit_seconds: f64,
    pub predict_seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedFailure {
    pub learner: String,
    pub what: String,
    pub why: String,
}

/// What was written and read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LogWritten {
    pub runs: u64,
    /// Rows of the CSV, or models of the JSON.
    pub models: u64,
}

impl LogWritten {
    pub fn sentence(self) -> String {
        format!(
            "{} with {}, read back and compared",
            format::counted(self.runs, "training"),
            format::counted(self.models, "model")
        )
    }
}

impl RunLog {
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Self {
        Self {
            benchtop: env!("CARGO_PKG_VERSION").to_owned(),
            runs: runs.into_iter().map(logged).collect(),
        }
    }

    fn models(&self) -> usize {
        self.runs.iter().map(|run| run.models.len()).sum()
    }

    /// The same as text: JSON, indented.
    pub fn to_json(&self) -> Result<String, UserError> {
        serde_json::to_string_pretty(self).map_err(|error| not_written(&error.to_string()))
    }

    /// A row per model, and per model that failed. Numbers read back as the same ones.
    pub fn to_csv(&self) -> String {
        let rows = self.rows();
        let mut text = String::new();
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    /// The cells of the CSV, names first.
    fn rows(&self) -> Vec<Vec<String>> {
        let scored: Vec<&str> = metrics::METRICS
            .iter()
            .map(|metric| metric.id)
            .filter(|id| {
                let mut models = self.runs.iter().flat_map(|run| &run.models);
                models.any(|model| model.scores.contains_key(*id))
            })
            .collect();
        let mut names: Vec<String> = FIXED.iter().map(|name| (*name).to_owned()).collect();
        for id in &scored {
            names.extend([
                (*id).to_owned(),
                format!("{id}_lower"),
                format!("{id}_upper"),
            ]);
        }
        let width = names.len();
        let mut rows = vec![names];
        for run in &self.runs {
            for model in &run.models {
                let mut row = run.cells();
                row.extend(model.cells());
                for id in &scored {
                    match model.scores.get(*id) {
                        Some(value) => row.extend(
                            [value.mean, value.lower, value.upper].map(|number| number.to_string()),
                        ),
                        None => row.extend([String::new(), String::new(), String::new()]),
                    }
                }
                rows.push(row);
            }
            for failure in &run.failures {
                let mut row = run.cells();
                row.push(failure.learner.clone());
                row.push(format!("{}: {}", failure.what, failure.why));
                row.resize(width, String::new());
                rows.push(row);
            }
        }
        rows
    }
}

/// Columns of the CSV before the scores.
static FIXED: &[&str] = &[
    "run",
    "trained_at_utc",
    "benchtop",
    "source",
    "data_hash",
    "data_rows",
    "data_columns",
    "mark",
    "target",
    "columns",
    "steps",
    "division",
    "parts",
    "seed",
    "stopped",
    "learner",
    "failure",
    "settings",
    "preparation",
    "rows",
    "rounds",
    "headline",
    "fit_seconds",
    "predict_seconds",
];

impl LoggedRun {
    /// The cells that all models of the run share.
    fn cells(&self) -> Vec<String> {
        let data = self.data.as_ref();
        let steps: Vec<&str> = self
            .steps
            .iter()
            .filter(|step| step.enabled)
            .map(|step| step.sentence.as_str())
            .collect();
        vec![
            self.run.to_string(),
            self.trained_at.clone(),
            self.app_version.clone(),
            self.source_name.clone(),
            data.map_or_else(String::new, |data| data.content.to_string()),
            data.map_or_else(String::new, |data| data.rows.to_string()),
            data.map_or_else(String::new, |data| data.columns.to_string()),
            self.mark.clone(),
            self.target.clone(),
            self.columns.join("; "),
            steps.join("; "),
            self.division.clone(),
            self.folds.to_string(),
            self.seed.to_string(),
            if self.stopped { "yes" } else { "no" }.to_owned(),
        ]
    }
}

impl LoggedModel {
    fn cells(&self) -> Vec<String> {
        let json = |params: &Params| serde_json::to_string(params).unwrap_or_default();
        vec![
            self.learner.clone(),
            String::new(),
            json(&self.settings),
            json(&self.preparation),
            self.rows.to_string(),
            self.rounds.to_string(),
            self.headline.clone(),
            self.fit_seconds.to_string(),
            self.predict_seconds.to_string(),
        ]
    }
}

fn logged(run: &Run) -> LoggedRun {
    LoggedRun {
        run: run.id.0,
        trained_at: moment(run.trained_at),
        app_version: run.app_version.clone(),
        source_name: run.source_name.clone(),
        data: run.version.clone(),
        mark: run.data.to_string(),
        target: run.plan.target.clone(),
        columns: run.plan.features.clone(),
        steps: run
            .plan
            .steps
            .iter()
            .map(|step| LoggedStep {
                sentence: clean::by_id(&step.operation).map_or_else(
                    |_| step.operation.clone(),
                    |operation| clean::plain(&operation.sentence(&step.params)),
                ),
                operation: step.operation.clone(),
                params: step.params.clone(),
                enabled: step.enabled,
            })
            .collect(),
        division: run.split.sentence(run.folds as usize),
        split: run.split.clone(),
        folds: run.folds,
        seed: run.seed,
        stopped: run.stopped,
        models: run
            .results
            .iter()
            .map(|result| {
                let learner = learn::by_id(&result.learner);
                let complete =
                    |learner: &&dyn learn::Learner| result.params.checked(learner.params()).ok();
                LoggedModel {
                    learner: result.learner.clone(),
                    name: learner.as_ref().map_or_else(
                        |_| result.learner.clone(),
                        |learner| learner.name().to_owned(),
                    ),
                    settings: learner
                        .as_ref()
                        .ok()
                        .and_then(complete)
                        .unwrap_or_else(|| result.params.clone()),
                    preparation: result.preparation.clone(),
                    rows: result.rows,
                    rounds: result.folds.len() as u64,
                    headline: result.headline.clone(),
                    scores: result.scores.clone(),
                    fit_seconds: result.fit_seconds,
                    predict_seconds: result.predict_seconds,
                }
            })
            .collect(),
        failures: run
            .failures
            .iter()
            .map(|(learner, error)| LoggedFailure {
                learner: learner.clone(),
                what: error.what.clone(),
                why: error.why.clone(),
            })
            .collect(),
    }
}

/// "2026-03-05T14:30:00Z".
fn moment(seconds: u64) -> String {
    let days = (seconds / 86_400) as i64;
    let (year, month, day) = calendar::date_from_days(days);
    let of_day = seconds % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        of_day / 3_600,
        of_day / 60 % 60,
        of_day % 60
    )
}

fn not_written(why: &str) -> UserError {
    UserError::failed(
        "log_not_written",
        "The run log was not written",
        why.to_owned(),
    )
}

/// Writes the log as CSV or JSON, by the extension. It is read back and compared before it takes its
/// name.
pub fn write_run_log(log: &RunLog, path: &Path) -> Result<LogWritten, UserError> {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let text = match extension.as_str() {
        "csv" => log.to_csv(),
        "json" => log.to_json()?,
        _ => {
            return Err(UserError::usage(
                "unknown_extension",
                format!("Cannot tell how to write {}", path.display()),
                "The name should end in .csv or .json".to_owned(),
            ));
        }
    };
    let draft = Draft::of(path);
    draft.write(text.as_bytes())?;
    let back = std::fs::read_to_string(draft.path())
        .map_err(|error| io_error("The run log could not be read back", path, &error))?;
    let same = match extension.as_str() {
        "csv" => read_csv(&back).is_some_and(|rows| rows == log.rows()),
        _ => serde_json::from_str::<RunLog>(&back).is_ok_and(|read| read == *log),
    };
    if !same {
        return Err(
            not_written("What was written did not read back as the same trainings").with_hint(
                "This is a fault of Benchtop. Write the log in the other format instead",
            ),
        );
    }
    draft.keep()?;
    Ok(LogWritten {
        runs: log.runs.len() as u64,
        models: log.models() as u64,
    })
}

/// A cell as CSV has it (RFC 4180).
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// The cells of a CSV of our own; None where a quote is not closed.
fn read_csv(text: &str) -> Option<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    let (mut row, mut cell, mut inside) = (Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (inside, letter) {
            (true, '"') if letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            (true, '"') => inside = false,
            (true, other) => cell.push(other),
            (false, '"') => inside = true,
            (false, ',') => row.push(std::mem::take(&mut cell)),
            (false, '\n') => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (false, other) => cell.push(other),
        }
    }
    (!inside && cell.is_empty() && row.is_empty()).then_some(rows)
}
