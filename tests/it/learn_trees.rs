//! The histogram trees: every split is the one that trying everything finds, results do not depend
//! on threads, and whole models agree with LightGBM and scikit-learn where both do the same.

use std::sync::Mutex;

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::learn::engine::hist::bins::{BinCache, MOST_BINS, bins_of};
use benchtop::learn::engine::hist::fixed::Scale;
use benchtop::learn::engine::hist::grow::{GrowOptions, Grower, GrownTree, Order, TreeData};
use benchtop::learn::engine::hist::split::SplitRule;
use benchtop::learn::{self, Feature, FeatureKind, FitContext, Matrix, Model, Round, Target};
use serde::Deserialize;
use tract_onnx::prelude::Tensor;

fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

// ---- Tables --------------------------------------------------------------------------------------

/// Number columns with few different values, then category columns, blanks in all of them.
fn mixed(rows: usize, numbers: usize, categories: usize, seed: u64) -> (Matrix, Vec<Feature>) {
    let mut random = Random::new(seed);
    let mut values = Vec::new();
    for _ in 0..rows {
        for column in 0..numbers + categories {
            let blank = column % 2 == 1 && random.below(8) == 0;
            let value = if column < numbers {
                random.below(12) as f64 * 0.5 - 2.0
            } else {
                random.below(7) as f64
            };
            values.push(if blank { f64::NAN } else { value });
        }
    }
    let features = (0..numbers + categories)
        .map(|column| Feature {
            name: format!("c{column}"),
            kind: if column < numbers {
                FeatureKind::Number
            } else {
                FeatureKind::Category { levels: 9 }
            },
        })
        .collect();
    (
        must(Matrix::new(rows, numbers + categories, values)),
        features,
    )
}

fn known(value: f64) -> f64 {
    if value.is_nan() { 0.3 } else { value }
}

fn number_answers(x: &Matrix, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..x.rows)
        .map(|row| {
            let of = x.row(row);
            let bend = f64::from(u8::from(known(of[0]) > 0.0)) * known(of[1]);
            bend + known(of[of.len() - 1]).sin() + random.next_f64()
        })
        .collect()
}

