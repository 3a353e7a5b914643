//! Training several learners over the same folds, for `train`, `run` and `bench`.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::console::Context;
use super::text::{Align, TextTable};
use crate::base::{Params, UserError, format};
use crate::data::Table;
use crate::evaluate::budget::{self, Budget, BudgetEvent};
use crate::evaluate::forecast::{self, Forecast, LOOKED_AT, Work};
use crate::evaluate::metrics::{self, Metric, MetricValue};
use crate::evaluate::split::split_prepared;
use crate::evaluate::{
    Comparison, FinalFit, RunResult, RunSpec, SplitPlan, compare, cross_validate_prepared,
    fit_final,
};
use crate::learn::{self, Learner, Task};
use crate::pipeline::{self, FittedPipeline, LearningPlan};
use crate::project::places;
use crate::session::free_bytes;

/// A learner and the settings that differ from its defaults.
#[derive(Clone, Debug)]
pub struct Choice {
    pub learner: String,
    pub params: Params,
}

/// What holds for every learner alike.
#[derive(Clone, Debug)]
pub struct How {
    /// Settings of the preparation that differ from what each learner wants.
    pub preparation: Params,
    pub folds: u32,
    pub seed: u64,
    pub split: SplitPlan,
    /// Sealed rows that the last fit does without; written into the model.
    pub sealed: u64,
    /// The moment of prediction that was said; written into the model.
    pub moment: Option<String>,
}

/// What came of it.
pub struct Trained {
    pub task: Task,
    pub results: Vec<RunResult>,
    /// Learners that failed; the others' results stand.
    pub failures: Vec<(Choice, UserError)>,
    pub metric: &'static Metric,
    pub comparison: Comparison,
    /// Learner → seconds of its cross-validation with the settings it began with.
    pub seconds: BTreeMap<String, f64>,
    /// Learners whose settings were searched.
    pub searched: Vec<Searched>,
}

/// A search for better settings within a budget.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Searched {
    pub learner: String,
    pub tried: u64,
    pub seconds: f64,
    pub verdict: String,
    /// Whether the settings that were found took the place of those before.
    pub kept: bool,
}

/// Learners that can do the task, yardsticks first, simple ones before others. `lowest`: the
/// smallest answer, where numbers are predicted.
pub fn suited_learners(task: &Task, lowest: Option<f64>) -> Vec<&'static dyn Learner> {
    let mut learners: Vec<_> = learn::suited(task, lowest).collect();
    learners.sort_by_key(|learner| {
        (
            !learner.capabilities().yardstick,
            learner.capabilities().complexity,
        )
    });
    learners
}

/// Learners that are trained where nobody names any: the yardsticks and those that are suggested.
pub fn usual_learners(task: &Task, lowest: Option<f64>) -> Vec<String> {
    suited_learners(task, lowest)
        .into_iter()
        .filter(|learner| {
            let can = learner.capabilities();
            can.yardstick || can.suggested
        })
        .map(|learner| learner.id().to_owned())
        .collect()
}

/// Adds the yardsticks of the task that are not chosen already, before the others.
pub fn with_yardsticks(task: &Task, chosen: Vec<Choice>) -> Vec<Choice> {
    let missing = suited_learners(task, None).into_iter().filter(|learner| {
        learner.capabilities().yardstick
            && !chosen.iter().any(|choice| choice.learner == learner.id())
    });
    let mut all: Vec<Choice> = missing
        .map(|learner| Choice {
            learner: learner.id().to_owned(),
            params: Params::new(),
        })
        .collect();
    all.extend(chosen);
    all
}

/// Cross-validates every choice. One learner's failure does not cost the others their results.
pub fn train(
    source: &Table,
    plan: &LearningPlan,
    choices: &[Choice],
    how: &How,
    context: &Context,
) -> Result<Trained, UserError> {
    train_within(source, plan, choices, how, None, context)
}

