//! Trees whose answers are added up: prediction, saving, and the checks of what was saved.

use serde::{Deserialize, Serialize};

use super::bins::{BinRule, Binned, code_of};
use super::grow::{GrownNode, GrownTree};
use super::split::{Cut, contains};
use super::walk::Walk;
use crate::base::{TaskContext, UserError};
use crate::learn::engine::feature_name;
use crate::learn::engine::pack::{PackedColumn, pack, unpack};
use crate::learn::engine::saved::finite;
use crate::learn::{Matrix, ModelFact};

/// In place of the number of a category set: the node asks about a number.
pub const NO_SET: u32 = u32::MAX;
/// Rows that are scored as one piece.
pub(super) const BLOCK_ROWS: usize = 2048;
/// Fewer rows walk through the trees as they are.
const FEW_ROWS: usize = 64;

/// Some neighbouring rows and what is predicted for them.
struct Piece<'p> {
    rows: &'p [f64],
    sums: &'p mut [f64],
}

/// What a leaf says, from an output on.
fn add(sums: &mut [f64], output: usize, values: &[f64]) {
    for (sum, value) in sums[output..].iter_mut().zip(values) {
        *sum += value;
    }
}

/// Which codes of a category go left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategorySet {
    /// Codes are `0..levels`; any other value counts as blank.
    pub levels: u32,
    /// One bit per code.
    pub bits: Vec<u32>,
}

impl CategorySet {
    /// Whether a value goes left; None when it is blank.
    #[inline]
    pub fn contains(&self, value: f64) -> Option<bool> {
        let code = code_of(value, self.levels)?;
        Some(self.bits.get(code / 32)? >> (code % 32) & 1 == 1)
    }
}

/// Trees as arrays over all their nodes. The nodes of a tree follow one another, its root first;
/// the children of a node follow one another after it: `right(node)` is `left[node] + 1`. A leaf is
/// its own left child.
///
/// A row goes left when its number is at most the threshold, when its code is in the set, or when
/// its value is blank and `missing_left` says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct TreeEnsemble {
    /// Matrix columns it expects.
    pub features: usize,
    pub outputs: usize,
    /// Values per node: `outputs`, or 1 where every tree speaks for one output.
    pub width: usize,
    /// Where each output starts before the trees are added.
    pub base: Vec<f64>,
    /// What the sum over the trees is multiplied by.
    pub scale: f64,
    /// First node of each tree, and which output it speaks for (0 where it speaks for all).
    pub roots: Vec<u32>,
    pub tree_output: Vec<u32>,
    pub feature: Vec<u32>,
    /// 0 at leaves and category nodes.
    pub threshold: Vec<f64>,
    /// Index into `sets`, or [`NO_SET`].
    pub set: Vec<u32>,
    pub missing_left: Vec<bool>,
    pub left: Vec<u32>,
    /// Row-major, `width` values per row: what a node would predict if it were a leaf. Node `i` has
    /// row `value_row[i]`, or row `i` where `value_row` is empty. Where there are several values
    /// per node, only leaves have values of their own; the other nodes share one row.
    pub value: Vec<f64>,
    pub value_row: Vec<u32>,
    /// By how much the split improves the fit; 0 at leaves.
    pub gain: Vec<f64>,
    /// Training rows that reached each node.
    pub rows: Vec<u32>,
    pub sets: Vec<CategorySet>,
}

impl TreeEnsemble {
    pub fn new(features: usize, base: Vec<f64>, width: usize) -> Self {
        Self {
            features,
            outputs: base.len(),
            width,
            base,
            scale: 1.0,
            ..Self::default()
        }
    }

    pub fn trees(&self) -> usize {
        self.roots.len()
    }

    pub fn nodes(&self) -> usize {
        self.left.len()
    }

    /// Nodes of one tree.
    pub fn tree(&self, index: usize) -> std::ops::Range<usize> {
        let start = self
            .roots
            .get(index)
            .map_or(self.nodes(), |&root| root as usize);
        let end = self
            .roots
            .get(index + 1)
            .map_or(self.nodes(), |&root| root as usize);
        start..end
    }

