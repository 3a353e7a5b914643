//! Storing and exporting.

use super::*;

#[test]
fn stored_pipelines_come_back_the_same() {
    let raw = table_of(frame(0.0, "Bern"));
    let prepared = prepare(&raw, &plan(), &task()).unwrap();
    for learner in [
        "decision_tree",
        "guessing",
        "k_nearest_neighbours",
        "logistic_regression",
        "one_simple_rule",
    ] {
        let fitted = fit(
            &prepared,
            learner,
            &Params::new(),
            &early(&prepared),
            3,
            &task(),
        )
        .unwrap();
        let text = serde_json::to_string(&fitted.pipeline.save()).unwrap();
        let loaded = FittedPipeline::load(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(
            serde_json::to_string(&loaded.save()).unwrap(),
            text,
            "{learner}"
        );
        assert_eq!(
            loaded.predict_table(&raw, &task()).unwrap(),
            fitted.pipeline.predict_table(&raw, &task()).unwrap(),
            "{learner}"
        );
    }
}

#[test]
fn damaged_and_newer_files_are_refused() {
    let (_, fitted) = fitted();
    let saved = fitted.pipeline.save();
    let code = |change: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
        let mut value = saved.clone();
        change(value.as_object_mut().unwrap());
        FittedPipeline::load(&value).err().map(|error| error.code)
    };
    assert_eq!(code(&|_| {}), None);
    let keys: Vec<String> = saved.as_object().unwrap().keys().cloned().collect();
    for key in &keys {
        assert!(
            code(&|value| {
                value.remove(key);
            })
            .is_some(),
            "without {key}"
        );
        assert!(
            code(&|value| {
                value.insert(key.clone(), serde_json::json!(["?"]));
            })
            .is_some(),
            "{key} as a list"
        );
    }
    let is = |expected: &str| Some(expected.to_owned());
    assert_eq!(
        code(&|value| {
            value.insert("format_version".into(), 2.into());
        }),
        is("model_is_newer")
    );
    assert_eq!(
        code(&|value| {
            value.insert("format".into(), "something".into());
        }),
        is("not_a_model")
    );
    assert_eq!(
        code(&|value| {
            value["inputs"].as_array_mut().unwrap().pop();
        }),
        is("missing_column")
    );
    assert_eq!(
        code(&|value| {
            value["steps"].as_array_mut().unwrap().remove(0);
        }),
        is("missing_column")
    );
    assert!(
        code(&|value| {
            value["task"]["names"].as_array_mut().unwrap().pop();
        })
        .is_some()
    );
    assert!(
        code(&|value| {
            value["task"]["names"]
                .as_array_mut()
                .unwrap()
                .push("maybe".into());
        })
        .is_some()
    );
    assert!(
        code(&|value| {
            value["preparation"]["columns"]
                .as_array_mut()
                .unwrap()
                .pop();
        })
        .is_some()
    );
    assert!(FittedPipeline::load(&serde_json::Value::Null).is_err());
}

#[test]
fn graphs_have_the_raw_inputs_and_the_named_results() {
    let (prepared, fitted) = fitted();
    let graph = fitted.pipeline.graph().unwrap();
    let inputs: Vec<(&str, ElementType)> = graph
        .inputs
        .iter()
        .map(|input| (input.name.as_str(), input.element))
        .collect();
    assert!(inputs.iter().all(|(name, element)| *element
        == if *name == "city" {
            ElementType::Text
        } else {
            ElementType::Float
        }));
    assert!(
        inputs
            .iter()
            .all(|(name, _)| ["age", "fare", "city"].contains(name))
    );
    let outputs: Vec<(&str, ElementType, Option<usize>)> = graph
        .outputs
        .iter()
        .map(|output| (output.name.as_str(), output.element, output.width))
        .collect();
    assert_eq!(
        outputs,
        [
            ("label", ElementType::Text, None),
            ("probabilities", ElementType::Float, Some(2))
        ]
    );
    // Everything a node reads is there before it.
    let mut known: Vec<&str> = graph
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    known.extend(graph.constants.iter().map(|(name, _, _)| name.as_str()));
    for node in &graph.nodes {
        for input in &node.inputs {
            assert!(
                known.contains(&input.as_str()),
                "{} reads {input} too early",
                node.operator
            );
        }
        known.extend(node.outputs.iter().map(String::as_str));
    }
    drop(prepared);

    let plan = LearningPlan {
        target: "amount".to_owned(),
        features: names(&["age", "fare"]),
        steps: Vec::new(),
    };
    let prepared = prepare(&table_of(frame(0.0, "Bern")), &plan, &task()).unwrap();
    let rows = prepared.eligible_rows();
    let fitted = fit(
        &prepared,
        "linear_regression",
        &Params::new(),
        &rows,
        1,
        &task(),
    )
    .unwrap();
    let graph = fitted.pipeline.graph().unwrap();
    assert!(
        graph
            .inputs
            .iter()
            .all(|input| input.element == ElementType::Float)
    );
    assert_eq!(graph.outputs.len(), 1);
    assert_eq!(
        (graph.outputs[0].name.as_str(), graph.outputs[0].width),
        ("prediction", Some(1))
    );
}

