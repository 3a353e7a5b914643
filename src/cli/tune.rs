//! `benchtop tune FILE --target COL --learner ID …`

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::args::TuneArguments;
use super::console::{Context, Report, file_name, not_the_same};
use super::profile::profiles_of;
use super::sealing::{self, Kept};
use super::text::{Align, TextTable};
use super::train::{self, Columns};
use super::training::{self, Choice, How};
use crate::base::{Params, UserError, format};
use crate::data::Table;
use crate::evaluate::metrics::{self, Metric};
use crate::evaluate::tuning::{
    self, Ended, Importance, Narrowing, Nested, NestedEvent, SearchMethod, Trial, TrialState,
    TuneEvent, TuneSpec, Tuning,
};
use crate::evaluate::{Preflight, preflight};
use crate::export;
use crate::learn::{self, Learner};
use crate::pipeline::{self, LearningPlan};

/// Rows of the table of trials that a person is shown.
const SHOWN: usize = 20;

pub fn run(arguments: &TuneArguments, context: &Context) -> Result<Report, UserError> {
    if let Some(path) = &arguments.save {
        not_the_same(&arguments.file, path)?;
    }
    let learner = learn::by_id(&arguments.learner)?;
    let spec = spec_of(arguments, learner)?;
    let (_, otherwise) = tuning::tuned_split(&train::split_of(&arguments.split)?);
    if let Some(why) = otherwise {
        context.note(why);
    }
    let recipe = match &arguments.recipe {
        Some(project) => Some(train::recipe_of(project, &arguments.file)?),
        None => None,
    };
    let table = train::read(&arguments.file, recipe.as_deref(), context)?;
    let steps = recipe
        .as_ref()
        .map_or_else(Vec::new, |recipe| recipe.steps.clone());
    let split = train::split_of(&arguments.split)?;
    let (target, seed) = (&arguments.target, arguments.seed);
    let seal =
        (!arguments.no_seal).then(|| sealing::seal_for(target, seed, &split, recipe.as_deref()));
    let kept = sealing::keep_apart(&table, &steps, seal, context)?;
    let table = kept.practice.clone();
    let (cleaned, _) = train::clean(&table, &steps, context)?;
    let profiles = profiles_of(&cleaned, context)?;
    let before = preflight(&cleaned, &arguments.target, &profiles, &context.task.part())?;
    let columns = train::choose_columns(&before, &cleaned, &arguments.dropped)?;
    let said = train::Answers {
        known: &arguments.known,
        accepted: &arguments.accepted,
    };
    let answers = train::answers_of(&said, recipe.as_deref(), &before, &cleaned)?;
    for finding in before.open(&columns.used, &answers) {
        train::note_finding(finding, None, context);
    }
    before.allow_training(&columns.used, &answers, train::how_to_answer)?;
    for left_out in &columns.left_out {
        context.note(&format!("Left out {}: {}", left_out.0, left_out.1));
    }
    let plan = LearningPlan {
        target: arguments.target.clone(),
        features: columns.used.clone(),
        steps,
    };
    let mut found = find(&table, &plan, &spec, arguments, context)?;
    if found.tuning.ended != Ended::Stopped
        && let Err(error) = found.finish(&kept, &plan, arguments, &before, context)
    {
        found.failure = Some(error);
    }
    Ok(found.report((arguments, &kept), &before, &columns))
}

fn spec_of(arguments: &TuneArguments, learner: &dyn Learner) -> Result<TuneSpec, UserError> {
    let mut fixed = Params::new();
    for setting in &arguments.settings {
        let (key, value) = setting.split_once('=').ok_or_else(|| {
            UserError::usage(
                "wrong_setting",
                format!("--set {setting} cannot be understood"),
                "A setting is written KEY=value, for example max_depth=4",
            )
            .with_hint("benchtop learners lists every setting")
        })?;
        fixed.set_from_text(learner.params(), key, value)?;
    }
    let mut narrowing = Narrowing::default();
    for text in &arguments.narrow {
        narrowing.add(learner, text)?;
    }
    if let Some(minutes) = arguments.minutes
        && !(minutes.is_finite() && minutes > 0.0)
    {
        return Err(UserError::usage(
            "wrong_minutes",
            format!("{minutes} minutes cannot be spent"),
            "A budget of time is a number above 0",
        ));
    }
    let (split, _) = tuning::tuned_split(&train::split_of(&arguments.split)?);
    Ok(TuneSpec {
        method: SearchMethod::by_id(&arguments.search)?,
        fixed,
        narrowing,
        preparation: train::preparation_of(&arguments.preparation)?,
        folds: arguments.folds as usize,
        seed: arguments.seed,
        metric: arguments.metric.clone(),
        trials: arguments.trials as usize,
        seconds: arguments.minutes.map(|minutes| minutes * 60.0),
        patience: arguments.patience as usize,
        split,
        ..TuneSpec::new(learner.id())
    })
}

