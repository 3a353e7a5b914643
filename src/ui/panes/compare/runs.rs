//! The left panel: trainings of this table, and which of their models are compared.

use std::sync::Arc;

use eframe::egui::Ui;

use super::{ComparePane, Shown, ranking};
use crate::base::format;
use crate::project::{Run, places};
use crate::ui::action::{Action, WorkspaceId};
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::Icon;
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{ago_words, body_above_note, caption_text, inset};
use crate::ui::widgets::{Button, ListRow, icon_button, panel_header, section_header, separator};

const NOTE: &str =
    "Scores come from check rows only: each row is judged by a model that never saw it.";

pub fn show(ui: &mut Ui, view: &mut View<'_>, pane: &mut ComparePane, shown: Option<&Shown>) {
    let count = shown.map_or(0, |shown| models(&shown.run).count());
    let count = if count > 0 {
        count.to_string()
    } else {
        String::new()
    };
    panel_header(ui, "Models", &count, |ui| {
        if icon_button(ui, Icon::PLUS, "Train more models").clicked() {
            view.act(Action::Go(WorkspaceId::Model));
        }
    });
    let Some(shown) = shown else {
        ui.add_space(12.0);
        inset(ui, 16, |ui| {
            caption_text(ui, "The models of every training are listed here.");
        });
        return;
    };
    body_above_note(ui, "compare runs", Icon::INFO, NOTE, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(8.0);
        inset(ui, 8, |ui| {
            for learner in models(&shown.run) {
                learner_row(ui, pane, shown, &learner);
            }
        });
        separator(ui);
        inset(ui, 16, |ui| section_header(ui, "Yardsticks", "", None));
        inset(ui, 8, |ui| {
            for result in &shown.run.results {
                if ranking::is_yardstick(&result.learner) {
                    learner_row(ui, pane, shown, &result.learner.clone());
                }
            }
        });
        separator(ui);
        all_runs(ui, view, pane, shown);
        ui.add_space(16.0);
    });
}

/// Learners of a run that are no yardsticks, the failed ones last.
fn models(run: &Run) -> impl Iterator<Item = String> + '_ {
    let done = run.results.iter().map(|result| &result.learner);
    let failed = run.failures.iter().map(|(learner, _)| learner);
    done.chain(failed)
        .filter(|learner| !ranking::is_yardstick(learner))
        .cloned()
}

fn learner_row(ui: &mut Ui, pane: &mut ComparePane, shown: &Shown, learner: &str) {
    let name = ranking::name_of(learner);
    if let Some((_, error)) = shown
        .run
        .failures
        .iter()
        .find(|(failed, _)| failed == learner)
    {
        let why = format!("{}: {}", error.what, error.why);
        ListRow::new(name)
            .muted(true)
            .icon(Icon::STOP)
            .badge(Tone::Stop, "failed")
            .hint(&why)
            .show(ui);
        return;
    }
    let mut on = !pane.hidden.contains(learner);
    let mut row = ListRow::new(name)
        .check(&mut on)
        .selected(shown.chosen.as_deref() == Some(learner));
    if shown.ranking.comparison.recommended.as_deref() == Some(learner) {
        row = row.mark(Icon::STAR);
    }
    let row = row.show(ui);
    if row.checked {
        if on {
            pane.hidden.remove(learner);
        } else {
            pane.hidden.insert(learner.to_owned());
        }
    } else if row.clicked() {
        pane.chosen = Some(learner.to_owned());
        pane.reset_plots();
    }
}

fn all_runs(ui: &mut Ui, view: &mut View<'_>, pane: &mut ComparePane, shown: &Shown) {
    let table = shown.run.table;
    let runs: Vec<Arc<Run>> = view
        .session
        .runs()
        .iter()
        .filter(|run| run.table == table)
        .cloned()
        .collect();
    let mark = view.session.data_mark();
    let now = places::now();
    let several = runs.len() > 1;
    let count = runs.len().to_string();
    inset(ui, 16, |ui| section_header(ui, "Trainings", &count, None));
    inset(ui, 8, |ui| {
        for (index, run) in runs.iter().enumerate().rev() {
            let outdated = mark.is_some_and(|mark| mark != run.data);
            let label = format!("{}, {}", index + 1, run.plan.target);
            let ago = ago_words(run.trained_at, now);
            let hint = hint(run, &ago);
            let mut row = ListRow::new(&label)
                .icon(Icon::HISTORY)
                .hint(&hint)
                .selected(run.id == shown.run.id);
            row = if outdated {
                row.muted(true).badge(Tone::Neutral, "out of date")
            } else if run.after_openings > 0 {
                row.badge(Tone::Caution, super::exam::AFTER)
            } else {
                row.trailing(&ago)
            };
            let mut ticked = pane.ticked.contains(&run.id);
            if several {
                row = row.check(&mut ticked);
            }
            let row = ui.push_id(run.id.0, |ui| row.show(ui)).inner;
            if row.checked {
                match ticked {
                    true => pane.ticked.insert(run.id),
                    false => pane.ticked.remove(&run.id),
                };
            } else if row.clicked() {
                pane.run = Some(run.id);
                pane.chosen = None;
                pane.reset_plots();
                pane.side_by_side = false;
            }
            if outdated {
                why_out_of_date(ui, view, run, several);
            }
        }
    });
    leave(ui, view, pane, &runs);
}

