//! Formulas as pandas expressions, for scripts.
//!
//! The table is called `data` there and its columns have pandas' types that know blanks: Float64,
//! boolean, string, datetime64. Comparisons, AND and OR then follow the same three-valued logic as
//! here. The script brings the helpers `finite`, `choose` and `days`.

use polars::prelude::{
    AggExpr, AnyValue, BooleanFunction, DataType, Expr, FunctionExpr, LiteralValue, Operator,
    PowFunction, StringFunction, TemporalFunction,
};

use crate::base::{UserError, format};
use crate::clean::python::{number, text};
use crate::data::{ColumnKind, Schema};

/// Code of a part of a formula, by what it gives.
enum Part {
    Number(String),
    Truth(String),
    Text(String),
    /// Days since 1970-01-01.
    Day(String),
    /// Blank of any kind.
    Blank,
}

impl Part {
    fn number(self, expr: &Expr) -> Result<String, UserError> {
        match self {
            Self::Number(code) => Ok(code),
            Self::Truth(code) => Ok(format!("{code}.astype(\"Float64\")")),
            Self::Blank => Ok("pd.NA".to_owned()),
            Self::Text(_) | Self::Day(_) => Err(not_said(expr)),
        }
    }

    fn truth(self, expr: &Expr) -> Result<String, UserError> {
        match self {
            Self::Truth(code) => Ok(code),
            _ => Err(not_said(expr)),
        }
    }

    fn text(self, expr: &Expr) -> Result<String, UserError> {
        match self {
            Self::Text(code) => Ok(code),
            _ => Err(not_said(expr)),
        }
    }
}

/// The formula as one expression. The error says which part cannot be said in pandas.
pub(super) fn pandas(schema: &Schema, expr: &Expr) -> Result<String, UserError> {
    let code = match (part(schema, expr)?, expr) {
        // A date stays a date.
        (Part::Day(_), Expr::Column(name)) => format!("data[{}]", text(name)),
        (Part::Day(_), _) => return Err(not_said(expr)),
        (Part::Number(code) | Part::Truth(code) | Part::Text(code), _) => code,
        (Part::Blank, _) => "pd.NA".to_owned(),
    };
    Ok(without_brackets(&code).to_owned())
}

fn not_said(expr: &Expr) -> UserError {
    UserError::input(
        "formula_not_in_pandas",
        "A part of a formula cannot be said in pandas",
        format!("This part: {}", format::shorten(&format!("{expr:?}"), 160)),
    )
    .with_hint("Do without this part of the formula, or prepare the column in the file itself")
}

fn part(schema: &Schema, expr: &Expr) -> Result<Part, UserError> {
    match expr {
        Expr::Column(name) => column(schema, name, expr),
        Expr::Literal(value) => literal(value, expr),
        Expr::BinaryExpr { left, op, right } => binary(schema, left, *op, right, expr),
        Expr::Ternary {
            predicate,
            truthy,
            falsy,
        } => choice(schema, predicate, truthy, falsy, expr),
        Expr::Cast {
            expr: inner, dtype, ..
        } => cast(schema, inner, dtype.as_literal(), expr),
        Expr::Function { input, function } => called(schema, input, function, expr),
        _ => Err(not_said(expr)),
    }
}

fn column(schema: &Schema, name: &str, expr: &Expr) -> Result<Part, UserError> {
    let known = schema.get(name).ok_or_else(|| not_said(expr))?;
    let code = format!("data[{}]", text(name));
    Ok(match known.kind {
        ColumnKind::Number => Part::Number(code),
        ColumnKind::YesNo => Part::Truth(code),
        ColumnKind::Category | ColumnKind::Text => Part::Text(code),
        ColumnKind::Time => Part::Day(format!("days({code})")),
    })
}

