//! Writing the journal from the session: opened at the first change, written on its own lane.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::base::Fingerprint;
use crate::jobs::{JobKey, Jobs, Lane, Request};
use crate::project::document::Document;
use crate::project::journal::{Entry, Header, Journal, Recovery};
use crate::project::places;

/// What a journal starts from when this is its first line.
pub(super) struct JournalLine {
    pub project: Option<PathBuf>,
    pub before: Arc<Document>,
}

pub(super) struct Journaling {
    enabled: bool,
    seq: u64,
    jobs_submitted: u64,
    journal: Arc<Mutex<Option<Journal>>>,
}

impl Journaling {
    pub(super) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            seq: 0,
            jobs_submitted: 0,
            journal: Arc::default(),
        }
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.seq
    }

    /// Goes on in the journal that was replayed.
    pub(super) fn resume(&mut self, jobs: &mut Jobs, recovery: Arc<Recovery>) {
        self.seq = recovery.entries.last().map_or(0, Entry::seq);
        if !self.enabled {
            return;
        }
        let journal = self.journal.clone();
        self.submit(jobs, move || {
            if let Ok(mut journal) = journal.lock() {
                *journal = Journal::resume(&recovery).ok();
            }
        });
    }

    pub(super) fn append(
        &mut self,
        jobs: &mut Jobs,
        line: JournalLine,
        entry: impl FnOnce(u64) -> Entry,
    ) {
        self.seq += 1;
        if !self.enabled {
            return;
        }
        let entry = entry(self.seq);
        let journal = self.journal.clone();
        self.submit(jobs, move || {
            let Ok(mut journal) = journal.lock() else {
                return;
            };
            if journal.is_none() {
                let header = Header {
                    version: 1,
                    project: line.project,
                    started_at: places::now(),
                    document: (*line.before).clone(),
                };
                // Without a journal work goes on; saving still works.
                *journal = Journal::start(&header).ok();
            }
            if let Some(journal) = journal.as_mut() {
                let _ = journal.append(&entry);
            }
        });
    }

    pub(super) fn discard(&mut self, jobs: &mut Jobs) {
        if !self.enabled {
            return;
        }
        let journal = self.journal.clone();
        self.submit(jobs, move || {
            if let Ok(mut journal) = journal.lock()
                && let Some(journal) = journal.take()
            {
                journal.discard();
            }
        });
    }

    fn submit(&mut self, jobs: &mut Jobs, work: impl FnOnce() + Send + 'static) {
        // A key of its own for every line: the journal lane never replaces a job by the next.
        self.jobs_submitted += 1;
        let serial = self.jobs_submitted;
        jobs.submit(
            Request {
                key: JobKey(format!("journal {serial}")),
                fingerprint: Fingerprint::of_value(&("journal", serial)),
                label: "Writing the journal".to_owned(),
                lane: Lane::Journal,
            },
            move |_| {
                work();
                Ok(())
            },
        );
    }
}
