//! Tuning: settings of a learner that score best over folds, found by trying them.
//!
//! Every trial is checked on the same folds of the same rows, prepared once ([`folds`]). Spaces are
//! declared beside the settings of each learner ([`space`]); what is tried next is decided at random
//! ([`random`]), by where good trials are dense ([`tpe`]) or by dropping bad ones early
//! ([`halving`]). The best of many scores looks better than it is: [`Tuning::luck`] says by how much,
//! and [`nested`] measures it on rows that tuning never saw.

mod coordinates;
mod folds;
mod halving;
mod importance;
mod nested;
mod random;
mod record;
mod search;
mod space;
mod tpe;
mod words;

use std::time::Instant;

use serde::{Deserialize, Serialize};

pub use coordinates::{Axis, AxisKind, Coordinates, Line, coordinates};
pub use halving::rounds;
pub use importance::{Importance, SettingShare, importance};
pub use nested::{Nested, NestedEvent, NestedFold, nested};
pub use record::Tuned;
pub use search::{
    Ask, Effort, Limits, Objective, Outcome, Run, Searcher, Seen, trials_without_gain,
};
pub use space::{Dimension, Narrowed, Narrowing, Point, Range, Space, When, shown};

use super::SplitPlan;
use super::metrics::{self, Metric};
use super::statistics::corrected_interval;
use crate::base::{Params, TaskContext, UserError};
use crate::learn::{self, Task};
use crate::pipeline::Prepared;

/// How the next trial is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMethod {
    Random,
    #[default]
    Tpe,
    Halving,
}

impl SearchMethod {
    pub const ALL: [Self; 3] = [Self::Random, Self::Tpe, Self::Halving];

    pub fn id(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Tpe => "tpe",
            Self::Halving => "halving",
        }
    }

    /// Plain words, the term in brackets.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "At random",
            Self::Tpe => "Where good ones were (TPE)",
            Self::Halving => "Drop bad ones early (successive halving)",
        }
    }

    /// Plain words alone.
    pub fn plain_name(self) -> &'static str {
        match self {
            Self::Random => "At random",
            Self::Tpe => "Where good ones were",
            Self::Halving => "Drop bad ones early",
        }
    }

    /// As [`Self::name`], inside a sentence.
    pub fn in_sentence(self) -> &'static str {
        match self {
            Self::Random => "at random",
            Self::Tpe => "where good ones were (TPE)",
            Self::Halving => "bad ones dropped early (successive halving)",
        }
    }

    /// What it does and when it suits.
    pub fn help(self) -> &'static str {
        match self {
            Self::Random => {
                "Random search: draws settings evenly from their ranges and knows nothing of earlier ones. The yardstick of searches."
            }
            Self::Tpe => {
                "Tree-structured Parzen estimator (TPE): tries more where good settings are dense so far. Suits most searches of 20 and more."
            }
            Self::Halving => {
                "Successive halving: measures many on few parts or few rows, and only the better ones further. Suits slow learners and many settings."
            }
        }
    }

    pub fn by_id(id: &str) -> Result<Self, UserError> {
        Self::ALL
            .into_iter()
            .find(|method| method.id() == id)
            .ok_or_else(|| {
                let known: Vec<&str> = Self::ALL.iter().map(|method| method.id()).collect();
                UserError::usage(
                    "unknown_search",
                    format!("There is no search called {id}"),
                    format!("The searches are {}", known.join(", ")),
                )
            })
    }

    /// Folds fitted at most. `rows`: learned from per fold.
    pub fn most_fits(self, trials: usize, folds: usize, rows: u64) -> u64 {
        match self {
            Self::Random | Self::Tpe => (trials * folds) as u64,
            Self::Halving => halving::most_fits(trials, folds, rows),
        }
    }

    fn searcher(
        self,
        space: &Space,
        objective: &dyn Objective,
        trials: usize,
        seed: u64,
    ) -> Result<Box<dyn Searcher>, UserError> {
        Ok(match self {
            Self::Random => Box::new(random::RandomSearch::new(trials, seed)),
            Self::Tpe => Box::new(tpe::Tpe::new(space, trials, seed)?),
            Self::Halving => Box::new(halving::Halving::new(
                trials,
                objective.folds(),
                objective.rows(),
                seed,
            )),
        })
    }
}

