//! The recipe as functions of a table, and the steps that learn as parts of the pipeline.

use super::Code;
use crate::base::{TaskContext, UserError};
use crate::clean::python::{self, PandasStep};
use crate::clean::{self, LearnFrom, RowEffect};
use crate::data::Table;
use crate::pipeline::Prepared;

#[derive(Default)]
pub(super) struct Steps {
    /// A function per step that learns nothing.
    pub functions: String,
    /// All steps that learn nothing: they choose the rows.
    pub plain: Vec<String>,
    /// The steps before the first that learns.
    pub before: Vec<String>,
    /// Entries of the pipeline: the first step that learns and those after it.
    pub in_pipeline: Vec<String>,
}

/// Every step that is switched on, in pandas. The error names the step that cannot be said.
pub(super) fn steps(
    table: &Table,
    prepared: &Prepared,
    code: &mut Code,
    task: &TaskContext,
) -> Result<Steps, UserError> {
    let mut found = Steps::default();
    let mut learned = false;
    let all = &prepared.plan().steps;
    // What a step reads is known by the columns before it.
    let run = clean::run_recipe(table, all, LearnFrom::All, &task.part())?;
    let on = all
        .iter()
        .zip(&run.schemas)
        .filter(|(step, _)| step.enabled);
    for (place, (step, schema)) in on.enumerate() {
        let operation = clean::by_id(&step.operation)?;
        let params = step.params.checked(operation.params())?;
        let sentence = clean::plain(&operation.sentence(&params));
        let said = operation
            .pandas(schema, &params)
            .map_err(|error| python::refused(&operation.sentence(&params), &error))?;
        learned |= operation.learns();
        let name = format!("step_{}", place + 1);
        let entry = match said {
            PandasStep::Lines(lines) => {
                found
                    .functions
                    .push_str(&function(&name, &sentence, &lines));
                format!("FunctionTransformer({name})")
            }
            PandasStep::Learns(object) => object,
        };
        if !operation.learns() {
            found.plain.push(name.clone());
        }
        if !learned {
            found.before.push(name);
        } else if operation.row_effect() == RowEffect::Keeps {
            found.in_pipeline.push(format!(
                "# {}\n        ({}, {entry})",
                super::one_line(&sentence),
                python::text(&format!("step {}", place + 1)),
            ));
        }
    }
    if learned && found.before.len() < found.plain.len() {
        code.remark(
            "steps after one that learns are taken again inside the pipeline, once the rows are chosen",
        );
    }
    Ok(found)
}

fn function(name: &str, sentence: &str, lines: &[String]) -> String {
    let sentence = super::one_line(sentence);
    let mut text = format!("def {name}(data):\n    # {sentence}\n");
    for line in lines {
        text.push_str(&format!("    {line}\n"));
    }
    text.push_str("    return data\n\n\n");
    text
}
