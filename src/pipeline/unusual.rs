//! Rows of unusual value: how easily random cuts set each row of a table apart from the others, and
//! which columns do it.
//!
//! Nothing is predicted and no row is called wrong. The score is that of an isolation forest
//! ([`crate::learn::engine::isolation`]) grown on the columns as learners that take them as they
//! are get them: numbers and days as they are, a code per category, blanks among the values.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::{Fingerprint, Params, Random, TaskContext, UserError, format};
use crate::data::page::cell_text;
use crate::data::{ColumnKind, ColumnProfile, ColumnRole, Table, profile_column};
use crate::learn::engine::isolation::{IsolationForest, IsolationOptions};
use crate::learn::matrix::{RawColumn, RawData};
use crate::learn::prepare::PrepareOptions;
use crate::learn::{FitContext, Intake, Matrix, Preparation, RawFrame, Target};

/// Trees and rows per tree, as Liu et al. (2008) found to be enough.
const TREES: u32 = 100;
const ROWS_PER_TREE: usize = 256;
/// Rows that trees draw theirs from; of more, so many are drawn first.
const MOST_LEARNED: usize = 100_000;
/// Most unusual rows that come with reasons.
pub const MOST_EXPLAINED: usize = 1_000;
/// Columns named per row.
const MOST_REASONS: usize = 5;
/// Numbers in the matrix of rows that are scored at a time (64 MB).
const CHUNK_VALUES: usize = 8_000_000;
/// Bars of the distribution at most.
const MOST_BARS: usize = 40;

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct UnusualWish {
    pub columns: Vec<String>,
    /// The same seed gives the same scores.
    pub seed: u64,
}

/// A column that is not looked at unless a person asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub name: String,
    /// "only one value".
    pub why: String,
}

/// The columns to compare rows by, and the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnusualColumns {
    pub usable: Vec<String>,
    pub left_out: Vec<LeftOut>,
}

/// How unusual every row of a table is.
#[derive(Clone, Debug, PartialEq)]
pub struct UnusualRows {
    pub wish: UnusualWish,
    /// Of the table that was looked at.
    pub table: Fingerprint,
    /// Per position of the table, above 0 and below 1: near 1 is easily set apart, well below 0.5
    /// is one of many.
    pub scores: Vec<f64>,
    /// Positions, the most unusual first, then by position.
    pub order: Vec<u32>,
    /// The first rows of `order`, at most [`MOST_EXPLAINED`].
    pub explained: Vec<UnusualRow>,
    pub bars: ScoreBars,
}

/// One of the most unusual rows.
#[derive(Clone, Debug, PartialEq)]
pub struct UnusualRow {
    pub position: usize,
    pub score: f64,
    /// Half the width of the 95 % interval over draws of the trees.
    pub margin: f64,
    /// Columns that set it apart, the strongest first, at most five.
    pub reasons: Vec<Reason>,
}

/// A column's part in setting a row apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub column: String,
    /// Cuts that the column saves on the way to the row, as a mean over the trees; above 0.
    pub saved: f64,
    /// `saved` as a share of what all columns with a part in it save.
    pub share: f64,
    /// What the row holds.
    pub value: String,
    /// What the column holds otherwise: "middle half 39.2 to 48.5", "as in 52 of 344 rows".
    pub usual: String,
}

/// Equally wide bars over the scores, with ends on round numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreBars {
    pub width: f64,
    /// Number of the first bar: it begins at this times the width.
    first: usize,
    pub counts: Vec<u32>,
}

impl ScoreBars {
    fn of(scores: &[f64]) -> Self {
        let low = scores.iter().copied().fold(1.0, f64::min);
        let high = scores.iter().copied().fold(0.0, f64::max);
        let widths = [0.005, 0.01, 0.02, 0.05];
        let fits = |width: &f64| ((high - low) / width) as usize + 2 <= MOST_BARS;
        let width = widths.into_iter().find(fits).unwrap_or(0.05);
        let first = place(low, width);
        let bars = place(high.max(low), width) + 1 - first;
        let mut counts = vec![0; bars];
        for score in scores {
            if let Some(count) = counts.get_mut(place(*score, width).saturating_sub(first)) {
                *count += 1;
            }
        }
        Self {
            width,
            first,
            counts,
        }
    }

