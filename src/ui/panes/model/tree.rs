//! A decision tree to look at: every box is a question or an answer, and selects its rows.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Id, Painter, Pos2, Rect, Response, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use crate::base::format;
use crate::learn::{DiagramNode, Task, TreeDiagram};
use crate::session::{Combine, TreePicture};
use crate::ui::theme::{self, Tokens, Type, size};
use crate::ui::widgets::paint;
use crate::ui::widgets::plot_host::combine_of;

const BOX: Vec2 = vec2(168.0, 84.0);
const GAP: f32 = 16.0;
const LEVEL: f32 = 134.0;
const MARGIN: f32 = 24.0;
/// Classes drawn with a colour of their own; the rest share one.
const COLOURED: usize = 6;

/// What a person did with the tree.
pub struct Clicked {
    pub node: usize,
    pub how: Combine,
}

/// A box that is drawn.
struct Place {
    node: usize,
    parent: Option<(usize, bool)>,
    middle: Pos2,
    /// Questions below it that are not drawn.
    hidden: usize,
}

/// Draws the first `levels` questions. `selected`: sentence of the selection that is shown.
pub fn show(
    ui: &mut Ui,
    picture: &TreePicture,
    levels: usize,
    selected: Option<&str>,
) -> Option<Clicked> {
    let places = lay_out(&picture.diagram, levels);
    let extent = places
        .iter()
        .fold(Vec2::ZERO, |most, place| most.max(place.middle.to_vec2()));
    let wanted = extent + BOX / 2.0 + Vec2::splat(MARGIN);
    let mut clicked = None;
    ScrollArea::both()
        .id_salt("tree")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let room = wanted.max(ui.available_size());
            let (_, rect) = ui.allocate_space(room);
            // A small tree stands in the middle of its canvas.
            let origin = rect.min + vec2(((room.x - wanted.x) / 2.0).max(0.0), 0.0);
            let seen = ui.clip_rect();
            let tokens = theme::tokens(ui);
            for place in &places {
                edge(
                    ui.painter(),
                    &places,
                    place,
                    origin.to_vec2(),
                    picture,
                    tokens,
                );
            }
            for place in &places {
                let area = Rect::from_center_size(place.middle + origin.to_vec2(), BOX);
                if !seen.intersects(area) {
                    continue;
                }
                let way = picture.way_to(place.node);
                let is_selected = selected == Some(way.as_str());
                let response = node(ui, picture, place, area, &way, is_selected);
                if response.clicked() {
                    let how = combine_of(ui);
                    clicked = Some(Clicked {
                        node: place.node,
                        how,
                    });
                }
            }
        });
    clicked
}

/// Answers side by side in reading order, each question above the middle of what it leads to.
fn lay_out(diagram: &TreeDiagram, levels: usize) -> Vec<Place> {
    let mut places = Vec::new();
    let mut next = MARGIN + BOX.x / 2.0;
    if !diagram.nodes.is_empty() {
        put(diagram, 0, None, 0, levels, &mut next, &mut places);
    }
    places
}

/// Returns the horizontal middle of the box. Depth is at most that of the deepest tree (30).
fn put(
    diagram: &TreeDiagram,
    node: usize,
    parent: Option<(usize, bool)>,
    level: usize,
    levels: usize,
    next: &mut f32,
    places: &mut Vec<Place>,
) -> f32 {
    let found = diagram.nodes.get(node);
    let children = found
        .filter(|found| found.question.is_some())
        .map(|found| (found.yes, found.no));
    let mut hidden = 0;
    let x = match children {
        Some((yes, no)) if level < levels => {
            let left = put(
                diagram,
                yes,
                Some((node, true)),
                level + 1,
                levels,
                next,
                places,
            );
            let right = put(
                diagram,
                no,
                Some((node, false)),
                level + 1,
                levels,
                next,
                places,
            );
            (left + right) / 2.0
        }
        below => {
            if below.is_some() {
                hidden = questions_below(diagram, node);
            }
            let x = *next;
            *next += BOX.x + GAP;
            x
        }
    };
    places.push(Place {
        node,
        parent,
        middle: pos2(x, MARGIN + BOX.y / 2.0 + level as f32 * LEVEL),
        hidden,
    });
    x
}

