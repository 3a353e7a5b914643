//! The import preview: which cells disagree, and how is each column to be read. Nothing is loaded
//! until a person says so.

use std::sync::Arc;

use eframe::egui::{
    Align, Frame, Layout, Margin, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder, pos2,
    vec2,
};

use super::Pane;
use crate::base::{ParamKind, ParamSpec, ParamValue, format};
use crate::formats::{self, Preview, PreviewColumn, ReadAs};
use crate::session::Slot;
use crate::ui::action::WorkspaceId;
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, size};
use crate::ui::widgets::{
    Button, Chip, ListRow, NumberField, Select, SelectOption, TextField, Tone, error_card, link,
    message_card, paint, panel_header, progress_bar, property_row, property_value, radio_card,
    section_header, separator, skeleton, toggle,
};

/// Rows of the preview.
const HEAD: f32 = 64.0;
const LABELS: f32 = 44.0;

/// State of the import preview of `view.shared.import`.
#[derive(Default)]
pub struct Import {
    column: Option<String>,
}

impl Pane for Import {
    fn id(&self) -> WorkspaceId {
        WorkspaceId::Data
    }

    fn left_width(&self) -> f32 {
        size::LEFT_PANEL
    }

    fn left(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.settings(ui, view);
    }

    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.table_as_read(ui, view);
    }

    fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.one_column(ui, view);
    }
}

impl Import {
    fn preview(&self, view: &mut View<'_>) -> Slot<Preview> {
        let Some(draft) = view.shared.import.clone() else {
            return Slot::Empty;
        };
        view.session
            .preview_file(&draft.path, draft.format.as_deref(), &draft.params)
    }

