//! Curves of checked models, drawn off the UI thread, and the rows behind their marks.

use std::sync::Arc;

use super::comparison::{mark, request, result};
use super::derived::Slot;
use super::selection::Combine;
use super::session::Session;
use crate::base::{Fingerprint, RowSet, UserError, format};
use crate::chart::Scene;
use crate::chart::marks::{Brush, SceneSize, View};
use crate::evaluate::RunResult;
use crate::evaluate::curves::{
    self, CurveDrawing, CurveWish, Models, Outcome, Ranked, ThresholdLine,
};
use crate::jobs::JobKey;
use crate::learn;
use crate::project::Run;

impl Session {
    /// Curves of learners of one run, the one looked at first.
    pub fn curve(
        &mut self,
        run: &Arc<Run>,
        learners: &[String],
        wish: CurveWish,
    ) -> Slot<CurveDrawing> {
        let key = format!("curve {}", wish.kind.id());
        let request = request(&key, curve_mark(run, learners, wish), "Drawing curves");
        let (run, learners) = (run.clone(), learners.to_vec());
        self.answer(request, move |context| {
            let named = named_results(&run, &learners)?;
            let models = Models {
                named: &named,
                guessing: run.result("guessing"),
            };
            let drawing = curves::draw(models, wish, &context.task)?;
            let bytes = drawing.memory_bytes();
            Ok((drawing, bytes))
        })
    }

    /// The drawing of [`Session::curve`], with the selection in it where the run learned from the
    /// rows that are selected among. `view`: what is zoomed to.
    pub fn curve_scene(
        &mut self,
        run: &Arc<Run>,
        learners: &[String],
        wish: CurveWish,
        size: SceneSize,
        view: Option<View>,
    ) -> Slot<Scene> {
        let key = JobKey(format!("curve scene {}", wish.kind.id()));
        let drawing = match self.curve(run, learners, wish).ready_or_wait() {
            Ok(drawing) => drawing,
            Err(Slot::Pending(progress)) => {
                return self.stale_or_pending(&key, progress);
            }
            Err(waiting) => return waiting,
        };
        let selection = self.selection().filter(|_| self.has_rows_of(run)).cloned();
        let version = selection.as_ref().map(|selection| selection.version);
        let bits = view.map(|view| [view.x.0, view.x.1, view.y.0, view.y.1].map(f64::to_bits));
        let fingerprint = curve_mark(run, learners, wish).then_value(&(
            "scene",
            size.width,
            size.height,
            bits,
            version,
        ));
        let request = request(&key.0, fingerprint, "Drawing");
        self.answer(request, move |_| {
            let rows = selection.as_ref().map(|selection| selection.rows.as_ref());
            let scene = drawing.scene(size, view, rows);
            let bytes = scene.memory_bytes();
            Ok((scene, bytes))
        })
    }

    /// Selects the rows behind the marks of the first learner under a brush or a click. Nothing
    /// happens where there is no mark.
    pub fn select_on_curve(
        &mut self,
        run: &Arc<Run>,
        learners: &[String],
        wish: CurveWish,
        brush: Brush,
        how: Combine,
    ) {
        let Slot::Ready(drawing) = self.curve(run, learners, wish) else {
            return;
        };
        let Some(sentence) = drawing.words_of(brush) else {
            return;
        };
        self.select_of_run(run, how, sentence, move |rows, _| {
            Ok(drawing.rows_in(brush, rows))
        });
    }

    /// Selects the rows of one outcome at a threshold.
    pub fn select_outcome(
        &mut self,
        run: &Arc<Run>,
        learner: &str,
        class: usize,
        line: ThresholdLine,
        outcome: Outcome,
        how: Combine,
    ) {
        let sentence = format!(
            "{}, {} from {} up",
            name_of(learner),
            outcome.words(),
            format::number(line.cut.threshold, 3)
        );
        let (owned, learner) = (run.clone(), learner.to_owned());
        self.select_of_run(run, how, sentence, move |rows, _| {
            let ranked = Ranked::of(result(&owned, &learner)?, class)?;
            let found = line.rows_of(&ranked, outcome);
            Ok(RowSet::from_rows(
                rows,
                found.into_iter().map(|row| row as usize),
            ))
        });
    }
}

/// Results of learners with their names, in this order.
pub(super) fn named_results<'a>(
    run: &'a Run,
    learners: &[String],
) -> Result<Vec<(String, &'a RunResult)>, UserError> {
    let named = learners.iter();
    named
        .map(|learner| Ok((name_of(learner), result(run, learner)?)))
        .collect()
}

pub(super) fn name_of(learner: &str) -> String {
    learn::by_id(learner).map_or_else(|_| learner.to_owned(), |found| found.name().to_owned())
}

fn curve_mark(run: &Run, learners: &[String], wish: CurveWish) -> Fingerprint {
    let costs = [wish.costs.wrong_alarm, wish.costs.miss, wish.costs.action].map(f64::to_bits);
    mark(run, "curve").then_value(&(
        learners,
        wish.kind,
        wish.class,
        costs,
        wish.capacity,
        wish.threshold.to_bits(),
    ))
}
