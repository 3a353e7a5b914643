//! A comparison as a picture and as numbers: every model with its interval, its ties and its
//! distance to the best.

use super::compare::{Comparison, Standing};
use super::cross_validation::RunResult;
use super::metrics::Metric;
use super::pictures::axis;
use crate::base::format::{self, Figures};
use crate::chart::marks::SceneSize;
use crate::chart::scale;
use crate::chart::scene::{
    Anchor, Axis, AxisKind, Band, Dash, Ink, Label, Layer, LegendEntry, Line, Scene, Shape, Spot,
};
use crate::data::table::{NewColumn, NewValues};
use crate::learn;

fn name_of(learner: &str) -> String {
    learn::by_id(learner).map_or_else(|_| learner.to_owned(), |found| found.name().to_owned())
}

/// Every model on one axis, best at the top: a dot with its 95 % interval, a small dot per round,
/// models tied with the best on a shaded ground. `results`: those that were compared.
pub fn board_scene(
    results: &[RunResult],
    comparison: &Comparison,
    metric: &Metric,
    size: SceneSize,
) -> Scene {
    let standings = &comparison.standings;
    let x = across(results, comparison, metric, size);
    let rows = results.first().map_or(0, |result| result.rows);
    let better = match metric.higher_is_better {
        true => "higher is better",
        false => "lower is better",
    };
    let names = standings
        .iter()
        .rev()
        .map(|standing| name_of(&standing.learner));
    let names: Vec<String> = names.collect();
    Scene {
        title: format!("{} ({})", metric.name, metric.technical),
        subtitle: format!(
            "{}, every one predicted by a model that never saw it; mean with its 95\u{a0}% range, {better}",
            format::counted(rows, "row")
        ),
        y: Axis {
            title: String::new(),
            figures: Figures::default(),
            domain: (-0.5, names.len().max(1) as f64 - 0.5),
            ticks: names
                .iter()
                .enumerate()
                .map(|(place, name)| (place as f64, name.clone()))
                .collect(),
            kind: AxisKind::Band(names),
        },
        legend_title: String::new(),
        legend: legend(standings),
        layers: layers(results, comparison, metric, x.domain),
        description: format!("{}: {}", metric.name, comparison.reason),
        note: Some(comparison.reason.clone()),
        x,
    }
}

fn across(
    results: &[RunResult],
    comparison: &Comparison,
    metric: &Metric,
    size: SceneSize,
) -> Axis {
    let values = comparison.standings.iter().flat_map(|standing| {
        let folds = value_of(results, standing, metric).map(|value| value.folds.clone());
        let ends = [standing.lower, standing.upper, standing.mean];
        ends.into_iter().chain(folds.into_iter().flatten())
    });
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let domain = scale::padded(low, high);
    // The score is written at the right of each interval.
    let room = (domain.1 - domain.0) * 0.14;
    let title = format!("{} ({})", metric.name, metric.technical);
    let domain = (domain.0, domain.1 + room);
    axis(title, domain, size.width, Figures::default())
}

fn value_of<'a>(
    results: &'a [RunResult],
    standing: &Standing,
    metric: &Metric,
) -> Option<&'a super::metrics::MetricValue> {
    results.get(standing.run)?.scores.get(metric.id)
}

fn sign_of(standing: &Standing) -> (Shape, Ink) {
    match (standing.yardstick, standing.recommended) {
        (true, _) => (Shape::Square, Ink::Mark),
        (_, true) => (Shape::Diamond, Ink::Category(2)),
        _ => (Shape::Circle, Ink::Category(0)),
    }
}

fn legend(standings: &[Standing]) -> Vec<LegendEntry> {
    let entry = |label: &str, shape: Option<Shape>, ink: Ink, dash: Option<Dash>| LegendEntry {
        label: label.to_owned(),
        ink,
        shape,
        dash,
    };
    let mut legend = vec![entry("Model", Some(Shape::Circle), Ink::Category(0), None)];
    if standings.iter().any(|standing| standing.recommended) {
        legend.push(entry(
            "Recommended",
            Some(Shape::Diamond),
            Ink::Category(2),
            None,
        ));
    }
    legend.push(entry("Yardstick", Some(Shape::Square), Ink::Mark, None));
    legend.push(entry("One round", Some(Shape::Circle), Ink::MarkSoft, None));
    if standings
        .iter()
        .any(|standing| standing.learner == "guessing")
    {
        legend.push(entry("Guessing", None, Ink::Baseline, Some(Dash::Dotted)));
    }
    if standings.iter().filter(|standing| standing.tied).count() > 1 {
        legend.push(entry(
            "Shaded: not clearly different",
            None,
            Ink::MarkSoft,
            None,
        ));
    }
    legend
}

