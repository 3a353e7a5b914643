//! Training in the background: learners one after another over the same folds, every finished
//! fold shown at once, everything finished kept when it is stopped or when one learner fails.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::derived::Slot;
use super::session::{Notice, Session};
use super::source::source_fingerprint;
use crate::base::ids::TableId;
use crate::base::{Fingerprint, Params, UserError};
use crate::data::Table;
use crate::evaluate::budget::{self, Budget, BudgetEvent};
use crate::evaluate::split::split_prepared;
use crate::evaluate::{
    FoldResult, RunEvent, RunResult, RunSpec, Seal, SplitPlan, cross_validation,
};
use crate::jobs::{JobContext, JobKey, Lane};
use crate::learn::{self, Round};
use crate::pipeline::{self, LearningPlan};
use crate::project::{DataVersion, Run, places};

/// Where one learner is.
#[derive(Clone, Debug)]
pub enum LearnerState {
    Waiting,
    Running,
    Done(Arc<RunResult>),
    Failed(UserError),
    /// Stopped by a person before it was done.
    Stopped,
}

/// One learner of a training in progress.
#[derive(Clone, Debug)]
pub struct TrainingRow {
    pub learner: String,
    pub params: Params,
    pub state: LearnerState,
    /// Finished folds, in order.
    pub folds: Vec<FoldResult>,
    /// Per fold, in order: how the learner came along. Empty where it does not say.
    pub rounds: Vec<Vec<Round>>,
    /// How the search for better settings came along; None where there is none.
    pub search: Option<Searching>,
}

/// The search for better settings of a learner that is trained already.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Searching {
    pub tried: usize,
    /// The best score until now.
    pub best: Option<f64>,
    /// What it gets.
    pub seconds: Option<f64>,
    /// What came of it, once it is over.
    pub verdict: Option<String>,
}

#[derive(Default)]
struct Live {
    rows: Vec<TrainingRow>,
    rows_of_data: u64,
    done: bool,
    /// The results have become a run already.
    kept: bool,
}

/// A training as it is at this moment. A snapshot of [`TrainingBoard::rows`] is cheap.
#[derive(Clone)]
pub struct TrainingBoard {
    pub table: TableId,
    pub plan: LearningPlan,
    /// Parts that were asked for; see [`TrainingBoard::rounds`].
    pub folds: u32,
    pub seed: u64,
    pub split: SplitPlan,
    /// Settings of the preparation that differ from what each learner wants.
    pub preparation: Params,
    /// What may be spent on better settings, where any are searched.
    pub budget: Option<Budget>,
    pub started: Instant,
    data: Fingerprint,
    source_name: String,
    /// What is kept apart, and what was known, when the training began.
    seal: Option<Seal>,
    sealed: u64,
    after_openings: u32,
    moment: Option<String>,
    version: DataVersion,
    live: Arc<Mutex<Live>>,
}

impl TrainingBoard {
    pub fn rows(&self) -> Vec<TrainingRow> {
        self.live
            .lock()
            .map(|live| live.rows.clone())
            .unwrap_or_default()
    }

    /// Rows with a target that are learned from.
    pub fn rows_of_data(&self) -> u64 {
        self.live.lock().map_or(0, |live| live.rows_of_data)
    }

    pub fn is_done(&self) -> bool {
        self.live.lock().is_ok_and(|live| live.done)
    }

    /// Per fold that has begun: the rounds of one learner.
    pub fn rounds_of(&self, learner: &str) -> Option<Vec<Vec<Round>>> {
        let live = self.live.lock().ok()?;
        let row = live.rows.iter().find(|row| row.learner == learner)?;
        Some(row.rounds.clone())
    }

    /// Rounds of every learner: as the first finished one says, until then as planned.
    pub fn rounds(&self) -> u64 {
        let told = self.live.lock().ok().and_then(|live| {
            let first = live.rows.iter().find_map(|row| row.folds.first());
            first.map(|fold| fold.folds as u64)
        });
        let planned = || self.split.rounds(self.folds as usize);
        told.unwrap_or_else(|| planned().unwrap_or(self.folds as usize) as u64)
    }

    /// (finished rounds, all rounds) over all learners.
    pub fn progress(&self) -> (u64, u64) {
        let rows = self.rows();
        let rounds = self.rounds();
        let all = rows.len() as u64 * rounds;
        let done = rows
            .iter()
            .map(|row| match row.state {
                LearnerState::Done(_) | LearnerState::Failed(_) | LearnerState::Stopped => rounds,
                _ => row.folds.len() as u64,
            })
            .sum();
        (done, all)
    }
}

const KEY: &str = "training";

