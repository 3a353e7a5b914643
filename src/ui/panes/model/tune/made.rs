//! What is drawn of a search, made once per trial that was measured.

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::format;
use crate::evaluate::metrics;
use crate::evaluate::tuning::{Coordinates, TrialState, Tuning, coordinates, trials_without_gain};
use crate::ui::widgets::parallel::ParallelState;
use crate::ui::widgets::trial_chart::{TrialDot, TrialKind};

/// Lines of the parallel coordinates at most, the best ones; more could not be told apart.
const MOST_LINES: usize = 600;
/// Settings that are named of a trial under the pointer.
const TOLD: usize = 12;

pub struct Made {
    pub of: Arc<Tuning>,
    pub dots: Vec<TrialDot>,
    /// (trial, best score until then).
    pub best: Vec<(usize, f64)>,
    pub coordinates: Coordinates,
    /// Tries since the last clear gain.
    pub since_gain: usize,
}

impl Made {
    pub fn of(of: Arc<Tuning>) -> Self {
        let dots = of.trials.iter().filter_map(|trial| {
            let kind = match trial.state {
                TrialState::Done if trial.number == of.best => TrialKind::Best,
                TrialState::Done => TrialKind::Whole,
                TrialState::Dropped => TrialKind::Dropped,
                TrialState::Running | TrialState::Failed(_) | TrialState::Stopped => return None,
            };
            Some(TrialDot {
                number: trial.number,
                score: trial.score?,
                margin: trial.margin,
                gap: trial.gap(of.higher_is_better),
                kind,
            })
        });
        let mut coordinates = coordinates(&of);
        if coordinates.lines.len() > MOST_LINES {
            let best: HashSet<usize> = of
                .ranked()
                .iter()
                .take(MOST_LINES)
                .map(|trial| trial.number)
                .collect();
            coordinates.lines.retain(|line| best.contains(&line.trial));
        }
        Self {
            dots: dots.collect(),
            best: of.best_so_far(),
            coordinates,
            since_gain: trials_without_gain(&of.trials, of.higher_is_better),
            of,
        }
    }

    pub fn metric_name(&self) -> &str {
        metrics::by_id(&self.of.metric).map_or(self.of.metric.as_str(), |metric| metric.name)
    }

    pub fn metric_range(&self) -> (f64, f64) {
        metrics::by_id(&self.of.metric).map_or((f64::MIN, f64::MAX), |metric| metric.range)
    }

    /// What is under the axes of the chart.
    pub fn axis_words(&self) -> String {
        let better = match self.of.higher_is_better {
            true => "higher is better",
            false => "lower is better",
        };
        format!(
            "{}, {better}. Every dot is a trial with its 95\u{a0}% interval, the line the best until then, the diamond the best; rings were dropped early, triangles lie off the chart.",
            metric_words(&self.of)
        )
    }

    /// How the lines of the parallel coordinates are to be read.
    pub fn lines_words(&self, state: &ParallelState) -> String {
        let lines = &self.coordinates.lines;
        let mut all = format::counted(lines.len() as u64, "trial");
        if lines.len() < self.dots.len() {
            all = format!("The best {all}");
        }
        if state.brushes.is_empty() {
            return format!(
                "{all}, a line each: the better the thicker and stronger, diamonds the best, dashes dropped early. Drag along an axis to keep a part of it."
            );
        }
        let kept = lines
            .iter()
            .filter(|line| state.keeps(&self.coordinates, line))
            .count();
        format!(
            "{} of {all} pass through what is marked.",
            format::count(kept as u64)
        )
    }

    /// A trial under the pointer.
    pub fn tell(&self, number: usize) -> String {
        let Some(trial) = self.of.trials.get(number) else {
            return String::new();
        };
        let mut text = format!("Trial {}: {}", number + 1, trial.shown_score());
        if number == self.of.best {
            text.push_str(", the best");
        }
        let remark = trial.remark();
        if !remark.is_empty() {
            text.push_str(&format!(", {remark}"));
        }
        if let (Some(training), Some(gap)) = (trial.training, trial.gap(self.of.higher_is_better)) {
            text.push_str(&format!(
                "\nOn practice rows {}, better by {}",
                format::number(training, 3),
                format::number(gap, 2)
            ));
        }
        for dimension in &self.of.space.dimensions {
            if let Some(value) = trial.values.get(&dimension.key) {
                text.push_str(&format!(
                    "\n{}: {}",
                    dimension.label,
                    crate::evaluate::tuning::shown(value)
                ));
            }
            if text.lines().count() > TOLD {
                text.push_str("\n…");
                break;
            }
        }
        text
    }
}

/// The plain name of the metric with the technical one.
pub fn metric_words(of: &Tuning) -> String {
    match metrics::by_id(&of.metric) {
        Some(metric) => crate::ui::widgets::scores::metric_words(metric),
        None => of.metric.clone(),
    }
}
