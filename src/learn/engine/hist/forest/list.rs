//! The bins of one column that occur in a node.

use crate::learn::engine::hist::fixed::{Scale, Sums};
use crate::learn::engine::hist::split::Present;

/// The places of a column that occur in a node, ascending.
pub struct List {
    pub bins: [u8; 256],
    pub sums: [Sums; 256],
    pub count: usize,
    pub missing: Sums,
}

impl Default for List {
    fn default() -> Self {
        Self {
            bins: [0; 256],
            sums: [Sums::default(); 256],
            count: 0,
            missing: Sums::default(),
        }
    }
}

impl List {
    pub fn present(&self) -> Present<'_> {
        Present {
            bins: &self.bins[..self.count],
            sums: &self.sums[..self.count],
            missing: self.missing,
        }
    }

    pub fn pairs(&self) -> impl Iterator<Item = (u8, Sums)> {
        let present = self.bins.iter().copied().zip(self.sums.iter().copied());
        present.take(self.count)
    }

    pub fn is_constant(&self, scale: &Scale) -> bool {
        self.count + usize::from(scale.rows(self.missing) > 0) < 2
    }

    pub fn sum_up_to(&self, last: u8, blanks: bool) -> Sums {
        let mut sums = if blanks {
            self.missing
        } else {
            Sums::default()
        };
        for (_, part) in self.pairs().take_while(|(place, _)| *place <= last) {
            sums.add(part);
        }
        sums
    }
}
