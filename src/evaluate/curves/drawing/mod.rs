//! Curves of several models in one drawing, with the rows behind every mark of the first: one
//! description for the window, for pictures and for files of numbers.

mod bins;
mod confusion;
mod cuts;
mod growth;
mod numbers;
mod scene;

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ranked::no_curve;
use super::{Costs, ThresholdLine};
use crate::base::format;
use crate::base::{RowSet, TaskContext, UserError};
use crate::chart::marks::{Brush, View};
use crate::chart::scene::{Dash, Ink, Shape};
use crate::evaluate::cross_validation::RunResult;

pub use confusion::confusion_scene;
pub use growth::{growth_numbers, growth_scene};
pub use numbers::{confusion_numbers, curve_numbers, predicted_numbers};
pub use scene::NEVER_SAW;

/// Bins of a calibration curve and of residuals.
pub const BINS: usize = 10;
/// A click this far from the curve, as a share of the axes, still means its nearest mark.
const NEAR: f64 = 0.04;
/// So near a click means a mark that is drawn, whatever lies between.
const ON_A_MARK: f64 = 0.015;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurveKind {
    Roc,
    PrecisionRecall,
    Calibration,
    Gain,
    Lift,
    /// Costs by how many rows are acted on.
    Costs,
    /// Of numbers: how far off, by what was predicted.
    Residuals,
}

impl CurveKind {
    /// The curves of a task.
    pub fn of_task(classes: bool) -> &'static [Self] {
        if classes {
            &[
                Self::Roc,
                Self::PrecisionRecall,
                Self::Calibration,
                Self::Gain,
                Self::Lift,
                Self::Costs,
            ]
        } else {
            &[Self::Residuals]
        }
    }

    /// Stable, for files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Roc => "roc",
            Self::PrecisionRecall => "precision_recall",
            Self::Calibration => "calibration",
            Self::Gain => "gain",
            Self::Lift => "lift",
            Self::Costs => "threshold_costs",
            Self::Residuals => "residuals",
        }
    }

    /// Plain words, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Roc => "found against wrong alarms",
            Self::PrecisionRecall => "right among those taken",
            Self::Calibration => "what was said and what came true",
            Self::Gain => "what the top of the list holds",
            Self::Lift => "how much richer the top of the list is",
            Self::Costs => "where to draw the line",
            Self::Residuals => "how far off",
        }
    }

    /// The technical term.
    pub fn technical(self) -> &'static str {
        match self {
            Self::Roc => "ROC",
            Self::PrecisionRecall => "Precision-recall",
            Self::Calibration => "Calibration",
            Self::Gain => "Gain",
            Self::Lift => "Lift",
            Self::Costs => "Threshold and cost",
            Self::Residuals => "Residuals",
        }
    }

    /// What it answers, one sentence.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Roc => "How many of the class are found for how many wrong alarms",
            Self::PrecisionRecall => "How many of those taken are right, the more are found",
            Self::Calibration => "Whether what is said to happen in 80 of 100 cases does",
            Self::Gain => "How many of the class the first part of the list holds",
            Self::Lift => "How many times richer the first part of the list is than one by lot",
            Self::Costs => {
                "What acting on the likeliest costs, with the threshold that costs least"
            }
            Self::Residuals => "How far off the predictions are, by what was predicted",
        }
    }

    /// Across and up.
    fn axes(self) -> (&'static str, &'static str) {
        match self {
            Self::Roc => (
                "Wrong alarms, share of the others (false positive rate)",
                "Found, share of the class (true positive rate)",
            ),
            Self::PrecisionRecall => (
                "Found, share of the class (recall)",
                "Right, share of those taken (precision)",
            ),
            Self::Calibration => ("Said, share", "Came true, share"),
            Self::Gain => ("Taken, share of all rows", "Found, share of the class"),
            Self::Lift => ("Taken, share of all rows", "Times as many as by lot (lift)"),
            Self::Costs => ("Acted on, likeliest first", "Cost"),
            Self::Residuals => ("Predicted", "Predicted minus actual"),
        }
    }
}

/// What a curve is asked for besides the models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveWish {
    pub kind: CurveKind,
    /// The class looked for.
    pub class: usize,
    pub costs: Costs,
    /// Rows that can be acted on at most.
    pub capacity: Option<u64>,
    /// The threshold a person tries: rows of at least this score are acted on.
    pub threshold: f64,
}

