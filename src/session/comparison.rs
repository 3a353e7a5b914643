//! Pictures of checked models and of scored files, counted off the UI thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::derived::Slot;
use super::models::ScoredFile;
use super::selection::{Combine, SELECTING};
use super::session::{Notice, Session};
use crate::base::ids::ModelId;
use crate::base::{Fingerprint, RowSet, TaskContext, UserError, format};
use crate::chart::Scene;
use crate::chart::marks::{Brush, SceneSize, View};
use crate::evaluate::pictures::{self, Confusion, PredictedActual};
use crate::jobs::{JobKey, Lane, Request};
use crate::learn::Task;
use crate::pipeline::{Predictions, check_input};
use crate::project::Run;

/// The slot of the drawing of predicted against actual numbers.
const SCENE: &str = "predicted actual scene";
/// Bars of the distribution of predicted numbers.
const BARS: usize = 30;
/// Rows between two looks at whether the work was stopped.
const BLOCK: usize = 1 << 16;

/// How the predictions of a scored file are spread.
#[derive(Clone, Debug, PartialEq)]
pub enum PredictionSpread {
    /// Rows per class, in the order of the classes.
    Classes(Vec<(String, u64)>),
    /// Equally wide bars from the lowest to the highest prediction.
    Numbers {
        bars: Vec<u32>,
        low: f64,
        high: f64,
        mean: f64,
    },
}

impl Session {
    /// Which class was taken for which by one learner of a run.
    pub fn confusion(&mut self, run: &Arc<Run>, learner: &str) -> Slot<Confusion> {
        let request = request(
            "confusion",
            mark(run, learner),
            "Counting right and wrong rows",
        );
        let (run, learner) = (run.clone(), learner.to_owned());
        self.answer(request, move |_| {
            let found = pictures::confusion(result(&run, &learner)?)?;
            let bytes = found.counts.len() as u64 * 8;
            Ok((found, bytes))
        })
    }

    /// Predicted against actual numbers of one learner of a run.
    pub fn predicted_actual(&mut self, run: &Arc<Run>, learner: &str) -> Slot<PredictedActual> {
        let request = request(
            "predicted actual",
            mark(run, learner),
            "Collecting predictions",
        );
        let (run, learner) = (run.clone(), learner.to_owned());
        self.answer(request, move |context| {
            let found = pictures::predicted_actual(result(&run, &learner)?, &context.task)?;
            let bytes = found.memory_bytes();
            Ok((found, bytes))
        })
    }

    /// The drawing of [`Session::predicted_actual`], with the selection in it where the run learned
    /// from the rows that are selected among. `dark`: for a dark canvas.
    pub fn predicted_actual_scene(
        &mut self,
        run: &Arc<Run>,
        learner: &str,
        size: SceneSize,
        view: Option<View>,
        dark: bool,
    ) -> Slot<Scene> {
        let found = match self.predicted_actual(run, learner).ready_or_wait() {
            Ok(found) => found,
            Err(Slot::Pending(progress)) => {
                return self.stale_or_pending(&JobKey::from(SCENE), progress);
            }
            Err(waiting) => return waiting,
        };
        let selection = self.selection().filter(|_| self.has_rows_of(run)).cloned();
        let version = selection.as_ref().map(|selection| selection.version);
        let bits = view.map(|view| [view.x.0, view.x.1, view.y.0, view.y.1].map(f64::to_bits));
        let fingerprint =
            mark(run, learner).then_value(&("scene", size.width, size.height, bits, version, dark));
        let request = request(SCENE, fingerprint, "Drawing");
        let (target, run) = (run.plan.target.clone(), run.clone());
        self.answer(request, move |context| {
            let rows = selection.as_ref().map(|selection| &selection.rows);
            let mut scene = found.scene(&target, size, view, rows, &context.task)?;
            if let Some(guess) = run.result("guessing") {
                pictures::add_guessing(&mut scene, guess);
            }
            scene.shade(dark);
            let bytes = scene.memory_bytes();
            Ok((scene, bytes))
        })
    }

    /// Selects the rows of one class that a learner took for another.
    pub fn select_confused(
        &mut self,
        run: &Arc<Run>,
        learner: &str,
        actual: usize,
        predicted: usize,
        how: Combine,
    ) {
        let Some(class) = class_name(run, learner, actual) else {
            return;
        };
        let Some(guess) = class_name(run, learner, predicted) else {
            return;
        };
        let sentence = confused_sentence(&class, &guess);
        let (owned, learner) = (run.clone(), learner.to_owned());
        self.select_of_run(run, how, sentence, move |rows, task| {
            pictures::rows_confused(result(&owned, &learner)?, actual, predicted, rows, task)
        });
    }

    /// Selects the rows under a brush over predicted against actual numbers.
    pub fn select_predicted(&mut self, run: &Arc<Run>, learner: &str, brush: Brush, how: Combine) {
        let Slot::Ready(found) = self.predicted_actual(run, learner) else {
            return;
        };
        let range = |(a, b): (f64, f64)| {
            format!(
                "{} to {}",
                format::number(a.min(b), 3),
                format::number(a.max(b), 3)
            )
        };
        let sentence = format!(
            "{} {}, predicted {}",
            run.plan.target,
            range(brush.x),
            range(brush.y)
        );
        self.select_of_run(run, how, sentence, move |rows, task| {
            found.rows_in(brush, rows, task)
        });
    }

