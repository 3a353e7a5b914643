//! One pass over all bytes of a file: its hash, and whether it is as regular as its sample.

use xxhash_rust::xxh3::Xxh3;

use super::examine::Examined;
use super::source::Source;
use super::text::Encoding;
use crate::base::{Fingerprint, TaskContext, UserError};

/// What one pass over all bytes shows.
pub struct Scan {
    pub hash: Fingerprint,
    delimiters: u64,
    pub rows: u64,
    zeros: u64,
    /// A quote inside a value, or one that never closes.
    odd_quotes: bool,
    /// The last row is empty.
    ends_blank: bool,
    /// The last byte is a delimiter: polars does not say when such a row is too long.
    ends_open: bool,
    /// Whole numbers with leading zeros: they would lose their zeros if read as numbers.
    pub codes: u64,
}

impl Scan {
    pub fn of(source: &Source, examined: &Examined, task: &TaskContext) -> Result<Self, UserError> {
        let mut hasher = Xxh3::new();
        let mut counter = Counter::new(examined);
        let mut to_skip = examined.data_start as usize;
        source.for_each_piece(task, |piece| {
            hasher.update(piece);
            let skipped = to_skip.min(piece.len());
            to_skip -= skipped;
            counter.add(piece.get(skipped..).unwrap_or_default());
        })?;
        let unfinished = counter.previous != b'\n';
        Ok(Self {
            hash: Fingerprint(hasher.digest128()),
            delimiters: counter.delimiters,
            rows: counter.newlines + u64::from(unfinished),
            zeros: counter.zeros,
            odd_quotes: counter.odd_quotes || counter.inside,
            ends_blank: matches!(counter.tail, [_, b'\n', b'\n'] | [b'\n', b'\r', b'\n']),
            ends_open: counter.previous == counter.delimiter,
            codes: counter.codes + u64::from(counter.lead == Lead::Digits),
        })
    }

    /// Whether every row has as many values as there are columns, and nothing else is unusual.
    pub fn is_regular(&self, source: &Source, examined: &Examined) -> Result<bool, UserError> {
        let width = examined.columns.len() as u64;
        let regular = examined.encoding == Encoding::Utf8
            && !examined.dialect.carriage_return
            && examined.header_closed
            && self.zeros == 0
            && !self.odd_quotes
            && !self.ends_blank
            && !self.ends_open
            && self.rows > 0
            && self.delimiters == self.rows * (width - 1);
        if !regular {
            return Ok(false);
        }
        // The start of the rows was measured in text: it counts only where text and bytes agree.
        let head = source.read_at(0, examined.data_start as usize)?;
        Ok(std::str::from_utf8(&head).is_ok())
    }
}

/// Numbers with leading zeros in rows that were put in order.
pub fn codes_in_order(examined: &Examined, ordered: &[u8]) -> u64 {
    let mut counter = Counter::new(examined);
    (counter.delimiter, counter.quote) = (b',', Some(b'"'));
    counter.add(ordered);
    counter.codes
}

/// How far the field at hand may be a number with leading zeros.
#[derive(Clone, Copy, PartialEq)]
enum Lead {
    No,
    Start,
    Zero,
    Digits,
}

/// Counts delimiters and rows outside quotes.
struct Counter {
    delimiter: u8,
    quote: Option<u8>,
    inside: bool,
    /// The byte before was a closing quote.
    closed: bool,
    previous: u8,
    delimiters: u64,
    newlines: u64,
    zeros: u64,
    odd_quotes: bool,
    /// The last three bytes.
    tail: [u8; 3],
    codes: u64,
    lead: Lead,
}

impl Counter {
    fn new(examined: &Examined) -> Self {
        Self {
            delimiter: examined.dialect.delimiter,
            quote: examined.dialect.quote,
            inside: false,
            closed: false,
            previous: b'\n',
            delimiters: 0,
            newlines: 0,
            zeros: 0,
            odd_quotes: false,
            tail: [0, 0, b'\n'],
            codes: 0,
            lead: Lead::Start,
        }
    }

    fn add(&mut self, piece: &[u8]) {
        let (Some(&first), Some(&last)) = (piece.first(), piece.last()) else {
            return;
        };
        let has_quote = self.quote.is_some_and(|quote| piece.contains(&quote));
        if !has_quote && !self.inside {
            if self.closed && first != self.delimiter && !matches!(first, b'\r' | b'\n') {
                self.odd_quotes = true;
            }
            self.closed = false;
            self.add_plain(piece);
        } else {
            self.add_quoted(piece);
        }
        for &byte in piece.iter().skip(piece.len().saturating_sub(3)) {
            self.tail = [self.tail[1], self.tail[2], byte];
        }
        self.previous = last;
    }

