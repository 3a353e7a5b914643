//! Preparation: every treatment learns from the rows it is given, agrees with scikit-learn where both
//! do the same, and exports as what it computes.

mod choosing;
mod codes;
mod dates_and_words;
mod filling;
mod whole;

use std::collections::BTreeMap;

use benchtop::base::graph::{ElementType, Graph, Value};
use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::data::ColumnKind;
use benchtop::learn::matrix::{BLANK, RawColumn, RawData, RawFrame};
use benchtop::learn::prepare::{PrepareOptions, TrainingSet, reads_as_text, settings};
use benchtop::learn::{FeatureKind, Intake, Matrix, Preparation, Target};
use serde::Deserialize;
use tract_onnx::prelude::{Tensor, tensor1};

use crate::learners::{damages, difference, fixture, must, run_graph};

fn options(intake: Intake, settings: &Params) -> PrepareOptions {
    PrepareOptions {
        intake,
        scale: false,
        settings: settings.clone(),
        seed: 1,
    }
}

fn try_prepare(
    frame: &RawFrame,
    y: &Target,
    options: &PrepareOptions,
) -> Result<TrainingSet, UserError> {
    Preparation::fit(frame, y, options, &TaskContext::new())
}

fn prepare(frame: &RawFrame, y: &Target, options: &PrepareOptions) -> TrainingSet {
    must(try_prepare(frame, y, options))
}

/// Answers for preparations that do not look at them.
fn any(rows: usize) -> Target {
    Target::Numbers((0..rows).map(|row| row as f64).collect())
}

fn scaled(scale: bool) -> PrepareOptions {
    PrepareOptions {
        scale,
        ..PrepareOptions::default()
    }
}

fn set(key: &str, value: &str) -> Params {
    Params::new().with(key, value)
}

fn raw(name: &str, data: RawData) -> RawColumn {
    let kind = match data {
        RawData::Number(_) => ColumnKind::Number,
        RawData::Text { .. } => ColumnKind::Category,
    };
    RawColumn {
        name: name.to_owned(),
        kind,
        data,
    }
}

fn text(name: &str, values: &[&str]) -> RawColumn {
    let mut names: Vec<String> = Vec::new();
    let codes = values
        .iter()
        .map(|&value| {
            if value.is_empty() {
                return BLANK;
            }
            let place = names
                .iter()
                .position(|name| name == value)
                .unwrap_or_else(|| {
                    names.push(value.to_owned());
                    names.len() - 1
                });
            place as u32
        })
        .collect();
    raw(name, RawData::Text { codes, names })
}

fn frame(columns: Vec<RawColumn>) -> RawFrame {
    let rows = columns.first().map_or(0, |column| column.data.len());
    RawFrame { columns, rows }
}

// ---- Blanks and scale ----------------------------------------------------------------------------

fn numbers_of(set: &TrainingSet, col: usize) -> Vec<f64> {
    set.matrix.column(col)
}

#[derive(Deserialize)]
struct Fixture {
    target_encodings: Vec<EncodingCase>,
    scalings: Vec<ScalingCase>,
    words: WordsCase,
    selections: Vec<SelectionCase>,
}

#[derive(Deserialize)]
struct ScalingCase {
    name: String,
    values: Vec<f32>,
    scaled: Vec<f64>,
}

#[derive(Deserialize)]
struct EncodingCase {
    name: String,
    smoothing: f64,
    values: Vec<String>,
    y: Vec<f64>,
    classes: usize,
    new: Vec<String>,
    encoded: Vec<Vec<f64>>,
}

impl EncodingCase {
    fn target(&self) -> Target {
        match self.classes {
            0 => Target::Numbers(self.y.clone()),
            count => Target::Classes {
                codes: self.y.iter().map(|&y| y as u32).collect(),
                count,
            },
        }
    }

    fn options(&self) -> PrepareOptions {
        let settings = set("categories", "target").with("target_smoothing", self.smoothing);
        options(Intake::Filled, &settings)
    }

    fn frame(&self) -> RawFrame {
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        frame(vec![text("t", &values)])
    }
}

#[derive(Deserialize)]
struct WordsCase {
    texts: Vec<String>,
    most: i64,
    new: Vec<String>,
    words: Vec<String>,
    weights: Vec<Vec<f64>>,
}

// ---- Choosing columns ----------------------------------------------------------------------------

#[derive(Deserialize)]
struct SelectionCase {
    name: String,
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    classes: usize,
    kept: Vec<usize>,
}

impl SelectionCase {
    fn frame(&self) -> RawFrame {
        let column = |col: usize| self.x.iter().map(|row| row[col] as f32).collect();
        let columns = (0..self.x[0].len())
            .map(|col| raw(&col.to_string(), RawData::Number(column(col))))
            .collect();
        frame(columns)
    }

    fn target(&self) -> Target {
        match self.classes {
            0 => Target::Numbers(self.y.clone()),
            count => Target::Classes {
                codes: self.y.iter().map(|&y| y as u32).collect(),
                count,
            },
        }
    }
}

fn selection(how: &str, keep: i64) -> Params {
    set("selection", how).with("selection_keep", keep)
}
