//! Columns sorted into bins: learned from one set of training rows and shared between everything
//! that learns from the same rows.

use std::sync::{Arc, Mutex};

use xxhash_rust::xxh3::Xxh3;

use super::edges::{edges, sample};
use super::parallel;
use crate::base::{TaskContext, UserError};
use crate::learn::{FeatureKind, FitContext, Matrix};

/// Bins that hold values; one more holds blanks. A bin is one byte.
pub const MOST_BINS: usize = 255;
/// Columns that lie side by side in memory at most.
const WIDEST_BLOCK: usize = 6;

/// Bins of one set of rows, made by the first learner that asks and shared with the next ones.
#[derive(Debug, Default)]
pub struct BinCache {
    made: Mutex<Vec<Arc<Binned>>>,
}

impl BinCache {
    fn find(&self, key: &BinKey) -> Option<Arc<Binned>> {
        let made = self.made.lock().ok()?;
        made.iter().find(|binned| binned.key == *key).cloned()
    }

    fn keep(&self, binned: &Arc<Binned>) {
        if let Ok(mut made) = self.made.lock() {
            made.push(Arc::clone(binned));
        }
    }
}

/// The bins of `x`: those of the context where it has them, otherwise newly learned.
pub fn bins_of(
    x: &Matrix,
    context: &FitContext<'_>,
    most_bins: usize,
) -> Result<Arc<Binned>, UserError> {
    let kinds = (0..x.cols)
        .map(|column| context.feature_kind(column))
        .collect();
    let key = BinKey {
        most_bins: most_bins.clamp(2, MOST_BINS),
        rows: x.rows,
        kinds,
        content: content_of(x, context.task)?,
    };
    if let Some(found) = context.bins.and_then(|cache| cache.find(&key)) {
        return Ok(found);
    }
    let (threads, task) = (context.threads.max(1), context.task);
    let binned = parallel::within(threads, || Binned::learn(x, key, threads, task))?;
    let binned = Arc::new(binned);
    if let Some(cache) = context.bins {
        cache.keep(&binned);
    }
    Ok(binned)
}

/// What the bins were learned from.
#[derive(Clone, Debug, PartialEq)]
struct BinKey {
    most_bins: usize,
    rows: usize,
    kinds: Vec<FeatureKind>,
    content: u128,
}

/// Bins of other rows would be wrong without anybody noticing, so the numbers themselves decide.
fn content_of(x: &Matrix, task: &TaskContext) -> Result<u128, UserError> {
    let mut hash = Xxh3::new();
    for values in x.values.chunks(1 << 20) {
        task.check()?;
        hash.update(bytemuck::cast_slice(values));
    }
    Ok(hash.digest128())
}

/// How the values of one column become bins.
#[derive(Clone, Debug, PartialEq)]
pub enum BinRule {
    /// Bin `b` ends with `edges[b]`; the last one has no end.
    Number { edges: Vec<f64> },
    /// The bin of each code; None for a code without a row, which counts as blank.
    Category { bin_of_code: Vec<Option<u8>> },
}

/// The bins of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnBins {
    pub rule: BinRule,
    /// Bins that hold values, 0..=255. The bin after them holds blanks.
    pub count: usize,
    /// Per bin of a number a value in its middle, ascending; empty for a category, or where every
    /// row is blank.
    pub middles: Vec<f64>,
}

impl ColumnBins {
    fn number(values: &[f64], most: usize) -> Self {
        let (edges, middles) = edges(values, most);
        Self {
            count: edges.len() + 1,
            rule: BinRule::Number { edges },
            middles,
        }
    }

    /// Codes by how often they occur; the rarest share the last bin.
    fn category(levels: u32, most: usize, codes: impl Iterator<Item = f64>) -> Self {
        let mut counts = vec![0_u32; levels as usize];
        for code in codes.filter_map(|value| code_of(value, levels)) {
            counts[code] += 1;
        }
        let mut by_count: Vec<usize> = (0..counts.len()).filter(|&code| counts[code] > 0).collect();
        by_count.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
        let mut bin_of_code = vec![None; counts.len()];
        for (place, &code) in by_count.iter().enumerate() {
            bin_of_code[code] = Some(place.min(most - 1) as u8);
        }
        Self {
            count: by_count.len().min(most),
            rule: BinRule::Category { bin_of_code },
            middles: Vec::new(),
        }
    }

    pub fn missing_bin(&self) -> u8 {
        self.count as u8
    }

    pub fn is_category(&self) -> bool {
        matches!(self.rule, BinRule::Category { .. })
    }

