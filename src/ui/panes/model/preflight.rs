//! The card "Before training": what the task is, how good guessing is, and what to look out for.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Frame, Label, Layout, Margin, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::setup;
use crate::base::{Issue, Severity, format};
use crate::evaluate::Preflight;
use crate::learn::Task;
use crate::project::document::TableRecipe;
use crate::ui::state::View;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::{Button, badge, badge_icon, link, paint};

/// Notes shown until a person asks for all.
const SHOWN: usize = 4;
/// Classes named in the card; the others are one bar.
const CLASSES: usize = 6;

pub fn show(ui: &mut Ui, view: &mut View<'_>, target: &str, found: &Preflight, all: &mut bool) {
    let tokens = view.tokens;
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
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
                    head(ui, target, found);
                });
            let shown = if *all { found.issues.len() } else { SHOWN };
            for issue in found.issues.iter().take(shown) {
                issue_row(ui, view, &recipe, found, issue);
            }
            let more = found.issues.len().saturating_sub(SHOWN);
            if more > 0 {
                line(ui);
                Frame::new()
                    .inner_margin(Margin::symmetric(16, 8))
                    .show(ui, |ui| {
                        let words = if *all {
                            "Show fewer".to_owned()
                        } else {
                            format!("{more} more")
                        };
                        if link(ui, &words).clicked() {
                            *all = !*all;
                        }
                    });
            }
        });
}

fn line(ui: &mut Ui) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 1.0));
    let stroke = Stroke::new(1.0, theme::tokens(ui).border.subtle);
    ui.painter().hline(rect.x_range(), rect.center().y, stroke);
}

fn head(ui: &mut Ui, target: &str, found: &Preflight) {
    let tokens = theme::tokens(ui);
    ui.horizontal(|ui| {
        ui.label(Icon::LIST_CHECKS.text(16.0).color(tokens.text.secondary));
        ui.label(theme::body_strong("Before training").color(tokens.text.primary));
        let worst = found.issues.iter().map(|issue| issue.severity).max();
        let cautions = found
            .issues
            .iter()
            .filter(|issue| issue.severity != Severity::Note)
            .count() as u64;
        match worst {
            Some(Severity::Stop) => badge_icon(ui, Tone::Stop, Icon::STOP, "Please read"),
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
    let column = issue.column.as_ref().filter(|column| {
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
