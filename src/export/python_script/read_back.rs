//! A script is read back before it is called done, and run as far as it learns nothing where Python
//! and scikit-learn are there.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PythonScript, ScriptRequest, folds_path, python_script};
use crate::base::error::io_error;
use crate::base::{TaskContext, UserError, format};
use crate::export::draft::Draft;

/// Python may take this long to read, clean and prepare the rows.
const LONGEST: Duration = Duration::from_secs(120);
/// Between two looks at whether it is done.
const LOOK: Duration = Duration::from_millis(50);

/// What was checked. Only made when everything that was checked agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// Rows whose part was read back.
    pub rows: u64,
    pub rounds: u64,
    /// Python ran it, training nothing: same rows, same parts, as many prepared columns.
    pub ran: bool,
    /// "Python 3.12.3 and scikit-learn 1.9.1", or why it was not run.
    pub engine: String,
    /// What the script does in another way than Benchtop.
    pub remarks: Vec<String>,
}

impl Checked {
    pub fn sentence(&self) -> String {
        let read = format!(
            "Read back: its settings and the parts of {} are ours.",
            format::counted(self.rows, "row")
        );
        let ran = if self.ran {
            format!(
                "Run with {} as far as nothing is learned: same rows, same parts, as many prepared columns. Its scores were not computed.",
                self.engine
            )
        } else {
            format!("It was not run: {}.", self.engine)
        };
        format!("{read} {ran}")
    }
}

/// Writes a script and the file of folds beside it. Both are read back and compared first; where
/// Python with scikit-learn is there, it also reads, cleans and prepares the rows.
pub fn write_python_script(
    request: &ScriptRequest<'_>,
    path: &Path,
    task: &TaskContext,
) -> Result<Checked, UserError> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let script = python_script(request, &name, task)?;
    let folds = folds_path(path);
    let (script_draft, folds_draft) = (Draft::of(path), Draft::of(&folds));
    script_draft.write(script.text.as_bytes())?;
    folds_draft.write(script.folds.as_bytes())?;
    read_back(script_draft.path(), folds_draft.path(), &script, request)?;
    let ran = run(&script, request, task)?;
    folds_draft.keep()?;
    script_draft.keep()?;
    let (ran, engine) = match ran {
        Ok(engine) => (true, engine),
        Err(why) => (false, why),
    };
    Ok(Checked {
        rows: request.prepared.eligible_rows().len() as u64,
        rounds: request.rounds.each.len() as u64,
        ran,
        engine,
        remarks: script.remarks,
    })
}

fn differs(what: &str) -> UserError {
    UserError::failed(
        "script_disagrees",
        "The script that was written is not what it should be, so it was not kept",
        what.to_owned(),
    )
    .with_hint("This is a fault of Benchtop. Export the model as ONNX instead")
}

fn read_back(
    script: &Path,
    folds: &Path,
    written: &PythonScript,
    request: &ScriptRequest<'_>,
) -> Result<(), UserError> {
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .map_err(|error| io_error("The script could not be read back", path, &error))
    };
    let text = read(script)?;
    let found = text
        .split_once("SETTINGS = json.loads(r\"\"\"\n")
        .and_then(|(_, rest)| rest.split_once("\n\"\"\")\n"))
        .and_then(|(json, _)| serde_json::from_str::<Value>(json).ok());
    if found.as_ref() != Some(&written.settings) {
        return Err(differs("Its settings do not read back"));
    }
    let text = read(folds)?;
    if rounds_of(&text, request.prepared.eligible_rows().len()) != Some(request.rounds.each.clone())
    {
        return Err(differs("The parts of the rows do not read back"));
    }
    Ok(())
}

type Round = (Vec<usize>, Vec<usize>);

/// The rounds a file of folds says, by the rule of the script.
fn rounds_of(csv: &str, rows: usize) -> Option<Vec<Round>> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next()?.split(',').skip(1).collect();
    let cells: Vec<Vec<&str>> = lines
        .map(|line| line.split(',').skip(1).collect())
        .collect();
    if cells.len() != rows || cells.iter().any(|line| line.len() != names.len()) {
        return None;
    }
    let mut rounds = Vec::new();
    for (column, name) in names.iter().enumerate() {
        let says: Vec<&str> = cells
            .iter()
            .filter_map(|line| line.get(column).copied())
            .collect();
        let positions = |wanted: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let each = says.iter().enumerate();
            each.filter(|(_, word)| wanted(word))
                .map(|(row, _)| row)
                .collect()
        };
        if name.starts_with("round") {
            rounds.push((
                positions(&|word| word == "learn"),
                positions(&|word| word == "check"),
            ));
            continue;
        }
        let mut parts: Vec<u64> = says.iter().filter_map(|word| word.parse().ok()).collect();
        parts.sort_unstable();
        parts.dedup();
        for part in parts {
            let part = part.to_string();
            rounds.push((
                positions(&|word| word != part),
                positions(&|word| word == part),
            ));
        }
    }
    Some(rounds)
}

