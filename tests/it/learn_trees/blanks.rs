//! Blanks and categories on the way out.

use super::*;

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
                let theirs = run_graph(&graph, vec![tensor], &output);
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