    pub fn is_leaf(&self, node: usize) -> bool {
        self.left
            .get(node)
            .is_none_or(|&left| left as usize == node)
    }

    /// The right child; meaningless for a leaf.
    pub fn right(&self, node: usize) -> usize {
        self.left.get(node).map_or(node, |&left| left as usize + 1)
    }

    /// Leaves of all trees.
    pub fn leaves(&self) -> usize {
        (0..self.nodes()).filter(|&node| self.is_leaf(node)).count()
    }

    /// Questions on the longest way of any tree.
    pub fn depth(&self) -> usize {
        let mut depths = vec![0_usize; self.nodes()];
        for node in (0..self.nodes()).filter(|&node| !self.is_leaf(node)) {
            let below = depths[node] + 1;
            let left = self.left[node] as usize;
            depths[left..=left + 1].fill(below);
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// Adds a tree grown on bins; its values are multiplied by `factor`.
    pub fn push_grown(&mut self, tree: &GrownTree, binned: &Binned, output: u32, factor: f64) {
        let root = self.nodes();
        self.roots.push(root as u32);
        self.tree_output.push(output);
        for (place, node) in tree.nodes.iter().enumerate() {
            self.push_node(root + place, root, node, binned);
            self.value.push(node.value * factor);
        }
    }

    fn push_node(&mut self, index: usize, root: usize, node: &GrownNode, binned: &Binned) {
        self.rows.push(node.rows as u32);
        let Some(split) = &node.split else {
            self.left.push(index as u32);
            self.feature.push(0);
            self.threshold.push(0.0);
            self.set.push(NO_SET);
            self.missing_left.push(false);
            self.gain.push(0.0);
            return;
        };
        self.left.push((root + node.left) as u32);
        self.feature.push(split.column as u32);
        self.missing_left.push(split.missing_left);
        self.gain.push(split.gain);
        let (threshold, set) = match (&split.cut, &binned.columns[split.column].rule) {
            (Cut::Number { bin }, BinRule::Number { edges }) => {
                // After the last bin there are only blanks.
                let last = f64::from(f32::MAX);
                (
                    edges.get(usize::from(*bin)).copied().unwrap_or(last),
                    NO_SET,
                )
            }
            (Cut::Category { bins }, BinRule::Category { bin_of_code }) => {
                self.sets
                    .push(set_of(bins, bin_of_code, split.missing_left));
                (0.0, (self.sets.len() - 1) as u32)
            }
            _ => (0.0, NO_SET),
        };
        self.threshold.push(threshold);
        self.set.push(set);
    }

    /// Adds the trees of another ensemble after its own. Both expect the same columns and have
    /// values of the same width; either both or none share rows of values, unless this one is empty.
    pub fn append(&mut self, other: Self) {
        let nodes = self.nodes() as u32;
        let sets = self.sets.len() as u32;
        let values = (self.value.len() / self.width.max(1)) as u32;
        let moved = |list: Vec<u32>, by: u32| list.into_iter().map(move |place| place + by);
        self.roots.extend(moved(other.roots, nodes));
        self.left.extend(moved(other.left, nodes));
        self.value_row.extend(moved(other.value_row, values));
        let set = |set: u32| if set == NO_SET { set } else { set + sets };
        self.set.extend(other.set.into_iter().map(set));
        self.tree_output.extend(other.tree_output);
        self.feature.extend(other.feature);
        self.threshold.extend(other.threshold);
        self.missing_left.extend(other.missing_left);
        self.value.extend(other.value);
        self.gain.extend(other.gain);
        self.rows.extend(other.rows);
        self.sets.extend(other.sets);
    }

    /// Keeps the first trees only.
    pub fn truncate(&mut self, trees: usize) {
        let Some(&end) = self.roots.get(trees) else {
            return;
        };
        let end = end as usize;
        self.roots.truncate(trees);
        self.tree_output.truncate(trees);
        for list in [
            &mut self.feature,
            &mut self.set,
            &mut self.left,
            &mut self.rows,
        ] {
            list.truncate(end);
        }
        self.threshold.truncate(end);
        self.gain.truncate(end);
        self.missing_left.truncate(end);
        if self.value_row.is_empty() {
            self.value.truncate(end * self.width);
        }
        self.value_row.truncate(end);
        let sets = self.set.iter().filter(|&&set| set != NO_SET).max();
        self.sets.truncate(sets.map_or(0, |&set| set as usize + 1));
    }

    /// Per feature, by how much its splits improve the fit, as a share of all of it; all 0 without
    /// a split.
    pub fn importance(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.features];
        for node in (0..self.nodes()).filter(|&node| !self.is_leaf(node)) {
            if let Some(share) = shares.get_mut(self.feature[node] as usize) {
                *share += self.gain[node];
            }
        }
        let total: f64 = shares.iter().sum();
        if total > 0.0 {
            shares.iter_mut().for_each(|share| *share /= total);
        }
        shares
    }

    /// Features by their share of the improvement, largest first; unused ones are left out.
    pub fn facts(&self, features: &[String]) -> Vec<ModelFact> {
        let shares = self.importance().into_iter().enumerate();
        let mut facts: Vec<ModelFact> = shares
            .filter(|(_, share)| *share > 0.0)
            .map(|(index, value)| ModelFact {
                label: feature_name(features, index),
                value,
            })
            .collect();
        facts.sort_by(|a, b| b.value.total_cmp(&a.value));
        facts
    }

    /// Per feature, how many splits ask about it.
    pub fn split_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.features];
        for node in (0..self.nodes()).filter(|&node| !self.is_leaf(node)) {
            if let Some(count) = counts.get_mut(self.feature[node] as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// Whether a value goes left at a node. The ensemble has been checked.
    #[inline]
    pub fn goes_left(&self, node: usize, value: f64) -> bool {
        let missing = self.missing_left[node];
        match self.set[node] {
            NO_SET if value.is_nan() => missing,
            NO_SET => value <= self.threshold[node],
            set => self.sets[set as usize].contains(value).unwrap_or(missing),
        }
    }

    /// The leaf of a tree that a row ends in.
    #[inline]
    pub fn leaf_of(&self, root: usize, row: &[f64]) -> usize {
        let mut node = root;
        loop {
            let left = self.left[node] as usize;
            if left == node {
                return node;
            }
            let value = row[self.feature[node] as usize];
            node = left + usize::from(!self.goes_left(node, value));
        }
    }

    /// What is predicted at a node: `width` values.
    pub fn values_at(&self, node: usize) -> &[f64] {
        let row = self.value_row.get(node).map_or(node, |&row| row as usize);
        self.value
            .get(row * self.width..(row + 1) * self.width)
            .unwrap_or(&[])
    }

    /// Row-major rows × outputs: base + scale · sum over the trees. `x` has the width it expects.
    pub fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        let outputs = self.outputs.max(1);
        let mut sums = vec![0.0; x.rows * outputs];
        let mut blocks: Vec<Piece<'_>> = sums
            .chunks_mut(BLOCK_ROWS * outputs)
            .zip(x.values.chunks(BLOCK_ROWS * x.cols.max(1)))
            .map(|(sums, rows)| Piece { rows, sums })
            .collect();
        let walks = x.rows.saturating_mul(self.trees());
        let threads = if walks > 1 << 14 {
            rayon::current_num_threads()
        } else {
            1
        };
        // A tree is brought into a form that fits the cache, and all rows walk through it.
        let columns = x.cols.max(1);
        let mut walk = Walk::default();
        for tree in 0..self.trees() {
            task.check()?;
            let output = self.tree_output[tree] as usize;
            let nodes = self.tree(tree);
            let start = nodes.start;
            if x.rows < FEW_ROWS {
                for Piece { rows, sums } in &mut blocks {
                    let rows = rows.chunks_exact(columns);
                    for (row, sums) in rows.zip(sums.chunks_exact_mut(outputs)) {
                        add(sums, output, self.values_at(self.leaf_of(start, row)));
                    }
                }
                continue;
            }
            walk.set(self, nodes);
            let walk = &walk;
            super::parallel::each(threads, &mut blocks, &|Piece { rows, sums }| {
                walk.each(rows, columns, |row, leaf| {
                    let sums = &mut sums[row * outputs..(row + 1) * outputs];
                    add(sums, output, self.values_at(start + leaf));
                });
            });
        }
        for sums in sums.chunks_exact_mut(outputs) {
            for (sum, base) in sums.iter_mut().zip(&self.base) {
                *sum = base + self.scale * *sum;
            }
        }
        Ok(sums)
    }

    /// Why the parts do not hold together, if they do not: every index is in range, every child
    /// comes after its parent inside its tree (so that no walk is endless) and has one parent,
    /// and every number is finite.
    pub fn fault(&self) -> Option<&'static str> {
        let nodes = self.nodes();
        let lengths = [
            self.feature.len(),
            self.set.len(),
            self.rows.len(),
            self.threshold.len(),
        ];
        let more = [self.missing_left.len(), self.gain.len()];
        if lengths.iter().chain(&more).any(|&length| length != nodes)
            || !self.values_fit()
            || self.tree_output.len() != self.trees()
            || self.base.len() != self.outputs
        {
            return Some("the parts of the trees differ in length");
        }
        let speaks = |&output: &u32| output as usize + self.width <= self.outputs;
        if self.outputs == 0
            || !(self.width == 1 || self.width == self.outputs)
            || !self.tree_output.iter().all(speaks)
        {
            return Some("the trees speak for outputs that do not exist");
        }
        let numbers = [&self.threshold, &self.value, &self.gain, &self.base];
        if !numbers.into_iter().all(|list| finite(list)) || !self.scale.is_finite() {
            return Some("the trees hold values that are not possible");
        }
        let in_order = self.roots.windows(2).all(|pair| pair[0] < pair[1]);
        let starts = self.roots.first().map_or(nodes == 0, |&root| root == 0);
        let inside = self
            .roots
            .last()
            .is_none_or(|&root| (root as usize) < nodes);
        if !in_order || !starts || !inside {
            return Some("the trees do not follow one another");
        }
        let sets_fit = self
            .sets
            .iter()
            .all(|set| set.levels > 0 && set.bits.len() == set.levels.div_ceil(32) as usize);
        if !sets_fit {
            return Some("the sets of categories are not possible");
        }
        (0..self.trees()).find_map(|tree| self.fault_of_tree(self.tree(tree)))
    }

