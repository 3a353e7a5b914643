//! The right panel: what the chosen learner is, its settings, its scores so far.

use eframe::egui::{Ui, vec2};

use super::board::{Board, Line, LineState};
use super::settings::{self, SettingsState};
use super::setup::dispatch_typing;
use super::tune::setup::is_tunable;
use crate::base::{Severity, format};
use crate::evaluate::guardrails::{Gap, held_back};
use crate::evaluate::{Finding, RunResult, metrics};
use crate::learn::{self, Learner, OutOfBag};
use crate::project::Command;
use crate::ui::action::WorkspaceId;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::loss_curve::loss_curve;
use crate::ui::widgets::scores::{
    body_above_note, caption_text, fact_bars, few_scores, inset, known_of, muted_text, out_of_bag,
    score_sentence, single_score,
};
use crate::ui::widgets::{
    Button, Message, act_on_finding, badge, empty_state, finding_buttons, panel_header,
    property_value, section_header, separator,
};

const NOTE: &str =
    "Finished parts are kept if you stop. Every row is checked by a model that never saw it.";
const FACTS: usize = 8;

/// What was asked for in the panel.
#[derive(Default)]
pub struct Asked {
    /// The tree of the learner on the canvas.
    pub tree: bool,
    /// What its model knows, on the canvas.
    pub inside: bool,
    /// The search for better settings, on the canvas.
    pub tune: bool,
}

pub fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    learner: Option<&str>,
    board: &Board,
    state: &mut SettingsState,
) -> Asked {
    let mut asked = Asked::default();
    let found = learner.and_then(|id| learn::by_id(id).ok());
    let Some(learner) = found else {
        panel_header(ui, "About the model", "", |_| ());
        let target = view
            .session
            .active()
            .and_then(|table| table.model.target.as_ref());
        let text = match target {
            None => "Pick what to predict first.",
            Some(_) => "It is described here once it can be trained.",
        };
        empty_state(ui, Icon::INFO, "No model yet", text, &[]);
        return asked;
    };
    let line = board.line(learner.id());
    panel_header(ui, learner.name(), "", |ui| {
        if let Some((tone, word)) = line.and_then(state_badge) {
            badge(ui, tone, word);
        }
    });
    body_above_note(ui, "model inspector", Icon::INFO, NOTE, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.add_space(12.0);
        inset(ui, 16, |ui| {
            let text = view.tokens.text.primary;
            ui.add(eframe::egui::Label::new(theme::body(learner.summary()).color(text)).wrap());
            look_inside(ui, board, learner, &mut asked);
            if let Some(line) = line {
                so_far(ui, view, board, line);
                searched(ui, view, line);
                curves(ui, view, board, line);
            }
            learner_settings(ui, view, learner, state);
            separator(ui);
            section_header(ui, "When to use it", "", None);
            muted_text(ui, learner.when_to_use());
            ui.add_space(8.0);
            section_header(ui, "When not to", "", None);
            muted_text(ui, learner.when_not_to_use());
            learned(ui, view, board, learner);
            separator(ui);
            caption_text(ui, learner.source());
            ui.add_space(16.0);
        });
    });
    asked
}

/// How the search for better settings of the learner came along in the last training.
fn searched(ui: &mut Ui, view: &View<'_>, line: &Line) {
    let rows = view
        .session
        .training()
        .filter(|training| view.session.active_id() == Some(training.table))
        .map(crate::session::TrainingBoard::rows)
        .unwrap_or_default();
    let row = rows.into_iter().find(|row| row.learner == line.learner);
    let Some(search) = row.and_then(|row| row.search) else {
        return;
    };
    separator(ui);
    let tried = format!("{} tried", format::count(search.tried as u64));
    section_header(ui, "Better settings", &tried, None);
    if let Some(best) = search.best {
        property_value(ui, "Best so far", &single_score(best), "");
    }
    if let Some(verdict) = &search.verdict {
        muted_text(ui, verdict);
    }
}

