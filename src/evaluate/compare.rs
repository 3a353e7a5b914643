//! Which model is best, and which ones cannot be told apart from it.

use serde::{Deserialize, Serialize};

use super::cross_validation::RunResult;
use super::metrics::{self, Metric};
use super::statistics;
use crate::base::format;
use crate::learn;

/// How probable it is that one model is better than another, as a share of 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chances {
    pub better: f64,
    /// The scores differ by less than [`Comparison::region`].
    pub same: f64,
    pub worse: f64,
}

/// One model in the ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Id of the learner.
    pub learner: String,
    /// Place of the run in the list given to [`compare`].
    pub run: usize,
    pub mean: f64,
    pub lower: f64,
    pub upper: f64,
    /// Mean over the folds of (this score − the best one's); negative or positive as the metric
    /// goes, 0 for the best.
    pub difference_to_best: f64,
    /// Half-width of the 95 % interval of that difference.
    pub difference_margin: f64,
    /// Against the best: the Bayesian correlated t-test. None where the two cannot be paired.
    #[serde(default)]
    pub chances: Option<Chances>,
    /// Cannot be told apart from the best.
    pub tied: bool,
    /// Clearly worse than the best.
    pub behind: bool,
    pub yardstick: bool,
    pub recommended: bool,
}

/// The ranking, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Id of the metric compared.
    pub metric: String,
    /// Scores that differ by less are practically the same.
    #[serde(default)]
    pub region: f64,
    pub standings: Vec<Standing>,
    /// Id of the learner to use, if any is worth using.
    pub recommended: Option<String>,
    /// Why, in one plain sentence.
    pub reason: String,
    /// Whether the recommended model (or, without one, the best that is no yardstick) is clearly
    /// better than Guessing. None when Guessing was not run.
    pub beats_guessing: Option<bool>,
}

const GUESSING: &str = "guessing";

/// Ranks runs by one metric. Runs in which it is not defined are left out.
///
/// Two runs are tied when the 95 % interval of their difference, fold by fold, contains 0: the
/// corrected resampled t-test of Nadeau and Bengio (2003), with repeats that of Bouckaert and Frank
/// (2004). Of the models tied with the best that are no yardsticks, the simplest is recommended (of
/// equally simple ones the better), unless it is not clearly better than Guessing. What counts as
/// practically the same is [`practical_region`].
pub fn compare(results: &[RunResult], metric: &str) -> Comparison {
    let Some(metric) = metrics::by_id(metric) else {
        return nothing(metric, format!("There is no score called {metric}."));
    };
    let region = practical_region(results, metric);
    compare_within(results, metric, region)
}

/// As [`compare`]; scores that differ by less than `region` are practically the same.
pub fn compare_within(results: &[RunResult], metric: &Metric, region: f64) -> Comparison {
    let mut runs: Vec<Entry<'_>> = results
        .iter()
        .enumerate()
        .filter_map(|(place, run)| Entry::new(place, run, metric))
        .collect();
    runs.sort_by(|a, b| a.rank(b, metric));
    let Some(best) = runs.first().copied() else {
        return nothing(metric.id, "No model has a score yet.".to_owned());
    };
    let mut standings: Vec<Standing> = runs
        .iter()
        .map(|entry| entry.standing(&best, metric, region))
        .collect();
    let verdict = recommend(&runs, &standings, metric);
    for standing in &mut standings {
        standing.recommended = Some(standing.run) == verdict.run;
    }
    Comparison {
        metric: metric.id.to_owned(),
        region,
        recommended: verdict
            .run
            .and_then(|run| results.get(run))
            .map(|run| run.learner.clone()),
        standings,
        reason: verdict.reason,
        beats_guessing: verdict.beats_guessing,
    }
}

/// Scores of a fixed scale: a difference of one point in a hundred. Errors in the unit of the
/// target: one hundredth of Guessing's, or of the smallest where Guessing was not run.
pub fn practical_region(results: &[RunResult], metric: &Metric) -> f64 {
    if metric.range.1.is_finite() {
        return POINT;
    }
    let means = || {
        results
            .iter()
            .filter_map(|run| Some((run, run.scores.get(metric.id)?.mean.abs())))
    };
    let guessing = means().find(|(run, _)| run.learner == GUESSING);
    let smallest = || means().map(|(_, mean)| mean).reduce(f64::min);
    POINT
        * guessing
            .map(|(_, mean)| mean)
            .or_else(smallest)
            .unwrap_or(0.0)
}

const POINT: f64 = 0.01;

