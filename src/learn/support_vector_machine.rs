//! A support vector machine: the practice rows at the border decide.

use serde::{Deserialize, Serialize};

use super::engine::effort::{Change, Cost, Growth, HoldBack};
use super::engine::linfa::vectors::{self, Answers};
use super::engine::pack::{PackedColumn, pack, pack_matrix, unpack, unpack_matrix};
use super::engine::present::{self, Present};
use super::engine::sigmoid::Sigmoid;
use super::engine::svm::kernel::{self, Kernel, Recent, Rows, Whole};
use super::engine::svm::smo::{self, Problem, Solution};
use super::engine::{self, saved, svm, unit_size};
use super::{Capabilities, Family, FitContext, Learner, Matrix, Model, ModelFact, Target};
use crate::base::graph::{Constant, Graph, Value};
use crate::base::param::ParamDefault;
use crate::base::search::SearchTask;
use crate::base::{
    ParamKind, ParamSpec, Params, Random, SearchSpec, TaskContext, UserError, format,
};

pub struct SupportVectorMachine;

const NAME: &str = "Support vector machine";

static PARAMS: &[ParamSpec] = &[
    ParamSpec {
        key: "kernel",
        label: "Shape of the border",
        help: "Straight is fastest; bent follows islands and curves (kernel)",
        kind: ParamKind::Choice(&[
            ("rbf", "Bent freely (RBF)"),
            ("linear", "Straight (linear)"),
            ("polynomial", "Bent like a power (polynomial)"),
        ]),
        default: ParamDefault::Text("rbf"),
    },
    ParamSpec {
        key: "strength",
        label: "Price of a wrong row",
        help: "Small prefers a simple border, large follows every practice row (C)",
        kind: ParamKind::Number {
            min: 1e-3,
            max: 1e4,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "narrowness",
        label: "How close rows must be to be alike",
        help: "1 fits the spread of the columns; larger follows smaller islands (gamma, in multiples of 1 / (columns × variance)); not used by a straight border",
        kind: ParamKind::Number {
            min: 1e-4,
            max: 1e4,
            logarithmic: true,
        },
        default: ParamDefault::Number(1.0),
    },
    ParamSpec {
        key: "degree",
        label: "Power",
        help: "Only for a border bent like a power (degree)",
        kind: ParamKind::Integer { min: 1, max: 10 },
        default: ParamDefault::Integer(3),
    },
    ParamSpec {
        key: "constant",
        label: "Constant before the power",
        help: "Above zero lets lower powers join in; only for a border bent like a power (coef0)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 1000.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.0),
    },
    ParamSpec {
        key: "tube",
        label: "Differences that do not matter",
        help: "Only for numbers: differences up to this share of the spread of the answers cost nothing (epsilon)",
        kind: ParamKind::Number {
            min: 0.0,
            max: 2.0,
            logarithmic: false,
        },
        default: ParamDefault::Number(0.1),
    },
];

static SEARCH: &[SearchSpec] = &[
    SearchSpec::choice("kernel", &["rbf", "linear", "polynomial"]),
    SearchSpec::number("strength", 0.01, 1e3).logarithmic(),
    SearchSpec::number("narrowness", 0.01, 100.0)
        .logarithmic()
        .when("kernel", &["rbf", "polynomial"]),
    SearchSpec::integer("degree", 2, 5).when("kernel", &["polynomial"]),
    SearchSpec::number("constant", 0.0, 10.0)
        .from_zero(0.1)
        .when("kernel", &["polynomial"]),
    SearchSpec::number("tube", 0.0, 1.0)
        .from_zero(0.01)
        .only_for(SearchTask::Numbers),
];

/// Rows are held back in this many groups to learn what a score is worth.
const FOLDS: usize = 5;
/// Up to this much, all kernel values are kept.
const WHOLE_BYTES: usize = 1 << 30;
/// Otherwise as many rows of them as fit here.
const RECENT_BYTES: usize = 1 << 28;
/// Longer is refused.
const MOST_SECONDS: f64 = 4.0 * 3600.0;
const BLOCK: usize = 64;
const GROUPS: u64 = 4;

struct VectorModel {
    columns: unit_size::Columns,
    centres: Vec<f64>,
    kernel: Kernel,
    /// Practice rows that carry a coefficient, centred; for a straight border one per score: the
    /// weights.
    points: Matrix,
    lengths: Vec<f64>,
    /// Row-major points × scores.
    coefficients: Vec<f64>,
    thresholds: Vec<f64>,
    /// For classes: what the scores are worth. Two classes have one score.
    present: Option<Present>,
    sigmoids: Vec<Sigmoid>,
    answers: Option<unit_size::Answers>,
    vectors: usize,
    converged: bool,
}

/// The saved form.
#[derive(Serialize, Deserialize)]
struct Stored {
    columns: unit_size::Columns,
    centres: Vec<f64>,
    kernel: Kernel,
    rows: usize,
    points: Vec<PackedColumn>,
    coefficients: PackedColumn,
    thresholds: Vec<f64>,
    present: Option<Present>,
    sigmoids: Vec<Sigmoid>,
    answers: Option<unit_size::Answers>,
    vectors: usize,
    converged: bool,
}

impl Learner for SupportVectorMachine {
    fn id(&self) -> &'static str {
        "support_vector_machine"
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "Draws the border that keeps the largest distance from the rows on both sides; only the rows at the border count."
    }

    fn when_to_use(&self) -> &'static str {
        "With some hundred to some ten thousand rows and borders that are smooth but not straight."
    }

    fn when_not_to_use(&self) -> &'static str {
        "With very many rows: the time grows with their square."
    }

    fn source(&self) -> &'static str {
        "T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, 2nd ed. (2009), sections 12.2 and 12.3, pp. 417–438"
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
        const { &[HoldBack::simpler("strength", Change::Times(0.1))] }
    }

    fn cost(&self) -> Cost {
        Cost {
            fit: Growth::Power(2.0),
            ask: 1.0,
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
        let forecast = Forecast::of(x, y);
        forecast.check(x.rows)?;
        context.task.progress(0, 0, &forecast.words());
        let columns = unit_size::Columns::of(x);
        let kind = params.text("kernel");
        let mut x = Matrix::new(x.rows, x.cols, columns.apply(x))?;
        let spread = variance(&x.values);
        // Neither distances nor, with coefficients that sum to nothing, products change when a
        // column is moved; near zero both keep more digits. Powers do change.
        let centres = if kind == "polynomial" {
            vec![0.0; x.cols]
        } else {
            x.centre()
        };
        let kernel = kernel_of(&params, x.cols, spread);
        let strength = params.number("strength");
        let most: Vec<f64> = match weights {
            Some(weights) => weights.iter().map(|weight| strength * weight).collect(),
            None => vec![strength; x.rows],
        };
        let fit = Fit {
            x: &x,
            most,
            weights,
            seed: context.seed,
            threads: context.threads,
            task: context.task,
            whole: match forecast.whole {
                true => Some(Whole::new(&kernel, &x, context.threads, context.task)?),
                false => None,
            },
            kernel,
        };
        let mut model = VectorModel {
            columns,
            centres,
            kernel,
            points: Matrix::zeros(0, x.cols),
            lengths: Vec::new(),
            coefficients: Vec::new(),
            thresholds: Vec::new(),
            present: None,
            sigmoids: Vec::new(),
            answers: None,
            vectors: 0,
            converged: true,
        };
        match y {
            Target::Classes { codes, count } => {
                let present = Present::of(codes, *count);
                let (scores, sigmoids) = fit.classes(&present, codes)?;
                model.take(&x, &scores);
                (model.present, model.sigmoids) = (Some(present), sigmoids);
            }
            Target::Numbers(values) => {
                let answers = unit_size::Answers::of(values, weights);
                let scaled: Vec<f64> = values.iter().map(|&value| answers.apply(value)).collect();
                let solution = fit.numbers(&scaled, params.number("tube"))?;
                model.take(&x, &[solution]);
                model.answers = Some(answers);
            }
        }
        Ok(Box::new(model))
    }

    fn load(&self, saved: &serde_json::Value) -> Result<Box<dyn Model>, UserError> {
        let stored: Stored = saved::read(saved, NAME)?;
        let (features, scores) = (stored.centres.len(), stored.thresholds.len());
        let outputs = stored.present.as_ref().map_or(1, |present| present.count);
        saved::require_shape(features, outputs, NAME)?;
        let points = unpack_matrix(&stored.points, stored.rows).filter(Matrix::is_finite);
        let cells = stored.rows.checked_mul(scores);
        let coefficients = cells
            .and_then(|cells| unpack(&stored.coefficients, cells))
            .filter(|coefficients| saved::finite(coefficients));
        let (Some(points), Some(coefficients)) = (points, coefficients) else {
            return Err(saved::damaged(NAME, "its rows cannot be read"));
        };
        let ends = match (&stored.present, &stored.answers) {
            (Some(present), None) => present.is_valid() && scores == present.scored().len(),
            (None, Some(answers)) => answers.is_valid() && scores == 1,
            _ => false,
        };
        let holds = ends
            && stored.columns.is_valid(features)
            && saved::finite(&stored.centres)
            && saved::finite(&stored.thresholds)
            && stored.kernel.is_valid()
            && points.cols == features
            && stored.sigmoids.len() == if stored.present.is_some() { scores } else { 0 }
            && stored.sigmoids.iter().all(Sigmoid::is_valid);
        saved::require(holds, NAME, "its parts do not fit together")?;
        Ok(Box::new(VectorModel {
            columns: stored.columns,
            centres: stored.centres,
            kernel: stored.kernel,
            lengths: kernel::lengths(&points),
            points,
            coefficients,
            thresholds: stored.thresholds,
            present: stored.present,
            sigmoids: stored.sigmoids,
            answers: stored.answers,
            vectors: stored.vectors,
            converged: stored.converged,
        }))
    }
}

