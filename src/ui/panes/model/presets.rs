//! Which models to train by purpose, and how long that will take.

use eframe::egui::Ui;

use super::setup::dispatch_typing;
use crate::evaluate::Preflight;
use crate::evaluate::forecast::{self, Forecast};
use crate::evaluate::presets::{MINUTES, Preset};
use crate::learn;
use crate::project::Command;
use crate::project::document::TableRecipe;
use crate::session::Session;
use crate::ui::state::View;
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::caption_text;
use crate::ui::widgets::{Message, NumberField, property_row, segmented};

/// The presets, what the chosen one does, and the time it takes.
pub fn show(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe, found: &Preflight) {
    let now = chosen(recipe, found);
    let mut wanted = now;
    let options = Preset::ALL.map(|preset| (Some(preset), preset.name()));
    segmented(ui, &mut wanted, &options);
    if let Some(preset) = wanted.filter(|_| wanted != now) {
        let learners = preset.learners(&found.task, found.lowest);
        let minutes = recipe.model.minutes.unwrap_or(MINUTES);
        view.dispatch(Command::UsePreset {
            table: recipe.id,
            preset,
            learners: learners
                .into_iter()
                .map(|(id, params)| (id.to_owned(), params))
                .collect(),
            minutes: preset.tunes().then_some(minutes),
        });
    }
    ui.add_space(6.0);
    let minutes = recipe.model.minutes;
    if let Some(minutes) = minutes {
        minutes_field(ui, view, recipe, minutes);
    }
    let words = match now {
        Some(preset) => {
            let ids = preset.learners(&found.task, found.lowest);
            let names: Vec<&str> = ids
                .iter()
                .filter_map(|(id, _)| learn::by_id(id).ok())
                .map(|learner| learner.name())
                .collect();
            preset.sentence(&names, minutes.unwrap_or(MINUTES))
        }
        None => "Your own choice of models and settings.".to_owned(),
    };
    caption_text(ui, &words);
    too_large(ui, view, recipe, found);
}

fn minutes_field(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe, minutes: f64) {
    let mut value = minutes;
    let changed = property_row(ui, "Minutes", |ui| {
        let field = NumberField::new("Minutes").range(0.5..=1440.0).width(72.0);
        let hint = "How long the training may take in all (time budget)";
        field.show(ui, &mut value).on_hover_text(hint).changed()
    });
    if changed {
        let command = Command::SetMinutes {
            table: recipe.id,
            minutes: value,
        };
        dispatch_typing(ui, view, command);
    }
    ui.add_space(4.0);
}

/// The preset that trains just what would be trained now.
fn chosen(recipe: &TableRecipe, found: &Preflight) -> Option<Preset> {
    Preset::ALL.into_iter().find(|preset| {
        let wanted = preset.learners(&found.task, found.lowest);
        let as_wanted = |id: &str| wanted.iter().find(|(known, _)| *known == id);
        preset.tunes() == recipe.model.minutes.is_some()
            && learn::suited(&found.task, found.lowest)
                .filter(|learner| !learner.capabilities().yardstick)
                .all(|learner| match as_wanted(learner.id()) {
                    Some((id, params)) => {
                        recipe.model.is_ticked(id) && recipe.model.learner_params(id) == *params
                    }
                    None => !recipe.model.is_ticked(learner.id()),
                })
    })
}

/// Ticked learners that will not fit into memory, each with what will.
fn too_large(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe, found: &Preflight) {
    for forecast in forecasts(view.session, recipe, found) {
        let Some(why) = &forecast.too_large else {
            continue;
        };
        let name = learn::by_id(&forecast.learner).map_or("", |learner| learner.name());
        ui.add_space(6.0);
        Message::new(Tone::Caution, &format!("{name} will not fit into memory"))
            .why(why)
            .show(ui);
    }
}

/// Of the ticked learners, as far as they are known.
pub fn forecasts(session: &mut Session, recipe: &TableRecipe, found: &Preflight) -> Vec<Forecast> {
    let ticked: Vec<&'static str> = learn::suited(&found.task, found.lowest)
        .filter(|learner| learner.capabilities().yardstick || recipe.model.is_ticked(learner.id()))
        .map(|learner| learner.id())
        .collect();
    ticked
        .into_iter()
        .filter_map(|id| Some((*session.forecast(id).ready()?).clone()))
        .collect()
}

/// How long all of it takes; None while that is not known of every learner.
pub fn total_words(session: &mut Session) -> Option<String> {
    let recipe = session.active().cloned()?;
    let found = session.preflight().ready()?;
    let known = forecasts(session, &recipe, &found);
    let wanted = learn::suited(&found.task, found.lowest)
        .filter(|learner| learner.capabilities().yardstick || recipe.model.is_ticked(learner.id()))
        .count();
    if known.len() < wanted {
        return None;
    }
    let total = forecast::total(&known);
    let Some(minutes) = recipe.model.minutes else {
        return Some(forecast::range_words(total));
    };
    let words = crate::base::format::minutes(minutes);
    Some(match total.0 > minutes * 60.0 {
        true => format!("{words}, too short for all of them"),
        false => format!("{words} in all"),
    })
}
