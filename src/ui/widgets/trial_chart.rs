//! How a search comes along: every setting tried as a dot with its interval, the best so far as a
//! line, yardsticks through all of it, and how much was learned by heart beneath.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Key, Painter, Pos2, Rangef, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::paint;
use crate::base::format;
use crate::chart::scale;
use crate::ui::theme::{self, Tokens, Type, size};

/// Room for the numbers of the axis.
const AXIS: f32 = 56.0;
/// Room at the right for the names of the yardsticks.
const NAMES: f32 = 116.0;
const GAP_STRIP: f32 = 40.0;
const BETWEEN: f32 = 26.0;
const FOOT: f32 = 20.0;
/// Trials further apart than this show their intervals.
const ROOM_FOR_INTERVALS: f32 = 7.0;
/// Dots that are drawn at most.
const MOST_DOTS: usize = 2_000;
/// Yardsticks and poor trials further away than so many times the spread of the others are told at
/// the edge and do not flatten the rest.
const FAR: f64 = 1.5;

/// What a dot stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialKind {
    Whole,
    Best,
    /// Measured on some parts only.
    Dropped,
}

/// One setting that was tried and has a score.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialDot {
    /// 0-based place on the path.
    pub number: usize,
    pub score: f64,
    /// Half-width of its interval.
    pub margin: Option<f64>,
    /// How much better it does on practice rows, in units of the score.
    pub gap: Option<f64>,
    pub kind: TrialKind,
}

/// A line through all trials.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialReference {
    pub name: &'static str,
    pub value: f64,
    pub dotted: bool,
}

/// What is drawn.
pub struct TrialChart<'a> {
    /// The name of the score.
    pub metric: &'a str,
    pub higher_is_better: bool,
    /// Lowest and highest score there can be.
    pub range: (f64, f64),
    pub dots: &'a [TrialDot],
    /// (trial, best score until then).
    pub best: &'a [(usize, f64)],
    pub references: &'a [TrialReference],
    /// Trials the axis has room for.
    pub places: usize,
    pub chosen: Option<usize>,
    /// What is said of a trial under the pointer.
    pub tell: &'a dyn Fn(usize) -> String,
}

/// Draws the chart, so high in all. The trial that was chosen by a click or the arrow keys.
pub fn trial_chart(ui: &mut Ui, height: f32, chart: &TrialChart<'_>) -> Option<usize> {
    let tokens = theme::tokens(ui);
    let wanted = vec2(ui.available_width(), height);
    let response = paint::allocate(ui, wanted, Sense::click(), true);
    let rect = response.rect;
    let left = rect.left() + AXIS;
    let right = rect.right() - NAMES;
    let foot = rect.bottom() - FOOT;
    let strip = Rect::from_min_max(pos2(left, foot - GAP_STRIP), pos2(right, foot));
    let area = Rect::from_min_max(
        pos2(left, rect.top() + 8.0),
        pos2(right, strip.top() - BETWEEN),
    );
    let name = spoken(chart);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let frame = Frame::of(chart, area)?;
    let painter = ui.painter();
    frame.paint_axes(painter, tokens, strip);
    frame.paint_references(ui, chart, tokens);
    gaps(painter, chart, &frame, strip, tokens);
    let hovered = hovered_trial(ui, &response, chart, &frame);
    frame.paint_trials(painter, chart, hovered, tokens);
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
    let picked = by_keys(ui, &response, chart).or(hovered.filter(|_| response.clicked()));
    if response.clicked() {
        response.request_focus();
    }
    if let Some(number) = hovered {
        response.on_hover_text_at_pointer((chart.tell)(number));
    }
    picked
}

fn spoken(chart: &TrialChart<'_>) -> String {
    match (chart.best.last(), chart.dots.len()) {
        (Some((_, best)), tried) => format!(
            "Best so far: {} {} after {} with a score",
            chart.metric,
            format::number(*best, 4),
            format::counted(tried as u64, "trial")
        ),
        (None, _) => "No trial has a score yet".to_owned(),
    }
}

/// Where trials and scores lie.
struct Frame {
    area: Rect,
    range: (f64, f64),
    low: f64,
    high: f64,
    places: usize,
}

