//! The left panel: the models that are in use, and what can be done with them.

use eframe::egui::Ui;

use super::{PredictPane, scored};
use crate::base::ids::ModelId;
use crate::evaluate::metrics;
use crate::learn;
use crate::project::KeptModel;
use crate::ui::action::Action;
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::Icon;
use crate::ui::widgets::scores::{body_above_note, caption_text, inset, single_score};
use crate::ui::widgets::{ListRow, icon_button, panel_header, section_header, separator};

const NOTE: &str = "Scoring happens on this computer. Nothing is sent anywhere.";

pub(super) fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    pane: &mut PredictPane,
    chosen: Option<ModelId>,
) {
    let models = view.session.models().to_vec();
    let count = if models.is_empty() {
        String::new()
    } else {
        models.len().to_string()
    };
    panel_header(ui, "Model shelf", &count, |ui| {
        if icon_button(ui, Icon::FOLDER, "Open a model file").clicked() {
            view.act(Action::OpenModel);
        }
    });
    body_above_note(ui, "shelf", Icon::LOCK, NOTE, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(8.0);
        if models.is_empty() {
            inset(ui, 16, |ui| {
                caption_text(
                    ui,
                    "Models taken into use in Compare, or opened from a file, stand here.",
                )
            });
            return;
        }
        inset(ui, 8, |ui| {
            for kept in &models {
                let trailing = score_words(kept);
                let hint = format!("{}, predicts {}", learner_name(kept), kept.pipeline.target);
                let remove = format!("Remove {} from the shelf", kept.name);
                let actions = [(Icon::TRASH, remove.as_str())];
                let label = format!("{}, {}", kept.name, kept.pipeline.target);
                let row = ListRow::new(&label)
                    .icon(Icon::MODEL)
                    .trailing(&trailing)
                    .hint(&hint);
                let row = row.selected(chosen == Some(kept.id)).actions(&actions);
                let row = ui.push_id(kept.id.0, |ui| row.show(ui)).inner;
                if row.action.is_some() {
                    view.session.remove_model(kept.id);
                } else if row.clicked() {
                    pane.model = Some(kept.id);
                }
            }
        });
        separator(ui);
        inset(ui, 16, |ui| section_header(ui, "Score", "", None));
        inset(ui, 8, |ui| score_rows(ui, view, chosen));
    });
}

fn score_rows(ui: &mut Ui, view: &mut View<'_>, chosen: Option<ModelId>) {
    let Some(model) = chosen else { return };
    if ListRow::new("Score a file…")
        .icon(Icon::FILE)
        .show(ui)
        .clicked()
    {
        view.ask(FileQuestion::Open, Purpose::ScoreFile(model));
    }
    let reason = view
        .session
        .active()
        .is_none()
        .then_some("Open a table first");
    if ListRow::new("Score the open table")
        .icon(Icon::TABLE)
        .disabled(reason)
        .show(ui)
        .clicked()
    {
        view.session.score_open_table(model);
    }
    if let Some(file) = view.session.scored().cloned() {
        let name = scored::file_name(&file.path);
        let rows = crate::base::format::count(file.table.rows() as u64);
        ui.add_space(8.0);
        inset(ui, 8, |ui| section_header(ui, "Scored", "", None));
        let actions = [(Icon::X, "Put away")];
        let row = ListRow::new(&name)
            .icon(Icon::FILE_TEXT)
            .trailing(&rows)
            .selected(file.model == model);
        let row = row.actions(&actions).show(ui);
        if row.action.is_some() {
            view.session.clear_scored();
        }
    }
}

/// The headline score it was measured with; nothing for one that was not.
fn score_words(kept: &KeptModel) -> String {
    let record = &kept.pipeline.record;
    let headline = headline(kept).filter(|metric| record.scores.contains_key(metric.id));
    match headline.and_then(|metric| record.scores.get(metric.id)) {
        Some([mean, ..]) => single_score(*mean),
        None => String::new(),
    }
}

/// The score to look at first.
pub(super) fn headline(kept: &KeptModel) -> Option<&'static metrics::Metric> {
    let usual = metrics::headline(&kept.pipeline.task, &[]);
    if kept.pipeline.record.scores.contains_key(usual.id) {
        return Some(usual);
    }
    metrics::for_task(&kept.pipeline.task)
        .find(|metric| kept.pipeline.record.scores.contains_key(metric.id))
}

pub(super) fn learner_name(kept: &KeptModel) -> &str {
    learn::by_id(&kept.pipeline.learner)
        .map_or(kept.pipeline.learner.as_str(), |learner| learner.name())
}
