//! The inspector of the Data workspace: one column, or the table when none is chosen.

use eframe::egui::{Frame, Margin, ScrollArea, Sense, Ui, pos2, vec2};

use crate::base::format;
use crate::data::{ColumnKind, ColumnProfile, ColumnRole};
use crate::project::Command;
use crate::session::Slot;
use crate::ui::action::Action;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, kind_icon, size};
use crate::ui::widgets::{
    Button, IconButton, Select, SelectOption, TextField, Tone, badge, empty_state, error_card,
    message_card, mini_histogram, paint, panel_header, property_row, property_value,
    section_header, separator, skeleton,
};

pub(super) fn show(ui: &mut Ui, view: &mut View<'_>) {
    let Some(table) = view.session.table().shown().cloned() else {
        panel_header(ui, "Column", "", |_| {});
        return;
    };
    let index = view
        .shared
        .column
        .as_ref()
        .and_then(|name| table.schema().index_of(name));
    let Some(index) = index else {
        overview(ui, view);
        return;
    };
    let Some(column) = table.schema().columns.get(index).cloned() else {
        return;
    };
    let closed = panel_header(
        ui,
        &format::shorten(&column.name, 26),
        column.kind.word(),
        |ui| {
            IconButton::new(Icon::X, "Close the column")
                .show(ui)
                .clicked()
        },
    );
    if closed {
        view.shared.column = None;
    }
    let profile = view.session.profile(&table, index);
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            Frame::new()
                .inner_margin(Margin::symmetric(16, 8))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = size::X1;
                    match &profile {
                        Slot::Failed(error) => {
                            error_card(ui, error, &[]);
                        }
                        other => match other.shown() {
                            Some(profile) => statistics(ui, view, profile),
                            None => skeleton(ui, 8),
                        },
                    }
                    separator(ui);
                    properties(
                        ui,
                        view,
                        &column.name,
                        profile.shown().map(|profile| &**profile),
                    );
                    separator(ui);
                    actions(ui, view, &column.name);
                });
        });
}

fn overview(ui: &mut Ui, view: &mut View<'_>) {
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
    panel_header(ui, &recipe.name, "Table", |_| {});
    Frame::new()
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = size::X1;
            property_value(ui, "File", &recipe.source.name(), "");
            property_value(ui, "Rows", &format::count(recipe.source.rows), "");
            property_value(ui, "Columns", &recipe.source.columns.to_string(), "");
            property_value(ui, "Size on disk", &format::bytes(recipe.source.bytes), "");
            let steps = recipe.steps.len() as u64;
            property_value(ui, "Steps", &format::count(steps), "");
            ui.add_space(size::X2);
            let unusual = Action::FindUnusual;
            let find = Button::secondary(unusual.name(view.session)).icon(unusual.icon());
            if find.full_width().show(ui).clicked() {
                view.act(unusual);
            }
            separator(ui);
            empty_state(
                ui,
                Icon::COLUMNS,
                "Click a column",
                "Its values, its blanks and what it is used for appear here.",
                &[],
            );
        });
}

