//! Reading regular rows on several threads. The only place of the formats that starts any; pieces
//! are put together in the order of the file, so the result is the same on any number of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use polars::prelude::{PlSmallStr, Series, StringChunked, StringChunkedBuilder};

use super::super::ReadAs;
use super::build::{Builder, Part, Wanted};
use super::convert::dates;
use super::cut::Cutter;
use super::examine::{ColumnPlan, Examined};
use super::pieces::Pieces;
use super::source::Source;
use crate::base::{Fingerprint, TaskContext, UserError};

/// More threads than this wait for the one that reads.
const MOST_THREADS: usize = 16;
/// Fewer bytes than this are not worth a second thread.
const BYTES_PER_THREAD: u64 = 1 << 20;

/// How rows are written.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Byte of the first row.
    pub start: u64,
    pub delimiter: u8,
    pub quote: Option<u8>,
}

/// All rows, column by column.
pub struct Loaded {
    pub columns: Vec<LoadedColumn>,
    pub rows: usize,
}

pub enum LoadedColumn {
    LeftOut,
    /// Of the planned type.
    Values(Series),
    /// As written, empty ones blank, because no type is planned or some value is not of it.
    Texts(StringChunked),
}

impl Loaded {
    pub fn without_rows(examined: &Examined) -> Self {
        let empty = |plan: &ColumnPlan| match plan.read_as {
            ReadAs::Skip => LoadedColumn::LeftOut,
            _ => LoadedColumn::Texts(StringChunkedBuilder::new(PlSmallStr::EMPTY, 0).finish()),
        };
        Self {
            columns: examined.columns.iter().map(empty).collect(),
            rows: 0,
        }
    }
}

/// Reads rows that all have as many values as there are columns. None when they do not, when
/// quotes stand elsewhere than around values, when the bytes are not UTF-8, and when there are no
/// rows: such a source has to be put in order first. Also gives the hash of the source.
pub fn read_rows(
    source: &Source,
    layout: Layout,
    examined: &Examined,
    task: &TaskContext,
) -> Result<Option<(Loaded, Fingerprint)>, UserError> {
    let plans = &examined.columns;
    let wanted: Vec<Wanted> = plans.iter().map(first_wanted).collect();
    let Some(first) = Pass::run(source, layout, examined, wanted.clone(), task)? else {
        return Ok(None);
    };
    let doubtful: Vec<bool> = first.columns.iter().map(|column| !column.fits).collect();
    let mut columns = first.columns;
    if doubtful.contains(&true) {
        let again = doubtful.iter().map(|&doubtful| match doubtful {
            true => Wanted::Texts,
            false => Wanted::Nothing,
        });
        let second = Pass::run(source, layout, examined, again.collect(), task)?;
        let Some(second) = second.filter(|second| second.rows == first.rows) else {
            return Ok(None);
        };
        for (column, texts) in columns.iter_mut().zip(second.columns) {
            if !column.fits {
                column.series = texts.series;
            }
        }
    }
    let columns = columns
        .into_iter()
        .zip(plans)
        .map(|(column, plan)| column.loaded(plan))
        .collect::<Result<Vec<_>, UserError>>()?;
    Ok(Some((
        Loaded {
            columns,
            rows: first.rows,
        },
        first.hash,
    )))
}

fn first_wanted(plan: &ColumnPlan) -> Wanted {
    match plan.read_as {
        ReadAs::Skip => Wanted::Nothing,
        _ if plan.undecided => Wanted::Texts,
        _ => Wanted::Values,
    }
}

/// One column of the whole source.
struct Whole {
    series: Option<Series>,
    has_time: bool,
    fits: bool,
}

impl Whole {
    fn loaded(self, plan: &ColumnPlan) -> Result<LoadedColumn, UserError> {
        let Some(series) = self.series else {
            return Ok(LoadedColumn::LeftOut);
        };
        if !self.fits || plan.undecided {
            return match series.str() {
                Ok(texts) => Ok(LoadedColumn::Texts(texts.clone())),
                Err(error) => Err(not_joined(&error.to_string())),
            };
        }
        let is_date = matches!(
            plan.read_as,
            ReadAs::DateIso | ReadAs::DateDayFirst | ReadAs::DateMonthFirst
        );
        match series.i64() {
            Ok(moments) if is_date => dates(moments.clone(), self.has_time, plan),
            _ => Ok(series),
        }
        .map(LoadedColumn::Values)
    }
}

/// What one way through the source gave.
struct Pass {
    columns: Vec<Whole>,
    rows: usize,
    hash: Fingerprint,
}

/// Rows of one piece.
struct Read {
    piece: usize,
    rows: usize,
    columns: Vec<Option<Part>>,
}

impl Pass {
    fn run(
        source: &Source,
        layout: Layout,
        examined: &Examined,
        wanted: Vec<Wanted>,
        task: &TaskContext,
    ) -> Result<Option<Self>, UserError> {
        let useful = usize::try_from(source.len()? / BYTES_PER_THREAD).unwrap_or(MOST_THREADS);
        let threads = thread::available_parallelism()
            .map_or(1, usize::from)
            .min(useful.clamp(1, MOST_THREADS));
        let work = Work {
            pieces: Pieces::open(source, layout.start, layout.quote, threads)?,
            layout,
            examined,
            task,
            doubtful: wanted.iter().map(|_| AtomicBool::new(false)).collect(),
            wanted,
            irregular: AtomicBool::new(false),
        };
        let mut reads = work.on_threads(threads)?;
        if work.irregular.into_inner() || reads.is_empty() {
            return Ok(None);
        }
        reads.sort_unstable_by_key(|read| read.piece);
        let mut columns: Vec<Whole> = work
            .doubtful
            .into_iter()
            .map(|doubtful| Whole {
                series: None,
                has_time: false,
                fits: !doubtful.into_inner(),
            })
            .collect();
        let rows = reads.iter().map(|read| read.rows).sum();
        for (column, part) in reads
            .into_iter()
            .flat_map(|read| read.columns.into_iter().enumerate())
        {
            if let (Some(whole), Some(part)) = (columns.get_mut(column), part) {
                whole.append(part)?;
            }
        }
        Ok(Some(Self {
            columns,
            rows,
            hash: work.pieces.into_hash(),
        }))
    }
}

