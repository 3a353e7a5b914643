//! Coefficients with their intervals on one common scale, and in plain words.

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Label, Painter, Rangef, Rect, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::base::format;
use crate::chart::scale;
use crate::learn::Effect;
use crate::pipeline::Inspection;
use crate::pipeline::inspection::{CoefficientRow, Coefficients};
use crate::session::Notice;
use crate::ui::action::Action;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Tokens, Type, size};
use crate::ui::widgets::scores::{caption_text, inset};
use crate::ui::widgets::{Button, Select, SelectOption, empty_state, paint, segmented};

const ROW: f32 = 28.0;
const FOOT: f32 = 26.0;
/// Room for what the chosen coefficient says.
const WORDS: f32 = 176.0;
/// Widths of the columns of numbers, from the right.
const P: f32 = 60.0;
const STATISTIC: f32 = 56.0;
const ERROR: f32 = 72.0;
const INTERVAL: f32 = 142.0;
const ESTIMATE: f32 = 76.0;
/// Narrower than this, the standard error stands beneath the table only.
const ROOM_FOR_ERROR: f32 = 720.0;
/// An interval this many times wider than the largest estimate is cut at the edge of the drawing.
const WIDEST_SCALE: f64 = 4.0;

/// Which coefficient comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Effect,
    Surest,
    Columns,
}

/// State of the table.
#[derive(Default)]
pub(super) struct CoefficientsView {
    class: Option<usize>,
    sort: Sort,
    /// Place among all coefficients.
    selected: Option<usize>,
    order: Order,
}

/// Coefficients that are shown, in their order; kept until something about it changes.
#[derive(Default)]
struct Order {
    of: Option<(usize, Option<usize>, Sort)>,
    rows: Vec<usize>,
    scale: Scale,
}

/// The scale that all intervals are drawn on.
#[derive(Clone, Debug, Default)]
struct Scale {
    /// For a typical difference of the column, otherwise for one more of it.
    typical: bool,
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
}

impl Scale {
    fn values(&self, row: &CoefficientRow) -> Option<[f64; 3]> {
        row.column.as_ref()?;
        match self.typical {
            true => row.typical_effect(),
            false => Some([row.estimate, row.lower, row.upper]),
        }
    }

    fn of(rows: &[&CoefficientRow]) -> Self {
        let of_columns = || rows.iter().filter(|row| row.column.is_some());
        let typical = of_columns().all(|row| row.typical.is_some());
        let mut scale = Self {
            typical,
            ..Self::default()
        };
        let mut largest = 0.0_f64;
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for [estimate, lower, upper] in of_columns().filter_map(|row| scale.values(row)) {
            largest = largest.max(estimate.abs());
            low = low.min(lower);
            high = high.max(upper);
        }
        if largest > 0.0 {
            low = low.max(-largest * WIDEST_SCALE);
            high = high.min(largest * WIDEST_SCALE);
        }
        let (low, high) = scale::sane_domain(low, high);
        let air = (high - low) * 0.04;
        (scale.low, scale.high) = (low - air, high + air);
        let (ticks, step) = scale::nice_ticks(scale.low, scale.high, 3);
        let labels = scale::number_labels(&ticks, step);
        scale.ticks = ticks.into_iter().zip(labels).collect();
        scale
    }

    fn x(&self, rect: Rect, value: f64) -> f32 {
        rect.left() + ((value - self.low) / (self.high - self.low)) as f32 * rect.width()
    }
}

/// Where the columns of the table lie; right edges, but for the name and the drawing.
struct Places {
    name: f32,
    name_width: f32,
    drawing: Rect,
    estimate: f32,
    interval: f32,
    error: Option<f32>,
    statistic: f32,
    p: f32,
}

impl Places {
    fn of(rect: Rect) -> Self {
        let p = rect.right() - size::CANVAS_PADDING;
        let statistic = p - P;
        let mut end = statistic - STATISTIC;
        let error = (rect.width() >= ROOM_FOR_ERROR).then_some(end);
        if error.is_some() {
            end -= ERROR;
        }
        let interval = end;
        let estimate = interval - INTERVAL;
        let name = rect.left() + size::CANVAS_PADDING;
        let room = estimate - ESTIMATE - name;
        let name_width = (room * 0.5).clamp(60.0, 260.0);
        Self {
            name,
            name_width,
            drawing: Rect::from_min_max(
                pos2(name + name_width + 10.0, rect.top()),
                pos2(estimate - ESTIMATE, rect.bottom()),
            ),
            estimate,
            interval,
            error,
            statistic,
            p,
        }
    }
}

