//! The heads of the columns.

use std::ops::Range;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    CursorIcon, Id, Painter, Popup, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use super::body::cut;
use super::layout::Layout;
use super::{
    CellChange, GridColumn, GridResponse, GridSource, GridState, HeaderProfile, NARROWEST, PADDING,
    WIDEST, WIDEST_FIT,
};
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Tokens, Type, size};
use crate::ui::widgets::{paint, small_chart};

/// What the heads are made from.
pub(super) struct Parts<'a> {
    pub(super) id: Id,
    pub(super) layout: &'a Layout,
    pub(super) columns: &'a [GridColumn<'a>],
    pub(super) source: &'a dyn GridSource,
    pub(super) insight: bool,
}

/// The heads of the columns that are seen.
pub(super) fn show(ui: &Ui, parts: &Parts<'_>, state: &mut GridState, out: &mut GridResponse) {
    let header = parts.layout.header;
    let surface = theme::tokens(ui).surface.sunken;
    // Above the scroll bar too, so that the band ends where the table ends.
    let band = header.with_max_x(parts.layout.whole.right());
    ui.painter().rect_filled(band, 0.0, surface);
    for (place, column) in parts.columns.iter().enumerate() {
        let Some((left, width)) = parts.layout.columns.get(place).copied() else {
            continue;
        };
        if parts.layout.column_seen(place) {
            let rect = Rect::from_min_size(pos2(left, header.top()), vec2(width, header.height()));
            one(ui, parts, column, rect, state, out);
        }
    }
}

fn one(
    ui: &Ui,
    parts: &Parts<'_>,
    column: &GridColumn<'_>,
    rect: Rect,
    state: &mut GridState,
    out: &mut GridResponse,
) {
    let tokens = theme::tokens(ui);
    let header = parts.layout.header;
    let painter = ui
        .painter()
        .with_clip_rect(header.intersect(ui.clip_rect()));
    let seen = rect.intersect(header);
    let id = parts.id.with(("head", column.name));
    let mut response = ui.interact(seen, id, Sense::click_and_drag());
    let caret = caret_of(ui, id, rect, header, column.name);
    let open = Popup::is_id_open(ui, Popup::default_response_id(&caret));
    let hovered = response.hovered() || caret.hovered() || open;
    let with_caret = hovered || column.selected || caret.has_focus();
    let cut = paint_head(&painter, rect, column, hovered, with_caret, tokens);
    if parts.insight
        && let Some(profile) = column.profile
    {
        paint_profile(&painter, rect, profile, tokens);
    }
    paint::focus_inside(ui, seen, response.has_focus(), 0.0);
    if with_caret {
        paint_caret(&painter, &caret, open, tokens);
    }
    if response.clicked() {
        out.clicked_header = Some(column.index);
    }
    resize(ui, parts, id, rect, column, state, out);
    let (name, selected) = (head_name(column), column.selected);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ColumnHeader, true, &name);
        info.selected = Some(selected);
        info
    });
    if cut {
        response = response.on_hover_text(column.name);
    }
    out.headers.push((column.index, response));
    out.carets.push((column.index, caret));
}

fn head_name(column: &GridColumn<'_>) -> String {
    let mut name = format!("Column {}", column.name);
    if let Some(profile) = column.profile
        && !profile.fact.is_empty()
    {
        name.push_str(", ");
        name.push_str(&profile.fact);
    }
    match column.sort {
        Some(true) => name.push_str(", smallest first"),
        Some(false) => name.push_str(", largest first"),
        None => {}
    }
    name
}