impl Session {
    /// The columns the next training would learn from: the pre-flight's advice, a person's ticks.
    pub fn chosen_features(&mut self) -> Slot<Vec<String>> {
        let Some(recipe) = self.active().cloned() else {
            return Slot::Empty;
        };
        let preflight = match self.preflight().ready_or_wait() {
            Ok(preflight) => preflight,
            Err(waiting) => return waiting,
        };
        let wanted = |name: &str| {
            let by_role = recipe
                .roles
                .get(name)
                .map(|role| *role == crate::data::ColumnRole::Learn);
            recipe.model.features.get(name).copied().or(by_role)
        };
        Slot::Ready(Arc::new(
            preflight
                .features
                .iter()
                .filter(|feature| wanted(&feature.name).unwrap_or(feature.ticked))
                .map(|feature| feature.name.clone())
                .collect(),
        ))
    }

    /// What the next training would learn.
    pub fn learning_plan(&mut self) -> Slot<LearningPlan> {
        let Some(recipe) = self.active().cloned() else {
            return Slot::Empty;
        };
        let Some(target) = recipe.model.target.clone() else {
            return Slot::Empty;
        };
        match self.chosen_features().ready_or_wait() {
            Ok(features) => Slot::Ready(Arc::new(LearningPlan {
                target,
                features: features.to_vec(),
                steps: recipe.steps.clone(),
            })),
            Err(waiting) => waiting,
        }
    }

    /// Identifies the data and recipe a run learned from; a run whose mark differs is out of date.
    pub fn data_mark(&mut self) -> Option<Fingerprint> {
        let plan = self.learning_plan().ready()?;
        let source = self.source().ready()?;
        Some(Run::mark(source.fingerprint(), &plan))
    }

    /// Whether a run learned from the table as it is read now, so that the rows it speaks of are the
    /// rows of the views. Steps and settings may have changed since.
    pub fn has_rows_of(&self, run: &Run) -> bool {
        self.document()
            .table(run.table)
            .is_some_and(|table| run.learned_from(source_fingerprint(&table.source)))
    }

