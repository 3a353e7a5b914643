//! `benchtop run PROJECT [--data FILE] [--retrain] [--export DIR] [--log OUT]`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::args::RunArguments;
use super::chart::{Picture, draw};
use super::console::{Context, Report, file_name, not_the_same};
use super::profile::profiles_of;
use super::sealing::{self, Kept};
use super::steps;
use super::train::{Answers, NOT_SAID, answers_of, note_finding};
use super::training::{self, Choice, How, Trained};
use crate::base::error::io_error;
use crate::base::{UserError, format};
use crate::chart::Channel;
use crate::clean::{self, LearnFrom, RecipeRun};
use crate::data::{ColumnRole, Table};
use crate::evaluate::{Finding, preflight, seal};
use crate::export::draft::Draft;
use crate::export::lightgbm_text::columns_path;
use crate::export::{self, MODEL_EXTENSION};
use crate::formats;
use crate::pipeline::{FittedPipeline, LearningPlan, check_input};
use crate::project::document::TableRecipe;
use crate::project::file::{self, Contents};
use crate::project::run_log::LogWritten;
use crate::project::{Place, Run, RunLog, samples, write_run_log};

pub fn run(arguments: &RunArguments, context: &Context) -> Result<Report, UserError> {
    let contents = file::load(&arguments.project)?;
    if contents.document.is_empty() {
        return Err(UserError::input(
            "empty_project",
            "There is nothing to repeat",
            "The project holds no table",
        )
        .with_path(&arguments.project));
    }
    let log = match &arguments.log {
        Some(path) => Some((path, write_log(&contents, &arguments.project, path)?)),
        None => None,
    };
    let mut folder = arguments.export.as_deref().map(Folder::new).transpose()?;
    let replaced = arguments
        .data
        .as_deref()
        .and_then(|data| table_for(&contents, data))
        .map(|table| table.id);
    let mut tables = Vec::new();
    let mut texts = Vec::new();
    let mut failure = None;
    for recipe in &contents.document.tables {
        let data = (replaced == Some(recipe.id))
            .then_some(arguments.data.as_deref())
            .flatten();
        let outcome = Repeat {
            recipe,
            contents: &contents,
            arguments,
            context,
        }
        .run(data, folder.as_mut());
        match outcome {
            Ok((json, text, problem)) => {
                tables.push(json);
                texts.push(text);
                failure = failure.or(problem);
            }
            Err(error) if error.is_cancelled() => return Err(error),
            // One table's failure does not cost the others.
            Err(error) => {
                tables.push(json!({ "name": recipe.name, "error": error }));
                texts.push(format!("{}: {}", recipe.name, error.what));
                failure = failure.or(Some(error));
            }
        }
    }
    let files = folder.map(|folder| folder.written).unwrap_or_default();
    let mut json = json!({ "project": arguments.project, "tables": tables, "files": files });
    if let Some((path, written)) = log {
        json["log"] = json!({ "path": path, "written": written });
        texts.push(format!(
            "Wrote {}: {}.",
            file_name(path),
            written.sentence()
        ));
    }
    Ok(Report {
        json,
        text: texts.join("\n\n"),
        failure,
    })
}

/// Every training the project keeps.
fn write_log(contents: &Contents, project: &Path, path: &Path) -> Result<LogWritten, UserError> {
    not_the_same(project, path)?;
    if contents.runs.is_empty() {
        return Err(UserError::input(
            "no_trainings",
            "There is no run log to write",
            "The project keeps no training",
        )
        .with_hint("Train in the window and save the project; benchtop train keeps nothing")
        .with_path(project));
    }
    let runs = contents.runs.iter().map(AsRef::as_ref);
    write_run_log(&RunLog::of(runs), path)
}

/// The table new data is meant for: the one whose file has the same name, otherwise the first that
/// predicts something, otherwise the first.
pub fn table_for<'a>(contents: &'a Contents, data: &Path) -> Option<&'a Arc<TableRecipe>> {
    let tables = &contents.document.tables;
    let name = file_name(data);
    tables
        .iter()
        .find(|table| table.source.name() == name)
        .or_else(|| tables.iter().find(|table| table.model.target.is_some()))
        .or_else(|| tables.first())
}

struct Repeat<'a> {
    recipe: &'a Arc<TableRecipe>,
    contents: &'a Contents,
    arguments: &'a RunArguments,
    context: &'a Context,
}

type Told = (Value, String, Option<UserError>);
/// The recommended model with its name, where one is recommended.
type Fit = Option<(String, FittedPipeline)>;

/// Which ways there are to answer a Stop of data that came after the project was made.
fn how_to_answer_again(stop: &Finding) -> String {
    let told = match stop.columns.as_slice() {
        [] => format!("--accept {}", stop.code),
        columns => {
            let known: Vec<String> = columns
                .iter()
                .map(|column| format!("--know {column}"))
                .collect();
            known.join(" ")
        }
    };
    format!("Open the project and answer it there, or answer it with {told}")
}

