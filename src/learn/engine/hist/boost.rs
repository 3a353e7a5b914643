//! Gradient boosting: trees one after the other, each grown on the gradients that the ones before
//! leave over. Friedman (2001), algorithm 1; leaf values by Newton's step as in Chen and Guestrin
//! (2016), equation 5.

use std::sync::atomic::{AtomicU16, Ordering};

use super::bins::Binned;
use super::ensemble::TreeEnsemble;
use super::fixed::Scale;
use super::grow::{GrowOptions, Grower, GrownTree, TreeData};
use super::loss::{Loss, quantile};
use super::parallel;
use super::partition::Sides;
use crate::base::{Random, TaskContext, UserError};
use crate::learn::{FitContext, Round};

/// Leaves of a tree are numbered with 16 bits.
pub const MOST_LEAVES: usize = 1 << 15;
/// Rows that are worked on as one piece; their losses are added up piece by piece.
const CHUNK: usize = 1 << 14;

/// Stopping when rows set aside say that further trees do not help.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStop {
    /// Share of the rows that is set aside.
    pub share: f64,
    /// Rounds without improvement.
    pub patience: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BoostOptions {
    pub rounds: u32,
    pub learning_rate: f64,
    pub grow: GrowOptions,
    /// Share of the rows drawn for each round.
    pub row_share: f64,
    /// Share of the columns drawn for each tree.
    pub column_share: f64,
    pub stop: Option<EarlyStop>,
}

/// What is to be learned.
#[derive(Clone, Copy, Debug)]
pub enum Answers<'a> {
    Numbers(&'a [f64], Loss),
    /// Class per row, every class present; more than two classes.
    Classes(&'a [u32], usize),
}

/// A fitted sequence of trees; the ensemble predicts scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Boosted {
    pub trees: TreeEnsemble,
    pub rounds: u32,
}

/// Fits a sequence of trees. Rows of weight 0 are not learned from.
pub fn boost(
    binned: &Binned,
    answers: Answers<'_>,
    options: &BoostOptions,
    context: &FitContext<'_>,
) -> Result<Boosted, UserError> {
    let weights = context.weights.unwrap_or(&[]);
    let threads = context.threads.max(1);
    let rows = divide_rows(binned.rows, answers, weights, options.stop, context.seed);
    let watched = context.on_round.is_some() || options.stop.is_some();
    let mut booster = Booster::new(binned, answers, options, weights, rows, threads);
    let mut grower = Grower::new(binned, &options.grow, threads, context.task);
    let (mut best, mut best_round) = (f64::INFINITY, 0);
    let mut done = 0;
    while done < options.rounds {
        let mut random = Random::stream(context.seed, u64::from(done) + 1);
        let losses = parallel::within(threads, || {
            booster.round(&mut grower, &mut random, watched, context.task)
        })?;
        done += 1;
        let checking = options.stop.map(|_| losses[1]);
        context.report(Round {
            round: done,
            rounds: options.rounds,
            training: losses[0],
            checking,
        });
        context.task.progress(
            u64::from(done),
            u64::from(options.rounds),
            "Growing the trees",
        );
        if let (Some(stop), Some(loss)) = (options.stop, checking) {
            if loss < best {
                (best, best_round) = (loss, done);
            } else if done - best_round >= stop.patience {
                break;
            }
        }
    }
    let mut trees = booster.trees;
    if options.stop.is_some() {
        done = best_round.max(1);
        trees.truncate(done as usize * booster.outputs);
    }
    Ok(Boosted {
        trees,
        rounds: done,
    })
}

/// Rows to learn from, ascending, and per row whether it was set aside (empty when none is).
struct Roles {
    learned: Vec<u32>,
    aside: Vec<bool>,
}

