//! Ctrl-C: the first one asks the work to stop and clean up, the second ends the process.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// "Interrupt from the keyboard" in the C library of every system we build for.
const SIGINT: i32 = 2;
/// The action a process starts with.
const DEFAULT: usize = 0;

// SAFETY: the declaration is that of the C standard (7.14.1.1); a handler is passed as its address.
unsafe extern "C" {
    fn signal(number: i32, handler: usize) -> usize;
}

extern "C" fn remember(_number: i32) {
    INTERRUPTED.store(true, Ordering::Relaxed);
    // SAFETY: signal may be called in a handler for the signal that is being handled.
    unsafe {
        signal(SIGINT, DEFAULT);
    }
}

/// From now on Ctrl-C is noted instead of ending the process.
pub fn listen() {
    let handler = remember as extern "C" fn(i32);
    // SAFETY: the handler only stores to an atomic and calls signal, both allowed in a handler.
    unsafe {
        signal(SIGINT, handler as usize);
    }
}

pub fn happened() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
