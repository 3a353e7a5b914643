//! One step of a recipe: a numbered circle on a thread, a sentence, what it changed.

use eframe::egui::accesskit::Role;
use eframe::egui::text::TextWrapping;
use eframe::egui::{Pos2, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::button::{icon_strip, icon_strip_width};
use super::label::{self, Tone};
use super::paint;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Tokens, Type, size};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepState {
    #[default]
    Normal,
    /// Being tried out, not part of the recipe yet.
    Preview,
    /// Switched off: stays in the recipe, does nothing.
    Off,
    /// Something it needs is gone.
    NeedsAttention,
    /// After the step one is looking at.
    Later,
}

/// A step as a row of a recipe.
#[must_use = "call show"]
pub struct StepRow<'a, S: AsRef<str>> {
    number: usize,
    sentence: &'a [(S, bool)],
    detail: &'a str,
    badges: &'a [(Tone, &'a str)],
    learns: bool,
    state: StepState,
    selected: bool,
    first: bool,
    last: bool,
    actions: &'a [(Icon, &'a str)],
}

/// What happened to a step. Dereferences to the response of the row itself.
pub struct StepResponse {
    pub row: Response,
    /// The place of the action whose button was clicked.
    pub action: Option<usize>,
}

impl std::ops::Deref for StepResponse {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.row
    }
}

impl<'a, S: AsRef<str>> StepRow<'a, S> {
    /// `number` counts from 1; the sentence is plain and strong parts in turn.
    pub fn new(number: usize, sentence: &'a [(S, bool)]) -> Self {
        Self {
            number,
            sentence,
            detail: "",
            badges: &[],
            learns: false,
            state: StepState::Normal,
            selected: false,
            first: false,
            last: false,
            actions: &[],
        }
    }

    /// What it changed ("1,204 cells"), or why it needs attention.
    pub fn detail(mut self, detail: &'a str) -> Self {
        self.detail = detail;
        self
    }