fn literal(value: &LiteralValue, expr: &Expr) -> Result<Part, UserError> {
    if let Some(word) = value.extract_str() {
        return Ok(Part::Text(text(word)));
    }
    match value.to_any_value() {
        Some(AnyValue::Null) => Ok(Part::Blank),
        Some(AnyValue::Boolean(yes)) => {
            Ok(Part::Truth(if yes { "True" } else { "False" }.to_owned()))
        }
        Some(any) if any.is_primitive_numeric() => match any.extract::<f64>() {
            Some(value) => Ok(Part::Number(number(value))),
            None => Err(not_said(expr)),
        },
        _ => Err(not_said(expr)),
    }
}

fn binary(
    schema: &Schema,
    left: &Expr,
    op: Operator,
    right: &Expr,
    expr: &Expr,
) -> Result<Part, UserError> {
    let (a, b) = (part(schema, left)?, part(schema, right)?);
    let sign = match op {
        Operator::Plus => "+",
        Operator::Minus => "-",
        Operator::Multiply => "*",
        Operator::TrueDivide => "/",
        Operator::Lt => "<",
        Operator::LtEq => "<=",
        Operator::Gt => ">",
        Operator::GtEq => ">=",
        Operator::Eq => "==",
        Operator::NotEq => "!=",
        Operator::And | Operator::LogicalAnd => "&",
        Operator::Or | Operator::LogicalOr => "|",
        _ => return Err(not_said(expr)),
    };
    match sign {
        "+" | "-" | "*" | "/" => {
            if let ("-", Part::Day(a), Part::Day(b)) = (sign, &a, &b) {
                return Ok(Part::Number(format!("({a} - {b})")));
            }
            let code = format!("({} {sign} {})", a.number(left)?, b.number(right)?);
            Ok(Part::Number(match sign {
                "/" => format!("finite{code}"),
                _ => code,
            }))
        }
        "&" | "|" => Ok(Part::Truth(format!(
            "({} {sign} {})",
            a.truth(left)?,
            b.truth(right)?
        ))),
        _ => {
            let (a, b) = match (a, b) {
                (Part::Day(a), Part::Day(b)) | (Part::Text(a), Part::Text(b)) => (a, b),
                (Part::Truth(a), Part::Truth(b)) => (a, b),
                (a, b) => (a.number(left)?, b.number(right)?),
            };
            Ok(Part::Truth(format!("({a} {sign} {b})")))
        }
    }
}

fn choice(
    schema: &Schema,
    predicate: &Expr,
    truthy: &Expr,
    falsy: &Expr,
    expr: &Expr,
) -> Result<Part, UserError> {
    let holds = part(schema, predicate)?.truth(predicate)?;
    let holds = without_brackets(&holds).to_owned();
    let (then, otherwise) = (part(schema, truthy)?, part(schema, falsy)?);
    let chosen = |a: &str, b: &str, kind: &str| format!("choose({holds}, {a}, {b}, \"{kind}\")");
    let blank = "pd.NA";
    Ok(match (then, otherwise) {
        (Part::Text(a), Part::Text(b)) => Part::Text(chosen(&a, &b, "string")),
        (Part::Text(a), Part::Blank) => Part::Text(chosen(&a, blank, "string")),
        (Part::Blank, Part::Text(b)) => Part::Text(chosen(blank, &b, "string")),
        (Part::Truth(a), Part::Truth(b)) => Part::Truth(chosen(&a, &b, "boolean")),
        (Part::Truth(a), Part::Blank) => Part::Truth(chosen(&a, blank, "boolean")),
        (Part::Blank, Part::Truth(b)) => Part::Truth(chosen(blank, &b, "boolean")),
        (a, b) => Part::Number(chosen(&a.number(expr)?, &b.number(expr)?, "Float64")),
    })
}

fn cast(
    schema: &Schema,
    inner: &Expr,
    to: Option<&DataType>,
    expr: &Expr,
) -> Result<Part, UserError> {
    match (part(schema, inner)?, to) {
        (Part::Truth(code), Some(DataType::Boolean)) => Ok(Part::Truth(code)),
        (Part::Number(code), Some(DataType::Boolean)) => Ok(Part::Truth(format!("({code} != 0)"))),
        (part @ (Part::Number(_) | Part::Truth(_)), Some(DataType::Float64)) => {
            Ok(Part::Number(part.number(expr)?))
        }
        (Part::Text(code), Some(DataType::String)) => Ok(Part::Text(code)),
        _ => Err(not_said(expr)),
    }
}

