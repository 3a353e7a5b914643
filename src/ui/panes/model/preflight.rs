//! The card "Before training": what the task is, how good guessing is, and what to look out for.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Frame, Label, Layout, Margin, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::moment::{self, MomentState};
use super::setup;
use crate::base::{Issue, Severity, format};
use crate::evaluate::{Finding, Preflight};
use crate::learn::Task;
use crate::project::Command;
use crate::project::document::TableRecipe;
use crate::ui::state::View;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::{
    Button, TextField, act_on_finding, badge, badge_icon, finding_buttons, link, paint,
};

/// Cautions shown until a person asks for all. Stops are always shown.
const SHOWN: usize = 3;
/// Classes named in the card; the others are one bar.
const CLASSES: usize = 6;

/// What the card remembers.
#[derive(Default)]
pub struct CardState {
    /// Everything is listed.
    all: bool,
    /// The finding whose reason is being written: its key.
    answering: Option<String>,
    reason: String,
    moment: MomentState,
    /// The finding of which it is told how it was checked: its key.
    explained: Option<String>,
}

pub fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    target: &str,
    found: &Preflight,
    state: &mut CardState,
) {
    let tokens = view.tokens;
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
    let found = &found.under(&recipe.model.split, recipe.model.folds);
    let used = learned_from(view, &recipe, found);
    let open: Vec<&Finding> = found.open(&used, &recipe.model.answers).collect();
    Frame::new()
        .fill(tokens.surface.raised)
        .stroke(Stroke::new(1.0, tokens.border.subtle))
        .corner_radius(size::RADIUS_CARD)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            Frame::new()
                .inner_margin(Margin {
                    left: 16,
                    right: 16,
                    top: 12,
                    bottom: 12,
                })
                .show(ui, |ui| {
                    head(ui, target, found, &open);
                    moment::sealed_line(ui, view, &recipe);
                    moment::moment(ui, view, &recipe, &mut state.moment);
                });
            let (shown, more) = match state.all {
                true => (open.as_slice(), 0),
                false => shortened(&open),
            };
            for finding in shown {
                finding_row(ui, view, &recipe, found, finding, state);
            }
            answered(ui, view, &recipe, found);
            if more > 0 || (state.all && shortened(&open).1 > 0) {
                line(ui);
                Frame::new()
                    .inner_margin(Margin::symmetric(16, 8))
                    .show(ui, |ui| {
                        let words = if state.all {
                            "Show fewer".to_owned()
                        } else {
                            format!("{more} more")
                        };
                        if link(ui, &words).clicked() {
                            state.all = !state.all;
                        }
                    });
            }
        });
}

/// Every Stop and the first others; how many are not shown.
fn shortened<'a, 'b>(open: &'b [&'a Finding]) -> (&'b [&'a Finding], usize) {
    let stops = open
        .iter()
        .filter(|finding| finding.severity == Severity::Stop)
        .count();
    let shown = (stops + SHOWN).min(open.len());
    (open.get(..shown).unwrap_or_default(), open.len() - shown)
}

fn learned_from(view: &mut View<'_>, recipe: &TableRecipe, found: &Preflight) -> Vec<String> {
    let features = found.features.iter().map(|feature| feature.name.clone());
    features
        .filter(|name| is_used(view, recipe, found, name))
        .collect()
}

/// One finding: a note about one column with the button that does the other thing, others with
/// everything that can be done about them.
fn finding_row(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    found: &Preflight,
    finding: &Finding,
    state: &mut CardState,
) {
    let mut issue = finding.to_issue();
    if issue.hint.is_some() {
        issue.hint = Some(finding.advice_at(recipe.model.moment.as_deref()));
    }
    issue_row(ui, view, recipe, found, &issue);
    let column_note = finding.severity == Severity::Note && finding.columns.len() == 1;
    if column_note || finding.actions.is_empty() {
        return;
    }
    let key = finding.key();
    ui.push_id(&key, |ui| {
        let buttons = |ui: &mut Ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
            ui.horizontal_wrapped(|ui| {
                let clicked = finding_buttons(ui, view, recipe, finding);
                if !finding.checked.is_empty() && link(ui, "How we checked").clicked() {
                    state.explained = match state.explained.as_ref() == Some(&key) {
                        true => None,
                        false => Some(key.clone()),
                    };
                }
                clicked
            })
            .inner
        };
        let margin = Margin {
            left: 42,
            right: 16,
            ..Margin::ZERO
        };
        let clicked = Frame::new().inner_margin(margin).show(ui, buttons).inner;
        if let Some(action) = clicked
            && !act_on_finding(ui.ctx(), view, recipe, finding, &action)
        {
            state.answering = Some(key.clone());
            state.reason.clear();
        }
        if state.explained.as_ref() == Some(&key) {
            ui.add_space(6.0);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                let grey = theme::tokens(ui).text.secondary;
                let words = theme::caption(&finding.checked).color(grey);
                ui.add(Label::new(words).wrap());
            });
        }
        if state.answering.as_deref() == Some(finding.key().as_str()) {
            ui.add_space(8.0);
            reason(ui, view, recipe, finding, state);
        }
    });
    ui.add_space(12.0);
}

