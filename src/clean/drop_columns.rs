//! Removes columns.

use polars::prelude::{LazyFrame, by_name};

use super::columns::{name_spans, require_all, sentence};
use super::python::{self, PandasStep};
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span};
use crate::base::graph::Graph;
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::Schema;

pub struct DropColumns;

const COLUMNS: &str = "columns";

static PARAMS: &[ParamSpec] = &[ParamSpec {
    key: COLUMNS,
    label: "Columns",
    help: "The columns to leave out",
    kind: ParamKind::Columns,
    default: ParamDefault::Required,
}];

impl CleanStep for DropColumns {
    fn id(&self) -> &'static str {
        "drop_columns"
    }

    fn name(&self) -> &'static str {
        "Drop columns"
    }

    fn summary(&self) -> &'static str {
        "Leaves columns out of everything that follows; the file itself is not changed"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::Keeps
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        sentence("Drop ", name_spans(params.list(COLUMNS)), "")
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        params.list(COLUMNS).to_vec()
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        let columns = params.list(COLUMNS);
        require_all(schema, columns)?;
        if columns.len() == schema.len() {
            return Err(UserError::usage(
                "no_column_left",
                "No column would be left",
                format!(
                    "The table has {} columns and all of them are chosen",
                    schema.len()
                ),
            )
            .with_hint("Leave at least one column out of the choice"));
        }
        Ok(())
    }

    fn apply(
        &self,
        frame: LazyFrame,
        _schema: &Schema,
        params: &Params,
        _learned: &Learned,
    ) -> Result<LazyFrame, UserError> {
        Ok(frame.drop(by_name(
            params.list(COLUMNS).iter().map(String::as_str),
            true,
            false,
        )))
    }

    fn pandas(&self, _schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        Ok(PandasStep::line(format!(
            "data = data.drop(columns={})",
            python::list(params.list(COLUMNS))
        )))
    }

    fn graph(
        &self,
        _graph: &mut Graph,
        columns: &mut GraphColumns,
        params: &Params,
        _learned: &Learned,
    ) -> Result<(), UserError> {
        for name in params.list(COLUMNS) {
            columns.columns.remove(name);
        }
        Ok(())
    }
}
