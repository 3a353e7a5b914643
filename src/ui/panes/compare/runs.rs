//! The left panel: trainings of this table, and which of their models are compared.

use eframe::egui::Ui;

use super::{ComparePane, Shown, ranking};
use crate::base::format;
use crate::project::{Run, places};
use crate::ui::action::{Action, WorkspaceId};
use crate::ui::state::View;
use crate::ui::theme::Icon;
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{ago_words, body_above_note, caption_text, inset};
use crate::ui::widgets::{ListRow, icon_button, panel_header, section_header, separator};

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
    let runs: Vec<_> = view
        .session
        .runs()
        .iter()
        .filter(|run| run.table == table)
        .cloned()
        .collect();
    let mark = view.session.data_mark();
    let now = places::now();
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
                row.muted(true).badge(Tone::Neutral, "older data")
            } else if run.after_openings > 0 {
                row.badge(Tone::Caution, super::exam::AFTER)
            } else {
                row.trailing(&ago)
            };
            let row = ui.push_id(run.id.0, |ui| row.show(ui)).inner;
            if row.clicked() {
                pane.run = Some(run.id);
                pane.chosen = None;
                pane.reset_plots();
            }
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
