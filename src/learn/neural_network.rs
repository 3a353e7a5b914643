//! A neural network: layers of weighted sums, each bent a little.

use serde::{Deserialize, Serialize};

use super::engine::effort::{Change, HoldBack};
use super::engine::network::layers::{Input, Passage};
use super::engine::network::optimiser::{Method, Schedule};
use super::engine::network::train::{self, Options, Rows, Trained, Watch};
use super::engine::network::{Activation, GELU_CUBE, GELU_SCALE, Loss, Scalar, Shape};
use super::engine::pack::{PackedColumn, pack, unpack};
use super::engine::present::{self, Present};
use super::engine::{self, saved, softmax, unit_size};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{
    ParamKind, ParamSpec, Params, Random, SearchSpec, TaskContext, UserError, format,
};

pub struct NeuralNetwork;

const NAME: &str = "Neural network";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "layers",
        label: "Layers in between",
        help: "Each layer can combine what the one before found (hidden layers); with none it is a plain weighted sum",
        kind: ParamKind::Integer { min: 0, max: 8 },
        default: ParamDefault::Integer(1),
    },
    ParamSpec {
        key: "units",
        label: "Units in each layer",
        help: "More units can follow finer patterns, and take longer (width)",
        kind: ParamKind::Integer { min: 1, max: 2048 },
        default: ParamDefault::Integer(100),
    },
    ParamSpec {
        key: "activation",
        label: "Bend",
        help: "What every unit does with its sum (activation)",
        kind: ParamKind::Choice(&[
            ("relu", "Cut off below zero (ReLU)"),
            ("tanh", "S-shaped (tanh)"),
            ("gelu", "Cut off softly (GELU)"),
        ]),
        default: ParamDefault::Text("relu"),
    },
    ParamSpec {
        key: "dropout",
        label: "Units left out at random",
        help: "While learning, this share of the units is left out, so that none is relied on too much (dropout)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 0.9,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
    ParamSpec {
        key: "optimiser",
        label: "Way of stepping",
        help: "How the weights follow the slope of the loss (optimiser)",
        kind: ParamKind::Choice(&[
            ("adam", "Steps of adapted size (Adam)"),
            ("momentum", "Steps with momentum (SGD)"),
        ]),
        default: ParamDefault::Text("adam"),
    },
    ParamSpec {
        key: "rate",
        label: "Step size",
        help: "Large steps are fast but may overshoot (learning rate)",
        kind: ParamKind::Number {
            min: 1e-6,
            max: 1.0,
            logarithmic: true,
        },
        default: ParamDefault::Number(1e-3),
    },
    ParamSpec {
        key: "momentum",
        label: "Momentum",
        help: "Share of the last step that is made again; only for steps with momentum",
        kind: ParamKind::Number {
            min: 0.0,
            max: 0.999,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.9),
    },
    ParamSpec {
        key: "schedule",
        label: "Steps become smaller",
        help: "How the step size changes from the first round to the last (schedule)",
        kind: ParamKind::Choice(&[
            ("constant", "Never"),
            ("cosine", "Slowly to nothing (cosine)"),
            ("step", "To a tenth after each third"),
        ]),
        default: ParamDefault::Text("constant"),
    },
    ParamSpec {
        key: "decay",
        label: "Pull towards zero",
        help: "Holds the weights closer to zero, which helps with few rows (weight decay)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 10.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(1e-4),
    },
    ParamSpec {
        key: "epochs",
        label: "Most rounds",
        help: "How often it goes through all rows at most (epochs)",
        kind: ParamKind::Integer {
            min: 1,
            max: 100_000,
        },
        default: ParamDefault::Integer(200),
    },
    ParamSpec {
        key: "batch",
        label: "Rows per step",
        help: "The weights move after this many rows (batch size)",
        kind: ParamKind::Integer {
            min: 1,
            max: 10_000,
        },
        default: ParamDefault::Integer(200),
    },
    ParamSpec {
        key: "early_stopping",
        label: "Stop when it no longer helps",
        help: "Sets a tenth of the practice rows aside, stops when their loss no longer falls, and keeps the best weights (early stopping); needs 50 rows, with fewer the loss of all rows decides when to stop",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(true),
    },
    ParamSpec {
        key: "patience",
        label: "Rounds to wait",
        help: "It stops after this many rounds without improvement (patience)",
        kind: ParamKind::Integer { min: 1, max: 1000 },
        default: ParamDefault::Integer(10),
    },
    ParamSpec {
        key: "precision",
        label: "Digits while learning",
        help: "Single is twice as fast and loses nothing that matters; the finished model always computes with double precision",
        kind: ParamKind::Choice(&[
            ("single", "Single (32 bits)"),
            ("double", "Double (64 bits)"),
        ]),
        default: ParamDefault::Text("single"),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::integer("layers", 1, 3),
    SearchSpec::integer("units", 8, 256).logarithmic(),
    SearchSpec::choice("activation", &["relu", "tanh", "gelu"]),
    SearchSpec::number("dropout", 0.0, 0.5),
    SearchSpec::number("rate", 1e-4, 0.03).logarithmic(),
    SearchSpec::number("decay", 0.0, 1.0).from_zero(1e-5),
    SearchSpec::integer("batch", 16, 512).logarithmic(),
];

/// Weights in all that a network may have: about two gigabytes while it learns.
const MOST_PARAMETERS: usize = 50_000_000;
/// Share of the rows set aside, and how many there must be for that.
const ASIDE: f64 = 0.1;
const ROWS_FOR_ASIDE: usize = 50;
/// Rows predicted together.
const BLOCK: usize = 256;
const CHOOSE_ASIDE: u64 = 3;

struct NetworkModel {
    columns: unit_size::Columns,
    shape: Shape,
    parameters: Vec<f64>,
    /// For classes.
    present: Option<Present>,
    /// For numbers.
    answers: Option<unit_size::Answers>,
    epochs: usize,
    best: usize,
    stopped_early: bool,
}

/// The saved form.
#[derive(Serialize, Deserialize)]
struct Stored {
    columns: unit_size::Columns,
    shape: Shape,
    count: usize,
    parameters: PackedColumn,
    present: Option<Present>,
    answers: Option<unit_size::Answers>,
    epochs: usize,
    best: usize,
    stopped_early: bool,
}

impl Learner for NeuralNetwork {
    fn id(&self) -> &'static str {
        "neural_network"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Passes the columns through layers of weighted sums and adjusts the weights step by step until the answers fit (multi-layer perceptron)."
    }

    fn when_to_use(&self) -> &'static str {
        "With many rows and smooth patterns in which many columns act together."
    }

    fn when_not_to_use(&self) -> &'static str {
        "With a few hundred rows, or when you must explain an answer: trees and weights are easier to read and often as good."
    }

    fn source(&self) -> &'static str {
        "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), chapter 6, p. 164, and section 8.5.3, p. 301"
    }

    fn readability(&self) -> &'static str {
        "Hard to read"
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn search(&self) -> &'static [SearchSpec] {
        SEARCH
    }

    fn hold_back(&self) -> &'static [HoldBack] {
        const {
            &[
                HoldBack::simpler("units", Change::Times(0.5)),
                HoldBack::earlier("early_stopping", Change::Switch(true)),
            ]
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            wants_scaling: true,
            weights: true,
            live: true,
            complexity: 6,
            family: Family::Network,
            ..Capabilities::default()
        }
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        params: &Params,
        context: &FitContext<'_>,
    ) -> Result<Box<dyn Model>, UserError> {
        let params = params.checked(PARAMS)?;
        context.task.check()?;
        engine::check_training_data(x, y)?;
        let mut kept = None;
        let (x, y, weights) = present::counted(x, y, context.weights, &mut kept);
        let columns = unit_size::Columns::of(x);
        let mut model = NetworkModel {
            shape: shape(x.cols, y, &params)?,
            parameters: Vec::new(),
            present: None,
            answers: None,
            epochs: 0,
            best: 0,
            stopped_early: false,
            columns,
        };
        let values: Vec<f64> = match y {
            Target::Classes { codes, count } => {
                let present = Present::of(codes, *count);
                let places = present.places(codes);
                model.present = Some(present);
                places.into_iter().map(|place| place as f64).collect()
            }
            Target::Numbers(values) => {
                let answers = unit_size::Answers::of(values, weights);
                model.answers = Some(answers);
                values.iter().map(|&value| answers.apply(value)).collect()
            }
        };
        let rows = Given {
            x: model.columns.apply(x),
            columns: x.cols,
            values,
            weights,
        };
        if params.text("precision") == "double" {
            model.learn::<f64>(&rows, &params, context)?;
        } else {
            model.learn::<f32>(&rows, &params, context)?;
        }
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let stored: Stored = saved::read(saved, NAME)?;
        let sizes = &stored.shape.sizes;
        let possible = (2..=10).contains(&sizes.len()) && sizes.iter().all(|&size| size > 0);
        saved::require(possible, NAME, "its layers are not possible")?;
        let outputs = stored.shape.outputs();
        saved::require_shape(sizes[0], outputs, NAME)?;
        let count = stored.shape.parameters();
        let fits = count == Some(stored.count) && stored.count <= MOST_PARAMETERS;
        saved::require(fits, NAME, "its weights do not fit its layers")?;
        let parameters = unpack(&stored.parameters, stored.count).filter(|p| saved::finite(p));
        let Some(parameters) = parameters else {
            return Err(saved::damaged(NAME, "its weights cannot be read"));
        };
        let ends = match (&stored.present, &stored.answers) {
            (Some(present), None) => {
                saved::require_shape(sizes[0], present.count, NAME)?;
                stored.shape.loss == Loss::Classes && present.is_valid() && present.len() == outputs
            }
            (None, Some(answers)) => {
                stored.shape.loss == Loss::Numbers && answers.is_valid() && outputs == 1
            }
            _ => false,
        };
        let holds = ends && stored.columns.is_valid(sizes[0]);
        saved::require(holds, NAME, "its parts do not fit together")?;
        Ok(Box::new(NetworkModel {
            columns: stored.columns,
            shape: stored.shape,
            parameters,
            present: stored.present,
            answers: stored.answers,
            epochs: stored.epochs,
            best: stored.best,
            stopped_early: stored.stopped_early,
        }))
    }
}

