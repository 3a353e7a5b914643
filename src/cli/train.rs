//! `benchtop train FILE --target COL …`

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::{SplitArguments, SplitWay, TrainArguments};
use super::console::{Context, Report, file_name, not_the_same};
use super::curves;
use super::inspect;
use super::profile::profiles_of;
use super::run::table_for;
use super::sealing::{self, Kept, Opened};
use super::steps::{self, Told};
use super::training::{self, Choice, How, Trained};
use crate::base::{Issue, ParamValue, Params, Severity, UserError, format};
use crate::clean::{self, LearnFrom, Step};
use crate::data::Table;
use crate::evaluate::budget::Budget;
use crate::evaluate::guardrails::{self, Outcome};
use crate::evaluate::presets::{MINUTES, Preset};
use crate::evaluate::{
    Action, Finding, HoldoutResult, Preflight, SplitPlan, metrics, preflight, validate_holdout,
};
use crate::export;
use crate::export::python_script::{Checked, SourceFile, folds_path};
use crate::formats;
use crate::learn::{self, Task, prepare};
use crate::pipeline::{Inspection, LearningPlan};
use crate::project::{ScriptWish, TableRecipe, file, write_script};

pub fn run(arguments: &TrainArguments, context: &Context) -> Result<Report, UserError> {
    if let Some(path) = &arguments.save {
        not_the_same(&arguments.file, path)?;
    }
    if let Some(path) = &arguments.script {
        script_places(arguments, path)?;
    }
    let settings = settings_of(&arguments.settings)?;
    let mut how = How {
        preparation: preparation_of(&arguments.preparation)?,
        folds: arguments.folds,
        seed: arguments.seed,
        split: split_of(&arguments.split)?,
        sealed: 0,
        moment: arguments.seal.moment.clone(),
    };
    let recipe = match &arguments.recipe {
        Some(project) => Some(recipe_of(project, &arguments.file)?),
        None => None,
    };
    let table = read(&arguments.file, recipe.as_deref(), context)?;
    let steps = recipe
        .as_ref()
        .map_or_else(Vec::new, |recipe| recipe.steps.clone());
    let seal = (!arguments.seal.no_seal).then(|| {
        let (target, seed) = (&arguments.target, arguments.seed);
        sealing::seal_for(target, seed, &how.split, recipe.as_deref())
    });
    let kept = sealing::keep_apart(&table, &steps, seal, context)?;
    if arguments.seal.open_seal {
        kept.must_be_sealed()?;
    } else {
        how.sealed = kept.count();
    }
    if how.moment.is_none() {
        how.moment = recipe
            .as_ref()
            .and_then(|recipe| recipe.model.moment.clone());
    }
    let (cleaned, told) = clean(&kept.practice, &steps, context)?;
    let profiles = profiles_of(&cleaned, context)?;
    let before = preflight(&cleaned, &arguments.target, &profiles, &context.task.part())?
        .under(&how.split, how.folds);
    let columns = choose_columns(&before, &cleaned, &arguments.dropped)?;
    let said = Answers {
        known: &arguments.known,
        accepted: &arguments.accepted,
    };
    let answers = answers_of(&said, recipe.as_deref(), &before, &cleaned)?;
    for finding in before.open(&columns.used, &answers) {
        note_finding(finding, how.moment.as_deref(), context);
    }
    before.allow_training(&columns.used, &answers, how_to_answer)?;
    for left_out in &columns.left_out {
        context.note(&format!("Left out {}: {}", left_out.0, left_out.1));
    }
    let plan = LearningPlan {
        target: arguments.target.clone(),
        features: columns.used.clone(),
        steps,
    };
    let preset = preset_of(arguments)?;
    let choices = match preset {
        Some((preset, _)) => {
            preset_choices(preset, arguments.minutes, &settings, &before, context)?
        }
        None => choose_learners(&arguments.learners, &settings, &before)?,
    };
    let forecasts = match arguments.forecast {
        true => training::forecasts(&kept.practice, &plan, &choices, &how, context)?,
        false => Vec::new(),
    };
    let budget = preset.and_then(|(_, budget)| budget);
    let trained = training::train_within(&kept.practice, &plan, &choices, &how, budget, context)?;
    let further = not_said_before(&trained, &before);
    context.note_issues(&further);
    let after = after_training(&trained, &cleaned, &plan, context)?;
    for finding in &after {
        note_finding(finding, how.moment.as_deref(), context);
    }
    let final_model = LastFit {
        arguments,
        recipe: recipe.as_deref(),
        plan: &plan,
        how: &how,
        trained: &trained,
        kept: &kept,
        context,
    }
    .run(&table);
    // What was measured is printed whatever becomes of the curves.
    let curves = arguments.curves.as_ref().map(|folder| {
        let learner = chosen(&arguments.learners, &trained)?;
        let about = (&kept.practice, &plan, &how);
        curves::write(folder, &learner, &trained, about, context)
    });
    let mut report = report(
        (arguments, &how, &kept),
        &before,
        &columns,
        &told,
        &trained,
        final_model,
    );
    if let Value::Object(map) = &mut report.json {
        let open: Vec<&Finding> = before.open(&columns.used, &answers).collect();
        map.insert("findings".to_owned(), json!(open));
        map.insert("issues".to_owned(), json!(further));
        map.insert("answers".to_owned(), json!(answers));
        map.insert("findings_after".to_owned(), json!(after));
        if let Some((preset, _)) = preset {
            map.insert("preset".to_owned(), json!(preset));
        }
        if arguments.forecast {
            map.insert("forecast".to_owned(), json!(forecasts));
        }
    }
    match curves {
        Some(Ok(written)) => {
            report.text.push_str(&format!("\n{}", written.to_text()));
            if let Value::Object(map) = &mut report.json {
                map.insert("curves".to_owned(), written.to_json());
            }
        }
        Some(Err(error)) => report.failure = report.failure.or(Some(error)),
        None => {}
    }
    Ok(report)
}

