//! Commands, undo and redo, without a window.

use std::collections::BTreeMap;

use benchtop::base::Params;
use benchtop::base::ids::{StepId, TableId};
use benchtop::chart::ChartSpec;
use benchtop::clean;
use benchtop::data::ColumnRole;
use benchtop::evaluate::SplitPlan;
use benchtop::evaluate::presets::Preset;
use benchtop::project::{Command, Document, History, ModelSetup};
use benchtop::session::Session;

use crate::screens::home;

fn penguins() -> (Session, TableId) {
    home();
    let mut session = Session::inline();
    session.load_sample("penguins.csv");
    let table = session.active_id().unwrap();
    (session, table)
}

fn fill(table: TableId, at: usize) -> Command {
    Command::AddStep {
        table,
        at,
        operation: "fill_blanks".to_owned(),
        params: Params::new()
            .with("columns", vec!["bill_length_mm".to_owned()])
            .with("how", "median"),
    }
}

/// One of every command, in an order in which each applies.
fn one_of_each(table: TableId, step: StepId) -> Vec<Command> {
    vec![
        Command::RenameTable {
            table,
            name: "Birds".to_owned(),
        },
        Command::EditStep {
            table,
            step,
            params: Params::new()
                .with("columns", vec!["bill_depth_mm".to_owned()])
                .with("how", "mean"),
        },
        Command::SwitchStep {
            table,
            step,
            enabled: false,
        },
        Command::AddStep {
            table,
            at: 0,
            operation: "drop_columns".to_owned(),
            params: Params::new().with("columns", vec!["year".to_owned()]),
        },
        Command::MoveStep { table, step, to: 0 },
        Command::SetRole {
            table,
            column: "island".to_owned(),
            role: Some(ColumnRole::Ignore),
        },
        Command::Describe {
            table,
            column: "sex".to_owned(),
            text: "As seen".to_owned(),
        },
        Command::SetChart {
            table,
            chart: ChartSpec {
                x: Some("bill_length_mm".to_owned()),
                ..ChartSpec::default()
            },
        },
        Command::SetTarget {
            table,
            target: Some("species".to_owned()),
        },
        Command::TickFeature {
            table,
            column: "island".to_owned(),
            ticked: false,
        },
        Command::TickLearner {
            table,
            learner: "decision_tree".to_owned(),
            ticked: false,
        },
        Command::UsePreset {
            table,
            preset: Preset::Best,
            learners: BTreeMap::from([("random_forest".to_owned(), Params::new())]),
            minutes: Some(2.0),
        },
        Command::SetMinutes {
            table,
            minutes: 3.5,
        },
        Command::KeepTuned {
            table,
            learner: "decision_tree".to_owned(),
            params: Params::new().with("max_depth", 4i64),
            record: None,
        },
        Command::LeaveOut {
            table,
            columns: vec!["island".to_owned(), "year".to_owned()],
        },
        Command::AnswerFinding {
            table,
            finding: "target_leak:island".to_owned(),
            reason: Some("known on the day".to_owned()),
        },
        Command::SetFolds { table, folds: 7 },
        Command::SetSeed { table, seed: 42 },
        Command::SetSplit {
            table,
            split: SplitPlan::Groups {
                column: "island".to_owned(),
            },
        },
        Command::DeleteStep { table, step },
        Command::RemoveTable { table },
    ]
}

#[test]
fn every_command_can_be_undone_and_done_again_by_name() {
    let (mut session, table) = penguins();
    session.dispatch(fill(table, 0)).unwrap();
    let step = session.active().unwrap().steps[0].id;
    for command in one_of_each(table, step) {
        let before = session.document().clone();
        let label = command.label(&before);
        assert!(
            label.len() > 3 && !label.contains("{"),
            "{command:?} is called {label}"
        );
        session.dispatch(command.clone()).unwrap();
        let after = session.document().clone();
        assert_ne!(*before, *after, "{command:?} changed nothing");
        assert_eq!(session.undo_label(), Some(label.as_str()));
        assert_eq!(session.undo().as_deref(), Some(label.as_str()));
        assert_eq!(**session.document(), *before, "undoing {command:?}");
        assert_eq!(session.redo_label(), Some(label.as_str()));
        session.redo();
        assert_eq!(**session.document(), *after, "redoing {command:?}");
    }
}

#[test]
fn commands_survive_as_json() {
    let (session, table) = penguins();
    for command in one_of_each(table, StepId(9)) {
        let text = serde_json::to_string(&command).unwrap();
        let back: Command = serde_json::from_str(&text).unwrap();
        assert_eq!(back, command);
    }
    let text = serde_json::to_string(&**session.document()).unwrap();
    let back: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(back, **session.document());
}