fn statistics(ui: &mut Ui, view: &View<'_>, profile: &ColumnProfile) {
    if let Some(reason) = &profile.name_tag {
        message_card(
            ui,
            Tone::Note,
            "Looks like a name tag",
            reason,
            "It names rows and says nothing about them, so it is not ticked for learning.",
            &[],
            "",
        );
    } else if profile.constant && profile.rows > 1 {
        message_card(
            ui,
            Tone::Note,
            "Only one value",
            "There is nothing to learn from it.",
            "",
            &[],
            "",
        );
    }
    let categorical = matches!(
        profile.kind,
        ColumnKind::Category | ColumnKind::YesNo | ColumnKind::Text
    );
    if categorical || profile.number.is_none() && profile.earliest.is_none() {
        values(ui, view, profile);
    } else {
        distribution(ui, view, profile);
    }
    separator(ui);
    let blank_share = if profile.rows == 0 {
        0.0
    } else {
        profile.blanks as f64 / profile.rows as f64
    };
    property_value(
        ui,
        "Blank",
        &format::count(profile.blanks),
        &format::share(blank_share),
    );
    property_value(ui, "Distinct", &format::count(profile.distinct), "");
    let figures = profile.figures();
    if let Some(number) = &profile.number {
        property_value(ui, "Average", &figures.number(number.mean, 5), "mean");
        property_value(ui, "Middle", &figures.number(number.median, 5), "median");
        property_value(ui, "Lowest", &figures.number(number.min, 5), "");
        property_value(ui, "Highest", &figures.number(number.max, 5), "");
        let quarters = format!(
            "{} to {}",
            figures.number(number.lower_quartile, 4),
            figures.number(number.upper_quartile, 4)
        );
        property_value(ui, "Middle half", &quarters, "");
        property_value(
            ui,
            "Spread",
            &format::number(number.standard_deviation, 4),
            "sd",
        );
    }
    if let (Some(first), Some(last)) = (&profile.earliest, &profile.latest) {
        property_value(ui, "Earliest", first, "");
        property_value(ui, "Latest", last, "");
    }
}

/// Bars of the most frequent values.
fn values(ui: &mut Ui, view: &View<'_>, profile: &ColumnProfile) {
    section_header(ui, "Values", &format::count(profile.distinct), None);
    let tokens = view.tokens;
    let most = profile.top.first().map_or(1, |value| value.count).max(1);
    let shown = 10;
    for value in profile.top.iter().take(shown) {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
        let y = rect.center().y;
        let label_width = rect.width() * 0.34;
        paint::text_left(
            ui.painter(),
            pos2(rect.left(), y),
            &value.value,
            Type::Caption,
            tokens.text.primary,
            label_width,
        );
        let count = format::count(value.count);
        let (taken, _) = paint::text_right(
            ui.painter(),
            pos2(rect.right(), y),
            &count,
            Type::NumberSmall,
            tokens.text.secondary,
            80.0,
        );
        let start = rect.left() + label_width + size::X2;
        let room = (rect.right() - taken.max(44.0) - size::X2 - start).max(4.0);
        let width = (room * value.count as f32 / most as f32).max(1.5);
        let bar = eframe::egui::Rect::from_min_size(pos2(start, y - 6.0), vec2(width, 12.0));
        ui.painter()
            .rect_filled(bar, size::RADIUS_MARK, tokens.chart.mark);
        response.on_hover_text(format!(
            "{}: {}",
            value.value,
            format::counted(value.count, "row")
        ));
    }
    let listed: u64 = profile
        .top
        .iter()
        .take(shown)
        .map(|value| value.count)
        .sum();
    let rest = profile
        .distinct
        .saturating_sub(profile.top.len().min(shown) as u64);
    if rest > 0 {
        let rows = (profile.rows - profile.blanks).saturating_sub(listed);
        let text = format!(
            "{} more, {}",
            format::count(rest),
            format::counted(rows, "row")
        );
        ui.label(theme::caption(text).color(tokens.text.secondary));
    }
}

