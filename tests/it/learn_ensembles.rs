//! Learners made of other learners: what they say is what their members say, put together.

use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::learn::engine::blend;
use benchtop::learn::engine::folds::parts;
use benchtop::learn::{self, FitContext, Matrix, Model, Target};

use crate::learners::{difference, must};

fn fit(id: &str, x: &Matrix, y: &Target, params: &Params) -> Result<Box<dyn Model>, UserError> {
    let task = TaskContext::new();
    must(learn::by_id(id)).fit(x, y, params, &FitContext::new(&task, 1))
}

fn predict(model: &dyn Model, x: &Matrix) -> Vec<f64> {
    must(model.predict(x, &TaskContext::new()))
}

/// Two columns that matter and one that does not, with noise.
fn noisy(rows: usize, seed: u64) -> (Matrix, Target, Target) {
    let mut random = Random::new(seed);
    let values: Vec<f64> = (0..rows * 3)
        .map(|_| f64::from((random.next_f64() * 4.0 - 2.0) as f32))
        .collect();
    let x = must(Matrix::new(rows, 3, values));
    let score: Vec<f64> = (0..rows)
        .map(|row| {
            let noise = random.next_f64() + random.next_f64() - 1.0;
            x.row(row)[0] + x.row(row)[1] * x.row(row)[1] + 1.5 * noise
        })
        .collect();
    let classes = Target::Classes {
        codes: score
            .iter()
            .map(|&v| u32::from(v > 0.5) + u32::from(v > 2.0))
            .collect(),
        count: 3,
    };
    (x, classes, Target::Numbers(score))
}

/// Exactly these members.
fn of(members: &[&str]) -> Params {
    learn::REGISTRY
        .iter()
        .filter(|learner| {
            let able = learner.capabilities();
            !able.yardstick && !able.combines
        })
        .fold(Params::new(), |params, learner| {
            params.with(learner.id(), members.contains(&learner.id()))
        })
}

#[test]
fn voting_is_the_average_of_its_members() {
    let (x, classes, numbers) = noisy(150, 1);
    let (new, _, _) = noisy(60, 2);
    for (y, other) in [
        (&classes, "logistic_regression"),
        (&numbers, "linear_regression"),
    ] {
        let both = must(fit("voting", &x, y, &of(&["decision_tree", other])));
        // A line and a tree do not depend on scale, up to rounding; the penalty of logistic
        // regression does, so it is given the columns that voting gives it.
        let tree = predict(&*must(fit("decision_tree", &x, y, &Params::new())), &new);
        let scaled = |rows: &Matrix| {
            let mut scaled = rows.clone();
            for col in 0..3 {
                let values = x.column(col);
                let mean = values.iter().sum::<f64>() / 150.0;
                let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 150.0;
                for row in 0..rows.rows {
                    let cell = &mut scaled.values[row * 3 + col];
                    *cell = (*cell - mean) / variance.sqrt();
                }
            }
            scaled
        };
        let line = must(fit(other, &scaled(&x), y, &Params::new()));
        let line = predict(&*line, &scaled(&new));
        let expected: Vec<f64> = tree.iter().zip(&line).map(|(a, b)| (a + b) / 2.0).collect();
        assert!(difference(&predict(&*both, &new), &expected) < 1e-9);
    }
}

#[test]
fn ensembles_need_members_that_can_do_the_task() {
    let (x, classes, numbers) = noisy(60, 3);
    for id in ["voting", "stacking"] {
        for members in [
            &["decision_tree"] as &[&str],
            &["decision_tree", "linear_regression"],
        ] {
            let error = fit(id, &x, &classes, &of(members)).err();
            assert_eq!(error.map(|e| e.code), Some("too_few_members".to_owned()));
        }
        assert!(
            fit(
                id,
                &x,
                &numbers,
                &of(&["decision_tree", "linear_regression"])
            )
            .is_ok()
        );
    }
}