/// What dividing the rows brought up and no guardrail has said: every line is read once.
fn not_said_before(trained: &Trained, before: &Preflight) -> Vec<Issue> {
    let said = |code: &str| {
        // A class of one row is why there are fewer parts.
        let same = match code {
            "single_row_class" => "fewer_folds",
            code => code,
        };
        before.findings.iter().any(|finding| finding.code == same)
    };
    let first = trained.results.first();
    let issues = first.into_iter().flat_map(|result| &result.issues);
    issues.filter(|issue| !said(&issue.code)).cloned().collect()
}

/// What was asked for by purpose, and what may be spent on it.
fn preset_of(arguments: &TrainArguments) -> Result<Option<(Preset, Option<Budget>)>, UserError> {
    let Some(id) = &arguments.preset else {
        return Ok(None);
    };
    let Some(preset) = Preset::by_id(id) else {
        let known: Vec<&str> = Preset::ALL.iter().map(|preset| preset.id()).collect();
        return Err(UserError::usage(
            "unknown_preset",
            format!("There is no preset called {id}"),
            format!("The presets are {}", known.join(", ")),
        ));
    };
    if !preset.tunes() {
        if arguments.minutes.is_some() || arguments.trials.is_some() {
            return Err(UserError::usage(
                "nothing_to_spend",
                format!("The preset {id} searches no settings"),
                "--minutes and --trials go with --preset best",
            ));
        }
        return Ok(Some((preset, None)));
    }
    let minutes = arguments.minutes.unwrap_or(MINUTES);
    if !(minutes.is_finite() && minutes > 0.0) {
        return Err(UserError::usage(
            "wrong_minutes",
            format!("{minutes} minutes cannot be spent"),
            "A budget of time is a number above 0",
        ));
    }
    Ok(Some((
        preset,
        Some(match arguments.trials {
            Some(trials) => Budget::Trials(trials.max(1)),
            None => Budget::Seconds(minutes * 60.0),
        }),
    )))
}

