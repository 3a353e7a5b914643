//! What is learned comes from the training rows only.

use super::*;

#[test]
fn what_is_learned_comes_from_the_training_rows_only() {
    let prepared = prepared(frame(0.0, "Bern"));
    let learned = |rows: &[u32]| {
        let fitted = fit(&prepared, LEARNER, &Params::new(), rows, 1, &task()).unwrap();
        fitted.pipeline.steps[1].learned.numbers["age"]
    };
    let all = prepared.eligible_rows();
    let few: Vec<u32> = all.iter().copied().filter(|row| *row < 8).collect();
    // Ages of rows 0, 1, 2, 4, 6, 7 (3 is blank, 5 has no answer).
    assert_eq!(learned(&few), 3.0);
    assert_ne!(learned(&all), 3.0);
}

#[test]
fn check_rows_never_reach_the_model() {
    let calm = prepared(frame(0.0, "Bern"));
    let wild = prepared(frame(1e6, "Neverland"));
    for learner in [
        "decision_tree",
        "guessing",
        "k_nearest_neighbours",
        "logistic_regression",
        "one_simple_rule",
    ] {
        let save = |prepared: &Prepared| {
            let fitted = fit(
                prepared,
                learner,
                &Params::new(),
                &early(prepared),
                7,
                &task(),
            )
            .unwrap();
            serde_json::to_string(&fitted.pipeline.save()).unwrap()
        };
        assert_eq!(save(&calm), save(&wild), "{learner}");
    }
    // The same comparison notices a training row that changes.
    let all = |prepared: &Prepared| {
        let fitted = fit(
            prepared,
            LEARNER,
            &Params::new(),
            &prepared.eligible_rows(),
            7,
            &task(),
        )
        .unwrap();
        serde_json::to_string(&fitted.pipeline.save()).unwrap()
    };
    assert_ne!(all(&calm), all(&wild));
}

/// Ninety rows of every kind of column. With `wild`, rows from 60 on hold other values and other
/// answers.
fn many_kinds(wild: bool) -> Table {
    let late = |row: i32| wild && row >= 60;
    let size: Vec<Option<f64>> = (0..90)
        .map(|row| {
            let value = f64::from(row * row % 37);
            (row % 7 != 3).then_some(if late(row) { value * -1e9 } else { value })
        })
        .collect();
    let day: Vec<i32> = (0..90)
        .map(|row| 19_000 + row * 11 + if late(row) { 40_000 } else { 0 })
        .collect();
    let word = |row: i32, many: i32, name: &str| -> Option<String> {
        (row % 13 != 5).then(|| {
            if late(row) {
                format!("{name} unknown {row}")
            } else {
                format!("{name}{}", row * 7 % many)
            }
        })
    };
    let few: Vec<Option<String>> = (0..90).map(|row| word(row, 4, "f")).collect();
    let many: Vec<Option<String>> = (0..90).map(|row| word(row, 47, "m")).collect();
    let note: Vec<String> = (0..90)
        .map(|row| {
            let words = ["late", "train", "window", "coffee", "friendly"];
            let said = words[row as usize % 5];
            let other = if late(row) { "xylophone" } else { "staff" };
            format!("number {row} says that the {said} {other} was there")
        })
        .collect();
    let answer: Vec<&str> = (0..90)
        .map(|row| {
            let yes = row * row % 37 + row % 5 > 18;
            if yes != late(row) { "yes" } else { "no" }
        })
        .collect();
    let frame = df!("size" => size, "day" => day, "few" => few, "many" => many, "note" => note, "answer" => answer)
        .unwrap()
        .lazy()
        .with_column(col("day").cast(DataType::Date))
        .collect()
        .unwrap();
    table_of(frame)
}

