//! A set of rows as a bit mask: what a selection is, everywhere.

use serde::{Deserialize, Serialize};

/// Bits over row ids `0..len`. Eight rows to a byte: ten million rows are 1.25 MB.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RowSet {
    words: Vec<u64>,
    len: usize,
}

impl RowSet {
    pub fn empty(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
            len,
        }
    }

    pub fn full(len: usize) -> Self {
        let mut set = Self {
            words: vec![u64::MAX; len.div_ceil(64)],
            len,
        };
        set.clear_tail();
        set
    }

    pub fn from_rows(len: usize, rows: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self::empty(len);
        for row in rows {
            set.insert(row);
        }
        set
    }

    /// The set of these bits, row `i` in bit `i % 64` of word `i / 64`. Missing words are empty;
    /// bits beyond `len` are dropped.
    pub fn from_words(len: usize, mut words: Vec<u64>) -> Self {
        words.resize(len.div_ceil(64), 0);
        let mut set = Self { words, len };
        set.clear_tail();
        set
    }

    /// The bits, row `i` in bit `i % 64` of word `i / 64`; none is set beyond the last row.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The bits, as [`RowSet::words`] has them.
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }

    /// Number of rows the set ranges over, not the number selected.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    pub fn contains(&self, row: usize) -> bool {
        self.words
            .get(row >> 6)
            .is_some_and(|word| word >> (row & 63) & 1 == 1)
    }

    pub fn insert(&mut self, row: usize) {
        if row < self.len
            && let Some(word) = self.words.get_mut(row >> 6)
        {
            *word |= 1 << (row & 63);
        }
    }

    pub fn remove(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row >> 6) {
            *word &= !(1 << (row & 63));
        }
    }

    pub fn union(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a |= b;
        }
    }

    pub fn intersect(&mut self, other: &Self) {
        for (i, a) in self.words.iter_mut().enumerate() {
            *a &= other.words.get(i).copied().unwrap_or(0);
        }
    }

    pub fn subtract(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a &= !b;
        }
    }

    pub fn invert(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        self.clear_tail();
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                Some(index * 64 + bit)
            })
        })
    }

    /// The first row of the set and every `step`-th after it.
    pub fn every(&self, step: usize) -> Vec<usize> {
        let step = step.max(1);
        let mut taken = Vec::with_capacity(self.count().div_ceil(step));
        // Rows of the set to be passed over before the next one is taken.
        let mut skip = 0;
        for (index, &word) in self.words.iter().enumerate() {
            let held = word.count_ones() as usize;
            if skip >= held {
                skip -= held;
                continue;
            }
            let mut rest = word;
            while rest != 0 {
                if skip == 0 {
                    taken.push(index * 64 + rest.trailing_zeros() as usize);
                    skip = step;
                }
                skip -= 1;
                rest &= rest - 1;
            }
        }
        taken
    }

    fn clear_tail(&mut self) {
        let used = self.len % 64;
        if used != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }
}
