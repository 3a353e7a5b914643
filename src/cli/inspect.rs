//! `benchtop inspect MODEL [--coefficients OUT] [--path OUT]`

use std::path::Path;

use serde_json::{Value, json};

use super::args::InspectArguments;
use super::console::{Report, file_name, not_the_same};
use super::text::{Align, TextTable};
use crate::base::{UserError, format};
use crate::export::{self, draft::Draft};
use crate::learn::{Effect, Task};
use crate::pipeline::Inspection;
use crate::pipeline::inspection::{CoefficientRow, Coefficients, NamedPath};

/// Facts that are printed.
const FACTS: usize = 12;
/// Steps of a path that are printed; the file has all of them.
const STEPS: usize = 12;
/// Columns of a path that are printed.
const COLUMNS: usize = 5;

pub fn run(arguments: &InspectArguments) -> Result<Report, UserError> {
    for target in [&arguments.coefficients, &arguments.path]
        .into_iter()
        .flatten()
    {
        not_the_same(&arguments.model, target)?;
    }
    if arguments.coefficients.is_some() && arguments.coefficients == arguments.path {
        return Err(UserError::usage(
            "outputs_are_the_same",
            "Two results would go to one file",
            "The coefficients and the path each have a file of their own",
        )
        .with_hint("Choose another name for one of them"));
    }
    let model = export::load_model(&arguments.model)?;
    let found = model.inspection();
    let mut text = format!(
        "{}: predicts {}. {}.\n\n{}",
        super::training::name_of(&found.learner),
        found.target,
        found.sentence.trim_end_matches('.'),
        facts_text(&found)
    );
    if let Some(left_out) = &found.out_of_bag {
        text.push_str(&format!("\n\n{}.", left_out.sentence()));
    }
    text.push_str(&format!("\n\n{}", coefficients_text(&found)));
    if let Some(path) = &found.path {
        text.push_str(&format!("\n\n{}", path_text(path)));
    }
    if let Some(target) = &arguments.coefficients {
        let coefficients = found.coefficients.as_ref().map_err(|why| {
            UserError::usage("no_coefficients", "There are no coefficients to write", why)
        })?;
        write(target, &coefficients.to_csv(classes_of(&found)))?;
        text.push_str(&format!("\n\nWrote {}.", file_name(target)));
    }
    if let Some(target) = &arguments.path {
        let path = found.path.as_ref().ok_or_else(|| {
            UserError::usage(
                "no_penalty_path",
                "There is no path of weights to write",
                "The model has no penalty that its learner follows from strong to weak",
            )
            .with_hint("Ridge regression, lasso and elastic net have one")
        })?;
        write(target, &path.to_csv())?;
        text.push_str(&format!("\n\nWrote {}.", file_name(target)));
    }
    Ok(Report {
        json: json!({
            "model": arguments.model,
            "learner": found.learner,
            "target": found.target,
            "task": found.task,
            "rows": found.rows,
            "sentence": found.sentence,
            "facts": found.facts,
            "out_of_bag": found.out_of_bag,
            "coefficients": coefficients_json(&found),
            "path": found.path.as_ref().map(path_json),
            "shapes": found.shapes.as_ref().map(|named| &named.shapes),
        }),
        text,
        failure: None,
    })
}

fn write(path: &Path, text: &str) -> Result<(), UserError> {
    let draft = Draft::of(path);
    draft.write(text.as_bytes())?;
    draft.keep()
}

fn classes_of(found: &Inspection) -> &[String] {
    match &found.task {
        Task::Classes { names } => names,
        Task::Number => &[],
    }
}

fn facts_text(found: &Inspection) -> String {
    let mut lines = TextTable::new(&[("What it learned", Align::Left), ("", Align::Right)]);
    for fact in found.facts.iter().take(FACTS) {
        lines.row(vec![fact.label.clone(), format::number(fact.value, 4)]);
    }
    let more = found.facts_in_all.saturating_sub(FACTS);
    let more = match more {
        0 => String::new(),
        more => format!("\n  … {} more", format::count(more as u64)),
    };
    format!("{}{more}", lines.to_text())
}

/// The coefficients as a table with what they mean, or why there are none.
pub fn coefficients_text(found: &Inspection) -> String {
    let coefficients = match &found.coefficients {
        Ok(coefficients) => coefficients,
        Err(why) => return format!("No coefficients with standard errors: {why}"),
    };
    let classes = classes_of(found);
    let several = coefficients.classes.len() > 1;
    let mut heads = vec![("Coefficient", Align::Left)];
    if several {
        heads.push(("Class", Align::Left));
    }
    heads.extend([
        ("Estimate", Align::Right),
        ("95 % interval", Align::Left),
        ("Std. error", Align::Right),
        (coefficients.statistic_name(), Align::Right),
        ("p", Align::Right),
    ]);
    let mut lines = TextTable::new(&heads);
    for row in &coefficients.rows {
        let mut cells = vec![row.name.clone()];
        if several {
            let named = row.class.and_then(|class| classes.get(class));
            cells.push(named.cloned().unwrap_or_default());
        }
        cells.extend(figures(row));
        lines.row(cells);
    }
    format!(
        "{}\n\n  {}\n  {}{}",
        lines.to_text(),
        meaning(coefficients, found),
        coefficients.theory(),
        match coefficients.start_at_centres {
            true =>
                "\n  The start value is for each scaled number at the centre of its scale and every other column at 0.",
            false => "",
        }
    )
}

