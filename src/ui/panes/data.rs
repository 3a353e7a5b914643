//! The Data workspace: what have I got?

mod column;
mod unusual;

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{
    Align, Frame, Id, Layout, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, vec2,
};

use super::Pane;
use crate::base::format;
use crate::data::Table;
use crate::session::Slot;
use crate::ui::action::{Action, WorkspaceId};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, kind_icon, size};
use crate::ui::widgets::menu::{context_menu, menu, menu_item, menu_separator};
use crate::ui::widgets::table_view::{Shown, TableView};
use crate::ui::widgets::{
    Button, Chip, IconButton, ListRow, NumberField, OpenTable, TextField, Tone, Waiting, link,
    open_table, panel_header, search_field, section_header,
};

/// Column and whether the largest come first.
type Sort = (usize, bool);

/// State of the Data workspace.
#[derive(Default)]
pub struct DataPane {
    table: TableView,
    column_search: String,
    find: String,
    /// Which of the found cells is shown.
    found_at: usize,
    shown_find: String,
    go_to: Option<f64>,
    scroll_to_column: Option<String>,
    /// A row of the source to bring into view.
    scroll_to_row_id: Option<u32>,
    waiting: Waiting,
    unusual: unusual::UnusualPanel,
    /// Rows seen in the last frame.
    visible: std::ops::Range<u64>,
}

impl Pane for DataPane {
    fn id(&self) -> WorkspaceId {
        WorkspaceId::Data
    }

    fn left_width(&self) -> f32 {
        size::LEFT_PANEL
    }

    fn left(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let add = panel_header(ui, "Tables", "", |ui| {
            IconButton::new(Icon::PLUS, "Open another file")
                .show(ui)
                .clicked()
        });
        if add {
            view.act(Action::Open);
        }
        Frame::new()
            .inner_margin(vec2(size::X2, size::X2))
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                tables(ui, view);
            });
        self.columns(ui, view);
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(OpenTable { table, .. }) = open_table(ui, view, &mut self.waiting) else {
            return;
        };
        ui.spacing_mut().item_spacing.y = 0.0;
        let (sort, order) = self.order(view, &table);
        self.toolbar(ui, view, &table, sort);
        let matches = self.matches(view, &table, sort);
        let foot = 36.0;
        let room = ui.available_rect_before_wrap();
        let grid_rect = room.with_max_y(room.bottom() - foot);
        let mut grid = ui.new_child(UiBuilder::new().max_rect(grid_rect).id_salt("grid"));
        self.grid(
            &mut grid,
            view,
            &table,
            sort,
            order.as_deref().map(Vec::as_slice),
            &matches,
        );
        let foot_rect = room.with_min_y(room.bottom() - foot);
        self.foot(ui, view, &table, foot_rect);
    }

    fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        if std::mem::take(&mut view.shared.unusual_requested) {
            self.unusual.open(view);
        }
        if !self.unusual.is_open(view) {
            column::show(ui, view);
            return;
        }
        if let Some(row) = self.unusual.show(ui, view) {
            self.scroll_to_row_id = Some(row);
        }
    }

    fn escape(&mut self, _view: &mut View<'_>) -> bool {
        if self.find.is_empty() {
            return false;
        }
        self.find.clear();
        true
    }
}

/// The way to unusual rows, at the end of the toolbar; its name goes where room is short.
fn unusual_button(ui: &mut Ui, view: &mut View<'_>) {
    let action = Action::FindUnusual;
    let name = action.name(view.session);
    let room = ui.available_width();
    let clicked = ui
        .with_layout(Layout::right_to_left(Align::Center), |ui| {
            if room < 160.0 {
                IconButton::new(action.icon(), name).show(ui).clicked()
            } else {
                Button::ghost(name)
                    .icon(action.icon())
                    .small()
                    .hint("Rows unlike the others, and the columns that set them apart")
                    .show(ui)
                    .clicked()
            }
        })
        .inner;
    if clicked {
        view.act(action);
    }
}

/// Where a row of the source stands in the table as it is sorted.
fn place_of(table: &Table, order: Option<&[u32]>, id: u32) -> Option<u64> {
    let position = (0..table.rows()).find(|&position| table.row_id(position) == id)?;
    let place = match order {
        None => position,
        Some(order) => order.iter().position(|&at| at as usize == position)?,
    };
    Some(place as u64)
}

fn tables(ui: &mut Ui, view: &mut View<'_>) {
    let document = view.session.document().clone();
    let active = view.session.active_id();
    for recipe in &document.tables {
        let size = format!(
            "{} × {}",
            format::count(recipe.source.rows),
            recipe.source.columns
        );
        let row = ListRow::new(&recipe.name)
            .icon(Icon::TABLE)
            .trailing(&size)
            .selected(active == Some(recipe.id))
            .show(ui);
        if row.clicked() {
            view.session.activate(recipe.id);
            view.shared.sort = None;
        }
    }
}

