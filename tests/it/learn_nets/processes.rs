//! Gaussian processes.

use super::*;

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

/// Rows that all count once.
fn equal(distances: &[f64]) -> gaussian::Rows<'_> {
    gaussian::Rows {
        distances,
        weights: None,
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
            equal(&fixture.distances()),
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
            equal(&fixture.distances()),
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
    let fit = gaussian::numbers(
        equal(&fixture.distances()),
        &standard,
        &sizes(&*model),
        &task,
    );
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
        equal(&fixture.distances()),
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
    let y = Target::Numbers(vec![0.0; 2001]);
    let many = Matrix::zeros(2001, 2);
    let context = FitContext::new(&task, 1);
    let refused = learner.fit(&many, &y, &Params::new(), &context).err();
    assert_eq!(refused.map(|e| e.code), Some("too_many_rows".to_owned()));
}

#[test]
fn a_row_of_weight_two_is_two_rows_to_a_gaussian_process() {
    let (x, classes, numbers) = moons(60, 3);
    let (new, _, _) = moons(40, 4);
    let weights: Vec<f64> = (0..60).map(|row| f64::from(1 + row % 2)).collect();
    let twice: Vec<usize> = (0..60).flat_map(|row| vec![row; 1 + row % 2]).collect();
    let none = Params::new();
    for y in [&classes, &numbers] {
        let weighted = fit_with("gaussian_process", &x, y, Some(&weights), &none);
        let (rows, answers) = (x.take_rows(&twice), y.rows(&twice));
        let doubled = fit_with("gaussian_process", &rows, &answers, None, &none);
        let single = fit_with("gaussian_process", &x, y, None, &none);
        let weighted = predict(&*weighted, &new);
        let off = difference(&weighted, &predict(&*doubled, &new));
        assert!(off < 1e-6, "differs by {off}");
        assert!(difference(&weighted, &predict(&*single, &new)) > 1e-5);
    }
}
