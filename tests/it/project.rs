//! Project files, journals and recovery.

use std::path::PathBuf;

use benchtop::base::Params;
use benchtop::project::{Command, file, journal};
use benchtop::session::{Notice, Session, Slot};

use crate::screens::home;
use crate::support::temporary_folder;

fn done(session: &mut Session) {
    session.poll();
    for notice in session.take_notices() {
        if let Notice::Problem(error) = notice {
            panic!("{}", error.report());
        }
    }
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

fn opened(path: &std::path::Path) -> Session {
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

/// One test, because journals of one process are found by all sessions of it.
#[test]
fn a_journal_brings_back_what_was_never_saved() {
    home();
    let mut session = Session::inline_journaled();
    session.load_sample("penguins.csv");
    done(&mut session);
    let table = session.active_id().unwrap();
    session
        .dispatch(Command::SetSeed { table, seed: 3 })
        .unwrap();
    session
        .dispatch(Command::SetSeed { table, seed: 4 })
        .unwrap();
    session.undo();
    let document = session.document().clone();
    assert!(
        journal::find_recoveries().is_empty(),
        "a journal in use was offered"
    );
    // A crash: the session goes without its goodbye.
    drop(session);

    let found = journal::find_recoveries();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].entries.len(), 4);
    // The last line cut in the middle, as a power cut leaves it.
    let mut bytes = std::fs::read(&found[0].path).unwrap();
    bytes.extend_from_slice(b"{\"entry\":\"change\",\"seq\":5,\"comm");
    std::fs::write(&found[0].path, &bytes).unwrap();
    let found = journal::find_recoveries();
    assert_eq!(found[0].entries.len(), 4);

    let mut again = Session::inline_journaled();
    again.recover(&found[0]);
    assert_eq!(**again.document(), *document);
    assert!(
        again.redo_label().is_some(),
        "the undone change can be done again"
    );
    again.dispatch(Command::SetSeed { table, seed: 9 }).unwrap();
    let document = again.document().clone();
    drop(again);
    // Recovered once, crashed again: everything is still there.
    let found = journal::find_recoveries();
    let mut third = Session::inline_journaled();
    third.recover(&found[0]);
    assert_eq!(**third.document(), *document);
    third.finish();
    drop(third);
    assert!(
        journal::find_recoveries().is_empty(),
        "a clean end left a journal"
    );
}
