//! What a sequence of trees makes small.
//!
//! Friedman (2001), section 4, for squared, absolute and logistic loss; for counts and amounts the
//! deviances of the Poisson and gamma distributions with a logarithmic link (McCullagh and Nelder,
//! "Generalized Linear Models", 2nd ed. 1989, section 2.3).

use crate::base::UserError;

/// A loss with one score per row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Half the square of the error; the score is the mean.
    Squared,
    /// The error without its sign; the score is the median.
    Absolute,
    /// The score is the quantile with this share of answers below it.
    Quantile(f64),
    /// Answers are counts or amounts from 0; the score is the logarithm of the mean.
    Poisson,
    /// Answers are amounts above 0; the score is the logarithm of the mean.
    Gamma,
    /// Answers are 0 or 1; the score is the logarithm of the odds.
    Logistic,
}

impl Loss {
    /// Every row has the hessian 1 (times its weight).
    pub fn constant_hessian(self) -> bool {
        matches!(self, Self::Squared | Self::Absolute | Self::Quantile(_))
    }

    /// The answers are centred and brought to unit size before they are learned.
    pub fn is_free_of_scale(self) -> bool {
        self.constant_hessian()
    }

    /// Leaves take this quantile of what their rows are off, instead of a Newton step.
    pub fn leaf_quantile(self) -> Option<f64> {
        match self {
            Self::Absolute => Some(0.5),
            Self::Quantile(share) => Some(share),
            _ => None,
        }
    }

    /// Largest gradient and hessian a row can have, where that is known beforehand.
    pub fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::Absolute | Self::Quantile(_) => Some((1.0, 1.0)),
            Self::Logistic => Some((1.0, 0.25)),
            Self::Squared | Self::Poisson | Self::Gamma => None,
        }
    }

    /// How much the loss of a row counts when its answers are `unit` times larger.
    pub fn in_units_of(self, unit: f64) -> f64 {
        match self {
            Self::Squared => unit * unit,
            Self::Absolute | Self::Quantile(_) => unit,
            Self::Poisson | Self::Gamma | Self::Logistic => 1.0,
        }
    }

    /// First and second derivative of the loss by the score.
    #[inline(always)]
    pub fn gradient(self, score: f64, answer: f64) -> (f64, f64) {
        match self {
            Self::Squared => (score - answer, 1.0),
            Self::Absolute => (step(score - answer, 1.0, 1.0), 1.0),
            Self::Quantile(share) => (step(score - answer, 1.0 - share, share), 1.0),
            Self::Poisson => {
                let mean = expected(score);
                (mean - answer, mean)
            }
            Self::Gamma => {
                let ratio = answer / expected(score);
                (1.0 - ratio, ratio)
            }
            Self::Logistic => {
                let share = sigmoid(score);
                (share - answer, share * (1.0 - share))
            }
        }
    }

    /// The loss of a row; smaller is better.
    pub fn value(self, score: f64, answer: f64) -> f64 {
        let error = score - answer;
        match self {
            Self::Squared => error * error,
            Self::Absolute => error.abs(),
            Self::Quantile(share) => {
                if error > 0.0 {
                    (1.0 - share) * error
                } else {
                    -share * error
                }
            }
            Self::Poisson => {
                let mean = expected(score);
                let surprise = if answer > 0.0 {
                    answer * (answer / mean).ln()
                } else {
                    0.0
                };
                2.0 * (surprise - answer + mean)
            }
            Self::Gamma => {
                let ratio = answer / expected(score);
                2.0 * (ratio - 1.0 - ratio.ln())
            }
            // ln(1 + e^score) − answer · score, without overflow.
            Self::Logistic => score.max(0.0) - answer * score + (-score.abs()).exp().ln_1p(),
        }
    }

    /// The one score that suits all rows best.
    pub fn start(self, answers: &[f64], weight: impl Fn(usize) -> f64) -> f64 {
        if let Some(share) = self.leaf_quantile() {
            let mut pairs: Vec<(f64, f64)> = answers
                .iter()
                .enumerate()
                .map(|(row, &answer)| (answer, weight(row)))
                .collect();
            return quantile(&mut pairs, share);
        }
        let (mut sum, mut total) = (0.0, 0.0);
        for (row, &answer) in answers.iter().enumerate() {
            sum += weight(row) * answer;
            total += weight(row);
        }
        let mean = if total > 0.0 { sum / total } else { 0.0 };
        match self {
            Self::Poisson | Self::Gamma => mean.clamp(1e-15, 1e300).ln(),
            Self::Logistic => {
                let share = mean.clamp(1e-15, 1.0 - 1e-15);
                (share / (1.0 - share)).ln()
            }
            _ => mean,
        }
    }

    /// Refuses answers that the loss has no meaning for.
    pub fn check(self, answers: &[f64]) -> Result<(), UserError> {
        let (possible, wanted): (fn(f64) -> bool, _) = match self {
            Self::Poisson => (|answer| answer >= 0.0, "0 or more"),
            Self::Gamma => (|answer| answer > 0.0, "more than 0"),
            _ => return Ok(()),
        };
        match answers.iter().position(|&answer| !possible(answer)) {
            None => Ok(()),
            Some(row) => Err(UserError::usage(
                "answers_do_not_fit",
                "The answers do not fit what is to be made small",
                format!(
                    "Row {} has the answer {}; every answer must be {wanted}",
                    row + 1,
                    answers[row]
                ),
            )
            .with_hint("Choose the squared error instead")),
        }
    }
}

/// −below where the score is too low, above where it is too high.
#[inline(always)]
fn step(error: f64, above: f64, below: f64) -> f64 {
    if error > 0.0 {
        above
    } else if error < 0.0 {
        -below
    } else {
        0.0
    }
}

/// The mean a logarithmic score stands for, kept within what can be computed with.
#[inline(always)]
pub fn expected(score: f64) -> f64 {
    score.clamp(-300.0, 300.0).exp()
}

#[inline(always)]
pub fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// The value with `share` of the weight at or below it; half-way between two values where the
/// weight divides exactly there. Pairs are (value, weight); they are sorted.
pub fn quantile(pairs: &mut [(f64, f64)], share: f64) -> f64 {
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = pairs.iter().map(|pair| pair.1).sum();
    let wanted = share * total;
    let mut below = 0.0;
    let mut rest = pairs.iter().filter(|pair| pair.1 > 0.0).peekable();
    while let Some((value, weight)) = rest.next() {
        below += weight;
        // The sums of weights differ by rounding from what is wanted.
        if (below - wanted).abs() <= 1e-12 * total
            && let Some((next, _)) = rest.peek()
        {
            return value / 2.0 + next / 2.0;
        }
        if below > wanted || rest.peek().is_none() {
            return *value;
        }
    }
    0.0
}
