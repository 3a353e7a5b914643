//! Isolation forest: rows that few random cuts set apart from the others are unusual.
//!
//! F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM (2008), 413–422: algorithms 1 to 3,
//! and equations 1 and 2 for the score. No answers are looked at. Cuts are made between the values
//! themselves, not between bins: a bin would put a far value beside its neighbours.
//!
//! Beyond the paper: codes of a category lie in a random order of each tree, a blank among them; a
//! column of numbers with blanks is divided into blanks and values half of the time.

mod reasons;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::hist::TreeEnsemble;
use super::hist::ensemble::{CategorySet, NO_SET};
use super::hist::parallel;
use crate::base::graph::{Graph, Value};
use crate::base::{Random, TaskContext, UserError};
use crate::learn::{FeatureKind, FitContext, Matrix};

pub use reasons::Reasons;

#[derive(Clone, Debug, PartialEq)]
pub struct IsolationOptions {
    pub trees: u32,
    /// Rows drawn for each tree, at most all of them.
    pub rows_per_tree: usize,
    /// Share of the columns drawn for each tree.
    pub column_share: f64,
}

/// Fitted trees. The value of a node is the length of the way to it, with what the rows that end
/// there would still need to be told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsolationForest {
    pub trees: TreeEnsemble,
    /// Rows each tree was grown on.
    pub rows_per_tree: u32,
}

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// c(n): mean number of comparisons of an unsuccessful search in a binary search tree of `rows`
/// keys. Liu et al. (2008), equation 1, with ln(i) + γ for the harmonic numbers; 0 below two rows,
/// 1 for two.
pub fn average_path_length(rows: u32) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        rows => {
            let rows = f64::from(rows);
            2.0 * ((rows - 1.0).ln() + EULER) - 2.0 * (rows - 1.0) / rows
        }
    }
}

impl IsolationForest {
    /// Grows the trees. `x` holds finite numbers and blanks (NaN). Rows are drawn without
    /// repetition; where they weigh differently, with repetition and as often as they weigh.
    pub fn fit(
        x: &Matrix,
        options: &IsolationOptions,
        context: &FitContext<'_>,
    ) -> Result<Self, UserError> {
        let draw = Draw::new(x.rows, context.weights);
        let rows_per_tree = options.rows_per_tree.min(draw.counted()).max(1);
        let (threads, seed, task) = (context.threads.max(1), context.seed, context.task);
        let kinds: Vec<FeatureKind> = (0..x.cols)
            .map(|column| context.feature_kind(column))
            .collect();
        let mut trees = TreeEnsemble::new(x.cols, vec![0.0], 1);
        let numbers: Vec<u32> = (0..options.trees).collect();
        for numbers in numbers.chunks(threads * TREES_PER_STEP) {
            task.check()?;
            let mut grown: Vec<(u32, TreeEnsemble)> = numbers
                .iter()
                .map(|&number| (number, TreeEnsemble::new(x.cols, vec![0.0], 1)))
                .collect();
            parallel::within(threads, || {
                parallel::try_each(threads, &mut grown, &|(number, tree)| {
                    let mut random = Random::stream(seed, u64::from(*number));
                    let rows = draw.rows(rows_per_tree, &mut random);
                    *tree = Grower::new(x, &kinds, options, random, task).grow(rows)?;
                    Ok(())
                })
            })?;
            for (number, tree) in grown {
                trees.append(tree);
                task.progress(
                    u64::from(number) + 1,
                    u64::from(options.trees),
                    "Growing the trees",
                );
            }
        }
        Ok(Self::from_trees(trees, rows_per_tree as u32))
    }

    /// Trees whose nodes know their rows; the lengths of the ways are found here.
    pub fn from_trees(mut trees: TreeEnsemble, rows_per_tree: u32) -> Self {
        let mut depths = vec![0_u32; trees.nodes()];
        for node in (0..trees.nodes()).filter(|&node| !trees.is_leaf(node)) {
            let left = trees.left[node] as usize;
            let below = depths[node] + 1;
            depths[left..=left + 1].fill(below);
        }
        let length = |(&depth, &rows): (&u32, &u32)| f64::from(depth) + average_path_length(rows);
        trees.value = depths.iter().zip(&trees.rows).map(length).collect();
        trees.value_row = Vec::new();
        trees.scale = 1.0 / trees.trees().max(1) as f64;
        Self {
            trees,
            rows_per_tree,
        }
    }

