//! Ranges of a number and the histogram made of them.

use super::cells::RowMap;
use super::fields::{self, Groups, Numbers};
use super::stacked::{Along, Arrange, Colours, Counted, Slot, Stacked, count_rows};
use super::words::{self, Missing};
use crate::base::format::Figures;
use crate::base::{TaskContext, UserError};
use crate::data::Table;

/// Fewest and most bars.
const BINS: (f64, f64) = (10.0, 60.0);
/// Values looked at to choose the width of the bars.
const WIDTH_SAMPLE: usize = 200_000;

/// Ranges of equal width: range i holds `edges[i] ≤ v < edges[i + 1]`, the last one its upper
/// edge too.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    pub start: f64,
    pub width: f64,
    pub count: usize,
    /// Every range stands for one whole number, its middle.
    pub single: bool,
}

impl Bins {
    /// Width by the rule of Freedman and Diaconis ("On the histogram as a density estimator", 1981),
    /// 2 × interquartile range ÷ cube root of n, rounded to a nice number, 10 to 60 ranges.
    pub fn of(numbers: &Numbers, task: &TaskContext) -> Self {
        let (low, high) = (numbers.min, numbers.max);
        if !(low.is_finite() && high.is_finite()) {
            return Self::plain(0.0, 1.0, 1);
        }
        let span = high - low;
        if span <= low.abs().max(high.abs()) * 1e-12 {
            let width = if numbers.whole {
                1.0
            } else {
                (low.abs() * 0.1).max(1e-12)
            };
            return Self::plain(low - width / 2.0, width.max(low.abs() * 1e-12), 1);
        }
        if numbers.whole && span < BINS.1 {
            return Self {
                start: low - 0.5,
                width: 1.0,
                count: span as usize + 1,
                single: true,
            };
        }
        let width = nice_width(low, high, wanted_width(numbers, task), numbers.whole);
        let start = (low / width).floor() * width;
        let mut count = ((high - start) / width).floor() as usize + 1;
        // A largest value exactly on an edge belongs to the range below it.
        if count > 1 && start + width * (count - 1) as f64 >= high {
            count -= 1;
        }
        Self::plain(start, width, count.clamp(1, 200))
    }

    fn plain(start: f64, width: f64, count: usize) -> Self {
        Self {
            start,
            width,
            count,
            single: false,
        }
    }

    pub fn edge(&self, index: usize) -> f64 {
        self.start + self.width * index as f64
    }

    /// Range of a value, or `count` for what is not a number.
    pub fn index(&self, value: f64) -> usize {
        if value.is_nan() {
            return self.count;
        }
        let guess = ((value - self.start) / self.width).floor();
        let mut index = guess.clamp(0.0, (self.count - 1) as f64) as usize;
        // Division may round across an edge; the edges themselves decide.
        if index > 0 && value < self.edge(index) {
            index -= 1;
        } else if index + 1 < self.count && value >= self.edge(index + 1) {
            index += 1;
        }
        index
    }
}

fn wanted_width(numbers: &Numbers, task: &TaskContext) -> f64 {
    let mut sample = fields::sample(&numbers.values, WIDTH_SAMPLE);
    let spread =
        fields::box_of(&mut sample, task).map_or(0.0, |summary| summary.upper - summary.lower);
    let width = 2.0 * spread / (numbers.filled.max(1) as f64).cbrt();
    let span = numbers.max - numbers.min;
    if width > 0.0 { width } else { span / 30.0 }
}

/// The nice width nearest to the wanted one that gives 10 to 60 ranges.
fn nice_width(low: f64, high: f64, wanted: f64, whole: bool) -> f64 {
    let span = high - low;
    let wanted = wanted.clamp(span / BINS.1, span / BINS.0);
    let exponent = wanted.log10().floor();
    let mut best = (f64::INFINITY, wanted);
    for power in [exponent - 1.0, exponent, exponent + 1.0] {
        for digit in [1.0, 2.0, 2.5, 5.0] {
            let width = digit * 10_f64.powf(power);
            if whole && width.fract() != 0.0 {
                continue;
            }
            let count = (high / width).floor() - (low / width).floor() + 1.0;
            if !(BINS.0..=BINS.1).contains(&count) {
                continue;
            }
            let distance = (width / wanted).ln().abs();
            if distance < best.0 {
                best = (distance, width);
            }
        }
    }
    best.1
}

