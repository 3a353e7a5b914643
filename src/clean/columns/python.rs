//! Values as they are written in Python, for the steps as pandas code.

use crate::base::UserError;
use crate::clean::Span;

/// A text in double quotes.
pub fn text(value: &str) -> String {
    let mut written = String::with_capacity(value.len() + 2);
    written.push('"');
    for letter in value.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            other if other.is_control() => {
                written.push_str(&format!("\\u{:04x}", u32::from(other)));
            }
            other => written.push(other),
        }
    }
    written.push('"');
    written
}

/// A number that reads back as the same one.
pub fn number(value: f64) -> String {
    if value.is_nan() {
        "float(\"nan\")".to_owned()
    } else if value.is_infinite() {
        format!("float(\"{}inf\")", if value < 0.0 { "-" } else { "" })
    } else if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{}", value as i64)
    } else {
        format!("{value:?}")
    }
}

/// Texts in square brackets.
pub fn list<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let written: Vec<String> = values
        .into_iter()
        .map(|value| text(value.as_ref()))
        .collect();
    format!("[{}]", written.join(", "))
}

pub fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// One step of a recipe in pandas. The table is called `data`.
#[derive(Clone, Debug, PartialEq)]
pub enum PandasStep {
    /// Statements that change `data`.
    Lines(Vec<String>),
    /// An object with `fit` and `transform`, because something is learned from the rows: in a
    /// pipeline it never sees a row it is checked on.
    Learns(String),
}

impl PandasStep {
    pub fn line(line: impl Into<String>) -> Self {
        Self::Lines(vec![line.into()])
    }
}

/// Why a step cannot be said, naming it.
pub fn refused(sentence: &[Span], why: &UserError) -> UserError {
    UserError::input(
        "step_not_in_pandas",
        format!(
            "The step \"{}\" cannot be said in pandas",
            crate::clean::plain(sentence)
        ),
        format!("{}: {}", why.what, why.why),
    )
    .with_hint("Switch the step off, change it, or do what it does in the file itself")
}
