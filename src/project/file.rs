//! The project file: a zip of JSON anyone can read.
//!
//! ```text
//! manifest.json            {"format": "benchtop project", "version": 1, "app_version": …}
//! document.json            the document: tables, sources, steps, charts, model set-ups
//! runs/<id>.json           results of training
//! openings.json            openings of the sealed rows, where there were any
//! models/<id>.json         fitted models, in the form of the model file
//! data/<table>.parquet     the source table, on request
//! ```
//!
//! A file is written under a temporary name, flushed to the disk and renamed; the one before is
//! kept as `name.benchtop~`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::document::{Document, Place};
use super::places;
use super::run::{KeptModel, Opening, Run};
use crate::base::error::io_error;
use crate::base::ids::{ModelId, TableId};
use crate::base::{Fingerprint, TaskContext, UserError};
use crate::data::Table;
use crate::formats;
use crate::pipeline::FittedPipeline;

/// The version this build writes. Older ones are lifted by [`migrate`]; newer ones are refused.
pub const VERSION: u64 = 1;
const FORMAT: &str = "benchtop project";
const OPENINGS: &str = "openings.json";
/// No part of a project is larger; a damaged length is not believed.
const PART_LIMIT: u64 = 4 << 30;

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: String,
    version: u64,
    app_version: String,
    saved_at: u64,
}

#[derive(Serialize, Deserialize)]
struct ModelEntry {
    id: ModelId,
    name: String,
    run: Option<ModelId>,
    pipeline: Value,
}

/// Everything a project file holds.
#[derive(Clone, Default)]
pub struct Contents {
    pub document: Document,
    pub runs: Vec<Arc<Run>>,
    pub models: Vec<KeptModel>,
    /// Openings of the sealed rows, oldest first.
    pub openings: Vec<Opening>,
    /// Source tables carried inside the file, extracted to the cache.
    pub embedded: BTreeMap<TableId, PathBuf>,
}

/// Writes a project. `tables`: source tables to carry along, by id.
pub fn save(
    path: &Path,
    contents: &Contents,
    tables: &[(TableId, Table)],
    task: &TaskContext,
) -> Result<(), UserError> {
    let failed = |error: std::io::Error| io_error("Could not save the project", path, &error);
    let temporary = sibling(path, &format!(".{}.saving", std::process::id()));
    let outcome = write_parts(&temporary, path, contents, tables, task);
    if let Err(error) = outcome {
        let _ = std::fs::remove_file(&temporary);
        return Err(error);
    }
    if path.exists() {
        // Rename, not copy: at every moment either the old or the new file is whole.
        let previous = sibling(path, "~");
        let _ = std::fs::remove_file(&previous);
        let _ = std::fs::hard_link(path, &previous);
    }
    std::fs::rename(&temporary, path).map_err(failed)?;
    sync_folder(path);
    Ok(())
}

/// Reads a project and checks every part of it.
pub fn load(path: &Path) -> Result<Contents, UserError> {
    let file =
        File::open(path).map_err(|error| io_error("Could not open the project", path, &error))?;
    let mut archive = ZipArchive::new(file).map_err(|error| damaged(path, &error.to_string()))?;
    let manifest: Manifest = read_json(&mut archive, "manifest.json", path)?;
    if manifest.format != FORMAT {
        return Err(damaged(
            path,
            "It is a zip file, but not one of Benchtop's projects",
        ));
    }
    if manifest.version > VERSION {
        return Err(UserError::input(
            "newer_project",
            "This project was saved by a newer Benchtop",
            format!(
                "It was saved by version {} (file version {}); this is version {} and reads file versions up to {VERSION}",
                manifest.app_version,
                manifest.version,
                env!("CARGO_PKG_VERSION")
            ),
        )
        .with_hint("Install the newest Benchtop. The file has not been changed")
        .with_path(path));
    }
    let document: Value = read_json(&mut archive, "document.json", path)?;
    let mut document: Document = serde_json::from_value(migrate(document, manifest.version))
        .map_err(|error| damaged(path, &error.to_string()))?;
    resolve_paths(&mut document, path);
    let mut contents = Contents {
        document,
        ..Contents::default()
    };
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(|name| name.into_owned())
        .collect();
    for name in names {
        if name.starts_with("runs/") {
            contents
                .runs
                .push(Arc::new(read_json(&mut archive, &name, path)?));
        } else if name == OPENINGS {
            contents.openings = read_json(&mut archive, &name, path)?;
        } else if name.starts_with("models/") {
            let entry: ModelEntry = read_json(&mut archive, &name, path)?;
            contents.models.push(KeptModel {
                id: entry.id,
                name: entry.name,
                run: entry.run,
                pipeline: Arc::new(FittedPipeline::load(&entry.pipeline)?),
            });
        } else if let Some(id) = name
            .strip_prefix("data/")
            .and_then(|rest| rest.strip_suffix(".parquet"))
            .and_then(|id| id.parse().ok())
        {
            let extracted = extract(&mut archive, &name, path)?;
            contents.embedded.insert(TableId(id), extracted);
        }
    }
    contents.runs.sort_by_key(|run| run.id);
    contents.models.sort_by_key(|model| model.id);
    Ok(contents)
}

/// Whether a file is one of ours, from its name.
pub fn is_project(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "benchtop")
}

/// Lifts a document of an older version to this one, version by version. Version 1 is the first.
pub fn migrate(document: Value, _from: u64) -> Value {
    document
}