/// What was found, and what was done with it.
struct Found {
    tuning: Tuning,
    metric: &'static Metric,
    importance: Importance,
    nested: Option<Nested>,
    /// The best settings beside the yardsticks.
    trained: Option<training::Trained>,
    saved: Option<export::Parity>,
    failure: Option<UserError>,
}

fn find(
    table: &Table,
    plan: &LearningPlan,
    spec: &TuneSpec,
    arguments: &TuneArguments,
    context: &Context,
) -> Result<Found, UserError> {
    context.task.progress(0, 0, "Preparing the folds");
    let prepared = pipeline::prepare(table, plan, &context.task.part())?;
    let rows = prepared.eligible_rows();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let task = context.task.part();
    let teller = Teller::new(context, spec.trials);
    let tuning = tuning::tune_prepared(&prepared, &rows, spec, threads, &task, &|event| {
        teller.tell(&event);
    })?;
    let metric =
        metrics::by_id(&tuning.metric).unwrap_or_else(|| metrics::headline(prepared.task(), &[]));
    let mut found = Found {
        importance: Importance::default(),
        metric,
        nested: None,
        trained: None,
        saved: None,
        failure: None,
        tuning,
    };
    if found.tuning.ended == Ended::Stopped {
        found.failure = Some(UserError::cancelled());
        return Ok(found);
    }
    found.importance = tuning::importance(&found.tuning, &context.task.part())?;
    if arguments.nested {
        let outcome = tuning::nested(&prepared, &rows, spec, threads, &task, &|event| {
            tell_nested(&event, spec.trials, context);
        });
        match outcome {
            Ok(nested) => found.nested = Some(nested),
            // What was found is printed all the same.
            Err(error) => found.failure = Some(error),
        }
    }
    Ok(found)
}

/// Tells how a search comes along.
struct Teller<'a> {
    context: &'a Context,
    trials: usize,
}

impl<'a> Teller<'a> {
    fn new(context: &'a Context, trials: usize) -> Self {
        Self { context, trials }
    }

    fn tell(&self, event: &TuneEvent) {
        match event {
            TuneEvent::TrialStarted(trial) => self.context.task.progress(
                trial.number as u64,
                self.trials as u64,
                &format!("Trial {} of {}", trial.number + 1, self.trials),
            ),
            TuneEvent::Best(trial) => self.context.note(&format!(
                "Trial {}: {}, the best so far ({})",
                trial.number + 1,
                trial.shown_score(),
                trial.settings_words()
            )),
            TuneEvent::TrialDone(trial) => {
                if let TrialState::Failed(error) = &trial.state {
                    self.context
                        .note(&format!("Trial {} failed: {error}", trial.number + 1));
                }
            }
            TuneEvent::Prepared { .. } | TuneEvent::Guessing(_) | TuneEvent::FoldDone { .. } => {}
        }
    }
}

fn tell_nested(event: &NestedEvent, trials: usize, context: &Context) {
    match event {
        NestedEvent::FoldStarted { fold, folds } => {
            context.note(&format!("Tuning without part {} of {folds}", fold + 1));
        }
        NestedEvent::Tuning(event) => {
            if let TuneEvent::TrialStarted(trial) = event.as_ref() {
                let what = format!("Nested, trial {} of {trials}", trial.number + 1);
                let done = trial.number as u64;
                context.task.progress(done, trials as u64, &what);
            }
        }
        NestedEvent::FoldDone(_) => {}
    }
}

