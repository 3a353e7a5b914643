//! Where to draw the line: people, costs, capacity.

use super::ranked::{Cut, Ranked, no_curve};
use crate::base::UserError;

/// What each kind of row costs, in any unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// A row that is taken and not of the class (false positive).
    pub wrong_alarm: f64,
    /// A row of the class that is not taken (false negative).
    pub miss: f64,
    /// Every row that is taken, right or wrong: the letter, the visit.
    pub action: f64,
}

impl Default for Costs {
    /// Both mistakes cost the same.
    fn default() -> Self {
        Self {
            wrong_alarm: 1.0,
            miss: 1.0,
            action: 0.0,
        }
    }
}

/// What becomes of a row at a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Of the class and taken (true positive).
    Hit,
    /// Not of the class and taken (false positive).
    WrongAlarm,
    /// Of the class and not taken (false negative).
    Miss,
    /// Neither (true negative).
    LeftAlone,
    /// Hits and wrong alarms together.
    Taken,
}

impl Outcome {
    /// Plain words for its rows, lower case.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hit => "rightly acted on",
            Self::WrongAlarm => "wrong alarms",
            Self::Miss => "missed",
            Self::LeftAlone => "rightly left alone",
            Self::Taken => "acted on",
        }
    }
}

/// Rows by what becomes of them at one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdLine {
    pub cut: Cut,
    pub hits: u64,
    pub wrong_alarms: u64,
    pub misses: u64,
    pub left_alone: u64,
    pub cost: f64,
}

/// Scores of the classes at one threshold; None where a score has no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdScores {
    pub accuracy: f64,
    pub balanced_accuracy: Option<f64>,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    /// Share of the rows not of the class that are left alone (specificity).
    pub specificity: Option<f64>,
    pub f1: Option<f64>,
    pub matthews_correlation: f64,
}

/// Every threshold that makes a difference, with its costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// From the threshold that takes no row down.
    pub lines: Vec<ThresholdLine>,
    /// The cheapest line within the capacity; of equally cheap ones that with the fewest rows taken.
    pub best: usize,
    /// The cheapest line if there were no limit.
    pub best_without_limit: usize,
}

/// `capacity`: rows that can be taken at most. Fails without rows, and where a cost is not a number.
pub fn thresholds(
    ranked: &Ranked,
    costs: &Costs,
    capacity: Option<u64>,
) -> Result<Thresholds, UserError> {
    if ranked.is_empty() {
        return Err(no_curve("There are no checked rows"));
    }
    let given = [costs.wrong_alarm, costs.miss, costs.action];
    if given.iter().any(|cost| !cost.is_finite()) {
        return Err(UserError::usage(
            "cost_is_no_number",
            "A cost is not a number",
            "Costs are numbers in any unit; a gain is a cost below 0",
        ));
    }
    let lines: Vec<ThresholdLine> = ranked
        .cuts()
        .into_iter()
        .map(|cut| line(ranked, cut, costs))
        .collect();
    let cheapest = |limit: u64| {
        let within = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.cut.taken as u64 <= limit);
        within
            .min_by(|a, b| a.1.cost.total_cmp(&b.1.cost).then(a.0.cmp(&b.0)))
            .map_or(0, |(place, _)| place)
    };
    Ok(Thresholds {
        best: cheapest(capacity.unwrap_or(u64::MAX)),
        best_without_limit: cheapest(u64::MAX),
        lines,
    })
}

fn line(ranked: &Ranked, cut: Cut, costs: &Costs) -> ThresholdLine {
    let wrong_alarms = cut.taken - cut.found;
    let misses = ranked.positives() - cut.found;
    ThresholdLine {
        cut,
        hits: cut.found as u64,
        wrong_alarms: wrong_alarms as u64,
        misses: misses as u64,
        left_alone: (ranked.negatives() - wrong_alarms) as u64,
        cost: costs.wrong_alarm * wrong_alarms as f64
            + costs.miss * misses as f64
            + costs.action * cut.taken as f64,
    }
}

impl Thresholds {
    /// The line that holds at a threshold: rows of at least this score are taken.
    pub fn at(&self, threshold: f64) -> usize {
        self.lines
            .partition_point(|line| line.cut.threshold >= threshold)
            .saturating_sub(1)
    }
}

impl ThresholdLine {
    /// The rows of one outcome.
    pub fn rows_of(&self, ranked: &Ranked, outcome: Outcome) -> Vec<u32> {
        let (taken, inside) = match outcome {
            Outcome::Hit => (true, true),
            Outcome::WrongAlarm => (true, false),
            Outcome::Miss => (false, true),
            Outcome::LeftAlone => (false, false),
            Outcome::Taken => return ranked.rows_above(&self.cut).to_vec(),
        };
        ranked
            .rows()
            .iter()
            .zip(ranked.inside())
            .enumerate()
            .filter(|(place, (_, is))| (*place < self.cut.taken) == taken && **is == inside)
            .map(|(_, (row, _))| *row)
            .collect()
    }

    pub fn scores(&self) -> ThresholdScores {
        let share = |part: u64, of: u64| (of > 0).then(|| part as f64 / of as f64);
        let (hits, alarms, misses, left) =
            (self.hits, self.wrong_alarms, self.misses, self.left_alone);
        let recall = share(hits, hits + misses);
        let specificity = share(left, left + alarms);
        // Over the classes that occur.
        let balanced_accuracy = match (recall, specificity) {
            (Some(a), Some(b)) => Some((a + b) / 2.0),
            (one, other) => one.or(other),
        };
        let product = [hits + alarms, hits + misses, left + alarms, left + misses]
            .iter()
            .map(|&sum| (sum as f64).sqrt())
            .product::<f64>();
        let agreement = hits as f64 * left as f64 - alarms as f64 * misses as f64;
        ThresholdScores {
            accuracy: (hits + left) as f64 / (hits + alarms + misses + left).max(1) as f64,
            balanced_accuracy,
            precision: share(hits, hits + alarms),
            recall,
            specificity,
            f1: share(2 * hits, 2 * hits + alarms + misses),
            matthews_correlation: if product > 0.0 {
                agreement / product
            } else {
                0.0
            },
        }
    }
}
