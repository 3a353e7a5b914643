//! Rows and cells.

use eframe::egui::{Color32, Painter, Rangef, Rect, Response, Stroke, StrokeKind, Ui, pos2, vec2};

use super::layout::Layout;
use super::{
    CellChange, GridCell, GridColumn, GridResponse, GridSource, GridState, LONGEST_TEXT, PADDING,
    RowState,
};
use crate::base::format;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Tokens, Type, size};
use crate::ui::widgets::paint;

/// Paints what is seen of the rows.
pub(super) fn show(
    ui: &Ui,
    layout: &Layout,
    columns: &[GridColumn<'_>],
    state: &GridState,
    source: &dyn GridSource,
    out: &GridResponse,
) {
    let tokens = theme::tokens(ui);
    let clip = ui.clip_rect();
    let painter = ui.painter().with_clip_rect(layout.body.intersect(clip));
    let labels = ui.painter().with_clip_rect(layout.labels.intersect(clip));
    painter.rect_filled(layout.body, 0.0, tokens.surface.canvas);
    labels.rect_filled(layout.labels, 0.0, tokens.surface.sunken);
    let end = layout
        .columns
        .last()
        .map_or(layout.body.left(), |(left, width)| left + width);
    let right = end.min(layout.body.right());
    column_tints(&painter, layout, columns, tokens);
    let line = Stroke::new(1.0, tokens.border.subtle);
    let mut ring = None;
    for row in out.visible.clone() {
        let top = layout.row_top(row, state.first_row);
        let rect = Rect::from_min_max(
            pos2(layout.body.left(), top),
            pos2(right, top + size::TABLE_ROW),
        );
        let row_state = source.row_state(row);
        let hovered = out.hovered_row == Some(row);
        if let Some(fill) = row_fill(row_state, hovered, tokens) {
            painter.rect_filled(rect, 0.0, fill);
        }
        for (place, column) in columns.iter().enumerate() {
            let Some((left, width)) = layout.columns.get(place).copied() else {
                continue;
            };
            if left >= layout.body.right() || left + width <= layout.body.left() {
                continue;
            }
            let cell = Rect::from_min_size(pos2(left, top), vec2(width, size::TABLE_ROW));
            if let Some(share) = source.bar(row, column.index) {
                share_bar(&painter, cell, share, tokens);
            }
            paint_cell(
                &painter,
                cell,
                column,
                source.cell(row, column.index),
                row_state,
                tokens,
            );
        }
        painter.hline(rect.x_range(), rect.bottom() - 0.5, line);
        paint_label(
            &labels,
            layout,
            top,
            row,
            (source, row_state, hovered),
            tokens,
        );
        if row_state == RowState::Primary {
            ring = Some(rect);
        }
    }
    for (left, width) in &layout.columns {
        let bottom = layout
            .row_top(out.visible.end, state.first_row)
            .min(layout.body.bottom());
        painter.vline(
            left + width - 0.5,
            Rangef::new(layout.body.top(), bottom),
            line,
        );
    }
    if let Some(rect) = ring {
        let stroke = Stroke::new(size::PRIMARY_RING, tokens.accent.line);
        painter.rect_stroke(rect, 0.0, stroke, StrokeKind::Inside);
    }
    if out.response.has_focus() {
        paint_focus(&painter, layout, state, tokens);
    }
}

fn column_tints(painter: &Painter, layout: &Layout, columns: &[GridColumn<'_>], tokens: &Tokens) {
    for (column, (left, width)) in columns.iter().zip(&layout.columns) {
        if column.selected {
            let height = layout
                .body
                .height()
                .min(layout.rows as f32 * size::TABLE_ROW);
            let rect = Rect::from_min_size(pos2(*left, layout.body.top()), vec2(*width, height));
            painter.rect_filled(rect, 0.0, tokens.selected_column());
        }
    }
}

fn row_fill(state: RowState, hovered: bool, tokens: &Tokens) -> Option<Color32> {
    match (state, hovered) {
        (RowState::Selected | RowState::Primary, true) => Some(tokens.surface.selected_hover),
        (RowState::Selected | RowState::Primary, false) => Some(tokens.surface.selected),
        (RowState::Removed, _) => Some(tokens.diff.removed_fill),
        (RowState::Added, _) => Some(tokens.diff.added_fill),
        (RowState::Normal, true) => Some(tokens.surface.hover),
        (RowState::Normal, false) => None,
    }
}

/// A share as a bar in the part of a cell that its text, at the right, leaves free.
fn share_bar(painter: &Painter, cell: Rect, share: f32, tokens: &Tokens) {
    const TEXT: f32 = 52.0;
    let room = cell.width() - 2.0 * PADDING - TEXT;
    if room < 8.0 || !share.is_finite() {
        return;
    }
    let left = pos2(cell.left() + PADDING, cell.center().y - 5.0);
    let track = Rect::from_min_size(left, vec2(room, 10.0));
    painter.rect_filled(track, 2.0, tokens.surface.active);
    let full = Rect::from_min_size(left, vec2(room * share.clamp(0.0, 1.0), 10.0));
    painter.rect_filled(full, 2.0, tokens.category(0));
}

fn paint_cell(
    painter: &Painter,
    rect: Rect,
    column: &GridColumn<'_>,
    cell: Option<GridCell<'_>>,
    row: RowState,
    tokens: &Tokens,
) {
    let Some(cell) = cell else {
        let length = (rect.width() * 0.45).min(48.0);
        let x = if column.align_right {
            rect.right() - PADDING - length
        } else {
            rect.left() + PADDING
        };
        let bar = Rect::from_min_size(pos2(x, rect.center().y - 4.0), vec2(length, 8.0));
        painter.rect_filled(bar, 2.0, tokens.surface.active);
        return;
    };
    let style = if column.monospace {
        Type::Code
    } else {
        Type::Number
    };
    let mut colour = tokens.text.primary;
    let mut struck = row == RowState::Removed;
    if cell.error {
        let stroke = Stroke::new(1.0, tokens.status.caution.border);
        let fill = tokens.status.caution.fill;
        painter.rect(rect.shrink(1.0), 2.0, fill, stroke, StrokeKind::Inside);
        colour = tokens.status.caution.text;
    }
    if cell.match_highlight {
        let stroke = Stroke::new(1.0, tokens.accent.line);
        painter.rect(
            rect.shrink(1.0),
            2.0,
            tokens.accent.tint,
            stroke,
            StrokeKind::Inside,
        );
    }
    match cell.diff {
        CellChange::None => {}
        CellChange::Changed { before } => {
            paint_changed(painter, rect, column, cell, before, style, tokens);
            return;
        }
        CellChange::Added => {
            painter.rect_filled(rect, 0.0, tokens.diff.added_fill);
            let x = if column.align_right {
                rect.left() + 10.0
            } else {
                rect.right() - 10.0
            };
            let middle = pos2(x, rect.center().y);
            let mark = tokens.diff.added_mark;
            Icon::CARET_UP.paint(painter, middle, 10.0, mark, IconWeight::Fill);
            colour = tokens.status.good.text;
        }
        CellChange::Removed => {
            painter.rect_filled(rect, 0.0, tokens.diff.removed_fill);
            struck = true;
        }
    }
    if struck {
        colour = tokens.status.stop.text;
    } else if row == RowState::Added {
        colour = tokens.status.good.text;
    }
    if cell.locked {
        paint_lock(painter, rect, column.align_right, tokens);
        return;
    }
    if cell.blank {
        paint_blank(painter, rect, column.align_right, tokens);
        return;
    }
    let drawn = place_text(
        painter,
        rect.shrink2(vec2(PADDING, 0.0)),
        column.align_right,
        cell.text,
        style,
        colour,
    );
    if struck {
        strike(painter, drawn, Stroke::new(1.0, colour));
    }
}

/// Text inside a cell; returns where it was drawn.
fn place_text(
    painter: &Painter,
    rect: Rect,
    right: bool,
    text: &str,
    style: Type,
    colour: Color32,
) -> Rect {
    let text = cut(text);
    let y = rect.center().y;
    let (width, _) = if right {
        paint::text_right(
            painter,
            rect.right_center(),
            text,
            style,
            colour,
            rect.width(),
        )
    } else {
        paint::text_left(
            painter,
            rect.left_center(),
            text,
            style,
            colour,
            rect.width(),
        )
    };
    let left = if right {
        rect.right() - width
    } else {
        rect.left()
    };
    Rect::from_min_size(pos2(left, y - 8.0), vec2(width, 16.0))
}

fn strike(painter: &Painter, text: Rect, stroke: Stroke) {
    painter.hline(text.x_range(), text.center().y + 0.5, stroke);
}

pub(super) fn cut(text: &str) -> &str {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// A lock and a word in place of a value.
fn paint_lock(painter: &Painter, rect: Rect, right: bool, tokens: &Tokens) {
    const SIGN: f32 = 14.0;
    let colour = tokens.text.secondary;
    let inside = rect.shrink2(vec2(PADDING, 0.0));
    let room = inside.with_min_x(inside.left() + SIGN + 4.0);
    let drawn = place_text(painter, room, right, "sealed", Type::Caption, colour);
    let middle = pos2(drawn.left() - 4.0 - SIGN / 2.0, rect.center().y);
    Icon::LOCK.paint(painter, middle, SIGN, colour, IconWeight::Regular);
}

fn paint_blank(painter: &Painter, rect: Rect, right: bool, tokens: &Tokens) {
    let size = vec2(28.0_f32.min(rect.width() - 2.0 * PADDING), 10.0);
    let x = if right {
        rect.right() - PADDING - size.x
    } else {
        rect.left() + PADDING
    };
    let place = Rect::from_min_size(pos2(x, rect.center().y - size.y / 2.0), size);
    paint::hatch(painter, place, tokens.chart.missing_hatch);
}

/// A changed cell: outlined, what it was struck, what it is beside it.
fn paint_changed(
    painter: &Painter,
    rect: Rect,
    column: &GridColumn<'_>,
    cell: GridCell<'_>,
    before: &str,
    style: Type,
    tokens: &Tokens,
) {
    let stroke = Stroke::new(1.0, tokens.diff.changed_mark);
    // Within the lines of the table, which are drawn over it.
    let framed = Rect::from_min_max(rect.min, rect.max - vec2(1.0, 1.0));
    painter.rect(
        framed,
        0.0,
        tokens.diff.changed_fill,
        stroke,
        StrokeKind::Inside,
    );
    let inside = rect.shrink2(vec2(PADDING, 0.0));
    let grey = tokens.text.secondary;
    let old = |place: Rect| {
        let drawn = place_text(painter, place, column.align_right, before, style, grey);
        strike(painter, drawn, Stroke::new(1.0, grey));
        drawn.width()
    };
    let new = |place: Rect| {
        if cell.blank {
            paint_blank(
                painter,
                place.expand2(vec2(PADDING, 0.0)),
                column.align_right,
                tokens,
            );
            return 28.0;
        }
        let colour = tokens.text.primary;
        place_text(painter, place, column.align_right, cell.text, style, colour).width()
    };
    // What it is now is the nearer to the edge that the column is aligned to, and never cut for
    // the sake of what it was.
    if column.align_right {
        let width = new(inside) + 6.0;
        let rest = Rect::from_min_max(inside.min, pos2(inside.right() - width, inside.bottom()));
        if rest.width() > 12.0 && !before.is_empty() {
            old(rest);
        }
    } else {
        let first = Rect::from_min_max(
            inside.min,
            pos2(inside.left() + inside.width() * 0.5, inside.bottom()),
        );
        let width = if before.is_empty() {
            0.0
        } else {
            old(first) + 6.0
        };
        new(Rect::from_min_max(
            pos2(inside.left() + width, inside.top()),
            inside.max,
        ));
    }
}

fn paint_label(
    painter: &Painter,
    layout: &Layout,
    top: f32,
    row: u64,
    (source, state, hovered): (&dyn GridSource, RowState, bool),
    tokens: &Tokens,
) {
    let rect = Rect::from_min_size(
        pos2(layout.labels.left(), top),
        vec2(layout.labels.width(), size::TABLE_ROW),
    );
    if let Some(fill) = row_fill(state, hovered, tokens) {
        painter.rect_filled(rect, 0.0, fill);
    }
    let number = format::count(source.row_label(row).unwrap_or(row + 1));
    let right = pos2(rect.right() - PADDING, rect.center().y);
    let chosen = matches!(state, RowState::Selected | RowState::Primary);
    let colour = if chosen {
        tokens.text.accent
    } else {
        tokens.text.secondary
    };
    paint::text_right(
        painter,
        right,
        &number,
        Type::NumberSmall,
        colour,
        rect.width(),
    );
    let line = Stroke::new(1.0, tokens.border.subtle);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, line);
}

fn paint_focus(painter: &Painter, layout: &Layout, state: &GridState, tokens: &Tokens) {
    let Some((row, place)) = state.focus else {
        return;
    };
    let Some((left, width)) = layout.columns.get(place).copied() else {
        return;
    };
    if !layout.visible(state.first_row).contains(&row) {
        return;
    }
    let top = layout.row_top(row, state.first_row);
    let rect = Rect::from_min_size(pos2(left, top), vec2(width, size::TABLE_ROW));
    let stroke = Stroke::new(size::FOCUS, tokens.border.focus);
    painter.rect_stroke(rect, 2.0, stroke, StrokeKind::Inside);
}

/// The whole text of the cell under the pointer, where the cell is too narrow for it.
pub(super) fn explain_cell(
    ui: &Ui,
    response: &Response,
    layout: &Layout,
    columns: &[GridColumn<'_>],
    state: &GridState,
    source: &dyn GridSource,
) {
    const LONGEST_TIP: usize = 1_000;
    let Some(at) = response.hover_pos() else {
        return;
    };
    let (Some(row), Some(place)) = (layout.row_at(at.y, state.first_row), layout.column_at(at.x))
    else {
        return;
    };
    let Some((column, (_, width))) = columns.get(place).zip(layout.columns.get(place)) else {
        return;
    };
    let Some(cell) = source.cell(row, column.index) else {
        return;
    };
    let whole = match cell.diff {
        CellChange::Changed { before } => format!("{before} → {}", cell.text),
        _ => cell.text.to_owned(),
    };
    let style = if column.monospace {
        Type::Code
    } else {
        Type::Number
    };
    let many_lines = whole.contains('\n');
    let needed = paint::width_of(ui, cut(&whole.replace('\n', " ")), style);
    if many_lines || needed > width - 2.0 * PADDING {
        let shown = format::shorten(&whole, LONGEST_TIP);
        response.clone().on_hover_text_at_pointer(shown);
    }
}
