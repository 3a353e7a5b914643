//! The best way to divide a node by one column, given the histogram of the column.
//!
//! With the sums of gradients G and hessians H of the rows on each side, a split gains
//! G_l²/(H_l + λ) + G_r²/(H_r + λ) − G²/(H + λ): Chen and Guestrin (2016), equation 7, without the
//! factor of one half.

use super::bins::ColumnBins;
use super::fixed::{Scale, Sums};
use super::partition::Sides;

/// What a split must keep to, and how its gain is counted.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitRule {
    /// λ: added to the sum of hessians of each side.
    pub l2: f64,
    /// Rows on each side at least; 1 or more.
    pub min_rows: u64,
    /// Sum of hessians on each side at least.
    pub min_hessian: f64,
    /// The same in average rows of the node that is divided: where rows are nearly certain they
    /// count for less than others. As LightGBM counts rows; 0 for no such limit.
    pub min_average_rows: f64,
    /// A split must gain more than this.
    pub min_gain: f64,
    /// Categories are ordered by gradient / (hessian + this), so that a rare one does not come
    /// first or last by chance.
    pub category_smoothing: f64,
    /// Added to λ where ordered categories are divided.
    pub category_l2: f64,
    /// Categories on the listed side at most; never more than half of those that occur.
    pub category_most: usize,
    /// Rows that a category must have to be listed among several.
    pub category_rows: u64,
    /// Rows on each side at least where ordered categories are divided, and between two divisions
    /// that are tried.
    pub category_group: u64,
    /// Up to this many categories each one is tried against all others.
    pub one_against_rest: usize,
}

/// The side of a split that is listed: bins of a number up to a limit, or a set of categories.
#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// Bins up to this one go left.
    Number { bin: u8 },
    /// Bins of the set go left.
    Category { bins: [u64; 4] },
}

/// A division of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    pub column: usize,
    pub gain: f64,
    /// Sums of the left side.
    pub left: Sums,
    pub cut: Cut,
    pub missing_left: bool,
}

impl Split {
    /// The side of every bin of the column.
    pub fn sides(&self, column: &ColumnBins) -> Sides {
        let mut sides = [false; 256];
        for (bin, side) in sides.iter_mut().enumerate() {
            *side = match &self.cut {
                Cut::Number { bin: last } => bin <= usize::from(*last),
                Cut::Category { bins } => contains(bins, bin),
            };
        }
        sides[usize::from(column.missing_bin())] = self.missing_left;
        sides
    }
}

pub fn contains(bins: &[u64; 4], bin: usize) -> bool {
    bins[bin / 64] >> (bin % 64) & 1 == 1
}

fn insert(bins: &mut [u64; 4], bin: usize) {
    bins[bin / 64] |= 1 << (bin % 64);
}

/// The least and the most a node may predict.
pub type Bounds = (f64, f64);

/// A node to be divided.
#[derive(Clone, Copy, Debug)]
pub struct NodeSums {
    pub sums: Sums,
    /// What the node may predict at least and at most, where a column must act in one direction.
    pub bounds: Option<Bounds>,
}

/// The value that suits the rows best: −G/(H + λ), within bounds.
pub fn best_value(gradient: f64, hessian: f64, bounds: Option<Bounds>) -> f64 {
    let value = if hessian > 0.0 {
        -gradient / hessian
    } else {
        0.0
    };
    match bounds {
        Some((low, high)) => value.max(low).min(high),
        None => value,
    }
}

/// Judges divisions of one node.
struct Judge<'a> {
    rule: &'a SplitRule,
    scale: &'a Scale,
    node: NodeSums,
    l2: f64,
    /// 1: larger values must not predict less; −1: not more; 0: either.
    direction: i8,
    /// What the node is worth undivided.
    whole: f64,
    /// Sum of hessians on each side at least.
    least: f64,
}

impl<'a> Judge<'a> {
    fn new(rule: &'a SplitRule, scale: &'a Scale, node: NodeSums, l2: f64, direction: i8) -> Self {
        let gradient = scale.gradient(node.sums);
        let average = scale.hessian(node.sums) / (scale.rows(node.sums) as f64).max(1.0);
        let hessian = scale.hessian(node.sums) + rule.l2;
        let whole = if hessian > 0.0 {
            let value = best_value(gradient, hessian, node.bounds);
            -(2.0 * gradient + hessian * value) * value
        } else {
            0.0
        };
        Self {
            rule,
            scale,
            node,
            l2,
            direction,
            whole,
            least: rule.min_hessian.max(rule.min_average_rows * average),
        }
    }

