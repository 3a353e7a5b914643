//! Beside the chart: what is selected and how it differs, or what the chart shows.

use eframe::egui::{Frame, Label, Margin, Modifiers, ScrollArea, Ui};

use super::{ExplorePane, difference, set_chart, spec_of};
use crate::base::format;
use crate::chart::ChartSpec;
use crate::ui::action::Action;
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::{
    Button, Chip, IconButton, Tone, menu::menu, menu_item, panel_header, property_value,
    section_header, separator,
};

pub fn show(pane: &mut ExplorePane, ui: &mut Ui, view: &mut View<'_>) {
    match view.session.selection().cloned() {
        Some(selection) => {
            let count = selection.rows.count() as u64;
            let title = format!("{} selected", format::counted(count, "row"));
            panel_header(ui, &title, "", |ui| {
                if IconButton::new(Icon::X, "Clear the selection")
                    .show(ui)
                    .clicked()
                {
                    view.act(Action::ClearSelection);
                }
            });
            scrolled(ui, |ui| {
                selected(pane, ui, view, &selection.sentence, count)
            });
        }
        None => {
            panel_header(ui, "Chart", "", |_| {});
            scrolled(ui, |ui| chart(pane, ui, view));
        }
    }
}

fn scrolled(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(16.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            add(ui);
        });
    });
}

fn note(ui: &mut Ui, text: &str) {
    let colour = theme::tokens(ui).text.secondary;
    ui.add(Label::new(theme::caption(text).color(colour)).wrap());
}

fn selected(pane: &mut ExplorePane, ui: &mut Ui, view: &mut View<'_>, sentence: &str, count: u64) {
    let slot = view.session.table();
    let shown = slot.shown().map_or(0, |table| table.rows() as u64);
    // In as many lines as it takes: what was added last is at the end.
    Frame::new()
        .fill(view.tokens.surface.selected)
        .corner_radius(size::RADIUS_CONTROL)
        .inner_margin(Margin::symmetric(8, 4))
        .show(ui, |ui| {
            let words = theme::body(sentence).color(view.tokens.text.primary);
            ui.add(Label::new(words).wrap());
        });
    if shown > 0 {
        let share = format::share(count as f64 / shown as f64);
        let words = format!("{share} of {} rows", format::count(shown));
        ui.add_space(4.0);
        ui.label(theme::caption(words).color(view.tokens.text.secondary));
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if Button::secondary("Keep only")
            .icon(Icon::FILTER)
            .show(ui)
            .clicked()
        {
            view.act(Action::KeepOnlySelection);
        }
        if Button::secondary("Hide").show(ui).clicked() {
            view.act(Action::HideSelection);
        }
        if Button::ghost("Clear").show(ui).clicked() {
            view.act(Action::ClearSelection);
        }
    });
    ui.add_space(4.0);
    note(ui, "Keeping and hiding change the view, never the data.");
    separator(ui);
    difference::show(pane, ui, view, &slot);
}

fn chart(pane: &mut ExplorePane, ui: &mut Ui, view: &mut View<'_>) {
    let spec = spec_of(view);
    if let Some(filter) = view.session.filter().cloned() {
        Chip::new(&filter.sentence)
            .icon(Icon::FILTER)
            .tone(Tone::Neutral)
            .show(ui);
        if Button::secondary("Show all rows again")
            .small()
            .show(ui)
            .clicked()
        {
            view.act(Action::ClearFilter);
        }
        separator(ui);
    }
    match pane.scene.clone() {
        Some(scene) if !spec.is_empty() => {
            let colour = view.tokens.text.primary;
            ui.add(Label::new(theme::body(&scene.description).color(colour)).wrap());
            ui.add_space(8.0);
            property_value(ui, "Drawn", &scene.subtitle, "");
            if let Some(mark) = pane.mark.and_then(crate::chart::marks::find) {
                property_value(ui, "As", mark.name(), "");
            }
            if let Some(words) = &scene.note {
                note(ui, &format!("{words}."));
            }
            ui.add_space(12.0);
            actions(ui, view, &spec);
            separator(ui);
        }
        _ => {
            note(
                ui,
                "Put a column on X to see how its values are spread. A second column on Y shows how the two go together, and Colour splits the rows into groups.",
            );
            separator(ui);
        }
    }
    gestures(ui);
}

fn actions(ui: &mut Ui, view: &mut View<'_>, spec: &ChartSpec) {
    ui.horizontal(|ui| {
        let button = Button::secondary("Save chart…")
            .icon(Icon::DOWNLOAD)
            .caret()
            .show(ui);
        menu(&button, 220.0, |ui| {
            for (label, png) in [("SVG, sharp at any size", false), ("PNG, a picture", true)] {
                if menu_item(ui, Some(Icon::IMAGE), label, "", None).clicked() {
                    let end = if png { "png" } else { "svg" };
                    let name = format!("{}.{end}", file_stem(spec));
                    view.ask(FileQuestion::SaveChart { name }, Purpose::SaveChart { png });
                }
            }
        });
        if Button::ghost("Clear")
            .hint("Take every column off the chart")
            .show(ui)
            .clicked()
        {
            set_chart(view, ui.ctx(), ChartSpec::default());
        }
    });
}

/// "bill_length by species": letters, digits and spaces only.
fn file_stem(spec: &ChartSpec) -> String {
    let columns: Vec<&str> = [&spec.y, &spec.x, &spec.color]
        .into_iter()
        .filter_map(|column| column.as_deref())
        .collect();
    let name: String = columns
        .join(" by ")
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() || " _-".contains(letter) {
                letter
            } else {
                '-'
            }
        })
        .collect();
    if name.is_empty() {
        "chart".to_owned()
    } else {
        name
    }
}

fn gestures(ui: &mut Ui) {
    section_header(ui, "On the chart", "", None);
    let keys = ui.ctx().format_modifiers(Modifiers::COMMAND);
    for (what, does) in [
        ("Drag".to_owned(), "select rows"),
        ("Shift + drag".to_owned(), "add to them"),
        (format!("{keys} + drag"), "take away"),
        (format!("{keys} + Shift + drag"), "keep what is in both"),
        ("Scroll".to_owned(), "zoom"),
        ("Space + drag".to_owned(), "move"),
        ("Double click".to_owned(), "show everything"),
    ] {
        property_value(ui, &what, does, "");
    }
}
