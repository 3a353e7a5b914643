//! What leaves of an evaluation: Python scripts, the run log, and what changed between trainings.

use std::collections::BTreeSet;
use std::path::Path;

use benchtop::base::{Params, TaskContext, UserError};
use benchtop::clean::python::PandasStep;
use benchtop::clean::{self, formula};
use benchtop::data::Table;
use benchtop::evaluate::{RunSpec, SplitPlan, cross_validate, metrics};
use benchtop::export::python_script::{
    Checked, Setting, Shape, SourceFile, folds_path, is_said, translate,
};
use benchtop::formats;
use benchtop::learn::{self, Task};
use benchtop::pipeline::LearningPlan;
use benchtop::project::run_log::RunLog;
use benchtop::project::{
    Change, Command, Run, ScriptWish, Topic, changes, file, write_run_log, write_script,
};
use benchtop::session::{Notice, Session};

use crate::screens::home;
use crate::support::{must, names, project_file, step, temporary_folder};

fn read(path: &Path) -> Table {
    let task = TaskContext::new();
    must(formats::read(path, None, &Params::new(), &task)).0
}

fn lists(topic: Topic, found: &[Change]) -> Vec<&str> {
    found
        .iter()
        .filter(|change| change.topic == topic)
        .map(|change| change.sentence.as_str())
        .collect()
}

// ---- The registries ------------------------------------------------------------------------------

/// Every learner is said, or says why not, for every kind of answer it can learn.
#[test]
fn every_learner_has_a_translation_or_a_reason() {
    let several = Task::Classes {
        names: names(&["a", "b", "c"]),
    };
    let two = Task::Classes {
        names: names(&["a", "b"]),
    };
    let shape = Shape::default();
    let mut said = 0;
    for learner in learn::REGISTRY {
        let params = must(Params::new().checked(learner.params()));
        for task in [&Task::Number, &two, &several] {
            let able = learner.capabilities();
            if !(if task.is_classes() {
                able.classes
            } else {
                able.numbers
            }) {
                continue;
            }
            let setting = Setting {
                task,
                seed: u64::MAX,
                shape: &shape,
            };
            match translate(learner.id(), &params, &setting) {
                Ok(translation) => {
                    said += 1;
                    assert!(!translation.imports.is_empty(), "{}", learner.id());
                    for (_, name) in &translation.imports {
                        let used = translation.code.contains(name);
                        assert!(used, "{name} in {}", translation.code);
                    }
                    let open = translation.code.matches('(').count();
                    assert_eq!(open, translation.code.matches(')').count());
                    // What scikit-learn takes as a seed has 32 bits.
                    assert!(!translation.code.contains(&u64::MAX.to_string()));
                }
                Err(error) => {
                    assert_ne!(
                        error.code,
                        "learner_not_in_scikit_learn",
                        "{}",
                        learner.id()
                    );
                    assert!(!error.why.is_empty() && error.hint.is_some());
                }
            }
        }
    }
    assert!(said >= learn::REGISTRY.len());
}

#[test]
fn every_score_is_said() {
    for metric in metrics::METRICS {
        assert!(is_said(metric.id), "{} has no line of Python", metric.id);
    }
}

fn lines(operation: &str, params: Params) -> Result<Vec<String>, UserError> {
    let penguins = read(&project_file("sample-data/penguins.csv"));
    let operation = must(clean::by_id(operation));
    let params = must(params.checked(operation.params()));
    match operation.pandas(penguins.schema(), &params)? {
        PandasStep::Lines(lines) => Ok(lines),
        PandasStep::Learns(object) => Ok(vec![object]),
    }
}