impl Repeat<'_> {
    fn run(&self, data: Option<&Path>, folder: Option<&mut Folder>) -> Result<Told, UserError> {
        let recipe = self.recipe;
        let (source, source_name) = self.read(data)?;
        let run = clean::run_recipe(
            &source,
            &recipe.steps,
            LearnFrom::All,
            &self.context.task.part(),
        )?;
        let (steps, mut text, failure) = self.tell_steps(&run, &source, &source_name);
        let mut json = Map::new();
        json.insert("name".to_owned(), json!(recipe.name));
        json.insert("source".to_owned(), json!(source_name));
        json.insert("rows_read".to_owned(), json!(source.rows()));
        json.insert("rows".to_owned(), json!(run.table.rows()));
        json.insert("columns".to_owned(), json!(run.table.schema().names()));
        json.insert("steps".to_owned(), json!(steps));
        let mut models: Vec<(String, Arc<FittedPipeline>)> = self.kept_models();
        if self.arguments.retrain
            && let Some(target) = &recipe.model.target
        {
            let opened = data.is_none() && self.is_opened(target);
            let (kept, trained, fitted) = self.train(&source, target, &source_name, opened)?;
            let opened = if opened {
                " They were opened already."
            } else {
                ""
            };
            text.push_str(&format!(
                "\n\n{}.{opened}\n{}",
                kept.sentence(),
                trained.to_text()
            ));
            json.insert("seal".to_owned(), kept.to_json());
            let moment = recipe.model.moment.as_deref().unwrap_or(NOT_SAID);
            json.insert("moment".to_owned(), json!(moment));
            json.insert("target".to_owned(), json!(target));
            json.insert("training".to_owned(), Value::Object(trained.to_json()));
            if let Some(recorded) = self.recorded() {
                let compared = compare_with(recorded, &trained);
                text.push_str(&format!("\n{}", compared.1));
                json.insert("recorded".to_owned(), compared.0);
            }
            models = fitted
                .into_iter()
                .map(|(name, model)| (name, Arc::new(model)))
                .collect();
        }
        if let Some(folder) = folder {
            let before = folder.written.len();
            self.export(folder, &source, &run.table, &models)?;
            for path in folder.written.iter().skip(before) {
                text.push_str(&format!("\n  wrote {}", path.display()));
            }
        }
        Ok((Value::Object(json), text, failure))
    }

    /// The source table: the file given, otherwise the one recorded, otherwise the copy inside the
    /// project.
    fn read(&self, data: Option<&Path>) -> Result<(Table, String), UserError> {
        let source = &self.recipe.source;
        let embedded = self.contents.embedded.get(&self.recipe.id);
        let context = self.context;
        let recorded = |path: &Path| {
            let format = Some(source.format.as_str()).filter(|format| !format.is_empty());
            let (table, _) = context.read_as(path, format, &source.params)?;
            Ok((table, file_name(path)))
        };
        match (data, &source.place, embedded) {
            (Some(path), _, _) => Ok((context.read_like(source, path)?, file_name(path))),
            (None, Place::File { path }, _) if path.exists() => recorded(path),
            (None, Place::Sample { name }, _) => recorded(&samples::extract(name)?),
            (None, _, Some(copy)) => Ok((context.read_table(copy)?.0, file_name(copy))),
            (None, Place::File { path }, None) => Err(UserError::input(
                "file_not_found",
                format!("The file of {} is not there", self.recipe.name),
                "The project was made with it, and does not carry a copy",
            )
            .with_hint("Give the file with --data")
            .with_path(path)),
            (None, Place::Pasted { .. }, None) => Err(UserError::input(
                "file_not_found",
                format!(
                    "The pasted table {} is not in the project",
                    self.recipe.name
                ),
                "Pasted tables are kept inside the project when it is saved",
            )
            .with_hint("Save the project again on the computer it was made on")),
        }
    }

    fn tell_steps(
        &self,
        run: &RecipeRun,
        source: &Table,
        source_name: &str,
    ) -> (Vec<Value>, String, Option<UserError>) {
        let text = format!(
            "{} ({source_name}): {} read, {} and {} after the steps",
            self.recipe.name,
            format::counted(source.rows() as u64, "row"),
            format::counted(run.table.rows() as u64, "row"),
            format::counted(run.table.width() as u64, "column"),
        );
        let told = steps::tell(&self.recipe.steps, run);
        (told.json, text + &told.text, told.failure)
    }

    /// Models of the project that were trained on this table, or came from a file.
    fn kept_models(&self) -> Vec<(String, Arc<FittedPipeline>)> {
        let of_this_table = |run: Option<crate::base::ids::ModelId>| match run {
            None => self.contents.document.tables.len() == 1,
            Some(id) => self
                .contents
                .runs
                .iter()
                .any(|run| run.id == id && run.table == self.recipe.id),
        };
        self.contents
            .models
            .iter()
            .filter(|model| of_this_table(model.run))
            .map(|model| (model.name.clone(), model.pipeline.clone()))
            .collect()
    }

    /// The latest training of this table that the project keeps.
    fn recorded(&self) -> Option<&Arc<Run>> {
        self.contents
            .runs
            .iter()
            .rfind(|run| run.table == self.recipe.id)
    }

    /// The sealed rows of the data that the project recorded were opened.
    fn is_opened(&self, target: &str) -> bool {
        self.contents.openings.iter().any(|opening| {
            opening.table == self.recipe.id
                && opening.target == target
                && opening.content == self.recipe.source.content
        })
    }

    /// Trains as the project is set up, and fits the recommended model: on all rows where the
    /// sealed ones are open or there are none.
    fn train(
        &self,
        source: &Table,
        target: &str,
        source_name: &str,
        opened: bool,
    ) -> Result<(Kept, Trained, Fit), UserError> {
        let setup = &self.recipe.model;
        let seal = setup.seal.clone().filter(|seal| seal.answer == target);
        let kept = sealing::keep_apart(source, &self.recipe.steps, seal, self.context)?;
        let part = self.context.task.part();
        let cleaned =
            clean::run_recipe(&kept.practice, &self.recipe.steps, LearnFrom::All, &part)?.table;
        let cleaned = &cleaned;
        let profiles = profiles_of(cleaned, self.context)?;
        let before = preflight(cleaned, target, &profiles, &self.context.task.part())?;
        let used = |name: &str, advised: bool| {
            let by_role = self
                .recipe
                .roles
                .get(name)
                .map(|role| *role == ColumnRole::Learn);
            setup
                .features
                .get(name)
                .copied()
                .or(by_role)
                .unwrap_or(advised)
        };
        let plan = LearningPlan {
            target: target.to_owned(),
            features: before
                .features
                .iter()
                .filter(|feature| used(&feature.name, feature.ticked))
                .map(|feature| feature.name.clone())
                .collect(),
            steps: self.recipe.steps.clone(),
        };
        let (mut known, mut accepted) = (
            self.arguments.known.clone(),
            self.arguments.accepted.clone(),
        );
        if self.contents.document.tables.len() > 1 {
            // An answer is meant for the table it fits.
            let name = |text: &str| {
                text.split_once('=')
                    .map_or(text.to_owned(), |(n, _)| n.to_owned())
            };
            let schema = cleaned.schema();
            known.retain(|text| schema.get(text).is_some() || schema.get(&name(text)).is_some());
            accepted.retain(|text| before.findings.iter().any(|found| found.code == name(text)));
        }
        let said = Answers {
            known: &known,
            accepted: &accepted,
        };
        let answers = answers_of(&said, Some(self.recipe), &before, cleaned)?;
        for finding in before.open(&plan.features, &answers) {
            note_finding(finding, setup.moment.as_deref(), self.context);
        }
        before.allow_training(&plan.features, &answers, how_to_answer_again)?;
        let choices = training::suited_learners(&before.task, before.lowest)
            .into_iter()
            .map(|learner| learner.id())
            .filter(|learner| setup.is_ticked(learner))
            .map(|learner| Choice {
                params: setup.learner_params(learner),
                learner: learner.to_owned(),
            })
            .collect();
        let choices = training::with_yardsticks(&before.task, choices);
        let how = How {
            preparation: setup.preparation.clone(),
            folds: setup.folds,
            seed: setup.seed,
            split: setup.split.clone(),
            sealed: if opened { 0 } else { kept.count() },
            moment: setup.moment.clone(),
        };
        let seconds = setup.minutes.map(|minutes| minutes * 60.0);
        let budget = seconds.map(crate::evaluate::budget::Budget::Seconds);
        let trained =
            training::train_within(&kept.practice, &plan, &choices, &how, budget, self.context)?;
        let rows = if opened { source } else { &kept.practice };
        let fitted = match &trained.comparison.recommended {
            Some(learner) => Some((
                training::name_of(learner),
                trained.fit(rows, &plan, learner, &how, source_name, self.context)?,
            )),
            None => None,
        };
        Ok((kept, trained, fitted))
    }

    /// The rows of a chart: without the sealed ones where it shows what is to be predicted.
    fn shown_in_charts(&self, source: &Table, cleaned: &Table) -> Result<Table, UserError> {
        let setup = &self.recipe.model;
        let target = setup.target.as_deref();
        let chart = &self.recipe.chart;
        let shows = Channel::ALL
            .iter()
            .any(|channel| target.is_some() && chart.get(*channel) == target);
        let seal = setup
            .seal
            .as_ref()
            .filter(|seal| Some(seal.answer.as_str()) == target);
        match (seal, target) {
            (Some(seal), Some(target)) if shows && !self.is_opened(target) => {
                let part = self.context.task.part();
                seal::divide(source, &self.recipe.steps, seal, &part)?.practice(cleaned)
            }
            _ => Ok(cleaned.clone()),
        }
    }

    fn export(
        &self,
        folder: &mut Folder,
        source: &Table,
        cleaned: &Table,
        models: &[(String, Arc<FittedPipeline>)],
    ) -> Result<(), UserError> {
        let name = &self.recipe.name;
        let task = &self.context.task;
        let path = folder.path(name, "csv");
        formats::write(cleaned, &path, task)?;
        folder.written.push(path);
        if !self.recipe.chart.is_empty() {
            let shown = self.shown_in_charts(source, cleaned)?;
            let drawn = draw(&shown, &self.recipe.chart, Picture::Svg, &task.part())?;
            let path = folder.path(&format!("{name} chart"), "svg");
            let draft = Draft::of(&path);
            draft.write(&drawn.bytes)?;
            draft.keep()?;
            folder.written.push(path);
        }
        for (model_name, model) in models {
            if !check_input(&model.inputs, source.schema()).usable {
                self.context.note(&format!(
                    "{model_name} is not exported: the columns of the data do not fit it"
                ));
                continue;
            }
            let path = folder.path(&format!("{name} {model_name}"), MODEL_EXTENSION);
            export::save_model(model, &path, source, task)?;
            folder.written.push(path);
            let path = folder.path(&format!("{name} {model_name}"), "onnx");
            match export::export_onnx(model, source, &path, task) {
                Ok(_) => folder.written.push(path),
                Err(error) if error.is_cancelled() => return Err(error),
                // Some steps have no counterpart in ONNX; the model file works all the same.
                Err(error) => self
                    .context
                    .note(&format!("{model_name} is not written as ONNX: {error}")),
            }
            if model.model.trees().is_some() {
                let path = folder.path(&format!("{name} {model_name} lightgbm"), "txt");
                match export::export_lightgbm(model, source, &path, task) {
                    Ok(_) => {
                        folder.written.push(columns_path(&path));
                        folder.written.push(path);
                    }
                    Err(error) if error.is_cancelled() => return Err(error),
                    // Steps and prepared columns are more than the format holds.
                    Err(error) => self.context.note(&format!(
                        "{model_name} is not written as LightGBM text: {error}"
                    )),
                }
            }
            let path = folder.path(&format!("{name} {model_name} predictions"), "csv");
            let predictions = model.predict_table(source, &task.part())?;
            export::write_predictions(source, &predictions, &path, true, task)?;
            folder.written.push(path);
        }
        Ok(())
    }
}

