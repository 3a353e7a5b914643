//! The leaderboard: ties in one box, the others behind it, yardsticks last, all on one axis.

use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::Shown;
use super::ranking::Place;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};
use crate::ui::widgets::label::{self, Tone};
use crate::ui::widgets::scores::{axis_in, paint_yardstick_names, score_words, time_words};
use crate::ui::widgets::small_chart::{DotInterval, paint_dot_interval};
use crate::ui::widgets::{Yardstick, paint};

const NAME: f32 = 184.0;
const SCORE: f32 = 120.0;
const AGAINST: f32 = 146.0;
const TIME: f32 = 64.0;
const GROUP: f32 = 28.0;
const EDGE: f32 = 4.0;
const NARROWEST_AXIS: f32 = 90.0;

struct Places {
    left: f32,
    axis: Option<(f32, f32)>,
    score: f32,
    against: f32,
    time: Option<f32>,
}

impl Places {
    fn of(rect: Rect) -> Self {
        let left = rect.left() + 16.0;
        let right = rect.right() - 16.0;
        let wide = rect.width() >= 640.0;
        let time = wide.then_some(right);
        let against = if wide { right - TIME } else { right };
        let score = against - AGAINST;
        let axis = (left + NAME + 8.0, score - SCORE);
        let axis = (axis.1 - axis.0 >= NARROWEST_AXIS).then_some(axis);
        Self {
            left,
            axis,
            score,
            against,
            time,
        }
    }
}

/// Draws the board. The learner whose row was clicked.
pub(super) fn show(ui: &mut Ui, shown: &Shown) -> Option<String> {
    let ranking = &shown.ranking;
    head(ui, shown);
    let lines: Vec<Yardstick> = ranking
        .named_yardsticks()
        .iter()
        .map(|yardstick| yardstick.line())
        .collect();
    let mut clicked = None;
    let mut rows = |ui: &mut Ui, places: &[Place]| {
        for place in places {
            if row(ui, shown, place, &lines) {
                clicked = Some(place.standing.learner.clone());
            }
        }
    };
    if ranking.tied.len() > 1
        || (ranking.tied.len() == 1 && ranking.yardsticks.iter().any(|place| place.best))
    {
        tie_box(ui, ranking.tied.len());
        rows(ui, &ranking.tied);
        ui.add_space(EDGE * 2.0);
    } else if !ranking.tied.is_empty() {
        group(ui, "Clearly the best");
        rows(ui, &ranking.tied);
    }
    if !ranking.behind.is_empty() {
        group(ui, "Behind");
        rows(ui, &ranking.behind);
    }
    if !ranking.yardsticks.is_empty() {
        group(ui, "Yardsticks");
        rows(ui, &ranking.yardsticks);
    }
    if ranking.all().next().is_none() {
        group(ui, "No model is ticked, or none has this score");
    }
    unranked(ui, shown);
    foot(ui, shown);
    clicked
}

fn head(ui: &mut Ui, shown: &Shown) {
    let tokens = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 32.0));
    let places = Places::of(rect);
    let (y, grey, painter) = (rect.center().y, tokens.text.secondary, ui.painter());
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, tokens.border.subtle),
    );
    paint::text_left(
        painter,
        pos2(places.left, y),
        "Model",
        Type::Body,
        grey,
        NAME,
    );
    paint::text_right(
        painter,
        pos2(places.score, y),
        "Score",
        Type::Body,
        grey,
        SCORE,
    );
    paint::text_right(
        painter,
        pos2(places.against, y),
        "Against the best",
        Type::Body,
        grey,
        AGAINST,
    );
    if let Some(time) = places.time {
        paint::text_right(painter, pos2(time, y), "Time", Type::Body, grey, TIME);
    }
    if let Some(place) = axis_in(places.axis, rect) {
        paint_yardstick_names(
            ui,
            place,
            &shown.ranking.axis,
            &shown.ranking.named_yardsticks(),
        );
    }
}