impl CurveWish {
    /// A curve at even costs, without a limit, at one half.
    pub fn of(kind: CurveKind, class: usize) -> Self {
        Self {
            kind,
            class,
            costs: Costs::default(),
            capacity: None,
            threshold: 0.5,
        }
    }
}

/// The models of a drawing.
#[derive(Clone, Copy)]
pub struct Models<'a> {
    /// Name and result, the one looked at first.
    pub named: &'a [(String, &'a RunResult)],
    /// What Guessing did with the same rows; where it was run.
    pub guessing: Option<&'a RunResult>,
}

/// A place on the curve of the first model.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mark {
    at: [f64; 2],
    /// Where its rows end in the order of the curve; they begin where those of the mark before end.
    end: usize,
    /// Lowest and highest prediction of its rows.
    low: f64,
    high: f64,
}

/// A mark that is drawn and told in words.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    /// Place among the marks.
    mark: usize,
    words: String,
    /// Ends of the interval, or of nine rows of ten.
    ends: Option<(f64, f64)>,
    /// Half of the rows.
    half: Option<(f64, f64)>,
    /// Named in the legend.
    name: Option<Sign>,
}

/// How a mark with a name is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sign {
    name: &'static str,
    shape: Shape,
    ink: Ink,
    radius: f32,
}

/// One model.
#[derive(Clone, Debug, PartialEq)]
struct Trace {
    name: String,
    points: Vec<[f64; 2]>,
}

/// A line to compare with.
#[derive(Clone, Debug, PartialEq)]
struct Reference {
    name: &'static str,
    lines: Vec<Vec<[f64; 2]>>,
    dash: Dash,
}

/// A threshold with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedLine {
    pub name: &'static str,
    pub line: ThresholdLine,
}

/// Costs in counts of people.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    /// The threshold tried, the cheapest, the one at capacity, that at one half, and Guessing.
    pub lines: Vec<NamedLine>,
    /// What the threshold tried does.
    pub sentence: String,
    /// What the cheapest does, and what a limit costs.
    pub advice: String,
}

/// A drawing of curves. The first model is the one whose rows can be selected.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveDrawing {
    kind: CurveKind,
    /// The class looked for.
    class: Option<String>,
    traces: Vec<Trace>,
    references: Vec<Reference>,
    marks: Vec<Mark>,
    told: Vec<Told>,
    /// Row ids in the order of the curve.
    order: Arc<Vec<u32>>,
    /// A click on a mark means every row up to it.
    cumulative: bool,
    domain: View,
    sentence: String,
    /// "344 rows checked, 165 of them male".
    counted: String,
    /// Of a curve of costs.
    pub people: Option<People>,
}

/// Draws curves of models that were checked on the same task. Fails where the first has no such
/// curve; others without one are left out.
pub fn draw(
    models: Models<'_>,
    wish: CurveWish,
    task: &TaskContext,
) -> Result<CurveDrawing, UserError> {
    let Some((name, first)) = models.named.first() else {
        return Err(no_curve("No model was chosen"));
    };
    let mut drawing = one(name, first, models.guessing, wish)?;
    for (name, result) in models.named.iter().skip(1) {
        task.check()?;
        if let Ok(other) = one(name, result, None, wish) {
            drawing.domain = union(drawing.domain, other.domain);
            drawing.traces.extend(other.traces);
        }
    }
    Ok(drawing)
}

fn union(a: View, b: View) -> View {
    let join = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
    View {
        x: join(a.x, b.x),
        y: join(a.y, b.y),
    }
}

fn one(
    name: &str,
    result: &RunResult,
    guessing: Option<&RunResult>,
    wish: CurveWish,
) -> Result<CurveDrawing, UserError> {
    match wish.kind {
        CurveKind::Residuals => bins::of_residuals(name, result, guessing),
        CurveKind::Calibration => bins::of_calibration(name, result, wish),
        _ => cuts::of_cuts(name, result, wish),
    }
}

impl CurveDrawing {
    pub fn memory_bytes(&self) -> u64 {
        let points: usize = self.traces.iter().map(|trace| trace.points.len()).sum();
        let marks = self.marks.len() as u64 * size_of::<Mark>() as u64;
        self.order.len() as u64 * 4 + marks + (points as u64 + self.told.len() as u64 * 16) * 16
    }

    /// What the curve says, in a sentence or two.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// "344 rows checked, 165 of them male".
    pub fn counted(&self) -> &str {
        &self.counted
    }

    /// Names of the models, the one looked at first.
    pub fn names(&self) -> Vec<&str> {
        let names = self.traces.iter().map(|trace| trace.name.as_str());
        names.collect()
    }

