//! Tuning in the background: every trial is shown as it comes along, and what is finished is kept
//! when it is stopped.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::derived::Slot;
use super::session::{Notice, Session};
use crate::base::ids::TableId;
use crate::base::{Fingerprint, Params, TaskContext, UserError, format};
use crate::data::Table;
use crate::evaluate::tuning::{
    self, Ended, Importance, Narrowing, PATIENCE, Reference, SearchMethod, Space, Trial,
    TrialState, TuneEvent, TuneSpec, Tuned, Tuning,
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
    /// Trials without a clear gain after which it ends; 0 is never.
    pub patience: usize,
    /// Id of the metric; None for the headline of the task.
    pub metric: Option<String>,
    pub narrowing: Narrowing,
    /// Keys of settings that take no part: they stay as the learner is set up.
    pub held: Vec<String>,
    /// Settings tried right after the learner's own; None: those it is set up with.
    pub start: Option<Params>,
}

impl TuningWish {
    /// The usual search for a learner.
    pub fn new(learner: &str) -> Self {
        Self {
            learner: learner.to_owned(),
            method: SearchMethod::default(),
            trials: 40,
            seconds: None,
            patience: PATIENCE,
            metric: None,
            narrowing: Narrowing::default(),
            held: Vec::new(),
            start: None,
        }
    }
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
    higher_is_better: bool,
    rows: u64,
    folds: usize,
    guessing: Option<Reference>,
    end: Option<TuningEnd>,
    /// Its job runs or has run.
    begun: bool,
    stopping: bool,
    told: bool,
    /// Folds that were fitted.
    fits: u64,
    /// Trials that were measured, however far.
    measured: u64,
    /// [`TuningBoard::so_far`], with what was `measured` when it was made, and when that was.
    so_far: Option<(u64, Instant, Arc<Tuning>)>,
}

/// A search as it is at this moment.
#[derive(Clone)]
pub struct TuningBoard {
    pub table: TableId,
    pub plan: LearningPlan,
    pub spec: TuneSpec,
    pub started: Instant,
    /// [`Session::data_mark`] when it began.
    data: Option<Fingerprint>,
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

    /// One trial by its place on the path.
    pub fn trial(&self, number: usize) -> Option<Trial> {
        self.read(|live| live.trials.get(number).cloned())
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

    /// Guessing on the same folds; None until it is scored.
    pub fn guessing(&self) -> Option<Reference> {
        self.read(|live| live.guessing)
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

    /// (trials measured, trials at most).
    pub fn progress(&self) -> (u64, u64) {
        let done = |trial: &&Trial| trial.state != TrialState::Running;
        let done = self.read(|live| live.trials.iter().filter(done).count());
        (done as u64, self.spec.trials as u64)
    }

    /// Number of a trial that runs now, finished folds, folds it has.
    pub fn running(&self) -> Option<(usize, usize, usize)> {
        self.read(|live| {
            let running = |trial: &&Trial| trial.state == TrialState::Running;
            let trial = live.trials.iter().find(running)?;
            Some((trial.number, trial.folds.len(), live.folds))
        })
    }

    /// (folds fitted, folds to fit at most); the second is 0 until the rows are prepared.
    pub fn fits(&self) -> (u64, u64) {
        self.read(|live| {
            let learned_from = match live.folds {
                0 => 0,
                folds => live.rows * (folds as u64 - 1) / folds as u64,
            };
            let method = self.spec.method;
            let most = method.most_fits(self.spec.trials, live.folds, learned_from);
            (live.fits, most.max(live.fits))
        })
    }

    /// How long it may take yet, once there is something to judge by. Trials differ, and some
    /// searches end early: it is a guess.
    pub fn left(&self) -> Option<Duration> {
        let (done, all) = self.fits();
        let elapsed = self.started.elapsed();
        if self.is_done() || done < 10 || elapsed < Duration::from_secs(2) {
            return None;
        }
        let by_fits = elapsed.mul_f64(all.saturating_sub(done) as f64 / done as f64);
        let by_time = self
            .spec
            .seconds
            .map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, 1e9)))
            .map(|budget| budget.saturating_sub(elapsed));
        Some(by_time.map_or(by_fits, |by_time| by_time.min(by_fits)))
    }

    /// What would be the result if it were stopped now, or the result; None until a trial was
    /// measured. Made anew only after another trial, and of many trials a few times a second.
    pub fn so_far(&self) -> Option<Arc<Tuning>> {
        let mut live = self.live.lock().ok()?;
        if let Some(TuningEnd::Found(found, _)) = &live.end {
            return Some(found.clone());
        }
        let (space, metric) = (live.space.clone()?, live.metric?);
        if live.measured == 0 {
            return None;
        }
        if let Some((measured, at, known)) = &live.so_far {
            let many = live.trials.len() > MANY && at.elapsed() < PAUSE;
            if *measured == live.measured || many {
                return Some(known.clone());
            }
        }
        let so_far = Arc::new(Tuning {
            spec: self.spec.clone(),
            metric: metric.to_owned(),
            higher_is_better: live.higher_is_better,
            space,
            rows: live.rows,
            folds: live.folds,
            guessing: live.guessing,
            trials: live.trials.clone(),
            best: live.best.unwrap_or(0),
            ended: Ended::Stopped,
            seconds: self.started.elapsed().as_secs_f64(),
            fold_fits: live.fits,
        });
        live.so_far = Some((live.measured, Instant::now(), so_far.clone()));
        Some(so_far)
    }

    /// Which settings decide the score; None until the search has ended.
    pub fn importance(&self) -> Option<Arc<Importance>> {
        self.read(|live| match &live.end {
            Some(TuningEnd::Found(_, importance)) => Some(importance.clone()),
            _ => None,
        })
    }

    /// True once, when it has ended.
    fn ended_just_now(&self) -> bool {
        let mut first = false;
        self.write(|live| {
            first = live.end.is_some() && !live.told;
            live.told |= first;
        });
        first
    }

    fn take_in(&self, event: TuneEvent) {
        self.write(|live| match event {
            TuneEvent::Prepared {
                rows,
                folds,
                metric,
                space,
                ..
            } => {
                live.rows = rows;
                live.folds = folds;
                live.metric = Some(metric);
                live.higher_is_better =
                    crate::evaluate::metrics::by_id(metric).is_some_and(|m| m.higher_is_better);
                live.space = Some(space);
            }
            TuneEvent::Guessing(guessing) => live.guessing = Some(guessing),
            TuneEvent::TrialStarted(trial) => live.put(trial),
            TuneEvent::TrialDone(trial) => {
                live.put(trial);
                live.measured += 1;
            }
            TuneEvent::FoldDone { trial, fold } => {
                live.fits += 1;
                if let Some(trial) = live.trials.get_mut(trial) {
                    trial.folds.retain(|known| known.fold != fold.fold);
                    trial.folds.push(fold);
                }
            }
            TuneEvent::Best(trial) => {
                live.best = Some(trial.number);
                live.measured += 1;
            }
        });
    }
}