fn caret_of(ui: &Ui, head: Id, rect: Rect, header: Rect, name: &str) -> Response {
    let middle = pos2(rect.right() - 14.0, rect.top() + 16.0);
    let place = Rect::from_center_size(middle, vec2(18.0, 18.0)).intersect(header);
    let response = ui.interact(place, head.with("menu"), Sense::click());
    let label = format!("Menu of column {name}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    response
}

fn paint_caret(painter: &Painter, caret: &Response, open: bool, tokens: &Tokens) {
    let rect = caret.rect;
    if caret.hovered() || open {
        painter.rect_filled(rect, 3.0, tokens.surface.active);
    }
    let colour = tokens.text.secondary;
    Icon::CARET_DOWN.paint(painter, rect.center(), 12.0, colour, IconWeight::Regular);
    if caret.has_focus() {
        let stroke = Stroke::new(size::FOCUS, tokens.border.focus);
        painter.rect_stroke(rect, 3.0, stroke, StrokeKind::Inside);
    }
}

/// Returns whether the name was cut.
fn paint_head(
    painter: &Painter,
    rect: Rect,
    column: &GridColumn<'_>,
    hovered: bool,
    room_for_caret: bool,
    tokens: &Tokens,
) -> bool {
    if column.selected {
        painter.rect_filled(rect, 0.0, tokens.surface.selected);
        let top = Rect::from_min_size(rect.min, vec2(rect.width(), 2.0));
        painter.rect_filled(top, 0.0, tokens.accent.line);
    } else if hovered {
        painter.rect_filled(rect, 0.0, tokens.surface.hover);
    }
    let y = rect.top() + 16.0;
    let grey = tokens.text.secondary;
    let mut left = rect.left() + PADDING;
    column.icon.paint(
        painter,
        pos2(left + 7.0, y),
        14.0,
        grey,
        IconWeight::Regular,
    );
    left += 20.0;
    let mut right = rect.right() - PADDING;
    if room_for_caret {
        right -= 18.0;
    }
    if let Some(rising) = column.sort {
        let arrow = if rising {
            Icon::ARROW_UP
        } else {
            Icon::ARROW_DOWN
        };
        let accent = tokens.text.accent;
        arrow.paint(
            painter,
            pos2(right - 6.0, y),
            12.0,
            accent,
            IconWeight::Bold,
        );
        right -= 16.0;
    }
    let place = pos2(left, y);
    let primary = tokens.text.primary;
    let line = Stroke::new(1.0, tokens.border.subtle);
    painter.vline(rect.right() - 0.5, rect.y_range(), line);
    let style = Type::BodyMedium;
    let (_, cut) = paint::text_left(painter, place, column.name, style, primary, right - left);
    cut
}

fn paint_profile(painter: &Painter, rect: Rect, profile: &HeaderProfile, tokens: &Tokens) {
    let (left, right) = (rect.left() + PADDING, rect.right() - PADDING);
    let top = rect.top() + 30.0;
    let bars = Rect::from_min_max(
        pos2(left, top),
        pos2(right, top + size::TABLE_HEADER_HISTOGRAM),
    );
    if profile.name_tag {
        small_chart::name_tag_ticks(painter, bars, tokens.chart.mark);
    } else {
        small_chart::mini_histogram(painter, bars, &profile.counts, tokens.chart.mark);
    }
    let fill = Rect::from_min_max(
        pos2(left, bars.bottom() + 4.0),
        pos2(right, bars.bottom() + 7.0),
    );
    small_chart::fill_bar(painter, fill, profile.blank_share, tokens);
    let fact = pos2(left, rect.top() + 78.0);
    let grey = tokens.text.secondary;
    paint::text_left(
        painter,
        fact,
        &profile.fact,
        Type::Caption,
        grey,
        right - left,
    );
}

/// The right edge of a head: drag it, or double click it to fit what is seen.
fn resize(
    ui: &Ui,
    parts: &Parts<'_>,
    head: Id,
    rect: Rect,
    column: &GridColumn<'_>,
    state: &mut GridState,
    out: &mut GridResponse,
) {
    let edge = Rect::from_center_size(
        pos2(rect.right() - 1.0, rect.center().y),
        vec2(size::SPLITTER, rect.height()),
    );
    let edge = edge.intersect(parts.layout.header.expand2(vec2(4.0, 0.0)));
    let response = ui.interact(edge, head.with("edge"), Sense::DRAG | Sense::CLICK);
    let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeColumn);
    if response.hovered() || response.dragged() {
        let stroke = Stroke::new(2.0, theme::tokens(ui).accent.line);
        ui.painter()
            .vline(rect.right() - 1.0, rect.y_range(), stroke);
    }
    let width = if response.double_clicked() {
        Some(fitting_width(ui, column, parts.source, out.visible.clone()))
    } else if response.dragged()
        && let Some(at) = response.interact_pointer_pos()
    {
        Some(at.x - rect.left())
    } else {
        None
    };
    if let Some(width) = width {
        let width = width.clamp(NARROWEST, WIDEST).round();
        state.widths.insert(column.name.to_owned(), width);
        out.resized = Some((column.index, width));
    }
    let name = format!("Width of column {}", column.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, &name));
}

/// As wide as the name and every visible cell need.
fn fitting_width(
    ui: &Ui,
    column: &GridColumn<'_>,
    source: &dyn GridSource,
    visible: Range<u64>,
) -> f32 {
    let style = if column.monospace {
        Type::Code
    } else {
        Type::Number
    };
    let head = paint::width_of(ui, column.name, Type::BodyMedium) + 20.0 + 18.0;
    let fact = column
        .profile
        .map_or(0.0, |p| paint::width_of(ui, &p.fact, Type::Caption));
    let widest = visible
        .filter_map(|row| source.cell(row, column.index))
        .map(|cell| {
            let before = match cell.diff {
                CellChange::Changed { before } => paint::width_of(ui, cut(before), style) + 6.0,
                _ => 0.0,
            };
            before + paint::width_of(ui, cut(cell.text), style)
        })
        .fold(head.max(fact), f32::max);
    (widest + 2.0 * PADDING + 2.0).min(WIDEST_FIT)
}
