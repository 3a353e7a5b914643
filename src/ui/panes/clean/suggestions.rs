//! What could be cleaned, found by looking at every column. Nothing is changed by itself.

use eframe::egui::{Frame, Label, ScrollArea, Ui, vec2};

use super::{CleanPane, recipe};
use crate::base::{ParamValue, Params, format};
use crate::clean;
use crate::data::{ColumnKind, ColumnProfile};
use crate::session::{OtherSpellings, Slot};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::{Button, ListRow, card::panel_card, panel_header, separator, skeleton};

/// Suggestions shown at once: more would not be read.
const SHOWN: usize = 7;
/// Columns looked at: more would take too long in every frame.
const LOOKED_AT: usize = 300;
/// Above this share of blanks a column has little to say.
const MOSTLY_BLANK: f64 = 0.6;
/// At most this share of blanks is "a few".
const FEW_BLANK: f64 = 0.05;
/// Share of a text column's frequent values that must read as numbers.
const NEARLY_ALL: f64 = 0.8;

/// A finding, and the step that would deal with it.
struct Suggestion {
    caution: bool,
    title: String,
    detail: String,
    operation: &'static str,
    params: Params,
    /// Rows concerned.
    effect: u64,
}

const CHECKS: [&str; 7] = [
    "Blanks in every column",
    "Columns with a single value",
    "Columns that only name their rows",
    "Numbers that were read as text",
    "Dates that were read as text",
    "Values that differ in spelling only",
    "Rows that are the same in every column",
];

pub fn show(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>) {
    let slot = view.session.table();
    let Some(table) = slot.shown().cloned() else {
        panel_header(ui, "Suggestions", "", |_| {});
        return;
    };
    let looked_at = 0..table.width().min(LOOKED_AT);
    let profiles: Vec<Slot<ColumnProfile>> = looked_at
        .map(|column| view.session.profile(&table, column))
        .collect();
    let ready = profiles.iter().all(Slot::is_ready);
    let copies = view
        .session
        .duplicate_rows(&table)
        .shown()
        .map(|count| **count);
    let spelled = view.session.other_spellings(&table).shown().cloned();
    let found = find(&profiles, copies, spelled.as_ref().map_or(&[], |all| all));
    let count = if found.is_empty() {
        String::new()
    } else {
        found.len().min(SHOWN).to_string()
    };
    panel_header(ui, "Suggestions", &count, |_| {});
    let mut chosen = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(12.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 8.0;
            for (index, suggestion) in found.iter().take(SHOWN).enumerate() {
                if ui.push_id(index, |ui| one(ui, suggestion)).inner {
                    chosen = Some(index);
                }
            }
            if !ready || copies.is_none() || spelled.is_none() {
                if pane.waiting.is_long(ui) {
                    skeleton(ui, 3);
                }
            } else if found.is_empty() {
                nothing_found(ui, table.width());
            }
            checks(pane, ui);
            separator(ui);
            note(ui);
        });
    });
    if let Some(suggestion) = chosen.and_then(|index| found.get(index))
        && let Ok(operation) = clean::by_id(suggestion.operation)
    {
        // A suggestion names its own columns.
        let column = view.shared.column.take();
        pane.begin(view, operation, suggestion.params.clone());
        view.shared.column = column;
    }
}

/// A finding as a card. True when its preview is asked for.
fn one(ui: &mut Ui, suggestion: &Suggestion) -> bool {
    let tokens = theme::tokens(ui);
    let mut clicked = false;
    panel_card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            let (icon, colour) = if suggestion.caution {
                (Icon::WARNING, tokens.status.caution.icon)
            } else {
                (Icon::INFO, tokens.status.note.icon)
            };
            ui.label(icon.fill(16.0).color(colour));
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let title = theme::body_medium(&suggestion.title).color(tokens.text.primary);
                ui.add(Label::new(title).wrap());
                let detail = theme::caption(&suggestion.detail).color(tokens.text.secondary);
                ui.add(Label::new(detail).wrap());
                ui.add_space(6.0);
                let icon = recipe::icon_of(suggestion.operation);
                let name = clean::by_id(suggestion.operation).map_or("Preview", |step| step.name());
                let button = Button::secondary(format!("{name}…")).small().icon(icon);
                clicked = button
                    .hint(format!("Preview: {}", suggestion.title))
                    .show(ui)
                    .clicked();
            });
        });
    });
    clicked
}

fn nothing_found(ui: &mut Ui, columns: usize) {
    let tokens = theme::tokens(ui);
    ui.horizontal_top(|ui| {
        ui.label(Icon::CHECK_CIRCLE.fill(16.0).color(tokens.status.good.icon));
        let words = format!(
            "No problems found in {}.",
            format::counted(columns as u64, "column")
        );
        ui.add(Label::new(theme::body(words).color(tokens.text.primary)).wrap());
    });
}