impl Whole {
    fn append(&mut self, part: Part) -> Result<(), UserError> {
        if !self.fits {
            return Ok(());
        }
        self.has_time |= part.has_time;
        match &mut self.series {
            None => self.series = Some(part.series),
            Some(series) => {
                series
                    .append_owned(part.series)
                    .map_err(|error| not_joined(&error.to_string()))?;
            }
        }
        Ok(())
    }
}

fn not_joined(why: &str) -> UserError {
    UserError::failed("not_read", "The rows could not be put together", why)
}

/// What all threads share.
struct Work<'a> {
    pieces: Pieces<'a>,
    layout: Layout,
    examined: &'a Examined,
    wanted: Vec<Wanted>,
    task: &'a TaskContext,
    /// Columns with a value that does not fit.
    doubtful: Vec<AtomicBool>,
    /// Some row is not like the others: the work is in vain.
    irregular: AtomicBool,
}

impl Work<'_> {
    /// Reads all pieces on this thread and others.
    fn on_threads(&self, threads: usize) -> Result<Vec<Read>, UserError> {
        thread::scope(|scope| {
            // A thread that cannot be had is no loss: the others take its pieces.
            let others: Vec<_> = (1..threads)
                .filter_map(|number| {
                    thread::Builder::new()
                        .name(format!("benchtop-rows-{number}"))
                        .spawn_scoped(scope, || self.read_pieces())
                        .ok()
                })
                .collect();
            let mut reads = self.read_pieces();
            for other in others {
                let more = match other.join() {
                    Ok(more) => more,
                    Err(fault) => std::panic::resume_unwind(fault),
                };
                reads = reads.and_then(|mut reads| {
                    reads.extend(more?);
                    Ok(reads)
                });
            }
            reads
        })
    }

    /// Reads pieces until there are none.
    fn read_pieces(&self) -> Result<Vec<Read>, UserError> {
        let layout = self.layout;
        let mut cutter = Cutter::new(layout.delimiter, layout.quote, self.examined.columns.len());
        let mut reads = Vec::new();
        let mut bytes = Vec::new();
        while !self.irregular.load(Ordering::Relaxed)
            && let Some(piece) = self.pieces.next(&mut bytes, self.task)?
        {
            let read = match std::str::from_utf8(&bytes) {
                Ok(text) => self.read_piece(piece, text, &mut cutter)?,
                Err(_) => None,
            };
            match read {
                Some(read) => reads.push(read),
                None => self.irregular.store(true, Ordering::Relaxed),
            }
        }
        Ok(reads)
    }

    /// None when the rows are not regular.
    fn read_piece(
        &self,
        piece: usize,
        text: &str,
        cutter: &mut Cutter,
    ) -> Result<Option<Read>, UserError> {
        let mut builders: Vec<Builder> = Vec::new();
        let mut scratch = String::new();
        let (mut rest, mut rows) = (text, 0);
        while !rest.is_empty() {
            self.task.check()?;
            let Some(block) = cutter.cut(rest) else {
                return Ok(None);
            };
            if builders.is_empty() {
                // A little more than the first block lets expect: room for one more costs less
                // than moving everything.
                let expected = text.len() / (block.bytes() / block.rows().max(1)).max(1);
                builders = self.builders(expected + expected / 64 + 1);
            }
            for (index, builder) in builders.iter_mut().enumerate() {
                builder.add(&block, index, &mut scratch);
            }
            rows += block.rows();
            rest = rest.get(block.bytes()..).unwrap_or_default();
        }
        if self.ends_blank(text) {
            return Ok(None);
        }
        for (builder, doubtful) in builders.iter().zip(&self.doubtful) {
            if !builder.fits {
                doubtful.store(true, Ordering::Relaxed);
            }
        }
        Ok(Some(Read {
            piece,
            rows,
            columns: builders.into_iter().map(Builder::finish).collect(),
        }))
    }

    fn builders(&self, rows: usize) -> Vec<Builder<'_>> {
        self.examined
            .columns
            .iter()
            .zip(&self.wanted)
            .zip(&self.doubtful)
            .map(|((plan, &wanted), doubtful)| {
                // Another piece has shown that it will be read again.
                let wanted = match doubtful.load(Ordering::Relaxed) {
                    true => Wanted::Nothing,
                    false => wanted,
                };
                Builder::new(self.examined, plan, wanted, rows)
            })
            .collect()
    }

    /// In a table of one column, an empty line is a blank, but not at the end of the file.
    fn ends_blank(&self, text: &str) -> bool {
        self.examined.columns.len() == 1
            && (text.ends_with("\n\n")
                || text.ends_with("\n\r\n")
                || text == "\n"
                || text == "\r\n")
    }
}
