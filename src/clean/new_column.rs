//! Adds a column that is calculated from others.

use polars::prelude::LazyFrame;

use super::columns::{name_span, require_free, sentence};
use super::python::{self, PandasStep};
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span, formula};
use crate::base::graph::{ElementType, Graph};
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::Schema;

pub struct NewColumn;

const NAME: &str = "name";
const FORMULA: &str = "formula";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: NAME,
        label: "Name",
        help: "A name that no other column has",
        kind: ParamKind::Text,
        default: ParamDefault::Required,
    },
    ParamSpec {
        key: FORMULA,
        label: "Formula",
        help: "Calculated for every row from its own values, for example weight / (height * height)",
        kind: ParamKind::Formula,
        default: ParamDefault::Required,
    },
];

impl CleanStep for NewColumn {
    fn id(&self) -> &'static str {
        "new_column"
    }

    fn name(&self) -> &'static str {
        "New column"
    }

    fn summary(&self) -> &'static str {
        "Adds a column that is calculated from the values of the same row"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::Keeps
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        let formula = params.text(FORMULA).trim();
        let after = if formula.is_empty() {
            " = …".to_owned()
        } else {
            format!(" = {formula}")
        };
        sentence("New column ", name_span(params.text(NAME)), &after)
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        formula::columns_used(params.text(FORMULA))
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        require_free(schema, params.text(NAME))?;
        formula::calculation(schema, params.text(FORMULA)).map(|_| ())
    }

    fn apply(
        &self,
        frame: LazyFrame,
        schema: &Schema,
        params: &Params,
        _learned: &Learned,
    ) -> Result<LazyFrame, UserError> {
        let value = formula::calculation(schema, params.text(FORMULA))?;
        Ok(frame.with_column(value.alias(params.text(NAME))))
    }

    fn pandas(&self, schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        let formula = formula::pandas(schema, params.text(FORMULA))?;
        Ok(PandasStep::line(format!(
            "data = data.assign(**{{{}: {formula}}})",
            python::text(params.text(NAME))
        )))
    }

    fn graph(
        &self,
        graph: &mut Graph,
        columns: &mut GraphColumns,
        params: &Params,
        _learned: &Learned,
    ) -> Result<(), UserError> {
        let value = formula::graph(graph, columns, params.text(FORMULA))?;
        columns
            .columns
            .insert(params.text(NAME).to_owned(), (value, ElementType::Double));
        Ok(())
    }
}
