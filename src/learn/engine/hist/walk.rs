//! Many rows through one tree: several at a time, so that while one waits for memory the others go
//! on.

use super::bins::code_of;
use super::ensemble::{NO_SET, TreeEnsemble};

/// Rows that walk side by side.
const LANES: usize = 8;

/// A node on the way of many rows, in one place. A leaf sends every row to itself.
struct Step {
    threshold: f64,
    left: u32,
    feature: u32,
    /// Where the bits of the set start, or [`NO_SET`].
    set: u32,
    levels: u32,
    missing_left: bool,
}

/// One tree in a form that fits the cache, its nodes numbered from its root.
#[derive(Default)]
pub(super) struct Walk {
    steps: Vec<Step>,
    bits: Vec<u32>,
}

impl Walk {
    /// Takes the place of the tree before. The ensemble has been checked.
    pub fn set(&mut self, trees: &TreeEnsemble, nodes: std::ops::Range<usize>) {
        let Self { steps, bits } = self;
        steps.clear();
        bits.clear();
        let start = nodes.start;
        steps.extend(nodes.map(|node| {
            let left = trees.left[node] as usize;
            if left == node {
                return Step {
                    threshold: f64::INFINITY,
                    left: (node - start) as u32,
                    feature: 0,
                    set: NO_SET,
                    levels: 0,
                    missing_left: true,
                };
            }
            let (set, levels) = match trees.set[node] {
                NO_SET => (NO_SET, 0),
                set => {
                    let set = &trees.sets[set as usize];
                    bits.extend(&set.bits);
                    ((bits.len() - set.bits.len()) as u32, set.levels)
                }
            };
            Step {
                threshold: trees.threshold[node],
                left: (left - start) as u32,
                feature: trees.feature[node],
                set,
                levels,
                missing_left: trees.missing_left[node],
            }
        }));
    }

    /// The node after a node.
    #[inline]
    fn next(&self, node: u32, row: &[f64]) -> u32 {
        let step = &self.steps[node as usize];
        let value = row[step.feature as usize];
        let goes_left = if step.set == NO_SET {
            value <= step.threshold || (step.missing_left && value.is_nan())
        } else {
            match code_of(value, step.levels) {
                None => step.missing_left,
                Some(code) => self.bits[step.set as usize + code / 32] >> (code % 32) & 1 == 1,
            }
        };
        step.left + u32::from(!goes_left)
    }

    fn leaf(&self, row: &[f64]) -> usize {
        let mut node = 0;
        loop {
            let next = self.next(node, row);
            if next == node {
                return node as usize;
            }
            node = next;
        }
    }

    /// Tells `visit` the place of every row and the leaf it ends in, rows in their order.
    /// `rows`: row-major, of `columns` values, at least one.
    pub fn each(&self, rows: &[f64], columns: usize, mut visit: impl FnMut(usize, usize)) {
        let mut groups = rows.chunks_exact(columns * LANES);
        let mut place = 0;
        for group in groups.by_ref() {
            let mut nodes = [0_u32; LANES];
            loop {
                let mut moved = 0;
                for (node, row) in nodes.iter_mut().zip(group.chunks_exact(columns)) {
                    let next = self.next(*node, row);
                    moved |= next ^ *node;
                    *node = next;
                }
                if moved == 0 {
                    break;
                }
            }
            for node in nodes {
                visit(place, node as usize);
                place += 1;
            }
        }
        for row in groups.remainder().chunks_exact(columns) {
            visit(place, self.leaf(row));
            place += 1;
        }
    }
}
