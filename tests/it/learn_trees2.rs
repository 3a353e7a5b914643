//! AdaBoost, isolation forests and the nearness of rows: compared with scikit-learn, and with doing
//! everything by hand.

use std::cell::RefCell;

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::{Params, Random, TaskContext};
use benchtop::learn::engine::hist::TreeEnsemble;
use benchtop::learn::engine::hist::ada_boost::{self, AdaBoostOptions, ErrorCurve};
use benchtop::learn::engine::hist::ensemble::NO_SET;
use benchtop::learn::engine::hist::leaves::proximity;
use benchtop::learn::engine::isolation::{IsolationForest, IsolationOptions, average_path_length};
use benchtop::learn::{self, Feature, FeatureKind, FitContext, Matrix, Model, Target};
use serde::Deserialize;
use tract_onnx::prelude::Tensor;

use crate::learners::{
    FixtureMatrix, difference, fixture, must, predict, random_matrix, run_graph,
};

#[derive(Deserialize)]
struct Fixtures {
    ada_boost: Vec<AdaCase>,
    isolation: IsolationCase,
    proximity: Vec<ProximityCase>,
}

#[derive(Deserialize)]
struct AdaCase {
    name: String,
    /// 0 for numbers.
    classes: usize,
    max_depth: usize,
    rounds: u32,
    learning_rate: f64,
    errors: String,
    x: FixtureMatrix,
    y: Vec<f64>,
    weights: Option<Vec<f64>>,
    new: FixtureMatrix,
    trees: usize,
    importance: Vec<f64>,
    predictions: Vec<f64>,
    /// Numbers: how often each row was drawn, round by round.
    draws: Vec<Vec<u32>>,
}

#[derive(Deserialize)]
struct IsolationCase {
    x: FixtureMatrix,
    odd: Vec<u32>,
    rows_per_tree: u32,
    trees: Vec<PlainTree>,
    new: FixtureMatrix,
    scores: Vec<f64>,
    mean_scores: Vec<f64>,
    least_correlation: f64,
    areas: Vec<f64>,
}

#[derive(Deserialize)]
struct ProximityCase {
    x: FixtureMatrix,
    of: usize,
    trees: Vec<PlainTree>,
    proximity: Vec<f64>,
}

/// A tree as scikit-learn keeps it.
#[derive(Deserialize)]
struct PlainTree {
    left: Vec<i64>,
    right: Vec<i64>,
    feature: Vec<i64>,
    threshold: Vec<f64>,
    rows: Vec<u32>,
}

/// Trees of one value per node; the two children of a node side by side.
fn ensemble(trees: &[PlainTree], features: usize) -> TreeEnsemble {
    let mut all = TreeEnsemble::new(features, vec![0.0], 1);
    for tree in trees {
        let root = all.left.len();
        all.roots.push(root as u32);
        all.tree_output.push(0);
        let mut theirs = vec![0_usize];
        let mut next = 0;
        while next < theirs.len() {
            let node = theirs[next];
            let inner = tree.left[node] >= 0;
            all.left.push(if inner {
                (root + theirs.len()) as u32
            } else {
                (root + next) as u32
            });
            if inner {
                theirs.extend([tree.left[node] as usize, tree.right[node] as usize]);
            }
            all.feature.push(tree.feature[node].max(0) as u32);
            all.threshold
                .push(if inner { tree.threshold[node] } else { 0.0 });
            all.rows.push(tree.rows[node]);
            all.set.push(NO_SET);
            all.missing_left.push(false);
            all.gain.push(0.0);
            all.value.push(node as f64);
            next += 1;
        }
    }
    assert_eq!(all.fault(), None);
    all
}

fn fit(
    id: &str,
    x: &Matrix,
    y: &Target,
    params: &Params,
    context: &FitContext<'_>,
) -> Box<dyn Model> {
    must(must(learn::by_id(id)).fit(x, y, params, context))
}

fn assert_graph(what: &str, model: &dyn Model, new: &Matrix, tolerance: f64) {
    let mut graph = Graph::new();
    let input = graph.input("x", ElementType::Double);
    let output = must(model.graph(&mut graph, &input));
    let tensor =
        Tensor::from_shape(&[new.rows, new.cols], &new.values).unwrap_or_else(|e| panic!("{e}"));
    let theirs = run_graph(&graph, vec![tensor], &output);
    let off = difference(&theirs, &predict(model, new));
    assert!(off <= tolerance, "{what}: the graph differs by {off}");
}

