//! A model to look into: fitted on all rows of a run, or one that is in use.

use std::sync::Arc;

use super::comparison::{mark, request};
use super::derived::Slot;
use super::session::Session;
use super::trees::fit_on_all_rows;
use crate::base::Fingerprint;
use crate::base::ids::ModelId;
use crate::jobs::{Lane, Request};
use crate::pipeline::Inspection;
use crate::project::Run;

/// The slot of what is looked into.
const KEY: &str = "inspection";

impl Session {
    /// What the model of one learner of a run knows, fitted on all its rows. Fails where the table
    /// is not the one the run learned from.
    pub fn inspection_of(&mut self, run: &Arc<Run>, learner: &str) -> Slot<Inspection> {
        let source = match self.table_of_run(run) {
            Ok(source) => source,
            Err(waiting) => return waiting,
        };
        let request = of_run(run, learner);
        let (run, learner) = (run.clone(), learner.to_owned());
        self.answer(request, move |context| {
            let (fitted, _) = fit_on_all_rows(&source, &run, &learner, context)?;
            let found = fitted.pipeline.inspection();
            let bytes = bytes_of(&found);
            Ok((found, bytes))
        })
    }

    /// What a model that is in use knows.
    pub fn inspection_of_model(&mut self, id: ModelId) -> Slot<Inspection> {
        let Some(kept) = self.model(id).cloned() else {
            return Slot::Empty;
        };
        let record = &kept.pipeline.record;
        let request = Request {
            key: KEY.into(),
            // Ids are given once; the rest tells models of other projects apart.
            fingerprint: Fingerprint::of_value(&(
                KEY,
                "model",
                id,
                &kept.pipeline.learner,
                &kept.pipeline.target,
                &kept.pipeline.params,
                record,
            )),
            label: format!("Looking into {}", kept.name),
            lane: Lane::Quick,
        };
        self.answer(request, move |_| {
            let found = kept.pipeline.inspection();
            let bytes = bytes_of(&found);
            Ok((found, bytes))
        })
    }

    /// What [`Session::inspection_of`] answered, if it was asked before: asks for nothing itself.
    pub fn known_inspection(&mut self, run: &Run, learner: &str) -> Option<Arc<Inspection>> {
        if !self.has_rows_of(run) {
            return None;
        }
        let fingerprint = of_run(run, learner).fingerprint;
        self.derived.get::<Inspection>(fingerprint)?.ok()
    }
}

fn of_run(run: &Run, learner: &str) -> Request {
    Request {
        lane: Lane::Heavy,
        ..request(KEY, mark(run, learner), "Fitting the model on all rows")
    }
}

fn bytes_of(found: &Inspection) -> u64 {
    let coefficients = found.coefficients.as_ref();
    let rows = coefficients.map_or(0, |coefficients| coefficients.rows.len());
    let path = found
        .path
        .as_ref()
        .map_or(0, |path| path.path.coefficients.len());
    let shapes = found.shapes.iter().flat_map(|named| &named.shapes.terms);
    let cells: usize = shapes.map(|term| term.scores.len() * 3).sum();
    (4_096 + rows * 192 + path * 8 + cells * 8) as u64
}