    /// Trains the ticked learners that fit the task, yardsticks first. Needs a target.
    pub fn train(&mut self) -> Result<(), UserError> {
        let not_ready = |why: &str| {
            UserError::usage(
                "not_ready_to_train",
                "Training cannot start yet",
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
            .source()
            .ready()
            .ok_or_else(|| not_ready("The table is not loaded"))?;
        let practice = self
            .practice()
            .ready()
            .ok_or_else(|| not_ready("The sealed rows are still being looked for"))?;
        let sealed = self.sealed().ready();
        let after_openings = self.openings_here().len() as u32;
        let mut learners: Vec<(String, Params, u8)> =
            learn::suited(&preflight.task, preflight.lowest)
                .filter(|learner| {
                    learner.capabilities().yardstick || recipe.model.is_ticked(learner.id())
                })
                .map(|learner| {
                    let can = learner.capabilities();
                    let order = if can.yardstick {
                        can.complexity
                    } else {
                        can.complexity.saturating_add(100)
                    };
                    (
                        learner.id().to_owned(),
                        recipe.model.learner_params(learner.id()),
                        order,
                    )
                })
                .collect();
        learners.sort_by_key(|(_, _, order)| *order);

        let board = TrainingBoard {
            table: recipe.id,
            folds: recipe.model.folds,
            seed: recipe.model.seed,
            split: recipe.model.split.clone(),
            preparation: recipe.model.preparation.clone(),
            budget: recipe
                .model
                .minutes
                .map(|minutes| Budget::Seconds(minutes * 60.0)),
            started: Instant::now(),
            data: Run::mark(source.fingerprint(), &plan),
            source_name: recipe.source.name(),
            // A seal with no rows is kept too: it says that there were too few.
            seal: recipe.model.seal.clone().filter(|_| sealed.is_some()),
            sealed: sealed.map_or(0, |sealed| sealed.sealed),
            after_openings,
            moment: recipe.model.moment.clone(),
            version: DataVersion {
                content: recipe.source.content,
                source: source.fingerprint(),
                rows: source.rows() as u64,
                columns: source.width() as u64,
            },
            live: Arc::new(Mutex::new(Live {
                rows: learners
                    .into_iter()
                    .map(|(learner, params, _)| TrainingRow {
                        learner,
                        params,
                        state: LearnerState::Waiting,
                        folds: Vec::new(),
                        rounds: Vec::new(),
                        search: None,
                    })
                    .collect(),
                rows_of_data: 0,
                done: false,
                kept: false,
            })),
            plan,
        };
        self.cancel(&JobKey(KEY.to_owned()));
        self.stop_forecasts();
        self.board = Some(board.clone());
        self.act(
            KEY,
            "Training",
            Lane::Heavy,
            move |context| {
                let outcome = train_all(&practice, &board, context);
                if let Ok(mut live) = board.live.lock() {
                    if let Err(error) = &outcome {
                        for row in &mut live.rows {
                            if matches!(row.state, LearnerState::Waiting | LearnerState::Running) {
                                row.state = LearnerState::Failed(error.clone());
                            }
                        }
                    }
                    live.done = true;
                }
                Ok(())
            },
            |_, _| {},
        );
        Ok(())
    }

    /// Stops the training and keeps every learner that is done.
    pub fn stop_training(&mut self) {
        let Some(board) = &self.board else { return };
        if let Ok(mut live) = board.live.lock() {
            for row in &mut live.rows {
                if matches!(row.state, LearnerState::Waiting | LearnerState::Running) {
                    row.state = LearnerState::Stopped;
                }
            }
            live.done = true;
        }
        self.cancel(&JobKey(KEY.to_owned()));
        self.poll_training();
    }

    /// The training that runs or ran last.
    pub fn training(&self) -> Option<&TrainingBoard> {
        self.board.as_ref()
    }

    pub fn is_training(&self) -> bool {
        self.board.as_ref().is_some_and(|board| !board.is_done())
    }

    /// Turns a finished board into a run that is kept. True when that happened now.
    pub(super) fn poll_training(&mut self) -> bool {
        let Some(board) = self.board.clone().filter(TrainingBoard::is_done) else {
            return false;
        };
        let rows = board.rows();
        let results = finished(&rows);
        if !board.take_once() || results.is_empty() {
            return false;
        }
        let run = Run {
            id: self.fresh_model_id(),
            table: board.table,
            plan: board.plan.clone(),
            folds: board.folds,
            seed: board.seed,
            split: board.split.clone(),
            data: board.data,
            source_name: board.source_name.clone(),
            version: Some(board.version.clone()),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            trained_at: places::now(),
            seal: board.seal.clone(),
            sealed: board.sealed,
            after_openings: board.after_openings,
            moment: board.moment.clone(),
            stopped: rows
                .iter()
                .any(|row| matches!(row.state, LearnerState::Stopped)),
            results,
            failures: rows
                .iter()
                .filter_map(|row| match &row.state {
                    LearnerState::Failed(error) => Some((row.learner.clone(), error.clone())),
                    _ => None,
                })
                .collect(),
        };
        let is_yardstick = |id: &str| {
            crate::learn::by_id(id).is_ok_and(|learner| learner.capabilities().yardstick)
        };
        let count = run
            .results
            .iter()
            .filter(|result| !is_yardstick(&result.learner))
            .count() as u64;
        self.keep_run(Arc::new(run));
        // Stopped before one was done: no success to tell of.
        if count > 0 {
            self.notice(Notice::Done(format!(
                "Trained {} in {}",
                crate::base::format::counted(count, "model"),
                crate::base::format::duration(board.started.elapsed())
            )));
        }
        true
    }
}

fn train_all(source: &Table, board: &TrainingBoard, context: &JobContext) -> Result<(), UserError> {
    context.task.progress(0, 1, "Preparing the folds");
    let prepared = pipeline::prepare(source, &board.plan, &context.task)?;
    // Rows that cannot be divided fail once, not once per learner.
    let folds = board.folds as usize;
    split_prepared(&prepared, &board.split, folds, board.seed, &context.task)?;
    let rows = board.rows();
    let end = board.budget.and_then(|budget| budget.end(board.started));
    let is_up = || end.is_some_and(|end| Instant::now() >= end);
    for (index, row) in rows.iter().enumerate() {
        context.task.check()?;
        if is_up() && board.has_a_model() {
            board.update(index, |row| row.state = LearnerState::Failed(time_is_up(0)));
            continue;
        }
        board.update(index, |row| row.state = LearnerState::Running);
        context.wake();
        let spec = RunSpec {
            plan: board.plan.clone(),
            learner: row.learner.clone(),
            params: row.params.clone(),
            preparation: board.preparation.clone(),
            folds: board.folds as usize,
            seed: board.seed,
            split: board.split.clone(),
        };
        let part = context.task.part();
        let outcome =
            cross_validation::cross_validate_prepared(&prepared, &spec, &part, &mut |event| {
                match event {
                    RunEvent::Prepared { rows, .. } => {
                        if let Ok(mut live) = board.live.lock() {
                            live.rows_of_data = rows;
                        }
                    }
                    RunEvent::FoldStarted { .. } => {}
                    RunEvent::Round { fold, round } => {
                        board.update(index, |row| {
                            if row.rounds.len() <= fold {
                                row.rounds.resize_with(fold + 1, Vec::new);
                            }
                            if let Some(rounds) = row.rounds.get_mut(fold) {
                                rounds.push(round);
                            }
                        });
                    }
                    RunEvent::FoldDone(fold) => {
                        // What was finished in time stands without it.
                        if is_up() && board.has_a_model() && fold.fold + 1 < fold.folds {
                            part.cancel();
                        }
                        board.update(index, |row| row.folds.push(fold));
                        let (done, all) = board.progress();
                        context.task.progress(done, all.max(1), "Training");
                    }
                }
                context.wake();
            });
        match outcome {
            Ok(result) => board.update(index, |row| {
                row.state = LearnerState::Done(Arc::new(result))
            }),
            Err(error) if error.is_cancelled() && !context.task.is_cancelled() => {
                board.update(index, |row| {
                    row.state = LearnerState::Failed(time_is_up(row.folds.len()));
                });
            }
            Err(error) if error.is_cancelled() => return Err(error),
            // One learner's failure never costs another's result.
            Err(error) => board.update(index, |row| row.state = LearnerState::Failed(error)),
        }
        context.wake();
    }
    match board.budget {
        Some(budget) => search_better(&prepared, board, budget, context),
        None => Ok(()),
    }
}

fn time_is_up(parts: usize) -> UserError {
    let why = match parts {
        0 => "It had not begun".to_owned(),
        _ => format!(
            "{} of it were checked",
            crate::base::format::counted(parts as u64, "part")
        ),
    };
    UserError::failed("time_is_up", "The time was up", why)
        .with_hint("Give the training more minutes, or untick slow models")
}

/// Searches better settings for the models in front. What is found takes the place of what was
/// trained before; what was trained before stands until then.
fn search_better(
    prepared: &pipeline::Prepared,
    board: &TrainingBoard,
    budget: Budget,
    context: &JobContext,
) -> Result<(), UserError> {
    let rows = board.rows();
    let results = finished(&rows);
    let spec_of = |result: &RunResult| RunSpec {
        plan: board.plan.clone(),
        learner: result.learner.clone(),
        params: result.params.clone(),
        preparation: board.preparation.clone(),
        folds: board.folds as usize,
        seed: board.seed,
        split: board.split.clone(),
    };
    let place = |learner: &str| rows.iter().position(|row| row.learner == learner);
    let mut tell = |event: BudgetEvent| {
        let (learner, change): (String, RowChange) = match event {
            BudgetEvent::Started { learner, seconds } => (
                learner,
                Box::new(move |row| {
                    row.search = Some(Searching {
                        seconds,
                        ..Searching::default()
                    });
                }),
            ),
            BudgetEvent::Tried {
                learner,
                tried,
                best,
            } => (
                learner,
                Box::new(move |row| {
                    if let Some(search) = &mut row.search {
                        (search.tried, search.best) = (tried, best);
                    }
                }),
            ),
            BudgetEvent::Done {
                learner,
                tuning,
                better,
            } => (
                learner,
                Box::new(move |row| {
                    if let Some(search) = &mut row.search {
                        search.verdict = Some(tuning.verdict());
                    }
                    if let Some(better) = better {
                        row.state = LearnerState::Done(Arc::new(*better));
                    }
                }),
            ),
            BudgetEvent::Failed { learner, error } => (
                learner,
                Box::new(move |row| {
                    let search = row.search.get_or_insert_default();
                    search.verdict = Some(format!("{}. {}.", error.what, error.why));
                }),
            ),
        };
        if let Some(index) = place(&learner) {
            board.update(index, change);
        }
        context.wake();
    };
    context.task.progress(0, 0, "Searching better settings");
    let when = (budget, board.started);
    budget::search_settings(prepared, &results, &spec_of, when, &context.task, &mut tell)
}

/// Results of the learners that are done.
fn finished(rows: &[TrainingRow]) -> Vec<RunResult> {
    let done = |row: &TrainingRow| match &row.state {
        LearnerState::Done(result) => Some((**result).clone()),
        _ => None,
    };
    rows.iter().filter_map(done).collect()
}

/// What an event changes in the row of its learner.
type RowChange = Box<dyn FnOnce(&mut TrainingRow)>;

impl TrainingBoard {
    /// Whether a model besides the yardsticks is done.
    fn has_a_model(&self) -> bool {
        self.rows().iter().any(|row| {
            let model = learn::by_id(&row.learner);
            matches!(row.state, LearnerState::Done(_))
                && model.is_ok_and(|learner| !learner.capabilities().yardstick)
        })
    }

    /// True the first time it is called.
    fn take_once(&self) -> bool {
        self.live
            .lock()
            .is_ok_and(|mut live| !std::mem::replace(&mut live.kept, true))
    }

    fn update(&self, index: usize, change: impl FnOnce(&mut TrainingRow)) {
        if let Ok(mut live) = self.live.lock()
            && !live.done
            && let Some(row) = live.rows.get_mut(index)
        {
            change(row);
        }
    }
}
