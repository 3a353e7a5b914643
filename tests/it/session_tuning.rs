//! Tuning as the window drives it: a board that fills, settings that are kept and given back.

use benchtop::evaluate::tuning::{Narrowing, SearchMethod, TrialState};
use benchtop::project::Command;
use benchtop::session::{Session, TuningEnd, TuningWish};

use crate::screens::home;

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

fn penguins() -> Session {
    home();
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    done(&mut session);
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
        learner: "decision_tree".to_owned(),
        method: SearchMethod::Tpe,
        trials,
        seconds: None,
        metric: Some("log_loss".to_owned()),
        narrowing: Narrowing::default(),
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
