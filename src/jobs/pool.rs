//! The threads. This is the only file that starts any.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, Once};

use super::Lane;
use crate::base::{ErrorKind, UserError};

type Run = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    waiting: Mutex<(VecDeque<Run>, bool)>,
    ready: Condvar,
}

/// Worker threads by lane. They end when the pool is dropped; a job that runs is not waited for,
/// except in the journal lane, whose last lines must reach the disk.
pub(super) struct Pool {
    lanes: Vec<(Lane, Arc<Queue>)>,
    journal: Vec<std::thread::JoinHandle<()>>,
}

impl Pool {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let mut pool = Self {
            lanes: Vec::new(),
            journal: Vec::new(),
        };
        pool.lane(Lane::Quick, "quick", 2);
        pool.lane(Lane::Background, "background", 1);
        pool.lane(Lane::Heavy, "heavy", (cores - 1).max(1));
        pool.lane(Lane::Files, "files", 1);
        pool.lane(Lane::Journal, "journal", 1);
        pool
    }

    fn lane(&mut self, lane: Lane, name: &str, threads: usize) {
        let queue = Arc::new(Queue::default());
        let mut started = 0;
        for index in 0..threads {
            let queue = queue.clone();
            let thread = std::thread::Builder::new()
                .name(format!("benchtop-{name}-{index}"))
                .spawn(move || work(&queue));
            if let Ok(thread) = thread {
                started += 1;
                if lane == Lane::Journal {
                    self.journal.push(thread);
                }
            }
        }
        // A lane without a thread would only queue: `push` runs its jobs in place instead.
        if started > 0 {
            self.lanes.push((lane, queue));
        }
    }

    pub(super) fn push(&self, lane: Lane, run: Run) {
        let Some((_, queue)) = self.lanes.iter().find(|(candidate, _)| *candidate == lane) else {
            run();
            return;
        };
        if let Ok(mut waiting) = queue.waiting.lock() {
            waiting.0.push_back(run);
        }
        queue.ready.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for (_, queue) in &self.lanes {
            if let Ok(mut waiting) = queue.waiting.lock() {
                waiting.1 = true;
            }
            queue.ready.notify_all();
        }
        for thread in self.journal.drain(..) {
            let _ = thread.join();
        }
    }
}

fn work(queue: &Queue) {
    loop {
        let run = {
            let Ok(mut waiting) = queue.waiting.lock() else {
                return;
            };
            loop {
                if let Some(run) = waiting.0.pop_front() {
                    break run;
                }
                if waiting.1 {
                    return;
                }
                match queue.ready.wait(waiting) {
                    Ok(guard) => waiting = guard,
                    Err(_) => return,
                }
            }
        };
        // A job catches its own panics; this guard keeps the thread if dropping its captures panics.
        let _ = catch_unwind(AssertUnwindSafe(run));
    }
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static EXPECTED: RefCell<bool> = const { RefCell::new(false) };
}

static HOOK: Once = Once::new();

/// Remembers where a job panicked, and stays silent about it on stderr: the job reports it.
/// Panics elsewhere are printed as before.
pub fn install_panic_hook() {
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let expected = EXPECTED.with(|expected| *expected.borrow());
            LAST_PANIC.with(|last| *last.borrow_mut() = Some(describe(info)));
            if !expected || std::env::var_os("BENCHTOP_PANIC_ON_ERROR").is_some() {
                previous(info);
            }
        }));
    });
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("it gave no message");
    match info.location() {
        Some(location) => {
            // Only the end of the path: where on the build machine the source lay helps nobody.
            let file = location.file();
            let short = file.rfind("src/").map_or(file, |at| &file[at..]);
            format!("{message} ({short}:{})", location.line())
        }
        None => message.to_owned(),
    }
}

/// Runs `work`; a panic becomes an error with a report.
pub(super) fn catch<T>(work: impl FnOnce() -> Result<T, UserError>) -> Result<T, UserError> {
    install_panic_hook();
    EXPECTED.with(|expected| *expected.borrow_mut() = true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    EXPECTED.with(|expected| *expected.borrow_mut() = false);
    outcome.unwrap_or_else(|_| {
        let why = LAST_PANIC
            .with(|last| last.borrow_mut().take())
            .unwrap_or_else(|| "no message".to_owned());
        Err(UserError::new(
            ErrorKind::Crashed,
            "job_crashed",
            "This piece of work failed because of a fault in Benchtop",
            why,
        )
        .with_hint(
            "Your data and everything else are untouched. Copy the report and try another way",
        ))
    })
}

/// A thread outside the lanes, for waiting on something that is not work: a file dialog, say.
pub fn detached(name: &str, wait: impl FnOnce() + Send + 'static) {
    // Without a thread there is no answer, which reads as "cancelled".
    let _ = std::thread::Builder::new()
        .name(format!("benchtop-{name}"))
        .spawn(wait);
}
