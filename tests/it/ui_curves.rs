//! Pictures of a checked model in Compare, by accessible names: every mark selects exactly its rows,
//! every picture can be reached by keyboard and saved with its numbers.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use benchtop::base::TaskContext;
use benchtop::chart::marks::Brush;
use benchtop::evaluate::curves::drawing::curve_numbers;
use benchtop::evaluate::curves::{
    Along, Costs, CurveDrawing, CurveKind, CurveWish, Models, Outcome, Ranked, SHARES, calibration,
    roc, thresholds,
};
use benchtop::evaluate::{RunResult, pictures};
use benchtop::export::{write_numbers, write_picture};
use benchtop::project::{Command, Run};
use benchtop::session::{Combine, Figure, Slot};
use benchtop::ui::action::WorkspaceId;
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable};

use crate::screens::{
    Screen, Size, click, click_at, click_last, dispatch, open, picture, sees, session, set_target,
    settle, threaded, train, wait,
};
use crate::support::temporary_folder;

/// Two quick models whose scores differ little, and the yardsticks.
const LEARNERS: [&str; 2] = ["logistic_regression", "decision_tree"];

fn only(harness: &mut Screen, learners: &[&str]) {
    for learner in benchtop::learn::REGISTRY {
        let id = learner.id();
        let can = learner.capabilities();
        if can.yardstick || can.suggested == learners.contains(&id) {
            continue;
        }
        let ticked = learners.contains(&id);
        dispatch(harness, |table| Command::TickLearner {
            table,
            learner: id.to_owned(),
            ticked,
        });
    }
}

fn compare(target: &str, learners: &[&str], size: Size, dark: bool) -> Screen {
    let mut harness = open("penguins.csv", WorkspaceId::Compare, size, dark);
    set_target(&mut harness, target);
    only(&mut harness, learners);
    train(&mut harness);
    harness
}

/// Clicks the button whose name has this in it, wherever it is scrolled to.
fn press(harness: &mut Screen, part: &str) {
    harness.get_by_label_contains(part).scroll_to_me();
    settle(harness);
    harness.get_by_label_contains(part).click();
    settle(harness);
}

fn run_of(harness: &mut Screen) -> Arc<Run> {
    session(harness).runs()[0].clone()
}

fn selected(harness: &mut Screen) -> BTreeSet<usize> {
    let selection = session(harness).selection();
    selection.map_or_else(BTreeSet::new, |selection| selection.rows.iter().collect())
}

fn drawing(
    harness: &mut Screen,
    run: &Arc<Run>,
    learners: &[String],
    wish: CurveWish,
) -> Arc<CurveDrawing> {
    match session(harness).curve(run, learners, wish) {
        Slot::Ready(drawing) => drawing,
        _ => panic!("{:?} is not drawn", wish.kind),
    }
}

fn ids(rows: &[u32]) -> BTreeSet<usize> {
    rows.iter().map(|row| *row as usize).collect()
}

fn at(x: f64, y: f64) -> Brush {
    Brush {
        x: (x, x),
        y: (y, y),
    }
}

const EVERYTHING: Brush = Brush {
    x: (-1e9, 1e9),
    y: (-1e9, 1e9),
};

