//! Two subcommands for the test that kills the program at random moments: one that edits a project
//! without end, and one that says what is left of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::args::{EditLoopArguments, VerifyArguments};
use super::console::{Context, Report};
use crate::base::ids::TableId;
use crate::base::{Fingerprint, Params, Random, UserError};
use crate::chart::ChartSpec;
use crate::project::{Command, Document, Place, Source, file, journal};
use crate::session::{Notice, Session};

/// The description of this column carries the number of the last command.
const COUNTER: &str = "counter";
/// Commands between two saves.
const SAVE_EVERY: u64 = 25;
/// Steps kept in the recipe.
const MOST_STEPS: usize = 12;
const PAUSE: Duration = Duration::from_millis(2);

/// `benchtop __edit-loop PROJECT --seed N`: prints "seq N" once command N is in the journal.
pub fn edit_loop(arguments: &EditLoopArguments, context: &Context) -> Result<Report, UserError> {
    let path = absolute(&arguments.project);
    let mut session = Session::inline_journaled();
    open(&mut session, &path)?;
    if session.document().is_empty() {
        session.dispatch(open_table())?;
    }
    if !path.exists() {
        session.save(&path, false);
        problem_of(&mut session)?;
    }
    let mut random = Random::new(arguments.seed);
    let mut number = last_number(session.document());
    loop {
        context.task.check()?;
        let Some(table) = session.document().tables.first().map(|table| table.id) else {
            return Err(UserError::failed(
                "no_table",
                "The project lost its table",
                "No table is left",
            ));
        };
        if random.below(8) == 0 && session.undo().is_some() {
            session.redo();
        }
        session.dispatch(random_command(session.document(), table, &mut random))?;
        number += 1;
        session.dispatch(Command::Describe {
            table,
            column: COUNTER.to_owned(),
            text: number.to_string(),
        })?;
        context.say(&format!("seq {number}"))?;
        if number.is_multiple_of(SAVE_EVERY) {
            session.save(&path, false);
            problem_of(&mut session)?;
        }
        std::thread::sleep(PAUSE);
    }
}

/// `benchtop __verify PROJECT`: opens the project with what a crash left behind.
pub fn verify(arguments: &VerifyArguments) -> Result<Report, UserError> {
    let path = absolute(&arguments.project);
    // The file itself must be whole, whatever the journal adds to it.
    file::load(&path)?;
    let mut session = Session::inline();
    let recovered = open(&mut session, &path)?;
    let last = last_number(session.document());
    Ok(Report {
        json: json!({ "opened": true, "recovered_commands": recovered, "last_seq": last }),
        text: format!(
            "Opened; {recovered} changes were recovered, the last command is number {last}"
        ),
        failure: None,
    })
}

/// Opens the project, and what a journal adds to it. Returns the number of changes recovered.
fn open(session: &mut Session, path: &Path) -> Result<usize, UserError> {
    let left_behind = journal::find_recoveries()
        .into_iter()
        .find(|recovery| recovery.header.project.as_deref() == Some(path));
    if let Some(recovery) = left_behind {
        let changes = recovery.entries.len();
        session.recover(recovery);
        problem_of(session)?;
        return Ok(changes);
    }
    if path.exists() {
        session.open_project(path);
        problem_of(session)?;
    }
    Ok(0)
}

fn problem_of(session: &mut Session) -> Result<(), UserError> {
    for notice in session.take_notices() {
        if let Notice::Problem(error) = notice {
            return Err(error);
        }
    }
    Ok(())
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn last_number(document: &Document) -> u64 {
    document
        .tables
        .first()
        .and_then(|table| table.descriptions.get(COUNTER))
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

fn open_table() -> Command {
    Command::OpenTable {
        name: "edited".to_owned(),
        source: Source {
            place: Place::File {
                path: PathBuf::from("edited.csv"),
            },
            format: "csv".to_owned(),
            params: Params::new(),
            bytes: 0,
            modified: 0,
            content: Fingerprint::default(),
            rows: 0,
            columns: 0,
        },
    }
}

fn random_command(document: &Document, table: TableId, random: &mut Random) -> Command {
    let steps = document
        .table(table)
        .map(|recipe| recipe.steps.as_slice())
        .unwrap_or_default();
    let word = format!("w{}", random.below(1_000_000));
    let step = if steps.is_empty() {
        None
    } else {
        steps.get(random.below(steps.len()))
    };
    match (random.below(8), step) {
        (0, Some(step)) => Command::DeleteStep {
            table,
            step: step.id,
        },
        (1, Some(step)) => Command::SwitchStep {
            table,
            step: step.id,
            enabled: !step.enabled,
        },
        (2, Some(step)) => Command::MoveStep {
            table,
            step: step.id,
            to: random.below(steps.len()),
        },
        (3, _) => Command::SetChart {
            table,
            chart: ChartSpec {
                x: Some(word),
                ..ChartSpec::default()
            },
        },
        (4, _) => Command::SetSeed {
            table,
            seed: random.next_u64() >> 1,
        },
        (5, _) => Command::RenameTable { table, name: word },
        (_, Some(step)) if steps.len() >= MOST_STEPS => Command::DeleteStep {
            table,
            step: step.id,
        },
        _ => Command::AddStep {
            table,
            at: random.below(steps.len() + 1),
            operation: "rename".to_owned(),
            params: Params::new()
                .with("column", word.clone())
                .with("to", format!("{word} again")),
        },
    }
}