impl CoefficientsView {
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        found: &Arc<Inspection>,
        classes: &[String],
    ) {
        let coefficients = match &found.coefficients {
            Ok(coefficients) => coefficients,
            Err(why) => {
                let title = "No coefficients with standard errors";
                empty_state(ui, Icon::FUNCTION, title, why, &[]);
                return;
            }
        };
        inset(ui, size::CANVAS_PADDING as i8, |ui| {
            self.controls(ui, view, coefficients, classes);
        });
        ui.add_space(8.0);
        self.put_in_order(found, coefficients);
        head(ui, coefficients, &self.order.scale);
        let room = (ui.available_height() - FOOT - WORDS).max(ROW * 4.0);
        let count = self.order.rows.len();
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut clicked = None;
        let chosen = self.selected.or_else(|| self.order.rows.first().copied());
        ScrollArea::vertical()
            .id_salt("coefficients")
            .max_height(room)
            .auto_shrink([false, true])
            .show_rows(ui, ROW, count, |ui, range| {
                for place in self.order.rows.get(range).unwrap_or(&[]) {
                    let Some(found) = coefficients.rows.get(*place) else {
                        continue;
                    };
                    let selected = chosen == Some(*place);
                    if row(ui, coefficients, found, &self.order.scale, selected) {
                        clicked = Some(*place);
                    }
                }
            });
        foot(ui, &self.order.scale);
        if let Some(place) = clicked {
            self.selected = Some(place);
            let column = coefficients.rows.get(place);
            if let Some(column) = column.and_then(|row| row.column.clone()) {
                view.shared.column = Some(column);
            }
        }
        let shown = chosen.and_then(|place| coefficients.rows.get(place));
        if let Some(shown) = shown {
            words(ui, view, found, coefficients, shown, classes);
        }
    }

    fn controls(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        coefficients: &Coefficients,
        classes: &[String],
    ) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            let options = [
                (Sort::Effect, "Largest effect"),
                (Sort::Surest, "Surest"),
                (Sort::Columns, "Column order"),
            ];
            segmented(ui, &mut self.sort, &options);
            if coefficients.classes.len() > 1 {
                let options: Vec<SelectOption<usize>> = coefficients
                    .classes
                    .iter()
                    .map(|&class| {
                        let name = classes.get(class).cloned().unwrap_or_default();
                        SelectOption::new(class, name)
                    })
                    .collect();
                let first = coefficients.classes.first().copied().unwrap_or(0);
                let mut class = self.class.unwrap_or(first);
                let select = Select::new("Class that is spoken for").width(160.0);
                if select.show(ui, &mut class, &options).changed() {
                    self.selected = None;
                }
                self.class = Some(class);
            }
            let copy = Button::secondary("Copy as table").icon(Icon::COPY);
            let hint = "All coefficients with every number in full, as comma-separated text";
            if copy.hint(hint).show(ui).clicked() {
                ui.ctx().copy_text(coefficients.to_csv(classes));
                let count = format::counted(coefficients.rows.len() as u64, "coefficient");
                view.session.notice(Notice::Done(format!("Copied {count}")));
            }
        });
    }

    fn put_in_order(&mut self, found: &Arc<Inspection>, coefficients: &Coefficients) {
        let of = (Arc::as_ptr(found) as usize, self.class, self.sort);
        if self.order.of == Some(of) {
            return;
        }
        let class = match coefficients.classes.len() {
            0 | 1 => None,
            _ => self.class.or_else(|| coefficients.classes.first().copied()),
        };
        let all = coefficients.rows.iter().enumerate();
        let mut rows: Vec<(usize, &CoefficientRow)> = all
            .filter(|(_, row)| class.is_none() || row.class == class)
            .collect();
        let scale = Scale::of(&rows.iter().map(|(_, row)| *row).collect::<Vec<_>>());
        let effect =
            |row: &CoefficientRow| scale.values(row).map_or(0.0, |[value, ..]| value.abs());
        match self.sort {
            Sort::Effect => rows.sort_by(|a, b| effect(b.1).total_cmp(&effect(a.1))),
            Sort::Surest => rows.sort_by(|a, b| {
                let sizes = b.1.statistic.abs().total_cmp(&a.1.statistic.abs());
                a.1.p_value.total_cmp(&b.1.p_value).then(sizes)
            }),
            Sort::Columns => {}
        }
        // The start value belongs to no column: it comes last.
        rows.sort_by_key(|(_, row)| row.column.is_none());
        self.order = Order {
            of: Some(of),
            rows: rows.into_iter().map(|(place, _)| place).collect(),
            scale,
        };
    }
}

