//! Every learner keeps the same promises, and agrees with scikit-learn where both do the same.

mod contract;
mod graphs;
mod peers;
mod refusals;
mod tables;

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use benchtop::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use benchtop::base::{ParamKind, Params, Random, TaskContext, UserError};
use benchtop::data::Table;
use benchtop::learn::matrix::{BLANK, RawData, RawFrame};
use benchtop::learn::{
    self, Answers, Feature, FeatureKind, FitContext, Intake, Learner, Matrix, Model, Round, Target,
};
use polars::prelude::{Column, DataFrame, DataType, IntoLazy, NamedFrom, Series, TimeUnit, col};
use serde::Deserialize;
use tract_onnx::pb;
use tract_onnx::prelude::{Framework, InferenceFact, InferenceModelExt, IntoRunnable, Tensor};

pub use graphs::{assert_graph, run_graph};
pub use refusals::damages;

pub use crate::support::must;

fn fit(
    learner: &dyn Learner,
    x: &Matrix,
    y: &Target,
    params: &Params,
) -> Result<Box<dyn Model>, UserError> {
    let task = TaskContext::new();
    learner.fit(x, y, params, &FitContext::new(&task, 1))
}

pub fn predict(model: &dyn Model, x: &Matrix) -> Vec<f64> {
    must(model.predict(x, &TaskContext::new()))
}

// ---- Awkward data --------------------------------------------------------------------------------

pub fn random_matrix(rows: usize, cols: usize, seed: u64) -> Matrix {
    let mut random = Random::new(seed);
    let values = (0..rows * cols)
        .map(|_| f64::from((random.next_f64() * 4.0 - 2.0) as f32))
        .collect();
    must(Matrix::new(rows, cols, values))
}

fn classes(x: &Matrix, count: usize) -> Target {
    let codes = (0..x.rows)
        .map(|row| {
            let sum: f64 = x.row(row).iter().take(2).map(|v| v.clamp(-2.0, 2.0)).sum();
            (((sum + 4.0) / 8.0 * count as f64) as u32).min(count as u32 - 1)
        })
        .collect();
    Target::Classes { codes, count }
}

fn numbers(x: &Matrix) -> Target {
    Target::Numbers(
        (0..x.rows)
            .map(|row| 3.0 + x.row(row).iter().take(3).sum::<f64>())
            .collect(),
    )
}

fn changed(x: &Matrix, change: impl Fn(usize, usize, f64) -> f64) -> Matrix {
    let values = x
        .values
        .iter()
        .enumerate()
        .map(|(place, &value)| change(place / x.cols, place % x.cols, value))
        .collect();
    must(Matrix::new(x.rows, x.cols, values))
}