/// Members that cannot learn such numbers are left out, and do not count.
#[test]
fn members_of_an_ensemble_can_learn_its_numbers() {
    let (x, _, _) = noisy(60, 9);
    let from = |lowest: f64| Target::Numbers((0..60).map(|row| lowest + f64::from(row)).collect());
    let members = &[
        "linear_regression",
        "poisson_regression",
        "gamma_regression",
    ];
    for id in ["voting", "stacking"] {
        let error = fit(id, &x, &from(-1.0), &of(members)).err();
        assert_eq!(error.map(|e| e.code), Some("too_few_members".to_owned()));
        for (lowest, count) in [(0.0, 2), (1.0, 3)] {
            let saved = must(fit(id, &x, &from(lowest), &of(members))).save();
            let names: Vec<_> = saved["members"].as_array().into_iter().flatten().collect();
            assert_eq!(names.len(), count, "{id} from {lowest}");
            let amounts = names.iter().any(|m| m["learner"] == "gamma_regression");
            assert_eq!(amounts, lowest > 0.0, "{id} from {lowest}");
        }
    }
}

#[test]
fn an_ensemble_has_no_ensemble_among_its_members() {
    for id in ["voting", "stacking", "calibrated"] {
        let learner = must(learn::by_id(id));
        for spec in learner.params() {
            assert!(!["voting", "stacking", "calibrated", "guessing"].contains(&spec.key));
        }
        let (x, classes, _) = noisy(60, 4);
        let mut saved = must(fit(id, &x, &classes, &Params::new())).save();
        assert!(learner.load(&saved).is_ok());
        let member = if id == "calibrated" {
            "/member/learner"
        } else {
            "/members/0/learner"
        };
        *saved.pointer_mut(member).unwrap_or_else(|| panic!()) = serde_json::json!("voting");
        assert!(learner.load(&saved).is_err());
    }
}

#[test]
fn stacking_trusts_the_member_that_is_right() {
    let (x, _, _) = noisy(200, 5);
    // A line through the columns: the tree can only approach it by steps.
    let y = Target::Numbers(
        (0..200)
            .map(|row| 3.0 * x.row(row)[0] - x.row(row)[1])
            .collect(),
    );
    let params = of(&["decision_tree", "linear_regression"]);
    let model = must(fit("stacking", &x, &y, &params));
    let facts = model.facts(&[], &[]);
    assert_eq!(facts[0].label, "Linear regression");
    assert!(
        facts[0].value > 0.95 && facts[1].value.abs() < 0.05,
        "{facts:?}"
    );
    let (new, _, _) = noisy(80, 6);
    let truth: Vec<f64> = (0..80)
        .map(|row| 3.0 * new.row(row)[0] - new.row(row)[1])
        .collect();
    assert!(difference(&predict(&*model, &new), &truth) < 0.2);
}

#[test]
fn ridge_weights_solve_their_equations() {
    let (x, _, Target::Numbers(y)) = noisy(90, 7) else {
        panic!("numbers")
    };
    let columns: Vec<Vec<f64>> = (0..3).map(|col| x.column(col)).collect();
    let task = TaskContext::new();
    let sum = must(blend::ridge(&columns, &y, None, &task)).unwrap_or_else(|| panic!());
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let residual: Vec<f64> = (0..90)
        .map(|row| {
            y[row] - sum.intercept - (0..3).map(|c| sum.weights[c] * x.row(row)[c]).sum::<f64>()
        })
        .collect();
    assert!(mean(&residual).abs() < 1e-12);
    // The gradient of the squared error is balanced by a penalty, the same for every weight.
    let variance = y
        .iter()
        .map(|v| (v - mean(&y)) * (v - mean(&y)))
        .sum::<f64>()
        / 90.0;
    let penalties: Vec<f64> = (0..3)
        .map(|c| {
            let pull: f64 = columns[c].iter().zip(&residual).map(|(a, b)| a * b).sum();
            pull / variance / sum.weights[c]
        })
        .collect();
    let nearest = [0.1, 1.0, 10.0]
        .into_iter()
        .find(|penalty| penalties.iter().all(|found| (found - penalty).abs() < 1e-6));
    assert!(nearest.is_some(), "{penalties:?}");
    // Counting every row twice is having every row twice.
    let twice: Vec<Vec<f64>> = columns
        .iter()
        .map(|c| [c.clone(), c.clone()].concat())
        .collect();
    let doubled = must(blend::ridge(
        &twice,
        &[y.clone(), y.clone()].concat(),
        None,
        &task,
    ));
    let weighted = must(blend::ridge(&columns, &y, Some(&[2.0; 90]), &task));
    let (doubled, weighted) = (
        doubled.unwrap_or_else(|| panic!()),
        weighted.unwrap_or_else(|| panic!()),
    );
    assert!(difference(&doubled.weights, &weighted.weights) < 1e-9);
}

