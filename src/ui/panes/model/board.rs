//! Every learner of the training that runs, ran last, or would run, as lines of one table.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Label, Ui};

use super::presets;
use crate::base::ids::ModelId;
use crate::base::{UserError, format};
use crate::evaluate::budget::Budget;
use crate::evaluate::{self, Metric, MetricValue, metrics};
use crate::learn::{self, Learner};
use crate::project::Run;
use crate::session::{LearnerState, Session, Slot, TrainingBoard};
use crate::ui::state::View;
use crate::ui::theme;
use crate::ui::widgets::scores::{NamedYardstick, ScoreAxis, score_sentence, single_score};
use crate::ui::widgets::{error_card, progress_bar};

/// Where one learner is.
#[derive(Clone)]
pub enum LineState {
    /// Would be trained next.
    Planned,
    Waiting,
    Running,
    Done {
        seconds: f64,
        value: Option<MetricValue>,
    },
    Failed(UserError),
    Stopped,
}

/// One learner.
#[derive(Clone)]
pub struct Line {
    pub learner: String,
    pub name: &'static str,
    pub readability: &'static str,
    pub yardstick: bool,
    pub state: LineState,
    /// Score of every finished part.
    pub parts: Vec<f64>,
    /// Finished parts, with a score or not.
    pub parts_done: usize,
    /// What is done with it besides, in a few words.
    pub note: Option<String>,
}

impl Line {
    fn new(learner: &'static dyn Learner, state: LineState) -> Self {
        Self {
            learner: learner.id().to_owned(),
            name: learner.name(),
            readability: learner.readability(),
            yardstick: learner.capabilities().yardstick,
            state,
            parts: Vec::new(),
            parts_done: 0,
            note: None,
        }
    }

    /// Mean of the parts that are done.
    pub fn mean(&self) -> Option<f64> {
        match &self.state {
            LineState::Done {
                value: Some(value), ..
            } => Some(value.mean),
            _ if self.parts.is_empty() => None,
            _ => Some(self.parts.iter().sum::<f64>() / self.parts.len() as f64),
        }
    }
}

/// The table of the canvas.
pub struct Board {
    pub lines: Vec<Line>,
    pub folds: usize,
    pub metric: Option<&'static Metric>,
    /// The run these results were kept as.
    pub run: Option<Arc<Run>>,
    /// Trained before something was changed.
    pub outdated: bool,
    planned: usize,
    /// How long it will take, while that can still be asked.
    takes: Option<String>,
}

impl Board {
    /// The training of the active table, or what it would be.
    pub fn of(session: &mut Session) -> Self {
        let planned = planned(session);
        let models = planned.iter().filter(|line| !line.yardstick).count();
        let table = session.active_id();
        let preflight = session.preflight().shown().cloned();
        let metric = preflight
            .as_ref()
            .map(|found| metrics::headline(&found.task, &found.class_counts));
        let folds = match session.division().shown() {
            Some(found) => found.rounds,
            None => session.active().map_or(5, |recipe| {
                let folds = recipe.model.folds as usize;
                recipe.model.split.rounds(folds).unwrap_or(folds)
            }),
        };
        let target = session
            .active()
            .and_then(|recipe| recipe.model.target.clone());
        let running = session
            .training()
            .filter(|board| Some(board.table) == table && !board.is_done())
            .cloned();
        if let Some(board) = running {
            return Self::live(&board, metric, models);
        }
        let run = session
            .runs()
            .iter()
            .rev()
            .find(|run| Some(run.table) == table)
            .cloned();
        let run = run.filter(|run| Some(&run.plan.target) == target.as_ref());
        let Some(run) = run else {
            let failed = session
                .training()
                .filter(|board| {
                    Some(board.table) == table && Some(&board.plan.target) == target.as_ref()
                })
                .cloned();
            return match failed {
                // Nothing was kept: every learner failed or was stopped.
                Some(board) => Self::live(&board, metric, models),
                None => Self {
                    lines: planned,
                    folds,
                    metric,
                    run: None,
                    outdated: false,
                    planned: models,
                    takes: presets::total_words(session),
                },
            };
        };
        let outdated = session.data_mark().is_some_and(|mark| mark != run.data)
            || session.active().is_some_and(|recipe| {
                recipe.model.folds != run.folds
                    || recipe.model.split != run.split
                    || recipe.model.seed != run.seed
                    || run
                        .results
                        .iter()
                        .any(|result| result.preparation != recipe.model.preparation)
            });
        Self::kept(run, planned, outdated, models, session.training())
    }