/// Sets rows aside by a draw of their own; of every class the same share.
fn divide_rows(
    rows: usize,
    answers: Answers<'_>,
    weights: &[f64],
    stop: Option<EarlyStop>,
    seed: u64,
) -> Roles {
    let counts = |row: usize| weights.get(row).is_none_or(|&weight| weight > 0.0);
    let used: Vec<u32> = (0..rows as u32)
        .filter(|&row| counts(row as usize))
        .collect();
    let Some(stop) = stop else {
        return Roles {
            learned: used,
            aside: Vec::new(),
        };
    };
    let class = |row: u32| match answers {
        Answers::Numbers(values, Loss::Logistic) => values[row as usize] as u32,
        Answers::Numbers(..) => 0,
        Answers::Classes(codes, _) => codes[row as usize],
    };
    let mut shuffled = used.clone();
    Random::stream(seed, 0).shuffle(&mut shuffled);
    // Stable: rows of a class stay in the shuffled order.
    shuffled.sort_by_key(|&row| class(row));
    let mut aside = vec![false; rows];
    for rows in shuffled.chunk_by(|a, b| class(*a) == class(*b)) {
        let count = (rows.len() as f64 * stop.share).round() as usize;
        for &row in &rows[..count.min(rows.len() - 1)] {
            aside[row as usize] = true;
        }
    }
    let learned = used
        .into_iter()
        .filter(|&row| !aside[row as usize])
        .collect();
    Roles { learned, aside }
}

struct Booster<'a> {
    binned: &'a Binned,
    options: &'a BoostOptions,
    threads: usize,
    outputs: usize,
    goal: Goal<'a>,
    weights: &'a [f64],
    largest_weight: f64,
    roles: Roles,
    /// Weight of the rows learned from and of those set aside.
    role_weights: [f64; 2],
    /// Rows of the current tree.
    rows: Vec<u32>,
    /// Per output, one score per row.
    scores: Vec<Vec<f64>>,
    packed: Vec<u64>,
    leaf_of: Vec<AtomicU16>,
    trees: TreeEnsemble,
}

enum Goal<'a> {
    /// Answers in units of their own spread where the loss allows it.
    One {
        loss: Loss,
        answers: Vec<f64>,
        unit: f64,
    },
    /// `normal`: logarithm of the sum of e^score over the classes, per row.
    Classes { codes: &'a [u32], normal: Vec<f64> },
}

/// Some neighbouring rows.
struct Chunk<'c> {
    first: usize,
    scores: &'c mut [f64],
    packed: &'c mut [u64],
    /// Largest gradient and hessian.
    largest: (f64, f64),
    /// Of the rows learned from and of those set aside.
    losses: [f64; 2],
}

impl<'a> Booster<'a> {
    fn new(
        binned: &'a Binned,
        answers: Answers<'a>,
        options: &'a BoostOptions,
        weights: &'a [f64],
        roles: Roles,
        threads: usize,
    ) -> Self {
        let rows = binned.rows;
        let (goal, starts, base) = match answers {
            Answers::Numbers(values, loss) => start_of_numbers(values, loss, weights, &roles),
            Answers::Classes(codes, count) => start_of_classes(codes, count, weights, &roles),
        };
        let outputs = base.len();
        let mut role_weights = [0.0; 2];
        for row in 0..rows {
            let role = usize::from(roles.aside.get(row).copied().unwrap_or(false));
            role_weights[role] += weights.get(row).copied().unwrap_or(1.0);
        }
        Self {
            binned,
            options,
            threads,
            outputs,
            goal,
            weights,
            largest_weight: weights.iter().copied().fold(0.0, f64::max),
            rows: Vec::new(),
            scores: starts.iter().map(|&start| vec![start; rows]).collect(),
            packed: vec![0; rows],
            leaf_of: (0..rows).map(|_| AtomicU16::new(0)).collect(),
            trees: TreeEnsemble::new(binned.columns.len(), base, 1),
            roles,
            role_weights,
        }
    }