/// Variance of all cells together, as scikit-learn's gamma="scale" takes it.
fn variance(values: &[f64]) -> f64 {
    unit_size::Answers::of(values, None).spread.powi(2)
}

fn kernel_of(params: &Params, columns: usize, spread: f64) -> Kernel {
    let gamma = params.number("narrowness") / (columns.max(1) as f64 * spread);
    match params.text("kernel") {
        "linear" => Kernel::Linear,
        "polynomial" => Kernel::Polynomial {
            gamma,
            constant: params.number("constant"),
            degree: params.integer("degree") as i32,
        },
        _ => Kernel::Rbf { gamma },
    }
}

/// What a fit will cost, in round numbers.
struct Forecast {
    seconds: f64,
    bytes: usize,
    /// All kernel values fit into memory.
    whole: bool,
}

impl Forecast {
    /// Seconds per kernel value, per column of it, and per coefficient looked at in a step; as
    /// measured on one core of an ordinary machine.
    const VALUE: f64 = 8e-9;
    const COLUMN: f64 = 2e-10;
    const LOOK: f64 = 3e-9;

    fn of(x: &Matrix, y: &Target) -> Self {
        let rows = x.rows as f64;
        let kernel = rows * rows * (Self::VALUE + Self::COLUMN * x.cols as f64);
        let whole = x.rows.saturating_mul(x.rows).saturating_mul(8) <= WHOLE_BYTES;
        // Steps grow with the rows that can be at the border: of a small class, a few times its size.
        let steps = |small: f64| 1.5 * rows.min(10.0 * small + 100.0);
        let (solves, steps) = match y {
            Target::Numbers(_) => (1.0, 2.0 * steps(rows)),
            Target::Classes { codes, count } => {
                let shares = engine::class_shares(codes, *count);
                let small = shares.iter().map(|share| share.min(1.0 - share) * rows);
                let all: f64 = small.filter(|small| *small > 0.0).map(steps).sum();
                (1.0 + FOLDS as f64 * 0.64, all)
            }
        };
        let looks = solves * steps * rows * Self::LOOK;
        let again = if whole { 1.0 } else { solves };
        Self {
            seconds: kernel * again + looks,
            bytes: if whole {
                8 * x.rows * x.rows
            } else {
                RECENT_BYTES
            } + 8 * x.values.len(),
            whole,
        }
    }

