//! Parts of the training rows, for learners that check something inside them.

use crate::base::Random;
use crate::learn::Target;

/// The part of every row, `0..parts` (fewer parts than asked for when there are fewer rows), drawn
/// by the seed. Every class is spread evenly over the parts.
pub fn parts(y: &Target, parts: usize, seed: u64) -> Parts {
    let rows = y.len();
    let count = parts.min(rows).max(1);
    let mut order: Vec<usize> = (0..rows).collect();
    Random::stream(seed, 0xf01d).shuffle(&mut order);
    if let Target::Classes { codes, .. } = y {
        order.sort_by_key(|&row| codes.get(row).copied());
    }
    let mut of = vec![0; rows];
    for (place, row) in order.into_iter().enumerate() {
        if let Some(part) = of.get_mut(row) {
            *part = place % count;
        }
    }
    Parts { of, count }
}

pub struct Parts {
    /// One per row.
    pub of: Vec<usize>,
    pub count: usize,
}

impl Parts {
    /// Rows of a part, and all others, both ascending.
    pub fn split(&self, part: usize) -> (Vec<usize>, Vec<usize>) {
        (0..self.of.len()).partition(|&row| self.of.get(row) == Some(&part))
    }
}
