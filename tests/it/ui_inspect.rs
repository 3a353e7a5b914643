//! Looking into a model: coefficients, the path of its weights, its curves; and how it leaves.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use benchtop::base::{Params, TaskContext};
use benchtop::formats;
use benchtop::learn;
use benchtop::learn::engine::additive::{
    AdditiveShapes, ShapeAxis, ShapeBins, ShapeScale, ShapeTerm,
};
use benchtop::pipeline::inspection::{NamedShapes, START};
use benchtop::pipeline::{FittedPipeline, Inspection};
use benchtop::project::Command;
use benchtop::session::Slot;
use benchtop::ui::action::WorkspaceId;
use benchtop::ui::dialogs::{FileAnswer, FileDialogs, FileQuestion, Purpose};
use benchtop::ui::theme;
use benchtop::ui::widgets::inspect::ShapesView;
use eframe::egui::accesskit::Toggled;
use eframe::egui::{self, Context};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::screens::{
    self, Screen, Size, click, click_containing, dispatch, harness, picture, sees, session,
    set_target, settle, train,
};
use crate::support;

/// Settings of a learner: key and value.
type Settings = &'static [(&'static str, &'static str)];

/// One learner trained on a sample, with settings.
fn trained(
    sample: &str,
    target: &str,
    learner: &str,
    settings: Settings,
    workspace: WorkspaceId,
    size: Size,
    dark: bool,
) -> Screen {
    let mut harness = screens::open(sample, workspace, size, dark);
    set_target(&mut harness, target);
    set_up(&mut harness, learner, settings);
    train(&mut harness);
    settle(&mut harness);
    harness
}

fn set_up(harness: &mut Screen, learner: &str, settings: Settings) {
    for other in learn::REGISTRY {
        if other.capabilities().yardstick {
            continue;
        }
        dispatch(harness, |table| Command::TickLearner {
            table,
            learner: other.id().to_owned(),
            ticked: other.id() == learner,
        });
    }
    for (key, value) in settings {
        let specs = learn::by_id(learner).unwrap().params();
        let mut params = Params::new();
        params.set_from_text(specs, key, value).unwrap();
        let value = params.0.get(*key).cloned().unwrap();
        dispatch(harness, |table| Command::SetLearnerParam {
            table,
            learner: learner.to_owned(),
            key: (*key).to_owned(),
            value,
        });
    }
}

const PLAIN: Settings = &[("penalty", "none")];

fn inspection(harness: &mut Screen, learner: &str) -> Arc<Inspection> {
    let session = session(harness);
    let run = session.runs().last().unwrap().clone();
    match session.inspection_of(&run, learner) {
        Slot::Ready(found) => found,
        Slot::Failed(error) => panic!("{}: {}", error.what, error.why),
        _ => panic!("the inspection is not ready"),
    }
}

