//! The context bar: what am I looking at.

use eframe::egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use crate::base::format;
use crate::ui::action::Action;
use crate::ui::state::{Theme, View};
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::menu::{menu, menu_item, menu_separator};
use crate::ui::widgets::{Button, IconButton, brand_mark, paint};

pub(super) fn show(ui: &mut Ui, view: &mut View<'_>) {
    let rect = ui.max_rect();
    let middle = Rect::from_center_size(rect.center(), vec2(rect.width(), size::BUTTON));
    let mut left = ui.new_child(
        UiBuilder::new()
            .max_rect(middle.with_min_x(rect.left() + size::X3))
            .layout(Layout::left_to_right(Align::Center)),
    );
    left.spacing_mut().item_spacing.x = size::X1;
    brand(&mut left, view);
    if !view.session.document().is_empty() {
        history_of_views(&mut left, view);
        what(&mut left, view);
    }
    let mut right = ui.new_child(
        UiBuilder::new()
            .max_rect(middle.with_max_x(rect.right() - size::X3))
            .layout(Layout::right_to_left(Align::Center)),
    );
    right.spacing_mut().item_spacing.x = size::X1;
    commands(&mut right, view);
}

fn keys(ui: &Ui, action: &Action) -> String {
    action
        .shortcut()
        .map(|shortcut| ui.ctx().format_shortcut(&shortcut))
        .unwrap_or_default()
}

fn brand(ui: &mut Ui, view: &mut View<'_>) {
    let (mark, _) = ui.allocate_exact_size(vec2(20.0, 20.0), eframe::egui::Sense::hover());
    brand_mark(ui.painter(), mark, view.tokens);
    let response = Button::ghost("Benchtop")
        .strong()
        .caret()
        .hint("Menu")
        .show(ui);
    let actions: [&[Action]; 4] = [
        &[
            Action::Open,
            Action::OpenPath,
            Action::Paste,
            Action::OpenModel,
        ],
        &[
            Action::Save,
            Action::SaveAs,
            Action::SaveWithData,
            Action::CloseProject,
        ],
        &[
            Action::SetTheme(Theme::System),
            Action::SetTheme(Theme::Light),
            Action::SetTheme(Theme::Dark),
        ],
        &[Action::Help, Action::Quit],
    ];
    menu(&response, 280.0, |ui| {
        for (index, group) in actions.iter().enumerate() {
            if index > 0 {
                menu_separator(ui);
            }
            for action in *group {
                let reason = action.unavailable(view.session, view.shared);
                let icon = match action {
                    Action::SetTheme(theme) if *theme == view.shared.theme => Icon::CHECK,
                    Action::SetTheme(_) => Icon::DOT,
                    _ => action.icon(),
                };
                let name = action.name(view.session);
                if menu_item(ui, Some(icon), &name, &keys(ui, action), reason.as_deref()).clicked()
                {
                    view.act(action.clone());
                }
            }
        }
    });
}

fn history_of_views(ui: &mut Ui, view: &mut View<'_>) {
    divider(ui, view);
    for (icon, action) in [(Icon::BACK, Action::Back), (Icon::FORWARD, Action::Forward)] {
        let button = IconButton::new(icon, action.name(view.session))
            .shortcut(keys(ui, &action))
            .disabled(action.unavailable(view.session, view.shared));
        if button.show(ui).clicked() {
            view.act(action);
        }
    }
    divider(ui, view);
}

fn what(ui: &mut Ui, view: &mut View<'_>) {
    let Some(active) = view.session.active().cloned() else {
        return;
    };
    let tables = view.session.document().tables.clone();
    let response = Button::ghost(format::shorten(&active.name, 32))
        .icon(Icon::TABLE)
        .strong()
        .caret()
        .hint("Tables of this project")
        .show(ui);
    menu(&response, 260.0, |ui| {
        for table in &tables {
            let icon = if table.id == active.id {
                Icon::CHECK
            } else {
                Icon::TABLE
            };
            let size = format!(
                "{} × {}",
                format::count(table.source.rows),
                table.source.columns
            );
            if menu_item(ui, Some(icon), &table.name, &size, None).clicked() {
                view.session.activate(table.id);
                view.shared.column = None;
                view.shared.sort = None;
            }
        }
        menu_separator(ui);
        if menu_item(ui, Some(Icon::PLUS), "Open another file…", "", None).clicked() {
            view.actions.push(Action::Open);
        }
        if menu_item(
            ui,
            Some(Icon::TRASH),
            &format!("Remove {} from the project", active.name),
            "",
            None,
        )
        .clicked()
        {
            view.session
                .dispatch_or_notice(crate::project::Command::RemoveTable { table: active.id });
        }
    });
    let wide = ui.ctx().content_rect().width() >= 1100.0;
    if !wide {
        return;
    }
    let steps = active.steps.len();
    if steps > 0 {
        divider(ui, view);
        let shown = view.session.viewed_steps().unwrap_or(steps);
        // Loading is step 1, as the recipe counts it.
        words(ui, view, "Step", &format!("{} of {}", shown + 1, steps + 1));
    }
    divider(ui, view);
    let target = active.model.target.as_deref().unwrap_or("none yet");
    words(ui, view, "Target", &format::shorten(target, 28));
}

