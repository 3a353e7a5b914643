//! How weights shrink as the penalty on them grows, and what that does to rows left out.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, Painter, Pos2, Rangef, Rect, Response, ScrollArea, Sense, Shape, Stroke, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::base::format;
use crate::chart::scale;
use crate::pipeline::inspection::NamedPath;
use crate::session::Notice;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Tokens, Type, size};
use crate::ui::widgets::scores::{inset, muted_text};
use crate::ui::widgets::{Button, paint};

/// Room for the numbers beside an axis.
const AXIS: f32 = 56.0;
const FOOT: f32 = 38.0;
const GAP: f32 = 34.0;
const LEGEND: f32 = 208.0;
/// Lines with a colour of their own: six, solid and then dashed. The rest are grey.
const COLOURED: usize = 12;
/// Pixels from a line within which it is the one that is meant.
const NEAR: f32 = 14.0;

/// State of the chart.
#[derive(Default)]
pub(super) struct PathView {
    /// A line chosen in the legend.
    chosen: Option<usize>,
}

/// Where penalties and values lie.
struct Frame {
    area: Rect,
    /// Decimal logarithms of the penalties.
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame {
    fn x(&self, penalty: f64) -> f32 {
        let share = (penalty.max(f64::MIN_POSITIVE).log10() - self.x.0) / (self.x.1 - self.x.0);
        self.area.left() + share as f32 * self.area.width()
    }

    fn y(&self, value: f64) -> f32 {
        let share = (value - self.y.0) / (self.y.1 - self.y.0);
        self.area.bottom() - share as f32 * self.area.height()
    }

    /// Lines and numbers of the upright axis.
    fn paint_y(&self, painter: &Painter, tokens: &Tokens) {
        let target = (self.area.height() / 48.0).clamp(2.0, 6.0) as usize;
        let (ticks, step) = scale::nice_ticks(self.y.0, self.y.1, target);
        let labels = scale::number_labels(&ticks, step);
        for (tick, label) in ticks.into_iter().zip(labels) {
            let y = self.y(tick);
            let ink = if tick == 0.0 {
                tokens.chart.axis
            } else {
                tokens.chart.grid
            };
            painter.hline(self.area.x_range(), y, Stroke::new(1.0, ink));
            let at = pos2(self.area.left() - 8.0, y);
            let grey = tokens.chart.label;
            paint::text_right(painter, at, &label, Type::NumberSmall, grey, AXIS - 8.0);
        }
    }

    fn paint_x(&self, ui: &Ui, tokens: &Tokens) {
        let painter = ui.painter();
        let bottom = self.area.bottom();
        painter.hline(
            self.area.x_range(),
            bottom,
            Stroke::new(1.0, tokens.chart.axis),
        );
        let mut last = f32::NEG_INFINITY;
        for penalty in log_ticks(self.x) {
            let x = self.x(penalty);
            let label = format::number(penalty, 1);
            let half = paint::width_of(ui, &label, Type::NumberSmall) / 2.0;
            if x - half < last + 8.0 || x > self.area.right() + 0.5 {
                continue;
            }
            last = x + half;
            painter.vline(
                x,
                Rangef::new(bottom, bottom + 4.0),
                Stroke::new(1.0, tokens.chart.axis),
            );
            let at = pos2(x, bottom + 13.0);
            let grey = tokens.chart.label;
            paint::text_middle(
                painter,
                at,
                &label,
                Type::NumberSmall,
                grey,
                half * 2.0 + 2.0,
            );
        }
        let at = pos2(self.area.center().x, bottom + 29.0);
        let words = "Penalty, stronger →";
        let room = self.area.width();
        paint::text_middle(
            painter,
            at,
            words,
            Type::Caption,
            tokens.text.secondary,
            room,
        );
    }
}

/// Powers of ten, with 2 and 5 between them where there are few.
fn log_ticks((low, high): (f64, f64)) -> Vec<f64> {
    let parts: &[f64] = if high - low < 2.0 {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0]
    };
    let mut ticks = Vec::new();
    for power in (low.floor() as i32)..=(high.ceil() as i32) {
        for part in parts {
            let tick = part * 10_f64.powi(power);
            if (low - 1e-9..=high + 1e-9).contains(&tick.log10()) {
                ticks.push(tick);
            }
        }
    }
    ticks
}