impl Found {
    /// Compares the best settings with the yardsticks, and saves them fitted once more.
    fn finish(
        &mut self,
        kept: &Kept,
        plan: &LearningPlan,
        arguments: &TuneArguments,
        before: &Preflight,
        context: &Context,
    ) -> Result<(), UserError> {
        let Some(best) = self.tuning.best_trial() else {
            return Ok(());
        };
        let choice = Choice {
            learner: self.tuning.spec.learner.clone(),
            params: best.params.clone(),
        };
        let how = How {
            preparation: self.tuning.spec.preparation.clone(),
            folds: arguments.folds,
            seed: arguments.seed,
            split: train::split_of(&arguments.split)?,
            sealed: kept.count(),
            moment: None,
        };
        let table = &kept.practice;
        let choices = training::with_yardsticks(&before.task, vec![choice]);
        let trained = training::train(table, plan, &choices, &how, context)?;
        let trained = self.trained.insert(trained);
        if let Some(path) = &arguments.save {
            let fitted = trained.fit(
                table,
                plan,
                &arguments.learner,
                &how,
                &file_name(&arguments.file),
                context,
            )?;
            self.saved = Some(export::save_model(&fitted, path, table, &context.task)?);
        }
        Ok(())
    }

    fn report(
        self,
        (arguments, kept): (&TuneArguments, &Kept),
        before: &Preflight,
        columns: &Columns,
    ) -> Report {
        let mut map = self.to_json(arguments, before, columns);
        map.insert("seal".to_owned(), kept.to_json());
        let json = Value::Object(map);
        let text = self.to_text((arguments, kept), before, columns);
        Report {
            json,
            text,
            failure: self.failure,
        }
    }

    fn to_json(
        &self,
        arguments: &TuneArguments,
        before: &Preflight,
        columns: &Columns,
    ) -> Map<String, Value> {
        let tuning = &self.tuning;
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        put("file", json!(arguments.file));
        put("target", json!(arguments.target));
        put("rows", json!(tuning.rows));
        put("columns_used", json!(columns.used));
        put("columns_left_out", json!(columns.left_out_json()));
        put("issues", json!(before.issues));
        put("spec", json!(tuning.spec));
        put("metric", json!(tuning.metric));
        put("higher_is_better", json!(tuning.higher_is_better));
        put("folds", json!(tuning.folds));
        put("guessing", json!(tuning.guessing));
        put("space", json!(tuning.space));
        put("trials", json!(tuning.trials));
        put("best", json!(tuning.best_trial()));
        put("best_so_far", json!(tuning.best_so_far()));
        put("luck", json!(tuning.luck()));
        put("gain", json!(tuning.gain()));
        put("verdict", json!(tuning.verdict()));
        put("caution", json!(tuning.caution()));
        put("ended", json!(tuning.ended));
        put("seconds", json!(tuning.seconds));
        put("fold_fits", json!(tuning.fold_fits));
        put("importance", json!(self.importance));
        put("coordinates", json!(tuning::coordinates(tuning)));
        put("nested", json!(self.nested));
        if let Some(trained) = &self.trained {
            put("compared", Value::Object(trained.to_json()));
        }
        if let Some(parity) = &self.saved {
            put("saved", json!({ "path": arguments.save, "parity": parity }));
        }
        map
    }

    fn to_text(
        &self,
        (arguments, kept): (&TuneArguments, &Kept),
        before: &Preflight,
        columns: &Columns,
    ) -> String {
        let tuning = &self.tuning;
        let better = if tuning.higher_is_better {
            "higher is better"
        } else {
            "lower is better"
        };
        let mut text = format!(
            "{}\n{}.\nTuning {}: {} ({}), mean of {} and 95 % interval; {better}\n\n{}\n\n{} ({}, {}, {}).",
            train::headline(&arguments.target, before, columns),
            kept.sentence(),
            training::name_of(&tuning.spec.learner).to_lowercase(),
            self.metric.name,
            self.metric.technical,
            format::counted(tuning.folds as u64, "part"),
            trials_table(tuning),
            tuning.ended.sentence(),
            format::counted(tuning.trials.len() as u64, "trial"),
            format::counted(tuning.fold_fits, "fit"),
            format::duration(Duration::from_secs_f64(tuning.seconds.max(0.0))),
        );
        if let Some(best) = tuning.best_trial() {
            text.push_str(&format!(
                "\n\nBest: trial {}, {}. {}\n{}",
                best.number + 1,
                best.shown_score(),
                tuning.verdict(),
                tuning.caution()
            ));
            if let Some(guessing) = &tuning.guessing {
                let shown = guessing.shown_score();
                text.push_str(&format!("\nGuessing on the same parts: {shown}."));
            }
            text.push_str(&format!("\nTo train it again: {}", again(arguments, best)));
        }
        if !self.importance.settings.is_empty() {
            text.push_str(&format!(
                "\n\nWhich settings decide the score, over all that was tried (fANOVA on a forest of {}):\n{}",
                format::counted(self.importance.trials as u64, "trial"),
                importance_table(&self.importance)
            ));
        }
        match &self.nested {
            Some(nested) => text.push_str(&format!("\n\n{}", nested_text(nested))),
            None => text.push_str("\n--nested measures what tuning is worth on rows it never saw."),
        }
        if let Some(trained) = &self.trained {
            text.push_str(&format!("\n\nBeside the yardsticks\n{}", trained.to_text()));
        }
        if let (Some(parity), Some(path)) = (&self.saved, &arguments.save) {
            text.push_str(&format!(
                "\nSaved {} with the best settings as {}, fitted on {}. {}",
                training::name_of(&tuning.spec.learner),
                file_name(path),
                kept.fitted_on(false),
                parity.sentence()
            ));
        }
        text
    }
}

