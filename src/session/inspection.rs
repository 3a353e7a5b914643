//! A model to look into: fitted on all rows of a run, or one that is in use.

use std::sync::Arc;

use super::comparison::{mark, request};
use super::derived::Slot;
use super::session::Session;
use super::trees::fit_on_all_rows;
use crate::base::ids::ModelId;
use crate::base::{Fingerprint, UserError};
use crate::export;
use crate::jobs::{Lane, Request};
use crate::pipeline::Inspection;
use crate::project::{KeptModel, Run};

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
        let request = of_model(KEY, &kept, format!("Looking into {}", kept.name));
        self.answer(request, move |_| {
            let found = kept.pipeline.inspection();
            let bytes = bytes_of(&found);
            Ok((found, bytes))
        })
    }

    /// Why a model that is in use cannot leave as LightGBM text; None inside where it can.
    pub fn lightgbm_problem(&mut self, id: ModelId) -> Slot<Option<UserError>> {
        let Some(kept) = self.model(id).cloned() else {
            return Slot::Empty;
        };
        let label = format!("Looking whether {} can leave for LightGBM", kept.name);
        let request = of_model("lightgbm problem", &kept, label);
        self.answer(request, move |_| {
            Ok((export::check_lightgbm(&kept.pipeline).err(), 256))
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

/// A question about a model that is in use. Ids are given once; the rest tells models of other
/// projects apart.
fn of_model(key: &str, kept: &KeptModel, label: String) -> Request {
    let pipeline = &kept.pipeline;
    let about = (
        &pipeline.learner,
        &pipeline.target,
        &pipeline.params,
        &pipeline.record,
    );
    Request {
        key: key.into(),
        fingerprint: Fingerprint::of_value(&(key, kept.id, about)),
        label,
        lane: Lane::Quick,
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
