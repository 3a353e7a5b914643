//! The canvas: what a step changes, or the table as it is now.

use std::sync::Arc;

use eframe::egui::{
    Align, Frame, Layout, Margin, Rect, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::{CleanPane, Side, grid, words};
use crate::base::format;
use crate::clean::recipe::StepStatus;
use crate::clean::{self, Step};
use crate::data::Table;
use crate::session::{Slot, StepPreview};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, size};
use crate::ui::widgets::label::{badge_width, paint_badge};
use crate::ui::widgets::{
    Button, Select, SelectOption, Tone, error_card, padded, paint, segmented,
};

/// The table, with the difference that the chosen step makes.
pub fn show(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
    let chosen = pane
        .selected
        .and_then(|id| recipe.steps.iter().position(|step| step.id == id))
        .and_then(|place| recipe.steps.get(place).map(|step| (place, step)));
    if view.session.viewed_steps().is_some() {
        banner(pane, ui, view);
    }
    if let Some((place, step)) = chosen
        && step.enabled
    {
        let preview = view
            .session
            .preview_step(place, &step.operation, &step.params);
        if let Some(shown) = preview.shown().cloned() {
            step_head(pane, ui, view, step, &shown);
            compared(pane, ui, view, &shown);
            return;
        }
    }
    table_now(pane, ui, view, chosen.map(|(_, step)| step));
}

fn banner(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>) {
    let Some(count) = view.session.viewed_steps() else {
        return;
    };
    let tokens = view.tokens;
    Frame::new()
        .fill(tokens.status.note.fill)
        .inner_margin(Margin::symmetric(16, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.label(Icon::HISTORY.text(16.0).color(tokens.status.note.icon));
                let words = match count {
                    0 => "Viewing the file as it was loaded".to_owned(),
                    // The first card is the file.
                    count => format!("Viewing after step {}", count + 1),
                };
                ui.label(theme::body_medium(words).color(tokens.text.primary));
                if crate::ui::widgets::link(ui, "Back to now").clicked() {
                    view.session.view_after(None);
                    pane.selected = None;
                }
            });
        });
}

/// What stands above a grid: a title with a badge, sentences beneath it, and actions laid out
/// from the right.
pub fn head(
    ui: &mut Ui,
    title: &str,
    badge: Option<(Tone, &str)>,
    line: &str,
    actions: impl FnOnce(&mut Ui),
) {
    let tokens = theme::tokens(ui);
    let inner = ui
        .available_rect_before_wrap()
        .shrink2(vec2(size::CANVAS_PADDING, 0.0));
    let first = Rect::from_min_size(inner.min, vec2(inner.width(), 64.0));
    let right = Layout::right_to_left(Align::Center);
    let mut child = ui.new_child(
        UiBuilder::new()
            .max_rect(first)
            .layout(right)
            .id_salt("actions"),
    );
    child.spacing_mut().item_spacing.x = 8.0;
    actions(&mut child);
    let room = child.min_rect().left().min(inner.right()) - 16.0 - inner.left();
    let top = inner.top() + 12.0;
    let middle = pos2(inner.left(), top + 11.0);
    let taken = badge.map_or(0.0, |(_, words)| badge_width(ui, None, words) + 12.0);
    // Where the title leaves no room for the badge, it stands at the head of the line beneath.
    let beside = paint::width_of(ui, title, Type::Heading) + taken <= room;
    let mut job = eframe::egui::text::LayoutJob::default();
    let format = eframe::egui::TextFormat {
        font_id: Type::Body.font(),
        color: tokens.text.secondary,
        line_height: Some(Type::Body.line()),
        ..eframe::egui::TextFormat::default()
    };
    job.append(line, if beside { 0.0 } else { taken - 4.0 }, format);
    job.wrap.max_width = room;
    job.wrap.max_rows = 3;
    let galley = ui.painter().layout_job(job);
    let colour = tokens.text.primary;
    let (drawn, cut) = paint::text_left(ui.painter(), middle, title, Type::Heading, colour, room);
    if let Some((tone, words)) = badge {
        let end = if beside {
            pos2(inner.left() + drawn + taken, middle.y)
        } else {
            pos2(
                inner.left() + taken - 12.0,
                top + 24.0 + Type::Body.line() / 2.0,
            )
        };
        paint_badge(ui, end, tone, None, words);
    }
    ui.painter().galley(
        pos2(inner.left(), top + 24.0),
        galley.clone(),
        tokens.text.secondary,
    );
    let height = (36.0 + galley.size().y + 10.0).max(64.0);
    let wanted = vec2(ui.available_width(), height);
    let response = paint::allocate(ui, wanted, eframe::egui::Sense::hover(), true);
    let rect = response.rect;
    let name = match badge {
        Some((_, words)) => format!("{title}. {words}. {line}"),
        None => format!("{title}. {line}"),
    };
    response
        .widget_info(|| WidgetInfo::labeled(eframe::egui::accesskit::Role::Heading, true, &name));
    if cut {
        response.on_hover_text(title);
    }
    let stroke = Stroke::new(1.0, tokens.border.subtle);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
}

fn step_head(
    pane: &mut CleanPane,
    ui: &mut Ui,
    view: &View<'_>,
    step: &Step,
    preview: &StepPreview,
) {
    let title = match clean::by_id(&step.operation) {
        Ok(operation) => clean::plain(&operation.sentence(&step.params)),
        Err(_) => step.operation.clone(),
    };
    let line = words::effect(preview, true);
    let mut edit = false;
    head(ui, &title, None, &line, |ui| {
        edit = Button::secondary("Edit step…")
            .icon(Icon::EDIT)
            .show(ui)
            .clicked();
    });
    if edit {
        pane.edit(view, step);
    }
}