fn class_answers(x: &Matrix, classes: usize, seed: u64) -> Vec<u32> {
    let answers = number_answers(x, seed);
    let mut sorted = answers.clone();
    sorted.sort_by(f64::total_cmp);
    let class = |answer: f64| {
        let below = sorted.partition_point(|value| *value < answer);
        (below * classes / sorted.len()) as u32
    };
    answers.into_iter().map(class).collect()
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

fn predict(model: &dyn Model, x: &Matrix) -> Vec<f64> {
    must(model.predict(x, &TaskContext::new()))
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

// ---- Every split is the best one -----------------------------------------------------------------

/// A tree grown by trying every division of every node, on plain sums.
struct Reference<'a> {
    x: &'a Matrix,
    features: &'a [Feature],
    gradient: &'a [f64],
    hessian: &'a [f64],
    options: &'a GrowOptions,
}

#[derive(Clone)]
struct Candidate {
    column: usize,
    left: Vec<usize>,
    gain: f64,
}

type Bounds = (f64, f64);

impl Reference<'_> {
    fn sums(&self, rows: &[usize]) -> (f64, f64) {
        rows.iter().fold((0.0, 0.0), |(g, h), &row| {
            (g + self.gradient[row], h + self.hessian[row])
        })
    }

    fn value(&self, rows: &[usize], l2: f64, bounds: Bounds) -> f64 {
        let (g, h) = self.sums(rows);
        (-g / (h + l2)).max(bounds.0).min(bounds.1)
    }

    fn worth(&self, rows: &[usize], l2: f64, bounds: Bounds) -> f64 {
        let (g, h) = self.sums(rows);
        let value = self.value(rows, l2, bounds);
        -(2.0 * g + (h + l2) * value) * value
    }

    fn gain(&self, rows: &[usize], column: usize, left: &[usize], l2: f64, bounds: Bounds) -> f64 {
        let rule = &self.options.rule;
        let right: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|row| !left.contains(row))
            .collect();
        let few = (left.len().min(right.len()) as u64) < rule.min_rows.max(1);
        let light = self.sums(left).1.min(self.sums(&right).1) < rule.min_hessian;
        if few || light {
            return f64::NEG_INFINITY;
        }
        let direction = self.options.directions.get(column).copied().unwrap_or(0);
        let rise = self.value(&right, l2, bounds) - self.value(left, l2, bounds);
        if f64::from(direction) * rise < 0.0 {
            return f64::NEG_INFINITY;
        }
        self.worth(left, l2, bounds) + self.worth(&right, l2, bounds)
            - self.worth(rows, rule.l2, bounds)
    }

    /// Every allowed division of a node.
    fn candidates(&self, rows: &[usize], way: &[usize], bounds: Bounds) -> Vec<Candidate> {
        let mut found = Vec::new();
        for column in 0..self.x.cols {
            let groups = &self.options.together;
            let fits = |group: &Vec<usize>| {
                group.contains(&column) && way.iter().all(|used| group.contains(used))
            };
            if !groups.is_empty() && !groups.iter().any(fits) {
                continue;
            }
            let (l2, sides) = match self.features[column].kind {
                FeatureKind::Number => (self.options.rule.l2, self.limits(rows, column)),
                FeatureKind::Category { .. } => self.sets(rows, column),
            };
            for left in sides {
                let gain = self.gain(rows, column, &left, l2, bounds);
                if gain > self.options.rule.min_gain && gain > 1e-9 {
                    found.push(Candidate { column, left, gain });
                }
            }
        }
        found
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.x.row(row)[column]
    }

    fn limits(&self, rows: &[usize], column: usize) -> Vec<Vec<usize>> {
        let mut values: Vec<f64> = rows.iter().map(|&row| self.at(row, column)).collect();
        values.retain(|value| !value.is_nan());
        values.sort_by(f64::total_cmp);
        values.dedup();
        let mut sides = Vec::new();
        for limit in values {
            for blanks_left in [false, true] {
                let left = rows.iter().copied().filter(|&row| {
                    let value = self.at(row, column);
                    value <= limit || value.is_nan() && blanks_left
                });
                sides.push(left.collect());
            }
        }
        sides
    }

    /// One against the rest for few categories, beginnings and ends of the order by gradient for
    /// many; blanks are a category.
    fn sets(&self, rows: &[usize], column: usize) -> (f64, Vec<Vec<usize>>) {
        let rule = &self.options.rule;
        let code = |row: usize| {
            let value = self.at(row, column);
            if value.is_nan() { -1 } else { value as i64 }
        };
        let mut codes: Vec<i64> = rows.iter().map(|&row| code(row)).collect();
        codes.sort_unstable();
        codes.dedup();
        let of = |set: &[i64]| -> Vec<usize> {
            rows.iter()
                .copied()
                .filter(|&row| set.contains(&code(row)))
                .collect()
        };
        if codes.len() <= rule.one_against_rest {
            return (rule.l2, codes.iter().map(|code| of(&[*code])).collect());
        }
        let steep = |code: i64| {
            let (g, h) = self.sums(&of(&[code]));
            g / (h + rule.category_smoothing)
        };
        codes.sort_by(|a, b| steep(*a).total_cmp(&steep(*b)));
        let longest = rule.category_most.min(codes.len() - 1);
        let mut sides: Vec<Vec<usize>> = (1..=longest).map(|count| of(&codes[..count])).collect();
        codes.reverse();
        sides.extend((1..=longest).map(|count| of(&codes[..count])));
        (rule.l2 + rule.category_l2, sides)
    }
}