    /// Where each mark is that can be pointed at, from the first row of the curve on.
    pub fn places(&self) -> Vec<[f64; 2]> {
        let told = self.told.iter();
        told.filter_map(|told| Some(self.marks.get(told.mark)?.at))
            .collect()
    }

    fn rows_of(&self, marks: Range<usize>) -> &[u32] {
        let end_of = |place: usize| self.marks.get(place).map_or(0, |mark| mark.end);
        let start = marks.start.checked_sub(1).map_or(0, end_of);
        let end = marks.end.checked_sub(1).map_or(0, end_of);
        self.order.get(start..end).unwrap_or(&[])
    }

    /// The marks that a brush holds; a click means the nearest one, and on a curve along thresholds
    /// every mark before it too.
    fn hit(&self, brush: Brush) -> Vec<Range<usize>> {
        let brush = brush.sorted();
        if brush.x.0 < brush.x.1 || brush.y.0 < brush.y.1 {
            return self.inside(brush);
        }
        let Some(place) = self.nearest([brush.x.0, brush.y.0]) else {
            return Vec::new();
        };
        let start = if self.cumulative { 0 } else { place };
        std::iter::once(start..place + 1).collect()
    }

    /// Stretches of marks within a rectangle.
    fn inside(&self, brush: Brush) -> Vec<Range<usize>> {
        let within = |value: f64, ends: (f64, f64)| value >= ends.0 && value <= ends.1;
        let mut found: Vec<Range<usize>> = Vec::new();
        for (place, mark) in self.marks.iter().enumerate() {
            if !within(mark.at[0], brush.x) || !within(mark.at[1], brush.y) {
                continue;
            }
            match found.last_mut() {
                Some(last) if last.end == place => last.end = place + 1,
                _ => found.push(place..place + 1),
            }
        }
        found
    }

    fn nearest(&self, at: [f64; 2]) -> Option<usize> {
        let across = self.domain.x.1 - self.domain.x.0;
        let up = self.domain.y.1 - self.domain.y.0;
        let distance =
            |mark: &Mark| ((mark.at[0] - at[0]) / across).hypot((mark.at[1] - at[1]) / up);
        let nearest = |places: &mut dyn Iterator<Item = usize>, reach: f64| {
            places
                .filter_map(|place| Some((place, distance(self.marks.get(place)?))))
                .filter(|(_, distance)| *distance <= reach)
                .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))
                .map(|(place, _)| place)
        };
        nearest(&mut self.told.iter().map(|told| told.mark), ON_A_MARK)
            .or_else(|| nearest(&mut (0..self.marks.len()), NEAR))
    }

    /// What a selection by a brush or a click is called; None where there is no mark.
    pub fn words_of(&self, brush: Brush) -> Option<String> {
        let hit = self.hit(brush);
        let first = self.marks.get(hit.first()?.start)?;
        let last = self.marks.get(hit.last()?.end.checked_sub(1)?)?;
        let name = self.traces.first().map_or("", |trace| &trace.name);
        let number = |value: f64| format::number(value, 3);
        let (low, high) = (first.low.min(last.low), first.high.max(last.high));
        let clicked = brush.x.0 == brush.x.1 && brush.y.0 == brush.y.1;
        let range = match (clicked && self.cumulative, low == high) {
            (true, _) if last.low.is_infinite() => "none".to_owned(),
            (true, _) => format!("{} and above", number(last.low)),
            (false, true) => number(low),
            (false, false) => format!("{} to {}", number(low), number(high)),
        };
        Some(match &self.class {
            Some(class) => format!("{name}, {class} said {range}"),
            None => format!("{name}, predicted {range}"),
        })
    }

    /// The rows under a brush or a click. `rows`: rows of the source.
    pub fn rows_in(&self, brush: Brush, rows: usize) -> RowSet {
        let mut found = RowSet::empty(rows);
        for marks in self.hit(brush) {
            for &row in self.rows_of(marks) {
                found.insert(row as usize);
            }
        }
        found
    }
}

/// Colour and dash of a model by its place: the one looked at is drawn through.
fn style_of(place: usize) -> (Ink, Dash, f32) {
    let ink = match place {
        0..6 => Ink::Category(place as u8),
        _ => Ink::Other,
    };
    let dash = match place {
        0 => Dash::Solid,
        1 => Dash::Dashed,
        2 => Dash::Mixed,
        _ => Dash::Dotted,
    };
    (ink, dash, if place == 0 { 2.5 } else { 1.5 })
}
