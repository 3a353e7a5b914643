//! Many trees, each on a draw of the rows of its own and with a draw of the columns at every node.
//!
//! Breiman (2001) for random forests; P. Geurts, D. Ernst and L. Wehenkel, "Extremely Randomized
//! Trees" (2006), for cuts at random places. Trees are grown to the end by depth, one tree per
//! thread; a node adds up only the columns drawn for it, and looks only at the bins that occur.

use super::bins::{Binned, MOST_BINS};
use super::ensemble::TreeEnsemble;
use super::fixed::{Scale, Sums, unpack};
use super::grow::{GrownNode, GrownTree};
use super::histogram::Bins;
use super::parallel;
use super::partition::{partition, partition_both};
use super::split::{
    Cut, NodeSums, Present, Split, SplitRule, best_category, best_limit_of_present, gain_of, set_of,
};
use crate::base::{Random, TaskContext, UserError};
use crate::learn::{FitContext, Round};

/// The order in which categories are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CategoryOrder {
    /// A random one for every tree: an order by their answers fits the rows of a tree too well, and
    /// makes the trees alike.
    Random,
    /// One for every tree, by the mean answers of its rows.
    TreeAnswers,
    /// By the mean answers of the rows of a node where its categories have
    /// [`ROWS_PER_CATEGORY`], random elsewhere. Only the best cuts of numbers are searched so;
    /// for classes and random cuts it is the random order.
    NodeAnswers,
}

/// Rows that the categories of a node must have on average to be cut in the order of their answers:
/// with fewer, the means are mostly noise.
pub const ROWS_PER_CATEGORY: u64 = 20;

#[derive(Clone, Debug, PartialEq)]
pub struct ForestOptions {
    pub trees: u32,
    pub most_depth: usize,
    pub min_rows_leaf: u64,
    /// Columns looked at per node; more only while none of them divides the rows.
    pub columns_per_node: usize,
    /// Every tree learns from as many rows as there are, drawn with repetition.
    pub draw_rows: bool,
    /// Cuts at random places instead of the best ones.
    pub random_cuts: bool,
    pub category_order: CategoryOrder,
}

/// What is to be learned.
#[derive(Clone, Copy, Debug)]
pub enum ForestAnswers<'a> {
    /// A number per row, or 0 and 1 for two classes (`shares`).
    Numbers { values: &'a [f64], shares: bool },
    /// Class per row, every class present; more than two classes.
    Classes { codes: &'a [u32], count: usize },
}

/// A fitted forest, and what it says of rows that a tree did not learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    pub trees: TreeEnsemble,
    /// Means over the trees that did not learn from a row, row-major rows × outputs; NaN where
    /// every tree did. Empty without a draw of rows.
    pub out_of_bag: Vec<f64>,
}

/// Rows visited between two looks at the cancel flag.
const WORK_BETWEEN_CHECKS: usize = 1 << 18;
/// Trees grown between two reports, per thread.
const TREES_PER_REPORT: usize = 2;

/// A share of rows of the other class that rounding cannot make.
const SURELY_MIXED: f64 = 1e-6;

/// What all trees share.
struct Plan<'a> {
    binned: &'a Binned,
    answers: ForestAnswers<'a>,
    /// Answers as they are learned: centred and of unit size, or 0 and 1. Empty for classes.
    values: Vec<f64>,
    centre: f64,
    unit: f64,
    options: &'a ForestOptions,
    rule: SplitRule,
    weights: &'a [f64],
    /// Rows with weight, ascending.
    rows: Vec<u32>,
    seed: u64,
    task: &'a TaskContext,
}

impl Plan<'_> {
    fn outputs(&self) -> usize {
        match self.answers {
            ForestAnswers::Numbers { .. } => 1,
            ForestAnswers::Classes { count, .. } => count,
        }
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }
}

