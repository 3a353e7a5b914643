//! Growing an exact decision tree: every threshold between two neighbouring values is tried.
//!
//! Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees" (1984), chapters 2,
//! 4 and 8: Gini impurity for classes, squared error for numbers. Values are sorted once per
//! column; nodes keep their part of that order.

use super::prune::{PruningStep, pruning};
use super::tree::FlatTree;
use crate::base::{TaskContext, UserError};
use crate::learn::{Matrix, Target};

#[derive(Clone, Copy, Debug)]
pub struct CartOptions {
    pub max_depth: usize,
    pub min_rows_leaf: usize,
    pub min_rows_split: usize,
    /// Branches are cut that save at most this share of the error per leaf; 0 cuts none.
    pub prune: f64,
}

/// A grown tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Grown {
    pub tree: FlatTree,
    /// Per feature: by how much its splits lower the impurity, as a share of all of it. Sums to 1,
    /// or is all 0 without a split.
    pub importance: Vec<f64>,
    /// The smaller and smaller trees that cutting back gives.
    pub pruning: Vec<PruningStep>,
}

/// `x` and `y` have been checked. Of equally good splits the one on the first feature, then the one
/// with the lowest threshold is taken; a split that gains nothing is not made.
pub fn grow(
    x: &Matrix,
    y: &Target,
    options: &CartOptions,
    task: &TaskContext,
) -> Result<Grown, UserError> {
    match y {
        Target::Classes { codes, count } => {
            let tally = ClassTally::new(codes, *count);
            Grower::new(x, *count, tally, options, task)?.grow()
        }
        Target::Numbers(values) => {
            let tally = NumberTally::new(values);
            Grower::new(x, 1, tally, options, task)?.grow()
        }
    }
}

/// Running totals of the rows left and right of a threshold.
trait Tally {
    /// Takes the rows of a node; all of them start on the right.
    fn start(&mut self, rows: &[u32]);
    /// Back to all rows on the right.
    fn reset(&mut self);
    fn move_left(&mut self, row: u32);
    /// The larger, the purer both sides. Undefined while one side is empty.
    fn purity(&self) -> f64;
    /// The purity of the node as one piece.
    fn whole(&self) -> f64;
    /// What the purity is measured against, to tell a gain from rounding.
    fn size(&self) -> f64;
    fn is_pure(&self) -> bool;
    /// The error of the node as one piece, in the unit of the purity.
    fn error(&self) -> f64;
    /// What the node predicts.
    fn values(&self, out: &mut Vec<f64>);
}

/// Classes: sum of squared counts over rows, both sides. All counts are exact in `f64`.
struct ClassTally<'a> {
    codes: &'a [u32],
    total: Vec<f64>,
    left: Vec<f64>,
    right: Vec<f64>,
    rows: f64,
    rows_left: f64,
    squares: f64,
    squares_left: f64,
    squares_right: f64,
}

impl<'a> ClassTally<'a> {
    fn new(codes: &'a [u32], count: usize) -> Self {
        Self {
            codes,
            total: vec![0.0; count],
            left: vec![0.0; count],
            right: vec![0.0; count],
            rows: 0.0,
            rows_left: 0.0,
            squares: 0.0,
            squares_left: 0.0,
            squares_right: 0.0,
        }
    }
}

