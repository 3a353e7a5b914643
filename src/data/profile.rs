//! Exact summary of one column: counts, figures, histogram, most frequent values.
//!
//! Nothing is sampled. A column is first turned into *runs*: its distinct values in ascending
//! order with the number of times each occurs. Columns whose values lie on a short grid (whole
//! numbers of a small range, dates, full hours) are counted into it, others are sorted. All
//! figures are then read from the runs.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use polars::prelude::{AnyValue, DataType, Series};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::calendar::DAY_MICROSECONDS;
use super::cells::{Cells, write_value};
use super::{ColumnKind, Table};
use crate::base::format::{Figures, share};
use crate::base::{TaskContext, UserError};

/// Most frequent values kept.
const TOP_VALUES: usize = 20;
/// Numbers and times with more distinct values than this have no list of frequent values.
const LISTED_DISTINCT: usize = 50;
/// Bounds of the number of bars.
const FEWEST_BINS: usize = 10;
const MOST_BINS: usize = 60;
/// Longest grid that is counted into, whatever the number of rows.
const GRID_LIMIT: u64 = 1 << 22;
/// Rows between two looks at whether the work was stopped.
const CHECK_EVERY: usize = 1 << 19;

/// Rows needed before "different on nearly every row" says anything.
const NAME_TAG_ROWS: u64 = 100;
/// Rows needed before "goes up with every row" says anything.
const NAME_TAG_INCREASING_ROWS: u64 = 20;
/// Share of distinct values above which a column names its rows.
const NAME_TAG_SHARE: f64 = 0.95;

/// One bar of a histogram: values in `lower..upper`, the last bar includes `upper`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistogramBin {
    pub lower: f64,
    pub upper: f64,
    pub count: u64,
}

/// A value as shown and how often it occurs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueCount {
    pub value: String,
    pub count: u64,
}

/// Figures of a numeric column, blanks left out.
///
/// Quartiles interpolate linearly between the two nearest values (position `(n − 1)·p`). The
/// standard deviation divides by `n − 1`; the skewness is `m3 / m2^(3/2)` of the central moments
/// and 0 for a constant column. Durations and times of day are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NumberSummary {
    pub min: f64,
    pub lower_quartile: f64,
    pub median: f64,
    pub mean: f64,
    pub upper_quartile: f64,
    pub max: f64,
    pub standard_deviation: f64,
    pub skewness: f64,
}

/// Everything the profile pane says about a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnProfile {
    pub name: String,
    pub kind: ColumnKind,
    pub type_name: String,
    pub rows: u64,
    /// Cells without a value; "not a number" counts as one.
    pub blanks: u64,
    /// Different values, blanks not counted.
    pub distinct: u64,
    pub number: Option<NumberSummary>,
    /// Numbers and times; times in seconds since 1 January 1970.
    pub histogram: Vec<HistogramBin>,
    /// Up to 20 most frequent values, equally frequent ones in order of value.
    pub top: Vec<ValueCount>,
    /// Times only.
    pub earliest: Option<String>,
    pub latest: Option<String>,
    /// One value in every filled cell.
    pub constant: bool,
    /// Why the column looks like a name tag, if it does.
    pub name_tag: Option<String>,
}

impl ColumnProfile {
    /// How the numbers of the column are written.
    pub fn figures(&self) -> Figures {
        let Some(number) = &self.number else {
            return Figures::default();
        };
        // Quartiles of whole numbers lie on quarters.
        let quarter = |value: f64| (value * 4.0).fract() == 0.0;
        let whole = number.min.fract() == 0.0
            && number.max.fract() == 0.0
            && [number.lower_quartile, number.median, number.upper_quartile]
                .into_iter()
                .all(quarter);
        Figures::of(&self.name, number.min, number.max, whole)
    }
}