/// Numbers with few different values, a category, blanks.
fn mixed(rows: usize, seed: u64) -> (Matrix, Vec<Feature>) {
    let mut random = Random::new(seed);
    let mut values = Vec::new();
    for _ in 0..rows {
        values.push(random.below(12) as f64 * 0.5);
        let blank = random.below(9) == 0;
        values.push(if blank {
            f64::NAN
        } else {
            random.below(20) as f64 - 7.0
        });
        let blank = random.below(11) == 0;
        values.push(if blank {
            f64::NAN
        } else {
            random.below(6) as f64
        });
    }
    let kinds = [
        FeatureKind::Number,
        FeatureKind::Number,
        FeatureKind::Category { levels: 7 },
    ];
    let features = kinds.into_iter().enumerate().map(|(column, kind)| Feature {
        name: format!("c{column}"),
        kind,
    });
    (
        must(Matrix::new(rows, 3, values)),
        features.collect::<Vec<_>>(),
    )
}

fn targets(x: &Matrix) -> [Target; 3] {
    let score: Vec<f64> = (0..x.rows)
        .map(|row| {
            let of: Vec<f64> = x
                .row(row)
                .iter()
                .map(|v| if v.is_nan() { 2.5 } else { *v })
                .collect();
            of[0] + (of[1] * 0.7).sin() * 3.0 + [0.0, 4.0, 1.0, 3.0, 0.5, 2.0, 1.5][of[2] as usize]
        })
        .collect();
    let mut sorted = score.clone();
    sorted.sort_by(f64::total_cmp);
    let cut = |count: usize| {
        let code = |value: &f64| {
            (sorted.partition_point(|other| other < value) * count / score.len()) as u32
        };
        Target::Classes {
            codes: score.iter().map(code).collect(),
            count,
        }
    };
    [cut(2), cut(4), Target::Numbers(score.clone())]
}

// ---- AdaBoost ------------------------------------------------------------------------------------

fn options_of(case: &AdaCase) -> AdaBoostOptions {
    AdaBoostOptions {
        rounds: case.rounds,
        learning_rate: case.learning_rate,
        most_depth: case.max_depth,
        errors: match case.errors.as_str() {
            "square" => ErrorCurve::Square,
            "exponential" => ErrorCurve::Exponential,
            _ => ErrorCurve::Linear,
        },
    }
}

fn shares(values: &[f64]) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    values.iter().map(|value| value / sum).collect()
}

#[test]
fn ada_boost_agrees_with_scikit_learn() {
    let mut compared = [0, 0];
    for case in fixture::<Fixtures>("trees2").ada_boost {
        let (x, new) = (case.x.matrix(), case.new.matrix());
        let task = TaskContext::new();
        let context = FitContext {
            weights: case.weights.as_deref(),
            ..FitContext::new(&task, 1)
        };
        let options = options_of(&case);
        let predictions = if case.classes > 0 {
            compared[0] += 1;
            let y = Target::Classes {
                codes: case.y.iter().map(|&code| code as u32).collect(),
                count: case.classes,
            };
            let params = Params::new()
                .with("rounds", i64::from(case.rounds))
                .with("max_depth", case.max_depth as i64)
                .with("learning_rate", case.learning_rate);
            let model = fit("ada_boost", &x, &y, &params, &context);
            let weights = model.save()["weights"].as_array().map(Vec::len);
            assert_eq!(weights, Some(case.trees), "{}", case.name);
            let features: Vec<String> = (0..x.cols).map(|col| col.to_string()).collect();
            let mut importance = vec![0.0; x.cols];
            for fact in model.facts(&features, &[]) {
                importance[fact.label.parse::<usize>().unwrap_or(9)] = fact.value;
            }
            let off = difference(&importance, &case.importance);
            assert!(off < 1e-6, "{}: importance differs by {off}", case.name);
            assert_graph(&case.name, &*model, &new, 1e-12);
            predict(&*model, &new)
        } else {
            compared[1] += 1;
            // The same rows are drawn as there.
            let draws = RefCell::new(case.draws.iter());
            let mut draw = |_: u32, weights: &[f64]| {
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                draws.borrow_mut().next().cloned().unwrap_or_default()
            };
            let voters = must(ada_boost::numbers(
                &x, &case.y, &options, &context, &mut draw,
            ));
            assert_eq!(voters.weights.len(), case.trees, "{}", case.name);
            let mut importance = voters.trees.importance();
            importance = shares(&importance);
            let off = difference(&importance, &case.importance);
            assert!(off < 1e-6, "{}: importance differs by {off}", case.name);
            must(ada_boost::medians(
                &voters.trees,
                &voters.weights,
                &new,
                &task,
            ))
        };
        let off = difference(&predictions, &case.predictions);
        assert!(off < 1e-9, "{}: predictions differ by {off}", case.name);
    }
    assert_eq!(compared, [6, 4]);
}

