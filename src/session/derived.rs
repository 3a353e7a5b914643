//! Results by the fingerprint of the question, with a memory budget.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use crate::base::task::Progress;
use crate::base::{Fingerprint, UserError};

/// What a view gets when it asks for a result. Asking never waits.
#[derive(Clone)]
pub enum Slot<T> {
    Ready(Arc<T>),
    /// The answer to the question before, while this one is worked on.
    Stale(Arc<T>, Progress),
    Pending(Progress),
    Failed(Arc<UserError>),
    /// Nothing to ask: no table, no target.
    Empty,
}

impl<T> Slot<T> {
    /// The result to draw, fresh or stale.
    pub fn shown(&self) -> Option<&Arc<T>> {
        match self {
            Self::Ready(value) | Self::Stale(value, _) => Some(value),
            _ => None,
        }
    }

    pub fn ready(self) -> Option<Arc<T>> {
        match self {
            Self::Ready(value) => Some(value),
            _ => None,
        }
    }

    /// The result, or what is to be said of anything made from it: wait, failed, nothing.
    pub fn ready_or_wait<U>(self) -> Result<Arc<T>, Slot<U>> {
        match self {
            Self::Ready(value) => Ok(value),
            Self::Stale(_, progress) | Self::Pending(progress) => Err(Slot::Pending(progress)),
            Self::Failed(error) => Err(Slot::Failed(error)),
            Self::Empty => Err(Slot::Empty),
        }
    }

    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready(_))
    }

    pub fn error(&self) -> Option<&Arc<UserError>> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    pub fn progress(&self) -> Option<&Progress> {
        match self {
            Self::Stale(_, progress) | Self::Pending(progress) => Some(progress),
            _ => None,
        }
    }
}

struct Held {
    value: Result<Arc<dyn Any + Send + Sync>, Arc<UserError>>,
    bytes: u64,
    used: u64,
}

/// The cache. Least recently used results go first when the budget is exceeded.
pub struct Derived {
    held: HashMap<Fingerprint, Held>,
    clock: u64,
    bytes: u64,
    budget: u64,
}

impl Derived {
    pub fn new(budget: u64) -> Self {
        Self {
            held: HashMap::new(),
            clock: 0,
            bytes: 0,
            budget,
        }
    }

    pub fn get<T: Send + Sync + 'static>(
        &mut self,
        fingerprint: Fingerprint,
    ) -> Option<Result<Arc<T>, Arc<UserError>>> {
        self.clock += 1;
        let held = self.held.get_mut(&fingerprint)?;
        held.used = self.clock;
        match &held.value {
            Ok(value) => value.clone().downcast::<T>().ok().map(Ok),
            Err(error) => Some(Err(error.clone())),
        }
    }

    pub fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.held.contains_key(&fingerprint)
    }

    /// Keeps a result. Returns what had to go, for somebody else to drop.
    pub fn insert(
        &mut self,
        fingerprint: Fingerprint,
        value: Result<Arc<dyn Any + Send + Sync>, UserError>,
        bytes: u64,
    ) -> Vec<Box<dyn Any + Send>> {
        self.clock += 1;
        let held = Held {
            value: value.map_err(Arc::new),
            bytes,
            used: self.clock,
        };
        self.bytes += bytes;
        let mut gone: Vec<Box<dyn Any + Send>> = Vec::new();
        if let Some(old) = self.held.insert(fingerprint, held) {
            self.bytes -= old.bytes;
            gone.push(Box::new(old.value));
        }
        while self.bytes > self.budget && self.held.len() > 1 {
            let oldest = self
                .held
                .iter()
                .filter(|(key, held)| **key != fingerprint && held.bytes > 0)
                .min_by_key(|(_, held)| held.used)
                .map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            if let Some(old) = self.held.remove(&oldest) {
                self.bytes -= old.bytes;
                gone.push(Box::new(old.value));
            }
        }
        gone
    }

    /// Forgets one answer, so that it is asked again.
    pub fn forget(&mut self, fingerprint: Fingerprint) {
        if let Some(old) = self.held.remove(&fingerprint) {
            self.bytes -= old.bytes;
        }
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn budget(&self) -> u64 {
        self.budget
    }
}