/// The command line that trains the best settings.
fn again(arguments: &TuneArguments, best: &Trial) -> String {
    let mut text = format!(
        "benchtop train {} --target {} --learner {}",
        arguments.file.display(),
        arguments.target,
        arguments.learner
    );
    if arguments.no_seal {
        text.push_str(" --no-seal");
    }
    for (key, value) in &best.params.0 {
        let value = match value {
            crate::base::ParamValue::Bool(value) => value.to_string(),
            value => tuning::shown(value),
        };
        text.push_str(&format!(" --set {}.{key}={value}", arguments.learner));
    }
    text
}

/// Best first: the best ones, and the learner's own settings wherever they stand.
fn trials_table(tuning: &Tuning) -> String {
    let ranked = tuning.ranked();
    let hidden: BTreeSet<usize> = ranked
        .iter()
        .skip(SHOWN)
        .map(|trial| trial.number)
        .filter(|&number| number != 0)
        .collect();
    let mut table = TextTable::new(&[
        ("Trial", Align::Right),
        ("Score", Align::Left),
        ("On rows learned from", Align::Right),
        ("Gap", Align::Right),
        ("", Align::Left),
        ("Settings", Align::Left),
    ]);
    for trial in ranked
        .iter()
        .filter(|trial| !hidden.contains(&trial.number))
    {
        let plain = |value: Option<f64>| value.map_or("–".to_owned(), |v| format::number(v, 3));
        table.row(vec![
            (trial.number + 1).to_string(),
            trial.shown_score(),
            plain(trial.training),
            plain(trial.gap(tuning.higher_is_better)),
            trial.remark(),
            trial.settings_words(),
        ]);
    }
    let mut text = table.to_text();
    if !hidden.is_empty() {
        text.push_str(&format!("\n  and {} more", hidden.len()));
    }
    text
}

fn importance_table(importance: &Importance) -> String {
    let mut table = TextTable::new(&[("Setting", Align::Left), ("Share", Align::Right)]);
    for setting in &importance.settings {
        table.row(vec![
            format!("{} ({})", setting.label, setting.key),
            format::share(setting.share),
        ]);
    }
    table.row(vec![
        "Only together".to_owned(),
        format::share(importance.together),
    ]);
    table.to_text()
}

fn nested_text(nested: &Nested) -> String {
    let score = match (nested.mean, nested.margin) {
        (Some(mean), Some(margin)) => {
            let decimals = format::decimals_for(margin);
            format!(
                "{} ± {}",
                format::fixed(mean, decimals),
                format::fixed(margin, decimals)
            )
        }
        (Some(mean), None) => format::number(mean, 4),
        _ => "no score".to_owned(),
    };
    let mut table = TextTable::new(&[
        ("Part", Align::Right),
        ("While tuning", Align::Right),
        ("On the part", Align::Right),
        ("Settings found", Align::Left),
    ]);
    for fold in &nested.folds {
        let plain = |value: Option<f64>| value.map_or("–".to_owned(), |v| format::number(v, 4));
        let settings: Vec<String> = fold
            .values
            .0
            .iter()
            .map(|(key, value)| format!("{key} {}", tuning::shown(value)))
            .collect();
        table.row(vec![
            (fold.fold + 1).to_string(),
            plain(fold.inner),
            plain(fold.score),
            settings.join(", "),
        ]);
    }
    format!(
        "Tuned without each part and checked on it (nested cross-validation): {score}\n{}",
        table.to_text()
    )
}