impl PathView {
    pub(super) fn show(&mut self, ui: &mut Ui, view: &mut View<'_>, named: &NamedPath) {
        inset(ui, size::CANVAS_PADDING as i8, |ui| {
            muted_text(ui, &sentence(named));
            ui.add_space(8.0);
            let copy = Button::secondary("Copy as table").icon(Icon::COPY);
            let hint = "Every weight at every penalty, as comma-separated text";
            if copy.hint(hint).show(ui).clicked() {
                ui.ctx().copy_text(named.to_csv());
                let count = format::counted(named.path.penalties.len() as u64, "penalty step");
                view.session.notice(Notice::Done(format!("Copied {count}")));
            }
            ui.add_space(12.0);
            let room = ui.available_size() - vec2(0.0, 16.0);
            let room = vec2(room.x, room.y.max(280.0));
            let start = ui.cursor().min;
            let (_, all) = ui.allocate_space(room);
            let charts =
                Rect::from_min_size(start, vec2(all.width() - LEGEND - 16.0, all.height()));
            let legend = Rect::from_min_max(pos2(all.right() - LEGEND, all.top()), all.max);
            let pointed = self.legend(ui, legend, named);
            self.charts(ui, charts, named, pointed);
        });
    }

    /// The names of the lines. The one under the pointer.
    fn legend(&mut self, ui: &mut Ui, place: Rect, named: &NamedPath) -> Option<usize> {
        let tokens = theme::tokens(ui);
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt("path legend"));
        child.spacing_mut().item_spacing.y = 0.0;
        let step = named.chosen_step();
        let grey = tokens.text.secondary;
        child.label(theme::caption("Weight at the penalty in use").color(grey));
        child.add_space(4.0);
        let mut pointed = None;
        ScrollArea::vertical()
            .id_salt("path legend rows")
            .auto_shrink([false, false])
            .show_rows(
                &mut child,
                size::LIST_ROW_DENSE,
                named.names.len(),
                |ui, range| {
                    for line in range {
                        let value = named.at(step, line);
                        let name = named.names.get(line).map_or("", String::as_str);
                        let chosen = self.chosen == Some(line);
                        let response = legend_row(ui, name, value, line, chosen, tokens);
                        if response.hovered() {
                            pointed = Some(line);
                        }
                        if response.clicked() {
                            self.chosen = (!chosen).then_some(line);
                        }
                    }
                },
            );
        pointed
    }

    fn charts(&self, ui: &mut Ui, place: Rect, named: &NamedPath, pointed: Option<usize>) {
        let tokens = theme::tokens(ui);
        let path = &named.path;
        let logs = || {
            let positive = path.penalties.iter().filter(|penalty| **penalty > 0.0);
            positive.map(|penalty| penalty.log10())
        };
        let low = logs().fold(f64::INFINITY, f64::min);
        let high = logs().fold(f64::NEG_INFINITY, f64::max);
        let x = scale::sane_domain(low, high);
        let below = if path.errors.is_empty() {
            0.0
        } else {
            (place.height() * 0.3).max(88.0)
        };
        let gap = if below > 0.0 { GAP } else { 0.0 };
        let top = place.top() + 20.0;
        let bottom = place.bottom() - FOOT;
        let left = place.left() + AXIS;
        let right = place.right() - 8.0;
        let weights = Frame {
            area: Rect::from_min_max(pos2(left, top), pos2(right, bottom - below - gap)),
            x,
            y: domain(path.coefficients.iter().copied().chain([0.0])),
        };
        let response = ui.interact(place, ui.scope_id().with("penalty path"), Sense::hover());
        let hovered = response
            .hover_pos()
            .filter(|at| (left..=right).contains(&at.x) && (top..=bottom).contains(&at.y));
        let under = hovered.and_then(|at| nearest_line(&weights, named, at));
        let strong = pointed.or(under).or(self.chosen);
        let title = match named.scaled {
            true => "Weight, per standard deviation of a number",
            false => "Weight, in the units of the columns",
        };
        let painter = ui.painter();
        let at = pos2(left, top - 12.0);
        let grey = tokens.text.secondary;
        paint::text_left(painter, at, title, Type::Caption, grey, right - left);
        weights.paint_y(painter, tokens);
        let inside =
            painter.with_clip_rect(weights.area.expand(1.0).intersect(painter.clip_rect()));
        // Grey ones first, the strong one last.
        for line in (0..named.names.len())
            .rev()
            .filter(|line| Some(*line) != strong)
        {
            weight_line(&inside, &weights, named, line, strong.is_some(), tokens);
        }
        if let Some(line) = strong {
            weight_line(&inside, &weights, named, line, false, tokens);
        }
        if below > 0.0 {
            let errors = Frame {
                area: Rect::from_min_max(pos2(left, bottom - below), pos2(right, bottom)),
                x,
                y: domain(ends(named)),
            };
            let at = pos2(left, errors.area.top() - 12.0);
            let words = "Mean squared error on rows left out, ± spread";
            paint::text_left(painter, at, words, Type::Caption, grey, right - left);
            errors.paint_y(painter, tokens);
            error_line(painter, &errors, named, tokens);
            errors.paint_x(ui, tokens);
        } else {
            weights.paint_x(ui, tokens);
        }
        let split = bottom - below;
        in_use(
            ui,
            &weights,
            (below > 0.0).then_some((split, bottom)),
            path.chosen,
            tokens,
        );
        let spoken = spoken(named);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
        if let Some(at) = hovered {
            let step = step_at(&weights, named, at.x);
            let penalty = path.penalties.get(step).copied().unwrap_or(0.0);
            let x = weights.x(penalty);
            painter.vline(
                x,
                Rangef::new(top, bottom),
                Stroke::new(1.0, tokens.chart.grid),
            );
            response.on_hover_text_at_pointer(hover_words(named, step, under));
        }
    }
}

