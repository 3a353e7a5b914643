//! Rows that a model takes for alike: the same as counting leaves one by one, and shown, selected,
//! stopped and refused where they should be.

use std::collections::BTreeSet;
use std::sync::Arc;

use benchtop::base::{Params, RowSet, TaskContext};
use benchtop::data::Table;
use benchtop::learn;
use benchtop::learn::RawFrame;
use benchtop::pipeline::{self, FitRequest, Fitted};
use benchtop::project::{Command, Run};
use benchtop::session::{MOST_NEAR_ROWS, Slot, Subject};
use benchtop::ui::action::WorkspaceId;
use egui_kittest::kittest::Queryable;

use crate::screens::{
    self, Screen, Size, click, dispatch, harness, picture, sees, session, set_target, settle, train,
};
use crate::support;

fn tick(harness: &mut Screen, learners: &[&str]) {
    for other in learn::REGISTRY {
        if other.capabilities().yardstick {
            continue;
        }
        dispatch(harness, |table| Command::TickLearner {
            table,
            learner: other.id().to_owned(),
            ticked: learners.contains(&other.id()),
        });
    }
    for learner in ["random_forest", "extra_trees"] {
        let specs = learn::by_id(learner).unwrap().params();
        let mut params = Params::new();
        params.set_from_text(specs, "trees", "40").unwrap();
        let value = params.0.get("trees").cloned().unwrap();
        dispatch(harness, |table| Command::SetLearnerParam {
            table,
            learner: learner.to_owned(),
            key: "trees".to_owned(),
            value,
        });
    }
}

fn trained(learners: &[&str], target: &str, size: Size, dark: bool) -> Screen {
    let mut harness = screens::open("penguins.csv", WorkspaceId::Model, size, dark);
    set_target(&mut harness, target);
    tick(&mut harness, learners);
    train(&mut harness);
    settle(&mut harness);
    harness
}

fn last_run(harness: &mut Screen) -> Arc<Run> {
    session(harness).runs().last().unwrap().clone()
}

fn subject(run: &Arc<Run>, learner: &str) -> Subject {
    Subject::Run {
        run: run.clone(),
        learner: learner.to_owned(),
    }
}

/// The model of a run fitted on all its rows, by hand.
fn fitted(run: &Run, learner: &str, table: &Table) -> Fitted {
    let task = TaskContext::new();
    let prepared = pipeline::prepare(table, &run.plan, &task).unwrap();
    let result = run.result(learner).unwrap();
    let rows = prepared.eligible_rows();
    let request = FitRequest {
        learner,
        params: &result.params,
        preparation: &result.preparation,
        rows: &rows,
        seed: run.seed,
        on_round: None,
    };
    pipeline::fit(&prepared, &request, &task).unwrap()
}

/// In which leaf of which tree every row of the table ends.
fn leaves(run: &Run, learner: &str, table: &Table) -> Vec<Vec<usize>> {
    let task = TaskContext::new();
    let fitted = fitted(run, learner, table);
    let preparation = &fitted.pipeline.preparation;
    let names: Vec<String> = preparation.inputs().map(str::to_owned).collect();
    let frame = RawFrame::from_table(table, &names, &task).unwrap();
    let matrix = preparation.transform(&frame).unwrap();
    let model = &fitted.pipeline.model;
    if let Some(trees) = model.trees() {
        let leaf = |row: usize, tree: usize| trees.leaf_of(trees.tree(tree).start, matrix.row(row));
        return (0..matrix.rows)
            .map(|row| (0..trees.trees()).map(|tree| leaf(row, tree)).collect())
            .collect();
    }
    let answers = model.answers(&matrix, &task).unwrap().expect("one tree");
    answers
        .into_iter()
        .map(|leaf| vec![leaf as usize])
        .collect()
}