#[test]
fn every_step_is_said_in_pandas() {
    let columns = |list: &[&str]| Params::new().with("columns", names(list));
    let cases = [
        (
            "drop_columns",
            columns(&["year"]),
            "data = data.drop(columns=[\"year\"])",
        ),
        (
            "tidy_spellings",
            columns(&["sex"]).with("alike", "words"),
            "TidySpellings([\"sex\"], \"words\")",
        ),
        (
            "fill_blanks",
            columns(&["sex"]).with("how", "most_frequent"),
            "FillBlanks([\"sex\"], \"most_frequent\")",
        ),
        (
            "fill_blanks",
            columns(&["sex"])
                .with("how", "constant")
                .with("value", "it \"is\""),
            "data = data.assign(**{\"sex\": data[\"sex\"].fillna(\"it \\\"is\\\"\")})",
        ),
        (
            "filter_rows",
            Params::new().with("condition", "year > 2007 AND NOT sex = 'female'"),
            "data = data[holds((data[\"year\"] > 2007) & (~(data[\"sex\"] == \"female\")))]",
        ),
        (
            "new_column",
            Params::new()
                .with("name", "ratio")
                .with("formula", "bill_length_mm / bill_depth_mm"),
            "data = data.assign(**{\"ratio\": finite(data[\"bill_length_mm\"] / data[\"bill_depth_mm\"])})",
        ),
        (
            "remove_duplicates",
            Params::new(),
            "data = data.drop_duplicates()",
        ),
        (
            "rename",
            Params::new().with("column", "sex").with("to", "gender"),
            "data = data.rename(columns={\"sex\": \"gender\"})",
        ),
        (
            "sort_rows",
            columns(&["year"]).with("descending", true),
            "data = data.sort_values([\"year\"], ascending=False, kind=\"stable\", na_position=\"last\")",
        ),
        (
            "change_type",
            columns(&["year"]).with("to", "text"),
            "data = data.assign(**{\"year\": as_text(data[\"year\"])})",
        ),
    ];
    let mut seen = BTreeSet::new();
    for (operation, params, wanted) in cases {
        seen.insert(operation);
        let said = must(lines(operation, params));
        assert_eq!(said, [wanted]);
    }
    let all: BTreeSet<&str> = clean::REGISTRY.iter().map(|step| step.id()).collect();
    assert_eq!(seen, all, "a step without a line here");
}

#[test]
fn a_formula_that_cannot_be_said_is_refused() {
    let example = formula::FUNCTIONS
        .iter()
        .find(|function| function.name == "CBRT");
    assert!(example.is_some());
    let params = Params::new()
        .with("name", "root")
        .with("formula", "CBRT(body_mass_g)");
    let error = lines("new_column", params).unwrap_err();
    assert_eq!(error.code, "formula_not_in_pandas");
}

// ---- A script ------------------------------------------------------------------------------------

struct Written {
    folder: std::path::PathBuf,
    outcome: Result<Checked, UserError>,
}

impl Written {
    fn script(&self) -> std::path::PathBuf {
        self.folder.join("rule.py")
    }
}

/// One simple rule for the species of penguins, after these steps.
fn penguins(name: &str, steps: Vec<benchtop::clean::Step>, split: SplitPlan) -> Written {
    let path = project_file("sample-data/penguins.csv");
    let table = read(&path);
    let task = TaskContext::new();
    let plan = LearningPlan {
        target: "species".to_owned(),
        features: names(&["island", "bill_length_mm", "body_mass_g"]),
        steps,
    };
    let spec = RunSpec {
        plan: plan.clone(),
        learner: "one_simple_rule".to_owned(),
        params: Params::new(),
        preparation: Params::new(),
        folds: 3,
        seed: 4,
        split: split.clone(),
    };
    let result = must(cross_validate(&table, &spec, &task, &mut |_| {}));
    let folder = temporary_folder(name);
    let wish = ScriptWish {
        source: SourceFile {
            name: "penguins.csv".to_owned(),
            path,
            format: "csv".to_owned(),
            params: Params::new(),
        },
        table: &table,
        practice: &table,
        sealed: 0,
        plan: &plan,
        folds: 3,
        seed: 4,
        split: &split,
        result: &result,
        guessing: None,
    };
    let outcome = write_script(&wish, &folder.join("rule.py"), &task);
    Written { folder, outcome }
}

