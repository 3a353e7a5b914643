//! One tree of a forest while it grows: its rows, its nodes and its leaves.

use super::list::List;
use super::tally::ClassTally;
use super::{ForestAnswers, Plan};
use crate::base::{Random, UserError};
use crate::learn::engine::hist::ensemble::TreeEnsemble;
use crate::learn::engine::hist::fixed::{Scale, Sums, unpack};
use crate::learn::engine::hist::grow::{GrownNode, GrownTree};
use crate::learn::engine::hist::histogram::Bins;
use crate::learn::engine::hist::partition::{partition, partition_both};
use crate::learn::engine::hist::split::Split;

/// Rows visited between two looks at the cancel flag.
pub const WORK_BETWEEN_CHECKS: usize = 1 << 18;
/// A share of rows of the other class that rounding cannot make.
const SURELY_MIXED: f64 = 1e-6;

/// A node that is still to be divided: its rows, and those it did not learn from.
pub struct Open {
    pub node: usize,
    pub depth: usize,
    pub sums: Sums,
    pub rows: (usize, usize),
    pub out: (usize, usize),
}

/// One tree while it grows.
pub struct TreeGrower<'a> {
    pub plan: &'a Plan<'a>,
    pub random: Random,
    pub scale: Scale,
    /// Per row of the table: gradient and weight, or class and weight (see [`Self::class_weight`]).
    pub packed: Vec<u64>,
    /// Rows learned from, and the others, in the order of the leaves.
    pub rows: Vec<u32>,
    pub out: Vec<u32>,
    /// What `packed` says of each of `rows`, in their order: it is read once per column looked at,
    /// from one place after the other instead of from all over the table.
    pub row_packed: Vec<u64>,
    pub buffer: Vec<u32>,
    pub packed_buffer: Vec<u64>,
    pub columns: Vec<usize>,
    /// Per column, the place of each bin in the order in which it is cut; None for numbers.
    pub places: Vec<Option<Box<[u8; 256]>>>,
    pub histogram: Box<Bins>,
    pub tree: GrownTree,
    /// (node, end of its rows, end of its other rows) in the order of the rows.
    pub leaves: Vec<(usize, usize, usize)>,
    /// With several classes: what each leaf predicts.
    pub shares: Vec<f64>,
    pub share_of: Vec<u32>,
    pub tally: ClassTally,
    pub work: usize,
}

impl<'a> TreeGrower<'a> {
    pub fn grow(plan: &'a Plan<'a>, number: u32) -> Result<Self, UserError> {
        plan.task.check()?;
        let mut random = Random::stream(plan.seed, u64::from(number));
        let (counts, most) = draw(plan, &mut random);
        let (scale, packed) = pack_rows(plan, counts.as_deref(), most);
        let all = plan.rows.iter().copied();
        let (rows, out): (Vec<u32>, Vec<u32>) =
            all.partition(|&row| counts_of(counts.as_deref(), row) > 0);
        let mut grower = Self {
            plan,
            random,
            scale,
            row_packed: rows.iter().map(|&row| packed[row as usize]).collect(),
            packed_buffer: vec![0; rows.len()],
            packed,
            buffer: vec![0; rows.len().max(out.len())],
            rows,
            out,
            columns: (0..plan.binned.columns.len()).collect(),
            places: Vec::new(),
            histogram: Box::new([Sums::default(); 256]),
            tree: GrownTree {
                nodes: Vec::new(),
                leaves: Vec::new(),
            },
            leaves: Vec::new(),
            shares: Vec::new(),
            share_of: Vec::new(),
            tally: ClassTally::new(plan.outputs()),
            work: 0,
        };
        grower.order_categories();
        grower.grow_all()?;
        // Only the rows of the leaves are needed from now on.
        grower.packed = Vec::new();
        grower.row_packed = Vec::new();
        grower.packed_buffer = Vec::new();
        grower.buffer = Vec::new();
        Ok(grower)
    }

