//! The bins of the columns, column by column, and the coarser ones that tables are made of.

use crate::base::{TaskContext, UserError};
use crate::learn::engine::hist::Binned;
use crate::learn::engine::hist::parallel;

/// Bins per column of a table, without that of the blanks.
pub const TABLE_BINS: usize = 32;

/// One column, every row's bin in one piece.
pub struct Column {
    /// Matrix column.
    pub feature: usize,
    pub bins: Vec<u8>,
    /// Bins that hold values; the next one holds blanks.
    pub values: usize,
    pub category: bool,
    /// Rows per bin, blanks included.
    pub rows: Vec<u32>,
}

impl Column {
    /// All bins.
    pub fn count(&self) -> usize {
        self.values + 1
    }

    /// Whether its rows differ.
    pub fn differs(&self) -> bool {
        self.rows.iter().filter(|&&rows| rows > 0).count() > 1
    }
}

/// All columns whose rows differ.
pub fn columns_of(
    binned: &Binned,
    threads: usize,
    task: &TaskContext,
) -> Result<Vec<Column>, UserError> {
    let mut columns: Vec<Column> = binned
        .columns
        .iter()
        .enumerate()
        .map(|(feature, bins)| Column {
            feature,
            bins: Vec::new(),
            values: bins.count,
            category: bins.is_category(),
            rows: vec![0; bins.count + 1],
        })
        .collect();
    parallel::try_each(threads, &mut columns, &|column| {
        task.check()?;
        let (block, offset) = binned.place(column.feature);
        let all = block.data.iter().skip(offset).step_by(block.width);
        column.bins = all.copied().collect();
        for &bin in &column.bins {
            column.rows[usize::from(bin)] += 1;
        }
        Ok(())
    })?;
    columns.retain(Column::differs);
    Ok(columns)
}

/// A column in few bins of about equally many rows.
pub struct Coarse {
    /// Place among the columns it was made of.
    pub column: usize,
    /// Coarse bin of every bin, blanks included.
    pub of: Vec<u8>,
    /// Coarse bins that hold values; the next one holds blanks.
    pub values: usize,
    /// Every row's coarse bin.
    pub bins: Vec<u8>,
}

impl Coarse {
    pub fn count(&self) -> usize {
        self.values + 1
    }

    pub fn new(column: usize, from: &Column) -> Self {
        let (mut of, values) = if from.category {
            // Bins of a category come by how many rows they hold; the rare ones share the last.
            let last = TABLE_BINS.min(from.values).saturating_sub(1);
            let of = (0..from.values).map(|bin| bin.min(last) as u8).collect();
            (of, from.values.min(TABLE_BINS))
        } else {
            neighbours(&from.rows[..from.values], TABLE_BINS)
        };
        of.push(values as u8);
        let bins = from.bins.iter().map(|&bin| of[usize::from(bin)]).collect();
        Self {
            column,
            of,
            values,
            bins,
        }
    }
}

/// Neighbouring bins put together until at most `most` are left: the group of every bin, and how many
/// there are.
pub fn neighbours(rows: &[u32], most: usize) -> (Vec<u8>, usize) {
    if rows.len() <= most {
        return ((0..rows.len() as u8).collect(), rows.len());
    }
    let mut left: u64 = rows.iter().map(|&count| u64::from(count)).sum();
    let (mut group, mut inside) = (0_usize, 0_u64);
    let mut of = Vec::with_capacity(rows.len() + 1);
    for &count in rows {
        let count = u64::from(count);
        let share = left.div_ceil((most - group) as u64);
        if inside > 0 && group + 1 < most && inside + count / 2 >= share {
            left -= inside;
            group += 1;
            inside = 0;
        }
        inside += count;
        of.push(group as u8);
    }
    (of, group + 1)
}
