//! How a file separates its values: delimiter, quote, header.

use super::super::ReadAs;
use super::guess::{Markers, guess};
use super::records::{Record, Records};
use super::values::{fits, whole_number};

/// Records looked at to find a delimiter.
const LOOKED_AT: usize = 200;

/// Everything needed to cut a text into cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// Rows end with a lone carriage return.
    pub carriage_return: bool,
}

impl Dialect {
    pub fn records<'a>(&self, text: &'a [u8]) -> Records<'a> {
        Records::new(text, self.delimiter, self.quote, self.carriage_return)
    }
}

/// (setting, byte), in the order in which equally good ones are preferred: commas also occur
/// inside numbers and sentences, the others hardly do.
pub const DELIMITERS: [(&str, u8); 4] = [
    ("tab", b'\t'),
    ("semicolon", b';'),
    ("pipe", b'|'),
    ("comma", b','),
];

pub fn delimiter_id(delimiter: u8) -> &'static str {
    DELIMITERS
        .iter()
        .find(|(_, byte)| *byte == delimiter)
        .map_or("comma", |(id, _)| id)
}

pub fn ends_with_carriage_return(text: &[u8]) -> bool {
    !text.contains(&b'\n') && text.contains(&b'\r')
}

/// The quote in use. Single quotes only when they enclose whole values and double ones do not.
pub fn find_quote(text: &[u8]) -> u8 {
    if opened_and_closed(text, b'"').0 > 0 {
        return b'"';
    }
    let (opened, closed) = opened_and_closed(text, b'\'');
    if opened >= 2 && closed == opened {
        b'\''
    } else {
        b'"'
    }
}

/// Quotes at the start of values, and quotes at the end of values.
fn opened_and_closed(text: &[u8], quote: u8) -> (usize, usize) {
    let outside = |byte: Option<&u8>| {
        byte.is_none_or(|b| {
            matches!(b, b'\n' | b'\r') || DELIMITERS.iter().any(|(_, delimiter)| delimiter == b)
        })
    };
    let mut opened = 0;
    let mut closed = 0;
    for (index, _) in text.iter().enumerate().filter(|(_, b)| **b == quote) {
        opened += usize::from(outside(
            index.checked_sub(1).and_then(|before| text.get(before)),
        ));
        closed += usize::from(outside(text.get(index + 1)));
    }
    (opened, closed)
}

/// The delimiter that cuts the most rows into the same number of values, at least two.
pub fn find_delimiter(text: &[u8], quote: u8, carriage_return: bool, complete: bool) -> Option<u8> {
    let mut best: Option<(f64, u8)> = None;
    for (_, delimiter) in DELIMITERS {
        let agreement = agreement(
            text,
            Dialect {
                delimiter,
                quote: Some(quote),
                carriage_return,
            },
            complete,
        );
        // A little better is no reason to leave the order of preference.
        if agreement > 0.0 && best.is_none_or(|(score, _)| agreement > score + 0.02) {
            best = Some((agreement, delimiter));
        }
    }
    best.map(|(_, delimiter)| delimiter)
}

/// Share of rows with the most common number of values, 0 when that is one.
fn agreement(text: &[u8], dialect: Dialect, complete: bool) -> f64 {
    let widths: Vec<usize> = sample_records(text, dialect, complete, LOOKED_AT)
        .iter()
        .map(Vec::len)
        .collect();
    let width = most_common_width(&widths);
    if width < 2 {
        return 0.0;
    }
    widths.iter().filter(|&&w| w == width).count() as f64 / widths.len() as f64
}

/// The most common width, the larger of two equally common ones.
pub fn most_common_width(widths: &[usize]) -> usize {
    let mut sorted = widths.to_vec();
    sorted.sort_unstable();
    let mut best = (0, 0);
    for same in sorted.chunk_by(|a, b| a == b) {
        if same.len() >= best.0 {
            best = (same.len(), same.first().copied().unwrap_or(0));
        }
    }
    best.1
}

/// The first records of a text that are not blank. When the text is only the beginning of a
/// file, the last record may be cut and is left out.
pub fn sample_records(
    text: &[u8],
    dialect: Dialect,
    complete: bool,
    limit: usize,
) -> Vec<Vec<String>> {
    let mut reader = dialect.records(text);
    let mut record = Record::default();
    let mut records = Vec::new();
    while records.len() < limit && reader.next(&mut record) {
        // A quote that never closes in the sample may well close behind it.
        let cut = !complete && (reader.position() >= text.len() || reader.unclosed_quotes > 0);
        if cut && !records.is_empty() {
            break;
        }
        if !record.is_blank() {
            records.push(record.texts());
        }
    }
    records
}

/// Whether the first row names the columns: its cells differ in type from those below.
pub fn has_header(records: &[Vec<String>], decimal_comma: bool, markers: &Markers) -> bool {
    let Some((first, body)) = records.split_first() else {
        return false;
    };
    if body.is_empty() {
        return first.iter().all(|cell| !is_value(cell));
    }
    if rising_years(first) {
        return true;
    }
    let (mut names, mut values) = (0, 0);
    for (column, cell) in first.iter().enumerate() {
        let below: Vec<&str> = body
            .iter()
            .filter_map(|record| record.get(column))
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty() && !markers.contains(value))
            .collect();
        let read_as = guess(&below, decimal_comma).read_as;
        if cell.trim().is_empty() || markers.contains(cell) {
            continue;
        }
        if read_as == ReadAs::Text {
            // A number above texts is no name; a text above texts says nothing.
            values += usize::from(is_value(cell) && !below.is_empty());
        } else if fits(cell, read_as) {
            values += 1;
        } else {
            names += 1;
        }
    }
    let distinct = first
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .len()
        == first.len();
    if names == values {
        values == 0 && (distinct || first.len() == 1)
    } else {
        names > values
    }
}

fn is_value(cell: &str) -> bool {
    [
        ReadAs::Number,
        ReadAs::NumberDecimalComma,
        ReadAs::DateIso,
        ReadAs::DateDayFirst,
        ReadAs::DateMonthFirst,
    ]
    .into_iter()
    .any(|read_as| fits(cell, read_as))
}

/// "country, 1990, 1991, 1992": years that go up name columns.
fn rising_years(first: &[String]) -> bool {
    let years: Vec<i64> = first
        .iter()
        .filter_map(|cell| whole_number(cell, '.'))
        .collect();
    let texts = first.len() - years.len();
    years.len() >= 2
        && (1..=3).contains(&texts)
        && years.iter().all(|year| (1500..=2200).contains(year))
        && years.is_sorted_by(|a, b| a < b)
}
