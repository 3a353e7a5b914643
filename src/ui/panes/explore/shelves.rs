//! The shelves above the chart, and the choice of how to draw it.

use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{DraggedColumn, place_column, set_chart, spec_of, why_not};
use crate::chart::{self, Channel, ChartSpec};
use crate::data::Table;
use crate::ui::state::View;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, kind_icon, size};
use crate::ui::widgets::menu::{menu, popover};
use crate::ui::widgets::{Button, IconButton, ListRow, menu_item, paint, search_field};

/// Narrowest and widest shelf.
const NARROW: f32 = 112.0;
const WIDE: f32 = 176.0;

pub fn show(ui: &mut Ui, view: &mut View<'_>, table: &Table, drawn: Option<&'static str>) {
    let spec = spec_of(view);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), size::PANEL_HEADER));
    let line = Stroke::new(1.0, view.tokens.border.subtle);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
    let place = rect.shrink2(vec2(size::CANVAS_PADDING, 0.0));
    let layout = eframe::egui::Layout::left_to_right(eframe::egui::Align::Center);
    let mut bar = ui.new_child(
        eframe::egui::UiBuilder::new()
            .max_rect(place)
            .layout(layout),
    );
    bar.spacing_mut().item_spacing.x = 6.0;
    // Three shelves, their names, the swap button and the choice of the mark share the width.
    let wide = has_room(place.width());
    let others = if wide { 340.0 } else { 168.0 };
    let width = ((place.width() - others) / 3.0).clamp(NARROW, WIDE).floor();
    for channel in Channel::ALL {
        if channel == Channel::Color {
            swap(&mut bar, view, table, &spec);
        }
        bar.label(theme::body(channel.word()).color(view.tokens.text.secondary));
        shelf(&mut bar, view, table, &spec, channel, width);
        bar.add_space(6.0);
    }
    if wide {
        let right = eframe::egui::Layout::right_to_left(eframe::egui::Align::Center);
        bar.with_layout(right, |ui| mark(ui, view, table, &spec, drawn));
    }
}

/// Whether the choice of the mark fits beside the shelves; otherwise it stands over the chart.
pub fn has_room(width: f32) -> bool {
    width >= 800.0
}

fn swap(ui: &mut Ui, view: &mut View<'_>, table: &Table, spec: &ChartSpec) {
    let swapped = ChartSpec {
        x: spec.y.clone(),
        y: spec.x.clone(),
        color: spec.color.clone(),
        mark: None,
    };
    let reason = if spec.is_empty() {
        Some("no column is on X or Y".to_owned())
    } else if chart::alternatives(table.schema(), &swapped).is_empty() {
        Some("no chart draws the columns the other way round".to_owned())
    } else {
        None
    };
    if IconButton::new(Icon::SWAP, "Swap X and Y")
        .disabled(reason)
        .show(ui)
        .clicked()
    {
        set_chart(view, ui.ctx(), swapped);
    }
    ui.add_space(6.0);
}

fn shelf(
    ui: &mut Ui,
    view: &mut View<'_>,
    table: &Table,
    spec: &ChartSpec,
    channel: Channel,
    width: f32,
) {
    let held = spec.get(channel).map(str::to_owned);
    let (_, rect) = ui.allocate_space(vec2(width, size::BUTTON));
    let id = ui.scope_id().with(("shelf", channel.word()));
    let response = ui.interact(rect, id, Sense::click());
    let carried = response.dnd_hover_payload::<DraggedColumn>();
    let refused = carried
        .as_ref()
        .and_then(|it| why_not(table, spec, channel, &it.0));
    paint_shelf(
        ui,
        &response,
        table,
        held.as_deref(),
        carried.is_some() && refused.is_none(),
    );
    let name = match &held {
        Some(column) => format!("{} shelf: {column}", channel.word()),
        None => format!("{} shelf: empty", channel.word()),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &name));
    if let Some(dropped) = response.dnd_release_payload::<DraggedColumn>() {
        match why_not(table, spec, channel, &dropped.0) {
            None => place_column(view, ui.ctx(), channel, Some(dropped.0.clone())),
            Some(reason) => view.shared.problems.push(crate::base::UserError::usage(
                "no_chart_for_columns",
                "The column was not placed",
                reason,
            )),
        }
    }
    if held.is_some() && remove(ui, rect, channel) {
        place_column(view, ui.ctx(), channel, None);
        return;
    }
    choose(ui, &response, view, table, spec, channel);
}

