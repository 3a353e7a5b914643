//! Agreement with scikit-learn, and with comparing every row.

use super::*;

#[test]
fn neighbours_are_those_of_comparing_with_every_row() {
    for (rows, cols, step) in [(200, 3, 0.5), (500, 2, 0.25), (300, 20, 1.0), (100, 1, 1.0)] {
        // A coarse grid: many equal distances and equal rows.
        let grid = |seed| {
            changed(&random_matrix(rows, cols, seed), |_, _, v| {
                (v / step).round() * step
            })
        };
        let (x, new) = (grid(12), grid(13));
        let answers: Vec<f64> = (0..rows).map(|row| row as f64).collect();
        for count in [1, 4, 33] {
            let params = Params::new().with("neighbours", count as i64);
            let learner = must(learn::by_id("k_nearest_neighbours"));
            let model = must(fit(learner, &x, &Target::Numbers(answers.clone()), &params));
            let expected: Vec<f64> = (0..new.rows)
                .map(|query| {
                    let mut found: Vec<(f64, usize)> = (0..rows)
                        .map(|row| {
                            let pairs = x.row(row).iter().zip(new.row(query));
                            (pairs.fold(0.0, |sum, (a, b)| sum + (b - a) * (b - a)), row)
                        })
                        .collect();
                    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                    found
                        .iter()
                        .take(count)
                        .map(|(_, row)| *row as f64)
                        .sum::<f64>()
                        / count as f64
                })
                .collect();
            assert_eq!(
                predict(&*model, &new),
                expected,
                "{rows} × {cols}, {count} neighbours"
            );
        }
    }
}

#[derive(Deserialize)]
struct LinearCase {
    name: String,
    x: FixtureMatrix,
    y: Vec<f64>,
    coefficients: Vec<f64>,
    intercept: f64,
    predictions: Vec<f64>,
}

#[test]
fn linear_regression_agrees_with_scikit_learn() {
    for case in fixture::<Cases<LinearCase>>("linear").cases {
        let x = case.x.matrix();
        let learner = must(learn::by_id("linear_regression"));
        let model = must(fit(learner, &x, &Target::Numbers(case.y), &Params::new()));
        let off = difference(&predict(&*model, &x), &case.predictions);
        assert!(off < 1e-9, "{}: predictions differ by {off}", case.name);
        if case.name.contains("copied") {
            continue; // The weights of equal columns can be shared out in many ways.
        }
        let saved = model.save();
        let numbers =
            |key: &str| serde_json::from_value::<Vec<f64>>(saved[key].clone()).unwrap_or_default();
        for (found, expected) in numbers("coefficients").iter().zip(&case.coefficients) {
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs(),
                "{}: {found} {expected}",
                case.name
            );
        }
        let intercept = saved["intercept"].as_f64().unwrap_or(f64::NAN);
        assert!(
            (intercept - case.intercept).abs() <= 1e-8 * case.intercept.abs().max(1.0),
            "{}",
            case.name
        );
    }
}

#[derive(Deserialize)]
struct LogisticCase {
    name: String,
    x: FixtureMatrix,
    y: Vec<u32>,
    classes: usize,
    strength: f64,
    probabilities: Vec<f64>,
}

#[test]
fn logistic_regression_agrees_with_scikit_learn() {
    for case in fixture::<Cases<LogisticCase>>("logistic").cases {
        let x = case.x.matrix();
        let y = Target::Classes {
            codes: case.y,
            count: case.classes,
        };
        let params = Params::new().with("strength", case.strength);
        let model = must(fit(
            must(learn::by_id("logistic_regression")),
            &x,
            &y,
            &params,
        ));
        assert_eq!(
            model.save()["converged"],
            serde_json::json!(true),
            "{}",
            case.name
        );
        let off = difference(&predict(&*model, &x), &case.probabilities);
        assert!(off < 1e-6, "{}: probabilities differ by {off}", case.name);
    }
}

