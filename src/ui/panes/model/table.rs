//! The live table of training: one row per learner, its parts, its score on one shared axis.

use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::board::{Board, Line, LineState};
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Tokens, Type, size};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{
    ScoreAxis, axis_in, paint_yardstick_names, score_words, single_score, time_words,
};
use crate::ui::widgets::small_chart::{DotInterval, paint_dot_interval};
use crate::ui::widgets::{Yardstick, paint};

const NAME: f32 = 160.0;
const PARTS: f32 = 108.0;
const SCORE: f32 = 140.0;
const BOX: f32 = 16.0;
/// More parts than this are a bar.
const MOST_BOXES: usize = 20;
/// Narrower than this there is no axis: scores alone must do.
const NARROWEST_AXIS: f32 = 96.0;

/// Where the columns of the table lie.
struct Places {
    parts: f32,
    axis: Option<(f32, f32)>,
}

impl Places {
    fn of(rect: Rect) -> Self {
        let parts = rect.left() + 12.0 + NAME;
        let from = parts + PARTS + 20.0;
        let to = rect.right() - SCORE - 20.0;
        Self {
            parts,
            axis: (to - from >= NARROWEST_AXIS).then_some((from, to)),
        }
    }
}

/// Draws the table. The learner whose row was clicked.
pub fn show(ui: &mut Ui, board: &Board, chosen: Option<&str>) -> Option<String> {
    let axis = board.axis();
    let yardsticks = board.yardsticks();
    head(ui, board, axis.as_ref());
    let lines: Vec<Yardstick> = yardsticks
        .iter()
        .map(|yardstick| yardstick.line())
        .collect();
    let mut clicked = None;
    for line in &board.lines {
        if row(
            ui,
            board,
            line,
            axis.as_ref(),
            &lines,
            chosen == Some(line.learner.as_str()),
        ) {
            clicked = Some(line.learner.clone());
        }
    }
    foot(ui, board, axis.as_ref());
    clicked
}

fn head(ui: &mut Ui, board: &Board, axis: Option<&ScoreAxis>) {
    let tokens = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 32.0));
    let places = Places::of(rect);
    let y = rect.center().y;
    let grey = tokens.text.secondary;
    let painter = ui.painter();
    painter.hline(
        rect.x_range(),
        rect.top() + 0.5,
        Stroke::new(1.0, tokens.border.subtle),
    );
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, tokens.border.subtle),
    );
    paint::text_left(
        painter,
        pos2(rect.left() + 12.0, y),
        "Model",
        Type::Body,
        grey,
        NAME,
    );
    paint::text_left(
        painter,
        pos2(places.parts, y),
        "Parts checked",
        Type::Body,
        grey,
        PARTS,
    );
    let title = board.metric.map_or("", |metric| metric.name);
    paint::text_right(
        painter,
        pos2(rect.right() - 12.0, y),
        title,
        Type::Body,
        grey,
        SCORE,
    );
    if let (Some(axis), Some(place)) = (axis, axis_in(places.axis, rect)) {
        paint_yardstick_names(ui, place, axis, &board.yardsticks());
    }
}

fn foot(ui: &mut Ui, board: &Board, axis: Option<&ScoreAxis>) {
    let tokens = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 28.0));
    let places = Places::of(rect);
    let stroke = Stroke::new(1.0, tokens.border.subtle);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, stroke);
    if let (Some(axis), Some(place)) = (axis, axis_in(places.axis, rect)) {
        axis.paint(ui, place);
    }
    if let Some(metric) = board.metric {
        let words = format!("{}, better →", metric.technical);
        let room = places
            .axis
            .map_or(rect.width() - 24.0, |(from, _)| from - rect.left() - 40.0);
        let place = pos2(rect.left() + 12.0, rect.top() + 14.0);
        paint::text_left(
            ui.painter(),
            place,
            &words,
            Type::Caption,
            tokens.text.secondary,
            room,
        );
    }
}

