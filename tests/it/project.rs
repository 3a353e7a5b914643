//! Project files, journals and recovery.

use std::path::{Path, PathBuf};

use benchtop::base::{Params, RowSet, TaskContext};
use benchtop::clean::recipe::StepStatus;
use benchtop::formats;
use benchtop::project::journal::{Entry, Recovery};
use benchtop::project::settings::Settings;
use benchtop::project::{Command, file, journal};
use benchtop::session::{Combine, Notice, Session, Slot};
use benchtop::ui::App;
use benchtop::ui::action::WorkspaceId;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::{self, home, settle};
use crate::support::{project_file, temporary_folder};

fn done(session: &mut Session) {
    session.poll();
    for notice in session.take_notices() {
        if let Notice::Problem(error) = notice {
            panic!("{}", error.report());
        }
    }
}

/// Lets the threads of a session come to rest.
fn wait(session: &mut Session) {
    for _ in 0..6_000 {
        session.poll();
        if session.is_idle() {
            // A job is no longer active a moment before its outcome can be taken in.
            std::thread::sleep(std::time::Duration::from_millis(20));
            done(session);
            if session.is_idle() {
                return;
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("the session did not come to rest");
}

fn worked_on() -> Session {
    home();
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    done(&mut session);
    let table = session.active_id().unwrap();
    session
        .dispatch(Command::AddStep {
            table,
            at: 0,
            operation: "fill_blanks".to_owned(),
            params: Params::new()
                .with("columns", vec!["bill_length_mm".to_owned()])
                .with("how", "median"),
        })
        .unwrap();
    session
        .dispatch(Command::SetTarget {
            table,
            target: Some("species".to_owned()),
        })
        .unwrap();
    session
}

fn opened(path: &Path) -> Session {
    let mut session = Session::inline();
    session.open_project(path);
    done(&mut session);
    session
}

#[test]
fn a_project_comes_back_with_its_runs_and_models() {
    let mut session = worked_on();
    session.train().unwrap();
    done(&mut session);
    let run = session.runs().last().unwrap().clone();
    assert!(run.results.len() >= 4, "{:?}", run.failures);
    session.use_model(&run, "logistic_regression");
    done(&mut session);
    assert_eq!(session.models().len(), 1);
    let path = temporary_folder("project").join("birds.benchtop");
    session.save(&path, false);
    done(&mut session);
    assert!(!session.is_dirty());
    // As many models as before, and not the same.
    session.remove_model(session.models()[0].id);
    session.use_model(&run, "logistic_regression");
    assert!(session.is_dirty());

    let mut again = opened(&path);
    assert_eq!(**again.document(), **session.document());
    assert_eq!(again.runs().len(), 1);
    assert_eq!(again.runs()[0].results.len(), run.results.len());
    let table = session.source().ready().unwrap();
    let task = benchtop::base::TaskContext::new();
    let first = session.models()[0]
        .pipeline
        .predict_table(&table, &task)
        .unwrap();
    let second = again.models()[0]
        .pipeline
        .predict_table(&table, &task)
        .unwrap();
    assert_eq!(first.values, second.values);
    assert_eq!(again.table().ready().unwrap().rows(), 344);
}

#[test]
fn a_project_with_its_data_opens_without_the_file() {
    home();
    let folder = temporary_folder("embedded");
    let data = folder.join("small.csv");
    std::fs::write(&data, "a,b\n1,x\n2,y\n3,\n").unwrap();
    let mut session = Session::inline();
    session.load_file(&data, "csv", Params::new());
    done(&mut session);
    let path = folder.join("with-data.benchtop");
    session.save(&path, true);
    done(&mut session);
    std::fs::remove_file(&data).unwrap();

    let mut again = opened(&path);
    let table = again.table().ready().unwrap();
    assert_eq!((table.rows(), table.width()), (3, 2));
}

#[test]
fn a_moved_folder_still_opens_and_a_missing_or_changed_file_is_said() {
    home();
    let folder = temporary_folder("moved");
    std::fs::create_dir(folder.join("one")).unwrap();
    let data = folder.join("one/small.csv");
    std::fs::write(&data, "a,b\n1,x\n2,y\n").unwrap();
    let mut session = Session::inline();
    session.load_file(&data, "csv", Params::new());
    done(&mut session);
    let path = folder.join("one/p.benchtop");
    session.save(&path, false);
    done(&mut session);
    std::fs::rename(folder.join("one"), folder.join("two")).unwrap();
    let moved = folder.join("two/p.benchtop");
    assert_eq!(opened(&moved).table().ready().unwrap().rows(), 2);

    let data = folder.join("two/small.csv");
    std::fs::write(&data, "a,b\n1,x\n2,y\n3,z\n").unwrap();
    let mut session = opened(&moved);
    let Slot::Failed(error) = session.table() else {
        panic!("a changed file was not noticed")
    };
    assert_eq!(error.code, "source_changed");
    let table = session.active_id().unwrap();
    session.relocate(table, &data);
    done(&mut session);
    assert_eq!(session.table().ready().unwrap().rows(), 3);

    std::fs::remove_file(&data).unwrap();
    let mut session = opened(&moved);
    let Slot::Failed(error) = session.table() else {
        panic!("a missing file was not noticed")
    };
    assert_eq!(error.code, "source_missing");
    assert!(error.hint.is_some());
}

#[test]
fn damaged_and_newer_projects_are_refused_with_a_message() {
    let mut session = worked_on();
    let folder = temporary_folder("damaged");
    let path = folder.join("p.benchtop");
    session.save(&path, false);
    done(&mut session);
    let whole = std::fs::read(&path).unwrap();
    let broken = folder.join("broken.benchtop");
    let mut accepted = 0;
    for step in 0..60 {
        let mut bytes = whole.clone();
        if step % 2 == 0 {
            bytes.truncate(whole.len() * step / 60);
        } else {
            let at = whole.len() * step / 61;
            bytes[at] ^= 0x55;
        }
        std::fs::write(&broken, &bytes).unwrap();
        match file::load(&broken) {
            // A bit in a part nobody checks (a time stamp, say) may stay unseen.
            Ok(_) => accepted += 1,
            Err(error) => assert!(!error.what.is_empty() && error.path.is_some(), "{error:?}"),
        }
    }
    assert!(
        accepted < 20,
        "{accepted} of 60 damaged files were accepted"
    );

    let newer = folder.join("newer.benchtop");
    let archive = std::fs::File::create(&newer).unwrap();
    let mut archive = zip::ZipWriter::new(archive);
    archive
        .start_file("manifest.json", zip::write::SimpleFileOptions::default())
        .unwrap();
    std::io::Write::write_all(
        &mut archive,
        br#"{"format":"benchtop project","version":99,"app_version":"9.0.0","saved_at":0}"#,
    )
    .unwrap();
    archive.finish().unwrap();
    let error = file::load(&newer).err().unwrap();
    assert_eq!(error.code, "newer_project");
}

#[test]
fn the_file_before_is_kept() {
    let mut session = worked_on();
    let path = temporary_folder("previous").join("p.benchtop");
    session.save(&path, false);
    done(&mut session);
    let first = std::fs::read(&path).unwrap();
    let table = session.active_id().unwrap();
    session
        .dispatch(Command::SetSeed { table, seed: 77 })
        .unwrap();
    session.save(&path, false);
    done(&mut session);
    let previous = PathBuf::from(format!("{}~", path.display()));
    assert_eq!(std::fs::read(previous).unwrap(), first);
    assert_ne!(std::fs::read(&path).unwrap(), first);
}

/// Journals left behind by the tests with this seed; other tests leave some of their own.
fn left_behind(seed: u64) -> Vec<Recovery> {
    let mut found = journal::find_recoveries();
    found.retain(|recovery| {
        recovery.entries.iter().any(|entry| {
            matches!(entry, Entry::Change { command: Command::SetSeed { seed: set, .. }, .. } if *set == seed)
        })
    });
    found
}

#[test]
fn a_journal_brings_back_what_was_never_saved() {
    const SEED: u64 = 30_301;
    home();
    let mut session = Session::inline_journaled();
    session.load_sample("penguins.csv");
    done(&mut session);
    let table = session.active_id().unwrap();
    let set = |seed| Command::SetSeed { table, seed };
    session.dispatch(set(SEED)).unwrap();
    session.dispatch(set(4)).unwrap();
    session.undo();
    let document = session.document().clone();
    assert!(left_behind(SEED).is_empty(), "a journal in use was offered");
    // A crash: the session goes without its goodbye.
    drop(session);

    let found = left_behind(SEED);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].entries.len(), 4);
    // The last line cut in the middle, as a power cut leaves it.
    let mut bytes = std::fs::read(&found[0].path).unwrap();
    bytes.extend_from_slice(b"{\"entry\":\"change\",\"seq\":5,\"comm");
    std::fs::write(&found[0].path, &bytes).unwrap();
    let found = left_behind(SEED);
    assert_eq!(found[0].entries.len(), 4);

    let mut again = Session::inline_journaled();
    again.recover(found[0].clone());
    assert_eq!(**again.document(), *document);
    assert!(again.is_dirty());
    assert!(
        again.redo_label().is_some(),
        "the undone change can be done again"
    );
    again.dispatch(set(9)).unwrap();
    let document = again.document().clone();
    drop(again);
    // Recovered once, crashed again: everything is still there. Now as the window does it.
    let mut third = Session::threaded();
    third.look_for_recoveries();
    wait(&mut third);
    let offered = third.take_recoveries();
    let mine = left_behind(SEED);
    assert_eq!(mine.len(), 1);
    assert!(offered.iter().any(|recovery| recovery.path == mine[0].path));
    third.recover(mine[0].clone());
    wait(&mut third);
    assert_eq!(**third.document(), *document);
    third.finish();
    drop(third);
    assert!(left_behind(SEED).is_empty(), "a clean end left a journal");
}

#[test]
fn changes_that_are_not_wanted_are_discarded() {
    const SEED: u64 = 30_302;
    home();
    let mut session = Session::inline_journaled();
    session.load_sample("penguins.csv");
    let table = session.active_id().unwrap();
    session
        .dispatch(Command::SetSeed { table, seed: SEED })
        .unwrap();
    drop(session);
    let found = left_behind(SEED);
    assert_eq!(found.len(), 1);
    let mut session = Session::threaded();
    session.discard_recovery(found[0].clone());
    wait(&mut session);
    assert!(!found[0].path.exists());
}

#[test]
fn a_project_that_is_gone_costs_its_models_and_not_the_changes() {
    const SEED: u64 = 30_303;
    home();
    let path = temporary_folder("gone").join("p.benchtop");
    let mut session = Session::inline_journaled();
    session.load_sample("penguins.csv");
    session.save(&path, false);
    done(&mut session);
    let table = session.active_id().unwrap();
    session
        .dispatch(Command::SetSeed { table, seed: SEED })
        .unwrap();
    let document = session.document().clone();
    drop(session);
    std::fs::remove_file(&path).unwrap();
    let mut again = Session::inline_journaled();
    again.recover(left_behind(SEED).remove(0));
    assert_eq!(**again.document(), *document);
    let said: Vec<Notice> = again.take_notices();
    assert!(
        matches!(&said[..], [Notice::Problem(error)] if error.path.as_deref() == Some(&*path)),
        "{said:?}"
    );
    again.finish();
}

#[test]
fn changes_made_while_a_project_is_saved_stay_in_the_journal() {
    const SEED: u64 = 30_304;
    home();
    let path = temporary_folder("meanwhile").join("p.benchtop");
    let mut session = Session::threaded();
    session.load_sample("penguins.csv");
    wait(&mut session);
    let table = session.active_id().unwrap();
    session.save(&path, false);
    session
        .dispatch(Command::SetSeed { table, seed: SEED })
        .unwrap();
    wait(&mut session);
    assert!(path.exists() && session.is_dirty());
    let document = session.document().clone();
    drop(session);
    let mut again = Session::inline_journaled();
    again.recover(left_behind(SEED).remove(0));
    assert_eq!(**again.document(), *document);
    again.finish();
}

#[test]
fn of_two_files_being_opened_the_newer_is_opened() {
    home();
    let mut session = Session::threaded();
    session.load_pasted("first,second\n1,2\n".to_owned());
    session.load_pasted("third,fourth,fifth\n3,4,5\n".to_owned());
    wait(&mut session);
    assert_eq!(session.document().tables.len(), 1);
    assert_eq!(session.active().unwrap().source.columns, 3);
    session.finish();
}

#[test]
fn settings_changed_before_they_are_read_are_added_to_what_was_kept() {
    home();
    let (old, new) = (PathBuf::from("/old.csv"), PathBuf::from("/new.csv"));
    let mut kept = Settings::default();
    kept.opened(&old);
    kept.save();
    let mut session = Session::threaded();
    session.change_settings(|settings| settings.opened(&new));
    assert_eq!(session.settings().recent, std::slice::from_ref(&new));
    wait(&mut session);
    assert_eq!(session.settings().recent, [new.clone(), old.clone()]);
    drop(session);
    assert_eq!(Settings::load().recent, [new, old]);

    let theme = |word: &str| Settings {
        theme: word.to_owned(),
        ..Settings::default()
    };
    assert_eq!(theme("").over(&theme("dark")).theme, "dark");
    assert_eq!(theme("light").over(&theme("dark")).theme, "light");
}

#[test]
fn reading_a_file_gives_the_hash_of_its_bytes() {
    let folder = temporary_folder("hashes");
    let task = TaskContext::new();
    let penguins = project_file("sample-data/penguins.csv");
    let (table, _) = formats::read(&penguins, None, &Params::new(), &task).unwrap();
    for format in formats::REGISTRY {
        let path = folder.join(format!("penguins.{}", format.extensions()[0]));
        formats::write(&table, &path, &task).unwrap();
        let read = formats::read_file(&path, None, &Params::new(), &task).unwrap();
        assert_eq!(read.content, formats::content_hash(&path).unwrap());
        assert_ne!(read.table.fingerprint(), read.content);
    }
}

#[test]
fn a_file_is_looked_at_again_on_request() {
    let path = temporary_folder("look").join("a.csv");
    let none = Params::new();
    std::fs::write(&path, "a\n1\n").unwrap();
    let mut session = Session::inline();
    let rows = |session: &mut Session| {
        let preview = session.preview_file(&path, None, &none).ready().unwrap();
        preview.rows.len()
    };
    assert_eq!(rows(&mut session), 1);
    std::fs::write(&path, "a\n1\n2\n").unwrap();
    session.look_again();
    assert_eq!(rows(&mut session), 2);
}

/// Two kinds of rows in the order given, with a number that tells them apart.
fn two_kinds(path: &Path, first: &str, second: &str) {
    let line = |row: usize| {
        let kind = if row < 30 { first } else { second };
        let high = if kind == "high" { 100 } else { 0 };
        format!("{},{kind}\n", high + row % 7)
    };
    let text: String = (0..60).map(line).collect();
    std::fs::write(path, format!("size,kind\n{text}")).unwrap();
}

/// A trained session on a file of its own.
fn trained_on(session: &mut Session, path: &Path) {
    two_kinds(path, "low", "high");
    session.load_file(path, "csv", Params::new());
    done(session);
    let table = session.active_id().unwrap();
    let target = Some("kind".to_owned());
    session
        .dispatch(Command::SetTarget { table, target })
        .unwrap();
    // The number tells the kinds apart without a mistake, which is asked about before training.
    session
        .dispatch(Command::AnswerFinding {
            table,
            finding: "target_leak:size".to_owned(),
            reason: Some("made up so".to_owned()),
        })
        .unwrap();
    session.train().unwrap();
    done(session);
}

#[test]
fn rows_of_a_run_on_older_data_cannot_be_selected() {
    home();
    let path = temporary_folder("older").join("kinds.csv");
    let mut session = Session::inline();
    trained_on(&mut session, &path);
    let run = session.runs()[0].clone();
    // Classes are numbered by name: high is 0, low is 1.
    let select = |session: &mut Session| {
        session.select_confused(&run, "decision_tree", 0, 0, Combine::Replace);
    };
    select(&mut session);
    let high: Vec<usize> = session.selection().unwrap().rows.iter().collect();
    assert_eq!(high, (30..60).collect::<Vec<_>>());
    session.keep_only(RowSet::empty(60), "nothing");

    // The same file with its rows the other way round.
    two_kinds(&path, "high", "low");
    let table = session.active_id().unwrap();
    session.relocate(table, &path);
    done(&mut session);
    assert!(session.selection().is_none() && session.filter().is_none());
    assert!(!session.has_rows_of(&run));
    select(&mut session);
    assert!(session.selection().is_none());
    let said = session.take_notices();
    assert!(
        matches!(&said[..], [Notice::Problem(error)] if error.code == "rows_of_older_data"),
        "{said:?}"
    );
    // Its scores say nothing about a model of the new rows.
    session.use_model(&run, "decision_tree");
    done(&mut session);
    assert!(session.models()[0].pipeline.record.scores.is_empty());

    session.train().unwrap();
    done(&mut session);
    let run = session.runs()[1].clone();
    session.select_confused(&run, "decision_tree", 0, 0, Combine::Replace);
    let high: Vec<usize> = session.selection().unwrap().rows.iter().collect();
    assert_eq!(high, (0..30).collect::<Vec<_>>());
    session.use_model(&run, "decision_tree");
    assert!(!session.models()[1].pipeline.record.scores.is_empty());

    // Back to the old rows: the old results speak of them again.
    while !session.has_rows_of(&session.runs()[0].clone()) {
        assert!(session.undo().is_some());
    }
    assert!(session.selection().is_none());
    select(&mut session);
    assert_eq!(session.selection().unwrap().rows.count(), 30);
}

#[test]
fn a_run_still_knows_its_rows_after_saving_and_after_other_steps() {
    home();
    let folder = temporary_folder("knows");
    let mut session = Session::inline();
    trained_on(&mut session, &folder.join("kinds.csv"));
    let path = folder.join("p.benchtop");
    session.save(&path, false);
    done(&mut session);
    let mut again = opened(&path);
    let run = again.runs()[0].clone();
    assert!(again.has_rows_of(&run));
    let table = again.active_id().unwrap();
    again
        .dispatch(Command::AddStep {
            table,
            at: 0,
            operation: "filter_rows".to_owned(),
            params: Params::new().with("condition", "size < 50"),
        })
        .unwrap();
    assert_ne!(again.data_mark(), Some(run.data));
    assert!(again.has_rows_of(&run));
}

#[test]
fn compare_says_that_rows_of_older_data_cannot_be_selected() {
    let mut harness = screens::harness(screens::Size::Small, false);
    let path = temporary_folder("stale").join("kinds.csv");
    trained_on(harness.state_mut().session_mut(), &path);
    harness.state_mut().shared_mut().go(WorkspaceId::Compare);
    settle(&mut harness);
    let words = "These results belong to the data as it was";
    let how = "Click a cell to select its rows everywhere";
    let sees = |harness: &Harness<'static, App>, words: &str| {
        harness.query_all_by_label_contains(words).next().is_some()
    };
    assert!(!sees(&harness, words) && sees(&harness, how));
    two_kinds(&path, "high", "low");
    let session = harness.state_mut().session_mut();
    let table = session.active_id().unwrap();
    session.relocate(table, &path);
    screens::picture(&mut harness, "compare-stale", screens::Size::Small, false);
    assert!(sees(&harness, words) && !sees(&harness, how));
}