fn words(ui: &mut Ui, view: &View<'_>, label: &str, value: &str) {
    ui.add_space(size::X1);
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.label(theme::body(label).color(view.tokens.text.secondary));
    ui.label(theme::body_medium(value).color(view.tokens.text.primary));
    ui.spacing_mut().item_spacing.x = size::X1;
    ui.add_space(size::X1);
}

fn commands(ui: &mut Ui, view: &mut View<'_>) {
    let open = !view.session.document().is_empty();
    if open {
        for action in [Action::ToggleRight, Action::ToggleLeft] {
            let mut button = IconButton::new(action.icon(), action.name(view.session))
                .shortcut(keys(ui, &action));
            if action == Action::ToggleRight {
                button = button.mirrored();
            }
            if button.show(ui).clicked() {
                view.act(action);
            }
        }
    }
    search(ui, view);
    if open {
        for (icon, action) in [(Icon::REDO, Action::Redo), (Icon::UNDO, Action::Undo)] {
            let button = IconButton::new(icon, action.name(view.session))
                .shortcut(keys(ui, &action))
                .disabled(action.unavailable(view.session, view.shared));
            if button.show(ui).clicked() {
                view.act(action);
            }
        }
    }
}

/// Looks like a field, opens the palette.
fn search(ui: &mut Ui, view: &mut View<'_>) {
    let (width, words) = if ui.ctx().content_rect().width() >= 1200.0 {
        (272.0, "Search or run a command")
    } else {
        (180.0, "Search or run")
    };
    let (rect, response) =
        ui.allocate_exact_size(vec2(width, size::INPUT), eframe::egui::Sense::click());
    let tokens = view.tokens;
    let fill = if response.hovered() {
        tokens.surface.hover
    } else {
        tokens.surface.raised
    };
    ui.painter().rect(
        rect,
        size::RADIUS_CONTROL,
        fill,
        eframe::egui::Stroke::new(1.0, tokens.border.default),
        eframe::egui::StrokeKind::Inside,
    );
    Icon::SEARCH.paint(
        ui.painter(),
        pos2(rect.left() + 16.0, rect.center().y),
        size::ICON,
        tokens.text.secondary,
        theme::fonts::IconWeight::Regular,
    );
    let room = rect.width() - 32.0 - 64.0;
    paint::text_left(
        ui.painter(),
        pos2(rect.left() + 30.0, rect.center().y),
        words,
        theme::Type::Body,
        tokens.text.secondary,
        room,
    );
    let shortcut = keys(ui, &Action::TogglePalette);
    crate::ui::widgets::label::paint_keycap(
        ui,
        pos2(rect.right() - 6.0, rect.center().y),
        &shortcut,
    );
    paint::focus_outside(ui, &response, size::RADIUS_CONTROL);
    response.widget_info(|| {
        eframe::egui::WidgetInfo::labeled(
            eframe::egui::accesskit::Role::Button,
            true,
            "Search or run a command",
        )
    });
    if response.clicked() {
        view.act(Action::TogglePalette);
    }
}

fn divider(ui: &mut Ui, view: &View<'_>) {
    ui.add_space(2.0);
    let (rect, _) = ui.allocate_exact_size(vec2(1.0, 16.0), eframe::egui::Sense::hover());
    ui.painter().vline(
        rect.center().x,
        rect.y_range(),
        eframe::egui::Stroke::new(1.0, view.tokens.border.default),
    );
    ui.add_space(2.0);
}
