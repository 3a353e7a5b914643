//! One small code per row: which bar, bin or cell it is drawn in. Selections are counted in one
//! tight pass over these codes.

use std::sync::{Arc, OnceLock};

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
    /// The ids 0, 1, 2, … as a list, once somebody wants one.
    counted: OnceLock<Arc<Vec<u32>>>,
    rows: usize,
    source_rows: usize,
}

impl RowMap {
    pub fn of(table: &Table) -> Self {
        Self {
            ids: table.row_ids().cloned(),
            counted: OnceLock::new(),
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
            counted: OnceLock::new(),
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
            None => self
                .counted
                .get_or_init(|| Arc::new((0..self.rows as u32).collect()))
                .clone(),
        }
    }

    /// One bit per position: whether its row is in the set.
    pub fn mask(&self, rows: &RowSet) -> Vec<u64> {
        if self.ids.is_none() {
            // Positions are ids: the bits are there already.
            let words = rows.words().iter().copied().take(self.rows.div_ceil(64));
            return RowSet::from_words(self.rows, words.collect()).into_words();
        }
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
        if self.ids.is_none() {
            return RowSet::from_words(self.source_rows, mask.to_vec());
        }
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
        let held = self.ids.as_ref().or(self.counted.get());
        held.map_or(0, |ids| ids.len() as u64 * 4)
    }
}

/// Number of set bits.
pub fn count_ones(mask: &[u64]) -> usize {
    mask.iter().map(|word| word.count_ones() as usize).sum()
}

/// The bits of 64 flags that are 0 or 1, the first one lowest. Flags are written side by side and
/// gathered here, which is twice as quick as shifting every bit to its place.
pub fn word_of(flags: &[u8; 64]) -> u64 {
    // Multiplied so, the lowest bits of eight bytes meet in the highest byte, in their order.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut word = 0;
    for (place, eight) in flags.chunks_exact(8).enumerate() {
        let bytes = u64::from_le_bytes(<[u8; 8]>::try_from(eight).unwrap_or_default());
        word |= (bytes.wrapping_mul(GATHER) >> 56) << (8 * place);
    }
    word
}

/// One bit per element, set where `test` holds.
pub fn mask_where<T: Sync>(items: &[T], test: impl Fn(&T) -> bool + Sync) -> Vec<u64> {
    let parts = in_parts(items.len(), parts_for(items.len()), |range| {
        items[range]
            .chunks(64)
            .map(|chunk| {
                let mut flags = [0_u8; 64];
                for (flag, item) in flags.iter_mut().zip(chunk) {
                    *flag = u8::from(test(item));
                }
                word_of(&flags)
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
            Self::Small(codes) => count_small(codes, mask, task),
            Self::Wide(codes) => count_wide(codes, cells, mask, task),
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

/// Counts per code of one byte. Four tables take turns, because adding twice in a row to the same
/// counter waits for memory.
fn count_small(codes: &[u8], mask: Option<&[u64]>, task: &TaskContext) -> Vec<u32> {
    let parts = in_parts(codes.len(), parts_for(codes.len()), |range| {
        let mut tables = [[0_u32; 256]; 4];
        let mut start = range.start;
        while start < range.end && !task.is_cancelled() {
            let end = (start + BLOCK).min(range.end);
            let words = mask.map(|mask| mask.get(start / 64..).unwrap_or(&[]));
            for (index, codes) in codes[start..end].chunks(64).enumerate() {
                let word = words.map_or(u64::MAX, |words| words.get(index).copied().unwrap_or(0));
                add_small(codes, word, &mut tables);
            }
            start = end;
        }
        (0..256)
            .map(|code| tables.iter().map(|table| table[code]).sum())
            .collect::<Vec<u32>>()
    });
    sum_parts(parts)
}

/// Up to 64 codes, one bit of the word for each.
fn add_small(codes: &[u8], word: u64, tables: &mut [[u32; 256]; 4]) {
    let mut rest = word;
    if codes.len() < 64 || word.count_ones() < 20 {
        let mut turn = 0;
        while rest != 0 {
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if let Some(&code) = codes.get(bit) {
                tables[turn % 4][usize::from(code)] += 1;
                turn += 1;
            }
        }
        return;
    }
    // Adding nothing costs less than guessing wrong whether to add.
    for four in codes.chunks_exact(4) {
        for (table, &code) in tables.iter_mut().zip(four) {
            table[usize::from(code)] += (rest & 1) as u32;
            rest >>= 1;
        }
    }
}

/// Counts per code of two bytes. Two tables take turns.
fn count_wide(codes: &[u16], cells: usize, mask: Option<&[u64]>, task: &TaskContext) -> Vec<u32> {
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

fn count_all(codes: &[u16], [even, odd]: &mut [Vec<u32>; 2]) {
    let last = even.len() - 1;
    let (even, odd) = (even.as_mut_slice(), odd.as_mut_slice());
    let pairs = codes.chunks_exact(2);
    for &code in pairs.remainder() {
        even[usize::from(code).min(last)] += 1;
    }
    for pair in pairs {
        even[usize::from(pair[0]).min(last)] += 1;
        odd[usize::from(pair[1]).min(last)] += 1;
    }
}

fn count_masked(codes: &[u16], mask: &[u64], [even, odd]: &mut [Vec<u32>; 2]) {
    let last = even.len() - 1;
    let (even, odd) = (even.as_mut_slice(), odd.as_mut_slice());
    for (codes, &word) in codes.chunks(64).zip(mask) {
        if word == 0 {
            continue;
        }
        if word == u64::MAX && codes.len() == 64 {
            for pair in codes.chunks_exact(2) {
                even[usize::from(pair[0]).min(last)] += 1;
                odd[usize::from(pair[1]).min(last)] += 1;
            }
        } else if word.count_ones() < 20 {
            let mut rest = word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if let Some(&code) = codes.get(bit) {
                    even[usize::from(code).min(last)] += 1;
                }
            }
        } else {
            // Adding nothing costs less than guessing wrong whether to add.
            for (bit, pair) in codes.chunks(2).enumerate() {
                let flags = word >> (2 * bit);
                even[usize::from(pair[0]).min(last)] += (flags & 1) as u32;
                if let Some(&code) = pair.get(1) {
                    odd[usize::from(code).min(last)] += (flags >> 1 & 1) as u32;
                }
            }
        }
    }
}
