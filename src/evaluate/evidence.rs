//! What the guardrails look at before training, computed once: columns of a bounded sample, how
//! well each column predicts on its own, and copies of rows.

use std::collections::HashMap;

use super::preflight::FeatureChoice;
use super::split::{make_folds, mix};
use crate::base::{RowSet, TaskContext, UserError};
use crate::data::{ColumnKind, ColumnProfile, Table};
use crate::learn::engine::cart::{self, CartOptions};
use crate::learn::matrix::{BLANK, TargetValues, target_values};
use crate::learn::{Matrix, Target, Task};

/// Rows the columns are looked at in, drawn evenly from larger tables.
pub const SAMPLE_ROWS: usize = 10_000;
/// Rows in which copies are counted: the first ones of larger tables.
pub const COPY_ROWS: usize = 300_000;
/// Cells that are looked at: wide tables are looked at in fewer rows.
const SAMPLE_CELLS: usize = 1_000_000;
const FEWEST_SAMPLE_ROWS: usize = 1_000;
/// Rows below which a column's own score is chance.
const FEWEST_SCORED: usize = 30;
const FOLDS: usize = 3;
const SEED: u64 = 1;
/// Texts with more different values than this share of the rows say nothing twice.
const REPEATED: f64 = 0.5;
/// Classes whose areas under the curve are averaged: the most common ones.
const SCORED_CLASSES: usize = 10;

/// One column in the rows looked at.
pub struct Fact {
    pub name: String,
    pub kind: ColumnKind,
    /// Numbers, or codes of texts; parallel to [`Evidence::answers`].
    pub values: TargetValues,
    /// How well it predicts alone: the area under the ROC curve, or R². None where it says nothing.
    pub alone: Option<f64>,
}

impl Fact {
    pub fn numbers(&self) -> Option<&[f64]> {
        match &self.values {
            TargetValues::Numbers(values) if self.kind == ColumnKind::Number => Some(values),
            _ => None,
        }
    }

    /// Every value as a number that is equal where the values are; NaN is blank.
    pub fn labels(&self) -> Vec<f64> {
        match &self.values {
            TargetValues::Numbers(values) => values.clone(),
            TargetValues::Texts { codes, .. } => codes
                .iter()
                .map(|&code| {
                    if code == BLANK {
                        f64::NAN
                    } else {
                        f64::from(code)
                    }
                })
                .collect(),
        }
    }
}

/// Copies of rows, counted exactly in the rows looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    pub rows: u64,
    /// Columns compared.
    pub columns: u64,
    /// Rows that repeat an earlier one, answer included.
    pub copies: u64,
    /// Rows whose inputs occur with several answers.
    pub conflicting: u64,
    /// Rows a model can get right at best.
    pub best: u64,
    /// Whether the inputs have so few combinations that copies are to be expected.
    pub expected: bool,
    /// Ids of the rows counted in [`Copies::copies`].
    pub copied_rows: RowSet,
    /// Ids of the rows counted in [`Copies::conflicting`].
    pub conflicting_rows: RowSet,
}

/// A stretch of the file whose answers differ most from those of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Positions in the table, from 1.
    pub first: u64,
    pub last: u64,
    /// Ids.
    pub rows: RowSet,
}

pub struct Evidence<'a> {
    pub target: &'a str,
    pub task: &'a Task,
    pub class_counts: &'a [u64],
    /// Rows with an answer.
    pub rows: u64,
    pub profiles: &'a [ColumnProfile],
    pub features: &'a [FeatureChoice],
    /// Every column but the target, in the rows looked at.
    pub facts: Vec<Fact>,
    /// Class indices or numbers of the rows looked at.
    pub answers: Vec<f64>,
    /// How well the position in the file predicts.
    pub order: Option<f64>,
    /// Where the order shows most.
    pub stretch: Option<Stretch>,
    pub copies: Copies,
}

