//! Talking to whoever called: results, notes, progress and errors.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::interrupt;
use crate::base::task::Progress;
use crate::base::{Fingerprint, Issue, Params, Severity, TaskContext, UserError, format};
use crate::data::Table;
use crate::formats;
use crate::jobs::{self, Jobs, Lane, Request};
use crate::project::Source;

/// How often progress is drawn and Ctrl-C is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a subcommand has to say.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub json: Value,
    /// For a person; ends without a line break.
    pub text: String,
    /// Something failed although there are results to print: decides the exit code.
    pub failure: Option<UserError>,
}

/// What a subcommand may use.
pub struct Context {
    pub task: TaskContext,
    console: Arc<Console>,
}

/// The line of progress on stderr.
struct Console {
    terminal: bool,
    done: AtomicBool,
    /// Characters of the line that is shown.
    shown: Mutex<usize>,
}

impl Console {
    fn draw(&self, progress: &Progress) {
        if !self.terminal || progress.what.is_empty() {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if self.done.load(Ordering::Acquire) {
            return;
        }
        let share = progress
            .fraction()
            .map(|share| format!(" {}", format::share(f64::from(share))));
        let line = format::shorten(
            &format!("{}…{}", progress.what, share.unwrap_or_default()),
            78,
        );
        let blanks = " ".repeat(shown.saturating_sub(line.chars().count()));
        let _ = write!(std::io::stderr(), "\r{line}{blanks}");
        *shown = line.chars().count();
    }

    /// Runs something that prints, on a line of its own.
    fn print(&self, print: impl FnOnce()) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown > 0 {
            let _ = write!(std::io::stderr(), "\r{}\r", " ".repeat(*shown));
            *shown = 0;
        }
        print();
    }
}

impl Context {
    /// Something the caller should know besides the result.
    pub fn note(&self, text: &str) {
        self.console.print(|| {
            let _ = writeln!(std::io::stderr(), "{text}");
        });
    }

    /// Findings worth a line: all but remarks.
    pub fn note_issues(&self, issues: &[Issue]) {
        for issue in issues
            .iter()
            .filter(|issue| issue.severity != Severity::Note)
        {
            self.note(&format!("{}: {}", issue.severity.word(), issue.message));
        }
    }

    /// One line of output at once, for work without end.
    pub fn say(&self, line: &str) -> Result<(), UserError> {
        write_stdout(&format!("{line}\n"))
    }

    /// Reads a table with everything detected, and notes what was odd about it.
    pub fn read_table(&self, path: &Path) -> Result<(Table, Vec<Issue>), UserError> {
        self.read_as(path, None, &Params::new())
    }

    /// Reads a table as a project read its own; settings fit the format they were made for.
    pub fn read_like(&self, source: &Source, path: &Path) -> Result<Table, UserError> {
        let format = formats::detect(path)?.id();
        let params = if source.format.is_empty() || format == source.format {
            source.params.clone()
        } else {
            Params::new()
        };
        let (table, _) = self.read_as(path, Some(format), &params)?;
        Ok(table)
    }

    /// Reads a table and notes what was odd about it. `format`: None to find it out.
    pub fn read_as(
        &self,
        path: &Path,
        format: Option<&str>,
        params: &Params,
    ) -> Result<(Table, Vec<Issue>), UserError> {
        let (table, issues) = formats::read(path, format, params, &self.task)?;
        self.note_issues(&issues);
        Ok((table, issues))
    }
}

/// Runs a subcommand, watched: progress is drawn on a terminal, Ctrl-C stops it, a panic becomes
/// an error. Prints what comes out of it.
pub fn execute(
    as_json: bool,
    work: impl FnOnce(&Context) -> Result<Report, UserError> + Send + 'static,
) -> ExitCode {
    interrupt::listen();
    let console = Arc::new(Console {
        terminal: std::io::stderr().is_terminal(),
        done: AtomicBool::new(false),
        shown: Mutex::new(0),
    });
    let watching = console.clone();
    let mut jobs = Jobs::inline();
    let request = Request {
        key: "command".into(),
        fingerprint: Fingerprint::default(),
        label: "Working".to_owned(),
        lane: Lane::Heavy,
    };
    jobs.submit(request, move |job| {
        let context = Context {
            task: job.task.clone(),
            console: watching.clone(),
        };
        let task = job.task.clone();
        jobs::detached("watch", move || watch(&watching, &task));
        work(&context)
    });
    console.done.store(true, Ordering::Release);
    console.print(|| {});
    let outcome = match jobs.drain().pop() {
        Some(finished) => finished.outcome,
        None => Err(UserError::failed(
            "no_result",
            "The command did not finish",
            "It gave no result",
        )),
    };
    match outcome {
        Ok(output) => match output.downcast_ref::<Report>() {
            Some(report) => print_report(report, as_json),
            None => ExitCode::FAILURE,
        },
        Err(error) => print_error(&error, as_json),
    }
}

fn watch(console: &Console, task: &TaskContext) {
    while !console.done.load(Ordering::Acquire) {
        std::thread::sleep(LOOK_EVERY);
        if interrupt::happened() {
            task.cancel();
        }
        console.draw(&task.current());
    }
}

fn print_report(report: &Report, as_json: bool) -> ExitCode {
    let text = if as_json {
        let mut value = report.json.clone();
        if let (Some(error), Some(object)) = (&report.failure, value.as_object_mut()) {
            object.insert("error".to_owned(), error_value(error));
        }
        pretty(&value)
    } else {
        report.text.clone()
    };
    if let Err(error) = write_stdout(&format!("{text}\n")) {
        return print_error(&error, false);
    }
    match &report.failure {
        Some(error) => {
            let _ = writeln!(std::io::stderr(), "{}", error.report());
            code_of(error)
        }
        None => ExitCode::SUCCESS,
    }
}

/// Prints an error in words on stderr and, when asked for, as JSON on stdout.
pub fn print_error(error: &UserError, as_json: bool) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{}", error.report());
    if as_json {
        let _ = write_stdout(&format!(
            "{}\n",
            pretty(&json!({ "error": error_value(error) }))
        ));
    }
    code_of(error)
}

fn error_value(error: &UserError) -> Value {
    serde_json::to_value(error).unwrap_or(Value::Null)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn code_of(error: &UserError) -> ExitCode {
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1))
}

/// Writes to stdout; a reader that has gone away is not an error.
fn write_stdout(text: &str) -> Result<(), UserError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(UserError::failed(
            "output_not_written",
            "The result could not be printed",
            error.to_string(),
        )),
        _ => Ok(()),
    }
}

/// Refuses to write over a file that is being read.
pub fn not_the_same(input: &Path, output: &Path) -> Result<(), UserError> {
    let same = match (std::fs::canonicalize(input), std::fs::canonicalize(output)) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    };
    if same {
        return Err(UserError::usage(
            "output_is_input",
            "The result would replace the file it is made from",
            "Source files are never written to".to_owned(),
        )
        .with_hint("Choose another name for the result")
        .with_path(output));
    }
    Ok(())
}

/// The name of a file as a person knows it.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}