/// How long every choice will take, each told on a line as it is found.
pub fn forecasts(
    source: &Table,
    plan: &LearningPlan,
    choices: &[Choice],
    how: &How,
    context: &Context,
) -> Result<Vec<Forecast>, UserError> {
    let task = context.task.part();
    let prepared = pipeline::prepare(source, plan, &task)?;
    let made = split_prepared(&prepared, &how.split, how.folds as usize, how.seed, &task)?;
    let most = |rows: &dyn Fn(usize) -> usize| (0..made.count.min(50)).map(rows).max();
    let work = Work {
        rows: most(&|round| made.train(round).len()).unwrap_or(0) as u64,
        checked: most(&|round| made.check(round).len()).unwrap_or(0) as u64,
        rounds: made.count as u64,
    };
    let rows = source.rows();
    let some = match rows > LOOKED_AT {
        true => {
            let every = rows as f64 / LOOKED_AT as f64;
            let places = (0..LOOKED_AT).map(|place| (place as f64 * every) as usize);
            source.take(&places.collect::<Vec<_>>())?
        }
        false => source.clone(),
    };
    let prepared = pipeline::prepare(&some, plan, &task)?;
    let mut found = Vec::new();
    for choice in choices {
        let wanted = (choice.learner.as_str(), &choice.params, &how.preparation);
        match forecast::forecast(&prepared, wanted, work, (free_bytes(), how.seed), &task) {
            Ok(told) => {
                let words = forecast::range_words(told.seconds);
                let large = told.too_large.as_deref().unwrap_or_default();
                let name = name_of(&choice.learner);
                context.note(format!("{name}: {words}. {large}").trim_end());
                found.push(told);
            }
            Err(error) if error.is_cancelled() => return Err(error),
            // It will say so itself when it is trained.
            Err(_) => {}
        }
    }
    let total = forecast::range_words(forecast::total(&found));
    context.note(&format!("In all: {total}"));
    Ok(found)
}

/// As [`train`]; with a budget, better settings are searched for the models in front.
pub fn train_within(
    source: &Table,
    plan: &LearningPlan,
    choices: &[Choice],
    how: &How,
    budget: Option<Budget>,
    context: &Context,
) -> Result<Trained, UserError> {
    let started = Instant::now();
    context.task.progress(0, 0, "Preparing the folds");
    let prepared = pipeline::prepare(source, plan, &context.task.part())?;
    // Rows that cannot be divided are nobody's failure but the request's.
    let (folds, part) = (how.folds as usize, context.task.part());
    split_prepared(&prepared, &how.split, folds, how.seed, &part)?;
    let mut results = Vec::new();
    let mut failures = Vec::new();
    let mut seconds = BTreeMap::new();
    for (done, choice) in choices.iter().enumerate() {
        let begun = Instant::now();
        let outcome = learn::by_id(&choice.learner).and_then(|learner| {
            let what = format!("Training {}", learner.name().to_lowercase());
            context
                .task
                .progress(done as u64, choices.len() as u64, &what);
            let spec = spec_of(plan, choice, how)?;
            cross_validate_prepared(&prepared, &spec, &context.task.part(), &mut |_| {})
        });
        match outcome {
            Ok(result) => results.push(result),
            Err(error) if error.is_cancelled() => return Err(error),
            Err(error) => failures.push((choice.clone(), error)),
        }
        seconds.insert(choice.learner.clone(), begun.elapsed().as_secs_f64());
    }
    let searched = match budget {
        Some(budget) => {
            let when = (budget, started);
            search_better(&prepared, plan, how, when, &mut results, context)?
        }
        None => Vec::new(),
    };
    let task = prepared.task().clone();
    let headline = results.first().map(|result| result.headline.clone());
    let metric = headline
        .as_deref()
        .and_then(metrics::by_id)
        .unwrap_or_else(|| metrics::headline(&task, &[]));
    Ok(Trained {
        comparison: compare(&results, metric.id),
        task,
        results,
        failures,
        metric,
        seconds,
        searched,
    })
}