/// Why a training is out of date, under its row: grey alone would not say it.
fn why_out_of_date(ui: &mut Ui, view: &mut View<'_>, run: &Run, checked: bool) {
    let reasons = reasons(view, run);
    let Some(first) = reasons.first() else {
        return;
    };
    let text = match reasons.len() {
        1 => format!("Since then: {first}"),
        count => format!("Since then: {first}, and {} more", count - 1),
    };
    let indent = if checked { 32.0 } else { 8.0 };
    ui.horizontal(|ui| {
        ui.add_space(indent);
        ui.vertical(|ui| {
            caption_text(ui, &text);
            ui.add_space(4.0);
        });
    })
    .response
    .on_hover_text(reasons.join(". "));
}

/// What was changed since a training, a sentence each.
pub(super) fn reasons(view: &mut View<'_>, run: &Run) -> Vec<String> {
    let changes = view.session.changed_since(run);
    changes
        .into_iter()
        .map(|change| {
            format!(
                "{}: {}",
                change.topic.name().to_lowercase(),
                change.sentence
            )
        })
        .collect()
}

/// The trainings to put side by side, oldest first, with their names in the list: those that are
/// ticked, otherwise the shown one and the one before it.
pub(super) fn side_by_side(
    view: &View<'_>,
    pane: &ComparePane,
    shown: &Shown,
) -> Vec<(String, Arc<Run>)> {
    let runs = view.session.runs().iter();
    let of_table: Vec<(String, Arc<Run>)> = runs
        .filter(|run| run.table == shown.run.table)
        .enumerate()
        .map(|(index, run)| ((index + 1).to_string(), run.clone()))
        .collect();
    let ticked: Vec<(String, Arc<Run>)> = of_table
        .iter()
        .filter(|(_, run)| pane.ticked.contains(&run.id))
        .cloned()
        .collect();
    if ticked.len() > 1 {
        return ticked;
    }
    let other = ticked
        .first()
        .map(|(_, run)| run.id)
        .filter(|id| *id != shown.run.id);
    let place = of_table.iter().position(|(_, run)| run.id == shown.run.id);
    let place = place.unwrap_or(0);
    let before = if place == 0 { 1 } else { place - 1 };
    of_table
        .into_iter()
        .enumerate()
        .filter(|(index, (_, run))| {
            *index == place
                || match other {
                    Some(other) => run.id == other,
                    None => *index == before,
                }
        })
        .map(|(_, run)| run)
        .collect()
}

/// Under the list: trainings side by side, and the log of all of them.
fn leave(ui: &mut Ui, view: &mut View<'_>, pane: &mut ComparePane, runs: &[Arc<Run>]) {
    inset(ui, 16, |ui| {
        ui.add_space(8.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        let alone = (runs.len() < 2).then(|| "There is one training only".to_owned());
        let ticked = pane.ticked.len();
        let hint = match ticked {
            0 | 1 => {
                "The shown training and the one before it, side by side; tick others in the list"
            }
            _ => "The ticked trainings side by side",
        };
        let button = Button::secondary("What changed")
            .icon(Icon::COMPARE)
            .disabled(alone)
            .hint(hint);
        if button.show(ui).clicked() {
            pane.side_by_side = true;
        }
        let hint = "Every training with its data, steps, columns, settings, scores and times, as CSV or JSON";
        if Button::secondary("Save run log…")
            .hint(hint)
            .show(ui)
            .clicked()
        {
            let name = "benchtop-runs.csv".to_owned();
            view.ask(FileQuestion::SaveRunLog { name }, Purpose::SaveRunLog);
        }
    });
}

fn hint(run: &Run, ago: &str) -> String {
    let rows = run.results.first().map_or(0, |result| result.rows);
    let stopped = if run.stopped {
        ", stopped before the end"
    } else {
        ""
    };
    let sealed = match (&run.seal, run.sealed) {
        (None, _) => " None were sealed.".to_owned(),
        (Some(_), 0) => String::new(),
        (Some(_), rows) => format!(" {} sealed.", format::count(rows)),
    };
    let moment = run.moment.as_deref().unwrap_or("not said");
    format!(
        "{} for {} from {}, {}.{sealed} {}. Moment of prediction: {moment}. Seed {}, {ago}{stopped}",
        format::counted(models(run).count() as u64, "model"),
        run.plan.target,
        format::counted(run.plan.features.len() as u64, "column"),
        format::counted(rows, "row"),
        run.split.sentence(run.folds as usize),
        run.seed
    )
}
