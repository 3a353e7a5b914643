//! AdaBoost: small trees one after the other, each on rows weighed by how wrong the ones before were,
//! and a vote in which better trees count more.
//!
//! Classes: SAMME, algorithm 2 of J. Zhu, H. Zou, S. Rosset, T. Hastie, "Multi-class AdaBoost",
//! Statistics and Its Interface 2 (2009), 349–360; with two classes it is the AdaBoost of Freund and
//! Schapire (1997). Numbers: AdaBoost.R2, H. Drucker, "Improving Regressors using Boosting
//! Techniques", ICML (1997), 107–115. When to stop, the shrinking of steps and the floor under the
//! weights are those of scikit-learn.

use super::bins::{Binned, MOST_BINS, bins_of};
use super::ensemble::TreeEnsemble;
use super::forest::{CategoryOrder, ForestAnswers, ForestOptions, forest};
use super::leaves::pieces;
use crate::base::{Random, TaskContext, UserError};
use crate::learn::engine;
use crate::learn::{FitContext, Matrix, Round};

/// How an error counts, as a share of the largest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCurve {
    Linear,
    Square,
    Exponential,
}

impl ErrorCurve {
    fn of(self, share: f64) -> f64 {
        match self {
            Self::Linear => share,
            Self::Square => share * share,
            Self::Exponential => 1.0 - (-share).exp(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct AdaBoostOptions {
    pub rounds: u32,
    /// What the weight of every tree, and with it every change of the row weights, is multiplied by.
    pub learning_rate: f64,
    pub most_depth: usize,
    /// For numbers.
    pub errors: ErrorCurve,
}

/// Trees and how much the word of each counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Voters {
    /// Classes: the mean over the trees is the share of the votes, one output per class, or one for
    /// the second of two. Numbers: one value per node, and every tree speaks for itself.
    pub trees: TreeEnsemble,
    /// One per tree, more than 0; multiples of one power of two, so that their sums are exact.
    pub weights: Vec<f64>,
}

/// The floor under a row's weight, where the weights sum to one.
const LEAST_WEIGHT: f64 = f64::EPSILON;
/// Rows whose error is followed while somebody watches.
const WATCHED_ROWS: usize = 2_000;

/// What all rounds share.
struct Boosting<'a> {
    x: &'a Matrix,
    binned: &'a Binned,
    options: &'a AdaBoostOptions,
    context: &'a FitContext<'a>,
    /// One per row; they sum to one at the start of every round.
    weights: Vec<f64>,
    trees: Vec<(TreeEnsemble, f64)>,
}

impl<'a> Boosting<'a> {
    fn new(
        x: &'a Matrix,
        binned: &'a Binned,
        options: &'a AdaBoostOptions,
        context: &'a FitContext<'a>,
    ) -> Self {
        let weights = context
            .weights
            .map_or_else(|| vec![1.0; x.rows], <[f64]>::to_vec);
        // Divided first: a sum of huge weights must not overflow.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let weights: Vec<f64> = weights.iter().map(|weight| weight / largest).collect();
        let sum: f64 = weights.iter().sum();
        Self {
            x,
            binned,
            options,
            context,
            weights: weights.iter().map(|weight| weight / sum).collect(),
            trees: Vec::new(),
        }
    }

    fn threads(&self) -> usize {
        self.context.threads.max(1)
    }

    /// Small weights are lifted to the floor; rows that do not count stay without weight.
    fn lift(&mut self) {
        for weight in self.weights.iter_mut().filter(|weight| **weight > 0.0) {
            *weight = weight.max(LEAST_WEIGHT);
        }
    }

    /// False when the weights can no longer be told apart.
    fn normalise(&mut self) -> bool {
        let sum: f64 = self.weights.iter().sum();
        let possible = sum.is_finite() && sum > 0.0;
        if possible {
            self.weights.iter_mut().for_each(|weight| *weight /= sum);
        }
        possible
    }

    /// One tree on rows of the given weights, and the leaf of every row of the table.
    fn tree(
        &self,
        answers: ForestAnswers<'_>,
        weights: &[f64],
    ) -> Result<(TreeEnsemble, Vec<u32>), UserError> {
        let options = ForestOptions {
            trees: 1,
            most_depth: self.options.most_depth,
            min_rows_leaf: 1,
            columns_per_node: self.x.cols.max(1),
            draw_rows: false,
            random_cuts: false,
            category_order: CategoryOrder::TreeAnswers,
        };
        // The forest would tell of one tree out of one.
        let part = self.context.task.part();
        let context = FitContext {
            task: &part,
            weights: Some(weights),
            on_round: None,
            ..*self.context
        };
        let tree = forest(self.binned, answers, &options, &context)?.trees;
        let leaves = tree.leaves_in(0, self.x, self.threads(), self.context.task)?;
        Ok((tree, leaves))
    }

    /// Takes a tree with values of its own.
    fn keep(&mut self, mut tree: TreeEnsemble, values: Values, weight: f64) {
        tree.width = values.width;
        tree.outputs = values.width;
        tree.value = values.list;
        tree.value_row = values.of_node;
        // The improvement by a tree counts as much as its word.
        let gained: f64 = tree.gain.iter().sum();
        if gained > 0.0 {
            tree.gain
                .iter_mut()
                .for_each(|gain| *gain *= weight / gained);
        }
        self.trees.push((tree, weight));
    }

    fn told(&self, done: u32, loss: Option<f64>) {
        let rounds = self.options.rounds;
        let task = self.context.task;
        task.progress(u64::from(done), u64::from(rounds), "Growing the trees");
        if let Some(training) = loss {
            self.context.report(Round {
                round: done,
                rounds,
                training,
                checking: None,
            });
        }
    }

    /// Rows whose error is followed: evenly spread over those that count.
    fn watched(&self) -> Vec<usize> {
        if self.context.on_round.is_none() {
            return Vec::new();
        }
        let counted: Vec<usize> = (0..self.x.rows)
            .filter(|&row| self.weights[row] > 0.0)
            .collect();
        let step = counted.len().div_ceil(WATCHED_ROWS).max(1);
        counted.into_iter().step_by(step).collect()
    }

    /// All trees as one, `weigh` says what becomes of the values of a tree of the given weight.
    fn finish(self, width: usize, weigh: impl Fn(f64, f64) -> f64) -> Voters {
        let weights = exact(
            &self
                .trees
                .iter()
                .map(|(_, weight)| *weight)
                .collect::<Vec<_>>(),
        );
        let mut trees = TreeEnsemble::new(self.x.cols, vec![0.0; width], width);
        for ((mut tree, _), &weight) in self.trees.into_iter().zip(&weights) {
            tree.value
                .iter_mut()
                .for_each(|value| *value = weigh(*value, weight));
            trees.append(tree);
        }
        Voters { trees, weights }
    }
}

/// Weights rounded to multiples of one power of two, 2^-44 of their sum or less: sums of them, and
/// half of such a sum, are exact and do not depend on the order of the trees.
fn exact(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    let unit = f64::exp2(sum.log2().ceil() - 44.0);
    let rounded = weights
        .iter()
        .map(|weight| (weight / unit).round().max(1.0));
    rounded.map(|units| units * unit).collect()
}

/// SAMME on classes `0..count`, each with a row that counts, two at least. No trees at all when even
/// the first one is no better than chance.
pub fn classes(
    x: &Matrix,
    codes: &[u32],
    count: usize,
    options: &AdaBoostOptions,
    context: &FitContext<'_>,
) -> Result<Voters, UserError> {
    let binned = bins_of(x, context, MOST_BINS)?;
    let mut boosting = Boosting::new(x, &binned, options, context);
    let values: Vec<f64> = codes.iter().map(|&code| f64::from(code)).collect();
    let answers = if count == 2 {
        ForestAnswers::Numbers {
            values: &values,
            shares: true,
        }
    } else {
        ForestAnswers::Classes { codes, count }
    };
    let watched = boosting.watched();
    let mut votes = vec![0.0; watched.len() * count];
    for round in 0..options.rounds {
        context.task.check()?;
        boosting.lift();
        let (tree, leaves) = boosting.tree(answers, &boosting.weights)?;
        let class_of = classes_of_leaves(&tree, &leaves, codes, count, &boosting.weights);
        let wrong = |row: usize| class_of[leaves[row] as usize] != codes[row];
        let weighed = boosting.weights.iter().enumerate();
        let (mut off, mut all) = (0.0, 0.0);
        for (row, weight) in weighed {
            all += weight;
            off += if wrong(row) { *weight } else { 0.0 };
        }
        let error = off / all;
        let weight = if error > 0.0 {
            options.learning_rate * (((1.0 - error) / error).ln() + (count as f64 - 1.0).ln())
        } else {
            1.0
        };
        if error >= 1.0 - 1.0 / count as f64 || weight <= 0.0 {
            break;
        }
        let last = error <= 0.0 || {
            let factor = weight.exp();
            for (row, weight) in boosting.weights.iter_mut().enumerate() {
                *weight *= if wrong(row) { factor } else { 1.0 };
            }
            !boosting.normalise()
        };
        let loss = (!watched.is_empty()).then(|| {
            for (place, &row) in watched.iter().enumerate() {
                votes[place * count + class_of[leaves[row] as usize] as usize] += weight;
            }
            share_wrong(&votes, count, watched.iter().map(|&row| codes[row]))
        });
        let votes = vote_values(&tree, &class_of, count);
        boosting.keep(tree, votes, weight);
        boosting.told(round + 1, loss);
        if last {
            break;
        }
    }
    let width = if count == 2 { 1 } else { count };
    let mut voters = boosting.finish(width, |value, weight| value * weight);
    if voters.weights.is_empty() {
        voters.trees.base = vec![1.0 / count as f64; width];
    } else {
        voters.trees.scale = 1.0 / voters.weights.iter().sum::<f64>();
    }
    Ok(voters)
}

/// The heaviest class of every leaf, of equally heavy ones the first.
fn classes_of_leaves(
    tree: &TreeEnsemble,
    leaves: &[u32],
    codes: &[u32],
    count: usize,
    weights: &[f64],
) -> Vec<u32> {
    let mut sums = vec![0.0; tree.nodes() * count];
    for ((&leaf, &code), weight) in leaves.iter().zip(codes).zip(weights) {
        sums[leaf as usize * count + code as usize] += weight;
    }
    let heaviest = |sums: &[f64]| {
        let most = sums.iter().copied().fold(0.0, f64::max);
        sums.iter().position(|&sum| sum == most).unwrap_or(0) as u32
    };
    sums.chunks_exact(count).map(heaviest).collect()
}

/// The values of one tree, as [`TreeEnsemble`] keeps them.
struct Values {
    width: usize,
    list: Vec<f64>,
    of_node: Vec<u32>,
}

/// A 1 for the class that a leaf votes for: one value for the second of two classes, otherwise one
/// value per class, shared by the leaves that vote alike.
fn vote_values(tree: &TreeEnsemble, class_of: &[u32], count: usize) -> Values {
    if count == 2 {
        return Values {
            width: 1,
            list: class_of.iter().map(|&class| f64::from(class)).collect(),
            of_node: Vec::new(),
        };
    }
    let leaves = (0..tree.nodes()).filter(|&node| tree.is_leaf(node));
    let mut voted: Vec<u32> = leaves.map(|leaf| class_of[leaf]).collect();
    voted.sort_unstable();
    voted.dedup();
    let mut list = vec![0.0; voted.len() * count];
    for (place, &class) in voted.iter().enumerate() {
        list[place * count + class as usize] = 1.0;
    }
    let place = |class| voted.binary_search(class).unwrap_or(0) as u32;
    Values {
        width: count,
        list,
        of_node: class_of.iter().map(place).collect(),
    }
}

/// Share of rows for which another class has most votes.
fn share_wrong(votes: &[f64], count: usize, codes: impl ExactSizeIterator<Item = u32>) -> f64 {
    let rows = codes.len().max(1) as f64;
    let wrong = votes
        .chunks_exact(count)
        .zip(codes)
        .filter(|(votes, code)| {
            let most = votes.iter().copied().fold(0.0, f64::max);
            votes.iter().position(|&vote| vote == most) != Some(*code as usize)
        });
    wrong.count() as f64 / rows
}

/// How often each row is drawn when as many rows are drawn as count, with repetition, and a row is
/// drawn as often as its weight says. Uniform numbers come in ascending order, as sums of exponential
/// ones: L. Devroye, "Non-Uniform Random Variate Generation" (1986), section V.3.1.
pub fn drawn(weights: &[f64], random: &mut Random) -> Vec<u32> {
    let counted = weights.iter().filter(|&&weight| weight > 0.0).count();
    let mut spacing = || -(1.0 - random.next_f64()).ln();
    let spacings: Vec<f64> = (0..counted).map(|_| spacing()).collect();
    let whole = spacings.iter().sum::<f64>() + spacing();
    let total: f64 = weights.iter().sum();
    let last = weights
        .iter()
        .rposition(|&weight| weight > 0.0)
        .unwrap_or(0);
    let mut counts = vec![0_u32; weights.len()];
    let (mut row, mut up_to, mut place) = (0, weights.first().copied().unwrap_or(0.0), 0.0);
    for spacing in spacings {
        place += spacing;
        while place / whole * total >= up_to && row < last {
            row += 1;
            up_to += weights[row];
        }
        counts[row] += 1;
    }
    counts
}

/// AdaBoost.R2. `draw` is told the round and the row weights, which sum to one, and says how often
/// each row is learned from; see [`drawn`].
pub fn numbers(
    x: &Matrix,
    values: &[f64],
    options: &AdaBoostOptions,
    context: &FitContext<'_>,
    draw: &mut dyn FnMut(u32, &[f64]) -> Vec<u32>,
) -> Result<Voters, UserError> {
    let binned = bins_of(x, context, MOST_BINS)?;
    let mut boosting = Boosting::new(x, &binned, options, context);
    // Centred and of unit size: nothing cancels, and nothing overflows.
    let centre = engine::mean(values.iter().copied());
    let far = |value: &f64| (value - centre).abs();
    let unit = values.iter().map(far).fold(0.0, f64::max);
    let unit = if unit > 0.0 && unit.is_finite() {
        unit
    } else {
        1.0
    };
    let scaled: Vec<f64> = values.iter().map(|value| (value - centre) / unit).collect();
    let answers = ForestAnswers::Numbers {
        values: &scaled,
        shares: false,
    };
    let mut watch = Watch::new(boosting.watched());
    for round in 0..options.rounds {
        context.task.check()?;
        boosting.lift();
        if !boosting.normalise() {
            break;
        }
        let counts: Vec<f64> = draw(round, &boosting.weights)
            .into_iter()
            .map(f64::from)
            .collect();
        let (tree, leaves) = boosting.tree(answers, &counts)?;
        let means = means_of_leaves(&tree, &leaves, &scaled, &counts);
        let said = |row: usize| means[leaves[row] as usize];
        let errors = error_shares(&boosting.weights, &scaled, said, options.errors);
        let weighed = errors.iter().zip(&boosting.weights);
        let error: f64 = weighed.map(|(share, weight)| share * weight).sum();
        // A tree that is wrong on half of the weight ends it; the first one is kept all the same.
        if error >= 0.5 && round > 0 {
            break;
        }
        let odds = error / (1.0 - error);
        let weight = if error > 0.0 && error < 0.5 {
            -options.learning_rate * odds.ln()
        } else {
            1.0
        };
        let loss = watch.add(&scaled, said, weight);
        let kept = Values {
            width: 1,
            list: means.iter().map(|mean| centre + unit * mean).collect(),
            of_node: Vec::new(),
        };
        boosting.keep(tree, kept, weight);
        boosting.told(round + 1, loss.map(|loss| (loss * unit).min(f64::MAX)));
        if error <= 0.0 || error >= 0.5 {
            break;
        }
        for (weight, share) in boosting.weights.iter_mut().zip(&errors) {
            *weight *= odds.powf((1.0 - share) * options.learning_rate);
        }
        if !boosting.normalise() {
            break;
        }
    }
    Ok(boosting.finish(1, |value, _| value))
}

/// Mean answer of the drawn rows of every leaf.
fn means_of_leaves(
    tree: &TreeEnsemble,
    leaves: &[u32],
    values: &[f64],
    counts: &[f64],
) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); tree.nodes()];
    for ((&leaf, value), count) in leaves.iter().zip(values).zip(counts) {
        let (sum, rows) = &mut sums[leaf as usize];
        *sum += count * value;
        *rows += count;
    }
    sums.iter()
        .map(|(sum, rows)| if *rows > 0.0 { sum / rows } else { 0.0 })
        .collect()
}

