//! From numbers and dates to ticks and their words: one place for the window and for files.

use super::scene::{Axis, AxisKind};
use crate::base::format::{self, Figures};
use crate::data::calendar::short_month;

/// Ticks wanted on an axis, fewest and most.
const TICKS: (usize, usize) = (4, 6);
/// A label and the gap beside it take about this many pixels along a horizontal axis.
const PIXELS_PER_LETTER: f64 = 6.6;
/// Pixels between two ticks below which there should be fewer of them.
const PIXELS_PER_TICK: f64 = 32.0;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
pub const DAY: f64 = 86_400.0;

/// A domain that can be drawn: finite, lower end first, never empty.
pub fn sane_domain(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = if low <= high {
        (low, high)
    } else {
        (high, low)
    };
    if !low.is_finite() || !high.is_finite() {
        return (0.0, 1.0);
    }
    let span = high - low;
    if span.is_finite() && span > low.abs().max(high.abs()) * 1e-13 {
        return (low, high);
    }
    if !span.is_finite() {
        return (low / 4.0, high / 4.0);
    }
    let half = (low.abs() * 0.05).max(0.5);
    (low - half, high + half)
}

/// A domain with a little air on both sides, so that no point sits on the frame.
pub fn padded(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = sane_domain(low, high);
    let air = (high - low) * 0.04;
    (low - air, high + air)
}

/// Step of a row of nice numbers with about `target` of them over a span.
fn nice_step(low: f64, high: f64, target: usize) -> f64 {
    let span = high - low;
    let rough = span / target.max(1) as f64;
    let exponent = rough.log10().floor();
    let mut best = (f64::INFINITY, 10_f64.powf(exponent));
    for power in [exponent - 1.0, exponent, exponent + 1.0] {
        for (digit, unease) in [(1.0, 0.0), (2.0, 0.0), (5.0, 0.0), (2.5, 0.6)] {
            let step = digit * 10_f64.powf(power);
            let count = (high / step).floor() - (low / step).ceil() + 1.0;
            let outside = if count < TICKS.0.min(target) as f64 || count > TICKS.1 as f64 {
                10.0
            } else {
                0.0
            };
            let score = (count - target as f64).abs() + unease + outside;
            if score < best.0 {
                best = (score, step);
            }
        }
    }
    best.1
}

/// Nice positions inside a domain, lowest first, and their step.
pub fn nice_ticks(low: f64, high: f64, target: usize) -> (Vec<f64>, f64) {
    let (low, high) = sane_domain(low, high);
    let step = nice_step(low, high, target);
    if !(step.is_finite() && step > 0.0) {
        return (vec![low, high], high - low);
    }
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    let count = (last - first + 1.0).clamp(0.0, 64.0) as usize;
    let ticks = (0..count)
        .map(|index| {
            let tick = (first + index as f64) * step;
            // −0 would read as a negative number.
            if tick == 0.0 {
                0.0
            } else {
                tick.clamp(low, high)
            }
        })
        .collect();
    (ticks, step)
}

/// How many ticks an axis of this length has room for, 2 to 5.
pub fn tick_target(pixels: f64) -> usize {
    ((pixels / PIXELS_PER_TICK) as usize).clamp(2, 5)
}

/// Labels of ticks that share a step: the same unit and decimals for all of them.
pub fn number_labels(ticks: &[f64], step: f64) -> Vec<String> {
    let largest = ticks
        .iter()
        .fold(0.0_f64, |most, tick| most.max(tick.abs()));
    let (divisor, unit) = compact_unit(largest);
    let step = step / divisor;
    if largest > 0.0 && (!(1e-6..1e16).contains(&largest) || step < 1e-9) {
        return ticks.iter().map(|&tick| format::number(tick, 6)).collect();
    }
    let decimals = (0..10)
        .find(|&decimals| {
            let scaled = step * 10_f64.powi(decimals);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0) && scaled.round() >= 1.0
        })
        .unwrap_or(9);
    ticks
        .iter()
        .map(|&tick| {
            let number = format::fixed(tick / divisor, decimals as usize);
            if tick == 0.0 {
                "0".to_owned()
            } else if unit.is_empty() {
                number
            } else {
                format!("{number}\u{a0}{unit}")
            }
        })
        .collect()
}