    pub fn grow_all(&mut self) -> Result<(), UserError> {
        let sums = self.sums();
        let mut open = vec![Open {
            node: 0,
            depth: 0,
            sums,
            rows: (0, self.rows.len()),
            out: (0, self.out.len()),
        }];
        self.add_node(sums);
        let mut list = List::default();
        while let Some(part) = open.pop() {
            self.work += part.rows.1 - part.rows.0;
            if self.work > WORK_BETWEEN_CHECKS {
                self.work = 0;
                self.plan.task.check()?;
            }
            match self.best_split(&part, &mut list) {
                None => self.close(&part),
                Some(split) => {
                    // The left side comes next, so that leaves close in the order of their rows.
                    let (left, right) = self.divide(&part, split);
                    open.push(right);
                    open.push(left);
                }
            }
        }
        self.plan.task.check()
    }

    /// Of all rows learned from.
    pub fn sums(&self) -> Sums {
        let one = self.scale.one();
        let mut sums = Sums::default();
        for &packed in &self.row_packed {
            sums.add(unpack::<false>(packed, one));
        }
        sums
    }

    /// With several classes the sum of the gradients is a sum of class numbers and means nothing.
    pub fn add_node(&mut self, sums: Sums) {
        let node = self.tree.nodes.len();
        let weight = self.scale.hessian(sums);
        let value = if weight > 0.0 {
            self.scale.gradient(sums) / weight
        } else {
            0.0
        };
        self.tree.nodes.push(GrownNode {
            split: None,
            left: node,
            right: node,
            value,
            rows: self.scale.rows(sums),
        });
        self.share_of.push(0);
    }

    pub fn close(&mut self, part: &Open) {
        self.leaves.push((part.node, part.rows.1, part.out.1));
        if self.plan.outputs() == 1 {
            return;
        }
        self.count_classes(part);
        let start = self.shares.len();
        self.share_of[part.node] = (start / self.plan.outputs()) as u32;
        let weight = self.tally.weight.max(f64::MIN_POSITIVE);
        let shares = self.tally.total.iter().map(|count| count / weight);
        self.shares.extend(shares);
    }

    /// (class, weight) of a row, where there are several classes.
    pub fn class_weight(&self, row: u32) -> (usize, f64) {
        self.class_and_weight(self.packed[row as usize])
    }

    pub fn class_and_weight(&self, packed: u64) -> (usize, f64) {
        let weight = (packed & 0xffff_ffff) as f64 * self.scale.hessian;
        ((packed >> 32) as usize, weight)
    }

    pub fn count_classes(&mut self, part: &Open) {
        let mut tally = std::mem::take(&mut self.tally);
        tally.total.fill(0.0);
        for &packed in &self.row_packed[part.rows.0..part.rows.1] {
            let (class, weight) = self.class_and_weight(packed);
            tally.total[class] += weight;
        }
        tally.start();
        self.tally = tally;
    }

    /// All rows of a node have the same answer.
    pub fn is_pure(&self, part: &Open) -> bool {
        let rows = &self.rows[part.rows.0..part.rows.1];
        let first = rows.first().map_or(0, |&row| row as usize);
        match self.plan.answers {
            ForestAnswers::Classes { codes, .. } => {
                rows.iter().all(|&row| codes[row as usize] == codes[first])
            }
            // Between the two classes there are rows of both.
            ForestAnswers::Numbers { shares: true, .. }
                if self.plan.weights.is_empty()
                    && part.sums.gradient != 0
                    && self.scale.gradient(part.sums)
                        < (1.0 - SURELY_MIXED) * self.scale.hessian(part.sums) =>
            {
                false
            }
            ForestAnswers::Numbers { values, .. } => rows
                .iter()
                .all(|&row| values[row as usize] == values[first]),
        }
    }

