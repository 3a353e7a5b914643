//! A Gaussian process: rows that are alike have answers that are alike, and how far that reaches
//! is learned.

use serde::{Deserialize, Serialize};

use super::engine::dense::dot;
use super::engine::effort::{Cost, Growth};
use super::engine::gaussian::{self, Sizes};
use super::engine::pack::{PackedColumn, pack, pack_matrix, unpack, unpack_matrix};
use super::engine::present::{self, Present};
use super::engine::softmax::logistic;
use super::engine::svm::kernel::{self, Kernel};
use super::engine::{self, saved, unit_size};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, SearchSpec, TaskContext, UserError, format};

pub struct GaussianProcess;

const NAME: &str = "Gaussian process";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "learn_sizes",
        label: "Find the sizes by itself",
        help: "Chooses the three sizes below so that the practice rows are as likely as possible (marginal likelihood); off, they stay as given",
        kind: ParamKind::Bool,
        default: ParamDefault::Bool(true),
    },
    ParamSpec {
        key: "length",
        label: "How far alike reaches",
        help: "Rows closer than this have answers that are alike (length scale)",
        kind: ParamKind::Number {
            min: 1e-3,
            max: 1e3,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "height",
        label: "How far answers spread",
        help: "Variance of the answers before any is known; 1 is that of the practice rows (constant)",
        kind: ParamKind::Number {
            min: 1e-3,
            max: 1e3,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "noise",
        label: "Noise",
        help: "Variance of what differs between equal rows, as a share of that of all answers; only for numbers (white noise)",
        kind: ParamKind::Number {
            min: 1e-6,
            max: 10.0,
            logarithmic: true,
        },
        default: ParamDefault::Number(0.1),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::yes_or_no("learn_sizes"),
    SearchSpec::number("length", 0.05, 20.0)
        .logarithmic()
        .when("learn_sizes", &["false"]),
    SearchSpec::number("height", 0.05, 20.0)
        .logarithmic()
        .when("learn_sizes", &["false"]),
    SearchSpec::number("noise", 1e-4, 1.0)
        .logarithmic()
        .when("learn_sizes", &["false"]),
];

/// More rows are refused: the time grows with the third power.
const MOST_ROWS: usize = 2000;
/// Third powers of the rows, summed over the classes.
const MOST_WORK: f64 = 3.0 * 8e9;
const BLOCK: usize = 64;

/// One process: for numbers, or for one class against the others.
struct Process {
    sizes: Sizes,
    factors: Vec<f64>,
    /// For classes, rows × rows; see [`gaussian::Classes`].
    shrinking: Vec<f64>,
}

struct ProcessModel {
    columns: unit_size::Columns,
    centres: Vec<f64>,
    points: Matrix,
    lengths: Vec<f64>,
    /// Two classes share one, which speaks for the second.
    processes: Vec<Process>,
    present: Option<Present>,
    answers: Option<unit_size::Answers>,
}

/// The saved form.
#[derive(Serialize, Deserialize)]
struct Stored {
    columns: unit_size::Columns,
    centres: Vec<f64>,
    rows: usize,
    points: Vec<PackedColumn>,
    processes: Vec<StoredProcess>,
    present: Option<Present>,
    answers: Option<unit_size::Answers>,
}

#[derive(Serialize, Deserialize)]
struct StoredProcess {
    sizes: Sizes,
    factors: PackedColumn,
    /// For classes.
    shrinking: Option<PackedColumn>,
}

impl Learner for GaussianProcess {
    fn id(&self) -> &'static str {
        "gaussian_process"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Takes rows that are alike to have answers that are alike, and learns how far that reaches."
    }

    fn when_to_use(&self) -> &'static str {
        "With up to a thousand rows of a few measured columns and answers that change smoothly."
    }

    fn when_not_to_use(&self) -> &'static str {
        "With more than two thousand rows: the time grows with the third power of their number."
    }

    fn source(&self) -> &'static str {
        "C. Rasmussen, C. Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1, p. 19, and algorithms 3.1 and 3.2, pp. 46–47"
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

    fn cost(&self) -> Cost {
        Cost {
            fit: Growth::Power(3.0),
            ask: 2.0,
            // The covariances, their factor and the gradient.
            pairs: 4.0,
            ..Cost::LINEAR
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            classes: true,
            numbers: true,
            wants_scaling: true,
            weights: true,
            complexity: 5,
            family: Family::Similarity,
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
        check_size(x, y)?;
        let columns = unit_size::Columns::of(x);
        let mut points = Matrix::new(x.rows, x.cols, columns.apply(x))?;
        let centres = points.centre();
        let fit = Fit {
            distances: kernel::squared_distances(&points)?,
            weights,
            rows: x.rows,
            given: Sizes {
                height: params.number("height"),
                length: params.number("length"),
                noise: params.number("noise"),
            },
            learn: params.bool("learn_sizes"),
            task: context.task,
        };
        let mut model = ProcessModel {
            columns,
            centres,
            lengths: kernel::lengths(&points),
            points,
            processes: Vec::new(),
            present: None,
            answers: None,
        };
        match y {
            Target::Numbers(values) => {
                let answers = unit_size::Answers::of(values, weights);
                let scaled: Vec<f64> = values.iter().map(|&value| answers.apply(value)).collect();
                model.processes = vec![fit.numbers(&scaled)?];
                model.answers = Some(answers);
            }
            Target::Classes { codes, count } => {
                let present = Present::of(codes, *count);
                let places = present.places(codes);
                for class in present.scored() {
                    let positive: Vec<bool> = places.iter().map(|&place| place == class).collect();
                    model.processes.push(fit.class(&positive)?);
                }
                model.present = Some(present);
            }
        }
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let stored: Stored = saved::read(saved, NAME)?;
        let features = stored.centres.len();
        let outputs = stored.present.as_ref().map_or(1, |present| present.count);
        saved::require_shape(features, outputs, NAME)?;
        let points = unpack_matrix(&stored.points, stored.rows).filter(Matrix::is_finite);
        let Some(points) = points.filter(|points| points.rows > 0) else {
            return Err(saved::damaged(NAME, "its practice rows cannot be read"));
        };
        let classes = stored.present.is_some();
        let processes: Option<Vec<Process>> = stored
            .processes
            .iter()
            .map(|process| process.read(points.rows, classes))
            .collect();
        let Some(processes) = processes else {
            return Err(saved::damaged(NAME, "its factors cannot be read"));
        };
        let ends = match (&stored.present, &stored.answers) {
            (Some(present), None) => {
                present.is_valid() && processes.len() == present.scored().len()
            }
            (None, Some(answers)) => answers.is_valid() && processes.len() == 1,
            _ => false,
        };
        let holds = ends
            && stored.columns.is_valid(features)
            && saved::finite(&stored.centres)
            && points.cols == features;
        saved::require(holds, NAME, "its parts do not fit together")?;
        Ok(Box::new(ProcessModel {
            columns: stored.columns,
            centres: stored.centres,
            lengths: kernel::lengths(&points),
            points,
            processes,
            present: stored.present,
            answers: stored.answers,
        }))
    }
}