/// How the loss fell, round by round, while the learner fitted.
fn curves(ui: &mut Ui, view: &View<'_>, board: &Board, line: &Line) {
    let Some(rounds) = view
        .session
        .training()
        .filter(|training| view.session.active_id() == Some(training.table))
        .and_then(|training| training.rounds_of(&line.learner))
        .filter(|parts| parts.iter().any(|rounds| rounds.len() > 1))
    else {
        return;
    };
    separator(ui);
    let count = format!("{} of {} parts", rounds.len(), board.folds);
    section_header(ui, "Loss, round by round", &count, None);
    loss_curve(ui, &rounds);
}

/// Offers to look into the model of a learner that has been trained as it is set up now.
fn look_inside(ui: &mut Ui, board: &Board, learner: &'static dyn Learner, asked: &mut Asked) {
    let trained = board
        .run
        .as_ref()
        .is_some_and(|run| run.result(learner.id()).is_some());
    let can = learner.capabilities();
    let inside = trained && !board.outdated && !can.yardstick;
    let tunable = is_tunable(learner);
    if !inside && !tunable {
        return;
    }
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        if tunable {
            let hint = "Tries settings on the same parts and shows which are better";
            let button = Button::secondary("Tune this model").hint(hint);
            asked.tune = button.show(ui).clicked();
        }
        if !inside {
            return;
        }
        let hint = "Fits it on all rows and shows its coefficients, curves and what it learned";
        asked.inside = Button::secondary("Look inside")
            .hint(hint)
            .show(ui)
            .clicked();
        if can.one_tree {
            let hint = "Draws its questions; every box selects the rows that reach it";
            let button = Button::secondary("Look at the tree").hint(hint);
            asked.tree = button.show(ui).clicked();
        }
    });
}

fn state_badge(line: &Line) -> Option<(Tone, &'static str)> {
    match line.state {
        LineState::Planned => None,
        LineState::Waiting => Some((Tone::Neutral, "Waiting")),
        LineState::Running => Some((Tone::Accent, "Running")),
        LineState::Done { .. } => Some((Tone::Good, "Done")),
        LineState::Failed(_) => Some((Tone::Stop, "Failed")),
        LineState::Stopped => Some((Tone::Neutral, "Stopped")),
    }
}

/// Scores as far as they are known; the guessing line beside them.
fn so_far(ui: &mut Ui, view: &mut View<'_>, board: &Board, line: &Line) {
    let result = board.run.as_ref().and_then(|run| run.result(&line.learner));
    let guessing = board.run.as_ref().and_then(|run| run.result("guessing"));
    let rows = view
        .session
        .training()
        .map(crate::session::TrainingBoard::rows_of_data)
        .unwrap_or(0);
    match (result, &line.state) {
        (Some(result), _) => {
            separator(ui);
            section_header(
                ui,
                if board.outdated {
                    "Scores, older set-up"
                } else {
                    "Scores"
                },
                "",
                None,
            );
            scores(ui, result, guessing);
            property_value(ui, "Rows", &format::count(result.rows), "");
            gap(ui, view, board, result);
            if let Some(found) = left_out(view, board, &line.learner) {
                out_of_bag(ui, &found);
            }
        }
        (None, LineState::Running | LineState::Stopped) => {
            separator(ui);
            section_header(ui, "So far", "", None);
            let parts = format!("{} of {}", line.parts_done, board.folds);
            property_value(ui, "Parts checked", &parts, "");
            if let (Some(metric), Some(mean)) = (board.metric, line.mean()) {
                property_value(
                    ui,
                    metric.name,
                    &format!("about {}", single_score(mean)),
                    "",
                );
            }
            if rows > 0 {
                property_value(ui, "Rows", &format::count(rows), "");
            }
        }
        _ => {}
    }
}

/// The headline and a few more; the rest when asked for.
fn scores(ui: &mut Ui, result: &RunResult, guessing: Option<&RunResult>) {
    let has = |id: &str| result.scores.contains_key(id);
    let few = few_scores(ui, &result.task, Some(&result.headline), has);
    for metric in few.shown() {
        let Some(value) = result.scores.get(metric.id) else {
            continue;
        };
        let line = property_value(ui, metric.name, &score_sentence(value), "");
        let guess = guessing.and_then(|guess| guess.scores.get(metric.id));
        let guess = guess.map(|value| format!(". Guessing: {}", single_score(value.mean)));
        line.on_hover_text(format!("{}{}", metric.technical, guess.unwrap_or_default()));
    }
    few.more(ui);
}