fn preset_choices(
    preset: Preset,
    minutes: Option<f64>,
    settings: &[(String, String, String)],
    before: &Preflight,
    context: &Context,
) -> Result<Vec<Choice>, UserError> {
    let learners = preset.learners(&before.task, before.lowest);
    let ids: Vec<String> = learners.iter().map(|(id, _)| (*id).to_owned()).collect();
    let names: Vec<String> = ids.iter().map(|id| training::name_of(id)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    context.note(&preset.sentence(&names, minutes.unwrap_or(MINUTES)));
    let mut choices = choose_learners(&ids, settings, before)?;
    for choice in &mut choices {
        let wanted = learners.iter().find(|(id, _)| *id == choice.learner);
        for (key, value) in wanted.iter().flat_map(|(_, params)| &params.0) {
            if choice.params.get(key).is_none() {
                choice.params.set(key, value.clone());
            }
        }
    }
    Ok(choices)
}

/// All but remarks, on a line each.
pub(super) fn note_finding(finding: &Finding, moment: Option<&str>, context: &Context) {
    if finding.severity != Severity::Note {
        let word = finding.severity.word();
        context.note(&format!(
            "{word}: {} {}.",
            finding.message(),
            finding.advice_at(moment)
        ));
    }
}

/// What --know and --accept said.
pub(super) struct Answers<'a> {
    pub known: &'a [String],
    pub accepted: &'a [String],
}

/// The answers of the project and of the options: finding → reason.
pub(super) fn answers_of(
    said: &Answers<'_>,
    recipe: Option<&TableRecipe>,
    before: &Preflight,
    table: &Table,
) -> Result<BTreeMap<String, String>, UserError> {
    let mut answers = recipe.map_or_else(BTreeMap::new, |recipe| recipe.model.answers.clone());
    let split = |text: &str| match text.split_once('=') {
        Some((name, reason)) => (name.to_owned(), reason.to_owned()),
        None => (text.to_owned(), "said on the command line".to_owned()),
    };
    let mut known = BTreeMap::new();
    for text in said.known {
        // A name may hold an equals sign itself.
        let (column, reason) = match table.schema().get(text) {
            Some(_) => (text.clone(), "said on the command line".to_owned()),
            None => split(text),
        };
        if table.schema().get(&column).is_none() {
            return Err(UserError::usage(
                "missing_column",
                format!("There is no column called {column} to know"),
                format!("The columns are {}", table.schema().names().join(", ")),
            ));
        }
        known.insert(column, reason);
    }
    for finding in &before.findings {
        let mut reasons = finding.columns.iter().map(|column| known.get(column));
        let asks = finding.actions.contains(&Action::KnownBefore);
        if let (true, Some(Some(reason))) = (asks, reasons.next())
            && reasons.all(|reason| reason.is_some())
        {
            answers.insert(finding.key(), reason.clone());
        }
    }
    for text in said.accepted {
        let (code, reason) = split(text);
        let Some(finding) = before.findings.iter().find(|found| {
            (found.code == code || found.key() == code) && found.actions.contains(&Action::Accept)
        }) else {
            return Err(UserError::usage(
                "nothing_to_accept",
                format!("There is no finding called {code} to accept"),
                "Only a Stop that is about no column is accepted by its code",
            ));
        };
        answers.insert(finding.key(), reason);
    }
    Ok(answers)
}

/// Which options answer a Stop.
pub(super) fn how_to_answer(stop: &Finding) -> String {
    if stop.columns.is_empty() {
        return format!(
            "{}, and train all the same with --accept {}",
            stop.advice, stop.code
        );
    }
    let options = |name: &str| {
        let all: Vec<String> = stop
            .columns
            .iter()
            .map(|column| format!("--{name} {column}"))
            .collect();
        all.join(" ")
    };
    format!(
        "Leave out with {}, or say that it is known at the moment of prediction with {}",
        options("drop"),
        options("know")
    )
}

/// What the guardrails say about the results.
fn after_training(
    trained: &Trained,
    cleaned: &Table,
    plan: &LearningPlan,
    context: &Context,
) -> Result<Vec<Finding>, UserError> {
    let mut outcome = Outcome {
        results: &trained.results,
        comparison: &trained.comparison,
        table: Some(cleaned),
        features: &plan.features,
        tried: trained.results.len() as u64,
        practice: None,
    };
    let metric = trained.metric.id;
    outcome.practice = outcome.model().and_then(|model| model.practice(metric));
    guardrails::after_training(&outcome, &context.task.part())
}

/// How a project reads and cleans a file.
pub(super) fn recipe_of(project: &Path, file: &Path) -> Result<Arc<TableRecipe>, UserError> {
    let contents = file::load(project)?;
    table_for(&contents, file).cloned().ok_or_else(|| {
        UserError::input(
            "empty_project",
            "There are no steps to clean with",
            "The project holds no table",
        )
        .with_path(project)
    })
}

