//! How rows are divided, what scores say of one another, and curves: by accessible names.

use benchtop::evaluate::split::SplitPlan;
use benchtop::project::ModelSetup;
use benchtop::session::Slot;
use benchtop::ui::action::WorkspaceId;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;

use crate::screens::{
    Screen, Size, click_last, open, picture, sees, session, set_target, settle, train,
};

fn setup(harness: &Screen) -> ModelSetup {
    harness.state().session().active().unwrap().model.clone()
}

fn penguins(workspace: WorkspaceId, target: &str, size: Size, dark: bool) -> Screen {
    let mut harness = open("penguins.csv", workspace, size, dark);
    set_target(&mut harness, target);
    harness
}

/// Chooses from a list by its name.
fn choose(harness: &mut Screen, list: &str, option: &str) {
    let node = harness.get_by_role_and_label(Role::ComboBox, list);
    node.scroll_to_me();
    settle(harness);
    harness.get_by_role_and_label(Role::ComboBox, list).click();
    settle(harness);
    click_last(harness, option);
}

#[test]
fn rows_are_divided_by_choice_refusals_stand_in_place_and_undo_names_them() {
    let mut harness = penguins(WorkspaceId::Model, "species", Size::Large, false);
    assert!(sees(
        &harness,
        "344 rows, 5 rounds: 68 to 69 checked in each"
    ));
    choose(&mut harness, "How rows are divided", "Groups kept together");
    // Nothing is guessed: the way waits for its column.
    assert_eq!(setup(&harness).split, SplitPlan::default());
    assert!(sees(&harness, "Choose the column. Until then"));
    choose(&mut harness, "Group", "island");
    let column = "island".to_owned();
    assert_eq!(setup(&harness).split, SplitPlan::Groups { column });
    assert!(sees(&harness, "island has too few groups for 5 parts"));
    let label = session(&mut harness).undo_label();
    assert_eq!(label, Some("Groups kept together by island"));
    session(&mut harness).undo();
    settle(&mut harness);
    assert_eq!(setup(&harness).split, SplitPlan::default());
    choose(&mut harness, "How rows are divided", "Every row on its own");
    assert_eq!(setup(&harness).split, SplitPlan::LeaveOneOut);
    assert!(sees(
        &harness,
        "344 rounds: 1 checked in each by a model of 343"
    ));
    let Slot::Ready(found) = session(&mut harness).division() else {
        panic!("the rows are divided");
    };
    assert_eq!((found.rounds, found.learned), (344, (343, 343)));
}

#[test]
fn compare_tells_how_rows_were_divided_and_how_likely_one_model_is_better() {
    let mut harness = penguins(WorkspaceId::Compare, "species", Size::Small, false);
    train(&mut harness);
    assert!(sees(&harness, "5 parts, each checked once"));
    assert!(sees(
        &harness,
        "practically the same (less than 0.01 apart)"
    ));
    assert!(sees(&harness, "Bayesian correlated t-test"));
}

#[test]
fn gallery_of_divisions() {
    for dark in [false, true] {
        let mut harness = penguins(WorkspaceId::Model, "species", Size::Small, dark);
        choose(&mut harness, "How rows are divided", "Every row on its own");
        picture(&mut harness, "model-division", Size::Small, dark);
        let mut harness = penguins(WorkspaceId::Compare, "species", Size::Small, dark);
        train(&mut harness);
        picture(&mut harness, "compare-chances", Size::Small, dark);
    }
}
