//! What learners share: trees, neighbours, least squares, softmax, and the checks of saved models.

pub mod additive;
pub mod amounts;
pub mod bayes;
pub mod blend;
pub mod cart;
pub mod dense;
pub mod directions;
pub mod discriminant;
pub mod effort;
pub mod ensemble;
pub mod folds;
pub mod gaussian;
pub mod glm;
pub mod hist;
pub mod huber;
pub mod inference;
pub mod isolation;
pub mod isotonic;
pub mod kd_tree;
pub mod least_squares;
pub mod line;
pub mod linfa;
pub mod minimise;
pub mod network;
pub mod pack;
pub mod partial_least_squares;
pub mod penalised;
pub mod present;
pub mod prune;
pub mod quantile;
pub mod rows;
pub mod saved;
pub mod scores;
pub mod sigmoid;
pub mod size_penalty;
pub mod softmax;
pub mod sparse_softmax;
pub mod standard;
pub mod svm;
pub mod symmetric;
pub mod tree;
pub mod unit_size;
pub mod wide;

use crate::base::UserError;
use crate::base::graph::{Constant, Graph, Value};
use crate::learn::{Matrix, Target};

/// The same row for every row of `x`: a product with zeros makes it as long as `x`.
/// `x`: [rows, features], finite. The result: [rows, values].
pub fn constant_rows(graph: &mut Graph, x: &Value, features: usize, values: &[f64]) -> Value {
    let zeros = graph.constant(
        &[features, values.len()],
        Constant::Double(vec![0.0; features * values.len()]),
    );
    let row = graph.constant(&[1, values.len()], Constant::Double(values.to_vec()));
    let nothing = graph.op("MatMul", &[x, &zeros], Vec::new());
    graph.op("Add", &[&nothing, &row], Vec::new())
}

/// Refuses what no learner can use: no rows, rows that do not match the answers, class numbers out
/// of range, numbers that are not finite.
pub fn check_training_data(x: &Matrix, y: &Target) -> Result<(), UserError> {
    check_shape(x, y)?;
    check_values(x, f64::is_finite)?;
    check_answers(y)
}

fn check_shape(x: &Matrix, y: &Target) -> Result<(), UserError> {
    if x.rows == 0 {
        return Err(UserError::input(
            "no_rows",
            "There is nothing to learn from",
            "No row with an answer is left".to_owned(),
        ));
    }
    if x.rows != y.len() || x.values.len() != x.rows * x.cols {
        return Err(UserError::failed(
            "training_shape",
            "Rows and answers do not belong together",
            format!("{} rows, {} answers", x.rows, y.len()),
        ));
    }
    Ok(())
}

/// As [`check_training_data`], for learners that take blanks as they are (NaN).
pub fn check_native_training_data(x: &Matrix, y: &Target) -> Result<(), UserError> {
    check_shape(x, y)?;
    check_values(x, |value| !value.is_infinite())?;
    check_answers(y)
}

fn check_values(x: &Matrix, possible: impl Fn(f64) -> bool) -> Result<(), UserError> {
    match x.values.iter().position(|&value| !possible(value)) {
        None => Ok(()),
        Some(place) => Err(UserError::failed(
            "not_finite",
            "A value to learn from is not a number",
            format!(
                "Row {}, feature {}",
                place / x.cols.max(1) + 1,
                place % x.cols.max(1) + 1
            ),
        )),
    }
}

fn check_answers(y: &Target) -> Result<(), UserError> {
    match y {
        Target::Numbers(values) => {
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                return Err(UserError::failed(
                    "not_finite",
                    "An answer is not a number",
                    format!("Row {}", row + 1),
                ));
            }
        }
        Target::Classes { codes, count } => {
            if codes.iter().any(|&code| code as usize >= *count) {
                return Err(UserError::failed(
                    "class_out_of_range",
                    "An answer is none of the classes",
                    format!("There are {count} classes"),
                ));
            }
        }
    }
    Ok(())
}

