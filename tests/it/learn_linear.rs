//! Learners that add up weighted columns: against scikit-learn and statsmodels, and by what their
//! minima must satisfy.

use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::learn::{self, FitContext, Matrix, Model, Round, Target};
use serde::Deserialize;

use crate::learners::fixture;

fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

#[derive(Deserialize)]
struct Numbers {
    rows: usize,
    cols: usize,
    values: Vec<f32>,
}

#[derive(Deserialize)]
struct Table {
    /// −1: the intercept.
    features: Vec<i64>,
    estimate: Vec<f64>,
    standard_error: Vec<f64>,
    statistic: Vec<f64>,
    p_value: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    learner: String,
    params: Params,
    x: usize,
    y: usize,
    /// 0: the answers are numbers.
    classes: usize,
    weights: Option<usize>,
    coefficients: Option<Vec<f64>>,
    intercept: Option<f64>,
    /// Of the first rows.
    predictions: Option<Vec<f64>>,
    inference: Option<Table>,
}

#[derive(Deserialize)]
struct Path {
    mix: f64,
    x: Numbers,
    y: Vec<f64>,
    parts: Vec<usize>,
    penalties: Vec<f64>,
    errors: Vec<f64>,
    chosen: f64,
    coefficients: Vec<f64>,
}

#[derive(Deserialize)]
struct File {
    x: Vec<Numbers>,
    values: Vec<Vec<f64>>,
    cases: Vec<Case>,
    paths: Vec<Path>,
}

impl Numbers {
    fn matrix(&self) -> Matrix {
        let values = self.values.iter().map(|&v| f64::from(v)).collect();
        must(Matrix::new(self.rows, self.cols, values))
    }
}

impl File {
    fn target(&self, case: &Case) -> Target {
        let y = &self.values[case.y];
        match case.classes {
            0 => Target::Numbers(y.clone()),
            count => Target::Classes {
                codes: y.iter().map(|&v| v as u32).collect(),
                count,
            },
        }
    }

    fn fit(&self, case: &Case) -> Box<dyn Model> {
        let task = TaskContext::new();
        let mut context = FitContext::new(&task, 1);
        context.weights = case.weights.map(|place| self.values[place].as_slice());
        let learner = must(learn::by_id(&case.learner));
        let x = self.x[case.x].matrix();
        learner
            .fit(&x, &self.target(case), &case.params, &context)
            .unwrap_or_else(|error| panic!("{} {:?}: {}", case.name, case.params, error.report()))
    }
}

fn first_rows(x: &Matrix, count: usize) -> Matrix {
    x.take_rows(&(0..count.min(x.rows)).collect::<Vec<_>>())
}

/// Largest difference, relative where the expected value is larger than 1.
fn difference(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let each = found
        .iter()
        .zip(expected)
        .map(|(f, e)| (f - e).abs() / e.abs().max(1.0));
    each.fold(0.0, f64::max)
}

fn close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) -> Vec<String> {
    let off = difference(found, expected);
    if off < tolerance {
        return Vec::new();
    }
    vec![format!("{what}: differs by {off}")]
}

