//! Numbers, sizes and durations as people read them.

use std::time::Duration;

/// True minus sign, so that figures line up and a hyphen is never mistaken for one.
pub const MINUS: char = '\u{2212}';

/// 48212 → "48,212".
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 row", "344 rows", "3 classes".
pub fn counted(value: u64, singular: &str) -> String {
    let plural = match value {
        1 => "",
        _ if singular.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {singular}{plural}", count(value))
}

/// A number with about `significant` digits, thousands separated, no exponent unless it is
/// far out of everyday range.
pub fn number(value: f64, significant: usize) -> String {
    if value.is_nan() {
        return "not a number".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 {
            "∞".to_owned()
        } else {
            format!("{MINUS}∞")
        };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    let text = if !(1e-5..1e15).contains(&size) {
        format!("{:.*e}", significant.saturating_sub(1), size)
    } else {
        let magnitude = size.log10().floor() as i32;
        let decimals = (significant as i32 - 1 - magnitude).clamp(0, 12) as usize;
        let fixed = format!("{size:.decimals$}");
        let (whole, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
        let fraction = fraction.trim_end_matches('0');
        let whole = whole
            .parse::<u64>()
            .map_or_else(|_| whole.to_owned(), count);
        if fraction.is_empty() {
            whole
        } else {
            format!("{whole}.{fraction}")
        }
    };
    if value < 0.0 {
        format!("{MINUS}{text}")
    } else {
        text
    }
}

/// How the numbers of one column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Figures {
    /// Thousands apart: 48,212.
    #[default]
    Grouped,
    /// As a calendar writes them: 2013.
    Years,
}

impl Figures {
    /// What suits a column, by its name, its ends, and whether all its numbers are whole. Years
    /// are whole numbers from 1000 to 2999 in a column that is called so, and whatever lies
    /// between 1500 and 2100.
    pub fn of(name: &str, lowest: f64, highest: f64, whole: bool) -> Self {
        let within = |low: f64, high: f64| lowest >= low && highest <= high;
        if whole && (within(1500.0, 2100.0) || (within(1000.0, 2999.0) && names_years(name))) {
            Self::Years
        } else {
            Self::Grouped
        }
    }

    /// A number with about `significant` digits, as [`number`] writes it.
    pub fn number(self, value: f64, significant: usize) -> String {
        self.ungrouped(number(value, significant))
    }

    /// Takes the commas out of a number where they do not belong.
    pub fn ungrouped(self, text: String) -> String {
        match self {
            Self::Grouped => text,
            Self::Years => text.replace(',', ""),
        }
    }
}

/// "year", "birth_year", "YearBuilt", "arrival yr".
fn names_years(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for character in name.chars() {
        let begins =
            !before.is_alphanumeric() || (character.is_uppercase() && before.is_lowercase());
        if begins || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase().filter(|c| c.is_alphanumeric()));
        }
        before = character;
    }
    words
        .iter()
        .any(|word| word.ends_with("year") || word == "years" || word == "yr")
}

/// Fixed decimals with a true minus: columns of figures that line up.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return number(value, 3);
    }
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let whole = whole
        .parse::<u64>()
        .map_or_else(|_| whole.to_owned(), count);
    let sign = if value < 0.0 && !is_zero {
        MINUS.to_string()
    } else {
        String::new()
    };
    match fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    }
}

/// Decimals that an interval of this half-width justifies: 0.018 → 2 or 3, 15 → 0.
pub fn decimals_for(half_width: f64) -> usize {
    if !half_width.is_finite() || half_width <= 0.0 {
        return 3;
    }
    (-(half_width.log10().floor()) as i32 + i32::from(half_width < 1.0)).clamp(0, 6) as usize
}

/// 0.143 → "14 %"; small shares keep a decimal, and what is not zero never reads as zero.
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    if percent <= 0.0 {
        "0\u{a0}%".to_owned()
    } else if percent < 0.1 {
        "<\u{a0}0.1\u{a0}%".to_owned()
    } else if percent < 10.0 {
        format!("{}\u{a0}%", number((percent * 10.0).round() / 10.0, 2))
    } else if percent < 100.0 && percent > 99.0 {
        format!("{}\u{a0}%", number((percent * 10.0).floor() / 10.0, 3))
    } else {
        format!("{}\u{a0}%", percent.round())
    }
}

/// 1234567 → "1.2 MB".
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut size = value as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("bytes");
    if unit == 0 || size >= 100.0 {
        format!("{size:.0} {name}")
    } else {
        format!("{size:.1} {name}")
    }
}

/// "0.4 s", "40 s", "2 min 14 s".
pub fn duration(value: Duration) -> String {
    let seconds = value.as_secs_f64();
    if seconds < 0.1 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if seconds < 60.0 {
        format!("{seconds:.0} s")
    } else {
        let whole = seconds.round() as u64;
        format!("{} min {} s", whole / 60, whole % 60)
    }
}

/// "5 minutes", "1 minute", "90 seconds": a time that was asked for.
pub fn minutes(value: f64) -> String {
    if value < 2.0 && value.fract() != 0.0 {
        return counted((value * 60.0).round().max(0.0) as u64, "second");
    }
    match value == 1.0 {
        true => "1 minute".to_owned(),
        false => format!("{} minutes", number(value, 3)),
    }
}

/// At most `limit` characters, with an ellipsis when something was cut.
pub fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// "a", "a and b", "a, b and c".
pub fn list(items: &[impl AsRef<str>]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
