//! What is different about some rows: every column of the selected rows against the rest.
//!
//! Numbers and times differ by the largest gap between their two cumulative shares (the
//! two-sample statistic of Kolmogorov and Smirnov), categories by half the sum of the absolute
//! differences of their shares (total variation). Both lie between 0 and 1 and mean the share of
//! one group that would have to move to look like the other.

use std::collections::BTreeMap;

use polars::prelude::Series;
use serde::Serialize;

use super::cells::Cells;
use super::{ColumnKind, Table, calendar};
use crate::base::format::{self, Figures};
use crate::base::{RowSet, TaskContext, UserError};

/// Rows of each side looked at; larger sides are thinned evenly. With so many, chance alone makes
/// differences of less than a hundredth, which are never called one.
const SAMPLE: usize = 50_000;
/// Bars of a number or time.
const BINS: usize = 9;
/// Whole numbers with at most this many values get one bar each.
const WHOLE_BARS: usize = 9;
/// Values of a category drawn.
const SHOWN_VALUES: usize = 3;
/// Categories with more values than this are names, not groups.
const MOST_VALUES: usize = 500;

/// How one column of the selected rows compares with the rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contrast {
    pub column: String,
    pub kind: ColumnKind,
    /// 0 the same, 1 no overlap.
    pub strength: f64,
    /// What chance alone often reaches with so few rows: five times in a hundred at most.
    pub noise: f64,
    pub bars: Vec<ContrastBar>,
    /// One sentence with both figures.
    pub sentence: String,
}

impl Contrast {
    /// Whether the difference is larger than what chance often makes.
    pub fn stands_out(&self) -> bool {
        self.strength > self.noise && self.strength >= 0.02
    }

    /// 0 to 4 for a row of four marks.
    pub fn level(&self) -> usize {
        match self.strength {
            _ if !self.stands_out() => 0,
            s if s < 0.1 => 1,
            s if s < 0.2 => 2,
            s if s < 0.35 => 3,
            _ => 4,
        }
    }
}

/// One value or range and its share of either side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContrastBar {
    pub label: String,
    /// Share of the selected rows, 0..=1.
    pub selected: f64,
    /// Share of the other rows.
    pub rest: f64,
}

/// Compares the selected rows with the others in every column, the largest difference first.
/// Columns of free text and those that are different on every row are left out.
///
/// Errors: a selection that leaves one side empty.
pub fn contrast(
    table: &Table,
    selected: &RowSet,
    task: &TaskContext,
) -> Result<Vec<Contrast>, UserError> {
    let mut rest = selected.clone();
    rest.invert();
    let sides = [selected, &rest].map(|rows| table.some_positions_in(rows, SAMPLE));
    task.check()?;
    if sides.iter().any(Vec::is_empty) {
        let why = if sides[0].is_empty() {
            "No row is selected"
        } else {
            "Every row is selected"
        };
        return Err(
            UserError::usage("nothing_to_compare", "There is nothing to compare", why)
                .with_hint("Select some of the rows"),
        );
    }
    let mut found = Vec::new();
    for (index, column) in table.schema().columns.iter().enumerate() {
        task.check()?;
        task.progress(
            index as u64,
            table.width() as u64,
            "Comparing the selected rows",
        );
        let Ok(values) = table.frame().column(&column.name) else {
            continue;
        };
        let series = values.as_materialized_series();
        let compared = match column.kind {
            ColumnKind::Number | ColumnKind::Time => measured(series, &sides, column.kind),
            ColumnKind::Category | ColumnKind::YesNo => grouped(series, &sides),
            ColumnKind::Text => None,
        };
        if let Some(compared) = compared {
            found.push(Contrast {
                column: column.name.clone(),
                kind: column.kind,
                strength: compared.strength,
                noise: compared.noise,
                bars: compared.bars,
                sentence: compared.sentence,
            });
        }
    }
    // Stable: equal ones stay in the order of the table.
    found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    Ok(found)
}

struct Compared {
    strength: f64,
    noise: f64,
    bars: Vec<ContrastBar>,
    sentence: String,
}

// ---- numbers and times ----