/// (name, rows to learn from, classes, numbers).
fn awkward() -> Vec<(&'static str, Matrix, Target, Target)> {
    let plain = random_matrix(80, 4, 1);
    let mut cases: Vec<(&'static str, Matrix)> = vec![
        ("plain", plain.clone()),
        ("one row", random_matrix(1, 3, 2)),
        ("two rows", random_matrix(2, 3, 3)),
        ("one column", random_matrix(40, 1, 4)),
        ("wide", random_matrix(50, 500, 5)),
        (
            "constant column",
            changed(&plain, |_, col, v| if col == 1 { 7.0 } else { v }),
        ),
        ("all columns constant", changed(&plain, |_, _, _| 0.1)),
        (
            "collinear",
            changed(&plain, |row, col, v| {
                if col == 2 {
                    2.0 * plain.row(row)[0] - 1.0
                } else {
                    v
                }
            }),
        ),
        (
            "duplicate rows",
            plain.take_rows(&(0..80).map(|row| row % 4).collect::<Vec<_>>()),
        ),
        (
            "huge and tiny",
            changed(&plain, |_, col, v| v * [1e30, 1e-30, 1.0, 3e38][col]),
        ),
        (
            "zeros and ones",
            changed(&plain, |_, _, v| f64::from(u8::from(v > 0.5))),
        ),
    ];
    let mut result: Vec<(&'static str, Matrix, Target, Target)> = cases
        .drain(..)
        .map(|(name, x)| {
            let (c, n) = (classes(&x, 3), numbers(&x));
            (name, x, c, n)
        })
        .collect();
    let one_class = Target::Classes {
        codes: vec![2; 80],
        count: 3,
    };
    result.push((
        "one class, same answer",
        plain.clone(),
        one_class,
        Target::Numbers(vec![5.0; 80]),
    ));
    let two = classes(&plain, 2);
    result.push((
        "huge answers",
        plain.clone(),
        two,
        Target::Numbers((0..80).map(|r| r as f64 * 1e300).collect()),
    ));
    let Target::Classes { codes, .. } = classes(&plain, 2) else {
        panic!("classes")
    };
    let absent = Target::Classes {
        codes: codes.iter().map(|&c| c * 3).collect(),
        count: 5,
    };
    result.push((
        "classes absent",
        plain,
        absent,
        Target::Numbers((0..80).map(|r| r as f64 * 1e-300).collect()),
    ));
    result
}

/// What the learner can learn: answers it would refuse are made ones it does not.
fn tasks_of(learner: &dyn Learner, classes: &Target, numbers: &Target) -> Vec<Target> {
    let able = learner.capabilities();
    let mut tasks = Vec::new();
    if able.classes {
        tasks.push(classes.clone());
    }
    if able.numbers {
        tasks.push(match numbers {
            Target::Numbers(values) => {
                let possible = |value: f64| match able.answers {
                    Answers::Any => value,
                    Answers::NotNegative => value.abs(),
                    Answers::Positive if value == 0.0 => 1.0,
                    Answers::Positive => value.abs(),
                };
                Target::Numbers(values.iter().copied().map(possible).collect())
            }
            Target::Classes { .. } => numbers.clone(),
        });
    }
    tasks
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Every learner, two at a time.
fn every_learner(check: impl Fn(&dyn Learner) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(learner) = learn::REGISTRY.get(next.fetch_add(1, Ordering::Relaxed)) {
            check(*learner);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}

/// Settings that take little work: few rounds, firm penalties, cheap members.
fn quick(learner: &dyn Learner) -> Params {
    let combines = learner.capabilities().combines;
    let mut params = Params::new();
    for spec in learner.params() {
        match spec.kind {
            ParamKind::Integer { min, .. } if ["rounds", "trees", "epochs"].contains(&spec.key) => {
                params.set(spec.key, min.max(3));
            }
            ParamKind::Number { min, .. } if spec.key == "strength" => {
                params.set(spec.key, min.max(0.01));
            }
            ParamKind::Bool if combines => {
                let cheap = ["decision_tree", "k_nearest_neighbours"].contains(&spec.key);
                params.set(spec.key, cheap);
            }
            ParamKind::Choice(_) if combines && spec.key == "model" => {
                params.set(spec.key, "decision_tree");
            }
            _ => {}
        }
    }
    params
}

/// Default settings, but where a learner made of others would fit each on many columns many times.
fn usual(learner: &dyn Learner, x: &Matrix) -> Params {
    if learner.capabilities().combines && x.cols > 100 {
        quick(learner)
    } else {
        Params::new()
    }
}

// ---- scikit-learn --------------------------------------------------------------------------------

#[derive(Deserialize)]
pub struct FixtureMatrix {
    rows: usize,
    cols: usize,
    /// Written with the digits of 32-bit floats.
    values: Vec<f32>,
}

impl FixtureMatrix {
    pub fn matrix(&self) -> Matrix {
        must(Matrix::new(
            self.rows,
            self.cols,
            self.values.iter().map(|&v| f64::from(v)).collect(),
        ))
    }
}

pub fn fixture<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = crate::support::project_file(&format!("tests/fixtures/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[derive(Deserialize)]
pub struct Cases<T> {
    pub cases: Vec<T>,
}

/// Largest difference, relative where the expected value is larger than 1.
pub fn difference(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let each = found
        .iter()
        .zip(expected)
        .map(|(f, e)| (f - e).abs() / e.abs().max(1.0));
    each.fold(0.0, f64::max)
}
