//! How long the texts of a column are.

use super::{Drawing, Mark};
use crate::base::{TaskContext, UserError};
use crate::chart::bins;
use crate::chart::fields;
use crate::chart::spec::ChartSpec;
use crate::data::{ColumnKind, Table};

pub struct TextLength;

impl Mark for TextLength {
    fn id(&self) -> &'static str {
        "text_length"
    }

    fn name(&self) -> &'static str {
        "Length of text"
    }

    fn summary(&self) -> &'static str {
        "How many letters the texts of a column have"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        _color: Option<ColumnKind>,
    ) -> bool {
        matches!(
            (x, y),
            (Some(ColumnKind::Text | ColumnKind::Category), None)
                | (None, Some(ColumnKind::Text | ColumnKind::Category))
        )
    }

    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError> {
        let name = spec.x.as_deref().or(spec.y.as_deref()).unwrap_or_default();
        let lengths = fields::text_lengths(table, name, task)?;
        let groups = match &spec.color {
            Some(color) => Some(fields::groups(table, color, task)?),
            None => None,
        };
        let words = bins::Words {
            title: format!("Length of {name}"),
            axis: format!("letters in {name}"),
            kind: "Histogram of the length",
        };
        let drawing = bins::histogram(table, &lengths, groups.as_ref(), words, task)?;
        Ok(Box::new(drawing))
    }
}
