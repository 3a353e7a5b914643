//! What the pictures of a checked model are made from: which class was taken for which, and what
//! was predicted against what was true. Every row is judged by the model that never saw it.

use std::sync::Arc;

use super::cross_validation::RunResult;
use super::metrics;
use crate::base::format::{self, Figures};
use crate::base::{RowSet, TaskContext, UserError};
use crate::chart::density::{Grid, count_points};
use crate::chart::marks::{Brush, SceneSize, View};
use crate::chart::scale;
use crate::chart::scene::{
    Axis, AxisKind, Dash, Ink, Layer, LegendEntry, Line, Points, Raster, Scene,
};
use crate::learn::{Target, Task};

/// Rows between two looks at whether the work was stopped.
const BLOCK: usize = 1 << 16;
/// More points than this are counted into cells instead of drawn one by one.
const POINTS_LIMIT: usize = 20_000;
/// Pixels along one side of such a cell.
const CELL: u32 = 4;

/// Rows by true class and predicted class.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    pub classes: Vec<String>,
    /// Row-major classes × classes: truth, then prediction.
    pub counts: Vec<u64>,
}

impl Confusion {
    pub fn count(&self, actual: usize, predicted: usize) -> u64 {
        let width = self.classes.len();
        if predicted >= width {
            return 0;
        }
        self.counts
            .get(actual * width + predicted)
            .copied()
            .unwrap_or(0)
    }

    /// Rows that are of a class.
    pub fn actual_total(&self, actual: usize) -> u64 {
        (0..self.classes.len())
            .map(|predicted| self.count(actual, predicted))
            .sum()
    }

    /// Rows that were predicted to be of a class.
    pub fn predicted_total(&self, predicted: usize) -> u64 {
        (0..self.classes.len())
            .map(|actual| self.count(actual, predicted))
            .sum()
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Rows whose class was predicted.
    pub fn right(&self) -> u64 {
        (0..self.classes.len())
            .map(|class| self.count(class, class))
            .sum()
    }

    /// Share of the rows of a class that were predicted to be of another; 0 where there are none.
    pub fn share(&self, actual: usize, predicted: usize) -> f64 {
        match self.actual_total(actual) {
            0 => 0.0,
            total => self.count(actual, predicted) as f64 / total as f64,
        }
    }

    /// The most frequent mistakes, as (truth, prediction, rows).
    pub fn mistakes(&self, limit: usize) -> Vec<(usize, usize, u64)> {
        let classes = self.classes.len();
        let mut found: Vec<(usize, usize, u64)> = (0..classes)
            .flat_map(|actual| (0..classes).map(move |predicted| (actual, predicted)))
            .filter(|(actual, predicted)| actual != predicted)
            .map(|(actual, predicted)| (actual, predicted, self.count(actual, predicted)))
            .filter(|(_, _, count)| *count > 0)
            .collect();
        found.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        found.truncate(limit);
        found
    }
}

/// Counts the check predictions of a run by class. Fails when the run predicts numbers.
pub fn confusion(result: &RunResult) -> Result<Confusion, UserError> {
    let held = &result.out_of_fold;
    match &result.task {
        Task::Classes { names } => metrics::confusion(&held.truth, &held.predicted, held.outputs)
            .map(|counts| Confusion {
                classes: names.clone(),
                counts,
            })
            .ok_or_else(|| wrong_task("classes")),
        Task::Number => Err(wrong_task("classes")),
    }
}

fn wrong_task(wanted: &str) -> UserError {
    UserError::failed(
        "no_check_predictions",
        "There is no such picture of this model",
        format!("Its check predictions are not {wanted}"),
    )
}

/// The rows of one class that were predicted to be of another (or the same). `rows`: rows of the
/// source.
pub fn rows_confused(
    result: &RunResult,
    actual: usize,
    predicted: usize,
    rows: usize,
    task: &TaskContext,
) -> Result<RowSet, UserError> {
    let mut found = RowSet::empty(rows);
    let held = &result.out_of_fold;
    let Target::Classes { codes, .. } = &held.truth else {
        return Ok(found);
    };
    let answers = held.predicted.chunks_exact(held.outputs.max(1));
    for (place, ((&row, &code), answer)) in held.rows.iter().zip(codes).zip(answers).enumerate() {
        if place % BLOCK == 0 {
            task.check()?;
        }
        if code as usize == actual && metrics::most_likely(answer) == predicted {
            found.insert(row as usize);
        }
    }
    Ok(found)
}

/// How far off the predictions of numbers are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residuals {
    /// Mean of predicted − actual: above 0 the model says too much.
    pub bias: f64,
    /// Half of the rows are closer than this.
    pub half: f64,
    /// Nine rows of ten are closer than this.
    pub most: f64,
}