fn row(
    ui: &mut Ui,
    board: &Board,
    line: &Line,
    axis: Option<&ScoreAxis>,
    yardsticks: &[Yardstick],
    selected: bool,
) -> bool {
    let tokens = theme::tokens(ui);
    let response = paint::allocate(
        ui,
        vec2(ui.available_width(), size::TRAINING_ROW),
        Sense::click(),
        true,
    );
    let rect = response.rect;
    if let Some(fill) = paint::flat_fill(ui, &response, selected) {
        ui.painter().rect_filled(rect, 0.0, fill);
    }
    let places = Places::of(rect);
    let name_room = NAME - 8.0;
    let strong = if board.outdated {
        tokens.text.secondary
    } else {
        tokens.text.primary
    };
    two_lines(
        ui,
        rect,
        rect.left() + 12.0,
        (line.name, strong),
        (line.readability, tokens),
        name_room,
    );
    parts(ui, board, line, pos2(places.parts, rect.center().y), tokens);
    if let (Some(axis), Some(place)) = (axis, axis_in(places.axis, rect)) {
        let interval = match &line.state {
            LineState::Done {
                value: Some(value), ..
            } => Some((value.lower, value.upper)),
            _ => None,
        };
        let done = matches!(line.state, LineState::Done { .. });
        let dot = DotInterval {
            axis: axis.ends(),
            mean: line.mean().unwrap_or(f64::NAN),
            interval,
            parts: &line.parts,
            yardsticks,
            hollow: !done || line.yardstick,
            faded: board.outdated,
        };
        paint_dot_interval(ui.painter(), place, &dot, tokens);
    }
    let (score, margin, state) = words(board, line);
    result(ui, rect, &score, &margin, &state, line, board.outdated);
    let stroke = Stroke::new(1.0, tokens.border.subtle);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, stroke);
    paint::focus_inside(ui, rect, response.has_focus(), 0.0);
    let spoken = if score.is_empty() {
        format!("{}, {state}", line.name)
    } else {
        format!("{}, {score}{margin}, {state}", line.name)
    };
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, &spoken);
        if selected {
            info.selected = Some(true);
        }
        info
    });
    response.clicked()
}

fn two_lines(
    ui: &Ui,
    rect: Rect,
    left: f32,
    (first, colour): (&str, eframe::egui::Color32),
    (second, tokens): (&str, &Tokens),
    room: f32,
) {
    let y = rect.center().y;
    paint::text_left(
        ui.painter(),
        pos2(left, y - 8.0),
        first,
        Type::BodyMedium,
        colour,
        room,
    );
    let grey = tokens.text.secondary;
    paint::text_left(
        ui.painter(),
        pos2(left, y + 9.0),
        second,
        Type::Caption,
        grey,
        room,
    );
}

/// One box per part: checked, being worked on, to come. A bar where there are many.
fn parts(ui: &Ui, board: &Board, line: &Line, middle_left: eframe::egui::Pos2, tokens: &Tokens) {
    let count = board.folds.max(1);
    if count > MOST_BOXES {
        let whole =
            Rect::from_min_size(pos2(middle_left.x, middle_left.y - 5.0), vec2(PARTS, 10.0));
        parts_bar(ui, line, count, whole, tokens);
        return;
    }
    let gap = if count <= 6 { 4.0 } else { 2.0 };
    let width = ((PARTS - gap * (count - 1) as f32) / count as f32).min(BOX);
    let height = if width >= BOX { BOX } else { 12.0 };
    let running = matches!(line.state, LineState::Running);
    for part in 0..count {
        let left = middle_left.x + part as f32 * (width + gap);
        let top = middle_left.y - height / 2.0;
        let place = Rect::from_min_size(pos2(left, top), vec2(width, height));
        let radius = 3.0_f32.min(width / 2.0);
        if part < line.parts_done {
            ui.painter().rect_filled(place, radius, tokens.chart.mark);
            if width >= BOX {
                let mark = tokens.surface.canvas;
                Icon::CHECK.paint(ui.painter(), place.center(), 10.0, mark, IconWeight::Bold);
            }
            continue;
        }
        if running && part == line.parts_done {
            let half = Rect::from_min_max(pos2(left, place.center().y), place.max);
            ui.painter().rect_filled(half, radius, tokens.accent.line);
            let stroke = Stroke::new(1.0, tokens.accent.line);
            ui.painter()
                .rect_stroke(place, radius, stroke, StrokeKind::Inside);
            continue;
        }
        let colour = match line.state {
            LineState::Failed(_) | LineState::Stopped => tokens.border.subtle,
            _ => tokens.border.control,
        };
        ui.painter()
            .rect_stroke(place, radius, Stroke::new(1.0, colour), StrokeKind::Inside);
    }
}

