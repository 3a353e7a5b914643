//! What Benchtop remembers between projects: files opened lately and the choice of colours.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file::write_atomically;
use super::places;

const RECENT: usize = 8;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Newest first.
    pub recent: Vec<PathBuf>,
    /// "system", "light" or "dark"; empty until a person has chosen.
    pub theme: String,
}

impl Settings {
    /// The settings as they were left; the defaults when there are none or they cannot be read.
    pub fn load() -> Self {
        std::fs::read(path())
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Losing them is not worth an error.
    pub fn save(&self) {
        if let Ok(bytes) = serde_json::to_vec_pretty(self) {
            let _ = write_atomically(&path(), &bytes);
        }
    }

    /// These settings where they were changed from the defaults, otherwise those kept on the disk.
    pub fn over(self, kept: &Self) -> Self {
        let mut settings = kept.clone();
        for file in self.recent.iter().rev() {
            settings.opened(file);
        }
        if !self.theme.is_empty() {
            settings.theme = self.theme;
        }
        settings
    }

    pub fn opened(&mut self, file: &Path) {
        self.recent.retain(|path| path != file);
        self.recent.insert(0, file.to_path_buf());
        self.recent.truncate(RECENT);
    }
}

fn path() -> PathBuf {
    places::state().join("settings.json")
}
