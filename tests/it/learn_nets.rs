//! Curves for probabilities, Bayes, networks, support vectors and Gaussian processes: compared with
//! scikit-learn, and held to the conditions that define them.

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::learn::engine::gaussian::{self, Sizes};
use benchtop::learn::engine::isotonic::Isotonic;
use benchtop::learn::engine::network::layers::{Answers, Dropout, Input, Passage};
use benchtop::learn::engine::network::optimiser::{Method, Schedule};
use benchtop::learn::engine::network::train::{self, Options, Rows, Watch};
use benchtop::learn::engine::network::{Activation, Loss, Shape};
use benchtop::learn::engine::sigmoid::Sigmoid;
use benchtop::learn::engine::svm::kernel::{self, Kernel, Recent, Whole};
use benchtop::learn::engine::svm::smo::{Problem, Solution};
use benchtop::learn::{self, FitContext, Matrix, Model, Round, Target};
use std::cell::RefCell;

use serde::Deserialize;
use tract_onnx::prelude::Tensor;

use crate::learners::{
    Cases, FixtureMatrix, difference, fixture, must, predict, random_matrix, run_graph,
};

fn column(values: &[f64]) -> Tensor {
    Tensor::from_shape(&[values.len(), 1], values).unwrap_or_else(|e| panic!("{e}"))
}

fn fit_with(
    id: &str,
    x: &Matrix,
    y: &Target,
    weights: Option<&[f64]>,
    params: &Params,
) -> Box<dyn Model> {
    let task = TaskContext::new();
    let context = FitContext {
        weights,
        ..FitContext::new(&task, 1)
    };
    must(must(learn::by_id(id)).fit(x, y, params, &context))
}

// ---- Curves for probabilities --------------------------------------------------------------------

#[derive(Deserialize)]
struct CalibrationCase {
    scores: Vec<f64>,
    positive: Vec<u8>,
    weights: Option<Vec<f64>>,
    new: Vec<f64>,
    isotonic: Vec<f64>,
    slope: f64,
    intercept: f64,
}

#[test]
fn isotonic_curves_are_those_of_scikit_learn() {
    for case in fixture::<Cases<CalibrationCase>>("nets_calibration").cases {
        let answers: Vec<f64> = case.positive.iter().map(|&p| f64::from(p)).collect();
        let curve = must(Isotonic::fit(
            &case.scores,
            &answers,
            case.weights.as_deref(),
        ));
        assert!(curve.is_valid());
        let ours: Vec<f64> = case.new.iter().map(|&score| curve.at(score)).collect();
        assert!(difference(&ours, &case.isotonic) < 1e-12);
        let mut graph = Graph::new();
        let input = graph.input("x", ElementType::Double);
        let output = curve.graph(&mut graph, &input);
        let theirs = run_graph(&graph, vec![column(&case.new)], &output);
        assert!(difference(&theirs, &ours) < 1e-12);
    }
}

/// Pools are means of their rows, rise from one to the next, and no pool could be split: the mean
/// of any beginning of a pool is at least that of the pool.
#[test]
fn isotonic_pools_cannot_be_split() {
    let scores: Vec<f64> = (0..60).map(f64::from).collect();
    let answers: Vec<f64> = scores
        .iter()
        .map(|s| (s * 0.7).sin() * 3.0 + s / 20.0)
        .collect();
    let curve = must(Isotonic::fit(&scores, &answers, None));
    let fitted: Vec<f64> = scores.iter().map(|&score| curve.at(score)).collect();
    assert!(fitted.windows(2).all(|pair| pair[0] <= pair[1]));
    let mut start = 0;
    while start < 60 {
        let end = (start..60)
            .find(|&row| fitted[row] != fitted[start])
            .unwrap_or(60);
        for upto in start + 1..=end {
            let mean = answers[start..upto].iter().sum::<f64>() / (upto - start) as f64;
            assert!(mean >= fitted[start] - 1e-12);
            assert!(upto < end || (mean - fitted[start]).abs() < 1e-12);
        }
        start = end;
    }
    let flat = must(Isotonic::fit(&[2.0, 1.0], &[0.0, 1.0], None));
    assert_eq!([flat.at(-9.0), flat.at(1.5), flat.at(9.0)], [0.5; 3]);
    assert!(Isotonic::fit(&[], &[], None).is_err());
    assert!(Isotonic::fit(&[f64::NAN], &[1.0], None).is_err());
}