fn compact_unit(largest: f64) -> (f64, &'static str) {
    match largest {
        size if size >= 1e12 => (1e12, "T"),
        size if size >= 1e9 => (1e9, "bn"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

/// One number as short as an axis has it: "12.4 M".
pub fn compact(value: f64) -> String {
    let (divisor, unit) = compact_unit(value.abs());
    let number = format::number(value / divisor, 3);
    if unit.is_empty() {
        number
    } else {
        format!("{number}\u{a0}{unit}")
    }
}

/// Axis of numbers over `domain`, `pixels` long.
pub fn linear_axis(title: &str, domain: (f64, f64), pixels: u32) -> Axis {
    number_axis(title, domain, pixels, Figures::default())
}

/// Axis of a column of numbers over `domain`, `pixels` long.
pub fn number_axis(title: &str, domain: (f64, f64), pixels: u32, figures: Figures) -> Axis {
    let domain = sane_domain(domain.0, domain.1);
    let mut target = tick_target(f64::from(pixels));
    let labelled = |target| labelled(domain, target, figures);
    let mut ticks = labelled(target);
    // Wide numbers get fewer ticks rather than run into each other.
    while target > 2 && letters(&ticks) * PIXELS_PER_LETTER > f64::from(pixels) * 1.1 {
        target -= 1;
        ticks = labelled(target);
    }
    Axis {
        title: title.to_owned(),
        kind: AxisKind::Linear,
        figures,
        domain,
        ticks,
    }
}

/// Leaves only whole numbers on an axis of counts, and labels them as such.
pub fn keep_whole(axis: &mut Axis) {
    if axis.ticks.iter().all(|(tick, _)| tick.fract() == 0.0) {
        return;
    }
    let whole: Vec<f64> = axis
        .ticks
        .iter()
        .map(|(tick, _)| *tick)
        .filter(|tick| tick.fract() == 0.0)
        .collect();
    let step = match whole.as_slice() {
        [first, second, ..] => second - first,
        _ => 1.0,
    };
    let labels = number_labels(&whole, step);
    axis.ticks = whole.into_iter().zip(labels).collect();
}

fn labelled(domain: (f64, f64), target: usize, figures: Figures) -> Vec<(f64, String)> {
    let (ticks, step) = nice_ticks(domain.0, domain.1, target);
    let labels = number_labels(&ticks, step);
    ticks
        .into_iter()
        .zip(labels.into_iter().map(|label| figures.ungrouped(label)))
        .collect()
}

fn letters(ticks: &[(f64, String)]) -> f64 {
    ticks
        .iter()
        .map(|(_, text)| text.chars().count() + 2)
        .sum::<usize>() as f64
}

/// Axis of bands: those inside the domain get a tick, shortened to the room there is. `upright`
/// for the vertical axis, where names stand above each other.
pub fn band_axis(
    title: &str,
    names: &[String],
    domain: (f64, f64),
    pixels: u32,
    upright: bool,
) -> Axis {
    let per_band = f64::from(pixels) / (domain.1 - domain.0).max(f64::MIN_POSITIVE);
    // A name of a few letters says little: rather fewer names than shorter ones.
    let needed: f64 = if upright { 14.0 } else { 54.0 };
    let visible = |index: usize| (domain.0..=domain.1).contains(&(index as f64));
    let shown = (0..names.len()).filter(|&index| visible(index)).count();
    // Where names would cover each other, only every so many bands are named.
    let longest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0) as f64;
    let needed = if upright {
        needed
    } else {
        needed.min((longest + 1.0) * PIXELS_PER_LETTER)
    };
    let every = ((needed / per_band).ceil() as usize).clamp(1, shown.max(1));
    let letters = if upright {
        28
    } else {
        ((per_band * every as f64 / PIXELS_PER_LETTER) as usize).clamp(3, 28)
    };
    Axis {
        title: title.to_owned(),
        kind: AxisKind::Band(names.to_vec()),
        figures: Figures::default(),
        domain,
        ticks: names
            .iter()
            .enumerate()
            .filter(|(index, _)| visible(*index) && index % every == 0)
            .map(|(index, name)| (index as f64, format::shorten(name, letters)))
            .collect(),
    }
}

/// A calendar date and the seconds into its day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    pub second_of_day: f64,
}

/// Seconds since 1970-01-01 UTC as a date of the proleptic Gregorian calendar.
///
/// Years are counted from 1 March, so that a leap day is the last day of its year and months
/// follow a fixed pattern of 153 days per five months.
pub fn moment(seconds: f64) -> Moment {
    let days = (seconds / DAY).floor();
    let since_march_zero = days as i64 + 719_468;
    let era = since_march_zero.div_euclid(146_097);
    let day_of_era = since_march_zero.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    Moment {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: month as u32,
        day: day as u32,
        second_of_day: seconds - days * DAY,
    }
}

/// Seconds since 1970-01-01 UTC at midnight of a date; months beyond 1–12 carry into years.
pub fn seconds_of(year: i64, month: i64, day: i64) -> f64 {
    let months = year * 12 + month - 1;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) as f64 * DAY
}