impl Evidence<'_> {
    pub fn profile(&self, column: &str) -> Option<&ColumnProfile> {
        self.profiles.iter().find(|profile| profile.name == column)
    }

    pub fn is_name_tag(&self, column: &str) -> bool {
        self.profile(column)
            .is_some_and(|profile| profile.name_tag.is_some())
            || self.features.iter().any(|feature| {
                feature.name == column
                    && feature
                        .reason
                        .as_deref()
                        .is_some_and(|why| why.starts_with("A name tag"))
            })
    }

    pub fn ticked(&self) -> u64 {
        self.features
            .iter()
            .filter(|feature| feature.ticked)
            .count() as u64
    }

    /// What a column's own score is called, with its figure: "AUC 0.97".
    pub fn score_words(&self, score: f64) -> String {
        let name = if self.task.is_classes() { "AUC" } else { "R²" };
        // Cut rather than rounded, so that 0.996 is not called perfect.
        format!(
            "{name} {}",
            crate::base::format::fixed((score * 1000.0).floor() / 1000.0, 3)
        )
    }

    /// Which rows the columns were looked at in, as the end of a sentence.
    pub fn where_looked(&self) -> String {
        if (self.answers.len() as u64) < self.rows {
            format!(
                "in {} drawn evenly from {}",
                crate::base::format::counted(self.answers.len() as u64, "row"),
                crate::base::format::count(self.rows)
            )
        } else {
            "in every row with an answer".to_owned()
        }
    }
}

/// What is known of the table already.
pub struct Known<'a> {
    pub target: &'a str,
    pub task: &'a Task,
    pub class_counts: &'a [u64],
    pub rows: u64,
    pub profiles: &'a [ColumnProfile],
    pub features: &'a [FeatureChoice],
}

/// Reads, scores and counts. Asks `task` for cancel between columns.
pub fn gather<'a>(
    table: &Table,
    known: &Known<'a>,
    task: &TaskContext,
) -> Result<Evidence<'a>, UserError> {
    let all = answers_of(table, known, task)?;
    let answered: Vec<usize> = (0..all.len())
        .filter(|&row| answer(&all, row).is_finite())
        .collect();
    let columns = known.features.len().max(1);
    let limit = (SAMPLE_CELLS / columns).clamp(FEWEST_SAMPLE_ROWS, SAMPLE_ROWS);
    let positions = evenly(&answered, limit);
    let sample = table.take(&positions)?;
    let answers: Vec<f64> = positions.iter().map(|&row| answer(&all, row)).collect();
    let scorer = Scorer::new(&answers, known.task)?;
    let mut facts = Vec::with_capacity(columns);
    for (done, feature) in known.features.iter().enumerate() {
        task.check()?;
        task.progress(
            done as u64,
            columns as u64,
            "Looking for answers in disguise",
        );
        let Some(column) = sample.schema().get(&feature.name) else {
            continue;
        };
        let kind = column.kind;
        // A column nothing can be learned from has nothing to guard against either.
        let Ok(values) = target_values(&sample, &feature.name, task) else {
            task.check()?;
            continue;
        };
        let alone = match &scorer {
            Some(scorer) if kind != ColumnKind::Time => scorer.score(&values, task)?,
            _ => None,
        };
        facts.push(Fact {
            name: feature.name.clone(),
            kind,
            values,
            alone,
        });
    }
    let order: Vec<f64> = positions.iter().map(|&row| row as f64).collect();
    let order = match &scorer {
        Some(scorer) => scorer.score(&TargetValues::Numbers(order), task)?,
        None => None,
    };
    let stretch = stretch_of(table, &positions, &answers, known.task.is_classes());
    Ok(Evidence {
        stretch,
        target: known.target,
        task: known.task,
        class_counts: known.class_counts,
        rows: known.rows,
        profiles: known.profiles,
        features: known.features,
        copies: copies(table, known, &all, task)?,
        facts,
        answers,
        order,
    })
}

fn answer(all: &[f64], row: usize) -> f64 {
    all.get(row).copied().unwrap_or(f64::NAN)
}

/// At most `limit` of the rows, evenly spread, in order.
fn evenly(rows: &[usize], limit: usize) -> Vec<usize> {
    if rows.len() <= limit {
        return rows.to_vec();
    }
    (0..limit)
        .filter_map(|place| rows.get(place * rows.len() / limit).copied())
        .collect()
}

/// Class index or number per row; NaN is blank.
fn answers_of(table: &Table, known: &Known<'_>, task: &TaskContext) -> Result<Vec<f64>, UserError> {
    let values = target_values(table, known.target, task)?;
    let Task::Classes { names } = known.task else {
        return Ok(match values {
            TargetValues::Numbers(values) => values,
            TargetValues::Texts { codes, .. } => vec![f64::NAN; codes.len()],
        });
    };
    let place = |name: &str| {
        names
            .iter()
            .position(|known| known == name)
            .map_or(f64::NAN, |place| place as f64)
    };
    Ok(match values {
        TargetValues::Texts { codes, names: seen } => {
            let places: Vec<f64> = seen.iter().map(|name| place(name)).collect();
            codes
                .iter()
                .map(|&code| places.get(code as usize).copied().unwrap_or(f64::NAN))
                .collect()
        }
        TargetValues::Numbers(values) => {
            let yes_no = names.iter().any(|name| name.parse::<f64>().is_err());
            values
                .into_iter()
                .map(|value| match value {
                    _ if value.is_nan() => value,
                    _ if yes_no => value,
                    _ => names
                        .iter()
                        .position(|name| name.parse() == Ok(value))
                        .map_or(f64::NAN, |place| place as f64),
                })
                .collect()
        }
    })
}

