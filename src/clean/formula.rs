//! The formula language: SQL expressions over the columns of one row.
//!
//! A formula sees the values of its own row and nothing else. What looks at several rows (SUM,
//! RANK, …) is refused, because it would learn from the data without anybody noticing. Blank,
//! not-a-number and infinite are the same thing here: blank.

mod functions;
mod onnx;
mod pandas;
mod words;

pub use functions::{FUNCTIONS, FunctionHelp};

use polars::prelude::{
    AggExpr, DataType, Expr, FunctionExpr, IntoLazy, Operator, PowFunction, Selector,
    StrptimeOptions,
};

use self::words::{Token, TokenKind};
use super::columns::{
    blank_frame, days_expr, engine_error, exact_division, finite_expr, finite_fraction_expr,
    known_columns, nearest_name,
};
use crate::base::graph::{Graph, Value};
use crate::base::{UserError, format};
use crate::clean::GraphColumns;
use crate::data::{ColumnKind, Schema};

/// Longest formula, in characters: enough for any person, and short enough that nesting is safe.
const LONGEST: usize = 4_000;

/// The formula as an expression of the table engine, in which infinities and not-a-numbers are
/// blank.
///
/// Errors: unclosed quotes or brackets, unknown functions (with the nearest known one), functions
/// that look at several rows, and anything that is no formula.
pub fn parse(text: &str) -> Result<Expr, UserError> {
    Ok(without_infinities(parse_plain(text)?))
}

/// The kind of the formula's values. As [`parse`], and it knows the columns and their kinds.
pub fn result_kind(schema: &Schema, text: &str) -> Result<ColumnKind, UserError> {
    let (_, storage) = compile(schema, text)?;
    Ok(match storage {
        DataType::Boolean => ColumnKind::YesNo,
        DataType::Date | DataType::Datetime(_, _) => ColumnKind::Time,
        DataType::Categorical(_, _) | DataType::Enum(_, _) => ColumnKind::Category,
        DataType::String | DataType::Null => ColumnKind::Text,
        _ => ColumnKind::Number,
    })
}

/// Columns the formula reads, sorted; empty when it cannot be read.
pub fn columns_used(text: &str) -> Vec<String> {
    let mut names = parse_plain(text).map_or_else(|_| Vec::new(), |expr| column_names(&expr));
    names.sort();
    names.dedup();
    names
}

/// A formula whose values are yes or no: a condition.
pub(super) fn condition(schema: &Schema, text: &str) -> Result<Expr, UserError> {
    let (expr, storage) = compile(schema, text)?;
    if storage != DataType::Boolean {
        let kind = result_kind(schema, text)?;
        return Err(UserError::usage(
            "not_a_condition",
            "A condition must be true or false",
            format!(
                "This formula gives values of the kind {}",
                kind.word().to_lowercase()
            ),
        )
        .with_hint("Compare with something, for example age > 30"));
    }
    Ok(expr)
}

/// A formula for a new column. The time between two dates is given in days.
pub(super) fn calculation(schema: &Schema, text: &str) -> Result<Expr, UserError> {
    let (expr, storage) = compile(schema, text)?;
    Ok(match storage {
        DataType::Duration(_) => days_expr(expr),
        // A formula that is blank in every row.
        DataType::Null => expr.cast(DataType::String),
        DataType::Float32 | DataType::Float64 => finite_expr(expr),
        _ => expr,
    })
}

/// Adds the formula to a tensor graph, in double precision; yes/no becomes 1 and 0, blank is NaN.
/// The error says which part cannot be exported.
pub(super) fn graph(
    graph: &mut Graph,
    columns: &GraphColumns,
    text: &str,
) -> Result<Value, UserError> {
    onnx::graph(graph, columns, &parse_plain(text)?)
}

/// The formula as a pandas expression over a table called `data`. The error says which part cannot
/// be said.
pub(super) fn pandas(schema: &Schema, text: &str) -> Result<String, UserError> {
    // Unknown columns and kinds that do not meet are told in the usual words.
    let _ = compile(schema, text)?;
    pandas::pandas(schema, &parse_plain(text)?)
}

// ---- reading ----

fn parse_plain(text: &str) -> Result<Expr, UserError> {
    if text.trim().is_empty() {
        return Err(UserError::usage(
            "formula_empty",
            "There is no formula yet",
            "A formula calculates a value from the columns of a row",
        )
        .with_hint("For example price * quantity"));
    }
    if text.chars().count() > LONGEST {
        return Err(UserError::usage(
            "formula_too_long",
            "The formula is too long",
            format!(
                "It has {} characters; {} are possible",
                text.chars().count(),
                LONGEST
            ),
        )
        .with_hint("Make two columns of it, one from the other"));
    }
    let tokens = words::tokens(text)?;
    words::check(&tokens)?;
    let expr =
        polars::sql::sql_expr(text).map_err(|error| not_a_formula(&error.to_string(), &tokens))?;
    let expr = with_plain_names(expr, &tokens);
    check_row_wise(&expr)?;
    Ok(expr)
}

