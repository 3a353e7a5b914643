//! The left panel while tuning: which learner, how to search, how long, and where.

use eframe::egui::Ui;

use super::TuneView;
use super::draft::{Draft, Searchable, searchable, value_words, whole};
use crate::base::{ParamKind, format};
use crate::evaluate::metrics;
use crate::evaluate::tuning::{Narrowed, Range, SearchMethod};
use crate::learn::{self, Learner};
use crate::session::Slot;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::scores::{caption_text, inset, pending, scrolled};
use crate::ui::widgets::{
    NumberField, Select, SelectOption, checkbox, checkbox_called, link, panel_header, property_row,
    radio_card, section_header, separator,
};

const MOST_TRIALS: f64 = 100_000.0;
/// A field for a number of a range.
const FIELD: f32 = 84.0;

/// Learners of this target that have something to tune, simple ones first.
pub fn tunable(view: &mut View<'_>) -> Vec<&'static dyn Learner> {
    let (Slot::Ready(found) | Slot::Stale(found, _)) = view.session.preflight() else {
        return Vec::new();
    };
    let mut all: Vec<&'static dyn Learner> = learn::suited(&found.task, found.lowest)
        .filter(|learner| is_tunable(*learner))
        .collect();
    all.sort_by_key(|learner| learner.capabilities().complexity);
    all
}

/// Whether there is a setting to try.
pub fn is_tunable(learner: &dyn Learner) -> bool {
    !learner.capabilities().yardstick && !learner.search().is_empty()
}

pub fn show(ui: &mut Ui, view: &mut View<'_>, state: &mut TuneView) {
    let locked = locked_words(view);
    panel_header(ui, "Search", "", |ui| {
        if let Some(words) = locked {
            let grey = view.tokens.text.secondary;
            ui.label(Icon::LOCK.text(16.0).color(grey));
            ui.add_space(4.0);
            ui.label(theme::body(words).color(grey));
        }
    });
    let (Slot::Ready(found) | Slot::Stale(found, _)) = view.session.preflight() else {
        inset(ui, 16, |ui| pending(ui, "search set-up", 8));
        return;
    };
    scrolled(ui, "search set-up", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(12.0);
        inset(ui, 16, |ui| learner_row(ui, view, state));
        let Ok(learner) = learn::by_id(&state.learner) else {
            return;
        };
        let settings = searchable(learner, &found.task);
        let draft = state.drafts.entry(state.learner.clone()).or_default();
        ui.add_enabled_ui(locked.is_none(), |ui| {
            separator(ui);
            inset(ui, 8, |ui| methods(ui, draft));
            separator(ui);
            inset(ui, 16, |ui| limits(ui, view, draft, &found.task));
            separator(ui);
            inset(ui, 16, |ui| {
                ranges(ui, draft, &settings, &mut state.all_settings)
            });
            ui.add_space(16.0);
        });
    });
}

