//! The application: `logic` takes in finished work, `ui` lays out the five places, actions and
//! dialogs are carried out after the frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, Context, ThemePreference};

use super::action::{Action, WorkspaceId};
use super::dialogs::{FileAnswer, FileDialogs, FileQuestion, Purpose, SystemDialogs};
use super::options::Launch;
use super::panes::{self, Pane, import::Import, welcome::Welcome};
use super::shell::Shell;
use super::smoke::Smoke;
use super::state::{ImportDraft, Shared, Theme, TuneRequest, View};
use super::{software_painter, theme};
use crate::base::{Params, UserError};
use crate::jobs::Waker;
use crate::project::{Command, TableRecipe, file, journal};
use crate::session::{ModelExport, Notice, Session};

/// The window's application object.
pub struct App {
    session: Session,
    shared: Shared,
    panes: Vec<Box<dyn Pane>>,
    welcome: Welcome,
    import: Import,
    shell: Shell,
    dialogs: Box<dyn FileDialogs>,
    smoke: Option<Smoke>,
    frame_begun: Instant,
    applied_theme: Option<Theme>,
    /// The choice of colours in the settings as it was seen last; it comes when they are read.
    kept_theme: String,
    /// Where a person was going when unsaved work stood in the way.
    leaving: Leaving,
    /// Goes there as soon as the save that is going on has succeeded.
    leave_when_saved: bool,
    title: String,
    /// The person has agreed to leave unsaved work.
    may_close: bool,
}

/// What comes after the project that is open.
#[derive(Default)]
enum Leaving {
    #[default]
    Close,
    Open(PathBuf),
    Quit,
}

struct Repaint(Context);

impl Waker for Repaint {
    fn wake(&self) {
        self.0.request_repaint();
    }
}

impl App {
    /// The application in its window.
    pub fn new(
        context: &eframe::CreationContext<'_>,
        mut session: Session,
        launch: Launch,
        started: Instant,
    ) -> Self {
        theme::install(&context.egui_ctx);
        session.set_waker(Arc::new(Repaint(context.egui_ctx.clone())));
        let mut app = Self::with_session(session, Box::<SystemDialogs>::default());
        if launch.smoke_test {
            let info = context
                .wgpu_render_state
                .as_ref()
                .map(|state| state.adapter.get_info());
            app.smoke = Some(Smoke::new(started, info.as_ref()));
        } else {
            app.session.look_for_recoveries();
        }
        if let Some(path) = launch.path {
            app.open_path(&path);
        }
        if let Some(state) = &context.wgpu_render_state {
            super::gpu_bridge::install(&context.egui_ctx, state);
            if software_painter::helps(state) {
                software_painter::install(&context.egui_ctx, state);
            }
        }
        app
    }

    /// The application without a window: the session it is given.
    pub fn without_window(session: Session) -> Self {
        Self::with_session(session, Box::<SystemDialogs>::default())
    }

    /// As [`App::without_window`], for tests.
    pub fn for_tests(session: Session) -> Self {
        Self::without_window(session)
    }

    fn with_session(session: Session, dialogs: Box<dyn FileDialogs>) -> Self {
        Self {
            session,
            shared: Shared::default(),
            panes: panes::registry(),
            welcome: Welcome::default(),
            import: Import::default(),
            shell: Shell::default(),
            dialogs,
            smoke: None,
            frame_begun: Instant::now(),
            applied_theme: None,
            kept_theme: String::new(),
            leaving: Leaving::Close,
            leave_when_saved: false,
            title: String::new(),
            may_close: false,
        }
    }

