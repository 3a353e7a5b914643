//! What a person asked for with a button: the question is kept with its answer until another one is
//! asked, and work that was stopped is not begun again of itself.

use std::sync::Arc;

use super::derived::Slot;
use super::session::Session;
use crate::base::UserError;
use crate::jobs::JobKey;

pub(super) struct Asked<Q, T> {
    pub(super) question: Q,
    /// None while it is worked on, and after it was stopped.
    pub(super) found: Option<Result<Arc<T>, Arc<UserError>>>,
}

impl<Q, T> Asked<Q, T> {
    pub(super) fn new(question: Q) -> Self {
        Self {
            question,
            found: None,
        }
    }

    /// The answer, or how far it is. `slot`: that of the action that works on it.
    pub(super) fn slot(&self, session: &Session, slot: &str) -> Slot<T> {
        match &self.found {
            Some(Ok(found)) => Slot::Ready(found.clone()),
            Some(Err(error)) => Slot::Failed(error.clone()),
            None if session.is_acting(slot) => {
                let progress = session.jobs.progress(&JobKey::from(slot));
                Slot::Pending(progress.unwrap_or_default())
            }
            None => Slot::Empty,
        }
    }
}

/// The outcome of work as an answer: only being stopped ends without one.
pub(super) fn answered<T>(
    found: Result<T, UserError>,
) -> Result<Result<Arc<T>, Arc<UserError>>, UserError> {
    match found {
        Err(error) if error.is_cancelled() => Err(error),
        found => Ok(found.map(Arc::new).map_err(Arc::new)),
    }
}
