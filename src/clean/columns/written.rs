//! Values as people write them.

use crate::data::calendar::{DAY_MICROSECONDS, days_from_date, month_by_name, read_time_of_day};

/// Which sign separates the whole from the fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::clean) enum Decimal {
    /// By the value itself, see [`read_number`].
    #[default]
    Automatic,
    Point,
    Comma,
}

/// Reads a number as people write it: spaces and apostrophes between groups of thousands, a true
/// minus sign, a point or a comma before the fraction.
///
/// With [`Decimal::Automatic`], when both signs occur the last one is the decimal sign. A comma
/// alone is decimal, except where it can only separate thousands: several of them, or one between
/// up to three digits (not a lone 0) and exactly three digits, as in 1,234. A point alone is
/// decimal; several points separate thousands.
pub(in crate::clean) fn read_number(text: &str, decimal: Decimal) -> Option<f64> {
    let mut plain: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '\'' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '’'))
        .map(|c| if c == '\u{2212}' { '-' } else { c })
        .collect();
    let commas = plain.matches(',').count();
    let points = plain.matches('.').count();
    let comma_is_decimal = match decimal {
        Decimal::Point => false,
        Decimal::Comma => true,
        Decimal::Automatic => match (commas, points) {
            (0, points) => points > 1,
            (_, 0) => commas == 1 && !looks_like_thousands(&plain),
            _ => plain.rfind(',') > plain.rfind('.'),
        },
    };
    if comma_is_decimal {
        if commas > 1 {
            return None;
        }
        plain.retain(|c| c != '.');
        plain = plain.replace(',', ".");
    } else {
        plain.retain(|c| c != ',');
    }
    // Rust also reads "inf" and "nan", which are words here.
    if !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    plain
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
}

fn looks_like_thousands(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['-', '+']);
    let Some((whole, rest)) = unsigned.split_once(',') else {
        return false;
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(rest)
        && rest.len() == 3
        && (1..=3).contains(&whole.len())
        && !whole.starts_with('0')
}

pub(in crate::clean) fn read_yes_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "t" | "1" | "on" => Some(true),
        "no" | "n" | "false" | "f" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// Days since 1970-01-01 of a date as people write it: 2024-03-05, 05.03.2024, 5 March 2024,
/// March 5, 2024, 20240305. A time of day after it is left out. Years have four digits.
pub(in crate::clean) fn read_date(text: &str, month_first: bool) -> Option<i32> {
    let text = text.trim();
    let cut = text
        .as_bytes()
        .windows(3)
        .position(|w| matches!(w, [a, b'T', b] if a.is_ascii_digit() && b.is_ascii_digit()));
    let text = match cut {
        Some(at) => text.get(..=at)?,
        None => text,
    };
    let mut parts = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty());
    let first = parts.next()?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let number = |part: &str| digits(part).then(|| part.parse::<u32>().ok()).flatten();
    if first.len() == 8 && digits(first) {
        return days_from_date(
            first.get(..4)?.parse().ok()?,
            first.get(4..6)?.parse().ok()?,
            first.get(6..)?.parse().ok()?,
        );
    }
    let (second, third) = (parts.next()?, parts.next()?);
    let (year, month, day) = if first.len() == 4 && digits(first) {
        (first, month_number(second)?, number(third)?)
    } else if !digits(first) {
        (third, month_number(first)?, number(second)?)
    } else if !digits(second) {
        (third, month_number(second)?, number(first)?)
    } else if month_first {
        (third, number(first)?, number(second)?)
    } else {
        (third, number(second)?, number(first)?)
    };
    if year.len() != 4 {
        return None;
    }
    days_from_date(number(year)?.into(), month, day)
}

/// Microseconds since 1970-01-01 00:00 of a date as [`read_date`] reads it and a time of day after it:
/// 2024-03-05 14:30, 05.03.2024 2:30:15.5 PM, 2024-03-05T14:30:00+02:00 (in UTC then). Without a time
/// it is midnight.
pub(in crate::clean) fn read_date_time(text: &str, month_first: bool) -> Option<i64> {
    let text = text.trim();
    let (date, time) = match text.find(':') {
        None => (text, None),
        Some(colon) => {
            let hour = text.get(..colon)?;
            let start = hour.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            (text.get(..start)?, Some(text.get(start..)?))
        }
    };
    let date = date.trim_end_matches(['T', 't', ',', ' ']);
    let day = i64::from(read_date(date, month_first)?) * DAY_MICROSECONDS;
    match time {
        None => Some(day),
        Some(time) => Some(day + read_time_of_day(time)?),
    }
}

fn month_number(text: &str) -> Option<u32> {
    text.parse().ok().or_else(|| month_by_name(text))
}
