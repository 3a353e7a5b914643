//! A Python script that rebuilds the same kind of pipeline in scikit-learn: the same rows, steps,
//! columns, preparation, settings, folds and scores, so that what is found here can be looked at
//! and taken further without Benchtop.
//!
//! The script is meant to be read. What cannot be said in pandas or scikit-learn is refused in
//! words; what is said in another way is a remark in the script. The folds stand in a file beside
//! it, so that both programs check the same rows.

mod learners;
mod preparation;
mod read_back;
mod scores;
mod source;
mod steps;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub use learners::{Likeness, Setting, Translation, translate};
pub use preparation::Shape;
pub use read_back::{Checked, write_python_script};
pub use scores::is_said;

use crate::base::{Params, TaskContext, UserError, format};
use crate::clean::python::text;
use crate::data::Table;
use crate::learn::{self, Task};
use crate::pipeline::{Prepared, prepared_columns};

/// Rounds whose prepared columns are counted: leave-one-out has as many as rows.
const COUNTED_ROUNDS: usize = 10;

static HELPERS: &str = include_str!("helpers.py");

/// Where the rows come from.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// As a person knows it: "penguins.csv".
    pub name: String,
    pub path: PathBuf,
    /// Id of the format it was read with.
    pub format: String,
    pub params: Params,
}

/// The rounds of checking: for each the positions, among the rows that take part, to learn from and
/// to check.
#[derive(Clone, Debug, Default)]
pub struct Rounds {
    pub each: Vec<(Vec<usize>, Vec<usize>)>,
    /// Times the rows were divided anew.
    pub repeats: usize,
    /// All checked rows are scored together.
    pub pooled: bool,
    /// "5 parts, each checked once".
    pub sentence: String,
}

/// One of our own scores.
#[derive(Clone, Debug, PartialEq)]
pub struct OurScore {
    pub id: String,
    /// "share right".
    pub name: String,
    pub mean: f64,
    pub lower: f64,
    pub upper: f64,
    /// One per round.
    pub folds: Vec<f64>,
    /// Of Guessing on the same rows.
    pub guessing: Option<f64>,
}

/// What is to be said in Python.
pub struct ScriptRequest<'a> {
    pub source: SourceFile,
    /// The table as it was read.
    pub table: &'a Table,
    /// Rows of it with an answer that nothing was learned from or checked on.
    pub sealed: u64,
    /// Of the other rows.
    pub prepared: &'a Prepared,
    pub learner: &'a str,
    /// Settings that differ from the learner's own.
    pub params: &'a Params,
    pub preparation: &'a Params,
    pub seed: u64,
    pub rounds: Rounds,
    /// In the order they are to be shown, the headline first.
    pub scores: Vec<OurScore>,
}

/// A script, and the file of folds beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct PythonScript {
    pub text: String,
    /// CSV.
    pub folds: String,
    /// What [`PythonScript::text`] carries of our settings.
    pub settings: Value,
    /// What the script does in another way than Benchtop, a sentence each.
    pub remarks: Vec<String>,
}

/// The file of folds that belongs to a script.
pub fn folds_path(script: &Path) -> PathBuf {
    script.with_extension("folds.csv")
}

/// Writes the script, in memory. Errors: a step or a learner that cannot be said, or a file that is
/// not there to be looked at.
pub fn python_script(
    request: &ScriptRequest<'_>,
    name: &str,
    task: &TaskContext,
) -> Result<PythonScript, UserError> {
    let learner = learn::by_id(request.learner)?;
    let params = request.params.checked(learner.params())?;
    let mut code = Code::default();
    let reader = source::reader(&request.source, request.table, &mut code, task)?;
    let steps = steps::steps(request.table, request.prepared, &mut code, task)?;
    let rows = request.prepared.eligible_rows();
    let options = learn::prepare::PrepareOptions::of(learner, request.preparation, request.seed);
    let columns = prepared_columns(request.prepared, &rows, &options, task)?;
    let shape = preparation::preparation(&columns, &options, &mut code)?;
    let translation = translate(
        request.learner,
        &params,
        &Setting {
            task: request.prepared.task(),
            seed: request.seed,
            shape: &shape,
        },
    )?;
    code.take(&translation);
    let model = preparation::model(&translation, &shape, &options, &mut code)?;
    let metrics = scores::scores(request.prepared.task(), &request.scores);
    let settings = settings(request, &params, &rows, task)?;
    let page = Page {
        request,
        learner: learner.name(),
        name,
        settings: &settings,
        reader: &reader,
        steps: &steps,
        preparation: &shape,
        model: &model,
        metrics: &metrics,
    };
    Ok(PythonScript {
        text: page.text(&code),
        folds: folds_csv(&rows, &request.rounds),
        settings,
        remarks: code.remarks,
    })
}

