//! Which learners to train, by what a person wants of them.

use serde::{Deserialize, Serialize};

use crate::base::Params;
use crate::learn::{self, Learner, Task};

/// A purpose, with the learners and settings that serve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Models a person can read.
    Simple,
    /// A few of different kinds.
    Balanced,
    /// More kinds, and the settings of the best ones searched until the time is up.
    Best,
}

/// Minutes that are spent unless somebody says otherwise.
pub const MINUTES: f64 = 5.0;
/// The complexity up to which a suggested learner counts as readable.
const READABLE: u8 = 2;
/// Questions in a row of the tree of the first preset: as many as a person takes in at a glance.
const GLANCE: i64 = 4;
/// Learners besides the suggested ones that the last preset tries: slower, and often a little
/// better.
const MORE: &[&str] = &["extra_trees", "explainable_boosting"];

impl Preset {
    pub const ALL: [Self; 3] = [Self::Simple, Self::Balanced, Self::Best];

    pub fn id(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Balanced => "balanced",
            Self::Best => "best",
        }
    }

    /// Sentence case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple => "Simple first",
            Self::Balanced => "Balanced",
            Self::Best => "Best in time",
        }
    }

    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.id() == id)
    }

    pub fn tunes(self) -> bool {
        self == Self::Best
    }

    /// What it trains and why, one sentence. `models`: names in the order they are trained.
    pub fn sentence(self, models: &[&str], minutes: f64) -> String {
        let named = match models {
            [] => "the yardsticks".to_owned(),
            _ => crate::base::format::list(models).to_lowercase(),
        };
        match self {
            Self::Simple => {
                format!("Trains {named}: models you can read, done soon, and often as good as any.")
            }
            Self::Balanced => format!(
                "Trains {named}: a few of different kinds, so that one of them suits most tables."
            ),
            Self::Best => format!(
                "Trains {named}, then searches better settings for those in front until {} are up. How far it gets depends on the computer.",
                crate::base::format::minutes(minutes)
            ),
        }
    }

    /// Learners besides the yardsticks, the simplest first, with the settings that differ from their
    /// own. `lowest`: the smallest answer, where numbers are predicted.
    pub fn learners(self, task: &Task, lowest: Option<f64>) -> Vec<(&'static str, Params)> {
        let mut chosen: Vec<&'static dyn Learner> = learn::suited(task, lowest)
            .filter(|learner| self.takes(*learner))
            .collect();
        chosen.sort_by_key(|learner| learner.capabilities().complexity);
        let params = |learner: &dyn Learner| match self {
            Self::Simple if learner.capabilities().one_tree => {
                Params::new().with("max_depth", GLANCE)
            }
            _ => Params::new(),
        };
        chosen
            .into_iter()
            .map(|learner| (learner.id(), params(learner)))
            .collect()
    }

    fn takes(self, learner: &dyn Learner) -> bool {
        let can = learner.capabilities();
        if can.yardstick {
            return false;
        }
        match self {
            Self::Simple => can.suggested && can.complexity <= READABLE,
            Self::Balanced => can.suggested,
            Self::Best => can.suggested || MORE.contains(&learner.id()),
        }
    }
}
