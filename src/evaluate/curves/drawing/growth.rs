//! Learning and validation curves as a drawing and as numbers.

use super::super::growth::{Along, GrowthPoint, Place};
use super::scene::one_line;
use crate::base::ParamValue;
use crate::base::format::{self, Figures};
use crate::chart::marks::SceneSize;
use crate::chart::scale;
use crate::chart::scene::{
    Axis, AxisKind, Band, Dash, Ink, Layer, LegendEntry, Line, Scene, Shape, Spot,
};
use crate::data::table::{NewColumn, NewValues};
use crate::evaluate::metrics::{Metric, MetricValue};
use crate::evaluate::pictures::axis;
use crate::evaluate::tuning::shown;

/// The curve of one metric as far as it is known. `title`: of a file; empty in the window.
/// `guessing`: its score, drawn as the line to compare with. `setting`: what is changed along a
/// validation curve, in words.
pub fn growth_scene(
    points: &[GrowthPoint],
    metric: &Metric,
    guessing: Option<&MetricValue>,
    setting: Option<&str>,
    title: String,
    size: SceneSize,
) -> Scene {
    let drawn: Vec<Drawn<'_>> = points
        .iter()
        .enumerate()
        .filter_map(|(index, point)| Drawn::of(index, point, metric, setting.is_some()))
        .collect();
    let x = across(points, &drawn, setting, size);
    let up = domain_up(&drawn, guessing);
    let figures = Figures::default();
    let name = format!("{} ({})", metric.name, metric.technical);
    let rounds = points
        .iter()
        .find_map(|point| point.checked.get(metric.id))
        .map_or(0, |value| value.folds.len());
    Scene {
        title,
        subtitle: format!(
            "Mean of {rounds} rounds with its 95\u{a0}% range; the same rows are checked all along"
        ),
        y: axis(name, up, size.height, figures),
        legend_title: String::new(),
        legend: legend(guessing.is_some()),
        layers: layers(&drawn, guessing, x.domain, along_numbers(points)),
        description: sentence(&drawn, metric, setting),
        note: Some(one_line(&sentence(&drawn, metric, setting))),
        x,
    }
}

/// Whether what lies between two points means something.
fn along_numbers(points: &[GrowthPoint]) -> bool {
    points.iter().all(|point| match &point.at {
        Place::Share(_) => true,
        Place::Value(value) => matches!(value, ParamValue::Integer(_) | ParamValue::Number(_)),
    })
}

/// One point with what is drawn of it.
struct Drawn<'a> {
    x: f64,
    place: String,
    rows: f64,
    checked: &'a MetricValue,
    trained: Option<f64>,
}

impl<'a> Drawn<'a> {
    fn of(index: usize, point: &'a GrowthPoint, metric: &Metric, banded: bool) -> Option<Self> {
        Some(Self {
            // Values of a setting stand side by side, whatever their scale.
            x: if banded {
                index as f64
            } else {
                point.rows_trained
            },
            place: match &point.at {
                Place::Share(share) => format::share(*share),
                Place::Value(value) => shown(value),
            },
            rows: point.rows_trained,
            checked: point.checked.get(metric.id)?,
            trained: point.trained.get(metric.id).copied(),
        })
    }
}

