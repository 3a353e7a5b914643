//! Number columns: fill blanks with the training median, then centre and scale.
//!
//! Scaling multiplies by the inverse of the spread: engines that run exported models turn a division
//! by a constant into just that, and neighbours at equal distances must stay equal to the last bit.

use serde::{Deserialize, Serialize};

use crate::base::graph::{Constant, ElementType, Graph, Value};
use crate::learn::Matrix;

/// How a number column is prepared: `(value or fill − centre) · (1 / spread)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    pub name: String,
    /// Median of the training values; `f32` because an exported model fills its float input.
    pub fill: f32,
    pub scaling: Option<Scaling>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    pub centre: f64,
    /// Standard deviation (dividing by the number of rows); 1 for a constant column.
    pub spread: f64,
}

impl Numbers {
    /// `values`: at least one is not NaN.
    pub(super) fn fit(name: &str, values: &[f32], scale: bool) -> Self {
        let fill = median(values);
        Self {
            name: name.to_owned(),
            fill,
            scaling: scale.then(|| Scaling::fit(values, fill)),
        }
    }

    pub(super) fn validate(&self) -> Result<(), String> {
        let scaling_ok = self
            .scaling
            .is_none_or(|s| s.centre.is_finite() && s.spread.is_finite() && s.spread > 0.0);
        if self.fill.is_finite() && scaling_ok {
            return Ok(());
        }
        Err(format!(
            "the numbers that prepare the column {} are damaged",
            self.name
        ))
    }

    pub(super) fn transform(&self, values: &[f32], matrix: &mut Matrix, offset: usize) {
        let cols = matrix.cols;
        for (row, &value) in matrix.values.chunks_exact_mut(cols.max(1)).zip(values) {
            let filled = f64::from(if value.is_finite() { value } else { self.fill });
            if let Some(cell) = row.get_mut(offset) {
                *cell = match self.scaling {
                    Some(scaling) => (filled - scaling.centre) * scaling.inverse(),
                    None => filled,
                };
            }
        }
    }

    /// Neither NaN nor an infinity is at most the largest float in size, so one comparison finds
    /// both.
    pub(super) fn graph(&self, graph: &mut Graph, value: &Value) -> Value {
        let largest = graph.constant(&[1, 1], Constant::Float(vec![f32::MAX]));
        let fill = graph.constant(&[1, 1], Constant::Float(vec![self.fill]));
        let size = graph.op("Abs", &[value], Vec::new());
        let finite = graph.op("LessOrEqual", &[&size, &largest], Vec::new());
        let filled = graph.op("Where", &[&finite, value, &fill], Vec::new());
        let filled = graph.cast(&filled, ElementType::Double);
        let Some(scaling) = self.scaling else {
            return filled;
        };
        let centre = graph.constant(&[1, 1], Constant::Double(vec![scaling.centre]));
        let inverse = graph.constant(&[1, 1], Constant::Double(vec![scaling.inverse()]));
        let centred = graph.op("Sub", &[&filled, &centre], Vec::new());
        graph.op("Mul", &[&centred, &inverse], Vec::new())
    }
}

impl Scaling {
    fn inverse(self) -> f64 {
        1.0 / self.spread
    }

    fn fit(values: &[f32], fill: f32) -> Self {
        let filled = || {
            values
                .iter()
                .map(|&v| f64::from(if v.is_finite() { v } else { fill }))
        };
        let count = values.len().max(1) as f64;
        let centre = filled().sum::<f64>() / count;
        let variance = filled().map(|v| (v - centre) * (v - centre)).sum::<f64>() / count;
        let spread = variance.sqrt();
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

/// Median of the values that are not blank, rounded to `f32`; 0 without any.
fn median(values: &[f32]) -> f32 {
    let mut filled: Vec<f32> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    if filled.is_empty() {
        return 0.0;
    }
    let middle = filled.len() / 2;
    let (below, &mut upper, _) = filled.select_nth_unstable_by(middle, f32::total_cmp);
    if values.iter().filter(|value| value.is_finite()).count() % 2 == 1 {
        return upper;
    }
    let lower = below
        .iter()
        .copied()
        .max_by(f32::total_cmp)
        .unwrap_or(upper);
    (f64::from(lower) / 2.0 + f64::from(upper) / 2.0) as f32
}
