//! The chart, and small charts of other columns beneath it.

use std::sync::Arc;

use eframe::egui::{Rect, Stroke, Ui, UiBuilder, pos2, vec2};

use super::{ExplorePane, empty, place_column, shelves, spec_of};
use crate::base::format;
use crate::chart::marks::SceneSize;
use crate::chart::scene::Layer;
use crate::chart::{Channel, ChartSpec, Scene};
use crate::data::{ColumnKind, Table};
use crate::session::{Combine, Slot};
use crate::ui::gpu_bridge;
use crate::ui::state::View;
use crate::ui::theme::{Icon, size};
use crate::ui::widgets::plot_host::scene_size;
use crate::ui::widgets::{
    Chip, IconButton, OpenTable, PlotKind, PlotResponse, error_card, open_table, padded, plot,
    progress_bar, skeleton,
};

/// Height of the strip of small charts, and the least that the chart above it needs.
const STRIP: f32 = 184.0;
const CHART: f32 = 300.0;
/// Small charts are no narrower than this.
const SMALL: f32 = 208.0;
const MOST_SMALL: usize = 3;
/// How much of a chart shows while a newer one is drawn.
const OLDER: f32 = 0.55;
/// Columns looked at for small charts.
const LOOKED_AT: usize = 40;

pub fn show(pane: &mut ExplorePane, ui: &mut Ui, view: &mut View<'_>) {
    let Some(OpenTable { table, older }) = open_table(ui, view, &mut pane.waiting_table) else {
        return;
    };
    let spec = spec_of(view);
    if pane.drawn.as_ref() != Some(&spec) {
        pane.plot.reset();
        pane.mark = None;
        pane.scene = None;
        pane.drawn = Some(spec.clone());
    }
    shelves::show(ui, view, &table, pane.mark);
    if spec.is_empty() {
        padded(ui, |ui| empty::show(pane, ui, view, &table));
        return;
    }
    let room = ui.available_rect_before_wrap();
    let fit = ((room.width() - 16.0) / (SMALL + 16.0)).floor().max(1.0) as usize;
    let tall = room.height() > STRIP + CHART;
    let others = if tall {
        others(view, &table, &spec, fit.min(MOST_SMALL))
    } else {
        Vec::new()
    };
    let small = !others.is_empty();
    let split = if small {
        room.bottom() - STRIP
    } else {
        room.bottom()
    };
    let above = Rect::from_min_max(room.min, pos2(room.right(), split));
    let inner = above.shrink2(vec2(size::CANVAS_PADDING, 12.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).id_salt("chart"));
    main_chart(pane, &mut child, view, &table, &spec, older);
    if small {
        let line = Stroke::new(1.0, view.tokens.border.subtle);
        ui.painter().hline(room.x_range(), split + 0.5, line);
        let below = Rect::from_min_max(pos2(room.left(), split), room.max);
        let inner = below.shrink2(vec2(size::CANVAS_PADDING, 12.0));
        let mut child = ui.new_child(UiBuilder::new().max_rect(inner).id_salt("small charts"));
        if older && pane.waiting.is_long(ui) {
            child.multiply_opacity(OLDER);
        }
        small_charts(pane, &mut child, view, &table, &others);
    }
    ui.advance_cursor_after_rect(room);
}