/// What parts of a script need: imports, helpers, remarks.
#[derive(Default)]
struct Code {
    imports: BTreeSet<String>,
    helpers: BTreeSet<String>,
    remarks: Vec<String>,
}

impl Code {
    fn import(&mut self, module: &str, name: &str) {
        self.imports.insert(format!("from {module} import {name}"));
    }

    fn helper(&mut self, name: &str) {
        self.helpers.insert(name.to_owned());
    }

    fn remark(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.remarks.contains(&sentence) {
            self.remarks.push(sentence);
        }
    }

    fn take(&mut self, translation: &Translation) {
        for (module, name) in &translation.imports {
            self.import(module, name);
        }
        for helper in &translation.helpers {
            self.helper(helper);
        }
        for remark in &translation.remarks {
            self.remark(remark.clone());
        }
    }

    /// The helpers that are named in `body`, and those they need, in their order.
    fn helpers_for(&self, body: &str) -> Vec<&'static str> {
        let blocks: Vec<(&str, &str)> = HELPERS
            .split("#: ")
            .skip(1)
            .filter_map(|block| block.split_once('\n'))
            .collect();
        let mut wanted = self.helpers.clone();
        for (head, _) in &blocks {
            let name = head.split_whitespace().next().unwrap_or_default();
            if body.contains(&format!("{name}(")) {
                wanted.insert(name.to_owned());
                wanted.extend(head.split_whitespace().skip(2).map(str::to_owned));
            }
        }
        blocks
            .into_iter()
            .filter(|(head, _)| {
                let name = head.split_whitespace().next().unwrap_or_default();
                wanted.contains(name)
            })
            .map(|(_, block)| block.trim())
            .collect()
    }
}

/// Everything of ours that the script is made from.
fn settings(
    request: &ScriptRequest<'_>,
    params: &Params,
    rows: &[u32],
    task: &TaskContext,
) -> Result<Value, UserError> {
    let learner = learn::by_id(request.learner)?;
    let options = learn::prepare::PrepareOptions::of(learner, request.preparation, request.seed);
    let mut columns = Vec::new();
    for (learn, _) in request.rounds.each.iter().take(COUNTED_ROUNDS) {
        task.check()?;
        let ids: Vec<u32> = learn
            .iter()
            .filter_map(|&position| rows.get(position).copied())
            .collect();
        columns.push(prepared_columns(request.prepared, &ids, &options, task)?.width);
    }
    let plan = request.prepared.plan();
    let scores: serde_json::Map<String, Value> = request
        .scores
        .iter()
        .map(|score| {
            (
                score.id.clone(),
                json!({
                    "name": score.name,
                    "mean": score.mean,
                    "lower": score.lower,
                    "upper": score.upper,
                    "folds": score.folds,
                    "guessing": score.guessing,
                }),
            )
        })
        .collect();
    Ok(json!({
        "benchtop": env!("CARGO_PKG_VERSION"),
        "source": request.source.name,
        "data": request.table.fingerprint().to_string(),
        "target": plan.target,
        "classes": request.prepared.class_names(),
        "features": plan.features,
        "steps": plan.steps,
        "learner": request.learner,
        "settings": params,
        "preparation": request.preparation,
        "seed": request.seed,
        "split": request.rounds.sentence,
        "rows": rows.len(),
        "sealed": request.sealed,
        "source_rows": request.table.rows(),
        "learned_from": request.rounds.each.iter().take(COUNTED_ROUNDS)
            .map(|(learn, _)| learn.len()).collect::<Vec<_>>(),
        "checked": request.rounds.each.iter().take(COUNTED_ROUNDS)
            .map(|(_, check)| check.len()).collect::<Vec<_>>(),
        "prepared_columns": columns,
        "scores": scores,
    }))
}