    /// One tree per output; returns the mean losses when they are wanted.
    fn round(
        &mut self,
        grower: &mut Grower<'_>,
        random: &mut Random,
        watched: bool,
        task: &TaskContext,
    ) -> Result<[f64; 2], UserError> {
        let drawn = self.draw_rows(random);
        self.normalise();
        let mut losses = [0.0; 2];
        for output in 0..self.outputs {
            task.check()?;
            let columns = self.draw_columns(random);
            let scale = self.gradients(output);
            self.rows.clear();
            self.rows
                .extend_from_slice(drawn.as_deref().unwrap_or(&self.roles.learned));
            let data = TreeData {
                packed: &self.packed,
                scale,
                columns: &columns,
            };
            let mut tree = grower.grow(&mut self.rows, data)?;
            if let Goal::One { loss, .. } = self.goal
                && let Some(share) = loss.leaf_quantile()
            {
                self.renew(&mut tree, share);
            }
            self.assign(&tree);
            losses = self.advance(output, &tree, watched);
            self.trees.push_grown(
                &tree,
                self.binned,
                output as u32,
                self.options.learning_rate * self.unit(),
            );
        }
        if watched && self.outputs > 1 {
            losses = self.class_losses();
        }
        Ok(losses)
    }

    fn unit(&self) -> f64 {
        match self.goal {
            Goal::One { unit, .. } => unit,
            Goal::Classes { .. } => 1.0,
        }
    }

    /// Rows of this round, ascending; None for all.
    fn draw_rows(&self, random: &mut Random) -> Option<Vec<u32>> {
        let all = &self.roles.learned;
        let wanted = (all.len() as f64 * self.options.row_share).round().max(1.0) as usize;
        if wanted >= all.len() {
            return None;
        }
        let mut drawn = Vec::with_capacity(wanted);
        for (place, &row) in all.iter().enumerate() {
            if random.below(all.len() - place) < wanted - drawn.len() {
                drawn.push(row);
            }
        }
        Some(drawn)
    }

    fn draw_columns(&self, random: &mut Random) -> Vec<bool> {
        let count = self.binned.columns.len();
        let wanted = (count as f64 * self.options.column_share).round().max(1.0) as usize;
        if wanted >= count {
            return vec![true; count];
        }
        let mut order: Vec<usize> = (0..count).collect();
        random.shuffle(&mut order);
        let mut columns = vec![false; count];
        for &column in &order[..wanted] {
            columns[column] = true;
        }
        columns
    }

    fn chunks<'s>(scores: &'s mut [f64], packed: &'s mut [u64]) -> Vec<Chunk<'s>> {
        let pieces = scores.chunks_mut(CHUNK).zip(packed.chunks_mut(CHUNK));
        pieces
            .enumerate()
            .map(|(place, (scores, packed))| Chunk {
                first: place * CHUNK,
                scores,
                packed,
                largest: (0.0, 0.0),
                losses: [0.0; 2],
            })
            .collect()
    }

    /// The gradients of one output as whole numbers.
    fn gradients(&mut self, output: usize) -> Scale {
        let (threads, weights) = (self.threads, self.weights);
        let heaviest = if weights.is_empty() {
            1.0
        } else {
            self.largest_weight
        };
        let mut chunks = Self::chunks(&mut self.scores[output], &mut self.packed);
        match &self.goal {
            Goal::One { loss, answers, .. } => {
                let largest = match loss.bounds() {
                    Some((gradient, hessian)) => (gradient * heaviest, hessian * heaviest),
                    None => largest_of(*loss, &mut chunks, answers, weights, threads),
                };
                let constant = loss.constant_hessian() && weights.is_empty();
                let scale = Scale::new(self.roles.learned.len(), largest.0, largest.1, constant);
                pack_numbers(*loss, &mut chunks, answers, weights, &scale, threads);
                scale
            }
            Goal::Classes { codes, normal } => {
                // Friedman (2001), section 4.5: (K − 1)/K of the sum, turned to the hessian.
                let factor = self.outputs as f64 / (self.outputs as f64 - 1.0);
                let rows = self.roles.learned.len();
                let scale = Scale::new(rows, heaviest, 0.25 * factor * heaviest, false);
                parallel::each(threads, &mut chunks, &|chunk| {
                    let rows = chunk.first..;
                    for ((row, score), packed) in
                        rows.zip(chunk.scores.iter()).zip(chunk.packed.iter_mut())
                    {
                        let share = (score - normal[row]).exp().min(1.0);
                        let answer = f64::from(u8::from(codes[row] as usize == output));
                        let weight = weights.get(row).copied().unwrap_or(1.0);
                        let hessian = weight * factor * share * (1.0 - share);
                        *packed = scale.pack(weight * (share - answer), hessian);
                    }
                });
                scale
            }
        }
    }

