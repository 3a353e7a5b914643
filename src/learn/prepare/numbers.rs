//! Number columns: fill blanks, then centre and scale.

use serde::{Deserialize, Serialize};

use super::shared::blanks;
use super::shared::scaling::{self, Method, Scaling};
use super::{Examples, FittedColumn, Prepared, Reading, Training, Treatment};
use crate::base::UserError;
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::learn::matrix::{RawColumn, RawData};
use crate::learn::{Feature, FeatureKind, Matrix};

/// How a number column is prepared: `(value or fill − centre) · (1 / spread)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    pub name: String,
    /// None: blanks stay blank.
    pub fill: Option<f32>,
    pub scaling: Option<Scaling>,
    /// A second column says where the number was blank.
    #[serde(default)]
    pub indicator: bool,
    /// Smallest and largest training value.
    #[serde(default)]
    pub range: Option<[f32; 2]>,
}

impl Treatment for Numbers {
    fn takes(column: &RawColumn, _training: &Training<'_>) -> bool {
        matches!(column.data, RawData::Number(_))
    }

    fn fit(column: &RawColumn, training: &Training<'_>) -> Result<Prepared<Self>, UserError> {
        let RawData::Number(values) = &column.data else {
            return Err(super::unexpected(&column.name));
        };
        let fill = blanks::fill(values, training);
        let filled = values.iter().map(|&value| filled(value, fill));
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        Ok(Prepared::from(Self {
            name: column.name.clone(),
            fill,
            scaling: Method::of(training).map(|method| Scaling::fit(method, filled)),
            indicator: blanks::indicator(values, training),
            range: Some([
                finite().fold(f32::INFINITY, f32::min),
                finite().fold(f32::NEG_INFINITY, f32::max),
            ]),
        }))
    }
}

fn filled(value: f32, fill: Option<f32>) -> f64 {
    f64::from(if value.is_finite() {
        value
    } else {
        fill.unwrap_or(f32::NAN)
    })
}

/// 1 where a float is neither blank nor infinite, as a boolean: not NaN and not infinite is at most
/// the largest float in size, so one comparison finds both.
pub(super) fn graph_finite(graph: &mut Graph, value: &Value) -> Value {
    let largest = graph.constant(&[1, 1], Constant::Float(vec![f32::MAX]));
    let size = graph.op("Abs", &[value], Vec::new());
    graph.op("LessOrEqual", &[&size, &largest], Vec::new())
}

impl FittedColumn for Numbers {
    fn name(&self) -> &str {
        &self.name
    }

    fn reads_text(&self) -> bool {
        false
    }

    fn validate(&self) -> Result<(), String> {
        let sound = self.fill.is_none_or(f32::is_finite)
            && self.scaling.is_none_or(Scaling::is_sound)
            && self
                .range
                .is_none_or(|[low, high]| low.is_finite() && high.is_finite());
        if sound {
            return Ok(());
        }
        Err(format!(
            "the numbers that prepare the column {} are damaged",
            self.name
        ))
    }

    fn features(&self) -> Vec<Feature> {
        let mut features = vec![Feature {
            name: self.name.clone(),
            kind: FeatureKind::Number,
        }];
        if self.indicator {
            features.push(Feature {
                name: format!("{} is blank", self.name),
                kind: FeatureKind::Number,
            });
        }
        features
    }

    fn transform(&self, data: &RawData, matrix: &mut Matrix, offset: usize) {
        let RawData::Number(values) = data else {
            return;
        };
        let cols = matrix.cols;
        for (row, &value) in matrix.values.chunks_exact_mut(cols.max(1)).zip(values) {
            let number = filled(value, self.fill);
            if let Some(cell) = row.get_mut(offset) {
                *cell = match self.scaling {
                    Some(scaling) => scaling.apply(number),
                    None => number,
                };
            }
            if self.indicator
                && let Some(cell) = row.get_mut(offset + 1)
            {
                *cell = f64::from(u8::from(!value.is_finite()));
            }
        }
    }

    fn graph(&self, graph: &mut Graph, value: &Value) -> Result<Value, UserError> {
        let finite = graph_finite(graph, value);
        let fill = graph.constant(
            &[1, 1],
            Constant::Float(vec![self.fill.unwrap_or(f32::NAN)]),
        );
        let filled = graph.op("Where", &[&finite, value, &fill], Vec::new());
        let filled = graph.cast(&filled, ElementType::Double);
        let number = scaling::graph_columns(self.scaling.as_slice(), graph, filled);
        if !self.indicator {
            return Ok(number);
        }
        let blank = graph.op("Not", &[&finite], Vec::new());
        let blank = graph.cast(&blank, ElementType::Double);
        Ok(graph.op(
            "Concat",
            &[&number, &blank],
            vec![("axis", Attribute::Integer(1))],
        ))
    }

    fn reading(&self, place: usize) -> Reading {
        match (place, self.scaling) {
            (0, Some(scaling)) => Reading::Scaled(scaling),
            (0, None) => Reading::Amount,
            _ => Reading::Flag,
        }
    }

    fn examples(&self) -> Examples {
        let [low, high] = self
            .range
            .map_or([-100.0, 100.0], |range| range.map(f64::from));
        Examples::Numbers {
            centre: low / 2.0 + high / 2.0,
            spread: ((high - low) / 2.0).max(1.0),
        }
    }
}