/// Row numbers of the file, counted from 1, and the part of each; blank is never checked. Where what
/// is learned from is not simply all the rest, a column per round.
fn folds_csv(rows: &[u32], rounds: &Rounds) -> String {
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    if rounds.are_parts(rows.len()) {
        let each = (rounds.each.len() / rounds.repeats.max(1)).max(1);
        for (repeat, of_repeat) in rounds.each.chunks(each).enumerate() {
            let mut parts = vec![String::new(); rows.len()];
            for (part, (_, check)) in of_repeat.iter().enumerate() {
                for &position in check {
                    if let Some(place) = parts.get_mut(position) {
                        *place = (part + 1).to_string();
                    }
                }
            }
            columns.push((format!("part_{}", repeat + 1), parts));
        }
    } else {
        for (round, (learn, check)) in rounds.each.iter().enumerate() {
            let mut says = vec![String::new(); rows.len()];
            for (positions, word) in [(learn, "learn"), (check, "check")] {
                for &position in positions {
                    if let Some(place) = says.get_mut(position) {
                        word.clone_into(place);
                    }
                }
            }
            columns.push((format!("round_{}", round + 1), says));
        }
    }
    let mut csv = String::from("row");
    for (name, _) in &columns {
        csv.push(',');
        csv.push_str(name);
    }
    csv.push('\n');
    for (place, row) in rows.iter().enumerate() {
        csv.push_str(&(u64::from(*row) + 1).to_string());
        for (_, values) in &columns {
            csv.push(',');
            csv.push_str(values.get(place).map_or("", String::as_str));
        }
        csv.push('\n');
    }
    csv
}

impl Rounds {
    /// In every round all rows that are not checked are learned from.
    fn are_parts(&self, rows: usize) -> bool {
        self.each
            .iter()
            .all(|(learn, check)| learn.len() + check.len() == rows)
    }
}

/// All parts of a script, ready to be put together.
struct Page<'a> {
    request: &'a ScriptRequest<'a>,
    learner: &'a str,
    /// File name of the script.
    name: &'a str,
    settings: &'a Value,
    reader: &'a str,
    steps: &'a steps::Steps,
    preparation: &'a preparation::Shape,
    model: &'a str,
    metrics: &'a scores::Scores,
}

