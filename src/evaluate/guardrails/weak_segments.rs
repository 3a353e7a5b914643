//! G24: rows of one kind that the model gets wrong clearly more often.
//!
//! Every column is cut into at most four parts; every part, and every pair of parts of two
//! columns, is a segment. The worst one is told.

use super::{Guardrail, Outcome};
use crate::base::{RowSet, Severity, TaskContext, UserError, format};
use crate::data::Table;
use crate::evaluate::cross_validation::OutOfFold;
use crate::evaluate::finding::{Action, Finding, RowsSeen};
use crate::evaluate::metrics::most_likely;
use crate::learn::Target;
use crate::learn::matrix::{BLANK, TargetValues, target_values};

pub struct WeakSegments;

impl Guardrail for WeakSegments {
    fn id(&self) -> &'static str {
        "G24"
    }

    fn name(&self) -> &'static str {
        "Weak segments"
    }

    fn checked(&self) -> &'static str {
        "Errors of rows a model never saw, in quarters and frequent values of every column and pair of columns; tells the worst with at least 5 % of the rows, 50 rows and 1.5 times the error, 5 standard errors above the average."
    }

    fn after(&self, outcome: &Outcome<'_>, task: &TaskContext) -> Result<Vec<Finding>, UserError> {
        let (Some(model), Some(table)) = (outcome.model(), outcome.table) else {
            return Ok(Vec::new());
        };
        let Some((positions, losses)) = losses(table, &model.out_of_fold) else {
            return Ok(Vec::new());
        };
        let rows = table.take(&positions)?;
        let mut cuts = Vec::new();
        for name in outcome.features.iter().take(COLUMNS) {
            task.check()?;
            if let Ok(values) = target_values(&rows, name, task) {
                cuts.extend(Cut::of(name, &values));
            }
        }
        let Some(Worst {
            segment: worst,
            sentence,
            inside,
        }) = worst(&cuts, &losses, task)?
        else {
            return Ok(Vec::new());
        };
        let ids = inside.iter().map(|&at| rows.row_id(at) as usize);
        let seen = RowsSeen::new(
            RowSet::from_rows(table.source_rows(), ids),
            sentence.clone(),
        );
        let wrong = if model.task.is_classes() {
            "Wrong"
        } else {
            "Off by"
        };
        let finding = Finding::new(
            ("G24", "weak_segment"),
            Severity::Note,
            format!(
                "{wrong} {} times as {} as on average for {sentence} ({}).",
                format::number(worst.ratio, 2),
                if model.task.is_classes() {
                    "often"
                } else {
                    "much"
                },
                format::counted(worst.rows, "row")
            ),
            "The score of the whole hides it.",
            "Look at these rows; a column may be missing that tells them apart",
        );
        Ok(vec![
            finding.offering([Action::Checked]).seen_in(Some(seen)),
        ])
    }
}

const ROWS: u64 = 50;
const SHARE: f64 = 0.05;
const RATIO: f64 = 1.5;
/// Standard errors above the average: high, because thousands of segments are tried.
const STANDARD_ERRORS: f64 = 5.0;
/// Columns that are looked at.
const COLUMNS: usize = 40;
/// Rows that are looked at, the first checked ones.
const LOOKED_AT: usize = 50_000;
const PARTS: usize = 4;

/// Positions of the checked rows and how wrong each was: 0 or 1, or the size of the error.
fn losses(table: &Table, checked: &OutOfFold) -> Option<(Vec<usize>, Vec<f64>)> {
    let mut place = vec![usize::MAX; table.source_rows()];
    for position in 0..table.rows() {
        if let Some(place) = place.get_mut(table.row_id(position) as usize) {
            *place = position;
        }
    }
    let predicted = checked.predicted.chunks_exact(checked.outputs.max(1));
    let mut positions = Vec::new();
    let mut losses = Vec::new();
    for (index, (row, guess)) in checked
        .rows
        .iter()
        .zip(predicted)
        .enumerate()
        .take(LOOKED_AT)
    {
        let position = place
            .get(*row as usize)
            .copied()
            .filter(|place| *place != usize::MAX)?;
        let loss = match &checked.truth {
            Target::Classes { codes, .. } => f64::from(u8::from(
                codes.get(index).map(|&code| code as usize) != Some(most_likely(guess)),
            )),
            Target::Numbers(values) => (values.get(index)? - guess.first()?).abs(),
        };
        positions.push(position);
        losses.push(loss);
    }
    Some((positions, losses))
}

/// A column in a few parts.
struct Cut {
    /// How each part is told.
    parts: Vec<String>,
    /// Part of every row; [`NO_PART`] belongs to none.
    of: Vec<u8>,
}

const NO_PART: u8 = u8::MAX;

impl Cut {
    fn of(name: &str, values: &TargetValues) -> Option<Self> {
        match values {
            TargetValues::Numbers(values) => Self::of_numbers(name, values),
            TargetValues::Texts { codes, names } => Self::of_texts(name, codes, names),
        }
    }

