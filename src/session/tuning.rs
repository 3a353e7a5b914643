//! Tuning in the background: every trial is shown as it comes along, and what is finished is kept
//! when it is stopped.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::derived::Slot;
use super::session::{Notice, Session};
use crate::base::ids::TableId;
use crate::base::{Params, TaskContext, UserError, format};
use crate::data::Table;
use crate::evaluate::tuning::{
    self, Importance, Narrowing, SearchMethod, Space, Trial, TuneEvent, TuneSpec, Tuning,
};
use crate::jobs::{JobContext, JobKey, Lane};
use crate::learn;
use crate::pipeline::{self, LearningPlan};
use crate::project::Command;

/// What a person chooses before a search.
#[derive(Clone, Debug, PartialEq)]
pub struct TuningWish {
    /// Id of the learner.
    pub learner: String,
    pub method: SearchMethod,
    /// Trials at most.
    pub trials: usize,
    /// Seconds at most.
    pub seconds: Option<f64>,
    /// Id of the metric; None for the headline of the task.
    pub metric: Option<String>,
    pub narrowing: Narrowing,
}

/// How a search ended.
#[derive(Clone, Debug)]
pub enum TuningEnd {
    Found(Arc<Tuning>, Arc<Importance>),
    Failed(UserError),
}

#[derive(Default)]
struct Live {
    trials: Vec<Trial>,
    best: Option<usize>,
    space: Option<Space>,
    metric: Option<&'static str>,
    rows: u64,
    end: Option<TuningEnd>,
    stopping: bool,
    told: bool,
}

/// A search as it is at this moment.
#[derive(Clone)]
pub struct TuningBoard {
    pub table: TableId,
    pub plan: LearningPlan,
    pub spec: TuneSpec,
    pub started: Instant,
    live: Arc<Mutex<Live>>,
}

impl TuningBoard {
    fn read<T: Default>(&self, read: impl FnOnce(&Live) -> T) -> T {
        self.live.lock().map(|live| read(&live)).unwrap_or_default()
    }

    fn write(&self, write: impl FnOnce(&mut Live)) {
        if let Ok(mut live) = self.live.lock() {
            write(&mut live);
        }
    }

    /// Trials so far, in the order of the path. Folds that run are not in them yet.
    pub fn trials(&self) -> Vec<Trial> {
        self.read(|live| live.trials.clone())
    }

    /// The best whole trial so far.
    pub fn best(&self) -> Option<Trial> {
        self.read(|live| live.best.and_then(|best| live.trials.get(best).cloned()))
    }

    /// What is searched; None until the rows are prepared.
    pub fn space(&self) -> Option<Space> {
        self.read(|live| live.space.clone())
    }

    /// Id of the metric; None until the rows are prepared.
    pub fn metric(&self) -> Option<&'static str> {
        self.read(|live| live.metric)
    }

    /// Rows with a target that are learned from.
    pub fn rows_of_data(&self) -> u64 {
        self.read(|live| live.rows)
    }

    pub fn end(&self) -> Option<TuningEnd> {
        self.read(|live| live.end.clone())
    }

    pub fn is_done(&self) -> bool {
        self.read(|live| live.end.is_some())
    }

    /// Asked to stop, and not quite there.
    pub fn is_stopping(&self) -> bool {
        self.read(|live| live.stopping && live.end.is_none())
    }

    fn take_in(&self, event: TuneEvent) {
        self.write(|live| match event {
            TuneEvent::Prepared {
                rows,
                metric,
                space,
                ..
            } => {
                live.rows = rows;
                live.metric = Some(metric);
                live.space = Some(space);
            }
            TuneEvent::TrialStarted(trial) | TuneEvent::TrialDone(trial) => {
                let number = trial.number;
                match live.trials.get_mut(number) {
                    Some(known) => *known = trial,
                    None => live.trials.push(trial),
                }
            }
            TuneEvent::FoldDone { trial, fold } => {
                if let Some(trial) = live.trials.get_mut(trial) {
                    trial.folds.retain(|known| known.fold != fold.fold);
                    trial.folds.push(fold);
                }
            }
            TuneEvent::Best(trial) => live.best = Some(trial.number),
        });
    }
}

const KEY: &str = "tuning";

