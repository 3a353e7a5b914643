//! Which settings decide the score: functional analysis of variance on a forest over the trials.
//!
//! F. Hutter, H. Hoos, K. Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter
//! Importance", ICML 2014. A forest learns the score from the settings. Its trees cut
//! the space into boxes of one value each, so the mean over all other settings is a sum over boxes,
//! and how far that mean varies with one setting, as a share of how far the tree varies at all, is
//! the importance of the setting. It speaks of the whole space, not of the best corner.

use serde::{Deserialize, Serialize};

use super::space::Dimension;
use super::{TrialState, Tuning};
use crate::base::{TaskContext, UserError};
use crate::learn::engine::hist::bins::{MOST_BINS, bins_of};
use crate::learn::engine::hist::ensemble::{NO_SET, TreeEnsemble};
use crate::learn::engine::hist::forest::{CategoryOrder, ForestAnswers, ForestOptions, forest};
use crate::learn::{Feature, FeatureKind, FitContext, Matrix};

/// With fewer trials the forest says nothing.
const FEWEST: usize = 12;
const TREES: u32 = 100;
const FEWEST_PER_BOX: u64 = 2;
/// Scores beyond the quartile by so many times the distance of the quartiles are moved there: a few
/// settings that fail altogether would otherwise be all there is to explain (J. Tukey, Exploratory
/// Data Analysis, 1977).
const FAR: f64 = 1.5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingShare {
    pub key: String,
    pub label: String,
    /// Share of the variance of the score that the setting explains on its own, 0 to 1.
    pub share: f64,
}

/// Settings by importance, largest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    pub settings: Vec<SettingShare>,
    /// The share that only settings together explain.
    pub together: f64,
    /// Trials it rests on; 0 where there are too few.
    pub trials: usize,
}

/// The importance of every setting that was searched. Only whole trials count; a setting that does
/// not act in a trial is taken at the learner's own value. Empty with fewer than 12 trials.
pub fn importance(tuning: &Tuning, task: &TaskContext) -> Result<Importance, UserError> {
    let dimensions = &tuning.space.dimensions;
    let mut places = Vec::new();
    let mut scores = Vec::new();
    for trial in &tuning.trials {
        let (TrialState::Done, Some(score)) = (&trial.state, trial.score) else {
            continue;
        };
        for (dimension, place) in dimensions.iter().zip(&trial.point.0) {
            places.push(place.unwrap_or(dimension.usual));
        }
        scores.push(score);
    }
    if scores.len() < FEWEST {
        return Ok(Importance::default());
    }
    pull_in(&mut scores);
    let x = Matrix::new(scores.len(), dimensions.len(), places)?;
    let trees = grow(&x, &scores, dimensions, tuning.spec.seed, task)?;
    let mut sums = vec![0.0; dimensions.len()];
    let mut counted = 0.0;
    for tree in 0..trees.trees() {
        task.check()?;
        if let Some(shares) = shares_of(&trees, tree, dimensions) {
            for (sum, share) in sums.iter_mut().zip(shares) {
                *sum += share;
            }
            counted += 1.0;
        }
    }
    let mut settings: Vec<SettingShare> = dimensions
        .iter()
        .zip(sums)
        .map(|(dimension, sum)| SettingShare {
            key: dimension.key.clone(),
            label: dimension.label.clone(),
            share: if counted > 0.0 { sum / counted } else { 0.0 },
        })
        .collect();
    let alone: f64 = settings.iter().map(|setting| setting.share).sum();
    settings.sort_by(|a, b| b.share.total_cmp(&a.share));
    Ok(Importance {
        settings,
        together: if counted > 0.0 {
            (1.0 - alone).clamp(0.0, 1.0)
        } else {
            0.0
        },
        trials: scores.len(),
    })
}

fn grow(
    x: &Matrix,
    scores: &[f64],
    dimensions: &[Dimension],
    seed: u64,
    task: &TaskContext,
) -> Result<TreeEnsemble, UserError> {
    let features: Vec<Feature> = dimensions
        .iter()
        .map(|dimension| Feature {
            name: dimension.key.clone(),
            kind: match dimension.range.choices().len() {
                0 => FeatureKind::Number,
                levels => FeatureKind::Category {
                    levels: levels as u32,
                },
            },
        })
        .collect();
    let mut context = FitContext::new(task, seed);
    context.features = &features;
    let binned = bins_of(x, &context, MOST_BINS)?;
    let answers = ForestAnswers::Numbers {
        values: scores,
        shares: false,
    };
    let options = ForestOptions {
        trees: TREES,
        most_depth: usize::MAX,
        min_rows_leaf: FEWEST_PER_BOX,
        columns_per_node: dimensions.len().div_ceil(2).max(1),
        draw_rows: true,
        random_cuts: false,
        category_order: CategoryOrder::Random,
    };
    Ok(forest(&binned, answers, &options, &context)?.trees)
}

/// Moves far scores to where [`FAR`] begins.
fn pull_in(scores: &mut [f64]) {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (sorted.len().saturating_sub(1)) as f64;
        sorted.get(place.round() as usize).copied().unwrap_or(0.0)
    };
    let (low, high) = (at(0.25), at(0.75));
    let reach = FAR * (high - low);
    for score in scores {
        *score = score.clamp(low - reach, high + reach);
    }
}

