//! Beneath the leaderboard: what the chosen model gets wrong, and all of its scores.

use eframe::egui::accesskit::Role;
use eframe::egui::{Align, Layout, Rect, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::curves::{self, CurvesState, Picture, STALE, canvas};
use super::{Shown, matrix, ranking};
use crate::base::format;
use crate::evaluate::{RunResult, metrics};
use crate::session::{Figure, Slot};
use crate::ui::state::View;
use crate::ui::theme::{self, Type};
use crate::ui::widgets::plot_host::{combine_of, scene_size};
use crate::ui::widgets::scores::{caption_text, muted_text, pending, score_words, single_score};
use crate::ui::widgets::{
    Button, Message, PlotKind, PlotState, Tone, error_card, paint, progress_bar,
};

/// Wider than this, the two parts are side by side.
const SIDE_BY_SIDE: f32 = 800.0;
const GAP: f32 = 32.0;
const SCORES: f32 = 380.0;

/// True when the person wants to look into the model.
pub(super) fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    state: &mut CurvesState,
) -> bool {
    let Some(learner) = shown.chosen.clone() else {
        return false;
    };
    let Some(result) = shown.run.result(&learner).cloned() else {
        return false;
    };
    let mut inside = false;
    let width = ui.available_width();
    if width < SIDE_BY_SIDE {
        inside = picture(ui, view, shown, &learner, &result, state);
        ui.add_space(24.0);
        scores(ui, shown, &result);
        return inside;
    }
    let start = ui.cursor().min;
    let mut bottom = start.y;
    let right = SCORES.min(width * 0.4);
    let places = [
        Rect::from_min_size(start, vec2(width - right - GAP, 10_000.0)),
        Rect::from_min_size(
            pos2(start.x + width - right, start.y),
            vec2(right, 10_000.0),
        ),
    ];
    for (index, place) in places.into_iter().enumerate() {
        let layout = Layout::top_down(Align::Min);
        let mut child = ui.new_child(
            UiBuilder::new()
                .max_rect(place)
                .layout(layout)
                .id_salt(index),
        );
        child.spacing_mut().item_spacing.y = 0.0;
        if index == 0 {
            inside = picture(&mut child, view, shown, &learner, &result, state);
        } else {
            scores(&mut child, shown, &result);
        }
        bottom = bottom.max(child.min_rect().bottom());
    }
    ui.allocate_rect(
        Rect::from_min_max(start, pos2(start.x + width, bottom)),
        Sense::hover(),
    );
    inside
}

/// True when the person wants to look into the model.
fn heading(ui: &mut Ui, title: &str, shown: &Shown) -> bool {
    let ink = theme::tokens(ui).text.primary;
    ui.horizontal(|ui| {
        ui.label(theme::heading(title).color(ink));
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| look_inside(ui, shown)).inner
    })
    .inner
}

/// The way into the chosen model, and why it is closed.
fn look_inside(ui: &mut Ui, shown: &Shown) -> bool {
    if super::inspected(shown).is_none() {
        return false;
    }
    let reason = (!shown.same_rows).then(|| {
        format!(
            "{} was read again since this training; train again to look into its models",
            shown.run.source_name
        )
    });
    let hint = "Fits it on all rows and shows its coefficients, curves and what it learned";
    let button = Button::secondary("Look inside").hint(hint).disabled(reason);
    button.show(ui).clicked()
}

fn picture(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    learner: &str,
    result: &RunResult,
    state: &mut CurvesState,
) -> bool {
    let (name, task) = (ranking::name_of(learner), &result.task);
    let what = curves::title(state.picture(task), task);
    let inside = heading(ui, &format!("{name}, {what}"), shown);
    ui.add_space(8.0);
    curves::chips(ui, state, task);
    match state.picture(task) {
        Picture::Answers => {
            let figure = Figure::Answers {
                run: shown.run.id,
                learner: learner.to_owned(),
            };
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                curves::save_buttons(ui, view, &figure);
            });
            ui.add_space(8.0);
            if task.is_classes() {
                confusion(ui, view, shown, learner);
            } else {
                numbers(ui, view, shown, learner, &mut state.plot);
            }
        }
        Picture::Curve(kind) => curves::show(ui, view, shown, result, kind, state),
        fitted => curves::fitted(ui, view, shown, result, fitted, state),
    }
    inside
}

fn confusion(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, learner: &str) {
    let slot = view.session.confusion(&shown.run, learner);
    if let Some(error) = slot.error() {
        error_card(ui, error, &[]);
        return;
    }
    let Some(found) = slot.shown().cloned() else {
        pending(ui, "confusion", 5);
        return;
    };
    let right = format!(
        "{} of {} check rows right, {}.",
        format::count(found.right()),
        format::count(found.total()),
        format::share(found.right() as f64 / found.total().max(1) as f64)
    );
    about_rows(
        ui,
        shown,
        &right,
        "Click a cell to select its rows everywhere.",
    );
    if let Slot::Stale(_, progress) = &slot {
        progress_bar(ui, progress.fraction(), "Counting");
    }
    ui.add_space(10.0);
    let selected = view
        .session
        .selection()
        .map(|selection| selection.sentence.clone());
    let clicked = ui
        .add_enabled_ui(shown.same_rows, |ui| {
            if !shown.same_rows {
                ui.multiply_opacity(STALE);
            }
            matrix::show(ui, &found, selected.as_deref())
        })
        .inner;
    if let Some((actual, predicted)) = clicked {
        let how = combine_of(ui);
        view.session
            .select_confused(&shown.run, learner, actual, predicted, how);
    }
}

