//! The Compare workspace: which model is best, which ones cannot be told apart, and what the
//! chosen one gets wrong.

mod changed;
mod curves;
mod detail;
mod exam;
mod growth;
mod leaderboard;
mod matrix;
mod people;
mod ranking;
mod runs;
mod verdict;

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{Frame, Ui};

use super::Pane;
use crate::base::format;
use crate::base::ids::ModelId;
use crate::evaluate::{Metric, metrics};
use crate::project::Run;
use crate::session::Figure;
use crate::ui::action::{Action, WorkspaceId};
use crate::ui::state::View;
use crate::ui::theme::{Icon, size};
use crate::ui::widgets::inspect::{InspectPage, Subject};
use crate::ui::widgets::scores::{inset, scrolled};
use crate::ui::widgets::{
    Button, Select, SelectOption, badge, empty_state, label::Tone, panel_header,
};

#[derive(Default)]
pub struct ComparePane {
    /// None: the newest run of the table.
    run: Option<ModelId>,
    /// Learners that are not compared.
    hidden: BTreeSet<String>,
    /// Id of the metric to judge by; None: the one the run suggests.
    metric: Option<String>,
    /// Learner looked at; None: the recommended one.
    chosen: Option<String>,
    curves: curves::CurvesState,
    ranking: ranking::Cache,
    /// Trainings ticked to be put side by side.
    ticked: BTreeSet<ModelId>,
    /// They are side by side.
    side_by_side: bool,
    /// The chosen model is looked into.
    inside: bool,
    page: InspectPage,
    exam: exam::ExamState,
}

impl Pane for ComparePane {
    fn id(&self) -> WorkspaceId {
        WorkspaceId::Compare
    }

    fn left_width(&self) -> f32 {
        size::LEFT_PANEL
    }

    fn left(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let shown = self.shown(view);
        runs::show(ui, view, self, shown.as_ref());
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(shown) = self.shown(view) else {
            panel_header(ui, "Leaderboard", "", |_| ());
            nothing(ui, view);
            return;
        };
        if self.side_by_side {
            let runs = runs::side_by_side(view, self, &shown);
            if runs.len() > 1 {
                if changed::show(ui, view, &runs) {
                    self.side_by_side = false;
                }
                return;
            }
            self.side_by_side = false;
        }
        if self.inside
            && let Some(learner) = inspected(&shown)
        {
            let run = shown.run.clone();
            if self.page.show(ui, view, &Subject::Run { run, learner }) {
                self.inside = false;
            }
            return;
        }
        self.header(ui, view, &shown);
        scrolled(ui, "compare canvas", |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if let Some(learner) = leaderboard::show(ui, &shown) {
                self.choose(view, Some(learner));
            }
            let board = self.board(&shown);
            ui.add_space(8.0);
            inset(ui, size::CANVAS_PADDING as i8, |ui| {
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = 8.0;
                    curves::save_buttons(ui, view, &board);
                });
            });
            Frame::new()
                .inner_margin(size::CANVAS_PADDING)
                .show(ui, |ui| {
                    one_model(ui, view, &shown);
                    exam::show(ui, view, &shown, &mut self.exam);
                    self.inside |= detail::show(ui, view, &shown, &mut self.curves);
                });
        });
    }

    fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let shown = self.shown(view);
        verdict::show(ui, view, shown.as_ref());
    }

    fn escape(&mut self, _view: &mut View<'_>) -> bool {
        std::mem::take(&mut self.side_by_side) || std::mem::take(&mut self.inside)
    }
}

/// The learner that can be looked into: a yardstick has nothing inside.
fn inspected(shown: &Shown) -> Option<String> {
    let learner = shown.chosen.clone()?;
    (!ranking::is_yardstick(&learner)).then_some(learner)
}

/// What is compared in this frame.
pub(super) struct Shown {
    run: Arc<Run>,
    metric: &'static Metric,
    ranking: Arc<ranking::Ranking>,
    /// Learner whose details are shown.
    chosen: Option<String>,
    /// Trained on other data, other columns or other steps than are set up now.
    outdated: bool,
    /// Why it is outdated, a sentence each.
    changed: Vec<String>,
    /// Trained on the source table as it is read now, so that its rows can be selected.
    same_rows: bool,
}