/// Scores single columns against the answers over the same folds.
struct Scorer {
    target: Target,
    /// Fold of every row.
    folds: Vec<u16>,
    count: usize,
    /// Numbers per prediction.
    outputs: usize,
}

impl Scorer {
    /// None where there are too few rows to say anything.
    fn new(answers: &[f64], task: &Task) -> Result<Option<Self>, UserError> {
        if answers.len() < FEWEST_SCORED {
            return Ok(None);
        }
        let (target, outputs) = match task {
            Task::Classes { names } => (
                Target::Classes {
                    codes: answers.iter().map(|&code| code as u32).collect(),
                    count: names.len(),
                },
                names.len(),
            ),
            Task::Number => (Target::Numbers(answers.to_vec()), 1),
        };
        let rows: Vec<u32> = (0..answers.len() as u32).collect();
        let folds = make_folds(&target, &rows, FOLDS, SEED)?;
        Ok(Some(Self {
            target,
            folds: folds.assignment,
            count: folds.count,
            outputs,
        }))
    }

    fn score(&self, values: &TargetValues, task: &TaskContext) -> Result<Option<f64>, UserError> {
        let mut predicted = vec![0.0; self.folds.len() * self.outputs];
        for fold in 0..self.count {
            task.check()?;
            match values {
                TargetValues::Numbers(values) => {
                    if !self.by_tree(values, fold, &mut predicted, task)? {
                        return Ok(None);
                    }
                }
                TargetValues::Texts { codes, names } => {
                    if names.len() < 2 || names.len() as f64 > REPEATED * codes.len() as f64 {
                        return Ok(None);
                    }
                    self.by_category(codes, names.len(), fold, &mut predicted);
                }
            }
        }
        Ok(match &self.target {
            Target::Numbers(truth) => r_squared(truth, &predicted),
            Target::Classes { codes, count } => mean_area(codes, *count, &predicted),
        })
    }

    fn positions(&self, fold: usize, checked: bool) -> Vec<usize> {
        self.folds
            .iter()
            .enumerate()
            .filter(|(_, of)| (usize::from(**of) == fold) == checked)
            .map(|(row, _)| row)
            .collect()
    }

    /// A small tree of our own engine. False where the column has one value.
    fn by_tree(
        &self,
        values: &[f64],
        fold: usize,
        predicted: &mut [f64],
        task: &TaskContext,
    ) -> Result<bool, UserError> {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (Some(lowest), Some(highest)) = (finite().reduce(f64::min), finite().reduce(f64::max))
        else {
            return Ok(false);
        };
        let blanks = values.iter().any(|value| !value.is_finite());
        if lowest == highest && !blanks {
            return Ok(false);
        }
        // Blank goes below every value: that a value is missing may tell the answer too.
        let below = lowest - (highest - lowest).max(1.0);
        let matrix = |rows: &[usize]| {
            let cells = rows.iter().map(|&row| match values.get(row) {
                Some(value) if value.is_finite() => *value,
                _ => below,
            });
            Matrix::new(rows.len(), 1, cells.collect())
        };
        let practice = self.positions(fold, false);
        let check = self.positions(fold, true);
        let smallest = (practice.len() / 200).max(3);
        let options = CartOptions {
            max_depth: 7,
            min_rows_leaf: smallest,
            min_rows_split: 2 * smallest,
            prune: 0.0,
        };
        let grown = cart::grow(
            &matrix(&practice)?,
            &part(&self.target, &practice),
            &options,
            task,
        )?;
        let found = grown.tree.predict(&matrix(&check)?, task)?;
        for (row, values) in check.iter().zip(found.chunks_exact(self.outputs)) {
            let start = row * self.outputs;
            if let Some(place) = predicted.get_mut(start..start + self.outputs) {
                place.copy_from_slice(values);
            }
        }
        Ok(true)
    }

