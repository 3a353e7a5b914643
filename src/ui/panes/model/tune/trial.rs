//! The right panel while tuning: one trial, what it is worth, and the way to keep it.

use eframe::egui::Ui;

use super::draft::value_words;
use crate::base::{ParamValue, Params, format};
use crate::evaluate::tuning::{Trial, TrialState, Tuning};
use crate::learn::{self, Learner};
use crate::project::Command;
use crate::session::TuningBoard;
use crate::ui::action::Action;
use crate::ui::state::View;
use crate::ui::theme::Icon;
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{body_above_note, caption_text, inset, muted_text};
use crate::ui::widgets::{
    Button, badge, empty_state, error_card, panel_header, property_value, section_header, separator,
};

const NOTE: &str = "The best of many scores on the same rows looks better than it is. Trained again with other rows set aside, expect a little less.";
/// Letters of a value and what is usual that stand beside each other.
const LONGEST_PAIR: usize = 18;
/// A gap larger than so many half-widths of the interval is worth a word.
const LARGE_GAP: f64 = 2.0;

pub fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    learner: &str,
    board: Option<&TuningBoard>,
    found: Option<&Tuning>,
    chosen: Option<usize>,
) {
    let number = chosen.or(found.map(|found| found.best));
    let trial = found
        .zip(number)
        .and_then(|(found, number)| found.trials.get(number));
    let (Some(board), Some(found), Some(trial), Ok(learner)) =
        (board, found, trial, learn::by_id(learner))
    else {
        panel_header(ui, "About a trial", "", |_| ());
        let text =
            "Its score, what differs from the learner's own settings, and the way to keep it.";
        empty_state(ui, Icon::INFO, "No trial yet", text, &[]);
        return;
    };
    let best = trial.number == found.best && trial.state == TrialState::Done;
    panel_header(ui, &format!("Trial {}", trial.number + 1), "", |ui| {
        let (tone, word) = match &trial.state {
            TrialState::Failed(_) => (Tone::Stop, "Failed"),
            TrialState::Stopped => (Tone::Neutral, "Not finished"),
            TrialState::Running => (Tone::Accent, "Running"),
            TrialState::Dropped => (Tone::Neutral, "Dropped early"),
            TrialState::Done if best => (Tone::Good, "Best"),
            TrialState::Done => (Tone::Neutral, "Measured"),
        };
        badge(ui, tone, word);
        if trial.number == 0 {
            badge(ui, Tone::Neutral, "Own settings");
        }
    });
    body_above_note(ui, "trial", Icon::INFO, NOTE, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.add_space(12.0);
        inset(ui, 16, |ui| {
            if let TrialState::Failed(error) = &trial.state {
                error_card(ui, error, &[]);
                ui.add_space(8.0);
            }
            worth(ui, found, trial);
            ui.add_space(8.0);
            ui.horizontal_wrapped(|ui| keep_buttons(ui, view, learner, board, trial, false));
            separator(ui);
            settings(ui, learner, found, trial);
            separator(ui);
            parts(ui, found, trial);
            ui.add_space(16.0);
        });
    });
}

/// Its score beside what it is to be held against.
fn worth(ui: &mut Ui, found: &Tuning, trial: &Trial) {
    caption_text(ui, &super::made::metric_words(found));
    property_value(ui, "On check rows", &trial.shown_score(), "");
    if let Some(usual) = found
        .usual_trial()
        .filter(|usual| usual.number != trial.number)
    {
        property_value(ui, "Own settings", &usual.shown_score(), "");
    }
    if let Some(guessing) = &found.guessing {
        property_value(ui, "Guessing", &guessing.shown_score(), "");
    }
    if let Some(training) = trial.training {
        property_value(ui, "On practice rows", &format::number(training, 3), "");
    }
    if let Some(gap) = trial.gap(found.higher_is_better) {
        property_value(ui, "Better there by", &format::number(gap, 2), "");
        if trial.margin.is_some_and(|margin| gap > LARGE_GAP * margin) {
            caption_text(
                ui,
                "It knows its practice rows far better than new ones: part of it is learned by heart.",
            );
        }
    }
    property_value(ui, "Rows", &format::count(found.rows), "");
    let seconds = std::time::Duration::from_secs_f64(trial.fit_seconds().clamp(0.0, 1e9));
    property_value(ui, "Fitting took", &format::duration(seconds), "in all");
    let remark = trial.remark();
    if !remark.is_empty() && !matches!(trial.state, TrialState::Failed(_)) && trial.number > 0 {
        caption_text(ui, &format!("It was {remark}."));
    }
}

