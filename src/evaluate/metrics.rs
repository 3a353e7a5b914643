//! Scores. Every formula is fixed against scikit-learn's results in the tests.

use serde::{Deserialize, Serialize};

use crate::learn::{Target, Task};

/// One way to score predictions.
pub struct Metric {
    pub id: &'static str,
    /// Plain words, sentence case.
    pub name: &'static str,
    /// The technical term, lower case.
    pub technical: &'static str,
    /// The score is in the unit of the target: "wrong by 0.71 t/ha on average".
    pub unit_is_target: bool,
    pub higher_is_better: bool,
    /// For classes; otherwise for numbers.
    pub for_classes: bool,
    /// Smallest and largest possible value.
    pub range: (f64, f64),
    /// (truth, predictions row-major, outputs per row). None when the score is not defined for
    /// these rows: one class only, no spread, no rows.
    pub compute: fn(&Target, &[f64], usize) -> Option<f64>,
}

/// A score over all folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    /// Mean over the folds.
    pub mean: f64,
    /// Ends of the 95 % interval.
    pub lower: f64,
    pub upper: f64,
    /// One score per fold.
    pub folds: Vec<f64>,
}

/// Every metric. Order is the order of display.
pub static METRICS: &[Metric] = &[
    Metric {
        id: "auc",
        name: "Ranking quality",
        technical: "area under the ROC curve",
        unit_is_target: false,
        higher_is_better: true,
        for_classes: true,
        range: (0.0, 1.0),
        compute: auc,
    },
    Metric {
        id: "accuracy",
        name: "Share right",
        technical: "accuracy",
        unit_is_target: false,
        higher_is_better: true,
        for_classes: true,
        range: (0.0, 1.0),
        compute: accuracy,
    },
    Metric {
        id: "balanced_accuracy",
        name: "Share right, every class counting the same",
        technical: "balanced accuracy",
        unit_is_target: false,
        higher_is_better: true,
        for_classes: true,
        range: (0.0, 1.0),
        compute: balanced_accuracy,
    },
    Metric {
        id: "f1_macro",
        name: "Finds and wrong alarms in balance",
        technical: "macro-averaged F1",
        unit_is_target: false,
        higher_is_better: true,
        for_classes: true,
        range: (0.0, 1.0),
        compute: f1_macro,
    },
    Metric {
        id: "log_loss",
        name: "Surprise",
        technical: "log loss",
        unit_is_target: false,
        higher_is_better: false,
        for_classes: true,
        range: (0.0, f64::INFINITY),
        compute: log_loss,
    },
    Metric {
        id: "brier",
        name: "Distance of the probabilities from the truth",
        technical: "Brier score",
        unit_is_target: false,
        higher_is_better: false,
        for_classes: true,
        range: (0.0, 2.0),
        compute: brier,
    },
    Metric {
        id: "mean_absolute_error",
        name: "Wrong by, on average",
        technical: "mean absolute error",
        unit_is_target: true,
        higher_is_better: false,
        for_classes: false,
        range: (0.0, f64::INFINITY),
        compute: mean_absolute_error,
    },
    Metric {
        id: "median_absolute_error",
        name: "Wrong by, typically",
        technical: "median absolute error",
        unit_is_target: true,
        higher_is_better: false,
        for_classes: false,
        range: (0.0, f64::INFINITY),
        compute: median_absolute_error,
    },
    Metric {
        id: "root_mean_squared_error",
        name: "Wrong by, large errors counting more",
        technical: "root mean squared error",
        unit_is_target: true,
        higher_is_better: false,
        for_classes: false,
        range: (0.0, f64::INFINITY),
        compute: root_mean_squared_error,
    },
    Metric {
        id: "r_squared",
        name: "Share of the ups and downs explained",
        technical: "R²",
        unit_is_target: false,
        higher_is_better: true,
        for_classes: false,
        range: (f64::NEG_INFINITY, 1.0),
        compute: r_squared,
    },
];

pub fn by_id(id: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.id == id)
}

/// The metrics that apply to a task.
pub fn for_task(task: &Task) -> impl Iterator<Item = &'static Metric> {
    let classes = task.is_classes();
    METRICS
        .iter()
        .filter(move |metric| metric.for_classes == classes)
}

/// Rarest class over commonest class below which accuracy is misleading (guardrail G16).
pub const IMBALANCE: f64 = 0.1;

