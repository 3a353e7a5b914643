//! Dates: year, month, weekday, place in the year and hour instead of a number of days.
//!
//! The calendar is computed from days since 1970-01-01 in whole numbers held by doubles (H. Hinnant,
//! "chrono-compatible low-level date algorithms", civil_from_days), with the operations an exported
//! model has.

use serde::{Deserialize, Serialize};

use super::numbers::graph_finite;
use super::shared::blanks;
use super::shared::scaling::{self, Scaling};
use super::{Examples, FittedColumn, Prepared, Reading, Training, Treatment};
use crate::base::graph::{Constant, ElementType, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, UserError};
use crate::data::ColumnKind;
use crate::learn::matrix::{RawColumn, RawData};
use crate::learn::{Feature, FeatureKind, Matrix};

pub static SETTINGS: &[ParamSpec] = &[ParamSpec {
    key: "dates",
    label: "Dates",
    help: "As one number of days, or taken apart, so that seasons and weekdays can be learned",
    kind: ParamKind::Choice(&[
        ("days", "As one number of days"),
        ("parts", "Year, month, weekday, place in the year, hour"),
    ]),
    default: ParamDefault::Text("days"),
}];

/// Days are held as `f32`, exact to about two and a half minutes around the year 2026: a full hour
/// must not fall into the hour before.
const HALF_PRECISION: f64 = 1.0 / 512.0;
const YEAR: f64 = 365.25;
const PARTS: [&str; 6] = [
    "year",
    "month",
    "weekday",
    "place in the year (sine)",
    "place in the year (cosine)",
    "hour",
];

/// A date taken apart: year, month 1 to 12, weekday 1 (Monday) to 7, sine and cosine of the place in
/// the year, and the hour where training values had hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DateParts {
    pub name: String,
    /// Days for blanks; None: blanks stay blank.
    pub fill: Option<f32>,
    pub hours: bool,
    /// Smallest and largest training value, in days.
    pub range: [f32; 2],
    pub scaling: Vec<Scaling>,
}

impl Treatment for DateParts {
    fn takes(column: &RawColumn, training: &Training<'_>) -> bool {
        column.kind == ColumnKind::Time
            && matches!(column.data, RawData::Number(_))
            && training.settings.text("dates") == "parts"
    }

    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError> {
        let RawData::Number(values) = &column.data else {
            return Err(super::unexpected(&column.name));
        };
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let mut fitted = Self {
            name: column.name.clone(),
            fill: blanks::fill(values, training),
            hours: finite().any(|value| value.fract() != 0.0),
            range: [
                finite().fold(f32::INFINITY, f32::min),
                finite().fold(f32::NEG_INFINITY, f32::max),
            ],
            scaling: Vec::new(),
        };
        let mut matrix = Matrix::zeros(values.len(), fitted.width());
        fitted.transform(&column.data, &mut matrix, 0);
        fitted.scaling = scaling::fit_columns(&matrix, 0..fitted.width(), training);
        Ok(Prepared::from(fitted))
    }
}

/// ⌊value / by⌋ for whole numbers. Half a unit more keeps the inverse's rounding away from the edge.
fn whole(value: f64, by: f64) -> f64 {
    ((value + 0.5) * (1.0 / by)).floor()
}

impl DateParts {
    fn width(&self) -> usize {
        PARTS.len() - usize::from(!self.hours)
    }
}

fn parts(days: f64) -> [f64; 6] {
    let days = days + HALF_PRECISION;
    let day = days.floor();
    let shifted = day + 719_468.0;
    let era = whole(shifted, 146_097.0);
    let of_era = shifted - era * 146_097.0;
    let leap_days = whole(of_era, 1_460.0) - whole(of_era, 36_524.0) + whole(of_era, 146_096.0);
    let year_of_era = whole(of_era - leap_days, 365.0);
    // Days since the 1st of March.
    let of_year =
        of_era - (year_of_era * 365.0 + whole(year_of_era, 4.0) - whole(year_of_era, 100.0));
    let month_of_year = whole(of_year * 5.0 + 2.0, 153.0);
    // From October of the March year on, the calendar has a new year.
    let new_year = whole(month_of_year, 10.0);
    let turn = (of_year + 59.0) * (std::f64::consts::TAU / YEAR);
    [
        year_of_era + era * 400.0 + new_year,
        month_of_year + 3.0 - new_year * 12.0,
        day + 3.0 - whole(day + 3.0, 7.0) * 7.0 + 1.0,
        turn.sin(),
        (turn + std::f64::consts::FRAC_PI_2).sin(),
        ((days - day) * 24.0).floor(),
    ]
}

/// The same steps on a graph.
struct Steps<'a>(&'a mut Graph);