impl StoredProcess {
    fn read(&self, rows: usize, classes: bool) -> Option<Process> {
        let finite = |values: &Vec<f64>| saved::finite(values);
        let factors = unpack(&self.factors, rows).filter(finite)?;
        let shrinking = match (&self.shrinking, classes) {
            (Some(packed), true) => unpack(packed, rows.checked_mul(rows)?).filter(finite)?,
            (None, false) => Vec::new(),
            _ => return None,
        };
        self.sizes.is_valid().then_some(Process {
            sizes: self.sizes,
            factors,
            shrinking,
        })
    }
}

fn check_size(x: &Matrix, y: &Target) -> Result<(), UserError> {
    let processes = match y {
        Target::Numbers(_) => 1,
        Target::Classes { codes, count } => Present::of(codes, *count).scored().len(),
    };
    let work = (x.rows as f64).powi(3) * processes as f64;
    if x.rows <= MOST_ROWS && work <= MOST_WORK {
        return Ok(());
    }
    let classes = match processes {
        0 | 1 => String::new(),
        more => format!(" and {}", format::counted(more as u64, "class")),
    };
    Err(UserError::usage(
        "too_many_rows",
        "A Gaussian process would take too long",
        format!(
            "There are {}{classes}; its time grows with the third power of the rows, and the most is {} rows, fewer with many classes",
            format::counted(x.rows as u64, "row"),
            format::count(MOST_ROWS as u64)
        ),
    )
    .with_hint("Learn from a sample of the rows, or choose a support vector machine, nearest neighbours or trees"))
}