fn copied(harness: &Screen) -> Option<String> {
    let commands = &harness.output().platform_output.commands;
    commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

// ---- coefficients --------------------------------------------------------------------------------

/// A table whose answers follow two numbers and a category, and one row twice, the second time with
/// one more of `a`.
fn two_rows(header: &str, first: &str, second: &str, name: &str) -> PathBuf {
    let path = support::temporary_folder(name).join("two.csv");
    std::fs::write(&path, format!("{header}\n{first}\n{second}\n")).unwrap();
    path
}

fn made_up(name: &str, answer: impl Fn(f64, f64, bool, usize) -> String) -> PathBuf {
    let mut text = "a,b,plan,answer\n".to_owned();
    for row in 0..240_usize {
        let a = ((row * 37) % 101) as f64 * 3.0 + 400.0;
        let b = ((row * 53) % 89) as f64 / 100.0;
        let plus = (row * 7) % 3 == 0;
        let plan = if plus { "plus" } else { "basic" };
        writeln!(text, "{a},{b},{plan},{}", answer(a, b, plus, row)).unwrap();
    }
    let path = support::temporary_folder(name).join("made-up.csv");
    std::fs::write(&path, text).unwrap();
    path
}

fn predictions(pipeline: &FittedPipeline, path: &std::path::Path) -> Vec<f64> {
    let task = TaskContext::new();
    let (table, _) = formats::read(path, None, &Params::new(), &task).unwrap();
    pipeline.predict_table(&table, &task).unwrap().values
}

/// Whatever happens to a column before it is learned from, its coefficient is what one more of it
/// does to the prediction.
#[test]
fn coefficients_are_in_the_units_of_their_columns() {
    let noise = |row: usize| ((row * 97) % 41) as f64 / 41.0 - 0.5;
    let cases: Vec<(&str, Settings, PathBuf)> = vec![
        (
            "linear_regression",
            &[],
            made_up("inspect-linear", |a, b, plus, row| {
                format!(
                    "{}",
                    2.0 + 0.01 * a - 3.0 * b + f64::from(u8::from(plus)) + noise(row)
                )
            }),
        ),
        (
            "logistic_regression",
            PLAIN,
            made_up("inspect-logistic", |a, b, _, row| {
                let score = 0.02 * (a - 550.0) + 2.0 * (b - 0.4) + 6.0 * noise(row);
                if score > 0.0 { "yes" } else { "no" }.to_owned()
            }),
        ),
        (
            "poisson_regression",
            &[("penalty", "0")],
            made_up("inspect-poisson", |a, b, _, row| {
                format!("{}", (0.004 * a + b + noise(row)).exp().round())
            }),
        ),
    ];
    let pair = two_rows(
        "a,b,plan",
        "500,0.25,basic",
        "501,0.25,basic",
        "inspect-two",
    );
    for (learner, settings, path) in cases {
        let mut harness = harness(Size::Small, false);
        settle(&mut harness);
        session(&mut harness).load_file(&path, "csv", Params::new());
        set_target(&mut harness, "answer");
        set_up(&mut harness, learner, settings);
        train(&mut harness);
        let found = inspection(&mut harness, learner);
        let coefficients = found.coefficients.as_ref().unwrap();
        let row = coefficients
            .rows
            .iter()
            .find(|row| row.name == "a")
            .unwrap();
        let run = session(&mut harness).runs()[0].clone();
        session(&mut harness).use_model(&run, learner);
        settle(&mut harness);
        let kept = harness.state().session().models()[0].clone();
        let values = predictions(&kept.pipeline, &pair);
        let change = match learner {
            "linear_regression" => values[1] - values[0],
            "poisson_regression" => (values[1] / values[0]).ln(),
            _ => (values[3] / values[2]).ln() - (values[1] / values[0]).ln(),
        };
        assert!(
            (change - row.estimate).abs() < 1e-9 * change.abs().max(1.0),
            "{learner}: {change} and {}",
            row.estimate
        );
        assert!(row.lower < row.estimate && row.estimate < row.upper);
        let half = (row.upper - row.lower) / 2.0 / row.standard_error;
        assert!((1.9..2.1).contains(&half), "{learner}: {half}");
        assert!((row.estimate / row.standard_error / row.statistic - 1.0).abs() < 1e-9);
        // The column goes from 400 to 700 in even steps: its spread is known.
        let typical = row.typical.unwrap();
        assert!((80.0..95.0).contains(&typical), "{learner}: {typical}");
        let words = coefficients.sentence(row, "answer", &["no".to_owned(), "yes".to_owned()]);
        assert!(words.starts_with("Each extra 1 of a goes with"), "{words}");
        // The same model, looked into from the shelf.
        let Slot::Ready(again) = session(&mut harness).inspection_of_model(kept.id) else {
            panic!("the model in use was not looked into");
        };
        assert_eq!(again.coefficients, found.coefficients);
    }
}

#[test]
fn coefficients_are_shown_sorted_chosen_and_copied() {
    let mut harness = trained(
        "penguins.csv",
        "body_mass_g",
        "linear_regression",
        &[],
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    click(&mut harness, "Look inside");
    let found = inspection(&mut harness, "linear_regression");
    let rows = &found.coefficients.as_ref().unwrap().rows;
    assert!(sees(&harness, "flipper_length_mm: "));
    click_containing(&mut harness, "flipper_length_mm: ");
    assert!(sees(
        &harness,
        "Each extra 1 of flipper_length_mm goes with"
    ));
    let column = harness.state().shared().column.clone();
    assert_eq!(column.as_deref(), Some("flipper_length_mm"));
    click(&mut harness, "Surest");
    assert!(sees(
        &harness,
        "Each extra 1 of flipper_length_mm goes with"
    ));
    harness.get_by_label("Copy as table").click();
    harness.step();
    let text = copied(&harness).expect("nothing was copied");
    assert!(text.starts_with("column,estimate,lower_95,upper_95,standard_error,t,p_value"));
    assert_eq!(text.lines().count(), rows.len() + 1);
    assert!(text.lines().any(|line| line.starts_with(START)));
    settle(&mut harness);
    click(&mut harness, "Summary");
    assert!(sees(&harness, "What it learned, most important first"));
    click(&mut harness, "Coefficients");
    click(&mut harness, "Show flipper_length_mm in Data");
    assert_eq!(harness.state().shared().workspace, WorkspaceId::Data);
}

#[test]
fn several_classes_are_looked_at_one_by_one() {
    let path = made_up("inspect-three", |a, b, _, row| {
        let score = 0.01 * (a - 550.0) + b - 0.4 + ((row * 97) % 41) as f64 / 14.0 - 1.5;
        let class = ["Biscoe", "Dream", "Torgersen"];
        class[((score + 1.5) as usize).min(2)].to_owned()
    });
    let mut harness = harness(Size::Large, true);
    settle(&mut harness);
    session(&mut harness).load_file(&path, "csv", Params::new());
    set_target(&mut harness, "answer");
    set_up(&mut harness, "logistic_regression", PLAIN);
    harness.state_mut().shared_mut().go(WorkspaceId::Compare);
    train(&mut harness);
    click(&mut harness, "Look inside");
    let found = inspection(&mut harness, "logistic_regression");
    let coefficients = found.coefficients.as_ref().unwrap();
    assert_eq!(coefficients.classes, [1, 2]);
    assert_eq!(coefficients.reference, Some(0));
    click_containing(&mut harness, "b: ");
    assert!(sees(&harness, "the odds of Dream against Biscoe"));
    harness.get_by_label("Class that is spoken for").click();
    settle(&mut harness);
    click(&mut harness, "Torgersen");
    click_containing(&mut harness, "b: ");
    assert!(sees(&harness, "the odds of Torgersen against Biscoe"));
    harness.get_by_label("Copy as table").click();
    harness.step();
    let text = copied(&harness).expect("nothing was copied");
    assert!(text.starts_with("column,class,estimate"));
    assert!(text.contains(",Torgersen,") && text.contains(",Dream,"));
    picture(&mut harness, "inspect-classes", Size::Large, true);
    harness.key_press(egui::Key::Escape);
    settle(&mut harness);
    assert!(sees(&harness, "Leaderboard"), "Esc goes back");
}

#[test]
fn a_model_without_standard_errors_says_why() {
    for (learner, sample, target, why) in [
        (
            "logistic_regression",
            "penguins.csv",
            "island",
            "A penalty holds the weights back",
        ),
        (
            "random_forest",
            "penguins.csv",
            "island",
            "does not add up weighted columns",
        ),
        (
            "lasso",
            "penguins.csv",
            "body_mass_g",
            "holds its weights back",
        ),
    ] {
        let workspace = WorkspaceId::Model;
        let mut harness = trained(sample, target, learner, &[], workspace, Size::Small, false);
        click(&mut harness, "Look inside");
        click(&mut harness, "Coefficients");
        assert!(
            sees(&harness, "No coefficients with standard errors"),
            "{learner}"
        );
        assert!(sees(&harness, why), "{learner}");
        picture(
            &mut harness,
            &format!("inspect-why-not-{learner}"),
            Size::Small,
            false,
        );
        click(&mut harness, "Back");
        assert!(sees(&harness, "Look inside"));
        assert!(!sees(&harness, "No coefficients"));
    }
}

#[test]
fn a_yardstick_has_nothing_inside() {
    let mut harness = trained(
        "penguins.csv",
        "island",
        "decision_tree",
        &[],
        WorkspaceId::Compare,
        Size::Small,
        false,
    );
    assert!(sees(&harness, "Look inside"));
    let found = inspection(&mut harness, "guessing");
    assert!(
        found
            .coefficients
            .as_ref()
            .unwrap_err()
            .contains("yardstick")
    );
    screens::click_first(&mut harness, "Guessing");
    assert!(!sees(&harness, "Look inside"));
}

#[test]
fn nothing_of_another_model_is_shown_while_one_is_fitted() {
    let mut harness = trained(
        "penguins.csv",
        "body_mass_g",
        "linear_regression",
        &[],
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    click(&mut harness, "Look inside");
    assert!(sees(&harness, "flipper_length_mm: "));
    click(&mut harness, "Back");
    train(&mut harness);
    session(&mut harness).hold_work();
    click(&mut harness, "Look inside");
    for _ in 0..30 {
        harness.step();
    }
    assert!(!sees(&harness, "flipper_length_mm: "), "of the run before");
    assert!(sees(&harness, "Fitting the model on all rows"));
    picture(&mut harness, "inspect-waiting", Size::Small, false);
}

#[test]
fn models_of_a_file_that_was_read_again_are_not_looked_into() {
    let path = support::temporary_folder("inspect-older").join("penguins.csv");
    let text = std::fs::read_to_string(support::project_file("sample-data/penguins.csv")).unwrap();
    std::fs::write(&path, &text).unwrap();
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    session(&mut harness).load_file(&path, "csv", Params::new());
    set_target(&mut harness, "species");
    set_up(&mut harness, "decision_tree", &[]);
    train(&mut harness);
    let table = session(&mut harness).active_id().unwrap();
    let run = session(&mut harness).runs()[0].clone();
    let now = session(&mut harness);
    assert!(now.known_inspection(&run, "decision_tree").is_none());
    assert!(now.inspection_of(&run, "decision_tree").is_ready());
    assert!(now.known_inspection(&run, "decision_tree").is_some());
    assert!(now.tree_of(&run, "decision_tree").is_ready());
    let fewer: Vec<&str> = text.lines().take(200).collect();
    std::fs::write(&path, fewer.join("\n")).unwrap();
    session(&mut harness).relocate(table, &path);
    settle(&mut harness);
    let later = session(&mut harness);
    assert!(later.known_inspection(&run, "decision_tree").is_none());
    for error in [
        later.inspection_of(&run, "decision_tree").error().cloned(),
        later.tree_of(&run, "decision_tree").error().cloned(),
    ] {
        assert_eq!(error.unwrap().code, "model_of_older_data");
    }
    harness.state_mut().shared_mut().go(WorkspaceId::Compare);
    settle(&mut harness);
    let button = harness.get_by_label("Look inside");
    assert!(button.accesskit_node().is_disabled());
    picture(&mut harness, "inspect-older", Size::Small, false);
}

// ---- the path of the weights ---------------------------------------------------------------------

#[test]
fn the_path_of_the_weights_names_its_lines_and_copies_them() {
    let mut harness = trained(
        "penguins.csv",
        "body_mass_g",
        "lasso",
        &[],
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    click(&mut harness, "Look inside");
    assert!(sees(
        &harness,
        "The stronger the penalty, the closer the weights to zero"
    ));
    let found = inspection(&mut harness, "lasso");
    let named = found.path.as_ref().unwrap();
    assert_eq!(named.names.len(), named.path.columns.len());
    assert!(named.scaled);
    let step = named.chosen_step();
    assert!((named.path.penalties[step] / named.path.chosen - 1.0).abs() < 1e-9);
    assert!(sees(&harness, "Weights of"), "the chart has a name");
    click_containing(&mut harness, "flipper_length_mm: ");
    let chosen = harness.get_by_label_contains("flipper_length_mm: ");
    assert_eq!(chosen.accesskit_node().toggled(), Some(Toggled::True));
    harness.get_by_label("Copy as table").click();
    harness.step();
    let text = copied(&harness).expect("nothing was copied");
    assert!(text.starts_with("penalty,columns_used,error,error_spread,"));
    assert_eq!(text.lines().count(), named.path.penalties.len() + 1);
}

#[test]
fn a_penalty_set_by_hand_has_no_error_to_show() {
    let mut harness = trained(
        "penguins.csv",
        "body_mass_g",
        "ridge_regression",
        &[("penalty_choice", "given"), ("penalty", "10")],
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    click(&mut harness, "Look inside");
    let found = inspection(&mut harness, "ridge_regression");
    let named = found.path.as_ref().unwrap();
    assert!(named.path.errors.is_empty());
    assert!(sees(&harness, "set by hand"));
    picture(&mut harness, "inspect-path-by-hand", Size::Small, false);
}

// ---- rows left out -------------------------------------------------------------------------------

#[test]
fn a_forest_shows_its_score_on_rows_left_out_beside_the_measured_one() {
    let mut harness = trained(
        "penguins.csv",
        "species",
        "random_forest",
        &[],
        WorkspaceId::Model,
        Size::Small,
        false,
    );
    assert!(!sees(&harness, "Right on rows left out"), "not fitted yet");
    click(&mut harness, "Look inside");
    let found = inspection(&mut harness, "random_forest")
        .out_of_bag
        .unwrap();
    assert!(found.classes && found.score > 0.9 && found.rows > 300);
    assert!(sees(&harness, "Share right, cross-validated"));
    assert!(sees(
        &harness,
        "each judged only by trees that had not seen it"
    ));
    click(&mut harness, "Back");
    assert!(sees(&harness, "Right on rows left out"));
    picture(&mut harness, "inspect-left-out", Size::Small, false);
}

// ---- curves --------------------------------------------------------------------------------------

fn number_axis(feature: usize, name: &str, low: f64, high: f64, bins: usize) -> ShapeAxis {
    let step = (high - low) / bins as f64;
    ShapeAxis {
        feature,
        name: name.to_owned(),
        bins: ShapeBins::Number {
            edges: (1..bins).map(|edge| low + edge as f64 * step).collect(),
            lowest: low,
            highest: high,
        },
    }
}

fn category_axis(feature: usize, name: &str) -> ShapeAxis {
    ShapeAxis {
        feature,
        name: name.to_owned(),
        bins: ShapeBins::Category {
            levels: vec![vec![0], vec![1], vec![2], vec![3, 4, 5, 6]],
        },
    }
}

fn term(axes: Vec<ShapeAxis>, outputs: usize, importance: f64) -> ShapeTerm {
    let width = axes.get(1).map_or(1, |axis| axis.bins.count());
    let cells: usize = axes.iter().map(|axis| axis.bins.count()).product();
    let score = |cell: usize, output: usize| {
        let (first, second) = ((cell / width) as f64, (cell % width) as f64);
        importance * ((first * 0.7 + output as f64).sin() + (second * 0.9).cos() * 0.6)
    };
    ShapeTerm {
        scores: (0..cells)
            .flat_map(|cell| (0..outputs).map(move |output| score(cell, output)))
            .collect(),
        deviations: (0..cells * outputs)
            .map(|place| importance * 0.1 * (1.0 + (place % 5) as f64))
            .collect(),
        weights: (0..cells)
            .map(|cell| {
                if cell % 7 == 6 {
                    0.0
                } else {
                    (40 - cell % 23) as f64
                }
            })
            .collect(),
        axes,
        importance,
    }
}

/// Every kind of term, made by hand.
fn by_hand(scale: ShapeScale) -> NamedShapes {
    let outputs = scale.outputs();
    let shapes = AdditiveShapes {
        intercept: vec![0.0; outputs],
        terms: vec![
            term(vec![number_axis(0, "tenure", 0.0, 72.0, 24)], outputs, 1.4),
            term(vec![category_axis(1, "plan")], outputs, 0.9),
            term(
                vec![
                    number_axis(0, "tenure", 0.0, 72.0, 10),
                    number_axis(2, "monthly_charge", 18.0, 120.0, 8),
                ],
                outputs,
                0.4,
            ),
            term(
                vec![
                    number_axis(2, "monthly_charge", 18.0, 120.0, 8),
                    category_axis(1, "plan"),
                ],
                outputs,
                0.2,
            ),
        ],
        scale,
    };
    let names = [
        "Basic",
        "Plus",
        "Family and friends",
        "Trial",
        "Staff",
        "Old",
        "Gift",
    ];
    let codes = BTreeMap::from([(1, names.map(str::to_owned).to_vec())]);
    NamedShapes::new(shapes, codes)
}

fn shapes_harness(scale: ShapeScale, size: Size, dark: bool) -> Harness<'static, ShapesView> {
    let named = by_hand(scale);
    let classes = ["no", "perhaps", "yes"].map(str::to_owned);
    let theme = if dark {
        egui::Theme::Dark
    } else {
        egui::Theme::Light
    };
    Harness::builder()
        .with_size(size.points() - egui::vec2(640.0, 140.0))
        .with_theme(theme)
        .with_max_steps(60)
        .with_context_setup(theme::install)
        .wgpu()
        .build_ui_state(
            move |ui, view: &mut ShapesView| {
                let fill = theme::tokens(ui).surface.canvas;
                let all = ui.ctx().content_rect();
                ui.painter().rect_filled(all, 0.0, fill);
                view.show(ui, &named, "cancelled", &classes);
            },
            ShapesView::default(),
        )
}

fn sees_in(harness: &Harness<'_, ShapesView>, part: &str) -> bool {
    harness.query_all_by_label_contains(part).next().is_some()
}

#[test]
fn every_kind_of_curve_is_drawn_and_chosen_by_name() {
    let classes = vec![0, 1, 2];
    let scale = ShapeScale::ClassScores { classes };
    let mut harness = shapes_harness(scale, Size::Small, false);
    harness.run();
    assert!(sees_in(
        &harness,
        "Curve of tenure with 24 steps from 0 to 72"
    ));
    assert!(sees_in(&harness, "the score of no"));
    harness.get_by_label("Class whose score is shown").click();
    harness.run();
    harness.get_by_label("yes").click();
    harness.run();
    assert!(sees_in(&harness, "the score of yes"));
    harness.get_by_label_contains("plan, 0.9").click();
    harness.run();
    assert!(sees_in(&harness, "Family and friends: "));
    assert!(sees_in(&harness, "Trial, Staff and 2 more: "));
    harness
        .get_by_label_contains("tenure × monthly_charge")
        .click();
    harness.run();
    assert!(sees_in(&harness, "Table of tenure and monthly_charge"));
}

#[test]
fn a_model_that_learned_no_curve_says_so() {
    let mut named = by_hand(ShapeScale::Answer);
    named.shapes.terms.clear();
    let mut harness = Harness::builder()
        .with_context_setup(theme::install)
        .build_ui_state(
            move |ui, view: &mut ShapesView| view.show(ui, &named, "cancelled", &[]),
            ShapesView::default(),
        );
    harness.run();
    assert!(sees_in(&harness, "No curve to draw"));
}

// ---- how it leaves -------------------------------------------------------------------------------

/// Dialogs that answer as they are told.
#[derive(Clone, Default)]
struct Told {
    answers: Arc<Mutex<VecDeque<FileAnswer>>>,
    asked: Arc<Mutex<Vec<(FileQuestion, Purpose)>>>,
    open: Arc<Mutex<bool>>,
}

impl FileDialogs for Told {
    fn ask(&mut self, question: FileQuestion, purpose: Purpose, _ctx: &Context) {
        self.asked.lock().unwrap().push((question, purpose));
    }

    fn poll(&mut self) -> Option<(FileQuestion, Purpose, FileAnswer)> {
        let answer = self.answers.lock().unwrap().pop_front()?;
        let (question, purpose) = self.asked.lock().unwrap().pop()?;
        Some((question, purpose, answer))
    }

    fn is_open(&self) -> bool {
        *self.open.lock().unwrap()
    }
}

/// A model in use, and the dialogs that its exports ask.
fn in_use(learner: &str) -> (Screen, Told) {
    let mut harness = trained(
        "penguins.csv",
        "species",
        learner,
        &[],
        WorkspaceId::Predict,
        Size::Small,
        false,
    );
    let run = session(&mut harness).runs()[0].clone();
    session(&mut harness).use_model(&run, learner);
    let told = Told::default();
    harness.state_mut().set_dialogs(Box::new(told.clone()));
    settle(&mut harness);
    (harness, told)
}

#[test]
fn trees_leave_as_lightgbm_text_from_the_window() {
    let (mut harness, told) = in_use("random_forest");
    let path = support::temporary_folder("inspect-lightgbm").join("forest.txt");
    click(&mut harness, "Export for LightGBM…");
    let asked = told.asked.lock().unwrap().last().cloned().unwrap();
    assert_eq!(asked.0.name(), Some("random-forest.txt"));
    told.answers
        .lock()
        .unwrap()
        .push_back(FileAnswer::Chosen(path.clone()));
    settle(&mut harness);
    assert!(path.exists() && path.with_extension("columns.json").exists());
    let (saved, parity) = harness.state().session().last_parity().cloned().unwrap();
    assert_eq!(saved, path);
    assert_eq!(parity.rows, 344);
    assert!(sees(&harness, "Saved forest.txt"));
    picture(&mut harness, "inspect-lightgbm", Size::Small, false);
}

#[test]
fn what_has_no_trees_says_why_it_cannot_leave_for_lightgbm() {
    let (harness, _) = in_use("logistic_regression");
    let button = harness.get_by_label("Export for LightGBM…");
    assert!(button.accesskit_node().is_disabled());
    let button = harness.get_by_label("Export as ONNX…");
    assert!(!button.accesskit_node().is_disabled());
}

#[test]
fn where_no_dialog_comes_a_path_is_typed() {
    let (mut harness, told) = in_use("random_forest");
    let path = support::temporary_folder("inspect-typed").join("forest.onnx");
    // The system has no service for dialogs.
    click(&mut harness, "Export as ONNX…");
    told.answers
        .lock()
        .unwrap()
        .push_back(FileAnswer::NoService);
    settle(&mut harness);
    assert!(sees(&harness, "This system shows no file dialog"));
    picture(&mut harness, "inspect-typed-path", Size::Small, false);
    type_path(&mut harness, &path);
    click(&mut harness, "Save");
    assert!(path.exists());
    assert!(sees(&harness, "Saved forest.onnx"));
    // A dialog was asked for and does not come: asking again leads on.
    *told.open.lock().unwrap() = true;
    let path = path.with_file_name("again.onnx");
    click(&mut harness, "Export as ONNX…");
    assert!(sees(&harness, "is still open, or does not come"));
    type_path(&mut harness, &path);
    click(&mut harness, "Save");
    assert!(path.exists());
    // Nothing is written where the person changes their mind.
    click(&mut harness, "Save as Benchtop model…");
    click(&mut harness, "Cancel");
    assert!(!sees(&harness, "is still open, or does not come"));
}

fn type_path(harness: &mut Screen, path: &std::path::Path) {
    harness.get_by_label("Path").focus();
    settle(harness);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    settle(harness);
    harness
        .get_by_label("Path")
        .type_text(&path.display().to_string());
    settle(harness);
}

// ---- pictures ------------------------------------------------------------------------------------

#[test]
#[ignore = "renders pictures to look at"]
fn gallery_of_inspections() {
    let cases: [(&str, &str, &str, Settings); 5] = [
        ("penguins.csv", "body_mass_g", "linear_regression", &[]),
        ("penguins.csv", "body_mass_g", "lasso", &[]),
        ("wine.csv", "", "ridge_regression", &[]),
        (
            "breast-cancer.csv",
            "diagnosis",
            "logistic_regression",
            &[("penalty", "size")],
        ),
        ("penguins.csv", "island", "random_forest", &[]),
    ];
    for (size, dark) in [
        (Size::Small, false),
        (Size::Small, true),
        (Size::Large, false),
        (Size::Large, true),
    ] {
        for (sample, target, learner, settings) in cases {
            let target = match target {
                "" => "alcohol",
                other => other,
            };
            let workspace = WorkspaceId::Model;
            let mut harness = trained(sample, target, learner, settings, workspace, size, dark);
            picture(
                &mut harness,
                &format!("inspect-before-{learner}"),
                size,
                dark,
            );
            click(&mut harness, "Look inside");
            picture(&mut harness, &format!("inspect-{learner}"), size, dark);
            click(&mut harness, "Summary");
            picture(
                &mut harness,
                &format!("inspect-summary-{learner}"),
                size,
                dark,
            );
        }
        if learn::by_id("explainable_boosting").is_ok() {
            for (target, name) in [("body_mass_g", "numbers"), ("species", "classes")] {
                let learner = "explainable_boosting";
                let workspace = WorkspaceId::Model;
                let mut harness =
                    trained("penguins.csv", target, learner, &[], workspace, size, dark);
                click(&mut harness, "Look inside");
                picture(
                    &mut harness,
                    &format!("inspect-additive-{name}"),
                    size,
                    dark,
                );
            }
        }
        let mut harness = shapes_harness(ShapeScale::Answer, size, dark);
        for (part, name) in [
            ("tenure, 1.4", "number"),
            ("plan, 0.9", "category"),
            ("tenure × monthly_charge", "numbers"),
            ("monthly_charge × plan", "number-category"),
        ] {
            harness.run();
            harness.get_by_label_contains(part).click();
            harness.run();
            save(&mut harness, &format!("inspect-shape-{name}"), size, dark);
        }
    }
}

fn save(harness: &mut Harness<'_, ShapesView>, name: &str, size: Size, dark: bool) {
    let image = harness.render().unwrap();
    let folder = std::env::var_os("BENCHTOP_GALLERY")
        .map_or_else(|| support::root().join("target/gallery"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let (points, theme) = (size.points(), if dark { "dark" } else { "light" });
    image
        .save(folder.join(format!("{name}-{}x{}-{theme}.png", points.x, points.y)))
        .unwrap();
}