/// What a box keeps of one dimension.
#[derive(Clone, Debug, PartialEq)]
enum Side {
    /// From, to.
    Stretch(f64, f64),
    /// One entry per choice.
    Choices(Vec<bool>),
}

impl Side {
    fn whole(dimension: &Dimension) -> Self {
        match dimension.range.choices().len() {
            0 => Self::Stretch(0.0, 1.0),
            choices => Self::Choices(vec![true; choices]),
        }
    }

    /// Its share of the dimension.
    fn share(&self) -> f64 {
        match self {
            Self::Stretch(low, high) => (high - low).max(0.0),
            Self::Choices(kept) => {
                let count = kept.iter().filter(|kept| **kept).count();
                count as f64 / kept.len().max(1) as f64
            }
        }
    }
}

/// A leaf: where it lies, and what it says.
struct Cell {
    sides: Vec<Side>,
    value: f64,
}

impl Cell {
    fn volume(&self) -> f64 {
        self.sides.iter().map(Side::share).product()
    }
}

/// Per dimension the share of the variance of one tree that it explains on its own; None where the
/// tree says the same everywhere.
fn shares_of(trees: &TreeEnsemble, tree: usize, dimensions: &[Dimension]) -> Option<Vec<f64>> {
    let sides = dimensions.iter().map(Side::whole).collect();
    let mut cells = Vec::new();
    collect(trees, trees.tree(tree).start, sides, &mut cells);
    let mean: f64 = cells.iter().map(|cell| cell.volume() * cell.value).sum();
    let variance: f64 = cells
        .iter()
        .map(|cell| cell.volume() * (cell.value - mean).powi(2))
        .sum();
    if variance <= 0.0 || !variance.is_finite() {
        return None;
    }
    let share = |dimension: usize| explained(&cells, dimension, mean) / variance;
    Some((0..dimensions.len()).map(share).collect())
}

fn collect(trees: &TreeEnsemble, node: usize, sides: Vec<Side>, cells: &mut Vec<Cell>) {
    if trees.is_leaf(node) {
        cells.push(Cell {
            sides,
            value: trees.values_at(node).first().copied().unwrap_or(0.0),
        });
        return;
    }
    let feature = trees
        .feature
        .get(node)
        .map_or(0, |&feature| feature as usize);
    let (mut left, mut right) = (sides.clone(), sides);
    if let (Some(left), Some(right)) = (left.get_mut(feature), right.get_mut(feature)) {
        cut(trees, node, left, right);
    }
    collect(
        trees,
        trees.left.get(node).map_or(node, |&left| left as usize),
        left,
        cells,
    );
    collect(trees, trees.right(node), right, cells);
}

fn cut(trees: &TreeEnsemble, node: usize, left: &mut Side, right: &mut Side) {
    match (left, right) {
        (Side::Stretch(low, left_end), Side::Stretch(right_start, high)) => {
            let at = trees.threshold.get(node).copied().unwrap_or(*high);
            let at = at.clamp(*low, *high);
            (*left_end, *right_start) = (at, at);
        }
        (Side::Choices(left), Side::Choices(right)) => {
            let is_set = trees.set.get(node).is_some_and(|&set| set != NO_SET);
            for (choice, (left, right)) in left.iter_mut().zip(right).enumerate() {
                let goes_left = is_set && trees.goes_left(node, choice as f64);
                *left &= goes_left;
                *right &= !goes_left;
            }
        }
        _ => {}
    }
}

/// Variance of the mean over all other dimensions, along one of them.
fn explained(cells: &[Cell], dimension: usize, mean: f64) -> f64 {
    // (from, to) stretches on which the mean is constant, or single choices.
    let mut pieces: Vec<(f64, f64)> = Vec::new();
    let mut choices = 0;
    match cells.first().and_then(|cell| cell.sides.get(dimension)) {
        Some(Side::Choices(all)) => choices = all.len(),
        Some(Side::Stretch(..)) => {
            let mut cuts: Vec<f64> = cells
                .iter()
                .filter_map(|cell| match cell.sides.get(dimension) {
                    Some(Side::Stretch(low, high)) => Some([*low, *high]),
                    _ => None,
                })
                .flatten()
                .collect();
            cuts.sort_by(f64::total_cmp);
            cuts.dedup();
            pieces.extend(cuts.windows(2).filter_map(|pair| match pair {
                [low, high] => Some((*low, *high)),
                _ => None,
            }));
        }
        None => {}
    }
    let marginal = |covers: &dyn Fn(&Side) -> bool| -> f64 {
        cells
            .iter()
            .filter_map(|cell| {
                let side = cell.sides.get(dimension)?;
                let own = side.share();
                (own > 0.0 && covers(side)).then(|| cell.value * cell.volume() / own)
            })
            .sum()
    };
    let along_stretches: f64 = pieces
        .iter()
        .map(|&(low, high)| {
            let middle = (low + high) / 2.0;
            let value = marginal(
                &|side| matches!(side, Side::Stretch(from, to) if *from <= middle && middle <= *to),
            );
            (high - low) * (value - mean).powi(2)
        })
        .sum();
    let along_choices: f64 = (0..choices)
        .map(|choice| {
            let value = marginal(
                &|side| matches!(side, Side::Choices(kept) if kept.get(choice) == Some(&true)),
            );
            (value - mean).powi(2) / choices as f64
        })
        .sum();
    along_stretches + along_choices
}
