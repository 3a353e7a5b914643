//! How a number is spread: counts per range, a summary strip above, blanks as a bar of their own.

use super::{Drawing, Mark};
use crate::base::{TaskContext, UserError};
use crate::chart::bins;
use crate::chart::fields;
use crate::chart::spec::ChartSpec;
use crate::data::{ColumnKind, Table};

pub struct Histogram;

impl Mark for Histogram {
    fn id(&self) -> &'static str {
        "histogram"
    }

    fn name(&self) -> &'static str {
        "Histogram"
    }

    fn summary(&self) -> &'static str {
        "How many rows fall into each range of a number"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        _color: Option<ColumnKind>,
    ) -> bool {
        matches!(
            (x, y),
            (Some(ColumnKind::Number), None) | (None, Some(ColumnKind::Number))
        )
    }

    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError> {
        let name = spec.x.as_deref().or(spec.y.as_deref()).unwrap_or_default();
        let numbers = fields::numbers(table, name, task)?;
        let groups = match &spec.color {
            Some(color) => Some(fields::groups(table, color, task)?),
            None => None,
        };
        let words = bins::Words {
            title: match &spec.color {
                Some(color) => format!("{name} by {color}"),
                None => name.to_owned(),
            },
            axis: name.to_owned(),
            kind: "Histogram",
        };
        let drawing = bins::histogram(table, &numbers, groups.as_ref(), words, task)?;
        Ok(Box::new(drawing))
    }
}
