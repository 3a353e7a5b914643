//! Folders of Benchtop's own: recovery journals, pasted tables, extracted samples, settings.
//! `BENCHTOP_HOME` puts them all under one folder.

use std::path::PathBuf;

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// The folder of the person.
pub fn home() -> PathBuf {
    variable("HOME")
        .or_else(|| variable("USERPROFILE"))
        .unwrap_or_else(std::env::temp_dir)
}

/// What the person is called on this computer.
pub fn user_name() -> String {
    variable("USER")
        .or_else(|| variable("LOGNAME"))
        .or_else(|| variable("USERNAME"))
        .map_or_else(
            || "somebody".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
}

fn place(own: &str, linux_variable: &str, linux_default: &str) -> PathBuf {
    if let Some(root) = variable("BENCHTOP_HOME") {
        return root.join(own);
    }
    if cfg!(target_os = "windows") {
        let root = variable("LOCALAPPDATA").unwrap_or_else(|| home().join("AppData").join("Local"));
        return root.join("Benchtop").join(own);
    }
    if cfg!(target_os = "macos") {
        return home()
            .join("Library/Application Support/Benchtop")
            .join(own);
    }
    variable(linux_variable)
        .unwrap_or_else(|| home().join(linux_default))
        .join("benchtop")
}

/// Journals of open projects, settings, recent files.
pub fn state() -> PathBuf {
    place("state", "XDG_STATE_HOME", ".local/state")
}

/// What can be made again: extracted samples.
pub fn cache() -> PathBuf {
    place("cache", "XDG_CACHE_HOME", ".cache")
}

/// What cannot be made again: pasted tables.
pub fn data() -> PathBuf {
    place("data", "XDG_DATA_HOME", ".local/share")
}

/// Seconds since 1970-01-01 UTC.
pub fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}
