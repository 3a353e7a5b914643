//! Dialogs that need an answer, and the help window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{Context, Event, Label, ScrollArea, Ui, ViewportCommand, vec2};

use super::ShellRequest;
use crate::base::format;
use crate::project::journal::Recovery;
use crate::project::places;
use crate::ui::action::Action;
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::text;
use crate::ui::theme::{self, size};
use crate::ui::widgets::{Dialog, DialogAction, DialogButton, TextField, keycap};

/// Width of the left column of the help window.
const HELP_LEFT: f32 = 180.0;

#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    Path(String),
    File(FileAsked),
    Paste(String),
    Close,
    Quit,
    Help,
}

/// A question about a file that no dialog of the system answers.
struct FileAsked {
    question: FileQuestion,
    purpose: Purpose,
    /// A dialog was asked for and has not been answered.
    waiting: bool,
    path: String,
    /// A path that was typed and where there is a file already.
    taken: Option<PathBuf>,
}

#[derive(Default)]
pub(super) struct Questions {
    open: Open,
    recoveries: Vec<Arc<Recovery>>,
}

impl Questions {
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.open, Open::Nothing) || !self.recoveries.is_empty()
    }

    pub(super) fn toggle_help(&mut self) {
        self.open = match self.open {
            Open::Help => Open::Nothing,
            _ => Open::Help,
        };
    }

    pub(super) fn ask_for_path(&mut self) {
        self.open = Open::Path(String::new());
    }

    pub(super) fn ask_for_file(
        &mut self,
        question: FileQuestion,
        purpose: Purpose,
        folder: &Path,
        waiting: bool,
    ) {
        let path = match question.name() {
            Some(name) => folder.join(name),
            None => folder.join(""),
        };
        self.open = Open::File(FileAsked {
            question,
            purpose,
            waiting,
            path: path.display().to_string(),
            taken: None,
        });
    }

    /// Asks again, because there is a file already.
    pub(super) fn ask_to_replace(
        &mut self,
        question: FileQuestion,
        purpose: Purpose,
        path: PathBuf,
    ) {
        self.open = Open::File(FileAsked {
            question,
            purpose,
            waiting: false,
            path: path.display().to_string(),
            taken: Some(path),
        });
    }

    pub(super) fn ask_for_paste(&mut self, ctx: &Context) {
        self.open = Open::Paste(String::new());
        ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
    }

    pub(super) fn confirm_close(&mut self) {
        self.open = Open::Close;
    }

    pub(super) fn confirm_quit(&mut self) {
        self.open = Open::Quit;
    }

    pub(super) fn offer_recovery(&mut self, recoveries: Vec<Recovery>) {
        self.recoveries = recoveries.into_iter().map(Arc::new).collect();
    }

    pub(super) fn show(&mut self, ctx: &Context, view: &mut View<'_>) -> Vec<ShellRequest> {
        if let Some(recovery) = self.recoveries.first().cloned() {
            return self.recovery(ctx, &recovery);
        }
        let open = std::mem::take(&mut self.open);
        let (open, request) = match open {
            Open::Nothing => (Open::Nothing, None),
            Open::Path(path) => ask_path(ctx, path),
            Open::File(asked) => ask_file(ctx, asked),
            Open::Paste(text) => ask_paste(ctx, text),
            Open::Close => ask_about_changes(ctx, false),
            Open::Quit => ask_about_changes(ctx, true),
            Open::Help => (help(ctx, view), None),
        };
        if matches!(self.open, Open::Nothing) {
            self.open = open;
        }
        request.into_iter().collect()
    }

    fn recovery(&mut self, ctx: &Context, recovery: &Arc<Recovery>) -> Vec<ShellRequest> {
        let name = recovery
            .header
            .project
            .as_ref()
            .and_then(|path| path.file_name())
            .map_or_else(
                || "a project that was never saved".to_owned(),
                |name| name.to_string_lossy().into_owned(),
            );
        let ago = places::now().saturating_sub(recovery.last_change);
        let ago = format::duration(std::time::Duration::from_secs(ago));
        let kept = match recovery.entries.len() as u64 {
            1 => format!("One change was kept, made {ago} ago."),
            count => format!(
                "{} were kept, the last one made {ago} ago.",
                format::counted(count, "change")
            ),
        };
        let text =
            format!("Last time Benchtop closed unexpectedly while working on {name}. {kept}");
        let buttons = [
            DialogButton::safe("Not now"),
            DialogButton::secondary("Discard"),
            DialogButton::primary("Restore"),
        ];
        let answer = Dialog::new("recovery", "Restore your work?")
            .text(&text)
            .buttons(&buttons)
            .show(ctx, |_| {});
        match answer {
            None => Vec::new(),
            Some(DialogAction::Button(2)) => {
                self.recoveries.clear();
                vec![ShellRequest::Recover(recovery.clone())]
            }
            Some(DialogAction::Button(1)) => {
                self.recoveries.remove(0);
                vec![ShellRequest::DropRecovery(recovery.clone())]
            }
            Some(_) => {
                self.recoveries.remove(0);
                Vec::new()
            }
        }
    }
}

