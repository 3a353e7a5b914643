//! Explainable boosting: the curves are what they say they are, truths that were planted are found,
//! and its scores are those of the explainable boosting machines of interpret-core.

use std::sync::Mutex;

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::learn::engine::additive::columns::Coarse;
use benchtop::learn::engine::additive::interactions::rank;
use benchtop::learn::engine::additive::lesson::exp;
use benchtop::learn::engine::additive::purify::purify;
use benchtop::learn::engine::additive::{AdditiveShapes, ShapeAxis, ShapeBins, ShapeScale};
use benchtop::learn::{self, Feature, FeatureKind, FitContext, Matrix, Model, Round, Target};
use serde::Deserialize;
use tract_onnx::prelude::Tensor;

const ID: &str = "explainable_boosting";

fn must<T>(result: Result<T, UserError>) -> T {
    result.unwrap_or_else(|error| panic!("{}", error.report()))
}

fn fit(x: &Matrix, y: &Target, params: &Params, context: &FitContext<'_>) -> Box<dyn Model> {
    must(must(learn::by_id(ID)).fit(x, y, params, context))
}

fn predict(model: &dyn Model, x: &Matrix) -> Vec<f64> {
    must(model.predict(x, &TaskContext::new()))
}

fn shapes(model: &dyn Model) -> AdditiveShapes {
    model.shapes(&[]).unwrap_or_else(|| panic!("no curves"))
}

fn few_rounds() -> Params {
    Params::new().with("rounds", 60_i64).with("bags", 3_i64)
}

/// Three columns of numbers and one category (the last), an eighth of two of them blank.
fn mixed(rows: usize, seed: u64) -> (Matrix, Vec<Feature>) {
    let mut random = Random::new(seed);
    let mut values = Vec::new();
    for _ in 0..rows {
        for column in 0..4 {
            let value = match column {
                3 => random.below(7) as f64,
                0 => random.below(12) as f64 * 0.5 - 2.0,
                _ => f64::from((random.next_f64() * 4.0 - 2.0) as f32),
            };
            let blank = column % 2 == 1 && random.below(8) == 0;
            values.push(if blank { f64::NAN } else { value });
        }
    }
    let features = (0..4).map(|column| Feature {
        name: format!("c{column}"),
        kind: if column == 3 {
            FeatureKind::Category { levels: 9 }
        } else {
            FeatureKind::Number
        },
    });
    (must(Matrix::new(rows, 4, values)), features.collect())
}

fn known(value: f64) -> f64 {
    if value.is_nan() { 0.3 } else { value }
}

fn number_answers(x: &Matrix, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let of = |row: &[f64]| known(row[0]) * known(row[1]) + known(row[3]).sin() + known(row[2]);
    (0..x.rows)
        .map(|row| of(x.row(row)) + random.next_f64())
        .collect()
}

fn targets(x: &Matrix) -> Vec<Target> {
    let answers = number_answers(x, 5);
    let mut sorted = answers.clone();
    sorted.sort_by(f64::total_cmp);
    let classes = |count: usize| {
        let place = |answer: &f64| sorted.partition_point(|value| value < answer);
        let codes = answers
            .iter()
            .map(|answer| (place(answer) * count / sorted.len()) as u32);
        Target::Classes {
            codes: codes.collect(),
            count,
        }
    };
    let (two, four) = (classes(2), classes(4));
    vec![Target::Numbers(answers), two, four]
}

// ---- Curves as they are read ---------------------------------------------------------------------

fn bin_of(axis: &ShapeAxis, row: &[f64]) -> usize {
    let value = row[axis.feature];
    match &axis.bins {
        ShapeBins::Number { .. } if value.is_nan() => axis.bins.values(),
        ShapeBins::Number { edges, .. } => edges.iter().filter(|edge| value > **edge).count(),
        ShapeBins::Category { levels } => levels
            .iter()
            .position(|levels| levels.iter().any(|&level| f64::from(level) == value))
            .unwrap_or(levels.len()),
    }
}

