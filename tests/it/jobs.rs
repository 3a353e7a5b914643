//! Jobs: progress, cancel, panics, order of answers.

use std::sync::mpsc::channel;

use benchtop::base::{ErrorKind, Fingerprint, UserError};
use benchtop::jobs::{JobKey, Jobs, Lane, Request};

fn request(key: &str, question: u64, lane: Lane) -> Request {
    Request {
        key: JobKey::from(key),
        fingerprint: Fingerprint(u128::from(question)),
        label: format!("{key} {question}"),
        lane,
    }
}

/// Waits for the next finished jobs; gives up after far longer than any of these needs.
fn wait(jobs: &mut Jobs) -> Vec<benchtop::jobs::Finished> {
    for _ in 0..2000 {
        let finished = jobs.drain();
        if !finished.is_empty() {
            return finished;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("no job finished");
}

#[test]
fn a_panic_becomes_an_error_and_the_lane_goes_on() {
    let mut jobs = Jobs::threaded();
    jobs.submit(
        request("a", 1, Lane::Quick),
        |_| -> Result<u32, UserError> {
            let empty: Vec<u32> = Vec::new();
            Ok(empty[std::hint::black_box(3)])
        },
    );
    let finished = wait(&mut jobs);
    let error = finished[0].outcome.as_ref().err().unwrap();
    assert_eq!(error.kind, ErrorKind::Crashed);
    assert!(error.why.contains("index out of bounds"), "{}", error.why);
    jobs.submit(request("b", 2, Lane::Quick), |_| Ok(7u32));
    let finished = wait(&mut jobs);
    let value = finished[0]
        .outcome
        .as_ref()
        .ok()
        .unwrap()
        .downcast_ref::<u32>();
    assert_eq!(value, Some(&7));
}

#[test]
fn another_question_in_the_same_slot_cancels_the_first() {
    let mut jobs = Jobs::threaded();
    let (started, has_started) = channel();
    jobs.submit(request("slot", 1, Lane::Quick), move |context| {
        let _ = started.send(());
        loop {
            context.task.check()?;
            std::thread::yield_now();
        }
        #[allow(unreachable_code)]
        Ok(0u32)
    });
    has_started.recv().unwrap();
    jobs.submit(request("slot", 2, Lane::Quick), |_| Ok(2u32));
    let mut answers = Vec::new();
    while answers.len() < 2 {
        answers.extend(wait(&mut jobs));
    }
    let of = |question: u128| {
        answers
            .iter()
            .find(|finished| finished.fingerprint.0 == question)
            .unwrap()
    };
    assert!(of(1).outcome.as_ref().err().unwrap().is_cancelled());
    assert!(of(2).outcome.is_ok());
    assert!(jobs.is_idle());
}

#[test]
fn the_same_question_is_answered_once() {
    let mut jobs = Jobs::threaded();
    let (go, gate) = channel::<()>();
    let (count, counted) = channel();
    let counter = count.clone();
    jobs.submit(request("slot", 1, Lane::Quick), move |_| {
        let _ = gate.recv();
        let _ = counter.send(());
        Ok(1u32)
    });
    jobs.submit(request("slot", 1, Lane::Quick), move |_| {
        let _ = count.send(());
        Ok(1u32)
    });
    go.send(()).unwrap();
    assert_eq!(wait(&mut jobs).len(), 1);
    assert_eq!(counted.try_iter().count(), 1);
}

#[test]
fn cancel_reaches_a_running_job_and_its_parts() {
    let mut jobs = Jobs::threaded();
    let (started, has_started) = channel();
    jobs.submit(request("long", 1, Lane::Heavy), move |context| {
        let part = context.task.part();
        let _ = started.send(());
        loop {
            part.check()?;
            std::thread::yield_now();
        }
        #[allow(unreachable_code)]
        Ok(0u32)
    });
    has_started.recv().unwrap();
    jobs.cancel(&JobKey::from("long"));
    assert!(
        wait(&mut jobs)[0]
            .outcome
            .as_ref()
            .err()
            .unwrap()
            .is_cancelled()
    );
}

#[test]
fn journal_lines_keep_their_order_and_survive_the_end_of_the_jobs() {
    let (line, lines) = channel();
    {
        let mut jobs = Jobs::threaded();
        for number in 0..200u64 {
            let line = line.clone();
            jobs.submit(
                request(&format!("journal {number}"), number, Lane::Journal),
                move |_| {
                    let _ = line.send(number);
                    Ok(())
                },
            );
        }
    }
    drop(line);
    let got: Vec<u64> = lines.iter().collect();
    assert_eq!(got, (0..200).collect::<Vec<_>>());
}
