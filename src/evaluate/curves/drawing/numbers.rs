//! Curves as numbers: every point of every model, nothing thinned.

use super::super::ranked::{Cut, Ranked};
use super::super::{LEVELS, calibration, gain, precision_recall, residuals, roc, thresholds};
use super::{BINS, CurveKind, CurveWish, Models};
use crate::base::{TaskContext, UserError};
use crate::data::table::{NewColumn, NewValues};
use crate::evaluate::cross_validation::RunResult;
use crate::evaluate::pictures::Confusion;
use crate::learn::{Target, Task};

/// A table as it comes together: the model, then numbers.
struct Lines {
    names: &'static [&'static str],
    models: Vec<Option<String>>,
    numbers: Vec<Vec<f64>>,
}

impl Lines {
    fn new(names: &'static [&'static str]) -> Self {
        Self {
            names,
            models: Vec::new(),
            numbers: vec![Vec::new(); names.len()],
        }
    }

    fn add<const N: usize>(&mut self, model: &str, values: [f64; N]) {
        self.models.push(Some(model.to_owned()));
        for (column, value) in self.numbers.iter_mut().zip(values) {
            // Where no row is taken there is no threshold.
            column.push(if value.is_finite() { value } else { f64::NAN });
        }
    }

    fn columns(self) -> Vec<NewColumn> {
        let model = NewColumn {
            name: "model".to_owned(),
            values: NewValues::Texts(self.models),
        };
        let numbers = self.names.iter().zip(self.numbers);
        let numbers = numbers.map(|(name, values)| NewColumn {
            name: (*name).to_owned(),
            values: NewValues::Numbers(values),
        });
        std::iter::once(model).chain(numbers).collect()
    }
}

/// The points of a curve for every model and Guessing, with the counts behind them. Numbers that are
/// not defined are blank. Fails where the first model has no such curve; others without one are left
/// out.
pub fn curve_numbers(
    models: Models<'_>,
    wish: CurveWish,
    task: &TaskContext,
) -> Result<Vec<NewColumn>, UserError> {
    let mut lines = Lines::new(names_of(wish.kind));
    let guessing = models
        .guessing
        .map(|result| ("Guessing".to_owned(), result));
    let named = models.named.iter().cloned().chain(guessing);
    for (place, (name, result)) in named.enumerate() {
        task.check()?;
        let added = match wish.kind {
            CurveKind::Residuals => add_residuals(&mut lines, &name, result),
            kind => Ranked::of(result, wish.class)
                .and_then(|ranked| add_curve(&mut lines, &name, &ranked, kind, wish)),
        };
        if place == 0 {
            added?;
        }
    }
    Ok(lines.columns())
}

fn names_of(kind: CurveKind) -> &'static [&'static str] {
    match kind {
        CurveKind::Roc => &[
            "threshold",
            "taken",
            "found",
            "false_positive_rate",
            "true_positive_rate",
        ],
        CurveKind::PrecisionRecall => &["threshold", "taken", "found", "recall", "precision"],
        CurveKind::Gain | CurveKind::Lift => &[
            "threshold",
            "taken",
            "found",
            "share_taken",
            "share_found",
            "lift",
        ],
        CurveKind::Calibration => &[
            "lowest_said",
            "highest_said",
            "rows",
            "mean_said",
            "came_true",
            "lower",
            "upper",
        ],
        CurveKind::Costs => &[
            "threshold",
            "acted_on",
            "hits",
            "wrong_alarms",
            "misses",
            "left_alone",
            "cost",
        ],
        CurveKind::Residuals => &[
            "lowest_predicted",
            "highest_predicted",
            "mean_predicted",
            "rows",
            "residual_q05",
            "residual_q25",
            "residual_q50",
            "residual_q75",
            "residual_q95",
        ],
    }
}