    fn words(&self) -> String {
        format!(
            "Looking for the border, about {} and {}",
            format::duration(std::time::Duration::from_secs_f64(self.seconds.min(1e9))),
            format::bytes(self.bytes as u64)
        )
    }

    fn check(&self, rows: usize) -> Result<(), UserError> {
        if self.seconds <= MOST_SECONDS {
            return Ok(());
        }
        Err(UserError::usage(
            "too_many_rows",
            "A support vector machine would take too long",
            format!(
                "With {} it would take about {} and {} of memory",
                format::counted(rows as u64, "row"),
                format::duration(std::time::Duration::from_secs_f64(self.seconds.min(1e9))),
                format::bytes(self.bytes as u64)
            ),
        )
        .with_hint("Learn from a sample of the rows, or choose logistic or linear regression, trees or a neural network"))
    }
}

/// A fit in progress.
struct Fit<'a> {
    x: &'a Matrix,
    most: Vec<f64>,
    weights: Option<&'a [f64]>,
    seed: u64,
    threads: usize,
    task: &'a TaskContext,
    kernel: Kernel,
    whole: Option<Whole>,
}

/// One class against the others, on the rows that are not of one group.
struct Part {
    class: usize,
    /// None: on all rows.
    held_back: Option<usize>,
}

impl Fit<'_> {
    fn numbers(&self, values: &[f64], tube: f64) -> Result<Solution, UserError> {
        let problem = Problem::numbers(values, tube, &self.most);
        let start = self.linfa_start(
            &problem.rows[..values.len()],
            Answers::Numbers(values, tube),
        );
        // Every row has a coefficient that may rise above zero and one that may fall below it.
        let start = start.map(|start| {
            let above = start.iter().map(|value| value.max(0.0));
            above
                .chain(start.iter().map(|value| value.min(0.0)))
                .collect()
        });
        let mut solution = self.solve(&problem, start)?;
        let (upper, lower) = solution.coefficients.split_at(values.len());
        solution.coefficients = upper.iter().zip(lower).map(|(u, l)| u + l).collect();
        Ok(solution)
    }

    /// What linfa-svm finds, which knows one price for all rows.
    fn linfa_start(&self, rows: &[u32], answers: Answers<'_>) -> Option<Vec<f64>> {
        let price = *self.most.first()?;
        if self.weights.is_some() {
            return None;
        }
        vectors::fit(&vectors::Problem {
            x: self.x,
            rows,
            answers,
            kernel: self.kernel,
            price,
            tolerance: smo::TOLERANCE,
        })
    }

    fn solve(&self, problem: &Problem, start: Option<Vec<f64>>) -> Result<Solution, UserError> {
        let start = start.as_deref();
        match &self.whole {
            Some(whole) => problem.solve_from(start, &mut &*whole, self.task),
            None => {
                let mut rows = Recent::new(&self.kernel, self.x, RECENT_BYTES);
                problem.solve_from(start, &mut rows, self.task)
            }
        }
    }

    /// One solution and one sigmoid per score.
    fn classes(
        &self,
        present: &Present,
        codes: &[u32],
    ) -> Result<(Vec<Solution>, Vec<Sigmoid>), UserError> {
        let places = present.places(codes);
        let groups = groups(&places, present.len(), self.seed);
        let classes = present.scored();
        let parts: Vec<Part> = classes
            .clone()
            .flat_map(|class| {
                let held_back = std::iter::once(None).chain((0..FOLDS).map(Some));
                held_back.map(move |held_back| Part { class, held_back })
            })
            .collect();
        let threads = if self.whole.is_some() {
            self.threads
        } else {
            1
        };
        let solve = |part: &Part| self.part(part, &places, &groups);
        let outcomes = svm::each(&parts, threads, solve)?;
        let (mut solutions, mut sigmoids) = (Vec::new(), Vec::new());
        let mut outcomes = outcomes.into_iter();
        for class in classes {
            let mut scored: Vec<(usize, f64)> = Vec::new();
            for outcome in outcomes.by_ref().take(FOLDS + 1) {
                match outcome {
                    Outcome::All(solution) => solutions.push(solution),
                    Outcome::Held(scores) => scored.extend(scores),
                }
            }
            if scored.is_empty() {
                // Too few rows to hold any back: their own scores are all there is.
                let solution = solutions.last();
                scored = solution.map_or_else(Vec::new, |s| self.own_scores(s));
            }
            sigmoids.push(self.sigmoid(class, &places, &scored)?);
        }
        Ok((solutions, sigmoids))
    }

    fn part(&self, part: &Part, places: &[usize], groups: &[usize]) -> Result<Outcome, UserError> {
        let (rows, held): (Vec<usize>, Vec<usize>) =
            (0..places.len()).partition(|&row| part.held_back != Some(groups[row]));
        let positive: Vec<bool> = rows.iter().map(|&row| places[row] == part.class).collect();
        let both = positive.contains(&true) && positive.contains(&false);
        if part.held_back.is_some() && (held.is_empty() || !both) {
            return Ok(Outcome::Held(Vec::new()));
        }
        let most: Vec<f64> = rows.iter().map(|&row| self.most[row]).collect();
        let kernel_rows = rows.iter().map(|&row| row as u32).collect();
        let problem = Problem::classes(kernel_rows, &positive, &most);
        let start = self.linfa_start(&problem.rows, Answers::Class(&positive));
        let solution = self.solve(&problem, start)?;
        if part.held_back.is_none() {
            return Ok(Outcome::All(solution));
        }
        let known = rows.iter().zip(&solution.coefficients);
        let known: Vec<(usize, f64)> = known
            .filter(|(_, coefficient)| **coefficient != 0.0)
            .map(|(&row, &coefficient)| (row, coefficient))
            .collect();
        self.scores(&held, &known, solution.threshold)
            .map(Outcome::Held)
    }

    /// Scores of rows by the coefficients of others.
    fn scores(
        &self,
        rows: &[usize],
        known: &[(usize, f64)],
        threshold: f64,
    ) -> Result<Vec<(usize, f64)>, UserError> {
        let points: Vec<usize> = known.iter().map(|(row, _)| *row).collect();
        let points = self.x.take_rows(&points);
        let lengths = kernel::lengths(&points);
        let mut scored = Vec::with_capacity(rows.len());
        for block in rows.chunks(BLOCK) {
            self.task.check()?;
            let sums: Vec<f64> = match &self.whole {
                Some(whole) => block
                    .iter()
                    .map(|&row| {
                        let values = (&whole).row(row);
                        let each = known.iter().map(|(p, c)| c * values[*p]);
                        each.sum()
                    })
                    .collect(),
                None => {
                    let x = self.x.take_rows(block);
                    let values = kernel::between(&self.kernel, &x, &points, &lengths)?;
                    let rows = values.chunks_exact(points.rows.max(1));
                    rows.map(|values| values.iter().zip(known).map(|(v, (_, c))| c * v).sum())
                        .collect()
                }
            };
            let each = block.iter().zip(sums);
            scored.extend(each.map(|(&row, sum)| (row, sum - threshold)));
        }
        Ok(scored)
    }

    fn own_scores(&self, solution: &Solution) -> Vec<(usize, f64)> {
        let known: Vec<(usize, f64)> = solution.coefficients.iter().copied().enumerate().collect();
        let rows: Vec<usize> = (0..self.x.rows).collect();
        self.scores(&rows, &known, solution.threshold)
            .unwrap_or_default()
    }

    fn sigmoid(
        &self,
        class: usize,
        places: &[usize],
        scored: &[(usize, f64)],
    ) -> Result<Sigmoid, UserError> {
        let scores: Vec<f64> = scored.iter().map(|(_, score)| *score).collect();
        let positive: Vec<bool> = scored
            .iter()
            .map(|(row, _)| places[*row] == class)
            .collect();
        let weights: Option<Vec<f64>> = self
            .weights
            .map(|all| scored.iter().map(|(row, _)| all[*row]).collect());
        Sigmoid::fit(&scores, &positive, weights.as_deref())
    }
}

