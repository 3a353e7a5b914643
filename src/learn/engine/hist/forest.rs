//! Many trees, each on a draw of the rows of its own and with a draw of the columns at every node.
//!
//! Breiman (2001) for random forests; P. Geurts, D. Ernst and L. Wehenkel, "Extremely Randomized
//! Trees" (2006), for cuts at random places. Trees are grown to the end by depth, one tree per
//! thread; a node adds up only the columns drawn for it, and looks only at the bins that occur.

mod grower;
mod list;
mod search;
mod tally;
mod votes;

use grower::TreeGrower;
use votes::Votes;

use super::bins::{Binned, MOST_BINS};
use super::ensemble::TreeEnsemble;
use super::parallel;
use super::split::SplitRule;
use crate::base::{TaskContext, UserError};
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

/// Trees grown between two reports, per thread.
const TREES_PER_REPORT: usize = 2;

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
            min_average_rows: 0.0,
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
