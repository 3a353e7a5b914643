//! The welcome screen: where do I drop my file.

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Color32, Frame, Layout, Margin, Painter, Pos2, Rect, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, UiBuilder, WidgetInfo, accesskit::Role, pos2, vec2,
};
use serde_json::Value;

use crate::base::format;
use crate::project::samples::{self, Sample, Thumbnail};
use crate::ui::action::Action;
use crate::ui::state::View;
use crate::ui::text;
use crate::ui::theme::{self, Icon, Tokens, Type, fonts::IconWeight, size};
use crate::ui::widgets::{Button, error_card, paint};

/// State of the welcome screen.
#[derive(Default)]
pub struct Welcome {
    samples: Option<Result<Vec<Sample>, crate::base::UserError>>,
}

impl Welcome {
    /// Fills everything between the context bar and the status bar.
    pub fn show(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let samples = self.samples.get_or_insert_with(samples::catalog);
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| {
                let room = ui.available_width();
                let width = (room - 2.0 * size::X7).min(1400.0);
                let side = ((room - width) / 2.0).max(size::X5);
                let top =
                    ((ui.ctx().content_rect().height() - 800.0) / 6.0).clamp(size::X5, size::X8);
                Frame::new()
                    .inner_margin(Margin {
                        left: side as i8,
                        right: side.min(120.0) as i8,
                        top: top as i8,
                        bottom: 24,
                    })
                    .show(ui, |ui| {
                        ui.set_width(width);
                        ui.label(
                            theme::display(
                                "Open a table. See what is in it. Train a model you can explain.",
                            )
                            .color(view.tokens.text.primary),
                        );
                        ui.add_space(size::X5);
                        let gap = size::X7;
                        let left = (width * 0.32).clamp(300.0, 360.0);
                        let right = width - left - gap;
                        let origin = ui.cursor().min;
                        let mut start = column(ui, origin, left);
                        begin(&mut start, view);
                        let mut list = column(ui, pos2(origin.x + left + gap, origin.y), right);
                        match samples {
                            Ok(samples) => sample_list(&mut list, view, samples),
                            Err(error) => {
                                error_card(&mut list, error, &[]);
                            }
                        }
                        let bottom = start.min_rect().bottom().max(list.min_rect().bottom());
                        ui.allocate_rect(
                            Rect::from_min_max(origin, pos2(origin.x + width, bottom)),
                            Sense::hover(),
                        );
                    });
            });
    }
}

fn column(ui: &mut Ui, origin: Pos2, width: f32) -> Ui {
    let rect = Rect::from_min_size(origin, vec2(width, 10_000.0));
    ui.new_child(
        UiBuilder::new()
            .max_rect(rect)
            .id_salt(("column", origin.x as i32))
            .layout(Layout::top_down(Align::Min)),
    )
}

fn begin(ui: &mut Ui, view: &mut View<'_>) {
    let tokens = view.tokens;
    ui.label(theme::heading("Start with your data").color(tokens.text.primary));
    ui.add_space(size::X2);
    let dropping = ui.input(|input| !input.raw.hovered_files.is_empty());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 208.0), Sense::hover());
    let fill = if dropping {
        tokens.surface.selected
    } else {
        tokens.surface.canvas
    };
    ui.painter().rect_filled(rect, size::RADIUS_CARD, fill);
    let colour = if dropping {
        tokens.accent.line
    } else {
        tokens.border.control
    };
    paint::dashed(ui.painter(), rect, Stroke::new(1.0, colour), (5.0, 4.0));
    let middle = rect.center().x;
    Icon::DOWNLOAD.paint(
        ui.painter(),
        pos2(middle, rect.top() + 56.0),
        size::ICON_EMPTY,
        tokens.text.secondary,
        IconWeight::Regular,
    );
    let title = if dropping {
        "Let go to open it"
    } else {
        "Drop a file here"
    };
    paint::text_middle(
        ui.painter(),
        pos2(middle, rect.top() + 94.0),
        title,
        Type::BodyMedium,
        tokens.text.primary,
        rect.width(),
    );
    paint::text_middle(
        ui.painter(),
        pos2(middle, rect.top() + 114.0),
        "CSV, TSV, Parquet, JSON lines or Arrow",
        Type::Caption,
        tokens.text.secondary,
        rect.width(),
    );
    let button = Rect::from_center_size(
        pos2(middle, rect.top() + 156.0),
        vec2(112.0, size::BUTTON_LARGE),
    );
    let mut inner = ui.new_child(
        UiBuilder::new()
            .max_rect(button)
            .layout(Layout::left_to_right(Align::Center)),
    );
    if Button::primary("Open file…")
        .large()
        .full_width()
        .show(&mut inner)
        .clicked()
    {
        view.act(Action::Open);
    }
    ui.add_space(size::X2);
    ui.horizontal(|ui| {
        if Button::ghost("Paste a table")
            .icon(Icon::PASTE)
            .show(ui)
            .clicked()
        {
            view.act(Action::Paste);
        }
        if Button::ghost("Open a model…")
            .icon(Icon::MODEL)
            .show(ui)
            .clicked()
        {
            view.act(Action::OpenModel);
        }
    });
    recent(ui, view);
    ui.add_space(size::X5);
    ui.horizontal(|ui| {
        ui.label(Icon::SHIELD.text(size::ICON).color(tokens.text.secondary));
        ui.label(theme::caption(text::PRIVACY).color(tokens.text.secondary));
    });
}

