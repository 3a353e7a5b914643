//! What the window remembers that is neither document nor result: where one is, what is open,
//! what is typed. Not undoable; views have a history of their own.

use std::path::PathBuf;

use eframe::egui::Context;

use super::action::{Action, WorkspaceId};
use super::dialogs::{FileQuestion, Purpose};
use super::theme::{self, Tokens};
use crate::base::{Params, UserError};
use crate::session::Session;

/// Which colours the window uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn from_word(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// A place the Back button returns to.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewPoint {
    pub workspace: WorkspaceId,
    pub column: Option<String>,
}

/// A file that is being looked at before it is loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportDraft {
    pub path: PathBuf,
    pub format: Option<String>,
    /// Reading settings that a person changed; detection fills in the rest.
    pub params: Params,
}

/// A search for better settings that Model is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TuneRequest {
    /// Of whichever learner is looked at.
    Any,
    /// By id.
    Learner(String),
}

/// State that several panes share.
pub struct Shared {
    pub workspace: WorkspaceId,
    /// The column shown in the inspector, by name.
    pub column: Option<String>,
    /// Sort of the grid: column name and direction. A view, not a step.
    pub sort: Option<(String, bool)>,
    pub import: Option<ImportDraft>,
    pub left_open: bool,
    pub right_open: bool,
    pub theme: Theme,
    /// Errors that stay until they are dismissed, newest last.
    pub problems: Vec<UserError>,
    pub find_requested: bool,
    /// Unusual rows are to be shown beside the table.
    pub unusual_requested: bool,
    /// A step to start editing in Clean, asked for from elsewhere.
    pub start_step: Option<&'static str>,
    /// Training was asked for and waits until the moment of prediction is said.
    pub train_when_answered: bool,
    /// A search to show in Model, asked for from elsewhere.
    pub tune: Option<TuneRequest>,
    /// The model a file dropped on Predict is scored with.
    pub scoring: Option<crate::base::ids::ModelId>,
    /// Files opened lately, newest first.
    pub recent: Vec<PathBuf>,
    /// A file to open after this frame.
    pub open_next: Option<PathBuf>,
    back: Vec<ViewPoint>,
    forward: Vec<ViewPoint>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            workspace: WorkspaceId::Data,
            column: None,
            sort: None,
            import: None,
            left_open: true,
            right_open: true,
            theme: Theme::System,
            problems: Vec::new(),
            find_requested: false,
            unusual_requested: false,
            start_step: None,
            train_when_answered: false,
            tune: None,
            scoring: None,
            recent: Vec::new(),
            open_next: None,
            back: Vec::new(),
            forward: Vec::new(),
        }
    }
}

impl Shared {
    fn here(&self) -> ViewPoint {
        ViewPoint {
            workspace: self.workspace,
            column: self.column.clone(),
        }
    }

    /// Goes to a workspace, remembering where one was.
    pub fn go(&mut self, workspace: WorkspaceId) {
        if workspace != self.workspace {
            self.remember();
            self.workspace = workspace;
        }
    }

    /// Shows a column in the inspector, remembering where one was.
    pub fn show_column(&mut self, column: &str) {
        if self.column.as_deref() != Some(column) {
            self.remember();
            self.column = Some(column.to_owned());
        }
    }

    fn remember(&mut self) {
        self.back.push(self.here());
        self.forward.clear();
    }

    pub fn can_go_back(&self) -> bool {
        !self.back.is_empty()
    }

    pub fn can_go_forward(&self) -> bool {
        !self.forward.is_empty()
    }

    pub fn go_back(&mut self) {
        if let Some(point) = self.back.pop() {
            self.forward.push(self.here());
            self.restore(point);
        }
    }

    pub fn go_forward(&mut self) {
        if let Some(point) = self.forward.pop() {
            self.back.push(self.here());
            self.restore(point);
        }
    }

    fn restore(&mut self, point: ViewPoint) {
        self.workspace = point.workspace;
        self.column = point.column;
    }
}

/// What a pane is handed each frame.
pub struct View<'a> {
    pub session: &'a mut Session,
    pub shared: &'a mut Shared,
    /// Done after the frame, in order.
    pub actions: &'a mut Vec<Action>,
    /// File dialogs to open after the frame.
    pub questions: &'a mut Vec<(FileQuestion, Purpose)>,
    pub tokens: &'static Tokens,
}

impl View<'_> {
    /// Asks for an action after this frame.
    pub fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// Opens a file dialog after this frame.
    pub fn ask(&mut self, question: FileQuestion, purpose: Purpose) {
        self.questions.push((question, purpose));
    }

    /// Changes the document; a refusal is shown.
    pub fn dispatch(&mut self, command: crate::project::Command) {
        self.session.dispatch_or_notice(command);
    }
}

/// Whether a drag or a held key is going on: changes made meanwhile are one undo entry.
pub fn is_interacting(ctx: &Context) -> bool {
    ctx.input(|input| input.pointer.any_down() || !input.keys_down.is_empty())
}

/// The colours of this frame.
pub fn tokens(ctx: &Context) -> &'static Tokens {
    theme::tokens(ctx)
}