    /// The bar of a score among `counts`.
    pub fn bar_of(&self, score: f64) -> Option<usize> {
        let bar = place(score, self.width).checked_sub(self.first)?;
        (bar < self.counts.len()).then_some(bar)
    }

    /// Scores of a bar: from the first value up to, and without, the second.
    pub fn ends(&self, bar: usize) -> (f64, f64) {
        let from = (self.first + bar) as f64 * self.width;
        (from, from + self.width)
    }
}

/// A little more than the width counts as the next bar: 0.6 / 0.02 is not quite 30.
fn place(score: f64, width: f64) -> usize {
    (score / width + 1e-9).floor().max(0.0) as usize
}

impl UnusualRows {
    /// How many rows have at least this score: the first of `order`.
    pub fn rows_from(&self, score: f64) -> usize {
        self.order
            .partition_point(|&row| self.score_of(row) >= score)
    }

    /// The score, with three decimals, that at least this share of the rows reaches.
    pub fn cut_for(&self, share: f64) -> f64 {
        let rows = (share * self.order.len() as f64).ceil() as usize;
        let last = rows.clamp(1, self.order.len().max(1)) - 1;
        let score = self.order.get(last).map_or(1.0, |&row| self.score_of(row));
        (score * 1_000.0).floor() / 1_000.0
    }

    fn score_of(&self, row: u32) -> f64 {
        self.scores.get(row as usize).copied().unwrap_or(0.0)
    }
}

/// The columns that say how unusual a row is, and why the others do not. `roles`: what a person set.
pub fn usable_columns(
    table: &Table,
    roles: &BTreeMap<String, ColumnRole>,
    task: &TaskContext,
) -> Result<UnusualColumns, UserError> {
    let mut columns = UnusualColumns::default();
    for (index, column) in table.schema().columns.iter().enumerate() {
        task.progress(index as u64, table.width() as u64, "Looking at the columns");
        let profile = profile_column(table, index, &task.part())?;
        let name = column.name.clone();
        match why_left_out(&profile, roles.get(&name).copied()) {
            None => columns.usable.push(name),
            Some(why) => columns.left_out.push(LeftOut { name, why }),
        }
    }
    Ok(columns)
}

fn why_left_out(profile: &ColumnProfile, role: Option<ColumnRole>) -> Option<String> {
    match role {
        Some(ColumnRole::Learn) => return None,
        Some(role) => return Some(format!("set to “{}”", role.word())),
        None => {}
    }
    if profile.blanks == profile.rows {
        return Some("blank in every row".to_owned());
    }
    // One value and blanks besides: a filled cell or a blank one may be the odd one out.
    if profile.constant && profile.blanks == 0 {
        return Some("only one value".to_owned());
    }
    if profile.name_tag.is_some() {
        return Some("looks like a name tag".to_owned());
    }
    (profile.kind == ColumnKind::Text).then(|| "free text".to_owned())
}

/// Scores every row. The result is the same on any number of threads.
///
/// Errors: no column is given, one is missing or cannot be read as numbers, days or categories, or
/// none has a value; the table has fewer than two rows; cancelled.
pub fn find_unusual(
    table: &Table,
    wish: &UnusualWish,
    task: &TaskContext,
) -> Result<UnusualRows, UserError> {
    if wish.columns.is_empty() {
        return Err(no_columns("No column is chosen"));
    }
    if table.rows() < 2 {
        return Err(too_few_rows(table.rows()));
    }
    task.progress(0, 0, "Reading the columns");
    let frame = RawFrame::from_table(table, &wish.columns, &task.part())?;
    if frame.columns.iter().all(|column| column.data.all_blank()) {
        return Err(no_columns("Every chosen column is blank in every row"));
    }
    let (preparation, forest) = grow(&frame, wish.seed, task)?;
    let scores = score(&frame, &preparation, &forest, task)?;
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    task.check()?;
    order.sort_by(|&a, &b| {
        let of = |row: u32| scores.get(row as usize).copied().unwrap_or(0.0);
        of(b).total_cmp(&of(a)).then(a.cmp(&b))
    });
    let bars = ScoreBars::of(&scores);
    let most: Vec<usize> = order
        .iter()
        .take(MOST_EXPLAINED)
        .map(|&row| row as usize)
        .collect();
    let matrix = preparation.transform(&frame.take(&most))?;
    task.progress(0, 0, "Looking for the reasons");
    let found = forest.reasons(&matrix, &task.part())?;
    let columns: Vec<String> = preparation
        .origins()
        .into_iter()
        .map(|origin| origin.column)
        .collect();
    let mut telling = Telling::new(table, &frame, &columns);
    let explained = most.iter().zip(&found.margins).enumerate();
    let explained = explained
        .map(|(place, (&position, &margin))| {
            task.check()?;
            Ok(UnusualRow {
                position,
                score: scores.get(position).copied().unwrap_or(0.0),
                margin,
                reasons: telling.reasons(position, found.saved.row(place)),
            })
        })
        .collect::<Result<_, UserError>>()?;
    Ok(UnusualRows {
        wish: wish.clone(),
        table: table.fingerprint(),
        scores,
        order,
        explained,
        bars,
    })
}