impl Page<'_> {
    fn text(&self, code: &Code) -> String {
        let body = self.body();
        let helpers = code.helpers_for(&body).join("\n\n\n");
        let helpers = if helpers.is_empty() {
            String::new()
        } else {
            format!("{helpers}\n\n\n")
        };
        let mut plain = vec!["import argparse", "import json", "import sys"];
        if helpers.contains("re.match") {
            plain.push("import re");
        }
        plain.push("import warnings");
        plain.sort_unstable();
        let all = format!("{helpers}{body}");
        let mut imports = code.imports.clone();
        for (module, name) in ALWAYS {
            imports.insert(format!("from {module} import {name}"));
        }
        let (apart, imports): (Vec<String>, Vec<String>) = imports
            .into_iter()
            .filter(|line| {
                let name = line.rsplit(' ').next().unwrap_or_default();
                names(&all, name)
            })
            .partition(|line| line.starts_with("from interpret"));
        let mut imports = imports.join("\n");
        for line in apart {
            imports.push_str(&format!(
                "\n\ntry:\n    {line}\nexcept ImportError:\n    sys.exit(\"This model comes from the package interpret. Install it with: pip install interpret\")"
            ));
        }
        format!(
            "#!/usr/bin/env python3\n{}\n{}\nfrom pathlib import Path\n\nimport numpy as np\nimport pandas as pd\n{}\n\n# What Benchtop was told, and what it found.\nSETTINGS = json.loads(r\"\"\"\n{}\n\"\"\")\n\n\n{helpers}{body}",
            self.opening(code),
            plain.join("\n"),
            imports,
            spread(self.settings, 0),
        )
    }

    fn opening(&self, code: &Code) -> String {
        let plan = self.request.prepared.plan();
        let script = self.name;
        let folds = folds_path(Path::new(script));
        let mut text = format!(
            "\"\"\"{} for {}, rebuilt in scikit-learn.\n\nWritten by Benchtop {} from {}. It reads the same rows, takes the same steps and checks\nthe same parts of the rows, which {} beside this script names. The model is of\nthe same kind with the same settings, not the same to the last bit: where Benchtop and scikit-learn\ndraw by lot or solve step by step, they do so in their own ways.\n",
            self.learner,
            one_line(&plan.target),
            env!("CARGO_PKG_VERSION"),
            one_line(&self.request.source.name),
            folds.display(),
        );
        if !code.remarks.is_empty() {
            text.push_str("\nWhat is done in another way here:\n");
            for remark in &code.remarks {
                text.push_str(&format!("- {}\n", one_line(remark)));
            }
        }
        text.push_str(&format!(
            "\n    python3 {script} {}\n\nIt needs Python 3.10, pandas 2.2 and scikit-learn 1.8, or later ones.\n\"\"\"",
            one_line(&self.request.source.name)
        ));
        text
    }

    fn body(&self) -> String {
        let task = self.request.prepared.task();
        let target = &self.request.prepared.plan().target;
        let mut parts = vec![
            format!("TARGET = {}", text(target)),
            features(&self.request.prepared.plan().features, self.preparation),
        ];
        parts.push(String::new());
        let mut text = parts.join("\n");
        text.push_str("\n\n");
        text.push_str(self.reader);
        text.push_str("\n\n\n");
        text.push_str(&self.steps.functions);
        text.push_str(&self.table());
        text.push_str("\n\n\n");
        text.push_str(&answers(task));
        text.push_str("\n\n\n");
        text.push_str(&self.preparation.as_features());
        text.push_str("\n\n\n");
        text.push_str(&self.pipeline());
        text.push_str("\n\n\n");
        text.push_str(&self.metrics.function);
        text.push_str("\n\n\n");
        text.push_str(include_str!("main.py").trim());
        text.push('\n');
        let rounds = &self.request.rounds;
        let pooled = rounds.pooled && rounds.each.len() > 1;
        text.replace("__MEANS__", if pooled { POOLED } else { BY_ROUND }.trim())
            .replace(
                "__GUESSING__",
                match task {
                    Task::Classes { .. } => "DummyClassifier(strategy=\"prior\")",
                    Task::Number => "DummyRegressor(strategy=\"mean\")",
                },
            )
            .replace(
                "__METHOD__",
                if task.is_classes() {
                    "predict_proba"
                } else {
                    "predict"
                },
            )
    }

    /// From the file to the rows that take part.
    fn table(&self) -> String {
        let steps = &self.steps;
        let mut text = String::from(
            "def rows_and_answers(path):\n    \"\"\"The columns of the rows that take part, in their order, and what is to be predicted.\"\"\"\n    data = read_data(path)\n    data.index = np.arange(1, len(data) + 1)  # the number of the row in the file\n",
        );
        if steps.before == steps.plain {
            text.push_str(&calls(&steps.plain));
            text.push_str("    data = data[data[TARGET].notna()]\n");
        } else {
            text.push_str("    # Rows are chosen, and answers read, before anything learned fills them.\n    before = data\n");
            text.push_str(&calls(&steps.plain));
            text.push_str("    chosen = data[data[TARGET].notna()]\n    data = before\n");
            text.push_str(&calls(&steps.before));
            text.push_str("    data = data.loc[chosen.index].assign(**{TARGET: chosen[TARGET]})\n");
        }
        text.push_str("    return data, answers(data[TARGET])");
        text
    }

    fn pipeline(&self) -> String {
        let mut entries: Vec<String> = self.steps.in_pipeline.clone();
        entries.push("(\"columns\", FunctionTransformer(as_features))".to_owned());
        entries.push(format!(
            "(\"preparation\", {})",
            indented(&self.preparation.transformer, 8)
        ));
        entries.extend(self.preparation.selection.clone());
        entries.push(format!("(\"model\", {})", indented(self.model, 8)));
        format!(
            "def pipeline():\n    \"\"\"Everything that learns from rows, so that rows that are checked are never learned from.\"\"\"\n    return Pipeline([\n        {},\n    ])",
            entries.join(",\n        ")
        )
    }
}

/// Scores of all checked rows together, where a round says too little.
static POOLED: &str = r#"
    """The scores of all checked rows together, because one round says too little."""
    predicted = cross_val_predict(model, X, y, cv=rounds, method="__METHOD__")
    return {name: (value, [value]) for name, value in scores_of(predicted, y).items()}
"#;

static BY_ROUND: &str = r#"
    """The scores of every round, and their mean over the rounds in which they are defined."""
    found = cross_validate(model, X, y, cv=rounds, scoring=scores, error_score="raise")
    each = {name[len("test_"):]: values for name, values in found.items() if name.startswith("test_")}
    return {name: (np.nanmean(values) if np.isfinite(values).any() else np.nan, list(values)) for name, values in each.items()}
"#;