/// Follows a grown tree and compares every node with what trying everything finds.
fn check_tree(reference: &Reference<'_>, tree: &GrownTree, rows: &[u32]) -> usize {
    let mut splits = 0;
    let all: Vec<usize> = (0..rows.len()).collect();
    // Rows of every node, from the leaves up.
    let mut of_node: Vec<Vec<usize>> = vec![Vec::new(); tree.nodes.len()];
    for leaf in &tree.leaves {
        of_node[leaf.node] = rows[leaf.start..leaf.end]
            .iter()
            .map(|&row| row as usize)
            .collect();
    }
    for node in (0..tree.nodes.len()).rev() {
        if tree.nodes[node].split.is_some() {
            let mut both = of_node[tree.nodes[node].left].clone();
            both.extend(&of_node[tree.nodes[node].right]);
            of_node[node] = both;
        }
        of_node[node].sort_unstable();
    }
    assert_eq!(of_node[0], all);
    let endless = (f64::NEG_INFINITY, f64::INFINITY);
    let mut state: Vec<(Bounds, Vec<usize>, usize)> =
        vec![(endless, Vec::new(), 0); tree.nodes.len()];
    let mut bests = Vec::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        let rows = &of_node[index];
        let (bounds, way, depth) = state[index].clone();
        let l2 = reference.options.rule.l2;
        assert!((node.value - reference.value(rows, l2, bounds)).abs() < 1e-6);
        assert_eq!(node.rows as usize, rows.len());
        let candidates = if depth < reference.options.most_depth {
            reference.candidates(rows, &way, bounds)
        } else {
            Vec::new()
        };
        let best = candidates
            .iter()
            .map(|found| found.gain)
            .fold(0.0, f64::max);
        bests.push(best);
        let Some(split) = &node.split else {
            continue;
        };
        splits += 1;
        assert!(
            (split.gain - best).abs() < 1e-6 * best.max(1.0),
            "node {index}: {} instead of {best}",
            split.gain
        );
        // The division is really one of the best, and the first where several are equally good.
        let close = |found: &&Candidate| (found.gain - best).abs() < 1e-7 * best.max(1.0);
        let left = &of_node[node.left];
        let same = |found: &Candidate| found.column == split.column && found.left == *left;
        assert!(
            candidates.iter().filter(close).any(same),
            "node {index} divides its rows otherwise"
        );
        let first = candidates.iter().find(close).map(|found| found.column);
        assert_eq!(
            first,
            Some(split.column),
            "node {index}: an earlier column is as good"
        );
        let mut below = way;
        below.push(split.column);
        let (low, high) = bounds;
        let middle = reference.value(left, l2, bounds) / 2.0
            + reference.value(&of_node[node.right], l2, bounds) / 2.0;
        let (left_bounds, right_bounds) = match reference
            .options
            .directions
            .get(split.column)
            .copied()
            .unwrap_or(0)
        {
            1 => ((low, middle), (middle, high)),
            -1 => ((middle, high), (low, middle)),
            _ => (bounds, bounds),
        };
        state[node.left] = (left_bounds, below.clone(), depth + 1);
        state[node.right] = (right_bounds, below, depth + 1);
    }
    if tree.leaves.len() < reference.options.most_leaves {
        let undivided = tree
            .nodes
            .iter()
            .zip(&bests)
            .filter(|(node, _)| node.split.is_none());
        for (_, gain) in undivided {
            assert!(*gain < 1e-6, "a leaf could still be divided");
        }
    }
    if reference.options.order == Order::BestFirst {
        let mut open = vec![0];
        for step in 0..splits {
            let parent = tree
                .nodes
                .iter()
                .position(|node| node.split.is_some() && node.left == 2 * step + 1);
            let parent = parent.unwrap_or_else(|| panic!("nobody made split {step}"));
            assert!(
                open.iter()
                    .all(|&other| bests[other] <= bests[parent] + 1e-6)
            );
            open.retain(|&node| node != parent);
            open.extend([2 * step + 1, 2 * step + 2]);
        }
    }
    splits
}

fn options(rule: SplitRule) -> GrowOptions {
    GrowOptions {
        most_leaves: 12,
        most_depth: usize::MAX,
        order: Order::BestFirst,
        rule,
        directions: Vec::new(),
        together: Vec::new(),
    }
}

fn rule() -> SplitRule {
    SplitRule {
        l2: 0.0,
        min_rows: 3,
        min_hessian: 1e-3,
        min_gain: 0.0,
        category_smoothing: 2.0,
        category_l2: 1.0,
        category_most: 3,
        one_against_rest: 4,
    }
}

#[test]
fn every_split_is_the_one_that_trying_everything_finds() {
    let mut splits = 0;
    for seed in 0..24 {
        let rows = 40 + 17 * seed as usize;
        let (x, features) = mixed(rows, 3, 2, seed);
        let answers = number_answers(&x, seed + 100);
        let mut random = Random::new(seed + 200);
        let constant = seed % 3 == 0;
        let hessian: Vec<f64> = (0..rows)
            .map(|_| {
                if constant {
                    1.0
                } else {
                    0.05 + random.next_f64()
                }
            })
            .collect();
        let centre = answers.iter().sum::<f64>() / rows as f64;
        let gradient: Vec<f64> = answers
            .iter()
            .zip(&hessian)
            .map(|(answer, hessian)| hessian * (centre - answer))
            .collect();
        let mut options = options(rule());
        match seed % 6 {
            1 => options.rule.l2 = 2.5,
            2 => options.directions = vec![1, -1, 0, 0, 0],
            3 => options.together = vec![vec![0, 3], vec![1, 2, 4]],
            4 => {
                options.order = Order::LevelByLevel;
                options.most_depth = 3;
                options.rule.one_against_rest = 20;
            }
            5 => options.rule.min_rows = 9,
            _ => {}
        }
        let task = TaskContext::new();
        let mut context = FitContext::new(&task, 1);
        context.features = &features;
        let binned = must(bins_of(&x, &context, MOST_BINS));
        let largest = |values: &[f64]| values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let scale = Scale::new(rows, largest(&gradient), largest(&hessian), constant);
        let packed: Vec<u64> = gradient
            .iter()
            .zip(&hessian)
            .map(|(g, h)| scale.pack(*g, *h))
            .collect();
        let mut order: Vec<u32> = (0..rows as u32).collect();
        let data = TreeData {
            packed: &packed,
            scale,
            columns: &[true; 5],
        };
        let tree = must(Grower::new(&binned, &options, 1, &task).grow(&mut order, data));
        let reference = Reference {
            x: &x,
            features: &features,
            gradient: &gradient,
            hessian: &hessian,
            options: &options,
        };
        splits += check_tree(&reference, &tree, &order);
    }
    assert!(splits > 150, "only {splits} splits compared");
}

