//! Changes what kind of values a column holds.

use polars::prelude::{Column as PolarsColumn, Expr, Field, LazyFrame};

use super::columns::{
    Conversion, Decimal, Reading, column, convert, name_spans, require, require_all, sentence,
};
use super::python::{self, PandasStep};
use super::{CleanStep, GraphColumns, Learned, RowEffect, Span};
use crate::base::graph::{Constant, ElementType, Graph, Value};
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{Params, UserError};
use crate::data::{ColumnKind, Schema};

pub struct ChangeType;

const COLUMNS: &str = "columns";
const TO: &str = "to";
const DECIMAL: &str = "decimal";
const DATES: &str = "dates";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: COLUMNS,
        label: "Columns",
        help: "The columns to change",
        kind: ParamKind::Columns,
        default: ParamDefault::Required,
    },
    ParamSpec {
        key: TO,
        label: "To",
        help: "Values that do not fit become blank",
        kind: ParamKind::Choice(&[
            ("whole_number", "Whole number"),
            ("number", "Number"),
            ("yes_no", "Yes or no"),
            ("date", "Date"),
            ("date_time", "Date and time"),
            ("text", "Text"),
            ("category", "Category"),
        ]),
        default: ParamDefault::Text("number"),
    },
    ParamSpec {
        key: DECIMAL,
        label: "Decimal sign",
        help: "What stands before the fraction of a number written as text. \"By the value\" reads 1.234,5 and 1,234.5 alike, 3,5 as three and a half and 1,234 as one thousand",
        kind: ParamKind::Choice(&[
            ("automatic", "By the value"),
            ("point", "Point"),
            ("comma", "Comma"),
        ]),
        default: ParamDefault::Text("automatic"),
    },
    ParamSpec {
        key: DATES,
        label: "Dates like 03/05/2024",
        help: "Which of the two comes first. Dates that begin with the year are always clear",
        kind: ParamKind::Choice(&[("day_first", "Day first"), ("month_first", "Month first")]),
        default: ParamDefault::Text("day_first"),
    },
];

fn conversion(params: &Params) -> Result<Conversion, UserError> {
    match params.text(TO) {
        "whole_number" => Ok(Conversion::WholeNumber),
        "" | "number" => Ok(Conversion::Number),
        "yes_no" => Ok(Conversion::YesNo),
        "date" => Ok(Conversion::Date),
        "date_time" => Ok(Conversion::DateTime),
        "text" => Ok(Conversion::Text),
        "category" => Ok(Conversion::Category),
        other => Err(UserError::usage(
            "unknown_kind",
            format!("{other} is not a kind of column"),
            "The kinds are whole number, number, yes or no, date, date and time, text and category",
        )),
    }
}

fn reading(params: &Params) -> Reading {
    Reading {
        decimal: match params.text(DECIMAL) {
            "point" => Decimal::Point,
            "comma" => Decimal::Comma,
            _ => Decimal::Automatic,
        },
        month_first: params.text(DATES) == "month_first",
    }
}

fn word(to: Conversion) -> &'static str {
    match to {
        Conversion::WholeNumber => "whole number",
        Conversion::Number => "number",
        Conversion::YesNo => "yes or no",
        Conversion::Date => "date",
        Conversion::DateTime => "date and time",
        Conversion::Text => "text",
        Conversion::Category => "category",
    }
}

