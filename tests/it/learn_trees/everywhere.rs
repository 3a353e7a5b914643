//! The same bins and trees on any number of threads, and rows that count more or less.

use super::*;

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
            let edges = benchtop::learn::engine::hist::edges::edges(&values, most).0;
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
    let edges = benchtop::learn::engine::hist::edges::edges(&values, 64).0;
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

/// Rows walk through a tree side by side where there are many, and one by one where there are few.
#[test]
fn a_row_alone_is_predicted_as_among_many() {
    let (x, features) = mixed(700, 4, 3, 31);
    // Values that training never saw: blanks, codes beyond the last, the ends of all numbers.
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5, -1.0, 1e9];
    let mut values = Vec::new();
    for row in 0..203 {
        let start = values.len();
        values.extend_from_slice(x.row(row));
        values[start + row % x.cols] = odd[row % odd.len()];
    }
    let new = must(Matrix::new(203, x.cols, values));
    let task = TaskContext::new();
    let mut context = FitContext::new(&task, 9);
    context.features = &features;
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    for id in ALL {
        for y in targets(&x) {
            let model = fit(id, &x, &y, &small(id), &context);
            let together = predict(&*model, &new);
            let width = together.len() / new.rows;
            for row in 0..new.rows {
                let alone = must(Matrix::new(1, new.cols, new.row(row).to_vec()));
                let alone = predict(&*model, &alone);
                let among = &together[row * width..(row + 1) * width];
                assert_eq!(bits(&alone), bits(among), "{id}, row {row}");
            }
        }
    }
}