impl DataPane {
    fn columns(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(table) = view.session.table().shown().cloned() else {
            return;
        };
        let inside = eframe::egui::Margin {
            left: 16,
            right: 16,
            top: 0,
            bottom: 0,
        };
        Frame::new().inner_margin(inside).show(ui, |ui| {
            section_header(ui, "Columns", &table.width().to_string(), None);
            search_field(ui, "Find a column", &mut self.column_search, None);
        });
        ui.add_space(size::X1);
        let needle = self.column_search.to_lowercase();
        ScrollArea::vertical()
            .id_salt("columns")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                let inside = eframe::egui::Margin {
                    left: 8,
                    right: 8,
                    top: 0,
                    bottom: 8,
                };
                Frame::new().inner_margin(inside).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    for (index, column) in table.schema().columns.iter().enumerate() {
                        if needle.is_empty() || column.name.to_lowercase().contains(&needle) {
                            self.column_row(ui, view, &table, index);
                        }
                    }
                });
            });
    }

    fn column_row(&mut self, ui: &mut Ui, view: &mut View<'_>, table: &Arc<Table>, index: usize) {
        let Some(column) = table.schema().columns.get(index) else {
            return;
        };
        let profile = view.session.profile(table, index);
        let profile = profile.shown();
        let blanks = profile
            .filter(|profile| profile.blanks > 0 && profile.rows > 0)
            .map(|profile| {
                format!(
                    "{} blank",
                    format::share(profile.blanks as f64 / profile.rows as f64)
                )
            })
            .unwrap_or_default();
        let name_tag = profile.is_some_and(|profile| profile.name_tag.is_some());
        let constant = profile.is_some_and(|profile| profile.constant && profile.rows > 1);
        let mut row = ListRow::new(&column.name)
            .icon(if name_tag {
                Icon::NAME_TAG
            } else {
                kind_icon(column.kind)
            })
            .trailing(&blanks)
            .dense()
            .selected(view.shared.column.as_deref() == Some(&column.name));
        if constant {
            row = row.warning(
                Tone::Note,
                "Only one value: there is nothing to learn from it",
            );
        }
        let row = row.show(ui);
        if row.clicked() {
            view.shared.show_column(&column.name);
            self.scroll_to_column = Some(column.name.clone());
        }
        let name = column.name.clone();
        context_menu(&row, 220.0, |ui| column_menu(ui, view, &name));
    }

    fn order(
        &mut self,
        view: &mut View<'_>,
        table: &Arc<Table>,
    ) -> (Option<Sort>, Option<Arc<Vec<u32>>>) {
        let sort = view.shared.sort.as_ref().and_then(|(name, descending)| {
            table
                .schema()
                .index_of(name)
                .map(|index| (index, *descending))
        });
        let Some((column, descending)) = sort else {
            return (None, None);
        };
        match view.session.order(table, column, descending) {
            Slot::Ready(order) => (sort, Some(order)),
            // While it is being sorted the rows stay as they are.
            _ => (None, None),
        }
    }

    fn toolbar(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        table: &Arc<Table>,
        sort: Option<Sort>,
    ) {
        let (rect, _) =
            ui.allocate_exact_size(vec2(ui.available_width(), size::TOOLBAR), Sense::hover());
        ui.painter().hline(
            rect.x_range(),
            rect.bottom() - 0.5,
            Stroke::new(1.0, view.tokens.border.subtle),
        );
        let inside = rect.shrink2(vec2(size::X3, 6.0));
        let mut bar = ui.new_child(
            UiBuilder::new()
                .max_rect(inside)
                .layout(Layout::left_to_right(Align::Center)),
        );
        let ui = &mut bar;
        ui.spacing_mut().item_spacing.x = size::X2;
        let id = Id::unique("find in table");
        let keys = Action::Find
            .shortcut()
            .map(|keys| ui.ctx().format_shortcut(&keys));
        let field = TextField::new("Find in table")
            .hint("Find in table")
            .icon(Icon::SEARCH)
            .keys(keys.as_deref())
            .clearable()
            .id(id)
            .width(220.0)
            .show(ui, &mut self.find);
        if view.shared.find_requested {
            view.shared.find_requested = false;
            field.request_focus();
        }
        let enter =
            field.lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
        self.found(ui, view, table, sort, enter);
        if view.session.selection().is_some() {
            if Button::secondary("Keep only")
                .icon(Icon::FILTER)
                .small()
                .hint("Show only the selected rows. Nothing is removed")
                .show(ui)
                .clicked()
            {
                view.act(Action::KeepOnlySelection);
            }
            if Button::ghost("Hide")
                .small()
                .hint("Hide the selected rows from view. Nothing is removed")
                .show(ui)
                .clicked()
            {
                view.act(Action::HideSelection);
            }
        }
        if let Some(hidden) = view.session.hidden().ready() {
            let words = match hidden.rows().count() {
                1 => "1 answer is sealed".to_owned(),
                count => format!("{} answers are sealed", format::count(count as u64)),
            };
            let _ = Chip::new(&words)
                .icon(Icon::LOCK)
                .hint("These answers are kept for one last exam. Nothing shows or uses them until it is opened in Compare")
                .show(ui);
        }
        if let Some((name, descending)) = view.shared.sort.clone() {
            let label = format!(
                "{name}, {}",
                if descending {
                    "largest first"
                } else {
                    "smallest first"
                }
            );
            let icon = if descending {
                Icon::SORT_DOWN
            } else {
                Icon::SORT_UP
            };
            let chip = Chip::new(&label)
                .icon(icon)
                .closable()
                .hint(
                    "Only the view is sorted, the data is not changed. Click to reverse the order",
                )
                .show(ui);
            if chip.closed {
                view.shared.sort = None;
            } else if chip.clicked() {
                view.shared.sort = Some((name, !descending));
            }
        }
        unusual_button(ui, view);
    }

    /// How many cells were found, and moving between them.
    fn found(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        table: &Arc<Table>,
        sort: Option<Sort>,
        enter: bool,
    ) {
        if self.find.is_empty() {
            return;
        }
        let Slot::Ready(found) = view.session.find(table, &self.find, sort) else {
            ui.label(theme::caption("Finding…").color(view.tokens.text.secondary));
            return;
        };
        if self.shown_find != self.find {
            self.shown_find.clone_from(&self.find);
            self.found_at = 0;
            self.show_found(view, &found, table, sort);
        }
        if found.is_empty() {
            ui.label(theme::caption("Not found").color(view.tokens.text.secondary));
            return;
        }
        let more = if found.len() >= 10_000 { "+" } else { "" };
        let text = format!(
            "{} of {}{more}",
            self.found_at + 1,
            format::count(found.len() as u64)
        );
        ui.label(theme::caption(text).color(view.tokens.text.secondary));
        let previous = IconButton::new(Icon::CARET_UP, "Previous find")
            .small()
            .show(ui)
            .clicked();
        let next = IconButton::new(Icon::CARET_DOWN, "Next find")
            .small()
            .show(ui)
            .clicked();
        if next || enter {
            self.found_at = (self.found_at + 1) % found.len();
        }
        if previous {
            self.found_at = (self.found_at + found.len() - 1) % found.len();
        }
        if next || previous || enter {
            self.show_found(view, &found, table, sort);
        }
    }

    fn show_found(
        &mut self,
        view: &mut View<'_>,
        found: &[crate::data::find::Match],
        table: &Arc<Table>,
        sort: Option<Sort>,
    ) {
        let Some(hit) = found.get(self.found_at) else {
            return;
        };
        let row = match sort {
            None => u64::from(hit.position),
            Some((column, descending)) => view
                .session
                .order(table, column, descending)
                .ready()
                .and_then(|order| order.iter().position(|&position| position == hit.position))
                .unwrap_or(0) as u64,
        };
        self.table.grid.scroll_to_row(row);
        self.table.grid.scroll_to_column(hit.column);
    }

    fn matches(
        &mut self,
        view: &mut View<'_>,
        table: &Arc<Table>,
        sort: Option<Sort>,
    ) -> BTreeSet<(u32, usize)> {
        if self.find.is_empty() {
            return BTreeSet::new();
        }
        match view.session.find(table, &self.find, sort) {
            // Only those that can be on the screen near the one shown are marked.
            Slot::Ready(found) => found
                .iter()
                .skip(self.found_at.saturating_sub(400))
                .take(800)
                .map(|hit| (hit.position, hit.column))
                .collect(),
            _ => BTreeSet::new(),
        }
    }

    fn grid(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        table: &Arc<Table>,
        sort: Option<Sort>,
        order: Option<&[u32]>,
        matches: &BTreeSet<(u32, usize)>,
    ) {
        if let Some(name) = self.scroll_to_column.take()
            && let Some(index) = table.schema().index_of(&name)
        {
            self.table.grid.scroll_to_column(index);
        }
        if let Some(id) = self.scroll_to_row_id.take()
            && let Some(row) = place_of(table, order, id)
        {
            self.table.grid.scroll_to_row(row);
        }
        let profiles = view.session.profiles(table);
        let shown = Shown {
            table,
            sort,
            order,
            profiles: &profiles,
            column: view
                .shared
                .column
                .as_ref()
                .and_then(|name| table.schema().index_of(name)),
            matches,
            hidden: view.session.hidden().ready(),
        };
        let response = self.table.show(ui, view.session, &shown);
        self.table.take_selection(view.session, &shown, &response);
        if let Some(column) = response
            .clicked_header
            .and_then(|index| table.schema().columns.get(index))
        {
            view.shared.show_column(&column.name);
        }
        if let Some((_, column)) = response.clicked_cell
            && let Some(column) = table.schema().columns.get(column)
            && view.shared.column.is_none()
            && !self.unusual.is_open(view)
        {
            view.shared.column = Some(column.name.clone());
        }
        for (index, caret) in &response.carets {
            if let Some(column) = table.schema().columns.get(*index) {
                menu(caret, 260.0, |ui| column_menu(ui, view, &column.name));
            }
        }
        for (index, head) in &response.headers {
            if let Some(column) = table.schema().columns.get(*index) {
                context_menu(head, 260.0, |ui| column_menu(ui, view, &column.name));
            }
        }
        self.visible = response.visible.clone();
    }

    fn foot(&mut self, ui: &mut Ui, view: &mut View<'_>, table: &Arc<Table>, rect: Rect) {
        ui.painter().hline(
            rect.x_range(),
            rect.top() + 0.5,
            Stroke::new(1.0, view.tokens.border.subtle),
        );
        let inside = rect.shrink2(vec2(size::X3, 4.0));
        let mut bar = ui.new_child(
            UiBuilder::new()
                .max_rect(inside)
                .id_salt("foot")
                .layout(Layout::left_to_right(Align::Center)),
        );
        let ui = &mut bar;
        let rows = table.rows() as u64;
        if rows == 0 {
            ui.label(
                theme::caption("The table has no rows. Its columns are all here")
                    .color(view.tokens.text.secondary),
            );
            return;
        }
        let first = self.visible.start + 1;
        let text = format!(
            "Rows {}–{} of {}",
            format::count(first),
            format::count(self.visible.end.max(first)),
            format::count(rows)
        );
        ui.label(theme::caption(text).color(view.tokens.text.secondary));
        match &mut self.go_to {
            None => {
                if link(ui, "Go to row…").clicked() {
                    self.go_to = Some(first as f64);
                }
            }
            Some(row) => {
                let mut value = *row;
                NumberField::new("Go to row")
                    .integer()
                    .range(1.0..=rows as f64)
                    .width(96.0)
                    .show(ui, &mut value);
                *row = value;
                let enter = ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
                if Button::secondary("Go").small().show(ui).clicked() || enter {
                    self.table
                        .grid
                        .scroll_to_row((value.max(1.0) as u64 - 1).min(rows - 1));
                    self.go_to = None;
                }
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let source = view
                .session
                .active()
                .map(|recipe| recipe.source.name())
                .unwrap_or_default();
            ui.label(
                theme::caption(format!(
                    "{source}, opened read-only: your file is never changed"
                ))
                .color(view.tokens.text.secondary),
            );
        });
    }
}

