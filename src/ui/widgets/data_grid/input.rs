//! Keyboard, wheel, scroll bars and pointer.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    EventFilter, Id, Key, Modifiers, Pos2, Rect, Response, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::layout::{Layout, show_column, show_row};
use super::{GridColumn, GridResponse, GridState};
use crate::ui::theme::{self, size};

/// Moves the focused cell. Returns the row when it was chosen with Enter or Space.
pub(super) fn keyboard(
    ui: &Ui,
    response: &Response,
    layout: &Layout,
    columns: usize,
    state: &mut GridState,
) -> Option<u64> {
    if !response.has_focus() || layout.rows == 0 || columns == 0 {
        return None;
    }
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let last_row = layout.rows - 1;
    let (row, column) = state.focus.unwrap_or((state.first_row.ceil() as u64, 0));
    let (mut row, mut column) = (row.min(last_row), column.min(columns - 1));
    let before = (row, column);
    let page = (state.page.floor() as u64).saturating_sub(1).max(1);
    let mut jumped = false;
    ui.input_mut(|input| {
        let mut times = |modifiers: Modifiers, key: Key| -> u64 {
            input.count_and_consume_key(modifiers, key) as u64
        };
        // The most particular combination first: a plain key would match it too.
        for (modifiers, key, target) in [
            (Modifiers::COMMAND, Key::Home, 0),
            (Modifiers::COMMAND, Key::End, last_row),
            (Modifiers::COMMAND, Key::ArrowUp, 0),
            (Modifiers::COMMAND, Key::ArrowDown, last_row),
        ] {
            if times(modifiers, key) > 0 {
                row = target;
                jumped = true;
            }
        }
        let none = Modifiers::NONE;
        row = row
            .saturating_add(times(none, Key::ArrowDown))
            .min(last_row);
        row = row.saturating_sub(times(none, Key::ArrowUp));
        row = row
            .saturating_add(page * times(none, Key::PageDown))
            .min(last_row);
        row = row.saturating_sub(page * times(none, Key::PageUp));
        column = column
            .saturating_add(times(none, Key::ArrowRight) as usize)
            .min(columns - 1);
        column = column.saturating_sub(times(none, Key::ArrowLeft) as usize);
        if times(none, Key::Home) > 0 {
            column = 0;
            jumped = true;
        }
        if times(none, Key::End) > 0 {
            column = columns - 1;
            jumped = true;
        }
    });
    if state.focus.is_none() || (row, column) != before || jumped {
        state.focus = Some((row, column));
        show_row(layout, state, row);
        show_column(layout, state, column);
    }
    let chosen = response.clicked() && response.interact_pointer_pos().is_none();
    chosen.then_some(row)
}

pub(super) fn wheel(ui: &Ui, layout: &Layout, state: &mut GridState) {
    if !ui.rect_contains_pointer(layout.whole) {
        return;
    }
    let delta = ui.input(|input| input.smooth_scroll_delta());
    if delta == Vec2::ZERO {
        return;
    }
    state.first_row -= f64::from(delta.y / size::TABLE_ROW);
    state.x_offset -= delta.x;
    ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
}

pub(super) fn scroll_bars(ui: &Ui, id: Id, layout: &Layout, state: &mut GridState) {
    if layout.max_first > 0.0 {
        let track = Rect::from_min_max(
            pos2(layout.body.right(), layout.body.top()),
            pos2(layout.whole.right(), layout.body.bottom()),
        );
        let shown = (state.page / layout.rows as f64) as f32;
        let share = state.first_row / layout.max_first;
        let moved = scroll_bar(
            ui,
            id.with("rows"),
            track,
            shown,
            share,
            &mut state.grab,
            true,
        );
        match moved {
            // Whole rows: a pixel of the bar may be thousands of them.
            Moved::To(share) => state.first_row = (share * layout.max_first).round(),
            Moved::Pages(pages) => state.first_row += pages * (state.page - 1.0).max(1.0),
            Moved::No => {}
        }
    }
    if layout.max_x > 0.0 {
        let track = Rect::from_min_max(
            pos2(layout.body.left(), layout.body.bottom()),
            pos2(layout.body.right(), layout.whole.bottom()),
        );
        let view = layout.body.width();
        let shown = view / (view + layout.max_x);
        let share = f64::from(state.x_offset / layout.max_x);
        let moved = scroll_bar(
            ui,
            id.with("columns"),
            track,
            shown,
            share,
            &mut state.grab,
            false,
        );
        match moved {
            Moved::To(share) => state.x_offset = share as f32 * layout.max_x,
            Moved::Pages(pages) => state.x_offset += pages as f32 * view * 0.8,
            Moved::No => {}
        }
    }
}

enum Moved {
    No,
    /// To this share of the way, 0..=1.
    To(f64),
    Pages(f64),
}

