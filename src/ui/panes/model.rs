//! The Model workspace: what to predict, what to learn from, and training while it happens.

mod board;
mod division;
mod guesses;
mod inspector;
mod moment;
mod preflight;
mod presets;
mod settings;
mod setup;
mod table;
mod tree;
mod tune;

use eframe::egui::Ui;

use self::settings::SettingsState;
use super::Pane;
use crate::base::format;
use crate::session::Slot;
use crate::ui::action::{Action, WorkspaceId};
use crate::ui::state::{TuneRequest, View};
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::inspect::{InspectPage, Subject};
use crate::ui::widgets::scores::{muted_text, pending, scrolled};
use crate::ui::widgets::{
    Button, NumberField, Waiting, badge, empty_state, error_card, label::Tone, open_table, padded,
    panel_header, waiting_or_failed,
};

#[derive(Default)]
pub struct ModelPane {
    /// The learner whose properties are shown.
    learner: Option<String>,
    form: SettingsState,
    preparation: setup::PreparationState,
    card: preflight::CardState,
    division: division::DivisionState,
    verdict: board::Verdict,
    /// Every learner is listed, not only those that are ticked or suggested.
    all_learners: bool,
    /// The learner whose tree fills the canvas.
    tree: Option<TreeShown>,
    /// The search for better settings fills the canvas.
    tuning: bool,
    tune: tune::TuneView,
    /// The learner whose model is looked into.
    inspected: Option<String>,
    page: InspectPage,
    waiting: Waiting,
}

/// A tree on the canvas.
struct TreeShown {
    learner: String,
    /// Questions in a row that are drawn.
    levels: usize,
}

/// Questions in a row that are drawn at first.
const FIRST_LEVELS: usize = 3;

impl Pane for ModelPane {
    fn id(&self) -> WorkspaceId {
        WorkspaceId::Model
    }

    fn left_width(&self) -> f32 {
        size::LEFT_PANEL_RECIPE
    }

    fn left(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.take_request(view);
        if self.shows_tuning(view) {
            tune::setup::show(ui, view, &mut self.tune);
            return;
        }
        setup::show(
            ui,
            view,
            &mut self.learner,
            &mut self.all_learners,
            &mut self.preparation,
            &mut self.division,
        );
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(recipe) = view.session.active().cloned() else {
            if empty_state(
                ui,
                Icon::MODEL,
                "No table is open",
                "Open one to predict a column of it.",
                &["Open file…"],
            )
            .is_some()
            {
                view.act(Action::Open);
            }
            return;
        };
        if open_table(ui, view, &mut self.waiting).is_none() {
            return;
        }
        let Some(target) = recipe.model.target.clone() else {
            panel_header(ui, "Model", "", |_| ());
            guesses::show(ui, view);
            return;
        };
        self.take_request(view);
        if self.shows_tuning(view) {
            let refused = why_not(view, 1);
            self.tuning = !self.tune.canvas(ui, view, refused);
            return;
        }
        let board = board::Board::of(view.session);
        if self.show_tree(ui, view, &board) || self.show_inside(ui, view, &board) {
            return;
        }
        self.header(ui, view, &target, &board);
        scrolled(ui, "model canvas", |ui| {
            eframe::egui::Frame::new()
                .inner_margin(size::CANVAS_PADDING)
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    match view.session.preflight() {
                        Slot::Ready(found) | Slot::Stale(found, _) => {
                            preflight::show(ui, view, &target, &found, &mut self.card);
                            ui.add_space(20.0);
                            self.training(ui, view, &board);
                        }
                        Slot::Pending(_) => pending(ui, "preflight", 6),
                        Slot::Failed(error) => {
                            if error_card(ui, &error, &["Predict another column"]).is_some() {
                                setup::set_target(view, None);
                            }
                        }
                        Slot::Empty => {}
                    }
                });
        });
    }

    fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        if self.shows_tuning(view) {
            self.tune.inspector(ui, view);
            return;
        }
        let board = board::Board::of(view.session);
        let shown = self
            .learner
            .clone()
            .filter(|learner| board.lines.iter().any(|line| line.learner == *learner))
            .or_else(|| board.first_to_show());
        let asked = inspector::show(ui, view, shown.as_deref(), &board, &mut self.form);
        if asked.tree {
            self.inspected = None;
            self.tree = shown.map(|learner| TreeShown {
                learner,
                levels: FIRST_LEVELS,
            });
        } else if asked.tune {
            view.act(Action::Tune(shown));
        } else if asked.inside {
            self.tree = None;
            self.inspected = shown;
        } else if let Some(inspected) = &mut self.inspected
            && let Some(shown) = shown
        {
            // Another learner was chosen while one is looked into.
            *inspected = shown;
        }
    }

    fn escape(&mut self, _view: &mut View<'_>) -> bool {
        std::mem::take(&mut self.tuning)
            || self.tree.take().is_some()
            || self.inspected.take().is_some()
    }
}