fn no_columns(why: &str) -> UserError {
    UserError::usage(
        "no_usable_columns",
        "There is no column to compare rows by",
        why,
    )
    .with_hint(
        "Choose at least one column whose values differ and that does not only name its rows",
    )
}

fn too_few_rows(rows: usize) -> UserError {
    let why = match rows {
        0 => "The table has no rows",
        _ => "The table has one row, and nothing to compare it with",
    };
    UserError::input("too_few_rows", "No row can be called unusual", why)
        .with_hint("Check the steps that remove rows, or open a table with more of them")
}

/// Fitted on all rows, or on so many drawn ones that a tree never misses the others.
fn grow(
    frame: &RawFrame,
    seed: u64,
    task: &TaskContext,
) -> Result<(Preparation, IsolationForest), UserError> {
    let drawn = drawn_rows(frame.rows, MOST_LEARNED, seed);
    let some;
    let learned = match &drawn {
        Some(rows) => {
            some = frame.take(rows);
            &some
        }
        None => frame,
    };
    let options = PrepareOptions {
        intake: Intake::Native,
        scale: false,
        settings: Params::new(),
        seed,
    };
    // There are no answers: numbers that are all the same teach nothing.
    let nothing = Target::Numbers(vec![0.0; learned.rows]);
    let set = Preparation::fit(learned, &nothing, &options, &task.part())?;
    let features = set.preparation.features();
    let context = FitContext {
        features: &features,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        ..FitContext::new(task, seed)
    };
    let options = IsolationOptions {
        trees: TREES,
        rows_per_tree: ROWS_PER_TREE,
        column_share: 1.0,
    };
    let forest = IsolationForest::fit(&set.matrix, &options, &context)?;
    Ok((set.preparation, forest))
}

/// So many of the rows, ascending, each with the same chance (D. E. Knuth, The Art of Computer
/// Programming 2, algorithm S in 3.4.2); None where there are no more than that.
fn drawn_rows(rows: usize, most: usize, seed: u64) -> Option<Vec<usize>> {
    if rows <= most {
        return None;
    }
    let mut random = Random::new(seed);
    let mut drawn = Vec::with_capacity(most);
    for row in 0..rows {
        if random.below(rows - row) < most - drawn.len() {
            drawn.push(row);
        }
    }
    Some(drawn)
}

fn score(
    frame: &RawFrame,
    preparation: &Preparation,
    forest: &IsolationForest,
    task: &TaskContext,
) -> Result<Vec<f64>, UserError> {
    let at_a_time = (CHUNK_VALUES / preparation.width().max(1)).max(1);
    let mut scores = Vec::with_capacity(frame.rows);
    while scores.len() < frame.rows {
        task.check()?;
        task.progress(scores.len() as u64, frame.rows as u64, "Scoring the rows");
        let range: Range<usize> = scores.len()..(scores.len() + at_a_time).min(frame.rows);
        let matrix: Matrix = match range.len() == frame.rows {
            true => preparation.transform(frame)?,
            false => preparation.transform(&frame.take(&range.collect::<Vec<_>>()))?,
        };
        scores.extend(forest.unusualness(&matrix, &task.part())?);
    }
    Ok(scores)
}

// ---- Reasons in words ----------------------------------------------------------------------------

/// What a column holds in most rows.
enum Usual {
    /// Values at the lower and the upper quarter, as they are written.
    Middle { low: String, high: String },
    /// Rows per code.
    Counts(Vec<u64>),
}

struct Seen {
    usual: Usual,
    blanks: u64,
}

/// Puts reasons into words; columns are looked at when they are first named.
struct Telling<'a> {
    table: &'a Table,
    columns: Vec<(Option<&'a RawColumn>, Option<usize>, Option<Seen>)>,
    names: &'a [String],
}