#[test]
fn sigmoids_are_those_of_scikit_learn() {
    for case in fixture::<Cases<CalibrationCase>>("nets_calibration").cases {
        let positive: Vec<bool> = case.positive.iter().map(|&p| p == 1).collect();
        let curve = must(Sigmoid::fit(
            &case.scores,
            &positive,
            case.weights.as_deref(),
        ));
        let theirs = Sigmoid {
            slope: case.slope,
            intercept: case.intercept,
        };
        for &score in &case.new {
            // Theirs stops its search a little earlier.
            assert!((curve.at(score) - theirs.at(score)).abs() < 1e-5);
        }
        let ours: Vec<f64> = case.new.iter().map(|&score| curve.at(score)).collect();
        let mut graph = Graph::new();
        let input = graph.input("x", ElementType::Double);
        let output = curve.graph(&mut graph, &input);
        let theirs = run_graph(&graph, vec![column(&case.new)], &output);
        assert!(difference(&theirs, &ours) < 1e-12);
    }
}

#[test]
fn sigmoids_of_hopeless_scores_stay_finite() {
    for (scores, positive) in [
        (vec![0.0; 4], vec![true, false, true, true]),
        (vec![1e300, -1e300], vec![true, false]),
        (vec![5.0; 3], vec![true; 3]),
    ] {
        let curve = must(Sigmoid::fit(&scores, &positive, None));
        assert!(curve.is_valid());
        assert!((0.0..=1.0).contains(&curve.at(scores[0])));
    }
    assert!(Sigmoid::fit(&[1.0], &[true], Some(&[0.0])).is_err());
    assert!(Sigmoid::fit(&[1.0], &[], None).is_err());
}

// ---- Bayes ---------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct BayesCase {
    learner: String,
    x: FixtureMatrix,
    y: Vec<u32>,
    classes: usize,
    weights: Option<Vec<f64>>,
    new: FixtureMatrix,
    probabilities: Vec<f64>,
}

#[test]
fn naive_bayes_agrees_with_scikit_learn() {
    for case in fixture::<Cases<BayesCase>>("nets_bayes").cases {
        let y = Target::Classes {
            codes: case.y,
            count: case.classes,
        };
        let weights = case.weights.as_deref();
        let model = fit_with(&case.learner, &case.x.matrix(), &y, weights, &Params::new());
        let off = difference(&predict(&*model, &case.new.matrix()), &case.probabilities);
        // With weights, theirs measures the least spread of a Gaussian by the rows without them.
        let gaussian = case.learner == "gaussian_naive_bayes";
        let enough = if gaussian && weights.is_some() {
            1e-5
        } else {
            1e-9
        };
        assert!(off < enough, "{}: differs by {off}", case.learner);
    }
}

// ---- Networks ------------------------------------------------------------------------------------

const ACTIVATIONS: [Activation; 3] = [Activation::Relu, Activation::Tanh, Activation::Gelu];

/// Loss and gradient of a small network. The same units are left out every time.
fn loss_and_gradient(
    shape: &Shape,
    parameters: &[f64],
    x: &Matrix,
    answers: Answers<'_, f64>,
    dropout: f64,
) -> (f64, Vec<f64>) {
    let task = TaskContext::new();
    let mut passage = Passage::new(shape);
    let input = Input {
        shape,
        parameters,
        x: &x.values,
        rows: x.rows,
        task: &task,
    };
    let dropout = (dropout > 0.0).then(|| Dropout {
        share: dropout,
        random: Random::new(4),
    });
    must(passage.forward(&input, true, dropout));
    must(passage.backward(&input, answers, 3.0));
    (passage.loss / 3.0, passage.gradient)
}

