//! Which rows are sealed: kept apart from everything before the last exam.
//!
//! Membership is a lot drawn from what a row holds, so it is the same in any order of the rows, on
//! any computer, and for the rows there were when others are added. It looks at the source table,
//! before any step: no change of a recipe moves a row from one side to the other.
//!
//! The column with the answers takes no part in the lot. Answers therefore cannot influence which
//! rows are sealed, every class keeps its share up to chance (a lot per row is drawn alike in every
//! class; nothing is dealt exactly), and rows with the same inputs but different answers are on the
//! same side. Where the target is made by a step, no column of the source has its name, and all
//! take part.
//!
//! The lot: the 64-bit finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014, figure 16) over seed and values, one after
//! another; texts enter as the lower half of their 128-bit XXH3.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::SplitPlan;
use crate::base::{Fingerprint, RowSet, TaskContext, UserError, format};
use crate::clean::{self, LearnFrom, Step};
use crate::data::Table;
use crate::learn::matrix::{BLANK, TargetValues, target_values};

/// Share of the rows that is sealed.
pub const SHARE: f64 = 0.2;
/// Rows with an answer below which nothing is sealed: an exam of less than a hundred rows says
/// little, and the rows are missed in practice.
pub const FEWEST_ROWS: u64 = 500;
/// Inputs held by more than this share of the rows are a common combination rather than copies of a
/// record.
const COMMON: f64 = 0.01;
/// Rows of a common combination that share a lot.
const PACK: u64 = 10;
/// Groups below which none can be kept apart.
const FEWEST_GROUPS: usize = 3;
/// Share of the rows beyond which whole groups have missed what was asked for.
const WHOLE_GROUPS: (f64, f64) = (0.1, 0.3);

/// What belongs together, and what comes last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SealRule {
    /// Every row for itself; copies share a side.
    #[default]
    Rows,
    /// Rows with the same value share a side. Blank ones stand for themselves.
    Groups { column: String },
    /// The latest rows. Those without a time are not sealed.
    Time { column: String },
}

impl SealRule {
    /// The rule that goes with a way of dividing the rows.
    pub fn of(split: &SplitPlan) -> Self {
        match split {
            SplitPlan::Groups { column } => Self::Groups {
                column: column.clone(),
            },
            SplitPlan::Time { column, .. } => Self::Time {
                column: column.clone(),
            },
            _ => Self::Rows,
        }
    }

    /// Which rows those are, as the end of a sentence.
    pub fn words(&self) -> String {
        match self {
            Self::Rows => "drawn by lot".to_owned(),
            Self::Groups { column } => format!("whole groups of {column}, drawn by lot"),
            Self::Time { column } => format!("the latest by {column}"),
        }
    }
}

/// A seal, as a project keeps it: enough to find its rows again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seal {
    /// Of the rows, above 0 and below 1.
    pub share: f64,
    pub seed: u64,
    #[serde(default)]
    pub rule: SealRule,
    /// The column to predict when the seal was made.
    pub answer: String,
}

impl Seal {
    pub fn new(answer: &str, seed: u64, split: &SplitPlan) -> Self {
        Self {
            share: SHARE,
            seed,
            rule: SealRule::of(split),
            answer: answer.to_owned(),
        }
    }
}

/// The rows of one table that a seal keeps apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// Ids of the sealed rows, all with an answer; empty where nothing is sealed.
    pub rows: RowSet,
    /// Names the set of rows: asking what they are must not cost a look at all of them.
    pub mark: Fingerprint,
    /// Rows with an answer.
    pub answered: u64,
    /// Sealed rows.
    pub sealed: u64,
    /// Why nothing is sealed, one sentence with full stop.
    pub none: Option<String>,
}