impl Frame {
    /// None where there is nothing to draw.
    fn of(chart: &TrialChart<'_>, area: Rect) -> Option<Self> {
        let mut scores: Vec<f64> = chart.dots.iter().map(|dot| dot.score).collect();
        scores.retain(|score| score.is_finite());
        scores.sort_by(f64::total_cmp);
        let (first, last) = (*scores.first()?, *scores.last()?);
        let at = |share: f64| {
            let place = (share * (scores.len() - 1) as f64).round() as usize;
            scores.get(place).copied().unwrap_or(first)
        };
        let (quarter, three) = (at(0.25), at(0.75));
        let reach = FAR * (three - quarter);
        let (mut low, mut high) = if chart.higher_is_better {
            (first.max(quarter - reach), last)
        } else {
            (first, last.min(three + reach))
        };
        let spread = (high - low).max(f64::MIN_POSITIVE);
        let margin = chart
            .dots
            .iter()
            .filter(|dot| dot.kind == TrialKind::Best)
            .filter_map(|dot| Some((dot.score, dot.margin?)))
            .next_back();
        if let Some((score, margin)) = margin {
            // The interval of the best one is what the differences are to be held against.
            low = low.min((score - margin).max(chart.range.0));
            high = high.max((score + margin).min(chart.range.1));
        }
        for reference in chart.references {
            let far = (low - reference.value).max(reference.value - high);
            if reference.value.is_finite() && far <= FAR * spread.max(high - low) {
                low = low.min(reference.value);
                high = high.max(reference.value);
            }
        }
        let (low, high) = scale::padded(low, high);
        Some(Self {
            area,
            range: chart.range,
            low,
            high,
            places: chart.places.max(2),
        })
    }

    fn step(&self) -> f32 {
        self.area.width() / self.places as f32
    }

    fn x(&self, number: usize) -> f32 {
        self.area.left() + (number as f32 + 0.5) * self.step()
    }

