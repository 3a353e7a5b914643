//! Curves for probabilities, Bayes, networks, support vectors and Gaussian processes: compared with
//! scikit-learn, and held to the conditions that define them.

mod bayes;
mod calibration;
mod neighbours;
mod networks;
mod outside_solvers;
mod processes;
mod vectors;

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::learn::engine::gaussian::{self, Sizes};
use benchtop::learn::engine::isotonic::Isotonic;
use benchtop::learn::engine::network::layers::{Answers, Dropout, Input, Passage};
use benchtop::learn::engine::network::optimiser::{Method, Schedule};
use benchtop::learn::engine::network::train::{self, Options, Rows, Watch};
use benchtop::learn::engine::network::{Activation, Loss, Shape};
use benchtop::learn::engine::sigmoid::Sigmoid;
use benchtop::learn::engine::svm::kernel::{self, Kernel, Recent, Whole};
use benchtop::learn::engine::svm::smo::{Problem, Solution};
use benchtop::learn::{self, FitContext, Matrix, Model, Round, Target};
use std::cell::RefCell;

use serde::Deserialize;
use tract_onnx::prelude::Tensor;

use crate::learners::{
    Cases, FixtureMatrix, difference, fixture, must, predict, random_matrix, run_graph,
};

fn column(values: &[f64]) -> Tensor {
    Tensor::from_shape(&[values.len(), 1], values).unwrap_or_else(|e| panic!("{e}"))
}

fn fit_with(
    id: &str,
    x: &Matrix,
    y: &Target,
    weights: Option<&[f64]>,
    params: &Params,
) -> Box<dyn Model> {
    let task = TaskContext::new();
    let context = FitContext {
        weights,
        ..FitContext::new(&task, 1)
    };
    must(must(learn::by_id(id)).fit(x, y, params, &context))
}

/// Two half moons and a number that bends along them.
fn moons(rows: usize, seed: u64) -> (Matrix, Target, Target) {
    let mut random = Random::new(seed);
    let (mut values, mut codes, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let angle = random.next_f64() * std::f64::consts::PI;
        let class = row % 2;
        let side = if class == 0 { 1.0 } else { -1.0 };
        let noise = 0.2 * (random.next_f64() - 0.5);
        values.extend([
            side * angle.cos() + if class == 0 { 0.0 } else { 1.0 },
            side * angle.sin() + if class == 0 { 0.0 } else { 0.5 } + noise,
        ]);
        codes.push(class as u32);
        numbers.push(100.0 + 10.0 * (2.0 * angle).sin());
    }
    let x = must(Matrix::new(rows, 2, values));
    let classes = Target::Classes { codes, count: 2 };
    (x, classes, Target::Numbers(numbers))
}

/// Share of rows whose likeliest class is theirs.
fn accuracy(model: &dyn Model, x: &Matrix, y: &Target) -> f64 {
    let Target::Classes { codes, count } = y else {
        panic!("classes")
    };
    let predicted = predict(model, x);
    let right = predicted
        .chunks_exact(*count)
        .zip(codes)
        .filter(|(p, code)| {
            let best = p.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            best.is_some_and(|(class, _)| class as u32 == **code)
        });
    right.count() as f64 / codes.len() as f64
}

/// Share of the variance of the numbers that a model explains.
fn explained(model: &dyn Model, x: &Matrix, y: &Target) -> f64 {
    let Target::Numbers(values) = y else {
        panic!("numbers")
    };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let predicted = predict(model, x);
    let squares = |of: &dyn Fn(usize) -> f64| (0..values.len()).map(|r| of(r).powi(2)).sum::<f64>();
    1.0 - squares(&|row| values[row] - predicted[row]) / squares(&|row| values[row] - mean)
}