impl Sealed {
    fn nothing(source_rows: usize, answered: u64, why: String) -> Self {
        Self {
            rows: RowSet::empty(source_rows),
            mark: Fingerprint::default(),
            answered,
            sealed: 0,
            none: Some(why),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.none.is_some()
    }

    /// The table without the sealed rows.
    pub fn practice(&self, table: &Table) -> Result<Table, UserError> {
        self.part(table, false)
    }

    /// The sealed rows of the table.
    pub fn exam(&self, table: &Table) -> Result<Table, UserError> {
        self.part(table, true)
    }

    fn part(&self, table: &Table, sealed: bool) -> Result<Table, UserError> {
        if self.is_empty() && !sealed {
            return Ok(table.clone());
        }
        let mut wanted = self.rows.clone();
        if !sealed {
            wanted.invert();
        }
        table.take(&table.positions_in(&wanted))
    }

    /// What is sealed, one sentence with full stop.
    pub fn sentence(&self) -> String {
        match &self.none {
            Some(why) => why.clone(),
            None => format!(
                "{} of {} are sealed for one last exam.",
                format::count(self.sealed),
                format::counted(self.answered, "row")
            ),
        }
    }
}

/// Finds the sealed rows of a table as it was read. `steps`: its recipe, for columns that only the
/// recipe makes. Errors: a column of answers that is missing, or neither numbers, dates nor texts.
/// (Where the column of the rule is, rows are sealed one by one: training by it fails in any case.)
pub fn divide(
    source: &Table,
    steps: &[Step],
    seal: &Seal,
    task: &TaskContext,
) -> Result<Sealed, UserError> {
    let mut made = Made {
        source,
        steps,
        cleaned: None,
    };
    let filled = match made.column(&seal.answer, task)? {
        TargetValues::Numbers(values) => values.iter().map(|value| !value.is_nan()).collect(),
        TargetValues::Texts { codes, .. } => {
            codes.iter().map(|&code| code != BLANK).collect::<Vec<_>>()
        }
    };
    let answered = filled.iter().filter(|filled| **filled).count() as u64;
    let source_rows = source.source_rows();
    if answered < FEWEST_ROWS {
        return Ok(Sealed::nothing(
            source_rows,
            answered,
            format!(
                "Too few rows to seal: {} with an answer, and {FEWEST_ROWS} are needed. Checking every row several times says more here.",
                format::count(answered)
            ),
        ));
    }
    let by = match &seal.rule {
        SealRule::Rows => None,
        SealRule::Groups { column } | SealRule::Time { column } => made.column(column, task).ok(),
    };
    task.check()?;
    let inside = match (&seal.rule, by) {
        (SealRule::Rows, _) | (_, None) => by_content(source, seal, task)?,
        (SealRule::Groups { column }, Some(values)) => {
            match by_group(&values, &by_content(source, seal, task)?, seal) {
                Some(inside) => inside,
                None => {
                    let why = format!(
                        "Too few groups to seal one: {column} has fewer than {FEWEST_GROUPS}."
                    );
                    return Ok(Sealed::nothing(source_rows, answered, why));
                }
            }
        }
        (SealRule::Time { column }, Some(values)) => {
            let TargetValues::Numbers(times) = values else {
                let why = format!("Nothing is sealed: {column} holds text, which is not a time.");
                return Ok(Sealed::nothing(source_rows, answered, why));
            };
            match latest(&times, seal.share) {
                Some(inside) => inside,
                None => {
                    let why = format!(
                        "Nothing is sealed: the latest {} of the rows cannot be told apart by {column}.",
                        format::share(seal.share)
                    );
                    return Ok(Sealed::nothing(source_rows, answered, why));
                }
            }
        }
    };
    // A row without an answer is neither practised on nor examined.
    let both = inside.iter().zip(&filled).enumerate();
    let rows = source.rows_at(both.filter(|(_, (a, b))| **a && **b).map(|(row, _)| row));
    Ok(Sealed {
        sealed: rows.count() as u64,
        mark: Fingerprint::of_value(&rows),
        rows,
        answered,
        none: None,
    })
}

/// Columns of the source, and those that its recipe makes.
struct Made<'a> {
    source: &'a Table,
    steps: &'a [Step],
    cleaned: Option<Table>,
}