#[test]
fn predictions_and_weights_are_those_of_scikit_learn_and_statsmodels() {
    let file: File = fixture("learn_linear");
    let mut wrong = Vec::new();
    for case in &file.cases {
        let model = file.fit(case);
        let what = format!("{} {:?}", case.name, case.params.0);
        let saved = model.save();
        if let Some(expected) = &case.predictions {
            let outputs = case.classes.max(1);
            let x = first_rows(&file.x[case.x].matrix(), expected.len() / outputs);
            let found = must(model.predict(&x, &TaskContext::new()));
            wrong.extend(close(&what, &found, expected, 1e-6));
        }
        if let Some(expected) = &case.coefficients {
            let found: Vec<f64> =
                serde_json::from_value(saved["coefficients"].clone()).unwrap_or_default();
            wrong.extend(close(&format!("{what} weights"), &found, expected, 1e-6));
        }
        if let Some(expected) = case.intercept {
            let found = saved["intercept"].as_f64().unwrap_or(f64::NAN);
            wrong.extend(close(
                &format!("{what} intercept"),
                &[found],
                &[expected],
                1e-6,
            ));
        }
        assert_ne!(saved["unsettled"], serde_json::json!(true), "{what}");
        assert_ne!(saved["converged"], serde_json::json!(false), "{what}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn standard_errors_and_tests_are_those_of_statsmodels() {
    let file: File = fixture("learn_linear");
    let mut wrong = Vec::new();
    let mut compared = 0;
    for case in &file.cases {
        let Some(expected) = &case.inference else {
            continue;
        };
        compared += 1;
        let found = file
            .fit(case)
            .coefficients()
            .unwrap_or_else(|| panic!("{}: no table", case.name));
        let features: Vec<i64> = found
            .rows
            .iter()
            .map(|row| row.feature.map_or(-1, |feature| feature as i64))
            .collect();
        assert_eq!(features, expected.features, "{}", case.name);
        let of = |value: fn(&learn::Coefficient) -> f64| -> Vec<f64> {
            found.rows.iter().map(value).collect()
        };
        let columns = [
            ("estimate", of(|row| row.estimate), &expected.estimate),
            (
                "standard error",
                of(|row| row.standard_error),
                &expected.standard_error,
            ),
            ("statistic", of(|row| row.statistic), &expected.statistic),
            ("p", of(|row| row.p_value), &expected.p_value),
            ("lower", of(|row| row.lower), &expected.lower),
            ("upper", of(|row| row.upper), &expected.upper),
        ];
        for (column, found, expected) in columns {
            let what = format!("{} {column}", case.name);
            wrong.extend(close(&what, &found, expected, 1e-6));
        }
        // Small p-values keep their digits.
        for (found, expected) in found.rows.iter().zip(&expected.p_value) {
            assert!(
                (found.p_value - expected).abs() <= 1e-4 * expected,
                "{}: {} {expected}",
                case.name,
                found.p_value
            );
        }
    }
    assert!(compared >= 7, "only {compared} tables");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_path_of_penalties_and_the_choice_on_it_are_those_of_scikit_learn() {
    use benchtop::learn::engine::penalised::{self, Ask};
    let file: File = fixture("learn_linear");
    let task = TaskContext::new();
    for case in &file.paths {
        let x = case.x.matrix();
        let context = FitContext::new(&task, 1);
        let data = must(penalised::Data::of(&x, &case.y, &context)).unwrap_or_else(|| panic!());
        let ask = Ask {
            mix: case.mix,
            penalty: None,
            parts: &case.parts,
        };
        let (fitted, path) = must(penalised::elastic_net(&data, ask, &context));
        let wrong = [
            close("penalties", &path.penalties, &case.penalties, 1e-9),
            close("errors", &path.errors, &case.errors, 1e-6),
            close("chosen", &[path.chosen], &[case.chosen], 1e-9),
            close("weights", &fitted.coefficients, &case.coefficients, 1e-6),
        ]
        .concat();
        assert!(wrong.is_empty(), "{}: {}", case.mix, wrong.join("\n"));
    }
}

// ---- What must hold without a reference ----------------------------------------------------------

const NUMBERS: &[&str] = &[
    "elastic_net",
    "gamma_regression",
    "huber_regression",
    "lasso",
    "linear_regression",
    "partial_least_squares",
    "poisson_regression",
    "quantile_regression",
    "ridge_regression",
    "tweedie_regression",
];
const CLASSES: &[&str] = &[
    "linear_discriminant_analysis",
    "logistic_regression",
    "quadratic_discriminant_analysis",
];

fn made(rows: usize, cols: usize, seed: u64) -> (Matrix, Vec<f64>) {
    let mut random = Random::new(seed);
    let values: Vec<f64> = (0..rows * cols)
        .map(|_| f64::from((random.next_f64() * 4.0 - 2.0) as f32))
        .collect();
    let x = must(Matrix::new(rows, cols, values));
    let scores = (0..rows)
        .map(|row| x.row(row)[0] - 0.5 * x.row(row)[cols.min(2) - 1] + random.next_f64() - 0.5)
        .collect();
    (x, scores)
}

fn target_for(id: &str, scores: &[f64]) -> Target {
    if CLASSES.contains(&id) {
        return Target::Classes {
            codes: scores
                .iter()
                .map(|score| (score + 1.5).clamp(0.0, 2.0) as u32)
                .collect(),
            count: 3,
        };
    }
    let answer = |score: &f64| match id {
        "gamma_regression" => score.exp(),
        "poisson_regression" => (2.0 * score.exp()).floor(),
        "tweedie_regression" => score.exp().max(0.5) - 0.5,
        _ => *score,
    };
    Target::Numbers(scores.iter().map(answer).collect())
}

fn fit_with(
    id: &str,
    x: &Matrix,
    y: &Target,
    params: &Params,
    weights: Option<&[f64]>,
) -> Box<dyn Model> {
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 1);
    context.weights = weights;
    must(must(learn::by_id(id)).fit(x, y, params, &context))
}

fn predict(model: &dyn Model, x: &Matrix) -> Vec<f64> {
    must(model.predict(x, &TaskContext::new()))
}

/// Penalties chosen on rows left out would differ; everything else is asked at its default.
fn settings(id: &str) -> Params {
    match id {
        "ridge_regression" | "lasso" | "elastic_net" => Params::new()
            .with("penalty_choice", "given")
            .with("penalty", 0.05),
        _ => Params::new(),
    }
}

#[test]
fn a_row_of_weight_two_is_two_rows_and_one_of_weight_zero_is_none() {
    let (x, scores) = made(90, 4, 3);
    let counts: Vec<usize> = (0..90).map(|row| row % 4).collect();
    let weights: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    let repeated: Vec<usize> = (0..90)
        .flat_map(|row| std::iter::repeat_n(row, counts[row]))
        .collect();
    for id in NUMBERS.iter().chain(CLASSES) {
        let y = target_for(id, &scores);
        let weighted = fit_with(id, &x, &y, &settings(id), Some(&weights));
        let copied = fit_with(
            id,
            &x.take_rows(&repeated),
            &y.rows(&repeated),
            &settings(id),
            None,
        );
        let off = difference(&predict(&*weighted, &x), &predict(&*copied, &x));
        assert!(off < 1e-7, "{id}: differs by {off}");
    }
}

#[test]
fn weights_in_another_unit_change_no_table() {
    let (x, scores) = made(80, 3, 4);
    let mut random = Random::new(5);
    let weights: Vec<f64> = (0..80).map(|_| random.next_f64() + 0.1).collect();
    let large: Vec<f64> = weights.iter().map(|weight| weight * 1e6).collect();
    for id in [
        "linear_regression",
        "gamma_regression",
        "tweedie_regression",
    ] {
        let y = target_for(id, &scores);
        let params = match id {
            "linear_regression" => Params::new(),
            _ => Params::new().with("penalty", 0.0),
        };
        let errors = |weights: &[f64]| -> Vec<f64> {
            let model = fit_with(id, &x, &y, &params, Some(weights));
            let table = model.coefficients().unwrap_or_else(|| panic!("{id}"));
            table.rows.iter().map(|row| row.standard_error).collect()
        };
        let off = difference(&errors(&large), &errors(&weights));
        assert!(off < 1e-9, "{id}: differs by {off}");
    }
}

#[test]
fn columns_in_another_unit_change_no_prediction_where_nothing_is_penalised() {
    let (x, scores) = made(80, 3, 6);
    let units = [1e-12, 1.0, 1e15];
    let values = x.values.iter().enumerate();
    let values = values.map(|(place, value)| value * units[place % 3] + units[place % 3]);
    let other = must(Matrix::new(80, 3, values.collect()));
    let free = Params::new().with("penalty", 0.0);
    for (id, params) in [
        ("linear_regression", Params::new()),
        ("partial_least_squares", Params::new()),
        ("poisson_regression", free.clone()),
        ("gamma_regression", free.clone()),
        ("tweedie_regression", free.clone()),
        ("huber_regression", free.clone()),
        ("quantile_regression", free),
        ("logistic_regression", Params::new().with("penalty", "none")),
        ("linear_discriminant_analysis", Params::new()),
        ("quadratic_discriminant_analysis", Params::new()),
    ] {
        let y = target_for(id, &scores);
        let here = predict(&*fit_with(id, &x, &y, &params, None), &x);
        let there = predict(&*fit_with(id, &other, &y, &params, None), &other);
        let off = difference(&there, &here);
        assert!(off < 1e-7, "{id}: differs by {off}");
    }
}

#[test]
fn weights_of_a_lasso_are_where_its_slopes_ask_them_to_be() {
    // Copies, near copies and more columns than rows.
    let (x, scores) = made(40, 90, 7);
    let values = (0..40).flat_map(|row| {
        let own = x.row(row).to_vec();
        let copy = [own[0], own[1] + 1e-6 * own[5], 0.5 * own[0] + 0.5 * own[1]];
        own.into_iter().chain(copy).collect::<Vec<f64>>()
    });
    let x = must(Matrix::new(40, 93, values.collect()));
    let y = Target::Numbers(scores.clone());
    for (id, mix) in [("lasso", 1.0), ("elastic_net", 0.5)] {
        for penalty in [0.3, 0.03, 0.001] {
            let params = Params::new()
                .with("penalty_choice", "given")
                .with("penalty", penalty);
            let model = fit_with(id, &x, &y, &params, None);
            let saved = model.save();
            assert_eq!(saved["unsettled"], serde_json::json!(false));
            let weights: Vec<f64> =
                serde_json::from_value(saved["coefficients"].clone()).unwrap_or_default();
            let left: Vec<f64> = predict(&*model, &x)
                .iter()
                .zip(&scores)
                .map(|(said, score)| score - said)
                .collect();
            assert!(left.iter().sum::<f64>().abs() < 1e-9, "{id} {penalty}");
            for (column, weight) in weights.iter().enumerate() {
                let values = x.column(column);
                let pull: f64 = values.iter().zip(&left).map(|(v, l)| v * l).sum::<f64>() / 40.0;
                let pull = pull - penalty * (1.0 - mix) * weight;
                let bound = penalty * mix;
                let right = match *weight {
                    0.0 => pull.abs() <= bound + 1e-8,
                    weight => (pull - bound * weight.signum()).abs() < 1e-8,
                };
                assert!(right, "{id} {penalty}: column {column}, {weight} {pull}");
            }
        }
    }
}

#[test]
fn no_small_step_improves_a_fit() {
    let (x, scores) = made(60, 3, 8);
    let objective = |id: &str, y: &[f64], start: f64, weights: &[f64]| -> f64 {
        let each = y.iter().enumerate().map(|(row, &y)| {
            let sum: f64 = x
                .row(row)
                .iter()
                .zip(weights)
                .map(|(v, w)| v * w)
                .sum::<f64>()
                + start;
            match id {
                "poisson_regression" => sum.exp() - y * sum,
                "gamma_regression" => sum + y * (-sum).exp(),
                "tweedie_regression" => 2.0 * (0.5 * sum).exp() + 2.0 * y * (-0.5 * sum).exp(),
                "quantile_regression" => (0.8 * (y - sum)).max(0.2 * (sum - y)),
                _ => panic!("{id}"),
            }
        });
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        let size: f64 = weights.iter().map(|w| w.abs()).sum();
        let penalty = match id {
            "quantile_regression" => 0.02 * size,
            _ => 0.01 * squares,
        };
        each.sum::<f64>() / 60.0 + penalty
    };
    for (id, params) in [
        ("poisson_regression", Params::new().with("penalty", 0.02)),
        ("gamma_regression", Params::new().with("penalty", 0.02)),
        ("tweedie_regression", Params::new().with("penalty", 0.02)),
        (
            "quantile_regression",
            Params::new().with("share", 0.8).with("penalty", 0.02),
        ),
    ] {
        let Target::Numbers(y) = target_for(id, &scores) else {
            panic!("{id}")
        };
        let model = fit_with(id, &x, &Target::Numbers(y.clone()), &params, None);
        let saved = model.save();
        let start = saved["intercept"].as_f64().unwrap_or(f64::NAN);
        let weights: Vec<f64> =
            serde_json::from_value(saved["coefficients"].clone()).unwrap_or_default();
        let best = objective(id, &y, start, &weights);
        for step in [1e-3, 1e-5] {
            for sign in [-1.0, 1.0] {
                for column in 0..=3 {
                    let (mut start, mut weights) = (start, weights.clone());
                    match weights.get_mut(column) {
                        Some(weight) => *weight += sign * step,
                        None => start += sign * step,
                    }
                    let there = objective(id, &y, start, &weights);
                    assert!(there >= best - 1e-12, "{id}: {} lower", best - there);
                }
            }
        }
    }
}

#[test]
fn a_quantile_line_has_its_share_of_answers_below() {
    let (x, scores) = made(400, 3, 9);
    let y = Target::Numbers(scores.clone());
    for share in [0.05, 0.3, 0.9] {
        let params = Params::new().with("share", share);
        let said = predict(&*fit_with("quantile_regression", &x, &y, &params, None), &x);
        // Four rows lie on the line.
        let below = scores
            .iter()
            .zip(&said)
            .filter(|(y, s)| **y < **s - 1e-9)
            .count() as f64;
        let above = scores
            .iter()
            .zip(&said)
            .filter(|(y, s)| **y > **s + 1e-9)
            .count() as f64;
        assert!(below <= share * 400.0 + 1e-9, "{share}: {below} below");
        assert!(
            above <= (1.0 - share) * 400.0 + 1e-9,
            "{share}: {above} above"
        );
        assert_eq!(400.0 - below - above, 4.0, "{share}");
    }
}

#[test]
fn levels_of_a_category_are_read_though_they_add_up_to_one() {
    let (x, scores) = made(120, 1, 10);
    let values = (0..120).flat_map(|row| {
        let level = row % 3;
        let marks = (0..3).map(move |other| f64::from(u8::from(level == other)));
        std::iter::once(x.row(row)[0])
            .chain(marks)
            .collect::<Vec<f64>>()
    });
    let x = must(Matrix::new(120, 4, values.collect()));
    let free = Params::new().with("penalty", 0.0);
    let two = Target::Classes {
        codes: scores.iter().map(|score| u32::from(*score > 0.1)).collect(),
        count: 2,
    };
    for (id, params, y) in [
        ("linear_regression", Params::new(), target_for("", &scores)),
        (
            "poisson_regression",
            free.clone(),
            target_for("poisson_regression", &scores),
        ),
        (
            "gamma_regression",
            free,
            target_for("gamma_regression", &scores),
        ),
        (
            "logistic_regression",
            Params::new().with("penalty", "none"),
            two,
        ),
    ] {
        let model = fit_with(id, &x, &y, &params, None);
        let table = model
            .coefficients()
            .unwrap_or_else(|| panic!("{id}: no table"));
        let features: Vec<Option<usize>> = table.rows.iter().map(|row| row.feature).collect();
        assert_eq!(features, [None, Some(0), Some(1), Some(2)], "{id}");
        assert!(
            table.rows.iter().all(|row| row.standard_error < 10.0),
            "{id}"
        );
        let said = model.sentence(&[], &[]);
        assert!(said.contains("1 column set aside"), "{id}: {said}");
    }
}

#[test]
fn classes_told_apart_without_a_mistake_have_no_standard_errors() {
    let (x, _) = made(60, 2, 11);
    let codes = (0..60).map(|row| u32::from(x.row(row)[0] > 0.0)).collect();
    let y = Target::Classes { codes, count: 2 };
    let params = Params::new().with("penalty", "none");
    let model = fit_with("logistic_regression", &x, &y, &params, None);
    assert!(model.coefficients().is_none());
    assert!(model.sentence(&[], &[]).contains("without a mistake"));
}

#[test]
fn answers_that_cannot_be_are_refused_by_name() {
    let (x, _) = made(20, 2, 12);
    for (id, wrong) in [
        ("poisson_regression", -1.0),
        ("tweedie_regression", -0.5),
        ("gamma_regression", 0.0),
    ] {
        let mut answers = vec![1.0; 20];
        answers[6] = wrong;
        let task = TaskContext::new();
        let learner = must(learn::by_id(id));
        let y = Target::Numbers(answers);
        let error = learner.fit(&x, &y, &Params::new(), &FitContext::new(&task, 1));
        let error = error
            .err()
            .unwrap_or_else(|| panic!("{id} accepted {wrong}"));
        assert_eq!(error.code, "answers_out_of_range");
        assert!(error.why.contains("row 7"), "{}", error.why);
    }
}

#[test]
fn a_path_ends_where_its_penalty_says() {
    let (x, scores) = made(50, 6, 13);
    let y = Target::Numbers(scores);
    for id in ["ridge_regression", "lasso", "elastic_net"] {
        let model = fit_with(id, &x, &y, &Params::new(), None);
        let path = model.path().unwrap_or_else(|| panic!("{id} has no path"));
        assert!(path.penalties.windows(2).all(|pair| pair[0] > pair[1]));
        assert_eq!(path.errors.len(), path.penalties.len());
        let best = (0..path.errors.len())
            .min_by(|&a, &b| path.errors[a].total_cmp(&path.errors[b]))
            .unwrap_or(0);
        assert_eq!(path.penalties[best], path.chosen, "{id}");
        // The weights of the model are those of the path at the penalty chosen.
        let saved = model.save();
        let weights: Vec<f64> =
            serde_json::from_value(saved["coefficients"].clone()).unwrap_or_default();
        let count = path.columns.len();
        let shown = &path.coefficients[best * count..(best + 1) * count];
        let own: Vec<f64> = path.columns.iter().map(|&column| weights[column]).collect();
        let off = difference(shown, &own);
        assert!(off < 1e-7, "{id}: differs by {off}");
        if id != "ridge_regression" {
            assert_eq!(path.used[0], 0, "{id}");
        }
    }
}

#[test]
fn leaving_one_out_of_a_ridge_regression_is_what_it_says() {
    let (x, scores) = made(25, 3, 14);
    let y = Target::Numbers(scores.clone());
    let model = fit_with("ridge_regression", &x, &y, &Params::new(), None);
    let path = model.path().unwrap_or_else(|| panic!("no path"));
    for place in [5, 25, 50] {
        let params = Params::new()
            .with("penalty_choice", "given")
            .with("penalty", path.penalties[place]);
        let squares = (0..25).map(|out| {
            let rest: Vec<usize> = (0..25).filter(|&row| row != out).collect();
            let model = fit_with(
                "ridge_regression",
                &x.take_rows(&rest),
                &y.rows(&rest),
                &params,
                None,
            );
            (predict(&*model, &x.take_rows(&[out]))[0] - scores[out]).powi(2)
        });
        let error = squares.sum::<f64>() / 25.0;
        let off = (error - path.errors[place]).abs();
        assert!(
            off < 1e-9 * error.max(1.0),
            "{place}: {error} {}",
            path.errors[place]
        );
    }
}

#[test]
fn rounds_are_told_while_a_fit_goes_on() {
    let (x, scores) = made(80, 4, 15);
    for id in NUMBERS.iter().chain(CLASSES) {
        let learner = must(learn::by_id(id));
        let told = std::cell::RefCell::new(Vec::new());
        let on_round = |round: Round| told.borrow_mut().push(round);
        let task = TaskContext::new();
        let mut context = FitContext::new(&task, 1);
        context.on_round = Some(&on_round);
        must(learner.fit(&x, &target_for(id, &scores), &Params::new(), &context));
        let told = told.into_inner();
        assert_eq!(learner.capabilities().live, !told.is_empty(), "{id}");
        assert!(
            told.iter().all(|round| round.round >= 1
                && round.round <= round.rounds
                && round.training.is_finite()),
            "{id}: {told:?}"
        );
    }
}

/// Sums over many rows are rounded more coarsely than the last steps are long.
#[test]
fn fits_of_many_rows_come_to_their_end() {
    let (x, scores) = made(100_000, 8, 19);
    for id in [
        "tweedie_regression",
        "poisson_regression",
        "gamma_regression",
    ] {
        let amounts: Vec<f64> = scores.iter().map(|score| score.exp()).collect();
        let last = std::cell::Cell::new(0);
        let on_round = |round: Round| last.set(round.round);
        let task = TaskContext::new();
        let mut context = FitContext::new(&task, 1);
        context.on_round = Some(&on_round);
        let y = Target::Numbers(amounts);
        must(must(learn::by_id(id)).fit(&x, &y, &Params::new(), &context));
        assert!((2..20).contains(&last.get()), "{id}: {} rounds", last.get());
    }
}

/// A start found on some rows changes nothing but the time.
#[test]
fn logistic_weights_of_many_rows_are_those_found_without_a_start() {
    use benchtop::learn::engine::softmax::{self, Method};
    let (x, scores) = made(20_000, 3, 20);
    for count in [2, 3] {
        let code = |score: &f64| match count {
            2 => u32::from(*score > 0.0),
            _ => (score + 1.5).clamp(0.0, 2.0) as u32,
        };
        let codes: Vec<u32> = scores.iter().map(code).collect();
        let task = TaskContext::new();
        let context = FitContext::new(&task, 1);
        let found = must(softmax::fit(&x, &codes, count, 1.0, &context));
        let plain = softmax::fit_by(Method::Newton, &x, &codes, count, 1.0, &task);
        let plain = must(plain);
        assert!(found.converged && plain.converged && found.iterations < plain.iterations);
        for (a, b) in found.sets.iter().zip(&plain.sets) {
            assert!(difference(a, b) < 1e-6, "{a:?} {b:?}");
        }
    }
}

#[test]
fn a_fit_stops_soon_after_it_is_told_to() {
    // More work than is done between two looks, for every learner.
    let (x, scores) = made(3000, 120, 16);
    for id in NUMBERS.iter().chain(CLASSES) {
        let learner = must(learn::by_id(id));
        let y = target_for(id, &scores);
        for params in [Params::new(), settings(id)] {
            let task = TaskContext::new();
            let stopped = std::thread::scope(|scope| {
                scope.spawn(|| {
                    while task.current().what.is_empty() {
                        std::thread::yield_now();
                    }
                    task.cancel();
                });
                let result = learner.fit(&x, &y, &params, &FitContext::new(&task, 1));
                // Those that never say how far they are are too quick to be stopped.
                task.progress(1, 1, "done");
                result
            });
            if let Err(error) = stopped {
                assert!(error.is_cancelled(), "{id}: {error}");
            }
        }
    }
}

#[test]
fn tails_of_distributions_are_those_of_scipy() {
    use benchtop::base::distributions::{
        NORMAL_95, fisher_above, normal_two_sided, student_quantile, student_two_sided,
    };
    // scipy.stats: 2 norm.sf(z), 2 t.sf(t, d), f.sf(f, a, b), t.ppf(0.975, d).
    let close = |found: f64, expected: f64| {
        assert!(
            (found - expected).abs() <= 1e-10 * expected,
            "{found} {expected}"
        );
    };
    for (z, p) in NORMAL {
        close(normal_two_sided(*z), *p);
    }
    for (t, degrees, p) in STUDENT {
        close(student_two_sided(*t, *degrees), *p);
    }
    for (f, between, within, p) in FISHER {
        close(fisher_above(*f, *between, *within), *p);
    }
    close(student_quantile(0.975, 3.0), 3.182446305284263);
    close(student_quantile(0.975, 1e7), 1.959964221767205);
    close(normal_two_sided(NORMAL_95), 0.05);
    assert_eq!(normal_two_sided(0.0), 1.0);
    assert_eq!(student_two_sided(f64::MAX, 5.0), 0.0);
}

const NORMAL: &[(f64, f64)] = &[
    (0.01, 0.9920212873707368),
    (0.5, 0.6170750774519738),
    (1.0, 0.31731050786291415),
    (1.96, 0.04999579029644087),
    (3.0, 0.0026997960632601866),
    (6.5, 8.032001167718176e-11),
    (20.0, 5.507248237212311e-89),
];
const STUDENT: &[(f64, f64, f64)] = &[
    (0.1, 1.0, 0.9365489651388929),
    (1.0, 1.0, 0.49999999999999956),
    (2.0, 3.0, 0.1393259685588431),
    (12.7, 4.0, 0.0002214090715509658),
    (2.5, 30.0, 0.018115649068066706),
    (8.0, 57.0, 6.87254803248374e-11),
    (40.0, 200.0, 2.248739653520226e-97),
    (1.5, 100000.0, 0.1336175595228306),
];
const FISHER: &[(f64, f64, f64, f64)] = &[
    (0.5, 2.0, 10.0, 0.620921323059155),
    (1.0, 3.0, 40.0, 0.40279721823976833),
    (4.2, 5.0, 100.0, 0.0016597365952658143),
    (30.0, 4.0, 57.0, 1.9193866367490606e-13),
];