fn ask_path(ctx: &Context, mut path: String) -> (Open, Option<ShellRequest>) {
    let empty = path.trim().is_empty();
    let buttons = [
        DialogButton::safe("Cancel"),
        DialogButton::primary("Open").disabled(empty.then(|| "Type a path first".to_owned())),
    ];
    let mut entered = false;
    let answer = Dialog::new("path", "Open a file by its path")
        .text("For a table, a project, or where no file dialog is available.")
        .buttons(&buttons)
        .show(ctx, |ui| {
            let response = TextField::new("Path")
                .hint("/home/me/sales.csv")
                .code()
                .width(ui.available_width())
                .show(ui, &mut path);
            // Before the field takes the keyboard back.
            entered = response.lost_focus()
                && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
            if ui.memory(|memory| memory.focused().is_none()) {
                response.request_focus();
            }
        });
    if (entered && !path.trim().is_empty()) || answer == Some(DialogAction::Button(1)) {
        return (
            Open::Nothing,
            Some(ShellRequest::OpenPath(PathBuf::from(path.trim()))),
        );
    }
    match answer {
        Some(_) => (Open::Nothing, None),
        None => (Open::Path(path), None),
    }
}

/// Where a file is to go or to come from, typed.
fn ask_file(ctx: &Context, mut asked: FileAsked) -> (Open, Option<ShellRequest>) {
    let saving = asked.question.name().is_some();
    let path = asked.path.trim();
    let why_not = if path.is_empty() {
        Some("Type a path first".to_owned())
    } else if path.ends_with(['/', '\\']) {
        Some("Type the name of a file after the folder".to_owned())
    } else {
        None
    };
    let replaces = asked.taken.as_deref() == Some(Path::new(path));
    let do_it = match (replaces, saving) {
        (true, _) => "Replace",
        (false, true) => "Save",
        (false, false) => "Open",
    };
    let buttons = [
        DialogButton::safe("Cancel"),
        DialogButton::primary(do_it).disabled(why_not.clone()),
    ];
    let why = match asked.waiting {
        true => "The file dialog of the system is still open, or does not come.",
        false => "This system shows no file dialog.",
    };
    let text = match (replaces, saving) {
        (true, _) => {
            "There is a file of that name. It will be lost, or type another name.".to_owned()
        }
        (false, true) => format!("{why} Type where the file is to go."),
        (false, false) => format!("{why} Type where the file lies."),
    };
    let title = if replaces {
        "Replace the file?"
    } else {
        asked.question.title()
    };
    let mut entered = false;
    let answer = Dialog::new("file", title)
        .text(&text)
        .width(size::DIALOG[1])
        .buttons(&buttons)
        .show(ctx, |ui| {
            let response = TextField::new("Path")
                .hint("/home/me/model.onnx")
                .code()
                .width(ui.available_width())
                .show(ui, &mut asked.path);
            // Before the field takes the keyboard back.
            entered = response.lost_focus()
                && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
            if ui.memory(|memory| memory.focused().is_none()) {
                response.request_focus();
            }
        });
    match answer {
        _ if (entered && why_not.is_none()) || answer == Some(DialogAction::Button(1)) => {
            let path = PathBuf::from(asked.path.trim());
            let answer = ShellRequest::Answer {
                question: asked.question,
                purpose: asked.purpose,
                path,
                replaces,
            };
            (Open::Nothing, Some(answer))
        }
        Some(_) => (Open::Nothing, None),
        None => (Open::File(asked), None),
    }
}