/// The sunken box around models that tie; the rows are drawn onto it.
fn tie_box(ui: &mut Ui, count: usize) {
    let tokens = theme::tokens(ui);
    ui.add_space(EDGE);
    let response = paint::allocate(ui, vec2(ui.available_width(), GROUP), Sense::hover(), true);
    let rect = response.rect;
    let height = GROUP + count as f32 * size::LEADERBOARD_ROW + EDGE;
    let whole = Rect::from_min_size(rect.min + vec2(8.0, 0.0), vec2(rect.width() - 16.0, height));
    let stroke = Stroke::new(1.0, tokens.border.default);
    ui.painter().rect(
        whole,
        size::RADIUS_CARD,
        tokens.surface.sunken,
        stroke,
        StrokeKind::Inside,
    );
    let y = rect.center().y + 1.0;
    let icon = pos2(rect.left() + 23.0, y);
    Icon::TIE.paint(
        ui.painter(),
        icon,
        14.0,
        tokens.text.secondary,
        IconWeight::Regular,
    );
    let words = "Tied: the differences are within noise";
    let place = pos2(rect.left() + 36.0, y);
    paint::text_left(
        ui.painter(),
        place,
        words,
        Type::BodyStrong,
        tokens.text.primary,
        rect.width() - 60.0,
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, words));
}

fn group(ui: &mut Ui, title: &str) {
    let tokens = theme::tokens(ui);
    let response = paint::allocate(ui, vec2(ui.available_width(), GROUP), Sense::hover(), true);
    let rect = response.rect;
    let place = pos2(rect.left() + 16.0, rect.center().y + 2.0);
    let grey = tokens.text.secondary;
    paint::text_left(
        ui.painter(),
        place,
        title,
        Type::BodyStrong,
        grey,
        rect.width() - 32.0,
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
}

fn row(ui: &mut Ui, shown: &Shown, place: &Place, lines: &[Yardstick]) -> bool {
    let tokens = theme::tokens(ui);
    let wanted = vec2(ui.available_width(), size::LEADERBOARD_ROW);
    let response = paint::allocate(ui, wanted, Sense::click(), true);
    let rect = response.rect;
    let selected = shown.chosen.as_deref() == Some(place.standing.learner.as_str());
    let inner = rect.shrink2(vec2(10.0, 1.0));
    if let Some(fill) = paint::flat_fill(ui, &response, selected) {
        ui.painter().rect_filled(inner, size::RADIUS_CONTROL, fill);
    }
    let places = Places::of(rect);
    let y = rect.center().y;
    let (ink, grey) = (tokens.text.primary, tokens.text.secondary);
    let painter = ui.painter();
    let style = Type::BodyMedium;
    let picked = place.standing.recommended;
    let pick = label::badge_width(ui, Some(Icon::CHECK), "Pick");
    let room = if picked { NAME - pick - 8.0 } else { NAME };
    let (drawn, _) = paint::text_left(
        painter,
        pos2(places.left, y - 8.0),
        &place.name,
        style,
        ink,
        room,
    );
    paint::text_left(
        painter,
        pos2(places.left, y + 9.0),
        place.note,
        Type::Caption,
        grey,
        NAME,
    );
    if picked {
        let right = pos2(places.left + drawn + 8.0 + pick, y - 8.0);
        label::paint_badge(ui, right, Tone::Accent, Some(Icon::CHECK), "Pick");
    }
    if let Some(area) = axis_in(places.axis, rect) {
        let dot = DotInterval {
            axis: shown.ranking.axis.ends(),
            mean: place.value.mean,
            interval: Some((place.value.lower, place.value.upper)),
            parts: &place.value.folds,
            yardsticks: lines,
            hollow: place.standing.yardstick,
            faded: shown.outdated,
        };
        paint_dot_interval(painter, area, &dot, tokens);
    }
    let (mean, margin) = score_words(&place.value);
    let margin = format!(" ± {margin}");
    let (drawn, _) = paint::text_right(
        painter,
        pos2(places.score, y),
        &margin,
        Type::Number,
        grey,
        SCORE,
    );
    let value = pos2(places.score - drawn, y);
    let faded = if shown.outdated {
        tokens.text.disabled
    } else {
        ink
    };
    paint::text_right(
        painter,
        value,
        &mean,
        Type::NumberStrong,
        faded,
        SCORE - drawn,
    );
    let against = against(place);
    let style = Type::Number;
    paint::text_right(
        painter,
        pos2(places.against, y),
        &against,
        style,
        ink,
        AGAINST - 8.0,
    );
    if let Some(time) = places.time {
        let words = if place.seconds < 0.001 {
            "< 1 ms".to_owned()
        } else {
            time_words(place.seconds)
        };
        paint::text_right(painter, pos2(time, y), &words, style, grey, TIME - 8.0);
    }
    paint::focus_inside(ui, inner, response.has_focus(), size::RADIUS_CONTROL);
    let spoken = format!("{}, {mean}{margin}, {against}", place.name);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, &spoken);
        if selected {
            info.selected = Some(true);
        }
        info
    });
    response.clicked()
}