    fn settings(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        panel_header(ui, "Import", "", |_| {});
        let preview = self.preview(view);
        let path = view.shared.import.as_ref().map(|draft| draft.path.clone());
        let name = path
            .as_ref()
            .and_then(|path| path.file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        panel_body(ui, |ui| {
            ui.label(theme::body_medium(name).color(view.tokens.text.primary));
            let Some(preview) = preview.shown() else {
                return;
            };
            let detail = format!("{}, opened read-only", format::bytes(preview.file_bytes));
            ui.label(theme::caption(detail).color(view.tokens.text.secondary));
            separator(ui);
            section_header(ui, "Reading", "", None);
            reading(ui, view, preview);
            separator(ui);
            let kept = preview
                .columns
                .iter()
                .filter(|column| column.read_as != ReadAs::Skip)
                .count();
            section_header(
                ui,
                "Columns",
                &format!("{kept} of {} kept", preview.columns.len()),
                None,
            );
            for column in &preview.columns {
                self.column_row(ui, view, column);
            }
        });
    }

    fn column_row(&mut self, ui: &mut Ui, view: &mut View<'_>, column: &PreviewColumn) {
        let mut keep = column.read_as != ReadAs::Skip;
        let mut row = ListRow::new(&column.name)
            .icon(icon(column.read_as))
            .dense()
            .selected(self.column.as_deref() == Some(&column.name))
            .muted(!keep);
        if column.can_change {
            row = row.check(&mut keep);
        }
        if let Some(note) = &column.note {
            row = row.warning(Tone::Caution, note);
        }
        let row = row.show(ui);
        if row.checked {
            set_type(view, &column.name, (!keep).then_some(ReadAs::Skip));
        } else if row.clicked() {
            self.column = Some(column.name.clone());
        }
    }

    fn table_as_read(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let preview = self.preview(view);
        if let Some(error) = preview.error().cloned() {
            Frame::new().inner_margin(size::X4).show(ui, |ui| {
                match error_card(ui, &error, &["Choose another file…", "Close"]) {
                    Some(0) => view.ask(FileQuestion::Open, Purpose::Open),
                    Some(_) => view.shared.import = None,
                    None => {}
                }
            });
            return;
        }
        let Some(shown) = preview.shown().cloned() else {
            Frame::new().inner_margin(size::X4).show(ui, |ui| {
                progress_bar(ui, None, "Looking at the file");
                skeleton(ui, 14);
            });
            return;
        };
        self.head(ui, view, &shown);
        let room = ui.available_rect_before_wrap();
        let foot = 52.0;
        let mut table = ui.new_child(
            UiBuilder::new()
                .max_rect(room.with_max_y(room.bottom() - foot))
                .id_salt("preview"),
        );
        self.table(&mut table, view, &shown);
        self.foot(ui, view, &shown, room.with_min_y(room.bottom() - foot));
    }

    fn head(&mut self, ui: &mut Ui, view: &mut View<'_>, preview: &Arc<Preview>) {
        let tokens = view.tokens;
        let notes: Vec<&PreviewColumn> = preview
            .columns
            .iter()
            .filter(|column| column.note.is_some())
            .collect();
        let title = match notes.len() {
            0 => "Ready to load".to_owned(),
            1 => "1 column needs a look before loading".to_owned(),
            count => format!("{count} columns need a look before loading"),
        };
        let total = match preview.rows_total {
            Some(total) if preview.rows_are_estimate => {
                format!(" of about {}", format::count(total))
            }
            Some(total) => format!(" of {}", format::count(total)),
            None => String::new(),
        };
        Frame::new()
            .inner_margin(Margin {
                left: 16,
                right: 16,
                top: 10,
                bottom: 8,
            })
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.label(theme::heading(title).color(tokens.text.primary));
                let mut text = format!(
                    "First {}{total}, as written in the file.",
                    format::counted(preview.rows.len() as u64, "row")
                );
                // A format that knows its types has no cell that could disagree.
                if preview.columns.iter().any(|column| column.can_change) {
                    text.push_str(" Outlined cells disagree with the type above them.");
                }
                ui.label(theme::caption(text).color(tokens.text.secondary));
                if !notes.is_empty() {
                    ui.add_space(size::X1);
                    ui.horizontal_wrapped(|ui| {
                        for column in notes {
                            let chip = Chip::new(&column.name)
                                .tone(Tone::Caution)
                                .active(self.column.as_deref() == Some(&column.name))
                                .hint(column.note.as_deref().unwrap_or_default())
                                .show(ui);
                            if chip.clicked() {
                                self.column = Some(column.name.clone());
                            }
                        }
                    });
                }
                for issue in &preview.issues {
                    let text = format!("{}: {}", issue.severity.word(), issue.message);
                    ui.label(theme::caption(text).color(tokens.text.secondary));
                }
            });
    }

    fn table(&mut self, ui: &mut Ui, view: &mut View<'_>, preview: &Arc<Preview>) {
        let tokens = view.tokens;
        let widths: Vec<f32> = (0..preview.columns.len())
            .map(|column| width(preview, column))
            .collect();
        let total = LABELS + widths.iter().sum::<f32>();
        let height = HEAD + preview.rows.len() as f32 * size::TABLE_ROW;
        ScrollArea::both()
            .auto_shrink([false, false])
            .show_viewport(ui, |ui, seen| {
                let (area, _) = ui.allocate_exact_size(vec2(total, height), Sense::hover());
                let first = (((seen.top() - HEAD) / size::TABLE_ROW).floor().max(0.0)) as usize;
                let count = (seen.height() / size::TABLE_ROW) as usize + 3;
                for row in first..(first + count).min(preview.rows.len()) {
                    let y = area.top() + HEAD + row as f32 * size::TABLE_ROW;
                    let line =
                        Rect::from_min_size(pos2(area.left(), y), vec2(total, size::TABLE_ROW));
                    ui.painter().hline(
                        line.x_range(),
                        line.bottom() - 0.5,
                        Stroke::new(1.0, tokens.border.subtle),
                    );
                    paint::text_right(
                        ui.painter(),
                        pos2(area.left() + LABELS - size::X2, line.center().y),
                        &(row + 1).to_string(),
                        Type::NumberSmall,
                        tokens.text.secondary,
                        LABELS,
                    );
                    let mut x = area.left() + LABELS;
                    for (column, width) in widths.iter().enumerate() {
                        let cell = Rect::from_min_size(pos2(x, y), vec2(*width, size::TABLE_ROW));
                        if cell.right() >= area.left() + seen.left()
                            && cell.left() <= area.left() + seen.right()
                        {
                            self.cell(ui, view, preview, row, column, cell);
                        }
                        x += width;
                    }
                }
                // The head stays in sight while the rows scroll under it.
                let top = area.top() + seen.top();
                let head = Rect::from_min_size(pos2(area.left(), top), vec2(total, HEAD));
                ui.painter().rect_filled(head, 0.0, tokens.surface.panel);
                ui.painter().hline(
                    head.x_range(),
                    head.bottom() - 0.5,
                    Stroke::new(1.0, tokens.border.default),
                );
                let mut x = area.left() + LABELS;
                for (column, width) in preview.columns.iter().zip(&widths) {
                    let cell = Rect::from_min_size(pos2(x, top), vec2(*width, HEAD));
                    self.column_head(ui, view, column, cell);
                    x += width;
                }
            });
    }

    fn cell(
        &self,
        ui: &Ui,
        view: &View<'_>,
        preview: &Preview,
        row: usize,
        column: usize,
        cell: Rect,
    ) {
        let tokens = view.tokens;
        let Some(described) = preview.columns.get(column) else {
            return;
        };
        if self.column.as_deref() == Some(&described.name) {
            ui.painter().rect_filled(cell, 0.0, tokens.surface.selected);
        }
        let text = preview
            .rows
            .get(row)
            .and_then(|cells| cells.get(column))
            .cloned()
            .flatten();
        let inside = cell.shrink2(vec2(size::X2, 0.0));
        let skipped = described.read_as == ReadAs::Skip;
        match text {
            None => paint::hatch(
                ui.painter(),
                Rect::from_center_size(cell.center(), vec2(28.0, 10.0)),
                tokens.chart.missing_hatch,
            ),
            Some(text) => {
                let wrong = described.disagreeing.contains(&row);
                if wrong {
                    let caution = tokens.status(theme::Status::Caution);
                    let place = cell.shrink(1.0);
                    ui.painter().rect(
                        place,
                        0.0,
                        caution.fill,
                        Stroke::new(1.0, caution.border),
                        StrokeKind::Inside,
                    );
                }
                let colour = if skipped {
                    tokens.text.disabled
                } else if wrong {
                    tokens.status(theme::Status::Caution).text
                } else {
                    tokens.text.primary
                };
                let text = format::shorten(&text, 120);
                if is_number(described.read_as) {
                    paint::text_right(
                        ui.painter(),
                        inside.right_center(),
                        &text,
                        Type::Code,
                        colour,
                        inside.width(),
                    );
                } else {
                    paint::text_left(
                        ui.painter(),
                        inside.left_center(),
                        &text,
                        Type::Code,
                        colour,
                        inside.width(),
                    );
                }
            }
        }
    }

    fn column_head(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        column: &PreviewColumn,
        cell: Rect,
    ) {
        let tokens = view.tokens;
        let selected = self.column.as_deref() == Some(&column.name);
        if selected {
            ui.painter().rect_filled(cell, 0.0, tokens.surface.selected);
            let line = Rect::from_min_size(cell.min, vec2(cell.width(), 2.0));
            ui.painter().rect_filled(line, 0.0, tokens.accent.line);
        }
        // Above its values, which are at the right where they are figures.
        let (name, style, ink) = (&column.name, Type::BodyMedium, tokens.text.primary);
        let room = cell.width() - size::X4;
        let y = cell.top() + 16.0;
        if is_number(column.read_as) {
            let right = pos2(cell.right() - size::X2, y);
            paint::text_right(ui.painter(), right, name, style, ink, room);
        } else {
            let left = pos2(cell.left() + size::X2, y);
            paint::text_left(ui.painter(), left, name, style, ink, room);
        }
        let place = Rect::from_min_size(
            pos2(cell.left() + size::X1, cell.top() + 30.0),
            vec2(cell.width() - size::X2, size::BUTTON_SMALL),
        );
        let mut inner = ui.new_child(
            UiBuilder::new()
                .max_rect(place)
                .id_salt(("type", &column.name))
                .layout(Layout::left_to_right(Align::Center)),
        );
        if column.can_change {
            let mut read_as = column.read_as;
            let options = options();
            let name = format!("Type of {}", column.name);
            if Select::new(&name)
                .width(place.width())
                .show(&mut inner, &mut read_as, &options)
                .changed()
            {
                self.column = Some(column.name.clone());
                set_type(view, &column.name, Some(read_as));
            }
        } else {
            let word = theme::caption(column.read_as.word()).color(tokens.text.secondary);
            if is_number(column.read_as) {
                let right = Layout::right_to_left(Align::Center);
                inner.with_layout(right, |ui| {
                    ui.add_space(size::X1);
                    ui.label(word);
                });
            } else {
                inner.add_space(size::X1);
                inner.label(word);
            }
        }
    }

    fn foot(&mut self, ui: &mut Ui, view: &mut View<'_>, preview: &Arc<Preview>, rect: Rect) {
        ui.painter().hline(
            rect.x_range(),
            rect.top() + 0.5,
            Stroke::new(1.0, view.tokens.border.default),
        );
        let inside = rect.shrink2(vec2(size::X4, 8.0));
        let mut left = ui.new_child(
            UiBuilder::new()
                .max_rect(inside)
                .layout(Layout::left_to_right(Align::Center)),
        );
        let read_by_type = preview.columns.iter().any(|column| column.can_change);
        let words = match read_by_type {
            true => "Values that do not fit become blank, and are counted.",
            false => "Every value is loaded as it is in the file.",
        };
        left.label(theme::caption(words).color(view.tokens.text.secondary));
        let mut right = ui.new_child(
            UiBuilder::new()
                .max_rect(inside)
                .id_salt("load")
                .layout(Layout::right_to_left(Align::Center)),
        );
        let rows = match preview.rows_total {
            Some(total) if !preview.rows_are_estimate => {
                format!("Load {}", format::counted(total, "row"))
            }
            Some(total) => format!("Load about {} rows", format::count(total)),
            None => "Load".to_owned(),
        };
        let none = preview
            .columns
            .iter()
            .all(|column| column.read_as == ReadAs::Skip);
        let reason = none.then(|| "Every column is left out".to_owned());
        let load = Button::primary(rows)
            .shortcut("Ctrl+Enter")
            .disabled(reason.clone())
            .show(&mut right)
            .clicked();
        let keys = right.input_mut(|input| {
            input.consume_key(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::Enter)
        });
        if (load || keys) && reason.is_none() {
            let params = view
                .shared
                .import
                .as_ref()
                .map(|draft| draft.params.clone())
                .unwrap_or_default();
            view.session
                .load_file(&preview.path, preview.format, params);
            view.shared.import = None;
            self.column = None;
        }
        if Button::ghost("Cancel").show(&mut right).clicked() {
            view.shared.import = None;
            self.column = None;
        }
    }

    fn one_column(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let preview = self.preview(view);
        let Some(preview) = preview.shown().cloned() else {
            panel_header(ui, "Columns", "", |_| {});
            return;
        };
        let first_note = preview.columns.iter().find(|column| column.note.is_some());
        let column = self
            .column
            .as_ref()
            .and_then(|name| preview.columns.iter().find(|column| column.name == *name))
            .or(first_note);
        let Some(column) = column else {
            panel_header(ui, "Columns", "", |_| {});
            let text = if preview.columns.iter().any(|column| column.can_change) {
                "Every value in the preview fits its type. Click a column to read it another way."
            } else {
                "This format says itself what type each column has. Types can be changed in Clean."
            };
            Frame::new().inner_margin(16.0).show(ui, |ui| {
                ui.label(theme::body(text).color(view.tokens.text.secondary));
            });
            return;
        };
        panel_header(
            ui,
            &format::shorten(&column.name, 28),
            column.read_as.word(),
            |_| {},
        );
        panel_body(ui, |ui| {
            if let Some(note) = &column.note {
                message_card(ui, Tone::Caution, "Worth a look", note, "", &[], "");
                ui.add_space(size::X1);
            }
            let wrong = column.disagreeing.len() as u64;
            property_value(
                ui,
                "Disagree",
                &format::counted(wrong, "cell"),
                "of the preview",
            );
            if column.can_change {
                section_header(ui, "Read as", "", None);
                for read_as in ReadAs::ALL {
                    if radio_card(
                        ui,
                        column.read_as == read_as,
                        read_as.word(),
                        detail(read_as),
                    )
                    .clicked()
                    {
                        set_type(view, &column.name, Some(read_as));
                    }
                }
                if link(ui, "Let Benchtop decide").clicked() {
                    set_type(view, &column.name, None);
                }
            }
        });
    }
}

