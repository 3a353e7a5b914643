//! What a project remembers of the search that its settings come from.

use serde::{Deserialize, Serialize};

use super::{Ended, SearchMethod, Trial, Tuning, words};
use crate::base::format;
use crate::evaluate::{SplitPlan, metrics};

/// The search that the settings of a learner were kept from, without its trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    pub method: SearchMethod,
    /// Id of the metric.
    pub metric: String,
    /// Settings that were tried.
    pub tried: usize,
    /// The trial that was kept, 0-based.
    pub trial: usize,
    /// Whether it was the best one.
    pub best: bool,
    /// Mean over the folds, and half-width of its corrected 95 % interval.
    pub score: Option<f64>,
    pub margin: Option<f64>,
    /// Score of the learner's own settings.
    pub usual: Option<f64>,
    /// Score of Guessing on the same folds.
    pub guessing: Option<f64>,
    /// By how much the best trial looks better than it is, see [`Tuning::luck`].
    pub luck: Option<f64>,
    pub rows: u64,
    pub folds: usize,
    pub split: SplitPlan,
    pub seed: u64,
    pub seconds: f64,
    pub ended: Ended,
}

impl Tuned {
    /// What is remembered when a trial of a search is kept.
    pub fn of(tuning: &Tuning, trial: &Trial) -> Self {
        Self {
            method: tuning.spec.method,
            metric: tuning.metric.clone(),
            tried: tuning.tried(),
            trial: trial.number,
            best: trial.number == tuning.best,
            score: trial.score,
            margin: trial.margin,
            usual: tuning.usual_trial().and_then(|usual| usual.score),
            guessing: tuning.guessing.map(|guessing| guessing.score),
            luck: tuning.luck(),
            rows: tuning.rows,
            folds: tuning.folds,
            split: tuning.spec.split.clone(),
            seed: tuning.spec.seed,
            seconds: tuning.seconds,
            ended: tuning.ended,
        }
    }

    /// In words: what was searched, what it found, and beside what.
    pub fn sentence(&self) -> String {
        let which = match self.best {
            true => "the best".to_owned(),
            false => format!("number {}", self.trial + 1),
        };
        let mut text = format!(
            "Tuned: {which} of {} tried, {}, seed {}.",
            format::counted(self.tried as u64, "setting"),
            self.method.in_sentence(),
            self.seed
        );
        let metric = metrics::by_id(&self.metric);
        if let (Some(score), Some(metric)) = (self.score, metric) {
            text.push_str(&format!(
                " {} {} on {}",
                metric.name,
                words::score_words(score, self.margin),
                format::counted(self.rows, "row")
            ));
            let beside: Vec<String> = [("own settings", self.usual), ("Guessing", self.guessing)]
                .into_iter()
                .filter_map(|(name, value)| Some(format!("{name} {}", format::number(value?, 3))))
                .collect();
            if !beside.is_empty() {
                text.push_str(&format!("; {}", beside.join(", ")));
            }
            text.push('.');
        }
        if let (Some(luck), true) = (self.luck, self.best) {
            text.push_str(&format!(
                " It looks better than it is, by about {}.",
                format::number(luck, 2)
            ));
        }
        text
    }
}