    fn live(board: &TrainingBoard, metric: Option<&'static Metric>, planned: usize) -> Self {
        let lines = board
            .rows()
            .into_iter()
            .filter_map(|row| {
                let learner = learn::by_id(&row.learner).ok()?;
                let score = |result: &evaluate::RunResult| {
                    metric
                        .and_then(|metric| result.scores.get(metric.id))
                        .cloned()
                };
                let state = match row.state {
                    LearnerState::Waiting => LineState::Waiting,
                    LearnerState::Running => LineState::Running,
                    LearnerState::Done(result) => LineState::Done {
                        seconds: result.fit_seconds + result.predict_seconds,
                        value: score(&result),
                    },
                    LearnerState::Failed(error) => LineState::Failed(error),
                    LearnerState::Stopped => LineState::Stopped,
                };
                let parts = row.folds.iter();
                let parts = parts.filter_map(|fold| {
                    metric
                        .and_then(|metric| fold.scores.get(metric.id))
                        .copied()
                });
                let parts_done = row.folds.len();
                let search = row.search.filter(|search| search.verdict.is_none());
                Some(Line {
                    note: search.map(|search| {
                        format!("searching, {} tried", format::count(search.tried as u64))
                    }),
                    parts: parts.collect(),
                    parts_done,
                    ..Line::new(learner, state)
                })
            })
            .collect();
        Self {
            lines,
            folds: board.rounds() as usize,
            metric,
            run: None,
            outdated: false,
            planned,
            takes: None,
        }
    }

    fn kept(
        run: Arc<Run>,
        plan: Vec<Line>,
        outdated: bool,
        planned: usize,
        training: Option<&TrainingBoard>,
    ) -> Self {
        let metric = run
            .results
            .first()
            .and_then(|result| metrics::by_id(&result.headline));
        let folds = run
            .results
            .iter()
            .map(|result| result.folds.len())
            .max()
            .unwrap_or(run.folds as usize);
        let mut lines = Vec::new();
        for result in &run.results {
            let Ok(learner) = learn::by_id(&result.learner) else {
                continue;
            };
            let value = metric
                .and_then(|metric| result.scores.get(metric.id))
                .cloned();
            let seconds = result.fit_seconds + result.predict_seconds;
            let parts = value
                .as_ref()
                .map(|value| value.folds.clone())
                .unwrap_or_default();
            lines.push(Line {
                parts,
                parts_done: result.folds.len(),
                ..Line::new(learner, LineState::Done { seconds, value })
            });
        }
        for (learner, error) in &run.failures {
            let Ok(learner) = learn::by_id(learner) else {
                continue;
            };
            lines.push(Line::new(learner, LineState::Failed(error.clone())));
        }
        if run.stopped
            && let Some(board) = training.filter(|board| board.table == run.table)
        {
            for row in board.rows() {
                if matches!(row.state, LearnerState::Stopped)
                    && let Ok(learner) = learn::by_id(&row.learner)
                    && !lines.iter().any(|line| line.learner == row.learner)
                {
                    let scores = row
                        .folds
                        .iter()
                        .filter_map(|fold| fold.scores.get(metric?.id).copied());
                    let parts_done = row.folds.len();
                    let stopped = Line::new(learner, LineState::Stopped);
                    lines.push(Line {
                        parts: scores.collect(),
                        parts_done,
                        ..stopped
                    });
                }
            }
        }
        for line in plan {
            if !lines.iter().any(|known| known.learner == line.learner) {
                lines.push(line);
            }
        }
        Self {
            lines,
            folds,
            metric,
            run: Some(run),
            outdated,
            planned,
            takes: None,
        }
    }

    /// Models that Train would train, yardsticks left out.
    pub fn models_to_train(&self) -> usize {
        self.planned
    }

    /// The first learner that is no yardstick.
    pub fn first_to_show(&self) -> Option<String> {
        let running = self
            .lines
            .iter()
            .find(|line| matches!(line.state, LineState::Running) && !line.yardstick);
        let first = running.or_else(|| self.lines.iter().find(|line| !line.yardstick));
        first.map(|line| line.learner.clone())
    }

