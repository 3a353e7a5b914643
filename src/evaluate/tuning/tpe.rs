//! Tree-structured Parzen estimator: where good trials are dense and bad ones are not.
//!
//! J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, "Algorithms for Hyper-Parameter Optimization", NIPS
//! 2011, section 4. Trials are divided into the best ones and the others; both groups become a
//! density, and of points drawn from the density of the best ones the one is tried at which it
//! exceeds the other most: that point has the largest expected improvement. The densities are joint
//! over all settings, one kernel per trial, as in S. Watanabe, "Tree-Structured Parzen Estimator:
//! Understanding Its Algorithm Components" (2023).

use super::search::{Ask, Effort, Searcher, Seen, not_tried};
use super::space::{Dimension, Point, Space};
use crate::base::distributions::normal_two_sided;
use crate::base::{Random, UserError};

/// Trials before the densities are used, the defaults among them.
const FIRST: usize = 10;
/// The best ones are this share of the trials, at most so many.
const GOOD_SHARE: f64 = 0.15;
const MOST_GOOD: usize = 25;
/// Points drawn, of which the most promising one is tried.
const CANDIDATES: usize = 64;
/// Spread of a kernel, in shares of the range, for one trial and one dimension.
const WIDEST: f64 = 0.25;

pub struct Tpe {
    random: Random,
    /// The first points, last one first.
    first: Vec<Point>,
    left: usize,
}

impl Tpe {
    /// `trials` in all, besides the defaults.
    pub fn new(space: &Space, trials: usize, seed: u64) -> Result<Self, UserError> {
        let mut random = Random::new(seed);
        let mut first = space.spread((FIRST - 1).min(trials), &mut random);
        first.reverse();
        Ok(Self {
            random,
            first,
            left: trials,
        })
    }

    fn propose(&mut self, space: &Space, seen: &[Seen]) -> Option<Point> {
        if let Some(point) = self.first.pop() {
            let mut planned = Some(point);
            let random = &mut self.random;
            return not_tried(space, seen, &[], || {
                planned.take().unwrap_or_else(|| space.random(random))
            });
        }
        let (good, bad) = divided(seen);
        let good = Density::new(space, good);
        let bad = Density::new(space, bad);
        let mut candidates: Vec<(f64, Point)> = (0..CANDIDATES)
            .map(|_| {
                let point = good.draw(&mut self.random);
                (good.log_at(&point) - bad.log_at(&point), point)
            })
            .collect();
        // Stable: of equally promising ones the first drawn.
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut ranked = candidates.into_iter().map(|(_, point)| point);
        let random = &mut self.random;
        not_tried(space, seen, &[], || {
            ranked.next().unwrap_or_else(|| space.random(random))
        })
    }
}

impl Searcher for Tpe {
    fn next(&mut self, space: &Space, seen: &[Seen]) -> Vec<Ask> {
        if self.left == 0 {
            return Vec::new();
        }
        self.left -= 1;
        let effort = Effort::ALL;
        match self.propose(space, seen) {
            Some(point) => vec![Ask::New { point, effort }],
            None => Vec::new(),
        }
    }
}

/// The best trials and the others, each in the order they were made. Failed ones are the worst.
fn divided(seen: &[Seen]) -> (Vec<&Point>, Vec<&Point>) {
    let loss = |index: &usize| {
        let known = seen.get(*index).and_then(|trial| trial.loss);
        known.unwrap_or(f64::INFINITY)
    };
    let mut order: Vec<usize> = (0..seen.len()).collect();
    order.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
    let count = ((GOOD_SHARE * seen.len() as f64).ceil() as usize).clamp(1, MOST_GOOD);
    let good: Vec<usize> = order.into_iter().take(count).collect();
    let (mut best, mut others) = (Vec::new(), Vec::new());
    for (index, trial) in seen.iter().enumerate() {
        if good.contains(&index) {
            best.push(&trial.point);
        } else {
            others.push(&trial.point);
        }
    }
    (best, others)
}

/// A mixture of one kernel per trial and one that is even over the whole space. A kernel is a
/// product over the dimensions; where a trial has no place on a dimension, it is even there.
struct Density<'a> {
    space: &'a Space,
    points: Vec<&'a Point>,
    /// Standard deviation on numeric dimensions, in shares of the range.
    spread: f64,
}

