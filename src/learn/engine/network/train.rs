//! Epoch by epoch: shuffled batches, a loss to watch, and a point at which to stop.

use rayon::prelude::*;

use super::layers::{Answers, Dropout, Input, Passage};
use super::optimiser::{Method, Optimiser, Schedule};
use super::{Scalar, Shape};
use crate::base::{Random, TaskContext, UserError};
use crate::learn::Round;

#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub epochs: usize,
    pub batch: usize,
    pub method: Method,
    pub rate: f64,
    pub schedule: Schedule,
    pub decay: f64,
    /// Share of the hidden units left out at random.
    pub dropout: f64,
    /// Epochs without improvement before it stops.
    pub patience: usize,
}

/// Rows with their answers and weights.
pub struct Rows<S> {
    /// Row-major rows × columns.
    pub x: Vec<S>,
    pub answers: Vec<S>,
    /// Empty: every row counts once.
    pub weights: Vec<S>,
}

/// What training ended with.
pub struct Trained<S> {
    pub parameters: Vec<S>,
    pub epochs: usize,
    /// The epoch whose weights were kept, from 1.
    pub best: usize,
    pub stopped_early: bool,
}

/// Who watches and how it may be done.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    pub task: &'a TaskContext,
    pub seed: u64,
    pub threads: usize,
    pub report: &'a dyn Fn(Round),
}

/// Rows of a batch per part.
const PART: usize = 128;
/// Products per batch below which one thread is faster than two.
const SHARED: f64 = 4e6;
/// Rows looked at together where nothing is learned from them.
const LOOK: usize = 512;
/// Loss that must be gained for an epoch to count as an improvement, as in scikit-learn.
const GAIN: f64 = 1e-4;

/// Streams of random numbers for different uses of one seed.
const START: u64 = 1;
const ORDER: u64 = 2;
const LEAVE_OUT: u64 = 1 << 32;

impl<S: Scalar> Rows<S> {
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    fn columns(&self) -> usize {
        self.x.len() / self.len().max(1)
    }

    fn empty() -> Self {
        Self {
            x: Vec::new(),
            answers: Vec::new(),
            weights: Vec::new(),
        }
    }

    /// Takes the given rows of `from`, in that order.
    fn gather(&mut self, from: &Self, rows: &[usize]) {
        self.x.clear();
        self.answers.clear();
        self.weights.clear();
        let columns = from.columns();
        for &row in rows {
            self.x
                .extend_from_slice(&from.x[row * columns..(row + 1) * columns]);
            self.answers.push(from.answers[row]);
            if !from.weights.is_empty() {
                self.weights.push(from.weights[row]);
            }
        }
    }

    /// Rows `range` of the answers and weights.
    fn answers(&self, range: std::ops::Range<usize>) -> Answers<'_, S> {
        Answers {
            values: &self.answers[range.clone()],
            weights: self.weights.get(range).unwrap_or(&[]),
        }
    }

    /// Sum of the weights.
    fn total(&self) -> f64 {
        if self.weights.is_empty() {
            return self.len() as f64;
        }
        self.weights.iter().map(|weight| weight.wide()).sum()
    }
}

/// Uniform in ±√(6 / (inputs + outputs)): X. Glorot, Y. Bengio, "Understanding the difficulty of
/// training deep feedforward neural networks" (2010), equation 16; biases too, as in scikit-learn.
pub fn start<S: Scalar>(shape: &Shape, seed: u64) -> Vec<S> {
    let mut random = Random::stream(seed, START);
    let mut parameters = Vec::with_capacity(shape.parameters().unwrap_or(0));
    for layer in shape.layers() {
        let bound = (6.0 / (layer.inputs + layer.outputs).max(1) as f64).sqrt();
        for _ in 0..layer.weights.len() + layer.biases.len() {
            parameters.push(S::of((2.0 * random.next_f64() - 1.0) * bound));
        }
    }
    parameters
}

