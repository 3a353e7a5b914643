//! Sentences about steps and what they change.

use crate::base::{ParamSpec, Params, format};
use crate::clean::{Learned, RowEffect, Span};
use crate::data::{Column, Difference, Schema};
use crate::session::StepPreview;

/// A step's sentence as the widgets take it: text, and whether it is strong.
pub fn parts(spans: &[Span]) -> Vec<(String, bool)> {
    spans
        .iter()
        .map(|span| match span {
            Span::Plain(text) => (text.clone(), false),
            Span::Strong(text) => (text.clone(), true),
        })
        .collect()
}

/// "1,204 cells change, no rows are added or removed. Learned from the rows: age 34."
pub fn effect(preview: &StepPreview, applied: bool) -> String {
    let types = retyped(preview.before.schema(), preview.after.schema());
    let mut text = if preview.difference.is_empty() && types > 0 {
        "Only the type changes, every cell reads as before.".to_owned()
    } else {
        changes(&preview.difference, applied)
    };
    let learned = self::learned(&preview.outcome.learned);
    if !learned.is_empty() {
        text.push_str(&format!(" Learned from the rows: {learned}."));
    }
    text
}

fn changes(difference: &Difference, applied: bool) -> String {
    if difference.is_empty() {
        let words = if applied {
            "Nothing changes here."
        } else {
            "Nothing would change."
        };
        return words.to_owned();
    }
    let mut parts = Vec::new();
    let cells = difference.cells_changed_in_all();
    if cells > 0 {
        let verb = if cells == 1 { "changes" } else { "change" };
        parts.push(format!("{} {verb}", format::counted(cells, "cell")));
    }
    for (names, verb) in [
        (&difference.columns_added, "is added"),
        (&difference.columns_removed, "is removed"),
    ] {
        match names.as_slice() {
            [] => {}
            [one] => parts.push(format!("the column {one} {verb}")),
            many => {
                let verb = verb.replacen("is", "are", 1);
                parts.push(format!(
                    "{} {verb}",
                    format::counted(many.len() as u64, "column")
                ));
            }
        }
    }
    for (before, after) in &difference.columns_renamed {
        parts.push(format!("{before} becomes {after}"));
    }
    parts.push(rows(difference));
    if difference.reordered {
        parts.push("their order changes".to_owned());
    }
    let text = parts.join(", ");
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn rows(difference: &Difference) -> String {
    let (before, after) = (difference.rows_before, difference.rows_after);
    let left = format::counted(after, "row");
    if after < before {
        let gone = before - after;
        let verb = if gone == 1 { "is" } else { "are" };
        format!(
            "{} {verb} removed and {left} left",
            format::counted(gone, "row")
        )
    } else if after > before {
        format!("{} are added", format::counted(after - before, "row"))
    } else {
        "no rows are added or removed".to_owned()
    }
}

/// "age 34, city Oslo": what a step took from the data.
pub fn learned(learned: &Learned) -> String {
    let numbers = learned
        .numbers
        .iter()
        .map(|(name, value)| format!("{name} {}", format::number(*value, 5)));
    let texts = learned.texts.iter().map(|(name, value)| {
        // A value of a column: what is found there, and how it is written then.
        match name.split_once('\u{1f}') {
            Some((_, found)) => format!("{found} as “{value}”"),
            None => format!("{name} “{value}”"),
        }
    });
    let all: Vec<String> = numbers.chain(texts).collect();
    const SHOWN: usize = 4;
    if all.len() > SHOWN {
        let hidden = all.len() - SHOWN;
        format!(
            "{} and {hidden} more",
            all.get(..SHOWN).unwrap_or_default().join(", ")
        )
    } else {
        format::list(&all)
    }
}

/// Whether a parameter matters beside the others: a value only where one is given, a decimal
/// sign only where numbers are read.
pub fn matters(operation: &str, spec: &ParamSpec, params: &Params) -> bool {
    match (operation, spec.key) {
        ("fill_blanks", "value") => params.text("how") == "constant",
        ("change_type", "decimal") => params.text("to") == "number",
        ("change_type", "dates") => matches!(params.text("to"), "date" | "date_time"),
        _ => true,
    }
}

/// Columns that both have, kept in another type.
fn retyped(before: &Schema, after: &Schema) -> u64 {
    let other = |column: &&Column| {
        let earlier = before.get(&column.name);
        earlier.is_some_and(|earlier| earlier.type_name != column.type_name)
    };
    after.columns.iter().filter(other).count() as u64
}

/// What a step did, where no cells, rows or columns were counted.
pub fn quiet_effect(before: &Schema, after: &Schema, effect: RowEffect, operation: &str) -> String {
    let renamed = before
        .columns
        .iter()
        .zip(&after.columns)
        .filter(|(old, new)| old.name != new.name)
        .count();
    match retyped(before, after) {
        0 => {}
        1 => return "Type changed".to_owned(),
        many => return format!("{} changed", format::counted(many, "type")),
    }
    match (renamed, effect, operation) {
        (0, RowEffect::ChoosesOrOrders, "sort_rows") => "Rows in another order".to_owned(),
        (0, RowEffect::ChoosesOrOrders, _) => "No rows removed".to_owned(),
        (0, RowEffect::Keeps, _) => "Nothing changed".to_owned(),
        (count, _, _) => format!("{} renamed", format::counted(count as u64, "column")),
    }
}

/// What it means that a step learns.
pub const LEARNS: &str = "Steps marked learns take a value from the data. When a model is trained, they learn it again from the practice rows alone, so that a check row never helps to predict itself.";