    fn values_fit(&self) -> bool {
        let nodes = self.nodes();
        if self.width == 0 {
            return false;
        }
        let rows = self.value.len() / self.width;
        self.value.len().is_multiple_of(self.width)
            && if self.value_row.is_empty() {
                rows == nodes
            } else {
                self.value_row.len() == nodes
                    && self.value_row.iter().all(|&row| (row as usize) < rows)
            }
    }

    fn fault_of_tree(&self, nodes: std::ops::Range<usize>) -> Option<&'static str> {
        let mut parents = vec![0_u8; nodes.len()];
        for node in nodes.clone() {
            let left = self.left[node] as usize;
            let set = self.set[node];
            if left == node {
                continue;
            }
            if left <= node || left + 1 >= nodes.end || self.feature[node] as usize >= self.features
            {
                return Some("a node of a tree points to nowhere");
            }
            if set != NO_SET && set as usize >= self.sets.len() {
                return Some("a node of a tree asks about categories that do not exist");
            }
            for child in [left, left + 1] {
                let count = &mut parents[child - nodes.start];
                *count = count.saturating_add(1);
            }
        }
        let connected = parents.iter().skip(1).all(|&count| count == 1);
        (!connected).then_some("the nodes of a tree do not hang together")
    }
}

/// The codes of a set of bins. A code without a training row goes where a blank goes.
fn set_of(bins: &[u64; 4], bin_of_code: &[Option<u8>], missing_left: bool) -> CategorySet {
    let mut bits = vec![0_u32; bin_of_code.len().div_ceil(32)];
    for (code, bin) in bin_of_code.iter().enumerate() {
        if bin.map_or(missing_left, |bin| contains(bins, usize::from(bin))) {
            bits[code / 32] |= 1 << (code % 32);
        }
    }
    CategorySet {
        levels: bin_of_code.len() as u32,
        bits,
    }
}