/// The field for the reason why a finding stands.
fn reason(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    finding: &Finding,
    state: &mut CardState,
) {
    ui.horizontal(|ui| {
        ui.add_space(42.0);
        ui.spacing_mut().item_spacing.x = 8.0;
        TextField::new("Reason")
            .hint("Why? It is kept in the project")
            .width(320.0)
            .show(ui, &mut state.reason);
        let words = state.reason.trim().to_owned();
        let missing = words
            .is_empty()
            .then(|| "Write the reason first".to_owned());
        let keep = Button::primary("Keep this answer")
            .small()
            .disabled(missing);
        if keep.show(ui).clicked() {
            view.dispatch(Command::AnswerFinding {
                table: recipe.id,
                finding: finding.key(),
                reason: Some(words),
            });
            state.answering = None;
        }
        if Button::ghost("Cancel").small().show(ui).clicked() {
            state.answering = None;
        }
    });
}

/// Findings a person has answered, with what was said.
fn answered(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe, found: &Preflight) {
    for finding in &found.findings {
        let Some(said) = recipe.model.answers.get(&finding.key()) else {
            continue;
        };
        line(ui);
        Frame::new()
            .inner_margin(Margin::symmetric(16, 8))
            .show(ui, |ui| {
                let words = format!("{} You said: {said}.", finding.saw);
                let grey = theme::tokens(ui).text.secondary;
                ui.add(Label::new(theme::body(words).color(grey)).wrap());
                if link(ui, "Take back").clicked() {
                    view.dispatch(Command::AnswerFinding {
                        table: recipe.id,
                        finding: finding.key(),
                        reason: None,
                    });
                }
            });
    }
}

fn line(ui: &mut Ui) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 1.0));
    let stroke = Stroke::new(1.0, theme::tokens(ui).border.subtle);
    ui.painter().hline(rect.x_range(), rect.center().y, stroke);
}

fn head(ui: &mut Ui, target: &str, found: &Preflight, open: &[&Finding]) {
    let tokens = theme::tokens(ui);
    ui.horizontal(|ui| {
        ui.label(Icon::LIST_CHECKS.text(16.0).color(tokens.text.secondary));
        ui.label(theme::body_strong("Before training").color(tokens.text.primary));
        let worst = open.iter().map(|finding| finding.severity).max();
        let cautions = open
            .iter()
            .filter(|finding| finding.severity != Severity::Note)
            .count() as u64;
        match worst {
            Some(Severity::Stop) => badge_icon(ui, Tone::Stop, Icon::STOP, "Waits for your answer"),
            Some(Severity::Caution) => {
                let words = format!("{cautions} to look at");
                badge_icon(ui, Tone::Caution, Icon::WARNING, &words)
            }
            _ => badge_icon(ui, Tone::Good, Icon::CHECK, "Nothing in the way"),
        };
    });
    ui.add_space(4.0);
    let sentence = format!(
        "{} {}.",
        task_sentence(target, found),
        found.guessing_sentence
    );
    ui.add(Label::new(theme::body(sentence).color(tokens.text.secondary)).wrap());
    if let Task::Classes { names } = &found.task {
        ui.add_space(10.0);
        shares(ui, names, &found.class_counts);
    }
}

fn task_sentence(target: &str, found: &Preflight) -> String {
    match &found.task {
        Task::Number => format!(
            "{target} is a number, known in {}.",
            format::counted(found.rows, "row")
        ),
        Task::Classes { names } if names.len() == 2 => {
            let total: u64 = found.class_counts.iter().sum();
            let share = found
                .class_counts
                .last()
                .map_or(0.0, |count| *count as f64 / total.max(1) as f64);
            let second = format::shorten(names.last().map_or("", String::as_str), 40);
            format!(
                "One of two: {second} in {} of the rows.",
                format::share(share)
            )
        }
        Task::Classes { names } => format!("One of {} classes.", names.len()),
    }
}

