//! Every curve whose marks are thresholds.

use std::sync::Arc;

use super::super::ranked::{Cut, Ranked};
use super::super::thresholds::{ThresholdLine, Thresholds};
use super::super::{gain, precision_recall, roc, thresholds};
use super::{
    CurveDrawing, CurveKind, CurveWish, Mark, NamedLine, People, Reference, Sign, Told, Trace,
};
use crate::base::{UserError, format};
use crate::chart::marks::View;
use crate::chart::scale;
use crate::chart::scene::{Dash, Ink, Shape};
use crate::evaluate::cross_validation::RunResult;
use crate::learn::Task;

/// Lines are drawn with about so many points.
const POINTS: usize = 600;
/// Marks along a curve that can be pointed at.
const MARKS: usize = 20;

/// From 0 to 1, with room for the marks at the ends.
pub(super) const UNIT: View = View {
    x: (-0.015, 1.015),
    y: (-0.02, 1.02),
};

/// What differs between the curves.
struct Course {
    points: Vec<(Cut, [f64; 2])>,
    reference: Vec<[f64; 2]>,
    domain: View,
    sentence: String,
}

pub(super) fn of_cuts(
    name: &str,
    result: &RunResult,
    wish: CurveWish,
) -> Result<CurveDrawing, UserError> {
    let ranked = Ranked::of(result, wish.class)?;
    let class = class_name(result, wish.class);
    let mut people = None;
    let mut named = Vec::new();
    let shape = match wish.kind {
        CurveKind::PrecisionRecall => precision_recall_shape(&ranked, result)?,
        CurveKind::Gain => gain_shape(&ranked, &class)?,
        CurveKind::Lift => lift_shape(&ranked, &class)?,
        CurveKind::Costs => {
            let found = thresholds(&ranked, &wish.costs, wish.capacity)?;
            let told = people_of(&found, &ranked, &class, wish);
            named = signs(&told);
            let shape = cost_shape(&found, &ranked, &told);
            people = Some(told);
            shape
        }
        _ => roc_shape(&ranked, result)?,
    };
    let marks: Vec<Mark> = shape
        .points
        .iter()
        .map(|(cut, at)| Mark {
            at: *at,
            end: cut.taken,
            low: cut.threshold,
            high: cut.threshold,
        })
        .collect();
    let told = told(&shape.points, &ranked, &class, &named);
    Ok(CurveDrawing {
        kind: wish.kind,
        traces: vec![Trace {
            name: name.to_owned(),
            points: thinned(&shape.points, ranked.len()),
        }],
        references: vec![Reference {
            name: match wish.kind {
                CurveKind::Costs => "Guessing (rows by lot)",
                _ => "Guessing",
            },
            lines: vec![shape.reference],
            dash: Dash::Dotted,
        }],
        marks,
        told,
        order: Arc::new(ranked.rows().to_vec()),
        cumulative: true,
        domain: shape.domain,
        sentence: shape.sentence,
        counted: counted(&ranked, &class),
        class: Some(class),
        people,
    })
}

/// "344 rows checked, 165 of them male".
pub(super) fn counted(ranked: &Ranked, class: &str) -> String {
    format!(
        "{} checked, {} of them {class}",
        format::counted(ranked.len() as u64, "row"),
        format::count(ranked.positives() as u64)
    )
}

pub(super) fn class_name(result: &RunResult, class: usize) -> String {
    match &result.task {
        Task::Classes { names } => names.get(class).cloned().unwrap_or_default(),
        Task::Number => String::new(),
    }
}

/// "; by part 0.93 (0.90 to 0.95)" where the score of two classes is this curve's.
fn by_part(result: &RunResult, metric: &str) -> String {
    let two = matches!(&result.task, Task::Classes { names } if names.len() == 2);
    match result.scores.get(metric).filter(|_| two) {
        Some(value) => format!(
            " Part by part it is {} ({} to {}, 95\u{a0}% range).",
            format::fixed(value.mean, 3),
            format::fixed(value.lower, 3),
            format::fixed(value.upper, 3)
        ),
        None => String::new(),
    }
}

fn roc_shape(ranked: &Ranked, result: &RunResult) -> Result<Course, UserError> {
    let curve = roc(ranked)?;
    Ok(Course {
        points: curve
            .points
            .iter()
            .map(|p| (p.cut, [p.wrong_alarms, p.found]))
            .collect(),
        reference: vec![[0.0, 0.0], [1.0, 1.0]],
        domain: UNIT,
        sentence: format!(
            "In {} of 100 pairs the row of the class is put first (area {}); by guessing in 50.{}",
            format::fixed(curve.area * 100.0, 0),
            format::fixed(curve.area, 3),
            by_part(result, "auc")
        ),
    })
}