    pub fn badges(mut self, badges: &'a [(Tone, &'a str)]) -> Self {
        self.badges = badges;
        self
    }

    /// Learns from data: fitted again inside the practice rows only.
    pub fn learns(mut self, learns: bool) -> Self {
        self.learns = learns;
        self
    }

    pub fn state(mut self, state: StepState) -> Self {
        self.state = state;
        self
    }

    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Where the thread begins and ends.
    pub fn ends(mut self, first: bool, last: bool) -> Self {
        self.first = first;
        self.last = last;
        self
    }

    /// Buttons that show at the right while the row is under the pointer.
    pub fn actions(mut self, actions: &'a [(Icon, &'a str)]) -> Self {
        self.actions = actions;
        self
    }

    pub fn show(self, ui: &mut Ui) -> StepResponse {
        let tokens = theme::tokens(ui);
        let width = ui.available_width();
        let colour = match self.state {
            StepState::Off | StepState::Later => tokens.text.disabled,
            _ => tokens.text.primary,
        };
        let mut job = label::sentence_job(self.sentence, colour);
        if self.state == StepState::Off {
            for section in &mut job.sections {
                section.format.strikethrough = Stroke::new(1.0, colour);
            }
        }
        job.wrap = TextWrapping {
            max_width: width - 52.0,
            max_rows: 3,
            ..TextWrapping::default()
        };
        let galley = ui.painter().layout_job(job);
        let second = !self.detail.is_empty()
            || self.learns
            || !self.badges.is_empty()
            || self.state == StepState::Preview;
        let height = 8.0 + galley.size().y + if second { 22.0 } else { 2.0 } + 6.0;
        let response = paint::allocate(ui, vec2(width, height), Sense::click_and_drag(), true);
        let rect = response.rect;
        let selected = self.selected || self.state == StepState::Preview;
        let acting = !self.actions.is_empty() && ui.rect_contains_pointer(rect);
        let hover = acting.then_some(tokens.surface.hover);
        if let Some(fill) = paint::flat_fill(ui, &response, selected).or(hover) {
            ui.painter().rect_filled(rect, size::RADIUS_CARD, fill);
        }
        let circle = pos2(rect.left() + 20.0, rect.top() + 18.0);
        self.thread(ui, rect, circle);
        self.circle(ui, circle, tokens);
        let text = pos2(rect.left() + 40.0, rect.top() + 8.0);
        let line = text + vec2(0.0, galley.size().y + 11.0);
        ui.painter().galley(text, galley, colour);
        self.second_line(ui, line, rect.right() - 12.0);
        // On the second line they do not hide the sentence.
        let buttons = if second { line.y } else { rect.top() + 16.0 };
        let action = self.buttons(ui, rect, buttons);
        paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CARD);
        let words: String = self
            .sentence
            .iter()
            .map(|(text, _)| text.as_ref())
            .collect();
        let name = format!("Step {}: {words} {}", self.number, self.detail);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name.trim_end()));
        StepResponse {
            row: response,
            action,
        }
    }

    fn thread(&self, ui: &Ui, rect: Rect, circle: Pos2) {
        let stroke = Stroke::new(2.0, theme::tokens(ui).border.default);
        if !self.first {
            ui.painter()
                .vline(circle.x, rect.top()..=circle.y - 10.0, stroke);
        }
        if !self.last {
            ui.painter()
                .vline(circle.x, circle.y + 10.0..=rect.bottom(), stroke);
        }
    }

    fn circle(&self, ui: &Ui, middle: Pos2, tokens: &Tokens) {
        let painter = ui.painter();
        let (fill, outline, text) = match self.state {
            StepState::NeedsAttention => {
                let caution = &tokens.status.caution;
                (caution.fill, caution.border, caution.text)
            }
            StepState::Preview => (
                tokens.surface.selected,
                tokens.accent.line,
                tokens.text.accent,
            ),
            StepState::Off | StepState::Later => (
                tokens.surface.panel,
                tokens.border.default,
                tokens.text.disabled,
            ),
            StepState::Normal => (
                tokens.surface.raised,
                tokens.border.default,
                tokens.text.secondary,
            ),
        };
        painter.circle_filled(middle, 10.0, fill);
        if self.state == StepState::Preview {
            dashed_circle(painter, middle, 9.5, Stroke::new(1.0, outline));
        } else {
            painter.circle_stroke(middle, 9.5, Stroke::new(1.0, outline));
        }
        let number = self.number.to_string();
        paint::text_middle(painter, middle, &number, Type::Micro, text, 20.0);
    }

    fn second_line(&self, ui: &Ui, line: Pos2, end: f32) {
        let tokens = theme::tokens(ui);
        let mut x = line.x;
        let attention = self.state == StepState::NeedsAttention;
        let colour = match self.state {
            StepState::NeedsAttention => tokens.status.caution.text,
            StepState::Off | StepState::Later => tokens.text.disabled,
            StepState::Normal | StepState::Preview => tokens.text.secondary,
        };
        if attention {
            let middle = pos2(x + 7.0, line.y);
            let icon = tokens.status.caution.icon;
            Icon::WARNING.paint(ui.painter(), middle, 14.0, icon, IconWeight::Fill);
            x += 20.0;
        }
        if self.state == StepState::Preview {
            x += self.badge(ui, x, line.y, Tone::Neutral, None, "Preview");
        }
        let place = pos2(x, line.y);
        let (drawn, _) = paint::text_left(
            ui.painter(),
            place,
            self.detail,
            Type::Caption,
            colour,
            end - x,
        );
        if drawn > 0.0 {
            x += drawn + 8.0;
        }
        if self.learns {
            x += self.badge(ui, x, line.y, Tone::Accent, Some(Icon::LEARNS), "learns");
        }
        for (tone, text) in self.badges {
            x += self.badge(ui, x, line.y, *tone, None, text);
        }
    }

    fn badge(&self, ui: &Ui, x: f32, y: f32, tone: Tone, icon: Option<Icon>, text: &str) -> f32 {
        let width = label::badge_width(ui, icon, text);
        label::paint_badge(ui, pos2(x + width, y), tone, icon, text) + 8.0
    }

    fn buttons(&self, ui: &mut Ui, rect: Rect, middle: f32) -> Option<usize> {
        if self.actions.is_empty() || !ui.rect_contains_pointer(rect) || !ui.is_enabled() {
            return None;
        }
        let end = pos2(rect.right() - 8.0, middle);
        let width = icon_strip_width(self.actions);
        let strip = Rect::from_min_max(
            pos2(end.x - width - 4.0, middle - 12.0),
            pos2(end.x + 4.0, middle + 12.0),
        );
        ui.painter()
            .rect_filled(strip, 4.0, theme::tokens(ui).surface.raised);
        icon_strip(ui, end, self.number, self.actions)
    }
}

fn dashed_circle(painter: &eframe::egui::Painter, middle: Pos2, radius: f32, stroke: Stroke) {
    let points: Vec<Pos2> = (0..=48)
        .map(|index| {
            let angle = index as f32 / 48.0 * std::f32::consts::TAU;
            middle + radius * vec2(angle.cos(), angle.sin())
        })
        .collect();
    painter.extend(Shape::dashed_line(&points, stroke, 3.0, 2.5));
}
