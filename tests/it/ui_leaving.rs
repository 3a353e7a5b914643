//! Trainings side by side, why one is out of date, and what is saved from Compare, by accessible
//! names.

use benchtop::base::ParamValue;
use benchtop::project::Command;
use benchtop::ui::action::WorkspaceId;
use benchtop::ui::dialogs::Purpose;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};

use crate::screens::{
    Screen, Size, click, dispatch, open, picture, sees, session, set_target, settle, train,
};
use crate::support::temporary_folder;

/// Two trainings of penguins: the second without the year, with another seed and a flatter tree.
fn twice(size: Size, dark: bool) -> Screen {
    let mut harness = open("penguins.csv", WorkspaceId::Compare, size, dark);
    set_target(&mut harness, "species");
    for learner in benchtop::learn::REGISTRY {
        let able = learner.capabilities();
        let ticked = ["decision_tree", "logistic_regression"].contains(&learner.id());
        if able.suggested && !able.yardstick && able.classes {
            dispatch(&mut harness, |table| Command::TickLearner {
                table,
                learner: learner.id().to_owned(),
                ticked,
            });
        }
    }
    train(&mut harness);
    dispatch(&mut harness, |table| Command::TickFeature {
        table,
        column: "year".to_owned(),
        ticked: false,
    });
    dispatch(&mut harness, |table| Command::SetSeed { table, seed: 7 });
    dispatch(&mut harness, |table| Command::SetLearnerParam {
        table,
        learner: "decision_tree".to_owned(),
        key: "max_depth".to_owned(),
        value: ParamValue::Integer(2),
    });
    train(&mut harness);
    harness
}

#[test]
fn what_changed_between_two_trainings_is_told_in_words() {
    let mut harness = twice(Size::Small, false);
    // The first learned from the year, which is left out now.
    assert!(sees(
        &harness,
        "Since then: columns learned from: Left out year"
    ));
    click(&mut harness, "What changed");
    assert!(sees(&harness, "From training 1 to training 2"));
    assert!(sees(&harness, "Left out year"));
    assert!(sees(&harness, "1, then 7"));
    assert!(sees(
        &harness,
        "Decision tree: Most questions in a row 6, then 2"
    ));
    assert!(sees(
        &harness,
        "The same in both: data, what is predicted, steps"
    ));
    assert!(sees(&harness, "Side by side"));
    click(&mut harness, "Back to the leaderboard");
    assert!(!sees(&harness, "From training 1 to training 2"));
    // One training alone has nothing to be compared with.
    let mut harness = open("penguins.csv", WorkspaceId::Compare, Size::Small, false);
    set_target(&mut harness, "species");
    train(&mut harness);
    let button = harness.get_by_role_and_label(Role::Button, "What changed");
    assert!(button.accesskit_node().is_disabled());
}

#[test]
fn a_script_and_the_run_log_are_saved_from_compare() {
    let mut harness = twice(Size::Small, false);
    let folder = temporary_folder("compare-leaving");
    let run = session(&mut harness).runs()[1].id;
    for (purpose, name) in [
        (
            Purpose::SaveScript {
                run,
                learner: "decision_tree".to_owned(),
            },
            "tree.py",
        ),
        (Purpose::SaveRunLog, "runs.csv"),
    ] {
        assert!(sees(
            &harness,
            if name == "tree.py" {
                "Save as Python script…"
            } else {
                "Save run log…"
            }
        ));
        harness.state_mut().answer(purpose, folder.join(name));
        settle(&mut harness);
    }
    for name in ["tree.py", "tree.folds.csv", "runs.csv"] {
        assert!(folder.join(name).exists(), "{name}");
    }
}

#[test]
fn gallery_of_runs() {
    for dark in [false, true] {
        let mut harness = twice(Size::Small, dark);
        picture(&mut harness, "compare-runs", Size::Small, dark);
        click(&mut harness, "What changed");
        picture(&mut harness, "compare-what-changed", Size::Small, dark);
    }
}