// ---- The same everywhere -------------------------------------------------------------------------

fn targets(x: &Matrix) -> Vec<Target> {
    vec![
        Target::Numbers(number_answers(x, 5)),
        Target::Classes {
            codes: class_answers(x, 2, 6),
            count: 2,
        },
        Target::Classes {
            codes: class_answers(x, 4, 7),
            count: 4,
        },
    ]
}

const FORESTS: [&str; 2] = ["extra_trees", "random_forest"];
const ALL: [&str; 3] = ["extra_trees", "gradient_boosting", "random_forest"];

fn small(id: &str) -> Params {
    if id == "gradient_boosting" {
        Params::new().with("rounds", 12_i64)
    } else {
        Params::new().with("trees", 12_i64)
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    // Enough rows for the work on one node to be shared out.
    let (x, features) = mixed(50_000, 5, 3, 1);
    let weights: Vec<f64> = (0..x.rows)
        .map(|row| 0.5 + (row % 7) as f64 * 0.3)
        .collect();
    for y in targets(&x) {
        for id in ALL {
            for weights in [None, Some(&weights[..])] {
                let task = TaskContext::new();
                let fitted = |threads| {
                    let mut context = FitContext::new(&task, 9);
                    context.features = &features;
                    context.threads = threads;
                    context.weights = weights;
                    let params = small(id).with(
                        if id == "gradient_boosting" {
                            "rounds"
                        } else {
                            "trees"
                        },
                        4_i64,
                    );
                    fit(id, &x, &y, &params, &context).save().to_string()
                };
                let one = fitted(1);
                assert!(one == fitted(2), "{id} differs on two threads");
                assert!(one == fitted(5), "{id} differs on five threads");
            }
        }
    }
}

#[test]
fn bins_are_learned_once_per_set_of_rows() {
    let (x, features) = mixed(300, 3, 1, 2);
    let cache = BinCache::default();
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 1);
    context.features = &features;
    context.bins = Some(&cache);
    let first = must(bins_of(&x, &context, MOST_BINS));
    assert!(std::sync::Arc::ptr_eq(
        &first,
        &must(bins_of(&x, &context, MOST_BINS))
    ));
    assert!(!std::sync::Arc::ptr_eq(
        &first,
        &must(bins_of(&x, &context, 16))
    ));
    let mut other = x.clone();
    other.values[5] = 99.0;
    assert!(!std::sync::Arc::ptr_eq(
        &first,
        &must(bins_of(&other, &context, MOST_BINS))
    ));
    for y in targets(&x) {
        for id in ALL {
            let shared = fit(id, &x, &y, &small(id), &context).save().to_string();
            let mut alone = context;
            alone.bins = None;
            assert_eq!(
                shared,
                fit(id, &x, &y, &small(id), &alone).save().to_string()
            );
        }
    }
}

#[test]
fn edges_send_every_32_bit_number_to_one_side() {
    let mut random = Random::new(3);
    let spread: Vec<f64> = (0..5000)
        .map(|_| f64::from(((random.next_f64() - 0.5) * f64::exp2(random.below(60) as f64)) as f32))
        .collect();
    let close: Vec<f64> = (0..600)
        .map(|step| f64::from(f32::from_bits(0x3f80_0000 + step)))
        .collect();
    for values in [spread, close] {
        for most in [2, 16, 255] {
            let edges = benchtop::learn::engine::hist::edges::edges(&values, most);
            assert!(!edges.is_empty() && edges.len() < most);
            assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
            for edge in edges {
                assert_eq!(
                    f64::from(edge as f32),
                    edge,
                    "an edge needs more than 32 bits"
                );
                assert!(
                    values
                        .iter()
                        .all(|&value| (value <= edge) == (value as f32 <= edge as f32))
                );
            }
        }
    }
}

#[test]
fn bins_hold_about_equally_many_rows() {
    let mut random = Random::new(4);
    let mut values: Vec<f64> = (0..60_000).map(|_| random.next_f64()).collect();
    values.extend(vec![0.25; 20_000]);
    let edges = benchtop::learn::engine::hist::edges::edges(&values, 64);
    let mut counts = vec![0; edges.len() + 1];
    for value in &values {
        counts[edges.partition_point(|edge| edge < value)] += 1;
    }
    counts.sort_unstable();
    assert!(counts.len() > 60);
    assert!(
        counts[counts.len() - 1] < 22_000 && counts[counts.len() - 2] < 2_500,
        "{counts:?}"
    );
    assert!(counts[2] > 300, "{counts:?}");
}

