//! From a target to the opened seal by accessible names, and pictures on the way.

use benchtop::base::Params;
use benchtop::chart::{Channel, ChartSpec};
use benchtop::learn;
use benchtop::project::Command;
use benchtop::ui::action::WorkspaceId;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::screens::{
    Screen, Size, click, click_containing, click_last, dispatch, harness, picture, sees, session,
    set_target, settle,
};
use crate::sealing;
use crate::support::temporary_folder;

/// Arrivals with their target chosen, one quick model ticked.
fn arrivals(name: &str, workspace: WorkspaceId, (size, dark): (Size, bool)) -> Screen {
    let path = temporary_folder(name).join("arrivals.csv");
    sealing::write(&path, &sealing::rows());
    let mut harness = harness(size, dark);
    settle(&mut harness);
    session(&mut harness).load_file(&path, "csv", Params::new());
    settle(&mut harness);
    harness.state_mut().shared_mut().go(workspace);
    set_target(&mut harness, "arrival");
    for learner in learn::REGISTRY {
        let suggested = learner.capabilities().suggested;
        if suggested != (learner.id() == "logistic_regression") {
            dispatch(&mut harness, |table| Command::TickLearner {
                table,
                learner: learner.id().to_owned(),
                ticked: !suggested,
            });
        }
    }
    harness
}

fn go(harness: &mut Screen, workspace: WorkspaceId) {
    harness.state_mut().shared_mut().go(workspace);
    settle(harness);
}

fn chart(harness: &mut Screen) {
    let mut chart = ChartSpec::default();
    chart.set(Channel::X, Some("a".to_owned()));
    chart.set(Channel::Color, Some("arrival".to_owned()));
    dispatch(harness, |table| Command::SetChart { table, chart });
}

#[test]
fn from_a_target_to_the_opened_seal() {
    let mut harness = arrivals("seal-journey", WorkspaceId::Model, (Size::Large, false));
    let sealed = session(&mut harness).sealed().ready().unwrap();
    let (inside, rows) = (sealed.sealed, sealed.answered);
    assert!(sees(
        &harness,
        &format!("{inside} of {rows} rows are sealed for one last exam.")
    ));

    // Sealed answers are nowhere to be seen.
    chart(&mut harness);
    go(&mut harness, WorkspaceId::Explore);
    let shown = format!("Sealed rows are hidden: {} of {rows} shown", rows - inside);
    assert!(sees(&harness, &shown));
    go(&mut harness, WorkspaceId::Data);
    assert!(sees(&harness, &format!("{inside} answers are sealed")));

    // Training asks at what moment the model will predict, and one click answers and goes on.
    go(&mut harness, WorkspaceId::Model);
    click_containing(&mut harness, "Train 1 model");
    assert!(session(&mut harness).runs().is_empty());
    assert!(sees(&harness, "Training starts with your answer."));
    click(&mut harness, "In my own words…");
    let keep = harness.get_by_role_and_label(Role::Button, "Keep this moment");
    assert!(keep.accesskit_node().is_disabled());
    click(&mut harness, "Cancel");
    click(&mut harness, "Every column is known before the answer");
    let run = session(&mut harness).runs()[0].clone();
    assert_eq!(run.results[0].rows + inside, rows);
    assert!(sees(
        &harness,
        "You predict at this moment: Every column is known"
    ));

    // The seal is opened once, after a question.
    go(&mut harness, WorkspaceId::Compare);
    assert!(sees(&harness, &format!("{inside} rows are sealed")));
    click(&mut harness, "Open the sealed rows (once)…");
    assert!(sees(&harness, "After this you cannot unsee it"));
    click(&mut harness, "Not yet");
    assert!(session(&mut harness).openings().is_empty());
    click(&mut harness, "Open the sealed rows (once)…");
    click(&mut harness, "Open once");
    assert_eq!(session(&mut harness).openings().len(), 1);
    assert!(sees(&harness, "Opened 1×, "));
    assert!(sees(
        &harness,
        &format!("On {inside} rows never used so far")
    ));
    assert!(sees(&harness, "Guessing: 0.5"));

    // A second time needs a reason, and what is trained now says that it came after.
    click(&mut harness, "Open them once more…");
    let again = harness.get_by_role_and_label(Role::Button, "Open once more");
    assert!(again.accesskit_node().is_disabled());
    click(&mut harness, "Not yet");
    go(&mut harness, WorkspaceId::Explore);
    assert!(!sees(&harness, "Sealed rows are hidden"));
    go(&mut harness, WorkspaceId::Model);
    click_containing(&mut harness, "Train 1 model");
    assert_eq!(session(&mut harness).runs()[1].after_openings, 1);
    go(&mut harness, WorkspaceId::Compare);
    assert!(sees(&harness, "after opening"));
}

#[test]
fn a_table_of_few_rows_says_so_and_offers_to_check_every_row_several_times() {
    let mut harness = crate::screens::open("penguins.csv", WorkspaceId::Model, Size::Large, false);
    set_target(&mut harness, "species");
    assert!(sees(&harness, "Too few rows to seal: 344 with an answer"));
    click_last(&mut harness, "Check every row several times");
    let split = session(&mut harness).active().unwrap().model.split.clone();
    assert_eq!(split.kind().id, "repeated");
    assert!(!sees(&harness, "Check every row several times"));
}

#[test]
#[ignore = "renders pictures to look at"]
fn gallery_of_the_seal() {
    for dark in [false, true] {
        let size = Size::Small;
        let mut harness = arrivals("seal-gallery", WorkspaceId::Data, (size, dark));
        picture(&mut harness, "seal-data", size, dark);
        chart(&mut harness);
        go(&mut harness, WorkspaceId::Explore);
        picture(&mut harness, "seal-explore", size, dark);
        go(&mut harness, WorkspaceId::Model);
        click_containing(&mut harness, "Train 1 model");
        picture(&mut harness, "seal-moment", size, dark);
        click(&mut harness, "Every column is known before the answer");
        picture(&mut harness, "seal-model", size, dark);
        go(&mut harness, WorkspaceId::Compare);
        picture(&mut harness, "seal-closed", size, dark);
        click(&mut harness, "Open the sealed rows (once)…");
        picture(&mut harness, "seal-question", size, dark);
        click(&mut harness, "Open once");
        picture(&mut harness, "seal-opened", size, dark);
    }
}
