//! How a loss falls while a learner fits: practice and check rows, part by part.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Color32, Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::paint;
use crate::base::format;
use crate::chart::scale;
use crate::learn::Round;
use crate::ui::theme::{self, Type};

const HEIGHT: f32 = 132.0;
/// Room for the numbers of the axis.
const AXIS: f32 = 44.0;
const FOOT: f32 = 18.0;
/// Points of one line; more could not be told apart.
const POINTS: usize = 240;

/// Every part as a pair of lines; the newest in full colour, the others behind it.
pub fn loss_curve(ui: &mut Ui, parts: &[Vec<Round>]) {
    let tokens = theme::tokens(ui);
    let wanted = vec2(ui.available_width(), HEIGHT + FOOT);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let area = Rect::from_min_max(
        response.rect.min + vec2(AXIS, 6.0),
        response.rect.max - vec2(4.0, FOOT),
    );
    let Some(scale) = Scale::of(parts, area) else {
        return;
    };
    let painter = ui.painter();
    for share in [0.0, 0.5, 1.0] {
        let value = scale.low + (scale.high - scale.low) * share;
        let y = scale.y(value);
        painter.hline(area.x_range(), y, Stroke::new(1.0, tokens.chart.grid));
        let at = pos2(area.left() - 6.0, y);
        // Long numbers have no room beside the axis.
        let words = match value.abs() < 10_000.0 {
            true => format::number(value, 3),
            false => scale::compact(value),
        };
        paint::text_right(painter, at, &words, Type::Caption, tokens.chart.label, AXIS);
    }
    let last = parts.len().saturating_sub(1);
    for (index, rounds) in parts.iter().enumerate() {
        let newest = index == last;
        let ink = |colour: Color32| {
            if newest {
                colour
            } else {
                tokens.chart.mark_soft
            }
        };
        let width = if newest { 1.5 } else { 1.0 };
        let practice: Vec<Pos2> = points(rounds, &scale, |round| Some(round.training));
        let check: Vec<Pos2> = points(rounds, &scale, |round| round.checking);
        solid(
            painter,
            practice,
            Stroke::new(width, ink(tokens.chart.mark)),
        );
        let stroke = Stroke::new(width, ink(tokens.text.primary));
        painter.extend(Shape::dashed_line(&check, stroke, 4.0, 3.0));
    }
    let y = response.rect.bottom() - FOOT / 2.0;
    let has_check = parts.iter().flatten().any(|round| round.checking.is_some());
    let legend = if has_check {
        "practice rows —   set aside - -"
    } else {
        "practice rows —"
    };
    let grey = tokens.text.secondary;
    let room = area.width() - 36.0;
    paint::text_left(
        painter,
        pos2(area.left(), y),
        legend,
        Type::Caption,
        grey,
        room,
    );
    let rounds = format::count(u64::from(scale.rounds));
    let at = pos2(area.right(), y);
    paint::text_right(
        painter,
        at,
        &rounds,
        Type::Caption,
        tokens.chart.label,
        60.0,
    );
    let name = spoken(parts);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response.on_hover_text(name);
}

fn spoken(parts: &[Vec<Round>]) -> String {
    let Some(last) = parts.iter().rev().find_map(|rounds| rounds.last()) else {
        return "No round is done yet".to_owned();
    };
    let practice = format::number(last.training, 3);
    let check = last.checking.map_or_else(String::new, |value| {
        format!(", {} on rows set aside", format::number(value, 3))
    });
    format!(
        "After round {} of at most {}: loss {practice} on practice rows{check}",
        last.round, last.rounds
    )
}

/// Ends of the axis: the losses with a little air around them, which reaches below zero only
/// where a loss does. None where there is no loss.
pub fn loss_axis(losses: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = losses
        .filter(|loss| loss.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| {
            (low.min(loss), high.max(loss))
        });
    if low > high {
        return None;
    }
    let air = if high > low { (high - low) * 0.05 } else { 0.5 };
    let floor = if low < 0.0 { f64::NEG_INFINITY } else { 0.0 };
    Some(((low - air).max(floor), high + air))
}

struct Scale {
    area: Rect,
    low: f64,
    high: f64,
    rounds: u32,
}

impl Scale {
    fn of(parts: &[Vec<Round>], area: Rect) -> Option<Self> {
        let losses = parts
            .iter()
            .flatten()
            .flat_map(|round| [Some(round.training), round.checking])
            .flatten();
        let (low, high) = loss_axis(losses)?;
        let rounds = parts.iter().flatten().map(|round| round.round).max()?;
        Some(Self {
            area,
            low,
            high,
            rounds: rounds.max(2),
        })
    }

    fn y(&self, value: f64) -> f32 {
        let share = (value - self.low) / (self.high - self.low);
        self.area.bottom() - share as f32 * self.area.height()
    }

    fn x(&self, round: u32) -> f32 {
        let share = round.saturating_sub(1) as f32 / (self.rounds - 1) as f32;
        self.area.left() + share * self.area.width()
    }
}

fn points(rounds: &[Round], scale: &Scale, value: impl Fn(&Round) -> Option<f64>) -> Vec<Pos2> {
    let step = rounds.len().div_ceil(POINTS).max(1);
    let last = rounds.len().saturating_sub(1);
    let kept = rounds
        .iter()
        .enumerate()
        .filter(|(index, _)| index % step == 0 || *index == last);
    kept.filter_map(|(_, round)| {
        let value = value(round).filter(|value| value.is_finite())?;
        Some(pos2(scale.x(round.round), scale.y(value)))
    })
    .collect()
}

fn solid(painter: &Painter, points: Vec<Pos2>, stroke: Stroke) {
    if points.len() > 1 {
        painter.add(Shape::line(points, stroke));
    }
}