/// A name in double quotes is a name, even where the table engine takes it for a pattern.
fn with_plain_names(expr: Expr, tokens: &[Token<'_>]) -> Expr {
    let star_is_name = tokens
        .iter()
        .any(|token| token.kind == TokenKind::QuotedName && token.text == "\"*\"");
    expr.map_expr(|node| match node {
        Expr::Selector(Selector::Matches(name)) => Expr::Column(name),
        Expr::Selector(Selector::Wildcard) if star_is_name => Expr::Column("*".into()),
        // DATE '2024-03-05'.
        Expr::Cast {
            expr: text, dtype, ..
        } if dtype.as_literal() == Some(&DataType::Date)
            && matches!(&*text, Expr::Literal(value) if value.extract_str().is_some()) =>
        {
            (*text).clone().str().to_date(StrptimeOptions::default())
        }
        // Whole numbers to a power overflow without a word; doubles do not.
        Expr::Function {
            mut input,
            function: FunctionExpr::Pow(PowFunction::Generic),
        } => {
            if let Some(base) = input.first_mut() {
                *base = base.clone().cast(DataType::Float64);
            }
            Expr::Function {
                input,
                function: FunctionExpr::Pow(PowFunction::Generic),
            }
        }
        other => other,
    })
}

fn not_a_formula(reason: &str, tokens: &[Token<'_>]) -> UserError {
    let plain = reason
        .lines()
        .next()
        .unwrap_or("")
        .trim()
        .trim_start_matches("sql parser error: ")
        .to_owned();
    let exponent = tokens
        .iter()
        .find(|token| token.kind == TokenKind::Number && token.text.contains(['e', 'E']));
    let hint = match exponent {
        Some(number) => format!("Write {} without the letter e", number.text),
        None => {
            "Text goes in 'single quotes', column names with spaces in \"double quotes\"".to_owned()
        }
    };
    UserError::usage(
        "formula_not_understood",
        "The formula cannot be read",
        format::shorten(&plain, 240),
    )
    .with_hint(hint)
}

/// Only what is calculated row by row. The names of functions were checked before; this catches
/// what is written without a name.
fn check_row_wise(expr: &Expr) -> Result<(), UserError> {
    if matches!(expr, Expr::Alias(_, _)) {
        return Err(UserError::usage(
            "formula_named",
            "A formula has no AS in it",
            "The name of the new column is typed in its own field",
        )
        .with_hint("Leave out AS and what follows"));
    }
    for node in expr {
        let fine = match node {
            Expr::Column(_)
            | Expr::Literal(_)
            | Expr::BinaryExpr { .. }
            | Expr::Cast { .. }
            | Expr::Ternary { .. }
            | Expr::Function { .. } => true,
            // The list behind IN.
            Expr::Agg(AggExpr::Implode { input, .. }) => matches!(**input, Expr::Literal(_)),
            _ => false,
        };
        if !fine {
            return Err(UserError::usage(
                "formula_not_row_wise",
                "The formula looks at more than one row",
                format!("This part does: {}", format::shorten(&format!("{node:?}"), 120)),
            )
            .with_hint("Use only values of the same row: column names, numbers, 'text' and functions of them"));
        }
    }
    Ok(())
}

fn column_names(expr: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    for node in expr {
        if let Expr::Column(name) = node
            && !names.iter().any(|known| known == name.as_str())
        {
            names.push(name.to_string());
        }
    }
    names
}

/// Wraps every part that can give an infinity or a not-a-number, and every column. The difference
/// of two dates becomes a number of days.
fn without_infinities(expr: Expr) -> Expr {
    expr.map_expr(|node| match &node {
        Expr::Column(_) => finite_expr(node),
        Expr::BinaryExpr {
            op: Operator::Modulus,
            ..
        } => finite_expr(node),
        Expr::BinaryExpr {
            left,
            op: Operator::TrueDivide,
            right,
        } => exact_division((**left).clone(), (**right).clone()),
        Expr::BinaryExpr {
            op: Operator::Minus,
            ..
        } => days_expr(node),
        Expr::Function { function, .. } if gives_fractions(function) => finite_fraction_expr(node),
        _ => node,
    })
}

fn gives_fractions(function: &FunctionExpr) -> bool {
    matches!(
        function,
        FunctionExpr::Pow(_)
            | FunctionExpr::Log
            | FunctionExpr::Log1p
            | FunctionExpr::Exp
            | FunctionExpr::Trigonometry(_)
            | FunctionExpr::Atan2
    )
}

// ---- checking against a table ----

/// The expression and the storage type of its values. Columns are looked up, and the formula is
/// tried on one blank row, so that kinds that do not meet are found before any data is touched.
fn compile(schema: &Schema, text: &str) -> Result<(Expr, DataType), UserError> {
    let plain = parse_plain(text)?;
    let known = schema.names();
    for name in column_names(&plain) {
        if schema.get(&name).is_none() {
            return Err(unknown_column(&name, &known));
        }
    }
    let expr = without_infinities(plain);
    let frame = blank_frame(schema, 1)?;
    let tried = frame
        .lazy()
        .select([expr.clone().alias("value")])
        .collect()
        .map_err(|error| kinds_do_not_meet(&engine_error(&error).why))?;
    let storage = tried
        .column("value")
        .map_err(|error| engine_error(&error))?
        .dtype()
        .clone();
    if storage.is_nested() || matches!(storage, DataType::Binary) {
        return Err(UserError::usage(
            "formula_gives_list",
            "The formula does not give one value per row",
            format!("It gives values of the type {storage}"),
        )
        .with_hint("Use a function that gives a number, a text, a date or true or false"));
    }
    Ok((expr, storage))
}

fn unknown_column(name: &str, known: &[String]) -> UserError {
    let hint = match nearest_name(name, known) {
        Some(nearest) => format!("Did you mean {}?", quoted(&nearest)),
        None => {
            "Text goes in 'single quotes', column names with spaces in \"double quotes\"".to_owned()
        }
    };
    UserError::input(
        "missing_column",
        format!("There is no column called {name}"),
        known_columns(known),
    )
    .with_hint(hint)
}

fn kinds_do_not_meet(why: &str) -> UserError {
    UserError::usage(
        "formula_kinds",
        "The parts of the formula do not fit together",
        why.to_owned(),
    )
    .with_hint("Compare text with 'text' and numbers with numbers; CAST(x AS DOUBLE) turns one into the other")
}

// ---- writing ----

/// A column name as it is written in a formula: in double quotes where it needs them.
pub fn quoted(name: &str) -> String {
    let simple = name.bytes().enumerate().all(|(at, byte)| {
        byte.is_ascii_alphabetic() || byte == b'_' || (at > 0 && byte.is_ascii_digit())
    });
    if simple && !name.is_empty() && !words::is_reserved(name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Something that can be typed next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What replaces the text from `replace_from` to the cursor.
    pub insert: String,
    /// What the list shows.
    pub label: String,
    /// One line about it.
    pub help: String,
    /// Byte offset in the text.
    pub replace_from: usize,
}

/// What can be typed at the cursor (a byte offset): columns first, then functions, then words.
/// Names that begin with what is typed come before names that merely contain it. Nothing inside
/// quoted text.
pub fn complete(text: &str, cursor: usize, schema: &Schema) -> Vec<Completion> {
    let mut cursor = cursor.min(text.len());
    while !text.is_char_boundary(cursor) {
        cursor -= 1;
    }
    let Some((replace_from, typed, in_quotes)) =
        words::typed_before(text.get(..cursor).unwrap_or(""))
    else {
        return Vec::new();
    };
    let typed = typed.to_lowercase();
    let rank = |name: &str| {
        let name = name.to_lowercase();
        if name.starts_with(&typed) {
            Some(0u8)
        } else if typed.len() >= 2 && name.contains(&typed) {
            Some(1)
        } else {
            None
        }
    };
    let mut found: Vec<(u8, u8, Completion)> = Vec::new();
    for column in &schema.columns {
        if let Some(rank) = rank(&column.name) {
            let insert = if in_quotes {
                format!("\"{}\"", column.name.replace('"', "\"\""))
            } else {
                quoted(&column.name)
            };
            found.push((
                rank,
                0,
                Completion {
                    insert,
                    label: column.name.clone(),
                    help: column.kind.word().to_owned(),
                    replace_from,
                },
            ));
        }
    }
    if !in_quotes {
        for function in FUNCTIONS {
            if let Some(rank) = rank(function.name) {
                found.push((
                    rank,
                    1,
                    Completion {
                        insert: format!("{}(", function.name),
                        label: function.signature.to_owned(),
                        help: function.summary.to_owned(),
                        replace_from,
                    },
                ));
            }
        }
        for (word, help) in words::SUGGESTED {
            if let Some(rank) = rank(word) {
                found.push((
                    rank,
                    2,
                    Completion {
                        insert: (*word).to_owned(),
                        label: (*word).to_owned(),
                        help: (*help).to_owned(),
                        replace_from,
                    },
                ));
            }
        }
    }
    found.sort_by_key(|(rank, group, _)| (*rank, *group));
    found
        .into_iter()
        .map(|(_, _, completion)| completion)
        .collect()
}