/// Prediction as a person would work it out from the curves.
fn by_hand(shapes: &AdditiveShapes, row: &[f64], classes: usize) -> Vec<f64> {
    let mut sums = shapes.intercept.clone();
    for term in &shapes.terms {
        let bins: Vec<usize> = term.axes.iter().map(|axis| bin_of(axis, row)).collect();
        for (output, sum) in sums.iter_mut().enumerate() {
            let second = bins.get(1).copied().unwrap_or(0);
            let found = term.at(bins[0], second, output);
            *sum += found.unwrap_or_else(|| panic!("no cell {bins:?}")).0;
        }
    }
    match &shapes.scale {
        ShapeScale::Answer => sums,
        ShapeScale::LogOdds { class, against } => {
            let mut shares = vec![0.0; classes];
            shares[*class] = 1.0 / (1.0 + (-sums[0]).exp());
            shares[*against] = 1.0 - shares[*class];
            shares
        }
        ShapeScale::ClassScores { classes: present } => {
            let mut shares = vec![0.0; classes];
            let total: f64 = sums.iter().map(|sum| sum.exp()).sum();
            for (class, sum) in present.iter().zip(sums) {
                shares[*class] = sum.exp() / total;
            }
            shares
        }
    }
}

#[test]
fn the_sum_of_the_terms_is_the_prediction() {
    let (x, features) = mixed(500, 1);
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 2);
    context.features = &features;
    for y in targets(&x) {
        let model = fit(&x, &y, &few_rounds(), &context);
        let shapes = shapes(&*model);
        assert!(shapes.terms.iter().any(|term| term.is_pair()));
        assert_eq!(shapes.scale.outputs(), shapes.intercept.len());
        let predicted = predict(&*model, &x);
        for (row, predicted) in predicted.chunks_exact(y.outputs()).enumerate() {
            let worked_out = by_hand(&shapes, x.row(row), y.outputs());
            for (a, b) in worked_out.iter().zip(predicted) {
                assert!((a - b).abs() < 1e-12, "row {row}: {a} and {b}");
            }
        }
    }
}

#[test]
fn curves_are_centred_and_tables_hold_nothing_of_single_columns() {
    let (x, features) = mixed(600, 3);
    let weights: Vec<f64> = (0..x.rows).map(|row| 0.5 + (row % 5) as f64).collect();
    let task = TaskContext::new();
    for weights in [None, Some(&weights[..])] {
        let mut context = FitContext::new(&task, 2);
        context.features = &features;
        context.weights = weights;
        for y in targets(&x) {
            let model = fit(&x, &y, &few_rounds(), &context);
            let shapes = shapes(&*model);
            let outputs = shapes.intercept.len();
            let total = weights.map_or(x.rows as f64, |weights| weights.iter().sum());
            let mut pairs = 0;
            for term in &shapes.terms {
                let sum: f64 = term.weights.iter().sum();
                assert!((sum - total).abs() < 1e-9 * total);
                let (lines, width) = match &term.axes[..] {
                    [_] => (1, term.cells()),
                    [first, second] => (first.bins.count(), second.bins.count()),
                    _ => panic!("{} axes", term.axes.len()),
                };
                let mean = |cells: &mut dyn Iterator<Item = usize>, output: usize| {
                    let (mut sum, mut weight) = (0.0, 0.0);
                    for cell in cells {
                        sum += term.weights[cell] * term.scores[cell * outputs + output];
                        weight += term.weights[cell];
                    }
                    if weight > 0.0 { sum / weight } else { 0.0 }
                };
                for output in 0..outputs {
                    for line in 0..lines {
                        let off = mean(&mut (line * width..(line + 1) * width), output);
                        assert!(off.abs() < 1e-9, "{}: line {line} has {off}", term.name());
                    }
                    for column in (0..width).filter(|_| term.is_pair()) {
                        let cells = (0..lines).map(|line| line * width + column);
                        let off = mean(&mut cells.into_iter(), output);
                        assert!(
                            off.abs() < 1e-9,
                            "{}: column {column} has {off}",
                            term.name()
                        );
                    }
                }
                if outputs > 1 {
                    for scores in term.scores.chunks_exact(outputs) {
                        assert!(scores.iter().sum::<f64>().abs() < 1e-9);
                    }
                }
                let sizes = term.scores.chunks_exact(outputs).zip(&term.weights);
                let sum: f64 = sizes
                    .map(|(scores, weight)| {
                        weight * scores.iter().map(|score| score.abs()).sum::<f64>()
                    })
                    .sum();
                let importance = sum / total / outputs as f64;
                assert!((importance - term.importance).abs() < 1e-9 * importance);
                pairs += usize::from(term.is_pair());
            }
            assert!(pairs > 0);
            let order = shapes.terms.windows(2);
            assert!(
                order
                    .into_iter()
                    .all(|pair| pair[0].importance >= pair[1].importance)
            );
        }
    }
}

