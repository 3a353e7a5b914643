//! The Predict workspace: models in use, scoring a file, taking a model elsewhere.

mod card;
mod mapping;
mod scored;
mod shelf;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Ui;

use super::Pane;
use crate::base::ids::ModelId;
use crate::project::KeptModel;
use crate::session::ScoredFile;
use crate::ui::action::{Action, WorkspaceId};
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::text;
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::inspect::{InspectPage, Subject};
use crate::ui::widgets::{Button, GridState, empty_state, panel_header, progress_bar};

#[derive(Default)]
pub struct PredictPane {
    /// None: the model kept last.
    model: Option<ModelId>,
    /// Models there were in the last frame: a new one is shown at once.
    known: usize,
    grid: GridState,
    /// Columns of the grid that were seen in the last frame.
    seen: Vec<usize>,
    /// Column the model expects → column of the file, while they do not fit.
    mapping: BTreeMap<String, String>,
    mapping_of: Option<(ModelId, PathBuf)>,
    /// The chosen model is looked into.
    inside: bool,
    page: InspectPage,
}

impl Pane for PredictPane {
    fn id(&self) -> WorkspaceId {
        WorkspaceId::Predict
    }

    fn left_width(&self) -> f32 {
        size::LEFT_PANEL
    }

    fn left(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let chosen = self.chosen(view).map(|kept| kept.id);
        shelf::show(ui, view, self, chosen);
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let chosen = self.chosen(view);
        view.shared.scoring = chosen.as_ref().map(|kept| kept.id);
        let Some(kept) = chosen else {
            panel_header(ui, "Predict", "", |_| ());
            no_model(ui, view);
            return;
        };
        if self.inside {
            if self.page.show(ui, view, &Subject::Model(kept.id)) {
                self.inside = false;
            }
            return;
        }
        match scored_with(view, kept.id) {
            Some(scored) => scored::show(ui, view, self, &kept, &scored),
            None => self.choose_file(ui, view, &kept),
        }
    }

    fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let kept = self.chosen(view);
        let asked = card::show(ui, view, kept.as_ref());
        self.inside |= asked;
    }

    fn escape(&mut self, _view: &mut View<'_>) -> bool {
        std::mem::take(&mut self.inside)
    }
}

/// The file scored last, if it was scored with this model.
fn scored_with(view: &View<'_>, model: ModelId) -> Option<Arc<ScoredFile>> {
    view.session
        .scored()
        .filter(|scored| scored.model == model)
        .cloned()
}

/// A job of the session by its key.
fn job(view: &View<'_>, key: &str) -> Option<(String, Option<f32>)> {
    let jobs = view.session.jobs();
    let job = jobs.iter().find(|job| job.key.0 == key)?;
    Some((text::job_words(&job.label), job.progress.fraction()))
}

impl PredictPane {
    fn chosen(&mut self, view: &View<'_>) -> Option<KeptModel> {
        let models = view.session.models();
        if models.len() > self.known {
            self.model = models.last().map(|kept| kept.id);
        }
        self.known = models.len();
        let chosen = self
            .model
            .and_then(|id| models.iter().find(|kept| kept.id == id));
        chosen.or(models.last()).cloned()
    }

    /// Nothing is scored yet: what a file needs, and where to get one.
    fn choose_file(&mut self, ui: &mut Ui, view: &mut View<'_>, kept: &KeptModel) {
        panel_header(ui, "Score a file", &format!("with {}", kept.name), |ui| {
            card_button(ui, view)
        });
        if let Some((label, fraction)) = job(view, "score") {
            working(ui, &label, fraction);
            return;
        }
        let target = &kept.pipeline.target;
        let names: Vec<&str> = kept
            .pipeline
            .inputs
            .iter()
            .map(|input| input.name.as_str())
            .collect();
        let needed = match names.len() {
            0..=8 => crate::base::format::list(&names),
            many => format!(
                "{} and {} more",
                names.iter().take(7).copied().collect::<Vec<_>>().join(", "),
                many - 7
            ),
        };
        let text = format!(
            "Choose a table with the columns {needed}. Every row gets its {target}; nothing is filled in silently."
        );
        let mut actions = vec!["Choose a file…"];
        let open = view.session.active().is_some();
        if open {
            actions.push("Score the open table");
        }
        let again = view
            .session
            .scored()
            .filter(|scored| scored.path.is_absolute())
            .cloned();
        let again_name = again
            .as_ref()
            .map(|scored| format!("Score {} with this model", scored::file_name(&scored.path)));
        if let Some(name) = &again_name {
            actions.push(name);
        }
        let clicked = empty_state(
            ui,
            Icon::PREDICT,
            &format!("Predict {target} for new rows"),
            &text,
            &actions,
        );
        match (clicked, open) {
            (Some(0), _) => view.ask(FileQuestion::Open, Purpose::ScoreFile(kept.id)),
            (Some(1), true) => view.session.score_open_table(kept.id),
            (Some(_), _) => {
                if let Some(scored) = again {
                    view.session
                        .score_file(kept.id, &scored.path, BTreeMap::new());
                }
            }
            (None, _) => {}
        }
    }
}

/// The way to the model card while its panel is closed.
fn card_button(ui: &mut Ui, view: &mut View<'_>) {
    if !view.shared.right_open && Button::ghost("Model card").show(ui).clicked() {
        view.shared.right_open = true;
    }
}

/// Work that ends in what this place will show.
fn working(ui: &mut Ui, label: &str, fraction: Option<f32>) {
    let tokens = theme::tokens(ui);
    ui.add_space((ui.available_height() * 0.36).max(16.0));
    ui.vertical_centered(|ui| {
        ui.set_max_width(360.0);
        ui.label(theme::body(label).color(tokens.text.primary));
        ui.add_space(8.0);
        progress_bar(ui, fraction, label);
    });
}

fn no_model(ui: &mut Ui, view: &mut View<'_>) {
    for key in ["use model", "open model"] {
        if let Some((label, fraction)) = job(view, key) {
            working(ui, &label, fraction);
            return;
        }
    }
    let table = view.session.active().is_some();
    let compared = !view.session.runs().is_empty();
    let (text, actions): (&str, &[&str]) = match (compared, table) {
        (true, _) => (
            "Models were trained; choose the one to use, or open one from a file.",
            &["Choose a model in Compare", "Open a model file…"],
        ),
        (false, true) => (
            "Train a model on this table, or open one.",
            &["Train a model", "Open a model file…"],
        ),
        (false, false) => (
            "Open a table and train a model on it, or open a model from a file.",
            &["Open a model file…"],
        ),
    };
    let clicked = empty_state(
        ui,
        Icon::PREDICT,
        "Nothing to predict with yet",
        text,
        actions,
    );
    match clicked {
        Some(0) if compared => view.act(Action::Go(WorkspaceId::Compare)),
        Some(0) if table => view.act(Action::Go(WorkspaceId::Model)),
        Some(_) => view.act(Action::OpenModel),
        None => {}
    }
}