/// Trials without a clear gain after which a search ends, unless somebody says otherwise.
pub const PATIENCE: usize = 40;

/// What to tune.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuneSpec {
    /// Id of the learner.
    pub learner: String,
    pub method: SearchMethod,
    /// Settings held in every trial.
    pub fixed: Params,
    pub narrowing: Narrowing,
    /// Settings that are tried right after the learner's own: those in use, for example.
    #[serde(default)]
    pub start: Option<Params>,
    /// Settings of the preparation that differ from what the learner wants.
    pub preparation: Params,
    pub folds: usize,
    pub seed: u64,
    /// How rows are divided, see [`tuned_split`].
    #[serde(default)]
    pub split: SplitPlan,
    /// Id of the metric; None for the headline of the task.
    pub metric: Option<String>,
    /// Trials at most, the learner's own settings included.
    pub trials: usize,
    /// Seconds at most.
    pub seconds: Option<f64>,
    /// Trials without a clear gain after which it ends; 0 is never.
    pub patience: usize,
}

impl TuneSpec {
    pub fn new(learner: &str) -> Self {
        Self {
            learner: learner.to_owned(),
            method: SearchMethod::default(),
            fixed: Params::new(),
            narrowing: Narrowing::default(),
            start: None,
            preparation: Params::new(),
            folds: 5,
            seed: 1,
            split: SplitPlan::default(),
            metric: None,
            trials: 40,
            seconds: None,
            patience: PATIENCE,
        }
    }
}

/// How the rows of a trial are divided where a training divides them by `plan`, and why it differs
/// where it does. A trial per single row would be as many fits as there are rows.
pub fn tuned_split(plan: &SplitPlan) -> (SplitPlan, Option<&'static str>) {
    match plan {
        SplitPlan::LeaveOneOut => (
            SplitPlan::default(),
            Some(
                "Checking every row on its own would fit each setting once per row, so settings are checked in parts",
            ),
        ),
        plan => (plan.clone(), None),
    }
}

/// What is scored on the same folds to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Mean over the folds.
    pub score: f64,
    /// Half-width of its corrected 95 % interval.
    pub margin: Option<f64>,
}

/// One fold of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldScore {
    /// 0-based.
    pub fold: usize,
    /// On the rows checked; None where the metric is not defined for them.
    pub score: Option<f64>,
    /// On rows learned from.
    pub training: Option<f64>,
    pub rows_trained: u64,
    pub rows_checked: u64,
    pub fit_seconds: f64,
    pub predict_seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialState {
    Running,
    /// Measured on every fold.
    Done,
    /// Measured on some folds, and not worth more.
    Dropped,
    Failed(UserError),
    /// Not finished, because the search was ended.
    Stopped,
}

/// One setting that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// 0-based, in the order of the path; 0 is the learner's own settings.
    pub number: usize,
    /// The settings that are searched and act in this trial.
    pub values: Params,
    /// Everything that differs from the learner's own settings.
    pub params: Params,
    pub point: Point,
    pub state: TrialState,
    /// In order; none of an earlier round that learned from fewer rows.
    pub folds: Vec<FoldScore>,
    /// The part of the rows learned from.
    pub share: f64,
    /// Mean over the folds.
    pub score: Option<f64>,
    /// Half-width of its corrected 95 % interval.
    pub margin: Option<f64>,
    /// Mean score on rows learned from.
    pub training: Option<f64>,
}

impl Trial {
    /// Mean over the folds of rows checked / rows learned from.
    pub fn check_share(&self) -> f64 {
        let shares = self
            .folds
            .iter()
            .map(|fold| fold.rows_checked as f64 / fold.rows_trained.max(1) as f64);
        shares.sum::<f64>() / self.folds.len().max(1) as f64
    }

    /// How much better it does on rows learned from than on rows checked, in units of the score:
    /// positive means that it learned by heart.
    pub fn gap(&self, higher_is_better: bool) -> Option<f64> {
        let gap = self.training? - self.score?;
        Some(if higher_is_better { gap } else { -gap })
    }

