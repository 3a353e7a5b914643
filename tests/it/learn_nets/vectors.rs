//! Support vectors.

use super::*;

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