/// Every value of every setting, alone and on top of a preparation that does everything.
fn every_preparation() -> Vec<Params> {
    let everything = Params::new()
        .with("blanks", "mean")
        .with("blanks_indicator", true)
        .with("scaling", "robust")
        .with("categories", "target")
        .with("rare_rows", 2_i64)
        .with("dates", "parts")
        .with("text", "words")
        .with("text_words", 12_i64)
        .with("selection", "univariate")
        .with("selection_keep", 9_i64)
        .with("balance", "over");
    let mut all = vec![Params::new(), everything.clone()];
    for spec in benchtop::learn::prepare::settings() {
        let values: Vec<ParamValue> = match spec.kind {
            ParamKind::Choice(choices) => {
                choices.iter().map(|(value, _)| (*value).into()).collect()
            }
            ParamKind::Bool => vec![true.into(), false.into()],
            ParamKind::Integer { min, max } => vec![min.into(), (min + 3).min(max).into()],
            ParamKind::Number { min, max, .. } => vec![min.max(0.0).into(), max.min(0.1).into()],
            _ => panic!("{} is of a kind that is not tried", spec.key),
        };
        for value in values {
            all.push(Params::new().with(spec.key, value.clone()));
            all.push(everything.clone().with(spec.key, value));
        }
    }
    // Weights for classes need a learner that uses them; see the next test.
    all.retain(|settings| settings.text("balance") != "weights");
    all
}

#[test]
fn check_rows_never_reach_any_preparation() {
    let plan = LearningPlan {
        target: "answer".to_owned(),
        features: names(&["size", "day", "few", "many", "note"]),
        steps: Vec::new(),
    };
    let calm = prepare(&many_kinds(false), &plan, &task()).unwrap();
    let wild = prepare(&many_kinds(true), &plan, &task()).unwrap();
    let rows: Vec<u32> = (0..60).collect();
    let all: Vec<u32> = (0..90).collect();
    let native = benchtop::learn::REGISTRY
        .iter()
        .find(|learner| {
            let able = learner.capabilities();
            able.classes && able.intake == Intake::Native
        })
        .map(|learner| learner.id());
    for learner in [LEARNER, "k_nearest_neighbours"].into_iter().chain(native) {
        let save = |prepared: &Prepared, preparation: &Params, rows: &[u32]| {
            let request = FitRequest {
                learner,
                params: &Params::new(),
                preparation,
                rows,
                seed: 7,
                on_round: None,
            };
            let fitted = benchtop::pipeline::fit(prepared, &request, &task())
                .unwrap_or_else(|error| panic!("{preparation:?}: {}", error.report()));
            serde_json::to_string(&fitted.pipeline.save()).unwrap()
        };
        let mut different = std::collections::BTreeSet::new();
        for preparation in every_preparation() {
            let saved = save(&calm, &preparation, &rows);
            assert!(
                saved == save(&wild, &preparation, &rows),
                "{learner}: {preparation:?}"
            );
            // Rows prepared before come back the same.
            assert!(saved == save(&calm, &preparation, &rows));
            different.insert(saved);
        }
        assert!(
            different.len() > 30,
            "only {} are different",
            different.len()
        );
        // The same comparison notices rows that are learned from.
        assert!(save(&calm, &Params::new(), &all) != save(&wild, &Params::new(), &all));
    }
}

#[test]
fn classes_are_weighted_only_where_a_learner_weighs() {
    let plan = LearningPlan {
        target: "answer".to_owned(),
        features: names(&["size", "few"]),
        steps: Vec::new(),
    };
    let prepared = prepare(&many_kinds(false), &plan, &task()).unwrap();
    let rows = prepared.eligible_rows();
    for learner in benchtop::learn::REGISTRY {
        let able = learner.capabilities();
        if !able.classes {
            continue;
        }
        let request = FitRequest {
            learner: learner.id(),
            params: &Params::new(),
            preparation: &Params::new().with("balance", "weights"),
            rows: &rows,
            seed: 1,
            on_round: None,
        };
        match benchtop::pipeline::fit(&prepared, &request, &task()) {
            Ok(_) => assert!(able.weights || able.yardstick, "{}", learner.id()),
            Err(error) => {
                assert_eq!(error.code, "weights_not_supported", "{}", learner.id());
                assert!(!able.weights);
            }
        }
    }
}
