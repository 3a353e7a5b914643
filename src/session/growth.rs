//! Learning and validation curves: fitted in the background, point by point, and kept.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::comparison::result;
use super::curves::name_of;
use super::sealing::practice_of;
use super::selection::Combine;
use super::session::{Notice, Session};
use crate::base::ids::ModelId;
use crate::base::{RowSet, UserError};
use crate::data::Table;
use crate::evaluate::RunSpec;
use crate::evaluate::curves::{Along, GrowthPoint, GrowthSpec, grow, rows_learned};
use crate::jobs::{JobContext, JobKey, Lane};
use crate::pipeline;
use crate::project::Run;

/// Curves that are kept; the oldest goes first.
const KEPT: usize = 16;
const KEY: &str = "growth";

/// How a curve ended.
#[derive(Clone, Debug)]
pub enum GrowthEnd {
    Done,
    /// A person stopped it; the points that were done stay.
    Stopped,
    Failed(UserError),
}

#[derive(Default)]
struct Live {
    points: Vec<GrowthPoint>,
    end: Option<GrowthEnd>,
    told: bool,
}

/// A curve as far as it is known at this moment.
#[derive(Clone)]
pub struct GrowthBoard {
    pub run: ModelId,
    trained_at: u64,
    pub learner: String,
    pub spec: GrowthSpec,
    pub started: Instant,
    live: Arc<Mutex<Live>>,
}

impl GrowthBoard {
    pub fn points(&self) -> Vec<GrowthPoint> {
        self.read(|live| live.points.clone())
    }

    pub fn end(&self) -> Option<GrowthEnd> {
        self.read(|live| live.end.clone())
    }

    pub fn is_done(&self) -> bool {
        self.read(|live| live.end.is_some())
    }

    /// Points the whole curve has.
    pub fn wanted(&self) -> usize {
        match &self.spec.along {
            Along::Rows { shares } => shares.len(),
            Along::Setting { values, .. } => values.len(),
        }
    }

    fn read<T: Default>(&self, read: impl FnOnce(&Live) -> T) -> T {
        self.live.lock().map(|live| read(&live)).unwrap_or_default()
    }

    fn write(&self, write: impl FnOnce(&mut Live)) {
        if let Ok(mut live) = self.live.lock() {
            write(&mut live);
        }
    }

    fn is(&self, run: &Run, learner: &str, along: &Along) -> bool {
        let same_run = self.run == run.id && self.trained_at == run.trained_at;
        same_run && self.learner == learner && self.spec.along == *along
    }
}

impl Session {
    /// Fits a curve of one learner of a run. Fails where the table is not the one that the run
    /// learned from.
    pub fn grow_curve(
        &mut self,
        run: &Arc<Run>,
        learner: &str,
        along: Along,
    ) -> Result<(), UserError> {
        let refused = |why: String| {
            UserError::usage("no_growth_curve", "This curve cannot be fitted", why)
                .with_hint("Train again to see the curves of today's data")
        };
        if !self.has_rows_of(run) {
            return Err(refused(format!(
                "{} was read again since this training",
                run.source_name
            )));
        }
        let source = self
            .source()
            .ready()
            .ok_or_else(|| refused("The table is still being read".to_owned()))?;
        let found = result(run, learner)?;
        let spec = GrowthSpec {
            run: RunSpec {
                plan: run.plan.clone(),
                learner: learner.to_owned(),
                params: found.params.clone(),
                preparation: found.preparation.clone(),
                folds: run.folds as usize,
                seed: run.seed,
                split: run.split.clone(),
            },
            along,
        };
        self.stop_growth();
        let board = GrowthBoard {
            run: run.id,
            trained_at: run.trained_at,
            learner: learner.to_owned(),
            spec,
            started: Instant::now(),
            live: Arc::default(),
        };
        let known = |other: &GrowthBoard| other.is(run, learner, &board.spec.along);
        self.growths.retain(|other| !known(other));
        let excess = (self.growths.len() + 1).saturating_sub(KEPT);
        self.growths.drain(..excess);
        self.growths.push(board.clone());
        let label = format!("Curve of {}", name_of(learner));
        let owned = run.clone();
        self.act(
            KEY,
            label,
            Lane::Heavy,
            move |context| {
                let end = match fit(&source, &owned, &board, context) {
                    Ok(()) => GrowthEnd::Done,
                    Err(error) if error.is_cancelled() => GrowthEnd::Stopped,
                    Err(error) => GrowthEnd::Failed(error),
                };
                board.write(|live| live.end = Some(live.end.take().unwrap_or(end)));
                context.wake();
                Ok(())
            },
            |_, _| {},
        );
        Ok(())
    }

    /// Stops the curve that is being fitted; its points stay.
    pub fn stop_growth(&mut self) {
        for board in &self.growths {
            board.write(|live| {
                live.end.get_or_insert(GrowthEnd::Stopped);
            });
        }
        self.cancel(&JobKey(KEY.to_owned()));
    }

    /// The curve of a learner of a run, if it was ever begun.
    pub fn growth(&self, run: &Run, learner: &str, along: &Along) -> Option<&GrowthBoard> {
        let mut boards = self.growths.iter().rev();
        boards.find(|board| board.is(run, learner, along))
    }

    pub fn is_growing(&self) -> bool {
        self.growths.iter().any(|board| !board.is_done())
    }

    /// Selects the rows behind a point: those learned from in the first round.
    pub fn select_growth_point(
        &mut self,
        run: &Arc<Run>,
        board: &GrowthBoard,
        point: usize,
        words: &str,
        how: Combine,
    ) {
        let Some(source) = self.source().ready() else {
            return;
        };
        let sentence = format!(
            "{}, learned from in the first round at {words}",
            name_of(&board.learner)
        );
        let (spec, owned) = (board.spec.clone(), run.clone());
        self.select_of_run(run, how, sentence, move |rows, task| {
            let (practice, _) = practice_of(&source, &owned, task)?;
            let prepared = pipeline::prepare(&practice, &spec.run.plan, task)?;
            let learned = rows_learned(&prepared, &spec, point, task)?;
            let learned = learned.into_iter().map(|row| row as usize);
            Ok(RowSet::from_rows(rows, learned))
        });
    }

    /// Tells once of a curve that has failed. True when one has come to its end now.
    pub(super) fn poll_growth(&mut self) -> bool {
        let mut ended = Vec::new();
        for board in &self.growths {
            board.write(|live| {
                if live.end.is_some() && !std::mem::replace(&mut live.told, live.end.is_some()) {
                    ended.extend(live.end.clone());
                }
            });
        }
        let any = !ended.is_empty();
        for end in ended {
            if let GrowthEnd::Failed(error) = end {
                self.notice(Notice::Problem(error));
            }
        }
        any
    }
}

fn fit(
    source: &Table,
    run: &Run,
    board: &GrowthBoard,
    context: &JobContext,
) -> Result<(), UserError> {
    context.task.progress(0, 1, "Preparing the folds");
    // Sealed rows are neither learned from nor checked.
    let (practice, _) = practice_of(source, run, &context.task.part())?;
    let prepared = pipeline::prepare(&practice, &board.spec.run.plan, &context.task.part())?;
    grow(&prepared, &board.spec, &context.task, &mut |point| {
        board.write(|live| live.points.push(point.clone()));
        context.wake();
    })?;
    Ok(())
}
