//! What the buttons of findings do, by their accessible names, and pictures of the card.

use std::fmt::Write as _;

use benchtop::base::Random;
use benchtop::evaluate::SplitPlan;
use benchtop::project::{Command, ModelSetup};
use benchtop::ui::action::WorkspaceId;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::screens::{
    Screen, Size, click, click_first, dispatch, harness, picture, sees, session, set_target,
    settle, train,
};

fn setup(harness: &Screen) -> ModelSetup {
    harness.state().session().active().unwrap().model.clone()
}

fn split(harness: &Screen) -> SplitPlan {
    setup(harness).split
}

/// A pasted table in Model, with what is to be predicted.
fn asked(text: String, target: &str, size: Size, dark: bool) -> Screen {
    let mut harness = harness(size, dark);
    settle(&mut harness);
    session(&mut harness).load_pasted(text);
    harness.state_mut().shared_mut().go(WorkspaceId::Model);
    settle(&mut harness);
    set_target(&mut harness, target);
    harness
}

fn large(text: String, target: &str) -> Screen {
    asked(text, target, Size::Large, false)
}

fn undone(harness: &mut Screen, label: &str) {
    assert_eq!(session(harness).undo_label(), Some(label));
    session(harness).undo();
    settle(harness);
}

/// Lines of a table: `line` is told the row and a source of chance.
fn lines(head: &str, rows: usize, mut line: impl FnMut(usize, &mut Random) -> String) -> String {
    let mut random = Random::new(5);
    let mut text = format!("{head}\n");
    for row in 0..rows {
        let _ = writeln!(text, "{}", line(row, &mut random));
    }
    text
}

