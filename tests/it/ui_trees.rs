//! A decision tree that is looked at: its boxes say what they ask and select their rows.

use benchtop::learn;
use benchtop::project::Command;
use benchtop::session::{Combine, Slot};
use benchtop::ui::App;
use benchtop::ui::action::WorkspaceId;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::screens::{Size, harness, picture, settle};

/// A tree trained on the penguins, and its learner chosen.
fn trained(size: Size, dark: bool, target: &str) -> Harness<'static, App> {
    let mut harness = harness(size, dark);
    settle(&mut harness);
    let session = harness.state_mut().session_mut();
    session.load_sample("penguins.csv");
    let table = session.active_id().unwrap();
    let target = Some(target.to_owned());
    session
        .dispatch(Command::SetTarget { table, target })
        .unwrap();
    for learner in learn::REGISTRY {
        let (learner, ticked) = (learner.id().to_owned(), learner.id() == "decision_tree");
        if learn::by_id(&learner).unwrap().capabilities().yardstick {
            continue;
        }
        session
            .dispatch(Command::TickLearner {
                table,
                learner,
                ticked,
            })
            .unwrap();
    }
    session.train().unwrap();
    harness.state_mut().shared_mut().workspace = WorkspaceId::Model;
    harness.state_mut().shared_mut().right_open = true;
    settle(&mut harness);
    harness
}

#[test]
fn every_node_of_a_tree_selects_the_rows_that_reach_it() {
    let mut harness = trained(Size::Small, false, "species");
    let session = harness.state_mut().session_mut();
    let run = session.runs().last().unwrap().clone();
    let Slot::Ready(tree) = session.tree_of(&run, "decision_tree") else {
        panic!("the tree is not ready");
    };
    assert!(tree.diagram.nodes.len() > 3);
    for (index, node) in tree.diagram.nodes.iter().enumerate() {
        session.select_tree_node(&run, "decision_tree", index, Combine::Replace);
        let selection = session.selection().unwrap();
        assert_eq!(selection.rows.count() as u64, node.rows, "node {index}");
        assert_eq!(selection.sentence, tree.way_to(index));
    }
    let root = &tree.diagram.nodes[0];
    session.select_tree_node(&run, "decision_tree", root.yes, Combine::Replace);
    session.select_tree_node(&run, "decision_tree", root.no, Combine::Add);
    assert_eq!(
        session.selection().unwrap().rows.count() as u64,
        root.rows,
        "yes and no together are all rows"
    );
    session.select_tree_node(&run, "decision_tree", root.no, Combine::Remove);
    assert_eq!(
        session.selection().unwrap().rows.count() as u64,
        tree.diagram.nodes[root.yes].rows
    );
}

#[test]
fn a_learner_that_is_no_tree_says_so() {
    let mut harness = trained(Size::Small, false, "species");
    let session = harness.state_mut().session_mut();
    let run = session.runs().last().unwrap().clone();
    match session.tree_of(&run, "guessing") {
        Slot::Failed(error) => assert_eq!(error.code, "not_one_tree"),
        _ => panic!("guessing was drawn as a tree"),
    }
}

#[test]
fn from_the_scores_to_the_tree_and_back() {
    let mut harness = trained(Size::Large, false, "species");
    harness.get_by_label("Look at the tree").click();
    settle(&mut harness);
    harness
        .get_by_label_contains("all rows the tree learned from")
        .click();
    settle(&mut harness);
    let selected = harness.state().session().selection().unwrap().rows.count();
    assert_eq!(selected, 344);
    harness.get_by_label("Back to the scores").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Look at the tree").is_some());
    assert!(harness.query_by_label("Back to the scores").is_none());
}

#[test]
#[ignore = "renders pictures to look at"]
fn gallery_of_trees() {
    for (size, dark) in [
        (Size::Small, false),
        (Size::Large, true),
        (Size::Large, false),
    ] {
        for target in ["species", "body_mass_g"] {
            let mut harness = trained(size, dark, target);
            picture(&mut harness, &format!("model-trained-{target}"), size, dark);
            harness.get_by_label("Look at the tree").click();
            settle(&mut harness);
            picture(&mut harness, &format!("model-tree-{target}"), size, dark);
        }
    }
}