#[test]
fn a_table_and_what_is_moved_out_of_it_add_up_to_what_it_was() {
    let mut random = Random::new(6);
    for (lines, width, share) in [(2, 2, 1.0), (5, 7, 1.0), (33, 33, 0.7), (33, 12, 0.1)] {
        let cells: Vec<f64> = (0..lines * width)
            .map(|_| random.next_f64() * 8.0 - 3.0)
            .collect();
        let weights: Vec<f64> = (0..lines * width)
            .map(|_| {
                let seen = random.next_f64() < share;
                f64::from(u8::from(seen)) * (1 + random.below(20)) as f64
            })
            .collect();
        let mut pure = cells.clone();
        let moved = must(purify(&mut pure, &weights, width, &TaskContext::new()));
        for (place, (&pure, &cell)) in pure.iter().zip(&cells).enumerate() {
            let (line, column) = (place / width, place % width);
            let sum = pure + moved.lines[line] + moved.columns[column];
            assert!((sum - cell).abs() < 1e-12);
        }
        for line in 0..lines {
            let cells = line * width..(line + 1) * width;
            let mean: f64 = cells.map(|cell| pure[cell] * weights[cell]).sum();
            assert!(
                mean.abs() < 1e-9,
                "line {line} of {lines} × {width}: {mean}"
            );
        }
        for column in 0..width {
            let cells = (0..lines).map(|line| line * width + column);
            let mean: f64 = cells.map(|cell| pure[cell] * weights[cell]).sum();
            assert!(
                mean.abs() < 1e-9,
                "column {column} of {lines} × {width}: {mean}"
            );
        }
    }
}

#[test]
fn narrow_powers_of_e_are_those_of_the_standard_library() {
    for step in -8_000..8_000_i16 {
        let x = f32::from(step) * 0.01;
        let right = f64::from(x).exp();
        let off = (f64::from(exp(x)) - right).abs() / right;
        assert!(off < 4e-7, "e^{x} is off by {off}");
    }
}

// ---- Planted truths ------------------------------------------------------------------------------

/// The curve of a column: for every bin but that of blanks, its middle and its score.
fn curve(shapes: &AdditiveShapes, feature: usize) -> Vec<(f64, f64, f64)> {
    let mut terms = shapes.terms.iter();
    let term = terms
        .find(|term| !term.is_pair() && term.axes[0].feature == feature)
        .unwrap_or_else(|| panic!("no curve of column {feature}"));
    match &term.axes[0].bins {
        ShapeBins::Number {
            edges,
            lowest,
            highest,
        } => (0..=edges.len())
            .map(|bin| {
                let low = if bin == 0 { *lowest } else { edges[bin - 1] };
                let high = edges.get(bin).copied().unwrap_or(*highest);
                ((low + high) / 2.0, term.scores[bin], term.weights[bin])
            })
            .collect(),
        ShapeBins::Category { levels } => levels
            .iter()
            .enumerate()
            .map(|(bin, levels)| {
                assert_eq!(levels.len(), 1);
                (f64::from(levels[0]), term.scores[bin], term.weights[bin])
            })
            .collect(),
    }
}

/// Root of the mean squared distance between a curve and the truth, both centred.
fn distance(curve: &[(f64, f64, f64)], truth: impl Fn(f64) -> f64) -> f64 {
    let total: f64 = curve.iter().map(|bin| bin.2).sum();
    let mean = |of: &dyn Fn(&(f64, f64, f64)) -> f64| {
        curve.iter().map(|bin| of(bin) * bin.2).sum::<f64>() / total
    };
    let (centre, level) = (mean(&|bin| truth(bin.0)), mean(&|bin| bin.1));
    mean(&|bin| ((truth(bin.0) - centre) - (bin.1 - level)).powi(2)).sqrt()
}

