//! A forgiving reader of delimited records (RFC 4180 and its common breaches), used for samples
//! and for files that a strict reader would misread.

/// One record; reused between records.
#[derive(Default)]
pub struct Record {
    bytes: Vec<u8>,
    /// End of every field in `bytes`, and whether it was quoted.
    fields: Vec<(usize, bool)>,
}

impl Record {
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// An empty line.
    pub fn is_blank(&self) -> bool {
        self.fields.len() == 1 && self.fields.first() == Some(&(0, false))
    }

    /// Bytes of a field, unquoted, and whether it was quoted.
    pub fn field(&self, index: usize) -> Option<(&[u8], bool)> {
        let &(end, quoted) = self.fields.get(index)?;
        let start = if index == 0 {
            0
        } else {
            self.fields.get(index - 1)?.0
        };
        Some((self.bytes.get(start..end)?, quoted))
    }

    pub fn text(&self, index: usize) -> Option<String> {
        self.field(index)
            .map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned())
    }

    pub fn texts(&self) -> Vec<String> {
        (0..self.len())
            .filter_map(|index| self.text(index))
            .collect()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.fields.clear();
    }

    fn end_field(&mut self, quoted: bool) {
        self.fields.push((self.bytes.len(), quoted));
    }
}

/// Reads records one after the other.
pub struct Records<'a> {
    bytes: &'a [u8],
    position: usize,
    delimiter: u8,
    quote: Option<u8>,
    /// Rows end with a lone carriage return.
    carriage_return: bool,
    /// Quotes that were opened and never closed.
    pub unclosed_quotes: usize,
}

/// What ended a field.
enum End {
    Field,
    Record,
}

impl<'a> Records<'a> {
    pub fn new(bytes: &'a [u8], delimiter: u8, quote: Option<u8>, carriage_return: bool) -> Self {
        Self {
            bytes,
            position: 0,
            delimiter,
            quote,
            carriage_return,
            unclosed_quotes: 0,
        }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Fills `record` with the next one; false at the end.
    pub fn next(&mut self, record: &mut Record) -> bool {
        record.clear();
        if self.position >= self.bytes.len() {
            return false;
        }
        loop {
            if let End::Record = self.field(record) {
                return true;
            }
        }
    }

    fn field(&mut self, record: &mut Record) -> End {
        if let Some(quote) = self.quote {
            let spaces = self.rest().iter().take_while(|&&b| b == b' ').count();
            if self.bytes.get(self.position + spaces) == Some(&quote) {
                if let Some(end) = self.quoted_field(quote, self.position + spaces + 1, record) {
                    return end;
                }
                // Never closed: it was no quote, and none behind it can be one either.
                self.unclosed_quotes += 1;
                self.quote = None;
            }
        }
        self.rest_of_field(record, false)
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// Reads from behind the opening quote; None, with nothing read, when no quote closes it.
    fn quoted_field(&mut self, quote: u8, start: usize, record: &mut Record) -> Option<End> {
        let length = record.bytes.len();
        let mut from = start;
        loop {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let Some(offset) = rest.iter().position(|&b| b == quote) else {
                record.bytes.truncate(length);
                return None;
            };
            record
                .bytes
                .extend_from_slice(rest.get(..offset).unwrap_or_default());
            from += offset + 1;
            if self.bytes.get(from) == Some(&quote) {
                record.bytes.push(quote);
                from += 1;
            } else {
                self.position = from;
                return Some(self.rest_of_field(record, true));
            }
        }
    }

    /// Everything up to the delimiter or the end of the row.
    fn rest_of_field(&mut self, record: &mut Record, quoted: bool) -> End {
        let rest = self.rest();
        let ends = |b: &u8| *b == self.delimiter || *b == b'\n' || *b == b'\r';
        let mut length = 0;
        loop {
            let Some(offset) = rest.get(length..).unwrap_or_default().iter().position(ends) else {
                // End of the file.
                record.bytes.extend_from_slice(rest);
                record.end_field(quoted);
                self.position = self.bytes.len();
                return End::Record;
            };
            length += offset;
            let (end, width) = match rest.get(length) {
                Some(b'\n') => (End::Record, 1),
                Some(b'\r') if rest.get(length + 1) == Some(&b'\n') => (End::Record, 2),
                Some(b'\r') if self.carriage_return || length + 1 == rest.len() => (End::Record, 1),
                Some(b'\r') => {
                    length += 1;
                    continue;
                }
                _ => (End::Field, 1),
            };
            let text = rest.get(..length).unwrap_or_default();
            // Spaces between a closing quote and the delimiter mean nothing.
            if !(quoted && text.iter().all(|&b| b == b' ')) {
                record.bytes.extend_from_slice(text);
            }
            record.end_field(quoted);
            self.position += length + width;
            return end;
        }
    }
}
