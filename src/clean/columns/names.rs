//! Columns by name: finding them, why they are not there, and how a sentence names them.

use crate::base::{UserError, format};
use crate::clean::Span;
use crate::data::{Column, ROW_ID, Schema};

/// The known name that looks most like `name`: the same but for case and spaces, or a few letters
/// away. None when nothing is close.
pub fn nearest_name(name: &str, known: &[String]) -> Option<String> {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = plain(name);
    let limit = (wanted.chars().count() / 3).max(1);
    known
        .iter()
        .map(|candidate| (edit_distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)))
        .map(|(_, candidate)| candidate.clone())
}

/// Letters to insert, remove or replace to get from one text to the other (Levenshtein, 1965).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The column, or an error that names the nearest one there is.
pub fn require<'a>(schema: &'a Schema, name: &str) -> Result<&'a Column, UserError> {
    schema
        .get(name)
        .ok_or_else(|| missing_column(name, &schema.names()))
}

pub(in crate::clean) fn require_all(schema: &Schema, names: &[String]) -> Result<(), UserError> {
    if names.is_empty() {
        return Err(UserError::usage(
            "no_columns",
            "No column is chosen",
            "This step works on at least one column",
        )
        .with_hint("Choose the columns"));
    }
    for (index, name) in names.iter().enumerate() {
        require(schema, name)?;
        if names.iter().take(index).any(|earlier| earlier == name) {
            return Err(UserError::usage(
                "column_twice",
                format!("The column {name} is chosen twice"),
                "Every column can be chosen once".to_owned(),
            ));
        }
    }
    Ok(())
}

pub(super) fn missing_column(name: &str, known: &[String]) -> UserError {
    let error = if name.is_empty() {
        UserError::usage(
            "no_columns",
            "No column is chosen",
            "This step works on a column",
        )
    } else {
        UserError::input(
            "missing_column",
            format!("There is no column called {name}"),
            known_columns(known),
        )
    };
    match nearest_name(name, known) {
        Some(nearest) => error.with_hint(format!("Did you mean {nearest}?")),
        None => error.with_hint("Choose one of the columns there are"),
    }
}

pub(in crate::clean) fn known_columns(known: &[String]) -> String {
    const SHOWN: usize = 12;
    match known.len() {
        0 => "The table has no columns".to_owned(),
        count if count <= SHOWN => format!("The columns are {}", format::list(known)),
        count => {
            let first: Vec<&str> = known.iter().take(SHOWN).map(String::as_str).collect();
            format!(
                "The columns are {} and {} more",
                first.join(", "),
                count - SHOWN
            )
        }
    }
}

/// Why a new column cannot have this name, if it cannot.
pub(in crate::clean) fn require_free(schema: &Schema, name: &str) -> Result<(), UserError> {
    if name.trim().is_empty() {
        return Err(UserError::usage(
            "no_name",
            "The column has no name yet",
            "A column needs a name of at least one letter",
        )
        .with_hint("Type a name"));
    }
    if name == ROW_ID {
        return Err(UserError::usage(
            "name_reserved",
            format!("A column cannot be called {name}"),
            "Benchtop keeps the row numbers under this name",
        )
        .with_hint("Choose another name"));
    }
    if schema.get(name).is_some() {
        return Err(UserError::usage(
            "name_taken",
            format!("There is already a column called {name}"),
            "Two columns of one table cannot have the same name",
        )
        .with_hint(format!(
            "Choose another name, for example {}",
            free_name(schema, name)
        )));
    }
    Ok(())
}

fn free_name(schema: &Schema, name: &str) -> String {
    (2u32..)
        .map(|number| format!("{name} {number}"))
        .find(|candidate| schema.get(candidate).is_none())
        .unwrap_or_default()
}

/// Column names for a sentence: all of them up to three, "and 4 more" after that.
pub(in crate::clean) fn name_spans(names: &[String]) -> Vec<Span> {
    const SHOWN: usize = 3;
    let mut spans = Vec::new();
    if names.is_empty() {
        spans.push(Span::Plain("…".to_owned()));
    }
    let hidden = names.len().saturating_sub(SHOWN);
    let shown = names.len().min(SHOWN);
    for (index, name) in names.iter().take(SHOWN).enumerate() {
        if index > 0 {
            let last = index + 1 == shown && hidden == 0;
            spans.push(Span::Plain(if last { " and " } else { ", " }.to_owned()));
        }
        spans.push(Span::Strong(name.clone()));
    }
    if hidden > 0 {
        spans.push(Span::Plain(format!(" and {hidden} more")));
    }
    spans
}

/// "Drop " + names + " with …", without empty pieces.
pub(in crate::clean) fn sentence(before: &str, names: Vec<Span>, after: &str) -> Vec<Span> {
    let mut spans = vec![Span::Plain(before.to_owned())];
    spans.extend(names);
    if !after.is_empty() {
        spans.push(Span::Plain(after.to_owned()));
    }
    spans
}

/// One name for a sentence; an ellipsis while none is chosen.
pub(in crate::clean) fn name_span(name: &str) -> Vec<Span> {
    if name.is_empty() {
        vec![Span::Plain("…".to_owned())]
    } else {
        vec![Span::Strong(name.to_owned())]
    }
}
