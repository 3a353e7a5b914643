//! The left panel: what to predict, which models, which columns, how rows are dealt out.

use eframe::egui::{Align, Ui};

use super::division::{self, DivisionState};
use super::presets;
use super::settings::{self, SettingsState};
use crate::base::{ParamSpec, Params, format};
use crate::data::{ColumnKind, ColumnRole, Schema};
use crate::evaluate::{Preflight, forecast};
use crate::learn::{self, Family, Learner};
use crate::project::Command;
use crate::project::document::TableRecipe;
use crate::session::Slot;
use crate::ui::state::{View, is_interacting};
use crate::ui::theme::{Icon, kind_icon};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{caption_text, inset, pending, scrolled};
use crate::ui::widgets::{
    ListRow, Select, SelectOption, link, panel_header, property_row, section_header, separator,
    take_columns_asked_for,
};

pub fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    learner: &mut Option<String>,
    all_learners: &mut bool,
    prepared: &mut PreparationState,
    divided: &mut DivisionState,
) {
    let tuning = view.session.is_tuning();
    let training = view.session.is_training() || tuning;
    panel_header(ui, "Set-up", "", |ui| {
        if training {
            let grey = view.tokens.text.secondary;
            ui.label(Icon::LOCK.text(16.0).color(grey));
            ui.add_space(4.0);
            let words = match tuning {
                true => "Locked while tuning",
                false => "Locked while training",
            };
            ui.label(crate::ui::theme::body(words).color(grey));
        }
    });
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
    scrolled(ui, "set-up", |ui| {
        ui.add_enabled_ui(!training, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add_space(12.0);
            let schema = view
                .session
                .recipe_run()
                .shown()
                .map(|run| run.table.schema().clone());
            if let Some(schema) = &schema {
                inset(ui, 16, |ui| target(ui, view, &recipe, schema));
            }
            if recipe.model.target.is_none() {
                ui.add_space(12.0);
                inset(ui, 16, |ui| {
                    caption_text(
                        ui,
                        "Then: which columns to learn from, and which models to try.",
                    );
                });
                return;
            }
            match view.session.preflight() {
                Slot::Ready(found) | Slot::Stale(found, _) => {
                    separator(ui);
                    models(ui, view, &recipe, &found, learner, all_learners);
                    separator(ui);
                    if let Some(schema) = &schema {
                        columns(ui, view, &recipe, &found, schema);
                    }
                    separator(ui);
                    inset(ui, 16, |ui| {
                        preparation(ui, view, &recipe, &found, prepared)
                    });
                    separator(ui);
                    inset(ui, 16, |ui| {
                        division::show(ui, view, &recipe, &found, schema.as_deref(), divided);
                    });
                    ui.add_space(16.0);
                }
                Slot::Pending(_) => inset(ui, 16, |ui| pending(ui, "set-up", 8)),
                Slot::Failed(_) | Slot::Empty => {}
            }
        });
    });
}

fn target(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe, schema: &Schema) {
    let mut value = recipe.model.target.clone().unwrap_or_default();
    let options: Vec<SelectOption<String>> = schema
        .columns
        .iter()
        .map(|column| {
            SelectOption::new(column.name.clone(), column.name.clone()).icon(kind_icon(column.kind))
        })
        .collect();
    let changed = property_row(ui, "What to predict", |ui| {
        Select::new("What to predict")
            .placeholder("Pick a column")
            .show(ui, &mut value, &options)
            .changed()
    });
    if changed {
        set_target(view, Some(value));
    }
}

/// Picks the column to predict, or none.
pub fn set_target(view: &mut View<'_>, target: Option<String>) {
    if let Some(table) = view.session.active_id() {
        view.dispatch(Command::SetTarget { table, target });
    }
}

