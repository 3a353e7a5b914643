//! Training several learners over the same folds, for `train`, `run` and `bench`.

use serde_json::{Map, Value, json};

use super::console::Context;
use super::text::{Align, TextTable};
use crate::base::{Params, UserError, format};
use crate::data::Table;
use crate::evaluate::metrics::{self, Metric, MetricValue};
use crate::evaluate::split::split_prepared;
use crate::evaluate::{
    Comparison, FinalFit, RunResult, RunSpec, SplitPlan, compare, cross_validate_prepared,
    fit_final,
};
use crate::learn::{self, Learner, Task};
use crate::pipeline::{self, FittedPipeline, LearningPlan};
use crate::project::places;

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
    context.task.progress(0, 0, "Preparing the folds");
    let prepared = pipeline::prepare(source, plan, &context.task.part())?;
    // Rows that cannot be divided are nobody's failure but the request's.
    let (folds, part) = (how.folds as usize, context.task.part());
    split_prepared(&prepared, &how.split, folds, how.seed, &part)?;
    let mut results = Vec::new();
    let mut failures = Vec::new();
    for (done, choice) in choices.iter().enumerate() {
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
    }
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
    })
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