fn main_chart(
    pane: &mut ExplorePane,
    ui: &mut Ui,
    view: &mut View<'_>,
    table: &Arc<Table>,
    spec: &ChartSpec,
    older: bool,
) {
    sealed_chip(ui, view, table, spec);
    let wanted = scene_size(ui.available_size(), PlotKind::Full);
    let slot = ExplorePane::scene(view, "explore", table, spec, wanted, pane.plot.view);
    let Some(scene) = slot.shown().cloned() else {
        pane.scene = None;
        if let Some(error) = slot.error() {
            if error_card(ui, error, &["Clear the chart"]).is_some() {
                super::set_chart(view, ui.ctx(), ChartSpec::default());
            }
        } else if pane.waiting.is_long(ui) {
            skeleton(ui, 8);
        }
        return;
    };
    if let Slot::Ready(prepared) = view.session.chart_columns("explore", table, spec) {
        pane.mark = Some(prepared.mark);
        pane.plot.cloud = dense(&scene)
            .then(|| {
                gpu_bridge::is_able(ui.ctx())
                    .then(|| prepared.cloud())
                    .flatten()
            })
            .flatten()
            .map(|mut cloud| {
                cloud.selected = view
                    .session
                    .selection()
                    .map(|selection| selection.rows.clone());
                cloud
            });
    }
    let current = slot.is_ready() && !older;
    let stale = !current && pane.waiting.is_long(ui);
    if current {
        pane.waiting.over();
    }
    forget_brush(pane, view);
    let before = ui.opacity();
    if stale {
        ui.multiply_opacity(OLDER);
    }
    let above = !shelves::has_room(ui.available_width());
    let zoomed = pane.plot.view.is_some();
    pane.plot.controls =
        if above { 180.0 } else { 0.0 } + if zoomed { size::BUTTON + 8.0 } else { 0.0 };
    let corner = ui.available_rect_before_wrap();
    let response = plot(
        ui,
        "explore",
        &scene,
        &mut pane.plot,
        PlotKind::Full,
        view.tokens,
    );
    ui.set_opacity(before);
    if stale {
        let fraction = slot.progress().and_then(|progress| progress.fraction());
        // Above the title, in the padding.
        let top = ui.min_rect().left_top() - vec2(0.0, 9.0);
        let rect = Rect::from_min_size(top, vec2(ui.min_rect().width(), 6.0));
        let mut over = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("progress"));
        progress_bar(&mut over, fraction, "Drawing the chart");
    }
    let place = Rect::from_min_max(
        pos2(corner.right() - 212.0, corner.top() - 2.0),
        pos2(corner.right(), corner.top() + 26.0),
    );
    let right = eframe::egui::Layout::right_to_left(eframe::egui::Align::Center);
    let mut over = ui.new_child(
        UiBuilder::new()
            .max_rect(place)
            .layout(right)
            .id_salt("mark"),
    );
    if above {
        shelves::mark(&mut over, view, table, spec, pane.mark);
    }
    if zoomed
        && IconButton::new(Icon::FIT, "Show everything")
            .show(&mut over)
            .clicked()
    {
        pane.plot.view = None;
    }
    react(pane, view, table, spec, &scene, &response);
    pane.scene = Some(scene);
}

/// Says that sealed rows are left out of a chart that shows their answers.
fn sealed_chip(ui: &mut Ui, view: &mut View<'_>, table: &Arc<Table>, spec: &ChartSpec) {
    let Some((shown, rows)) = view.session.hidden_in_chart(table, spec) else {
        return;
    };
    let words = format!(
        "Sealed rows are hidden: {} of {} shown",
        format::count(shown),
        format::count(rows)
    );
    let _ = Chip::new(&words)
        .icon(Icon::LOCK)
        .hint("Their answers are kept for one last exam, so that no chart of them can colour what you believe. They are shown once it is opened in Compare")
        .show(ui);
    ui.add_space(6.0);
}

/// Whether the scene stands for more points than it draws one by one.
fn dense(scene: &Scene) -> bool {
    scene
        .layers
        .iter()
        .any(|layer| matches!(layer, Layer::Raster(_)))
}

/// The rectangle goes with the selection that it made.
fn forget_brush(pane: &mut ExplorePane, view: &View<'_>) {
    if pane.brushing || pane.plot.brush.is_none() || !view.session.is_idle() {
        return;
    }
    let current = view
        .session
        .selection()
        .map(|selection| selection.sentence.as_str());
    if current.is_none() || current != pane.expected.as_deref() {
        pane.plot.brush = None;
    }
}

