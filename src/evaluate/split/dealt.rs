//! Rows that have nothing to do with one another, dealt by lot.

use super::{Folds, NEVER};
use crate::base::{Issue, Random, Severity, UserError, format};
use crate::learn::Target;

/// Leave-one-out fits one model per row.
const MOST_SINGLE_ROWS: usize = 2_000;
/// Bins of numbers that every part gets its share of.
const BINS: usize = 10;
/// Sets the draws of later repeats apart from those of the first.
const REPEATS: u64 = 0x7265_7065_6174;
/// Sets the draws of growing shares apart from those of the parts.
const GROWTH: u64 = 0x6772_6f77_7468;

/// Classes are stratified: the rows of each class are shuffled and dealt round robin, so that
/// every part has its share of every class. Where one class ends the next one goes on, so that the
/// parts differ by at most one row in size. Numbers are dealt so by bins of equally many rows from
/// low to high, or all together.
pub(super) fn k_fold(target: &Target, by_quantiles: bool, wanted: usize, seed: u64) -> Folds {
    let mut issues = Vec::new();
    let count = possible_folds(target, wanted, &mut issues);
    let strata = strata(target, by_quantiles, count);
    Folds::of_parts(deal(&strata, target.len(), count, seed), count, issues)
}

pub(super) fn repeated(
    target: &Target,
    by_quantiles: bool,
    wanted: usize,
    repeats: usize,
    seed: u64,
) -> Result<Folds, UserError> {
    let mut folds = k_fold(target, by_quantiles, wanted, seed);
    let repeats = repeats.max(1);
    let each = folds.count;
    if each * repeats >= usize::from(NEVER) {
        return Err(UserError::usage(
            "too_many_rounds",
            "There would be too many rounds",
            format!("{each} parts {repeats} times over"),
        )
        .with_hint("Repeat less often, or make fewer parts"));
    }
    let strata = strata(target, by_quantiles, each);
    folds.again = (1..repeats as u64)
        .map(|repeat| {
            let seed = Random::stream(seed ^ REPEATS, repeat).next_u64();
            deal(&strata, target.len(), each, seed)
        })
        .collect();
    folds.repeats = repeats;
    folds.count = each * repeats;
    Ok(folds)
}

/// The same share of every class (or bin of numbers) is checked, and of every class that has two
/// rows or more at least one is learned from and one checked.
pub(super) fn holdout(
    target: &Target,
    by_quantiles: bool,
    share: f64,
    seed: u64,
) -> Result<Folds, UserError> {
    if !(share > 0.0 && share < 1.0) {
        return Err(UserError::usage(
            "share_out_of_range",
            "The share of rows to check must be between 0 and 1",
            format!("{} was asked for", format::number(share, 3)),
        ));
    }
    let classes = matches!(target, Target::Classes { .. });
    let rows = target.len();
    let mut assignment = vec![NEVER; rows];
    let mut issues = Vec::new();
    let (mut seen, mut taken) = (0usize, 0usize);
    for (index, mut stratum) in strata(target, by_quantiles, 2).into_iter().enumerate() {
        Random::stream(seed, index as u64).shuffle(&mut stratum);
        seen += stratum.len();
        let wanted = ((seen as f64 * share).round() as usize).saturating_sub(taken);
        let count = if classes && stratum.len() > 1 {
            wanted.clamp(1, stratum.len() - 1)
        } else if classes {
            0
        } else {
            wanted.min(stratum.len())
        };
        if classes && stratum.len() == 1 {
            single_row(&mut issues);
        }
        taken += count;
        for position in stratum.into_iter().take(count) {
            if let Some(part) = assignment.get_mut(position) {
                *part = 0;
            }
        }
    }
    if taken == 0 || taken == rows {
        return Err(UserError::input(
            "too_few_rows",
            "There are too few rows to keep some apart",
            format!(
                "{} of {} leave none on one side",
                format::share(share),
                format::counted(rows as u64, "row")
            ),
        )
        .with_hint("Check every row once instead, or choose another share"));
    }
    Ok(Folds::of_parts(assignment, 1, issues))
}