/// Keeps the settings of a trial, and trains with them. `main`: the one place where this is what
/// the page is about.
pub fn keep_buttons(
    ui: &mut Ui,
    view: &mut View<'_>,
    learner: &'static dyn Learner,
    board: &TuningBoard,
    trial: &Trial,
    main: bool,
) {
    ui.spacing_mut().item_spacing = eframe::egui::vec2(8.0, 8.0);
    let in_use = is_in_use(view, learner, board, trial);
    let reason = match &trial.state {
        TrialState::Failed(_) => Some("These settings cannot be fitted".to_owned()),
        TrialState::Running => Some("It is not measured yet".to_owned()),
        _ if in_use => Some("The learner is set up like this already".to_owned()),
        _ => None,
    };
    let words = if main {
        "Keep the best settings"
    } else {
        "Keep these settings"
    };
    let keep = match main && !in_use {
        true => Button::primary(words),
        false => Button::secondary(words),
    };
    let hint = "Sets the learner up like this; can be undone";
    if keep.hint(hint).disabled(reason).show(ui).clicked()
        && let Err(error) = view.session.keep_trial_of(board, Some(trial.number))
    {
        view.session.notice(crate::session::Notice::Problem(error));
    }
    if !in_use {
        return;
    }
    badge(ui, Tone::Good, "in use");
    if !main {
        return;
    }
    let hint = "Trains the ticked models, this one among them";
    let reason = view
        .session
        .is_tuning()
        .then(|| "Tuning is going on".to_owned());
    let train = Button::primary("Train with them").icon(Icon::PLAY);
    if train.hint(hint).disabled(reason).show(ui).clicked() {
        train_with(view, learner, board);
    }
}

/// The learner is ticked where it was not.
fn train_with(view: &mut View<'_>, learner: &'static dyn Learner, board: &TuningBoard) {
    let ticked = view
        .session
        .active()
        .is_some_and(|recipe| recipe.model.is_ticked(learner.id()));
    if !ticked {
        view.dispatch(Command::TickLearner {
            table: board.table,
            learner: learner.id().to_owned(),
            ticked: true,
        });
    }
    view.act(Action::Train);
}

/// Whether a learner is set up as in a trial.
fn is_in_use(view: &View<'_>, learner: &dyn Learner, board: &TuningBoard, trial: &Trial) -> bool {
    let Some(recipe) = view.session.document().table(board.table) else {
        return false;
    };
    let defaults = Params::defaults(learner.params());
    let mut kept = trial.params.clone();
    kept.0.retain(|key, value| defaults.get(key) != Some(value));
    recipe.model.learner_params(learner.id()) == kept
}

/// What was searched, beside the learner's own where that differs.
fn settings(ui: &mut Ui, learner: &'static dyn Learner, found: &Tuning, trial: &Trial) {
    let defaults = Params::defaults(learner.params());
    let spec_of = |key: &str| learner.params().iter().find(|spec| spec.key == key);
    let changed = trial
        .params
        .0
        .iter()
        .filter(|(key, value)| defaults.get(key) != Some(value))
        .count();
    section_header(ui, "Settings", &format!("{changed} not as usual"), None);
    let line = |ui: &mut Ui, key: &str, value: &ParamValue| {
        let spec = spec_of(key);
        let label = spec.map_or(key, |spec| spec.label);
        let usual = defaults.get(key).filter(|usual| *usual != value);
        let detail = usual.map_or_else(String::new, |usual| {
            format!("usual {}", value_words(spec, usual))
        });
        let words = value_words(spec, value);
        let help = spec.map_or("", |spec| spec.help);
        // The value itself is never cut for what is usual.
        let fits = words.chars().count() + detail.chars().count() <= LONGEST_PAIR;
        let beside = if fits { detail.as_str() } else { "" };
        let shown = property_value(ui, label, &words, beside);
        shown.on_hover_text(match fits {
            true => help.to_owned(),
            false => format!("{help}\n{detail}"),
        });
    };
    for dimension in &found.space.dimensions {
        match trial.values.get(&dimension.key) {
            Some(value) => line(ui, &dimension.key, value),
            None => {
                property_value(ui, &dimension.label, "not used", "");
            }
        }
    }
    for (key, value) in &found.space.fixed.0 {
        line(ui, key, value);
    }
}

/// The score on every part.
fn parts(ui: &mut Ui, found: &Tuning, trial: &Trial) {
    let count = format!("{} of {}", trial.folds.len(), found.folds);
    section_header(ui, "Parts checked", &count, None);
    if trial.share < 1.0 {
        muted_text(
            ui,
            &format!(
                "Learned from {} of the rows only.",
                format::share(trial.share)
            ),
        );
    }
    for fold in &trial.folds {
        let score = fold
            .score
            .map_or_else(|| "no score".to_owned(), |score| format::number(score, 4));
        let practice = fold.training.map_or_else(String::new, |training| {
            format!("practice {}", format::number(training, 3))
        });
        property_value(ui, &format!("Part {}", fold.fold + 1), &score, &practice);
    }
}