    pub fn set_dialogs(&mut self, dialogs: Box<dyn FileDialogs>) {
        self.dialogs = dialogs;
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    pub fn shared_mut(&mut self) -> &mut Shared {
        &mut self.shared
    }

    /// Asks whether to take over what a crash left behind.
    pub fn offer_recovery(&mut self, recoveries: Vec<journal::Recovery>) {
        self.shell.offer_recovery(recoveries);
    }

    /// Opens whatever lies at a path: a project at once, a table through its preview.
    pub fn open_path(&mut self, path: &Path) {
        if file::is_project(path) {
            if self.session.is_dirty() {
                self.leaving = Leaving::Open(path.to_path_buf());
                self.shell.confirm_close();
                return;
            }
            self.session.open_project(path);
            self.shared.import = None;
        } else {
            self.session.look_again();
            self.shared.import = Some(ImportDraft {
                path: path.to_path_buf(),
                format: None,
                params: Params::new(),
            });
            self.shared.workspace = WorkspaceId::Data;
        }
    }

    fn carry_out(&mut self, action: Action, ctx: &Context) {
        if action.unavailable(&self.session, &self.shared).is_some() {
            return;
        }
        match action {
            Action::Open => self.ask(FileQuestion::Open, Purpose::Open, ctx),
            Action::OpenPath => self.shell.ask_for_path(),
            Action::Paste => self.shell.ask_for_paste(ctx),
            Action::OpenSample(file) => {
                self.session.load_sample(&file);
                self.shared.import = None;
                self.shared.workspace = WorkspaceId::Data;
            }
            Action::OpenModel => self.ask(FileQuestion::OpenModel, Purpose::OpenModel, ctx),
            Action::Save => self.save(false, ctx),
            Action::SaveAs => self.ask_where_to_save(false, false, ctx),
            Action::SaveWithData => self.ask_where_to_save(true, false, ctx),
            Action::CloseProject => {
                self.leaving = Leaving::Close;
                if self.session.is_dirty() {
                    self.shell.confirm_close();
                } else {
                    self.session.close();
                    self.shared.import = None;
                }
            }
            Action::Undo => {
                if let Some(label) = self.session.undo() {
                    self.shell.toast(ctx, format!("Undone: {label}"));
                }
            }
            Action::Redo => {
                if let Some(label) = self.session.redo() {
                    self.shell.toast(ctx, format!("Done again: {label}"));
                }
            }
            Action::Back => self.shared.go_back(),
            Action::Forward => self.shared.go_forward(),
            Action::Go(workspace) => {
                self.shared.import = None;
                self.shared.go(workspace);
            }
            Action::TogglePalette => self.shell.toggle_palette(),
            Action::ToggleLeft => self.shared.left_open = !self.shared.left_open,
            Action::ToggleRight => self.shared.right_open = !self.shared.right_open,
            Action::Find => {
                self.shared.go(WorkspaceId::Data);
                self.shared.find_requested = true;
            }
            Action::FindUnusual => {
                self.shared.import = None;
                self.shared.go(WorkspaceId::Data);
                self.shared.right_open = true;
                self.shared.unusual_requested = true;
            }
            Action::ClearSelection => self.session.clear_selection(),
            Action::SelectAll => {
                if let Some(table) = self.session.table().shown().cloned() {
                    self.session.select(table.row_set(), "all rows shown");
                }
            }
            Action::InvertSelection => self.invert_selection(),
            Action::KeepOnlySelection => self.filter_to_selection(false),
            Action::HideSelection => self.filter_to_selection(true),
            Action::ClearFilter => self.session.clear_filter(),
            Action::Train => {
                self.shared.go(WorkspaceId::Model);
                // The question stands on the card before training; the answer goes on.
                let said = |table: &Arc<TableRecipe>| table.model.moment.is_some();
                self.shared.train_when_answered = !self.session.active().is_some_and(said);
                if self.shared.train_when_answered {
                    return;
                }
                if let Err(error) = self.session.train() {
                    self.session.notice(Notice::Problem(error));
                }
            }
            Action::StopTraining => self.session.stop_training(),
            Action::Tune(learner) => {
                self.shared.import = None;
                self.shared.go(WorkspaceId::Model);
                self.shared.tune = Some(match learner {
                    Some(learner) => TuneRequest::Learner(learner),
                    None => TuneRequest::Any,
                });
            }
            Action::StopTuning => self.session.stop_tuning(),
            Action::CancelAll => self.session.cancel_all(),
            Action::AddStep(operation) => {
                self.shared.go(WorkspaceId::Clean);
                self.shared.start_step = Some(operation);
            }
            Action::ShowColumn(column) => {
                self.shared.import = None;
                self.shared.go(WorkspaceId::Data);
                self.shared.show_column(&column);
            }
            Action::ChartColumn(column) => {
                if let Some(table) = self.session.active_id() {
                    self.shared.go(WorkspaceId::Explore);
                    let chart = crate::chart::ChartSpec {
                        x: Some(column),
                        ..Default::default()
                    };
                    self.session
                        .dispatch_or_notice(Command::SetChart { table, chart });
                }
            }
            Action::PredictColumn(column) => {
                if let Some(table) = self.session.active_id() {
                    self.shared.go(WorkspaceId::Model);
                    self.session.dispatch_or_notice(Command::SetTarget {
                        table,
                        target: Some(column),
                    });
                }
            }
            Action::SetTheme(theme) => {
                self.shared.theme = theme;
                self.session
                    .change_settings(|settings| theme.word().clone_into(&mut settings.theme));
            }
            Action::Help => self.shell.toggle_help(),
            Action::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    fn invert_selection(&mut self) {
        let Some(table) = self.session.table().shown().cloned() else {
            return;
        };
        let Some(selection) = self.session.selection().cloned() else {
            return;
        };
        let mut rows = table.row_set();
        rows.subtract(&selection.rows);
        self.session
            .select(rows, format!("not ({})", selection.sentence));
    }

    fn filter_to_selection(&mut self, hide: bool) {
        let Some(selection) = self.session.selection().cloned() else {
            return;
        };
        let mut rows = (*selection.rows).clone();
        let mut sentence = selection.sentence.clone();
        if hide {
            rows.invert();
            sentence = format!("not ({sentence})");
        }
        if let Some(filter) = self.session.filter() {
            rows.intersect(&filter.rows);
            sentence = format!("{} and {sentence}", filter.sentence);
        }
        self.session.keep_only(rows, sentence);
        self.session.clear_selection();
    }

    /// Saves where the project was saved last, or asks where.
    fn save(&mut self, then_leave: bool, ctx: &Context) {
        match self.session.project_path().map(Path::to_path_buf) {
            Some(path) => {
                self.session.save(&path, false);
                self.leave_when_saved = then_leave;
            }
            None => self.ask_where_to_save(false, then_leave, ctx),
        }
    }

    fn ask_where_to_save(&mut self, with_data: bool, then_leave: bool, ctx: &Context) {
        let name = format!("{}.benchtop", self.session.title());
        let purpose = Purpose::SaveProject {
            with_data,
            then_leave,
        };
        self.ask(FileQuestion::SaveProject { name }, purpose, ctx);
    }

    /// Goes on where unsaved work stood in the way; what is not saved is lost.
    fn leave(&mut self, ctx: &Context) {
        let leaving = std::mem::take(&mut self.leaving);
        if matches!(leaving, Leaving::Quit) {
            self.may_close = true;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            return;
        }
        self.session.close();
        self.shared.import = None;
        if let Leaving::Open(path) = leaving {
            self.open_path(&path);
        }
    }

    /// A save that failed, was cancelled or is behind by now keeps the project open.
    fn leave_once_saved(&mut self, ctx: &Context) {
        if self.leave_when_saved && !self.session.is_saving() {
            self.leave_when_saved = false;
            if !self.session.is_dirty() {
                self.leave(ctx);
            }
        }
    }

    /// Asks with the dialog of the system; with a field to type in where that one does not come.
    fn ask(&mut self, question: FileQuestion, purpose: Purpose, ctx: &Context) {
        if self.dialogs.is_open() {
            self.ask_for_typed_path(question, purpose, true);
        } else {
            self.dialogs.ask(question, purpose, ctx);
        }
    }

    /// `waiting`: a dialog was asked for before and has not been answered.
    fn ask_for_typed_path(&mut self, question: FileQuestion, purpose: Purpose, waiting: bool) {
        let folder = self.session.folder();
        self.shell.ask_for_file(question, purpose, &folder, waiting);
    }

    /// Does what a file dialog was opened for.
    pub fn answer(&mut self, purpose: Purpose, path: PathBuf) {
        let path = with_extension(path, extension_of(&purpose));
        match purpose {
            Purpose::Open => self.open_path(&path),
            Purpose::OpenModel => {
                self.session.open_model(&path);
                self.shared.go(WorkspaceId::Predict);
            }
            Purpose::SaveProject {
                with_data,
                then_leave,
            } => {
                self.session.save(&path, with_data);
                self.leave_when_saved = then_leave;
            }
            Purpose::Relocate(table) => self.session.relocate(table, &path),
            Purpose::ScoreFile(model) => self.session.score_file(model, &path, Default::default()),
            Purpose::SavePredictions => self.session.save_predictions(&path),
            Purpose::SaveModel(model) => {
                self.session
                    .export_model(model, ModelExport::BenchtopModel, &path);
            }
            Purpose::SaveLightGbm(model) => {
                self.session
                    .export_model(model, ModelExport::LightGbm, &path);
            }
            Purpose::SaveScript { run, learner } => {
                self.session.write_script(run, &learner, &path);
            }
            Purpose::SaveRunLog => self.session.write_run_log(&path),
            Purpose::SaveOnnx(model) => {
                self.session.export_model(model, ModelExport::Onnx, &path);
            }
            Purpose::SaveFigure { figure, .. } => {
                self.session
                    .save_figure(&figure, &path, &[theme::fonts::inter_regular()]);
            }
            Purpose::SaveChart { .. } => {
                self.session
                    .save_chart(&path, &[theme::fonts::inter_regular()]);
            }
        }
    }

    fn take_shortcuts(&mut self, ctx: &Context, actions: &mut Vec<Action>) {
        if self.shell.has_dialog() {
            return;
        }
        let typing = ctx.text_edit_focused();
        let mut all: Vec<(Action, egui::KeyboardShortcut)> = Action::all()
            .into_iter()
            .filter_map(|action| action.shortcut().map(|shortcut| (action, shortcut)))
            .collect();
        // The most specific first: matching ignores extra Shift and Alt.
        all.sort_by_key(|(_, shortcut)| {
            let keys = shortcut.modifiers;
            std::cmp::Reverse(u8::from(keys.shift) + u8::from(keys.alt) + u8::from(keys.command))
        });
        for (action, shortcut) in all {
            let plain = !shortcut.modifiers.command && !shortcut.modifiers.alt;
            let edits_text = matches!(action, Action::Undo | Action::Redo | Action::SelectAll);
            if typing && (plain || edits_text) {
                continue;
            }
            // Ctrl+Enter applies a step or loads a file elsewhere: the panes take it there.
            let elsewhere = action == Action::Train
                && (self.shared.workspace != WorkspaceId::Model || self.shared.import.is_some());
            let cannot = action != Action::ClearSelection
                && action.unavailable(&self.session, &self.shared).is_some();
            // Esc closes a menu that is open, and nothing behind it.
            let in_front = action == Action::ClearSelection && egui::Popup::is_any_open(ctx);
            if elsewhere || cannot || in_front {
                continue;
            }
            if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
                if action == Action::ClearSelection && self.escape(ctx) {
                    continue;
                }
                actions.push(action);
            }
        }
    }

    /// One level of Esc: the pane first, then the selection.
    fn escape(&mut self, ctx: &Context) -> bool {
        let mut actions = Vec::new();
        let mut questions = Vec::new();
        let mut view = View {
            session: &mut self.session,
            shared: &mut self.shared,
            actions: &mut actions,
            questions: &mut questions,
            tokens: theme::tokens(ctx),
        };
        let workspace = view.shared.workspace;
        self.panes
            .iter_mut()
            .find(|pane| pane.id() == workspace)
            .is_some_and(|pane| pane.escape(&mut view))
    }

    fn take_dropped_files(&mut self, ctx: &Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        if let Some(dropped) = dropped.first() {
            let path = dropped.path().to_path_buf();
            match self.shared.scoring {
                Some(model)
                    if self.shared.workspace == WorkspaceId::Predict
                        && !file::is_project(&path) =>
                {
                    self.answer(Purpose::ScoreFile(model), path);
                }
                _ => self.open_path(&path),
            }
        }
    }

    /// Another program may have changed the file that is being looked at.
    fn look_again_when_back(&mut self, ctx: &Context) {
        let back = |event: &egui::Event| *event == egui::Event::WindowFocused(true);
        if ctx.input(|input| input.events.iter().any(back)) {
            self.session.look_again();
        }
    }

    fn take_notices(&mut self, ctx: &Context) {
        for notice in self.session.take_notices() {
            match notice {
                Notice::Done(text) => self.shell.toast(ctx, text),
                Notice::Problem(error) => self.add_problem(error),
            }
        }
    }

    fn add_problem(&mut self, error: UserError) {
        if !self.shared.problems.contains(&error) {
            self.shared.problems.push(error);
        }
    }

    /// Takes over what was remembered, once it has been read.
    fn follow_settings(&mut self) {
        let settings = self.session.settings();
        if self.shared.recent != settings.recent {
            self.shared.recent.clone_from(&settings.recent);
        }
        if self.kept_theme != settings.theme {
            self.kept_theme.clone_from(&settings.theme);
            self.shared.theme = Theme::from_word(&settings.theme);
        }
        let recoveries = self.session.take_recoveries();
        if !recoveries.is_empty() {
            self.shell.offer_recovery(recoveries);
        }
    }

    fn apply_theme(&mut self, ctx: &Context) {
        if self.applied_theme != Some(self.shared.theme) {
            ctx.set_theme(match self.shared.theme {
                Theme::System => ThemePreference::System,
                Theme::Light => ThemePreference::Light,
                Theme::Dark => ThemePreference::Dark,
            });
            self.applied_theme = Some(self.shared.theme);
        }
    }

    fn keep_title(&mut self, ctx: &Context) {
        let dirty = if self.session.is_dirty() { " •" } else { "" };
        let title = if self.session.document().is_empty() {
            "Benchtop".to_owned()
        } else {
            format!("{}{dirty} — Benchtop", self.session.title())
        };
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn guard_closing(&mut self, ctx: &Context) {
        if ctx.input(|input| input.viewport().close_requested())
            && self.session.is_dirty()
            && !self.may_close
            && self.smoke.is_none()
        {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.leaving = Leaving::Quit;
            self.shell.confirm_quit();
        }
    }

    fn follow_shell(&mut self, ctx: &Context) {
        for request in self.shell.take_requests() {
            use super::shell::ShellRequest as Request;
            match request {
                Request::OpenPath(path) => self.open_path(&path),
                Request::Answer {
                    question,
                    purpose,
                    path,
                    replaces,
                } => {
                    let path = with_extension(path, extension_of(&purpose));
                    let saves = question.name().is_some();
                    if saves && !replaces && self.session.is_taken(&path) {
                        self.shell.ask_to_replace(question, purpose, path);
                    } else {
                        self.answer(purpose, path);
                    }
                }
                Request::Paste(text) => {
                    self.session.load_pasted(text);
                    self.shared.import = None;
                    self.shared.workspace = WorkspaceId::Data;
                }
                Request::Recover(recovery) => {
                    self.session.recover(recovery);
                    // A file that was named at the start would lie over the work that comes back.
                    self.shared.import = None;
                }
                Request::DropRecovery(recovery) => self.session.discard_recovery(recovery),
                Request::Leave => self.leave(ctx),
                Request::SaveAndLeave => self.save(true, ctx),
            }
        }
    }

    fn smoke_frame(&mut self, ctx: &Context) {
        let Some(smoke) = &mut self.smoke else { return };
        if smoke.frame(self.frame_begun) {
            let size = ctx.viewport_rect().size() * ctx.pixels_per_point();
            println!(
                "{}",
                smoke.report([size.x, size.y].map(|side| side.round() as u32))
            );
            self.smoke = None;
            self.may_close = true;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        } else {
            ctx.request_repaint();
        }
    }
}

/// What a file for this purpose is called where no extension was given.
fn extension_of(purpose: &Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::SaveProject { .. } => Some("benchtop"),
        Purpose::SavePredictions => Some("csv"),
        Purpose::SaveModel(_) => Some("benchtop-model"),
        Purpose::SaveOnnx(_) => Some("onnx"),
        Purpose::SaveLightGbm(_) => Some("txt"),
        Purpose::SaveFigure { end, .. } => Some(end),
        Purpose::SaveScript { .. } => Some("py"),
        Purpose::SaveRunLog => Some("csv"),
        Purpose::SaveChart { png: true } => Some("png"),
        Purpose::SaveChart { png: false } => Some("svg"),
        Purpose::Open | Purpose::OpenModel | Purpose::Relocate(_) | Purpose::ScoreFile(_) => None,
    }
}

fn with_extension(path: PathBuf, extension: Option<&str>) -> PathBuf {
    match extension {
        Some(extension) if path.extension().is_none() => path.with_extension(extension),
        _ => path,
    }
}

impl App {
    /// The first half of a frame: takes in what was done meanwhile.
    pub fn take_in(&mut self, ctx: &Context) {
        self.frame_begun = Instant::now();
        if self.session.poll() {
            ctx.request_repaint();
        }
        match self.dialogs.poll() {
            Some((_, purpose, FileAnswer::Chosen(path))) => self.answer(purpose, path),
            Some((question, purpose, FileAnswer::NoService)) => {
                self.ask_for_typed_path(question, purpose, false);
            }
            Some((_, _, FileAnswer::Cancelled)) | None => {}
        }
        self.leave_once_saved(ctx);
        if !self.session.is_idle() {
            ctx.request_repaint_after(Duration::from_millis(100));
        }
    }

    /// The second half: lays out everything, and carries out what was asked for.
    pub fn lay_out(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        self.follow_settings();
        self.apply_theme(&ctx);
        self.keep_title(&ctx);
        self.guard_closing(&ctx);
        self.take_dropped_files(&ctx);
        self.look_again_when_back(&ctx);
        if !super::state::is_interacting(&ctx) {
            self.session.end_gesture();
        }
        let mut actions = Vec::new();
        let mut questions = Vec::new();
        self.take_shortcuts(&ctx, &mut actions);
        let mut view = View {
            session: &mut self.session,
            shared: &mut self.shared,
            actions: &mut actions,
            questions: &mut questions,
            tokens: theme::tokens(&ctx),
        };
        self.shell.show(
            ui,
            &mut view,
            &mut self.panes,
            &mut self.welcome,
            &mut self.import,
        );
        for action in actions {
            self.carry_out(action, &ctx);
        }
        for (question, purpose) in questions {
            self.ask(question, purpose, &ctx);
        }
        if let Some(path) = self.shared.open_next.take() {
            self.open_path(&path);
        }
        self.follow_shell(&ctx);
        self.take_notices(&ctx);
        self.smoke_frame(&ctx);
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.take_in(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.lay_out(ui);
    }

    fn on_exit(&mut self) {
        self.session.finish();
    }
}