#[test]
fn rows_are_drawn_as_often_as_they_weigh() {
    let weights: Vec<f64> = (0..50).map(|row| f64::from(row % 5) / 100.0).collect();
    let mut sums = [0_u32; 50];
    let mut random = Random::new(4);
    let times = 4_000;
    for _ in 0..times {
        let counts = ada_boost::drawn(&weights, &mut random);
        // As many as count.
        assert_eq!(counts.iter().sum::<u32>(), 40);
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    for (sum, weight) in sums.iter().zip(&weights) {
        let expected = f64::from(times) * 40.0 * weight;
        // Five standard deviations.
        assert!((f64::from(*sum) - expected).abs() <= 5.0 * expected.sqrt());
    }
    assert_eq!(ada_boost::drawn(&[0.0, 1.0, 0.0], &mut random), [0, 1, 0]);
}

#[test]
fn the_middle_of_trees_is_the_weighted_median_here_and_in_the_graph() {
    let (x, features) = mixed(400, 3);
    let [_, _, y] = targets(&x);
    let task = TaskContext::new();
    let context = FitContext {
        features: &features,
        ..FitContext::new(&task, 5)
    };
    for (depth, rounds) in [(1, 40), (3, 25), (3, 1)] {
        let params = Params::new()
            .with("rounds", i64::from(rounds))
            .with("max_depth", i64::from(depth));
        let model = fit("ada_boost", &x, &y, &params, &context);
        let saved = model.save();
        let trees: TreeEnsemble =
            serde_json::from_value(saved["trees"].clone()).unwrap_or_else(|e| panic!("{e}"));
        let weights: Vec<f64> =
            serde_json::from_value(saved["weights"].clone()).unwrap_or_else(|e| panic!("{e}"));
        let whole: f64 = weights.iter().sum();
        let expected: Vec<f64> = (0..x.rows)
            .map(|row| {
                let said: Vec<f64> = (0..trees.trees())
                    .map(|tree| {
                        trees.values_at(trees.leaf_of(trees.tree(tree).start, x.row(row)))[0]
                    })
                    .collect();
                // The lowest value with half of the weight at or below it.
                let enough = |limit: f64| {
                    let below = said
                        .iter()
                        .zip(&weights)
                        .filter(|(value, _)| **value <= limit);
                    below.map(|(_, weight)| weight).sum::<f64>() >= whole / 2.0
                };
                said.iter()
                    .copied()
                    .filter(|&value| enough(value))
                    .fold(f64::INFINITY, f64::min)
            })
            .collect();
        assert_eq!(predict(&*model, &x), expected);
        assert_graph("median", &*model, &x, 0.0);
    }
}

#[test]
fn a_row_that_counts_twice_is_two_rows_to_a_vote_of_classes() {
    let (x, features) = mixed(300, 8);
    let weights: Vec<f64> = (0..x.rows).map(|row| (row % 3) as f64).collect();
    let rows: Vec<usize> = (0..x.rows).flat_map(|row| vec![row; row % 3]).collect();
    let task = TaskContext::new();
    let mut context = FitContext {
        features: &features,
        ..FitContext::new(&task, 5)
    };
    let params = Params::new().with("max_depth", 2_i64);
    let [two, four, _] = targets(&x);
    for y in [two, four] {
        context.weights = None;
        let copied = fit(
            "ada_boost",
            &x.take_rows(&rows),
            &y.rows(&rows),
            &params,
            &context,
        );
        context.weights = Some(&weights);
        let weighed = fit("ada_boost", &x, &y, &params, &context);
        let kept = x.take_rows(&rows);
        assert!(difference(&predict(&*weighed, &kept), &predict(&*copied, &kept)) < 1e-9);
    }
}

/// One question about a category divides its levels as well as trying every set of them.
#[test]
fn one_question_about_a_category_is_the_best_of_all_sets() {
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let rows = 200;
        let levels: Vec<f64> = (0..rows).map(|_| random.below(6) as f64).collect();
        let chance: Vec<f64> = (0..6).map(|_| random.next_f64()).collect();
        let codes: Vec<u32> = levels
            .iter()
            .map(|&level| u32::from(random.next_f64() < chance[level as usize]))
            .collect();
        let x = must(Matrix::new(rows, 1, levels.clone()));
        let features = [Feature {
            name: "c".to_owned(),
            kind: FeatureKind::Category { levels: 6 },
        }];
        let task = TaskContext::new();
        let context = FitContext {
            features: &features,
            ..FitContext::new(&task, seed)
        };
        let y = Target::Classes {
            codes: codes.clone(),
            count: 2,
        };
        let params = Params::new().with("rounds", 1_i64);
        let model = fit("ada_boost", &x, &y, &params, &context);
        let trees: TreeEnsemble =
            serde_json::from_value(model.save()["trees"].clone()).unwrap_or_else(|e| panic!("{e}"));
        // Sum over both sides of (yes² + no²) / rows: what the Gini impurity is made of.
        let purity = |goes_left: &dyn Fn(usize) -> bool| {
            let mut counts = [[0.0_f64; 2]; 2];
            for row in 0..rows {
                counts[usize::from(goes_left(row))][codes[row] as usize] += 1.0;
            }
            let side = |[no, yes]: [f64; 2]| (no * no + yes * yes) / (no + yes).max(1.0);
            side(counts[0]) + side(counts[1])
        };
        let found = purity(&|row| trees.goes_left(0, levels[row]));
        let best = (1..63_u32)
            .map(|set| purity(&|row| set >> levels[row] as u32 & 1 == 1))
            .fold(0.0, f64::max);
        assert!((found - best).abs() < 1e-9, "seed {seed}: {found} {best}");
    }
}

