//! Days of the proleptic Gregorian calendar as numbers, and back.
//!
//! Counting in eras of 400 years (146,097 days) with years that begin in March, so that the leap
//! day is the last day of a year.

/// Days of one era of 400 years.
const ERA_DAYS: i64 = 146_097;
/// Days from 1 March of year 0 to 1 January 1970.
const EPOCH_OFFSET: i64 = 719_468;

/// Microseconds of a day.
pub const DAY_MICROSECONDS: i64 = 86_400_000_000;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The month of an English name, whole or its first three letters or more, in any case; 1 to 12.
pub fn month_by_name(word: &str) -> Option<u32> {
    let begins = |month: &str| {
        let beginning = month.get(..word.len());
        beginning.is_some_and(|letters| letters.eq_ignore_ascii_case(word))
    };
    if word.len() < 3 {
        return None;
    }
    let index = MONTHS.iter().position(|month| begins(month))?;
    Some(index as u32 + 1)
}

/// "Jan" to "Dec"; "?" when there is no such month.
pub fn short_month(month: u32) -> &'static str {
    MONTHS
        .get((month as usize).wrapping_sub(1))
        .and_then(|name| name.get(..3))
        .unwrap_or("?")
}

/// Days since 1 January 1970, or None when there is no such day.
pub fn days_from_date(year: i64, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    i32::try_from(era * ERA_DAYS + day_of_era - EPOCH_OFFSET).ok()
}

/// Year, month and day of a number of days since 1 January 1970.
pub fn date_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + EPOCH_OFFSET;
    let era = shifted.div_euclid(ERA_DAYS);
    let day_of_era = shifted.rem_euclid(ERA_DAYS);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    } as u32;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Appends "2025-10-28".
pub fn write_date(days: i64, text: &mut String) {
    let (year, month, day) = date_from_days(days);
    if (0..=9999).contains(&year) {
        write_digits(year as u32, 4, text);
    } else {
        text.push_str(&year.to_string());
    }
    text.push('-');
    write_digits(month, 2, text);
    text.push('-');
    write_digits(day, 2, text);
}

/// Appends "2025-10-28 05:00:00", with as many decimals of a second as there are.
pub fn write_moment(microseconds: i64, text: &mut String) {
    write_date(microseconds.div_euclid(DAY_MICROSECONDS), text);
    text.push(' ');
    write_time_of_day(microseconds.rem_euclid(DAY_MICROSECONDS), text);
}

/// Appends "05:00:00" for microseconds since midnight.
pub fn write_time_of_day(microseconds: i64, text: &mut String) {
    let seconds = microseconds.div_euclid(1_000_000);
    write_digits((seconds / 3600) as u32, 2, text);
    text.push(':');
    write_digits((seconds / 60 % 60) as u32, 2, text);
    text.push(':');
    write_digits((seconds % 60) as u32, 2, text);
    let fraction = microseconds.rem_euclid(1_000_000);
    if fraction != 0 {
        text.push('.');
        write_digits(fraction as u32, 6, text);
        while text.ends_with('0') {
            text.pop();
        }
    }
}

fn write_digits(value: u32, width: usize, text: &mut String) {
    let mut divisor = 10u32.pow(width.saturating_sub(1) as u32);
    while divisor > 0 {
        text.push(char::from(b'0' + (value / divisor % 10) as u8));
        divisor /= 10;
    }
}

// ---- Reading ----

/// Digits at the front as a number, at least `least` and at most `most` of them, and what is after
/// them.
pub fn leading_number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if length < least || length > most {
        return None;
    }
    let (number, rest) = text.split_at(length);
    Some((number.parse().ok()?, rest))
}

/// 5:07, 05:07:09.25, 5:07 PM, 05:07:09Z, 05:07:09+02:00: microseconds since midnight UTC.
pub fn read_time_of_day(text: &str) -> Option<i64> {
    let (hour, rest) = leading_number(text, 1, 2)?;
    let (minute, mut rest) = leading_number(rest.strip_prefix(':')?, 2, 2)?;
    let mut microseconds = 0i64;
    if let Some(seconds) = rest.strip_prefix(':') {
        let (second, after) = leading_number(seconds, 2, 2)?;
        if second > 60 {
            return None;
        }
        microseconds += i64::from(second) * 1_000_000;
        rest = after;
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let kept = fraction.get(..length.min(6))?;
            microseconds += i64::from(kept.parse::<u32>().ok()?) * 10i64.pow(6 - kept.len() as u32);
            rest = fraction.get(length..)?;
        }
    }
    let (hour, rest) = twelve_hours(hour, rest.trim_start())?;
    if hour > 23 || minute > 59 {
        return None;
    }
    microseconds += (i64::from(hour) * 60 + i64::from(minute)) * 60_000_000;
    Some(microseconds - zone_offset(rest)?)
}

fn twelve_hours(hour: u32, rest: &str) -> Option<(u32, &str)> {
    let Some(mark) = rest.get(..2) else {
        return Some((hour, rest));
    };
    let afternoon = mark.eq_ignore_ascii_case("pm");
    if !afternoon && !mark.eq_ignore_ascii_case("am") {
        return Some((hour, rest));
    }
    if !(1..=12).contains(&hour) {
        return None;
    }
    Some((hour % 12 + if afternoon { 12 } else { 0 }, rest.get(2..)?))
}

/// Microseconds a written zone is ahead of UTC.
fn zone_offset(text: &str) -> Option<i64> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Some(0);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let plain = rest.replace(':', "");
    if !plain.bytes().all(|b| b.is_ascii_digit()) || !matches!(plain.len(), 2 | 4) {
        return None;
    }
    let hours: i64 = plain.get(..2)?.parse().ok()?;
    let minutes: i64 = plain
        .get(2..)
        .filter(|rest| !rest.is_empty())
        .map_or(Ok(0), str::parse)
        .ok()?;
    Some(sign * (hours * 60 + minutes) * 60_000_000)
}