    /// By how much the division improves the node, if it is allowed and improves it at all.
    #[inline]
    fn gain(&self, left: Sums) -> Option<f64> {
        let right = self.node.sums.minus(left);
        let (left_hessian, right_hessian) = (self.scale.hessian(left), self.scale.hessian(right));
        if left_hessian < self.least || right_hessian < self.least {
            return None;
        }
        let (hl, hr) = (left_hessian + self.l2, right_hessian + self.l2);
        let (gl, gr) = (self.scale.gradient(left), self.scale.gradient(right));
        let worth = match self.node.bounds {
            None => (gl * gl * hr + gr * gr * hl) / (hl * hr),
            Some(bounds) => self.bounded(gl, hl, gr, hr, bounds)?,
        };
        // Rounding alone is no improvement.
        let gain = worth - self.whole;
        (gain > self.rule.min_gain && gain > 1e-12 * worth).then_some(gain)
    }

    fn bounded(&self, gl: f64, hl: f64, gr: f64, hr: f64, bounds: Bounds) -> Option<f64> {
        let left = best_value(gl, hl, Some(bounds));
        let right = best_value(gr, hr, Some(bounds));
        let allowed = match self.direction {
            0 => true,
            direction => f64::from(direction) * (right - left) >= 0.0,
        };
        allowed.then(|| -(2.0 * gl + hl * left) * left - (2.0 * gr + hr * right) * right)
    }

    fn rows(&self, sums: Sums) -> u64 {
        self.scale.rows(sums)
    }
}

/// The histogram of one column over the bins that occur in the node, ascending.
#[derive(Clone, Copy)]
pub struct Present<'a> {
    pub bins: &'a [u8],
    pub sums: &'a [Sums],
    pub missing: Sums,
}

/// The best division by one column, or None when none is allowed. Of equally good ones the first
/// is taken: blanks on the right before blanks on the left, then the lower bin.
pub fn best_split(
    index: usize,
    column: &ColumnBins,
    histogram: &[Sums],
    node: NodeSums,
    scale: &Scale,
    rule: &SplitRule,
    direction: i8,
) -> Option<Split> {
    let (values, missing) = histogram.split_at(column.count.min(histogram.len()));
    let missing = missing.first().copied().unwrap_or_default();
    if column.is_category() {
        let mut bins = [0_u8; 256];
        let mut sums = [Sums::default(); 256];
        let mut count = 0;
        for (bin, value) in values.iter().enumerate() {
            if scale.rows(*value) > 0 {
                bins[count] = bin as u8;
                sums[count] = *value;
                count += 1;
            }
        }
        let present = Present {
            bins: &bins[..count],
            sums: &sums[..count],
            missing,
        };
        return best_category(index, column, present, node, scale, rule);
    }
    let judge = Judge::new(rule, scale, node, rule.l2, direction);
    best_number(index, values, missing, &judge)
}

/// The best limit of an ordered column, where only the bins that occur are given.
pub fn best_limit_of_present(
    index: usize,
    present: Present<'_>,
    node: NodeSums,
    scale: &Scale,
    rule: &SplitRule,
) -> Option<Split> {
    let judge = Judge::new(rule, scale, node, rule.l2, 0);
    let mut split = best_number(index, present.sums, present.missing, &judge)?;
    if let Cut::Number { bin } = &mut split.cut {
        *bin = present.bins[usize::from(*bin)];
    }
    Some(split)
}

/// What a given division gains, or None when it is not allowed.
pub fn gain_of(left: Sums, node: NodeSums, scale: &Scale, rule: &SplitRule) -> Option<f64> {
    let (rows, all) = (scale.rows(left), scale.rows(node.sums));
    let enough = rows >= rule.min_rows && all - rows >= rule.min_rows;
    enough
        .then(|| Judge::new(rule, scale, node, rule.l2, 0).gain(left))
        .flatten()
}

fn best_number(index: usize, values: &[Sums], missing: Sums, judge: &Judge<'_>) -> Option<Split> {
    let has_missing = judge.rows(missing) > 0;
    let right_first = best_limit(values, Sums::default(), judge);
    let left_second = if has_missing {
        best_limit(values, missing, judge)
    } else {
        None
    };
    let (limit, blanks_left) = match (right_first, left_second) {
        (Some(right), Some(left)) if left.gain > right.gain => (left, true),
        (Some(right), _) => (right, false),
        (None, Some(left)) => (left, true),
        (None, None) => return None,
    };
    let left_rows = judge.rows(limit.left);
    Some(Split {
        column: index,
        gain: limit.gain,
        left: limit.left,
        cut: Cut::Number {
            bin: limit.bin as u8,
        },
        missing_left: if has_missing {
            blanks_left
        } else {
            // Never seen here: a blank goes where most rows go.
            2 * left_rows >= judge.rows(judge.node.sums)
        },
    })
}

