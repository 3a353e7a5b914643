//! The words of a formula: what is allowed to be written, and what is being typed.

use super::functions::{FUNCTIONS, is_function};
use crate::base::UserError;
use crate::clean::columns::nearest_name;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bare word: keyword, function or column.
    Word,
    /// "Column name".
    QuotedName,
    /// 'Text'.
    Text,
    Number,
    Symbol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// Words that have a meaning of their own; a column with such a name needs double quotes.
const RESERVED: &[&str] = &[
    "ALL",
    "AND",
    "ANY",
    "ARRAY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DATE",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXTRACT",
    "FALSE",
    "FETCH",
    "FROM",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LATERAL",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "POSITION",
    "QUALIFY",
    "REGEXP",
    "RLIKE",
    "SAFE_CAST",
    "SELECT",
    "SET",
    "SIMILAR",
    "SOME",
    "STRUCT",
    "SUBSTRING",
    "THEN",
    "TIME",
    "TIMESTAMP",
    "TRIM",
    "TRUE",
    "TRY_CAST",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "XOR",
];

/// Words that begin something a formula cannot have.
const REFUSED: &[(&str, &str)] = &[
    ("ALL", "ALL compares with many rows"),
    ("ANY", "ANY compares with many rows"),
    ("ARRAY", "A formula has no lists except behind IN"),
    ("DISTINCT", "DISTINCT looks at all rows"),
    ("EXISTS", "EXISTS looks at another table"),
    ("GROUP", "GROUP looks at several rows"),
    ("HAVING", "HAVING looks at several rows"),
    ("JOIN", "JOIN looks at another table"),
    ("LIMIT", "LIMIT counts rows"),
    ("ORDER", "ORDER looks at several rows"),
    ("OVER", "OVER looks at several rows"),
    (
        "SELECT",
        "SELECT asks for a table; a formula is only the part that calculates a value",
    ),
    ("SOME", "SOME compares with many rows"),
    ("STRUCT", "A formula gives one value"),
    ("UNION", "UNION joins tables"),
    (
        "WHERE",
        "WHERE chooses rows; the step \"Filter rows\" does that",
    ),
    ("WINDOW", "WINDOW looks at several rows"),
    ("WITH", "WITH makes a table"),
];

/// Words that may stand before a bracket without being a function.
const BEFORE_BRACKET: &[&str] = &[
    "AND",
    "AS",
    "BETWEEN",
    "CASE",
    "CHAR",
    "DECIMAL",
    "ELSE",
    "FLOAT",
    "ILIKE",
    "IN",
    "IS",
    "LIKE",
    "NOT",
    "NUMERIC",
    "OR",
    "THEN",
    "TIMESTAMP",
    "VARCHAR",
    "WHEN",
    "FROM",
];

/// Functions of other languages that look at several rows.
const MANY_ROWS: &[&str] = &[
    "APPROX_COUNT_DISTINCT",
    "ARRAY_AGG",
    "AVERAGE",
    "AVG",
    "CORR",
    "COUNT",
    "COUNTIF",
    "COVAR",
    "COVAR_POP",
    "COVAR_SAMP",
    "CUME_DIST",
    "DENSE_RANK",
    "FIRST",
    "FIRST_VALUE",
    "GROUP_CONCAT",
    "LAG",
    "LAST",
    "LAST_VALUE",
    "LEAD",
    "MAX",
    "MEAN",
    "MEDIAN",
    "MIN",
    "MODE",
    "NTH_VALUE",
    "NTILE",
    "PERCENT_RANK",
    "QUANTILE",
    "QUANTILE_CONT",
    "QUANTILE_DISC",
    "RANK",
    "ROW_NUMBER",
    "STDDEV",
    "STDDEV_SAMP",
    "STDEV",
    "STDEV_SAMP",
    "STRING_AGG",
    "SUM",
    "TOTAL",
    "UNNEST",
    "EXPLODE",
    "VAR",
    "VAR_SAMP",
    "VARIANCE",
];