/// Refuses a matrix of another width than the model was trained with.
pub fn check_width(x: &Matrix, features: usize) -> Result<(), UserError> {
    if x.cols == features && x.values.len() == x.rows * x.cols {
        return Ok(());
    }
    Err(UserError::failed(
        "feature_count",
        "The rows do not fit the model",
        format!(
            "The model expects {features} features and was given {}",
            x.cols
        ),
    ))
}

/// The answers as classes, or why this learner cannot learn them.
pub fn classes_only<'a>(y: &'a Target, learner: &str) -> Result<(&'a [u32], usize), UserError> {
    match y {
        Target::Classes { codes, count } => Ok((codes, *count)),
        Target::Numbers(_) => Err(UserError::usage(
            "task_not_supported",
            format!("{learner} cannot predict numbers"),
            "It tells classes apart".to_owned(),
        )
        .with_hint("Choose a learner for numbers")),
    }
}

/// The answers as numbers, or why this learner cannot learn them.
pub fn numbers_only<'a>(y: &'a Target, learner: &str) -> Result<&'a [f64], UserError> {
    match y {
        Target::Numbers(values) => Ok(values),
        Target::Classes { .. } => Err(UserError::usage(
            "task_not_supported",
            format!("{learner} cannot tell classes apart"),
            "It predicts numbers".to_owned(),
        )
        .with_hint("Choose a learner for classes")),
    }
}

/// Probabilities of the classes present, [rows, present], to those of all classes, [rows, classes].
pub fn spread_classes(graph: &mut Graph, shares: &Value, present: &[u32], classes: usize) -> Value {
    if present.len() == classes {
        return shares.clone();
    }
    let mut places = vec![0.0; present.len() * classes];
    for (place, &class) in present.iter().enumerate() {
        places[place * classes + class as usize] = 1.0;
    }
    let places = graph.constant(&[present.len(), classes], Constant::Double(places));
    graph.op("MatMul", &[shares, &places], Vec::new())
}

/// Share of each class, `count` long. Zeros without rows.
pub fn class_shares(codes: &[u32], count: usize) -> Vec<f64> {
    let mut shares = vec![0.0; count];
    for &code in codes {
        if let Some(share) = shares.get_mut(code as usize) {
            *share += 1.0;
        }
    }
    let total = codes.len().max(1) as f64;
    shares.iter_mut().for_each(|share| *share /= total);
    shares
}

/// Sum of the row weights of each class, `count` long; without weights, the number of rows.
pub fn class_weights(codes: &[u32], count: usize, weights: Option<&[f64]>) -> Vec<f64> {
    let mut sums = vec![0.0; count];
    for (row, &code) in codes.iter().enumerate() {
        let weight = weights.and_then(|weights| weights.get(row)).copied();
        if let Some(sum) = sums.get_mut(code as usize) {
            *sum += weight.unwrap_or(1.0);
        }
    }
    sums
}

/// Classes with a row that counts, ascending.
pub fn present_classes(codes: &[u32], count: usize, weights: Option<&[f64]>) -> Vec<u32> {
    let sums = class_weights(codes, count, weights);
    let present = sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0);
    present.map(|(class, _)| class as u32).collect()
}

/// Place of every row's class among those present; a row that does not count may get any.
pub fn places_of(codes: &[u32], present: &[u32]) -> Vec<u32> {
    codes
        .iter()
        .map(|code| present.binary_search(code).unwrap_or(0) as u32)
        .collect()
}

/// Mean that does not overflow where the values themselves do not.
pub fn mean(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let count = values.len().max(1) as f64;
    let plain = values.clone().sum::<f64>() / count;
    if plain.is_finite() {
        plain
    } else {
        values.map(|value| value / count).sum()
    }
}

/// The name of a feature, or its number when there is no name.
pub fn feature_name(features: &[String], index: usize) -> String {
    features
        .get(index)
        .cloned()
        .unwrap_or_else(|| format!("feature {}", index + 1))
}

/// The name of a class, or its number when there is no name.
pub fn class_name(classes: &[String], index: usize) -> String {
    classes
        .get(index)
        .cloned()
        .unwrap_or_else(|| format!("class {}", index + 1))
}