pub(super) fn leave_one_out(rows: usize) -> Result<Folds, UserError> {
    if rows > MOST_SINGLE_ROWS {
        return Err(UserError::input(
            "too_many_single_rows",
            "There are too many rows to leave out one at a time",
            format!(
                "Every one of {} would need a model of its own; {} is the most",
                format::counted(rows as u64, "row"),
                format::count(MOST_SINGLE_ROWS as u64)
            ),
        )
        .with_hint("Make 10 parts instead: the result hardly differs"));
    }
    let mut folds = Folds::of_parts((0..rows as u16).collect(), rows, Vec::new());
    folds.pooled = true;
    Ok(folds)
}

fn deal(strata: &[Vec<usize>], rows: usize, count: usize, seed: u64) -> Vec<u16> {
    let mut assignment = vec![0u16; rows];
    let mut next = 0;
    for (index, stratum) in strata.iter().enumerate() {
        let mut stratum = stratum.clone();
        Random::stream(seed, index as u64).shuffle(&mut stratum);
        for position in stratum {
            if let Some(part) = assignment.get_mut(position) {
                *part = next as u16;
            }
            next = (next + 1) % count;
        }
    }
    assignment
}

/// The positions in an order whose every beginning holds its share of each class, drawn by lot.
pub(super) fn in_growing_order(
    train: &[usize],
    target: &Target,
    seed: u64,
    round: u64,
) -> Vec<usize> {
    let here = target.rows(train);
    let mut order: Vec<(f64, usize)> = Vec::with_capacity(train.len());
    for (index, mut stratum) in strata(&here, false, 1).into_iter().enumerate() {
        let seed = Random::stream(seed ^ GROWTH, round).next_u64();
        Random::stream(seed, index as u64).shuffle(&mut stratum);
        let size = stratum.len() as f64;
        order.extend(
            stratum
                .into_iter()
                .enumerate()
                .map(|(place, row)| ((place as f64 + 0.5) / size, row)),
        );
    }
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order
        .into_iter()
        .filter_map(|(_, row)| train.get(row).copied())
        .collect()
}

/// Positions that are dealt one after another: per class in class order, per bin of numbers from
/// low to high, or all together. `least`: rows that a bin holds at least.
pub(super) fn strata(target: &Target, by_quantiles: bool, least: usize) -> Vec<Vec<usize>> {
    match target {
        Target::Classes { codes, count } => {
            let mut strata = vec![Vec::new(); *count];
            for (position, &code) in codes.iter().enumerate() {
                if let Some(stratum) = strata.get_mut(code as usize) {
                    stratum.push(position);
                }
            }
            strata
        }
        Target::Numbers(values) if by_quantiles => {
            let mut order: Vec<usize> = (0..values.len()).collect();
            let value = |position: &usize| values.get(*position).copied().unwrap_or(f64::NAN);
            order.sort_by(|a, b| value(a).total_cmp(&value(b)).then(a.cmp(b)));
            let bins = BINS.min(values.len() / least.max(1)).max(1);
            (0..bins)
                .map(|bin| {
                    let edge = |bin: usize| bin * order.len() / bins;
                    order.get(edge(bin)..edge(bin + 1)).unwrap_or(&[]).to_vec()
                })
                .collect()
        }
        Target::Numbers(values) => vec![(0..values.len()).collect()],
    }
}

fn possible_folds(target: &Target, wanted: usize, issues: &mut Vec<Issue>) -> usize {
    let rows = target.len();
    let stratified = matches!(target, Target::Classes { .. });
    let rarest = strata(target, false, 1)
        .iter()
        .map(Vec::len)
        .filter(|&size| size > 0)
        .min()
        .unwrap_or(rows);
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
        single_row(issues);
    }
    count
}

fn single_row(issues: &mut Vec<Issue>) {
    if issues.iter().any(|issue| issue.code == "single_row_class") {
        return;
    }
    issues.push(
        Issue::new(
            Severity::Caution,
            "single_row_class",
            "A class has only 1 row: it is either learned from or checked, never both.",
        )
        .with_hint("Merge the class with another one, or leave its row out"),
    );
}