#[test]
fn the_number_of_threads_changes_no_byte_of_votes_and_isolation() {
    let (x, features) = mixed(20_000, 1);
    let weights: Vec<f64> = (0..x.rows).map(|row| (row % 4) as f64).collect();
    let quick = Params::new().with("rounds", 6_i64).with("max_depth", 3_i64);
    let few = Params::new().with("trees", 11_i64);
    let [two, four, numbers] = targets(&x);
    for (id, y, params) in [
        ("ada_boost", &two, &quick),
        ("ada_boost", &four, &quick),
        ("ada_boost", &numbers, &quick),
        ("isolation_forest", &two, &few),
        ("isolation_forest", &four, &few),
    ] {
        for weights in [None, Some(&weights[..])] {
            let task = TaskContext::new();
            let fitted = |threads| {
                let context = FitContext {
                    features: &features,
                    threads,
                    weights,
                    ..FitContext::new(&task, 9)
                };
                fit(id, &x, y, params, &context)
            };
            let model = fitted(1);
            let one = model.save().to_string();
            for threads in [2, 5] {
                let other = fitted(threads).save().to_string();
                assert!(one == other, "{id} on {threads} threads");
            }
            let some = x.take_rows(&(0..300).collect::<Vec<_>>());
            assert_graph(id, &*model, &some, 1e-12);
        }
    }
}

