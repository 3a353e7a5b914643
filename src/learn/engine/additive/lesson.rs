//! What is learned: answers, weights, and the gradients that scores leave over.

use crate::learn::engine::{hist::loss::Loss, mean};

/// Sums of the gradients and of the hessians of some rows.
pub type Sum = [f64; 2];

/// Cells of a term at most: a power of two above 256 bins and above 33 × 33.
pub const MOST_CELLS: usize = 2048;
/// Rows whose gradients are computed together.
pub const PIECE: usize = 1024;

/// Number of a cell, as rows store it.
pub trait Cell: Copy + Send + Sync {
    /// Below [`MOST_CELLS`].
    fn place(self) -> usize;
}

impl Cell for u8 {
    #[inline(always)]
    fn place(self) -> usize {
        usize::from(self)
    }
}

impl Cell for u16 {
    #[inline(always)]
    fn place(self) -> usize {
        usize::from(self) & (MOST_CELLS - 1)
    }
}

/// How scores are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    Squared,
    /// One score for the second of two classes.
    Logistic,
    /// One score per class.
    Softmax,
}

/// Answers and weights of all rows, the same for every bag.
pub struct Lesson {
    pub goal: Goal,
    pub outputs: usize,
    /// Numbers in units of `unit` around `centre`; 0 or 1; empty for several classes.
    answers: Vec<f32>,
    /// Place of each row's class; empty for numbers.
    codes: Vec<u32>,
    /// Mean 1 over the rows that count.
    pub weights: Vec<f32>,
    /// Every row has the weight 1.
    is_even: bool,
    /// Where each score starts, in units of `unit`.
    pub start: Vec<f64>,
    pub centre: f64,
    /// One unit of a score.
    pub unit: f64,
}

impl Lesson {
    pub fn numbers(values: &[f64], weights: Option<&[f64]>) -> Self {
        let centre = mean(values.iter().copied());
        let far = |value: &f64| (value - centre).abs();
        let widest = values.iter().map(far).fold(0.0, f64::max);
        let unit = if widest > 0.0 && widest.is_finite() {
            widest
        } else {
            1.0
        };
        let answers: Vec<f64> = values.iter().map(|value| (value - centre) / unit).collect();
        let weights = level(weights, values.len());
        let start = Loss::Squared.start(&answers, |row| f64::from(weights[row]));
        Self {
            goal: Goal::Squared,
            outputs: 1,
            answers: answers.iter().map(|&answer| answer as f32).collect(),
            codes: Vec::new(),
            is_even: weights.iter().all(|&weight| weight == 1.0),
            weights,
            start: vec![start],
            centre,
            unit,
        }
    }

    /// `places`: place of each row's class among `count` classes that all occur; two or more.
    pub fn classes(places: Vec<u32>, count: usize, weights: Option<&[f64]>) -> Self {
        let weights = level(weights, places.len());
        let mut shares = vec![0.0; count];
        for (&place, &weight) in places.iter().zip(&weights) {
            shares[place as usize] += f64::from(weight);
        }
        let total: f64 = shares.iter().sum();
        let logarithms = shares.iter().map(|share| (share / total).max(1e-15).ln());
        let mut start: Vec<f64> = logarithms.collect();
        let two = count == 2;
        if two {
            start = vec![start[1] - start[0]];
        }
        Self {
            goal: if two { Goal::Logistic } else { Goal::Softmax },
            outputs: start.len(),
            answers: if two {
                places.iter().map(|&place| place as f32).collect()
            } else {
                Vec::new()
            },
            codes: places,
            is_even: weights.iter().all(|&weight| weight == 1.0),
            weights,
            start,
            centre: 0.0,
            unit: 1.0,
        }
    }

    pub fn rows(&self) -> usize {
        self.weights.len()
    }

    /// The class of a row, or 0 where numbers are learned.
    pub fn class(&self, row: usize) -> u32 {
        self.codes.get(row).copied().unwrap_or(0)
    }

    /// Adds up gradients and hessians cell by cell: `sums` is cells × outputs and starts at 0.
    /// `scores`: rows × outputs. `weights`: per row.
    pub fn add_up<C: Cell>(
        &self,
        cells: &[C],
        scores: &[f32],
        weights: &[f32],
        pass: &mut Pass,
        count: usize,
    ) {
        match self.goal {
            Goal::Squared => self.add_up_one::<C, false>(cells, scores, weights, pass, count),
            Goal::Logistic => self.add_up_one::<C, true>(cells, scores, weights, pass, count),
            Goal::Softmax => self.add_up_classes(cells, scores, weights, pass, count),
        }
    }

