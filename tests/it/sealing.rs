//! Sealed rows in a project: kept out of everything, opened once, never closed again.

use std::path::Path;

use benchtop::base::{Params, Random};
use benchtop::chart::marks::SceneSize;
use benchtop::chart::svg::{SvgTheme, to_svg};
use benchtop::chart::{Channel, ChartSpec};
use benchtop::evaluate::tuning::SearchMethod;
use benchtop::evaluate::{SealRule, SplitPlan};
use benchtop::project::journal::Entry;
use benchtop::project::{Command, file};
use benchtop::session::{ChartRequest, Session, Slot, TuningEnd, TuningWish};
use serde_json::{Value, json};

use crate::screens::home;
use crate::support::temporary_folder;

const ROWS: usize = 700;

/// A table of numbers and an answer that follows them roughly.
pub fn rows() -> Vec<[String; 4]> {
    (0..ROWS)
        .map(|row| {
            let mut random = Random::stream(5, row as u64);
            let (a, b) = (random.next_f64(), random.next_f64());
            let late = a + 0.3 * random.next_f64() > 0.65;
            let town = ["north", "south", "east"][random.below(3)];
            let number = |value: f64| format!("{value:.4}");
            let answer = if late { "late" } else { "early" };
            [number(a), number(b), town.to_owned(), answer.to_owned()]
        })
        .collect()
}

pub fn write(path: &Path, rows: &[[String; 4]]) {
    let mut text = "a,b,town,arrival\n".to_owned();
    for row in rows {
        text.push_str(&row.join(","));
        text.push('\n');
    }
    std::fs::write(path, text).unwrap();
}

fn done(session: &mut Session) {
    for _ in 0..5_000 {
        session.poll();
        if session.is_idle() && !session.is_training() && !session.is_tuning() {
            session.poll();
            return;
        }
    }
    panic!("the work does not end");
}

fn ready<T>(slot: Slot<T>) -> std::sync::Arc<T> {
    match slot {
        Slot::Ready(found) => found,
        Slot::Failed(error) => panic!("{}", error.report()),
        _ => panic!("not ready"),
    }
}

/// A session with the table open and its target chosen.
fn session(path: &Path) -> Session {
    home();
    let mut session = Session::inline();
    session.load_file(path, "csv", Params::new());
    done(&mut session);
    choose(&mut session, "arrival");
    session
}

fn choose(session: &mut Session, target: &str) {
    let table = session.active_id().unwrap();
    let target = Some(target.to_owned());
    session
        .dispatch(Command::SetTarget { table, target })
        .unwrap();
    done(session);
}

fn train(session: &mut Session) {
    let table = session.active_id().unwrap();
    for learner in ["decision_tree", "logistic_regression"] {
        let command = Command::TickLearner {
            table,
            learner: learner.to_owned(),
            ticked: true,
        };
        session.dispatch(command).unwrap();
    }
    for learner in ["gradient_boosting", "random_forest", "explainable_boosting"] {
        let command = Command::TickLearner {
            table,
            learner: learner.to_owned(),
            ticked: false,
        };
        session.dispatch(command).unwrap();
    }
    let _ = session.learning_plan();
    session.train().unwrap();
    done(session);
}

/// Everything that may tell of answers, without times and names of files.
fn told(session: &mut Session) -> Value {
    let preflight = ready(session.preflight());
    train(session);
    let run = session.runs().last().unwrap().clone();
    let results: Vec<Value> = run
        .results
        .iter()
        .map(|result| {
            let rows = &result.out_of_fold;
            json!([
                result.learner,
                result.scores,
                rows.rows,
                rows.predicted,
                result.issues
            ])
        })
        .collect();
    let doubts = ready(session.doubts(&run));
    session.use_model(&run, "decision_tree");
    done(session);
    let mut model = session.models().last().unwrap().pipeline.save();
    model["record"] = Value::Null;
    session
        .tune(&TuningWish {
            method: SearchMethod::Random,
            trials: 4,
            ..TuningWish::new("decision_tree")
        })
        .unwrap();
    done(session);
    let Some(TuningEnd::Found(tuned, _)) = session.tuning().unwrap().end() else {
        panic!("nothing was found");
    };
    let trials: Vec<_> = tuned.trials.iter().map(|trial| trial.score).collect();
    let inspection = format!("{:?}", ready(session.inspection_of(&run, "decision_tree")));
    json!([
        json!(*preflight),
        results,
        json!(*doubts),
        model,
        trials,
        inspection,
        pictures(session)
    ])
}

