//! A tree of four leaves on the cells of a pair of columns: one cut of one column, and on either
//! side of it a cut of the other. Lou et al. (2013), section 4.

use super::columns::TABLE_BINS;
use super::curve::{Rule, worth};
use super::lesson::Sum;
use crate::base::Random;

const LINE: usize = TABLE_BINS + 1;

/// How the cells of a table lie: `first` × `second` bins, row-major.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub first: usize,
    pub second: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    gradient: f64,
    hessian: f64,
    rows: u32,
}

impl Amount {
    #[inline]
    fn plus(self, sum: Sum, rows: u32) -> Self {
        Self {
            gradient: self.gradient + sum[0],
            hessian: self.hessian + sum[1],
            rows: self.rows + rows,
        }
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows - other.rows,
        }
    }

    #[inline]
    fn worth(self) -> f64 {
        worth(self.gradient, self.hessian)
    }
}

/// One side of the first cut: where the other column is cut, 0 for nowhere.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    worth: f64,
    cut: usize,
    low: Amount,
    high: Amount,
}

#[derive(Clone, Copy, Debug)]
struct Tree {
    /// The second column is cut first.
    turned: bool,
    cut: usize,
    sides: [Side; 2],
    gain: f64,
}

/// Writes what every cell is to be changed by into `update`; returns by how much the loss would
/// fall with a whole step, but for the factor ½, or None where nothing changes.
/// `sums` and `rows`: per cell. `dice`: cuts anywhere instead of where it helps most.
pub fn grow(
    sums: &[Sum],
    rows: &[u32],
    shape: Shape,
    rule: &Rule,
    dice: Option<&mut Random>,
    update: &mut [f32],
) -> Option<f64> {
    let best = match dice {
        Some(random) => any_tree(sums, rows, shape, rule, random),
        None => [false, true]
            .into_iter()
            .filter_map(|turned| best_tree(sums, rows, shape, turned, rule))
            .reduce(|best, other| if other.gain > best.gain { other } else { best }),
    };
    let tree = best?;
    let step = |amount: Amount| (rule.rate * rule.step(amount.gradient, amount.hessian)) as f32;
    let steps = tree.sides.map(|side| [step(side.low), step(side.high)]);
    for (place, update) in update.iter_mut().enumerate().take(sums.len()) {
        let (a, b) = (place / shape.second, place % shape.second);
        let (outer, inner) = if tree.turned { (b, a) } else { (a, b) };
        let side = usize::from(outer >= tree.cut);
        // Without a cut all of a side is "high".
        *update = steps[side][usize::from(inner >= tree.sides[side].cut)];
    }
    Some(tree.gain)
}

/// A tree cut anywhere; None where a part would hold too few rows.
fn any_tree(
    sums: &[Sum],
    rows: &[u32],
    shape: Shape,
    rule: &Rule,
    random: &mut Random,
) -> Option<Tree> {
    let turned = random.below(2) == 1;
    let (outer, inner) = if turned {
        (shape.second, shape.first)
    } else {
        (shape.first, shape.second)
    };
    if outer < 2 || inner < 2 {
        return None;
    }
    let cut = 1 + random.below(outer - 1);
    let mut sides = [0, 1].map(|_| Side {
        cut: 1 + random.below(inner - 1),
        ..Side::default()
    });
    for (place, (&sum, &rows)) in sums.iter().zip(rows).enumerate() {
        let (a, b) = (place / shape.second, place % shape.second);
        let (a, b) = if turned { (b, a) } else { (a, b) };
        let side = &mut sides[usize::from(a >= cut)];
        let part = if b >= side.cut {
            &mut side.high
        } else {
            &mut side.low
        };
        *part = part.plus(sum, rows);
    }
    let fewest = rule.min_rows.max(1);
    let fits = |side: &Side| side.low.rows >= fewest && side.high.rows >= fewest;
    let [low, high] = sides;
    let parts = [low.low, low.high, high.low, high.high];
    let whole = parts.iter().fold(Amount::default(), |sum, part| {
        sum.plus([part.gradient, part.hessian], part.rows)
    });
    let worths: f64 = parts.iter().map(|part| part.worth()).sum();
    sides.iter().all(fits).then_some(Tree {
        turned,
        cut,
        sides,
        gain: worths - whole.worth(),
    })
}

fn best_tree(sums: &[Sum], rows: &[u32], shape: Shape, turned: bool, rule: &Rule) -> Option<Tree> {
    let (outer, inner) = if turned {
        (shape.second, shape.first)
    } else {
        (shape.first, shape.second)
    };
    let cell = |a: usize, b: usize| {
        let place = if turned {
            b * shape.second + a
        } else {
            a * shape.second + b
        };
        (sums[place], rows[place])
    };
    let mut all = [Amount::default(); LINE];
    let mut whole = Amount::default();
    for a in 0..outer {
        for (b, line) in all[..inner].iter_mut().enumerate() {
            let (sum, rows) = cell(a, b);
            *line = line.plus(sum, rows);
            whole = whole.plus(sum, rows);
        }
    }
    let mut below = [Amount::default(); LINE];
    let mut above = all;
    let nothing = whole.worth();
    let mut best: Option<Tree> = None;
    for cut in 1..outer {
        let mut seen = 0;
        for b in 0..inner {
            let (sum, rows) = cell(cut - 1, b);
            below[b] = below[b].plus(sum, rows);
            above[b] = all[b].minus(below[b]);
            seen += rows;
        }
        if seen == 0 && cut > 1 {
            // The same as the cut before.
            continue;
        }
        let sides = [
            best_side(&below[..inner], rule),
            best_side(&above[..inner], rule),
        ];
        let [Some(low), Some(high)] = sides else {
            continue;
        };
        let gain = low.worth + high.worth - nothing;
        if gain > best.map_or(1e-12 * nothing, |tree| tree.gain) {
            best = Some(Tree {
                turned,
                cut,
                sides: [low, high],
                gain,
            });
        }
    }
    best
}

/// None where a side holds too few rows.
fn best_side(line: &[Amount], rule: &Rule) -> Option<Side> {
    let fewest = rule.min_rows.max(1);
    let whole = line.iter().fold(Amount::default(), |sum, amount| {
        sum.plus([amount.gradient, amount.hessian], amount.rows)
    });
    if whole.rows < fewest {
        return None;
    }
    let mut best = Side {
        worth: whole.worth(),
        cut: 0,
        low: Amount::default(),
        high: whole,
    };
    let mut low = Amount::default();
    for (place, amount) in line[..line.len() - 1].iter().enumerate() {
        low = low.plus([amount.gradient, amount.hessian], amount.rows);
        let high = whole.minus(low);
        if amount.rows == 0 || low.rows < fewest {
            continue;
        }
        if high.rows < fewest {
            break;
        }
        let worth = low.worth() + high.worth();
        if worth > best.worth {
            best = Side {
                worth,
                cut: place + 1,
                low,
                high,
            };
        }
    }
    Some(best)
}