/// The classes as one bar, most frequent ones named.
fn shares(ui: &mut Ui, names: &[String], counts: &[u64]) {
    let tokens = theme::tokens(ui);
    let total: u64 = counts.iter().sum();
    let mut parts: Vec<(String, u64)> = names.iter().cloned().zip(counts.iter().copied()).collect();
    if parts.len() > CLASSES {
        parts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let rest = parts.split_off(CLASSES - 1);
        let count = rest.iter().map(|(_, count)| *count).sum();
        parts.push((format!("{} others", rest.len()), count));
    }
    let colour = |index: usize| {
        if names.len() > CLASSES && index == CLASSES - 1 {
            tokens.chart.other
        } else {
            tokens.category(index)
        }
    };
    let response = paint::allocate(ui, vec2(ui.available_width(), 8.0), Sense::hover(), true);
    let rect = response.rect;
    let mut left = rect.left();
    for (index, (_, count)) in parts.iter().enumerate() {
        let width = rect.width() * *count as f32 / total.max(1) as f32;
        let part = Rect::from_min_max(
            pos2(left, rect.top()),
            pos2((left + width - 1.0).max(left + 1.0), rect.bottom()),
        );
        ui.painter().rect_filled(part, 1.0, colour(index));
        left += width;
    }
    let words: Vec<String> = parts
        .iter()
        .map(|(name, count)| {
            let name = format::shorten(&name.split_whitespace().collect::<Vec<_>>().join(" "), 28);
            format!(
                "{name}: {}",
                format::share(*count as f64 / total.max(1) as f64)
            )
        })
        .collect();
    let description = format!("Shares of the classes: {}", words.join(", "));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &description));
    ui.add_space(6.0);
    ui.spacing_mut().interact_size.y = 16.0;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(16.0, 4.0);
        for (index, words) in words.iter().enumerate() {
            let wanted = vec2(paint::width_of(ui, words, Type::Caption) + 14.0, 16.0);
            let (_, rect) = ui.allocate_space(wanted);
            let square =
                Rect::from_center_size(pos2(rect.left() + 4.0, rect.center().y), vec2(8.0, 8.0));
            ui.painter()
                .rect(square, 1.0, colour(index), Stroke::NONE, StrokeKind::Inside);
            let place = pos2(rect.left() + 14.0, rect.center().y);
            paint::text_left(
                ui.painter(),
                place,
                words,
                Type::Caption,
                tokens.text.primary,
                wanted.x,
            );
        }
    });
}

pub fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Note => Tone::Note,
        Severity::Caution => Tone::Caution,
        Severity::Stop => Tone::Stop,
    }
}

/// One finding: icon, what was seen and why it matters; what is done about its column, and the
/// button that does the other thing.
fn issue_row(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    found: &Preflight,
    issue: &Issue,
) {
    line(ui);
    let tokens = view.tokens;
    let column = issue
        .column
        .as_ref()
        .filter(|_| issue.severity == Severity::Note);
    let column = column.filter(|column| {
        found
            .features
            .iter()
            .any(|feature| feature.name == **column)
    });
    let used = column.map(|column| is_used(view, recipe, found, column));
    let right = if used.is_some() { 184.0 } else { 0.0 };
    let width = ui.available_width() - 16.0 - 26.0 - 16.0 - right;
    let message = ui.painter().layout(
        issue.message.clone(),
        Type::Body.font(),
        tokens.text.primary,
        width,
    );
    let hint = issue.hint.clone().unwrap_or_default();
    let hint = ui
        .painter()
        .layout(hint, Type::Caption.font(), tokens.text.secondary, width);
    let hint_height = if issue.hint.is_some() {
        hint.size().y + 2.0
    } else {
        0.0
    };
    let height = (message.size().y + hint_height + 16.0).max(40.0);
    let response = paint::allocate(ui, vec2(ui.available_width(), height), Sense::hover(), true);
    let rect = response.rect;
    let name = format!("{}: {}", issue.severity.word(), issue.message);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let tone = tone(issue.severity);
    let text_height = message.size().y + hint_height;
    let top = rect.center().y - text_height / 2.0;
    let icon = pos2(rect.left() + 24.0, top + 9.0);
    tone.icon().paint(
        ui.painter(),
        icon,
        size::ICON,
        tone.icon_colour(tokens),
        IconWeight::Fill,
    );
    let left = rect.left() + 42.0;
    let below = top + message.size().y + 2.0;
    ui.painter()
        .galley(pos2(left, top), message, tokens.text.primary);
    if issue.hint.is_some() {
        ui.painter()
            .galley(pos2(left, below), hint, tokens.text.secondary);
    }
    response.on_hover_text(issue.severity.word());
    if let (Some(column), Some(used)) = (column, used) {
        let place = Rect::from_min_max(
            pos2(rect.right() - right, rect.top()),
            rect.max - vec2(16.0, 0.0),
        );
        let layout = Layout::right_to_left(Align::Center);
        let mut child = ui.new_child(
            UiBuilder::new()
                .max_rect(place)
                .layout(layout)
                .id_salt(column),
        );
        child.spacing_mut().item_spacing.x = 8.0;
        let (state, action) = if used {
            ("Used", "Leave it out")
        } else {
            ("Left out", "Use anyway")
        };
        let locked = view
            .session
            .is_training()
            .then(|| "Training is going on".to_owned());
        if Button::ghost(action)
            .small()
            .disabled(locked)
            .show(&mut child)
            .clicked()
        {
            setup::tick(view, recipe, column, !used);
        }
        badge(&mut child, Tone::Neutral, state);
    }
}

fn is_used(view: &mut View<'_>, recipe: &TableRecipe, found: &Preflight, column: &str) -> bool {
    if let crate::session::Slot::Ready(features) = view.session.chosen_features() {
        return features.iter().any(|feature| feature == column);
    }
    let advised = found
        .features
        .iter()
        .any(|feature| feature.name == column && feature.ticked);
    recipe
        .model
        .features
        .get(column)
        .copied()
        .unwrap_or(advised)
}
