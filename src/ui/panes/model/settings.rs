//! Forms of settings: of a learner, and of the preparation that all learners share.

use eframe::egui::Ui;

use crate::base::{ParamSpec, ParamValue, Params, format};
use crate::data::Schema;
use crate::ui::widgets::scores::caption_text;
use crate::ui::widgets::{FormColumns, FormState, link, param_form};

/// Settings that are shown before the rest is asked for; the important ones come first.
const FIRST: usize = 4;

/// What a form remembers between frames.
#[derive(Default)]
pub struct SettingsState {
    form: FormState,
    /// Every setting is shown, not only the important ones.
    all: bool,
}

/// Draws the settings of `specs` that `matters` says matter with the values there are. `own`: the
/// values that differ from the defaults. Returns what was changed; values at their default mean
/// that a person wants the usual again.
pub fn show(
    ui: &mut Ui,
    id: &str,
    specs: &[ParamSpec],
    own: &Params,
    matters: impl Fn(&ParamSpec, &Params) -> bool,
    locked: bool,
    state: &mut SettingsState,
) -> Vec<(String, ParamValue)> {
    let mut params = Params::defaults(specs);
    params.0.extend(own.0.clone());
    let before = params.clone();
    let schema = Schema::default();
    let about = FormColumns {
        schema: &schema,
        why_not: &|_, _| None,
        shown: &|_| true,
    };
    let useful: Vec<&ParamSpec> = specs.iter().filter(|spec| matters(spec, &before)).collect();
    let shown = if state.all { useful.len() } else { FIRST };
    ui.add_enabled_ui(!locked, |ui| {
        for spec in useful.iter().take(shown) {
            let one = std::slice::from_ref(*spec);
            param_form(ui, id, one, &mut params, &about, &mut state.form);
            caption_text(ui, spec.help);
            ui.add_space(6.0);
        }
    });
    if useful.len() > FIRST {
        let words = match state.all {
            true => "Fewer settings".to_owned(),
            false => format::counted((useful.len() - FIRST) as u64, "more setting"),
        };
        if link(ui, &words).clicked() {
            state.all = !state.all;
        }
    }
    if !own.0.is_empty() && !locked && link(ui, "Back to the usual settings").clicked() {
        return specs
            .iter()
            .filter(|spec| own.0.contains_key(spec.key))
            .filter_map(|spec| Some((spec.key.to_owned(), spec.default_value()?)))
            .collect();
    }
    params
        .0
        .into_iter()
        .filter(|(key, value)| before.get(key) != Some(value))
        .collect()
}
