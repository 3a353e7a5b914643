//! The Clean workspace: the recipe as sentences, a preview of the step that is being written, and
//! what could be cleaned.

mod draft;
mod grid;
mod help;
mod preview;
mod recipe;
mod suggestions;
mod words;

use eframe::egui::Ui;

use super::Pane;
use crate::base::ids::StepId;
use crate::base::{Params, UserError};
use crate::clean::{self, CleanStep, Step};
use crate::project::Command;
use crate::ui::action::WorkspaceId;
use crate::ui::state::View;
use crate::ui::theme::size;
use crate::ui::widgets::{FormState, open_table};

pub use grid::Side;

/// A step that is being written or changed. Nothing of the document knows of it.
pub struct Draft {
    /// Place among the steps.
    pub at: usize,
    /// The step that is changed; None for a new one.
    pub step: Option<StepId>,
    pub operation: &'static dyn CleanStep,
    pub params: Params,
    pub form: FormState,
}

#[derive(Default)]
pub struct CleanPane {
    draft: Option<Draft>,
    /// The step whose effect is looked at.
    selected: Option<StepId>,
    grid: grid::Grids,
    side: Side,
    rows: Option<crate::data::difference::DiffRows>,
    show_checks: bool,
    search: String,
    dragged: Option<StepId>,
    waiting: crate::ui::widgets::Waiting,
}

impl Pane for CleanPane {
    fn id(&self) -> WorkspaceId {
        WorkspaceId::Clean
    }

    fn left_width(&self) -> f32 {
        size::LEFT_PANEL_RECIPE
    }

    fn left(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.begin_requested(view);
        recipe::show(self, ui, view);
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.begin_requested(view);
        if open_table(ui, view, &mut self.waiting).is_none() {
            return;
        }
        self.grid.hidden = view.session.hidden().ready();
        if self.draft.is_some() {
            draft::show(self, ui, view);
        } else {
            preview::show(self, ui, view);
        }
    }

    fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        if self.draft.is_some() {
            help::show(self, ui, view);
        } else {
            suggestions::show(self, ui, view);
        }
    }

    fn escape(&mut self, view: &mut View<'_>) -> bool {
        if self.draft.take().is_some() {
            return true;
        }
        if self.selected.take().is_some() {
            view.session.view_after(None);
            return true;
        }
        false
    }
}

impl CleanPane {
    /// Begins the step that another part of the window asked for.
    fn begin_requested(&mut self, view: &mut View<'_>) {
        if let Some(operation) = view.shared.start_step.take() {
            match clean::by_id(operation) {
                Ok(operation) => self.begin(view, operation, Params::new()),
                Err(error) => view.shared.problems.push(error),
            }
        }
        // The step may have been deleted, or another table opened.
        let steps = view
            .session
            .active()
            .map(|table| table.steps.clone())
            .unwrap_or_default();
        let known = |id: StepId| steps.iter().any(|step| step.id == id);
        if self.selected.is_some_and(|id| !known(id)) {
            self.selected = None;
        }
        if self
            .draft
            .as_ref()
            .and_then(|draft| draft.step)
            .is_some_and(|id| !known(id))
        {
            self.draft = None;
        }
    }

    /// Starts writing a new step after the one that is looked at, or at the end.
    fn begin(&mut self, view: &mut View<'_>, operation: &'static dyn CleanStep, given: Params) {
        let Some(table) = view.session.active() else {
            return;
        };
        let at = view.session.viewed_steps().unwrap_or(table.steps.len());
        let mut params = Params::defaults(operation.params());
        params.0.extend(given.0);
        if let Some(column) = view.shared.column.clone() {
            about_column(operation, &mut params, &column);
        }
        self.open(Draft {
            at,
            step: None,
            operation,
            params,
            form: FormState::focused(),
        });
    }

    /// Starts changing a step.
    fn edit(&mut self, view: &View<'_>, step: &Step) {
        let Some(table) = view.session.active() else {
            return;
        };
        let place = table.steps.iter().position(|other| other.id == step.id);
        let (Some(at), Ok(operation)) = (place, clean::by_id(&step.operation)) else {
            return;
        };
        let mut params = Params::defaults(operation.params());
        params.0.extend(step.params.clone().0);
        self.open(Draft {
            at,
            step: Some(step.id),
            operation,
            params,
            form: FormState::focused(),
        });
    }

    fn open(&mut self, draft: Draft) {
        self.side = Side::Difference;
        self.rows = None;
        self.grid = grid::Grids::default();
        self.search.clear();
        self.draft = Some(draft);
    }

    /// Writes the draft into the recipe.
    fn apply(&mut self, view: &mut View<'_>) {
        let Some(draft) = &self.draft else {
            return;
        };
        let Some(table) = view.session.active_id() else {
            return;
        };
        let params = match draft.params.checked(draft.operation.params()) {
            Ok(params) => params,
            Err(error) => {
                view.shared.problems.push(error);
                return;
            }
        };
        let command = match draft.step {
            Some(step) => Command::EditStep {
                table,
                step,
                params,
            },
            None => Command::AddStep {
                table,
                at: draft.at,
                operation: draft.operation.id().to_owned(),
                params,
            },
        };
        let done: Result<(), UserError> = view.session.dispatch(command);
        match done {
            Ok(()) => {
                let at = draft.at;
                self.draft = None;
                self.grid = grid::Grids::default();
                self.rows = None;
                // A step put in between is looked at where it is; at the end, now is where it is.
                let viewed = view.session.viewed_steps().map(|_| at + 1);
                view.session.view_after(viewed);
                self.selected = None;
            }
            Err(error) => view.shared.problems.push(error),
        }
    }
}

/// A step asked for while a column is shown is about that column.
fn about_column(operation: &dyn CleanStep, params: &mut Params, column: &str) {
    use crate::base::{ParamKind, ParamValue};
    for spec in operation.params() {
        match spec.kind {
            ParamKind::Column if params.text(spec.key).is_empty() => {
                params.set(spec.key, column);
            }
            ParamKind::Columns
                if params.list(spec.key).is_empty()
                    && spec.default == crate::base::param::ParamDefault::Required =>
            {
                params.set(spec.key, ParamValue::List(vec![column.to_owned()]));
            }
            _ => {}
        }
    }
}