/// The score on rows learned from beside the checked one; where they are far apart, what holds the
/// learner back.
fn gap(ui: &mut Ui, view: &mut View<'_>, board: &Board, result: &RunResult) {
    let Some(metric) = metrics::by_id(&result.headline) else {
        return;
    };
    let (Some(practice), Some(checked)) =
        (result.practice(metric.id), result.scores.get(metric.id))
    else {
        return;
    };
    let words = format!(
        "{} · checked {}",
        single_score(practice),
        single_score(checked.mean)
    );
    property_value(ui, "On practice rows", &words, "").on_hover_text(format!(
        "{} on rows it learned from, beside that on rows it never saw",
        metric.name
    ));
    let Some(gap) = Gap::between(metric, practice, checked.mean) else {
        return;
    };
    let tone = match gap.severity {
        Severity::Note => Tone::Note,
        _ => Tone::Caution,
    };
    ui.add_space(6.0);
    Message::new(tone, "Learned part of its practice rows by heart")
        .why(&gap.saw)
        .show(ui);
    let held = held_back(result);
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
    if held.is_empty() || board.outdated {
        return;
    }
    let finding = Finding::new(("G22", "overfitting"), gap.severity, gap.saw, "", "");
    let finding = finding.offering(held);
    ui.add_space(6.0);
    ui.spacing_mut().item_spacing.x = 8.0;
    let clicked = ui
        .horizontal_wrapped(|ui| finding_buttons(ui, view, &recipe, &finding))
        .inner;
    if let Some(action) = clicked {
        act_on_finding(ui.ctx(), view, &recipe, &finding, &action);
    }
}

/// The score on rows left out by the parts of the model, once it was fitted on all rows: when it was
/// looked into, or taken into use.
fn left_out(view: &mut View<'_>, board: &Board, learner: &str) -> Option<OutOfBag> {
    let run = board.run.clone().filter(|_| !board.outdated)?;
    let kept = view
        .session
        .models()
        .iter()
        .find(|kept| kept.run == Some(run.id) && kept.pipeline.learner == learner);
    if let Some(kept) = kept {
        return kept.pipeline.model.out_of_bag();
    }
    view.session.known_inspection(&run, learner)?.out_of_bag
}

fn learner_settings(
    ui: &mut Ui,
    view: &mut View<'_>,
    learner: &'static dyn Learner,
    state: &mut SettingsState,
) {
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
    if learner.params().is_empty() {
        return;
    }
    separator(ui);
    let own = recipe.model.learner_params(learner.id());
    let word = if own.0.is_empty() { "usual" } else { "changed" };
    section_header(ui, "Settings", word, None);
    if let Some(tuned) = recipe.model.tuned(learner.id()) {
        caption_text(ui, &tuned.sentence());
        ui.add_space(4.0);
    }
    let locked = view.session.is_training() || view.session.is_tuning();
    let specs = learner.params();
    for (key, value) in settings::show(ui, learner.id(), specs, &own, |_, _| true, locked, state) {
        let command = Command::SetLearnerParam {
            table: recipe.id,
            learner: learner.id().to_owned(),
            key,
            value,
        };
        dispatch_typing(ui, view, command);
    }
}

/// What the model that is in use learned.
fn learned(ui: &mut Ui, view: &mut View<'_>, board: &Board, learner: &'static dyn Learner) {
    let Some(run) = &board.run else { return };
    let kept = view
        .session
        .models()
        .iter()
        .find(|kept| kept.run == Some(run.id) && kept.pipeline.learner == learner.id());
    let Some(kept) = kept.map(|kept| known_of(ui, kept, FACTS)) else {
        return;
    };
    separator(ui);
    section_header(ui, "What it learned", "on all rows", None);
    muted_text(ui, &kept.0);
    ui.add_space(4.0);
    fact_bars(ui, &kept.1);
    if Button::ghost("Show it in Predict")
        .small()
        .show(ui)
        .clicked()
    {
        view.shared.go(WorkspaceId::Predict);
    }
}
