//! Puts rows in order.

use polars::prelude::{Expr, LazyFrame, SortMultipleOptions};

use super::columns::{column, name_spans, require_all, sentence};
use super::python::{self, PandasStep};
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span};
use crate::base::graph::Graph;
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::Schema;

pub struct SortRows;

const COLUMNS: &str = "columns";
const DESCENDING: &str = "descending";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: COLUMNS,
        label: "Columns",
        help: "Sorted by the first; rows that are equal there by the second, and so on",
        kind: ParamKind::Columns,
        default: ParamDefault::Required,
    },
    ParamSpec {
        key: DESCENDING,
        label: "Largest first",
        help: "From large to small, from Z to A, from late to early. Blanks come last either way",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(false),
    },
];

impl CleanStep for SortRows {
    fn id(&self) -> &'static str {
        "sort_rows"
    }

    fn name(&self) -> &'static str {
        "Sort rows"
    }

    fn summary(&self) -> &'static str {
        "Puts rows in the order of one or more columns; equal rows keep their order, blanks come last"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::ChoosesOrOrders
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        let after = if params.bool(DESCENDING) {
            ", largest first"
        } else {
            ""
        };
        sentence("Sort rows by ", name_spans(params.list(COLUMNS)), after)
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        params.list(COLUMNS).to_vec()
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        require_all(schema, params.list(COLUMNS))
    }

    fn apply(
        &self,
        frame: LazyFrame,
        _schema: &Schema,
        params: &Params,
        _learned: &Learned,
    ) -> Result<LazyFrame, UserError> {
        let by: Vec<Expr> = params
            .list(COLUMNS)
            .iter()
            .map(|name| column(name))
            .collect();
        let options = SortMultipleOptions::default()
            .with_order_descending(params.bool(DESCENDING))
            .with_nulls_last(true)
            .with_maintain_order(true);
        Ok(frame.sort_by_exprs(by, options))
    }

    fn pandas(&self, _schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        Ok(PandasStep::line(format!(
            "data = data.sort_values({}, ascending={}, kind=\"stable\", na_position=\"last\")",
            python::list(params.list(COLUMNS)),
            python::truth(!params.bool(DESCENDING))
        )))
    }

    fn graph(
        &self,
        _graph: &mut Graph,
        _columns: &mut GraphColumns,
        _params: &Params,
        _learned: &Learned,
    ) -> Result<(), UserError> {
        Ok(())
    }
}