fn measured(series: &Series, sides: &[Vec<usize>; 2], kind: ColumnKind) -> Option<Compared> {
    let cells = Cells::of(series);
    let read = |positions: &[usize]| -> Vec<f64> {
        let mut values: Vec<f64> = positions
            .iter()
            .filter_map(|&position| figure(&cells, position))
            .collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let [selected, rest] = [read(&sides[0]), read(&sides[1])];
    let (first, last) = (
        selected.first()?.min(*rest.first()?),
        selected.last()?.max(*rest.last()?),
    );
    if first == last {
        return None;
    }
    let whole = selected
        .iter()
        .chain(&rest)
        .all(|value| value.fract() == 0.0);
    let figures = Figures::of(series.name(), first, last, whole);
    let show = |value: f64| match kind {
        ColumnKind::Time => calendar_day(value),
        _ => figures.number(value, 3),
    };
    let sentence = format!(
        "Half of the selected rows are above {}, half of the others above {}",
        show(median(&selected)),
        show(median(&rest))
    );
    Some(Compared {
        strength: largest_gap(&selected, &rest),
        // The 5 % limit of the two-sample statistic for large samples.
        noise: 1.36 * (1.0 / selected.len() as f64 + 1.0 / rest.len() as f64).sqrt(),
        bars: number_bars(&selected, &rest, whole, &show),
        sentence,
    })
}

/// A cell as a number; times in seconds.
fn figure(cells: &Cells, position: usize) -> Option<f64> {
    let value = match cells {
        Cells::Whole(values) => values.get(position).map(|value| value as f64),
        Cells::Unsigned(values) => values.get(position).map(|value| value as f64),
        Cells::Number(values) => values.get(position),
        Cells::Single(values) => values.get(position).map(f64::from),
        Cells::Date(values) => values.get(position).map(|days| f64::from(days) * 86_400.0),
        Cells::Moment(values) => values.get(position).map(|moment| moment as f64 / 1e6),
        Cells::YesNo(_) | Cells::Text(_) | Cells::Other(_) => None,
    };
    value.filter(|value| value.is_finite())
}

fn calendar_day(seconds: f64) -> String {
    let mut text = String::new();
    calendar::write_date((seconds / 86_400.0).floor() as i64, &mut text);
    text
}

fn median(sorted: &[f64]) -> f64 {
    quantile(sorted, 0.5)
}

/// The value at a share of a sorted list, straight between neighbours.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let below = sorted
        .get(place.floor() as usize)
        .copied()
        .unwrap_or(f64::NAN);
    let above = sorted.get(place.ceil() as usize).copied().unwrap_or(below);
    below + (above - below) * place.fract()
}