#[test]
fn gradients_of_every_kind_of_layer_are_differences_of_the_loss() {
    let x = random_matrix(7, 3, 21);
    let weights = [1.0, 0.5, 2.0, 0.0, 1.0, 3.0, 0.7];
    for activation in ACTIVATIONS {
        for (loss, outputs, values) in [
            (Loss::Classes, 3, [0.0, 1.0, 2.0, 2.0, 1.0, 0.0, 2.0]),
            (Loss::Numbers, 1, [0.3, -1.0, 2.5, 0.0, 1.0, -0.4, 0.9]),
        ] {
            for (hidden, dropout) in [(0, 0.0), (1, 0.0), (2, 0.0), (2, 0.4)] {
                let mut sizes = vec![3];
                sizes.extend(vec![5; hidden]);
                sizes.push(outputs);
                let shape = Shape {
                    sizes,
                    activation,
                    loss,
                };
                let answers = Answers {
                    values: &values,
                    weights: &weights,
                };
                let mut parameters: Vec<f64> = train::start(&shape, 8);
                let (_, gradient) = loss_and_gradient(&shape, &parameters, &x, answers, dropout);
                let step = 1e-6;
                for place in 0..parameters.len() {
                    let at = parameters[place];
                    let mut loss = |value: f64| {
                        parameters[place] = value;
                        loss_and_gradient(&shape, &parameters, &x, answers, dropout).0
                    };
                    let slope = (loss(at + step) - loss(at - step)) / (2.0 * step);
                    parameters[place] = at;
                    assert!(
                        (slope - gradient[place]).abs() < 1e-7 * (1.0 + slope.abs()),
                        "{shape:?}, dropout {dropout}, place {place}: {slope} {}",
                        gradient[place]
                    );
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct NetworkCase {
    kind: String,
    optimiser: String,
    rate: f64,
    activation: String,
    x: FixtureMatrix,
    y: Vec<f64>,
    start: Vec<f64>,
    steps: usize,
    end: Vec<f64>,
}

#[test]
fn networks_take_the_steps_of_scikit_learn() {
    for case in fixture::<Cases<NetworkCase>>("nets_network").cases {
        let classes = case.kind == "classes";
        let shape = Shape {
            sizes: vec![3, 6, 5, if classes { 3 } else { 1 }],
            activation: if case.activation == "relu" {
                Activation::Relu
            } else {
                Activation::Tanh
            },
            loss: if classes {
                Loss::Classes
            } else {
                Loss::Numbers
            },
        };
        let adam = case.optimiser == "adam";
        let options = Options {
            epochs: case.steps,
            batch: case.y.len(),
            method: if adam {
                Method::Adam
            } else {
                Method::Momentum(0.9)
            },
            rate: case.rate,
            schedule: Schedule::Constant,
            decay: 0.0,
            dropout: 0.0,
            patience: 1000,
        };
        let none = Rows {
            x: Vec::new(),
            answers: Vec::new(),
            weights: Vec::new(),
        };
        let rows = Rows {
            x: case.x.matrix().values,
            answers: case.y,
            weights: Vec::new(),
        };
        let task = TaskContext::new();
        let watch = Watch {
            task: &task,
            seed: 1,
            threads: 1,
            report: &|_| {},
        };
        let trained = must(train::train_from(
            case.start, &shape, &rows, &none, &options, watch,
        ));
        let off = difference(&trained.parameters, &case.end);
        assert!(off < 1e-10, "{} {}: {off}", case.kind, case.optimiser);
    }
}

/// Two half moons and a number that bends along them.
fn moons(rows: usize, seed: u64) -> (Matrix, Target, Target) {
    let mut random = Random::new(seed);
    let (mut values, mut codes, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let angle = random.next_f64() * std::f64::consts::PI;
        let class = row % 2;
        let side = if class == 0 { 1.0 } else { -1.0 };
        let noise = 0.2 * (random.next_f64() - 0.5);
        values.extend([
            side * angle.cos() + if class == 0 { 0.0 } else { 1.0 },
            side * angle.sin() + if class == 0 { 0.0 } else { 0.5 } + noise,
        ]);
        codes.push(class as u32);
        numbers.push(100.0 + 10.0 * (2.0 * angle).sin());
    }
    let x = must(Matrix::new(rows, 2, values));
    let classes = Target::Classes { codes, count: 2 };
    (x, classes, Target::Numbers(numbers))
}

/// Share of rows whose likeliest class is theirs.
fn accuracy(model: &dyn Model, x: &Matrix, y: &Target) -> f64 {
    let Target::Classes { codes, count } = y else {
        panic!("classes")
    };
    let predicted = predict(model, x);
    let right = predicted
        .chunks_exact(*count)
        .zip(codes)
        .filter(|(p, code)| {
            let best = p.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            best.is_some_and(|(class, _)| class as u32 == **code)
        });
    right.count() as f64 / codes.len() as f64
}

/// Share of the variance of the numbers that a model explains.
fn explained(model: &dyn Model, x: &Matrix, y: &Target) -> f64 {
    let Target::Numbers(values) = y else {
        panic!("numbers")
    };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let predicted = predict(model, x);
    let squares = |of: &dyn Fn(usize) -> f64| (0..values.len()).map(|r| of(r).powi(2)).sum::<f64>();
    1.0 - squares(&|row| values[row] - predicted[row]) / squares(&|row| values[row] - mean)
}

#[test]
fn networks_learn_bent_patterns_with_every_setting() {
    let (x, classes, numbers) = moons(600, 1);
    let (new, new_classes, new_numbers) = moons(300, 2);
    let base = Params::new().with("rate", 0.01).with("units", 40_i64);
    for params in [
        base.clone(),
        base.clone().with("activation", "tanh"),
        base.clone()
            .with("activation", "gelu")
            .with("layers", 2_i64),
        base.clone()
            .with("precision", "double")
            .with("schedule", "cosine"),
        base.clone().with("dropout", 0.1).with("epochs", 400_i64),
        base.clone()
            .with("optimiser", "momentum")
            .with("rate", 0.1)
            .with("schedule", "step"),
        base.clone().with("early_stopping", false),
    ] {
        let model = fit_with("neural_network", &x, &classes, None, &params);
        let right = accuracy(&*model, &new, &new_classes);
        assert!(right > 0.97, "{params:?}: {right}");
        let model = fit_with("neural_network", &x, &numbers, None, &params);
        let share = explained(&*model, &new, &new_numbers);
        assert!(share > 0.8, "{params:?}: {share}");
    }
    // Without layers in between it is a weighted sum, which cannot follow the moons.
    let flat = base.with("layers", 0_i64);
    let model = fit_with("neural_network", &x, &numbers, None, &flat);
    assert!(explained(&*model, &new, &new_numbers) < 0.6);
}

#[test]
fn networks_report_rounds_and_keep_the_best_weights() {
    let x = random_matrix(120, 5, 31);
    let mut random = Random::new(32);
    // Nothing to be learned: the rows set aside soon say so.
    let codes = (0..120).map(|_| random.below(2) as u32).collect();
    let y = Target::Classes { codes, count: 2 };
    let task = TaskContext::new();
    let rounds: RefCell<Vec<Round>> = RefCell::default();
    let watch = |round| rounds.borrow_mut().push(round);
    let context = FitContext {
        on_round: Some(&watch),
        ..FitContext::new(&task, 5)
    };
    let learner = must(learn::by_id("neural_network"));
    let params = Params::new().with("rate", 0.02);
    let model = must(learner.fit(&x, &y, &params, &context));
    let rounds = rounds.take();
    let numbers: Vec<u32> = rounds.iter().map(|round| round.round).collect();
    assert_eq!(numbers, (1..=rounds.len() as u32).collect::<Vec<_>>());
    assert!(rounds.len() < 200, "{} rounds", rounds.len());
    let checking: Vec<f64> = rounds.iter().filter_map(|round| round.checking).collect();
    assert_eq!(checking.len(), rounds.len());
    let (best, _) = checking
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(b.1))
        .unwrap_or((0, &0.0));
    assert_eq!(model.save()["best"], serde_json::json!(best + 1));
    assert!(rounds[rounds.len() - 1].training < rounds[0].training);
}

#[test]
fn networks_are_the_same_on_any_number_of_threads() {
    let (x, classes, numbers) = moons(700, 3);
    let params = Params::new()
        .with("units", 256_i64)
        .with("layers", 2_i64)
        .with("batch", 512_i64)
        .with("dropout", 0.2)
        .with("epochs", 3_i64);
    for y in [&classes, &numbers] {
        let save = |threads| {
            let task = TaskContext::new();
            let context = FitContext {
                threads,
                ..FitContext::new(&task, 9)
            };
            let learner = must(learn::by_id("neural_network"));
            must(learner.fit(&x, y, &params, &context))
                .save()
                .to_string()
        };
        assert_eq!(save(1), save(2));
        assert_eq!(save(1), save(7));
    }
}

#[test]
fn a_network_stops_within_an_epoch_and_refuses_what_it_cannot_hold() {
    let (x, classes, _) = moons(4000, 3);
    let task = TaskContext::new();
    let context = FitContext::new(&task, 1);
    let params = Params::new().with("units", 2000_i64).with("layers", 3_i64);
    let learner = must(learn::by_id("neural_network"));
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            // Until it is training; one epoch takes minutes.
            while task.current().done == 0 {
                std::thread::yield_now();
            }
            task.cancel();
        });
        learner.fit(&x, &classes, &params, &context)
    });
    assert!(result.err().is_some_and(|error| error.is_cancelled()));
    assert!(task.current().done < 4000);
    let task = TaskContext::new();
    let wide = must(Matrix::new(2, 50_000, vec![1.0; 100_000]));
    let y = Target::Numbers(vec![0.0, 1.0]);
    let code = |params: &Params| {
        let context = FitContext::new(&task, 1);
        let error: Option<UserError> = learner.fit(&wide, &y, params, &context).err();
        error.map(|error| error.code)
    };
    let params = Params::new().with("units", 2048_i64);
    assert_eq!(code(&params), Some("network_too_large".to_owned()));
}

