//! Curves as steps with their band, bars with whiskers, and tables as colours.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, Mesh, Painter, Pos2, Rangef, Rect, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::base::format;
use crate::chart::scale;
use crate::learn::engine::additive::{ShapeAxis, ShapeBins, ShapeTerm};
use crate::pipeline::inspection::NamedShapes;
use crate::ui::theme::{self, Tokens, Type, size};
use crate::ui::widgets::paint;

const AXIS: f32 = 60.0;
/// Room under a chart for numbers and the name of its axis.
const FOOT: f32 = 40.0;
/// Height of the bars that say how many rows there were.
const ROWS: f32 = 36.0;
/// Width of the place of blanks beside a curve.
const BLANK: f32 = 52.0;
const BAR: f32 = 28.0;
/// Room for the legend of a table of colours.
const LEGEND: f32 = 92.0;

/// What is drawn.
pub(super) struct Asked<'a> {
    pub named: &'a NamedShapes,
    pub term: &'a ShapeTerm,
    pub output: usize,
    /// What the numbers add to.
    pub adds: &'a str,
}

impl Asked<'_> {
    fn at(&self, first: usize, second: usize) -> (f64, f64) {
        self.term
            .at(first, second, self.output)
            .unwrap_or((0.0, 0.0))
    }

    fn weight(&self, cell: usize) -> f64 {
        self.term.weights.get(cell).copied().unwrap_or(0.0)
    }

    /// Smallest and largest end of a band, zero among them.
    fn domain(&self) -> (f64, f64) {
        let axis = self.term.axes.first().map_or(0, |axis| axis.bins.count());
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for bin in (0..axis).filter(|bin| self.weight(*bin) > 0.0) {
            let (score, deviation) = self.at(bin, 0);
            low = low.min(score - deviation);
            high = high.max(score + deviation);
        }
        let (low, high) = scale::sane_domain(low, high);
        let air = (high - low) * 0.06;
        (low - air, high + air)
    }

    fn amount(&self, bin: usize) -> String {
        let (score, deviation) = self.at(bin, 0);
        signed(score, deviation)
    }
}

/// "+1.25 ± 0.10".
fn signed(score: f64, deviation: f64) -> String {
    let plus = if score > 0.0 { "+" } else { "" };
    match deviation > 0.0 {
        true => {
            let decimals = format::decimals_for(deviation).min(4);
            format!(
                "{plus}{} ± {}",
                format::fixed(score, decimals),
                format::fixed(deviation, decimals)
            )
        }
        false => format!("{plus}{}", format::number(score, 3)),
    }
}

fn rows_words(weight: f64) -> String {
    match weight == weight.round() && weight < 1e15 {
        true => format::counted(weight as u64, "row"),
        false => format!("weight {}", format::number(weight, 3)),
    }
}

// ---- A number ------------------------------------------------------------------------------------