enum Outcome {
    All(Solution),
    Held(Vec<(usize, f64)>),
}

/// A group for every row, so that every class is spread over the groups evenly.
fn groups(places: &[usize], classes: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    Random::stream(seed, GROUPS).shuffle(&mut order);
    let mut next = vec![0; classes];
    let mut groups = vec![0; places.len()];
    for row in order {
        let next = &mut next[places[row]];
        groups[row] = *next % FOLDS;
        *next += 1;
    }
    groups
}

impl VectorModel {
    /// Keeps the rows that carry a coefficient; a straight border needs only its weights.
    fn take(&mut self, x: &Matrix, solutions: &[Solution]) {
        self.thresholds = solutions.iter().map(|s| s.threshold).collect();
        self.converged = solutions.iter().all(|s| s.converged);
        let carries = |row: usize| solutions.iter().any(|s| s.coefficients[row] != 0.0);
        let rows: Vec<usize> = (0..x.rows).filter(|&row| carries(row)).collect();
        self.vectors = rows.len();
        let scores = solutions.len();
        if self.kernel == Kernel::Linear {
            self.points = Matrix::zeros(scores, x.cols);
            self.coefficients = vec![0.0; scores * scores];
            for (score, solution) in solutions.iter().enumerate() {
                let weights = &mut self.points.values[score * x.cols..(score + 1) * x.cols];
                for &row in &rows {
                    let factor = solution.coefficients[row];
                    engine::dense::add_scaled(weights, factor, x.row(row));
                }
                self.coefficients[score * scores + score] = 1.0;
            }
        } else {
            self.points = x.take_rows(&rows);
            let each = rows.iter().flat_map(|&row| {
                let of_row = solutions.iter().map(move |s| s.coefficients[row]);
                of_row.collect::<Vec<f64>>()
            });
            self.coefficients = each.collect();
        }
        self.lengths = kernel::lengths(&self.points);
    }

