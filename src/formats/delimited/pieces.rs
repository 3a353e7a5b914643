//! Runs of whole rows of a source, handed to whoever asks next, so that several threads can read
//! one file. The bytes are hashed on the way: no second pass is needed for that.

use std::io::Read;
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::Xxh3;

use super::source::Source;
use crate::base::{Fingerprint, TaskContext, UserError};

/// Bytes of a piece: enough to keep the number of pieces small, few enough that all threads have
/// work to the end.
const LEAST_BYTES: usize = 1 << 18;
const MOST_BYTES: usize = 1 << 24;
/// Pieces for each thread, when the source is large.
const PIECES_PER_THREAD: u64 = 16;

/// The rows of a source in order, cut into pieces.
pub struct Pieces<'a> {
    source: &'a Source<'a>,
    quote: Option<u8>,
    piece_bytes: usize,
    state: Mutex<State<'a>>,
}

struct State<'a> {
    input: Box<dyn Read + Send + 'a>,
    hasher: Xxh3,
    /// Bytes behind the last whole row of the piece before.
    rest: Vec<u8>,
    pieces: usize,
    bytes_read: u64,
    bytes_total: u64,
    ended: bool,
}

impl<'a> Pieces<'a> {
    /// Pieces of what lies behind the first `start` bytes, for so many threads.
    pub fn open(
        source: &'a Source<'a>,
        start: u64,
        quote: Option<u8>,
        threads: usize,
    ) -> Result<Self, UserError> {
        let bytes_total = source.len()?;
        let pieces = threads as u64 * PIECES_PER_THREAD;
        let piece_bytes = usize::try_from(bytes_total / pieces.max(1)).unwrap_or(MOST_BYTES);
        let mut state = State {
            input: source.reader()?,
            hasher: Xxh3::new(),
            rest: Vec::new(),
            pieces: 0,
            bytes_read: 0,
            bytes_total,
            ended: false,
        };
        state.read(start as usize, &mut Vec::new(), source)?;
        Ok(Self {
            source,
            quote,
            piece_bytes: piece_bytes.clamp(LEAST_BYTES, MOST_BYTES),
            state: Mutex::new(state),
        })
    }

    /// Fills `bytes` with the next rows, the last one ended, and says how many pieces came before;
    /// None at the end.
    pub fn next(
        &self,
        bytes: &mut Vec<u8>,
        task: &TaskContext,
    ) -> Result<Option<usize>, UserError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        task.check()?;
        bytes.clear();
        bytes.append(&mut state.rest);
        let mut wanted = self.piece_bytes.saturating_sub(bytes.len()).max(1);
        while !state.ended {
            state.read(wanted, bytes, self.source)?;
            if state.ended {
                break;
            }
            if let Some(end) = self.end_of_rows(bytes) {
                state
                    .rest
                    .extend_from_slice(bytes.get(end..).unwrap_or_default());
                bytes.truncate(end);
                break;
            }
            // A row longer than a piece.
            wanted = bytes.len();
            task.check()?;
        }
        let Some(&last) = bytes.last() else {
            return Ok(None);
        };
        if last != b'\n' {
            bytes.push(b'\n');
        }
        task.progress(
            state.bytes_read,
            state.bytes_total.max(state.bytes_read),
            &format!("Reading {}", self.source.name()),
        );
        state.pieces += 1;
        Ok(Some(state.pieces - 1))
    }

    /// Behind the last row that ends outside quotes. A piece starts outside quotes, so the number
    /// of quotes says where its end lies.
    fn end_of_rows(&self, bytes: &[u8]) -> Option<usize> {
        let Some(quote) = self.quote else {
            return Some(bytes.iter().rposition(|&byte| byte == b'\n')? + 1);
        };
        let mut inside = bytes.iter().filter(|&&byte| byte == quote).count() % 2 == 1;
        for (index, &byte) in bytes.iter().enumerate().rev() {
            if byte == b'\n' && !inside {
                return Some(index + 1);
            }
            inside ^= byte == quote;
        }
        None
    }

    /// Hash of the whole source, once every piece is handed out.
    pub fn into_hash(self) -> Fingerprint {
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Fingerprint(state.hasher.digest128())
    }
}

impl State<'_> {
    /// Appends so many bytes, or all there are.
    fn read(
        &mut self,
        wanted: usize,
        bytes: &mut Vec<u8>,
        source: &Source,
    ) -> Result<(), UserError> {
        let before = bytes.len();
        bytes.reserve(wanted + 1);
        let length = self
            .input
            .by_ref()
            .take(wanted as u64)
            .read_to_end(bytes)
            .map_err(|error| source.failed(&error))?;
        self.hasher.update(bytes.get(before..).unwrap_or_default());
        self.bytes_read += length as u64;
        self.ended = length < wanted;
        Ok(())
    }
}
