//! Benchtop: a desktop data-science workbench, from a file to a model you can trust.
//!
//! # The map
//!
//! | module | in one sentence |
//! |---|---|
//! | [`base`] | vocabulary without behaviour: errors, parameters, fingerprints, row sets, the tensor graph |
//! | [`data`] | tables: schema, profile, pages of cells, order, search, difference (polars behind this wall) |
//! | [`formats`] | reading and writing files, one file per format |
//! | [`clean`] | cleaning steps, one file per step, and the engine that runs a recipe |
//! | [`learn`] | learners, one file per learner, the preparation fitted with them, and shared engines |
//! | [`chart`] | a grammar of graphics, pure: specification and table to scene, scene to SVG and PNG |
//! | [`pipeline`] | recipe + preparation + model as one fitted thing that scores raw tables |
//! | [`evaluate`] | folds, metrics, cross-validation, tuning, comparison with ties |
//! | [`export`] | what leaves the app, one file per target, each checked against our own result |
//! | [`project`] | what a person is making: document, commands, history, project file, journal |
//! | [`jobs`] | work off the UI thread: named threads, progress, cancel, panics caught |
//! | [`session`] | one open project: document, history, derived results, jobs |
//! | [`gpu`] | wgpu only: point clouds drawn off screen, no egui types |
//! | [`cli`] | the command line, one file per subcommand |
//! | [`ui`] | the window; may use everything above |
//!
//! # The arrows
//!
//! ```text
//! base ← data ← {formats, clean, learn, chart} ← pipeline ← {evaluate, export} ← project ← session ← {cli, ui}
//! base ← jobs ← session          chart ← gpu ← ui          main → {cli, ui}
//! ```
//!
//! # What must stay true
//!
//! Checked by `tests/it/tidy.rs`:
//! - nothing outside `ui` and `main` mentions egui, eframe or rfd; only `ui` and `gpu` mention wgpu;
//! - polars appears only in `data`, `formats`, `clean`, `learn` and `chart`; linfa only in `learn`;
//! - files of one registry folder never name one another;
//! - `ui` never reads files, starts threads, sleeps or collects a table;
//! - only `jobs` starts threads, and the two places that count points and read rows on several;
//!   inside one fit, `learn::engine` shares work out over the pool of rayon, and through it
//!   `evaluate::tuning` the folds of its trials;
//! - colours are made in `ui/theme` only;
//! - every file of a registry folder is in that folder's registry.

pub mod base;
pub mod chart;
pub mod clean;
pub mod cli;
pub mod data;
pub mod evaluate;
pub mod export;
pub mod formats;
pub mod gpu;
pub mod jobs;
pub mod learn;
pub mod pipeline;
pub mod project;
pub mod session;
pub mod ui;