fn react(
    pane: &mut ExplorePane,
    view: &mut View<'_>,
    table: &Arc<Table>,
    spec: &ChartSpec,
    scene: &Scene,
    response: &PlotResponse,
) {
    pane.brushing = response.brush.is_some() && !response.finished;
    if let Some(brush) = response.brush {
        // Joining needs the selection as it was before the drag: only once, at its end.
        let moved = response.combine == Combine::Replace && pane.asked != Some(brush);
        if response.finished || (moved && !views_follow(view)) {
            pane.asked = (!response.finished).then_some(brush);
            pane.select(view, table, spec, scene, brush, response.combine);
        }
    } else if let Some(place) = response.clicked {
        pane.plot.brush = None;
        pane.select(view, table, spec, scene, place, response.combine);
    }
}

/// Whether charts still turn to the rows selected last. The next place of a brush is looked up
/// after that: otherwise no chart would ever be finished while the brush moves.
fn views_follow(view: &View<'_>) -> bool {
    let jobs = view.session.jobs();
    jobs.iter()
        .any(|job| job.key.0 == "brush" || job.key.0.starts_with("scene "))
}

// ---- small charts ----

fn small_charts(
    pane: &mut ExplorePane,
    ui: &mut Ui,
    view: &mut View<'_>,
    table: &Arc<Table>,
    columns: &[String],
) {
    let room = ui.available_rect_before_wrap();
    let count = columns.len().max(1) as f32;
    let width = ((room.width() - 24.0 * (count - 1.0)) / count).min(420.0);
    for (index, column) in columns.iter().enumerate() {
        let left = room.left() + index as f32 * (width + 24.0);
        let rect = Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()));
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(column));
        let clicked = small_chart(pane, &mut child, view, table, column, index);
        if clicked {
            place_column(view, ui.ctx(), Channel::X, Some(column.clone()));
        }
    }
}

/// A chart of one column with the selection in it. True when it was clicked.
pub fn small_chart(
    pane: &mut ExplorePane,
    ui: &mut Ui,
    view: &mut View<'_>,
    table: &Arc<Table>,
    column: &str,
    index: usize,
) -> bool {
    let spec = ChartSpec {
        x: Some(column.to_owned()),
        ..ChartSpec::default()
    };
    let SceneSize { width, height } = scene_size(ui.available_size(), PlotKind::Small);
    let size = SceneSize { width, height };
    let place = format!("explore small {index}");
    let slot = ExplorePane::scene(view, &place, table, &spec, size, None);
    let Some(scene) = slot
        .shown()
        .filter(|scene| scene.title.contains(column))
        .cloned()
    else {
        if let Some(error) = slot.error() {
            let words = crate::ui::theme::caption(&error.what);
            ui.label(words.color(view.tokens.text.secondary));
        }
        return false;
    };
    let state = pane.small.entry(column.to_owned()).or_default();
    let response = plot(
        ui,
        ("small", index),
        &scene,
        state,
        PlotKind::Small,
        view.tokens,
    )
    .response;
    let name = format!("Chart {column}. {}", scene.description);
    response.widget_info(|| {
        let role = eframe::egui::accesskit::Role::Button;
        eframe::egui::WidgetInfo::labeled(role, true, &name)
    });
    response
        .on_hover_cursor(eframe::egui::CursorIcon::PointingHand)
        .clicked()
}

/// Columns worth a glance beside the chart: those that group or measure and are not in it.
fn others(view: &mut View<'_>, table: &Arc<Table>, spec: &ChartSpec, count: usize) -> Vec<String> {
    let mut found = Vec::new();
    for index in 0..table.width().min(LOOKED_AT) {
        if found.len() == count {
            break;
        }
        let Some(column) = table.schema().columns.get(index) else {
            continue;
        };
        let used = Channel::ALL
            .into_iter()
            .any(|channel| spec.get(channel) == Some(&column.name));
        if used || column.kind == ColumnKind::Text {
            continue;
        }
        let profile = view.session.profile(table, index);
        let Some(profile) = profile.shown() else {
            continue;
        };
        if profile.name_tag.is_none() && !profile.constant && profile.distinct > 1 {
            found.push(column.name.clone());
        }
    }
    found
}