/// Profiles one column exactly.
pub fn profile_column(
    table: &Table,
    column: usize,
    task: &TaskContext,
) -> Result<ColumnProfile, UserError> {
    let (Some(described), Some(values)) = (
        table.schema().columns.get(column),
        table.frame().columns().get(column),
    ) else {
        return Err(UserError::usage(
            "no_such_column",
            "Cannot profile this column",
            format!(
                "The table has {} columns, column {} was asked for",
                table.width(),
                column + 1
            ),
        ));
    };
    task.check()?;
    let mut profile = ColumnProfile {
        name: described.name.clone(),
        kind: described.kind,
        type_name: described.type_name.clone(),
        rows: table.rows() as u64,
        blanks: 0,
        distinct: 0,
        number: None,
        histogram: Vec::new(),
        top: Vec::new(),
        earliest: None,
        latest: None,
        constant: false,
        name_tag: None,
    };
    let series = measurable(values.as_materialized_series());
    let cells = Cells::of(&series);
    let evidence = match &cells {
        Cells::Text(values) => profile_text(values.iter(), &mut profile, task)?,
        Cells::YesNo(values) => {
            let words = values
                .iter()
                .map(|value| value.map(|yes| if yes { "yes" } else { "no" }));
            profile_text(words, &mut profile, task)?
        }
        Cells::Other(values) => {
            let texts = shown_texts(&cells, task)?;
            debug_assert_eq!(texts.len(), values.len());
            profile_text(texts.iter().map(Option::as_deref), &mut profile, task)?
        }
        _ => profile_measured(&cells, values.dtype(), &mut profile, task)?,
    };
    profile.constant = profile.distinct == 1;
    profile.name_tag = name_tag(&profile, &evidence);
    Ok(profile)
}

/// Types that are numbers underneath, as those numbers.
fn measurable(series: &Series) -> Series {
    let converted = match series.dtype() {
        DataType::Decimal(_, _) => series.cast(&DataType::Float64),
        DataType::Duration(_) | DataType::Time => series.to_physical_repr().cast(&DataType::Int64),
        DataType::Datetime(unit, Some(_)) => series.cast(&DataType::Datetime(*unit, None)),
        _ => return series.clone(),
    };
    converted.unwrap_or_else(|_| series.clone())
}

/// Units of a measured type in one second (or 1 for plain numbers).
fn units_per_second(dtype: &DataType) -> f64 {
    use polars::prelude::TimeUnit;
    match dtype {
        DataType::Time | DataType::Duration(TimeUnit::Nanoseconds) => 1e9,
        DataType::Datetime(_, _) | DataType::Duration(TimeUnit::Microseconds) => 1e6,
        DataType::Duration(TimeUnit::Milliseconds) => 1e3,
        DataType::Date => 1.0 / (DAY_MICROSECONDS as f64 / 1e6),
        _ => 1.0,
    }
}

/// What tells a name tag from a measurement, apart from the counts.
struct Evidence {
    /// Text or whole numbers; never dates.
    can_name: bool,
    increasing: bool,
}

fn name_tag(profile: &ColumnProfile, evidence: &Evidence) -> Option<String> {
    if !evidence.can_name || profile.distinct < 2 {
        return None;
    }
    let filled = profile.rows - profile.blanks;
    let all_distinct = profile.distinct == filled;
    let is_year = profile.name.to_lowercase().contains("year");
    if all_distinct && named_like_an_id(&profile.name) {
        return Some("It is different on every row, and its name says it is an id".to_owned());
    }
    if evidence.increasing && filled >= NAME_TAG_INCREASING_ROWS && profile.blanks == 0 && !is_year
    {
        return Some("It goes up with every row, like a row number".to_owned());
    }
    // A column that is mostly blank says more by being blank than by its values.
    if filled < NAME_TAG_ROWS || profile.blanks * 2 > profile.rows {
        return None;
    }
    let distinct_share = profile.distinct as f64 / filled as f64;
    if all_distinct {
        Some("It is different on every row".to_owned())
    } else if distinct_share > NAME_TAG_SHARE {
        Some(format!(
            "It is different on {} of rows",
            share(distinct_share)
        ))
    } else {
        None
    }
}

/// id, customer_id, id_customer, customerId, PassengerID, uuid.
fn named_like_an_id(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let camel = name
        .strip_suffix("Id")
        .or_else(|| name.strip_suffix("ID"))
        .is_some_and(|stem| stem.ends_with(|c: char| c.is_lowercase() || c.is_ascii_digit()));
    camel
        || words
            .iter()
            .any(|word| matches!(*word, "id" | "uuid" | "guid"))
}

// ---- text ---------------------------------------------------------------------------------

/// Hashes short texts quickly; the same on every run.
#[derive(Clone, Copy, Default)]
pub(super) struct TextHasher(u64);

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn write_u8(&mut self, _: u8) {
        // The mark behind a str: nothing follows it here.
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl BuildHasher for TextHasher {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}

fn profile_text<'a>(
    values: impl Iterator<Item = Option<&'a str>>,
    profile: &mut ColumnProfile,
    task: &TaskContext,
) -> Result<Evidence, UserError> {
    let mut counts: HashMap<&str, u64, TextHasher> = HashMap::default();
    for (row, value) in values.enumerate() {
        if row % CHECK_EVERY == 0 {
            task.check()?;
            task.progress(row as u64, profile.rows, "Counting values");
        }
        match value {
            Some(value) => *counts.entry(value).or_insert(0) += 1,
            None => profile.blanks += 1,
        }
    }
    task.check()?;
    profile.distinct = counts.len() as u64;
    profile.top = most_frequent(
        counts.into_iter().collect(),
        |a, b| a.cmp(b),
        |value| (*value).to_owned(),
    );
    Ok(Evidence {
        can_name: profile.kind != ColumnKind::YesNo,
        increasing: false,
    })
}