fn across(
    points: &[GrowthPoint],
    drawn: &[Drawn<'_>],
    setting: Option<&str>,
    size: SceneSize,
) -> Axis {
    let Some(setting) = setting else {
        let most = drawn.iter().map(|point| point.rows).fold(1.0, f64::max);
        let domain = (0.0, most * 1.04);
        let title = "Rows learned from".to_owned();
        return axis(title, domain, size.width, Figures::default());
    };
    let names: Vec<String> = points
        .iter()
        .map(|point| match &point.at {
            Place::Share(share) => format::share(*share),
            Place::Value(value) => shown(value),
        })
        .collect();
    let labels = names.iter().enumerate();
    Axis {
        title: setting.to_owned(),
        figures: Figures::default(),
        domain: (-0.5, names.len().max(1) as f64 - 0.5),
        ticks: labels
            .map(|(place, name)| (place as f64, name.clone()))
            .collect(),
        kind: AxisKind::Band(names),
    }
}

fn domain_up(drawn: &[Drawn<'_>], guessing: Option<&MetricValue>) -> (f64, f64) {
    let points = drawn.iter().flat_map(|point| {
        [
            Some(point.checked.lower),
            Some(point.checked.upper),
            Some(point.checked.mean),
            point.trained,
        ]
    });
    let all = points.chain([guessing.map(|value| value.mean)]).flatten();
    let (low, high) = all
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    scale::padded(low, high)
}

fn legend(guessing: bool) -> Vec<LegendEntry> {
    let entry = |label: &str, ink: Ink, dash: Dash| LegendEntry {
        label: label.to_owned(),
        ink,
        shape: None,
        dash: Some(dash),
    };
    let mut legend = vec![
        entry("On rows not seen", Ink::Category(0), Dash::Solid),
        entry("On rows learned from", Ink::Category(1), Dash::Dashed),
    ];
    if guessing {
        legend.push(entry("Guessing", Ink::Baseline, Dash::Dotted));
    }
    legend
}

/// `joined`: what lies between two points means something.
fn layers(
    drawn: &[Drawn<'_>],
    guessing: Option<&MetricValue>,
    across: (f64, f64),
    joined: bool,
) -> Vec<Layer> {
    let mut lines = Vec::new();
    lines.extend(guessing.map(|value| Line {
        points: vec![[across.0, value.mean], [across.1, value.mean]],
        ink: Ink::Baseline,
        width: 1.5,
        dash: Dash::Dotted,
    }));
    let line = |points: Vec<[f64; 2]>, ink: Ink, width: f32, dash: Dash| Line {
        points,
        ink,
        width,
        dash,
    };
    let trained = drawn.iter().filter_map(|p| Some([p.x, p.trained?]));
    let mut bands = Vec::new();
    if joined {
        let checked = drawn.iter().map(|p| [p.x, p.checked.mean]).collect();
        let trained = trained.collect();
        lines.push(line(trained, Ink::Category(1), 1.5, Dash::Dashed));
        lines.push(line(checked, Ink::Category(0), 2.5, Dash::Solid));
        bands.push(Band {
            x: drawn.iter().map(|point| point.x).collect(),
            low: drawn.iter().map(|point| point.checked.lower).collect(),
            high: drawn.iter().map(|point| point.checked.upper).collect(),
            ink: Ink::Category(0),
        });
    } else {
        // Choices have nothing between them: a stroke and a whisker each.
        lines.extend(trained.map(|[x, y]| {
            let stroke = vec![[x - 0.2, y], [x + 0.2, y]];
            line(stroke, Ink::Category(1), 1.5, Dash::Dashed)
        }));
        lines.extend(drawn.iter().map(|point| {
            let (low, high) = (point.checked.lower, point.checked.upper);
            let whisker = vec![[point.x, low], [point.x, high]];
            line(whisker, Ink::Category(0), 2.0, Dash::Solid)
        }));
    }
    let spots = drawn.iter().map(|point| Spot {
        x: point.x,
        y: point.checked.mean,
        ink: Ink::Category(0),
        shape: Shape::Circle,
        radius: 4.0,
        selected: None,
        tooltip: format!(
            "{}: {} ({} to {}) on rows not seen{}, learned from {}",
            point.place,
            format::number(point.checked.mean, 3),
            format::number(point.checked.lower, 3),
            format::number(point.checked.upper, 3),
            point.trained.map_or_else(String::new, |score| format!(
                ", {} on those learned from",
                format::number(score, 3)
            )),
            format::counted(point.rows.round() as u64, "row")
        ),
    });
    vec![
        Layer::Bands(bands),
        Layer::Lines(lines),
        Layer::Spots(spots.collect()),
    ]
}

/// What the curve says: whether more rows would help, or which value did best.
fn sentence(drawn: &[Drawn<'_>], metric: &Metric, setting: Option<&str>) -> String {
    let (Some(first), Some(last)) = (drawn.first(), drawn.last()) else {
        return "No point is measured yet.".to_owned();
    };
    if let Some(setting) = setting {
        let best = drawn.iter().fold(first, |best, point| {
            if metric.is_better(point.checked.mean, best.checked.mean) {
                point
            } else {
                best
            }
        });
        return format!(
            "{setting}: best at {} with {} ({} to {}).",
            best.place,
            format::number(best.checked.mean, 3),
            format::number(best.checked.lower, 3),
            format::number(best.checked.upper, 3)
        );
    }
    let before = drawn.get(drawn.len().saturating_sub(2)).unwrap_or(first);
    let margin = (last.checked.upper - last.checked.lower) / 2.0;
    let gained = (last.checked.mean - before.checked.mean).abs();
    let grows = metric.is_better(last.checked.mean, before.checked.mean) && gained > margin / 2.0;
    let advice = match (drawn.len() > 1, grows) {
        (false, _) => "",
        (true, true) => " It still gets better with rows: more of them would help.",
        (true, false) => " The last rows changed little: more of them would hardly help.",
    };
    format!(
        "{} with {}, {} with {}.{advice}",
        format::number(first.checked.mean, 3),
        format::counted(first.rows.round() as u64, "row"),
        format::number(last.checked.mean, 3),
        format::counted(last.rows.round() as u64, "row")
    )
}

/// Every point and metric on a line: where it is, rows learned from, the score on them, and that on
/// rows not seen with its interval.
pub fn growth_numbers(points: &[GrowthPoint], along: &Along) -> Vec<NewColumn> {
    let lines: Vec<(&GrowthPoint, &String, &MetricValue)> = points
        .iter()
        .flat_map(|point| {
            let checked = point.checked.iter();
            checked.map(move |(id, value)| (point, id, value))
        })
        .collect();
    let texts =
        |name: &str, of: &dyn Fn(&(&GrowthPoint, &String, &MetricValue)) -> String| NewColumn {
            name: name.to_owned(),
            values: NewValues::Texts(lines.iter().map(|line| Some(of(line))).collect()),
        };
    let numbers =
        |name: &str, of: &dyn Fn(&(&GrowthPoint, &String, &MetricValue)) -> f64| NewColumn {
            name: name.to_owned(),
            values: NewValues::Numbers(lines.iter().map(of).collect()),
        };
    let at = match along {
        Along::Rows { .. } => "share_of_rows".to_owned(),
        Along::Setting { key, .. } => key.clone(),
    };
    vec![
        texts(&at, &|(point, _, _)| match &point.at {
            Place::Share(share) => share.to_string(),
            Place::Value(value) => shown(value),
        }),
        numbers("rows_learned_from", &|(point, _, _)| point.rows_trained),
        texts("metric", &|(_, id, _)| (*id).clone()),
        numbers("on_rows_learned_from", &|(point, id, _)| {
            point.trained.get(*id).copied().unwrap_or(f64::NAN)
        }),
        numbers("on_rows_not_seen", &|(_, _, value)| value.mean),
        numbers("lower", &|(_, _, value)| value.lower),
        numbers("upper", &|(_, _, value)| value.upper),
    ]
}