pub fn forest(
    binned: &Binned,
    answers: ForestAnswers<'_>,
    options: &ForestOptions,
    context: &FitContext<'_>,
) -> Result<Forest, UserError> {
    let plan = plan(binned, answers, options, context);
    let threads = context.threads.max(1);
    let mut votes = Votes::new(&plan, context.on_round.is_some());
    let mut trees = TreeEnsemble::new(
        binned.columns.len(),
        vec![plan.centre; plan.outputs()],
        plan.outputs(),
    );
    trees.scale = 1.0 / f64::from(options.trees);
    let numbers: Vec<u32> = (0..options.trees).collect();
    for numbers in numbers.chunks(threads * TREES_PER_REPORT) {
        let mut grown: Vec<(u32, Option<TreeGrower<'_>>)> =
            numbers.iter().map(|&number| (number, None)).collect();
        parallel::within(threads, || {
            parallel::try_each(threads, &mut grown, &|(number, tree)| {
                *tree = Some(TreeGrower::grow(&plan, *number)?);
                Ok(())
            })
        })?;
        for (number, tree) in &grown {
            let Some(tree) = tree else { continue };
            tree.add_to(&mut trees, &plan);
            votes.add(tree, &plan);
            context.task.progress(
                u64::from(*number) + 1,
                u64::from(options.trees),
                "Growing the trees",
            );
        }
        let done = numbers.last().map_or(0, |number| number + 1);
        if votes.watched {
            context.report(Round {
                round: done,
                rounds: options.trees,
                training: votes.loss(&votes.learned, &plan).unwrap_or(0.0),
                checking: votes.loss(&votes.left_out, &plan),
            });
        }
    }
    Ok(Forest {
        trees,
        out_of_bag: votes.out_of_bag(&plan),
    })
}

fn plan<'a>(
    binned: &'a Binned,
    answers: ForestAnswers<'a>,
    options: &'a ForestOptions,
    context: &FitContext<'a>,
) -> Plan<'a> {
    let weights = context.weights.unwrap_or(&[]);
    let (values, centre, unit) = match answers {
        ForestAnswers::Classes { .. } => (Vec::new(), 0.0, 1.0),
        ForestAnswers::Numbers {
            values,
            shares: true,
        } => (values.to_vec(), 0.0, 1.0),
        ForestAnswers::Numbers { values, .. } => {
            let centre = crate::learn::engine::mean(values.iter().copied());
            let far = |value: &f64| (value - centre).abs();
            let unit = values.iter().map(far).fold(0.0, f64::max);
            let unit = if unit > 0.0 && unit.is_finite() {
                unit
            } else {
                1.0
            };
            let scaled = values.iter().map(|value| (value - centre) / unit);
            (scaled.collect(), centre, unit)
        }
    };
    let counts = |row: usize| weights.get(row).is_none_or(|&weight| weight > 0.0);
    Plan {
        binned,
        answers,
        values,
        centre,
        unit,
        options,
        rule: SplitRule {
            l2: 0.0,
            min_rows: options.min_rows_leaf.max(1),
            min_hessian: 0.0,
            min_gain: 0.0,
            category_smoothing: 0.0,
            category_l2: 0.0,
            category_most: MOST_BINS,
            category_rows: 0,
            category_group: 0,
            one_against_rest: 0,
        },
        weights,
        rows: (0..binned.rows as u32)
            .filter(|&row| counts(row as usize))
            .collect(),
        seed: context.seed,
        task: context.task,
    }
}

/// A node that is still to be divided: its rows, and those it did not learn from.
struct Open {
    node: usize,
    depth: usize,
    sums: Sums,
    rows: (usize, usize),
    out: (usize, usize),
}

/// One tree while it grows.
struct TreeGrower<'a> {
    plan: &'a Plan<'a>,
    random: Random,
    scale: Scale,
    /// Per row of the table: gradient and weight, or class and weight (see [`Self::class_weight`]).
    packed: Vec<u64>,
    /// Rows learned from, and the others, in the order of the leaves.
    rows: Vec<u32>,
    out: Vec<u32>,
    /// What `packed` says of each of `rows`, in their order: it is read once per column looked at,
    /// from one place after the other instead of from all over the table.
    row_packed: Vec<u64>,
    buffer: Vec<u32>,
    packed_buffer: Vec<u64>,
    columns: Vec<usize>,
    /// Per column, the place of each bin in the order in which it is cut; None for numbers.
    places: Vec<Option<Box<[u8; 256]>>>,
    histogram: Box<Bins>,
    tree: GrownTree,
    /// (node, end of its rows, end of its other rows) in the order of the rows.
    leaves: Vec<(usize, usize, usize)>,
    /// With several classes: what each leaf predicts.
    shares: Vec<f64>,
    share_of: Vec<u32>,
    tally: ClassTally,
    work: usize,
}

/// What looking at one column found.
enum Found {
    /// All rows of the node have the same value.
    Constant,
    Nothing,
    Split(Split),
}