fn distribution(ui: &mut Ui, view: &View<'_>, profile: &ColumnProfile) {
    let count = format::counted(profile.rows - profile.blanks, "row");
    section_header(ui, "Distribution", &count, None);
    let tokens = view.tokens;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 88.0), Sense::hover());
    let counts: Vec<u32> = profile
        .histogram
        .iter()
        .map(|bin| u32::try_from(bin.count).unwrap_or(u32::MAX))
        .collect();
    mini_histogram(ui.painter(), rect, &counts, tokens.chart.mark);
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        eframe::egui::Stroke::new(1.0, tokens.chart.axis),
    );
    let figures = profile.figures();
    let ends = match (&profile.number, &profile.earliest, &profile.latest) {
        (Some(number), _, _) => {
            Some((figures.number(number.min, 4), figures.number(number.max, 4)))
        }
        (None, Some(first), Some(last)) => Some((first.clone(), last.clone())),
        _ => None,
    };
    if let Some((low, high)) = ends {
        let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
        let y = line.center().y;
        paint::text_left(
            ui.painter(),
            pos2(line.left(), y),
            &low,
            Type::NumberSmall,
            tokens.text.secondary,
            120.0,
        );
        paint::text_right(
            ui.painter(),
            pos2(line.right(), y),
            &high,
            Type::NumberSmall,
            tokens.text.secondary,
            120.0,
        );
    }
    // The bin under the pointer, in words.
    if let Some(pointer) = response.hover_pos()
        && !profile.histogram.is_empty()
    {
        let share = ((pointer.x - rect.left()) / rect.width()).clamp(0.0, 0.999);
        let index = (share * profile.histogram.len() as f32) as usize;
        if let Some(bin) = profile.histogram.get(index)
            && profile.number.is_some()
        {
            let text = format!(
                "{} to {}: {}",
                figures.number(bin.lower, 4),
                figures.number(bin.upper, 4),
                format::counted(bin.count, "row")
            );
            response.on_hover_text(text);
        }
    }
}

fn properties(ui: &mut Ui, view: &mut View<'_>, name: &str, profile: Option<&ColumnProfile>) {
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
    section_header(ui, "Properties", "", None);
    let guess = match profile {
        Some(profile) if profile.name_tag.is_some() => ColumnRole::NameTag,
        Some(profile) if profile.constant => ColumnRole::Ignore,
        _ => ColumnRole::Learn,
    };
    let is_target = recipe.model.target.as_deref() == Some(name);
    property_row(ui, "Use", |ui| {
        if is_target {
            badge(ui, Tone::Accent, "What to predict");
            return;
        }
        let mut role = recipe.roles.get(name).copied().unwrap_or(guess);
        let options: Vec<SelectOption<ColumnRole>> = ColumnRole::ALL
            .into_iter()
            .map(|role| SelectOption::new(role, role.word()))
            .collect();
        if Select::new("Use").show(ui, &mut role, &options).changed() {
            view.dispatch(Command::SetRole {
                table: recipe.id,
                column: name.to_owned(),
                role: (role != guess).then_some(role),
            });
        }
    });
    let mut text = recipe.descriptions.get(name).cloned().unwrap_or_default();
    property_row(ui, "Description", |ui| {
        let width = ui.available_width();
        if TextField::new("Description")
            .hint("What does it mean?")
            .width(width)
            .show(ui, &mut text)
            .changed()
        {
            let command = Command::Describe {
                table: recipe.id,
                column: name.to_owned(),
                text: text.clone(),
            };
            // One entry in the history however many letters are typed.
            if let Err(error) = view.session.dispatch_while(command, true) {
                view.shared.problems.push(error);
            }
        }
    });
    if let Some(profile) = profile {
        property_value(ui, "Stored as", &profile.type_name, "");
    }
}

fn actions(ui: &mut Ui, view: &mut View<'_>, name: &str) {
    let kind = view
        .session
        .table()
        .shown()
        .and_then(|table| table.schema().get(name).map(|column| column.kind));
    let Some(kind) = kind else { return };
    section_header(ui, "What next", "", None);
    ui.horizontal_wrapped(|ui| {
        if Button::secondary("Chart it")
            .icon(Icon::CHART)
            .show(ui)
            .clicked()
        {
            view.act(Action::ChartColumn(name.to_owned()));
        }
        if kind != ColumnKind::Time
            && Button::secondary("Predict it")
                .icon(Icon::PREDICT)
                .show(ui)
                .clicked()
        {
            view.act(Action::PredictColumn(name.to_owned()));
        }
        if Button::ghost("Change type…")
            .icon(kind_icon(kind))
            .show(ui)
            .clicked()
        {
            view.act(Action::AddStep("change_type"));
        }
    });
}