    fn of_numbers(name: &str, values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values
            .iter()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        sorted.sort_by(f64::total_cmp);
        let mut edges: Vec<f64> = (1..PARTS)
            .filter_map(|part| sorted.get(part * sorted.len() / PARTS).copied())
            .collect();
        edges.dedup();
        edges.retain(|edge| sorted.first() != Some(edge));
        if edges.is_empty() {
            return None;
        }
        let figure = |value: f64| format::number(value, 3);
        let mut parts = Vec::with_capacity(edges.len() + 1);
        for part in 0..=edges.len() {
            let low = part.checked_sub(1).and_then(|at| edges.get(at));
            parts.push(match (low, edges.get(part)) {
                (None, Some(high)) => format!("{name} below {}", figure(*high)),
                (Some(low), Some(high)) => {
                    format!("{name} from {} to {}", figure(*low), figure(*high))
                }
                (Some(low), None) => format!("{name} from {}", figure(*low)),
                (None, None) => name.to_owned(),
            });
        }
        let of = values
            .iter()
            .map(|value| match value.is_finite() {
                true => edges.partition_point(|edge| edge <= value) as u8,
                false => NO_PART,
            })
            .collect();
        Some(Self { parts, of })
    }

    /// The most frequent values, one part each.
    fn of_texts(name: &str, codes: &[u32], names: &[String]) -> Option<Self> {
        let mut counts = vec![0u64; names.len()];
        for &code in codes.iter().filter(|&&code| code != BLANK) {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        }
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|&code| (std::cmp::Reverse(counts.get(code).copied()), code));
        order.truncate(PARTS);
        if order.len() < 2 {
            return None;
        }
        let mut part_of = vec![NO_PART; names.len()];
        let mut parts = Vec::new();
        for (part, &code) in order.iter().enumerate() {
            if let (Some(place), Some(text)) = (part_of.get_mut(code), names.get(code)) {
                *place = part as u8;
                parts.push(format!("{name} = {}", format::shorten(text, 30)));
            }
        }
        let of = codes
            .iter()
            .map(|&code| part_of.get(code as usize).copied().unwrap_or(NO_PART))
            .collect();
        Some(Self { parts, of })
    }
}

#[derive(Clone, Copy)]
struct Segment {
    rows: u64,
    ratio: f64,
    /// Standard errors above the average.
    above: f64,
}

/// The segment furthest above the average, with its words; a single column where a pair adds nothing.
fn worst(cuts: &[Cut], losses: &[f64], task: &TaskContext) -> Result<Option<Worst>, UserError> {
    let rows = losses.len() as f64;
    let mean = losses.iter().sum::<f64>() / rows.max(1.0);
    let spread = losses.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>() / rows.max(1.0);
    if mean <= 0.0 || spread <= 0.0 {
        return Ok(None);
    }
    let judge = |sum: f64, count: f64| {
        let own = sum / count;
        let segment = Segment {
            rows: count as u64,
            ratio: own / mean,
            above: (own - mean) / (spread / count).sqrt(),
        };
        let large = segment.rows >= ROWS && count >= SHARE * rows;
        (large && segment.ratio >= RATIO && segment.above >= STANDARD_ERRORS).then_some(segment)
    };
    // The segment, its two cuts and its place in their parts.
    let mut best: Option<(Segment, usize, usize, usize)> = None;
    let better = |segment: &Segment, best: &Option<(Segment, usize, usize, usize)>| {
        best.as_ref()
            .is_none_or(|(known, ..)| segment.above > known.above)
    };
    for (at, first) in cuts.iter().enumerate() {
        task.check()?;
        for (with, second) in cuts.iter().enumerate().skip(at) {
            let width = second.parts.len();
            let mut sums = vec![(0.0, 0.0); first.parts.len() * width];
            for ((a, b), loss) in first.of.iter().zip(&second.of).zip(losses) {
                if *a == NO_PART || *b == NO_PART {
                    continue;
                }
                if let Some(sum) = sums.get_mut(usize::from(*a) * width + usize::from(*b)) {
                    sum.0 += loss;
                    sum.1 += 1.0;
                }
            }
            for (place, &(sum, count)) in sums.iter().enumerate().filter(|(_, sum)| sum.1 > 0.0) {
                let Some(segment) = judge(sum, count).filter(|segment| better(segment, &best))
                else {
                    continue;
                };
                best = Some((segment, at, with, place));
            }
        }
    }
    Ok(best.and_then(|(segment, first, second, place)| {
        Worst::of(
            segment,
            (cuts.get(first)?, cuts.get(second)?),
            first == second,
            place,
        )
    }))
}

/// The worst segment in words, and which of the rows looked at it holds.
struct Worst {
    segment: Segment,
    sentence: String,
    inside: Vec<usize>,
}

impl Worst {
    fn of(segment: Segment, (a, b): (&Cut, &Cut), single: bool, place: usize) -> Option<Self> {
        let width = b.parts.len();
        let (of_a, of_b) = (place / width.max(1), place % width.max(1));
        let sentence = match single {
            true => a.parts.get(of_a)?.clone(),
            false => format!("{} and {}", a.parts.get(of_a)?, b.parts.get(of_b)?),
        };
        let both = a.of.iter().zip(&b.of).enumerate();
        let inside = both
            .filter(|(_, (a, b))| usize::from(**a) == of_a && usize::from(**b) == of_b)
            .map(|(at, _)| at)
            .collect();
        Some(Self {
            segment,
            sentence,
            inside,
        })
    }
}
