//! Dividing the rows of a node between its two sides, in place and without changing their order.

use super::bins::Block;

/// Fewer rows are divided by one thread.
const SMALLEST_PART: usize = 16_384;

/// Which side the rows of a bin go to.
pub type Sides = [bool; 256];

/// Left rows first, each side in its old order; returns how many go left. `buffer` is as long as
/// `rows`.
pub fn partition(
    rows: &mut [u32],
    buffer: &mut [u32],
    column: (&Block, usize),
    sides: &Sides,
    threads: usize,
) -> usize {
    if threads <= 1 || rows.len() < 2 * SMALLEST_PART {
        return partition_here(rows, buffer, column, sides);
    }
    let middle = rows.len() / 2;
    let (first, second) = rows.split_at_mut(middle);
    let (first_buffer, second_buffer) = buffer.split_at_mut(middle);
    let (left, right) = rayon::join(
        || partition(first, first_buffer, column, sides, threads / 2),
        || partition(second, second_buffer, column, sides, threads - threads / 2),
    );
    // Now: left, right of the first half, left, right of the second.
    rows[left..middle + right].rotate_left(middle - left);
    left + right
}

/// As [`partition`] on one thread, with something kept per row that moves along.
pub fn partition_both(
    (rows, kept): (&mut [u32], &mut [u64]),
    (row_buffer, kept_buffer): (&mut [u32], &mut [u64]),
    (block, offset): (&Block, usize),
    sides: &Sides,
) -> usize {
    let (mut left, mut right) = (0, 0);
    for index in 0..rows.len() {
        let (row, value) = (rows[index], kept[index]);
        let bin = block.data[row as usize * block.width + offset];
        let goes_left = usize::from(sides[bin as usize]);
        rows[left] = row;
        kept[left] = value;
        row_buffer[right] = row;
        kept_buffer[right] = value;
        left += goes_left;
        right += 1 - goes_left;
    }
    rows[left..].copy_from_slice(&row_buffer[..right]);
    kept[left..].copy_from_slice(&kept_buffer[..right]);
    left
}

fn partition_here(
    rows: &mut [u32],
    buffer: &mut [u32],
    (block, offset): (&Block, usize),
    sides: &Sides,
) -> usize {
    let (mut left, mut right) = (0, 0);
    for index in 0..rows.len() {
        let row = rows[index];
        let bin = block.data[row as usize * block.width + offset];
        let goes_left = usize::from(sides[bin as usize]);
        // Written to both sides and counted on one: no branch that could be guessed wrongly.
        rows[left] = row;
        buffer[right] = row;
        left += goes_left;
        right += 1 - goes_left;
    }
    rows[left..].copy_from_slice(&buffer[..right]);
    left
}