    /// Leaves that predict a quantile of what their rows are off.
    fn renew(&self, tree: &mut GrownTree, share: f64) {
        let Goal::One { answers, .. } = &self.goal else {
            return;
        };
        let (rows, scores) = (&self.rows, &self.scores[0]);
        let mut values: Vec<(usize, &[u32], f64)> = tree
            .leaves
            .iter()
            .map(|leaf| (leaf.node, &rows[leaf.start..leaf.end], 0.0))
            .collect();
        parallel::each(self.threads, &mut values, &|(_, rows, value)| {
            let mut off: Vec<(f64, f64)> = rows
                .iter()
                .map(|&row| {
                    let row = row as usize;
                    let weight = self.weights.get(row).copied().unwrap_or(1.0);
                    (answers[row] - scores[row], weight)
                })
                .collect();
            *value = quantile(&mut off, share);
        });
        for (node, _, value) in values {
            tree.nodes[node].value = value;
        }
    }

    /// Notes for every row of the table which leaf it is in.
    fn assign(&self, tree: &GrownTree) {
        let leaf_of = &self.leaf_of;
        let rows = &self.rows[..];
        let mut pieces: Vec<usize> = (0..rows.len().div_ceil(CHUNK)).collect();
        parallel::each(self.threads, &mut pieces, &|piece| {
            let (mut start, end) = (*piece * CHUNK, ((*piece + 1) * CHUNK).min(rows.len()));
            let mut leaf = tree.leaves.partition_point(|leaf| leaf.end <= start);
            while start < end {
                let stop = tree.leaves.get(leaf).map_or(end, |leaf| leaf.end.min(end));
                for &row in &rows[start..stop] {
                    leaf_of[row as usize].store(leaf as u16, Ordering::Relaxed);
                }
                start = stop;
                leaf += 1;
            }
        });
        if rows.len() < self.binned.rows {
            self.assign_others(tree);
        }
    }

    /// Rows that the tree did not learn from are sent down by their bins.
    fn assign_others(&self, tree: &GrownTree) {
        let mut learned = vec![false; self.binned.rows];
        for &row in &self.rows {
            learned[row as usize] = true;
        }
        let walk = BinWalk::new(tree, self.binned);
        let mut pieces: Vec<usize> = (0..self.binned.rows.div_ceil(CHUNK)).collect();
        parallel::each(self.threads, &mut pieces, &|piece| {
            let end = ((*piece + 1) * CHUNK).min(self.binned.rows);
            for row in (*piece * CHUNK..end).filter(|&row| !learned[row]) {
                self.leaf_of[row].store(walk.leaf(row), Ordering::Relaxed);
            }
        });
    }

    /// Adds the values of the leaves to the scores; returns the mean losses when they are wanted
    /// and one output says it all.
    fn advance(&mut self, output: usize, tree: &GrownTree, watched: bool) -> [f64; 2] {
        let rate = self.options.learning_rate;
        let values: Vec<f64> = tree
            .leaves
            .iter()
            .map(|leaf| tree.nodes[leaf.node].value * rate)
            .collect();
        let leaf_of = &self.leaf_of;
        let (aside, weights) = (&self.roles.aside, self.weights);
        let goal = &self.goal;
        let mut chunks = Self::chunks(&mut self.scores[output], &mut self.packed);
        parallel::each(self.threads, &mut chunks, &|chunk| {
            let leaves = &leaf_of[chunk.first..];
            for (score, leaf) in chunk.scores.iter_mut().zip(leaves) {
                *score += values[leaf.load(Ordering::Relaxed) as usize];
            }
            if let (true, Goal::One { loss, answers, .. }) = (watched, goal) {
                for (row, &score) in (chunk.first..).zip(chunk.scores.iter()) {
                    let role = usize::from(aside.get(row).copied().unwrap_or(false));
                    let weight = weights.get(row).copied().unwrap_or(1.0);
                    if weight > 0.0 {
                        chunk.losses[role] += weight * loss.value(score, answers[row]);
                    }
                }
            }
        });
        let sums = chunks.iter().fold([0.0; 2], |sums, chunk| {
            [sums[0] + chunk.losses[0], sums[1] + chunk.losses[1]]
        });
        let units = match self.goal {
            Goal::One { loss, unit, .. } => loss.in_units_of(unit),
            Goal::Classes { .. } => 1.0,
        };
        self.mean_losses(sums, units)
    }

