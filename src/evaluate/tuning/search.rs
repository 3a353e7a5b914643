//! The loop that every search shares: ask for trials, fit their folds, tell what came of it.
//!
//! What is asked for depends on the seed and on finished trials only, never on time or on the
//! number of threads, so that one seed gives one path. A budget of time or a person who stops it
//! ends the path earlier; they do not bend it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::space::{Point, Space};
use super::{Ended, FoldScore, Trial, TrialState, TuneEvent};
use crate::base::{Params, TaskContext, UserError, format};
use crate::evaluate::statistics::corrected_interval;
use crate::learn::engine::hist::parallel;

/// Draws until one is new.
const MOST_DRAWS: usize = 200;
/// When all of so many first trials fail, the search is given up.
const FAILURES: usize = 5;

/// What is made better: a learner on folds, or a function in a test.
pub trait Objective: Sync {
    /// Folds of a whole trial, at least 1.
    fn folds(&self) -> usize;
    fn higher_is_better(&self) -> bool;
    /// Rows learned from per fold; halving looks at a part of them where they are many.
    fn rows(&self) -> u64;
    /// One fold of one trial. `share`: the part of the rows to learn from, above 0, at most 1.
    fn evaluate(
        &self,
        params: &Params,
        fold: usize,
        share: f64,
        task: &TaskContext,
    ) -> Result<FoldScore, UserError>;
}

/// How much of a trial is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// So many folds, the first ones.
    pub folds: usize,
    /// The part of the rows learned from.
    pub share: f64,
}

impl Effort {
    pub const ALL: Self = Self {
        folds: usize::MAX,
        share: 1.0,
    };
}

/// What a search wants to know next.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    New {
        point: Point,
        effort: Effort,
    },
    /// More of a trial that was measured in part.
    More {
        trial: usize,
        effort: Effort,
    },
}

/// A trial as a search sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub point: Point,
    /// Smaller is better; None when it failed.
    pub loss: Option<f64>,
}

/// A way of searching.
pub trait Searcher {
    /// Trials to run now, side by side; none ends the search.
    fn next(&mut self, space: &Space, seen: &[Seen]) -> Vec<Ask>;
    /// Whether it may be ended where nothing is gained any more.
    fn may_end_early(&self) -> bool {
        true
    }
}

/// A point that neither was tried nor is asked for already; None where there are hardly any left.
pub fn not_tried(
    space: &Space,
    seen: &[Seen],
    asks: &[Ask],
    mut draw: impl FnMut() -> Point,
) -> Option<Point> {
    let asked = || {
        asks.iter().filter_map(|ask| match ask {
            Ask::New { point, .. } => Some(point),
            Ask::More { .. } => None,
        })
    };
    if space
        .size()
        .is_some_and(|size| size <= (seen.len() + asked().count()) as u64)
    {
        return None;
    }
    (0..MOST_DRAWS).map(|_| draw()).find(|point| {
        !seen.iter().any(|known| known.point == *point) && !asked().any(|known| known == point)
    })
}

/// When to end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    pub time: Option<Duration>,
    /// Trials without a gain; 0 is never.
    pub patience: usize,
    /// How many threads may be used. The path does not depend on it.
    pub threads: usize,
}

/// One search from its first trial to its last.
pub struct Run<'a> {
    pub objective: &'a dyn Objective,
    pub space: &'a Space,
    pub limits: Limits,
    pub task: &'a TaskContext,
    /// Told from the threads that fit.
    pub on_event: &'a (dyn Fn(TuneEvent) + Sync),
}

/// What came of a search.
pub struct Outcome {
    pub trials: Vec<Trial>,
    /// Index of the best whole trial.
    pub best: Option<usize>,
    pub ended: Ended,
    /// Folds fitted, whole or on a part of the rows.
    pub fold_fits: u64,
}

/// One fold to be fitted.
struct Item {
    trial: usize,
    fold: usize,
    share: f64,
    result: Option<Result<FoldScore, UserError>>,
}