impl Residuals {
    fn of(actual: &[f64], predicted: &[f64]) -> Self {
        let mut errors: Vec<f64> = actual
            .iter()
            .zip(predicted)
            .map(|(a, p)| (p - a).abs())
            .collect();
        errors.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = ((errors.len().saturating_sub(1)) as f64 * share).round() as usize;
            errors.get(place).copied().unwrap_or(0.0)
        };
        let total: f64 = actual.iter().zip(predicted).map(|(a, p)| p - a).sum();
        Self {
            bias: total / actual.len().max(1) as f64,
            half: at(0.5),
            most: at(0.9),
        }
    }

    /// "Half of the rows are closer than 180, nine in ten closer than 520. No lean to either side."
    pub fn sentence(&self) -> String {
        let lean = if self.bias.abs() < self.half * 0.1 {
            "It leans to neither side.".to_owned()
        } else {
            let word = if self.bias > 0.0 { "much" } else { "little" };
            format!(
                "On average it says {} too {word}.",
                format::number(self.bias.abs(), 2)
            )
        };
        format!(
            "Half of the rows are closer than {}, nine in ten closer than {}. {lean}",
            format::number(self.half, 2),
            format::number(self.most, 2)
        )
    }
}

/// What the actual numbers tell of how numbers like them are written.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Extent {
    low: f64,
    high: f64,
    whole: bool,
}

impl Extent {
    fn of(values: &[f64]) -> Self {
        let none = Self {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            whole: true,
        };
        let finite = values.iter().filter(|value| value.is_finite());
        finite.fold(none, |extent, &value| Self {
            low: extent.low.min(value),
            high: extent.high.max(value),
            whole: extent.whole && value.fract() == 0.0,
        })
    }
}

/// Predicted against actual numbers, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictedActual {
    /// Relative to `origin`; actual across, predicted up.
    x: Arc<Vec<f32>>,
    y: Arc<Vec<f32>>,
    rows: Arc<Vec<u32>>,
    origin: f64,
    /// The same for both axes, so that the diagonal is one.
    domain: (f64, f64),
    actual: Extent,
    pub residuals: Residuals,
}

/// Collects the check predictions of a run. Fails when the run predicts classes.
pub fn predicted_actual(
    result: &RunResult,
    task: &TaskContext,
) -> Result<PredictedActual, UserError> {
    let held = &result.out_of_fold;
    let Target::Numbers(actual) = &held.truth else {
        return Err(wrong_task("numbers"));
    };
    task.check()?;
    let (extent, predicted) = (Extent::of(actual), Extent::of(&held.predicted));
    let domain = scale::padded(
        extent.low.min(predicted.low),
        extent.high.max(predicted.high),
    );
    let origin = domain.0;
    let relative =
        |values: &[f64]| Arc::new(values.iter().map(|value| (value - origin) as f32).collect());
    task.check()?;
    Ok(PredictedActual {
        x: relative(actual),
        y: relative(&held.predicted),
        rows: Arc::new(held.rows.clone()),
        origin,
        domain,
        actual: extent,
        residuals: Residuals::of(actual, &held.predicted),
    })
}

impl PredictedActual {
    pub fn memory_bytes(&self) -> u64 {
        self.rows.len() as u64 * 12
    }

    /// The drawing: points (or their density) over the diagonal. `view`: what is zoomed to.
    pub fn scene(
        &self,
        target: &str,
        size: SceneSize,
        view: Option<View>,
        selection: Option<&Arc<RowSet>>,
        task: &TaskContext,
    ) -> Result<Scene, UserError> {
        let view = view.unwrap_or(View {
            x: self.domain,
            y: self.domain,
        });
        let (low, high) = self.domain;
        let diagonal = Layer::Lines(vec![Line {
            points: vec![[low, low], [high, high]],
            ink: Ink::Baseline,
            width: 1.5,
            dash: Dash::Dotted,
        }]);
        let count = self.rows.len();
        let many = count > POINTS_LIMIT;
        let marks = if many {
            Layer::Raster(self.raster(size, view, selection, task)?)
        } else {
            Layer::Points(self.points(selection))
        };
        let rows = format::counted(count as u64, "row");
        let Extent { low, high, whole } = self.actual;
        let figures = Figures::of(target, low, high, whole);
        Ok(Scene {
            title: String::new(),
            subtitle: format!("{rows}, each predicted by a model that never saw it"),
            x: axis(format!("{target}, actual"), view.x, size.width, figures),
            y: axis(format!("{target}, predicted"), view.y, size.height, figures),
            legend_title: String::new(),
            legend: Vec::new(),
            layers: if many {
                vec![marks, diagonal]
            } else {
                vec![diagonal, marks]
            },
            description: format!(
                "Predicted against actual {target}, {rows}. {}",
                self.residuals.sentence()
            ),
            note: many.then(|| format!("Density of {}", format::counted(count as u64, "point"))),
        })
    }