fn checks(pane: &mut CleanPane, ui: &mut Ui) {
    let icon = if pane.show_checks {
        Icon::CARET_DOWN
    } else {
        Icon::CARET_RIGHT
    };
    let count = CHECKS.len().to_string();
    if ListRow::new("Checks we ran")
        .icon(icon)
        .trailing(&count)
        .show(ui)
        .clicked()
    {
        pane.show_checks = !pane.show_checks;
    }
    if pane.show_checks {
        let tokens = theme::tokens(ui);
        for check in CHECKS {
            ui.horizontal(|ui| {
                ui.add_space(12.0);
                ui.spacing_mut().item_spacing = vec2(8.0, 2.0);
                ui.label(Icon::CHECK.text(14.0).color(tokens.text.secondary));
                ui.label(theme::caption(check).color(tokens.text.secondary));
            });
        }
    }
}

fn note(ui: &mut Ui) {
    let tokens = theme::tokens(ui);
    ui.horizontal_top(|ui| {
        ui.label(Icon::INFO.text(16.0).color(tokens.text.secondary));
        let words = "Nothing is applied without a preview. Every step can be edited, switched off or removed later.";
        ui.add(Label::new(theme::caption(words).color(tokens.text.secondary)).wrap());
    });
}

// ---- finding ----

fn find(
    profiles: &[Slot<ColumnProfile>],
    copies: Option<u64>,
    spelled: &[OtherSpellings],
) -> Vec<Suggestion> {
    let mut found: Vec<Suggestion> = profiles
        .iter()
        .filter_map(|slot| slot.shown())
        .filter_map(|profile| of_column(profile))
        .collect();
    if let Some(count) = copies.filter(|&count| count > 0) {
        found.push(Suggestion {
            caution: true,
            title: format!(
                "{} {} the same as an earlier one",
                format::counted(count, "row"),
                if count == 1 { "is" } else { "are" }
            ),
            detail: "In every column. Copies count twice in every chart, and a model may be checked on rows it has practised on.".to_owned(),
            operation: "remove_duplicates",
            params: Params::new(),
            effect: count,
        });
    }
    found.extend(spelled.iter().map(spelled_otherwise));
    found.extend(few_blanks(profiles));
    // Cautions first, then what concerns most rows; equal ones in the order of the table.
    found.sort_by_key(|suggestion| (!suggestion.caution, std::cmp::Reverse(suggestion.effect)));
    found
}

fn of_column(profile: &ColumnProfile) -> Option<Suggestion> {
    let name = &profile.name;
    let columns = Params::new().with("columns", ParamValue::List(vec![name.clone()]));
    let share = profile.blanks as f64 / profile.rows.max(1) as f64;
    let rows = format::counted(profile.blanks, "row");
    if profile.rows == 0 {
        return None;
    }
    if share > MOSTLY_BLANK {
        return Some(Suggestion {
            caution: true,
            title: format!("{name} is blank in {} of rows", format::share(share)),
            detail: format!("{rows}. There is little left to learn from."),
            operation: "drop_columns",
            params: columns,
            effect: profile.blanks,
        });
    }
    if let Some(parsed) = numbers_in_text(profile) {
        return Some(Suggestion {
            caution: true,
            title: format!("{name} looks like numbers, but is text"),
            detail: format!(
                "{} of its frequent values read as numbers. As text they cannot be averaged or put in order.",
                format::share(parsed)
            ),
            operation: "change_type",
            params: columns.with("to", "number"),
            effect: profile.rows - profile.blanks,
        });
    }
    if profile.constant && profile.blanks == 0 {
        let value = profile.top.first().map_or(String::new(), |value| {
            format!(": {}", format::shorten(&value.value, 24))
        });
        return Some(Suggestion {
            caution: false,
            title: format!("{name} has one value in every row"),
            detail: format!("The same everywhere{value}. It tells no row from another."),
            operation: "drop_columns",
            params: columns,
            effect: profile.rows,
        });
    }
    if looks_like_dates(profile) {
        return Some(Suggestion {
            caution: true,
            title: format!("{name} looks like dates, but is text"),
            detail: "As text, days cannot be put in order or charted over time.".to_owned(),
            operation: "change_type",
            params: columns.with(
                "to",
                if has_times(profile) {
                    "date_time"
                } else {
                    "date"
                },
            ),
            effect: profile.rows - profile.blanks,
        });
    }
    if share > FEW_BLANK {
        let how = if profile.kind == ColumnKind::Number {
            "median"
        } else {
            "most_frequent"
        };
        return Some(Suggestion {
            caution: true,
            title: format!("{name} is blank in {} of rows", format::share(share)),
            detail: format!("{rows}. Being blank may itself mean something."),
            operation: "fill_blanks",
            params: columns.with("how", how),
            effect: profile.blanks,
        });
    }
    let reason = profile.name_tag.as_ref()?;
    Some(Suggestion {
        caution: false,
        title: format!("{name} is a name tag"),
        detail: format!("{reason}, so it is not used for learning. Drop it if nobody needs it."),
        operation: "drop_columns",
        params: columns,
        effect: 0,
    })
}

