//! Parts of a file from which the rest is guessed.

use super::source::Source;
use super::text::{Encoding, UTF8_MARK, looks_like_text};
use crate::base::{Params, UserError};

/// Bytes of the beginning that are always looked at.
const HEAD_BYTES: usize = 1 << 18;
/// Bytes of the beginning looked at when the rows are very long.
const MOST_HEAD_BYTES: usize = 1 << 24;
/// Pieces taken from the rest of the file, and their size.
const PIECES: u64 = 12;
const PIECE_BYTES: usize = 1 << 15;
/// Parts of a file.
pub struct Sample {
    pub head: String,
    /// The head is the whole file.
    pub complete: bool,
    pub pieces: Vec<String>,
    pub encoding: Encoding,
    /// Bytes of a byte order mark before UTF-8.
    pub mark_bytes: usize,
    pub length: u64,
}

impl Sample {
    pub fn take(source: &Source, params: &Params, rows: usize) -> Result<Self, UserError> {
        let length = source.len()?;
        let mut head = source.read_at(0, HEAD_BYTES)?;
        // More of the beginning when the rows are long.
        while (head.len() as u64) < length
            && head.len() < MOST_HEAD_BYTES
            && head.iter().filter(|&&b| b == b'\n' || b == b'\r').count() <= rows
        {
            head = source.read_at(0, head.len() * 4)?;
        }
        if !looks_like_text(&head) {
            return Err(UserError::input(
                "not_text",
                format!("{} is not a text file", source.name()),
                "It holds bytes that occur in no text",
            )
            .with_hint("Save the table as CSV in the program that made the file")
            .with_path(source.path()));
        }
        let complete = head.len() as u64 == length;
        let pieces = if complete {
            Vec::new()
        } else {
            Self::pieces(source, head.len() as u64, length)?
        };
        let encoding = Encoding::from_id(params.text("encoding")).unwrap_or_else(|| {
            let all_valid = pieces
                .iter()
                .all(|piece| std::str::from_utf8(inner_lines(piece)).is_ok());
            match Encoding::guess(&head, complete) {
                Encoding::Utf8 if !all_valid => Encoding::Windows1252,
                encoding => encoding,
            }
        });
        let mark_bytes = if encoding == Encoding::Utf8 && head.starts_with(UTF8_MARK) {
            UTF8_MARK.len()
        } else {
            0
        };
        let decoded = encoding.decode(&head).into_owned();
        if complete && decoded.trim().is_empty() {
            return Err(empty(source));
        }
        Ok(Self {
            pieces: pieces
                .iter()
                .map(|piece| encoding.decode(piece).into_owned())
                .collect(),
            head: decoded,
            complete,
            encoding,
            mark_bytes,
            length,
        })
    }

    /// Pieces spread over the rest of the file, the last one at its end.
    fn pieces(source: &Source, start: u64, length: u64) -> Result<Vec<Vec<u8>>, UserError> {
        let last = length.saturating_sub(PIECE_BYTES as u64).max(start);
        (1..=PIECES)
            .map(|index| {
                // Even offsets, for UTF-16.
                let offset = (start + (last - start) / PIECES * index) & !1;
                source.read_at(offset, PIECE_BYTES)
            })
            .collect()
    }
}

/// A piece without the rows at its ends, which may be cut inside a character.
fn inner_lines(piece: &[u8]) -> &[u8] {
    let first = piece
        .iter()
        .position(|&b| b == b'\n')
        .unwrap_or(piece.len());
    let last = piece.iter().rposition(|&b| b == b'\n').unwrap_or(first);
    piece.get(first..last).unwrap_or_default()
}

/// The error for a file without rows and names.
pub fn empty(source: &Source) -> UserError {
    UserError::input(
        "empty_file",
        format!("{} is empty", source.name()),
        "There are no rows and no column names in it",
    )
    .with_hint("Choose another file")
    .with_path(source.path())
}