    /// Blocks short enough that the counts fit a byte, so that the compiler counts many at once.
    fn add_plain(&mut self, piece: &[u8]) {
        for block in piece.chunks(192) {
            let (mut delimiters, mut newlines, mut zeros) = (0u8, 0u8, 0u8);
            for &byte in block {
                delimiters += u8::from(byte == self.delimiter);
                newlines += u8::from(byte == b'\n');
                zeros += u8::from(byte == 0);
            }
            self.delimiters += u64::from(delimiters);
            self.newlines += u64::from(newlines);
            self.zeros += u64::from(zeros);
        }
        self.add_plain_codes(piece);
    }

    /// Leading zeros are looked for many bytes at a time; only where a field starts with a zero
    /// and another digit is it gone through byte by byte.
    fn add_plain_codes(&mut self, piece: &[u8]) {
        let mut start = 0;
        // The field that the piece before began.
        while self.lead != Lead::No && self.lead != Lead::Start && start < piece.len() {
            self.follow_lead(piece[start]);
            start += 1;
        }
        if start == 0 && self.lead == Lead::Start {
            start += self.follow_field(piece);
        }
        while start + 2 < piece.len() {
            let end = (start + 192).min(piece.len() - 2);
            let (before, zero, digit) = (
                &piece[start..end],
                &piece[start + 1..end + 1],
                &piece[start + 2..end + 2],
            );
            let mut suspects = 0u8;
            for ((&before, &zero), &digit) in before.iter().zip(zero).zip(digit) {
                let starts = (before == self.delimiter) | (before == b'\n');
                suspects |= u8::from(starts & (zero == b'0') & (digit.wrapping_sub(b'0') < 10));
            }
            if suspects != 0 {
                for index in start..end {
                    let starts = piece[index] == self.delimiter || piece[index] == b'\n';
                    if starts && piece[index + 1] == b'0' {
                        self.lead = Lead::Start;
                        self.follow_field(&piece[index + 1..]);
                    }
                }
            }
            start = end;
        }
        self.lead = lead_at_end(piece, self.delimiter);
    }

    /// Follows the field that starts here; the number of bytes it took to know.
    fn follow_field(&mut self, bytes: &[u8]) -> usize {
        let mut length = 0;
        while self.lead != Lead::No && length < bytes.len() {
            self.follow_lead(bytes[length]);
            length += 1;
            if self.lead == Lead::Start {
                break;
            }
        }
        length
    }

    fn follow_lead(&mut self, byte: u8) {
        let ends =
            byte == self.delimiter || matches!(byte, b'\n' | b'\r') || Some(byte) == self.quote;
        if ends {
            self.codes += u64::from(self.lead == Lead::Digits);
            self.lead = if byte == b'\r' { Lead::No } else { Lead::Start };
            return;
        }
        self.lead = match (self.lead, byte) {
            (Lead::Start, b'0') => Lead::Zero,
            (Lead::Zero | Lead::Digits, b'0'..=b'9') => Lead::Digits,
            _ => Lead::No,
        };
    }

    fn add_quoted(&mut self, piece: &[u8]) {
        let quote = self.quote.unwrap_or(b'"');
        let mut previous = self.previous;
        for &byte in piece {
            self.zeros += u64::from(byte == 0);
            self.follow_lead(byte);
            if byte == quote {
                if self.inside {
                    self.inside = false;
                    self.closed = true;
                } else {
                    // Opens a value, or is the second of a pair.
                    self.odd_quotes |=
                        !self.closed && previous != self.delimiter && previous != b'\n';
                    self.inside = true;
                    self.closed = false;
                }
            } else if !self.inside {
                if byte == self.delimiter {
                    self.delimiters += 1;
                } else if byte == b'\n' {
                    self.newlines += 1;
                } else if self.closed && byte != b'\r' {
                    self.odd_quotes = true;
                }
                self.closed = false;
            }
            previous = byte;
        }
    }
}

/// Where the last field of a piece stands.
fn lead_at_end(piece: &[u8], delimiter: u8) -> Lead {
    let start = piece
        .iter()
        .rposition(|&byte| byte == delimiter || byte == b'\n')
        .map_or(0, |index| index + 1);
    match piece.get(start..).unwrap_or_default() {
        [] => Lead::Start,
        [b'0'] => Lead::Zero,
        [b'0', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => Lead::Digits,
        _ => Lead::No,
    }
}
