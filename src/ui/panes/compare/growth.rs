//! Learning and validation curves: begun by a button, drawn point by point, stopped at any time.

use std::sync::Arc;

use eframe::egui::{Ui, vec2};

use super::Shown;
use super::curves::{CurvesState, canvas, height, save_buttons};
use crate::base::format;
use crate::evaluate::RunResult;
use crate::evaluate::curves::drawing::growth_scene;
use crate::evaluate::curves::{Along, SHARES, settings_of, values_of};
use crate::session::{Figure, GrowthBoard, GrowthEnd};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::plot_host::scene_size;
use crate::ui::widgets::scores::muted_text;
use crate::ui::widgets::{Button, PlotKind, Select, SelectOption, error_card, progress_bar};

/// `validation`: along a setting; otherwise along rows.
pub(super) fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    result: &RunResult,
    validation: bool,
    state: &mut CurvesState,
) {
    let Some((along, setting)) = along(ui, result, validation, state) else {
        muted_text(
            ui,
            "This model has no setting that is searched when it is tuned, so there is no curve along one.",
        );
        return;
    };
    let board = view
        .session
        .growth(&shown.run, &result.learner, &along)
        .cloned();
    let Some(board) = board else {
        before(ui, view, shown, result, &along);
        return;
    };
    let points = board.points();
    status(ui, view, shown, result, &board, points.len());
    if points.is_empty() {
        return;
    }
    let metric = shown.metric;
    let guessing = shown.run.result("guessing");
    let guessing = guessing.and_then(|guess| guess.scores.get(metric.id));
    let outer = vec2(ui.available_width(), height(ui));
    let scene = growth_scene(
        &points,
        metric,
        guessing,
        setting.as_deref(),
        String::new(),
        scene_size(outer, PlotKind::Full),
    );
    // What the curve says stands above it; a picture that leaves says it itself.
    let mut scene = scene;
    let says = scene.note.take().unwrap_or_default();
    let same = shown.same_rows;
    let how = match same {
        true => " A mark selects the rows its first round learned from.",
        false => "",
    };
    ui.add_space(6.0);
    muted_text(ui, &format!("{says}{how}"));
    ui.add_space(8.0);
    let scene = Arc::new(scene);
    let id = ("growth", if validation { "setting" } else { "rows" });
    let picked = canvas(ui, view, same, id, &scene, &mut state.plot, outer.y);
    let Some((brush, combine)) = picked else {
        return;
    };
    // The nearest point across; a curve has few of them.
    let middle = (brush.x.0 + brush.x.1) / 2.0;
    let away = |index: usize, rows: f64| {
        let x = if validation { index as f64 } else { rows };
        (x - middle).abs()
    };
    let nearest = points.iter().enumerate().min_by(|a, b| {
        let (first, second) = (away(a.0, a.1.rows_trained), away(b.0, b.1.rows_trained));
        first.total_cmp(&second)
    });
    if let Some((index, point)) = nearest {
        let words = format::counted(point.rows_trained.round() as u64, "row");
        view.session
            .select_growth_point(&shown.run, &board, index, &words, combine);
    }
}

/// What the curve goes along, with the name of its setting.
fn along(
    ui: &mut Ui,
    result: &RunResult,
    validation: bool,
    state: &mut CurvesState,
) -> Option<(Along, Option<String>)> {
    if !validation {
        let shares = SHARES.to_vec();
        return Some((Along::Rows { shares }, None));
    }
    let settings = settings_of(&result.learner, &result.task);
    let known = settings
        .iter()
        .find(|(key, _)| Some(key) == state.setting.as_ref());
    let (mut key, mut name) = known.or(settings.first()).cloned()?;
    let options: Vec<SelectOption<String>> = settings
        .iter()
        .map(|(key, label)| SelectOption::new(key.clone(), label.clone()))
        .collect();
    ui.horizontal_wrapped(|ui| {
        let grey = theme::tokens(ui).text.secondary;
        ui.label(theme::body("Along the setting").color(grey));
        let select = Select::new("Along the setting").width(240.0);
        if select.show(ui, &mut key, &options).changed() {
            state.setting = Some(key.clone());
            state.plot.reset();
        }
    });
    ui.add_space(8.0);
    if let Some((_, label)) = settings.iter().find(|(known, _)| *known == key) {
        name = label.clone();
    }
    let values = values_of(&result.learner, &result.task, &result.params, &key);
    (!values.is_empty()).then_some((Along::Setting { key, values }, Some(name)))
}