/// Rows ready for a network, before their digits are chosen.
struct Given<'a> {
    x: Vec<f64>,
    columns: usize,
    values: Vec<f64>,
    weights: Option<&'a [f64]>,
}

impl Given<'_> {
    fn rows<S: Scalar>(&self, rows: &[usize]) -> Rows<S> {
        let narrow = |value: &f64| S::of(*value);
        let cells = rows.iter().flat_map(|&row| {
            let row = &self.x[row * self.columns..(row + 1) * self.columns];
            row.iter().map(narrow)
        });
        let weights = self.weights.map(|all| {
            let chosen = rows.iter().map(|&row| S::of(all[row]));
            chosen.collect()
        });
        Rows {
            x: cells.collect(),
            answers: rows.iter().map(|&row| S::of(self.values[row])).collect(),
            weights: weights.unwrap_or_default(),
        }
    }

    /// Rows to learn from and rows set aside. Of every class a tenth is set aside, and of a class
    /// of few rows none.
    fn divide(&self, classes: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        Random::stream(seed, CHOOSE_ASIDE).shuffle(&mut order);
        let mut sizes = vec![0usize; classes.max(1)];
        let class = |row: usize| match classes {
            0 => 0,
            _ => self.values[row] as usize,
        };
        order.iter().for_each(|&row| sizes[class(row)] += 1);
        let mut wanted: Vec<usize> = sizes
            .iter()
            .map(|&size| (size as f64 * ASIDE).round() as usize)
            .collect();
        let (mut learn, mut aside) = (Vec::new(), Vec::new());
        for row in order {
            let wanted = &mut wanted[class(row)];
            if *wanted > 0 {
                *wanted -= 1;
                aside.push(row);
            } else {
                learn.push(row);
            }
        }
        (learn, aside)
    }
}