fn write_parts(
    temporary: &Path,
    path: &Path,
    contents: &Contents,
    tables: &[(TableId, Table)],
    task: &TaskContext,
) -> Result<(), UserError> {
    let failed = |error: std::io::Error| io_error("Could not save the project", path, &error);
    let file = File::create(temporary).map_err(failed)?;
    let mut archive = ZipWriter::new(file);
    write_json(
        &mut archive,
        "manifest.json",
        &Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            saved_at: places::now(),
        },
        path,
    )?;
    write_json(
        &mut archive,
        "document.json",
        &relative_paths(&contents.document, path),
        path,
    )?;
    for run in &contents.runs {
        task.check()?;
        write_json(
            &mut archive,
            &format!("runs/{}.json", run.id),
            run.as_ref(),
            path,
        )?;
    }
    if !contents.openings.is_empty() {
        write_json(&mut archive, OPENINGS, &contents.openings, path)?;
    }
    for model in &contents.models {
        task.check()?;
        let entry = ModelEntry {
            id: model.id,
            name: model.name.clone(),
            run: model.run,
            pipeline: model.pipeline.save(),
        };
        write_json(
            &mut archive,
            &format!("models/{}.json", model.id),
            &entry,
            path,
        )?;
    }
    for (id, table) in tables {
        task.check()?;
        let parquet = sibling(temporary, &format!(".{id}.parquet"));
        formats::write(table, &parquet, task)?;
        let copied = (|| {
            // Parquet is compressed already.
            let options = SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Stored)
                .large_file(true);
            archive
                .start_file(format!("data/{id}.parquet"), options)
                .map_err(std::io::Error::other)?;
            std::io::copy(&mut File::open(&parquet)?, &mut archive)?;
            Ok(())
        })();
        let _ = std::fs::remove_file(&parquet);
        copied.map_err(failed)?;
    }
    let file = archive
        .finish()
        .map_err(|error| failed(std::io::Error::other(error)))?;
    file.sync_all().map_err(failed)
}

fn write_json<T: Serialize>(
    archive: &mut ZipWriter<File>,
    name: &str,
    value: &T,
    path: &Path,
) -> Result<(), UserError> {
    let write = || -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(value)?;
        archive
            .start_file(name, SimpleFileOptions::default())
            .map_err(std::io::Error::other)?;
        archive.write_all(&text)
    };
    let mut write = write;
    write().map_err(|error| io_error("Could not save the project", path, &error))
}

fn read_part(
    archive: &mut ZipArchive<File>,
    name: &str,
    path: &Path,
) -> Result<Vec<u8>, UserError> {
    let part = archive
        .by_name(name)
        .map_err(|error| damaged(path, &format!("{name}: {error}")))?;
    let mut bytes = Vec::new();
    part.take(PART_LIMIT)
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(path, &format!("{name}: {error}")))?;
    Ok(bytes)
}

fn read_json<T: DeserializeOwned>(
    archive: &mut ZipArchive<File>,
    name: &str,
    path: &Path,
) -> Result<T, UserError> {
    let bytes = read_part(archive, name, path)?;
    serde_json::from_slice(&bytes).map_err(|error| damaged(path, &format!("{name}: {error}")))
}

fn extract(archive: &mut ZipArchive<File>, name: &str, path: &Path) -> Result<PathBuf, UserError> {
    let bytes = read_part(archive, name, path)?;
    let target = places::cache()
        .join("embedded")
        .join(format!("{}.parquet", Fingerprint::of(&[&bytes])));
    write_atomically(&target, &bytes)?;
    Ok(target)
}

/// Writes a small file so that it is either the old or the new one, never half.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), UserError> {
    let failed = |error: std::io::Error| io_error("Could not write the file", path, &error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // A number of its own for every write: two threads may write the same file at once.
    static SERIAL: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let serial = SERIAL.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let temporary = sibling(path, &format!(".{}.{serial}.writing", std::process::id()));
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        failed(error)
    })
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes the rename itself survive a power cut, where the system can.
fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Some(folder) = path.parent()
        && let Ok(folder) = File::open(if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        })
    {
        let _ = folder.sync_all();
    }
}

fn damaged(path: &Path, why: &str) -> UserError {
    let previous = sibling(path, "~");
    let hint = if previous.exists() {
        format!(
            "The version before it is kept as {}: rename it to open it",
            previous.display()
        )
    } else {
        "Choose another file. Data files open with Open as well".to_owned()
    };
    UserError::input(
        "damaged_project",
        "This is not a project that can be opened",
        why,
    )
    .with_hint(hint)
    .with_path(path)
}

/// Files beside or below the project are named relative to it, so that a moved folder still opens.
fn relative_paths(document: &Document, project: &Path) -> Document {
    let folder = absolute(project).parent().map(Path::to_path_buf);
    map_paths(document, |path| {
        let full = absolute(path);
        folder
            .as_ref()
            .and_then(|folder| full.strip_prefix(folder).ok().map(Path::to_path_buf))
            .unwrap_or(full)
    })
}

fn resolve_paths(document: &mut Document, project: &Path) {
    let folder = absolute(project)
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default();
    *document = map_paths(document, |path| {
        if path.is_absolute() {
            path.to_path_buf()
        } else {
            folder.join(path)
        }
    });
}

fn map_paths(document: &Document, change: impl Fn(&Path) -> PathBuf) -> Document {
    let mut document = document.clone();
    for table in &mut document.tables {
        if let Place::File { path } = &table.source.place {
            let path = change(path);
            Arc::make_mut(table).source.place = Place::File { path };
        }
    }
    document
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