fn most_frequent<T>(
    mut counts: Vec<(T, u64)>,
    by_value: impl Fn(&T, &T) -> std::cmp::Ordering,
    text: impl Fn(&T) -> String,
) -> Vec<ValueCount> {
    let order = |a: &(T, u64), b: &(T, u64)| b.1.cmp(&a.1).then_with(|| by_value(&a.0, &b.0));
    if counts.len() > TOP_VALUES {
        counts.select_nth_unstable_by(TOP_VALUES, order);
        counts.truncate(TOP_VALUES);
    }
    counts.sort_unstable_by(order);
    counts
        .iter()
        .map(|(value, count)| ValueCount {
            value: text(value),
            count: *count,
        })
        .collect()
}

fn shown_texts(cells: &Cells, task: &TaskContext) -> Result<Vec<Option<String>>, UserError> {
    let mut texts = Vec::with_capacity(cells.len());
    for position in 0..cells.len() {
        if position % 8192 == 0 {
            task.check()?;
        }
        let mut text = String::new();
        texts.push(cells.write(position, &mut text).then_some(text));
    }
    Ok(texts)
}

// ---- numbers and times --------------------------------------------------------------------

/// A distinct value, and how often it occurs.
struct Run {
    /// In units of the column, or seconds for times.
    value: f64,
    /// The value as stored.
    stored: Stored,
    count: u64,
}

#[derive(Clone, Copy)]
enum Stored {
    Whole(i64),
    Unsigned(u64),
    Number(f64),
    Single(f32),
    Date(i32),
    Moment(i64),
}

impl Stored {
    fn text(self) -> String {
        use polars::prelude::TimeUnit;
        let value = match self {
            Self::Whole(value) => AnyValue::Int64(value),
            Self::Unsigned(value) => AnyValue::UInt64(value),
            Self::Number(value) => AnyValue::Float64(value),
            Self::Single(value) => AnyValue::Float32(value),
            Self::Date(days) => AnyValue::Date(days),
            Self::Moment(value) => AnyValue::Datetime(value, TimeUnit::Microseconds, None),
        };
        let mut text = String::new();
        write_value(&value, &mut text);
        text
    }
}

fn profile_measured(
    cells: &Cells,
    dtype: &DataType,
    profile: &mut ColumnProfile,
    task: &TaskContext,
) -> Result<Evidence, UserError> {
    let units = units_per_second(dtype);
    let scaled = |value: i64| value as f64 / units;
    let (runs, increasing) = match cells {
        Cells::Whole(values) => whole_runs(
            values.iter(),
            |value| (scaled(value), Stored::Whole(value)),
            task,
        )?,
        Cells::Moment(values) => whole_runs(
            values.iter(),
            |value| (scaled(value), Stored::Moment(value)),
            task,
        )?,
        Cells::Date(values) => {
            let days = values.iter().map(|value| value.map(i64::from));
            whole_runs(
                days,
                |value| (scaled(value), Stored::Date(value as i32)),
                task,
            )?
        }
        Cells::Unsigned(values) => {
            // Turned into signed numbers of the same order; no value is lost above i64::MAX.
            let turned = values
                .iter()
                .map(|value| value.map(|v| (v ^ (1 << 63)) as i64));
            let back = |value: i64| (value as u64) ^ (1 << 63);
            whole_runs(
                turned,
                |value| (back(value) as f64, Stored::Unsigned(back(value))),
                task,
            )?
        }
        Cells::Number(values) => {
            number_runs(values.iter(), |value| (value, Stored::Number(value)), task)?
        }
        Cells::Single(values) => {
            let wide = values.iter().map(|value| value.map(f64::from));
            number_runs(wide, |value| (value, Stored::Single(value as f32)), task)?
        }
        Cells::YesNo(_) | Cells::Text(_) | Cells::Other(_) => (Vec::new(), false),
    };
    task.check()?;
    let filled: u64 = runs.iter().map(|run| run.count).sum();
    profile.blanks = profile.rows - filled;
    profile.distinct = runs.len() as u64;
    let is_time = profile.kind == ColumnKind::Time;
    let summary = summarise(&runs, filled);
    if let Some(summary) = &summary {
        profile.histogram = histogram(&runs, filled, summary);
    }
    let whole = runs.iter().all(|run| run.value.fract() == 0.0);
    if is_time {
        profile.earliest = runs.first().map(|run| run.stored.text());
        profile.latest = runs.last().map(|run| run.stored.text());
    } else {
        profile.number = summary;
    }
    if runs.len() <= LISTED_DISTINCT {
        let counts = runs.iter().map(|run| (run, run.count)).collect();
        profile.top = most_frequent(
            counts,
            |a, b| a.value.total_cmp(&b.value),
            |run| run.stored.text(),
        );
    }
    Ok(Evidence {
        can_name: whole && !is_time,
        increasing,
    })
}