/// A fit in progress.
struct Fit<'a> {
    distances: Vec<f64>,
    weights: Option<&'a [f64]>,
    rows: usize,
    given: Sizes,
    learn: bool,
    task: &'a TaskContext,
}

impl Fit<'_> {
    fn of(&self) -> gaussian::Rows<'_> {
        gaussian::Rows {
            distances: &self.distances,
            weights: self.weights,
        }
    }

    /// Half the distance at which rows usually lie: a start that suits any number of columns.
    fn start(&self) -> f64 {
        let sum: f64 = match self.weights {
            None => self.distances.iter().sum(),
            Some(weights) => {
                let rows = self.distances.chunks_exact(self.rows.max(1)).zip(weights);
                rows.map(|(row, weight)| weight * dot(row, weights)).sum()
            }
        };
        let total = self.of().total(self.rows);
        let pairs = total * (total - 1.0);
        let mean = sum / if pairs > 0.0 { pairs } else { 1.0 };
        if mean > 0.0 { 0.5 * mean.sqrt() } else { 1.0 }
    }

    fn sizes(logarithms: &[f64], noise: f64) -> Sizes {
        let size = |at: usize| logarithms.get(at).map(|size| size.exp());
        Sizes {
            height: size(0).unwrap_or(1.0),
            length: size(1).unwrap_or(1.0),
            noise: size(2).unwrap_or(noise),
        }
    }

    /// The sizes that make the rows likeliest, unless they are given.
    fn best(
        &self,
        count: usize,
        likelihood: impl Fn(&Sizes) -> Result<Option<f64>, UserError>,
    ) -> Result<Sizes, UserError> {
        if !self.learn {
            return Ok(self.given);
        }
        let start = [0.0, self.start().ln(), 0.1_f64.ln()];
        let mut tried = 0;
        let (place, _) = gaussian::climb(&start[..count], |logarithms| {
            self.task.check()?;
            tried += 1;
            self.task
                .progress(tried, 0, "Finding how far alike reaches");
            likelihood(&Self::sizes(logarithms, self.given.noise))
        })?;
        Ok(Self::sizes(&place, self.given.noise))
    }

    fn numbers(&self, values: &[f64]) -> Result<Process, UserError> {
        let at = |sizes: &Sizes| gaussian::numbers(self.of(), values, sizes, self.task);
        let likelihood = |sizes: &Sizes| Ok(at(sizes)?.map(|fit| fit.likelihood));
        let sizes = self.best(3, likelihood)?;
        let fit = at(&sizes)?.ok_or_else(unstable)?;
        Ok(Process {
            sizes,
            factors: fit.factors,
            shrinking: Vec::new(),
        })
    }

    fn class(&self, positive: &[bool]) -> Result<Process, UserError> {
        let at = |sizes: &Sizes, finished: bool| {
            gaussian::classes(self.of(), positive, sizes, finished, self.task)
        };
        let likelihood = |sizes: &Sizes| Ok(at(sizes, false)?.map(|fit| fit.likelihood));
        let sizes = self.best(2, likelihood)?;
        let fit = at(&sizes, true)?.ok_or_else(unstable)?;
        Ok(Process {
            sizes,
            factors: fit.factors,
            shrinking: fit.shrinking,
        })
    }
}

