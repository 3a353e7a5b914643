//! Beside a step that is being written: what it does, what its settings mean, and the functions
//! of formulas.

use eframe::egui::{Frame, Label, ScrollArea, Ui};

use super::{CleanPane, words};
use crate::base::ParamKind;
use crate::clean::formula::{FUNCTIONS, FunctionHelp};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::{
    Tone, badge_icon, link, panel_header, search_field, section_header, separator,
};

pub fn show(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>) {
    let Some(draft) = &mut pane.draft else {
        return;
    };
    let operation = draft.operation;
    panel_header(ui, operation.name(), "", |_| {});
    let search = &mut pane.search;
    let mut insert = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(16.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let text = &view.tokens.text;
            let summary = theme::body(format!("{}.", operation.summary())).color(text.primary);
            ui.add(Label::new(summary).wrap());
            if operation.learns() {
                ui.add_space(8.0);
                badge_icon(ui, Tone::Accent, Icon::LEARNS, "learns");
                ui.add(Label::new(theme::caption(words::LEARNS).color(text.secondary)).wrap());
            }
            separator(ui);
            for spec in operation.params() {
                if !words::matters(operation.id(), spec, &draft.params) {
                    continue;
                }
                ui.label(theme::body_medium(spec.label).color(text.primary));
                let help = theme::caption(format!("{}.", spec.help)).color(text.secondary);
                ui.add(Label::new(help).wrap());
                ui.add_space(8.0);
            }
            let formula = operation
                .params()
                .iter()
                .any(|spec| spec.kind == ParamKind::Formula);
            if formula {
                separator(ui);
                insert = functions(ui, search);
            }
        });
    });
    if insert.is_some() {
        draft.form.formula.insert = insert;
    }
}

/// The functions that match; returns what to put into the formula.
fn functions(ui: &mut Ui, search: &mut String) -> Option<String> {
    section_header(ui, "Functions", &FUNCTIONS.len().to_string(), None);
    search_field(ui, "Find a function", search, None);
    ui.add_space(4.0);
    let wanted = search.to_lowercase();
    let found: Vec<&FunctionHelp> = FUNCTIONS
        .iter()
        .filter(|function| {
            function.name.to_lowercase().contains(&wanted)
                || function.summary.to_lowercase().contains(&wanted)
        })
        .collect();
    let tokens = theme::tokens(ui);
    if found.is_empty() {
        let words = format!("No function is called “{search}”");
        ui.label(theme::caption(words).color(tokens.text.secondary));
    }
    let mut insert = None;
    for function in found {
        if link(ui, function.signature).clicked() {
            insert = Some(format!("{}(", function.name));
        }
        let summary = theme::caption(function.summary).color(tokens.text.secondary);
        ui.add(Label::new(summary).wrap());
        ui.add(Label::new(theme::code(function.example).color(tokens.text.primary)).wrap());
        ui.add_space(10.0);
    }
    insert
}
