//! Sentences about charts: errors, subtitles, descriptions for screen readers.

use super::marks::{self, Mark};
use super::spec::{Channel, ChartSpec};
use crate::base::{UserError, format};
use crate::data::{ColumnKind, Schema};

pub fn no_such_column(schema: &Schema, name: &str) -> UserError {
    let names: Vec<String> = schema
        .columns
        .iter()
        .take(12)
        .map(|c| c.name.clone())
        .collect();
    UserError::usage(
        "unknown_column",
        format!("There is no column called {name}"),
        if names.is_empty() {
            "The table has no columns".to_owned()
        } else {
            format!("The columns are {}", format::list(&names))
        },
    )
    .with_hint("Check the spelling, or choose another column")
}

pub fn no_such_mark(id: &str) -> UserError {
    let known: Vec<&str> = marks::REGISTRY.iter().map(|mark| mark.id()).collect();
    UserError::usage(
        "unknown_mark",
        format!("There is no chart called {id}"),
        format!("The charts are {}", format::list(&known)),
    )
}

pub fn no_default(schema: &Schema, spec: &ChartSpec) -> UserError {
    UserError::usage(
        "no_chart_for_columns",
        "No chart draws these columns together",
        columns_in_words(schema, spec),
    )
    .with_hint("Put another column on X or Y")
}

pub fn does_not_fit(mark: &dyn Mark, schema: &Schema, spec: &ChartSpec) -> UserError {
    let fitting: Vec<&str> = super::alternatives(schema, spec)
        .iter()
        .map(|mark| mark.name())
        .collect();
    let error = UserError::usage(
        "mark_does_not_fit",
        format!("{} cannot draw these columns", mark.name()),
        columns_in_words(schema, spec),
    );
    if fitting.is_empty() {
        error.with_hint("Put other columns on X and Y")
    } else {
        error.with_hint(format!("Charts that can: {}", format::list(&fitting)))
    }
}

fn columns_in_words(schema: &Schema, spec: &ChartSpec) -> String {
    let parts: Vec<String> = Channel::ALL
        .into_iter()
        .filter_map(|channel| {
            let column = schema.get(spec.get(channel)?)?;
            Some(format!(
                "{} is {} ({})",
                channel.word(),
                column.name,
                kind_word(column.kind)
            ))
        })
        .collect();
    format::list(&parts)
}

fn kind_word(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Number => "a number",
        ColumnKind::Category => "a category",
        ColumnKind::YesNo => "yes or no",
        ColumnKind::Time => "a date or time",
        ColumnKind::Text => "text",
    }
}

/// Rows that have no place on an axis, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Rows with a blank where a value is needed.
    pub blank: usize,
    /// Rows with an infinite value.
    pub infinite: usize,
    /// Blanks have a bar of their own and are among the rows drawn.
    pub blanks_drawn: bool,
}

/// How many rows are drawn, and how many are blank: "700 rows, 25 of them blank" where blanks are
/// drawn too, "675 rows, 25 blank left out" where they are not.
pub fn row_counts(drawn: usize, missing: Missing) -> String {
    let mut text = format::counted(drawn as u64, "row");
    if missing.blank > 0 {
        let how = if missing.blanks_drawn {
            "of them blank"
        } else {
            "blank left out"
        };
        text.push_str(&format!(", {} {how}", format::count(missing.blank as u64)));
    }
    if missing.infinite > 0 {
        text.push_str(&format!(
            ", {} infinite left out",
            format::count(missing.infinite as u64)
        ));
    }
    text
}

/// [`row_counts`], and how many of the rows are selected.
pub fn subtitle(drawn: usize, missing: Missing, selected: Option<usize>) -> String {
    let counts = row_counts(drawn, missing);
    match selected {
        Some(selected) => format!("{} selected of {counts}", format::count(selected as u64)),
        None => counts,
    }
}

/// "1 value of species", "3 values of species".
pub fn values_of(distinct: usize, column: &str) -> String {
    format!("{} of {column}", format::counted(distinct as u64, "value"))
}