#[test]
fn the_curves_of_additive_data_are_the_true_ones() {
    let mut random = Random::new(7);
    let (mut values, mut answers, mut codes) = (Vec::new(), Vec::new(), Vec::new());
    let step = |x: f64| if x > 0.5 { 1.0 } else { 0.0 };
    let wave = |x: f64| (2.0 * x).sin();
    let level = |x: f64| [0.0, 1.5, -0.5, 0.7][x as usize % 4];
    for _ in 0..6_000 {
        let number = |random: &mut Random| f64::from((random.next_f64() * 4.0 - 2.0) as f32);
        let (a, b, idle) = (
            number(&mut random),
            number(&mut random),
            number(&mut random),
        );
        let code = random.below(4) as f64;
        values.extend([a, b, code, idle]);
        let sum = wave(a) + step(b) + level(code);
        let noise: f64 = (0..6).map(|_| random.next_f64() - 0.5).sum();
        answers.push(sum + 0.5 * noise);
        let share = 1.0 / (1.0 + (-2.0 * (sum - 0.9)).exp());
        codes.push(u32::from(random.next_f64() < share));
    }
    let x = must(Matrix::new(6_000, 4, values));
    let features: Vec<Feature> = (0..4)
        .map(|column| Feature {
            name: format!("c{column}"),
            kind: if column == 2 {
                FeatureKind::Category { levels: 4 }
            } else {
                FeatureKind::Number
            },
        })
        .collect();
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 4);
    context.features = &features;
    let params = Params::new().with("pairs", 0_i64).with("bags", 4_i64);
    // (answers, how much larger the effects are, how far a curve may be off)
    let cases = [
        (Target::Numbers(answers), 1.0, 0.06),
        (Target::Classes { codes, count: 2 }, 2.0, 0.3),
    ];
    for (y, factor, tolerance) in cases {
        let model = fit(&x, &y, &params, &context);
        let shapes = shapes(&*model);
        assert!(shapes.terms.iter().all(|term| !term.is_pair()));
        let off = [
            distance(&curve(&shapes, 0), |x| factor * wave(x)),
            distance(&curve(&shapes, 1), |x| factor * step(x)),
            distance(&curve(&shapes, 2), |x| factor * level(x)),
        ];
        assert!(off.iter().all(|off| *off < tolerance), "{off:?}");
        // The column that does nothing is last, far behind.
        let least = shapes
            .terms
            .last()
            .map(|term| (term.axes[0].feature, term.importance));
        let (feature, importance) = least.unwrap_or_else(|| panic!("no terms"));
        assert_eq!(feature, 3);
        assert!(importance < 0.1 * shapes.terms[0].importance);
    }
}