/// Where the values of a column and its scores lie.
struct Frame {
    area: Rect,
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame {
    fn x(&self, value: f64) -> f32 {
        let share = (value - self.x.0) / (self.x.1 - self.x.0);
        self.area.left() + (share as f32).clamp(0.0, 1.0) * self.area.width()
    }

    fn y(&self, value: f64) -> f32 {
        let share = (value - self.y.0) / (self.y.1 - self.y.0);
        self.area.bottom() - share as f32 * self.area.height()
    }

    fn value_at(&self, x: f32) -> f64 {
        let share = (x - self.area.left()) / self.area.width().max(1.0);
        self.x.0 + f64::from(share) * (self.x.1 - self.x.0)
    }
}

/// The curve of a column of numbers.
pub(super) fn curve(ui: &mut Ui, asked: &Asked<'_>) {
    let tokens = theme::tokens(ui);
    let Some(axis) = asked.term.axes.first() else {
        return;
    };
    let ShapeBins::Number {
        edges,
        lowest,
        highest,
    } = &axis.bins
    else {
        return;
    };
    let wanted = vec2(ui.available_width(), ui.available_height().max(200.0));
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let rect = response.rect;
    let blank = axis.bins.values();
    let has_blank = asked.weight(blank) > 0.0;
    let beside = if has_blank { BLANK + 8.0 } else { 0.0 };
    let frame = Frame {
        area: Rect::from_min_max(
            pos2(rect.left() + AXIS, rect.top() + 8.0),
            pos2(rect.right() - 8.0 - beside, rect.bottom() - FOOT - ROWS),
        ),
        x: scale::sane_domain(*lowest, *highest),
        y: asked.domain(),
    };
    let painter = ui.painter();
    scores_axis(painter, &frame, tokens, rect.right() - 8.0);
    let ends = (frame.x.0, frame.x.1, frame.x.1);
    let across = frame.area.x_range();
    number_axis(ui, across, rect.bottom() - FOOT, ends, &axis.name, tokens);
    let bins: Vec<(usize, f32, f32)> = (0..axis.bins.values())
        .map(|bin| {
            let from = bin.checked_sub(1).and_then(|before| edges.get(before));
            let from = from.copied().unwrap_or(frame.x.0);
            let to = edges.get(bin).copied().unwrap_or(frame.x.1);
            (bin, frame.x(from), frame.x(to))
        })
        .filter(|(_, from, to)| to > from)
        .collect();
    let inside = painter.with_clip_rect(frame.area.expand(1.0).intersect(painter.clip_rect()));
    band(&inside, &frame, asked, &bins, tokens);
    steps(&inside, &frame, asked, &bins, tokens);
    let base = rect.bottom() - FOOT;
    row_bars(painter, asked, &bins, base, tokens);
    if has_blank {
        blank_place(painter, &frame, asked, blank, base, tokens);
    }
    let name = format!(
        "Curve of {} with {} from {} to {}, adding to {}",
        axis.name,
        format::counted(bins.len() as u64, "step"),
        format::number(*lowest, 3),
        format::number(*highest, 3),
        asked.adds
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    if let Some(at) = response.hover_pos()
        && let Some(words) = curve_words(asked, axis, edges, &frame, has_blank, at)
    {
        response.on_hover_text_at_pointer(words);
    }
}

fn curve_words(
    asked: &Asked<'_>,
    axis: &ShapeAxis,
    edges: &[f64],
    frame: &Frame,
    has_blank: bool,
    at: Pos2,
) -> Option<String> {
    if has_blank && at.x > frame.area.right() + 4.0 {
        let bin = axis.bins.values();
        let rows = rows_words(asked.weight(bin));
        return Some(format!(
            "{} is blank: {}, {rows}",
            axis.name,
            asked.amount(bin)
        ));
    }
    if !frame.area.x_range().contains(at.x) {
        return None;
    }
    let value = frame.value_at(at.x);
    let bin = edges.partition_point(|edge| *edge < value);
    let rows = rows_words(asked.weight(bin));
    Some(format!(
        "{}: {}, {rows}",
        range_words(axis, edges, bin),
        asked.amount(bin)
    ))
}

/// "age above 30 to 35".
fn range_words(axis: &ShapeAxis, edges: &[f64], bin: usize) -> String {
    let from = bin.checked_sub(1).and_then(|before| edges.get(before));
    let number = |value: &f64| format::number(*value, 4);
    match (from, edges.get(bin)) {
        (None, None) => format!("{}, every value", axis.name),
        (None, Some(to)) => format!("{} up to {}", axis.name, number(to)),
        (Some(from), None) => format!("{} above {}", axis.name, number(from)),
        (Some(from), Some(to)) => {
            format!("{} above {} up to {}", axis.name, number(from), number(to))
        }
    }
}

fn scores_axis(painter: &Painter, frame: &Frame, tokens: &Tokens, right: f32) {
    let target = (frame.area.height() / 48.0).clamp(2.0, 7.0) as usize;
    let (ticks, step) = scale::nice_ticks(frame.y.0, frame.y.1, target);
    let labels = scale::number_labels(&ticks, step);
    let across = Rangef::new(frame.area.left(), right);
    for (tick, label) in ticks.into_iter().zip(labels) {
        let y = frame.y(tick);
        let ink = if tick == 0.0 {
            tokens.chart.axis
        } else {
            tokens.chart.grid
        };
        painter.hline(across, y, Stroke::new(1.0, ink));
        let at = pos2(frame.area.left() - 8.0, y);
        paint::text_right(
            painter,
            at,
            &label,
            Type::NumberSmall,
            tokens.chart.label,
            AXIS - 8.0,
        );
    }
}

/// `most`: the last value that has a number; beyond it lies the place of blanks.
fn number_axis(
    ui: &Ui,
    across: Rangef,
    y: f32,
    (low, high, most): (f64, f64, f64),
    name: &str,
    tokens: &Tokens,
) {
    let painter = ui.painter();
    painter.hline(across, y, Stroke::new(1.0, tokens.chart.axis));
    let width = across.max - across.min;
    let target = (width / 80.0).clamp(2.0, 10.0) as usize;
    let (ticks, step) = scale::nice_ticks(low, high, target);
    let labels = scale::number_labels(&ticks, step);
    for (tick, label) in ticks.into_iter().zip(labels) {
        if tick > most {
            break;
        }
        let x = across.min + ((tick - low) / (high - low)) as f32 * width;
        painter.vline(
            x,
            Rangef::new(y, y + 4.0),
            Stroke::new(1.0, tokens.chart.axis),
        );
        let room = paint::width_of(ui, &label, Type::NumberSmall) + 2.0;
        let at = pos2(x, y + 13.0);
        paint::text_middle(
            painter,
            at,
            &label,
            Type::NumberSmall,
            tokens.chart.label,
            room,
        );
    }
    let at = pos2((across.min + across.max) / 2.0, y + 30.0);
    paint::text_middle(
        painter,
        at,
        name,
        Type::Caption,
        tokens.text.secondary,
        width,
    );
}

/// One rectangle per step, all in one shape: where they touch nothing is drawn twice.
fn band(
    painter: &Painter,
    frame: &Frame,
    asked: &Asked<'_>,
    bins: &[(usize, f32, f32)],
    tokens: &Tokens,
) {
    let colour = Tokens::faded(tokens.chart.mark_soft, 0.45);
    let mut mesh = Mesh::default();
    for &(bin, from, to) in bins {
        let (score, deviation) = asked.at(bin, 0);
        if deviation > 0.0 && asked.weight(bin) > 0.0 {
            let (top, bottom) = (frame.y(score + deviation), frame.y(score - deviation));
            mesh.add_colored_rect(
                Rect::from_min_max(pos2(from, top), pos2(to, bottom)),
                colour,
            );
        }
    }
    painter.add(Shape::mesh(mesh));
}

/// The steps; dashed grey where no row was.
fn steps(
    painter: &Painter,
    frame: &Frame,
    asked: &Asked<'_>,
    bins: &[(usize, f32, f32)],
    tokens: &Tokens,
) {
    let ink = tokens.category(0);
    let mut points: Vec<Pos2> = Vec::with_capacity(bins.len() * 2);
    for &(bin, from, to) in bins {
        let y = frame.y(asked.at(bin, 0).0);
        if asked.weight(bin) <= 0.0 {
            let line = std::mem::take(&mut points);
            add_line(painter, line, ink);
            let ends = [pos2(from, y), pos2(to, y)];
            let grey = Stroke::new(1.0, tokens.chart.baseline);
            painter.extend(Shape::dashed_line(&ends, grey, 3.0, 3.0));
            continue;
        }
        points.push(pos2(from, y));
        points.push(pos2(to, y));
    }
    add_line(painter, points, ink);
}

fn add_line(painter: &Painter, points: Vec<Pos2>, ink: Color32) {
    if points.len() > 1 {
        let stroke = Stroke::new(size::CHART_LINE_STRONG, ink);
        painter.add(Shape::line(points, stroke));
    }
}

/// How many rows each step stands on, beneath the curve.
fn row_bars(
    painter: &Painter,
    asked: &Asked<'_>,
    bins: &[(usize, f32, f32)],
    base: f32,
    tokens: &Tokens,
) {
    let density = |&(bin, from, to): &(usize, f32, f32)| asked.weight(bin) / f64::from(to - from);
    let most = bins.iter().map(density).fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    for bin in bins {
        let height = (density(bin) / most) as f32 * (ROWS - 8.0);
        if height > 0.0 {
            let corner = pos2(bin.1, base - height.max(1.0));
            let bar = Rect::from_min_max(corner, pos2(bin.2, base));
            painter.rect_filled(bar, 0.0, tokens.chart.mark_soft);
        }
    }
}

/// Rows where the column is blank, beside the curve.
fn blank_place(
    painter: &Painter,
    frame: &Frame,
    asked: &Asked<'_>,
    bin: usize,
    base: f32,
    tokens: &Tokens,
) {
    let left = frame.area.right() + 8.0;
    let place = Rect::from_min_max(pos2(left, frame.area.top()), pos2(left + BLANK, base));
    paint::hatch(painter, place, tokens.chart.missing_hatch);
    painter.rect_stroke(
        place,
        0.0,
        Stroke::new(1.0, tokens.chart.grid),
        StrokeKind::Inside,
    );
    let (score, deviation) = asked.at(bin, 0);
    let x = place.center().x;
    let ink = tokens.category(0);
    let ends = Rangef::new(frame.y(score + deviation), frame.y(score - deviation));
    painter.vline(x, ends, Stroke::new(size::CHART_INTERVAL, ink));
    painter.circle_filled(pos2(x, frame.y(score)), 4.0, ink);
    let at = pos2(x, base + 13.0);
    paint::text_middle(
        painter,
        at,
        "blank",
        Type::Caption,
        tokens.chart.label,
        BLANK,
    );
}

// ---- A category ----------------------------------------------------------------------------------

/// The bars of a column of categories.
pub(super) fn bars(ui: &mut Ui, asked: &Asked<'_>) {
    let tokens = theme::tokens(ui);
    let Some(axis) = asked.term.axes.first() else {
        return;
    };
    let names = names_of(asked.named, axis);
    let seen: Vec<usize> = (0..names.len())
        .filter(|bin| asked.weight(*bin) > 0.0)
        .collect();
    let (low, high) = asked.domain();
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = (ui.available_height() - FOOT).max(BAR * 3.0);
    let mut across = Rangef::NOTHING;
    ScrollArea::vertical()
        .id_salt("bars of a category")
        .max_height(height)
        .auto_shrink([false, true])
        .show_rows(ui, BAR, seen.len(), |ui, range| {
            for bin in seen.get(range).unwrap_or(&[]) {
                let name = names.get(*bin).map_or("", String::as_str);
                across = bar(ui, asked, *bin, name, (low, high), tokens);
            }
        });
    if across.max > across.min {
        let (_, foot) = ui.allocate_space(vec2(ui.available_width(), FOOT));
        number_axis(
            ui,
            across,
            foot.top(),
            (low, high, high),
            asked.adds,
            tokens,
        );
    }
}

/// One bar with its whisker. The range its axis takes.
fn bar(
    ui: &mut Ui,
    asked: &Asked<'_>,
    bin: usize,
    name: &str,
    (low, high): (f64, f64),
    tokens: &Tokens,
) -> Rangef {
    let wanted = vec2(ui.available_width(), BAR);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let rect = response.rect;
    let label = (rect.width() * 0.28).clamp(72.0, 200.0);
    let number = 124.0;
    let across = Rangef::new(rect.left() + label + 8.0, rect.right() - number);
    let x = |value: f64| across.min + ((value - low) / (high - low)) as f32 * across.span();
    let y = rect.center().y;
    let painter = ui.painter();
    let ink = tokens.text.primary;
    paint::text_left(painter, rect.left_center(), name, Type::Body, ink, label);
    let (score, deviation) = asked.at(bin, 0);
    let zero = x(0.0).round() + 0.5;
    let (from, to) = (zero.min(x(score)), zero.max(x(score)));
    let place = Rect::from_min_max(pos2(from, y - 6.0), pos2(to, y + 6.0));
    painter.rect_filled(place, 1.0, tokens.chart.mark);
    painter.vline(zero, rect.y_range(), Stroke::new(1.0, tokens.chart.axis));
    if deviation > 0.0 {
        let ends = [x(score - deviation), x(score + deviation)];
        painter.hline(ends[0]..=ends[1], y, Stroke::new(size::CHART_INTERVAL, ink));
        for end in ends {
            painter.vline(end, Rangef::new(y - 4.0, y + 4.0), Stroke::new(1.5, ink));
        }
    }
    let amount = asked.amount(bin);
    paint::text_right(
        painter,
        rect.right_center(),
        &amount,
        Type::Number,
        ink,
        number - 8.0,
    );
    let spoken = format!("{name}: {amount}, {}", rows_words(asked.weight(bin)));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    response.on_hover_text(&spoken);
    across
}

/// The bins of a category, blanks last.
fn names_of(named: &NamedShapes, axis: &ShapeAxis) -> Vec<String> {
    match &axis.bins {
        ShapeBins::Number { .. } => Vec::new(),
        ShapeBins::Category { levels } => {
            let names = levels
                .iter()
                .map(|levels| named.levels(axis.feature, levels));
            names.chain(["blank or never seen".to_owned()]).collect()
        }
    }
}

// ---- Two columns ---------------------------------------------------------------------------------

/// One side of a table: the bins that are drawn, and where each begins and ends (0 to 1).
struct Side<'a> {
    axis: &'a ShapeAxis,
    bins: Vec<(usize, f32, f32)>,
    names: Vec<String>,
    /// Value at the begin and at the end, and the last one that is no blank.
    domain: Option<(f64, f64, f64)>,
}

impl<'a> Side<'a> {
    /// `seen`: whether a bin holds any row.
    fn of(named: &NamedShapes, axis: &'a ShapeAxis, seen: impl Fn(usize) -> bool) -> Self {
        match &axis.bins {
            ShapeBins::Number {
                edges,
                lowest,
                highest,
            } => {
                let (low, high) = scale::sane_domain(*lowest, *highest);
                // Blanks have a strip of their own at the end.
                let blank = seen(axis.bins.values());
                let room = if blank { 0.9 } else { 1.0 };
                let share =
                    |value: f64| (((value - low) / (high - low)) as f32).clamp(0.0, 1.0) * room;
                let mut bins: Vec<(usize, f32, f32)> = (0..axis.bins.values())
                    .map(|bin| {
                        let from = bin.checked_sub(1).and_then(|before| edges.get(before));
                        let from = from.map_or(0.0, |edge| share(*edge));
                        let to = edges.get(bin).map_or(room, |edge| share(*edge));
                        (bin, from, to)
                    })
                    .filter(|(_, from, to)| to > from)
                    .collect();
                if blank {
                    bins.push((axis.bins.values(), 0.93, 1.0));
                }
                let names = (0..axis.bins.values())
                    .map(|bin| range_words(axis, edges, bin))
                    .chain([format!("{} is blank", axis.name)]);
                Self {
                    axis,
                    bins,
                    names: names.collect(),
                    domain: Some((low, low + (high - low) / f64::from(room), high)),
                }
            }
            ShapeBins::Category { .. } => {
                let shown: Vec<usize> = (0..axis.bins.count()).filter(|bin| seen(*bin)).collect();
                let width = 1.0 / shown.len().max(1) as f32;
                let bins = shown.iter().enumerate();
                Self {
                    axis,
                    bins: bins
                        .map(|(place, bin)| {
                            (*bin, place as f32 * width, (place + 1) as f32 * width)
                        })
                        .collect(),
                    names: names_of(named, axis),
                    domain: None,
                }
            }
        }
    }