    pub fn fit_seconds(&self) -> f64 {
        self.folds.iter().map(|fold| fold.fit_seconds).sum()
    }

    fn measure(&mut self) {
        let scores: Vec<f64> = self.folds.iter().filter_map(|fold| fold.score).collect();
        let training: Vec<f64> = self.folds.iter().filter_map(|fold| fold.training).collect();
        self.score = mean(&scores).filter(|mean| mean.is_finite());
        self.margin = corrected_interval(&scores, self.check_share())
            .map(|(_, margin)| margin)
            .filter(|margin| margin.is_finite());
        self.training = mean(&training).filter(|mean| mean.is_finite());
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// What happens while tuning, as it happens. Folds of one trial may be told in any order.
#[derive(Clone, Debug, PartialEq)]
pub enum TuneEvent {
    Prepared {
        rows: u64,
        folds: usize,
        trials: usize,
        metric: &'static str,
        space: Space,
    },
    /// Guessing on the same folds.
    Guessing(Reference),
    TrialStarted(Trial),
    FoldDone {
        trial: usize,
        fold: FoldScore,
    },
    /// Measured, whole or as far as it is worth for now, or failed.
    TrialDone(Trial),
    /// A whole trial that is better than all before it.
    Best(Trial),
}

/// Why a search came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Every trial was made, or there was nothing new left to try.
    Finished,
    TimeIsUp,
    /// So many trials brought no clear gain.
    NothingGained,
    /// A person stopped it.
    Stopped,
}

/// A finished search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    pub spec: TuneSpec,
    /// Id of the metric.
    pub metric: String,
    pub higher_is_better: bool,
    pub space: Space,
    pub rows: u64,
    pub folds: usize,
    /// Guessing on the same folds; None where it has no score.
    #[serde(default)]
    pub guessing: Option<Reference>,
    /// In the order of the path.
    pub trials: Vec<Trial>,
    /// Index of the best whole trial.
    pub best: usize,
    pub ended: Ended,
    pub seconds: f64,
    /// Folds fitted, whole or on a part of the rows.
    pub fold_fits: u64,
}

impl Tuning {
    pub fn best_trial(&self) -> Option<&Trial> {
        self.trials.get(self.best)
    }

    /// The learner's own settings.
    pub fn usual_trial(&self) -> Option<&Trial> {
        self.trials.first()
    }

    fn whole(&self) -> impl Iterator<Item = &Trial> {
        self.trials
            .iter()
            .filter(|trial| trial.state == TrialState::Done)
    }

    /// Trials that count for "the best of so many".
    pub fn tried(&self) -> usize {
        self.trials
            .iter()
            .filter(|trial| matches!(trial.state, TrialState::Done | TrialState::Dropped))
            .count()
    }

    /// (trial, best score until then), one entry per whole trial.
    pub fn best_so_far(&self) -> Vec<(usize, f64)> {
        let mut best: Option<f64> = None;
        self.whole()
            .filter_map(|trial| {
                let score = trial.score?;
                let better = best.is_none_or(|old| {
                    if self.higher_is_better {
                        score > old
                    } else {
                        score < old
                    }
                });
                if better {
                    best = Some(score);
                }
                Some((trial.number, best?))
            })
            .collect()
    }

    /// By how much the best trial looks better than it is, in units of the score, not negative.
    ///
    /// The mean over the folds of the difference between the best trial's error in the fold and the
    /// smallest error any trial has there: R. Tibshirani, R. Tibshirani, "A Bias Correction for the
    /// Minimum Error Rate in Cross-Validation", Annals of Applied Statistics 3 (2009), section 2.
    pub fn luck(&self) -> Option<f64> {
        let best = self.best_trial()?;
        if best.folds.len() < 2 {
            return None;
        }
        let sign = if self.higher_is_better { -1.0 } else { 1.0 };
        let differences: Vec<f64> = best
            .folds
            .iter()
            .enumerate()
            .filter_map(|(at, fold)| {
                let own = sign * fold.score?;
                let smallest = self
                    .whole()
                    .filter_map(|trial| Some(sign * trial.folds.get(at)?.score?))
                    .fold(own, f64::min);
                Some(own - smallest)
            })
            .collect();
        mean(&differences)
    }