fn shape(columns: usize, y: &Target, params: &Params) -> Result<Shape, UserError> {
    let whole = |key: &str| usize::try_from(params.integer(key)).unwrap_or(0);
    let (outputs, loss) = match y {
        Target::Classes { codes, count } => (Present::of(codes, *count).len(), Loss::Classes),
        Target::Numbers(_) => (1, Loss::Numbers),
    };
    let mut sizes = vec![columns];
    sizes.extend(std::iter::repeat_n(whole("units"), whole("layers")));
    sizes.push(outputs);
    let shape = Shape {
        sizes,
        activation: match params.text("activation") {
            "tanh" => Activation::Tanh,
            "gelu" => Activation::Gelu,
            _ => Activation::Relu,
        },
        loss,
    };
    match shape.parameters() {
        Some(count) if count <= MOST_PARAMETERS => Ok(shape),
        count => Err(too_large(count, &shape)),
    }
}

fn too_large(count: Option<usize>, shape: &Shape) -> UserError {
    let count = count.map_or_else(|| "too many".to_owned(), |c| format::count(c as u64));
    UserError::usage(
        "network_too_large",
        "The network would be too large",
        format!(
            "It would have {count} weights for {} columns and {} outputs; the most is {}",
            format::count(shape.sizes.first().copied().unwrap_or(0) as u64),
            format::count(shape.outputs() as u64),
            format::count(MOST_PARAMETERS as u64)
        ),
    )
    .with_hint("Choose fewer layers or units, or fewer columns")
}

