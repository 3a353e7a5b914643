//! Where good settings are looked for, described as data beside the settings themselves.
//!
//! The range of a [`ParamSpec`](super::ParamSpec) says what is possible; a [`SearchSpec`] says what
//! is worth trying. It is narrower, and it knows on which scale a setting acts.

use serde::{Deserialize, Serialize};

/// Where one setting is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SearchSpec {
    /// Key of the setting.
    pub key: &'static str,
    pub range: SearchRange,
    /// The setting acts only there; elsewhere it is not searched.
    pub when: Option<SearchWhen>,
    pub task: SearchTask,
}

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchRange {
    /// Ends included.
    Integer {
        min: i64,
        max: i64,
        scale: SearchScale,
    },
    Number {
        min: f64,
        max: f64,
        scale: SearchScale,
    },
    Choice(&'static [&'static str]),
    Bool,
}

/// On which scale equal steps matter equally.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchScale {
    Linear,
    Logarithmic,
    /// ln(1 + value / unit): logarithmic far above `unit`, and 0 belongs to it.
    FromZero {
        unit: f64,
    },
}

impl SearchScale {
    pub fn forward(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic => value.ln(),
            Self::FromZero { unit } => (value / unit).ln_1p(),
        }
    }

    /// The inverse of [`Self::forward`].
    pub fn backward(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Logarithmic => place.exp(),
            Self::FromZero { unit } => unit * place.exp_m1(),
        }
    }
}

/// A condition on another setting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SearchWhen {
    /// A setting that is a choice, or a yes or no ("true", "false").
    pub key: &'static str,
    pub among: &'static [&'static str],
}

/// For which task a setting acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchTask {
    Any,
    Classes,
    Numbers,
}

impl SearchSpec {
    const fn of(key: &'static str, range: SearchRange) -> Self {
        Self {
            key,
            range,
            when: None,
            task: SearchTask::Any,
        }
    }

    pub const fn integer(key: &'static str, min: i64, max: i64) -> Self {
        let scale = SearchScale::Linear;
        Self::of(key, SearchRange::Integer { min, max, scale })
    }

    pub const fn number(key: &'static str, min: f64, max: f64) -> Self {
        let scale = SearchScale::Linear;
        Self::of(key, SearchRange::Number { min, max, scale })
    }

    pub const fn choice(key: &'static str, among: &'static [&'static str]) -> Self {
        Self::of(key, SearchRange::Choice(among))
    }

    pub const fn yes_or_no(key: &'static str) -> Self {
        Self::of(key, SearchRange::Bool)
    }

    #[must_use]
    pub const fn logarithmic(self) -> Self {
        self.scaled(SearchScale::Logarithmic)
    }

    #[must_use]
    pub const fn from_zero(self, unit: f64) -> Self {
        self.scaled(SearchScale::FromZero { unit })
    }

    const fn scaled(mut self, new: SearchScale) -> Self {
        self.range = match self.range {
            SearchRange::Integer { min, max, .. } => SearchRange::Integer {
                min,
                max,
                scale: new,
            },
            SearchRange::Number { min, max, .. } => SearchRange::Number {
                min,
                max,
                scale: new,
            },
            other => other,
        };
        self
    }

    #[must_use]
    pub const fn when(mut self, key: &'static str, among: &'static [&'static str]) -> Self {
        self.when = Some(SearchWhen { key, among });
        self
    }

    #[must_use]
    pub const fn only_for(mut self, task: SearchTask) -> Self {
        self.task = task;
        self
    }
}
