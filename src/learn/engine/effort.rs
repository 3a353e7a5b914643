//! What a learner says of itself besides what it learns: how its work grows with the rows, and
//! which settings hold it back.

use crate::base::{ParamKind, ParamSpec, ParamValue, Params};

/// How a time grows with the number of rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Growth {
    Linear,
    /// Rows times their logarithm: everything that sorts.
    LinearLog,
    /// Rows to this power.
    Power(f64),
}

impl Growth {
    /// The work on so many rows in units of its own.
    pub fn of(self, rows: f64) -> f64 {
        let rows = rows.max(1.0);
        match self {
            Self::Linear => rows,
            Self::LinearLog => rows * (rows + 1.0).log2(),
            Self::Power(power) => rows.powf(power),
        }
    }

    /// "as the rows", "as the rows times their logarithm", …
    pub fn words(self) -> String {
        match self {
            Self::Linear => "as the rows".to_owned(),
            Self::LinearLog => "as the rows times their logarithm".to_owned(),
            Self::Power(power) => format!(
                "as the rows to the power of {}",
                crate::base::format::number(power, 2)
            ),
        }
    }
}

/// How the work of a learner grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Of a fit, with the rows learned from.
    pub fit: Growth,
    /// Of asking a fitted model about one row, with the rows learned from: 0 does not grow.
    pub ask: f64,
    /// Numbers of eight bytes held for every cell of the prepared rows while it fits.
    pub cells: f64,
    /// Numbers of eight bytes held for every pair of rows learned from.
    pub pairs: f64,
}

impl Cost {
    pub const LINEAR: Self = Self {
        fit: Growth::Linear,
        ask: 0.0,
        cells: 2.0,
        pairs: 0.0,
    };
    /// Trees: rows are sorted or fall through levels that grow with their logarithm.
    pub const TREES: Self = Self {
        fit: Growth::LinearLog,
        ..Self::LINEAR
    };

    /// Bytes at the height of a fit.
    pub fn bytes(&self, rows: f64, columns: f64) -> f64 {
        8.0 * (self.cells * rows * columns + self.pairs * rows * rows)
    }
}

/// A change of one setting with which a learner learns less by heart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HoldBack {
    pub key: &'static str,
    pub change: Change,
    /// It ends earlier, rather than being simpler.
    pub earlier: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// So many times what it is.
    Times(f64),
    Switch(bool),
    /// Half of what it is, but never more than this, where 0 is without limit.
    HalfOrAtMost(i64),
}

impl HoldBack {
    pub const fn simpler(key: &'static str, change: Change) -> Self {
        Self {
            key,
            change,
            earlier: false,
        }
    }

    pub const fn earlier(key: &'static str, change: Change) -> Self {
        Self {
            key,
            change,
            earlier: true,
        }
    }

    /// The value that holds back, within what the setting takes; None where it is there already.
    pub fn value(&self, specs: &[ParamSpec], params: &Params) -> Option<ParamValue> {
        let spec = specs.iter().find(|spec| spec.key == self.key)?;
        let now = params
            .get(self.key)
            .cloned()
            .or_else(|| spec.default_value())?;
        let changed = match (self.change, &now, spec.kind) {
            (Change::Switch(on), ParamValue::Bool(_), _) => ParamValue::Bool(on),
            (Change::Times(times), value, ParamKind::Integer { min, max }) => {
                let old = whole(value)?;
                let new = (old as f64 * times).round() as i64;
                ParamValue::Integer(new.clamp(min, max))
            }
            (Change::Times(times), value, ParamKind::Number { min, max, .. }) => {
                let old = match value {
                    ParamValue::Number(old) => *old,
                    other => whole(other)? as f64,
                };
                ParamValue::Number((old * times).clamp(min, max))
            }
            (Change::HalfOrAtMost(most), value, ParamKind::Integer { min, max }) => {
                let old = whole(value)?;
                let new = if old <= 0 { most } else { (old / 2).min(most) };
                ParamValue::Integer(new.clamp(min.max(1), max))
            }
            _ => return None,
        };
        (changed != now).then_some(changed)
    }
}

fn whole(value: &ParamValue) -> Option<i64> {
    match value {
        ParamValue::Integer(value) => Some(*value),
        ParamValue::Number(value) => Some(*value as i64),
        _ => None,
    }
}