pub(super) fn read(
    path: &Path,
    recipe: Option<&TableRecipe>,
    context: &Context,
) -> Result<Table, UserError> {
    match recipe {
        Some(recipe) => context.read_like(&recipe.source, path),
        None => Ok(context.read_table(path)?.0),
    }
}

/// The table after the steps. A model made without one of them would not be the one asked for, so
/// a step that cannot run is an error.
pub(super) fn clean(
    table: &Table,
    steps: &[Step],
    context: &Context,
) -> Result<(Table, Told), UserError> {
    let run = clean::run_recipe(table, steps, LearnFrom::All, &context.task.part())?;
    let told = steps::tell(steps, &run);
    match told.failure {
        Some(error) => Err(error),
        None => Ok((run.table, told)),
    }
}

/// ID.key=value → (learner, key, text).
fn settings_of(settings: &[String]) -> Result<Vec<(String, String, String)>, UserError> {
    settings
        .iter()
        .map(|setting| {
            let parts = setting.split_once('=').and_then(|(place, value)| {
                let (learner, key) = place.split_once('.')?;
                Some((learner.to_owned(), key.to_owned(), value.to_owned()))
            });
            let parts = parts.ok_or_else(|| {
                UserError::usage(
                    "wrong_setting",
                    format!("--set {setting} cannot be understood"),
                    "A setting is written LEARNER.key=value, for example decision_tree.max_depth=4",
                )
                .with_hint("benchtop learners lists every setting")
            })?;
            learn::by_id(&parts.0)?;
            Ok(parts)
        })
        .collect()
}

/// key=value → settings of the preparation.
pub(super) fn preparation_of(settings: &[String]) -> Result<Params, UserError> {
    let mut params = Params::new();
    for setting in settings {
        let (key, value) = setting.split_once('=').ok_or_else(|| {
            UserError::usage(
                "wrong_setting",
                format!("--prepare {setting} cannot be understood"),
                "A setting is written key=value, for example blanks=mean",
            )
            .with_hint("benchtop learners lists every setting")
        })?;
        prepare::setting(key)?;
        params.set_from_text(prepare::settings(), key, value)?;
    }
    Ok(params)
}

/// The way of dividing rows that was asked for. Options of another way are refused.
pub(super) fn split_of(arguments: &SplitArguments) -> Result<SplitPlan, UserError> {
    let Some(way) = arguments.split else {
        return Ok(SplitPlan::default());
    };
    let kind = match way {
        SplitWay::Kfold => "k_fold",
        SplitWay::Repeated => "repeated",
        SplitWay::Group => "groups",
        SplitWay::Copies => "copies",
        SplitWay::Time => "time",
        SplitWay::LeaveOneOut => "leave_one_out",
        SplitWay::Holdout => "holdout",
        SplitWay::Column => "column",
    };
    let given: [(&str, Option<ParamValue>); 4] = [
        ("column", arguments.split_by.clone().map(ParamValue::from)),
        ("repeats", arguments.repeats.map(ParamValue::from)),
        ("gap", arguments.gap.map(ParamValue::from)),
        ("share", arguments.check_share.map(ParamValue::from)),
    ];
    let mut params = Params::new();
    for (key, value) in given {
        if let Some(value) = value {
            params.set(key, value);
        }
    }
    SplitPlan::from_params(kind, &params).map_err(|error| match error.code.as_str() {
        "missing_parameter" => error.with_hint("Name it with --split-by"),
        _ => error.with_hint("benchtop train --help says which option goes with which way"),
    })
}

/// Which columns are learned from, and which are not.
pub(super) struct Columns {
    pub used: Vec<String>,
    /// (name, why)
    pub left_out: Vec<(String, String)>,
}

impl Columns {
    pub fn left_out_json(&self) -> Vec<Value> {
        self.left_out
            .iter()
            .map(|(name, reason)| json!({ "name": name, "reason": reason }))
            .collect()
    }
}