/// Errors of the rows that count as shares of the largest one, bent by the curve.
fn error_shares(
    weights: &[f64],
    values: &[f64],
    said: impl Fn(usize) -> f64,
    curve: ErrorCurve,
) -> Vec<f64> {
    let off = |row: usize| {
        if weights[row] > 0.0 {
            (said(row) - values[row]).abs()
        } else {
            0.0
        }
    };
    let mut errors: Vec<f64> = (0..values.len()).map(off).collect();
    let largest = errors.iter().copied().fold(0.0, f64::max);
    if largest > 0.0 {
        errors
            .iter_mut()
            .for_each(|error| *error = curve.of(*error / largest));
    }
    errors
}

/// What the trees so far say about a few rows, in order.
struct Watch {
    rows: Vec<usize>,
    said: Vec<Vec<(f64, f64)>>,
    weight: f64,
}

impl Watch {
    fn new(rows: Vec<usize>) -> Self {
        Self {
            said: vec![Vec::new(); rows.len()],
            rows,
            weight: 0.0,
        }
    }

    /// Mean absolute error of the weighted median after one more tree; None when nobody watches.
    fn add(&mut self, values: &[f64], of: impl Fn(usize) -> f64, weight: f64) -> Option<f64> {
        self.weight += weight;
        let mut off = 0.0;
        for (&row, said) in self.rows.iter().zip(&mut self.said) {
            let value = of(row);
            let place = said.partition_point(|(other, _)| *other < value);
            said.insert(place, (value, weight));
            off += (middle(said, self.weight) - values[row]).abs();
        }
        (!self.rows.is_empty()).then(|| off / self.rows.len() as f64)
    }
}

