//! Work off the UI thread: named threads in lanes, progress, cancel, panics caught.
//!
//! A job belongs to a slot ([`JobKey`]) and answers one question ([`Fingerprint`]). Asking the same
//! question again while it is being answered does nothing; asking another one in the same slot
//! cancels the first.

mod pool;

use std::any::Any;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::base::task::Progress;
use crate::base::{Fingerprint, TaskContext, UserError};

pub use pool::{detached, install_panic_hook};

/// Wakes whoever drains the results: the window repaints, the command line looks again.
pub trait Waker: Send + Sync {
    fn wake(&self);
}

struct NoWaker;

impl Waker for NoWaker {
    fn wake(&self) {}
}

/// The slot a job fills: "profile of column 3", "the chart", "training".
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobKey(pub String);

impl From<&str> for JobKey {
    fn from(key: &str) -> Self {
        Self(key.to_owned())
    }
}
impl From<String> for JobKey {
    fn from(key: String) -> Self {
        Self(key)
    }
}

/// Which threads a job runs on, so that long work never stands in the way of a brush stroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Answers a person waits for: scenes, profiles, previews.
    Quick,
    /// Answers that fill in by themselves: statistics of columns.
    Background,
    /// Training and other long computation.
    Heavy,
    /// Reading and writing files.
    Files,
    /// The journal and the settings: strictly in order, never cancelled, waited for at the end.
    Journal,
}

/// What a job is handed: its task context, and a way to say "look, there is something new".
#[derive(Clone)]
pub struct JobContext {
    pub task: TaskContext,
    waker: Arc<dyn Waker>,
}

impl JobContext {
    pub fn wake(&self) {
        self.waker.wake();
    }

    /// A context outside any pool, for the command line and tests.
    pub fn detached() -> Self {
        Self {
            task: TaskContext::new(),
            waker: Arc::new(NoWaker),
        }
    }
}

pub type Output = Arc<dyn Any + Send + Sync>;
type Work = Box<dyn FnOnce(&JobContext) -> Result<Output, UserError> + Send>;

/// A job that came to its end.
pub struct Finished {
    pub key: JobKey,
    pub fingerprint: Fingerprint,
    pub outcome: Result<Output, UserError>,
    pub elapsed: Duration,
}

/// A job as the status bar shows it.
#[derive(Clone, Debug)]
pub struct JobStatus {
    pub key: JobKey,
    pub label: String,
    pub progress: Progress,
    pub elapsed: Duration,
    pub lane: Lane,
}

struct Active {
    fingerprint: Fingerprint,
    label: String,
    context: TaskContext,
    since: Instant,
    lane: Lane,
    /// Tells a job from the one that replaced it in the same slot.
    serial: u64,
}

/// A job to be done.
pub struct Request {
    pub key: JobKey,
    pub fingerprint: Fingerprint,
    /// What a person reads while it runs: "Reading sales.csv".
    pub label: String,
    pub lane: Lane,
}

/// The jobs of one session.
pub struct Jobs {
    pool: Option<pool::Pool>,
    active: Arc<Mutex<HashMap<JobKey, Active>>>,
    sender: Sender<Finished>,
    receiver: Receiver<Finished>,
    waker: Arc<dyn Waker>,
    serial: u64,
    held: bool,
}

impl Default for Jobs {
    fn default() -> Self {
        Self::threaded()
    }
}

impl Jobs {
    /// Jobs on threads of their own.
    pub fn threaded() -> Self {
        Self::with_pool(Some(pool::Pool::new()))
    }

    /// Jobs run at once on the calling thread: for the command line and for tests that must not wait.
    pub fn inline() -> Self {
        Self::with_pool(None)
    }

    fn with_pool(pool: Option<pool::Pool>) -> Self {
        let (sender, receiver) = channel();
        Self {
            pool,
            active: Arc::default(),
            sender,
            receiver,
            waker: Arc::new(NoWaker),
            serial: 0,
            held: false,
        }
    }

    /// From now on work is taken in and not begun, so that a test can look at the waiting.
    pub fn hold(&mut self) {
        self.held = true;
    }

    pub fn set_waker(&mut self, waker: Arc<dyn Waker>) {
        self.waker = waker;
    }