/// What the picture says, and how its rows are selected or why they cannot be.
fn about_rows(ui: &mut Ui, shown: &Shown, says: &str, how: &str) {
    if shown.same_rows {
        muted_text(ui, &format!("{says} {how}"));
        return;
    }
    muted_text(ui, says);
    ui.add_space(8.0);
    Message::new(Tone::Caution, "These results belong to the data as it was")
        .why(&format!(
            "{} was read again since this training, and its rows are others now.",
            shown.run.source_name
        ))
        .hint("Train again to select rows.")
        .show(ui);
}

fn numbers(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, learner: &str, state: &mut PlotState) {
    if let Slot::Ready(found) = view.session.predicted_actual(&shown.run, learner) {
        about_rows(
            ui,
            shown,
            &found.residuals.sentence(),
            "Drag over the chart to select rows.",
        );
    }
    ui.add_space(8.0);
    let height = curves::height(ui);
    let outer = vec2(ui.available_width(), height);
    let slot = view.session.predicted_actual_scene(
        &shown.run,
        learner,
        scene_size(outer, PlotKind::Full),
        state.view,
        view.tokens.dark,
    );
    if let Some(error) = slot.error() {
        error_card(ui, error, &[]);
        return;
    }
    let Some(scene) = slot.shown().cloned() else {
        pending(ui, "predicted actual", 8);
        return;
    };
    let id = ("predicted actual", "");
    let picked = canvas(ui, view, shown.same_rows, id, &scene, state, height);
    if let Some((brush, combine)) = picked {
        view.session
            .select_predicted(&shown.run, learner, brush, combine);
    }
}

/// Every score of the model with Guessing's beside it.
fn scores(ui: &mut Ui, shown: &Shown, result: &RunResult) {
    let tokens = theme::tokens(ui);
    let ink = theme::tokens(ui).text.primary;
    ui.label(theme::heading("All scores").color(ink));
    let guessing = shown.run.result("guessing");
    let grey = tokens.text.secondary;
    let (_, head) = ui.allocate_space(vec2(ui.available_width(), 28.0));
    let y = head.center().y;
    let (score_right, guess_right) = (head.right() - 76.0, head.right());
    paint::text_right(
        ui.painter(),
        pos2(score_right, y),
        "Score",
        Type::Caption,
        grey,
        120.0,
    );
    paint::text_right(
        ui.painter(),
        pos2(guess_right, y),
        "Guessing",
        Type::Caption,
        grey,
        76.0,
    );
    let line = Stroke::new(1.0, tokens.border.subtle);
    ui.painter()
        .hline(head.x_range(), head.bottom() - 0.5, line);
    for metric in metrics::for_task(&result.task) {
        let wanted = vec2(ui.available_width(), 40.0);
        let response = paint::allocate(ui, wanted, Sense::hover(), true);
        let rect = response.rect;
        let y = rect.center().y;
        let room = rect.width() - 76.0 - 116.0;
        let judged = metric.id == shown.metric.id;
        let style = if judged { Type::BodyStrong } else { Type::Body };
        let left = rect.left();
        paint::text_left(
            ui.painter(),
            pos2(left, y - 8.0),
            metric.name,
            style,
            tokens.text.primary,
            room,
        );
        let better = if metric.higher_is_better {
            "higher is better"
        } else {
            "lower is better"
        };
        let technical = match result.scores.contains_key(metric.id) {
            true => format!("{}, {better}", metric.technical),
            false => ranking::not_defined(result, metric),
        };
        paint::text_left(
            ui.painter(),
            pos2(left, y + 8.0),
            &technical,
            Type::Caption,
            grey,
            room,
        );
        let (mean, margin) = match result.scores.get(metric.id) {
            Some(value) => {
                let (mean, margin) = score_words(value);
                (mean, format!(" ± {margin}"))
            }
            None => ("not defined".to_owned(), String::new()),
        };
        let spoken_reason = match result.scores.contains_key(metric.id) {
            true => String::new(),
            false => format!(", {}", ranking::not_defined(result, metric)),
        };
        let place = pos2(score_right, y);
        let (drawn, _) = paint::text_right(ui.painter(), place, &margin, Type::Number, grey, 80.0);
        let place = pos2(score_right - drawn, y);
        paint::text_right(
            ui.painter(),
            place,
            &mean,
            Type::NumberStrong,
            tokens.text.primary,
            96.0,
        );
        let guess = guessing
            .and_then(|guess| guess.scores.get(metric.id))
            .map_or_else(|| "–".to_owned(), |value| single_score(value.mean));
        paint::text_right(
            ui.painter(),
            pos2(guess_right, y),
            &guess,
            Type::Number,
            grey,
            68.0,
        );
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, line);
        let spoken = format!(
            "{}: {mean}{margin}{spoken_reason}, Guessing {guess}",
            metric.name
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        let mut about = format!("{} ({}). {}", metric.name, metric.technical, metric.says);
        if !result.scores.contains_key(metric.id) {
            about = format!("{about}\n{}", ranking::not_defined(result, metric));
        }
        response.on_hover_text(about);
    }
    ui.add_space(8.0);
    let split = shown.run.split.sentence(shown.run.folds as usize);
    caption_text(ui, &format!("{split}. Scores with their 95\u{a0}% range."));
}
