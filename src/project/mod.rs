//! What a person is making: a small document of recipes, commands that change it, a history of
//! those changes, and the files that keep it.

pub mod apply;
pub mod command;
pub mod document;
pub mod file;
pub mod history;
pub mod journal;
pub mod places;
pub mod run;
pub mod run_changes;
pub mod run_log;
pub mod samples;
pub mod script;
pub mod settings;

pub use apply::apply;
pub use command::Command;
pub use document::{Document, LearnerChoice, ModelSetup, Place, Source, TableRecipe};
pub use history::History;
pub use run::{DataVersion, KeptModel, Opening, Run};
pub use run_changes::{Change, Topic, changes, what_is_new};
pub use run_log::{RunLog, write_run_log};
pub use script::{ScriptWish, write_script};
