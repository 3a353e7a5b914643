//! Agreement with scikit-learn and LightGBM.

use super::*;

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
        // The peers were told to count rows alone.
        let mut params = Params::new().with("weigh_rows", false);
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
