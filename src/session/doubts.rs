//! What the guardrails say about a finished run.

use std::sync::Arc;

use super::derived::Slot;
use super::session::Session;
use crate::evaluate::guardrails::{self, Outcome};
use crate::evaluate::{Finding, compare};
use crate::jobs::{JobKey, Lane, Request};
use crate::learn;
use crate::project::Run;

impl Session {
    /// Findings about the results of a run, judged by its own headline score. Segments are looked
    /// for only while the table is the one the run learned from.
    pub fn doubts(&mut self, run: &Arc<Run>) -> Slot<Vec<Finding>> {
        let Some(metric) = run.results.first().map(|result| result.headline.clone()) else {
            return Slot::Empty;
        };
        let tried = self.models_tried(run);
        let same = self.data_mark() == Some(run.data);
        let table = self.practice_run().ready().filter(|_| same);
        let request = Request {
            key: JobKey("doubts".to_owned()),
            fingerprint: run.data.then_value(&(
                "doubts",
                run.id,
                run.trained_at,
                tried,
                table.is_some(),
            )),
            label: "Doubting the results".to_owned(),
            lane: Lane::Background,
        };
        let run = run.clone();
        self.answer(request, move |context| {
            let mut outcome = Outcome {
                results: &run.results,
                comparison: &compare(&run.results, &metric),
                table: table.as_ref().map(|run| &run.table),
                features: &run.plan.features,
                tried,
                practice: None,
            };
            outcome.practice = outcome.model().and_then(|model| model.practice(&metric));
            let found = guardrails::after_training(&outcome, &context.task)?;
            let bytes = found.len() as u64 * 1024;
            Ok((found, bytes))
        })
    }

    /// Models compared on the rows of a run so far, yardsticks left out.
    fn models_tried(&self, run: &Run) -> u64 {
        let is_model = |learner: &str| {
            learn::by_id(learner).is_ok_and(|learner| !learner.capabilities().yardstick)
        };
        let same = self
            .runs()
            .iter()
            .filter(|other| other.table == run.table && other.plan.target == run.plan.target);
        same.flat_map(|other| &other.results)
            .filter(|result| is_model(&result.learner))
            .count() as u64
    }
}
