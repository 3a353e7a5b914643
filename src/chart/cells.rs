//! One small code per row: which bar, bin or cell it is drawn in. Selections are counted in one
//! tight pass over these codes.

use std::sync::Arc;

use super::density::{in_parts, parts_for, sum_parts};
use crate::base::{RowSet, TaskContext, UserError};
use crate::data::Table;

/// Rows between two looks at whether the work was stopped.
const BLOCK: usize = 1 << 16;

/// How the positions of a drawing relate to row ids.
#[derive(Clone, Debug)]
pub struct RowMap {
    /// Row id of every position; None while they are 0, 1, 2, …
    ids: Option<Arc<Vec<u32>>>,
    rows: usize,
    source_rows: usize,
}

impl RowMap {
    pub fn of(table: &Table) -> Self {
        Self {
            ids: table.row_ids().cloned(),
            rows: table.rows(),
            source_rows: table.source_rows(),
        }
    }

    /// Only the positions kept, in their order.
    #[must_use]
    pub fn keep(&self, positions: &[u32]) -> Self {
        let ids = positions
            .iter()
            .map(|&position| self.id(position as usize))
            .collect();
        Self {
            ids: Some(Arc::new(ids)),
            rows: positions.len(),
            source_rows: self.source_rows,
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn source_rows(&self) -> usize {
        self.source_rows
    }

    pub fn id(&self, position: usize) -> u32 {
        match &self.ids {
            Some(ids) => ids.get(position).copied().unwrap_or(u32::MAX),
            None => position as u32,
        }
    }

    /// Row ids of all positions.
    pub fn ids(&self) -> Arc<Vec<u32>> {
        match &self.ids {
            Some(ids) => ids.clone(),
            None => Arc::new((0..self.rows as u32).collect()),
        }
    }

    /// One bit per position: whether its row is in the set.
    pub fn mask(&self, rows: &RowSet) -> Vec<u64> {
        let parts = in_parts(self.rows, parts_for(self.rows), |range| {
            let mut words = Vec::with_capacity(range.len().div_ceil(64));
            let mut first = range.start;
            while first < range.end {
                let end = (first + 64).min(range.end);
                let mut word = 0_u64;
                match self.ids.as_ref().and_then(|ids| ids.get(first..end)) {
                    Some(ids) => {
                        for (bit, &id) in ids.iter().enumerate() {
                            word |= u64::from(rows.contains(id as usize)) << bit;
                        }
                    }
                    None => {
                        for (bit, row) in (first..end).enumerate() {
                            word |= u64::from(rows.contains(row)) << bit;
                        }
                    }
                }
                words.push(word);
                first = end;
            }
            words
        });
        parts.concat()
    }

    /// The rows whose bit is set.
    pub fn row_set(&self, mask: &[u64]) -> RowSet {
        let mut set = RowSet::empty(self.source_rows);
        for (index, &word) in mask.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let position = index * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                set.insert(self.id(position) as usize);
            }
        }
        set
    }

    pub fn memory_bytes(&self) -> u64 {
        self.ids.as_ref().map_or(0, |ids| ids.len() as u64 * 4)
    }
}

/// Number of set bits.
pub fn count_ones(mask: &[u64]) -> usize {
    mask.iter().map(|word| word.count_ones() as usize).sum()
}

/// One bit per element, set where `test` holds.
pub fn mask_where<T: Sync>(items: &[T], test: impl Fn(&T) -> bool + Sync) -> Vec<u64> {
    let parts = in_parts(items.len(), parts_for(items.len()), |range| {
        items[range]
            .chunks(64)
            .map(|chunk| {
                let bits = chunk.iter().enumerate();
                bits.fold(0_u64, |word, (bit, item)| {
                    word | u64::from(test(item)) << bit
                })
            })
            .collect::<Vec<u64>>()
    });
    parts.concat()
}

/// A cell per row, in as few bytes as the number of cells allows.
#[derive(Clone, Debug)]
pub enum Codes {
    Small(Vec<u8>),
    Wide(Vec<u16>),
}

