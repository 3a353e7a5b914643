//! What is refused: damaged files, settings and data that make no sense.

use super::*;

#[test]
fn files_that_break_off_or_lose_a_bit_are_refused_or_harmless() {
    let x = random_matrix(40, 3, 28);
    let (yes, number) = (classes(&x, 3), numbers(&x));
    every_learner(|learner| {
        for y in &tasks_of(learner, &yes, &number) {
            let model = must(fit(learner, &x, y, &quick(learner)));
            let whole = model.save().to_string().into_bytes();
            let mut random = Random::new(29);
            let cut = (0..40).map(|place| whole[..place * whole.len() / 40].to_vec());
            let flipped = (0..200).map(|_| {
                let mut bytes = whole.clone();
                let place = random.below(bytes.len());
                bytes[place] ^= 1 << random.below(8);
                bytes
            });
            for bytes in cut.chain(flipped) {
                // The file as a whole has a checksum; here even what slips past it must not break.
                let Ok(saved) = serde_json::from_slice(&bytes) else {
                    continue;
                };
                if let Ok(model) = learner.load(&saved) {
                    let rows = random_matrix(5, model.features(), 3);
                    let _ = model.predict(&rows, &TaskContext::new());
                }
            }
        }
    });
}

#[test]
fn classes_absent_from_training_have_no_probability() {
    let (_, x, y, _) = awkward()
        .into_iter()
        .find(|case| case.0 == "classes absent")
        .unwrap_or_else(|| panic!());
    for learner in learn::REGISTRY
        .iter()
        .filter(|learner| learner.capabilities().classes)
    {
        let model = must(fit(*learner, &x, &y, &Params::new()));
        for row in predict(&*model, &x).chunks_exact(5) {
            assert_eq!([row[1], row[2], row[4]], [0.0; 3], "{}", learner.id());
        }
    }
}

#[test]
fn refused_instead_of_learned() {
    let x = random_matrix(20, 2, 6);
    let code = |result: Result<Box<dyn Model>, UserError>| {
        result.err().map_or("accepted".to_owned(), |e| e.code)
    };
    for learner in learn::REGISTRY {
        for y in &tasks_of(*learner, &classes(&x, 2), &numbers(&x)) {
            // A learner that takes columns as they are knows blanks, but no infinities.
            let odd = match learner.capabilities().intake {
                Intake::Filled => f64::NAN,
                Intake::Native => f64::INFINITY,
            };
            let odd = changed(&x, |row, col, v| if (row, col) == (3, 1) { odd } else { v });
            assert_eq!(code(fit(*learner, &odd, y, &Params::new())), "not_finite");
            assert_eq!(
                code(fit(*learner, &x.take_rows(&[0, 1]), y, &Params::new())),
                "training_shape"
            );
            let none = y.rows(&[]);
            assert_eq!(
                code(fit(*learner, &Matrix::zeros(0, 2), &none, &Params::new())),
                "no_rows"
            );
            let unknown = Params::new().with("no_such_setting", 1_i64);
            assert_eq!(code(fit(*learner, &x, y, &unknown)), "unknown_parameter");
            let model = must(fit(*learner, &x, y, &Params::new()));
            let wide = random_matrix(3, 5, 1);
            assert_eq!(
                model
                    .predict(&wide, &TaskContext::new())
                    .err()
                    .map(|e| e.code),
                Some("feature_count".to_owned())
            );
        }
        let able = learner.capabilities();
        if !able.classes {
            assert_eq!(
                code(fit(*learner, &x, &classes(&x, 2), &Params::new())),
                "task_not_supported"
            );
        }
        if !able.numbers {
            assert_eq!(
                code(fit(*learner, &x, &numbers(&x), &Params::new())),
                "task_not_supported"
            );
        }
    }
}

/// Every value of a saved model replaced by something else, one at a time.
pub fn damages(saved: &serde_json::Value) -> Vec<serde_json::Value> {
    fn paths(value: &serde_json::Value, path: &str, out: &mut Vec<String>) {
        out.push(path.to_owned());
        match value {
            serde_json::Value::Object(fields) => {
                fields
                    .iter()
                    .for_each(|(key, value)| paths(value, &format!("{path}/{key}"), out));
            }
            serde_json::Value::Array(items) => {
                let some = items
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| *place < 4 || place + 1 == items.len());
                some.for_each(|(place, value)| paths(value, &format!("{path}/{place}"), out));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    paths(saved, "", &mut all);
    let mut result = Vec::new();
    for path in all {
        let Some(old) = saved.pointer(&path) else {
            continue;
        };
        let mut others = vec![
            serde_json::Value::Null,
            serde_json::json!(-1),
            serde_json::json!(0),
            serde_json::json!(1),
            serde_json::json!(4_000_000_000_u64),
            serde_json::json!(1e308),
            serde_json::json!("x"),
            serde_json::json!([]),
        ];
        if let Some(items) = old.as_array() {
            others.push(serde_json::Value::Array(
                items.iter().skip(1).cloned().collect(),
            ));
            others.push(serde_json::Value::Array(
                items.iter().chain(items.first()).cloned().collect(),
            ));
        }
        if let Some(text) = old.as_str() {
            others.push(serde_json::json!(text.get(1..)));
            others.push(serde_json::json!(text.to_lowercase()));
        }
        for other in others {
            let mut copy = saved.clone();
            if let Some(place) = copy.pointer_mut(&path) {
                *place = other;
                result.push(copy);
            }
        }
    }
    result
}

#[test]
fn damaged_models_are_refused_or_harmless() {
    let x = random_matrix(40, 3, 8);
    let new = random_matrix(10, 3, 9);
    for learner in learn::REGISTRY {
        for y in &tasks_of(*learner, &classes(&x, 3), &numbers(&x)) {
            let saved = must(fit(*learner, &x, y, &Params::new())).save();
            let mut refused = 0;
            for damaged in damages(&saved) {
                match learner.load(&damaged) {
                    Err(error) => {
                        assert_eq!(error.code, "model_damaged");
                        refused += 1;
                    }
                    // A changed number may be as good as the old one. It must only not break.
                    Ok(model) => {
                        let _ = model
                            .predict(&random_matrix(5, model.features(), 3), &TaskContext::new());
                        let _ = model.predict(&new, &TaskContext::new());
                        let mut graph = Graph::new();
                        let input = graph.input("x", ElementType::Double);
                        let _ = model.graph(&mut graph, &input);
                        let _ = model.facts(&[], &[]);
                        let _ = model.sentence(&[], &[]);
                    }
                }
            }
            assert!(refused > 10, "{}: only {refused} refused", learner.id());
        }
    }
}

#[test]
fn a_tree_with_a_loop_is_refused() {
    let x = random_matrix(60, 2, 10);
    let learner = must(learn::by_id("decision_tree"));
    let saved = must(fit(learner, &x, &numbers(&x), &Params::new())).save();
    let mut looped = saved.clone();
    looped["tree"]["left"][1] = serde_json::json!(0);
    assert!(learner.load(&looped).is_err());
    assert!(learner.load(&saved).is_ok());
}
