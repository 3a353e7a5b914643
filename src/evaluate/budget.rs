//! Better settings for the models in front, searched within a time or a number of trials after all
//! were trained with their own.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::compare::compare;
use super::cross_validation::{RunResult, RunSpec, cross_validate_prepared};
use super::split::SplitPlan;
use super::tuning::{self, TuneEvent, TuneSpec, Tuning};
use crate::base::{Issue, Params, Severity, TaskContext, UserError, format};
use crate::learn;
use crate::pipeline::Prepared;

/// What may be spent on a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// From the start of the training. What is reached in it depends on the computer.
    Seconds(f64),
    /// Settings of each learner in front; the same seed gives the same numbers.
    Trials(u32),
}

impl Budget {
    /// When the time is up.
    pub fn end(self, started: Instant) -> Option<Instant> {
        match self {
            Self::Seconds(seconds) => {
                let time = Duration::try_from_secs_f64(seconds.max(0.0)).ok()?;
                started.checked_add(time)
            }
            Self::Trials(_) => None,
        }
    }
}

/// Models whose settings are searched at most.
const SEARCHED: usize = 3;
/// Settings of one learner that are tried at most, however long the time.
const MOST_TRIALS: usize = 200;
/// A search shorter than this tells nothing.
const SHORTEST: f64 = 0.5;
/// How much longer than before the last check of the settings that were found may take.
const SLACK: f64 = 1.5;

/// What happens while settings are searched.
#[derive(Clone, Debug)]
pub enum BudgetEvent {
    /// The learner with this id is next; it gets so many seconds.
    Started {
        learner: String,
        seconds: Option<f64>,
    },
    /// So many settings of it were tried; the best score until now.
    Tried {
        learner: String,
        tried: usize,
        best: Option<f64>,
    },
    /// Its search is over. The result with the settings that were found, checked like all others;
    /// None where its own settings were the best.
    Done {
        learner: String,
        tuning: Box<Tuning>,
        better: Option<Box<RunResult>>,
    },
    /// The search failed; what was trained before stands.
    Failed { learner: String, error: UserError },
}

/// Ids of the learners worth searching, the best first: those not clearly behind the best.
pub fn in_front(results: &[RunResult]) -> Vec<String> {
    let Some(first) = results.first() else {
        return Vec::new();
    };
    compare(results, &first.headline)
        .standings
        .iter()
        .filter(|standing| !standing.yardstick && !standing.behind)
        .filter(|standing| {
            learn::by_id(&standing.learner).is_ok_and(|learner| !learner.search().is_empty())
        })
        .take(SEARCHED)
        .map(|standing| standing.learner.clone())
        .collect()
}

/// The time left divided by the searches still to come, less what the last check will take. A search
/// that ends early leaves its time to those after it.
pub fn share(left: f64, searches: usize, check: f64) -> f64 {
    left / searches.max(1) as f64 - SLACK * check
}

/// Searches settings of the learners in front, one after another. Cancelling ends it; what was told
/// until then stands. `spec_of` gives what a result was trained with.
pub fn search_settings(
    prepared: &Prepared,
    results: &[RunResult],
    spec_of: &dyn Fn(&RunResult) -> RunSpec,
    (budget, started): (Budget, Instant),
    task: &TaskContext,
    on_event: &mut (dyn FnMut(BudgetEvent) + Send),
) -> Result<(), UserError> {
    let front = in_front(results);
    let end = budget.end(started);
    for (at, learner) in front.iter().enumerate() {
        task.check()?;
        let Some(before) = results.iter().find(|result| result.learner == *learner) else {
            continue;
        };
        let check = before.fit_seconds + before.predict_seconds;
        let seconds = end.map(|end| {
            let left = end.saturating_duration_since(Instant::now()).as_secs_f64();
            share(left, front.len() - at, check)
        });
        if seconds.is_some_and(|seconds| seconds < SHORTEST) {
            continue;
        }
        on_event(BudgetEvent::Started {
            learner: learner.clone(),
            seconds,
        });
        let effort = (seconds, budget);
        match search_one(prepared, &spec_of(before), effort, task, on_event) {
            Ok((tuning, better)) => on_event(BudgetEvent::Done {
                learner: learner.clone(),
                tuning: Box::new(tuning),
                better: better.map(Box::new),
            }),
            Err(error) if error.is_cancelled() => return Err(error),
            // One learner's failure never costs another's result.
            Err(error) => on_event(BudgetEvent::Failed {
                learner: learner.clone(),
                error,
            }),
        }
    }
    Ok(())
}

fn search_one(
    prepared: &Prepared,
    spec: &RunSpec,
    (seconds, budget): (Option<f64>, Budget),
    task: &TaskContext,
    on_event: &mut (dyn FnMut(BudgetEvent) + Send),
) -> Result<(Tuning, Option<RunResult>), UserError> {
    if !matches!(spec.split, SplitPlan::KFold { .. }) {
        return Err(UserError::failed(
            "not_searched",
            "Its settings were not searched",
            "Settings are searched where every row is checked once, and rows are divided in another way here",
        )
        .with_hint("Its result with the settings it has stands"));
    }
    let learner = learn::by_id(&spec.learner)?;
    let own = Params::defaults(learner.params());
    let mut changed = spec.params.clone();
    changed.0.retain(|key, value| own.get(key) != Some(value));
    // What a person set and nobody searches stays.
    let searched = |key: &str| learner.search().iter().any(|search| search.key == key);
    let mut held = changed.clone();
    held.0.retain(|key, _| !searched(key));
    let wanted = TuneSpec {
        fixed: held,
        start: Some(changed.clone()),
        preparation: spec.preparation.clone(),
        folds: spec.folds,
        seed: spec.seed,
        trials: match budget {
            Budget::Seconds(_) => MOST_TRIALS,
            Budget::Trials(trials) => trials as usize,
        },
        seconds,
        ..TuneSpec::new(&spec.learner)
    };
    let rows = prepared.eligible_rows();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let told = Mutex::new((0, None, &mut *on_event));
    let part = task.part();
    let tell = |event: TuneEvent| {
        let Ok(mut told) = told.lock() else { return };
        match event {
            TuneEvent::TrialDone(_) => told.0 += 1,
            TuneEvent::Best(trial) => told.1 = trial.score,
            _ => return,
        }
        let (tried, best) = (told.0, told.1);
        (told.2)(BudgetEvent::Tried {
            learner: spec.learner.clone(),
            tried,
            best,
        });
    };
    let tuning = tuning::tune_prepared(prepared, &rows, &wanted, threads, &part, &tell)?;
    task.check()?;
    let found = tuning.best_trial().filter(|_| tuning.best > 0);
    let Some(found) = found.filter(|trial| trial.params != changed) else {
        return Ok((tuning, None));
    };
    let better = RunSpec {
        params: found.params.clone(),
        ..spec.clone()
    };
    let part = task.part();
    let mut result = cross_validate_prepared(prepared, &better, &part, &mut |_| {})?;
    result.issues.push(
        Issue::new(Severity::Note, "tuned", tuning.caution()).with_hint(format!(
            "{} in {}",
            format::counted(tuning.tried() as u64, "setting"),
            format::duration(Duration::from_secs_f64(tuning.seconds.max(0.0)))
        )),
    );
    Ok((tuning, Some(result)))
}
