//! Adding up the rows of a node, bin by bin.

use super::bins::Block;
use super::fixed::{Sums, unpack};

/// Room for the histogram of one column. A bin is one byte, so every bin has a place.
pub type Bins = [Sums; 256];

/// The rows of a node with what they add.
#[derive(Clone, Copy)]
pub struct NodeRows<'a> {
    pub rows: &'a [u32],
    /// Packed gradients of all rows of the table.
    pub packed: &'a [u64],
    /// See [`super::fixed::Scale::one`].
    pub one: u64,
    pub constant: bool,
}

/// Adds the rows of a node to one histogram per column of the block. `bins` holds at least as many
/// histograms as the block has columns.
pub fn add(block: &Block, node: NodeRows<'_>, bins: &mut [Bins]) {
    match (block.width, node.constant) {
        (1, false) => add_block::<1, false>(block, node, bins),
        (2, false) => add_block::<2, false>(block, node, bins),
        (3, false) => add_block::<3, false>(block, node, bins),
        (4, false) => add_block::<4, false>(block, node, bins),
        (5, false) => add_block::<5, false>(block, node, bins),
        (_, false) => add_block::<6, false>(block, node, bins),
        (1, true) => add_block::<1, true>(block, node, bins),
        (2, true) => add_block::<2, true>(block, node, bins),
        (3, true) => add_block::<3, true>(block, node, bins),
        (4, true) => add_block::<4, true>(block, node, bins),
        (5, true) => add_block::<5, true>(block, node, bins),
        (_, true) => add_block::<6, true>(block, node, bins),
    }
}

/// One pass over the rows for all columns of the block: the additions of different columns do not
/// wait for one another, which matters where neighbouring rows fall into the same bin.
fn add_block<const WIDTH: usize, const CONSTANT: bool>(
    block: &Block,
    node: NodeRows<'_>,
    bins: &mut [Bins],
) {
    let (table, _) = block.data.as_chunks::<WIDTH>();
    let Some(bins) = bins.first_chunk_mut::<WIDTH>() else {
        return;
    };
    for &row in node.rows {
        let row = row as usize;
        let sums = unpack::<CONSTANT>(node.packed[row], node.one);
        let places = table[row];
        for column in 0..WIDTH {
            bins[column][places[column] as usize].add(sums);
        }
    }
}