/// The first value, from the lowest, with half of the weight at or below it.
fn middle(sorted: &[(f64, f64)], whole: f64) -> f64 {
    let mut below = 0.0;
    for (value, weight) in sorted {
        below += weight;
        if below >= whole / 2.0 {
            return *value;
        }
    }
    sorted.last().map_or(0.0, |(value, _)| *value)
}

/// Numbers: the weighted median of what the trees say, per row (Drucker 1997, page 108). One value
/// per node, one weight per tree, one tree at least; `x` has the width the trees expect.
pub fn medians(
    trees: &TreeEnsemble,
    weights: &[f64],
    x: &Matrix,
    task: &TaskContext,
) -> Result<Vec<f64>, UserError> {
    task.check()?;
    let count = trees.trees();
    let whole: f64 = weights.iter().sum();
    let mut medians = Vec::with_capacity(x.rows);
    let columns = x.cols.max(1);
    let stretch = (MOST_SAID / count.max(1)).max(1) * columns;
    for values in x.values.chunks(stretch) {
        let part = Matrix::new(values.len() / columns, x.cols, values.to_vec())?;
        let mut pieces = pieces(&part, |rows| vec![(0.0, 0.0); rows * count]);
        trees.walk_all(&mut pieces, task, |said, tree, row, leaf| {
            let value = trees.values_at(leaf).first().copied().unwrap_or(0.0);
            said[row * count + tree] = (value, weights[tree]);
        })?;
        for piece in &mut pieces {
            task.check()?;
            for said in piece.kept.chunks_exact_mut(count.max(1)) {
                said.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                medians.push(middle(said, whole));
            }
        }
    }
    Ok(medians)
}

/// Numbers kept while medians are found: rows times trees.
const MOST_SAID: usize = 1 << 22;