impl Run<'_> {
    /// The `first` points, then what `searcher` asks for. Fails when it is stopped before a single
    /// trial is done, or when the first trials all fail.
    pub fn run(
        &self,
        first: Vec<Point>,
        searcher: &mut dyn Searcher,
    ) -> Result<Outcome, UserError> {
        let started = Instant::now();
        let deadline = self.limits.time.and_then(|time| started.checked_add(time));
        let fits = AtomicU64::new(0);
        let mut outcome = Outcome {
            trials: Vec::new(),
            best: None,
            ended: Ended::Finished,
            fold_fits: 0,
        };
        let mut asks: Vec<Ask> = first
            .into_iter()
            .map(|point| Ask::New {
                point,
                effort: Effort::ALL,
            })
            .collect();
        while !asks.is_empty() {
            // The first ones are always measured, however short the time.
            let deadline = deadline.filter(|_| !outcome.trials.is_empty());
            self.carry_out(asks, &mut outcome, deadline, &fits);
            outcome.fold_fits = fits.load(Ordering::Relaxed);
            if self.task.is_cancelled() {
                outcome.ended = Ended::Stopped;
                break;
            }
            if deadline.is_some_and(|end| Instant::now() >= end) {
                outcome.ended = Ended::TimeIsUp;
                break;
            }
            self.give_up_where_all_fail(&outcome)?;
            let patience = self.limits.patience;
            if searcher.may_end_early()
                && patience > 0
                && trials_without_gain(&outcome.trials, self.objective.higher_is_better())
                    >= patience
            {
                outcome.ended = Ended::NothingGained;
                break;
            }
            asks = searcher.next(self.space, &self.seen(&outcome.trials));
        }
        if outcome.best.is_none() {
            self.task.check()?;
            return Err(self.no_trial_worked(&outcome));
        }
        Ok(outcome)
    }

    fn carry_out(
        &self,
        asks: Vec<Ask>,
        outcome: &mut Outcome,
        deadline: Option<Instant>,
        fits: &AtomicU64,
    ) {
        let mut items = Vec::new();
        let mut asked = Vec::new();
        for ask in asks {
            let (trial, effort) = match ask {
                Ask::New { point, effort } => (self.start(point, &mut outcome.trials), effort),
                Ask::More { trial, effort } => (trial, effort),
            };
            self.add_items(trial, effort, &mut outcome.trials, &mut items);
            asked.push(trial);
        }
        let trials = &outcome.trials;
        let work = |item: &mut Item| self.fit(item, trials, deadline, fits);
        let threads = self.limits.threads.max(1);
        parallel::within(threads, || parallel::each(threads, &mut items, &work));
        for trial in asked {
            self.finish(trial, &mut items, outcome);
        }
    }

    fn start(&self, point: Point, trials: &mut Vec<Trial>) -> usize {
        let number = trials.len();
        let trial = Trial {
            number,
            values: self.space.values(&point),
            params: self.space.params(&point),
            point,
            state: TrialState::Running,
            folds: Vec::new(),
            share: 1.0,
            score: None,
            margin: None,
            training: None,
        };
        (self.on_event)(TuneEvent::TrialStarted(trial.clone()));
        trials.push(trial);
        number
    }

    fn add_items(
        &self,
        number: usize,
        effort: Effort,
        trials: &mut [Trial],
        items: &mut Vec<Item>,
    ) {
        let Some(trial) = trials.get_mut(number) else {
            return;
        };
        if trial.share != effort.share {
            // Scores after learning from fewer rows say nothing about all of them.
            trial.folds.clear();
        }
        trial.share = effort.share;
        trial.state = TrialState::Running;
        let folds = effort.folds.min(self.objective.folds());
        items.extend((trial.folds.len()..folds).map(|fold| Item {
            trial: number,
            fold,
            share: effort.share,
            result: None,
        }));
    }

    fn fit(&self, item: &mut Item, trials: &[Trial], deadline: Option<Instant>, fits: &AtomicU64) {
        let Some(trial) = trials.get(item.trial) else {
            return;
        };
        if deadline.is_some_and(|end| Instant::now() >= end) || self.task.is_cancelled() {
            return;
        }
        let part = self.task.part();
        let result = self
            .objective
            .evaluate(&trial.params, item.fold, item.share, &part);
        match &result {
            Ok(fold) => {
                fits.fetch_add(1, Ordering::Relaxed);
                (self.on_event)(TuneEvent::FoldDone {
                    trial: item.trial,
                    fold: *fold,
                });
            }
            Err(error) if error.is_cancelled() => return,
            Err(_) => {}
        }
        item.result = Some(result);
    }

    /// Writes down what became of a trial.
    fn finish(&self, number: usize, items: &mut [Item], outcome: &mut Outcome) {
        let all = self.objective.folds();
        let Some(trial) = outcome.trials.get_mut(number) else {
            return;
        };
        let mut state = None;
        for item in items.iter_mut().filter(|item| item.trial == number) {
            match item.result.take() {
                Some(Ok(fold)) => trial.folds.push(fold),
                // The failure of the first fold that fails, whichever came first in time.
                Some(Err(error)) if state.is_none() => state = Some(TrialState::Failed(error)),
                Some(Err(_)) => {}
                None => state = Some(TrialState::Stopped),
            }
        }
        trial.folds.sort_by_key(|fold| fold.fold);
        let whole = trial.folds.len() == all && trial.share >= 1.0;
        trial.measure();
        trial.state = match state {
            Some(state) => state,
            None if trial.score.is_none() => TrialState::Failed(no_score()),
            None if whole => TrialState::Done,
            None => TrialState::Dropped,
        };
        let finished = trial.clone();
        let better = finished.state == TrialState::Done
            && match outcome.best.and_then(|best| outcome.trials.get(best)) {
                Some(best) => self.loss(&finished) < self.loss(best),
                None => true,
            };
        (self.on_event)(TuneEvent::TrialDone(finished.clone()));
        if better {
            outcome.best = Some(number);
            (self.on_event)(TuneEvent::Best(finished));
        }
    }

    /// Smaller is better; infinite where there is no score.
    fn loss(&self, trial: &Trial) -> f64 {
        match trial.score {
            Some(score) if self.objective.higher_is_better() => -score,
            Some(score) => score,
            None => f64::INFINITY,
        }
    }

    fn seen(&self, trials: &[Trial]) -> Vec<Seen> {
        trials
            .iter()
            .map(|trial| Seen {
                point: trial.point.clone(),
                loss: match trial.state {
                    TrialState::Done | TrialState::Dropped => {
                        Some(self.loss(trial)).filter(|loss| loss.is_finite())
                    }
                    _ => None,
                },
            })
            .collect()
    }

    fn give_up_where_all_fail(&self, outcome: &Outcome) -> Result<(), UserError> {
        let failed = |trial: &Trial| matches!(trial.state, TrialState::Failed(_));
        if outcome.trials.len() >= FAILURES && outcome.trials.iter().all(failed) {
            return Err(self.no_trial_worked(outcome));
        }
        Ok(())
    }

    fn no_trial_worked(&self, outcome: &Outcome) -> UserError {
        let first = outcome.trials.iter().find_map(|trial| match &trial.state {
            TrialState::Failed(error) => Some(error),
            _ => None,
        });
        match first {
            Some(error) => UserError {
                what: format!(
                    "None of {} worked: {}",
                    format::counted(outcome.trials.len() as u64, "trial"),
                    error.what
                ),
                ..error.clone()
            },
            None => no_score(),
        }
    }
}

