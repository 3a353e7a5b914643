//! Tuning as the window drives it: a board that fills, settings that are kept and given back.

use std::path::{Path, PathBuf};

use benchtop::base::Params;
use benchtop::evaluate::tuning::{Narrowed, SearchMethod, TrialState};
use benchtop::evaluate::{Finding, SplitPlan};
use benchtop::project::{Command, Document, file};
use benchtop::session::{Notice, Session, Slot, TuningEnd, TuningWish};
use serde_json::Value;

use crate::screens::home;
use crate::support::{project_file, temporary_folder};

fn done(session: &mut Session) {
    for _ in 0..5_000 {
        session.poll();
        if session.is_idle() && !session.is_tuning() {
            session.poll();
            return;
        }
    }
    panic!("the work does not end");
}

fn opened() -> Session {
    home();
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    done(&mut session);
    session
}

fn penguins() -> Session {
    let mut session = opened();
    let table = session.active_id().unwrap();
    let target = Some("species".to_owned());
    session
        .dispatch(Command::SetTarget { table, target })
        .unwrap();
    let _ = session.learning_plan();
    done(&mut session);
    session
}

fn wish(trials: usize) -> TuningWish {
    TuningWish {
        trials,
        metric: Some("log_loss".to_owned()),
        ..TuningWish::new("decision_tree")
    }
}

#[test]
fn a_board_fills_and_the_best_settings_are_kept_and_given_back() {
    let mut session = penguins();
    let table = session.active_id().unwrap();
    let set = |key: &str, value: i64| Command::SetLearnerParam {
        table,
        learner: "decision_tree".to_owned(),
        key: key.to_owned(),
        value: value.into(),
    };
    session.dispatch(set("max_depth", 3)).unwrap();
    assert_eq!(
        session.keep_tuned(None).err().unwrap().code,
        "nothing_tuned"
    );
    session.tune(&wish(16)).unwrap();
    done(&mut session);
    let board = session.tuning().unwrap().clone();
    assert_eq!(board.trials().len(), 16);
    assert_eq!(board.metric(), Some("log_loss"));
    assert_eq!(board.rows_of_data(), 344);
    assert!(board.space().is_some() && !board.is_stopping());
    // The learner's own settings first, then those in use.
    assert_eq!(board.trials()[0].params.integer("max_depth"), 6);
    assert_eq!(board.trials()[1].params.integer("max_depth"), 3);
    let Some(TuningEnd::Found(found, importance)) = board.end() else {
        panic!("{:?}", board.end());
    };
    assert_eq!(found.trials, board.trials());
    assert_eq!(importance.trials, 16);
    assert!(board.trials().iter().all(|t| t.state == TrialState::Done));
    let best = board.best().unwrap();
    assert_eq!(best.number, found.best);

    // A person may prefer another trial than the best one.
    let kept_as = |session: &mut Session, trial: Option<usize>| {
        session.keep_tuned(trial).unwrap();
        let model = &session.active().unwrap().model;
        model.learner_params("decision_tree")
    };
    let before = session.document().clone();
    let other = board.trials()[7].clone();
    let kept = kept_as(&mut session, Some(7));
    assert!(!kept.0.is_empty());
    for (key, value) in &kept.0 {
        assert_eq!(other.params.get(key), Some(value));
    }
    let label = "Keep the tuned settings of decision tree";
    assert_eq!(session.undo_label(), Some(label));
    assert_eq!(session.undo().as_deref(), Some(label));
    assert_eq!(**session.document(), *before);
    for (key, value) in &kept_as(&mut session, None).0 {
        assert_eq!(best.params.get(key), Some(value));
    }
}

#[test]
fn what_cannot_be_tuned_says_why() {
    home();
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    done(&mut session);
    let error = session.tune(&wish(3)).err().unwrap();
    assert_eq!(error.code, "not_ready_to_tune");
    let mut session = penguins();
    let guessing = TuningWish {
        learner: "guessing".to_owned(),
        ..wish(3)
    };
    session.tune(&guessing).unwrap();
    done(&mut session);
    let end = session.tuning().unwrap().end();
    assert!(matches!(end, Some(TuningEnd::Failed(error)) if error.code == "nothing_to_tune"));
}

/// What the built program printed, and whether it was content.
fn program(arguments: &[&str]) -> (Value, bool) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_benchtop"))
        .env("BENCHTOP_HOME", temporary_folder("tuning-program"))
        .args(arguments)
        .arg("--json")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    (value, output.status.success())
}