impl<'a> Telling<'a> {
    /// `names`: columns of the matrix.
    fn new(table: &'a Table, frame: &'a RawFrame, names: &'a [String]) -> Self {
        let of = |name: &String| (frame.column(name), table.schema().index_of(name), None);
        Self {
            table,
            columns: names.iter().map(of).collect(),
            names,
        }
    }

    fn reasons(&mut self, position: usize, saved: &[f64]) -> Vec<Reason> {
        let all: f64 = saved.iter().filter(|saved| **saved > 0.0).sum();
        let mut strongest: Vec<usize> = (0..saved.len()).collect();
        let of = |column: usize| saved.get(column).copied().unwrap_or(0.0);
        strongest.retain(|&column| of(column) > 0.0);
        strongest.sort_by(|&a, &b| of(b).total_cmp(&of(a)).then(a.cmp(&b)));
        strongest
            .into_iter()
            .take(MOST_REASONS)
            .filter_map(|column| {
                let (value, usual) = self.words(column, position)?;
                Some(Reason {
                    column: self.names.get(column)?.clone(),
                    saved: of(column),
                    share: of(column) / all,
                    value,
                    usual,
                })
            })
            .collect()
    }

    /// What a row holds in a column, and what is usual there.
    fn words(&mut self, column: usize, position: usize) -> Option<(String, String)> {
        let table = self.table;
        let (raw, index, seen) = self.columns.get_mut(column)?;
        let (raw, index) = ((*raw)?, (*index)?);
        let seen = seen.get_or_insert_with(|| look_at(table, raw, index));
        let rows = format::count(table.rows() as u64);
        let code = match &raw.data {
            RawData::Number(values) => values
                .get(position)
                .filter(|value| !value.is_nan())
                .map(|value| *value as usize),
            RawData::Text { codes, names } => codes
                .get(position)
                .map(|&code| code as usize)
                .filter(|&code| code < names.len()),
        };
        let Some(code) = code else {
            let usual = format!("blank in {} of {rows} rows", format::count(seen.blanks));
            return Some(("blank".to_owned(), usual));
        };
        let usual = match &seen.usual {
            Usual::Middle { low, high } if low == high => {
                format!("{low} in at least half of the rows")
            }
            Usual::Middle { low, high } => {
                format!("middle half {low} to {high}")
            }
            Usual::Counts(counts) => format!(
                "as in {} of {rows} rows",
                format::count(counts.get(code).copied().unwrap_or(0))
            ),
        };
        Some((cell_text(table, index, position).text, usual))
    }
}

fn look_at(table: &Table, column: &RawColumn, index: usize) -> Seen {
    let counts = |codes: &mut dyn Iterator<Item = usize>, length: usize| {
        let mut counts = vec![0_u64; length];
        let mut blanks = 0;
        for code in codes {
            match counts.get_mut(code) {
                Some(count) => *count += 1,
                None => blanks += 1,
            }
        }
        Seen {
            usual: Usual::Counts(counts),
            blanks,
        }
    };
    match &column.data {
        RawData::Text { codes, names } => {
            counts(&mut codes.iter().map(|&code| code as usize), names.len())
        }
        RawData::Number(values) if column.kind == ColumnKind::YesNo => {
            let code = |value: &f32| if value.is_nan() { 2 } else { *value as usize };
            counts(&mut values.iter().map(code), 2)
        }
        RawData::Number(values) => middle(table, values, index),
    }
}

/// The cells at the lower and the upper quarter of the filled ones.
fn middle(table: &Table, values: &[f32], index: usize) -> Seen {
    let of = |row: u32| values.get(row as usize).copied().unwrap_or(f32::NAN);
    let mut filled: Vec<u32> = (0..values.len() as u32)
        .filter(|&row| !of(row).is_nan())
        .collect();
    let blanks = (values.len() - filled.len()) as u64;
    let last = filled.len().saturating_sub(1);
    let mut cell = |place: usize| {
        if filled.is_empty() {
            return String::new();
        }
        let (_, row, _) =
            filled.select_nth_unstable_by(place, |&a, &b| of(a).total_cmp(&of(b)).then(a.cmp(&b)));
        cell_text(table, index, *row as usize).text
    };
    Seen {
        usual: Usual::Middle {
            low: cell(last / 4),
            high: cell(last - last / 4),
        },
        blanks,
    }
}
