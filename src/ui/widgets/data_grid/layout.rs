//! Where the parts of the table lie, and what brings a cell into view.

use std::ops::Range;

use eframe::egui::{Rect, Ui, Vec2, pos2, vec2};

use super::{BAR, GridColumn, GridSource, GridState, PADDING};
use crate::ui::theme::{Type, size};
use crate::ui::widgets::paint;

/// Where the parts lie in this frame.
pub(super) struct Layout {
    pub(super) whole: Rect,
    pub(super) header: Rect,
    pub(super) body: Rect,
    pub(super) labels: Rect,
    /// Left edge and width per column, in screen points, unclipped.
    pub(super) columns: Vec<(f32, f32)>,
    pub(super) rows: u64,
    pub(super) max_first: f64,
    pub(super) max_x: f32,
}

impl Layout {
    pub(super) fn row_top(&self, row: u64, first_row: f64) -> f32 {
        // The difference is small, whatever the row is: exact in f32.
        self.body.top() + ((row as f64 - first_row) * f64::from(size::TABLE_ROW)) as f32
    }

    pub(super) fn row_at(&self, y: f32, first_row: f64) -> Option<u64> {
        if self.rows == 0 || y < self.body.top() || y >= self.body.bottom() {
            return None;
        }
        let row = (first_row + f64::from((y - self.body.top()) / size::TABLE_ROW)).floor();
        (row >= 0.0 && row < self.rows as f64).then_some(row as u64)
    }

    pub(super) fn column_at(&self, x: f32) -> Option<usize> {
        if x < self.body.left() || x >= self.body.right() {
            return None;
        }
        self.columns
            .iter()
            .position(|(left, width)| x >= *left && x < left + width)
    }

    pub(super) fn visible(&self, first_row: f64) -> Range<u64> {
        let first = first_row.floor().max(0.0);
        let last = (first_row + f64::from(self.body.height() / size::TABLE_ROW)).ceil();
        (first as u64)..(last.max(0.0) as u64).min(self.rows)
    }

    pub(super) fn column_seen(&self, place: usize) -> bool {
        self.columns.get(place).is_some_and(|(left, width)| {
            *left < self.body.right() && left + width > self.body.left()
        })
    }
}

impl Layout {
    fn with_columns(mut self, columns: &[GridColumn<'_>], state: &GridState) -> Self {
        place_columns(&mut self, columns, state);
        self
    }
}

/// All the room there is; inside something that scrolls there is no end of it, and ten rows do.
pub(super) fn room(ui: &Ui) -> Vec2 {
    let free = ui.available_size();
    let height = size::TABLE_HEADER_INSIGHT + 10.0 * size::TABLE_ROW;
    vec2(
        if free.x.is_finite() { free.x } else { 640.0 },
        if free.y.is_finite() { free.y } else { height },
    )
}

/// Sizes of the parts. Room for a scroll bar is kept only where one is needed.
pub(super) fn arrange(
    ui: &Ui,
    whole: Rect,
    columns: &[GridColumn<'_>],
    state: &mut GridState,
    source: &dyn GridSource,
    insight: bool,
) -> Layout {
    let rows = source.rows();
    let head = if insight {
        size::TABLE_HEADER_INSIGHT
    } else {
        size::TABLE_HEADER_PLAIN
    };
    let digits = paint::width_of(
        ui,
        &"0".repeat(rows.max(1).to_string().len()),
        Type::NumberSmall,
    );
    let commas = (rows.max(1).to_string().len() - 1) / 3;
    let label_width = (digits + commas as f32 * 3.5 + 2.0 * PADDING)
        .max(44.0)
        .ceil();
    let total: f32 = columns.iter().map(|column| state.width(column)).sum();
    let wide = total > whole.width() - label_width - BAR;
    let bottom = whole.bottom() - if wide { BAR } else { 0.0 };
    let height = (bottom - whole.top() - head).max(0.0);
    let fits = f64::from(height / size::TABLE_ROW);
    let tall = rows as f64 > fits;
    let right = whole.right() - if tall { BAR } else { 0.0 };
    let body_left = whole.left() + label_width;
    let body_top = whole.top() + head;
    state.page = fits;
    let view = (right - body_left).max(0.0);
    Layout {
        whole,
        header: Rect::from_min_max(pos2(body_left, whole.top()), pos2(right, body_top)),
        body: Rect::from_min_max(pos2(body_left, body_top), pos2(right, body_top + height)),
        labels: Rect::from_min_max(
            pos2(whole.left(), body_top),
            pos2(body_left, body_top + height),
        ),
        columns: Vec::new(),
        rows,
        max_first: (rows as f64 - fits).max(0.0),
        max_x: (total - view).max(0.0),
    }
    .with_columns(columns, state)
}

pub(super) fn place_columns(layout: &mut Layout, columns: &[GridColumn<'_>], state: &GridState) {
    let mut x = layout.body.left() - state.x_offset.clamp(0.0, layout.max_x).round();
    layout.columns = columns
        .iter()
        .map(|column| {
            let width = state.width(column);
            let left = x;
            x += width;
            (left, width)
        })
        .collect();
}

pub(super) fn bring_into_view(layout: &Layout, columns: usize, state: &mut GridState) {
    if let Some(row) = state.wanted_row.take() {
        show_row(layout, state, row.min(layout.rows.saturating_sub(1)));
    }
    if let Some(place) = state.wanted_column.take()
        && place < columns
    {
        show_column(layout, state, place);
    }
}

pub(super) fn show_row(layout: &Layout, state: &mut GridState, row: u64) {
    let row = row as f64;
    if row < state.first_row {
        state.first_row = row;
    } else if row + 1.0 > state.first_row + state.page {
        state.first_row = row + 1.0 - state.page;
    }
    state.first_row = state.first_row.clamp(0.0, layout.max_first);
}

pub(super) fn show_column(layout: &Layout, state: &mut GridState, place: usize) {
    let Some((left, width)) = layout.columns.get(place).copied() else {
        return;
    };
    if left < layout.body.left() {
        state.x_offset -= layout.body.left() - left;
    } else if left + width > layout.body.right() {
        let by = (left + width - layout.body.right()).min(left - layout.body.left());
        state.x_offset += by;
    }
    state.x_offset = state.x_offset.clamp(0.0, layout.max_x);
}