    pub fn divide(&mut self, part: &Open, split: Split) -> (Open, Open) {
        let binned = self.plan.binned;
        let sides = split.sides(&binned.columns[split.column]);
        let place = binned.place(split.column);
        let range = part.rows.0..part.rows.1;
        let buffer = &mut self.buffer[..];
        let middle = part.rows.0
            + partition_both(
                (
                    &mut self.rows[range.clone()],
                    &mut self.row_packed[range.clone()],
                ),
                (
                    &mut buffer[..range.len()],
                    &mut self.packed_buffer[..range.len()],
                ),
                place,
                &sides,
            );
        let range = part.out.0..part.out.1;
        let out_middle = part.out.0
            + partition(
                &mut self.out[range.clone()],
                &mut buffer[..range.len()],
                place,
                &sides,
                1,
            );
        let left_node = self.tree.nodes.len();
        let depth = part.depth + 1;
        let sums = [split.left, part.sums.minus(split.left)];
        self.add_node(sums[0]);
        self.add_node(sums[1]);
        let node = &mut self.tree.nodes[part.node];
        node.split = Some(split);
        node.left = left_node;
        node.right = left_node + 1;
        let left = Open {
            node: left_node,
            depth,
            sums: sums[0],
            rows: (part.rows.0, middle),
            out: (part.out.0, out_middle),
        };
        let right = Open {
            node: left_node + 1,
            depth,
            sums: sums[1],
            rows: (middle, part.rows.1),
            out: (out_middle, part.out.1),
        };
        (left, right)
    }

    pub fn add_to(&self, trees: &mut TreeEnsemble, plan: &Plan<'_>) {
        let outputs = plan.outputs();
        let first = trees.value.len() / outputs;
        trees.push_grown(&self.tree, plan.binned, 0, plan.unit);
        if outputs > 1 {
            // One value per node was added; several classes have shares at the leaves instead.
            trees.value.truncate(first * outputs);
            if first == 0 {
                trees.value.extend(vec![1.0 / outputs as f64; outputs]);
            }
            let shift = (trees.value.len() / outputs) as u32;
            trees.value.extend(&self.shares);
            let rows = self.share_of.iter().zip(&self.tree.nodes);
            trees
                .value_row
                .extend(rows.map(|(share, node)| match node.split {
                    Some(_) => 0,
                    None => shift + share,
                }));
        }
    }
}

/// How often each row is drawn (None: once), and the most often.
fn draw(plan: &Plan<'_>, random: &mut Random) -> (Option<Vec<u16>>, u16) {
    if !plan.options.draw_rows {
        return (None, 1);
    }
    let mut counts = vec![0_u16; plan.binned.rows];
    for _ in 0..plan.rows.len() {
        let row = plan.rows[random.below(plan.rows.len())];
        let count = &mut counts[row as usize];
        *count = count.saturating_add(1);
    }
    let most = counts.iter().copied().max().unwrap_or(1);
    (Some(counts), most)
}

fn counts_of(counts: Option<&[u16]>, row: u32) -> u16 {
    counts.map_or(1, |counts| counts[row as usize])
}

/// Rows as whole numbers: answer times weight and weight, or class and weight.
fn pack_rows(plan: &Plan<'_>, counts: Option<&[u16]>, most: u16) -> (Scale, Vec<u64>) {
    let heaviest = plan.weights.iter().copied().fold(0.0, f64::max);
    let heaviest = f64::from(most)
        * if plan.weights.is_empty() {
            1.0
        } else {
            heaviest
        };
    let scale = Scale::new(plan.rows.len(), heaviest, heaviest, false);
    let packed = (0..plan.binned.rows).map(|row| {
        let weight = plan.weight(row) * f64::from(counts_of(counts, row as u32));
        match plan.answers {
            ForestAnswers::Numbers { .. } => scale.pack(weight * plan.values[row], weight),
            ForestAnswers::Classes { codes, .. } => {
                u64::from(codes[row]) << 32 | scale.pack(0.0, weight)
            }
        }
    });
    let packed = packed.collect();
    (scale, packed)
}