impl ComparePane {
    fn shown(&mut self, view: &mut View<'_>) -> Option<Shown> {
        let table = view.session.active_id()?;
        let mut of_table = view
            .session
            .runs()
            .iter()
            .rev()
            .filter(|run| run.table == table);
        let newest = of_table.clone().next()?.clone();
        let run = of_table
            .find(|run| Some(run.id) == self.run)
            .cloned()
            .unwrap_or(newest);
        let task = run.results.first()?.task.clone();
        let usual = run
            .results
            .first()
            .and_then(|result| metrics::by_id(&result.headline));
        let metric = self
            .metric
            .as_deref()
            .and_then(metrics::by_id)
            .filter(|metric| metric.applies_to(&task))
            .or(usual)?;
        let ranking = self.ranking.of(&run, metric, &self.hidden);
        let chosen = self
            .chosen
            .clone()
            .filter(|learner| ranking.standing(learner).is_some())
            .or_else(|| ranking.first_choice());
        let outdated = view
            .session
            .data_mark()
            .is_some_and(|mark| mark != run.data);
        let same_rows = view.session.has_rows_of(&run);
        let changed = match outdated {
            true => runs::reasons(view, &run),
            false => Vec::new(),
        };
        Some(Shown {
            run,
            metric,
            ranking,
            chosen,
            outdated,
            changed,
            same_rows,
        })
    }

    /// Another model or training is looked at.
    fn reset_plots(&mut self) {
        self.curves.plot.reset();
    }

    fn choose(&mut self, view: &mut View<'_>, learner: Option<String>) {
        if self.chosen != learner {
            self.reset_plots();
            view.shared.right_open = true;
        }
        self.chosen = learner;
    }

    /// The comparison as something that can be saved.
    fn board(&self, shown: &Shown) -> Figure {
        Figure::Board {
            run: shown.run.id,
            metric: shown.metric.id.to_owned(),
            hidden: self.hidden.clone(),
        }
    }

    fn header(&mut self, ui: &mut Ui, view: &mut View<'_>, shown: &Shown) {
        let (models, yardsticks) = shown.ranking.counts();
        let count = format!(
            "{}, {}",
            format::counted(models as u64, "model"),
            format::counted(yardsticks as u64, "yardstick")
        );
        let task = shown.run.results.first().map(|result| result.task.clone());
        panel_header(ui, "Leaderboard", &count, |ui| {
            let Some(task) = task else { return };
            if !view.shared.right_open && Button::secondary("Verdict").show(ui).clicked() {
                view.shared.right_open = true;
            }
            let mut value = shown.metric.id;
            let options: Vec<SelectOption<&'static str>> = metrics::for_task(&task)
                .map(|metric| SelectOption::new(metric.id, metric.name).detail(metric.technical))
                .collect();
            let width = if ui.available_width() > 560.0 {
                300.0
            } else {
                200.0
            };
            if Select::new("Judge by")
                .width(width)
                .show(ui, &mut value, &options)
                .changed()
            {
                self.metric = Some(value.to_owned());
            }
            ui.add_space(4.0);
            ui.label(crate::ui::theme::body("Judge by").color(view.tokens.text.secondary));
            if shown.outdated {
                ui.add_space(8.0);
                badge(ui, Tone::Caution, "out of date").on_hover_text(format!(
                    "Changed after this training: {}",
                    shown.changed.join(". ")
                ));
            }
        });
    }
}

/// Nothing was trained on this table yet.
fn nothing(ui: &mut Ui, view: &mut View<'_>) {
    let elsewhere = !view.session.runs().is_empty();
    let text = if elsewhere {
        "Models were trained on another table of this project. Train some on this one to compare them."
    } else {
        "Train some models; Guessing and One simple rule come along for comparison."
    };
    if empty_state(
        ui,
        Icon::COMPARE,
        "Nothing to compare yet",
        text,
        &["Train a model"],
    )
    .is_some()
    {
        view.act(Action::Go(WorkspaceId::Model));
    }
}

/// One model alone is still compared with the yardsticks.
fn one_model(ui: &mut Ui, view: &mut View<'_>, shown: &Shown) {
    let trained = shown
        .run
        .results
        .iter()
        .filter(|result| !ranking::is_yardstick(&result.learner))
        .count();
    if trained != 1 {
        return;
    }
    let clicked = crate::ui::widgets::message_card(
        ui,
        Tone::Note,
        "One model so far",
        "Guessing and One simple rule are here for comparison.",
        "",
        &["Train another"],
        "",
    );
    if clicked.is_some() {
        view.act(Action::Go(WorkspaceId::Model));
    }
    ui.add_space(16.0);
}