#[test]
fn blanks_have_a_score_of_their_own() {
    let mut random = Random::new(8);
    let (mut values, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..2_000 {
        let value = f64::from(random.next_f64() as f32);
        let blank = random.below(4) == 0;
        values.push(if blank { f64::NAN } else { value });
        let noise = random.next_f64() - 0.5;
        answers.push(if blank { 3.0 } else { value } + noise);
    }
    let x = must(Matrix::new(2_000, 1, values));
    let task = TaskContext::new();
    let model = fit(
        &x,
        &Target::Numbers(answers),
        &few_rounds().with("rounds", 500_i64),
        &FitContext::new(&task, 1),
    );
    let new = must(Matrix::new(3, 1, vec![f64::NAN, 0.1, 0.9]));
    let predicted = predict(&*model, &new);
    assert!((predicted[0] - 3.0).abs() < 0.1, "{predicted:?}");
    assert!((predicted[1] - 0.1).abs() < 0.15 && (predicted[2] - 0.9).abs() < 0.15);
}

fn first_pair(model: &dyn Model) -> Vec<usize> {
    let shapes = shapes(model);
    let pairs: Vec<Vec<usize>> = shapes
        .terms
        .iter()
        .filter(|term| term.is_pair())
        .map(|term| term.axes.iter().map(|axis| axis.feature).collect())
        .collect();
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    pairs[0].clone()
}

#[test]
fn a_planted_interaction_is_found_first() {
    let mut random = Random::new(9);
    let rows = 3_000;
    let values: Vec<f64> = (0..rows * 6)
        .map(|_| f64::from((random.next_f64() * 2.0 - 1.0) as f32))
        .collect();
    let x = must(Matrix::new(rows, 6, values));
    let task = TaskContext::new();
    let context = FitContext::new(&task, 4);
    let params = few_rounds().with("pairs", 1_i64).with("rounds", 200_i64);
    // Strong curves beside it, and (second) two columns that do nothing alone.
    type Truth = fn(&[f64]) -> f64;
    let truths: [(Truth, [usize; 2]); 2] = [
        (
            |row| 3.0 * row[0] + (4.0 * row[1]).sin() + row[2] * row[4] + row[3].powi(2),
            [2, 4],
        ),
        (
            |row| row[0] + f64::from(u8::from((row[3] > 0.2) ^ (row[5] > -0.1))),
            [3, 5],
        ),
    ];
    for (truth, planted) in truths {
        let answers: Vec<f64> = (0..rows)
            .map(|row| truth(x.row(row)) + random.next_f64() - 0.5)
            .collect();
        let codes = answers.iter().map(|&answer| u32::from(answer > 0.5));
        let classes = Target::Classes {
            codes: codes.collect(),
            count: 2,
        };
        for y in [Target::Numbers(answers.clone()), classes] {
            let model = fit(&x, &y, &params, &context);
            assert_eq!(first_pair(&*model), planted);
        }
    }
}

#[test]
fn the_strength_of_a_pair_is_the_fall_of_the_squared_error() {
    let mut random = Random::new(10);
    let rows = 200;
    let mut bins = [Vec::new(), Vec::new()];
    let mut gradients = Vec::new();
    for _ in 0..rows {
        bins[0].push(random.below(2) as u8);
        bins[1].push(random.below(2) as u8);
        let hessian = (random.next_f64() + 0.1) as f32;
        gradients.push([(random.next_f64() - 0.5) as f32, hessian]);
    }
    // The four means, weighted by the hessians.
    let (mut means, mut weights) = (vec![0.0; 4], vec![0.0; 4]);
    for (row, [gradient, hessian]) in gradients.iter().enumerate() {
        let cell = usize::from(bins[0][row]) * 2 + usize::from(bins[1][row]);
        means[cell] -= f64::from(*gradient);
        weights[cell] += f64::from(*hessian);
    }
    for (mean, weight) in means.iter_mut().zip(&weights) {
        *mean /= weight;
    }
    // What is left of them beside the best sum of two effects.
    must(purify(&mut means, &weights, 2, &TaskContext::new()));
    let fall: f64 = means
        .iter()
        .zip(&weights)
        .map(|(mean, weight)| weight * mean * mean)
        .sum();
    let columns = bins.map(|bins| Coarse {
        column: 0,
        of: vec![0, 1, 2],
        values: 2,
        bins,
    });
    let counts = vec![true; rows];
    let pairs = must(rank(
        &columns,
        &[gradients],
        &counts,
        1,
        1,
        &TaskContext::new(),
    ));
    assert_eq!(pairs.len(), 1);
    let off = (pairs[0].strength - fall).abs() / fall;
    assert!(off < 1e-9, "{} and {fall}", pairs[0].strength);
}

#[test]
fn columns_keep_their_direction() {
    let (x, features) = mixed(800, 11);
    let answers = number_answers(&x, 2);
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    let params = few_rounds()
        .with("leaves", 4_i64)
        .with("rising", vec!["c0".to_owned()])
        .with("falling", vec!["c2".to_owned()]);
    let model = fit(&x, &Target::Numbers(answers), &params, &context);
    let shapes = shapes(&*model);
    for term in shapes.terms.iter().filter(|term| term.is_pair()) {
        assert!(term.axes.iter().all(|axis| [1, 3].contains(&axis.feature)));
    }
    let rising = curve(&shapes, 0);
    assert!(rising.windows(2).all(|pair| pair[0].1 <= pair[1].1 + 1e-12));
    assert!(
        rising[0].1 < rising[rising.len() - 1].1,
        "the curve does not rise at all"
    );
    for term in shapes.terms.iter().filter(|term| term.axes[0].feature == 2) {
        let values = term.axes[0].bins.values();
        assert!(
            term.scores[..values]
                .windows(2)
                .all(|pair| pair[0] >= pair[1] - 1e-12)
        );
    }
    let refused = must(learn::by_id(ID)).fit(&x, &targets(&x)[2], &params, &context);
    assert_eq!(
        refused.err().map(|error| error.code),
        Some("settings_do_not_go_together".to_owned())
    );
}

// ---- How it fits ---------------------------------------------------------------------------------

#[test]
fn the_number_of_threads_changes_no_byte() {
    let (x, features) = mixed(3_000, 12);
    let weights: Vec<f64> = (0..x.rows)
        .map(|row| 0.5 + (row % 7) as f64 * 0.3)
        .collect();
    let task = TaskContext::new();
    for y in targets(&x) {
        for weights in [None, Some(&weights[..])] {
            let fitted = |threads| {
                let mut context = FitContext::new(&task, 9);
                context.features = &features;
                context.threads = threads;
                context.weights = weights;
                let params = few_rounds().with("rounds", 20_i64);
                fit(&x, &y, &params, &context).save().to_string()
            };
            let one = fitted(1);
            assert!(one == fitted(2), "differs on two threads");
            assert!(one == fitted(5), "differs on five threads");
        }
    }
}

#[test]
fn rows_without_weight_say_nothing() {
    let (x, features) = mixed(500, 13);
    let weights: Vec<f64> = (0..x.rows)
        .map(|row| f64::from(u8::from(row % 3 > 0)))
        .collect();
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 9);
    context.features = &features;
    context.weights = Some(&weights);
    for y in targets(&x) {
        let changed = match &y {
            Target::Classes { codes, count } => Target::Classes {
                codes: (0..x.rows)
                    .map(|row| if weights[row] > 0.0 { codes[row] } else { 1 })
                    .collect(),
                count: *count,
            },
            // The mean that answers are measured from is that of all rows.
            Target::Numbers(answers) => {
                let mut changed = answers.clone();
                changed.swap(0, 3);
                Target::Numbers(changed)
            }
        };
        let one = predict(&*fit(&x, &y, &few_rounds(), &context), &x);
        let other = predict(&*fit(&x, &changed, &few_rounds(), &context), &x);
        let off = one
            .iter()
            .zip(&other)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(off < 1e-6, "differs by {off}");
    }
}

