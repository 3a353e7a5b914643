//! Source tables: how a file becomes one, and how it is read again as the project recorded it.

use std::path::{Path, PathBuf};

use crate::base::error::io_error;
use crate::base::{Fingerprint, Issue, Params, UserError, format};
use crate::data::Table;
use crate::formats;
use crate::jobs::JobContext;
use crate::project::document::{Place, Source, TableRecipe};
use crate::project::{places, samples};

/// A source that has been read.
pub(super) struct Loaded {
    pub source: Source,
    pub table: Table,
    pub issues: Vec<Issue>,
}

pub(super) fn pasted_path(hash: Fingerprint) -> PathBuf {
    places::data().join("pasted").join(format!("{hash}.tsv"))
}

/// The cache key of a source table. Where a file lies does not matter, what is in it does.
pub(super) fn source_fingerprint(source: &Source) -> Fingerprint {
    Fingerprint::of_value(&("source", &source.content, &source.format, &source.params))
}

/// Reads a file for the first time. `format`: None to find it out.
pub(super) fn read_source(
    place: Place,
    path: &Path,
    format: Option<&str>,
    params: Params,
    context: &JobContext,
) -> Result<Loaded, UserError> {
    let metadata = std::fs::metadata(path)
        .map_err(|error| io_error("Could not open the file", path, &error))?;
    let format = match format {
        Some(format) => format,
        None => formats::detect(path)?.id(),
    };
    let read = formats::read_file(path, Some(format), &params, &context.task)?;
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |elapsed| elapsed.as_secs());
    let source = Source {
        place,
        format: format.to_owned(),
        params,
        bytes: metadata.len(),
        modified,
        content: read.content,
        rows: read.table.rows() as u64,
        columns: read.table.width() as u64,
    };
    Ok(Loaded {
        table: read.table.with_fingerprint(source_fingerprint(&source)),
        source,
        issues: read.issues,
    })
}

/// Where the file of a recorded source is now.
pub(super) fn source_path(recipe: &TableRecipe) -> Result<PathBuf, UserError> {
    match &recipe.source.place {
        Place::File { path } => Ok(path.clone()),
        Place::Sample { name } => samples::extract(name),
        Place::Pasted { hash } => Ok(pasted_path(*hash)),
    }
}

/// Reads a source as the project recorded it. A missing file is replaced by the copy carried in
/// the project, if there is one; a changed file is an error that says so.
pub(super) fn read_recorded(
    recipe: &TableRecipe,
    embedded: Option<&PathBuf>,
    context: &JobContext,
) -> Result<Table, UserError> {
    let source = &recipe.source;
    let path = source_path(recipe)?;
    let Ok(metadata) = std::fs::metadata(&path) else {
        return match embedded {
            Some(copy) => {
                let none = Params::new();
                let (table, _) = formats::read(copy, Some("parquet"), &none, &context.task)?;
                Ok(table.with_fingerprint(source_fingerprint(source)))
            }
            None => Err(missing(source, &path)),
        };
    };
    // A table made by a command alone has no content to compare with.
    let recorded = (source.content != Fingerprint::default()).then_some(source.content);
    if recorded.is_some() && metadata.len() != source.bytes {
        return Err(changed(source, &path, metadata.len()));
    }
    let read = formats::read_file(&path, Some(&source.format), &source.params, &context.task);
    let content = match &read {
        Ok(read) => read.content,
        Err(error) if error.is_cancelled() => return Err(error.clone()),
        // It may be unreadable because it is another file by now.
        Err(_) => formats::content_hash(&path)?,
    };
    if recorded.is_some_and(|recorded| recorded != content) {
        return Err(changed(source, &path, metadata.len()));
    }
    Ok(read?.table.with_fingerprint(source_fingerprint(source)))
}

fn missing(source: &Source, path: &Path) -> UserError {
    UserError::input(
        "source_missing",
        format!("{} is not where it was", source.name()),
        "The file has been moved, renamed or deleted since the project was saved",
    )
    .with_hint("Choose where it is now. The recipe and the trained models are kept")
    .with_path(path)
}

fn changed(source: &Source, path: &Path, bytes: u64) -> UserError {
    let why = if bytes == source.bytes {
        format!(
            "Its size is the same, {}, and its content is another",
            format::bytes(bytes)
        )
    } else {
        format!(
            "It had {} and now has {}",
            format::bytes(source.bytes),
            format::bytes(bytes)
        )
    };
    UserError::input(
        "source_changed",
        format!("{} changed on disk since you loaded it", source.name()),
        why,
    )
    .with_hint("Read it again to run the recipe on the new content, or choose another file")
    .with_path(path)
}