// ---- Weights -------------------------------------------------------------------------------------

#[test]
fn a_weight_of_two_is_a_row_twice_and_of_zero_no_row() {
    let (x, features) = mixed(400, 3, 2, 8);
    let times = |row: usize| [1, 2, 0, 3, 1][row % 5];
    let repeated: Vec<usize> = (0..x.rows).flat_map(|row| vec![row; times(row)]).collect();
    let weights: Vec<f64> = (0..x.rows).map(|row| times(row) as f64).collect();
    // The rows without weight are repeated once more, so that both tables have the same bins.
    let twice = x.take_rows(&repeated);
    for y in targets(&x) {
        let task = TaskContext::new();
        let mut context = FitContext::new(&task, 3);
        context.features = &features;
        let params = small("gradient_boosting")
            .with("min_rows_leaf", 1_i64)
            .with("leaves", 8_i64);
        let repeated = fit(
            "gradient_boosting",
            &twice,
            &y.rows(&repeated),
            &params,
            &context,
        );
        context.weights = Some(&weights);
        let weighted = fit("gradient_boosting", &x, &y, &params, &context);
        let off = largest_difference(&predict(&*repeated, &x), &predict(&*weighted, &x));
        assert!(off < 1e-6, "differs by {off}");
        // Extra trees draw no rows; with one leaf per tree only the weighted share is left.
        let params = small("extra_trees").with("min_rows_leaf", 1_i64);
        let model = fit("extra_trees", &x, &y, &params, &context);
        assert!(predict(&*model, &x).iter().all(|value| value.is_finite()));
    }
}

#[test]
fn a_tree_of_one_leaf_predicts_the_weighted_mean() {
    let (x, _) = mixed(100, 2, 0, 9);
    let answers = number_answers(&x, 1);
    let weights: Vec<f64> = (0..100).map(|row| (row % 4) as f64).collect();
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 3);
    context.weights = Some(&weights);
    let params = small("extra_trees").with("min_rows_leaf", 100_i64);
    let y = Target::Numbers(answers.clone());
    let model = fit("extra_trees", &x, &y, &params, &context);
    let sum: f64 = answers.iter().zip(&weights).map(|(a, w)| a * w).sum();
    let mean = sum / weights.iter().sum::<f64>();
    assert!((predict(&*model, &x)[0] - mean).abs() < 1e-6);
}

// ---- Boosting ------------------------------------------------------------------------------------

#[test]
fn rounds_are_reported_and_the_training_loss_is_that_of_the_predictions() {
    let (x, features) = mixed(500, 3, 1, 10);
    for y in targets(&x) {
        let rounds = Mutex::new(Vec::new());
        let note = |round: Round| {
            if let Ok(mut rounds) = rounds.lock() {
                rounds.push(round);
            }
        };
        let task = TaskContext::new();
        let mut context = FitContext::new(&task, 3);
        context.features = &features;
        context.on_round = Some(&note);
        let model = fit(
            "gradient_boosting",
            &x,
            &y,
            &small("gradient_boosting"),
            &context,
        );
        let predicted = predict(&*model, &x);
        let loss: f64 = match &y {
            Target::Numbers(answers) => predicted
                .iter()
                .zip(answers)
                .map(|(p, a)| (p - a) * (p - a))
                .sum(),
            Target::Classes { codes, count } => predicted
                .chunks_exact(*count)
                .zip(codes)
                .map(|(shares, code)| -shares[*code as usize].ln())
                .sum(),
        };
        let rounds = rounds.into_inner().unwrap_or_default();
        assert_eq!(rounds.len(), 12);
        assert!(
            rounds
                .windows(2)
                .all(|pair| pair[1].training < pair[0].training)
        );
        assert!((rounds[11].training - loss / 500.0).abs() < 1e-9 * loss.max(1.0));
        assert_eq!(
            (rounds[3].round, rounds[3].rounds, rounds[3].checking),
            (4, 12, None)
        );
    }
}

