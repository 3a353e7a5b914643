//! Keeps the first of rows that are the same.

use polars::prelude::{Expr, LazyFrame, UniqueKeepStrategy};

use super::columns::{column, name_spans, require, sentence};
use super::python::{self, PandasStep};
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span};
use crate::base::graph::Graph;
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::Schema;

pub struct RemoveDuplicates;

const COLUMNS: &str = "columns";

static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: COLUMNS,
    label: "Columns",
    help: "Rows that are equal in these columns are duplicates. None chosen: equal in every column",
    kind: ParamKind::Columns,
    default: ParamDefault::None,
}];

impl CleanStep for RemoveDuplicates {
    fn id(&self) -> &'static str {
        "remove_duplicates"
    }

    fn name(&self) -> &'static str {
        "Remove duplicates"
    }

    fn summary(&self) -> &'static str {
        "Keeps the first of rows that are the same; blanks count as equal"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::ChoosesOrOrders
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        let columns = params.list(COLUMNS);
        if columns.is_empty() {
            return vec![Span::Plain("Remove duplicate rows".to_owned())];
        }
        sentence("Remove rows with the same ", name_spans(columns), "")
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        params.list(COLUMNS).to_vec()
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        for name in params.list(COLUMNS) {
            require(schema, name)?;
        }
        Ok(())
    }

    fn apply(
        &self,
        frame: LazyFrame,
        schema: &Schema,
        params: &Params,
        _learned: &Learned,
    ) -> Result<LazyFrame, UserError> {
        let chosen = params.list(COLUMNS);
        // Never the hidden row ids, which differ in every row.
        let subset: Vec<Expr> = if chosen.is_empty() {
            schema
                .columns
                .iter()
                .map(|known| column(&known.name))
                .collect()
        } else {
            chosen.iter().map(|name| column(name)).collect()
        };
        if subset.is_empty() {
            return Ok(frame);
        }
        Ok(frame.unique_stable_generic(Some(subset), UniqueKeepStrategy::First))
    }

    fn pandas(&self, _schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        let columns = params.list(COLUMNS);
        Ok(PandasStep::line(if columns.is_empty() {
            "data = data.drop_duplicates()".to_owned()
        } else {
            format!(
                "data = data.drop_duplicates(subset={})",
                python::list(columns)
            )
        }))
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
