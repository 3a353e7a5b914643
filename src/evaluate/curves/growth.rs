//! Curves that need fits of their own: more rows to learn from (learning curve), or another value of
//! a setting (validation curve). What is checked stays the same along the curve.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::cross_validation::{self, RunSpec};
use super::super::metrics::MetricValue;
use super::super::split::split_prepared;
use super::super::tuning::{Dimension, Narrowing, Space};
use crate::base::{ParamValue, Params, TaskContext, UserError, format};
use crate::learn::{self, Task, prepare};
use crate::pipeline::Prepared;

/// Which curve of which run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrowthSpec {
    pub run: RunSpec,
    pub along: Along,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "along")]
pub enum Along {
    /// Learning curve: shares of the rows to learn from, above 0 to 1.
    Rows { shares: Vec<f64> },
    /// Validation curve: values of one setting of the learner, or of the preparation.
    Setting {
        key: String,
        values: Vec<ParamValue>,
    },
}

/// Where a point is on its curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Share(f64),
    Value(ParamValue),
}

/// One point: the scores of all rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrowthPoint {
    pub at: Place,
    /// Mean over the rounds.
    pub rows_trained: f64,
    /// Metric id → score on the rows learned from, mean over the rounds.
    pub trained: BTreeMap<String, f64>,
    /// Metric id → score on the check rows, with its interval. At the full share, or at the value the
    /// run has, this is what cross-validation says.
    pub checked: BTreeMap<String, MetricValue>,
    pub fit_seconds: f64,
}

/// Runs the curve, telling of each point as it is done. Smaller shares are part of larger ones. Of
/// each class the same share is taken; where rows are divided by time, the latest rows are.
///
/// Errors: no point, a share out of range, a setting that is not there or a value it does not take,
/// and whatever a fit says.
pub fn grow(
    prepared: &Prepared,
    spec: &GrowthSpec,
    task: &TaskContext,
    on_point: &mut dyn FnMut(&GrowthPoint),
) -> Result<Vec<GrowthPoint>, UserError> {
    let steps = steps(spec)?;
    let rows = prepared.eligible_rows();
    let truth = prepared.target_for(&rows);
    let run = &spec.run;
    let folds = split_prepared(prepared, &run.split, run.folds, run.seed, task)?;
    let count = (steps.len() * folds.count) as u64;
    let mut points = Vec::with_capacity(steps.len());
    for (at, run, share) in steps {
        let mut runner = cross_validation::Rounds::new(prepared, &run, &rows, &truth, &folds);
        let mut trained: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for round in 0..folds.count {
            task.check()?;
            let done = points.len() * folds.count + round;
            task.progress(done as u64, count, "Fitting the curve");
            let learned = folds.some_of_train(round, share, &truth, run.seed);
            let fitted = runner.run(round, &learned, &mut |_| {}, task)?;
            for (id, score) in runner.scores_of(&fitted, &learned, task)? {
                trained.entry(id).or_default().push(score);
            }
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let finished = runner.finish(task)?;
        let sizes: Vec<f64> = finished
            .rounds
            .iter()
            .map(|round| round.rows_trained as f64)
            .collect();
        let point = GrowthPoint {
            at,
            rows_trained: mean(&sizes),
            trained: trained
                .into_iter()
                .map(|(id, scores)| (id, mean(&scores)))
                .collect(),
            checked: finished.scores,
            fit_seconds: finished.rounds.iter().map(|round| round.fit_seconds).sum(),
        };
        on_point(&point);
        points.push(point);
    }
    Ok(points)
}

/// The rows behind a point: those learned from in the first round. Along a setting these are the
/// same for every point.
pub fn rows_learned(
    prepared: &Prepared,
    spec: &GrowthSpec,
    point: usize,
    task: &TaskContext,
) -> Result<Vec<u32>, UserError> {
    let share = steps(spec)?.get(point).map_or(1.0, |(_, _, share)| *share);
    let rows = prepared.eligible_rows();
    let truth = prepared.target_for(&rows);
    let run = &spec.run;
    let folds = split_prepared(prepared, &run.split, run.folds, run.seed, task)?;
    let learned = folds.some_of_train(0, share, &truth, run.seed);
    let ids = learned.iter().filter_map(|&place| rows.get(place).copied());
    Ok(ids.collect())
}

/// Shares of a learning curve where nobody says others.
pub const SHARES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 1.0];
/// Values of a validation curve besides the one in use.
const VALUES: usize = 6;