fn legend_row(
    ui: &mut Ui,
    name: &str,
    value: f64,
    line: usize,
    chosen: bool,
    tokens: &Tokens,
) -> Response {
    let wanted = vec2(ui.available_width(), size::LIST_ROW_DENSE);
    let response = paint::allocate(ui, wanted, Sense::click(), true);
    let rect = response.rect;
    let painter = ui.painter();
    if let Some(fill) = paint::flat_fill(ui, &response, chosen) {
        painter.rect_filled(rect, size::RADIUS_CONTROL, fill);
    }
    let y = rect.center().y;
    let ends = vec![pos2(rect.left() + 6.0, y), pos2(rect.left() + 28.0, y)];
    stroke_line(
        painter,
        ends,
        line,
        size::CHART_LINE_STRONG,
        colour_of(line, tokens),
    );
    let number = match value == 0.0 {
        true => "left out".to_owned(),
        false => format::number(value, 3),
    };
    let right = pos2(rect.right() - 6.0, y);
    let grey = tokens.text.secondary;
    let (drawn, _) = paint::text_right(painter, right, &number, Type::NumberSmall, grey, 80.0);
    let left = pos2(rect.left() + 36.0, y);
    let room = rect.width() - 36.0 - drawn - 14.0;
    let ink = tokens.text.primary;
    let (_, cut) = paint::text_left(painter, left, name, Type::Body, ink, room);
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
    let spoken = format!("{name}: {number} at the penalty in use");
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, &spoken);
        info.selected = Some(chosen);
        info
    });
    if cut {
        return response.on_hover_text(name);
    }
    response
}

fn colour_of(line: usize, tokens: &Tokens) -> Color32 {
    match line < COLOURED {
        true => tokens.category(line % tokens.chart.categorical.len().max(1)),
        false => tokens.chart.other,
    }
}

/// The second sign besides colour: the first six are solid, the next six dashed.
fn stroke_line(painter: &Painter, points: Vec<Pos2>, line: usize, width: f32, colour: Color32) {
    let stroke = Stroke::new(width, colour);
    if (COLOURED / 2..COLOURED).contains(&line) {
        painter.extend(Shape::dashed_line(&points, stroke, 5.0, 3.0));
    } else {
        painter.add(Shape::line(points, stroke));
    }
}

fn weight_line(
    painter: &Painter,
    frame: &Frame,
    named: &NamedPath,
    line: usize,
    behind: bool,
    tokens: &Tokens,
) {
    let points = points_of(frame, named, |step| Some(named.at(step, line)));
    let (width, colour) = match behind {
        true => (1.0, tokens.chart.mark_soft),
        false => (size::CHART_LINE, colour_of(line, tokens)),
    };
    if let [only] = points.as_slice() {
        painter.circle_filled(*only, 3.0, colour);
    } else {
        stroke_line(painter, points, line, width, colour);
    }
}

fn points_of(frame: &Frame, named: &NamedPath, value: impl Fn(usize) -> Option<f64>) -> Vec<Pos2> {
    let steps = named.path.penalties.iter().enumerate();
    let positive = steps.filter(|(_, penalty)| **penalty > 0.0);
    positive
        .filter_map(|(step, penalty)| Some(pos2(frame.x(*penalty), frame.y(value(step)?))))
        .collect()
}

fn error_line(painter: &Painter, frame: &Frame, named: &NamedPath, tokens: &Tokens) {
    let path = &named.path;
    for (step, penalty) in path.penalties.iter().enumerate() {
        let (Some(error), Some(spread)) = (path.errors.get(step), path.error_spreads.get(step))
        else {
            continue;
        };
        let x = frame.x(*penalty);
        let ends = Rangef::new(frame.y(error + spread), frame.y((error - spread).max(0.0)));
        painter.vline(x, ends, Stroke::new(1.0, tokens.chart.mark_soft));
    }
    let points = points_of(frame, named, |step| path.errors.get(step).copied());
    let stroke = Stroke::new(size::CHART_LINE, tokens.chart.mark);
    painter.add(Shape::line(points, stroke));
}