#[test]
fn a_refused_command_changes_nothing_and_says_why() {
    let (mut session, table) = penguins();
    let before = session.document().clone();
    let wrong = [
        Command::DeleteStep {
            table,
            step: StepId(999),
        },
        Command::SetFolds { table, folds: 1 },
        Command::SetSplit {
            table,
            split: SplitPlan::Holdout {
                share: 1.5,
                by_quantiles: true,
            },
        },
        Command::SetSplit {
            table,
            split: SplitPlan::Groups {
                column: String::new(),
            },
        },
        Command::AddStep {
            table,
            at: 0,
            operation: "no_such_step".to_owned(),
            params: Params::new(),
        },
        Command::AddStep {
            table,
            at: 0,
            operation: "rename".to_owned(),
            params: Params::new().with("colour", "blue"),
        },
        Command::TickLearner {
            table,
            learner: "magic".to_owned(),
            ticked: true,
        },
        Command::RemoveTable {
            table: TableId(999),
        },
    ];
    for command in wrong {
        let error = session.dispatch(command.clone()).unwrap_err();
        assert!(
            !error.what.is_empty() && !error.why.is_empty(),
            "{command:?}: {error:?}"
        );
        assert_eq!(**session.document(), *before, "{command:?}");
        assert_eq!(session.redo_label(), None);
    }
}

#[test]
fn a_drag_is_one_entry_of_the_history() {
    let (session, table) = penguins();
    let mut history = History::new((**session.document()).clone());
    for seed in 2..20 {
        history
            .dispatch(&Command::SetSeed { table, seed }, true)
            .unwrap();
    }
    history.end_gesture();
    history
        .dispatch(&Command::SetSeed { table, seed: 50 }, false)
        .unwrap();
    assert_eq!(history.labels().count(), 2);
    history.undo();
    assert_eq!(history.current().tables[0].model.seed, 19);
    history.undo();
    assert_eq!(history.current().tables[0].model.seed, 1);
}

#[test]
fn a_new_change_forgets_what_was_undone() {
    let (mut session, table) = penguins();
    session
        .dispatch(Command::SetSeed { table, seed: 5 })
        .unwrap();
    session.undo();
    session
        .dispatch(Command::SetSeed { table, seed: 6 })
        .unwrap();
    assert_eq!(session.redo_label(), None);
}

#[test]
fn steps_in_the_middle_change_without_losing_what_follows() {
    let (mut session, table) = penguins();
    session.dispatch(fill(table, 0)).unwrap();
    session
        .dispatch(Command::AddStep {
            table,
            at: 1,
            operation: "drop_columns".to_owned(),
            params: Params::new().with("columns", vec!["year".to_owned()]),
        })
        .unwrap();
    let width = session.table().shown().unwrap().width();
    let first = session.active().unwrap().steps[0].id;
    session
        .dispatch(Command::SwitchStep {
            table,
            step: first,
            enabled: false,
        })
        .unwrap();
    assert_eq!(session.active().unwrap().steps.len(), 2);
    assert_eq!(session.table().shown().unwrap().width(), width);
    session
        .dispatch(Command::MoveStep {
            table,
            step: first,
            to: 1,
        })
        .unwrap();
    assert_eq!(session.active().unwrap().steps[1].id, first);
    assert_eq!(
        session.active().unwrap().steps[1].params.list("columns"),
        ["bill_length_mm"]
    );
}

#[test]
fn going_back_to_an_earlier_state_computes_nothing_again() {
    let (mut session, table) = penguins();
    let before = session.table().ready().unwrap();
    session.dispatch(fill(table, 0)).unwrap();
    let filled = session.table().ready().unwrap();
    assert_ne!(before.fingerprint(), filled.fingerprint());
    session.undo();
    let again = session.table().ready().unwrap();
    assert_eq!(before.fingerprint(), again.fingerprint());
}

#[test]
fn viewing_an_earlier_step_discards_nothing() {
    let (mut session, table) = penguins();
    session
        .dispatch(Command::AddStep {
            table,
            at: 0,
            operation: "drop_columns".to_owned(),
            params: Params::new().with("columns", vec!["year".to_owned()]),
        })
        .unwrap();
    let document = session.document().clone();
    let now = session.table().ready().unwrap().width();
    session.view_after(Some(0));
    assert_eq!(session.table().ready().unwrap().width(), now + 1);
    session.view_after(None);
    assert_eq!(session.table().ready().unwrap().width(), now);
    assert_eq!(**session.document(), *document);
}

#[test]
fn selecting_and_filtering_never_change_data() {
    let (mut session, _) = penguins();
    let document = session.document().clone();
    let all = session.table().ready().unwrap();
    session.select(all.rows_at(0..10), "the first ten rows");
    assert_eq!(session.selection().unwrap().rows.count(), 10);
    session.keep_only(all.rows_at(5..50), "some rows");
    let shown = session.table().ready().unwrap();
    assert_eq!(shown.rows(), 45);
    assert_eq!(shown.row_id(0), 5, "rows keep their ids");
    session.clear_filter();
    assert_eq!(session.table().ready().unwrap().rows(), all.rows());
    assert_eq!(**session.document(), *document);
    assert_eq!(
        session.undo_label().map(|label| label.starts_with("Open")),
        Some(true)
    );
}

#[test]
fn every_step_of_the_registry_has_a_sentence_for_its_label() {
    for step in clean::REGISTRY {
        let text = clean::plain(&step.sentence(&Params::defaults(step.params())));
        assert!(text.len() > 3, "{} has the sentence {text:?}", step.id());
    }
}

#[test]
fn a_model_set_up_from_before_ways_of_dividing_loads() {
    let text = r#"{"target":"y","features":{},"learners":{},"folds":7,"seed":3}"#;
    let setup: ModelSetup = serde_json::from_str(text).unwrap();
    assert_eq!((setup.folds, setup.split), (7, SplitPlan::default()));
}
