//! Jobs of a session: answers that are kept by the fingerprint of their question, and actions
//! carried out on the session when their job has finished.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::derived::Slot;
use super::session::{Notice, Session};
use crate::base::task::Progress;
use crate::base::{Fingerprint, UserError};
use crate::jobs::{Finished, JobContext, JobKey, JobStatus, Lane, Output, Request};

/// An answer on its way from its job.
struct Answer {
    value: Arc<dyn Any + Send + Sync>,
    bytes: u64,
}

/// What to do with the outcome of a job that is not an answer.
type Action = Box<dyn FnOnce(&mut Session, Output)>;

struct Waiting {
    fingerprint: Fingerprint,
    lane: Lane,
    action: Action,
}

/// Actions that wait for their jobs, at most one per slot: the newest.
#[derive(Default)]
pub(super) struct Actions {
    waiting: HashMap<JobKey, Waiting>,
    /// Number of actions ever begun: the name of the next one's job.
    begun: u64,
}

impl Actions {
    /// The action of exactly this job. An older job of the same slot has none any more.
    fn take(&mut self, key: &JobKey, fingerprint: Fingerprint) -> Option<Action> {
        let waits = self.waiting.get(key)?.fingerprint == fingerprint;
        if !waits {
            return None;
        }
        self.waiting.remove(key).map(|waiting| waiting.action)
    }
}

impl Session {
    pub fn jobs(&self) -> Vec<JobStatus> {
        self.jobs.status()
    }

    pub fn cancel(&mut self, key: &JobKey) {
        self.jobs.cancel(key);
        self.actions.waiting.remove(key);
    }

    /// Stops all work but the journal's.
    pub fn cancel_all(&mut self) {
        self.jobs.cancel_all();
        self.actions
            .waiting
            .retain(|_, waiting| waiting.lane == Lane::Journal);
    }

    pub fn is_idle(&self) -> bool {
        self.jobs.is_idle()
    }

    /// Asks from now on, and never answers: a test looks at what a person sees while waiting.
    pub fn hold_work(&mut self) {
        self.jobs.hold();
    }

    /// Takes in what has finished. Call once a frame; true when something changed.
    pub fn poll(&mut self) -> bool {
        let mut changed = self.poll_training();
        changed |= self.poll_tuning();
        changed |= self.poll_growth();
        for finished in self.jobs.drain() {
            changed = true;
            self.take_in(finished);
        }
        changed
    }

    fn take_in(&mut self, finished: Finished) {
        let fingerprint = finished.fingerprint;
        let action = self.actions.take(&finished.key, fingerprint);
        match (finished.outcome, action) {
            (Ok(output), Some(action)) => action(self, output),
            (Ok(output), None) => match output.downcast::<Answer>() {
                Ok(answer) => self.keep(fingerprint, Ok(answer.value.clone()), answer.bytes),
                // Nobody waits for it any more, and it may be a large table.
                Err(output) => self.jobs.dispose(Box::new(output)),
            },
            (Err(error), _) if error.is_cancelled() => {}
            (Err(error), Some(_)) => self.notice(Notice::Problem(error)),
            (Err(error), None) => self.keep(fingerprint, Err(error), 0),
        }
    }

    pub(super) fn keep(
        &mut self,
        fingerprint: Fingerprint,
        value: Result<Arc<dyn Any + Send + Sync>, UserError>,
        bytes: u64,
    ) {
        for gone in self.derived.insert(fingerprint, value, bytes) {
            self.jobs.dispose(gone);
        }
    }

    /// Memory held by results.
    pub fn memory_bytes(&self) -> u64 {
        self.derived.bytes()
    }

    /// The answer to a question, or the promise of one. `work` gives it with its size in bytes.
    pub(super) fn answer<T: Send + Sync + 'static>(
        &mut self,
        request: Request,
        work: impl FnOnce(&JobContext) -> Result<(T, u64), UserError> + Send + 'static,
    ) -> Slot<T> {
        let (key, fingerprint) = (request.key.clone(), request.fingerprint);
        if let Some(slot) = self.held(&key, fingerprint) {
            return slot;
        }
        self.jobs.submit(request, move |context| {
            let (value, bytes) = work(context)?;
            Ok(Answer {
                value: Arc::new(value),
                bytes,
            })
        });
        if self.jobs.is_inline() {
            self.poll();
            if let Some(slot) = self.held(&key, fingerprint) {
                return slot;
            }
        }
        let progress = self.jobs.progress(&key).unwrap_or_default();
        self.stale_or_pending(&key, progress)
    }

    fn held<T: Send + Sync + 'static>(
        &mut self,
        key: &JobKey,
        fingerprint: Fingerprint,
    ) -> Option<Slot<T>> {
        match self.derived.get::<T>(fingerprint)? {
            Ok(value) => {
                self.shown.insert(key.clone(), fingerprint);
                Some(Slot::Ready(value))
            }
            Err(error) => Some(Slot::Failed(error)),
        }
    }

    /// The answer a slot gave last, if it is still there, while the next one is worked on.
    pub(super) fn stale_or_pending<T: Send + Sync + 'static>(
        &mut self,
        key: &JobKey,
        progress: Progress,
    ) -> Slot<T> {
        let last = self
            .shown
            .get(key)
            .and_then(|fingerprint| self.derived.get::<T>(*fingerprint)?.ok());
        match last {
            Some(value) => Slot::Stale(value, progress),
            None => Slot::Pending(progress),
        }
    }

    /// Forgets a failed answer, so that it is tried again.
    pub fn retry(&mut self, fingerprint: Fingerprint) {
        self.derived.forget(fingerprint);
    }

    /// Whether the action of a slot has not been carried out yet.
    pub(super) fn is_acting(&self, slot: &str) -> bool {
        self.actions.waiting.contains_key(&JobKey::from(slot))
    }

    /// Work whose end is an action on the session rather than a kept answer. It takes the place of
    /// what its slot was doing.
    pub(super) fn act<T: Send + Sync + 'static>(
        &mut self,
        key: impl Into<JobKey>,
        label: impl Into<String>,
        lane: Lane,
        work: impl FnOnce(&JobContext) -> Result<T, UserError> + Send + 'static,
        then: impl FnOnce(&mut Session, Arc<T>) + 'static,
    ) {
        let key = key.into();
        self.actions.begun += 1;
        let fingerprint = Fingerprint::of_value(&(&key.0, self.actions.begun));
        let action: Action = Box::new(move |session, output| {
            if let Ok(value) = output.downcast::<T>() {
                then(session, value);
            }
        });
        let waiting = Waiting {
            fingerprint,
            lane,
            action,
        };
        self.actions.waiting.insert(key.clone(), waiting);
        let label = label.into();
        self.jobs.submit(
            Request {
                key,
                fingerprint,
                label,
                lane,
            },
            work,
        );
        if self.jobs.is_inline() {
            self.poll();
        }
    }
}