fn options(params: &Params, rows: usize) -> Options {
    let whole = |key: &str| usize::try_from(params.integer(key)).unwrap_or(1).max(1);
    Options {
        epochs: whole("epochs"),
        batch: whole("batch").min(rows.max(1)),
        method: match params.text("optimiser") {
            "momentum" => Method::Momentum(params.number("momentum")),
            _ => Method::Adam,
        },
        rate: params.number("rate"),
        schedule: match params.text("schedule") {
            "cosine" => Schedule::Cosine,
            "step" => Schedule::Step,
            _ => Schedule::Constant,
        },
        decay: params.number("decay"),
        dropout: params.number("dropout"),
        patience: whole("patience"),
    }
}

impl NetworkModel {
    fn learn<S: Scalar>(
        &mut self,
        given: &Given<'_>,
        params: &Params,
        context: &FitContext<'_>,
    ) -> Result<(), UserError> {
        let classes = self.present.as_ref().map_or(0, Present::len);
        let all = given.values.len();
        let (learn, aside) = if params.bool("early_stopping") && all >= ROWS_FOR_ASIDE {
            given.divide(classes, context.seed)
        } else {
            ((0..all).collect(), Vec::new())
        };
        let watch = Watch {
            task: context.task,
            seed: context.seed,
            threads: context.threads,
            report: &|round| context.report(round),
        };
        let Trained {
            parameters,
            epochs,
            best,
            stopped_early,
        } = train::train::<S>(
            &self.shape,
            &given.rows(&learn),
            &given.rows(&aside),
            &options(params, learn.len()),
            watch,
        )?;
        self.parameters = parameters.into_iter().map(Scalar::wide).collect();
        (self.epochs, self.best, self.stopped_early) = (epochs, best, stopped_early);
        Ok(())
    }

    fn outputs(&self) -> usize {
        self.present.as_ref().map_or(1, |present| present.count)
    }

    /// Scores of a block of rows to predictions.
    fn finish(&self, scores: &[f64], predicted: &mut [f64]) {
        let Some(present) = &self.present else {
            let answers = self.answers.unwrap_or(unit_size::Answers {
                centre: 0.0,
                spread: 1.0,
            });
            for (value, &score) in predicted.iter_mut().zip(scores) {
                *value = answers.undo(score);
            }
            return;
        };
        let mut shares = vec![0.0; present.len()];
        let rows = scores.chunks_exact(present.len().max(1));
        for (scores, row) in rows.zip(predicted.chunks_exact_mut(present.count.max(1))) {
            shares.copy_from_slice(scores);
            softmax::softmax(&mut shares);
            present.spread(&shares, row);
        }
    }
}