fn models(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    found: &Preflight,
    shown: &mut Option<String>,
    all_learners: &mut bool,
) {
    let mut all: Vec<&'static dyn Learner> = learn::suited(&found.task, found.lowest).collect();
    all.sort_by_key(|learner| learner.capabilities().complexity);
    let is_ticked = |learner: &&dyn Learner| recipe.model.is_ticked(learner.id());
    let models = all
        .iter()
        .filter(|learner| !learner.capabilities().yardstick);
    let ticked = models.clone().copied().filter(is_ticked).count();
    let count = format!("{ticked} of {}", models.count());
    inset(ui, 16, |ui| {
        section_header(ui, "Models to train", &count, None);
        presets::show(ui, view, recipe, found);
        ui.add_space(8.0);
    });
    let is_short = |learner: &&dyn Learner| learner.capabilities().suggested || is_ticked(learner);
    let hidden = all
        .iter()
        .filter(|learner| !learner.capabilities().yardstick && !is_short(learner))
        .count();
    for family in Family::ALL {
        let members: Vec<_> = all
            .iter()
            .copied()
            .filter(|learner| learner.capabilities().family == family)
            .filter(|learner| {
                *all_learners || learner.capabilities().yardstick || is_short(learner)
            })
            .collect();
        if *all_learners && !members.is_empty() && family != Family::Yardstick {
            ui.add_space(6.0);
            inset(ui, 16, |ui| caption_text(ui, family.name()));
        }
        inset(ui, 8, |ui| {
            for learner in members {
                learner_row(ui, view, recipe, learner, shown);
            }
        });
    }
    if hidden == 0 {
        return;
    }
    ui.add_space(4.0);
    let words = match *all_learners {
        true => "Show fewer".to_owned(),
        false => format!("{} more…", format::counted(hidden as u64, "model")),
    };
    inset(ui, 16, |ui| {
        if link(ui, &words).clicked() {
            *all_learners = !*all_learners;
        }
    });
}

fn learner_row(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    learner: &'static dyn Learner,
    shown: &mut Option<String>,
) {
    let selected = shown.as_deref() == Some(learner.id());
    if learner.capabilities().yardstick {
        let row = ListRow::new(learner.name())
            .muted(true)
            .trailing("always")
            .hint(learner.summary())
            .icon(Icon::RULER)
            .selected(selected)
            .dense();
        if row.show(ui).clicked() {
            *shown = Some(learner.id().to_owned());
        }
        return;
    }
    let mut on = recipe.model.is_ticked(learner.id());
    let time = match on {
        true => forecast_words(view, learner.id()),
        false => None,
    };
    let hint = match &time {
        Some((_, law)) => format!("{} {law}", learner.summary()),
        None => learner.summary().to_owned(),
    };
    let row = ListRow::new(learner.name())
        .check(&mut on)
        .trailing(time.as_ref().map_or("", |(words, _)| words))
        .hint(&hint);
    let row = row.selected(selected).dense().show(ui);
    if row.checked {
        view.dispatch(Command::TickLearner {
            table: recipe.id,
            learner: learner.id().to_owned(),
            ticked: on,
        });
    } else if row.clicked() {
        *shown = Some(learner.id().to_owned());
    }
}

/// How long a learner takes, short enough to stand beside its name, and how that was found.
fn forecast_words(view: &mut View<'_>, learner: &str) -> Option<(String, String)> {
    let found = view.session.forecast(learner).ready()?;
    let words = forecast::range_words(found.seconds);
    let short = words.strip_prefix("about ").unwrap_or(&words);
    Some((short.to_owned(), format!("Takes {words}. {}.", found.law)))
}

/// A column as the set-up lists it.
struct Feature<'a> {
    name: &'a str,
    kind: ColumnKind,
    ticked: bool,
    /// Why Benchtop would not learn from it.
    advice: Option<&'a str>,
    /// A person decided.
    by_person: bool,
}

fn features<'a>(recipe: &TableRecipe, found: &'a Preflight, schema: &Schema) -> Vec<Feature<'a>> {
    found
        .features
        .iter()
        .map(|feature| {
            let tick = recipe.model.features.get(&feature.name).copied();
            let role = recipe
                .roles
                .get(&feature.name)
                .map(|role| *role == ColumnRole::Learn);
            let decided = tick.or(role);
            Feature {
                name: &feature.name,
                kind: schema
                    .get(&feature.name)
                    .map_or(ColumnKind::Text, |column| column.kind),
                ticked: decided.unwrap_or(feature.ticked),
                advice: feature.reason.as_deref(),
                by_person: decided.is_some(),
            }
        })
        .collect()
}