fn head(ui: &mut Ui, coefficients: &Coefficients, scale: &Scale) {
    let tokens = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
    let places = Places::of(rect);
    let painter = ui.painter();
    let line = Stroke::new(1.0, tokens.border.subtle);
    painter.hline(rect.x_range(), rect.top() + 0.5, line);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, line);
    let y = rect.center().y;
    let grey = tokens.text.secondary;
    let left = |x: f32, words: &str, room: f32| {
        paint::text_left(painter, pos2(x, y), words, Type::Caption, grey, room);
    };
    let right = |x: f32, words: &str, room: f32| {
        paint::text_right(painter, pos2(x, y), words, Type::Caption, grey, room);
    };
    left(places.name, "Column", places.name_width);
    let drawn = match scale.typical {
        true => "Per typical difference",
        false => "Per extra 1",
    };
    left(places.drawing.left(), drawn, places.drawing.width());
    right(places.estimate, "Per extra 1", ESTIMATE);
    right(places.interval, "95 % interval", INTERVAL);
    if let Some(error) = places.error {
        right(error, "Std. error", ERROR);
    }
    right(places.statistic, coefficients.statistic_name(), STATISTIC);
    right(places.p, "p", P);
}

/// True when it was clicked.
fn row(
    ui: &mut Ui,
    coefficients: &Coefficients,
    found: &CoefficientRow,
    scale: &Scale,
    selected: bool,
) -> bool {
    let tokens = theme::tokens(ui);
    let wanted = vec2(ui.available_width(), ROW);
    let response = paint::allocate(ui, wanted, Sense::click(), true);
    let rect = response.rect;
    let painter = ui.painter();
    if let Some(fill) = paint::flat_fill(ui, &response, selected) {
        painter.rect_filled(rect, 0.0, fill);
    }
    let places = Places::of(rect);
    let y = rect.center().y;
    let ink = tokens.text.primary;
    let grey = tokens.text.secondary;
    let at = pos2(places.name, y);
    let style = if selected {
        Type::BodyMedium
    } else {
        Type::Body
    };
    let (_, cut) = paint::text_left(painter, at, &found.name, style, ink, places.name_width);
    if let Some(values) = scale.values(found) {
        interval(painter, places.drawing, scale, values, tokens);
    }
    let figures = Figures::of(found);
    let right = |x: f32, words: &str, style: Type, colour, room: f32| {
        paint::text_right(painter, pos2(x, y), words, style, colour, room);
    };
    right(
        places.estimate,
        &figures.estimate,
        Type::NumberStrong,
        ink,
        ESTIMATE - 4.0,
    );
    right(
        places.interval,
        &figures.interval,
        Type::Number,
        grey,
        INTERVAL - 8.0,
    );
    if let Some(error) = places.error {
        right(error, &figures.error, Type::Number, grey, ERROR - 8.0);
    }
    right(
        places.statistic,
        &figures.statistic,
        Type::Number,
        grey,
        STATISTIC - 8.0,
    );
    right(places.p, &figures.p, Type::Number, ink, P - 8.0);
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, tokens.border.subtle),
    );
    paint::focus_inside(ui, rect, response.has_focus(), 0.0);
    let spoken = format!(
        "{}: {}, 95 % interval {}, {} {}, p {}",
        found.name,
        figures.estimate,
        figures.interval,
        coefficients.statistic_name(),
        figures.statistic,
        figures.p
    );
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, &spoken);
        info.selected = Some(selected);
        info
    });
    let clicked = response.clicked();
    if cut {
        response.on_hover_text(&found.name);
    }
    clicked
}

/// The numbers of a row with as many decimals as its interval justifies.
struct Figures {
    estimate: String,
    interval: String,
    error: String,
    statistic: String,
    p: String,
}