#[test]
fn near_rows_are_those_that_share_leaves() {
    let learners = ["random_forest", "extra_trees", "decision_tree"];
    for target in ["species", "body_mass_g"] {
        let mut harness = trained(&learners, target, Size::Small, false);
        let run = last_run(&mut harness);
        let session = session(&mut harness);
        let table = session.source().ready().unwrap();
        for learner in learners {
            let leaves = leaves(&run, learner, &table);
            assert_eq!(leaves.len(), 344);
            let subject = subject(&run, learner);
            // Row 3 has no measurements at all, and no answer where a number is predicted.
            for of in [0_usize, 3, 151, 343] {
                session.find_rows_like(&subject, of as u32);
                let Slot::Ready(found) = session.rows_like(&subject) else {
                    panic!("{learner}: no answer for row {of}");
                };
                let mut wanted: Vec<(usize, usize)> = (0..leaves.len())
                    .filter(|row| *row != of)
                    .map(|row| {
                        let pairs = leaves[row].iter().zip(&leaves[of]);
                        (pairs.filter(|(a, b)| a == b).count(), row)
                    })
                    .filter(|(shared, _)| *shared > 0)
                    .collect();
                wanted.sort_by_key(|(shared, row)| (usize::MAX - shared, *row));
                let trees = leaves[of].len() as f64;
                assert_eq!(found.near.of, of);
                assert_eq!(found.near.in_reach, wanted.len() as u64);
                assert_eq!(found.near.rows.len(), wanted.len().min(MOST_NEAR_ROWS));
                for (near, (shared, row)) in found.near.rows.iter().zip(wanted) {
                    assert_eq!(near.position, row, "{learner} {target} {of}");
                    assert!((near.nearness - shared as f64 / trees).abs() < 1e-12);
                }
                let (_, answers) = found.answers.as_ref().unwrap();
                assert_eq!(answers.len(), found.near.rows.len());
                assert_eq!(session.row_compared(&subject), Some(of as u32));
            }
        }
    }
}

#[test]
fn fewer_are_asked_for_than_there_are() {
    let mut harness = trained(&["random_forest"], "species", Size::Small, false);
    let run = last_run(&mut harness);
    let table = session(&mut harness).source().ready().unwrap();
    let model = fitted(&run, "random_forest", &table).pipeline;
    let task = TaskContext::new();
    let all = model.rows_like(&table, 7, usize::MAX, &task).unwrap();
    for most in [0, 1, 5, 40] {
        let some = model.rows_like(&table, 7, most, &task).unwrap();
        assert_eq!(some.in_reach, all.in_reach);
        assert_eq!(some.rows, all.rows[..most.min(all.rows.len())]);
    }
    let error = model.rows_like(&table, 344, 5, &task).unwrap_err();
    assert_eq!(error.code, "no_such_row");
    let stopped = TaskContext::new();
    stopped.cancel();
    let error = model.rows_like(&table, 7, 5, &stopped).unwrap_err();
    assert!(error.is_cancelled());
}

#[test]
fn the_selected_row_is_taken_and_its_nearest_are_selected() {
    let mut harness = trained(&["random_forest"], "species", Size::Small, false);
    click(&mut harness, "Look inside");
    click(&mut harness, "Rows like this one");
    assert!(sees(&harness, "Take a row you know"));
    session(&mut harness).select(RowSet::from_rows(344, [199, 12, 40]), "three rows");
    session(&mut harness).pick(40);
    settle(&mut harness);
    click(&mut harness, "Take the selected row");
    let run = last_run(&mut harness);
    let subject = subject(&run, "random_forest");
    let now = session(&mut harness);
    assert_eq!(now.row_compared(&subject), Some(40));
    let found = now.rows_like(&subject).ready().unwrap();
    let first = found.near.rows[0];
    let (answer, _) = found.answers.clone().unwrap();
    assert!(sees(&harness, &format!("Row {}: ", first.position + 1)));
    assert!(sees(&harness, &format!("Its species is {answer}.")));
    click(&mut harness, "Select these 20 rows");
    let selection = session(&mut harness).selection().unwrap().clone();
    assert_eq!(selection.sentence, "20 rows most like row 41");
    let wanted: BTreeSet<usize> = found.near.rows[..20]
        .iter()
        .map(|near| near.position)
        .collect();
    let selected: Vec<usize> = selection.rows.iter().collect();
    assert_eq!(selected, wanted.into_iter().collect::<Vec<_>>());
    // What was picked first is no longer among the selected rows: the first of them stands in.
    assert_eq!(selection.primary(), selected.first().map(|row| *row as u32));
    // The page remembers its row; asked again, it answers the same.
    click(&mut harness, "Find rows like it");
    let again = session(&mut harness).rows_like(&subject).ready().unwrap();
    assert_eq!(again, found);
}

