//! Choosing one or several columns of the table.

use eframe::egui::{Key, ScrollArea, Ui};

use super::{FormColumns, FormState};
use crate::base::param::{ParamDefault, ParamSpec};
use crate::base::{ParamValue, Params};
use crate::ui::theme::{self, Icon, kind_icon};
use crate::ui::widgets::{
    Button, Chip, ListRow, Select, SelectOption, link, menu, property_row, search_field,
};

/// Lists longer than this can be searched.
const SEARCH_FROM: usize = 10;
/// Chosen columns shown one by one; beyond that their number is enough.
const SHOWN: usize = 12;

pub fn one(
    ui: &mut Ui,
    spec: &ParamSpec,
    params: &mut Params,
    about: &FormColumns<'_>,
    state: &mut FormState,
) -> bool {
    property_row(ui, spec.label, |ui| {
        let mut value = params.text(spec.key).to_owned();
        let options: Vec<SelectOption<String>> = about
            .schema
            .columns
            .iter()
            .map(|column| {
                SelectOption::new(column.name.clone(), column.name.clone())
                    .icon(kind_icon(column.kind))
                    .disabled((about.why_not)(spec, &column.name))
            })
            .collect();
        let select = Select::new(spec.label)
            .placeholder("Choose a column")
            .width(ui.available_width().min(260.0))
            .show(ui, &mut value, &options);
        state.focus(&select);
        let changed = select.changed();
        if changed {
            params.set(spec.key, value);
        }
        changed
    })
}

pub fn several(
    ui: &mut Ui,
    spec: &ParamSpec,
    params: &mut Params,
    about: &FormColumns<'_>,
    state: &mut FormState,
) -> bool {
    let mut chosen = params.list(spec.key).to_vec();
    let before = chosen.clone();
    property_row(ui, spec.label, |ui| {
        ui.with_layout(
            eframe::egui::Layout::left_to_right(eframe::egui::Align::Center).with_main_wrap(true),
            |ui| {
                ui.spacing_mut().item_spacing = eframe::egui::vec2(6.0, 4.0);
                // First, so that its list stays open while columns come and go behind it.
                let button = Button::secondary("Choose columns")
                    .small()
                    .icon(Icon::COLUMNS);
                let button = button.caret().hint(spec.help).show(ui);
                state.focus(&button);
                if button.clicked() {
                    state.search.clear();
                }
                menu::popover(&button, 264.0, |ui| {
                    list(ui, spec, &mut chosen, about, &mut state.search)
                });
                chips(ui, &mut chosen, about);
                if chosen.is_empty() && spec.default == ParamDefault::None {
                    let tokens = theme::tokens(ui);
                    ui.label(
                        theme::caption("None chosen: all of them").color(tokens.text.secondary),
                    );
                }
            },
        );
    });
    let changed = chosen != before;
    if changed {
        params.set(spec.key, ParamValue::List(chosen));
    }
    changed
}

fn chips(ui: &mut Ui, chosen: &mut Vec<String>, about: &FormColumns<'_>) {
    let mut gone = None;
    for (index, name) in chosen.iter().take(SHOWN).enumerate() {
        let chip = Chip::new(name).active(true).closable();
        let chip = match about.schema.get(name) {
            Some(column) => chip.icon(kind_icon(column.kind)),
            None => chip
                .icon(Icon::WARNING)
                .hint("There is no such column here"),
        };
        if chip.show(ui).closed {
            gone = Some(index);
        }
    }
    if chosen.len() > SHOWN {
        let tokens = theme::tokens(ui);
        let more = format!("and {} more", chosen.len() - SHOWN);
        ui.label(theme::body(more).color(tokens.text.secondary));
    }
    if let Some(index) = gone {
        chosen.remove(index);
    }
}

/// Enter in the search ticks the first column that is found, or takes its tick away, and is ready for
/// the next one. False where nothing is searched for.
fn tick_found(
    spec: &ParamSpec,
    chosen: &mut Vec<String>,
    about: &FormColumns<'_>,
    search: &mut String,
) -> bool {
    let wanted = search.trim().to_lowercase();
    if wanted.is_empty() {
        return false;
    }
    let fits = |name: &str| (about.why_not)(spec, name).is_none();
    let columns = &about.schema.columns;
    let found = |whole: bool| {
        columns.iter().find(|column| {
            let name = column.name.to_lowercase();
            let here = if whole {
                name == wanted
            } else {
                name.contains(&wanted)
            };
            here && fits(&column.name)
        })
    };
    // What is written out is meant, even where another column has it in its name.
    if let Some(column) = found(true).or_else(|| found(false)) {
        match chosen.iter().position(|name| *name == column.name) {
            Some(at) => {
                chosen.remove(at);
            }
            None => chosen.push(column.name.clone()),
        }
        search.clear();
    }
    true
}

fn list(
    ui: &mut Ui,
    spec: &ParamSpec,
    chosen: &mut Vec<String>,
    about: &FormColumns<'_>,
    search: &mut String,
) {
    let mut enter = false;
    if about.schema.len() > SEARCH_FROM {
        let field = search_field(ui, "Find a column", search, None);
        enter = field.lost_focus()
            && ui.input(|input| input.key_pressed(Key::Enter) && !input.modifiers.any());
        field.request_focus();
        ui.add_space(4.0);
    }
    if enter && !tick_found(spec, chosen, about, search) {
        ui.close();
    }
    let wanted = search.to_lowercase();
    ui.horizontal(|ui| {
        if link(ui, "All").clicked() {
            for column in &about.schema.columns {
                let fits = (about.why_not)(spec, &column.name).is_none();
                let found = column.name.to_lowercase().contains(&wanted);
                if fits && found && !chosen.contains(&column.name) {
                    chosen.push(column.name.clone());
                }
            }
        }
        if link(ui, "None").clicked() {
            chosen.clear();
        }
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .max_height(280.0)
        .min_scrolled_height(280.0)
        .show(ui, |ui| {
            for column in &about.schema.columns {
                if !column.name.to_lowercase().contains(&wanted) {
                    continue;
                }
                let reason = (about.why_not)(spec, &column.name);
                let before = chosen.contains(&column.name);
                let mut ticked = before;
                let row = ListRow::new(&column.name)
                    .dense()
                    .icon(kind_icon(column.kind))
                    .check(&mut ticked)
                    .disabled(reason.as_deref())
                    .show(ui);
                let toggled = row.checked || row.clicked();
                if toggled && before {
                    chosen.retain(|name| *name != column.name);
                } else if toggled {
                    chosen.push(column.name.clone());
                }
            }
        });
}