    #[inline]
    pub fn bin(&self, value: f64) -> u8 {
        match &self.rule {
            BinRule::Number { edges } => {
                if value.is_nan() {
                    return self.missing_bin();
                }
                edges.partition_point(|edge| *edge < value) as u8
            }
            BinRule::Category { bin_of_code } => code_of(value, bin_of_code.len() as u32)
                .and_then(|code| bin_of_code[code])
                .unwrap_or(self.missing_bin()),
        }
    }
}

/// The code a value stands for, when it is one.
#[inline]
pub fn code_of(value: f64, levels: u32) -> Option<usize> {
    (value >= 0.0 && value < f64::from(levels)).then_some(value as usize)
}

/// Some neighbouring columns, row by row: one look into memory finds the bins of several columns.
#[derive(Clone, Debug)]
pub struct Block {
    /// Number of the first column.
    pub first: usize,
    pub width: usize,
    /// Rows × width.
    pub data: Vec<u8>,
}

/// Rows whose columns have been sorted into bins.
#[derive(Debug)]
pub struct Binned {
    pub rows: usize,
    pub columns: Vec<ColumnBins>,
    pub blocks: Vec<Block>,
    /// Where the bins of a column begin in a histogram of all columns, and the end.
    pub offsets: Vec<usize>,
    /// Per column its block, and its place inside.
    places: Vec<(usize, usize)>,
    key: BinKey,
}

impl Binned {
    fn learn(
        x: &Matrix,
        key: BinKey,
        threads: usize,
        task: &TaskContext,
    ) -> Result<Self, UserError> {
        let sample = sample(x.rows);
        let mut learned: Vec<(usize, Option<ColumnBins>)> =
            (0..x.cols).map(|column| (column, None)).collect();
        parallel::try_each(threads, &mut learned, &|(column, bins)| {
            task.check()?;
            let column = *column;
            let at = |row: usize| x.values[row * x.cols + column];
            *bins = Some(match key.kinds[column] {
                FeatureKind::Number => {
                    let values: Vec<f64> = sample.iter().map(|&row| at(row as usize)).collect();
                    ColumnBins::number(&values, key.most_bins)
                }
                FeatureKind::Category { levels } => {
                    ColumnBins::category(levels, key.most_bins, (0..x.rows).map(at))
                }
            });
            Ok(())
        })?;
        let columns: Vec<ColumnBins> = learned.into_iter().filter_map(|(_, bins)| bins).collect();
        let mut blocks = empty_blocks(x.cols);
        parallel::try_each(threads, &mut blocks, &|block| {
            fill(block, x, &columns, task)
        })?;
        let mut offsets = vec![0];
        for column in &columns {
            offsets.push(offsets.last().copied().unwrap_or(0) + column.count + 1);
        }
        Ok(Self {
            rows: x.rows,
            columns,
            places: places_of(&blocks),
            blocks,
            offsets,
            key,
        })
    }

    /// The block that holds a column, and the place of the column inside it.
    pub fn place(&self, column: usize) -> (&Block, usize) {
        let (block, offset) = self.places[column];
        (&self.blocks[block], offset)
    }

    /// Length of a histogram of all columns.
    pub fn bins_in_all(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }
}

/// Columns in blocks of equal width as far as possible, an even number of blocks where there are
/// several, so that two threads have equally much to do.
fn empty_blocks(columns: usize) -> Vec<Block> {
    let mut count = columns.div_ceil(WIDEST_BLOCK);
    if columns > 2 {
        count = count.next_multiple_of(2);
    }
    (0..count)
        .map(|block| {
            let first = block * columns / count;
            Block {
                first,
                width: (block + 1) * columns / count - first,
                data: Vec::new(),
            }
        })
        .collect()
}

fn places_of(blocks: &[Block]) -> Vec<(usize, usize)> {
    let in_block = |(number, block): (usize, &Block)| {
        (0..block.width)
            .map(move |offset| (number, offset))
            .collect::<Vec<_>>()
    };
    blocks.iter().enumerate().flat_map(in_block).collect()
}

fn fill(
    block: &mut Block,
    x: &Matrix,
    columns: &[ColumnBins],
    task: &TaskContext,
) -> Result<(), UserError> {
    let columns = &columns[block.first..block.first + block.width];
    block.data = Vec::with_capacity(x.rows * block.width);
    for (row, values) in x.values.chunks_exact(x.cols.max(1)).enumerate() {
        if row % 16_384 == 0 {
            task.check()?;
        }
        let values = &values[block.first..block.first + block.width];
        for (column, &value) in columns.iter().zip(values) {
            block.data.push(column.bin(value));
        }
    }
    Ok(())
}
