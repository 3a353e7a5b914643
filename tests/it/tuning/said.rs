//! What is said of a search: importance, luck, coordinates.

use super::*;

fn tuning_of(space: &Space, outcome: Outcome, spec: TuneSpec) -> Tuning {
    Tuning {
        spec,
        metric: "mean_absolute_error".to_owned(),
        higher_is_better: false,
        space: space.clone(),
        rows: 100,
        folds: 5,
        guessing: None,
        trials: outcome.trials,
        best: outcome.best.unwrap(),
        ended: outcome.ended,
        seconds: 1.0,
        fold_fits: outcome.fold_fits,
    }
}

fn planted(space: &Space, value: impl Fn(&Params) -> f64 + Sync) -> Tuning {
    let outcome = search(space, SearchMethod::Random, 400, 1, &folded(value));
    tuning_of(space, outcome, tune_spec(SearchMethod::Random, 400, 1))
}

#[test]
fn importance_agrees_with_the_variance_that_is_planted() {
    let space = Space {
        dimensions: vec![
            number("x", 0.0, 1.0),
            number("y", 0.0, 1.0),
            choice("kind", &["a", "b", "c"], None),
            number("idle", 0.0, 1.0),
        ],
        fixed: Params::new(),
    };
    // Variances: 4/12 of 2x, 1/12 of y, 0.5² · 2/9 of the kind; nothing of idle.
    let tuning = planted(&space, |params| {
        2.0 * params.number("x")
            + params.number("y")
            + 0.5 * f64::from(u8::from(params.text("kind") == "b"))
    });
    let found = must(importance(&tuning, &TaskContext::new()));
    let total = 4.0 / 12.0 + 1.0 / 12.0 + 0.25 * 2.0 / 9.0;
    for (key, expected) in [
        ("x", 4.0 / 12.0 / total),
        ("y", 1.0 / 12.0 / total),
        ("kind", 0.25 * 2.0 / 9.0 / total),
        ("idle", 0.0),
    ] {
        let share = found.settings.iter().find(|s| s.key == key).unwrap().share;
        assert!(
            (share - expected).abs() < 0.05,
            "{key}: {share}, not {expected}"
        );
    }
    assert_eq!(found.settings[0].key, "x");
    assert!(found.together < 0.1, "{}", found.together);
    assert_eq!(found.trials, 400);
}

#[test]
fn settings_that_only_act_together_are_said_to() {
    let space = Space {
        dimensions: vec![number("x", -1.0, 1.0), number("y", -1.0, 1.0)],
        fixed: Params::new(),
    };
    let tuning = planted(&space, |params| {
        params.number("x").signum() * params.number("y").signum()
    });
    let found = must(importance(&tuning, &TaskContext::new()));
    assert!(found.together > 0.8, "{found:?}");
    let few = Tuning {
        trials: tuning.trials[..5].to_vec(),
        ..tuning
    };
    assert!(
        must(importance(&few, &TaskContext::new()))
            .settings
            .is_empty()
    );
}

#[test]
fn the_luck_of_the_best_is_that_of_tibshirani_and_tibshirani() {
    let space = branin_space();
    let mut tuning = planted(&space, branin);
    tuning.trials.truncate(3);
    for (trial, scores) in tuning.trials.iter_mut().zip([
        [1.0, 2.0, 3.0, 4.0, 5.0],
        [2.0, 1.0, 2.0, 4.0, 5.0],
        [0.5, 5.0, 5.0, 5.0, 4.5],
    ]) {
        for (fold, score) in trial.folds.iter_mut().zip(scores) {
            fold.score = Some(score);
        }
        trial.score = Some(scores.iter().sum::<f64>() / 5.0);
    }
    tuning.best = 1;
    // Smallest per fold: 0.5, 1, 2, 4, 4.5.
    let expected = ((2.0 - 0.5) + 0.0 + 0.0 + 0.0 + (5.0 - 4.5)) / 5.0;
    assert!((tuning.luck().unwrap() - expected).abs() < 1e-12);
    assert!(
        tuning.caution().contains("the best of 3 settings"),
        "{}",
        tuning.caution()
    );
    // Better is larger: the same numbers the other way round.
    for trial in &mut tuning.trials {
        for fold in &mut trial.folds {
            fold.score = fold.score.map(|score| -score);
        }
    }
    tuning.higher_is_better = true;
    assert!((tuning.luck().unwrap() - expected).abs() < 1e-12);
    assert!(
        tuning.verdict().starts_with("Not clearly better"),
        "{}",
        tuning.verdict()
    );
}

#[test]
fn parallel_coordinates_hold_every_trial_and_a_brush_narrows() {
    let space = conditional_space();
    let outcome = search(&space, SearchMethod::Random, 60, 1, &folded(conditional));
    let tuning = tuning_of(&space, outcome, tune_spec(SearchMethod::Random, 60, 1));
    let picture = coordinates(&tuning);
    assert_eq!(picture.axes.len(), 5);
    assert_eq!(picture.lines.len(), 60);
    assert_eq!(picture.lines.iter().filter(|line| line.best).count(), 1);
    for (line, trial) in picture.lines.iter().zip(&tuning.trials) {
        assert_eq!(line.places[1].is_some(), trial.values.text("kind") == "a");
        let inside = |place: &f64| (0.0..=1.0).contains(place);
        assert!(line.places.iter().flatten().all(inside));
    }
    let among: Vec<usize> = picture.between(0, 0.4, 0.6);
    for trial in &tuning.trials {
        let is_b = trial.values.text("kind") == "b";
        assert_eq!(among.contains(&trial.number), is_b);
    }
    let (key, narrowed) = tuning.narrowed(3, 0.0, 0.5).unwrap();
    assert_eq!(key, "common");
    assert_eq!(
        serde_json::to_value(&narrowed).unwrap(),
        serde_json::json!({ "between": { "min": 0.0, "max": 0.5 } })
    );
    let (_, narrowed) = tuning.narrowed(0, 0.4, 1.0).unwrap();
    assert_eq!(
        serde_json::to_value(&narrowed).unwrap(),
        serde_json::json!({ "among": ["b", "c"] })
    );
    let curve = tuning.best_so_far();
    assert_eq!(curve.len(), 60);
    assert!(curve.windows(2).all(|pair| pair[1].1 <= pair[0].1));
}