fn columns(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    found: &Preflight,
    schema: &Schema,
) {
    let all = features(recipe, found, schema);
    let (used, left_out): (Vec<_>, Vec<_>) = all.into_iter().partition(|feature| feature.ticked);
    let count = format!("{} of {}", used.len(), used.len() + left_out.len());
    inset(ui, 16, |ui| {
        if take_columns_asked_for(ui.ctx()) {
            ui.scroll_to_cursor(Some(Align::TOP));
        }
        section_header(ui, "Columns to learn from", &count, None)
    });
    inset(ui, 8, |ui| {
        for feature in &used {
            let warning = feature
                .advice
                .map(|advice| format!("{advice}. Used because you ticked it"));
            feature_row(ui, view, recipe, feature, "", warning.as_deref());
        }
    });
    if left_out.is_empty() {
        return;
    }
    ui.add_space(8.0);
    inset(ui, 16, |ui| {
        section_header(ui, "Left out", &left_out.len().to_string(), None)
    });
    inset(ui, 8, |ui| {
        for feature in &left_out {
            let reason = match feature.advice {
                Some(advice) => short_reason(advice),
                None if feature.by_person => "your choice".to_owned(),
                None => String::new(),
            };
            feature_row(ui, view, recipe, feature, &reason, None);
        }
    });
}

/// The few words of a reason that fit beside a name.
fn short_reason(advice: &str) -> String {
    let head = advice.split([':', '.']).next().unwrap_or(advice);
    let head = head.strip_prefix("A ").unwrap_or(head);
    let mut letters = head.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

fn feature_row(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    feature: &Feature<'_>,
    trailing: &str,
    warning: Option<&str>,
) {
    let mut on = feature.ticked;
    let name_tag = feature
        .advice
        .is_some_and(|advice| advice.starts_with("A name tag"));
    let icon = if name_tag {
        Icon::NAME_TAG
    } else {
        kind_icon(feature.kind)
    };
    let mut row = ListRow::new(feature.name)
        .icon(icon)
        .muted(!feature.ticked)
        .trailing(trailing)
        .dense();
    if let Some(reason) = warning {
        row = row.warning(Tone::Caution, reason);
    }
    if let (Some(advice), false) = (feature.advice, feature.ticked) {
        row = row.hint(advice);
    }
    let row = row.check(&mut on).show(ui);
    // Clicking anywhere on the row does what its box does.
    if row.checked || row.clicked() {
        tick(view, recipe, feature.name, !feature.ticked);
    }
}

/// Learns from a column, or leaves it out.
pub fn tick(view: &mut View<'_>, recipe: &TableRecipe, column: &str, ticked: bool) {
    view.dispatch(Command::TickFeature {
        table: recipe.id,
        column: column.to_owned(),
        ticked,
    });
}

/// What the form of the preparation remembers.
#[derive(Default)]
pub struct PreparationState {
    open: bool,
    settings: SettingsState,
}

/// What happens to the columns inside every fold before a model sees them.
fn preparation(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    found: &Preflight,
    state: &mut PreparationState,
) {
    let own = &recipe.model.preparation;
    let word = if own.0.is_empty() { "usual" } else { "changed" };
    section_header(ui, "Preparation", word, None);
    caption_text(
        ui,
        "How blanks, categories and dates become numbers. Learned anew from the practice rows of every part.",
    );
    let words = if state.open { "Close" } else { "Change…" };
    if link(ui, words).clicked() {
        state.open = !state.open;
    }
    if !state.open {
        return;
    }
    ui.add_space(8.0);
    let classes = found.task.is_classes();
    let matters = |spec: &ParamSpec, values: &Params| match spec.key {
        "blanks_constant" => values.text("blanks") == "constant",
        "selection_keep" => values.text("selection") != "none",
        "selection_learner" => values.text("selection") == "importance",
        "target_smoothing" | "target_parts" => values.text("categories") == "target",
        "text_words" => values.text("text") != "categories",
        "balance" => classes,
        _ => true,
    };
    let specs = learn::prepare::settings();
    let locked = view.session.is_training();
    let settings = &mut state.settings;
    for (key, value) in settings::show(ui, "preparation", specs, own, matters, locked, settings) {
        let command = Command::SetPreparation {
            table: recipe.id,
            key,
            value,
        };
        dispatch_typing(ui, view, command);
    }
}

/// A change that typing or holding a key makes many times: one entry of the history.
pub fn dispatch_typing(ui: &Ui, view: &mut View<'_>, command: Command) {
    let interacting = is_interacting(ui.ctx());
    if let Err(error) = view.session.dispatch_while(command, interacting) {
        view.session.notice(crate::session::Notice::Problem(error));
    }
}
