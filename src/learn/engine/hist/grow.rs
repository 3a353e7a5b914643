//! Growing one tree on given gradients.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::bins::{Binned, Block};
use super::fixed::{Scale, Sums};
use super::histogram::{self, Bins, NodeRows};
use super::parallel;
use super::partition::{Sides, partition};
use super::split::{Bounds, NodeSums, Split, SplitRule, best_split, best_value};
use crate::base::{TaskContext, UserError};

/// Which leaf is divided next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The one whose best split gains most.
    BestFirst,
    /// All of one depth before the next depth.
    LevelByLevel,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GrowOptions {
    pub most_leaves: usize,
    pub most_depth: usize,
    pub order: Order,
    pub rule: SplitRule,
    /// Per column 1 (larger values must not predict less), −1 (not more) or 0; empty for all 0.
    pub directions: Vec<i8>,
    /// Columns that may be combined on one way from the root to a leaf; empty when all may.
    pub together: Vec<Vec<usize>>,
}

/// A node of a grown tree. Children come after their parent; a leaf has no split.
#[derive(Clone, Debug, PartialEq)]
pub struct GrownNode {
    pub split: Option<Split>,
    pub left: usize,
    pub right: usize,
    /// −G/(H + λ) of the rows of the node.
    pub value: f64,
    pub rows: u64,
}

/// The rows of a leaf: a range of the array of rows that was given to [`Grower::grow`].
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    pub node: usize,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GrownTree {
    pub nodes: Vec<GrownNode>,
    /// In the order of their rows.
    pub leaves: Vec<Leaf>,
}

/// What the rows of a tree are, and what they add.
#[derive(Clone, Copy)]
pub struct TreeData<'a> {
    /// Packed gradients of all rows of the table.
    pub packed: &'a [u64],
    pub scale: Scale,
    /// Columns that this tree may use.
    pub columns: &'a [bool],
}

/// Histograms of a tree may take this much memory; more, and every node is added up by itself.
const MOST_HISTOGRAM_BYTES: usize = 1 << 30;
/// Rows added up between two looks at the cancel flag.
const ROWS_BETWEEN_CHECKS: usize = 1 << 21;
/// Additions below which handing work to another thread costs more than it saves.
const SMALLEST_SHARE: usize = 8_192;

/// Grows trees on one set of bins; keeps its memory from tree to tree.
pub struct Grower<'a> {
    binned: &'a Binned,
    options: &'a GrowOptions,
    threads: usize,
    task: &'a TaskContext,
    /// One per block of columns.
    scratch: Vec<Vec<Bins>>,
    free: Vec<Vec<Sums>>,
    buffer: Vec<u32>,
    keeps_histograms: bool,
}

/// A leaf that may still be divided.
struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
    state: NodeSums,
    /// Columns on the way from the root; kept only where combinations are limited.
    way: Vec<usize>,
    histogram: Option<Vec<Sums>>,
    best: Option<Split>,
}

/// An open leaf in the queue: larger comes first.
struct Queued {
    priority: f64,
    open: Open,
}

impl Ord for Queued {
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority
            .total_cmp(&other.priority)
            .then(other.open.node.cmp(&self.open.node))
    }
}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Queued {}

/// One block's part in looking at the two sides of a split (or at one node alone).
struct BlockWork<'w> {
    block: &'w Block,
    scratch: &'w mut Vec<Bins>,
    /// Where the histogram of the added node is kept.
    kept: Option<&'w mut [Sums]>,
    /// The parent's histogram, which becomes that of the other side.
    parent: Option<&'w mut [Sums]>,
    added_best: Option<Split>,
    other_best: Option<Split>,
}

/// The two sides of a split to be looked at: one is added up, the other is the difference.
struct Sight<'s> {
    added: NodeRows<'s>,
    added_state: Option<NodeSums>,
    other_state: Option<NodeSums>,
    columns: &'s [bool],
    scale: Scale,
}

impl<'a> Grower<'a> {
    pub fn new(
        binned: &'a Binned,
        options: &'a GrowOptions,
        threads: usize,
        task: &'a TaskContext,
    ) -> Self {
        let bytes = binned.bins_in_all() * size_of::<Sums>();
        let open = options.most_leaves.min(binned.rows);
        Self {
            binned,
            options,
            threads: threads.max(1),
            task,
            scratch: binned
                .blocks
                .iter()
                .map(|block| vec![[Sums::default(); 256]; block.width])
                .collect(),
            free: Vec::new(),
            buffer: vec![0; binned.rows],
            keeps_histograms: bytes.saturating_mul(open) <= MOST_HISTOGRAM_BYTES,
        }
    }

