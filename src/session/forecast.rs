//! What a training would take, found out before it starts.

use super::derived::Slot;
use super::memory::free_bytes;
use super::session::Session;
use crate::evaluate::forecast::{self, Forecast, LOOKED_AT, Work};
use crate::jobs::{JobKey, Lane, Request};
use crate::pipeline;
use crate::project::Run;

/// Keys of the timings begin with this.
const KEY: &str = "forecast ";

impl Session {
    /// Ends the timing of rows, which would slow a training down and be slowed down by it.
    pub(super) fn stop_forecasts(&mut self) {
        let jobs = self.jobs();
        let keys: Vec<JobKey> = jobs.iter().map(|job| job.key.clone()).collect();
        for key in keys.iter().filter(|key| key.0.starts_with(KEY)) {
            self.cancel(key);
        }
    }

    /// How long one learner would take with the next training, and how much memory. Nothing is timed
    /// while a training runs.
    pub fn forecast(&mut self, learner: &str) -> Slot<Forecast> {
        if self.is_training() {
            return Slot::Empty;
        }
        let Some(setup) = self.active().map(|recipe| recipe.model.clone()) else {
            return Slot::Empty;
        };
        let plan = match self.learning_plan().ready_or_wait() {
            Ok(plan) => plan,
            Err(waiting) => return waiting,
        };
        let source = match self.practice().ready_or_wait() {
            Ok(source) => source,
            Err(waiting) => return waiting,
        };
        let division = match self.division().ready_or_wait() {
            Ok(division) => division,
            Err(waiting) => return waiting,
        };
        let work = Work {
            rows: division.learned.1,
            checked: division.checked.1,
            rounds: division.rounds as u64,
        };
        let params = setup.learner_params(learner);
        let fingerprint = Run::mark(source.fingerprint(), &plan).then_value(&(
            "forecast",
            learner,
            &params,
            &setup.preparation,
            (work.rows, work.checked, work.rounds),
        ));
        let request = Request {
            key: JobKey(format!("{KEY}{learner}")),
            fingerprint,
            label: "Timing a few rows".to_owned(),
            lane: Lane::Background,
        };
        let learner = learner.to_owned();
        self.answer(request, move |context| {
            let task = &context.task;
            let some = match source.rows() > LOOKED_AT {
                true => {
                    let every = source.rows() as f64 / LOOKED_AT as f64;
                    let rows = (0..LOOKED_AT).map(|place| (place as f64 * every) as usize);
                    source.take(&rows.collect::<Vec<_>>())?
                }
                false => (*source).clone(),
            };
            let prepared = pipeline::prepare(&some, &plan, task)?;
            let wanted = (learner.as_str(), &params, &setup.preparation);
            let found =
                forecast::forecast(&prepared, wanted, work, (free_bytes(), setup.seed), task)?;
            Ok((found, 1024))
        })
    }
}