impl Live {
    fn put(&mut self, trial: Trial) {
        match self.trials.get_mut(trial.number) {
            Some(known) => *known = trial,
            None => self.trials.push(trial),
        }
    }
}

const KEY: &str = "tuning";
/// Trials above which a picture of a search is not made anew for every one of them.
const MANY: usize = 300;
const PAUSE: Duration = Duration::from_millis(250);

fn not_ready(why: &str) -> UserError {
    UserError::usage(
        "not_ready_to_tune",
        "Tuning cannot start yet",
        why.to_owned(),
    )
}

fn nothing_tuned() -> UserError {
    UserError::usage(
        "nothing_tuned",
        "There are no tuned settings to keep",
        "No trial has been measured whole",
    )
}

impl Session {
    /// Tunes one learner on what the next training would learn from. Needs a target, and an answer
    /// to every Stop, as a training does.
    pub fn tune(&mut self, wish: &TuningWish) -> Result<(), UserError> {
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
        let preflight = self
            .preflight()
            .ready()
            .ok_or_else(|| not_ready("The table is still being looked at"))?;
        if plan.features.is_empty() {
            return Err(not_ready("No column is ticked to learn from")
                .with_hint("Tick at least one column"));
        }
        preflight.allow_training(&plan.features, &recipe.model.answers, |_| {
            "Answer it under “Before training”".to_owned()
        })?;
        let source = self
            .practice()
            .ready()
            .ok_or_else(|| not_ready("The table is not loaded"))?;
        let learner = learn::by_id(&wish.learner)?;
        let own = recipe.model.learner_params(learner.id());
        let (split, _) = tuning::tuned_split(&recipe.model.split);
        let board = TuningBoard {
            table: recipe.id,
            spec: TuneSpec {
                method: wish.method,
                fixed: held_settings(learner, wish, &own),
                narrowing: wish.narrowing.clone(),
                start: Some(wish.start.clone().unwrap_or(own)),
                preparation: recipe.model.preparation.clone(),
                folds: recipe.model.folds as usize,
                seed: recipe.model.seed,
                split,
                metric: wish.metric.clone(),
                trials: wish.trials,
                seconds: wish.seconds,
                patience: wish.patience,
                ..TuneSpec::new(learner.id())
            },
            data: self.data_mark(),
            plan,
            started: Instant::now(),
            live: Arc::default(),
        };
        self.stop_tuning();
        // The search of a learner before this one gives way to it.
        self.tunings
            .retain(|old| old.table != board.table || old.spec.learner != board.spec.learner);
        self.tunings.push(board.clone());
        self.act(
            KEY,
            "Tuning",
            Lane::Heavy,
            move |context| {
                board.write(|live| live.begun = true);
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
        let Some(board) = self.tunings.last() else {
            return;
        };
        board.write(|live| live.stopping = true);
        self.cancel(&JobKey(KEY.to_owned()));
        self.end_what_never_began();
    }

    /// A search that was cancelled before its turn came has no job to end it.
    fn end_what_never_began(&mut self) {
        if self.is_acting(KEY) {
            return;
        }
        for board in &self.tunings {
            board.write(|live| {
                if !live.begun && live.end.is_none() {
                    live.end = Some(TuningEnd::Failed(UserError::cancelled()));
                }
            });
        }
    }

    /// The search that runs or ran last.
    pub fn tuning(&self) -> Option<&TuningBoard> {
        self.tunings.last()
    }

    /// The newest search for a learner on the active table.
    pub fn tuning_of(&self, learner: &str) -> Option<&TuningBoard> {
        let table = self.active_id()?;
        self.tunings
            .iter()
            .rev()
            .find(|board| board.table == table && board.spec.learner == learner)
    }

    pub fn is_tuning(&self) -> bool {
        self.tuning().is_some_and(|board| !board.is_done())
    }

    /// Whether a search was made for data, columns or checks that are set up otherwise now. Settings
    /// of the learner itself do not count: they are what is searched.
    pub fn is_tuning_outdated(&mut self, board: &TuningBoard) -> bool {
        let Some(recipe) = self.document().table(board.table).cloned() else {
            return true;
        };
        let model = &recipe.model;
        let same = board.spec.preparation == model.preparation
            && board.spec.folds == model.folds as usize
            && board.spec.seed == model.seed
            && board.spec.split == tuning::tuned_split(&model.split).0
            && model.target.as_ref() == Some(&board.plan.target);
        let active = self.active_id() == Some(board.table);
        let mark = self.data_mark();
        !same || (active && mark.is_some() && mark != board.data)
    }

    /// Makes the settings of a trial those of its learner: the best one, or a person's choice.
    pub fn keep_tuned(&mut self, trial: Option<usize>) -> Result<(), UserError> {
        let board = self.tuning().cloned().ok_or_else(nothing_tuned)?;
        self.keep_trial_of(&board, trial)
    }

    /// As [`Session::keep_tuned`], of a search that need not be the newest.
    pub fn keep_trial_of(
        &mut self,
        board: &TuningBoard,
        trial: Option<usize>,
    ) -> Result<(), UserError> {
        let chosen = match trial {
            Some(number) => board.trial(number),
            None => board.best(),
        };
        let chosen = chosen.ok_or_else(nothing_tuned)?;
        let record = board
            .so_far()
            .map(|found| Box::new(Tuned::of(&found, &chosen)));
        self.dispatch(Command::KeepTuned {
            table: board.table,
            learner: board.spec.learner.clone(),
            params: chosen.params,
            record,
        })
    }

    /// Tells once of a search that has ended. True when that happened now.
    pub(super) fn poll_tuning(&mut self) -> bool {
        self.end_what_never_began();
        let ended: Vec<TuningBoard> = self
            .tunings
            .iter()
            .filter(|board| board.ended_just_now())
            .cloned()
            .collect();
        for board in &ended {
            match board.end() {
                Some(TuningEnd::Found(found, _)) => self.notice(Notice::Done(format!(
                    "Tried {} in {}",
                    format::counted(found.tried() as u64, "setting"),
                    format::duration(Duration::from_secs_f64(found.seconds.clamp(0.0, 1e9)))
                ))),
                Some(TuningEnd::Failed(error)) if !error.is_cancelled() => {
                    self.notice(Notice::Problem(error));
                }
                _ => {}
            }
        }
        !ended.is_empty()
    }
}

/// Settings that stay as they are in every trial: what a person set and nobody searches, and what
/// is to take no part. What is searched starts from where it is set.
fn held_settings(learner: &dyn learn::Learner, wish: &TuningWish, own: &Params) -> Params {
    let searched = |key: &str| {
        let narrowed = wish.narrowing.0.contains_key(key);
        narrowed || learner.search().iter().any(|search| search.key == key)
    };
    let mut held = Params::new();
    for (key, value) in &own.0 {
        if !searched(key) {
            held.set(key, value.clone());
        }
    }
    let defaults = Params::defaults(learner.params());
    for key in &wish.held {
        if let Some(value) = own.get(key).or(defaults.get(key)) {
            held.set(key, value.clone());
        }
    }
    held
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
    let part = context.task.part();
    let found = tuning::tune_prepared(&prepared, &rows, &board.spec, threads, &part, &|event| {
        board.take_in(event);
        let (done, all) = board.fits();
        context.task.progress(done, all, "Tuning");
        context.wake();
    })?;
    // Stopped or not, what was found is explained; it takes milliseconds.
    let importance = tuning::importance(&found, &TaskContext::new())?;
    Ok((found, importance))
}