fn precision_recall_shape(ranked: &Ranked, result: &RunResult) -> Result<Course, UserError> {
    let curve = precision_recall(ranked)?;
    Ok(Course {
        points: curve
            .points
            .iter()
            .map(|p| (p.cut, [p.recall, p.precision]))
            .collect(),
        reference: vec![[0.0, curve.chance], [1.0, curve.chance]],
        domain: UNIT,
        sentence: format!(
            "Average precision {}; by guessing {}.{}",
            format::fixed(curve.average_precision, 3),
            format::fixed(curve.chance, 3),
            by_part(result, "average_precision")
        ),
    })
}

fn gain_shape(ranked: &Ranked, class: &str) -> Result<Course, UserError> {
    let curve = gain(ranked)?;
    Ok(Course {
        points: curve
            .points
            .iter()
            .map(|p| (p.cut, [p.taken, p.found]))
            .collect(),
        reference: vec![[0.0, 0.0], [1.0, 1.0]],
        domain: UNIT,
        sentence: match curve.points.iter().rfind(|point| point.taken <= 0.1) {
            Some(tenth) if tenth.cut.taken > 0 => format!(
                "The first {} of the list, a tenth or a little less, hold {} of the {} {class}; by lot about {}.",
                format::counted(tenth.cut.taken as u64, "row"),
                format::count(tenth.cut.found as u64),
                format::count(ranked.positives() as u64),
                format::number(tenth.taken * ranked.positives() as f64, 2)
            ),
            _ => "Rows are taken from the most likely down.".to_owned(),
        },
    })
}

fn lift_shape(ranked: &Ranked, class: &str) -> Result<Course, UserError> {
    let curve = gain(ranked)?;
    let lifts = || {
        let points = curve.points.iter();
        points.filter_map(|point| Some((point, point.lift?)))
    };
    let highest = lifts().map(|(_, lift)| lift).fold(1.0, f64::max);
    let tenth = lifts().rfind(|(point, _)| point.taken <= 0.1);
    Ok(Course {
        points: lifts()
            .map(|(point, lift)| (point.cut, [point.taken, lift]))
            .collect(),
        reference: vec![[0.0, 1.0], [1.0, 1.0]],
        domain: View {
            x: UNIT.x,
            y: (-highest * 0.02, highest * 1.06),
        },
        sentence: match tenth {
            Some((_, lift)) => format!(
                "The first tenth of the list holds {} times as many {class} as a tenth by lot.",
                format::fixed(lift, 1)
            ),
            None => "Rows are taken from the most likely down.".to_owned(),
        },
    })
}

fn cost_shape(found: &Thresholds, ranked: &Ranked, people: &People) -> Course {
    let ends = |pick: fn(f64, f64) -> f64| {
        let costs = found.lines.iter().map(|line| line.cost);
        costs.reduce(pick).unwrap_or(0.0)
    };
    let (lowest, highest) = (ends(f64::min).min(0.0), ends(f64::max));
    let end = |line: Option<&ThresholdLine>| {
        line.map_or([0.0, 0.0], |line| [line.cut.taken as f64, line.cost])
    };
    Course {
        points: found
            .lines
            .iter()
            .map(|line| (line.cut, [line.cut.taken as f64, line.cost]))
            .collect(),
        reference: vec![end(found.lines.first()), end(found.lines.last())],
        domain: View {
            x: (-0.015 * ranked.len() as f64, 1.015 * ranked.len() as f64),
            y: scale::padded(lowest, highest),
        },
        sentence: people.sentence.clone(),
    }
}

/// The thresholds with a name that is a mark of its own.
fn signs(people: &People) -> Vec<(Cut, Sign)> {
    let sign = |name: &str| match name {
        "Yours" => Some((Shape::Circle, Ink::Selection, 9.0)),
        "Capacity" => Some((Shape::Square, Ink::Category(1), 8.0)),
        "Cheapest" => Some((Shape::Diamond, Ink::Category(2), 6.0)),
        "50\u{a0}%" => Some((Shape::TriangleUp, Ink::Category(3), 4.5)),
        _ => None,
    };
    let lines = people.lines.iter();
    let mut signs: Vec<(Cut, Sign)> = lines
        .filter_map(|named| {
            let (shape, ink, radius) = sign(named.name)?;
            let sign = Sign {
                name: named.name,
                shape,
                ink,
                radius,
            };
            Some((named.line.cut, sign))
        })
        .collect();
    // The largest lies beneath: where two meet, both are seen.
    signs.sort_by(|a, b| b.1.radius.total_cmp(&a.1.radius));
    signs
}