    /// Row-major rows × scores.
    fn scores(&self, x: &Matrix) -> Result<Vec<f64>, UserError> {
        let count = self.thresholds.len();
        let mut x = Matrix::new(x.rows, x.cols, self.columns.apply(x))?;
        x.take_off(&self.centres);
        let values = kernel::between(&self.kernel, &x, &self.points, &self.lengths)?;
        let mut scores = Vec::with_capacity(x.rows * count);
        for row in 0..x.rows {
            let values = &values[row * self.points.rows..(row + 1) * self.points.rows];
            let start = scores.len();
            scores.extend(self.thresholds.iter().map(|threshold| -threshold));
            for (value, factors) in values.iter().zip(self.coefficients.chunks(count.max(1))) {
                engine::dense::add_scaled(&mut scores[start..], *value, factors);
            }
        }
        Ok(scores)
    }

    /// Scores of one row to its prediction.
    fn finish(&self, scores: &[f64], predicted: &mut [f64]) {
        let Some(present) = &self.present else {
            if let (Some(answers), [score]) = (&self.answers, scores) {
                predicted.fill(answers.undo(*score));
            }
            return;
        };
        let each = scores.iter().zip(&self.sigmoids);
        let mut shares: Vec<f64> = each.map(|(&score, sigmoid)| sigmoid.at(score)).collect();
        present.normalise(&mut shares);
        present.spread(&shares, predicted);
    }

