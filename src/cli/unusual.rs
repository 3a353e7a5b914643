//! `benchtop unusual FILE [--columns A,B] [--seed N] [--top K] [--out OUT]`

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::args::UnusualArguments;
use super::console::{Context, Report, file_name, not_the_same};
use super::text::{Align, TextTable};
use crate::base::{UserError, format};
use crate::clean::columns::require;
use crate::data::Table;
use crate::export;
use crate::formats;
use crate::pipeline::unusual::{LeftOut, UnusualRow, usable_columns};
use crate::pipeline::{UnusualRows, UnusualWish, find_unusual};

/// Columns named per row of the list.
const NAMED: usize = 2;
/// Characters of a value in the list.
const CELL: usize = 24;

pub fn run(arguments: &UnusualArguments, context: &Context) -> Result<Report, UserError> {
    if let Some(out) = &arguments.out {
        formats::by_extension(out)?;
        not_the_same(&arguments.file, out)?;
    }
    let (table, _) = context.read_table(&arguments.file)?;
    let (columns, left_out) = columns_of(arguments, &table, context)?;
    let wish = UnusualWish {
        columns,
        seed: arguments.seed,
    };
    let found = find_unusual(&table, &wish, &context.task)?;
    let added = match &arguments.out {
        Some(out) => Some(export::write_with_numbers(
            &table,
            "unusualness",
            &found.scores,
            out,
            &context.task,
        )?),
        None => None,
    };
    let top = arguments.top as usize;
    let listed = found.explained.get(..top).unwrap_or(&found.explained);
    let mut text = about(&found, &left_out);
    text.push_str(&list(listed));
    text.push_str(
        "\n\nUnusual is not wrong: look at a row before you change or drop it. A column can count although its own value is common; then the combination is rare.",
    );
    if let (Some(out), Some(added)) = (&arguments.out, &added) {
        text.push_str(&format!(
            "\nWrote {} with the scores of all rows as {added}",
            file_name(out)
        ));
    }
    Ok(Report {
        json: json!({
            "file": arguments.file,
            "out": arguments.out,
            "column_added": added,
            "seed": arguments.seed,
            "columns": found.wish.columns,
            "columns_left_out": left_out
                .iter()
                .map(|column| json!({ "name": column.name, "reason": column.why }))
                .collect::<Vec<Value>>(),
            "rows_scored": found.scores.len(),
            "rows": listed.iter().map(row_value).collect::<Vec<Value>>(),
        }),
        text,
        failure: None,
    })
}

/// Those asked for, or all that are usable.
fn columns_of(
    arguments: &UnusualArguments,
    table: &Table,
    context: &Context,
) -> Result<(Vec<String>, Vec<LeftOut>), UserError> {
    if arguments.columns.is_empty() {
        let columns = usable_columns(table, &BTreeMap::new(), &context.task.part())?;
        return Ok((columns.usable, columns.left_out));
    }
    let mut asked: Vec<String> = Vec::new();
    for name in arguments.columns.iter().map(|name| name.trim()) {
        require(table.schema(), name)?;
        if !asked.iter().any(|known| known == name) {
            asked.push(name.to_owned());
        }
    }
    Ok((asked, Vec::new()))
}

fn about(found: &UnusualRows, left_out: &[LeftOut]) -> String {
    let mut text = format!(
        "How easily each of {} is set apart from the others by random cuts in {} (isolation forest score; seed {}).\n",
        format::counted(found.scores.len() as u64, "row"),
        format::counted(found.wish.columns.len() as u64, "column"),
        found.wish.seed,
    );
    if !left_out.is_empty() {
        let columns: Vec<String> = left_out
            .iter()
            .map(|column| format!("{} ({})", column.name, column.why))
            .collect();
        text.push_str(&format!("Left out: {}.\n", format::list(&columns)));
    }
    text.push('\n');
    text
}

fn list(rows: &[UnusualRow]) -> String {
    let mut lines = TextTable::new(&[
        ("Row", Align::Right),
        ("Score", Align::Right),
        ("Set apart most by", Align::Left),
    ]);
    for row in rows {
        let reasons: Vec<String> = row
            .reasons
            .iter()
            .take(NAMED)
            .map(|reason| {
                format!(
                    "{} {} ({})",
                    reason.column,
                    format::shorten(&reason.value, CELL),
                    reason.usual
                )
            })
            .collect();
        lines.row(vec![
            format::count(row.position as u64 + 1),
            format!(
                "{} ± {}",
                format::fixed(row.score, 3),
                format::fixed(row.margin, 3)
            ),
            reasons.join("; "),
        ]);
    }
    lines.to_text()
}

fn row_value(row: &UnusualRow) -> Value {
    let reasons: Vec<Value> = row
        .reasons
        .iter()
        .map(|reason| {
            json!({
                "column": reason.column,
                "cuts_saved": reason.saved,
                "share": reason.share,
                "value": reason.value,
                "usual": reason.usual,
            })
        })
        .collect();
    json!({
        "row": row.position + 1,
        "score": row.score,
        "margin": row.margin,
        "reasons": reasons,
    })
}
