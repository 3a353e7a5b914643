//! What several tests share.

use std::path::PathBuf;

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