#[test]
fn every_mark_of_a_curve_selects_exactly_its_rows() {
    let mut harness = compare("sex", &LEARNERS, Size::Small, false);
    let run = run_of(&mut harness);
    let learners = LEARNERS.map(str::to_owned).to_vec();
    let result = run.result(&learners[0]).unwrap().clone();
    let ranked = Ranked::of(&result, 1).unwrap();
    let pick = |harness: &mut Screen, kind: CurveKind, brush: Brush| {
        let wish = CurveWish::of(kind, 1);
        session(harness).select_on_curve(&run, &learners, wish, brush, Combine::Replace);
        settle(harness);
        selected(harness)
    };
    // Everything that was checked lies on every curve.
    let all = ids(ranked.rows());
    for kind in CurveKind::of_task(true) {
        assert_eq!(pick(&mut harness, *kind, EVERYTHING), all, "{kind:?}");
    }
    // A click on ROC: the rows of at least the score there. A brush: those whose place is inside.
    let curve = roc(&ranked).unwrap();
    let middle = curve.points[curve.points.len() / 3];
    let clicked = pick(
        &mut harness,
        CurveKind::Roc,
        at(middle.wrong_alarms, middle.found),
    );
    let drawn = drawing(
        &mut harness,
        &run,
        &learners,
        CurveWish::of(CurveKind::Roc, 1),
    );
    let marked = drawn.places();
    let meant = curve
        .points
        .iter()
        .filter(|point| ids(ranked.rows_above(&point.cut)) == clicked);
    assert_eq!(meant.count(), 1, "a click means a threshold");
    assert!(marked.len() > 10);
    let brush = Brush {
        x: (0.0, 0.2),
        y: (0.3, 0.7),
    };
    let mut inside = BTreeSet::new();
    for pair in curve.points.windows(2) {
        let [before, here] = pair else { panic!() };
        if here.wrong_alarms <= 0.2 && (0.3..=0.7).contains(&here.found) {
            inside.extend(ids(ranked.rows_between(&before.cut, &here.cut)));
        }
    }
    assert!(inside.len() > 5);
    assert_eq!(pick(&mut harness, CurveKind::Roc, brush), inside);
    // A bin of the calibration curve.
    let bins = calibration(&ranked, 10).unwrap().bins;
    for bin in &bins {
        let rows = ids(bin.rows_of(&ranked));
        let found = pick(
            &mut harness,
            CurveKind::Calibration,
            at(bin.said, bin.came_true),
        );
        assert_eq!(found, rows);
    }
    let sentence = session(&mut harness).selection().unwrap().sentence.clone();
    assert!(
        sentence.starts_with("Logistic regression, male said"),
        "{sentence}"
    );
    // Far from the curve there is nothing.
    let before = selected(&mut harness);
    assert_eq!(pick(&mut harness, CurveKind::Roc, at(0.95, 0.05)), before);
}

#[test]
fn each_picture_is_a_click_away_and_says_what_it_shows() {
    let mut harness = compare("sex", &LEARNERS, Size::Large, false);
    for (chip, says) in [
        ("ROC", "In "),
        ("Precision-recall", "Average precision"),
        ("Calibration", "What is said is off by"),
        ("Gain", "The first "),
        ("Lift", "times as many male as a tenth by lot"),
        ("Threshold and cost", "Cheapest: "),
        ("Learning curve", "whether more rows would help"),
        ("Validation curve", "at several values of one setting"),
        ("Confusion", "check rows right"),
    ] {
        click(&mut harness, chip);
        assert!(sees(&harness, says), "{chip}");
        let kind = CurveKind::of_task(true)
            .iter()
            .find(|kind| kind.technical() == chip);
        if let Some(kind) = kind {
            let label = format!("{chip}: {}, of Logistic regression", kind.name());
            let node = harness.get_by_label_contains(&label);
            let label = node.accesskit_node().label().unwrap();
            assert!(label.contains("Decision tree"), "{label}");
        }
    }
    // Alone, and of the other class.
    click(&mut harness, "ROC");
    click(&mut harness, "With the models tied for best");
    assert!(!sees(&harness, "Logistic regression and Decision tree"));
    harness
        .get_by_role_and_label(Role::ComboBox, "Class looked for")
        .click();
    settle(&mut harness);
    click_last(&mut harness, "female");
    click(&mut harness, "Lift");
    assert!(sees(&harness, "times as many female as a tenth by lot"));
}

#[test]
fn marks_are_picked_by_pointer_and_by_keyboard() {
    let mut harness = compare("sex", &LEARNERS, Size::Large, false);
    click(&mut harness, "ROC");
    let run = run_of(&mut harness);
    let ranked = Ranked::of(run.result(LEARNERS[0]).unwrap(), 1).unwrap();
    let node = |harness: &Screen| {
        let found = harness.get_by_label_contains("ROC: found against wrong alarms");
        (found.rect(), found.accesskit_node().is_focused())
    };
    harness
        .get_by_label_contains("ROC: found against wrong alarms")
        .scroll_to_me();
    settle(&mut harness);
    let (frame, _) = node(&harness);
    // The end of the curve: every row is taken.
    let place = frame.right_top() + vec2(-8.0, 6.0);
    click_at(&mut harness, place, Modifiers::NONE);
    assert_eq!(selected(&mut harness), ids(ranked.rows()));
    harness
        .get_by_label_contains("ROC: found against wrong alarms")
        .focus();
    settle(&mut harness);
    assert!(node(&harness).1, "the picture can be focused");
    for _ in 0..3 {
        harness.key_press(Key::ArrowRight);
        settle(&mut harness);
    }
    harness.key_press(Key::Enter);
    settle(&mut harness);
    let chosen = selected(&mut harness);
    let taken = roc(&ranked).unwrap();
    let is_cut = taken
        .points
        .iter()
        .any(|point| ids(ranked.rows_above(&point.cut)) == chosen);
    assert!(is_cut && !chosen.is_empty() && chosen.len() < ranked.len());
}

