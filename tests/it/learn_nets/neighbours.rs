//! Neighbours by every distance and say.

use super::*;

#[derive(Deserialize)]
struct NearFixture {
    x: FixtureMatrix,
    new: FixtureMatrix,
    classes: Vec<u32>,
    values: Vec<f64>,
    cases: Vec<NearCase>,
}

#[derive(Deserialize)]
struct NearCase {
    metric: String,
    say: String,
    probabilities: Vec<f64>,
    predictions: Vec<f64>,
}

#[test]
fn neighbours_by_every_distance_and_say_agree_with_scikit_learn_and_their_graph() {
    let fixture: NearFixture = fixture("nets_neighbours");
    let (x, new) = (fixture.x.matrix(), fixture.new.matrix());
    for case in &fixture.cases {
        let params = Params::new()
            .with("neighbours", 7_i64)
            .with("distance", case.metric.as_str())
            .with("say", case.say.as_str());
        let classes = Target::Classes {
            codes: fixture.classes.clone(),
            count: 3,
        };
        let numbers = Target::Numbers(fixture.values.clone());
        for (y, expected) in [
            (&classes, &case.probabilities),
            (&numbers, &case.predictions),
        ] {
            let model = fit_with("k_nearest_neighbours", &x, y, None, &params);
            let ours = predict(&*model, &new);
            let off = difference(&ours, expected);
            assert!(off < 1e-12, "{} {}: {off}", case.metric, case.say);
            let mut graph = Graph::new();
            let input = graph.input("x", ElementType::Double);
            let output = must(model.graph(&mut graph, &input));
            let tensor = Tensor::from_shape(&[new.rows, new.cols], &new.values)
                .unwrap_or_else(|e| panic!("{e}"));
            let theirs = run_graph(&graph, vec![tensor], &output);
            let off = difference(&theirs, &ours);
            assert!(off < 1e-12, "{} {}: graph {off}", case.metric, case.say);
        }
    }
}

#[test]
fn rows_of_different_weights_reach_the_graph_of_neighbours() {
    let fixture: NearFixture = fixture("nets_neighbours");
    let (x, new) = (fixture.x.matrix(), fixture.new.matrix());
    let weights: Vec<f64> = (0..x.rows)
        .map(|row| [0.25, 1.0, 2.5, 0.0][row % 4])
        .collect();
    let classes = Target::Classes {
        codes: fixture.classes.clone(),
        count: 3,
    };
    for case in &fixture.cases {
        let params = Params::new()
            .with("neighbours", 7_i64)
            .with("distance", case.metric.as_str())
            .with("say", case.say.as_str());
        for y in [&classes, &Target::Numbers(fixture.values.clone())] {
            let model = fit_with("k_nearest_neighbours", &x, y, Some(&weights), &params);
            let ours = predict(&*model, &new);
            let alike = predict(
                &*fit_with("k_nearest_neighbours", &x, y, None, &params),
                &new,
            );
            assert!(difference(&ours, &alike) > 1e-3, "weights change nothing");
            let mut graph = Graph::new();
            let input = graph.input("x", ElementType::Double);
            let output = must(model.graph(&mut graph, &input));
            let tensor = Tensor::from_shape(&[new.rows, new.cols], &new.values)
                .unwrap_or_else(|e| panic!("{e}"));
            let theirs = run_graph(&graph, vec![tensor], &output);
            let off = difference(&theirs, &ours);
            assert!(off < 1e-12, "{} {}: graph {off}", case.metric, case.say);
        }
    }
}
