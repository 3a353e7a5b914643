//! One test binary: each further one would link polars and wgpu once more.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod charts;
mod clean;
mod cli;
mod cli_told;
mod commands;
mod curves;
mod data;
mod evaluate;
mod export_lightgbm;
mod exports;
mod formats;
mod gpu;
mod guardrails;
mod honesty;
mod jobs;
mod learn_additive;
mod learn_additive_rows;
mod learn_ensembles;
mod learn_linear;
mod learn_nets;
mod learn_trees;
mod learn_trees2;
mod learners;
mod leaving;
mod looks;
mod metrics;
mod pipeline;
mod pixels;
mod preparation;
mod presets;
mod project;
mod samples;
mod screens;
mod seal;
mod sealing;
mod session_tuning;
mod splits;
mod support;
mod tidy;
mod tuning;
mod ui_charts;
mod ui_curves;
mod ui_data;
mod ui_dialogs;
mod ui_evaluation;
mod ui_explore;
mod ui_findings;
mod ui_inspect;
mod ui_leaving;
mod ui_model;
mod ui_near;
mod ui_seal;
mod ui_trees;
mod ui_tuning;
mod unusual;
mod window;
