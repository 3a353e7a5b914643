//! Cutting a grown tree back, weakest branch first.
//!
//! Breiman, Friedman, Olshen and Stone (1984), section 3.3: of all branches the one is cut whose
//! leaves lower the error least per leaf saved. Errors are shares of the error without any
//! question, so that they mean the same for classes and for numbers of any size.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::tree::FlatTree;

/// A tree of the sequence: what is left when every branch up to `alpha` is cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PruningStep {
    /// Share of the error that the weakest branch saves per leaf.
    pub alpha: f64,
    pub leaves: u32,
}

/// The whole sequence of smaller and smaller trees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pruning {
    /// From the full tree (alpha 0) to the root alone, alpha rising.
    pub steps: Vec<PruningStep>,
    /// Per node, the alpha from which it is a leaf or gone; infinite for leaves.
    alpha_of: Vec<f64>,
}

/// A branch in the queue: the weakest first, then the one nearer to the root.
#[derive(PartialEq)]
struct Branch {
    alpha: f64,
    node: usize,
}

impl Eq for Branch {}

impl Ord for Branch {
    fn cmp(&self, other: &Self) -> Ordering {
        self.alpha
            .total_cmp(&other.alpha)
            .then(self.node.cmp(&other.node))
    }
}

impl PartialOrd for Branch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `gains`: per node, the share of the error its split saves; 0 at leaves.
pub fn pruning(tree: &FlatTree, gains: &[f64]) -> Pruning {
    let nodes = tree.len();
    let mut parent = vec![None; nodes];
    let mut saved = gains.to_vec();
    let mut leaves = vec![1_u32; nodes];
    for node in (0..nodes).rev().filter(|&node| !tree.is_leaf(node)) {
        let (left, right) = (tree.left[node] as usize, tree.right[node] as usize);
        saved[node] += saved[left] + saved[right];
        leaves[node] = leaves[left] + leaves[right];
        parent[left] = Some(node);
        parent[right] = Some(node);
    }
    let weakness = |saved: f64, leaves: u32| saved.max(0.0) / f64::from(leaves - 1);
    let mut queue: BinaryHeap<Reverse<Branch>> = (0..nodes)
        .filter(|&node| !tree.is_leaf(node))
        .map(|node| {
            Reverse(Branch {
                alpha: weakness(saved[node], leaves[node]),
                node,
            })
        })
        .collect();
    let mut alpha_of = vec![f64::INFINITY; nodes];
    let mut steps = vec![PruningStep {
        alpha: 0.0,
        leaves: leaves.first().copied().unwrap_or(0),
    }];
    let mut reached = 0.0_f64;
    while let Some(Reverse(Branch { alpha, node })) = queue.pop() {
        // An entry is out of date when its branch is gone or has been cut meanwhile.
        let cut = alpha_of[node].is_finite() || leaves[node] == 1;
        if cut || alpha != weakness(saved[node], leaves[node]) {
            continue;
        }
        reached = reached.max(alpha);
        let (less_saved, fewer) = (saved[node], leaves[node] - 1);
        close(tree, node, reached, &mut alpha_of);
        let mut above = Some(node);
        while let Some(node) = above {
            saved[node] -= less_saved;
            leaves[node] -= fewer;
            if leaves[node] > 1 {
                queue.push(Reverse(Branch {
                    alpha: weakness(saved[node], leaves[node]),
                    node,
                }));
            }
            above = parent[node];
        }
        let left = leaves.first().copied().unwrap_or(1);
        match steps.last_mut() {
            Some(last) if reached <= last.alpha * (1.0 + 1e-12) => last.leaves = left,
            _ => steps.push(PruningStep {
                alpha: reached,
                leaves: left,
            }),
        }
    }
    Pruning { steps, alpha_of }
}

/// Marks a branch as cut at `alpha`.
fn close(tree: &FlatTree, node: usize, alpha: f64, alpha_of: &mut [f64]) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if tree.is_leaf(node) || alpha_of[node].is_finite() {
            continue;
        }
        alpha_of[node] = alpha;
        open.extend([tree.left[node] as usize, tree.right[node] as usize]);
    }
}

impl Pruning {
    /// The tree without the branches whose alpha is at most the given one, and for each of its
    /// nodes the node it was before.
    pub fn cut(&self, tree: &FlatTree, alpha: f64) -> (FlatTree, Vec<usize>) {
        let mut kept = FlatTree::new(tree.outputs);
        let mut before = Vec::new();
        let mut open = vec![(0_usize, None)];
        while let Some((node, above)) = open.pop() {
            let rows = tree.rows.get(node).copied().unwrap_or(0);
            let index = kept.push_leaf(tree.value(node), rows);
            before.push(node);
            if let Some((parent, to_left)) = above {
                kept.set_child(parent, to_left, index);
            }
            let stays = self.alpha_of.get(node).is_some_and(|&at| at > alpha);
            if stays && !tree.is_leaf(node) {
                kept.split(index, tree.feature[node] as usize, tree.threshold[node]);
                open.push((tree.right[node] as usize, Some((index, false))));
                open.push((tree.left[node] as usize, Some((index, true))));
            }
        }
        (kept, before)
    }
}
