//! `benchtop export MODEL [--onnx OUT] [--lightgbm OUT]`

use std::path::Path;

use serde_json::json;

use super::args::ExportArguments;
use super::console::{Context, Report, file_name, not_the_same};
use crate::base::{Fingerprint, Random, UserError};
use crate::data::table::{NewColumn, NewValues};
use crate::data::{ColumnKind, Table};
use crate::export;
use crate::export::lightgbm_text::columns_path;
use crate::learn::prepare::{Examples, PreparedColumn};
use crate::pipeline::{FittedPipeline, InputColumn};

/// Rows made up when none are given.
const ROWS: usize = 500;
/// One cell in so many is blank.
const BLANK_EVERY: usize = 7;
const SEED: u64 = 1;

pub fn run(arguments: &ExportArguments, context: &Context) -> Result<Report, UserError> {
    check_targets(arguments)?;
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
    let inputs: Vec<&str> = model
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    let mut report = json!({
        "model": arguments.model,
        "learner": model.learner,
        "target": model.target,
        "inputs": inputs,
        "made_up_rows": arguments.check.is_none(),
    });
    let mut sentences = Vec::new();
    // LightGBM refuses more: where it does, nothing is written.
    if let Some(path) = &arguments.lightgbm {
        let parity = export::export_lightgbm(&model, &rows, path, &context.task)?;
        let columns = columns_path(path);
        report["lightgbm"] = json!({
            "model": path,
            "columns": columns,
            "bytes": size_of(path),
            "parity": parity,
        });
        sentences.push(format!(
            "Wrote {} and {}. {}",
            file_name(path),
            file_name(&columns),
            parity.sentence()
        ));
    }
    if let Some(path) = &arguments.onnx {
        let parity = export::export_onnx(&model, &rows, path, &context.task)?;
        report["onnx"] = json!(path);
        report["bytes"] = json!(size_of(path));
        report["parity"] = json!(parity);
        sentences.push(format!("Wrote {}. {}", file_name(path), parity.sentence()));
    }
    Ok(Report {
        json: report,
        text: sentences.join("\n"),
        failure: None,
    })
}

fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |data| data.len())
}

/// No result replaces the model, and no two of them go to one place.
fn check_targets(arguments: &ExportArguments) -> Result<(), UserError> {
    let lightgbm = arguments.lightgbm.as_deref();
    let columns = lightgbm.map(columns_path);
    let targets: Vec<&Path> = [arguments.onnx.as_deref(), lightgbm, columns.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    for (place, target) in targets.iter().enumerate() {
        not_the_same(&arguments.model, target)?;
        if targets[..place].contains(target) {
            return Err(UserError::usage(
                "outputs_are_the_same",
                format!("Two results would go to {}", target.display()),
                "Each format has a file of its own".to_owned(),
            )
            .with_hint("Choose another name for one of them"));
        }
    }
    Ok(())
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