/// Words offered while typing, with what they do.
pub(super) const SUGGESTED: &[(&str, &str)] = &[
    ("AND", "Both are true"),
    ("OR", "At least one is true"),
    ("NOT", "The opposite"),
    ("IN", "One of several: city IN ('Oslo', 'Rome')"),
    (
        "BETWEEN",
        "From and to, both included: price BETWEEN 5 AND 10",
    ),
    ("LIKE", "Text with % for anything: name LIKE 'A%'"),
    ("IS NULL", "Is blank"),
    ("IS NOT NULL", "Is not blank"),
    (
        "CASE WHEN",
        "Choose: CASE WHEN price > 10 THEN 'dear' ELSE 'cheap' END",
    ),
    ("THEN", "The value when it is true"),
    ("ELSE", "The value otherwise"),
    ("END", "Closes CASE"),
    ("NULL", "Blank"),
    ("TRUE", "Yes"),
    ("FALSE", "No"),
];

pub(super) fn is_reserved(name: &str) -> bool {
    let upper = name.to_uppercase();
    RESERVED.contains(&upper.as_str())
}

fn unclosed(what: &str, quote: char, at: usize) -> UserError {
    UserError::usage(
        "formula_unclosed",
        format!("{what} is not closed"),
        format!(
            "The quote {quote} at character {} has no second one",
            at + 1
        ),
    )
    .with_hint(format!("Add {quote} at its end"))
}

/// Cuts a formula into tokens, without spaces.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, UserError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at = text.len() - rest.len();
        let (kind, length) = match first {
            c if c.is_whitespace() => {
                rest = rest.get(c.len_utf8()..).unwrap_or("");
                continue;
            }
            '\'' => (
                TokenKind::Text,
                closed(rest, '\'').ok_or_else(|| unclosed("A text", '\'', at))?,
            ),
            '"' => (
                TokenKind::QuotedName,
                closed(rest, '"').ok_or_else(|| unclosed("A column name", '"', at))?,
            ),
            c if c.is_alphabetic() || c == '_' => (
                TokenKind::Word,
                while_true(rest, |c| c.is_alphanumeric() || c == '_'),
            ),
            c if c.is_ascii_digit() => (
                TokenKind::Number,
                while_true(rest, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_'),
            ),
            c => (TokenKind::Symbol, c.len_utf8()),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(Token {
            kind,
            text: token,
            at,
        });
        rest = after;
    }
    Ok(tokens)
}

/// Length of a quoted piece; a doubled quote stands for one quote.
fn closed(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            if characters.peek().is_some_and(|(_, next)| *next == quote) {
                characters.next();
            } else {
                return Some(at + quote.len_utf8());
            }
        }
    }
    None
}

