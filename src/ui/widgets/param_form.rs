//! A form made from declarations: one row per parameter, the control by its kind.

mod columns;
mod formula;

use eframe::egui::{Id, Response, Ui};

pub use formula::FormulaState;

use super::choice::segmented_width;
use super::{NumberField, Select, SelectOption, TextField, property_row, segmented, toggle};
use crate::base::param::{ParamDefault, ParamKind, ParamSpec};
use crate::base::{ParamValue, Params};
use crate::data::Schema;

/// Widest control of a form; longer lines are hard to read.
const WIDEST: f32 = 560.0;

/// What a form remembers between frames.
#[derive(Default)]
pub struct FormState {
    search: String,
    pub formula: FormulaState,
    /// Put the keyboard into the first field.
    pub focus_first: bool,
}

impl FormState {
    /// The state of a form that takes the keyboard when it is first drawn.
    pub fn focused() -> Self {
        Self {
            focus_first: true,
            ..Self::default()
        }
    }
}

/// What the form is about.
pub struct FormColumns<'a> {
    pub schema: &'a Schema,
    /// Why a column cannot be chosen for a parameter, if it cannot.
    pub why_not: &'a dyn Fn(&ParamSpec, &str) -> Option<String>,
    /// Parameters that matter with the values there are; the others are not shown.
    pub shown: &'a dyn Fn(&ParamSpec) -> bool,
}

impl FormState {
    /// Gives the keyboard to a control, if it is the first one of a new form.
    fn focus(&mut self, response: &Response) {
        if std::mem::take(&mut self.focus_first) {
            response.request_focus();
        }
    }
}

/// Draws the form. True when a value changed.
pub fn param_form(
    ui: &mut Ui,
    id: &str,
    specs: &[ParamSpec],
    params: &mut Params,
    about: &FormColumns<'_>,
    state: &mut FormState,
) -> bool {
    let mut changed = false;
    let id = Id::unique(("form", id));
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width().min(WIDEST));
        ui.spacing_mut().item_spacing.y = 8.0;
        for spec in specs {
            if !(about.shown)(spec) {
                continue;
            }
            ui.push_id((id, spec.key), |ui| {
                changed |= field(ui, id.with(spec.key), spec, params, about, state);
            });
        }
    });
    state.focus_first = false;
    changed
}

fn field(
    ui: &mut Ui,
    id: Id,
    spec: &ParamSpec,
    params: &mut Params,
    about: &FormColumns<'_>,
    state: &mut FormState,
) -> bool {
    match spec.kind {
        ParamKind::Integer { min, max } => number(ui, spec, params, (min as f64, max as f64), true),
        ParamKind::Number { min, max, .. } => number(ui, spec, params, (min, max), false),
        ParamKind::Choice(choices) => choice(ui, spec, params, choices),
        ParamKind::Bool => property_row(ui, spec.label, |ui| {
            let mut value = params.bool(spec.key);
            let changed = toggle(ui, &mut value, spec.label)
                .on_hover_text(spec.help)
                .changed();
            if changed {
                params.set(spec.key, value);
            }
            changed
        }),
        ParamKind::Text => property_row(ui, spec.label, |ui| {
            let mut text = params.text(spec.key).to_owned();
            let hint = if spec.default == ParamDefault::Required {
                "Needed"
            } else {
                ""
            };
            let response = TextField::new(spec.label)
                .hint(hint)
                .id(id)
                .show(ui, &mut text);
            state.focus(&response);
            let changed = response.changed();
            if changed {
                params.set(spec.key, text);
            }
            changed
        }),
        ParamKind::Formula => formula::field(ui, id, spec, params, about.schema, state),
        ParamKind::Column => columns::one(ui, spec, params, about, state),
        ParamKind::Columns => columns::several(ui, spec, params, about, state),
    }
}

fn number(
    ui: &mut Ui,
    spec: &ParamSpec,
    params: &mut Params,
    (min, max): (f64, f64),
    whole: bool,
) -> bool {
    property_row(ui, spec.label, |ui| {
        let mut value = params.number(spec.key);
        let field = NumberField::new(spec.label).range(min..=max).width(96.0);
        let field = if whole { field.integer() } else { field };
        let changed = field
            .show(ui, &mut value)
            .on_hover_text(spec.help)
            .changed();
        if changed {
            let stored = if whole {
                ParamValue::Integer(value as i64)
            } else {
                ParamValue::Number(value)
            };
            params.set(spec.key, stored);
        }
        changed
    })
}

fn choice(ui: &mut Ui, spec: &ParamSpec, params: &mut Params, choices: &[(&str, &str)]) -> bool {
    property_row(ui, spec.label, |ui| {
        let mut value = params.text(spec.key).to_owned();
        let letters: usize = choices.iter().map(|(_, label)| label.chars().count()).sum();
        let labels = choices.iter().map(|(_, label)| *label);
        let few = choices.len() <= 4
            && letters <= 40
            && segmented_width(ui, labels) <= ui.available_width();
        let changed = if few {
            let options: Vec<(String, &str)> = choices
                .iter()
                .map(|(id, label)| ((*id).to_owned(), *label))
                .collect();
            segmented(ui, &mut value, &options).changed()
        } else {
            let options: Vec<SelectOption<String>> = choices
                .iter()
                .map(|(id, label)| SelectOption::new((*id).to_owned(), *label))
                .collect();
            Select::new(spec.label)
                .width(ui.available_width().clamp(120.0, 220.0))
                .show(ui, &mut value, &options)
                .changed()
        };
        if changed {
            params.set(spec.key, value);
        }
        changed
    })
}