#[test]
fn a_model_in_use_compares_the_rows_of_the_open_table() {
    let mut harness = trained(&["extra_trees"], "body_mass_g", Size::Small, false);
    let run = last_run(&mut harness);
    let now = session(&mut harness);
    now.use_model(&run, "extra_trees");
    let id = now.models()[0].id;
    now.find_rows_like(&Subject::Model(id), 20);
    let of_model = now.rows_like(&Subject::Model(id)).ready().unwrap();
    let of_run = subject(&run, "extra_trees");
    assert!(matches!(now.rows_like(&of_run), Slot::Empty), "not asked");
    now.find_rows_like(&of_run, 20);
    assert_eq!(now.rows_like(&of_run).ready().unwrap(), of_model);
    assert!(matches!(now.rows_like(&Subject::Model(id)), Slot::Empty));
    harness.state_mut().shared_mut().go(WorkspaceId::Predict);
    settle(&mut harness);
    // It may lie below what is in view.
    harness.get_by_label("Look inside").click_accesskit();
    settle(&mut harness);
    click(&mut harness, "Rows like this one");
    click(&mut harness, "Find rows like it");
    assert!(sees(&harness, "shares at least one leaf with"));
}

#[test]
fn a_model_without_such_leaves_says_why_not() {
    let mut harness = trained(&["logistic_regression"], "species", Size::Small, false);
    click(&mut harness, "Look inside");
    click(&mut harness, "Rows like this one");
    assert!(sees(
        &harness,
        "This model cannot tell which rows are alike"
    ));
    assert!(!sees(&harness, "Find rows like it"));
    let run = last_run(&mut harness);
    let subject = subject(&run, "logistic_regression");
    let now = session(&mut harness);
    now.find_rows_like(&subject, 0);
    let error = now.rows_like(&subject).error().cloned().unwrap();
    assert_eq!(error.code, "model_compares_no_rows");
}

#[test]
fn comparing_is_shown_while_it_lasts_and_stopped() {
    let mut harness = trained(&["random_forest"], "species", Size::Small, false);
    click(&mut harness, "Look inside");
    click(&mut harness, "Rows like this one");
    session(&mut harness).hold_work();
    click(&mut harness, "Find rows like it");
    for _ in 0..30 {
        harness.step();
    }
    let run = last_run(&mut harness);
    let subject = subject(&run, "random_forest");
    assert!(
        session(&mut harness)
            .rows_like(&subject)
            .progress()
            .is_some()
    );
    assert!(sees(&harness, "Comparing rows"));
    picture(&mut harness, "near-waiting", Size::Small, false);
    click(&mut harness, "Stop");
    assert!(matches!(
        session(&mut harness).rows_like(&subject),
        Slot::Empty
    ));
    assert!(sees(&harness, "Take a row you know"));
}

#[test]
fn rows_of_a_file_that_was_read_again_are_not_compared() {
    let path = support::temporary_folder("near-older").join("penguins.csv");
    let text = std::fs::read_to_string(support::project_file("sample-data/penguins.csv")).unwrap();
    std::fs::write(&path, &text).unwrap();
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    session(&mut harness).load_file(&path, "csv", Params::new());
    set_target(&mut harness, "species");
    tick(&mut harness, &["decision_tree"]);
    train(&mut harness);
    let run = last_run(&mut harness);
    let subject = subject(&run, "decision_tree");
    let now = session(&mut harness);
    let table = now.active_id().unwrap();
    now.find_rows_like(&subject, 5);
    assert!(now.rows_like(&subject).is_ready());
    let fewer: Vec<&str> = text.lines().take(200).collect();
    std::fs::write(&path, fewer.join("\n")).unwrap();
    now.relocate(table, &path);
    settle(&mut harness);
    let now = session(&mut harness);
    assert!(
        matches!(now.rows_like(&subject), Slot::Empty),
        "what was found belongs to the rows of before"
    );
    now.select_rows_like(&subject, 5);
    assert!(now.selection().is_none());
    now.find_rows_like(&subject, 5);
    let error = now.rows_like(&subject).error().cloned().unwrap();
    assert_eq!(error.code, "model_of_older_data");
}

#[test]
#[ignore = "renders pictures to look at"]
fn gallery_of_near_rows() {
    for (size, dark) in [
        (Size::Small, false),
        (Size::Small, true),
        (Size::Large, false),
        (Size::Large, true),
    ] {
        let mut harness = trained(&["random_forest"], "body_mass_g", size, dark);
        click(&mut harness, "Look inside");
        click(&mut harness, "Rows like this one");
        picture(&mut harness, "near-empty", size, dark);
        session(&mut harness).select(RowSet::from_rows(344, [40]), "row 41");
        settle(&mut harness);
        click(&mut harness, "Take the selected row");
        picture(&mut harness, "near", size, dark);
        let mut harness = trained(&["logistic_regression"], "species", size, dark);
        click(&mut harness, "Look inside");
        click(&mut harness, "Rows like this one");
        picture(&mut harness, "near-refused", size, dark);
    }
}