/// Charts with the answers in them, profiles of every column, what sorting and finding tell.
fn pictures(session: &mut Session) -> Value {
    let table = ready(session.table());
    let mut found = Vec::new();
    for spec in [
        spec(&[(Channel::X, "a"), (Channel::Color, "arrival")]),
        spec(&[(Channel::X, "arrival")]),
        spec(&[(Channel::X, "town"), (Channel::Y, "b")]),
    ] {
        let request = ChartRequest {
            place: "explore".to_owned(),
            spec,
            size: SceneSize {
                width: 400,
                height: 300,
            },
            view: None,
            dark: false,
        };
        let scene = ready(session.chart(&table, &request));
        found.push(json!(to_svg(&scene, 400.0, 300.0, SvgTheme::Light)));
    }
    let profiles = session.profiles(&table);
    let profiles: Vec<_> = profiles.into_iter().map(ready).collect();
    found.push(json!(format!("{profiles:?}")));
    found.push(json!(*ready(session.order(&table, 3, false))));
    found.push(json!(ready(session.find(&table, "late", None)).len()));
    let cells = session.page(&table, None, 0, ROWS, &[0, 1, 2, 3]);
    found.push(json!(format!("{:?}", cells.rows)));
    json!(found)
}

fn spec(channels: &[(Channel, &str)]) -> ChartSpec {
    let mut spec = ChartSpec::default();
    for (channel, column) in channels {
        spec.set(*channel, Some((*column).to_owned()));
    }
    spec
}

#[test]
fn sealed_answers_influence_nothing_before_they_are_opened() {
    let folder = temporary_folder("sealed-answers");
    let (one, other) = (folder.join("one.csv"), folder.join("other.csv"));
    let mut rows = rows();
    write(&one, &rows);
    let mut first = session(&one);
    let sealed = ready(first.sealed());
    assert!(
        (100..180).contains(&sealed.rows.count()),
        "{}",
        sealed.sentence()
    );

    // The answers of the sealed rows are dealt anew: nothing that is told changes.
    let places: Vec<usize> = sealed.rows.iter().collect();
    let mut answers: Vec<String> = places.iter().map(|&row| rows[row][3].clone()).collect();
    Random::new(11).shuffle(&mut answers);
    let moved = places
        .iter()
        .zip(&answers)
        .filter(|(row, answer)| rows[**row][3] != **answer);
    assert!(moved.count() > 20, "the answers differ");
    for (row, answer) in places.iter().zip(&answers) {
        rows[*row][3].clone_from(answer);
    }
    write(&other, &rows);
    let mut second = session(&other);
    assert_eq!(sealed.rows, ready(second.sealed()).rows);
    assert_eq!(told(&mut first), told(&mut second));
    let run = first.runs()[0].clone();
    assert_eq!(run.results[0].rows + run.sealed, ROWS as u64);
    let kept = first.models().last().unwrap();
    assert_eq!(
        kept.pipeline.record.rows + kept.pipeline.record.sealed,
        ROWS as u64
    );

    // Once they are open, they are seen: charts and models differ.
    for session in [&mut first, &mut second] {
        let run = session.runs()[0].clone();
        session.open_seal(&run, "decision_tree", None).unwrap();
        done(session);
        assert!(matches!(session.hidden(), Slot::Empty));
    }
    assert_ne!(pictures(&mut first), pictures(&mut second));
    assert_ne!(
        first.openings()[0].exam.scores,
        second.openings()[0].exam.scores
    );
}

#[test]
fn opening_counts_once_and_neither_undo_nor_saving_closes_it() {
    let folder = temporary_folder("opening");
    let path = folder.join("arrivals.csv");
    write(&path, &rows());
    let mut session = session(&path);
    train(&mut session);
    let run = session.runs()[0].clone();
    assert_eq!((run.after_openings, session.keeps_apart(&run)), (0, true));
    let labels = session.history_labels();
    session
        .open_seal(&run, "logistic_regression", None)
        .unwrap();
    done(&mut session);
    let opening = session.openings()[0].clone();
    assert_eq!(opening.exam.rows, run.sealed);
    assert_eq!(opening.learner, "logistic_regression");
    let score = &opening.exam.scores["auc"];
    assert!(score.lower < score.mean && score.mean < score.upper && score.mean > 0.8);
    assert_eq!(opening.exam.guessing["auc"].mean, 0.5);
    assert!(!opening.by.is_empty() && opening.opened_at > 1_600_000_000);
    // It is no entry of the history, and undoing everything leaves it.
    assert_eq!(session.history_labels(), labels);
    while session.undo().is_some() {}
    assert_eq!(session.openings(), std::slice::from_ref(&opening));
    while session.redo().is_some() {}
    done(&mut session);
    assert_eq!(session.openings_here().len(), 1);
    assert!(!session.keeps_apart(&run));

    // Once more needs a reason; what is trained now came after it.
    let again = session.open_seal(&run, "decision_tree", Some("  ".to_owned()));
    assert_eq!(again.err().unwrap().code, "cannot_open_seal");
    let why = Some("the auditor asked".to_owned());
    session
        .open_seal(&run, "decision_tree", why.clone())
        .unwrap();
    done(&mut session);
    assert_eq!(session.openings()[1].reason, why);
    train(&mut session);
    let late = session.runs()[1].clone();
    assert_eq!(
        (late.after_openings, late.results[0].rows),
        (2, run.results[0].rows)
    );
    session.use_model(&late, "decision_tree");
    done(&mut session);
    let record = &session.models().last().unwrap().pipeline.record;
    assert_eq!(
        (record.rows, record.sealed, record.after_openings),
        (ROWS as u64, 0, 2)
    );

    // Saved, opened again, and restored from the journal.
    let project = folder.join("arrivals.benchtop");
    assert!(session.is_dirty());
    session.save(&project, false);
    done(&mut session);
    assert!(!session.is_dirty());
    let contents = file::load(&project).unwrap();
    assert_eq!(contents.openings, session.openings());
    assert_eq!(contents.runs[1].after_openings, 2);
    let mut other = Session::inline();
    other.open_project(&project);
    done(&mut other);
    assert_eq!(other.openings_here().len(), 2);
    let line = Entry::Opened {
        seq: 9,
        opening: Box::new(opening.clone()),
    };
    let text = serde_json::to_string(&line).unwrap();
    match serde_json::from_str(&text).unwrap() {
        Entry::Opened { opening: read, .. } => assert_eq!(*read, opening),
        other => panic!("{other:?}"),
    }

    // Other data are other rows.
    let mut more = rows();
    more.push(["0.5000", "0.5000", "west", "late"].map(str::to_owned));
    let path = folder.join("more.csv");
    write(&path, &more);
    let table = other.active_id().unwrap();
    other.relocate(table, &path);
    done(&mut other);
    assert!(other.openings_here().is_empty() && other.openings().len() == 2);
}

