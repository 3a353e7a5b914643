//! Everything a menu item, palette entry, shortcut or button can ask for, in one list.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::state::{Shared, Theme};
use super::theme::Icon;
use crate::session::Session;

/// The workspaces, in the order of the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkspaceId {
    Data,
    Clean,
    Explore,
    Model,
    Compare,
    Predict,
}

impl WorkspaceId {
    pub const ALL: [Self; 6] = [
        Self::Data,
        Self::Clean,
        Self::Explore,
        Self::Model,
        Self::Compare,
        Self::Predict,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Clean => "Clean",
            Self::Explore => "Explore",
            Self::Model => "Model",
            Self::Compare => "Compare",
            Self::Predict => "Predict",
        }
    }

    /// The question it answers.
    pub fn question(self) -> &'static str {
        match self {
            Self::Data => "What have I got?",
            Self::Clean => "Can I trust it?",
            Self::Explore => "What is going on?",
            Self::Model => "Can it be predicted?",
            Self::Compare => "Which one, and is it good?",
            Self::Predict => "Use it on new rows",
        }
    }

    /// Why the workspace has nothing to work with yet.
    pub fn unavailable(self, session: &Session) -> Option<&'static str> {
        let no_table = session.active().is_none();
        match self {
            Self::Data => None,
            Self::Predict if !session.models().is_empty() || !session.runs().is_empty() => None,
            Self::Predict if no_table => Some("Open a table or a model file first"),
            Self::Predict => None,
            _ if no_table => Some("Open a table first"),
            Self::Compare if session.runs().is_empty() => Some("Train a model first"),
            _ => None,
        }
    }
}

/// One thing that can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Open,
    OpenPath,
    Paste,
    /// A sample by its file name.
    OpenSample(String),
    OpenModel,
    Save,
    SaveAs,
    SaveWithData,
    CloseProject,
    Undo,
    Redo,
    Back,
    Forward,
    Go(WorkspaceId),
    TogglePalette,
    ToggleLeft,
    ToggleRight,
    Find,
    FindUnusual,
    ClearSelection,
    SelectAll,
    InvertSelection,
    KeepOnlySelection,
    HideSelection,
    ClearFilter,
    Train,
    StopTraining,
    /// Shows the search for better settings; of the learner of this id, or of the one looked at.
    Tune(Option<String>),
    StopTuning,
    CancelAll,
    /// Starts a new step with this operation in Clean.
    AddStep(&'static str),
    /// Shows a column of the active table in Data.
    ShowColumn(String),
    /// Draws a column in Explore.
    ChartColumn(String),
    /// Picks the column to predict.
    PredictColumn(String),
    SetTheme(Theme),
    Help,
    Quit,
}

impl Action {
    /// Sentence case; an ellipsis when it asks for more.
    pub fn name(&self, session: &Session) -> String {
        match self {
            Self::Open => "Open file…".to_owned(),
            Self::OpenPath => "Open by typing a path…".to_owned(),
            Self::Paste => "Paste a table".to_owned(),
            Self::OpenSample(file) => {
                let name = crate::project::samples::name_of(file);
                format!("Open sample {}", name.unwrap_or(file))
            }
            Self::OpenModel => "Open a model file…".to_owned(),
            Self::Save => "Save project".to_owned(),
            Self::SaveAs => "Save project as…".to_owned(),
            Self::SaveWithData => "Save project with its data…".to_owned(),
            Self::CloseProject => "Close project".to_owned(),
            Self::Undo => match session.undo_label() {
                Some(label) => format!("Undo {label}"),
                None => "Undo".to_owned(),
            },
            Self::Redo => match session.redo_label() {
                Some(label) => format!("Redo {label}"),
                None => "Redo".to_owned(),
            },
            Self::Back => "Back to the view before".to_owned(),
            Self::Forward => "Forward to the next view".to_owned(),
            Self::Go(workspace) => format!("Go to {}", workspace.word()),
            Self::TogglePalette => "Search or run a command".to_owned(),
            Self::ToggleLeft => "Show or hide the left panel".to_owned(),
            Self::ToggleRight => "Show or hide the right panel".to_owned(),
            Self::Find => "Find in table".to_owned(),
            Self::FindUnusual => "Find unusual rows".to_owned(),
            Self::ClearSelection => "Clear the selection".to_owned(),
            Self::SelectAll => "Select all rows shown".to_owned(),
            Self::InvertSelection => "Invert the selection".to_owned(),
            Self::KeepOnlySelection => "Keep only the selected rows in view".to_owned(),
            Self::HideSelection => "Hide the selected rows from view".to_owned(),
            Self::ClearFilter => "Show all rows again".to_owned(),
            Self::Train => "Train models".to_owned(),
            Self::StopTraining => "Stop training and keep what is done".to_owned(),
            Self::Tune(learner) => {
                let found = learner
                    .as_deref()
                    .and_then(|id| crate::learn::by_id(id).ok());
                match found {
                    Some(learner) => format!("Tune {}", learner.name().to_lowercase()),
                    None => "Tune a model".to_owned(),
                }
            }
            Self::StopTuning => "Stop tuning and keep the best".to_owned(),
            Self::CancelAll => "Cancel all running work".to_owned(),
            Self::AddStep(operation) => match crate::clean::by_id(operation) {
                Ok(step) => format!("{}…", step.name()),
                Err(_) => format!("{operation}…"),
            },
            Self::ShowColumn(column) => format!("Show {column}"),
            Self::ChartColumn(column) => format!("Chart {column}"),
            Self::PredictColumn(column) => format!("Predict {column}"),
            Self::SetTheme(Theme::System) => "Follow the system's light or dark (theme)".to_owned(),
            Self::SetTheme(Theme::Light) => "Light colours (theme)".to_owned(),
            Self::SetTheme(Theme::Dark) => "Dark colours (theme)".to_owned(),
            Self::Help => "Help and shortcuts".to_owned(),
            Self::Quit => "Quit".to_owned(),
        }
    }