    fn at(&self, share: f32) -> Option<usize> {
        let found = self
            .bins
            .iter()
            .find(|(_, from, to)| (*from..*to).contains(&share));
        found.map(|(bin, _, _)| *bin)
    }

    fn name(&self, bin: usize) -> &str {
        self.names.get(bin).map_or("", String::as_str)
    }
}

/// The table of two columns as colours.
pub(super) fn table(ui: &mut Ui, asked: &Asked<'_>) {
    let tokens = theme::tokens(ui);
    let [first, second] = asked.term.axes.as_slice() else {
        return;
    };
    let width = second.bins.count();
    let across_seen = |bin: usize| (0..width).any(|other| asked.weight(bin * width + other) > 0.0);
    let up_seen =
        |bin: usize| (0..first.bins.count()).any(|other| asked.weight(other * width + bin) > 0.0);
    let across = Side::of(asked.named, first, across_seen);
    let up = Side::of(asked.named, second, up_seen);
    let wanted = vec2(ui.available_width(), ui.available_height().max(220.0));
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let rect = response.rect;
    let left = match up.domain {
        Some(_) => AXIS,
        None => 104.0,
    };
    let area = Rect::from_min_max(
        pos2(rect.left() + left, rect.top() + 22.0),
        pos2(rect.right() - LEGEND, rect.bottom() - FOOT),
    );
    let cells = || {
        let pairs = across
            .bins
            .iter()
            .flat_map(|a| up.bins.iter().map(move |b| (*a, *b)));
        pairs.map(|(a, b)| (a, b, a.0 * width + b.0))
    };
    let most = cells()
        .filter(|(_, _, cell)| asked.weight(*cell) > 0.0)
        .map(|(a, b, _)| asked.at(a.0, b.0).0.abs())
        .fold(0.0, f64::max);
    let painter = ui.painter();
    painter.rect_filled(area, 0.0, tokens.surface.sunken);
    for (a, b, cell) in cells() {
        let place = Rect::from_min_max(
            pos2(
                area.left() + a.1 * area.width(),
                area.bottom() - b.2 * area.height(),
            ),
            pos2(
                area.left() + a.2 * area.width(),
                area.bottom() - b.1 * area.height(),
            ),
        );
        if asked.weight(cell) <= 0.0 {
            paint::hatch(painter, place, tokens.chart.missing_hatch);
            continue;
        }
        let share = if most > 0.0 {
            asked.at(a.0, b.0).0 / most
        } else {
            0.0
        };
        painter.rect_filled(place, 0.0, tokens.diverging(share as f32));
    }
    side_across(ui, &across, area, tokens);
    side_up(ui, &up, area, rect, tokens);
    legend(painter, area, rect, most, tokens);
    let name = format!(
        "Table of {} and {}, adding between {} and {} to {}",
        first.name,
        second.name,
        format::number(-most, 3),
        format::number(most, 3),
        asked.adds
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let hovered = response.hover_pos().filter(|at| area.contains(*at));
    if let Some(at) = hovered {
        let share = (
            (at.x - area.left()) / area.width(),
            (area.bottom() - at.y) / area.height(),
        );
        if let (Some(a), Some(b)) = (across.at(share.0), up.at(share.1)) {
            let cell = a * width + b;
            let amount = match asked.weight(cell) > 0.0 {
                true => {
                    let (score, deviation) = asked.at(a, b);
                    signed(score, deviation)
                }
                false => "never seen".to_owned(),
            };
            let words = format!(
                "{}\n{}\n{amount}, {}",
                across.name(a),
                up.name(b),
                rows_words(asked.weight(cell))
            );
            response.on_hover_text_at_pointer(words);
        }
    }
}

fn side_across(ui: &Ui, side: &Side<'_>, area: Rect, tokens: &Tokens) {
    let bottom = area.bottom();
    let name = &side.axis.name;
    if let Some(domain) = side.domain {
        number_axis(ui, area.x_range(), bottom, domain, name, tokens);
        return;
    }
    let painter = ui.painter();
    for (bin, from, to) in &side.bins {
        let at = pos2(
            area.left() + (from + to) / 2.0 * area.width(),
            bottom + 12.0,
        );
        let room = (to - from) * area.width() - 4.0;
        paint::text_middle(
            painter,
            at,
            side.name(*bin),
            Type::Caption,
            tokens.chart.label,
            room,
        );
    }
    let at = pos2(area.center().x, bottom + 30.0);
    paint::text_middle(
        painter,
        at,
        name,
        Type::Caption,
        tokens.text.secondary,
        area.width(),
    );
}

fn side_up(ui: &Ui, side: &Side<'_>, area: Rect, rect: Rect, tokens: &Tokens) {
    let painter = ui.painter();
    let at = pos2(rect.left(), rect.top() + 8.0);
    let grey = tokens.text.secondary;
    paint::text_left(
        painter,
        at,
        &side.axis.name,
        Type::Caption,
        grey,
        area.right() - rect.left(),
    );
    let right = area.left() - 8.0;
    let room = right - rect.left();
    if let Some((low, high, most)) = side.domain {
        let target = (area.height() / 60.0).clamp(2.0, 6.0) as usize;
        let (ticks, step) = scale::nice_ticks(low, high, target);
        let labels = scale::number_labels(&ticks, step);
        for (tick, label) in ticks.into_iter().zip(labels) {
            if tick > most {
                break;
            }
            let y = area.bottom() - ((tick - low) / (high - low)) as f32 * area.height();
            let ink = tokens.chart.label;
            paint::text_right(
                painter,
                pos2(right, y),
                &label,
                Type::NumberSmall,
                ink,
                room,
            );
        }
        return;
    }
    for (bin, from, to) in &side.bins {
        let y = area.bottom() - (from + to) / 2.0 * area.height();
        if (to - from) * area.height() >= 12.0 {
            let ink = tokens.chart.label;
            paint::text_right(
                painter,
                pos2(right, y),
                side.name(*bin),
                Type::Caption,
                ink,
                room,
            );
        }
    }
}

/// The ramp of the colours with its ends and zero.
fn legend(painter: &Painter, area: Rect, rect: Rect, most: f64, tokens: &Tokens) {
    let left = area.right() + 16.0;
    let height = area.height().min(180.0);
    let ramp = Rect::from_min_size(pos2(left, area.top()), vec2(14.0, height));
    let parts = tokens.chart.diverging.len().max(1);
    for (index, colour) in tokens.chart.diverging.iter().rev().enumerate() {
        let top = ramp.top() + index as f32 / parts as f32 * height;
        let part = Rect::from_min_size(pos2(left, top), vec2(14.0, height / parts as f32));
        painter.rect_filled(part, 0.0, *colour);
    }
    let room = rect.right() - left - 20.0;
    for (share, value) in [(0.04, most), (0.5, 0.0), (0.96, -most)] {
        let plus = if value > 0.0 { "+" } else { "" };
        let words = format!("{plus}{}", format::number(value, 2));
        let at = pos2(left + 20.0, ramp.top() + share * height);
        paint::text_left(
            painter,
            at,
            &words,
            Type::NumberSmall,
            tokens.chart.label,
            room,
        );
    }
    let hatched = Rect::from_min_size(pos2(left, ramp.bottom() + 12.0), vec2(14.0, 14.0));
    paint::hatch(painter, hatched, tokens.chart.missing_hatch);
    let at = pos2(left + 20.0, hatched.center().y);
    paint::text_left(
        painter,
        at,
        "no rows",
        Type::Caption,
        tokens.chart.label,
        room,
    );
}