    pub fn line(&self, learner: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.learner == learner)
    }

    /// Guessing dotted, the simple rule solid, as far as they have a score.
    pub fn yardsticks(&self) -> Vec<NamedYardstick> {
        self.lines
            .iter()
            .filter(|line| line.yardstick)
            .filter_map(|line| {
                Some(NamedYardstick {
                    name: line.name,
                    value: line.mean()?,
                    dotted: line.learner == "guessing",
                })
            })
            .collect()
    }

    /// The axis of all scores; None while there is none.
    pub fn axis(&self) -> Option<ScoreAxis> {
        let metric = self.metric?;
        let values: Vec<f64> = self
            .lines
            .iter()
            .flat_map(|line| {
                let interval = match &line.state {
                    LineState::Done {
                        value: Some(value), ..
                    } => [value.lower, value.upper],
                    _ => [f64::NAN, f64::NAN],
                };
                line.parts.iter().copied().chain(interval)
            })
            .filter(|value| value.is_finite())
            .collect();
        (!values.is_empty()).then(|| ScoreAxis::of(metric, values))
    }

    /// What is going on, above the table.
    pub fn heading(&self, ui: &mut Ui, view: &View<'_>) {
        let tokens = view.tokens;
        let training = view
            .session
            .training()
            .filter(|_| view.session.is_training());
        let models = self.lines.iter().filter(|line| !line.yardstick).count() as u64;
        let (title, words) = match (training, &self.run) {
            (Some(board), _) => (
                format!("Training {}", format::counted(models, "model")),
                progress_words(board, &self.lines, self.metric),
            ),
            (None, Some(run)) => {
                let is_model =
                    |line: &&Line| !line.yardstick && matches!(line.state, LineState::Done { .. });
                let done = self.lines.iter().filter(is_model).count() as u64;
                let yardsticks = format::counted(run.results.len() as u64 - done, "yardstick");
                let words = format!("{} and {yardsticks}", format::counted(done, "model"));
                match (run.stopped, done) {
                    (true, 0) => (
                        "Stopped".to_owned(),
                        format!("before a model was done; {yardsticks} are kept"),
                    ),
                    (true, _) => ("Stopped".to_owned(), format!("{words} are kept")),
                    (false, _) => ("Trained".to_owned(), words),
                }
            }
            (None, None)
                if self
                    .lines
                    .iter()
                    .any(|line| !matches!(line.state, LineState::Planned)) =>
            {
                (
                    "No model was trained".to_owned(),
                    "nothing was kept".to_owned(),
                )
            }
            (None, None) => (
                "Ready to train".to_owned(),
                format!(
                    "{}, each checked on {} parts{}",
                    format::counted(models, "model"),
                    self.folds,
                    self.takes
                        .as_ref()
                        .map_or_else(String::new, |takes| format!("; {takes}"))
                ),
            ),
        };
        ui.horizontal(|ui| {
            ui.label(theme::heading(title).color(tokens.text.primary));
            let words = theme::body(words).color(tokens.text.secondary);
            ui.add(Label::new(words).truncate());
        });
        if let Some(board) = training {
            let (done, all) = board.progress();
            ui.add_space(6.0);
            progress_bar(ui, Some(done as f32 / all.max(1) as f32), "Training");
        }
    }
}

/// The best model that is done, with its score.
fn best_so_far(lines: &[Line], metric: Option<&Metric>) -> Option<String> {
    let metric = metric?;
    let sign = if metric.higher_is_better { 1.0 } else { -1.0 };
    let done = lines.iter().filter(|line| !line.yardstick);
    let scored = done.filter_map(|line| match &line.state {
        LineState::Done {
            value: Some(value), ..
        } => Some((line.name, value)),
        _ => None,
    });
    let best = scored.max_by(|a, b| (sign * a.1.mean).total_cmp(&(sign * b.1.mean)))?;
    Some(format!(
        "{} with {}",
        best.0.to_lowercase(),
        score_sentence(best.1)
    ))
}