/// Largest difference between two cumulative shares. Both lists are sorted.
fn largest_gap(a: &[f64], b: &[f64]) -> f64 {
    let (mut i, mut j, mut gap) = (0, 0, 0.0_f64);
    while let (Some(&x), Some(&y)) = (a.get(i), b.get(j)) {
        let value = x.min(y);
        while a.get(i).is_some_and(|&x| x <= value) {
            i += 1;
        }
        while b.get(j).is_some_and(|&y| y <= value) {
            j += 1;
        }
        gap = gap.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    gap
}

fn number_bars(
    selected: &[f64],
    rest: &[f64],
    whole: bool,
    show: &dyn Fn(f64) -> String,
) -> Vec<ContrastBar> {
    let (low, high) = bounds(selected, rest);
    let (low, high) = if whole {
        (low.floor(), high.ceil())
    } else {
        (low, high)
    };
    let values = high - low + 1.0;
    let (start, width, count) = if whole && values <= WHOLE_BARS as f64 {
        (low - 0.5, 1.0, values.max(1.0) as usize)
    } else if whole {
        // Bars of whole numbers begin at whole numbers.
        let width = (values / BINS as f64).ceil();
        (low, width, (values / width).ceil() as usize)
    } else {
        (low, (high - low) / BINS as f64, BINS)
    };
    if width <= 0.0 {
        return Vec::new();
    }
    let shares = |sorted: &[f64]| -> Vec<f64> {
        let mut counts = vec![0_u64; count];
        for value in sorted {
            // What lies beyond the ends belongs to the outermost bars.
            let bin = (((value - start) / width).floor().max(0.0) as usize).min(count - 1);
            if let Some(bin) = counts.get_mut(bin) {
                *bin += 1;
            }
        }
        counts
            .iter()
            .map(|&n| n as f64 / sorted.len() as f64)
            .collect()
    };
    let one_each = whole && start < low;
    shares(selected)
        .into_iter()
        .zip(shares(rest))
        .enumerate()
        .map(|(index, (selected, rest))| {
            let from = start + index as f64 * width;
            let label = if one_each {
                show(from + 0.5)
            } else {
                show(from)
            };
            ContrastBar {
                label,
                selected,
                rest,
            }
        })
        .collect()
}

/// Where most values of both sides lie: a few far ones do not flatten the picture.
fn bounds(selected: &[f64], rest: &[f64]) -> (f64, f64) {
    let low = quantile(selected, 0.01).min(quantile(rest, 0.01));
    let high = quantile(selected, 0.99).max(quantile(rest, 0.99));
    if low < high {
        return (low, high);
    }
    let ends = |sorted: &[f64]| (sorted.first().copied(), sorted.last().copied());
    let ((a, b), (c, d)) = (ends(selected), ends(rest));
    (
        a.into_iter().chain(c).fold(low, f64::min),
        b.into_iter().chain(d).fold(high, f64::max),
    )
}

// ---- categories ----

fn grouped(series: &Series, sides: &[Vec<usize>; 2]) -> Option<Compared> {
    let cells = Cells::of(series);
    let mut counts: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    let mut text = String::new();
    for (side, positions) in sides.iter().enumerate() {
        for &position in positions {
            text.clear();
            let filled = cells.write(position, &mut text);
            let name = if filled { text.as_str() } else { "(blank)" };
            if let Some(pair) = counts.get_mut(name) {
                pair[side] += 1;
                continue;
            }
            if counts.len() >= MOST_VALUES {
                return None;
            }
            let mut pair = [0, 0];
            pair[side] = 1;
            counts.insert(name.to_owned(), pair);
        }
    }
    if counts.len() < 2 {
        return None;
    }
    let totals = [sides[0].len() as f64, sides[1].len() as f64];
    let mut bars: Vec<ContrastBar> = counts
        .into_iter()
        .map(|(label, [a, b])| ContrastBar {
            label,
            selected: a as f64 / totals[0],
            rest: b as f64 / totals[1],
        })
        .collect();
    let strength = bars
        .iter()
        .map(|bar| (bar.selected - bar.rest).abs())
        .sum::<f64>()
        / 2.0;
    let noise = chance_variation(&bars, totals);
    bars.sort_by(|a, b| {
        (b.selected - b.rest)
            .abs()
            .total_cmp(&(a.selected - a.rest).abs())
    });
    // Of two values the second mirrors the first: show the one that the selected rows have more of.
    if bars.len() == 2 {
        bars.sort_by(|a, b| (b.selected - b.rest).total_cmp(&(a.selected - a.rest)));
        bars.truncate(1);
    }
    bars.truncate(SHOWN_VALUES);
    let sentence = bars.first().map_or_else(String::new, |bar| {
        format!(
            "{} of the selected rows are {}, {} of the others",
            format::share(bar.selected),
            bar.label,
            format::share(bar.rest)
        )
    });
    Some(Compared {
        strength,
        noise,
        bars,
        sentence,
    })
}

/// Total variation that two samples of one distribution seldom exceed: each share is about normal
/// around the common one, so that its absolute difference has mean √(2/π)·s; for two values the
/// limit is the usual 1.96·s.
fn chance_variation(bars: &[ContrastBar], totals: [f64; 2]) -> f64 {
    let all = totals[0] + totals[1];
    let mut mean = 0.0;
    let mut variance = 0.0;
    for bar in bars {
        let common = (bar.selected * totals[0] + bar.rest * totals[1]) / all;
        let spread = common * (1.0 - common) * (1.0 / totals[0] + 1.0 / totals[1]);
        mean += 0.5 * (2.0 / std::f64::consts::PI * spread).sqrt();
        variance += 0.25 * (1.0 - 2.0 / std::f64::consts::PI) * spread;
    }
    mean + 2.73 * variance.sqrt()
}