#[test]
fn votes_find_what_no_single_question_can() {
    let x = random_matrix(600, 2, 40);
    let inside = |row: usize| x.row(row).iter().all(|value| value.abs() < 1.2);
    let y = Target::Classes {
        codes: (0..x.rows).map(|row| u32::from(inside(row))).collect(),
        count: 2,
    };
    let task = TaskContext::new();
    let told = RefCell::new(Vec::new());
    let on_round = |round: learn::Round| told.borrow_mut().push(round.training);
    let context = FitContext {
        on_round: Some(&on_round),
        ..FitContext::new(&task, 5)
    };
    let model = fit("ada_boost", &x, &y, &Params::new(), &context);
    let told = told.into_inner();
    assert!(told[0] > 0.15, "{told:?}");
    assert!(told[told.len() - 1] < 0.05, "{told:?}");
    let right = predict(&*model, &x)
        .chunks_exact(2)
        .enumerate()
        .filter(|(row, shares)| (shares[1] > 0.5) == inside(*row))
        .count();
    assert!(right > 570, "{right} of 600");
    assert!(model.sentence(&[], &[]).contains("vote"));
}

// ---- Isolation -----------------------------------------------------------------------------------

#[test]
fn path_lengths_are_those_of_the_paper() {
    let gamma = 0.577_215_664_901_532_9;
    assert_eq!([0, 1, 2].map(average_path_length), [0.0, 0.0, 1.0]);
    // Equation 1, written out: 2 H(n − 1) − 2 (n − 1) / n.
    for (rows, expected) in [
        (3, 2.0 * (2.0_f64.ln() + gamma) - 4.0 / 3.0),
        (256, 2.0 * (255.0_f64.ln() + gamma) - 510.0 / 256.0),
    ] {
        assert!((average_path_length(rows) - expected).abs() < 1e-12);
    }
    assert!((average_path_length(256) - 10.244_770_920_119_917).abs() < 1e-12);
    // x ≤ 1? — yes: 1 row. No: x ≤ 5? — yes: 2 rows; no: 5 rows.
    let tree = PlainTree {
        left: vec![1, -1, 3, -1, -1],
        right: vec![2, -1, 4, -1, -1],
        feature: vec![0, -2, 0, -2, -2],
        threshold: vec![1.0, 0.0, 5.0, 0.0, 0.0],
        rows: vec![8, 1, 7, 2, 5],
    };
    let forest = IsolationForest::from_trees(ensemble(&[tree], 1), 8);
    let x = must(Matrix::new(3, 1, vec![0.0, 3.0, 9.0]));
    let found = must(forest.unusualness(&x, &TaskContext::new()));
    let lengths = [1.0, 2.0 + 1.0, 2.0 + average_path_length(5)];
    let expected = lengths.map(|length| f64::exp2(-length / average_path_length(8)));
    assert!(difference(&found, &expected) < 1e-15, "{found:?}");
    assert_eq!(forest.fault(), None);
}

#[test]
fn rows_are_as_unusual_as_scikit_learn_says_of_its_trees() {
    let case = fixture::<Fixtures>("trees2").isolation;
    let trees = ensemble(&case.trees, case.x.matrix().cols);
    let forest = IsolationForest::from_trees(trees, case.rows_per_tree);
    let found = must(forest.unusualness(&case.new.matrix(), &TaskContext::new()));
    let off = difference(&found, &case.scores);
    assert!(off < 1e-12, "differs by {off}");
}

#[derive(Deserialize)]
struct ReasonCase {
    rows_per_tree: u32,
    trees: Vec<PlainTree>,
    new: FixtureMatrix,
    scores: Vec<f64>,
    saved: Vec<f64>,
    margins: Vec<f64>,
}

#[test]
fn columns_save_the_cuts_that_the_ways_through_trees_of_scikit_learn_say() {
    let case = fixture::<ReasonCase>("isolation");
    let x = case.new.matrix();
    let task = TaskContext::new();
    let forest = IsolationForest::from_trees(ensemble(&case.trees, x.cols), case.rows_per_tree);
    let scores = must(forest.unusualness(&x, &task));
    assert!(difference(&scores, &case.scores) < 1e-12);
    let found = must(forest.reasons(&x, &task));
    let off = difference(&found.saved.values, &case.saved);
    assert!(off < 1e-12, "saved cuts differ by {off}");
    let off = difference(&found.margins, &case.margins);
    assert!(off < 1e-12, "margins differ by {off}");
    // The parts of a row are the whole of its score.
    let expected = average_path_length(case.rows_per_tree);
    for (row, score) in scores.iter().enumerate() {
        let saved: f64 = found.saved.row(row).iter().sum();
        let again = f64::exp2((saved - expected) / expected);
        assert!((again - score).abs() < 1e-12, "row {row}");
    }
    // Rows 13 to 15 lie far out in one column each, which is the one that sets them apart.
    for (column, row) in (12..15).enumerate() {
        let saved = found.saved.row(row);
        let most = (0..3).max_by(|&a, &b| saved[a].total_cmp(&saved[b]));
        assert_eq!(most, Some(column), "{saved:?}");
    }
    let stopped = TaskContext::new();
    stopped.cancel();
    assert!(forest.reasons(&x, &stopped).unwrap_err().is_cancelled());
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for (rank, &row) in order.iter().enumerate() {
        ranks[row] = rank as f64;
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        ab += (a - mean_a) * (b - mean_b);
        aa += (a - mean_a) * (a - mean_a);
        bb += (b - mean_b) * (b - mean_b);
    }
    ab / (aa * bb).sqrt()
}