    fn graph_shares(
        &self,
        graph: &mut Graph,
        x: &Value,
        scores: &Value,
        present: &Present,
    ) -> Value {
        let count = self.sigmoids.len();
        if count == 0 {
            return engine::constant_rows(graph, x, self.features(), &[1.0]);
        }
        let row =
            |of: fn(&Sigmoid) -> f64| Constant::Double(self.sigmoids.iter().map(of).collect());
        let slopes = graph.constant(&[1, count], row(|sigmoid| sigmoid.slope));
        let intercepts = graph.constant(&[1, count], row(|sigmoid| sigmoid.intercept));
        let one = graph.constant(&[1, 1], Constant::Double(vec![1.0]));
        let product = graph.op("Mul", &[scores, &slopes], Vec::new());
        let sum = graph.op("Add", &[&product, &intercepts], Vec::new());
        let odds = graph.op("Exp", &[&sum], Vec::new());
        let below = graph.op("Add", &[&odds, &one], Vec::new());
        let shares = graph.op("Div", &[&one, &below], Vec::new());
        present.graph_normalise(graph, &shares)
    }
}

impl Model for VectorModel {
    fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        task.check()?;
        engine::check_width(x, self.features())?;
        let outputs = self.present.as_ref().map_or(1, |present| present.count);
        let mut predicted = vec![0.0; x.rows * outputs];
        let count = self.thresholds.len();
        for start in (0..x.rows).step_by(BLOCK) {
            task.check()?;
            task.progress(start as u64, x.rows as u64, "Predicting");
            let rows = BLOCK.min(x.rows - start);
            let values = x.values[start * x.cols..(start + rows) * x.cols].to_vec();
            let scores = self.scores(&Matrix::new(rows, x.cols, values)?)?;
            let block = &mut predicted[start * outputs..(start + rows) * outputs];
            for (row, predicted) in block.chunks_exact_mut(outputs.max(1)).enumerate() {
                self.finish(&scores[row * count..(row + 1) * count], predicted);
            }
        }
        Ok(predicted)
    }

    fn save(&self) -> serde_json::Value {
        saved::write(&Stored {
            columns: self.columns.clone(),
            centres: self.centres.clone(),
            kernel: self.kernel,
            rows: self.points.rows,
            points: pack_matrix(&self.points),
            coefficients: pack(&self.coefficients),
            thresholds: self.thresholds.clone(),
            present: self.present.clone(),
            sigmoids: self.sigmoids.clone(),
            answers: self.answers,
            vectors: self.vectors,
            converged: self.converged,
        })
    }

    fn features(&self) -> usize {
        self.centres.len()
    }

    fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let count = self.thresholds.len();
        let thresholds = self.thresholds.iter().map(|threshold| -threshold);
        let thresholds = thresholds.collect::<Vec<_>>();
        let scores = if self.points.rows == 0 || count == 0 {
            engine::constant_rows(graph, x, self.features(), &thresholds)
        } else {
            let columns = self.columns.graph(graph, x);
            let centres = Constant::Double(self.centres.clone());
            let centres = graph.constant(&[1, self.features()], centres);
            let centred = graph.op("Sub", &[&columns, &centres], Vec::new());
            let values = self.kernel.graph(graph, &centred, &self.points);
            let factors = Constant::Double(self.coefficients.clone());
            let factors = graph.constant(&[self.points.rows, count], factors);
            let thresholds = graph.constant(&[1, count], Constant::Double(thresholds));
            let sum = graph.op("MatMul", &[&values, &factors], Vec::new());
            graph.op("Add", &[&sum, &thresholds], Vec::new())
        };
        Ok(match (&self.present, &self.answers) {
            (Some(present), _) => {
                let shares = self.graph_shares(graph, x, &scores, present);
                present.graph_spread(graph, &shares)
            }
            (None, Some(answers)) => answers.graph_undo(graph, &scores),
            (None, None) => scores,
        })
    }

    /// For a straight border between two classes or for numbers: the weights. Otherwise how many
    /// rows carry the border.
    fn facts(&self, features: &[String], _classes: &[String]) -> Vec<ModelFact> {
        if self.kernel == Kernel::Linear && self.points.rows == 1 {
            let weights = self.points.row(0).iter().enumerate();
            let mut facts: Vec<ModelFact> = weights
                .map(|(feature, &value)| ModelFact {
                    label: engine::feature_name(features, feature),
                    value: value * self.columns.factors.get(feature).copied().unwrap_or(1.0),
                })
                .collect();
            facts.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
            return facts;
        }
        vec![ModelFact {
            label: "Practice rows at the border".to_owned(),
            value: self.vectors as f64,
        }]
    }

    fn sentence(&self, _features: &[String], classes: &[String]) -> String {
        if let Some(only) = self
            .present
            .as_ref()
            .and_then(|present| present.only(classes))
        {
            return only;
        }
        let settled = if self.converged {
            ""
        } else {
            "; the border had not quite settled"
        };
        let shape = match self.kernel {
            Kernel::Linear => "straight",
            Kernel::Rbf { .. } | Kernel::Polynomial { .. } => "bent",
        };
        let what = if self.present.is_some() {
            "border"
        } else {
            "surface"
        };
        format!(
            "A {shape} {what} held by {}{settled}",
            format::counted(self.vectors as u64, "practice row")
        )
    }
}
