//! What Benchtop remembers between projects, read and written off the UI thread.

use std::path::Path;

use super::opening::absolute;
use super::session::Session;
use crate::jobs::Lane;
use crate::project::settings::Settings;

/// The slot of reading and writing the settings. Its lane keeps them in order and is waited for at
/// the end, so that the last change is not lost.
const SETTINGS: &str = "settings";

impl Session {
    /// The settings; the defaults until they have been read.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn read_settings(&mut self) {
        self.act(
            SETTINGS,
            "Reading the settings",
            Lane::Journal,
            |_| Ok(Settings::load()),
            |session, kept| {
                session.settings_read = true;
                let changed = std::mem::take(&mut session.settings);
                session.settings = changed.over(&kept);
                if session.settings != *kept {
                    session.write_settings();
                }
            },
        );
    }

    /// Changes the settings and writes them in the background.
    pub fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let before = self.settings.clone();
        change(&mut self.settings);
        // Before they have been read, writing them would lose what is on the disk.
        if self.settings != before && self.settings_read {
            self.write_settings();
        }
    }

    fn write_settings(&mut self) {
        let settings = self.settings.clone();
        self.act(
            SETTINGS,
            "Keeping the settings",
            Lane::Journal,
            move |_| {
                settings.save();
                Ok(())
            },
            |_, _| {},
        );
    }

    pub(super) fn remember_file(&mut self, path: &Path) {
        let path = absolute(path);
        self.change_settings(|settings| settings.opened(&path));
    }
}