/// What it takes, and the button that begins.
fn before(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, result: &RunResult, along: &Along) {
    let rounds = result.folds.len() as f64;
    let (fits, share) = match along {
        Along::Rows { shares } => (shares.len() as f64, shares.iter().sum::<f64>()),
        Along::Setting { values, .. } => (values.len() as f64, values.len() as f64),
    };
    // A fit takes about as long as its share of the rows.
    let seconds = (result.fit_seconds + result.predict_seconds * 2.0) * share;
    let about = std::time::Duration::from_secs_f64(seconds.clamp(0.0, 1e9));
    let asks = match along {
        Along::Rows { .. } => {
            "Fits this model on growing parts of the rows and checks it on the same rows each time: whether more rows would help."
        }
        Along::Setting { .. } => {
            "Fits this model at several values of one setting and checks it on the same rows each time."
        }
    };
    muted_text(
        ui,
        &format!(
            "{asks} {}, about {}.",
            format::counted((fits * rounds) as u64, "fit"),
            format::duration(about)
        ),
    );
    ui.add_space(8.0);
    let reason = (!shown.same_rows)
        .then(|| "The table was read again since this training; train again".to_owned());
    let button = Button::secondary("Fit the curve")
        .icon(Icon::PLAY)
        .disabled(reason);
    if button.show(ui).clicked() {
        start(view, shown, result, along.clone());
    }
}

fn start(view: &mut View<'_>, shown: &Shown, result: &RunResult, along: Along) {
    let started = view.session.grow_curve(&shown.run, &result.learner, along);
    if let Err(error) = started {
        view.shared.problems.push(error);
    }
}

/// How far it is, how it ended, and what can be done.
fn status(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    result: &RunResult,
    board: &GrowthBoard,
    done: usize,
) {
    let wanted = board.wanted();
    if let Some(GrowthEnd::Failed(error)) = board.end() {
        error_card(ui, &error, &[]);
        ui.add_space(8.0);
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let grey = theme::tokens(ui).text.secondary;
        match board.end() {
            None => {
                let words = format!(
                    "{done} of {} measured",
                    format::counted(wanted as u64, "point")
                );
                ui.label(theme::body(&words).color(grey));
                let stop = Button::secondary("Stop and keep these points").small();
                if stop.icon(Icon::STOP).show(ui).clicked() {
                    view.session.stop_growth();
                }
            }
            Some(end) => {
                let words = match end {
                    GrowthEnd::Done => format::counted(done as u64, "point"),
                    _ => format!(
                        "Stopped after {done} of {}",
                        format::counted(wanted as u64, "point")
                    ),
                };
                ui.label(theme::body(&words).color(grey));
                if done > 0 {
                    save_buttons(ui, view, &figure(shown, board));
                }
                let reason = (!shown.same_rows).then(|| {
                    "The table was read again since this training; train again".to_owned()
                });
                let again = Button::secondary("Fit it again").small().disabled(reason);
                if again.show(ui).clicked() {
                    start(view, shown, result, board.spec.along.clone());
                }
            }
        }
    });
    if board.end().is_none() {
        ui.add_space(8.0);
        let jobs = view.session.jobs();
        let job = jobs.iter().find(|job| job.key.0 == "growth");
        let fraction = job.and_then(|job| job.progress.fraction());
        progress_bar(ui, fraction, "Fitting the curve");
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(100));
    }
}

fn figure(shown: &Shown, board: &GrowthBoard) -> Figure {
    let setting = match &board.spec.along {
        Along::Rows { .. } => None,
        Along::Setting { key, .. } => {
            let task = shown.run.result(&board.learner).map(|result| &result.task);
            let settings = task.map(|task| settings_of(&board.learner, task));
            let named = settings.unwrap_or_default().into_iter();
            let name = named.clone().find(|(known, _)| known == key);
            Some(name.map_or_else(|| key.clone(), |(_, label)| label))
        }
    };
    Figure::Growth {
        run: shown.run.id,
        learner: board.learner.clone(),
        along: board.spec.along.clone(),
        setting,
        metric: shown.metric.id.to_owned(),
    }
}
