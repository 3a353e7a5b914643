//! Recipe, preparation and model together: fitting without leakage, scoring, storing, exporting.

mod leakage;
mod preparing;
mod scoring;
mod storing;

use std::collections::BTreeMap;

use benchtop::base::graph::ElementType;
use benchtop::base::param::ParamValue;
use benchtop::base::{ParamKind, Params, TaskContext, UserError};
use benchtop::clean::Step;
use benchtop::data::{ColumnKind, Table};
use benchtop::learn::{Intake, Target, Task};
use benchtop::pipeline::{
    FitRequest, Fitted, FittedPipeline, InputProblem, LearningPlan, Prepared, check_input,
    inspect_target, prepare,
};
use polars::prelude::*;

use crate::support::{names, step, table_of};

/// Prepared as the learner wants it.
fn fit(
    prepared: &Prepared,
    learner: &str,
    params: &Params,
    rows: &[u32],
    seed: u64,
    task: &TaskContext,
) -> Result<Fitted, UserError> {
    let request = FitRequest {
        learner,
        params,
        preparation: &Params::new(),
        rows,
        seed,
        on_round: None,
    };
    benchtop::pipeline::fit(prepared, &request, task)
}

fn task() -> TaskContext {
    TaskContext::new()
}

/// Sixty rows: two numbers with blanks, a text with blanks, an answer with three blanks.
/// `shift` and `word` change the rows from 40 on.
fn frame(shift: f64, word: &str) -> DataFrame {
    let rows = 0..60i32;
    let late = |row: i32| row >= 40;
    let age: Vec<Option<f64>> = rows
        .clone()
        .map(|row| {
            (row % 7 != 3).then(|| f64::from(row % 23) + if late(row) { shift } else { 0.0 })
        })
        .collect();
    let fare: Vec<Option<f64>> = rows
        .clone()
        .map(|row| {
            (row % 11 != 5)
                .then(|| f64::from((row * row) % 17) * if late(row) { 1.0 + shift } else { 1.0 })
        })
        .collect();
    let city: Vec<Option<String>> = rows
        .clone()
        .map(|row| match row % 5 {
            0 => None,
            1 | 2 => Some("Oslo".to_owned()),
            _ => Some(if late(row) {
                format!("{word}{row}")
            } else {
                "Rome".to_owned()
            }),
        })
        .collect();
    let answer: Vec<Option<&str>> = rows
        .clone()
        .map(|row| match row {
            5 | 17 | 44 => None,
            row if (row % 23) + (row % 3) > 12 => Some("yes"),
            _ => Some("no"),
        })
        .collect();
    let amount: Vec<Option<f64>> = rows
        .map(|row| (row % 10 != 9).then(|| f64::from(row) * 1.5))
        .collect();
    df!("age" => age, "fare" => fare, "city" => city, "answer" => answer, "amount" => amount)
        .unwrap()
}

fn fill(columns: &[&str]) -> Step {
    step("fill_blanks", Params::new().with("columns", names(columns)))
}

fn plan() -> LearningPlan {
    LearningPlan {
        target: "answer".to_owned(),
        features: names(&["age", "ratio", "city"]),
        steps: vec![
            step(
                "rename",
                Params::new().with("column", "fare").with("to", "price"),
            ),
            fill(&["age", "price", "answer"]),
            step(
                "new_column",
                Params::new()
                    .with("name", "ratio")
                    .with("formula", "price / (age + 1)"),
            ),
        ],
    }
}

const LEARNER: &str = "decision_tree";

fn prepared(frame: DataFrame) -> Prepared {
    prepare(&table_of(frame), &plan(), &task()).unwrap()
}

fn early(prepared: &Prepared) -> Vec<u32> {
    prepared
        .eligible_rows()
        .into_iter()
        .filter(|&row| row < 40)
        .collect()
}

// ---- scoring ----

fn fitted() -> (Prepared, benchtop::pipeline::Fitted) {
    let prepared = prepared(frame(0.0, "Bern"));
    let rows = early(&prepared);
    let fitted = fit(&prepared, LEARNER, &Params::new(), &rows, 1, &task()).unwrap();
    (prepared, fitted)
}