fn unstable() -> UserError {
    UserError::failed(
        "process_unstable",
        "The Gaussian process cannot be computed",
        "Rows are so alike that their kernel has no inverse",
    )
    .with_hint("Choose more noise or a smaller length")
}

impl Process {
    /// exp(−distance² / (2 length²)) as the kernel of a support vector machine.
    fn kernel(&self) -> Kernel {
        Kernel::Rbf {
            gamma: 0.5 / (self.sizes.length * self.sizes.length),
        }
    }

    /// Mean, and for classes the probability of the class: the logistic curve averaged over the
    /// variance (D. MacKay, "The evidence framework applied to classification networks", Neural
    /// Computation 4, 1992, equation 10).
    fn at(&self, values: &[f64]) -> f64 {
        let mean = self.sizes.height * dot(values, &self.factors);
        if self.shrinking.is_empty() {
            return mean;
        }
        let known: f64 = self
            .shrinking
            .chunks_exact(values.len().max(1))
            .map(|row| dot(row, values).powi(2))
            .sum();
        let height = self.sizes.height;
        let variance = (height - height * height * known).max(0.0);
        logistic(mean / (1.0 + std::f64::consts::PI / 8.0 * variance).sqrt())
    }

    /// The same for kernels [rows, points] → [rows, 1].
    fn graph(&self, graph: &mut Graph, values: &Value) -> Value {
        let points = self.factors.len();
        let height = self.sizes.height;
        let factors = self.factors.iter().map(|factor| factor * height).collect();
        let factors = graph.constant(&[points, 1], Constant::Double(factors));
        let mean = graph.op("MatMul", &[values, &factors], Vec::new());
        if self.shrinking.is_empty() {
            return mean;
        }
        let turned = (0..points)
            .flat_map(|col| (0..points).map(move |row| self.shrinking[row * points + col]));
        let turned = graph.constant(&[points, points], Constant::Double(turned.collect()));
        let number =
            |graph: &mut Graph, value: f64| graph.constant(&[1, 1], Constant::Double(vec![value]));
        let (one, zero) = (number(graph, 1.0), number(graph, 0.0));
        let (top, square) = (number(graph, height), number(graph, height * height));
        let eighth = number(graph, std::f64::consts::PI / 8.0);
        let inner = graph.op("MatMul", &[values, &turned], Vec::new());
        let inner = graph.op("Mul", &[&inner, &inner], Vec::new());
        let axis = graph.constant(&[1], Constant::Int64(vec![1]));
        let keep = vec![("keepdims", Attribute::Integer(1))];
        let known = graph.op("ReduceSum", &[&inner, &axis], keep);
        let known = graph.op("Mul", &[&known, &square], Vec::new());
        let variance = graph.op("Sub", &[&top, &known], Vec::new());
        let variance = graph.op("Max", &[&variance, &zero], Vec::new());
        let below = graph.op("Mul", &[&variance, &eighth], Vec::new());
        let below = graph.op("Add", &[&below, &one], Vec::new());
        let below = graph.op("Sqrt", &[&below], Vec::new());
        let score = graph.op("Div", &[&mean, &below], Vec::new());
        // 1 / (1 + exp(−score)): not every engine has Sigmoid in double precision.
        let minus = graph.op("Sub", &[&zero, &score], Vec::new());
        let odds = graph.op("Exp", &[&minus], Vec::new());
        let below = graph.op("Add", &[&odds, &one], Vec::new());
        graph.op("Div", &[&one, &below], Vec::new())
    }
}

impl ProcessModel {
    /// Outputs of the processes for one row to its prediction.
    fn finish(&self, shares: &mut Vec<f64>, predicted: &mut [f64]) {
        let Some(present) = &self.present else {
            if let (Some(answers), [mean]) = (&self.answers, shares.as_slice()) {
                predicted.fill(answers.undo(*mean));
            }
            return;
        };
        present.normalise(shares);
        present.spread(shares, predicted);
    }
}