impl<'a> Density<'a> {
    fn new(space: &'a Space, points: Vec<&'a Point>) -> Self {
        let count = points.len().max(1) as f64;
        let numeric = space
            .dimensions
            .iter()
            .filter(|dimension| !dimension.range.is_choice())
            .count();
        // Scott's rule, kept from becoming so narrow that a trial is only repeated.
        let spread = WIDEST * count.powf(-1.0 / (numeric as f64 + 4.0));
        Self {
            space,
            points,
            spread: spread
                .max(1.0 / (1.0 + count).min(100.0))
                .min(WIDEST.max(0.5)),
        }
    }

    /// A point drawn from the mixture.
    fn draw(&self, random: &mut Random) -> Point {
        let kernel = self.points.get(random.below(self.points.len() + 1));
        self.space.point(|index, dimension| {
            let centre = kernel.and_then(|point| point.0.get(index).copied().flatten());
            match centre {
                None => dimension.range.place(random.next_f64()),
                Some(centre) if dimension.range.is_choice() => {
                    self.draw_choice(dimension, centre, random)
                }
                Some(centre) => near(centre, self.spread, random),
            }
        })
    }

    /// Probability of the choice a trial made, and of each other one: as if every choice had been
    /// seen once more among all trials.
    fn choice_shares(&self, dimension: &Dimension) -> (f64, f64) {
        let kernels = self.points.len().max(1) as f64;
        let choices = dimension.range.choices().len().max(1) as f64;
        let total = 1.0 + choices / kernels;
        ((1.0 + 1.0 / kernels) / total, 1.0 / kernels / total)
    }

    fn draw_choice(&self, dimension: &Dimension, centre: f64, random: &mut Random) -> f64 {
        let (own, other) = self.choice_shares(dimension);
        let choices = dimension.range.choices().len();
        let mut left = random.next_f64();
        for choice in 0..choices {
            let choice = choice as f64;
            left -= if choice == centre { own } else { other };
            if left < 0.0 {
                return choice;
            }
        }
        centre
    }

    /// Logarithm of the density at a point.
    fn log_at(&self, point: &Point) -> f64 {
        let even: f64 = self.log_kernel(None, point);
        let kernels = self
            .points
            .iter()
            .map(|centre| self.log_kernel(Some(centre), point));
        let logs: Vec<f64> = kernels.chain([even]).collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
        largest + (sum / logs.len() as f64).ln()
    }

    fn log_kernel(&self, centre: Option<&Point>, point: &Point) -> f64 {
        self.space
            .dimensions
            .iter()
            .enumerate()
            .filter_map(|(index, dimension)| {
                let place = point.0.get(index).copied().flatten()?;
                let centre = centre.and_then(|centre| centre.0.get(index).copied().flatten());
                Some(self.log_share(dimension, centre, place))
            })
            .sum()
    }

    fn log_share(&self, dimension: &Dimension, centre: Option<f64>, place: f64) -> f64 {
        if dimension.range.is_choice() {
            let (own, other) = self.choice_shares(dimension);
            return match centre {
                None => -(dimension.range.choices().len().max(1) as f64).ln(),
                Some(centre) if centre == place => own.ln(),
                Some(_) => other.ln(),
            };
        }
        let (low, high) = dimension.range.cell(place);
        let Some(centre) = centre else {
            return if high > low { (high - low).ln() } else { 0.0 };
        };
        let z = |at: f64| (at - centre) / self.spread;
        let inside = below(z(1.0)) - below(z(0.0));
        if high > low {
            let share = (below(z(high)) - below(z(low))).max(1e-300);
            return (share / inside).ln();
        }
        let z = z(place);
        -0.5 * z * z - (self.spread * inside * (2.0 * std::f64::consts::PI).sqrt()).ln()
    }
}

/// Probability that a standard normal number is smaller.
fn below(z: f64) -> f64 {
    let tails = normal_two_sided(z.abs()) / 2.0;
    if z < 0.0 { tails } else { 1.0 - tails }
}

/// A normal number around `centre` that falls into 0 to 1, by drawing again.
fn near(centre: f64, spread: f64, random: &mut Random) -> f64 {
    const DRAWS: usize = 100;
    for _ in 0..DRAWS {
        // Box and Muller (1958).
        let radius = (-2.0 * (1.0 - random.next_f64()).ln()).sqrt();
        let angle = 2.0 * std::f64::consts::PI * random.next_f64();
        let place = centre + spread * radius * angle.cos();
        if (0.0..=1.0).contains(&place) {
            return place;
        }
    }
    centre
}