impl Session {
    /// Tunes one learner on what the next training would learn from. Needs a target.
    pub fn tune(&mut self, wish: &TuningWish) -> Result<(), UserError> {
        let not_ready = |why: &str| {
            UserError::usage(
                "not_ready_to_tune",
                "Tuning cannot start yet",
                why.to_owned(),
            )
        };
        let recipe = self
            .active()
            .cloned()
            .ok_or_else(|| not_ready("There is no table"))?;
        let plan = match self.learning_plan() {
            Slot::Ready(plan) => (*plan).clone(),
            Slot::Failed(error) => return Err((*error).clone()),
            Slot::Empty => return Err(not_ready("Pick the column you want to predict first")),
            Slot::Stale(..) | Slot::Pending(_) => {
                return Err(not_ready("The table is still being looked at"));
            }
        };
        if plan.features.is_empty() {
            return Err(not_ready("No column is ticked to learn from")
                .with_hint("Tick at least one column"));
        }
        let source = self
            .practice()
            .ready()
            .ok_or_else(|| not_ready("The table is not loaded"))?;
        let learner = learn::by_id(&wish.learner)?;
        let own = recipe.model.learner_params(learner.id());
        let searched = |key: &str| {
            let narrowed = wish.narrowing.0.contains_key(key);
            narrowed || learner.search().iter().any(|search| search.key == key)
        };
        // What a person set and nobody searches stays; what is searched starts from there.
        let mut held = Params::new();
        for (key, value) in &own.0 {
            if !searched(key) {
                held.set(key, value.clone());
            }
        }
        let board = TuningBoard {
            table: recipe.id,
            spec: TuneSpec {
                method: wish.method,
                fixed: held,
                narrowing: wish.narrowing.clone(),
                start: Some(own),
                preparation: recipe.model.preparation.clone(),
                folds: recipe.model.folds as usize,
                seed: recipe.model.seed,
                metric: wish.metric.clone(),
                trials: wish.trials,
                seconds: wish.seconds,
                ..TuneSpec::new(learner.id())
            },
            plan,
            started: Instant::now(),
            live: Arc::default(),
        };
        self.cancel(&JobKey(KEY.to_owned()));
        self.tuning = Some(board.clone());
        self.act(
            KEY,
            "Tuning",
            Lane::Heavy,
            move |context| {
                let end = match search(&source, &board, context) {
                    Ok((found, importance)) => {
                        TuningEnd::Found(Arc::new(found), Arc::new(importance))
                    }
                    Err(error) => TuningEnd::Failed(error),
                };
                board.write(|live| live.end = Some(end));
                context.wake();
                Ok(())
            },
            |_, _| {},
        );
        Ok(())
    }

    /// Stops the search; the trials that are finished become its result.
    pub fn stop_tuning(&mut self) {
        let Some(board) = &self.tuning else { return };
        board.write(|live| live.stopping = true);
        self.cancel(&JobKey(KEY.to_owned()));
    }

    /// The search that runs or ran last.
    pub fn tuning(&self) -> Option<&TuningBoard> {
        self.tuning.as_ref()
    }

    pub fn is_tuning(&self) -> bool {
        self.tuning.as_ref().is_some_and(|board| !board.is_done())
    }

    /// Makes the settings of a trial those of its learner: the best one, or a person's choice.
    pub fn keep_tuned(&mut self, trial: Option<usize>) -> Result<(), UserError> {
        let nothing = || {
            UserError::usage(
                "nothing_tuned",
                "There are no tuned settings to keep",
                "No trial has been measured whole",
            )
        };
        let board = self.tuning.clone().ok_or_else(nothing)?;
        let chosen = match trial {
            Some(number) => board.trials().get(number).cloned(),
            None => board.best(),
        };
        let chosen = chosen.ok_or_else(nothing)?;
        self.dispatch(Command::KeepTuned {
            table: board.table,
            learner: board.spec.learner.clone(),
            params: chosen.params,
        })
    }

    /// Tells once of a search that has ended. True when that happened now.
    pub(super) fn poll_tuning(&mut self) -> bool {
        let Some(board) = self.tuning.clone() else {
            return false;
        };
        let mut first = false;
        board.write(|live| {
            first = live.end.is_some() && !std::mem::replace(&mut live.told, live.end.is_some());
        });
        if !first {
            return false;
        }
        match board.end() {
            Some(TuningEnd::Found(found, _)) => self.notice(Notice::Done(format!(
                "Tried {} in {}",
                format::counted(found.tried() as u64, "setting"),
                format::duration(board.started.elapsed())
            ))),
            Some(TuningEnd::Failed(error)) if !error.is_cancelled() => {
                self.notice(Notice::Problem(error));
            }
            _ => {}
        }
        true
    }
}

fn search(
    source: &Table,
    board: &TuningBoard,
    context: &JobContext,
) -> Result<(Tuning, Importance), UserError> {
    context.task.progress(0, 1, "Preparing the folds");
    let prepared = pipeline::prepare(source, &board.plan, &context.task.part())?;
    let rows = prepared.eligible_rows();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let trials = board.spec.trials as u64;
    let part = context.task.part();
    let found = tuning::tune_prepared(&prepared, &rows, &board.spec, threads, &part, &|event| {
        if let TuneEvent::TrialStarted(trial) = &event {
            context.task.progress(trial.number as u64, trials, "Tuning");
        }
        board.take_in(event);
        context.wake();
    })?;
    // Stopped or not, what was found is explained; it takes milliseconds.
    let importance = tuning::importance(&found, &TaskContext::new())?;
    Ok((found, importance))
}
