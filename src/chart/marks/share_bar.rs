//! Two categories as bars of 100 %.

use super::{Drawing, Mark};
use crate::base::{TaskContext, UserError};
use crate::chart::spec::ChartSpec;
use crate::chart::stacked::Arrange;
use crate::chart::two_way;
use crate::data::{ColumnKind, Table};

pub struct ShareBar;

impl Mark for ShareBar {
    fn id(&self) -> &'static str {
        "share_bar"
    }

    fn name(&self) -> &'static str {
        "Bars of 100 %"
    }

    fn summary(&self) -> &'static str {
        "Which share of each value another column's values have"
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
        Ok(Box::new(two_way::bars(table, spec, Arrange::Share, task)?))
    }
}