/// Which settings are searched, once all models are trained.
fn searching_words(board: &TrainingBoard) -> Option<String> {
    let rows = board.rows();
    let row = rows.iter().rev().find(|row| {
        row.search
            .as_ref()
            .is_some_and(|search| search.verdict.is_none())
    })?;
    let search = row.search.as_ref()?;
    let name = learn::by_id(&row.learner).map_or("", |learner| learner.name());
    let mut words = format!(
        "searching settings of {}, {} tried",
        name.to_lowercase(),
        format::count(search.tried as u64)
    );
    if let Some(best) = search.best {
        words.push_str(&format!(", best so far {}", single_score(best)));
    }
    if let Some(Budget::Seconds(seconds)) = board.budget {
        let left = (seconds - board.started.elapsed().as_secs_f64()).max(0.0);
        let left = Duration::from_secs_f64(left);
        words.push_str(&format!(", {} left", format::duration(left)));
    }
    Some(words)
}

fn progress_words(board: &TrainingBoard, lines: &[Line], metric: Option<&Metric>) -> String {
    let done = lines
        .iter()
        .filter(|line| matches!(line.state, LineState::Done { .. }))
        .count();
    let (parts, all) = board.progress();
    let elapsed = board.started.elapsed();
    if let Some(words) = searching_words(board) {
        return words;
    }
    let mut words = format!("{done} of {} done", lines.len());
    if let Some(best) = best_so_far(lines, metric) {
        words.push_str(&format!(", best so far {best}"));
    }
    // Before some parts are done, a guess would only jump about.
    if parts >= 3 && parts < all && elapsed > Duration::from_secs(2) {
        let left = elapsed.mul_f64((all - parts) as f64 / parts as f64);
        words.push_str(&format!(", about {} left", format::duration(left)));
    }
    words
}

/// Learners that Train would train: yardsticks first, then the simplest.
fn planned(session: &mut Session) -> Vec<Line> {
    let Some(recipe) = session.active().cloned() else {
        return Vec::new();
    };
    let (Slot::Ready(found) | Slot::Stale(found, _)) = session.preflight() else {
        return Vec::new();
    };
    let mut lines: Vec<(u8, Line)> = learn::suited(&found.task, found.lowest)
        .filter(|learner| learner.capabilities().yardstick || recipe.model.is_ticked(learner.id()))
        .map(|learner| {
            let can = learner.capabilities();
            let order = if can.yardstick {
                can.complexity
            } else {
                can.complexity.saturating_add(100)
            };
            (order, Line::new(learner, LineState::Planned))
        })
        .collect();
    lines.sort_by_key(|(order, _)| *order);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Learners that failed, each with its reason; the others stand.
pub fn failures(ui: &mut Ui, board: &Board) {
    let failed: Vec<(&Line, &UserError)> = board
        .lines
        .iter()
        .filter_map(|line| match &line.state {
            LineState::Failed(error) => Some((line, error)),
            _ => None,
        })
        .collect();
    let fine = board
        .lines
        .iter()
        .filter(|line| !line.yardstick && matches!(line.state, LineState::Done { .. }))
        .count() as u64;
    // What is wrong with the data stops all of them: said once.
    if let Some((_, first)) = failed.first()
        && failed.len() > 1
        && failed.iter().all(|(_, error)| error == first)
    {
        ui.add_space(12.0);
        error_card(ui, first, &[]);
        return;
    }
    for (line, error) in &failed {
        let mut shown = (*error).clone();
        shown.what = format!("{} stopped: {}", line.name, lower_first(&error.what));
        if fine > 0 {
            shown.why = format!(
                "{}. Your other {} fine.",
                error.why.trim_end_matches('.'),
                match fine {
                    1 => "model is".to_owned(),
                    _ => format!("{fine} models are"),
                }
            );
        }
        ui.add_space(12.0);
        ui.push_id(&line.learner, |ui| error_card(ui, &shown, &[]));
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The sentence about a finished run; comparing is not free, so it is kept.
#[derive(Default)]
pub struct Verdict {
    /// The run it is about: its id, when it was trained, its results.
    of: Option<(ModelId, u64, usize)>,
    sentence: String,
}

impl Verdict {
    pub fn of(&mut self, run: &Run) -> &str {
        let key = (run.id, run.trained_at, run.results.len());
        if self.of != Some(key) {
            self.of = Some(key);
            self.sentence = match run.results.first() {
                Some(first) => evaluate::compare(&run.results, &first.headline).reason,
                None => "No model has a score yet.".to_owned(),
            };
        }
        &self.sentence
    }
}