/// One scroll bar: drag the thumb, or click beside it to turn a page.
fn scroll_bar(
    ui: &Ui,
    id: Id,
    track: Rect,
    shown: f32,
    share: f64,
    grab: &mut f32,
    vertical: bool,
) -> Moved {
    let response = ui.interact(track, id, Sense::drag() | Sense::CLICK);
    let along = |p: Pos2| if vertical { p.y } else { p.x };
    let (start, end) = (along(track.min), along(track.max));
    let length = (shown * (end - start)).clamp(28.0_f32.min(end - start), end - start);
    let way = (end - start - length).max(1.0);
    let thumb_start = start + share.clamp(0.0, 1.0) as f32 * way;
    let pointer = response.interact_pointer_pos().map(along);
    let on_thumb = |at: f32| at >= thumb_start && at <= thumb_start + length;
    let mut moved = Moved::No;
    if response.drag_started()
        && let Some(at) = ui.input(|input| input.pointer.press_origin()).map(along)
    {
        // Beside the thumb the middle of it comes to the pointer.
        *grab = if on_thumb(at) {
            at - thumb_start
        } else {
            length / 2.0
        };
    }
    if response.dragged() {
        if let Some(at) = pointer {
            moved = Moved::To(f64::from(((at - *grab - start) / way).clamp(0.0, 1.0)));
        }
    } else if response.clicked()
        && let Some(at) = pointer
        && !on_thumb(at)
    {
        moved = Moved::Pages(if at < thumb_start { -1.0 } else { 1.0 });
    }
    paint_bar(ui, track, &response, (thumb_start, length), vertical);
    response.widget_info(|| {
        let name = if vertical {
            "Scroll rows"
        } else {
            "Scroll columns"
        };
        let mut info = WidgetInfo::labeled(Role::ScrollBar, true, name);
        info.value = Some(share);
        info
    });
    moved
}

fn paint_bar(ui: &Ui, track: Rect, response: &Response, thumb: (f32, f32), vertical: bool) {
    let tokens = theme::tokens(ui);
    let active = response.hovered() || response.dragged();
    let width = if active { 8.0 } else { size::SCROLL_BAR };
    let colour = if active {
        tokens.border.control
    } else {
        tokens.border.default
    };
    let (start, length) = thumb;
    let middle = track.center();
    let rect = if vertical {
        Rect::from_center_size(
            pos2(middle.x, start + length / 2.0),
            vec2(width, length - 4.0),
        )
    } else {
        Rect::from_center_size(
            pos2(start + length / 2.0, middle.y),
            vec2(length - 4.0, width),
        )
    };
    ui.painter().rect_filled(rect, width / 2.0, colour);
}

/// Clicks and drags in the body.
pub(super) fn pointer(
    ui: &Ui,
    layout: &Layout,
    columns: &[GridColumn<'_>],
    state: &mut GridState,
    out: &mut GridResponse,
) {
    let response = out.response.clone();
    let row_at = |p: Pos2| layout.row_at(p.y, state.first_row);
    if let Some(hover) = response.hover_pos() {
        out.hovered_row = row_at(hover);
    }
    if let Some(at) = response.interact_pointer_pos() {
        let cell = row_at(at).and_then(|row| {
            let place = layout.column_at(at.x)?;
            Some((row, place, columns.get(place)?.index))
        });
        if response.clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            out.clicked_row = row_at(at).map(|row| (row, modifiers));
            out.clicked_cell = cell.map(|(row, _, index)| (row, index));
            state.focus = cell.map(|(row, place, _)| (row, place)).or(state.focus);
        }
        if response.double_clicked() {
            out.double_clicked_cell = cell.map(|(row, _, index)| (row, index));
        }
        if response.secondary_clicked() {
            out.row_menu = row_at(at);
        }
    }
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin());
        state.drag_from = origin.and_then(row_at);
    }
    if response.dragged()
        && let (Some(from), Some(at)) = (state.drag_from, response.interact_pointer_pos())
    {
        out.dragged_rows = sweep(ui, layout, state, from, at);
    }
    if response.drag_stopped() {
        state.drag_from = None;
    }
}

/// Rows from where the drag began to the pointer; scrolls when the pointer has left the body.
fn sweep(
    ui: &Ui,
    layout: &Layout,
    state: &mut GridState,
    from: u64,
    at: Pos2,
) -> Option<(u64, u64)> {
    let over = (at.y - layout.body.bottom()).max(0.0) - (layout.body.top() - at.y).max(0.0);
    if over != 0.0 {
        state.first_row = (state.first_row + f64::from(over / size::TABLE_ROW) * 0.25)
            .clamp(0.0, layout.max_first);
        ui.ctx().request_repaint_after_secs(0.03);
    }
    let inside = at.y.clamp(layout.body.top(), layout.body.bottom() - 1.0);
    let to = layout
        .row_at(inside, state.first_row)
        .or(layout.rows.checked_sub(1))?;
    Some((from.min(to), from.max(to)))
}