#[test]
fn a_step_that_cannot_be_exported_is_named() {
    let mut plan = plan();
    plan.steps[2].params.set("formula", "LENGTH(city) + age");
    let prepared = prepare(&table_of(frame(0.0, "Bern")), &plan, &task()).unwrap();
    let rows = prepared.eligible_rows();
    let fitted = fit(&prepared, LEARNER, &Params::new(), &rows, 1, &task()).unwrap();
    assert_eq!(
        fitted.pipeline.graph().unwrap_err().code,
        "formula_not_exportable"
    );
}

#[test]
fn penguins_are_told_apart_by_what_was_learned_from_others() {
    let path = crate::support::project_file("sample-data/penguins.csv");
    let frame = CsvReadOptions::default()
        .with_has_header(true)
        .try_into_reader_with_file_path(Some(path))
        .unwrap()
        .finish()
        .unwrap();
    let raw = table_of(frame);
    let target = "species";
    let features: Vec<String> = raw
        .schema()
        .columns
        .iter()
        .filter(|column| column.name != target && column.kind == ColumnKind::Number)
        .map(|column| column.name.clone())
        .collect();
    assert!(features.len() >= 4, "{features:?}");
    let plan = LearningPlan {
        target: target.to_owned(),
        features: features.clone(),
        steps: vec![step("fill_blanks", Params::new().with("columns", features))],
    };
    let prepared = prepare(&raw, &plan, &task()).unwrap();
    assert_eq!(prepared.class_names().len(), 3);
    let rows = prepared.eligible_rows();
    let (train, check): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| *row % 3 != 0);
    let Target::Classes { codes, .. } = prepared.target_for(&check) else {
        panic!("classes")
    };
    let right = |learner: &str| {
        let fitted = fit(&prepared, learner, &Params::new(), &train, 1, &task()).unwrap();
        let predicted = fitted.predict_rows(&check, &task()).unwrap();
        let hits = codes
            .iter()
            .zip(predicted.chunks(3))
            .filter(|(code, row)| row[**code as usize] >= row.iter().copied().fold(0.0, f64::max))
            .count();
        hits as f64 / codes.len() as f64
    };
    assert!(right("decision_tree") > 0.9);
    assert!(right("guessing") < 0.7);
}

#[test]
fn exported_recipes_predict_the_same_in_another_engine() {
    let mut raw = frame(0.0, "Bern");
    let days: Vec<Option<i32>> = (0..60)
        .map(|row| (row % 9 != 1).then_some(19_000 + row))
        .collect();
    let day = Series::new("day".into(), days)
        .cast(&DataType::Date)
        .unwrap();
    raw.with_column(day.into()).unwrap();
    let raw = table_of(raw);
    let formulas = [
        "fare / age",
        "LN(fare) * 2.5 - age",
        "CASE WHEN age > 8 AND NOT fare <= 3 THEN POWER(age, 2) WHEN city = 'Oslo' THEN 1 END",
        "city IN ('Oslo', 'Bern') OR age IS NULL",
        "COALESCE(age, fare, 0)",
    ];
    for how in ["median", "most_frequent"] {
        let mut features = names(&["age", "fare", "town", "day"]);
        let mut steps = vec![step(
            "fill_blanks",
            Params::new()
                .with("columns", names(&["fare", "city", "day"]))
                .with("how", how),
        )];
        for (index, formula) in formulas.iter().enumerate() {
            let name = format!("calculated {index}");
            steps.push(step(
                "new_column",
                Params::new()
                    .with("name", name.as_str())
                    .with("formula", *formula),
            ));
            features.push(name);
        }
        steps.push(step(
            "change_type",
            Params::new()
                .with("columns", names(&["fare"]))
                .with("to", "whole_number"),
        ));
        steps.push(step(
            "rename",
            Params::new().with("column", "city").with("to", "town"),
        ));
        let plan = LearningPlan {
            target: "answer".to_owned(),
            features,
            steps,
        };
        let prepared = prepare(&raw, &plan, &task()).unwrap();
        let rows = prepared.eligible_rows();
        for learner in ["decision_tree", "logistic_regression"] {
            let fitted = fit(&prepared, learner, &Params::new(), &rows, 1, &task()).unwrap();
            let folder = crate::support::temporary_folder(&format!("recipe-{how}-{learner}"));
            let parity = benchtop::export::export_onnx(
                &fitted.pipeline,
                &raw,
                &folder.join("model.onnx"),
                &task(),
            )
            .unwrap();
            assert!(
                parity.labels_equal && parity.rows == 60,
                "{learner}: {parity:?}"
            );
            assert!(parity.largest_difference < 1e-6, "{learner}: {parity:?}");
        }
    }
}