#[test]
fn opening_a_project_asks_about_changes_first() {
    let path = temporary_folder("asks").join("other.benchtop");
    let mut other = worked_on();
    other.save(&path, false);
    done(&mut other);
    let mut harness = screens::harness(screens::Size::Small, false);
    harness.state_mut().session_mut().load_sample("wine.csv");
    settle(&mut harness);
    let document = harness.state().session().document().clone();
    harness.state_mut().open_path(&path);
    settle(&mut harness);
    assert_eq!(**harness.state().session().document(), *document);
    harness.get_by_label("Close without saving").click();
    settle(&mut harness);
    let session = harness.state().session();
    assert_eq!(**session.document(), **other.document());
    assert_eq!(session.project_path(), Some(&*path));
}

#[test]
fn settings_made_for_one_format_are_not_used_for_another() {
    home();
    let folder = temporary_folder("formats");
    let text = folder.join("a.csv");
    std::fs::write(&text, "a;b\n1;x\n2;y\n").unwrap();
    let mut session = Session::inline();
    session.load_file(&text, "csv", Params::new().with("delimiter", "semicolon"));
    done(&mut session);
    let table = session.active_id().unwrap();
    let parquet = folder.join("a.parquet");
    let shown = session.table().ready().unwrap();
    formats::write(&shown, &parquet, &TaskContext::new()).unwrap();
    session.relocate(table, &parquet);
    done(&mut session);
    assert_eq!(session.active().unwrap().source.format, "parquet");
    assert_eq!(session.table().ready().unwrap().rows(), 2);
}

