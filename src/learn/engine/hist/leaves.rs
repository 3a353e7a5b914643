//! In which leaf of which tree rows end, and how near to one another that makes them.

use super::ensemble::{BLOCK_ROWS, TreeEnsemble};
use super::parallel;
use super::walk::Walk;
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

/// Fewer ways through trees are walked by one thread.
const FEW_WAYS: usize = 1 << 14;

/// Some neighbouring rows, and what is kept about them.
pub struct Piece<'p, T> {
    rows: &'p [f64],
    pub kept: T,
}

/// Neighbouring rows as pieces of one size; `kept` makes what is kept about so many rows.
pub fn pieces<T>(x: &Matrix, kept: impl Fn(usize) -> T) -> Vec<Piece<'_, T>> {
    let columns = x.cols.max(1);
    x.values
        .chunks(BLOCK_ROWS * columns)
        .map(|rows| Piece {
            rows,
            kept: kept(rows.len() / columns),
        })
        .collect()
}

impl TreeEnsemble {
    /// Walks every row through every tree, one tree after the other: `visit` is told what is kept
    /// about the piece, the tree, the row inside the piece, and the leaf, as a node of all trees.
    /// Whatever `visit` does stays inside the piece, so that the number of threads changes nothing.
    pub fn walk_all<T: Send>(
        &self,
        pieces: &mut [Piece<'_, T>],
        task: &TaskContext,
        visit: impl Fn(&mut T, usize, usize, usize) + Sync,
    ) -> Result<(), UserError> {
        let columns = self.features.max(1);
        let ways = pieces.len().saturating_mul(BLOCK_ROWS * self.trees());
        let threads = if ways > FEW_WAYS {
            rayon::current_num_threads()
        } else {
            1
        };
        // A tree is brought into a form that fits the cache, and all rows walk through it.
        let mut walk = Walk::default();
        for tree in 0..self.trees() {
            let nodes = self.tree(tree);
            let start = nodes.start;
            walk.set(self, nodes);
            let walk = &walk;
            parallel::try_each(threads, pieces, &|piece| {
                task.check()?;
                walk.each(piece.rows, columns, |place, leaf| {
                    visit(&mut piece.kept, tree, place, start + leaf);
                });
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The leaf of every row in the tree, as a node of all trees.
    pub fn leaves_in(
        &self,
        tree: usize,
        x: &Matrix,
        threads: usize,
        task: &TaskContext,
    ) -> Result<Vec<u32>, UserError> {
        let nodes = self.tree(tree);
        let start = nodes.start;
        let mut walk = Walk::default();
        walk.set(self, nodes);
        let mut leaves = vec![0_u32; x.rows];
        let columns = x.cols.max(1);
        let rows = x.values.chunks(BLOCK_ROWS * columns);
        let mut pieces: Vec<_> = leaves.chunks_mut(BLOCK_ROWS).zip(rows).collect();
        parallel::try_each(threads, &mut pieces, &|(leaves, rows)| {
            task.check()?;
            walk.each(rows, columns, |row, leaf| {
                leaves[row] = (start + leaf) as u32
            });
            Ok(())
        })?;
        Ok(leaves)
    }
}

/// Share of trees in which a row of `x` and a row of `of` end in the same leaf, row-major
/// `x.rows` × `of.rows`: Breiman's proximity. Without trees all rows are alike. Both have the width
/// the trees expect.
pub fn proximity(
    trees: &TreeEnsemble,
    of: &Matrix,
    x: &Matrix,
    task: &TaskContext,
) -> Result<Vec<f64>, UserError> {
    task.check()?;
    let mut given = Vec::with_capacity(trees.trees() * of.rows);
    for tree in 0..trees.trees() {
        task.check()?;
        let root = trees.tree(tree).start;
        given.extend((0..of.rows).map(|row| trees.leaf_of(root, of.row(row))));
    }
    let mut pieces = pieces(x, |rows| vec![0_u32; rows * of.rows]);
    trees.walk_all(&mut pieces, task, |counts, tree, row, leaf| {
        let given = &given[tree * of.rows..(tree + 1) * of.rows];
        let counts = &mut counts[row * of.rows..(row + 1) * of.rows];
        for (count, &other) in counts.iter_mut().zip(given) {
            *count += u32::from(other == leaf);
        }
    })?;
    let all = trees.trees();
    let share = |count: u32| {
        if all == 0 {
            1.0
        } else {
            f64::from(count) / all as f64
        }
    };
    Ok(pieces
        .into_iter()
        .flat_map(|piece| piece.kept)
        .map(share)
        .collect())
}