    /// The score is e to the mean length times this: 2 to the minus (mean length over its
    /// expectation).
    fn rate(&self) -> f64 {
        match average_path_length(self.rows_per_tree) {
            // A single row cannot be set apart from anything.
            0.0 => 0.0,
            expected => -std::f64::consts::LN_2 / expected,
        }
    }

    /// How unusual each row is, between 0 and 1: Liu et al. (2008), equation 2. Near 1 is unusual,
    /// well below 0.5 is ordinary; all near 0.5 says that no row stands out. `x` has the width the
    /// trees expect.
    pub fn unusualness(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        let mut scores = self.trees.predict(x, task)?;
        let rate = self.rate();
        for score in &mut scores {
            *score = if rate < 0.0 {
                (rate * *score).exp()
            } else {
                0.5
            };
        }
        Ok(scores)
    }

    /// `x`: double, [rows, features]; the result: double, [rows, 1], equal to
    /// [`IsolationForest::unusualness`].
    pub fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let lengths = self.trees.graph(graph, x)?;
        let rate = self.rate();
        let (factor, shift) = if rate < 0.0 {
            (rate, 0.0)
        } else {
            (0.0, 0.5_f64.ln())
        };
        let factor = graph.scalar(factor);
        let power = graph.op("Mul", &[&lengths, &factor], Vec::new());
        let shift = graph.scalar(shift);
        let power = graph.op("Add", &[&power, &shift], Vec::new());
        Ok(graph.op("Exp", &[&power], Vec::new()))
    }

    /// Why the parts do not hold together, if they do not; those of the trees were checked when they
    /// were read.
    pub fn fault(&self) -> Option<&'static str> {
        let trees = &self.trees;
        let lengths = trees.value.iter().all(|&length| length >= 0.0);
        let plain = trees.outputs == 1 && trees.width == 1 && trees.base == [0.0];
        let mean = (trees.scale * trees.trees() as f64 - 1.0).abs() < 1e-9;
        (trees.trees() == 0 || !lengths || !plain || !mean || self.rows_per_tree == 0)
            .then_some("its trees do not isolate rows")
    }
}

/// Trees grown between two reports, per thread.
const TREES_PER_STEP: usize = 4;

/// How the rows of a tree are drawn.
enum Draw {
    /// Without repetition from all rows, or from those given.
    Equal {
        rows: usize,
        counted: Option<Vec<u32>>,
    },
    /// With repetition: up to where the weights of the rows before and of this one reach.
    Weighed { counted: Vec<u32>, reach: Vec<f64> },
}

impl Draw {
    fn new(rows: usize, weights: Option<&[f64]>) -> Self {
        let Some(weights) = weights else {
            return Self::Equal {
                rows,
                counted: None,
            };
        };
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let counted: Vec<u32> = (0..rows as u32)
            .filter(|&row| weights[row as usize] > 0.0)
            .collect();
        if counted.iter().all(|&row| weights[row as usize] == largest) {
            return Self::Equal {
                rows: counted.len(),
                counted: Some(counted),
            };
        }
        let mut sum = 0.0;
        let reach = counted.iter().map(|&row| {
            sum += weights[row as usize] / largest;
            sum
        });
        Self::Weighed {
            reach: reach.collect(),
            counted,
        }
    }

    /// Rows that can be drawn.
    fn counted(&self) -> usize {
        match self {
            Self::Equal { rows, .. } => *rows,
            Self::Weighed { counted, .. } => counted.len(),
        }
    }

    /// So many rows, ascending; `count` is at most [`Draw::counted`].
    fn rows(&self, count: usize, random: &mut Random) -> Vec<u32> {
        match self {
            Self::Equal { rows, counted } => {
                // R. Floyd in J. Bentley, "Programming Pearls: A Sample of Brilliance",
                // Communications of the ACM 30 (1987), 754–757.
                let mut chosen = BTreeSet::new();
                for last in rows.saturating_sub(count)..*rows {
                    let place = random.below(last + 1) as u32;
                    if !chosen.insert(place) {
                        chosen.insert(last as u32);
                    }
                }
                match counted {
                    None => chosen.into_iter().collect(),
                    Some(counted) => chosen
                        .into_iter()
                        .map(|place| counted[place as usize])
                        .collect(),
                }
            }
            Self::Weighed { counted, reach } => {
                let whole = reach.last().copied().unwrap_or(0.0);
                let mut drawn: Vec<u32> = (0..count)
                    .map(|_| {
                        let at = random.next_f64() * whole;
                        let place = reach.partition_point(|reach| *reach <= at);
                        counted[place.min(counted.len() - 1)]
                    })
                    .collect();
                drawn.sort_unstable();
                drawn
            }
        }
    }
}