fn questions_below(diagram: &TreeDiagram, node: usize) -> usize {
    let inside = diagram.below(node);
    let below = diagram.nodes.iter().zip(&inside);
    below
        .filter(|(found, inside)| **inside && found.question.is_some())
        .count()
}

/// From a question to one of its ends; the more rows go there, the thicker.
fn edge(
    painter: &Painter,
    places: &[Place],
    place: &Place,
    origin: Vec2,
    picture: &TreePicture,
    tokens: &Tokens,
) {
    let Some((parent, yes)) = place.parent else {
        return;
    };
    let Some(above) = places.iter().find(|other| other.node == parent) else {
        return;
    };
    let rows = |node: usize| {
        picture
            .diagram
            .nodes
            .get(node)
            .map_or(0, |found| found.rows)
    };
    let share = rows(place.node) as f32 / rows(0).max(1) as f32;
    let from = above.middle + origin + vec2(0.0, BOX.y / 2.0);
    let to = place.middle + origin - vec2(0.0, BOX.y / 2.0);
    let bend = (from.y + to.y) / 2.0;
    let stroke = Stroke::new(1.0 + 7.0 * share, tokens.border.default);
    painter.add(Shape::line(
        vec![from, pos2(from.x, bend), pos2(to.x, bend), to],
        stroke,
    ));
    let words = if yes { "yes" } else { "no" };
    let at = pos2(to.x + 8.0, to.y - 12.0);
    paint::text_left(
        painter,
        at,
        words,
        Type::Caption,
        tokens.text.secondary,
        40.0,
    );
}