impl Model for NetworkModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features())?;
        let outputs = self.outputs();
        let mut predicted = vec![0.0; x.rows * outputs];
        let mut passage = Passage::new(&self.shape);
        for start in (0..x.rows).step_by(BLOCK) {
            task.progress(start as u64, x.rows as u64, "Predicting");
            let rows = BLOCK.min(x.rows - start);
            let block = Matrix {
                rows,
                cols: x.cols,
                values: x.values[start * x.cols..(start + rows) * x.cols].to_vec(),
            };
            let input = Input {
                shape: &self.shape,
                parameters: &self.parameters,
                x: &self.columns.apply(&block),
                rows,
                task,
            };
            let scores = passage.forward(&input, false, None)?;
            self.finish(
                scores,
                &mut predicted[start * outputs..(start + rows) * outputs],
            );
        }
        Ok(predicted)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(&Stored {
            columns: self.columns.clone(),
            shape: self.shape.clone(),
            count: self.parameters.len(),
            parameters: pack(&self.parameters),
            present: self.present.clone(),
            answers: self.answers,
            epochs: self.epochs,
            best: self.best,
            stopped_early: self.stopped_early,
        })
    }

    fn features(&self) -> usize {
        self.shape.sizes.first().copied().unwrap_or(0)
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let mut value = self.columns.graph(graph, x);
        for layer in self.shape.layers() {
            let weights = self.parameters[layer.weights].to_vec();
            let biases = self.parameters[layer.biases].to_vec();
            let weights = graph.constant(&[layer.inputs, layer.outputs], Constant::Double(weights));
            let biases = graph.constant(&[1, layer.outputs], Constant::Double(biases));
            let product = graph.op("MatMul", &[&value, &weights], Vec::new());
            value = graph.op("Add", &[&product, &biases], Vec::new());
            if !layer.last {
                value = graph_activation(graph, self.shape.activation, &value);
            }
        }
        Ok(match (&self.present, &self.answers) {
            (Some(present), _) => present.graph_softmax(graph, &value),
            (None, Some(answers)) => answers.graph_undo(graph, &value),
            (None, None) => value,
        })
    }

    /// How large the weights are that leave each column.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        let Some(first) = self.shape.layers().into_iter().next() else {
            return Vec::new();
        };
        let rows = self.parameters[first.weights].chunks_exact(first.outputs.max(1));
        let mut facts: Vec<ModelFact> = rows
            .enumerate()
            .map(|(feature, weights)| ModelFact {
                label: engine::feature_name(features, feature),
                value: weights.iter().map(|w| w * w).sum::<f64>().sqrt(),
            })
            .collect();
        facts.sort_by(|a, b| b.value.total_cmp(&a.value));
        facts
    }

    fn sentence(&self, _features: &[String], classes: &[String]) -> String {
        if let Some(only) = self
            .present
            .as_ref()
            .and_then(|present| present.only(classes))
        {
            return only;
        }
        let hidden = &self.shape.sizes[1..self.shape.sizes.len() - 1];
        let layers = match hidden {
            [] => "A weighted sum".to_owned(),
            [units, ..] => format!(
                "{} of {}",
                format::counted(hidden.len() as u64, "layer"),
                format::counted(*units as u64, "unit")
            ),
        };
        let stopped = if self.stopped_early {
            ", until it no longer helped"
        } else {
            ""
        };
        format!(
            "{layers} with {}, trained for {}{stopped}",
            format::counted(self.parameters.len() as u64, "weight"),
            format::counted(self.epochs as u64, "round"),
        )
    }
}

/// [`Activation::at`] in operators that every engine has in double precision.
fn graph_activation(graph: &mut Graph, activation: Activation, x: &Value) -> Value {
    let number =
        |graph: &mut Graph, value: f64| graph.constant(&[1, 1], Constant::Double(vec![value]));
    match activation {
        Activation::Relu => {
            let zero = number(graph, 0.0);
            graph.op("Max", &[x, &zero], Vec::new())
        }
        Activation::Tanh => graph.op("Tanh", &[x], Vec::new()),
        Activation::Gelu => {
            let (cube, scale) = (number(graph, GELU_CUBE), number(graph, GELU_SCALE));
            let (one, half) = (number(graph, 1.0), number(graph, 0.5));
            let cubed = graph.op("Mul", &[&cube, x], Vec::new());
            let cubed = graph.op("Mul", &[&cubed, x], Vec::new());
            let cubed = graph.op("Mul", &[&cubed, x], Vec::new());
            let sum = graph.op("Add", &[x, &cubed], Vec::new());
            let sum = graph.op("Mul", &[&sum, &scale], Vec::new());
            let bend = graph.op("Tanh", &[&sum], Vec::new());
            let bend = graph.op("Add", &[&bend, &one], Vec::new());
            let halved = graph.op("Mul", &[x, &half], Vec::new());
            graph.op("Mul", &[&halved, &bend], Vec::new())
        }
    }
}