/// What scrolls beneath the header of a side panel.
fn panel_body(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            Frame::new()
                .inner_margin(Margin::symmetric(16, 12))
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = size::X1;
                    add(ui);
                });
        });
}

fn reading(ui: &mut Ui, view: &mut View<'_>, preview: &Preview) {
    let Some(format) = formats::by_id(preview.format) else {
        return;
    };
    property_value(ui, "Format", format.name(), "");
    for spec in format.params() {
        if spec.key == "types" {
            continue;
        }
        let Some(value) = preview
            .params
            .get(spec.key)
            .cloned()
            .or_else(|| spec.default_value())
        else {
            continue;
        };
        if let Some(value) = property_row(ui, spec.label, |ui| control(ui, spec, value))
            && let Some(draft) = &mut view.shared.import
        {
            draft.params.0.insert(spec.key.to_owned(), value);
        }
    }
}

/// The control of one reading setting; its new value when a person changed it.
fn control(ui: &mut Ui, spec: &ParamSpec, value: ParamValue) -> Option<ParamValue> {
    match (spec.kind, value) {
        (ParamKind::Choice(choices), ParamValue::Text(mut chosen)) => {
            let options: Vec<SelectOption<String>> = choices
                .iter()
                .map(|(id, label)| SelectOption::new((*id).to_owned(), *label))
                .collect();
            let changed = Select::new(spec.label)
                .show(ui, &mut chosen, &options)
                .changed();
            changed.then_some(ParamValue::Text(chosen))
        }
        (ParamKind::Integer { min, max }, ParamValue::Integer(number)) => {
            let mut number = number as f64;
            let changed = NumberField::new(spec.label)
                .integer()
                .range(min as f64..=max as f64)
                .show(ui, &mut number)
                .changed();
            changed.then_some(ParamValue::Integer(number as i64))
        }
        (ParamKind::Bool, ParamValue::Bool(mut on)) => {
            let changed = toggle(ui, &mut on, spec.label).changed();
            changed.then_some(ParamValue::Bool(on))
        }
        (ParamKind::Text, ParamValue::Text(mut text)) => {
            let width = ui.available_width();
            let changed = TextField::new(spec.label)
                .width(width)
                .show(ui, &mut text)
                .changed();
            changed.then_some(ParamValue::Text(text))
        }
        _ => None,
    }
}