/// Area under the ROC curve: share of pairs in the right order.
fn area(scores: &[f64], codes: &[u32]) -> f64 {
    let (mut right, mut pairs) = (0.0, 0.0);
    for (a, _) in scores.iter().zip(codes).filter(|(_, code)| **code == 1) {
        for (b, _) in scores.iter().zip(codes).filter(|(_, code)| **code == 0) {
            pairs += 1.0;
            right += f64::from(u8::from(a > b)) + 0.5 * f64::from(u8::from(a == b));
        }
    }
    right / pairs
}

/// `least_correlation` is how much two forests of scikit-learn with other seeds agree at least. Ours, compared with the mean of six of them, must do at least that well.
#[test]
fn isolation_forests_rank_rows_like_those_of_scikit_learn() {
    let case = fixture::<Fixtures>("trees2").isolation;
    let x = case.x.matrix();
    let task = TaskContext::new();
    let lowest = case.areas.iter().copied().fold(1.0, f64::min);
    let highest = case.areas.iter().copied().fold(0.0, f64::max);
    assert!(lowest > 0.7 && highest < 0.999, "the rows say too little");
    for seed in 0..4 {
        let options = IsolationOptions {
            trees: 300,
            rows_per_tree: 256,
            column_share: 1.0,
        };
        let context = FitContext::new(&task, seed);
        let forest = must(IsolationForest::fit(&x, &options, &context));
        let scores = must(forest.unusualness(&x, &task));
        let alike = correlation(&ranks(&scores), &ranks(&case.mean_scores));
        assert!(alike >= case.least_correlation, "seed {seed}: {alike}");
        let pairs = scores.iter().zip(&case.mean_scores);
        let off = pairs.map(|(a, b)| (a - b).abs()).sum::<f64>() / x.rows as f64;
        assert!(off < 0.01, "seed {seed}: scores differ by {off} on average");
        let area = area(&scores, &case.odd);
        // The spread of six seeds, once more on both sides.
        let room = highest - lowest;
        assert!(
            (lowest - room..=highest + room).contains(&area),
            "seed {seed}: {area}, theirs {lowest} to {highest}"
        );
        // Each tree holds the rows it was given, and no way is longer than ⌈log2 256⌉.
        let trees = &forest.trees;
        for tree in 0..trees.trees() {
            let nodes = trees.tree(tree);
            assert_eq!(trees.rows[nodes.start], 256);
            let leaves = nodes.filter(|&node| trees.is_leaf(node));
            assert_eq!(leaves.map(|leaf| trees.rows[leaf]).sum::<u32>(), 256);
        }
        assert_eq!(trees.depth(), 8);
    }
}

