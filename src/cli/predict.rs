//! `benchtop predict MODEL FILE --out OUT`

use std::time::Instant;

use serde_json::json;

use super::args::PredictArguments;
use super::console::{Context, Report, file_name, not_the_same};
use crate::base::{UserError, format};
use crate::data::{Schema, Table};
use crate::export;
use crate::export::predictions::columns_of;
use crate::formats;
use crate::pipeline::{FittedPipeline, InputProblem, Predictions, check_input};

pub fn run(arguments: &PredictArguments, context: &Context) -> Result<Report, UserError> {
    formats::by_extension(&arguments.out)?;
    not_the_same(&arguments.file, &arguments.out)?;
    not_the_same(&arguments.model, &arguments.out)?;
    let model = export::load_model(&arguments.model)?;
    let (table, _) = context.read_table(&arguments.file)?;
    let started = Instant::now();
    let predictions = score(&model, &table, context)?;
    let seconds = started.elapsed().as_secs_f64();
    export::write_predictions(&table, &predictions, &arguments.out, true, &context.task)?;
    let added: Vec<String> = columns_of(&predictions, table.schema().names())
        .into_iter()
        .map(|column| column.name)
        .collect();
    Ok(Report {
        json: json!({
            "model": arguments.model,
            "file": arguments.file,
            "out": arguments.out,
            "learner": model.learner,
            "target": model.target,
            "rows": predictions.rows,
            "columns_added": added,
            "seconds": seconds,
        }),
        text: format!(
            "Predicted {} for {} into {}; added {}",
            model.target,
            format::counted(predictions.rows as u64, "row"),
            file_name(&arguments.out),
            format::list(&added)
        ),
        failure: None,
    })
}

/// Scores a table whose columns fit, or says which do not.
pub fn score(
    model: &FittedPipeline,
    table: &Table,
    context: &Context,
) -> Result<Predictions, UserError> {
    context.task.progress(0, 0, "Predicting");
    let check = check_input(&model.inputs, table.schema());
    if !check.usable {
        return Err(misfit(model, &check.problems, table.schema()));
    }
    model.predict_table(table, &context.task.part())
}

fn misfit(model: &FittedPipeline, problems: &[InputProblem], schema: &Schema) -> UserError {
    let mut why = Vec::new();
    let mut hint = None;
    for problem in problems {
        match problem {
            InputProblem::Missing { name, nearest } => {
                why.push(format!("{name} is missing"));
                if let Some(nearest) = nearest {
                    hint.get_or_insert_with(|| {
                        format!("Is {nearest} meant to be {name}? Rename it in the file")
                    });
                }
            }
            InputProblem::WrongKind {
                name,
                expected,
                found,
                convertible: false,
            } => why.push(format!(
                "{name} holds “{}” instead of “{}”",
                found.word().to_lowercase(),
                expected.word().to_lowercase()
            )),
            InputProblem::WrongKind { .. } | InputProblem::Extra { .. } => {}
        }
    }
    UserError::input(
        "columns_do_not_fit",
        "The columns of the file do not fit the model",
        format!(
            "{}. The model reads {}; the file has {}",
            why.join("; "),
            format::counted(model.inputs.len() as u64, "column"),
            schema.len()
        ),
    )
    .with_hint(
        hint.unwrap_or_else(|| "Give a file with the columns the model was trained on".to_owned()),
    )
}
