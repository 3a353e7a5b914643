//! Gives a column another name.

use polars::prelude::LazyFrame;

use super::columns::{name_span, require, require_free, sentence};
use super::python::{self, PandasStep};
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span};
use crate::base::graph::Graph;
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::Schema;

pub struct Rename;

const COLUMN: &str = "column";
const TO: &str = "to";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: COLUMN,
        label: "Column",
        help: "The column to rename",
        kind: ParamKind::Column,
        default: ParamDefault::Required,
    },
    ParamSpec {
        key: TO,
        label: "New name",
        help: "A name that no other column has",
        kind: ParamKind::Text,
        default: ParamDefault::Required,
    },
];

impl CleanStep for Rename {
    fn id(&self) -> &'static str {
        "rename"
    }

    fn name(&self) -> &'static str {
        "Rename"
    }

    fn summary(&self) -> &'static str {
        "Gives a column another name; its values stay as they are"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::Keeps
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        let mut spans = sentence("Rename ", name_span(params.text(COLUMN)), " to ");
        spans.extend(name_span(params.text(TO)));
        spans
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        vec![params.text(COLUMN).to_owned()]
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        require(schema, params.text(COLUMN))?;
        require_free(schema, params.text(TO))
    }

    fn apply(
        &self,
        frame: LazyFrame,
        _schema: &Schema,
        params: &Params,
        _learned: &Learned,
    ) -> Result<LazyFrame, UserError> {
        Ok(frame.rename([params.text(COLUMN)], [params.text(TO)], true))
    }

    fn pandas(&self, _schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        Ok(PandasStep::line(format!(
            "data = data.rename(columns={{{}: {}}})",
            python::text(params.text(COLUMN)),
            python::text(params.text(TO))
        )))
    }

    fn graph(
        &self,
        _graph: &mut Graph,
        columns: &mut GraphColumns,
        params: &Params,
        _learned: &Learned,
    ) -> Result<(), UserError> {
        if let Some(value) = columns.columns.remove(params.text(COLUMN)) {
            columns.columns.insert(params.text(TO).to_owned(), value);
        }
        Ok(())
    }
}
