//! The Explore workspace: one chart made by putting columns on shelves, small charts of others
//! beneath it, and what is different about the rows that are selected.

mod canvas;
mod columns;
mod difference;
mod empty;
mod inspector;
mod shelves;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{Context, Ui};

use super::Pane;
use crate::chart::marks::{self, Prepared, SceneSize};
use crate::chart::{Brush, Channel, ChartSpec, Scene};
use crate::data::Table;
use crate::project::Command;
use crate::session::{ChartRequest, Combine, Slot};
use crate::ui::action::WorkspaceId;
use crate::ui::state::{View, is_interacting};
use crate::ui::theme::size;
use crate::ui::widgets::{PlotState, Waiting};

/// A column on its way from the list to a shelf.
#[derive(Clone, Debug, PartialEq)]
pub struct DraggedColumn(pub String);

#[derive(Default)]
pub struct ExplorePane {
    search: String,
    plot: PlotState,
    /// The chart the plot's zoom and brush belong to.
    drawn: Option<ChartSpec>,
    /// How it is drawn when nobody chose.
    mark: Option<&'static str>,
    scene: Option<Arc<Scene>>,
    /// Sentence of the selection that the rectangle on the chart stands for.
    expected: Option<String>,
    brushing: bool,
    /// The rectangle whose rows were asked for last, while it is drawn.
    asked: Option<Brush>,
    waiting: Waiting,
    waiting_table: Waiting,
    waiting_contrast: Waiting,
    small: BTreeMap<String, PlotState>,
    /// Columns that look the same are listed too.
    show_same: bool,
}

impl Pane for ExplorePane {
    fn id(&self) -> WorkspaceId {
        WorkspaceId::Explore
    }

    fn left_width(&self) -> f32 {
        size::LEFT_PANEL
    }

    fn left(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        columns::show(self, ui, view);
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        canvas::show(self, ui, view);
    }

    fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        inspector::show(self, ui, view);
    }

    fn escape(&mut self, _view: &mut View<'_>) -> bool {
        let zoomed = self.plot.view.is_some();
        self.plot.view = None;
        zoomed
    }
}

/// The chart of the active table.
fn spec_of(view: &View<'_>) -> ChartSpec {
    view.session
        .active()
        .map(|table| table.chart.clone())
        .unwrap_or_default()
}

/// Puts another chart in place of the one there is; undoable.
fn set_chart(view: &mut View<'_>, ctx: &Context, chart: ChartSpec) {
    let Some(table) = view.session.active_id() else {
        return;
    };
    // Changes made in one drag are one entry of the history.
    let command = Command::SetChart { table, chart };
    if view
        .session
        .dispatch_while(command.clone(), is_interacting(ctx))
        .is_err()
    {
        view.dispatch(command);
    }
}

/// A column onto a shelf, where the chart that results can be drawn.
fn place_column(view: &mut View<'_>, ctx: &Context, channel: Channel, column: Option<String>) {
    let mut chart = spec_of(view);
    chart.set(channel, column);
    set_chart(view, ctx, chart);
}

/// Where a column goes when it is only clicked: X, then Y, then colour; off where it is on one.
fn toggle_column(view: &mut View<'_>, ctx: &Context, column: &str) {
    let chart = spec_of(view);
    let held = Channel::ALL
        .into_iter()
        .find(|&channel| chart.get(channel) == Some(column));
    if let Some(channel) = held {
        place_column(view, ctx, channel, None);
        return;
    }
    let free = Channel::ALL
        .into_iter()
        .find(|&channel| chart.get(channel).is_none());
    place_column(
        view,
        ctx,
        free.unwrap_or(Channel::X),
        Some(column.to_owned()),
    );
}

/// Why a column cannot go onto a shelf beside those that are there.
fn why_not(table: &Table, chart: &ChartSpec, channel: Channel, column: &str) -> Option<String> {
    let mut wish = chart.clone();
    wish.set(channel, Some(column.to_owned()));
    if wish.is_empty() {
        return None;
    }
    let fits = crate::chart::alternatives(table.schema(), &wish);
    fits.is_empty()
        .then(|| format!("No chart draws {column} there together with the others"))
}

impl ExplorePane {
    /// The scene of a chart in some place.
    fn scene(
        view: &mut View<'_>,
        place: &str,
        table: &Arc<Table>,
        spec: &ChartSpec,
        size: SceneSize,
        shown: Option<marks::View>,
    ) -> Slot<Scene> {
        let request = ChartRequest {
            place: place.to_owned(),
            spec: spec.clone(),
            size,
            view: shown,
            dark: view.tokens.dark,
        };
        view.session.chart(table, &request)
    }

    /// Selects what lies under a rectangle of the chart.
    fn select(
        &mut self,
        view: &mut View<'_>,
        table: &Arc<Table>,
        spec: &ChartSpec,
        scene: &Scene,
        brush: Brush,
        how: Combine,
    ) {
        let prepared: Slot<Prepared> = view.session.chart_columns("explore", table, spec);
        let Slot::Ready(prepared) = prepared else {
            return;
        };
        let before = view
            .session
            .selection()
            .map(|selection| selection.sentence.clone());
        let own = words::of_brush(scene, spec, &brush);
        let sentence = how.sentence(before.as_deref(), &own);
        self.expected = Some(sentence.clone());
        view.session.brush(prepared, brush, how, sentence);
    }
}