    /// Grows a tree on the given rows, which are put in the order of the leaves.
    pub fn grow(&mut self, rows: &mut [u32], data: TreeData<'_>) -> Result<GrownTree, UserError> {
        let mut tree = GrownTree {
            nodes: Vec::new(),
            leaves: Vec::new(),
        };
        let mut queue = BinaryHeap::new();
        let bounds =
            (!self.options.directions.is_empty()).then_some((f64::NEG_INFINITY, f64::INFINITY));
        let sums = total(rows, data);
        let mut root = Open {
            node: 0,
            start: 0,
            end: rows.len(),
            depth: 0,
            state: NodeSums { sums, bounds },
            way: Vec::new(),
            histogram: None,
            best: None,
        };
        self.add_node(&mut tree, &root, data);
        if self.options.most_leaves > 1 && self.may_divide(&root, data.scale) {
            self.look_at(&mut root, rows, data);
        }
        self.queue_or_close(&mut queue, &mut tree, root);
        while let Some(Queued { open, .. }) = queue.pop() {
            self.task.check()?;
            let (mut left, mut right) = self.divide(open, rows, data, &mut tree);
            let leaves = tree.leaves.len() + queue.len() + 2;
            if leaves < self.options.most_leaves {
                self.look_at_both(&mut left, &mut right, rows, data);
            }
            self.queue_or_close(&mut queue, &mut tree, left);
            self.queue_or_close(&mut queue, &mut tree, right);
            if leaves >= self.options.most_leaves {
                break;
            }
        }
        self.task.check()?;
        for Queued { open, .. } in queue.drain() {
            self.close(&mut tree, open);
        }
        tree.leaves
            .sort_unstable_by_key(|leaf| (leaf.start, leaf.end));
        Ok(tree)
    }

    fn add_node(&self, tree: &mut GrownTree, open: &Open, data: TreeData<'_>) {
        let sums = open.state.sums;
        let hessian = data.scale.hessian(sums) + self.options.rule.l2;
        tree.nodes.push(GrownNode {
            split: None,
            left: open.node,
            right: open.node,
            value: best_value(data.scale.gradient(sums), hessian, open.state.bounds),
            rows: data.scale.rows(sums),
        });
    }

    fn may_divide(&self, open: &Open, scale: Scale) -> bool {
        let rule = &self.options.rule;
        open.depth < self.options.most_depth
            && scale.rows(open.state.sums) >= 2 * rule.min_rows.max(1)
            && scale.hessian(open.state.sums) >= 2.0 * rule.min_hessian
    }

    fn queue_or_close(&mut self, queue: &mut BinaryHeap<Queued>, tree: &mut GrownTree, open: Open) {
        match &open.best {
            None => self.close(tree, open),
            Some(best) => queue.push(Queued {
                priority: match self.options.order {
                    Order::BestFirst => best.gain,
                    Order::LevelByLevel => -(open.depth as f64),
                },
                open,
            }),
        }
    }

    fn close(&mut self, tree: &mut GrownTree, open: Open) {
        self.free.extend(open.histogram);
        tree.leaves.push(Leaf {
            node: open.node,
            start: open.start,
            end: open.end,
        });
    }

    /// Makes the best split of a leaf. The left side inherits the histogram of the parent.
    fn divide(
        &mut self,
        open: Open,
        rows: &mut [u32],
        data: TreeData<'_>,
        tree: &mut GrownTree,
    ) -> (Open, Open) {
        let (left_node, right_node) = (tree.nodes.len(), tree.nodes.len() + 1);
        let split = open.best;
        let mut middle = open.start;
        let mut left_sums = Sums::default();
        let mut column = 0;
        if let Some(split) = &split {
            column = split.column;
            left_sums = split.left;
            let sides: Sides = split.sides(&self.binned.columns[column]);
            let range = open.start..open.end;
            middle += partition(
                &mut rows[range.clone()],
                &mut self.buffer[range],
                self.binned.place(column),
                &sides,
                self.threads,
            );
        }
        let (left_bounds, right_bounds) =
            self.bounds_below(open.state, left_sums, column, data.scale);
        let mut way = open.way;
        if !self.options.together.is_empty() && !way.contains(&column) {
            way.push(column);
        }
        let left = Open {
            node: left_node,
            start: open.start,
            end: middle,
            depth: open.depth + 1,
            state: NodeSums {
                sums: left_sums,
                bounds: left_bounds,
            },
            way: way.clone(),
            histogram: open.histogram,
            best: None,
        };
        let right = Open {
            node: right_node,
            start: middle,
            end: open.end,
            depth: open.depth + 1,
            state: NodeSums {
                sums: open.state.sums.minus(left_sums),
                bounds: right_bounds,
            },
            way,
            histogram: None,
            best: None,
        };
        if let Some(node) = tree.nodes.get_mut(open.node) {
            node.split = split;
            node.left = left_node;
            node.right = right_node;
        }
        self.add_node(tree, &left, data);
        self.add_node(tree, &right, data);
        (left, right)
    }

