//! The five fixed places around and between the panes: context bar, rail, left panel, inspector,
//! status bar; and what lies in front of them: palette, questions, toasts.

mod context_bar;
mod palette;
mod questions;
mod rail;
mod status_bar;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{
    self, CentralPanel, Context, Event, Frame, Panel, ScrollArea, Stroke, Ui, vec2,
};

use super::dialogs::{FileQuestion, Purpose};
use super::panes::{Pane, import::Import, welcome::Welcome};
use super::state::{Shared, View};
use super::theme::{self, Tokens, size};
use super::widgets::{Toasts, error_card};
use crate::project::journal::Recovery;

/// What the shell asks of the application.
pub enum ShellRequest {
    OpenPath(PathBuf),
    /// The answer to a question about a file, typed. `replaces`: a person has said that the file
    /// that is there is to be replaced.
    Answer {
        question: FileQuestion,
        purpose: Purpose,
        path: PathBuf,
        replaces: bool,
    },
    Paste(String),
    Recover(Arc<Recovery>),
    DropRecovery(Arc<Recovery>),
    /// Unsaved work may be lost.
    Leave,
    /// Unsaved work is to be saved, and then left.
    SaveAndLeave,
}

/// State of the frame around the panes.
#[derive(Default)]
pub struct Shell {
    palette: palette::Palette,
    questions: questions::Questions,
    toasts: Toasts,
    tasks_open: bool,
    fit: Fit,
    requests: Vec<ShellRequest>,
}

impl Shell {
    pub fn show(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        panes: &mut [Box<dyn Pane>],
        welcome: &mut Welcome,
        import: &mut Import,
    ) {
        let ctx = ui.ctx().clone();
        // Whatever lies behind a dialog sees no key, not the panes' own shortcuts and not the grid,
        // and no pointer: a tooltip would stay in front of the dialog while it rests.
        let held = self.has_dialog().then(|| take_keys(&ctx));
        let pointer = held
            .is_some()
            .then(|| ctx.input_mut(|input| std::mem::take(&mut input.pointer)));
        self.behind(ui, view, panes, welcome, import);
        if let Some(held) = held {
            ctx.input_mut(|input| input.events.extend(held));
        }
        if let Some(pointer) = pointer {
            ctx.input_mut(|input| input.pointer = pointer);
        }
        self.palette.show(&ctx, view);
        self.requests.extend(self.questions.show(&ctx, view));
        self.toasts.show(&ctx, vec2(size::X2, 1.0));
    }

    /// What dialogs open in front of.
    fn behind(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        panes: &mut [Box<dyn Pane>],
        welcome: &mut Welcome,
        import: &mut Import,
    ) {
        let tokens = view.tokens;
        let bar = Frame::new().fill(tokens.surface.window);
        Panel::top("context bar")
            .exact_size(size::CONTEXT_BAR)
            .resizable(false)
            .show_separator_line(false)
            .frame(bar)
            .show(ui, |ui| {
                context_bar::show(ui, view);
                edge(ui, Edge::Bottom);
            });
        Panel::bottom("status bar")
            .exact_size(size::STATUS_BAR)
            .resizable(false)
            .show_separator_line(false)
            .frame(bar)
            .show(ui, |ui| {
                status_bar::show(ui, view, &mut self.tasks_open);
                edge(ui, Edge::Top);
            });
        let nothing_open = view.session.document().is_empty() && view.shared.import.is_none();
        if nothing_open && view.shared.workspace != super::action::WorkspaceId::Predict {
            CentralPanel::default()
                .frame(Frame::new().fill(tokens.surface.panel))
                .show(ui, |ui| {
                    problems(ui, view);
                    welcome.show(ui, view);
                });
        } else {
            self.workspace(ui, view, panes, import);
        }
    }

    fn workspace(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        panes: &mut [Box<dyn Pane>],
        import: &mut Import,
    ) {
        let tokens = view.tokens;
        let bar = Frame::new().fill(tokens.surface.window);
        Panel::left("rail")
            .exact_size(size::RAIL)
            .resizable(false)
            .show_separator_line(false)
            .frame(bar)
            .show(ui, |ui| {
                rail::show(ui, view);
                edge(ui, Edge::Right);
            });
        let current = view.shared.workspace;
        let Some(pane) = panes.iter_mut().find(|pane| pane.id() == current) else {
            return;
        };
        let importing = view.shared.import.is_some();
        let pane: &mut dyn Pane = if importing { import } else { pane.as_mut() };
        let width = ui.ctx().content_rect().width();
        self.fit.panels(width, view.shared);
        let id = |side: &str| egui::Id::unique((side, current.word(), importing));
        if view.shared.left_open && width >= size::CLOSE_LEFT_BELOW {
            let panel = Panel::left(id("left")).default_size(pane.left_width());
            let panel = panel.size_range(range(size::LEFT_PANEL_RANGE));
            side(ui, panel, tokens, Edge::Right, |ui| pane.left(ui, view));
        }
        if view.shared.right_open {
            let panel = Panel::right(id("right")).default_size(size::RIGHT_PANEL);
            let panel = panel.size_range(range(size::RIGHT_PANEL_RANGE));
            side(ui, panel, tokens, Edge::Left, |ui| pane.inspector(ui, view));
        }
        CentralPanel::default()
            .frame(Frame::new().fill(tokens.surface.canvas))
            .show(ui, |ui| {
                problems(ui, view);
                pane.canvas(ui, view);
            });
    }

    pub fn toast(&mut self, ctx: &Context, text: impl Into<String>) {
        self.toasts.push(text, None);
        ctx.request_repaint();
    }

    pub fn toggle_palette(&mut self) {
        self.palette.toggle();
    }