/// Imported where they are used.
const ALWAYS: &[(&str, &str)] = &[
    ("sklearn.base", "BaseEstimator"),
    ("sklearn.base", "ClassifierMixin"),
    ("sklearn.base", "TransformerMixin"),
    ("sklearn.base", "clone"),
    ("sklearn", "metrics"),
    ("sklearn.dummy", "DummyClassifier"),
    ("sklearn.dummy", "DummyRegressor"),
    ("sklearn.model_selection", "cross_validate"),
    ("sklearn.model_selection", "cross_val_predict"),
    ("sklearn.pipeline", "Pipeline"),
    ("sklearn.pipeline", "make_pipeline"),
    ("sklearn.preprocessing", "FunctionTransformer"),
    ("sklearn.utils.class_weight", "compute_sample_weight"),
];

/// Whether a word occurs on its own.
fn names(code: &str, word: &str) -> bool {
    let part = |letter: Option<char>| letter.is_some_and(|l| l.is_alphanumeric() || l == '_');
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        let after = code
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        !part(before) && !part(after)
    })
}

fn calls(steps: &[String]) -> String {
    steps
        .iter()
        .map(|name| format!("    data = {name}(data)\n"))
        .collect()
}

/// The columns by how they are read.
fn features(all: &[String], shape: &preparation::Shape) -> String {
    let kinds = [("TEXTS", &shape.texts), ("LONG_TEXTS", &shape.long_texts)];
    let mut text = wrapped("FEATURES", all);
    for (name, columns) in kinds {
        text.push('\n');
        text.push_str(&wrapped(name, columns));
    }
    text
}

/// A list of texts over as many lines as it needs.
fn wrapped(name: &str, values: &[String]) -> String {
    let mut lines = vec![format!("{name} = [")];
    for value in values {
        let word = format!("{},", text(value));
        match lines.last_mut() {
            Some(last) if lines_fit(last, &word) && last.starts_with(' ') => {
                last.push(' ');
                last.push_str(&word);
            }
            _ => lines.push(format!("    {word}")),
        }
    }
    if values.is_empty() {
        return format!("{name} = []");
    }
    lines.push("]".to_owned());
    lines.join("\n")
}

fn lines_fit(line: &str, word: &str) -> bool {
    line.chars().count() + word.chars().count() < 98
}

fn answers(task: &Task) -> String {
    match task {
        Task::Number => "def answers(column):\n    \"\"\"The numbers to be predicted.\"\"\"\n    return column.to_numpy(dtype=float)".to_owned(),
        Task::Classes { .. } => "def answers(column):\n    \"\"\"The class of each row: its place among SETTINGS[\"classes\"].\"\"\"\n    if pd.api.types.is_bool_dtype(column.dtype):\n        column = column.map({True: \"yes\", False: \"no\"})\n    elif pd.api.types.is_numeric_dtype(column.dtype):\n        column = column.map(lambda value: str(int(value)))\n    places = {name: place for place, name in enumerate(SETTINGS[\"classes\"])}\n    return column.map(places).to_numpy(dtype=int)".to_owned(),
    }
}

/// Code of several lines, moved to the right but for its first line.
fn indented(code: &str, by: usize) -> String {
    code.replace('\n', &format!("\n{}", " ".repeat(by)))
}

/// JSON with a line per entry, and lists of numbers or words on one line.
fn spread(value: &Value, depth: usize) -> String {
    let inner = "  ".repeat(depth + 1);
    let outer = "  ".repeat(depth);
    match value {
        Value::Object(map) if !map.is_empty() => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    let key = Value::String(key.clone());
                    format!("{inner}{key}: {}", spread(value, depth + 1))
                })
                .collect();
            format!("{{\n{}\n{outer}}}", entries.join(",\n"))
        }
        Value::Array(values)
            if values
                .iter()
                .any(|value| value.is_object() || value.is_array()) =>
        {
            let entries: Vec<String> = values
                .iter()
                .map(|value| format!("{inner}{}", spread(value, depth + 1)))
                .collect();
            format!("[\n{}\n{outer}]", entries.join(",\n"))
        }
        plain => plain.to_string(),
    }
}

/// Nothing in it can end a comment or a text of several lines.
fn one_line(text: &str) -> String {
    format::shorten(
        &text
            .replace(['\n', '\r'], " ")
            .replace('\\', "/")
            .replace("\"\"\"", "'''"),
        400,
    )
}