#[test]
fn a_script_names_its_rows_and_says_what_was_checked() {
    let filter = step(
        "filter_rows",
        Params::new().with("condition", "year > 2007"),
    );
    let written = penguins("script", vec![filter], SplitPlan::default());
    let script = written.script();
    let checked = must(written.outcome);
    let table = read(&project_file("sample-data/penguins.csv"));
    let folds = std::fs::read_to_string(folds_path(&script)).unwrap();
    let mut rows = folds.lines();
    assert_eq!(rows.next(), Some("row,part_1"));
    let parts: Vec<Vec<&str>> = rows.map(|line| line.split(',').collect()).collect();
    assert_eq!(parts.len() as u64, checked.rows);
    assert!(checked.rows > 0 && checked.rows < table.rows() as u64);
    // Sizes of the parts differ by at most one.
    let sizes: Vec<usize> = ["1", "2", "3"]
        .iter()
        .map(|part| parts.iter().filter(|row| row[1] == *part).count())
        .collect();
    assert_eq!(sizes.iter().sum::<usize>(), parts.len());
    assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
    let text = std::fs::read_to_string(&script).unwrap();
    assert!(
        text.contains("    # Keep rows where year > 2007\n"),
        "{text}"
    );
    assert!(text.contains("DecisionTreeClassifier(max_depth=1, min_samples_leaf=5"));
    let sentence = checked.sentence();
    assert!(sentence.contains("Read back: its settings and the parts of"));
    let says = if checked.ran {
        "as far as nothing is learned"
    } else {
        "It was not run: no Python with pandas and scikit-learn was found here"
    };
    assert!(sentence.contains(says), "{sentence}");
}

#[test]
fn rounds_of_every_way_to_divide_read_back() {
    let time = SplitPlan::Time {
        column: "body_mass_g".to_owned(),
        gap: 0.0,
    };
    let repeated = SplitPlan::Repeated {
        repeats: 2,
        by_quantiles: false,
    };
    let holdout = SplitPlan::Holdout {
        share: 0.25,
        by_quantiles: false,
    };
    for (name, split, head) in [
        ("script-repeated", repeated, "row,part_1,part_2"),
        ("script-holdout", holdout, "row,part_1"),
        ("script-time", time, "row,round_1,round_2,round_3"),
    ] {
        let written = penguins(name, Vec::new(), split);
        let folds = folds_path(&written.script());
        must(written.outcome);
        let folds = std::fs::read_to_string(folds).unwrap();
        assert_eq!(folds.lines().next(), Some(head));
    }
}

#[test]
fn a_step_that_cannot_be_said_is_named_and_nothing_is_written() {
    let odd = step(
        "new_column",
        Params::new()
            .with("name", "root")
            .with("formula", "CBRT(body_mass_g)"),
    );
    let written = penguins("script-refused", vec![odd], SplitPlan::default());
    let error = written.outcome.unwrap_err();
    assert_eq!(error.code, "step_not_in_pandas");
    assert!(
        error.what.contains("New column root = CBRT(body_mass_g)"),
        "{}",
        error.what
    );
    assert_eq!(std::fs::read_dir(&written.folder).unwrap().count(), 0);
}

// ---- Runs ----------------------------------------------------------------------------------------

fn done(session: &mut Session) {
    session.poll();
    for notice in session.take_notices() {
        if let Notice::Problem(error) = notice {
            panic!("{}", error.report());
        }
    }
}

/// A session on penguins with two yardsticks and one rule trained.
fn session() -> Session {
    home();
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    done(&mut session);
    let table = session.active_id().unwrap();
    let mut commands = vec![
        Command::SetTarget {
            table,
            target: Some("species".to_owned()),
        },
        Command::SetFolds { table, folds: 2 },
    ];
    for learner in learn::REGISTRY {
        let able = learner.capabilities();
        if able.suggested && !able.yardstick && able.classes {
            let ticked = learner.id() == "decision_tree";
            commands.push(Command::TickLearner {
                table,
                learner: learner.id().to_owned(),
                ticked,
            });
        }
    }
    for command in commands {
        must(session.dispatch(command));
    }
    train(&mut session);
    session
}

fn train(session: &mut Session) {
    must(session.train());
    done(session);
}

fn last(session: &Session) -> &Run {
    session.runs().last().unwrap()
}