/// A stretch of calendar or clock time that dates are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeUnit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl TimeUnit {
    pub const ALL: [Self; 8] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Number of the unit a moment falls in, counted from the one that holds 1970-01-01.
    pub fn index(self, seconds: f64) -> i64 {
        match self {
            Self::Second => seconds.floor() as i64,
            Self::Minute => (seconds / MINUTE).floor() as i64,
            Self::Hour => (seconds / HOUR).floor() as i64,
            Self::Day => (seconds / DAY).floor() as i64,
            // 1970-01-01 was a Thursday; weeks begin on Monday.
            Self::Week => ((seconds / DAY).floor() as i64 + 3).div_euclid(7),
            Self::Month | Self::Quarter | Self::Year => {
                let moment = moment(seconds);
                let months = (moment.year - 1970) * 12 + i64::from(moment.month) - 1;
                months.div_euclid(self.months())
            }
        }
    }

    /// First second of the unit of this number.
    pub fn start(self, index: i64) -> f64 {
        match self {
            Self::Second => index as f64,
            Self::Minute => index as f64 * MINUTE,
            Self::Hour => index as f64 * HOUR,
            Self::Day => index as f64 * DAY,
            Self::Week => (index * 7 - 3) as f64 * DAY,
            Self::Month | Self::Quarter | Self::Year => {
                seconds_of(1970, index * self.months() + 1, 1)
            }
        }
    }

    fn months(self) -> i64 {
        match self {
            Self::Quarter => 3,
            Self::Year => 12,
            _ => 1,
        }
    }

    /// The finest unit that cuts a range into at most `most` parts. Dates without a time of day
    /// are never cut finer than days.
    pub fn for_range(low: f64, high: f64, whole_days: bool, most: i64) -> Self {
        Self::ALL
            .into_iter()
            .filter(|&unit| !whole_days || unit >= Self::Day)
            .find(|unit| unit.index(high).saturating_sub(unit.index(low)) < most)
            .unwrap_or(Self::Year)
    }

    /// The unit of this number in words: "12 Mar 2025", "Mar 2025", "2025".
    pub fn label(self, index: i64) -> String {
        let start = self.start(index);
        let at = moment(start);
        match self {
            Self::Year => at.year.to_string(),
            Self::Quarter => format!("quarter {} of {}", (at.month - 1) / 3 + 1, at.year),
            Self::Month => format!("{} {}", short_month(at.month), at.year),
            Self::Week => format!("week of {}", date_label(start)),
            Self::Day => date_label(start),
            Self::Hour | Self::Minute => format!("{} {}", date_label(start), clock(start, false)),
            Self::Second => format!("{} {}", date_label(start), clock(start, true)),
        }
    }
}

/// "12 Mar 2025".
pub fn date_label(seconds: f64) -> String {
    let at = moment(seconds);
    format!("{} {} {}", at.day, short_month(at.month), at.year)
}

fn clock(seconds: f64, with_seconds: bool) -> String {
    let second = moment(seconds).second_of_day;
    let whole = second.floor() as u32;
    let (hour, minute) = (whole / 3600, whole / 60 % 60);
    if with_seconds {
        format!("{hour:02}:{minute:02}:{:02}", whole % 60)
    } else {
        format!("{hour:02}:{minute:02}")
    }
}

/// A moment as exactly as it needs: the date, and the time of day where there is one.
pub fn moment_label(seconds: f64) -> String {
    if !seconds.is_finite() {
        return format::number(seconds, 3);
    }
    let second = moment(seconds).second_of_day;
    if second == 0.0 {
        date_label(seconds)
    } else {
        format!(
            "{} {}",
            date_label(seconds),
            clock(seconds, second % 60.0 != 0.0)
        )
    }
}