/// Says how a column is to be read; None lets the detection decide again.
fn set_type(view: &mut View<'_>, column: &str, read_as: Option<ReadAs>) {
    let Some(draft) = &mut view.shared.import else {
        return;
    };
    let mut types: Vec<String> = draft
        .params
        .list("types")
        .iter()
        .filter(|entry| {
            entry
                .rsplit_once('=')
                .is_none_or(|(name, _)| name != column)
        })
        .cloned()
        .collect();
    if let Some(read_as) = read_as {
        types.push(format!("{column}={}", read_as.id()));
    }
    draft.params.set("types", types);
}

fn options() -> Vec<SelectOption<ReadAs>> {
    ReadAs::ALL
        .into_iter()
        .map(|read_as| SelectOption::new(read_as, read_as.word()).icon(icon(read_as)))
        .collect()
}

fn is_number(read_as: ReadAs) -> bool {
    matches!(
        read_as,
        ReadAs::WholeNumber | ReadAs::Number | ReadAs::NumberDecimalComma
    )
}

fn icon(read_as: ReadAs) -> Icon {
    match read_as {
        ReadAs::WholeNumber | ReadAs::Number | ReadAs::NumberDecimalComma => Icon::NUMBER,
        ReadAs::YesNo => Icon::YES_NO,
        ReadAs::DateIso | ReadAs::DateDayFirst | ReadAs::DateMonthFirst => Icon::CALENDAR,
        ReadAs::Text => Icon::TEXT,
        ReadAs::Skip => Icon::EYE_OFF,
    }
}

fn detail(read_as: ReadAs) -> &'static str {
    match read_as {
        ReadAs::WholeNumber => "1204",
        ReadAs::Number => "12.5",
        ReadAs::NumberDecimalComma => "12,5",
        ReadAs::YesNo => "yes and no, true and false, 1 and 0",
        ReadAs::DateIso => "2025-10-28, with or without a time",
        ReadAs::DateDayFirst => "28/10/2025",
        ReadAs::DateMonthFirst => "10/28/2025",
        ReadAs::Text => "As written",
        ReadAs::Skip => "Not loaded; the file keeps it",
    }
}

fn width(preview: &Preview, column: usize) -> f32 {
    let name = preview
        .columns
        .get(column)
        .map_or(0, |column| column.name.chars().count());
    // The select of the type: its icon, its word, its caret.
    let kind = preview
        .columns
        .get(column)
        .map_or(0.0, |column| column.read_as.word().chars().count() as f32);
    let longest = preview
        .rows
        .iter()
        .take(50)
        .filter_map(|row| row.get(column).and_then(Option::as_ref))
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0);
    let text = name.max(longest) as f32 * 7.6 + 24.0;
    text.max(kind * 7.2 + 68.0).clamp(136.0, 280.0)
}