/// The bar above the grid, and the grid.
pub fn compared(pane: &mut CleanPane, ui: &mut Ui, view: &View<'_>, preview: &Arc<StepPreview>) {
    let choices = grid::choices(preview);
    let known = pane
        .rows
        .filter(|rows| choices.iter().any(|(other, _, _)| other == rows));
    let mut rows = known
        .or_else(|| choices.first().map(|(rows, _, _)| *rows))
        .unwrap_or(crate::data::difference::DiffRows::All);
    Frame::new()
        .inner_margin(Margin::symmetric(16, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                let options = [
                    (Side::Before, "Before"),
                    (Side::Difference, "Difference"),
                    (Side::After, "After"),
                ];
                segmented(ui, &mut pane.side, &options);
                ui.add_space(8.0);
                if pane.side == Side::Difference {
                    let options: Vec<_> = choices
                        .iter()
                        .map(|(rows, label, count)| {
                            let label = format!("{label}  {}", format::count(*count as u64));
                            SelectOption::new(*rows, label)
                        })
                        .collect();
                    if Select::new("Rows shown")
                        .width(190.0)
                        .show(ui, &mut rows, &options)
                        .changed()
                    {
                        pane.rows = Some(rows);
                    }
                    let right = Layout::right_to_left(Align::Center);
                    ui.with_layout(right, |ui| key(ui, view));
                } else {
                    let table = if pane.side == Side::Before {
                        &preview.before
                    } else {
                        &preview.after
                    };
                    ui.label(theme::body(size_of(table)).color(view.tokens.text.secondary));
                }
            });
        });
    match pane.side {
        Side::Before => grid::plain(ui, &preview.before, &mut pane.grid),
        Side::After => grid::plain(ui, &preview.after, &mut pane.grid),
        Side::Difference => grid::difference(ui, preview, rows, &mut pane.grid),
    }
}

/// What the marks in the grid mean.
fn key(ui: &mut Ui, view: &View<'_>) {
    if ui.available_width() < 270.0 {
        return;
    }
    let diff = &view.tokens.diff;
    ui.spacing_mut().item_spacing.x = 6.0;
    for (words, fill, mark) in [
        ("Removed", diff.removed_fill, diff.removed_mark),
        ("Added", diff.added_fill, diff.added_mark),
        ("Changed", diff.changed_fill, diff.changed_mark),
    ] {
        ui.label(theme::caption(words).color(view.tokens.text.secondary));
        let (_, place) = ui.allocate_space(vec2(14.0, 16.0));
        let square = Rect::from_center_size(place.center(), vec2(12.0, 12.0));
        match words {
            "Changed" => {
                let stroke = Stroke::new(1.0, mark);
                ui.painter()
                    .rect(square, 2.0, fill, stroke, StrokeKind::Inside);
            }
            "Added" => {
                ui.painter().rect_filled(square, 2.0, fill);
                let weight = theme::fonts::IconWeight::Bold;
                Icon::PLUS.paint(ui.painter(), square.center(), 9.0, mark, weight);
            }
            _ => {
                ui.painter().rect_filled(square, 2.0, fill);
                let line = Stroke::new(1.5, mark);
                ui.painter()
                    .hline(square.shrink(1.0).x_range(), square.center().y, line);
            }
        }
        ui.add_space(6.0);
    }
}

fn size_of(table: &Table) -> String {
    format!(
        "{} × {}",
        format::counted(table.rows() as u64, "row"),
        format::counted(table.width() as u64, "column")
    )
}

/// The table without a step in view.
fn table_now(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>, step: Option<&Step>) {
    let slot: Slot<Table> = view.session.table();
    let Some(table) = slot.shown().cloned() else {
        return;
    };
    let mut wish = None;
    let title = match (step, view.session.viewed_steps()) {
        (Some(_), _) => "The table at this step",
        (None, Some(_)) => "The table at this point",
        (None, None) => "The table now",
    };
    let off = step.is_some_and(|step| !step.enabled);
    let badge = off.then_some((Tone::Neutral, "The step is off"));
    head(ui, title, badge, &size_of(&table), |ui| {
        wish = add_button(ui)
    });
    if let Some(step) = step {
        attention(pane, ui, view, step);
    }
    grid::plain(ui, &table, &mut pane.grid);
    if let Some(operation) = wish {
        pane.begin(view, operation, crate::base::Params::new());
    }
}

/// Why the step that is looked at did not run.
fn attention(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>, step: &Step) {
    let Some(recipe) = view.session.active().cloned() else {
        return;
    };
    let place = recipe.steps.iter().position(|other| other.id == step.id);
    let run = view.session.recipe_run();
    let outcome = place.and_then(|place| run.shown()?.outcomes.get(place).cloned());
    if let Some(StepStatus::NeedsAttention(error)) = outcome.map(|outcome| outcome.status) {
        padded(ui, |ui| {
            if error_card(ui, &error, &["Edit step…"]).is_some() {
                pane.edit(view, step);
            }
        });
    }
}

/// The button with all kinds of steps behind it.
pub fn add_button(ui: &mut Ui) -> Option<&'static dyn clean::CleanStep> {
    let button = Button::primary("Add step")
        .icon(Icon::PLUS)
        .caret()
        .show(ui);
    super::recipe::step_menu(&button)
}