impl Model for ProcessModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features())?;
        let outputs = self.present.as_ref().map_or(1, |present| present.count);
        let mut predicted = vec![0.0; x.rows * outputs];
        for start in (0..x.rows).step_by(BLOCK) {
            task.check()?;
            task.progress(start as u64, x.rows as u64, "Predicting");
            let rows = BLOCK.min(x.rows - start);
            let cells = x.values[start * x.cols..(start + rows) * x.cols].to_vec();
            let cells = self.columns.apply(&Matrix::new(rows, x.cols, cells)?);
            let mut block = Matrix::new(rows, x.cols, cells)?;
            block.take_off(&self.centres);
            let mut shares = vec![Vec::with_capacity(self.processes.len()); rows];
            for process in &self.processes {
                let values =
                    kernel::between(&process.kernel(), &block, &self.points, &self.lengths)?;
                for (values, shares) in values
                    .chunks_exact(self.points.rows.max(1))
                    .zip(&mut shares)
                {
                    // A row of classes costs as much as there are pairs of practice rows.
                    task.check()?;
                    shares.push(process.at(values));
                }
            }
            let block = &mut predicted[start * outputs..(start + rows) * outputs];
            for (predicted, shares) in block.chunks_exact_mut(outputs.max(1)).zip(&mut shares) {
                self.finish(shares, predicted);
            }
        }
        Ok(predicted)
    }

    fn save(&self) -> serde_json::Value {
        let classes = self.present.is_some();
        let processes = self.processes.iter().map(|process| StoredProcess {
            sizes: process.sizes,
            factors: pack(&process.factors),
            shrinking: classes.then(|| pack(&process.shrinking)),
        });
        saved::write(&Stored {
            columns: self.columns.clone(),
            centres: self.centres.clone(),
            rows: self.points.rows,
            points: pack_matrix(&self.points),
            processes: processes.collect(),
            present: self.present.clone(),
            answers: self.answers,
        })
    }

    fn features(&self) -> usize {
        self.centres.len()
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let columns = self.columns.graph(graph, x);
        let centres = Constant::Double(self.centres.clone());
        let centres = graph.constant(&[1, self.features()], centres);
        let centred = graph.op("Sub", &[&columns, &centres], Vec::new());
        let each: Vec<Value> = self
            .processes
            .iter()
            .map(|process| {
                let values = process.kernel().graph(graph, &centred, &self.points);
                process.graph(graph, &values)
            })
            .collect();
        if let (None, Some(answers), [mean]) = (&self.present, &self.answers, each.as_slice()) {
            return Ok(answers.graph_undo(graph, mean));
        }
        let Some(present) = &self.present else {
            return Ok(x.clone());
        };
        if each.is_empty() {
            let shares = engine::constant_rows(graph, x, self.features(), &[1.0]);
            return Ok(present.graph_spread(graph, &shares));
        }
        let inputs: Vec<&Value> = each.iter().collect();
        let shares = graph.op("Concat", &inputs, vec![("axis", Attribute::Integer(1))]);
        let shares = present.graph_normalise(graph, &shares);
        Ok(present.graph_spread(graph, &shares))
    }

    fn facts(&self, _features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        let fact = |label: &str, value: f64| ModelFact {
            label: label.to_owned(),
            value,
        };
        let mut facts = vec![fact("Practice rows remembered", self.points.rows as f64)];
        if let [process] = self.processes.as_slice() {
            facts.push(fact("How far alike reaches", process.sizes.length));
            facts.push(fact("How far answers spread", process.sizes.height));
            if self.present.is_none() {
                facts.push(fact("Noise", process.sizes.noise));
            }
        }
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
        let rows = format::counted(self.points.rows as u64, "practice row");
        match self.processes.as_slice() {
            [process] => format!(
                "Compares with {rows}; those closer than about {} spreads of the columns count",
                format::number(process.sizes.length, 2)
            ),
            _ => format!("Compares with {rows}, for each class by a reach of its own"),
        }
    }
}
