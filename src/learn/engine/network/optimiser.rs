//! How the weights follow their gradient.

use rayon::prelude::*;

use super::{Layer, Scalar};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// D. Kingma, J. Ba, "Adam: a method for stochastic optimization" (2015), in the form given at
    /// the end of its section 2, which is also that of scikit-learn.
    Adam,
    /// Gradient descent with Nesterov's momentum: I. Sutskever et al., "On the importance of
    /// initialization and momentum in deep learning" (2013), section 2.
    Momentum(f64),
}

/// How the step size changes from the first epoch to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    Constant,
    /// Half a cosine from 1 to 0: I. Loshchilov, F. Hutter, "SGDR" (2017), equation 5.
    Cosine,
    /// A tenth after each third of the epochs.
    Step,
}

impl Schedule {
    /// Factor of the step size in `epoch` (from 0) of `epochs`.
    pub fn factor(self, epoch: usize, epochs: usize) -> f64 {
        let done = epoch as f64 / epochs.max(1) as f64;
        match self {
            Self::Constant => 1.0,
            Self::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
            Self::Step => 0.1_f64.powi((3.0 * done) as i32),
        }
    }
}

const FIRST_DECAY: f64 = 0.9;
const SECOND_DECAY: f64 = 0.999;
const TINY: f64 = 1e-8;
/// Numbers per piece of work where several threads share a step.
const PIECE: usize = 1 << 14;
/// Fewer are changed faster than another thread wakes up.
const SHARED: usize = 1 << 18;

/// Memory of an optimiser. Weights shrink by `rate · decay` of themselves at every step, apart
/// from the gradient (I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019,
/// algorithm 2); biases do not.
pub struct Optimiser<S> {
    method: Method,
    decay: f64,
    steps: i32,
    first: Vec<S>,
    second: Vec<S>,
    shared: bool,
}

/// The numbers of one step.
#[derive(Clone, Copy)]
struct Step<S> {
    rate: S,
    /// What is left of a weight after decay.
    kept: S,
    momentum: S,
}

impl<S: Scalar> Optimiser<S> {
    /// `threads`: whether a step may be shared out; it does not change what comes out.
    pub fn new(method: Method, decay: f64, parameters: usize, threads: usize) -> Self {
        let second = if method == Method::Adam {
            parameters
        } else {
            0
        };
        Self {
            method,
            decay,
            steps: 0,
            first: vec![S::zero(); parameters],
            second: vec![S::zero(); second],
            shared: threads > 1 && parameters >= SHARED,
        }
    }

    /// Moves `parameters` against `gradient` by step size `rate`.
    pub fn step(&mut self, layers: &[Layer], parameters: &mut [S], gradient: &[S], rate: f64) {
        self.steps = self.steps.saturating_add(1);
        let kept = 1.0 - rate * self.decay;
        for layer in layers {
            self.part(layer.weights.clone(), parameters, gradient, rate, kept);
            self.part(layer.biases.clone(), parameters, gradient, rate, 1.0);
        }
    }

    fn part(
        &mut self,
        range: std::ops::Range<usize>,
        parameters: &mut [S],
        gradient: &[S],
        rate: f64,
        kept: f64,
    ) {
        let (parameters, gradient) = (&mut parameters[range.clone()], &gradient[range.clone()]);
        let first = &mut self.first[range.clone()];
        let mut step = Step {
            rate: S::of(rate),
            kept: S::of(kept),
            momentum: S::zero(),
        };
        match self.method {
            Method::Adam => {
                let (first_bias, second_bias) = (
                    1.0 - FIRST_DECAY.powi(self.steps),
                    1.0 - SECOND_DECAY.powi(self.steps),
                );
                step.rate = S::of(rate * second_bias.sqrt() / first_bias);
                let second = &mut self.second[range];
                if self.shared {
                    parameters
                        .par_chunks_mut(PIECE)
                        .zip(gradient.par_chunks(PIECE))
                        .zip(first.par_chunks_mut(PIECE))
                        .zip(second.par_chunks_mut(PIECE))
                        .for_each(|(((p, g), f), s)| adam(p, g, f, s, step));
                } else {
                    adam(parameters, gradient, first, second, step);
                }
            }
            Method::Momentum(momentum) => {
                step.momentum = S::of(momentum);
                nesterov(parameters, gradient, first, step);
            }
        }
    }
}

fn adam<S: Scalar>(
    parameters: &mut [S],
    gradient: &[S],
    first: &mut [S],
    second: &mut [S],
    step: Step<S>,
) {
    let (b1, b2, tiny) = (S::of(FIRST_DECAY), S::of(SECOND_DECAY), S::of(TINY));
    let (c1, c2) = (S::one() - b1, S::one() - b2);
    for (((parameter, &g), first), second) in
        parameters.iter_mut().zip(gradient).zip(first).zip(second)
    {
        *first = b1 * *first + c1 * g;
        *second = b2 * *second + c2 * g * g;
        *parameter = *parameter * step.kept - step.rate * *first / (second.sqrt() + tiny);
    }
}

fn nesterov<S: Scalar>(parameters: &mut [S], gradient: &[S], velocity: &mut [S], step: Step<S>) {
    for ((parameter, &g), velocity) in parameters.iter_mut().zip(gradient).zip(velocity) {
        *velocity = step.momentum * *velocity - step.rate * g;
        *parameter = *parameter * step.kept + step.momentum * *velocity - step.rate * g;
    }
}
