//! Feed-forward networks: layers of weighted sums with a bend in between.
//!
//! I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016): layers and back-propagation
//! chapter 6, dropout section 7.12, optimisers chapter 8. Numbers are 32 or 64 bits wide; the
//! products are those of ndarray. A batch is divided into parts by its size alone, the parts may
//! be worked on by several threads, and their gradients are added up in order: the result does
//! not depend on the number of threads.

pub mod layers;
pub mod optimiser;
pub mod train;

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2, NdFloat};
use serde::{Deserialize, Serialize};

use crate::base::UserError;

/// `f32` or `f64`.
pub trait Scalar: NdFloat {
    fn of(value: f64) -> Self;
    fn wide(self) -> f64;
}

impl Scalar for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }

    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Scalar for f64 {
    fn of(value: f64) -> Self {
        value
    }

    fn wide(self) -> f64 {
        self
    }
}

/// The bend after a hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, x).
    Relu,
    Tanh,
    /// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))): D. Hendrycks, K. Gimpel, "Gaussian Error Linear
    /// Units" (2016), section 2.
    Gelu,
}

/// √(2/π).
pub const GELU_SCALE: f64 = 0.797_884_560_802_865_4;
pub const GELU_CUBE: f64 = 0.044_715;

impl Activation {
    /// Value and slope at `x`.
    pub fn at<S: Scalar>(self, x: S) -> (S, S) {
        let (one, half) = (S::one(), S::of(0.5));
        match self {
            Self::Relu if x > S::zero() => (x, one),
            Self::Relu => (S::zero(), S::zero()),
            Self::Tanh => {
                let value = x.tanh();
                (value, one - value * value)
            }
            Self::Gelu => {
                let (scale, cube) = (S::of(GELU_SCALE), S::of(GELU_CUBE));
                let bend = (scale * (x + cube * x * x * x)).tanh();
                let rise = scale * (one + S::of(3.0) * cube * x * x);
                let value = half * x * (one + bend);
                let slope = half * (one + bend) + half * x * (one - bend * bend) * rise;
                // Far out the square overflows while the bend is flat: nothing times infinity.
                (
                    value,
                    if slope.is_nan() {
                        half + half * bend
                    } else {
                        slope
                    },
                )
            }
        }
    }
}

/// What the outputs stand for, and how far off they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// One score per class; cross-entropy of their softmax.
    Classes,
    /// One number; half the squared difference.
    Numbers,
}

/// The plan of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Columns, units of every hidden layer, outputs: at least two entries.
    pub sizes: Vec<usize>,
    pub activation: Activation,
    pub loss: Loss,
}

/// One layer, and where its numbers lie among all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    pub inputs: usize,
    pub outputs: usize,
    /// Row-major inputs × outputs.
    pub weights: Range<usize>,
    pub biases: Range<usize>,
    pub last: bool,
}

impl Shape {
    pub fn layers(&self) -> Vec<Layer> {
        let mut place = 0;
        let pairs = self.sizes.windows(2).enumerate();
        pairs
            .map(|(index, pair)| {
                let (inputs, outputs) = (pair[0], pair[1]);
                let weights = place..place + inputs * outputs;
                let biases = weights.end..weights.end + outputs;
                place = biases.end;
                Layer {
                    inputs,
                    outputs,
                    weights,
                    biases,
                    last: index + 2 == self.sizes.len(),
                }
            })
            .collect()
    }

    /// Weights and biases in all; None when they cannot be counted.
    pub fn parameters(&self) -> Option<usize> {
        self.sizes.windows(2).try_fold(0usize, |sum, pair| {
            sum.checked_add(pair[0].checked_add(1)?.checked_mul(pair[1])?)
        })
    }

    pub fn outputs(&self) -> usize {
        self.sizes.last().copied().unwrap_or(0)
    }
}

fn broken<E>(_: E) -> UserError {
    UserError::failed(
        "network_shape",
        "The network does not fit together",
        "A layer is of another size than its numbers",
    )
}

/// `values` as rows × columns.
pub(super) fn view<S>(
    values: &[S],
    rows: usize,
    columns: usize,
) -> Result<ArrayView2<'_, S>, UserError> {
    ArrayView2::from_shape((rows, columns), values).map_err(broken)
}

pub(super) fn view_mut<S>(
    values: &mut [S],
    rows: usize,
    columns: usize,
) -> Result<ArrayViewMut2<'_, S>, UserError> {
    ArrayViewMut2::from_shape((rows, columns), values).map_err(broken)
}