fn people_of(found: &Thresholds, ranked: &Ranked, class: &str, wish: CurveWish) -> People {
    let line = |place: usize| found.lines.get(place).copied();
    let mut lines = Vec::new();
    let mut add = |name: &'static str, line: Option<ThresholdLine>| {
        lines.extend(line.map(|line| NamedLine { name, line }));
    };
    add("Yours", line(found.at(wish.threshold)));
    add("Cheapest", line(found.best));
    if let Some(limit) = wish.capacity {
        let within = found
            .lines
            .iter()
            .rfind(|line| line.cut.taken as u64 <= limit);
        add("Capacity", within.copied());
    }
    add("50\u{a0}%", line(found.at(0.5)));
    // Guessing says the same of everybody: that they are of the class where most are.
    let all = ranked.positives() * 2 > ranked.len();
    let guess = if all {
        found.lines.len().saturating_sub(1)
    } else {
        0
    };
    add("Guessing", line(guess));
    let sentence = line(found.at(wish.threshold)).map_or_else(String::new, |line| {
        let over = wish.capacity.filter(|limit| line.cut.taken as u64 > *limit);
        let over = over.map_or_else(String::new, |limit| {
            format!(" That is more than the {} you can.", format::count(limit))
        });
        format!("{}{over}", line_sentence(&line, class))
    });
    let advice = line(found.best).map_or_else(String::new, |best| {
        let free = line(found.best_without_limit)
            .filter(|free| free.cut != best.cut)
            .map_or_else(String::new, |free| {
                format!(
                    " Without the limit, acting on {} would cost {}.",
                    format::count(free.cut.taken as u64),
                    format::number(free.cost, 5)
                )
            });
        format!(
            "Cheapest: {}{free}",
            lower_first(&line_sentence(&best, class))
        )
    });
    People {
        lines,
        sentence,
        advice,
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}

/// "Of 40 acted on, 36 are male and 4 are not; 129 male are missed. Cost 133."
pub(super) fn line_sentence(line: &ThresholdLine, class: &str) -> String {
    let cost = format::number(line.cost, 5);
    if line.cut.taken == 0 {
        return format!(
            "Nobody is acted on; {} {class} {} missed. Cost {cost}.",
            format::count(line.misses),
            if line.misses == 1 { "is" } else { "are" }
        );
    }
    format!(
        "Of {} acted on, {} {class} and {} not; {} {class} {} missed. Cost {cost}.",
        format::count(line.cut.taken as u64),
        are(line.hits),
        are(line.wrong_alarms),
        format::count(line.misses),
        if line.misses == 1 { "is" } else { "are" }
    )
}

/// "1 is", "36 are".
fn are(count: u64) -> String {
    let word = if count == 1 { "is" } else { "are" };
    format!("{} {word}", format::count(count))
}

/// The points without those that no eye could tell apart.
fn thinned(points: &[(Cut, [f64; 2])], rows: usize) -> Vec<[f64; 2]> {
    let step = rows / POINTS;
    let end = points.len().saturating_sub(1);
    let mut last = None;
    let mut kept = Vec::with_capacity(points.len().min(POINTS * 2));
    for (place, (cut, at)) in points.iter().enumerate() {
        if place == end || last.is_none_or(|last| cut.taken > last + step) {
            last = Some(cut.taken);
            kept.push(*at);
        }
    }
    kept
}

/// Marks evenly along the rows, and those with a name.
fn told(
    points: &[(Cut, [f64; 2])],
    ranked: &Ranked,
    class: &str,
    named: &[(Cut, Sign)],
) -> Vec<Told> {
    let each = (ranked.len() / MARKS).max(1);
    let mut told = Vec::new();
    let mut last = 0;
    for (mark, (cut, _)) in points.iter().enumerate() {
        if cut.taken > 0 && (cut.taken >= last + each || mark + 1 == points.len()) {
            last = cut.taken;
            told.push(Told {
                mark,
                words: cut_words(cut, ranked, class),
                ends: None,
                half: None,
                name: None,
            });
        }
    }
    // Names lie over the plain marks.
    for (wanted, sign) in named {
        let mark = points.iter().position(|(cut, _)| cut == wanted);
        told.extend(mark.map(|mark| Told {
            mark,
            words: format!(
                "{}, {}",
                sign.name,
                lower_first(&cut_words(wanted, ranked, class))
            ),
            ends: None,
            half: None,
            name: Some(*sign),
        }));
    }
    told
}

/// "From 0.62 up: 40 rows taken, 36 of the 80 male among them".
fn cut_words(cut: &Cut, ranked: &Ranked, class: &str) -> String {
    if cut.taken == 0 {
        return format!(
            "Nothing taken: all {} {class} missed",
            format::count(ranked.positives() as u64)
        );
    }
    format!(
        "From {} up: {} taken, {} of the {} {class} among them",
        format::number(cut.threshold, 3),
        format::counted(cut.taken as u64, "row"),
        format::count(cut.found as u64),
        format::count(ranked.positives() as u64)
    )
}