// ---- Support vectors -----------------------------------------------------------------------------

#[derive(Deserialize)]
struct VectorFixture {
    x: FixtureMatrix,
    new: FixtureMatrix,
    two: Vec<usize>,
    three: Vec<usize>,
    numbers: Vec<f64>,
    weights: Vec<f64>,
    cases: Vec<VectorCase>,
}

#[derive(Deserialize)]
struct VectorCase {
    kernel: String,
    strength: f64,
    weighted: bool,
    kind: String,
    scores: Vec<Vec<f64>>,
    objectives: Vec<f64>,
}

impl VectorFixture {
    /// Variance of all cells times the number of columns.
    fn width(&self) -> f64 {
        let x = self.x.matrix();
        let mean = x.values.iter().sum::<f64>() / x.values.len() as f64;
        let squares: f64 = x.values.iter().map(|v| (v - mean).powi(2)).sum();
        squares / x.values.len() as f64 * x.cols as f64
    }

    fn kernel(&self, name: &str) -> Kernel {
        let gamma = 1.0 / self.width();
        match name {
            "rbf" => Kernel::Rbf { gamma },
            "linear" => Kernel::Linear,
            _ => Kernel::Polynomial {
                gamma,
                constant: 1.0,
                degree: 3,
            },
        }
    }