/// Searches settings of the models in front; what is found takes the place of what was there.
fn search_better(
    prepared: &pipeline::Prepared,
    plan: &LearningPlan,
    how: &How,
    when: (Budget, Instant),
    results: &mut [RunResult],
    context: &Context,
) -> Result<Vec<Searched>, UserError> {
    let before = results.to_vec();
    let spec_of = |result: &RunResult| RunSpec {
        plan: plan.clone(),
        learner: result.learner.clone(),
        params: result.params.clone(),
        preparation: how.preparation.clone(),
        folds: how.folds as usize,
        seed: how.seed,
        split: how.split.clone(),
    };
    let mut searched = Vec::new();
    let mut tell = |event: BudgetEvent| match event {
        BudgetEvent::Started { learner, .. } => {
            let what = format!("Searching settings of {}", name_of(&learner).to_lowercase());
            context.task.progress(0, 0, &what);
        }
        BudgetEvent::Tried { .. } => {}
        BudgetEvent::Done {
            learner,
            tuning,
            better,
        } => {
            searched.push(Searched {
                tried: tuning.tried() as u64,
                seconds: tuning.seconds,
                verdict: tuning.verdict(),
                kept: better.is_some(),
                learner: learner.clone(),
            });
            let place = results.iter_mut().find(|result| result.learner == learner);
            if let (Some(place), Some(better)) = (place, better) {
                *place = *better;
            }
        }
        BudgetEvent::Failed { learner, error } => {
            context.note(&format!(
                "{}: {}. {}",
                name_of(&learner),
                error.what,
                error.why
            ));
        }
    };
    budget::search_settings(
        prepared,
        &before,
        &spec_of,
        when,
        &context.task.part(),
        &mut tell,
    )?;
    Ok(searched)
}

fn spec_of(plan: &LearningPlan, choice: &Choice, how: &How) -> Result<RunSpec, UserError> {
    let params = choice
        .params
        .checked(learn::by_id(&choice.learner)?.params())?;
    Ok(RunSpec {
        plan: plan.clone(),
        learner: choice.learner.clone(),
        params,
        preparation: how.preparation.clone(),
        folds: how.folds as usize,
        seed: how.seed,
        split: how.split.clone(),
    })
}

impl Trained {
    pub fn result(&self, learner: &str) -> Option<&RunResult> {
        self.results.iter().find(|result| result.learner == learner)
    }

    fn guessing(&self) -> Option<&RunResult> {
        self.result("guessing")
    }

    /// Results in the order of the comparison, best first; those it leaves out at the end.
    fn ranked(&self) -> Vec<&RunResult> {
        let mut ranked: Vec<&RunResult> = self
            .comparison
            .standings
            .iter()
            .filter_map(|standing| self.results.get(standing.run))
            .collect();
        for result in &self.results {
            if !ranked.iter().any(|other| other.learner == result.learner) {
                ranked.push(result);
            }
        }
        ranked
    }

    /// What a learner was trained with.
    pub fn spec_of(
        &self,
        plan: &LearningPlan,
        learner: &str,
        how: &How,
    ) -> Result<RunSpec, UserError> {
        let choice = Choice {
            learner: learner.to_owned(),
            params: self
                .result(learner)
                .map(|result| result.params.clone())
                .unwrap_or_default(),
        };
        spec_of(plan, &choice, how)
    }

    /// Fits one learner on every row given.
    pub fn fit(
        &self,
        source: &Table,
        plan: &LearningPlan,
        learner: &str,
        how: &How,
        source_name: &str,
        context: &Context,
    ) -> Result<FittedPipeline, UserError> {
        let measured = self.result(learner);
        context.task.progress(0, 0, "Fitting once more");
        let about = FinalFit {
            source_name,
            trained_at: places::now(),
            measured,
            guessing: self.guessing(),
            sealed: how.sealed,
            after_openings: 0,
            moment: how.moment.as_deref(),
        };
        fit_final(
            source,
            &self.spec_of(plan, learner, how)?,
            &about,
            &context.task.part(),
        )
    }