impl Made<'_> {
    /// Values parallel to the rows of the source. A column of the recipe is blank in the rows that
    /// the recipe removes.
    fn column(&mut self, name: &str, task: &TaskContext) -> Result<TargetValues, UserError> {
        if self.source.schema().get(name).is_some() {
            return target_values(self.source, name, task);
        }
        if self.cleaned.is_none() {
            // What learns fills and scales; it makes no answers, groups or times.
            let mut plain = Vec::new();
            for step in self.steps {
                if !clean::by_id(&step.operation)?.learns() {
                    plain.push(step.clone());
                }
            }
            let run = clean::run_recipe(self.source, &plain, LearnFrom::All, &task.part())?;
            self.cleaned = Some(run.table);
        }
        let cleaned = self.cleaned.as_ref().unwrap_or(self.source);
        let places: HashMap<u32, usize> = (0..cleaned.rows())
            .map(|place| (cleaned.row_id(place), place))
            .collect();
        let place = |row: usize| places.get(&self.source.row_id(row)).copied();
        let rows = 0..self.source.rows();
        Ok(match target_values(cleaned, name, task)? {
            TargetValues::Numbers(values) => TargetValues::Numbers(
                rows.map(|row| place(row).and_then(|at| values.get(at).copied()))
                    .map(|value| value.unwrap_or(f64::NAN))
                    .collect(),
            ),
            TargetValues::Texts { codes, names } => TargetValues::Texts {
                codes: rows
                    .map(|row| place(row).and_then(|at| codes.get(at).copied()))
                    .map(|code| code.unwrap_or(BLANK))
                    .collect(),
                names,
            },
        })
    }
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn text_hash(text: &str) -> u64 {
    Fingerprint::of(&[text.as_bytes()]).0 as u64
}

fn number_hash(value: f64) -> u64 {
    // 0 and −0 are one value.
    mix((value + 0.0).to_bits())
}

/// A number in [0, 1) that depends on seed and content alone.
fn lot(seed: u64, content: u64) -> f64 {
    (mix(mix(seed) ^ content) >> 11) as f64 / (1_u64 << 53) as f64
}

/// One hash per row of its values in all columns but the one with the answers. It does not depend on
/// the order of the columns; a blank counts as no value.
fn contents(source: &Table, answer: &str, task: &TaskContext) -> Result<Vec<u64>, UserError> {
    let mut hashes = vec![0_u64; source.rows()];
    let names = source.schema().names();
    for (done, name) in names.iter().enumerate() {
        task.check()?;
        task.progress(done as u64, names.len() as u64, "Sealing rows");
        if name == answer {
            continue;
        }
        // A column that is neither numbers, dates nor texts cannot be read here and says nothing.
        let Ok(values) = target_values(source, name, task) else {
            task.check()?;
            continue;
        };
        let column = text_hash(name);
        match values {
            TargetValues::Numbers(values) => {
                for (hash, value) in hashes.iter_mut().zip(values) {
                    if !value.is_nan() {
                        *hash = hash.wrapping_add(mix(column ^ number_hash(value)));
                    }
                }
            }
            TargetValues::Texts { codes, names } => {
                let known: Vec<u64> = names
                    .iter()
                    .map(|name| mix(column ^ text_hash(name)))
                    .collect();
                for (hash, code) in hashes.iter_mut().zip(codes) {
                    *hash = hash.wrapping_add(known.get(code as usize).copied().unwrap_or(0));
                }
            }
        }
    }
    Ok(hashes)
}

/// Which rows are sealed by what they hold. Copies share a lot; of a common combination, such as
/// "female, adult, third class", every ten rows do, because a few combinations would otherwise
/// decide over all rows.
fn by_content(source: &Table, seal: &Seal, task: &TaskContext) -> Result<Vec<bool>, UserError> {
    let hashes = contents(source, &seal.answer, task)?;
    let mut counts: HashMap<u64, u64> = HashMap::with_capacity(hashes.len());
    for &hash in &hashes {
        *counts.entry(hash).or_default() += 1;
    }
    let common = (hashes.len() as f64 * COMMON).max(PACK as f64);
    let mut seen: HashMap<u64, u64> = HashMap::new();
    Ok(hashes
        .iter()
        .map(|&hash| {
            let many = counts.get(&hash).copied().unwrap_or(0);
            let mut content = hash;
            if many as f64 > common {
                let place = seen.entry(hash).or_default();
                // The first pack has the lot that the rows had when there were few of them.
                if *place >= PACK {
                    content = mix(hash ^ mix(*place / PACK));
                }
                *place += 1;
            }
            lot(seal.seed, content) < seal.share
        })
        .collect())
}