impl ModelPane {
    /// Shows a search that was asked for from elsewhere.
    fn take_request(&mut self, view: &mut View<'_>) {
        if view.shared.train_when_answered {
            // The question stands on the card before training.
            self.tuning = false;
            self.tree = None;
            self.inspected = None;
        }
        let Some(wanted) = view.shared.tune.clone() else {
            return;
        };
        let tunable = tune::setup::tunable(view);
        if tunable.is_empty() {
            // The columns are still looked at, or nothing of this target has settings to try.
            if view.session.preflight().ready().is_some() {
                view.shared.tune = None;
            }
            return;
        }
        view.shared.tune = None;
        let is_tunable = |id: &String| tunable.iter().any(|learner| learner.id() == id);
        let ticked = || {
            let model = view.session.active()?.model.clone();
            let first = tunable.iter().find(|found| model.is_ticked(found.id()));
            Some(first.or(tunable.first())?.id().to_owned())
        };
        let learner = match wanted {
            TuneRequest::Learner(learner) => Some(learner),
            TuneRequest::Any => {
                let last = Some(self.tune.learner().to_owned());
                self.learner.clone().or(last)
            }
        };
        if let Some(learner) = learner.filter(is_tunable).or_else(ticked) {
            self.tune.show_learner(&learner);
            self.tuning = true;
            self.tree = None;
            self.inspected = None;
        }
    }

    /// Whether the search for better settings is looked at. It needs a target.
    fn shows_tuning(&mut self, view: &View<'_>) -> bool {
        let target = view
            .session
            .active()
            .is_some_and(|recipe| recipe.model.target.is_some());
        self.tuning &= target;
        self.tuning
    }

    /// What a trained learner knows in place of the table, while that is what is looked at.
    fn show_inside(&mut self, ui: &mut Ui, view: &mut View<'_>, board: &board::Board) -> bool {
        let run = board.run.clone().filter(|_| !board.outdated);
        let (Some(learner), Some(run)) = (self.inspected.clone(), run) else {
            self.inspected = None;
            return false;
        };
        if run.result(&learner).is_none() {
            self.inspected = None;
            return false;
        }
        let subject = Subject::Run { run, learner };
        if self.page.show(ui, view, &subject) {
            self.inspected = None;
        }
        true
    }

    /// The tree of a trained learner in place of the table, while that is what is looked at.
    fn show_tree(&mut self, ui: &mut Ui, view: &mut View<'_>, board: &board::Board) -> bool {
        let run = board.run.clone().filter(|_| !board.outdated);
        let (Some(shown), Some(run)) = (&mut self.tree, run) else {
            self.tree = None;
            return false;
        };
        let picture = view.session.tree_of(&run, &shown.learner);
        // A tree of before is not shown as this one.
        let found = picture.clone().ready();
        let deepest = found
            .as_ref()
            .map_or(FIRST_LEVELS, |found| found.diagram.depth());
        let name = crate::learn::by_id(&shown.learner).map_or("Tree", |learner| learner.name());
        let count = found.as_ref().map_or_else(String::new, |found| {
            format!(
                "predicts {}, fitted on {}",
                found.target,
                format::counted(
                    found.diagram.nodes.first().map_or(0, |root| root.rows),
                    "row"
                )
            )
        });
        let mut back = false;
        panel_header(ui, name, &count, |ui| {
            back = Button::secondary("Back to the scores").show(ui).clicked();
            ui.add_space(12.0);
            let mut levels = shown.levels.min(deepest) as f64;
            let field = NumberField::new("Questions shown in a row")
                .integer()
                .range(1.0..=deepest.max(1) as f64)
                .width(64.0);
            if field.show(ui, &mut levels).changed() {
                shown.levels = levels as usize;
            }
            ui.label(theme::body("Questions in a row").color(view.tokens.text.secondary));
        });
        match &found {
            Some(found) => {
                self.waiting.over();
                let selected = view.session.selection().map(|found| found.sentence.clone());
                let levels = shown.levels.min(deepest);
                if let Some(clicked) = tree::show(ui, found, levels, selected.as_deref()) {
                    let learner = shown.learner.clone();
                    view.session
                        .select_tree_node(&run, &learner, clicked.node, clicked.how);
                }
            }
            None => padded(ui, |ui| {
                waiting_or_failed(
                    &mut self.waiting,
                    ui,
                    &picture,
                    "Growing the tree on all rows",
                )
            }),
        }
        if back {
            self.tree = None;
        }
        true
    }

