//! What a written value means: numbers, yes and no, dates.

use super::super::ReadAs;
use crate::base::format::MINUS;
use crate::data::calendar::{
    DAY_MICROSECONDS, days_from_date, leading_number, month_by_name, read_time_of_day,
};

/// A date, with a time of day where one was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenDate {
    /// Days since 1 January 1970.
    pub days: i32,
    /// Microseconds since midnight UTC (or without zone); may be outside a day after an offset.
    pub time: Option<i64>,
}

/// In which order day and month were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    YearFirst,
    DayFirst,
    MonthFirst,
}

/// Whether a value can be read as asked. Every text is text.
pub fn fits(text: &str, read_as: ReadAs) -> bool {
    match read_as {
        ReadAs::WholeNumber => whole_number(text, '.')
            .or_else(|| whole_number(text, ','))
            .is_some(),
        ReadAs::Number => number(text, '.').is_some(),
        ReadAs::NumberDecimalComma => number(text, ',').is_some(),
        ReadAs::YesNo => yes_no(text).is_some(),
        ReadAs::DateIso => date(text, DateOrder::YearFirst).is_some(),
        ReadAs::DateDayFirst => date(text, DateOrder::DayFirst).is_some(),
        ReadAs::DateMonthFirst => date(text, DateOrder::MonthFirst).is_some(),
        ReadAs::Text | ReadAs::Skip => true,
    }
}

/// A code rather than a number: leading zeros ("007"), more digits than a number keeps, or a
/// telephone number.
pub fn is_code(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+', MINUS]).unwrap_or(text);
    let bytes = digits.as_bytes();
    let all_digits = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    let leading_zero = bytes.len() > 1 && bytes[0] == b'0' && bytes[1].is_ascii_digit();
    leading_zero
        && date(text, DateOrder::DayFirst).is_none()
        && !text.contains(['/', ':'])
        && bytes
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        || all_digits && digits.len() > 18
        || all_digits && text.starts_with('+') && digits.len() > 8
}

/// A whole number as programs write it: a minus and up to 18 digits, the first of several not 0.
#[inline]
pub fn plain_whole_number(bytes: &[u8]) -> Option<i64> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    if digits.is_empty() || digits.len() > 18 || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    let mut value = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if digits.len() < bytes.len() {
        -value
    } else {
        value
    })
}

/// A number as programs write it, with at most 15 digits and no exponent. Digits and the power of
/// ten are exact doubles then, so that their quotient is the nearest double to the decimal
/// (Clinger 1990).
#[inline]
pub fn plain_number(bytes: &[u8], decimal_mark: u8) -> Option<f64> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    let written = bytes.strip_prefix(b"-").unwrap_or(bytes);
    // Fifteen digits and the mark. A zero in front of another digit is a code's.
    if written.is_empty()
        || written.len() > 16
        || (written[0] == b'0' && written.get(1).is_some_and(u8::is_ascii_digit))
    {
        return None;
    }
    let mut digits = 0u64;
    let mut mark = None;
    for (index, &byte) in written.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            digits = digits * 10 + u64::from(digit);
        } else if byte == decimal_mark && mark.is_none() && index > 0 {
            mark = Some(index);
        } else {
            return None;
        }
    }
    let decimals = match mark {
        Some(index) => written.len() - index - 1,
        None if written.len() > 15 => return None,
        None => 0,
    };
    if mark.is_some() && decimals == 0 {
        return None;
    }
    let size = digits as f64 / POWERS.get(decimals)?;
    Some(if written.len() < bytes.len() {
        -size
    } else {
        size
    })
}

/// "−12", "1,234,567", "1 234"; no decimals. The decimal mark separates no groups.
pub fn whole_number(text: &str, decimal_mark: char) -> Option<i64> {
    let text = text.trim();
    if let Ok(value) = text.parse::<i64>() {
        return Some(value);
    }
    if text.contains(decimal_mark) {
        return None;
    }
    let plain = without_grouping(text, decimal_mark)?;
    plain.parse().ok()
}

/// A number with the given decimal mark, in groups of three or not. Words such as "inf" are not
/// numbers.
pub fn number(text: &str, decimal_mark: char) -> Option<f64> {
    let text = text.trim();
    if let Some(value) = plain_number(text.as_bytes(), decimal_mark as u8) {
        return Some(value);
    }
    if decimal_mark == '.'
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
        && let Ok(value) = text.parse::<f64>()
    {
        return Some(value);
    }
    let plain = without_grouping(text, decimal_mark)?;
    plain.parse().ok()
}

/// The number as a program writes it: no separators between groups, decimal point, plain minus.
/// None when it is no number.
fn without_grouping(text: &str, decimal_mark: char) -> Option<String> {
    // Most texts are known by their first letter.
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let (negative, rest) = match text.strip_prefix(['-', MINUS]) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (size, exponent) = match rest.split_once(['e', 'E']) {
        Some((size, exponent)) => (size, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = match size.split_once(decimal_mark) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (size, None),
    };
    let mut plain = String::with_capacity(text.len());
    if negative {
        plain.push('-');
    }
    push_groups(whole, decimal_mark, &mut plain)?;
    if let Some(fraction) = fraction {
        if !fraction.bytes().all(|b| b.is_ascii_digit())
            || (whole.is_empty() && fraction.is_empty())
        {
            return None;
        }
        plain.push('.');
        plain.push_str(fraction);
    } else if whole.is_empty() {
        return None;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        plain.push('e');
        plain.push_str(exponent);
    }
    Some(plain)
}

/// Digits in one piece, or in groups of three behind a first group of one to three.
fn push_groups(whole: &str, decimal_mark: char, plain: &mut String) -> Option<()> {
    if whole.bytes().all(|b| b.is_ascii_digit()) {
        plain.push_str(whole);
        return Some(());
    }
    let separator = whole.chars().find(|c| !c.is_ascii_digit())?;
    let allowed = match separator {
        ',' | '.' => separator != decimal_mark,
        ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}' => true,
        _ => false,
    };
    if !allowed {
        return None;
    }
    for (index, group) in whole.split(separator).enumerate() {
        let length_fits = if index == 0 {
            (1..=3).contains(&group.len())
        } else {
            group.len() == 3
        };
        if !length_fits || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        plain.push_str(group);
    }
    Some(())
}