fn paint_shelf(ui: &Ui, response: &Response, table: &Table, held: Option<&str>, drop: bool) {
    let tokens = theme::tokens(ui);
    let rect = response.rect;
    let painter = ui.painter();
    let radius = size::RADIUS_CONTROL;
    let accent = Stroke::new(1.5, tokens.accent.line);
    match held {
        Some(_) => {
            let over = response.hovered();
            let fill = if over {
                tokens.surface.hover
            } else {
                tokens.surface.raised
            };
            let stroke = if drop {
                accent
            } else {
                Stroke::new(1.0, tokens.border.default)
            };
            painter.rect(rect, radius, fill, stroke, StrokeKind::Inside);
        }
        None => {
            if drop || response.hovered() {
                let fill = if drop {
                    tokens.accent.tint
                } else {
                    tokens.surface.hover
                };
                painter.rect_filled(rect, radius, fill);
            }
            let colour = if drop {
                tokens.accent.line
            } else {
                tokens.border.control
            };
            let stroke = Stroke::new(1.0, colour);
            paint::dashed(ui.painter(), rect.shrink(0.5), stroke, (3.0, 3.0));
        }
    }
    let mut left = rect.left() + 8.0;
    let y = rect.center().y;
    let column = held.and_then(|name| table.schema().get(name));
    if let Some(held) = held {
        let icon = column.map_or(Icon::WARNING, |column| kind_icon(column.kind));
        let colour = tokens.text.secondary;
        icon.paint(
            painter,
            pos2(left + 7.0, y),
            14.0,
            colour,
            IconWeight::Regular,
        );
        left += 20.0;
        let room = rect.right() - 26.0 - left;
        let style = Type::BodyMedium;
        paint::text_left(
            painter,
            pos2(left, y),
            held,
            style,
            tokens.text.primary,
            room,
        );
    } else {
        let words = if drop { "Drop here" } else { "Drop a column" };
        let room = rect.right() - 8.0 - left;
        paint::text_left(
            painter,
            pos2(left, y),
            words,
            Type::Body,
            tokens.text.secondary,
            room,
        );
    }
    paint::focus_inside(ui, rect, response.has_focus(), radius);
}

fn remove(ui: &mut Ui, rect: Rect, channel: Channel) -> bool {
    let place =
        Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), vec2(20.0, 20.0));
    let builder = eframe::egui::UiBuilder::new()
        .max_rect(place)
        .id_salt(("off", channel.word()));
    let mut child = ui.new_child(builder);
    let name = format!("Take the column off {}", channel.word());
    IconButton::new(Icon::X, name)
        .small()
        .show(&mut child)
        .clicked()
}

/// The menu of a shelf: every column, those that do not fit with the reason.
fn choose(
    ui: &mut Ui,
    response: &Response,
    view: &mut View<'_>,
    table: &Table,
    spec: &ChartSpec,
    channel: Channel,
) {
    let key = response.id.with("search");
    if response.clicked() {
        ui.data_mut(|data| data.remove::<String>(key));
    }
    popover(response, 248.0, |ui| {
        let mut search: String = ui.data(|data| data.get_temp(key)).unwrap_or_default();
        if table.width() > 8 {
            search_field(ui, "Find a column", &mut search, None);
        }
        let wanted = search.to_lowercase();
        ui.data_mut(|data| data.insert_temp(key, search));
        ui.spacing_mut().item_spacing.y = 0.0;
        eframe::egui::ScrollArea::vertical()
            .max_height(320.0)
            .min_scrolled_height(320.0)
            .show(ui, |ui| {
                for column in &table.schema().columns {
                    if !column.name.to_lowercase().contains(&wanted) {
                        continue;
                    }
                    let reason = why_not(table, spec, channel, &column.name);
                    let row = ListRow::new(&column.name)
                        .dense()
                        .icon(kind_icon(column.kind))
                        .selected(spec.get(channel) == Some(&column.name))
                        .disabled(reason.as_deref())
                        .show(ui);
                    if row.clicked() {
                        place_column(view, ui.ctx(), channel, Some(column.name.clone()));
                        ui.close();
                    }
                }
            });
    });
}

/// How the chart is drawn: the default first, then what else can draw these columns.
pub fn mark(
    ui: &mut Ui,
    view: &mut View<'_>,
    table: &Table,
    spec: &ChartSpec,
    drawn: Option<&'static str>,
) {
    let fitting = chart::alternatives(table.schema(), spec);
    let current = spec
        .mark
        .as_deref()
        .or(drawn)
        .and_then(chart::marks::find)
        .or_else(|| fitting.first().copied());
    let (Some(current), false) = (current, fitting.is_empty()) else {
        return;
    };
    let button = Button::secondary(current.name())
        .icon(Icon::CHART_BAR)
        .caret();
    let button = button.hint(current.summary()).show(ui);
    menu(&button, 300.0, |ui| {
        for mark in &fitting {
            let chosen = mark.id() == current.id();
            let icon = if chosen { Icon::CHECK } else { Icon::CHART_BAR };
            let item = menu_item(ui, Some(icon), mark.name(), "", None);
            if item.on_hover_text(mark.summary()).clicked() && !chosen {
                let chart = ChartSpec {
                    mark: Some(mark.id().to_owned()),
                    ..spec.clone()
                };
                set_chart(view, ui.ctx(), chart);
            }
        }
        let tokens = theme::tokens(ui);
        ui.add_space(4.0);
        eframe::egui::Frame::new().inner_margin(8.0).show(ui, |ui| {
            // The items of a menu fill its width; running text must not.
            ui.with_layout(
                eframe::egui::Layout::top_down(eframe::egui::Align::Min),
                |ui| {
                    let words = theme::caption(current.summary()).color(tokens.text.secondary);
                    ui.add(eframe::egui::Label::new(words).wrap());
                },
            );
        });
    });
}