impl Figures {
    fn of(row: &CoefficientRow) -> Self {
        let half = (row.upper - row.lower) / 2.0;
        let everyday = (1e-5..1e7).contains(&half);
        // An end near zero has to show on which side of it it is.
        let decimals = format::decimals_for(half) + usize::from((1.0..100.0).contains(&half));
        let number = |value: f64| match everyday {
            true => format::fixed(value, decimals),
            false => format::number(value, 3),
        };
        let statistic = match row.statistic.abs() {
            size if size > 1e4 => format::number(row.statistic, 2),
            _ => format::fixed(row.statistic, 2),
        };
        Self {
            estimate: number(row.estimate),
            interval: format!("{} to {}", number(row.lower), number(row.upper)),
            error: number(row.standard_error),
            statistic,
            p: match row.p_value {
                p if p < 0.001 => "< 0.001".to_owned(),
                p => format::fixed(p, 3),
            },
        }
    }
}

/// Dot and whiskers; an open dot where the whiskers reach zero.
fn interval(painter: &Painter, rect: Rect, scale: &Scale, values: [f64; 3], tokens: &Tokens) {
    let [estimate, lower, upper] = values;
    let zero = scale.x(rect, 0.0).round() + 0.5;
    painter.vline(zero, rect.y_range(), Stroke::new(1.0, tokens.chart.axis));
    let y = rect.center().y;
    let ink = tokens.text.primary;
    let inside = |value: f64| (scale.low..=scale.high).contains(&value);
    let from = scale.x(rect, lower.max(scale.low));
    let to = scale.x(rect, upper.min(scale.high));
    painter.hline(
        from..=to.max(from),
        y,
        Stroke::new(size::CHART_INTERVAL, ink),
    );
    for (value, x) in [(lower, from), (upper, to)] {
        // An end beyond the edge has no mark: the line goes on.
        if inside(value) {
            painter.vline(x, Rangef::new(y - 4.0, y + 4.0), Stroke::new(1.5, ink));
        }
    }
    if !inside(estimate) {
        return;
    }
    let middle = pos2(scale.x(rect, estimate), y);
    if lower > 0.0 || upper < 0.0 {
        painter.circle_filled(middle, 4.0, ink);
    } else {
        painter.circle(middle, 4.0, tokens.surface.canvas, Stroke::new(1.5, ink));
    }
}

fn foot(ui: &mut Ui, scale: &Scale) {
    let tokens = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), FOOT));
    let area = Places::of(rect).drawing;
    let painter = ui.painter();
    let mut last = f32::NEG_INFINITY;
    for (value, label) in &scale.ticks {
        let x = scale.x(area, *value);
        let half = paint::width_of(ui, label, Type::NumberSmall) / 2.0;
        if x - half < last + 6.0 {
            continue;
        }
        last = x + half;
        let mark = Rangef::new(rect.top(), rect.top() + 4.0);
        painter.vline(x, mark, Stroke::new(1.0, tokens.chart.axis));
        let at = pos2(x, rect.top() + 13.0);
        let room = half * 2.0 + 2.0;
        paint::text_middle(
            painter,
            at,
            label,
            Type::NumberSmall,
            tokens.chart.label,
            room,
        );
    }
}

/// What the chosen coefficient says, and when the numbers hold.
fn words(
    ui: &mut Ui,
    view: &mut View<'_>,
    found: &Inspection,
    coefficients: &Coefficients,
    shown: &CoefficientRow,
    classes: &[String],
) {
    ui.add_space(4.0);
    ScrollArea::vertical()
        .id_salt("coefficient in words")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            inset(ui, size::CANVAS_PADDING as i8, |ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                ui.set_max_width(ui.available_width().min(760.0));
                let ink = view.tokens.text.primary;
                let says = coefficients.sentence(shown, &found.target, classes);
                let others = match shown.column.is_some() && coefficients.rows.len() > 2 {
                    true => " The other columns are held as they are.",
                    false => "",
                };
                let error = Figures::of(shown).error;
                let says = format!("{says}{others} Standard error {error}.");
                let says = theme::body(says).color(ink);
                ui.add(Label::new(says).wrap());
                if let Some(column) = &shown.column {
                    let button = Button::ghost(format!("Show {column} in Data")).small();
                    if button.show(ui).clicked() {
                        view.act(Action::ShowColumn(column.clone()));
                    }
                }
                caption_text(ui, &coefficients.theory());
                if coefficients.effect != Effect::Adds {
                    caption_text(
                        ui,
                        "The numbers of the table are logarithms: e to the power of one is what is multiplied by.",
                    );
                }
                caption_text(
                    ui,
                    "An open dot: the interval reaches zero. A typical difference is the standard deviation of the column.",
                );
            });
        });
}