    /// Mean and half-width of the 95 % interval of how much better the best trial is than the
    /// learner's own settings, fold by fold.
    pub fn gain(&self) -> Option<(f64, f64)> {
        let (best, usual) = (self.best_trial()?, self.usual_trial()?);
        let sign = if self.higher_is_better { 1.0 } else { -1.0 };
        let gains: Vec<f64> = best
            .folds
            .iter()
            .zip(&usual.folds)
            .filter_map(|(new, old)| Some(sign * (new.score? - old.score?)))
            .collect();
        corrected_interval(&gains, best.check_share())
    }
}

/// The metric that is tuned for.
pub fn metric_of(
    task: &Task,
    wanted: Option<&str>,
    class_counts: &[u64],
) -> Result<&'static Metric, UserError> {
    let Some(id) = wanted else {
        return Ok(metrics::headline(task, class_counts));
    };
    metrics::for_task(task)
        .find(|metric| metric.id == id)
        .ok_or_else(|| {
            let known: Vec<&str> = metrics::for_task(task).map(|metric| metric.id).collect();
            UserError::usage(
                "unknown_metric",
                format!("There is no score called {id} for this target"),
                format!("The scores are {}", known.join(", ")),
            )
        })
}

/// Tunes one learner on a prepared table.
///
/// `rows`: ids of [`Prepared::eligible_rows`]; rows that are kept apart are not among them, and
/// nothing here ever looks at another row. `threads`: how many may be used; the result depends on
/// the seed alone, save for the seconds and for where a limit of time or a person ended it.
pub fn tune_prepared(
    prepared: &Prepared,
    rows: &[u32],
    spec: &TuneSpec,
    threads: usize,
    task: &TaskContext,
    on_event: &(dyn Fn(TuneEvent) + Sync),
) -> Result<Tuning, UserError> {
    let started = Instant::now();
    task.check()?;
    let learner = learn::by_id(&spec.learner)?;
    let space = Space::of(learner, prepared.task(), &spec.fixed, &spec.narrowing)?;
    let objective = folds::LearnerOnFolds::new(prepared, rows, spec, task)?;
    on_event(TuneEvent::Prepared {
        rows: rows.len() as u64,
        folds: objective.folds(),
        trials: spec.trials,
        metric: objective.metric.id,
        space: space.clone(),
    });
    let guessing = objective.guessing(task)?;
    if let Some(guessing) = guessing {
        on_event(TuneEvent::Guessing(guessing));
    }
    let outcome = optimise(&objective, &space, spec, threads, task, on_event)?;
    Ok(Tuning {
        spec: spec.clone(),
        metric: objective.metric.id.to_owned(),
        higher_is_better: objective.metric.higher_is_better,
        space,
        rows: rows.len() as u64,
        folds: objective.folds(),
        guessing,
        best: outcome.best.unwrap_or(0),
        trials: outcome.trials,
        ended: outcome.ended,
        seconds: started.elapsed().as_secs_f64(),
        fold_fits: outcome.fold_fits,
    })
}

/// Searches the best point of anything that can be measured.
pub fn optimise(
    objective: &dyn Objective,
    space: &Space,
    spec: &TuneSpec,
    threads: usize,
    task: &TaskContext,
    on_event: &(dyn Fn(TuneEvent) + Sync),
) -> Result<Outcome, UserError> {
    let mut first = vec![space.usual()];
    if let Some(start) = &spec.start {
        first.push(space.place_of(start));
    }
    first.dedup();
    first.truncate(spec.trials.max(1));
    let more = spec.trials.saturating_sub(first.len());
    let mut searcher = spec.method.searcher(space, objective, more, spec.seed)?;
    let time = spec
        .seconds
        .filter(|seconds| *seconds >= 0.0)
        .and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok());
    Run {
        objective,
        space,
        limits: Limits {
            time,
            patience: spec.patience,
            threads,
        },
        task,
        on_event,
    }
    .run(first, searcher.as_mut())
}