pub(super) fn choose_columns(
    before: &Preflight,
    table: &Table,
    dropped: &[String],
) -> Result<Columns, UserError> {
    if let Some(unknown) = dropped
        .iter()
        .find(|name| table.schema().get(name).is_none())
    {
        return Err(UserError::usage(
            "missing_column",
            format!("There is no column called {unknown} to drop"),
            format!("The columns are {}", table.schema().names().join(", ")),
        ));
    }
    let mut columns = Columns {
        used: Vec::new(),
        left_out: Vec::new(),
    };
    for feature in &before.features {
        let why = if dropped.contains(&feature.name) {
            Some("Asked to be left out".to_owned())
        } else if feature.ticked {
            None
        } else {
            Some(
                feature
                    .reason
                    .clone()
                    .unwrap_or_else(|| "Not advised".to_owned()),
            )
        };
        match why {
            Some(why) => columns.left_out.push((feature.name.clone(), why)),
            None => columns.used.push(feature.name.clone()),
        }
    }
    if columns.used.is_empty() {
        let reasons: Vec<String> = columns
            .left_out
            .iter()
            .map(|(name, why)| format!("{name} ({why})"))
            .collect();
        return Err(UserError::input(
            "no_columns",
            "There is no column to learn from",
            format!("Left out: {}", reasons.join(", ")),
        ));
    }
    Ok(columns)
}

fn choose_learners(
    named: &[String],
    settings: &[(String, String, String)],
    before: &Preflight,
) -> Result<Vec<Choice>, UserError> {
    let task = &before.task;
    let ids = if named.is_empty() {
        training::usual_learners(task, before.lowest)
    } else {
        named.to_vec()
    };
    let mut choices: Vec<Choice> = Vec::new();
    for id in ids {
        let learner = learn::by_id(&id)?;
        if choices.iter().any(|choice| choice.learner == id) {
            continue;
        }
        let mut params = Params::new();
        for (_, key, value) in settings.iter().filter(|(learner, _, _)| *learner == id) {
            params.set_from_text(learner.params(), key, value)?;
        }
        choices.push(Choice {
            learner: id,
            params,
        });
    }
    if let Some((unused, key, _)) = settings
        .iter()
        .find(|(learner, _, _)| !choices.iter().any(|choice| choice.learner == *learner))
    {
        return Err(UserError::usage(
            "setting_not_used",
            format!("{unused}.{key} is set, but {unused} is not trained"),
            format!(
                "Trained are {}",
                choices
                    .iter()
                    .map(|choice| choice.learner.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        ));
    }
    Ok(training::with_yardsticks(task, choices))
}

/// The model fitted once more, when --test or --save ask for one.
#[derive(Default)]
struct FinalModel {
    opened: Option<Opened>,
    learner: Option<String>,
    test: Option<HoldoutResult>,
    saved: Option<export::Parity>,
    script: Option<(String, Checked)>,
    inspection: Option<Inspection>,
    failure: Option<UserError>,
}

/// Fits once more what was measured.
struct LastFit<'a> {
    arguments: &'a TrainArguments,
    recipe: Option<&'a TableRecipe>,
    plan: &'a LearningPlan,
    how: &'a How,
    trained: &'a Trained,
    kept: &'a Kept,
    context: &'a Context,
}

impl LastFit<'_> {
    fn run(&self, table: &Table) -> FinalModel {
        let mut model = FinalModel::default();
        let asked = self.arguments;
        let fits = asked.seal.open_seal
            || asked.save.is_some()
            || asked.test.is_some()
            || asked.coefficients;
        if let Some(path) = &asked.script
            && let Err(error) = self.script(table, path, &mut model)
        {
            model.failure = Some(error);
        }
        if !fits {
            return model;
        }
        // What has been measured is printed whatever becomes of the file.
        if let Err(error) = self.try_run(table, &mut model) {
            model.failure = Some(error);
        }
        model
    }

    /// The checked learner as a Python script.
    fn script(&self, table: &Table, path: &Path, model: &mut FinalModel) -> Result<(), UserError> {
        let learner = chosen(&self.arguments.learners, self.trained)?;
        let result = self.trained.result(&learner).ok_or_else(|| {
            UserError::failed(
                "no_such_result",
                "There is no script, because the model was not checked",
                format!("{learner} has no scores"),
            )
        })?;
        let wish = ScriptWish {
            source: source_file(&self.arguments.file, self.recipe)?,
            table,
            practice: &self.kept.practice,
            sealed: self.kept.count(),
            plan: self.plan,
            folds: self.how.folds,
            seed: self.how.seed,
            split: &self.how.split,
            result,
            guessing: self.trained.result("guessing"),
        };
        let checked = write_script(&wish, path, &self.context.task.part())?;
        model.script = Some((learner, checked));
        Ok(())
    }

    fn try_run(&self, table: &Table, model: &mut FinalModel) -> Result<(), UserError> {
        let task = &self.context.task;
        let asked = self.arguments;
        let learner = chosen(&asked.learners, self.trained)?;
        if asked.seal.open_seal {
            let spec = self.trained.spec_of(self.plan, &learner, self.how)?;
            let measured = self.trained.result(&learner);
            model.opened = Some(self.kept.open(table, &spec, measured, self.context)?);
            if asked.save.is_none() && asked.test.is_none() && !asked.coefficients {
                return Ok(());
            }
        }
        // What nobody has seen yet is not learned from either.
        let rows = match asked.seal.open_seal {
            true => table,
            false => &self.kept.practice,
        };
        let fitted = self.trained.fit(
            rows,
            self.plan,
            &learner,
            self.how,
            &file_name(&self.arguments.file),
            self.context,
        )?;
        model.learner = Some(learner);
        if self.arguments.coefficients {
            model.inspection = Some(fitted.inspection());
        }
        if let Some(path) = &self.arguments.test {
            let rows = read(path, self.recipe, self.context)?;
            model.test = Some(validate_holdout(&fitted, self.plan, &rows, &task.part())?);
        }
        if let Some(path) = &self.arguments.save {
            model.saved = Some(export::save_model(&fitted, path, table, task)?);
        }
        Ok(())
    }
}