    fn problems(&self, case: &VectorCase) -> Vec<Problem> {
        let most: Vec<f64> = if case.weighted {
            self.weights.iter().map(|w| w * case.strength).collect()
        } else {
            vec![case.strength; self.numbers.len()]
        };
        let rows: Vec<u32> = (0..most.len() as u32).collect();
        let against = |codes: &[usize], class: usize| {
            let positive: Vec<bool> = codes.iter().map(|&code| code == class).collect();
            Problem::classes(rows.clone(), &positive, &most)
        };
        match case.kind.as_str() {
            "two" => vec![against(&self.two, 1)],
            "three" => (0..3).map(|class| against(&self.three, class)).collect(),
            _ => vec![Problem::numbers(&self.numbers, 0.1, &most)],
        }
    }
}

fn scores_of(solution: &Solution, kernel: &Kernel, x: &Matrix, new: &Matrix) -> Vec<f64> {
    let values = must(kernel::between(kernel, new, x, &kernel::lengths(x)));
    let rows = values.chunks_exact(x.rows);
    rows.map(|values| {
        // A coefficient per row, or two for numbers.
        let factors = solution.coefficients.iter().enumerate();
        let sum: f64 = factors.map(|(place, f)| f * values[place % x.rows]).sum();
        sum - solution.threshold
    })
    .collect()
}

fn exact_objective(problem: &Problem, solution: &Solution, kernel: &Kernel, x: &Matrix) -> f64 {
    let values = must(kernel::between(kernel, x, x, &kernel::lengths(x)));
    let beta = &solution.coefficients;
    let mut of_rows = vec![0.0; x.rows];
    for (beta, &row) in beta.iter().zip(&problem.rows) {
        of_rows[row as usize] += beta;
    }
    let linear: f64 = beta.iter().zip(&problem.linear).map(|(b, q)| b * q).sum();
    let pairs = (0..x.rows * x.rows).map(|p| of_rows[p / x.rows] * of_rows[p % x.rows] * values[p]);
    0.5 * pairs.sum::<f64>() + linear
}

#[test]
fn support_vectors_solve_the_problem_of_scikit_learn() {
    let fixture: VectorFixture = fixture("nets_vectors");
    let (x, new) = (fixture.x.matrix(), fixture.new.matrix());
    let task = TaskContext::new();
    for case in &fixture.cases {
        let what = format!(
            "{} {} {} weighted {}",
            case.kernel, case.kind, case.strength, case.weighted
        );
        let kernel = fixture.kernel(&case.kernel);
        let whole = must(Whole::new(&kernel, &x, 2, &task));
        for (place, mut problem) in fixture.problems(case).into_iter().enumerate() {
            problem.tolerance = 1e-5;
            let solution = must(problem.solve(&mut &whole, &task));
            assert!(solution.converged, "{what} after {} steps", solution.steps);
            let off = difference(
                &scores_of(&solution, &kernel, &x, &new),
                &case.scores[place],
            );
            assert!(off < 1e-3, "{what}: scores differ by {off}");
            let exact = exact_objective(&problem, &solution, &kernel, &x);
            let theirs = case.objectives[place];
            let off = (exact - theirs).abs() / theirs.abs();
            assert!(off < 1e-6, "{what}: {exact} {theirs}");
            let off = (solution.objective - exact).abs() / exact.abs();
            assert!(off < 1e-9, "{what}: {} {exact}", solution.objective);
            // With room for a few rows of the kernel the same comes out.
            let mut recent = Recent::new(&kernel, &x, 8 * 150 * 5);
            let again = must(problem.solve(&mut recent, &task));
            let off = difference(&scores_of(&again, &kernel, &x, &new), &case.scores[place]);
            assert!(off < 1e-3, "{what}: with few rows kept differs by {off}");
        }
    }
}

/// Within the bounds, in balance, and no pair of coefficients could be moved to advantage.
#[test]
fn support_vectors_meet_the_conditions_of_an_optimum() {
    let fixture: VectorFixture = fixture("nets_vectors");
    let x = fixture.x.matrix();
    let task = TaskContext::new();
    for case in &fixture.cases {
        let kernel = fixture.kernel(&case.kernel);
        let whole = must(Whole::new(&kernel, &x, 1, &task));
        let values = must(kernel::between(&kernel, &x, &x, &kernel::lengths(&x)));
        for problem in fixture.problems(case) {
            let solution = must(problem.solve(&mut &whole, &task));
            let beta = &solution.coefficients;
            assert!(beta.iter().sum::<f64>().abs() < 1e-9);
            let (mut rise, mut fall) = (f64::INFINITY, f64::NEG_INFINITY);
            for (place, &row) in problem.rows.iter().enumerate() {
                let own = &values[row as usize * x.rows..][..x.rows];
                let others = beta.iter().zip(&problem.rows);
                let slope: f64 = problem.linear[place]
                    + others
                        .map(|(b, &other)| b * own[other as usize])
                        .sum::<f64>();
                assert!((problem.low[place]..=problem.high[place]).contains(&beta[place]));
                if beta[place] < problem.high[place] {
                    rise = rise.min(slope);
                }
                if beta[place] > problem.low[place] {
                    fall = fall.max(slope);
                }
            }
            assert!(fall - rise < 1.01e-4, "{} {}", case.kernel, fall - rise);
        }
    }
}

