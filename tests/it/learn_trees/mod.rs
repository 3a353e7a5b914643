//! The histogram trees: every split is the one that trying everything finds, results do not depend
//! on threads, and whole models agree with LightGBM and scikit-learn where both do the same.

mod blanks;
mod boosting;
mod everywhere;
mod forests;
mod peers;
mod splits;

use std::sync::Mutex;

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::{Params, Random, TaskContext};
use benchtop::learn::engine::hist::bins::{BinCache, MOST_BINS, bins_of};
use benchtop::learn::engine::hist::fixed::Scale;
use benchtop::learn::engine::hist::grow::{GrowOptions, Grower, GrownTree, Order, TreeData};
use benchtop::learn::engine::hist::split::SplitRule;
use benchtop::learn::{self, Feature, FeatureKind, FitContext, Matrix, Model, Round, Target};
use serde::Deserialize;
use tract_onnx::prelude::Tensor;

use crate::learners::{must, predict, run_graph};

// ---- Tables --------------------------------------------------------------------------------------

/// Number columns with few different values, then category columns, blanks in all of them.
fn mixed(rows: usize, numbers: usize, categories: usize, seed: u64) -> (Matrix, Vec<Feature>) {
    let mut random = Random::new(seed);
    let mut values = Vec::new();
    for _ in 0..rows {
        for column in 0..numbers + categories {
            let blank = column % 2 == 1 && random.below(8) == 0;
            let value = if column < numbers {
                random.below(12) as f64 * 0.5 - 2.0
            } else {
                random.below(7) as f64
            };
            values.push(if blank { f64::NAN } else { value });
        }
    }
    let features = (0..numbers + categories)
        .map(|column| Feature {
            name: format!("c{column}"),
            kind: if column < numbers {
                FeatureKind::Number
            } else {
                FeatureKind::Category { levels: 9 }
            },
        })
        .collect();
    (
        must(Matrix::new(rows, numbers + categories, values)),
        features,
    )
}

fn known(value: f64) -> f64 {
    if value.is_nan() { 0.3 } else { value }
}

fn number_answers(x: &Matrix, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..x.rows)
        .map(|row| {
            let of = x.row(row);
            let bend = f64::from(u8::from(known(of[0]) > 0.0)) * known(of[1]);
            bend + known(of[of.len() - 1]).sin() + random.next_f64()
        })
        .collect()
}

fn class_answers(x: &Matrix, classes: usize, seed: u64) -> Vec<u32> {
    let answers = number_answers(x, seed);
    let mut sorted = answers.clone();
    sorted.sort_by(f64::total_cmp);
    let class = |answer: f64| {
        let below = sorted.partition_point(|value| *value < answer);
        (below * classes / sorted.len()) as u32
    };
    answers.into_iter().map(class).collect()
}

fn fit(
    id: &str,
    x: &Matrix,
    y: &Target,
    params: &Params,
    context: &FitContext<'_>,
) -> Box<dyn Model> {
    must(must(learn::by_id(id)).fit(x, y, params, context))
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

// ---- The same everywhere -------------------------------------------------------------------------

fn targets(x: &Matrix) -> Vec<Target> {
    vec![
        Target::Numbers(number_answers(x, 5)),
        Target::Classes {
            codes: class_answers(x, 2, 6),
            count: 2,
        },
        Target::Classes {
            codes: class_answers(x, 4, 7),
            count: 4,
        },
    ]
}

const FORESTS: [&str; 2] = ["extra_trees", "random_forest"];
const ALL: [&str; 3] = ["extra_trees", "gradient_boosting", "random_forest"];

fn small(id: &str) -> Params {
    if id == "gradient_boosting" {
        Params::new().with("rounds", 12_i64)
    } else {
        Params::new().with("trees", 12_i64)
    }
}
