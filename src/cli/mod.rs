//! The command line: everything the window does without a window, one file per subcommand.
//!
//! Results go to stdout, as text for a person or with `--json` for a program; notes and errors go
//! to stderr. Exit codes: 0 done, 1 the work failed, 2 wrong usage, 3 the input cannot be used.

mod args;
mod bench;
mod bench_cross_validation;
mod bench_learners;
mod chart;
mod console;
mod convert;
mod curves;
mod export;
mod inspect;
mod interrupt;
mod learners;
mod near;
mod predict;
mod profile;
mod recovery;
mod run;
mod sealing;
mod steps;
mod text;
mod train;
mod training;
mod tune;
mod unusual;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use serde_json::Value;

use crate::base::error::io_error;
use crate::base::{TaskContext, UserError};
use args::{Arguments, Command};
use console::{Context, Report};

/// What the window is opened with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// A table or a project.
    pub path: Option<PathBuf>,
    /// Draw some frames, print what happened as JSON, and end.
    pub smoke_test: bool,
    /// Which graphics interface to draw with, when a person chose one.
    pub renderer: Option<String>,
}

/// Runs the window over a table without a screen, waiting as told, and answers what it cost.
pub type Rehearse = fn(&Path, &TaskContext, &dyn Fn(Duration)) -> Result<Value, UserError>;

/// The window, which the command line does not know.
#[derive(Clone, Copy)]
pub struct Window {
    /// Opens it and stays until it is closed.
    pub open: fn(Launch) -> ExitCode,
    /// Runs its code on a table without a screen and tells what the frames cost. The last
    /// argument lets time pass.
    pub rehearse: Rehearse,
}

/// Runs what the arguments of the process ask for.
pub fn main(window: Window) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let json = arguments.json;
    let Some(command) = arguments.command else {
        let launch = Launch {
            path: arguments.path,
            smoke_test: arguments.smoke_test,
            renderer: arguments.renderer,
        };
        return match check_path(&launch) {
            Ok(()) => (window.open)(launch),
            Err(error) => console::print_error(&error, json),
        };
    };
    console::execute(json, move |context| run_command(command, window, context))
}

fn run_command(command: Command, window: Window, context: &Context) -> Result<Report, UserError> {
    match command {
        Command::Profile(arguments) => profile::run(&arguments, context),
        Command::Convert(arguments) => convert::run(&arguments, context),
        Command::Learners => Ok(learners::run()),
        Command::Train(arguments) => train::run(&arguments, context),
        Command::Tune(arguments) => tune::run(&arguments, context),
        Command::Predict(arguments) => predict::run(&arguments, context),
        Command::Export(arguments) => export::run(&arguments, context),
        Command::Near(arguments) => near::run(&arguments, context),
        Command::Unusual(arguments) => unusual::run(&arguments, context),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Chart(arguments) => chart::run(&arguments, context),
        Command::Run(arguments) => run::run(&arguments, context),
        Command::Bench(arguments) => bench::run(&arguments, context),
        Command::Rehearse(arguments) => {
            let json = (window.rehearse)(&arguments.file, &context.task, &|time| {
                std::thread::sleep(time)
            })?;
            Ok(Report {
                text: serde_json::to_string_pretty(&json).unwrap_or_default(),
                json,
                failure: None,
            })
        }
        Command::EditLoop(arguments) => recovery::edit_loop(&arguments, context),
        Command::Verify(arguments) => recovery::verify(&arguments),
    }
}

/// A mistyped name is answered on the command line, before a window opens.
fn check_path(launch: &Launch) -> Result<(), UserError> {
    match &launch.path {
        Some(path) => std::fs::metadata(path)
            .map(|_| ())
            .map_err(|error| io_error("The file cannot be opened", path, &error)),
        None => Ok(()),
    }
}

/// Help, version, or arguments that make no sense.
fn refuse(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && wants_json {
        let text = error.render().to_string();
        let why = text.trim().trim_start_matches("error: ").to_owned();
        let error = UserError::usage("wrong_arguments", "The arguments make no sense", why)
            .with_hint("benchtop --help lists what there is");
        return console::print_error(&error, true);
    }
    // Nobody is left to be told when the pipe is closed.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