/// How probable it is that the first of two runs has the better score: the Bayesian correlated
/// t-test. None when the metric is not defined in one of them, or they cannot be paired.
pub fn chances(a: &RunResult, b: &RunResult, metric: &Metric, region: f64) -> Option<Chances> {
    let (a, b) = (Entry::new(0, a, metric)?, Entry::new(1, b, metric)?);
    a.chances(&b, metric, region)
}

fn nothing(metric: &str, reason: String) -> Comparison {
    Comparison {
        metric: metric.to_owned(),
        region: 0.0,
        standings: Vec::new(),
        recommended: None,
        reason,
        beats_guessing: None,
    }
}

/// A run with what the ranking needs of it.
#[derive(Clone, Copy)]
struct Entry<'a> {
    place: usize,
    run: &'a RunResult,
    value: &'a metrics::MetricValue,
    metric: &'static str,
    name: &'static str,
    yardstick: bool,
    complexity: u8,
}

impl<'a> Entry<'a> {
    fn new(place: usize, run: &'a RunResult, metric: &Metric) -> Option<Self> {
        let value = run.scores.get(metric.id)?;
        let learner = learn::by_id(&run.learner).ok()?;
        let capabilities = learner.capabilities();
        Some(Self {
            place,
            run,
            value,
            metric: metric.id,
            name: learner.name(),
            yardstick: capabilities.yardstick,
            complexity: capabilities.complexity,
        })
    }

    /// Better first; equal scores: simpler first, then as given.
    fn rank(&self, other: &Self, metric: &Metric) -> std::cmp::Ordering {
        let by_score = self.value.mean.total_cmp(&other.value.mean);
        let by_score = if metric.higher_is_better {
            by_score.reverse()
        } else {
            by_score
        };
        by_score
            .then(self.complexity.cmp(&other.complexity))
            .then(self.place.cmp(&other.place))
    }

    /// Mean and half-width of the 95 % interval of the difference to another run.
    fn difference(&self, other: &Self) -> (f64, f64) {
        if self.place == other.place {
            return (0.0, 0.0);
        }
        if let Some(paired) = self.paired(other) {
            let quantile = statistics::student_95(paired.count);
            return (paired.mean, quantile * paired.standard_error);
        }
        // Different folds: the differences cannot be paired, so the margins add up.
        let margin = |value: &metrics::MetricValue| (value.upper - value.lower) / 2.0;
        (
            self.value.mean - other.value.mean,
            margin(self.value) + margin(other.value),
        )
    }

    /// The difference to another run that was checked on the same rows, part by part.
    fn paired(&self, other: &Self) -> Option<Paired> {
        let (mine, theirs) = (&self.value.blocks, &other.value.blocks);
        let same_rows = || self.run.out_of_fold.rows == other.run.out_of_fold.rows;
        if !mine.is_empty() && mine.len() == theirs.len() && same_rows() {
            let pairs: Vec<f64> = mine.iter().zip(theirs).map(|(a, b)| a - b).collect();
            let (_, standard_error) = statistics::corrected_error(&pairs, 0.0)?;
            return Some(Paired {
                // Of the scores themselves: pseudo-values differ from them by what they correct.
                mean: self.value.mean - other.value.mean,
                standard_error,
                count: pairs.len(),
            });
        }
        if self.run.folds.len() != other.run.folds.len() {
            return None;
        }
        // A score may be defined in other folds of one run than of the other.
        let pairs: Vec<f64> = self
            .run
            .folds
            .iter()
            .zip(&other.run.folds)
            .filter(|(a, b)| a.rows_checked == b.rows_checked)
            .filter_map(|(a, b)| Some(a.scores.get(self.metric)? - b.scores.get(self.metric)?))
            .collect();
        let share = (self.run.check_share() + other.run.check_share()) / 2.0;
        let (mean, standard_error) = statistics::corrected_error(&pairs, share)?;
        Some(Paired {
            mean,
            standard_error,
            count: pairs.len(),
        })
    }

    fn chances(&self, other: &Self, metric: &Metric, region: f64) -> Option<Chances> {
        if self.place == other.place {
            return Some(Chances {
                better: 0.0,
                same: 1.0,
                worse: 0.0,
            });
        }
        let paired = self.paired(other)?;
        let [below, same, above] =
            statistics::posterior_shares(paired.mean, paired.standard_error, paired.count, region);
        let (better, worse) = if metric.higher_is_better {
            (above, below)
        } else {
            (below, above)
        };
        Some(Chances {
            better,
            same,
            worse,
        })
    }