    fn mean_losses(&self, sums: [f64; 2], units: f64) -> [f64; 2] {
        [0, 1].map(|role| {
            let mean = sums[role] / self.role_weights[role].max(f64::MIN_POSITIVE);
            (mean * units).min(f64::MAX)
        })
    }

    /// Before the trees of a round: how large the scores of each row are together.
    fn normalise(&mut self) {
        let Goal::Classes { normal, .. } = &mut self.goal else {
            return;
        };
        let scores = &self.scores;
        let mut pieces: Vec<(usize, &mut [f64])> = normal.chunks_mut(CHUNK).enumerate().collect();
        parallel::each(self.threads, &mut pieces, &|(piece, normal)| {
            for (row, normal) in (*piece * CHUNK..).zip(normal.iter_mut()) {
                let of = |row: usize| scores.iter().map(move |scores| scores[row]);
                let largest = of(row).fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = of(row).map(|score| (score - largest).exp()).sum();
                *normal = largest + sum.ln();
            }
        });
    }

    /// Mean of −ln(probability of the right class), with the scores as they are now.
    fn class_losses(&mut self) -> [f64; 2] {
        self.normalise();
        let Goal::Classes { codes, normal } = &self.goal else {
            return [0.0; 2];
        };
        let mut sums = [0.0; 2];
        for (row, normal) in normal.iter().enumerate() {
            let role = usize::from(self.roles.aside.get(row).copied().unwrap_or(false));
            let weight = self.weights.get(row).copied().unwrap_or(1.0);
            sums[role] += weight * (normal - self.scores[codes[row] as usize][row]);
        }
        self.mean_losses(sums, 1.0)
    }
}

/// (answers as they are learned, first score of each output, where the ensemble starts).
type Start<'a> = (Goal<'a>, Vec<f64>, Vec<f64>);

fn start_of_numbers<'a>(values: &[f64], loss: Loss, weights: &[f64], roles: &Roles) -> Start<'a> {
    let (centre, unit) = if loss.is_free_of_scale() {
        let centre = crate::learn::engine::mean(values.iter().copied());
        let far = |value: &f64| (value - centre).abs();
        let unit = values.iter().map(far).fold(0.0, f64::max);
        let usable = unit > 0.0 && unit.is_finite();
        (centre, if usable { unit } else { 1.0 })
    } else {
        (0.0, 1.0)
    };
    let answers: Vec<f64> = values.iter().map(|value| (value - centre) / unit).collect();
    let learned: Vec<f64> = roles
        .learned
        .iter()
        .map(|&row| answers[row as usize])
        .collect();
    let start = loss.start(&learned, |place| {
        let row = roles.learned[place] as usize;
        weights.get(row).copied().unwrap_or(1.0)
    });
    let goal = Goal::One {
        loss,
        answers,
        unit,
    };
    (goal, vec![start], vec![centre + unit * start])
}

/// Scores start at the logarithms of the shares of the classes.
fn start_of_classes<'a>(
    codes: &'a [u32],
    count: usize,
    weights: &[f64],
    roles: &Roles,
) -> Start<'a> {
    let mut shares = vec![0.0; count];
    let mut total = 0.0;
    for &row in &roles.learned {
        let weight = weights.get(row as usize).copied().unwrap_or(1.0);
        shares[codes[row as usize] as usize] += weight;
        total += weight;
    }
    let starts: Vec<f64> = shares
        .iter()
        .map(|share| (share / total).max(1e-15).ln())
        .collect();
    let goal = Goal::Classes {
        codes,
        normal: vec![0.0; codes.len()],
    };
    (goal, starts.clone(), starts)
}