/// Where exports go; no two get the same name.
struct Folder {
    path: PathBuf,
    names: BTreeSet<String>,
    written: Vec<PathBuf>,
}

impl Folder {
    fn new(path: &Path) -> Result<Self, UserError> {
        std::fs::create_dir_all(path)
            .map_err(|error| io_error("The folder could not be made", path, &error))?;
        Ok(Self {
            path: path.to_path_buf(),
            names: BTreeSet::new(),
            written: Vec::new(),
        })
    }

    fn path(&mut self, name: &str, extension: &str) -> PathBuf {
        let stem: String = name
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || c == '_' || c == '-' {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        let mut full = format!("{stem}.{extension}");
        let mut number = 2;
        while !self.names.insert(full.to_lowercase()) {
            full = format!("{stem}-{number}.{extension}");
            number += 1;
        }
        self.path.join(full)
    }
}

/// How the scores compare with those the project kept.
fn compare_with(recorded: &Run, trained: &Trained) -> (Value, String) {
    let mut learners = Map::new();
    let mut largest = 0.0f64;
    for kept in &recorded.results {
        let Some(now) = trained.result(&kept.learner) else {
            continue;
        };
        let (Some(before), Some(after)) = (
            kept.scores.get(trained.metric.id),
            now.scores.get(trained.metric.id),
        ) else {
            continue;
        };
        largest = largest.max((after.mean - before.mean).abs());
        learners.insert(
            kept.learner.clone(),
            json!({ "before": before.mean, "now": after.mean, "difference": after.mean - before.mean }),
        );
    }
    let text = if learners.is_empty() {
        "No learner was trained both then and now.".to_owned()
    } else if largest == 0.0 {
        "The scores are exactly those the project kept.".to_owned()
    } else {
        format!(
            "Compared with what the project kept, {} changed by up to {}.",
            trained.metric.technical,
            format::number(largest, 2)
        )
    };
    (
        json!({ "metric": trained.metric.id, "largest_difference": largest, "learners": learners }),
        text,
    )
}