/// A project of tests/fixtures/projects: what it is made from.
struct Fixture {
    file: &'static str,
    sample: &'static str,
    target: &'static str,
    steps: Vec<(&'static str, Params)>,
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Recipes of every kind of step that an exported model carries out, or leaves to the rows it
/// learned from. `tests/judges/onnx_judge.py` trains with them.
fn fixtures() -> Vec<Fixture> {
    let fill = |columns: &[&str], how: &str| {
        let params = Params::new()
            .with("columns", list(columns))
            .with("how", how);
        ("fill_blanks", params)
    };
    let calculate = |name: &str, formula: &str| {
        let params = Params::new().with("name", name).with("formula", formula);
        ("new_column", params)
    };
    let change = |columns: &[&str], to: &str| {
        let params = Params::new().with("columns", list(columns)).with("to", to);
        ("change_type", params)
    };
    let rename = |column: &str, to: &str| {
        let params = Params::new().with("column", column).with("to", to);
        ("rename", params)
    };
    let filter = |condition: &str, action: &str| {
        let params = Params::new()
            .with("condition", condition)
            .with("action", action);
        ("filter_rows", params)
    };
    let drop = |columns: &[&str]| {
        let params = Params::new().with("columns", list(columns));
        ("drop_columns", params)
    };
    vec![
        Fixture {
            file: "penguins.benchtop",
            sample: "penguins.csv",
            target: "species",
            steps: vec![
                fill(&["bill_length_mm"], "median"),
                fill(&["sex"], "most_frequent"),
                change(&["sex"], "category"),
                change(&["year"], "whole_number"),
                calculate("bill_ratio", "bill_length_mm / bill_depth_mm"),
                calculate("heavy", "body_mass_g > 4000 AND flipper_length_mm >= 200"),
                filter("body_mass_g < 6200", "keep"),
                drop(&["body_mass_g"]),
                rename("flipper_length_mm", "flipper"),
            ],
        },
        Fixture {
            file: "fuel-economy.benchtop",
            sample: "fuel-economy.csv",
            target: "highway_mpg",
            steps: vec![
                drop(&["city_mpg"]),
                calculate("litres_each", "engine_litres / cylinders - 0.25"),
                calculate("recent", "year >= 2005"),
                change(&["cylinders"], "number"),
                fill(&["engine_litres", "litres_each"], "mean"),
                fill(&["fuel"], "most_frequent"),
                filter("class = '2seater'", "drop"),
                rename("drive", "driven_wheels"),
            ],
        },
    ]
}

fn made(fixture: &Fixture) -> Session {
    home();
    let mut session = Session::inline();
    session.load_sample(fixture.sample);
    let table = session.active_id().unwrap();
    for (at, (operation, params)) in fixture.steps.iter().enumerate() {
        let operation = (*operation).to_owned();
        let params = params.clone();
        session
            .dispatch(Command::AddStep {
                table,
                at,
                operation,
                params,
            })
            .unwrap();
    }
    let target = Some(fixture.target.to_owned());
    session
        .dispatch(Command::SetTarget { table, target })
        .unwrap();
    session
}

/// Files as an earlier build wrote them. `UPDATE_FIXTURES=1` writes those that are missing: one
/// that is there stays as it is, because people have such files.
#[test]
fn projects_saved_earlier_open_and_their_steps_run() {
    for fixture in fixtures() {
        let path = project_file("tests/fixtures/projects").join(fixture.file);
        let mut fresh = made(&fixture);
        if std::env::var_os("UPDATE_FIXTURES").is_some() && !path.exists() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            fresh.save(&path, false);
            done(&mut fresh);
        }
        let mut session = opened(&path);
        let recipe = session.active().unwrap().clone();
        let mut expected = (**fresh.active().unwrap()).clone();
        // When a sample is extracted says nothing about it.
        expected.source.modified = recipe.source.modified;
        // The build that wrote it sealed no rows; choosing the target again does.
        assert!(expected.model.seal.take().is_some());
        assert_eq!(*recipe, expected, "{}", fixture.file);
        let run = session.recipe_run().ready().unwrap();
        assert_eq!(run.outcomes.len(), fixture.steps.len());
        for (outcome, (operation, _)) in run.outcomes.iter().zip(&fixture.steps) {
            assert_eq!(outcome.status, StepStatus::Done, "{operation}");
        }
        assert!(run.table.rows() < run.table.source_rows());
    }
}