#[test]
fn columns_keep_their_direction_and_stay_apart() {
    let (x, features) = mixed(800, 4, 1, 11);
    let y = Target::Numbers(number_answers(&x, 2));
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    let params = Params::new()
        .with("min_rows_leaf", 5_i64)
        .with("rising", vec!["c0".to_owned()])
        .with("falling", vec!["c2".to_owned()]);
    let model = fit("gradient_boosting", &x, &y, &params, &context);
    let at = |row: usize, column: usize, value: f64| {
        let mut values = x.row(row).to_vec();
        values[column] = value;
        predict(&*model, &must(Matrix::new(1, 5, values)))[0]
    };
    for row in 0..60 {
        let steps: Vec<f64> = (0..12).map(|step| f64::from(step) * 0.5 - 2.0).collect();
        for pair in steps.windows(2) {
            assert!(at(row, 0, pair[1]) >= at(row, 0, pair[0]) - 1e-12);
            assert!(at(row, 2, pair[1]) <= at(row, 2, pair[0]) + 1e-12);
        }
    }
    let apart = fit(
        "gradient_boosting",
        &x,
        &y,
        &Params::new().with("combine", false),
        &context,
    );
    let trees = apart.trees().unwrap_or_else(|| panic!("no trees"));
    for tree in 0..trees.trees() {
        let nodes = trees.tree(tree).filter(|&node| !trees.is_leaf(node));
        let mut asked: Vec<u32> = nodes.map(|node| trees.feature[node]).collect();
        asked.dedup();
        assert!(asked.len() <= 1, "a tree asks about {asked:?}");
    }
    let refused = |params: Params| {
        let learner = must(learn::by_id("gradient_boosting"));
        learner
            .fit(&x, &y, &params, &context)
            .err()
            .map(|error| error.code)
    };
    let wrong = |name: &str| Params::new().with("rising", vec![name.to_owned()]);
    let code = Some("column_without_direction".to_owned());
    assert_eq!(refused(wrong("nowhere")), code);
    assert_eq!(refused(wrong("c4")), code, "a category has no direction");
    assert_eq!(
        refused(wrong("c0").with("falling", vec!["c0".to_owned()])),
        code
    );
}

#[test]
fn stops_when_more_trees_do_not_help() {
    let (x, features) = mixed(600, 3, 1, 12);
    let mut random = Random::new(1);
    let noise = Target::Numbers((0..x.rows).map(|_| random.next_f64()).collect());
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    let last = Mutex::new(None);
    let note = |round: Round| {
        if let Ok(mut last) = last.lock() {
            *last = Some(round);
        }
    };
    context.on_round = Some(&note);
    let params = Params::new()
        .with("stop_early", true)
        .with("rounds", 500_i64);
    let model = fit("gradient_boosting", &x, &noise, &params, &context);
    let kept = model.trees().map_or(0, |trees| trees.trees());
    let last = last
        .into_inner()
        .unwrap_or_default()
        .unwrap_or_else(|| panic!("no round"));
    assert!(
        kept < 100 && last.round == kept as u32 + 10,
        "{kept} kept of {last:?}"
    );
    assert!(last.checking.is_some_and(f64::is_finite));
}

#[test]
fn cancelling_in_the_middle_stops_the_fit() {
    let (x, features) = mixed(400, 3, 1, 13);
    for y in targets(&x) {
        for id in ALL {
            let task = TaskContext::new();
            let stop = |_: Round| task.cancel();
            let mut context = FitContext::new(&task, 3);
            context.features = &features;
            context.on_round = Some(&stop);
            let result = must(learn::by_id(id)).fit(&x, &y, &Params::new(), &context);
            assert!(result.is_err_and(|error| error.is_cancelled()), "{id}");
        }
    }
}

#[test]
fn answers_that_a_loss_has_no_meaning_for_are_refused() {
    let (x, _) = mixed(50, 2, 0, 14);
    let y = Target::Numbers((0..50).map(f64::from).map(|v| v - 1.0).collect());
    let task = TaskContext::new();
    let context = FitContext::new(&task, 3);
    for loss in ["poisson", "gamma"] {
        let params = Params::new().with("loss", loss);
        let learner = must(learn::by_id("gradient_boosting"));
        let error = learner.fit(&x, &y, &params, &context).err();
        assert_eq!(error.map(|e| e.code), Some("answers_do_not_fit".to_owned()));
    }
}

#[test]
fn a_quantile_leaves_its_share_below() {
    let mut random = Random::new(15);
    let x = must(Matrix::new(
        4000,
        1,
        (0..4000).map(|row| f64::from(row % 8 + 1)).collect(),
    ));
    let answers: Vec<f64> = (0..4000)
        .map(|row| f64::from(row % 8 + 1) * random.next_f64())
        .collect();
    let y = Target::Numbers(answers.clone());
    let task = TaskContext::new();
    let context = FitContext::new(&task, 3);
    let params = Params::new().with("loss", "quantile").with("quantile", 0.9);
    let model = fit("gradient_boosting", &x, &y, &params, &context);
    let predicted = predict(&*model, &x);
    let below = answers
        .iter()
        .zip(&predicted)
        .filter(|(a, p)| a <= p)
        .count();
    assert!(
        (0.89..=0.91).contains(&(below as f64 / 4000.0)),
        "{below} of 4000"
    );
}

// ---- Forests -------------------------------------------------------------------------------------