/// The file, read as [`read`] reads it.
fn source_file(path: &Path, recipe: Option<&TableRecipe>) -> Result<SourceFile, UserError> {
    let format = formats::detect(path)?.id();
    let params = recipe
        .filter(|recipe| recipe.source.format.is_empty() || recipe.source.format == format)
        .map(|recipe| recipe.source.params.clone())
        .unwrap_or_default();
    Ok(SourceFile {
        name: file_name(path),
        path: path.to_path_buf(),
        format: format.to_owned(),
        params,
    })
}

/// The script and its folds replace neither the table nor the model.
fn script_places(arguments: &TrainArguments, script: &Path) -> Result<(), UserError> {
    let folds = folds_path(script);
    for target in [script, folds.as_path()] {
        not_the_same(&arguments.file, target)?;
        if let Some(save) = &arguments.save {
            not_the_same(save, target)?;
        }
    }
    Ok(())
}

/// The learner to fit: the only one that was named, otherwise the recommended one.
fn chosen(named: &[String], trained: &Trained) -> Result<String, UserError> {
    if let [only] = named {
        return match trained
            .failures
            .iter()
            .find(|(choice, _)| choice.learner == *only)
        {
            Some((_, error)) => Err(error.clone()),
            None => Ok(only.clone()),
        };
    }
    trained.comparison.recommended.clone().ok_or_else(|| {
        UserError::failed(
            "nothing_recommended",
            "No model was fitted once more, because none can be recommended",
            trained.comparison.reason.clone(),
        )
        .with_hint("Name one with --learner to fit it all the same")
    })
}

