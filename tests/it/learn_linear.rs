//! Learners that add up weighted columns: against scikit-learn and statsmodels, and by what their
//! minima must satisfy.

use benchtop::base::{Params, TaskContext, UserError};
use benchtop::learn::{self, FitContext, Matrix, Model, Target};
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