    fn points(&self, selection: Option<&Arc<RowSet>>) -> Points {
        Points {
            origin: (self.origin, self.origin),
            x: self.x.clone(),
            y: self.y.clone(),
            category: None,
            inks: vec![Ink::Mark],
            shapes: false,
            rows: self.rows.clone(),
            selected: selection.cloned(),
            alpha: if self.rows.len() > 2_000 { 0.5 } else { 0.8 },
            radius: if self.rows.len() > 2_000 { 2.0 } else { 3.0 },
        }
    }

    fn raster(
        &self,
        size: SceneSize,
        view: View,
        selection: Option<&Arc<RowSet>>,
        task: &TaskContext,
    ) -> Result<Raster, UserError> {
        let relative =
            |(low, high): (f64, f64)| ((low - self.origin) as f32, (high - self.origin) as f32);
        let grid = Grid {
            x: relative(view.x),
            y: relative(view.y),
            columns: (size.width / CELL).max(8) as usize,
            rows: (size.height / CELL).max(8) as usize,
        };
        let counts = count_points(&self.x, &self.y, None, &grid, task)?;
        let selected = match selection {
            None => None,
            Some(selection) => {
                let chosen = |values: &[f32]| -> Vec<f32> {
                    values
                        .iter()
                        .zip(self.rows.iter())
                        .filter(|(_, row)| selection.contains(**row as usize))
                        .map(|(value, _)| *value)
                        .collect()
                };
                Some(Arc::new(count_points(
                    &chosen(&self.x),
                    &chosen(&self.y),
                    None,
                    &grid,
                    task,
                )?))
            }
        };
        Ok(Raster {
            x: view.x,
            y: view.y,
            columns: grid.columns,
            rows: grid.rows,
            counts: Arc::new(counts),
            selected,
            picture: None,
        })
    }

    /// The rows inside a rectangle of the axes. `rows`: rows of the source.
    pub fn rows_in(
        &self,
        brush: Brush,
        rows: usize,
        task: &TaskContext,
    ) -> Result<RowSet, UserError> {
        let inside = |value: f32, (a, b): (f64, f64)| {
            let value = self.origin + f64::from(value);
            value >= a.min(b) && value <= a.max(b)
        };
        let mut found = RowSet::empty(rows);
        for (place, ((&x, &y), &row)) in self
            .x
            .iter()
            .zip(self.y.iter())
            .zip(self.rows.iter())
            .enumerate()
        {
            if place % BLOCK == 0 {
                task.check()?;
            }
            if inside(x, brush.x) && inside(y, brush.y) {
                found.insert(row as usize);
            }
        }
        Ok(found)
    }
}

/// Adds what Guessing says of every row to a drawing of predicted against actual numbers: the line
/// that a model has to leave.
pub fn add_guessing(scene: &mut Scene, guessing: &RunResult) {
    let said = &guessing.out_of_fold.predicted;
    if said.is_empty() || guessing.task.is_classes() {
        return;
    }
    let mean = said.iter().sum::<f64>() / said.len() as f64;
    let (left, right) = scene.x.domain;
    let line = |points: Vec<[f64; 2]>, dash: Dash| Line {
        points,
        ink: Ink::Baseline,
        width: 1.5,
        dash,
    };
    scene.layers.push(Layer::Lines(vec![line(
        vec![[left, mean], [right, mean]],
        Dash::Dashed,
    )]));
    for (label, dash) in [("Right", Dash::Dotted), ("Guessing", Dash::Dashed)] {
        scene.legend.push(LegendEntry {
            label: label.to_owned(),
            ink: Ink::Baseline,
            shape: None,
            dash: Some(dash),
        });
    }
}

/// A linear axis with few ticks: curves are read between them.
pub(super) fn axis(title: String, domain: (f64, f64), pixels: u32, figures: Figures) -> Axis {
    let (ticks, step) = scale::nice_ticks(
        domain.0,
        domain.1,
        scale::tick_target(f64::from(pixels) / 2.0),
    );
    let labels = scale::number_labels(&ticks, step).into_iter();
    let labels = labels.map(|label| figures.ungrouped(label));
    Axis {
        title,
        kind: AxisKind::Linear,
        figures,
        domain,
        ticks: ticks.into_iter().zip(labels).collect(),
    }
}