/// Steps of a time axis: a unit and how many of it.
const TIME_STEPS: [(TimeUnit, i64); 25] = [
    (TimeUnit::Second, 1),
    (TimeUnit::Second, 5),
    (TimeUnit::Second, 15),
    (TimeUnit::Second, 30),
    (TimeUnit::Minute, 1),
    (TimeUnit::Minute, 5),
    (TimeUnit::Minute, 15),
    (TimeUnit::Minute, 30),
    (TimeUnit::Hour, 1),
    (TimeUnit::Hour, 3),
    (TimeUnit::Hour, 6),
    (TimeUnit::Hour, 12),
    (TimeUnit::Day, 1),
    (TimeUnit::Day, 2),
    (TimeUnit::Week, 1),
    (TimeUnit::Week, 2),
    (TimeUnit::Month, 1),
    (TimeUnit::Month, 2),
    (TimeUnit::Month, 3),
    (TimeUnit::Month, 6),
    (TimeUnit::Year, 1),
    (TimeUnit::Year, 2),
    (TimeUnit::Year, 5),
    (TimeUnit::Year, 10),
    (TimeUnit::Year, 20),
];

/// Axis of dates over `domain` in seconds since 1970-01-01 UTC, `pixels` long.
pub fn time_axis(title: &str, domain: (f64, f64), pixels: u32) -> Axis {
    let domain = sane_domain(domain.0, domain.1);
    let most = (pixels as usize / 84).clamp(2, TICKS.1);
    let ticks = time_ticks(domain, most);
    Axis {
        title: title.to_owned(),
        kind: AxisKind::Time,
        figures: Figures::default(),
        domain,
        ticks,
    }
}

fn time_ticks((low, high): (f64, f64), most: usize) -> Vec<(f64, String)> {
    for (unit, every) in TIME_STEPS {
        if (high - low) / (unit.start(1) - unit.start(0)) / every as f64 > 40.0 {
            continue;
        }
        let first = unit.index(low).div_euclid(every) * every;
        let ticks: Vec<f64> = (0..48)
            .map(|step| unit.start(first + step * every))
            .skip_while(|&tick| tick < low)
            .take_while(|&tick| tick <= high)
            .collect();
        if ticks.len() <= most && ticks.len() >= 2 {
            return label_times(&ticks, unit);
        }
    }
    // Centuries, or less than a second: positions are nice numbers.
    if high - low > 40.0 * 365.0 * DAY {
        let (years, _) = nice_ticks(
            moment(low).year as f64,
            moment(high).year as f64,
            most.saturating_sub(1),
        );
        return years
            .into_iter()
            .map(|year| (seconds_of(year.round() as i64, 1, 1), format!("{year:.0}")))
            .filter(|(tick, _)| (low..=high).contains(tick))
            .collect();
    }
    let (ticks, _) = nice_ticks(low, high, most.saturating_sub(1));
    ticks
        .into_iter()
        .map(|tick| (tick, moment_label(tick)))
        .collect()
}

fn label_times(ticks: &[f64], unit: TimeUnit) -> Vec<(f64, String)> {
    let first = ticks.first().copied().unwrap_or(0.0);
    let last = ticks.last().copied().unwrap_or(0.0);
    let one_day = TimeUnit::Day.index(first) == TimeUnit::Day.index(last);
    let one_year = moment(first).year == moment(last).year;
    ticks
        .iter()
        .enumerate()
        .map(|(index, &tick)| {
            let at = moment(tick);
            let date = if one_year && index > 0 {
                format!("{} {}", at.day, short_month(at.month))
            } else {
                date_label(tick)
            };
            let text = match unit {
                TimeUnit::Year | TimeUnit::Quarter => at.year.to_string(),
                TimeUnit::Month if one_year && index > 0 => short_month(at.month).to_owned(),
                TimeUnit::Month => format!("{} {}", short_month(at.month), at.year),
                TimeUnit::Week | TimeUnit::Day => date,
                _ if one_day && index > 0 => clock(tick, unit == TimeUnit::Second),
                _ if at.second_of_day == 0.0 || index == 0 => {
                    format!(
                        "{} {} {}",
                        at.day,
                        short_month(at.month),
                        clock(tick, false)
                    )
                }
                _ => clock(tick, unit == TimeUnit::Second),
            };
            (tick, text)
        })
        .collect()
}
