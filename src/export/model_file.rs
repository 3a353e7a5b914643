//! The model file: JSON with a checksum, plain numbers anyone can read.
//!
//! ```text
//! {"format": "benchtop model", "version": 1, "app_version": …, "checksum": …, "pipeline": {…}}
//! ```

use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use super::draft::Draft;
use super::parity::{self, Parity, Theirs};
use crate::base::error::io_error;
use crate::base::{Fingerprint, TaskContext, UserError, format};
use crate::data::Table;
use crate::pipeline::{FittedPipeline, Predictions};

/// Of model files, without the dot.
pub const MODEL_EXTENSION: &str = "benchtop-model";
/// The version this build writes; newer ones are refused.
pub const VERSION: u64 = 1;
const FORMAT: &str = "benchtop model";

/// Writes a model, reads it back and compares its predictions on rows of `sample`, a raw table the
/// model can score: not one digit may differ. Otherwise the target stays as it was.
pub fn save_model(
    pipeline: &FittedPipeline,
    path: &Path,
    sample: &Table,
    task: &TaskContext,
) -> Result<Parity, UserError> {
    task.progress(0, 2, "Writing the model");
    let draft = Draft::of(path);
    draft.write(&encode(pipeline)?)?;
    task.check()?;
    task.progress(1, 2, "Reading the model back");
    let started = Instant::now();
    let read = load_model(draft.path())?;
    let inputs: Vec<String> = pipeline
        .inputs
        .iter()
        .map(|input| input.name.clone())
        .collect();
    let rows = parity::rows_to_check(sample, &inputs, &task.part())?;
    let ours = pipeline.predict_table(&rows, &task.part())?;
    let theirs = plain(&read.predict_table(&rows, &task.part())?);
    let engine = format!("Benchtop {}", env!("CARGO_PKG_VERSION"));
    let parity = parity::compare(&ours, &theirs, 0.0, &engine, started.elapsed())?;
    task.check()?;
    draft.keep()?;
    task.progress(2, 2, "Saved");
    Ok(parity)
}

/// Reads a model and checks every part of it.
pub fn load_model(path: &Path) -> Result<FittedPipeline, UserError> {
    let bytes =
        std::fs::read(path).map_err(|error| io_error("Could not open the model", path, &error))?;
    decode(&bytes).map_err(|error| error.with_path(path))
}

fn plain(predictions: &Predictions) -> Theirs {
    let labels = if predictions.task.is_classes() {
        (0..predictions.rows)
            .map(|row| predictions.label(row).to_owned())
            .collect()
    } else {
        Vec::new()
    };
    Theirs {
        values: predictions.values.clone(),
        labels,
    }
}

fn encode(pipeline: &FittedPipeline) -> Result<Vec<u8>, UserError> {
    let body = pipeline.save();
    let file = serde_json::json!({
        "format": FORMAT,
        "version": VERSION,
        "app_version": env!("CARGO_PKG_VERSION"),
        "checksum": Fingerprint::of_value(&body),
        "pipeline": body,
    });
    serde_json::to_vec(&file).map_err(|error| {
        UserError::failed(
            "model_not_written",
            "The model could not be written",
            error.to_string(),
        )
    })
}

fn decode(bytes: &[u8]) -> Result<FittedPipeline, UserError> {
    let file: Value = serde_json::from_slice(bytes).map_err(|error| {
        if looks_like_a_model(bytes) {
            damaged(&format!("The file ends or breaks off: {error}"))
        } else {
            not_a_model(bytes)
        }
    })?;
    let text = |key: &str| file.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("format") != FORMAT {
        return Err(if looks_like_a_model(bytes) {
            damaged("Its first line is not what Benchtop wrote")
        } else {
            not_a_model(bytes)
        });
    }
    let version = file.get("version").and_then(Value::as_u64).unwrap_or(0);
    if version > VERSION {
        return Err(UserError::input(
            "newer_model",
            "This model was saved by a newer Benchtop",
            format!(
                "It was saved by version {} (file version {version}); this is version {} and reads file versions up to {VERSION}",
                text("app_version"),
                env!("CARGO_PKG_VERSION")
            ),
        )
        .with_hint("Install the newest Benchtop. The file has not been changed"));
    }
    let body = file.get("pipeline").unwrap_or(&Value::Null);
    // Written again from what was read: numbers and order survive, so the bytes are the same.
    if version == 0 || text("checksum") != Fingerprint::of_value(body).to_string() {
        return Err(damaged("Its content does not match its checksum"));
    }
    FittedPipeline::load(body)
}

/// What the file was meant to be, judged by its beginning.
fn looks_like_a_model(bytes: &[u8]) -> bool {
    let beginning = String::from_utf8_lossy(bytes.get(..200.min(bytes.len())).unwrap_or_default());
    beginning.contains(FORMAT)
        || (beginning.contains("\"checksum\"") && beginning.contains("\"app_version\""))
}

fn damaged(why: &str) -> UserError {
    UserError::input("damaged_model", "The model file is damaged", why)
        .with_hint("Get the file again from where it came, or train the model again")
}

fn not_a_model(bytes: &[u8]) -> UserError {
    let (why, hint) = if bytes.is_empty() {
        ("The file is empty".to_owned(), "Choose another file")
    } else if bytes.starts_with(b"PK\x03\x04") {
        (
            "It is a zip file, as projects are".to_owned(),
            "Open it as a project, and export the model from there",
        )
    } else {
        (
            format!(
                "Its {} are not those of a model file",
                format::counted(bytes.len() as u64, "byte")
            ),
            "Model files end in .benchtop-model",
        )
    };
    UserError::input("not_a_model", "This is not a model of Benchtop", why).with_hint(hint)
}