fn add_curve(
    lines: &mut Lines,
    name: &str,
    ranked: &Ranked,
    kind: CurveKind,
    wish: CurveWish,
) -> Result<(), UserError> {
    let counts = |cut: &Cut| (cut.threshold, cut.taken as f64, cut.found as f64);
    match kind {
        CurveKind::PrecisionRecall => {
            for point in &precision_recall(ranked)?.points {
                let (threshold, taken, found) = counts(&point.cut);
                let values = [threshold, taken, found, point.recall, point.precision];
                lines.add(name, values);
            }
        }
        CurveKind::Gain | CurveKind::Lift => {
            for point in &gain(ranked)?.points {
                let (threshold, taken, found) = counts(&point.cut);
                let lift = point.lift.unwrap_or(f64::NAN);
                lines.add(
                    name,
                    [threshold, taken, found, point.taken, point.found, lift],
                );
            }
        }
        CurveKind::Calibration => {
            for bin in &calibration(ranked, BINS)?.bins {
                let rows = bin.rows as f64;
                let values = [
                    bin.low,
                    bin.high,
                    rows,
                    bin.said,
                    bin.came_true,
                    bin.lower,
                    bin.upper,
                ];
                lines.add(name, values);
            }
        }
        CurveKind::Costs => {
            for line in &thresholds(ranked, &wish.costs, wish.capacity)?.lines {
                let values = [
                    line.cut.threshold,
                    line.cut.taken as f64,
                    line.hits as f64,
                    line.wrong_alarms as f64,
                    line.misses as f64,
                    line.left_alone as f64,
                    line.cost,
                ];
                lines.add(name, values);
            }
        }
        CurveKind::Roc | CurveKind::Residuals => {
            for point in &roc(ranked)?.points {
                let (threshold, taken, found) = counts(&point.cut);
                lines.add(
                    name,
                    [threshold, taken, found, point.wrong_alarms, point.found],
                );
            }
        }
    }
    Ok(())
}

fn add_residuals(lines: &mut Lines, name: &str, result: &RunResult) -> Result<(), UserError> {
    for bin in &residuals(result, BINS)?.bins {
        let mut values = [0.0; 4 + LEVELS.len()];
        let head = [bin.low, bin.high, bin.predicted, bin.rows as f64];
        let all = head.iter().chain(&bin.quantiles);
        for (place, value) in values.iter_mut().zip(all) {
            *place = *value;
        }
        lines.add(name, values);
    }
    Ok(())
}

/// Rows by true class and predicted class, one line each.
pub fn confusion_numbers(found: &Confusion) -> Vec<NewColumn> {
    let classes = found.classes.len();
    let pairs = || (0..classes).flat_map(move |a| (0..classes).map(move |p| (a, p)));
    let name = |class: usize| found.classes.get(class).cloned();
    vec![
        NewColumn {
            name: "actual".to_owned(),
            values: NewValues::Texts(pairs().map(|(actual, _)| name(actual)).collect()),
        },
        NewColumn {
            name: "predicted".to_owned(),
            values: NewValues::Texts(pairs().map(|(_, predicted)| name(predicted)).collect()),
        },
        NewColumn {
            name: "rows".to_owned(),
            values: NewValues::Numbers(pairs().map(|(a, p)| found.count(a, p) as f64).collect()),
        },
    ]
}

/// Every checked row with its answer and what was predicted of it: `row` counts from 1. None where
/// the run predicts classes.
pub fn predicted_numbers(result: &RunResult) -> Option<Vec<NewColumn>> {
    let held = &result.out_of_fold;
    let (Target::Numbers(actual), Task::Number) = (&held.truth, &result.task) else {
        return None;
    };
    let numbers = |name: &str, values: Vec<f64>| NewColumn {
        name: name.to_owned(),
        values: NewValues::Numbers(values),
    };
    let residuals = held.predicted.iter().zip(actual).map(|(p, a)| p - a);
    Some(vec![
        numbers(
            "row",
            held.rows.iter().map(|row| f64::from(*row) + 1.0).collect(),
        ),
        numbers("actual", actual.clone()),
        numbers("predicted", held.predicted.clone()),
        numbers("residual", residuals.collect()),
    ])
}