#[test]
fn mixtures_find_the_shares_that_made_the_rows() {
    // The first model gives the truth 0.9 or 0.2, the second always 0.5: with 70 of 100 rows at
    // 0.9 the likelihood is highest where its slope, Σ (p − q) / (w p + (1 − w) q), is 0.
    let first: Vec<f64> = (0..100)
        .map(|row| if row < 70 { 0.9 } else { 0.2 })
        .collect();
    let second = vec![0.5; 100];
    let task = TaskContext::new();
    let shares = must(blend::mixture(
        &[first.clone(), second.clone()],
        None,
        &task,
    ));
    let slope: f64 = first
        .iter()
        .zip(&second)
        .map(|(p, q)| (p - q) / (shares[0] * p + shares[1] * q))
        .sum();
    assert!(slope.abs() < 1e-4, "{shares:?} {slope}");
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn more_classes_than_a_model_on_top_can_take_are_mixed() {
    let (x, _, Target::Numbers(score)) = noisy(300, 8) else {
        panic!("numbers")
    };
    let codes = score
        .iter()
        .map(|v| ((v + 4.0) * 1.5).clamp(0.0, 11.0) as u32)
        .collect();
    let y = Target::Classes { codes, count: 12 };
    let model = must(fit(
        "stacking",
        &x,
        &y,
        &of(&["decision_tree", "logistic_regression"]),
    ));
    let shares: Vec<f64> = model
        .facts(&[], &[])
        .iter()
        .map(|fact| fact.value)
        .collect();
    assert_eq!(shares.len(), 2);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

/// Mean squared distance of probabilities from what happened.
fn brier(model: &dyn Model, x: &Matrix, y: &Target) -> f64 {
    let Target::Classes { codes, count } = y else {
        panic!("classes")
    };
    let predicted = predict(model, x);
    let rows = predicted.chunks_exact(*count).zip(codes);
    let each = rows.map(|(row, &code)| {
        row.iter()
            .enumerate()
            .map(|(class, p)| (p - f64::from(u8::from(class == code as usize))).powi(2))
            .sum::<f64>()
    });
    each.sum::<f64>() / x.rows as f64
}

#[test]
fn calibrating_mends_probabilities_that_are_too_bold() {
    let (x, y, _) = noisy(900, 9);
    let (new, truth, _) = noisy(2_000, 10);
    // A neighbour of one's own is always sure.
    let bold = must(fit(
        "k_nearest_neighbours",
        &x,
        &y,
        &Params::new().with("neighbours", 1_i64),
    ));
    let tree = must(fit("decision_tree", &x, &y, &Params::new()));
    let bold = brier(&*bold, &new, &truth).min(brier(&*tree, &new, &truth));
    for curve in ["sigmoid", "isotonic"] {
        let params = Params::new()
            .with("model", "decision_tree")
            .with("curve", curve);
        let mended = must(fit("calibrated", &x, &y, &params));
        let mended = brier(&*mended, &new, &truth);
        assert!(mended < bold, "{curve}: {mended} instead of {bold}");
    }
}

#[test]
fn parts_are_even_in_every_class() {
    let codes: Vec<u32> = (0..103).map(|row| u32::from(row % 10 == 0)).collect();
    let y = Target::Classes {
        codes: codes.clone(),
        count: 2,
    };
    let parts = parts(&y, 5, 3);
    for class in [0, 1] {
        let sizes: Vec<usize> = (0..5)
            .map(|part| {
                (0..103)
                    .filter(|&row| parts.of[row] == part && codes[row] == class)
                    .count()
            })
            .collect();
        let (least, most) = (sizes.iter().min(), sizes.iter().max());
        assert!(
            most.zip(least)
                .is_some_and(|(most, least)| most - least <= 1),
            "{sizes:?}"
        );
    }
}