/// The line through both charts at the penalty in use.
/// `below`: top and bottom of the chart of errors.
fn in_use(ui: &Ui, frame: &Frame, below: Option<(f32, f32)>, chosen: f64, tokens: &Tokens) {
    let x = frame.x(chosen);
    let area = frame.area;
    if !(area.left() - 0.5..=area.right() + 0.5).contains(&x) {
        return;
    }
    let painter = ui.painter();
    let ink = tokens.text.primary;
    let parts = [Some((area.top(), area.bottom())), below];
    for (from, to) in parts.into_iter().flatten() {
        let ends = [pos2(x, from), pos2(x, to)];
        painter.extend(Shape::dashed_line(&ends, Stroke::new(1.5, ink), 2.0, 2.0));
    }
    let words = format!("in use: {}", format::number(chosen, 3));
    let width = paint::width_of(ui, &words, Type::Caption);
    let right_side = x + 6.0 + width < area.right();
    let from = if right_side { x + 6.0 } else { x - 6.0 - width };
    let at = pos2(from, area.top() + 8.0);
    let behind = Rect::from_center_size(pos2(from + width / 2.0, at.y), vec2(width + 4.0, 16.0));
    painter.rect_filled(behind, 2.0, tokens.surface.canvas);
    paint::text_left(painter, at, &words, Type::Caption, ink, width + 2.0);
}

fn nearest_line(frame: &Frame, named: &NamedPath, at: Pos2) -> Option<usize> {
    let step = step_at(frame, named, at.x);
    let mut best = (NEAR, None);
    for line in 0..named.names.len() {
        let distance = (frame.y(named.at(step, line)) - at.y).abs();
        if distance < best.0 {
            best = (distance, Some(line));
        }
    }
    best.1
}

fn step_at(frame: &Frame, named: &NamedPath, x: f32) -> usize {
    let share = f64::from((x - frame.area.left()) / frame.area.width().max(1.0));
    let log = frame.x.0 + share * (frame.x.1 - frame.x.0);
    named.nearest_step(10_f64.powf(log))
}

fn hover_words(named: &NamedPath, step: usize, line: Option<usize>) -> String {
    let path = &named.path;
    let penalty = path.penalties.get(step).copied().unwrap_or(0.0);
    let used = path.used.get(step).copied().unwrap_or(0);
    let mut words = String::new();
    if let Some(line) = line {
        let name = named.names.get(line).map_or("", String::as_str);
        words = format!("{name}: {}\n", format::number(named.at(step, line), 4));
    }
    words.push_str(&format!(
        "Penalty {}: {} used",
        format::number(penalty, 3),
        format::counted(u64::from(used), "column")
    ));
    if let (Some(error), Some(spread)) = (path.errors.get(step), path.error_spreads.get(step)) {
        words.push_str(&format!(
            "\nError on rows left out {} ± {}",
            format::number(*error, 4),
            format::number(*spread, 3)
        ));
    }
    words
}

fn ends(named: &NamedPath) -> impl Iterator<Item = f64> + '_ {
    let path = &named.path;
    let pairs = path.errors.iter().zip(&path.error_spreads);
    pairs.flat_map(|(error, spread)| [(error - spread).max(0.0), error + spread])
}

fn domain(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let (low, high) = scale::sane_domain(low, high);
    let air = (high - low) * 0.05;
    (low - air, high + air)
}

fn sentence(named: &NamedPath) -> String {
    let path = &named.path;
    let step = named.chosen_step();
    let used = path.used.get(step).copied().unwrap_or(0);
    let how = match path.errors.is_empty() {
        true => "set by hand",
        false => "chosen on rows left out",
    };
    let shown = named.names.len() as u64;
    let all = path.used.iter().copied().max().unwrap_or(0);
    let mut words = format!(
        "The stronger the penalty, the closer the weights to zero. In use is {}, {how}; with it {} count.",
        format::number(path.chosen, 3),
        format::counted(u64::from(used), "column")
    );
    if u64::from(all) > shown {
        words.push_str(&format!(
            " The {shown} that move the answer most are shown."
        ));
    }
    words
}

fn spoken(named: &NamedPath) -> String {
    let penalties = &named.path.penalties;
    let (low, high) = penalties
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), penalty| {
            (low.min(*penalty), high.max(*penalty))
        });
    format!(
        "Weights of {} over penalties from {} to {}, {} in use",
        format::counted(named.names.len() as u64, "column"),
        format::number(low, 2),
        format::number(high, 2),
        format::number(named.path.chosen, 3)
    )
}
