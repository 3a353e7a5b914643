//! Which model is best, and which ones cannot be told apart from it.

use serde::{Deserialize, Serialize};

use super::cross_validation::RunResult;
use super::metrics::{self, Metric};
use super::statistics;
use crate::base::format;
use crate::learn;

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
/// corrected resampled t-test of Nadeau and Bengio (2003). Of the models tied with the best that
/// are no yardsticks, the simplest is recommended (of equally simple ones the better), unless it
/// is not clearly better than Guessing.
pub fn compare(results: &[RunResult], metric: &str) -> Comparison {
    let Some(metric) = metrics::by_id(metric) else {
        return nothing(metric, format!("There is no score called {metric}."));
    };
    let mut runs: Vec<Entry<'_>> = results
        .iter()
        .enumerate()
        .filter_map(|(place, run)| Entry::new(place, run, metric))
        .collect();
    runs.sort_by(|a, b| a.rank(b, metric));
    let Some(best) = runs.first().copied() else {
        return nothing(metric.id, "No model has a score yet.".to_owned());
    };
    let mut standings: Vec<Standing> = runs.iter().map(|entry| entry.standing(&best)).collect();
    let verdict = recommend(&runs, &standings, metric);
    for standing in &mut standings {
        standing.recommended = Some(standing.run) == verdict.run;
    }
    Comparison {
        metric: metric.id.to_owned(),
        recommended: verdict
            .run
            .and_then(|run| results.get(run))
            .map(|run| run.learner.clone()),
        standings,
        reason: verdict.reason,
        beats_guessing: verdict.beats_guessing,
    }
}

fn nothing(metric: &str, reason: String) -> Comparison {
    Comparison {
        metric: metric.to_owned(),
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
        let share = (self.run.check_share() + other.run.check_share()) / 2.0;
        if self.value.folds.len() == other.value.folds.len() {
            let pairs: Vec<f64> = self
                .value
                .folds
                .iter()
                .zip(&other.value.folds)
                .map(|(mine, theirs)| mine - theirs)
                .collect();
            if let Some(interval) = statistics::corrected_interval(&pairs, share) {
                return interval;
            }
        }
        // Different folds: the differences cannot be paired, so the margins add up.
        let margin = |value: &metrics::MetricValue| (value.upper - value.lower) / 2.0;
        (
            self.value.mean - other.value.mean,
            margin(self.value) + margin(other.value),
        )
    }

    /// The 95 % interval of the difference does not contain 0.
    fn differs(&self, other: &Self) -> bool {
        let (difference, margin) = self.difference(other);
        difference.abs() > margin
    }

    fn standing(&self, best: &Self) -> Standing {
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
            tied: !behind,
            behind,
            yardstick: self.yardstick,
            recommended: false,
        }
    }
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
