//! A selection made on a chart, as a sentence.

use crate::base::format;
use crate::chart::scene::{Axis, AxisKind, Scene};
use crate::chart::{Brush, ChartSpec};
use crate::ui::widgets::plot_host::{moment, touched_bars};

/// Names listed one by one.
const LISTED: usize = 3;

/// "tenure between 0 and 3 and plan is Basic".
pub fn of_brush(scene: &Scene, spec: &ChartSpec, brush: &Brush) -> String {
    let brush = brush.sorted();
    if let Some(sentence) = of_bars(scene, spec, &brush) {
        return sentence;
    }
    let parts: Vec<String> = [(&scene.x, brush.x), (&scene.y, brush.y)]
        .into_iter()
        .filter_map(|(axis, range)| of_axis(axis, spec, range))
        .collect();
    if parts.is_empty() {
        "rows of the chart".to_owned()
    } else {
        parts.join(" and ")
    }
}

/// Ranges of counted bars, with what the bars for blanks add.
fn of_bars(scene: &Scene, spec: &ChartSpec, brush: &Brush) -> Option<String> {
    let axis = if scene.y.title == "Rows" || scene.y.title == "% of rows" {
        &scene.x
    } else {
        return None;
    };
    let touched = touched_bars(scene, brush);
    if touched.is_empty() || matches!(axis.kind, AxisKind::Band(_)) {
        return None;
    }
    let column = named(axis, spec)?;
    let blank = touched.iter().any(|bar| bar.hatched);
    let filled = touched.iter().filter(|bar| !bar.hatched);
    let (low, high) = filled.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), bar| {
        (low.min(bar.x.0), high.max(bar.x.1))
    });
    if low > high {
        return Some(format!("{column} is blank"));
    }
    let range = format!(
        "{column} between {} and {}",
        read(axis, low),
        read(axis, high)
    );
    Some(if blank {
        format!("{range} or blank")
    } else {
        range
    })
}

/// The column an axis shows.
fn named<'a>(axis: &Axis, spec: &'a ChartSpec) -> Option<&'a str> {
    [&spec.x, &spec.y]
        .into_iter()
        .filter_map(|column| column.as_deref())
        .find(|column| axis.title == *column)
}

/// A position as it is said.
fn read(axis: &Axis, value: f64) -> String {
    match axis.kind {
        AxisKind::Time => moment((value / 3600.0).round() * 3600.0),
        _ => axis.figures.number(value, digits(axis.domain)),
    }
}

fn of_axis(axis: &Axis, spec: &ChartSpec, (low, high): (f64, f64)) -> Option<String> {
    let column = named(axis, spec)?;
    let (first, last) = axis.domain;
    if low <= first && high >= last {
        return None;
    }
    match &axis.kind {
        AxisKind::Band(names) => {
            let touched: Vec<&str> = names
                .iter()
                .enumerate()
                .filter(|(index, _)| {
                    let place = *index as f64;
                    low < place + 0.5 && high > place - 0.5
                })
                .map(|(_, name)| name.as_str())
                .collect();
            match touched.len() {
                0 => None,
                count if count == names.len() => None,
                count if count > LISTED => Some(format!(
                    "{column} is one of {}",
                    format::counted(count as u64, "value")
                )),
                _ => Some(format!("{column} is {}", touched.join(" or "))),
            }
        }
        _ => {
            let show = |value: f64| read(axis, value);
            Some(match (low <= first, high >= last) {
                (true, _) => format!("{column} below {}", show(high)),
                (_, true) => format!("{column} above {}", show(low)),
                _ => format!("{column} between {} and {}", show(low), show(high)),
            })
        }
    }
}

/// Digits that tell positions of an axis apart.
fn digits((low, high): (f64, f64)) -> usize {
    let largest = low.abs().max(high.abs());
    let steps = largest / (high - low).max(f64::MIN_POSITIVE) * 200.0;
    (steps.log10().ceil() as usize).clamp(2, 8)
}