fn recent(ui: &mut Ui, view: &mut View<'_>) {
    let recent = view.shared.recent.clone();
    if recent.is_empty() {
        return;
    }
    let tokens = view.tokens;
    ui.add_space(size::X4);
    ui.label(theme::heading("Recent").color(tokens.text.primary));
    for path in recent.iter().take(5) {
        let name = path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        let folder = path
            .parent()
            .map(|folder| folder.display().to_string())
            .unwrap_or_default();
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::click());
        if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(
                rect.expand2(vec2(size::X2, 0.0)),
                size::RADIUS_CONTROL,
                tokens.surface.hover,
            );
        }
        Icon::TABLE.paint(
            ui.painter(),
            pos2(rect.left() + 10.0, rect.center().y),
            size::ICON_RAIL,
            tokens.text.secondary,
            IconWeight::Regular,
        );
        let left = rect.left() + 32.0;
        let room = rect.right() - left;
        paint::text_left(
            ui.painter(),
            pos2(left, rect.top() + 14.0),
            &name,
            Type::BodyMedium,
            tokens.text.primary,
            room,
        );
        paint::text_left(
            ui.painter(),
            pos2(left, rect.top() + 31.0),
            &folder,
            Type::Caption,
            tokens.text.secondary,
            room,
        );
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Open {name} again")));
        if response.clicked() {
            view.shared.open_next = Some(path.clone());
        }
    }
}

fn sample_list(ui: &mut Ui, view: &mut View<'_>, samples: &[Sample]) {
    let tokens = view.tokens;
    ui.horizontal(|ui| {
        ui.label(theme::heading("Try a sample").color(tokens.text.primary));
        ui.label(theme::caption("and what each is good for").color(tokens.text.secondary));
    });
    ui.add_space(size::X1);
    let wide = ui.available_width() >= 640.0;
    let columns = if wide { 2 } else { 1 };
    let gap = size::X4;
    let width = (ui.available_width() - gap * (columns as f32 - 1.0)) / columns as f32;
    // The padding of a row lies outside, so that pictures stand under the heading.
    let origin = ui.cursor().min - vec2(size::X2, 0.0);
    let row_height = 62.0;
    for (index, sample) in samples.iter().enumerate() {
        let place = pos2(
            origin.x + (width + gap) * (index % columns) as f32,
            origin.y + row_height * (index / columns) as f32,
        );
        let rect = Rect::from_min_size(place, vec2(width, row_height));
        sample_row(ui, view, sample, rect);
    }
    let rows = samples.len().div_ceil(columns) as f32;
    ui.allocate_rect(
        Rect::from_min_size(origin, vec2(ui.available_width(), rows * row_height)),
        Sense::hover(),
    );
}

