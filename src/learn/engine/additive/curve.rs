//! A tree of very few leaves on the bins of one column.

use super::lesson::Sum;
use crate::base::Random;

/// Bins of a column, blanks included.
const MOST_BINS: usize = 256;
/// Leaves of one tree at most.
pub const MOST_LEAVES: usize = 8;
/// A category is put in order by its gradient as if it had this many more average rows.
const CATEGORY_SMOOTHING: f64 = 10.0;

/// What a tree may look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Leaves that hold values; blanks have one more of their own.
    pub leaves: usize,
    pub min_rows: u32,
    /// Share of a Newton step that is taken.
    pub rate: f64,
    /// Largest Newton step. Friedman, Hastie and Tibshirani (2000), page 352, take 4 for classes.
    pub largest_step: f64,
}

impl Rule {
    /// The Newton step of a leaf.
    #[inline]
    pub fn step(&self, gradient: f64, hessian: f64) -> f64 {
        if hessian > 0.0 {
            (-gradient / hessian).clamp(-self.largest_step, self.largest_step)
        } else {
            0.0
        }
    }
}

/// By how much the loss falls with a leaf, but for the factor ½. A row of usual weight has a hessian
/// near 1: what is added only keeps rounding from being divided by nothing.
#[inline]
pub fn worth(gradient: f64, hessian: f64) -> f64 {
    gradient * gradient / (hessian + 1e-9)
}

/// Bins in the order in which they are cut, and running sums along it.
pub struct CurveRoom {
    order: [u16; MOST_BINS],
    gradient: [f64; MOST_BINS + 1],
    hessian: [f64; MOST_BINS + 1],
    rows: [u32; MOST_BINS + 1],
}

#[derive(Clone, Copy, Debug, Default)]
struct Part {
    start: usize,
    end: usize,
    /// Where to cut it, and by how much the loss falls; no gain: nowhere.
    cut: usize,
    gain: f64,
}

impl Default for CurveRoom {
    fn default() -> Self {
        Self {
            order: [0; MOST_BINS],
            gradient: [0.0; MOST_BINS + 1],
            hessian: [0.0; MOST_BINS + 1],
            rows: [0; MOST_BINS + 1],
        }
    }
}