/// The score a person looks at first. Numbers: mean absolute error. Two classes: AUC. Several:
/// accuracy, or balanced accuracy when the rarest class is less than a tenth of the commonest.
/// `class_counts`: rows per class.
pub fn headline(task: &Task, class_counts: &[u64]) -> &'static Metric {
    let id = match task {
        Task::Number => "mean_absolute_error",
        Task::Classes { names } if names.len() == 2 => "auc",
        Task::Classes { .. } if imbalanced(class_counts) => "balanced_accuracy",
        Task::Classes { .. } => "accuracy",
    };
    // The identifiers above are in the list; the first entry stands in for a slip.
    by_id(id).unwrap_or(&METRICS[0])
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

fn classes<'a>(
    truth: &'a Target,
    predicted: &'a [f64],
    outputs: usize,
) -> Option<(&'a [u32], usize)> {
    match truth {
        Target::Classes { codes, count }
            if !codes.is_empty()
                && *count == outputs
                && predicted.len() == codes.len() * outputs
                && codes.iter().all(|&code| (code as usize) < outputs) =>
        {
            Some((codes, *count))
        }
        _ => None,
    }
}

fn numbers<'a>(truth: &'a Target, predicted: &'a [f64]) -> Option<(&'a [f64], &'a [f64])> {
    match truth {
        Target::Numbers(values) if !values.is_empty() && values.len() == predicted.len() => {
            Some((values, predicted))
        }
        _ => None,
    }
}

/// Counts by (true class, predicted class), row-major.
pub fn confusion(truth: &Target, predicted: &[f64], outputs: usize) -> Option<Vec<u64>> {
    let (codes, count) = classes(truth, predicted, outputs)?;
    let mut table = vec![0u64; count * count];
    for (&code, row) in codes.iter().zip(predicted.chunks_exact(outputs)) {
        table[code as usize * count + most_likely(row)] += 1;
    }
    Some(table)
}

fn accuracy(truth: &Target, predicted: &[f64], outputs: usize) -> Option<f64> {
    let (codes, count) = classes(truth, predicted, outputs)?;
    let table = confusion(truth, predicted, outputs)?;
    let right: u64 = (0..count).map(|class| table[class * count + class]).sum();
    Some(right as f64 / codes.len() as f64)
}

/// Mean over the classes that occur of the share found.
fn balanced_accuracy(truth: &Target, predicted: &[f64], outputs: usize) -> Option<f64> {
    let table = confusion(truth, predicted, outputs)?;
    let recalls: Vec<f64> = table
        .chunks_exact(outputs)
        .enumerate()
        .filter_map(|(class, row)| {
            let total: u64 = row.iter().sum();
            (total > 0).then(|| row[class] as f64 / total as f64)
        })
        .collect();
    Some(mean(&recalls))
}

/// Mean over the classes that occur or are predicted of 2·found / (occurring + predicted).
fn f1_macro(truth: &Target, predicted: &[f64], outputs: usize) -> Option<f64> {
    let table = confusion(truth, predicted, outputs)?;
    let scores: Vec<f64> = (0..outputs)
        .filter_map(|class| {
            let occurring: u64 = (0..outputs)
                .map(|other| table[class * outputs + other])
                .sum();
            let predicted: u64 = (0..outputs)
                .map(|other| table[other * outputs + class])
                .sum();
            let right = table[class * outputs + class];
            (occurring + predicted > 0).then(|| 2.0 * right as f64 / (occurring + predicted) as f64)
        })
        .collect();
    Some(mean(&scores))
}

/// Mean of −ln of the probability given to the truth, probabilities clipped at 1e-15.
fn log_loss(truth: &Target, predicted: &[f64], outputs: usize) -> Option<f64> {
    let (codes, _) = classes(truth, predicted, outputs)?;
    let total: f64 = codes
        .iter()
        .zip(predicted.chunks_exact(outputs))
        .map(|(&code, row)| -row[code as usize].clamp(1e-15, 1.0 - 1e-15).ln())
        .sum();
    Some(total / codes.len() as f64)
}