/// A node that is still to be divided.
struct Open {
    node: usize,
    depth: u32,
    start: usize,
    end: usize,
    /// The first so many of the columns may differ between its rows.
    columns: usize,
}

/// A question that divides the rows of a node.
enum Cut {
    /// Values up to this one go left.
    Number { limit: f64 },
    /// Codes up to this place in the order of the tree go left.
    Category { last: u32 },
}

/// What a column holds in the rows of a node.
struct Seen {
    low: f64,
    high: f64,
    blanks: usize,
}

struct Grower<'a> {
    x: &'a Matrix,
    kinds: &'a [FeatureKind],
    task: &'a TaskContext,
    random: Random,
    most_depth: u32,
    rows: Vec<u32>,
    columns: Vec<usize>,
    /// Per column, the places of the codes of a category and at the end that of a blank; made when
    /// first needed.
    places: Vec<Option<Vec<u32>>>,
    tree: TreeEnsemble,
}

impl<'a> Grower<'a> {
    fn new(
        x: &'a Matrix,
        kinds: &'a [FeatureKind],
        options: &IsolationOptions,
        mut random: Random,
        task: &'a TaskContext,
    ) -> Self {
        let mut columns: Vec<usize> = (0..x.cols).collect();
        let wanted = (x.cols as f64 * options.column_share).round().max(1.0) as usize;
        if wanted < x.cols {
            random.shuffle(&mut columns);
            columns.truncate(wanted);
        }
        Self {
            x,
            kinds,
            task,
            random,
            most_depth: 0,
            rows: Vec::new(),
            columns,
            places: vec![None; x.cols],
            tree: TreeEnsemble::new(x.cols, vec![0.0], 1),
        }
    }

    fn grow(mut self, rows: Vec<u32>) -> Result<TreeEnsemble, UserError> {
        // ⌈log2 ψ⌉: the mean depth; what is deeper is ordinary.
        self.most_depth = usize::BITS - rows.len().saturating_sub(1).leading_zeros();
        self.rows = rows;
        self.tree.roots.push(0);
        self.tree.tree_output.push(0);
        self.push(self.rows.len());
        let mut open = vec![Open {
            node: 0,
            depth: 0,
            start: 0,
            end: self.rows.len(),
            columns: self.columns.len(),
        }];
        while let Some(part) = open.pop() {
            self.task.check()?;
            if part.depth >= self.most_depth || part.end - part.start < 2 {
                continue;
            }
            // The right side comes later and finds its columns in another order, but the same ones:
            // whatever is below the left side moves only the columns in front.
            if let Some((left, right)) = self.divide(part)? {
                open.push(right);
                open.push(left);
            }
        }
        Ok(self.tree)
    }

    /// Adds a leaf.
    fn push(&mut self, rows: usize) {
        let tree = &mut self.tree;
        tree.left.push(tree.left.len() as u32);
        tree.feature.push(0);
        tree.threshold.push(0.0);
        tree.set.push(NO_SET);
        tree.missing_left.push(false);
        tree.gain.push(0.0);
        tree.rows.push(rows as u32);
        tree.value.push(0.0);
    }

    /// None when all rows are alike.
    fn divide(&mut self, mut part: Open) -> Result<Option<(Open, Open)>, UserError> {
        while part.columns > 0 {
            let place = self.random.below(part.columns);
            let column = self.columns[place];
            let Some((cut, missing_left)) = self.cut(column, &part) else {
                part.columns -= 1;
                self.columns.swap(place, part.columns);
                if part.columns.is_multiple_of(256) {
                    self.task.check()?;
                }
                continue;
            };
            let node = self.tree.left.len();
            let range = part.start..part.end;
            self.write(part.node, column, &cut, missing_left);
            let (x, tree) = (self.x, &self.tree);
            let value = |row: u32| x.values[row as usize * x.cols + column];
            let rows = &mut self.rows[range];
            let goes_left = |row: &u32| tree.goes_left(part.node, value(*row));
            let (mut left, right): (Vec<u32>, Vec<u32>) = rows.iter().copied().partition(goes_left);
            let middle = part.start + left.len();
            left.extend(right);
            rows.copy_from_slice(&left);
            self.tree.left[part.node] = node as u32;
            if !self.has_blanks(column, &part) && self.is_number(column) {
                // None was seen here: to a side by chance, as often as rows go there.
                let place = self.random.below(part.end - part.start);
                self.tree.missing_left[part.node] = place < middle - part.start;
            }
            self.push(middle - part.start);
            self.push(part.end - middle);
            let side = |node, start, end| Open {
                node,
                depth: part.depth + 1,
                start,
                end,
                columns: part.columns,
            };
            return Ok(Some((
                side(node, part.start, middle),
                side(node + 1, middle, part.end),
            )));
        }
        Ok(None)
    }

