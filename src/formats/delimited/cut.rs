//! Cutting regular rows into values, fast: every row has as many values as there are columns, and
//! quotes stand only around whole values. What is not regular is left to the forgiving reader.

/// Bytes cut at once: few enough that they are still at hand when the values are read.
const BLOCK: usize = 1 << 16;
/// Bytes looked at together.
const LANE: usize = 64;

pub struct Cutter {
    delimiter: u8,
    quote: Option<u8>,
    width: usize,
    /// Where every value starts, and where one behind the last would start.
    starts: Vec<u32>,
}

/// Rows that were cut.
pub struct Block<'a> {
    text: &'a str,
    starts: &'a [u32],
    width: usize,
    /// Set when a value may be quoted.
    quote: Option<u8>,
}

impl Cutter {
    pub fn new(delimiter: u8, quote: Option<u8>, width: usize) -> Self {
        Self {
            delimiter,
            quote,
            width,
            starts: Vec::new(),
        }
    }

    /// The first rows of a text that ends with a row. None when they are not regular.
    pub fn cut<'a>(&'a mut self, text: &'a str) -> Option<Block<'a>> {
        let bytes = text.as_bytes();
        let length = match bytes.get(..BLOCK) {
            Some(window) => end_of_row(window.iter().rposition(is_newline))
                .or_else(|| end_of_row(bytes.iter().position(is_newline)))?,
            None => bytes.len(),
        };
        let seen = self.cut_plain(bytes.get(..length)?)?;
        let has_quote = self.quote.filter(|_| seen.quotes);
        let length = match has_quote {
            Some(quote) => self.cut_quoted(bytes, quote)?,
            None if !seen.zeros && self.is_regular(bytes, seen.rows) => length,
            None => return None,
        };
        Some(Block {
            text: text.get(..length)?,
            starts: &self.starts,
            width: self.width,
            quote: has_quote,
        })
    }

    /// Cuts at every delimiter and row end, as is right where no quotes are.
    fn cut_plain(&mut self, block: &[u8]) -> Option<Seen> {
        u32::try_from(block.len()).ok()?;
        self.starts.clear();
        self.starts.push(0);
        let mut seen = Seen::default();
        let (lanes, rest) = block.as_chunks::<LANE>();
        let mut behind = 1;
        for lane in lanes {
            let mut ends = self.ends_in(lane, &mut seen);
            while ends != 0 {
                self.starts.push(behind + ends.trailing_zeros());
                ends &= ends - 1;
            }
            behind += LANE as u32;
        }
        let mut last = [b'x'; LANE];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let mut ends = self.ends_in(&last, &mut seen);
        while ends != 0 {
            self.starts.push(behind + ends.trailing_zeros());
            ends &= ends - 1;
        }
        Some(seen)
    }

    /// One bit for every byte that ends a value. Without branches, so that many bytes are
    /// compared at once.
    fn ends_in(&self, lane: &[u8; LANE], seen: &mut Seen) -> u64 {
        let quote = self.quote.unwrap_or(0);
        let mut marks = [0u8; LANE];
        let (mut newlines, mut quotes, mut zeros) = (0, 0, 0);
        for (mark, &byte) in marks.iter_mut().zip(lane) {
            let newline = u8::from(byte == b'\n');
            *mark = u8::from(byte == self.delimiter) | newline;
            newlines += newline;
            quotes |= u8::from(byte == quote);
            zeros |= u8::from(byte == 0);
        }
        seen.rows += usize::from(newlines);
        seen.quotes |= quotes != 0;
        seen.zeros |= zeros != 0;
        let (words, _) = marks.as_chunks::<8>();
        let mut bits = 0;
        for (index, &word) in words.iter().enumerate() {
            // Byte i of the word holds 0 or 1; the product has it at bit 56 + i.
            let product = u64::from_le_bytes(word).wrapping_mul(0x0102_0408_1020_4080);
            bits |= (product >> 56) << (8 * index);
        }
        bits
    }