#[test]
fn what_a_forest_says_of_rows_it_left_out_is_near_what_it_says_of_new_rows() {
    let (x, features) = mixed(1500, 3, 1, 16);
    let (new, _) = mixed(1500, 3, 1, 17);
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    for count in [2, 4] {
        let y = Target::Classes {
            codes: class_answers(&x, count, 18),
            count,
        };
        let model = fit("random_forest", &x, &y, &Params::new(), &context);
        let saved = model.save();
        let found = saved["out_of_bag"]["score"].as_f64().unwrap_or(f64::NAN);
        // The classes of new rows are cut at their own quantiles, which are nearly the same.
        let codes = class_answers(&new, count, 19);
        let right = predict(&*model, &new)
            .chunks_exact(count)
            .zip(&codes)
            .filter(|(shares, code)| shares.iter().all(|share| *share <= shares[**code as usize]))
            .count();
        let right = right as f64 / 1500.0;
        assert!(
            (found - right).abs() < 0.05,
            "{found} left out, {right} new"
        );
        assert!(found > 1.2 / count as f64);
    }
}

#[test]
fn a_forest_of_whole_trees_knows_its_rows() {
    // Every row has a value of its own, so a tree without a draw of rows can tell all apart.
    let mut random = Random::new(20);
    let x = must(Matrix::new(
        200,
        2,
        (0..400).map(|place| f64::from(place / 2)).collect(),
    ));
    let answers: Vec<f64> = (0..200).map(|_| random.next_f64()).collect();
    let codes: Vec<u32> = (0..200).map(|_| random.below(3) as u32).collect();
    let task = TaskContext::new();
    let context = FitContext::new(&task, 3);
    let params = small("extra_trees").with("min_rows_leaf", 1_i64);
    let model = fit(
        "extra_trees",
        &x,
        &Target::Numbers(answers.clone()),
        &params,
        &context,
    );
    assert!(largest_difference(&predict(&*model, &x), &answers) < 1e-6);
    let y = Target::Classes {
        codes: codes.clone(),
        count: 3,
    };
    let model = fit("extra_trees", &x, &y, &params, &context);
    for (shares, code) in predict(&*model, &x).chunks_exact(3).zip(codes) {
        assert!(shares[code as usize] > 0.999);
    }
}

#[test]
fn many_classes_take_little_room() {
    let (x, features) = mixed(1200, 3, 1, 21);
    let codes: Vec<u32> = (0..1200).map(|row| row % 1000).collect();
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    let y = Target::Classes { codes, count: 1000 };
    for id in FORESTS {
        let model = fit(id, &x, &y, &small(id), &context);
        let trees = model.trees().unwrap_or_else(|| panic!("no trees"));
        assert_eq!(trees.value_row.len(), trees.nodes());
        let rows = trees.value.len() / 1000;
        assert!(
            rows <= trees.leaves() + 1,
            "{rows} rows of values for {} leaves",
            trees.leaves()
        );
    }
}

// ---- Blanks and categories on the way out ---------------------------------------------------------

#[test]
fn blanks_and_unknown_categories_follow_the_trees_and_a_saved_model_agrees() {
    let (x, features) = mixed(600, 3, 2, 22);
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    let odd = odd_rows(&x);
    for y in targets(&x) {
        for id in ALL {
            let model = fit(id, &x, &y, &small(id), &context);
            let loaded = must(must(learn::by_id(id)).load(&model.save()));
            assert_eq!(predict(&*model, &odd), predict(&*loaded, &odd));
            // One row at a time walks through the trees in another way than many rows do.
            let alone: Vec<f64> = (0..odd.rows)
                .flat_map(|row| predict(&*model, &odd.take_rows(&[row])))
                .collect();
            assert_eq!(predict(&*model, &odd), alone);
            // An unknown category is a blank.
            let blank: Vec<f64> = odd
                .values
                .iter()
                .enumerate()
                .map(|(place, &value)| {
                    let category = place % 5 >= 3;
                    if category && !(0.0..9.0).contains(&value) {
                        f64::NAN
                    } else {
                        value
                    }
                })
                .collect();
            let blank = must(Matrix::new(odd.rows, 5, blank));
            assert_eq!(predict(&*model, &odd), predict(&*model, &blank));
        }
    }
}

