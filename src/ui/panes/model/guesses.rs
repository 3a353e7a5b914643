//! Before anything: three columns that are likely to be worth predicting. A person picks.

use eframe::egui::accesskit::Role;
use eframe::egui::{Align, Layout, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::setup;
use crate::base::format;
use crate::data::{ColumnKind, ColumnProfile};
use crate::session::Slot;
use crate::ui::state::View;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, kind_icon, size};
use crate::ui::widgets::paint;
use crate::ui::widgets::scores::pending;

const WIDTH: f32 = 480.0;
/// Columns with more classes than this are hardly ever a question.
const MOST_CLASSES: u64 = 20;

struct Guess {
    name: String,
    kind: ColumnKind,
    words: String,
    score: f64,
}

pub fn show(ui: &mut Ui, view: &mut View<'_>) {
    let tokens = view.tokens;
    let table = match view.session.table() {
        Slot::Ready(table) | Slot::Stale(table, _) => table,
        _ => {
            eframe::egui::Frame::new()
                .inner_margin(16.0)
                .show(ui, |ui| pending(ui, "guesses", 4));
            return;
        }
    };
    let profiles = view.session.profiles(&table);
    let known: Vec<&ColumnProfile> = profiles
        .iter()
        .filter_map(|slot| slot.shown().map(|held| &**held))
        .collect();
    let mut guesses: Vec<Guess> = known
        .iter()
        .enumerate()
        .filter_map(|(place, profile)| guess(profile, place, known.len()))
        .collect();
    guesses.sort_by(|a, b| b.score.total_cmp(&a.score));
    guesses.truncate(3);
    let width = WIDTH.min(ui.available_width() - 32.0);
    let height = 148.0 + guesses.len() as f32 * 44.0;
    ui.add_space(((ui.available_height() - height) * 0.38).clamp(16.0, 240.0));
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.label(
            Icon::MODEL
                .text(size::ICON_EMPTY)
                .color(tokens.text.secondary),
        );
        ui.add_space(4.0);
        ui.label(theme::heading("Pick the column you want to predict").color(tokens.text.primary));
        let words = match guesses.len() {
            0 if known.len() < table.width() => "The columns are still being looked at.",
            0 => "No column looks like an obvious question; choose one at the left.",
            1 => "One likely column. Any other can be chosen at the left.",
            _ => "Likely ones, most likely first. Any other can be chosen at the left.",
        };
        ui.label(theme::body(words).color(tokens.text.secondary));
        ui.add_space(12.0);
        for guess in &guesses {
            if row(ui, guess, width) {
                setup::set_target(view, Some(guess.name.clone()));
            }
        }
    });
}

fn row(ui: &mut Ui, guess: &Guess, width: f32) -> bool {
    let tokens = theme::tokens(ui);
    let response = paint::allocate(ui, vec2(width, 40.0), Sense::click(), true);
    let rect = response.rect;
    let fill = if response.hovered() {
        tokens.surface.hover
    } else {
        tokens.surface.raised
    };
    let stroke = Stroke::new(1.0, tokens.border.default);
    ui.painter().rect(
        rect,
        size::RADIUS_CARD,
        fill,
        stroke,
        eframe::egui::StrokeKind::Inside,
    );
    let y = rect.center().y;
    let painter = ui.painter();
    let grey = tokens.text.secondary;
    kind_icon(guess.kind).paint(
        painter,
        pos2(rect.left() + 20.0, y),
        16.0,
        grey,
        IconWeight::Regular,
    );
    let left = pos2(rect.left() + 38.0, y);
    let room = rect.width() * 0.45;
    let (drawn, _) = paint::text_left(
        painter,
        left,
        &guess.name,
        Type::BodyMedium,
        tokens.text.primary,
        room,
    );
    Icon::CARET_RIGHT.paint(
        painter,
        pos2(rect.right() - 18.0, y),
        12.0,
        grey,
        IconWeight::Regular,
    );
    let right = pos2(rect.right() - 32.0, y);
    paint::text_right(
        painter,
        right,
        &guess.words,
        Type::Body,
        grey,
        right.x - left.x - drawn - 16.0,
    );
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CARD);
    let name = format!("Predict {}, {}", guess.name, guess.words);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    response.clicked()
}

/// How likely a column is the question, and what the question would be. None: not likely at all.
fn guess(profile: &ColumnProfile, place: usize, columns: usize) -> Option<Guess> {
    let filled = profile.rows.saturating_sub(profile.blanks);
    let mostly_blank = profile.blanks as f64 > profile.rows as f64 * 0.3;
    if profile.constant || profile.name_tag.is_some() || mostly_blank || profile.distinct < 2 {
        return None;
    }
    let by_kind = match profile.kind {
        ColumnKind::YesNo => 3.0,
        ColumnKind::Category | ColumnKind::Text if profile.distinct <= MOST_CLASSES => {
            3.0 - profile.distinct as f64 / MOST_CLASSES as f64
        }
        ColumnKind::Number if profile.distinct == 2 => 2.5,
        ColumnKind::Number if profile.distinct as f64 > filled as f64 * 0.02 => 1.6,
        _ => return None,
    };
    let last = columns.saturating_sub(1);
    // Questions are most often asked of the last column, next of the first.
    let by_place = if place == last {
        1.6
    } else if place == 0 {
        0.9
    } else {
        0.5 * place as f64 / columns as f64
    };
    let by_name = if HINTS
        .iter()
        .any(|hint| profile.name.to_lowercase().contains(hint))
    {
        1.5
    } else {
        0.0
    };
    let blanks = 2.0 * profile.blanks as f64 / profile.rows.max(1) as f64;
    Some(Guess {
        name: profile.name.clone(),
        kind: profile.kind,
        words: words(profile),
        score: by_kind + by_place + by_name - blanks,
    })
}

const HINTS: [&str; 12] = [
    "target",
    "outcome",
    "class",
    "label",
    "species",
    "diagnosis",
    "quality",
    "price",
    "churn",
    "cancel",
    "survived",
    "result",
];

fn words(profile: &ColumnProfile) -> String {
    let filled = profile.rows.saturating_sub(profile.blanks).max(1) as f64;
    match (&profile.number, profile.kind) {
        (Some(number), ColumnKind::Number) => format!(
            "a number, {} to {}",
            profile.figures().number(number.min, 3),
            profile.figures().number(number.max, 3)
        ),
        _ if profile.distinct == 2 => match profile.top.last() {
            Some(rarer) => format!(
                "{} in {}",
                rarer.value,
                format::share(rarer.count as f64 / filled)
            ),
            None => "two classes".to_owned(),
        },
        _ => {
            let names: Vec<&str> = profile
                .top
                .iter()
                .take(3)
                .map(|value| value.value.as_str())
                .collect();
            let more = if profile.distinct > 3 { "…" } else { "" };
            format!("{} classes: {}{more}", profile.distinct, names.join(", "))
        }
    }
}