    /// On the area; what lies beyond is at its edge.
    fn y(&self, value: f64) -> f32 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.area.bottom() - share as f32 * self.area.height()
    }

    fn holds(&self, value: f64) -> bool {
        value >= self.low && value <= self.high
    }

    fn paint_axes(&self, painter: &Painter, tokens: &Tokens, strip: Rect) {
        let target = (self.area.height() / 40.0).clamp(2.0, 5.0) as usize;
        let (ticks, step) = scale::nice_ticks(self.low, self.high, target);
        let labels = scale::number_labels(&ticks, step);
        for (tick, label) in ticks.into_iter().zip(labels) {
            if !self.holds(tick) {
                continue;
            }
            let y = self.y(tick);
            painter.hline(self.area.x_range(), y, Stroke::new(1.0, tokens.chart.grid));
            let at = pos2(self.area.left() - 8.0, y);
            let grey = tokens.chart.label;
            paint::text_right(painter, at, &label, Type::NumberSmall, grey, AXIS - 8.0);
        }
        let (ticks, _) = scale::nice_ticks(1.0, self.places as f64, 6);
        let mut whole: Vec<usize> = ticks
            .into_iter()
            .filter(|tick| *tick >= 1.0 && tick.fract() == 0.0)
            .map(|tick| tick as usize)
            .collect();
        if whole.first().is_none_or(|first| *first > 1) {
            whole.insert(0, 1);
        }
        let y = strip.bottom() + FOOT / 2.0;
        for tick in whole {
            let x = self.x(tick - 1);
            if x > strip.right() {
                continue;
            }
            let marks = Rangef::new(strip.bottom(), strip.bottom() + 3.0);
            painter.vline(x, marks, Stroke::new(1.0, tokens.chart.axis));
            let label = format::count(tick as u64);
            let middle = pos2(x, y + 1.0);
            paint::text_middle(
                painter,
                middle,
                &label,
                Type::NumberSmall,
                tokens.chart.label,
                60.0,
            );
        }
        let at = pos2(strip.right() + 20.0, y + 1.0);
        let grey = tokens.chart.label;
        paint::text_left(painter, at, "trial", Type::Caption, grey, NAMES);
    }

    /// Lines of the yardsticks, and their names at the right; pushed apart where they would touch.
    fn paint_references(&self, ui: &Ui, chart: &TrialChart<'_>, tokens: &Tokens) {
        let painter = ui.painter();
        let mut names: Vec<(f32, String, bool)> = Vec::new();
        for reference in chart.references.iter().filter(|r| r.value.is_finite()) {
            let y = self.y(reference.value);
            let beyond = !self.holds(reference.value);
            if !beyond {
                let ends = [pos2(self.area.left(), y), pos2(self.area.right(), y)];
                if reference.dotted {
                    let stroke = Stroke::new(1.5, tokens.chart.baseline);
                    painter.extend(Shape::dashed_line(&ends, stroke, 2.0, 2.0));
                } else {
                    painter.line_segment(ends, Stroke::new(1.5, tokens.chart.mark_soft));
                }
            }
            let number = format::number(reference.value, 3);
            let arrow = match (beyond, reference.value < self.low) {
                (false, _) => "",
                (true, true) => "↓ ",
                (true, false) => "↑ ",
            };
            names.push((y, format!("{arrow}{} {number}", reference.name), false));
        }
        if let Some((_, best)) = chart.best.last() {
            let text = format!("Best {}", format::number(*best, 3));
            names.push((self.y(*best), text, true));
        }
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let line = 15.0;
        for index in 1..names.len() {
            let above = names.get(index - 1).map_or(f32::MIN, |name| name.0) + line;
            if let Some(name) = names.get_mut(index) {
                name.0 = name.0.max(above);
            }
        }
        // Pushed back up where the last ones would leave the area.
        let mut limit = self.area.bottom() + 4.0;
        for name in names.iter_mut().rev() {
            name.0 = name.0.min(limit);
            limit = name.0 - line;
        }
        for (y, text, strong) in &names {
            let ink = match strong {
                true => tokens.text.primary,
                false => tokens.text.secondary,
            };
            let at = pos2(self.area.right() + 10.0, *y);
            paint::text_left(painter, at, text, Type::Caption, ink, NAMES - 10.0);
        }
    }

    fn paint_trials(
        &self,
        painter: &Painter,
        chart: &TrialChart<'_>,
        hovered: Option<usize>,
        tokens: &Tokens,
    ) {
        // Of more trials than there are pixels for, some stand for all.
        let every = chart.dots.len().div_ceil(MOST_DOTS).max(1);
        let roomy = self.step() >= ROOM_FOR_INTERVALS;
        let marked = |dot: &TrialDot| {
            let looked_at = Some(dot.number) == hovered || Some(dot.number) == chart.chosen;
            (looked_at, dot.kind == TrialKind::Best)
        };
        for dot in chart.dots {
            let (looked_at, best) = marked(dot);
            if roomy || looked_at || best {
                self.interval(painter, dot, looked_at || best, tokens);
            }
        }
        self.best_line(painter, chart, tokens);
        let mut last = None;
        for dot in chart.dots {
            if marked(dot).1 {
                last = Some(dot);
            } else if marked(dot).0 || dot.number.is_multiple_of(every) {
                self.dot(painter, dot, marked(dot).0, tokens);
            }
        }
        if let Some(dot) = last {
            self.dot(painter, dot, marked(dot).0, tokens);
        }
    }

    fn interval(&self, painter: &Painter, dot: &TrialDot, strong: bool, tokens: &Tokens) {
        let Some(margin) = dot.margin.filter(|_| self.holds(dot.score)) else {
            return;
        };
        let x = self.x(dot.number);
        let top = self.y((dot.score + margin).min(self.range.1));
        let bottom = self.y((dot.score - margin).max(self.range.0));
        let (width, ink) = match strong {
            true => (1.5, tokens.text.primary),
            false => (1.0, tokens.chart.mark_soft),
        };
        let stroke = Stroke::new(width, ink);
        painter.vline(x, Rangef::new(top, bottom), stroke);
        if strong {
            for end in [top, bottom] {
                painter.hline(x - 3.0..=x + 3.0, end, stroke);
            }
        }
    }

    /// The best so far, in steps, up to the last trial that has a score.
    fn best_line(&self, painter: &Painter, chart: &TrialChart<'_>, tokens: &Tokens) {
        let mut points: Vec<Pos2> = Vec::new();
        for (number, best) in chart.best {
            let point = pos2(self.x(*number), self.y(*best));
            if let Some(before) = points.last().copied()
                && before.y != point.y
            {
                points.push(pos2(point.x, before.y));
            }
            points.push(point);
        }
        if points.len() > 1 {
            let stroke = Stroke::new(2.0, tokens.text.primary);
            painter.add(Shape::line(points, stroke));
        }
    }

    fn dot(&self, painter: &Painter, dot: &TrialDot, looked_at: bool, tokens: &Tokens) {
        let middle = pos2(self.x(dot.number), self.y(dot.score));
        if !self.holds(dot.score) {
            edge_mark(painter, middle, dot.score < self.low, tokens);
        } else {
            let outline = Stroke::new(1.0, tokens.surface.canvas);
            match dot.kind {
                TrialKind::Best => diamond(painter, middle, 6.0, tokens),
                TrialKind::Whole => {
                    painter.circle(middle, 3.5, tokens.chart.mark, outline);
                }
                TrialKind::Dropped => {
                    let ring = Stroke::new(1.5, tokens.chart.mark_soft);
                    painter.circle(middle, 3.0, tokens.surface.canvas, ring);
                }
            }
        }
        if looked_at {
            painter.circle_stroke(middle, 7.5, Stroke::new(2.0, tokens.accent.line));
        }
    }
}

