//! Two categories as bars side by side.

use super::{Drawing, Mark};
use crate::base::{TaskContext, UserError};
use crate::chart::spec::ChartSpec;
use crate::chart::stacked::Arrange;
use crate::chart::two_way;
use crate::data::{ColumnKind, Table};

pub struct GroupedBar;

impl Mark for GroupedBar {
    fn id(&self) -> &'static str {
        "grouped_bar"
    }

    fn name(&self) -> &'static str {
        "Bars side by side"
    }

    fn summary(&self) -> &'static str {
        "How many rows each pair of values has, side by side"
    }

    fn fits(
        &self,
        x: Option<ColumnKind>,
        y: Option<ColumnKind>,
        color: Option<ColumnKind>,
    ) -> bool {
        two_way::is_category(x) && two_way::is_category(y) && color.is_none()
    }

    fn prepare(
        &self,
        table: &Table,
        spec: &ChartSpec,
        task: &TaskContext,
    ) -> Result<Box<dyn Drawing>, UserError> {
        Ok(Box::new(two_way::bars(table, spec, Arrange::Side, task)?))
    }
}