/// As it reads when it is printed.
fn printed(value: &impl serde::Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

#[test]
fn the_window_and_the_command_line_search_the_same_path() {
    let mut session = opened();
    let table = session.active_id().unwrap();
    let island = "island".to_owned();
    let split = SplitPlan::Column { column: island };
    let target = Some("species".to_owned());
    for command in [
        Command::SetSplit { table, split },
        Command::SetSeed { table, seed: 9 },
        Command::SetTarget { table, target },
    ] {
        session.dispatch(command).unwrap();
    }
    let _ = session.learning_plan();
    done(&mut session);
    let mut wish = wish(8);
    wish.method = SearchMethod::Halving;
    wish.patience = 0;
    let depths = Narrowed::Between { min: 2.0, max: 5.0 };
    wish.narrowing.0.insert("max_depth".to_owned(), depths);
    wish.held = vec!["prune".to_owned()];
    session.tune(&wish).unwrap();
    done(&mut session);
    let board = session.tuning().unwrap().clone();
    let penguins = project_file("sample-data/penguins.csv");
    let (found, fine) = program(&[
        "tune",
        &penguins.to_string_lossy(),
        "--target",
        "species",
        "--learner",
        "decision_tree",
        "--trials",
        "8",
        "--metric",
        "log_loss",
        "--search",
        "halving",
        "--narrow",
        "max_depth=2..5",
        "--set",
        "prune=0",
        "--patience",
        "0",
        "--split",
        "column",
        "--split-by",
        "island",
        "--seed",
        "9",
    ]);
    assert!(fine, "{found}");
    let told = found["trials"].as_array().unwrap();
    let mine = board.trials();
    assert_eq!(told.len(), mine.len());
    // Three islands: three rounds, each checked by a model of the other two.
    assert_eq!(found["folds"], 3);
    for (told, mine) in told.iter().zip(&mine) {
        let mut mine = printed(mine);
        let mut told = told.clone();
        for trial in [&mut mine, &mut told] {
            for fold in trial["folds"].as_array_mut().unwrap() {
                // How long it took is not part of the path.
                fold["fit_seconds"] = Value::Null;
                fold["predict_seconds"] = Value::Null;
            }
        }
        assert_eq!(told, mine);
    }
    let guessing = board.guessing().unwrap();
    assert_eq!(found["guessing"], printed(&guessing));
    let best = board.best().unwrap();
    assert!(best.score.unwrap() < guessing.score);

    // And the parts are those that training checks: the kept settings score the same there.
    session.keep_tuned(None).unwrap();
    for learner in benchtop::learn::REGISTRY {
        if learner.capabilities().suggested {
            let only = Command::TickLearner {
                table,
                learner: learner.id().to_owned(),
                ticked: learner.id() == "decision_tree",
            };
            session.dispatch(only).unwrap();
        }
    }
    let _ = session.learning_plan();
    done(&mut session);
    session.train().unwrap();
    done(&mut session);
    let run = session.runs()[0].clone();
    let scores = &run.result("decision_tree").unwrap().scores["log_loss"];
    let folds: Vec<f64> = best.folds.iter().filter_map(|fold| fold.score).collect();
    assert_eq!(folds, scores.folds);
    let guess = &run.result("guessing").unwrap().scores["log_loss"];
    assert_eq!(guessing.score, guess.mean);
}

/// A table in which one column gives the answer away.
fn leaky(folder: &str) -> PathBuf {
    let mut text = "size,weight,answer,answer_code\n".to_owned();
    for row in 0..120 {
        let answer = if (row * 7) % 12 < 6 { "yes" } else { "no" };
        let code = if answer == "yes" { 1 } else { 0 };
        text.push_str(&format!(
            "{},{},{answer},{code}\n",
            (row * 37) % 101,
            (row * 53) % 97
        ));
    }
    let path = temporary_folder(folder).join("leaky.csv");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_stop_holds_tuning_in_the_window_and_on_the_command_line() {
    home();
    let path = leaky("tuning-leaky");
    let mut session = Session::inline();
    session.load_file(&path, "csv", Params::new());
    done(&mut session);
    let table = session.active_id().unwrap();
    let target = Some("answer".to_owned());
    session
        .dispatch(Command::SetTarget { table, target })
        .unwrap();
    let ticked = Command::TickFeature {
        table,
        column: "answer_code".to_owned(),
        ticked: true,
    };
    session.dispatch(ticked).unwrap();
    let _ = session.learning_plan();
    done(&mut session);
    let wish = TuningWish {
        trials: 3,
        ..TuningWish::new("decision_tree")
    };
    let error = session.tune(&wish).err().unwrap();
    assert_eq!(error.code, "unanswered_stop");
    let Slot::Ready(found) = session.preflight() else {
        panic!("the columns are known");
    };
    let about = |finding: &&Finding| finding.columns == ["answer_code"];
    for finding in found.findings.iter().filter(about) {
        let answer = Command::AnswerFinding {
            table,
            finding: finding.key(),
            reason: Some("read off before".to_owned()),
        };
        session.dispatch(answer).unwrap();
    }
    session.tune(&wish).unwrap();
    done(&mut session);
    assert_eq!(session.tuning().unwrap().trials().len(), 3);

    let path = path.to_string_lossy().into_owned();
    let mut arguments = vec![
        "tune",
        &path,
        "--target",
        "answer",
        "--learner",
        "decision_tree",
        "--trials",
        "3",
    ];
    let (stopped, fine) = program(&arguments);
    assert!(!fine, "{stopped}");
    assert_eq!(stopped["error"]["code"], "unanswered_stop", "{stopped}");
    arguments.extend(["--know", "answer_code"]);
    let (found, fine) = program(&arguments);
    assert!(fine, "{found}");
    assert_eq!(found["trials"].as_array().map(Vec::len), Some(3));
}

/// Saves, and reads the document back.
fn again(session: &mut Session, path: &Path) -> Document {
    session.save(path, false);
    done(session);
    file::load(path).unwrap().document
}

#[test]
fn the_search_is_remembered_with_its_settings_until_they_are_changed() {
    let mut session = penguins();
    let table = session.active_id().unwrap();
    session.tune(&wish(12)).unwrap();
    done(&mut session);
    session.keep_tuned(Some(5)).unwrap();
    let path = temporary_folder("tuning-kept").join("kept.benchtop");
    let read = again(&mut session, &path);
    let kept = read.tables[0].model.tuned("decision_tree").unwrap().clone();
    let board = session.tuning().unwrap().clone();
    let (trial, usual) = (board.trial(5).unwrap(), board.trial(0).unwrap());
    assert_eq!((kept.tried, kept.trial, kept.seed), (12, 5, 1));
    assert_eq!(kept.score, trial.score);
    assert_eq!(kept.usual, usual.score);
    assert_eq!(kept.guessing, board.guessing().map(|guess| guess.score));
    assert_eq!(kept.best, board.best().unwrap().number == 5);
    let said = kept.sentence();
    assert!(said.contains("of 12 settings tried"), "{said}");
    assert!(said.contains("Guessing"), "{said}");
    // A project of before has no such record, and opens.
    let mut old = serde_json::to_value(&read).unwrap();
    let choice = &mut old["tables"][0]["model"]["learners"]["decision_tree"];
    assert!(choice.as_object_mut().unwrap().remove("tuned").is_some());
    let old: Document = serde_json::from_value(old).unwrap();
    assert!(old.tables[0].model.tuned("decision_tree").is_none());
    let own = |document: &Document| document.tables[0].model.learner_params("decision_tree");
    assert_eq!(own(&old), own(&read));
    // Another setting by hand: no search found these.
    let change = |value: i64| Command::SetLearnerParam {
        table,
        learner: "decision_tree".to_owned(),
        key: "max_depth".to_owned(),
        value: value.into(),
    };
    let same = own(&read).get("max_depth").cloned();
    let other = if same == Some(3_i64.into()) { 4 } else { 3 };
    session.dispatch(change(other)).unwrap();
    let model = |session: &Session| session.active().unwrap().model.clone();
    assert!(model(&session).tuned("decision_tree").is_none());
    session.undo();
    assert_eq!(model(&session).tuned("decision_tree"), Some(&kept));
    session.undo();
    assert!(model(&session).tuned("decision_tree").is_none());
}

#[test]
fn stopped_at_any_moment_what_is_measured_is_kept() {
    home();
    let mut session = Session::threaded();
    session.load_sample("penguins.csv");
    let settle = |session: &mut Session| {
        for _ in 0..6_000 {
            session.poll();
            if session.is_idle() && !session.is_tuning() {
                session.poll();
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("the work does not end");
    };
    settle(&mut session);
    let table = session.active_id().unwrap();
    let target = Some("species".to_owned());
    session
        .dispatch(Command::SetTarget { table, target })
        .unwrap();
    let _ = session.learning_plan();
    settle(&mut session);
    let wish = TuningWish {
        trials: 100_000,
        patience: 0,
        ..wish(1)
    };
    // Before its turn, on the way, and once some are measured.
    for measured in [None, Some(0), Some(4)] {
        // Which rows are sealed is found out before they are kept apart.
        while session.learning_plan().ready().is_none() || session.practice().ready().is_none() {
            settle(&mut session);
        }
        session.tune(&wish).unwrap();
        let board = session.tuning().unwrap().clone();
        while measured.is_some_and(|wanted| board.progress().0 < wanted) {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let before = board
            .trials()
            .into_iter()
            .filter(|t| t.state == TrialState::Done);
        let before: Vec<_> = before.map(|trial| (trial.number, trial.score)).collect();
        session.stop_tuning();
        settle(&mut session);
        assert!(board.is_done() && !session.is_tuning());
        match board.end() {
            Some(TuningEnd::Found(found, _)) => {
                for (number, score) in &before {
                    assert_eq!(found.trials[*number].score, *score);
                }
                assert!(found.best_trial().is_some());
                session.keep_trial_of(&board, None).unwrap();
            }
            Some(TuningEnd::Failed(error)) => {
                assert!(error.is_cancelled() && before.is_empty(), "{error}");
            }
            None => panic!("it has no end"),
        }
        let problem = |notice: &Notice| matches!(notice, Notice::Problem(_));
        assert!(!session.take_notices().iter().any(problem));
    }
    assert!(session.tuning().unwrap().best().is_some());
}