fn locked_words(view: &View<'_>) -> Option<&'static str> {
    if view.session.is_tuning() {
        Some("Locked while tuning")
    } else if view.session.is_training() {
        Some("Locked while training")
    } else {
        None
    }
}

/// Another learner may be looked at while one is tuned.
fn learner_row(ui: &mut Ui, view: &mut View<'_>, state: &mut TuneView) {
    let options: Vec<SelectOption<String>> = tunable(view)
        .into_iter()
        .map(|learner| SelectOption::new(learner.id().to_owned(), learner.name()))
        .collect();
    let mut value = state.learner.clone();
    let changed = property_row(ui, "What to tune", |ui| {
        Select::new("What to tune")
            .show(ui, &mut value, &options)
            .changed()
    });
    if changed {
        state.show_learner(&value);
    }
}

fn methods(ui: &mut Ui, draft: &mut Draft) {
    inset(ui, 8, |ui| section_header(ui, "How to search", "", None));
    for method in [
        SearchMethod::Tpe,
        SearchMethod::Halving,
        SearchMethod::Random,
    ] {
        let chosen = draft.method == method;
        let help = if chosen { method.help() } else { "" };
        let card = radio_card(ui, chosen, method.plain_name(), help);
        if card.on_hover_text(method.help()).clicked() {
            draft.method = method;
        }
    }
}

fn limits(ui: &mut Ui, view: &mut View<'_>, draft: &mut Draft, task: &crate::learn::Task) {
    section_header(ui, "How long", "", None);
    property_row(ui, "Settings to try", |ui| {
        NumberField::new("Settings to try")
            .integer()
            .range(1.0..=MOST_TRIALS)
            .show(ui, &mut draft.trials)
    });
    property_row(ui, "Minutes at most", |ui| {
        NumberField::new("Minutes at most")
            .decimals(2)
            .range(0.0..=100_000.0)
            .unit("0: no limit")
            .show(ui, &mut draft.minutes)
    });
    let halving = draft.method == SearchMethod::Halving;
    ui.add_enabled_ui(!halving, |ui| {
        property_row(ui, "End early after", |ui| {
            NumberField::new("End after so many tries without a clear gain")
                .integer()
                .range(0.0..=MOST_TRIALS)
                .unit("tries, 0: never")
                .show(ui, &mut draft.patience)
        });
    });
    caption_text(
        ui,
        match halving {
            true => "Halving goes through all its rounds.",
            false => "Tries in a row without a clear gain.",
        },
    );
    ui.add_space(4.0);
    property_row(ui, "Score", |ui| {
        let mut options = vec![SelectOption::new(None, "As in training")];
        options.extend(metrics::for_task(task).map(|metric| {
            SelectOption::new(Some(metric.id.to_owned()), metric.name).detail(metric.technical)
        }));
        Select::new("Score to make better").show(ui, &mut draft.metric, &options)
    });
    if let Some(recipe) = view.session.active() {
        let (split, why) = crate::evaluate::tuning::tuned_split(&recipe.model.split);
        let seed = recipe.model.seed;
        let words = split.sentence(recipe.model.folds as usize);
        ui.add_space(4.0);
        caption_text(
            ui,
            &format!("Every setting is checked on the same rows: {words}, seed {seed}."),
        );
        if let Some(why) = why {
            caption_text(ui, &format!("{why}."));
        }
    }
}

fn ranges(ui: &mut Ui, draft: &mut Draft, settings: &[Searchable], all: &mut bool) {
    let part = settings.iter().filter(|s| draft.takes_part(s)).count();
    let declared = settings.iter().filter(|s| s.declared).count();
    let narrowed = match draft.narrowed() {
        0 => String::new(),
        count => format!(", {count} narrowed"),
    };
    let count = format!("{part} take part{narrowed}");
    section_header(ui, "Where to look", &count, None);
    for setting in settings.iter().filter(|s| s.declared) {
        one_setting(ui, draft, setting);
    }
    let others = settings.len() - declared;
    if others > 0 {
        let words = match *all {
            true => "Only the usual settings".to_owned(),
            false => format::counted(others as u64, "more setting"),
        };
        ui.add_space(4.0);
        if link(ui, &words).clicked() {
            *all = !*all;
        }
    }
    for setting in settings.iter().filter(|s| !s.declared) {
        if *all || draft.takes_part(setting) {
            one_setting(ui, draft, setting);
        }
    }
    if !draft.settings.is_empty() && link(ui, "Back to the usual ranges").clicked() {
        draft.settings.clear();
        draft.start = None;
    }
}

fn one_setting(ui: &mut Ui, draft: &mut Draft, setting: &Searchable) {
    let mut part = draft.takes_part(setting);
    let response = checkbox(ui, &mut part, setting.spec.label).on_hover_text(setting.spec.help);
    if response.changed() {
        draft.take_part(setting, part);
    }
    if !part {
        return;
    }
    let before = draft.limits(setting);
    let after = match (&setting.range, before.clone()) {
        (Range::Choice(values), Narrowed::Among(kept)) => among(ui, setting, values, kept),
        (_, Narrowed::Between { min, max }) => between(ui, setting, min, max),
        // Of a range of numbers only some were named.
        (_, Narrowed::Among(kept)) => {
            let words: Vec<String> = kept
                .iter()
                .map(|value| value_words(Some(setting.spec), value))
                .collect();
            indented(ui, |ui| caption_text(ui, &words.join(", ")));
            Narrowed::Among(kept)
        }
    };
    let mut after = after;
    indented(ui, |ui| {
        if let Some(when) = &setting.when {
            caption_text(ui, &format!("Only where {when}."));
        }
        if after != whole(&setting.range) && link(ui, &reset_words(setting)).clicked() {
            after = whole(&setting.range);
        }
    });
    ui.add_space(6.0);
    if after != before {
        draft.narrow(setting, after);
    }
}

fn reset_words(setting: &Searchable) -> String {
    format!("All of {}", setting.range.words())
}

fn indented<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let margin = eframe::egui::Margin {
        left: 24,
        ..Default::default()
    };
    eframe::egui::Frame::new()
        .inner_margin(margin)
        .show(ui, add)
        .inner
}

fn between(ui: &mut Ui, setting: &Searchable, mut min: f64, mut max: f64) -> Narrowed {
    let (possible, whole_number) = match setting.spec.kind {
        ParamKind::Integer { min, max } => ((min as f64, max as f64), true),
        ParamKind::Number { min, max, .. } => ((min, max), false),
        _ => ((f64::MIN, f64::MAX), false),
    };
    let label = setting.spec.label;
    let field = |ui: &mut Ui, name: &str, value: &mut f64| {
        let field = NumberField::new(name)
            .range(possible.0..=possible.1)
            .width(FIELD);
        let field = match whole_number {
            true => field.integer(),
            false => field.decimals(12),
        };
        field.show(ui, value)
    };
    indented(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            field(ui, &format!("{label}, from"), &mut min);
            let grey = theme::tokens(ui).text.secondary;
            ui.label(theme::caption("to").color(grey));
            field(ui, &format!("{label}, to"), &mut max);
        });
        ui.add_space(2.0);
    });
    Narrowed::Between { min, max }
}

fn among(
    ui: &mut Ui,
    setting: &Searchable,
    values: &[crate::base::ParamValue],
    kept: Vec<crate::base::ParamValue>,
) -> Narrowed {
    let mut now = Vec::new();
    indented(ui, |ui| {
        ui.vertical(|ui| {
            for value in values {
                let mut on = kept.contains(value);
                // The last one cannot be taken away: then the setting would have no value.
                let last = on && kept.len() == 1;
                let words = value_words(Some(setting.spec), value);
                let name = format!("{}: {words}", setting.spec.label);
                ui.add_enabled_ui(!last, |ui| checkbox_called(ui, &mut on, &words, &name));
                if on {
                    now.push(value.clone());
                }
            }
        });
    });
    Narrowed::Among(now)
}