/// A column whose values have several spellings.
fn spelled_otherwise(found: &OtherSpellings) -> Suggestion {
    let values: Vec<String> = found
        .values
        .iter()
        .take(3)
        .map(|value| format::shorten(value, 24))
        .collect();
    let hidden = found.values.len().saturating_sub(3);
    let more = if hidden > 0 {
        format!(" and {hidden} more")
    } else {
        String::new()
    };
    let name = &found.column;
    Suggestion {
        caution: true,
        title: format!("{name} has values that differ in spelling only"),
        detail: format!(
            "{} would be written as others are: {}{more}. As they are, they count as different values.",
            format::counted(found.cells, "cell"),
            values.join(", ")
        ),
        operation: "tidy_spellings",
        params: Params::new().with("columns", ParamValue::List(vec![name.clone()])),
        effect: found.cells,
    }
}

/// Columns with a few blanks each: one step deals with all of them.
fn few_blanks(profiles: &[Slot<ColumnProfile>]) -> Option<Suggestion> {
    let few: Vec<(&str, u64)> = profiles
        .iter()
        .filter_map(|slot| slot.shown())
        .filter(|profile| {
            profile.blanks > 0 && profile.blanks as f64 <= profile.rows as f64 * FEW_BLANK
        })
        .map(|profile| (profile.name.as_str(), profile.blanks))
        .collect();
    let names: Vec<String> = few.iter().map(|(name, _)| (*name).to_owned()).collect();
    let counts: Vec<String> = few
        .iter()
        .take(4)
        .map(|(name, blanks)| format!("{name} in {}", format::count(*blanks)))
        .collect();
    let hidden = few.len().saturating_sub(4);
    let more = if hidden > 0 {
        format!(" and {hidden} more")
    } else {
        String::new()
    };
    let title = match few.as_slice() {
        [] => return None,
        [(name, blanks)] => format!("{name} is blank in {}", format::counted(*blanks, "row")),
        many => format!(
            "{} have a few blanks",
            format::counted(many.len() as u64, "column")
        ),
    };
    Some(Suggestion {
        caution: false,
        title,
        detail: match few.as_slice() {
            [_] => "Few enough to fill without changing much.".to_owned(),
            _ => format!("{}{more}.", counts.join(", ")),
        },
        operation: "fill_blanks",
        params: Params::new()
            .with("columns", ParamValue::List(names))
            .with("how", "median"),
        effect: few.iter().map(|(_, blanks)| *blanks).sum(),
    })
}

/// Whether nearly all frequent values of a text column read as days.
fn looks_like_dates(profile: &ColumnProfile) -> bool {
    if !matches!(profile.kind, ColumnKind::Text | ColumnKind::Category) || profile.top.is_empty() {
        return false;
    }
    let read = profile
        .top
        .iter()
        .filter(|value| reads_as_date(&value.value))
        .count();
    read as f64 >= profile.top.len() as f64 * NEARLY_ALL
}

/// Whether a time of day stands behind most of the dates.
fn has_times(profile: &ColumnProfile) -> bool {
    let timed = profile.top.iter().filter(|value| value.value.contains(':'));
    timed.count() * 2 > profile.top.len()
}

/// 2024-04-22, 07/02/2024, 7.2.2024 or 26 Jan 2024.
fn reads_as_date(text: &str) -> bool {
    let parts: Vec<&str> = text
        .split(['-', '/', '.', ' ', 'T'])
        .filter(|part| !part.is_empty())
        .collect();
    let [first, second, third, ..] = parts.as_slice() else {
        return false;
    };
    let whole = |part: &str, most: u32| {
        part.parse::<u32>()
            .is_ok_and(|value| (1..=most).contains(&value))
    };
    let year = |part: &str| part.len() == 4 && whole(part, 2999);
    let month =
        |part: &str| whole(part, 31) || (part.len() >= 3 && part.chars().all(char::is_alphabetic));
    (year(first) && month(second) && whole(third, 31))
        || (whole(first, 31) && month(second) && year(third))
}

/// The share of a text column's values that read as numbers, where it is nearly all of them.
fn numbers_in_text(profile: &ColumnProfile) -> Option<f64> {
    if !matches!(profile.kind, ColumnKind::Text | ColumnKind::Category) || profile.top.is_empty() {
        return None;
    }
    let all: u64 = profile.top.iter().map(|value| value.count).sum();
    let read: u64 = profile
        .top
        .iter()
        .filter(|value| reads_as_number(&value.value))
        .map(|value| value.count)
        .sum();
    let share = read as f64 / all.max(1) as f64;
    (share >= NEARLY_ALL).then_some(share)
}

fn reads_as_number(text: &str) -> bool {
    let plain: String = text
        .trim()
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '\u{a0}' | '$' | '€' | '£' | '%' | '\''))
        .collect();
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    // A leading zero is part of a code: 00451.
    let code =
        plain.len() > 1 && plain.starts_with('0') && plain.chars().all(|c| c.is_ascii_digit());
    digits > 0
        && !code
        && plain
            .replace(',', ".")
            .trim_start_matches(['-', '+', '\u{2212}'])
            .split('.')
            .all(|part| part.chars().all(|letter| letter.is_ascii_digit()))
}