#[test]
fn bags_differ_and_one_bag_has_no_spread() {
    let (x, features) = mixed(500, 14);
    let y = Target::Numbers(number_answers(&x, 3));
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 9);
    context.features = &features;
    let spread = |bags: i64| {
        let model = fit(&x, &y, &few_rounds().with("bags", bags), &context);
        let terms = shapes(&*model).terms;
        let all = terms.iter().flat_map(|term| &term.deviations);
        all.copied().fold(0.0, f64::max)
    };
    assert_eq!(spread(1), 0.0);
    assert!(spread(4) > 0.01);
}

#[test]
fn rounds_are_reported_and_noise_ends_early() {
    let (x, features) = mixed(600, 15);
    let mut random = Random::new(1);
    let noise = Target::Numbers((0..x.rows).map(|_| random.next_f64()).collect());
    let task = TaskContext::new();
    let told = Mutex::new(Vec::new());
    let note = |round: Round| {
        if let Ok(mut told) = told.lock() {
            told.push(round);
        }
    };
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    context.on_round = Some(&note);
    fit(&x, &noise, &Params::new(), &context);
    let told = told.into_inner().unwrap_or_default();
    assert!(told.windows(2).all(|pair| pair[0].round < pair[1].round));
    let last = told.last().copied().unwrap_or_else(|| panic!("no round"));
    assert!(last.round < 1_000, "{last:?}");
    assert!(last.training < told[0].training);
    assert!(
        told.iter()
            .all(|round| round.checking.is_some_and(f64::is_finite))
    );
}

#[test]
fn cancelling_in_the_middle_stops_the_fit() {
    let (x, features) = mixed(400, 16);
    for y in targets(&x) {
        let task = TaskContext::new();
        let stop = |_: Round| task.cancel();
        let mut context = FitContext::new(&task, 3);
        context.features = &features;
        context.on_round = Some(&stop);
        let result = must(learn::by_id(ID)).fit(&x, &y, &Params::new(), &context);
        assert!(result.is_err_and(|error| error.is_cancelled()));
    }
}

