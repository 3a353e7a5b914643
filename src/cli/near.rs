//! `benchtop near MODEL FILE --row N [--top K]`

use serde_json::{Value, json};

use super::args::NearArguments;
use super::console::{Context, Report};
use super::text::{Align, TextTable};
use crate::base::{UserError, format};
use crate::data::page::cell_text;
use crate::export;

pub fn run(arguments: &NearArguments, context: &Context) -> Result<Report, UserError> {
    let model = export::load_model(&arguments.model)?;
    let (table, _) = context.read_table(&arguments.file)?;
    let of = usize::try_from(arguments.row - 1).unwrap_or(usize::MAX);
    let most = arguments.top as usize;
    let found = model.rows_like(&table, of, most, &context.task)?;
    let column = table.schema().index_of(&model.target);
    let answer = |position: usize| {
        let cell = column.map(|column| cell_text(&table, column, position));
        cell.filter(|cell| !cell.blank).map(|cell| cell.text)
    };
    let mut heads = vec![("Row", Align::Right), ("Nearness", Align::Right)];
    if column.is_some() {
        heads.push((model.target.as_str(), Align::Left));
    }
    let mut lines = TextTable::new(&heads);
    let mut rows: Vec<Value> = Vec::with_capacity(found.rows.len());
    for near in &found.rows {
        let answer = answer(near.position);
        let number = near.position as u64 + 1;
        let mut cells = vec![format::count(number), format::fixed(near.nearness, 3)];
        if column.is_some() {
            cells.push(answer.clone().unwrap_or_default());
        }
        lines.row(cells);
        rows.push(json!({ "row": number, "nearness": near.nearness, "answer": answer }));
    }
    let about = format!(
        "{} shares a leaf of {} with {}.",
        match answer(of) {
            Some(answer) => format!(
                "Row {} ({} {answer})",
                format::count(arguments.row),
                model.target
            ),
            None => format!("Row {}", format::count(arguments.row)),
        },
        super::training::name_of(&model.learner),
        format::counted(found.in_reach, "other row")
    );
    let text = match rows.is_empty() {
        true => about,
        false => format!(
            "{about} The nearest, with the share of trees in which both end in the same leaf:\n\n{}",
            lines.to_text()
        ),
    };
    Ok(Report {
        json: json!({
            "model": arguments.model,
            "file": arguments.file,
            "learner": model.learner,
            "target": model.target,
            "row": arguments.row,
            "answer": answer(of),
            "rows_in_reach": found.in_reach,
            "rows": rows,
        }),
        text,
        failure: None,
    })
}