    pub(super) fn select_of_run(
        &mut self,
        run: &Run,
        how: Combine,
        sentence: String,
        find: impl FnOnce(usize, &TaskContext) -> Result<RowSet, UserError> + Send + 'static,
    ) {
        if self.active_id() != Some(run.table) {
            return;
        }
        if !self.has_rows_of(run) {
            self.notice(Notice::Problem(older_rows(run)));
            return;
        }
        let Some(rows) = self.source().ready().map(|source| source.source_rows()) else {
            return;
        };
        let current = self.selection().map(|selection| selection.rows.clone());
        self.act(
            SELECTING,
            "Selecting",
            Lane::Quick,
            move |context| {
                let found = find(rows, &context.task)?;
                Ok(match current {
                    Some(current) => how.combine(&current, found),
                    None => found,
                })
            },
            move |session, rows| session.select((*rows).clone(), sentence),
        );
    }

    /// Scores every row of the open table, as it was read.
    pub fn score_open_table(&mut self, model: ModelId) {
        let Some(pipeline) = self.model(model).map(|model| model.pipeline.clone()) else {
            return;
        };
        let Some(table) = self.source().ready() else {
            return;
        };
        let name = self
            .active()
            .map(|recipe| recipe.source.name())
            .unwrap_or_default();
        let hidden = self.hidden().ready();
        self.act(
            "score",
            format!("Scoring {name}"),
            Lane::Heavy,
            move |context| {
                let start = Instant::now();
                // Predictions beside the sealed answers would be an exam before the exam.
                let table = match &hidden {
                    Some(hidden) => Arc::new(hidden.mask(&table)?),
                    None => table,
                };
                let check = check_input(&pipeline.inputs, table.schema());
                let predictions = if check.usable {
                    Some(Arc::new(pipeline.predict_table(&table, &context.task)?))
                } else {
                    None
                };
                Ok(ScoredFile {
                    model,
                    path: PathBuf::from(name),
                    table: (*table).clone(),
                    check,
                    renames: Default::default(),
                    predictions,
                    seconds: start.elapsed().as_secs_f64(),
                })
            },
            |session, scored| session.scored = Some(scored),
        );
    }

    /// How the predictions of the file scored last are spread.
    pub fn prediction_spread(&mut self) -> Slot<PredictionSpread> {
        let Some(scored) = self.scored.clone() else {
            return Slot::Empty;
        };
        let Some(predictions) = scored.predictions.clone() else {
            return Slot::Empty;
        };
        let fingerprint = scored.table.fingerprint().then_value(&(
            "prediction spread",
            scored.model,
            scored.seconds.to_bits(),
        ));
        let request = request("prediction spread", fingerprint, "Counting predictions");
        self.answer(request, move |context| {
            Ok((spread(&predictions, &context.task)?, 1024))
        })
    }
}

/// Why the rows of a run cannot be selected: its row ids are those of another table.
fn older_rows(run: &Run) -> UserError {
    UserError::usage(
        "rows_of_older_data",
        "These rows cannot be selected",
        format!(
            "The results belong to {} as it was when they were trained, and it was read again since",
            run.source_name
        ),
    )
    .with_hint("Train again to select rows")
}

/// The sentence of a selection made by [`Session::select_confused`].
pub fn confused_sentence(actual: &str, predicted: &str) -> String {
    if actual == predicted {
        format!("{actual}, predicted right")
    } else {
        format!("{actual}, predicted as {predicted}")
    }
}

pub(super) fn request(key: &str, fingerprint: Fingerprint, label: &str) -> Request {
    Request {
        key: JobKey(key.to_owned()),
        fingerprint: fingerprint.then(key.as_bytes()),
        label: label.to_owned(),
        lane: Lane::Quick,
    }
}

/// Names one learner of one run, in this project or another.
pub(super) fn mark(run: &Run, learner: &str) -> Fingerprint {
    run.data
        .then_value(&(run.id, run.trained_at, run.folds, run.seed, learner))
}

pub(super) fn result<'a>(
    run: &'a Run,
    learner: &str,
) -> Result<&'a crate::evaluate::RunResult, UserError> {
    run.result(learner).ok_or_else(|| {
        UserError::failed(
            "no_such_result",
            "The model has no check predictions",
            format!("{learner} was not trained in this run"),
        )
    })
}

fn class_name(run: &Run, learner: &str, class: usize) -> Option<String> {
    match &run.result(learner)?.task {
        Task::Classes { names } => names.get(class).cloned(),
        Task::Number => None,
    }
}

fn spread(predictions: &Predictions, task: &TaskContext) -> Result<PredictionSpread, UserError> {
    if let Task::Classes { names } = &predictions.task {
        let mut counts = vec![0_u64; names.len()];
        for row in 0..predictions.rows {
            if row % BLOCK == 0 {
                task.check()?;
            }
            if let Some(count) = predictions
                .class(row)
                .and_then(|class| counts.get_mut(class))
            {
                *count += 1;
            }
        }
        return Ok(PredictionSpread::Classes(
            names.iter().cloned().zip(counts).collect(),
        ));
    }
    let finite = || {
        predictions
            .values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
    };
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let mut bars = vec![0_u32; BARS];
    let (mut total, mut count) = (0.0, 0_u64);
    task.check()?;
    for value in finite() {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.0
        };
        if let Some(bar) = bars.get_mut(((share * BARS as f64) as usize).min(BARS - 1)) {
            *bar += 1;
        }
        total += value;
        count += 1;
    }
    Ok(PredictionSpread::Numbers {
        bars,
        low: if count > 0 { low } else { 0.0 },
        high: if count > 0 { high } else { 0.0 },
        mean: total / count.max(1) as f64,
    })
}