fn while_true(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

/// Brackets in pairs, no words that ask for more than a row, only functions that are known.
pub(super) fn check(tokens: &[Token<'_>]) -> Result<(), UserError> {
    check_brackets(tokens)?;
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1);
        let next_is = |symbol: &str| {
            next.is_some_and(|next| next.kind == TokenKind::Symbol && next.text == symbol)
        };
        match token.kind {
            TokenKind::Word => check_word(token.text, next_is("("))?,
            TokenKind::QuotedName if next_is("(") => return Err(unknown_function(token.text)),
            TokenKind::Symbol => check_symbol(token, next)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_brackets(tokens: &[Token<'_>]) -> Result<(), UserError> {
    let mut open: Vec<usize> = Vec::new();
    for token in tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Symbol)
    {
        match token.text {
            "(" => open.push(token.at),
            ")" if open.pop().is_none() => {
                return Err(UserError::usage(
                    "formula_brackets",
                    "There is a closing bracket too many",
                    format!(
                        "The bracket at character {} has no opening one",
                        token.at + 1
                    ),
                )
                .with_hint("Remove it, or add an opening bracket before it"));
            }
            _ => {}
        }
    }
    match open.last() {
        None => Ok(()),
        Some(at) => Err(UserError::usage(
            "formula_brackets",
            "A bracket is not closed",
            format!("The bracket at character {} has no closing one", at + 1),
        )
        .with_hint("Add ) where it should end")),
    }
}

fn check_word(word: &str, before_bracket: bool) -> Result<(), UserError> {
    let upper = word.to_uppercase();
    if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == upper) {
        return Err(UserError::usage(
            "formula_not_row_wise",
            format!("{upper} cannot be used in a formula"),
            (*why).to_owned(),
        )
        .with_hint(format!(
            "A formula works row by row. If {word} is a column, write it in double quotes: \"{word}\""
        )));
    }
    if !before_bracket || is_function(&upper) || BEFORE_BRACKET.contains(&upper.as_str()) {
        return Ok(());
    }
    if MANY_ROWS.contains(&upper.as_str()) {
        let instead = match upper.as_str() {
            "MAX" => "For the largest of several columns of the same row use GREATEST(a, b)",
            "MIN" => "For the smallest of several columns of the same row use LEAST(a, b)",
            "SUM" | "TOTAL" => "To add columns of the same row write a + b",
            "AVG" | "AVERAGE" | "MEAN" => {
                "For the average of columns of the same row write (a + b) / 2"
            }
            _ => "Use only values of the same row",
        };
        return Err(UserError::usage(
            "formula_not_row_wise",
            format!("{upper} looks at all rows; a formula works row by row"),
            "A value taken from all rows would also be taken from the rows a model is checked with",
        )
        .with_hint(instead));
    }
    Err(unknown_function(word))
}

fn unknown_function(word: &str) -> UserError {
    let known: Vec<String> = FUNCTIONS
        .iter()
        .map(|function| function.name.to_owned())
        .collect();
    let hint = match nearest_name(word, &known) {
        Some(nearest) => format!("Did you mean {nearest}?"),
        None => "The list beside the formula shows every function".to_owned(),
    };
    UserError::usage(
        "unknown_function",
        format!("There is no function called {word}"),
        "A name with a bracket after it must be a function".to_owned(),
    )
    .with_hint(hint)
}

fn check_symbol(token: &Token<'_>, next: Option<&Token<'_>>) -> Result<(), UserError> {
    let touches = |symbol: &str| {
        next.is_some_and(|next| {
            next.kind == TokenKind::Symbol
                && next.text == symbol
                && next.at == token.at + token.text.len()
        })
    };
    let (what, hint) = match token.text {
        ";" => ("A formula is one piece: it has no ;", "Remove the ;"),
        "{" | "}" => ("A formula has no curly brackets", "Use round brackets"),
        "[" | "]" => (
            "A formula has no square brackets",
            "Write column names in \"double quotes\"",
        ),
        "." => (
            "A . stands between names",
            "Write a column name with a point in double quotes: \"a.b\"",
        ),
        "-" if touches("-") => (
            "Two minus signs begin a comment",
            "Put a space or brackets between them",
        ),
        "/" if touches("*") => ("A formula has no comments", "Remove the part from /* to */"),
        "$" | "@" | "#" | "?" | "`" => ("This sign has no meaning in a formula", "Remove it"),
        _ => return Ok(()),
    };
    Err(UserError::usage(
        "formula_sign",
        "The formula cannot be read",
        format!("{what} (character {})", token.at + 1),
    )
    .with_hint(hint))
}

/// What is being typed at the end of `text`: where it begins, its letters, and whether it is
/// inside double quotes. None inside 'text'.
pub(super) fn typed_before(text: &str) -> Option<(usize, &str, bool)> {
    let mut open: Option<(usize, char)> = None;
    for (at, character) in text.char_indices() {
        match open {
            Some((_, quote)) if character == quote => open = None,
            None if matches!(character, '\'' | '"') => open = Some((at, character)),
            _ => {}
        }
    }
    match open {
        Some((_, '\'')) => None,
        Some((at, quote)) => Some((at, text.get(at + quote.len_utf8()..).unwrap_or(""), true)),
        None => {
            let start = text
                .char_indices()
                .rev()
                .take_while(|(_, c)| c.is_alphanumeric() || *c == '_')
                .last()
                .map_or(text.len(), |(at, _)| at);
            let typed = text.get(start..).unwrap_or("");
            // In the middle of a number there is nothing to complete.
            let number = typed.chars().next().is_some_and(|c| c.is_ascii_digit());
            (!number).then_some((start, typed, false))
        }
    }
}