    /// Where a column must act in one direction, everything below its split stays on its side of
    /// the middle of the two values.
    fn bounds_below(
        &self,
        state: NodeSums,
        left: Sums,
        column: usize,
        scale: Scale,
    ) -> (Option<Bounds>, Option<Bounds>) {
        let Some((low, high)) = state.bounds else {
            return (None, None);
        };
        let direction = self.options.directions.get(column).copied().unwrap_or(0);
        let value = |sums: Sums| {
            let hessian = scale.hessian(sums) + self.options.rule.l2;
            best_value(scale.gradient(sums), hessian, state.bounds)
        };
        let middle = value(left) / 2.0 + value(state.sums.minus(left)) / 2.0;
        match direction {
            1 => (Some((low, middle)), Some((middle, high))),
            -1 => (Some((middle, high)), Some((low, middle))),
            _ => (state.bounds, state.bounds),
        }
    }

    /// Columns that may divide a node: those of the tree, less those that must not be combined with
    /// the ones on the way.
    fn allowed(&self, way: &[usize], columns: &[bool]) -> Vec<bool> {
        let groups = &self.options.together;
        if groups.is_empty() {
            return columns.to_vec();
        }
        let mut allowed = vec![false; columns.len()];
        for group in groups {
            if way.iter().all(|column| group.contains(column)) {
                for &column in group {
                    if let Some(place) = allowed.get_mut(column) {
                        *place = columns[column];
                    }
                }
            }
        }
        allowed
    }

    /// Finds the best split of one node by adding up its rows.
    fn look_at(&mut self, open: &mut Open, rows: &[u32], data: TreeData<'_>) {
        let mut kept = self.keeps_histograms.then(|| self.take_histogram());
        let columns = self.allowed(&open.way, data.columns);
        let sight = Sight {
            added: node_rows(open, rows, data),
            added_state: Some(open.state),
            other_state: None,
            columns: &columns,
            scale: data.scale,
        };
        (open.best, _) = self.search(&sight, kept.as_deref_mut(), None);
        open.histogram = kept;
    }

    /// Finds the best splits of the two sides of a split.
    fn look_at_both(
        &mut self,
        left: &mut Open,
        right: &mut Open,
        rows: &[u32],
        data: TreeData<'_>,
    ) {
        let parent = left.histogram.take();
        let (smaller, larger) = if left.end - left.start <= right.end - right.start {
            (left, right)
        } else {
            (right, left)
        };
        let divide_smaller = self.may_divide(smaller, data.scale);
        let divide_larger = self.may_divide(larger, data.scale);
        let Some(mut parent) = parent else {
            for (open, divide) in [(smaller, divide_smaller), (larger, divide_larger)] {
                if divide {
                    self.look_at(open, rows, data);
                }
            }
            return;
        };
        if !divide_smaller && !divide_larger {
            self.free.push(parent);
            return;
        }
        let mut kept = divide_smaller.then(|| self.take_histogram());
        let columns = self.allowed(&smaller.way, data.columns);
        let sight = Sight {
            added: node_rows(smaller, rows, data),
            added_state: divide_smaller.then_some(smaller.state),
            other_state: divide_larger.then_some(larger.state),
            columns: &columns,
            scale: data.scale,
        };
        let of_parent = divide_larger.then_some(&mut parent[..]);
        (smaller.best, larger.best) = self.search(&sight, kept.as_deref_mut(), of_parent);
        smaller.histogram = kept;
        if divide_larger {
            larger.histogram = Some(parent);
        } else {
            self.free.push(parent);
        }
    }

