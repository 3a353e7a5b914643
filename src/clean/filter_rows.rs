//! Keeps or drops the rows that match a condition.

use polars::prelude::{LazyFrame, lit};

use super::columns::{name_span, sentence};
use super::python::PandasStep;
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span, formula};
use crate::base::graph::Graph;
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::Schema;

pub struct FilterRows;

const CONDITION: &str = "condition";
const ACTION: &str = "action";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: CONDITION,
        label: "Condition",
        help: "A formula that is true or false, for example age > 30 AND city = 'Oslo'. A row where it is blank does not match",
        kind: ParamKind::Formula,
        default: ParamDefault::Required,
    },
    ParamSpec {
        key: ACTION,
        label: "Matching rows",
        help: "Whether the rows that match stay or go",
        kind: ParamKind::Choice(&[("keep", "Keep"), ("drop", "Drop")]),
        default: ParamDefault::Text("keep"),
    },
];

impl CleanStep for FilterRows {
    fn id(&self) -> &'static str {
        "filter_rows"
    }

    fn name(&self) -> &'static str {
        "Filter rows"
    }

    fn summary(&self) -> &'static str {
        "Keeps or drops the rows that match a condition; a row where the condition is blank does not match"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::ChoosesOrOrders
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        let before = if params.text(ACTION) == "drop" {
            "Drop rows where "
        } else {
            "Keep rows where "
        };
        sentence(before, name_span(params.text(CONDITION).trim()), "")
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        formula::columns_used(params.text(CONDITION))
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        formula::condition(schema, params.text(CONDITION)).map(|_| ())
    }

    fn apply(
        &self,
        frame: LazyFrame,
        schema: &Schema,
        params: &Params,
        _learned: &Learned,
    ) -> Result<LazyFrame, UserError> {
        let matches = formula::condition(schema, params.text(CONDITION))?.fill_null(lit(false));
        Ok(frame.filter(if params.text(ACTION) == "drop" {
            matches.not()
        } else {
            matches
        }))
    }

    fn pandas(&self, schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        let condition = formula::pandas(schema, params.text(CONDITION))?;
        let sign = if params.text(ACTION) == "drop" {
            "~"
        } else {
            ""
        };
        Ok(PandasStep::line(format!(
            "data = data[{sign}holds({condition})]"
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