/// true/false, yes/no, y/n, t/f in any case.
pub fn yes_no(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match text.len() {
        1 if is("y") || is("t") => Some(true),
        1 if is("n") || is("f") => Some(false),
        2 if is("no") => Some(false),
        3 if is("yes") => Some(true),
        4 if is("true") => Some(true),
        5 if is("false") => Some(false),
        _ => None,
    }
}

/// A date in the given order, with or without a time of day behind it.
pub fn date(text: &str, order: DateOrder) -> Option<WrittenDate> {
    if order == DateOrder::YearFirst
        && let Some(date) = usual_year_first(text.as_bytes())
    {
        return Some(date);
    }
    let text = text.trim();
    let (days, rest) = match order {
        DateOrder::YearFirst => year_first(text)?,
        DateOrder::DayFirst | DateOrder::MonthFirst => {
            year_last(text, order).or_else(|| with_month_name(text, order))?
        }
    };
    if rest.is_empty() {
        return Some(WrittenDate { days, time: None });
    }
    let rest = rest.strip_prefix([' ', 'T', 't', ','])?.trim_start();
    Some(WrittenDate {
        days,
        time: Some(read_time_of_day(rest)?),
    })
}

/// 2025-10-28, 2025-10-28 05:00:00 or 2025-10-28T05:00:00Z, as nearly all files write them.
fn usual_year_first(bytes: &[u8]) -> Option<WrittenDate> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0u32, |value, &digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + u32::from(digit - b'0'))
        })
    };
    let (date, time) = bytes.split_at_checked(10)?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *date else {
        return None;
    };
    let days = days_from_date(
        i64::from(number(&[y0, y1, y2, y3])?),
        number(&[m0, m1])?,
        number(&[d0, d1])?,
    )?;
    if time.is_empty() {
        return Some(WrittenDate { days, time: None });
    }
    let time = time.strip_suffix(b"Z").unwrap_or(time);
    let [b' ' | b'T', h0, h1, b':', m0, m1, b':', s0, s1] = *time else {
        return None;
    };
    let (hour, minute, second) = (number(&[h0, h1])?, number(&[m0, m1])?, number(&[s0, s1])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = i64::from((hour * 60 + minute) * 60 + second);
    Some(WrittenDate {
        days,
        time: Some(seconds * 1_000_000),
    })
}

/// Microseconds since 1970 of a date, midnight where no time was written.
pub fn moment(date: WrittenDate) -> i64 {
    i64::from(date.days) * DAY_MICROSECONDS + date.time.unwrap_or(0)
}

fn year_first(text: &str) -> Option<(i32, &str)> {
    let (year, rest) = leading_number(text, 4, 4)?;
    let separator = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (month, rest) = leading_number(rest.get(1..)?, 1, 2)?;
    let (day, rest) = leading_number(rest.strip_prefix(separator)?, 1, 2)?;
    Some((days_from_date(i64::from(year), month, day)?, rest))
}

fn year_last(text: &str, order: DateOrder) -> Option<(i32, &str)> {
    let (first, rest) = leading_number(text, 1, 2)?;
    let separator = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (second, rest) = leading_number(rest.get(1..)?, 1, 2)?;
    let (year, rest) = written_year(rest.strip_prefix(separator)?)?;
    let (day, month) = if order == DateOrder::DayFirst {
        (first, second)
    } else {
        (second, first)
    };
    Some((days_from_date(year, month, day)?, rest))
}

/// Four digits, or two: 00 to 68 are this century, 69 to 99 the last.
fn written_year(text: &str) -> Option<(i64, &str)> {
    if let Some((year, rest)) = leading_number(text, 4, 4) {
        return Some((i64::from(year), rest));
    }
    let (year, rest) = leading_number(text, 2, 2)?;
    Some((
        i64::from(if year < 69 { 2000 + year } else { 1900 + year }),
        rest,
    ))
}

/// "28 Oct 2025", "28-Oct-25" day first; "Oct 28, 2025" month first.
fn with_month_name(text: &str, order: DateOrder) -> Option<(i32, &str)> {
    let gap = |text: &'_ str| text.trim_start_matches([' ', '-', '.', ',', '/']).len();
    let skip = |text: &str| text.len() - gap(text);
    let (day, month, rest) = if order == DateOrder::DayFirst {
        let (day, rest) = leading_number(text, 1, 2)?;
        let rest = rest.get(skip(rest)..)?;
        let (month, rest) = month_name(rest)?;
        (day, month, rest)
    } else {
        let (month, rest) = month_name(text)?;
        let rest = rest.get(skip(rest)..)?;
        let (day, rest) = leading_number(rest, 1, 2)?;
        (day, month, rest)
    };
    let (year, rest) = written_year(rest.get(skip(rest)..)?)?;
    Some((days_from_date(year, month, day)?, rest))
}

fn month_name(text: &str) -> Option<(u32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, rest) = text.split_at(length);
    Some((month_by_name(word)?, rest))
}