#[test]
fn costs_and_capacity_are_told_in_counts_and_select_their_rows() {
    let mut harness = compare("sex", &LEARNERS, Size::Large, false);
    let run = run_of(&mut harness);
    let ranked = Ranked::of(run.result(LEARNERS[0]).unwrap(), 1).unwrap();
    click(&mut harness, "Threshold and cost");
    let even = thresholds(&ranked, &Costs::default(), None).unwrap();
    let half = even.lines[even.at(0.5)];
    let says = format!(
        "Of {} acted on, {} are male and {} are not; {} male are missed.",
        half.cut.taken, half.hits, half.wrong_alarms, half.misses
    );
    assert!(sees(&harness, &says), "{says}");
    press(&mut harness, "rightly acted on");
    let hits = half.rows_of(&ranked, Outcome::Hit);
    assert_eq!(selected(&mut harness), ids(&hits));
    let missed = format!("Select {} missed", half.misses);
    press(&mut harness, &missed);
    let misses = half.rows_of(&ranked, Outcome::Miss);
    assert_eq!(selected(&mut harness), ids(&misses));
    // The cheapest, by its button.
    press(&mut harness, "Move to the cheapest");
    let best = even.lines[even.best];
    let says = format!("Of {} acted on, {} are male", best.cut.taken, best.hits);
    assert!(sees(&harness, &says), "{says}");
    // With a limit there is a mark at capacity, and the cheapest stays within.
    press(&mut harness, "Only so many can be acted on");
    let limited = thresholds(&ranked, &Costs::default(), Some(50)).unwrap();
    let best = limited.lines[limited.best];
    assert!(best.cut.taken <= 50);
    let label = format!("acted on, {} rightly", best.hits);
    let row = harness.get_by_label_contains("Cheapest, 0");
    assert!(row.accesskit_node().label().unwrap().contains(&label));
    press(&mut harness, "Capacity, 0");
    let capacity = limited
        .lines
        .iter()
        .rfind(|line| line.cut.taken <= 50)
        .unwrap();
    assert_eq!(
        selected(&mut harness),
        ids(&capacity.rows_of(&ranked, Outcome::Taken))
    );
    assert!(sees(&harness, "Guessing: "));
}

#[test]
fn several_classes_are_looked_for_one_at_a_time() {
    let mut harness = compare("species", &LEARNERS, Size::Large, false);
    click(&mut harness, "Gain");
    assert!(sees(&harness, "Adelie"));
    harness
        .get_by_role_and_label(Role::ComboBox, "Class looked for")
        .click();
    settle(&mut harness);
    click_last(&mut harness, "Gentoo");
    let run = run_of(&mut harness);
    let ranked = Ranked::of(run.result(LEARNERS[0]).unwrap(), 2).unwrap();
    assert!(sees(
        &harness,
        &format!("of the {} Gentoo", ranked.positives())
    ));
}

#[test]
fn numbers_have_residuals_with_guessing_beside_them() {
    let learners = ["linear_regression", "decision_tree"];
    let mut harness = compare("body_mass_g", &learners, Size::Large, false);
    assert!(sees(&harness, "predicted and actual"));
    click(&mut harness, "Residuals");
    assert!(sees(&harness, "Nine rows of ten are off by"));
    assert!(sees(&harness, "by guessing"));
    let run = run_of(&mut harness);
    let names = vec![session(&mut harness).runs()[0].results[2].learner.clone()];
    let result = run.result(&names[0]).unwrap().clone();
    let found = benchtop::evaluate::curves::residuals(&result, 10).unwrap();
    let wish = CurveWish::of(CurveKind::Residuals, 0);
    for bin in &found.bins {
        let brush = at(bin.predicted, bin.quantiles[2]);
        session(&mut harness).select_on_curve(&run, &names, wish, brush, Combine::Replace);
        settle(&mut harness);
        assert_eq!(selected(&mut harness), ids(found.rows_of(bin)));
    }
    // Chips of classes are not there.
    assert!(harness.query_by_label("ROC").is_none());
}