/// Brier (1950). Two classes: mean squared difference of the probability of the second class from
/// 0 or 1. Several: the squared differences of all classes summed.
fn brier(truth: &Target, predicted: &[f64], outputs: usize) -> Option<f64> {
    let (codes, count) = classes(truth, predicted, outputs)?;
    let total: f64 = codes
        .iter()
        .zip(predicted.chunks_exact(outputs))
        .map(|(&code, row)| {
            row.iter()
                .enumerate()
                .skip(usize::from(count == 2))
                .map(|(class, &p)| (p - f64::from(u8::from(class == code as usize))).powi(2))
                .sum::<f64>()
        })
        .sum();
    Some(total / codes.len() as f64)
}

/// Two classes: area under the ROC curve for the second class. Several: the mean over the classes
/// of one class against the rest. Not defined unless every class occurs.
fn auc(truth: &Target, predicted: &[f64], outputs: usize) -> Option<f64> {
    let (codes, count) = classes(truth, predicted, outputs)?;
    let one = |class: usize| {
        let scores: Vec<f64> = predicted
            .iter()
            .skip(class)
            .step_by(outputs)
            .copied()
            .collect();
        auc_of(codes, class as u32, &scores)
    };
    match count {
        0 | 1 => None,
        2 => one(1),
        _ => {
            let areas: Option<Vec<f64>> = (0..count).map(one).collect();
            areas.map(|areas| mean(&areas))
        }
    }
}

/// The Mann–Whitney form: the share of (positive, other) pairs in the right order, ties half.
/// Mann and Whitney (1947); Hanley and McNeil (1982).
fn auc_of(codes: &[u32], positive: u32, scores: &[f64]) -> Option<f64> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..codes.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(a.cmp(&b)));
    let (mut others_below, mut positives, mut twice_right) = (0u64, 0u64, 0u128);
    let mut start = 0;
    while start < order.len() {
        let score = scores[order[start]];
        let mut end = start;
        let (mut positive_here, mut others_here) = (0u64, 0u64);
        while end < order.len() && scores[order[end]] == score {
            if codes[order[end]] == positive {
                positive_here += 1;
            } else {
                others_here += 1;
            }
            end += 1;
        }
        twice_right += u128::from(positive_here) * u128::from(2 * others_below + others_here);
        others_below += others_here;
        positives += positive_here;
        start = end;
    }
    if positives == 0 || others_below == 0 {
        return None;
    }
    Some(twice_right as f64 / 2.0 / (positives as f64 * others_below as f64))
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().sum::<f64>() / values.len() as f64
}

fn mean_absolute_error(truth: &Target, predicted: &[f64], _outputs: usize) -> Option<f64> {
    let (truth, predicted) = numbers(truth, predicted)?;
    let total: f64 = truth
        .iter()
        .zip(predicted)
        .map(|(t, p)| (t - p).abs())
        .sum();
    Some(total / truth.len() as f64)
}

fn root_mean_squared_error(truth: &Target, predicted: &[f64], _outputs: usize) -> Option<f64> {
    let (truth, predicted) = numbers(truth, predicted)?;
    let total: f64 = truth
        .iter()
        .zip(predicted)
        .map(|(t, p)| (t - p) * (t - p))
        .sum();
    Some((total / truth.len() as f64).sqrt())
}

fn median_absolute_error(truth: &Target, predicted: &[f64], _outputs: usize) -> Option<f64> {
    let (truth, predicted) = numbers(truth, predicted)?;
    let mut errors: Vec<f64> = truth
        .iter()
        .zip(predicted)
        .map(|(t, p)| (t - p).abs())
        .collect();
    errors.sort_by(f64::total_cmp);
    let middle = errors.len() / 2;
    Some(if errors.len() % 2 == 1 {
        errors[middle]
    } else {
        (errors[middle - 1] + errors[middle]) / 2.0
    })
}

/// 1 − (sum of squared errors) / (sum of squared distances from the mean of these rows). Not
/// defined when all answers are equal.
fn r_squared(truth: &Target, predicted: &[f64], _outputs: usize) -> Option<f64> {
    let (truth, predicted) = numbers(truth, predicted)?;
    let centre = mean(truth);
    let total: f64 = truth.iter().map(|t| (t - centre) * (t - centre)).sum();
    let left: f64 = truth
        .iter()
        .zip(predicted)
        .map(|(t, p)| (t - p) * (t - p))
        .sum();
    (truth.len() > 1 && total > 0.0).then(|| 1.0 - left / total)
}
