//! Bringing numbers of different size to one scale: `(value − centre) · (1 / spread)`.
//!
//! Scaling multiplies by the inverse of the spread: engines that run exported models turn a division
//! by a constant into just that, and neighbours at equal distances must stay equal to the last bit.

use serde::{Deserialize, Serialize};

use crate::base::graph::{Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec};
use crate::learn::Matrix;
use crate::learn::prepare::Training;

pub static SETTINGS: &[ParamSpec] = &[ParamSpec {
    key: "scaling",
    label: "Scale of the numbers",
    help: "Brings numbers of different size to one scale, so that none counts more only because of its unit",
    kind: ParamKind::Choice(&[
        ("auto", "As the model likes"),
        ("standard", "Mean 0, standard deviation 1"),
        ("min_max", "From 0 to 1"),
        ("robust", "By median and quartiles"),
        ("none", "As they are"),
    ]),
    default: ParamDefault::Text("auto"),
}];

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    pub centre: f64,
    /// Standard deviation (dividing by the number of rows), range, or distance of the quartiles;
    /// 1 for a constant column.
    pub spread: f64,
}

/// How numbers are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Standard,
    MinMax,
    Robust,
}

impl Method {
    /// None: as they are.
    pub fn of(training: &Training<'_>) -> Option<Self> {
        match training.settings.text("scaling") {
            "standard" => Some(Self::Standard),
            "min_max" => Some(Self::MinMax),
            "robust" => Some(Self::Robust),
            "none" => None,
            _ => training.scale.then_some(Self::Standard),
        }
    }
}

impl Scaling {
    pub fn apply(self, value: f64) -> f64 {
        (value - self.centre) * self.inverse()
    }

    fn inverse(self) -> f64 {
        1.0 / self.spread
    }

    pub fn is_sound(self) -> bool {
        self.centre.is_finite()
            && self.spread.is_finite()
            && self.spread > 0.0
            && self.inverse().is_finite()
    }

    /// Learns from values; those that are not finite are left out.
    pub fn fit(method: Method, values: impl Iterator<Item = f64> + Clone) -> Self {
        let values = values.filter(|value| value.is_finite());
        let (centre, spread) = match method {
            Method::Standard => standard(values),
            Method::MinMax => {
                let lowest = values.clone().fold(f64::INFINITY, f64::min);
                let highest = values.fold(f64::NEG_INFINITY, f64::max);
                (lowest, highest - lowest)
            }
            Method::Robust => {
                let mut sorted: Vec<f64> = values.collect();
                sorted.sort_by(f64::total_cmp);
                let at = |share| quantile(&sorted, share);
                (at(0.5), at(0.75) - at(0.25))
            }
        };
        let centre = if centre.is_finite() { centre } else { 0.0 };
        // Rounding leaves a constant column a spread of a few units in the last place.
        let constant = spread <= centre.abs() * 1e-12 || spread <= f64::MIN_POSITIVE;
        Self {
            centre,
            spread: if constant || !spread.is_finite() {
                1.0
            } else {
                spread
            },
        }
    }
}

fn standard(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count().max(1) as f64;
    let centre = values.clone().sum::<f64>() / count;
    let variance = values.map(|v| (v - centre) * (v - centre)).sum::<f64>() / count;
    (centre, variance.sqrt())
}

/// Between the two nearest values in proportion, as numpy does by default.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let below = place.floor();
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(0.0);
    at(below) + (at(place.ceil()) - at(below)) * (place - below)
}

/// Scalings of columns that stand side by side in a matrix; empty where nothing is scaled.
pub fn fit_columns(
    matrix: &Matrix,
    columns: std::ops::Range<usize>,
    training: &Training<'_>,
) -> Vec<Scaling> {
    let Some(method) = Method::of(training) else {
        return Vec::new();
    };
    columns
        .map(|col| {
            let values = (0..matrix.rows).filter_map(|row| matrix.get(row, col));
            Scaling::fit(method, values)
        })
        .collect()
}

/// Scales the columns of a matrix from `offset` on.
pub fn apply_columns(scaling: &[Scaling], matrix: &mut Matrix, offset: usize) {
    if scaling.is_empty() {
        return;
    }
    let cols = matrix.cols.max(1);
    for row in matrix.values.chunks_exact_mut(cols) {
        for (cell, scaling) in row.iter_mut().skip(offset).zip(scaling) {
            *cell = scaling.apply(*cell);
        }
    }
}

/// The same on a graph. `value`: double, [rows, columns].
pub fn graph_columns(scaling: &[Scaling], graph: &mut Graph, value: Value) -> Value {
    if scaling.is_empty() {
        return value;
    }
    let shape = [1, scaling.len()];
    let each = |of: fn(&Scaling) -> f64| Constant::Double(scaling.iter().map(of).collect());
    let centre = graph.constant(&shape, each(|scaling| scaling.centre));
    let inverse = graph.constant(&shape, each(|scaling| scaling.inverse()));
    let centred = graph.op("Sub", &[&value, &centre], Vec::new());
    graph.op("Mul", &[&centred, &inverse], Vec::new())
}
