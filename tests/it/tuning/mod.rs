//! Tuning: spaces of every learner, searches on functions whose best point is known, what is kept
//! when it is stopped, and what is said about the result.

mod learners;
mod said;
mod searches;
mod spaces;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use benchtop::base::search::{SearchRange, SearchScale, SearchTask};
use benchtop::base::{Fingerprint, ParamKind, ParamValue, Params, Random, TaskContext, UserError};
use benchtop::data::Table;
use benchtop::data::table::{NewColumn, NewValues};
use benchtop::evaluate::tuning::{Dimension, When};
use benchtop::evaluate::tuning::{
    Ended, FoldScore, Narrowing, NestedEvent, Objective, Outcome, Range, SearchMethod, Space,
    TrialState, TuneEvent, TuneSpec, Tuning, coordinates, importance, nested, optimise, rounds,
    tune_prepared,
};
use benchtop::evaluate::{RunSpec, SplitPlan, cross_validate_prepared};
use benchtop::learn::{self, Learner, Task};
use benchtop::pipeline::{self, LearningPlan};

fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

fn quiet(_: TuneEvent) {}

// ---- Functions whose best point is known ---------------------------------------------------------

fn number(key: &str, min: f64, max: f64) -> Dimension {
    Dimension {
        key: key.to_owned(),
        label: key.to_owned(),
        range: Range::Number {
            min,
            max,
            scale: SearchScale::Linear,
        },
        when: None,
        usual: 0.5,
    }
}

fn whole(key: &str, min: i64, max: i64) -> Dimension {
    Dimension {
        range: Range::Integer {
            min,
            max,
            scale: SearchScale::Linear,
        },
        ..number(key, 0.0, 1.0)
    }
}

fn choice(key: &str, values: &[&str], when: Option<When>) -> Dimension {
    Dimension {
        range: Range::Choice(values.iter().map(|&value| value.into()).collect()),
        when,
        usual: 0.0,
        ..number(key, 0.0, 1.0)
    }
}

/// A function of the settings on some folds; smaller is better.
struct Function<F> {
    folds: usize,
    rows: u64,
    value: F,
}

impl<F: Fn(&Params) -> f64 + Sync> Function<F> {
    fn of(value: F) -> Self {
        Self {
            folds: 1,
            rows: 100,
            value,
        }
    }
}

/// The same on every fold but for a little that depends on the fold.
fn fold_noise(fold: usize) -> f64 {
    [0.03, -0.01, 0.02, -0.04, 0.0][fold % 5]
}

impl<F: Fn(&Params) -> f64 + Sync> Objective for Function<F> {
    fn folds(&self) -> usize {
        self.folds
    }

    fn higher_is_better(&self) -> bool {
        false
    }

    fn rows(&self) -> u64 {
        self.rows
    }

    fn evaluate(
        &self,
        params: &Params,
        fold: usize,
        _: f64,
        task: &TaskContext,
    ) -> Result<FoldScore, UserError> {
        task.check()?;
        let value = (self.value)(params);
        if value.is_nan() {
            return Err(UserError::failed(
                "planted",
                "This setting fails",
                "It was planted",
            ));
        }
        let noise = if self.folds > 1 {
            fold_noise(fold)
        } else {
            0.0
        };
        Ok(FoldScore {
            fold,
            score: Some(value + noise),
            training: Some(value - 0.1),
            rows_trained: self.rows,
            rows_checked: self.rows / 4,
            fit_seconds: 0.0,
            predict_seconds: 0.0,
        })
    }
}

fn tune_spec(method: SearchMethod, trials: usize, seed: u64) -> TuneSpec {
    TuneSpec {
        method,
        trials,
        seed,
        patience: 0,
        ..TuneSpec::new("decision_tree")
    }
}

fn search(
    space: &Space,
    method: SearchMethod,
    trials: usize,
    seed: u64,
    function: &dyn Objective,
) -> Outcome {
    let spec = tune_spec(method, trials, seed);
    must(optimise(
        function,
        space,
        &spec,
        1,
        &TaskContext::new(),
        &quiet,
    ))
}

fn best(outcome: &Outcome) -> f64 {
    outcome.trials[outcome.best.unwrap()].score.unwrap()
}

/// A. Branin, IBM Journal of Research and Development 16 (1972); smallest value 0.397887.
fn branin(params: &Params) -> f64 {
    use std::f64::consts::PI;
    let (x, y) = (params.number("x"), params.number("y"));
    let bend = y - 5.1 / (4.0 * PI * PI) * x * x + 5.0 / PI * x - 6.0;
    bend * bend + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x.cos() + 10.0
}

fn branin_space() -> Space {
    Space {
        dimensions: vec![number("x", -5.0, 10.0), number("y", 0.0, 15.0)],
        fixed: Params::new(),
    }
}

/// Three kinds, each with a setting of its own; the best is 0.1 at kind b, b 0.7, common 0.2.
fn conditional(params: &Params) -> f64 {
    let common = (params.number("common") - 0.2).powi(2);
    let own = match params.text("kind") {
        "a" => 0.4 + (params.number("a") - 0.3).powi(2),
        "b" => 0.1 + (params.number("b") - 0.7).powi(2),
        _ => 0.8,
    };
    own + common
}

/// The same, but the best kind is the best one in a narrow place only, and bad elsewhere.
fn deceiving(params: &Params) -> f64 {
    let common = (params.number("common") - 0.2).powi(2);
    match params.text("kind") {
        "b" => 0.1 + 3.0 * (params.number("b") - 0.7).abs() + common,
        _ => conditional(params),
    }
}

fn conditional_space() -> Space {
    let only = |kind: usize| {
        Some(When {
            dimension: 0,
            among: vec![kind],
        })
    };
    Space {
        dimensions: vec![
            choice("kind", &["a", "b", "c"], None),
            Dimension {
                when: only(0),
                ..number("a", 0.0, 1.0)
            },
            Dimension {
                when: only(1),
                ..number("b", 0.0, 1.0)
            },
            number("common", 0.0, 1.0),
        ],
        fixed: Params::new(),
    }
}

const SEEDS: u64 = 20;

/// Mean over fixed seeds of the best value after so many trials.
fn mean_best(space: &Space, method: SearchMethod, trials: usize, f: &dyn Objective) -> f64 {
    let sum: f64 = (0..SEEDS)
        .map(|seed| best(&search(space, method, trials, seed, f)))
        .sum();
    sum / SEEDS as f64
}

fn folded<F: Fn(&Params) -> f64 + Sync>(value: F) -> Function<F> {
    Function {
        folds: 5,
        ..Function::of(value)
    }
}