/// The saved form: long lists packed, each with as many entries as `left`.
#[derive(Serialize, Deserialize)]
struct Stored {
    features: usize,
    width: usize,
    base: Vec<f64>,
    scale: f64,
    roots: Vec<u32>,
    tree_output: Vec<u32>,
    left: Vec<u32>,
    feature: PackedColumn,
    threshold: PackedColumn,
    /// 0 is no set, otherwise the number of the set from 1.
    set: PackedColumn,
    missing_left: PackedColumn,
    values: usize,
    value: PackedColumn,
    value_row: Option<PackedColumn>,
    gain: PackedColumn,
    rows: PackedColumn,
    set_levels: Vec<u32>,
    set_bits: Vec<u32>,
}

fn pack_whole(values: impl Iterator<Item = u32>) -> PackedColumn {
    pack(&values.map(f64::from).collect::<Vec<_>>())
}

fn unpack_whole(column: &PackedColumn, length: usize) -> Option<Vec<u32>> {
    let whole = |value: f64| {
        let possible = value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value);
        possible.then_some(value as u32)
    };
    unpack(column, length)?.into_iter().map(whole).collect()
}

impl From<TreeEnsemble> for Stored {
    fn from(trees: TreeEnsemble) -> Self {
        Self {
            features: trees.features,
            width: trees.width,
            scale: trees.scale,
            feature: pack_whole(trees.feature.iter().copied()),
            threshold: pack(&trees.threshold),
            set: pack_whole(trees.set.iter().map(|set| set.wrapping_add(1))),
            missing_left: pack_whole(trees.missing_left.iter().map(|&left| u32::from(left))),
            values: trees.value.len(),
            value: pack(&trees.value),
            value_row: (!trees.value_row.is_empty())
                .then(|| pack_whole(trees.value_row.iter().copied())),
            gain: pack(&trees.gain),
            rows: pack_whole(trees.rows.iter().copied()),
            set_levels: trees.sets.iter().map(|set| set.levels).collect(),
            set_bits: trees
                .sets
                .iter()
                .flat_map(|set| set.bits.iter().copied())
                .collect(),
            base: trees.base,
            roots: trees.roots,
            tree_output: trees.tree_output,
            left: trees.left,
        }
    }
}

