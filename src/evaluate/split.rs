//! Folds: which rows are checked in which round.

use crate::base::{Issue, Random, Severity, UserError, format};
use crate::learn::Target;

/// The fold of every row.
#[derive(Clone, Debug, PartialEq)]
pub struct Folds {
    /// Parallel to the rows given to [`make_folds`]: the fold in which the row is checked.
    pub assignment: Vec<u16>,
    pub count: usize,
    /// What had to be changed to make folds possible.
    pub issues: Vec<Issue>,
}

impl Folds {
    /// Positions (into the rows given to [`make_folds`]) to learn from in this fold.
    pub fn train(&self, fold: usize) -> Vec<usize> {
        self.positions(|assigned| assigned != fold)
    }

    /// Positions to check in this fold.
    pub fn check(&self, fold: usize) -> Vec<usize> {
        self.positions(|assigned| assigned == fold)
    }

    fn positions(&self, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        self.assignment
            .iter()
            .enumerate()
            .filter(|(_, fold)| wanted(usize::from(**fold)))
            .map(|(position, _)| position)
            .collect()
    }
}

/// Deals rows to folds.
///
/// Classes are stratified: the rows of each class are shuffled and dealt round robin, so that
/// every fold has its share of every class. Where one class ends the next one goes on, so that the
/// folds differ by at most one row in size. Numbers are shuffled and dealt.
///
/// `target` is parallel to `rows`. When the rarest class has fewer rows than there are folds,
/// fewer folds are made and [`Folds::issues`] says so; two folds are always made. Fails with fewer
/// than two rows.
pub fn make_folds(
    target: &Target,
    rows: &[u32],
    folds: usize,
    seed: u64,
) -> Result<Folds, UserError> {
    if rows.len() != target.len() {
        return Err(UserError::failed(
            "folds_mismatch",
            "Rows and answers do not belong together",
            format!("{} rows, {} answers", rows.len(), target.len()),
        ));
    }
    if rows.len() < 2 {
        return Err(UserError::input(
            "too_few_rows",
            "There are too few rows to check a model",
            format!(
                "{} with an answer; at least 2 are needed, one to learn from and one to check",
                format::counted(rows.len() as u64, "row")
            ),
        )
        .with_hint("Add rows, or check the steps that remove rows"));
    }
    let wanted = folds.clamp(2, usize::from(u16::MAX));
    let mut issues = Vec::new();
    let groups = groups_of(target);
    let count = possible_folds(&groups, target, rows.len(), wanted, &mut issues);
    let mut assignment = vec![0u16; rows.len()];
    let mut next = 0;
    for (index, mut group) in groups.into_iter().enumerate() {
        Random::stream(seed, index as u64).shuffle(&mut group);
        for position in group {
            if let Some(fold) = assignment.get_mut(position) {
                *fold = next as u16;
            }
            next = (next + 1) % count;
        }
    }
    Ok(Folds {
        assignment,
        count,
        issues,
    })
}

/// Positions per class in class order; one group for numbers.
fn groups_of(target: &Target) -> Vec<Vec<usize>> {
    match target {
        Target::Numbers(values) => vec![(0..values.len()).collect()],
        Target::Classes { codes, count } => {
            let mut groups = vec![Vec::new(); *count];
            for (position, &code) in codes.iter().enumerate() {
                if let Some(group) = groups.get_mut(code as usize) {
                    group.push(position);
                }
            }
            groups
        }
    }
}

fn possible_folds(
    groups: &[Vec<usize>],
    target: &Target,
    rows: usize,
    wanted: usize,
    issues: &mut Vec<Issue>,
) -> usize {
    let rarest = groups
        .iter()
        .map(Vec::len)
        .filter(|&size| size > 0)
        .min()
        .unwrap_or(rows);
    let stratified = matches!(target, Target::Classes { .. });
    let limit = if stratified { rarest } else { rows };
    let count = wanted.min(limit).max(2);
    if count < wanted {
        let seen = if stratified {
            format!(
                "Only {} of the rarest class",
                format::counted(rarest as u64, "row")
            )
        } else {
            format!("Only {}", format::counted(rows as u64, "row"))
        };
        issues.push(
            Issue::new(
                Severity::Caution,
                "fewer_folds",
                format!("{seen}, so {wanted} parts cannot each contain one. Using {count} parts."),
            )
            .with_hint("Add rows of the rarest class, or merge classes"),
        );
    }
    if stratified && rarest < 2 {
        issues.push(
            Issue::new(
                Severity::Caution,
                "single_row_class",
                "A class has only 1 row: it is either learned from or checked, never both.",
            )
            .with_hint("Merge the class with another one, or leave its row out"),
        );
    }
    count
}