    pub fn icon(&self) -> Icon {
        match self {
            Self::Open | Self::OpenPath | Self::OpenSample(_) => Icon::FOLDER,
            Self::Paste => Icon::COPY,
            Self::OpenModel => Icon::MODEL,
            Self::Save | Self::SaveAs | Self::SaveWithData => Icon::DOWNLOAD,
            Self::CloseProject | Self::Quit => Icon::X,
            Self::Undo => Icon::UNDO,
            Self::Redo => Icon::REDO,
            Self::Back => Icon::BACK,
            Self::Forward => Icon::FORWARD,
            Self::Go(workspace) => workspace.icon(),
            Self::TogglePalette | Self::Find => Icon::SEARCH,
            Self::FindUnusual => Icon::EXPLAIN,
            Self::ToggleLeft => Icon::SIDEBAR_LEFT,
            Self::ToggleRight => Icon::SIDEBAR_RIGHT,
            Self::ClearSelection | Self::ClearFilter => Icon::X,
            Self::SelectAll | Self::InvertSelection => Icon::TABLE,
            Self::KeepOnlySelection | Self::HideSelection => Icon::FILTER,
            Self::Train => Icon::PLAY,
            Self::Tune(_) => Icon::SLIDERS,
            Self::StopTraining | Self::StopTuning | Self::CancelAll => Icon::STOP_SQUARE,
            Self::AddStep(_) => Icon::CLEAN,
            Self::ShowColumn(_) => Icon::TABLE,
            Self::ChartColumn(_) => Icon::CHART,
            Self::PredictColumn(_) => Icon::PREDICT,
            Self::SetTheme(_) => Icon::GEAR,
            Self::Help => Icon::HELP,
        }
    }

    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
        let keys = |modifiers, key| Some(KeyboardShortcut::new(modifiers, key));
        match self {
            Self::Open => keys(Modifiers::COMMAND, Key::O),
            Self::OpenPath => keys(COMMAND_SHIFT, Key::O),
            Self::Save => keys(Modifiers::COMMAND, Key::S),
            Self::SaveAs => keys(COMMAND_SHIFT, Key::S),
            Self::Undo => keys(Modifiers::COMMAND, Key::Z),
            Self::Redo => keys(COMMAND_SHIFT, Key::Z),
            Self::Back => keys(Modifiers::ALT, Key::ArrowLeft),
            Self::Forward => keys(Modifiers::ALT, Key::ArrowRight),
            Self::Go(workspace) => keys(Modifiers::NONE, workspace.key()),
            Self::TogglePalette => keys(Modifiers::COMMAND, Key::K),
            Self::ToggleLeft => keys(Modifiers::NONE, Key::OpenBracket),
            Self::ToggleRight => keys(Modifiers::NONE, Key::CloseBracket),
            Self::Find => keys(Modifiers::COMMAND, Key::F),
            Self::ClearSelection => keys(Modifiers::NONE, Key::Escape),
            Self::SelectAll => keys(Modifiers::COMMAND, Key::A),
            Self::InvertSelection => keys(Modifiers::NONE, Key::I),
            Self::KeepOnlySelection => keys(Modifiers::NONE, Key::F),
            Self::HideSelection => keys(Modifiers::SHIFT, Key::F),
            Self::Train => keys(Modifiers::COMMAND, Key::Enter),
            // Never both at once.
            Self::StopTraining | Self::StopTuning => keys(Modifiers::COMMAND, Key::Period),
            Self::CancelAll => keys(COMMAND_SHIFT, Key::Period),
            Self::Help => keys(Modifiers::NONE, Key::F1),
            Self::Quit => keys(Modifiers::COMMAND, Key::Q),
            _ => None,
        }
    }

    /// Why it cannot be done now.
    pub fn unavailable(&self, session: &Session, shared: &Shared) -> Option<String> {
        let needs = |ok: bool, why: &str| (!ok).then(|| why.to_owned());
        let table = session.active().is_some();
        let selected = session.selection().is_some();
        match self {
            Self::Save | Self::SaveAs | Self::SaveWithData => needs(
                !session.document().is_empty(),
                "There is nothing to save yet",
            ),
            Self::CloseProject => needs(!session.document().is_empty(), "No project is open"),
            Self::Undo => needs(
                session.undo_label().is_some(),
                "Nothing has been changed yet",
            ),
            Self::Redo => needs(session.redo_label().is_some(), "Nothing has been undone"),
            Self::Back => needs(shared.can_go_back(), "This is the first view"),
            Self::Forward => needs(shared.can_go_forward(), "This is the latest view"),
            Self::Go(workspace) => workspace.unavailable(session).map(str::to_owned),
            Self::Find | Self::FindUnusual | Self::SelectAll | Self::AddStep(_) => {
                needs(table, "Open a table first")
            }
            Self::ClearSelection
            | Self::InvertSelection
            | Self::KeepOnlySelection
            | Self::HideSelection => needs(selected, "Select some rows first"),
            Self::ClearFilter => needs(session.filter().is_some(), "All rows are shown already"),
            Self::Train => {
                if !table {
                    Some("Open a table first".to_owned())
                } else if session
                    .active()
                    .is_none_or(|table| table.model.target.is_none())
                {
                    Some("Pick the column to predict first".to_owned())
                } else {
                    needs(!session.is_training(), "Training is going on")
                        .or_else(|| needs(!session.is_tuning(), "Tuning is going on"))
                }
            }
            Self::Tune(_) => {
                let target = session
                    .active()
                    .and_then(|table| table.model.target.as_ref());
                needs(table, "Open a table first")
                    .or_else(|| needs(target.is_some(), "Pick the column to predict first"))
            }
            Self::StopTuning => needs(session.is_tuning(), "No search is going on"),
            Self::StopTraining => needs(session.is_training(), "No training is going on"),
            Self::CancelAll => needs(!session.jobs().is_empty(), "Nothing is running"),
            _ => None,
        }
    }

    /// Everything the palette and the shortcuts offer, columns and samples aside.
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Open,
            Self::OpenPath,
            Self::Paste,
            Self::OpenModel,
            Self::Save,
            Self::SaveAs,
            Self::SaveWithData,
            Self::CloseProject,
            Self::Undo,
            Self::Redo,
            Self::Back,
            Self::Forward,
        ];
        all.extend(WorkspaceId::ALL.map(Self::Go));
        all.extend([
            Self::TogglePalette,
            Self::ToggleLeft,
            Self::ToggleRight,
            Self::Find,
            Self::FindUnusual,
            Self::ClearSelection,
            Self::SelectAll,
            Self::InvertSelection,
            Self::KeepOnlySelection,
            Self::HideSelection,
            Self::ClearFilter,
            Self::Train,
            Self::StopTraining,
            Self::Tune(None),
            Self::StopTuning,
            Self::CancelAll,
        ]);
        all.extend(
            crate::clean::REGISTRY
                .iter()
                .map(|step| Self::AddStep(step.id())),
        );
        all.extend([
            Self::SetTheme(Theme::System),
            Self::SetTheme(Theme::Light),
            Self::SetTheme(Theme::Dark),
            Self::Help,
            Self::Quit,
        ]);
        all
    }
}

impl WorkspaceId {
    pub fn icon(self) -> Icon {
        match self {
            Self::Data => Icon::TABLE,
            Self::Clean => Icon::CLEAN,
            Self::Explore => Icon::CHART,
            Self::Model => Icon::MODEL,
            Self::Compare => Icon::COMPARE,
            Self::Predict => Icon::PREDICT,
        }
    }

    fn key(self) -> Key {
        match self {
            Self::Data => Key::Num1,
            Self::Clean => Key::Num2,
            Self::Explore => Key::Num3,
            Self::Model => Key::Num4,
            Self::Compare => Key::Num5,
            Self::Predict => Key::Num6,
        }
    }
}