impl Steps<'_> {
    fn with(&mut self, operator: &'static str, value: &Value, number: f64) -> Value {
        let number = self.0.constant(&[1, 1], Constant::Double(vec![number]));
        self.0.op(operator, &[value, &number], Vec::new())
    }

    fn add(&mut self, value: &Value, number: f64) -> Value {
        self.with("Add", value, number)
    }

    fn times(&mut self, value: &Value, number: f64) -> Value {
        self.with("Mul", value, number)
    }

    fn plus(&mut self, a: &Value, b: &Value) -> Value {
        self.0.op("Add", &[a, b], Vec::new())
    }

    fn minus(&mut self, a: &Value, b: &Value) -> Value {
        self.0.op("Sub", &[a, b], Vec::new())
    }

    fn floor(&mut self, value: &Value) -> Value {
        self.0.op("Floor", &[value], Vec::new())
    }

    fn whole(&mut self, value: &Value, by: f64) -> Value {
        let more = self.add(value, 0.5);
        let share = self.times(&more, 1.0 / by);
        self.floor(&share)
    }

    fn sine(&mut self, value: &Value) -> Value {
        self.0.op("Sin", &[value], Vec::new())
    }

    fn parts(&mut self, days: &Value) -> [Value; 6] {
        let days = self.add(days, HALF_PRECISION);
        let day = self.floor(&days);
        let shifted = self.add(&day, 719_468.0);
        let era = self.whole(&shifted, 146_097.0);
        let era_days = self.times(&era, 146_097.0);
        let of_era = self.minus(&shifted, &era_days);
        let fours = self.whole(&of_era, 1_460.0);
        let hundreds = self.whole(&of_era, 36_524.0);
        let four_hundreds = self.whole(&of_era, 146_096.0);
        let leap_days = self.minus(&fours, &hundreds);
        let leap_days = self.plus(&leap_days, &four_hundreds);
        let plain_days = self.minus(&of_era, &leap_days);
        let year_of_era = self.whole(&plain_days, 365.0);
        let year_days = self.times(&year_of_era, 365.0);
        let fours = self.whole(&year_of_era, 4.0);
        let hundreds = self.whole(&year_of_era, 100.0);
        let year_days = self.plus(&year_days, &fours);
        let year_days = self.minus(&year_days, &hundreds);
        let of_year = self.minus(&of_era, &year_days);
        let month = self.times(&of_year, 5.0);
        let month = self.add(&month, 2.0);
        let month_of_year = self.whole(&month, 153.0);
        let new_year = self.whole(&month_of_year, 10.0);
        let turn = self.add(&of_year, 59.0);
        let turn = self.times(&turn, std::f64::consts::TAU / YEAR);
        let eras = self.times(&era, 400.0);
        let year = self.plus(&year_of_era, &eras);
        let year = self.plus(&year, &new_year);
        let back = self.times(&new_year, 12.0);
        let month = self.add(&month_of_year, 3.0);
        let month = self.minus(&month, &back);
        let from_monday = self.add(&day, 3.0);
        let weeks = self.whole(&from_monday, 7.0);
        let week_days = self.times(&weeks, 7.0);
        let weekday = self.minus(&from_monday, &week_days);
        let weekday = self.add(&weekday, 1.0);
        let sine = self.sine(&turn);
        let turned = self.add(&turn, std::f64::consts::FRAC_PI_2);
        let cosine = self.sine(&turned);
        let of_day = self.minus(&days, &day);
        let hours = self.times(&of_day, 24.0);
        let hour = self.floor(&hours);
        [year, month, weekday, sine, cosine, hour]
    }
}

impl FittedColumn for DateParts {
    fn name(&self) -> &str {
        &self.name
    }

    fn reads_text(&self) -> bool {
        false
    }

    fn validate(&self) -> Result<(), String> {
        let sound = self.fill.is_none_or(f32::is_finite)
            && self.range.iter().all(|value| value.is_finite())
            && (self.scaling.is_empty() || self.scaling.len() == self.width())
            && self.scaling.iter().all(|scaling| scaling.is_sound());
        if sound {
            return Ok(());
        }
        Err(format!(
            "the numbers that prepare the column {} are damaged",
            self.name
        ))
    }

    fn features(&self) -> Vec<Feature> {
        PARTS
            .iter()
            .take(self.width())
            .map(|part| Feature {
                name: format!("{}: {part}", self.name),
                kind: FeatureKind::Number,
            })
            .collect()
    }

    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize) {
        let RawData::Number(values) = data else {
            return;
        };
        let (cols, width) = (matrix.cols.max(1), self.width());
        for (row, &value) in matrix.values.chunks_exact_mut(cols).zip(values) {
            let days = if value.is_finite() {
                value
            } else {
                self.fill.unwrap_or(f32::NAN)
            };
            let cells = row.iter_mut().skip(offset).take(width);
            for (cell, part) in cells.zip(parts(f64::from(days))) {
                *cell = part;
            }
        }
        scaling::apply_columns(&self.scaling, matrix, offset);
    }

    fn graph(&self, graph: &mut Graph, value: &Value) -> Result<Value, UserError> {
        let finite = graph_finite(graph, value);
        let fill = graph.constant(
            &[1, 1],
            Constant::Float(vec![self.fill.unwrap_or(f32::NAN)]),
        );
        let filled = graph.op("Where", &[&finite, value, &fill], Vec::new());
        let days = graph.cast(&filled, ElementType::Double);
        let parts = Steps(graph).parts(&days);
        let columns = parts.into_iter().take(self.width()).collect();
        let columns = super::side_by_side(graph, columns);
        Ok(scaling::graph_columns(&self.scaling, graph, columns))
    }

    fn reading(&self, place: usize) -> Reading {
        let scaling = self.scaling.get(place).copied();
        scaling.map_or(Reading::Amount, Reading::Scaled)
    }

    fn examples(&self) -> Examples {
        let [low, high] = self.range.map(f64::from);
        Examples::Numbers {
            centre: low / 2.0 + high / 2.0,
            spread: ((high - low) / 2.0).max(1.0),
        }
    }
}