    pub fn is_inline(&self) -> bool {
        self.pool.is_none()
    }

    /// Starts a job, unless the same question is being answered in its slot already.
    pub fn submit<T: Send + Sync + 'static>(
        &mut self,
        request: Request,
        work: impl FnOnce(&JobContext) -> Result<T, UserError> + Send + 'static,
    ) {
        let context = TaskContext::new();
        self.serial += 1;
        let serial = self.serial;
        if let Ok(mut active) = self.active.lock() {
            if let Some(current) = active.get(&request.key) {
                if current.fingerprint == request.fingerprint {
                    return;
                }
                if request.lane != Lane::Journal {
                    current.context.cancel();
                }
            }
            active.insert(
                request.key.clone(),
                Active {
                    fingerprint: request.fingerprint,
                    label: request.label.clone(),
                    context: context.clone(),
                    since: Instant::now(),
                    lane: request.lane,
                    serial,
                },
            );
        }
        if self.held {
            return;
        }
        let job_context = JobContext {
            task: context,
            waker: self.waker.clone(),
        };
        let sender = self.sender.clone();
        let active = self.active.clone();
        let work: Work =
            Box::new(move |context| work(context).map(|value| Arc::new(value) as Output));
        let run = move || {
            let start = Instant::now();
            let outcome = if job_context.task.is_cancelled() {
                Err(UserError::cancelled())
            } else {
                pool::catch(|| work(&job_context))
            };
            if let Ok(mut active) = active.lock()
                && active
                    .get(&request.key)
                    .is_some_and(|job| job.serial == serial)
            {
                active.remove(&request.key);
            }
            // The receiver is gone when the session has been closed: nobody waits any more.
            let _ = sender.send(Finished {
                key: request.key,
                fingerprint: request.fingerprint,
                outcome,
                elapsed: start.elapsed(),
            });
            job_context.wake();
        };
        match &self.pool {
            Some(pool) => pool.push(request.lane, Box::new(run)),
            None => run(),
        }
    }

    /// Drops something large on a worker instead of here.
    pub fn dispose(&self, value: Box<dyn Any + Send>) {
        match &self.pool {
            Some(pool) => pool.push(Lane::Files, Box::new(move || drop(value))),
            None => drop(value),
        }
    }

    pub fn cancel(&mut self, key: &JobKey) {
        if let Ok(mut active) = self.active.lock()
            && let Some(job) = active.remove(key)
        {
            job.context.cancel();
        }
    }

    pub fn cancel_all(&mut self) {
        if let Ok(mut active) = self.active.lock() {
            for job in active.values() {
                if job.lane != Lane::Journal {
                    job.context.cancel();
                }
            }
            active.retain(|_, job| job.lane == Lane::Journal);
        }
    }

    /// What has finished since the last call.
    pub fn drain(&mut self) -> Vec<Finished> {
        self.receiver.try_iter().collect()
    }

    pub fn progress(&self, key: &JobKey) -> Option<Progress> {
        let active = self.active.lock().ok()?;
        active.get(key).map(|job| job.context.current())
    }

    /// The fingerprint being worked on in a slot.
    pub fn running(&self, key: &JobKey) -> Option<Fingerprint> {
        let active = self.active.lock().ok()?;
        active.get(key).map(|job| job.fingerprint)
    }

    /// Jobs that run or wait, oldest first.
    pub fn status(&self) -> Vec<JobStatus> {
        let Ok(active) = self.active.lock() else {
            return Vec::new();
        };
        let mut jobs: Vec<(u64, JobStatus)> = active
            .iter()
            .filter(|(_, job)| job.lane != Lane::Journal)
            .map(|(key, job)| {
                (
                    job.serial,
                    JobStatus {
                        key: key.clone(),
                        label: job.label.clone(),
                        progress: job.context.current(),
                        elapsed: job.since.elapsed(),
                        lane: job.lane,
                    },
                )
            })
            .collect();
        jobs.sort_by_key(|(serial, _)| *serial);
        jobs.into_iter().map(|(_, status)| status).collect()
    }

    /// Nothing runs or waits.
    pub fn is_idle(&self) -> bool {
        self.active.lock().is_ok_and(|active| active.is_empty())
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.cancel_all();
    }
}