#[test]
fn rare_codes_and_rare_blanks_are_unusual() {
    let rows = 400;
    let mut random = Random::new(2);
    let mut values = Vec::new();
    for row in 0..rows {
        // Row 17 has a code of its own.
        values.push(if row == 17 {
            5.0
        } else {
            random.below(3) as f64
        });
        values.push(if row == 33 {
            f64::NAN
        } else {
            random.next_f64()
        });
        values.push(random.next_f64());
    }
    let x = must(Matrix::new(rows, 3, values));
    let kinds = [
        FeatureKind::Category { levels: 6 },
        FeatureKind::Number,
        FeatureKind::Number,
    ];
    let features: Vec<Feature> = kinds
        .into_iter()
        .enumerate()
        .map(|(column, kind)| Feature {
            name: format!("c{column}"),
            kind,
        })
        .collect();
    let task = TaskContext::new();
    let context = FitContext {
        features: &features,
        ..FitContext::new(&task, 3)
    };
    let options = IsolationOptions {
        trees: 300,
        rows_per_tree: 400,
        column_share: 1.0,
    };
    let forest = must(IsolationForest::fit(&x, &options, &context));
    let scores = must(forest.unusualness(&x, &task));
    let more = |row: usize| scores.iter().filter(|score| **score > scores[row]).count();
    assert!(more(17) < 20 && more(33) < 20, "{} {}", more(17), more(33));
    // Rows without weight are no part of it: then neither is unusual because it is alone.
    let mut weights = vec![1.0; rows];
    weights[..200].fill(0.0);
    let context = FitContext {
        weights: Some(&weights),
        ..context
    };
    let half = must(IsolationForest::fit(&x, &options, &context));
    assert_eq!(half.rows_per_tree, 200);
    assert!(half.trees.rows.iter().all(|&rows| rows <= 200));
}

#[test]
fn the_probability_follows_the_unusualness_one_way() {
    let case = fixture::<Fixtures>("trees2").isolation;
    let x = case.x.matrix();
    let task = TaskContext::new();
    let context = FitContext::new(&task, 1);
    let classes = |codes: Vec<u32>| Target::Classes { codes, count: 2 };
    let odd = fit(
        "isolation_forest",
        &x,
        &classes(case.odd.clone()),
        &Params::new(),
        &context,
    );
    let usual = classes(case.odd.iter().map(|code| 1 - code).collect());
    let usual = fit("isolation_forest", &x, &usual, &Params::new(), &context);
    let options = IsolationOptions {
        trees: 100,
        rows_per_tree: 256,
        column_share: 1.0,
    };
    let scores = must(must(IsolationForest::fit(&x, &options, &context)).unusualness(&x, &task));
    let second = |model: &dyn Model| -> Vec<f64> {
        predict(model, &x)
            .chunks_exact(2)
            .map(|row| row[1])
            .collect()
    };
    let (rising, falling) = (second(&*odd), second(&*usual));
    let mut order: Vec<usize> = (0..x.rows).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    for pair in order.windows(2) {
        assert!(rising[pair[0]] <= rising[pair[1]]);
        assert!(falling[pair[0]] >= falling[pair[1]]);
    }
    assert!(rising[order[0]] + 0.1 < rising[order[x.rows - 1]]);
    // The curve keeps the number of rows in sight: on average the share of the class.
    let mean = rising.iter().sum::<f64>() / x.rows as f64;
    assert!((mean - 30.0 / 600.0).abs() < 0.01, "{mean}");
    let names = ["usual".to_owned(), "odd".to_owned()];
    let facts = odd.facts(&[], &names);
    assert_eq!(facts[0].label, "odd");
    assert!(facts[0].value > facts[1].value);
    let sentence = odd.sentence(&[], &names);
    assert!(
        sentence.contains("rows of odd are the most unusual"),
        "{sentence}"
    );
}

// ---- Nearness ------------------------------------------------------------------------------------

#[test]
fn nearness_is_that_of_the_leaves_of_scikit_learn() {
    for case in fixture::<Fixtures>("trees2").proximity {
        let x = case.x.matrix();
        let trees = ensemble(&case.trees, x.cols);
        let of = x.take_rows(&(0..case.of).collect::<Vec<_>>());
        let near = must(proximity(&trees, &of, &x, &TaskContext::new()));
        assert!(difference(&near, &case.proximity) < 1e-12);
    }
}