impl Tally for ClassTally<'_> {
    fn start(&mut self, rows: &[u32]) {
        self.total.fill(0.0);
        for &row in rows {
            self.total[self.codes[row as usize] as usize] += 1.0;
        }
        self.rows = rows.len() as f64;
        self.squares = self.total.iter().map(|count| count * count).sum();
        self.reset();
    }

    fn reset(&mut self) {
        self.left.fill(0.0);
        self.right.copy_from_slice(&self.total);
        self.rows_left = 0.0;
        self.squares_left = 0.0;
        self.squares_right = self.squares;
    }

    #[inline]
    fn move_left(&mut self, row: u32) {
        let class = self.codes[row as usize] as usize;
        self.squares_left += 2.0 * self.left[class] + 1.0;
        self.squares_right -= 2.0 * self.right[class] - 1.0;
        self.left[class] += 1.0;
        self.right[class] -= 1.0;
        self.rows_left += 1.0;
    }

    #[inline]
    fn purity(&self) -> f64 {
        self.squares_left / self.rows_left + self.squares_right / (self.rows - self.rows_left)
    }

    fn whole(&self) -> f64 {
        self.squares / self.rows
    }

    fn size(&self) -> f64 {
        self.rows
    }

    fn is_pure(&self) -> bool {
        self.squares == self.rows * self.rows
    }

    fn error(&self) -> f64 {
        self.rows - self.squares / self.rows
    }

    fn values(&self, out: &mut Vec<f64>) {
        out.extend(self.total.iter().map(|count| count / self.rows));
    }
}

/// Numbers: squared sums over rows, both sides, of answers centred and scaled to unit size so that
/// nothing cancels or overflows.
struct NumberTally {
    answers: Vec<f64>,
    centre: f64,
    unit: f64,
    rows: f64,
    rows_left: f64,
    total: f64,
    left: f64,
    squares: f64,
    pure: bool,
}

impl NumberTally {
    fn new(values: &[f64]) -> Self {
        let centre = super::mean(values.iter().copied());
        let largest = values
            .iter()
            .map(|v| (v - centre).abs())
            .fold(0.0, f64::max);
        let unit = if largest > 0.0 && largest.is_finite() {
            largest
        } else {
            1.0
        };
        Self {
            answers: values.iter().map(|v| (v - centre) / unit).collect(),
            centre,
            unit,
            rows: 0.0,
            rows_left: 0.0,
            total: 0.0,
            left: 0.0,
            squares: 0.0,
            pure: true,
        }
    }
}

impl Tally for NumberTally {
    fn start(&mut self, rows: &[u32]) {
        let first = rows.first().map_or(0.0, |&row| self.answers[row as usize]);
        self.total = 0.0;
        self.squares = 0.0;
        self.pure = true;
        for &row in rows {
            let answer = self.answers[row as usize];
            self.total += answer;
            self.squares += answer * answer;
            self.pure &= answer == first;
        }
        self.rows = rows.len() as f64;
        self.reset();
    }

    fn reset(&mut self) {
        self.rows_left = 0.0;
        self.left = 0.0;
    }

    #[inline]
    fn move_left(&mut self, row: u32) {
        self.left += self.answers[row as usize];
        self.rows_left += 1.0;
    }

    #[inline]
    fn purity(&self) -> f64 {
        let right = self.total - self.left;
        self.left * self.left / self.rows_left + right * right / (self.rows - self.rows_left)
    }

    fn whole(&self) -> f64 {
        self.total * self.total / self.rows
    }

    fn size(&self) -> f64 {
        self.squares
    }

    fn is_pure(&self) -> bool {
        self.pure
    }

    fn error(&self) -> f64 {
        self.squares - self.total * self.total / self.rows
    }

    fn values(&self, out: &mut Vec<f64>) {
        out.push(self.centre + self.unit * (self.total / self.rows));
    }
}

/// A matrix column in the form in which its thresholds are tried.
enum Column {
    /// One value only: nothing to split.
    Constant,
    /// Two values: one threshold. True: the larger value.
    Two { threshold: f64, high: Vec<bool> },
    /// Values by row, and per node the rows in ascending order of value (then of row).
    Sorted { values: Vec<f64>, order: Vec<u32> },
}

impl Column {
    fn new(values: Vec<f64>) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low >= high {
            return Self::Constant;
        }
        if values.iter().all(|&value| value == low || value == high) {
            return Self::Two {
                threshold: between(low, high),
                high: values.iter().map(|&value| value == high).collect(),
            };
        }
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| {
            values[a as usize]
                .total_cmp(&values[b as usize])
                .then(a.cmp(&b))
        });
        Self::Sorted { values, order }
    }
}

/// The middle of two different values; the lower one when rounding would reach the higher.
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle >= high || middle < low {
        low
    } else {
        middle
    }
}