/// Settings of a learner that a validation curve can go along, those of numbers first: key and name.
pub fn settings_of(learner: &str, task: &Task) -> Vec<(String, String)> {
    let mut dimensions = dimensions_of(learner, task);
    dimensions.sort_by_key(|dimension| dimension.range.is_choice());
    dimensions
        .into_iter()
        .map(|dimension| (dimension.key, dimension.label))
        .collect()
}

fn dimensions_of(learner: &str, task: &Task) -> Vec<Dimension> {
    let space = learn::by_id(learner)
        .and_then(|learner| Space::of(learner, task, &Params::new(), &Narrowing::default()));
    // One that depends on another setting has no curve of its own.
    let dimensions = space.map_or_else(|_| Vec::new(), |space| space.dimensions);
    let alone = dimensions.into_iter().filter(|one| one.when.is_none());
    alone.collect()
}

/// Values spread over what is searched when the setting is tuned, with the one in use among them,
/// from low to high. Empty where the learner has no such setting.
pub fn values_of(learner: &str, task: &Task, params: &Params, key: &str) -> Vec<ParamValue> {
    let dimensions = dimensions_of(learner, task);
    let Some(dimension) = dimensions.iter().find(|dimension| dimension.key == key) else {
        return Vec::new();
    };
    let range = &dimension.range;
    if range.is_choice() {
        return range.choices().to_vec();
    }
    let mut values: Vec<ParamValue> = (0..VALUES)
        .map(|step| range.value(step as f64 / (VALUES - 1) as f64))
        .collect();
    let own = learn::by_id(learner).map(|learner| Params::defaults(learner.params()));
    let own = params
        .get(key)
        .cloned()
        .or_else(|| own.ok()?.get(key).cloned());
    values.extend(own.filter(|value| number(value).is_finite()));
    values.sort_by(|a, b| number(a).total_cmp(&number(b)));
    values.dedup_by(|a, b| number(a) == number(b));
    values
}

fn number(value: &ParamValue) -> f64 {
    match value {
        ParamValue::Integer(value) => *value as f64,
        ParamValue::Number(value) => *value,
        _ => f64::NAN,
    }
}

/// Per point: where it is, what is run, and the share of rows learned from.
fn steps(spec: &GrowthSpec) -> Result<Vec<(Place, RunSpec, f64)>, UserError> {
    let steps: Vec<(Place, RunSpec, f64)> = match &spec.along {
        Along::Rows { shares } => {
            if let Some(wrong) = shares.iter().find(|&&share| !(share > 0.0 && share <= 1.0)) {
                return Err(UserError::usage(
                    "share_out_of_range",
                    "The shares of a learning curve lie above 0 and up to 1",
                    format!("{} was asked for", format::number(*wrong, 3)),
                ));
            }
            shares
                .iter()
                .map(|&share| (Place::Share(share), spec.run.clone(), share))
                .collect()
        }
        Along::Setting { key, values } => values
            .iter()
            .map(|value| {
                let run = with_setting(&spec.run, key, value)?;
                Ok((Place::Value(value.clone()), run, 1.0))
            })
            .collect::<Result<_, UserError>>()?,
    };
    if steps.is_empty() {
        return Err(UserError::usage(
            "no_points",
            "The curve has no points",
            "At least one share or value is needed",
        ));
    }
    Ok(steps)
}

fn with_setting(run: &RunSpec, key: &str, value: &ParamValue) -> Result<RunSpec, UserError> {
    let mut run = run.clone();
    let learner = learn::by_id(&run.learner)?;
    match learner.params().iter().find(|spec| spec.key == key) {
        Some(spec) => run.params.set(key, spec.check_value(value)?),
        None => {
            let value = prepare::setting(key)?.check_value(value)?;
            run.preparation.set(key, value);
        }
    }
    Ok(run)
}