    fn take_histogram(&mut self) -> Vec<Sums> {
        self.free
            .pop()
            .unwrap_or_else(|| vec![Sums::default(); self.binned.bins_in_all()])
    }

    fn search(
        &mut self,
        sight: &Sight<'_>,
        mut kept: Option<&mut [Sums]>,
        mut parent: Option<&mut [Sums]>,
    ) -> (Option<Split>, Option<Split>) {
        let (binned, options, task) = (self.binned, self.options, self.task);
        let mut works: Vec<BlockWork<'_>> = Vec::with_capacity(binned.blocks.len());
        for (block, scratch) in binned.blocks.iter().zip(&mut self.scratch) {
            let bins = binned.offsets[block.first + block.width] - binned.offsets[block.first];
            let kept = split_front(&mut kept, bins);
            let parent = split_front(&mut parent, bins);
            let used = &sight.columns[block.first..block.first + block.width];
            if used.contains(&true) {
                works.push(BlockWork {
                    block,
                    scratch,
                    kept,
                    parent,
                    added_best: None,
                    other_best: None,
                });
            }
        }
        let additions = sight.added.rows.len() * binned.columns.len() + binned.bins_in_all();
        let threads = self.threads.min(1 + additions / SMALLEST_SHARE);
        parallel::each(threads, &mut works, &|work| {
            work.run(sight, binned, options, task);
        });
        let (mut added, mut other) = (None, None);
        for work in works {
            better(&mut added, work.added_best);
            better(&mut other, work.other_best);
        }
        (added, other)
    }
}

impl BlockWork<'_> {
    fn run(
        &mut self,
        sight: &Sight<'_>,
        binned: &Binned,
        options: &GrowOptions,
        task: &TaskContext,
    ) {
        for rows in sight.added.rows.chunks(ROWS_BETWEEN_CHECKS) {
            // What is half added up is thrown away with the whole tree.
            if task.is_cancelled() {
                return;
            }
            let node = NodeRows {
                rows,
                ..sight.added
            };
            histogram::add(self.block, node, self.scratch);
        }
        let mut from = 0;
        for (place, bins) in self.scratch.iter_mut().enumerate() {
            let index = self.block.first + place;
            let column = &binned.columns[index];
            let bins = &mut bins[..=column.count];
            let range = from..from + bins.len();
            from = range.end;
            let used = sight.columns[index];
            let direction = options.directions.get(index).copied().unwrap_or(0);
            let find = |histogram: &[Sums], state: Option<NodeSums>| {
                let state = state.filter(|_| used)?;
                let rule = &options.rule;
                best_split(
                    index,
                    column,
                    histogram,
                    state,
                    &sight.scale,
                    rule,
                    direction,
                )
            };
            better(&mut self.added_best, find(bins, sight.added_state));
            if let Some(parent) = &mut self.parent {
                let parent = &mut parent[range.clone()];
                for (whole, part) in parent.iter_mut().zip(bins.iter()) {
                    *whole = whole.minus(*part);
                }
                better(&mut self.other_best, find(parent, sight.other_state));
            }
            if let Some(kept) = &mut self.kept {
                kept[range].copy_from_slice(bins);
            }
            bins.fill(Sums::default());
        }
    }
}

/// Takes the first `count` sums off a slice.
fn split_front<'s>(slice: &mut Option<&'s mut [Sums]>, count: usize) -> Option<&'s mut [Sums]> {
    let (front, rest) = slice.take()?.split_at_mut_checked(count)?;
    *slice = Some(rest);
    Some(front)
}

/// Columns are compared in their order, so that of equally good ones the first stays.
fn better(best: &mut Option<Split>, found: Option<Split>) {
    if let Some(found) = found
        && best.as_ref().is_none_or(|best| found.gain > best.gain)
    {
        *best = Some(found);
    }
}

fn node_rows<'r>(open: &Open, rows: &'r [u32], data: TreeData<'r>) -> NodeRows<'r> {
    NodeRows {
        rows: &rows[open.start..open.end],
        packed: data.packed,
        one: data.scale.one(),
        constant: data.scale.constant,
    }
}

fn total(rows: &[u32], data: TreeData<'_>) -> Sums {
    let mut sums = Sums::default();
    for &row in rows {
        let packed = data.packed[row as usize];
        sums.add(if data.scale.constant {
            super::fixed::unpack::<true>(packed, data.scale.one())
        } else {
            super::fixed::unpack::<false>(packed, data.scale.one())
        });
    }
    sums
}