/// A range of rows that is still to be looked at.
struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
}

#[derive(Clone, Copy)]
struct Split {
    feature: usize,
    threshold: f64,
    gain: f64,
}

struct Grower<'a, T> {
    columns: Vec<Column>,
    tally: T,
    rows: Vec<u32>,
    goes_left: Vec<bool>,
    buffer: Vec<u32>,
    tree: FlatTree,
    /// Per node, by how much its split lowers the error.
    gains: Vec<f64>,
    options: &'a CartOptions,
    task: &'a TaskContext,
    work: usize,
}

/// Rows visited between two looks at the cancel flag.
const WORK_BETWEEN_CHECKS: usize = 1 << 20;

impl<'a, T: Tally> Grower<'a, T> {
    fn new(
        x: &Matrix,
        outputs: usize,
        tally: T,
        options: &'a CartOptions,
        task: &'a TaskContext,
    ) -> Result<Self, UserError> {
        let mut columns = Vec::with_capacity(x.cols);
        for col in 0..x.cols {
            task.check()?;
            task.progress(col as u64, x.cols as u64, "Sorting the columns");
            columns.push(Column::new(x.column(col)));
        }
        Ok(Self {
            columns,
            tally,
            rows: (0..x.rows as u32).collect(),
            goes_left: vec![false; x.rows],
            buffer: Vec::with_capacity(x.rows),
            tree: FlatTree::new(outputs),
            gains: Vec::new(),
            options,
            task,
            work: 0,
        })
    }

    fn grow(mut self) -> Result<Grown, UserError> {
        let all = self.rows.len();
        let mut settled = 0;
        let mut open = vec![Open {
            node: self.add_leaf(0, all),
            start: 0,
            end: all,
            depth: 0,
        }];
        while let Some(part) = open.pop() {
            self.task.check()?;
            self.task
                .progress(settled as u64, all as u64, "Growing the tree");
            let Some(split) = self.best_split(&part)? else {
                settled += part.end - part.start;
                continue;
            };
            let middle = self.divide(&part, &split);
            self.gains[part.node] = split.gain;
            self.tree.split(part.node, split.feature, split.threshold);
            let left = self.add_leaf(part.start, middle);
            self.tree.set_child(part.node, true, left);
            let right = self.add_leaf(middle, part.end);
            self.tree.set_child(part.node, false, right);
            let depth = part.depth + 1;
            open.push(Open {
                node: right,
                start: middle,
                end: part.end,
                depth,
            });
            open.push(Open {
                node: left,
                start: part.start,
                end: middle,
                depth,
            });
        }
        Ok(self.finish())
    }

    fn finish(mut self) -> Grown {
        self.tally.start(&self.rows);
        let error = self.tally.error();
        let share = |gain: &f64| if error > 0.0 { gain / error } else { 0.0 };
        let shares: Vec<f64> = self.gains.iter().map(share).collect();
        let pruning = pruning(&self.tree, &shares);
        let (tree, nodes) = if self.options.prune > 0.0 {
            pruning.cut(&self.tree, self.options.prune)
        } else {
            (self.tree, (0..self.gains.len()).collect())
        };
        let mut importance = vec![0.0; self.columns.len()];
        for (node, &before) in nodes.iter().enumerate() {
            if !tree.is_leaf(node) {
                importance[tree.feature[node] as usize] += self.gains[before];
            }
        }
        let total: f64 = importance.iter().sum();
        if total > 0.0 {
            importance.iter_mut().for_each(|gain| *gain /= total);
        }
        Grown {
            tree,
            importance,
            pruning: pruning.steps,
        }
    }

    fn add_leaf(&mut self, start: usize, end: usize) -> usize {
        self.tally.start(&self.rows[start..end]);
        let mut values = Vec::new();
        self.tally.values(&mut values);
        self.gains.push(0.0);
        self.tree.push_leaf(&values, (end - start) as u32)
    }