fn report(
    (arguments, how, kept): (&TrainArguments, &How, &Kept),
    before: &Preflight,
    columns: &Columns,
    told: &Told,
    trained: &Trained,
    model: FinalModel,
) -> Report {
    let fitted_on = kept.fitted_on(arguments.seal.open_seal);
    let folds = trained
        .results
        .first()
        .map_or(arguments.folds as usize, |result| result.folds.len());
    let mut map = serde_json::Map::new();
    let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
    put("file", json!(arguments.file));
    put("target", json!(arguments.target));
    if arguments.recipe.is_some() {
        put("recipe", json!(arguments.recipe));
        put("steps", json!(told.json));
    }
    put("task", json!(trained.task));
    put("rows", json!(before.rows));
    put("blank_targets", json!(before.blank_targets));
    put("class_counts", json!(before.class_counts));
    put("columns_used", json!(columns.used));
    put("columns_left_out", json!(columns.left_out_json()));
    put("folds", json!(folds));
    put("split", json!(how.split));
    put("seed", json!(arguments.seed));
    put("preparation", json!(how.preparation));
    put("seal", kept.to_json());
    put("moment", json!(how.moment.as_deref().unwrap_or(NOT_SAID)));
    map.extend(trained.to_json());
    let mut text = format!(
        "{}{}\n{}.\n{}.\n{}\n{}",
        headline(&arguments.target, before, columns),
        told.text,
        before.guessing_sentence.trim_end_matches('.'),
        kept.sentence(),
        match arguments.split.split {
            Some(_) => format!("{}.\n", how.split.sentence(arguments.folds as usize)),
            None => String::new(),
        },
        trained.to_text()
    );
    if let Some(opened) = &model.opened {
        map.insert("opened".to_owned(), opened.to_json());
        text.push_str(&format!("\n\n{}", opened.to_text()));
    }
    if let (Some(test), Some(learner)) = (&model.test, &model.learner) {
        map.insert(
            "test".to_owned(),
            json!({
                "file": arguments.test,
                "learner": learner,
                "rows": test.rows,
                "unknown_classes": test.unknown_classes,
                "scores": test.scores,
            }),
        );
        text.push_str(&format!("\n\n{}", test_text(arguments, test, learner)));
    }
    if let (Some(found), Some(learner)) = (&model.inspection, &model.learner) {
        let told = inspect::coefficients_json(found);
        map.insert("coefficients".to_owned(), told);
        text.push_str(&format!(
            "\n\n{}, fitted on {fitted_on}\n{}",
            training::name_of(learner),
            inspect::coefficients_text(found)
        ));
    }
    if let Some((learner, checked)) = &model.script {
        let path = arguments.script.as_deref();
        map.insert(
            "script".to_owned(),
            json!({
                "path": path,
                "folds": path.map(folds_path),
                "learner": learner,
                "checked": checked,
            }),
        );
        text.push_str(&format!(
            "\n\nWrote {} as {}, a Python script, and its folds beside it. {}",
            training::name_of(learner),
            path.map(file_name).unwrap_or_default(),
            checked.sentence()
        ));
        for remark in &checked.remarks {
            text.push_str(&format!("\n  In another way there: {remark}"));
        }
    }
    if let (Some(parity), Some(learner)) = (&model.saved, &model.learner) {
        map.insert(
            "saved".to_owned(),
            json!({ "path": arguments.save, "learner": learner, "parity": parity }),
        );
        let path = arguments.save.as_deref().map(file_name).unwrap_or_default();
        text.push_str(&format!(
            "\nSaved {} as {path}, fitted on {fitted_on}. {}",
            training::name_of(learner),
            parity.sentence()
        ));
    }
    Report {
        json: Value::Object(map),
        text,
        failure: model.failure,
    }
}

/// In place of a moment of prediction.
pub(super) const NOT_SAID: &str = "not said";

/// What is predicted, from what.
pub(super) fn headline(target: &str, before: &Preflight, columns: &Columns) -> String {
    let what = match &before.task {
        Task::Number => "a number".to_owned(),
        Task::Classes { names } if names.len() <= 8 => format!("one of {}", format::list(names)),
        Task::Classes { names } => format!("one of {} classes", names.len()),
    };
    format!(
        "Predicting {target} ({what}) from {}, {}",
        format::counted(columns.used.len() as u64, "column"),
        format::counted(before.rows, "row")
    )
}

fn test_text(arguments: &TrainArguments, test: &HoldoutResult, learner: &str) -> String {
    let scores: Vec<String> = metrics::METRICS
        .iter()
        .filter_map(|metric| {
            let value = test.scores.get(metric.id)?;
            Some(format!(
                "  {} ({}): {}",
                metric.name,
                metric.technical,
                format::number(*value, 4)
            ))
        })
        .collect();
    format!(
        "{} on {} ({}):\n{}",
        training::name_of(learner),
        arguments.test.as_deref().map(file_name).unwrap_or_default(),
        format::counted(test.rows, "row"),
        scores.join("\n")
    )
}