/// The share of the parts that is checked.
fn parts_bar(ui: &Ui, line: &Line, count: usize, whole: Rect, tokens: &Tokens) {
    let share = (line.parts_done as f32 / count as f32).min(1.0);
    let mut done = whole;
    done.set_width(whole.width() * share);
    let ink = match line.state {
        LineState::Running => tokens.accent.line,
        _ => tokens.chart.mark,
    };
    ui.painter().rect_filled(done, 2.0, ink);
    let colour = match line.state {
        LineState::Failed(_) | LineState::Stopped => tokens.border.subtle,
        _ => tokens.border.control,
    };
    let stroke = Stroke::new(1.0, colour);
    ui.painter()
        .rect_stroke(whole, 2.0, stroke, StrokeKind::Inside);
}

/// Score, margin with its sign, and what the learner is doing.
fn words(board: &Board, line: &Line) -> (String, String, String) {
    let about = || {
        line.mean()
            .map_or_else(String::new, |mean| format!("about {}", single_score(mean)))
    };
    match &line.state {
        LineState::Planned if board.run.is_some() => {
            (String::new(), String::new(), "not trained yet".to_owned())
        }
        LineState::Planned => (String::new(), String::new(), "ready".to_owned()),
        LineState::Waiting => (String::new(), String::new(), "waiting".to_owned()),
        LineState::Running => {
            let part = (line.parts_done + 1).min(board.folds);
            (
                about(),
                String::new(),
                format!("part {part} of {}", board.folds),
            )
        }
        LineState::Done { seconds, value } => {
            let done = || format!("done in {}", time_words(*seconds));
            let state = line.note.clone().unwrap_or_else(done);
            match value {
                Some(value) => {
                    let (mean, margin) = score_words(value);
                    (mean, format!(" ± {margin}"), state)
                }
                None => ("no score".to_owned(), String::new(), state),
            }
        }
        LineState::Failed(_) => (
            String::new(),
            String::new(),
            "stopped by an error".to_owned(),
        ),
        LineState::Stopped => (String::new(), String::new(), "stopped by you".to_owned()),
    }
}

fn result(ui: &Ui, rect: Rect, score: &str, margin: &str, state: &str, line: &Line, faded: bool) {
    let tokens = theme::tokens(ui);
    let right = rect.right() - 12.0;
    let y = rect.center().y;
    let ink = if faded {
        tokens.text.disabled
    } else {
        tokens.text.primary
    };
    let grey = tokens.text.secondary;
    let failed = matches!(line.state, LineState::Failed(_));
    let below = if score.is_empty() { y } else { y + 9.0 };
    let colour = if failed {
        Tone::Stop.text_colour(tokens)
    } else {
        grey
    };
    let (drawn, _) = paint::text_right(
        ui.painter(),
        pos2(right, below),
        state,
        Type::Caption,
        colour,
        SCORE,
    );
    if failed {
        let middle = pos2(right - drawn - 12.0, below);
        let icon = Tone::Stop.icon_colour(tokens);
        Icon::STOP.paint(ui.painter(), middle, 14.0, icon, IconWeight::Fill);
    }
    if !score.is_empty() {
        let place = pos2(right, y - 8.0);
        let (drawn, _) = paint::text_right(ui.painter(), place, margin, Type::Number, grey, SCORE);
        let place = pos2(right - drawn, y - 8.0);
        paint::text_right(ui.painter(), place, score, Type::NumberStrong, ink, SCORE);
    }
}
