//! Found rows against wrong alarms.

use super::ranked::{Cut, Ranked};
use crate::base::UserError;

/// Receiver operating characteristic of one class against the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Roc {
    /// From the threshold that takes no row down: (0, 0) to (1, 1).
    pub points: Vec<RocPoint>,
    /// 0.5 is chance.
    pub area: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// Its rows are [`Ranked::rows_above`].
    pub cut: Cut,
    /// Share of the rows not of the class that are taken (false positive rate).
    pub wrong_alarms: f64,
    /// Share of the rows of the class that are taken (true positive rate).
    pub found: f64,
}

/// Fails unless there are rows of the class and others.
pub fn roc(ranked: &Ranked) -> Result<Roc, UserError> {
    ranked.needs_both()?;
    let points: Vec<RocPoint> = ranked
        .cuts()
        .into_iter()
        .map(|cut| RocPoint {
            cut,
            wrong_alarms: (cut.taken - cut.found) as f64 / ranked.negatives() as f64,
            found: cut.found as f64 / ranked.positives() as f64,
        })
        .collect();
    let area = points
        .windows(2)
        .map(|pair| match pair {
            [a, b] => (b.wrong_alarms - a.wrong_alarms) * (a.found + b.found) / 2.0,
            _ => 0.0,
        })
        .sum();
    Ok(Roc { points, area })
}

impl Roc {
    /// The points without those that lie on the straight line between their neighbours: the same
    /// drawing, and far fewer of them.
    pub fn corners(&self) -> Vec<RocPoint> {
        let counts = |point: &RocPoint| (point.cut.taken as i64, point.cut.found as i64);
        self.points
            .iter()
            .enumerate()
            .filter(|(place, point)| {
                let neighbours = place.checked_sub(1).and_then(|before| {
                    Some((self.points.get(before)?, self.points.get(place + 1)?))
                });
                let Some((before, after)) = neighbours else {
                    return true;
                };
                let (here, before, after) = (counts(point), counts(before), counts(after));
                let first = (here.0 - before.0, here.1 - before.1);
                let second = (after.0 - here.0, after.1 - here.1);
                first.0 * second.1 != first.1 * second.0
            })
            .map(|(_, point)| *point)
            .collect()
    }
}
