//! Curves for probabilities.

use super::*;

#[derive(Deserialize)]
struct CalibrationCase {
    scores: Vec<f64>,
    positive: Vec<u8>,
    weights: Option<Vec<f64>>,
    new: Vec<f64>,
    isotonic: Vec<f64>,
    slope: f64,
    intercept: f64,
}

#[test]
fn isotonic_curves_are_those_of_scikit_learn() {
    for case in fixture::<Cases<CalibrationCase>>("nets_calibration").cases {
        let answers: Vec<f64> = case.positive.iter().map(|&p| f64::from(p)).collect();
        let curve = must(Isotonic::fit(
            &case.scores,
            &answers,
            case.weights.as_deref(),
        ));
        assert!(curve.is_valid());
        let ours: Vec<f64> = case.new.iter().map(|&score| curve.at(score)).collect();
        assert!(difference(&ours, &case.isotonic) < 1e-12);
        let mut graph = Graph::new();
        let input = graph.input("x", ElementType::Double);
        let output = curve.graph(&mut graph, &input);
        let theirs = run_graph(&graph, vec![column(&case.new)], &output);
        assert!(difference(&theirs, &ours) < 1e-12);
    }
}

/// Pools are means of their rows, rise from one to the next, and no pool could be split: the mean
/// of any beginning of a pool is at least that of the pool.
#[test]
fn isotonic_pools_cannot_be_split() {
    let scores: Vec<f64> = (0..60).map(f64::from).collect();
    let answers: Vec<f64> = scores
        .iter()
        .map(|s| (s * 0.7).sin() * 3.0 + s / 20.0)
        .collect();
    let curve = must(Isotonic::fit(&scores, &answers, None));
    let fitted: Vec<f64> = scores.iter().map(|&score| curve.at(score)).collect();
    assert!(fitted.windows(2).all(|pair| pair[0] <= pair[1]));
    let mut start = 0;
    while start < 60 {
        let end = (start..60)
            .find(|&row| fitted[row] != fitted[start])
            .unwrap_or(60);
        for upto in start + 1..=end {
            let mean = answers[start..upto].iter().sum::<f64>() / (upto - start) as f64;
            assert!(mean >= fitted[start] - 1e-12);
            assert!(upto < end || (mean - fitted[start]).abs() < 1e-12);
        }
        start = end;
    }
    let flat = must(Isotonic::fit(&[2.0, 1.0], &[0.0, 1.0], None));
    assert_eq!([flat.at(-9.0), flat.at(1.5), flat.at(9.0)], [0.5; 3]);
    assert!(Isotonic::fit(&[], &[], None).is_err());
    assert!(Isotonic::fit(&[f64::NAN], &[1.0], None).is_err());
}

#[test]
fn sigmoids_are_those_of_scikit_learn() {
    for case in fixture::<Cases<CalibrationCase>>("nets_calibration").cases {
        let positive: Vec<bool> = case.positive.iter().map(|&p| p == 1).collect();
        let curve = must(Sigmoid::fit(
            &case.scores,
            &positive,
            case.weights.as_deref(),
        ));
        let theirs = Sigmoid {
            slope: case.slope,
            intercept: case.intercept,
        };
        for &score in &case.new {
            // Theirs stops its search a little earlier.
            assert!((curve.at(score) - theirs.at(score)).abs() < 1e-5);
        }
        let ours: Vec<f64> = case.new.iter().map(|&score| curve.at(score)).collect();
        let mut graph = Graph::new();
        let input = graph.input("x", ElementType::Double);
        let output = curve.graph(&mut graph, &input);
        let theirs = run_graph(&graph, vec![column(&case.new)], &output);
        assert!(difference(&theirs, &ours) < 1e-12);
    }
}

#[test]
fn sigmoids_of_hopeless_scores_stay_finite() {
    for (scores, positive) in [
        (vec![0.0; 4], vec![true, false, true, true]),
        (vec![1e300, -1e300], vec![true, false]),
        (vec![5.0; 3], vec![true; 3]),
    ] {
        let curve = must(Sigmoid::fit(&scores, &positive, None));
        assert!(curve.is_valid());
        assert!((0.0..=1.0).contains(&curve.at(scores[0])));
    }
    assert!(Sigmoid::fit(&[1.0], &[true], Some(&[0.0])).is_err());
    assert!(Sigmoid::fit(&[1.0], &[], None).is_err());
}