/// Turns the choice of a loss into a choice of code, so that no row asks for it again.
macro_rules! by_loss {
    ($loss:expr, $chosen:ident => $work:expr) => {
        match $loss {
            Loss::Squared => {
                let $chosen = |score, answer| Loss::Squared.gradient(score, answer);
                $work
            }
            Loss::Logistic => {
                let $chosen = |score, answer| Loss::Logistic.gradient(score, answer);
                $work
            }
            other => {
                let $chosen = move |score, answer| other.gradient(score, answer);
                $work
            }
        }
    };
}

fn largest_of(
    loss: Loss,
    chunks: &mut [Chunk<'_>],
    answers: &[f64],
    weights: &[f64],
    threads: usize,
) -> (f64, f64) {
    by_loss!(loss, gradient => parallel::each(threads, chunks, &|chunk| {
        let answers = &answers[chunk.first..];
        let mut largest = (0.0_f64, 0.0_f64);
        for (place, (&score, &answer)) in chunk.scores.iter().zip(answers).enumerate() {
            let (g, h): (f64, f64) = gradient(score, answer);
            let weight = weights.get(chunk.first + place).copied().unwrap_or(1.0);
            largest.0 = largest.0.max((g * weight).abs());
            largest.1 = largest.1.max(h * weight);
        }
        chunk.largest = largest;
    }));
    chunks
        .iter()
        .fold((0.0, 0.0), |(gradient, hessian), chunk| {
            (
                f64::max(gradient, chunk.largest.0),
                f64::max(hessian, chunk.largest.1),
            )
        })
}

fn pack_numbers(
    loss: Loss,
    chunks: &mut [Chunk<'_>],
    answers: &[f64],
    weights: &[f64],
    scale: &Scale,
    threads: usize,
) {
    by_loss!(loss, gradient => parallel::each(threads, chunks, &|chunk| {
        let answers = &answers[chunk.first..];
        let rows = chunk.packed.iter_mut().zip(chunk.scores.iter()).zip(answers);
        if weights.is_empty() {
            for ((packed, &score), &answer) in rows {
                let (g, h): (f64, f64) = gradient(score, answer);
                *packed = scale.pack(g, h);
            }
        } else {
            for (((packed, &score), &answer), &weight) in rows.zip(&weights[chunk.first..]) {
                let (g, h): (f64, f64) = gradient(score, answer);
                *packed = scale.pack(g * weight, h * weight);
            }
        }
    }));
}

/// A grown tree for rows that are only there as bins.
struct BinWalk<'a> {
    steps: Vec<Option<BinStep<'a>>>,
    /// Per node, the number of its leaf.
    leaf: Vec<u16>,
}

struct BinStep<'a> {
    data: &'a [u8],
    width: usize,
    offset: usize,
    left: usize,
    sides: Sides,
}

impl<'a> BinWalk<'a> {
    fn new(tree: &GrownTree, binned: &'a Binned) -> Self {
        let steps = tree.nodes.iter().map(|node| {
            let split = node.split.as_ref()?;
            let (block, offset) = binned.place(split.column);
            Some(BinStep {
                data: &block.data,
                width: block.width,
                offset,
                left: node.left,
                sides: split.sides(&binned.columns[split.column]),
            })
        });
        let mut leaf = vec![0; tree.nodes.len()];
        for (number, found) in tree.leaves.iter().enumerate() {
            leaf[found.node] = number as u16;
        }
        Self {
            steps: steps.collect(),
            leaf,
        }
    }

    fn leaf(&self, row: usize) -> u16 {
        let mut node = 0;
        while let Some(step) = &self.steps[node] {
            let bin = step.data[row * step.width + step.offset];
            node = step.left + usize::from(!step.sides[bin as usize]);
        }
        self.leaf[node]
    }
}