fn called(
    schema: &Schema,
    input: &[Expr],
    function: &FunctionExpr,
    expr: &Expr,
) -> Result<Part, UserError> {
    let of = |x: &Expr| part(schema, x)?.number(x);
    let numpy = |name: &str, x: &Expr| Ok(Part::Number(format!("np.{name}({})", plain(&of(x)?))));
    let finite = |name: &str, x: &Expr| {
        Ok(Part::Number(format!(
            "finite(np.{name}({}))",
            plain(&of(x)?)
        )))
    };
    match (function, input) {
        (FunctionExpr::Abs, [x]) => numpy("abs", x),
        (FunctionExpr::Floor, [x]) => numpy("floor", x),
        (FunctionExpr::Ceil, [x]) => numpy("ceil", x),
        (FunctionExpr::Sign, [x]) => numpy("sign", x),
        (FunctionExpr::Exp, [x]) => finite("exp", x),
        (FunctionExpr::Log1p, [x]) => finite("log1p", x),
        (FunctionExpr::Pow(PowFunction::Sqrt), [x]) => finite("sqrt", x),
        (FunctionExpr::Pow(PowFunction::Generic), [x, exponent]) => Ok(Part::Number(format!(
            "finite({} ** {})",
            of(x)?,
            of(exponent)?
        ))),
        (FunctionExpr::Log, [x, base]) => match constant(base) {
            Some(base) if base == std::f64::consts::E => finite("log", x),
            Some(10.0) => finite("log10", x),
            Some(2.0) => finite("log2", x),
            _ => Err(not_said(expr)),
        },
        (FunctionExpr::Negate, [x]) => Ok(Part::Number(format!("(-{})", of(x)?))),
        (FunctionExpr::Boolean(BooleanFunction::Not), [x]) => {
            Ok(Part::Truth(format!("(~{})", part(schema, x)?.truth(x)?)))
        }
        (FunctionExpr::Boolean(BooleanFunction::IsNull), [x]) => blank(schema, x, "isna"),
        (FunctionExpr::Boolean(BooleanFunction::IsNotNull), [x]) => blank(schema, x, "notna"),
        (
            FunctionExpr::Boolean(BooleanFunction::IsIn { .. }),
            [x, Expr::Agg(AggExpr::Implode { input, .. })],
        ) => is_in(schema, x, input, expr),
        (FunctionExpr::Coalesce, [first, rest @ ..]) => coalesce(schema, first, rest),
        (FunctionExpr::StringExpr(function), [x, ..]) => words(schema, function, input, x, expr),
        (FunctionExpr::TemporalExpr(function), [Expr::Column(name)]) => {
            let known = schema.get(name).ok_or_else(|| not_said(expr))?;
            let what = match function {
                TemporalFunction::Year => "year",
                TemporalFunction::Month => "month",
                TemporalFunction::Day => "day",
                TemporalFunction::Quarter => "quarter",
                TemporalFunction::Hour => "hour",
                TemporalFunction::OrdinalDay => "dayofyear",
                _ => return Err(not_said(expr)),
            };
            if known.kind != ColumnKind::Time {
                return Err(not_said(expr));
            }
            Ok(Part::Number(format!(
                "data[{}].dt.{what}.astype(\"Float64\")",
                text(name)
            )))
        }
        _ => Err(not_said(expr)),
    }
}

