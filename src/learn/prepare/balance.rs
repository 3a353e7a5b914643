//! Classes of different size: weights, or training rows repeated or left out.

use super::{Training, TrainingSet};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Random, UserError};
use crate::learn::Target;

pub static SETTINGS: &[ParamSpec] = &[ParamSpec {
    key: "balance",
    label: "Classes of different size",
    help: "Lets rare classes count as much as common ones while learning; probabilities then no longer match how often a class occurs",
    kind: ParamKind::Choice(&[
        ("none", "As they are"),
        ("weights", "Rows of rare classes count more (class weights)"),
        ("over", "Repeat rows of rare classes (over-sampling)"),
        ("under", "Leave out rows of common classes (under-sampling)"),
    ]),
    default: ParamDefault::Text("none"),
}];

/// Balances the training rows in place. Rows that are predicted or checked are never touched.
pub(super) fn apply(set: &mut TrainingSet, training: &Training<'_>) -> Result<(), UserError> {
    let how = training.settings.text("balance");
    if how == "none" {
        return Ok(());
    }
    let Target::Classes { codes, count } = &set.target else {
        return Err(UserError::usage(
            "balance_needs_classes",
            "There are no classes to balance",
            "The column to predict holds numbers".to_owned(),
        )
        .with_hint("Leave the setting for classes of different size as it is"));
    };
    let by_class = rows_by_class(codes, *count);
    let mut random = Random::stream(training.seed, 0xba1a);
    let rows = match how {
        "weights" => {
            set.weights = Some(weights(codes, &by_class));
            return Ok(());
        }
        "over" => over(&by_class, &mut random),
        _ => under(&by_class, &mut random),
    };
    set.matrix = set.matrix.take_rows(&rows);
    set.target = set.target.rows(&rows);
    Ok(())
}

fn rows_by_class(codes: &[u32], count: usize) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); count];
    for (row, &code) in codes.iter().enumerate() {
        if let Some(rows) = rows.get_mut(code as usize) {
            rows.push(row);
        }
    }
    rows
}

/// Rows / (classes that occur · rows of the class), as scikit-learn's "balanced".
fn weights(codes: &[u32], by_class: &[Vec<usize>]) -> Vec<f64> {
    let seen = by_class.iter().filter(|rows| !rows.is_empty()).count();
    codes
        .iter()
        .map(|&code| {
            let rows = by_class.get(code as usize).map_or(1, Vec::len);
            codes.len() as f64 / (seen * rows).max(1) as f64
        })
        .collect()
}

/// Every row, and rows drawn with replacement until every class is as large as the largest.
fn over(by_class: &[Vec<usize>], random: &mut Random) -> Vec<usize> {
    let most = by_class.iter().map(Vec::len).max().unwrap_or(0);
    let mut rows: Vec<usize> = (0..by_class.iter().map(Vec::len).sum()).collect();
    for class in by_class.iter().filter(|rows| !rows.is_empty()) {
        let drawn = (class.len()..most).filter_map(|_| class.get(random.below(class.len())));
        rows.extend(drawn);
    }
    rows
}

/// As many rows of every class as the smallest has, in their order.
fn under(by_class: &[Vec<usize>], random: &mut Random) -> Vec<usize> {
    let seen = || by_class.iter().filter(|rows| !rows.is_empty());
    let fewest = seen().map(Vec::len).min().unwrap_or(0);
    let mut rows = Vec::new();
    for class in seen() {
        let mut class = class.clone();
        random.shuffle(&mut class);
        rows.extend(class.into_iter().take(fewest));
    }
    rows.sort_unstable();
    rows
}