#[test]
fn a_learning_curve_is_fitted_point_by_point_and_kept() {
    let mut harness = compare("sex", &["decision_tree"], Size::Large, false);
    click(&mut harness, "Learning curve");
    click(&mut harness, "Fit the curve");
    settle(&mut harness);
    let run = run_of(&mut harness);
    let along = Along::Rows {
        shares: SHARES.to_vec(),
    };
    let board = session(&mut harness)
        .growth(&run, "decision_tree", &along)
        .cloned()
        .unwrap();
    let points = board.points();
    assert_eq!(points.len(), SHARES.len());
    // The last point is what cross-validation said.
    let whole = &run.result("decision_tree").unwrap().scores["auc"];
    assert_eq!(&points[4].checked["auc"], whole);
    assert!(sees(&harness, "5 points"));
    // A mark selects what its first round learned from.
    session(&mut harness).select_growth_point(&run, &board, 1, "here", Combine::Replace);
    settle(&mut harness);
    let quarter = selected(&mut harness);
    session(&mut harness).select_growth_point(&run, &board, 4, "here", Combine::Replace);
    settle(&mut harness);
    let all = selected(&mut harness);
    assert!(quarter.is_subset(&all));
    assert!((quarter.len() as f64 / all.len() as f64 - 0.25).abs() < 0.02);
    // It is still there after a look at something else, and along a setting there is another one.
    click(&mut harness, "Validation curve");
    assert!(harness.query_by_label("Fit the curve").is_some());
    click(&mut harness, "Learning curve");
    assert!(sees(&harness, "5 points"));
}

#[test]
fn a_curve_that_is_fitted_is_stopped_and_keeps_its_points() {
    let mut harness = threaded(Size::Small, false);
    settle(&mut harness);
    crate::screens::load_sample(&mut harness, "penguins.csv");
    set_target(&mut harness, "sex");
    only(&mut harness, &["decision_tree"]);
    let ready = wait(&mut harness, |app| app.session_mut().preflight().is_ready());
    assert!(ready && session(&mut harness).train().is_ok());
    assert!(wait(&mut harness, |app| !app.session().runs().is_empty()));
    let run = run_of(&mut harness);
    // More points than there is time for.
    let shares: Vec<f64> = (0..400).map(|step| 0.5 + step as f64 * 1e-3).collect();
    let along = Along::Rows { shares };
    session(&mut harness)
        .grow_curve(&run, "decision_tree", along.clone())
        .unwrap();
    let some = |app: &mut benchtop::ui::App| {
        let board = app.session().growth(&run, "decision_tree", &along);
        board.is_some_and(|board| !board.points().is_empty())
    };
    assert!(wait(&mut harness, some));
    session(&mut harness).stop_growth();
    assert!(wait(&mut harness, |app| app.session().is_idle()));
    let board = session(&mut harness)
        .growth(&run, "decision_tree", &along)
        .cloned()
        .unwrap();
    assert!(board.is_done() && !board.points().is_empty() && board.points().len() < 400);
}

/// Lines of a CSV file as numbers; blank is NaN. The first column is a word.
fn csv(path: &Path) -> (Vec<String>, Vec<(String, Vec<f64>)>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names = lines.next().unwrap().split(',').map(str::to_owned);
    let rows = lines.map(|line| {
        let mut cells = line.split(',');
        let model = cells.next().unwrap().to_owned();
        let numbers = cells.map(|cell| cell.parse().unwrap_or(f64::NAN));
        (model, numbers.collect())
    });
    (names.collect(), rows.collect())
}

fn save(harness: &mut Screen, figure: &Figure, path: &Path) {
    let fonts = [benchtop::ui::theme::fonts::inter_regular()];
    session(harness).save_figure(figure, path, &fonts);
    settle(harness);
}

