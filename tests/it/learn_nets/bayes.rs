//! Naive Bayes.

use super::*;

#[derive(Deserialize)]
struct BayesCase {
    learner: String,
    x: FixtureMatrix,
    y: Vec<u32>,
    classes: usize,
    weights: Option<Vec<f64>>,
    new: FixtureMatrix,
    probabilities: Vec<f64>,
}

#[test]
fn naive_bayes_agrees_with_scikit_learn() {
    for case in fixture::<Cases<BayesCase>>("nets_bayes").cases {
        let y = Target::Classes {
            codes: case.y,
            count: case.classes,
        };
        let weights = case.weights.as_deref();
        let model = fit_with(&case.learner, &case.x.matrix(), &y, weights, &Params::new());
        let off = difference(&predict(&*model, &case.new.matrix()), &case.probabilities);
        // With weights, theirs measures the least spread of a Gaussian by the rows without them.
        let gaussian = case.learner == "gaussian_naive_bayes";
        let enough = if gaussian && weights.is_some() {
            1e-5
        } else {
            1e-9
        };
        assert!(off < enough, "{}: differs by {off}", case.learner);
    }
}