#[test]
fn a_seal_comes_with_the_target_and_follows_the_way_rows_are_divided() {
    let folder = temporary_folder("seal-of-target");
    let path = folder.join("arrivals.csv");
    write(&path, &rows());
    let mut session = session(&path);
    let table = session.active_id().unwrap();
    let before = ready(session.sealed()).rows.clone();
    // A step that changes the rows and the answers moves none of them.
    let command = Command::AddStep {
        table,
        at: 0,
        operation: "filter_rows".to_owned(),
        params: Params::new().with("condition", "a > 0.2"),
    };
    session.dispatch(command).unwrap();
    done(&mut session);
    assert_eq!(ready(session.sealed()).rows, before);
    assert!(ready(session.preflight()).rows < ready(session.table()).rows() as u64);
    // Another seed deals the folds anew, and not the exam; nor does choosing the target again.
    session
        .dispatch(Command::SetSeed { table, seed: 99 })
        .unwrap();
    choose(&mut session, "town");
    choose(&mut session, "arrival");
    assert_eq!(ready(session.sealed()).rows, before);
    let by_town = SplitPlan::Groups {
        column: "town".to_owned(),
    };
    session
        .dispatch(Command::SetSplit {
            table,
            split: by_town,
        })
        .unwrap();
    done(&mut session);
    let rule = |session: &Session| session.active().unwrap().model.seal.clone().unwrap().rule;
    assert!(matches!(rule(&session), SealRule::Groups { .. }));
    let whole = ready(session.sealed()).rows.clone();
    let towns: Vec<String> = rows().into_iter().map(|row| row[2].clone()).collect();
    let inside: std::collections::BTreeSet<&String> = whole.iter().map(|row| &towns[row]).collect();
    assert_eq!(inside.len(), 1);
    assert_eq!(
        whole.count(),
        towns.iter().filter(|town| inside.contains(town)).count()
    );
    session.undo();
    assert_eq!(rule(&session), SealRule::Rows);

    // The moment of prediction: named, undoable, kept with the run and the model.
    session.say_moment("when the train leaves");
    assert_eq!(session.undo_label(), Some("Say when the model predicts"));
    train(&mut session);
    let run = session.runs()[0].clone();
    assert_eq!(run.moment.as_deref(), Some("when the train leaves"));
    session.use_model(&run, "decision_tree");
    done(&mut session);
    let record = &session.models()[0].pipeline.record;
    assert_eq!(record.moment, run.moment);
    let empty = Command::SetMoment {
        table,
        moment: Some(" ".to_owned()),
    };
    assert_eq!(session.dispatch(empty).err().unwrap().code, "no_moment");
}

#[test]
fn a_target_chosen_before_there_were_seals_has_none() {
    let folder = temporary_folder("no-seal-yet");
    let path = folder.join("arrivals.csv");
    write(&path, &rows());
    let mut session = session(&path);
    let mut document = serde_json::to_value(&**session.document()).unwrap();
    let model = document["tables"][0]["model"].as_object_mut().unwrap();
    assert!(model.remove("seal").is_some() && model.remove("moment").is_some());
    let old: benchtop::project::Document = serde_json::from_value(document).unwrap();
    assert!(old.tables[0].model.seal.is_none());
    let mut run = json!(null);
    train(&mut session);
    if let Some(kept) = session.runs().first() {
        run = serde_json::to_value(&**kept).unwrap();
    }
    for key in ["seal", "sealed", "after_openings", "moment"] {
        assert!(run.as_object_mut().unwrap().remove(key).is_some(), "{key}");
    }
    let run: benchtop::project::Run = serde_json::from_value(run).unwrap();
    assert!(run.seal.is_none() && run.sealed == 0);
    let why = session.cannot_open(&run).unwrap();
    assert!(why.contains("all rows"), "{why}");
    assert!(!session.keeps_apart(&run));
}
