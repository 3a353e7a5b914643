//! How a column is best read, from a sample of its values.

use super::super::ReadAs;
use super::values::{DateOrder, date, fits, is_code, number, whole_number, yes_no};
use crate::base::format::share;

/// Share of values that may disagree with a type before the column is text.
pub const TOLERATED: f64 = 0.03;

/// What stands for "nothing" in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Markers {
    pub list: Vec<String>,
    /// A person listed them: they count in text columns as well.
    pub everywhere: bool,
}

/// Markers that may be blanks in a text column, once the same file uses them in typed columns.
const MARKERS_OF_TEXT: [&str; 8] = ["NA", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan"];

impl Markers {
    pub fn contains(&self, text: &str) -> bool {
        let text = text.trim();
        self.list.iter().any(|marker| marker == text)
    }

    /// The markers found, the most frequent first.
    pub fn found(&self, values: &[&str]) -> Vec<String> {
        let mut counts = vec![0usize; self.list.len()];
        for value in values {
            let value = value.trim();
            if let Some(index) = self.list.iter().position(|marker| marker == value)
                && let Some(count) = counts.get_mut(index)
            {
                *count += 1;
            }
        }
        let mut found: Vec<(usize, &String)> = counts
            .into_iter()
            .zip(&self.list)
            .filter(|(n, _)| *n > 0)
            .collect();
        found.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
        found
            .into_iter()
            .map(|(_, marker)| marker.clone())
            .collect()
    }
}

/// Whether a marker that typed columns use is a blank in this text column too. Columns of
/// two-letter codes are left alone: NA is a country there.
pub fn marks_blank_in_text(marker: &str, values: &[&str]) -> bool {
    let two_letters =
        |value: &&str| value.len() == 2 && value.bytes().all(|b| b.is_ascii_uppercase());
    let others: Vec<&str> = values
        .iter()
        .copied()
        .filter(|value| *value != marker)
        .collect();
    MARKERS_OF_TEXT.contains(&marker) && (others.is_empty() || !others.iter().all(two_letters))
}

/// How a column is read, and what a person should know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    pub read_as: ReadAs,
    pub note: Option<String>,
    /// Day and month could not be told apart.
    pub ambiguous_date: bool,
}

impl Guess {
    fn plain(read_as: ReadAs) -> Self {
        Self {
            read_as,
            note: None,
            ambiguous_date: false,
        }
    }
}

/// Guesses from filled values: no blanks, no markers.
pub fn guess(values: &[&str], decimal_comma: bool) -> Guess {
    let enough = |count: usize| {
        count > 0 && (values.len() - count) as f64 <= TOLERATED * values.len() as f64
    };
    if values.is_empty() || values.iter().any(|value| is_code(value)) {
        return Guess::plain(ReadAs::Text);
    }
    if is_yes_no(values) {
        return Guess::plain(ReadAs::YesNo);
    }
    let decimal_mark = if decimal_comma { ',' } else { '.' };
    let numbers = values
        .iter()
        .filter(|value| number(value, decimal_mark).is_some())
        .count();
    if enough(numbers) {
        let whole = values
            .iter()
            .filter(|value| whole_number(value, decimal_mark).is_some())
            .count();
        return Guess::plain(match (whole >= numbers, decimal_comma) {
            (true, _) => ReadAs::WholeNumber,
            (false, true) => ReadAs::NumberDecimalComma,
            (false, false) => ReadAs::Number,
        });
    }
    // Dates start with a digit or a month's name and are never long.
    let iso = values
        .iter()
        .filter(|value| fits(value, ReadAs::DateIso))
        .count();
    if enough(iso) {
        return Guess::plain(ReadAs::DateIso);
    }
    guess_date_order(values, enough).unwrap_or_else(|| Guess::plain(ReadAs::Text))
}

/// Only two words, and both of them, so that a column of surnames "No" stays text.
fn is_yes_no(values: &[&str]) -> bool {
    let mut seen: Vec<String> = Vec::new();
    for value in values {
        if yes_no(value).is_none() {
            return false;
        }
        let word = value.trim().to_ascii_lowercase();
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen.sort_unstable();
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    matches!(
        seen.as_slice(),
        ["false", "true"]
            | ["no", "yes"]
            | ["n", "y"]
            | ["f", "t"]
            | ["true"]
            | ["false"]
            | ["yes"]
    )
}

fn guess_date_order(values: &[&str], enough: impl Fn(usize) -> bool) -> Option<Guess> {
    let (mut day_first, mut month_first, mut only_day, mut only_month) = (0, 0, 0, 0);
    for value in values {
        let day = date(value, DateOrder::DayFirst).is_some();
        let month = date(value, DateOrder::MonthFirst).is_some();
        day_first += usize::from(day);
        month_first += usize::from(month);
        only_day += usize::from(day && !month);
        only_month += usize::from(month && !day);
    }
    let filled = values.len() as f64;
    let part = |count: usize| share(count as f64 / filled);
    if !enough(day_first) && !enough(month_first) {
        return None;
    }
    let read_as = if only_month > only_day {
        ReadAs::DateMonthFirst
    } else {
        ReadAs::DateDayFirst
    };
    let note = match (only_day, only_month) {
        (0, 0) => "Could be day first or month first; read as day first".to_owned(),
        (_, 0) => format!("{} of values fit only day first", part(only_day)),
        (0, _) => format!("{} of values fit only month first", part(only_month)),
        _ => format!(
            "{} of values fit only day first, {} only month first",
            part(only_day),
            part(only_month)
        ),
    };
    Some(Guess {
        read_as,
        note: Some(note),
        ambiguous_date: only_day == 0 && only_month == 0,
    })
}

/// Whether numbers are written with a decimal comma, from all cells of a sample.
/// `between_commas`: values are separated by commas themselves.
pub fn uses_decimal_comma<'a>(cells: impl Iterator<Item = &'a str>, between_commas: bool) -> bool {
    let (mut comma, mut point, mut unclear) = (0usize, 0usize, 0usize);
    for cell in cells {
        let cell = cell.trim();
        let number_like = cell
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'-' | b'+'))
            && cell.bytes().any(|b| b.is_ascii_digit());
        if !number_like || !cell.contains([',', '.']) {
            continue;
        }
        let (as_comma, as_point) = (number(cell, ',').is_some(), number(cell, '.').is_some());
        match (as_comma, as_point) {
            (true, false) => comma += 1,
            (false, true) => point += 1,
            // "1,234": a decimal comma, or a thousand.
            (true, true) if cell.contains(',') => unclear += 1,
            _ => {}
        }
    }
    comma > point || (comma == 0 && point == 0 && unclear > 0 && !between_commas)
}