#[test]
fn runs_keep_which_data_they_learned_from_and_say_what_changed() {
    let mut session = session();
    let table = session.active_id().unwrap();
    let version = last(&session).version.clone().unwrap();
    assert_eq!((version.rows, version.columns), (344, 8));
    let content = must(formats::content_hash(&project_file(
        "sample-data/penguins.csv",
    )));
    assert_eq!(version.content, content);
    let first = session.runs()[0].clone();
    assert!(session.changed_since(&first).is_empty());

    let edits = [
        Command::TickFeature {
            table,
            column: "year".to_owned(),
            ticked: false,
        },
        Command::AddStep {
            table,
            at: 0,
            operation: "filter_rows".to_owned(),
            params: Params::new().with("condition", "body_mass_g > 3000"),
        },
        Command::SetSeed { table, seed: 9 },
        Command::SetLearnerParam {
            table,
            learner: "decision_tree".to_owned(),
            key: "max_depth".to_owned(),
            value: 2_i64.into(),
        },
    ];
    for edit in edits {
        must(session.dispatch(edit));
    }
    done(&mut session);
    let since = session.changed_since(&first);
    assert_eq!(lists(Topic::Columns, &since), ["Left out year"]);
    assert_eq!(
        lists(Topic::Steps, &since),
        ["Added “Keep rows where body_mass_g > 3000”"]
    );
    assert!(lists(Topic::Data, &since).is_empty());

    train(&mut session);
    let found = changes(&first, last(&session));
    assert_eq!(lists(Topic::Seed, &found), ["1, then 9"]);
    assert_eq!(
        lists(Topic::Settings, &found),
        ["Decision tree: Most questions in a row 6, then 2"]
    );
    assert!(lists(Topic::Data, &found).is_empty());
    assert!(lists(Topic::Division, &found).is_empty());
    let scores = lists(Topic::Scores, &found);
    assert!(
        scores
            .iter()
            .any(|score| score.starts_with("Decision tree: ")),
        "{scores:?}"
    );
    assert!(changes(&first, &first).is_empty());
}

#[test]
fn runs_of_older_versions_load_and_say_what_cannot_be_told() {
    let session = session();
    let run = last(&session);
    let mut stored = serde_json::to_value(run).unwrap();
    stored.as_object_mut().unwrap().remove("version");
    let older: Run = serde_json::from_value(stored).unwrap();
    assert_eq!(older.version, None);
    // The mark still tells that the data are the same.
    assert!(changes(&older, run).is_empty());
    let mut other = older.clone();
    other.plan.features.pop();
    let found = changes(&older, &other);
    assert!(lists(Topic::Data, &found)[0].contains("cannot be told"));
    // Projects saved before there were versions.
    for project in ["penguins.benchtop", "fuel-economy.benchtop"] {
        let path = project_file("tests/fixtures/projects").join(project);
        assert!(!must(file::load(&path)).document.tables.is_empty());
    }
}

#[test]
fn the_run_log_reads_back_as_csv_and_json() {
    let session = session();
    let folder = temporary_folder("run-log");
    let log = RunLog::of(session.runs().iter().map(AsRef::as_ref));
    for name in ["runs.csv", "runs.json"] {
        let written = must(write_run_log(&log, &folder.join(name)));
        assert_eq!((written.runs, written.models), (1, 3));
    }
    let json = std::fs::read_to_string(folder.join("runs.json")).unwrap();
    let back: RunLog = serde_json::from_str(&json).unwrap();
    assert_eq!(back, log);
    let tree = back.runs[0]
        .models
        .iter()
        .find(|model| model.learner == "decision_tree");
    let tree = tree.unwrap();
    // All settings, also those nobody touched.
    assert_eq!(tree.settings.integer("max_depth"), 6);
    let table = read(&folder.join("runs.csv"));
    assert_eq!(table.rows(), 3);
    for column in [
        "data_hash",
        "data_rows",
        "steps",
        "seed",
        "settings",
        "accuracy",
        "accuracy_lower",
        "accuracy_upper",
        "fit_seconds",
        "predict_seconds",
        "benchtop",
        "trained_at_utc",
    ] {
        assert!(table.schema().get(column).is_some(), "{column}");
    }
    let error = write_run_log(&log, &folder.join("runs.xlsx")).unwrap_err();
    assert_eq!(error.code, "unknown_extension");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
}