fn sample_row(ui: &mut Ui, view: &mut View<'_>, sample: &Sample, rect: Rect) {
    let tokens = view.tokens;
    let response = ui.interact(rect, ui.scope_id().with(&sample.file), Sense::click());
    let inside = rect.shrink2(vec2(0.0, 2.0));
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(inside, size::RADIUS_CARD, tokens.surface.hover);
    }
    let picture = Rect::from_min_size(inside.min + vec2(size::X2, 8.0), vec2(70.0, 42.0));
    ui.painter().rect(
        picture,
        size::RADIUS_CONTROL,
        tokens.surface.canvas,
        Stroke::new(1.0, tokens.border.subtle),
        StrokeKind::Inside,
    );
    thumbnail(
        &ui.painter().with_clip_rect(picture),
        picture.shrink(5.0),
        &sample.thumbnail,
        tokens,
    );
    let left = picture.right() + size::X3;
    let room = inside.right() - size::X2 - left;
    let grey = tokens.text.secondary;
    let mut job = LayoutJob::simple(lesson(sample), Type::Caption.font(), grey, room);
    job.wrap.max_rows = 2;
    let galley = ui.painter().layout_job(job);
    // Name and lesson stand together in the middle of the row.
    let top = (inside.center().y - (galley.size().y + 20.0) / 2.0).round();
    let (taken, _) = paint::text_right(
        ui.painter(),
        pos2(inside.right() - size::X2, top + 10.0),
        &format::counted(sample.rows, "row"),
        Type::NumberSmall,
        grey,
        100.0,
    );
    paint::text_left(
        ui.painter(),
        pos2(left, top + 10.0),
        &sample.name,
        Type::BodyMedium,
        tokens.text.primary,
        room - taken - size::X2,
    );
    ui.painter().galley(pos2(left, top + 20.0), galley, grey);
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Button, true, format!("Open sample {}", sample.name))
    });
    let response = response.on_hover_text(format!(
        "{}\n{}\nLicence: {}",
        sample.lesson, sample.source, sample.licence
    ));
    if response.clicked() {
        view.act(Action::OpenSample(sample.file.clone()));
    }
}

/// What a sample is good for, as a line of its own.
fn lesson(sample: &Sample) -> String {
    let lesson = sample
        .lesson
        .strip_prefix("Good for ")
        .unwrap_or(&sample.lesson);
    let mut letters = lesson.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn numbers(thumbnail: &Thumbnail, key: &str) -> Vec<f32> {
    match thumbnail.numbers.get(key) {
        Some(Value::Array(values)) => values
            .iter()
            .filter_map(Value::as_f64)
            .map(|value| value as f32)
            .collect(),
        _ => Vec::new(),
    }
}

/// A miniature picture of a sample, in the colours of charts.
fn thumbnail(painter: &Painter, rect: Rect, thumbnail: &Thumbnail, tokens: &Tokens) {
    let values = numbers(thumbnail, "values");
    let most = values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    match thumbnail.kind.as_str() {
        "scatter" => {
            let (x, y, group) = (
                numbers(thumbnail, "x"),
                numbers(thumbnail, "y"),
                numbers(thumbnail, "group"),
            );
            for (index, (x, y)) in x.iter().zip(&y).enumerate() {
                let colour = group
                    .get(index)
                    .map_or(tokens.chart.mark, |group| tokens.category(*group as usize));
                let place = pos2(
                    rect.left() + x * rect.width(),
                    rect.bottom() - y * rect.height(),
                );
                painter.circle_filled(place, 1.4, colour);
            }
        }
        "line" => {
            let low = values.iter().copied().fold(f32::INFINITY, f32::min);
            let span = (most - low).max(f32::MIN_POSITIVE);
            let last = values.len().saturating_sub(1).max(1) as f32;
            let points: Vec<Pos2> = values
                .iter()
                .enumerate()
                .map(|(index, value)| {
                    pos2(
                        rect.left() + index as f32 / last * rect.width(),
                        rect.bottom() - (value - low) / span * rect.height(),
                    )
                })
                .collect();
            painter.line(points, Stroke::new(1.25, tokens.chart.mark));
        }
        "share" => {
            let total: f32 = values.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            let mut left = rect.left();
            for (index, value) in values.iter().enumerate() {
                let width = value / total * rect.width();
                let colour: Color32 = tokens.category(index);
                let part =
                    Rect::from_min_size(pos2(left, rect.center().y - 8.0), vec2(width, 16.0));
                painter.rect_filled(part, 0.0, colour);
                left += width;
            }
        }
        _ => {
            let width = rect.width() / values.len().max(1) as f32;
            let gap = if width > 3.0 { 1.0 } else { 0.0 };
            for (index, value) in values.iter().enumerate() {
                let height = value / most * rect.height();
                let bar = Rect::from_min_max(
                    pos2(rect.left() + index as f32 * width, rect.bottom() - height),
                    pos2(
                        rect.left() + (index as f32 + 1.0) * width - gap,
                        rect.bottom(),
                    ),
                );
                painter.rect_filled(bar, 0.0, tokens.chart.mark);
            }
        }
    }
}