    fn is_number(&self, column: usize) -> bool {
        self.kinds[column] == FeatureKind::Number
    }

    fn values(&self, column: usize, part: &Open) -> impl Iterator<Item = f64> {
        let (values, width) = (&self.x.values, self.x.cols);
        let rows = self.rows[part.start..part.end].iter();
        rows.map(move |&row| values[row as usize * width + column])
    }

    fn has_blanks(&self, column: usize, part: &Open) -> bool {
        self.values(column, part).any(f64::is_nan)
    }

    /// A cut at a random place, and the side of blanks; None when the rows do not differ.
    fn cut(&mut self, column: usize, part: &Open) -> Option<(Cut, bool)> {
        match self.kinds[column] {
            FeatureKind::Number => self.cut_number(column, part),
            FeatureKind::Category { levels } => self.cut_category(column, part, levels),
        }
    }

    fn cut_number(&mut self, column: usize, part: &Open) -> Option<(Cut, bool)> {
        let mut seen = Seen {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            blanks: 0,
        };
        for value in self.values(column, part) {
            if value.is_nan() {
                seen.blanks += 1;
            } else {
                seen.low = seen.low.min(value);
                seen.high = seen.high.max(value);
            }
        }
        let has_values = seen.low <= seen.high;
        let differ = seen.low < seen.high;
        if !has_values || !differ && seen.blanks == 0 {
            return None;
        }
        if seen.blanks > 0 && (!differ || self.random.below(2) == 0) {
            // All values go left, now and later.
            return Some((Cut::Number { limit: f64::MAX }, false));
        }
        let share = self.random.next_f64();
        let limit = seen.low * (1.0 - share) + seen.high * share;
        let limit = if limit >= seen.low && limit < seen.high {
            limit
        } else {
            seen.low
        };
        Some((Cut::Number { limit }, self.random.below(2) == 0))
    }

    fn cut_category(&mut self, column: usize, part: &Open, levels: u32) -> Option<(Cut, bool)> {
        let places = match self.places[column].take() {
            Some(places) => places,
            None => {
                let mut places: Vec<u32> = (0..=levels).collect();
                self.random.shuffle(&mut places);
                places
            }
        };
        let (mut low, mut high) = (u32::MAX, 0);
        for value in self.values(column, part) {
            let place = place_of(&places, value);
            low = low.min(place);
            high = high.max(place);
        }
        let blank = places.last().copied().unwrap_or(0);
        self.places[column] = Some(places);
        if low >= high {
            return None;
        }
        let last = low + self.random.below((high - low) as usize) as u32;
        Some((Cut::Category { last }, blank <= last))
    }

    /// Writes a question into a node.
    fn write(&mut self, node: usize, column: usize, cut: &Cut, missing_left: bool) {
        let tree = &mut self.tree;
        tree.feature[node] = column as u32;
        tree.missing_left[node] = missing_left;
        match (cut, &self.places[column]) {
            (Cut::Number { limit }, _) => tree.threshold[node] = *limit,
            (Cut::Category { last }, Some(places)) => {
                let levels = places.len() as u32 - 1;
                let mut bits = vec![0_u32; levels.div_ceil(32) as usize];
                for (code, place) in places.iter().take(levels as usize).enumerate() {
                    if place <= last {
                        bits[code / 32] |= 1 << (code % 32);
                    }
                }
                tree.set[node] = tree.sets.len() as u32;
                tree.sets.push(CategorySet { levels, bits });
            }
            (Cut::Category { .. }, None) => {}
        }
    }
}

/// The place of a code; that of a blank for everything that is no code.
fn place_of(places: &[u32], value: f64) -> u32 {
    let levels = places.len() - 1;
    let known = value >= 0.0 && value < levels as f64;
    places[if known { value as usize } else { levels }]
}