/// Trials since the last one that is clearly better than the one that was clearly better before
/// it: the corrected 95 % interval of the difference over the folds lies above 0. Small steps add
/// up, because the comparison is with the last clear gain and not with the last trial. Trials that
/// run do not count yet.
pub fn trials_without_gain(trials: &[Trial], higher_is_better: bool) -> usize {
    let mut since = 0;
    let mut reference: Option<&Trial> = None;
    let ended = trials
        .iter()
        .filter(|trial| trial.state != TrialState::Running);
    for trial in ended {
        let gained = trial.state == TrialState::Done
            && reference.is_none_or(|old| clearly_better(trial, old, higher_is_better));
        if gained {
            reference = Some(trial);
            since = 0;
        } else {
            since += 1;
        }
    }
    since
}

fn clearly_better(new: &Trial, old: &Trial, higher_is_better: bool) -> bool {
    let sign = if higher_is_better { 1.0 } else { -1.0 };
    let gains: Vec<f64> = new
        .folds
        .iter()
        .zip(&old.folds)
        .filter_map(|(new, old)| Some(sign * (new.score? - old.score?)))
        .collect();
    match corrected_interval(&gains, new.check_share()) {
        Some((mean, margin)) => mean > margin,
        None => gains.first().is_some_and(|&gain| gain > 0.0),
    }
}

fn no_score() -> UserError {
    UserError::failed(
        "no_score",
        "The score is not defined on these rows",
        "No part of the rows gives a number",
    )
    .with_hint("Choose another score, or fewer parts")
}