    fn header(&self, ui: &mut Ui, view: &mut View<'_>, target: &str, board: &board::Board) {
        let title = format!("Predict {target}");
        let count = match (
            view.session.preflight().shown(),
            view.session.chosen_features(),
        ) {
            (Some(found), Slot::Ready(features)) => format!(
                "{} to learn from, {}",
                format::counted(found.rows, "row"),
                format::counted(features.len() as u64, "column")
            ),
            _ => String::new(),
        };
        let training = view.session.is_training();
        let models = board.models_to_train();
        let reason = Action::Train
            .unavailable(view.session, view.shared)
            .or_else(|| why_not(view, models));
        panel_header(ui, &title, &count, |ui| {
            if training {
                let stop = Button::secondary("Stop and keep what is done").icon(Icon::STOP_SQUARE);
                if stop.show(ui).clicked() {
                    view.act(Action::StopTraining);
                }
                return;
            }
            let keys = Action::Train
                .shortcut()
                .map(|keys| ui.ctx().format_shortcut(&keys));
            let label = match models {
                0 => "Train".to_owned(),
                count => format!("Train {}", format::counted(count as u64, "model")),
            };
            let button = Button::primary(label).icon(Icon::PLAY).disabled(reason);
            if button.shortcut(keys.unwrap_or_default()).show(ui).clicked() {
                view.act(Action::Train);
            }
            // Up here, because the card before training may fill the page below.
            let compare = Button::secondary("Compare them").icon(Icon::COMPARE);
            if board.run.is_some() && !board.outdated && compare.show(ui).clicked() {
                view.act(Action::Go(WorkspaceId::Compare));
            }
        });
    }

    fn training(&mut self, ui: &mut Ui, view: &mut View<'_>, board: &board::Board) {
        board.heading(ui, view);
        ui.add_space(8.0);
        let chosen = self.learner.clone().or_else(|| board.first_to_show());
        if let Some(learner) = table::show(ui, board, chosen.as_deref()) {
            self.learner = Some(learner);
            view.shared.right_open = true;
        }
        board::failures(ui, board);
        self.after_training(ui, view, board);
    }

    /// What came out, and where to go with it.
    fn after_training(&mut self, ui: &mut Ui, view: &mut View<'_>, board: &board::Board) {
        if view.session.is_training() {
            return;
        }
        let Some(run) = board.run.clone() else {
            ui.add_space(16.0);
            muted_text(
                ui,
                "Guessing and One simple rule are always trained too: a model that does not beat them has learned nothing.",
            );
            return;
        };
        ui.add_space(16.0);
        if board.outdated {
            badge(ui, Tone::Caution, "older set-up");
            ui.add_space(4.0);
            muted_text(
                ui,
                "Something was changed after these models were trained. Train again to see what it does.",
            );
            return;
        }
        muted_text(ui, self.verdict.of(&run));
    }
}

/// Why training cannot start, besides what the action itself knows.
fn why_not(view: &mut View<'_>, models: usize) -> Option<String> {
    match view.session.chosen_features() {
        Slot::Ready(features) if features.is_empty() => {
            Some("Tick at least one column to learn from".to_owned())
        }
        Slot::Ready(_) if models == 0 => Some("Tick at least one model".to_owned()),
        Slot::Ready(features) => {
            let answers = view.session.active()?.model.answers.clone();
            let found = view.session.preflight().ready()?;
            let stop = found.stop(&features, &answers)?;
            Some(format!("Waits for your answer: {}", stop.saw))
        }
        Slot::Failed(error) => Some(error.what.clone()),
        _ => Some("The columns are still being looked at".to_owned()),
    }
}
