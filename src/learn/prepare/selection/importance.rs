//! What a tree asks about: the share of its improvement that each column brought.

use crate::base::{Params, UserError};
use crate::learn::prepare::Training;
use crate::learn::{self, Feature, FitContext, Intake, Matrix};

/// Learners whose facts are shares of improvement, one per column.
const TREES: &[&str] = &["decision_tree", "extra_trees", "random_forest"];

/// Those of them that there are, with their names. Made once and needed until the end.
pub(super) fn learners() -> &'static [(&'static str, &'static str)] {
    let trees = TREES.iter().filter_map(|id| learn::by_id(id).ok());
    Vec::leak(trees.map(|tree| (tree.id(), tree.name())).collect())
}

/// Share of every column.
pub(super) fn scores(
    matrix: &Matrix,
    features: &[Feature],
    training: &Training<'_>,
) -> Result<Vec<f64>, UserError> {
    let learner = learn::by_id(training.settings.text("selection_learner"))?;
    let native = learner.capabilities().intake == Intake::Native;
    let filled;
    let x = if native {
        matrix
    } else {
        filled = without_blanks(matrix);
        &filled
    };
    let part = training.task.part();
    let mut context = FitContext::new(&part, training.seed);
    let kinds: Vec<Feature>;
    if native {
        kinds = features.to_vec();
        context.features = &kinds;
    }
    let model = learner.fit(x, training.y, &Params::new(), &context)?;
    let numbers: Vec<String> = (0..matrix.cols).map(|col| col.to_string()).collect();
    let mut scores = vec![0.0; matrix.cols];
    for fact in model.facts(&numbers, &[]) {
        let place: Option<usize> = fact.label.parse().ok();
        if let Some(score) = place.and_then(|col| scores.get_mut(col)) {
            *score = fact.value;
        }
    }
    Ok(scores)
}

/// Blanks become a number below all others: to a tree, "blank" is then a question like any other.
fn without_blanks(matrix: &Matrix) -> Matrix {
    let mut filled = matrix.clone();
    let cols = matrix.cols.max(1);
    for col in 0..matrix.cols {
        let lowest = (0..matrix.rows)
            .filter_map(|row| matrix.get(row, col))
            .fold(0.0, f64::min);
        for cell in filled.values.iter_mut().skip(col).step_by(cols) {
            if !cell.is_finite() {
                *cell = lowest - 1.0;
            }
        }
    }
    filled
}