/// The mark of the best one: a shape of its own, since colour alone is not a sign.
pub fn diamond(painter: &Painter, middle: Pos2, radius: f32, tokens: &Tokens) {
    let corners = vec![
        middle - vec2(0.0, radius),
        middle + vec2(radius, 0.0),
        middle + vec2(0.0, radius),
        middle - vec2(radius, 0.0),
    ];
    let outline = Stroke::new(1.5, tokens.surface.canvas);
    painter.add(Shape::convex_polygon(corners, tokens.text.primary, outline));
}

/// A trial whose score lies beyond the edge.
fn edge_mark(painter: &Painter, middle: Pos2, below: bool, tokens: &Tokens) {
    let down = if below { 1.0 } else { -1.0 };
    let corners = vec![
        middle + vec2(-3.5, -5.0 * down),
        middle + vec2(3.5, -5.0 * down),
        middle,
    ];
    painter.add(Shape::convex_polygon(
        corners,
        tokens.chart.mark_soft,
        Stroke::NONE,
    ));
}

/// How much better every trial is on practice rows, as bars.
fn gaps(painter: &Painter, chart: &TrialChart<'_>, frame: &Frame, strip: Rect, tokens: &Tokens) {
    let gaps = || chart.dots.iter().filter_map(|dot| Some((dot, dot.gap?)));
    let most = gaps()
        .filter(|(dot, _)| frame.holds(dot.score))
        .map(|(_, gap)| gap)
        .filter(|gap| gap.is_finite())
        .fold(0.0, f64::max);
    let at = pos2(strip.left(), strip.top() - 9.0);
    let words = "Better on practice rows by (learned by heart)";
    let grey = tokens.text.secondary;
    paint::text_left(painter, at, words, Type::Caption, grey, strip.width());
    painter.hline(
        strip.x_range(),
        strip.bottom(),
        Stroke::new(1.0, tokens.chart.axis),
    );
    if most <= 0.0 {
        return;
    }
    let at = pos2(strip.left() - 8.0, strip.top() + 5.0);
    let label = format::number(most, 2);
    paint::text_right(
        painter,
        at,
        &label,
        Type::NumberSmall,
        tokens.chart.label,
        AXIS - 8.0,
    );
    let half = (frame.step() * 0.35).clamp(0.5, 6.0);
    let every = chart.dots.len().div_ceil(MOST_DOTS).max(1);
    let seen = |dot: &TrialDot| dot.number.is_multiple_of(every) || dot.kind == TrialKind::Best;
    for (dot, gap) in gaps().filter(|(dot, gap)| *gap > 0.0 && seen(dot)) {
        let share = (gap / most).min(1.0) as f32;
        let x = frame.x(dot.number);
        let bar = Rect::from_min_max(
            pos2(x - half, strip.bottom() - share * (strip.height() - 4.0)),
            pos2(x + half, strip.bottom()),
        );
        let ink = match dot.kind {
            TrialKind::Best => tokens.text.primary,
            _ => tokens.chart.mark_soft,
        };
        painter.rect_filled(bar, 0.0, ink);
    }
}

/// The trial whose column the pointer is in.
fn hovered_trial(
    ui: &Ui,
    response: &Response,
    chart: &TrialChart<'_>,
    frame: &Frame,
) -> Option<usize> {
    if !response.hovered() {
        return None;
    }
    let pointer = ui.input(|input| input.pointer.hover_pos())?;
    let reach = (frame.step() / 2.0).max(6.0);
    let distance = |dot: &&TrialDot| {
        let along = (frame.x(dot.number) - pointer.x).abs();
        let upright = (frame.y(dot.score) - pointer.y).abs();
        // Of trials that are as near, the one at this height is meant.
        (along, along + upright * 0.01)
    };
    chart
        .dots
        .iter()
        .filter(|dot| distance(dot).0 <= reach)
        .min_by(|a, b| distance(a).1.total_cmp(&distance(b).1))
        .map(|dot| dot.number)
}

/// The arrow keys go from trial to trial.
fn by_keys(ui: &Ui, response: &Response, chart: &TrialChart<'_>) -> Option<usize> {
    if !response.has_focus() {
        return None;
    }
    let (forward, back) = ui.input(|input| {
        (
            input.key_pressed(Key::ArrowRight),
            input.key_pressed(Key::ArrowLeft),
        )
    });
    if forward == back {
        return None;
    }
    let at = chart
        .dots
        .iter()
        .position(|dot| Some(dot.number) == chart.chosen);
    let next = match (at, forward) {
        (None, true) => 0,
        (None, false) => chart.dots.len().checked_sub(1)?,
        (Some(at), true) => at + 1,
        (Some(at), false) => at.checked_sub(1)?,
    };
    chart.dots.get(next).map(|dot| dot.number)
}