/// What a histogram says about itself.
pub struct Words {
    pub title: String,
    pub axis: String,
    /// Begins the description: "Histogram".
    pub kind: &'static str,
}

/// A histogram of numbers, stacked by colour, blanks as a hatched bar beyond a gap.
pub fn histogram(
    table: &Table,
    numbers: &Numbers,
    groups: Option<&Groups>,
    words: Words,
    task: &TaskContext,
) -> Result<Stacked, UserError> {
    let bins = Bins::of(numbers, task);
    let figures = numbers.figures;
    let mut slots = slots_of(&bins, figures);
    let mut domain = (bins.edge(0), bins.edge(bins.count));
    let mut extra_ticks = Vec::new();
    if numbers.blanks > 0 {
        // Wide enough to be seen, and beyond a gap so that it reads as no number.
        let width = bins.width * (bins.count as f64 / 24.0).max(1.0);
        let from = domain.1 + width;
        slots.push(Slot {
            span: (from, from + width),
            name: "Blank".to_owned(),
            hatched: true,
        });
        extra_ticks.push((from + width / 2.0, "blank".to_owned()));
        domain.1 = from + width * 1.5;
    }
    let air = (bins.edge(bins.count) - bins.edge(0)) * 0.01;
    domain = (domain.0 - air, domain.1 + air);
    let blank_slot = bins.count;
    let values = &numbers.values;
    task.progress(0, 0, "Counting rows");
    let Counted {
        codes,
        counts,
        rows,
        drawn,
    } = count_rows(
        RowMap::of(table),
        slots.len(),
        groups,
        |position| match values.get(position) {
            Some(value) if value.is_finite() => bins.index(*value),
            Some(value) if value.is_nan() => blank_slot,
            _ => usize::MAX,
        },
        task,
    )?;
    task.check()?;
    let mut filled: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let summary = fields::box_of(&mut filled, task).filter(|_| numbers.min < numbers.max);
    let description = description(&words, numbers, groups, summary.map(|s| s.median));
    Ok(Stacked {
        title: words.title,
        description,
        note: None,
        along: Along::Numbers(figures),
        along_title: words.axis,
        slots,
        colours: groups.map(Colours::of),
        arrange: Arrange::Stack,
        lying: false,
        numbers: false,
        domain,
        extra_ticks,
        summary,
        missing: missing(numbers),
        drawn,
        codes,
        counts,
        rows,
    })
}

fn missing(numbers: &Numbers) -> Missing {
    Missing {
        blank: numbers.blanks,
        infinite: numbers.infinite,
        blanks_drawn: true,
    }
}

fn slots_of(bins: &Bins, figures: Figures) -> Vec<Slot> {
    (0..bins.count)
        .map(|index| {
            let (low, high) = (bins.edge(index), bins.edge(index + 1));
            let name = if bins.single {
                figures.number((low + high) / 2.0, 6)
            } else {
                format!("{} to {}", figures.number(low, 5), figures.number(high, 5))
            };
            Slot {
                span: (low, high),
                name,
                hatched: false,
            }
        })
        .collect()
}

fn description(
    words: &Words,
    numbers: &Numbers,
    groups: Option<&Groups>,
    median: Option<f64>,
) -> String {
    let mut text = format!("{} of {}", words.kind, words.axis);
    if let Some(groups) = groups {
        text.push_str(&format!(
            ", coloured by {}",
            words::values_of(groups.distinct, &groups.title)
        ));
    }
    let drawn = numbers.filled + numbers.blanks;
    text.push_str(&format!(", {}", words::row_counts(drawn, missing(numbers))));
    if numbers.filled > 0 {
        text.push_str(&format!(
            ", from {} to {}",
            numbers.label(numbers.min),
            numbers.label(numbers.max)
        ));
    }
    if let Some(median) = median {
        text.push_str(&format!(", median {}", numbers.label(median)));
    }
    text
}