    /// The 95 % interval of the difference does not contain 0.
    fn differs(&self, other: &Self) -> bool {
        let (difference, margin) = self.difference(other);
        difference.abs() > margin
    }

    fn standing(&self, best: &Self, metric: &Metric, region: f64) -> Standing {
        let (difference, margin) = self.difference(best);
        let behind = difference.abs() > margin;
        Standing {
            learner: self.run.learner.clone(),
            run: self.place,
            mean: self.value.mean,
            lower: self.value.lower,
            upper: self.value.upper,
            difference_to_best: difference,
            difference_margin: margin,
            chances: self.chances(best, metric, region),
            tied: !behind,
            behind,
            yardstick: self.yardstick,
            recommended: false,
        }
    }
}

/// A mean of paired differences and how sure it is.
struct Paired {
    mean: f64,
    standard_error: f64,
    /// Pairs.
    count: usize,
}

struct Verdict {
    run: Option<usize>,
    reason: String,
    beats_guessing: Option<bool>,
}

fn recommend(runs: &[Entry<'_>], standings: &[Standing], metric: &Metric) -> Verdict {
    let guessing = runs.iter().find(|entry| entry.run.learner == GUESSING);
    let better = |entry: &Entry<'_>| {
        guessing.map(|guess| {
            let (difference, margin) = entry.difference(guess);
            let gain = if metric.higher_is_better {
                difference
            } else {
                -difference
            };
            gain > margin
        })
    };
    let Some(leader) = runs.iter().find(|entry| !entry.yardstick) else {
        return Verdict {
            run: None,
            reason: "Only yardsticks were run, and they are not meant to be used.".to_owned(),
            beats_guessing: None,
        };
    };
    let tied: Vec<&Entry<'_>> = runs
        .iter()
        .zip(standings)
        .filter(|(entry, standing)| standing.tied && !entry.yardstick)
        .map(|(entry, _)| entry)
        .collect();
    // Simplest first; runs are sorted by score, so the first of equally simple ones is the better.
    let Some(chosen) = tied.iter().min_by_key(|entry| entry.complexity).copied() else {
        let best = runs.first().map_or("A yardstick", |entry| entry.name);
        return Verdict {
            run: None,
            reason: format!("{best} does clearly better than every model, so none is worth using."),
            beats_guessing: better(leader),
        };
    };
    if better(chosen) == Some(false) {
        // A simpler model that fails against Guessing must not hide a better one that does not.
        let others = tied.iter().filter(|entry| better(entry) == Some(true));
        return match others.min_by_key(|entry| entry.complexity).copied() {
            Some(entry) => Verdict {
                run: Some(entry.place),
                reason: format!("{} is the simplest model that is clearly better than Guessing.", entry.name),
                beats_guessing: Some(true),
            },
            None => Verdict {
                run: None,
                reason: "No model is clearly better than Guessing: these columns may not contain the answer."
                    .to_owned(),
                beats_guessing: Some(false),
            },
        };
    }
    Verdict {
        run: Some(chosen.place),
        reason: reason_for(chosen, &tied, runs),
        beats_guessing: better(chosen),
    }
}

fn reason_for(chosen: &Entry<'_>, tied: &[&Entry<'_>], runs: &[Entry<'_>]) -> String {
    let others: Vec<&str> = tied
        .iter()
        .filter(|entry| entry.place != chosen.place)
        .map(|entry| entry.name)
        .collect();
    let only_model = runs.iter().filter(|entry| !entry.yardstick).count() == 1;
    if others.is_empty() {
        return if only_model {
            format!("{} is the only model that was run.", chosen.name)
        } else {
            format!("{} is clearly better than the others.", chosen.name)
        };
    }
    let verb = if others.len() == 1 { "is" } else { "are" };
    let simplest = tied
        .iter()
        .all(|entry| entry.complexity > chosen.complexity || entry.place == chosen.place);
    let why = if simplest {
        "the simplest"
    } else {
        "as simple as any, and scores best,"
    };
    format!(
        "{} {verb} not clearly different from {}, which is {why} of them.",
        format::list(&others),
        chosen.name
    )
}

/// Whether two runs differ clearly in one metric. None when it is not defined in one of them.
pub fn clearly_different(a: &RunResult, b: &RunResult, metric: &str) -> Option<bool> {
    let metric = metrics::by_id(metric)?;
    let (a, b) = (Entry::new(0, a, metric)?, Entry::new(1, b, metric)?);
    Some(a.differs(&b))
}
