//! What several tests share.

use std::path::PathBuf;

use benchtop::base::ids::StepId;
use benchtop::base::{Fingerprint, Params, UserError};
use benchtop::clean::Step;
use benchtop::data::Table;
use polars::prelude::DataFrame;

/// What should have worked; the report where it has not.
pub fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

/// A cleaning step that is switched on.
pub fn step(operation: &str, params: Params) -> Step {
    Step {
        id: StepId(1),
        operation: operation.to_owned(),
        params,
        enabled: true,
    }
}

pub fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|name| (*name).to_owned()).collect()
}

/// Always the same fingerprint, so that two versions of a table differ in their cells only.
pub fn table_of(frame: DataFrame) -> Table {
    Table::from_frame(frame, Fingerprint::of(&[b"test"]))
}

/// The root of the project, wherever the tests are built.
pub fn root() -> PathBuf {
    std::env::var_os("BENCHTOP_ROOT")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// A file of the project by its path from the root.
pub fn project_file(path: &str) -> PathBuf {
    root().join(path)
}

/// An empty folder for one test, removed first if it was left behind.
pub fn temporary_folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("benchtop-test-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    if let Err(error) = std::fs::create_dir_all(&path) {
        panic!("cannot make {}: {error}", path.display());
    }
    path
}