/// Trains on `rows`. Where `aside` holds rows, their loss decides when to stop and which weights
/// are kept; otherwise the loss of the rows learned from decides when to stop.
pub fn train<S: Scalar>(
    shape: &Shape,
    rows: &Rows<S>,
    aside: &Rows<S>,
    options: &Options,
    watch: Watch<'_>,
) -> Result<Trained<S>, UserError> {
    train_from(start(shape, watch.seed), shape, rows, aside, options, watch)
}

/// As [`train`], from given weights.
pub fn train_from<S: Scalar>(
    parameters: Vec<S>,
    shape: &Shape,
    rows: &Rows<S>,
    aside: &Rows<S>,
    options: &Options,
    watch: Watch<'_>,
) -> Result<Trained<S>, UserError> {
    let mut run = Run::new(parameters, shape, options, watch);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut random = Random::stream(watch.seed, ORDER);
    let mut best = Best::new(options.patience);
    let mut done = 0;
    for epoch in 0..options.epochs {
        random.shuffle(&mut order);
        let training = run.epoch(rows, &order, epoch)?;
        let checking = match aside.is_empty() {
            true => None,
            false => Some(run.loss_of(aside)?),
        };
        done = epoch + 1;
        (watch.report)(Round {
            round: done as u32,
            rounds: options.epochs as u32,
            training,
            checking,
        });
        let keep = checking.is_some();
        if best.stops_after(done, checking.unwrap_or(training), keep, &run.parameters) {
            break;
        }
    }
    let stopped_early = done < options.epochs;
    match best.parameters {
        Some(parameters) => run.parameters = parameters,
        None => best.epoch = done,
    }
    if run.parameters.iter().any(|value| !value.is_finite()) {
        return Err(diverged(options.rate));
    }
    Ok(Trained {
        parameters: run.parameters,
        epochs: done,
        best: best.epoch,
        stopped_early,
    })
}

fn diverged(rate: f64) -> UserError {
    UserError::failed(
        "network_diverged",
        "The network did not settle",
        format!("With steps of size {rate} its weights grew without limit"),
    )
    .with_hint("Choose a smaller step size")
}

/// The best loss so far, and for how long it has been the best.
struct Best<S> {
    loss: f64,
    epoch: usize,
    parameters: Option<Vec<S>>,
    patience: usize,
    waited: usize,
    /// Best loss by more than the gain that counts.
    counted: f64,
}

impl<S: Scalar> Best<S> {
    fn new(patience: usize) -> Self {
        Self {
            loss: f64::INFINITY,
            epoch: 0,
            parameters: None,
            patience,
            waited: 0,
            counted: f64::INFINITY,
        }
    }

    /// Whether it is time to stop: no gain for long, or a loss that is no number.
    fn stops_after(&mut self, epoch: usize, loss: f64, keep: bool, parameters: &[S]) -> bool {
        if loss < self.loss {
            (self.loss, self.epoch) = (loss, epoch);
            if keep {
                let kept = self.parameters.get_or_insert_with(Vec::new);
                kept.clear();
                kept.extend_from_slice(parameters);
            }
        }
        if loss < self.counted - GAIN {
            (self.counted, self.waited) = (loss, 0);
        } else {
            self.waited += 1;
        }
        self.waited >= self.patience || !loss.is_finite()
    }
}

/// A network in training.
struct Run<'a, S> {
    shape: &'a Shape,
    options: &'a Options,
    watch: Watch<'a>,
    parameters: Vec<S>,
    optimiser: Optimiser<S>,
    parts: Vec<Passage<S>>,
    batch: Rows<S>,
    batches: u64,
}

impl<'a, S: Scalar> Run<'a, S> {
    fn new(parameters: Vec<S>, shape: &'a Shape, options: &'a Options, watch: Watch<'a>) -> Self {
        let parts = options.batch.div_ceil(PART).max(1);
        Self {
            optimiser: Optimiser::new(
                options.method,
                options.decay,
                parameters.len(),
                watch.threads,
            ),
            parts: (0..parts).map(|_| Passage::new(shape)).collect(),
            batch: Rows::empty(),
            batches: 0,
            shape,
            options,
            watch,
            parameters,
        }
    }