impl CleanStep for ChangeType {
    fn id(&self) -> &'static str {
        "change_type"
    }

    fn name(&self) -> &'static str {
        "Change type"
    }

    fn summary(&self) -> &'static str {
        "Changes what kind of values a column holds; values that do not fit become blank"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn row_effect(&self) -> RowEffect {
        RowEffect::Keeps
    }

    fn sentence(&self, params: &Params) -> Vec<Span> {
        let to = conversion(params).map_or("…", word);
        sentence(
            "Change ",
            name_spans(params.list(COLUMNS)),
            &format!(" to {to}"),
        )
    }

    fn needs(&self, params: &Params) -> Vec<String> {
        params.list(COLUMNS).to_vec()
    }

    fn check(&self, schema: &Schema, params: &Params) -> Result<(), UserError> {
        let to = conversion(params)?;
        require_all(schema, params.list(COLUMNS))?;
        for name in params.list(COLUMNS) {
            let kind = require(schema, name)?.kind;
            let from_date = kind == ColumnKind::Time
                && matches!(
                    to,
                    Conversion::WholeNumber | Conversion::Number | Conversion::YesNo
                );
            let to_date = matches!(kind, ColumnKind::Number | ColumnKind::YesNo)
                && matches!(to, Conversion::Date | Conversion::DateTime);
            if from_date || to_date {
                return Err(UserError::usage(
                    "types_do_not_meet",
                    format!("{name} cannot be changed to {}", word(to)),
                    format!(
                        "It holds values of the kind {}, none of which would fit",
                        kind.word().to_lowercase()
                    ),
                )
                .with_hint(
                    "Use a new column with a formula, for example DATE_PART('year', signed_up)",
                ));
            }
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
        let to = conversion(params)?;
        let reading = reading(params);
        let changed: Vec<Expr> = params
            .list(COLUMNS)
            .iter()
            .map(|name| {
                column(name).map(
                    move |values: PolarsColumn| {
                        Ok(convert(values.as_materialized_series(), to, reading)?.into())
                    },
                    move |_, field| Ok(Field::new(field.name().clone(), to.storage())),
                )
            })
            .collect();
        Ok(frame.with_columns(changed))
    }

    fn pandas(&self, schema: &Schema, params: &Params) -> Result<PandasStep, UserError> {
        let to = conversion(params)?;
        let lines: Result<Vec<String>, UserError> = params
            .list(COLUMNS)
            .iter()
            .map(|name| {
                let from = require(schema, name)?.kind;
                let place = format!("data[{}]", python::text(name));
                let code = in_pandas(&place, from, to, params).ok_or_else(|| {
                    UserError::input(
                        "type_not_in_pandas",
                        format!("{name} cannot be changed to {} there", word(to)),
                        "pandas would read or write its values in another way",
                    )
                })?;
                Ok(format!(
                    "data = data.assign(**{{{}: {code}}})",
                    python::text(name)
                ))
            })
            .collect();
        Ok(PandasStep::Lines(lines?))
    }

    fn graph(
        &self,
        graph: &mut Graph,
        columns: &mut GraphColumns,
        params: &Params,
        _learned: &Learned,
    ) -> Result<(), UserError> {
        let to = conversion(params)?;
        for name in params.list(COLUMNS) {
            let Some((value, element)) = columns.columns.get(name).cloned() else {
                continue;
            };
            let changed = match (element, to) {
                (ElementType::Text, Conversion::Text | Conversion::Category) => value,
                // Days with their fractions are what a date and time is on a graph.
                (
                    ElementType::Float | ElementType::Double,
                    Conversion::Number | Conversion::DateTime,
                ) => value,
                (ElementType::Float | ElementType::Double, Conversion::WholeNumber) => {
                    whole_or_blank(graph, &value, element)
                }
                (ElementType::Float | ElementType::Double, Conversion::Date) => {
                    graph.op("Floor", &[&value], Vec::new())
                }
                (ElementType::Float | ElementType::Double, Conversion::YesNo) => {
                    yes_no_or_blank(graph, &value, element)
                }
                _ => {
                    return Err(UserError::input(
                        "step_not_exportable",
                        format!("Changing {name} to {} cannot be exported", word(to)),
                        "The export format does not read text as numbers, nor numbers as text",
                    )
                    .with_hint("Change the type in the file itself, or leave the column out"));
                }
            };
            columns.columns.insert(name.clone(), (changed, element));
        }
        Ok(())
    }
}

/// The helpers `as_number`, `as_whole_number`, `as_yes_no` and `as_date` come with the script. None:
/// it would not give the same values.
fn in_pandas(place: &str, from: ColumnKind, to: Conversion, params: &Params) -> Option<String> {
    let is_text = matches!(from, ColumnKind::Category | ColumnKind::Text);
    let decimal = python::text(match params.text(DECIMAL) {
        "point" => ".",
        "comma" => ",",
        _ => "automatic",
    });
    let number = match (is_text, from) {
        (true, _) => format!("as_number({place}, {decimal})"),
        (false, ColumnKind::Number) => place.to_owned(),
        (false, _) => format!("{place}.astype(\"Float64\")"),
    };
    match to {
        Conversion::Number => Some(number),
        Conversion::WholeNumber => Some(format!("as_whole_number({number})")),
        Conversion::YesNo if is_text => Some(format!("as_yes_no({place})")),
        Conversion::YesNo if from == ColumnKind::YesNo => Some(place.to_owned()),
        Conversion::YesNo => Some(format!("as_yes_no_number({place})")),
        Conversion::Date if is_text => Some(format!(
            "as_date({place}, {})",
            python::text(params.text(DATES))
        )),
        Conversion::Date => Some(format!("{place}.dt.normalize()")),
        Conversion::DateTime if !is_text => Some(place.to_owned()),
        // Dates with a time of day are written in more ways than pandas is told of at once.
        Conversion::DateTime => None,
        Conversion::Text | Conversion::Category => match from {
            ColumnKind::Category | ColumnKind::Text => Some(place.to_owned()),
            ColumnKind::YesNo => Some(format!(
                "{place}.map({{True: \"yes\", False: \"no\"}}).astype(\"string\")"
            )),
            // Digits of fractions and dates are written in several ways.
            ColumnKind::Number => Some(format!("as_text({place})")),
            ColumnKind::Time => None,
        },
    }
}

fn scalar(graph: &mut Graph, element: ElementType, value: f64) -> Value {
    match element {
        ElementType::Double => graph.scalar(value),
        _ => graph.constant(&[], Constant::Float(vec![value as f32])),
    }
}

fn whole_or_blank(graph: &mut Graph, value: &Value, element: ElementType) -> Value {
    let blank = scalar(graph, element, f64::NAN);
    let floor = graph.op("Floor", &[value], Vec::new());
    let is_whole = graph.op("Equal", &[value, &floor], Vec::new());
    graph.op("Where", &[&is_whole, value, &blank], Vec::new())
}

fn yes_no_or_blank(graph: &mut Graph, value: &Value, element: ElementType) -> Value {
    let blank = scalar(graph, element, f64::NAN);
    let zero = scalar(graph, element, 0.0);
    let one = scalar(graph, element, 1.0);
    let is_no = graph.op("Equal", &[value, &zero], Vec::new());
    let is_yes = graph.op("Equal", &[value, &one], Vec::new());
    let fits = graph.op("Or", &[&is_no, &is_yes], Vec::new());
    graph.op("Where", &[&fits, value, &blank], Vec::new())
}
