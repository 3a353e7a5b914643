//! What a piece of work may ask of whoever runs it: has it been cancelled, how far is it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::UserError;

/// Progress of one piece of work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub done: u64,
    /// Zero when the total is not known.
    pub total: u64,
    /// What is being done, in words a person reads.
    pub what: String,
}

impl Progress {
    /// Share done in 0..=1, when the total is known.
    pub fn fraction(&self) -> Option<f32> {
        (self.total > 0).then(|| (self.done as f64 / self.total as f64).clamp(0.0, 1.0) as f32)
    }
}

#[derive(Default)]
struct Shared {
    cancelled: AtomicBool,
    asked: AtomicU64,
    /// None: it never stops of itself.
    stops_at: Option<u64>,
    done: AtomicU64,
    total: AtomicU64,
    what: Mutex<String>,
    parent: Option<TaskContext>,
}

/// Handed to every long function. Cheap to clone; all clones speak of the same work.
#[derive(Clone, Default)]
pub struct TaskContext {
    shared: Arc<Shared>,
}

impl TaskContext {
    pub fn new() -> Self {
        Self::default()
    }

    /// Work that stops of itself when it asks for the given time (from 0): a moment that is the same
    /// every time, which no clock can give.
    pub fn stopping_at(asked: u64) -> Self {
        Self {
            shared: Arc::new(Shared {
                stops_at: Some(asked),
                ..Shared::default()
            }),
        }
    }

    /// A part of this work with progress of its own; cancelling the whole cancels the part.
    pub fn part(&self) -> Self {
        Self {
            shared: Arc::new(Shared {
                parent: Some(self.clone()),
                ..Shared::default()
            }),
        }
    }

    /// Call at least every 50 ms of work: returns the "cancelled" error once somebody stopped it.
    pub fn check(&self) -> Result<(), UserError> {
        if self.is_cancelled() {
            return Err(UserError::cancelled());
        }
        Ok(())
    }

    pub fn is_cancelled(&self) -> bool {
        let asked = self.shared.asked.fetch_add(1, Ordering::Relaxed);
        if self.shared.stops_at.is_some_and(|at| asked >= at) {
            self.cancel();
        }
        self.shared.cancelled.load(Ordering::Relaxed)
            || self.shared.parent.as_ref().is_some_and(Self::is_cancelled)
    }

    /// How often this work and its parts have asked whether to stop.
    pub fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::Relaxed)
    }

    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn progress(&self, done: u64, total: u64, what: &str) {
        self.shared.done.store(done, Ordering::Relaxed);
        self.shared.total.store(total, Ordering::Relaxed);
        if let Ok(mut current) = self.shared.what.lock()
            && *current != what
        {
            what.clone_into(&mut current);
        }
    }

    pub fn current(&self) -> Progress {
        Progress {
            done: self.shared.done.load(Ordering::Relaxed),
            total: self.shared.total.load(Ordering::Relaxed),
            what: self
                .shared
                .what
                .lock()
                .map(|what| what.clone())
                .unwrap_or_default(),
        }
    }
}
