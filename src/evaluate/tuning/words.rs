//! What is said of trials and searches, for the window and the command line alike.

use super::{Ended, Reference, Trial, TrialState, Tuning, shown};
use crate::base::format;

/// Decimals of a score beyond what its interval justifies: trials are checked on the same folds, so
/// they can be told apart more finely than the interval says.
const FINER: usize = 2;

/// A score with its interval: "0.8312 ± 0.02".
pub(super) fn score_words(score: f64, margin: Option<f64>) -> String {
    match margin {
        Some(margin) => {
            let decimals = format::decimals_for(margin);
            format!(
                "{} ± {}",
                format::fixed(score, decimals + FINER),
                format::fixed(margin, decimals)
            )
        }
        None => format::number(score, 4),
    }
}

impl Ended {
    /// One sentence without a full stop.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Finished => "All trials are done",
            Self::TimeIsUp => "The time is up",
            Self::NothingGained => "Ended early, because the last trials brought no clear gain",
            Self::Stopped => "Stopped; what was finished is kept",
        }
    }
}

impl Reference {
    /// Its score with its interval, with the decimals that this justifies.
    pub fn shown_score(&self) -> String {
        match self.margin {
            Some(margin) => {
                let decimals = format::decimals_for(margin);
                format!(
                    "{} ± {}",
                    format::fixed(self.score, decimals),
                    format::fixed(margin, decimals)
                )
            }
            None => format::number(self.score, 4),
        }
    }
}

impl Trial {
    /// Its score with its interval, or that there is none.
    pub fn shown_score(&self) -> String {
        match self.score {
            Some(score) => score_words(score, self.margin),
            None => "no score".to_owned(),
        }
    }

    /// The settings that are searched: "max_depth 4, prune 0.01".
    pub fn settings_words(&self) -> String {
        let settings: Vec<String> = self
            .values
            .0
            .iter()
            .map(|(key, value)| format!("{key} {}", shown(value)))
            .collect();
        settings.join(", ")
    }

    /// What sets it apart from a trial that is simply done; empty where nothing does.
    pub fn remark(&self) -> String {
        match &self.state {
            _ if self.number == 0 => "own settings".to_owned(),
            TrialState::Dropped => format!("dropped after {}", self.parts_words()),
            TrialState::Failed(error) => error.what.clone(),
            TrialState::Stopped => "not finished".to_owned(),
            TrialState::Running => "running".to_owned(),
            TrialState::Done => String::new(),
        }
    }

    fn parts_words(&self) -> String {
        let parts = format::counted(self.folds.len() as u64, "part");
        if self.share < 1.0 {
            format!("{parts} of {} of the rows", format::share(self.share))
        } else {
            parts
        }
    }
}

impl Tuning {
    /// Trials from the best to the worst: whole ones, then those dropped, not finished, failed.
    pub fn ranked(&self) -> Vec<&Trial> {
        let sign = if self.higher_is_better { -1.0 } else { 1.0 };
        let rank = |trial: &Trial| match (&trial.state, trial.score) {
            (TrialState::Done, Some(score)) => (0, sign * score),
            (TrialState::Dropped, Some(score)) => (1, sign * score),
            (TrialState::Failed(_), _) => (3, 0.0),
            _ => (2, 0.0),
        };
        let mut ranked: Vec<&Trial> = self.trials.iter().collect();
        ranked.sort_by(|a, b| {
            let (a, b) = (rank(a), rank(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        ranked
    }

    /// Whether the best settings are worth having, in words.
    pub fn verdict(&self) -> String {
        if self.best == 0 {
            return "The learner's own settings were the best ones tried.".to_owned();
        }
        match self.gain() {
            Some((mean, margin)) if mean > margin => {
                "Clearly better than the learner's own settings.".to_owned()
            }
            Some(_) => "Not clearly better than the learner's own settings: other rows could turn it round."
                .to_owned(),
            None => "Better than the learner's own settings in this one comparison.".to_owned(),
        }
    }

    /// What the score of the best trial is worth, in words.
    pub fn caution(&self) -> String {
        let tried = format::counted(self.tried() as u64, "setting");
        let Some((best, luck)) = self
            .best_trial()
            .and_then(|best| Some((best, self.luck()?)))
        else {
            return format!("Chosen as the best of {tried}, so its score looks better than it is.");
        };
        let decimals = format::decimals_for(best.margin.unwrap_or(luck).max(luck / 2.0));
        let score = best.score.unwrap_or(f64::NAN);
        let expected = if self.higher_is_better {
            score - luck
        } else {
            score + luck
        };
        format!(
            "Chosen as the best of {tried} on the same rows, so {} looks better than it is, by about {} (Tibshirani and Tibshirani 2009); expect about {}.",
            format::fixed(score, decimals),
            format::fixed(luck, decimals),
            format::fixed(expected, decimals)
        )
    }
}
