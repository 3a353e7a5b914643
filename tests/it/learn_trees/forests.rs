//! Trees that vote.

use super::*;

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

#[test]
fn a_forest_of_numbers_finds_the_best_set_of_categories_that_have_rows_enough() {
    // Every other category answers 1: one question tells them apart, but only as a set.
    let task = TaskContext::new();
    let features = [Feature {
        name: "c0".to_owned(),
        kind: FeatureKind::Category { levels: 12 },
    }];
    let mut context = FitContext::new(&task, 3);
    context.features = &features;
    let params = small("random_forest").with("max_depth", 1_i64);
    let miss = |rows: usize| {
        let codes: Vec<f64> = (0..rows).map(|row| (row % 12) as f64).collect();
        let answers: Vec<f64> = codes.iter().map(|code| code % 2.0).collect();
        let x = must(Matrix::new(rows, 1, codes));
        let y = Target::Numbers(answers.clone());
        let model = fit("random_forest", &x, &y, &params, &context);
        largest_difference(&predict(&*model, &x), &answers)
    };
    // A tree sees about 63 of 100 rows: 31 of every category, then 6.
    assert!(miss(600) < 1e-6);
    assert!(miss(120) > 0.1);
}