fn words(
    schema: &Schema,
    function: &StringFunction,
    input: &[Expr],
    x: &Expr,
    expr: &Expr,
) -> Result<Part, UserError> {
    // A method of a fixed text would be another one.
    if matches!(x, Expr::Literal(_)) {
        return Err(not_said(expr));
    }
    let of = part(schema, x)?.text(x)?;
    let stripped = || match input.get(1) {
        Some(Expr::Literal(value)) => matches!(value.to_any_value(), Some(AnyValue::Null)),
        _ => false,
    };
    match function {
        StringFunction::Lowercase => Ok(Part::Text(format!("{of}.str.lower()"))),
        StringFunction::Uppercase => Ok(Part::Text(format!("{of}.str.upper()"))),
        StringFunction::LenChars => Ok(Part::Number(format!("{of}.str.len().astype(\"Float64\")"))),
        StringFunction::StripChars if stripped() => Ok(Part::Text(format!("{of}.str.strip()"))),
        StringFunction::StripCharsStart if stripped() => {
            Ok(Part::Text(format!("{of}.str.lstrip()")))
        }
        StringFunction::StripCharsEnd if stripped() => Ok(Part::Text(format!("{of}.str.rstrip()"))),
        StringFunction::StartsWith | StringFunction::EndsWith => {
            let Some(Expr::Literal(value)) = input.get(1) else {
                return Err(not_said(expr));
            };
            let word = value.extract_str().ok_or_else(|| not_said(expr))?;
            let method = match function {
                StringFunction::StartsWith => "startswith",
                _ => "endswith",
            };
            Ok(Part::Truth(format!("{of}.str.{method}({})", text(word))))
        }
        _ => Err(not_said(expr)),
    }
}

fn blank(schema: &Schema, x: &Expr, method: &str) -> Result<Part, UserError> {
    let code = match part(schema, x)? {
        Part::Number(code) | Part::Truth(code) | Part::Text(code) | Part::Day(code) => code,
        Part::Blank => return Err(not_said(x)),
    };
    Ok(Part::Truth(format!("{code}.{method}()")))
}

fn is_in(schema: &Schema, x: &Expr, list: &Expr, expr: &Expr) -> Result<Part, UserError> {
    let Expr::Literal(LiteralValue::Series(series)) = list else {
        return Err(not_said(expr));
    };
    let (code, values): (String, Option<Vec<String>>) = match part(schema, x)? {
        Part::Text(code) => {
            let known = series.str().map_err(|_| not_said(expr))?;
            (code, known.iter().map(|word| word.map(text)).collect())
        }
        part => {
            let known = series
                .cast(&DataType::Float64)
                .map_err(|_| not_said(expr))?;
            let known = known.f64().map_err(|_| not_said(expr))?;
            (
                part.number(x)?,
                known.iter().map(|value| value.map(number)).collect(),
            )
        }
    };
    let values = values.ok_or_else(|| not_said(expr))?.join(", ");
    // isin says no where the value is blank; here a blank stays one.
    Ok(Part::Truth(format!(
        "{code}.isin([{values}]).astype(\"boolean\").where({code}.notna())"
    )))
}

fn coalesce(schema: &Schema, first: &Expr, rest: &[Expr]) -> Result<Part, UserError> {
    let first_part = part(schema, first)?;
    let is_text = matches!(first_part, Part::Text(_));
    let mut code = match first_part {
        Part::Text(code) => code,
        other => other.number(first)?,
    };
    for other in rest {
        let next = part(schema, other)?;
        let next = if is_text {
            next.text(other)?
        } else {
            next.number(other)?
        };
        code = format!("{code}.fillna({})", plain(&next));
    }
    Ok(if is_text {
        Part::Text(code)
    } else {
        Part::Number(code)
    })
}

fn constant(expr: &Expr) -> Option<f64> {
    let Expr::Literal(value) = expr else {
        return None;
    };
    value.to_any_value()?.extract::<f64>()
}

fn plain(code: &str) -> &str {
    without_brackets(code)
}

/// The code without brackets around all of it.
fn without_brackets(code: &str) -> &str {
    let Some(inner) = code
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    else {
        return code;
    };
    let (mut depth, mut quoted, mut escaped) = (0i32, false, false);
    for letter in inner.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return code;
        }
    }
    inner
}