    fn add_up_one<C: Cell, const LOGISTIC: bool>(
        &self,
        cells: &[C],
        scores: &[f32],
        weights: &[f32],
        pass: &mut Pass,
        count: usize,
    ) {
        let Pass { sums, other, .. } = pass;
        sums[..count].fill([0.0; 2]);
        other[..count].fill([0.0; 2]);
        let (Ok(even), Ok(odd)) = (
            <&mut [Sum; MOST_CELLS]>::try_from(&mut sums[..MOST_CELLS]),
            <&mut [Sum; MOST_CELLS]>::try_from(&mut other[..MOST_CELLS]),
        ) else {
            return;
        };
        let mut gradient = [0.0_f32; PIECE];
        let mut hessian = [0.0_f32; PIECE];
        let pieces = cells.chunks(PIECE).zip(scores.chunks(PIECE));
        let known = self.answers.chunks(PIECE).zip(weights.chunks(PIECE));
        for ((cells, scores), (answers, weights)) in pieces.zip(known) {
            let places = gradient.iter_mut().zip(hessian.iter_mut());
            let rows = scores.iter().zip(answers).zip(weights);
            for ((gradient, hessian), ((&score, &answer), &weight)) in places.zip(rows) {
                [*gradient, *hessian] = slope::<LOGISTIC>(score, answer, weight);
            }
            // Two tables in turn: neighbouring rows of one cell need not wait for each other.
            let (pairs, last) = cells.as_chunks::<2>();
            let slopes = gradient.as_chunks::<2>().0.iter();
            let bends = hessian.as_chunks::<2>().0.iter();
            for ((pair, slope), bend) in pairs.iter().zip(slopes).zip(bends) {
                let sum = &mut even[pair[0].place()];
                sum[0] += f64::from(slope[0]);
                sum[1] += f64::from(bend[0]);
                let sum = &mut odd[pair[1].place()];
                sum[0] += f64::from(slope[1]);
                sum[1] += f64::from(bend[1]);
            }
            if let [cell] = last {
                let sum = &mut even[cell.place()];
                sum[0] += f64::from(gradient[cells.len() - 1]);
                sum[1] += f64::from(hessian[cells.len() - 1]);
            }
        }
        for (sum, other) in even[..count].iter_mut().zip(&odd[..count]) {
            sum[0] += other[0];
            sum[1] += other[1];
        }
    }

    /// Gradients and hessians of neighbouring rows, the first of which is `first`, times their
    /// weights. Only where there is one output.
    pub fn slopes(&self, first: usize, scores: &[f32], weights: &[f32], slopes: &mut [Sum]) {
        let answers = &self.answers[first..];
        match self.goal {
            Goal::Squared => slopes_of::<false>(scores, answers, weights, slopes),
            Goal::Logistic => slopes_of::<true>(scores, answers, weights, slopes),
            Goal::Softmax => {}
        }
    }

    /// The hessian of a row is its weight, whatever its score.
    pub fn bends_are_constant(&self) -> bool {
        self.goal == Goal::Squared
    }

    fn add_up_classes<C: Cell>(
        &self,
        cells: &[C],
        scores: &[f32],
        weights: &[f32],
        pass: &mut Pass,
        count: usize,
    ) {
        let outputs = self.outputs;
        let Pass { sums, shares, .. } = pass;
        sums[..count * outputs].fill([0.0; 2]);
        let rows = scores.chunks_exact(outputs).zip(weights).zip(&self.codes);
        for (((scores, &weight), &code), cell) in rows.zip(cells) {
            if weight == 0.0 {
                continue;
            }
            softmax(scores, shares);
            let start = cell.place() * outputs;
            let place = &mut sums[start..start + outputs];
            for (sum, &share) in place.iter_mut().zip(shares.iter()) {
                sum[0] += f64::from(weight * share);
                sum[1] += f64::from(weight * share * (1.0 - share));
            }
            place[code as usize][0] -= f64::from(weight);
        }
    }

    /// Gradients and hessians of all rows, output by output.
    pub fn gradients(&self, scores: &[f32]) -> Vec<Vec<[f32; 2]>> {
        let mut found = vec![vec![[0.0; 2]; self.rows()]; self.outputs];
        let mut shares = vec![0.0; self.outputs];
        for (row, scores) in scores.chunks_exact(self.outputs).enumerate() {
            let weight = self.weights[row];
            match self.goal {
                Goal::Squared => found[0][row] = [weight * (scores[0] - self.answers[row]), weight],
                Goal::Logistic => {
                    let share = 1.0 / (1.0 + exp(-scores[0]));
                    let error = share - self.answers[row];
                    found[0][row] = [weight * error, weight * share * (1.0 - share)];
                }
                Goal::Softmax => {
                    softmax(scores, &mut shares);
                    for (class, &share) in shares.iter().enumerate() {
                        let answer = f32::from(u8::from(self.codes[row] as usize == class));
                        let bend = weight * share * (1.0 - share);
                        found[class][row] = [weight * (share - answer), bend];
                    }
                }
            }
        }
        found
    }

