//! The values of a text column, counted in the training rows, and the rare ones among them.

use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec};
use crate::learn::prepare::Training;

pub static SETTINGS: &[ParamSpec] = &[
    ParamSpec {
        key: "rare_rows",
        label: "Group values in fewer rows than",
        help: "Values that occur in fewer training rows share one place; 0 groups none",
        kind: ParamKind::Integer {
            min: 0,
            max: 1_000_000,
        },
        default: ParamDefault::Integer(0),
    },
    ParamSpec {
        key: "rare_share",
        label: "Group values in a smaller share of rows than",
        help: "Values that occur in a smaller share of the training rows share one place: 0.01 is one row in a hundred; 0 groups none",
        kind: ParamKind::Number {
            min: 0.0,
            max: 0.5,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
];

/// Values of a text column and the rows they occur in.
pub struct Counted {
    /// Most frequent first; equally frequent ones by name.
    pub levels: Vec<(String, u64)>,
    pub blanks: u64,
}

/// `names` may hold values that no code points to: those of rows that are not learned from. They
/// do not exist here.
pub fn count(codes: &[u32], names: &[String]) -> Counted {
    let mut counts = vec![0u64; names.len()];
    let mut blanks = 0u64;
    for &code in codes {
        match counts.get_mut(code as usize) {
            Some(count) => *count += 1,
            None => blanks += 1,
        }
    }
    let mut levels: Vec<(String, u64)> = counts
        .into_iter()
        .zip(names)
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| (name.clone(), count))
        .collect();
    levels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Counted { levels, blanks }
}

/// The values that keep a place of their own, and those that share one.
pub struct Grouped {
    /// Most frequent first; at least one.
    pub own: Vec<String>,
    pub rare: Vec<String>,
    /// Grouping was asked for.
    pub asked: bool,
}

/// `most`: places at most, the shared one not counted. The most frequent value always has its own.
pub fn group(counted: Counted, rows: usize, most: usize, training: &Training<'_>) -> Grouped {
    let by_rows = u64::try_from(training.settings.integer("rare_rows")).unwrap_or(0);
    let by_share = (training.settings.number("rare_share") * rows as f64).ceil() as u64;
    let least = by_rows.max(by_share);
    let frequent = counted
        .levels
        .iter()
        .take(most)
        .take_while(|(_, count)| *count >= least)
        .count()
        .max(1);
    let mut own: Vec<String> = counted.levels.into_iter().map(|(name, _)| name).collect();
    let rare = own.split_off(frequent.min(own.len()));
    Grouped {
        own,
        rare,
        asked: least > 0,
    }
}