struct Limit {
    gain: f64,
    bin: usize,
    left: Sums,
}

/// Walks over the bins from the lowest; `start` is on the left from the beginning.
fn best_limit(values: &[Sums], start: Sums, judge: &Judge<'_>) -> Option<Limit> {
    let all = judge.rows(judge.node.sums);
    let least = judge.rule.min_rows;
    let mut left = start;
    let mut best: Option<Limit> = None;
    for (bin, sums) in values.iter().enumerate() {
        if judge.rows(*sums) == 0 {
            continue;
        }
        left.add(*sums);
        let rows = judge.rows(left);
        if rows < least {
            continue;
        }
        if all - rows < least {
            break;
        }
        if let Some(gain) = judge.gain(left)
            && best.as_ref().is_none_or(|best| gain > best.gain)
        {
            best = Some(Limit { gain, bin, left });
        }
    }
    best
}

/// Categories in the order of their gradients: for squared error the best set is always a beginning
/// of that order (Fisher 1958). Blanks are a category like the others.
pub fn best_category(
    index: usize,
    column: &ColumnBins,
    present: Present<'_>,
    node: NodeSums,
    scale: &Scale,
    rule: &SplitRule,
) -> Option<Split> {
    let missing_bin = column.missing_bin();
    let has_missing = scale.rows(present.missing) > 0;
    let mut order = [(0.0_f64, 0_u8, Sums::default()); 256];
    let mut count = 0;
    let missing = has_missing.then_some((&missing_bin, &present.missing));
    for (&bin, &sums) in present.bins.iter().zip(present.sums).chain(missing) {
        let steep = scale.gradient(sums) / (scale.hessian(sums) + rule.category_smoothing);
        order[count] = (steep, bin, sums);
        count += 1;
    }
    let order = &mut order[..count];
    let mut best: Option<(f64, Sums, [u64; 4])> = None;
    let mut try_set = |judge: &Judge<'_>, left: Sums, set: [u64; 4]| {
        let (rows, all) = (scale.rows(left), scale.rows(node.sums));
        if rows < rule.min_rows || all - rows < rule.min_rows {
            return;
        }
        if let Some(gain) = judge.gain(left)
            && best.as_ref().is_none_or(|best| gain > best.0)
        {
            best = Some((gain, left, set));
        }
    };
    if count <= rule.one_against_rest {
        let judge = Judge::new(rule, scale, node, rule.l2, 0);
        for &(_, bin, sums) in order.iter() {
            try_set(&judge, sums, set_of(&[bin]));
        }
    } else {
        let all = scale.rows(node.sums);
        let mut common = 0;
        for place in 0..count {
            if scale.rows(order[place].2) >= rule.category_rows {
                order.swap(common, place);
                common += 1;
            }
        }
        let order = &mut order[..common];
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let judge = Judge::new(rule, scale, node, rule.l2 + rule.category_l2, 0);
        let longest = rule.category_most.min(common.div_ceil(2));
        let mut grow_set = |listed: &mut dyn Iterator<Item = &(f64, u8, Sums)>| {
            let (mut set, mut left) = ([0; 4], Sums::default());
            let mut since = 0;
            for &(_, bin, sums) in listed.take(longest) {
                insert(&mut set, usize::from(bin));
                left.add(sums);
                since += scale.rows(sums);
                if all - scale.rows(left) < rule.category_group {
                    break;
                }
                if since >= rule.category_group {
                    since = 0;
                    try_set(&judge, left, set);
                }
            }
        };
        grow_set(&mut order.iter());
        grow_set(&mut order.iter().rev());
    }
    let (gain, left, set) = best?;
    Some(category_split(
        index,
        column,
        present,
        set,
        (gain, left),
        node,
        scale,
    ))
}

/// The split by a set of categories that occur. The others go where most rows go.
fn category_split(
    index: usize,
    column: &ColumnBins,
    present: Present<'_>,
    mut set: [u64; 4],
    (gain, left): (f64, Sums),
    node: NodeSums,
    scale: &Scale,
) -> Split {
    let most_left = 2 * scale.rows(left) >= scale.rows(node.sums);
    if most_left {
        let known = set_of(present.bins);
        for bin in (0..column.count).filter(|&bin| !contains(&known, bin)) {
            insert(&mut set, bin);
        }
    }
    Split {
        column: index,
        gain,
        left,
        missing_left: if scale.rows(present.missing) > 0 {
            contains(&set, usize::from(column.missing_bin()))
        } else {
            most_left
        },
        cut: Cut::Category { bins: set },
    }
}

pub fn set_of(bins: &[u8]) -> [u64; 4] {
    let mut set = [0; 4];
    for &bin in bins {
        insert(&mut set, usize::from(bin));
    }
    set
}