/// linfa-svm has the same optimum where it can do the task: two classes without weights.
#[test]
fn support_vectors_agree_with_linfa() {
    use linfa::traits::Fit;
    let fixture: VectorFixture = fixture("nets_vectors");
    let x = fixture.x.matrix();
    let records = ndarray::Array2::from_shape_vec((x.rows, x.cols), x.values.clone())
        .unwrap_or_else(|e| panic!("{e}"));
    let targets: ndarray::Array1<bool> = fixture.two.iter().map(|&code| code == 1).collect();
    let data = linfa::Dataset::new(records, targets);
    for case in fixture
        .cases
        .iter()
        .filter(|case| case.kind == "two" && case.kernel == "rbf" && !case.weighted)
    {
        let model = linfa_svm::Svm::<_, bool>::params()
            .pos_neg_weights(case.strength, case.strength)
            .gaussian_kernel(fixture.width())
            .eps(1e-6)
            .fit(&data)
            .unwrap_or_else(|e| panic!("{e}"));
        let theirs = Solution {
            coefficients: model.alpha.clone(),
            threshold: model.rho,
            objective: 0.0,
            steps: 0,
            converged: true,
        };
        let kernel = fixture.kernel("rbf");
        let scores = scores_of(&theirs, &kernel, &x, &fixture.new.matrix());
        assert!(difference(&scores, &case.scores[0]) < 1e-3);
    }
}

