//! Which rows are learned from and which are checked, round by round.

mod copies;
mod dealt;
mod groups;
mod plan;
mod time;

use crate::base::{Issue, TaskContext, UserError, format};
use crate::learn::Target;
use crate::learn::matrix::{BLANK, TargetValues};
use crate::pipeline::Prepared;

pub use copies::mix;
pub use plan::{KINDS, SplitKind, SplitPlan};

/// The part of a row that is never checked.
pub const NEVER: u16 = u16::MAX;

/// The rounds of a run: for each, the rows to learn from and the rows to check.
#[derive(Clone, Debug, PartialEq)]
pub struct Folds {
    /// Parallel to the rows that were divided: the round in which the row is checked first, or
    /// [`NEVER`].
    pub assignment: Vec<u16>,
    /// Rounds, over all repeats.
    pub count: usize,
    /// Times the rows were divided anew.
    pub repeats: usize,
    /// One round says too little: the checked rows are scored together.
    pub pooled: bool,
    /// What had to be changed to make the rounds possible.
    pub issues: Vec<Issue>,
    /// Part of every row in each repeat after the first.
    again: Vec<Vec<u16>>,
    /// Where what is learned from lies before what is checked.
    before: Option<time::Order>,
}

impl Folds {
    /// Each part is checked by a model of all other rows.
    fn of_parts(assignment: Vec<u16>, count: usize, issues: Vec<Issue>) -> Self {
        Self {
            assignment,
            count,
            repeats: 1,
            pooled: count < 2,
            issues,
            again: Vec::new(),
            before: None,
        }
    }

    /// Positions (into the rows that were divided) to learn from in this round.
    pub fn train(&self, round: usize) -> Vec<usize> {
        if let Some(order) = &self.before {
            return order.before(round);
        }
        let (parts, part) = self.parts(round);
        positions(parts, |assigned| usize::from(assigned) != part)
    }

    /// Positions to check in this round.
    pub fn check(&self, round: usize) -> Vec<usize> {
        let (parts, part) = self.parts(round);
        positions(parts, |assigned| usize::from(assigned) == part)
    }

    /// A share of the positions to learn from in a round, in ascending order: the same share of every
    /// class, drawn by lot; the latest rows where rows are divided by time. Smaller shares are part
    /// of larger ones. At least one row, all of them for a share of 1.
    pub fn some_of_train(
        &self,
        round: usize,
        share: f64,
        target: &Target,
        seed: u64,
    ) -> Vec<usize> {
        let train = self.train(round);
        let count = ((train.len() as f64 * share).round() as usize).clamp(1, train.len().max(1));
        let mut taken: Vec<usize> = match &self.before {
            Some(order) => order.latest_before(round, count),
            None => dealt::in_growing_order(&train, target, seed, round as u64)
                .into_iter()
                .take(count)
                .collect(),
        };
        taken.sort_unstable();
        taken
    }

    /// Which repeat a round belongs to, from 0.
    pub fn repeat_of(&self, round: usize) -> usize {
        round / (self.count / self.repeats.max(1)).max(1)
    }

    fn parts(&self, round: usize) -> (&[u16], usize) {
        let each = (self.count / self.repeats.max(1)).max(1);
        let parts = match round / each {
            0 => &self.assignment,
            repeat => self.again.get(repeat - 1).unwrap_or(&self.assignment),
        };
        (parts, round % each)
    }
}

fn positions(parts: &[u16], wanted: impl Fn(u16) -> bool) -> Vec<usize> {
    parts
        .iter()
        .enumerate()
        .filter(|(_, part)| wanted(**part))
        .map(|(position, _)| position)
        .collect()
}

/// Deals rows to parts, each of which is checked once: [`SplitPlan::KFold`], numbers as they come.
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
    make_split(&SplitPlan::default(), target, rows, None, folds, seed)
}

/// Divides the eligible rows of a table. Same plan, rows and seed: same rounds.
pub fn split_prepared(
    prepared: &Prepared,
    plan: &SplitPlan,
    folds: usize,
    seed: u64,
    task: &TaskContext,
) -> Result<Folds, UserError> {
    let rows = prepared.eligible_rows();
    let values = match (plan.column(), plan) {
        (Some(column), _) => Some(prepared.values_of(column, task)?),
        (None, SplitPlan::Copies) => Some(copies::same_inputs(prepared, &rows, task)?),
        (None, _) => None,
    };
    let mut made = make_split(
        plan,
        &prepared.target_for(&rows),
        &rows,
        values.as_ref(),
        folds,
        seed,
    )?;
    if let SplitPlan::Groups { column } = plan
        && prepared.plan().features.contains(column)
    {
        made.issues.push(
            Issue::new(
                crate::base::Severity::Caution,
                "group_is_learned_from",
                format!("{column} is learned from too, although every one that is checked is new to the model."),
            )
            .with_hint(format!("Take {column} out of the columns to learn from"))
            .about(column),
        );
    }
    Ok(made)
}