    /// Whether row ends stand where they should, and nowhere else.
    fn is_regular(&self, bytes: &[u8], rows: usize) -> bool {
        let mut behind_rows = self.starts.iter().step_by(self.width).skip(1);
        self.starts.len() == rows * self.width + 1
            && behind_rows.all(|&start| bytes.get(start as usize - 1) == Some(&b'\n'))
    }

    /// Cuts rows with quotes byte by byte, up to the first row end behind a block.
    fn cut_quoted(&mut self, bytes: &[u8], quote: u8) -> Option<usize> {
        self.starts.clear();
        self.starts.push(0);
        let mut at = At::Start;
        let mut values = 0;
        for (index, &byte) in bytes.iter().enumerate() {
            if byte == 0 {
                return None;
            }
            if at == At::Inside {
                if byte == quote {
                    at = At::Closed;
                }
                continue;
            }
            if byte == self.delimiter || byte == b'\n' {
                self.starts.push(u32::try_from(index + 1).ok()?);
                values += 1;
                at = At::Start;
                if byte == b'\n' {
                    if values != self.width {
                        return None;
                    }
                    values = 0;
                    if index >= BLOCK {
                        return Some(index + 1);
                    }
                }
                continue;
            }
            at = match at {
                At::Start | At::Closed if byte == quote => At::Inside,
                At::Start => At::Plain,
                At::Plain if byte != quote => At::Plain,
                At::Closed if byte == b'\r' && bytes.get(index + 1) == Some(&b'\n') => At::Closed,
                _ => return None,
            };
        }
        (at == At::Start && values == 0).then_some(bytes.len())
    }
}

/// What a block without regard to quotes holds.
#[derive(Default)]
struct Seen {
    rows: usize,
    quotes: bool,
    /// Bytes of no meaning, which the forgiving reader takes out.
    zeros: bool,
}

/// Where a byte stands.
#[derive(Clone, Copy, PartialEq)]
enum At {
    /// At the start of a value.
    Start,
    /// In a value without quotes.
    Plain,
    /// Behind an opening quote.
    Inside,
    /// Behind a quote that closed, unless another one follows.
    Closed,
}

fn is_newline(byte: &u8) -> bool {
    *byte == b'\n'
}

fn end_of_row(newline: Option<usize>) -> Option<usize> {
    newline.map(|index| index + 1)
}

impl Block<'_> {
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    pub fn rows(&self) -> usize {
        (self.starts.len() - 1) / self.width
    }

    /// Every value of a column in order, without quotes. `scratch` holds values that had quotes
    /// inside.
    pub fn for_each(&self, column: usize, scratch: &mut String, mut visit: impl FnMut(&str)) {
        let starts = self.starts.get(column..).unwrap_or_default();
        let nexts = self.starts.get(column + 1..).unwrap_or_default();
        let last = column + 1 == self.width;
        let pairs = starts
            .iter()
            .step_by(self.width)
            .zip(nexts.iter().step_by(self.width));
        for (&start, &next) in pairs {
            let written = self.text.get(start as usize..next as usize - 1);
            let mut value = written.unwrap_or_default();
            if last {
                value = value.strip_suffix('\r').unwrap_or(value);
            }
            match self.quote {
                Some(quote) if value.as_bytes().first() == Some(&quote) => {
                    visit(unquoted(value, quote, scratch));
                }
                _ => visit(value),
            }
        }
    }
}

/// A quoted value without its quotes; doubled quotes inside are one.
fn unquoted<'a>(value: &'a str, quote: u8, scratch: &'a mut String) -> &'a str {
    let inner = value.get(1..value.len().max(2) - 1).unwrap_or_default();
    if !inner.as_bytes().contains(&quote) {
        return inner;
    }
    let quote = char::from(quote);
    scratch.clear();
    let mut rest = inner;
    while let Some((before, behind)) = rest.split_once(quote) {
        scratch.push_str(before);
        scratch.push(quote);
        rest = behind.strip_prefix(quote).unwrap_or(behind);
    }
    scratch.push_str(rest);
    scratch
}