/// Runs of whole numbers, and whether the values go up with every row.
fn whole_runs(
    values: impl Iterator<Item = Option<i64>>,
    describe: impl Fn(i64) -> (f64, Stored),
    task: &TaskContext,
) -> Result<(Vec<Run>, bool), UserError> {
    let mut filled: Vec<i64> = Vec::with_capacity(values.size_hint().0);
    filled.extend(values.flatten());
    task.check()?;
    let increasing = filled.is_sorted_by(|a, b| a < b);
    let (Some(&min), Some(&max)) = (filled.iter().min(), filled.iter().max()) else {
        return Ok((Vec::new(), false));
    };
    task.check()?;
    let run = |value: i64, count: u64| {
        let (shown, stored) = describe(value);
        Run {
            value: shown,
            stored,
            count,
        }
    };
    let limit = GRID_LIMIT.min((filled.len() as u64 * 4).max(1 << 12));
    if let Some(step) = grid_step(&filled, min, max, limit) {
        let mut counts = vec![0u32; (max.wrapping_sub(min) as u64 / step) as usize + 1];
        if step == 1 {
            for &value in &filled {
                counts[value.wrapping_sub(min) as u64 as usize] += 1;
            }
        } else {
            for &value in &filled {
                counts[(value.wrapping_sub(min) as u64 / step) as usize] += 1;
            }
        }
        let runs = counts
            .iter()
            .enumerate()
            .filter(|&(_, &count)| count > 0)
            .map(|(index, &count)| {
                run(
                    min.wrapping_add((index as u64 * step) as i64),
                    u64::from(count),
                )
            })
            .collect();
        return Ok((runs, increasing));
    }
    filled.sort_unstable();
    task.check()?;
    let runs = filled
        .chunk_by(|a, b| a == b)
        .map(|same| run(same[0], same.len() as u64))
        .collect();
    Ok((runs, increasing))
}