/// As [`split_prepared`]. `column`: values of [`SplitPlan::column`], parallel to `rows`.
///
/// Errors: fewer than two rows, fewer groups or moments than parts, a column that names fewer than
/// two parts, or more single rows than there is time for.
pub fn make_split(
    plan: &SplitPlan,
    target: &Target,
    rows: &[u32],
    column: Option<&TargetValues>,
    folds: usize,
    seed: u64,
) -> Result<Folds, UserError> {
    check_rows(target, rows, column)?;
    let folds = folds.clamp(2, usize::from(NEVER) - 1);
    match plan {
        SplitPlan::KFold { by_quantiles } => Ok(dealt::k_fold(target, *by_quantiles, folds, seed)),
        SplitPlan::Repeated {
            repeats,
            by_quantiles,
        } => dealt::repeated(target, *by_quantiles, folds, *repeats as usize, seed),
        SplitPlan::Holdout {
            share,
            by_quantiles,
        } => dealt::holdout(target, *by_quantiles, *share, seed),
        SplitPlan::LeaveOneOut => dealt::leave_one_out(rows.len()),
        SplitPlan::Groups { column: name } => {
            groups::by_group(target, name, &values_of(column, name)?, folds, seed)
        }
        SplitPlan::Copies => {
            let name = copies::WHAT;
            groups::by_group(target, name, &values_of(column, name)?, folds, seed)
        }
        SplitPlan::Column { column: name } => groups::by_column(name, values(column, name)?),
        SplitPlan::Time { column: name, gap } => {
            time::expanding(name, values(column, name)?, folds, *gap)
        }
    }
}

fn check_rows(
    target: &Target,
    rows: &[u32],
    column: Option<&TargetValues>,
) -> Result<(), UserError> {
    let held = match column {
        Some(TargetValues::Numbers(values)) => values.len(),
        Some(TargetValues::Texts { codes, .. }) => codes.len(),
        None => rows.len(),
    };
    if rows.len() != target.len() || rows.len() != held {
        return Err(UserError::failed(
            "folds_mismatch",
            "Rows and answers do not belong together",
            format!(
                "{} rows, {} answers, {held} values",
                rows.len(),
                target.len()
            ),
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
    Ok(())
}

fn values<'a>(column: Option<&'a TargetValues>, name: &str) -> Result<&'a TargetValues, UserError> {
    column.ok_or_else(|| {
        UserError::failed(
            "no_split_values",
            "The rows cannot be divided",
            format!("The values of {name} were not read"),
        )
    })
}

/// One number per row that says which rows are alike; None is blank. Names of texts come with it.
struct Alike {
    codes: Vec<Option<usize>>,
    count: usize,
}

fn values_of(column: Option<&TargetValues>, name: &str) -> Result<Alike, UserError> {
    Ok(alike(values(column, name)?))
}

/// Codes in the order of the values: texts by name, numbers by size.
fn alike(values: &TargetValues) -> Alike {
    match values {
        TargetValues::Texts { codes, names } => {
            let mut order: Vec<usize> = (0..names.len()).collect();
            order.sort_by(|&a, &b| names.get(a).cmp(&names.get(b)));
            let mut rank = vec![0; names.len()];
            for (position, &code) in order.iter().enumerate() {
                if let Some(rank) = rank.get_mut(code) {
                    *rank = position;
                }
            }
            let codes = codes
                .iter()
                .map(|&code| match code {
                    BLANK => None,
                    code => rank.get(code as usize).copied(),
                })
                .collect();
            used_codes(codes)
        }
        TargetValues::Numbers(numbers) => {
            // Zero and minus zero are one value.
            let mut distinct: Vec<f64> = numbers
                .iter()
                .filter(|value| !value.is_nan())
                .map(|value| value + 0.0)
                .collect();
            distinct.sort_by(f64::total_cmp);
            distinct.dedup();
            let codes = numbers
                .iter()
                .map(|value| {
                    distinct
                        .binary_search_by(|known| known.total_cmp(&(value + 0.0)))
                        .ok()
                })
                .collect();
            Alike {
                codes,
                count: distinct.len(),
            }
        }
    }
}

/// Names that no row has (left over from rows that take no part) get no code.
fn used_codes(codes: Vec<Option<usize>>) -> Alike {
    let most = codes.iter().flatten().max().map_or(0, |most| most + 1);
    let mut rank = vec![None; most];
    for code in codes.iter().flatten() {
        if let Some(rank) = rank.get_mut(*code) {
            *rank = Some(0);
        }
    }
    let mut count = 0;
    for place in rank.iter_mut().flatten() {
        *place = count;
        count += 1;
    }
    Alike {
        codes: codes
            .into_iter()
            .map(|code| rank.get(code?).copied().flatten())
            .collect(),
        count,
    }
}