    /// The mean answer of the rows with the same text, drawn towards the mean of all by one row.
    fn by_category(&self, codes: &[u32], names: usize, fold: usize, predicted: &mut [f64]) {
        let width = self.outputs;
        // The last place is that of blanks.
        let place = |row: usize| match codes.get(row) {
            Some(&code) if code != BLANK => code as usize,
            _ => names,
        };
        let mut sums = vec![0.0; (names + 1) * width];
        let mut counts = vec![0.0; names + 1];
        let mut total = vec![0.0; width];
        let practice = self.positions(fold, false);
        for &row in &practice {
            let (at, value) = match &self.target {
                Target::Numbers(values) => (0, values.get(row).copied().unwrap_or(0.0)),
                Target::Classes { codes, .. } => {
                    (codes.get(row).map_or(0, |&code| code as usize), 1.0)
                }
            };
            if let Some(sum) = sums.get_mut(place(row) * width + at) {
                *sum += value;
            }
            if let Some(sum) = total.get_mut(at) {
                *sum += value;
            }
            if let Some(count) = counts.get_mut(place(row)) {
                *count += 1.0;
            }
        }
        let all = practice.len().max(1) as f64;
        for row in self.positions(fold, true) {
            let count = counts.get(place(row)).copied().unwrap_or(0.0);
            for at in 0..width {
                let prior = total.get(at).copied().unwrap_or(0.0) / all;
                let sum = sums.get(place(row) * width + at).copied().unwrap_or(0.0);
                if let Some(value) = predicted.get_mut(row * width + at) {
                    *value = (sum + prior) / (count + 1.0);
                }
            }
        }
    }
}

fn part(target: &Target, rows: &[usize]) -> Target {
    match target {
        Target::Numbers(values) => Target::Numbers(
            rows.iter()
                .filter_map(|&row| values.get(row).copied())
                .collect(),
        ),
        Target::Classes { codes, count } => Target::Classes {
            codes: rows
                .iter()
                .filter_map(|&row| codes.get(row).copied())
                .collect(),
            count: *count,
        },
    }
}

/// 1 − residual / total sum of squares; None where all answers are equal.
fn r_squared(truth: &[f64], predicted: &[f64]) -> Option<f64> {
    let mean = truth.iter().sum::<f64>() / truth.len().max(1) as f64;
    let total: f64 = truth.iter().map(|value| (value - mean).powi(2)).sum();
    let rest: f64 = truth
        .iter()
        .zip(predicted)
        .map(|(value, guess)| (value - guess).powi(2))
        .sum();
    (total > 0.0).then_some(1.0 - rest / total)
}

/// Mean area under the ROC curve of each class against the others, the most common classes only.
fn mean_area(codes: &[u32], count: usize, predicted: &[f64]) -> Option<f64> {
    let mut sizes: Vec<(usize, usize)> = (0..count)
        .map(|class| {
            (
                codes.iter().filter(|&&code| code as usize == class).count(),
                class,
            )
        })
        .filter(|(size, _)| *size > 0)
        .collect();
    if sizes.len() < 2 {
        return None;
    }
    sizes.sort_by_key(|&(size, class)| (std::cmp::Reverse(size), class));
    sizes.truncate(SCORED_CLASSES);
    let areas: Vec<f64> = sizes
        .iter()
        .map(|&(_, class)| {
            let scores = predicted
                .chunks_exact(count)
                .filter_map(|row| row.get(class).copied());
            area(
                scores
                    .zip(codes.iter().map(|&code| code as usize == class))
                    .collect(),
            )
        })
        .collect();
    Some(areas.iter().sum::<f64>() / areas.len() as f64)
}

/// Share of pairs of one row of the class and one other that are in the right order; ties count
/// half (Mann and Whitney 1947).
fn area(mut scored: Vec<(f64, bool)>) -> f64 {
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut wins) = (0.0, 0.0);
    let mut rest = scored.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.partition_point(|row| row.0 <= first.0).max(1);
        let (tied, others) = rest.split_at(same);
        let of_class = tied.iter().filter(|row| row.1).count() as f64;
        let not = tied.len() as f64 - of_class;
        wins += of_class * (below + not / 2.0);
        below += not;
        rest = others;
    }
    let of_class = scored.iter().filter(|row| row.1).count() as f64;
    let pairs = of_class * below;
    if pairs > 0.0 { wins / pairs } else { 0.5 }
}

/// Combinations of inputs per row from which on a copy is no longer to be expected.
const COMBINATIONS_PER_ROW: f64 = 10.0;