    fn best_split(&mut self, part: &Open) -> Result<Option<Split>, UserError> {
        let rows = part.end - part.start;
        let smallest = self.options.min_rows_leaf.max(1);
        if part.depth >= self.options.max_depth
            || rows < self.options.min_rows_split
            || rows < 2 * smallest
        {
            return Ok(None);
        }
        self.tally.start(&self.rows[part.start..part.end]);
        if self.tally.is_pure() {
            return Ok(None);
        }
        let whole = self.tally.whole();
        // Two ways to the same division differ by rounding; that is no reason to prefer one.
        let noise = self.tally.size() * 1e-12;
        let mut best: Option<Split> = None;
        for feature in 0..self.columns.len() {
            self.work += rows;
            if self.work > WORK_BETWEEN_CHECKS {
                self.work = 0;
                self.task.check()?;
            }
            let needed = whole + best.map_or(0.0, |split| split.gain) + noise;
            if let Some((threshold, purity)) =
                self.best_threshold(feature, part, smallest, needed, noise)
            {
                best = Some(Split {
                    feature,
                    threshold,
                    gain: purity - whole,
                });
            }
        }
        Ok(best)
    }

    /// The best threshold of one column, if its purity is above `needed`.
    fn best_threshold(
        &mut self,
        feature: usize,
        part: &Open,
        smallest: usize,
        needed: f64,
        noise: f64,
    ) -> Option<(f64, f64)> {
        let tally = &mut self.tally;
        let rows = part.end - part.start;
        match &self.columns[feature] {
            Column::Constant => None,
            Column::Two { threshold, high } => {
                tally.reset();
                let mut moved = 0;
                // Which side is called left does not matter to the purity: move the rarer value.
                for &row in &self.rows[part.start..part.end] {
                    if high[row as usize] {
                        tally.move_left(row);
                        moved += 1;
                    }
                }
                if moved < smallest || rows - moved < smallest {
                    return None;
                }
                let purity = tally.purity();
                (purity > needed).then_some((*threshold, purity))
            }
            Column::Sorted { values, order } => {
                tally.reset();
                let order = &order[part.start..part.end];
                let mut best: Option<(usize, f64)> = None;
                let mut limit = needed;
                let mut value = values[order[0] as usize];
                for (index, pair) in order.windows(2).enumerate() {
                    tally.move_left(pair[0]);
                    let next = values[pair[1] as usize];
                    let moved = index + 1;
                    if next > value && moved >= smallest && rows - moved >= smallest {
                        let purity = tally.purity();
                        if purity > limit {
                            best = Some((moved, purity));
                            limit = purity + noise;
                        }
                    }
                    value = next;
                }
                best.map(|(moved, purity)| {
                    let low = values[order[moved - 1] as usize];
                    let high = values[order[moved] as usize];
                    (between(low, high), purity)
                })
            }
        }
    }

    /// Sorts the rows of a part to the two sides, in every order kept; returns where the right
    /// side begins.
    fn divide(&mut self, part: &Open, split: &Split) -> usize {
        for &row in &self.rows[part.start..part.end] {
            self.goes_left[row as usize] = match &self.columns[split.feature] {
                Column::Constant => true,
                Column::Two { high, .. } => !high[row as usize],
                Column::Sorted { values, .. } => values[row as usize] <= split.threshold,
            };
        }
        let range = part.start..part.end;
        let left = stable_divide(
            &mut self.rows[range.clone()],
            &self.goes_left,
            &mut self.buffer,
        );
        for column in &mut self.columns {
            if let Column::Sorted { order, .. } = column {
                stable_divide(&mut order[range.clone()], &self.goes_left, &mut self.buffer);
            }
        }
        part.start + left
    }
}

/// Left rows first, each side in its old order; returns how many go left.
fn stable_divide(rows: &mut [u32], goes_left: &[bool], buffer: &mut Vec<u32>) -> usize {
    buffer.clear();
    let mut left = 0;
    for index in 0..rows.len() {
        let row = rows[index];
        if goes_left[row as usize] {
            rows[left] = row;
            left += 1;
        } else {
            buffer.push(row);
        }
    }
    rows[left..].copy_from_slice(buffer);
    left
}