impl TryFrom<Stored> for TreeEnsemble {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let nodes = stored.left.len();
        let damaged = || "a list of the trees is damaged".to_owned();
        let mut bits = stored.set_bits.into_iter();
        let mut sets = Vec::with_capacity(stored.set_levels.len());
        for levels in stored.set_levels {
            let bits: Vec<u32> = bits.by_ref().take(levels.div_ceil(32) as usize).collect();
            sets.push(CategorySet { levels, bits });
        }
        let whole = |column: &PackedColumn| unpack_whole(column, nodes).ok_or_else(damaged);
        let real = |column: &PackedColumn, length| unpack(column, length).ok_or_else(damaged);
        let trees = Self {
            features: stored.features,
            outputs: stored.base.len(),
            width: stored.width,
            scale: stored.scale,
            feature: whole(&stored.feature)?,
            threshold: real(&stored.threshold, nodes)?,
            set: whole(&stored.set)?
                .into_iter()
                .map(|set| set.wrapping_sub(1))
                .collect(),
            missing_left: whole(&stored.missing_left)?
                .into_iter()
                .map(|left| left == 1)
                .collect(),
            value: real(&stored.value, stored.values)?,
            value_row: match &stored.value_row {
                Some(column) => whole(column)?,
                None => Vec::new(),
            },
            gain: real(&stored.gain, nodes)?,
            rows: whole(&stored.rows)?,
            sets,
            base: stored.base,
            roots: stored.roots,
            tree_output: stored.tree_output,
            left: stored.left,
        };
        match trees.fault() {
            Some(fault) => Err(fault.to_owned()),
            None => Ok(trees),
        }
    }
}