fn copies(
    table: &Table,
    known: &Known<'_>,
    answers: &[f64],
    task: &TaskContext,
) -> Result<Copies, UserError> {
    let rows = table.rows().min(COPY_ROWS);
    let first = if rows < table.rows() {
        table.take(&(0..rows).collect::<Vec<_>>())?
    } else {
        table.clone()
    };
    let mut hashes = vec![0u64; rows];
    let (mut columns, mut combinations) = (0, 1.0f64);
    for feature in known.features {
        task.check()?;
        let profile = known
            .profiles
            .iter()
            .find(|profile| profile.name == feature.name);
        if profile.is_some_and(|profile| profile.name_tag.is_some() || profile.constant) {
            continue;
        }
        let Ok(values) = target_values(&first, &feature.name, task) else {
            task.check()?;
            continue;
        };
        columns += 1;
        combinations *= profile.map_or(2.0, |profile| profile.distinct.max(1) as f64);
        mix(&mut hashes, &values);
    }
    let mut found = Copies {
        columns,
        expected: combinations < COMBINATIONS_PER_ROW * rows as f64,
        ..Copies::default()
    };
    if columns == 0 {
        return Ok(found);
    }
    let mut order: Vec<(u64, u64, usize)> = hashes
        .iter()
        .zip(answers)
        .enumerate()
        .filter(|(_, (_, answer))| answer.is_finite())
        .map(|(row, (&hash, answer))| (hash, (answer + 0.0).to_bits(), row))
        .collect();
    order.sort_unstable();
    task.check()?;
    found.rows = order.len() as u64;
    found.copied_rows = RowSet::empty(table.source_rows());
    found.conflicting_rows = RowSet::empty(table.source_rows());
    let id = |row: &(u64, u64, usize)| table.row_id(row.2) as usize;
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let mut sizes: Vec<u64> = Vec::new();
        for same in group.chunk_by(|a, b| a.1 == b.1) {
            sizes.push(same.len() as u64);
            for row in same.iter().skip(1) {
                found.copied_rows.insert(id(row));
            }
        }
        let size = group.len() as u64;
        found.copies += size - sizes.len() as u64;
        found.best += sizes.iter().copied().max().unwrap_or(0);
        if sizes.len() > 1 {
            found.conflicting += size;
            for row in group {
                found.conflicting_rows.insert(id(row));
            }
        }
    }
    Ok(found)
}

/// Stretches a file is cut into.
const STRETCHES: usize = 10;

/// The tenth of the rows looked at whose answers are furthest from those of all: in standard errors
/// of the mean for numbers, in the sum of squared differences of the shares for classes.
fn stretch_of(
    table: &Table,
    positions: &[usize],
    answers: &[f64],
    classes: bool,
) -> Option<Stretch> {
    let each = positions.len().div_ceil(STRETCHES).max(1);
    let shares = |part: &[f64]| -> HashMap<u64, f64> {
        let mut shares = HashMap::new();
        for answer in part {
            *shares.entry(answer.to_bits()).or_insert(0.0) += 1.0 / part.len() as f64;
        }
        shares
    };
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let (all, middle) = (shares(answers), mean(answers));
    let distance = |part: &[f64]| match classes {
        false => (mean(part) - middle).abs(),
        true => {
            let own = shares(part);
            let mut squares: Vec<f64> = all
                .iter()
                .map(|(answer, share)| (own.get(answer).unwrap_or(&0.0) - share).powi(2))
                .collect();
            // The map has no order of its own, and sums depend on the order.
            squares.sort_by(f64::total_cmp);
            squares.iter().sum()
        }
    };
    let stretches = answers.chunks(each).zip(positions.chunks(each));
    let furthest = stretches.max_by(|a, b| distance(a.0).total_cmp(&distance(b.0)))?;
    let (first, last) = (*furthest.1.first()?, *furthest.1.last()?);
    let rows = (first..=last).map(|row| table.row_id(row) as usize);
    Some(Stretch {
        first: first as u64 + 1,
        last: last as u64 + 1,
        rows: RowSet::from_rows(table.source_rows(), rows),
    })
}

/// Positions of the rows of every value of a column, values with one row left out.
pub fn groups_of(labels: &[f64]) -> Vec<Vec<usize>> {
    let mut groups: HashMap<u64, Vec<usize>> = HashMap::new();
    for (row, label) in labels
        .iter()
        .enumerate()
        .filter(|(_, label)| label.is_finite())
    {
        groups.entry((label + 0.0).to_bits()).or_default().push(row);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    // The map has no order of its own.
    groups.sort();
    groups
}