impl CurveRoom {
    /// Writes what every bin is to be changed by into `update`; returns by how much the loss would
    /// fall with a whole step, but for the factor ½, or None where nothing changes.
    /// `sums` and `rows`: per bin, blanks last. `direction`: 1 where larger values may only raise
    /// the score, −1 where they may only lower it, 0 otherwise. `dice`: cuts numbers anywhere
    /// instead of where it helps most; the many cuts of many rounds make a smooth curve.
    #[expect(
        clippy::too_many_arguments,
        reason = "one call, and a struct would only rename them"
    )]
    pub fn grow(
        &mut self,
        sums: &[Sum],
        rows: &[u32],
        category: bool,
        direction: i8,
        rule: &Rule,
        dice: Option<&mut Random>,
        update: &mut [f32],
    ) -> Option<f64> {
        let values = sums.len() - 1;
        self.run_along(&sums[..values], &rows[..values], category);
        let mut parts = [Part::default(); MOST_LEAVES];
        let count = match dice {
            Some(random) if !category && direction == 0 => {
                self.cut_anywhere(&mut parts, values, rule, random)
            }
            _ => self.cut_best(&mut parts, values, direction, rule),
        };
        let blank = sums[values];
        let blanks = rows[values] >= rule.min_rows && rows[values] > 0;
        if count == 1 && !blanks {
            return None;
        }
        update.fill(0.0);
        let of_values = (self.gradient[values], self.hessian[values]);
        // What all leaves have in common is nothing this column explains.
        let mut gain = if blanks {
            worth(blank[0], blank[1]) - worth(of_values.0 + blank[0], of_values.1 + blank[1])
        } else {
            -worth(of_values.0, of_values.1)
        };
        for part in &parts[..count] {
            gain += worth(
                self.gradient[part.end] - self.gradient[part.start],
                self.hessian[part.end] - self.hessian[part.start],
            );
            let step = (rule.rate * self.step(part.start, part.end, rule)) as f32;
            for &bin in &self.order[part.start..part.end] {
                update[usize::from(bin)] = step;
            }
        }
        if blanks {
            update[values] = (rule.rate * rule.step(blank[0], blank[1])) as f32;
        }
        Some(gain)
    }

    /// Each part holds enough rows; returns how many there are.
    fn cut_anywhere(
        &self,
        parts: &mut [Part; MOST_LEAVES],
        values: usize,
        rule: &Rule,
        random: &mut Random,
    ) -> usize {
        parts[0].end = values;
        let mut count = 1;
        for _ in 1..rule.leaves.min(MOST_LEAVES) {
            if values < 2 {
                break;
            }
            let cut = 1 + random.below(values - 1);
            let at = parts[..count].partition_point(|part| part.end <= cut);
            let Part { start, end, .. } = parts[at.min(count - 1)];
            let fewest = rule.min_rows.max(1);
            let low = self.rows[cut] - self.rows[start];
            if cut <= start || low < fewest || self.rows[end] - self.rows[cut] < fewest {
                continue;
            }
            parts.copy_within(at..count, at + 1);
            parts[at].end = cut;
            parts[at + 1].start = cut;
            count += 1;
        }
        count
    }

    fn cut_best(
        &self,
        parts: &mut [Part; MOST_LEAVES],
        values: usize,
        direction: i8,
        rule: &Rule,
    ) -> usize {
        parts[0].end = values;
        let mut count = 1;
        self.find_cuts(&mut parts[..count], direction, rule);
        while count < rule.leaves.min(MOST_LEAVES) {
            let best = (0..count).fold(0, |best, place| {
                if parts[place].gain > parts[best].gain {
                    place
                } else {
                    best
                }
            });
            if parts[best].gain <= 0.0 {
                break;
            }
            parts.copy_within(best..count, best + 1);
            parts[best].end = parts[best].cut;
            parts[best + 1].start = parts[best].cut;
            count += 1;
            if direction == 0 && count < rule.leaves {
                self.find_cuts(&mut parts[best..best + 2], 0, rule);
            } else if direction != 0 {
                // What a part may become depends on its neighbours.
                self.find_cuts(&mut parts[..count], direction, rule);
            }
        }
        count
    }

    fn run_along(&mut self, sums: &[Sum], rows: &[u32], category: bool) {
        for (place, bin) in self.order[..sums.len()].iter_mut().enumerate() {
            *bin = place as u16;
        }
        if category {
            let (hessian, count) = sums.iter().zip(rows).fold((0.0, 0_u64), |sum, of| {
                (sum.0 + of.0[1], sum.1 + u64::from(*of.1))
            });
            let more = CATEGORY_SMOOTHING * hessian / (count as f64).max(1.0);
            let mut keys = [0.0_f64; MOST_BINS];
            for (key, sum) in keys.iter_mut().zip(sums) {
                *key = sum[0] / (sum[1] + more).max(f64::MIN_POSITIVE);
            }
            // Ties stay in the order of the bins, without asking for memory.
            self.order[..sums.len()].sort_unstable_by(|&a, &b| {
                keys[usize::from(a)]
                    .total_cmp(&keys[usize::from(b)])
                    .then(a.cmp(&b))
            });
        }
        let (mut gradient, mut hessian, mut count) = (0.0, 0.0, 0);
        for (place, &bin) in self.order[..sums.len()].iter().enumerate() {
            let bin = usize::from(bin);
            gradient += sums[bin][0];
            hessian += sums[bin][1];
            count += rows[bin];
            self.gradient[place + 1] = gradient;
            self.hessian[place + 1] = hessian;
            self.rows[place + 1] = count;
        }
    }

    fn step(&self, start: usize, end: usize, rule: &Rule) -> f64 {
        rule.step(
            self.gradient[end] - self.gradient[start],
            self.hessian[end] - self.hessian[start],
        )
    }

    /// The best cut of each of some neighbouring parts.
    fn find_cuts(&self, parts: &mut [Part], direction: i8, rule: &Rule) {
        for place in 0..parts.len() {
            let part = parts[place];
            let steps = |place: usize| {
                parts
                    .get(place)
                    .map(|part| self.step(part.start, part.end, rule))
            };
            let below = (direction != 0 && place > 0).then(|| steps(place - 1));
            let above = (direction != 0).then(|| steps(place + 1));
            let fits = |left: f64, right: f64| {
                let rises = |low: f64, high: f64| f64::from(direction) * (high - low) >= 0.0;
                rises(left, right)
                    && below.flatten().is_none_or(|below| rises(below, left))
                    && above.flatten().is_none_or(|above| rises(right, above))
            };
            parts[place] = if direction == 0 {
                self.cut(part, rule, |_, _| true)
            } else {
                self.cut(part, rule, fits)
            };
        }
    }

    #[inline]
    fn cut(&self, part: Part, rule: &Rule, fits: impl Fn(f64, f64) -> bool) -> Part {
        let Part { start, end, .. } = part;
        let (gradient, hessian) = (self.gradient[end], self.hessian[end]);
        let (first_gradient, first_hessian) = (self.gradient[start], self.hessian[start]);
        let whole = worth(gradient - first_gradient, hessian - first_hessian);
        // Rounding must not pass for an improvement.
        let mut best = Part {
            gain: 1e-12 * whole,
            cut: 0,
            ..part
        };
        let fewest = rule.min_rows.max(1);
        for cut in start + 1..end {
            let left = self.rows[cut] - self.rows[start];
            let right = self.rows[end] - self.rows[cut];
            if left < fewest || right < fewest {
                continue;
            }
            let left = (
                self.gradient[cut] - first_gradient,
                self.hessian[cut] - first_hessian,
            );
            let right = (gradient - self.gradient[cut], hessian - self.hessian[cut]);
            let gain = worth(left.0, left.1) + worth(right.0, right.1) - whole;
            if gain > best.gain && fits(rule.step(left.0, left.1), rule.step(right.0, right.1)) {
                best.gain = gain;
                best.cut = cut;
            }
        }
        if best.cut == 0 {
            best.gain = 0.0;
        }
        best
    }
}