    pub fn toggle_help(&mut self) {
        self.questions.toggle_help();
    }

    pub fn ask_for_path(&mut self) {
        self.questions.ask_for_path();
    }

    /// Asks for a path to type. `folder`: where it probably lies; `waiting`: a dialog of the system
    /// was asked for and has not been answered.
    pub fn ask_for_file(
        &mut self,
        question: FileQuestion,
        purpose: Purpose,
        folder: &Path,
        waiting: bool,
    ) {
        self.questions
            .ask_for_file(question, purpose, folder, waiting);
    }

    /// Asks whether a file that is there already is to be replaced.
    pub fn ask_to_replace(&mut self, question: FileQuestion, purpose: Purpose, path: PathBuf) {
        self.questions.ask_to_replace(question, purpose, path);
    }

    pub fn ask_for_paste(&mut self, ctx: &Context) {
        self.questions.ask_for_paste(ctx);
    }

    pub fn confirm_close(&mut self) {
        self.questions.confirm_close();
    }

    pub fn confirm_quit(&mut self) {
        self.questions.confirm_quit();
    }

    pub fn offer_recovery(&mut self, recoveries: Vec<Recovery>) {
        self.questions.offer_recovery(recoveries);
    }

    /// Something in front takes the keyboard.
    pub fn has_dialog(&self) -> bool {
        self.questions.is_open() || self.palette.is_open()
    }

    pub fn take_requests(&mut self) -> Vec<ShellRequest> {
        std::mem::take(&mut self.requests)
    }
}

/// Takes what was typed out of the input, in its order.
fn take_keys(ctx: &Context) -> Vec<Event> {
    let typed = |event: &mut Event| {
        matches!(
            event,
            Event::Key { .. }
                | Event::Text(_)
                | Event::Ime(_)
                | Event::Copy
                | Event::Cut
                | Event::Paste(_)
                | Event::PasteImage(_)
        )
    };
    ctx.input_mut(|input| input.events.extract_if(.., typed).collect())
}

/// Which side panels fit: a narrow window has room for one, the one opened last.
#[derive(Default)]
struct Fit {
    narrow: bool,
    left_was_open: bool,
    /// Closed because there was no room, not by a person.
    left_yielded: bool,
    right_yielded: bool,
}

impl Fit {
    fn panels(&mut self, width: f32, shared: &mut Shared) {
        let narrow = width < size::CLOSE_RIGHT_BELOW;
        if narrow && !self.narrow {
            self.right_yielded = shared.right_open;
            shared.right_open = false;
        } else if narrow && shared.left_open && shared.right_open {
            self.left_yielded = self.left_was_open;
            self.right_yielded = !self.left_was_open;
            shared.left_open = !self.left_was_open;
            shared.right_open = self.left_was_open;
        } else if narrow && !shared.right_open && self.left_yielded {
            self.left_yielded = false;
            shared.left_open = true;
        } else if self.narrow && !narrow {
            shared.left_open |= std::mem::take(&mut self.left_yielded);
            shared.right_open |= std::mem::take(&mut self.right_yielded);
        }
        self.narrow = narrow;
        self.left_was_open = shared.left_open;
    }
}

/// Errors stay here until a person has dealt with them.
fn problems(ui: &mut Ui, view: &mut View<'_>) {
    if view.shared.problems.is_empty() {
        return;
    }
    let mut dismissed = None;
    let count = view.shared.problems.len();
    Frame::new().inner_margin(size::X3).show(ui, |ui| {
        ScrollArea::vertical()
            .id_salt("problems")
            .max_height(240.0)
            .show(ui, |ui| {
                for (index, problem) in view.shared.problems.iter().enumerate().rev() {
                    ui.push_id(index, |ui| {
                        if error_card(ui, problem, &["Dismiss"]).is_some() {
                            dismissed = Some(index);
                        }
                    });
                }
            });
        if count > 1 && super::widgets::link(ui, "Dismiss all").clicked() {
            dismissed = Some(usize::MAX);
        }
    });
    match dismissed {
        Some(usize::MAX) => view.shared.problems.clear(),
        Some(index) => {
            view.shared.problems.remove(index);
        }
        None => {}
    }
}

fn range([least, most]: [f32; 2]) -> std::ops::RangeInclusive<f32> {
    least..=most
}

/// A side panel: as wide as a person made it, its line towards the canvas.
fn side(ui: &mut Ui, panel: Panel, tokens: &Tokens, line: Edge, add: impl FnOnce(&mut Ui)) {
    panel
        .resizable(true)
        .show_separator_line(false)
        .frame(Frame::new().fill(tokens.surface.panel))
        .show(ui, |ui| {
            fill(ui);
            add(ui);
            edge(ui, line);
        });
}

/// Takes all the room there is, so that the panel keeps its size whatever is in it.
fn fill(ui: &mut Ui) {
    ui.set_min_size(ui.available_size());
    ui.spacing_mut().item_spacing = vec2(size::X2, size::X1);
}

enum Edge {
    Top,
    Bottom,
    Left,
    Right,
}

/// A line on one side of a place, drawn by the place itself.
fn edge(ui: &Ui, edge: Edge) {
    let rect = ui.max_rect();
    let stroke = Stroke::new(size::HAIRLINE, theme::tokens(ui).border.default);
    let painter = ui.painter();
    match edge {
        Edge::Top => painter.hline(rect.x_range(), rect.top() + 0.5, stroke),
        Edge::Bottom => painter.hline(rect.x_range(), rect.bottom() - 0.5, stroke),
        Edge::Left => painter.vline(rect.left() + 0.5, rect.y_range(), stroke),
        Edge::Right => painter.vline(rect.right() - 0.5, rect.y_range(), stroke),
    };
}