    /// The part of the output that says how the models did.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut results: Vec<Value> = self.ranked().into_iter().map(result_json).collect();
        results.extend(self.failures.iter().map(|(choice, error)| {
            json!({
                "learner": choice.learner,
                "params": choice.params,
                "error": error,
            })
        }));
        let baseline = self
            .guessing()
            .and_then(|run| run.scores.get(self.metric.id))
            .map(|value| {
                json!({
                    "learner": "guessing",
                    "metric": self.metric.id,
                    "mean": value.mean,
                    "lower": value.lower,
                    "upper": value.upper,
                })
            });
        let mut map = Map::new();
        map.insert("metric".to_owned(), json!(self.metric.id));
        map.insert("results".to_owned(), json!(results));
        map.insert("seconds".to_owned(), json!(self.seconds));
        if !self.searched.is_empty() {
            map.insert("searched".to_owned(), json!(self.searched));
        }
        map.insert("baseline".to_owned(), json!(baseline));
        map.insert("comparison".to_owned(), json!(self.comparison));
        map.insert("recommended".to_owned(), json!(self.comparison.recommended));
        map.insert("reason".to_owned(), json!(self.comparison.reason));
        map
    }

    /// The ranking as a table, and the advice.
    pub fn to_text(&self) -> String {
        let better = if self.metric.higher_is_better {
            "higher is better"
        } else {
            "lower is better"
        };
        let first = self.results.first();
        let together = first
            .and_then(|result| result.scores.get(self.metric.id))
            .is_some_and(|value| !value.blocks.is_empty());
        let of = if together {
            let rows = first.map_or(0, |result| result.out_of_fold.rows.len() as u64);
            format!("of {} checked together", format::counted(rows, "row"))
        } else {
            let folds = first.map_or(0, |result| result.folds.len() as u64);
            format!("mean of {}", format::counted(folds, "part"))
        };
        let mut text = format!(
            "{} ({}), {of} and 95 % interval; {better}\n\n{}",
            self.metric.name,
            self.metric.technical,
            self.table()
        );
        for searched in &self.searched {
            text.push_str(&format!(
                "\n  {}: {} tried in {}. {}",
                name_of(&searched.learner),
                format::counted(searched.tried, "setting"),
                format::duration(std::time::Duration::from_secs_f64(searched.seconds)),
                searched.verdict
            ));
        }
        for (choice, error) in &self.failures {
            text.push_str(&format!("\n  {} failed: {error}", name_of(&choice.learner)));
        }
        text.push_str("\n\n");
        match &self.comparison.recommended {
            Some(learner) => text.push_str(&format!(
                "Recommended: {}. {}",
                name_of(learner),
                self.comparison.reason
            )),
            None => text.push_str(&format!("No recommendation. {}", self.comparison.reason)),
        }
        text
    }

    fn table(&self) -> String {
        let mut lines = TextTable::new(&[
            ("", Align::Left),
            ("Model", Align::Left),
            ("Mean", Align::Right),
            ("95 % interval", Align::Left),
            ("", Align::Left),
            ("Training", Align::Right),
        ]);
        for run in self.ranked() {
            let standing = self
                .comparison
                .standings
                .iter()
                .find(|standing| standing.learner == run.learner);
            let (mean, interval) = match run.scores.get(self.metric.id) {
                Some(value) => shown(value),
                None => ("–".to_owned(), "not defined in these parts".to_owned()),
            };
            let remark = match standing {
                Some(standing) if standing.yardstick => "yardstick",
                Some(standing) if standing.difference_to_best == 0.0 && standing.tied => "best",
                Some(standing) if standing.tied => "not clearly different from the best",
                Some(standing) if standing.behind => "behind",
                _ => "",
            };
            let mark = if standing.is_some_and(|standing| standing.recommended) {
                "*"
            } else {
                ""
            };
            lines.row(vec![
                mark.to_owned(),
                name_of(&run.learner),
                mean,
                interval,
                remark.to_owned(),
                format::duration(std::time::Duration::from_secs_f64(run.fit_seconds.max(0.0))),
            ]);
        }
        lines.to_text()
    }
}

/// The mean and its interval, with as many decimals as the interval justifies.
fn shown(value: &MetricValue) -> (String, String) {
    let decimals = format::decimals_for((value.upper - value.lower) / 2.0);
    (
        format::fixed(value.mean, decimals),
        format!(
            "{} to {}",
            format::fixed(value.lower, decimals),
            format::fixed(value.upper, decimals)
        ),
    )
}

pub fn name_of(learner: &str) -> String {
    learn::by_id(learner).map_or_else(|_| learner.to_owned(), |learner| learner.name().to_owned())
}

fn result_json(run: &RunResult) -> Value {
    json!({
        "learner": run.learner,
        "params": run.params,
        "preparation": run.preparation,
        "scores": run.scores,
        "not_defined": run.not_defined,
        "folds": run.folds,
        "fit_seconds": run.fit_seconds,
        "predict_seconds": run.predict_seconds,
        "issues": run.issues,
    })
}