fn node(
    ui: &mut Ui,
    picture: &TreePicture,
    place: &Place,
    area: Rect,
    way: &str,
    selected: bool,
) -> Response {
    let tokens = theme::tokens(ui);
    let Some(found) = picture.diagram.nodes.get(place.node) else {
        return ui.interact(area, Id::unique(("tree node", place.node)), Sense::hover());
    };
    let id = ui.scope_id().with(("tree node", place.node));
    let response = ui.interact(area, id, Sense::click());
    let painter = ui.painter();
    let fill = paint::flat_fill(ui, &response, selected).unwrap_or(tokens.surface.raised);
    painter.rect_filled(area, size::RADIUS_CONTROL, fill);
    let (width, colour) = match selected {
        true => (2.0, tokens.accent.line),
        false => (1.0, tokens.border.control),
    };
    let stroke = Stroke::new(width, colour);
    painter.rect_stroke(area, size::RADIUS_CONTROL, stroke, StrokeKind::Inside);
    paint::focus_inside(ui, area, response.has_focus(), size::RADIUS_CONTROL);

    let answer = answer_words(&picture.task, found);
    let (head, condition) = match (&found.question, place.hidden) {
        (Some(question), 0) => in_two_lines(question),
        (Some(_), hidden) => (
            format!("… {} more", format::counted(hidden as u64, "question")),
            answer.clone(),
        ),
        (None, _) => (answer.clone(), String::new()),
    };
    let style = if found.question.is_some() && place.hidden == 0 {
        Type::Body
    } else {
        Type::BodyStrong
    };
    let left = area.left() + 10.0;
    let room = area.width() - 20.0;
    let ink = tokens.text.primary;
    let at = |y: f32| pos2(left, area.top() + y);
    paint::text_left(painter, at(16.0), &head, style, ink, room);
    paint::text_left(painter, at(35.0), &condition, Type::Body, ink, room);
    let rows = format::counted(found.rows, "row");
    let below = match found.question.is_some() && place.hidden == 0 {
        true => format!("{rows} · {answer}"),
        false => rows.clone(),
    };
    let grey = tokens.text.secondary;
    paint::text_left(painter, at(54.0), &below, Type::NumberSmall, grey, room);
    let bar = Rect::from_min_max(
        pos2(left, area.bottom() - 14.0),
        pos2(area.right() - 10.0, area.bottom() - 8.0),
    );
    value_bar(painter, bar, picture, found, tokens);

    let spoken = match &found.question {
        Some(question) => format!("{question}? {rows}, {answer}. Reached when {way}"),
        None => format!("{answer}, {rows}. Reached when {way}"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    response.on_hover_text(format!("{way}\n{rows}: {}", all_values(picture, found)))
}

/// What is asked about, and what is asked.
fn in_two_lines(question: &str) -> (String, String) {
    for sign in [" ≤ ", " = "] {
        if let Some((name, rest)) = question.rsplit_once(sign) {
            return (name.to_owned(), format!("{}{rest}?", sign.trim_start()));
        }
    }
    (format!("{question}?"), String::new())
}

/// The answer a node would give, in words.
fn answer_words(task: &Task, found: &DiagramNode) -> String {
    match task {
        Task::Number => format::number(found.values.first().copied().unwrap_or(f64::NAN), 4),
        Task::Classes { names } => {
            let best = most(&found.values);
            let name = names.get(best).map_or("", String::as_str);
            let share = found.values.get(best).copied().unwrap_or(0.0);
            format!("{name} {}", format::share(share))
        }
    }
}

fn most(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if values.get(best).is_none_or(|most| value > most) {
            best = index;
        }
    }
    best
}

fn all_values(picture: &TreePicture, found: &DiagramNode) -> String {
    match &picture.task {
        Task::Number => format!(
            "{} on average {}",
            picture.target,
            format::number(found.values.first().copied().unwrap_or(f64::NAN), 4)
        ),
        Task::Classes { names } => {
            let mut parts: Vec<String> = names
                .iter()
                .zip(&found.values)
                .filter(|(_, share)| **share > 0.0)
                .take(8)
                .map(|(name, share)| format!("{name} {}", format::share(*share)))
                .collect();
            let more = found.values.iter().filter(|share| **share > 0.0).count() - parts.len();
            if more > 0 {
                parts.push(format!("{more} more"));
            }
            parts.join(", ")
        }
    }
}

/// Shares of the classes; or where the number lies between the lowest and the highest answer.
fn value_bar(
    painter: &Painter,
    bar: Rect,
    picture: &TreePicture,
    found: &DiagramNode,
    tokens: &Tokens,
) {
    painter.rect_filled(bar, 2.0, tokens.surface.sunken);
    if let Task::Classes { names } = &picture.task {
        let mut from = bar.left();
        let two = names.len() == 2;
        for (class, share) in found.values.iter().enumerate() {
            let to = from + *share as f32 * bar.width();
            let colour = match (two, class) {
                (true, 0) => tokens.chart.two_class.no,
                (true, _) => tokens.chart.two_class.yes,
                (false, class) if class < COLOURED => tokens.category(class),
                _ => tokens.chart.other,
            };
            let part = Rect::from_min_max(pos2(from, bar.top()), pos2(to, bar.bottom()));
            painter.rect_filled(part, 0.0, colour);
            from = to;
        }
        return;
    }
    let all = picture.diagram.nodes.iter();
    let values = all.filter_map(|node| node.values.first().copied());
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let value = found.values.first().copied().unwrap_or(low);
    if high > low {
        let x = bar.left() + ((value - low) / (high - low)) as f32 * bar.width();
        let filled = Rect::from_min_max(bar.min, pos2(x.max(bar.left() + 2.0), bar.bottom()));
        painter.rect_filled(filled, 2.0, tokens.chart.mark);
    }
}