#[test]
fn the_graph_of_trees_with_blanks_and_categories_predicts_the_same() {
    let (x, features) = mixed(600, 3, 2, 23);
    let (numbers, number_features) = mixed(600, 4, 0, 24);
    let task = TaskContext::new();
    for (x, features) in [(x, features), (numbers, number_features)] {
        let mut context = FitContext::new(&task, 3);
        context.features = &features;
        let odd = odd_rows(&x);
        for y in targets(&x) {
            for id in ALL {
                let model = fit(id, &x, &y, &small(id), &context);
                let mut graph = Graph::new();
                let input = graph.input("x", ElementType::Double);
                let output = must(model.graph(&mut graph, &input));
                let tensor = Tensor::from_shape(&[odd.rows, odd.cols], &odd.values)
                    .unwrap_or_else(|e| panic!("{e}"));
                let theirs = crate::learners::run_graph(&graph, vec![tensor], &output);
                let off = largest_difference(&theirs, &predict(&*model, &odd));
                assert!(off < 1e-9, "{id} differs by {off}");
            }
        }
    }
}

/// Rows with blanks, codes never seen and codes that do not exist.
pub fn odd_rows(x: &Matrix) -> Matrix {
    let values = x.values[..200 * x.cols]
        .iter()
        .enumerate()
        .map(|(place, &value)| match (place * 7) % 11 {
            0 => f64::NAN,
            1 if place % x.cols >= 3 => 8.0,
            2 if place % x.cols >= 3 => 900.0,
            3 if place % x.cols >= 3 => -1.0,
            _ => value,
        });
    must(Matrix::new(200, x.cols, values.collect()))
}

// ---- Peers ---------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct PeerCase {
    name: String,
    /// Row-major; null is blank.
    x: Vec<Option<f64>>,
    cols: usize,
    y: Vec<f64>,
    /// 0 for numbers.
    classes: usize,
    weights: Option<Vec<f64>>,
    params: serde_json::Map<String, serde_json::Value>,
    predictions: Vec<f64>,
}

#[derive(Deserialize)]
struct PruningCase {
    x: Vec<f32>,
    cols: usize,
    y: Vec<f64>,
    classes: usize,
    alphas: Vec<f64>,
    leaves: Vec<u64>,
    alpha: f64,
    predictions: Vec<f64>,
}

#[derive(Deserialize)]
struct PeerCases {
    cases: Vec<PeerCase>,
    pruning: Vec<PruningCase>,
}

fn peer_cases() -> PeerCases {
    let path = crate::support::project_file("tests/fixtures/trees.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}"))
}

fn target_of(y: &[f64], classes: usize) -> Target {
    if classes == 0 {
        return Target::Numbers(y.to_vec());
    }
    Target::Classes {
        codes: y.iter().map(|&value| value as u32).collect(),
        count: classes,
    }
}

#[test]
fn trees_are_cut_back_as_by_scikit_learn() {
    for case in peer_cases().pruning {
        let values = case.x.iter().map(|&value| f64::from(value)).collect();
        let x = must(Matrix::new(case.y.len(), case.cols, values));
        let y = target_of(&case.y, case.classes);
        let task = TaskContext::new();
        let context = FitContext::new(&task, 1);
        let full = fit("decision_tree", &x, &y, &Params::new(), &context).save();
        let steps = full["pruning"].as_array().cloned().unwrap_or_default();
        assert_eq!(steps[0]["alpha"].as_f64(), Some(0.0));
        let found: Vec<f64> = steps[1..]
            .iter()
            .filter_map(|step| step["alpha"].as_f64())
            .collect();
        assert!(
            largest_difference(&found, &case.alphas) < 1e-9,
            "{found:?} {:?}",
            case.alphas
        );
        let leaves: Vec<u64> = steps[1..]
            .iter()
            .filter_map(|step| step["leaves"].as_u64())
            .collect();
        assert_eq!(leaves, case.leaves);
        let params = Params::new().with("prune", case.alpha);
        let cut = fit("decision_tree", &x, &y, &params, &context);
        assert!(largest_difference(&predict(&*cut, &x), &case.predictions) < 1e-9);
        let loaded = must(must(learn::by_id("decision_tree")).load(&cut.save()));
        assert_eq!(predict(&*loaded, &x), predict(&*cut, &x));
    }
}

#[test]
fn whole_models_agree_with_scikit_learn_and_lightgbm() {
    for case in peer_cases().cases {
        let values: Vec<f64> = case
            .x
            .iter()
            .map(|value| value.unwrap_or(f64::NAN))
            .collect();
        let x = must(Matrix::new(case.y.len(), case.cols, values));
        let y = target_of(&case.y, case.classes);
        let mut params = Params::new();
        for (key, value) in &case.params {
            let specs = must(learn::by_id("gradient_boosting")).params();
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            must(params.set_from_text(specs, key, &text));
        }
        let task = TaskContext::new();
        let mut context = FitContext::new(&task, 3);
        context.weights = case.weights.as_deref();
        let model = fit("gradient_boosting", &x, &y, &params, &context);
        let off = largest_difference(&predict(&*model, &x), &case.predictions);
        // Peers keep gradients as 32-bit floats.
        assert!(off < 2e-5, "{}: differs by {off}", case.name);
    }
}