fn figures(row: &CoefficientRow) -> [String; 5] {
    [
        format::number(row.estimate, 5),
        format!(
            "{} to {}",
            format::number(row.lower, 4),
            format::number(row.upper, 4)
        ),
        format::number(row.standard_error, 4),
        format::number(row.statistic, 4),
        match row.p_value {
            p if p < 0.001 => "< 0.001".to_owned(),
            p => format::fixed(p, 3),
        },
    ]
}

fn meaning(coefficients: &Coefficients, found: &Inspection) -> String {
    let target = &found.target;
    match coefficients.effect {
        Effect::Adds => format!(
            "An estimate is how much more {target} goes with each extra 1 of the column, the others staying as they are."
        ),
        Effect::Multiplies => format!(
            "Each extra 1 of a column goes with {target} times e to the power of the estimate, the others staying as they are."
        ),
        Effect::MultipliesOdds => {
            let classes = classes_of(found);
            let reference = coefficients.reference.and_then(|class| classes.get(class));
            let against = match reference {
                Some(name) => format!(" against {name}"),
                None => String::new(),
            };
            format!(
                "Each extra 1 of a column goes with the odds of the class{against} times e to the power of the estimate, the others staying as they are."
            )
        }
    }
}

/// Every coefficient with its numbers, or null and why.
pub fn coefficients_json(found: &Inspection) -> Value {
    let coefficients = match &found.coefficients {
        Ok(coefficients) => coefficients,
        Err(why) => return json!({ "rows": null, "why": why }),
    };
    let classes = classes_of(found);
    let class_name = |class: Option<usize>| class.and_then(|class| classes.get(class));
    let rows: Vec<Value> = coefficients
        .rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "column": row.column,
                "class": class_name(row.class),
                "estimate": row.estimate,
                "lower": row.lower,
                "upper": row.upper,
                "standard_error": row.standard_error,
                "statistic": row.statistic,
                "p_value": row.p_value,
                "typical_difference": row.typical,
            })
        })
        .collect();
    json!({
        "rows": rows,
        "effect": coefficients.effect,
        "against": class_name(coefficients.reference),
        "statistic": coefficients.statistic_name(),
        "degrees_of_freedom": coefficients.degrees_of_freedom,
        "scaled_numbers_at_centre": coefficients.start_at_centres,
        "theory": coefficients.theory(),
    })
}

fn path_text(named: &NamedPath) -> String {
    let path = &named.path;
    let shown: Vec<&str> = named
        .names
        .iter()
        .take(COLUMNS)
        .map(String::as_str)
        .collect();
    let mut heads = vec![
        ("", Align::Left),
        ("Penalty", Align::Right),
        ("Columns", Align::Right),
    ];
    if !path.errors.is_empty() {
        heads.push(("Error left out", Align::Right));
    }
    heads.extend(shown.iter().map(|name| (*name, Align::Right)));
    let mut lines = TextTable::new(&heads);
    let chosen = named.chosen_step();
    let every = path.penalties.len().div_ceil(STEPS).max(1);
    for (step, penalty) in path.penalties.iter().enumerate() {
        if step % every != 0 && step != chosen {
            continue;
        }
        let mark = if step == chosen { "*" } else { "" };
        let used = path.used.get(step).copied().unwrap_or(0);
        let mut cells = vec![
            mark.to_owned(),
            format::number(*penalty, 3),
            used.to_string(),
        ];
        if let Some(error) = path.errors.get(step) {
            cells.push(format::number(*error, 4));
        }
        cells.extend((0..shown.len()).map(|column| format::number(named.at(step, column), 3)));
        lines.row(cells);
    }
    let scaled = match named.scaled {
        true => "; numbers count per standard deviation",
        false => "",
    };
    format!(
        "How the weights follow the penalty (* in use: {}{scaled})\n{}",
        format::number(path.chosen, 3),
        lines.to_text()
    )
}

fn path_json(named: &NamedPath) -> Value {
    json!({
        "columns": named.names,
        "penalties": named.path.penalties,
        "coefficients": named.path.coefficients,
        "used": named.path.used,
        "errors": named.path.errors,
        "error_spreads": named.path.error_spreads,
        "chosen": named.path.chosen,
        "per_standard_deviation": named.scaled,
    })
}