#[test]
fn the_graph_with_blanks_and_categories_predicts_the_same() {
    let (x, features) = mixed(600, 17);
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    // Codes never seen, codes that do not exist, values on an edge and far outside.
    let values = x.values[..800].iter().enumerate().map(|(place, &value)| {
        match ((place * 7) % 11, place % 4) {
            (0, _) => f64::NAN,
            (1, 3) => 8.0,
            (2, 3) => 900.0,
            (3, 3) => -1.0,
            (1, _) => 1e30,
            (2, _) => -1e30,
            (3, 0) => -0.25,
            (4, _) => 0.0,
            _ => value,
        }
    });
    let odd = must(Matrix::new(200, 4, values.collect()));
    for y in targets(&x) {
        let model = fit(&x, &y, &few_rounds(), &context);
        let mut graph = Graph::new();
        let input = graph.input("x", ElementType::Double);
        let output = must(model.graph(&mut graph, &input));
        let tensor = Tensor::from_shape(&[odd.rows, odd.cols], &odd.values)
            .unwrap_or_else(|e| panic!("{e}"));
        let theirs = crate::learners::run_graph(&graph, vec![tensor], &output);
        let ours = predict(&*model, &odd);
        assert_eq!(theirs.len(), ours.len());
        let off = theirs
            .iter()
            .zip(&ours)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(off < 1e-12, "differs by {off}");
    }
}

// ---- Peers ---------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    cols: usize,
    x: Vec<f64>,
    y: Vec<f64>,
    /// 0 for numbers.
    classes: usize,
    /// Fold that each row is checked in.
    folds: Vec<usize>,
    /// Mean log loss, or root mean squared error, per fold.
    scores: Vec<f64>,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn score(case: &Case, fold: usize) -> f64 {
    let x = must(Matrix::new(case.y.len(), case.cols, case.x.clone()));
    let part = |checked: bool| -> Vec<usize> {
        (0..x.rows)
            .filter(|&row| (case.folds[row] == fold) == checked)
            .collect()
    };
    let (fitted, checked) = (part(false), part(true));
    let y = if case.classes > 0 {
        Target::Classes {
            codes: case.y.iter().map(|&class| class as u32).collect(),
            count: case.classes,
        }
    } else {
        Target::Numbers(case.y.clone())
    };
    let task = TaskContext::new();
    let context = FitContext {
        threads: 2,
        ..FitContext::new(&task, 1)
    };
    let model = fit(
        &x.take_rows(&fitted),
        &y.rows(&fitted),
        &Params::new(),
        &context,
    );
    let predicted = predict(&*model, &x.take_rows(&checked));
    let losses = checked
        .iter()
        .zip(predicted.chunks_exact(case.classes.max(1)));
    let losses: Vec<f64> = losses
        .map(|(&row, predicted)| {
            if case.classes > 0 {
                -predicted[case.y[row] as usize].max(1e-15).ln()
            } else {
                (predicted[0] - case.y[row]).powi(2)
            }
        })
        .collect();
    if case.classes > 0 {
        mean(&losses)
    } else {
        mean(&losses).sqrt()
    }
}

/// Default settings on the same folds: on no table worse by more than one standard error of the
/// peer's own score over its folds.
#[test]
fn scores_are_those_of_interpret_core() {
    let path = crate::support::project_file("tests/fixtures/additive.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let cases: Cases = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}"));
    assert!(cases.cases.len() > 3);
    for case in &cases.cases {
        let folds = case.scores.len();
        let ours: Vec<f64> = (0..folds).map(|fold| score(case, fold)).collect();
        let theirs = mean(&case.scores);
        let squares = case.scores.iter().map(|score| (score - theirs).powi(2));
        let standard_error = (squares.sum::<f64>() / (folds - 1) as f64 / folds as f64).sqrt();
        println!(
            "{}: {:.4}, theirs {theirs:.4} ± {standard_error:.4}",
            case.name,
            mean(&ours)
        );
        assert!(
            mean(&ours) <= theirs + standard_error,
            "{}: {ours:?}, theirs {:?}",
            case.name,
            case.scores
        );
    }
}