fn word(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Rows of one farm are nearly alike.
fn farms() -> String {
    lines("farm,soil,rain,height,ripe", 300, |row, random| {
        let farm = row % 30;
        let near =
            |random: &mut Random, of: usize| (farm * of % 31) as f64 + random.next_f64() / 9.0;
        format!(
            "farm {farm},{:.4},{:.4},{:.4},{}",
            near(random, 7),
            near(random, 11),
            near(random, 13),
            word(random.next_f64() < 0.5)
        )
    })
}

fn days() -> String {
    lines("day,a,b,late", 200, |row, random| {
        format!(
            "2025-{:02}-{:02},{:.4},{:.4},{}",
            row / 28 + 1,
            row % 28 + 1,
            random.next_f64(),
            random.next_f64(),
            word(random.next_f64() < 0.4)
        )
    })
}

/// A quarter of the rows are copies.
fn repeated() -> String {
    let mut made: Vec<String> = Vec::new();
    lines("a,b,c,churn", 200, |row, random| {
        if row >= 150 {
            return made[row - 150].clone();
        }
        let line = format!(
            "{:.5},{:.5},{:.5},{}",
            random.next_f64(),
            random.next_f64(),
            random.next_f64(),
            word(random.next_f64() < 0.5)
        );
        made.push(line.clone());
        line
    })
}

fn small() -> String {
    lines("a,b,kind", 40, |row, random| {
        let kind = ["oak", "elm"][row % 2];
        format!(
            "{:.4},{:.4},{kind}",
            3.0 * random.next_f64() + row as f64 % 2.0,
            random.next_f64()
        )
    })
}

/// Few people answer yes, and a column tells afterwards who did.
fn calls() -> String {
    lines("minutes,age,balance,calls,said", 600, |row, random| {
        let yes = row % 20 == 0;
        let talk = if yes { 9.0 } else { 3.0 };
        format!(
            "{:.3},{},{:.1},{},{}",
            talk + 3.0 * random.next_f64(),
            20 + random.below(50),
            4000.0 * random.next_f64(),
            1 + random.below(6),
            word(yes)
        )
    })
}

fn noise(rows: usize) -> String {
    lines("a,b,c,y", rows, |_, random| {
        format!(
            "{:.4},{:.4},{:.4},{}",
            random.next_f64(),
            random.next_f64(),
            random.next_f64(),
            word(random.next_f64() < 0.5)
        )
    })
}

#[test]
fn groups_are_kept_together_by_a_button_and_the_finding_falls_silent() {
    let mut harness = large(farms(), "ripe");
    assert!(sees(
        &harness,
        "Rows with the same farm resemble each other"
    ));
    click(&mut harness, "Keep each farm together");
    let column = "farm".to_owned();
    assert_eq!(split(&harness), SplitPlan::Groups { column });
    assert!(!sees(&harness, "resemble each other"));
    undone(&mut harness, "Groups kept together by farm");
    assert_eq!(split(&harness), SplitPlan::default());
    assert!(sees(&harness, "resemble each other"));
}

#[test]
fn the_future_is_checked_by_the_past_by_a_button() {
    let mut harness = large(days(), "late");
    assert!(sees(&harness, "day is a date"));
    click(&mut harness, "Check by day");
    assert!(matches!(split(&harness), SplitPlan::Time { column, .. } if column == "day"));
    assert!(!sees(&harness, "day is a date"));
    undone(&mut harness, "Past first, future checked by day");
    assert!(sees(&harness, "day is a date"));
    // The other way: the finding stands, and why is kept with the project.
    click_first(&mut harness, "I have checked");
    let answers = setup(&harness).answers;
    assert_eq!(
        answers.get("time_order").map(String::as_str),
        Some("Checked")
    );
    assert!(sees(&harness, "You said: Checked"));
    click_first(&mut harness, "Take back");
    assert!(setup(&harness).answers.is_empty());
}

#[test]
fn copies_are_looked_at_removed_or_kept_together() {
    let mut harness = large(repeated(), "churn");
    assert!(sees(&harness, "are an exact copy"));
    click(&mut harness, "Look");
    let selection = session(&mut harness).selection().cloned().unwrap();
    assert_eq!(selection.rows.count(), 50);
    assert!(selection.rows.contains(150) && !selection.rows.contains(149));
    assert_eq!(selection.sentence, "copies of an earlier row");
    click(&mut harness, "Remove copies");
    let steps = session(&mut harness).active().unwrap().steps.clone();
    assert_eq!(steps[0].operation, "remove_duplicates");
    assert!(!sees(&harness, "exact copy"));
    session(&mut harness).undo();
    settle(&mut harness);
    click(&mut harness, "Keep copies together");
    assert_eq!(split(&harness), SplitPlan::Copies);
    assert!(!sees(&harness, "exact copy"));
    train(&mut harness);
    let run = session(&mut harness).runs()[0].clone();
    assert_eq!(run.split, SplitPlan::Copies);
    session(&mut harness).undo();
    settle(&mut harness);
    assert_eq!(split(&harness), SplitPlan::default());
    assert!(sees(&harness, "exact copy"));
}

#[test]
fn too_few_rows_stop_training_until_a_reason_is_kept() {
    let mut harness = large(small(), "kind");
    let train_is_shut = |harness: &Screen| {
        let button = harness.get_by_role_and_label(Role::Button, "Train 4 models");
        button.accesskit_node().is_disabled()
    };
    assert!(sees(&harness, "Only 40 rows with an answer"));
    assert!(train_is_shut(&harness));
    assert!(session(&mut harness).train().is_err());
    click(&mut harness, "Check 20 times over");
    assert!(matches!(
        split(&harness),
        SplitPlan::Repeated { repeats: 20, .. }
    ));
    // Checking more often does not make rows, and the button that is done is gone.
    assert!(train_is_shut(&harness));
    assert!(!sees(&harness, "Check 20 times over"));
    click(&mut harness, "Go on all the same…");
    assert!(train_is_shut(&harness));
    harness
        .get_by_role_and_label(Role::TextInput, "Reason")
        .focus();
    settle(&mut harness);
    harness
        .get_by_role_and_label(Role::TextInput, "Reason")
        .type_text("A first look");
    settle(&mut harness);
    click(&mut harness, "Keep this answer");
    let answers = setup(&harness).answers;
    let said = answers.get("too_few_rows").map(String::as_str);
    assert_eq!(said, Some("A first look"));
    assert!(!train_is_shut(&harness));
    undone(&mut harness, "Answer the finding");
    assert!(train_is_shut(&harness));
}

#[test]
fn parts_are_counted_against_those_that_are_set() {
    let text = lines("a,b,kind", 150, |row, random| {
        let kind = if row < 7 { "rare" } else { ["x", "y"][row % 2] };
        format!("{:.4},{:.4},{kind}", random.next_f64(), random.next_f64())
    });
    let mut harness = large(text, "kind");
    assert!(!sees(&harness, "parts cannot each contain one"));
    dispatch(&mut harness, |table| Command::SetFolds { table, folds: 10 });
    assert!(sees(&harness, "so 10 parts cannot each contain one"));
    click(&mut harness, "Use 7 parts");
    assert_eq!(setup(&harness).folds, 7);
    assert!(!sees(&harness, "parts cannot each contain one"));
    undone(&mut harness, "Check in 7 parts");
    assert_eq!(setup(&harness).folds, 10);
}

#[test]
fn a_rare_class_is_explained_and_its_score_kept_and_a_leak_is_shown() {
    let mut harness = large(calls(), "said");
    assert!(sees(&harness, "of the rows are yes"));
    assert!(!sees(&harness, "The rarest class has less than a tenth"));
    click_first(&mut harness, "How we checked");
    assert!(sees(&harness, "Each column alone predicts the answer"));
    click(&mut harness, "Keep the suggested score");
    let answers = setup(&harness).answers;
    assert!(answers.contains_key("imbalance"));
    undone(&mut harness, "Answer the finding");
    click_first(&mut harness, "Show me");
    let chart = session(&mut harness).active().unwrap().chart.clone();
    assert_eq!(chart.x.as_deref(), Some("minutes"));
    assert_eq!(chart.color.as_deref(), Some("said"));
    assert_eq!(
        harness.state_mut().shared_mut().workspace,
        WorkspaceId::Explore
    );
    assert_eq!(
        session(&mut harness).undo_label(),
        Some("Chart minutes and said")
    );
}

#[test]
fn rows_that_contradict_one_another_are_selected() {
    let text = lines("a,b,y", 120, |row, _| {
        format!("{},{},{}", row / 2 * 7, row / 2 * 3, word(row % 4 == 1))
    });
    let mut harness = large(text, "y");
    assert!(sees(&harness, "have the same inputs as another row"));
    click_first(&mut harness, "Look");
    let selection = session(&mut harness).selection().cloned().unwrap();
    assert_eq!(selection.sentence, "same inputs, different y");
    // Rows 0 and 1 contradict one another, 2 and 3 do not.
    assert!(selection.rows.contains(0) && selection.rows.contains(1));
    assert!(!selection.rows.contains(2));
}

#[test]
fn a_result_no_better_than_guessing_is_a_finding_to_keep() {
    let mut harness = large(noise(150), "y");
    train(&mut harness);
    harness.state_mut().shared_mut().go(WorkspaceId::Compare);
    settle(&mut harness);
    assert!(sees(&harness, "Nothing beats Guessing"));
    click(&mut harness, "Keep as a finding");
    let answers = setup(&harness).answers;
    assert!(answers.contains_key("not_better_than_guessing"));
    assert!(sees(&harness, "You said: Kept as a finding"));
    click(&mut harness, "Take back");
    assert!(setup(&harness).answers.is_empty());
    click_first(&mut harness, "Check the columns");
    let workspace = harness.state_mut().shared_mut().workspace;
    assert_eq!(workspace, WorkspaceId::Model);
}

#[test]
fn a_model_that_learned_by_heart_is_made_simpler() {
    let mut harness = large(noise(200), "y");
    for learner in ["logistic_regression", "random_forest", "gradient_boosting"] {
        dispatch(&mut harness, |table| Command::TickLearner {
            table,
            learner: learner.to_owned(),
            ticked: false,
        });
    }
    train(&mut harness);
    assert!(sees(&harness, "On practice rows"));
    assert!(sees(&harness, "Learned part of its practice rows by heart"));
    click(&mut harness, "Simpler");
    let depth = setup(&harness)
        .learner_params("decision_tree")
        .integer("max_depth");
    assert_eq!(depth, 3);
    undone(&mut harness, "Set most questions in a row of decision tree");
}

#[test]
#[ignore = "writes pictures"]
fn gallery_of_findings() {
    for size in [Size::Small, Size::Large] {
        for dark in [false, true] {
            let mut harness = crate::screens::open("bike-hire.csv", WorkspaceId::Model, size, dark);
            set_target(&mut harness, "hires");
            picture(&mut harness, "findings-bikes", size, dark);
            let mut harness = asked(calls(), "said", size, dark);
            picture(&mut harness, "findings-calls", size, dark);
            let mut harness = asked(small(), "kind", size, dark);
            click(&mut harness, "Go on all the same…");
            picture(&mut harness, "findings-small", size, dark);
            let mut harness = crate::screens::open("wine.csv", WorkspaceId::Model, size, dark);
            set_target(&mut harness, "cultivar");
            picture(&mut harness, "findings-clean", size, dark);
            let mut harness = asked(noise(200), "y", size, dark);
            train(&mut harness);
            picture(&mut harness, "findings-by-heart", size, dark);
            harness.state_mut().shared_mut().go(WorkspaceId::Compare);
            settle(&mut harness);
            picture(&mut harness, "findings-after", size, dark);
        }
    }
}