impl<'a> TreeGrower<'a> {
    fn grow(plan: &'a Plan<'a>, number: u32) -> Result<Self, UserError> {
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

    fn grow_all(&mut self) -> Result<(), UserError> {
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
    fn sums(&self) -> Sums {
        let one = self.scale.one();
        let mut sums = Sums::default();
        for &packed in &self.row_packed {
            sums.add(unpack::<false>(packed, one));
        }
        sums
    }

    /// With several classes the sum of the gradients is a sum of class numbers and means nothing.
    fn add_node(&mut self, sums: Sums) {
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

    fn close(&mut self, part: &Open) {
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
    fn class_weight(&self, row: u32) -> (usize, f64) {
        self.class_and_weight(self.packed[row as usize])
    }

    fn class_and_weight(&self, packed: u64) -> (usize, f64) {
        let weight = (packed & 0xffff_ffff) as f64 * self.scale.hessian;
        ((packed >> 32) as usize, weight)
    }

    fn count_classes(&mut self, part: &Open) {
        let mut tally = std::mem::take(&mut self.tally);
        tally.total.fill(0.0);
        for &packed in &self.row_packed[part.rows.0..part.rows.1] {
            let (class, weight) = self.class_and_weight(packed);
            tally.total[class] += weight;
        }
        tally.start();
        self.tally = tally;
    }

    fn best_split(&mut self, part: &Open, list: &mut List) -> Option<Split> {
        let options = self.plan.options;
        let rows = part.rows.1 - part.rows.0;
        if part.depth >= options.most_depth || (rows as u64) < 2 * self.plan.rule.min_rows {
            return None;
        }
        let several = self.plan.outputs() > 1;
        let state = NodeSums {
            sums: part.sums,
            bounds: None,
        };
        if self.is_pure(part) {
            return None;
        }
        if several {
            self.count_classes(part);
        }
        let mut best: Option<Split> = None;
        let count = self.columns.len();
        let mut divides = false;
        for drawn in 0..count {
            if drawn >= options.columns_per_node && divides {
                break;
            }
            // The tree is thrown away then.
            if rows > WORK_BETWEEN_CHECKS && self.plan.task.is_cancelled() {
                return None;
            }
            let other = drawn + self.random.below(count - drawn);
            self.columns.swap(drawn, other);
            let column = self.columns[drawn];
            let found = self.look_at(column, part, state, list);
            divides |= !matches!(found, Found::Constant);
            if let Found::Split(split) = found
                && best.as_ref().is_none_or(|best| {
                    split.gain > best.gain || split.gain == best.gain && split.column < best.column
                })
            {
                best = Some(split);
            }
        }
        best
    }

    /// All rows of a node have the same answer.
    fn is_pure(&self, part: &Open) -> bool {
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

    fn order_categories(&mut self) {
        let plan = self.plan;
        for (index, column) in plan.binned.columns.iter().enumerate() {
            if !column.is_category() {
                self.places.push(None);
                continue;
            }
            let mut order: Vec<u8> = (0..column.count).map(|bin| bin as u8).collect();
            if plan.options.category_order == CategoryOrder::TreeAnswers {
                let means = self.mean_answers(index);
                order.sort_by(|&a, &b| means[usize::from(a)].total_cmp(&means[usize::from(b)]));
            } else {
                self.random.shuffle(&mut order);
            }
            let mut places = Box::new([column.missing_bin(); 256]);
            for (place, &bin) in order.iter().enumerate() {
                places[usize::from(bin)] = place as u8;
            }
            self.places.push(Some(places));
        }
    }

    /// Mean answer of each bin over the rows of the tree; with several classes the share of the
    /// heaviest one. In this order a beginning is the best set (Fisher 1958) for numbers and two
    /// classes. A bin without rows has the mean of all.
    fn mean_answers(&self, column: usize) -> [f64; 256] {
        let (block, offset) = self.plan.binned.place(column);
        let several = self.plan.outputs() > 1;
        let heaviest = if several { self.heaviest_class() } else { 0 };
        let (mut sums, mut weights) = ([0.0; 256], [0.0; 256]);
        for &row in &self.rows {
            let bin = usize::from(block.data[row as usize * block.width + offset]);
            if several {
                let (class, weight) = self.class_weight(row);
                weights[bin] += weight;
                sums[bin] += if class == heaviest { weight } else { 0.0 };
            } else {
                let row = unpack::<false>(self.packed[row as usize], self.scale.one());
                weights[bin] += self.scale.hessian(row);
                sums[bin] += self.scale.gradient(row);
            }
        }
        let all = sums.iter().sum::<f64>() / weights.iter().sum::<f64>();
        std::array::from_fn(|bin| {
            if weights[bin] > 0.0 {
                sums[bin] / weights[bin]
            } else {
                all
            }
        })
    }

    fn heaviest_class(&self) -> usize {
        let mut weights = vec![0.0; self.plan.outputs()];
        for &row in &self.rows {
            let (class, weight) = self.class_weight(row);
            weights[class] += weight;
        }
        let most = weights.iter().copied().fold(0.0, f64::max);
        weights
            .iter()
            .position(|&weight| weight == most)
            .unwrap_or(0)
    }

    /// Adds up a column and lists the places that occur; leaves the histogram empty.
    fn list(&mut self, column: usize, part: &Open, list: &mut List) {
        let (block, offset) = self.plan.binned.place(column);
        let rows = &self.rows[part.rows.0..part.rows.1];
        let packed = &self.row_packed[part.rows.0..part.rows.1];
        let node = (rows, packed, self.scale.one());
        let bin = |row: u32| block.data[row as usize * block.width + offset];
        let seen = match &self.places[column] {
            None => add(node, &mut self.histogram, bin),
            Some(places) => add(node, &mut self.histogram, |row| {
                places[usize::from(bin(row))]
            }),
        };
        list.count = 0;
        list.missing = Sums::default();
        let missing = usize::from(self.plan.binned.columns[column].missing_bin());
        for (word, mut bits) in seen.into_iter().enumerate() {
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let sums = std::mem::take(&mut self.histogram[place]);
                if place == missing {
                    list.missing = sums;
                } else {
                    list.bins[list.count] = place as u8;
                    list.sums[list.count] = sums;
                    list.count += 1;
                }
            }
        }
    }

    /// Looks at one column of a node.
    fn look_at(&mut self, column: usize, part: &Open, state: NodeSums, list: &mut List) -> Found {
        self.list(column, part, list);
        if list.is_constant(&self.scale) {
            return Found::Constant;
        }
        if let Some(split) = self.best_set(column, list, state) {
            return Found::Split(split);
        }
        let split = if self.plan.options.random_cuts {
            self.random_cut(column, part, list, state)
        } else if self.plan.outputs() > 1 {
            self.best_of_classes(column, part, list, state)
        } else {
            best_limit_of_present(column, list.present(), state, &self.scale, &self.plan.rule)
        };
        match split {
            None => Found::Nothing,
            Some(mut split) => {
                self.name_bins(&mut split);
                Found::Split(split)
            }
        }
    }

    /// The best set of categories (Fisher 1958), where there are rows enough to put them in order.
    fn best_set(&self, column: usize, list: &List, state: NodeSums) -> Option<Split> {
        let ForestAnswers::Numbers { shares: false, .. } = self.plan.answers else {
            return None;
        };
        let options = self.plan.options;
        let places = self.places[column].as_ref()?;
        let least = ROWS_PER_CATEGORY * list.count as u64;
        if options.category_order != CategoryOrder::NodeAnswers
            || options.random_cuts
            || self.scale.rows(state.sums) < least
        {
            return None;
        }
        let (plan, of) = (self.plan, &self.plan.binned.columns[column]);
        let mut bin_at = [0_u8; 256];
        for (bin, &place) in places.iter().enumerate().take(of.count) {
            bin_at[usize::from(place)] = bin as u8;
        }
        let mut bins = [0_u8; 256];
        for (bin, &place) in bins.iter_mut().zip(&list.bins[..list.count]) {
            *bin = bin_at[usize::from(place)];
        }
        let present = Present {
            bins: &bins[..list.count],
            ..list.present()
        };
        best_category(column, of, present, state, &self.scale, &plan.rule)
    }

    /// Places in the order of a category to the categories themselves.
    fn name_bins(&self, split: &mut Split) {
        let (Some(places), Cut::Number { bin: last }) = (&self.places[split.column], &split.cut)
        else {
            return;
        };
        let count = self.plan.binned.columns[split.column].count;
        let bins: Vec<u8> = (0..count)
            .filter(|&bin| places[bin] <= *last)
            .map(|bin| bin as u8)
            .collect();
        split.cut = Cut::Category {
            bins: set_of(&bins),
        };
    }

    /// A cut at a random place between the lowest and the highest one that occur; blanks go to a
    /// random side. Numbers are cut anywhere between their values (Geurts et al. 2006, table 1): a
    /// wide gap is hit more often than a narrow one.
    fn random_cut(
        &mut self,
        column: usize,
        part: &Open,
        list: &List,
        state: NodeSums,
    ) -> Option<Split> {
        let present = &list.bins[..list.count];
        let low = present.first().copied()?;
        let high = present.last().copied()?;
        let has_missing = self.scale.rows(list.missing) > 0;
        let last = match self.plan.binned.columns[column].middles.as_slice() {
            middles if high > low && usize::from(high) < middles.len() => {
                let (start, end) = (usize::from(low), usize::from(high));
                let share = self.random.next_f64();
                let place = middles[start] * (1.0 - share) + middles[end] * share;
                // The last middle that is not above the place, and not the highest one.
                let below = middles[start + 1..end].partition_point(|&middle| middle <= place);
                low + below as u8
            }
            _ => low + self.random.below(usize::from(high - low).max(1)) as u8,
        };
        let blanks_left = has_missing && high > low && self.random.below(2) == 0;
        let left = list.sum_up_to(last, blanks_left);
        if !self.enough(left, state) {
            return None;
        }
        let gain = if self.plan.outputs() > 1 {
            self.gain_of_classes(column, part, last, blanks_left)
        } else {
            gain_of(left, state, &self.scale, &self.plan.rule)
        };
        Some(Split {
            column,
            // A cut at random may gain nothing and still bring the rows on the way.
            gain: gain.unwrap_or(0.0),
            left,
            cut: Cut::Number { bin: last },
            missing_left: self.side_of_blanks(list, blanks_left, left, state),
        })
    }

    /// Where blanks go: to the side found best, or with most rows where none was seen.
    fn side_of_blanks(&self, list: &List, found: bool, left: Sums, state: NodeSums) -> bool {
        if self.scale.rows(list.missing) > 0 {
            found
        } else {
            2 * self.scale.rows(left) >= self.scale.rows(state.sums)
        }
    }

    fn enough(&self, left: Sums, state: NodeSums) -> bool {
        let (rows, all) = (self.scale.rows(left), self.scale.rows(state.sums));
        let least = self.plan.rule.min_rows;
        rows >= least && all - rows >= least
    }

    /// The place of a row in the order of a column.
    fn place_of(&self, column: usize, row: u32) -> u8 {
        let (block, offset) = self.plan.binned.place(column);
        let bin = block.data[row as usize * block.width + offset];
        match &self.places[column] {
            None => bin,
            Some(places) => places[usize::from(bin)],
        }
    }

    fn gain_of_classes(
        &mut self,
        column: usize,
        part: &Open,
        last: u8,
        blanks_left: bool,
    ) -> Option<f64> {
        let missing = self.plan.binned.columns[column].missing_bin();
        let mut tally = std::mem::take(&mut self.tally);
        tally.reset();
        for &row in &self.rows[part.rows.0..part.rows.1] {
            let place = self.place_of(column, row);
            if place == missing && blanks_left || place != missing && place <= last {
                let (class, weight) = self.class_weight(row);
                tally.move_left(class, weight);
            }
        }
        let gain = tally.gain();
        self.tally = tally;
        gain
    }

    /// Rows are brought in the order of their places and moved to the left one after the other,
    /// which costs the same however many classes there are.
    fn best_of_classes(
        &mut self,
        column: usize,
        part: &Open,
        list: &List,
        state: NodeSums,
    ) -> Option<Split> {
        let rows = self.rows_by_place(column, part);
        let missing = self.plan.binned.columns[column].missing_bin();
        let has_missing = self.scale.rows(list.missing) > 0;
        let mut tally = std::mem::take(&mut self.tally);
        let right = self.best_start(list, &rows, None, state, &mut tally);
        let left = has_missing
            .then(|| self.best_start(list, &rows, Some(missing), state, &mut tally))
            .flatten();
        self.tally = tally;
        let ((gain, last, sums), blanks_left) = match (right, left) {
            (Some(right), Some(left)) if left.0 > right.0 => (left, true),
            (Some(right), _) => (right, false),
            (None, left) => (left?, true),
        };
        Some(Split {
            column,
            gain,
            left: sums,
            cut: Cut::Number { bin: last },
            missing_left: self.side_of_blanks(list, blanks_left, sums, state),
        })
    }

    /// The best limit, with blanks on the left where their bin is given: (gain, last place on the
    /// left, sums of the left).
    fn best_start(
        &self,
        list: &List,
        rows: &RowsByPlace,
        blanks: Option<u8>,
        state: NodeSums,
        tally: &mut ClassTally,
    ) -> Option<(f64, u8, Sums)> {
        tally.reset();
        let mut left = Sums::default();
        let mut move_left = |place: u8| {
            for &row in rows.of(place) {
                let (class, weight) = self.class_weight(row);
                tally.move_left(class, weight);
            }
            tally.gain()
        };
        if let Some(blanks) = blanks {
            left.add(list.missing);
            move_left(blanks);
        }
        let mut best: Option<(f64, u8, Sums)> = None;
        for (place, sums) in list.pairs() {
            left.add(sums);
            if let Some(gain) = move_left(place)
                && self.enough(left, state)
                && best.as_ref().is_none_or(|best| gain > best.0)
            {
                best = Some((gain, place, left));
            }
        }
        best
    }

    fn rows_by_place(&self, column: usize, part: &Open) -> RowsByPlace {
        let rows = &self.rows[part.rows.0..part.rows.1];
        let mut starts = [0_u32; 257];
        for &row in rows {
            starts[usize::from(self.place_of(column, row)) + 1] += 1;
        }
        for place in 0..256 {
            starts[place + 1] += starts[place];
        }
        let mut next = starts;
        let mut sorted = vec![0; rows.len()];
        for &row in rows {
            let place = &mut next[usize::from(self.place_of(column, row))];
            sorted[*place as usize] = row;
            *place += 1;
        }
        RowsByPlace { starts, sorted }
    }

    fn divide(&mut self, part: &Open, split: Split) -> (Open, Open) {
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

    fn add_to(&self, trees: &mut TreeEnsemble, plan: &Plan<'_>) {
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

/// The places of a column that occur in a node, ascending.
struct List {
    bins: [u8; 256],
    sums: [Sums; 256],
    count: usize,
    missing: Sums,
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
    fn present(&self) -> Present<'_> {
        Present {
            bins: &self.bins[..self.count],
            sums: &self.sums[..self.count],
            missing: self.missing,
        }
    }

    fn pairs(&self) -> impl Iterator<Item = (u8, Sums)> {
        let present = self.bins.iter().copied().zip(self.sums.iter().copied());
        present.take(self.count)
    }

    fn is_constant(&self, scale: &Scale) -> bool {
        self.count + usize::from(scale.rows(self.missing) > 0) < 2
    }

    fn sum_up_to(&self, last: u8, blanks: bool) -> Sums {
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

/// Adds up the rows of a node; returns which places occur.
#[inline]
fn add(
    (rows, packed, one): (&[u32], &[u64], u64),
    histogram: &mut Bins,
    place_of: impl Fn(u32) -> u8,
) -> [u64; 4] {
    let mut seen = [0_u64; 4];
    for (&row, &packed) in rows.iter().zip(packed) {
        let place = usize::from(place_of(row));
        histogram[place].add(unpack::<false>(packed, one));
        seen[place / 64] |= 1 << (place % 64);
    }
    seen
}

/// Rows of a node, place after place in the order of a column.
struct RowsByPlace {
    starts: [u32; 257],
    sorted: Vec<u32>,
}

impl RowsByPlace {
    fn of(&self, place: u8) -> &[u32] {
        let place = usize::from(place);
        &self.sorted[self.starts[place] as usize..self.starts[place + 1] as usize]
    }
}

/// Class weights left of a division, and the sums its gain is made of.
#[derive(Default)]
struct ClassTally {
    total: Vec<f64>,
    left: Vec<f64>,
    weight: f64,
    squares: f64,
    weight_left: f64,
    squares_left: f64,
    /// Sum over the classes of (weight left) · (weight in the node).
    products_left: f64,
}

impl ClassTally {
    fn new(classes: usize) -> Self {
        Self {
            total: vec![0.0; classes],
            left: vec![0.0; classes],
            ..Self::default()
        }
    }

    fn start(&mut self) {
        self.weight = self.total.iter().sum();
        self.squares = self.total.iter().map(|count| count * count).sum();
    }

    fn reset(&mut self) {
        self.left.fill(0.0);
        self.weight_left = 0.0;
        self.squares_left = 0.0;
        self.products_left = 0.0;
    }

    #[inline]
    fn move_left(&mut self, class: usize, weight: f64) {
        let left = &mut self.left[class];
        self.squares_left += weight * (2.0 * *left + weight);
        self.products_left += weight * self.total[class];
        *left += weight;
        self.weight_left += weight;
    }

    /// With p the shares of the node, both sides are off by the same: c − p·W. Its squares, over the
    /// weights of the sides, are the decrease of the Gini impurity times the weight.
    fn gain(&self) -> Option<f64> {
        let weight_right = self.weight - self.weight_left;
        if !(self.weight_left > 0.0 && weight_right > 0.0) {
            return None;
        }
        let share = self.weight_left / self.weight;
        let off =
            self.squares_left - 2.0 * share * self.products_left + share * share * self.squares;
        let gain = off / self.weight_left + off / weight_right;
        (off > 1e-12 * self.squares_left).then_some(gain)
    }
}

/// Sums of what trees say, row-major rows × outputs, and how many trees spoke.
struct Said {
    sums: Vec<f64>,
    trees: Vec<u32>,
}

struct Votes {
    learned: Said,
    left_out: Said,
    /// Somebody wants to know the loss on the rows learned from.
    watched: bool,
}

impl Votes {
    fn new(plan: &Plan<'_>, watched: bool) -> Self {
        let said = || Said {
            sums: vec![0.0; plan.binned.rows * plan.outputs()],
            trees: vec![0; plan.binned.rows],
        };
        Self {
            learned: said(),
            left_out: said(),
            watched,
        }
    }

    fn add(&mut self, tree: &TreeGrower<'_>, plan: &Plan<'_>) {
        let outputs = plan.outputs();
        let (mut row_start, mut out_start) = (0, 0);
        for &(node, row_end, out_end) in &tree.leaves {
            let value = [tree.tree.nodes[node].value];
            let share = tree.share_of[node] as usize * outputs;
            let values = if outputs == 1 {
                &value[..]
            } else {
                &tree.shares[share..share + outputs]
            };
            if self.watched {
                self.learned.add(&tree.rows[row_start..row_end], values);
            }
            self.left_out.add(&tree.out[out_start..out_end], values);
            (row_start, out_start) = (row_end, out_end);
        }
    }

    /// Mean squared error or mean −ln(probability of the right class) over the rows that any tree
    /// spoke about; None when there is none.
    fn loss(&self, said: &Said, plan: &Plan<'_>) -> Option<f64> {
        let outputs = plan.outputs();
        let (mut sum, mut weights) = (0.0, 0.0);
        for &row in &plan.rows {
            let row = row as usize;
            let trees = f64::from(said.trees[row]);
            if trees == 0.0 {
                continue;
            }
            let mean = |output: usize| said.sums[row * outputs + output] / trees;
            // A forest is often certain and wrong; a bound keeps the mean readable.
            let surprise = |share: f64| -share.max(1e-3).ln();
            let loss = match plan.answers {
                ForestAnswers::Numbers { shares: false, .. } => {
                    let error = (mean(0) - plan.values[row]) * plan.unit;
                    error * error
                }
                ForestAnswers::Numbers { values, .. } if values[row] > 0.5 => surprise(mean(0)),
                ForestAnswers::Numbers { .. } => surprise(1.0 - mean(0)),
                ForestAnswers::Classes { codes, .. } => surprise(mean(codes[row] as usize)),
            };
            sum += plan.weight(row) * loss;
            weights += plan.weight(row);
        }
        (weights > 0.0).then(|| (sum / weights).min(f64::MAX))
    }

    fn out_of_bag(self, plan: &Plan<'_>) -> Vec<f64> {
        if !plan.options.draw_rows {
            return Vec::new();
        }
        let outputs = plan.outputs();
        let trees = self
            .left_out
            .trees
            .iter()
            .flat_map(|&trees| vec![trees; outputs]);
        let sums = self.left_out.sums.iter().zip(trees);
        sums.map(|(sum, trees)| match trees {
            0 => f64::NAN,
            trees => plan.centre + plan.unit * (sum / f64::from(trees)),
        })
        .collect()
    }
}

impl Said {
    fn add(&mut self, rows: &[u32], values: &[f64]) {
        let outputs = values.len();
        for &row in rows {
            let row = row as usize;
            self.trees[row] += 1;
            for (sum, value) in self.sums[row * outputs..].iter_mut().zip(values) {
                *sum += value;
            }
        }
    }
}