    /// Mean loss of some rows: squared error in the units of the answers, or −ln(probability of
    /// the right class).
    pub fn loss(&self, rows: &[u32], scores: &[f32]) -> f64 {
        if self.goal == Goal::Logistic && self.is_even {
            return self.logistic_loss(rows, scores);
        }
        let (mut sum, mut total) = (0.0, 0.0);
        for &row in rows {
            let row = row as usize;
            let weight = f64::from(self.weights[row]);
            let of = &scores[row * self.outputs..(row + 1) * self.outputs];
            let loss = match self.goal {
                Goal::Squared => {
                    let error = f64::from(of[0]) - f64::from(self.answers[row]);
                    error * error
                }
                Goal::Logistic => {
                    let answer = f64::from(self.answers[row]);
                    Loss::Logistic.value(f64::from(of[0]), answer)
                }
                Goal::Softmax => {
                    let largest = f64::from(of.iter().copied().fold(f32::MIN, f32::max));
                    let powers = of.iter().map(|&score| (f64::from(score) - largest).exp());
                    largest + powers.sum::<f64>().ln() - f64::from(of[self.codes[row] as usize])
                }
            };
            sum += weight * loss;
            total += weight;
        }
        sum / f64::max(total, f64::MIN_POSITIVE)
    }

    /// As [`Self::loss`] for two classes where every row has the weight 1. The logarithms of some
    /// rows are one logarithm of a product.
    fn logistic_loss(&self, rows: &[u32], scores: &[f32]) -> f64 {
        /// Factors between 1 and 2: the product stays below 2^512.
        const TOGETHER: usize = 512;
        let mut sum = 0.0;
        for rows in rows.chunks(TOGETHER) {
            let mut powers = [0.0_f32; TOGETHER];
            for (power, &row) in powers.iter_mut().zip(rows) {
                let (score, answer) = (scores[row as usize], self.answers[row as usize]);
                // ln(1 + e^score) − answer · score, without overflow.
                sum += f64::from(score.max(0.0) - answer * score);
                *power = -score.abs();
            }
            let powers = &mut powers[..rows.len()];
            powers.iter_mut().for_each(|power| *power = exp(*power));
            let mut products = [1.0_f64; 4];
            let (fours, last) = powers.as_chunks::<4>();
            for four in fours {
                for (product, &power) in products.iter_mut().zip(four) {
                    *product *= 1.0 + f64::from(power);
                }
            }
            let last = last.iter().map(|&power| 1.0 + f64::from(power));
            sum += (products.iter().product::<f64>() * last.product::<f64>()).ln();
        }
        sum / f64::max(rows.len() as f64, f64::MIN_POSITIVE)
    }

    /// A mean loss as people read it.
    pub fn readable(&self, loss: f64) -> f64 {
        match self.goal {
            Goal::Squared => (loss * self.unit * self.unit).min(f64::MAX),
            _ => loss,
        }
    }
}

/// Gradient and hessian of a row with one output.
#[inline(always)]
fn slope<const LOGISTIC: bool>(score: f32, answer: f32, weight: f32) -> [f32; 2] {
    if LOGISTIC {
        let share = 1.0 / (1.0 + exp(-score));
        [weight * (share - answer), weight * share * (1.0 - share)]
    } else {
        [weight * (score - answer), weight]
    }
}

fn slopes_of<const LOGISTIC: bool>(
    scores: &[f32],
    answers: &[f32],
    weights: &[f32],
    slopes: &mut [Sum],
) {
    let rows = scores.iter().zip(answers).zip(weights);
    for (slope_of, ((&score, &answer), &weight)) in slopes.iter_mut().zip(rows) {
        *slope_of = slope::<LOGISTIC>(score, answer, weight).map(f64::from);
    }
}

/// Weights of mean 1 over the rows that count, so that sums fit narrow numbers.
fn level(weights: Option<&[f64]>, rows: usize) -> Vec<f32> {
    let Some(weights) = weights else {
        return vec![1.0; rows];
    };
    let largest = weights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let counted = weights.iter().filter(|weight| **weight > 0.0);
    let counted: Vec<f64> = counted.map(|weight| weight / largest).collect();
    let usual = mean(counted.iter().copied());
    weights
        .iter()
        .map(|weight| (weight / largest / usual) as f32)
        .collect()
}

/// Room for the sums of one term.
pub struct Pass {
    /// Cells × outputs.
    pub sums: Vec<Sum>,
    other: Vec<Sum>,
    shares: Vec<f32>,
}

impl Pass {
    /// `cells`: those of the largest term.
    pub fn new(cells: usize, outputs: usize) -> Self {
        Self {
            sums: vec![[0.0; 2]; MOST_CELLS.max(cells * outputs)],
            other: vec![[0.0; 2]; MOST_CELLS],
            shares: vec![0.0; outputs],
        }
    }
}

fn softmax(scores: &[f32], shares: &mut [f32]) {
    let largest = scores.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for (share, &score) in shares.iter_mut().zip(scores) {
        *share = exp(score - largest);
        sum += *share;
    }
    shares.iter_mut().for_each(|share| *share /= sum);
}

/// e to the power of `x` to about 1e-7 of itself, within what narrow numbers hold. Arithmetic only:
/// the same on every machine, and several at a time. Reduction to |r| ≤ ln 2 / 2 and a polynomial:
/// Muller, Elementary Functions (2016), section 3; the coefficients are those of Taylor's series.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// Adding this puts the nearest whole number into the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-80.0, 80.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts: the first one is exact in few bits.
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let mut power = 1.0 / 720.0;
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        power = power * rest + coefficient;
    }
    f32::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 23))
}