/// Which rows are sealed in whole groups; `alone`: those of rows without a group. None with too few
/// groups.
fn by_group(values: &TargetValues, alone: &[bool], seal: &Seal) -> Option<Vec<bool>> {
    let groups: Vec<Option<u64>> = match values {
        TargetValues::Numbers(values) => values
            .iter()
            .map(|value| (!value.is_nan()).then(|| number_hash(*value)))
            .collect(),
        TargetValues::Texts { codes, names } => {
            let known: Vec<u64> = names.iter().map(|name| text_hash(name)).collect();
            codes
                .iter()
                .map(|&code| known.get(code as usize).copied())
                .collect()
        }
    };
    let mut sizes: HashMap<u64, u64> = HashMap::new();
    for group in groups.iter().flatten() {
        *sizes.entry(*group).or_default() += 1;
    }
    if sizes.len() < FEWEST_GROUPS {
        return None;
    }
    let mut drawn: Vec<(f64, u64, u64)> = sizes
        .iter()
        .map(|(&group, &size)| (lot(seal.seed, group), group, size))
        .collect();
    drawn.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let rows = drawn.iter().map(|(_, _, size)| size).sum::<u64>() as f64;
    let below = drawn.iter().take_while(|(lot, _, _)| *lot < seal.share);
    let share = below.clone().map(|(_, _, size)| size).sum::<u64>() as f64 / rows;
    let count = if (WHOLE_GROUPS.0..=WHOLE_GROUPS.1).contains(&share) {
        below.count()
    } else {
        // With few or uneven groups the lots alone miss the share by far: as many groups, in the
        // order of their lots, as come nearest to it. Two are left to practise on.
        nearest(&drawn, rows * seal.share)
    };
    let inside: HashMap<u64, bool> = drawn
        .iter()
        .enumerate()
        .map(|(place, (_, group, _))| (*group, place < count))
        .collect();
    let chosen = groups.iter().zip(alone).map(|(group, alone)| match group {
        Some(group) => inside.get(group).copied().unwrap_or(false),
        None => *alone,
    });
    Some(chosen.collect())
}

/// How many of the first groups come nearest to so many rows: at least one, all but two at most.
fn nearest(drawn: &[(f64, u64, u64)], wanted: f64) -> usize {
    let most = drawn.len().saturating_sub(2).max(1);
    let mut best = (f64::INFINITY, 1);
    let mut rows = 0.0;
    for (place, (_, _, size)) in drawn.iter().take(most).enumerate() {
        rows += *size as f64;
        let distance = (rows - wanted).abs();
        if distance < best.0 {
            best = (distance, place + 1);
        }
    }
    best.1
}

/// The rows from a moment on: the moment with which they come nearest to the share. Rows of one
/// moment are on one side. None where all rows are of one moment, or none has a time.
fn latest(times: &[f64], share: f64) -> Option<Vec<bool>> {
    let mut known: Vec<f64> = times
        .iter()
        .copied()
        .filter(|time| !time.is_nan())
        .collect();
    known.sort_by(f64::total_cmp);
    let wanted = known.len() as f64 * share;
    let mut best: Option<(f64, f64)> = None;
    let mut start = 0;
    for moment in known.chunk_by(|a, b| a == b) {
        if start > 0
            && let Some(first) = moment.first()
        {
            let distance = ((known.len() - start) as f64 - wanted).abs();
            if best.is_none_or(|(nearest, _)| distance < nearest) {
                best = Some((distance, *first));
            }
        }
        start += moment.len();
    }
    let (_, from) = best?;
    Some(times.iter().map(|&time| time >= from).collect())
}