#[test]
fn nearness_is_the_share_of_leaves_in_common() {
    let (x, features) = mixed(5_000, 6);
    let task = TaskContext::new();
    let context = FitContext {
        features: &features,
        ..FitContext::new(&task, 2)
    };
    let given = [4_999, 0, 17];
    let of = x.take_rows(&given);
    let params = Params::new().with("trees", 15_i64);
    for y in targets(&x) {
        for id in ["extra_trees", "random_forest"] {
            let model = fit(id, &x, &y, &params, &context);
            let near = must(model.proximity(&of, &x, &task)).unwrap_or_default();
            let trees = model.trees().unwrap_or_else(|| panic!("no trees"));
            let leaf = |tree: usize, row: usize| trees.leaf_of(trees.tree(tree).start, x.row(row));
            let mut expected = Vec::new();
            for row in 0..x.rows {
                for other in given {
                    let same = (0..15).filter(|&tree| leaf(tree, row) == leaf(tree, other));
                    expected.push(same.count() as f64 / 15.0);
                }
            }
            assert!(near == expected, "{id}");
            assert!(near[4_999 * 3] == 1.0 && near[1] == 1.0);
        }
    }
}

#[test]
fn a_single_tree_knows_near_and_far_only() {
    let x = random_matrix(200, 3, 50);
    let y = Target::Numbers((0..200).map(|row| x.row(row)[0] * x.row(row)[1]).collect());
    let task = TaskContext::new();
    let context = FitContext::new(&task, 1);
    let model = fit("decision_tree", &x, &y, &Params::new(), &context);
    let of = x.take_rows(&[7]);
    let near = must(model.proximity(&of, &x, &task)).unwrap_or_default();
    let leaves = must(model.answers(&x, &task)).unwrap_or_default();
    let expected: Vec<f64> = leaves
        .iter()
        .map(|leaf| f64::from(u8::from(*leaf == leaves[7])))
        .collect();
    assert_eq!(near, expected);
    assert!(near.contains(&0.0) && near.contains(&1.0));
}

#[test]
fn nearness_stops_when_told_and_refuses_other_rows() {
    let x = random_matrix(300, 3, 51);
    let y = Target::Numbers((0..300).map(|row| x.row(row)[0]).collect());
    let task = TaskContext::new();
    let context = FitContext::new(&task, 1);
    let of = x.take_rows(&[7]);
    for id in ["random_forest", "decision_tree"] {
        let model = fit(id, &x, &y, &Params::new(), &context);
        let stopped = TaskContext::stopping_at(1);
        let result = model.proximity(&of, &x, &stopped);
        assert!(result.is_err_and(|error| error.is_cancelled()), "{id}");
        let wide = random_matrix(2, 4, 52);
        for (of, x) in [(&wide, &x), (&of, &wide)] {
            let code = model.proximity(of, x, &task).err().map(|error| error.code);
            assert_eq!(code.as_deref(), Some("feature_count"), "{id}");
        }
    }
    let boosted = fit("gradient_boosting", &x, &y, &Params::new(), &context);
    assert_eq!(must(boosted.proximity(&of, &x, &task)), None);
}

// ---- Rows left out -------------------------------------------------------------------------------

#[test]
fn forests_say_how_they_do_on_rows_their_trees_had_not_seen() {
    let (x, features) = mixed(300, 12);
    let task = TaskContext::new();
    let context = FitContext {
        features: &features,
        ..FitContext::new(&task, 2)
    };
    let [two, four, numbers] = targets(&x);
    for y in [&two, &four, &numbers] {
        let model = fit("random_forest", &x, y, &Params::new(), &context);
        let found = model.out_of_bag().unwrap_or_else(|| panic!("nothing"));
        let saved = model.save();
        assert_eq!(saved["out_of_bag"]["score"].as_f64(), Some(found.score));
        assert_eq!(found.rows, 300);
        assert_eq!(found.classes, matches!(y, Target::Classes { .. }));
        assert!(found.score > 0.5 && found.score < 1.0);
        let words = found.sentence();
        assert!(words.contains("300 practice rows") && words.contains("out-of-bag"));
        let without = fit("extra_trees", &x, y, &Params::new(), &context);
        assert_eq!(without.out_of_bag(), None);
    }
    // Noise: worse than the mean, and it says so.
    let mut random = Random::new(9);
    let noise = Target::Numbers((0..300).map(|_| random.next_f64()).collect());
    let params = Params::new().with("min_rows_leaf", 1_i64);
    let model = fit("random_forest", &x, &noise, &params, &context);
    let found = model.out_of_bag().unwrap_or_else(|| panic!("nothing"));
    assert!(found.score < 0.0);
    assert!(found.sentence().contains("worse than the mean"));
}