#[test]
fn support_vector_machines_score_like_scikit_learn_and_know_what_a_score_is_worth() {
    let fixture: VectorFixture = fixture("nets_vectors");
    let (x, new) = (fixture.x.matrix(), fixture.new.matrix());
    for case in &fixture.cases {
        let params = Params::new()
            .with("kernel", case.kernel.as_str())
            .with("strength", case.strength)
            .with("constant", 1.0);
        let weights = case.weighted.then_some(fixture.weights.as_slice());
        let codes = |of: &[usize]| of.iter().map(|&code| code as u32).collect::<Vec<u32>>();
        let y = match case.kind.as_str() {
            "numbers" => Target::Numbers(fixture.numbers.clone()),
            "two" => Target::Classes {
                codes: codes(&fixture.two),
                count: 2,
            },
            _ => Target::Classes {
                codes: codes(&fixture.three),
                count: 3,
            },
        };
        let model = fit_with("support_vector_machine", &x, &y, weights, &params);
        let predicted = predict(&*model, &new);
        match case.kind.as_str() {
            // The answers have spread one up to the digits of a float.
            "numbers" if !case.weighted => {
                assert!(difference(&predicted, &case.scores[0]) < 2e-3);
            }
            "two" => {
                let sigmoid: Sigmoid =
                    serde_json::from_value(model.save()["sigmoids"][0].clone()).unwrap();
                // These classes lie crosswise: a straight border knows nothing of them.
                assert!(sigmoid.slope < 0.0 || case.kernel == "linear");
                for (shares, score) in predicted.chunks_exact(2).zip(&case.scores[0]) {
                    assert!((shares[1] - sigmoid.at(*score)).abs() < 1e-3);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn probabilities_of_support_vectors_do_not_come_from_their_own_rows() {
    // Answers by chance: a machine that fits its own rows well must still not be sure.
    let x = random_matrix(200, 6, 41);
    let mut random = Random::new(42);
    let codes = (0..200).map(|_| random.below(2) as u32).collect();
    let y = Target::Classes { codes, count: 2 };
    let params = Params::new()
        .with("strength", 1000.0)
        .with("narrowness", 10.0);
    let model = fit_with("support_vector_machine", &x, &y, None, &params);
    assert!(
        predict(&*model, &x)
            .iter()
            .all(|share| (0.2..0.8).contains(share))
    );
}

#[test]
fn support_vector_machines_learn_moons_on_any_number_of_threads_and_refuse_too_many_rows() {
    let (x, classes, numbers) = moons(400, 1);
    let (new, new_classes, new_numbers) = moons(300, 2);
    let learner = must(learn::by_id("support_vector_machine"));
    let save = |y: &Target, threads| {
        let task = TaskContext::new();
        let context = FitContext {
            threads,
            ..FitContext::new(&task, 9)
        };
        must(learner.fit(&x, y, &Params::new(), &context))
            .save()
            .to_string()
    };
    assert_eq!(save(&classes, 1), save(&classes, 3));
    assert_eq!(save(&numbers, 1), save(&numbers, 3));
    let model = fit_with("support_vector_machine", &x, &classes, None, &Params::new());
    assert!(accuracy(&*model, &new, &new_classes) > 0.97);
    let params = Params::new().with("strength", 10.0);
    let model = fit_with("support_vector_machine", &x, &numbers, None, &params);
    assert!(explained(&*model, &new, &new_numbers) > 0.9);
    let many = Matrix::zeros(2_000_000, 2);
    let y = Target::Numbers(vec![0.0; 2_000_000]);
    let task = TaskContext::new();
    let result = learner.fit(&many, &y, &Params::new(), &FitContext::new(&task, 1));
    assert_eq!(
        result.err().map(|e| e.code),
        Some("too_many_rows".to_owned())
    );
}

// ---- Gaussian processes --------------------------------------------------------------------------

#[derive(Deserialize)]
struct ProcessFixture {
    x: FixtureMatrix,
    new: FixtureMatrix,
    y: Vec<f64>,
    sign: Vec<u32>,
    fixed: Vec<ProcessCase>,
    best_likelihood: f64,
    best_class_likelihood: f64,
    best_predictions: Vec<f64>,
}

#[derive(Deserialize)]
struct ProcessCase {
    height: f64,
    length: f64,
    noise: f64,
    predictions: Vec<f64>,
    likelihood: f64,
    class_scores: Vec<f64>,
    class_likelihood: f64,
    probabilities: Vec<f64>,
}

impl ProcessFixture {
    fn standard(&self) -> Vec<f64> {
        let count = self.y.len() as f64;
        let mean = self.y.iter().sum::<f64>() / count;
        let squares = self.y.iter().map(|y| (y - mean).powi(2)).sum::<f64>();
        let spread = (squares / count).sqrt();
        self.y.iter().map(|y| (y - mean) / spread).collect()
    }

    fn positive(&self) -> Vec<bool> {
        self.sign.iter().map(|&sign| sign == 1).collect()
    }

    fn distances(&self) -> Vec<f64> {
        must(kernel::squared_distances(&self.x.matrix()))
    }
}

#[test]
fn gaussian_processes_of_given_sizes_are_those_of_scikit_learn() {
    let fixture: ProcessFixture = fixture("nets_process");
    let (x, new) = (fixture.x.matrix(), fixture.new.matrix());
    let task = TaskContext::new();
    for case in &fixture.fixed {
        let sizes = Sizes {
            height: case.height,
            length: case.length,
            noise: case.noise,
        };
        let fit = must(gaussian::numbers(
            &fixture.distances(),
            &fixture.standard(),
            &sizes,
            &task,
        ));
        let likelihood = fit.map_or(f64::NAN, |fit| fit.likelihood);
        assert!((likelihood - case.likelihood).abs() < 1e-6 * case.likelihood.abs());
        let params = Params::new()
            .with("learn_sizes", false)
            .with("height", case.height)
            .with("length", case.length)
            .with("noise", case.noise);
        let y = Target::Numbers(fixture.y.clone());
        let model = fit_with("gaussian_process", &x, &y, None, &params);
        let off = difference(&predict(&*model, &new), &case.predictions);
        assert!(off < 1e-6, "{off}");

        let positive = fixture.positive();
        let fit = must(gaussian::classes(
            &fixture.distances(),
            &positive,
            &sizes,
            true,
            &task,
        ));
        let fit = fit.unwrap_or_else(|| panic!("not positive definite"));
        assert!((fit.likelihood - case.class_likelihood).abs() < 1e-6 * fit.likelihood.abs());
        let gamma = 0.5 / (case.length * case.length);
        let lengths = kernel::lengths(&x);
        let values = must(kernel::between(&Kernel::Rbf { gamma }, &new, &x, &lengths));
        let scores: Vec<f64> = values
            .chunks_exact(x.rows)
            .map(|row| {
                let each = row.iter().zip(&fit.factors);
                each.map(|(v, f)| case.height * v * f).sum()
            })
            .collect();
        // Theirs stops Newton's method a little earlier.
        let off = difference(&scores, &case.class_scores);
        assert!(off < 1e-5, "{off}");
        let y = Target::Classes {
            codes: fixture.sign.clone(),
            count: 2,
        };
        let model = fit_with("gaussian_process", &x, &y, None, &params);
        // Both approximate the average of the logistic curve, in different ways.
        let off = difference(&predict(&*model, &new), &case.probabilities);
        assert!(off < 0.02, "{off}");
    }
}

#[test]
fn gaussian_processes_find_sizes_as_likely_as_those_of_scikit_learn() {
    let fixture: ProcessFixture = fixture("nets_process");
    let (x, new) = (fixture.x.matrix(), fixture.new.matrix());
    let task = TaskContext::new();
    let sizes = |model: &dyn Model| -> Sizes {
        serde_json::from_value(model.save()["processes"][0]["sizes"].clone())
            .unwrap_or_else(|e| panic!("{e}"))
    };
    let y = Target::Numbers(fixture.y.clone());
    let model = fit_with("gaussian_process", &x, &y, None, &Params::new());
    let standard = fixture.standard();
    let fit = gaussian::numbers(&fixture.distances(), &standard, &sizes(&*model), &task);
    let likelihood = must(fit).map_or(f64::NAN, |fit| fit.likelihood);
    assert!(
        likelihood > fixture.best_likelihood - 1e-3,
        "{likelihood} {}",
        fixture.best_likelihood
    );
    let off = difference(&predict(&*model, &new), &fixture.best_predictions);
    assert!(off < 5e-3, "{off}");
    let y = Target::Classes {
        codes: fixture.sign.clone(),
        count: 2,
    };
    let model = fit_with("gaussian_process", &x, &y, None, &Params::new());
    let positive = fixture.positive();
    let fit = gaussian::classes(
        &fixture.distances(),
        &positive,
        &sizes(&*model),
        false,
        &task,
    );
    let likelihood = must(fit).map_or(f64::NAN, |fit| fit.likelihood);
    assert!(
        likelihood > fixture.best_class_likelihood - 1e-3,
        "{likelihood} {}",
        fixture.best_class_likelihood
    );
}

#[test]
fn gaussian_processes_learn_moons_and_refuse_what_takes_too_long() {
    let (x, classes, numbers) = moons(150, 1);
    let (new, new_classes, new_numbers) = moons(200, 2);
    let model = fit_with("gaussian_process", &x, &classes, None, &Params::new());
    assert!(accuracy(&*model, &new, &new_classes) > 0.98);
    let model = fit_with("gaussian_process", &x, &numbers, None, &Params::new());
    assert!(explained(&*model, &new, &new_numbers) > 0.95);
    let task = TaskContext::new();
    let learner = must(learn::by_id("gaussian_process"));
    let code = |x: &Matrix, weights: Option<&[f64]>| {
        let context = FitContext {
            weights,
            ..FitContext::new(&task, 1)
        };
        let y = Target::Numbers(vec![0.0; x.rows]);
        let result = learner.fit(x, &y, &Params::new(), &context);
        result.err().map(|error| error.code)
    };
    let many = Matrix::zeros(2001, 2);
    assert_eq!(code(&many, None), Some("too_many_rows".to_owned()));
    let some = Matrix::zeros(2, 2);
    let refused = Some("weights_not_supported".to_owned());
    assert_eq!(code(&some, Some(&[1.0, 2.0])), refused);
}

// ---- Neighbours ----------------------------------------------------------------------------------

#[derive(Deserialize)]
struct NearFixture {
    x: FixtureMatrix,
    new: FixtureMatrix,
    classes: Vec<u32>,
    values: Vec<f64>,
    cases: Vec<NearCase>,
}

#[derive(Deserialize)]
struct NearCase {
    metric: String,
    say: String,
    probabilities: Vec<f64>,
    predictions: Vec<f64>,
}

#[test]
fn neighbours_by_every_distance_and_say_agree_with_scikit_learn_and_their_graph() {
    let fixture: NearFixture = fixture("nets_neighbours");
    let (x, new) = (fixture.x.matrix(), fixture.new.matrix());
    for case in &fixture.cases {
        let params = Params::new()
            .with("neighbours", 7_i64)
            .with("distance", case.metric.as_str())
            .with("say", case.say.as_str());
        let classes = Target::Classes {
            codes: fixture.classes.clone(),
            count: 3,
        };
        let numbers = Target::Numbers(fixture.values.clone());
        for (y, expected) in [
            (&classes, &case.probabilities),
            (&numbers, &case.predictions),
        ] {
            let model = fit_with("k_nearest_neighbours", &x, y, None, &params);
            let ours = predict(&*model, &new);
            let off = difference(&ours, expected);
            assert!(off < 1e-12, "{} {}: {off}", case.metric, case.say);
            let mut graph = Graph::new();
            let input = graph.input("x", ElementType::Double);
            let output = must(model.graph(&mut graph, &input));
            let tensor = Tensor::from_shape(&[new.rows, new.cols], &new.values)
                .unwrap_or_else(|e| panic!("{e}"));
            let theirs = run_graph(&graph, vec![tensor], &output);
            let off = difference(&theirs, &ours);
            assert!(off < 1e-12, "{} {}: graph {off}", case.metric, case.say);
        }
    }
}
