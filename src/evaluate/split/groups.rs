//! Parts that a column decides: groups that stay together, or the parts themselves.

use super::{Alike, Folds, NEVER, alike, dealt};
use crate::base::{Issue, Random, Severity, UserError, format};
use crate::learn::Target;
use crate::learn::matrix::TargetValues;

/// More parts than this are names of rows.
const MOST_PARTS: usize = 1_000;
/// Rows of a bin of numbers that groups are balanced by.
const BIN_ROWS: usize = 20;

/// Groups go, largest first, each to the part where it makes the shares of the classes (or of low
/// and high numbers) most even: the sum over the parts of their squared shares of every class stays
/// as small as it can. Equally large groups come in an order drawn by lot.
///
/// No group is on both sides. Rows without a group are kept together, because nobody knows which of
/// them belong together.
pub(super) fn by_group(
    target: &Target,
    name: &str,
    groups: &Alike,
    folds: usize,
    seed: u64,
) -> Result<Folds, UserError> {
    let blanks = groups.codes.iter().filter(|code| code.is_none()).count();
    let count = groups.count + usize::from(blanks > 0);
    let group_of = |position: usize| {
        let code = groups.codes.get(position).copied().flatten();
        code.unwrap_or(groups.count)
    };
    if count < folds {
        return Err(UserError::input(
            "too_few_groups",
            format!("{name} has too few groups for {folds} parts"),
            format!(
                "{}, and each is kept in one part",
                format::counted(count as u64, "group")
            ),
        )
        .with_hint(if count < 2 {
            "Choose another column, or divide the rows without groups".to_owned()
        } else {
            format!("Make at most {count} parts")
        }));
    }
    let strata = dealt::strata(target, true, BIN_ROWS);
    let mut members = vec![0usize; count];
    let mut shares: Vec<Vec<(usize, f64)>> = vec![Vec::new(); count];
    for (stratum, positions) in strata.iter().enumerate() {
        let each = 1.0 / positions.len().max(1) as f64;
        for &position in positions {
            let group = group_of(position);
            if let (Some(size), Some(share)) = (members.get_mut(group), shares.get_mut(group)) {
                *size += 1;
                match share.last_mut() {
                    Some((last, part)) if *last == stratum => *part += each,
                    _ => share.push((stratum, each)),
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..count).collect();
    Random::new(seed).shuffle(&mut order);
    order.sort_by_key(|&group| std::cmp::Reverse(members.get(group).copied().unwrap_or(0)));
    let part_of = give_out(&order, &members, &shares, strata.len(), folds);
    let assignment = (0..target.len())
        .map(|position| part_of.get(group_of(position)).copied().unwrap_or(NEVER))
        .collect();
    Ok(Folds::of_parts(
        assignment,
        folds,
        issues_of(name, blanks, &strata, target, group_of),
    ))
}

fn give_out(
    order: &[usize],
    members: &[usize],
    shares: &[Vec<(usize, f64)>],
    strata: usize,
    folds: usize,
) -> Vec<u16> {
    let mut part_of = vec![0u16; members.len()];
    let mut held = vec![vec![0.0f64; strata]; folds];
    let mut sizes = vec![0usize; folds];
    for (given, &group) in order.iter().enumerate() {
        let mine = shares.get(group).map_or(&[][..], Vec::as_slice);
        // What the sum of squares grows by.
        let cost = |part: usize| -> f64 {
            let here = held.get(part).map_or(&[][..], Vec::as_slice);
            mine.iter()
                .map(|&(stratum, share)| {
                    share * (2.0 * here.get(stratum).copied().unwrap_or(0.0) + share)
                })
                .sum()
        };
        // No part may stay empty.
        let empty = sizes.iter().filter(|&&size| size == 0).count();
        let must = order.len() - given <= empty;
        let best = (0..folds)
            .filter(|&part| !must || sizes.get(part) == Some(&0))
            .min_by(|&a, &b| {
                cost(a)
                    .total_cmp(&cost(b))
                    .then(sizes.get(a).cmp(&sizes.get(b)))
                    .then(a.cmp(&b))
            })
            .unwrap_or(0);
        if let Some(here) = held.get_mut(best) {
            for &(stratum, share) in mine {
                if let Some(sum) = here.get_mut(stratum) {
                    *sum += share;
                }
            }
        }
        if let Some(size) = sizes.get_mut(best) {
            *size += members.get(group).copied().unwrap_or(0);
        }
        if let Some(part) = part_of.get_mut(group) {
            *part = best as u16;
        }
    }
    part_of
}

fn issues_of(
    name: &str,
    blanks: usize,
    strata: &[Vec<usize>],
    target: &Target,
    group_of: impl Fn(usize) -> usize,
) -> Vec<Issue> {
    let mut issues = Vec::new();
    if blanks > 0 {
        issues.push(
            Issue::new(
                Severity::Note,
                "blank_group",
                format!(
                    "{} without a value in {name} are kept together as one group.",
                    format::counted(blanks as u64, "row")
                ),
            )
            .about(name),
        );
    }
    let in_one_group = |positions: &Vec<usize>| {
        let mut groups = positions.iter().map(|&position| group_of(position));
        let first = groups.next();
        first.is_some() && groups.all(|group| Some(group) == first)
    };
    if matches!(target, Target::Classes { .. }) && strata.iter().any(in_one_group) {
        issues.push(
            Issue::new(
                Severity::Caution,
                "class_in_one_group",
                format!(
                    "A class occurs in one {name} only: when it is checked, no model has seen it."
                ),
            )
            .with_hint("Merge the class with another one, or get more groups")
            .about(name),
        );
    }
    issues
}

/// Each value is a part, in the order of the values; rows without one are always learned from.
pub(super) fn by_column(name: &str, values: &TargetValues) -> Result<Folds, UserError> {
    let parts = alike(values);
    let blanks = parts.codes.iter().filter(|code| code.is_none()).count();
    if parts.count == 0 || (parts.count == 1 && blanks == 0) {
        return Err(UserError::input(
            "too_few_parts",
            format!("{name} names too few parts"),
            format!(
                "{} and no row without one: nothing is left to learn from",
                format::counted(parts.count as u64, "part")
            ),
        )
        .with_hint("Choose a column with two values or more"));
    }
    if parts.count > MOST_PARTS {
        return Err(UserError::input(
            "too_many_parts",
            format!("{name} names too many parts"),
            format!(
                "{} different values; {} is the most",
                format::count(parts.count as u64),
                format::count(MOST_PARTS as u64)
            ),
        )
        .with_hint("Choose a column with fewer values, or keep groups of this column together"));
    }
    let assignment = parts
        .codes
        .iter()
        .map(|code| code.map_or(NEVER, |code| code as u16))
        .collect();
    let mut issues = Vec::new();
    if blanks > 0 {
        issues.push(
            Issue::new(
                Severity::Note,
                "never_checked",
                format!(
                    "{} without a value in {name} are always learned from and never checked.",
                    format::counted(blanks as u64, "row")
                ),
            )
            .about(name),
        );
    }
    Ok(Folds::of_parts(assignment, parts.count, issues))
}