fn ask_paste(ctx: &Context, mut pasted: String) -> (Open, Option<ShellRequest>) {
    // The system answers the request for the clipboard with a paste event.
    let event = ctx.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::Paste(text) => Some(text.clone()),
            _ => None,
        })
    });
    if let Some(text) = event {
        pasted = text;
    }
    let lines = pasted.lines().count();
    let buttons = [
        DialogButton::safe("Cancel"),
        DialogButton::primary("Open as a table").disabled(
            pasted
                .trim()
                .is_empty()
                .then(|| "Paste some cells first".to_owned()),
        ),
    ];
    let answer = Dialog::new("paste", "Paste a table")
        .text(
            "Cells copied from a spreadsheet, or text with commas. The first line holds the names.",
        )
        .width(size::DIALOG[1])
        .buttons(&buttons)
        .show(ctx, |ui| {
            let mut shown: String = pasted.lines().take(200).collect::<Vec<_>>().join("\n");
            let before = shown.clone();
            ScrollArea::both().max_height(200.0).show(ui, |ui| {
                TextField::new("Table as text")
                    .hint("Press Ctrl+V")
                    .code()
                    .rows(8)
                    .width(ui.available_width())
                    .show(ui, &mut shown);
            });
            if shown != before && lines <= 200 {
                pasted = shown;
            }
            let note = if lines == 0 {
                "Nothing pasted yet".to_owned()
            } else {
                format::counted(lines as u64, "line")
            };
            ui.label(theme::caption(note).color(theme::tokens(ui).text.secondary));
        });
    match answer {
        Some(DialogAction::Button(1)) => (Open::Nothing, Some(ShellRequest::Paste(pasted))),
        Some(_) => (Open::Nothing, None),
        None => (Open::Paste(pasted), None),
    }
}

fn ask_about_changes(ctx: &Context, quit: bool) -> (Open, Option<ShellRequest>) {
    let title = if quit {
        "Quit without saving?"
    } else {
        "Close without saving?"
    };
    let leave = if quit {
        "Quit without saving"
    } else {
        "Close without saving"
    };
    let buttons = [
        DialogButton::safe("Stay"),
        DialogButton::secondary(leave),
        DialogButton::primary("Save first"),
    ];
    let answer = Dialog::new("unsaved", title)
        .text("The steps, charts and models made since the last save would be lost. Your data files are never changed.")
        .buttons(&buttons)
        .show(ctx, |_| {});
    match answer {
        Some(DialogAction::Button(1)) => (Open::Nothing, Some(ShellRequest::Leave)),
        Some(DialogAction::Button(2)) => (Open::Nothing, Some(ShellRequest::SaveAndLeave)),
        Some(_) => (Open::Nothing, None),
        None => (if quit { Open::Quit } else { Open::Close }, None),
    }
}

fn help(ctx: &Context, view: &View<'_>) -> Open {
    let buttons = [DialogButton::primary("Close")];
    let height = (ctx.content_rect().height() - 200.0).clamp(200.0, 560.0);
    let answer = Dialog::new("help", "Help and shortcuts")
        .width(size::DIALOG[2])
        .buttons(&buttons)
        .show(ctx, |ui| {
            let tokens = theme::tokens(ui);
            let area = ScrollArea::vertical().auto_shrink([false, true]);
            area.max_height(height).show(ui, |ui| {
                ui.set_width(ui.available_width() - size::X4);
                for (title, lines) in text::HELP {
                    ui.add_space(size::X2);
                    ui.label(theme::body_strong(*title).color(tokens.text.primary));
                    for (what, how) in *lines {
                        let what = theme::body_medium(*what).color(tokens.text.primary);
                        help_line(ui, how, |ui| {
                            ui.label(what);
                        });
                    }
                }
                ui.add_space(size::X2);
                ui.label(theme::body_strong("Shortcuts").color(tokens.text.primary));
                for action in Action::all() {
                    let Some(shortcut) = action.shortcut() else {
                        continue;
                    };
                    help_line(ui, &action.name(view.session), |ui| {
                        keycap(ui, &ui.ctx().format_shortcut(&shortcut));
                    });
                }
            });
        });
    if answer.is_some() {
        Open::Nothing
    } else {
        Open::Help
    }
}

/// What at the left, and beside it how, in as many lines as it needs.
fn help_line(ui: &mut Ui, how: &str, what: impl FnOnce(&mut Ui)) {
    let grey = theme::tokens(ui).text.secondary;
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(HELP_LEFT, 20.0), |ui| {
            ui.set_min_width(HELP_LEFT);
            what(ui);
        });
        ui.add(Label::new(theme::body(how).color(grey)).wrap());
    });
}