fn layers(
    results: &[RunResult],
    comparison: &Comparison,
    metric: &Metric,
    across: (f64, f64),
) -> Vec<Layer> {
    let standings = &comparison.standings;
    let count = standings.len();
    let (mut lines, mut spots, mut small, mut labels) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut ties = Vec::new();
    for (place, standing) in standings.iter().enumerate() {
        let y = (count - 1 - place) as f64;
        let (shape, ink) = sign_of(standing);
        if standing.tied {
            ties.push(Band {
                x: vec![across.0, across.1],
                low: vec![y - 0.5; 2],
                high: vec![y + 0.5; 2],
                ink: Ink::MarkSoft,
            });
        }
        if standing.learner == "guessing" {
            lines.push(Line {
                points: vec![[standing.mean, -0.5], [standing.mean, count as f64 - 0.5]],
                ink: Ink::Baseline,
                width: 1.5,
                dash: Dash::Dotted,
            });
        }
        lines.push(Line {
            points: vec![[standing.lower, y], [standing.upper, y]],
            ink,
            width: 2.5,
            dash: Dash::Solid,
        });
        let folds = value_of(results, standing, metric).map_or(&[][..], |value| &value.folds);
        small.extend(folds.iter().map(|&score| Spot {
            x: score,
            y: y - 0.22,
            ink: Ink::MarkSoft,
            shape: Shape::Circle,
            radius: 2.0,
            selected: None,
            tooltip: String::new(),
        }));
        let margin = (standing.upper - standing.lower) / 2.0;
        let decimals = format::decimals_for(margin);
        spots.push(Spot {
            x: standing.mean,
            y,
            ink,
            shape,
            radius: 5.0,
            selected: None,
            tooltip: String::new(),
        });
        labels.push(Label {
            x: standing.upper.min(across.1),
            y,
            text: format!(
                "{} ± {}",
                format::fixed(standing.mean, decimals),
                format::fixed(margin, decimals)
            ),
            anchor: Anchor::Start,
            offset: (8.0, 4.0),
            backdrop: None,
        });
    }
    vec![
        Layer::Bands(ties),
        Layer::Spots(small),
        Layer::Lines(lines),
        Layer::Spots(spots),
        Layer::Labels(labels),
    ]
}

/// The comparison on a line per model, best first. `times`: with the seconds it took, which differ
/// from run to run.
pub fn board_numbers(
    results: &[RunResult],
    comparison: &Comparison,
    metric: &Metric,
    times: bool,
) -> Vec<NewColumn> {
    let standings = &comparison.standings;
    let texts = |name: &str, of: &dyn Fn(&Standing) -> String| NewColumn {
        name: name.to_owned(),
        values: NewValues::Texts(standings.iter().map(|line| Some(of(line))).collect()),
    };
    let numbers = |name: &str, of: &dyn Fn(&Standing) -> Option<f64>| NewColumn {
        name: name.to_owned(),
        values: NewValues::Numbers(
            standings
                .iter()
                .map(|line| of(line).unwrap_or(f64::NAN))
                .collect(),
        ),
    };
    let answers = |name: &str, of: &dyn Fn(&Standing) -> bool| NewColumn {
        name: name.to_owned(),
        values: NewValues::Texts(
            standings
                .iter()
                .map(|line| Some(if of(line) { "yes" } else { "no" }.to_owned()))
                .collect(),
        ),
    };
    let result = |line: &Standing| results.get(line.run);
    let mut columns = vec![
        texts("model", &|line| name_of(&line.learner)),
        texts("learner", &|line| line.learner.clone()),
        texts("metric", &|_| metric.id.to_owned()),
        numbers("mean", &|line| Some(line.mean)),
        numbers("lower", &|line| Some(line.lower)),
        numbers("upper", &|line| Some(line.upper)),
        numbers("difference_to_best", &|line| Some(line.difference_to_best)),
        numbers("difference_margin", &|line| Some(line.difference_margin)),
        numbers("probability_better", &|line| Some(line.chances?.better)),
        numbers("probability_same", &|line| Some(line.chances?.same)),
        numbers("probability_worse", &|line| Some(line.chances?.worse)),
        answers("tied_with_best", &|line| line.tied),
        answers("yardstick", &|line| line.yardstick),
        answers("recommended", &|line| line.recommended),
        numbers("rows_checked", &|line| Some(result(line)?.rows as f64)),
    ];
    if times {
        columns.push(numbers("fit_seconds", &|line| {
            Some(result(line)?.fit_seconds)
        }));
        let predict = |line: &Standing| Some(result(line)?.predict_seconds);
        columns.push(numbers("predict_seconds", &predict));
    }
    let rounds = standings
        .iter()
        .filter_map(|line| Some(value_of(results, line, metric)?.folds.len()))
        .max()
        .unwrap_or(0);
    for round in 0..rounds {
        columns.push(numbers(&format!("round_{}", round + 1), &|line| {
            let value = value_of(results, line, metric)?;
            value.folds.get(round).copied()
        }));
    }
    columns
}
