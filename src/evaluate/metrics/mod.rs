//! Scores, one table: what each is called, what it says, where it lies, which way is better.
//!
//! Every formula is fixed against scikit-learn in the tests, to 1e-12, on ordinary rows and on
//! degenerate ones. Where a score has no meaning (scikit-learn warns, raises, or answers with a
//! stand-in) there is no number but a reason: [`NotDefined`].

mod deviance;
mod distance;
mod labels;
mod probability;
mod ranking;
mod scored;

use serde::{Deserialize, Serialize};

use crate::learn::{Target, Task};

pub use distance::pinball_loss;
pub use scored::Scored;

/// Why a score has no value for these rows: one plain sentence without full stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotDefined(pub &'static str);

/// What a score is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suits {
    Numbers,
    /// Any number of classes.
    Classes,
    /// Two classes, of which the second is the one looked for.
    TwoClasses,
    /// Three classes and more: an average over them.
    SeveralClasses,
}

/// One way to score predictions.
pub struct Metric {
    pub id: &'static str,
    /// Plain words, sentence case.
    pub name: &'static str,
    /// The technical term, lower case.
    pub technical: &'static str,
    /// What the number says, one sentence.
    pub says: &'static str,
    pub suits: Suits,
    /// The score is in the unit of the target: "wrong by 0.71 t/ha on average".
    pub unit_is_target: bool,
    pub higher_is_better: bool,
    /// Smallest and largest possible value.
    pub range: (f64, f64),
    /// Rows may count differently.
    pub weights: bool,
    /// The formula. Called by [`Metric::score`], which checks what goes in and what comes out.
    formula: fn(&Scored<'_>) -> Result<f64, NotDefined>,
}

impl Metric {
    /// The score of these rows, or why it has none.
    pub fn score(&self, scored: &Scored<'_>) -> Result<f64, NotDefined> {
        scored.check(self)?;
        let value = (self.formula)(scored)?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(NotDefined("The result is too large to be written"))
        }
    }

    /// The score where every row counts the same. `predicted`: row-major, `outputs` per row. None
    /// when it is not defined for these rows.
    pub fn compute(&self, truth: &Target, predicted: &[f64], outputs: usize) -> Option<f64> {
        self.score(&Scored::new(truth, predicted, outputs)).ok()
    }

    /// For classes; otherwise for numbers.
    pub fn for_classes(&self) -> bool {
        self.suits != Suits::Numbers
    }

    pub fn applies_to(&self, task: &Task) -> bool {
        match task {
            Task::Number => self.suits == Suits::Numbers,
            Task::Classes { names } => match self.suits {
                Suits::Numbers => false,
                Suits::Classes => true,
                Suits::TwoClasses => names.len() == 2,
                Suits::SeveralClasses => names.len() != 2,
            },
        }
    }

    /// `a` is a better score than `b`.
    pub fn is_better(&self, a: f64, b: f64) -> bool {
        if self.higher_is_better { a > b } else { a < b }
    }
}

/// A score over all rounds of checking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    /// Mean over the rounds; of all checked rows together where one round says too little.
    pub mean: f64,
    /// Ends of the 95 % interval.
    pub lower: f64,
    pub upper: f64,
    /// One score per round.
    pub folds: Vec<f64>,
    /// Where the rows were scored together: the jackknife's pseudo-values, one per block of rows.
    /// Blocks of equal split, seed and rows are the same rows, so that two models can be paired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<f64>,
}

/// Every metric. Order is the order of display.
pub static METRICS: &[&Metric] = &[
    &ranking::AUC,
    &ranking::AUC_WEIGHTED,
    &labels::ACCURACY,
    &labels::BALANCED_ACCURACY,
    &labels::PRECISION,
    &labels::RECALL,
    &labels::F1,
    &labels::F1_MACRO,
    &labels::F1_WEIGHTED,
    &labels::PRECISION_MACRO,
    &labels::PRECISION_WEIGHTED,
    &labels::RECALL_MACRO,
    &labels::RECALL_WEIGHTED,
    &labels::MATTHEWS_CORRELATION,
    &ranking::AVERAGE_PRECISION,
    &ranking::AVERAGE_PRECISION_MACRO,
    &ranking::AVERAGE_PRECISION_WEIGHTED,
    &probability::LOG_LOSS,
    &probability::BRIER,
    &distance::MEAN_ABSOLUTE_ERROR,
    &distance::MEDIAN_ABSOLUTE_ERROR,
    &distance::ROOT_MEAN_SQUARED_ERROR,
    &distance::MAX_ERROR,
    &distance::MEAN_ABSOLUTE_PERCENTAGE_ERROR,
    &distance::R_SQUARED,
    &distance::PINBALL_10,
    &distance::PINBALL_90,
    &deviance::POISSON_DEVIANCE,
    &deviance::GAMMA_DEVIANCE,
    &deviance::TWEEDIE_DEVIANCE,
];

pub fn by_id(id: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.id == id).copied()
}

/// The metrics that apply to a task.
pub fn for_task(task: &Task) -> impl Iterator<Item = &'static Metric> {
    METRICS
        .iter()
        .copied()
        .filter(move |metric| metric.applies_to(task))
}

/// Rarest class over commonest class below which accuracy is misleading (guardrail G16).
pub const IMBALANCE: f64 = 0.1;

/// The score a person looks at first. Numbers: mean absolute error. Two classes: AUC. Several:
/// accuracy, or balanced accuracy when the rarest class is less than a tenth of the commonest.
/// `class_counts`: rows per class.
pub fn headline(task: &Task, class_counts: &[u64]) -> &'static Metric {
    match task {
        Task::Number => &distance::MEAN_ABSOLUTE_ERROR,
        Task::Classes { names } if names.len() == 2 => &ranking::AUC,
        Task::Classes { .. } if imbalanced(class_counts) => &labels::BALANCED_ACCURACY,
        Task::Classes { .. } => &labels::ACCURACY,
    }
}

/// The rarest class has less than a tenth of the rows of the commonest one.
pub fn imbalanced(class_counts: &[u64]) -> bool {
    let seen = || class_counts.iter().copied().filter(|&count| count > 0);
    match (seen().min(), seen().max()) {
        (Some(rarest), Some(commonest)) => (rarest as f64) < IMBALANCE * commonest as f64,
        _ => false,
    }
}

/// Index of the largest probability; the first of equal ones.
pub fn most_likely(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (index, &value) in probabilities.iter().enumerate() {
        if probabilities
            .get(best)
            .is_none_or(|&largest| value > largest)
        {
            best = index;
        }
    }
    best
}

/// Counts by (true class, predicted class), row-major.
pub fn confusion(truth: &Target, predicted: &[f64], outputs: usize) -> Option<Vec<u64>> {
    let (codes, count) = Scored::new(truth, predicted, outputs).classes().ok()?;
    let mut table = vec![0u64; count * count];
    for (&code, row) in codes.iter().zip(predicted.chunks_exact(outputs)) {
        if let Some(cell) = table.get_mut(code as usize * count + most_likely(row)) {
            *cell += 1;
        }
    }
    Some(table)
}