    /// One pass over the rows in the given order; their mean loss on the way.
    fn epoch(&mut self, rows: &Rows<S>, order: &[usize], epoch: usize) -> Result<f64, UserError> {
        let rate = self.options.rate * self.options.schedule.factor(epoch, self.options.epochs);
        let layers = self.shape.layers();
        let all = (self.options.epochs * rows.len()) as u64;
        let (mut loss, mut weight) = (0.0, 0.0);
        for (index, chosen) in order.chunks(self.options.batch.max(1)).enumerate() {
            self.watch.task.check()?;
            let done = epoch * rows.len() + index * self.options.batch;
            self.watch
                .task
                .progress(done as u64, all, "Training the network");
            self.batch.gather(rows, chosen);
            let total = self.batch.total();
            loss += self.batch_gradient(total)?;
            weight += total;
            let gradient = std::mem::take(&mut self.parts[0].gradient);
            self.optimiser
                .step(&layers, &mut self.parameters, &gradient, rate);
            self.parts[0].gradient = gradient;
        }
        Ok(loss / weight)
    }

    /// Leaves the gradient of the batch in the first part; returns its loss.
    fn batch_gradient(&mut self, total: f64) -> Result<f64, UserError> {
        let rows = self.batch.len();
        let count = rows.div_ceil(PART).max(1);
        let first = self.batches * self.parts.len() as u64;
        self.batches += 1;
        let work = Work {
            shape: self.shape,
            parameters: &self.parameters,
            batch: &self.batch,
            total,
            dropout: self.options.dropout,
            seed: self.watch.seed,
            task: self.watch.task,
        };
        let products = 2.0 * rows as f64 * self.parameters.len() as f64;
        let parts = &mut self.parts[..count];
        let of = |part: usize| part * rows / count..(part + 1) * rows / count;
        if self.watch.threads > 1 && count > 1 && products >= SHARED {
            parts
                .par_iter_mut()
                .enumerate()
                .try_for_each(|(part, passage)| {
                    work.learn(passage, of(part), first + part as u64)
                })?;
        } else {
            for (part, passage) in parts.iter_mut().enumerate() {
                work.learn(passage, of(part), first + part as u64)?;
            }
        }
        let Some((sum, others)) = parts.split_first_mut() else {
            return Ok(0.0);
        };
        let mut loss = sum.loss;
        for other in others {
            loss += other.loss;
            for (sum, &value) in sum.gradient.iter_mut().zip(&other.gradient) {
                *sum += value;
            }
        }
        Ok(loss)
    }

    /// Mean loss of rows that nothing is learned from.
    fn loss_of(&mut self, rows: &Rows<S>) -> Result<f64, UserError> {
        let columns = rows.columns();
        let passage = &mut self.parts[0];
        let mut loss = 0.0;
        for start in (0..rows.len()).step_by(LOOK) {
            let end = (start + LOOK).min(rows.len());
            let input = Input {
                shape: self.shape,
                parameters: &self.parameters,
                x: &rows.x[start * columns..end * columns],
                rows: end - start,
                task: self.watch.task,
            };
            passage.forward(&input, false, None)?;
            passage.measure(self.shape, rows.answers(start..end), 1.0);
            loss += passage.loss;
        }
        Ok(loss / rows.total())
    }
}

/// One batch to be learned from, part by part.
struct Work<'a, S> {
    shape: &'a Shape,
    parameters: &'a [S],
    batch: &'a Rows<S>,
    total: f64,
    dropout: f64,
    seed: u64,
    task: &'a TaskContext,
}

impl<S: Scalar> Work<'_, S> {
    fn learn(
        &self,
        passage: &mut Passage<S>,
        range: std::ops::Range<usize>,
        stream: u64,
    ) -> Result<(), UserError> {
        let columns = self.batch.columns();
        let input = Input {
            shape: self.shape,
            parameters: self.parameters,
            x: &self.batch.x[range.start * columns..range.end * columns],
            rows: range.len(),
            task: self.task,
        };
        let dropout = (self.dropout > 0.0).then(|| Dropout {
            share: self.dropout,
            random: Random::stream(self.seed, LEAVE_OUT + stream),
        });
        passage.forward(&input, true, dropout)?;
        passage.backward(&input, self.batch.answers(range), self.total)
    }
}