#[test]
fn what_is_saved_is_what_the_functions_say() {
    let folder = temporary_folder("ui-curves");
    let mut harness = compare("sex", &LEARNERS, Size::Small, false);
    let run = run_of(&mut harness);
    let result: RunResult = run.result(LEARNERS[0]).unwrap().clone();
    let ranked = Ranked::of(&result, 1).unwrap();
    let figure = Figure::Curve {
        run: run.id,
        learners: LEARNERS.map(str::to_owned).to_vec(),
        wish: CurveWish::of(CurveKind::Roc, 1),
    };
    let path = folder.join("roc.csv");
    save(&mut harness, &figure, &path);
    let (names, lines) = csv(&path);
    assert_eq!(
        names,
        [
            "model",
            "threshold",
            "taken",
            "found",
            "false_positive_rate",
            "true_positive_rate"
        ]
    );
    let points = roc(&ranked).unwrap().points;
    let own: Vec<_> = lines
        .iter()
        .filter(|line| line.0 == "Logistic regression")
        .collect();
    assert_eq!(own.len(), points.len());
    assert!(own[0].1[0].is_nan(), "no threshold where no row is taken");
    for ((_, line), point) in own.iter().zip(&points).skip(1) {
        let wanted = [
            point.cut.threshold,
            point.cut.taken as f64,
            point.cut.found as f64,
            point.wrong_alarms,
            point.found,
        ];
        assert_eq!(line.as_slice(), wanted);
    }
    assert!(lines.iter().any(|line| line.0 == "Decision tree"));
    assert!(lines.iter().any(|line| line.0 == "Guessing"));
    // Pictures, and every other thing that can be saved.
    let board = Figure::Board {
        run: run.id,
        metric: "auc".to_owned(),
        hidden: BTreeSet::new(),
    };
    let answers = Figure::Answers {
        run: run.id,
        learner: LEARNERS[0].to_owned(),
    };
    for figure in [&figure, &board, &answers] {
        for end in ["svg", "png", "csv"] {
            let path = folder.join(format!("{}.{end}", figure.file_stem()));
            save(&mut harness, figure, &path);
            let bytes = std::fs::read(&path).unwrap();
            let starts: &[u8] = match end {
                "svg" => b"<svg",
                "png" => b"\x89PNG",
                _ => b"",
            };
            assert!(bytes.starts_with(starts) && bytes.len() > 80, "{path:?}");
        }
    }
    let svg = std::fs::read_to_string(folder.join("comparison auc.svg")).unwrap();
    assert!(svg.contains("Logistic regression") && svg.contains("Guessing"));
    let (_, lines) = csv(&folder.join("comparison auc.csv"));
    assert_eq!(lines.len(), run.results.len());
    let text =
        std::fs::read_to_string(folder.join(format!("{}.csv", answers.file_stem()))).unwrap();
    let found = pictures::confusion(&result).unwrap();
    assert!(
        text.contains(&format!("male,male,{}", found.count(1, 1))),
        "{text}"
    );
    assert!(sees(&harness, "read back and compared"));
    // What cannot be written leaves no file.
    let named = [("Logistic regression".to_owned(), &result)];
    let models = Models {
        named: &named,
        guessing: None,
    };
    let task = TaskContext::new();
    let numbers = curve_numbers(models, CurveWish::of(CurveKind::Gain, 1), &task).unwrap();
    let nowhere = folder.join("missing folder").join("gain.csv");
    assert!(write_numbers(&numbers, &nowhere, &task).is_err() && !nowhere.exists());
    let broken = folder.join("broken.svg");
    assert!(write_picture("<svg", &broken, &[]).is_err() && !broken.exists());
}

#[test]
fn gallery_of_curves() {
    let sizes = [Size::Small, Size::Large];
    for (size, dark) in sizes
        .into_iter()
        .flat_map(|size| [(size, false), (size, true)])
    {
        let mut harness = compare("sex", &LEARNERS, size, dark);
        for chip in [
            "Confusion",
            "ROC",
            "Precision-recall",
            "Calibration",
            "Gain",
            "Lift",
            "Threshold and cost",
            "Learning curve",
            "Validation curve",
        ] {
            harness.get_by_label(chip).scroll_to_me();
            settle(&mut harness);
            click(&mut harness, chip);
            if harness.query_by_label("Fit the curve").is_some() {
                click(&mut harness, "Fit the curve");
            }
            if chip == "Threshold and cost" {
                click(&mut harness, "Only so many can be acted on");
            }
            shot(&mut harness, chip, size, dark);
        }
        let mut harness = compare(
            "body_mass_g",
            &["linear_regression", "decision_tree"],
            size,
            dark,
        );
        for chip in ["Predicted and actual", "Residuals"] {
            harness.get_by_label(chip).scroll_to_me();
            settle(&mut harness);
            click(&mut harness, chip);
            shot(&mut harness, chip, size, dark);
        }
    }
}

/// The picture with its chips at the top of the canvas, as far as there is something to scroll.
fn shot(harness: &mut Screen, chip: &str, size: Size, dark: bool) {
    let name = format!("curves-{}", chip.to_lowercase().replace(' ', "-"));
    harness.get_by_label("Validation curve").scroll_to_me();
    settle(harness);
    let node = harness.get_by_label("Validation curve").rect();
    harness.hover_at(node.center() + vec2(0.0, 60.0));
    harness.event(eframe::egui::Event::MouseWheel {
        unit: eframe::egui::MouseWheelUnit::Point,
        delta: vec2(0.0, -(node.top() - 200.0).max(0.0)),
        phase: eframe::egui::TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    settle(harness);
    picture(harness, &name, size, dark);
}