/// What can be done with a column.
fn column_menu(ui: &mut Ui, view: &mut View<'_>, name: &str) {
    let sorted = view.shared.sort.clone();
    if menu_item(
        ui,
        Some(Icon::SORT_UP),
        "Sort the view, smallest first",
        "",
        None,
    )
    .clicked()
    {
        view.shared.sort = Some((name.to_owned(), false));
    }
    if menu_item(
        ui,
        Some(Icon::SORT_DOWN),
        "Sort the view, largest first",
        "",
        None,
    )
    .clicked()
    {
        view.shared.sort = Some((name.to_owned(), true));
    }
    if sorted.is_some() && menu_item(ui, Some(Icon::X), "Order of the file", "", None).clicked() {
        view.shared.sort = None;
    }
    menu_separator(ui);
    if menu_item(ui, Some(Icon::CHART), "Chart it", "", None).clicked() {
        view.act(Action::ChartColumn(name.to_owned()));
    }
    if menu_item(ui, Some(Icon::PREDICT), "Predict it", "", None).clicked() {
        view.act(Action::PredictColumn(name.to_owned()));
    }
    menu_separator(ui);
    for operation in ["rename", "change_type", "fill_blanks", "drop_columns"] {
        let action = Action::AddStep(operation);
        if menu_item(ui, Some(Icon::CLEAN), &action.name(view.session), "", None).clicked() {
            view.shared.show_column(name);
            view.act(action);
        }
    }
}
