//! Trees that correct one another.

use super::*;

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
