//! The sealed rows: how many there are, the one button that opens them, and what came of it.

use eframe::egui::{Label, Ui};

use super::{Shown, ranking};
use crate::base::format;
use crate::base::ids::ModelId;
use crate::data::calendar;
use crate::project::{Opening, Run};
use crate::session::Notice;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{caption_text, muted_text};
use crate::ui::widgets::{Button, Dialog, DialogAction, DialogButton, TextField, badge_icon, card};

/// The question before the sealed rows are opened.
#[derive(Default)]
pub struct ExamState {
    /// The run whose question is open.
    asking: Option<ModelId>,
    reason: String,
}

/// What a run trained after an opening is marked with.
pub const AFTER: &str = "after opening";

/// The card under the leaderboard. Nothing where the run was made before rows were sealed and no
/// opening is known.
pub(super) fn show(ui: &mut Ui, view: &mut View<'_>, shown: &Shown, state: &mut ExamState) {
    let openings: Vec<Opening> = view.session.openings_here().into_iter().cloned().collect();
    let earlier = of_earlier_data(view, &shown.run, openings.len());
    card(ui, |ui| {
        ui.set_width(ui.available_width());
        heading(ui, view, &shown.run, &openings);
        if earlier > 0 {
            let times = format::counted(earlier, "time");
            muted_text(
                ui,
                &format!(
                    "Rows of earlier data were opened {times}; those sealed now may hold some of them."
                ),
            );
        }
        for opening in &openings {
            told(ui, view, opening);
        }
        if shown.run.seal.is_none() || shown.run.sealed == 0 {
            return;
        }
        ui.add_space(8.0);
        open_button(ui, view, shown, openings.is_empty(), state);
    });
    ui.add_space(16.0);
    if state.asking == Some(shown.run.id) {
        ask(ui, view, shown, &openings, state);
    }
}

/// Openings of the same question on data that were read before.
fn of_earlier_data(view: &View<'_>, run: &Run, here: usize) -> u64 {
    let same = |opening: &&Opening| opening.table == run.table && opening.target == run.plan.target;
    let all = view.session.openings().iter().filter(same).count();
    all.saturating_sub(here) as u64
}

/// A day as people write it: "22 Nov 2026".
fn date_words(seconds: u64) -> String {
    let (year, month, day) = calendar::date_from_days((seconds / 86_400) as i64);
    format!("{day} {} {year}", calendar::short_month(month))
}

fn heading(ui: &mut Ui, view: &View<'_>, run: &Run, openings: &[Opening]) {
    let tokens = view.tokens;
    let (icon, title) = match (&run.seal, run.sealed) {
        (None, _) => (Icon::UNLOCK, "No rows were kept for a last exam".to_owned()),
        (Some(_), 0) => (Icon::UNLOCK, "Too few rows to seal".to_owned()),
        (Some(_), rows) => {
            let icon = if openings.is_empty() {
                Icon::LOCK
            } else {
                Icon::UNLOCK
            };
            let verb = match (rows, openings.is_empty()) {
                (1, true) => "is",
                (_, true) => "are",
                (1, false) => "was",
                (_, false) => "were",
            };
            (
                icon,
                format!("{} {verb} sealed", format::counted(rows, "row")),
            )
        }
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.label(icon.text(size::ICON).color(tokens.text.secondary));
        ui.label(theme::body_strong(title).color(tokens.text.primary));
        if let Some(last) = openings.last() {
            let words = format!(
                "Opened {}×, {}, by {}",
                openings.len(),
                date_words(last.opened_at),
                last.by
            );
            badge_icon(ui, Tone::Note, Icon::UNLOCK, &words);
        }
        if run.after_openings > 0 {
            badge_icon(ui, Tone::Caution, Icon::WARNING, AFTER).on_hover_text(
                "These models were trained after the sealed rows had been opened: chosen after seeing the exam",
            );
        }
    });
    let words = match (&run.seal, run.sealed) {
        (None, _) => {
            "These models were trained before rows were sealed: they learned from all rows, and every row was checked. Choose the target again and train to seal some."
        }
        (Some(_), 0) => {
            "Every row was practised on and checked. With so few rows a last exam would say little; checking every row several times says more."
        }
        _ if openings.is_empty() => {
            "No model, chart or check has used their answers. Open them when every decision is made: they are the last exam."
        }
        _ => return,
    };
    muted_text(ui, words);
}

/// One opening: model, score with interval, what was expected, Guessing, rows.
fn told(ui: &mut Ui, view: &View<'_>, opening: &Opening) {
    let Some(metric) = opening.exam.metric() else {
        return;
    };
    ui.add_space(6.0);
    let name = ranking::name_of(&opening.learner);
    ui.label(theme::body_medium(name).color(view.tokens.text.primary));
    let words = opening.exam.sentence(metric);
    ui.add(Label::new(theme::body(words).color(view.tokens.text.primary)).wrap());
    if let Some(reason) = &opening.reason {
        caption_text(ui, &format!("Opened once more because: {reason}."));
    }
}

fn open_button(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    first: bool,
    state: &mut ExamState,
) {
    let reason = match &shown.chosen {
        Some(learner) if ranking::is_yardstick(learner) => {
            Some("Choose a model: a yardstick is there to compare with".to_owned())
        }
        Some(_) => view.session.cannot_open(&shown.run),
        None => Some("Choose a model first".to_owned()),
    };
    let button = match first {
        true => Button::secondary("Open the sealed rows (once)…").icon(Icon::UNLOCK),
        false => Button::secondary("Open them once more…").small(),
    };
    let busy = view.session.is_opening_seal();
    if button.busy(busy).disabled(reason).show(ui).clicked() {
        state.asking = Some(shown.run.id);
        state.reason.clear();
    }
}

/// The question, and with a yes the exam.
fn ask(ui: &Ui, view: &mut View<'_>, shown: &Shown, openings: &[Opening], state: &mut ExamState) {
    let Some(learner) = shown.chosen.clone() else {
        state.asking = None;
        return;
    };
    let name = ranking::name_of(&learner);
    let rows = format::counted(shown.run.sealed, "row");
    let again = !openings.is_empty();
    let text = match again {
        false => format!(
            "{name} and Guessing are scored once on {rows} that nothing was learned from. After this you cannot unsee it: models you make later will be marked as chosen after seeing the exam."
        ),
        true => format!(
            "The {rows} were opened before. A score of {name} on them now is no exam any more: it is chosen after seeing the first one. Both stay in the record, with your reason."
        ),
    };
    let missing = again && state.reason.trim().is_empty();
    let buttons = [
        DialogButton::safe("Not yet"),
        DialogButton::primary(if again { "Open once more" } else { "Open once" })
            .disabled(missing.then(|| "Write the reason first".to_owned())),
    ];
    let title = match again {
        false => "Open the sealed rows?",
        true => "Open the sealed rows once more?",
    };
    let answer = Dialog::new("open seal", title)
        .text(&text)
        .buttons(&buttons)
        .show(ui.ctx(), |ui| {
            if again {
                TextField::new("Reason for opening once more")
                    .hint("Why? It is kept in the project")
                    .width(ui.available_width())
                    .show(ui, &mut state.reason);
            }
        });
    match answer {
        None => return,
        Some(DialogAction::Button(1)) if !missing => {
            let reason = again.then(|| state.reason.clone());
            if let Err(error) = view.session.open_seal(&shown.run, &learner, reason) {
                view.session.notice(Notice::Problem(error));
            }
        }
        Some(_) => {}
    }
    state.asking = None;
}
