//! `benchtop export MODEL --onnx OUT`

use serde_json::json;

use super::args::ExportArguments;
use super::console::{Context, Report, file_name, not_the_same};
use crate::base::{Fingerprint, Random, UserError};
use crate::data::table::{NewColumn, NewValues};
use crate::data::{ColumnKind, Table};
use crate::export;
use crate::learn::prepare::{Examples, PreparedColumn};
use crate::pipeline::{FittedPipeline, InputColumn};

/// Rows made up when none are given.
const ROWS: usize = 500;
/// One cell in so many is blank.
const BLANK_EVERY: usize = 7;
const SEED: u64 = 1;

pub fn run(arguments: &ExportArguments, context: &Context) -> Result<Report, UserError> {
    not_the_same(&arguments.model, &arguments.onnx)?;
    let model = export::load_model(&arguments.model)?;
    let rows = match &arguments.check {
        Some(file) => context.read_table(file)?.0,
        None => {
            context.note(
                "Comparing on made-up rows, because no file was given: --check FILE compares on real ones",
            );
            made_up_rows(&model)?
        }
    };
    let parity = export::export_onnx(&model, &rows, &arguments.onnx, &context.task)?;
    let bytes = std::fs::metadata(&arguments.onnx).map_or(0, |data| data.len());
    let inputs: Vec<&str> = model
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    Ok(Report {
        json: json!({
            "model": arguments.model,
            "onnx": arguments.onnx,
            "bytes": bytes,
            "learner": model.learner,
            "target": model.target,
            "inputs": inputs,
            "parity": parity,
            "made_up_rows": arguments.check.is_none(),
        }),
        text: format!(
            "Wrote {}. {}",
            file_name(&arguments.onnx),
            parity.sentence()
        ),
        failure: None,
    })
}

/// Rows around what the model saw in training: numbers around its medians and thresholds of
/// spread, its levels and one it never saw, and blanks.
pub fn made_up_rows(model: &FittedPipeline) -> Result<Table, UserError> {
    let columns: Vec<NewColumn> = model
        .inputs
        .iter()
        .enumerate()
        .map(|(place, input)| NewColumn {
            name: input.name.clone(),
            values: made_up(input, prepared(model, &input.name), place as u64),
        })
        .collect();
    Table::of_columns(&columns, Fingerprint::of(&[b"made up rows"]))
}

/// How a raw column is prepared, followed through the steps that rename it.
fn prepared<'a>(model: &'a FittedPipeline, raw: &str) -> Option<&'a PreparedColumn> {
    let mut name = raw.to_owned();
    for fitted in model.steps.iter().filter(|fitted| fitted.step.enabled) {
        let step = &fitted.step;
        if step.operation == "rename" && step.params.text("column") == name {
            step.params.text("to").clone_into(&mut name);
        }
    }
    model
        .preparation
        .columns()
        .iter()
        .find(|column| column.name() == name)
}

fn made_up(input: &InputColumn, prepared: Option<&PreparedColumn>, place: u64) -> NewValues {
    let mut random = Random::stream(SEED, place);
    let blank = |row: usize| (row + place as usize).is_multiple_of(BLANK_EVERY);
    match (input.kind, prepared) {
        (ColumnKind::Category | ColumnKind::Text, prepared) => {
            let mut levels = match prepared.map(PreparedColumn::examples) {
                Some(Examples::Texts(texts)) => texts,
                _ => Vec::new(),
            };
            levels.push("never seen".to_owned());
            let pick = |row| {
                (!blank(row))
                    .then(|| levels.get(random.below(levels.len())).cloned())
                    .flatten()
            };
            NewValues::Texts((0..ROWS).map(pick).collect())
        }
        (ColumnKind::YesNo, _) => NewValues::YesNo(
            (0..ROWS)
                .map(|row| (!blank(row)).then(|| random.below(2) == 1))
                .collect(),
        ),
        (kind, prepared) => {
            let (centre, spread) = match prepared.map(PreparedColumn::examples) {
                Some(Examples::Numbers { centre, spread }) => (centre, spread),
                _ => (0.0, 100.0),
            };
            let mut value = || centre + (random.next_f64() * 3.0 - 1.5) * spread;
            if kind == ColumnKind::Time {
                return NewValues::Days(
                    (0..ROWS)
                        .map(|row| (!blank(row)).then(|| value() as i32))
                        .collect(),
                );
            }
            // Narrowed already, as the model's input is.
            let number = |row| {
                if blank(row) {
                    f64::NAN
                } else {
                    f64::from(value() as f32)
                }
            };
            NewValues::Numbers((0..ROWS).map(number).collect())
        }
    }
}