#[test]
fn both_ways_of_fitting_logistic_regression_agree() {
    use benchtop::learn::engine::softmax::{self, Method};
    for case in fixture::<Cases<LogisticCase>>("logistic").cases {
        let x = case.x.matrix();
        let task = TaskContext::new();
        let solve = |method| {
            let fit = must(softmax::fit_by(
                method,
                &x,
                &case.y,
                case.classes,
                case.strength,
                &task,
            ));
            assert!(
                fit.converged,
                "{} {method:?} after {} rounds",
                case.name, fit.iterations
            );
            fit.sets.concat()
        };
        let off = difference(&solve(Method::Newton), &solve(Method::Lbfgs));
        assert!(off < 1e-4, "{}: weights differ by {off}", case.name);
    }
}

#[derive(Deserialize)]
struct TreeCase {
    kind: String,
    max_depth: i64,
    min_rows_leaf: i64,
    min_rows_split: i64,
    x: FixtureMatrix,
    y: Vec<f64>,
    outputs: usize,
    feature: Vec<u32>,
    threshold: Vec<f64>,
    rows: Vec<u32>,
    importance: Vec<f64>,
    new: FixtureMatrix,
    predictions: Vec<f64>,
}

#[test]
fn decision_trees_are_those_of_scikit_learn() {
    for case in fixture::<Cases<TreeCase>>("tree").cases {
        let what = format!("{} at depth {}", case.kind, case.max_depth);
        let y = match case.kind.as_str() {
            "classes" => Target::Classes {
                codes: case.y.iter().map(|&v| v as u32).collect(),
                count: case.outputs,
            },
            _ => Target::Numbers(case.y),
        };
        let params = Params::new()
            .with("max_depth", case.max_depth)
            .with("min_rows_leaf", case.min_rows_leaf)
            .with("min_rows_split", case.min_rows_split);
        let model = must(fit(
            must(learn::by_id("decision_tree")),
            &case.x.matrix(),
            &y,
            &params,
        ));
        let saved = model.save();
        // Ours are numbered parent, left child, right child; theirs depth first.
        let tree: SavedTree =
            serde_json::from_value(saved["tree"].clone()).unwrap_or_else(|e| panic!("{e}"));
        let order = tree.depth_first();
        let of = |values: &[u32]| order.iter().map(|&node| values[node]).collect::<Vec<_>>();
        assert_eq!(of(&tree.feature), case.feature, "{what}");
        assert_eq!(of(&tree.rows), case.rows, "{what}");
        let thresholds: Vec<f64> = order.iter().map(|&node| tree.threshold[node]).collect();
        assert_eq!(thresholds, case.threshold, "{what}");
        let importance: Vec<f64> =
            serde_json::from_value(saved["importance"].clone()).unwrap_or_default();
        assert!(difference(&importance, &case.importance) < 1e-9, "{what}");
        let off = difference(&predict(&*model, &case.new.matrix()), &case.predictions);
        assert!(off < 1e-12, "{what}: predictions differ by {off}");
    }
}

#[derive(Deserialize)]
struct SavedTree {
    feature: Vec<u32>,
    threshold: Vec<f64>,
    left: Vec<u32>,
    right: Vec<u32>,
    rows: Vec<u32>,
}

impl SavedTree {
    fn depth_first(&self) -> Vec<usize> {
        let (mut order, mut open) = (Vec::new(), vec![0]);
        while let Some(node) = open.pop() {
            order.push(node);
            if self.left[node] as usize != node {
                open.push(self.right[node] as usize);
                open.push(self.left[node] as usize);
            }
        }
        order
    }
}

#[derive(Deserialize)]
struct NeighboursCase {
    neighbours: i64,
    x: FixtureMatrix,
    classes: Vec<u32>,
    values: Vec<f64>,
    new: FixtureMatrix,
    probabilities: Vec<f64>,
    predictions: Vec<f64>,
}

#[test]
fn neighbours_agree_with_scikit_learn() {
    for case in fixture::<Cases<NeighboursCase>>("neighbours").cases {
        let (x, new) = (case.x.matrix(), case.new.matrix());
        let learner = must(learn::by_id("k_nearest_neighbours"));
        let params = Params::new().with("neighbours", case.neighbours);
        let y = Target::Classes {
            codes: case.classes,
            count: 3,
        };
        let model = must(fit(learner, &x, &y, &params));
        assert!(difference(&predict(&*model, &new), &case.probabilities) < 1e-12);
        let model = must(fit(learner, &x, &Target::Numbers(case.values), &params));
        assert!(difference(&predict(&*model, &new), &case.predictions) < 1e-12);
    }
}