/// "best", or how much worse with the margin of the difference.
fn against(place: &Place) -> String {
    if place.best {
        return "best".to_owned();
    }
    place.distance()
}

fn unranked(ui: &mut Ui, shown: &Shown) {
    let tokens = theme::tokens(ui);
    for (name, why) in &shown.ranking.unranked {
        let response = paint::allocate(ui, vec2(ui.available_width(), 32.0), Sense::hover(), true);
        let rect = response.rect;
        let y = rect.center().y;
        let icon = pos2(rect.left() + 23.0, y);
        let colour = Tone::Stop.icon_colour(tokens);
        Icon::STOP.paint(ui.painter(), icon, 14.0, colour, IconWeight::Fill);
        let words = format!("{name}: {why}");
        let place = pos2(rect.left() + 38.0, y);
        let room = rect.width() - 54.0;
        paint::text_left(
            ui.painter(),
            place,
            &words,
            Type::Body,
            tokens.text.secondary,
            room,
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    }
}

/// Axis and legend.
fn foot(ui: &mut Ui, shown: &Shown) {
    let tokens = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 32.0));
    let places = Places::of(rect);
    let line = Stroke::new(1.0, tokens.border.subtle);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, line);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
    if let Some(area) = axis_in(places.axis, rect) {
        shown.ranking.axis.paint(ui, area);
    }
    let (grey, ink, y) = (
        tokens.text.secondary,
        tokens.text.primary,
        rect.top() + 15.0,
    );
    let painter = ui.painter();
    let mut words = format!("{}, better →", shown.metric.technical);
    if paint::width_of(ui, &words, Type::Caption) > NAME {
        words = "better →".to_owned();
    }
    paint::text_left(
        painter,
        pos2(places.left, y),
        &words,
        Type::Caption,
        grey,
        NAME,
    );
    let parts = shown
        .run
        .results
        .first()
        .map_or(0, |result| result.folds.len());
    let mut right = rect.right() - 16.0;
    let words = match parts {
        1 => "one check".to_owned(),
        parts => format!(
            "each of {} rounds",
            crate::base::format::count(parts as u64)
        ),
    };
    right -= paint::text_right(painter, pos2(right, y), &words, Type::Caption, grey, 120.0).0 + 8.0;
    for tick in 0..3 {
        let x = right - tick as f32 * 4.0;
        painter.vline(
            x,
            eframe::egui::Rangef::new(y - 3.0, y + 3.0),
            Stroke::new(1.0, tokens.chart.rug),
        );
    }
    right -= 8.0 + 16.0;
    right -= paint::text_right(
        painter,
        pos2(right, y),
        "95\u{a0}% range",
        Type::Caption,
        grey,
        120.0,
    )
    .0 + 8.0;
    let ends = (right - 22.0, right);
    painter.hline(ends.0..=ends.1, y, Stroke::new(size::CHART_INTERVAL, ink));
    painter.circle_filled(pos2((ends.0 + ends.1) / 2.0, y), 4.0, ink);
    for x in [ends.0, ends.1] {
        painter.vline(
            x,
            eframe::egui::Rangef::new(y - 4.0, y + 4.0),
            Stroke::new(1.5, ink),
        );
    }
}