/// Runs the script with `--check`: Ok(Ok(what ran it)), or Ok(Err(why it was not run)). What runs and
/// disagrees is an error.
fn run(
    script: &PythonScript,
    request: &ScriptRequest<'_>,
    task: &TaskContext,
) -> Result<Result<String, String>, UserError> {
    let Some((python, engine)) = find_python(&script.text) else {
        let more = match needs_interpret(&script.text) {
            true => ", scikit-learn and interpret",
            false => " and scikit-learn",
        };
        return Ok(Err(format!("no Python with pandas{more} was found here")));
    };
    let folder = std::env::temp_dir().join(format!("benchtop-script-{}", std::process::id()));
    let file = folder.join("script.py");
    let failed = |error: std::io::Error| io_error("The script could not be tried", &file, &error);
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let outcome = std::fs::write(&file, &script.text)
        .and_then(|()| std::fs::write(folds_path(&file), &script.folds))
        .map_err(failed)
        .and_then(|()| tried(python, &file, request, task));
    let _ = std::fs::remove_dir_all(&folder);
    let Some(told) = outcome? else {
        return Ok(Err(format!(
            "reading and preparing the rows took longer than {}",
            format::duration(LONGEST)
        )));
    };
    for what in ["rows", "learned_from", "checked", "prepared_columns"] {
        if told.get(what) != script.settings.get(what) {
            return Err(differs(&format!(
                "{engine} finds {what} to be {}, and it should be {}",
                told.get(what).unwrap_or(&Value::Null),
                script.settings.get(what).unwrap_or(&Value::Null)
            )));
        }
    }
    Ok(Ok(engine))
}

/// Explainable boosting comes from a package of its own.
fn needs_interpret(script: &str) -> bool {
    script.contains("from interpret.")
}

/// The first Python that has what the script needs.
fn find_python(script: &str) -> Option<(&'static str, String)> {
    let also = match needs_interpret(script) {
        true => ", interpret.glassbox",
        false => "",
    };
    const SAYS: &str =
        "print(f'Python {platform.python_version()} and scikit-learn {sklearn.__version__}')";
    let asked = format!("import platform, pandas, sklearn{also}; {SAYS}");
    ["python3", "python"].into_iter().find_map(|python| {
        let said = Command::new(python)
            .args(["-c", &asked])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let words = String::from_utf8(said.stdout).ok()?.trim().to_owned();
        (said.status.success() && !words.is_empty()).then_some((python, words))
    })
}

/// What the script says of itself; None where it took too long.
fn tried(
    python: &str,
    file: &Path,
    request: &ScriptRequest<'_>,
    task: &TaskContext,
) -> Result<Option<Value>, UserError> {
    let (out, err) = (file.with_extension("out"), file.with_extension("err"));
    let open = |path: &Path| {
        std::fs::File::create(path)
            .map_err(|error| io_error("The script could not be tried", path, &error))
    };
    let mut child = Command::new(python)
        .arg(file)
        .arg(&request.source.path)
        .args(["--check", "--json"])
        .stdin(Stdio::null())
        .stdout(open(&out)?)
        .stderr(open(&err)?)
        .spawn()
        .map_err(|error| io_error("The script could not be tried", file, &error))?;
    let started = Instant::now();
    let status = loop {
        if task.check().is_err() || started.elapsed() > LONGEST {
            let _ = child.kill();
            let _ = child.wait();
            task.check()?;
            return Ok(None);
        }
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => std::thread::sleep(LOOK),
            Err(error) => return Err(io_error("The script could not be tried", file, &error)),
        }
    };
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let told = read(&out);
    match (status.success(), serde_json::from_str(told.trim())) {
        (true, Ok(told)) => Ok(Some(told)),
        _ => {
            let said = read(&err);
            let last = said.trim().lines().last().unwrap_or_default();
            Err(differs(&format!(
                "{python} ended with: {}",
                format::shorten(last, 300)
            )))
        }
    }
}
