//! The ranking of one run by one metric. Comparing is not free, so it is kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::ids::ModelId;
use crate::evaluate::{Comparison, Metric, MetricValue, RunResult, Standing, compare};
use crate::learn;
use crate::project::Run;
use crate::ui::widgets::scores::{NamedYardstick, ScoreAxis, distance_words};

/// A yardstick is compared with, never used.
pub fn is_yardstick(learner: &str) -> bool {
    learn::by_id(learner).is_ok_and(|learner| learner.capabilities().yardstick)
}

pub fn name_of(learner: &str) -> &str {
    learn::by_id(learner).map_or(learner, |learner| learner.name())
}

/// One model with everything its row shows.
pub struct Place {
    pub standing: Standing,
    pub name: String,
    pub note: &'static str,
    pub value: MetricValue,
    pub seconds: f64,
    /// It leads the ranking.
    pub best: bool,
}

impl Place {
    /// How far the score is from the best one: "0.003 ± 0.023 less".
    pub fn distance(&self) -> String {
        let standing = &self.standing;
        distance_words(standing.difference_to_best, standing.difference_margin)
    }
}

/// Why a model has no such score: "not defined: every row is of one class".
pub fn not_defined(result: &RunResult, metric: &Metric) -> String {
    match result.not_defined.get(metric.id) {
        Some(why) => {
            let mut letters = why.chars();
            let first = letters.next().map(|first| first.to_lowercase().to_string());
            format!(
                "not defined: {}{}",
                first.unwrap_or_default(),
                letters.as_str()
            )
        }
        None => "not defined for these rows".to_owned(),
    }
}

pub struct Ranking {
    pub comparison: Comparison,
    pub tied: Vec<Place>,
    pub behind: Vec<Place>,
    pub yardsticks: Vec<Place>,
    pub axis: ScoreAxis,
    /// Learners without this score: (name, why).
    pub unranked: Vec<(String, String)>,
}

impl Ranking {
    fn of(run: &Run, metric: &'static Metric, hidden: &BTreeSet<String>) -> Self {
        let results: Vec<RunResult> = run
            .results
            .iter()
            .filter(|result| !hidden.contains(&result.learner))
            .cloned()
            .collect();
        let comparison = compare(&results, metric.id);
        let mut values = Vec::new();
        let (mut tied, mut behind, mut yardsticks) = (Vec::new(), Vec::new(), Vec::new());
        for (index, standing) in comparison.standings.iter().enumerate() {
            let Some(result) = results.get(standing.run) else {
                continue;
            };
            let Some(value) = result.scores.get(metric.id) else {
                continue;
            };
            values.extend([value.lower, value.upper]);
            values.extend(&value.folds);
            let place = Place {
                standing: standing.clone(),
                name: name_of(&standing.learner).to_owned(),
                note: learn::by_id(&standing.learner).map_or("", |learner| learner.readability()),
                value: value.clone(),
                seconds: result.fit_seconds + result.predict_seconds,
                best: index == 0,
            };
            if standing.yardstick {
                yardsticks.push(place);
            } else if standing.tied {
                tied.push(place);
            } else {
                behind.push(place);
            }
        }
        let unranked = results
            .iter()
            .filter(|result| !result.scores.contains_key(metric.id))
            .map(|result| {
                (
                    name_of(&result.learner).to_owned(),
                    not_defined(result, metric),
                )
            })
            .chain(
                run.failures
                    .iter()
                    .map(|(learner, error)| (name_of(learner).to_owned(), error.what.clone())),
            )
            .collect();
        Self {
            tied,
            behind,
            yardsticks,
            axis: ScoreAxis::of(metric, values),
            unranked,
            comparison,
        }
    }

    pub fn standing(&self, learner: &str) -> Option<&Standing> {
        self.comparison
            .standings
            .iter()
            .find(|standing| standing.learner == learner)
    }

    pub fn place(&self, learner: &str) -> Option<&Place> {
        self.all().find(|place| place.standing.learner == learner)
    }

    pub fn all(&self) -> impl Iterator<Item = &Place> {
        self.tied.iter().chain(&self.behind).chain(&self.yardsticks)
    }

    /// The recommended learner, else the best that is no yardstick.
    pub fn first_choice(&self) -> Option<String> {
        self.comparison.recommended.clone().or_else(|| {
            let first = self
                .tied
                .iter()
                .chain(&self.behind)
                .chain(&self.yardsticks)
                .next();
            first.map(|place| place.standing.learner.clone())
        })
    }

    /// The best after the best one, which may be a yardstick where one leads or follows.
    pub fn runner_up(&self) -> Option<&Place> {
        let second = self.comparison.standings.get(1)?;
        self.place(&second.learner)
    }

    /// Models and yardsticks in the ranking.
    pub fn counts(&self) -> (usize, usize) {
        (self.tied.len() + self.behind.len(), self.yardsticks.len())
    }

    pub fn named_yardsticks(&self) -> Vec<NamedYardstick> {
        self.yardsticks
            .iter()
            .filter_map(|place| {
                Some(NamedYardstick {
                    name: learn::by_id(&place.standing.learner).ok()?.name(),
                    value: place.value.mean,
                    dotted: place.standing.learner == "guessing",
                })
            })
            .collect()
    }
}

/// The ranking drawn last.
#[derive(Default)]
pub struct Cache {
    held: Option<(Key, Arc<Ranking>)>,
}

#[derive(PartialEq)]
struct Key {
    run: ModelId,
    trained_at: u64,
    metric: &'static str,
    hidden: BTreeSet<String>,
}

impl Cache {
    pub fn of(
        &mut self,
        run: &Run,
        metric: &'static Metric,
        hidden: &BTreeSet<String>,
    ) -> Arc<Ranking> {
        let key = Key {
            run: run.id,
            trained_at: run.trained_at,
            metric: metric.id,
            hidden: hidden.clone(),
        };
        if let Some((held, ranking)) = &self.held
            && *held == key
        {
            return ranking.clone();
        }
        let ranking = Arc::new(Ranking::of(run, metric, hidden));
        self.held = Some((key, ranking.clone()));
        ranking
    }
}