impl Codes {
    /// Packs `code(position)` for every position. Codes of `cells` and above mean "not drawn".
    /// Stops early when the work was stopped; the caller's next check says so.
    pub fn pack(
        rows: usize,
        cells: usize,
        code: impl Fn(usize) -> usize + Sync,
        task: &TaskContext,
    ) -> Self {
        // One more than the last cell stands for all that is not drawn.
        let none = cells.min(usize::from(u16::MAX));
        let fill = |position: usize| code(position).min(none);
        if none < 256 {
            Self::Small(packed(rows, |position| fill(position) as u8, task))
        } else {
            Self::Wide(packed(rows, |position| fill(position) as u16, task))
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Small(codes) => codes.len(),
            Self::Wide(codes) => codes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cell of a position.
    pub fn get(&self, position: usize) -> usize {
        match self {
            Self::Small(codes) => codes.get(position).map_or(usize::MAX, |&code| code.into()),
            Self::Wide(codes) => codes.get(position).map_or(usize::MAX, |&code| code.into()),
        }
    }

    /// Rows per cell; with a mask, only those whose bit is set.
    pub fn count(
        &self,
        cells: usize,
        mask: Option<&[u64]>,
        task: &TaskContext,
    ) -> Result<Vec<u32>, UserError> {
        let mut counts = match self {
            Self::Small(codes) => count(codes, cells, mask, task),
            Self::Wide(codes) => count(codes, cells, mask, task),
        };
        task.check()?;
        counts.truncate(cells);
        Ok(counts)
    }

    /// One bit per row: whether its cell is wanted.
    pub fn mask_of(&self, wanted: &[bool]) -> Vec<u64> {
        match self {
            Self::Small(codes) => {
                let mut table = [false; 256];
                for (slot, &flag) in table.iter_mut().zip(wanted) {
                    *slot = flag;
                }
                mask_where(codes, |&code| table[usize::from(code)])
            }
            Self::Wide(codes) => mask_where(codes, |&code| {
                wanted.get(usize::from(code)).copied().unwrap_or(false)
            }),
        }
    }

    pub fn memory_bytes(&self) -> u64 {
        match self {
            Self::Small(codes) => codes.len() as u64,
            Self::Wide(codes) => codes.len() as u64 * 2,
        }
    }
}

fn packed<T: Copy + Send>(
    rows: usize,
    code: impl Fn(usize) -> T + Sync,
    task: &TaskContext,
) -> Vec<T> {
    let parts = in_parts(rows, parts_for(rows), |range| {
        let mut codes = Vec::with_capacity(range.len());
        let mut start = range.start;
        while start < range.end && !task.is_cancelled() {
            let end = (start + BLOCK).min(range.end);
            codes.extend((start..end).map(&code));
            start = end;
        }
        codes
    });
    parts.concat()
}

/// Counts per code. Two tables take turns, because adding twice in a row to the same counter
/// waits for memory.
fn count<T: Copy + Into<usize> + Sync>(
    codes: &[T],
    cells: usize,
    mask: Option<&[u64]>,
    task: &TaskContext,
) -> Vec<u32> {
    // Room for "not drawn", and for rows that are not in the mask.
    let lane = cells + 1;
    let parts = in_parts(codes.len(), parts_for(codes.len()), |range| {
        let mut lanes = [vec![0_u32; lane], vec![0_u32; lane]];
        let mut start = range.start;
        while start < range.end && !task.is_cancelled() {
            let end = (start + BLOCK).min(range.end);
            let block = &codes[start..end];
            match mask {
                None => count_all(block, &mut lanes),
                Some(mask) => {
                    count_masked(block, mask.get(start / 64..).unwrap_or(&[]), &mut lanes)
                }
            }
            start = end;
        }
        let [first, second] = lanes;
        sum_parts(vec![first, second])
    });
    sum_parts(parts)
}

fn count_all<T: Copy + Into<usize>>(codes: &[T], [even, odd]: &mut [Vec<u32>; 2]) {
    let last = even.len() - 1;
    let (even, odd) = (even.as_mut_slice(), odd.as_mut_slice());
    let pairs = codes.chunks_exact(2);
    for &code in pairs.remainder() {
        even[code.into().min(last)] += 1;
    }
    for pair in pairs {
        even[pair[0].into().min(last)] += 1;
        odd[pair[1].into().min(last)] += 1;
    }
}

fn count_masked<T: Copy + Into<usize>>(codes: &[T], mask: &[u64], [even, odd]: &mut [Vec<u32>; 2]) {
    let last = even.len() - 1;
    let (even, odd) = (even.as_mut_slice(), odd.as_mut_slice());
    for (codes, &word) in codes.chunks(64).zip(mask) {
        if word == 0 {
            continue;
        }
        if word == u64::MAX && codes.len() == 64 {
            for pair in codes.chunks_exact(2) {
                even[pair[0].into().min(last)] += 1;
                odd[pair[1].into().min(last)] += 1;
            }
        } else if word.count_ones() < 20 {
            let mut rest = word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if let Some(&code) = codes.get(bit) {
                    even[code.into().min(last)] += 1;
                }
            }
        } else {
            // Adding nothing costs less than guessing wrong whether to add.
            for (bit, pair) in codes.chunks(2).enumerate() {
                let flags = word >> (2 * bit);
                even[pair[0].into().min(last)] += (flags & 1) as u32;
                if let Some(&code) = pair.get(1) {
                    odd[code.into().min(last)] += (flags >> 1 & 1) as u32;
                }
            }
        }
    }
}