/// Distance of a grid that holds all values and has at most `limit` places.
fn grid_step(values: &[i64], min: i64, max: i64, limit: u64) -> Option<u64> {
    let range = max.wrapping_sub(min) as u64;
    if range < limit {
        return Some(1);
    }
    let mut step = 0u64;
    for &value in values {
        let distance = value.wrapping_sub(min) as u64;
        if step == 0 || !distance.is_multiple_of(step) {
            step = greatest_common_divisor(step, distance);
            if step > 0 && range / step >= limit {
                return None;
            }
        }
    }
    (step > 0).then_some(step)
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Runs of numbers with decimals; "not a number" is left out.
fn number_runs(
    values: impl Iterator<Item = Option<f64>>,
    describe: impl Fn(f64) -> (f64, Stored),
    task: &TaskContext,
) -> Result<(Vec<Run>, bool), UserError> {
    let mut filled: Vec<f64> = Vec::with_capacity(values.size_hint().0);
    // Adding zero turns −0 into 0, so that they are one value.
    filled.extend(
        values
            .flatten()
            .filter(|value| !value.is_nan())
            .map(|value| value + 0.0),
    );
    task.check()?;
    let increasing = !filled.is_empty() && filled.is_sorted_by(|a, b| a < b);
    filled.sort_unstable_by(f64::total_cmp);
    task.check()?;
    let runs = filled
        .chunk_by(|a, b| a == b)
        .map(|same| {
            let (value, stored) = describe(same[0]);
            Run {
                value,
                stored,
                count: same.len() as u64,
            }
        })
        .collect();
    Ok((runs, increasing))
}

fn summarise(runs: &[Run], filled: u64) -> Option<NumberSummary> {
    let (first, last) = (runs.first()?, runs.last()?);
    let n = filled as f64;
    // Summed as differences from the smallest value: exact enough far from zero.
    let offset = if first.value.is_finite() {
        first.value
    } else {
        0.0
    };
    let mean = offset
        + runs
            .iter()
            .map(|run| (run.value - offset) * run.count as f64)
            .sum::<f64>()
            / n;
    let mut second = 0.0;
    let mut third = 0.0;
    for run in runs {
        let difference = run.value - mean;
        let squared = difference * difference * run.count as f64;
        second += squared;
        third += squared * difference;
    }
    let variance = second / n;
    Some(NumberSummary {
        min: first.value,
        lower_quartile: quantile(runs, filled, 0.25),
        median: quantile(runs, filled, 0.5),
        mean,
        upper_quartile: quantile(runs, filled, 0.75),
        max: last.value,
        standard_deviation: if filled > 1 {
            (second / (n - 1.0)).sqrt()
        } else {
            0.0
        },
        skewness: if variance > 0.0 {
            third / n / variance.powf(1.5)
        } else {
            0.0
        },
    })
}

/// The value at position `(n − 1)·p` of the sorted values, between two of them in proportion.
fn quantile(runs: &[Run], filled: u64, p: f64) -> f64 {
    let place = (filled.saturating_sub(1)) as f64 * p;
    let (below, above) = (place.floor() as u64, place.ceil() as u64);
    let mut seen = 0;
    let mut lower = f64::NAN;
    for run in runs {
        seen += run.count;
        if lower.is_nan() && seen > below {
            lower = run.value;
        }
        if seen > above {
            let share = place - below as f64;
            return if share == 0.0 {
                lower
            } else {
                lower + (run.value - lower) * share
            };
        }
    }
    lower
}

/// Bars over the finite values. Whole numbers whose values lie on a grid of at most sixty places
/// get one bar per place; otherwise the width follows Freedman and Diaconis (1981),
/// 2·IQR·n^(−1/3), between ten and sixty bars.
fn histogram(runs: &[Run], filled: u64, summary: &NumberSummary) -> Vec<HistogramBin> {
    let finite = |run: &&Run| run.value.is_finite();
    let (Some(first), Some(last)) = (runs.iter().find(finite), runs.iter().rev().find(finite))
    else {
        return Vec::new();
    };
    let range = last.value - first.value;
    if range == 0.0 {
        let count = runs.iter().filter(finite).map(|run| run.count).sum();
        return vec![HistogramBin {
            lower: first.value - 0.5,
            upper: first.value + 0.5,
            count,
        }];
    }
    let wanted = wanted_bins(range, filled, summary);
    let (lower, width, bins) = match whole_step(runs) {
        Some(step) => {
            let places = (range / step).round() + 1.0;
            let together = if places <= MOST_BINS as f64 {
                1.0
            } else {
                (places / wanted as f64).ceil()
            };
            let bins = (places / together).ceil() as usize;
            (first.value - step / 2.0, step * together, bins)
        }
        None => (first.value, range / wanted as f64, wanted),
    };
    fill_bins(runs, lower, width, bins)
}

fn wanted_bins(range: f64, filled: u64, summary: &NumberSummary) -> usize {
    let spread = summary.upper_quartile - summary.lower_quartile;
    let n = filled as f64;
    let bins = if spread > 0.0 && spread.is_finite() {
        range / (2.0 * spread / n.cbrt())
    } else {
        // Half of the values are equal: as many bars as Sturges (1926) gives.
        n.log2() + 1.0
    };
    (bins.ceil().min(MOST_BINS as f64) as usize).clamp(FEWEST_BINS, MOST_BINS)
}

/// Largest distance that all distances between whole numbers are multiples of.
fn whole_step(runs: &[Run]) -> Option<f64> {
    const EXACT: f64 = 9e15;
    let mut step = 0u64;
    let mut previous: Option<f64> = None;
    for run in runs {
        if run.value.fract() != 0.0 || run.value.abs() > EXACT {
            return None;
        }
        if let Some(previous) = previous
            && step != 1
        {
            step = greatest_common_divisor(step, (run.value - previous) as u64);
        }
        previous = Some(run.value);
    }
    (step > 0).then_some(step as f64)
}

fn fill_bins(runs: &[Run], lower: f64, width: f64, bins: usize) -> Vec<HistogramBin> {
    let mut filled: Vec<HistogramBin> = (0..bins)
        .map(|index| HistogramBin {
            lower: lower + width * index as f64,
            upper: lower + width * (index + 1) as f64,
            count: 0,
        })
        .collect();
    for run in runs.iter().filter(|run| run.value.is_finite()) {
        let index = (((run.value - lower) / width) as usize).min(bins.saturating_sub(1));
        if let Some(bin) = filled.get_mut(index) {
            bin.count += run.count;
        }
    }
    filled
}
